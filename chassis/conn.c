/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One TCP connection of a console; see conn.h.
 *
 * References: the owner's, and one for each call that is going on.  conn_finish() hands the
 * owner's over to the connection itself, which gives it up when the socket is closed.
 */
#include "chassis/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_CHUNK = 4096, LINGER_S = 2 };

struct conn {
	struct chassis *c;
	GPtrArray *all;
	int fd; /* -1: closed */
	const struct conn_ops *ops; /* NULL: the owner has let go */
	void *user;
	GByteArray *out;
	size_t out_at;
	bool paused;
	bool eof;       /* the client's end */
	bool finishing; /* our end follows when all is written */
	bool shut;
	unsigned linger; /* timer */
};

static void on_ready(int fd, short revents, void *user);

static void rewatch(struct conn *conn)
{
	short events = 0;

	if (conn->fd < 0)
		return;
	if (!conn->eof && (!conn->paused || conn->finishing))
		events |= POLLIN;
	if (conn_waiting(conn))
		events |= POLLOUT;
	chassis_watch(conn->c, conn->fd, events, on_ready, conn);
}

struct conn *conn_new(struct chassis *c, GPtrArray *all, int fd, const struct conn_ops *ops,
	void *user)
{
	struct conn *conn = g_rc_box_new0(struct conn);
	int one = 1;

	conn->c = c;
	conn->all = all;
	g_ptr_array_add(all, conn);
	conn->fd = fd;
	conn->ops = ops;
	conn->user = user;
	conn->out = g_byte_array_new();
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	rewatch(conn);
	return conn;
}

static void close_socket(struct conn *conn)
{
	if (conn->fd < 0)
		return;
	g_ptr_array_remove_fast(conn->all, conn);
	chassis_unwatch(conn->c, conn->fd);
	close(conn->fd);
	conn->fd = -1;
	if (conn->linger)
		chassis_at_cancel(conn->c, conn->linger);
	conn->linger = 0;
}

static void clear(void *mem)
{
	struct conn *conn = mem;

	close_socket(conn);
	g_byte_array_unref(conn->out);
}

void conn_unref(struct conn *conn)
{
	if (conn)
		g_rc_box_release_full(conn, clear);
}

size_t conn_waiting(const struct conn *conn)
{
	return conn->out->len - conn->out_at;
}

/* The socket is of no more use. */
static void lost(struct conn *conn)
{
	const struct conn_ops *ops = conn->ops;

	close_socket(conn);
	conn->ops = NULL;
	if (conn->finishing)
		conn_unref(conn);
	else if (ops)
		ops->gone(conn, conn->user);
}

/* False: the connection is broken. */
static bool write_some(struct conn *conn)
{
	while (conn_waiting(conn)) {
		ssize_t n = send(conn->fd, conn->out->data + conn->out_at,
			conn_waiting(conn), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		conn->out_at += (size_t)n;
	}
	g_byte_array_set_size(conn->out, 0);
	conn->out_at = 0;
	return true;
}

static void shut_if_done(struct conn *conn)
{
	if (!conn->finishing || conn->shut || conn_waiting(conn))
		return;
	conn->shut = true;
	if (shutdown(conn->fd, SHUT_WR) < 0 || conn->eof ||
	    conn->all->len > CONN_LINGER_MAX)
		lost(conn);
}

bool conn_send(struct conn *conn, const void *bytes, size_t n)
{
	if (conn->fd < 0)
		return true; /* gone() has been told, or will not matter */
	if (conn_waiting(conn) + n > CONN_OUT_MAX)
		return false;
	if (conn->out_at > CONN_OUT_MAX / 2) {
		g_byte_array_remove_range(conn->out, 0, (guint)conn->out_at);
		conn->out_at = 0;
	}
	g_byte_array_append(conn->out, bytes, (guint)n);
	/* An error here is found again by poll(): no callback out of a send. */
	(void)write_some(conn);
	rewatch(conn);
	return true;
}

void conn_pause(struct conn *conn, bool pause)
{
	if (conn->paused == pause)
		return;
	conn->paused = pause;
	rewatch(conn);
}

static void read_some(struct conn *conn)
{
	uint8_t buf[READ_CHUNK];
	ssize_t n = recv(conn->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			lost(conn);
		return;
	}
	if (n == 0)
		conn->eof = true;
	if (conn->ops)
		conn->ops->bytes(conn, buf, (size_t)n, conn->user);
	else if (n == 0 && conn->shut)
		lost(conn);
}

static void on_ready(int fd, short revents, void *user)
{
	struct conn *conn = g_rc_box_acquire((struct conn *)user);

	if (revents & POLLOUT) {
		if (!write_some(conn))
			lost(conn);
		else if (!conn_waiting(conn) && conn->ops && conn->ops->drained)
			conn->ops->drained(conn, conn->user);
	}
	if (conn->fd >= 0 && (revents & POLLIN) && !conn->eof)
		read_some(conn);
	else if (conn->fd >= 0 && (revents & (POLLERR | POLLHUP | POLLNVAL)))
		lost(conn);
	if (conn->fd >= 0) {
		shut_if_done(conn);
		rewatch(conn);
	}
	conn_unref(conn);
}

static void linger_over(void *user)
{
	struct conn *conn = user;

	conn->linger = 0;
	lost(conn);
}

void conn_finish(struct conn *conn)
{
	base_time now = chassis_now(conn->c);

	if (conn->fd < 0) {
		conn_unref(conn);
		return;
	}
	conn->ops = NULL;
	conn->finishing = true;
	conn->linger = chassis_at(conn->c, time_add(now, dur_s(LINGER_S)), linger_over,
		conn);
	rewatch(conn);
	shut_if_done(conn);
}

bool conn_hung_up(const struct conn *conn)
{
	struct pollfd p = { .fd = conn->fd, .events = POLLRDHUP };

	return conn->fd < 0 || (poll(&p, 1, 0) == 1 && p.revents);
}

void conn_close_finishing(GPtrArray *all)
{
	for (guint i = all->len; i-- > 0;) {
		struct conn *conn = g_ptr_array_index(all, i);

		if (conn->finishing)
			lost(conn);
	}
}

void conn_drop(struct conn *conn)
{
	if (!conn)
		return;
	conn->ops = NULL;
	close_socket(conn);
	conn_unref(conn);
}
