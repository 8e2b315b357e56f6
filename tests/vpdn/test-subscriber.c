/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPPoE subscribers of a LAC: served here, sent on to an LNS, refused; how they end; RADIUS;
 * and the RP killed after every item.
 */
#include "tests/vpdn/lab.h"

#include <string.h>

static void test_here(void)
{
	struct lab *lab = lab_new_access(1, false);
	unsigned chap = lab_subscribe(lab, "user1", "pw", PPP_AUTH_CHAP);
	unsigned pap = lab_subscribe(lab, "user2", "pw", PPP_AUTH_PAP);
	struct vpdn_session_info s;
	struct vpdn_counts n;

	lab_run(lab, dur_s(8));
	lab_assert_up(lab, chap);
	lab_assert_up(lab, pap);
	g_assert_true(lab_subscriber(lab, &lab->calls[chap], &s));
	g_assert_cmpstr(s.group, ==, "pppoe global");
	g_assert_cmpuint(s.vaccess, !=, 0);
	g_assert_cmpuint(s.mate, ==, 0);
	g_assert_cmpuint(lab->calls[chap].dns, ==, 0xc0000235);
	vpdn_get_counts(lab->lns, &n);
	g_assert_cmpuint(n.pppoe, ==, 2);
	g_assert_cmpuint(n.pppoe_open, ==, 2);
	g_assert_cmpuint(n.sessions, ==, 0);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	lab_free(lab);
}

static unsigned far(struct lab *lab, unsigned user, enum ppp_auth auth)
{
	g_autofree char *name = g_strdup_printf("user%u@far.example", user);

	return lab_subscribe(lab, name, "pw", auth);
}

/* The LNS gets all that we learned, and what the access node said. */
static void assert_told(struct lab *lab, struct vpdn *lns, const char *name)
{
	struct vpdn_session_info s;
	struct l2tp_session_info l2tp;
	struct l2tp_line line;
	uint32_t cursor = 0;

	g_assert_true(vpdn_next_session(lns, &cursor, &s));
	g_assert_cmpstr(s.username, ==, name);
	g_assert_true(l2tp_session_get(vpdn_l2tp(lns), s.cc, s.session, &l2tp));
	g_assert_cmpuint(l2tp.call.tx_bps, ==, 16000000);
	g_assert_cmpuint(l2tp.call.rx_bps, ==, 1000000);
	g_assert_cmpstr(l2tp.call.calling, ==, "0200.0000.0101");
	g_assert_true(l2tp_session_line(vpdn_l2tp(lns), s.cc, s.session, &line));
	g_assert_cmpmem(line.circuit_id.p, line.circuit_id.len, "dslam 1/2:3", 11);
	g_assert_cmpmem(line.remote_id.p, line.remote_id.len, "line 77", 7);
	g_assert_cmpuint(line.number[L2TP_LINE_ACTUAL_DOWN], ==, 16000000);
}

static void test_far(const void *data)
{
	struct lab *lab = lab_new_access(2, false);
	unsigned n = far(lab, 1, GPOINTER_TO_UINT(data));
	struct vpdn_session_info in, out;
	struct vpdn_counts counts;

	lab_run(lab, dur_s(8));
	lab_assert_up(lab, n);
	g_assert_true(lab_subscriber(lab, &lab->calls[n], &in));
	g_assert_true(vpdn_session_get(lab->lns, in.mate, &out));
	g_assert_true(out.lac && !in.lac);
	g_assert_cmpstr(out.group, ==, "2");
	g_assert_cmpstr(out.username, ==, "user1@far.example");
	g_assert_cmpuint(in.subscriber_ip, ==, 0);
	g_assert_cmpuint(lab_next_sessions(lab, 0), ==, 1);
	assert_told(lab, lab->next[0], "user1@far.example");
	vpdn_get_counts(lab->lns, &counts);
	g_assert_cmpuint(counts.sessions, ==, 1);
	g_assert_cmpuint(counts.sessions_open, ==, 1);
	g_assert_cmpuint(counts.pppoe_open, ==, 1);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	lab_free(lab);
}

static void assert_gone(struct lab *lab, unsigned n)
{
	lab_run(lab, dur_s(5));
	g_assert_cmpint(lab_outcome(lab, n), ==, LAB_GONE);
	g_assert_cmpuint(lab_next_sessions(lab, 0), ==, 0);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
}

/* Whoever ends it, the line and the call both end, and both peers are told. */
static void test_ends(void)
{
	struct lab *lab = lab_new_access(3, false);
	struct vpdn_session_info s;
	uint32_t cursor = 0;
	unsigned n;

	n = far(lab, 1, PPP_AUTH_CHAP); /* PADT */
	lab_run(lab, dur_s(8));
	lab_unplug(lab, n);
	assert_gone(lab, n);

	n = far(lab, 2, PPP_AUTH_CHAP); /* Terminate-Request, which the LNS answers */
	lab_run(lab, dur_s(8));
	lab_hang_up(lab, n);
	assert_gone(lab, n);

	n = far(lab, 3, PPP_AUTH_CHAP); /* the LNS: CDN, PADT */
	lab_run(lab, dur_s(8));
	g_assert_true(vpdn_next_session(lab->next[0], &cursor, &s));
	vpdn_clear_tunnel(lab->next[0], s.cc, lab->now);
	assert_gone(lab, n);
	g_assert_true(lab->calls[n].left);

	n = far(lab, 4, PPP_AUTH_CHAP); /* clear pppoe */
	lab_run(lab, dur_s(8));
	g_assert_true(lab_subscriber(lab, &lab->calls[n], &s));
	vpdn_clear_session(lab->lns, s.number, lab->now);
	assert_gone(lab, n);

	n = far(lab, 5, PPP_AUTH_CHAP); /* clear vpdn session */
	lab_run(lab, dur_s(8));
	g_assert_true(lab_subscriber(lab, &lab->calls[n], &s));
	vpdn_clear_session(lab->lns, s.mate, lab->now);
	assert_gone(lab, n);

	n = lab_subscribe(lab, "user6", "pw", PPP_AUTH_PAP); /* here */
	lab_run(lab, dur_s(8));
	g_assert_true(lab_subscriber(lab, &lab->calls[n], &s));
	vpdn_clear_session(lab->lns, s.number, lab->now);
	assert_gone(lab, n);

	n = lab_subscribe(lab, "user7", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(8));
	lab_unplug(lab, n);
	assert_gone(lab, n);
	lab_free(lab);
}

static bool failed_with(const struct lab *lab, const char *type)
{
	for (unsigned i = 0; i < vpdn_history_count(lab->lns); i++)
		if (g_strcmp0(vpdn_history_get(lab->lns, i)->type, type) == 0)
			return true;
	return false;
}

/* A wrong password here; nobody for the domain on a router that serves nobody itself. */
static void test_refused(void)
{
	struct lab *lab = lab_new_access(4, false);
	unsigned n = lab_subscribe(lab, "user1", "wrong", PPP_AUTH_CHAP);

	lab_run(lab, dur_s(12));
	assert_gone(lab, n);
	vpdn_config_vtemplate(vpdn_config(lab->lns), 1, false)->local_ip = 0;
	n = lab_subscribe(lab, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(12));
	assert_gone(lab, n);
	g_assert_true(failed_with(lab, "No VPDN group"));
	n = far(lab, 1, PPP_AUTH_CHAP);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, n);
	lab_unplug(lab, n);
	vpdn_config(lab->lns)->softshut = true;
	n = far(lab, 1, PPP_AUTH_CHAP);
	lab_run(lab, dur_s(12));
	assert_gone(lab, n);
	vpdn_set_accepting(lab->lns, false); /* a PADS with an error, the client gives up */
	n = far(lab, 1, PPP_AUTH_CHAP);
	lab_run(lab, dur_s(300));
	assert_gone(lab, n);
	lab_free(lab);
}

/* The first LNS does not answer, or says no: the second gets him. */
static void test_backup(void)
{
	struct lab *lab = lab_new_access(5, false);
	unsigned n;

	lab->next_cut[0] = true;
	n = far(lab, 1, PPP_AUTH_CHAP);
	lab_run(lab, dur_s(20));
	lab_assert_up(lab, n);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 1);
	lab->next_cut[0] = false;
	lab_run(lab, dur_s(30));
	vpdn_config(lab->next[0])->softshut = true;
	n = far(lab, 2, PPP_AUTH_CHAP);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, n);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 2);
	vpdn_config(lab->next[1])->softshut = true;
	n = far(lab, 3, PPP_AUTH_CHAP);
	lab_run(lab, dur_s(8));
	g_assert_cmpint(lab_outcome(lab, n), ==, LAB_GONE);
	g_assert_true(failed_with(lab, "No next hop"));
	lab_free(lab);
}

/* He hangs up while his call is being placed. */
static void test_impatient(void)
{
	struct lab *lab = lab_new_access(6, false);
	unsigned n;

	lab->next_cut[0] = lab->next_cut[1] = true;
	n = far(lab, 1, PPP_AUTH_CHAP);
	lab_run(lab, dur_s(1));
	lab_unplug(lab, n);
	lab_run(lab, dur_s(40));
	assert_gone(lab, n);
	lab_free(lab);
}

/* His PPP begins again while his call is placed: what the LNS was told is not true any more, the
 * call is taken back, and placed anew. */
static void test_begins_again(void)
{
	struct lab *lab = lab_new_access(8, false);
	unsigned n;

	lab->next_cut[0] = lab->next_cut[1] = true;
	n = far(lab, 1, PPP_AUTH_CHAP);
	lab_run(lab, dur_s(1));
	g_assert_true(lab->calls[n].linked);
	lab_begin_again(lab, n);
	lab_run(lab, dur_ms(500));
	lab->next_cut[0] = lab->next_cut[1] = false;
	lab_run(lab, dur_s(20));
	lab_assert_up(lab, n);
	g_assert_cmpuint(lab_next_sessions(lab, 0) + lab_next_sessions(lab, 1), ==, 1);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* The same while the first LNS does not answer: the second gets him, when he has logged in. */
static void test_begins_again_backup(void)
{
	struct lab *lab = lab_new_access(12, false);
	unsigned n;

	lab->next_cut[0] = true;
	n = far(lab, 1, PPP_AUTH_CHAP);
	lab_run(lab, dur_ms(2500));
	lab_begin_again(lab, n);
	lab_run(lab, dur_s(30));
	lab_assert_up(lab, n);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 1);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* His tunnel is not replicated, so he is not: at a takeover both halves go.  One who is served
 * here stays, whatever is said of L2TP. */
static void test_half_protected(void)
{
	struct lab *lab = lab_new_access(9, false);
	struct vpdn_group *g = vpdn_config_group(vpdn_config(lab->lns), "2", false);
	struct vpdn_session_info s;
	unsigned gone, here;

	vpdn_settings_put(&g->own, VPDN_SET_SSO, 0);
	lab_add_standby(lab, dur_us(60));
	gone = far(lab, 1, PPP_AUTH_CHAP);
	here = lab_subscribe(lab, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, gone);
	g_assert_true(lab_subscriber(lab, &lab->calls[gone], &s));
	g_assert_false(s.ha_established);
	g_assert_true(lab_subscriber(lab, &lab->calls[here], &s));
	g_assert_true(s.ha_established);
	lab_kill(lab);
	lab_run(lab, dur_s(100));
	lab_assert_up(lab, here);
	g_assert_cmpint(lab_outcome(lab, gone), ==, LAB_GONE);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* A Disconnect-Request ends either kind; it is a promise (RFC 5176), so a pull does not bring the
 * session back. */
static void test_disconnect(void)
{
	struct lab *lab = lab_new_access(10, true);
	const char *const users[] = { "user1", "user2@far.example" };
	unsigned n[2];

	lab_add_standby(lab, dur_ms(5));
	n[0] = lab_subscribe(lab, users[0], "pw", PPP_AUTH_PAP);
	n[1] = far(lab, 2, PPP_AUTH_PAP);
	lab_run(lab, dur_s(8));
	for (unsigned i = 0; i < 2; i++) {
		struct radius_sim_counts c;
		uint8_t buf[64];
		struct wr w = wr_init(buf, sizeof(buf));

		lab_assert_up(lab, n[i]);
		radius_put(&w, RA_USER_NAME, users[i], strlen(users[i]));
		radius_sim_ask(lab->radius[0], RADIUS_DISCONNECT_REQUEST, LAB_RADIUS_IP,
			40000 + i, LAB_LNS_IP, 3799, w.buf, w.len, lab->now);
		do {
			lab_run(lab, dur_us(100));
			radius_sim_get_counts(lab->radius[0], &c);
		} while (c.acks == i);
		g_assert_cmpuint(c.naks, ==, 0);
		if (i == 0)
			lab_run(lab, dur_s(2));
	}
	lab_kill(lab);
	lab_run(lab, dur_s(60));
	lab_keepalive(lab);
	lab_run(lab, dur_s(60));
	g_assert_cmpint(lab_outcome(lab, n[0]), ==, LAB_GONE);
	g_assert_cmpint(lab_outcome(lab, n[1]), ==, LAB_GONE);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* The tunnel of a user: he logs in here first, then he is sent on. */
static void test_radius_user(void)
{
	struct lab *lab = lab_new_access(11, true);
	struct vpdn_session_info s;
	unsigned n;

	for (unsigned i = 0; i < LAB_RADIUS; i++) {
		struct radius_sim *r = lab->radius[i];

		g_assert_true(radius_sim_attr(r, "user5", "Tunnel-Server-Endpoint:1",
			"10.100.0.2"));
		g_assert_true(radius_sim_attr(r, "user5", "Tunnel-Password:1", "tunsecret"));
	}
	n = lab_subscribe(lab, "user5", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, n);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 1);
	g_assert_true(lab_subscriber(lab, &lab->calls[n], &s));
	g_assert_cmpuint(s.mate, !=, 0);
	n = lab_subscribe(lab, "user5", "wrong", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(12));
	g_assert_cmpint(lab->calls[n].left, ==, true);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 1);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* Tunnels of a domain that no group is configured for; then those of a user. */
static void test_radius(void)
{
	struct lab *lab = lab_new_access(7, true);
	struct vpdn_session_info s;
	struct l2tp_cc_info cc;
	unsigned n;

	for (unsigned i = 0; i < LAB_RADIUS; i++) {
		struct radius_sim *r = lab->radius[i];

		radius_sim_user(r, "given.example", "cisco");
		g_assert_true(radius_sim_attr(r, "given.example", "Tunnel-Type:1", "3"));
		g_assert_true(radius_sim_attr(
			r, "given.example", "Tunnel-Server-Endpoint:1", "10.100.0.2"));
		g_assert_true(radius_sim_attr(
			r, "given.example", "Tunnel-Password:1", "tunsecret"));
		g_assert_true(radius_sim_attr(
			r, "given.example", "Tunnel-Client-Auth-ID:1", "from-radius"));
	}
	g_assert_true(vpdn_config_set_user(
		vpdn_config(lab->next[1]), "joe@given.example", "pw"));
	n = lab_subscribe(lab, "joe@given.example", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, n);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 1);
	g_assert_true(lab_subscriber(lab, &lab->calls[n], &s));
	g_assert_true(vpdn_session_get(lab->lns, s.mate, &s));
	g_assert_cmpstr(s.group, ==, "radius given.example");
	g_assert_true(l2tp_cc_get(vpdn_l2tp(lab->lns), s.cc, &cc));
	g_assert_cmpstr(cc.params.local_name, ==, "from-radius");
	vpdn_config_changed(lab->lns, lab->now); /* no line is missing for it */
	lab_run(lab, dur_s(2));
	lab_assert_up(lab, n);
	n = lab_subscribe(lab, "user3", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, n);
	lab_assert_fp(lab);
	lab_free(lab);
}

/* The same by pairs; each setting of the tunnel is theirs. */
static void test_radius_pairs(void)
{
	static const char *const pairs[] = { "tunnel-type=l2tp", "ip-addresses=10.100.0.2",
		"l2tp-tunnel-password=tunsecret", "tunnel-id=from-pair",
		"l2tp-hello-interval=44", "l2tp-tunnel-resync-packet=9",
		"l2tp-tunnel-recv-win=55", "l2tp-hidden-avp=yes", "l2tp-nosession-timeout=66",
		"l2tp-tunnel-retransmit-retries=22",
		"l2tp-tunnel-retransmit-initial-retries=5",
		"l2tp-tunnel-retransmit-timeout-min=3",
		"l2tp-tunnel-retransmit-timeout-max=6", "l2tp-tunnel-timeout-setup=77" };
	struct lab *lab = lab_new_access(8, true);
	struct vpdn_session_info s;
	struct l2tp_cc_info cc;
	unsigned n;

	for (unsigned i = 0; i < LAB_RADIUS; i++) {
		radius_sim_user(lab->radius[i], "given.example", "cisco");
		for (unsigned k = 0; k < G_N_ELEMENTS(pairs); k++) {
			g_autofree char *text = g_strconcat("vpdn:", pairs[k], NULL);

			g_assert_true(radius_sim_attr(
				lab->radius[i], "given.example", "Cisco-AVPair", text));
		}
	}
	g_assert_true(vpdn_config_set_user(
		vpdn_config(lab->next[1]), "joe@given.example", "pw"));
	n = lab_subscribe(lab, "joe@given.example", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, n);
	g_assert_true(lab_subscriber(lab, &lab->calls[n], &s));
	g_assert_true(vpdn_session_get(lab->lns, s.mate, &s));
	g_assert_true(l2tp_cc_get(vpdn_l2tp(lab->lns), s.cc, &cc));
	g_assert_cmpstr(cc.params.local_name, ==, "from-pair");
	g_assert_cmpstr(cc.params.secret, ==, "tunsecret");
	g_assert_cmpuint(cc.params.hello_s, ==, 44);
	g_assert_cmpuint(cc.params.resync, ==, 9);
	g_assert_cmpuint(cc.params.rws, ==, 55);
	g_assert_true(cc.params.hide);
	g_assert_cmpuint(cc.params.no_session_s, ==, 66);
	g_assert_cmpuint(cc.params.retries, ==, 22);
	g_assert_cmpuint(cc.params.initial_retries, ==, 5);
	g_assert_cmpuint(cc.params.timeout_min_s, ==, 3);
	g_assert_cmpuint(cc.params.timeout_max_s, ==, 6);
	g_assert_cmpuint(cc.params.setup_s, ==, 77);
	lab_free(lab);
}

/* Or it names a group that is configured. */
static void test_radius_group(void)
{
	struct lab *lab = lab_new_access(9, true);
	struct vpdn_session_info s;
	unsigned n;

	for (unsigned i = 0; i < LAB_RADIUS; i++) {
		radius_sim_user(lab->radius[i], "given.example", "cisco");
		g_assert_true(radius_sim_attr(lab->radius[i], "given.example", "Cisco-AVPair",
			"vpdn:vpdn-group=2"));
	}
	g_assert_true(vpdn_config_set_user(
		vpdn_config(lab->next[0]), "joe@given.example", "pw"));
	n = lab_subscribe(lab, "joe@given.example", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, n);
	g_assert_true(lab_subscriber(lab, &lab->calls[n], &s));
	g_assert_true(vpdn_session_get(lab->lns, s.mate, &s));
	g_assert_cmpstr(s.group, ==, "2");
	lab_free(lab);
}

/* ---- pulls ---- */

struct sweep {
	const char *name;
	bool radius;
	void (*act)(struct lab *lab, const unsigned *call);
};

static void act_here(struct lab *lab, const unsigned *call)
{
	(void)lab_subscribe(lab, "user20", "pw", PPP_AUTH_CHAP);
}

static void act_far(struct lab *lab, const unsigned *call)
{
	(void)far(lab, 20, PPP_AUTH_CHAP);
}

static void act_unplug_here(struct lab *lab, const unsigned *call)
{
	lab_unplug(lab, call[0]);
}

static void act_unplug_far(struct lab *lab, const unsigned *call)
{
	lab_unplug(lab, call[1]);
}

static void act_hang_up_far(struct lab *lab, const unsigned *call)
{
	lab_hang_up(lab, call[1]);
}

static void act_lns(struct lab *lab, const unsigned *call)
{
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	g_assert_true(vpdn_next_session(lab->next[0], &cursor, &s));
	vpdn_clear_session(lab->next[0], s.number, lab->now);
}

static void act_clear(struct lab *lab, const unsigned *call)
{
	struct vpdn_session_info s;

	for (unsigned i = 0; i < 2; i++) {
		g_assert_true(lab_subscriber(lab, &lab->calls[call[i]], &s));
		vpdn_clear_session(lab->lns, s.number, lab->now);
	}
	lab_drain(lab);
}

static const struct sweep sweeps[] = {
	/* clang-format off */
	{ "here",            false, act_here },
	{ "far",             false, act_far },
	{ "here-radius",     true,  act_here },
	{ "far-radius",      true,  act_far },
	{ "unplugged-here",  false, act_unplug_here },
	{ "unplugged-far",   false, act_unplug_far },
	{ "hangs-up-far",    false, act_hang_up_far },
	{ "lns-hangs-up",    false, act_lns },
	{ "cleared",         false, act_clear },
	/* clang-format on */
};

static void count_outcomes(const struct lab *lab, unsigned after, unsigned outcomes[3])
{
	for (unsigned n = 1; n < LAB_CALLS; n++) {
		enum lab_outcome what = lab_outcome(lab, n);

		if (!lab->calls[n].used)
			continue;
		if (what == LAB_TORN)
			g_test_message("killed after %u: subscriber %u is torn", after, n);
		outcomes[what]++;
	}
}

/* A bystander at either end lives on; from A to B and back. */
static unsigned run_sweep(const struct sweep *sw, base_dur delay, bool standby,
	unsigned after, unsigned outcomes[3])
{
	struct lab *lab = lab_new_access(31, sw->radius);
	unsigned call[4], items, mine[3] = { 0 }, again[3] = { 0 };

	lab_add_standby(lab, delay);
	call[0] = lab_subscribe(lab, "user1", "pw", PPP_AUTH_PAP);
	call[1] = far(lab, 2, PPP_AUTH_CHAP);
	lab_run(lab, dur_s(4));
	call[2] = lab_subscribe(lab, "user3", "pw", PPP_AUTH_CHAP);
	call[3] = far(lab, 4, PPP_AUTH_PAP);
	lab_run(lab, dur_s(4));
	items = lab->items;
	lab->kill_standby = standby;
	if (after)
		lab->kill_at = items + after;
	sw->act(lab, call);
	lab_run(lab, dur_s(12));
	items = lab->items - items;
	lab_run(lab, dur_s(60));
	lab_keepalive(lab);
	lab_run(lab, dur_s(70));
	count_outcomes(lab, after, mine);
	for (unsigned i = 0; i < 3; i++)
		outcomes[i] += mine[i];
	lab_assert_up(lab, call[2]);
	lab_assert_up(lab, call[3]);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	if (after % 3 == 1) {
		if (!lab->standby)
			lab_add_standby(lab, dur_us(60));
		lab_run(lab, dur_s(2));
		lab_kill(lab);
		lab_run(lab, dur_s(60));
		count_outcomes(lab, after, again);
		for (unsigned i = 0; i < 3; i++)
			g_assert_cmpuint(again[i], ==, mine[i]);
		lab_assert_fp(lab);
		lab_assert_acct(lab);
	}
	lab_free(lab);
	return items;
}

static void sweep(const struct sweep *sw, base_dur delay, bool standby)
{
	unsigned none[3] = { 0 }, outcomes[3] = { 0 };
	unsigned items = run_sweep(sw, delay, standby, 0, none);

	g_assert_cmpuint(items, >, 5);
	g_assert_cmpuint(none[LAB_TORN], ==, 0);
	for (unsigned after = 1; after <= items; after++)
		(void)run_sweep(sw, delay, standby, after, outcomes);
	g_test_message("%s: commit takes %" G_GINT64_FORMAT " us, %s killed after each of %u "
		       "items: whole %u, gone %u, torn %u",
		sw->name, delay.ns / 1000, standby ? "the standby" : "the active", items,
		outcomes[LAB_WHOLE], outcomes[LAB_GONE], outcomes[LAB_TORN]);
	g_assert_cmpuint(outcomes[LAB_TORN], ==, 0);
	if (standby)
		for (unsigned i = 0; i < 3; i++)
			g_assert_cmpuint(outcomes[i], ==, none[i] * items);
}

static void test_kill(const void *data)
{
	sweep(data, dur_us(60), false);
	sweep(data, dur_ms(30), false);
	sweep(data, dur_us(60), true);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/subscriber/here", test_here);
	g_test_add_data_func(
		"/vpdn/subscriber/far/chap", GUINT_TO_POINTER(PPP_AUTH_CHAP), test_far);
	g_test_add_data_func(
		"/vpdn/subscriber/far/pap", GUINT_TO_POINTER(PPP_AUTH_PAP), test_far);
	g_test_add_func("/vpdn/subscriber/ends", test_ends);
	g_test_add_func("/vpdn/subscriber/refused", test_refused);
	g_test_add_func("/vpdn/subscriber/backup", test_backup);
	g_test_add_func("/vpdn/subscriber/impatient", test_impatient);
	g_test_add_func("/vpdn/subscriber/begins-again", test_begins_again);
	g_test_add_func(
		"/vpdn/subscriber/begins-again-backup", test_begins_again_backup);
	g_test_add_func("/vpdn/subscriber/half-protected", test_half_protected);
	g_test_add_func("/vpdn/subscriber/disconnect", test_disconnect);
	g_test_add_func("/vpdn/subscriber/radius-user", test_radius_user);
	g_test_add_func("/vpdn/subscriber/radius", test_radius);
	g_test_add_func("/vpdn/subscriber/radius-pairs", test_radius_pairs);
	g_test_add_func("/vpdn/subscriber/radius-group", test_radius_group);
	for (size_t i = 0; i < G_N_ELEMENTS(sweeps); i++) {
		g_autofree char *path =
			g_strdup_printf("/vpdn/subscriber/kill/%s", sweeps[i].name);

		g_test_add_data_func(path, &sweeps[i], test_kill);
	}
	return g_test_run();
}
