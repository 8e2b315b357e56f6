/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Redundancy facility: which role this RP plays, and how a standby comes to STANDBY HOT.
 *
 * Who acts is the arbiter's word alone (IPC_TERM, ha-commit.md H8).  The active RP orders the
 * standby from state to state and does in each what it is named after: COLD-CONFIG sends the
 * running configuration, COLD-BULK all tunnels and sessions; STANDBY HOT is ordered when the
 * end marker of the bulk is acknowledged, and told to the arbiter, which decides by it whether
 * a takeover is hot or cold.
 */
#include "rp/internal.h"

#include <string.h>

/* How long each step takes; --timing fast and real. */
static const struct {
	int boot_ms[2];
	int step_ms[2];
} timing = {
	.boot_ms = { 300, 60000 },
	.step_ms = { 50, 2000 },
};

enum { BULK_RETRY_MS = 1000 };

static const char *const state_names[] = {
	[RF_UNKNOWN] = "UNKNOWN",
	[RF_DISABLED] = "DISABLED",
	[RF_INITIALIZATION] = "INITIALIZATION",
	[RF_NEGOTIATION] = "NEGOTIATION",
	[RF_STANDBY_COLD] = "STANDBY COLD",
	[RF_STANDBY_COLD_CONFIG] = "STANDBY COLD-CONFIG",
	[RF_STANDBY_COLD_FILESYS] = "STANDBY COLD-FILESYS",
	[RF_STANDBY_COLD_BULK] = "STANDBY COLD-BULK",
	[RF_STANDBY_HOT] = "STANDBY HOT",
	[RF_ACTIVE_FAST] = "ACTIVE-FAST",
	[RF_ACTIVE_DRAIN] = "ACTIVE-DRAIN",
	[RF_ACTIVE_PRECONFIG] = "ACTIVE_PRECONFIG",
	[RF_ACTIVE_POSTCONFIG] = "ACTIVE_POSTCONFIG",
	[RF_ACTIVE] = "ACTIVE",
};

const char *rf_state_name(enum rf_state s)
{
	return (size_t)s < G_N_ELEMENTS(state_names) ? state_names[s] : "UNKNOWN";
}

static base_dur boot_time(const struct rp *rp)
{
	return dur_ms(timing.boot_ms[board_timing_real(rp->env)]);
}

base_dur rf_step_time(const struct rp *rp)
{
	return dur_ms(timing.step_ms[board_timing_real(rp->env)]);
}

/* ---- states ----------------------------------------------------------------------- */

static void beat_arbiter(struct rp *rp)
{
	struct msg_empty m = { 0 };

	ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_BEAT, &m);
}

void rf_init(struct rp *rp, base_time now)
{
	struct rf *rf = &rp->rf;

	rf->my = RF_INITIALIZATION;
	rf->peer = RF_DISABLED;
	rf->my_since = rf->peer_since = now;
	rf->peer_slot = rp->slot == SLOT_R0 ? SLOT_R1 : SLOT_R0;
	rf->step_due = time_add(now, boot_time(rp));
	rf->heartbeat_due = time_add(now, dur_ms(RF_BEAT_MS_DEFAULT));
	rf->bulk_retry_due = rf->marks_due = rf->peer_silent_due = BASE_TIME_NEVER;
	rf->history = g_array_new(FALSE, TRUE, sizeof(struct rf_switchover));
	g_array_set_clear_func(rf->history, rf_history_clear_one);
	beat_arbiter(rp); /* a hang is found from the first beat on */
}

void rf_deinit(struct rp *rp)
{
	g_array_unref(rp->rf.history);
}

void rf_set_my(struct rp *rp, enum rf_state s, base_time now)
{
	rp->rf.my = s;
	rp->rf.my_since = now;
}

static void set_peer(struct rp *rp, enum rf_state s, base_time now)
{
	if (rp->rf.peer != s)
		rp->rf.peer_since = now;
	rp->rf.peer = s;
}

/* Tells the other RP our state, and as the active what to do. */
void rf_tell_peer(struct rp *rp, enum rf_state order)
{
	struct msg_rf m = {
		.state = rp->rf.my,
		.order = order,
		.epoch = rf_is_active(&rp->rf) ? rp->txn.epoch : rp->cf.epoch,
		.last_sent = rp->txn.seq,
		.last_applied = rp->cf.applied,
		.boot_to = rp->rf.peer_boot,
	};

	if (rp->rf.peer_in)
		ipc_send_rec(rp->env, rp->rf.peer_slot, IPC_RF, &m);
}

static void order(struct rp *rp, enum rf_state s, base_time now)
{
	rp->rf.ordered = s;
	rp->rf.step_due = BASE_TIME_NEVER;
	rf_tell_peer(rp, s);
}

/* The other RP has been granted a term while this one thought to be active (it hung): nothing
 * it says is heard any more, and it may only start again. */
static void fenced(struct rp *rp)
{
	struct msg_slot_order m = { .slot = (uint8_t)rp->slot, .op = SLOT_OP_RELOAD };

	rp_log(rp, LOG_SEV_CRIT, "REDUNDANCY", "FENCED",
		"the other RP has taken over: this RP reloads");
	ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_SLOT_ORDER, &m);
}

void rf_on_term(struct rp *rp, const struct msg_term *m, base_time now)
{
	struct rf *rf = &rp->rf;

	if (m->term <= rp->term)
		return;
	if (m->holder != rp->slot && rf->my >= RF_ACTIVE_FAST) {
		fenced(rp);
		return;
	}
	rp->term = m->term;
	board_set_term(rp->env, m->term);
	if (m->holder != rp->slot || m->boot_id != board_boot_id(rp->env))
		return;
	if (rf->my == RF_INITIALIZATION) {
		rf->grant_pending = true;
		rf->grant_hot = m->hot;
		return;
	}
	takeover_begin(rp, m->hot, now);
}

/* ---- the other RP comes and goes -------------------------------------------------- */

static void peer_up(struct rp *rp, const struct msg_slot *m, base_time now)
{
	struct rf *rf = &rp->rf;

	rf->peer_in = true;
	rf->peer_boot = m->boot_id;
	rf->ordered = 0;
	set_peer(rp, RF_INITIALIZATION, now);
	if (rf_is_active(rf))
		rp_log(rp, LOG_SEV_NOTICE, "REDUNDANCY", "PEER_MONITOR_EVENT",
			"Active detected a standby insertion (raw-event=PEER_FOUND(4))");
	rf_tell_peer(rp, 0);
}

static void peer_down(struct rp *rp, const struct msg_slot *m, base_time now)
{
	struct rf *rf = &rp->rf;

	rf->peer_in = false;
	rf->down_why = m->why;
	rf->hot_announced = false;
	rf->ordered = 0;
	rf->unfit = false;
	rf->bulk_retry_due = rf->peer_silent_due = BASE_TIME_NEVER;
	set_peer(rp, RF_DISABLED, now);
	cf_bulk_stop(rp);
	if (!rf_is_active(rf)) {
		rf->peer_lost = true;
		return;
	}
	rf->standby_failures++;
	rp_log(rp, LOG_SEV_ERR, "REDUNDANCY", "STANDBY_LOST",
		"Standby processor fault (%s)",
		m->why == SLOT_WHY_PULLED ? "PEER_NOT_PRESENT" : "PEER_DOWN");
	txn_stop(rp, now);
}

void rf_on_peer(struct rp *rp, const struct msg_slot *m, bool up, base_time now)
{
	if (m->slot != rp->rf.peer_slot)
		return;
	if (up)
		peer_up(rp, m, now);
	else if (m->why != SLOT_WHY_WITHDRAWN)
		peer_down(rp, m, now);
}

/* ---- HOT -------------------------------------------------------------------------- */

static void announce(struct rp *rp, bool on)
{
	struct msg_hot m = {
		.slot = (uint8_t)rp->rf.peer_slot,
		.on = on,
		.boot_id = rp->rf.peer_boot,
	};

	rp->rf.hot_announced = on;
	ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_HOT, &m);
}

void rf_bulk_done(struct rp *rp, base_time now)
{
	announce(rp, true);
	order(rp, RF_STANDBY_HOT, now);
	rp_log(rp, LOG_SEV_INFO, "HA_CONFIG_SYNC", "BULK_CFGSYNC_SUCCEED",
		"Bulk Sync succeeded");
	rp_log(rp, LOG_SEV_NOTICE, "RF", "RF_TERMINAL_STATE",
		"Terminal state reached for (SSO)");
}

static void withdraw_hot(struct rp *rp, const char *why)
{
	announce(rp, false);
	rp_log(rp, LOG_SEV_WARNING, "REDUNDANCY", "HOT_WITHDRAWN",
		"the standby cannot take over now: %s", why);
}

/* The arbiter will not choose the standby any more: now what was held may leave (PEER_DOWN by
 * confirmation, H3), and a new bulk follows. */
static void start_over(struct rp *rp, base_time now)
{
	rp->rf.unfit = false;
	cf_bulk_stop(rp);
	txn_stop(rp, now);
	rp->rf.bulk_retry_due = time_add(now, dur_ms(BULK_RETRY_MS));
	order(rp, RF_STANDBY_COLD, now);
}

void rf_standby_unfit(struct rp *rp, const char *why, base_time now)
{
	struct rf *rf = &rp->rf;

	if (rf->unfit)
		return;
	rf->unfit = true;
	if (rf->hot_announced)
		withdraw_hot(rp, why);
	else
		start_over(rp, now);
}

void rf_on_confirm(struct rp *rp, const struct msg_hot *m, base_time now)
{
	struct rf *rf = &rp->rf;

	if (rf->unfit && !m->on && m->slot == rf->peer_slot && m->boot_id == rf->peer_boot)
		start_over(rp, now);
}

/* ---- progression ------------------------------------------------------------------ */

/* The standby's state is of a bulk that was given up. */
static bool given_up(const struct rp *rp)
{
	return rp->cf.bulk != CF_BULK_CONFIG && rule_holds(RULE_H7_ORDER);
}

/* What the active orders next, the standby being in `peer` state; 0: not yet. */
static enum rf_state next_order(struct rp *rp, base_time now)
{
	switch (rp->rf.peer) {
	case RF_NEGOTIATION:
		return RF_STANDBY_COLD;
	case RF_STANDBY_COLD:
		if (!time_is_never(rp->rf.bulk_retry_due))
			return 0;
		cf_bulk_begin(rp, now);
		return RF_STANDBY_COLD_CONFIG;
	case RF_STANDBY_COLD_CONFIG:
		if (given_up(rp))
			return RF_STANDBY_COLD;
		return cf_bulk_acked(rp) ? RF_STANDBY_COLD_FILESYS : 0;
	case RF_STANDBY_COLD_FILESYS:
		if (given_up(rp))
			return RF_STANDBY_COLD;
		cf_bulk_objects(rp, now);
		return RF_STANDBY_COLD_BULK;
	case RF_UNKNOWN:
	case RF_DISABLED:
	case RF_INITIALIZATION:
	case RF_STANDBY_COLD_BULK: /* cf.c says when */
	case RF_STANDBY_HOT:
	case RF_ACTIVE_FAST:
	case RF_ACTIVE_DRAIN:
	case RF_ACTIVE_PRECONFIG:
	case RF_ACTIVE_POSTCONFIG:
	case RF_ACTIVE:
		break;
	}
	return 0;
}

void rf_on_message(struct rp *rp, const struct ipc_msg *msg, base_time now)
{
	struct rf *rf = &rp->rf;
	struct msg_rf m;

	/* Orders to a former life are not for this one. */
	if (!rf->peer_in || msg->boot_id != rf->peer_boot || !ipc_decode(msg, &m) ||
		m.boot_to != board_boot_id(rp->env))
		return;
	rf->heartbeats_received++;
	set_peer(rp, m.state, now);
	if (rf_is_active(rf)) {
		rf->peer_silent_due =
			time_add(now, dur_ms((int64_t)rp->cfg.beat_ms * rp->cfg.beat_misses));
		/* Heartbeats must not put a step off that is due already. */
		if ((m.state == rf->ordered || !rf->ordered) && time_is_never(rf->step_due))
			rf->step_due = time_add(now, rf_step_time(rp));
		return;
	}
	if (m.order >= RF_STANDBY_COLD && m.order <= RF_STANDBY_HOT) {
		rf_set_my(rp, m.order, now);
		rf_tell_peer(rp, 0);
	} else if (m.state == RF_ACTIVE) { /* before it was, its epoch was another's */
		cf_on_heartbeat(rp, m.epoch, m.last_sent);
	}
}

static void step(struct rp *rp, base_time now)
{
	struct rf *rf = &rp->rf;

	rf->step_due = BASE_TIME_NEVER;
	if (rf->my == RF_INITIALIZATION) {
		rf_set_my(rp, RF_NEGOTIATION, now);
		shell_role_changed(rp, now);
		if (rf->grant_pending)
			takeover_begin(rp, rf->grant_hot, now);
		else
			rf_tell_peer(rp, 0);
		return;
	}
	if (!rf_is_active(rf) || !rf->peer_in)
		return;
	/* Its state may be from before the order, and of a bulk that was given up: the order is
	 * repeated with each beat, and when it is followed the next step is due. */
	if (rf->ordered && rf->peer != rf->ordered && rule_holds(RULE_H7_ORDER))
		return;

	enum rf_state next = next_order(rp, now);

	if (next)
		order(rp, next, now);
	else if (rf->peer < RF_STANDBY_COLD_BULK)
		rf->step_due = time_add(now, rf_step_time(rp));
}

void rf_tell_detection(struct rp *rp)
{
	struct msg_detection m = {
		.interval_ms = rp->cfg.beat_ms,
		.misses = rp->cfg.beat_misses,
	};

	if (!rf_is_active(&rp->rf) || (m.interval_ms == rp->rf.told.interval_ms &&
					      m.misses == rp->rf.told.misses))
		return;
	rp->rf.told = m;
	ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_DETECTION, &m);
}

/* One heartbeat to the other RP, one to the arbiter.  An order that was not followed is given
 * again: the channel may have lost it. */
static void beat(struct rp *rp, base_time now)
{
	struct rf *rf = &rp->rf;
	bool again = rf_is_active(rf) && rf->ordered && rf->peer != rf->ordered &&
		     rf->peer != RF_INITIALIZATION;

	rf->heartbeat_due = time_add(now, dur_ms(rp->cfg.beat_ms));
	rf->heartbeats_sent++;
	rf_tell_peer(rp, again ? rf->ordered : 0);
	beat_arbiter(rp);
}

void rf_tick(struct rp *rp, base_time now)
{
	struct rf *rf = &rp->rf;

	if (!time_before(now, rf->bulk_retry_due)) {
		rf->bulk_retry_due = BASE_TIME_NEVER;
		rf->step_due = now;
	}
	if (!time_before(now, rf->step_due))
		step(rp, now);
	if (!time_before(now, rf->heartbeat_due))
		beat(rp, now);
	if (!time_before(now, rf->peer_silent_due)) {
		rf->peer_silent_due = BASE_TIME_NEVER;
		rf_standby_unfit(rp, "its heartbeats are missing", now);
	}
	takeover_tick(rp, now);
}

base_time rf_next_due(const struct rp *rp)
{
	const struct rf *rf = &rp->rf;

	return time_min(time_min(rf->heartbeat_due, rf->peer_silent_due),
		time_min(time_min(rf->step_due, rf->marks_due), rf->bulk_retry_due));
}
