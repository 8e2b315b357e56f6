/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of keys: shell-and-automation.md, section 5. */
#include "cli/keys.h"

#include <string.h>

static const struct {
	const char *name;
	const char *typed;
	const char *text;
	unsigned pos;
} rows[] = {
	/* clang-format off */
	{ "plain",         "show ver",             "show ver",  8 },
	{ "ctrl-a",        "bc\001a",              "abc",       1 },
	{ "ctrl-e",        "ab\001\005c",          "abc",       3 },
	{ "ctrl-b",        "ac\002b",              "abc",       2 },
	{ "ctrl-f",        "ac\001\006b",          "abc",       2 },
	{ "left",          "ac\033[Db",            "abc",       2 },
	{ "right",         "ac\001\033[Cb",        "abc",       2 },
	{ "left-app",      "ac\033ODb",            "abc",       2 },
	{ "edge-left",     "\002\002a",            "a",         1 },
	{ "edge-right",    "a\006\006b",           "ab",        2 },
	{ "esc-b",         "one two\033bx",        "one xtwo",  5 },
	{ "esc-b-twice",   "one two\033b\033b",    "one two",   0 },
	{ "esc-f",         "one two\001\033fx",    "onex two",  4 },
	{ "rub-h",         "abc\010",              "ab",        2 },
	{ "rub-del",       "abc\002\177",          "ac",        1 },
	{ "rub-start",     "a\001\177",            "a",         0 },
	{ "ctrl-d",        "abc\001\004",          "bc",        0 },
	{ "ctrl-d-end",    "abc\004",              "abc",       3 },
	{ "delete",        "abc\001\033[3~",       "bc",        0 },
	{ "home-end",      "b\033[1~a\033[4~c",    "abc",       3 },
	{ "ctrl-w",        "one two\027",          "one ",      4 },
	{ "esc-d",         "one two\001\033d",     " two",      0 },
	{ "ctrl-u",        "one two\033b\025",     "two",       0 },
	{ "ctrl-x",        "one two\033b\030",     "two",       0 },
	{ "ctrl-k",        "one two\033b\013",     "one ",      4 },
	{ "ctrl-y",        "one two\027\001\031",  "twoone ",   3 },
	{ "ctrl-t-middle", "hsow\002\002\002\024", "show",      2 },
	{ "ctrl-t-last",   "shwo\024",             "show",      4 },
	{ "ctrl-t-one",    "a\024",                "a",         1 },
	{ "ctrl-v",        "pw\026?1",             "pw?1",      4 },
	{ "unknown-csi",   "a\033[99zb",           "ab",        2 },
	{ "unknown-esc",   "a\033qb",              "ab",        2 },
	{ "high-bytes",    "a\303\251b",           "ab",        2 },
	/* clang-format on */
};

/* A terminal that knows what the editor may send, to check the echo by its effect. */
struct screen {
	char cells[1024];
	size_t at, end;
};

static void show(struct screen *sc, const GByteArray *out, guint from)
{
	for (guint i = from; i < out->len; i++) {
		uint8_t b = out->data[i];

		if (b == '\b') {
			g_assert_cmpuint(sc->at, >, 0);
			sc->at--;
			continue;
		}
		g_assert_cmpuint(b, >=, 0x20);
		g_assert_cmpuint(b, <, 0x7f);
		sc->cells[sc->at++] = (char)b;
		sc->end = MAX(sc->end, sc->at);
	}
}

static void check_screen(const struct screen *sc, const struct cli_keys *k)
{
	g_autofree char *shown = g_strchomp(g_strndup(sc->cells, sc->end));
	g_autofree char *text = g_strchomp(g_strdup(k->text));

	g_assert_cmpstr(shown, ==, text);
	g_assert_cmpuint(sc->at, ==, k->pos);
}

static void test_row(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct cli_keys k = { 0 };
	struct screen sc = { 0 };
	g_autoptr(GByteArray) out = g_byte_array_new();

	for (const char *p = rows[i].typed; *p; p++) {
		guint from = out->len;

		g_assert_cmpint(cli_keys_byte(&k, (uint8_t)*p, out), ==, CLI_KEY_NONE);
		show(&sc, out, from);
		check_screen(&sc, &k);
	}
	g_assert_cmpstr(k.text, ==, rows[i].text);
	g_assert_cmpuint(k.pos, ==, rows[i].pos);
	g_assert_cmpuint(k.len, ==, strlen(k.text));
}

static const struct {
	const char *bytes;
	enum cli_key_event event;
} events[] = {
	/* clang-format off */
	{ "\r",      CLI_KEY_ENTER },
	{ "?",       CLI_KEY_HELP },
	{ "\t",      CLI_KEY_COMPLETE },
	{ "\003",    CLI_KEY_INTERRUPT },
	{ "\036",    CLI_KEY_ABORT },
	{ "\032",    CLI_KEY_END },
	{ "\020",    CLI_KEY_PREVIOUS },
	{ "\033[A",  CLI_KEY_PREVIOUS },
	{ "\033OA",  CLI_KEY_PREVIOUS },
	{ "\016",    CLI_KEY_NEXT },
	{ "\033[B",  CLI_KEY_NEXT },
	{ "\022",    CLI_KEY_REDRAW },
	{ "\014",    CLI_KEY_REDRAW },
	{ "\033\r",  CLI_KEY_ENTER },
	{ "\026\003", CLI_KEY_INTERRUPT },
	/* clang-format on */
};

static void test_events(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
		struct cli_keys k = { 0 };
		g_autoptr(GByteArray) out = g_byte_array_new();
		enum cli_key_event got = CLI_KEY_NONE;

		for (const char *p = events[i].bytes; *p; p++)
			got = cli_keys_byte(&k, (uint8_t)*p, out);
		g_assert_cmpint(got, ==, events[i].event);
		g_assert_cmpuint(k.len, ==, 0);
		g_assert_cmpuint(out->len, ==, 0);
	}
}

static void test_echo_contiguous(void)
{
	struct cli_keys k = { 0 };
	g_autoptr(GByteArray) out = g_byte_array_new();
	const char *text = "terminal width 511";

	for (const char *p = text; *p; p++)
		cli_keys_byte(&k, (uint8_t)*p, out);
	g_assert_cmpmem(out->data, out->len, text, strlen(text));
}

static void test_silent(void)
{
	struct cli_keys k = { .silent = true, .plain = true };
	g_autoptr(GByteArray) out = g_byte_array_new();
	const char *text = "se?cr\002\002et\027\031";

	for (const char *p = text; *p; p++)
		g_assert_cmpint(cli_keys_byte(&k, (uint8_t)*p, out), ==, CLI_KEY_NONE);
	g_assert_cmpuint(out->len, ==, 0);
	g_assert_cmpstr(k.cut, ==, "");
}

static void test_limit(void)
{
	struct cli_keys k = { 0 };
	struct screen sc = { 0 };
	g_autoptr(GByteArray) out = g_byte_array_new();

	for (int i = 0; i < 400; i++)
		cli_keys_byte(&k, 'a', out);
	g_assert_cmpuint(k.len, ==, CLI_KEYS_MAX);
	g_assert_cmpuint(out->len, ==, CLI_KEYS_MAX);
	cli_keys_byte(&k, 0x01, out);
	cli_keys_byte(&k, 'b', out);
	show(&sc, out, 0);
	check_screen(&sc, &k);
	cli_keys_replace(&k, "short", out);
	g_assert_cmpstr(k.text, ==, "short");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path =
			g_strdup_printf("/cli/keys/edit/%s", rows[i].name);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
	}
	g_test_add_func("/cli/keys/events", test_events);
	g_test_add_func("/cli/keys/echo-contiguous", test_echo_contiguous);
	g_test_add_func("/cli/keys/silent", test_silent);
	g_test_add_func("/cli/keys/limit", test_limit);
	return g_test_run();
}
