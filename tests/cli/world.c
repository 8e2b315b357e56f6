/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world.h"

#include <string.h>

static void note(struct world *w, const struct cli_args *args)
{
	g_string_printf(w->last, "%s%s",
		cli_no(args)        ? "no "
		: cli_default(args) ? "default "
				    : "",
		cli_line_text(args));
}

static enum cli_result run(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	note(user, args);
	return CLI_DONE;
}

static enum cli_result version(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	note(user, args);
	cli_puts(s, "Version 1.0\nlns1 uptime is 5 minutes\n");
	return CLI_DONE;
}

static enum cli_result running(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	note(user, args);
	cli_puts(s, "vpdn enable\n"
		    "vpdn-group 1\n"
		    " accept-dialin\n"
		    "  protocol l2tp\n"
		    " local name lns1\n"
		    "interface Loopback0\n"
		    " ip address 1.2.3.4 255.255.255.255\n"
		    "end\n");
	return CLI_DONE;
}

static enum cli_result lines(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	uint32_t n = 0;

	note(user, args);
	cli_arg_u32(args, "n", &n);
	for (uint32_t i = 1; i <= n; i++)
		cli_print(s, "line %u\n", i);
	return CLI_DONE;
}

static void count_free(gpointer data)
{
	struct world *w = data;

	w->freed++;
}

/* Ten lines a slice, n slices. */
static enum cli_result slow(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct world *w = user;
	struct cli_cursor *c = cli_cursor(s);
	uint64_t n = 0;

	cli_arg_u64(args, "n", &n);
	c->state = w;
	c->free_state = count_free;
	w->slices++;
	for (int i = 0; i < 10; i++)
		cli_print(s, "slice %u line %d\n", (unsigned)c->pos[0], i);
	return ++c->pos[0] < n ? CLI_MORE : CLI_DONE;
}

static enum cli_result wait_twice(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct cli_cursor *c = cli_cursor(s);

	note(user, args);
	if (c->pos[0]++ < 2)
		return CLI_WAIT;
	cli_puts(s, "answered\n");
	return CLI_DONE;
}

static enum cli_result fail(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	return cli_fail(s, "Standby not ready for switchover.");
}

static enum cli_result reload_go(struct cli_session *s, const struct cli_answer *answer,
	const struct cli_args *args, void *user)
{
	note(user, args);
	cli_puts(s, answer->yes ? "reloading\n" : "stopped\n");
	return CLI_DONE;
}

static enum cli_result reload_saved(struct cli_session *s,
	const struct cli_answer *answer, const struct cli_args *args, void *user)
{
	cli_puts(s, answer->yes ? "saved\n" : "not saved\n");
	return cli_ask(s, CLI_ASK_CONFIRM, "Proceed with reload? [confirm]", reload_go);
}

static enum cli_result reload(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	return cli_ask(s, CLI_ASK_YES_NO,
		"System configuration has been modified. Save? [yes/no]: ",
		reload_saved);
}

static enum cli_result copied(struct cli_session *s, const struct cli_answer *answer,
	const struct cli_args *args, void *user)
{
	cli_print(s, "to %s\n[OK]\n", *answer->text ? answer->text : "startup-config");
	return CLI_DONE;
}

static enum cli_result copy(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	return cli_ask(
		s, CLI_ASK_TEXT, "Destination filename [startup-config]? ", copied);
}

static enum cli_result enter_vpdn(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	note(user, args);
	if (!cli_no(args))
		cli_enter(s, CLI_CONFIG_VPDN, cli_str(args, "name"), 7);
	return CLI_DONE;
}

static enum cli_result enter_accept(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	note(user, args);
	cli_enter(s, CLI_CONFIG_VPDN_ACC_IN, NULL, 0);
	return CLI_DONE;
}

static enum cli_result enter_interface(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	note(user, args);
	cli_enter(s, CLI_CONFIG_IF, cli_str(args, "if"), 0);
	return CLI_DONE;
}

static enum cli_result enter_red(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	note(user, args);
	cli_enter(s, cli_has(args, "main-cpu") ? CLI_CONFIG_R_MC : CLI_CONFIG_RED, NULL,
		0);
	return CLI_DONE;
}

static enum cli_result in_group(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct world *w = user;

	note(user, args);
	g_string_append_printf(w->last, " (%s %u)",
		cli_context_name(s, CLI_CONFIG_VPDN),
		(unsigned)cli_context_number(s, CLI_CONFIG_VPDN));
	return CLI_DONE;
}

static const struct cli_command commands[] = {
	/* clang-format off */
	{ CLI_EXEC, "show version", "System hardware and software status", version },
	{ CLI_PRIV, "show running-config [all]", "Current operating configuration", running },
	{ CLI_EXEC, "show redundancy states", "RF states", run },
	{ CLI_EXEC, "show redundancy switchover history", "Past switchovers", run },
	{ CLI_PRIV, "show l2tp redundancy [all | [detail] [id <tunnel:u16> [<session:u16>]]]",
	            "L2TP high-availability state", run },
	{ CLI_PRIV, "show l2tp tunnel", "L2TP tunnels", run },
	{ CLI_PRIV, "show vpdn [redundancy [all]]", "VPDN information", run },
	{ CLI_EXEC, "show ip interface [brief | <if:iface>]", "IP interface status", run },
	{ CLI_EXEC, "show interfaces", "Interface status", run },
	{ CLI_PRIV, "write [memory]", "Write running configuration to memory", run },
	{ CLI_PRIV, "lines <n:u32>", "Some lines", lines },
	{ CLI_PRIV, "slow <n:1-1000000>", "Slices", slow },
	{ CLI_PRIV, "wait", "Wait", wait_twice },
	{ CLI_PRIV, "switch", "Always refused", fail },
	{ CLI_PRIV, "reload", "Halt and perform a cold restart", reload },
	{ CLI_PRIV, "copy running-config startup-config", "Save", copy },
	{ CLI_PRIV, "mark {<n:0-9> | <a:ipv4> | <p:prefix> | <w:word> | <m:mac>}", "Types", run },
	{ CLI_CONFIG, "[no] hostname <name:word>", "Name of the router", run },
	{ CLI_CONFIG, "[no] interface <if:iface!>", "Select an interface", enter_interface },
	{ CLI_CONFIG, "[no] ip route <net:ipv4!> <mask:mask!> <next:ipv4> [<dist:1-255>]",
	              "Static route", run },
	{ CLI_CONFIG, "[no] vpdn enable", "Enable VPDN", run },
	{ CLI_CONFIG, "[no] vpdn-group <name:word!>", "VPDN group", enter_vpdn },
	{ CLI_CONFIG, "[no] vpdn search-order {domain | dnis | multihop-hostname}...",
	              "Order of search", run },
	{ CLI_CONFIG, "[no] username <name:word!> password [0 | 7] <pw:line>", "User", run },
	{ CLI_CONFIG, "refuse", "Always refused", fail },
	{ CLI_CONFIG, "redundancy", "Redundancy configuration", enter_red },
	{ CLI_CONFIG_RED, "main-cpu", "Main CPU", enter_red },
	{ CLI_CONFIG_R_MC, "[no] standby console enable", "Standby console", run },
	{ CLI_CONFIG_VPDN, "[no] accept-dialin", "Accept calls", enter_accept },
	{ CLI_CONFIG_VPDN, "[no] l2tp tunnel resync <packets:1-1000>", "Resync", in_group },
	{ CLI_CONFIG_VPDN_ACC_IN, "[no] protocol {l2tp | any}", "Protocol", in_group },
	{ CLI_CONFIG_IF, "[no] ip address <addr:ipv4> <mask:mask>", "IP address", run },
	{ CLI_CONFIG_IF, "[no] shutdown", "Shut the interface down", run },
	{ 0 },
	/* clang-format on */
};

static const struct cli_word words[] = {
	{ "show l2tp", "L2TP information" },
	{ "l2tp redundancy all", "All L2TP redundancy information" },
	{ "detail", "Details for one tunnel or session" },
	{ "redundancy id", "Choose a tunnel by its local ID" },
	{ "id <tunnel>", "Local tunnel ID" },
	{ NULL, NULL },
};

static const char *hostname(void *user)
{
	return ((struct world *)user)->hostname;
}

static bool standby(void *user)
{
	return ((struct world *)user)->standby;
}

static const char *config_enter(struct cli_session *s, void *user)
{
	return ((struct world *)user)->refuse_config;
}

static void config_leave(struct cli_session *s, bool changed, void *user)
{
	struct world *w = user;

	w->left++;
	w->changed = changed;
}

static void config_line(
	struct cli_session *s, uint64_t mode, const char *line, void *user)
{
	struct world *w = user;

	g_string_append_printf(
		w->told, "%u:%s\n", (unsigned)__builtin_ctzll(mode), line);
}

static bool enable_set(void *user)
{
	return ((struct world *)user)->secret;
}

static bool enable_check(const char *secret, void *user)
{
	return !strcmp(secret, "s3cret");
}

static int login(struct cli_session *s, void *user)
{
	return ((struct world *)user)->login;
}

static bool authenticate(
	struct cli_session *s, const char *name, const char *pw, void *user)
{
	return (!name || !strcmp(name, "admin")) && !strcmp(pw, "pw?1");
}

static const char *banner(void *user)
{
	return ((struct world *)user)->banner;
}

static bool locked(void *user)
{
	return ((struct world *)user)->locked;
}

static const char *write_url(const char *url, const char *text, bool append, void *user)
{
	struct world *w = user;

	g_string_append_printf(w->file, "%s%s:%s", append ? ">>" : ">", url, text);
	return w->url_error;
}

static const struct cli_hooks hooks = {
	.hostname = hostname,
	.standby = standby,
	.config_enter = config_enter,
	.config_leave = config_leave,
	.config_line = config_line,
	.enable_set = enable_set,
	.enable_check = enable_check,
	.login = login,
	.authenticate = authenticate,
	.banner = banner,
	.console_locked = locked,
	.write_url = write_url,
};

struct world *world_new(void)
{
	struct world *w = g_new0(struct world, 1);

	w->hostname = "lns1";
	w->last = g_string_new(NULL);
	w->file = g_string_new(NULL);
	w->told = g_string_new(NULL);
	w->tree = cli_tree_new(NULL, &hooks, w);
	cli_tree_add(w->tree, commands);
	cli_tree_add_words(w->tree, words);
	return w;
}

void world_free(struct world *w)
{
	cli_tree_free(w->tree);
	g_string_free(w->last, TRUE);
	g_string_free(w->file, TRUE);
	g_string_free(w->told, TRUE);
	g_free(w);
}

char *world_run(struct cli_session *s, const char *line)
{
	GString *out = cli_session_output(s);
	char *text;

	cli_session_exec(s, line);
	while (cli_session_status(s) == CLI_RUNNING)
		cli_session_step(s);
	text = g_strdup(out->str);
	g_string_truncate(out, 0);
	return text;
}
