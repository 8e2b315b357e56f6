/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The demonstration: everything kept, and the same seed prints the same to the byte.
 */
#include "scenarios/engine/demo.h"
#include "tests/scenarios/world.h"

#include <string.h>

static char *run(uint64_t seed, int expect)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	g_assert_nonnull(out);
	g_assert_cmpint(demo_run(out, &world_boards, seed, NULL), ==, expect);
	fclose(out);
	return text;
}

static void test_kept(void)
{
	char *text = run(1, 0);

	g_assert_nonnull(strstr(text, "sessions kept: 20 of 20"));
	g_assert_nonnull(strstr(text, "sent, 0 lost"));
	g_assert_nonnull(strstr(text, "StopCCN 0, CDN 0, tunnels given up 0"));
	g_assert_nonnull(strstr(text, "L2TP Resynced Tunnels: 2/0"));
	g_assert_null(strstr(text, "WRONG"));
	free(text);
}

static void test_same_seed(void)
{
	for (uint64_t seed = 1; seed <= 5; seed++) {
		char *a = run(seed, 0), *b = run(seed, 0);

		g_assert_cmpstr(a, ==, b);
		free(a);
		free(b);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/demo/kept", test_kept);
	g_test_add_func("/scenarios/demo/same-seed", test_same_seed);
	if (g_getenv("DEMO_SHOW"))
		return demo_run(stdout, &world_boards, 1, NULL);
	return g_test_run();
}
