/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions: error texts with the caret in its column, slices, waits, dialogs. */
#include "world.h"

#include <string.h>

struct fixture {
	struct world *w;
	struct cli_session *s;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->w = world_new();
	f->s = cli_session_new(f->w->tree, CLI_CONSOLE);
	cli_session_set_privileged(f->s, true);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	cli_session_free(f->s);
	world_free(f->w);
}

static void expect(struct fixture *f, const char *line, const char *text)
{
	g_autofree char *got = world_run(f->s, line);

	g_assert_cmpstr(got, ==, text);
}

/* "lns1#show verx": the caret stands below the x, prompt counted. */
static void test_caret(struct fixture *f, gconstpointer data)
{
	expect(f, "show verx",
		"             ^\n% Invalid input detected at '^' marker.\n\n");
	expect(f, "conf t",
		"Enter configuration commands, one per line.  End with CNTL/Z.\n");
	expect(f, "vpdn-group A", "");
	/* "lns1(config-vpdn)#" is 18 wide; no blank line in configuration modes */
	expect(f, "zzz",
		"                  ^\n% Invalid input detected at '^' marker.\n");
	expect(f, "do show verx",
		"                             ^\n% Invalid input detected at '^' "
		"marker.\n");
}

static void test_errors(struct fixture *f, gconstpointer data)
{
	expect(f, "sh i", "% Ambiguous command:  \"sh i\"\n\n");
	expect(f, "show l2tp", "% Incomplete command.\n\n");
	expect(f, "show", "% Type \"show ?\" for a list of subcommands\n\n");
	expect(f, "switch", "% Standby not ready for switchover.\n\n");
	f->w->refuse_config = "% Configuration allowed only from Active";
	expect(f, "conf t", "% Configuration allowed only from Active\n\n");
	g_assert_cmpuint(cli_session_mode(f->s), ==, CLI_PRIV);
}

/* The error of the mode that understood most of the line. */
static void test_best_error(struct fixture *f, gconstpointer data)
{
	unsigned column;

	cli_session_configure(f->s);
	g_free(world_run(f->s, "int lo0"));
	g_free(world_run(f->s, "ip route 1.0.0.0 foo"));
	g_assert_nonnull(cli_session_error(f->s, &column));
	g_assert_cmpuint(column, ==, 17);
	g_free(world_run(f->s, "ip address 1.0.0.0 foo"));
	cli_session_error(f->s, &column);
	g_assert_cmpuint(column, ==, 19);
	/* and a failed line leaves the mode alone */
	g_assert_cmpuint(cli_session_mode(f->s), ==, CLI_CONFIG_IF);
}

static void test_slices(struct fixture *f, gconstpointer data)
{
	unsigned steps = 0;

	g_assert_cmpint(cli_session_exec(f->s, "slow 100"), ==, CLI_RUNNING);
	while (cli_session_step(f->s) == CLI_RUNNING)
		steps++;
	g_assert_cmpuint(f->w->slices, ==, 100);
	g_assert_cmpuint(steps, ==, 98);
	g_assert_cmpuint(f->w->freed, ==, 1);

	cli_session_exec(f->s, "slow 100");
	cli_session_abort(f->s);
	g_assert_cmpuint(f->w->freed, ==, 2);
	g_assert_cmpint(cli_session_status(f->s), ==, CLI_OK);

	/* freed in the middle */
	cli_session_exec(f->s, "slow 100");
	cli_session_free(f->s);
	g_assert_cmpuint(f->w->freed, ==, 3);
	f->s = cli_session_new(f->w->tree, CLI_CONSOLE);
}

static void test_wait(struct fixture *f, gconstpointer data)
{
	g_assert_cmpint(cli_session_exec(f->s, "wait"), ==, CLI_WAITING);
	g_assert_cmpint(cli_session_step(f->s), ==, CLI_WAITING);
	g_assert_cmpint(cli_session_exec(f->s, "show version"), ==, CLI_WAITING);
	g_assert_cmpint(cli_session_wake(f->s), ==, CLI_WAITING);
	g_assert_cmpint(cli_session_wake(f->s), ==, CLI_OK);
	g_assert_cmpstr(cli_session_output(f->s)->str, ==, "answered\n");
}

static void test_dialog(struct fixture *f, gconstpointer data)
{
	enum cli_ask_kind kind;

	g_assert_cmpint(cli_session_exec(f->s, "reload"), ==, CLI_ASKING);
	g_assert_cmpstr(cli_session_question(f->s, &kind), ==,
		"System configuration has been modified. Save? [yes/no]: ");
	g_assert_cmpint(kind, ==, CLI_ASK_YES_NO);
	g_assert_cmpint(cli_session_answer(f->s, "maybe"), ==, CLI_ASKING);
	g_assert_cmpint(cli_session_answer(f->s, "no"), ==, CLI_ASKING);
	g_assert_cmpstr(cli_session_question(f->s, &kind), ==,
		"Proceed with reload? [confirm]");
	g_assert_cmpint(kind, ==, CLI_ASK_CONFIRM);
	g_assert_cmpint(cli_session_answer(f->s, ""), ==, CLI_OK);
	g_assert_null(cli_session_question(f->s, &kind));
	g_assert_cmpstr(cli_session_output(f->s)->str, ==,
		"% Please answer 'yes' or 'no'.\nnot saved\nreloading\n");
	g_assert_cmpstr(f->w->last->str, ==, "reload"); /* args lived that long */

	g_string_truncate(cli_session_output(f->s), 0);
	cli_session_exec(f->s, "reload");
	cli_session_answer(f->s, "y");
	g_assert_cmpint(cli_session_answer(f->s, "n"), ==, CLI_OK);
	g_assert_cmpstr(cli_session_output(f->s)->str, ==, "saved\nstopped\n");

	g_string_truncate(cli_session_output(f->s), 0);
	cli_session_exec(f->s, "copy run start");
	g_assert_cmpint(cli_session_answer(f->s, ""), ==, CLI_OK);
	g_assert_cmpstr(cli_session_output(f->s)->str, ==, "to startup-config\n[OK]\n");
}

static void test_history(struct fixture *f, gconstpointer data)
{
	cli_session_remember(f->s, "show version");
	cli_session_remember(f->s, "show version");
	cli_session_remember(f->s, "  ");
	cli_session_remember(f->s, "wr");
	g_assert_cmpstr(cli_session_history(f->s, 1), ==, "wr");
	g_assert_cmpstr(cli_session_history(f->s, 2), ==, "show version");
	g_assert_null(cli_session_history(f->s, 3));
	g_assert_null(cli_session_history(f->s, 0));
	expect(f, "show history", "  show version\n  wr\n");
	cli_session_configure(f->s);
	g_assert_null(cli_session_history(f->s, 1));
	cli_session_remember(f->s, "int lo0");
	g_assert_cmpstr(cli_session_history(f->s, 1), ==, "int lo0");
	cli_leave_config(f->s);
	g_free(world_run(f->s, "term hist size 1"));
	cli_session_remember(f->s, "a");
	cli_session_remember(f->s, "b");
	g_assert_cmpstr(cli_session_history(f->s, 1), ==, "b");
	g_assert_null(cli_session_history(f->s, 2));
	g_free(world_run(f->s, "terminal no history"));
	cli_session_remember(f->s, "c");
	g_assert_null(cli_session_history(f->s, 1));
}

/* A loader's view of a configuration file. */
static void test_loader(struct fixture *f, gconstpointer data)
{
	static const char *const file[] = {
		"hostname lns1",
		"!",
		"vpdn-group 1",
		" accept-dialin",
		"  protocol l2tp",
		" l2tp tunnel resync 5",
		" l2tp tunnel resync 5000",
		"interface Loopback0",
		" ip address 172.16.0.1 255.255.255.255",
		"!",
		"end",
	};
	g_autoptr(GString) errors = g_string_new(NULL);

	cli_session_configure(f->s);
	for (size_t i = 0; i < G_N_ELEMENTS(file); i++) {
		unsigned column;

		g_free(world_run(f->s, file[i]));
		if (cli_session_error(f->s, &column))
			g_string_append_printf(errors, "%zu:%u: %s\n", i + 1,
				column + 1, cli_session_error(f->s, NULL));
	}
	g_assert_cmpstr(
		errors->str, ==, "7:21: % Invalid input detected at '^' marker.\n");
	g_assert_cmpuint(cli_session_mode(f->s), ==, CLI_PRIV);
	g_assert_cmpstr(f->w->last->str, ==, "ip address 172.16.0.1 255.255.255.255");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*fn)(struct fixture *f, gconstpointer data);
	} cases[] = {
		{ "/cli/session/caret", test_caret },
		{ "/cli/session/errors", test_errors },
		{ "/cli/session/best-error", test_best_error },
		{ "/cli/session/slices", test_slices },
		{ "/cli/session/wait", test_wait },
		{ "/cli/session/dialog", test_dialog },
		{ "/cli/session/history", test_history },
		{ "/cli/session/loader", test_loader },
	};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		g_test_add(cases[i].path, struct fixture, NULL, set_up, cases[i].fn,
			tear_down);
	return g_test_run();
}
