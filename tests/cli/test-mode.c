/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modes: prompts, walking up, contexts, leaving. */
#include "world.h"

static const struct {
	const char *host;
	bool standby;
	const char *lines[4];
	const char *prompt;
} prompts[] = {
	/* clang-format off */
	{ "lns1", false, { NULL },                          "lns1#" },
	{ "lns1", true,  { NULL },                          "lns1-stby#" },
	{ "lns1", false, { "disable" },                     "lns1>" },
	{ "lns1", true,  { "disable" },                     "lns1-stby>" },
	{ "lns1", false, { "conf t" },                      "lns1(config)#" },
	{ "lns1", false, { "conf t", "vpdn-group 1" },      "lns1(config-vpdn)#" },
	{ "lns1", false, { "conf t", "vpdn-group 1", "accept-dialin" },
	                                                    "lns1(config-vpdn-acc-in)#" },
	{ "lns1", false, { "conf t", "int gi0/0/0" },       "lns1(config-if)#" },
	{ "lns1", false, { "conf t", "redundancy", "main-cpu" }, "lns1(config-r-mc)#" },
	{ "abcdefghijklmnopqrstuvwxyz", false, { NULL },    "abcdefghijklmnopqrstuvwxyz#" },
	{ "abcdefghijklmnopqrstuvwxyz", false, { "conf t" }, "abcdefghijklmnop(config)#" },
	/* up: a command of an ancestor, and a sibling */
	{ "l", false, { "conf t", "vpdn-group 1", "accept-dialin", "int lo0" }, "l(config-if)#" },
	{ "l", false, { "conf t", "vpdn-group 1", "accept-dialin", "l2tp tunnel resync 4" },
	                                                    "l(config-vpdn)#" },
	{ "l", false, { "conf t", "vpdn-group 1", "hostname x" }, "l(config)#" },
	/* down */
	{ "l", false, { "conf t", "vpdn-group 1", "accept-dialin", "exit" }, "l(config-vpdn)#" },
	{ "l", false, { "conf t", "vpdn-group 1", "exit" }, "l(config)#" },
	{ "l", false, { "conf t", "exit" },                 "l#" },
	{ "l", false, { "conf t", "vpdn-group 1", "accept-dialin", "end" }, "l#" },
	{ "l", false, { "conf t", "vpdn-group 1", "do sh ver" }, "l(config-vpdn)#" },
	{ "l", false, { "conf t", "vpdn-group 1", "no vpdn-group 2" }, "l(config)#" },
	/* clang-format on */
};

static void test_prompt(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	w->hostname = prompts[i].host;
	w->standby = prompts[i].standby;
	for (int k = 0; k < 4 && prompts[i].lines[k]; k++) {
		g_free(world_run(s, prompts[i].lines[k]));
		g_assert_cmpint(cli_session_status(s), ==, CLI_OK);
	}

	g_autofree char *prompt = cli_session_prompt(s);

	g_assert_cmpstr(prompt, ==, prompts[i].prompt);
	cli_session_free(s);
	world_free(w);
}

static void test_context(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	cli_session_configure(s);
	g_free(world_run(s, "vpdn-group FOO"));
	g_free(world_run(s, "accept-dialin"));
	g_free(world_run(s, "protocol l2tp"));
	g_assert_cmpstr(w->last->str, ==, "protocol l2tp (FOO 7)");
	g_free(world_run(s, "vpdn-group BAR"));
	g_free(world_run(s, "default l2tp tunnel resync"));
	g_assert_cmpstr(w->last->str, ==, "default l2tp tunnel resync (BAR 7)");
	g_free(world_run(s, "int lo0"));
	g_assert_null(cli_context_name(s, CLI_CONFIG_VPDN));
	g_assert_cmpstr(cli_context_name(s, 0), ==, "Loopback0");
	cli_session_free(s);
	world_free(w);
}

static void test_leave_hook(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	g_free(world_run(s, "conf t"));
	g_free(world_run(s, "do show version"));
	g_free(world_run(s, "end"));
	g_assert_cmpuint(w->left, ==, 1);
	g_assert_false(w->changed);
	g_free(world_run(s, "conf t"));
	g_free(world_run(s, "vpdn-group 1"));
	cli_session_hangup(s);
	g_assert_cmpuint(w->left, ==, 2);
	g_assert_true(w->changed);
	g_free(world_run(s, "conf t"));
	cli_session_free(s); /* a pulled RP says nothing */
	g_assert_cmpuint(w->left, ==, 2);
	world_free(w);
}

/* The owner hears of accepted lines of configuration, in full, and of nothing else. */
static void test_line_hook(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	g_free(world_run(s, "conf t"));
	g_free(world_run(s, "refuse"));
	g_free(world_run(s, "nonsense"));
	g_free(world_run(s, "do wr"));
	g_free(world_run(s, "end"));
	g_assert_false(w->changed);
	g_assert_cmpstr(w->told->str, ==, "");
	g_free(world_run(s, "conf t"));
	g_free(world_run(s, "int gi 0/0/0"));
	g_free(world_run(s, "no shut"));
	g_free(world_run(s, "default hostn"));
	g_free(world_run(s, "end"));
	g_assert_true(w->changed);
	g_assert_cmpstr(w->told->str, ==,
		"2:interface GigabitEthernet0/0/0\n9:no shutdown\n2:default "
		"hostname\n");
	cli_session_free(s);
	world_free(w);
}

/* A thousand entries of sub-modes do not deepen the stack. */
static void test_no_growth(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	cli_session_configure(s);
	for (int i = 0; i < 1000; i++) {
		g_free(world_run(s, "vpdn-group A"));
		g_free(world_run(s, "accept-dialin"));
		g_free(world_run(s, "int lo0"));
		g_free(world_run(s, "red"));
		g_free(world_run(s, "main"));
	}
	g_free(world_run(s, "exit"));
	g_free(world_run(s, "exit"));
	g_assert_cmpuint(cli_session_mode(s), ==, CLI_CONFIG);
	cli_session_free(s);
	world_free(w);
}

/* What the clients' prompt patterns rely on. */
static void test_table(void)
{
	for (const struct cli_mode *m = cli_modes; m->id; m++) {
		if (m->id & CLI_EXEC)
			continue;
		g_assert_true(g_regex_match_simple(
			"^\\(config(-[a-z0-9-]+)?\\)#$", m->suffix, 0, 0));
		/* every way up ends in global configuration */
		const struct cli_mode *up = m;

		for (int i = 0; up->parent; i++) {
			const struct cli_mode *p = cli_modes;

			while (p->id && p->id != up->parent)
				p++;
			g_assert_cmpint(i, <, 8);
			g_assert_cmpuint(p->id, ==, up->parent);
			up = p;
		}
		g_assert_cmpuint(up->id, ==, CLI_CONFIG);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(prompts); i++) {
		g_autofree char *path = g_strdup_printf(
			"/cli/mode/prompt/%zu-%s", i, prompts[i].prompt);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_prompt);
	}
	g_test_add_func("/cli/mode/context", test_context);
	g_test_add_func("/cli/mode/leave-hook", test_leave_hook);
	g_test_add_func("/cli/mode/line-hook", test_line_hook);
	g_test_add_func("/cli/mode/no-growth", test_no_growth);
	g_test_add_func("/cli/mode/table", test_table);
	return g_test_run();
}
