/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vpdn/ids.h"

#include <glib.h>

#include "base/rng.h"

static void test_lowest(void)
{
	g_autofree struct ids *t = g_new0(struct ids, 1);

	for (uint32_t n = 1; n <= 200; n++)
		g_assert_cmpuint(ids_take(t), ==, n);
	ids_put(t, 150);
	ids_put(t, 64);
	ids_put(t, 0);
	g_assert_cmpuint(ids_take(t), ==, 64);
	g_assert_cmpuint(ids_take(t), ==, 150);
	g_assert_cmpuint(ids_take(t), ==, 201);
}

static void test_full(void)
{
	g_autofree struct ids *t = g_new0(struct ids, 1);

	for (uint32_t n = 1; n <= IDS_MAX; n++)
		g_assert_cmpuint(ids_take(t), ==, n);
	g_assert_cmpuint(ids_take(t), ==, 0);
	g_assert_false(ids_take_at(t, IDS_MAX));
	ids_put(t, IDS_MAX);
	g_assert_cmpuint(ids_take(t), ==, IDS_MAX);
	ids_put(t, 1);
	g_assert_true(ids_take_at(t, 1));
	g_assert_cmpuint(ids_take(t), ==, 0);
}

static void test_take_at(void)
{
	g_autofree struct ids *t = g_new0(struct ids, 1);

	g_assert_true(ids_take_at(t, 2));
	g_assert_false(ids_take_at(t, 2));
	g_assert_false(ids_take_at(t, 0));
	g_assert_false(ids_take_at(t, IDS_MAX + 1));
	g_assert_true(ids_take_at(t, 70000));
	g_assert_cmpuint(ids_take(t), ==, 1);
	g_assert_cmpuint(ids_take(t), ==, 3);
}

/* Against an array of bools. */
static void test_model(void)
{
	enum { N = 5000 };
	g_autofree struct ids *t = g_new0(struct ids, 1);
	g_autofree bool *taken = g_new0(bool, N + 2);
	struct rng rng;

	rng_init(&rng, 7, 1);
	for (unsigned step = 0; step < 20000; step++) {
		uint32_t n = 1 + rng_below(&rng, N), lowest = 1;

		if (taken[n]) {
			ids_put(t, n);
			taken[n] = false;
		} else if (rng_below(&rng, 2)) {
			g_assert_true(ids_take_at(t, n));
			taken[n] = true;
		} else {
			while (taken[lowest])
				lowest++;
			g_assert_cmpuint(ids_take(t), ==, lowest);
			taken[lowest] = true;
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/ids/lowest", test_lowest);
	g_test_add_func("/vpdn/ids/full", test_full);
	g_test_add_func("/vpdn/ids/take-at", test_take_at);
	g_test_add_func("/vpdn/ids/model", test_model);
	return g_test_run();
}
