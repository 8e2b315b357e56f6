/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/slab.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "base/rng.h"

struct rec {
	uint32_t number;
	char filler[33];
};

static void test_basics(void)
{
	struct slab *s = slab_new(sizeof(struct rec), 3);
	uint32_t a, b, c, d;
	struct rec *first = slab_take(s, &a);

	g_assert_cmpuint(a, ==, 1);
	memset(first, 0xee, sizeof(*first));
	g_assert_nonnull(slab_take(s, &b));
	g_assert_nonnull(slab_take(s, &c));
	g_assert_null(slab_take(s, &d));
	g_assert_cmpuint(d, ==, 0);
	g_assert_cmpuint(slab_count(s), ==, 3);

	g_assert_true(slab_get(s, a) == first);
	g_assert_null(slab_get(s, 0));
	g_assert_null(slab_get(s, 4));
	g_assert_null(slab_get(s, UINT32_MAX));

	slab_put(s, a);
	g_assert_null(slab_get(s, a));
	first = slab_take(s, &d);
	g_assert_cmpuint(d, ==, a);
	g_assert_cmpuint(first->number, ==, 0);
	for (size_t i = 0; i < sizeof(first->filler); i++)
		g_assert_cmpint(first->filler[i], ==, 0);
	slab_free(s);
	slab_free(NULL);
}

static void test_reuse_oldest_first(void)
{
	struct slab *s = slab_new(8, 300);
	static const uint32_t freed[] = { 270, 3, 299, 1, 150 };
	uint32_t index;

	for (unsigned i = 1; i <= 300; i++)
		g_assert_nonnull(slab_take(s, &index));
	for (size_t i = 0; i < G_N_ELEMENTS(freed); i++)
		slab_put(s, freed[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(freed); i++) {
		g_assert_nonnull(slab_take(s, &index));
		g_assert_cmpuint(index, ==, freed[i]);
	}
	slab_free(s);
}

static void test_take_at(void)
{
	struct slab *s = slab_new(8, 1000);
	uint32_t index;

	g_assert_null(slab_take_at(s, 0));
	g_assert_null(slab_take_at(s, 1001));
	g_assert_null(slab_take_at(s, UINT32_MAX));
	g_assert_nonnull(slab_take_at(s, 1000));
	g_assert_null(slab_take_at(s, 1000));
	g_assert_nonnull(slab_take_at(s, 2));
	g_assert_cmpuint(slab_count(s), ==, 2);

	/* All others can be had, each once. */
	g_autofree bool *seen = g_new0(bool, 1001);

	for (unsigned i = 0; i < 998; i++) {
		g_assert_nonnull(slab_take(s, &index));
		g_assert_false(seen[index]);
		seen[index] = true;
	}
	g_assert_false(seen[0] || seen[2] || seen[1000]);
	g_assert_null(slab_take(s, &index));
	slab_free(s);
}

static void test_huge_number(void)
{
	struct slab *s = slab_new(8, 40000000);
	uint32_t index;

	/* One record far up costs one chunk, not all below it. */
	g_assert_nonnull(slab_take_at(s, 40000000));
	g_assert_nonnull(slab_next(s, 0, &index));
	g_assert_cmpuint(index, ==, 40000000);
	g_assert_null(slab_next(s, index, &index));
	g_assert_cmpuint(index, ==, 0);
	slab_free(s);
}

/* An empty chunk is skipped to its end, not by its length. */
static void test_walk_from_inside(void)
{
	struct slab *s = slab_new(8, 2000);
	uint32_t index;

	g_assert_nonnull(slab_take_at(s, 1));
	slab_put(s, 1);
	g_assert_nonnull(slab_take_at(s, 1025));
	g_assert_nonnull(slab_take_at(s, 1281));
	g_assert_nonnull(slab_next(s, 100, &index));
	g_assert_cmpuint(index, ==, 1025);
	g_assert_nonnull(slab_next(s, index, &index));
	g_assert_cmpuint(index, ==, 1281);
	slab_free(s);
}

static void check_walk(const struct slab *s, struct rec *const model[], uint32_t max)
{
	uint32_t index = 0;

	for (uint32_t i = 1; i <= max; i++) {
		g_assert_true(slab_get(s, i) == model[i]);
		if (!model[i])
			continue;
		g_assert_true(slab_next(s, index, &index) == model[i]);
		g_assert_cmpuint(index, ==, i);
		g_assert_cmpuint(model[i]->number, ==, i);
	}
	g_assert_null(slab_next(s, index, &index));
}

static void test_model(void)
{
	enum { MAX_RECS = 700 };
	struct slab *s = slab_new(sizeof(struct rec), MAX_RECS);
	struct rec *model[MAX_RECS + 1] = { NULL };
	uint32_t count = 0;
	struct rng rng;

	rng_init(&rng, 9, 0);
	for (unsigned i = 0; i < 50000; i++) {
		uint32_t index = 1 + rng_below(&rng, MAX_RECS);
		struct rec *r = NULL;

		switch (rng_below(&rng, 4)) {
		case 0:
			r = slab_take(s, &index);
			g_assert_cmpint(r != NULL, ==, count < MAX_RECS);
			g_assert_true(!r || !model[index]);
			break;
		case 1:
			r = slab_take_at(s, index);
			g_assert_cmpint(r != NULL, ==, model[index] == NULL);
			break;
		default:
			if (i / 5000 % 2 == 0 && rng_below(&rng, 3))
				break;
			if (model[index]) {
				slab_put(s, index);
				model[index] = NULL;
				count--;
			}
		}
		if (r) {
			g_assert_cmpuint(r->number, ==, 0);
			r->number = index;
			model[index] = r;
			count++;
		}
		g_assert_cmpuint(slab_count(s), ==, count);
		if (i % 1000 == 0)
			check_walk(s, model, MAX_RECS);
	}
	slab_free(s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/slab/basics", test_basics);
	g_test_add_func("/base/slab/reuse-oldest-first", test_reuse_oldest_first);
	g_test_add_func("/base/slab/take-at", test_take_at);
	g_test_add_func("/base/slab/huge-number", test_huge_number);
	g_test_add_func("/base/slab/walk-from-inside", test_walk_from_inside);
	g_test_add_func("/base/slab/model", test_model);
	return g_test_run();
}
