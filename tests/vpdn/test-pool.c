/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vpdn/pool.h"

#include "base/rng.h"

struct fixture {
	struct vpdn_config *config;
	struct pools *pools;
};

static struct fixture setup(void)
{
	struct fixture f = { vpdn_config_new(), pools_new() };

	return f;
}

static void add(struct fixture *f, const char *name, uint32_t low, uint32_t high)
{
	g_assert_true(vpdn_config_add_pool(f->config, name, low, high));
	pools_sync(f->pools, f->config);
}

static void teardown(struct fixture *f)
{
	pools_free(f->pools);
	vpdn_config_free(f->config);
}

static void assert_usage(
	const struct fixture *f, unsigned range, unsigned free_, unsigned in_use)
{
	unsigned is_free, is_used;

	pools_usage(f->pools, g_ptr_array_index(f->config->pools, range), &is_free,
		&is_used);
	g_assert_cmpuint(is_free, ==, free_);
	g_assert_cmpuint(is_used, ==, in_use);
}

static void test_order(void)
{
	struct fixture f = setup();

	add(&f, "P", 101, 103);
	add(&f, "Q", 50, 60);
	add(&f, "P", 201, 202);
	for (uint32_t ip = 101; ip <= 103; ip++)
		g_assert_cmpuint(pools_take(f.pools, "P"), ==, ip);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 201);
	assert_usage(&f, 0, 0, 3);
	assert_usage(&f, 1, 11, 0);
	assert_usage(&f, 2, 1, 1);
	pools_put(f.pools, 103);
	pools_put(f.pools, 101);
	pools_put(f.pools, 0);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 103); /* rested longest */
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 101);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 202);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 0);
	g_assert_cmpuint(pools_take(f.pools, "none"), ==, 0);
	g_assert_cmpuint(pools_take(f.pools, "Q"), ==, 50);
	teardown(&f);
}

static void test_never_used_first(void)
{
	struct fixture f = setup();

	add(&f, "P", 1, 4);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 1);
	pools_put(f.pools, 1);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 2);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 3);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 4);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 1);
	teardown(&f);
}

/* What a new active does: addresses of living sessions are taken by number. */
static void test_rebuild(void)
{
	struct fixture f = setup();

	add(&f, "P", 1, 5);
	g_assert_true(pools_take_at(f.pools, 3));
	g_assert_false(pools_take_at(f.pools, 3));
	g_assert_true(pools_take_at(f.pools, 4));
	g_assert_false(pools_take_at(f.pools, 0));
	pools_put(f.pools, 4); /* the frontier has not been there */
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 1);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 2);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 4);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 5);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 0);
	pools_put(f.pools, 3);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 3);
	pools_clear(f.pools);
	assert_usage(&f, 0, 5, 0);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 1);
	teardown(&f);
}

static void test_reconfigure(void)
{
	struct fixture f = setup();

	add(&f, "P", 1, 3);
	add(&f, "Q", 11, 13);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 1);
	g_assert_cmpuint(pools_take(f.pools, "Q"), ==, 11);
	vpdn_config_remove_pool(f.config, "P");
	pools_sync(f.pools, f.config);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 0);
	g_assert_cmpuint(pools_take(f.pools, "Q"), ==, 12);
	add(&f, "R", 1, 3); /* 1 is still somebody's */
	assert_usage(&f, 1, 2, 1);
	g_assert_cmpuint(pools_take(f.pools, "R"), ==, 2);
	pools_put(f.pools, 1);
	assert_usage(&f, 1, 2, 1);
	g_assert_cmpuint(pools_take(f.pools, "R"), ==, 3);
	g_assert_cmpuint(pools_take(f.pools, "R"), ==, 1);
	g_assert_cmpuint(pools_take(f.pools, "R"), ==, 0);
	teardown(&f);
}

static void test_ends_of_space(void)
{
	struct fixture f = setup();

	add(&f, "P", 1, UINT32_MAX);
	assert_usage(&f, 0, UINT32_MAX, 0);
	g_assert_cmpuint(pools_take(f.pools, "P"), ==, 1);
	vpdn_config_remove_pool(f.config, "P");
	add(&f, "L", UINT32_MAX, UINT32_MAX);
	g_assert_cmpuint(pools_take(f.pools, "L"), ==, UINT32_MAX);
	g_assert_cmpuint(pools_take(f.pools, "L"), ==, 0);
	teardown(&f);
}

/* Random takes and puts against a plain array: nobody gets what somebody has, what is
 * given rested longest, and "none" is said only when there is none. */
static void test_model(void)
{
	enum { N = 40 };
	struct fixture f = setup();
	bool used[N + 1] = { false };
	unsigned rested[N + 1] = { 0 }; /* when it came back */
	unsigned n_used = 0;
	struct rng rng;

	rng_init(&rng, 11, 2);
	add(&f, "P", 1, N);
	for (unsigned step = 1; step < 30000; step++) {
		if (rng_below(&rng, 100) < 52) {
			uint32_t ip = pools_take(f.pools, "P");

			g_assert_cmpint(ip == 0, ==, n_used == N);
			if (!ip)
				continue;
			g_assert_cmpuint(ip, <=, N);
			g_assert_false(used[ip]);
			for (unsigned i = 1; i <= N; i++)
				g_assert_true(used[i] || rested[i] >= rested[ip]);
			used[ip] = true;
			n_used++;
		} else {
			uint32_t ip = 1 + rng_below(&rng, N);

			pools_put(f.pools, ip); /* of a free one: nothing happens */
			n_used -= used[ip];
			if (used[ip])
				rested[ip] = step;
			used[ip] = false;
		}
		assert_usage(&f, 0, N - n_used, n_used);
	}
	teardown(&f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/pool/order", test_order);
	g_test_add_func("/vpdn/pool/never-used-first", test_never_used_first);
	g_test_add_func("/vpdn/pool/rebuild", test_rebuild);
	g_test_add_func("/vpdn/pool/reconfigure", test_reconfigure);
	g_test_add_func("/vpdn/pool/ends-of-space", test_ends_of_space);
	g_test_add_func("/vpdn/pool/model", test_model);
	return g_test_run();
}
