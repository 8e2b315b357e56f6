/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Roles and the progression to STANDBY HOT (ios-cli.md 7.4, ha-commit.md H8).
 */
#include "tests/rp/rig.h"

#include <string.h>

static struct rf *rf(struct rig *rig, unsigned slot)
{
	return &rig->rp[slot]->rf;
}

/* States that a real standby goes through, watched round by round: "4 5 6 7 8". */
static char *watch(struct rig *rig, unsigned slot, unsigned ms, base_dur longest[])
{
	GString *out = g_string_new(NULL);
	enum rf_state last = rf(rig, slot)->my;
	base_time since = chassis_now(rig->c), end = time_add(since, dur_ms(ms));

	while (last != RF_STANDBY_HOT && chassis_step(rig->c, end)) {
		enum rf_state now = rf(rig, slot)->my;

		if (now == last)
			continue;
		g_string_append_printf(out, "%s%d", out->len ? " " : "", now);
		if (longest)
			longest[last] = time_sub(chassis_now(rig->c), since);
		since = chassis_now(rig->c);
		last = now;
	}
	return g_string_free(out, FALSE);
}

static void rf_names(void)
{
	g_assert_cmpstr(
		rf_state_name(RF_STANDBY_COLD_CONFIG), ==, "STANDBY COLD-CONFIG");
	g_assert_cmpstr(rf_state_name(RF_ACTIVE_PRECONFIG), ==, "ACTIVE_PRECONFIG");
	g_assert_cmpstr(rf_state_name(RF_ACTIVE_FAST), ==, "ACTIVE-FAST");
	g_assert_cmpstr(rf_state_name((enum rf_state)14), ==, "UNKNOWN");
}

/* Fast: from the insertion to STANDBY HOT in less than 3 s, over all documented states. */
static void rf_progression(gconstpointer data)
{
	unsigned first = GPOINTER_TO_UINT(data), second = 1 - first;
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_REAL_R1 });
	g_autofree char *states = NULL;
	base_time inserted;

	/* Let it be the other way round when asked. */
	rig_run(rig, 2000);
	if (first == SLOT_R1)
		chassis_pull(rig->c, SLOT_R0, SLOT_WHY_PULLED, NULL);
	else
		chassis_pull(rig->c, SLOT_R1, SLOT_WHY_PULLED, NULL);
	rig_run(rig, 500);
	g_assert_cmpuint(chassis_active(rig->c), ==, first);
	g_assert_cmpuint(rf(rig, first)->my, ==, RF_ACTIVE);
	g_assert_cmpuint(rf(rig, first)->peer, ==, RF_DISABLED);

	chassis_insert(rig->c, second, NULL);
	inserted = chassis_now(rig->c);
	rig_run(rig, 1);
	g_assert_cmpuint(rf(rig, second)->my, ==, RF_INITIALIZATION);
	states = watch(rig, second, 5000, NULL);
	g_assert_cmpstr(states, ==, "3 4 5 6 7 8");
	g_assert_cmpint(dur_to_ms(time_sub(chassis_now(rig->c), inserted)), <, 3000);
	rig_run(rig, 5);
	g_assert_cmpuint(rf(rig, first)->peer, ==, RF_STANDBY_HOT);
	g_assert_cmpuint(rf(rig, second)->peer, ==, RF_ACTIVE);
	g_assert_true(chassis_standby_hot(rig->c));
	g_assert_nonnull(strstr(rig->log->str, "%RF-5-RF_TERMINAL_STATE"));
	g_assert_nonnull(
		strstr(rig->log->str, "%HA_CONFIG_SYNC-6-BULK_CFGSYNC_SUCCEED"));
	rig_free(rig);
}

/* Real timing: a boot of a minute and steps of two seconds, heartbeats or not. */
static void rf_real_timing(void)
{
	struct rig *rig = rig_new(&(struct rig_config){
		.boards = RIG_REAL_R0 | RIG_REAL_R1, .timing_real = true });
	base_dur longest[16] = { 0 };
	g_autofree char *states = NULL;

	rig_run(rig, 1);
	states = watch(rig, SLOT_R1, 90000, longest);
	g_assert_cmpstr(states, ==, "3 4 5 6 7 8");
	g_assert_cmpint(dur_to_ms(longest[RF_INITIALIZATION]), >=, 59000);
	for (unsigned s = RF_STANDBY_COLD; s < RF_STANDBY_COLD_BULK; s++) {
		g_assert_cmpint(dur_to_ms(longest[s]), >=, 1900);
		g_assert_cmpint(dur_to_ms(longest[s]), <=, 4100);
	}
	rig_free(rig);
}

static void rf_takeover(gconstpointer data)
{
	static const struct {
		enum slot_why why;
		const char *reason, *event;
	} rows[] = {
		{ SLOT_WHY_PULLED, "active unit removed", "PEER_NOT_PRESENT" },
		{ SLOT_WHY_CRASHED, "active unit failed", "PEER_DOWN" },
		{ SLOT_WHY_RELOAD, "user initiated", "PEER_DOWN" },
	};
	size_t k = GPOINTER_TO_SIZE(data);
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_REAL_R1 });
	const struct rf_switchover *s;
	g_autofree char *before = NULL, *after = NULL, *line = NULL;

	rig_run_hot(rig);
	before = rig_running(rig, SLOT_R0);
	chassis_pull(rig->c, SLOT_R0, rows[k].why, NULL);
	rig_run(rig, 100);
	after = rig_running(rig, SLOT_R1);
	g_assert_cmpstr(before, ==, after);
	g_assert_cmpuint(rf(rig, SLOT_R1)->my, ==, RF_ACTIVE);
	g_assert_cmpuint(rf(rig, SLOT_R1)->history->len, ==, 1);
	s = &g_array_index(rf(rig, SLOT_R1)->history, struct rf_switchover, 0);
	g_assert_cmpuint(s->from, ==, SLOT_R0);
	g_assert_cmpuint(s->to, ==, SLOT_R1);
	g_assert_cmpstr(s->reason, ==, rows[k].reason);
	line = g_strdup_printf(
		"R1 %%REDUNDANCY-3-SWITCHOVER: RP switchover (%s)", rows[k].event);
	g_assert_nonnull(strstr(rig->log->str, line));
	g_assert_null(strstr(rig->log->str, "COLD_START"));
	rig_free(rig);
}

/* The history of all switchovers is on the RP that comes back, and grows there. */
static void rf_history(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_REAL_R1 });
	unsigned active = SLOT_R0;

	rig_run_hot(rig);
	for (unsigned k = 1; k <= 5; k++) {
		chassis_pull(rig->c, active, SLOT_WHY_PULLED, NULL);
		rig_run(rig, 100);
		chassis_insert(rig->c, active, NULL);
		active = 1 - active;
		rig_run_hot(rig);
		g_assert_cmpuint(chassis_active(rig->c), ==, active);
		for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
			GArray *h = rf(rig, slot)->history;

			g_assert_cmpuint(h->len, ==, k);
			for (guint i = 0; i < h->len; i++) {
				const struct rf_switchover *s =
					&g_array_index(h, struct rf_switchover, i);

				g_assert_cmpuint(s->from, ==, i % 2);
				g_assert_cmpuint(s->to, ==, 1 - i % 2);
				g_assert_cmpstr(s->reason, ==, "active unit removed");
			}
		}
	}
	rig_free(rig);
}

/* The table is full: the oldest go, on both. */
static void rf_history_full(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_REAL_R1 });
	GArray *h;

	rig_run_hot(rig);
	h = rf(rig, SLOT_R1)->history;
	for (unsigned k = 0; k < RF_HISTORY_MAX; k++) {
		struct rf_switchover s = { .reason = g_strdup_printf("old %u", k) };

		g_array_append_val(h, s);
	}
	chassis_pull(rig->c, SLOT_R0, SLOT_WHY_PULLED, NULL);
	rig_run(rig, 100);
	chassis_insert(rig->c, SLOT_R0, NULL);
	rig_run_hot(rig);
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		h = rf(rig, slot)->history;
		g_assert_cmpuint(h->len, ==, RF_HISTORY_MAX);
		g_assert_cmpstr(
			g_array_index(h, struct rf_switchover, 0).reason, ==, "old 1");
		g_assert_cmpstr(
			g_array_index(h, struct rf_switchover, h->len - 1).reason, ==,
			"active unit removed");
	}
	rig_free(rig);
}

/* Pulled before the standby is HOT: a cold start, that says so, from the startup configuration
 * that the bulk brought, or its own. */
static void rf_cold(gconstpointer data)
{
	enum rf_state at = GPOINTER_TO_UINT(data);
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_REAL_R1 });
	g_autofree char *text = NULL;

	rig_run(rig, 1);
	while (rf(rig, SLOT_R1)->my != at)
		g_assert_true(chassis_step(rig->c, BASE_TIME_NEVER));
	g_assert_cmpuint(rf(rig, SLOT_R1)->my, ==, at);
	g_assert_false(chassis_standby_hot(rig->c));
	chassis_pull(rig->c, SLOT_R0, SLOT_WHY_PULLED, NULL);
	rig_run(rig, 1000);
	g_assert_cmpuint(rf(rig, SLOT_R1)->my, ==, RF_ACTIVE);
	/* Also when R1 was still booting: the FP forwarded for R0, and people had sessions. */
	g_assert_nonnull(strstr(rig->log->str, "COLD_START"));
	g_assert_cmpuint(rf(rig, SLOT_R1)->history->len, ==, 1);
	text = rig_running(rig, SLOT_R1);
	g_assert_nonnull(strstr(text, "hostname lns1\n"));
	g_assert_nonnull(strstr(text, "ip local pool POOL 100.64.0.1 100.64.0.254\n"));
	rig_tunnel_up(rig); /* and it works */
	rig_free(rig);
}

/* Running but not saved: a cold start comes back with what was saved. */
static void rf_cold_unsaved(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_REAL_R1 });
	g_autofree char *text = NULL;

	rig_run_hot(rig);
	g_free(rig_exec(rig, SLOT_R0, 1, "configure terminal"));
	g_free(rig_exec(rig, SLOT_R0, 1, "hostname saved"));
	g_free(rig_exec(rig, SLOT_R0, 1, "do write memory"));
	g_free(rig_exec(rig, SLOT_R0, 1, "hostname unsaved"));
	rig_run(rig, 10);
	g_assert_cmpstr(rig->rp[SLOT_R1]->cfg.hostname, ==, "unsaved");
	chassis_pull(rig->c, SLOT_R1, SLOT_WHY_PULLED, NULL);
	rig_run(rig, 10);
	chassis_insert(rig->c, SLOT_R1, NULL);
	rig_run(rig, 10);
	chassis_pull(rig->c, SLOT_R0, SLOT_WHY_PULLED, NULL); /* R1 is still booting */
	rig_run(rig, 1000);
	text = rig_running(rig, SLOT_R1);
	g_assert_nonnull(strstr(text, "hostname saved\n")); /* written on R1 too */
	rig_free(rig);
}

/* Lower terms are dropped: what comes from an RP that has lost the word does nothing. */
static void rf_terms(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_TOY_R0 | RIG_REAL_R1 });
	struct msg_ckpt_mark m;
	struct msg_rf order = { .state = RF_ACTIVE, .order = RF_STANDBY_COLD };
	struct rp *rp;

	rig_run(rig, 500);
	rp = rig->rp[SLOT_R1];
	g_assert_cmpuint(rp->term, ==, chassis_term(rig->c));
	rig_toy_send_rec(rig, IPC_RF, &order);
	rig_run(rig, 5);
	g_assert_cmpuint(rp->rf.my, ==, RF_STANDBY_COLD);

	rp->term++; /* as if a grant had come */
	order.order = RF_STANDBY_COLD_CONFIG;
	rig_toy_send_rec(rig, IPC_RF, &order);
	m = (struct msg_ckpt_mark){ .epoch = 3, .boot_to = rig->toy.peer_boot };
	rig_toy_send_rec(rig, IPC_CKPT_BEGIN, &m);
	rig_run(rig, 5);
	g_assert_cmpuint(rp->rf.my, ==, RF_STANDBY_COLD);
	g_assert_false(rp->cf.open);
	rp->term--;
	rig_toy_send_rec(rig, IPC_RF, &order);
	rig_toy_send_rec(rig, IPC_CKPT_BEGIN, &m);
	rig_run(rig, 5);
	g_assert_cmpuint(rp->rf.my, ==, RF_STANDBY_COLD_CONFIG);
	g_assert_true(rp->cf.open);
	rig_free(rig);
}

static void send_term(struct rig *rig, uint64_t term, unsigned holder, uint64_t boot)
{
	struct msg_term m = {
		.term = term, .holder = (uint8_t)holder, .boot_id = boot, .hot = true
	};

	chassis_send_rec(rig->c, SLOT_R1, IPC_TERM, &m);
	rig_run(rig, 5);
}

/* A grant counts when it is a higher term, for this slot and for this power-up. */
static void rf_grants(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_TOY_R0 | RIG_REAL_R1 });
	struct rp *rp;
	uint64_t term, boot;

	rig_run(rig, 500);
	rp = rig->rp[SLOT_R1];
	term = rp->term;
	boot = board_boot_id(rp->env);
	send_term(rig, term, SLOT_R1, boot); /* not higher */
	g_assert_false(rf_is_active(&rp->rf));
	send_term(rig, term + 1, SLOT_R0, boot);
	g_assert_false(rf_is_active(&rp->rf));
	send_term(rig, term + 2, SLOT_R1, boot + 1);
	g_assert_false(rf_is_active(&rp->rf));
	g_assert_cmpuint(rp->term, ==, term + 2);
	send_term(rig, term + 1, SLOT_R1, boot);
	g_assert_false(rf_is_active(&rp->rf));
	send_term(rig, term + 3, SLOT_R1, boot);
	g_assert_true(rf_is_active(&rp->rf));
	rig_free(rig);
}

/* The standby that is lost is said, and the next one starts from the beginning. */
static void rf_standby_lost(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_REAL_R1 });
	g_autofree char *states = NULL;

	rig_run_hot(rig);
	chassis_pull(rig->c, SLOT_R1, SLOT_WHY_PULLED, NULL);
	rig_run(rig, 10);
	g_assert_nonnull(strstr(rig->log->str, "R0 %REDUNDANCY-3-STANDBY_LOST: Standby "
					       "processor fault (PEER_NOT_PRESENT)"));
	g_assert_false(chassis_standby_hot(rig->c));
	g_assert_false(rig->rp[SLOT_R0]->txn.on);
	g_assert_cmpuint(rf(rig, SLOT_R0)->standby_failures, ==, 1);
	g_assert_cmpuint(rf(rig, SLOT_R0)->history->len, ==, 0);
	chassis_insert(rig->c, SLOT_R1, NULL);
	rig_run(rig, 1);
	states = watch(rig, SLOT_R1, 5000, NULL);
	g_assert_cmpstr(states, ==, "3 4 5 6 7 8");
	rig_free(rig);
}

/* A standby that does not obey is not called HOT; the active does not go on without it. */
static void rf_deaf_standby(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_TOY_R1 });

	rig->toy.obey = false;
	rig_run(rig, 5000);
	g_assert_false(chassis_standby_hot(rig->c));
	g_assert_cmpuint(rig_count(rig, IPC_CKPT_BEGIN), ==, 0);
	g_assert_cmpuint(rf(rig, SLOT_R0)->my, ==, RF_ACTIVE);
	rig_free(rig);
}

/* No FP: the RP is active all the same, and programs it when it comes. */
static void rf_without_fp(void)
{
	struct rig *rig = rig_new(
		&(struct rig_config){ .boards = RIG_REAL_R0, .without_fp = true });

	rig_run(rig, 1000);
	g_assert_cmpuint(rf(rig, SLOT_R0)->my, ==, RF_ACTIVE);
	g_assert_cmpuint(rig->rp[SLOT_R0]->fman.state, ==, FMAN_IDLE);
	rig_free(rig);
}

int main(int argc, char **argv)
{
	static const uint8_t cold_at[] = { RF_INITIALIZATION, RF_NEGOTIATION,
		RF_STANDBY_COLD, RF_STANDBY_COLD_CONFIG, RF_STANDBY_COLD_FILESYS,
		RF_STANDBY_COLD_BULK };

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/rf/names", rf_names);
	g_test_add_data_func(
		"/rp/rf/progression/r0-active", GUINT_TO_POINTER(0), rf_progression);
	g_test_add_data_func(
		"/rp/rf/progression/r1-active", GUINT_TO_POINTER(1), rf_progression);
	g_test_add_func("/rp/rf/real-timing", rf_real_timing);
	g_test_add_data_func(
		"/rp/rf/takeover/pulled", GSIZE_TO_POINTER(0), rf_takeover);
	g_test_add_data_func(
		"/rp/rf/takeover/crashed", GSIZE_TO_POINTER(1), rf_takeover);
	g_test_add_data_func(
		"/rp/rf/takeover/reload", GSIZE_TO_POINTER(2), rf_takeover);
	g_test_add_func("/rp/rf/history", rf_history);
	g_test_add_func("/rp/rf/history-full", rf_history_full);
	for (size_t k = 0; k < G_N_ELEMENTS(cold_at); k++) {
		g_autofree char *path = g_strdup_printf("/rp/rf/cold/%u", cold_at[k]);

		g_test_add_data_func(path, GUINT_TO_POINTER(cold_at[k]), rf_cold);
	}
	g_test_add_func("/rp/rf/cold-unsaved", rf_cold_unsaved);
	g_test_add_func("/rp/rf/terms", rf_terms);
	g_test_add_func("/rp/rf/grants", rf_grants);
	g_test_add_func("/rp/rf/standby-lost", rf_standby_lost);
	g_test_add_func("/rp/rf/deaf-standby", rf_deaf_standby);
	g_test_add_func("/rp/rf/without-fp", rf_without_fp);
	return g_test_run();
}
