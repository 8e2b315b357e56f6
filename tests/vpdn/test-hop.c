/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tunnel switching: a LAC's call goes on to a next LNS, which one, and how it ends.  The
 * pull at every item is in test-kill.c.
 */
#include "tests/vpdn/lab.h"

static uint16_t tunnel(struct lab *lab, unsigned lac)
{
	uint16_t cc = lab_tunnel(lab, lac, "tunsecret");

	lab_run(lab, dur_s(1));
	return cc;
}

static unsigned call(struct lab *lab, unsigned lac, uint16_t cc, unsigned user)
{
	g_autofree char *name = g_strdup_printf("user%u", user);

	return lab_call(lab, lac, cc, name, "pw", PPP_AUTH_CHAP);
}

static struct vpdn_group *onward(struct lab *lab)
{
	return vpdn_config_group(vpdn_config(lab->lns), "2", false);
}

static struct vpdn_target *target(struct lab *lab, unsigned i)
{
	return &g_array_index(onward(lab)->targets, struct vpdn_target, i);
}

static void same_priority(struct lab *lab)
{
	for (unsigned i = 0; i < LAB_NEXTS; i++)
		target(lab, i)->priority = 1;
}

static bool failed_with(const struct lab *lab, const char *type)
{
	for (unsigned i = 0; i < vpdn_history_count(lab->lns); i++)
		if (g_strcmp0(vpdn_history_get(lab->lns, i)->type, type) == 0)
			return true;
	return false;
}

/* lac0's calls go on, lac1's end here. */
static void test_call(void)
{
	struct lab *lab = lab_new_hop(1);
	unsigned far = call(lab, 0, tunnel(lab, 0), 1);
	unsigned near = call(lab, 1, tunnel(lab, 1), 2);
	struct vpdn_session_info in, out, s;

	lab_run(lab, dur_s(8));
	lab_assert_up(lab, far);
	lab_assert_up(lab, near);
	g_assert_true(lab_session(lab, &lab->calls[far], &in));
	g_assert_true(vpdn_session_get(lab->lns, in.mate, &out));
	g_assert_true(out.lac && !in.lac);
	g_assert_cmpstr(out.group, ==, "2");
	g_assert_true(lab_session(lab, &lab->calls[near], &s));
	g_assert_cmpuint(s.mate, ==, 0);
	g_assert_cmpuint(lab_next_sessions(lab, 0), ==, 1);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 0);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	lab_free(lab);
}

static void assert_all_gone(struct lab *lab, unsigned n)
{
	lab_run(lab, dur_s(5));
	g_assert_cmpint(lab_outcome(lab, n), ==, LAB_GONE);
	g_assert_cmpuint(lab_next_sessions(lab, 0), ==, 0);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
}

/* Whoever ends it, all of it ends, and both peers are told. */
static void test_ends(void)
{
	struct lab *lab = lab_new_hop(2);
	uint16_t cc = tunnel(lab, 0);
	struct vpdn_session_info s;
	uint32_t cursor = 0;
	unsigned n;

	n = call(lab, 0, cc, 1);
	lab_run(lab, dur_s(8));
	lab_drop_carrier(lab, n, 1);
	assert_all_gone(lab, n);

	n = call(lab, 0, cc, 2);
	lab_run(lab, dur_s(8));
	lab_hang_up(lab, n);
	assert_all_gone(lab, n);

	/* The next LNS's own words reach the LAC. */
	n = call(lab, 0, cc, 3);
	lab_run(lab, dur_s(8));
	g_assert_true(vpdn_next_session(lab->next[0], &cursor, &s));
	vpdn_clear_session(lab->next[0], s.number, lab->now);
	assert_all_gone(lab, n);
	g_assert_cmpint(lab->calls[n].gone.by, ==, L2TP_BY_PEER);
	g_assert_cmpuint(lab->calls[n].gone.result, ==, 3);

	/* An administrator here. */
	n = call(lab, 0, cc, 4);
	lab_run(lab, dur_s(8));
	g_assert_true(lab_session(lab, &lab->calls[n], &s));
	vpdn_clear_session(lab->lns, s.mate, lab->now);
	assert_all_gone(lab, n);
	g_assert_cmpuint(lab->calls[n].gone.result, ==, 3);
	lab_free(lab);
}

/* The first does not answer: the second gets the call, and the first is left alone. */
static void test_backup(void)
{
	struct lab *lab = lab_new_hop(3);
	uint16_t cc = tunnel(lab, 0);
	unsigned a, b, c;

	lab->next_cut[0] = true;
	a = call(lab, 0, cc, 1);
	lab_run(lab, dur_s(20));
	lab_assert_up(lab, a);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 1);
	lab->next_cut[0] = false;
	b = call(lab, 0, cc, 2); /* busy for 20 s */
	lab_run(lab, dur_s(3));
	lab_assert_up(lab, b);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 2);
	lab_run(lab, dur_s(30));
	c = call(lab, 0, cc, 3);
	lab_run(lab, dur_s(3));
	lab_assert_up(lab, c);
	g_assert_cmpuint(lab_next_sessions(lab, 0), ==, 1);
	lab_free(lab);
}

/* A CDN in set-up is reason enough for the next one, and no reason to call it busy. */
static void test_refused(void)
{
	struct lab *lab = lab_new_hop(4);
	uint16_t cc = tunnel(lab, 0);
	unsigned a;

	vpdn_config(lab->next[0])->softshut = true;
	a = call(lab, 0, cc, 1);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, a);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 1);
	vpdn_config(lab->next[0])->softshut = false;
	a = call(lab, 0, cc, 2);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, a);
	g_assert_cmpuint(lab_next_sessions(lab, 0), ==, 1);
	lab_free(lab);
}

/* A LAC that has asked for the user's name: the domain decides, and the next LNS is told all
 * that it learned. */
static void test_domain(void)
{
	struct lab *lab = lab_new_hop(10);
	uint16_t cc = tunnel(lab, 1); /* whose host name says nothing */
	struct vpdn_session_info s;
	struct ppp_link_info link;
	uint32_t cursor = 0;
	unsigned a;

	g_assert_true(vpdn_config_add_match(
		vpdn_config(lab->lns), onward(lab), VPDN_BY_DOMAIN, "far.example"));
	g_assert_true(
		vpdn_config_set_user(vpdn_config(lab->next[0]), "user1@Far.example", "pw"));
	a = lab_call_proxied(lab, 1, cc, "user1@Far.example", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(2));
	lab_assert_up(lab, a);
	g_assert_cmpuint(lab_next_sessions(lab, 0), ==, 1);
	g_assert_true(vpdn_next_session(lab->lns, &cursor, &s));
	g_assert_cmpstr(s.username, ==, "user1@Far.example");
	g_assert_cmpuint(s.mate, !=, 0);
	cursor = 0;
	g_assert_true(vpdn_next_session(lab->next[0], &cursor, &s));
	g_assert_true(ppp_link_get(vpdn_ppp(lab->next[0]), s.number, &link));
	g_assert_true(link.lcp_proxied && link.auth_proxied);
	g_assert_cmpstr(link.peer_name, ==, "user1@Far.example");
	lab_free(lab);
}

/* Nobody takes it: the LAC gets a CDN, the history a line. */
static void test_nobody(void)
{
	struct lab *lab = lab_new_hop(5);
	uint16_t cc = tunnel(lab, 0);
	unsigned a;

	lab->next_cut[0] = lab->next_cut[1] = true;
	a = call(lab, 0, cc, 1);
	lab_run(lab, dur_s(40));
	g_assert_cmpint(lab_outcome(lab, a), ==, LAB_GONE);
	g_assert_cmpuint(lab->calls[a].gone.result, ==, 4);
	g_assert_true(failed_with(lab, "No next hop"));
	g_assert_true(failed_with(lab, "Tunnel setup failed"));
	lab_assert_fp(lab);
	lab_free(lab);
}

static void test_load(void)
{
	struct lab *lab = lab_new_hop(6);
	uint16_t cc = tunnel(lab, 0);

	same_priority(lab);
	for (unsigned i = 1; i <= 10; i++) {
		(void)call(lab, 0, cc, i);
		lab_run(lab, dur_s(4));
	}
	g_assert_cmpuint(lab_next_sessions(lab, 0), ==, 5);
	g_assert_cmpuint(lab_next_sessions(lab, 1), ==, 5);
	lab_free(lab);
}

static void test_limits(void)
{
	struct lab *lab = lab_new_hop(7);
	uint16_t cc = tunnel(lab, 0);
	unsigned n[4];

	target(lab, 0)->limit_set = target(lab, 1)->limit_set = true;
	target(lab, 0)->limit = 2;
	target(lab, 1)->limit = 1;
	for (unsigned i = 0; i < 4; i++) {
		n[i] = call(lab, 0, cc, i + 1);
		lab_run(lab, dur_s(4));
	}
	for (unsigned i = 0; i < 3; i++)
		lab_assert_up(lab, n[i]);
	g_assert_cmpint(lab_outcome(lab, n[3]), ==, LAB_GONE);
	g_assert_cmpuint(lab_next_sessions(lab, 0), ==, 2);
	/* A place that is given back is taken again, also by the one that took over. */
	lab_add_standby(lab, dur_us(60));
	target(lab, 0)->limit = 2;
	lab_run(lab, dur_s(1));
	lab_kill(lab);
	lab_run(lab, dur_s(5));
	target(lab, 0)->limit_set = target(lab, 1)->limit_set = true;
	target(lab, 0)->limit = 2;
	target(lab, 1)->limit = 1;
	n[3] = call(lab, 0, cc, 9);
	lab_run(lab, dur_s(4));
	g_assert_cmpint(lab_outcome(lab, n[3]), ==, LAB_GONE);
	lab_drop_carrier(lab, n[0], 1);
	lab_run(lab, dur_s(4));
	n[3] = call(lab, 0, cc, 10);
	lab_run(lab, dur_s(4));
	lab_assert_up(lab, n[3]);
	lab_assert_up(lab, n[1]);
	lab_free(lab);
}

static void test_softshut(void)
{
	struct lab *lab = lab_new_hop(8);
	uint16_t cc = tunnel(lab, 0);
	unsigned old = call(lab, 0, cc, 1), new;

	lab_run(lab, dur_s(8));
	vpdn_config(lab->lns)->softshut = true;
	new = call(lab, 0, cc, 2);
	lab_run(lab, dur_s(4));
	lab_assert_up(lab, old);
	g_assert_cmpint(lab_outcome(lab, new), ==, LAB_GONE);
	vpdn_config(lab->lns)->softshut = false;
	vpdn_config(lab->lns)->session_limit = 3; /* two halves are there */
	new = call(lab, 0, cc, 3);
	lab_run(lab, dur_s(4));
	lab_assert_up(lab, new);
	new = call(lab, 0, cc, 4);
	lab_run(lab, dur_s(4));
	g_assert_cmpint(lab_outcome(lab, new), ==, LAB_GONE);
	lab_free(lab);
}

/* One of the two tunnels is not replicated: then the whole is not, and ends at a takeover. */
static void test_half_protected(void)
{
	struct lab *lab = lab_new_hop(9);
	uint16_t cc = tunnel(lab, 0);
	struct vpdn_session_info s;
	unsigned n;

	vpdn_settings_put(&onward(lab)->own, VPDN_SET_SSO, 0);
	lab_add_standby(lab, dur_us(60));
	n = call(lab, 0, cc, 1);
	lab_run(lab, dur_s(8));
	lab_assert_up(lab, n);
	g_assert_true(lab_session(lab, &lab->calls[n], &s));
	g_assert_false(s.ha_established);
	lab_kill(lab);
	lab_run(lab, dur_s(100));
	g_assert_cmpint(lab_outcome(lab, n), ==, LAB_GONE);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	lab_free(lab);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/hop/call", test_call);
	g_test_add_func("/vpdn/hop/ends", test_ends);
	g_test_add_func("/vpdn/hop/backup", test_backup);
	g_test_add_func("/vpdn/hop/refused", test_refused);
	g_test_add_func("/vpdn/hop/domain", test_domain);
	g_test_add_func("/vpdn/hop/nobody", test_nobody);
	g_test_add_func("/vpdn/hop/load", test_load);
	g_test_add_func("/vpdn/hop/limits", test_limits);
	g_test_add_func("/vpdn/hop/softshut", test_softshut);
	g_test_add_func("/vpdn/hop/half-protected", test_half_protected);
	return g_test_run();
}
