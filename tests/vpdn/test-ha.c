/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Survival: what the standby of an LNS has, what it does when it takes over, and what is
 * held meanwhile (ha-commit.md H1, H2, H5, H7, H10, H12).  test-kill.c kills at every
 * item.
 */
#include "tests/vpdn/lab.h"

static struct vpdn_counts counts_of(const struct vpdn *v)
{
	struct vpdn_counts c;

	vpdn_get_counts(v, &c);
	return c;
}

/* ---- what the standby has ---- */

static void assert_same_session(const struct lab *lab, uint32_t number)
{
	struct vpdn_session_info a, s;

	g_assert_true(vpdn_session_get(lab->lns, number, &a));
	g_assert_true(vpdn_session_get(lab->standby, number, &s));
	g_assert_cmpuint(s.cc, ==, a.cc);
	g_assert_cmpuint(s.session, ==, a.session);
	g_assert_cmpstr(s.username, ==, a.username);
	g_assert_cmpstr(s.group, ==, a.group);
	g_assert_cmpuint(s.virtual_template, ==, a.virtual_template);
	g_assert_cmpuint(s.vaccess, ==, a.vaccess);
	g_assert_cmpuint(s.unique_id, ==, a.unique_id);
	g_assert_cmpuint(s.subscriber_ip, ==, a.subscriber_ip);
	g_assert_cmpint(s.since.ns, ==, a.since.ns);
	g_assert_true(s.open && a.open);
	g_assert_true(s.ha_established && a.ha_established);
	g_assert_false(s.waiting_vpdn || s.waiting_l2tp);
	g_assert_false(a.waiting_vpdn || a.waiting_l2tp);
}

static void assert_mirrored(const struct lab *lab, unsigned sessions)
{
	struct vpdn_counts a = counts_of(lab->lns), s = counts_of(lab->standby);
	struct vpdn_session_info info;
	uint32_t cursor = 0;

	g_assert_cmpuint(a.sessions, ==, sessions);
	g_assert_cmpuint(a.sessions_ha, ==, sessions);
	g_assert_cmpuint(a.sessions_ha_est, ==, sessions);
	g_assert_cmpmem(&a, sizeof(a), &s, sizeof(s));
	while (vpdn_next_session(lab->lns, &cursor, &info))
		assert_same_session(lab, info.number);
}

static uint16_t calls(struct lab *lab, unsigned lac, unsigned n, unsigned *call)
{
	uint16_t cc = lab_tunnel(lab, lac, "tunsecret");

	lab_run(lab, dur_s(1));
	for (unsigned i = 0; i < n; i++) {
		g_autofree char *user = g_strdup_printf("user%u", lac * 10 + i + 1);

		call[i] = lab_call(
			lab, lac, cc, user, "pw", i % 2 ? PPP_AUTH_PAP : PPP_AUTH_CHAP);
	}
	lab_run(lab, dur_s(8));
	for (unsigned i = 0; i < n; i++)
		lab_assert_up(lab, call[i]);
	return cc;
}

static void test_incremental(void)
{
	struct lab *lab = lab_new(1);
	unsigned call[5];
	uint16_t cc;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 0, 5, call);
	assert_mirrored(lab, 5);
	lab_hang_up(lab, call[1]);
	lab_drop_carrier(lab, call[2], 1);
	lab_run(lab, dur_s(5));
	assert_mirrored(lab, 3);
	lab_stop_tunnel(lab, 0, cc);
	lab_run(lab, dur_s(5));
	assert_mirrored(lab, 0);
	g_assert_cmpuint(ppp_engine_links(vpdn_ppp(lab->standby)), ==, 0);
	g_assert_cmpuint(lab->uncommitted, ==, 0);
	lab_free(lab);
}

static void test_bulk(void)
{
	struct lab *lab = lab_new(2);
	unsigned a[5], b[4];

	calls(lab, 0, 5, a);
	calls(lab, 1, 4, b);
	lab_hang_up(lab, a[0]);
	lab_run(lab, dur_s(5));
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha_est, ==, 0);
	lab_add_standby(lab, dur_us(60));
	lab_run(lab, dur_s(1));
	assert_mirrored(lab, 8);

	/* The standby goes and another comes: everything again, from the beginning. */
	vpdn_free(g_steal_pointer(&lab->standby));
	vpdn_set_standby(lab->lns, false, lab->now);
	lab_drain(lab);
	lab_hang_up(lab, a[1]);
	lab_run(lab, dur_s(5));
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha_est, ==, 0);
	lab_add_standby(lab, dur_us(60));
	lab_run(lab, dur_s(1));
	assert_mirrored(lab, 7);
	lab_free(lab);
}

/* A call while the bulk runs. */
static void test_call_in_bulk(void)
{
	struct lab *lab = lab_new(3);
	unsigned a[5], b[2], late;
	uint16_t cc = calls(lab, 0, 5, a);

	calls(lab, 1, 2, b);
	lab_add_standby(lab, dur_ms(1));
	lab_begin_bulk(lab); /* all of it again */
	g_assert_cmpuint(counts_of(lab->standby).sessions, ==, 0);
	late = lab_call(lab, 0, cc, "user40", "pw", PPP_AUTH_CHAP);
	for (bool more = true; more; lab_run(lab, dur_ms(2))) {
		more = vpdn_bulk_next(lab->lns, 1);
		lab_drain(lab);
	}
	lab_run(lab, dur_s(10));
	lab_assert_up(lab, late);
	assert_mirrored(lab, 8);
	lab_free(lab);
}

static void test_in_set_up(void)
{
	struct lab *lab = lab_new(4);
	unsigned a[1];
	uint16_t cc;
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 0, 1, a);
	lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_us(2500)); /* ICRQ, its commit, ICRP; no ICCN yet */
	g_assert_true(vpdn_next_session(lab->standby, &cursor, &s));
	g_assert_true(s.ha_established);
	g_assert_true(vpdn_next_session(lab->standby, &cursor, &s));
	g_assert_false(s.open);
	g_assert_false(s.ha_established);
	g_assert_true(s.ha_enabled);
	g_assert_true(s.waiting_vpdn);
	g_assert_false(s.waiting_l2tp);
	g_assert_cmpuint(counts_of(lab->standby).sessions, ==, 2);
	g_assert_cmpuint(counts_of(lab->standby).sessions_ha_est, ==, 1);
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha_est, ==, 1);
	lab_run(lab, dur_s(5));
	assert_mirrored(lab, 2);
	lab_free(lab);
}

/* A call that is up, with everything since its ICCN on its way to the standby. */
static unsigned call_in_flight(struct lab *lab)
{
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");
	unsigned call;

	lab_run(lab, dur_s(3));
	call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	while (!lab->calls[call].linked)
		lab_run(lab, dur_us(100));
	lab->commit_delay = dur_s(100);
	while (!lab->calls[call].up)
		lab_run(lab, dur_ms(1));
	lab_run(lab, dur_ms(100));
	g_assert_cmpuint(counts_of(lab->lns).sessions_open, ==, 1);
	return call;
}

/* A session is HA-established when its own record is acknowledged, not before. */
static void test_not_before_commit(void)
{
	struct lab *lab = lab_new(5);

	lab_add_standby(lab, dur_us(60));
	call_in_flight(lab);
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha_est, ==, 0);
	vpdn_committed(lab->lns, lab->seq - 1, lab->now);
	lab_drain(lab);
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha_est, ==, 0);
	vpdn_committed(lab->lns, lab->seq, lab->now);
	lab_drain(lab);
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha_est, ==, 1);
	lab_free(lab);
}

/* What was under way to an earlier standby says nothing of the present one. */
static void test_new_epoch(void)
{
	struct lab *lab = lab_new(12);

	lab_add_standby(lab, dur_us(60));
	call_in_flight(lab);
	lab->commit_delay = dur_us(60);
	lab_begin_bulk(lab);
	g_assert_true(vpdn_bulk_next(lab->lns, 1));
	lab_run(lab, dur_ms(1));
	g_assert_cmpuint(counts_of(lab->standby).sessions, ==, 0);
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha_est, ==, 0);
	while (vpdn_bulk_next(lab->lns, 1))
		lab_run(lab, dur_ms(1));
	lab_run(lab, dur_ms(1));
	assert_mirrored(lab, 1);
	lab_free(lab);
}

/* A bulk that is begun again wherever the first one stood. */
static void test_bulk_again(void)
{
	for (unsigned steps = 0; steps < 20; steps++) {
		struct lab *lab = lab_new(13);
		unsigned a[5];

		calls(lab, 0, 5, a);
		lab_add_standby(lab, dur_us(60));
		lab_begin_bulk(lab);
		for (unsigned i = 0; i < steps; i++) {
			(void)vpdn_bulk_next(lab->lns, 1);
			lab_run(lab, dur_us(50));
		}
		lab_begin_bulk(lab);
		while (vpdn_bulk_next(lab->lns, 1))
			lab_run(lab, dur_us(50));
		lab_run(lab, dur_ms(1));
		assert_mirrored(lab, 5);
		lab_free(lab);
	}
}

/* L2TP sessions without ours (a transaction is whole, so only a defect could make
 * them): the new active does not keep what it cannot serve. */
static void test_strays(void)
{
	struct lab *lab = lab_new(14);
	struct vpdn_params p = { .seed = 9, .id_parity = 1, .passive = true };
	struct vpdn *other = vpdn_new(&p, lab->now);
	struct vpdn_session_info s;
	struct l2tp_session_info l2tp;
	struct l2tp_counts c;
	struct ckpt_record rec;
	uint32_t cursor = 0;
	unsigned a[3];

	calls(lab, 0, 3, a);
	vpdn_set_standby(lab->lns, true, lab->now);
	for (bool more = true; more;) {
		more = vpdn_bulk_next(lab->lns, 100);
		while (vpdn_poll_record(lab->lns, &rec)) {
			if (rec.client == CKPT_L2TP)
				g_assert_true(vpdn_apply(other, &rec, lab->now));
		}
	}
	g_assert_true(l2tp_next_session(vpdn_l2tp(other), &cursor, &l2tp));
	g_assert_true(vpdn_session_find(other, l2tp.cc, l2tp.id, &s));
	g_assert_true(s.waiting_vpdn);
	g_assert_false(s.waiting_l2tp);
	g_assert_cmpuint(s.number, ==, 0);
	vpdn_activate(other, NULL, 0, lab->now);
	l2tp_get_counts(vpdn_l2tp(other), &c);
	g_assert_cmpuint(c.tunnels, ==, 1);
	g_assert_cmpuint(c.sessions, ==, 0);
	vpdn_free(other);
	lab_free(lab);
}

static void switch_ha(struct lab *lab, bool global, bool off)
{
	struct vpdn *both[] = { lab->lns, lab->standby };

	for (unsigned i = 0; i < 2; i++) {
		struct vpdn_config *c = vpdn_config(both[i]);

		if (global)
			c->no_l2tp_sso = off;
		else
			vpdn_settings_put(&vpdn_config_group(c, "1", false)->own,
				VPDN_SET_SSO, !off);
		vpdn_config_changed(both[i], lab->now);
	}
	lab_run(lab, dur_s(1));
}

static void test_switches(const void *global)
{
	struct lab *lab = lab_new(6);
	unsigned a[3], late;
	uint16_t cc;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 0, 3, a);
	assert_mirrored(lab, 3);
	switch_ha(lab, global != NULL, true);
	g_assert_cmpuint(counts_of(lab->lns).sessions, ==, 3);
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha, ==, 0);
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha_est, ==, 0);
	g_assert_cmpuint(counts_of(lab->standby).sessions, ==, 0);
	g_assert_cmpuint(ppp_engine_links(vpdn_ppp(lab->standby)), ==, 0);
	late = lab_call(lab, 0, cc, "user30", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, late);
	g_assert_cmpuint(counts_of(lab->standby).sessions, ==, 0);
	switch_ha(lab, global != NULL, false);
	lab_run(lab, dur_s(1));
	assert_mirrored(lab, 4);
	for (unsigned i = 0; i < 3; i++)
		lab_assert_up(lab, a[i]);
	lab_free(lab);
}

static uint32_t last_unique(const struct lab *lab)
{
	struct vpdn_session_info s;
	uint32_t cursor = 0, last = 0;

	while (vpdn_next_session(lab->lns, &cursor, &s))
		last = MAX(last, s.unique_id);
	return last;
}

/* Twenty sessions live through two takeovers; numbers and addresses go on where they
 * were. */
static void test_twice(void)
{
	struct lab *lab = lab_new(7);
	unsigned a[10], b[10], late[2];
	uint16_t cc;
	struct l2tp_counts l2tp;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 0, 10, a);
	calls(lab, 1, 10, b);
	for (unsigned round = 0; round < 2; round++) {
		g_autofree char *user = g_strdup_printf("user%u", 50 + round);

		lab_kill(lab);
		lab_run(lab, dur_s(20));
		l2tp_get_counts(vpdn_l2tp(lab->lns), &l2tp);
		g_assert_cmpuint(l2tp.resync_ok, ==, 2);
		g_assert_cmpuint(l2tp.resync_failed, ==, 0);
		g_assert_cmpuint(counts_of(lab->lns).sessions_open, ==, 20 + round);
		late[round] = lab_call(lab, 0, cc, user, "pw", PPP_AUTH_PAP);
		lab_run(lab, dur_s(5));
		lab_add_standby(lab, dur_us(60));
		lab_run(lab, dur_s(5));
		assert_mirrored(lab, 21 + round);
		lab_assert_fp(lab);
		g_assert_cmpuint(last_unique(lab), ==, 21 + round);
		for (unsigned i = 0; i < 10; i++) {
			lab_assert_up(lab, a[i]);
			lab_assert_up(lab, b[i]);
		}
		lab_assert_up(lab, late[0]);
		lab_assert_up(lab, late[round]);
	}
	g_assert_cmpuint(lab->calls[late[1]].ip, ==, LAB_POOL_LOW + 21);
	lab_free(lab);
}

/* A call that comes while the tunnel is verified is refused, with cause 611 in the
 * history. */
static void test_call_in_resync(void)
{
	struct lab *lab = lab_new(8);
	unsigned a[1], late;
	uint16_t cc;
	const struct vpdn_failure *f;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 0, 1, a);
	lab_kill(lab);
	while (!lab->lns)
		lab_run(lab, dur_us(100));
	late = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(20));
	g_assert_cmpint(lab_outcome(lab, late), ==, LAB_GONE);
	g_assert_cmpuint(lab->calls[late].gone.result, ==, 2);
	g_assert_cmpuint(lab->calls[late].gone.error, ==, 6);
	g_assert_cmpstr(lab->calls[late].gone.text, ==, "Tunnel in HA resync (611)");
	g_assert_cmpuint(vpdn_history_count(lab->lns), ==, 1);
	f = vpdn_history_get(lab->lns, 0);
	g_assert_cmpstr(f->type, ==, "Tunnel in HA resync");
	g_assert_cmpstr(f->reason, ==, "Disconnect cause 611");
	g_assert_cmpstr(f->nas, ==, "lac0");
	lab_assert_up(lab, a[0]);
	late = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, late);
	lab_free(lab);
}

/* Sessions in set-up at the switchover end with a CDN that says so, and a history
 * row. */
static void test_in_set_up_closed(void)
{
	struct lab *lab = lab_new(9);
	unsigned a[1], late;
	uint16_t cc;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 0, 1, a);
	late = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_ms(6)); /* LCP is on its way */
	g_assert_cmpuint(counts_of(lab->standby).sessions, ==, 2);
	g_assert_cmpuint(counts_of(lab->standby).sessions_ha_est, ==, 1);
	lab_kill(lab);
	lab_run(lab, dur_s(20));
	g_assert_cmpint(lab_outcome(lab, late), ==, LAB_GONE);
	g_assert_cmpint(lab->calls[late].gone.by, ==, L2TP_BY_PEER);
	g_assert_cmpuint(lab->calls[late].gone.result, ==, 2);
	g_assert_cmpuint(lab->calls[late].gone.error, ==, 6);
	g_assert_cmpstr(vpdn_history_get(lab->lns, 0)->type, ==, "Switchover");
	lab_assert_up(lab, a[0]);
	lab_assert_fp(lab);
	lab_free(lab);
}

/* The standby does not answer: after the ack budget what was held leaves, marked, and
 * the tunnel counts as unprotected until the acknowledgement is there (H3). */
static void test_release(void)
{
	struct lab *lab = lab_new(10);
	unsigned a[1], late;
	uint16_t cc;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 0, 1, a);
	lab->commit_delay = dur_s(3);
	late = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_ms(200));
	g_assert_cmpuint(counts_of(lab->lns).sessions, ==, 2);
	g_assert_cmpuint(lab->uncommitted, ==, 0);
	g_assert_cmpuint(vpdn_unprotected(lab->lns), ==, 0);
	vpdn_release(lab->lns, lab->seq, lab->now);
	lab_drain(lab);
	g_assert_cmpuint(lab->uncommitted, >, 0);
	g_assert_cmpuint(vpdn_unprotected(lab->lns), ==, 1);
	lab->commit_delay = dur_us(60);
	lab_run(lab, dur_s(8));
	g_assert_cmpuint(vpdn_unprotected(lab->lns), ==, 0);
	lab_assert_up(lab, late);
	assert_mirrored(lab, 2);
	lab_free(lab);
}

/* The standby is pulled: what was held for it leaves at once. */
static void test_standby_gone(void)
{
	struct lab *lab = lab_new(11);
	unsigned a[1], late;
	uint16_t cc;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 0, 1, a);
	lab->commit_delay = dur_s(100);
	late = lab_call(lab, 0, cc, "user2", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_ms(300));
	g_assert_false(lab->calls[late].up);
	vpdn_free(g_steal_pointer(&lab->standby));
	vpdn_set_standby(lab->lns, false, lab->now);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, a[0]);
	lab_assert_up(lab, late);
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha, ==, 2);
	g_assert_cmpuint(counts_of(lab->lns).sessions_ha_est, ==, 0);
	lab_free(lab);
}

/* ---- records that make no sense ---- */

static const struct {
	const char *name;
	struct ckpt_record rec;
	bool ok;
} odd[] = {
	/* clang-format off */
	{ "no-key",         { CKPT_VPDN, VPDN_REC_SESSION, CKPT_UPSERT, 0 }, false },
	{ "key-too-high",   { CKPT_VPDN, VPDN_REC_SESSION, CKPT_UPSERT, LAB_SESSIONS + 1 }, false },
	{ "no-fields",      { CKPT_VPDN, VPDN_REC_SESSION, CKPT_UPSERT, 1 }, false },
	{ "unknown-type",   { CKPT_VPDN, 9, CKPT_UPSERT, 1 }, false },
	{ "unknown-op",     { CKPT_VPDN, VPDN_REC_SESSION, 9, 1 }, false },
	{ "unknown-client", { 200, 1, CKPT_UPSERT, 1 }, false },
	{ "cut-field",      { CKPT_VPDN, VPDN_REC_SESSION, CKPT_UPSERT, 1,
			      (const uint8_t *)"\1\0\2", 3 }, false },
	{ "no-group",       { CKPT_VPDN, VPDN_REC_SESSION, CKPT_UPSERT, 1,
			      (const uint8_t *)"\1\0\2\0\1\2\0\2\0\1", 10 }, false },
	{ "delete-unknown", { CKPT_VPDN, VPDN_REC_SESSION, CKPT_DELETE, 7 }, true },
	{ "smallest",       { CKPT_VPDN, VPDN_REC_SESSION, CKPT_UPSERT, 1,
			      (const uint8_t *)"\1\0\2\0\1\2\0\2\0\1\12\0\1g", 14 }, true },
	/* clang-format on */
};

static void test_odd_record(const void *data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	struct vpdn_params p = { .passive = true, .max_sessions = LAB_SESSIONS };
	struct vpdn *v = vpdn_new(&p, BASE_TIME_ZERO);
	struct vpdn_params live = { .max_sessions = LAB_SESSIONS };
	struct vpdn *active = vpdn_new(&live, BASE_TIME_ZERO);
	struct vpdn_session_info s;

	g_assert_cmpint(vpdn_apply(v, &odd[i].rec, BASE_TIME_ZERO), ==, odd[i].ok);
	g_assert_cmpuint(counts_of(v).sessions, ==,
		odd[i].ok && odd[i].rec.op == CKPT_UPSERT ? 1 : 0);
	if (vpdn_session_get(v, 1, &s)) {
		g_assert_true(s.waiting_l2tp);
		g_assert_false(s.waiting_vpdn);
		g_assert_false(s.ha_established);
	}
	vpdn_activate(v, NULL, 0, BASE_TIME_ZERO); /* nothing of it can be kept */
	(void)vpdn_tick(v, time_add(BASE_TIME_ZERO, dur_s(1)), 1); /* no FP answers */
	g_assert_cmpuint(counts_of(v).sessions, ==, 0);
	g_assert_false(vpdn_apply(active, &odd[i].rec, BASE_TIME_ZERO));
	vpdn_free(v);
	vpdn_free(active);
}

static void add(const char *folder, const char *name, const void *data, GTestDataFunc f)
{
	g_autofree char *path = g_strdup_printf("/vpdn/ha/%s/%s", folder, name);

	g_test_add_data_func(path, data, f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/ha/incremental", test_incremental);
	g_test_add_func("/vpdn/ha/bulk", test_bulk);
	g_test_add_func("/vpdn/ha/call-in-bulk", test_call_in_bulk);
	g_test_add_func("/vpdn/ha/in-set-up", test_in_set_up);
	g_test_add_func("/vpdn/ha/not-before-commit", test_not_before_commit);
	g_test_add_func("/vpdn/ha/new-epoch", test_new_epoch);
	g_test_add_func("/vpdn/ha/bulk-again", test_bulk_again);
	g_test_add_func("/vpdn/ha/strays", test_strays);
	add("switches", "group", NULL, test_switches);
	add("switches", "global", GUINT_TO_POINTER(1), test_switches);
	g_test_add_func("/vpdn/ha/twice", test_twice);
	g_test_add_func("/vpdn/ha/call-in-resync", test_call_in_resync);
	g_test_add_func("/vpdn/ha/in-set-up-closed", test_in_set_up_closed);
	g_test_add_func("/vpdn/ha/release", test_release);
	g_test_add_func("/vpdn/ha/standby-gone", test_standby_gone);
	for (unsigned i = 0; i < G_N_ELEMENTS(odd); i++)
		add("odd-record", odd[i].name, GUINT_TO_POINTER(i), test_odd_record);
	return g_test_run();
}
