/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Method lists, logins, profiles and accounting by RADIUS, through the whole core: servers
 * that are slow, dead, that reject, in virtual time.
 */
#include "tests/vpdn/lab.h"
#include "vpdn/profile.h"

#include <string.h>

static uint16_t tunnel(struct lab *lab)
{
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");

	lab_run(lab, dur_s(1));
	return cc;
}

static struct lab *fresh(void)
{
	return lab_new_radius(5);
}

static const struct radius_sim_record *record(
	const struct lab *lab, unsigned server, uint32_t status)
{
	for (unsigned i = 0; i < radius_sim_records(lab->radius[server]); i++) {
		const struct radius_sim_record *r =
			radius_sim_record(lab->radius[server], i);

		if (r->status == status)
			return r;
	}
	return NULL;
}

/* ---- logins ---- */

static void login(void)
{
	struct lab *lab = fresh();
	uint16_t cc = tunnel(lab);
	unsigned pap = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	unsigned chap = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_CHAP);
	unsigned wrong = lab_call(lab, 0, cc, "user3", "xx", PPP_AUTH_CHAP);
	struct radius_sim_counts n;

	lab_run(lab, dur_s(8));
	lab_assert_up(lab, pap);
	lab_assert_up(lab, chap);
	g_assert_cmpuint(lab->calls[wrong].session, ==, 0);
	radius_sim_get_counts(lab->radius[0], &n);
	g_assert_cmpuint(n.accepts, ==, 2);
	g_assert_cmpuint(n.rejects, ==, 1);
	g_assert_cmpuint(n.forged + n.malformed, ==, 0);
	radius_sim_get_counts(lab->radius[1], &n);
	g_assert_cmpuint(n.requests, ==, 0);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* PPP waits for the answer, however long that takes; nobody is let in before. */
static void slow(void)
{
	struct lab *lab = fresh();
	uint16_t cc = tunnel(lab);
	unsigned call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);

	radius_sim_manner(lab->radius[0])->delay = dur_ms(4000);
	lab_run(lab, dur_ms(3900));
	g_assert_false(lab->calls[call].up);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, call);
	lab_free(lab);
}

/* The first server is dead: the second is asked.  The subscriber gives up before that, and calls
 * again when the first is known to be dead. */
static void one_dead(void)
{
	struct lab *lab = fresh();
	struct aaa_config *c = vpdn_config(lab->lns)->aaa;
	uint16_t cc;
	unsigned call;

	c->timeout_s = 1;
	c->retransmit_set = true;
	c->retransmit = 1;
	vpdn_config_changed(lab->lns, lab->now);
	cc = tunnel(lab);
	radius_sim_manner(lab->radius[0])->dead = true;
	call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(10));
	lab_assert_up(lab, call);
	g_assert_nonnull(record(lab, 1, VPDN_ACCT_START));
	g_assert_null(record(lab, 0, VPDN_ACCT_START));
	lab_free(lab);
}

/* Both dead: local users; with a list that ends there, nobody. */
static void fallback(void)
{
	struct lab *lab = fresh();
	struct aaa_config *c = vpdn_config(lab->lns)->aaa;
	uint16_t cc;
	unsigned call;

	c->timeout_s = 1;
	c->retransmit_set = true;
	vpdn_config_changed(lab->lns, lab->now);
	cc = tunnel(lab);
	radius_sim_manner(lab->radius[0])->dead = radius_sim_manner(lab->radius[1])->dead =
		true;
	call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(10));
	lab_assert_up(lab, call);
	aaa_config_list(c, AAA_AUTHEN_PPP, "default", false)->n_methods = 1;
	call = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(10));
	g_assert_cmpuint(lab->calls[call].session, ==, 0);
	aaa_config_list(c, AAA_AUTHEN_PPP, "default", false)->methods[1].kind = AAA_NO;
	aaa_config_list(c, AAA_AUTHEN_PPP, "default", false)->n_methods = 2;
	call = lab_call(lab, 0, cc, "nobody", "xx", PPP_AUTH_PAP);
	lab_run(lab, dur_s(10));
	lab_assert_up(lab, call);
	lab_free(lab);
}

/* A reject is final: the local user of the same name does not get in. */
static void reject_is_final(void)
{
	struct lab *lab = fresh();
	uint16_t cc = tunnel(lab);
	unsigned call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);

	radius_sim_manner(lab->radius[0])->reject = true;
	lab_run(lab, dur_s(8));
	g_assert_cmpuint(lab->calls[call].session, ==, 0);
	g_assert_cmpuint(lab->calls[call].cause, ==, PPP_CAUSE_AUTH_FAILED);
	lab_free(lab);
}

/* The subscriber is gone when the answer comes. */
static void hangs_up_meanwhile(void)
{
	struct lab *lab = fresh();
	uint16_t cc = tunnel(lab);
	unsigned call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);

	radius_sim_manner(lab->radius[0])->delay = dur_ms(2000);
	lab_run(lab, dur_ms(1000));
	lab_drop_carrier(lab, call, 1);
	lab_run(lab, dur_s(10));
	g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
	g_assert_cmpuint(radius_client_pending(vpdn_radius(lab->lns), NULL), ==, 0);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* ---- profiles ---- */

static void attr(struct lab *lab, const char *user, const char *name, const char *value)
{
	for (unsigned i = 0; i < LAB_RADIUS; i++)
		g_assert_true(radius_sim_attr(lab->radius[i], user, name, value));
}

static void addresses(void)
{
	struct lab *lab = fresh();
	uint16_t cc = tunnel(lab);
	unsigned a, b, c;

	g_assert_true(vpdn_config_add_pool(
		vpdn_config(lab->lns), "OTHER", 0x64500001, 0x64500009));
	vpdn_config_changed(lab->lns, lab->now);
	attr(lab, "user1", "Framed-IP-Address", "100.96.0.7");
	attr(lab, "user2", "Framed-Pool", "OTHER");
	attr(lab, "user3", "Framed-IP-Address", "100.96.0.7"); /* user1 has it */
	a = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	b = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_PAP);
	c = lab_call(lab, 0, cc, "user3", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(10));
	lab_assert_up(lab, a);
	lab_assert_up(lab, b);
	g_assert_cmpuint(lab->calls[a].ip, ==, 0x64600007);
	g_assert_cmpuint(lab->calls[b].ip, ==, 0x64500001);
	g_assert_cmpuint(lab->calls[c].session, ==, 0);
	lab_free(lab);
}

/* Name servers of the profile, by either kind of attribute, beat the template's. */
static void name_servers(void)
{
	struct lab *lab = fresh();
	uint16_t cc = tunnel(lab);
	unsigned a, b, c;

	attr(lab, "user1", "MS-Primary-DNS-Server", "192.0.2.53");
	attr(lab, "user2", "Cisco-AVPair", "ip:dns-servers=192.0.2.54 192.0.2.55");
	a = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	b = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_CHAP);
	c = lab_call(lab, 0, cc, "user3", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(10));
	g_assert_cmphex(lab->calls[a].dns, ==, 0xc0000235);
	g_assert_cmphex(lab->calls[b].dns, ==, 0xc0000236);
	g_assert_cmphex(lab->calls[c].dns, ==,
		vpdn_config_vtemplate(vpdn_config(lab->lns), 1, false)->dns[0]);
	g_assert_cmphex(lab->calls[c].dns, !=, 0);
	lab_free(lab);
}

/* Without `aaa authorization network` what RADIUS says besides counts for nothing. */
static void not_authorized(void)
{
	struct lab *lab = fresh();
	uint16_t cc = tunnel(lab);
	unsigned a;

	g_assert_true(aaa_config_remove_list(
		vpdn_config(lab->lns)->aaa, AAA_AUTHOR_NETWORK, "default"));
	attr(lab, "user1", "Framed-IP-Address", "100.96.0.7");
	a = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, a);
	g_assert_cmpuint(lab->calls[a].ip, ==, LAB_POOL_LOW);
	lab_free(lab);
}

/* Session-Timeout ends it, also when another RP has taken over in between. */
static void session_timeout(const void *takeover)
{
	struct lab *lab = fresh();
	const struct radius_sim_record *stop;
	uint16_t cc;
	unsigned a;

	lab_add_standby(lab, dur_us(60));
	attr(lab, "user1", "Session-Timeout", "100");
	cc = tunnel(lab);
	a = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(50));
	lab_assert_up(lab, a);
	if (takeover)
		lab_kill(lab);
	lab_run(lab, dur_s(45));
	lab_assert_up(lab, a);
	lab_run(lab, dur_s(15));
	g_assert_cmpint(lab_outcome(lab, a), ==, LAB_GONE);
	stop = record(lab, 0, VPDN_ACCT_STOP);
	g_assert_nonnull(stop);
	g_assert_cmpuint(stop->cause, ==, 5);
	g_assert_cmpuint(stop->seconds, ==, 100);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* ---- tunnel authorization ---- */

static struct lab *authorizing(void)
{
	struct lab *lab = fresh();
	struct aaa_config *c = vpdn_config(lab->lns)->aaa;

	g_free(c->tunnel_author);
	c->tunnel_author = g_strdup("default");
	for (unsigned i = 0; i < LAB_RADIUS; i++)
		radius_sim_user(lab->radius[i], "lac0", "cisco");
	return lab;
}

static struct l2tp_cc_info only_tunnel(const struct lab *lab)
{
	struct l2tp_cc_info info;
	uint32_t cursor = 0;

	g_assert_true(l2tp_next_cc(vpdn_l2tp(lab->lns), &cursor, &info));
	return info;
}

/* Every pair about the tunnel. */
static void tunnel_pairs(void)
{
	static const char *const pairs[] = { "tunnel-id=other", "l2tp-tunnel-authen=no",
		"l2tp-hello-interval=0", "l2tp-hidden-avp=no", "l2tp-nosession-timeout=77",
		"l2tp-tunnel-retransmit-retries=21", "l2tp-tunnel-retransmit-timeout-min=2",
		"l2tp-tunnel-retransmit-timeout-max=4",
		"l2tp-tunnel-retransmit-initial-retries=3", "l2tp-tunnel-recv-win=99",
		"l2tp-tunnel-timeout-setup=55" };
	struct lab *lab = authorizing();
	struct l2tp_cc_params p;

	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
		g_autofree char *text = g_strconcat("vpdn:", pairs[i], NULL);

		attr(lab, "lac0", "Cisco-AVPair", text);
	}
	vpdn_settings_put(&vpdn_config_group(vpdn_config(lab->lns), "1", false)->own,
		VPDN_SET_HIDDEN, 1);
	vpdn_config_changed(lab->lns, lab->now);
	lab_tunnel(lab, 0, "tunsecret");
	lab_run(lab, dur_s(5));
	p = only_tunnel(lab).params;
	g_assert_cmpstr(p.local_name, ==, "other");
	g_assert_false(p.challenge);
	g_assert_false(p.hide);
	g_assert_cmpuint(p.hello_s, ==, 0);
	g_assert_cmpuint(p.no_session_s, ==, 77);
	g_assert_cmpuint(p.retries, ==, 21);
	g_assert_cmpuint(p.timeout_min_s, ==, 2);
	g_assert_cmpuint(p.timeout_max_s, ==, 4);
	g_assert_cmpuint(p.initial_retries, ==, 3);
	g_assert_cmpuint(p.rws, ==, 99);
	g_assert_cmpuint(p.setup_s, ==, 55);
	lab_free(lab);
}

/* The secret, the resync window and the hello interval of the profile beat the group's. */
static void tunnel_profile(void)
{
	struct lab *lab = authorizing();
	struct l2tp_cc_info info;

	attr(lab, "lac0", "Cisco-AVPair", "vpdn:l2tp-tunnel-password=radsecret");
	attr(lab, "lac0", "Cisco-AVPair", "vpdn:l2tp-tunnel-resync-packet=7");
	attr(lab, "lac0", "Cisco-AVPair", "vpdn:l2tp-hello-interval=33");
	attr(lab, "lac0", "Cisco-AVPair", "vpdn:l2tp-silent-switchover=1");
	radius_sim_manner(lab->radius[0])->delay = dur_ms(1500);
	lab_tunnel(lab, 0, "radsecret");
	lab_run(lab, dur_s(1));
	g_assert_cmpuint(lab->lac_ups[0], ==, 0);
	lab_run(lab, dur_s(4));
	g_assert_cmpuint(lab->lac_ups[0], ==, 1);
	info = only_tunnel(lab);
	g_assert_cmpuint(info.params.resync, ==, 7);
	g_assert_cmpuint(info.params.hello_s, ==, 33);
	g_assert_true(info.params.ha);
	lab_free(lab);
}

static void tunnel_rejected(void)
{
	struct lab *lab = authorizing();

	radius_sim_manner(lab->radius[0])->reject = true;
	lab_tunnel(lab, 0, "tunsecret");
	lab_run(lab, dur_s(5));
	g_assert_cmpuint(lab->lac_ups[0], ==, 0);
	g_assert_true(lab->cc_is_gone[0]);
	lab_free(lab);
}

/* All four sides of HA: pair, group, global switch; the tunnel survives a pull, or not, also
 * after a change of the configuration that has nothing to do with it. */
static void tunnel_ha(void)
{
	for (unsigned i = 0; i < 12; i++) {
		struct lab *lab = authorizing();
		unsigned pair = i % 3, on = i / 3;
		bool survives = pair != PROFILE_NO && on == 3;
		struct vpdn_counts n;
		uint16_t cc;
		unsigned call;

		if (pair)
			attr(lab, "lac0", "Cisco-AVPair",
				pair == PROFILE_NO ? "vpdn:l2tp-silent-switchover=0"
						   : "vpdn:l2tp-silent-switchover=1");
		lab_add_standby(lab, dur_us(60));
		for (unsigned k = 0; k < 2; k++) {
			struct vpdn *v = k ? lab->standby : lab->lns;

			vpdn_config(v)->no_l2tp_sso = !(on & 1);
			vpdn_settings_put(&vpdn_config_group(vpdn_config(v), "1", false)->own,
				VPDN_SET_SSO, !!(on & 2));
			vpdn_config_changed(v, lab->now);
		}
		cc = tunnel(lab);
		call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
		lab_run(lab, dur_s(5));
		lab_assert_up(lab, call);
		vpdn_config_changed(lab->lns, lab->now);
		lab_run(lab, dur_s(1));
		g_assert_cmpint(only_tunnel(lab).params.ha, ==, survives);
		lab_kill(lab);
		lab_run(lab, dur_s(20));
		vpdn_get_counts(lab->lns, &n);
		g_assert_cmpuint(n.sessions_open, ==, survives);
		if (survives)
			lab_assert_up(lab, call);
		lab_free(lab);
	}
}

/* ---- records of tunnels (RFC 2867) ---- */

static struct lab *with_tunnel_records(bool standby)
{
	struct lab *lab = fresh();

	if (standby)
		lab_add_standby(lab, dur_us(60));
	for (unsigned k = 0; k < (standby ? 2 : 1); k++) {
		struct vpdn *v = k ? lab->standby : lab->lns;
		struct aaa_config *c = vpdn_config(v)->aaa;

		c->tunnel_acct = g_strdup("default");
		c->session_acct = g_strdup("default");
		vpdn_config_changed(v, lab->now);
	}
	return lab;
}

/* Start, Link-Start, Link-Stop, Stop; over a takeover the same tunnel. */
static void tunnel_records(const void *takeover)
{
	struct lab *lab = with_tunnel_records(true);
	uint16_t cc = tunnel(lab);
	const struct radius_sim_record *start, *stop;
	unsigned a = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);

	lab_run(lab, dur_s(10));
	start = record(lab, 0, VPDN_ACCT_TUNNEL_START);
	g_assert_nonnull(start);
	g_assert_nonnull(record(lab, 0, VPDN_ACCT_LINK_START));
	g_assert_null(record(lab, 0, VPDN_ACCT_TUNNEL_STOP));
	if (takeover) {
		lab_kill(lab);
		lab_run(lab, dur_s(10));
		lab_assert_up(lab, a);
	}
	g_assert_null(record(lab, 0, VPDN_ACCT_TUNNEL_STOP));
	lab_hang_up(lab, a);
	lab_run(lab, dur_s(3));
	g_assert_cmpuint(record(lab, 0, VPDN_ACCT_LINK_STOP)->cause, ==, 1);
	lab_stop_tunnel(lab, 0, cc);
	lab_run(lab, dur_s(40));
	stop = record(lab, 0, VPDN_ACCT_TUNNEL_STOP);
	g_assert_nonnull(stop);
	g_assert_cmpstr(start->id, ==, stop->id);
	g_assert_cmpuint(stop->copies, ==, 1);
	g_assert_cmpuint(stop->seconds, >=, 12);
	lab_free(lab);
}

/* A tunnel that is not protected goes with its RP: the new one says so. */
static void tunnel_lost(void)
{
	struct lab *lab = with_tunnel_records(true);
	const struct radius_sim_record *stop;
	struct vpdn_counts n;

	for (unsigned k = 0; k < 2; k++) {
		struct vpdn *v = k ? lab->standby : lab->lns;

		vpdn_settings_put(&vpdn_config_group(vpdn_config(v), "1", false)->own,
			VPDN_SET_SSO, 0);
		vpdn_config_changed(v, lab->now);
	}
	(void)tunnel(lab);
	lab_run(lab, dur_s(3));
	lab_kill(lab);
	lab_run(lab, dur_s(20));
	stop = record(lab, 0, VPDN_ACCT_TUNNEL_STOP);
	g_assert_nonnull(stop);
	g_assert_cmpstr(record(lab, 0, VPDN_ACCT_TUNNEL_START)->id, ==, stop->id);
	g_assert_cmpuint(stop->cause, ==, 3);
	vpdn_get_counts(lab->lns, &n);
	g_assert_cmpuint(n.acct_pending, ==, 0);
	lab_free(lab);
}

static void tunnel_refused(void)
{
	struct lab *lab = with_tunnel_records(false);

	vpdn_config(lab->lns)->enable = false;
	lab_tunnel(lab, 0, "tunsecret");
	lab_run(lab, dur_s(5));
	g_assert_nonnull(record(lab, 0, VPDN_ACCT_TUNNEL_REJECT));
	g_assert_null(record(lab, 0, VPDN_ACCT_TUNNEL_START));
	lab_free(lab);
}

/* ---- accounting ---- */

/* Interim records come in the interval, numbers grow, over a takeover too. */
static void interim(void)
{
	struct lab *lab = fresh();
	const struct radius_sim_record *r;
	uint16_t cc;
	unsigned a;

	lab_add_standby(lab, dur_us(60));
	attr(lab, "user1", "Acct-Interim-Interval", "60");
	cc = tunnel(lab);
	a = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(90));
	lab_kill(lab);
	lab_run(lab, dur_s(95));
	lab_assert_up(lab, a);
	r = record(lab, 0, VPDN_ACCT_INTERIM);
	g_assert_nonnull(r);
	g_assert_cmpuint(r->copies, ==, 3);
	g_assert_cmpuint(r->seconds, ==, 180);
	g_assert_false(r->shrank);
	lab_hang_up(lab, a);
	lab_run(lab, dur_s(100));
	g_assert_cmpuint(record(lab, 0, VPDN_ACCT_INTERIM)->copies, ==, 3);
	g_assert_cmpuint(record(lab, 0, VPDN_ACCT_STOP)->copies, ==, 1);
	g_assert_cmpuint(record(lab, 0, VPDN_ACCT_STOP)->cause, ==, 1);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* Servers that answer no accounting for an hour: Start, then Stop arrive when they do. */
static void outage(const void *takeover)
{
	struct lab *lab = fresh();
	struct vpdn_counts n;
	uint16_t cc;
	unsigned a;

	lab_add_standby(lab, dur_us(60));
	for (unsigned i = 0; i < LAB_RADIUS; i++)
		radius_sim_manner(lab->radius[i])->mute = true;
	cc = tunnel(lab);
	a = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(600));
	lab_assert_up(lab, a);
	lab_hang_up(lab, a);
	lab_run(lab, dur_s(1200));
	vpdn_get_counts(lab->lns, &n);
	g_assert_cmpuint(n.acct_pending, ==, 2);
	g_assert_null(record(lab, 0, VPDN_ACCT_STOP)); /* before the Start is taken */
	if (takeover)
		lab_kill(lab);
	lab_run(lab, dur_s(1800));
	for (unsigned i = 0; i < LAB_RADIUS; i++)
		radius_sim_manner(lab->radius[i])->mute = false;
	lab_run(lab, dur_s(100));
	vpdn_get_counts(lab->lns, &n);
	g_assert_cmpuint(n.acct_pending, ==, 0);
	g_assert_cmpuint(record(lab, 0, VPDN_ACCT_STOP)->copies, ==, 1);
	lab_assert_acct(lab);
	lab_free(lab);
}

static void record_modes(void)
{
	struct lab *lab = fresh();
	struct aaa_list *l = aaa_config_list(
		vpdn_config(lab->lns)->aaa, AAA_ACCT_NETWORK, "default", false);
	uint16_t cc = tunnel(lab);
	unsigned a;

	l->record = AAA_RECORD_STOP_ONLY;
	a = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	lab_hang_up(lab, a);
	lab_run(lab, dur_s(5));
	g_assert_cmpuint(radius_sim_records(lab->radius[0]), ==, 1);
	g_assert_nonnull(record(lab, 0, VPDN_ACCT_STOP));
	l->record = AAA_RECORD_NONE;
	a = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	lab_hang_up(lab, a);
	lab_run(lab, dur_s(5));
	g_assert_cmpuint(radius_sim_records(lab->radius[0]), ==, 1);
	g_assert_cmpuint(g_hash_table_size(lab->acct), ==, 0);
	lab_free(lab);
}

/* A fifth of everything is lost, RPs change over and over: each session has one Start, one
 * Stop. */
static void lossy(const void *data)
{
	struct lab *lab = lab_new_radius(GPOINTER_TO_UINT(data));
	uint16_t cc;

	lab->loss = 100;
	lab_add_standby(lab, dur_us(60));
	cc = lab_tunnel(lab, 0, "tunsecret");
	for (unsigned round = 0; round < 3; round++) {
		unsigned call[4];

		lab_run(lab, dur_s(20));
		for (unsigned i = 0; i < 4; i++) {
			g_autofree char *user =
				g_strdup_printf("user%u", round * 4 + i + 1);

			call[i] = lab_call(
				lab, 0, cc, user, "pw", i % 2 ? PPP_AUTH_PAP : PPP_AUTH_CHAP);
		}
		lab_run(lab, dur_s(60));
		if (lab->calls[call[0]].session)
			lab_drop_carrier(lab, call[0], 1);
		if (lab->calls[call[1]].linked)
			lab_hang_up(lab, call[1]);
		lab_run(lab, dur_ms(5 + 7 * round));
		lab_kill(lab);
		lab_run(lab, dur_s(60));
		lab_add_standby(lab, dur_us(60));
	}
	lab->loss = 0;
	lab_run(lab, dur_s(100));
	lab_assert_acct(lab);
	lab_free(lab);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/aaa-run/login", login);
	g_test_add_func("/vpdn/aaa-run/slow", slow);
	g_test_add_func("/vpdn/aaa-run/one-dead", one_dead);
	g_test_add_func("/vpdn/aaa-run/fallback", fallback);
	g_test_add_func("/vpdn/aaa-run/reject-is-final", reject_is_final);
	g_test_add_func("/vpdn/aaa-run/hangs-up-meanwhile", hangs_up_meanwhile);
	g_test_add_func("/vpdn/aaa-run/addresses", addresses);
	g_test_add_func("/vpdn/aaa-run/not-authorized", not_authorized);
	g_test_add_data_func("/vpdn/aaa-run/session-timeout/stays", NULL, session_timeout);
	g_test_add_data_func("/vpdn/aaa-run/session-timeout/takeover", "", session_timeout);
	g_test_add_func("/vpdn/aaa-run/name-servers", name_servers);
	g_test_add_func("/vpdn/aaa-run/tunnel-pairs", tunnel_pairs);
	g_test_add_func("/vpdn/aaa-run/tunnel-profile", tunnel_profile);
	g_test_add_func("/vpdn/aaa-run/tunnel-rejected", tunnel_rejected);
	g_test_add_func("/vpdn/aaa-run/tunnel-ha", tunnel_ha);
	g_test_add_data_func("/vpdn/aaa-run/tunnel-records/stays", NULL, tunnel_records);
	g_test_add_data_func("/vpdn/aaa-run/tunnel-records/takeover", "", tunnel_records);
	g_test_add_func("/vpdn/aaa-run/tunnel-lost", tunnel_lost);
	g_test_add_func("/vpdn/aaa-run/tunnel-refused", tunnel_refused);
	g_test_add_func("/vpdn/aaa-run/interim", interim);
	g_test_add_data_func("/vpdn/aaa-run/outage/stays", NULL, outage);
	g_test_add_data_func("/vpdn/aaa-run/outage/takeover", "", outage);
	g_test_add_func("/vpdn/aaa-run/record-modes", record_modes);
	for (unsigned i = 1; i <= 5; i++) {
		g_autofree char *path = g_strdup_printf("/vpdn/aaa-run/lossy/%u", i);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), lossy);
	}
	return g_test_run();
}
