/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of VPDN: groups and their L2TP settings, local users, address pools, failure history
 * (ios-cli.md 2, 3, 5.4).  Compiled into rp.
 */
#include "base/net.h"
#include "base/text.h"
#include "rp/internal.h"
#include "vpdn/cmd.h"

#include <string.h>

struct vpdn_config *vpdn_cmd_config(struct rp *rp)
{
	return vpdn_config(rp->vpdn);
}

struct vpdn_group *vpdn_cmd_group(struct cli_session *s, struct rp *rp)
{
	const char *name = cli_context_name(s, CLI_CONFIG_VPDN);
	struct vpdn_group *g = name ? vpdn_config_group(vpdn_cmd_config(rp), name, true) : NULL;

	if (!g)
		(void)cli_fail(s, "the group was removed by another session: enter it again");
	return g;
}

/* ---- global ----------------------------------------------------------------------- */

static enum cli_result set_vpdn(struct cli_session *s, const struct cli_args *args, void *user)
{
	vpdn_cmd_config(user)->enable = !cli_undo(args);
	return CLI_DONE;
}

static enum cli_result enter_group(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	const char *name = cli_str(args, "name");

	if (cli_undo(args)) {
		if (!vpdn_config_remove_group(vpdn_cmd_config(user), name))
			return cli_fail(s, "VPDN group %s is not configured", name);
		return CLI_DONE;
	}
	if (!vpdn_config_group(vpdn_cmd_config(user), name, true))
		return cli_fail(s, "at most %d VPDN groups can be configured", VPDN_GROUPS_MAX);
	cli_enter(s, CLI_CONFIG_VPDN, name, 0);
	return CLI_DONE;
}

static enum cli_result set_history(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_config *c = vpdn_cmd_config(user);
	uint32_t n = 0;

	if (cli_has(args, "table-size")) {
		if (!cli_undo(args))
			cli_arg_u32(args, "entries", &n);
		c->history_size = n == 20 ? 0 : n;
	} else {
		c->no_history_failure = cli_no(args);
	}
	return CLI_DONE;
}

static enum cli_result set_user(struct cli_session *s, const struct cli_args *args, void *user)
{
	const char *name = cli_str(args, "name");

	if (cli_undo(args)) {
		if (!vpdn_config_remove_user(vpdn_cmd_config(user), name))
			return cli_fail(s, "user %s is not configured", name);
		return CLI_DONE;
	}
	if (!vpdn_config_set_user(vpdn_cmd_config(user), name, cli_str(args, "password")))
		return cli_fail(s, "at most %d users can be configured, with names of up to 253 "
				   "and passwords of up to 128 characters",
			VPDN_USERS_MAX);
	return CLI_DONE;
}

static enum cli_result set_pool(struct cli_session *s, const struct cli_args *args, void *user)
{
	const char *name = cli_str(args, "name");
	uint32_t low = 0, high;

	if (cli_undo(args)) {
		if (!vpdn_config_remove_pool(vpdn_cmd_config(user), name))
			return cli_fail(s, "pool %s is not configured", name);
		return CLI_DONE;
	}
	cli_arg_ipv4(args, "low", &low);
	high = low;
	cli_arg_ipv4(args, "high", &high);
	if (!vpdn_config_add_pool(vpdn_cmd_config(user), name, low, high))
		return cli_fail(s, "Bad IP range: it is empty, too large, or overlaps with "
				   "another pool");
	return CLI_DONE;
}

/* ---- group ------------------------------------------------------------------------ */

static enum cli_result enter_accept(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);

	if (!g)
		return CLI_DONE;
	g->accept_dialin = !cli_undo(args);
	if (cli_undo(args)) {
		g->protocol_l2tp = false;
		g->virtual_template = 0;
		return CLI_DONE;
	}
	cli_enter(s, CLI_CONFIG_VPDN_ACC_IN, NULL, 0);
	return CLI_DONE;
}

static enum cli_result set_protocol(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);

	if (!g)
		return CLI_DONE;
	g->protocol_l2tp = !cli_undo(args);
	if (cli_undo(args))
		g->virtual_template = 0;
	return CLI_DONE;
}

static enum cli_result set_virtual_template(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);

	if (!g)
		return CLI_DONE;
	if (!cli_undo(args) && !g->protocol_l2tp)
		return cli_fail(s, "enter `protocol l2tp` before the virtual template");
	g->virtual_template = 0;
	if (!cli_undo(args))
		cli_arg_u16(args, "number", &g->virtual_template);
	return CLI_DONE;
}

static void set_text(char **to, const struct cli_args *args, const char *arg)
{
	g_free(*to);
	*to = cli_undo(args) ? NULL : g_strdup(cli_str(args, arg));
}

static enum cli_result set_terminate_from(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);

	if (!g)
		return CLI_DONE;
	set_text(&g->terminate_from, args, "name");
	return CLI_DONE;
}

static enum cli_result set_description(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);

	if (!g)
		return CLI_DONE;
	set_text(&g->description, args, "text");
	return CLI_DONE;
}

/* ---- configuration text ----------------------------------------------------------- */

static void gen_text(GString *out, const char *name, const char *value)
{
	if (value)
		g_string_append_printf(out, " %s %s\n", name, value);
}

static void nvgen_group(const struct vpdn_config *c, const struct vpdn_group *g, GString *out,
	bool all)
{
	g_string_append_printf(out, "vpdn-group %s\n", g->name);
	if (g->accept_dialin && g->protocol_l2tp && !g->terminate_from)
		g_string_append(out, "! Default L2TP VPDN group\n");
	gen_text(out, "description", g->description);
	if (g->accept_dialin) {
		g_string_append(out, " accept-dialin\n");
		if (g->protocol_l2tp)
			g_string_append(out, "  protocol l2tp\n");
		if (g->virtual_template)
			g_string_append_printf(
				out, "  virtual-template %u\n", g->virtual_template);
	}
	nvgen_request(g, out);
	nvgen_options_first(c, g, out, all);
	gen_text(out, "terminate-from hostname", g->terminate_from);
	nvgen_targets(g, out, all);
	nvgen_options(c, g, out, all);
	g_string_append(out, "!\n");
}

void nvgen_vpdn(const struct rp *rp, GString *out, bool all)
{
	const struct vpdn_config *c = vpdn_config(rp->vpdn);

	if (c->enable)
		g_string_append(out, "vpdn enable\n");
	else if (all)
		g_string_append(out, "no vpdn enable\n");
	nvgen_dialin_global(c, out, all);
	nvgen_options_global(c, out, all);
	nvgen_logging(c, out);
	if (c->no_history_failure)
		g_string_append(out, "no vpdn history failure\n");
	if (c->history_size || all)
		g_string_append_printf(out, "vpdn history failure table-size %u\n",
			c->history_size ? c->history_size : 20);
	if (c->no_l2tp_sso)
		g_string_append(out, "no l2tp sso enable\n");
	else if (all)
		g_string_append(out, "l2tp sso enable\n");
	g_string_append(out, "!\n");
	nvgen_templates(c, out);
	for (guint k = 0; k < c->groups->len; k++)
		nvgen_group(c, c->groups->pdata[k], out, all);
}

void nvgen_users(const struct rp *rp, GString *out, bool all)
{
	const GPtrArray *users = vpdn_config(rp->vpdn)->user_order;

	for (guint k = 0; k < users->len; k++) {
		const struct vpdn_user *u = users->pdata[k];

		g_string_append_printf(
			out, "username %s password 0 %s\n", u->name, u->password);
	}
	if (users->len)
		g_string_append(out, "!\n");
}

void nvgen_pools(const struct rp *rp, GString *out, bool all)
{
	const GPtrArray *pools = vpdn_config(rp->vpdn)->pools;
	char low[16], high[16];

	for (guint k = 0; k < pools->len; k++) {
		const struct vpdn_pool *p = pools->pdata[k];

		g_string_append_printf(out, "ip local pool %s %s", p->name,
			ipv4_to_str(p->low, low));
		if (p->high != p->low)
			g_string_append_printf(out, " %s", ipv4_to_str(p->high, high));
		g_string_append_c(out, '\n');
	}
	if (pools->len)
		g_string_append(out, "!\n");
}

/* ---- exec ------------------------------------------------------------------------- */

static void print_failure(struct cli_session *s, struct rp *rp, const struct vpdn_failure *f)
{
	char nas[16], gw[16], clock[16];
	int64_t t = board_wall_epoch(rp->env) + f->at.ns / 1000000000;

	g_snprintf(clock, sizeof(clock), "%02d:%02d:%02d", (int)(t / 3600 % 24),
		(int)(t / 60 % 60), (int)(t % 60));
	cli_print(s, "\nUser: %s, MID = %u\n", f->user, f->mid);
	cli_print(s, "NAS: %s, IP address = %s, CLID = %u\n", f->nas,
		ipv4_to_str(f->nas_ip, nas), f->nas_clid);
	cli_print(s, "Gateway: %s, IP address = %s, CLID = %u\n", f->gateway,
		ipv4_to_str(f->gateway_ip, gw), f->gateway_clid);
	cli_print(s, "Log time: %s, Error repeat count: %u\n", clock, f->repeat);
	cli_print(s, "Failure type: %s\n", f->type);
	cli_print(s, "Failure reason: %s\n", f->reason);
}

static enum cli_result show_history(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	unsigned size = vpdn_cmd_config(rp)->history_size;

	cli_print(s, "Table size: %u\nNumber of entries in table: %u\n", size ? size : 20,
		vpdn_history_count(rp->vpdn));
	for (unsigned k = 0; k < vpdn_history_count(rp->vpdn); k++)
		print_failure(s, rp, vpdn_history_get(rp->vpdn, k));
	return CLI_DONE;
}

static enum cli_result clear_history(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	vpdn_history_clear(rp->vpdn);
	return CLI_DONE;
}

/* clang-format off */
const struct cli_command vpdn_commands[] = {
	{ CLI_CONFIG,      "[no] vpdn enable", "Accept and place VPDN calls", set_vpdn },
	{ CLI_CONFIG,      "[no] vpdn history failure [table-size <entries:20-50>]",
	                   "Keep a table of failed calls", set_history },
	{ CLI_CONFIG,      "[no] vpdn-group <name:word!>", "Configure a VPDN group", enter_group },
	{ CLI_CONFIG,      "[no] username <name:word!> password [0] <password:line>",
	                   "Local user", set_user },
	{ CLI_CONFIG,      "[no] ip local pool <name:word!> <low:ipv4> [<high:ipv4>]",
	                   "Addresses for subscribers", set_pool },
	{ CLI_CONFIG_VPDN, "[no] accept-dialin", "LNS: accept calls from a LAC", enter_accept },
	{ CLI_CONFIG_VPDN_ACC_IN, "[no] protocol l2tp", "Tunnel protocol", set_protocol },
	{ CLI_CONFIG_VPDN_ACC_IN, "[no] virtual-template <number:1-4095>",
	                   "Virtual-Template of the sessions", set_virtual_template },
	{ CLI_CONFIG_VPDN, "[no] terminate-from hostname <name:word>",
	                   "Host name of the peer that may call", set_terminate_from },
	{ CLI_CONFIG_VPDN, "[no] description <text:line>", "Text about the group", set_description },
	{ CLI_EXEC,        "show vpdn history failure", "Failed calls", show_history },
	{ CLI_PRIV,        "clear vpdn history failure", "Empty the table of failed calls", clear_history },
	{ 0 },
};

const struct cli_word vpdn_words[] = {
	{ "vpdn", "Virtual private dialup network" },
	{ "show vpdn", "VPDN information" },
	{ "clear", "Reset functions" },
	{ "clear vpdn", "VPDN" },
	{ "clear vpdn tunnel", "Tunnels" },
	{ "vpdn history", "History of calls" },
	{ "history failure table-size", "Entries kept" },
	{ "vpdn-group <name>", "Name of the group" },
	{ "username <name>", "Name of the user" },
	{ "<name> password", "Password of the user" },
	{ "password 0", "The password follows in clear text" },
	{ "ip local", "Local addresses" },
	{ "pool <name>", "Name of the pool" },
	{ "<name> <low>", "First address" },
	{ "<low> <high>", "Last address" },
	{ "protocol l2tp", "Layer 2 Tunneling Protocol" },
	{ "terminate-from", "Which peer may call" },
	{ "<number>", "Number" },
	{ "<tunnel>", "Local tunnel ID" },
	{ NULL, NULL },
};
/* clang-format on */
