/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of the settings that groups and templates share (ios-cli.md 3.2), templates
 * themselves, and congestion control.  Compiled into rp.  They hold for tunnels and calls that
 * come after them, but for `sso enable`.
 *
 * One handler sets them all, by the table of vpdn/settings.c.  `no` of a switch is a value of
 * its own, which beats a template's; `default`, and `no` of the others, takes the line back.
 */
#include "base/net.h"
#include "l2tp/l2tp.h"
#include "rp/internal.h"
#include "vpdn/cmd.h"

#include <string.h>

/* ---- setting ----------------------------------------------------------------------- */

static struct vpdn_template *current_template(struct cli_session *s, struct rp *rp)
{
	const char *name = cli_context_name(s, CLI_CONFIG_VPDN_TEMPL);

	return vpdn_config_template(vpdn_cmd_config(rp), name ? name : "", true);
}

static bool in_template(struct cli_session *s)
{
	return cli_session_mode(s) == CLI_CONFIG_VPDN_TEMPL;
}

/* Those of the group or template whose mode the session is in. */
static struct vpdn_settings *current(struct cli_session *s, struct rp *rp)
{
	struct vpdn_group *g;
	struct vpdn_template *t;

	if (!in_template(s)) {
		g = vpdn_cmd_group(s, rp);
		return g ? &g->own : NULL;
	}
	t = current_template(s, rp);
	if (!t)
		(void)cli_fail(s, "at most %d templates can be configured", VPDN_TEMPLATES_MAX);
	return t ? &t->own : NULL;
}

/* The setting whose command this is: the longest that fits. */
static enum vpdn_setting which_of(const struct cli_args *args)
{
	const char *line = cli_line_text(args);
	enum vpdn_setting best = N_VPDN_SETTINGS;
	size_t length = 0;

	for (unsigned i = 0; i < N_VPDN_SETTINGS; i++) {
		const char *command = vpdn_setting_info(i)->command;
		size_t n = strlen(command);

		if (n > length && !strncmp(line, command, n) && (!line[n] || line[n] == ' ')) {
			best = i;
			length = n;
		}
	}
	return best;
}

static uint32_t number_of(const struct cli_args *args, const struct vpdn_setting_info *info)
{
	uint32_t n = 0;

	if (info->kind == VPDN_ADDRESS) {
		cli_arg_ipv4(args, "address", &n);
		return n;
	}
	for (unsigned i = 0; info->words && info->words[i]; i++)
		if (info->words[i][0] && cli_has(args, info->words[i]))
			return info->kind == VPDN_CHOICE ? i : (uint32_t)VPDN_NEVER;
	cli_arg_u32(args, "number", &n);
	return n;
}

static enum cli_result set_setting(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_settings *to = current(s, user);
	enum vpdn_setting which = which_of(args);
	const struct vpdn_setting_info *info;

	if (!to || which == N_VPDN_SETTINGS)
		return CLI_DONE;
	info = vpdn_setting_info(which);
	if (info->kind == VPDN_SWITCH && !cli_default(args))
		vpdn_settings_put(to, which, !cli_no(args));
	else if (info->kind == VPDN_CHOICE && cli_no(args))
		vpdn_settings_put(to, which, 0);
	else if (cli_undo(args))
		vpdn_settings_unset(to, which);
	else if (info->kind == VPDN_TEXT)
		vpdn_settings_put_text(to, which, cli_str(args, "text"));
	else
		vpdn_settings_put(to, which, number_of(args, info));
	return CLI_DONE;
}

static enum cli_result set_password(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	const char *password = cli_str(args, "text");

	if (!cli_undo(args) && strlen(password) >= L2TP_SECRET_MAX)
		return cli_fail(s, "a tunnel password has at most %d characters",
			L2TP_SECRET_MAX - 1);
	return set_setting(s, args, user);
}

/* ---- templates --------------------------------------------------------------------- */

static enum cli_result enter_template(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	const char *name = cli_has(args, "name") ? cli_str(args, "name") : "";

	if (cli_undo(args)) {
		if (!vpdn_config_remove_template(vpdn_cmd_config(user), name))
			return cli_fail(s, "that VPDN template is not configured");
		return CLI_DONE;
	}
	if (!vpdn_config_template(vpdn_cmd_config(user), name, true))
		return cli_fail(s, "at most %d templates can be configured, with names of up to "
				   "%d characters",
			VPDN_TEMPLATES_MAX, L2TP_NAME_MAX - 1);
	cli_enter(s, CLI_CONFIG_VPDN_TEMPL, name, 0);
	return CLI_DONE;
}

static enum cli_result set_source_template(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);

	if (!g)
		return CLI_DONE;
	g_clear_pointer(&g->template, g_free);
	g->no_template = cli_no(args);
	if (!cli_undo(args))
		g->template = g_strdup(cli_str(args, "name"));
	return CLI_DONE;
}

static enum cli_result set_group_limit(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_template *t = current_template(s, user);

	if (!t)
		return CLI_DONE;
	t->group_limit = 0;
	if (!cli_undo(args))
		cli_arg_u16(args, "sessions", &t->group_limit);
	return CLI_DONE;
}

static enum cli_result set_description(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_template *t = current_template(s, user);

	if (!t)
		return CLI_DONE;
	g_free(t->description);
	t->description = cli_undo(args) ? NULL : g_strdup(cli_str(args, "text"));
	return CLI_DONE;
}

/* ---- global ------------------------------------------------------------------------ */

static enum cli_result set_congestion(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	vpdn_cmd_config(user)->no_congestion_control = cli_no(args);
	return CLI_DONE;
}

/* ---- configuration text ------------------------------------------------------------ */

static void write_setting(GString *out, enum vpdn_setting which, uint32_t n, const char *text)
{
	const struct vpdn_setting_info *info = vpdn_setting_info(which);
	char ip[16];

	switch ((enum vpdn_setting_kind)info->kind) {
	case VPDN_SWITCH:
		g_string_append_printf(out, " %s%s\n", n ? "" : "no ", info->command);
		break;
	case VPDN_NUMBER:
		if (info->words && n == (uint32_t)VPDN_NEVER)
			g_string_append_printf(out, " %s %s\n", info->command, info->words[0]);
		else
			g_string_append_printf(out, " %s %u\n", info->command, n);
		break;
	case VPDN_ADDRESS:
		g_string_append_printf(out, " %s %s\n", info->command, ipv4_to_str(n, ip));
		break;
	case VPDN_TEXT:
		g_string_append_printf(out, " %s%s %s\n", info->command,
			which == VPDN_SET_PASSWORD ? " 0" : "", text);
		break;
	case VPDN_CHOICE:
		if (n)
			g_string_append_printf(out, " %s %s\n", info->command, info->words[n]);
		else
			g_string_append_printf(out, " no %s\n", info->command);
		break;
	}
}

/* A line at its default is not written, unless a template says something else.  Numbers are: they
 * may be meant to stay whatever the template says. */
static bool is_plain(const struct vpdn_settings *own, enum vpdn_setting which, bool inherited)
{
	const struct vpdn_setting_info *info = vpdn_setting_info(which);

	return (info->kind == VPDN_SWITCH || info->kind == VPDN_CHOICE) && !inherited &&
	       own->number[which] == info->dflt;
}

static void nvgen_one(const struct vpdn_config *c, const struct vpdn_group *g,
	enum vpdn_setting which, GString *out, bool all)
{
	bool set = vpdn_settings_has(&g->own, which);

	if (set && !is_plain(&g->own, which, vpdn_config_is_inherited(c, g, which)))
		write_setting(out, which, g->own.number[which], g->own.text[which]);
	else if ((all && !vpdn_setting_info(which)->no_default) ||
		 /* While the global switch is off, the switches of the groups are written too. */
		 (which == VPDN_SET_SSO && c->no_l2tp_sso))
		write_setting(out, which, vpdn_config_number(c, g, which), NULL);
}

void nvgen_options_first(
	const struct vpdn_config *c, const struct vpdn_group *g, GString *out, bool all)
{
	nvgen_one(c, g, VPDN_SET_SESSION_LIMIT, out, all);
}

void nvgen_options(
	const struct vpdn_config *c, const struct vpdn_group *g, GString *out, bool all)
{
	for (unsigned i = VPDN_SET_SESSION_LIMIT + 1; i < N_VPDN_SETTINGS; i++)
		nvgen_one(c, g, i, out, all);
	if (g->no_template)
		g_string_append(out, " no source vpdn-template\n");
	else if (g->template)
		g_string_append_printf(out, " source vpdn-template %s\n", g->template);
}

static void nvgen_template(
	const struct vpdn_config *c, const struct vpdn_template *t, GString *out)
{
	static const struct vpdn_group any; /* has what the global template says */

	g_string_append_printf(out, "vpdn-template%s%s\n", t->name[0] ? " " : "", t->name);
	if (t->description)
		g_string_append_printf(out, " description %s\n", t->description);
	if (t->group_limit)
		g_string_append_printf(out, " group session-limit %u\n", t->group_limit);
	for (unsigned i = 0; i < N_VPDN_SETTINGS; i++)
		if (vpdn_settings_has(&t->own, i) &&
			!is_plain(&t->own, i,
				t->name[0] && vpdn_config_is_inherited(c, &any, i)))
			write_setting(out, i, t->own.number[i], t->own.text[i]);
	g_string_append(out, "!\n");
}

void nvgen_templates(const struct vpdn_config *c, GString *out)
{
	for (guint k = 0; k < c->templates->len; k++)
		nvgen_template(c, c->templates->pdata[k], out);
}

void nvgen_options_global(const struct vpdn_config *c, GString *out, bool all)
{
	if (c->no_congestion_control)
		g_string_append(out, "no l2tp congestion-control\n");
	else if (all)
		g_string_append(out, "l2tp congestion-control\n");
}

/* clang-format off */
const struct cli_command option_commands[] = {
	{ CLI_CONFIG,      "[no] l2tp congestion-control",
	                   "Slow start and congestion avoidance of control messages (the default)", set_congestion },
	{ CLI_CONFIG,      "[no] vpdn-template [<name:word>]",
	                   "Settings for many VPDN groups", enter_template },
	{ CLI_CONFIG_VPDN, "[no] source vpdn-template [<name:word>]",
	                   "Template whose settings the group has", set_source_template },
	{ CLI_CONFIG_VPDN_TEMPL, "[no] group session-limit <sessions:1-32767>",
	                   "Most sessions of all groups of the template together", set_group_limit },
	{ CLI_CONFIG_VPDN_TEMPL, "[no] description <text:line>", "Text about the template", set_description },
	{ CLI_VPDN_PARAMS, "[no] session-limit <number:0-32767>", "Most sessions of the group", set_setting },
	{ CLI_VPDN_PARAMS, "[no] source-ip [<address:ipv4>]", "Our address in the group's tunnels", set_setting },
	{ CLI_VPDN_PARAMS, "[no] local name <text:word>", "Our name in tunnels of this group", set_setting },
	{ CLI_VPDN_PARAMS, "[no] sso enable",
	                   "Checkpoint the group's tunnels to the standby RP", set_setting },
	{ CLI_VPDN_PARAMS, "[no] lcp renegotiation [always | on-mismatch]",
	                   "LCP with the subscriber although the LAC has negotiated it", set_setting },
	{ CLI_VPDN_PARAMS, "[no] force-local-chap",
	                   "Challenge the subscriber although the LAC has authenticated it", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp hidden", "Hide the values of AVPs (needs a tunnel password)", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp sequencing", "Number data packets", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp drop out-of-order", "Drop numbered data packets that are late", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp ip udp checksum", "UDP checksum over data packets", set_setting },
	{ CLI_VPDN_PARAMS, "[no] ip pmtu", "Learn what fits the way to the peer", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp quirk window <number:1-1024>",
	                   "Messages under way to a peer that takes no more than so many", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel hello <number:0-1000>",
	                   "Seconds of silence until a HELLO is sent", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel password [0] <text:word>", "Tunnel secret", set_password },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel authentication", "Authenticate the peer", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel busy timeout [<number:5-6000>]",
	                   "Seconds that an LNS which failed is left alone", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel receive-window <number:1-5000>",
	                   "Messages the peer may send ahead", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel resync <number:1-1000>",
	                   "Unacknowledged messages allowed while resynchronizing", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel retransmit initial retries <number:1-1000>",
	                   "Retransmissions of the first message of a tunnel", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel retransmit initial timeout {min | max} <number:1-8>",
	                   "Retransmission interval of the first message", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel retransmit retries <number:5-1000>",
	                   "Retransmissions until a tunnel is dead", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel retransmit timeout {min | max} <number:1-8>",
	                   "Retransmission interval", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel timeout no-session {never | <number:0-86400>}",
	                   "Time that a tunnel stays without a session", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel timeout setup [<number:60-6000>]",
	                   "Time for a tunnel to become established", set_setting },
	{ CLI_VPDN_PARAMS, "[no] l2tp tunnel zlb delay <number:1-5000>",
	                   "Milliseconds an acknowledgement may wait", set_setting },
	{ 0 },
};

const struct cli_word option_words[] = {
	{ "l2tp congestion-control", "Congestion control of control channels" },
	{ "vpdn-template <name>", "Name of the template" },
	{ "source", "Where more settings come from" },
	{ "source vpdn-template", "A VPDN template" },
	{ "group", "All groups of the template" },
	{ "group session-limit", "Most sessions" },
	{ "lcp", "Link Control Protocol" },
	{ "lcp renegotiation", "LCP with the subscriber although the LAC has negotiated it" },
	{ "renegotiation always", "Whatever the LAC has negotiated" },
	{ "renegotiation on-mismatch", "If it does not fit the Virtual-Template" },
	{ "local", "Our side" },
	{ "sso", "Stateful switchover" },
	{ "l2tp hidden", "Hide the values of AVPs" },
	{ "l2tp sequencing", "Number data packets" },
	{ "l2tp drop", "What is dropped" },
	{ "drop out-of-order", "Numbered data packets that are late" },
	{ "l2tp ip", "IP options of tunnels" },
	{ "ip udp", "UDP options of tunnels" },
	{ "udp checksum", "Checksum over data packets" },
	{ "ip pmtu", "Learn the path MTU of tunnels" },
	{ "l2tp quirk", "For peers with a fault" },
	{ "quirk window", "Messages under way at most" },
	{ "l2tp tunnel", "Settings of tunnels" },
	{ "tunnel busy", "An LNS that failed" },
	{ "busy timeout", "How long it is left alone" },
	{ "tunnel retransmit", "Retransmission of control messages" },
	{ "retransmit initial", "Of the first message of a tunnel" },
	{ "initial retries", "Retransmissions" },
	{ "initial timeout", "Retransmission interval" },
	{ "retransmit timeout", "Retransmission interval" },
	{ "timeout min", "First interval, in seconds" },
	{ "timeout max", "Longest interval, in seconds" },
	{ "tunnel timeout", "Timers of tunnels" },
	{ "timeout setup", "Time for a tunnel to become established" },
	{ "timeout no-session", "Time that a tunnel stays without a session" },
	{ "no-session never", "It stays" },
	{ "tunnel zlb", "Acknowledgements without a message" },
	{ NULL, NULL },
};
/* clang-format on */
