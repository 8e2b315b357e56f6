/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An LNS with a standby, killed after every single item that it puts out while a call is
 * set up, hung up by anybody, a tunnel is closed, or the configuration takes sessions
 * away; or its standby is killed there.  Afterwards each call is whole or gone on
 * subscriber, LAC, LNS and FP alike, and the accounting server has one Stop for each
 * Start of what is gone (ha-commit.md H1, H2, H5, H9, H10, H12; I9).  Then the other RP
 * comes back, and the one that acts is pulled too.
 */
#include "tests/vpdn/lab.h"

enum victim {
	KILL_ACTIVE,
	KILL_STANDBY,
	KILL_BOTH, /* the active; then, with a bulk under way, the one that took over */
};

struct sweep {
	const char *name;
	bool prepared; /* a tunnel with two calls before it begins */
	void (*act)(struct lab *lab, uint16_t cc, const unsigned *call);
	bool stops_tunnel; /* so the bystander goes too, or neither */
};

static uint16_t calls(struct lab *lab, unsigned n, unsigned *call)
{
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");

	lab_run(lab, dur_s(1));
	for (unsigned i = 0; i < n; i++) {
		g_autofree char *user = g_strdup_printf("user%u", i + 1);

		call[i] = lab_call(
			lab, 0, cc, user, "pw", i % 2 ? PPP_AUTH_PAP : PPP_AUTH_CHAP);
	}
	lab_run(lab, dur_s(8));
	for (unsigned i = 0; i < n; i++)
		lab_assert_up(lab, call[i]);
	return cc;
}

static void act_call(struct lab *lab, uint16_t cc, const unsigned *call)
{
	lab_call(lab, 0, cc, "user20", "pw", PPP_AUTH_CHAP);
}

static void act_call_pap(struct lab *lab, uint16_t cc, const unsigned *call)
{
	lab_call(lab, 0, cc, "user20", "pw", PPP_AUTH_PAP);
}

static void act_call_proxied(struct lab *lab, uint16_t cc, const unsigned *call)
{
	lab_call_proxied(lab, 0, cc, "user20", "pw", PPP_AUTH_CHAP);
}

static void act_call_proxied_pap(struct lab *lab, uint16_t cc, const unsigned *call)
{
	lab->framing_type = 2; /* with a Set-Link-Info */
	lab->ask_accm = true;
	lab_call_proxied(lab, 0, cc, "user20", "pw", PPP_AUTH_PAP);
}

static void act_tunnel_and_call(struct lab *lab, uint16_t cc, const unsigned *call)
{
	cc = lab_tunnel(lab, 0, "tunsecret");
	lab_call(lab, 0, cc, "user20", "pw", PPP_AUTH_CHAP);
	lab_call(lab, 0, cc, "user21", "pw", PPP_AUTH_PAP);
}

static void act_nothing(struct lab *lab, uint16_t cc, const unsigned *call)
{
}

static void act_hang_up(struct lab *lab, uint16_t cc, const unsigned *call)
{
	lab_hang_up(lab, call[1]);
}

static void act_carrier(struct lab *lab, uint16_t cc, const unsigned *call)
{
	lab_drop_carrier(lab, call[1], 1);
}

/* The number of a call at the LNS. */
static uint32_t lns_number(const struct lab *lab, unsigned call)
{
	struct vpdn_session_info s;

	g_assert_true(lab_session(lab, &lab->calls[call], &s));
	return s.number;
}

static void act_clear(struct lab *lab, uint16_t cc, const unsigned *call)
{
	vpdn_clear_session(lab->lns, lns_number(lab, call[1]), lab->now);
	lab_drain(lab);
}

static void act_dead(struct lab *lab, uint16_t cc, const unsigned *call)
{
	vpdn_dead(lab->lns, lns_number(lab, call[1]), PPP_CAUSE_ECHO, lab->now);
	lab_drain(lab);
}

static void act_stopccn(struct lab *lab, uint16_t cc, const unsigned *call)
{
	lab_stop_tunnel(lab, 0, cc);
}

static void act_clear_tunnel(struct lab *lab, uint16_t cc, const unsigned *call)
{
	struct vpdn_session_info s;

	g_assert_true(vpdn_session_get(lab->lns, lns_number(lab, call[0]), &s));
	vpdn_clear_tunnel(lab->lns, s.cc, lab->now);
	lab_drain(lab);
}

static void act_wrong_password(struct lab *lab, uint16_t cc, const unsigned *call)
{
	lab_call(lab, 0, cc, "user20", "wrong", PPP_AUTH_CHAP);
}

static void act_wrong_password_pap(struct lab *lab, uint16_t cc, const unsigned *call)
{
	lab_call(lab, 0, cc, "user20", "wrong", PPP_AUTH_PAP);
}

static void act_both_hang_up(struct lab *lab, uint16_t cc, const unsigned *call)
{
	vpdn_clear_session(lab->lns, lns_number(lab, call[1]), lab->now);
	lab_drop_carrier(lab, call[1], 1);
	lab_drain(lab);
}

/* The line is a record of the same transaction, so both RPs have it or none (H14): here both
 * have it already. */
static void act_remove_group(struct lab *lab, uint16_t cc, const unsigned *call)
{
	struct vpdn *both[] = { lab->standby, lab->lns };

	for (unsigned i = 0; i < 2; i++) {
		g_assert_true(vpdn_config_remove_group(vpdn_config(both[i]), "1"));
		vpdn_config_changed(both[i], lab->now);
	}
	lab_drain(lab);
}

/* He says nothing after he has come: RADIUS's Idle-Timeout ends his session. */
static void act_idle(struct lab *lab, uint16_t cc, const unsigned *call)
{
	for (unsigned i = 0; i < LAB_RADIUS; i++)
		g_assert_true(
			radius_sim_attr(lab->radius[i], "user20", "Idle-Timeout", "4"));
	lab_call(lab, 0, cc, "user20", "pw", PPP_AUTH_CHAP);
}

static const struct sweep idle_sweep = { "idle", true, act_idle, false };

static const struct sweep sweeps[] = {
	/* clang-format off */
	{ "call-chap",            true,  act_call,               false },
	{ "call-pap",             true,  act_call_pap,           false },
	{ "call-proxied",         true,  act_call_proxied,       false },
	{ "call-proxied-pap",     true,  act_call_proxied_pap,   false },
	{ "tunnel-and-calls",     false, act_tunnel_and_call,    false },
	{ "hello",                true,  act_nothing,            false },
	{ "subscriber-hangs-up",  true,  act_hang_up,            false },
	{ "lac-hangs-up",         true,  act_carrier,            false },
	{ "lns-hangs-up",         true,  act_clear,              false },
	{ "both-hang-up",         true,  act_both_hang_up,       false },
	{ "subscriber-dead",      true,  act_dead,               false },
	{ "login-fails-chap",     true,  act_wrong_password,     false },
	{ "login-fails-pap",      true,  act_wrong_password_pap, false },
	{ "lac-stops-tunnel",     true,  act_stopccn,            true },
	{ "lns-stops-tunnel",     true,  act_clear_tunnel,       true },
	{ "group-is-removed",     true,  act_remove_group,       true },
	/* clang-format on */
};

struct run {
	const struct sweep *sw;
	bool hop; /* the LNS is a multihop node, the calls end behind it */
	base_dur delay;
	enum victim victim;
	unsigned after; /* items of the act; UINT_MAX: nobody dies */
	bool radius;    /* RADIUS servers check the users and take the accounting */
};

static void count_outcomes(
	const struct lab *lab, const struct run *r, unsigned outcomes[3])
{
	for (unsigned n = 1; n < LAB_CALLS; n++) {
		enum lab_outcome what = lab_outcome(lab, n);

		if (!lab->calls[n].used)
			continue;
		if (what == LAB_TORN)
			g_test_message("killed after %u: call %u is torn", r->after, n);
		outcomes[what]++;
	}
}

/* The second death: the new standby has part of a bulk or all of it, the tunnels are perhaps
 * still verified, sessions perhaps still in deletion. */
static void kill_again(struct lab *lab, unsigned after)
{
	while (!lab->lns)
		lab_run(lab, dur_us(100));
	lab_run(lab, dur_us(100 * (after % 13)));
	lab_add_standby(lab, dur_us(60));
	lab_run(lab, dur_us(70 * (after % 7)));
	lab_kill(lab);
}

/* From A to B and back to A: what is whole stays whole. */
static void return_trip(struct lab *lab, const struct run *r, const unsigned before[3])
{
	unsigned outcomes[3] = { 0 };

	if (!lab->standby)
		lab_add_standby(lab, dur_us(60));
	lab_run(lab, dur_s(2));
	lab_kill(lab);
	lab_run(lab, dur_s(40));
	count_outcomes(lab, r, outcomes);
	for (unsigned i = 0; i < 3; i++)
		g_assert_cmpuint(outcomes[i], ==, before[i]);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
}

/* Counts what became of each call.  Returns the number of items that the act took. */
static unsigned run_sweep(const struct run *r, unsigned outcomes[3])
{
	struct lab *lab = r->radius ? lab_new_radius(21)
			  : r->hop  ? lab_new_hop(21)
				    : lab_new(21);
	unsigned call[2], items, mine[3] = { 0 };
	uint16_t cc = 0;

	lab_add_standby(lab, r->delay);
	if (r->sw->prepared)
		cc = calls(lab, 2, call);
	lab_run(lab, dur_s(1));
	items = lab->items;
	lab->kill_standby = r->victim == KILL_STANDBY;
	if (r->after != UINT_MAX)
		lab->kill_at = items + r->after;
	r->sw->act(lab, cc, call);
	if (r->victim == KILL_BOTH && r->after != UINT_MAX) {
		lab_run_until_killed(lab, dur_s(12));
		if (lab->kill_at == UINT_MAX)
			kill_again(lab, r->after);
	}
	lab_run(lab, dur_s(12));
	items = lab->items - items;
	lab_run(lab, dur_s(130)); /* longer than the LAC tries to reach a dead LNS */
	count_outcomes(lab, r, mine);
	for (unsigned i = 0; i < 3; i++)
		outcomes[i] += mine[i];
	if (r->sw->prepared && !r->sw->stops_tunnel)
		lab_assert_up(lab, call[0]);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	if (r->victim == KILL_ACTIVE)
		g_assert_cmpuint(lab->uncommitted, ==, 0);
	if (r->after % 4 == 1)
		return_trip(lab, r, mine);
	lab_free(lab);
	return items;
}

static void sweep_with(
	const struct sweep *sw, base_dur delay, enum victim victim, bool hop,
	bool radius)
{
	static const char *const names[] = { "the active", "the standby", "both" };
	unsigned none[3] = { 0 }, outcomes[3] = { 0 };
	struct run r = { sw, hop, delay, victim, UINT_MAX, radius };
	unsigned items = run_sweep(&r, none);

	g_assert_cmpuint(items, >, 5);
	g_assert_cmpuint(none[LAB_TORN], ==, 0);
	for (r.after = 1; r.after <= items; r.after++)
		(void)run_sweep(&r, outcomes);
	g_test_message(
		"%s: commit takes %" G_GINT64_FORMAT
		" us, %s killed after each of %u items: calls whole %u, gone %u, "
		"torn %u",
		sw->name, delay.ns / 1000, names[victim], items, outcomes[LAB_WHOLE],
		outcomes[LAB_GONE], outcomes[LAB_TORN]);
	g_assert_cmpuint(outcomes[LAB_TORN], ==, 0);
	if (victim == KILL_STANDBY) {
		for (unsigned i = 0; i < 3; i++)
			g_assert_cmpuint(outcomes[i], ==, none[i] * items);
	}
}

static void sweep(
	const struct sweep *sw, bool hop, base_dur delay, enum victim victim)
{
	sweep_with(sw, delay, victim, hop, false);
}

static void test_radius(const void *data)
{
	sweep_with(data, dur_us(60), KILL_ACTIVE, false, true);
	sweep_with(data, dur_ms(30), KILL_ACTIVE, false, true);
	sweep_with(data, dur_us(60), KILL_BOTH, false, true);
}

static void test_active(const void *data)
{
	sweep(data, false, dur_us(60), KILL_ACTIVE);
	sweep(data, false, dur_ms(30),
		KILL_ACTIVE); /* slower than the wire: several in flight */
}

static void test_standby(const void *data)
{
	sweep(data, false, dur_us(60), KILL_STANDBY);
	sweep(data, false, dur_ms(30), KILL_STANDBY);
}

static void test_both(const void *data)
{
	sweep(data, false, dur_us(60), KILL_BOTH);
}

static void test_hop(const void *data)
{
	sweep(data, true, dur_us(60), KILL_ACTIVE);
	sweep(data, true, dur_ms(30), KILL_ACTIVE);
	sweep(data, true, dur_us(60), KILL_STANDBY);
}

static void add(const char *folder, const struct sweep *sw, GTestDataFunc f)
{
	g_autofree char *path = g_strdup_printf("/vpdn/kill/%s/%s", folder, sw->name);

	g_test_add_data_func(path, sw, f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(sweeps); i++) {
		add("active", &sweeps[i], test_active);
		add("standby", &sweeps[i], test_standby);
		add("both", &sweeps[i], test_both);
		add("hop", &sweeps[i], test_hop);
		add("radius", &sweeps[i], test_radius);
	}
	add("radius", &idle_sweep, test_radius);
	return g_test_run();
}
