/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shows of the chassis and its interfaces, and log lines of boards that come and go: whole
 * screens, and that they follow what happens.
 */
#include "tests/rp/world.h"

#include "rp/internal.h"

#include <string.h>

static char *platform(struct world *w, unsigned slot)
{
	g_autofree char *text = world_show(w, slot, "show platform");

	return world_mask(text, "[0-9]{2}:[0-9]{2}:[0-9]{2}", "##:##:##");
}

#define HEAD                                                                           \
	"Chassis type: ASR1006             \n\n"                                       \
	"Slot      Type                State                 Insert time (ago) \n"     \
	"--------- ------------------- --------------------- ----------------- \n"
#define ROW(slot, type, state) slot type state "##:##:##          \n"
#define SPAS                                                                           \
	ROW("0         ", "ASR1000-SIP40       ", "ok                    ")            \
	ROW(" 0/0      ", "SPA-5X1GE-V2        ", "ok                    ")            \
	ROW(" 0/1      ", "SPA-5X1GE-V2        ", "ok                    ")
#define RP(n, state) ROW("R" n "        ", "ASR1000-RP2         ", state)
#define FP(n, state) ROW("F" n "        ", "ASR1000-ESP40       ", state)
#define ACTIVE       "ok, active            "
#define STANDBY      "ok, standby           "

static void expect_platform(struct world *w, unsigned slot, const char *want)
{
	g_autofree char *got = platform(w, slot);

	g_assert_cmpstr(got, ==, want);
}

static void slots(void)
{
	struct world w;
	struct chassis *c;

	world_init(&w);
	c = lab_chassis(w.lab);
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++)
		expect_platform(&w, slot,
			HEAD SPAS RP("0", ACTIVE) RP("1", STANDBY) FP("0", ACTIVE)
				FP("1", STANDBY));
	chassis_pull(c, SLOT_F1, SLOT_WHY_PULLED, NULL);
	chassis_pull(c, SLOT_SPA + 1, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_ms(50));
	expect_platform(&w, SLOT_R0,
		HEAD ROW("0         ", "ASR1000-SIP40       ", "ok                    ")
			ROW(" 0/0      ", "SPA-5X1GE-V2        ",
				"ok                    ") RP("0", ACTIVE)
				RP("1", STANDBY) FP("0", ACTIVE));
	chassis_pull(c, SLOT_R0, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_s(1));
	expect_platform(&w, SLOT_R1,
		HEAD ROW("0         ", "ASR1000-SIP40       ", "ok                    ")
			ROW(" 0/0      ", "SPA-5X1GE-V2        ",
				"ok                    ") RP("1", ACTIVE)
				FP("0", ACTIVE));
	chassis_insert(c, SLOT_F1, NULL);
	lab_run(w.lab, dur_s(1));
	chassis_pull(c, SLOT_F0, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_ms(50));
	expect_platform(&w, SLOT_R1,
		HEAD ROW("0         ", "ASR1000-SIP40       ", "ok                    ")
			ROW(" 0/0      ", "SPA-5X1GE-V2        ",
				"ok                    ") RP("1", ACTIVE)
				FP("1", ACTIVE));
	world_free(&w);
}

static void insert_time(void)
{
	struct world w;
	g_autofree char *before = NULL, *after = NULL;

	world_init(&w);
	lab_run(w.lab, dur_s(3600));
	before = world_show(&w, SLOT_R0, "show platform | include ^F1");
	g_assert_nonnull(strstr(before, "01:00:0"));
	chassis_pull(lab_chassis(w.lab), SLOT_F1, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_s(60));
	chassis_insert(lab_chassis(w.lab), SLOT_F1, NULL);
	lab_run(w.lab, dur_s(20));
	after = world_show(&w, SLOT_R0, "show platform | include ^F1");
	g_assert_cmpstr(after, ==,
		"F1        ASR1000-ESP40       ok, standby           00:00:20          "
		"\n");
	world_free(&w);
}

static void version(void)
{
	struct world w;
	g_autofree char *text = NULL, *masked = NULL, *taken = NULL;

	world_init(&w);
	lab_run(w.lab, dur_s(7260));
	text = world_show(&w, SLOT_R0, "show version");
	masked = world_mask(text, "with [1-9][0-9]*K", "with #K");
	g_assert_cmpstr(masked, ==,
		"twinrp Software, Version " RP_SOFTWARE
		" (simulator). Command line modelled on "
		"Cisco IOS XE Software; not Cisco software.\n"
		"Free software under the GNU General Public License, version 3 or "
		"later\n\n"
		"lns1 uptime is 2 hours, 1 minute\n"
		"Uptime for this control processor is 2 hours, 1 minute\n"
		"System returned to ROM by power-on\n"
		"System image file is \"" RP_IMAGE "\"\n\n"
		"cisco ASR1006 (RP2) processor (simulated) with #K bytes of memory.\n"
		"8 Gigabit Ethernet interfaces\n\n"
		"Configuration register is 0x2102\n");
	chassis_pull(lab_chassis(w.lab), SLOT_R0, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_s(1));
	taken = world_show(&w, SLOT_R1, "show version");
	g_assert_nonnull(strstr(taken, "System returned to ROM by SSO Switchover\n"));
	g_assert_nonnull(
		strstr(taken, "Last switchover reason: active unit removed\n"));
	world_free(&w);
}

static char *interface(struct world *w, const char *name)
{
	g_autofree char *command = g_strdup_printf("show interfaces %s", name);
	g_autofree char *text = world_show(w, SLOT_R0, command);
	g_autofree char *mac =
		world_mask(text, "[0-9a-f]{4}\\.[0-9a-f]{4}\\.[0-9a-f]{4}", "M.M.M");

	return world_mask(mac, "[0-9]+ (packets .*, )[0-9]+", "# \\1#");
}

static void interfaces(void)
{
	struct world w;
	g_autofree char *port = NULL, *shut = NULL, *loop = NULL, *access = NULL,
			*none = NULL;

	world_init(&w);
	world_call(&w);
	port = interface(&w, "gi0/0/0");
	g_assert_cmpstr(port, ==,
		"GigabitEthernet0/0/0 is up, line protocol is up \n"
		"  Hardware is wire, address is M.M.M (bia M.M.M)\n"
		"  Description: to the LAC\n"
		"  Internet address is 10.99.0.2/24\n"
		"  MTU 1500 bytes, BW 1000000 Kbit/sec\n"
		"  Encapsulation ARPA, loopback not set\n"
		"  Last clearing of \"show interface\" counters never\n"
		"  Total output drops: 0\n"
		"     # packets input, # bytes\n"
		"     0 input errors, 0 overrun, 0 ignored\n"
		"     # packets output, # bytes\n");
	shut = interface(&w, "gi0/1/3");
	g_assert_true(g_str_has_prefix(shut, "GigabitEthernet0/1/3 is administratively "
					     "down, line protocol is down \n"));
	loop = interface(&w, "Loopback0");
	g_assert_cmpstr(loop, ==,
		"Loopback0 is up, line protocol is up \n"
		"  Hardware is Loopback\n"
		"  Internet address is 172.16.0.1/32\n"
		"  MTU 1514 bytes\n"
		"  Encapsulation LOOPBACK, loopback not set\n");
	access = world_show(&w, SLOT_R0, "show interfaces Virtual-Access2.1");
	g_assert_true(g_str_has_prefix(access,
		"Virtual-Access2.1 is up, line protocol is up \n"
		"  Hardware is Virtual Access interface\n"
		"  Interface is unnumbered. Using address of Loopback0 (172.16.0.1)\n"
		"  MTU 1500 bytes\n"
		"  Encapsulation PPP, LCP Open\n"
		"  Open: IPCP\n"
		"  PPPoVPDN vaccess, cloned from Virtual-Template1\n"
		"  Protocol l2tp, tunnel id "));
	none = world_show(&w, SLOT_R0, "show interfaces gi5/3/7");
	g_assert_cmpstr(
		none, ==, "% Interface GigabitEthernet5/3/7 does not exist\n\n");
	world_free(&w);
}

/* Counters rise with traffic; a port that goes is down. */
static void counters(void)
{
	struct world w;
	g_autofree char *before = NULL, *after = NULL, *va0 = NULL, *va1 = NULL,
			*down = NULL;

	world_init(&w);
	world_call(&w);
	lab_run(w.lab, dur_s(2));
	before = world_show(&w, SLOT_R0, "show interfaces gi0/0/0");
	va0 = world_show(
		&w, SLOT_R0, "show interfaces Virtual-Access2.1 | include input");
	g_assert_cmpuint(world_number(va0, "     "), ==, 0);
	g_free(lab_order(w.lab, lab_lac_slot(w.lab, 0), "start probes"));
	g_free(lab_order(w.lab, lab_host_slot(w.lab, 0), "start probes"));
	lab_run(w.lab, dur_s(4));
	g_free(lab_order(w.lab, lab_lac_slot(w.lab, 0), "stop probes"));
	g_free(lab_order(w.lab, lab_host_slot(w.lab, 0), "stop probes"));
	lab_run(w.lab, dur_s(2));
	after = world_show(&w, SLOT_R0, "show interfaces gi0/0/0");
	va1 = world_show(
		&w, SLOT_R0, "show interfaces Virtual-Access2.1 | include input");
	/* 50 probes a second of each of two subscribers, for four seconds */
	g_assert_cmpuint(world_number(after, "ignored\n     "), >=,
		world_number(before, "ignored\n     ") + 380);
	g_assert_cmpuint(world_number(after, "drops: 0\n     "), >=,
		world_number(before, "drops: 0\n     ") + 380);
	g_assert_cmpuint(world_number(va1, "     "), >=, 190);
	g_assert_cmpuint(world_number(va1, "     "), <=, 210);
	chassis_pull(lab_chassis(w.lab), SLOT_SPA, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_ms(50));
	down = world_show(&w, SLOT_R0, "show interfaces gi0/0/0");
	g_assert_true(g_str_has_prefix(
		down, "GigabitEthernet0/0/0 is down, line protocol is down \n"));
	world_free(&w);
}

static void routes(void)
{
	struct world w;
	g_autofree char *text = NULL, *less = NULL;

	world_init(&w);
	world_call(&w);
	text = world_show(&w, SLOT_R0, "show ip route");
	g_assert_cmpstr(text, ==,
		"Codes: L - local, C - connected, S - static, * - candidate default\n\n"
		"Gateway of last resort is 10.98.0.9 to network 0.0.0.0\n\n"
		"S*       0.0.0.0/0 [1/0] via 10.98.0.9\n"
		"C        10.98.0.0/24 is directly connected, GigabitEthernet0/0/1\n"
		"L        10.98.0.2/32 is directly connected, GigabitEthernet0/0/1\n"
		"C        10.99.0.0/24 is directly connected, GigabitEthernet0/0/0\n"
		"L        10.99.0.2/32 is directly connected, GigabitEthernet0/0/0\n"
		"C        172.16.0.1/32 is directly connected, Loopback0\n"
		"C        100.64.0.1/32 is directly connected, Virtual-Access2.1\n"
		"C        100.64.0.2/32 is directly connected, Virtual-Access2.2\n");
	chassis_pull(lab_chassis(w.lab), SLOT_SPA, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_ms(50));
	less = world_show(&w, SLOT_R0, "show ip route | include 10.9|resort");
	g_assert_cmpstr(less, ==, "Gateway of last resort is not set\n");
	world_free(&w);
}

static void ppp_and_pool(void)
{
	static const char ppp_head[] =
		"Interface/ID OPEN+ Nego* Fail-     Stage    Peer Address    Peer "
		"Name\n"
		"------------ --------------------- -------- --------------- "
		"--------------------\n";
	static const char pool_head[] =
		" Pool                     Begin           End         "
		"    Free  In use   Blocked\n";
	struct world w;
	g_autofree char *none = NULL, *both = NULL, *pool0 = NULL, *pool1 = NULL,
			*want = NULL, *other = NULL;

	world_init(&w);
	none = world_show(&w, SLOT_R0, "show ppp all");
	g_assert_cmpstr(none, ==, ppp_head);
	pool0 = world_show(&w, SLOT_R0, "show ip local pool");
	want = g_strconcat(pool_head,
		" POOL                     100.64.0.1      100.64.0.100     100       "
		"0         "
		"0\n",
		NULL);
	g_assert_cmpstr(pool0, ==, want);
	world_call(&w);
	both = world_show(&w, SLOT_R0, "show ppp all");
	g_free(want);
	want = g_strconcat(ppp_head,
		"Vi2.1        LCP+ CHAP+ IPCP+      LocalT   100.64.0.1      load1\n"
		"Vi2.2        LCP+ CHAP+ IPCP+      LocalT   100.64.0.2      load1\n",
		NULL);
	g_assert_cmpstr(both, ==, want);
	pool1 = world_show(&w, SLOT_R0, "show ip local pool POOL");
	g_free(want);
	want = g_strconcat(pool_head,
		" POOL                     100.64.0.1      100.64.0.100      98       "
		"2         "
		"0\n",
		NULL);
	g_assert_cmpstr(pool1, ==, want);
	other = world_show(&w, SLOT_R0, "show ip local pool OTHER");
	g_assert_cmpstr(other, ==, "% Pool OTHER does not exist\n\n");
	world_free(&w);
}

/* ---- log ---------------------------------------------------------------------------- */

/* What the RP in slot has logged about boards, without times. */
static char *oir(struct world *w, unsigned slot)
{
	g_autofree char *text = world_show(w, slot, "show logging | include OIR|CMRP");

	return world_mask(text, "^\\*.{19}: ", "");
}

static void log_lines(void)
{
	struct world w;
	struct chassis *c;
	g_autofree char *first = NULL, *got = NULL, *standby = NULL;

	world_init(&w);
	c = lab_chassis(w.lab);
	first = oir(&w, SLOT_R0);
	chassis_pull(c, SLOT_F0, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_ms(50));
	chassis_insert(c, SLOT_F0, NULL);
	lab_run(w.lab, dur_ms(50));
	chassis_pull(c, SLOT_SPA + 1, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_ms(50));
	chassis_insert(c, SLOT_SPA + 1, NULL);
	lab_run(w.lab, dur_ms(50));
	got = oir(&w, SLOT_R0);
	g_assert_true(g_str_has_prefix(got, first));
	g_assert_cmpstr(got + strlen(first), ==,
		"%IOSXE_OIR-6-OFFLINECARD: Card (fp) offline in slot F0\n"
		"%IOSXE_OIR-6-REMCARD: Card (fp) removed from slot F0\n"
		"%CMRP-6-FP_HA_STATUS: R0/0: cmand: F1 redundancy state is Active\n"
		"%IOSXE_OIR-6-INSCARD: Card (fp) inserted in slot F0\n"
		"%IOSXE_OIR-6-ONLINECARD: Card (fp) online in slot F0\n"
		"%CMRP-6-FP_HA_STATUS: R0/0: cmand: F0 redundancy state is Standby\n"
		"%IOSXE_OIR-6-REMSPA: SPA removed from subslot 0/1, interfaces "
		"disabled\n"
		"%IOSXE_OIR-6-INSSPA: SPA inserted in subslot 0/1\n");
	/* The standby is silent. */
	standby = oir(&w, SLOT_R1);
	g_assert_cmpstr(standby, ==, "");
	world_free(&w);
}

/* What the new active RP says of the old one: it crashed and was not taken out. */
static void log_takeover(void)
{
	struct world w;
	struct chassis *c;
	g_autofree char *taken = NULL;

	world_init(&w);
	c = lab_chassis(w.lab);
	chassis_pull(c, SLOT_R0, SLOT_WHY_CRASHED, NULL);
	lab_run(w.lab, dur_s(1));
	chassis_insert(c, SLOT_R0, NULL);
	lab_run(w.lab, dur_s(1));
	taken = oir(&w, SLOT_R1);
	g_assert_cmpstr(taken, ==,
		"%IOSXE_OIR-6-OFFLINECARD: Card (rp) offline in slot R0\n"
		"%IOSXE_OIR-6-ONLINECARD: Card (rp) online in slot R0\n");
	world_free(&w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/platform/slots", slots);
	g_test_add_func("/rp/platform/insert-time", insert_time);
	g_test_add_func("/rp/platform/version", version);
	g_test_add_func("/rp/platform/interfaces", interfaces);
	g_test_add_func("/rp/platform/counters", counters);
	g_test_add_func("/rp/platform/routes", routes);
	g_test_add_func("/rp/platform/ppp-and-pool", ppp_and_pool);
	g_test_add_func("/rp/platform/log", log_lines);
	g_test_add_func("/rp/platform/log-takeover", log_takeover);
	return g_test_run();
}
