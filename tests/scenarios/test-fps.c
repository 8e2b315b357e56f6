/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * FPs pulled under traffic, alone and with RPs between: sessions stay, what does not lie in
 * the pulled board arrives, and the two FPs are alike when all is quiet.
 */
#include "fp/path.h"
#include "scenarios/engine/peer.h"
#include "tests/scenarios/world.h"

enum {
	TUNNELS = 3,
	SESSIONS = 4,
	ALL = TUNNELS * SESSIONS,
	ITEMS = 60,
	GAP_US = 40000, /* probes of a subscriber are 10 ms apart */
};

static void expect_alike(struct world *w)
{
	g_autofree char *f0 = fp_path_dump(world_path(w, SLOT_F0));
	g_autofree char *f1 = fp_path_dump(world_path(w, SLOT_F1));

	g_assert_cmpuint(fp_path_sessions(world_path(w, SLOT_F0)), ==, ALL);
	g_assert_cmpstr(f0, ==, f1);
}

static void start(struct world *w, uint64_t seed)
{
	world_init(w, TUNNELS, SESSIONS, seed);
	w->lac.hello_s = 3;
	world_start(w);
	world_connect(w);
	lab_run(w->lab, dur_s(1));
	expect_alike(w);
}

struct tally {
	uint64_t sent, received, bad, gap_us;
};

static void probes(struct world *w, const char *order)
{
	g_free(world_lac(w, order));
	g_free(world_host(w, order));
}

static struct tally tally(struct world *w)
{
	g_autofree char *lac = NULL, *host = NULL;
	struct tally t;

	probes(w, "stop probes");
	lab_run(w->lab, dur_ms(200));
	lac = world_lac(w, "report");
	host = world_host(w, "report");
	g_assert_cmpuint(report_number(lac, "sessions-up"), ==, ALL);
	t.sent = report_number(lac, "sent") + report_number(host, "sent");
	t.received = report_number(lac, "received") + report_number(host, "received");
	t.bad = report_number(lac, "wrong") + report_number(host, "wrong") +
		report_number(lac, "reordered") + report_number(host, "reordered") +
		report_number(lac, "duplicated") + report_number(host, "duplicated");
	t.gap_us = MAX(report_number(lac, "gap-us"), report_number(host, "gap-us"));
	return t;
}

static void expect_sessions(struct world *w)
{
	unsigned n;

	g_assert_true(world_count(w, chassis_active(lab_chassis(w->lab)), &n));
	g_assert_cmpuint(n, ==, ALL);
}

struct hand {
	bool pull;
	uint8_t slot;
	uint16_t then_ms;
};

/* Between turns nothing lies in a board: nothing at all is lost. */
static void play(const struct hand *hands, unsigned n)
{
	struct world w;
	struct tally t;

	start(&w, 7);
	for (unsigned i = 0; i < n; i++) {
		if (hands[i].pull)
			world_pull(&w, hands[i].slot);
		else
			world_insert(&w, hands[i].slot);
		lab_run(w.lab, dur_ms(hands[i].then_ms));
		expect_sessions(&w);
	}
	t = tally(&w);
	g_test_message("%u of %u probes came, largest gap %u us", (unsigned)t.received,
		(unsigned)t.sent, (unsigned)t.gap_us);
	g_assert_cmpuint(t.sent, >, 1000);
	g_assert_cmpuint(t.received, ==, t.sent);
	g_assert_cmpuint(t.bad, ==, 0);
	g_assert_cmpuint(t.gap_us, <, GAP_US / 2);
	lab_run(w.lab, dur_s(5));
	expect_alike(&w);
	expect_sessions(&w);
	world_clear(&w);
}

static void test_fps(void)
{
	static const struct hand hands[] = { { true, SLOT_F0, 3000 },
		{ false, SLOT_F0, 500 }, { true, SLOT_F1, 3000 },
		{ false, SLOT_F1, 10 }, { true, SLOT_F0, 7 },
		{ false, SLOT_F0, 3000 } };

	play(hands, G_N_ELEMENTS(hands));
}

static void test_fps_and_rps(void)
{
	static const struct hand hands[] = { { true, SLOT_F0, 100 },
		{ true, SLOT_R0, 3000 }, { false, SLOT_F0, 1000 },
		{ false, SLOT_R0, 8000 }, { true, SLOT_F1, 10 },
		{ false, SLOT_F1, 1000 }, { true, SLOT_R1, 10 },
		{ true, SLOT_F0, 3000 }, { false, SLOT_R1, 2000 },
		{ false, SLOT_F0, 8000 } };

	play(hands, G_N_ELEMENTS(hands));
}

/* F27: the only FP restarts under a living RP, which fills it again. */
static void test_only_fp(void)
{
	struct world w;
	struct tally before, after;

	start(&w, 5);
	world_pull(&w, SLOT_F1);
	lab_run(w.lab, dur_s(1));
	before = tally(&w);
	g_assert_cmpuint(before.received, ==, before.sent);
	world_pull(&w, SLOT_F0);
	lab_run(w.lab, dur_s(2));
	expect_sessions(&w);
	world_insert(&w, SLOT_F0);
	lab_run(w.lab, dur_s(3));
	g_assert_cmpuint(fp_path_sessions(world_path(&w, SLOT_F0)), ==, ALL);
	probes(&w, "start probes"); /* some wait for ARP, in vain */
	lab_run(w.lab, dur_s(1));
	before = tally(&w);
	probes(&w, "start probes");
	lab_run(w.lab, dur_s(2));
	after = tally(&w);
	g_assert_cmpuint(after.sent, >, before.sent + 1000);
	g_assert_cmpuint(
		after.received - before.received, ==, after.sent - before.sent);
	expect_sessions(&w);
	world_clear(&w);
}

/* A hang is found after three beats and a half: the other FP forwards, and the hung one is reset
 * and kept like it.  A shorter one passes. */
static void test_hang(void)
{
	struct world w;
	struct chassis *c;
	struct tally t;

	start(&w, 11);
	c = lab_chassis(w.lab);
	g_assert_true(chassis_hang(c, SLOT_F0, dur_s(2), NULL));
	lab_run(w.lab, dur_s(5));
	g_assert_cmpuint(chassis_active_fp(c), ==, SLOT_F0);
	g_assert_true(chassis_hang(c, SLOT_F0, dur_s(60), NULL));
	lab_run(w.lab, dur_s(4));
	g_assert_cmpuint(chassis_active_fp(c), ==, SLOT_F1);
	lab_run(w.lab, dur_s(5));
	g_assert_true(chassis_is_in(c, SLOT_F0));
	expect_alike(&w);
	expect_sessions(&w);
	g_assert_true(chassis_hang(c, SLOT_F0, dur_s(60), NULL)); /* the standby */
	lab_run(w.lab, dur_s(9));
	g_assert_cmpuint(chassis_active_fp(c), ==, SLOT_F1);
	expect_alike(&w);
	t = tally(&w);
	g_assert_cmpuint(t.received, <, t.sent);
	g_assert_cmpuint(t.gap_us, >, 1900000);
	g_assert_cmpuint(t.gap_us, <, 3600000);
	world_clear(&w);
}

/* There is no other: it is reset and filled again. */
static void test_only_hangs(void)
{
	struct world w;
	struct chassis *c;

	start(&w, 12);
	c = lab_chassis(w.lab);
	world_pull(&w, SLOT_F1);
	g_assert_true(chassis_hang(c, SLOT_F0, (base_dur){ 0 }, NULL));
	lab_run(w.lab, dur_s(4));
	g_assert_cmpuint(chassis_active_fp(c), ==, SLOT_F0);
	lab_run(w.lab, dur_s(1));
	g_assert_cmpuint(fp_path_sessions(world_path(&w, SLOT_F0)), ==, ALL);
	expect_sessions(&w);
	world_clear(&w);
}

/* At item after item of the active FP's life: what is lost lay in it, a turn's worth. */
static void test_items(void)
{
	struct world w;
	struct chassis *c;
	struct tally t;

	start(&w, 3);
	c = lab_chassis(w.lab);
	for (unsigned item = 1; item <= ITEMS; item++) {
		unsigned fp = chassis_active_fp(c);

		g_assert_true(chassis_pull_at(c, fp, item, SLOT_WHY_PULLED, NULL));
		lab_run(w.lab, dur_ms(100));
		g_assert_false(chassis_is_in(c, fp));
		world_insert(&w, fp);
		lab_run(w.lab, dur_ms(50));
		expect_alike(&w);
	}
	expect_sessions(&w);
	t = tally(&w);
	g_test_message("%u pulls: %u of %u probes came, largest gap %u us", ITEMS,
		(unsigned)t.received, (unsigned)t.sent, (unsigned)t.gap_us);
	g_assert_cmpuint(t.received, >=, t.sent - ITEMS * PKT_BURST);
	g_assert_cmpuint(t.received, <=, t.sent);
	g_assert_cmpuint(t.bad, ==, 0);
	g_assert_cmpuint(t.gap_us, <, GAP_US);
	world_clear(&w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/fps/fps", test_fps);
	g_test_add_func("/scenarios/fps/fps-and-rps", test_fps_and_rps);
	g_test_add_func("/scenarios/fps/hang", test_hang);
	g_test_add_func("/scenarios/fps/only-hangs", test_only_hangs);
	g_test_add_func("/scenarios/fps/items", test_items);
	g_test_add_func("/scenarios/fps/only-fp", test_only_fp);
	return g_test_run();
}
