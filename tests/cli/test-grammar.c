/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms: every line that a form means is taken, and no other. */
#include "cli/cli.h"

static enum cli_result run(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	g_string_printf(user, "%s%s",
		cli_no(args)        ? "no "
		: cli_default(args) ? "default "
				    : "",
		cli_line_text(args));
	return CLI_DONE;
}

static const struct {
	const char *form;
	const char *yes[8]; /* each runs as itself */
	const char *no[8];
} rows[] = {
	/* clang-format off */
	{ "alpha",              { "alpha" },            { "alpha beta", "beta" } },
	{ "alpha [beta]",       { "alpha", "alpha beta" }, { "alpha beta beta" } },
	{ "alpha {beta | gamma}", { "alpha beta", "alpha gamma" },
	                        { "alpha", "alpha beta gamma" } },
	{ "alpha [beta | gamma delta]", { "alpha", "alpha beta", "alpha gamma delta" },
	                        { "alpha gamma", "alpha delta" } },
	{ "alpha [beta] [gamma] [delta]", { "alpha", "alpha gamma", "alpha beta delta",
	                        "alpha beta gamma delta" }, { "alpha gamma beta" } },
	{ "alpha [[beta] gamma]", { "alpha", "alpha gamma", "alpha beta gamma" }, { "alpha beta" } },
	{ "alpha {beta | gamma}... delta", { "alpha beta delta", "alpha gamma beta beta delta" },
	                        { "alpha delta", "alpha beta" } },
	{ "alpha [beta | <n:1-9>]... delta", { "alpha delta", "alpha 1 beta 2 delta" },
	                        { "alpha 10 delta" } },
	{ "alpha [[beta] [gamma]]... delta", { "alpha delta", "alpha gamma beta delta" },
	                        { "alpha" } },
	{ "alpha <w:word>",     { "alpha x", "alpha alpha" }, { "alpha", "alpha x y" } },
	{ "alpha <l:line>",     { "alpha x", "alpha x  y" }, { "alpha" } },
	{ "[no] alpha",         { "alpha", "no alpha", "default alpha" }, { "no" } },
	{ "[no] alpha <n:1-9>", { "alpha 1", "no alpha 1", "no alpha", "default alpha" },
	                        { "alpha", "no alpha 10" } },
	{ "[no] alpha <n:1-9!>", { "alpha 1", "no alpha 1" }, { "no alpha", "alpha" } },
	{ "[no] alpha <n:1-9!> beta <m:1-9>", { "alpha 1 beta 2", "no alpha 1",
	                        "no alpha 1 beta", "no alpha 1 beta 2" },
	                        { "no alpha", "alpha 1", "alpha 1 beta" } },
	{ "[no] alpha <n:1-9!> <m:1-9!>", { "alpha 1 2", "no alpha 1 2" }, { "no alpha 1" } },
	{ "[no] alpha {beta | gamma <n:1-9>}", { "no alpha beta", "no alpha gamma",
	                        "no alpha gamma 3" }, { "no alpha", "alpha gamma" } },
	{ "alpha no beta",      { "alpha no beta" },    { "no alpha beta" } },
	/* clang-format on */
};

static const struct cli_mode modes[] = {
	{ CLI_PRIV, 0, "#" },
	{ 0 },
};

static void test_row(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct cli_command commands[] = { { CLI_PRIV, rows[i].form, "Help", run },
		{ 0 } };
	g_autoptr(GString) last = g_string_new(NULL);
	struct cli_tree *tree = cli_tree_new(modes, NULL, last);

	cli_tree_add(tree, commands);

	struct cli_session *s = cli_session_new(tree, CLI_OPERATOR);

	for (int k = 0; k < 8 && rows[i].yes[k]; k++) {
		g_test_message("yes: %s", rows[i].yes[k]);
		g_assert_cmpint(cli_session_exec(s, rows[i].yes[k]), ==, CLI_OK);
		g_assert_cmpstr(last->str, ==, rows[i].yes[k]);
	}
	for (int k = 0; k < 8 && rows[i].no[k]; k++) {
		g_test_message("no: %s", rows[i].no[k]);
		g_assert_cmpint(cli_session_exec(s, rows[i].no[k]), >=, CLI_INVALID);
		g_assert_cmpint(cli_session_status(s), <=, CLI_INCOMPLETE);
	}
	cli_session_free(s);
	cli_tree_free(tree);
}

static const char *const bad[] = { "alpha [beta", "alpha beta]", "alpha {beta | gamma]",
	"alpha <n>", "alpha <n:", "alpha <n:nonsense>", "alpha <n:9-1>",
	"alpha <:word>", "alpha | beta" };

/* A malformed form stops the program: it is our bug, found at the first start. */
static void test_bad(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);

	if (g_test_subprocess()) {
		struct cli_command commands[] = { { CLI_PRIV, bad[i], "Help", run },
			{ 0 } };

		cli_tree_add(cli_tree_new(modes, NULL, NULL), commands);
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_failed();
	g_test_trap_assert_stderr("*command form*");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/cli/grammar/form/%zu", i);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *path = g_strdup_printf("/cli/grammar/bad/%zu", i);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_bad);
	}
	return g_test_run();
}
