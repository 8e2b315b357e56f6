/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of VPDN about what happens: `vpdn logging`, what the history keeps, `show vpdn group`
 * and `show vpdn domain`, ways to clear tunnels (ios-cli.md 3.1, 5.5, 6).  Compiled into rp.
 */
#include "base/net.h"
#include "rp/internal.h"
#include "vpdn/cmd.h"

#include <string.h>

/* ---- vpdn logging ------------------------------------------------------------------ */

static const struct {
	const char *word;
	uint8_t bit;
} logs[] = {
	{ "accounting", VPDN_LOG_ACCOUNTING },
	{ "local", VPDN_LOG_LOCAL },
	{ "remote", VPDN_LOG_REMOTE },
	{ "tunnel-drop", VPDN_LOG_TUNNEL_DROP },
	{ "user", VPDN_LOG_USER },
};

static enum cli_result set_logging(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_config *c = vpdn_cmd_config(user);
	uint8_t bit = VPDN_LOG_EVENTS;

	for (size_t i = 0; i < G_N_ELEMENTS(logs); i++)
		if (cli_has(args, logs[i].word))
			bit = logs[i].bit;
	c->logging = (uint8_t)(cli_undo(args) ? c->logging & ~bit : c->logging | bit);
	return CLI_DONE;
}

static enum cli_result set_cause(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_config *c = vpdn_cmd_config(user);

	c->logging &= (uint8_t)~(VPDN_LOG_NORMAL | VPDN_LOG_ALL);
	if (!cli_undo(args))
		c->logging |= cli_has(args, "all") ? VPDN_LOG_ALL : VPDN_LOG_NORMAL;
	return CLI_DONE;
}

static enum cli_result set_history_cause(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	vpdn_cmd_config(user)->history_normal = !cli_undo(args);
	return CLI_DONE;
}

void nvgen_logging(const struct vpdn_config *c, GString *out)
{
	if (c->logging & VPDN_LOG_EVENTS)
		g_string_append(out, "vpdn logging\n");
	for (size_t i = 0; i < G_N_ELEMENTS(logs); i++)
		if (c->logging & logs[i].bit)
			g_string_append_printf(out, "vpdn logging %s\n", logs[i].word);
	if (c->logging & (VPDN_LOG_NORMAL | VPDN_LOG_ALL))
		g_string_append_printf(out, "vpdn logging cause %s\n",
			c->logging & VPDN_LOG_ALL ? "all" : "normal");
	if (c->history_normal)
		g_string_append(out, "vpdn history failure cause normal\n");
}

/* ---- show vpdn group --------------------------------------------------------------- */

static const char *by_text(enum vpdn_search by)
{
	static const char *const texts[N_VPDN_SEARCHES] = {
		[VPDN_BY_MULTIHOP_HOSTNAME] = "multihop-hostname",
		[VPDN_BY_DNIS] = "dnis",
		[VPDN_BY_DOMAIN] = "domain",
	};

	return texts[by];
}

/* Tunnels and sessions that the group has now, and of them those to one address (0: all). */
static void usage(const struct rp *rp, const struct vpdn_group *g, uint32_t ip,
	unsigned *tunnels, unsigned *sessions)
{
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	*tunnels = *sessions = 0;
	while (l2tp_next_cc(vpdn_l2tp(rp->vpdn), &cursor, &cc)) {
		if (strcmp(cc.params.group, g->name) || (ip && cc.path.remote_ip != ip))
			continue;
		++*tunnels;
		*sessions += cc.sessions;
	}
}

static void print_endpoints(struct cli_session *s, const struct rp *rp,
	const struct vpdn_group *g)
{
	for (guint i = 0; i < g->targets->len; i++) {
		const struct vpdn_target *t =
			&g_array_index(g->targets, struct vpdn_target, i);
		unsigned tunnels, sessions;
		char ip[16];

		usage(rp, g, t->ip, &tunnels, &sessions);
		cli_print(s, "  endpoint:%s  priority:%u  state:%s", ipv4_to_str(t->ip, ip),
			t->priority, tunnels ? "active" : "idle");
		if (t->limit_set)
			cli_print(s, "  limit:%u", t->limit);
		cli_print(s, "  Current L2TP:%u\n", sessions);
	}
}

static void print_templates(struct cli_session *s, const struct vpdn_config *c,
	const struct vpdn_group *g)
{
	const struct vpdn_template *t[VPDN_TEMPLATE_DEPTH + 1];

	vpdn_config_templates(c, g, t);
	for (unsigned i = 0; t[i]; i++) {
		cli_print(s, "  Template: %s", t[i]->name[0] ? t[i]->name : "(global)");
		if (t[i]->group_limit)
			cli_print(s, ", group session limit %u", t[i]->group_limit);
		cli_puts(s, "\n");
	}
}

static void print_group(struct cli_session *s, const struct rp *rp, const struct vpdn_group *g)
{
	const struct vpdn_config *c = vpdn_config(rp->vpdn);
	unsigned tunnels, sessions;

	usage(rp, g, 0, &tunnels, &sessions);
	cli_print(s, "VPDN group %s\n", g->name);
	if (g->description)
		cli_print(s, "  Description: %s\n", g->description);
	if (g->accept_dialin)
		cli_print(s, "  Accept-dialin from %s, Virtual-Template %u\n",
			g->terminate_from ? g->terminate_from : "any host (default group)",
			g->virtual_template);
	for (guint i = 0; g->request_dialin && i < g->matches->len; i++) {
		const struct vpdn_match *m = g->matches->pdata[i];

		cli_print(s, "  Request-dialin %s:%s\n", by_text(m->by), m->name);
	}
	print_endpoints(s, rp, g);
	print_templates(s, c, g);
	cli_print(s, "  Active tunnels: %u\n  Active sessions: %u", tunnels, sessions);
	if (vpdn_config_is_set(c, g, VPDN_SET_SESSION_LIMIT))
		cli_print(s, ", session limit %u",
			vpdn_config_number(c, g, VPDN_SET_SESSION_LIMIT));
	cli_puts(s, "\n");
}

static enum cli_result show_group(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const struct vpdn_config *c = vpdn_cmd_config(rp);
	const char *name = cli_str(args, "name");
	struct cli_cursor *at = cli_cursor(s);

	if (!c->groups->len)
		cli_puts(s, "% No VPDN groups configured\n");
	if (name && !vpdn_config_group(vpdn_cmd_config(rp), name, false))
		return cli_fail(s, "VPDN group %s is not configured", name);
	/* Each is a walk over the tunnels: one a step. */
	for (; at->pos[0] < c->groups->len; at->pos[0]++) {
		const struct vpdn_group *g = c->groups->pdata[at->pos[0]];

		if (name && strcmp(name, g->name))
			continue;
		print_group(s, rp, g);
		at->pos[0]++;
		return CLI_MORE;
	}
	return CLI_DONE;
}

static enum cli_result show_domain(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	const struct vpdn_config *c = vpdn_cmd_config(user);
	unsigned n = 0;

	for (guint k = 0; k < c->groups->len; k++) {
		const struct vpdn_group *g = c->groups->pdata[k];

		for (guint i = 0; i < g->matches->len; i++) {
			const struct vpdn_match *m = g->matches->pdata[i];
			g_autofree char *key = NULL;

			if (m->by != VPDN_BY_DOMAIN)
				continue;
			if (!n++)
				cli_puts(s, "Tunnel                         VPDN Group\n"
					    "------                         ----------\n");
			key = g_strconcat("domain:", m->name, NULL);
			cli_print(s, "%-30s %s (L2TP)\n", key, g->name);
		}
	}
	if (!n)
		cli_puts(s, "% No VPDN domains\n");
	return CLI_DONE;
}

/* ---- clear ------------------------------------------------------------------------- */

static bool is_meant(const struct cli_args *args, const struct l2tp_cc_info *cc)
{
	const char *remote = cli_str(args, "remote-name"), *local = cli_str(args, "local-name");
	uint32_t ip;

	if (remote && strcmp(remote, cc->peer_name))
		return false;
	if (local && strcmp(local, cc->params.local_name))
		return false;
	if (cli_arg_ipv4(args, "address", &ip))
		return ip == (cli_has(args, "remote") ? cc->path.remote_ip
						      : cc->path.local_ip);
	return true;
}

static enum cli_result clear_tunnels(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;
	uint16_t id;

	if (!rf_is_active(&rp->rf))
		return cli_fail(s, "tunnels are cleared on the active RP");
	if (cli_arg_u16(args, "tunnel", &id)) {
		if (!l2tp_cc_get(e, id, &cc))
			return cli_fail(s, "No L2TP tunnel with id %u", id);
		vpdn_clear_tunnel(rp->vpdn, id, rp->now);
		return CLI_DONE;
	}
	while (l2tp_next_cc(e, &cursor, &cc))
		if (is_meant(args, &cc))
			vpdn_clear_tunnel(rp->vpdn, cc.id, rp->now);
	return CLI_DONE;
}

/* ---- debug ------------------------------------------------------------------------- */

static enum cli_result debug_area(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	static const struct {
		const char *word, *name;
		unsigned bit;
	} areas[] = {
		{ "l2tp", "L2TP events", RP_DEBUG_L2TP },
		{ "vpdn", "VPDN events", RP_DEBUG_VPDN },
		{ "ppp", "PPP protocol negotiation", RP_DEBUG_PPP },
	};
	struct rp *rp = user;
	bool on = !cli_no(args) && !cli_has(args, "undebug");

	for (size_t i = 0; i < G_N_ELEMENTS(areas); i++) {
		if (!cli_has(args, areas[i].word))
			continue;
		rp->debug_areas = (rp->debug_areas & ~areas[i].bit) | (on ? areas[i].bit : 0);
		cli_print(s, "%s debugging is %s\n", areas[i].name, on ? "on" : "off");
	}
	vpdn_set_ppp_debug(rp->vpdn, rp->debug_areas & RP_DEBUG_PPP);
	return CLI_DONE;
}

static enum cli_result undebug_all(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	rp->debug_areas = rp->debug_pppoe = 0;
	rp->debug_radius = false;
	vpdn_set_ppp_debug(rp->vpdn, false);
	vpdn_set_radius_debug(rp->vpdn, false);
	vpdn_set_pppoe_debug(rp->vpdn, false);
	cli_puts(s, "All possible debugging has been turned off\n");
	return CLI_DONE;
}

/* clang-format off */
const struct cli_command vpdn_show_commands[] = {
	{ CLI_CONFIG, "[no] vpdn logging [accounting | local | remote | tunnel-drop | user]",
	              "Log what happens to tunnels and users", set_logging },
	{ CLI_CONFIG, "[no] vpdn logging cause {all | normal}",
	              "Log normal ends too", set_cause },
	{ CLI_CONFIG, "[no] vpdn history failure cause normal",
	              "Keep normal ends too", set_history_cause },
	{ CLI_EXEC,   "show vpdn group [<name:word>]", "Groups and what they have", show_group },
	{ CLI_EXEC,   "show vpdn domain", "Domains and their groups", show_domain },
	{ CLI_PRIV,   "clear vpdn tunnel l2tp {all | id <tunnel:u16> | "
	              "hostname <remote-name:word> [<local-name:word>] | "
	              "ip {local | remote} <address:ipv4>}",
	              "Close tunnels and their sessions", clear_tunnels },
	{ CLI_PRIV,   "clear l2tp {all | tunnel {id <tunnel:u16> | local-name <local-name:word> | "
	              "remote-name <remote-name:word>}}",
	              "Close tunnels and their sessions", clear_tunnels },
	{ CLI_PRIV,   "[no] debug {l2tp | vpdn | ppp} event", "Log what happens", debug_area },
	{ CLI_PRIV,   "undebug {l2tp | vpdn | ppp} event", "Stop logging what happens", debug_area },
	{ CLI_PRIV,   "undebug all", "Stop all debugging", undebug_all },
	{ 0 },
};

const struct cli_word vpdn_show_words[] = {
	{ "vpdn logging", "Log what happens to tunnels and users" },
	{ "logging accounting", "Accounting records that got no answer" },
	{ "logging local", "Users that this router has disconnected" },
	{ "logging remote", "Users that the peer has disconnected" },
	{ "logging tunnel-drop", "Tunnels that have ended" },
	{ "logging user", "Users that are connected" },
	{ "logging cause", "What normal ends are worth" },
	{ "cause normal", "Normal ends too" },
	{ "cause all", "Normal ends too, with result and error" },
	{ "failure cause", "Which ends are kept" },
	{ "clear l2tp", "L2TP" },
	{ "clear l2tp tunnel", "Tunnels" },
	{ "l2tp ip", "By address" },
	{ "debug l2tp", "Tunnels and calls" },
	{ "debug vpdn", "Sessions" },
	{ "debug ppp", "Links" },
	{ "undebug l2tp", "Tunnels and calls" },
	{ "undebug vpdn", "Sessions" },
	{ "undebug ppp", "Links" },
	{ NULL, NULL },
};
/* clang-format on */
