/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accounting (I9): one Start and one Stop for each session, doubles apart, and alike.
 *
 * Records wait for their commit like packets do.  When the standby was so slow that some left
 * without, and then the active RP goes, those may be all that is left of a session: what was
 * sent since the standby last had everything is excused, nothing else.
 */
#include "tests/sim/sim.h"

#include "fp/path.h"
#include "rp/internal.h"
#include "vpdn/internal.h"

#include <string.h>

enum { SEE_EVERY = 20 }; /* looks */

struct account {
	bool started, stopped;
	bool loose; /* what comes of it nobody knows */
	bool vague; /* a Stop that left without its commit may be on its way to RADIUS */
	char *user;
	uint32_t ip;
	uint64_t octets;
	uint64_t seen; /* octets, at the FP in use */
	uint32_t number; /* of the session, where they were seen */
	base_time at; /* the last record that was new */
};

enum { ON_THE_WAY_MS = 100 };

struct accounts {
	GHashTable *all;   /* id -> struct account */
	base_time covered; /* when nothing had left that the standby had not */
	base_time let_go;  /* when something last left uncommitted */
	unsigned fp, looks;
	base_time fp_since;
	base_time term;    /* the last one was granted */
};

static void account_free(void *p)
{
	g_free(((struct account *)p)->user);
	g_free(p);
}

void accounts_new(struct sim *sim)
{
	sim->accounts = g_new0(struct accounts, 1);
	sim->accounts->all =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, account_free);
}

void accounts_free(struct sim *sim)
{
	g_hash_table_unref(sim->accounts->all);
	g_clear_pointer(&sim->accounts, g_free);
}

/* Another FP may have counted less. */
static bool same_fp(struct sim *sim)
{
	struct accounts *all = sim->accounts;
	struct chassis_slot_info info = { 0 };
	unsigned fp = chassis_active_fp(sim->chassis), was = all->fp;
	base_time since = all->fp_since;
	GHashTableIter i;
	void *a;

	if (fp != SLOT_NONE)
		chassis_slot_get(sim->chassis, fp, &info);
	all->fp = fp;
	all->fp_since = info.since;
	if (fp == was && info.since.ns == since.ns)
		return fp != SLOT_NONE && sim->seats[fp].self;
	g_hash_table_iter_init(&i, all->all);
	while (g_hash_table_iter_next(&i, NULL, &a))
		((struct account *)a)->seen = 0;
	return false;
}

/* What the FP has counted until now: a Stop may not say less. */
static void see_counters(struct sim *sim, const struct rp *rp)
{
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	while (vpdn_next_session(rp->vpdn, &cursor, &s)) {
		char id[ACCT_ID_LEN + 1];
		struct msg_fib_counts counts;
		struct account *a;

		acct_id(vsession_get(rp->vpdn, s.number)->acct, id);
		a = g_hash_table_lookup(sim->accounts->all, id);
		if (!a || s.closing)
			continue;
		fp_path_counts(fp_board_path(sim->seats[sim->accounts->fp].self), s.number,
			&counts);
		a->seen = counts.rx_bytes + counts.tx_bytes;
		a->number = s.number;
	}
}

/*
 * Its end left without the commit (H3), to the FP too, which has freed the entry (H9): then
 * the counters were in a transaction that the standby never got, and in a Stop that was on
 * its way to RADIUS.  The new active RP finishes a closing session, and nobody can tell it
 * the counters any more.
 */
static bool counters_gone(struct sim *sim, const struct account *a)
{
	struct accounts *all = sim->accounts;
	struct msg_fib_counts counts;

	if (!time_before(all->covered, all->let_go) || !a->seen ||
		all->fp == SLOT_NONE || !sim->seats[all->fp].self)
		return false;
	fp_path_counts(fp_board_path(sim->seats[all->fp].self), a->number, &counts);
	return counts.rx_bytes + counts.tx_bytes < a->seen;
}

void accounts_look(struct sim *sim)
{
	struct rp *rp = stage_active(sim);

	if (same_fp(sim) && rp && sim->accounts->looks++ % SEE_EVERY == 0)
		see_counters(sim, rp);

	if (rp && rp->txn.on && rp->txn.acked >= rp->txn.released &&
		chassis_standby_hot(sim->chassis))
		sim->accounts->covered = sim_now(sim);
}

/* Between two looks an RP can do that and go. */
void accounts_uncommitted(struct sim *sim)
{
	sim->accounts->let_go = sim_now(sim);
}

void accounts_term(struct sim *sim, bool hot)
{
	struct accounts *all = sim->accounts;
	GHashTableIter i;
	void *value;

	all->term = sim_now(sim);
	g_hash_table_iter_init(&i, all->all);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		struct account *a = value;

		a->loose |= !hot || !time_before(a->at, all->covered);
		a->vague |= sim->plan->shape.radius && !a->stopped;
		if (!a->stopped && counters_gone(sim, a))
			a->seen = 0;
	}
}

static void start(struct sim *sim, struct account *a, const struct msg_acct *m)
{
	uint32_t ip = m->ip + planted(sim, PLANT_TWO_STARTS);

	if (a->started && (a->ip != ip || g_strcmp0(a->user, m->user) != 0))
		sim_fail(sim, "I9: two sessions start as %s", m->id);
	cover_hit(sim->cover, a->started ? "acct/double" : "acct/start");
	if (!a->started)
		a->at = sim_now(sim);
	a->started = true;
	a->ip = m->ip;
	g_free(a->user);
	a->user = g_strdup(m->user);
}

static void stop(struct sim *sim, struct account *a, const struct msg_acct *m)
{
	uint64_t octets = m->rx_bytes + m->tx_bytes;
	bool rough = time_before(sim_now(sim), sim->channel_bad_until) ||
		     time_before(sim_now(sim), sim->lost_until);

	if (!a->started)
		sim_fail(sim, "I9: %s stops and has not started", m->id);
	if (a->stopped && a->octets != octets && !a->loose && !a->vague)
		sim_fail(sim, "I9: %s stops twice, with different counters", m->id);
	if (octets < a->seen && !a->loose && !rough && m->cause != ACCT_LOST_SERVICE)
		sim_fail(sim, "I9: %s stops with %d octets, the FP had counted %d", m->id,
			(int)octets, (int)a->seen);
	cover_hit(sim->cover, a->stopped ? "acct/double" : "acct/stop");
	if (!a->stopped)
		a->at = sim_now(sim);
	a->stopped = true;
	a->octets = octets;
}

void accounts_take(struct sim *sim, const struct msg_acct *m)
{
	struct account *a = g_hash_table_lookup(sim->accounts->all, m->id);

	/* Since the last look another FP may have come into use, which has counted less. */
	same_fp(sim);
	sim_hash(sim, m->id, strlen(m->id));
	sim_hash(sim, &m->status, sizeof(m->status));
	if (!a) {
		a = g_new0(struct account, 1);
		/* To a RADIUS server it may have been on its way when its RP went. */
		a->loose = sim->plan->shape.radius &&
			   dur_to_ms(time_sub(sim_now(sim), sim->accounts->term)) <
				   ON_THE_WAY_MS;
		g_hash_table_insert(sim->accounts->all, g_strdup(m->id), a);
	}
	if (m->status == VPDN_ACCT_START)
		start(sim, a, m);
	else if (m->status == VPDN_ACCT_STOP && !planted(sim, PLANT_NO_STOP))
		stop(sim, a, m);
	/* A double of one that had to be repeated, after the sink has it. */
	if (planted(sim, PLANT_TWO_STARTS) && m->status == VPDN_ACCT_START)
		start(sim, a, m);
}

char *accounts_open(const struct sim *sim)
{
	GHashTableIter i;
	void *id, *value;

	g_hash_table_iter_init(&i, sim->accounts->all);
	while (g_hash_table_iter_next(&i, &id, &value)) {
		const struct account *a = value;

		if (a->started && !a->stopped && !a->loose)
			return g_strdup_printf("I9: %s has no Stop", (char *)id);
	}
	return NULL;
}
