/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every model of another implementation calls the whole chassis, which fails over from R0 to R1
 * and back, again and again, at rest and in the middle of what a HELLO and a call make the
 * active RP send.
 *
 * On a good wire no session may be lost and no packet of the numbered streams, up or down; on a
 * bad wire no session, except by the one that bears no gap, which loses what protocols.md
 * section 5 says it loses: its tunnels, as wholes, and gets them again.
 */
#include "scenarios/engine/peer.h"
#include "tests/sim/sim.h"

#include <string.h>

enum {
	TUNNELS = 2,
	LINES = 6,      /* of which the last comes and goes */
	STEADY = LINES - 1,
	PPS = 50,
	SETTLE_S = 60,
	STUCK_S = 400,
	GAP_ROUNDS = 20,
};

static const unsigned moments[] = { 0, 1, 2, 3, 4, 6, 8, 11 }; /* items */

struct stand {
	enum manner_id row;
	struct sim_plan *plan;
	struct cover cover;
	struct sim *sim;
	char *ids[STEADY]; /* of the lines: what must stay */
};

/* ---- a stand ---- */

static void check(const struct stand *st)
{
	if (st->sim->failure)
		g_test_message("%s", st->sim->story->str);
	g_assert_cmpstr(st->sim->failure, ==, NULL);
}

static void pass_ms(struct stand *st, int64_t ms)
{
	sim_pass(st->sim, dur_ms(ms));
	check(st);
}

/* Both RPs, the FPs and the LAC agree, and all steady lines are up. */
static char *unsettled(struct stand *st)
{
	char *text = quiet_differs(st->sim);

	for (unsigned n = 1; !text && n <= STEADY; n++) {
		struct peer_lac_line line;

		if (!peer_lac_line(stage_lac(st->sim, 0), n, &line) || !line.up)
			text = g_strdup_printf("line %u is not up", n);
	}
	return text;
}

static void settle(struct stand *st, unsigned limit_s, bool connect)
{
	char *text = unsettled(st);

	for (unsigned s = 0; text && s < limit_s * 4; s++) {
		g_free(text);
		if (connect && s % 40 == 0)
			act_order(st->sim, 0, "connect");
		pass_ms(st, 250);
		text = unsettled(st);
	}
	if (text)
		g_test_message("%s", st->sim->story->str);
	g_assert_cmpstr(text, ==, NULL);
}

static struct stand *stand_new(enum manner_id row, unsigned seed)
{
	struct stand *st = g_new0(struct stand, 1);

	st->row = row;
	st->plan = g_new0(struct sim_plan, 1);
	st->plan->events = g_array_new(false, false, sizeof(struct sim_event));
	st->plan->shape = (struct sim_shape){ .seed = seed, .profile = SIM_QUIET, .lacs = 1,
		.tunnels = TUNNELS, .sessions = LINES / TUNNELS, .rp_rp_us = 300,
		.rp_fp_us = 20, .lac_hello_s = 10, .lns_hello_s = 5, .probe_pps = PPS,
		.pace_ms = 10, .run_ms = 1000, .peer1 = row + 1, .first_ns = 65500 };
	cover_init(&st->cover);
	st->sim = sim_new(st->plan, &st->cover, false);
	pass_ms(st, 2000);
	settle(st, SETTLE_S, true);
	pass_ms(st, 1000);
	return st;
}

static void stand_free(struct stand *st)
{
	sim_free(st->sim);
	cover_deinit(&st->cover);
	plan_free(st->plan);
	for (unsigned i = 0; i < STEADY; i++)
		g_free(st->ids[i]);
	g_free(st);
}

/* ---- what is judged ---- */

/* The line of a report about the subscriber with this key (in `key` form of both peers). */
static char *line_of(const char *report, const char *key)
{
	g_auto(GStrv) lines = g_strsplit(report, "\n", -1);

	for (unsigned i = 1; lines[0] && lines[i]; i++) {
		g_autofree char *is = report_word(lines[i], "key");

		if (g_strcmp0(is, key) == 0)
			return g_strdup(lines[i]);
	}
	return NULL;
}

static char *nth_line(const char *report, unsigned n)
{
	g_auto(GStrv) lines = g_strsplit(report, "\n", -1);

	g_assert_cmpuint(g_strv_length(lines), >, n);
	return g_strdup(lines[n]);
}

static char *ids_of(const char *line)
{
	g_autofree char *local = report_word(line, "local"), *ip = report_word(line, "ip");
	g_autofree char *remote = report_word(line, "remote");

	return g_strdup_printf("%s %s %s", local, remote, ip);
}

/* The ids of all steady lines: remembered the first time, compared afterwards. */
static void check_same(struct stand *st)
{
	g_autofree char *report = stage_report(st->sim, 0);

	for (unsigned i = 0; i < STEADY; i++) {
		g_autofree char *line = nth_line(report, i + 1);
		g_autofree char *ids = ids_of(line);

		if (!st->ids[i])
			st->ids[i] = g_steal_pointer(&ids);
		else
			g_assert_cmpstr(ids, ==, st->ids[i]);
	}
}

static void host_order(struct stand *st, const char *order)
{
	g_autofree char *copy = g_strdup(order);
	struct msg_order m = { .text = copy };

	chassis_send_rec(st->sim->chassis, stage_peer(SIM_LACS_MAX), IPC_ORDER, &m);
}

/* All that was sent through the steady lines has arrived once and in order. */
static void check_streams(struct stand *st)
{
	g_autofree char *lac = NULL, *host = NULL;

	act_order(st->sim, 0, "stop probes");
	host_order(st, "stop probes");
	pass_ms(st, 1000);
	lac = stage_report(st->sim, 0);
	host = stage_report(st->sim, SIM_LACS_MAX);
	for (unsigned n = 1; n <= STEADY; n++) {
		g_autofree char *there = nth_line(lac, n);
		g_autofree char *key = report_word(there, "key");
		g_autofree char *here = line_of(host, key);

		g_assert_nonnull(here);
		g_assert_cmpuint(report_number(there, "sent"), >, 500);
		g_assert_cmpuint(report_number(there, "sent"), ==,
			report_number(here, "received"));
		g_assert_cmpuint(report_number(here, "sent"), ==,
			report_number(there, "received"));
		g_assert_cmpuint(report_number(here, "duplicated"), ==, 0);
		g_assert_cmpuint(report_number(here, "reordered"), ==, 0);
		g_assert_cmpuint(report_number(there, "duplicated"), ==, 0);
		g_assert_cmpuint(report_number(there, "reordered"), ==, 0);
	}
}

static void check_crimes(struct stand *st)
{
	g_autofree char *crimes = stage_crimes(st->sim, 0);

	g_assert_cmpstr(crimes, ==, NULL);
}

static struct model_counts counts(const struct stand *st)
{
	struct model_counts c;

	model_get_counts(peer_lac_speaker(stage_lac(st->sim, 0)), &c);
	return c;
}

/* ---- a failover ---- */

static bool sends_once(const struct stand *st)
{
	return manners[st->row].plan == PLAN_SETUP;
}

/* The last line is up: it is dropped; it is down: it calls.  Who sends a CDN once drops it
 * while it can be heard. */
static void toggle_last(struct stand *st)
{
	struct peer_lac_line line;

	g_assert_true(peer_lac_line(stage_lac(st->sim, 0), LINES, &line));
	ledger_excuse_line(st->sim, 0, LINES, false);
	if (line.up && sends_once(st)) {
		act_order(st->sim, 0, "drop 6");
		pass_ms(st, 1000);
		line.up = false;
	}
	act_order(st->sim, 0, line.up ? "drop 6" : "redial 6");
}

/* The active RP goes after so many items, and comes back. */
static void fail_over(struct stand *st, unsigned items, bool busy)
{
	unsigned slot = chassis_active(st->sim->chassis), other = SLOT_R0 + SLOT_R1 - slot;

	g_assert_cmpuint(slot, <=, SLOT_R1);
	if (busy) {
		toggle_last(st);
		act_order(st->sim, 0, "hello now");
	}
	if (items)
		chassis_pull_at(st->sim->chassis, slot, items, SLOT_WHY_PULLED, NULL);
	pass_ms(st, items ? 2000 : 100);
	if (chassis_is_in(st->sim->chassis, slot))
		chassis_pull(st->sim->chassis, slot, SLOT_WHY_PULLED, NULL);
	pass_ms(st, 3000);
	g_assert_cmpuint(chassis_active(st->sim->chassis), ==, other);
	chassis_insert(st->sim->chassis, slot, NULL);
}

/* ---- cases ---- */

static void good_wire(gconstpointer data)
{
	enum manner_id row = (enum manner_id)GPOINTER_TO_UINT(data);
	struct stand *st = stand_new(row, 7);

	check_same(st);
	for (unsigned i = 0; i < 2 * G_N_ELEMENTS(moments); i++) {
		fail_over(st, moments[i / 2], i >= 2);
		settle(st, SETTLE_S, false);
		check_same(st);
	}
	check_streams(st);
	check_crimes(st);
	g_assert_cmpuint(counts(st).offended, ==, 0);
	g_assert_cmpuint(counts(st).stray, ==, 0);
	g_assert_cmpuint(counts(st).blocked, ==, 0);
	g_assert_nonnull(g_hash_table_lookup(st->cover.counts, "takeover/hot"));
	stand_free(st);
}

static void set_wire(struct stand *st, uint32_t loss_ppm, uint32_t odd_ppm)
{
	const struct msg_link m = { .dir = LINK_IN | LINK_OUT, .loss_ppm = loss_ppm,
		.dup_ppm = odd_ppm, .reorder_ppm = odd_ppm, .delay_us = 20000 };

	chassis_link_port(st->sim->chassis, stage_port(0), &m, NULL);
}

/* Calls are placed while packets are lost and change places, and the active RP goes. */
static void bad_round(struct stand *st, unsigned items)
{
	set_wire(st, 50000, 100000);
	for (unsigned i = 0; i < 4; i++)
		act_order(st->sim, 0, "call");
	act_order(st->sim, 0, "hello now");
	fail_over(st, items, false);
	pass_ms(st, 5000);
	set_wire(st, 0, 0);
}

static void bad_wire(gconstpointer data)
{
	enum manner_id row = (enum manner_id)GPOINTER_TO_UINT(data);
	struct stand *st = stand_new(row, 11);

	check_same(st);
	for (unsigned i = 0; i < 6; i++) {
		bad_round(st, i);
		settle(st, SETTLE_S, false);
		check_same(st);
	}
	check_crimes(st);
	g_assert_cmpuint(counts(st).resent, >, 0);
	g_assert_cmpuint(counts(st).blocked, ==, 0);
	stand_free(st);
}

/* The first message behind a gap stops go-l2tp for good: the tunnel is lost with its sessions,
 * both sides find out, and all is set up again. */
static void gap(void)
{
	struct stand *st = stand_new(MANNER_GO_L2TP, 11);

	ledger_frail(st->sim, 0, "it bears no gap", true);
	for (unsigned i = 0; !counts(st).blocked; i++) {
		g_assert_cmpuint(i, <, GAP_ROUNDS);
		bad_round(st, i % 6);
	}
	settle(st, STUCK_S, true);
	check_crimes(st);
	stand_free(st);
}

static bool is_up(const struct stand *st, unsigned n)
{
	struct peer_lac_line line;

	g_assert_true(peer_lac_line(stage_lac(st->sim, 0), n, &line));
	return line.up;
}

/* Its CDN comes to an RP that hangs, and is sent once: what lwIP sends in that tunnel
 * afterwards is out of order for good.  Its sessions go on, but when it calls again it gives
 * the tunnel up, and no other. */
static void lost_cdn(void)
{
	struct stand *st = stand_new(MANNER_LWIP, 7);

	check_same(st);
	ledger_frail(st->sim, 0, "its CDN is sent once", true);
	chassis_hang(st->sim->chassis, SLOT_R0, dur_ms(0), NULL);
	act_order(st->sim, 0, "drop 6");
	pass_ms(st, 60000);
	g_assert_cmpuint(chassis_active(st->sim->chassis), ==, SLOT_R1);
	check_same(st);
	act_order(st->sim, 0, "redial 6");
	pass_ms(st, 29000);
	check_same(st);
	pass_ms(st, 2000);
	for (unsigned n = 1; n <= LINES; n++)
		g_assert_cmpint(is_up(st, n), ==, n <= LINES / TUNNELS);
	chassis_reset(st->sim->chassis, SLOT_R0, NULL);
	settle(st, STUCK_S, true);
	check_crimes(st);
	stand_free(st);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned row = 0; row < N_MANNERS; row++) {
		g_autofree char *good =
			g_strdup_printf("/sim/failover/%s/good-wire", manners[row].name);
		g_autofree char *bad =
			g_strdup_printf("/sim/failover/%s/bad-wire", manners[row].name);

		g_test_add_data_func(good, GUINT_TO_POINTER(row), good_wire);
		if (manners[row].store != STORE_BLOCK)
			g_test_add_data_func(bad, GUINT_TO_POINTER(row), bad_wire);
	}
	g_test_add_func("/sim/failover/go-l2tp/gap", gap);
	g_test_add_func("/sim/failover/lwip/lost-cdn", lost_cdn);
	return g_test_run();
}
