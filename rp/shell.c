/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shells of an RP: its console, the VTYs of the active RP, and the operator's exec sessions.
 *
 * Editors and sessions live here and die with the RP; the chassis only carries bytes.  What a
 * command changes becomes a transaction like any other input, since the turn that runs it ends
 * in one (rp.c).
 */
#include "rp/internal.h"

#include <string.h>

enum {
	EXECS_MAX = 64,               /* exec sessions kept; the idle one not used longest goes */
	OUT_CHUNK = 32 * 1024,
	OUT_BACKLOG = 1024 * 1024,    /* towards the chassis: then output waits */
	TICK_MS = 1000,
	WAKE_RETRY_MS = 10, /* a command that waits while its output is stuck */
};

/* One exec session of an operator connection, and the request it is answering. */
struct exec {
	uint32_t session;
	struct cli_session *s;
	uint64_t used;
	bool fresh; /* for one command only */
	bool busy;
	uint32_t id; /* of the request */
	GBytes *answers;
	size_t answers_at;
};

struct shell {
	struct cli_tree *tree;
	struct cli_line *lines[N_LINES];
	GPtrArray *execs; /* struct exec * */
	uint64_t uses;
	base_time tick_due;
	base_time wake_due; /* commands that wait are called again */
};

/* ---- the tree --------------------------------------------------------------------- */

static const char *hook_hostname(void *user)
{
	struct rp *rp = user;

	return rp->cfg.hostname ? rp->cfg.hostname : "Router";
}

static bool hook_standby(void *user)
{
	struct rp *rp = user;

	return rp->rf.my >= RF_STANDBY_COLD && rp->rf.my <= RF_STANDBY_HOT;
}

static const char *hook_config_enter(struct cli_session *s, void *user)
{
	struct rp *rp = user;

	if (!rf_is_active(&rp->rf))
		return rp->rf.my == RF_STANDBY_HOT
			       ? "% Configuration allowed only from Active"
			       : "% Config mode cannot be entered during Standby initialization";
	if (rp->cf.bulk != CF_BULK_NONE && rp->cf.bulk != CF_BULK_DONE)
		return "% Config mode cannot be entered during Standby initialization";
	return NULL;
}

static void hook_config_leave(struct cli_session *s, bool changed, void *user)
{
	struct rp *rp = user;
	const char *line = cli_session_line_name(s), *from = cli_session_from(s);
	const char *who = cli_session_username(s);

	if (!changed || rp->cfg.loading)
		return;
	if (from)
		rp_log(rp, LOG_SEV_NOTICE, "SYS", "CONFIG_I",
			"Configured from console by %s on %s (%s)", who ? who : "vty",
			line ? line : "vty", from);
	else
		rp_log(rp, LOG_SEV_NOTICE, "SYS", "CONFIG_I",
			"Configured from console by %s", line ? line : "console");
}

static bool hook_enable_set(void *user)
{
	return ((struct rp *)user)->cfg.enable_secret != NULL;
}

static bool hook_enable_check(const char *secret, void *user)
{
	return !g_strcmp0(secret, ((struct rp *)user)->cfg.enable_secret);
}

static bool hook_console_locked(void *user)
{
	return hook_standby(user) && !((struct rp *)user)->cfg.standby_console;
}

static const struct cli_hooks hooks = {
	.hostname = hook_hostname,
	.standby = hook_standby,
	.config_enter = hook_config_enter,
	.config_leave = hook_config_leave,
	.config_line = rp_config_line,
	.enable_set = hook_enable_set,
	.enable_check = hook_enable_check,
	.console_locked = hook_console_locked,
};

struct cli_tree *shell_tree_new(struct rp *rp)
{
	struct cli_tree *t = cli_tree_new(NULL, &hooks, rp);

	cli_tree_add(t, rp_commands);
	cli_tree_add(t, redundancy_commands);
	cli_tree_add(t, ip_commands);
	cli_tree_add(t, vlan_commands);
	cli_tree_add(t, l2tp_commands);
	cli_tree_add(t, vpdn_commands);
	cli_tree_add(t, dialin_commands);
	cli_tree_add(t, option_commands);
	cli_tree_add(t, vpdn_show_commands);
	cli_tree_add(t, ppp_commands);
	cli_tree_add(t, platform_commands);
	cli_tree_add(t, iface_commands);
	cli_tree_add(t, tunnel_commands);
	cli_tree_add(t, ping_commands);
	cli_tree_add(t, aaa_commands);
	cli_tree_add(t, bba_commands);
	cli_tree_add(t, pppoe_commands);
	cli_tree_add_words(t, rp_words);
	cli_tree_add_words(t, redundancy_words);
	cli_tree_add_words(t, ip_words);
	cli_tree_add_words(t, vlan_words);
	cli_tree_add_words(t, l2tp_words);
	cli_tree_add_words(t, vpdn_words);
	cli_tree_add_words(t, dialin_words);
	cli_tree_add_words(t, option_words);
	cli_tree_add_words(t, vpdn_show_words);
	cli_tree_add_words(t, ppp_words);
	cli_tree_add_words(t, platform_words);
	cli_tree_add_words(t, iface_words);
	cli_tree_add_words(t, tunnel_words);
	cli_tree_add_words(t, ping_words);
	cli_tree_add_words(t, aaa_words);
	cli_tree_add_words(t, bba_words);
	cli_tree_add_words(t, pppoe_words);
	return t;
}

/* ---- exec sessions ---------------------------------------------------------------- */

static void exec_free(void *p)
{
	struct exec *x = p;

	cli_session_free(x->s);
	g_clear_pointer(&x->answers, g_bytes_unref);
	g_free(x);
}

void shell_init(struct rp *rp, base_time now)
{
	struct shell *sh = g_new0(struct shell, 1);

	rp->shell = sh;
	sh->tree = shell_tree_new(rp);
	sh->execs = g_ptr_array_new_with_free_func(exec_free);
	sh->lines[LINE_CONSOLE] = cli_line_new(sh->tree, CLI_CONSOLE, "console", NULL);
	cli_line_show(sh->lines[LINE_CONSOLE],
		"\nSystem Bootstrap, twinrp route processor\n"
		"Booting from bootflash: ... done\n\n");
	sh->tick_due = time_add(now, dur_ms(TICK_MS));
	sh->wake_due = BASE_TIME_NEVER;
}

void shell_deinit(struct rp *rp)
{
	struct shell *sh = rp->shell;

	g_ptr_array_unref(sh->execs);
	for (unsigned k = 0; k < N_LINES; k++)
		if (sh->lines[k])
			cli_line_free(sh->lines[k]);
	cli_tree_free(sh->tree);
	g_free(sh);
}

/* Makes room for one more; false: all of them are running a command. */
static bool exec_make_room(struct shell *sh)
{
	struct exec *oldest = NULL;

	if (sh->execs->len < EXECS_MAX)
		return true;
	for (guint k = 0; k < sh->execs->len; k++) {
		struct exec *x = sh->execs->pdata[k];

		if (!x->busy && (!oldest || x->used < oldest->used))
			oldest = x;
	}
	return oldest && g_ptr_array_remove(sh->execs, oldest);
}

static struct exec *exec_new(struct rp *rp, uint32_t session, bool fresh)
{
	struct shell *sh = rp->shell;
	struct exec *x;

	if (!exec_make_room(sh))
		return NULL;
	x = g_new0(struct exec, 1);
	x->session = session;
	x->fresh = fresh;
	x->s = cli_session_new(sh->tree, CLI_OPERATOR);
	cli_session_terminal(x->s)->length = 0;
	g_ptr_array_add(sh->execs, x);
	return x;
}

static struct exec *exec_find(struct rp *rp, uint32_t session)
{
	for (guint k = 0; k < rp->shell->execs->len; k++) {
		struct exec *x = rp->shell->execs->pdata[k];

		if (!x->fresh && x->session == session)
			return x;
	}
	return NULL;
}

static void exec_send(struct rp *rp, struct exec *x, bool done, bool failed)
{
	GString *out = cli_session_output(x->s);
	gsize at = 0;

	do {
		gsize n = MIN(out->len - at, (gsize)OUT_CHUNK);
		bool last = at + n == out->len;
		struct msg_exec_out m = {
			.id = x->id,
			.text = g_bytes_new(out->str + at, n),
			.done = done && last,
			.failed = failed,
		};

		if (n || m.done)
			ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_EXEC_OUT, &m);
		g_bytes_unref(m.text);
		at += n;
	} while (at < out->len);
	g_string_truncate(out, 0);
}

/* The next "PROMPT\0TEXT\0" whose PROMPT is part of the question; NULL: there is none. */
static const char *next_answer(struct exec *x, const char *question)
{
	gsize n = 0;
	const char *p = x->answers ? g_bytes_get_data(x->answers, &n) : NULL;

	while (p && x->answers_at < n) {
		const char *prompt = p + x->answers_at;
		gsize left = n - x->answers_at;
		gsize plen = strnlen(prompt, left);
		const char *text = prompt + plen + 1;

		if (plen == left || strnlen(text, left - plen - 1) == left - plen - 1)
			return NULL;
		x->answers_at += plen + 1 + strlen(text) + 1;
		if (strstr(question, prompt))
			return text;
	}
	return NULL;
}

static enum cli_status exec_ask(struct exec *x)
{
	g_autofree char *question = g_strdup(cli_session_question(x->s, NULL));
	const char *text = next_answer(x, question);

	g_string_append_printf(cli_session_output(x->s), "%s%s\n", question, text ? text : "");
	if (text)
		return cli_session_answer(x->s, text);
	cli_session_abort(x->s);
	g_string_append(cli_session_output(x->s),
		"% The command asked a question: give `answer \"PROMPT\" \"TEXT\"`\n");
	return CLI_FAILED;
}

/* Runs on with a request; true when it has more to do at once. */
static bool exec_run(struct rp *rp, struct exec *x, enum cli_status st)
{
	while (st == CLI_ASKING)
		st = exec_ask(x);
	if (st == CLI_RUNNING || st == CLI_WAITING) {
		exec_send(rp, x, false, false);
		return st == CLI_RUNNING;
	}
	x->busy = false;
	exec_send(rp, x, true, st != CLI_OK && st != CLI_CLOSED);
	if (x->fresh || st == CLI_CLOSED)
		g_ptr_array_remove(rp->shell->execs, x);
	return false;
}

static void refuse(struct rp *rp, uint32_t id, const char *text)
{
	struct msg_exec_out m = {
		.id = id,
		.text = g_bytes_new(text, strlen(text)),
		.done = true,
		.failed = true,
	};

	ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_EXEC_OUT, &m);
	g_bytes_unref(m.text);
}

static void on_exec(struct rp *rp, struct msg_exec *m)
{
	struct exec *x = m->fresh ? NULL : exec_find(rp, m->session);

	if (!x)
		x = exec_new(rp, m->session, m->fresh);
	if (!x) {
		refuse(rp, m->id, "% too many commands are running\n");
		return;
	}
	if (x->busy) {
		refuse(rp, m->id, "% the session is still running a command\n");
		return;
	}
	x->busy = true;
	x->used = ++rp->shell->uses;
	x->id = m->id;
	g_clear_pointer(&x->answers, g_bytes_unref);
	x->answers = g_steal_pointer(&m->answers);
	x->answers_at = 0;
	exec_run(rp, x, cli_session_exec(x->s, m->command ? m->command : ""));
}

/* ---- terminal lines --------------------------------------------------------------- */

static void line_open(struct rp *rp, const struct msg_line *m)
{
	struct shell *sh = rp->shell;
	char name[8];

	if (m->line != LINE_CONSOLE && !sh->lines[m->line]) {
		g_snprintf(name, sizeof(name), "vty%u", m->line - LINE_VTY);
		sh->lines[m->line] = cli_line_new(sh->tree, CLI_VTY, name, m->from);
	}
	cli_line_connect(sh->lines[m->line]);
}

static void line_close(struct rp *rp, const struct msg_line *m)
{
	struct shell *sh = rp->shell;

	if (!sh->lines[m->line])
		return;
	cli_line_disconnect(sh->lines[m->line]);
	if (m->line != LINE_CONSOLE)
		g_clear_pointer(&sh->lines[m->line], cli_line_free);
}

static void line_in(struct rp *rp, const struct msg_line *m)
{
	struct cli_line *l = rp->shell->lines[m->line];
	gsize n = 0;
	const uint8_t *p = m->bytes ? g_bytes_get_data(m->bytes, &n) : NULL;

	if (l && n)
		cli_line_input(l, p, n);
}

void shell_on_message(struct rp *rp, const struct ipc_msg *msg, base_time now)
{
	union {
		struct msg_exec exec;
		struct msg_line line;
	} m;

	if (!ipc_decode(msg, &m))
		return;
	if (msg->type == IPC_EXEC) {
		on_exec(rp, &m.exec);
	} else if (m.line.line < N_LINES) {
		if (msg->type == IPC_LINE_OPEN)
			line_open(rp, &m.line);
		else if (msg->type == IPC_LINE_CLOSE)
			line_close(rp, &m.line);
		else
			line_in(rp, &m.line);
	}
	rec_clear(ipc_table(msg->type), &m);
}

static void line_out(struct rp *rp, unsigned number)
{
	struct cli_line *l = rp->shell->lines[number];
	GByteArray *out = cli_line_output(l);
	struct msg_line m = { .line = (uint8_t)number };

	while (out->len && ipc_backlog(rp->env, SLOT_CHASSIS) < OUT_BACKLOG) {
		guint n = MIN(out->len, (guint)OUT_CHUNK);

		m.bytes = g_bytes_new(out->data, n);
		ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_LINE_OUT, &m);
		g_clear_pointer(&m.bytes, g_bytes_unref);
		g_byte_array_remove_range(out, 0, n);
	}
	if (number == LINE_CONSOLE || !cli_line_closed(l) || out->len)
		return;
	ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_LINE_CLOSE, &m);
	g_clear_pointer(&rp->shell->lines[number], cli_line_free);
}

/* New log lines to whoever wants them. */
static void show_log(struct rp *rp)
{
	const struct log_line *l;
	GString *text = NULL;

	while ((l = log_next(rp->log, rp->log_shown))) {
		rp->log_shown = l->seq;
		if (!text)
			text = g_string_new(NULL);
		g_string_truncate(text, 0);
		log_format(l, board_wall_epoch(rp->env), text);
		for (unsigned k = 0; k < N_LINES; k++)
			if (rp->shell->lines[k] &&
				(k != LINE_CONSOLE || !rp->cfg.no_logging_console))
				cli_line_log(rp->shell->lines[k], text->str, false);
	}
	if (text)
		g_string_free(text, TRUE);
}

static void set_timeout(struct rp *rp, unsigned number)
{
	const struct line_config *c = &rp->cfg.lines[number == LINE_CONSOLE ? 0 : 1];
	struct cli_session *s = cli_line_session(rp->shell->lines[number]);

	if (s)
		cli_session_terminal(s)->exec_timeout =
			c->exec_timeout_set ? c->exec_timeout : 600;
}

bool shell_step(struct rp *rp, base_time now)
{
	struct shell *sh = rp->shell;
	bool more = false, tick = !time_before(now, sh->tick_due);
	bool wake = !time_before(now, sh->wake_due);

	if (tick)
		sh->tick_due = time_add(now, dur_ms(TICK_MS));
	if (wake)
		sh->wake_due = BASE_TIME_NEVER; /* who still waits sets it again */
	for (guint k = sh->execs->len; k-- > 0;) {
		struct exec *x = sh->execs->pdata[k];

		if (x->busy && ipc_backlog(rp->env, SLOT_CHASSIS) < OUT_BACKLOG)
			more |= exec_run(rp, x,
				wake ? cli_session_wake(x->s) : cli_session_step(x->s));
		else if (x->busy && wake)
			shell_wake_at(rp, time_add(now, dur_ms(WAKE_RETRY_MS)));
	}
	show_log(rp);
	for (unsigned k = 0; k < N_LINES; k++) {
		if (!sh->lines[k])
			continue;
		if (tick) {
			set_timeout(rp, k);
			cli_line_tick(sh->lines[k], (uint64_t)(now.ns / 1000000000));
		}
		if (wake)
			cli_line_wake(sh->lines[k]);
		more |= cli_line_work(sh->lines[k]);
		line_out(rp, k);
	}
	return more;
}

base_time shell_next_due(const struct rp *rp)
{
	return time_min(rp->shell->tick_due, rp->shell->wake_due);
}

void shell_wake_at(struct rp *rp, base_time due)
{
	rp->shell->wake_due = time_min(rp->shell->wake_due, due);
}

void shell_role_changed(struct rp *rp, base_time now)
{
	cli_line_ready(rp->shell->lines[LINE_CONSOLE]);
}
