/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * show vpdn tunnel and show vpdn session with their options, the same as show l2tp (ios-cli.md
 * 5.1 to 5.3).  Compiled into rp.
 *
 * Data is counted by the FP, session by session, and is read from there in batches; a tunnel has
 * what its present sessions have.  On a standby RP, which may not ask the FP, counters are "-".
 */
#include "base/net.h"
#include "base/text.h"
#include "l2tp/cmd.h"
#include "rp/counts.h"

#include <string.h>

enum { TUNNELS_A_SLICE = 100 };

enum view {
	VIEW_TABLE,
	VIEW_ALL,
	VIEW_PACKETS,
	VIEW_STATE,
	VIEW_SUMMARY,
	VIEW_TRANSPORT,
};

/* What is counted of a tunnel. */
struct sum {
	bool known; /* the FP has answered for all of its sessions */
	struct msg_fib_counts n;
};

/* One running command.  Owner: its cursor. */
struct walk {
	struct rp *rp;
	enum view view;
	uint16_t tunnel, session; /* 0: all */
	char *username, *remote;  /* NULL: all */
	bool collected, begun;
	unsigned shown;
	uint32_t at, cc_at; /* cursors of sessions and tunnels */
	struct counts *counts;
	unsigned n; /* of the batch */
	struct l2tp_session_info row[COUNTS_BATCH];
	GHashTable *sums; /* tunnel id -> struct sum */
};

static void walk_free(void *p)
{
	struct walk *w = p;

	counts_free(w->counts);
	g_hash_table_unref(w->sums);
	g_free(w->username);
	g_free(w->remote);
	g_free(w);
}

static enum view view_of(const struct cli_args *args)
{
	static const struct {
		const char *word;
		enum view view;
	} views[] = {
		{ "all", VIEW_ALL },
		{ "detail", VIEW_ALL },
		{ "packets", VIEW_PACKETS },
		{ "state", VIEW_STATE },
		{ "summary", VIEW_SUMMARY },
		{ "transport", VIEW_TRANSPORT },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(views); i++)
		if (cli_has(args, views[i].word))
			return views[i].view;
	return VIEW_TABLE;
}

static struct walk *walk_of(
	struct cli_session *s, const struct cli_args *args, struct rp *rp)
{
	struct cli_cursor *c = cli_cursor(s);
	struct walk *w = c->state;

	if (w)
		return w;
	w = g_new0(struct walk, 1);
	w->rp = rp;
	w->view = view_of(args);
	w->username = g_strdup(cli_str(args, "name"));
	w->remote = g_strdup(cli_str(args, "remote"));
	w->counts = counts_new(rp);
	w->sums = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	cli_arg_u16(args, "tunnel-id", &w->tunnel);
	cli_arg_u16(args, "session-id", &w->session);
	c->state = w;
	c->free_state = walk_free;
	return w;
}

static bool counted(const struct walk *w)
{
	return w->view == VIEW_ALL || w->view == VIEW_PACKETS;
}

static void find_vpdn(const struct walk *w, const struct l2tp_session_info *l,
	struct vpdn_session_info *v)
{
	if (!vpdn_session_find(w->rp->vpdn, l->cc, l->id, v))
		*v = (struct vpdn_session_info){ .username = "", .group = "" };
}

static bool wanted_session(const struct walk *w, const struct l2tp_session_info *l)
{
	struct vpdn_session_info v;

	if ((w->tunnel && l->cc != w->tunnel) || (w->session && l->id != w->session))
		return false;
	if (!w->username)
		return true;
	find_vpdn(w, l, &v);
	return !strcmp(v.username, w->username);
}

/* The next sessions that are wanted, and their counters asked for; false: there are no more. */
static bool next_batch(struct walk *w)
{
	uint32_t at = w->at; /* says nothing once the end is reached */
	struct l2tp_session_info l;
	struct vpdn_session_info v;

	counts_clear(w->counts);
	w->n = 0;
	while (w->n < COUNTS_BATCH &&
		l2tp_next_session(vpdn_l2tp(w->rp->vpdn), &at, &l)) {
		w->at = at;
		if (!wanted_session(w, &l))
			continue;
		w->row[w->n++] = l;
		find_vpdn(w, &l, &v);
		counts_ask(w->counts, counted(w) ? v.number : 0);
	}
	return w->n > 0;
}

/* ---- columns ---------------------------------------------------------------------- */

static void put_counts(struct cli_session *s, const struct msg_fib_counts *n)
{
	if (n)
		cli_print(s,
			"%-10" G_GUINT64_FORMAT " %-10" G_GUINT64_FORMAT
			" %-10" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
			n->rx_packets, n->tx_packets, n->rx_bytes, n->tx_bytes);
	else
		cli_print(s, "%-10s %-10s %-10s %s\n", "-", "-", "-", "-");
}

static void put_sent(
	struct cli_session *s, const struct msg_fib_counts *n, const char *unit)
{
	if (!n) {
		cli_puts(s, "    not available\n");
		return;
	}
	cli_print(s,
		"    %" G_GUINT64_FORMAT " %s sent, %" G_GUINT64_FORMAT " received\n",
		n->tx_packets, unit, n->rx_packets);
	cli_print(s,
		"    %" G_GUINT64_FORMAT " %s sent, %" G_GUINT64_FORMAT " received\n",
		n->tx_bytes, unit[0] == 'P' ? "Bytes" : "bytes", n->rx_bytes);
}

static const char *cc_long_state(enum l2tp_cc_state s)
{
	switch (s) {
	case L2TP_CC_IDLE:
		return "idle";
	case L2TP_CC_WAIT_REPLY:
		return "wait-reply";
	case L2TP_CC_WAIT_CONN:
		return "wait-connect";
	case L2TP_CC_ESTABLISHED:
		return "established";
	case L2TP_CC_CLOSING:
		return "shutting-down";
	}
	return "?";
}

static const char *session_long_state(enum l2tp_session_state s)
{
	switch (s) {
	case L2TP_SESSION_IDLE:
		return "idle";
	case L2TP_SESSION_WAIT_TUNNEL:
		return "wait-for-tunnel";
	case L2TP_SESSION_WAIT_REPLY:
		return "wait-reply";
	case L2TP_SESSION_WAIT_CONNECT:
		return "wait-connect";
	case L2TP_SESSION_ESTABLISHED:
		return "established";
	case L2TP_SESSION_CLOSED:
		return "shutting-down";
	}
	return "?";
}

static void put_totals(struct cli_session *s, const struct walk *w, const char *what)
{
	struct l2tp_counts n;

	l2tp_get_counts(vpdn_l2tp(w->rp->vpdn), &n);
	cli_print(s, "\nL2TP %s Information Total tunnels %u sessions %u\n", what,
		n.tunnels, n.sessions);
}

static bool no_tunnels(struct cli_session *s, const struct walk *w)
{
	struct l2tp_counts n;

	l2tp_get_counts(vpdn_l2tp(w->rp->vpdn), &n);
	if (n.tunnels == 0)
		cli_puts(s, "\n%%No active L2TP tunnels\n");
	return n.tunnels == 0;
}

/* ---- sessions --------------------------------------------------------------------- */

static void session_head(struct cli_session *s, const struct walk *w)
{
	put_totals(s, w, "Session");
	switch (w->view) {
	case VIEW_TABLE:
		l2tp_cmd_session_head(s);
		break;
	case VIEW_PACKETS:
		cli_puts(s, "\nLocID      RemID      TunID      Pkts-In    Pkts-Out   "
			    "Bytes-In "
			    "  Bytes-Out\n");
		break;
	case VIEW_STATE:
		cli_puts(s, "\nLocID      RemID      TunID      Username, Intf/      "
			    "State    "
			    "Last-Chg\n");
		break;
	case VIEW_ALL:
	case VIEW_SUMMARY:
	case VIEW_TRANSPORT:
		break;
	}
}

/* What the LAC told of the subscriber's line (RFC 5515). */
static void session_line(
	struct cli_session *s, const struct walk *w, const struct l2tp_session_info *l)
{
	struct l2tp_line line;

	if (!l2tp_session_line(vpdn_l2tp(w->rp->vpdn), l->cc, l->id, &line))
		return;
	for (enum l2tp_line_attr a = 0; a < L2TP_LINE_N; a++) {
		const struct l2tp_span *id = a == L2TP_LINE_CIRCUIT_ID ? &line.circuit_id
					     : a == L2TP_LINE_REMOTE_ID ? &line.remote_id
									: NULL;
		const char *unit, *name = l2tp_line_name(a, &unit);
		g_autofree char *text = id && id->len ? text_escape(id->p, id->len) : NULL;

		if (!(line.have & 1u << a))
			continue;
		if (text)
			cli_print(s, "  %s is %s\n", name, text);
		else
			cli_print(s, "  %s is %" G_GUINT64_FORMAT "%s%s\n", name,
				line.number[a], unit[0] ? " " : "", unit);
	}
}

static void session_all(struct cli_session *s, const struct walk *w,
	const struct l2tp_session_info *l, const struct msg_fib_counts *n)
{
	struct l2tp_cc_info cc = { .peer_name = "" };
	struct vpdn_session_info v;
	struct vpdn_fib fib;
	char ip[16], age[16];

	l2tp_cc_get(vpdn_l2tp(w->rp->vpdn), l->cc, &cc);
	find_vpdn(w, l, &v);
	(void)vpdn_session_fib(w->rp->vpdn, v.number, &fib);

	g_autofree char *peer = l2tp_cmd_column(cc.peer_name, 63);
	g_autofree char *name = l2tp_cmd_column(v.username, 80);
	g_autofree char *intf = l2tp_cmd_interface(w->rp, &v);

	cli_print(s, "\nSession id %u is %s, tunnel id %u\n", l->id,
		l->state == L2TP_SESSION_ESTABLISHED ? "up" : "down", l->cc);
	cli_print(s, "Call serial number is %u\n", l->call.serial);
	cli_print(s, "Remote tunnel name is %s\n", peer);
	cli_print(s, "  Internet address is %s\n", ipv4_to_str(cc.path.remote_ip, ip));
	cli_print(s, "Local tunnel name is %s\n", cc.params.local_name);
	cli_print(s, "  Internet address is %s\n", ipv4_to_str(cc.path.local_ip, ip));
	cli_puts(s, "IP protocol 17\n  Session is L2TP signaled\n");
	cli_print(s, "  Session state is %s, time since change %s\n",
		session_long_state(l->state),
		dur_to_age(time_sub(w->rp->now, l->since), age));
	put_sent(s, n, "Packets");
	cli_puts(s, "  Last clearing of counters never\n"
		    "  Counters, ignoring last clear:\n");
	put_sent(s, n, "Packets");
	if (n)
		cli_print(s, "    Packets dropped, both ways: %" G_GUINT64_FORMAT "\n",
			n->dropped);
	cli_print(s, "  Unique ID is %u\n", v.unique_id);
	if (name[0])
		cli_print(s, "Session username is %s\n", name);
	if (strcmp(intf, "-") != 0)
		cli_print(s, "  Interface %s\n", intf);
	cli_print(s, "  Remote session id is %u, remote tunnel id %u\n", l->remote_id,
		cc.remote_id);
	cli_print(s, "  UDP checksums are %s\n", fib.checksum ? "enabled" : "disabled");
	cli_print(s, "  Sequencing is %s\n", l->call.sequencing ? "on" : "off");
	session_line(s, w, l);
	if (l->accm_known)
		cli_print(s, "  ACCM to send 0x%08X, to receive 0x%08X\n", l->accm[0],
			l->accm[1]);
	if (l->errors_known)
		cli_print(s,
			"  Line errors: CRC %u, framing %u, hardware overrun %u, buffer "
			"overrun %u, timeout %u, alignment %u\n",
			l->errors.crc, l->errors.framing, l->errors.hardware_overrun,
			l->errors.buffer_overrun, l->errors.timeout, l->errors.alignment);
}

static void session_row(struct cli_session *s, const struct walk *w, unsigned i)
{
	const struct l2tp_session_info *l = &w->row[i];
	const struct msg_fib_counts *n = counts_get(w->counts, i);
	struct vpdn_session_info v;
	g_autofree char *who = NULL;
	char age[16];

	switch (w->view) {
	case VIEW_TABLE:
		l2tp_cmd_session_row(s, w->rp, l);
		break;
	case VIEW_ALL:
		session_all(s, w, l, n);
		break;
	case VIEW_PACKETS:
		cli_print(s, "%-10u %-10u %-10u ", l->id, l->remote_id, l->cc);
		put_counts(s, n);
		break;
	case VIEW_STATE:
		find_vpdn(w, l, &v);
		who = l2tp_cmd_user(w->rp, &v);
		cli_print(s, "%-10u %-10u %-10u %-20s %-8s %s\n", l->id, l->remote_id,
			l->cc, who, l2tp_session_state_name(l->state),
			dur_to_age(time_sub(w->rp->now, l->since), age));
		break;
	case VIEW_SUMMARY:
	case VIEW_TRANSPORT:
		break;
	}
}

static enum cli_result show_sessions(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct walk *w = walk_of(s, args, user);

	if (!w->begun) {
		if (no_tunnels(s, w))
			return CLI_DONE;
		session_head(s, w);
		w->begun = true;
	}
	if (w->n == 0 && !next_batch(w)) {
		if (w->session && !w->shown)
			return cli_fail(s, "No session with id %u in tunnel %u",
				w->session, w->tunnel);
		return CLI_DONE;
	}
	if (!counts_ready(w->counts))
		return CLI_WAIT;
	for (unsigned i = 0; i < w->n; i++)
		session_row(s, w, i);
	w->shown += w->n;
	w->n = 0;
	return CLI_MORE;
}

/* ---- tunnels ---------------------------------------------------------------------- */

static void add_counts(struct msg_fib_counts *to, const struct msg_fib_counts *n)
{
	to->rx_packets += n->rx_packets;
	to->rx_bytes += n->rx_bytes;
	to->tx_packets += n->tx_packets;
	to->tx_bytes += n->tx_bytes;
	to->dropped += n->dropped;
}

static void add_batch(struct walk *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		void *key = GUINT_TO_POINTER(w->row[i].cc);
		const struct msg_fib_counts *n = counts_get(w->counts, i);
		struct sum *sum = g_hash_table_lookup(w->sums, key);

		if (!sum) {
			sum = g_new0(struct sum, 1);
			sum->known = true;
			g_hash_table_insert(w->sums, key, sum);
		}
		if (n)
			add_counts(&sum->n, n);
		else
			sum->known = false;
	}
	w->n = 0;
}

/* Counters of all sessions first; true when they are there. */
static enum cli_result collect(struct walk *w)
{
	if (w->n == 0 && !next_batch(w)) {
		w->collected = true;
		return CLI_MORE;
	}
	if (!counts_ready(w->counts))
		return CLI_WAIT;
	add_batch(w);
	return CLI_MORE;
}

static void tunnel_head(struct cli_session *s, const struct walk *w)
{
	put_totals(s, w, "Tunnel");
	switch (w->view) {
	case VIEW_TABLE:
		l2tp_cmd_tunnel_head(s);
		break;
	case VIEW_PACKETS:
		cli_puts(
			s, "\nLocTunID   Pkts-In    Pkts-Out   Bytes-In   Bytes-Out\n");
		break;
	case VIEW_STATE:
		cli_puts(s,
			"\nLocTunID   RemTunID   Local Name    Remote Name   State    "
			"Last-Chg\n");
		break;
	case VIEW_TRANSPORT:
		cli_puts(s, "\nLocTunID   Type Prot  Local Address    Port  Remote "
			    "Address   "
			    "Port\n");
		break;
	case VIEW_ALL:
	case VIEW_SUMMARY:
		break;
	}
}

static bool learns_mtu(const struct rp *rp, const struct l2tp_cc_info *cc)
{
	struct vpdn_config *c = vpdn_config(rp->vpdn);

	return vpdn_config_number(
		c, vpdn_config_group(c, cc->params.group, false), VPDN_SET_PMTU);
}

static void tunnel_window(
	struct cli_session *s, const struct rp *rp, const struct l2tp_cc_info *cc)
{
	const char *why = cc->params.ha && cc->rws < cc->params.rws ? " (HA adjusted)"
			  : cc->rws == VPDN_RWS_DEFAULT             ? " (default)"
								    : "";

	cli_print(s, "  Control Ns %u, Nr %u\n", cc->s, cc->r_rx);
	cli_print(s, "  Local RWS %u%s, Remote RWS %u\n", cc->rws, why, cc->peer_rws);
	cli_print(s,
		"  Control channel Congestion Control is enabled\n"
		"    Congestion Window size, %u\n",
		cc->cwnd);
	cli_print(s, "  Tunnel PMTU checking %s\n",
		learns_mtu(rp, cc) ? "enabled" : "disabled");
	cli_print(s, "  Retransmission time %u, max %u seconds\n",
		cc->params.timeout_min_s, cc->params.timeout_max_s);
	cli_print(s, "  Unsent queuesize %u\n", cc->unsent);
	cli_print(
		s, "  Resend queuesize %u\n", cc->queued - MIN(cc->unsent, cc->queued));
	cli_print(s,
		"  Total resends %" G_GUINT64_FORMAT
		", ZLB ACKs sent %" G_GUINT64_FORMAT "\n",
		cc->resends, cc->zlb_sent);
	cli_print(s, "  Total out-of-order dropped pkts %" G_GUINT64_FORMAT "\n",
		cc->dropped);
	cli_print(s,
		"  Control messages sent %" G_GUINT64_FORMAT
		", received %" G_GUINT64_FORMAT "\n",
		cc->sent, cc->received);
	cli_puts(s, "  Control message authentication is disabled\n");
}

static void tunnel_all(struct cli_session *s, const struct walk *w,
	const struct l2tp_cc_info *cc, const struct msg_fib_counts *n)
{
	g_autofree char *peer = l2tp_cmd_column(cc->peer_name, 63);
	char ip[16], age[16];

	cli_print(s, "\nTunnel id %u is %s, remote id is %u, %u active sessions\n",
		cc->id, cc->state == L2TP_CC_ESTABLISHED ? "up" : "down", cc->remote_id,
		cc->sessions);
	cli_print(s, "  %s initiated tunnel\n", cc->lac ? "Locally" : "Remotely");
	cli_print(s, "  Tunnel state is %s, time since change %s\n",
		cc_long_state(cc->state),
		dur_to_age(time_sub(w->rp->now, cc->since), age));
	cli_puts(s, "  Tunnel transport is UDP (17)\n");
	cli_print(s, "  Remote tunnel name is %s\n", peer);
	cli_print(s, "    Internet Address %s, port %u\n",
		ipv4_to_str(cc->path.remote_ip, ip), cc->path.remote_port);
	cli_print(s, "  Local tunnel name is %s\n", cc->params.local_name);
	cli_print(s, "    Internet Address %s, port %u\n",
		ipv4_to_str(cc->path.local_ip, ip), cc->path.local_port);
	cli_print(s, "  L2TP class for tunnel is %s\n", cc->params.group);
	cli_print(s, "  VPDN group for tunnel is %s\n", cc->params.group);
	cli_puts(s, "  Counters, taking last clear into account:\n");
	put_sent(s, n, "packets");
	cli_puts(s, "    Last clearing of counters never\n"
		    "  Counters, ignoring last clear:\n");
	put_sent(s, n, "packets");
	tunnel_window(s, w->rp, cc);
}

static const struct msg_fib_counts *sum_of(
	const struct walk *w, const struct l2tp_cc_info *cc)
{
	static const struct msg_fib_counts none;
	const struct sum *sum = g_hash_table_lookup(w->sums, GUINT_TO_POINTER(cc->id));

	if (!sum)
		return rf_is_active(&w->rp->rf) ? &none : NULL;
	return sum->known ? &sum->n : NULL;
}

static void tunnel_row(
	struct cli_session *s, const struct walk *w, const struct l2tp_cc_info *cc)
{
	g_autofree char *peer = l2tp_cmd_column(cc->peer_name, 13);
	g_autofree char *local = l2tp_cmd_column(cc->params.local_name, 13);
	char a[16], b[16], age[16];

	switch (w->view) {
	case VIEW_TABLE:
		l2tp_cmd_tunnel_row(s, cc);
		break;
	case VIEW_ALL:
		tunnel_all(s, w, cc, sum_of(w, cc));
		break;
	case VIEW_PACKETS:
		cli_print(s, "%-10u ", cc->id);
		put_counts(s, sum_of(w, cc));
		break;
	case VIEW_STATE:
		cli_print(s, "%-10u %-10u %-13s %-13s %-8s %s\n", cc->id, cc->remote_id,
			local, peer, l2tp_cc_state_name(cc->state),
			dur_to_age(time_sub(w->rp->now, cc->since), age));
		break;
	case VIEW_TRANSPORT:
		cli_print(s, "%-10u UDP  17    %-16s %-5u %-16s %u\n", cc->id,
			ipv4_to_str(cc->path.local_ip, a), cc->path.local_port,
			ipv4_to_str(cc->path.remote_ip, b), cc->path.remote_port);
		break;
	case VIEW_SUMMARY:
		break;
	}
}

static bool wanted_tunnel(const struct walk *w, const struct l2tp_cc_info *cc)
{
	return (!w->tunnel || cc->id == w->tunnel) &&
	       (!w->remote || !strcmp(cc->peer_name, w->remote));
}

static enum cli_result show_tunnels(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct walk *w = walk_of(s, args, user);
	struct l2tp_cc_info cc;

	if (!w->collected && counted(w))
		return collect(w);
	if (!w->begun) {
		if (no_tunnels(s, w))
			return CLI_DONE;
		tunnel_head(s, w);
		w->begun = true;
	}
	for (unsigned n = 0; n < TUNNELS_A_SLICE && w->view != VIEW_SUMMARY; n++) {
		if (!l2tp_next_cc(vpdn_l2tp(w->rp->vpdn), &w->cc_at, &cc)) {
			if (w->tunnel && !w->shown)
				cli_fail(s, "No tunnel with id %u", w->tunnel);
			return CLI_DONE;
		}
		if (!wanted_tunnel(w, &cc))
			continue;
		tunnel_row(s, w, &cc);
		w->shown++;
	}
	return w->view == VIEW_SUMMARY ? CLI_DONE : CLI_MORE;
}

/* clang-format off */
const struct cli_command tunnel_commands[] = {
	{ CLI_EXEC, "show {vpdn | l2tp} tunnel id <tunnel-id:u16>",
	            "Tunnels only", show_tunnels },
	{ CLI_EXEC, "show {vpdn | l2tp} tunnel remote-name <remote:word>",
	            "Tunnels only", show_tunnels },
	{ CLI_EXEC, "show {vpdn | l2tp} tunnel {all | detail | packets | state | summary | transport} [id <tunnel-id:u16> | remote-name <remote:word>]",
	            "Tunnels only", show_tunnels },
	{ CLI_EXEC, "show {vpdn | l2tp} session username <name:word>",
	            "Sessions only", show_sessions },
	{ CLI_EXEC, "show {vpdn | l2tp} session id <tunnel-id:u16> [<session-id:u16>]",
	            "Sessions only", show_sessions },
	{ CLI_EXEC, "show {vpdn | l2tp} session {all | detail | packets | state} [username <name:word> | id <tunnel-id:u16> [<session-id:u16>]]",
	            "Sessions only", show_sessions },
	{ 0 },
};

const struct cli_word tunnel_words[] = {
	{ "tunnel all", "Everything about each tunnel" },
	{ "tunnel detail", "Everything about each tunnel" },
	{ "tunnel packets", "Data packets and octets" },
	{ "tunnel state", "State and time of the last change" },
	{ "tunnel summary", "Totals only" },
	{ "tunnel transport", "Addresses and ports" },
	{ "tunnel id", "Choose a tunnel by its local ID" },
	{ "id <tunnel-id>", "Local tunnel ID" },
	{ "tunnel remote-name", "Choose tunnels by the name of the peer" },
	{ "remote-name <remote>", "Host name of the peer" },
	{ "session all", "Everything about each session" },
	{ "session detail", "Everything about each session" },
	{ "session packets", "Data packets and octets" },
	{ "session state", "State and time of the last change" },
	{ "session username", "Choose sessions by the name of the user" },
	{ "session id", "Choose a tunnel by its local ID" },
	{ "username <name>", "Name of the user" },
	{ "<tunnel-id> <session-id>", "Local session ID" },
	{ NULL, NULL },
};
/* clang-format on */
