/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Becoming active (ha-commit.md section 3): the arbiter has granted this RP a term.
 *
 * Cold, nothing survives but NVRAM.  Hot, the state that the former active committed is all
 * there; only one thing is not known yet: for which tunnels packets left without their commit.
 * The FP, which has raised its term already, knows (its marks are the witness, H3).  So ask it
 * first, and take nothing in until it has answered; then verify the tunnels and program the FP
 * side by side.
 */
#include "rp/internal.h"

enum { MARKS_RETRY_MS = 500 };

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

static void start_cold(struct rp *rp, base_time now)
{
	GBytes *startup = board_file_read(rp->env, "startup-config");

	rp_config_reset(rp, now);
	vpdn_reset(rp->vpdn, now);
	vpdn_activate(rp->vpdn, NULL, 0, now);
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

static uint16_t *read_many(GBytes *bits, size_t *n)
{
	gsize len;
	const uint8_t *p = g_bytes_get_data(bits, &len);
	uint16_t *marked = g_new(uint16_t, UINT16_MAX + 1);

	*n = 0;
	for (unsigned id = 0; id <= UINT16_MAX && id / 8 < len; id++)
		if (p[id / 8] >> id % 8 & 1)
			marked[(*n)++] = (uint16_t)id;
	return marked;
}

/* The marked tunnels; free it. */
static uint16_t *read_marks(const struct msg_fib_marks *m, size_t *n)
{
	if (m && m->many)
		return read_many(m->many, n);

	gsize len = 0;
	const uint8_t *p = m && m->marks ? g_bytes_get_data(m->marks, &len) : NULL;
	struct rd r = rd_init(p, len);
	uint16_t *marked = g_new(uint16_t, len / 6 + 1);

	*n = 0;
	while (rd_left(&r) >= 6) {
		marked[(*n)++] = rd_u16(&r);
		rd_skip(&r, 4);
	}
	return marked;
}

/* Everything is known: live from now on. */
static void finish(struct rp *rp, bool hot, const struct msg_fib_marks *m, base_time now)
{
	struct rf *rf = &rp->rf;

	rf->marks_due = BASE_TIME_NEVER;
	rf->step_due = time_add(now, rf_step_time(rp));
	rf_set_my(rp, RF_ACTIVE, now);
	vpdn_set_accepting(rp->vpdn, false); /* until the FP is swept */
	if (hot) {
		size_t n;
		g_autofree uint16_t *marked = read_marks(m, &n);

		vpdn_activate(rp->vpdn, marked, n, now);
	} else {
		start_cold(rp, now);
	}
	/* Before the pump: the first messages to the peers leave through the FP. */
	fman_start(rp, now);
	if (!hot) /* tunnels that are no more, and another one may get such an id */
		fman_unmark(rp, 0, 0, true);
	rp_pump(rp, now);
	rp_config_touched(rp, now);
	if (rf->taking_over)
		rp_log(rp, LOG_SEV_INFO, "PLATFORM", "HASTATUS_DETAIL",
			"RP switchover, received chassis event became active. Switch to "
			"primary (count %u)",
			rf->history->len);
	rf->taking_over = false;
	shell_role_changed(rp, now);
	rf_tell_peer(rp, 0);
}

static void ask_marks(struct rp *rp, base_time now)
{
	struct msg_empty m = { 0 };

	ipc_send_rec(rp->env, fman_active_fp(rp), IPC_FIB_MARKS_READ, &m);
	rp->rf.marks_due = time_add(now, dur_ms(MARKS_RETRY_MS));
}

void takeover_begin(struct rp *rp, bool hot, base_time now)
{
	struct rf *rf = &rp->rf;

	hot = hot && (!rp->cf.torn || !rule_holds(RULE_H2_ATOMIC));
	rf->grant_pending = false;
	/* Also when the other RP went before this one had come as far as a standby. */
	rf->taking_over = rf->peer_lost ||
			  (rf->my >= RF_STANDBY_COLD && rf->my <= RF_STANDBY_HOT);
	rf->peer_lost = false;
	if (rf->taking_over) {
		log_takeover(rp, hot);
		rf_history_add(rp, (struct rf_switchover){ .from = rf->peer_slot,
					   .to = rp->slot,
					   .at = now,
					   .reason = g_strdup(rf_down_reason(rf->down_why)) });
	}
	if (!hot || fman_active_fp(rp) == SLOT_NONE) {
		finish(rp, hot, NULL, now); /* losing RP and FP at once is out of scope */
		return;
	}
	rf_set_my(rp, RF_ACTIVE_FAST, now);
	ask_marks(rp, now);
}

void takeover_on_marks(struct rp *rp, const struct msg_fib_marks *m, base_time now)
{
	if (time_is_never(rp->rf.marks_due))
		return;
	finish(rp, true, m, now);
}

void takeover_tick(struct rp *rp, base_time now)
{
	if (time_before(now, rp->rf.marks_due))
		return;
	if (fman_active_fp(rp) == SLOT_NONE)
		finish(rp, true, NULL, now);
	else
		ask_marks(rp, now);
}
