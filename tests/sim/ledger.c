/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sessions that may not be lost (I1), their ids (I10) and their accounting (I9).
 *
 * Every few milliseconds the sessions of the active RP are compared with those of the look
 * before.  One that was open and is gone must have a cause that the plan has made: it was hung
 * up, its LAC or the way to it failed, the standby did not have it, or nobody was HOT.
 */
#include "tests/sim/sim.h"

#include "l2tp/internal.h"
#include "rp/internal.h"

#include <string.h>

enum {
	FAULT_ECHO_S = 120, /* a peer is given up so long after a fault */
	REUSE_S = 10,       /* ids rest at least so long */
	VERIFY_MAX_S = 150, /* a resync is over by then */
};

struct entry {
	uint32_t key; /* tunnel << 16 | session, ours */
	uint32_t unique_id;
	unsigned lac;
	uint16_t peer_cc, peer_session;
	bool open, held; /* held: by the standby */
	uint64_t look;
};

/* An id that was in use. */
struct rest {
	base_time since;
	uint32_t unique_id;
};

struct account {
	bool started, stopped, lost;
	char *user;
	uint32_t ip;
	uint64_t octets;
};

struct ledger {
	GHashTable *entries;     /* key -> struct entry */
	GHashTable *resting;     /* key -> struct rest */
	GHashTable *hung_up;     /* int64_t: lac, its tunnel, its session */
	GHashTable *unprotected; /* tunnels */
	GHashTable *accounts;    /* id -> struct account */
	base_time all_until, lac_until[SIM_LACS_MAX + 1];
	const char *why_all, *why_lac[SIM_LACS_MAX + 1];
	unsigned active; /* slot, at the last look */
	uint64_t boot, look;
	bool released; /* some output did not wait for the standby */
};

static void account_free(void *p)
{
	g_free(((struct account *)p)->user);
	g_free(p);
}

void ledger_new(struct sim *sim)
{
	struct ledger *l = g_new0(struct ledger, 1);

	l->entries = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	l->resting = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	l->hung_up = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	l->unprotected = g_hash_table_new(NULL, NULL);
	l->accounts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, account_free);
	l->active = SLOT_NONE;
	sim->ledger = l;
}

void ledger_free(struct sim *sim)
{
	struct ledger *l = sim->ledger;

	g_hash_table_unref(l->entries);
	g_hash_table_unref(l->resting);
	g_hash_table_unref(l->hung_up);
	g_hash_table_unref(l->unprotected);
	g_hash_table_unref(l->accounts);
	g_clear_pointer(&sim->ledger, g_free);
}

/* ---- causes ---- */

void ledger_excuse_all(struct sim *sim, const char *why)
{
	sim->ledger->all_until = time_add(sim_now(sim), dur_s(FAULT_ECHO_S));
	sim->ledger->why_all = why;
}

static void excuse_lac(struct sim *sim, unsigned lac, const char *why, base_time until)
{
	if (time_before(until, sim->ledger->lac_until[lac]))
		return;
	sim->ledger->lac_until[lac] = until;
	sim->ledger->why_lac[lac] = why;
}

void ledger_excuse_lac(struct sim *sim, unsigned lac, const char *why)
{
	excuse_lac(sim, lac, why, time_add(sim_now(sim), dur_s(FAULT_ECHO_S)));
}

void ledger_excuse_lac_for_good(struct sim *sim, unsigned lac, const char *why)
{
	excuse_lac(sim, lac, why, BASE_TIME_NEVER);
}

static int64_t line_key(unsigned lac, uint16_t cc, uint16_t session)
{
	return (int64_t)lac << 32 | (int64_t)cc << 16 | session;
}

void ledger_excuse_line(struct sim *sim, unsigned lac, unsigned line, const char *why)
{
	const void *self = stage_lac(sim, lac);
	struct peer_lac_line info;
	int64_t key;

	if (!self || !peer_lac_line(self, line, &info))
		return;
	key = line_key(lac, info.cc, info.session);
	g_hash_table_add(sim->ledger->hung_up, g_memdup2(&key, sizeof(key)));
}

void ledger_unprotected(struct sim *sim, uint16_t cc)
{
	sim->ledger->released = true;
	g_hash_table_add(sim->ledger->unprotected, GUINT_TO_POINTER(cc));
}

void ledger_cold(struct sim *sim)
{
	GHashTableIter i;
	void *a;

	g_hash_table_remove_all(sim->ledger->entries);
	g_hash_table_remove_all(sim->ledger->resting);
	g_hash_table_remove_all(sim->ledger->unprotected);
	g_hash_table_iter_init(&i, sim->ledger->accounts);
	while (g_hash_table_iter_next(&i, NULL, &a))
		((struct account *)a)->lost = true;
}

static const char *excuse(struct sim *sim, const struct entry *e, bool taken_over)
{
	const struct ledger *l = sim->ledger;
	int64_t key = line_key(e->lac, e->peer_cc, e->peer_session);

	if (g_hash_table_contains(l->hung_up, &key))
		return "hung up";
	if (time_before(sim_now(sim), l->lac_until[e->lac]))
		return l->why_lac[e->lac];
	if (time_before(sim_now(sim), l->all_until))
		return l->why_all;
	if (taken_over && !e->held)
		return "the standby did not have it";
	if (taken_over &&
		g_hash_table_contains(l->unprotected, GUINT_TO_POINTER(e->key >> 16)))
		return "its tunnel was unprotected";
	return NULL;
}

/* ---- looking ---- */

static bool standby_has(const struct sim *sim, uint32_t key)
{
	const struct rp *standby = stage_standby(sim);
	struct vpdn_session_info s;

	return standby && chassis_standby_hot(sim->chassis) && standby->cf.open &&
	       vpdn_session_find(
		       standby->vpdn, (uint16_t)(key >> 16), (uint16_t)key, &s) &&
	       s.open && !s.closing;
}

/* The same session again is none: a standby that took over may not know of its end yet. */
static void check_reuse(struct sim *sim, uint32_t key, uint32_t unique_id)
{
	const struct rest *r =
		g_hash_table_lookup(sim->ledger->resting, GUINT_TO_POINTER(key));
	int64_t ns = r ? time_sub(sim_now(sim), r->since).ns : 0;

	if (r && r->unique_id != unique_id && ns < dur_s(REUSE_S).ns)
		sim_fail(sim, "I10: session %u/%u is used again after %d ms", key >> 16,
			key & UINT16_MAX, (int)(ns / 1000000));
}

static void rest(struct sim *sim, const struct entry *e)
{
	struct rest *r = g_new0(struct rest, 1);

	*r = (struct rest){ sim_now(sim), e->unique_id };
	g_hash_table_insert(sim->ledger->resting, GUINT_TO_POINTER(e->key), r);
}

static struct entry *entry_of(struct sim *sim, const struct vpdn_session_info *s)
{
	uint32_t key = (uint32_t)s->cc << 16 | s->session;
	struct entry *e = g_hash_table_lookup(sim->ledger->entries, GUINT_TO_POINTER(key));

	if (e && e->unique_id == s->unique_id)
		return e;
	if (e)
		sim_fail(sim, "I10: session %u/%u became another one", s->cc, s->session);
	check_reuse(sim, key, s->unique_id);
	e = g_new0(struct entry, 1);
	e->key = key;
	e->unique_id = s->unique_id;
	e->lac = SIM_LACS_MAX;
	g_hash_table_insert(sim->ledger->entries, GUINT_TO_POINTER(key), e);
	return e;
}

static void look_session(struct sim *sim, struct rp *rp, const struct vpdn_session_info *s)
{
	const struct l2tp_engine *l2tp = vpdn_l2tp(rp->vpdn);
	struct entry *e = entry_of(sim, s);
	struct l2tp_session_info session;
	struct l2tp_cc_info cc;

	e->look = sim->ledger->look;
	e->open |= s->open;
	e->held = s->ha_established && standby_has(sim, e->key);
	if (l2tp_cc_get(l2tp, s->cc, &cc) &&
		l2tp_session_get(l2tp, s->cc, s->session, &session)) {
		e->lac = stage_lac_by_ip(sim, cc.path.remote_ip);
		e->peer_cc = cc.remote_id;
		e->peer_session = session.remote_id;
	}
}

/* For people: why sessions ended, as the RP says. */
static void tell_history(struct sim *sim)
{
	const struct rp *rp = stage_active(sim);

	for (unsigned i = 0; rp && i < vpdn_history_count(rp->vpdn); i++) {
		const struct vpdn_failure *f = vpdn_history_get(rp->vpdn, i);

		sim_tell(sim, "history: %s, %s: %s, %u times", f->user, f->type, f->reason,
			f->repeat);
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
			tell_history(sim);
		if (e->open && !why)
			sim_fail(sim, "I1: session %u/%u (LAC %u: %u/%u) is lost, %s",
				e->key >> 16, e->key & UINT16_MAX, e->lac, e->peer_cc,
				e->peer_session, taken_over ? "by a switchover" : "just so");
		if (e->open && why)
			cover_hit(sim->cover, "gone/%s", why);
		rest(sim, e);
		g_hash_table_iter_remove(&i);
	}
}

static void look_tunnels(struct sim *sim, const struct rp *rp)
{
	const struct l2tp_engine *l2tp = vpdn_l2tp(rp->vpdn);
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	while (l2tp_next_cc(l2tp, &cursor, &cc)) {
		const struct l2tp_cc *in = cc_by_id(l2tp, cc.id);

		if (in->resync == L2TP_RESYNC_VERIFYING && !in->to_activate &&
			time_sub(sim_now(sim), in->verify_began).ns >
				dur_s(VERIFY_MAX_S).ns)
			sim_fail(sim, "I12: the resync of tunnel %u does not end", cc.id);
		if (!cc.unprotected && !in->marked)
			g_hash_table_remove(
				sim->ledger->unprotected, GUINT_TO_POINTER(cc.id));
	}
}

void ledger_look(struct sim *sim)
{
	struct ledger *l = sim->ledger;
	struct rp *rp = stage_active(sim);
	struct vpdn_session_info s;
	struct chassis_slot_info slot;
	uint32_t cursor = 0;
	bool taken_over;

	if (!rp || !chassis_slot_get(sim->chassis, rp->slot, &slot))
		return;
	taken_over = l->active != SLOT_NONE &&
		     (l->active != rp->slot || l->boot != slot.boot_id);
	l->active = rp->slot;
	l->boot = slot.boot_id;
	l->look++;
	while (vpdn_next_session(rp->vpdn, &cursor, &s))
		if (!s.closing)
			look_session(sim, rp, &s);
	judge_gone(sim, taken_over);
	look_tunnels(sim, rp);
}

/* ---- accounting ---- */

static void acct_start(struct sim *sim, struct account *a, const struct msg_acct *m)
{
	if (a->started && (a->ip != m->ip || g_strcmp0(a->user, m->user) != 0))
		sim_fail(sim, "I9: two sessions start as %s", m->id);
	cover_hit(sim->cover, a->started ? "acct/double" : "acct/start");
	a->started = true;
	a->ip = m->ip;
	g_free(a->user);
	a->user = g_strdup(m->user);
}

static void acct_stop(struct sim *sim, struct account *a, const struct msg_acct *m)
{
	uint64_t octets = m->rx_bytes + m->tx_bytes;

	if (!a->started)
		sim_fail(sim, "I9: %s stops and has not started", m->id);
	if (a->stopped && a->octets != octets && !sim->ledger->released)
		sim_fail(sim, "I9: %s stops twice, with different counters", m->id);
	cover_hit(sim->cover, a->stopped ? "acct/double" : "acct/stop");
	a->stopped = true;
	a->octets = octets;
}

void ledger_acct(struct sim *sim, const struct msg_acct *m)
{
	struct account *a = g_hash_table_lookup(sim->ledger->accounts, m->id);

	sim_hash(sim, m->id, strlen(m->id));
	sim_hash(sim, &m->status, sizeof(m->status));
	if (!a) {
		a = g_new0(struct account, 1);
		g_hash_table_insert(sim->ledger->accounts, g_strdup(m->id), a);
	}
	if (m->status == VPDN_ACCT_START)
		acct_start(sim, a, m);
	else if (m->status == VPDN_ACCT_STOP)
		acct_stop(sim, a, m);
}

char *ledger_open(const struct sim *sim)
{
	GHashTableIter i;
	void *id, *value;

	if (sim->ledger->released)
		return NULL; /* what did not wait may be lost with the RP */
	g_hash_table_iter_init(&i, sim->ledger->accounts);
	while (g_hash_table_iter_next(&i, &id, &value)) {
		const struct account *a = value;

		if (a->started && !a->stopped && !a->lost)
			return g_strdup_printf("I9: %s has no Stop", (char *)id);
	}
	return NULL;
}
