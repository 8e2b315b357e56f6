/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The core among LACs and subscribers: calls come up, are refused, and end, from every
 * side.
 */
#include "tests/vpdn/lab_internal.h"

static const struct vpdn_failure *last_failure(const struct lab *lab)
{
	unsigned n = vpdn_history_count(lab->lns);

	g_assert_cmpuint(n, >, 0);
	return vpdn_history_get(lab->lns, n - 1);
}

static struct vpdn_counts counts(const struct lab *lab)
{
	struct vpdn_counts c;

	vpdn_get_counts(lab->lns, &c);
	return c;
}

static unsigned addresses_in_use(const struct lab *lab)
{
	const struct vpdn_pool *p = g_ptr_array_index(vpdn_config(lab->lns)->pools, 0);
	unsigned is_free, in_use;

	vpdn_pool_usage(lab->lns, p, &is_free, &in_use);
	g_assert_cmpuint(is_free + in_use, ==, p->high - p->low + 1);
	return in_use;
}

static struct vpdn_group *group(const struct lab *lab)
{
	return vpdn_config_group(vpdn_config(lab->lns), "1", false);
}

static struct vpdn_session_info only_session(const struct lab *lab)
{
	struct vpdn_session_info s, other;
	uint32_t cursor = 0;

	g_assert_true(vpdn_next_session(lab->lns, &cursor, &s));
	g_assert_false(vpdn_next_session(lab->lns, &cursor, &other));
	return s;
}

/* All that a session held has been given back. */
static void assert_clean(const struct lab *lab)
{
	g_assert_cmpuint(counts(lab).sessions, ==, 0);
	g_assert_cmpuint(counts(lab).sessions_open, ==, 0);
	g_assert_cmpuint(counts(lab).sessions_ha, ==, 0);
	g_assert_cmpuint(addresses_in_use(lab), ==, 0);
	g_assert_cmpuint(ppp_engine_links(vpdn_ppp(lab->lns)), ==, 0);
	lab_assert_fp(lab);
}

static unsigned one_call(struct lab *lab, enum ppp_auth auth)
{
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");
	unsigned call;

	lab_run(lab, dur_s(1));
	g_assert_cmpuint(lab->lac_ups[0], ==, 1);
	call = lab_call(lab, 0, cc, "user1", "pw", auth);
	lab_run(lab, dur_s(5));
	return call;
}

static void test_one(const void *data)
{
	struct lab *lab = lab_new(1);
	unsigned call = one_call(lab, GPOINTER_TO_UINT(data));
	struct vpdn_session_info s;
	struct vpdn_fib fib;

	lab_assert_up(lab, call);
	lab_assert_fp(lab);
	s = only_session(lab);
	g_assert_cmpuint(s.number, ==, 1);
	g_assert_cmpuint(s.vaccess, ==, 1);
	g_assert_cmpuint(s.unique_id, ==, 1);
	g_assert_cmpuint(s.virtual_template, ==, 1);
	g_assert_cmpstr(s.group, ==, "1");
	g_assert_cmpuint(s.subscriber_ip, ==, LAB_POOL_LOW);
	g_assert_true(s.ha_enabled);
	g_assert_false(s.ha_established);
	g_assert_false(s.waiting_vpdn);
	g_assert_false(s.waiting_l2tp);
	g_assert_cmpuint(lab->calls[call].dns, ==, 0xc0000235);
	g_assert_true(vpdn_session_fib(lab->lns, 1, &fib));
	g_assert_cmpuint(fib.mtu, ==, 1500);
	g_assert_cmpuint(fib.mss, ==, 0);
	g_assert_false(fib.source_check);
	g_assert_cmpuint(fib.echo_s, ==, 10);
	g_assert_cmpuint(fib.echo_misses, ==, 5);
	g_assert_cmpuint(fib.local_magic, !=, 0);
	g_assert_cmpuint(fib.remote_magic, !=, 0);
	g_assert_cmpuint(addresses_in_use(lab), ==, 1);
	lab_run(lab, dur_s(60)); /* HELLOs go on meanwhile */
	lab_assert_up(lab, call);
	lab_free(lab);
}

static void test_twenty(void)
{
	struct lab *lab = lab_new(2);
	uint16_t cc[LAB_LACS];
	unsigned call[20];
	bool seen[LAB_POOL_HIGH - LAB_POOL_LOW + 1] = { false };
	static const enum ppp_auth methods[] = { PPP_AUTH_CHAP, PPP_AUTH_PAP, PPP_AUTH_MSCHAP,
		PPP_AUTH_MSCHAP2 };

	for (unsigned i = 0; i < LAB_LACS; i++)
		cc[i] = lab_tunnel(lab, i, "tunsecret");
	lab_run(lab, dur_s(1));
	for (unsigned i = 0; i < 20; i++) {
		g_autofree char *user = g_strdup_printf("user%u", i + 1);

		call[i] = lab_call(lab, i % 2, cc[i % 2], user, "pw",
			ppp_auth_valid(methods[i % 4]) ? methods[i % 4] : PPP_AUTH_PAP);
	}
	lab_run(lab, dur_s(10));
	for (unsigned i = 0; i < 20; i++) {
		uint32_t ip = lab->calls[call[i]].ip - LAB_POOL_LOW;

		lab_assert_up(lab, call[i]);
		g_assert_cmpuint(ip, <, G_N_ELEMENTS(seen));
		g_assert_false(seen[ip]);
		seen[ip] = true;
	}
	g_assert_cmpuint(counts(lab).sessions_open, ==, 20);
	lab_assert_fp(lab);
	for (unsigned i = 0; i < 20; i += 2)
		lab_hang_up(lab, call[i]);
	lab_run(lab, dur_s(10));
	for (unsigned i = 0; i < 20; i++)
		g_assert_cmpint(
			lab_outcome(lab, call[i]), ==, i % 2 ? LAB_WHOLE : LAB_GONE);
	lab_stop_tunnel(lab, 1, cc[1]);
	lab_run(lab, dur_s(10));
	assert_clean(lab);
	lab_free(lab);
}

static const struct refused {
	const char *name;
	const char *user, *password;
	enum ppp_auth auth;
	uint16_t result;
	enum ppp_cause cause; /* as the subscriber sees it */
	const char *type, *reason, *shown;
} refused[] = {
	/* clang-format off */
	{ "wrong-password-chap", "user1", "wrong", PPP_AUTH_CHAP, 3, PPP_CAUSE_AUTH_FAILED,
	  "Failed to authenticate", "authentication failed", "user1" },
	{ "wrong-password-pap", "user1", "wrong", PPP_AUTH_PAP, 3, PPP_CAUSE_AUTH_FAILED,
	  "Failed to authenticate", "authentication failed", "user1" },
	{ "wrong-password-mschap2", "user1", "wrong", PPP_AUTH_MSCHAP2, 3, PPP_CAUSE_AUTH_FAILED,
	  "Failed to authenticate", "authentication failed", "user1" },
	{ "unknown-user-mschap", "nobody", "pw", PPP_AUTH_MSCHAP, 3, PPP_CAUSE_AUTH_FAILED,
	  "Failed to authenticate", "authentication failed", "nobody" },
	{ "unknown-user-chap", "nobody", "pw", PPP_AUTH_CHAP, 3, PPP_CAUSE_AUTH_FAILED,
	  "Failed to authenticate", "authentication failed", "nobody" },
	{ "unknown-user-pap", "no\x1b" "body", "pw", PPP_AUTH_PAP, 3, PPP_CAUSE_AUTH_FAILED,
	  "Failed to authenticate", "authentication failed", "no\\x1bbody" },
	/* clang-format on */
};

static void test_refused_user(const void *data)
{
	const struct refused *r = data;
	struct lab *lab;
	const struct vpdn_failure *f;
	unsigned call;
	uint16_t cc;

	if (!ppp_auth_valid(r->auth))
		return g_test_skip("built without nettle");
	lab = lab_new(3);
	cc = lab_tunnel(lab, 0, "tunsecret");

	lab_run(lab, dur_s(1));
	for (unsigned i = 1; i <= 2; i++) {
		call = lab_call(lab, 0, cc, r->user, r->password, r->auth);
		lab_run(lab, dur_s(8));
		g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
		f = last_failure(lab);
		g_assert_cmpuint(vpdn_history_count(lab->lns), ==, 1);
		g_assert_cmpuint(f->repeat, ==, i);
	}
	g_assert_cmpstr(f->type, ==, r->type);
	g_assert_cmpstr(f->reason, ==, r->reason);
	g_assert_cmpstr(f->user, ==, r->shown);
	g_assert_cmpstr(f->nas, ==, "lac0");
	g_assert_cmpstr(f->gateway, ==, "lns1");
	g_assert_cmpuint(f->nas_ip, ==, 0x0a630064);
	g_assert_cmpuint(f->gateway_ip, ==, LAB_LNS_IP);
	g_assert_cmpuint(f->nas_clid, ==, cc);
	g_assert_cmpuint(f->gateway_clid, !=, 0);
	g_assert_cmpuint(f->mid, !=, 0);
	g_assert_cmpint(lab->calls[call].cause, ==, r->cause);
	g_assert_cmpuint(lab->logs, ==, 2);
	assert_clean(lab);
	vpdn_history_clear(lab->lns);
	g_assert_cmpuint(vpdn_history_count(lab->lns), ==, 0);
	lab_free(lab);
}

static void test_pool_empty(void)
{
	struct lab *lab = lab_new(4);
	struct vpdn_config *c = vpdn_config(lab->lns);
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");
	unsigned a, b;

	vpdn_config_remove_pool(c, "POOL");
	vpdn_config_add_pool(c, "POOL", 5, 5);
	vpdn_config_changed(lab->lns, lab->now);
	lab_run(lab, dur_s(1));
	a = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(3));
	b = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(20));
	lab_assert_up(lab, a);
	g_assert_cmpuint(lab->calls[a].ip, ==, 5);
	g_assert_cmpint(lab_outcome(lab, b), ==, LAB_GONE);
	g_assert_cmpstr(last_failure(lab)->type, ==, "No address");
	g_assert_cmpstr(last_failure(lab)->user, ==, "user2");
	lab_hang_up(lab, a);
	lab_run(lab, dur_s(10));
	b = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, b);
	lab_free(lab);
}

static void test_session_limit(void)
{
	struct lab *lab = lab_new(5);
	unsigned a = one_call(lab, PPP_AUTH_CHAP), b;
	uint16_t cc = lab->calls[a].cc;

	vpdn_settings_put(&group(lab)->own, VPDN_SET_SESSION_LIMIT, 1);
	b = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, a);
	g_assert_cmpint(lab_outcome(lab, b), ==, LAB_GONE);
	g_assert_cmpint(lab->calls[b].gone.by, ==, L2TP_BY_PEER);
	g_assert_cmpuint(lab->calls[b].gone.result, ==, 2);
	g_assert_cmpuint(lab->calls[b].gone.error, ==, 4);
	g_assert_cmpstr(last_failure(lab)->type, ==, "Session limit exceeded");
	lab_drop_carrier(lab, a, 1);
	lab_run(lab, dur_s(5));
	b = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, b);
	lab_free(lab);
}

static void no_vtemplate(struct lab *lab)
{
	vpdn_config_remove_vtemplate(vpdn_config(lab->lns), 1);
}

static void not_accepting(struct lab *lab)
{
	vpdn_set_accepting(lab->lns, false);
}

static void test_no_call(const void *data)
{
	void (*const spoil)(struct lab *) = *(void (*const *)(struct lab *))data;
	struct lab *lab = lab_new(6);
	unsigned a = one_call(lab, PPP_AUTH_CHAP), b;

	spoil(lab);
	vpdn_config_changed(lab->lns, lab->now);
	b = lab_call(lab, 0, lab->calls[a].cc, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, a);
	g_assert_cmpint(lab_outcome(lab, b), ==, LAB_GONE);
	g_assert_cmpuint(lab->calls[b].gone.result, ==, 2);
	g_assert_cmpuint(lab->calls[b].gone.error, ==, 4);
	lab_free(lab);
}

static void no_vpdn(struct lab *lab)
{
	vpdn_config(lab->lns)->enable = false;
}

static void other_host(struct lab *lab)
{
	group(lab)->terminate_from = g_strdup("lac9");
}

static void no_group(struct lab *lab)
{
	vpdn_config_remove_group(vpdn_config(lab->lns), "1");
}

static const struct no_tunnel {
	const char *name;
	void (*spoil)(struct lab *lab);
	uint16_t result, error;
	const char *reason;
} no_tunnels[] = {
	/* clang-format off */
	{ "no-vpdn-enable", no_vpdn,       4, 0, "VPDN is not enabled" },
	{ "no-group",       no_group,      4, 0, "no VPDN group for this host" },
	{ "other-host",     other_host,    4, 0, "no VPDN group for this host" },
	{ "not-accepting",  not_accepting, 2, 4, "not ready for tunnels yet" },
	/* clang-format on */
};

static void test_no_tunnel(const void *data)
{
	const struct no_tunnel *t = data;
	struct lab *lab = lab_new(7);

	t->spoil(lab);
	vpdn_config_changed(lab->lns, lab->now);
	lab_tunnel(lab, 0, "tunsecret");
	lab_run(lab, dur_s(5));
	g_assert_true(lab->cc_is_gone[0]);
	g_assert_cmpint(lab->cc_gone[0].by, ==, L2TP_BY_PEER);
	g_assert_cmpuint(lab->cc_gone[0].result, ==, t->result);
	g_assert_cmpuint(lab->cc_gone[0].error, ==, t->error);
	g_assert_cmpstr(last_failure(lab)->type, ==, "Tunnel setup failed");
	g_assert_cmpstr(last_failure(lab)->reason, ==, t->reason);
	g_assert_cmpstr(last_failure(lab)->nas, ==, "lac0");
	g_assert_cmpuint(lab->logs, ==, 1);
	lab_free(lab);
}

static void test_wrong_secret(void)
{
	struct lab *lab = lab_new(8);
	struct l2tp_counts c;

	lab_tunnel(lab, 0, "another");
	lab_run(lab, dur_s(30));
	g_assert_true(lab->cc_is_gone[0]);
	l2tp_get_counts(vpdn_l2tp(lab->lns), &c);
	g_assert_cmpuint(c.tunnels, ==, 0);
	lab_free(lab);
}

/* No password: with neither a group's nor a user's there is no challenge; the user with
 * the local name's is the tunnel's otherwise. */
static void test_host_user_secret(void)
{
	struct lab *lab = lab_new(9);

	vpdn_settings_unset(&group(lab)->own, VPDN_SET_PASSWORD);
	lab_tunnel(lab, 0, NULL);
	lab_run(lab, dur_s(2));
	g_assert_cmpuint(lab->lac_ups[0], ==, 1);
	vpdn_config_set_user(vpdn_config(lab->lns), "lns1", "hostpw");
	lab_tunnel(lab, 1, "hostpw");
	lab_run(lab, dur_s(2));
	g_assert_cmpuint(lab->lac_ups[1], ==, 1);
	lab_free(lab);
}

static const struct ending {
	const char *name;
	void (*end)(struct lab *lab, unsigned call);
	const char *type; /* of the history; NULL: a normal end */
	const char *reason;
	bool tunnel;     /* goes too */
	uint16_t result; /* that the LAC hears; 0: it is the one who says */
} endings[];

static void test_ending(const void *data)
{
	const struct ending *e = data;
	struct lab *lab = lab_new(10);
	unsigned call = one_call(lab, PPP_AUTH_CHAP);
	struct l2tp_counts c;

	e->end(lab, call);
	lab_run(lab, dur_s(9));
	g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
	assert_clean(lab);
	l2tp_get_counts(vpdn_l2tp(lab->lns), &c);
	g_assert_cmpuint(c.tunnels, ==, e->tunnel ? 0 : 1);
	g_assert_cmpuint(vpdn_history_count(lab->lns), ==, e->type ? 1 : 0);
	if (e->type) {
		g_assert_cmpstr(last_failure(lab)->type, ==, e->type);
		g_assert_cmpstr(last_failure(lab)->reason, ==, e->reason);
		g_assert_cmpstr(last_failure(lab)->user, ==, "user1");
	}
	if (e->result) {
		g_assert_cmpint(lab->calls[call].gone.by, ==, L2TP_BY_PEER);
		g_assert_cmpuint(lab->calls[call].gone.result, ==, e->result);
	}
	lab_free(lab);
}

static void end_admin_cdn(struct lab *lab, unsigned call)
{
	lab_drop_carrier(lab, call, 3);
}

static void end_carrier(struct lab *lab, unsigned call)
{
	lab_drop_carrier(lab, call, 1);
}

static void end_stopccn(struct lab *lab, unsigned call)
{
	lab_stop_tunnel(lab, 0, lab->calls[call].cc);
}

static void end_clear_session(struct lab *lab, unsigned call)
{
	vpdn_clear_session(lab->lns, only_session(lab).number, lab->now);
	lab_drain(lab);
}

static void end_clear_tunnel(struct lab *lab, unsigned call)
{
	vpdn_clear_tunnel(lab->lns, only_session(lab).cc, lab->now);
	lab_drain(lab);
}

static void end_dead(struct lab *lab, unsigned call)
{
	vpdn_dead(lab->lns, only_session(lab).number, PPP_CAUSE_ECHO, lab->now);
	lab_drain(lab);
}

static void end_group(struct lab *lab, unsigned call)
{
	no_group(lab);
	vpdn_config_changed(lab->lns, lab->now);
	lab_drain(lab);
}

static const struct ending endings[] = {
	/* clang-format off */
	{ "subscriber",    lab_hang_up,       NULL, NULL, false, 0 },
	{ "carrier",       end_carrier,       NULL, NULL, false, 0 },
	{ "lac-admin",     end_admin_cdn,     "The remote server closed this session",
	  "Administrative intervention", false, 0 },
	{ "lac-stopccn",   end_stopccn,       NULL, NULL, true, 0 },
	{ "clear-session", end_clear_session, NULL, NULL, false, 0 },
	{ "clear-tunnel",  end_clear_tunnel,  NULL, NULL, true, 0 },
	{ "echo-dead",     end_dead,          "Peer timed out", "LCP echo time-out", false, 0 },
	{ "group-removed", end_group,         NULL, NULL, true, 0 },
	/* clang-format on */
};

/* The subscriber is dead, his line is not: the LAC hears why the call ends (RFC 3145). */
static void test_told_why(void)
{
	struct lab *lab = lab_new(10);
	unsigned call = one_call(lab, PPP_AUTH_CHAP);
	const struct l2tp_cause *gone = &lab->calls[call].gone;

	ppp_link_drop(lab->subscribers, lab_call_number(lab, &lab->calls[call]));
	lab->calls[call].linked = false;
	vpdn_dead(lab->lns, only_session(lab).number, PPP_CAUSE_ECHO, lab->now);
	lab_drain(lab);
	lab_run(lab, dur_s(30));
	g_assert_cmpint(gone->by, ==, L2TP_BY_PEER);
	g_assert_true(gone->ppp.known);
	g_assert_cmpuint(gone->ppp.code, ==, L2TP_PPP_ECHO_TIMEOUT);
	g_assert_cmpuint(gone->ppp.direction, ==, L2TP_PPP_AT_LOCAL);
	assert_clean(lab);
	lab_free(lab);
}

/* The LAC falls silent: the tunnel's retransmissions run out, and its session goes. */
static void test_silent_lac(void)
{
	struct lab *lab = lab_new(11);

	one_call(lab, PPP_AUTH_CHAP);
	lab->cut[0] = true;
	lab_run(lab, dur_s(200));
	assert_clean(lab);
	g_assert_cmpstr(vpdn_history_get(lab->lns, 0)->user, ==, "user1");
	g_assert_cmpstr(vpdn_history_get(lab->lns, 0)->type, ==, "Peer timed out");
	g_assert_cmpstr(vpdn_history_get(lab->lns, 0)->nas, ==, "lac0");
	lab_free(lab);
}

/* Has an LCP Configure-Ack of that identifier gone out? */
static bool acknowledged(const struct lab *lab, uint8_t id)
{
	g_autofree char *line = g_strdup_printf(" ppp %u\n", 0xc0210200u | id);

	return strstr(lab->trace->str, line) != NULL;
}

/* Frames before ICCN: four are kept for the link, no more. */
static void test_early_frames(void)
{
	/* Configure-Request with a magic number, identifier patched in. */
	uint8_t frame[] = { 0xff, 0x03, 0xc0, 0x21, 1, 0, 0, 10, 5, 6, 1, 2, 3, 4 };
	struct lab *lab = lab_new(12);
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");
	unsigned call;

	lab_run(lab, dur_s(1));
	call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_us(1500)); /* ICRQ is there, ICRP on its way */
	g_assert_cmpuint(counts(lab).sessions, ==, 1);
	g_assert_false(only_session(lab).open);
	g_assert_cmpuint(ppp_engine_links(vpdn_ppp(lab->lns)), ==, 0);
	lab_assert_fp(lab); /* the FP knows it already */
	for (uint8_t i = 101; i <= 109; i++) {
		frame[5] = i;
		vpdn_input_ppp(lab->lns, 1, frame, sizeof(frame), lab->now);
		lab_drain(lab);
	}
	g_assert_cmpuint(ppp_engine_links(vpdn_ppp(lab->lns)), ==, 0);
	lab->trace = g_string_new(NULL);
	lab_run(lab, dur_s(10));
	lab_assert_up(lab, call);
	for (uint8_t i = 101; i <= 109; i++)
		g_assert_cmpint(acknowledged(lab, i), ==, i <= 104);
	lab_free(lab);
}

/* More calls, one after another, than the LNS may have at a time. */
static void test_many_calls(void)
{
	struct lab *lab = lab_new(16);
	unsigned first = one_call(lab, PPP_AUTH_CHAP);
	uint16_t cc = lab->calls[first].cc;

	for (unsigned i = 0; i < LAB_SESSIONS + 10; i++) {
		unsigned call = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_PAP);

		lab_run(lab, dur_ms(60));
		lab_assert_up(lab, call);
		lab_drop_carrier(lab, call, 1);
		lab_run(lab, dur_ms(200));
		g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
		lab->calls[call].used = false;
	}
	lab_assert_up(lab, first);
	lab_assert_fp(lab);
	lab_free(lab);
}

static void test_no_authentication(void)
{
	struct lab *lab = lab_new(13);
	struct vpdn_vtemplate *t =
		vpdn_config_vtemplate(vpdn_config(lab->lns), 1, false);
	unsigned call;

	memset(t->auth, 0, sizeof(t->auth));
	t->mtu = 1400;
	t->mss = 1350;
	t->source_check = true;
	t->keepalive_set = true;
	call = one_call(lab, PPP_AUTH_NONE);
	g_assert_true(lab->calls[call].up);
	g_assert_cmpuint(lab->calls[call].ip, ==, LAB_POOL_LOW);
	g_assert_cmpstr(only_session(lab).username, ==, "");
	g_assert_cmpuint(lab->fp[1].fib.mtu, ==, 1400);
	g_assert_cmpuint(lab->fp[1].fib.mss, ==, 1350);
	g_assert_true(lab->fp[1].fib.source_check);
	g_assert_cmpuint(lab->fp[1].fib.echo_s, ==, 0);
	lab_hang_up(lab, call);
	lab_run(lab, dur_s(10));
	assert_clean(lab);
	lab_free(lab);
}

/* Interface numbers: the lowest free one; addresses: the one that rested longest. */
static void test_reuse(void)
{
	struct lab *lab = lab_new(14);
	unsigned a = one_call(lab, PPP_AUTH_CHAP), b, c;
	uint16_t cc = lab->calls[a].cc;
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	b = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_hang_up(lab, a);
	lab_run(lab, dur_s(10));
	c = lab_call(lab, 0, cc, "user3", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, b);
	lab_assert_up(lab, c);
	g_assert_cmpuint(lab->calls[c].ip, ==, LAB_POOL_LOW + 2);
	while (vpdn_next_session(lab->lns, &cursor, &s)) {
		g_assert_cmpuint(
			s.vaccess, ==, strcmp(s.username, "user3") == 0 ? 1 : 2);
		g_assert_cmpuint(
			s.unique_id, ==, strcmp(s.username, "user3") == 0 ? 3 : 2);
	}
	lab_free(lab);
}

/* The same seed and inputs: the same items in the same order. */
static void test_deterministic(void)
{
	g_autofree char *first = NULL;

	for (unsigned run = 0; run < 2; run++) {
		struct lab *lab = lab_new(15);
		uint16_t cc;

		lab->trace = g_string_new(NULL);
		lab_add_standby(lab, dur_us(60));
		cc = lab_tunnel(lab, 0, "tunsecret");
		for (unsigned i = 1; i <= 8; i++) {
			g_autofree char *user = g_strdup_printf("user%u", i);

			lab_call(lab, 0, cc, user, "pw", PPP_AUTH_CHAP);
		}
		lab_run(lab, dur_s(20));
		lab_stop_tunnel(lab, 0, cc);
		lab_run(lab, dur_s(20));
		if (run)
			g_assert_cmpstr(lab->trace->str, ==, first);
		else
			first = g_strdup(lab->trace->str);
		lab_free(lab);
	}
}

static void add(const char *folder, const char *name, const void *data, GTestDataFunc f)
{
	g_autofree char *path = g_strdup_printf("/vpdn/vpdn/%s/%s", folder, name);

	g_test_add_data_func(path, data, f);
}

int main(int argc, char **argv)
{
	static void (*const no_vt)(struct lab *) = no_vtemplate;
	static void (*const closed)(struct lab *) = not_accepting;

	g_test_init(&argc, &argv, NULL);
	add("one", "chap", GUINT_TO_POINTER(PPP_AUTH_CHAP), test_one);
	add("one", "pap", GUINT_TO_POINTER(PPP_AUTH_PAP), test_one);
	g_test_add_func("/vpdn/vpdn/twenty", test_twenty);
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
		add("refused", refused[i].name, &refused[i], test_refused_user);
	g_test_add_func("/vpdn/vpdn/pool-empty", test_pool_empty);
	g_test_add_func("/vpdn/vpdn/session-limit", test_session_limit);
	add("no-call", "no-virtual-template", &no_vt, test_no_call);
	add("no-call", "not-accepting", &closed, test_no_call);
	for (size_t i = 0; i < G_N_ELEMENTS(no_tunnels); i++)
		add("no-tunnel", no_tunnels[i].name, &no_tunnels[i], test_no_tunnel);
	g_test_add_func("/vpdn/vpdn/wrong-secret", test_wrong_secret);
	g_test_add_func("/vpdn/vpdn/host-user-secret", test_host_user_secret);
	for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
		add("ending", endings[i].name, &endings[i], test_ending);
	g_test_add_func("/vpdn/vpdn/told-why", test_told_why);
	g_test_add_func("/vpdn/vpdn/silent-lac", test_silent_lac);
	g_test_add_func("/vpdn/vpdn/early-frames", test_early_frames);
	g_test_add_func("/vpdn/vpdn/many-calls", test_many_calls);
	g_test_add_func("/vpdn/vpdn/no-authentication", test_no_authentication);
	g_test_add_func("/vpdn/vpdn/reuse", test_reuse);
	g_test_add_func("/vpdn/vpdn/deterministic", test_deterministic);
	return g_test_run();
}
