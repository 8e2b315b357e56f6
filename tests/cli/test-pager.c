/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pager by itself: sizes of screens and odd keys. */
#include "cli/pager.h"

#include <string.h>

static char *run(struct cli_pager *p, unsigned length, unsigned width)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	cli_pager_run(p, length, width, out);
	return out->len ? g_strndup((const char *)out->data, out->len) : g_strdup("");
}

static const struct {
	const char *text;
	unsigned length, width;
	const char *out;
} rows[] = {
	/* clang-format off */
	{ "a\nb\nc\n",    0, 80, "a\r\nb\r\nc\r\n" },
	{ "a\nb\nc\n",    3, 80, "a\r\nb\r\n --More-- " },
	{ "a\nb\n",       3, 80, "a\r\nb\r\n" },
	{ "a\nb\nc",      3, 80, "a\r\nb\r\n --More-- " },
	{ "a\nb\n",       1, 80, "a\r\n --More-- " },
	{ "a\n\n\nb\n",   4, 80, "a\r\n\r\n\r\n --More-- " },
	{ "aaaa\nb\nc\n", 3, 4,  "aaaa\r\nb\r\n --More-- " },
	{ "aaaaa\nb\n",   3, 4,  "aaaaa\r\n --More-- " },
	{ "aaaaa\nb\n",   3, 0,  "aaaaa\r\nb\r\n" },
	{ "no end",       3, 80, "no end" },
	{ "",             3, 80, "" },
	/* clang-format on */
};

static void test_row(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct cli_pager p;

	cli_pager_init(&p);
	g_string_append(p.held, rows[i].text);

	g_autofree char *out = run(&p, rows[i].length, rows[i].width);

	g_assert_cmpstr(out, ==, rows[i].out);
	g_assert_cmpint(p.stopped, ==, g_str_has_suffix(rows[i].out, " --More-- "));
	cli_pager_deinit(&p);
}

/* The prompt is ten columns wide; after the erase the cursor is at the left. */
static void test_erase(void)
{
	struct cli_pager p;
	g_autoptr(GByteArray) out = g_byte_array_new();
	char screen[16] = "";
	int at = 0;

	cli_pager_init(&p);
	g_string_append(p.held, "a\nb\nc\n");
	cli_pager_run(&p, 2, 80, out);
	g_byte_array_remove_range(out, 0, 3);
	g_assert_cmpint(cli_pager_key(&p, ' ', 2, out), ==, CLI_PAGER_GO);
	memset(screen, ' ', sizeof(screen));
	for (guint i = 0; i < out->len; i++) {
		if (out->data[i] == '\b')
			at--;
		else
			screen[at++] = (char)out->data[i];
		g_assert_cmpint(at, >=, 0);
		g_assert_cmpint(at, <, 16);
	}
	/* nine back from column 10 is 1, as on devices: eight blanks cover the dashes */
	g_assert_cmpint(at, ==, 0);
	g_assert_cmpmem(screen, 16, "                ", 16);
	cli_pager_deinit(&p);
}

static void test_expression(void)
{
	struct cli_pager p;
	g_autoptr(GByteArray) out = g_byte_array_new();

	cli_pager_init(&p);
	g_string_append(p.held, "a\nb\nc\nd\n");
	cli_pager_run(&p, 2, 80, out);
	for (const char *k = "+x\177\177d"; *k; k++)
		g_assert_cmpint(
			cli_pager_key(&p, (uint8_t)*k, 2, out), ==, CLI_PAGER_STAY);
	for (int i = 0; i < 1000; i++)
		cli_pager_key(&p, 'z', 2, out);
	g_assert_cmpuint(p.typed->len, <, 100);
	/* Ctrl-C drops the expression, not the output */
	g_assert_cmpint(cli_pager_key(&p, 0x03, 2, out), ==, CLI_PAGER_STAY);
	g_assert_true(p.stopped);
	/* a bad one stays at the stop */
	cli_pager_key(&p, '/', 2, out);
	cli_pager_key(&p, '(', 2, out);
	g_assert_cmpint(cli_pager_key(&p, '\r', 2, out), ==, CLI_PAGER_STAY);
	g_assert_cmpint(cli_pager_key(&p, 'x', 2, out), ==, CLI_PAGER_QUIT);
	g_assert_cmpuint(p.held->len, ==, 0);
	cli_pager_deinit(&p);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/cli/pager/screen/%zu", i);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
	}
	g_test_add_func("/cli/pager/erase", test_erase);
	g_test_add_func("/cli/pager/expression", test_expression);
	return g_test_run();
}
