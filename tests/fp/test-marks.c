/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Marks of unprotected tunnels (ha-commit.md H3).
 */
#include "fp/marks.h"

#include "base/buf.h"

/* "tunnel:seq ..." */
static char *text(const struct fp_marks *m)
{
	GString *s = g_string_new(NULL);
	g_autoptr(GBytes) list = fp_marks_list(m);
	gsize n;
	const void *p = g_bytes_get_data(list, &n);
	struct rd r = rd_init(p, n);

	while (rd_left(&r)) {
		unsigned tunnel = rd_u16(&r);

		g_string_append_printf(
			s, "%s%u:%u", s->len ? " " : "", tunnel, rd_u32(&r));
	}
	g_assert_false(r.bad);
	return g_string_free(s, FALSE);
}

static void expect(const struct fp_marks *m, const char *want)
{
	g_autofree char *have = text(m);

	g_assert_cmpstr(have, ==, want);
}

static void test_set(void)
{
	struct fp_marks *m = fp_marks_new();

	expect(m, "");
	fp_marks_set(m, 7, 100);
	fp_marks_set(m, 3, 5);
	fp_marks_set(m, 65535, 1);
	fp_marks_set(m, 7, 99); /* the highest stays */
	expect(m, "3:5 7:100 65535:1");
	fp_marks_set(m, 7, 101);
	expect(m, "3:5 7:101 65535:1");
	g_assert_cmpuint(fp_marks_count(m), ==, 3);
	fp_marks_clear(m);
	expect(m, "");
	fp_marks_free(m);
	fp_marks_free(NULL);
}

/* The acknowledgement may overtake the packet; a new RP counts anew. */
static void test_overtaken(void)
{
	struct fp_marks *m = fp_marks_new();

	fp_marks_acked(m, 4, 50);
	fp_marks_set(m, 4, 50);
	expect(m, "");
	fp_marks_set(m, 4, 51);
	fp_marks_set(m, 5, 1);
	expect(m, "4:51 5:1");
	fp_marks_acked(m, 5, 9);
	fp_marks_new_term(m);
	expect(m, "4:51");
	fp_marks_set(m, 5, 2);
	expect(m, "4:51 5:2");
	fp_marks_drop(m, 5);
	fp_marks_acked(m, 0, 60);
	expect(m, "");
	g_assert_cmpuint(fp_marks_count(m), ==, 0);
	fp_marks_free(m);
}

/* What the other FP was told clears, and says nothing of marks to come. */
static void test_acked_there(void)
{
	struct fp_marks *m = fp_marks_new();

	fp_marks_set(m, 1, 10);
	fp_marks_set(m, 2, 20);
	fp_marks_set(m, 3, 30);
	fp_marks_acked_there(m, 2, 19);
	fp_marks_acked_there(m, 4, 99);
	expect(m, "1:10 2:20 3:30");
	fp_marks_acked_there(m, 2, 20);
	expect(m, "1:10 3:30");
	fp_marks_acked_there(m, 0, 29);
	expect(m, "3:30");
	fp_marks_set(m, 1, 5);
	fp_marks_set(m, 2, 3);
	expect(m, "1:5 2:3 3:30");
	g_assert_cmpuint(fp_marks_count(m), ==, 3);
	fp_marks_free(m);
}

static void test_acked(void)
{
	struct fp_marks *m = fp_marks_new();

	fp_marks_set(m, 1, 10);
	fp_marks_set(m, 2, 20);
	fp_marks_set(m, 3, 30);
	fp_marks_acked(m, 2, 19); /* does not cover it */
	expect(m, "1:10 2:20 3:30");
	fp_marks_acked(m, 2, 20);
	expect(m, "1:10 3:30");
	fp_marks_acked(m, 9, 99); /* not marked */
	fp_marks_acked(m, 0, 29); /* all tunnels */
	expect(m, "3:30");
	fp_marks_acked(m, 0, 31);
	expect(m, "");
	fp_marks_free(m);
}

/* Low bits of a number that goes on. */
static void test_wrap(void)
{
	struct fp_marks *m = fp_marks_new();

	fp_marks_set(m, 1, UINT32_MAX);
	fp_marks_set(m, 1, 2); /* later */
	expect(m, "1:2");
	fp_marks_acked(m, 1, UINT32_MAX);
	expect(m, "1:2");
	fp_marks_set(m, 2, UINT32_MAX - 1);
	fp_marks_acked(m, 0, 1);
	expect(m, "1:2");
	fp_marks_acked(m, 0, 2);
	expect(m, "");
	fp_marks_free(m);
}

static void test_drop(void)
{
	struct fp_marks *m = fp_marks_new();

	fp_marks_drop(m, 4);
	fp_marks_set(m, 4, 1);
	fp_marks_set(m, 5, 1);
	fp_marks_drop(m, 3);
	fp_marks_drop(m, 6);
	expect(m, "4:1 5:1");
	fp_marks_drop(m, 4);
	expect(m, "5:1");
	fp_marks_free(m);
}

static void test_bits(void)
{
	struct fp_marks *m = fp_marks_new();
	g_autoptr(GBytes) bits = NULL;
	const uint8_t *p;
	gsize n;

	fp_marks_set(m, 9, 1);
	fp_marks_set(m, 15, 1);
	fp_marks_set(m, 65535, 1);
	bits = fp_marks_bits(m);
	p = g_bytes_get_data(bits, &n);
	g_assert_cmpuint(n, ==, 8192);
	g_assert_cmphex(p[0], ==, 0);
	g_assert_cmphex(p[1], ==, 0x82);
	g_assert_cmphex(p[8191], ==, 0x80);
	fp_marks_free(m);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/marks/set", test_set);
	g_test_add_func("/fp/marks/acked", test_acked);
	g_test_add_func("/fp/marks/acked-there", test_acked_there);
	g_test_add_func("/fp/marks/wrap", test_wrap);
	g_test_add_func("/fp/marks/drop", test_drop);
	g_test_add_func("/fp/marks/overtaken", test_overtaken);
	g_test_add_func("/fp/marks/bits", test_bits);
	return g_test_run();
}
