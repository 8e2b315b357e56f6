/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The patterns by which automation clients know prompts and errors
 * (shell-and-automation.md, sections 1, 3 and 10), run over every prompt and every error
 * text the shell can print, and over its ordinary output, which must match none of them.
 */
#include "world.h"

#include <string.h>

/* Prompts. */
static const char *const prompt_patterns[] = {
	"^[\\w.\\-@/:]{1,63}(\\([\\w.\\-@/:+]{0,32}\\))?[>#]$", /* scrapli */
	"[>#]$",                                                /* netmiko */
};

static const char *const config_patterns[] = {
	"^.+\\(config(-.*)?\\)#$",                   /* Ansible */
	"\\((?!diag)[^()]*(con|cfg)[^()]*\\)\\S*#$", /* unicon */
	"^[\\w.\\-@/:]{1,63}\\([\\w.\\-@/:+]{0,32}\\)#$",
};

static const char *const hosts[] = { "a", "lns1", "LNS-A_1.lab",
	"a23456789012345678901234567890123456789012345678901234567890123" };

static void must(const char *pattern, const char *text)
{
	if (!g_regex_match_simple(pattern, text, 0, 0)) {
		g_test_message("pattern %s", pattern);
		g_assert_cmpstr(text, ==, "(a text that the pattern matches)");
	}
}

static void test_prompts(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	for (size_t h = 0; h < G_N_ELEMENTS(hosts) * 2; h++) {
		w->hostname = hosts[h / 2];
		w->standby = h % 2;
		cli_session_hangup(s);

		g_autofree char *exec = cli_session_prompt(s);
		for (const struct cli_mode *m = cli_modes; m->id; m++) {
			cli_session_configure(s);
			if (m->id & CLI_EXEC)
				cli_session_hangup(s);
			else if (m->id != CLI_CONFIG)
				cli_enter(s, m->id, NULL, 0);
			cli_session_set_privileged(s, m->id != CLI_USER);

			g_autofree char *prompt = cli_session_prompt(s);
			size_t base = MIN(strlen(exec) - 1, 16);

			/* netmiko looks for 16 characters of the first prompt it saw */
			g_assert_cmpmem(prompt, base, exec, base);
			/* scrapli takes 63 characters: a host of 63 and "-stby" do not fit */
			if (h < 7 || !(m->id & CLI_EXEC))
				for (size_t i = 0; i < G_N_ELEMENTS(prompt_patterns);
					i++)
					must(prompt_patterns[i], prompt);
			for (size_t i = 0; !(m->id & CLI_EXEC) &&
					   i < G_N_ELEMENTS(config_patterns);
				i++)
				must(config_patterns[i], prompt);
		}
	}
	cli_session_free(s);
	world_free(w);
}

/* Errors: line typed in EXEC, and which client patterns must see it. */
enum {
	UNICON = 1,
	SCRAPLI = 2,
	ANSIBLE = 4,
	ALL = 7,
};

static const struct {
	const char *pattern;
	unsigned client;
} error_patterns[] = {
	/* clang-format off */
	{ "(?im)^\\s*%\\s*[Ii]nvalid (command|input)",     UNICON },
	{ "(?im)^%\\s*[Ii]ncomplete (command|input)",      UNICON },
	{ "(?im)^%\\s*[Aa]mbiguous (command|input)",       UNICON },
	{ "% Ambiguous command",                          SCRAPLI },
	{ "% Incomplete command",                         SCRAPLI },
	{ "% Invalid input detected",                     SCRAPLI },
	{ "% Unknown command",                            SCRAPLI },
	{ "(?i)% ?Error",                                 ANSIBLE },
	{ "(?i)invalid input",                            ANSIBLE },
	{ "(?i)(incomplete|ambiguous) command",           ANSIBLE },
	{ "(?i)ERROR:",                                   ANSIBLE },
	{ "(?i)% Invalid",                                ANSIBLE },
	{ "(?i)[^\\r\\n]+ not found",                     ANSIBLE },
	{ "(?i)connection timed out",                     ANSIBLE },
	/* clang-format on */
};

static unsigned clients_that_see(const char *text)
{
	unsigned seen = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(error_patterns); i++)
		if (g_regex_match_simple(error_patterns[i].pattern, text, 0, 0))
			seen |= error_patterns[i].client;
	return seen;
}

static const struct {
	const char *line;
	unsigned seen_by;
} texts[] = {
	/* clang-format off */
	{ "foo",                    ALL },
	{ "show foo",               ALL },
	{ "show version foo",       ALL },
	{ "sh i",                   ALL },
	{ "show l2tp",              ALL },
	{ "show version | foo x",   ALL },
	{ "show version |",         ALL },
	{ "show version",           0 },
	{ "show privilege",         0 },
	{ "show history",           0 },
	{ "show terminal",          0 },
	{ "help",                   0 },
	{ "conf t",                 0 },
	{ "do show foo",            ALL },
	{ "int lo",                 ALL },
	{ "vpd enable",             ALL },
	{ "int lo0",                0 },
	{ "end",                    0 },
	{ "terminal length 0",      0 },
	{ "terminal width 0",       0 },
	{ "term width 512",         0 },
	{ "terminal width 511",     0 },
	/* clang-format on */
};

static void test_errors(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_CONSOLE);

	cli_session_set_privileged(s, true);
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *out = world_run(s, texts[i].line);

		g_test_message("%s", texts[i].line);
		g_assert_cmpuint(clients_that_see(out), ==, texts[i].seen_by);
	}
	cli_session_free(s);
	world_free(w);
}

/* No help text and no `?` list looks like an error either. */
static void check_help(const struct cli_command *c, void *data)
{
	g_assert_cmpuint(clients_that_see(c->help), ==, 0);
	g_assert_cmpuint(strlen(c->help), >, 0);
}

static void test_helps(void)
{
	struct world *w = world_new();

	cli_tree_each(w->tree, check_help, NULL);
	world_free(w);
}

static void test_privilege(void)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_CONSOLE);
	g_autofree char *user = world_run(s, "show privilege");

	g_assert_cmpstr(user, ==, "Current privilege level is 1\n");
	g_free(world_run(s, "enable"));

	g_autofree char *priv = world_run(s, "show privilege");

	g_assert_cmpstr(priv, ==, "Current privilege level is 15\n");
	cli_session_free(s);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cli/clients/prompts", test_prompts);
	g_test_add_func("/cli/clients/errors", test_errors);
	g_test_add_func("/cli/clients/helps", test_helps);
	g_test_add_func("/cli/clients/privilege", test_privilege);
	return g_test_run();
}
