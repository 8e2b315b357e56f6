/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole screens, with live sessions of a simulated LAC, against the layouts of ios-cli.md 4, 5,
 * 7.3 and 13.4: on the active RP, on the standby, before there is one, and after a takeover.
 */
#include "fp/fp.h"
#include "rp/rp.h"
#include "scenarios/engine/lab.h"
#include "spa/spa.h"

#include <stdio.h>
#include <string.h>

static const char config[] = "hostname lns1\n"
			     "username load1 password 0 loadpw\n"
			     "vpdn enable\n"
			     "vpdn-group 1\n"
			     " accept-dialin\n"
			     "  protocol l2tp\n"
			     "  virtual-template 1\n"
			     " local name lns1\n"
			     " l2tp tunnel password 0 tunsecret\n"
			     "vpdn-group PLAIN\n"
			     " accept-dialin\n"
			     "  protocol l2tp\n"
			     "  virtual-template 1\n"
			     " terminate-from hostname plain\n"
			     " no sso enable\n"
			     " l2tp tunnel password 0 tunsecret\n"
			     "interface Loopback0\n"
			     " ip address 172.16.0.1 255.255.255.255\n"
			     "interface GigabitEthernet0/0/0\n"
			     " ip address 10.99.0.2 255.255.255.0\n"
			     "interface GigabitEthernet0/0/1\n"
			     " ip address 10.98.0.2 255.255.255.0\n"
			     "interface GigabitEthernet0/1/3\n"
			     " shutdown\n"
			     "interface Virtual-Template1\n"
			     " ip unnumbered Loopback0\n"
			     " peer default ip address pool POOL\n"
			     " ppp authentication chap\n"
			     "ip local pool POOL 100.64.0.1 100.64.255.254\n"
			     "end\n";

static void *spa_arg(const unsigned peers[LAB_PORTS])
{
	struct spa_config *s = g_new0(struct spa_config, 1);

	s->n_ports = LAB_PORTS;
	for (unsigned k = 0; k < LAB_PORTS; k++) {
		s->port[k].kind = "wire";
		s->port[k].peer_slot = peers[k];
	}
	return s;
}

/* Ids of one subscriber at the LNS. */
struct ids {
	unsigned tunnel, session, remote_tunnel, remote_session;
};

struct world {
	struct lab_boards boards;
	struct peer_lac_config lacs[2];
	struct lab_config cfg;
	struct lab *lab;
	struct ids sub[3]; /* two of lac1, one of plain */
};

enum {
	IP_LAC1 = 0x0a630001,
	IP_PLAIN = 0x0a620001,
	IP_LNS = 0x0a630002,
	MASK24 = ~0xff
};

static void world_init(struct world *w, bool without_standby)
{
	memset(w, 0, sizeof(*w));
	w->boards = (struct lab_boards){
		.rp = &rp_board, .fp = &fp_board, .spa = &spa_board, .spa_arg = spa_arg
	};
	for (unsigned k = 0; k < 2; k++) {
		uint32_t ip = k ? IP_PLAIN : IP_LAC1;

		w->lacs[k] = (struct peer_lac_config){
			.name = k ? "plain" : "a-very-long-name-of-a-lac",
			.net = { port_ifindex(SLOT_SPA, k), ip, (uint32_t)MASK24,
				ip + 1 },
			.lns_ip = ip + 1,
			.tunnels = 1,
			.sessions = k ? 1 : 2,
			.user = "load1",
			.password = "loadpw",
			.secret = "tunsecret",
		};
	}
	w->cfg = (struct lab_config){
		.seed = 11,
		.boards = &w->boards,
		.startup = config,
		.without_standby = without_standby,
		.lacs = w->lacs,
		.n_lacs = 2,
	};
	w->lab = lab_new(&w->cfg);
}

static void read_ids(struct world *w)
{
	unsigned n = 0;

	for (unsigned k = 0; k < 2; k++) {
		g_autofree char *report =
			lab_order(w->lab, lab_lac_slot(w->lab, k), "report");

		for (const char *p = report; (p = strstr(p, " local=")); p++) {
			struct ids *i = &w->sub[n++];

			g_assert_cmpint(sscanf(p, " local=%u/%u remote=%u/%u",
						&i->remote_tunnel, &i->remote_session,
						&i->tunnel, &i->session),
				==, 4);
		}
	}
	g_assert_cmpuint(n, ==, 3);
}

static void call_up(struct world *w)
{
	for (unsigned k = 0; k < 2; k++) {
		unsigned slot = lab_lac_slot(w->lab, k);

		g_free(lab_order(w->lab, slot, "connect"));
		g_assert_true(lab_wait_report(
			w->lab, slot, "sessions-up", w->lacs[k].sessions, dur_s(20)));
	}
	lab_run(w->lab, dur_ms(500));
	read_ids(w);
}

static bool is_hot(struct lab *l, void *user)
{
	return chassis_standby_hot(lab_chassis(l));
}

static void until_hot(struct world *w)
{
	g_assert_true(lab_run_until(w->lab, is_hot, NULL, dur_s(10)));
	lab_run(w->lab, dur_ms(20));
}

/* Every run of digits behind `mark` becomes one '#'. */
static char *mask(const char *text, const char *pattern, const char *with)
{
	g_autoptr(GRegex) re = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);

	return g_regex_replace(re, text, -1, 0, with, 0, NULL);
}

static void expect(
	struct world *w, unsigned slot, const char *command, const char *want)
{
	g_autofree char *got = lab_show(w->lab, slot, command, NULL);

	g_assert_cmpstr(got, ==, want);
}

/* With the count of messages masked: how many there were is not the layout's. */
static void expect_count(
	struct world *w, unsigned slot, const char *command, const char *want)
{
	g_autofree char *got = lab_show(w->lab, slot, command, NULL);
	g_autofree char *masked = mask(got, "(Message Count: +)[1-9][0-9]*$", "\\1#");

	g_assert_cmpstr(masked, ==, want);
}

#define STATUS(messaging, up, count)                                                   \
	"L2TP HA support: Silent Failover\n"                                           \
	"L2TP HA Status:\n"                                                            \
	"  Checkpoint Messaging on: " messaging "\n"                                   \
	"  Standby RP is up:        " up "\n"                                          \
	"  Recv'd Message Count:    " count "\n"

#define NOTHING "\nNo HA CC of Session data to display until Standby RP is up.\n"

/* ---- show l2tp redundancy ----------------------------------------------------------- */

static void redundancy_no_standby(void)
{
	struct world w;

	world_init(&w, true);
	lab_run(w.lab, dur_s(2));
	call_up(&w);
	expect(&w, SLOT_R0, "show l2tp redundancy",
		STATUS("FALSE", "FALSE", "0") NOTHING);
	expect(&w, SLOT_R0, "show l2tp redundancy all",
		STATUS("FALSE", "FALSE", "0") NOTHING);
	expect(&w, SLOT_R0, "show vpdn redundancy",
		STATUS("FALSE", "FALSE", "0") NOTHING);
	lab_free(w.lab);
}

static void redundancy_standby_booting(void)
{
	struct world w;

	world_init(&w, true);
	lab_run(w.lab, dur_s(2));
	chassis_insert(lab_chassis(w.lab), SLOT_R1, NULL);
	lab_run(w.lab, dur_ms(320)); /* booted, not yet COLD-BULK */
	expect(&w, SLOT_R0, "show l2tp redundancy",
		STATUS("FALSE", "TRUE", "0") NOTHING);
	expect(&w, SLOT_R1, "show l2tp redundancy",
		STATUS("FALSE", "TRUE",
			"0") "  L2TP Tunnels:   0/0 (HA-enabled/HA-est)\n"
			     "  L2TP Sessions:  0/0 (HA-enabled/HA-est)\n");
	until_hot(&w);
	expect_count(&w, SLOT_R0, "show l2tp redundancy",
		STATUS("TRUE", "TRUE",
			"#") "  L2TP Tunnels:   0/0/0/0 "
			     "(total/HA-enabled/HA-est/resync)\n"
			     "  L2TP Sessions:  0/0/0 (total/HA-enabled/HA-est)\n"
			     "  L2TP Resynced Tunnels: 0/0 (success/fail)\n");
	lab_free(w.lab);
}

static void redundancy_summary(void)
{
	struct world w;
	g_autofree char *all = NULL, *standby = NULL;
	static const char all_format[] =
		"\nL2TP HA CC Check Point Status:\n\n"
		"State  LocID      RemID      Remote Name   Class/Group    Num. "
		"Sessions\n"
		"est    %-10u %-10u a-very-long-n 1              2\n"
		"\nL2TP HA Session Status:\n\n"
		"LocID      RemID      TunID      Waiting for  Waiting for\n"
		"                                 VPDN app?    L2TP proto?\n"
		"%-10u %-10u %-10u No           No\n"
		"%-10u %-10u %-10u No           No\n";

	world_init(&w, false);
	until_hot(&w);
	call_up(&w);
	expect_count(&w, SLOT_R0, "show l2tp redundancy",
		STATUS("TRUE", "TRUE",
			"#") "  L2TP Tunnels:   2/1/1/0 "
			     "(total/HA-enabled/HA-est/resync)\n"
			     "  L2TP Sessions:  3/2/2 (total/HA-enabled/HA-est)\n"
			     "  L2TP Resynced Tunnels: 0/0 (success/fail)\n");
	/* No totals: what is not HA does not exist there. */
	expect_count(&w, SLOT_R1, "show l2tp redundancy",
		STATUS("TRUE", "TRUE",
			"#") "  L2TP Tunnels:   1/1 (HA-enabled/HA-est)\n"
			     "  L2TP Sessions:  2/2 (HA-enabled/HA-est)\n");
	all = g_strdup_printf(all_format, w.sub[0].tunnel, w.sub[0].remote_tunnel,
		w.sub[0].session, w.sub[0].remote_session, w.sub[0].tunnel,
		w.sub[1].session, w.sub[1].remote_session, w.sub[1].tunnel);
	standby = g_strconcat(
		STATUS("TRUE", "TRUE", "#") "  L2TP Active Tunnels:   1 (HA-enabled)\n"
					    "  L2TP Active Sessions:  2 (HA-enabled)\n",
		all, NULL);
	expect_count(&w, SLOT_R1, "show l2tp redundancy all", standby);
	g_free(standby);
	standby = g_strconcat(
		STATUS("TRUE", "TRUE",
			"#") "  L2TP Active Tunnels:   2/1/0 "
			     "(total/HA-enabled/resync)\n"
			     "  L2TP Active Sessions:  3/2 (total/HA-enabled)\n"
			     "  L2TP Resynced Tunnels: 0/0 (success/fail)\n",
		all, NULL);
	expect_count(&w, SLOT_R0, "show l2tp redundancy all", standby);
	expect_count(&w, SLOT_R0, "show vpdn redundancy all", standby);
	lab_free(w.lab);
}

static char *session_block(const struct ids *i)
{
	return g_strdup_printf("Local session ID             : %u\n"
			       "Remote session ID            : %u\n"
			       "Local CC ID                  : %u\n"
			       "Local UDP port               : 1701\n"
			       "Remote UDP port              : 1701\n"
			       "Waiting for VPDN application : No\n"
			       "Waiting for L2TP protocol    : No\n",
		i->session, i->remote_session, i->tunnel);
}

static void redundancy_ids(void)
{
	struct world w;

	world_init(&w, false);
	until_hot(&w);
	call_up(&w);
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		g_autofree char *one = session_block(&w.sub[0]);
		g_autofree char *two = session_block(&w.sub[1]);
		g_autofree char *both = g_strconcat(one, "\n", two, NULL);
		g_autofree char *rows = g_strdup_printf(
			"L2TP HA Session Status:\n\n"
			"LocID      RemID      TunID      Waiting for  Waiting for\n"
			"                                 VPDN app?    L2TP proto?\n"
			"%-10u %-10u %-10u No           No\n"
			"%-10u %-10u %-10u No           No\n",
			w.sub[0].session, w.sub[0].remote_session, w.sub[0].tunnel,
			w.sub[1].session, w.sub[1].remote_session, w.sub[1].tunnel);
		unsigned t = w.sub[0].tunnel, plain = w.sub[2].tunnel;
		const struct {
			char *command;
			const char *want;
			char *made; /* want, when it is to be freed */
		} rows_[] = {
			{ g_strdup_printf("show l2tp redundancy id %u", t), rows,
				NULL },
			{ g_strdup_printf(
				  "show l2tp redundancy id %u %u", t, w.sub[1].session),
				two, NULL },
			{ g_strdup_printf("show l2tp redundancy detail id %u %u", t,
				  w.sub[0].session),
				one, NULL },
			{ g_strdup_printf("show l2tp redundancy detail id %u", t), both,
				NULL },
			{ g_strdup("show l2tp redundancy detail"), both, NULL },
			{ g_strdup("show vpdn redundancy detail"), both, NULL },
			{ g_strdup("show l2tp redundancy id 1"),
				"%No HA CC with id 1\n\n", NULL },
			{ g_strdup_printf("show l2tp redundancy id %u", plain), NULL,
				g_strdup_printf("%%No HA CC with id %u\n\n", plain) },
			{ g_strdup_printf("show l2tp redundancy id %u 3", t), NULL,
				g_strdup_printf(
					"%%No HA session with id 3 in CC %u\n\n", t) },
		};

		for (size_t k = 0; k < G_N_ELEMENTS(rows_); k++) {
			expect(&w, slot, rows_[k].command,
				rows_[k].want ? rows_[k].want : rows_[k].made);
			g_free(rows_[k].command);
			g_free(rows_[k].made);
		}
	}
	lab_free(w.lab);
}

static void redundancy_takeover(void)
{
	struct world w;
	g_autofree char *got = NULL, *masked = NULL, *later = NULL;
	unsigned whole, cs;
	const char *at;

	world_init(&w, false);
	until_hot(&w);
	call_up(&w);
	chassis_pull(lab_chassis(w.lab), SLOT_R0, SLOT_WHY_PULLED, NULL);
	g_assert_true(lab_wait_show(
		w.lab, SLOT_R1, "show l2tp redundancy", "(complete)", dur_s(5)));
	got = lab_show(w.lab, SLOT_R1, "show l2tp redundancy", NULL);
	at = strstr(got, "Resync duration ");
	g_assert_nonnull(at);
	g_assert_cmpint(sscanf(at, "Resync duration %u.%2u secs", &whole, &cs), ==, 2);
	g_assert_cmpuint(whole, ==, 0); /* the peer answers at once */
	masked = mask(got, "[0-9]+\\.[0-9]{2} secs", "#.## secs");
	/* Of its own: the count of what the active receives, acknowledgements, begins anew. */
	g_assert_cmpstr(masked, ==,
		STATUS("FALSE", "FALSE",
			"0") "  L2TP Tunnels:   1/1/0/0 "
			     "(total/HA-enabled/HA-est/resync)\n"
			     "  L2TP Sessions:  2/2/0 (total/HA-enabled/HA-est)\n"
			     "  L2TP Resynced Tunnels: 1/0 (success/fail)\n"
			     "  Resync duration #.## secs (complete)\n");
	/* The duration is that of the resync, not the time since. */
	lab_run(w.lab, dur_s(5));
	later = lab_show(w.lab, SLOT_R1, "show l2tp redundancy", NULL);
	g_assert_cmpstr(later, ==, got);

	chassis_insert(lab_chassis(w.lab), SLOT_R0, NULL);
	until_hot(&w);
	expect_count(&w, SLOT_R0, "show l2tp redundancy",
		STATUS("TRUE", "TRUE",
			"#") "  L2TP Tunnels:   1/1 (HA-enabled/HA-est)\n"
			     "  L2TP Sessions:  2/2 (HA-enabled/HA-est)\n");
	lab_free(w.lab);
}

/* Counts rise with what comes: acknowledgements on the active, data on the standby. */
static unsigned received(struct world *w, unsigned slot)
{
	g_autofree char *got = lab_show(w->lab, slot, "show l2tp redundancy", NULL);
	const char *at = strstr(got, "Recv'd Message Count:");
	unsigned n;

	g_assert_cmpint(sscanf(at, "Recv'd Message Count: %u", &n), ==, 1);
	return n;
}

static void redundancy_received(void)
{
	struct world w;
	unsigned active, standby;

	world_init(&w, false);
	until_hot(&w);
	active = received(&w, SLOT_R0);
	standby = received(&w, SLOT_R1);
	g_assert_cmpuint(active, >, 0);
	g_assert_cmpuint(standby, >, 0);
	call_up(&w);
	g_assert_cmpuint(received(&w, SLOT_R0), >, active);
	g_assert_cmpuint(received(&w, SLOT_R1), >=, standby + 4);
	lab_free(w.lab);
}

/* ---- show vpdn ---------------------------------------------------------------------- */

#define TUNNEL_HEAD                                                                    \
	"\nLocTunID   RemTunID   Remote Name   State  Remote Address  Sessn L2TP "     \
	"Class/\n"                                                                     \
	"                                                           Count VPDN Group " \
	"\n"

#define SESSION_HEAD                                                                   \
	"\nLocID      RemID      TunID      Username, Intf/      State  Last Chg "     \
	"Uniq ID   \n"                                                                 \
	"                                 Vcid, Circuit                              " \
	"    \n"

static char *tunnel_row(const struct ids *i, const char *rest)
{
	return g_strdup_printf("%-10u %-10u %s\n", i->tunnel, i->remote_tunnel, rest);
}

static char *session_row(const struct ids *i, const char *rest)
{
	return g_strdup_printf("%-10u %-10u %-10u %s\n", i->session, i->remote_session,
		i->tunnel, rest);
}

static void expect_ages(struct world *w, const char *command, const char *want)
{
	g_autofree char *got = lab_show(w->lab, SLOT_R0, command, NULL);
	g_autofree char *masked =
		mask(got, "[0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]", "hh:mm:ss #");

	g_assert_cmpstr(masked, ==, want);
}

static void vpdn_tables(void)
{
	struct world w;
	g_autofree char *want = NULL;

	world_init(&w, false);
	until_hot(&w);
	expect(&w, SLOT_R0, "show vpdn", "\n%%No active L2TP tunnels\n");
	expect(&w, SLOT_R0, "show l2tp tunnel", "\n%%No active L2TP tunnels\n");
	call_up(&w);
	g_autofree char *t0 = tunnel_row(&w.sub[0],
		"a-very-long-n est    10.99.0.1       2     1              ");
	g_autofree char *t1 = tunnel_row(&w.sub[2],
		"plain         est    10.98.0.1       1     PLAIN          ");
	g_autofree char *s0 = session_row(
		&w.sub[0], "load1, Vi2.1         est    hh:mm:ss #         ");
	g_autofree char *s1 = session_row(
		&w.sub[1], "load1, Vi2.2         est    hh:mm:ss #         ");
	g_autofree char *s2 = session_row(
		&w.sub[2], "load1, Vi2.3         est    hh:mm:ss #         ");

	want = g_strconcat(
		"\nL2TP Tunnel and Session Information Total tunnels 2 sessions 3\n",
		TUNNEL_HEAD, t0, SESSION_HEAD, s0, s1, TUNNEL_HEAD, t1, SESSION_HEAD,
		s2, NULL);
	expect_ages(&w, "show vpdn", want);
	expect_ages(&w, "show l2tp", want);
	g_free(want);
	want = g_strconcat("\nL2TP Tunnel Information Total tunnels 2 sessions 3\n",
		TUNNEL_HEAD, t0, t1, NULL);
	expect_ages(&w, "show vpdn tunnel", want);
	g_free(want);
	want = g_strconcat("\nL2TP Session Information Total tunnels 2 sessions 3\n",
		SESSION_HEAD, s0, s1, s2, NULL);
	expect_ages(&w, "show l2tp session", want);
	lab_free(w.lab);
}

/* ---- show redundancy states ----------------------------------------------------------- */

#define STATES(my, peer, mode, unit, id, oper, state, swact, comm)                     \
	"       my state = " my " \n"                                                  \
	"     peer state = " peer " \n"                                                \
	"           Mode = " mode "\n"                                                 \
	"           Unit = " unit "\n"                                                 \
	"        Unit ID = " id "\n\n"                                                 \
	"Redundancy Mode (Operational) = " oper "\n"                                   \
	"Redundancy Mode (Configured)  = sso\n"                                        \
	"Redundancy State              = " state "\n"                                  \
	"     Maintenance Mode = Disabled\n"                                           \
	"    Manual Swact = " swact "\n"                                               \
	" Communications = " comm "\n\n"                                               \
	"   client count = 5\n"                                                        \
	" client_notification_TMR = 30000 milliseconds\n"                              \
	"           RF debug mask = 0x0   \n"

static void redundancy_states(void)
{
	struct world w;

	world_init(&w, true);
	lab_run(w.lab, dur_s(2));
	expect(&w, SLOT_R0, "show redundancy states",
		STATES("13 -ACTIVE", "1  -DISABLED", "Simplex", "Primary", "48",
			"Non-redundant", "Non Redundant",
			"disabled (system is simplex (no peer unit))",
			"Down      Reason: Simplex mode"));
	chassis_insert(lab_chassis(w.lab), SLOT_R1, NULL);
	lab_run(w.lab, dur_ms(320));
	expect(&w, SLOT_R0, "show redundancy states",
		STATES("13 -ACTIVE", "3  -NEGOTIATION", "Duplex", "Primary", "48",
			"sso", "sso", "disabled (the peer unit is still initializing)",
			"Up"));
	until_hot(&w);
	expect(&w, SLOT_R0, "show redundancy states",
		STATES("13 -ACTIVE", "8  -STANDBY HOT", "Duplex", "Primary", "48",
			"sso", "sso", "enabled", "Up"));
	expect(&w, SLOT_R1, "show redundancy states",
		STATES("8  -STANDBY HOT", "13 -ACTIVE", "Duplex", "Secondary", "49",
			"sso", "sso", "cannot be initiated from this the standby unit",
			"Up"));
	lab_free(w.lab);
}

/* ---- show ip interface brief ------------------------------------------------------------ */

static void interface_brief(void)
{
	static const char head[] = "Interface              IP-Address      OK? Method "
				   "Status                Protocol\n"
				   "GigabitEthernet0/0/0   10.99.0.2       YES NVRAM  "
				   "up                    up      \n"
				   "GigabitEthernet0/0/1   10.98.0.2       YES NVRAM  "
				   "up                    up      \n"
				   "GigabitEthernet0/0/2   unassigned      YES unset  "
				   "up                    up      \n"
				   "GigabitEthernet0/0/3   unassigned      YES unset  "
				   "up                    up      \n"
				   "GigabitEthernet0/1/0   unassigned      YES unset  "
				   "up                    up      \n"
				   "GigabitEthernet0/1/1   unassigned      YES unset  "
				   "up                    up      \n"
				   "GigabitEthernet0/1/2   unassigned      YES unset  "
				   "up                    up      \n"
				   "GigabitEthernet0/1/3   unassigned      YES unset  "
				   "administratively down down    \n"
				   "Loopback0              172.16.0.1      YES NVRAM  "
				   "up                    up      \n";
	static const char access[] = "Virtual-Access2.1      172.16.0.1      YES unset "
				     " up                    up      \n"
				     "Virtual-Access2.2      172.16.0.1      YES unset "
				     " up                    up      \n"
				     "Virtual-Access2.3      172.16.0.1      YES unset "
				     " up                    up      \n";
	static const char template[] = "Virtual-Template1      172.16.0.1      YES "
				       "unset  down                  down    \n";
	g_autofree char *without = g_strconcat(head, template, NULL);
	g_autofree char *with = g_strconcat(head, access, template, NULL);
	struct world w;

	world_init(&w, false);
	until_hot(&w);
	expect(&w, SLOT_R0, "show ip interface brief", without);
	call_up(&w);
	expect(&w, SLOT_R0, "show ip interface brief", with);
	lab_free(w.lab);
}

/* ---- others ------------------------------------------------------------------------------ */

static void clock_and_log(void)
{
	struct world w;
	g_autofree char *log = NULL;

	world_init(&w, false);
	until_hot(&w);
	chassis_pull(lab_chassis(w.lab), SLOT_SPA + 1, SLOT_WHY_PULLED, NULL);
	lab_run(w.lab, dur_ms(1234));
	chassis_insert(lab_chassis(w.lab), SLOT_SPA + 1, NULL);
	lab_run(w.lab, dur_ms(1000));
	g_autofree char *clock = lab_show(w.lab, SLOT_R0, "show clock", NULL);

	g_assert_true(g_regex_match_simple(
		"^\\*00:00:0\\d\\.\\d{3} UTC Thu Jan 1 2026\\n$", clock, 0, 0));
	log = lab_show(w.lab, SLOT_R0, "show logging", NULL);
	g_assert_nonnull(strstr(log, "%LINK-3-UPDOWN: Interface GigabitEthernet0/1/0, "
				     "changed state to down\n"));
	g_assert_nonnull(strstr(log, "%LINEPROTO-5-UPDOWN: Line protocol on Interface "
				     "GigabitEthernet0/1/2, changed state to up\n"));
	g_assert_null(strstr(
		log, "Interface GigabitEthernet0/1/3")); /* shut: of no interest */
	g_assert_nonnull(strstr(
		log, "%RF-5-RF_TERMINAL_STATE: Terminal state reached for (SSO)\n"));
	lab_free(w.lab);
}

static void history(void)
{
	struct world w;

	world_init(&w, false);
	until_hot(&w);
	expect(&w, SLOT_R0, "show vpdn history failure",
		"Table size: 20\nNumber of entries in table: 0\n");
	lab_free(w.lab);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/shows/redundancy/no-standby", redundancy_no_standby);
	g_test_add_func(
		"/rp/shows/redundancy/standby-booting", redundancy_standby_booting);
	g_test_add_func("/rp/shows/redundancy/summary", redundancy_summary);
	g_test_add_func("/rp/shows/redundancy/ids", redundancy_ids);
	g_test_add_func("/rp/shows/redundancy/takeover", redundancy_takeover);
	g_test_add_func("/rp/shows/redundancy/received", redundancy_received);
	g_test_add_func("/rp/shows/redundancy/states", redundancy_states);
	g_test_add_func("/rp/shows/vpdn", vpdn_tables);
	g_test_add_func("/rp/shows/interface-brief", interface_brief);
	g_test_add_func("/rp/shows/clock-and-log", clock_and_log);
	g_test_add_func("/rp/shows/history", history);
	return g_test_run();
}
