/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random days of an LNS: calls, hang-ups from every side, bad users, lost datagrams and
 * frames, switchovers, a standby that comes back or does not; at the end everything
 * that is left is whole, and what the LNS counts is what it has.
 */
#include "tests/vpdn/lab.h"

enum {
	SEEDS = 60,
	STEPS = 120,
};

struct soak {
	struct lab *lab;
	struct rng rng;
	uint16_t cc[LAB_LACS];
	unsigned placed, switchovers;
};

static bool tunnel_lives(const struct soak *k, unsigned lac)
{
	struct l2tp_cc_info info;

	return k->cc[lac] && l2tp_cc_get(k->lab->lac[lac], k->cc[lac], &info) &&
	       info.state != L2TP_CC_CLOSING;
}

static void forget_finished_calls(struct soak *k)
{
	for (unsigned n = 1; n < LAB_CALLS; n++) {
		if (k->lab->calls[n].used && lab_outcome(k->lab, n) == LAB_GONE)
			k->lab->calls[n].used = false;
	}
}

static void place_call(struct soak *k)
{
	unsigned lac = rng_below(&k->rng, LAB_LACS), used = 0;
	g_autofree char *user = g_strdup_printf("user%u", 1 + k->placed % LAB_CALLS);
	const char *password = rng_below(&k->rng, 8) ? "pw" : "wrong";

	if (!tunnel_lives(k, lac))
		k->cc[lac] = lab_tunnel(k->lab, lac, "tunsecret");
	forget_finished_calls(k);
	for (unsigned n = 1; n < LAB_CALLS; n++)
		used += k->lab->calls[n].used;
	if (used > 20)
		return;
	k->placed++;
	lab_call(k->lab, lac, k->cc[lac], user, password,
		rng_below(&k->rng, 2) ? PPP_AUTH_PAP : PPP_AUTH_CHAP);
}

/* Some call that the LAC still has; 0: none. */
static unsigned some_call(struct soak *k)
{
	unsigned from = rng_below(&k->rng, LAB_CALLS);

	for (unsigned i = 0; i < LAB_CALLS; i++) {
		unsigned n = 1 + (from + i) % (LAB_CALLS - 1);

		if (k->lab->calls[n].used && k->lab->calls[n].session)
			return n;
	}
	return 0;
}

static uint32_t some_session(struct soak *k)
{
	struct vpdn_session_info s;
	uint32_t cursor = rng_below(&k->rng, 8);

	return k->lab->lns && vpdn_next_session(k->lab->lns, &cursor, &s) ? s.number
									  : 0;
}

static void hang_up(struct soak *k)
{
	unsigned call = some_call(k);
	uint32_t session = some_session(k);

	switch (rng_below(&k->rng, 4)) {
	case 0:
		if (call && k->lab->calls[call].linked)
			lab_hang_up(k->lab, call);
		break;
	case 1:
		if (call)
			lab_drop_carrier(k->lab, call, 3);
		break;
	case 2:
		if (session)
			vpdn_clear_session(k->lab->lns, session, k->lab->now);
		break;
	case 3:
		if (session)
			vpdn_dead(k->lab->lns, session, PPP_CAUSE_ECHO, k->lab->now);
		break;
	}
	lab_drain(k->lab);
}

static void end_tunnel(struct soak *k)
{
	unsigned lac = rng_below(&k->rng, LAB_LACS);
	struct vpdn_session_info s;
	uint32_t session = some_session(k);

	if (rng_below(&k->rng, 2) && tunnel_lives(k, lac))
		lab_stop_tunnel(k->lab, lac, k->cc[lac]);
	else if (session && vpdn_session_get(k->lab->lns, session, &s))
		vpdn_clear_tunnel(k->lab->lns, s.cc, k->lab->now);
	lab_drain(k->lab);
}

static void change_rps(struct soak *k)
{
	struct lab *lab = k->lab;

	if (!lab->lns)
		return;
	if (!lab->standby) {
		lab_add_standby(lab, dur_us(20 + rng_below(&k->rng, 40000)));
	} else if (lab->kill_at == UINT_MAX && rng_below(&k->rng, 4) == 0) {
		vpdn_free(g_steal_pointer(&lab->standby));
		vpdn_set_standby(lab->lns, false, lab->now);
		lab_drain(lab);
	} else {
		lab->kill_at = lab->items + 1 + rng_below(&k->rng, 30);
		k->switchovers++;
	}
}

static void step(struct soak *k)
{
	unsigned what = rng_below(&k->rng, 100);

	if (what < 50)
		place_call(k);
	else if (what < 80)
		hang_up(k);
	else if (what < 83)
		end_tunnel(k);
	else
		change_rps(k);
	lab_run(k->lab, dur_ms(rng_below(&k->rng, 3) ? rng_below(&k->rng, 30)
						     : rng_below(&k->rng, 6000)));
}

static void assert_counts(const struct vpdn *v)
{
	struct vpdn_session_info s;
	struct vpdn_counts c;
	uint32_t cursor = 0;
	unsigned sessions = 0, open = 0, ha = 0, est = 0;

	while (vpdn_next_session(v, &cursor, &s)) {
		sessions++;
		open += s.open;
		ha += s.ha_enabled;
		est += s.ha_established;
		g_assert_true(s.open || !s.ha_established);
	}
	vpdn_get_counts(v, &c);
	g_assert_cmpuint(c.sessions, ==, sessions);
	g_assert_cmpuint(c.sessions_open, ==, open);
	g_assert_cmpuint(c.sessions_ha, ==, ha);
	g_assert_cmpuint(c.sessions_ha_est, ==, est);
}

static void assert_mirror(const struct lab *lab)
{
	struct vpdn_counts a, s;

	vpdn_get_counts(lab->lns, &a);
	vpdn_get_counts(lab->standby, &s);
	g_assert_cmpuint(s.sessions, ==, a.sessions);
	g_assert_cmpuint(s.sessions_ha_est, ==, a.sessions_ha_est);
	g_assert_cmpuint(a.sessions_ha_est, ==, a.sessions_open);
}

/* Calls that were whole at the end; adds to the number of switchovers. */
static unsigned run(uint64_t seed, unsigned *switchovers)
{
	struct soak k = { .lab = lab_new(seed) };
	unsigned whole = 0;

	rng_init(&k.rng, seed, 5);
	k.lab->loss = (unsigned)(seed % 4) * 25;
	for (unsigned i = 0; i < STEPS; i++)
		step(&k);
	k.lab->loss = 0;
	k.lab->kill_at = UINT_MAX;
	lab_run(k.lab, dur_s(250));
	for (unsigned n = 1; n < LAB_CALLS; n++) {
		if (!k.lab->calls[n].used)
			continue;
		g_test_message("seed %u, call %u (%s)", (unsigned)seed, n,
			k.lab->calls[n].user);
		g_assert_cmpint(lab_outcome(k.lab, n), !=, LAB_TORN);
		whole += lab_outcome(k.lab, n) == LAB_WHOLE;
	}
	g_assert_nonnull(k.lab->lns);
	lab_assert_fp(k.lab);
	assert_counts(k.lab->lns);
	if (k.lab->standby) {
		assert_counts(k.lab->standby);
		assert_mirror(k.lab);
	}
	*switchovers += k.switchovers;
	lab_free(k.lab);
	return whole;
}

static void test_soak(void)
{
	unsigned whole = 0, switchovers = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		whole += run(seed, &switchovers);
	g_test_message("%u seeds, %u switchovers, %u calls whole at the end", SEEDS,
		switchovers, whole);
	g_assert_cmpuint(switchovers, >, SEEDS);
	g_assert_cmpuint(whole, >, SEEDS);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/soak/random", test_soak);
	return g_test_run();
}
