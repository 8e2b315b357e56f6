/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a flow says of the numbers that came, against the plain truth.
 */
#include "scenarios/engine/probe.h"

#include "base/rng.h"

#include <string.h>

static void receive(struct flow *f, uint32_t number, int64_t ms)
{
	const struct probe p = { PROBE_UP, 1, 7, number, BASE_TIME_ZERO };

	flow_receive(f, &p, (base_time){ ms * 1000000 });
}

static void test_build(void)
{
	static const uint8_t want[PROBE_LEN] = { 0x74, 0x77, 0x72, 0x70, 2, 0, 0, 3, 0,
		0, 1, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0x30, 0x39 };
	const struct probe p = { PROBE_DOWN, 3, 257, 9, { 12345 } };
	struct probe got;
	uint8_t buf[PROBE_LEN];

	probe_build(buf, &p);
	g_assert_cmpmem(buf, sizeof(buf), want, sizeof(want));
	g_assert_true(probe_parse(rd_init(buf, sizeof(buf)), &got));
	g_assert_cmpuint(got.direction, ==, PROBE_DOWN);
	g_assert_cmpuint(got.run, ==, 3);
	g_assert_cmpuint(got.key, ==, 257);
	g_assert_cmpuint(got.number, ==, 9);
	g_assert_cmpint(got.sent.ns, ==, 12345);
	for (size_t n = 0; n < sizeof(buf); n++)
		g_assert_false(probe_parse(rd_init(buf, n), &got));
	buf[0] ^= 1;
	g_assert_false(probe_parse(rd_init(buf, sizeof(buf)), &got));
}

static const struct {
	const char *name;
	uint32_t numbers[8];
	unsigned n;
	uint64_t received, duplicated, reordered;
} orders[] = {
	/* clang-format off */
	{ "none",       { 0 },                      0, 0, 0, 0 },
	{ "in-order",   { 0, 1, 2, 3 },             4, 4, 0, 0 },
	{ "lost",       { 0, 1, 4, 5 },             4, 4, 0, 0 },
	{ "double",     { 0, 1, 1, 2, 0 },          5, 3, 2, 0 },
	{ "late",       { 0, 2, 1, 3 },             4, 4, 0, 1 },
	{ "late-twice", { 0, 2, 1, 1, 3 },          5, 4, 1, 1 },
	{ "jump",       { 0, 5000, 5001, 4990 },    4, 4, 0, 1 },
	{ "ancient",    { 0, 5000, 3 },             3, 2, 1, 0 },
	{ "same-bit",   { 0, PROBE_WINDOW, 1 },     3, 3, 0, 1 },
	{ "from-seven", { 7, 8, 7, 6 },             4, 3, 1, 1 },
	/* clang-format on */
};

static void test_order(gconstpointer data)
{
	unsigned row = GPOINTER_TO_UINT(data);
	struct flow f = { 0 };

	for (unsigned i = 0; i < orders[row].n; i++)
		receive(&f, orders[row].numbers[i], i);
	g_assert_cmpuint(f.received, ==, orders[row].received);
	g_assert_cmpuint(f.duplicated, ==, orders[row].duplicated);
	g_assert_cmpuint(f.reordered, ==, orders[row].reordered);
}

/* Random disorder within the window: every number once, whatever else comes. */
static void test_random(void)
{
	enum { N = 5000, SPREAD = 200 };
	uint8_t times[N] = { 0 };
	struct flow f = { 0 };
	uint64_t received = 0, duplicated = 0;

	for (unsigned i = 0; i < 20000; i++) {
		uint32_t base = i * (N - SPREAD) / 20000;
		uint32_t number = base + (uint32_t)g_test_rand_int_range(0, SPREAD);

		receive(&f, number, i);
		received += !times[number];
		duplicated += times[number] > 0;
		times[number] = 1;
	}
	g_assert_cmpuint(f.received, ==, received);
	g_assert_cmpuint(f.duplicated, ==, duplicated);
}

static void test_gap(void)
{
	struct probe p = { PROBE_UP, 1, 7, 0, BASE_TIME_ZERO };
	struct flow f = { 0 }, sum = { 0 };

	receive(&f, 0, 1000); /* what was before the first is no gap */
	receive(&f, 1, 1010);
	receive(&f, 2, 1045);
	receive(&f, 3, 1050);
	g_assert_cmpint(f.gap.ns, ==, 35000000);
	p.run = 2; /* an ordered pause is none */
	p.number = 4;
	flow_receive(&f, &p, (base_time){ 9000000000 });
	g_assert_cmpint(f.gap.ns, ==, 35000000);
	p.number = 5;
	flow_receive(&f, &p, (base_time){ 9036000000 });
	g_assert_cmpint(f.gap.ns, ==, 36000000);
	receive(&sum, 0, 0);
	flow_sum(&sum, &f);
	g_assert_cmpuint(sum.received, ==, 7);
	g_assert_cmpint(sum.gap.ns, ==, 36000000);
}

static void test_ticks(void)
{
	g_assert_cmpint(probe_next_tick((base_time){ 0 }, 100).ns, ==, 10000000);
	g_assert_cmpint(probe_next_tick((base_time){ 9999999 }, 100).ns, ==, 10000000);
	g_assert_cmpint(probe_next_tick((base_time){ 10000000 }, 100).ns, ==, 20000000);
	g_assert_true(time_is_never(probe_next_tick((base_time){ 5 }, 0)));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/probe/build", test_build);
	for (unsigned i = 0; i < G_N_ELEMENTS(orders); i++) {
		g_autofree char *path =
			g_strdup_printf("/scenarios/probe/order/%s", orders[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_order);
	}
	g_test_add_func("/scenarios/probe/random", test_random);
	g_test_add_func("/scenarios/probe/gap", test_gap);
	g_test_add_func("/scenarios/probe/ticks", test_ticks);
	return g_test_run();
}
