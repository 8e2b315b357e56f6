/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <string.h>

#include "tests/lib/hex.h"

#define TEN   "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
	const char *name, *in;
	size_t n;
	const char *out;
} escapes[] = {
	/* clang-format off */
	{ "plain",    "lac1.example",   12, "lac1.example" },
	{ "empty",    "",               0,  "" },
	{ "blank",    "a b~",           4,  "a b~" },
	{ "nul",      "a\0b",           3,  "a\\x00b" },
	{ "terminal", "\x1b[2J\r\n",    6,  "\\x1b[2J\\x0d\\x0a" },
	{ "high",     "\x7f\x80\xff",   3,  "\\x7f\\x80\\xff" },
	{ "64",       SIXTY "abcd",     64, SIXTY "abcd" },
	{ "65",       SIXTY "abcde",    65, SIXTY "abcd..." },
	/* clang-format on */
};

static void test_escape(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(escapes); i++) {
		g_autofree char *out = text_escape(escapes[i].in, escapes[i].n);

		g_test_message("%s", escapes[i].name);
		g_assert_cmpstr(out, ==, escapes[i].out);
	}
	g_autofree char *nothing = text_escape(NULL, 0);

	g_assert_cmpstr(nothing, ==, "");
}

static const struct {
	const char *in, *out;
} hexes[] = {
	/* clang-format off */
	{ "",              "" },
	{ "00",            "00" },
	{ "aAfF09",        "aaff09" },
	{ " 01 02:03\n04 ", "01020304" },
	{ "0",             NULL },
	{ "012",           NULL },
	{ "0 1",           NULL },
	{ "0:1",           NULL },
	{ "0x01",          NULL },
	{ "gg",            NULL },
	{ "01-02",         NULL },
	/* clang-format on */
};

static void test_from_hex(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(hexes); i++) {
		g_autoptr(GBytes) bytes = text_from_hex(hexes[i].in);

		g_test_message("%s", hexes[i].in);
		if (!hexes[i].out) {
			g_assert_null(bytes);
			continue;
		}
		g_assert_nonnull(bytes);
		assert_hex(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes),
			hexes[i].out);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/text/escape", test_escape);
	g_test_add_func("/base/text/from-hex", test_from_hex);
	return g_test_run();
}
