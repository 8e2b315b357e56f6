/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines for hands, on a chassis of the real boards: what they do, and what `status` says after.
 */
#include "scenarios/engine/hands.h"
#include "tests/scenarios/world.h"

#include <string.h>

struct rig {
	struct world w;
	struct chassis *c;
};

static void setup(struct rig *rig, gconstpointer data)
{
	world_init(&rig->w, 1, 1, 1);
	world_start(&rig->w);
	rig->c = lab_chassis(rig->w.lab);
}

static void teardown(struct rig *rig, gconstpointer data)
{
	world_clear(&rig->w);
}

/* NULL: the line must work; else what it must be answered by. */
static void type(struct rig *rig, const char *line, const char *want)
{
	GError *error = NULL;
	struct script_step *s = script_parse(line, &error);

	g_assert_no_error(error);
	if (hands_step(rig->c, s, &error) != !want)
		g_error("%s: %s", line, error ? error->message : "was done");
	if (want)
		g_assert_cmpstr(error->message, ==, want);
	g_clear_error(&error);
	script_step_free(s);
}

static void expect(struct rig *rig, const char *text, bool there)
{
	g_autoptr(GString) out = g_string_new(NULL);

	hands_status(rig->c, "port  x wire\n", out);
	if (!strstr(out->str, text) == there)
		g_error("\"%s\" in:\n%s", text, out->str);
}

static void run(struct rig *rig, int64_t ms)
{
	lab_run(rig->w.lab, dur_ms(ms));
}

static void test_boards(struct rig *rig, gconstpointer data)
{
	expect(rig, "R0    in   active ", true);
	expect(rig, "F0    in   active ", true);
	expect(rig, "F1    in   standby ", true);
	type(rig, "crash F0", NULL);
	type(rig, "crash F0", "F0 is not inserted");
	type(rig, "reset F0", "F0 is not inserted");
	run(rig, 10);
	expect(rig, "F0    out  ", true);
	expect(rig, "F1    in   active ", true);
	type(rig, "insert F0", NULL);
	type(rig, "reset F0", NULL);
	run(rig, 10);
	expect(rig, "F0    in   standby ", true);
	type(rig, "reset SIP0", NULL);
	type(rig, "wake SIP0", "SIP0 does not hang");
	type(rig, "hang SIP0", NULL);
	expect(rig, "0/0   hung ", true);
	expect(rig, "0/1   hung ", true);
	type(rig, "wake 0/0", NULL);
	expect(rig, "0/0   in ", true);
	type(rig, "wake SIP0", NULL); /* those that hang */
	expect(rig, "0/1   in ", true);
	type(rig, "wake SIP0", "SIP0 does not hang");
	type(rig, "crash SIP0", NULL);
	type(rig, "crash SIP0", "SIP0 is not inserted");
	type(rig, "hang SIP0", "SIP0 is not inserted");
	type(rig, "reset SIP1", "there is no board for slot SIP1");
}

static void test_hang(struct rig *rig, gconstpointer data)
{
	type(rig, "wake R1", "R1 does not hang");
	type(rig, "hang R1 for 2s", NULL);
	expect(rig, "R1    hung standby", true);
	run(rig, 1900);
	expect(rig, "R1    hung ", true);
	run(rig, 200);
	expect(rig, "R1    in   standby", true);
	type(rig, "hang F0", NULL);
	run(rig, 1900);
	expect(rig, "F0    hung active ", true);
	type(rig, "wake F0", NULL);
	expect(rig, "F0    in   active ", true);
	type(rig, "hang F1 for 1s", NULL);
	type(rig, "pull F1", NULL);
	expect(rig, "F1    out  ", true);
}

static void test_channels(struct rig *rig, gconstpointer data)
{
	expect(rig, "link  ", false);
	type(rig, "link ipc R0 R1 delay 500ms rate 1mbit", NULL);
	expect(rig, "link  ipc R0 R1 delay 500ms rate 1mbit\n", true);
	type(rig, "link ipc R1 R0 cut", NULL);
	expect(rig, "link  ipc R0 R1 cut delay 500ms rate 1mbit\n", true);
	type(rig, "link ipc R0 R1 restore room 64k", NULL);
	expect(rig, "link  ipc R0 R1 delay 500ms rate 1mbit room 65536\n", true);
	type(rig, "link ipc R0 F1 delay 1ms", NULL);
	expect(rig, "link  ipc R0 F1 delay 1ms\n", true);
	type(rig, "link ipc R0 R1 clear delay 1ms", NULL);
	expect(rig, "link  ipc R0 R1 delay 1ms\n", true);
	type(rig, "link ipc R0 R1 clear", NULL);
	type(rig, "link ipc R0 F1 clear", NULL);
	expect(rig, "link  ", false);
	type(rig, "link ipc R0 R0 cut", "there is no channel between R0 and R0");
	type(rig, "link ipc R0 1/0 cut", "there is no channel between R0 and 1/0");
	type(rig, "link ipc R0 R1 delay 2m", "a link delays by a minute at most");
}

static void test_ports(struct rig *rig, gconstpointer data)
{
	type(rig, "link Gi0/0/0 delay 2ms jitter 500us", NULL);
	expect(rig, "link  GigabitEthernet0/0/0 delay 2ms jitter 500us\n", true);
	type(rig, "link Gi0/0/0 loss 10% reorder 2% direction out", NULL);
	expect(rig,
		"link  GigabitEthernet0/0/0 out delay 2ms jitter 500us loss 10% "
		"reorder 2%\n",
		true);
	type(rig, "link Gi0/0/0 clear", NULL);
	expect(rig, "link  ", false);
	type(rig, "link 0/0/1 dup 0.5% rate 64kbit direction in", NULL);
	expect(rig, "link  GigabitEthernet0/0/1 in dup 0.5% rate 64kbit\n", true);
	type(rig, "link 0/0/1 cut direction both", NULL);
	expect(rig, "link  GigabitEthernet0/0/1 cut dup 0.5% rate 64kbit\n", true);
	type(rig, "link 0/0/1 restore", NULL);
	expect(rig, "link  GigabitEthernet0/0/1 dup 0.5% rate 64kbit\n", true);
	type(rig, "link 0/0/1 clear", NULL);
	type(rig, "link 0/0/1 restore", NULL); /* there is nothing to restore */
	expect(rig, "link  ", false);
	type(rig, "link Gi1/0/0 cut", "there is no port GigabitEthernet1/0/0");
}

static void test_status(struct rig *rig, gconstpointer data)
{
	expect(rig, "clock 2026-01-01 00:00:0", true);
	expect(rig, "\nterm  1\nport  x wire\n", true);
	type(rig, "crash R0", NULL);
	run(rig, 10);
	expect(rig, "\nterm  2\n", true);
}

int main(int argc, char **argv)
{
#define ADD(name, fn)                                                                  \
	g_test_add("/scenarios/hands/" name, struct rig, NULL, setup, fn, teardown)

	g_test_init(&argc, &argv, NULL);
	ADD("boards", test_boards);
	ADD("hang", test_hang);
	ADD("channels", test_channels);
	ADD("ports", test_ports);
	ADD("status", test_status);
#undef ADD
	return g_test_run();
}
