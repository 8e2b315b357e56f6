/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ppp/pppoe_line.h"
#include "tests/lib/hex.h"

static bool parse(const char *digits, struct pppoe_line_info *out)
{
	g_autoptr(GBytes) bytes = hex(digits);
	gsize n;
	const void *p = g_bytes_get_data(bytes, &n);
	g_autofree void *exact = g_memdup2(p, n);
	struct rd r = rd_init(exact, n);

	return pppoe_line_parse(&r, out);
}

static char *build(const struct pppoe_line_info *line)
{
	uint8_t buf[PPPOE_LINE_ENCODED_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	pppoe_line_build(&w, line);
	g_assert_false(w.bad);
	return to_hex(buf, w.len);
}

static void test_all(void)
{
	/* in order of types, so that it comes out as it went in */
	static const char all[] = "0103616263" "0202dead"
		"810400000001" "820400000002" "830400000003" "840400000004"
		"850400000005" "860400000006" "870400000007" "880400000008"
		"890400000009" "8a040000000a" "8b040000000b" "8c040000000c"
		"8d040000000d" "8e040000000e" "9003010203" "910400000005" "fe00";
	struct pppoe_line_info line;
	g_autofree char *again = NULL;
	uint32_t n;

	g_assert_true(parse(all, &line));
	g_assert_cmpstr(line.circuit_id, ==, "abc");
	g_assert_cmpstr(line.remote_id, ==, "\xde\xad");
	for (unsigned t = 0x81; t <= 0x8e; t++) {
		g_assert_true(pppoe_line_number(&line, (uint8_t)t, &n));
		g_assert_cmpuint(n, ==, t - 0x80);
	}
	g_assert_true(pppoe_line_number(&line, PPPOE_LINE_ENCAPSULATION, &n));
	g_assert_cmphex(n, ==, 0x010203);
	g_assert_true(pppoe_line_number(&line, PPPOE_LINE_TYPE, &n));
	g_assert_cmpuint(n, ==, 5);
	g_assert_true(line.iwf);
	again = build(&line);
	g_assert_cmpstr(again, ==, all);
}

static void test_part(void)
{
	struct pppoe_line_info line;
	g_autofree char *again = NULL;
	uint32_t n;

	g_assert_true(parse("", &line));
	g_assert_true(parse("03021234 8f0100 770577778888 99 820400000400 820400000800 0100",
		&line)); /* unknown ones; the last counts */
	g_assert_false(pppoe_line_number(&line, 0x81, &n));
	g_assert_false(pppoe_line_number(&line, 0x01, &n));
	g_assert_false(pppoe_line_number(&line, 0xfe, &n));
	g_assert_true(pppoe_line_number(&line, 0x82, &n));
	g_assert_cmpuint(n, ==, 2048);
	again = build(&line);
	g_assert_cmpstr(again, ==, "820400000800");
}

static void test_bad(void)
{
	static const char *const rows[] = { "01", "0104616263", "8103000001",
		"810500000000 01", "90020102", "9004 01020304", "9101 05", "0102 6100",
		"01ff 61", "810400000001 82" };
	struct pppoe_line_info line, none = { 0 };

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_assert_false(parse(rows[i], &line));
		g_assert_cmpmem(&line, sizeof(line), &none, sizeof(none));
	}
}

static void test_cut(void)
{
	struct pppoe_line_info line;
	GString *s = g_string_new("0146");
	g_autofree char *again = NULL;

	for (unsigned i = 0; i < 70; i++)
		g_string_append(s, "41");
	g_assert_true(parse(s->str, &line));
	g_assert_cmpuint(strlen(line.circuit_id), ==, 63);
	again = build(&line);
	g_assert_true(g_str_has_prefix(again, "013f41"));
	g_string_free(s, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pppoe-line/all", test_all);
	g_test_add_func("/pppoe-line/part", test_part);
	g_test_add_func("/pppoe-line/bad", test_bad);
	g_test_add_func("/pppoe-line/cut", test_cut);
	return g_test_run();
}
