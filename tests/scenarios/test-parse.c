/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of the scenario language: what they come to, and where their errors are.
 */
#include "scenarios/engine/parse.h"

#include <string.h>

#define HEAD "scenario 1\nchassis a\n rp R0 R1\n fp F0\n spa 0/0 gigabit 4\nend\n"
#define BOOT HEAD "boot a\n"
/* 11 lines, and 12 */
#define TWO  HEAD "chassis mid\n rp R0 R1\n fp F0\n spa 0/0 gigabit 2\nend\n"
#define BOTH TWO "boot a mid\n"

/* Files that can be included. */
static const struct {
	const char *name, *text;
} disk[] = {
	{ "steps", "scenario 1\nsay \"one\"\nsay \"$what\"\n" },
	{ "self", "scenario 1\ninclude \"self\"\n" },
	{ "bad", "scenario 1\nsay \"good\"\n  sai \"bad\"\n" },
	{ "let", "scenario 1\nlet what there\n" },
};

static char *read_disk(
	const char *name, const char *from, char **path, void *user, GError **error)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(disk); i++) {
		if (strcmp(disk[i].name, name) != 0)
			continue;
		*path = g_strdup(name);
		return g_strdup(disk[i].text);
	}
	g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_FILE, "there is no file %s", name);
	return NULL;
}

/* A line of configuration is bad when it has "nonsense" in it. */
static unsigned check_config(
	const char *text, size_t n, script_complain_fn fn, void *user)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	unsigned bad = 0;

	for (unsigned i = 0; lines[i]; i++) {
		const char *at = strstr(lines[i], "nonsense");

		if (!at)
			continue;
		fn(i + 1, (unsigned)(at - lines[i]), "nonsense", "is none", user);
		bad++;
	}
	return bad;
}

static const struct script_env env = { .read = read_disk, .check_config = check_config };

static struct script *load(const char *text)
{
	return script_load(text, strlen(text), "t.scn", &env);
}

static struct script *load_good(const char *text)
{
	struct script *s = load(text);

	if (s->errors->len) {
		g_autoptr(GString) out = g_string_new(NULL);

		script_error_print(s->errors->pdata[0], out);
		g_error("%s", out->str);
	}
	return s;
}

/* Verbs and texts of the steps, a blank between. */
static char *account(const struct script *s)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < s->steps->len; i++) {
		const struct script_step *step = s->steps->pdata[i];

		if (step->verb == SCRIPT_SAY)
			g_string_append_printf(out, "%s ", step->text);
	}
	return g_string_free(out, false);
}

static const struct {
	const char *name, *text, *said;
} good[] = {
	/* clang-format off */
	{ "say",      HEAD "say \"a\"\nsay \"b\" # c\n",                              "a b " },
	{ "crlf",     "scenario 1\r\nsay \"a\"\r\n",                                  "a " },
	{ "no-end",   "scenario 1\nsay \"a\"",                                        "a " },
	{ "let",      "scenario 1\nlet x y\nsay \"$x-$x\"\n",                         "y-y " },
	{ "dollar",   "scenario 1\nsay \"$$x $ 5$\"\n",                               "$x $ 5$ " },
	{ "relet",    "scenario 1\nlet x 1\nlet x \"$x 2\"\nsay \"$x\"\n",            "1 2 " },
	{ "repeat",   "scenario 1\nrepeat 3\nsay \"$n\"\nend\n",                      "1 2 3 " },
	{ "nested",   "scenario 1\nrepeat 2\nlet m $n\nrepeat 2\nsay \"$m$n\"\nend\nend\n", "11 12 21 22 " },
	{ "include",  "scenario 1\nlet what two\ninclude \"steps\"\nsay \"three\"\n", "one two three " },
	{ "include-let", "scenario 1\ninclude \"let\"\nsay \"$what\"\n",              "there " },
	{ "include-in-repeat", "scenario 1\nlet what x\nrepeat 2\n  include \"steps\"\nend\n", "one x one x " },
	/* clang-format on */
};

static void test_good(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	struct script *s = load_good(good[i].text);
	g_autofree char *said = account(s);

	g_assert_cmpstr(said, ==, good[i].said);
	script_free(s);
}

static void test_header(void)
{
	struct script *s = load_good(
		HEAD "title \"T\"\ntags x y\ngoal \"G\"\nclock virtual seed 42\n"
		     "config a\n  hostname a\n interface x\nend\nconfig a\n  more\nend\n"
		     "peer l lac on Gi0/0/0 tunnels 2 sessions 3 probe 50pps both\n"
		     "peer h host on 0/0/1 address 10.0.0.1/16\n");
	const struct script_step *lac = s->peers->pdata[0], *host = s->peers->pdata[1];
	const struct script_chassis *c;

	g_assert_cmpstr(s->title, ==, "T");
	g_assert_cmpstr(s->tags, ==, "x y");
	g_assert_cmpstr(s->goal, ==, "G");
	g_assert_cmpuint(s->seed, ==, 42);
	g_assert_false(s->real);
	g_assert_cmpuint(s->chassis->len, ==, 1);
	c = s->chassis->pdata[0];
	g_assert_cmpstr(c->name, ==, "a");
	g_assert_cmpstr(c->config, ==, "  hostname a\n interface x\n  more\n");
	g_assert_true(lac->peer.lac && lac->peer.down);
	g_assert_cmpuint(lac->peer.tunnels, ==, 2);
	g_assert_cmpuint(lac->peer.sessions, ==, 3);
	g_assert_cmpuint(lac->peer.pps, ==, 50);
	g_assert_cmphex(host->peer.ip, ==, 0x0a000001);
	g_assert_cmphex(host->peer.mask, ==, 0xffff0000);
	script_free(s);
}

/* Two chassis; what is joined is joined by its first line, from whichever end. */
static void test_several(void)
{
	struct script *s = load_good(
		TWO "config a\nx\nend\nconfig mid\ny\nend\n"
		    "peer l lac on a/Gi0/0/0\npeer h host on mid/Gi0/0/0\n"
		    "link a/Gi0/0/1 mid/Gi0/0/1 delay 1ms\nlink mid/Gi0/0/1 a/Gi0/0/1 loss 1%\n"
		    "link a/0/0/2 a/0/0/3\nboot a mid\nlink mid/Gi0/0/1 a/Gi0/0/1 cut\n"
		    "pull mid/R1\nlet c mid\npull $c/R0\ncheck count $c l2tp.tunnels == 1\n"
		    "check log a/active has \"x\"\nsnapshot s a l2tp.tunnels\n");
	const struct script_chassis *a = s->chassis->pdata[0], *mid = s->chassis->pdata[1];
	const struct script_step *peer = s->peers->pdata[1];
	const struct script_step *cable = s->cables->pdata[0];
	const struct script_step *last = s->steps->pdata[s->steps->len - 4];

	g_assert_cmpuint(s->chassis->len, ==, 2);
	g_assert_cmpstr(a->config, ==, "x\n");
	g_assert_cmpstr(mid->config, ==, "y\n");
	g_assert_cmpint(script_chassis_index(s, &peer->peer.port.node), ==, 1);
	g_assert_cmpuint(s->cables->len, ==, 2);
	g_assert_cmpint(cable->link.delay_us, ==, 1000);
	g_assert_cmpstr(script_step_source(last), ==, "pull mid/R0");
	g_assert_cmpstr(last->source, ==, "pull $c/R0");
	script_free(s);
}

static void test_real(void)
{
	struct script *s = load_good(HEAD "port Gi0/0/0 packet:veth0\n");

	g_assert_true(s->real);
	script_free(s);
}

static void test_ask(void)
{
	struct script *s = load_good("scenario 1\nask q \"Which?\"\n  choice a \"A\"\n"
				     "  choice b \"B\" right\n  explain \"So.\"\nend\n");
	const struct script_step *ask = s->steps->pdata[1];
	const struct script_answer *b;

	g_assert_cmpuint(ask->choices->len, ==, 2);
	b = ask->choices->pdata[1];
	g_assert_true(b->right);
	g_assert_cmpstr(b->text, ==, "B");
	g_assert_cmpstr(ask->explain, ==, "So.");
	script_free(s);
}

/* The first error of each. */
static const struct {
	const char *name, *text;
	const char *file;
	unsigned line, column;
	const char *says;
} bad[] = {
	/* clang-format off */
	{ "empty",       "",                                     "t.scn", 1, 1,  "the first line must be: scenario 1" },
	{ "no-version",  "# x\nsay \"a\"\n",                     "t.scn", 2, 1,  "the first line must be: scenario 1" },
	{ "version-2",   "scenario 2\n",                         "t.scn", 1, 10, "a number from 1 to 1" },
	{ "twice",       "scenario 1\nscenario 1\n",             "t.scn", 2, 1,  "must be the first line, and once" },
	{ "typo",        "scenario 1\n  sya \"a\"\n",            "t.scn", 2, 3,  "did you mean \"say\"?" },
	{ "peer-typo",   BOOT "do lca connect\n",                "t.scn", 8, 4,  "there is no peer \"lca\"" },
	{ "unknown-let", "scenario 1\nsay \"$x\"\n",             "t.scn", 2, 5,  "nothing is called $x" },
	{ "include-bad", "scenario 1\ninclude \"bad\"\n",        "bad",   3, 3,  "did you mean \"say\"?" },
	{ "include-no",  "scenario 1\ninclude \"nowhere\"\n",    "t.scn", 2, 1,  "there is no file nowhere" },
	{ "include-self", "scenario 1\ninclude \"self\"\n",      "self",  2, 1,  "nested too deep" },
	{ "repeat-open", "scenario 1\nrepeat 2\nsay \"a\"\n",    "t.scn", 2, 1,  "this repeat has no end" },
	{ "repeat-bad",  "scenario 1\nrepeat 9\nsay a\nend\n",   "t.scn", 3, 5,  "must stand in quotes" },
	{ "end",         "scenario 1\nend\n",                    "t.scn", 2, 1,  "no block to end" },
	{ "chassis-open", "scenario 1\nchassis a\n rp R0\n",     "t.scn", 2, 1,  "this chassis has no end" },
	{ "chassis-bad", "scenario 1\nchassis a\n  rq R0\nend\n", "t.scn", 3, 3, "" },
	{ "chassis-two", HEAD "chassis a\n rp R0\n fp F0\nend\n", "t.scn", 7, 9, "there is a chassis \"a\" already" },
	{ "chassis-slot", "scenario 1\nchassis R0\n rp R0\n fp F0\nend\n", "t.scn", 2, 9, "that is the name of a slot" },
	{ "chassis-role", "scenario 1\nchassis active\n rp R0\n fp F0\nend\n", "t.scn", 2, 9, "or a role" },
	{ "chassis-poor", "scenario 1\nchassis a\n rp R0\nend\n", "t.scn", 2, 1, "needs an RP and an FP" },
	{ "config-who",  HEAD "config b\nend\n",                 "t.scn", 7, 8,  "there is no chassis \"b\"" },
	{ "config-bad",  HEAD "config a\n x\n  nonsense\nend\n", "t.scn", 9, 3,  "nonsense: is none" },
	{ "config-open", HEAD "config a\n x\n",                  "t.scn", 7, 1,  "this config has no end" },
	{ "no-boot",     HEAD "pull R0\n",                       "t.scn", 7, 1,  "nothing runs yet" },
	{ "boot-twice",  BOOT "boot a\n",                        "t.scn", 8, 1,  "booted already" },
	{ "boot-who",    HEAD "boot b\n",                        "t.scn", 7, 6,  "there is no chassis \"b\"" },
	{ "late",        BOOT "title \"x\"\n",                   "t.scn", 8, 1,  "title must stand before boot" },
	{ "clock-real",  HEAD "clock virtual\nport Gi0/0/0 packet:x\n", "t.scn", 7, 1, "only clock real" },
	{ "port-none",   HEAD "peer l lac on Gi0/1/0\n",         "t.scn", 7, 1,  "this chassis has no port" },
	{ "port-taken",  HEAD "peer l lac on Gi0/0/0\npeer m lac on Gi0/0/0\n", "t.scn", 8, 1, "something is at" },
	{ "peer-twice",  HEAD "peer l lac on Gi0/0/0\npeer l lac on Gi0/0/1\n", "t.scn", 8, 6, "there is a peer called" },
	{ "since",       BOOT "pull R0 label pulled\ncheck log R0 has \"x\" since puled\n", "t.scn", 9, 28, "did you mean \"pulled\"?" },
	{ "capture",     BOOT "capture wire Gi0/0/0\ncheck packet wrie match \"arp\" count == 0\n", "t.scn", 9, 14, "did you mean \"wire\"?" },
	{ "match",       BOOT "capture w Gi0/0/0\ncheck packet w match \"l2tp.CND\" count == 0\n", "t.scn", 9, 22, "did you mean \"l2tp.CDN\"?" },
	{ "count",       BOOT "check count a l2tp.sesions == 1\n", "t.scn", 8, 15, "did you mean \"l2tp.sessions\"?" },
	{ "node",        BOOT "check count b l2tp.sessions == 1\n", "t.scn", 8, 13, "this file's is called \"a\"" },
	{ "not-several", BOOT "pull lac1/R0\n",                  "t.scn", 8, 6,  "there is no chassis \"lac1\"; this file's is called \"a\"" },
	{ "whose",       BOTH "pull R0\n",                       "t.scn", 13, 6, "there are several chassis: say whose R0 is meant, as in a/R0" },
	{ "whose-show",  BOTH "show active \"x\"\n",             "t.scn", 13, 6, "say whose active is meant" },
	{ "whose-wait",  BOTH "wait 1s until show R1 \"x\" has \"y\"\n", "t.scn", 13, 20, "say whose R1 is meant" },
	{ "whose-log",   BOTH "check log R1 has \"y\"\n",        "t.scn", 13, 11, "say whose R1 is meant" },
	{ "whose-link",  BOTH "link Gi0/0/0 cut\n",              "t.scn", 13, 6, "say whose GigabitEthernet0/0/0 is meant" },
	{ "whose-ipc",   BOTH "link ipc R0 R1 cut\n",            "t.scn", 13, 10, "say whose R0 is meant" },
	{ "whose-capture", BOTH "capture w Gi0/0/0\n",           "t.scn", 13, 11, "say whose GigabitEthernet0/0/0 is meant" },
	{ "whose-peer",  TWO "peer l lac on Gi0/0/0\n",          "t.scn", 12, 15, "say whose GigabitEthernet0/0/0 is meant" },
	{ "whose-early", "scenario 1\npeer l lac on Gi0/0/0\nchassis a\n rp R0\n fp F0\n spa 0/0 gigabit 1\nend\n"
			 "chassis mid\n rp R0\n fp F0\nend\n",   "t.scn", 2, 15, "say whose GigabitEthernet0/0/0 is meant" },
	{ "who",         BOTH "pull mdi/R0\n",                   "t.scn", 13, 6, "there is no chassis \"mdi\"; did you mean \"mid\"?" },
	{ "who-count",   BOTH "check count mdi l2tp.tunnels == 1\n", "t.scn", 13, 13, "did you mean \"mid\"?" },
	{ "who-snapshot", BOTH "snapshot s mdi l2tp.tunnels\n",  "t.scn", 13, 12, "did you mean \"mid\"?" },
	{ "who-boot",    TWO "boot a mdi\n",                     "t.scn", 12, 8, "did you mean \"mid\"?" },
	{ "who-config",  TWO "config mdi\nend\n",               "t.scn", 12, 8, "did you mean \"mid\"?" },
	{ "who-link",    TWO "link a/Gi0/0/0 mdi/Gi0/0/0\n",     "t.scn", 12, 16, "did you mean \"mid\"?" },
	{ "slot-of",     BOTH "pull mid/R9\n",                   "t.scn", 13, 6, "there is no slot \"mid/R9\"" },
	{ "port-of",     BOTH "link mid/Gi9 cut\n",              "t.scn", 13, 6, "is no port" },
	{ "no-port-of",  TWO "peer l lac on mid/Gi0/0/3\n",      "t.scn", 12, 1, "this chassis has no port" },
	{ "not-yet",     TWO "boot a\npull mid/R0\n",            "t.scn", 13, 6, "mid does not run yet: boot mid must stand before" },
	{ "boot-again",  BOTH "boot mid\n",                      "t.scn", 13, 1, "mid is booted already" },
	{ "ipc-both",    BOTH "link ipc a/R0 mid/R0 cut\n",      "t.scn", 13, 15, "are not in one chassis" },
	{ "cable-late",  BOTH "link a/Gi0/0/0 mid/Gi0/0/0\n",    "t.scn", 13, 16, "these two ports are not joined" },
	{ "cable-idle",  TWO "link a/Gi0/0/0 mid/Gi0/0/0\nboot a mid\nlink a/Gi0/0/0 mid/Gi0/0/0\n", "t.scn", 14, 16, "are joined already" },
	{ "cable-self",  TWO "link a/Gi0/0/0 a/Gi0/0/0\n",       "t.scn", 12, 16, "a cable leads to another port" },
	{ "cable-taken", TWO "peer l lac on a/Gi0/0/0\nlink mid/Gi0/0/0 a/Gi0/0/0\n", "t.scn", 13, 1, "something is at GigabitEthernet0/0/0 already" },
	{ "cable-twice", TWO "link mid/Gi0/0/0 a/Gi0/0/0\nlink mid/Gi0/0/0 a/Gi0/0/1\n", "t.scn", 13, 1, "something is at" },
	{ "cable-port",  TWO "link a/Gi0/0/0 mid/Gi0/0/2\n",     "t.scn", 12, 1, "this chassis has no port" },
	{ "snapshot",    BOOT "check same x a l2tp.sessions\n",  "t.scn", 8, 12, "there is no snapshot" },
	{ "ask-empty",   "scenario 1\nask q \"Q\"\nend\n",       "t.scn", 2, 1,  "no choice" },
	{ "ask-bad",     "scenario 1\nask q \"Q\"\n  chose a \"A\"\nend\n", "t.scn", 3, 3, "\"choice\" is expected" },
	/* clang-format on */
};

static void test_bad(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	struct script *s = load(bad[i].text);
	const struct script_complaint *e;

	g_assert_cmpuint(s->errors->len, >=, 1);
	e = s->errors->pdata[0];
	g_assert_cmpstr(e->file, ==, bad[i].file);
	if (!strstr(e->text, bad[i].says))
		g_error("%u:%u: %s", e->line, e->column, e->text);
	g_assert_cmpuint(e->line, ==, bad[i].line);
	g_assert_cmpuint(e->column, ==, bad[i].column);
	script_free(s);
}

static void test_caret(void)
{
	struct script *s = load(BOOT "  pull\tR9  # there\n");
	g_autoptr(GString) out = g_string_new(NULL);

	script_error_print(s->errors->pdata[0], out);
	g_assert_cmpstr(out->str, ==,
		"t.scn:8:8: there is no slot \"R9\": name one as R0, R1, F0, F1, 0/0, 0/1 or "
		"SIP0\n"
		"    pull R9  # there\n"
		"         ^\n");
	script_free(s);
}

/* All of them, but not without end. */
static void test_many(void)
{
	g_autoptr(GString) text = g_string_new("scenario 1\n");
	struct script *s;

	for (unsigned i = 0; i < 5; i++)
		g_string_append(text, "nonsense\n");
	s = load(text->str);
	g_assert_cmpuint(s->errors->len, ==, 5);
	script_free(s);
	for (unsigned i = 0; i < 500; i++)
		g_string_append(text, "nonsense\n");
	s = load(text->str);
	g_assert_cmpuint(s->errors->len, ==, SCRIPT_ERRORS_MAX);
	script_free(s);
}

static void test_bounds(void)
{
	g_autoptr(GString) text = g_string_new("scenario 1\n");
	struct script *s = load("scenario 1\nrepeat 1000\nrepeat 1000\nsay \"a\"\nend\nend\n");

	g_assert_cmpuint(s->errors->len, ==, 1);
	g_assert_cmpuint(s->steps->len, <=, SCRIPT_STEPS_MAX);
	script_free(s);
	for (unsigned i = 0; i < 100; i++)
		g_string_append(text, "repeat 10\n");
	s = load(text->str);
	g_assert_cmpuint(s->errors->len, >=, 1);
	script_free(s);
	s = script_load("scenario 1\nsay \"a\"\n\0x", 21, "t.scn", &env);
	g_assert_cmpuint(s->errors->len, ==, 1);
	g_assert_cmpuint(((struct script_complaint *)s->errors->pdata[0])->line, ==, 3);
	script_free(s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autofree char *path =
			g_strdup_printf("/scenarios/parse/good/%s", good[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_good);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *path =
			g_strdup_printf("/scenarios/parse/bad/%s", bad[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_bad);
	}
	g_test_add_func("/scenarios/parse/header", test_header);
	g_test_add_func("/scenarios/parse/several", test_several);
	g_test_add_func("/scenarios/parse/real", test_real);
	g_test_add_func("/scenarios/parse/ask", test_ask);
	g_test_add_func("/scenarios/parse/caret", test_caret);
	g_test_add_func("/scenarios/parse/many", test_many);
	g_test_add_func("/scenarios/parse/bounds", test_bounds);
	return g_test_run();
}
