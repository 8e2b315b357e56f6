/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connections of the operator: lines in, answers out, one line at a time.
 *
 * While a line is being answered the next ones wait, at most INPUT_MAX octets of them: after
 * that the socket is not read.  So is it while a client does not take its answers.  At
 * half-close everything that was sent is answered, then the connection is closed.
 */
#include "chassis/console_internal.h"

#include <string.h>

enum {
	INPUT_MAX = 64 * 1024,
	ANSWERS_MAX = 64 * 1024, /* waiting to be written: no new line before */
};

struct operator_conn {
	struct console_server *server;
	uint32_t id;
	struct conn *conn;
	struct line_split lines;
	bool answering; /* on_line() was called, the final reply is not here */
	bool pumping;
	bool quit;
};

static struct operator_conn *find(struct console_server *s, uint32_t id)
{
	for (unsigned i = 0; i < s->ops->len; i++) {
		struct operator_conn *op = g_ptr_array_index(s->ops, i);

		if (op->id == id)
			return op;
	}
	return NULL;
}

static void op_free(struct operator_conn *op)
{
	line_split_deinit(&op->lines);
	g_free(op);
}

/* It is out of the list from here on; while it pumps, the pump frees it. */
static void forget(struct operator_conn *op)
{
	struct console_server *s = op->server;
	uint32_t id = op->id;

	op->conn = NULL;
	g_ptr_array_remove(s->ops, op);
	if (!op->pumping)
		op_free(op);
	if (s->on_gone)
		s->on_gone(id, s->user);
}

static void end(struct operator_conn *op, bool in_order)
{
	struct conn *conn = op->conn;

	forget(op);
	if (in_order)
		conn_finish(conn);
	else
		conn_drop(conn);
}

/* False: the connection was closed, for it does not read. */
static bool say(struct operator_conn *op, const char *text)
{
	if (conn_send(op->conn, text, strlen(text)))
		return true;
	end(op, false);
	return false;
}

static void one_line(struct operator_conn *op, enum line_got got, const char *line)
{
	struct console_server *s = op->server;

	switch (got) {
	case LINE_GOT_NONE:
		break;
	case LINE_GOT_LINE:
		op->answering = true;
		s->on_line(op->id, line, s->user);
		break;
	case LINE_GOT_TOO_LONG:
		(void)say(op, "error: line too long\n");
		break;
	case LINE_GOT_BAD:
		(void)say(op, "error: line holds a NUL octet\n");
		break;
	}
}

/* on_line() may answer at once, or the connection may end in it. */
static void pump(struct operator_conn *op)
{
	char line[LINE_MAX_LEN + 1];
	enum line_got got = LINE_GOT_LINE;

	if (op->pumping)
		return;
	op->pumping = true;
	while (op->conn && !op->quit && !op->answering && got != LINE_GOT_NONE &&
	       conn_waiting(op->conn) < ANSWERS_MAX) {
		got = line_split_next(&op->lines, line);
		one_line(op, got, line);
	}
	op->pumping = false;
	if (!op->conn) {
		op_free(op);
		return;
	}
	if (!op->answering && (op->quit || (op->lines.eof && got == LINE_GOT_NONE)))
		end(op, true);
	else
		conn_pause(op->conn, line_split_size(&op->lines) >= INPUT_MAX);
}

static void op_bytes(struct conn *conn, const uint8_t *bytes, size_t n, void *user)
{
	struct operator_conn *op = user;

	if (n)
		line_split_feed(&op->lines, bytes, n);
	else
		line_split_end(&op->lines);
	pump(op);
}

static void op_gone(struct conn *conn, void *user)
{
	forget(user);
	conn_unref(conn);
}

static void op_drained(struct conn *conn, void *user)
{
	pump(user);
}

static const struct conn_ops operator_ops = {
	.bytes = op_bytes,
	.gone = op_gone,
	.drained = op_drained,
};

void operator_accepted(struct listener_tcp *l, int fd)
{
	struct console_server *s = l->server;
	struct operator_conn *op;

	if (s->ops->len >= N_OPERATORS) {
		console_refuse(s, fd, "error: too many operator connections\n");
		return;
	}
	op = g_new0(struct operator_conn, 1);
	op->server = s;
	op->id = ++s->next_connection;
	line_split_init(&op->lines);
	op->conn = conn_new(s->c, s->conns, fd, &operator_ops, op);
	g_ptr_array_add(s->ops, op);
}

void operator_drop_all(struct console_server *s)
{
	while (s->ops->len) {
		struct operator_conn *op = g_ptr_array_index(s->ops, s->ops->len - 1);

		g_ptr_array_remove_index(s->ops, s->ops->len - 1);
		conn_drop(op->conn);
		op_free(op);
	}
}

void console_operator_reply(struct console_server *s, uint32_t connection, const char *text,
	bool final, bool close)
{
	struct operator_conn *op = find(s, connection);

	if (!op || (*text && !say(op, text)))
		return;
	if (close)
		op->quit = true;
	if (final || close) {
		op->answering = false;
		pump(op);
	}
}
