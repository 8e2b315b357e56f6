/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The editor: what a terminal sees for what it types. */
#include "cli/edit.h"
#include "world.h"

#include <string.h>

#define ERASE "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b"

struct fixture {
	struct world *w;
	struct cli_session *s;
	struct cli_edit *e;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->w = world_new();
	f->s = cli_session_new(f->w->tree, CLI_CONSOLE);
	cli_session_set_privileged(f->s, true);
	f->e = cli_edit_new(f->s);
	cli_edit_start(f->e);
	g_byte_array_set_size(cli_edit_output(f->e), 0);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	cli_edit_free(f->e);
	cli_session_free(f->s);
	world_free(f->w);
}

static void type(struct fixture *f, const char *keys)
{
	cli_edit_input(f->e, (const uint8_t *)keys, strlen(keys));
}

static char *seen(struct fixture *f)
{
	GByteArray *out = cli_edit_output(f->e);
	char *text = g_strndup((const char *)out->data, out->len);

	g_byte_array_set_size(out, 0);
	return text;
}

static void expect(struct fixture *f, const char *text)
{
	g_autofree char *got = seen(f);

	g_assert_cmpstr(got, ==, text);
}

static void expect_end(struct fixture *f, const char *end)
{
	g_autofree char *got = seen(f);

	if (!g_str_has_suffix(got, end))
		g_assert_cmpstr(got, ==, end);
}

static void say(struct fixture *f, const char *keys, const char *text)
{
	type(f, keys);
	expect(f, text);
}

static void test_lines(struct fixture *f, gconstpointer data)
{
	say(f, "show version\r",
		"show version\r\nVersion 1.0\r\nlns1 uptime is 5 minutes\r\nlns1#");
	say(f, "\r", "\r\nlns1#");
	say(f, "\r\n\n\r", "\r\nlns1#\r\nlns1#\r\nlns1#");
	say(f, "show verx\r",
		"show verx\r\n             ^\r\n"
		"% Invalid input detected at '^' marker.\r\n\r\nlns1#");
}

static void test_help(struct fixture *f, gconstpointer data)
{
	say(f, "sho?", "sho?\r\n  show\r\nlns1#sho");
	say(f, " l2tp ?",
		" l2tp ?\r\n  redundancy  L2TP high-availability state\r\n"
		"  tunnel      L2TP tunnels\r\nlns1#sho l2tp ");
	say(f, "zz ?", "zz ?\r\n% Unrecognized command\r\nlns1#sho l2tp zz ");
	/* Ansible: help, then the line itself */
	say(f, "\025show running-config",
		"\b\b\b\b\b\b\b\b\b\b\b\b            "
		"\b\b\b\b\b\b\b\b\b\b\b\bshow running-config");
	type(f, " ?\r");
	expect_end(f, "lns1#show running-config \r\nvpdn enable\r\nvpdn-group 1\r\n"
		      " accept-dialin\r\n  protocol l2tp\r\n local name "
		      "lns1\r\ninterface Loopback0\r\n"
		      " ip address 1.2.3.4 255.255.255.255\r\nend\r\nlns1#");
}

static void test_tab(struct fixture *f, gconstpointer data)
{
	say(f, "sh\t", "sh\r\nlns1#show ");
	say(f, "ver\t", "ver\r\nlns1#show version ");
	say(f, "zz\t", "zz");
}

static void test_history(struct fixture *f, gconstpointer data)
{
	type(f, "show version\rwr\rtyped");
	g_free(seen(f));
	say(f, "\033[A", "\b\b\b\b\b     \b\b\b\b\bwr");
	say(f, "\020", "\b\b  \b\bshow version");
	say(f, "\020", "");
	type(f, "\016");
	g_free(seen(f));
	type(f, "\016");
	expect_end(f, "typed");
	say(f, "\016", "");
	type(f, "\020\020\r");
	g_free(seen(f));
	g_assert_cmpstr(f->w->last->str, ==, "show version");
}

static void test_config_keys(struct fixture *f, gconstpointer data)
{
	type(f, "conf t\rvpdn-group A\r");
	expect_end(f, "lns1(config-vpdn)#");
	say(f, "hostname x\032", "hostname x^Z\r\nlns1#");
	g_assert_cmpstr(f->w->last->str, ==, "hostname x");
	g_assert_cmpuint(f->w->left, ==, 1);
	type(f, "conf t\rhostname y");
	g_free(seen(f));
	say(f, "\003", "\r\nlns1#");
	g_assert_cmpstr(f->w->last->str, ==, "hostname x");
	say(f, "abc\003", "abc\r\nlns1#");
	say(f, "abc\032", "abc^Z\r\nlns1#");
	/* unicon, when stuck */
	say(f, "\r", "\r\nlns1#");
	say(f, "\036", "\r\nlns1#");
	say(f, "\003", "\r\nlns1#");
}

static void test_redraw(struct fixture *f, gconstpointer data)
{
	say(f, "abc\002", "abc\b");
	say(f, "\022", "\r\nlns1#abc\b");
	say(f, "\014", "\r\nlns1#abc\b");
}

static void test_dialog(struct fixture *f, gconstpointer data)
{
	say(f, "reload\r",
		"reload\r\nSystem configuration has been modified. Save? [yes/no]: ");
	say(f, "what?\r",
		"what?\r\n% Please answer 'yes' or 'no'.\r\n"
		"System configuration has been modified. Save? [yes/no]: ");
	say(f, "no\r", "no\r\nnot saved\r\nProceed with reload? [confirm]");
	say(f, "y", "\r\nreloading\r\nlns1#");
	type(f, "reload\ryes\r");
	g_free(seen(f));
	say(f, "\r", "\r\nreloading\r\nlns1#");
	type(f, "reload\ryes\r");
	g_free(seen(f));
	say(f, "q", "\r\nstopped\r\nlns1#");
	type(f, "reload\r");
	g_free(seen(f));
	say(f, "\003", "\r\nlns1#");
	type(f, "reload\ryes\r");
	g_free(seen(f));
	say(f, "\036", "\r\nlns1#");
	/* answers are no history */
	type(f, "\020");
	expect(f, "reload");
}

static void test_enable_secret(struct fixture *f, gconstpointer data)
{
	f->w->secret = true;
	say(f, "disable\r", "disable\r\nlns1>");
	say(f, "en\r", "en\r\nPassword: ");
	say(f, "s3cret\r", "\r\nlns1#");
	say(f, "en\r", "en\r\nlns1#");
	say(f, "disable\r", "disable\r\nlns1>");
	say(f, "enable\rx?\r", "enable\r\nPassword: \r\nPassword: ");
	say(f, "y\rz\r", "\r\nPassword: \r\n% Bad secrets\r\n\r\nlns1>");
}

static void test_pager(struct fixture *f, gconstpointer data)
{
	type(f, "term len 4\r");
	g_free(seen(f));
	say(f, "lines 8\r", "lines 8\r\nline 1\r\nline 2\r\nline 3\r\n --More-- ");
	say(f, "\r", ERASE "line 4\r\n --More-- ");
	say(f, " ", ERASE "line 5\r\nline 6\r\nline 7\r\n --More-- ");
	say(f, " ", ERASE "line 8\r\nlns1#");
	type(f, "lines 8\r");
	g_free(seen(f));
	say(f, "q", ERASE "lns1#");
	type(f, "lines 8\r");
	g_free(seen(f));
	say(f, "\003", ERASE "lns1#");
	/* exactly a screen: no stop */
	say(f, "lines 3\r", "lines 3\r\nline 1\r\nline 2\r\nline 3\r\nlns1#");
	/* a command that runs is aborted */
	type(f, "slow 1000000\r");
	g_free(seen(f));
	say(f, "q", ERASE "lns1#");
	g_assert_cmpuint(f->w->freed, ==, 1);
	g_assert_cmpuint(f->w->slices, <, 3);
}

static void test_pager_filter(struct fixture *f, gconstpointer data)
{
	type(f, "term len 4\rlines 100\r");
	g_free(seen(f));
	type(f, "/^line 9\r");
	expect_end(f, ERASE "line 9\r\nline 10\r\nline 11\r\n --More-- ");
	type(f, "+5\r");
	expect_end(f, ERASE "line 15\r\nline 25\r\nline 35\r\n --More-- ");
	type(f, "-[0-8]\r");
	expect_end(f, ERASE "line 99\r\nlns1#");
}

static void test_pager_width(struct fixture *f, gconstpointer data)
{
	type(f, "term len 3\rterm width 6\r");
	g_free(seen(f));
	/* "line 1" fits, "line 10" takes two rows */
	type(f, "lines 11 | inc 1\r");
	expect_end(f, "line 1\r\nline 10\r\n --More-- ");
}

static void test_running(struct fixture *f, gconstpointer data)
{
	type(f, "term len 0\rslow 5\rshow version\r");
	expect_end(f, "slice 0 line 9\r\n");
	for (int i = 0; i < 3; i++)
		g_assert_true(cli_edit_work(f->e));
	g_free(seen(f));
	/* the last slice, the prompt, and what was typed ahead */
	g_assert_false(cli_edit_work(f->e));
	expect_end(f, "slice 4 line 9\r\nlns1#show version\r\nVersion 1.0\r\n"
		      "lns1 uptime is 5 minutes\r\nlns1#");
	type(f, "slow 1000000\r");
	cli_edit_work(f->e);
	g_free(seen(f));
	say(f, "junk\036", "\r\nlns1#");
	g_assert_false(cli_edit_work(f->e));
	expect(f, "");
	type(f, "slow 1000000\r");
	g_free(seen(f));
	say(f, "\003", "\r\nlns1#");
	type(f, "wait\r");
	g_free(seen(f));
	cli_edit_wake(f->e);
	cli_edit_wake(f->e);
	expect(f, "answered\r\nlns1#");
}

/* Nobody reads: the command stops until somebody does. */
static void test_stopped_reader(struct fixture *f, gconstpointer data)
{
	type(f, "term len 0\rslow 1000000\r");
	for (int i = 0; i < 100000; i++)
		cli_edit_work(f->e);
	g_assert_cmpuint(cli_edit_output(f->e)->len, <, 2 * CLI_EDIT_HIGH);
	for (int i = 0; i < 100000; i++)
		cli_edit_async(f->e, "%LOG-5-TEXT: line", false);
	g_assert_cmpuint(cli_edit_output(f->e)->len, <, 3 * CLI_EDIT_HIGH);
	for (int i = 0; i < 100000; i++)
		type(f, "a");
	g_assert_cmpuint(cli_edit_room(f->e), ==, 0);
	g_free(seen(f));
	g_assert_true(cli_edit_work(f->e));
	type(f, "\003");
	expect_end(f, "\r\nlns1#");
	g_assert_cmpuint(cli_edit_room(f->e), ==, CLI_EDIT_AHEAD_MAX);
}

static void test_async(struct fixture *f, gconstpointer data)
{
	type(f, "show ver");
	g_free(seen(f));
	cli_edit_async(f->e, "%A-5-B: one", false);
	cli_edit_async(f->e, "%A-5-B: two", false);
	expect(f, "\r\n%A-5-B: one\r\n%A-5-B: two\r\n");
	/* the typed line is kept */
	type(f, "sion\r");
	g_free(seen(f));
	g_assert_cmpstr(f->w->last->str, ==, "show version");
	type(f, "sh");
	g_free(seen(f));
	cli_edit_async(f->e, "%A-5-B: three", true);
	expect(f, "\r\n%A-5-B: three\r\nlns1#sh");
	type(f, "\003slow 2\r");
	g_free(seen(f));
	cli_edit_async(f->e, "%A-5-B: four", true);
	expect(f, "");
	cli_edit_work(f->e);
	expect_end(f, "slice 1 line 9\r\n%A-5-B: four\r\nlns1#");
}

static void test_exit(struct fixture *f, gconstpointer data)
{
	say(f, "exit\r", "exit\r\n");
	g_assert_true(cli_edit_closed(f->e));
	say(f, "show version\r", "");
}

/* Random keys: bounded, and Ctrl-C and Enter bring a prompt back. */
static void test_random(struct fixture *f, gconstpointer data)
{
	static const char *const words[] = { "show ", "conf t\r", "slow 9\r",
		"reload\r", "?", "term len 4\r", "lines 99\r", " ", "q", "\t",
		"vpdn-group 1\r", "wait\r", "\033[A" };
	g_autoptr(GRand) rand = g_rand_new_with_seed(4711);

	for (int i = 0; i < 300000; i++) {
		uint8_t b = (uint8_t)g_rand_int_range(rand, 0, 256);

		if (g_rand_int_range(rand, 0, 8) == 0)
			type(f, words[g_rand_int_range(rand, 0, G_N_ELEMENTS(words))]);
		else
			cli_edit_input(f->e, &b, 1);
		if (b == 1)
			cli_edit_async(f->e, "%A-5-B: log", b & 2);
		cli_edit_work(f->e);
		if (cli_session_status(f->s) == CLI_WAITING)
			cli_edit_wake(f->e);
		g_assert_cmpuint(cli_edit_output(f->e)->len, <, 64 * 1024);
		g_byte_array_set_size(cli_edit_output(f->e), 0);
		if (cli_edit_closed(f->e)) {
			tear_down(f, NULL);
			set_up(f, NULL);
		}
	}
	type(f, "\003\003\003\r");
	expect_end(f, "lns1#");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*fn)(struct fixture *f, gconstpointer data);
	} cases[] = {
		{ "/cli/edit/lines", test_lines },
		{ "/cli/edit/help", test_help },
		{ "/cli/edit/tab", test_tab },
		{ "/cli/edit/history", test_history },
		{ "/cli/edit/config-keys", test_config_keys },
		{ "/cli/edit/redraw", test_redraw },
		{ "/cli/edit/dialog", test_dialog },
		{ "/cli/edit/enable-secret", test_enable_secret },
		{ "/cli/edit/pager", test_pager },
		{ "/cli/edit/pager-filter", test_pager_filter },
		{ "/cli/edit/pager-width", test_pager_width },
		{ "/cli/edit/running", test_running },
		{ "/cli/edit/stopped-reader", test_stopped_reader },
		{ "/cli/edit/async", test_async },
		{ "/cli/edit/exit", test_exit },
		{ "/cli/edit/random", test_random },
	};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		g_test_add(cases[i].path, struct fixture, NULL, set_up, cases[i].fn,
			tear_down);
	return g_test_run();
}
