/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shell's own commands. */
#include "world.h"

static char *answer(struct cli_session *s, const char *text)
{
	GString *out = cli_session_output(s);
	char *got;

	cli_session_answer(s, text);
	got = g_strdup(out->str);
	g_string_truncate(out, 0);
	return got;
}

static void test_enable(void)
{
	struct world *w = world_new();
	struct cli_session *con = cli_session_new(w->tree, CLI_CONSOLE);
	struct cli_session *vty = cli_session_new(w->tree, CLI_VTY);
	g_autofree char *a = world_run(con, "enable");
	g_autofree char *b = world_run(vty, "enable");

	g_assert_cmpstr(a, ==, "");
	g_assert_cmpuint(cli_session_mode(con), ==, CLI_PRIV);
	g_assert_cmpstr(b, ==, "% No password set\n\n");
	g_assert_cmpuint(cli_session_mode(vty), ==, CLI_USER);
	w->secret = true;
	g_free(world_run(vty, "enable"));
	/* clients want exactly this word */
	g_assert_cmpstr(cli_session_question(vty, NULL), ==, "Password: ");
	g_free(answer(vty, "no"));
	g_assert_cmpuint(cli_session_mode(vty), ==, CLI_USER);
	g_free(answer(vty, "s3cret"));
	g_assert_cmpuint(cli_session_mode(vty), ==, CLI_PRIV);
	g_free(world_run(vty, "disable"));
	g_assert_cmpuint(cli_session_mode(vty), ==, CLI_USER);
	g_free(world_run(vty, "show l2tp tunnel"));
	g_assert_cmpint(cli_session_status(vty), ==, CLI_INVALID);
	cli_session_free(con);
	cli_session_free(vty);
	world_free(w);
}

static void test_configure(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	g_free(world_run(s, "configure"));
	g_assert_cmpstr(cli_session_question(s, NULL), ==,
		"Configuring from terminal, memory, or network [terminal]? ");
	g_autofree char *text = answer(s, "");

	g_assert_cmpstr(text, ==,
		"Enter configuration commands, one per line.  End with CNTL/Z.\n");
	g_assert_cmpuint(cli_session_mode(s), ==, CLI_CONFIG);
	/* from inside it changes nothing */
	g_free(world_run(s, "vpdn-group 1"));
	g_free(world_run(s, "do conf t"));
	g_assert_cmpuint(cli_session_mode(s), ==, CLI_CONFIG_VPDN);
	g_free(world_run(s, "do disable"));
	g_free(world_run(s, "end"));
	g_assert_cmpuint(cli_session_mode(s), ==, CLI_PRIV);
	g_free(world_run(s, "configure"));
	g_free(answer(s, "network"));
	g_assert_cmpint(cli_session_status(s), ==, CLI_FAILED);
	g_assert_cmpuint(cli_session_mode(s), ==, CLI_PRIV);
	cli_session_free(s);
	world_free(w);
}

static void test_terminal(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_CONSOLE);
	const struct cli_terminal *t = cli_session_terminal(s);

	g_assert_cmpuint(t->length, ==, 24);
	g_assert_cmpuint(t->width, ==, 80);
	g_free(world_run(s, "term len 0"));
	g_free(world_run(s, "term width 511"));
	g_free(world_run(s, "ter mon"));
	g_assert_cmpuint(t->length, ==, 0);
	g_assert_cmpuint(t->width, ==, 511);
	g_assert_true(t->monitor);
	g_free(world_run(s, "terminal no monitor"));
	g_assert_false(t->monitor);
	g_free(world_run(s, "terminal length 513"));
	g_assert_cmpint(cli_session_status(s), ==, CLI_INVALID);
	cli_session_free(s);
	world_free(w);
}

static void test_exit(void)
{
	static const char *const words[] = { "exit", "logout", "quit" };

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		struct world *w = world_new();
		struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

		g_free(world_run(s, words[i]));
		g_assert_cmpint(cli_session_status(s), ==, CLI_CLOSED);
		g_free(world_run(s, "show version"));
		g_assert_cmpstr(w->last->str, ==, "");
		cli_session_free(s);
		world_free(w);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cli/shell/enable", test_enable);
	g_test_add_func("/cli/shell/configure", test_configure);
	g_test_add_func("/cli/shell/terminal", test_terminal);
	g_test_add_func("/cli/shell/exit", test_exit);
	return g_test_run();
}
