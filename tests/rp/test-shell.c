/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exec sessions of the operator, the console and VTYs of RPs, and configuration that goes to
 * both RPs line by line (H14; shell-and-automation.md 3, 8).
 */
#include "tests/rp/rig.h"

#include <string.h>

#define CONFIGURING "Enter configuration commands, one per line.  End with CNTL/Z.\n"

static struct rig *alone(void)
{
	struct rig *rig = rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 });

	rig_run(rig, 1000);
	return rig;
}

static struct rig *both(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_REAL_R1 });

	rig_run_hot(rig);
	return rig;
}

static void expect(struct rig *rig, unsigned slot, uint32_t session,
	const char *command, const char *text, bool failed)
{
	g_autofree char *out = rig_exec(rig, slot, session, command);

	g_assert_cmpstr(out, ==, text);
	g_assert_cmpint(rig->failed, ==, failed);
}

/* ---- exec sessions ----------------------------------------------------------------- */

static void exec_mode(void)
{
	struct rig *rig = alone();

	expect(rig, SLOT_R0, 1, "configure terminal", CONFIGURING, false);
	expect(rig, SLOT_R0, 1, "interface Loopback7", "", false);
	expect(rig, SLOT_R0, 2, "description x", /* another session: not in that mode */
		"  ^\n% Invalid input detected at '^' marker.\n\n", true);
	expect(rig, SLOT_R0, 1, "description x", "", false);
	expect(rig, SLOT_R0, 0, "description x",
		"  ^\n% Invalid input detected at '^' marker.\n\n", true);
	expect(rig, SLOT_R0, 1, "end", "", false);
	expect(rig, SLOT_R0, 1, "show running-config | section Loopback7",
		"interface Loopback7\n description x\n no ip address\n", false);
	expect(rig, SLOT_R0, 1, "configure terminal", CONFIGURING, false);
	expect(rig, SLOT_R0, 1, "exit", "", false);
	expect(rig, SLOT_R0, 1, "exit", "", false); /* closes; a new one begins */
	expect(rig, SLOT_R0, 1, "configure terminal", CONFIGURING, false);
	rig_free(rig);
}

static const struct {
	const char *command, *text;
} failures[] = {
	{ "shw", "  ^\n% Invalid input detected at '^' marker.\n\n" },
	{ "show", "% Type \"show ?\" for a list of subcommands\n\n" },
	{ "show l2tp redundancy id", "% Incomplete command.\n\n" },
	{ "c", "% Ambiguous command:  \"c\"\n\n" },
	{ "clear vpdn tunnel l2tp id 7", "% No L2TP tunnel with id 7\n\n" },
};

static void exec_failures(void)
{
	struct rig *rig = alone();

	for (size_t k = 0; k < G_N_ELEMENTS(failures); k++)
		expect(rig, SLOT_R0, 0, failures[k].command, failures[k].text, true);
	expect(rig, SLOT_R0, 0, "", "", false);
	expect(rig, SLOT_R0, 0, "! a remark", "", false);
	rig_free(rig);
}

static void ask(struct rig *rig, const char *command, const char *answers, size_t len)
{
	rig_exec_start(rig, SLOT_R0, 1, command, answers, len);
	rig_run(rig, 100);
	g_assert_true(rig->done);
}

static void exec_answers(void)
{
	static const char right[] = "other\0no\0Destination\0startup-config\0";
	static const char wrong[] = "Sure\0yes\0";
	static const char cut[] = { 'D', 'e', 's', 't', 0, 'x' };
	struct rig *rig = alone();

	ask(rig, "copy running-config startup-config", right, sizeof(right) - 1);
	g_assert_cmpstr(rig->answer->str, ==,
		"Destination filename [startup-config]? startup-config\n"
		"Building configuration...\n[OK]\n");
	g_assert_false(rig->failed);
	ask(rig, "copy running-config startup-config", wrong, sizeof(wrong) - 1);
	g_assert_true(rig->failed);
	g_assert_nonnull(strstr(rig->answer->str,
		"% The command asked a question: give `answer \"PROMPT\" \"TEXT\"`"));
	ask(rig, "copy running-config startup-config", cut, sizeof(cut));
	g_assert_true(rig->failed);
	ask(rig, "copy running-config startup-config", "Dest\0elsewhere\0", 15);
	g_assert_true(rig->failed);
	/* The session is not stuck in the dialog. */
	expect(rig, SLOT_R0, 1, "write", "Building configuration...\n[OK]\n", false);
	rig_free(rig);
}

/* A long output, and a second command while it runs: refused, the first goes on. */
static void exec_busy(void)
{
	struct rig *rig = alone();

	for (unsigned k = 0; k < 500; k++)
		rp_log(rig->rp[SLOT_R0], LOG_SEV_INFO, "TEST", "LINE", "number %u", k);
	rig_exec_start(rig, SLOT_R0, 3, "show logging", NULL, 0);
	rig_exec_start(rig, SLOT_R0, 3, "show clock", NULL, 0);
	rig_run(rig, 100);
	g_assert_cmpuint(rig->answers, ==, 2);
	g_assert_nonnull(
		strstr(rig->answer->str, "% the session is still running a command\n"));
	g_assert_nonnull(strstr(rig->answer->str, "number 499\n"));
	rig_free(rig);
}

/* More sessions than are kept: the one not used longest goes, every request is answered. */
static void exec_many(void)
{
	struct rig *rig = alone();

	for (uint32_t s = 1; s <= 200; s++)
		expect(rig, SLOT_R0, s, "configure terminal", CONFIGURING, false);
	expect(rig, SLOT_R0, 200, "hostname x", "", false);
	expect(rig, SLOT_R0, 1, "hostname x", /* forgotten: begins in EXEC */
		" ^\n% Invalid input detected at '^' marker.\n\n", true);
	rig_free(rig);
}

static void exec_many_busy(void)
{
	struct rig *rig = alone();

	for (unsigned k = 0; k < 500; k++)
		rp_log(rig->rp[SLOT_R0], LOG_SEV_INFO, "TEST", "LINE", "number %u", k);
	rig->answers = 0;
	for (uint32_t s = 1; s <= 100; s++)
		rig_exec_start(rig, SLOT_R0, s, "show logging", NULL, 0);
	rig_run(rig, 1000);
	g_assert_cmpuint(rig->answers, ==, 100);
	rig_free(rig);
}

static void exec_booting(void)
{
	struct rig *rig = rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 });

	rig_run(rig, 10);
	expect(rig, SLOT_R0, 0, "show redundancy states | include my state",
		"       my state = 2  -INITIALIZATION \n", false);
	expect(rig, SLOT_R0, 1, "configure terminal",
		"% Config mode cannot be entered during Standby initialization\n\n",
		true);
	rig_free(rig);
}

/* ---- configuration goes to both ------------------------------------------------------ */

/* Every line is on the standby right after it, also what takes things away. */
static const char *const script[] = {
	"hostname twins",
	"no logging console",
	"logging console",
	"enable secret 0 abc",
	"no enable secret",
	"vpdn history failure table-size 33",
	"no vpdn history failure table-size",
	"interface Loopback1",
	"ip address 10.1.1.1 255.255.255.255",
	"description with blanks  in it",
	"shutdown",
	"no shutdown",
	"mtu 1400",
	"no mtu",
	"interface GigabitEthernet0/0/2",
	"ip address 10.2.0.1 255.255.255.0",
	"exit",
	"ip route 10.3.0.0 255.255.0.0 10.2.0.9",
	"ip route 10.4.0.0 255.255.0.0 Gi0/0/2",
	"no ip route 10.3.0.0 255.255.0.0 10.2.0.9",
	"vpdn-group FROM-LAC",
	"description group of all",
	"accept-dialin",
	"protocol l2tp",
	"virtual-template 2",
	"no virtual-template",
	"virtual-template 3",
	"exit",
	"terminate-from hostname lac9",
	"local name here",
	"l2tp tunnel hello 33",
	"no l2tp tunnel hello",
	"l2tp tunnel password 0 geheim",
	"no l2tp tunnel authentication",
	"l2tp tunnel resync 250",
	"l2tp tunnel receive-window 77",
	"l2tp tunnel retransmit retries 30",
	"l2tp tunnel retransmit timeout min 8",
	"no l2tp tunnel retransmit timeout min",
	"l2tp tunnel zlb delay 7",
	"no sso enable",
	"sso enable",
	"session-limit 5",
	"no session-limit",
	"no terminate-from hostname",
	"interface Virtual-Template3",
	"ip unnumbered Loopback1",
	"peer default ip address pool P3",
	"ppp authentication pap",
	"ppp ipcp dns 10.9.9.9",
	"keepalive 44",
	"no keepalive",
	"default keepalive",
	"ppp timeout retry 9",
	"ip address 10.7.0.1 255.255.0.0",
	"no ip address",
	"exit",
	"ip local pool P3 10.5.0.1 10.5.0.99",
	"ip local pool P3 10.6.0.1",
	"no ip local pool P3",
	"username carol password 0 pass word",
	"username carol password 0 other",
	"no username carol",
	"no l2tp sso enable",
	"l2tp sso enable",
	"redundancy",
	"heartbeat 250 4",
	"no heartbeat",
	"main-cpu",
	"standby console enable",
	"exit",
	"exit",
	"line vty 0 4",
	"exec-timeout 3 4",
	"line con 0",
	"exec-timeout 0 0",
	"exit",
	"no vpdn enable",
	"vpdn enable",
	"no interface Virtual-Template3",
	"no vpdn-group FROM-LAC",
	"no ip route 10.4.0.0 255.255.0.0 Gi0/0/2",
	"no interface Loopback1",
	"default interface GigabitEthernet0/0/2",
	"no hostname",
	"end",
};

static void config_follows(void)
{
	struct rig *rig = both();

	expect(rig, SLOT_R0, 1, "configure terminal", CONFIGURING, false);
	for (size_t k = 0; k < G_N_ELEMENTS(script); k++) {
		g_autofree char *active = NULL, *standby = NULL;

		expect(rig, SLOT_R0, 1, script[k], "", false);
		rig_run(rig, 2);
		active = rig_exec(rig, SLOT_R0, 0, "show running-config");
		standby = rig_exec(rig, SLOT_R1, 0, "show running-config");
		if (strcmp(active, standby))
			g_test_message("after: %s", script[k]);
		g_assert_cmpstr(active, ==, standby);
		g_assert_true(chassis_standby_hot(rig->c));
		g_assert_true(rig->rp[SLOT_R1]->cf.open);
	}
	g_assert_null(strstr(rig->log->str, "CKPT_FAILED"));
	g_assert_cmpuint(rig->rp[SLOT_R0]->txn.epoch, ==, 1); /* no second bulk */
	rig_free(rig);
}

/* What is refused on the active does not go to the standby. */
static void config_refused_line(void)
{
	struct rig *rig = both();
	uint64_t seq;

	expect(rig, SLOT_R0, 1, "configure terminal", CONFIGURING, false);
	rig_run(rig, 10);
	seq = rig->rp[SLOT_R0]->txn.seq;
	expect(rig, SLOT_R0, 1, "no username nobody",
		"% user nobody is not configured\n", true);
	expect(rig, SLOT_R0, 1, "hostname a/b",
		"% a host name has 1 to 63 letters, digits, dots, hyphens and "
		"underscores\n",
		true);
	expect(rig, SLOT_R0, 1, "do show clock | include nothing", "", false);
	rig_run(rig, 10);
	g_assert_cmpuint(rig->rp[SLOT_R0]->txn.seq, ==, seq);
	rig_free(rig);
}

/* Saving is on both too. */
static void config_saved(void)
{
	struct rig *rig = both();
	g_autofree char *a = NULL, *b = NULL;

	expect(rig, SLOT_R0, 1, "configure terminal", CONFIGURING, false);
	expect(rig, SLOT_R0, 1, "hostname kept", "", false);
	expect(rig, SLOT_R0, 1, "end", "", false);
	g_assert_nonnull(strstr(rig->log->str,
		"R0 %SYS-5-CONFIG_I: Configured from console by console"));
	expect(rig, SLOT_R0, 1, "write memory", "Building configuration...\n[OK]\n",
		false);
	rig_run(rig, 10);
	a = rig_exec(rig, SLOT_R0, 0, "show startup-config");
	b = rig_exec(rig, SLOT_R1, 0, "show startup-config");
	g_assert_cmpstr(a, ==, b);
	g_assert_nonnull(strstr(b, "hostname kept\n"));
	rig_free(rig);
}

static void config_standby(void)
{
	struct rig *rig = both();

	expect(rig, SLOT_R1, 1, "configure terminal",
		"% Configuration allowed only from Active\n\n", true);
	expect(rig, SLOT_R1, 1, "write memory",
		"% Configuration allowed only from Active\n\n", true);
	expect(rig, SLOT_R1, 1, "clear vpdn tunnel l2tp all",
		"% tunnels are cleared on the active RP\n\n", true);
	rig_free(rig);
}

static void config_standby_booting(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_TOY_R0 | RIG_REAL_R1 });

	rig_run(rig, 500);
	expect(rig, SLOT_R1, 1, "configure terminal",
		"% Config mode cannot be entered during Standby initialization\n\n",
		true);
	rig_free(rig);
}

/* ---- lines ------------------------------------------------------------------------- */

static void open_line(struct rig *rig, unsigned slot, unsigned line)
{
	char from[] = "10.0.0.9";
	struct msg_line m = { .line = (uint8_t)line, .from = line ? from : NULL };

	rig->line_slot = slot;
	chassis_send_rec(rig->c, slot, IPC_LINE_OPEN, &m);
	rig_run(rig, 20);
}

/* Telnet options out, so that texts can be compared. */
static char *plain(const char *text)
{
	GString *out = g_string_new(NULL);

	for (const char *p = text; *p; p++) {
		if ((uint8_t)*p == 0xff && p[1] && p[2])
			p += 2;
		else if (*p != '\r')
			g_string_append_c(out, *p);
	}
	return g_string_free(out, FALSE);
}

static void see(struct rig *rig, unsigned line, const char *text)
{
	g_autofree char *raw = rig_typed(rig, line);
	g_autofree char *out = plain(raw);

	if (!strstr(out, text))
		g_test_message("expected: %s\nseen: %s", text, out);
	g_assert_nonnull(strstr(out, text));
}

static void line_console(void)
{
	struct rig *rig = alone();

	open_line(rig, SLOT_R0, LINE_CONSOLE);
	see(rig, LINE_CONSOLE, "Press RETURN to get started!");
	rig_type(rig, SLOT_R0, LINE_CONSOLE, "\r");
	see(rig, LINE_CONSOLE, "lns1>");
	rig_type(rig, SLOT_R0, LINE_CONSOLE, "en\r");
	see(rig, LINE_CONSOLE, "lns1#");
	rig_type(rig, SLOT_R0, LINE_CONSOLE, "sh red sta | i my\r");
	see(rig, LINE_CONSOLE, "my state = 13 -ACTIVE");
	rig_type(rig, SLOT_R0, LINE_CONSOLE, "conf t\rhostname other\r");
	see(rig, LINE_CONSOLE, "other(config)#");
	rig_type(rig, SLOT_R0, LINE_CONSOLE, "\032");
	rig_run(rig, 50);
	see(rig, LINE_CONSOLE, "%SYS-5-CONFIG_I: Configured from console by console");
	rig_free(rig);
}

static void line_console_pager(void)
{
	struct rig *rig = alone();

	open_line(rig, SLOT_R0, LINE_CONSOLE);
	rig_type(rig, SLOT_R0, LINE_CONSOLE, "\ren\r");
	g_free(rig_typed(rig, LINE_CONSOLE));
	rig_type(rig, SLOT_R0, LINE_CONSOLE, "show running-config\r");
	see(rig, LINE_CONSOLE, "--More--");
	rig_type(rig, SLOT_R0, LINE_CONSOLE, "q");
	see(rig, LINE_CONSOLE, "lns1#");
	rig_type(
		rig, SLOT_R0, LINE_CONSOLE, "terminal length 0\rshow running-config\r");
	see(rig, LINE_CONSOLE, "\nend\n");
	rig_free(rig);
}

/* The console of a standby is locked until `standby console enable`; the operator is not. */
static void line_standby(void)
{
	struct rig *rig = both();

	open_line(rig, SLOT_R1, LINE_CONSOLE);
	rig_type(rig, SLOT_R1, LINE_CONSOLE, "\r");
	see(rig, LINE_CONSOLE, "Standby console disabled");
	g_free(rig_exec(rig, SLOT_R1, 0, "show clock"));
	g_assert_false(rig->failed);

	expect(rig, SLOT_R0, 1, "configure terminal", CONFIGURING, false);
	expect(rig, SLOT_R0, 1, "redundancy", "", false);
	expect(rig, SLOT_R0, 1, "main-cpu", "", false);
	expect(rig, SLOT_R0, 1, "standby console enable", "", false);
	rig_run(rig, 10);
	rig_type(rig, SLOT_R1, LINE_CONSOLE, "\r");
	rig_type(rig, SLOT_R1, LINE_CONSOLE, "\r");
	see(rig, LINE_CONSOLE, "lns1-stby>");
	rig_type(rig, SLOT_R1, LINE_CONSOLE, "en\rconf t\r");
	see(rig, LINE_CONSOLE, "% Configuration allowed only from Active");
	/* After the takeover the same console is the active's. */
	chassis_pull(rig->c, SLOT_R0, SLOT_WHY_PULLED, NULL);
	rig_run(rig, 100);
	see(rig, LINE_CONSOLE, "%REDUNDANCY-3-SWITCHOVER");
	rig_type(rig, SLOT_R1, LINE_CONSOLE, "\r\ren\r");
	see(rig, LINE_CONSOLE, "lns1#");
	rig_free(rig);
}

static void line_vty(void)
{
	struct rig *rig = alone();

	expect(rig, SLOT_R0, 1, "configure terminal", CONFIGURING, false);
	expect(rig, SLOT_R0, 1, "enable secret 0 pw", "", false);
	open_line(rig, SLOT_R0, LINE_VTY);
	rig_type(rig, SLOT_R0, LINE_VTY, "en\rwrong\rpw\rconf t\rhostname vty\rend\r");
	see(rig, LINE_VTY, "vty#");
	g_assert_nonnull(strstr(rig->log->str,
		"%SYS-5-CONFIG_I: Configured from console by vty on vty0 (10.0.0.9)"));
	/* A second one is of its own. */
	open_line(rig, SLOT_R0, LINE_VTY + 1);
	rig_type(rig, SLOT_R0, LINE_VTY + 1, "\r");
	see(rig, LINE_VTY + 1, "vty>");
	rig->lines_closed = 0;
	rig_type(rig, SLOT_R0, LINE_VTY, "exit\r");
	rig_run(rig, 50);
	g_assert_cmpuint(rig->lines_closed, ==, 1);
	/* It can be opened again, and begins anew. */
	open_line(rig, SLOT_R0, LINE_VTY);
	rig_type(rig, SLOT_R0, LINE_VTY, "\r");
	see(rig, LINE_VTY, "vty>");
	rig_free(rig);
}

/* exec-timeout of the lines is what is configured. */
static void line_timeout(void)
{
	struct rig *rig = alone();

	expect(rig, SLOT_R0, 1, "configure terminal", CONFIGURING, false);
	expect(rig, SLOT_R0, 1, "line vty 0 4", "", false);
	expect(rig, SLOT_R0, 1, "exec-timeout 0 20", "", false);
	open_line(rig, SLOT_R0, LINE_VTY);
	rig_type(rig, SLOT_R0, LINE_VTY, "\r");
	rig->lines_closed = 0;
	rig_run(rig, 15000);
	g_assert_cmpuint(rig->lines_closed, ==, 0);
	rig_type(rig, SLOT_R0, LINE_VTY, "\r");
	rig_run(rig, 15000);
	g_assert_cmpuint(rig->lines_closed, ==, 0);
	rig_run(rig, 10000);
	g_assert_cmpuint(rig->lines_closed, ==, 1);
	rig_free(rig);
}

/* Lines that do not exist, and bytes for one that nobody opened. */
static void line_strange(void)
{
	struct rig *rig = alone();
	g_autoptr(GBytes) b = g_bytes_new("x\r", 2);

	for (unsigned k = 0; k < 256; k += 5) {
		struct msg_line m = { .line = (uint8_t)k, .bytes = b };

		chassis_send_rec(rig->c, SLOT_R0, IPC_LINE_IN, &m);
		chassis_send_rec(rig->c, SLOT_R0, IPC_LINE_CLOSE, &m);
	}
	rig_run(rig, 100);
	expect(rig, SLOT_R0, 0, "show redundancy states | include Unit ID",
		"        Unit ID = 48\n", false);
	rig_free(rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/shell/exec/mode", exec_mode);
	g_test_add_func("/rp/shell/exec/failures", exec_failures);
	g_test_add_func("/rp/shell/exec/answers", exec_answers);
	g_test_add_func("/rp/shell/exec/busy", exec_busy);
	g_test_add_func("/rp/shell/exec/many", exec_many);
	g_test_add_func("/rp/shell/exec/many-busy", exec_many_busy);
	g_test_add_func("/rp/shell/exec/booting", exec_booting);
	g_test_add_func("/rp/shell/config/follows", config_follows);
	g_test_add_func("/rp/shell/config/refused-line", config_refused_line);
	g_test_add_func("/rp/shell/config/saved", config_saved);
	g_test_add_func("/rp/shell/config/standby", config_standby);
	g_test_add_func("/rp/shell/config/standby-booting", config_standby_booting);
	g_test_add_func("/rp/shell/line/console", line_console);
	g_test_add_func("/rp/shell/line/pager", line_console_pager);
	g_test_add_func("/rp/shell/line/standby", line_standby);
	g_test_add_func("/rp/shell/line/vty", line_vty);
	g_test_add_func("/rp/shell/line/timeout", line_timeout);
	g_test_add_func("/rp/shell/line/strange", line_strange);
	return g_test_run();
}
