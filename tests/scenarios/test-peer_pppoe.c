/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The router as an access concentrator, on real boards: simulated PPPoE subscribers on a VLAN of
 * one port, an LNS that is also the host of their probes on another.  Streams run both ways
 * through everything that is done; RPs are pulled in the middle, A to B and back.
 */
#include "scenarios/engine/peer.h"
#include "tests/scenarios/world.h"

#include <stdio.h>
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
static void prepare(struct world *w, unsigned sessions, bool far, uint64_t seed)
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
}

static void start_prepared(struct world *w)
{
	unsigned sessions = w->lac.sessions;

	world_start(w);
	g_free(world_lac(w, "connect"));
	if (!lab_wait_report(w->lab, lab_lac_slot(w->lab, 0), "sessions-up", sessions,
		    dur_s(20)))
		g_error("not all came up:\n%s%s", world_lac(w, "report"), lab_log(w->lab));
	lab_run(w->lab, dur_s(1));
}

static void start(struct world *w, unsigned sessions, bool far, uint64_t seed)
{
	prepare(w, sessions, far, seed);
	start_prepared(w);
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

static char *mac_of(const struct world *w, unsigned number)
{
	return g_strdup_printf("02fd.%02x00.%04x", lab_lac_slot(w->lab, 0), number);
}

/* Whole screens (ios-cli.md 13.1, 13.2), and what is asked of one session. */
static void test_commands(void)
{
	g_autofree char *mac = NULL, *clear = NULL, *row = NULL, *head = NULL;
	struct world w;

	start(&w, 2, false, 9);
	mac = mac_of(&w, 1);
	head = lab_show(w.lab, SLOT_R0, "show pppoe session", NULL);
	g_assert_true(g_str_has_prefix(head,
		"     2 sessions in LOCALLY_TERMINATED (PTA) State\n"
		"     2 sessions total\n"
		"\n"
		"Uniq ID  PPPoE  RemMAC          Port                    VT  VA         State\n"
		"           SID  LocMAC                                      VA-st      Type\n"
		"      1  "));
	row = g_strdup_printf("  %s  Gi0/0/0.100              1  Vi2.1      PTA  \n"
			      "                0200.0000.0000  VLAN: 100                   UP "
			      "             \n",
		mac);
	assert_shows(&w, "show pppoe session", row);
	assert_shows(&w, "show pppoe session interface GigabitEthernet0/0/0.100", mac);
	assert_shows(&w, "show pppoe session interface GigabitEthernet0/0/0", mac);
	g_free(head);
	head = lab_show(w.lab, SLOT_R0, "show pppoe session interface GigabitEthernet0/0/1",
		NULL);
	g_assert_null(strstr(head, mac));
	assert_shows(&w, "show redundancy clients", " clientID = 106      clientSeq = 203      PPPoE HA\n");
	assert_shows(&w, "debug pppoe events", "PPPoE protocol events debugging is on\n");
	assert_shows(&w, "debug pppoe packets", "PPPoE control packets debugging is on\n");
	assert_shows(&w, "debug pppoe errors", "PPPoE protocol errors debugging is on\n");
	clear = g_strdup_printf("clear pppoe rmac %s", mac);
	g_free(lab_show(w.lab, SLOT_R0, "clear pppoe rmac 02fd.ffff.ffff", NULL));
	g_free(lab_show(w.lab, SLOT_R0, clear, NULL));
	g_assert_true(lab_wait_report(w.lab, lab_lac_slot(w.lab, 0), "sessions-up", 1, dur_s(5)));
	g_free(world_lac(&w, "redial 1"));
	g_assert_true(lab_wait_report(w.lab, lab_lac_slot(w.lab, 0), "sessions-up", 2, dur_s(5)));
	assert_shows(&w, "show logging", "PPPoE: I PADI from");
	assert_shows(&w, "show logging", "PPPoE: O PADO to");
	assert_shows(&w, "show logging", "accepted, Uniq-Sess-ID");
	assert_shows(&w, "undebug pppoe events", "PPPoE protocol events debugging is off\n");
	g_free(lab_show(w.lab, SLOT_R0, "clear pppoe statistics", NULL));
	assert_shows(&w, "show pppoe statistics", "PADI RECEIVED                 3            0            \n");
	g_free(lab_show(w.lab, SLOT_R0, "clear pppoe interface GigabitEthernet0/0/0 vlan 100", NULL));
	g_assert_true(lab_wait_report(w.lab, lab_lac_slot(w.lab, 0), "sessions-up", 0, dur_s(5)));
	world_clear(&w);
}

/* Two VLAN tags, forwarded; a pull, and the records have both tags. */
static void test_two_tags(void)
{
	struct world w;
	GString *text;

	prepare(&w, 2, true, 11);
	w.lac.inner = 200;
	text = g_string_new(w.startup);
	g_string_replace(text, "dot1Q 100", "dot1Q 100 second-dot1q 200", 1);
	g_free(w.startup);
	w.startup = g_string_free(text, FALSE);
	w.lab_cfg.startup = w.startup;
	start_prepared(&w);
	assert_shows(&w, "show pppoe session", "VLAN: 100/200");
	pull_active(&w);
	assert_clean(&w, 2 * 200);
	assert_shows(&w, "show pppoe session", "VLAN: 100/200");
	g_free(world_lac(&w, "hangup 1"));
	g_assert_true(lab_wait_report(w.lab, lab_lac_slot(w.lab, 0), "sessions-up", 1, dur_s(5)));
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

/* An RP pulled during set-up: who is up stays, who is not calls again. */
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

/* ---- R0 goes at an item ---- */

enum { SETTLE_S = 140 };

static void act_call(struct world *w)
{
	g_free(world_lac(w, "call"));
}

static void act_hang_up(struct world *w)
{
	g_free(world_lac(w, "hangup 2"));
}

static void act_unplug(struct world *w)
{
	g_free(world_lac(w, "drop 2"));
}

static void act_lns(struct world *w)
{
	g_free(world_host(w, "clear 2"));
}

static const struct act {
	const char *name;
	bool far;
	void (*run)(struct world *w);
} acts[] = {
	/* clang-format off */
	{ "call-here",     false, act_call },
	{ "call-far",      true,  act_call },
	{ "hangs-up-here", false, act_hang_up },
	{ "hangs-up-far",  true,  act_hang_up },
	{ "unplugged-far", true,  act_unplug },
	{ "lns-clears",    true,  act_lns },
	/* clang-format on */
};

static unsigned shown_sessions(struct world *w, unsigned slot)
{
	g_autofree char *shown = lab_show(w->lab, slot, "show pppoe summary", NULL);
	const char *at = shown ? strstr(shown, "\nTOTAL") : NULL;
	unsigned total = 0, pta = 0, fwded = 0, other = 0;

	g_assert_nonnull(at);
	g_assert_cmpint(sscanf(at, "\nTOTAL %u %u %u %u", &total, &pta, &fwded, &other), ==, 4);
	g_assert_cmpuint(other, ==, 0);
	return total;
}

/* The first subscriber has lost nothing. */
static void assert_bystander(struct world *w)
{
	g_autofree char *subs = world_lac(w, "report"), *host = world_host(w, "report");
	g_autofree char *mine = world_line_with(subs, "subscriber=1 ");
	g_autofree char *key = g_strdup_printf("key=%u ", (unsigned)report_number(mine, "key"));
	g_autofree char *theirs = world_line_with(host, key);

	g_assert_nonnull(strstr(mine, "state=up"));
	g_assert_cmpuint(report_number(theirs, "received"), ==, report_number(mine, "sent"));
	g_assert_cmpuint(report_number(mine, "received"), ==, report_number(theirs, "sent"));
	g_assert_cmpuint(report_number(mine, "wrong"), ==, 0);
}

/* Subscribers, LNS and both RPs agree about who is there. */
static void assert_agreed(struct world *w, const struct act *a)
{
	g_autofree char *subs = world_lac(w, "report"), *host = NULL;
	unsigned up = (unsigned)report_number(subs, "sessions-up");
	unsigned open;

	g_assert_cmpuint(shown_sessions(w, world_active(w)), ==, up);
	g_assert_cmpuint(shown_sessions(w, world_standby(w)), ==, up);
	if (a->far) {
		host = world_host(w, "report");
		g_assert_cmpuint(report_number(host, "sessions-up"), ==, up);
	}
	g_assert_true(world_acct_open(w, &open));
	g_assert_cmpuint(open, ==, up);
}

/* Returns how many items the act took; item 0: R0 stays. */
static uint64_t go_at(const struct act *a, uint64_t item)
{
	struct chassis *c;
	uint64_t items;
	struct world w;

	start(&w, 2, a->far, 90);
	c = lab_chassis(w.lab);
	items = chassis_items(c, SLOT_R0);
	if (item)
		g_assert_true(chassis_pull_at(c, SLOT_R0, item, SLOT_WHY_PULLED, NULL));
	a->run(&w);
	lab_run(w.lab, dur_s(4));
	items = item ? 0 : chassis_items(c, SLOT_R0) - items;
	g_free(world_lac(&w, "stop probes"));
	g_free(world_host(&w, "stop probes"));
	lab_run(w.lab, dur_ms(100));
	assert_bystander(&w);
	lab_run(w.lab, dur_s(SETTLE_S));
	if (!chassis_is_in(c, SLOT_R0))
		world_insert(&w, SLOT_R0);
	g_assert_true(world_wait_hot(&w, dur_s(10)));
	assert_agreed(&w, a);
	world_clear(&w);
	return items;
}

static void test_items(const void *data)
{
	const struct act *a = data;
	uint64_t items = go_at(a, 0);

	g_assert_cmpuint(items, >, 5);
	for (uint64_t item = 1; item <= items; item++)
		(void)go_at(a, item);
	g_test_message("%s: R0 pulled at each of %" G_GUINT64_FORMAT " items", a->name,
		items);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/scenarios/peer_pppoe/here", GUINT_TO_POINTER(false),
		test_there_and_back);
	g_test_add_data_func("/scenarios/peer_pppoe/forwarded", GUINT_TO_POINTER(true),
		test_there_and_back);
	g_test_add_func("/scenarios/peer_pppoe/commands", test_commands);
	g_test_add_func("/scenarios/peer_pppoe/two-tags", test_two_tags);
	g_test_add_func("/scenarios/peer_pppoe/lns-ends", test_lns_ends);
	g_test_add_func("/scenarios/peer_pppoe/pull-in-set-up", test_pull_in_set_up);
	for (size_t i = 0; i < G_N_ELEMENTS(acts); i++) {
		g_autofree char *path =
			g_strdup_printf("/scenarios/peer_pppoe/items/%s", acts[i].name);

		g_test_add_data_func(path, &acts[i], test_items);
	}
	return g_test_run();
}
