/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * At the FP, the last place before the wire.
 *
 * Control (I3): while the standby counts as HOT and the FP has no mark of the tunnel, protection
 * is claimed; then what leaves is compared with the standby's own store, whatever the active RP
 * thinks: Ns is below its S and its Q has the same bytes (I-send), Nr is not above its R
 * (I-ack).
 *
 * Data (I6): a packet in a session goes to the subscriber that has its address at the other
 * end, and nothing is sent in a session for which a CDN has left.
 */
#include "tests/sim/sim.h"

#include "base/net.h"
#include "chassis/internal.h"
#include "fp/path.h"
#include "l2tp/internal.h"
#include "ppp/pppoe.h"
#include "ppp/wire.h"
#include "rp/internal.h"

#include <string.h>

enum { TAKEOVER_S = 10, SMALL_WINDOW = 4 };

struct guard {
	GHashTable *cut; /* int64_t: lac, its tunnel, its session: a CDN has left */
	GHashTable *begun; /* the same, of an LNS: an ICCN has left */
	uint64_t term;
	base_time term_since;
	unsigned fp;     /* slot that was in use */
};

void guard_new(struct sim *sim)
{
	sim->guard = g_new0(struct guard, 1);
	sim->guard->cut =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	sim->guard->begun =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	sim->guard->fp = SLOT_NONE;
}

void guard_free(struct sim *sim)
{
	g_hash_table_unref(sim->guard->cut);
	g_hash_table_unref(sim->guard->begun);
	g_clear_pointer(&sim->guard, g_free);
}

/* ---- the standby's store ---- */

/* The one that the arbiter would choose now; NULL: none. */
static const struct rp *hot_standby(const struct sim *sim)
{
	const struct rp *standby = stage_standby(sim);

	return standby && chassis_standby_hot(sim->chassis) && standby->cf.epoch &&
			       sim->chassis->arbiter.hot_boot ==
				       board_boot_id(standby->env)
		       ? standby
		       : NULL;
}

static bool same_bytes(const struct chan_msg *m, const struct wire_control *c)
{
	size_t n = rd_left(&c->l2tp);

	return m->len == n && memcmp(m->bytes, c->l2tp.p, CHAN_NR_AT) == 0 &&
	       memcmp(m->bytes + CHAN_MSG_MIN, c->l2tp.p + CHAN_MSG_MIN,
		       n - CHAN_MSG_MIN) == 0;
}

/* where: for people. */
void guard_held(struct sim *sim, const struct l2tp_cc *held,
	const struct wire_control *c, const char *where)
{
	const struct chan *ch = &held->chan;
	uint16_t nr = (uint16_t)(c->h.nr + 1000u * planted(sim, PLANT_ACK));
	uint16_t ns = (uint16_t)(c->h.ns + 1000u * planted(sim, PLANT_SEND));

	if (seq_diff(nr, seq_max(ch->r_rx, ch->r_dur)) > 0)
		sim_fail(sim, "I3: tunnel %u: Nr %u leaves %s, the standby has R %u",
			held->id, nr, where, ch->r_rx);
	if (wire_is_zlb(c))
		return;
	if (seq_diff(ns, ch->s) >= 0) {
		sim_fail(sim, "I3: tunnel %u: Ns %u leaves %s, the standby has S %u",
			held->id, ns, where, ch->s);
		return;
	}
	for (const struct chan_msg *m = ch->head; m; m = m->next)
		if ((m->ns == ns && !same_bytes(m, c)) || planted(sim, PLANT_BYTES))
			sim_fail(sim,
				"I3: tunnel %u: Ns %u leaves %s with other bytes than "
				"the standby has",
				held->id, ns, where);
}

/* A tunnel that the standby need not have: local until SCCCN is taken (ha-commit.md, 2), on its
 * end, or without HA. */
static bool is_local(const struct rp *rp, uint16_t tunnel, const struct wire_control *c)
{
	const struct l2tp_cc *cc = cc_by_id(vpdn_l2tp(rp->vpdn), tunnel);
	uint16_t first = rp->arg->first_ns;

	return !cc || cc->state == L2TP_CC_CLOSING || !cc->params.ha ||
	       (uint16_t)(c->h.nr - first) <= 1;
}

static void check_store(struct sim *sim, const struct sim_seat *fp, const struct pkt *p,
	const struct wire_control *c)
{
	const struct rp *standby = hot_standby(sim), *active = stage_active(sim);
	const struct l2tp_cc *held;

	if (!standby || !active || active->slot != p->owner ||
		p->term != (uint32_t)chassis_term(sim->chassis) ||
		p->flags & PKT_UNCOMMITTED || fp_board_marked(fp->self, p->tunnel))
		return;
	held = cc_by_id(vpdn_l2tp(standby->vpdn), p->tunnel);
	if (held && held->remote_id == c->h.tunnel && held->state != L2TP_CC_CLOSING) {
		cover_hit(sim->cover, "check/at the FP, held by the standby");
		guard_held(sim, held, c, "the FP");
	} else if (!held && !is_local(active, p->tunnel, c)) {
		sim_fail(sim,
			"I3: tunnel %u: Ns %u Nr %u leaves the FP, the standby has no "
			"such tunnel",
			p->tunnel, c->h.ns, c->h.nr);
	}
}

void guard_control(struct sim *sim, const struct sim_seat *fp, unsigned lac,
	const struct pkt *p, const struct wire_control *c)
{
	unsigned type = wire_message_type(c);
	int64_t key = (int64_t)lac << 32 | (int64_t)c->h.tunnel << 16 | c->h.session;

	if (type == L2TP_CDN)
		moment_cdn(sim, c);
	if (type == L2TP_ICCN)
		g_hash_table_add(sim->guard->begun, g_memdup2(&key, sizeof(key)));
	else if (type == L2TP_CDN)
		g_hash_table_remove(sim->guard->begun, &key);
	if (type == L2TP_CDN && c->h.session)
		g_hash_table_add(sim->guard->cut, g_memdup2(&key, sizeof(key)));
	else if (type == L2TP_ICRP || type == L2TP_ICCN)
		g_hash_table_remove(sim->guard->cut, &key);
	else if (type == L2TP_SCCRP || type == L2TP_SCCCN)
		g_hash_table_remove_all(sim->guard->cut);
	check_store(sim, fp, p, c);
}

/* ---- subscribers ---- */

/* The address at the other end of a session; 0: there is none (yet). */
static uint32_t address_of(
	const struct sim *sim, unsigned lac, uint16_t cc, uint16_t session)
{
	struct peer_lac_line line;

	for (unsigned n = 1; stage_line(sim, lac, n, &line); n++)
		if (line.cc == cc && line.session == session)
			return line.ip;
	return 0;
}

/* Messages wait for others, by the peer's window or ours, or have just begun not to. */
static bool is_crowded(const struct sim *sim, unsigned way, uint16_t tunnel)
{
	const struct rp *rp = stage_active(sim);
	struct l2tp_cc_info info;
	uint32_t cursor = 0;

	while (rp && l2tp_next_cc(vpdn_l2tp(rp->vpdn), &cursor, &info)) {
		const struct l2tp_cc *cc = cc_by_id(vpdn_l2tp(rp->vpdn), info.id);

		if (cc && info.remote_id == tunnel &&
			((uint16_t)(cc->chan.s - cc->chan.u) > 1 ||
				info.peer_rws <= SMALL_WINDOW) &&
			stage_lac_by_ip(sim, info.path.remote_ip) == way)
			return true;
	}
	return !rp;
}

/* An LNS has no use for frames of a call before its ICCN.  A new active RP sends that again if need
 * be, and does not wait with frames until then (H12). */
static void check_begun(struct sim *sim, unsigned lac, const struct l2tp_hdr *h, int64_t key)
{
	struct guard *g = sim->guard;

	if (g->term != chassis_term(sim->chassis))
		g->term_since = sim_now(sim);
	g->term = chassis_term(sim->chassis);
	if (g_hash_table_contains(g->begun, &key) ||
		time_before(sim_now(sim), time_add(g->term_since, dur_s(TAKEOVER_S))) ||
		is_crowded(sim, lac, h->tunnel))
		return;
	sim_fail(sim, "I6: data for session %u/%u of LAC %u, which got no ICCN", h->tunnel,
		h->session, lac);
}

/* Has the LNS given it the id of one that got a CDN? */
static bool is_new(const struct sim *sim, unsigned lac, const struct l2tp_hdr *h)
{
	struct l2tp_session_info call;
	uint32_t cursor = 0;

	while (stage_is_lns(sim, lac) && stage_next_call(sim, lac, &cursor, &call))
		if (call.cc == h->tunnel && call.id == h->session)
			return call.state == L2TP_SESSION_WAIT_CONNECT;
	return false;
}

static void check_data(
	struct sim *sim, unsigned lac, const struct l2tp_hdr *h, struct rd r)
{
	int64_t key = (int64_t)lac << 32 | (int64_t)h->tunnel << 16 | h->session;
	struct ipv4_hdr ip;
	uint16_t protocol;
	uint32_t at, whose;

	if (is_new(sim, lac, h))
		check_begun(sim, lac, h, key);
	else if (g_hash_table_contains(sim->guard->cut, &key) ||
		planted(sim, PLANT_AFTER_CDN))
		sim_fail(sim, "I6: data for session %u/%u of LAC %u, which got a CDN",
			h->tunnel, h->session, lac);
	if (!ppp_hdr_parse(&r, &protocol) || protocol != PPP_IPV4 ||
		!ipv4_parse(&r, &ip))
		return;
	at = address_of(sim, lac, h->tunnel, h->session);
	whose = stage_is_lns(sim, lac) ? ip.src : ip.dst;
	cover_hit(sim->cover, "check/data to its subscriber");
	if (at && whose + planted(sim, PLANT_SUBSCRIBER) != at)
		sim_fail(sim,
			"I6: %08x is sent to session %u/%u of LAC %u, which has %08x",
			whose, h->tunnel, h->session, lac, at);
}

/* PPPoE: a session that got a PADT is over; data go to who has the address. */
void guard_pppoe(struct sim *sim, const struct pkt *p, struct rd frame)
{
	enum { CODE_PADS = 0x65, CODE_PADT = 0xa7 };

	unsigned way = stage_way_by_port(sim, p->ifindex), code;
	struct l2tp_hdr h = { 0 };
	struct eth_hdr eth;
	int64_t key;

	if (!stage_is_subs(sim, way) || !eth_parse(&frame, &eth))
		return;
	rd_skip(&frame, 1);
	code = rd_u8(&frame);
	h.session = rd_u16(&frame);
	rd_skip(&frame, 2);
	key = (int64_t)way << 32 | h.session;
	if (eth.type == ETHERTYPE_PPPOE_DISC && code == CODE_PADS)
		g_hash_table_remove(sim->guard->cut, &key);
	else if (eth.type == ETHERTYPE_PPPOE_DISC && code == CODE_PADT)
		g_hash_table_add(sim->guard->cut, g_memdup2(&key, sizeof(key)));
	else if (eth.type == ETHERTYPE_PPPOE_SESS)
		check_data(sim, way, &h, frame);
}

/* ip: of a packet that leaves.  Not every FP that is chosen anew knows of sessions that were
 * stopped at the other one just then: it is told again. */
void guard_data(struct sim *sim, struct rd ip)
{
	struct ipv4_hdr hdr;
	struct l2tp_hdr h;
	struct udp_hdr udp;
	unsigned lac;

	if (sim->guard->fp != chassis_active_fp(sim->chassis))
		g_hash_table_remove_all(sim->guard->cut);
	sim->guard->fp = chassis_active_fp(sim->chassis);
	if (!ipv4_parse(&ip, &hdr) || hdr.proto != IPPROTO_NUM_UDP ||
		!udp_parse(&ip, &hdr, &udp) || udp.sport != L2TP_UDP_PORT)
		return;
	lac = stage_lac_by_ip(sim, hdr.dst);
	if (lac < SIM_LACS_MAX && l2tp_hdr_parse(&ip, &h) && !l2tp_is_control(&h))
		check_data(sim, lac, &h, ip);
}
