/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fp/route.h"

#include "base/net.h"
#include "base/rng.h"

#include <glib.h>

static uint32_t ip(const char *s)
{
	uint32_t v;

	g_assert_true(ipv4_from_str(s, &v));
	return v;
}

static void expect(
	const struct fp_routes *t, const char *dst, const char *next, unsigned out)
{
	uint32_t next_hop = 0;
	uint16_t ifindex = 0;

	g_assert_true(fp_routes_find(t, ip(dst), &next_hop, &ifindex));
	g_assert_cmphex(next_hop, ==, ip(next));
	g_assert_cmpuint(ifindex, ==, out);
}

static void expect_none(const struct fp_routes *t, const char *dst)
{
	uint32_t next_hop;
	uint16_t ifindex;

	g_assert_false(fp_routes_find(t, ip(dst), &next_hop, &ifindex));
}

static void test_longest(void)
{
	struct fp_routes t;

	fp_routes_init(&t);
	expect_none(&t, "10.0.0.1");
	fp_routes_put(&t, ip("192.0.2.254"), ip("255.255.255.0"), 0, 2, true, 1);
	fp_routes_put(&t, 0, 0, ip("192.0.2.1"), 0, false, 1);
	fp_routes_put(
		&t, ip("10.0.0.0"), ip("255.0.0.0"), ip("192.0.2.2"), 0, false, 1);
	fp_routes_put(&t, ip("10.1.0.0"), ip("255.255.0.0"), 0, 3, false, 1);
	fp_routes_put(&t, ip("10.1.2.3"), UINT32_MAX, ip("192.0.2.4"), 2, false, 1);
	expect(&t, "192.0.2.77", "192.0.2.77", 2);
	expect(&t, "8.8.8.8", "192.0.2.1", 2);
	expect(&t, "10.2.0.1", "192.0.2.2", 2);
	expect(&t, "10.1.9.9", "10.1.9.9", 3);
	expect(&t, "10.1.2.3", "192.0.2.4", 2);
	fp_routes_del(&t, ip("10.1.2.3"), UINT32_MAX, false);
	expect(&t, "10.1.2.3", "10.1.2.3", 3);
	fp_routes_del(&t, 0, 0, false);
	expect_none(&t, "8.8.8.8");
	fp_routes_deinit(&t);
}

static void test_next_hop_gone(void)
{
	struct fp_routes t;

	fp_routes_init(&t);
	fp_routes_put(&t, 0, 0, ip("192.0.2.1"), 0, false, 1);
	expect_none(
		&t, "8.8.8.8"); /* a next hop that only the route itself would reach */
	fp_routes_put(&t, ip("192.0.2.0"), ip("255.255.255.0"), 0, 2, true, 1);
	expect(&t, "8.8.8.8", "192.0.2.1", 2);
	fp_routes_del(&t, ip("192.0.2.0"), ip("255.255.255.0"), true);
	expect_none(&t, "8.8.8.8");
	fp_routes_put(&t, ip("10.0.0.0"), ip("255.0.0.0"), 0, 0, false, 1);
	expect_none(&t, "10.0.0.1");
	fp_routes_deinit(&t);
}

static void test_connected_over_static(void)
{
	struct fp_routes t;

	fp_routes_init(&t);
	fp_routes_put(&t, ip("10.0.0.0"), ip("255.0.0.0"), 0, 7, false, 1);
	fp_routes_put(&t, ip("10.0.0.0"), ip("255.0.0.0"), 0, 2, true, 1);
	expect(&t, "10.0.0.1", "10.0.0.1", 2);
	fp_routes_del(&t, ip("10.0.0.0"), ip("255.0.0.0"), true);
	expect(&t, "10.0.0.1", "10.0.0.1", 7);
	fp_routes_deinit(&t);
}

static void test_sweep(void)
{
	struct fp_routes t;

	fp_routes_init(&t);
	fp_routes_put(&t, ip("192.0.2.0"), ip("255.255.255.0"), 0, 2, true, 1);
	for (uint32_t i = 0; i < 100; i++)
		fp_routes_put(&t, i << 16, 0xffff0000, 0, 5, false, 1 + i % 2);
	g_assert_cmpuint(fp_routes_sweep(&t, 2), ==, 50);
	expect_none(&t, "0.2.0.1");
	expect(&t, "0.3.0.1", "0.3.0.1", 5);
	expect(&t, "192.0.2.9", "192.0.2.9", 2);
	fp_routes_deinit(&t);
}

static void test_limits(void)
{
	struct fp_routes t;

	fp_routes_init(&t);
	g_assert_false(fp_routes_put(&t, 0, 0xff00ff00, 0, 5, false, 1));
	fp_routes_del(&t, 0, 0xff00ff00, false);
	g_assert_cmpint(fp_mask_len(0), ==, 0);
	g_assert_cmpint(fp_mask_len(UINT32_MAX), ==, 32);
	g_assert_cmpint(fp_mask_len(0xfffffe00), ==, 23);
	g_assert_cmpint(fp_mask_len(0x00ffffff), ==, -1);
	for (uint32_t i = 0; i < FP_ROUTES_MAX; i++)
		g_assert_true(fp_routes_put(&t, i << 8, 0xffffff00, 0, 5, false, 1));
	g_assert_false(fp_routes_put(&t, 0x0a000000, 0xff000000, 0, 5, false, 1));
	g_assert_true(fp_routes_put(&t, 0, 0xffffff00, 0, 6, false, 1)); /* a change */
	expect(&t, "0.0.0.1", "0.0.0.1", 6);
	fp_routes_deinit(&t);
}

/* Against a look through all of them. */
static void test_random(void)
{
	struct fp_routes t;
	struct rng r;

	fp_routes_init(&t);
	rng_init(&r, 1, 2);
	for (unsigned i = 0; i < 500; i++) {
		unsigned len = 1 + rng_below(&r, 32);

		fp_routes_put(&t, rng_u32(&r) & 0x00ff00ff, UINT32_MAX << (32 - len), 0,
			(uint16_t)(1 + i), false, 1);
	}
	for (unsigned i = 0; i < 10000; i++) {
		uint32_t dst = rng_u32(&r) & 0x00ff00ff, next_hop;
		uint16_t got = 0, want = 0;
		int best = -1;

		for (unsigned k = 1; k <= t.highest; k++) {
			const struct fp_route *route = &t.route[k];
			uint32_t mask =
				route->len ? UINT32_MAX << (32 - route->len) : 0;

			if (route->used && (dst & mask) == route->prefix &&
				route->len > best) {
				best = route->len;
				want = route->ifindex;
			}
		}
		fp_routes_find(&t, dst, &next_hop, &got);
		g_assert_cmpuint(got, ==, want);
	}
	fp_routes_deinit(&t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/route/longest", test_longest);
	g_test_add_func("/fp/route/next-hop-gone", test_next_hop_gone);
	g_test_add_func("/fp/route/connected-over-static", test_connected_over_static);
	g_test_add_func("/fp/route/sweep", test_sweep);
	g_test_add_func("/fp/route/limits", test_limits);
	g_test_add_func("/fp/route/random", test_random);
	return g_test_run();
}
