/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of the operator console: what is understood, and what is said of what is not.
 */
#include "scenarios/engine/script.h"

#include <string.h>

static const struct {
	const char *name, *line;
	enum script_verb verb;
	enum script_place_kind kind;
	unsigned number;
	const char *command;
	int64_t limit_ms;
} good[] = {
	/* clang-format off */
	{ "empty",      "",                         SCRIPT_NOTHING },
	{ "blanks",     " \t ",                     SCRIPT_NOTHING },
	{ "comment",    "  # pull R0",              SCRIPT_NOTHING },
	{ "status",     "status",                   SCRIPT_STATUS },
	{ "cr",         "status\r",                 SCRIPT_STATUS },
	{ "behind",     "status # all of it",       SCRIPT_STATUS },
	{ "help",       "help",                     SCRIPT_HELP },
	{ "quit",       "\tquit  ",                 SCRIPT_QUIT },
	{ "pull",       "pull R0",                  SCRIPT_PULL,   PLACE_SLOT, SLOT_R0 },
	{ "insert",     "insert  F1",               SCRIPT_INSERT, PLACE_SLOT, SLOT_F1 },
	{ "spa",        "pull 0/1",                 SCRIPT_PULL,   PLACE_SLOT, SLOT_SPA + 1 },
	{ "sip",        "pull SIP0",                SCRIPT_PULL,   PLACE_SIP,  0 },
	{ "show",       "show R1 \"show clock\"",   SCRIPT_SHOW,   PLACE_SLOT, SLOT_R1, "show clock" },
	{ "active",     "show active \"a\"",        SCRIPT_SHOW,   PLACE_ACTIVE, 0, "a" },
	{ "standby",    "cli standby \"a\"",        SCRIPT_CLI,    PLACE_STANDBY, 0, "a" },
	{ "escapes",    "cli R0 \"a \\\"b\\\" \\\\c\"", SCRIPT_CLI, PLACE_SLOT, SLOT_R0, "a \"b\" \\c" },
	{ "hash-in",    "cli R0 \"a # b\"",         SCRIPT_CLI,    PLACE_SLOT, SLOT_R0, "a # b" },
	{ "no-command", "cli R0 \"\"",              SCRIPT_CLI,    PLACE_SLOT, SLOT_R0, "" },
	{ "ms",         "wait 250ms until show R0 \"a\" has \"b\"", SCRIPT_WAIT, PLACE_SLOT, SLOT_R0, "a", 250 },
	{ "s",          "wait 2s until show R0 \"a\" has \"b\"",    SCRIPT_WAIT, PLACE_SLOT, SLOT_R0, "a", 2000 },
	{ "m",          "wait 1m until show R0 \"a\" matches /b/",  SCRIPT_WAIT, PLACE_SLOT, SLOT_R0, "a", 60000 },
	/* clang-format on */
};

static void test_good(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	g_autoptr(GError) error = NULL;
	struct script_step *s = script_parse(good[i].line, &error);
	const struct script_place *place;

	g_assert_no_error(error);
	g_assert_nonnull(s);
	g_assert_cmpint(s->verb, ==, good[i].verb);
	place = s->pred ? &s->pred->place : &s->place;
	g_assert_cmpint(place->kind, ==, good[i].kind);
	g_assert_cmpuint(place->number, ==, good[i].number);
	g_assert_cmpstr(s->pred ? s->pred->command : s->command, ==, good[i].command);
	g_assert_cmpint(dur_to_ms(s->time), ==, good[i].limit_ms);
	script_step_free(s);
}

static const struct {
	const char *name, *line, *error;
} bad[] = {
	/* clang-format off */
	{ "unknown",     "nonsense",               "column 1: \"nonsense\" is not known here: try help" },
	{ "case",        "PULL R0",                "column 1: \"PULL\" is not known here: try help; did you mean \"pull\"?" },
	{ "quoted-verb", "\"status\"",             "column 1: \"status\" is not known here: try help; did you mean \"status\"?" },
	{ "control",     "\x01\x02\xff",           "column 1: \"\\x01\\x02\\xff\" is not known here: try help" },
	{ "no-slot",     "pull",                   "column 5: the slot is missing" },
	{ "slot",        "  pull R9",              "column 8: there is no slot \"R9\": name one as R0, R1, F0, F1, 0/0, 0/1 or SIP0" },
	{ "sip",         "pull SIP7",              "column 6: there is no slot \"SIP7\": name one as R0, R1, F0, F1, 0/0, 0/1 or SIP0" },
	{ "peer",        "pull peer0",             "column 6: there is no slot \"peer0\": name one as R0, R1, F0, F1, 0/0, 0/1 or SIP0" },
	{ "pull-active", "pull active",            "column 6: there is no slot \"active\": name one as R0, R1, F0, F1, 0/0, 0/1 or SIP0" },
	{ "two-slots",   "pull R0 R1",             "column 9: \"R1\" is too much: the line is complete before it" },
	{ "status-more", "status now",             "column 8: \"now\" is too much: the line is complete before it" },
	{ "fp",          "show F0 \"show clock\"", "column 6: F0 takes no commands: R0 and R1 do" },
	{ "sip-show",    "show SIP0 \"a\"",        "column 6: SIP0 takes no commands: R0 and R1 do" },
	{ "no-command",  "show R0",                "column 8: the command is missing" },
	{ "bare",        "show R0 show clock",     "column 9: the command must stand in quotes: \"show\"" },
	{ "open",        "show R0 \"",             "column 9: this string has no end" },
	{ "open-escape", "show R0 \"a\\",          "column 9: this string has a \\ that is not one of \\\" \\\\ \\n \\r \\t" },
	{ "escape",      "show R0 \"\\x\"",        "column 9: this string has a \\ that is not one of \\\" \\\\ \\n \\r \\t" },
	{ "glued",       "show R0 \"a\"b",         "column 9: put a blank behind this string" },
	{ "lines",       "cli R0 \"a\\nb\"",       "column 8: a command is one line" },
	{ "answer",      "cli R0 \"a\" reply \"b\" \"c\"", "column 12: \"reply\" where \"answer\" is expected" },
	{ "no-prompt",   "cli R0 \"a\" answer",    "column 18: the prompt is missing" },
	{ "no-text",     "cli R0 \"a\" answer \"b\"", "column 22: the text to answer is missing" },
	{ "no-duration", "wait",                   "column 5: how long to wait is missing" },
	{ "unit",        "wait 5 until",           "column 6: \"5\" is no duration: give one as 250ms, 2s or 1m, at most a day" },
	{ "zero",        "wait 0s until",          "column 6: \"0s\" is no duration: give one as 250ms, 2s or 1m, at most a day" },
	{ "negative",    "wait -1s until",         "column 6: \"-1s\" is no duration: give one as 250ms, 2s or 1m, at most a day" },
	{ "long",        "wait 99999999m until",   "column 6: \"99999999m\" is no duration: give one as 250ms, 2s or 1m, at most a day" },
	{ "digits",      "wait 999999999999999999999s until", "column 6: \"999999999999999999999s\" is no duration: give one as 250ms, 2s or 1m, at most a day" },
	{ "no-until",    "wait 5s",                "column 8: until is missing" },
	{ "no-show",     "wait 5s until count R0", "column 23: the name of a count is missing" },
	{ "no-has",      "wait 5s until show R0 \"a\"", "column 26: has \"TEXT\" or matches /RE/ is missing" },
	{ "has",         "wait 5s until show R0 \"a\" had \"b\"", "column 27: has \"TEXT\" or matches /RE/ is expected" },
	{ "has-regex",   "wait 5s until show R0 \"a\" has /b/", "column 31: the text must stand in quotes: \"b\"" },
	{ "regex-text",  "wait 5s until show R0 \"a\" matches \"b\"", "column 35: the pattern must stand in slashes: /RE/" },
	{ "capture-name", "capture a/b Gi0/0/0",   "column 9: \"a/b\" is no name: the name of the capture has at most 32 of a-z A-Z 0-9 - _ ." },
	{ "capture-dot", "capture ..x Gi0/0/0",    "column 9: \"..x\" is no name: the name of the capture has at most 32 of a-z A-Z 0-9 - _ ." },
	{ "capture-long", "capture a23456789012345678901234567890123 stop", "column 9: \"a23456789012345678901234567890123\" is no name: the name of the capture has at most 32 of a-z A-Z 0-9 - _ ." },
	{ "capture-what", "capture a",             "column 10: a port, or ipc and two slots, or stop, is missing" },
	{ "capture-port", "capture a Gi9/9/9",     "column 11: \"Gi9/9/9\" is no port: name one as Gi0/0/0, or give ipc R0 R1, or stop" },
	{ "capture-slot", "capture a ipc R0",      "column 17: the slot is missing" },
	{ "capture-sip", "capture a ipc R0 SIP0",  "column 18: a channel is between boards, and SIP0 is none" },
	{ "capture-to",  "capture a 0/0/0 into x", "column 17: \"into\" where \"to\" is expected" },
	{ "capture-file", "capture a 0/0/0 to",    "column 19: the file is missing" },
	{ "capture-empty", "capture a 0/0/0 to \"\"", "column 20: the name of a file is expected" },
	{ "capture-more", "capture a stop now",    "column 16: \"now\" is too much: the line is complete before it" },
	{ "regex-open",  "wait 5s until show R0 \"a\" matches /b", "column 35: this pattern has no end" },
	/* clang-format on */
};

static void test_bad(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	g_autoptr(GError) error = NULL;

	g_assert_null(script_parse(bad[i].line, &error));
	g_assert_error(error, SCRIPT_ERROR, SCRIPT_ERROR_SYNTAX);
	g_assert_cmpstr(error->message, ==, bad[i].error);
}

static void test_bad_pattern(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(script_parse("wait 1s until show R0 \"a\" matches /(/", &error));
	g_assert_true(g_str_has_prefix(error->message, "column 35: "));
}

static void test_answers(void)
{
	static const char want[] = "[confirm]\0\0Name\0x y";
	g_autoptr(GError) error = NULL;
	struct script_step *s = script_parse(
		"cli R0 \"reload\" answer \"[confirm]\" \"\" answer \"Name\" \"x y\"",
		&error);
	gsize n;
	const void *bytes;

	g_assert_no_error(error);
	bytes = g_bytes_get_data(s->answers, &n);
	g_assert_cmpmem(bytes, n, want, sizeof(want));
	script_step_free(s);
}

static const struct {
	const char *line;
	struct script_capture capture;
} captures[] = {
	/* clang-format off */
	{ "capture",                         { CAPTURE_LIST } },
	{ "capture a stop",                  { CAPTURE_STOP, .name = (char[]){ "a" } } },
	{ "capture a-1.x_B Gi0/0/1",         { CAPTURE_PORT, .name = (char[]){ "a-1.x_B" }, .port.ifindex = 2 } },
	{ "capture stop 0/1/0 to x.pcapng",  { CAPTURE_PORT, .name = (char[]){ "stop" }, .port.ifindex = 9, .path = (char[]){ "x.pcapng" } } },
	{ "capture a ipc R0 R1",             { CAPTURE_IPC, .name = (char[]){ "a" }, .a.number = SLOT_R0, .b.number = SLOT_R1 } },
	{ "capture a ipc F0 0/1 to \"a b\"", { CAPTURE_IPC, .name = (char[]){ "a" }, .a.number = SLOT_F0, .b.number = SLOT_SPA + 1, .path = (char[]){ "a b" } } },
	{ "capture a mid/Gi0/0/1",           { CAPTURE_PORT, .name = (char[]){ "a" }, .port = { 2, { "mid" } } } },
	{ "capture a ipc mid/R0 mid/0/1",    { CAPTURE_IPC, .name = (char[]){ "a" }, .a = { .number = SLOT_R0, .node.name = "mid" }, .b = { .number = SLOT_SPA + 1, .node.name = "mid" } } },
	/* clang-format on */
};

static void test_captures(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
		const struct script_capture *want = &captures[i].capture;
		g_autoptr(GError) error = NULL;
		struct script_step *s = script_parse(captures[i].line, &error);

		g_assert_no_error(error);
		g_assert_cmpint(s->verb, ==, SCRIPT_CAPTURE);
		g_assert_cmpint(s->capture.what, ==, want->what);
		g_assert_cmpstr(s->capture.name, ==, want->name);
		g_assert_cmpuint(s->capture.port.ifindex, ==, want->port.ifindex);
		g_assert_cmpstr(s->capture.port.node.name, ==, want->port.node.name);
		g_assert_cmpuint(s->capture.a.number, ==, want->a.number);
		g_assert_cmpuint(s->capture.b.number, ==, want->b.number);
		g_assert_cmpstr(s->capture.a.node.name, ==, want->a.node.name);
		g_assert_cmpstr(s->capture.path, ==, want->path);
		script_step_free(s);
	}
}

/* Places and ports of one of several chassis. */
static void test_nodes(void)
{
	g_autoptr(GError) error = NULL;
	struct script_step *pull = script_parse("pull mid-1/0/1", &error);
	struct script_step *show = script_parse("show mid/standby \"a\"", &error);
	struct script_step *count = script_parse("check count mid l2tp.tunnels == 1", &error);
	struct script_step *cable = script_parse("link a/Gi0/0/1 b/0/0/1 cut", &error);

	g_assert_no_error(error);
	g_assert_cmpuint(pull->place.number, ==, SLOT_SPA + 1);
	g_assert_cmpstr(pull->place.node.name, ==, "mid-1");
	g_assert_cmpstr(pull->place.name, ==, "mid-1/0/1");
	g_assert_cmpuint(pull->place.node.column, ==, 6);
	g_assert_cmpint(show->place.kind, ==, PLACE_STANDBY);
	g_assert_cmpstr(show->place.node.name, ==, "mid");
	g_assert_cmpint(count->pred->place.kind, ==, PLACE_ACTIVE);
	g_assert_cmpstr(count->pred->place.node.name, ==, "mid");
	g_assert_cmpuint(cable->link.port.ifindex, ==, 2);
	g_assert_cmpuint(cable->link.to.ifindex, ==, 2);
	g_assert_cmpstr(cable->link.to.node.name, ==, "b");
	g_assert_true(cable->link.cut && cable->link.faults);
	script_step_free(pull);
	script_step_free(show);
	script_step_free(count);
	script_step_free(cable);
}

static bool satisfied(const char *condition, const char *output)
{
	g_autofree char *line =
		g_strdup_printf("wait 1s until show R0 \"a\" %s", condition);
	g_autoptr(GError) error = NULL;
	struct script_step *s = script_parse(line, &error);
	bool yes;

	g_assert_no_error(error);
	yes = pred_text_holds(s->pred, output, strlen(output));
	script_step_free(s);
	return yes;
}

static void test_conditions(void)
{
	g_assert_true(satisfied("has \"b\"", "abc"));
	g_assert_false(satisfied("has \"B\"", "abc"));
	g_assert_false(satisfied("has \"b\"", ""));
	g_assert_true(
		satisfied("matches /^Sessions: +20\\/20$/", "x\nSessions:  20/20\ny"));
	g_assert_false(
		satisfied("matches /^Sessions: +20\\/20$/", "x\nSessions:  20/2\ny"));
	g_assert_true(satisfied("matches /\\xff/", "\xff"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autofree char *path =
			g_strdup_printf("/scenarios/script/good/%s", good[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_good);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *path =
			g_strdup_printf("/scenarios/script/bad/%s", bad[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_bad);
	}
	g_test_add_func("/scenarios/script/bad-pattern", test_bad_pattern);
	g_test_add_func("/scenarios/script/answers", test_answers);
	g_test_add_func("/scenarios/script/captures", test_captures);
	g_test_add_func("/scenarios/script/nodes", test_nodes);
	g_test_add_func("/scenarios/script/conditions", test_conditions);
	return g_test_run();
}
