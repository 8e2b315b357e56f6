/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

static void add(struct log *l, int64_t ms, const char *text)
{
	log_add(l, (base_time){ ms * 1000000 }, LOG_SEV_NOTICE, "SYS", "CONFIG_I", "%s",
		text);
}

static void test_ring(void)
{
	struct log *l = log_new("R0", 3);

	g_assert_cmpstr(log_slot(l), ==, "R0");
	g_assert_null(log_next(l, 0));
	add(l, 1, "one");
	add(l, 2, "two");
	g_assert_cmpstr(log_next(l, 0)->text, ==, "one");
	g_assert_cmpstr(log_next(l, 1)->text, ==, "two");
	g_assert_null(log_next(l, 2));
	g_assert_cmpuint(log_dropped(l), ==, 0);

	add(l, 3, "three");
	add(l, 4, "four");
	add(l, 5, "five");
	g_assert_cmpuint(log_dropped(l), ==, 2);
	g_assert_cmpstr(log_next(l, 0)->text, ==, "three"); /* one and two are gone */
	g_assert_cmpuint(log_next(l, 0)->seq, ==, 3);
	g_assert_cmpstr(log_next(l, 4)->text, ==, "five");
	g_assert_null(log_next(l, 5));
	g_assert_null(log_next(l, 99));
	log_free(l);
	log_free(NULL);
}

static void test_own_text_as_argument(void)
{
	struct log *l = log_new("R0", 1);

	add(l, 1, "first");
	add(l, 2, log_next(l, 0)->text);
	g_assert_cmpstr(log_next(l, 0)->text, ==, "first");
	g_assert_cmpuint(log_next(l, 0)->seq, ==, 2);
	log_free(l);
}

static void test_fields(void)
{
	struct log *l = log_new("R1", 0); /* keeps at least one */

	log_add(l, BASE_TIME_ZERO, LOG_SEV_ERR, "A-FACILITY-NAME-THAT-IS-TOO-LONG",
		"A_MNEMONIC_THAT_IS_LONGER_THAN_ITS_ROOM", "a\x1b[2J\r\nb %d", 7);

	const struct log_line *line = log_next(l, 0);

	g_assert_cmpint(line->severity, ==, LOG_SEV_ERR);
	g_assert_cmpstr(line->facility, ==, "A-FACILITY-NAME-THAT-IS");
	g_assert_cmpstr(line->mnemonic, ==, "A_MNEMONIC_THAT_IS_LONGER_THAN_");
	g_assert_cmpstr(line->text, ==, "a [2J  b 7");
	log_free(l);
}

static const struct {
	int64_t ns, epoch;
	const char *text;
} formats[] = {
	/* clang-format off */
	{ 12345000000,       0,          "*Jan  1 00:00:12.345: %SYS-5-CONFIG_I: x" },
	{ 999999999,         1767225600, "*Jan  1 00:00:00.999: %SYS-5-CONFIG_I: x" },
	{ 86400000000000,    1772236800, "*Mar  1 00:00:00.000: %SYS-5-CONFIG_I: x" },
	{ -1,                0,          "*Dec 31 23:59:59.999: %SYS-5-CONFIG_I: x" },
	{ 0,                 INT64_MAX,  "%SYS-5-CONFIG_I: x" },
	/* clang-format on */
};

static void test_format(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		struct log *l = log_new("R0", 4);

		log_add(l, (base_time){ formats[i].ns }, LOG_SEV_NOTICE, "SYS",
			"CONFIG_I", "x");
		log_format(log_next(l, 0), formats[i].epoch, out);
		g_assert_cmpstr(out->str, ==, formats[i].text);
		log_free(l);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/log/ring", test_ring);
	g_test_add_func("/base/log/own-text-as-argument", test_own_text_as_argument);
	g_test_add_func("/base/log/fields", test_fields);
	g_test_add_func("/base/log/format", test_format);
	return g_test_run();
}
