/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Abbreviations, arguments and the errors of a line. */
#include "world.h"

#include <string.h>

static const struct {
	const char *line;
	bool config;
	const char *runs; /* NULL: it must only be accepted */
} accepted[] = {
	/* clang-format off */
	{ "sh run",               false, "show running-config" },
	{ "SH RUN",               false, "show running-config" },
	{ "  sh \t ver  ",        false, "show version" },
	{ "sh l2tp red",          false, "show l2tp redundancy" },
	{ "sh l2tp red all",      false, "show l2tp redundancy all" },
	{ "sh l2tp red d id 7",   false, "show l2tp redundancy detail id 7" },
	{ "sh l2tp red id 7 9",   false, "show l2tp redundancy id 7 9" },
	{ "sh vpdn",              false, "show vpdn" },
	{ "sh vpdn red",          false, "show vpdn redundancy" },
	{ "sh red st",            false, "show redundancy states" },
	{ "sh redundancy stat | inc my state", false, "show redundancy states" },
	{ "show redundancy sta |  in peer",    false, "show redundancy states" },
	{ "sh ip int br",         false, "show ip interface brief" },
	{ "sh ip int gi0/0/0",    false, "show ip interface GigabitEthernet0/0/0" },
	{ "sh int",               false, "show interfaces" },
	{ "wr",                   false, "write" },
	{ "write mem",            false, "write memory" },
	{ "term len 0",           false, NULL },
	{ "term width 0",         false, NULL },
	{ "terminal width 511",   false, NULL },
	{ "terminal width 512",   false, NULL },
	{ "ter mon",              false, NULL },
	{ "en",                   false, NULL },
	{ "conf t",               false, NULL },
	{ "config term",          false, NULL },
	{ "mark 5",               false, "mark 5" },
	{ "mark 55",              false, "mark 55" },
	{ "mark 1.2.3.4",         false, "mark 1.2.3.4" },
	{ "mark 1.2.3.0/24",      false, "mark 1.2.3.0/24" },
	{ "mark FooBar",          false, "mark FooBar" },
	{ "hostname LNS-a",       true,  "hostname LNS-a" },
	{ "no hostname",          true,  "no hostname" },
	{ "no host x",            true,  "no hostname x" },
	{ "default hostname",     true,  "default hostname" },
	{ "int Loopback 0",       true,  "interface Loopback0" },
	{ "int lo0",              true,  "interface Loopback0" },
	{ "int vt1",              true,  "interface Virtual-Template1" },
	{ "int Virtual-Template 1", true, "interface Virtual-Template1" },
	{ "int gi 0/0/0.100",     true,  "interface GigabitEthernet0/0/0.100" },
	{ "no int lo0",           true,  "no interface Loopback0" },
	{ "no ip route 1.0.0.0 255.0.0.0", true, "no ip route 1.0.0.0 255.0.0.0" },
	{ "ip route 1.0.0.0 255.0.0.0 2.2.2.2 250", true,
	                          "ip route 1.0.0.0 255.0.0.0 2.2.2.2 250" },
	{ "vpdn search-order dnis domain",  true, "vpdn search-order dnis domain" },
	{ "vpdn search-order dn do m",      true,
	                          "vpdn search-order dnis domain multihop-hostname" },
	{ "username a password 0 b | c  d", true, "username a password 0 b | c  d" },
	{ "username a password b",          true, "username a password b" },
	{ "no username a",                  true, "no username a" },
	{ "no sh",                          true, NULL },
	{ "do sh ver | i Version",          true, "show version" },
	{ "do wr",                          true, "write" },
	{ "! a comment",                    true, NULL },
	{ "",                               true, NULL },
	/* clang-format on */
};

static void test_accepted(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	if (accepted[i].config) {
		cli_session_configure(s);
		if (!strcmp(accepted[i].line, "no sh"))
			g_free(world_run(s, "int lo0"));
	}
	g_free(world_run(s, accepted[i].line));
	g_assert_cmpint(cli_session_status(s), ==, CLI_OK);
	g_assert_null(cli_session_error(s, NULL));
	if (accepted[i].runs)
		g_assert_cmpstr(w->last->str, ==, accepted[i].runs);
	cli_session_free(s);
	world_free(w);
}

static const struct {
	const char *line;
	bool config;
	enum cli_status status;
	unsigned column;
	const char *text;
} refused[] = {
	/* clang-format off */
	{ "foo",                 false, CLI_INVALID,    0,  NULL },
	{ "show xyz",            false, CLI_INVALID,    5,  NULL },
	{ "show verx",           false, CLI_INVALID,    8,  NULL },
	{ "  show version foo",  false, CLI_INVALID,    15, NULL },
	{ "show l2tp red id 70000", false, CLI_INVALID, 17, NULL },
	{ "show ip interface vi1/1", false, CLI_INVALID, 18, NULL },
	{ "sh i",                false, CLI_AMBIGUOUS,  3,  "% Ambiguous command:  \"sh i\"" },
	{ "s",                   false, CLI_AMBIGUOUS,  0,  "% Ambiguous command:  \"s\"" },
	{ "sh l2tp red a b",     false, CLI_INVALID,    14, NULL },
	{ "show",                false, CLI_INCOMPLETE, 0,
	                         "% Type \"show ?\" for a list of subcommands" },
	{ "show l2tp",           false, CLI_INCOMPLETE, 0,  "% Incomplete command." },
	{ "show l2tp red id",    false, CLI_INCOMPLETE, 0,  "% Incomplete command." },
	{ "show version | x y",  false, CLI_INVALID,    15, NULL },
	{ "show version |",      false, CLI_INCOMPLETE, 14, "% Incomplete command." },
	{ "show version | inc",  false, CLI_INCOMPLETE, 15, "% Incomplete command." },
	{ "show version | inc (", false, CLI_FAILED,    19, "% Invalid regular expression" },
	{ "switch",              false, CLI_FAILED,     0,  "% Standby not ready for switchover." },
	{ "int lo",              true,  CLI_INCOMPLETE, 4,  "% Incomplete command." },
	{ "no vpdn-group",       true,  CLI_INCOMPLETE, 0,  "% Incomplete command." },
	{ "ip route 1.0.0.0 255.0.255.0 2.2.2.2", true, CLI_INVALID, 17, NULL },
	{ "do sh verx",          true,  CLI_INVALID,    9,  NULL },
	{ "show version",        true,  CLI_INVALID,    0,  NULL },
	{ "vpdn",                true,  CLI_INCOMPLETE, 0,  "% Incomplete command." },
	/* clang-format on */
};

static void test_refused(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);
	unsigned column;

	if (refused[i].config)
		cli_session_configure(s);
	g_free(world_run(s, refused[i].line));
	g_assert_cmpint(cli_session_status(s), ==, refused[i].status);
	g_assert_cmpstr(cli_session_error(s, &column), ==,
		refused[i].text ? refused[i].text
				: "% Invalid input detected at '^' marker.");
	if (refused[i].status == CLI_INVALID)
		g_assert_cmpuint(column, ==, refused[i].column);
	cli_session_free(s);
	world_free(w);
}

/* An exact word beats the longer ones that begin with it. */
static void test_exact(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	cli_session_configure(s);
	g_free(world_run(s, "vpdn enable"));
	g_assert_cmpstr(w->last->str, ==, "vpdn enable");
	g_free(world_run(s, "vpd enable"));
	g_assert_cmpint(cli_session_status(s), ==, CLI_AMBIGUOUS);
	cli_session_free(s);
	world_free(w);
}

/* Too long a line is refused whole. */
static void test_long(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);
	g_autofree char *ok = g_strdup_printf("%-254s", "show version");
	g_autofree char *bad = g_strdup_printf("%-255s", "show version");

	g_free(world_run(s, ok));
	g_assert_cmpint(cli_session_status(s), ==, CLI_OK);
	g_free(world_run(s, bad));
	g_assert_cmpint(cli_session_status(s), ==, CLI_INVALID);
	cli_session_free(s);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(accepted); i++) {
		g_autofree char *path = g_strdup_printf(
			"/cli/match/accepted/%zu-%s", i, accepted[i].line);

		g_test_add_data_func(g_strdelimit(path + 20, "/", '_') - 20,
			GSIZE_TO_POINTER(i), test_accepted);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autofree char *path = g_strdup_printf(
			"/cli/match/refused/%zu-%s", i, refused[i].line);

		g_test_add_data_func(g_strdelimit(path + 19, "/", '_') - 19,
			GSIZE_TO_POINTER(i), test_refused);
	}
	g_test_add_func("/cli/match/exact", test_exact);
	g_test_add_func("/cli/match/long", test_long);
	return g_test_run();
}
