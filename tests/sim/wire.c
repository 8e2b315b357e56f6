/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What leaves.  At an RP: is it held by the standby (I-send, I-ack, together I3)?  At the FP:
 * whose is it (I2), and may the peer get it (I3, I5)?
 */
#include "tests/sim/sim.h"

#include "base/net.h"
#include "chassis/internal.h"
#include "l2tp/internal.h"
#include "rp/internal.h"

#include <string.h>

/* One tunnel as its packets show it, by the ids at both ends. */
struct course {
	bool begun;
	uint16_t nr, ns_high;
	GHashTable *bodies; /* Ns -> hash of what is behind Nr, + 1 */
};

struct wire_book {
	GHashTable *courses; /* of int64_t */
	uint32_t term;
	uint8_t owner[2]; /* of the last two terms: slot + 1 */
};

static void course_free(void *p)
{
	g_hash_table_unref(((struct course *)p)->bodies);
	g_free(p);
}

void wire_new(struct sim *sim)
{
	sim->wire = g_new0(struct wire_book, 1);
	sim->wire->courses =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, course_free);
}

void wire_forget(struct sim *sim)
{
	g_hash_table_remove_all(sim->wire->courses);
}

void wire_free(struct sim *sim)
{
	g_hash_table_unref(sim->wire->courses);
	g_clear_pointer(&sim->wire, g_free);
}

/* ip: an IPv4 packet.  False: no L2TP control packet. */
static bool parse(struct rd ip, struct wire_control *c)
{
	struct ipv4_hdr hdr;
	struct udp_hdr udp;

	if (!ipv4_parse(&ip, &hdr) || hdr.proto != IPPROTO_NUM_UDP ||
		!udp_parse(&ip, &hdr, &udp) || udp.sport != L2TP_UDP_PORT)
		return false;
	c->src = hdr.src;
	c->dst = hdr.dst;
	c->l2tp = c->body = ip;
	return l2tp_hdr_parse(&c->body, &c->h) && l2tp_is_control(&c->h);
}

bool wire_is_zlb(const struct wire_control *c)
{
	return rd_left(&c->body) == 0;
}

unsigned wire_message_type(const struct wire_control *c)
{
	enum { TYPE_AT = 6 }; /* of the Message Type AVP, which comes first */

	const uint8_t *p = c->body.p + TYPE_AT;

	return rd_left(&c->body) >= TYPE_AT + 2 ? (unsigned)p[0] << 8 | p[1] : 0;
}

/* Of an ICRQ or ICRP: the id that we gave the call; 0: it says none. */
static uint16_t assigned_session(const struct wire_control *c)
{
	enum { LEN = 0x3ff };
	struct rd r = c->body;

	while (rd_left(&r) && !r.bad) {
		struct rd head = r;
		unsigned n = rd_u16(&head) & LEN, vendor = rd_u16(&head);
		unsigned type = rd_u16(&head);

		if (n == 0)
			break;
		if (!vendor && type == L2TP_ATTR_ASSIGNED_SESSION)
			return rd_u16(&head);
		rd_skip(&r, n);
	}
	return 0;
}

/* ---- at an RP ---- */

static bool in_step(const struct rp *rp, const struct rp *standby)
{
	return standby && rp->txn.on && standby->cf.open &&
	       standby->cf.epoch == rp->txn.epoch;
}

/* Its mark is that of a transaction which the standby has not acknowledged: else the FP would take
 * it for one that was overtaken. */
static void check_mark(struct sim_seat *seat, const struct pkt *p, const struct l2tp_cc *cc)
{
	if (!seat->acked || !cc || !cc->replicated)
		return;
	cover_hit(seat->sim->cover, "check/number of a mark");
	if ((int32_t)(p->mark - (uint32_t)seat->acked) <= 0)
		sim_fail(seat->sim,
			"I3: a packet of tunnel %u leaves uncommitted, with the mark %u, and %u "
			"is acknowledged",
			p->tunnel, p->mark, (unsigned)seat->acked);
}

static void from_rp(struct sim_seat *seat, const struct pkt *p, const struct wire_control *c)
{
	struct sim *sim = seat->sim;
	const struct rp *rp = seat->self;
	const struct rp *standby = stage_rp(sim, SLOT_R0 + SLOT_R1 - seat->slot);
	const struct l2tp_cc *cc = cc_by_id(vpdn_l2tp(rp->vpdn), p->tunnel), *held;

	if (p->flags & PKT_UNCOMMITTED) {
		cover_hit(sim->cover, "fault/F20 output leaves uncommitted");
		accounts_uncommitted(sim);
		sim_tell(sim, "R%u sends Ns %u Nr %u of tunnel %u uncommitted", seat->slot,
			c->h.ns, c->h.nr, p->tunnel);
		ledger_unprotected(sim, p->tunnel);
		check_mark(seat, p, cc);
		return;
	}
	/* Of an RP that hung and does not know it yet the FP lets nothing pass. */
	if (chassis_active(sim->chassis) != seat->slot)
		return;
	if (!cc || !cc->replicated || !cc->ha_est || cc->unprotected || cc->marked ||
		!in_step(rp, standby))
		return;
	held = cc_by_id(vpdn_l2tp(standby->vpdn), p->tunnel);
	cover_hit(sim->cover, "check/held by the standby");
	if (held)
		guard_held(sim, held, c, "the RP");
	else
		sim_fail(sim, "I3: tunnel %u: Ns %u Nr %u leaves, the standby has no such "
			      "tunnel",
			cc->id, c->h.ns, c->h.nr);
}

static struct rd data_of(const struct pkt *p)
{
	return rd_init((const uint8_t *)p + p->off, p->len);
}

void wire_from_rp(struct sim_seat *seat)
{
	const struct rp *rp = seat->self;

	for (unsigned fp = SLOT_F0; fp <= SLOT_F1; fp++) {
		const struct ring *r = seat->env->pkt_out[fp];

		for (; r && seat->seen[fp] != r->head; seat->seen[fp]++) {
			uint64_t entry = r->entries[seat->seen[fp] & (r->cap - 1)];
			struct pkt *p = pool_pkt(seat->sim->chassis, (uint32_t)entry);
			struct wire_control c;

			pool_show(p);

			if (rp->rf.my < RF_ACTIVE_FAST || planted(seat->sim, PLANT_SENDER))
				sim_fail(seat->sim, "I2: R%u sends in state %s", seat->slot,
					rf_state_name(rp->rf.my));
			if (p->flags & PKT_INJECT_IP && parse(data_of(p), &c))
				from_rp(seat, p, &c);
			pool_hide(p);
		}
	}
}

/* ---- at the FP ---- */

static void check_term(struct sim *sim, const struct pkt *p)
{
	struct wire_book *b = sim->wire;

	if (p->owner > SLOT_R1)
		return;
	if (p->term < b->term + planted(sim, PLANT_TERM))
		sim_fail(sim, "I2: a packet of term %u passes the FP in term %u", p->term,
			b->term);
	if (p->term > b->term) {
		b->term = p->term;
		b->owner[p->term & 1] = (uint8_t)(p->owner + 1);
	}
	if (b->owner[p->term & 1] != p->owner + 1)
		sim_fail(sim, "I2: two RPs send in term %u", p->term);
}

static struct course *find_course(struct sim *sim, unsigned lac, uint16_t peer, uint16_t own)
{
	int64_t key = (int64_t)lac << 32 | (int64_t)peer << 16 | own;
	struct course *c = g_hash_table_lookup(sim->wire->courses, &key);

	if (!c) {
		c = g_new0(struct course, 1);
		c->bodies = g_hash_table_new(NULL, NULL);
		g_hash_table_insert(sim->wire->courses, g_memdup2(&key, sizeof(key)), c);
	}
	return c;
}

static uint32_t digest(const struct wire_control *c)
{
	uint32_t h = 2166136261u ^ c->h.session;

	for (size_t i = 0; i < rd_left(&c->body); i++)
		h = (h ^ c->body.p[i]) * 16777619u;
	return h | 1;
}

static bool opens_tunnel(const struct wire_control *c)
{
	unsigned type = wire_message_type(c);

	return type == L2TP_SCCRP || type == L2TP_SCCRQ || type == L2TP_SCCCN;
}

/* A number is never bound to other bytes, and Nr never falls. */
static void follow(struct sim *sim, unsigned lac, const struct pkt *p, const struct wire_control *c)
{
	struct course *course = find_course(sim, lac, c->h.tunnel, p->tunnel);
	void *key = GUINT_TO_POINTER(c->h.ns), *old;

	old = g_hash_table_lookup(course->bodies, key);
	if (ledger_no_witness(sim) ||
		(opens_tunnel(c) && GPOINTER_TO_UINT(old) != digest(c))) {
		g_hash_table_remove_all(course->bodies); /* another tunnel with these ids */
		course->begun = false;
	}
	if (course->begun && seq_diff(c->h.nr, course->nr) < (int)planted(sim, PLANT_NR_FALLS))
		sim_fail(sim, "I3: tunnel %u/%u: Nr falls from %u to %u", p->tunnel,
			c->h.tunnel, course->nr, c->h.nr);
	course->nr = c->h.nr;
	if (course->begun && c->h.ns < course->ns_high &&
		seq_diff(c->h.ns, course->ns_high) > 0)
		cover_hit(sim->cover, "wrap/ns");
	course->ns_high = course->begun ? seq_max(course->ns_high, c->h.ns) : c->h.ns;
	course->begun = true;
	if (wire_is_zlb(c))
		return;
	old = g_hash_table_lookup(course->bodies, key);
	if (old && GPOINTER_TO_UINT(old) != digest(c) + planted(sim, PLANT_NS_BOUND))
		sim_fail(sim, "I3: tunnel %u/%u: Ns %u is bound to other bytes", p->tunnel,
			c->h.tunnel, c->h.ns);
	g_hash_table_insert(course->bodies, key, GUINT_TO_POINTER(digest(c)));
}

/* The one StopCCN to a peer that does not answer is said whatever its window; no other. */
static bool is_last_word(
	const struct sim *sim, uint16_t tunnel, const struct wire_control *c)
{
	const struct rp *rp = stage_active(sim);
	const struct l2tp_cc *cc = rp ? cc_by_id(vpdn_l2tp(rp->vpdn), tunnel) : NULL;

	return wire_message_type(c) == L2TP_STOPCCN &&
	       (!cc || (cc->state == L2TP_CC_CLOSING && cc->closing == CLOSING_LAST));
}

/* The peer is asked itself: nothing beyond its window, nothing acknowledged that it has not
 * sent. */
static void check_peer(struct sim *sim, unsigned lac, const struct pkt *p,
	const struct wire_control *c)
{
	struct l2tp_cc_info peer;

	if (ledger_ids_forgotten(sim))
		return;
	if (!stage_cc(sim, lac, c->h.tunnel, &peer) ||
		peer.path.remote_ip != c->src || peer.state != L2TP_CC_ESTABLISHED)
		return;
	/* After a restart it gave the id of a tunnel that it has forgotten and we have not. */
	if (peer.remote_id != p->tunnel && sim->restarted >> lac & 1)
		return;
	cover_hit(sim->cover, "check/within the peer's window");
	if (seq_diff(c->h.nr, peer.s) > 0)
		sim_fail(sim, "I3: Nr %u to tunnel %u of LAC %u, which has sent up to %u",
			c->h.nr, peer.id, lac, peer.s);
	if (!wire_is_zlb(c) && !is_last_word(sim, p->tunnel, c) &&
		seq_diff(c->h.ns, peer.r_rx) + (int)(2000 * planted(sim, PLANT_WINDOW)) >=
			peer.rws)
		sim_fail(sim, "I5: Ns %u to tunnel %u of LAC %u, which has %u and a window "
			      "of %u",
			c->h.ns, peer.id, lac, peer.r_rx, peer.rws);
}

/* For people: --verbose. */
static void tell_control(struct sim *sim, unsigned lac, const struct wire_control *c, bool out)
{
	if (sim->verbose)
		sim_tell(sim, "%s LAC %u, %u/%u: %s Ns %u Nr %u", out ? "to" : "from", lac,
			c->h.tunnel, c->h.session,
			wire_is_zlb(c) ? "ZLB" : l2tp_msg_name((uint16_t)wire_message_type(c)),
			c->h.ns, c->h.nr);
}

static void from_fp(struct sim_seat *seat, const struct pkt *p)
{
	struct sim *sim = seat->sim;
	struct rd r = data_of(p);
	struct wire_control c;
	unsigned lac;

	sim_hash(sim, r.p, rd_left(&r));
	check_term(sim, p);
	if (stage_switches(sim)) {
		hop_out(sim, stage_way_by_port(sim, p->ifindex), r);
		guard_pppoe(sim, p, r);
	}
	rd_skip(&r, ETH_HDR);
	guard_data(sim, r);
	if (p->owner > SLOT_R1 || !parse(r, &c))
		return;
	lac = stage_lac_by_ip(sim, c.dst);
	if (lac == SIM_LACS_MAX)
		return;
	tell_control(sim, lac, &c, true);
	if (wire_message_type(&c) == L2TP_ICRP || wire_message_type(&c) == L2TP_ICRQ)
		ledger_told(sim, p->tunnel, assigned_session(&c));
	witness_packet(sim, p, &c);
	follow(sim, lac, p, &c);
	check_peer(sim, lac, p, &c);
	guard_control(sim, seat, lac, p, &c);
}

void wire_from_fp(struct sim_seat *seat)
{
	const struct ring *r = seat->env->pkt_out[SLOT_SPA];

	for (; r && seat->seen[SLOT_SPA] != r->head; seat->seen[SLOT_SPA]++) {
		uint64_t entry = r->entries[seat->seen[SLOT_SPA] & (r->cap - 1)];
		struct pkt *p = pool_pkt(seat->sim->chassis, (uint32_t)entry);

		pool_show(p);
		from_fp(seat, p);
		pool_hide(p);
	}
}

/* What peers have sent. */
void wire_from_spa(struct sim_seat *seat)
{
	unsigned fp = chassis_active_fp(seat->sim->chassis);
	const struct ring *r = fp == SLOT_NONE ? NULL : seat->env->pkt_out[fp];

	for (; r && seat->seen[fp] != r->head; seat->seen[fp]++) {
		uint64_t entry = r->entries[seat->seen[fp] & (r->cap - 1)];
		struct pkt *p = pool_pkt(seat->sim->chassis, (uint32_t)entry);
		struct wire_control c;
		struct rd data;

		pool_show(p);
		data = data_of(p);
		if (stage_switches(seat->sim))
			hop_in(seat->sim, stage_way_by_port(seat->sim, p->ifindex), data);
		rd_skip(&data, ETH_HDR);
		if (parse(data, &c) && stage_lac_by_ip(seat->sim, c.src) < SIM_LACS_MAX)
			tell_control(seat->sim, stage_lac_by_ip(seat->sim, c.src), &c, false);
		pool_hide(p);
	}
}
