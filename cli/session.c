/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One exec session: runs lines, keeps the command that is not finished yet, its dialog
 * and its output.
 *
 * A line is tried in the current mode and then in the modes below it on the stack; the
 * first that takes it wins, and the session is in that mode when the handler runs.  When
 * none takes it, the error is the one of the mode that understood most of the line.
 */
#include "cli/internal.h"

#include <stdarg.h>
#include <string.h>

/* ---- life ------------------------------------------------------------------------- */

struct cli_session *cli_session_new(struct cli_tree *tree, enum cli_kind kind)
{
	struct cli_session *s = g_new0(struct cli_session, 1);

	s->tree = tree;
	s->kind = kind;
	s->depth = 1;
	s->stack[0].mode = kind == CLI_OPERATOR ? CLI_PRIV : CLI_USER;
	s->out = g_string_new(NULL);
	s->partial = g_string_new(NULL);
	for (int i = 0; i < 2; i++)
		s->history[i] = g_ptr_array_new_with_free_func(g_free);
	s->term = (struct cli_terminal){
		.length = kind == CLI_OPERATOR ? 0 : 24,
		.width = 80,
		.history = 20,
		.exec_timeout = 600,
	};
	cli_session_set_origin(s, kind == CLI_VTY ? "vty0" : "console", NULL);
	return s;
}

static void drop_command(struct cli_session *s)
{
	if (s->cursor.state && s->cursor.free_state)
		s->cursor.free_state(s->cursor.state);
	s->cursor = (struct cli_cursor){ 0 };
	g_clear_pointer(&s->args, cli_args_free);
	g_clear_pointer(&s->pipes, cli_pipes_free);
	g_clear_pointer(&s->question, g_free);
	g_clear_pointer(&s->answer_text, g_free);
	g_string_truncate(s->partial, 0);
	s->next = NULL;
	s->cmd = NULL;
	s->login = NULL;
	s->config_mode = 0;
}

void cli_session_free(struct cli_session *s)
{
	if (!s)
		return;
	drop_command(s);
	while (s->depth > 0)
		g_free(s->stack[--s->depth].name);
	for (int i = 0; i < 2; i++)
		g_ptr_array_unref(s->history[i]);
	g_string_free(s->out, TRUE);
	g_string_free(s->partial, TRUE);
	g_free(s->error);
	g_free(s->line_name);
	g_free(s->from);
	g_free(s->username);
	g_free(s);
}

/* ---- output ----------------------------------------------------------------------- */

static void feed_pipes(struct cli_session *s, bool all)
{
	const char *p = s->partial->str;
	const char *nl;

	while ((nl = strchr(p, '\n'))) {
		cli_pipes_line(s->pipes, p, (size_t)(nl - p), s->out);
		p = nl + 1;
	}
	if (all && *p) {
		cli_pipes_line(s->pipes, p, strlen(p), s->out);
		p += strlen(p);
	}
	g_string_erase(s->partial, 0, p - s->partial->str);
}

void cli_puts(struct cli_session *s, const char *text)
{
	if (!s->pipes) {
		g_string_append(s->out, text);
		return;
	}
	g_string_append(s->partial, text);
	feed_pipes(s, false);
}

void cli_print(struct cli_session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	g_autofree char *text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	cli_puts(s, text);
}

static void set_error(struct cli_session *s, const char *text, unsigned column)
{
	g_free(s->error);
	s->error = g_strdup(text);
	s->error_column = column;
}

/* Errors go round the pipes: `show x | include y` must not hide them. */
enum cli_result cli_fail(struct cli_session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	g_autofree char *text = g_strdup_vprintf(fmt, ap);
	va_end(ap);

	g_autofree char *line =
		g_strdup_printf("%s%s", text[0] == '%' ? "" : "% ", text);

	g_string_append_printf(s->out, "%s\n", line);
	set_error(s, line, 0);
	s->failed = true;
	return CLI_DONE;
}

/* ---- a command's life ------------------------------------------------------------- */

/* An accepted line of configuration is told to the owner. */
static void tell_config_line(struct cli_session *s)
{
	const struct cli_hooks *h = s->tree->hooks;
	const char *prefix = cli_no(s->args)        ? "no "
			     : cli_default(s->args) ? "default "
						    : "";

	if (!s->config_mode || s->failed)
		return;
	s->changed = true;
	if (!h->config_line)
		return;

	g_autofree char *line = g_strconcat(prefix, cli_line_text(s->args), NULL);

	h->config_line(s, s->config_mode, line, s->tree->user);
}

static enum cli_status finish(struct cli_session *s)
{
	bool login = s->login;

	tell_config_line(s);

	if (s->pipes) {
		feed_pipes(s, true);

		const char *error = cli_pipes_end(s->pipes, s->out, s->tree->user);

		if (error)
			cli_fail(s, "%s", error);
	}
	drop_command(s);
	if (s->failed && !cli_in_config(s) && !login)
		g_string_append_c(s->out, '\n');
	s->status = s->closing ? CLI_CLOSED : s->failed ? CLI_FAILED : CLI_OK;
	return s->status;
}

static enum cli_status run(struct cli_session *s)
{
	enum cli_result r;
	void *user = s->tree->user;

	if (s->next)
		r = s->next(s, &s->answer, s->args, user);
	else
		r = (s->login ? s->login : s->cmd->run)(s, s->args, user);
	switch (r) {
	case CLI_DONE:
		break;
	case CLI_MORE:
		return s->status = CLI_RUNNING;
	case CLI_WAIT:
		return s->status = CLI_WAITING;
	case CLI_ASK:
		if (s->question)
			return s->status = CLI_ASKING;
		break;
	}
	return finish(s);
}

enum cli_status cli_session_step(struct cli_session *s)
{
	return s->status == CLI_RUNNING ? run(s) : s->status;
}

enum cli_status cli_session_wake(struct cli_session *s)
{
	return s->status == CLI_WAITING ? run(s) : s->status;
}

void cli_session_abort(struct cli_session *s)
{
	bool login = s->login;

	if (s->status != CLI_RUNNING && s->status != CLI_WAITING &&
		s->status != CLI_ASKING)
		return;
	drop_command(s);
	s->status = login ? CLI_CLOSED : CLI_OK;
}

void cli_session_hangup(struct cli_session *s)
{
	cli_session_abort(s);
	cli_leave_config(s);
}

enum cli_status cli_session_run(struct cli_session *s, cli_handler fn)
{
	s->login = fn;
	s->args = cli_args_new(NULL);
	s->failed = false;
	s->tries = 0;
	return run(s);
}

enum cli_status cli_session_login(struct cli_session *s)
{
	return cli_session_run(s, cli_login);
}

/* ---- dialogs ---------------------------------------------------------------------- */

enum cli_result cli_ask(struct cli_session *s, enum cli_ask_kind kind,
	const char *prompt, cli_continue next)
{
	g_free(s->question);
	s->question = g_strdup(prompt);
	s->ask_kind = kind;
	s->next = next;
	return CLI_ASK;
}

static bool is_prefix_of(const char *text, const char *whole)
{
	size_t n = strlen(text);

	return n > 0 && n <= strlen(whole) && !g_ascii_strncasecmp(text, whole, n);
}

/* False: the answer is no answer, ask again. */
static bool read_answer(struct cli_session *s, const char *text)
{
	g_autofree char *word = g_strstrip(g_strdup(text));

	switch (s->ask_kind) {
	case CLI_ASK_CONFIRM:
		s->answer.yes = !text[0] || g_ascii_tolower(text[0]) == 'y' ||
				text[0] == '\r' || text[0] == '\n';
		return true;
	case CLI_ASK_YES_NO:
		s->answer.yes = is_prefix_of(word, "yes");
		return s->answer.yes || is_prefix_of(word, "no");
	case CLI_ASK_TEXT:
	case CLI_ASK_PASSWORD:
		s->answer.yes = true;
		return true;
	}
	return true;
}

enum cli_status cli_session_answer(struct cli_session *s, const char *text)
{
	if (s->status != CLI_ASKING)
		return s->status;
	if (!read_answer(s, text)) {
		g_string_append(s->out, "% Please answer 'yes' or 'no'.\n");
		return s->status;
	}
	g_free(s->answer_text);
	s->answer_text = g_strndup(text, CLI_LINE_MAX);
	s->answer.text = s->answer_text;
	g_clear_pointer(&s->question, g_free);
	return run(s);
}

const char *cli_session_question(const struct cli_session *s, enum cli_ask_kind *kind)
{
	if (s->status != CLI_ASKING)
		return NULL;
	if (kind)
		*kind = s->ask_kind;
	return s->question;
}

/* ---- a line ----------------------------------------------------------------------- */

struct attempt {
	const char *line; /* as typed */
	const char *text; /* the part in question, behind `do` */
	unsigned offset;  /* of text in line */
	bool exec;
};

static enum cli_status refuse(struct cli_session *s, const struct attempt *a,
	enum cli_status status, unsigned column, const char *text)
{
	column += a->offset;
	if (status == CLI_INVALID) {
		g_autofree char *prompt = cli_session_prompt(s);
		size_t pad = column + (s->kind == CLI_OPERATOR ? 0 : strlen(prompt));

		g_string_append_printf(s->out, "%*s^\n", (int)pad, "");
		text = "% Invalid input detected at '^' marker.";
	}

	g_autofree char *ambiguous =
		g_strdup_printf("%% Ambiguous command:  \"%s\"", a->line);

	if (status == CLI_AMBIGUOUS)
		text = ambiguous;
	else if (status == CLI_INCOMPLETE && !text)
		text = "% Incomplete command.";
	g_string_append_printf(s->out, "%s\n%s", text, cli_in_config(s) ? "" : "\n");
	set_error(s, text, column);
	s->failed = true;
	return s->status = status;
}

/* Which of two failed matches says more about the line? */
static bool better(const struct cli_match *a, const struct cli_match *b)
{
	if ((a->status == CLI_INVALID) != (b->status == CLI_INVALID))
		return a->status != CLI_INVALID;
	return a->column > b->column;
}

/* Match in the top mode and then below; *depth is where. */
static struct cli_match *find(const struct cli_session *s, const struct attempt *a,
	const char *text, unsigned *depth)
{
	struct cli_match *best = NULL;
	unsigned lowest = cli_in_config(s) ? 2 : 1;

	if (a->exec && cli_in_config(s)) {
		*depth = s->depth;
		return cli_match_line(s->tree, CLI_PRIV, text);
	}
	for (unsigned d = s->depth; d >= lowest; d--) {
		struct cli_match *m =
			cli_match_line(s->tree, s->stack[d - 1].mode, text);

		if (m->status == CLI_OK || !best || better(m, best)) {
			cli_match_free(best);
			best = m;
			*depth = d;
		} else {
			cli_match_free(m);
		}
		if (best->status == CLI_OK)
			break;
	}
	return best;
}

static bool is_show_alone(const struct cli_match *m)
{
	return m->tokens->len == 1 && m->set_n > 0 &&
	       !g_strcmp0(
		       g_array_index(m->steps, struct cli_step, m->set_at).node->name,
		       "show");
}

static enum cli_status start(
	struct cli_session *s, const struct cli_match *m, unsigned depth, bool exec)
{
	s->cmd = m->end_node->cmd;
	s->args = cli_args_new(m);
	if (!exec && cli_in_config(s)) {
		cli_frame_pop_to(s, depth);
		s->config_mode = cli_is_shell(s->cmd) ? 0 : cli_session_mode(s);
	}
	return run(s);
}

static enum cli_status dispatch(struct cli_session *s, const struct attempt *a)
{
	bool exec = a->exec || !cli_in_config(s);
	size_t n = exec ? cli_pipe_at(a->text) : strlen(a->text);
	g_autofree char *text = g_strndup(a->text, n);
	unsigned depth = s->depth;
	struct cli_match *m = find(s, a, text, &depth);
	enum cli_status status = m->status;

	if (status != CLI_OK) {
		status = refuse(s, a, status, m->column,
			status == CLI_INCOMPLETE && exec && is_show_alone(m)
				? "% Type \"show ?\" for a list of subcommands"
				: NULL);
	} else if (cli_is_do(m->end_node->cmd)) {
		unsigned at = g_array_index(m->tokens, struct cli_token, 1).at;
		struct attempt inner = { a->line, a->text + at, a->offset + at, true };

		status = dispatch(s, &inner);
	} else {
		g_autofree char *message = NULL;
		unsigned column = 0;

		if (a->text[n])
			s->pipes = cli_pipes_parse(a->text + n, s->tree->hooks, &status,
				&column, &message);
		if (a->text[n] && !s->pipes)
			status = refuse(s, a, status, (unsigned)n + column, message);
		else
			status = start(s, m, depth, a->exec);
	}
	cli_match_free(m);
	return status;
}

enum cli_status cli_session_exec(struct cli_session *s, const char *line)
{
	struct attempt a = { line, line, 0, false };
	size_t blanks = strspn(line, " \t\r\n");

	if (s->status == CLI_RUNNING || s->status == CLI_WAITING ||
		s->status == CLI_ASKING)
		return s->status;
	if (s->status == CLI_CLOSED)
		return CLI_CLOSED;
	s->failed = false;
	g_clear_pointer(&s->error, g_free);
	s->error_column = 0;
	s->status = CLI_OK;
	if (!line[blanks] || line[blanks] == '!')
		return CLI_OK;
	if (strlen(line) > CLI_LINE_MAX)
		return refuse(s, &a, CLI_INVALID, CLI_LINE_MAX, NULL);
	return dispatch(s, &a);
}

/* ---- questions about a session ---------------------------------------------------- */

enum cli_status cli_session_status(const struct cli_session *s)
{
	return s->status;
}

const char *cli_session_error(const struct cli_session *s, unsigned *column)
{
	if (column)
		*column = s->error_column;
	return s->error;
}

GString *cli_session_output(struct cli_session *s)
{
	return s->out;
}

struct cli_cursor *cli_cursor(struct cli_session *s)
{
	return &s->cursor;
}

void cli_close(struct cli_session *s)
{
	s->closing = true;
}

enum cli_kind cli_session_kind(const struct cli_session *s)
{
	return s->kind;
}

void *cli_session_user(const struct cli_session *s)
{
	return s->tree->user;
}

void cli_session_set_origin(struct cli_session *s, const char *line, const char *from)
{
	g_free(s->line_name);
	g_free(s->from);
	s->line_name = g_strdup(line);
	s->from = g_strdup(from);
}

const char *cli_session_line_name(const struct cli_session *s)
{
	return s->line_name;
}

const char *cli_session_from(const struct cli_session *s)
{
	return s->from;
}

const char *cli_session_username(const struct cli_session *s)
{
	return s->username;
}

void cli_session_set_privileged(struct cli_session *s, bool privileged)
{
	s->stack[0].mode = privileged ? CLI_PRIV : CLI_USER;
}

struct cli_terminal *cli_session_terminal(struct cli_session *s)
{
	return &s->term;
}

/* ---- history ---------------------------------------------------------------------- */

void cli_session_remember(struct cli_session *s, const char *line)
{
	GPtrArray *list = s->history[cli_in_config(s)];

	if (!line[strspn(line, " \t")])
		return;
	if (list->len && !strcmp(list->pdata[list->len - 1], line))
		return;
	g_ptr_array_add(list, g_strndup(line, CLI_LINE_MAX));
	while (list->len > s->term.history)
		g_ptr_array_remove_index(list, 0);
}

const char *cli_session_history(const struct cli_session *s, unsigned back)
{
	const GPtrArray *list = s->history[cli_in_config(s)];

	return back >= 1 && back <= list->len ? list->pdata[list->len - back] : NULL;
}
