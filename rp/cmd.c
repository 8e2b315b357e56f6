/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of the system: names and passwords, lines, configuration files, log
 * (ios-cli.md 1, 12; shell-and-automation.md 8).
 */
#include "base/text.h"
#include "rp/internal.h"

#include <string.h>

/* ---- configuration ---------------------------------------------------------------- */

static bool host_name_ok(const char *name)
{
	size_t n = strlen(name);

	return n >= 1 && n <= 63 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    ".-_") == n;
}

static enum cli_result set_hostname(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const char *name = cli_str(args, "name");

	if (!cli_undo(args) && !host_name_ok(name))
		return cli_fail(s, "a host name has 1 to 63 letters, digits, dots, hyphens and "
				   "underscores");
	g_free(rp->cfg.hostname);
	rp->cfg.hostname = cli_undo(args) ? NULL : g_strdup(name);
	return CLI_DONE;
}

static enum cli_result set_enable(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	g_free(rp->cfg.enable_secret);
	rp->cfg.enable_secret = cli_undo(args) ? NULL : g_strdup(cli_str(args, "secret"));
	return CLI_DONE;
}

static enum cli_result set_logging_console(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	rp->cfg.no_logging_console = cli_no(args);
	return CLI_DONE;
}

/* ---- lines ------------------------------------------------------------------------ */

static struct line_config *line_config(struct cli_session *s, struct rp *rp)
{
	const char *name = cli_context_name(s, CLI_CONFIG_LINE);

	return &rp->cfg.lines[name && g_str_has_prefix(name, "vty") ? 1 : 0];
}

static enum cli_result enter_line(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	uint16_t first = 0, last;
	g_autofree char *name = NULL;

	cli_arg_u16(args, "first", &first);
	last = first;
	cli_arg_u16(args, "last", &last);
	if (cli_has(args, "vty") && last < first)
		return cli_fail(s, "the last line comes after the first");
	name = cli_has(args, "vty") ? g_strdup_printf("vty %u %u", first, last)
				    : g_strdup("con 0");
	cli_enter(s, CLI_CONFIG_LINE, name, first);
	return CLI_DONE;
}

static enum cli_result set_exec_timeout(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct line_config *l = line_config(s, user);
	uint32_t minutes = 10, seconds = 0;

	if (!cli_undo(args)) {
		cli_arg_u32(args, "minutes", &minutes);
		cli_arg_u32(args, "seconds", &seconds);
	} else if (cli_no(args)) {
		minutes = 0;
	}
	l->exec_timeout_set = minutes != 10 || seconds;
	l->exec_timeout = minutes * 60 + seconds;
	return CLI_DONE;
}

/* Settings of a serial line that a TCP console does not have. */
static enum cli_result take(struct cli_session *s, const struct cli_args *args, void *user)
{
	return CLI_DONE;
}

/* ---- configuration text ----------------------------------------------------------- */

void nvgen_system(const struct rp *rp, GString *out, bool all)
{
	g_string_append_printf(out, "hostname %s\n!\n",
		rp->cfg.hostname ? rp->cfg.hostname : "Router");
	if (rp->cfg.enable_secret)
		g_string_append_printf(out, "enable secret 0 %s\n!\n", rp->cfg.enable_secret);
	if (rp->cfg.no_logging_console)
		g_string_append(out, "no logging console\n!\n");
	else if (all)
		g_string_append(out, "logging console\n!\n");
}

static void nvgen_line(const struct line_config *l, const char *name, GString *out, bool all)
{
	g_string_append_printf(out, "line %s\n", name);
	if (l->exec_timeout_set)
		g_string_append_printf(out, " exec-timeout %u %u\n", l->exec_timeout / 60,
			l->exec_timeout % 60);
	else if (all)
		g_string_append(out, " exec-timeout 10 0\n");
}

void nvgen_lines(const struct rp *rp, GString *out, bool all)
{
	nvgen_line(&rp->cfg.lines[0], "con 0", out, all);
	nvgen_line(&rp->cfg.lines[1], "vty 0 4", out, all);
	g_string_append(out, "!\n");
}

/* ---- configuration files ---------------------------------------------------------- */

static enum cli_result show_running(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	g_autofree char *text = rp_config_text(rp, cli_has(args, "all"));

	cli_print(s, "Building configuration...\n\nCurrent configuration : %zu bytes\n!\n",
		strlen(text));
	cli_puts(s, text);
	return CLI_DONE;
}

static enum cli_result show_startup(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	GBytes *b = board_file_read(rp->env, "startup-config");
	gsize n;

	if (!b)
		return cli_fail(s, "startup-config is not present: write it with `write memory`");

	const char *p = g_bytes_get_data(b, &n);
	g_autofree char *text = g_strndup(p, n);

	cli_print(s, "Using %zu out of 33554432 bytes\n", (size_t)n);
	cli_puts(s, text);
	if (n && text[n - 1] != '\n')
		cli_puts(s, "\n");
	g_bytes_unref(b);
	return CLI_DONE;
}

static enum cli_result save(struct cli_session *s, struct rp *rp)
{
	if (!rf_is_active(&rp->rf))
		return cli_fail(s, "Configuration allowed only from Active");
	cli_puts(s, "Building configuration...\n");
	rp_config_save(rp);
	cli_puts(s, "[OK]\n");
	return CLI_DONE;
}

static enum cli_result write_memory(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	return save(s, user);
}

static enum cli_result copy_answered(struct cli_session *s, const struct cli_answer *answer,
	const struct cli_args *args, void *user)
{
	if (answer->text[0] && strcmp(answer->text, "startup-config"))
		return cli_fail(s, "the running configuration can be copied to startup-config "
				   "only");
	return save(s, user);
}

static enum cli_result copy_running(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	return cli_ask(
		s, CLI_ASK_TEXT, "Destination filename [startup-config]? ", copy_answered);
}

/* ---- log and clock ---------------------------------------------------------------- */

static enum cli_result show_logging(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	struct cli_cursor *c = cli_cursor(s);
	const struct log_line *l = NULL;
	GString *text = g_string_new(NULL);

	for (unsigned n = 0; n < 200; n++) {
		l = log_next(rp->log, c->pos[0]);
		if (!l)
			break;
		c->pos[0] = l->seq;
		g_string_truncate(text, 0);
		log_format(l, board_wall_epoch(rp->env), text);
		cli_print(s, "%s\n", text->str);
	}
	g_string_free(text, TRUE);
	return l ? CLI_MORE : CLI_DONE;
}

static enum cli_result show_clock(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	int64_t ms = rp->now.ns / 1000000;
	GDateTime *t =
		g_date_time_new_from_unix_utc(board_wall_epoch(rp->env) + ms / 1000);
	g_autofree char *hms = g_date_time_format(t, "%H:%M:%S");
	g_autofree char *day = g_date_time_format(t, "UTC %a %b %-d %Y");

	cli_print(s, "*%s.%03d %s\n", hms, (int)(ms % 1000), day);
	g_date_time_unref(t);
	return CLI_DONE;
}

/* clang-format off */
const struct cli_command rp_commands[] = {
	{ CLI_CONFIG,     "[no] hostname <name:word>", "Name of the router", set_hostname },
	{ CLI_CONFIG,     "[no] enable {secret | password} [0] <secret:line>",
	                  "Password of privileged EXEC", set_enable },
	{ CLI_CONFIG,     "[no] logging console", "Log lines on the console", set_logging_console },
	{ CLI_CONFIG,     "version <text:line>", "Version that wrote this configuration", take },
	{ CLI_CONFIG,     "[no] service timestamps {debug | log} [datetime [msec]]",
	                  "Time in front of log lines", take },
	{ CLI_CONFIG,     "line {console | con} <first:0-0>", "The console", enter_line },
	{ CLI_CONFIG,     "line vty <first:0-4> [<last:0-4>]", "Virtual terminals", enter_line },
	{ CLI_CONFIG_LINE, "[no] exec-timeout <minutes:0-35791> [<seconds:0-2147483>]",
	                  "Close an idle session after that time", set_exec_timeout },
	{ CLI_CONFIG_LINE, "[no] stopbits {1 | 2}", "Stop bits of a serial line", take },
	{ CLI_CONFIG_LINE, "[no] transport input {all | telnet | none}",
	                  "Protocols taken by a line", take },
	{ CLI_PRIV,       "show running-config [all]", "Configuration in use", show_running },
	{ CLI_PRIV,       "show startup-config", "Configuration in NVRAM", show_startup },
	{ CLI_PRIV,       "write [memory]", "Save the configuration to NVRAM", write_memory },
	{ CLI_PRIV,       "copy running-config startup-config", "Save the configuration to NVRAM", copy_running },
	{ CLI_EXEC,       "show logging", "Log lines kept", show_logging },
	{ CLI_EXEC,       "show clock", "Date and time", show_clock },
	{ 0 },
};

const struct cli_word rp_words[] = {
	{ "enable secret", "Kept for both words" },
	{ "enable password", "Kept for both words" },
	{ "show", "Show running system information" },
	{ "service", "Services of the router" },
	{ "line console", "The console" },
	{ "line con", "The console" },
	{ "copy", "Copy a file" },
	{ "copy running-config", "Configuration in use" },
	{ "write memory", "NVRAM" },
	{ "logging", "Log lines" },
	{ "running-config all", "With defaults" },
	{ NULL, NULL },
};
/* clang-format on */
