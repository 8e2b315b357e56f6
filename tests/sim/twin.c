/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The standby as a twin: whenever nothing is outstanding, not only in the end, it has the calls
 * of the active RP in their states, and knows which are ending (I7).  The FP, once it was
 * programmed, forwards for all that are open (I7).  R moves by messages that are taken, and by
 * nothing else (I4).  And no call begins in a tunnel that is not verified yet (I11).
 */
#include "tests/sim/sim.h"

#include "fp/internal.h"
#include "fp/path.h"
#include "l2tp/internal.h"
#include "rp/internal.h"

/* Of a tunnel: R without the messages that this RP has taken. */
struct start {
	uint64_t serial, boot;
	uint16_t r;
};

struct twins {
	GHashTable *starts; /* tunnel -> struct start */
};

void twin_new(struct sim *sim)
{
	sim->twins = g_new0(struct twins, 1);
	sim->twins->starts = g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

void twin_free(struct sim *sim)
{
	g_hash_table_unref(sim->twins->starts);
	g_clear_pointer(&sim->twins, g_free);
}

static bool in_step(const struct sim *sim, const struct rp *rp, const struct rp *standby)
{
	return standby && chassis_standby_hot(sim->chassis) && rp->txn.on &&
	       rp->txn.acked == rp->txn.seq && standby->cf.open &&
	       standby->cf.epoch == rp->txn.epoch && standby->cf.applied == rp->txn.seq;
}

static void compare_calls(struct sim *sim, const struct rp *rp, const struct rp *standby)
{
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	struct l2tp_session_info s, other;
	uint32_t cursor = 0;

	while (l2tp_next_session(e, &cursor, &s)) {
		const struct l2tp_cc *cc = cc_by_id(e, s.cc);

		if (!cc || !cc->replicated || !cc->ha_est ||
			s.state < L2TP_SESSION_WAIT_REPLY)
			continue;
		if (!l2tp_session_get(vpdn_l2tp(standby->vpdn), s.cc, s.id, &other) ||
			other.state != s.state)
			sim_fail(sim, "I7: call %u/%u is %s, and not so at the standby", s.cc,
				s.id, l2tp_session_state_name(s.state));
	}
}

static void compare_ends(struct sim *sim, const struct rp *rp, const struct rp *standby)
{
	struct vpdn_session_info s, other;
	uint32_t cursor = 0;

	while (vpdn_next_session(rp->vpdn, &cursor, &s)) {
		if (!s.closing ||
			!(s.pppoe || l2tp_cc_replicated(vpdn_l2tp(rp->vpdn), s.cc)))
			continue;
		if (vpdn_session_get(standby->vpdn, s.number, &other) && other.cc == s.cc &&
			other.session == s.session && other.unique_id == s.unique_id &&
			!other.closing)
			sim_fail(sim, "I7: session %u/%u is ending, the standby does not know",
				s.cc, s.session);
	}
}

static void check_verification(struct sim *sim, const struct rp *rp)
{
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	struct l2tp_session_info s;
	struct l2tp_counts counts;
	uint32_t cursor = 0;

	l2tp_get_counts(e, &counts);
	while (counts.tunnels_resync && l2tp_next_session(e, &cursor, &s)) {
		const struct l2tp_cc *cc = cc_by_id(e, s.cc);

		if (cc && cc->resync == L2TP_RESYNC_VERIFYING && !cc->to_activate &&
			s.state == L2TP_SESSION_WAIT_CONNECT &&
			time_before(cc->verify_began, s.since))
			sim_fail(sim, "I11: call %u/%u begins before the tunnel is verified",
				s.cc, s.id);
	}
}

static void check_taken(struct sim *sim, const struct rp *rp, const struct l2tp_cc *cc)
{
	struct start *s =
		g_hash_table_lookup(sim->twins->starts, GUINT_TO_POINTER(cc->id));
	const struct start now = { cc->serial, board_boot_id(rp->env),
		(uint16_t)(cc->chan.r_rx - cc->received) };

	if (!s || s->serial != now.serial || s->boot != now.boot)
		g_hash_table_insert(sim->twins->starts, GUINT_TO_POINTER(cc->id),
			g_memdup2(&now, sizeof(now)));
	else if (s->r != now.r)
		sim_fail(sim, "I4: tunnel %u: R is %u, without all the messages", cc->id,
			cc->chan.r_rx);
}

static void look_tunnels(struct sim *sim, const struct rp *rp)
{
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	while (l2tp_next_cc(e, &cursor, &cc))
		check_taken(sim, rp, cc_by_id(e, cc.id));
}

static void check_stopped(struct sim *sim, const struct rp *rp)
{
	const struct sim_seat *fp = &sim->seats[chassis_active_fp(sim->chassis)];
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	if (rp->fman.state != FMAN_READY || rp->fman.fp != fp->slot || !fp->self)
		return;
	while (vpdn_next_session(rp->vpdn, &cursor, &s)) {
		const struct fp_session *entry =
			fp_sessions_get(&fp_board_path(fp->self)->sessions, s.number);

		if (s.open && !s.closing && entry && entry->state & FP_SESSION_STOPPED)
			sim_fail(sim, "I7: session %u/%u is open, and stopped at the FP", s.cc,
				s.session);
	}
}

void twin_look(struct sim *sim)
{
	const struct rp *rp = stage_active(sim), *standby = stage_standby(sim);

	if (!rp)
		return;
	check_verification(sim, rp);
	look_tunnels(sim, rp);
	if (chassis_active_fp(sim->chassis) != SLOT_NONE)
		check_stopped(sim, rp);
	if (!in_step(sim, rp, standby))
		return;
	cover_hit(sim->cover, "check/the standby in step");
	compare_calls(sim, rp, standby);
	compare_ends(sim, rp, standby);
}
