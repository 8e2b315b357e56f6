/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See line.h.  The states before a session are section 2 of
 * reference/shell-and-automation.md.
 */
#include "cli/line.h"
#include "cli/edit.h"
#include "cli/internal.h"
#include "cli/telnet.h"

#include <string.h>

#define WIRE_HIGH (64 * 1024) /* while more waits nothing is produced or read */

enum state {
	LINE_BOOT,   /* no keys yet */
	LINE_RETURN, /* "Press RETURN to get started!" */
	LINE_UP,     /* a session */
	LINE_CLOSED,
};

struct cli_line {
	struct cli_tree *tree;
	enum cli_kind kind;
	char *name;
	char *from;
	enum state state;
	struct cli_telnet telnet;
	GByteArray *keys;
	GByteArray *wire;
	struct cli_session *session;
	struct cli_edit *edit;
	uint64_t last_key; /* seconds */
	bool touched;      /* since the last tick */
};

struct cli_line *cli_line_new(
	struct cli_tree *tree, enum cli_kind kind, const char *name, const char *from)
{
	struct cli_line *l = g_new0(struct cli_line, 1);

	l->tree = tree;
	l->kind = kind;
	l->name = g_strdup(name);
	l->from = g_strdup(from);
	l->keys = g_byte_array_new();
	l->wire = g_byte_array_new();
	cli_telnet_init(&l->telnet);
	return l;
}

static void end_session(struct cli_line *l)
{
	g_clear_pointer(&l->edit, cli_edit_free);
	g_clear_pointer(&l->session, cli_session_free);
}

void cli_line_free(struct cli_line *l)
{
	if (!l)
		return;
	end_session(l);
	g_byte_array_unref(l->keys);
	g_byte_array_unref(l->wire);
	g_free(l->name);
	g_free(l->from);
	g_free(l);
}

static void send_bytes(struct cli_line *l, const char *text, size_t n)
{
	cli_telnet_output((const uint8_t *)text, n, l->wire);
}

void cli_line_show(struct cli_line *l, const char *text)
{
	if (l->wire->len >= 2 * WIRE_HIGH)
		return;
	while (*text) {
		size_t n = strcspn(text, "\n");

		send_bytes(l, text, n);
		text += n;
		if (*text == '\n') {
			send_bytes(l, "\r\n", 2);
			text++;
		}
	}
}

/* ---- from session to session ------------------------------------------------------ */

static bool is_locked(const struct cli_line *l)
{
	const struct cli_hooks *h = l->tree->hooks;

	return l->kind == CLI_CONSOLE && h->console_locked &&
	       h->console_locked(l->tree->user);
}

static void begin_session(struct cli_line *l)
{
	const struct cli_hooks *h = l->tree->hooks;
	const char *banner = h->banner ? h->banner(l->tree->user) : NULL;

	l->session = cli_session_new(l->tree, l->kind);
	cli_session_set_origin(l->session, l->name, l->from);
	l->edit = cli_edit_new(l->session);
	l->state = LINE_UP;
	l->touched = true;
	cli_line_show(l, "\n");
	if (banner)
		cli_line_show(l, banner);
	cli_session_login(l->session);
	cli_edit_start(l->edit);
}

void cli_line_ready(struct cli_line *l)
{
	if (l->session) { /* the role of the board has changed under it */
		cli_session_hangup(l->session);
		end_session(l);
	}
	cli_line_show(l, "\n\nPress RETURN to get started!\n\n");
	l->state = LINE_RETURN;
}

void cli_line_open(struct cli_line *l)
{
	if (l->state != LINE_UP)
		begin_session(l);
}

static void after_exit(struct cli_line *l)
{
	const struct cli_hooks *h = l->tree->hooks;
	const char *host = h->hostname ? h->hostname(l->tree->user) : "Router";

	end_session(l);
	if (l->kind == CLI_VTY) {
		l->state = LINE_CLOSED;
		return;
	}
	cli_line_show(l, "\n");
	cli_line_show(l, host);
	cli_line_show(l, " con0 is now available\n");
	cli_line_ready(l);
}

/* Output of the editor to the wire, and what the end of a session means. */
static void collect(struct cli_line *l)
{
	if (l->edit) {
		GByteArray *out = cli_edit_output(l->edit);

		cli_telnet_output(out->data, out->len, l->wire);
		g_byte_array_set_size(out, 0);
		if (cli_edit_closed(l->edit))
			after_exit(l);
	}
}

/* ---- the connection --------------------------------------------------------------- */

void cli_line_connect(struct cli_line *l)
{
	cli_telnet_start(&l->telnet, l->wire);
	if (l->kind == CLI_VTY && l->state == LINE_BOOT) {
		begin_session(l);
		collect(l);
	}
}

void cli_line_disconnect(struct cli_line *l)
{
	g_byte_array_set_size(l->wire, 0);
	if (l->kind != CLI_VTY)
		return;
	if (l->session)
		cli_session_hangup(l->session);
	end_session(l);
	l->state = LINE_CLOSED;
}

/* Keys before there is a session; how many were used up. */
static guint start_keys(struct cli_line *l)
{
	for (guint i = 0; i < l->keys->len; i++) {
		if (l->keys->data[i] != '\r')
			continue;
		begin_session(l);
		return i + 1;
	}
	return l->keys->len;
}

static void take_keys(struct cli_line *l)
{
	guint used = 0;

	if (l->state == LINE_BOOT || l->state == LINE_CLOSED || l->keys->len == 0)
		return;
	if (is_locked(l)) {
		if (l->session)
			cli_session_hangup(l->session);
		end_session(l);
		l->state = LINE_RETURN;
		cli_line_show(l, "\nStandby console disabled\n");
		return;
	}
	l->touched = true;
	/* A session may end among the keys, and the rest begin the next one. */
	while (used < l->keys->len && l->state == LINE_RETURN) {
		g_byte_array_remove_range(l->keys, 0, used);
		used = start_keys(l);
		collect(l);
	}
	if (l->edit)
		cli_edit_input(l->edit, l->keys->data + used, l->keys->len - used);
}

void cli_line_input(struct cli_line *l, const uint8_t *data, size_t n)
{
	if (l->wire->len >= 2 * WIRE_HIGH)
		return;
	g_byte_array_set_size(l->keys, 0);
	cli_telnet_input(&l->telnet, data, n, l->keys, l->wire);
	take_keys(l);
	collect(l);
}

size_t cli_line_room(const struct cli_line *l)
{
	if (l->wire->len >= WIRE_HIGH)
		return 0;
	return l->edit ? cli_edit_room(l->edit) : CLI_EDIT_AHEAD_MAX;
}

GByteArray *cli_line_output(struct cli_line *l)
{
	return l->wire;
}

bool cli_line_work(struct cli_line *l)
{
	bool more;

	if (!l->edit || l->wire->len >= WIRE_HIGH)
		return false;
	more = cli_edit_work(l->edit);
	collect(l);
	return more && l->wire->len < WIRE_HIGH;
}

void cli_line_wake(struct cli_line *l)
{
	if (l->edit)
		cli_edit_wake(l->edit);
	collect(l);
}

void cli_line_log(struct cli_line *l, const char *text, bool synchronous)
{
	if (l->kind == CLI_VTY && (!l->session || !l->session->term.monitor))
		return;
	if (l->wire->len >= 2 * WIRE_HIGH)
		return;
	if (l->edit) {
		cli_edit_async(l->edit, text, synchronous);
		collect(l);
		return;
	}
	cli_line_show(l, text);
	cli_line_show(l, "\n");
}

void cli_line_tick(struct cli_line *l, uint64_t now)
{
	if (l->touched)
		l->last_key = now;
	l->touched = false;
	if (!l->session || l->session->term.exec_timeout == 0 ||
		now - l->last_key < l->session->term.exec_timeout)
		return;
	/* The log-out is silent on a console; a VTY is just closed. */
	cli_session_hangup(l->session);
	collect(l);
	after_exit(l);
}

bool cli_line_closed(const struct cli_line *l)
{
	return l->state == LINE_CLOSED;
}

struct cli_session *cli_line_session(struct cli_line *l)
{
	return l->session;
}
