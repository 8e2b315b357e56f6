/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terminal lines: start, log-in, lock, log-out, and how clients talk to them. */
#include "cli/line.h"
#include "world.h"

#include <string.h>

#define OPTIONS "\377\373\001\377\373\003\377\375\030\377\375\037"

struct fixture {
	struct world *w;
	struct cli_line *l;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->w = world_new();
	f->l = cli_line_new(f->w->tree, data ? CLI_VTY : CLI_CONSOLE,
		data ? "vty0" : "console", data ? "10.0.0.9" : NULL);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	cli_line_free(f->l);
	world_free(f->w);
}

static char *seen(struct fixture *f)
{
	GByteArray *out = cli_line_output(f->l);
	char *text = g_strndup((const char *)out->data, out->len);

	g_byte_array_set_size(out, 0);
	return text;
}

static void expect(struct fixture *f, const char *text)
{
	g_autofree char *got = seen(f);

	g_assert_cmpstr(got, ==, text);
}

static void say_bytes(struct fixture *f, const char *bytes, size_t n, const char *text)
{
	cli_line_input(f->l, (const uint8_t *)bytes, n);
	expect(f, text);
}

static void say(struct fixture *f, const char *keys, const char *text)
{
	say_bytes(f, keys, strlen(keys), text);
}

static void test_console(struct fixture *f, gconstpointer data)
{
	/* powered on: boot text, no keys */
	cli_line_connect(f->l);
	expect(f, OPTIONS);
	say(f, "show version\r", "");
	cli_line_show(f->l, "Booting\n");
	expect(f, "Booting\r\n");
	cli_line_ready(f->l);
	expect(f, "\r\n\r\nPress RETURN to get started!\r\n\r\n");
	say(f, "x", "");
	f->w->banner = "Authorized use only\n";
	say(f, "\r\n", "\r\nAuthorized use only\r\nlns1>");
	say(f, "en\r", "en\r\nlns1#");
	/* the cable is pulled and put back: the session is still there */
	cli_line_disconnect(f->l);
	cli_line_connect(f->l);
	expect(f, OPTIONS);
	say(f, "\r", "\r\nlns1#");
	say(f, "exit\r",
		"exit\r\n\r\nlns1 con0 is now available\r\n\r\n\r\n"
		"Press RETURN to get started!\r\n\r\n");
	g_assert_null(cli_line_session(f->l));
	g_assert_false(cli_line_closed(f->l));
	f->w->banner = NULL;
	say(f, "\ren\rshow version\r",
		"\r\nlns1>en\r\nlns1#show version\r\nVersion 1.0\r\n"
		"lns1 uptime is 5 minutes\r\nlns1#");
}

static void test_locked(struct fixture *f, gconstpointer data)
{
	f->w->locked = true;
	f->w->standby = true;
	cli_line_connect(f->l);
	cli_line_ready(f->l);
	g_free(seen(f));
	say(f, "\r\n", "\r\nStandby console disabled\r\n");
	say(f, "enable\r", "\r\nStandby console disabled\r\n");
	f->w->locked = false;
	say(f, "\r", "\r\nlns1-stby>");
	/* locked again under a session that is open */
	f->w->locked = true;
	say(f, "show version\r", "\r\nStandby console disabled\r\n");
	g_assert_null(cli_line_session(f->l));
	/* a switchover makes it the active one */
	f->w->locked = f->w->standby = false;
	say(f, "\r", "\r\nlns1>");
}

static void test_vty_login(struct fixture *f, gconstpointer data)
{
	f->w->login = CLI_LOGIN_USER;
	f->w->banner = "Hello\n";
	cli_line_connect(f->l);
	expect(f,
		OPTIONS "\r\nHello\r\n\r\nUser Access Verification\r\n\r\nUsername: ");
	/* options and the first line in one segment */
	say(f, "\377\376\001\377\376\003\377\374\030\377\374\037admin\r",
		"admin\r\nPassword: ");
	say(f, "wrong\r", "\r\n% Login invalid\r\n\r\nUsername: ");
	say_bytes(f, "admin\r\0pw?1\r\0", 12, "admin\r\nPassword: \r\nlns1>");
	g_assert_cmpstr(cli_session_username(cli_line_session(f->l)), ==, "admin");
	say(f, "enable\r", "enable\r\n% No password set\r\n\r\nlns1>");
	say(f, "exit\r", "exit\r\n");
	g_assert_true(cli_line_closed(f->l));
}

static void test_vty_refused(struct fixture *f, gconstpointer data)
{
	f->w->login = CLI_LOGIN_USER;
	cli_line_connect(f->l);
	for (int i = 0; i < 3; i++) {
		g_assert_false(cli_line_closed(f->l));
		cli_line_input(f->l, (const uint8_t *)"admin\nbad\n", 10);
	}
	g_assert_true(cli_line_closed(f->l));

	g_autofree char *text = seen(f);

	g_assert_true(g_str_has_suffix(text, "% Login invalid\r\n\r\n"));
}

static void test_vty_password(struct fixture *f, gconstpointer data)
{
	f->w->login = CLI_LOGIN_PASSWORD;
	cli_line_connect(f->l);
	g_free(seen(f));
	say(f, "a\rb\rc\r", "\r\nPassword: \r\nPassword: \r\n% Bad passwords\r\n");
	g_assert_true(cli_line_closed(f->l));
}

static void test_vty_none_set(struct fixture *f, gconstpointer data)
{
	f->w->login = CLI_LOGIN_REFUSE;
	cli_line_connect(f->l);
	expect(f, OPTIONS "\r\n\r\nPassword required, but none set\r\n");
	g_assert_true(cli_line_closed(f->l));
}

static void test_monitor(struct fixture *f, gconstpointer data)
{
	cli_line_connect(f->l);
	g_free(seen(f));
	cli_line_log(f->l, "%A-5-B: one", false);
	expect(f, "");
	say(f, "ter mon\r", "ter mon\r\nlns1>");
	cli_line_log(f->l, "%A-5-B: two", false);
	expect(f, "\r\n%A-5-B: two\r\n");
	say(f, "terminal no monitor\r", "terminal no monitor\r\nlns1>");
	cli_line_log(f->l, "%A-5-B: three", false);
	expect(f, "");
}

static void test_idle(struct fixture *f, gconstpointer data)
{
	cli_line_ready(f->l);
	cli_line_input(f->l, (const uint8_t *)"\ren\rconf t\r", 11);
	cli_line_tick(f->l, 1000);
	cli_line_tick(f->l, 1599);
	g_assert_nonnull(cli_line_session(f->l));
	cli_line_input(f->l, (const uint8_t *)"\r", 1);
	cli_line_tick(f->l, 1600);
	cli_line_tick(f->l, 2199);
	g_assert_nonnull(cli_line_session(f->l));
	cli_line_tick(f->l, 2200);
	g_assert_null(cli_line_session(f->l));
	g_assert_cmpuint(f->w->left, ==, 1);
	cli_line_input(f->l, (const uint8_t *)"\r", 1);
	cli_session_terminal(cli_line_session(f->l))->exec_timeout = 0;
	cli_line_tick(f->l, 2300);
	cli_line_tick(f->l, 1000000);
	g_assert_nonnull(cli_line_session(f->l));
}

static void test_hangup(struct fixture *f, gconstpointer data)
{
	cli_line_connect(f->l);
	cli_session_set_privileged(cli_line_session(f->l), true);
	cli_line_input(f->l, (const uint8_t *)"conf t\rhostname x\r", 18);
	cli_line_disconnect(f->l);
	g_assert_cmpuint(f->w->left, ==, 1);
	g_assert_true(f->w->changed);
	g_assert_true(cli_line_closed(f->l));
	say(f, "show version\r", "");
}

/* Output goes out in pieces; 0xff is doubled. */
static void test_long_output(struct fixture *f, gconstpointer data)
{
	size_t total = 0;

	cli_line_open(f->l);
	g_free(seen(f));
	cli_line_input(f->l, (const uint8_t *)"en\rterm len 0\rslow 5000\r", 24);
	for (bool more = true; more;) {
		more = cli_line_work(f->l);
		g_assert_cmpuint(cli_line_output(f->l)->len, <, 256 * 1024);
		if (!more) {
			more = cli_session_status(cli_line_session(f->l)) ==
			       CLI_RUNNING;
			total += cli_line_output(f->l)->len;
			if (more)
				g_byte_array_set_size(cli_line_output(f->l), 0);
		}
	}
	g_assert_cmpuint(total, >, 5000 * 10 * 15);

	g_autofree char *end = seen(f);

	g_assert_true(g_str_has_suffix(end, "slice 4999 line 9\r\nlns1#"));
}

/* What netmiko 4.6 wants: the literal command in the echo, whatever was negotiated. */
static void test_netmiko(struct fixture *f, gconstpointer data)
{
	cli_line_connect(f->l);
	g_free(seen(f));
	say(f, "\377\376\001\377\376\003\377\374\030\377\374\037", "");
	say(f, "terminal width 511\r\n", "terminal width 511\r\nlns1>");
	say(f, "\377\361terminal length 0\r\n", "terminal length 0\r\nlns1>");

	g_autofree char *long_command =
		g_strdup_printf("show version | exclude %0120d", 0);
	g_autofree char *keys = g_strdup_printf("%s\r\n", long_command);
	g_autofree char *answer = g_strdup_printf(
		"%s\r\nVersion 1.0\r\nlns1 uptime is 5 minutes\r\nlns1>", long_command);

	say(f, "terminal width 80\r\n", "terminal width 80\r\nlns1>");
	say(f, keys, answer);
}

/* Random bytes, then the way out that unicon knows: the prompt comes back. */
static void test_random(struct fixture *f, gconstpointer data)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(20260101);

	cli_line_ready(f->l);
	for (int i = 0; i < 1000000 / 50; i++) {
		uint8_t b[50];

		for (size_t k = 0; k < sizeof(b); k++)
			b[k] = (uint8_t)g_rand_int_range(rand, 0, 256);
		cli_line_input(f->l, b, sizeof(b));
		cli_line_work(f->l);
		g_assert_cmpuint(cli_line_output(f->l)->len, <, 64 * 1024);
		g_byte_array_set_size(cli_line_output(f->l), 0);
	}
	for (int i = 0; i < 600; i++) /* out of a subnegotiation */
		cli_line_input(f->l, (const uint8_t *)"a", 1);
	cli_line_input(f->l, (const uint8_t *)"\r\036\003\r", 4);

	g_autofree char *end = seen(f);

	g_assert_true(g_str_has_suffix(end, "lns1>") || g_str_has_suffix(end, "lns1#"));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		const char *vty;
		void (*fn)(struct fixture *f, gconstpointer data);
	} cases[] = {
		{ "/cli/line/console", NULL, test_console },
		{ "/cli/line/locked", NULL, test_locked },
		{ "/cli/line/vty-login", "vty", test_vty_login },
		{ "/cli/line/vty-refused", "vty", test_vty_refused },
		{ "/cli/line/vty-password", "vty", test_vty_password },
		{ "/cli/line/vty-none-set", "vty", test_vty_none_set },
		{ "/cli/line/monitor", "vty", test_monitor },
		{ "/cli/line/idle", NULL, test_idle },
		{ "/cli/line/hangup", "vty", test_hangup },
		{ "/cli/line/long-output", NULL, test_long_output },
		{ "/cli/line/netmiko", "vty", test_netmiko },
		{ "/cli/line/random", NULL, test_random },
	};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		g_test_add(cases[i].path, struct fixture, cases[i].vty, set_up,
			cases[i].fn, tear_down);
	return g_test_run();
}
