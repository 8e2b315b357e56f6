/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/index.h"

#include <glib.h>

#include "base/rng.h"

static void test_basics(void)
{
	struct index *ix = index_new(0);

	g_assert_cmpuint(index_get(ix, 5), ==, 0);
	g_assert_false(index_del(ix, 5));
	index_put(ix, 5, 50);
	index_put(ix, 0, 1); /* key zero is a key */
	index_put(ix, 5, 51);
	index_prefetch(ix, 5);
	g_assert_cmpuint(index_get(ix, 5), ==, 51);
	g_assert_cmpuint(index_get(ix, 0), ==, 1);
	g_assert_cmpuint(index_count(ix), ==, 2);
	g_assert_true(index_del(ix, 5));
	g_assert_false(index_del(ix, 5));
	g_assert_cmpuint(index_get(ix, 5), ==, 0);
	g_assert_cmpuint(index_count(ix), ==, 1);
	index_free(ix);
	index_free(NULL);
}

/* How keys are drawn: many runs of neighbours, or spread, or alike in the low bits. */
static const struct {
	const char *name;
	uint64_t mask, stride;
} patterns[] = {
	/* clang-format off */
	{ "dense",     0x3ff,  1 },
	{ "high-bits", 0x3ff,  UINT64_C(1) << 54 },
	{ "both-ids",  0xfff,  UINT64_C(0x100000001) },
	{ "spread",    0xffff, UINT64_C(0xc2b2ae3d27d4eb4f) },
	{ "pages",     0x7ff,  4096 },
	/* clang-format on */
};

static void compare_all(
	const struct index *ix, GHashTable *model, uint64_t mask, uint64_t stride)
{
	g_assert_cmpuint(index_count(ix), ==, g_hash_table_size(model));
	for (uint64_t i = 0; i <= mask; i++) {
		uint64_t key = i * stride;

		g_assert_cmpuint(index_get(ix, key), ==,
			GPOINTER_TO_UINT(g_hash_table_lookup(model, &key)));
	}
}

static void test_model(gconstpointer data)
{
	const uint64_t mask = patterns[GPOINTER_TO_UINT(data)].mask;
	const uint64_t stride = patterns[GPOINTER_TO_UINT(data)].stride;
	g_autoptr(GHashTable) model =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	struct index *ix = index_new(4);
	struct rng rng;

	rng_init(&rng, 1, GPOINTER_TO_UINT(data));
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t key = (rng_u64(&rng) & mask) * stride;
		/* Fills for a while, then empties, over and over. */
		bool put = rng_below(&rng, 10) < (i / 10000 % 2 ? 2 : 7);

		if (put) {
			uint32_t value = rng_u32(&rng) | 1;

			index_put(ix, key, value);
			g_hash_table_replace(model, g_memdup2(&key, sizeof(key)),
				GUINT_TO_POINTER(value));
		} else {
			g_assert_cmpint(index_del(ix, key), ==,
				g_hash_table_remove(model, &key));
		}
		g_assert_cmpuint(index_get(ix, key), ==,
			GPOINTER_TO_UINT(g_hash_table_lookup(model, &key)));
		if (i % 5000 == 0)
			compare_all(ix, model, mask, stride);
	}
	compare_all(ix, model, mask, stride);
	index_free(ix);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/index/basics", test_basics);
	for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++) {
		g_autofree char *path =
			g_strconcat("/base/index/model/", patterns[i].name, NULL);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_model);
	}
	return g_test_run();
}
