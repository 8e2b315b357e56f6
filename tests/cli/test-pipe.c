/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output modifiers. */
#include "world.h"

static const struct {
	const char *line;
	const char *out;
} pipes[] = {
	/* clang-format off */
	{ "show run | include vpdn",   "vpdn enable\nvpdn-group 1\n" },
	{ "show run|i vpdn",           "vpdn enable\nvpdn-group 1\n" },
	{ "show run |  in   protocol", "  protocol l2tp\n" },
	{ "show run | inc VPDN",       "" },
	{ "show run | inc enable|local name", "vpdn enable\n local name lns1\n" },
	{ "show run | inc enable | local",    " local name lns1\n" },
	{ "show run | exclude vpdn|ip|l2tp|dialin", " local name lns1\ninterface Loopback0\nend\n" },
	{ "show run | begin Loopback", "interface Loopback0\n ip address 1.2.3.4 255.255.255.255\nend\n" },
	{ "show run | section vpdn-group",
	  "vpdn-group 1\n accept-dialin\n  protocol l2tp\n local name lns1\n" },
	{ "show run | section include dialin", " accept-dialin\n  protocol l2tp\n" },
	{ "show run | sec exclude vpdn|interface", "end\n" },
	{ "show run | count vpdn",     "Number of lines which match regexp = 2\n" },
	{ "show run | sec vpdn-g | exc l2tp", "vpdn-group 1\n accept-dialin\n local name lns1\n" },
	{ "show run | inc vpdn | count enable", "Number of lines which match regexp = 1\n" },
	{ "show run | count vpdn | inc number", "" },
	{ "lines 30 | inc _2_|_29$",   "line 2\nline 29\n" },
	{ "show run | redirect bootflash:x y", "" },
	{ "lines 2 | tee /append flash:f", "line 1\nline 2\n" },
	{ "lines 1 | append flash:f",  "" },
	/* clang-format on */
};

static void test_pipe(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);
	g_autofree char *out = world_run(s, pipes[i].line);

	g_assert_cmpstr(out, ==, pipes[i].out);
	g_assert_cmpint(cli_session_status(s), ==, CLI_OK);
	cli_session_free(s);
	world_free(w);
}

static void test_files(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	g_free(world_run(s, "lines 1 | redirect flash:a"));
	g_free(world_run(s, "lines 1 | append flash:b"));
	g_free(world_run(s, "lines 2 | inc 2 | tee flash:c"));
	g_assert_cmpstr(w->file->str, ==,
		">flash:a:line 1\n>>flash:b:line 1\n>flash:c:line 2\n");
	w->url_error = "%Error opening flash:a (No space left on device)";
	g_free(world_run(s, "lines 1 | redirect flash:a"));
	g_assert_cmpint(cli_session_status(s), ==, CLI_FAILED);
	g_assert_cmpstr(cli_session_error(s, NULL), ==, w->url_error);
	cli_session_free(s);
	world_free(w);
}

/* An error is shown whatever the filter keeps. */
static void test_error_not_hidden(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);
	g_autofree char *out = world_run(s, "switch | include nothing");

	g_assert_cmpstr(out, ==, "% Standby not ready for switchover.\n\n");
	cli_session_free(s);
	world_free(w);
}

/* A hostile expression costs little: it counts as no match. */
static void test_backtracking(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);
	gint64 before = g_get_monotonic_time();
	g_autofree char *out = world_run(s, "lines 200 | inc ((.+)+)+\\1\\2x");

	g_assert_cmpstr(out, ==, "");
	g_assert_cmpint(g_get_monotonic_time() - before, <, 20 * G_USEC_PER_SEC);
	cli_session_free(s);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(pipes); i++) {
		g_autofree char *path = g_strdup_printf("/cli/pipe/filter/%zu", i);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_pipe);
	}
	g_test_add_func("/cli/pipe/files", test_files);
	g_test_add_func("/cli/pipe/error-not-hidden", test_error_not_hidden);
	g_test_add_func("/cli/pipe/backtracking", test_backtracking);
	return g_test_run();
}
