/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of L2TP: high-availability switch, `show l2tp redundancy` in all its forms, and the
 * tunnel and session tables of `show vpdn` and `show l2tp` (ios-cli.md 2, 4, 5).  Compiled into
 * rp.  Tables are printed in slices, so that 64,000 rows do not hold the RP up.
 */
#include "base/net.h"
#include "base/text.h"
#include "l2tp/cmd.h"
#include "rp/access.h"

#include <string.h>

enum { ROWS_A_SLICE = 400 };

static enum cli_result set_sso(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	vpdn_config(rp->vpdn)->no_l2tp_sso = cli_no(args);
	return CLI_DONE;
}

/* ---- show l2tp redundancy --------------------------------------------------------- */

static const char *truth(bool b)
{
	return b ? "TRUE" : "FALSE";
}

/* The channel carries checkpoints: on the active towards a standby that takes them, on the
 * standby while its store is open. */
static bool messaging_on(const struct rp *rp)
{
	return rf_is_active(&rp->rf) ? rp->txn.on : rp->cf.open;
}

static void print_status(struct cli_session *s, const struct rp *rp)
{
	uint64_t received =
		rf_is_active(&rp->rf) ? rp->txn.messages_received : rp->cf.received;

	cli_puts(s, "L2TP HA support: Silent Failover\n");
	cli_puts(s, "L2TP HA Status:\n");
	cli_print(s, "  Checkpoint Messaging on: %s\n", truth(messaging_on(rp)));
	cli_print(s, "  Standby RP is up:        %s\n", truth(rp->rf.peer_in));
	cli_print(s, "  Recv'd Message Count:    %" G_GUINT64_FORMAT "\n", received);
}

/* Nothing to show until a standby has been there, except after a takeover. */
static bool nothing_yet(const struct rp *rp)
{
	return rf_is_active(&rp->rf) && rp->txn.epoch == 0 && rp->rf.history->len == 0;
}

static void print_resync(struct cli_session *s, const struct rp *rp,
	const struct l2tp_counts *l, bool duration)
{
	base_time end;

	cli_print(s, "  L2TP Resynced Tunnels: %u/%u (success/fail)\n", l->resync_ok,
		l->resync_failed);
	if (!duration || rp->rf.history->len == 0)
		return;
	end = time_is_never(l->resync_ended) ? rp->now : l->resync_ended;

	int64_t cs = time_sub(end, l->resync_began).ns / 10000000;

	cli_print(s, "  Resync duration %d.%02d secs (%s)\n", (int)(cs / 100), (int)(cs % 100),
		l->tunnels_resync ? "in progress" : "complete");
}

static void print_summary(struct cli_session *s, const struct rp *rp)
{
	struct l2tp_counts l;
	struct vpdn_counts v;

	l2tp_get_counts(vpdn_l2tp(rp->vpdn), &l);
	vpdn_get_counts(rp->vpdn, &v);
	if (!rf_is_active(&rp->rf)) {
		cli_print(s, "  L2TP Tunnels:   %u/%u (HA-enabled/HA-est)\n", l.tunnels_ha,
			l.tunnels_ha_est);
		cli_print(s, "  L2TP Sessions:  %u/%u (HA-enabled/HA-est)\n", v.sessions_ha,
			v.sessions_ha_est);
		return;
	}
	cli_print(s, "  L2TP Tunnels:   %u/%u/%u/%u (total/HA-enabled/HA-est/resync)\n",
		l.tunnels, l.tunnels_ha, l.tunnels_ha_est, l.tunnels_resync);
	cli_print(s, "  L2TP Sessions:  %u/%u/%u (total/HA-enabled/HA-est)\n", v.sessions,
		v.sessions_ha, v.sessions_ha_est);
	print_resync(s, rp, &l, true);
}

/* The counters of `all` are others than those of the summary. */
static void print_all_counts(struct cli_session *s, const struct rp *rp)
{
	struct l2tp_counts l;
	struct vpdn_counts v;

	l2tp_get_counts(vpdn_l2tp(rp->vpdn), &l);
	vpdn_get_counts(rp->vpdn, &v);
	if (!rf_is_active(&rp->rf)) {
		cli_print(s, "  L2TP Active Tunnels:   %u (HA-enabled)\n", l.tunnels_ha);
		cli_print(s, "  L2TP Active Sessions:  %u (HA-enabled)\n", v.sessions_ha);
		return;
	}
	cli_print(s, "  L2TP Active Tunnels:   %u/%u/%u (total/HA-enabled/resync)\n", l.tunnels,
		l.tunnels_ha, l.tunnels_resync);
	cli_print(s, "  L2TP Active Sessions:  %u/%u (total/HA-enabled)\n", v.sessions,
		v.sessions_ha);
	print_resync(s, rp, &l, false);
}

static const char *yes_no(bool b)
{
	return b ? "Yes" : "No";
}

char *l2tp_cmd_column(const char *raw, unsigned width)
{
	char *t = text_escape(raw, strlen(raw));

	if (strlen(t) > width)
		t[width] = '\0';
	return t;
}

static void print_cc_row(struct cli_session *s, const struct l2tp_cc_info *cc)
{
	g_autofree char *peer = l2tp_cmd_column(cc->peer_name, 13);
	g_autofree char *group = l2tp_cmd_column(cc->params.group, 14);

	cli_print(s, "%-6s %-10u %-10u %-13s %-14s %u\n", l2tp_cc_state_name(cc->state), cc->id,
		cc->remote_id, peer, group, cc->sessions);
}

static void print_session_head(struct cli_session *s)
{
	cli_puts(s, "L2TP HA Session Status:\n\n"
		    "LocID      RemID      TunID      Waiting for  Waiting for\n"
		    "                                 VPDN app?    L2TP proto?\n");
}

static void print_session_row(struct cli_session *s, const struct vpdn_session_info *v,
	const struct l2tp_session_info *l)
{
	cli_print(s, "%-10u %-10u %-10u %-12s %s\n", l->id, l->remote_id, l->cc,
		yes_no(v->waiting_vpdn), yes_no(v->waiting_l2tp));
}

static void print_session_detail(struct cli_session *s, const struct rp *rp,
	const struct vpdn_session_info *v, const struct l2tp_session_info *l)
{
	struct l2tp_cc_info cc = { 0 };

	l2tp_cc_get(vpdn_l2tp(rp->vpdn), l->cc, &cc);
	cli_print(s, "Local session ID             : %u\n", l->id);
	cli_print(s, "Remote session ID            : %u\n", l->remote_id);
	cli_print(s, "Local CC ID                  : %u\n", l->cc);
	cli_print(s, "Local UDP port               : %u\n", cc.path.local_port);
	cli_print(s, "Remote UDP port              : %u\n", cc.path.remote_port);
	cli_print(s, "Waiting for VPDN application : %s\n", yes_no(v->waiting_vpdn));
	cli_print(s, "Waiting for L2TP protocol    : %s\n", yes_no(v->waiting_l2tp));
}

/* The vpdn session of an L2TP session; while it is missing, we wait for it. */
static void find_vpdn(const struct rp *rp, const struct l2tp_session_info *l,
	struct vpdn_session_info *v)
{
	if (!vpdn_session_find(rp->vpdn, l->cc, l->id, v))
		*v = (struct vpdn_session_info){ .waiting_vpdn = true };
}

/* Sessions of one tunnel (0: all), a slice at a time from c->pos[1] on; c->pos[2] counts. */
static bool sessions_slice(struct cli_session *s, const struct rp *rp, uint16_t tunnel,
	bool detail, struct cli_cursor *c)
{
	uint32_t at = (uint32_t)c->pos[1];
	struct l2tp_session_info l;
	struct vpdn_session_info v;

	for (unsigned n = 0; n < ROWS_A_SLICE; n++) {
		if (!l2tp_next_session(vpdn_l2tp(rp->vpdn), &at, &l))
			return false;
		c->pos[1] = at;
		if (tunnel && l.cc != tunnel)
			continue;
		find_vpdn(rp, &l, &v);
		if (!v.waiting_vpdn && !v.ha_enabled)
			continue;
		if (detail && c->pos[2]++)
			cli_puts(s, "\n");
		if (detail)
			print_session_detail(s, rp, &v, &l);
		else
			print_session_row(s, &v, &l);
	}
	return true;
}

static enum cli_result one_session(
	struct cli_session *s, const struct rp *rp, uint16_t tunnel, uint16_t session)
{
	struct l2tp_session_info l;
	struct vpdn_session_info v;

	if (!l2tp_session_get(vpdn_l2tp(rp->vpdn), tunnel, session, &l))
		return cli_fail(s, "%%No HA session with id %u in CC %u", session, tunnel);
	find_vpdn(rp, &l, &v);
	print_session_detail(s, rp, &v, &l);
	return CLI_DONE;
}

static enum cli_result by_id(
	struct cli_session *s, const struct cli_args *args, struct rp *rp, uint16_t tunnel)
{
	struct cli_cursor *c = cli_cursor(s);
	bool detail = cli_has(args, "detail");
	struct l2tp_cc_info cc;
	uint16_t session;

	if (tunnel && (!l2tp_cc_get(vpdn_l2tp(rp->vpdn), tunnel, &cc) || !cc.ha_enabled))
		return cli_fail(s, "%%No HA CC with id %u", tunnel);
	if (cli_arg_u16(args, "session", &session))
		return one_session(s, rp, tunnel, session);
	if (c->pos[0]++ == 0 && !detail)
		print_session_head(s);
	return sessions_slice(s, rp, tunnel, detail, c) ? CLI_MORE : CLI_DONE;
}

static bool ccs_slice(struct cli_session *s, const struct rp *rp, struct cli_cursor *c)
{
	uint32_t at = (uint32_t)c->pos[1];
	struct l2tp_cc_info cc;

	for (unsigned n = 0; n < ROWS_A_SLICE; n++) {
		if (!l2tp_next_cc(vpdn_l2tp(rp->vpdn), &at, &cc))
			return false;
		c->pos[1] = at;
		if (cc.ha_enabled)
			print_cc_row(s, &cc);
	}
	return true;
}

/* pos[0]: 0 begin, 1 tunnels, 2 sessions. */
static enum cli_result show_all(struct cli_session *s, struct rp *rp)
{
	struct cli_cursor *c = cli_cursor(s);

	if (c->pos[0] == 0) {
		print_status(s, rp);
		print_all_counts(s, rp);
		cli_puts(s, "\nL2TP HA CC Check Point Status:\n\n"
			    "State  LocID      RemID      Remote Name   Class/Group    Num. "
			    "Sessions\n");
		c->pos[0] = 1;
	}
	if (c->pos[0] == 1) {
		if (ccs_slice(s, rp, c))
			return CLI_MORE;
		cli_puts(s, "\n");
		print_session_head(s);
		c->pos[0] = 2;
		c->pos[1] = 0;
	}
	return sessions_slice(s, rp, 0, false, c) ? CLI_MORE : CLI_DONE;
}

static enum cli_result show_redundancy(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	uint16_t tunnel = 0;

	if (nothing_yet(rp)) {
		print_status(s, rp);
		cli_puts(s, "\nNo HA CC of Session data to display until Standby RP is up.\n");
		return CLI_DONE;
	}
	if (cli_arg_u16(args, "tunnel", &tunnel) || cli_has(args, "detail"))
		return by_id(s, args, rp, tunnel);
	if (cli_has(args, "all"))
		return show_all(s, rp);
	print_status(s, rp);
	print_summary(s, rp);
	return CLI_DONE;
}

/* ---- show vpdn, show l2tp --------------------------------------------------------- */

void l2tp_cmd_tunnel_head(struct cli_session *s)
{
	cli_puts(s, "\nLocTunID   RemTunID   Remote Name   State  Remote Address  Sessn L2TP "
		    "Class/\n"
		    "                                                           Count VPDN "
		    "Group \n");
}

void l2tp_cmd_tunnel_row(struct cli_session *s, const struct l2tp_cc_info *cc)
{
	g_autofree char *peer = l2tp_cmd_column(cc->peer_name, 13);
	g_autofree char *group = l2tp_cmd_column(cc->params.group[0] ? cc->params.group : "-", 15);
	char ip[16];

	cli_print(s, "%-10u %-10u %-13s %-6s %-15s %-5u %-15s\n", cc->id, cc->remote_id, peer,
		l2tp_cc_state_name(cc->state), ipv4_to_str(cc->path.remote_ip, ip),
		cc->sessions, group);
}

char *l2tp_cmd_interface(const struct rp *rp, const struct vpdn_session_info *v)
{
	struct pppoe_session_info p;
	struct vpdn_session_info mate;
	char port[32];

	if (v->vaccess)
		return g_strdup_printf("Vi2.%u", v->vaccess);
	if (!v->mate || !vpdn_session_get(rp->vpdn, v->mate, &mate) || !mate.pppoe ||
		!pppoe_session_get(vpdn_pppoe(rp->vpdn), mate.pppoe, &p))
		return g_strdup("-");
	access_port_name(rp, &p.peer, port);
	return g_strdup(port);
}

/* "user, Vi2.1" in 20 columns: the name gives way. */
char *l2tp_cmd_user(const struct rp *rp, const struct vpdn_session_info *v)
{
	g_autofree char *name = text_escape(v->username, strlen(v->username));
	g_autofree char *intf = l2tp_cmd_interface(rp, v);
	size_t room = 20 - 2 - MIN(strlen(intf), (size_t)14);

	if (strlen(name) > room) {
		name[room - 3] = '\0';
		return g_strdup_printf("%s..., %s", name, intf);
	}
	return g_strdup_printf("%s, %s", name, intf);
}

void l2tp_cmd_session_row(struct cli_session *s, const struct rp *rp,
	const struct l2tp_session_info *l)
{
	struct vpdn_session_info v;
	char age[16];

	if (!vpdn_session_find(rp->vpdn, l->cc, l->id, &v))
		v = (struct vpdn_session_info){ .username = "" };

	g_autofree char *who = l2tp_cmd_user(rp, &v);

	cli_print(s, "%-10u %-10u %-10u %-20s %-6s %-8s %-10u\n", l->id, l->remote_id, l->cc,
		who, l2tp_session_state_name(l->state),
		dur_to_age(time_sub(rp->now, l->since), age), v.unique_id);
}

enum { SHOW_TUNNELS = 1, SHOW_SESSIONS = 2 };

static const char *const table_titles[] = {
	[SHOW_TUNNELS] = "L2TP Tunnel Information",
	[SHOW_SESSIONS] = "L2TP Session Information",
	[SHOW_TUNNELS | SHOW_SESSIONS] = "L2TP Tunnel and Session Information",
};

/* Sessions of the tunnel in pos[2] from pos[3] on; true while there are more. */
static bool table_sessions(struct cli_session *s, const struct rp *rp, struct cli_cursor *c)
{
	uint32_t at = (uint32_t)c->pos[3];
	struct l2tp_session_info l;

	for (unsigned n = 0; n < ROWS_A_SLICE; n++) {
		if (!l2tp_next_session(vpdn_l2tp(rp->vpdn), &at, &l))
			return false;
		c->pos[3] = at;
		if (!c->pos[2] || l.cc == c->pos[2])
			l2tp_cmd_session_row(s, rp, &l);
	}
	return true;
}

void l2tp_cmd_session_head(struct cli_session *s)
{
	cli_puts(s, "\nLocID      RemID      TunID      Username, Intf/      State  Last Chg "
		    "Uniq ID   \n"
		    "                                 Vcid, Circuit                            "
		    "      \n");
}

/* pos[0]: 0 begin, 1 next tunnel, 2 sessions of one; pos[1]: tunnel cursor.  The head of the
 * tunnel table stands before the first tunnel and after each table of sessions. */
static enum cli_result show_tables(struct cli_session *s, struct rp *rp, unsigned what)
{
	struct cli_cursor *c = cli_cursor(s);
	struct l2tp_counts n;
	struct l2tp_cc_info cc;
	uint32_t at;

	if (c->pos[0] == 0) {
		l2tp_get_counts(vpdn_l2tp(rp->vpdn), &n);
		if (n.tunnels == 0) {
			cli_puts(s, "\n%%No active L2TP tunnels\n");
			return CLI_DONE;
		}
		cli_print(s, "\n%s Total tunnels %u sessions %u\n", table_titles[what],
			n.tunnels, n.sessions);
		c->pos[0] = what & SHOW_TUNNELS ? 1 : 2;
		if (c->pos[0] == 2)
			l2tp_cmd_session_head(s);
	}
	if (c->pos[0] == 2) {
		if (table_sessions(s, rp, c))
			return CLI_MORE;
		if (!(what & SHOW_TUNNELS))
			return CLI_DONE;
		c->pos[0] = 1;
	}
	at = (uint32_t)c->pos[1];
	if (!l2tp_next_cc(vpdn_l2tp(rp->vpdn), &at, &cc))
		return CLI_DONE;
	if (c->pos[1] == 0 || c->pos[2])
		l2tp_cmd_tunnel_head(s);
	c->pos[1] = at;
	c->pos[2] = 0;
	l2tp_cmd_tunnel_row(s, &cc);
	if (what & SHOW_SESSIONS && cc.sessions) {
		l2tp_cmd_session_head(s);
		c->pos[0] = 2;
		c->pos[2] = cc.id;
		c->pos[3] = 0;
	}
	return CLI_MORE;
}

static enum cli_result show_vpdn(struct cli_session *s, const struct cli_args *args, void *user)
{
	unsigned what = cli_has(args, "tunnel")	   ? SHOW_TUNNELS
			: cli_has(args, "session") ? SHOW_SESSIONS
						   : SHOW_TUNNELS | SHOW_SESSIONS;

	return show_tables(s, user, what);
}

/* clang-format off */
const struct cli_command l2tp_commands[] = {
	{ CLI_CONFIG, "[no] l2tp sso enable",
	              "Checkpoint L2TP state to the standby RP", set_sso },
	{ CLI_PRIV,   "show l2tp redundancy [all | [detail] [id <tunnel:u16> [<session:u16>]]]",
	              "L2TP high-availability state", show_redundancy },
	{ CLI_PRIV,   "show vpdn redundancy [all | [detail] [id <tunnel:u16> [<session:u16>]]]",
	              "VPDN high-availability state", show_redundancy },
	{ CLI_EXEC,   "show vpdn", "Tunnels and sessions", show_vpdn },
	{ CLI_EXEC,   "show vpdn {tunnel | session}", "Tunnels and sessions", show_vpdn },
	{ CLI_EXEC,   "show l2tp", "Tunnels and sessions", show_vpdn },
	{ CLI_EXEC,   "show l2tp {tunnel | session}", "Tunnels and sessions", show_vpdn },
	{ 0 },
};

const struct cli_word l2tp_words[] = {
	{ "l2tp", "Layer 2 Tunneling Protocol" },
	{ "l2tp sso", "Stateful switchover" },
	{ "show l2tp", "L2TP information" },
	{ "redundancy all", "All L2TP redundancy information" },
	{ "redundancy detail", "Details for one tunnel or session" },
	{ "redundancy id", "Choose a tunnel by its local ID" },
	{ "id <tunnel>", "Local tunnel ID" },
	{ "<tunnel> <session>", "Local session ID" },
	{ "vpdn tunnel", "Tunnels only" },
	{ "vpdn session", "Sessions only" },
	{ "l2tp session", "Sessions only" },
	{ NULL, NULL },
};
/* clang-format on */
