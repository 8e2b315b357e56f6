/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `?` and Tab. */
#include "world.h"

static const struct {
	const char *text;
	unsigned config; /* 1: configuration, 2: in a vpdn group */
	const char *help;
} helps[] = {
	/* clang-format off */
	{ "sh",      0, "  show\n" },
	{ "SH",      0, "  show\n" },
	{ "e",       0, "  enable  exit\n" },
	{ "zzz",     0, "% Unrecognized command\n" },
	{ "show zzz ", 0, "% Unrecognized command\n" },
	{ "s ",      0, "% Ambiguous command:  \"s \"\n" },
	{ "show l2tp ", 0,
	  "  redundancy  L2TP high-availability state\n"
	  "  tunnel      L2TP tunnels\n" },
	{ "show l2tp redundancy ", 0,
	  "  all     All L2TP redundancy information\n"
	  "  detail  Details for one tunnel or session\n"
	  "  id      Choose a tunnel by its local ID\n"
	  "  |       Output modifiers\n"
	  "  <cr>    <cr>\n" },
	{ "show l2tp red id ", 0, "  <0-65535>  Local tunnel ID\n" },
	{ "show running-config ", 0,
	  "  all   \n"
	  "  |     Output modifiers\n"
	  "  <cr>  <cr>\n" },
	{ "show version | ", 0,
	  "  append    Append output to a file\n"
	  "  begin     Begin with the line that matches\n"
	  "  count     Count the lines that match\n"
	  "  exclude   Leave out lines that match\n"
	  "  include   Keep only lines that match\n"
	  "  redirect  Write output to a file\n"
	  "  section   Keep only sections that match\n"
	  "  tee       Show output and write it to a file\n" },
	{ "show version | i",       0, "  include\n" },
	{ "show version | include ", 0, "  LINE  Regular expression, or name of a file\n" },
	{ "no ",     2,
	  "  accept-dialin  Accept calls\n"
	  "  l2tp           \n" },
	{ "l2tp tunnel resync ", 2, "  <1-1000>  Number\n" },
	{ "no l2tp tunnel resync ", 2, "  <1-1000>  Number\n  <cr>      <cr>\n" },
	{ "hostn",   2, "  hostname\n" },
	{ "interface v", 2, "  Virtual-Access    Virtual-Template\n" },
	{ "do show ver", 2, "  version\n" },
	{ "default l2tp tunnel resync ", 2, "  <1-1000>  Number\n  <cr>      <cr>\n" },
	{ "", 2,
	  "  accept-dialin  Accept calls\n"
	  "  default        Set a command to its defaults\n"
	  "  do             Run an EXEC command\n"
	  "  end            Exit to privileged EXEC mode\n"
	  "  exit           Exit from this mode\n"
	  "  help           Description of the help system\n"
	  "  l2tp           \n"
	  "  no             Negate a command or set its defaults\n" },
	/* clang-format on */
};

/* Trailing blanks are ours to choose; compare without them. */
static char *trimmed(const char *text)
{
	g_autoptr(GRegex) re = g_regex_new(" +$", G_REGEX_MULTILINE, 0, NULL);

	return g_regex_replace_literal(re, text, -1, 0, "", 0, NULL);
}

static struct cli_session *session_in(struct world *w, unsigned config)
{
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	if (config)
		cli_session_configure(s);
	if (config == 2)
		g_free(world_run(s, "vpdn-group 1"));
	return s;
}

static void test_help(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct world *w = world_new();
	struct cli_session *s = session_in(w, helps[i].config);
	g_autofree char *raw = cli_session_help(s, helps[i].text);
	g_autofree char *got = trimmed(raw), *want = trimmed(helps[i].help);

	g_assert_cmpstr(got, ==, want);
	cli_session_free(s);
	world_free(w);
}

static const struct {
	const char *text;
	unsigned config;
	const char *full;
} completions[] = {
	/* clang-format off */
	{ "sh",              0, "show " },
	{ "sh ver",          0, "sh version " },
	{ "sh i",            0, NULL },
	{ "sh ",             0, NULL },
	{ "",                0, NULL },
	{ "zzz",             0, NULL },
	{ "show version",    0, "show version " },
	{ "show int",        0, "show interfaces " },
	{ "sh ver | inc",    0, "sh ver | include " },
	{ "vpdn",            1, "vpdn " },
	{ "do sh ver",       1, "do sh version " },
	{ "int gi",          2, "int GigabitEthernet " },
	/* clang-format on */
};

static void test_completion(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct world *w = world_new();
	struct cli_session *s = session_in(w, completions[i].config);
	g_autofree char *full = cli_session_complete(s, completions[i].text);

	g_assert_cmpstr(full, ==, completions[i].full);
	cli_session_free(s);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(helps); i++) {
		g_autofree char *path = g_strdup_printf("/cli/complete/help/%zu", i);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_help);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(completions); i++) {
		g_autofree char *path = g_strdup_printf("/cli/complete/tab/%zu", i);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_completion);
	}
	return g_test_run();
}
