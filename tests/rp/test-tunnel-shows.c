/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * show vpdn tunnel and show vpdn session in all their forms, against the layouts of ios-cli.md
 * 5.1 to 5.3 with live values: counters follow the FP, and are not made up without one.
 */
#include "tests/rp/world.h"

#include <stdio.h>
#include <string.h>

#define AGE "([0-9]{2}:){2}[0-9]{2}"

static char *masked(struct world *w, unsigned slot, const char *command)
{
	g_autofree char *text = world_show(w, slot, command);

	return world_mask(text, AGE, "##:##:##");
}

static void expect(struct world *w, unsigned slot, const char *command, char *take_want)
{
	g_autofree char *got = masked(w, slot, command);

	g_assert_cmpstr(got, ==, take_want);
	g_free(take_want);
}

static const char tunnel_totals[] =
	"\nL2TP Tunnel Information Total tunnels 1 sessions 2\n";
static const char session_totals[] =
	"\nL2TP Session Information Total tunnels 1 sessions 2\n";

static void tunnel_forms(void)
{
	struct world w;

	world_init(&w);
	world_call(&w);
	expect(&w, SLOT_R0, "show vpdn tunnel summary", g_strdup(tunnel_totals));
	expect(&w, SLOT_R0, "show vpdn tunnel state",
		g_strdup_printf(
			"%s\nLocTunID   RemTunID   Local Name    Remote Name   State   "
			" "
			"Last-Chg\n"
			"%-10u %-10u lns1          lac1          est      ##:##:##\n",
			tunnel_totals, w.tunnel, w.remote_tunnel));
	expect(&w, SLOT_R0, "show l2tp tunnel transport",
		g_strdup_printf(
			"%s\nLocTunID   Type Prot  Local Address    Port  Remote "
			"Address   Port\n"
			"%-10u UDP  17    10.99.0.2        1701  10.99.0.1        "
			"1701\n",
			tunnel_totals, w.tunnel));
	/* One tunnel is the whole table here. */
	for (unsigned k = 0; k < 2; k++) {
		g_autofree char *command =
			k ? g_strdup("show vpdn tunnel remote-name lac1")
			  : g_strdup_printf("show vpdn tunnel id %u", w.tunnel);

		expect(&w, SLOT_R0, command, masked(&w, SLOT_R0, "show vpdn tunnel"));
	}
	expect(&w, SLOT_R0, "show vpdn tunnel state id 3",
		g_strdup_printf("%s\nLocTunID   RemTunID   Local Name    Remote Name   "
				"State    "
				"Last-Chg\n%% No tunnel with id 3\n\n",
			tunnel_totals));
	world_free(&w);
}

static void tunnel_all(void)
{
	struct world w;
	g_autofree char *got = NULL, *text = NULL, *detail = NULL, *again = NULL;

	world_init(&w);
	world_call(&w);
	got = masked(&w, SLOT_R0, "show vpdn tunnel all");
	text = world_mask(got,
		"(Ns|Nr|resends|ZLB ACKs sent|messages sent|received|size,) [0-9]+",
		"\\1 #");
	g_autofree char *want = g_strdup_printf(
		"%s\n"
		"Tunnel id %u is up, remote id is %u, 2 active sessions\n"
		"  Remotely initiated tunnel\n"
		"  Tunnel state is established, time since change ##:##:##\n"
		"  Tunnel transport is UDP (17)\n"
		"  Remote tunnel name is lac1\n"
		"    Internet Address 10.99.0.1, port 1701\n"
		"  Local tunnel name is lns1\n"
		"    Internet Address 10.99.0.2, port 1701\n"
		"  L2TP class for tunnel is FROM-LAC\n"
		"  VPDN group for tunnel is FROM-LAC\n"
		"  Counters, taking last clear into account:\n"
		"    0 packets sent, 0 received\n"
		"    0 bytes sent, 0 received\n"
		"    Last clearing of counters never\n"
		"  Counters, ignoring last clear:\n"
		"    0 packets sent, 0 received\n"
		"    0 bytes sent, 0 received\n"
		"  Control Ns #, Nr #\n"
		"  Local RWS 32 (HA adjusted), Remote RWS 1024\n"
		"  Control channel Congestion Control is enabled\n"
		"    Congestion Window size, #\n"
		"  Tunnel PMTU checking disabled\n"
		"  Retransmission time 1, max 8 seconds\n"
		"  Unsent queuesize 0\n"
		"  Resend queuesize 0\n"
		"  Total resends #, ZLB ACKs sent #\n"
		"  Total out-of-order dropped pkts 0\n"
		"  Control messages sent #, received #\n"
		"  Control message authentication is disabled\n",
		tunnel_totals, w.tunnel, w.remote_tunnel);
	g_assert_cmpstr(text, ==, want);
	detail = masked(&w, SLOT_R0, "show l2tp tunnel detail");
	g_assert_cmpstr(detail, ==, got);
	/* A HELLO of the peer is seen. */
	g_free(lab_order(w.lab, lab_lac_slot(w.lab, 0), "hello now"));
	lab_run(w.lab, dur_ms(300));
	again = masked(&w, SLOT_R0, "show vpdn tunnel all");
	g_assert_cmpuint(
		world_number(again, ", Nr "), ==, world_number(got, ", Nr ") + 1);
	world_free(&w);
}

static void session_forms(void)
{
	static const char head[] =
		"\nLocID      RemID      TunID      Username, Intf/      State "
		"   Last-Chg\n";
	struct world w;
	char command[80];

	world_init(&w);
	world_call(&w);
	expect(&w, SLOT_R0, "show vpdn session state",
		g_strdup_printf(
			"%s%s"
			"%-10u %-10u %-10u load1, Vi2.1         est      ##:##:##\n"
			"%-10u %-10u %-10u load1, Vi2.2         est      ##:##:##\n",
			session_totals, head, w.session[0], w.remote_session[0],
			w.tunnel, w.session[1], w.remote_session[1], w.tunnel));
	g_snprintf(command, sizeof(command), "show l2tp session state id %u %u",
		w.tunnel, w.session[1]);
	expect(&w, SLOT_R0, command,
		g_strdup_printf(
			"%s%s"
			"%-10u %-10u %-10u load1, Vi2.2         est      ##:##:##\n",
			session_totals, head, w.session[1], w.remote_session[1],
			w.tunnel));
	expect(&w, SLOT_R0, "show vpdn session username load1",
		masked(&w, SLOT_R0, "show vpdn session"));
	expect(&w, SLOT_R0, "show vpdn session state username load2",
		g_strconcat(session_totals, head, NULL));
	world_free(&w);
}

static void session_all(void)
{
	struct world w;
	char command[80];
	g_autofree char *got = NULL, *text = NULL, *want = NULL;

	world_init(&w);
	world_call(&w);
	g_snprintf(command, sizeof(command), "show vpdn session all id %u %u", w.tunnel,
		w.session[0]);
	got = masked(&w, SLOT_R0, command);
	text = world_mask(got, "(serial number|Unique ID) is [0-9]+", "\\1 is #");
	want = g_strdup_printf(
		"%s\n"
		"Session id %u is up, tunnel id %u\n"
		"Call serial number is #\n"
		"Remote tunnel name is lac1\n"
		"  Internet address is 10.99.0.1\n"
		"Local tunnel name is lns1\n"
		"  Internet address is 10.99.0.2\n"
		"IP protocol 17\n"
		"  Session is L2TP signaled\n"
		"  Session state is established, time since change ##:##:##\n"
		"    0 Packets sent, 0 received\n"
		"    0 Bytes sent, 0 received\n"
		"  Last clearing of counters never\n"
		"  Counters, ignoring last clear:\n"
		"    0 Packets sent, 0 received\n"
		"    0 Bytes sent, 0 received\n"
		"    Packets dropped, both ways: 0\n"
		"  Unique ID is #\n"
		"Session username is load1\n"
		"  Interface Vi2.1\n"
		"  Remote session id is %u, remote tunnel id %u\n"
		"  UDP checksums are disabled\n"
		"  Sequencing is off\n",
		session_totals, w.session[0], w.tunnel, w.remote_session[0],
		w.remote_tunnel);
	g_assert_cmpstr(text, ==, want);
	world_free(&w);
}

/* Packets in of one row of `packets`. */
static unsigned packets_in(const char *text, unsigned columns_before)
{
	unsigned in = 0, out = 0, bytes_in = 0, bytes_out = 0;
	const char *row = strstr(text, "Bytes-Out\n");

	g_assert_nonnull(row);
	row += strlen("Bytes-Out\n");
	for (unsigned k = 0; k < columns_before; k++) {
		row += strcspn(row, " ");
		row += strspn(row, " ");
	}
	g_assert_cmpint(
		sscanf(row, "%u %u %u %u", &in, &out, &bytes_in, &bytes_out), ==, 4);
	/* Probes of 52 octets; the first may come before the host knows whom to answer. */
	g_assert_cmpuint(in, >=, out);
	g_assert_cmpuint(in, <=, out + 4);
	g_assert_cmpuint(bytes_in, ==, in * 52);
	g_assert_cmpuint(bytes_out, ==, out * 52);
	return in;
}

static void packets(void)
{
	struct world w;
	unsigned one, both;
	base_time began;

	world_init(&w);
	world_call(&w);
	for (unsigned round = 0; round < 2; round++) {
		g_autofree char *session =
			world_show(&w, SLOT_R0, "show vpdn session packets");
		g_autofree char *tunnel =
			world_show(&w, SLOT_R0, "show vpdn tunnel packets");

		one = packets_in(session, 3);
		both = packets_in(tunnel, 1);
		g_assert_cmpuint(one, >=, round * 90);
		g_assert_cmpuint(one, <=, round * 110);
		g_assert_cmpuint(both + 2, >=, 2 * one);
		g_assert_cmpuint(both, <=, 2 * one + 2);
		if (round)
			break;
		g_free(lab_order(w.lab, lab_lac_slot(w.lab, 0), "start probes"));
		g_free(lab_order(w.lab, lab_host_slot(w.lab, 0), "start probes"));
		lab_run(w.lab, dur_s(2));
		g_free(lab_order(w.lab, lab_lac_slot(w.lab, 0), "stop probes"));
		g_free(lab_order(w.lab, lab_host_slot(w.lab, 0), "stop probes"));
		lab_run(w.lab, dur_ms(200));
	}
	/* The standby may not ask; an FP that does not answer costs one second. */
	expect(&w, SLOT_R1, "show vpdn session packets | include ^[0-9]",
		g_strdup_printf(
			"%-10u %-10u %-10u -          -          -          -\n"
			"%-10u %-10u %-10u -          -          -          -\n",
			w.session[0], w.remote_session[0], w.tunnel, w.session[1],
			w.remote_session[1], w.tunnel));
	g_assert_true(chassis_hang(lab_chassis(w.lab), SLOT_F0, dur_s(10), NULL));
	began = chassis_now(lab_chassis(w.lab));
	expect(&w, SLOT_R0, "show vpdn tunnel packets | include ^[0-9]",
		g_strdup_printf(
			"%-10u -          -          -          -\n", w.tunnel));
	g_assert_cmpint(
		dur_to_ms(time_sub(chassis_now(lab_chassis(w.lab)), began)), >=, 1000);
	g_assert_cmpint(
		dur_to_ms(time_sub(chassis_now(lab_chassis(w.lab)), began)), <, 1100);
	world_free(&w);
}

static void nothing(void)
{
	static const char *const commands[] = { "show vpdn tunnel all",
		"show vpdn tunnel summary", "show vpdn session packets",
		"show l2tp session all" };
	struct world w;

	world_init(&w);
	for (size_t k = 0; k < G_N_ELEMENTS(commands); k++)
		expect(&w, SLOT_R0, commands[k],
			g_strdup("\n%%No active L2TP tunnels\n"));
	world_free(&w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/tunnel-shows/tunnel-forms", tunnel_forms);
	g_test_add_func("/rp/tunnel-shows/tunnel-all", tunnel_all);
	g_test_add_func("/rp/tunnel-shows/session-forms", session_forms);
	g_test_add_func("/rp/tunnel-shows/session-all", session_all);
	g_test_add_func("/rp/tunnel-shows/packets", packets);
	g_test_add_func("/rp/tunnel-shows/nothing", nothing);
	return g_test_run();
}
