/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The simulated LAC and host against the real boards: calls, probes, orders.
 */
#include "scenarios/engine/peer.h"
#include "tests/scenarios/world.h"

#include <string.h>

/* All probes that were sent have arrived, once and in order. */
static void assert_clean(struct world *w, uint64_t at_least)
{
	g_autofree char *lac = NULL, *host = NULL;

	g_free(world_lac(w, "stop probes"));
	g_free(world_host(w, "stop probes"));
	lab_run(w->lab, dur_ms(100));
	lac = world_lac(w, "report");
	host = world_host(w, "report");
	g_assert_cmpuint(report_number(lac, "sent"), >=, at_least);
	g_assert_cmpuint(
		report_number(host, "received"), ==, report_number(lac, "sent"));
	g_assert_cmpuint(
		report_number(lac, "received"), ==, report_number(host, "sent"));
	g_assert_cmpuint(report_number(host, "sent"), >=, at_least);
	for (unsigned i = 0; i < 2; i++) {
		const char *report = i ? host : lac;

		g_assert_cmpuint(report_number(report, "duplicated"), ==, 0);
		g_assert_cmpuint(report_number(report, "reordered"), ==, 0);
		g_assert_cmpuint(report_number(report, "wrong"), ==, 0);
	}
}

static void test_traffic(void)
{
	g_autofree char *report = NULL;
	struct world w;

	world_init(&w, 2, 3, 1);
	world_start(&w);
	world_connect(&w);
	lab_run(w.lab, dur_s(2));
	assert_clean(&w, 6 * 190);
	report = world_lac(&w, "report");
	g_assert_cmpuint(report_number(report, "tunnels-up"), ==, 2);
	g_assert_nonnull(strstr(report, "ip=100.64.0."));
	g_assert_nonnull(strstr(report, "dns=192.0.2.53"));
	g_assert_cmpuint(report_number(report, "gap-us"), >=, 10000);
	g_assert_cmpuint(report_number(report, "gap-us"), <, 11000);
	world_clear(&w);
}

static void test_orders(void)
{
	unsigned n[3];
	struct world w;
	char *answer;

	world_init(&w, 1, 2, 2);
	world_start(&w);
	world_connect(&w);
	g_free(world_lac(&w, "call"));
	g_assert_true(lab_wait_report(w.lab, SLOT_PEER, "sessions-up", 3, dur_s(5)));
	g_free(world_lac(&w, "hangup 2"));
	g_assert_true(lab_wait_report(w.lab, SLOT_PEER, "sessions-up", 2, dur_s(5)));
	g_assert_true(world_sessions(&w, SLOT_R0, n));
	g_assert_cmpuint(n[0], ==, 2);
	g_free(world_lac(&w, "drop 1"));
	g_assert_true(lab_wait_report(w.lab, SLOT_PEER, "sessions-up", 1, dur_s(5)));
	lab_run(w.lab, dur_s(1));
	g_assert_true(world_sessions(&w, SLOT_R0, n));
	g_assert_cmpuint(n[0], ==, 1);
	g_free(world_lac(&w, "hello now"));
	g_free(world_lac(&w, "connect"));
	g_assert_true(lab_wait_report(w.lab, SLOT_PEER, "sessions-up", 3, dur_s(5)));
	answer = world_lac(&w, "hangup 9");
	g_assert_cmpstr(answer, ==, "error: subscriber 9 is not up\n");
	g_free(answer);
	answer = world_lac(&w, "dance");
	g_assert_cmpstr(answer, ==, "error: no such order: dance\n");
	g_free(answer);
	g_free(world_lac(&w, "disconnect"));
	g_assert_true(lab_wait_report(w.lab, SLOT_PEER, "tunnels-up", 0, dur_s(5)));
	lab_run(w.lab, dur_s(1));
	g_assert_true(world_sessions(&w, SLOT_R0, n));
	g_assert_cmpuint(n[0], ==, 0);
	world_clear(&w);
}

static void test_wrong_password(void)
{
	g_autofree char *report = NULL;
	unsigned n[3];
	struct world w;

	world_init(&w, 1, 1, 3);
	w.lac.password = "guess";
	world_start(&w);
	g_free(world_lac(&w, "connect"));
	lab_run(w.lab, dur_s(10));
	report = world_lac(&w, "report");
	g_assert_cmpuint(report_number(report, "sessions-up"), ==, 0);
	g_assert_cmpuint(report_number(report, "tunnels-up"), ==, 1);
	g_assert_nonnull(strstr(report, "state=down"));
	g_assert_true(world_sessions(&w, SLOT_R0, n));
	g_assert_cmpuint(n[0], ==, 0);
	world_clear(&w);
}

static void test_wrong_secret(void)
{
	g_autofree char *report = NULL;
	struct world w;

	world_init(&w, 1, 1, 4);
	w.lac.secret = "guess";
	world_start(&w);
	g_free(world_lac(&w, "connect"));
	lab_run(w.lab, dur_s(10));
	report = world_lac(&w, "report");
	g_assert_cmpuint(report_number(report, "tunnels-up"), ==, 0);
	world_clear(&w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/peer_lac/traffic", test_traffic);
	g_test_add_func("/scenarios/peer_lac/orders", test_orders);
	g_test_add_func("/scenarios/peer_lac/wrong-password", test_wrong_password);
	g_test_add_func("/scenarios/peer_lac/wrong-secret", test_wrong_secret);
	return g_test_run();
}
