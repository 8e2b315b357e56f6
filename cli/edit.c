/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See edit.h.
 *
 * The editor is always in one of four places, which follow from the session and the
 * pager: at a stop of the pager, waiting for a running command, at a question, at the
 * prompt.  Bytes that arrive while a command runs are kept and read afterwards; only
 * Ctrl-C and Ctrl-Shift-6 are looked for among them.
 *
 * settle() is the one way back to the user: after anything that may have produced output
 * it shows the output, and when the command is over also the prompt or question.
 */
#include "cli/edit.h"
#include "cli/internal.h"
#include "cli/keys.h"
#include "cli/pager.h"

#include <string.h>

#define LOGS_MAX 20 /* lines that wait for the end of output */

#define KEY_INTERRUPT 0x03
#define KEY_ABORT     0x1e

/* What settle() still has to show. */
enum due {
	DUE_NOTHING,
	DUE_PROMPT, /* prompt or question, with an empty line */
	DUE_REDRAW, /* the same, with what was typed */
};

struct cli_edit {
	struct cli_session *session;
	GByteArray *out;
	GByteArray *ahead;
	struct cli_keys keys;
	struct cli_pager pager;
	enum due due;
	bool leave_config; /* Ctrl-Z: when the command is over */
	bool after_cr;
	bool fresh; /* the cursor is at the left */
	unsigned recalled;
	char *unsent; /* what was typed before history was looked at */
	GQueue logs;
};

struct cli_edit *cli_edit_new(struct cli_session *session)
{
	struct cli_edit *e = g_new0(struct cli_edit, 1);

	e->session = session;
	e->out = g_byte_array_new();
	e->ahead = g_byte_array_new();
	e->fresh = true;
	cli_pager_init(&e->pager);
	g_queue_init(&e->logs);
	return e;
}

void cli_edit_free(struct cli_edit *e)
{
	if (!e)
		return;
	cli_pager_deinit(&e->pager);
	g_queue_clear_full(&e->logs, g_free);
	g_byte_array_unref(e->out);
	g_byte_array_unref(e->ahead);
	g_free(e->unsent);
	explicit_bzero(&e->keys, sizeof(e->keys));
	g_free(e);
}

static void put(struct cli_edit *e, const char *text)
{
	g_byte_array_append(e->out, (const uint8_t *)text, (guint)strlen(text));
}

static bool is_busy(const struct cli_edit *e)
{
	enum cli_status status = cli_session_status(e->session);

	return status == CLI_RUNNING || status == CLI_WAITING;
}

static bool is_at_prompt(const struct cli_edit *e)
{
	return e->due == DUE_NOTHING && !e->pager.stopped && !is_busy(e);
}

bool cli_edit_closed(const struct cli_edit *e)
{
	return cli_session_status(e->session) == CLI_CLOSED && !e->pager.stopped;
}

/* ---- output ----------------------------------------------------------------------- */

static void note_column(struct cli_edit *e)
{
	if (e->out->len)
		e->fresh = e->out->data[e->out->len - 1] == '\n';
}

static void run_pager(struct cli_edit *e)
{
	const struct cli_terminal *t = cli_session_terminal(e->session);

	cli_pager_run(&e->pager, t->length, t->width, e->out);
	note_column(e);
}

/* Output of the session goes through the pager. */
static void drain(struct cli_edit *e)
{
	GString *text = cli_session_output(e->session);

	g_string_append_len(e->pager.held, text->str, (gssize)text->len);
	g_string_truncate(text, 0);
	if (!e->pager.stopped)
		run_pager(e);
}

static void put_log(struct cli_edit *e, const char *line)
{
	note_column(e);
	if (!e->fresh)
		put(e, "\r\n");
	put(e, line);
	put(e, "\r\n");
	e->fresh = true;
}

static void flush_logs(struct cli_edit *e)
{
	char *line;

	while ((line = g_queue_pop_head(&e->logs))) {
		put_log(e, line);
		g_free(line);
	}
}

static void show_prompt(struct cli_edit *e)
{
	enum cli_ask_kind kind;
	const char *question = cli_session_question(e->session, &kind);
	g_autofree char *prompt =
		question ? g_strdup(question) : cli_session_prompt(e->session);

	e->keys.plain = question != NULL;
	e->keys.silent = question && kind == CLI_ASK_PASSWORD;
	put(e, prompt);
	cli_keys_redraw(&e->keys, e->out);
	note_column(e);
}

static void forget_recall(struct cli_edit *e)
{
	e->recalled = 0;
	g_clear_pointer(&e->unsent, g_free);
}

static void settle(struct cli_edit *e)
{
	drain(e);
	if (e->pager.stopped || is_busy(e) || e->due == DUE_NOTHING)
		return;
	if (e->leave_config && !cli_session_question(e->session, NULL)) {
		e->leave_config = false;
		cli_leave_config(e->session);
	}
	flush_logs(e);
	if (cli_session_status(e->session) != CLI_CLOSED) {
		if (e->due == DUE_PROMPT)
			cli_keys_reset(&e->keys);
		show_prompt(e);
	}
	e->due = DUE_NOTHING;
}

void cli_edit_start(struct cli_edit *e)
{
	e->due = DUE_PROMPT;
	settle(e);
}

/* ---- keys at the prompt ----------------------------------------------------------- */

static void new_line(struct cli_edit *e)
{
	put(e, "\r\n");
	e->fresh = true;
}

static void begin(struct cli_edit *e)
{
	cli_pager_reset(&e->pager);
	forget_recall(e);
	e->due = DUE_PROMPT;
}

static void enter(struct cli_edit *e)
{
	char text[CLI_KEYS_MAX + 1];
	bool question = cli_session_question(e->session, NULL);

	memcpy(text, e->keys.text, e->keys.len + 1);
	explicit_bzero(e->keys.text, sizeof(e->keys.text));
	cli_keys_reset(&e->keys);
	new_line(e);
	begin(e);
	if (question) {
		cli_session_answer(e->session, text);
	} else {
		cli_session_remember(e->session, text);
		cli_session_exec(e->session, text);
	}
	explicit_bzero(text, sizeof(text));
	settle(e);
}

static void redraw(struct cli_edit *e)
{
	new_line(e);
	e->due = DUE_REDRAW;
	settle(e);
}

/* Ctrl-C: drop the line, the dialog, the command; in configuration mode leave it. */
static void interrupt(struct cli_edit *e)
{
	new_line(e);
	begin(e);
	e->leave_config = false;
	if (is_busy(e) || cli_session_question(e->session, NULL))
		cli_session_abort(e->session);
	else if (cli_in_config(e->session))
		cli_leave_config(e->session);
	settle(e);
}

/* Ctrl-Shift-6: stop what runs; at a prompt do no harm, but show it. */
static void stop(struct cli_edit *e)
{
	if (!is_busy(e) && !cli_session_question(e->session, NULL)) {
		redraw(e);
		return;
	}
	new_line(e);
	begin(e);
	cli_session_abort(e->session);
	settle(e);
}

/* Ctrl-Z: run what is typed, then leave configuration mode. */
static void end_config(struct cli_edit *e)
{
	if (cli_session_question(e->session, NULL))
		return;
	put(e, "^Z");
	if (cli_in_config(e->session)) {
		e->leave_config = true;
		enter(e);
	} else {
		cli_keys_reset(&e->keys);
		new_line(e);
		begin(e);
		settle(e);
	}
}

static void help(struct cli_edit *e)
{
	/* Only what is left of the cursor is asked about. */
	g_autofree char *text = g_strndup(e->keys.text, e->keys.pos);
	g_autofree char *answer = cli_session_help(e->session, text);

	put(e, "?");
	new_line(e);
	cli_pager_reset(&e->pager);
	g_string_append(e->pager.held, answer);
	e->due = DUE_REDRAW;
	settle(e);
}

static void complete(struct cli_edit *e)
{
	if (e->keys.pos != e->keys.len)
		return;

	g_autofree char *full = cli_session_complete(e->session, e->keys.text);

	if (!full)
		return;
	g_strlcpy(e->keys.text, full, sizeof(e->keys.text));
	e->keys.len = e->keys.pos = (unsigned)strlen(e->keys.text);
	redraw(e);
}

static void recall(struct cli_edit *e, bool back)
{
	unsigned at = back ? e->recalled + 1 : e->recalled - 1;
	const char *text;

	if (cli_session_question(e->session, NULL) || (!back && e->recalled == 0))
		return;
	text = at ? cli_session_history(e->session, at) : e->unsent;
	if (!text)
		return;
	if (e->recalled == 0)
		e->unsent = g_strdup(e->keys.text);
	e->recalled = at;
	cli_keys_replace(&e->keys, text, e->out);
	if (at == 0)
		forget_recall(e);
}

/* [confirm] takes one key. */
static bool takes_one_key(const struct cli_edit *e)
{
	enum cli_ask_kind kind;

	return cli_session_question(e->session, &kind) && kind == CLI_ASK_CONFIRM;
}

static void confirm(struct cli_edit *e, uint8_t byte)
{
	char text[2] = { byte == '\r' ? '\0' : (char)byte, '\0' };

	new_line(e);
	begin(e);
	cli_session_answer(e->session, byte == 0 ? "n" : text);
	settle(e);
}

static void prompt_key(struct cli_edit *e, uint8_t byte)
{
	if (takes_one_key(e) && byte != KEY_INTERRUPT && byte != KEY_ABORT) {
		confirm(e, byte);
		return;
	}
	switch (cli_keys_byte(&e->keys, byte, e->out)) {
	case CLI_KEY_NONE:
		break;
	case CLI_KEY_ENTER:
		enter(e);
		break;
	case CLI_KEY_HELP:
		help(e);
		break;
	case CLI_KEY_COMPLETE:
		complete(e);
		break;
	case CLI_KEY_INTERRUPT:
		interrupt(e);
		break;
	case CLI_KEY_ABORT:
		stop(e);
		break;
	case CLI_KEY_END:
		end_config(e);
		break;
	case CLI_KEY_PREVIOUS:
		recall(e, true);
		break;
	case CLI_KEY_NEXT:
		recall(e, false);
		break;
	case CLI_KEY_REDRAW:
		redraw(e);
		break;
	}
}

static void pager_key(struct cli_edit *e, uint8_t byte)
{
	unsigned length = cli_session_terminal(e->session)->length;

	switch (cli_pager_key(&e->pager, byte, length, e->out)) {
	case CLI_PAGER_STAY:
		return;
	case CLI_PAGER_GO:
		run_pager(e);
		break;
	case CLI_PAGER_QUIT:
		e->fresh = true;
		if (is_busy(e))
			cli_session_abort(e->session);
		g_string_truncate(cli_session_output(e->session), 0);
		break;
	}
	settle(e);
}

/* ---- input ------------------------------------------------------------------------ */

static void pump(struct cli_edit *e)
{
	guint at = 0;

	while (at < e->ahead->len && !cli_edit_closed(e)) {
		if (e->pager.stopped)
			pager_key(e, e->ahead->data[at++]);
		else if (is_busy(e))
			break;
		else
			prompt_key(e, e->ahead->data[at++]);
	}
	if (at)
		g_byte_array_remove_range(e->ahead, 0, at);
	note_column(e);
}

/* Every kind of Enter is one '\r' from here on; 0 is nothing. */
static uint8_t as_key(struct cli_edit *e, uint8_t byte)
{
	bool tail = e->after_cr && byte == '\n';

	e->after_cr = byte == '\r';
	return tail ? 0 : byte == '\n' ? '\r' : byte;
}

void cli_edit_input(struct cli_edit *e, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t key = as_key(e, data[i]);

		if (key == 0)
			continue;
		if (is_busy(e) && !e->pager.stopped &&
			(key == KEY_INTERRUPT || key == KEY_ABORT)) {
			g_byte_array_set_size(e->ahead, 0);
			interrupt(e);
			continue;
		}
		if (e->ahead->len < CLI_EDIT_AHEAD_MAX)
			g_byte_array_append(e->ahead, &key, 1);
		pump(e);
	}
}

size_t cli_edit_room(const struct cli_edit *e)
{
	return CLI_EDIT_AHEAD_MAX - MIN(e->ahead->len, CLI_EDIT_AHEAD_MAX);
}

bool cli_edit_work(struct cli_edit *e)
{
	if (e->out->len >= CLI_EDIT_HIGH || e->pager.stopped)
		return false;
	if (cli_session_status(e->session) == CLI_RUNNING) {
		cli_session_step(e->session);
		settle(e);
	}
	pump(e);
	return cli_session_status(e->session) == CLI_RUNNING && !e->pager.stopped &&
	       e->out->len < CLI_EDIT_HIGH;
}

void cli_edit_wake(struct cli_edit *e)
{
	cli_session_wake(e->session);
	settle(e);
	pump(e);
}

void cli_edit_async(struct cli_edit *e, const char *line, bool synchronous)
{
	bool prompt = is_at_prompt(e);

	if (e->out->len >= 2 * CLI_EDIT_HIGH)
		return; /* nobody reads; the log buffer has it */
	if (e->pager.stopped || (synchronous && !prompt)) {
		g_queue_push_tail(&e->logs, g_strdup(line));
		if (g_queue_get_length(&e->logs) > LOGS_MAX)
			g_free(g_queue_pop_head(&e->logs));
		return;
	}
	put_log(e, line);
	if (synchronous)
		show_prompt(e);
}

GByteArray *cli_edit_output(struct cli_edit *e)
{
	return e->out;
}
