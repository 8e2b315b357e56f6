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

enum { HEARTBEAT_MS = 1000, BULK_RETRY_MS = 1000 };

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

static base_dur step_time(const struct rp *rp)
{
	return dur_ms(timing.step_ms[board_timing_real(rp->env)]);
}

/* ---- switchover history ----------------------------------------------------------- */

static const char *const down_reasons[] = {
	[SLOT_WHY_PULLED] = "active unit removed",
	[SLOT_WHY_CRASHED] = "active unit failed",
	[SLOT_WHY_RESET] = "active unit failed",
	[SLOT_WHY_RELOAD] = "user initiated",
	[SLOT_WHY_HUNG] = "active unit failed",
};

static const char *down_reason(uint8_t why)
{
	return why < G_N_ELEMENTS(down_reasons) && down_reasons[why] ? down_reasons[why]
								    : "unknown";
}

struct history_rec {
	uint8_t from, to;
	base_time at;
	char *reason;
};

/* clang-format off */
#define F(id, kind, m) { id, 1, kind, 0, offsetof(struct history_rec, m), #m }
static const struct rec_field history_fields[] = {
	F(1, REC_U8, from),
	F(2, REC_U8, to),
	F(3, REC_TIME, at),
	F(4, REC_STR, reason),
};
#undef F
/* clang-format on */

static const struct rec_table history_table = {
	"switchover",
	sizeof(struct history_rec),
	history_fields,
	G_N_ELEMENTS(history_fields),
};

const struct rec_table *rf_rec_table(uint8_t type)
{
	return type == RF_REC_SWITCHOVER ? &history_table : NULL;
}

void rf_history_encode(const struct rf_switchover *s, struct wr *w)
{
	struct history_rec r = { s->from, s->to, s->at, s->reason };

	rec_encode(&history_table, 1, &r, w);
}

static void history_clear_one(void *p)
{
	g_free(((struct rf_switchover *)p)->reason);
}

static void history_add(struct rp *rp, struct rf_switchover s)
{
	GArray *h = rp->rf.history;

	if (h->len == RF_HISTORY_MAX)
		g_array_remove_index(h, 0);
	g_array_append_val(h, s);
	rp->rf.history_dirty = true;
}

bool rf_history_apply(struct rp *rp, const struct ckpt_record *rec)
{
	struct rd r = rd_init(rec->bytes, rec->len);
	struct history_rec h;
	GArray *all = rp->rf.history;

	if (rec->type != RF_REC_SWITCHOVER || !rec_decode(&history_table, &r, &h))
		return false;

	struct rf_switchover s = { h.from, h.to, h.at, h.reason };

	if (rec->key == all->len + 1 && all->len < RF_HISTORY_MAX) {
		g_array_append_val(all, s);
		return true;
	}
	if (rec->key >= 1 && rec->key <= all->len) {
		struct rf_switchover *old =
			&g_array_index(all, struct rf_switchover, rec->key - 1);

		g_free(old->reason);
		*old = s;
		return true;
	}
	g_free(h.reason);
	return false;
}

/* ---- states ----------------------------------------------------------------------- */

void rf_init(struct rp *rp, base_time now)
{
	struct rf *rf = &rp->rf;

	rf->my = RF_INITIALIZATION;
	rf->peer = RF_DISABLED;
	rf->my_since = rf->peer_since = now;
	rf->peer_slot = rp->slot == SLOT_R0 ? SLOT_R1 : SLOT_R0;
	rf->step_due = time_add(now, boot_time(rp));
	rf->heartbeat_due = time_add(now, dur_ms(HEARTBEAT_MS));
	rf->bulk_retry_due = BASE_TIME_NEVER;
	rf->history = g_array_new(FALSE, TRUE, sizeof(struct rf_switchover));
	g_array_set_clear_func(rf->history, history_clear_one);
}

void rf_deinit(struct rp *rp)
{
	g_array_unref(rp->rf.history);
}

static void set_my(struct rp *rp, enum rf_state s, base_time now)
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
static void tell_peer(struct rp *rp, enum rf_state order)
{
	struct msg_rf m = {
		.state = rp->rf.my,
		.order = order,
		.epoch = rf_is_active(&rp->rf) ? rp->txn.epoch : rp->cf.epoch,
		.last_sent = rp->txn.seq,
		.last_applied = rp->cf.applied,
	};

	if (rp->rf.peer_in)
		ipc_send_rec(rp->env, rp->rf.peer_slot, IPC_RF, &m);
}

static void order(struct rp *rp, enum rf_state s, base_time now)
{
	rp->rf.ordered = s;
	rp->rf.step_due = BASE_TIME_NEVER;
	tell_peer(rp, s);
}

/* ---- becoming active -------------------------------------------------------------- */

static void config_error(
	unsigned line, unsigned column, const char *text, const char *reason, void *user)
{
	struct rp *rp = user;
	struct msg_log m = { .severity = LOG_SEV_ERR, .at = rp->now };

	m.text = g_strdup_printf("%s:%u:%u: %s: %s",
		rp->arg && rp->arg->config_name ? rp->arg->config_name : "startup-config",
		line, column + 1, text, reason);
	ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_LOG, &m);
	g_free(m.text);
}

/* Nothing survives into a cold start but NVRAM. */
static void start_cold(struct rp *rp, base_time now)
{
	GBytes *startup = board_file_read(rp->env, "startup-config");

	rp_config_reset(rp, now);
	vpdn_reset(rp->vpdn, now);
	vpdn_activate(rp->vpdn, now);
	if (startup) {
		gsize n;
		const char *text = g_bytes_get_data(startup, &n);

		rp_config_load(rp, text, n, config_error, rp, now);
		g_bytes_unref(startup);
	}
	rp->cfg.changed = false;
}

static void log_takeover(struct rp *rp, bool hot)
{
	rp_log(rp, LOG_SEV_ERR, "REDUNDANCY", "SWITCHOVER", "RP switchover (%s)",
		rp->rf.down_why == SLOT_WHY_PULLED ? "PEER_NOT_PRESENT" : "PEER_DOWN");
	rp_log(rp, LOG_SEV_INFO, "PLATFORM", "HASTATUS",
		"RP switchover, received chassis event to become active");
	if (!hot)
		rp_log(rp, LOG_SEV_WARNING, "REDUNDANCY", "COLD_START",
			"this RP was not STANDBY HOT: sessions of the former active RP are "
			"not kept");
}

static void go_active(struct rp *rp, bool hot, base_time now)
{
	struct rf *rf = &rp->rf;
	bool takeover = rf->my >= RF_STANDBY_COLD && rf->my <= RF_STANDBY_HOT;

	rf->grant_pending = false;
	rf->step_due = time_add(now, step_time(rp));
	if (takeover) {
		log_takeover(rp, hot);
		history_add(rp, (struct rf_switchover){ .from = rf->peer_slot,
					.to = rp->slot,
					.at = now,
					.reason = g_strdup(down_reason(rf->down_why)) });
	}
	/* ACTIVE-FAST to ACTIVE_POSTCONFIG have no work of their own here. */
	set_my(rp, RF_ACTIVE, now);
	vpdn_set_accepting(rp->vpdn, false); /* until the FP is swept */
	if (hot)
		vpdn_activate(rp->vpdn, now);
	else
		start_cold(rp, now);
	/* Before the pump: the first messages to the peers leave through the FP. */
	fman_start(rp, now);
	rp_pump(rp, now);
	rp_config_touched(rp, now);
	if (takeover)
		rp_log(rp, LOG_SEV_INFO, "PLATFORM", "HASTATUS_DETAIL",
			"RP switchover, received chassis event became active. Switch to "
			"primary (count %u)",
			rf->history->len);
	shell_role_changed(rp, now);
	tell_peer(rp, 0);
}

void rf_on_term(struct rp *rp, const struct msg_term *m, base_time now)
{
	struct rf *rf = &rp->rf;

	if (m->term <= rp->term)
		return;
	rp->term = m->term;
	board_set_term(rp->env, m->term);
	if (m->holder != rp->slot || m->boot_id != board_boot_id(rp->env))
		return;
	if (rf->my == RF_INITIALIZATION) {
		rf->grant_pending = true;
		rf->grant_hot = m->hot;
		return;
	}
	go_active(rp, m->hot, now);
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
	tell_peer(rp, 0);
}

static void peer_down(struct rp *rp, const struct msg_slot *m, base_time now)
{
	struct rf *rf = &rp->rf;

	rf->peer_in = false;
	rf->down_why = m->why;
	rf->hot_announced = false;
	rf->ordered = 0;
	rf->bulk_retry_due = BASE_TIME_NEVER;
	set_peer(rp, RF_DISABLED, now);
	cf_bulk_stop(rp);
	if (!rf_is_active(rf))
		return;
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

void rf_withdraw_hot(struct rp *rp, const char *why, base_time now)
{
	if (!rp->rf.hot_announced)
		return;
	announce(rp, false);
	rp_log(rp, LOG_SEV_WARNING, "REDUNDANCY", "HOT_WITHDRAWN",
		"the standby cannot take over now: %s", why);
}

void rf_standby_unfit(struct rp *rp, const char *why, base_time now)
{
	rf_withdraw_hot(rp, why, now);
	cf_bulk_stop(rp);
	txn_stop(rp, now);
	rp->rf.bulk_retry_due = time_add(now, dur_ms(BULK_RETRY_MS));
	order(rp, RF_STANDBY_COLD, now);
}

/* ---- progression ------------------------------------------------------------------ */

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
		return txn_outstanding(rp) ? 0 : RF_STANDBY_COLD_FILESYS;
	case RF_STANDBY_COLD_FILESYS:
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

	if (!rf->peer_in || msg->boot_id != rf->peer_boot || !ipc_decode(msg, &m))
		return;
	rf->heartbeats_received++;
	set_peer(rp, m.state, now);
	if (rf_is_active(rf)) {
		/* Heartbeats must not put a step off that is due already. */
		if ((m.state == rf->ordered || !rf->ordered) && time_is_never(rf->step_due))
			rf->step_due = time_add(now, step_time(rp));
		return;
	}
	if (m.order >= RF_STANDBY_COLD && m.order <= RF_STANDBY_HOT) {
		set_my(rp, m.order, now);
		tell_peer(rp, 0);
	} else {
		cf_on_heartbeat(rp, m.epoch, m.last_sent);
	}
}

static void step(struct rp *rp, base_time now)
{
	struct rf *rf = &rp->rf;

	rf->step_due = BASE_TIME_NEVER;
	if (rf->my == RF_INITIALIZATION) {
		set_my(rp, RF_NEGOTIATION, now);
		shell_role_changed(rp, now);
		if (rf->grant_pending)
			go_active(rp, rf->grant_hot, now);
		else
			tell_peer(rp, 0);
		return;
	}
	if (!rf_is_active(rf) || !rf->peer_in)
		return;

	enum rf_state next = next_order(rp, now);

	if (next)
		order(rp, next, now);
	else if (rf->peer < RF_STANDBY_COLD_BULK)
		rf->step_due = time_add(now, step_time(rp));
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
	if (!time_before(now, rf->heartbeat_due)) {
		rf->heartbeat_due = time_add(now, dur_ms(HEARTBEAT_MS));
		rf->heartbeats_sent++;
		tell_peer(rp, 0);
	}
	/* HOT again after a withdrawal, once everything is protected. */
	if (rf_is_active(rf) && rp->cf.bulk == CF_BULK_DONE && !rf->hot_announced &&
		!txn_outstanding(rp) && !vpdn_unprotected(rp->vpdn))
		announce(rp, true);
}

base_time rf_next_due(const struct rp *rp)
{
	const struct rf *rf = &rp->rf;

	return time_min(
		rf->heartbeat_due, time_min(rf->step_due, rf->bulk_retry_due));
}
