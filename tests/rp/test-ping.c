/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ping from the active RP through the FP: to neighbours, subscribers, addresses of our own and
 * nobody; what of it fails; abort on a terminal; both kinds of sessions.
 */
#include "tests/rp/world.h"

#include <string.h>

#define HEAD(n, size, to, s)                                                           \
	"Type escape sequence to abort.\n"                                             \
	"Sending " n ", " size "-byte ICMP Echos to " to ", timeout is " s             \
	" seconds:\n"

static void expect(
	struct world *w, unsigned slot, const char *command, const char *want)
{
	g_autofree char *got = world_show(w, slot, command);

	g_assert_cmpstr(got, ==, want);
}

static void neighbours(void)
{
	struct world w;

	world_init(&w);
	expect(&w, SLOT_R0, "ping 10.98.0.9",
		HEAD("5", "100", "10.98.0.9",
			"2") "!!!!!\n"
			     "Success rate is 100 percent (5/5), round-trip "
			     "min/avg/max = 1/1/1 ms\n");
	expect(&w, SLOT_R0, "ping 10.98.0.9 size 1500 repeat 72 source Loopback0",
		HEAD("72", "1500", "10.98.0.9",
			"2") "Packet sent with a source address of 172.16.0.1 \n"
			     "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"
			     "!!!!!!!!!!!!!\n"
			     "!!\n"
			     "Success rate is 100 percent (72/72), round-trip "
			     "min/avg/max = 1/1/1 ms\n");
	expect(&w, SLOT_R0, "ping 10.99.0.2 repeat 1",
		HEAD("1", "100", "10.99.0.2",
			"2") "!\n"
			     "Success rate is 100 percent (1/1), round-trip "
			     "min/avg/max = 1/1/1 ms\n");
	world_free(&w);
}

static void subscriber(void)
{
	struct world w;

	world_init(&w);
	world_call(&w);
	expect(&w, SLOT_R0, "ping 100.64.0.1 source 172.16.0.1 repeat 2",
		HEAD("2", "100", "100.64.0.1",
			"2") "Packet sent with a source address of 172.16.0.1 \n!!\n"
			     "Success rate is 100 percent (2/2), round-trip "
			     "min/avg/max = 1/1/1 ms\n");
	world_free(&w);
}

static void silence(void)
{
	struct world w;
	base_time began;

	world_init(&w);
	began = chassis_now(lab_chassis(w.lab));
	expect(&w, SLOT_R0, "ping 10.98.0.77 timeout 1 repeat 3",
		HEAD("3", "100", "10.98.0.77",
			"1") "...\n"
			     "Success rate is 0 percent (0/3)\n");
	g_assert_cmpint(
		dur_to_ms(time_sub(chassis_now(lab_chassis(w.lab)), began)), >=, 3000);
	g_assert_cmpint(
		dur_to_ms(time_sub(chassis_now(lab_chassis(w.lab)), began)), <, 3100);
	/* The FP is out: nothing leaves. */
	chassis_pull(lab_chassis(w.lab), SLOT_F0, SLOT_WHY_PULLED, NULL);
	chassis_pull(lab_chassis(w.lab), SLOT_F1, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_ms(10));
	expect(&w, SLOT_R0, "ping 10.98.0.9 timeout 1 repeat 1",
		HEAD("1", "100", "10.98.0.9",
			"1") ".\nSuccess rate is 0 percent (0/1)\n");
	world_free(&w);
}

static void refused(void)
{
	struct world w;

	world_init(&w);
	expect(&w, SLOT_R0, "ping 10.98.0.9 source 10.1.1.1",
		"% Invalid source address- IP address not on any of our up "
		"interfaces\n\n");
	expect(&w, SLOT_R1, "ping 10.98.0.9", "% ping works on the active RP only\n\n");
	world_free(&w);
}

/* ---- on a terminal ------------------------------------------------------------------ */

static void listen_line(const struct ipc_msg *msg, base_time now, void *user)
{
	struct msg_line m;

	if (msg->type != IPC_LINE_OUT || !ipc_decode(msg, &m))
		return;
	if (m.bytes)
		g_string_append_len(user, g_bytes_get_data(m.bytes, NULL),
			(gssize)g_bytes_get_size(m.bytes));
	rec_clear(ipc_table(msg->type), &m);
}

static void type(struct world *w, const char *text)
{
	struct msg_line m = { .line = LINE_CONSOLE,
		.bytes = g_bytes_new(text, strlen(text)) };

	chassis_send_rec(lab_chassis(w->lab), SLOT_R0, IPC_LINE_IN, &m);
	g_bytes_unref(m.bytes);
	lab_run(w->lab, dur_ms(100));
}

static void aborted(gconstpointer key)
{
	struct world w;
	GString *out = g_string_new(NULL);
	struct msg_line open = { .line = LINE_CONSOLE };

	world_init(&w);
	chassis_listen(lab_chassis(w.lab), listen_line, out);
	chassis_send_rec(lab_chassis(w.lab), SLOT_R0, IPC_LINE_OPEN, &open);
	type(&w, "\r");
	g_string_truncate(out, 0);
	type(&w, "ping 10.98.0.77 repeat 1000\r");
	lab_run(w.lab, dur_s(5));
	/* Each mark is seen when it comes, not at the end. */
	g_assert_nonnull(strstr(out->str, "timeout is 2 seconds:\r\n.."));
	g_assert_null(strstr(out->str, "lns1>\r\n"));
	g_string_truncate(out, 0);
	type(&w, key);
	g_assert_nonnull(strstr(out->str, "lns1>"));
	g_string_truncate(out, 0);
	lab_run(w.lab, dur_s(5));
	g_assert_cmpstr(out->str, ==, "");
	world_free(&w);
	g_string_free(out, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/ping/neighbours", neighbours);
	g_test_add_func("/rp/ping/subscriber", subscriber);
	g_test_add_func("/rp/ping/silence", silence);
	g_test_add_func("/rp/ping/refused", refused);
	g_test_add_data_func("/rp/ping/ctrl-c", "\x03", aborted);
	g_test_add_data_func("/rp/ping/ctrl-shift-6", "\x1e", aborted);
	return g_test_run();
}
