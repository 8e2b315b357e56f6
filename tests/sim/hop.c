/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The router as a multihop node, or as a LAC: calls and PPPoE subscribers go on to LNSs.
 *
 * Both halves of a switched call are there, or neither (I1, I7).  And what enters in a session
 * that is up, as a numbered probe of its subscriber, leaves by the other half, once (I6):
 * whatever happens to the RPs, for the FP forwards by itself.  Both are looked at where they
 * enter and leave the FP, so what links lose is not in it.
 */
#include "tests/sim/sim.h"

#include "base/net.h"
#include "chassis/internal.h"
#include "ppp/pppoe.h"
#include "ppp/wire.h"
#include "rp/internal.h"
#include "scenarios/engine/probe.h"

#include <string.h>

enum {
	SETTLED_MS = 1000, /* in a younger call the FP may not know its mate yet */
	PASS_MS = 100,     /* by then a packet has left */
	TROUBLE_S = 3,     /* a way, an FP: it shows so long */
};

/* A probe: how often it came and went. */
struct passage {
	unsigned in, out;
};

struct flight {
	int64_t id;
	gsize session; /* ledger_key() of where it came in */
	base_time at;
};

struct hop {
	GHashTable *passages; /* int64_t -> struct passage */
	GQueue flights;       /* struct flight, of calls that are settled */
	base_time trouble[SIM_LACS_MAX + 1]; /* until */
	base_time fp_trouble, fp_since;
	unsigned fp;
	int64_t lines; /* of all LACs */
	unsigned set;  /* bits: hop_set() */
};

void hop_new(struct sim *sim)
{
	const struct sim_shape *s = &sim->plan->shape;

	sim->hop = g_new0(struct hop, 1);
	sim->hop->passages =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	g_queue_init(&sim->hop->flights);
	sim->hop->lines = (s->lacs + s->subs) * s->tunnels * s->sessions;
}

void hop_free(struct sim *sim)
{
	g_hash_table_unref(sim->hop->passages);
	g_queue_clear_full(&sim->hop->flights, g_free);
	g_clear_pointer(&sim->hop, g_free);
}

/* ---- configuration ---- */

void hop_config(const struct sim *sim, GString *out)
{
	const struct sim_shape *s = &sim->plan->shape;
	int64_t onward = s->lacs - (s->lacs > 1 && s->here);

	if (s->lacs)
		g_string_append(out, "vpdn multihop\n");
	g_string_append(out,
		"vpdn-group 2\n"
		" request-dialin\n"
		"  protocol l2tp\n");
	if (s->subs)
		g_string_append(out, "  domain isp.net\n");
	for (int64_t i = 1; i <= onward; i++)
		g_string_append_printf(out, "  multihop-hostname LAC-%d\n", (int)i);
	for (unsigned i = (unsigned)s->lacs; stage_is_lns(sim, i); i++) {
		g_string_append_printf(out, " initiate-to ip 10.99.%u.1", i);
		if (s->next_limit)
			g_string_append_printf(out, " limit %d", (int)s->next_limit);
		g_string_append_printf(out, " priority %d\n",
			s->next_equal ? 1 : 1 + (int)(i - s->lacs));
	}
	g_string_append_printf(out,
		" local name hop\n"
		" l2tp tunnel password 0 tunsecret\n"
		" l2tp tunnel hello %d\n",
		(int)s->lns_hello_s);
	if (s->unkept)
		g_string_append(out, " no sso enable\n");
	if (s->busy_s)
		g_string_append_printf(
			out, " l2tp tunnel busy timeout %d\n", (int)MAX(s->busy_s, 5));
	if (s->resync)
		g_string_append_printf(out, " l2tp tunnel resync %d\n", (int)s->resync);
	if (s->lns_rws)
		g_string_append_printf(
			out, " l2tp tunnel receive-window %d\n", (int)s->lns_rws);
}

void hop_accept(struct sim *sim, unsigned way, int64_t how)
{
	g_autofree char *order = g_strdup_printf("accept %d", (int)how);

	if (!stage_is_lns(sim, way))
		return;
	if (how)
		cover_hit(sim->cover, "hop/an LNS takes no %s", how == 1 ? "calls" : "tunnels");
	act_order(sim, way, order);
}

/* Each with how it is taken back. */
static const struct {
	const char *name, *mode, *set, *unset;
} settings[] = {
	{ "softshut", NULL, "vpdn softshut", "no vpdn softshut" },
	{ "session-limit", NULL, "vpdn session-limit 3", "no vpdn session-limit" },
	{ "no sso enable", "vpdn-group 2", "no sso enable", "sso enable" },
	{ "another LNS", "vpdn-group 2", "initiate-to ip 10.99.99.1 priority 1",
		"no initiate-to ip 10.99.99.1" },
};

static void order_setting(struct sim *sim, unsigned which, bool set)
{
	unsigned slot = chassis_active(sim->chassis);

	act_exec(sim, slot, "configure terminal", false);
	if (settings[which].mode)
		act_exec(sim, slot, settings[which].mode, false);
	act_exec(sim, slot, set ? settings[which].set : settings[which].unset, false);
	act_exec(sim, slot, "end", false);
}

/* which: a row, and 8 when it is to be taken back. */
void hop_set(struct sim *sim, int64_t which)
{
	unsigned row = (unsigned)(which & 7) % G_N_ELEMENTS(settings);

	if (settings[row].mode && !sim->plan->shape.nexts)
		return;
	cover_hit(sim->cover, "hop/%s", settings[row].name);
	sim->hop->set |= 1u << row;
	order_setting(sim, row, !(which & 8));
}

bool hop_is_set(const struct sim *sim)
{
	return sim->hop->set;
}

void hop_unset(struct sim *sim)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(settings); i++)
		if (sim->hop->set & 1u << i)
			order_setting(sim, i, false);
}

/* One more could not come up: the LNSs have no room for it, or their tunnels no id. */
bool hop_full(struct sim *sim)
{
	const struct sim_shape *s = &sim->plan->shape;
	int64_t room = s->next_limit ? s->nexts * s->next_limit : INT64_MAX;

	if (s->id_space)
		room = MIN(room, s->id_space / 2);
	return s->nexts && ++sim->hop->lines > room;
}

/* ---- an RP goes (F58) ---- */

static void note_call(struct sim *sim, const struct rp *rp, const struct vpdn_session_info *s)
{
	const struct l2tp_engine *l2tp = vpdn_l2tp(rp->vpdn);
	struct vpdn_session_info mate;
	struct l2tp_session_info call;

	if (!s->mate || !l2tp_session_get(l2tp, s->cc, s->session, &call) ||
		!vpdn_session_get(rp->vpdn, s->mate, &mate))
		return;
	if (call.state == L2TP_SESSION_WAIT_TUNNEL)
		cover_hit(sim->cover, "fault/F58 active goes, a call waits for its tunnel");
	if (call.state == L2TP_SESSION_WAIT_REPLY)
		cover_hit(sim->cover, "fault/F58 active goes, ICRQ sent");
	if (s->closing && mate.closing)
		cover_hit(sim->cover, "fault/F58 active goes, both halves are ending");
	if (s->open && mate.open && s->ha_established && mate.ha_established)
		cover_hit(sim->cover, "fault/F58 active goes, a call is switched");
	if (s->ha_established != mate.ha_established)
		cover_hit(sim->cover, "fault/F58 active goes, one half is kept");
}

void hop_going(struct sim *sim, const struct rp *rp)
{
	struct vpdn_session_info s;
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	while (stage_switches(sim) && vpdn_next_session(rp->vpdn, &cursor, &s))
		note_call(sim, rp, &s);
	for (cursor = 0; l2tp_next_cc(vpdn_l2tp(rp->vpdn), &cursor, &cc);)
		if (cc.lac && cc.state == L2TP_CC_WAIT_REPLY)
			cover_hit(sim->cover, "fault/F58 active goes, SCCRQ sent");
}

/* ---- packets ---- */

static bool in_udp(struct rd *r, uint16_t port, uint32_t *src)
{
	struct ipv4_hdr ip;
	struct udp_hdr udp;

	if (!ipv4_parse(r, &ip) || ip.proto != IPPROTO_NUM_UDP ||
		!udp_parse(r, &ip, &udp) || udp.dport != port)
		return false;
	*src = ip.src;
	return true;
}

/* A probe, and whose it is: each LNS counts for itself those that it sends to a subscriber. */
struct packet {
	struct probe probe;
	uint32_t src;
};

static bool is_probe(struct rd *r, struct packet *p)
{
	return in_udp(r, PROBE_PORT, &p->src) && probe_parse(*r, &p->probe);
}

static bool in_ppp(struct rd *r)
{
	uint16_t protocol;

	return ppp_hdr_parse(r, &protocol) && protocol == PPP_IPV4;
}

/* A probe in an Ethernet frame; in which session: 0 in none. */
static bool read_probe(struct rd r, unsigned way, gsize *session, struct packet *p)
{
	struct eth_hdr eth;
	struct l2tp_hdr h;
	struct rd plain;

	*session = 0;
	if (!eth_parse(&r, &eth))
		return false;
	plain = r;
	if (eth.type == ETHERTYPE_PPPOE_SESS) {
		rd_skip(&r, 2);
		*session = ledger_pppoe_key(way, rd_u16(&r));
		rd_skip(&r, 2);
		return in_ppp(&r) && is_probe(&r, p);
	}
	if (in_udp(&r, L2TP_UDP_PORT, &p->src)) {
		if (!l2tp_hdr_parse(&r, &h) || l2tp_is_control(&h))
			return false;
		*session = ledger_key(h.tunnel, h.session);
		return in_ppp(&r) && is_probe(&r, p);
	}
	return is_probe(&plain, p);
}

/* Numbers begin anew with each life of a peer: so the time, too. */
static int64_t identity(const struct packet *packet)
{
	const struct probe *p = &packet->probe;
	uint64_t h = (uint64_t)p->key << 32 ^ (uint64_t)p->number << 1 ^
		     (p->direction == PROBE_UP);

	h = h * UINT64_C(0x9e3779b97f4a7c15) ^ packet->src;
	return (int64_t)(h * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)p->sent.ns);
}

static struct passage *passage_of(struct sim *sim, int64_t id)
{
	struct passage *p = g_hash_table_lookup(sim->hop->passages, &id);

	if (!p) {
		p = g_new0(struct passage, 1);
		g_hash_table_insert(sim->hop->passages, g_memdup2(&id, sizeof(id)), p);
	}
	return p;
}

void hop_in(struct sim *sim, unsigned way, struct rd frame)
{
	struct packet p;
	struct flight *f;
	gsize session;
	int64_t id;

	if (!read_probe(frame, way, &session, &p))
		return;
	id = identity(&p);
	passage_of(sim, id)->in++;
	if (!session || !ledger_settled(sim, session, dur_ms(SETTLED_MS)))
		return;
	f = g_new0(struct flight, 1);
	*f = (struct flight){ .id = id, .session = session, .at = sim_now(sim) };
	g_queue_push_tail(&sim->hop->flights, f);
}

void hop_out(struct sim *sim, unsigned way, struct rd frame)
{
	struct passage *at;
	struct packet p;
	gsize session;

	if (!read_probe(frame, way, &session, &p))
		return;
	at = passage_of(sim, identity(&p));
	if (++at->out + planted(sim, PLANT_DOUBLED) > at->in)
		sim_fail(sim, "I6: a packet of subscriber %08x came %u times and leaves %u "
			      "times",
			p.probe.key, at->in, at->out);
}

/* ---- looking ---- */

static void look_way(struct sim *sim, unsigned i)
{
	struct chassis_slot_info info;
	struct msg_link m;

	chassis_link_port_get(sim->chassis, stage_port(i), &m);
	if (m.loss_ppm || m.cut || m.delay_us || m.dup_ppm || m.reorder_ppm ||
		!chassis_slot_get(sim->chassis, stage_peer(i), &info) || info.hung ||
		time_before(sim_now(sim), time_add(info.since, dur_s(TROUBLE_S))))
		sim->hop->trouble[i] = time_add(sim_now(sim), dur_s(TROUBLE_S));
}

static void look_fp(struct sim *sim)
{
	struct chassis_slot_info info = { 0 };
	unsigned fp = chassis_active_fp(sim->chassis);
	struct hop *h = sim->hop;

	if (fp != SLOT_NONE)
		chassis_slot_get(sim->chassis, fp, &info);
	if (fp == SLOT_NONE || fp != h->fp || info.since.ns != h->fp_since.ns || info.hung)
		h->fp_trouble = time_add(sim_now(sim), dur_s(TROUBLE_S));
	h->fp = fp;
	h->fp_since = info.since;
}

static bool in_trouble(const struct sim *sim, base_time at)
{
	bool is = time_before(at, sim->hop->fp_trouble);

	for (unsigned i = 0; i < stage_ways(sim); i++)
		is |= time_before(at, sim->hop->trouble[i]);
	return is;
}

static void look_flights(struct sim *sim)
{
	struct flight *f;

	while ((f = g_queue_peek_head(&sim->hop->flights)) &&
		time_sub(sim_now(sim), f->at).ns > dur_ms(PASS_MS).ns) {
		const struct passage *p = g_hash_table_lookup(sim->hop->passages, &f->id);
		bool judge = !in_trouble(sim, f->at) &&
			     ledger_settled(sim, f->session, time_sub(sim_now(sim), f->at));

		if (judge)
			cover_hit(sim->cover, "check/a packet through the switch");
		if (judge && p->out < p->in + planted(sim, PLANT_SWALLOWED))
			sim_fail(sim, "I6: a packet that came in session %u/%u at %d ms was "
				      "not passed on",
				(unsigned)(f->session >> 16), (unsigned)f->session & UINT16_MAX,
				(int)(f->at.ns / 1000000));
		g_free(g_queue_pop_head(&sim->hop->flights));
	}
}

/* NULL: every switched call of this RP has both halves.  A standby may know of one half of those
 * that it would not go on with. */
char *hop_torn(const struct sim *sim, const struct rp *rp)
{
	struct vpdn_session_info s, mate;
	uint32_t cursor = 0;

	while (vpdn_next_session(rp->vpdn, &cursor, &s)) {
		if (!s.open || s.closing || !(s.mate || s.lac) ||
			(!rf_is_active(&rp->rf) && !s.ha_established))
			continue;
		if (!s.mate || !vpdn_session_get(rp->vpdn, s.mate, &mate) ||
			mate.mate != s.number || !mate.open || mate.closing ||
			planted(sim, PLANT_HALF))
			return g_strdup_printf("I1: R%u has one half of a call, %u/%u",
				rp->slot, s.cc, s.session);
	}
	return NULL;
}

void hop_look(struct sim *sim)
{
	const struct rp *rp = stage_active(sim);
	g_autofree char *torn = NULL;

	if (!stage_switches(sim))
		return;
	for (unsigned i = 0; i < stage_ways(sim); i++)
		look_way(sim, i);
	look_fp(sim);
	look_flights(sim);
	torn = rp ? hop_torn(sim, rp) : NULL;
	if (torn)
		sim_fail(sim, "%s", torn);
}
