/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands that belong to the shell itself, whatever the router does.
 *
 * Texts that clients wait for are in reference/shell-and-automation.md, sections 2, 3, 8.
 */
#include "cli/internal.h"

#include <string.h>

#define TRIES 3

#define ALL_CONFIG (~(uint64_t)CLI_EXEC)

static enum cli_result do_exec(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	/* The session runs the rest of the line instead; see cli_is_do(). */
	return CLI_DONE;
}

static enum cli_result leave(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	cli_leave(s);
	return CLI_DONE;
}

static enum cli_result end(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	cli_leave_config(s);
	return CLI_DONE;
}

/* clang-format off */
static const char help_text[] =
	"Help may be asked for at any point of a command with a question mark '?'.\n"
	"If nothing fits, the list is empty, and you must go back until '?' shows the\n"
	"words that may follow.\n"
	"Two kinds of help are given:\n"
	"1. Full help, when a word may begin ('show ?'): every word that may follow,\n"
	"   with a description.\n"
	"2. Partial help, in the middle of a word ('show pr?'): the words that begin\n"
	"   with these letters.\n\n";
/* clang-format on */

static enum cli_result help(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	cli_puts(s, help_text);
	return CLI_DONE;
}

/* ---- privilege -------------------------------------------------------------------- */

static enum cli_result check_secret(struct cli_session *s,
	const struct cli_answer *answer, const struct cli_args *args, void *user)
{
	const struct cli_hooks *h = s->tree->hooks;

	if (h->enable_check && h->enable_check(answer->text, user)) {
		cli_session_set_privileged(s, true);
		return CLI_DONE;
	}
	if (++s->tries < TRIES)
		return cli_ask(s, CLI_ASK_PASSWORD, "Password: ", check_secret);
	return cli_fail(s, "%% Bad secrets");
}

static enum cli_result enable(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	const struct cli_hooks *h = s->tree->hooks;

	if (cli_session_mode(s) != CLI_USER)
		return CLI_DONE;
	if (h->enable_set && h->enable_set(user)) {
		s->tries = 0;
		return cli_ask(s, CLI_ASK_PASSWORD, "Password: ", check_secret);
	}
	if (s->kind == CLI_VTY)
		return cli_fail(s, "%% No password set");
	cli_session_set_privileged(s, true);
	return CLI_DONE;
}

static enum cli_result disable(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	if (!cli_in_config(s)) /* not for `do disable` */
		cli_session_set_privileged(s, false);
	return CLI_DONE;
}

static enum cli_result show_privilege(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	cli_print(s, "Current privilege level is %d\n",
		s->stack[0].mode == CLI_PRIV ? 15 : 1);
	return CLI_DONE;
}

/* ---- configuration mode ----------------------------------------------------------- */

static enum cli_result enter_config(struct cli_session *s, void *user)
{
	const struct cli_hooks *h = s->tree->hooks;
	const char *refusal = h->config_enter ? h->config_enter(s, user) : NULL;

	if (refusal)
		return cli_fail(s, "%s", refusal);
	cli_puts(s, "Enter configuration commands, one per line.  End with CNTL/Z.\n");
	if (!cli_in_config(s))
		cli_frame_push(s, CLI_CONFIG, NULL, 0);
	return CLI_DONE;
}

static enum cli_result configure_from(struct cli_session *s,
	const struct cli_answer *answer, const struct cli_args *args, void *user)
{
	g_autofree char *word = g_strstrip(g_ascii_strdown(answer->text, -1));

	if (!g_str_has_prefix("terminal", word))
		return cli_fail(
			s, "%% Only configuration from the terminal is supported");
	return enter_config(s, user);
}

static enum cli_result configure(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	if (cli_has(args, "terminal"))
		return enter_config(s, user);
	return cli_ask(s, CLI_ASK_TEXT,
		"Configuring from terminal, memory, or network [terminal]? ",
		configure_from);
}

/* ---- terminal --------------------------------------------------------------------- */

static enum cli_result set_length(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	cli_arg_u32(args, "lines", &s->term.length);
	return CLI_DONE;
}

static enum cli_result set_width(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	cli_arg_u32(args, "columns", &s->term.width);
	return CLI_DONE;
}

static enum cli_result set_monitor(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	s->term.monitor = !cli_has(args, "no");
	return CLI_DONE;
}

static enum cli_result set_history(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	s->term.history = cli_has(args, "no") ? 0 : 20;
	cli_arg_u32(args, "lines", &s->term.history);
	return CLI_DONE;
}

static enum cli_result show_history(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	const GPtrArray *list = s->history[0];

	for (guint i = 0; i < list->len; i++)
		cli_print(s, "  %s\n", (const char *)list->pdata[i]);
	return CLI_DONE;
}

static enum cli_result show_terminal(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	cli_print(s, "Line \"%s\", Location: \"\", Type: \"\"\n", s->line_name);
	cli_print(s, "Length: %u lines, Width: %u columns\n", s->term.length,
		s->term.width);
	cli_print(s, "History is %s, history size is %u.\n",
		s->term.history ? "enabled" : "disabled", s->term.history);
	return CLI_DONE;
}

/* ---- log-in ----------------------------------------------------------------------- */

static enum cli_result ask_login(struct cli_session *s, void *user);

static enum cli_result check_password(struct cli_session *s,
	const struct cli_answer *answer, const struct cli_args *args, void *user)
{
	const struct cli_hooks *h = s->tree->hooks;

	if (h->authenticate && h->authenticate(s, s->username, answer->text, user))
		return CLI_DONE;

	bool named = s->username;
	bool last = ++s->tries == TRIES;

	g_clear_pointer(&s->username, g_free);
	if (named)
		cli_puts(s, "% Login invalid\n\n");
	else if (last)
		cli_puts(s, "% Bad passwords\n");
	if (!last)
		return ask_login(s, user);
	cli_close(s);
	return CLI_DONE;
}

static enum cli_result take_username(struct cli_session *s,
	const struct cli_answer *answer, const struct cli_args *args, void *user)
{
	g_autofree char *name = g_strstrip(g_strdup(answer->text));

	if (!*name)
		return cli_ask(s, CLI_ASK_TEXT, "Username: ", take_username);
	g_free(s->username);
	s->username = g_steal_pointer(&name);
	return cli_ask(s, CLI_ASK_PASSWORD, "Password: ", check_password);
}

static enum cli_result ask_login(struct cli_session *s, void *user)
{
	const struct cli_hooks *h = s->tree->hooks;
	enum cli_login how =
		h->login ? (enum cli_login)h->login(s, user) : CLI_LOGIN_NONE;

	if (how != CLI_LOGIN_NONE && how != CLI_LOGIN_REFUSE && s->tries == 0)
		cli_puts(s, "\nUser Access Verification\n\n");
	switch (how) {
	case CLI_LOGIN_NONE:
		return CLI_DONE;
	case CLI_LOGIN_PASSWORD:
		return cli_ask(s, CLI_ASK_PASSWORD, "Password: ", check_password);
	case CLI_LOGIN_USER:
		return cli_ask(s, CLI_ASK_TEXT, "Username: ", take_username);
	case CLI_LOGIN_REFUSE:
		cli_puts(s, "\nPassword required, but none set\n");
		cli_close(s);
		return CLI_DONE;
	}
	return CLI_DONE;
}

enum cli_result cli_login(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	return ask_login(s, user);
}

/* ---- tables ----------------------------------------------------------------------- */

const struct cli_command cli_shell_commands[] = {
	/* clang-format off */
	{ CLI_EXEC,   "enable [<level:0-15>]",      "Turn on privileged commands", enable },
	{ CLI_PRIV,   "disable [<level:0-15>]",     "Turn off privileged commands", disable },
	{ CLI_EXEC,   "exit",                       "Exit from the EXEC", leave },
	{ CLI_EXEC,   "logout",                     "Exit from the EXEC", leave },
	{ CLI_EXEC,   "quit",                       "Exit from the EXEC", leave },
	{ CLI_EXEC,   "help",                       "Description of the help system", help },
	{ CLI_PRIV,   "configure [terminal]",       "Enter configuration mode", configure },
	{ CLI_EXEC,   "terminal length <lines:0-512>",
	              "Set number of lines on a screen", set_length },
	{ CLI_EXEC,   "terminal width <columns:0-512>",
	              "Set width of the display terminal", set_width },
	{ CLI_EXEC,   "terminal monitor",           "Copy log messages to this line", set_monitor },
	{ CLI_EXEC,   "terminal no monitor",        "Copy log messages to this line", set_monitor },
	{ CLI_EXEC,   "terminal history [size <lines:0-256>]",
	              "Enable and control the command history", set_history },
	{ CLI_EXEC,   "terminal no history",        "Enable and control the command history", set_history },
	{ CLI_EXEC,   "show history",               "Display the session command history", show_history },
	{ CLI_EXEC,   "show privilege",             "Show current privilege level", show_privilege },
	{ CLI_EXEC,   "show terminal",              "Display terminal parameters", show_terminal },
	{ ALL_CONFIG, "exit",                       "Exit from this mode", leave },
	{ ALL_CONFIG, "end",                        "Exit to privileged EXEC mode", end },
	{ ALL_CONFIG, "help",                       "Description of the help system", help },
	{ ALL_CONFIG, "do <command:line>",          "Run an EXEC command", do_exec },
	{ 0 },
	/* clang-format on */
};

const struct cli_word cli_shell_words[] = {
	{ "show", "Show running system information" },
	{ "terminal", "Set terminal line parameters" },
	{ "terminal no", "Negate a command or set its defaults" },
	{ "configure terminal", "Configure from the terminal" },
	{ "history size", "Set history buffer size" },
	{ "enable <level>", "Enable level" },
	{ "disable <level>", "Disable level" },
	{ "length <lines>", "Number of lines on screen (0 for no pausing)" },
	{ "width <columns>", "Number of characters on a screen line" },
	{ "size <lines>", "Size of history buffer" },
	{ "do <command>", "EXEC command" },
	{ "no", "Negate a command or set its defaults" },
	{ "default", "Set a command to its defaults" },
	{ NULL, NULL },
};

bool cli_is_do(const struct cli_command *cmd)
{
	return cmd->run == do_exec;
}

bool cli_is_shell(const struct cli_command *cmd)
{
	return cmd >= cli_shell_commands &&
	       cmd < cli_shell_commands + G_N_ELEMENTS(cli_shell_commands);
}
