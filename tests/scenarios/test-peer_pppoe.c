/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The router as an access concentrator, on real boards: simulated PPPoE subscribers on a VLAN of
 * one port, an LNS that is also the host of their probes on another.  Streams run both ways
 * through everything that is done; RPs are pulled in the middle, A to B and back.
 */
#include "scenarios/engine/peer.h"
#include "tests/scenarios/world.h"

#include <string.h>

static const char config[] =
	"hostname lac1\n"
	"vpdn enable\n"
	"vpdn-group TO-LNS\n"
	" request-dialin\n"
	"  protocol l2tp\n"
	"  domain example.net\n"
	" initiate-to ip 192.0.2.1\n"
	" l2tp tunnel password 0 tunsecret\n"
	"bba-group pppoe global\n"
	" virtual-template 1\n"
	" sessions per-mac limit 2\n"
	"username joe password 0 pw\n"
	"interface Loopback0\n"
	" ip address 172.16.0.1 255.255.255.255\n"
	"interface GigabitEthernet0/0/0.100\n"
	" encapsulation dot1Q 100\n"
	" pppoe enable group global\n"
	"interface GigabitEthernet0/0/1\n"
	" ip address 192.0.2.254 255.255.255.0\n"
	"interface Virtual-Template1\n"
	" ip unnumbered Loopback0\n"
	" peer default ip address pool POOL\n"
	" ppp authentication chap pap\n"
	"ip local pool POOL 100.64.0.1 100.64.0.250\n";

/* far: their domain is the LNS's. */
static void start(struct world *w, unsigned sessions, bool far, uint64_t seed)
{
	world_init(w, 1, sessions, seed);
	g_free(w->startup);
	w->startup = g_strdup(config);
	w->lab_cfg.startup = w->startup;
	w->lac.name = "subs";
	w->lac.pppoe = true;
	w->lac.vlan = 100;
	w->lac.user = far ? "joe@example.net" : "joe";
	w->lac.password = "pw";
	w->host.lns = far;
	w->host.lns_secret = "tunsecret";
	w->host.name = "lns1";
	w->host.user = "joe@example.net";
	w->host.password = "pw";
	world_start(w);
	g_free(world_lac(w, "connect"));
	if (!lab_wait_report(w->lab, lab_lac_slot(w->lab, 0), "sessions-up", sessions,
		    dur_s(20)))
		g_error("not all came up:\n%s%s", world_lac(w, "report"), lab_log(w->lab));
	lab_run(w->lab, dur_s(1));
}

/* All probes that were sent have arrived, once and in order. */
static void assert_clean(struct world *w, uint64_t at_least)
{
	g_autofree char *subs = NULL, *lns = NULL;

	g_free(world_lac(w, "stop probes"));
	g_free(world_host(w, "stop probes"));
	lab_run(w->lab, dur_ms(100));
	subs = world_lac(w, "report");
	lns = world_host(w, "report");
	g_assert_cmpuint(report_number(subs, "sent"), >=, at_least);
	g_assert_cmpuint(report_number(lns, "received"), ==, report_number(subs, "sent"));
	g_assert_cmpuint(report_number(subs, "received"), ==, report_number(lns, "sent"));
	for (unsigned i = 0; i < 2; i++) {
		const char *report = i ? lns : subs;

		g_assert_cmpuint(report_number(report, "duplicated"), ==, 0);
		g_assert_cmpuint(report_number(report, "reordered"), ==, 0);
		g_assert_cmpuint(report_number(report, "wrong"), ==, 0);
		g_assert_cmpuint(report_number(report, "gap-us"), <, 11000);
	}
}

static void assert_shows(struct world *w, const char *command, const char *text)
{
	g_autofree char *shown = lab_show(w->lab, world_active(w), command, NULL);

	if (!shown || !strstr(shown, text))
		g_error("%s lacks %s:\n%s", command, text, shown ? shown : "no answer");
}

/* Pulls the active RP, lets traffic run, puts it back, waits for STANDBY HOT. */
static void pull_active(struct world *w)
{
	unsigned was = world_active(w);

	world_pull(w, was);
	lab_run(w->lab, dur_s(2));
	g_assert_cmpuint(world_active(w), !=, was);
	world_insert(w, was);
	g_assert_true(world_wait_hot(w, dur_s(10)));
}

static void test_there_and_back(const void *data)
{
	bool far = GPOINTER_TO_UINT(data);
	struct world w;

	start(&w, 3, far, 7);
	assert_shows(&w, "show pppoe session",
		far ? "     3 sessions in FORWARDED (FWDED) State"
		    : "     3 sessions in LOCALLY_TERMINATED (PTA) State");
	assert_shows(&w, "show pppoe session", "Gi0/0/0.100");
	assert_shows(&w, "show pppoe session", "VLAN: 100");
	assert_shows(&w, "show pppoe summary", far ? "TOTAL                               3       0       3       0\n"
						   : "TOTAL                               3       3       0       0\n");
	pull_active(&w);
	pull_active(&w);
	g_assert_cmpuint(world_active(&w), ==, SLOT_R0);
	assert_clean(&w, 3 * 500);
	assert_shows(&w, "show pppoe session", "     3 sessions total");
	if (far)
		assert_shows(&w, "show vpdn session", "joe@..., Gi0/0/0.100");
	/* A subscriber hangs up, another is unplugged, the third is cleared. */
	g_free(world_lac(&w, "hangup 1"));
	g_free(world_lac(&w, "drop 2"));
	lab_run(w.lab, dur_s(8));
	assert_shows(&w, "show pppoe session", "     1 session  total");
	g_free(lab_show(w.lab, SLOT_R0, "clear pppoe all", NULL));
	g_assert_true(lab_wait_report(w.lab, lab_lac_slot(w.lab, 0), "sessions-up", 0, dur_s(5)));
	lab_run(w.lab, dur_s(2));
	if (far) {
		g_autofree char *lns = world_host(&w, "report");

		g_assert_cmpuint(report_number(lns, "sessions-up"), ==, 0);
	}
	g_free(world_lac(&w, "connect"));
	g_assert_true(lab_wait_report(w.lab, lab_lac_slot(w.lab, 0), "sessions-up", 3, dur_s(8)));
	world_clear(&w);
}

/* The LNS ends it: PADT reaches the subscriber. */
static void test_lns_ends(void)
{
	struct world w;

	start(&w, 2, true, 8);
	g_free(world_host(&w, "clear 1"));
	g_assert_true(lab_wait_report(w.lab, lab_lac_slot(w.lab, 0), "sessions-up", 1, dur_s(5)));
	g_free(world_host(&w, "close"));
	g_assert_true(lab_wait_report(w.lab, lab_lac_slot(w.lab, 0), "sessions-up", 0, dur_s(5)));
	lab_run(w.lab, dur_s(2));
	assert_shows(&w, "show pppoe statistics", "SSS FORWARDED                 2            2");
	assert_shows(&w, "show pppoe statistics", "SSS DISCONNECT                2            2");
	world_clear(&w);
}

/* Set-up with an RP pulled at every so many items: who is up stays, who is not calls again. */
static void test_pull_in_set_up(void)
{
	for (unsigned ms = 0; ms < 120; ms += 15) {
		struct world w;

		start(&w, 1, true, 40 + ms);
		for (unsigned i = 0; i < 3; i++)
			g_free(world_lac(&w, "call"));
		lab_run(w.lab, dur_ms(ms));
		pull_active(&w);
		for (unsigned i = 0; i < 10; i++) {
			g_free(world_lac(&w, "connect"));
			lab_run(w.lab, dur_s(8));
		}
		g_assert_true(lab_wait_report(
			w.lab, lab_lac_slot(w.lab, 0), "sessions-up", 4, dur_s(5)));
		assert_shows(&w, "show pppoe session", "     4 sessions total");
		world_clear(&w);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/scenarios/peer_pppoe/here", GUINT_TO_POINTER(false),
		test_there_and_back);
	g_test_add_data_func("/scenarios/peer_pppoe/forwarded", GUINT_TO_POINTER(true),
		test_there_and_back);
	g_test_add_func("/scenarios/peer_pppoe/lns-ends", test_lns_ends);
	g_test_add_func("/scenarios/peer_pppoe/pull-in-set-up", test_pull_in_set_up);
	return g_test_run();
}
