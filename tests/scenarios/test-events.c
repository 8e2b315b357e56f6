/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every way an RP can go, and its return: each from R0 to R1 and, after STANDBY HOT, back to R0,
 * with probes in both directions and HELLOs of both sides all the time.  After each way no probe
 * is lost, doubled or out of order, no session was cleared, a new call succeeds, the switchover
 * history has grown by the right line, and what went over the wire has one transmitter a term.
 */
#include "scenarios/engine/peer.h"
#include "tests/scenarios/wire.h"
#include "tests/scenarios/world.h"

#include <stdio.h>
#include <string.h>

enum { TUNNELS = 2, SESSIONS = 3, GAP_MAX_US = 20000 };

static const uint32_t lns_ip = 0x0a630002; /* 10.99.0.2 */

static struct wire *begin_with(struct world *w, uint64_t seed, bool threads)
{
	struct wire *wire;

	world_init(w, TUNNELS, SESSIONS, seed);
	w->lab_cfg.threads = threads;
	w->lac.hello_s = 3;
	world_start(w);
	wire = wire_start(lab_chassis(w->lab), port_ifindex(SLOT_SPA, 0), lns_ip);
	world_connect(w);
	lab_run(w->lab, dur_s(1));
	return wire;
}

static struct wire *begin(struct world *w, uint64_t seed)
{
	return begin_with(w, seed, false);
}

static void stop_probes(struct world *w)
{
	g_free(world_lac(w, "stop probes"));
	g_free(world_host(w, "stop probes"));
	lab_run(w->lab, dur_ms(100));
}

static void start_probes(struct world *w)
{
	g_free(world_host(w, "start probes"));
	g_free(world_lac(w, "start probes"));
}

/* All since the beginning; probes stand still. */
static void check_stream(struct world *w, const char *what)
{
	g_autofree char *lac = world_lac(w, "report"), *host = world_host(w, "report");
	static const char *const zero_lac[] = { "duplicated", "reordered", "wrong",
		"stopccn", "cdn", "tunnels-lost", "unknown", "strange", "malformed" };

	if (report_number(lac, "sent") != report_number(host, "received") ||
		report_number(host, "sent") != report_number(lac, "received") ||
		report_number(host, "duplicated") || report_number(host, "reordered") ||
		report_number(host, "wrong") ||
		report_number(lac, "gap-us") > GAP_MAX_US ||
		report_number(host, "gap-us") > GAP_MAX_US)
		g_error("%s: probes suffered\n%s%s%s", what, lac, host,
			lab_log(w->lab));
	for (unsigned i = 0; i < G_N_ELEMENTS(zero_lac); i++)
		if (report_number(lac, zero_lac[i]))
			g_error("%s: %s\n%s%s", what, zero_lac[i], lac,
				lab_log(w->lab));
	g_assert_cmpuint(
		report_number(lac, "sessions-up"), ==, report_number(lac, "sessions"));
}

static unsigned history(struct world *w, unsigned slot, char **last)
{
	g_autofree char *shown =
		lab_show(w->lab, slot, "show redundancy switchover history", NULL);
	g_auto(GStrv) lines = g_strsplit(shown ? shown : "", "\n", -1);
	unsigned n = 0;

	*last = NULL;
	for (unsigned i = 0; lines[i]; i++) {
		unsigned index, from, to;

		if (sscanf(lines[i], "%u %u %u", &index, &from, &to) != 3)
			continue;
		g_free(*last);
		*last = g_strdup(lines[i]);
		n++;
	}
	return n;
}

static void check_history(struct world *w, unsigned n, const char *reason)
{
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		g_autofree char *last = NULL;

		g_assert_cmpuint(history(w, slot, &last), ==, n);
		if (n && !strstr(last, reason))
			g_error("history of %s says \"%s\", not \"%s\"",
				slot == SLOT_R0 ? "R0" : "R1", last, reason);
	}
}

/* trace (may be NULL): gets what there was. */
static void check_wire_of(
	struct wire *wire, unsigned switchovers, const char *what, GString *trace)
{
	g_autoptr(GArray) packets = wire_stop(wire);
	unsigned changes;
	g_autofree char *fault = wire_fault(packets, &changes);

	if (fault)
		g_error("%s: %s", what, fault);
	g_assert_cmpuint(changes, ==, switchovers);
	for (unsigned i = 0; trace && i < packets->len; i++) {
		const struct wire_packet *p =
			&g_array_index(packets, struct wire_packet, i);

		g_string_append_printf(trace, "%" G_GINT64_FORMAT " %u %u %u %u %x\n",
			p->at.ns, p->tunnel, p->session, p->ns, p->nr,
			g_bytes_hash(p->body));
	}
}

static void check_wire(struct wire *wire, unsigned switchovers, const char *what)
{
	check_wire_of(wire, switchovers, what, NULL);
}

static void wait_hot(struct world *w, const char *what)
{
	if (!world_wait_hot(w, dur_s(30)))
		g_error("%s: not STANDBY HOT\n%s", what, lab_log(w->lab));
}

static void new_call(struct world *w, const char *what)
{
	g_autofree char *report = world_lac(w, "report");
	uint64_t all = report_number(report, "sessions") + 1;

	g_free(world_lac(w, "call"));
	if (!lab_wait_report(w->lab, SLOT_PEER, "sessions-up", all, dur_s(30)))
		g_error("%s: no new call\n%s", what, lab_log(w->lab));
}

static void check_same(struct world *w, const char *what)
{
	g_autofree char *differs = world_differs(w);

	if (differs)
		g_error("%s: %s\n%s", what, differs, lab_log(w->lab));
}

/* ---- of the active RP ---- */

static void leave(struct world *w, enum world_event e)
{
	unsigned from = world_active(w);
	const char *what = world_event_name(e);

	world_happen(w, e, from);
	if (e == WORLD_HANG || e == WORLD_HANG_5S) {
		/* Something for it to answer when it wakes up. */
		lab_run(w->lab, dur_ms(500));
		g_free(world_lac(w, "hello now"));
	}
	if (!world_wait_switchover(w, from, dur_s(10)))
		g_error("%s: no switchover\n%s", what, lab_log(w->lab));
	lab_run(w->lab, dur_s(3));
	world_mend(w);
	wait_hot(w, what);
	g_assert_cmpuint(world_active(w), ==, SLOT_R0 + SLOT_R1 - from);
	new_call(w, what);
	lab_run(w->lab, dur_s(7)); /* HELLOs */
	stop_probes(w);
	check_stream(w, what);
	check_same(w, what);
	start_probes(w);
}

static char *play(enum world_event e, bool threads)
{
	GString *trace = g_string_new(NULL);
	struct wire *wire;
	struct world w;

	wire = begin_with(&w, 100 + e, threads);
	check_history(&w, 0, "");
	for (unsigned round = 1; round <= 4; round++) {
		leave(&w, e);
		check_history(&w, round, world_event_reason(e));
	}
	g_assert_cmpuint(world_active(&w), ==, SLOT_R0);
	check_wire_of(wire, 4, world_event_name(e), trace);
	if (e == WORLD_HANG_5S)
		g_assert_cmpuint(w.fp.fenced, >, 0); /* it did speak */
	g_string_append(trace, lab_log(w.lab));
	world_clear(&w);
	return g_string_free(trace, false);
}

static void test_active(gconstpointer data)
{
	g_free(play(GPOINTER_TO_UINT(data), false));
}

/* A thread a board: the same, to the line. */
static void test_threads(gconstpointer data)
{
	g_autofree char *with = play(GPOINTER_TO_UINT(data), true);
	g_autofree char *without = play(GPOINTER_TO_UINT(data), false);

	g_assert_cmpstr(with, ==, without);
}

/* ---- of the standby ---- */

static void test_standby(gconstpointer data)
{
	enum world_event e = GPOINTER_TO_UINT(data);
	const char *what = world_event_name(e);
	struct wire *wire;
	struct world w;

	wire = begin(&w, 200 + e);
	for (unsigned round = 0; round < 2; round++) {
		world_happen(&w, e, SLOT_R1);
		g_free(world_lac(&w, "hello now"));
		new_call(&w, what);
		lab_run(w.lab, dur_s(6));
		world_mend(&w);
		wait_hot(&w, what);
		g_assert_cmpuint(world_active(&w), ==, SLOT_R0);
		g_assert_cmpuint(chassis_term(lab_chassis(w.lab)), ==, 1);
		stop_probes(&w);
		check_stream(&w, what);
		check_same(&w, what);
		start_probes(&w);
	}
	leave(&w, WORLD_PULL); /* the state that it has got is good */
	check_wire(wire, 1, what);
	world_clear(&w);
}

/* A hang shorter than the detection is no event. */
static void test_short_hang(void)
{
	struct wire *wire;
	struct world w;

	wire = begin(&w, 300);
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		chassis_hang(lab_chassis(w.lab), slot, dur_ms(2400), NULL);
		lab_run(w.lab, dur_ms(200));
		g_free(world_lac(&w, "hello now"));
		lab_run(w.lab, dur_s(10));
	}
	wait_hot(&w, "short hang");
	g_assert_cmpuint(chassis_term(lab_chassis(w.lab)), ==, 1);
	g_assert_cmpuint(world_active(&w), ==, SLOT_R0);
	new_call(&w, "short hang");
	lab_run(w.lab, dur_s(1));
	stop_probes(&w);
	check_stream(&w, "short hang");
	check_same(&w, "short hang");
	check_wire(wire, 0, "short hang");
	check_history(&w, 0, "");
	world_clear(&w);
}

static void test_refusals(void)
{
	g_autofree char *standby = NULL, *alone = NULL, *early = NULL;
	struct wire *wire;
	struct world w;

	wire = begin(&w, 400);
	standby = lab_show(w.lab, SLOT_R1, "redundancy force-switchover", NULL);
	g_assert_nonnull(strstr(standby, "standby"));
	world_pull(&w, SLOT_R1);
	lab_run(w.lab, dur_s(1));
	alone = lab_show(w.lab, SLOT_R0, "redundancy force-switchover", NULL);
	g_assert_nonnull(strstr(alone, "There is no STANDBY present."));
	world_insert(&w, SLOT_R1);
	lab_run(w.lab, dur_ms(50));
	early = lab_show(w.lab, SLOT_R0, "redundancy force-switchover", NULL);
	g_assert_nonnull(strstr(early, "is not in RF_STANDBY_HOT state"));
	wait_hot(&w, "refusals");
	g_assert_cmpuint(chassis_term(lab_chassis(w.lab)), ==, 1);
	check_history(&w, 0, "");
	check_wire(wire, 0, "refusals");
	world_clear(&w);
}

/* Both RPs out: NVRAM is all that is kept; peers find out by their own time-outs. */
static void test_cold_start(void)
{
	g_autofree char *before = NULL, *after = NULL, *saved = NULL, *last = NULL;
	g_autofree char *lac = NULL;
	struct wire *wire;
	struct world w;

	wire = begin(&w, 500);
	stop_probes(&w);
	world_command(&w, SLOT_R0, "write memory", NULL);
	lab_run(w.lab, dur_s(1));
	saved = lab_show(w.lab, SLOT_R0, "show startup-config", NULL);
	g_assert_nonnull(strstr(saved, "l2tp tunnel hello 5"));
	before = lab_show(w.lab, SLOT_R0, "show running-config", NULL);
	world_pull(&w, SLOT_R1);
	world_pull(&w, SLOT_R0);
	w.cold = true;
	lab_run(w.lab, dur_s(2));
	g_assert_cmpuint(world_active(&w), ==, SLOT_NONE);
	world_insert(&w, SLOT_R1);
	lab_run(w.lab, dur_s(1));
	world_insert(&w, SLOT_R0);
	wait_hot(&w, "cold start");
	g_assert_cmpuint(world_active(&w), ==, SLOT_R1);
	after = lab_show(w.lab, SLOT_R1, "show running-config", NULL);
	g_assert_cmpstr(strstr(after, "hostname"), ==, strstr(before, "hostname"));
	g_assert_cmpuint(history(&w, SLOT_R1, &last), ==, 0);
	lab_run(w.lab, dur_s(180));
	lac = world_lac(&w, "report");
	g_assert_cmpuint(report_number(lac, "tunnels-up"), ==, 0);
	g_assert_cmpuint(report_number(lac, "sessions-up"), ==, 0);
	check_same(&w, "cold start");
	g_free(world_host(&w, "forget"));
	world_connect(&w);
	wait_hot(&w, "after cold start");
	check_same(&w, "after cold start");
	check_wire(wire, 1, "after cold start");
	world_clear(&w);
}

static void add_events(
	const char *group, const enum world_event *events, unsigned n, GTestDataFunc fn)
{
	for (unsigned i = 0; i < n; i++) {
		enum world_event e = events ? events[i] : (enum world_event)i;
		g_autofree char *path = g_strdup_printf(
			"/scenarios/events/%s/%s", group, world_event_name(e));

		g_test_add_data_func(path, GUINT_TO_POINTER(e), fn);
	}
}

/* --threads: the events of the active RP only, inline and on threads. */
int main(int argc, char **argv)
{
	static const enum world_event standby[] = { WORLD_PULL, WORLD_CRASH,
		WORLD_HANG_5S, WORLD_HANG, WORLD_RESET, WORLD_HW_RELOAD,
		WORLD_HW_STOP };
	bool threads = argc > 1 && strcmp(argv[1], "--threads") == 0;

	g_test_init(&argc, &argv, NULL);
	if (threads) {
		add_events("threads", NULL, N_WORLD_EVENTS, test_threads);
		return g_test_run();
	}
	add_events("active", NULL, N_WORLD_EVENTS, test_active);
	add_events("standby", standby, G_N_ELEMENTS(standby), test_standby);
	g_test_add_func("/scenarios/events/short-hang", test_short_hang);
	g_test_add_func("/scenarios/events/refusals", test_refusals);
	g_test_add_func("/scenarios/events/cold-start", test_cold_start);
	return g_test_run();
}
