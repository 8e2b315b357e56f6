/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Telnet: shell-and-automation.md, section 9. */
#include "cli/telnet.h"

#include <string.h>

#define B(s) (s), sizeof(s) - 1

static const struct {
	const char *name;
	const char *in;
	size_t in_len;
	const char *keys;
	size_t keys_len;
	const char *wire;
	size_t wire_len;
} rows[] = {
	/* clang-format off */
	{ "plain",       B("show"),                     B("show"),   B("") },
	{ "crlf",        B("a\r\nb"),                   B("a\rb"),   B("") },
	{ "crnul",       B("a\r\0b"),                   B("a\rb"),   B("") },
	{ "cr",          B("a\rb"),                     B("a\rb"),   B("") },
	{ "lf",          B("a\nb"),                     B("a\rb"),   B("") },
	{ "cr-cr",       B("\r\r"),                     B("\r\r"),   B("") },
	{ "lf-lf",       B("\n\n"),                     B("\r\r"),   B("") },
	{ "crnul-lf",    B("\r\0\n"),                   B("\r\r"),   B("") },
	{ "crlf-lf",     B("\r\n\n"),                   B("\r\r"),   B("") },
	{ "nul",         B("a\0b"),                     B("ab"),     B("") },
	{ "iac-iac",     B("a\377\377b"),               B("a\377b"), B("") },
	{ "nop",         B("a\377\361b"),               B("ab"),     B("") },
	{ "ayt",         B("a\377\366b"),               B("ab"),     B("") },
	{ "brk",         B("\377\363"),                 B("\036"),   B("") },
	{ "ip",          B("\377\364"),                 B("\036"),   B("") },
	{ "do-echo",     B("\377\375\001"),             B(""),       B("") },
	{ "dont-echo",   B("\377\376\001"),             B(""),       B("") },
	{ "will-naws",   B("\377\373\037"),             B(""),       B("") },
	{ "will-ttype",  B("\377\373\030\377\373\030"), B(""),
	                                                B("\377\372\030\001\377\360") },
	{ "do-unknown",  B("\377\375\143\377\375\143"), B(""),       B("\377\374\143") },
	{ "will-unknown", B("\377\373\143\377\373\143"), B(""),      B("\377\376\143") },
	{ "wont",        B("\377\374\030\377\374\037"), B(""),       B("") },
	{ "netmiko",     B("\377\376\001\377\376\003\377\374\030\377\374\037u\r"),
	                                                B("u\r"),    B("") },
	{ "sub-unknown", B("\377\372\050abc\377\360x"), B("x"),      B("") },
	{ "sub-escaped", B("\377\372\050a\377\377b\377\360x"), B("x"), B("") },
	{ "sub-no-se",   B("\377\372\050a\377\361x"),   B("x"),      B("") },
	{ "sub-then-do", B("\377\372\050a\377\375\143x"), B("x"),    B("\377\374\143") },
	/* clang-format on */
};

/* Whole and byte by byte: segments may be cut anywhere. */
static void test_row(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);

	for (size_t step = 1; step <= rows[i].in_len;
		step += MAX(rows[i].in_len - 1, 1)) {
		struct cli_telnet t;
		g_autoptr(GByteArray) keys = g_byte_array_new();
		g_autoptr(GByteArray) wire = g_byte_array_new();

		cli_telnet_init(&t);
		for (size_t at = 0; at < rows[i].in_len; at += step)
			cli_telnet_input(&t, (const uint8_t *)rows[i].in + at,
				MIN(step, rows[i].in_len - at), keys, wire);
		g_assert_cmpmem(keys->data, keys->len, rows[i].keys, rows[i].keys_len);
		g_assert_cmpmem(wire->data, wire->len, rows[i].wire, rows[i].wire_len);
	}
}

static void test_start(void)
{
	struct cli_telnet t;
	g_autoptr(GByteArray) wire = g_byte_array_new();

	cli_telnet_start(&t, wire);
	g_assert_cmpmem(wire->data, wire->len,
		"\377\373\001\377\373\003\377\375\030\377\375\037", 12);
}

static void test_window(void)
{
	struct cli_telnet t;
	g_autoptr(GByteArray) keys = g_byte_array_new();
	g_autoptr(GByteArray) wire = g_byte_array_new();

	cli_telnet_init(&t);
	cli_telnet_input(&t, (const uint8_t *)"\377\372\037\000\120\000\030\377\360", 9,
		keys, wire);
	g_assert_cmpuint(t.columns, ==, 80);
	g_assert_cmpuint(t.rows, ==, 24);
	cli_telnet_input(&t, (const uint8_t *)"\377\372\030\000xterm\001\377\360", 12,
		keys, wire);
	g_assert_cmpstr(t.terminal, ==, "xterm.");
	g_assert_cmpuint(keys->len + wire->len, ==, 0);
}

/* Without an end it gives up, and keys are keys again. */
static void test_endless_sub(void)
{
	struct cli_telnet t;
	g_autoptr(GByteArray) keys = g_byte_array_new();
	g_autoptr(GByteArray) wire = g_byte_array_new();
	uint8_t junk[2000];

	memset(junk, 'x', sizeof(junk));
	cli_telnet_init(&t);
	cli_telnet_input(&t, (const uint8_t *)"\377\372\030", 3, keys, wire);
	cli_telnet_input(&t, junk, sizeof(junk), keys, wire);
	g_assert_cmpuint(keys->len, >, 1000);
}

static void test_output(void)
{
	g_autoptr(GByteArray) wire = g_byte_array_new();

	cli_telnet_output((const uint8_t *)"a\377b\377\377", 5, wire);
	g_assert_cmpmem(wire->data, wire->len, "a\377\377b\377\377\377\377", 8);
	cli_telnet_output((const uint8_t *)"", 0, wire);
	g_assert_cmpuint(wire->len, ==, 8);
}

static void test_random(void)
{
	struct cli_telnet t;
	g_autoptr(GByteArray) keys = g_byte_array_new();
	g_autoptr(GByteArray) wire = g_byte_array_new();
	g_autoptr(GRand) rand = g_rand_new_with_seed(9);
	guint keys_total = 0;

	cli_telnet_init(&t);
	for (int i = 0; i < 1000000; i++) {
		uint8_t b = (uint8_t)g_rand_int_range(rand, 0, 256);

		cli_telnet_input(&t, &b, 1, keys, wire);
		keys_total += keys->len;
		g_byte_array_set_size(keys, 0);
	}
	g_assert_cmpuint(keys_total, >, 10000);
	/* each option at most once each way, and one question */
	g_assert_cmpuint(wire->len, <=, 2 * 256 * 3 + 6);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path =
			g_strdup_printf("/cli/telnet/input/%s", rows[i].name);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
	}
	g_test_add_func("/cli/telnet/start", test_start);
	g_test_add_func("/cli/telnet/window", test_window);
	g_test_add_func("/cli/telnet/endless-sub", test_endless_sub);
	g_test_add_func("/cli/telnet/output", test_output);
	g_test_add_func("/cli/telnet/random", test_random);
	return g_test_run();
}
