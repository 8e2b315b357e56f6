/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sessions that may not be lost (I1), ids (I10), numbers at both ends (I4), and the end of every
 * resync (I12).
 *
 * Every few milliseconds, and once more when an RP is taken out, the sessions of the active RP
 * are compared with those of the look before.  One that was open and is gone must have a cause
 * that the protocol allows:
 *
 *   it was hung up, or its LAC closed the tunnel, restarted, or an operator cleared it: those
 *   that were there at that moment;
 *   its LAC could not be reached for longer than a peer is waited for: what counts is what was
 *   the matter with the way, not what the plan says; shorter ones excuse nothing;
 *   a switchover: the standby did not have it, or packets had left that did not wait for it.
 */
#include "tests/sim/sim.h"

#include "chassis/internal.h"
#include "fp/internal.h"
#include "fp/path.h"
#include "l2tp/internal.h"
#include "rp/internal.h"

#include <string.h>

enum {
	GIVE_UP_S = 55,     /* ten retransmissions, 1, 2, 4, 8, 8 ... s, take 71 s */
	HASTE_S = 2,       /* less than it tries */
	SUBS_S = 35,        /* five LCP echoes of PPPoE subscribers, 10 s apart */
	ECHOES_SHORT_S = 7, /* keepalive 4 3 */
	ECHOES_S = 38,      /* and by default */
	MERGE_S = 10,       /* what was tried between two outages may have been lost */
	FOUND_OUT_S =
		130,  /* HELLO interval and retransmissions, after the way was mended */
	CLEAR_S = 15, /* the command may wait in an RP that hangs */
	ORDER_S = 200,      /* the order may wait in a LAC that hangs */
	ROUGH_S = 10,       /* frames that come late or twice make PPP begin anew */
	REUSE_S = 10,       /* ids rest at least so long */
	VERIFY_MAX_S = 150, /* a resync is over by then */
	HOT_S = 15,         /* without trouble a standby is HOT by then */
	LOSSY_PPM = 100000,
	OUTAGES = 8, /* of a LAC that are remembered */
};

struct entry {
	gsize key; /* ledger_key() */
	uint32_t unique_id;
	unsigned lac;
	uint16_t peer_cc, peer_session;
	bool open, held; /* held: by the standby */
	bool silent;     /* no echo was answered, as many as the FP waits for */
	base_time opened;
	unsigned giver;  /* slot of the RP that gave the id */
	gsize mate;      /* key of the other half of a switched call; 0: none */
	const char *why; /* it may go */
	uint64_t look;
};

/* An id that was in use, by whom. */
struct rest {
	base_time since;
	uint64_t who;
	bool stale; /* tunnels: see without_witness() */
	unsigned giver;
	bool secret; /* sessions: a switchover took it before it was told to anybody */
};

/* A time in which a LAC and the chassis cannot talk. */
struct outage {
	base_time since, last;
	bool ever;
};

struct ledger {
	GHashTable *entries; /* key -> struct entry */
	GHashTable *resting; /* key -> struct rest */
	GHashTable *tunnels; /* id -> struct rest, of those in use too */
	GHashTable
		*hung_up; /* int64_t: lac, its tunnel, its session -> int64_t until */
	GHashTable *unprotected; /* tunnels */
	GHashTable *told; /* keys of sessions that a peer was told */
	/* The last ones: a short one does not make a long one before it undone, which peers may
	 * find out much later. */
	struct outage outages[SIM_LACS_MAX + 1][OUTAGES];
	unsigned outage[SIM_LACS_MAX + 1]; /* the last one */
	base_time rough[SIM_LACS_MAX + 1]; /* until */
	base_time lossy[SIM_LACS_MAX + 1]; /* until then echoes may be missing */
	base_time frames_lost; /* with an FP that went: until they were repeated */
	base_time all_until, frail_until[SIM_LACS_MAX + 1];
	const char *why_all, *why_frail[SIM_LACS_MAX + 1];
	bool ids_forgotten; /* of tunnels that peers may still have */
	base_time no_ha; /* when there was a tunnel that no standby gets */
	bool no_witness; /* both FPs were out: marks are lost */
	unsigned active; /* slot, at the last look */
	uint64_t boot, standby_boot, look;
	base_time calm; /* since then nothing keeps the standby from being HOT */
};

void ledger_new(struct sim *sim)
{
	struct ledger *l = g_new0(struct ledger, 1);

	l->entries = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	l->resting = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	l->tunnels = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	l->hung_up = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	l->unprotected = g_hash_table_new(NULL, NULL);
	l->told = g_hash_table_new(NULL, NULL);
	l->active = SLOT_NONE;
	sim->ledger = l;
}

void ledger_free(struct sim *sim)
{
	struct ledger *l = sim->ledger;

	g_hash_table_unref(l->entries);
	g_hash_table_unref(l->resting);
	g_hash_table_unref(l->tunnels);
	g_hash_table_unref(l->hung_up);
	g_hash_table_unref(l->unprotected);
	g_hash_table_unref(l->told);
	g_clear_pointer(&sim->ledger, g_free);
}

static bool within(const struct sim *sim, base_time since, unsigned s)
{
	return time_sub(sim_now(sim), since).ns <= dur_s(s).ns;
}

/* ---- causes ---- */

gsize ledger_key(uint16_t cc, uint16_t session)
{
	return (gsize)cc << 16 | session;
}

gsize ledger_pppoe_key(unsigned way, uint16_t sid)
{
	return (gsize)(way + 1) << 32 | sid;
}

static uint32_t tunnel_of(gsize key)
{
	return key >> 32 ? 0 : (uint32_t)key >> 16;
}

/* way: of a PPPoE session; else it is not known yet. */
static gsize key_of(const struct sim *sim, const struct rp *rp, const struct vpdn_session_info *s,
	unsigned *way)
{
	struct pppoe_session_info p;

	*way = SIM_LACS_MAX;
	if (!s->pppoe)
		return ledger_key(s->cc, s->session);
	if (pppoe_session_get(vpdn_pppoe(rp->vpdn), s->pppoe, &p))
		*way = stage_way_by_port(sim, p.peer.port);
	return ledger_pppoe_key(*way, s->pppoe_sid);
}

static int64_t line_key(unsigned lac, uint16_t cc, uint16_t session)
{
	return (int64_t)lac << 32 | (int64_t)cc << 16 | session;
}

static void excuse_line_until(struct sim *sim, unsigned lac,
	const struct peer_lac_line *line, base_time until)
{
	int64_t key = line_key(lac, line->cc, line->session);

	g_hash_table_insert(sim->ledger->hung_up, g_memdup2(&key, sizeof(key)),
		g_memdup2(&until.ns, sizeof(until.ns)));
}

void ledger_excuse_line(struct sim *sim, unsigned lac, unsigned line, bool for_good)
{
	struct peer_lac_line info;

	if (stage_line(sim, lac, line, &info))
		excuse_line_until(sim, lac, &info,
			for_good ? BASE_TIME_NEVER
				 : time_add(sim_now(sim), dur_s(ORDER_S)));
}

static void excuse_entries(struct sim *sim, unsigned lac, const char *why)
{
	GHashTableIter i;
	void *value;

	g_hash_table_iter_init(&i, sim->ledger->entries);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		struct entry *e = value;

		if (lac == SIM_LACS_MAX || e->lac == lac)
			e->why = why;
	}
}

void ledger_excuse_lac(struct sim *sim, unsigned lac, const char *why)
{
	struct peer_lac_line line;

	excuse_entries(sim, lac, why);
	for (unsigned n = 1; stage_line(sim, lac, n, &line); n++)
		excuse_line_until(
			sim, lac, &line, time_add(sim_now(sim), dur_s(ORDER_S)));
}

void ledger_frail(struct sim *sim, unsigned lac, const char *why, bool for_good)
{
	struct ledger *l = sim->ledger;
	base_time until = for_good ? BASE_TIME_NEVER
				   : time_add(sim_now(sim), dur_s(FOUND_OUT_S));

	if (time_before(until, l->frail_until[lac]))
		return;
	l->frail_until[lac] = until;
	l->why_frail[lac] = why;
}

void ledger_cleared(struct sim *sim)
{
	excuse_entries(sim, SIM_LACS_MAX, "cleared");
	sim->ledger->why_all = "cleared";
	sim->ledger->all_until = time_add(sim_now(sim), dur_s(CLEAR_S));
}

void ledger_the_end(struct sim *sim)
{
	sim->ledger->why_all = "the end";
	sim->ledger->all_until = BASE_TIME_NEVER;
}

bool ledger_ids_forgotten(const struct sim *sim)
{
	return sim->ledger->ids_forgotten;
}

bool ledger_no_witness(const struct sim *sim)
{
	return sim->ledger->no_witness;
}

void ledger_unprotected(struct sim *sim, uint16_t cc)
{
	g_hash_table_add(sim->ledger->unprotected, GUINT_TO_POINTER(cc));
}

void ledger_told(struct sim *sim, uint16_t cc, uint16_t session)
{
	g_hash_table_add(sim->ledger->told, GSIZE_TO_POINTER(ledger_key(cc, session)));
}

static void ledger_empty(struct ledger *l)
{
	g_hash_table_remove_all(l->entries);
	g_hash_table_remove_all(l->resting);
	g_hash_table_remove_all(l->tunnels);
	g_hash_table_remove_all(l->unprotected);
	g_hash_table_remove_all(l->told);
}

/* What the new active RP knows of its tunnels may be old, and nobody can tell: a peer may have
 * taken more from those that were unprotected than this RP knows to have sent (H3: to lose RP and
 * FP at once is out of scope), until the resync finds out. */
static void without_witness(struct sim *sim)
{
	struct ledger *l = sim->ledger;
	GHashTableIter i;
	void *key, *value;

	g_hash_table_iter_init(&i, l->unprotected);
	while (g_hash_table_iter_next(&i, &key, NULL)) {
		struct rest *r = g_hash_table_lookup(l->tunnels, key);

		if (r)
			r->stale = true;
	}
	g_hash_table_iter_init(&i, l->entries);
	while (g_hash_table_iter_next(&i, NULL, &value))
		((struct entry *)value)->why = "both FPs had gone, too";
	wire_forget(sim);
	sim->confused = true;
}

/* A term is granted. */
void ledger_term(struct sim *sim, const struct rp *rp, bool hot, bool first)
{
	struct ledger *l = sim->ledger;
	base_dur allowed = dur_s(HOT_S);

	allowed.ns += dur_us(sim->plan->shape.rp_rp_us).ns * 60;
	if (planted(sim, PLANT_COLD))
		hot = false;
	if (hot && !rp->cf.epoch)
		sim_fail(sim, "I1: R%u is granted a hot term and never had a bulk",
			rp->slot);
	accounts_term(sim, hot);
	if (time_before(sim_now(sim), sim->lost_until)) /* since the last look */
		l->calm = sim_now(sim);
	if (!hot && !first && time_sub(sim_now(sim), l->calm).ns > allowed.ns)
		sim_fail(sim,
			"I1: R%u starts cold, and for %d s nothing kept it from HOT",
			rp->slot,
			(int)(time_sub(sim_now(sim), l->calm).ns / 1000000000));
	/* With few ids they are soon given to others; usually that takes luck. */
	l->ids_forgotten |= !first && sim->plan->shape.id_space &&
			    (!hot || g_hash_table_size(l->unprotected) ||
				    (l->no_ha.ns && within(sim, l->no_ha, REUSE_S)));
	if (!hot)
		ledger_empty(l);
	else if (l->no_witness)
		without_witness(sim);
	l->calm = sim_now(sim);
}

/* A LAC that is out of reach for so many seconds may have sent for the last time. */
static int patience(const struct sim *sim, unsigned lac)
{
	const struct manner *m = lac < SIM_LACS_MAX ? stage_manner(sim, lac) : NULL;
	int until_last = 0;

	if (stage_is_subs(sim, lac))
		return SUBS_S;
	for (unsigned i = 0; m && i + 1 < MANNER_WAITS && m->waits[i + 1]; i++)
		until_last += m->waits[i];
	if (m && m->no_hello)
		return ECHOES_SHORT_S; /* its subscribers find out */
	return m ? CLAMP(until_last - HASTE_S, 1, GIVE_UP_S) : GIVE_UP_S;
}

/* The other half, when it is there. */
static struct entry *mate_of(const struct sim *sim, const struct entry *e)
{
	struct entry *m = e->mate ? g_hash_table_lookup(sim->ledger->entries,
					    GSIZE_TO_POINTER(e->mate))
				  : NULL;

	return m && m->mate == e->key ? m : NULL;
}

/* PPP of a switched call is between the two peers: the shorter patience is what counts. */
static int patience_of(const struct sim *sim, const struct entry *e)
{
	const struct entry *m = mate_of(sim, e);
	int own = patience(sim, e->lac);

	return m ? MIN(own, patience(sim, m->lac)) : own;
}

static unsigned echoes_s(const struct sim *sim)
{
	return sim->plan->shape.keepalive ? ECHOES_SHORT_S : ECHOES_S;
}

static const char *outage_excuses(
	const struct sim *sim, const struct entry *e, const struct outage *o)
{
	unsigned echoes = echoes_s(sim);
	int64_t ns = time_sub(o->last, o->since).ns;

	if (!o->ever)
		return NULL;
	if (ns >= dur_s(patience_of(sim, e)).ns && within(sim, o->last, FOUND_OUT_S))
		return "its LAC could not be reached";
	return ns >= dur_s(echoes).ns && within(sim, o->last, 2 * echoes)
		       ? "its echoes could not be answered"
		       : NULL;
}

static const char *outage_excuse(const struct sim *sim, const struct entry *e)
{
	const char *why = NULL;

	for (unsigned i = 0; !why && i < OUTAGES; i++)
		why = outage_excuses(sim, e, &sim->ledger->outages[e->lac][i]);
	return why;
}

static const char *switchover_excuse(const struct sim *sim, const struct entry *e)
{
	const struct ledger *l = sim->ledger;

	if (!e->held)
		return "the standby did not have it";
	if (g_hash_table_contains(l->unprotected, GUINT_TO_POINTER(tunnel_of(e->key))))
		return "its tunnel was unprotected";
	return l->no_witness ? "both FPs had gone, too" : NULL;
}

static const char *own_excuse(const struct sim *sim, const struct entry *e, bool taken_over)
{
	const struct ledger *l = sim->ledger;
	int64_t key = line_key(e->lac, e->peer_cc, e->peer_session);
	const int64_t *until = g_hash_table_lookup(l->hung_up, &key);
	const char *why = e->why;

	if (!why && until && sim_now(sim).ns < *until)
		why = "hung up";
	if (!why && time_before(sim_now(sim), l->all_until))
		why = l->why_all;
	if (!why && time_before(sim_now(sim), l->frail_until[e->lac]))
		why = l->why_frail[e->lac];
	if (!why && l->ids_forgotten)
		why = "its ids were given to others";
	if (!why)
		why = outage_excuse(sim, e);
	/* Some in a short outage and the others one by one. */
	if (!why && e->silent && time_before(sim_now(sim), l->lossy[e->lac]))
		why = "its echoes were lost";
	if (!why && taken_over)
		why = switchover_excuse(sim, e);
	return why;
}

/* What is one half's is the other one's. */
static const char *excuse(const struct sim *sim, const struct entry *e, bool taken_over)
{
	const char *why = own_excuse(sim, e, taken_over);
	const struct entry *m = why ? NULL : mate_of(sim, e);

	return m ? own_excuse(sim, m, taken_over) : why;
}

static bool is_settled(const struct sim *sim, const struct entry *e, base_dur age)
{
	return e && e->open && time_sub(sim_now(sim), e->opened).ns > age.ns;
}

bool ledger_settled(const struct sim *sim, gsize key, base_dur age)
{
	const struct entry *e =
		g_hash_table_lookup(sim->ledger->entries, GSIZE_TO_POINTER(key));

	return is_settled(sim, e, age) &&
	       (!e->mate || is_settled(sim, mate_of(sim, e), age)) && !excuse(sim, e, false);
}

/* ---- ways ---- */

static bool hangs(const struct sim *sim, unsigned slot)
{
	struct chassis_slot_info info;

	return !chassis_slot_get(sim->chassis, slot, &info) || !info.in || info.hung ||
	       info.lost;
}

static bool no_way(const struct sim *sim, const struct msg_link *link, unsigned lac)
{
	return link->cut || link->loss_ppm >= LOSSY_PPM || hangs(sim, stage_peer(lac));
}

/* None of the chassis's own boards serves anybody. */
static bool nobody_serves(const struct sim *sim)
{
	unsigned rp = chassis_active(sim->chassis),
		 fp = chassis_active_fp(sim->chassis);
	struct link_faults f;

	if (rp == SLOT_NONE || fp == SLOT_NONE || hangs(sim, rp) || !stage_active(sim))
		return true;
	chassis_link_get(sim->chassis, rp, fp, &f);
	return f.cut;
}

static void look_way(struct sim *sim, unsigned lac, bool nobody)
{
	struct ledger *l = sim->ledger;
	struct outage *o = &l->outages[lac][l->outage[lac]];
	struct msg_link link;

	chassis_link_port_get(sim->chassis, stage_port(lac), &link);
	if (link.dup_ppm || link.reorder_ppm || link.loss_ppm || link.cut)
		l->rough[lac] = time_add(sim_now(sim), dur_s(ROUGH_S));
	if (nobody || link.loss_ppm || no_way(sim, &link, lac))
		l->lossy[lac] = time_add(sim_now(sim), dur_s(echoes_s(sim)));
	if (!nobody && !no_way(sim, &link, lac))
		return;
	if (!o->ever || !within(sim, o->last, MERGE_S)) {
		l->outage[lac] = (l->outage[lac] + 1) % OUTAGES;
		o = &l->outages[lac][l->outage[lac]];
		o->since = sim_now(sim);
	}
	o->last = sim_now(sim);
	o->ever = true;
}

static bool channel_is_rough(const struct sim *sim)
{
	struct link_faults f;

	chassis_link_get(sim->chassis, SLOT_R0, SLOT_R1, &f);
	return f.delay.ns || f.rate_bps || f.cut ||
	       f.room != act_room(sim) /* less than it has by the plan */;
}

/* What keeps the standby from being HOT, or did until now. */
static bool restless(struct sim *sim)
{
	struct ledger *l = sim->ledger;
	struct rp *standby = stage_standby(sim);
	uint64_t boot = standby ? board_boot_id(standby->env) : 0;
	bool same = boot && boot == l->standby_boot;

	l->standby_boot = boot;
	return !same || !stage_active(sim) || hangs(sim, standby->slot) ||
	       hangs(sim, chassis_active(sim->chassis)) || channel_is_rough(sim) ||
	       chassis_active_fp(sim->chassis) == SLOT_NONE ||
	       time_before(sim_now(sim), sim->lost_until);
}

static void look_chassis(struct sim *sim)
{
	struct ledger *l = sim->ledger;
	bool nobody = nobody_serves(sim);

	for (unsigned i = 0; i < stage_ways(sim); i++)
		look_way(sim, i, nobody);
	if (restless(sim))
		l->calm = sim_now(sim);
	if (chassis_active_fp(sim->chassis) == SLOT_NONE)
		l->no_witness = true;
	else if (stage_active(sim) && chassis_standby_hot(sim->chassis) &&
		 txn_covered(stage_active(sim)))
		l->no_witness = false;
}

/* Between two looks. */
void ledger_slot(struct sim *sim, unsigned slot)
{
	if (slot <= SLOT_R1 && slot != sim->ledger->active)
		sim->ledger->calm = sim_now(sim);
	else if (slot == SLOT_F0 || slot == SLOT_F1)
		sim->ledger->frames_lost = time_add(sim_now(sim), dur_s(ROUGH_S));
	if (chassis_active_fp(sim->chassis) == SLOT_NONE)
		sim->ledger->no_witness = true;
}

/* ---- sessions ---- */

static bool standby_has(const struct sim *sim, const struct vpdn_session_info *of)
{
	const struct rp *standby = stage_standby(sim);
	struct vpdn_session_info s;

	return standby && chassis_standby_hot(sim->chassis) && standby->cf.open &&
	       vpdn_session_get(standby->vpdn, of->number, &s) && s.cc == of->cc &&
	       s.session == of->session && s.pppoe_sid == of->pppoe_sid && s.open && s.ha_established && !s.closing;
}

static struct rest *rest(struct sim *sim, GHashTable *where, gsize key, uint64_t who)
{
	struct rest *r = g_new0(struct rest, 1);

	*r = (struct rest){ .since = sim_now(sim), .who = who };
	g_hash_table_insert(where, GSIZE_TO_POINTER(key), r);
	return r;
}

/* Of an id that was neither committed nor told to the peer nobody knows any more.  The other RP
 * does not give it, for it is of the other parity (H11); the same one, in another life, begins at
 * random: with few ids it may come upon it. */
static bool came_upon_it(const struct sim *sim, const struct rest *r)
{
	return r->secret && sim->plan->shape.id_space && r->giver == sim->ledger->active;
}

/* The same one again is none: a standby that took over may not know of its end yet. */
static void check_reuse(struct sim *sim, GHashTable *where, const char *what,
	gsize key, uint64_t who)
{
	const struct rest *r = g_hash_table_lookup(where, GSIZE_TO_POINTER(key));

	if (r && r->who != who && !sim->ledger->ids_forgotten &&
		within(sim, r->since, REUSE_S) && !came_upon_it(sim, r))
		sim_fail(sim, "I10: %s %u/%u is used again after %d ms", what,
			(unsigned)(key >> 16), (unsigned)key & UINT16_MAX,
			(int)(time_sub(sim_now(sim), r->since).ns / 1000000));
}

static struct entry *entry_of(
	struct sim *sim, const struct rp *rp, const struct vpdn_session_info *s)
{
	unsigned way;
	gsize key = key_of(sim, rp, s, &way);
	struct entry *e =
		g_hash_table_lookup(sim->ledger->entries, GSIZE_TO_POINTER(key));

	if (e && e->unique_id == s->unique_id + planted(sim, PLANT_SESSION_ID))
		return e;
	if (e)
		sim_fail(sim, "I10: session %u/%u became another one", s->cc,
			s->session + s->pppoe_sid);
	check_reuse(sim, sim->ledger->resting, "session", key, s->unique_id);
	e = g_new0(struct entry, 1);
	e->key = key;
	e->unique_id = s->unique_id;
	e->lac = way;
	e->giver = rp->slot;
	e->peer_session = s->pppoe_sid;
	g_hash_table_insert(sim->ledger->entries, GSIZE_TO_POINTER(key), e);
	return e;
}

static void lost(struct sim *sim, const struct entry *e, const char *how)
{
	const struct rp *rp = stage_active(sim);

	for (unsigned i = 0; rp && i < vpdn_history_count(rp->vpdn); i++) {
		const struct vpdn_failure *f = vpdn_history_get(rp->vpdn, i);

		sim_tell(sim, "history: %s, %s: %s, %u times", f->user, f->type,
			f->reason, f->repeat);
	}
	sim_fail(sim, "I1: session %u/%u (LAC %u: %u/%u) %s", (unsigned)(e->key >> 16),
		(unsigned)e->key & UINT16_MAX, e->lac, e->peer_cc, e->peer_session, how);
}

/* PPP of a switched call is between the peers: it is up when its LAC says so. */
static bool is_up_at_lac(const struct sim *sim, const struct entry *e)
{
	const struct entry *in = stage_calls(sim, e->lac) ? e : mate_of(sim, e);
	struct peer_lac_line line;

	for (unsigned n = 1; in && stage_line(sim, in->lac, n, &line); n++)
		if (line.cc == in->peer_cc && line.session == in->peer_session)
			return line.up;
	return false;
}

/* Not while a peer has PPP negotiated anew (a late copy of its first request is enough). */
static bool is_open(const struct sim *sim, const struct rp *rp, const struct entry *e,
	const struct vpdn_session_info *s)
{
	struct ppp_link_info link;

	if (s->mate)
		return s->open && is_up_at_lac(sim, e);
	return s->open && ppp_link_get(vpdn_ppp(rp->vpdn), s->number, &link) &&
	       link.phase == PPP_PHASE_OPEN;
}

/* As the FP in use counts. */
static bool is_silent(const struct sim *sim, const struct vpdn_session_info *s)
{
	unsigned slot = chassis_active_fp(sim->chassis);
	const struct fp_session *entry = NULL;

	if (slot != SLOT_NONE && sim->seats[slot].self)
		entry = fp_sessions_get(
			&fp_board_path(sim->seats[slot].self)->sessions, s->number);
	return entry && entry->echo_misses && entry->echo_missed >= entry->echo_misses;
}

static void look_session(struct sim *sim, struct rp *rp,
	const struct vpdn_session_info *s, bool taken_over)
{
	const struct l2tp_engine *l2tp = vpdn_l2tp(rp->vpdn);
	struct entry *e = entry_of(sim, rp, s);
	bool open = is_open(sim, rp, e, s);
	struct l2tp_session_info session;
	struct vpdn_session_info mate;
	struct l2tp_cc_info cc;
	unsigned way;

	e->look = sim->ledger->look;
	e->mate = s->mate && vpdn_session_get(rp->vpdn, s->mate, &mate)
			  ? key_of(sim, rp, &mate, &way)
			  : 0;
	/* With an FP our answer to the last request of PPP may have gone: it is repeated and PPP
	 * begins anew.  The session must be open again soon, and may not be lost meanwhile. */
	open |= e->open && s->open && time_before(sim_now(sim), sim->ledger->frames_lost);
	if (e->open && !open && !excuse(sim, e, taken_over) &&
		!time_before(sim_now(sim), sim->ledger->rough[e->lac]))
		lost(sim, e, "is not open any more");
	if (!open)
		e->opened = sim_now(sim);
	e->open = open;
	e->held = s->ha_established && standby_has(sim, s);
	e->silent = is_silent(sim, s);
	if (l2tp_cc_get(l2tp, s->cc, &cc) &&
		l2tp_session_get(l2tp, s->cc, s->session, &session)) {
		e->lac = stage_lac_by_ip(sim, cc.path.remote_ip);
		e->peer_cc = cc.remote_id;
		e->peer_session = session.remote_id;
	}
}

static void judge_gone(struct sim *sim, bool taken_over)
{
	struct ledger *l = sim->ledger;
	GHashTableIter i;
	void *value;

	g_hash_table_iter_init(&i, l->entries);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		struct entry *e = value;
		const char *why;

		if (e->look == l->look)
			continue;
		why = excuse(sim, e, taken_over);
		if (e->open && !why)
			lost(sim, e,
				taken_over ? "is lost, by a switchover"
					   : "is lost, just so");
		if (e->open && why)
			cover_hit(sim->cover, "gone/%s", why);
		if (mate_of(sim, e))
			mate_of(sim, e)->why = why;
	}
	/* One half may be asked for the other one's excuse. */
	g_hash_table_iter_init(&i, l->entries);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		const struct entry *e = value;
		struct rest *r;

		if (e->look == l->look)
			continue;
		r = rest(sim, l->resting, e->key, e->unique_id);
		r->giver = e->giver;
		r->secret = !g_hash_table_remove(l->told, GSIZE_TO_POINTER(e->key)) &&
			    tunnel_of(e->key) && taken_over;
		g_hash_table_iter_remove(&i);
	}
}

/* ---- tunnels ---- */

/* Neither end has taken what the other has not sent (I4). */
static void check_numbers(struct sim *sim, const struct l2tp_cc_info *cc)
{
	unsigned lac = stage_lac_by_ip(sim, cc->path.remote_ip);
	unsigned r = cc->r_rx + planted(sim, PLANT_TWICE);
	struct l2tp_cc_info peer;

	if (sim->ledger->ids_forgotten)
		return;
	if (lac == SIM_LACS_MAX || cc->state != L2TP_CC_ESTABLISHED ||
		!stage_cc(sim, lac, cc->remote_id, &peer) || peer.remote_id != cc->id ||
		peer.state != L2TP_CC_ESTABLISHED)
		return;
	cover_hit(sim->cover, "check/numbers at both ends");
	if (seq_diff((uint16_t)r, peer.s) > 0)
		sim_fail(sim,
			"I4: tunnel %u has taken messages up to %u, LAC %u has sent %u",
			cc->id, r, lac, peer.s);
	if (seq_diff(peer.r_rx, cc->s) > 0)
		sim_fail(sim,
			"I4: LAC %u has taken messages up to %u, tunnel %u has sent %u",
			lac, peer.r_rx, cc->id, cc->s);
}

/* Queues and windows (I5). */
static void check_bounds(struct sim *sim, const struct l2tp_cc *cc)
{
	const struct chan *ch = &cc->chan;
	unsigned queued = ch->queued + planted(sim, PLANT_QUEUE);

	if (queued != (unsigned)(uint16_t)(ch->s - ch->u))
		sim_fail(sim, "I5: tunnel %u: %u messages in [%u,%u)", cc->id, queued,
			ch->u, ch->s);
	if (ch->n_held > MIN(ch->rws, CHAN_REORDER_MAX))
		sim_fail(sim, "I5: tunnel %u holds %u messages, its window is %u",
			cc->id, ch->n_held, ch->rws);
}

static void look_tunnel(struct sim *sim, const struct l2tp_cc_info *cc)
{
	struct ledger *l = sim->ledger;
	uint64_t who = (uint64_t)cc->path.remote_ip << 16 | cc->remote_id;
	struct rest *r = g_hash_table_lookup(l->tunnels, GUINT_TO_POINTER(cc->id));

	if (planted(sim, PLANT_TUNNEL_ID))
		who++;
	if (!r || r->who != who) {
		check_reuse(sim, l->tunnels, "tunnel", cc->id, who);
		rest(sim, l->tunnels, cc->id, who);
		check_numbers(sim, cc);
		return;
	}
	r->since = sim_now(sim);
	if (!r->stale)
		check_numbers(sim, cc);
}

/* The FPs are the witnesses, and what they have marked a new active RP clears, whatever the old one
 * knew (H3): the packet may have been slow and come after its commit, and the word that takes its
 * mark away may still be on its way to the FP in use, or from there to the other one, which counts
 * when RP and FP go at once.  At rest no FP has a mark (witness_differs()). */
static bool marked(const struct sim *sim, uint16_t tunnel)
{
	for (unsigned fp = SLOT_F0; fp <= SLOT_F1; fp++)
		if (sim->seats[fp].self && fp_board_marked(sim->seats[fp].self, tunnel))
			return true;
	return false;
}

static void look_tunnels(struct sim *sim, const struct rp *rp)
{
	const struct l2tp_engine *l2tp = vpdn_l2tp(rp->vpdn);
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	while (l2tp_next_cc(l2tp, &cursor, &cc)) {
		const struct l2tp_cc *in = cc_by_id(l2tp, cc.id);
		bool long_ago = planted(sim, PLANT_RESYNC) ||
				!within(sim, in->verify_began, VERIFY_MAX_S);

		if ((in->resync == L2TP_RESYNC_VERIFYING && !in->to_activate &&
			    long_ago) ||
			planted(sim, PLANT_RESYNC))
			sim_fail(sim, "I12: the resync of tunnel %u does not end",
				cc.id);
		if (!cc.ha_enabled)
			sim->ledger->no_ha = sim_now(sim);
		if (marked(sim, cc.id))
			ledger_unprotected(sim, cc.id);
		else if (!cc.unprotected && !in->marked)
			g_hash_table_remove(
				sim->ledger->unprotected, GUINT_TO_POINTER(cc.id));
		check_bounds(sim, in);
		if (cc.remote_id && cc.state == L2TP_CC_ESTABLISHED)
			look_tunnel(sim, &cc);
	}
}

/* ---- looking ---- */

static void look_active(struct sim *sim, struct rp *rp)
{
	struct ledger *l = sim->ledger;
	struct vpdn_session_info s;
	uint32_t cursor = 0;
	bool taken_over, skip = planted(sim, PLANT_LOST);

	taken_over = l->active != SLOT_NONE &&
		     (l->active != rp->slot || l->boot != board_boot_id(rp->env));
	l->active = rp->slot;
	l->boot = board_boot_id(rp->env);
	l->look++;
	while (vpdn_next_session(rp->vpdn, &cursor, &s))
		if (!s.closing && !(skip && s.open))
			look_session(sim, rp, &s, taken_over);
	judge_gone(sim, taken_over);
	look_tunnels(sim, rp);
}

void ledger_look(struct sim *sim)
{
	struct rp *rp = stage_active(sim);

	look_chassis(sim);
	accounts_look(sim);
	if (rp && !hangs(sim, rp->slot))
		look_active(sim, rp);
}

void ledger_last_look(struct sim *sim, unsigned slot)
{
	struct rp *rp = stage_active(sim);

	if (rp && rp->slot == slot)
		look_active(sim, rp);
}
