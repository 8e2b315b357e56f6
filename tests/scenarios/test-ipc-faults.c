/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bad channel between R0 and R1 (ha-commit.md H3): slow, narrow, cut, while calls come and go.
 * The LAC never waits longer than 200 ms for its acknowledgements; tunnels that went ahead of
 * the standby are shown as unprotected and are protected again later.  Nothing is lost, unless
 * R0 dies meanwhile: then just the unprotected tunnels are gone, on all sides.
 */
#include "scenarios/engine/peer.h"
#include "tests/scenarios/wire.h"
#include "tests/scenarios/world.h"

#include <stdio.h>
#include <string.h>

enum {
	TUNNELS = 3,
	SESSIONS = 2,
	ALL = TUNNELS * SESSIONS,
	BUDGET_MS = 200,
	SLACK_MS = 2, /* the way through the FP and turns */
};

static const uint32_t lns_ip = 0x0a630002;

struct rig {
	struct world w;
	struct wire *wire;
	uint16_t at_lns[TUNNELS], at_lac[TUNNELS];
	base_time from;
	bool unprotected; /* seen in the show */
};

static base_time now(struct rig *r)
{
	return chassis_now(lab_chassis(r->w.lab));
}

static void read_tunnels(struct rig *r)
{
	g_autofree char *shown =
		lab_show(r->w.lab, world_active(&r->w), "show vpdn tunnel", NULL);
	g_auto(GStrv) lines = g_strsplit(shown ? shown : "", "\n", -1);
	unsigned n = 0, lns, lac;
	char name[32];

	for (unsigned i = 0; lines[i] && n < TUNNELS; i++) {
		if (sscanf(lines[i], "%u %u %31s est", &lns, &lac, name) != 3 ||
			strcmp(name, "LAC-1") != 0)
			continue;
		r->at_lns[n] = (uint16_t)lns;
		r->at_lac[n++] = (uint16_t)lac;
	}
	g_assert_cmpuint(n, ==, TUNNELS);
}

static void begin(struct rig *r, uint64_t seed)
{
	memset(r, 0, sizeof(*r));
	world_init(&r->w, TUNNELS, SESSIONS, seed);
	r->w.lac.hello_s = 20;
	world_start(&r->w);
	r->wire = wire_start(lab_chassis(r->w.lab), port_ifindex(SLOT_SPA, 0), lns_ip);
	world_connect(&r->w);
	lab_run(r->w.lab, dur_s(1));
	read_tunnels(r);
}

static void link_slots(struct rig *r, unsigned a, unsigned b, struct link_faults f)
{
	GError *error = NULL;

	chassis_link_ipc(lab_chassis(r->w.lab), a, b, &f, &error);
	g_assert_no_error(error);
}

static void link_ipc(struct rig *r, struct link_faults f)
{
	link_slots(r, SLOT_R0, SLOT_R1, f);
}

static void fail(struct rig *r, const char *what)
{
	g_autofree char *commit =
		lab_show(r->w.lab, world_active(&r->w), "show redundancy commit", NULL);
	g_autofree char *lac = world_lac(&r->w, "report");

	g_error("%s\n%s\n%s%s", what, commit, lac, lab_log(r->w.lab));
}

static unsigned unprotected(struct rig *r)
{
	g_autofree char *shown =
		lab_show(r->w.lab, world_active(&r->w), "show redundancy commit", NULL);
	const char *at = shown ? strstr(shown, "Unprotected tunnels: ") : NULL;
	unsigned n = 0;

	g_assert_true(at && sscanf(at, "Unprotected tunnels: %u", &n) == 1);
	return n;
}

/* Calls come and go, HELLOs too, for so many seconds. */
static void busy(struct rig *r, unsigned seconds)
{
	for (unsigned i = 0; i < seconds * 10; i++) {
		g_autofree char *hangup = g_strdup_printf("hangup %u", ALL + i / 5);

		if (i % 5 == 0)
			g_free(world_lac(&r->w, "call"));
		if (i % 5 == 3 && i > 10)
			g_free(world_lac(&r->w, hangup));
		if (i % 7 == 0)
			g_free(world_lac(&r->w, "hello now"));
		lab_run(r->w.lab, dur_ms(100));
		if (!r->unprotected)
			r->unprotected = unprotected(r);
	}
}

static void check_acks(struct rig *r, base_time until)
{
	g_autoptr(GArray) packets = wire_stop(r->wire);
	unsigned changes, n, all = 0;
	g_autofree char *fault = wire_fault(packets, &changes);
	base_dur longest = { 0 };

	if (fault)
		fail(r, fault);
	for (unsigned i = 0; i < TUNNELS; i++) {
		base_dur d = wire_ack_latency(
			packets, r->at_lns[i], r->at_lac[i], r->from, until, &n);

		longest.ns = MAX(longest.ns, d.ns);
		all += n;
	}
	g_test_message("%u messages of the LAC, acknowledged after %d ms at most", all,
		(int)dur_to_ms(longest));
	g_assert_cmpuint(all, >, 50);
	if (dur_to_ms(longest) > BUDGET_MS + SLACK_MS)
		fail(r, "acknowledgements came too late");
}

static void check_healthy(struct rig *r)
{
	g_autofree char *differs = NULL, *lac = NULL;

	for (unsigned s = 0; unprotected(r);
		s++) { /* what was on its way is slow still */
		if (s == 60)
			fail(r, "tunnels remain unprotected");
		lab_run(r->w.lab, dur_s(1));
	}
	if (!world_wait_hot(&r->w, dur_s(15)))
		fail(r, "not STANDBY HOT again");
	lac = world_lac(&r->w, "report");
	for (unsigned i = 1; i <= ALL; i++) {
		g_autofree char *word = g_strdup_printf("subscriber=%u ", i);
		g_autofree char *line = world_line_with(lac, word);

		if (i < ALL && !strstr(line, "state=up")) /* the last one hung up */
			fail(r, line);
	}
	g_assert_cmpuint(report_number(lac, "stopccn"), ==, 0);
	g_assert_cmpuint(report_number(lac, "cdn"), ==, 0);
	g_assert_cmpuint(report_number(lac, "tunnels-lost"), ==, 0);
	differs = world_differs(&r->w);
	if (differs)
		fail(r, differs);
}

static void through(struct rig *r, uint64_t seed, struct link_faults f, bool late)
{
	base_time until;

	begin(r, seed);
	link_ipc(r, f);
	r->from = now(r);
	busy(r, 10);
	until = now(r);
	link_ipc(r, (struct link_faults){ 0 });
	lab_run(r->w.lab, dur_s(3));
	g_assert_cmpuint(world_active(&r->w), ==, SLOT_R0);
	g_assert_cmpuint(chassis_term(lab_chassis(r->w.lab)), ==, 1);
	if (late && !r->unprotected)
		fail(r, "no tunnel was shown as unprotected");
	check_healthy(r);
	check_acks(r, until);
	world_clear(&r->w);
}

static void test_delay(void)
{
	struct rig r;

	through(&r, 1, (struct link_faults){ .delay = dur_ms(500) }, true);
}

static void test_rate(void)
{
	struct rig r;

	through(&r, 2, (struct link_faults){ .rate_bps = 1000000 }, false);
	/* Narrower than what there is to say. */
	through(&r, 3, (struct link_faults){ .rate_bps = 10000 }, true);
}

static void test_cut(void)
{
	struct rig r;

	through(&r, 4, (struct link_faults){ .cut = true }, true);
}

static void test_room(void)
{
	struct rig r;

	through(&r, 5, (struct link_faults){ .delay = dur_ms(150), .room = 8192 },
		false);
}

/* ---- R0 dies while tunnels are unprotected ---- */

static char *line_of(const char *report, unsigned subscriber)
{
	g_autofree char *word = g_strdup_printf("subscriber=%u ", subscriber);

	return world_line_with(report, word);
}

/* One tunnel is talked in; the others are quiet and stay. */
static void dies(uint64_t seed, struct link_faults f, enum world_event e)
{
	g_autofree char *before = NULL, *after = NULL, *differs = NULL;
	struct rig r;
	unsigned gone = 0;

	begin(&r, seed);
	link_ipc(&r, f);
	g_free(world_lac(&r.w, "call")); /* in the first tunnel */
	lab_run(r.w.lab, dur_ms(400));
	g_assert_cmpuint(unprotected(&r), ==, 1);
	before = world_lac(&r.w, "report");
	world_happen(&r.w, e, SLOT_R0);
	g_assert_true(world_wait_switchover(&r.w, SLOT_R0, dur_s(10)));
	link_ipc(&r, (struct link_faults){ 0 });
	lab_run(r.w.lab, dur_s(100)); /* the LAC's time-outs */
	after = world_lac(&r.w, "report");
	for (unsigned i = 1; i <= ALL; i++) {
		g_autofree char *a = line_of(before, i), *b = line_of(after, i);
		g_autofree char *ids = report_word(a, "local");
		g_autofree char *ids_after = report_word(b, "local");

		if (strstr(b, "state=up") && strcmp(ids, ids_after) == 0)
			continue;
		gone++;
		if (!strstr(a, " tunnel=1 "))
			fail(&r, "a protected tunnel was lost");
	}
	g_assert_cmpuint(gone, ==, SESSIONS);
	g_assert_cmpuint(report_number(after, "tunnels-up"), ==, TUNNELS - 1);
	world_mend(&r.w);
	if (!world_wait_hot(&r.w, dur_s(15)))
		fail(&r, "not STANDBY HOT again");
	lab_run(r.w.lab, dur_s(2));
	differs = world_differs(&r.w);
	if (differs)
		fail(&r, differs);
	g_free(world_lac(&r.w, "connect"));
	if (!lab_wait_report(r.w.lab, SLOT_PEER, "sessions-up", ALL + 1, dur_s(30)))
		fail(&r, "the LAC cannot call again");
	g_array_unref(wire_stop(r.wire));
	world_clear(&r.w);
}

static void test_dies(void)
{
	dies(6, (struct link_faults){ .delay = dur_ms(500) }, WORLD_PULL);
	dies(7, (struct link_faults){ .delay = dur_ms(500) }, WORLD_CRASH);
	dies(8, (struct link_faults){ .cut = true }, WORLD_PULL);
}

/* ---- the channel to the FP is cut ---- */

/* A tunnel is cleared while nothing reaches the FP.  Both ends repeat control messages; what the
 * RP says to the FP is its own affair. */
static void test_fp_cut(void)
{
	static const struct link_faults cut = { .cut = true };
	g_autofree char *differs = NULL, *command = NULL;
	struct rig r;

	begin(&r, 9);
	command = g_strdup_printf("clear vpdn tunnel l2tp id %u", r.at_lns[0]);
	link_slots(&r, SLOT_R0, SLOT_F0, cut);
	world_command(&r.w, SLOT_R0, command, NULL);
	lab_run(r.w.lab, dur_s(3));
	link_slots(&r, SLOT_R0, SLOT_F0, (struct link_faults){ 0 });
	lab_run(r.w.lab, dur_s(10));
	g_assert_nonnull(strstr(lab_log(r.w.lab), "%FMANRP-4-RESEND"));
	differs = world_differs(&r.w);
	if (differs)
		fail(&r, differs);
	g_array_unref(wire_stop(r.wire));
	world_clear(&r.w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/ipc-faults/delay", test_delay);
	g_test_add_func("/scenarios/ipc-faults/rate", test_rate);
	g_test_add_func("/scenarios/ipc-faults/cut", test_cut);
	g_test_add_func("/scenarios/ipc-faults/room", test_room);
	g_test_add_func("/scenarios/ipc-faults/dies-unprotected", test_dies);
	g_test_add_func("/scenarios/ipc-faults/fp-cut", test_fp_cut);
	return g_test_run();
}
