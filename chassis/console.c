/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP consoles: RP consoles and VTYs.  The operator's connections are in operator.c.
 *
 * A cable is the listener of an RP's console and at most one client.  Its bytes go to
 * whatever RP is in the slot; while there is none they are swallowed.  The RP learns of the
 * client by LINE_OPEN of line 0 (also after each power-up with a client attached, so that it
 * can say its telnet options and its boot text) and by LINE_CLOSE.
 *
 * A VTY client gets one of five lines of the RP that is active when it connects.  The lines
 * are used in turn, so that late output for one client does not reach the next.
 *
 * A stopped reader stops nobody: what does not fit its buffer is dropped and counted on a
 * console, as on a serial line; a VTY client is cut off.
 */
#include "chassis/console_internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ACCEPT_BURST = 64,
	LISTEN_BACKLOG = 128,
	RP_BACKLOG_MAX = 128 * 1024, /* octets towards an RP that does not read */
};

/* ---- listeners ---- */

static bool set_address(struct sockaddr_storage *sa, socklen_t *len, const char *address,
	uint16_t port, GError **error)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;

	if (!address || getaddrinfo(address, NULL, &hints, &found)) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_ADDRESS,
			"console address \"%s\" is malformed: give a numeric one, such as "
			"127.0.0.1",
			address ? address : "");
		return false;
	}
	memcpy(sa, found->ai_addr, found->ai_addrlen);
	*len = found->ai_addrlen;
	freeaddrinfo(found);
	if (sa->ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)sa)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)(void *)sa)->sin_port = htons(port);
	return true;
}

static uint16_t port_of(const struct sockaddr_storage *sa)
{
	return ntohs(sa->ss_family == AF_INET6
			     ? ((const struct sockaddr_in6 *)(const void *)sa)->sin6_port
			     : ((const struct sockaddr_in *)(const void *)sa)->sin_port);
}

static void set_open_error(GError **error, const char *address, uint16_t port, int err)
{
	if (err == EADDRINUSE)
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_ADDRESS,
			"console port %u of %s is in use: choose another with --console, "
			"or 0 for any free one",
			port, address);
	else
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_ADDRESS,
			"console port %u of %s cannot be opened (%s): choose another with "
			"--console",
			port, address, g_strerror(err));
}

static bool open_listener(struct listener_tcp *l, const char *address, uint16_t port,
	GError **error)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int one = 1;

	if (!set_address(&sa, &len, address, port, error))
		return false;
	l->fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 ||
	    setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(l->fd, (void *)&sa, len) < 0 || listen(l->fd, LISTEN_BACKLOG) < 0 ||
	    getsockname(l->fd, (void *)&sa, &len) < 0) {
		set_open_error(error, address, port, errno);
		return false;
	}
	l->port = port_of(&sa);
	return true;
}

static void on_listener(int fd, short revents, void *user);

static void listener_again(void *user)
{
	struct listener_tcp *l = user;

	l->retry = 0;
	chassis_watch(l->server->c, l->fd, POLLIN, on_listener, l);
}

static void on_listener(int fd, short revents, void *user)
{
	struct listener_tcp *l = user;
	struct chassis *c = l->server->c;

	for (unsigned i = 0; i < ACCEPT_BURST; i++) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (client >= 0) {
			l->accepted(l, client);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) { /* poll() would say so again at once */
			chassis_unwatch(c, fd);
			l->retry = chassis_at(c, time_add(chassis_now(c), dur_ms(200)),
				listener_again, l);
			return;
		}
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static const struct conn_ops no_ops;

void console_refuse(struct console_server *s, int fd, const char *text)
{
	struct conn *conn = conn_new(s->c, s->conns, fd, &no_ops, NULL);

	(void)conn_send(conn, text, strlen(text));
	conn_finish(conn);
}

/* "127.0.0.1" or "::1" of the client. */
static char *peer_address(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	char host[64];

	if (getpeername(fd, (void *)&sa, &len) < 0 ||
	    getnameinfo((void *)&sa, len, host, sizeof(host), NULL, 0, NI_NUMERICHOST))
		return g_strdup("unknown");
	return g_strdup(host);
}

static void send_line(struct console_server *s, unsigned slot, unsigned type,
	unsigned line, GBytes *bytes, char *from)
{
	struct msg_line msg = { .line = (uint8_t)line, .bytes = bytes, .from = from };

	chassis_send_rec(s->c, slot, type, &msg);
}

static void send_bytes(struct console_server *s, unsigned slot, unsigned line,
	const uint8_t *bytes, size_t n)
{
	g_autoptr(GBytes) b = g_bytes_new(bytes, n);

	if (chassis_backlog(s->c, slot) > RP_BACKLOG_MAX)
		s->overruns += n;
	else
		send_line(s, slot, IPC_LINE_IN, line, b, NULL);
}

/* ---- RP consoles ---- */

static void cable_let_go(struct cable *cable)
{
	cable->conn = NULL;
	g_clear_pointer(&cable->from, g_free);
	send_line(cable->listener.server, cable->slot, IPC_LINE_CLOSE, LINE_CONSOLE, NULL,
		NULL);
}

static void cable_bytes(struct conn *conn, const uint8_t *bytes, size_t n, void *user)
{
	struct cable *cable = user;

	if (n) {
		send_bytes(cable->listener.server, cable->slot, LINE_CONSOLE, bytes, n);
		return;
	}
	cable_let_go(cable);
	conn_finish(conn);
}

static void cable_gone(struct conn *conn, void *user)
{
	cable_let_go(user);
	conn_unref(conn);
}

static const struct conn_ops cable_ops = { .bytes = cable_bytes, .gone = cable_gone };

static void cable_accepted(struct listener_tcp *l, int fd)
{
	struct cable *cable = l->user;

	/* Who has hung up and calls again may be accepted before his end is read. */
	if (cable->conn && conn_hung_up(cable->conn)) {
		struct conn *old = cable->conn;

		cable_let_go(cable);
		conn_finish(old);
	}
	if (cable->conn) {
		console_refuse(l->server, fd, "This console is in use by another client.\r\n");
		return;
	}
	cable->from = peer_address(fd);
	cable->conn = conn_new(l->server->c, l->server->conns, fd, &cable_ops, cable);
	send_line(l->server, cable->slot, IPC_LINE_OPEN, LINE_CONSOLE, NULL, cable->from);
}

/* ---- VTYs ---- */

static void vty_bytes(struct conn *conn, const uint8_t *bytes, size_t n, void *user)
{
	struct vty *vty = user;

	if (n) {
		send_bytes(vty->server, vty->slot, vty->line, bytes, n);
		return;
	}
	send_line(vty->server, vty->slot, IPC_LINE_CLOSE, vty->line, NULL, NULL);
	vty->conn = NULL;
	conn_finish(conn);
}

static void vty_gone(struct conn *conn, void *user)
{
	struct vty *vty = user;

	send_line(vty->server, vty->slot, IPC_LINE_CLOSE, vty->line, NULL, NULL);
	vty->conn = NULL;
	conn_unref(conn);
}

static const struct conn_ops vty_ops = { .bytes = vty_bytes, .gone = vty_gone };

static struct vty *free_vty(struct console_server *s)
{
	for (unsigned i = 0; i < N_VTYS; i++) {
		struct vty *vty = &s->vtys[(s->next_vty + i) % N_VTYS];

		if (!vty->conn) {
			s->next_vty = (s->next_vty + i + 1) % N_VTYS;
			return vty;
		}
	}
	return NULL;
}

static void vty_accepted(struct listener_tcp *l, int fd)
{
	struct console_server *s = l->server;
	struct vty *vty = free_vty(s);
	struct chassis_slot_info info = { 0 };
	g_autofree char *from = NULL;

	if (!chassis_slot_get(s->c, chassis_active(s->c), &info)) {
		console_refuse(s, fd, "No route processor is active.\r\n");
		return;
	}
	if (!vty) {
		console_refuse(s, fd, "All lines are in use.\r\n");
		return;
	}
	from = peer_address(fd);
	vty->slot = info.slot;
	vty->boot_id = info.boot_id;
	vty->conn = conn_new(s->c, s->conns, fd, &vty_ops, vty);
	send_line(s, vty->slot, IPC_LINE_OPEN, vty->line, NULL, from);
}

static void vty_cut(struct vty *vty)
{
	struct conn *conn = g_steal_pointer(&vty->conn);

	if (conn)
		conn_finish(conn);
}

/* ---- from the RPs ---- */

static void cable_out(struct console_server *s, const struct ipc_msg *msg, GBytes *bytes)
{
	for (unsigned i = 0; i < N_CABLES; i++) {
		struct cable *cable = &s->cables[i];
		size_t n;
		const void *p = g_bytes_get_data(bytes, &n);

		if (cable->slot == msg->from && cable->conn && !conn_send(cable->conn, p, n))
			cable->dropped += n;
	}
}

static void vty_out(struct vty *vty, const struct ipc_msg *msg, GBytes *bytes)
{
	size_t n;
	const void *p = g_bytes_get_data(bytes, &n);

	if (!conn_send(vty->conn, p, n)) {
		send_line(vty->server, vty->slot, IPC_LINE_CLOSE, vty->line, NULL, NULL);
		conn_drop(g_steal_pointer(&vty->conn));
	}
}

static void on_line(struct console_server *s, const struct ipc_msg *msg,
	const struct msg_line *line)
{
	struct vty *vty = NULL;

	if (line->line == LINE_CONSOLE) { /* a console is not closed by its RP */
		if (msg->type == IPC_LINE_OUT && line->bytes)
			cable_out(s, msg, line->bytes);
		return;
	}
	if (line->line <= N_VTYS)
		vty = &s->vtys[line->line - 1];
	if (!vty || !vty->conn || vty->slot != msg->from || vty->boot_id != msg->boot_id)
		return;
	if (msg->type == IPC_LINE_CLOSE)
		vty_cut(vty);
	else if (line->bytes)
		vty_out(vty, msg, line->bytes);
}

static void on_message(const struct ipc_msg *msg, base_time now, void *user)
{
	struct msg_line line;

	if (msg->type != IPC_LINE_OUT && msg->type != IPC_LINE_CLOSE)
		return;
	if (!ipc_decode(msg, &line))
		return;
	on_line(user, msg, &line);
	rec_clear(ipc_table(msg->type), &line);
}

/* The active RP may have changed: told after the arbiter has decided. */
static void on_event(unsigned slot, bool in, enum slot_why why, base_time now, void *user)
{
	struct console_server *s = user;

	for (unsigned i = 0; i < N_VTYS; i++)
		if (s->vtys[i].conn && s->vtys[i].slot != chassis_active(s->c))
			vty_cut(&s->vtys[i]);
	for (unsigned i = 0; i < N_CABLES && in; i++)
		if (s->cables[i].slot == slot && s->cables[i].conn)
			send_line(s, slot, IPC_LINE_OPEN, LINE_CONSOLE, NULL,
				s->cables[i].from);
}

/* ---- life ---- */

static bool listen_on(struct console_server *s, struct listener_tcp *l, const char *address,
	uint16_t port, void (*accepted)(struct listener_tcp *, int), void *user,
	GError **error)
{
	l->server = s;
	l->accepted = accepted;
	l->user = user;
	if (!open_listener(l, address, port, error))
		return false;
	chassis_watch(s->c, l->fd, POLLIN, on_listener, l);
	return true;
}

static void close_listener(struct listener_tcp *l)
{
	if (l->fd < 0)
		return;
	if (l->retry)
		chassis_at_cancel(l->server->c, l->retry);
	chassis_unwatch(l->server->c, l->fd);
	close(l->fd);
}

static struct console_server *server_init(struct chassis *c)
{
	struct console_server *s = g_new0(struct console_server, 1);

	s->c = c;
	s->operators.fd = s->vty_listener.fd = -1;
	for (unsigned i = 0; i < N_CABLES; i++) {
		s->cables[i].slot = SLOT_R0 + i;
		s->cables[i].listener.fd = -1;
	}
	for (unsigned i = 0; i < N_VTYS; i++) {
		s->vtys[i].server = s;
		s->vtys[i].line = LINE_VTY + i;
	}
	s->ops = g_ptr_array_new();
	s->conns = g_ptr_array_new();
	return s;
}

struct console_server *console_server_new(struct chassis *c, const struct console_config *cfg,
	GError **error)
{
	struct console_server *s = server_init(c);
	const char *at = cfg->address;

	s->on_line = cfg->on_line;
	s->on_gone = cfg->on_gone;
	s->user = cfg->user;
	chassis_listen(c, on_message, s);
	chassis_on_event(c, on_event, s);
	if (!listen_on(s, &s->operators, at, cfg->operator_port, operator_accepted, s, error) ||
	    !listen_on(s, &s->cables[0].listener, at, cfg->r0_port, cable_accepted,
		    &s->cables[0], error) ||
	    !listen_on(s, &s->cables[1].listener, at, cfg->r1_port, cable_accepted,
		    &s->cables[1], error) ||
	    !listen_on(s, &s->vty_listener, at, cfg->vty_port, vty_accepted, s, error)) {
		console_server_free(s);
		return NULL;
	}
	return s;
}

void console_server_free(struct console_server *s)
{
	if (!s)
		return;
	chassis_unlisten(s->c, on_message, s);
	chassis_off_event(s->c, on_event, s);
	close_listener(&s->operators);
	close_listener(&s->vty_listener);
	for (unsigned i = 0; i < N_CABLES; i++) {
		close_listener(&s->cables[i].listener);
		conn_drop(s->cables[i].conn);
		g_free(s->cables[i].from);
	}
	for (unsigned i = 0; i < N_VTYS; i++)
		conn_drop(s->vtys[i].conn);
	operator_drop_all(s);
	conn_close_finishing(s->conns);
	g_ptr_array_unref(s->ops);
	g_ptr_array_unref(s->conns);
	g_free(s);
}

uint16_t console_port_operator(const struct console_server *s)
{
	return s->operators.port;
}

uint16_t console_port_r0(const struct console_server *s)
{
	return s->cables[0].listener.port;
}

uint16_t console_port_r1(const struct console_server *s)
{
	return s->cables[1].listener.port;
}

uint16_t console_port_vty(const struct console_server *s)
{
	return s->vty_listener.port;
}
