/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dialogs with the operator, on the virtual clock and the real boards.
 */
#include "scenarios/engine/operator.h"
#include "tests/scenarios/world.h"

#include <string.h>
#include <unistd.h>

enum { CONNECTIONS = 4 };

struct desk {
	struct world w;
	struct operator *op;
	GString *said[CONNECTIONS];
	unsigned finals[CONNECTIONS];
	bool closed[CONNECTIONS];
};

static void on_reply(
	uint32_t connection, const char *text, bool final, bool close, void *user)
{
	struct desk *d = user;

	g_assert_cmpuint(connection, <, CONNECTIONS);
	g_string_append(d->said[connection], text);
	d->finals[connection] += final;
	d->closed[connection] |= close;
}

static void desk_open(struct desk *d)
{
	memset(d, 0, sizeof(*d));
	world_init(&d->w, 1, 1, 1);
	world_start(&d->w);
	for (unsigned i = 0; i < CONNECTIONS; i++)
		d->said[i] = g_string_new(NULL);
	d->op = operator_new(&(struct operator_config){
		.chassis = lab_chassis(d->w.lab),
		.ports = "port  GigabitEthernet0/0/0 wire\n",
		.reply = on_reply,
		.user = d,
	});
}

static void desk_close(struct desk *d)
{
	operator_free(d->op);
	for (unsigned i = 0; i < CONNECTIONS; i++)
		g_string_free(d->said[i], true);
	world_clear(&d->w);
}

/* Types a line and lets time pass until it is answered; the answer, with its last line. */
static char *type(struct desk *d, uint32_t connection, const char *line)
{
	unsigned before = d->finals[connection];
	char *answer;

	operator_line(d->op, connection, line);
	for (unsigned i = 0; d->finals[connection] == before && i < 200000; i++)
		lab_run(d->w.lab, dur_ms(1));
	g_assert_cmpuint(d->finals[connection], ==, before + 1);
	answer = g_strdup(d->said[connection]->str);
	g_string_truncate(d->said[connection], 0);
	return answer;
}

static void expect(struct desk *d, const char *line, const char *answer)
{
	g_autofree char *got = type(d, 1, line);

	g_assert_cmpstr(got, ==, answer);
}

/* The answer has the text somewhere, and ends with the line. */
static void expect_in(
	struct desk *d, const char *line, const char *text, const char *end)
{
	g_autofree char *got = type(d, 1, line);

	if (!strstr(got, text) || !g_str_has_suffix(got, end))
		g_error("%s: answered by:\n%s", line, got);
}

static void test_hands(void)
{
	struct desk d;

	desk_open(&d);
	expect(&d, "", "ok\n");
	expect(&d, "pull F1", "ok\n");
	expect(&d, "pull F1", "error: F1 is not inserted\n");
	expect(&d, "insert F1", "ok\n");
	expect(&d, "insert F1", "error: F1 is inserted already\n");
	expect(&d, "pull 1/0", "error: there is no board for slot 1/0\n");
	expect(&d, "pull SIP0", "ok\n");
	expect(&d, "pull SIP0", "error: SIP0 is not inserted\n");
	expect(&d, "pull 0/0", "error: 0/0 is not inserted\n");
	expect(&d, "insert 0/0", "ok\n");
	expect(&d, "insert SIP0", "ok\n");
	expect(&d, "insert SIP0", "error: SIP0 is inserted already\n");
	expect(&d, "pull SIP1", "error: there is no board for slot SIP1\n");
	expect(&d, "pull R0", "ok\n");
	expect(&d, "show R0 \"show clock\"", "error: R0 is not inserted\n");
	expect(&d, "cli R0 \"show clock\"", "error: R0 is not inserted\n");
	expect(&d, "pull mid/R0",
		"error: there is no chassis mid: here is just one, so its slots are R0, F0, "
		"0/0\n");
	expect(&d, "show mid/active \"show clock\"",
		"error: there is no chassis mid: here is just one, so its slots are R0, F0, "
		"0/0\n");
	expect(&d, "capture w mid/Gi0/0/0",
		"error: there is no chassis mid: here is just one, so its slots are R0, F0, "
		"0/0\n");
	expect(&d, "link Gi0/0/0 Gi0/0/1 cut", "error: these two ports are not joined\n");
	expect(&d, "nonsense",
		"error: column 1: \"nonsense\" is not known here: try help\n");
	desk_close(&d);
}

static void test_status(void)
{
	struct desk d;

	desk_open(&d);
	expect_in(&d, "status", "R0    in   active ", "ok\n");
	expect_in(&d, "status", "R1    in   standby, hot ", "ok\n");
	expect_in(&d, "status", "0/1   in ", "ok\n");
	expect_in(&d, "status", "clock 2026-01-01 00:00:0", "ok\n");
	expect_in(&d, "status", "port  GigabitEthernet0/0/0 wire\n", "ok\n");
	expect(&d, "pull R0", "ok\n");
	expect_in(&d, "status", "R0    out  ", "ok\n");
	expect_in(&d, "status", "R1    in   active ", "ok\n");
	expect(&d, "insert R0", "ok\n");
	expect_in(&d, "status", "R0    in   standby, not hot ", "ok\n");
	expect_in(&d, "help", "pull SLOT", "ok\n");
	desk_close(&d);
}

static void test_commands(void)
{
	struct desk d;
	char *other;

	desk_open(&d);
	expect_in(&d, "show R0 \"show redundancy states\"", "my state = 13 -ACTIVE",
		"ok\n");
	expect_in(&d, "show R1 \"show redundancy states\"",
		"my state = 8  -STANDBY HOT", "ok\n");
	expect_in(&d, "show active \"show redundancy states\"", "my state = 13 -ACTIVE",
		"ok\n");
	expect_in(&d, "show standby \"show redundancy states\"",
		"my state = 8  -STANDBY HOT", "ok\n");
	expect_in(&d, "show R0 \"show nonsense\"", "% Invalid input",
		"error: % Invalid input detected at '^' marker.\n");
	/* The mode of cli lasts; show and the other connection are not in it. */
	expect_in(&d, "cli R0 \"configure terminal\"", "", "ok\n");
	expect_in(&d, "cli R0 \"hostname other\"", "", "ok\n");
	other = type(&d, 2, "cli R0 \"hostname third\"");
	g_assert_nonnull(strstr(other, "error: %"));
	g_free(other);
	expect_in(&d, "show R0 \"show running-config\"", "hostname other", "ok\n");
	expect_in(&d, "cli R0 \"end\"", "", "ok\n");
	desk_close(&d);
}

static void test_wait(void)
{
	struct desk d;
	base_time began;

	desk_open(&d);
	expect(&d,
		"wait 5s until show R0 \"show redundancy states\" has \"STANDBY HOT\"",
		"ok\n");
	expect(&d,
		"wait 5s until show R0 \"show redundancy states\" matches /^ *my state "
		"= 13/",
		"ok\n");
	began = chassis_now(lab_chassis(d.w.lab));
	expect_in(&d, "wait 2s until show R0 \"show redundancy states\" has \"HOTTER\"",
		"error: timed out after 2s: ", "\n");
	g_assert_cmpint(
		time_sub(chassis_now(lab_chassis(d.w.lab)), began).ns, >=, dur_s(2).ns);
	g_assert_cmpint(time_sub(chassis_now(lab_chassis(d.w.lab)), began).ns, <,
		dur_ms(2010).ns);
	expect(&d, "pull R1", "ok\n");
	expect(&d, "wait 1s until show R1 \"show clock\" has \"a\"",
		"error: timed out after 1s: R1 is not inserted\n");
	/* It waits for a board to come. */
	operator_line(d.op, 2,
		"wait 10s until show R1 \"show redundancy states\" has "
		"\"STANDBY HOT\"");
	lab_run(d.w.lab, dur_s(1));
	g_assert_cmpuint(d.finals[2], ==, 0);
	expect(&d, "insert R1", "ok\n");
	lab_run(d.w.lab, dur_s(3));
	g_assert_cmpstr(d.said[2]->str, ==, "ok\n");
	desk_close(&d);
}

/* Several connections at once; one goes, one loses its RP, one is impatient. */
static void test_several(void)
{
	struct desk d;

	desk_open(&d);
	operator_line(d.op, 1, "show R0 \"show redundancy states\"");
	operator_line(d.op, 2, "show R0 \"show redundancy states\"");
	operator_line(
		d.op, 3, "wait 20s until show R0 \"show clock\" has \"never so\"");
	operator_line(d.op, 3, "status");
	g_assert_cmpstr(
		d.said[3]->str, ==, "error: the line before is not answered yet\n");
	operator_gone(d.op, 2);
	operator_line(d.op, 0, "pull R0");
	g_assert_cmpstr(d.said[0]->str, ==, "ok\n");
	g_assert_cmpstr(
		d.said[1]->str, ==, "error: R0 went out before it had answered\n");
	lab_run(d.w.lab, dur_s(1));
	g_assert_cmpstr(d.said[2]->str, ==, "");
	operator_gone(d.op, 3);
	lab_run(d.w.lab, dur_s(30));
	g_assert_cmpuint(d.finals[3], ==, 1);
	desk_close(&d);
}

static void test_captures(void)
{
	char folder[] = "/tmp/twinrp-operator-XXXXXX";
	g_autofree char *answer = NULL, *here = g_get_current_dir();
	struct desk d;

	g_assert_nonnull(g_mkdtemp(folder));
	g_assert_cmpint(chdir(folder), ==, 0);
	desk_open(&d);
	expect(&d, "capture", "no capture is running\nok\n");
	expect(&d, "capture wire Gi0/0/0",
		"wire: GigabitEthernet0/0/0 into wire.pcapng\nok\n");
	expect(&d, "capture wire Gi0/0/1", "error: a capture called wire runs already\n");
	expect(&d, "capture ck ipc R0 R1 to \"a b\"", "ck: ipc R0-R1 into a b\nok\n");
	expect(&d, "capture z ipc R0 R1 to no/where",
		"error: cannot make the capture file no/where: No such file or directory\n");
	expect(&d, "capture z ipc 0/0 0/1", "error: there is no channel between 0/0 and 0/1\n");
	expect(&d, "capture z Gi3/0/0", "error: this chassis has no port GigabitEthernet3/0/0\n");
	expect(&d, "capture",
		"wire: GigabitEthernet0/0/0, 0 packets, 0 dropped, in wire.pcapng\n"
		"ck: ipc R0-R1, 0 packets, 0 dropped, in a b\nok\n");
	/* Heartbeats once a second each, and acknowledgements. */
	lab_run(d.w.lab, dur_s(5));
	answer = type(&d, 1, "capture ck stop");
	g_assert_true(g_regex_match_simple(
		"^ck: [1-9][0-9]+ packets, 0 dropped, in a b\nok\n$", answer, 0, 0));
	expect(&d, "capture ck stop", "error: there is no capture called ck\n");
	expect_in(&d, "capture wire stop", "wire: ", "dropped, in wire.pcapng\nok\n");
	expect(&d, "capture", "no capture is running\nok\n");
	desk_close(&d);
	g_assert_cmpint(unlink("a b"), ==, 0);
	g_assert_cmpint(unlink("wire.pcapng"), ==, 0);
	g_assert_cmpint(chdir(here), ==, 0);
	g_assert_cmpint(rmdir(folder), ==, 0);
}

/* Two chassis in a row, with names. */
static void test_row(void)
{
	struct desk d = { 0 };
	struct lab_config cfg = { .seed = 1, .boards = &world_boards };
	struct lab *second;
	struct stage_node nodes[2];

	d.w.lab = lab_new(&cfg);
	cfg.seed = 2;
	cfg.without_standby = true;
	cfg.row = d.w.lab;
	second = lab_new(&cfg);
	nodes[0] = (struct stage_node){ "a", lab_chassis(d.w.lab) };
	nodes[1] = (struct stage_node){ "b", lab_chassis(second) };
	for (unsigned i = 0; i < CONNECTIONS; i++)
		d.said[i] = g_string_new(NULL);
	d.op = operator_new(&(struct operator_config){
		.nodes = nodes, .n_nodes = 2, .reply = on_reply, .user = &d });
	expect(&d, "pull R0", "error: there are several chassis: say which one, as in a/R0\n");
	expect(&d, "show active \"show clock\"",
		"error: there are several chassis: say which one, as in a/R0\n");
	expect(&d, "check log R0 has \"x\"",
		"error: there are several chassis: say which one, as in a/R0\n");
	expect(&d, "pull c/R0", "error: there is no chassis c\n");
	expect(&d, "link c/Gi0/0/0 cut", "error: there is no chassis c\n");
	expect(&d, "link a/Gi0/0/0 c/Gi0/0/0 cut", "error: there is no chassis c\n");
	expect(&d, "link ipc c/R0 c/R1 cut", "error: there is no chassis c\n");
	expect(&d, "capture w c/Gi0/0/0", "error: there is no chassis c\n");
	expect(&d, "snapshot s c l2tp.sessions", "error: there is no chassis c\n");
	expect(&d, "wait 1s until count c l2tp.tunnels == 0", "error: there is no chassis c\n");
	expect(&d, "wait 10s until show b/active \"show redundancy states\" has \"= 13 -ACTIVE\"",
		"ok\n");
	expect(&d, "show b/standby \"show clock\"", "error: b/R1 is not inserted\n");
	expect(&d, "insert b/R1", "ok\n");
	expect(&d, "pull a/F1", "ok\n");
	expect_in(&d, "status", "chassis a\nR0 ", "ok\n");
	expect_in(&d, "status", "F1    out ", "ok\n");
	expect_in(&d, "status", "chassis b\nR0 ", "ok\n");
	operator_line(d.op, 1, "show a/R0 \"show redundancy states\"");
	expect(&d, "pull b/R0", "error: the line before is not answered yet\n");
	operator_line(d.op, 2, "pull b/R0"); /* the other one's question goes on */
	lab_run(d.w.lab, dur_s(1));
	g_assert_nonnull(strstr(d.said[1]->str, "my state"));
	g_assert_true(g_str_has_suffix(d.said[1]->str, "ok\n"));
	g_string_truncate(d.said[1], 0);
	expect(&d, "link a/Gi0/0/0 b/Gi0/0/0 cut", "error: these two ports are not joined\n");
	operator_free(d.op);
	g_assert_true(lab_wait_show(
		second, SLOT_R1, "show redundancy states", "= 13 -ACTIVE", dur_s(5)));
	for (unsigned i = 0; i < CONNECTIONS; i++)
		g_string_free(d.said[i], true);
	lab_free(second);
	lab_free(d.w.lab);
}

static void test_quit(void)
{
	struct desk d;

	desk_open(&d);
	operator_line(d.op, 2, "quit");
	g_assert_cmpstr(d.said[2]->str, ==, "ok\n");
	g_assert_true(d.closed[2]);
	g_assert_false(d.closed[1]);
	operator_gone(d.op, 2);
	/* What still goes on is dropped with the operator. */
	operator_line(
		d.op, 1, "wait 20s until show R0 \"show clock\" has \"never so\"");
	desk_close(&d);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/operator/hands", test_hands);
	g_test_add_func("/scenarios/operator/status", test_status);
	g_test_add_func("/scenarios/operator/commands", test_commands);
	g_test_add_func("/scenarios/operator/wait", test_wait);
	g_test_add_func("/scenarios/operator/several", test_several);
	g_test_add_func("/scenarios/operator/captures", test_captures);
	g_test_add_func("/scenarios/operator/row", test_row);
	g_test_add_func("/scenarios/operator/quit", test_quit);
	return g_test_run();
}
