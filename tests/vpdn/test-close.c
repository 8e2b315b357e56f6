/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Deletion in two phases and accounting, looked at closely (ha-commit.md H3, H9, H10):
 * what leaves when, what a new active RP does with a session that was in its end, with a
 * tunnel that was not protected, with accounting records that nobody took.
 */
#include "tests/vpdn/lab.h"

#include <string.h>

static struct vpdn_counts counts_of(const struct vpdn *v)
{
	struct vpdn_counts c;

	vpdn_get_counts(v, &c);
	return c;
}

static uint16_t calls(struct lab *lab, unsigned n, unsigned *call)
{
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");

	lab_run(lab, dur_s(1));
	for (unsigned i = 0; i < n; i++) {
		g_autofree char *user = g_strdup_printf("user%u", i + 1);

		call[i] = lab_call(lab, 0, cc, user, "pw", PPP_AUTH_PAP);
	}
	lab_run(lab, dur_s(5));
	for (unsigned i = 0; i < n; i++)
		lab_assert_up(lab, call[i]);
	return cc;
}

static uint32_t number_of(const struct lab *lab, unsigned call)
{
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	while (vpdn_next_session(lab->lns, &cursor, &s)) {
		if (s.subscriber_ip == lab->calls[call].ip)
			return s.number;
	}
	g_assert_not_reached();
}

/* What the server has of a user; its last session. */
static const struct lab_acct *acct_of(const struct lab *lab, const char *user)
{
	GHashTableIter it;
	struct lab_acct *a, *found = NULL;

	g_hash_table_iter_init(&it, lab->acct);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&a)) {
		if (strcmp(a->user, user) == 0) {
			g_assert_null(found);
			found = a;
		}
	}
	return found;
}

static void clear(struct lab *lab, unsigned call)
{
	vpdn_clear_session(lab->lns, number_of(lab, call), lab->now);
	lab_drain(lab);
}

/* The subscriber says nothing any more. */
static void silence(struct lab *lab, unsigned call)
{
	lab->calls[call].linked = false;
	ppp_link_drop(lab->subscribers, call);
}

/* ---- without a standby ---- */

static void test_counters(void)
{
	struct lab *lab = lab_new(1);
	const struct lab_acct *a;
	unsigned call[2];

	calls(lab, 2, call);
	a = acct_of(lab, "user1");
	g_assert_cmpuint(a->starts, ==, 1);
	g_assert_cmpuint(a->stops, ==, 0);
	g_assert_cmpuint(a->ip, ==, lab->calls[call[0]].ip);
	lab_run(lab, dur_s(30));
	lab_hang_up(lab, call[0]);
	lab_run(lab, dur_s(2));
	g_assert_cmpuint(a->starts, ==, 1);
	g_assert_cmpuint(a->stops, ==, 1);
	g_assert_cmpuint(a->cause, ==, 1); /* User Request */
	g_assert_cmpuint(a->seconds, >=, 30);
	g_assert_cmpuint(a->seconds, <=, 40);
	g_assert_cmpuint(a->counts.rx_packets, >, 3);
	g_assert_cmpuint(a->counts.tx_packets, >, 3);
	clear(lab, call[1]);
	lab_run(lab, dur_s(10));
	g_assert_cmpuint(acct_of(lab, "user2")->cause, ==, 6); /* Admin Reset */
	g_assert_cmpuint(lab->calls[call[1]].gone.result, ==, 3);
	lab_assert_acct(lab);
	g_assert_cmpuint(counts_of(lab->lns).acct_pending, ==, 0);
	lab_free(lab);
}

/* The FP does not say its counters: a second later the session ends all the same. */
static void test_mute_fp(void)
{
	struct lab *lab = lab_new(2);
	unsigned call[1];
	uint32_t n;

	calls(lab, 1, call);
	n = number_of(lab, call[0]);
	lab->fp_mute = true;
	lab_drop_carrier(lab, call[0], 1);
	lab_run(lab, dur_ms(900));
	g_assert_true(lab->fp[n].stopped);
	g_assert_cmpuint(lab->stops, ==, 2); /* asked again after half a second */
	g_assert_cmpuint(counts_of(lab->lns).sessions, ==, 1);
	g_assert_cmpuint(acct_of(lab, "user1")->stops, ==, 0);
	lab_run(lab, dur_ms(200));
	g_assert_cmpuint(counts_of(lab->lns).sessions, ==, 0);
	g_assert_cmpuint(acct_of(lab, "user1")->stops, ==, 1);
	g_assert_cmpuint(acct_of(lab, "user1")->counts.rx_packets, ==, 0);
	g_assert_cmpuint(acct_of(lab, "user1")->cause, ==, 2); /* Lost Carrier */
	lab_assert_fp(lab);
	lab_free(lab);
}

/* The FP that was asked is gone; another one, which has mirrored it, is asked. */
static void test_stop_again(void)
{
	struct lab *lab = lab_new(2);
	unsigned call[2];

	calls(lab, 2, call);
	lab->fp_mute = true;
	for (unsigned i = 0; i < 2; i++)
		lab_drop_carrier(lab, call[i], 1);
	lab_run(lab, dur_ms(100));
	g_assert_cmpuint(lab->stops, ==, 2);
	lab->fp_mute = false;
	vpdn_stop_again(lab->lns, lab->now);
	lab_run(lab, dur_ms(10));
	g_assert_cmpuint(lab->stops, ==, 4);
	g_assert_cmpuint(counts_of(lab->lns).sessions, ==, 0);
	g_assert_cmpuint(acct_of(lab, "user1")->counts.rx_packets, >, 0);
	vpdn_stop_again(lab->lns, lab->now);
	lab_run(lab, dur_s(2));
	g_assert_cmpuint(lab->stops, ==, 4);
	g_assert_cmpuint(acct_of(lab, "user2")->stops, ==, 1);
	lab_assert_fp(lab);
	lab_free(lab);
}

/* Until the server answers a record comes again every five seconds. */
static void test_repeats(void)
{
	struct lab *lab = lab_new(3);
	const struct lab_acct *a;
	unsigned call[1], was;

	lab->acct_deaf = true;
	calls(lab, 1, call);
	a = acct_of(lab, "user1");
	was = a->starts;
	lab_run(lab, dur_s(20));
	g_assert_cmpuint(a->starts, ==, was + 4);
	lab_hang_up(lab, call[0]);
	lab_run(lab, dur_s(21));
	g_assert_cmpuint(a->stops, >=, 4);
	g_assert_cmpuint(counts_of(lab->lns).acct_pending, ==, 2);
	lab->acct_deaf = false;
	lab_run(lab, dur_s(6));
	g_assert_cmpuint(counts_of(lab->lns).acct_pending, ==, 0);
	was = a->stops;
	lab_run(lab, dur_s(20));
	g_assert_cmpuint(a->stops, ==, was);
	vpdn_acct_done(lab->lns, "nonsense", 2, lab->now);
	vpdn_acct_done(lab->lns, "0123456789ABCDEF0", 2, lab->now);
	lab_free(lab);
}

static void test_login_fails(void)
{
	struct lab *lab = lab_new(4);
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");
	unsigned call;

	lab_run(lab, dur_s(1));
	call = lab_call(lab, 0, cc, "user1", "wrong", PPP_AUTH_PAP);
	lab_run(lab, dur_s(20));
	g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
	g_assert_cmpuint(g_hash_table_size(lab->acct), ==, 0);
	lab_assert_fp(lab);
	lab_free(lab);
}

/* ---- with one ---- */

/* Phase two leaves when it is committed: no Stop, no CDN, no free entry before. */
static void test_held(void)
{
	struct lab *lab = lab_new(5);
	unsigned call[1];
	uint32_t n;

	lab_add_standby(lab, dur_us(60));
	calls(lab, 1, call);
	g_assert_cmpuint(vpdn_held(lab->lns), ==, 0);
	n = number_of(lab, call[0]);
	silence(lab, call[0]);
	lab->commit_delay = dur_s(100);
	vpdn_dead(lab->lns, n, PPP_CAUSE_ECHO, lab->now);
	lab_run(lab, dur_s(9));
	g_assert_cmpuint(counts_of(lab->lns).sessions, ==, 0);
	g_assert_cmpuint(vpdn_held(lab->lns), >=, 2); /* CDN, Stop, maybe a HELLO */
	g_assert_cmpuint(acct_of(lab, "user1")->stops, ==, 0);
	g_assert_true(lab->fp[n].there && lab->fp[n].stopped);
	g_assert_cmpuint(lab->calls[call[0]].session, !=, 0);
	vpdn_committed(lab->lns, lab->seq, lab->now);
	lab_run(lab, dur_ms(10));
	g_assert_cmpuint(vpdn_held(lab->lns), ==, 0);
	g_assert_cmpuint(acct_of(lab, "user1")->stops, ==, 1);
	g_assert_false(lab->fp[n].there);
	g_assert_cmpuint(lab->calls[call[0]].session, ==, 0);
	lab_free(lab);
}

/* Between the phases the active dies: the new one ends it with the cause of the old. */
static void test_finished_by_other(const void *by_peer)
{
	struct lab *lab = lab_new(6);
	const struct lab_acct *a;
	unsigned call[2];
	struct vpdn_session_info s;
	uint32_t n;

	lab_add_standby(lab, dur_us(60));
	calls(lab, 2, call);
	n = number_of(lab, call[1]);
	lab->fp_mute = true;
	if (by_peer)
		lab_drop_carrier(lab, call[1], 3);
	else
		vpdn_clear_session(lab->lns, n, lab->now);
	lab_run(lab, dur_ms(500));
	g_assert_cmpint(lab->calls[call[1]].session == 0, ==, by_peer != NULL);
	lab_kill(lab);
	g_assert_true(vpdn_session_get(lab->standby, n, &s));
	g_assert_true(s.closing);
	g_assert_false(s.open);
	g_assert_false(s.ha_established);
	lab->fp_mute = false;
	lab_run(lab, dur_s(10));
	a = acct_of(lab, "user2");
	g_assert_cmpuint(a->stops, ==, 1);
	g_assert_cmpuint(a->cause, ==, 6);
	g_assert_cmpuint(a->counts.rx_packets, >, 3); /* the FP still had them */
	g_assert_cmpint(lab_outcome(lab, call[1]), ==, LAB_GONE);
	g_assert_cmpuint(vpdn_history_count(lab->lns), ==, 0);
	lab_assert_up(lab, call[0]);
	lab_assert_fp(lab);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* A dead subscriber's session, whose LAC knows nothing yet: the new active tells it. */
static void test_cdn_by_other(void)
{
	struct lab *lab = lab_new(7);
	unsigned call[1];

	lab_add_standby(lab, dur_us(60));
	calls(lab, 1, call);
	lab->fp_mute = true;
	silence(lab, call[0]);
	vpdn_dead(lab->lns, number_of(lab, call[0]), PPP_CAUSE_ECHO, lab->now);
	lab_run(lab, dur_s(7));
	g_assert_cmpuint(lab->calls[call[0]].session, !=, 0);
	lab_kill(lab);
	lab_run(lab, dur_s(10));
	g_assert_cmpuint(lab->calls[call[0]].session, ==, 0);
	g_assert_cmpuint(lab->calls[call[0]].gone.result, ==, 1);
	g_assert_cmpuint(lab->calls[call[0]].gone.error, ==, 0);
	g_assert_cmpuint(acct_of(lab, "user1")->cause, ==, 2);
	lab_free(lab);
}

/* Records that nobody takes go over to every new standby, and on. */
static void test_pending_in_bulk(void)
{
	struct lab *lab = lab_new(8);
	unsigned call[2];

	lab->acct_deaf = true;
	calls(lab, 2, call);
	lab_hang_up(lab, call[0]);
	lab_run(lab, dur_s(5));
	g_assert_cmpuint(counts_of(lab->lns).acct_pending, ==, 3);
	for (unsigned i = 0; i < 2; i++) {
		lab_add_standby(lab, dur_us(60));
		lab_run(lab, dur_s(1));
		g_assert_cmpuint(counts_of(lab->standby).acct_pending, ==, 3);
		lab_kill(lab);
		lab_run(lab, dur_s(10));
		g_assert_cmpuint(counts_of(lab->lns).acct_pending, ==, 3);
	}
	g_hash_table_remove_all(lab->acct); /* as if none had ever come */
	lab->acct_deaf = false;
	lab_run(lab, dur_s(6));
	lab_assert_acct(lab);
	g_assert_cmpuint(acct_of(lab, "user1")->stops, ==, 1);
	g_assert_cmpuint(acct_of(lab, "user2")->starts, ==, 1);
	lab_free(lab);
}

/* Of a tunnel that is not protected only accounting outlives the RP. */
static void test_guard(void)
{
	struct lab *lab = lab_new(9);
	struct vpdn *both[2];
	unsigned call[2], late;
	uint16_t cc;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 2, call);
	both[0] = lab->lns;
	both[1] = lab->standby;
	for (unsigned i = 0; i < 2; i++) {
		vpdn_config(both[i])->no_l2tp_sso = true;
		vpdn_config_changed(both[i], lab->now);
	}
	lab_run(lab, dur_s(1));
	late = lab_call(lab, 0, cc, "user3", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, late);
	g_assert_cmpuint(counts_of(lab->standby).sessions, ==, 0);
	g_assert_cmpuint(counts_of(lab->standby).acct_pending, ==, 3);
	lab_hang_up(lab, call[1]);
	lab_run(lab, dur_s(5));
	g_assert_cmpuint(counts_of(lab->standby).acct_pending, ==, 2);
	lab_kill(lab);
	lab_run(lab, dur_s(3));
	g_assert_cmpuint(acct_of(lab, "user1")->stops, ==, 1);
	g_assert_cmpuint(acct_of(lab, "user1")->cause, ==, 3); /* Lost Service */
	g_assert_cmpuint(acct_of(lab, "user1")->seconds, >=, 10);
	g_assert_cmpuint(acct_of(lab, "user2")->cause, ==, 1);
	g_assert_cmpuint(acct_of(lab, "user3")->stops, ==, 1);
	lab_run(lab, dur_s(130));
	lab_assert_acct(lab);
	lab_assert_fp(lab);
	lab_free(lab);
}

/* ---- H10: the record of a session in set-up ---- */

static void test_record_names_user(void)
{
	struct lab *lab = lab_new(10);
	struct vpdn_session_info s;
	uint32_t cursor = 0;
	uint16_t cc;
	unsigned call;

	lab_add_standby(lab, dur_us(60));
	cc = lab_tunnel(lab, 0, "tunsecret");
	lab_run(lab, dur_s(1));
	call = lab_call(lab, 0, cc, "user5", "pw", PPP_AUTH_PAP);
	while (!vpdn_next_session(lab->standby, &cursor, &s) || !s.username[0]) {
		g_assert_false(lab->calls[call].up);
		lab_run(lab, dur_us(100));
		cursor = 0;
	}
	g_assert_cmpstr(s.username, ==, "user5");
	g_assert_false(s.open);
	lab_kill(lab);
	lab_run(lab, dur_s(10));
	g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
	g_assert_cmpuint(vpdn_history_count(lab->lns), ==, 1);
	g_assert_cmpstr(vpdn_history_get(lab->lns, 0)->user, ==, "user5");
	g_assert_cmpuint(g_hash_table_size(lab->acct), ==, 0);
	lab_free(lab);
}

/* ---- H3: marks ---- */

/* Two calls in a tunnel of LAC 0, whose last messages left without their commit. */
static uint16_t unprotected(struct lab *lab, unsigned call[2], base_dur delay)
{
	struct vpdn_session_info s;
	uint16_t cc;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 2, call);
	lab->commit_delay = delay;
	call[1] = lab_call(lab, 0, cc, "user9", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_ms(200));
	vpdn_release(lab->lns, lab->seq, lab->now);
	lab_run(lab, dur_ms(100));
	g_assert_true(vpdn_session_get(lab->lns, number_of(lab, call[0]), &s));
	g_assert_true(lab->marks[s.cc]);
	g_assert_cmpuint(vpdn_unprotected(lab->lns), ==, 1);
	return s.cc;
}

static void test_unmarked(void)
{
	struct lab *lab = lab_new(11);
	unsigned call[2];
	uint16_t cc = unprotected(lab, call, dur_s(2));

	lab->commit_delay = dur_us(60);
	lab_run(lab, dur_s(10));
	g_assert_cmpuint(vpdn_unprotected(lab->lns), ==, 0);
	g_assert_false(lab->marks[cc]);
	g_assert_cmpuint(lab->unmarks, >, 0);
	lab_free(lab);
}

/* The standby goes, another comes: the numbers of transactions go on, and its bulk covers all. */
static void test_unmarked_by_bulk(void)
{
	struct lab *lab = lab_new(12);
	unsigned call[2];
	uint16_t cc = unprotected(lab, call, dur_s(100));

	lab_kill_standby(lab);
	lab_run(lab, dur_s(5));
	g_assert_true(lab->marks[cc]);
	lab_add_standby(lab, dur_us(60));
	g_assert_true(lab->marks[cc]);
	lab_run(lab, dur_ms(50));
	g_assert_cmpuint(vpdn_unprotected(lab->lns), ==, 0);
	g_assert_false(lab->marks[cc]);
	lab_kill(lab);
	lab_run(lab, dur_s(10));
	lab_assert_up(lab, call[0]);
	lab_assert_up(lab, call[1]);
	lab_free(lab);
}

static void test_unmarked_by_end(void)
{
	struct lab *lab = lab_new(13);
	unsigned call[2];
	uint16_t cc = unprotected(lab, call, dur_s(100));

	lab_kill_standby(lab);
	lab_stop_tunnel(lab, 0, lab->calls[call[0]].cc);
	lab_run(lab, dur_s(120));
	g_assert_false(lab->marks[cc]);
	lab_free(lab);
}

/* The active dies: nothing of that tunnel is resumed, nothing is said to the LAC; each of its
 * sessions has a row of the history and its Stop. */
static void test_marked_is_dropped(void)
{
	struct lab *lab = lab_new(14);
	unsigned call[2], logs;
	uint16_t cc = unprotected(lab, call, dur_s(100));
	struct l2tp_counts c;

	for (unsigned i = 0; i < 2; i++)
		lab->cut[i] = true; /* so that what is heard is what the new one says */
	lab_kill(lab);
	logs = lab->logs;
	while (!lab->lns)
		lab_run(lab, dur_ms(1));
	g_assert_false(lab->marks[cc]);
	g_assert_cmpuint(lab->logs, >, logs);
	l2tp_get_counts(vpdn_l2tp(lab->lns), &c);
	g_assert_cmpuint(c.tunnels, ==, 0);
	g_assert_cmpuint(c.sessions, ==, 0);
	lab->udp_out = 0;
	lab_run(lab, dur_s(3));
	g_assert_cmpuint(lab->udp_out, ==, 0);
	g_assert_cmpuint(counts_of(lab->lns).sessions, ==, 0);
	g_assert_cmpuint(acct_of(lab, "user1")->stops, ==, 1);
	g_assert_cmpuint(acct_of(lab, "user1")->cause, ==, 3);
	g_assert_cmpuint(vpdn_history_count(lab->lns), >=, 2);
	g_assert_cmpstr(vpdn_history_get(lab->lns, 0)->reason, ==,
		"Tunnel was not protected at the switchover");
	lab->cut[0] = lab->cut[1] = false;
	lab_run(lab, dur_s(130));
	lab_assert_acct(lab);
	lab_assert_fp(lab);
	lab_free(lab);
}

/* ---- double failure ---- */

/* The second RP dies while it still verifies the tunnel; the third goes on. */
static void test_third_life(void)
{
	struct lab *lab = lab_new(15);
	unsigned call[3], late;
	uint16_t cc;
	struct l2tp_counts c;

	lab_add_standby(lab, dur_us(60));
	cc = calls(lab, 3, call);
	lab->cut[0] = true;
	lab_kill(lab);
	lab_run(lab, dur_s(3));
	l2tp_get_counts(vpdn_l2tp(lab->lns), &c);
	g_assert_cmpuint(c.tunnels_resync, ==, 1);
	lab_add_standby(lab, dur_us(60));
	lab_run(lab, dur_ms(100));
	l2tp_get_counts(vpdn_l2tp(lab->lns), &c);
	g_assert_cmpuint(c.tunnels_resync, ==, 1); /* the bulk did not wait for it */
	g_assert_cmpuint(counts_of(lab->standby).sessions_ha_est, ==, 3);
	lab_kill(lab);
	lab_run(lab, dur_s(3));
	l2tp_get_counts(vpdn_l2tp(lab->lns), &c);
	g_assert_cmpuint(c.tunnels_resync, ==, 1);
	g_assert_cmpuint(c.resync_ok, ==, 0);
	lab->cut[0] = false;
	lab_run(lab, dur_s(20));
	l2tp_get_counts(vpdn_l2tp(lab->lns), &c);
	g_assert_cmpuint(c.tunnels_resync, ==, 0);
	g_assert_cmpuint(c.resync_ok, ==, 1);
	for (unsigned i = 0; i < 3; i++)
		lab_assert_up(lab, call[i]);
	late = lab_call(lab, 0, cc, "user7", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, late);
	lab_assert_acct(lab);
	g_assert_cmpuint(lab->uncommitted, ==, 0);
	lab_free(lab);
}

/* It never hears the LAC again: that is a failure, once, with all that goes with it. */
static void test_third_life_fails(void)
{
	struct lab *lab = lab_new(16);
	unsigned call[3];
	struct l2tp_counts c;

	lab_add_standby(lab, dur_us(60));
	calls(lab, 3, call);
	lab->cut[0] = true;
	lab_kill(lab);
	lab_run(lab, dur_s(3));
	lab_add_standby(lab, dur_us(60));
	lab_run(lab, dur_s(1));
	lab_kill(lab);
	lab_run(lab, dur_s(200));
	l2tp_get_counts(vpdn_l2tp(lab->lns), &c);
	g_assert_cmpuint(c.resync_failed, ==, 1);
	g_assert_cmpuint(c.tunnels, ==, 0);
	g_assert_cmpuint(acct_of(lab, "user1")->cause, ==, 3);
	lab_assert_acct(lab);
	lab_assert_fp(lab);
	lab_free(lab);
}

/* ---- a tunnel with many sessions ---- */

enum { MANY = 1000, SLICE = 256 };

struct many {
	struct vpdn *lns, *standby;
	struct l2tp_engine *lac;
	base_time now;
	uint16_t cc, lns_cc;
	uint64_t seq;
	unsigned stops, frees, most; /* stops in one go */
};

static const struct l2tp_path lac_side = { 0x0a000001, 0x0a000002, 1701, 1701 };
static const struct l2tp_path lns_side = { 0x0a000002, 0x0a000001, 1701, 1701 };

static void mirror(struct many *m)
{
	struct ckpt_record rec;
	bool any = false;

	while (vpdn_poll_record(m->lns, &rec)) {
		g_assert_true(vpdn_apply(m->standby, &rec, m->now));
		any = true;
	}
	if (!any)
		return;
	vpdn_txn_end(m->lns, ++m->seq);
	vpdn_committed(m->lns, m->seq, m->now);
}

static bool many_lns(struct many *m, bool answer)
{
	struct vpdn_effect fx;
	unsigned stops = 0;
	bool any = false;

	while (vpdn_poll(m->lns, &fx)) {
		any = true;
		if (fx.kind == VPDN_FX_UDP)
			l2tp_engine_input(m->lac, &lac_side, fx.bytes, fx.len, m->now);
		if (fx.kind == VPDN_FX_FIB_STOP) {
			stops++;
			if (answer)
				vpdn_session_stopped(m->lns, fx.session, NULL, m->now);
		}
		m->frees += fx.kind == VPDN_FX_FIB_FREE;
	}
	m->stops += stops;
	m->most = MAX(m->most, stops);
	if (m->standby)
		mirror(m);
	return any;
}

static void many_settle(struct many *m, bool answer)
{
	bool more = true;

	while (more) {
		struct l2tp_effect fx;

		more = many_lns(m, answer);
		while (l2tp_engine_poll(m->lac, &fx)) {
			if (fx.kind == L2TP_FX_SEND)
				vpdn_input_udp(
					m->lns, &lns_side, fx.bytes, fx.len, m->now);
			more |= fx.kind == L2TP_FX_SEND;
			more |= many_lns(m, answer);
		}
	}
}

static void many_run(struct many *m, base_dur d, bool answer)
{
	base_time end = time_add(m->now, d);

	for (many_settle(m, answer); time_before(m->now, end);) {
		m->now = time_add(m->now, dur_ms(1));
		(void)l2tp_engine_tick(m->lac, m->now, 1000);
		(void)vpdn_tick(m->lns, m->now, 64);
		many_settle(m, answer);
	}
}

static struct vpdn *many_vpdn(const struct many *m, bool passive)
{
	struct vpdn_params p = {
		.seed = 5 + passive, .id_parity = passive, .passive = passive
	};
	struct vpdn *v = vpdn_new(&p, m->now);

	lab_configure(v);
	vpdn_settings_put(
		&vpdn_config_group(vpdn_config(v), "1", false)->own, VPDN_SET_HELLO, 0);
	vpdn_set_accepting(v, true);
	return v;
}

static void many_start(struct many *m)
{
	struct l2tp_engine_config cfg = { .seed = 7 };
	struct l2tp_cc_params params = { .challenge = true,
		.no_session_s = UINT32_MAX };
	struct l2tp_cc_info info;

	m->now = time_add(BASE_TIME_ZERO, dur_s(1));
	m->lns = many_vpdn(m, false);
	m->standby = many_vpdn(m, true);
	vpdn_set_standby(m->lns, true, m->now);
	while (vpdn_bulk_next(m->lns, 10))
		;
	m->lac = l2tp_engine_new(&cfg, m->now);
	g_strlcpy(params.secret, "tunsecret", sizeof(params.secret));
	m->cc = l2tp_cc_open(m->lac, &lac_side, &params, m->now);
	many_run(m, dur_ms(500), true);
	for (unsigned i = 0; i < MANY; i++) {
		g_assert_cmpuint(l2tp_session_open(m->lac, m->cc,
					 &(struct l2tp_call){ 0 }, m->now),
			!=, 0);
		many_settle(m, true);
	}
	many_run(m, dur_ms(500), true);
	g_assert_cmpuint(counts_of(m->lns).sessions, ==, MANY);
	g_assert_cmpuint(counts_of(m->standby).sessions, ==, MANY);
	g_assert_true(l2tp_cc_get(m->lac, m->cc, &info));
	m->lns_cc = info.remote_id;
}

static void many_free(struct many *m)
{
	vpdn_free(m->lns);
	vpdn_free(m->standby);
	l2tp_engine_free(m->lac);
}

enum many_end { BY_LAC, BY_LNS, BY_CONFIG };

static void many_end(struct many *m, enum many_end how)
{
	struct vpdn *both[] = { m->standby, m->lns };

	switch (how) {
	case BY_LAC:
		l2tp_cc_close(m->lac, m->cc, 1, 0, NULL, m->now);
		break;
	case BY_LNS:
		vpdn_clear_tunnel(m->lns, m->lns_cc, m->now);
		break;
	case BY_CONFIG:
		for (unsigned i = 0; i < 2; i++) {
			vpdn_config_remove_group(vpdn_config(both[i]), "1");
			vpdn_config_changed(both[i], m->now);
		}
		break;
	}
	many_settle(m, true);
}

static void test_many(const void *how)
{
	struct many m = { 0 };
	struct l2tp_counts l2tp;

	many_start(&m);
	many_end(&m, GPOINTER_TO_UINT(how));
	g_assert_cmpuint(m.stops, ==, SLICE);
	many_run(&m, dur_ms(20), true);
	g_assert_cmpuint(m.stops, ==, MANY);
	g_assert_cmpuint(m.frees, ==, MANY);
	g_assert_cmpuint(m.most, ==, SLICE);
	g_assert_cmpuint(counts_of(m.lns).sessions, ==, 0);
	g_assert_cmpuint(counts_of(m.standby).sessions, ==, 0);
	l2tp_get_counts(vpdn_l2tp(m.standby), &l2tp);
	g_assert_cmpuint(l2tp.sessions, ==, 0);
	g_assert_cmpuint(ppp_engine_links(vpdn_ppp(m.lns)), ==, 0);
	many_free(&m);
}

/* The RP dies with two slices done: the other one does the rest. */
static void test_many_taken_over(const void *how)
{
	struct many m = { 0 };
	struct l2tp_counts l2tp;

	many_start(&m);
	many_end(&m, GPOINTER_TO_UINT(how));
	many_run(&m, dur_ms(1), true);
	g_assert_cmpuint(m.stops, ==, 2 * SLICE);
	vpdn_free(m.lns);
	m.lns = g_steal_pointer(&m.standby);
	g_assert_cmpuint(counts_of(m.lns).sessions, ==, MANY - 2 * SLICE);
	vpdn_activate(m.lns, NULL, 0, m.now);
	m.most = 0;
	many_run(&m, dur_ms(50), true);
	g_assert_cmpuint(m.most, <=, 2 * SLICE);
	g_assert_cmpuint(m.stops, ==, MANY);
	g_assert_cmpuint(counts_of(m.lns).sessions, ==, 0);
	l2tp_get_counts(vpdn_l2tp(m.lns), &l2tp);
	g_assert_cmpuint(l2tp.sessions, ==, 0);
	g_assert_cmpuint(l2tp.tunnels, ==, 0);
	many_run(&m, dur_s(130), true);
	g_assert_false(
		l2tp_cc_get(vpdn_l2tp(m.lns), m.lns_cc, &(struct l2tp_cc_info){ 0 }));
	many_free(&m);
}

static void add_many(const char *name, GTestDataFunc f)
{
	static const char *const ends[] = { "lac", "lns", "config" };

	for (unsigned i = 0; i < G_N_ELEMENTS(ends); i++) {
		g_autofree char *path =
			g_strdup_printf("/vpdn/close/%s/%s", name, ends[i]);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), f);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/close/counters", test_counters);
	g_test_add_func("/vpdn/close/mute-fp", test_mute_fp);
	g_test_add_func("/vpdn/close/stop-again", test_stop_again);
	g_test_add_func("/vpdn/close/repeats", test_repeats);
	g_test_add_func("/vpdn/close/login-fails", test_login_fails);
	g_test_add_func("/vpdn/close/held", test_held);
	g_test_add_data_func("/vpdn/close/finished/ours", NULL, test_finished_by_other);
	g_test_add_data_func("/vpdn/close/finished/by-peer", GUINT_TO_POINTER(1),
		test_finished_by_other);
	g_test_add_func("/vpdn/close/cdn-by-other", test_cdn_by_other);
	g_test_add_func("/vpdn/close/pending-in-bulk", test_pending_in_bulk);
	g_test_add_func("/vpdn/close/guard", test_guard);
	g_test_add_func("/vpdn/close/record-names-user", test_record_names_user);
	g_test_add_func("/vpdn/close/unmarked", test_unmarked);
	g_test_add_func("/vpdn/close/unmarked-by-bulk", test_unmarked_by_bulk);
	g_test_add_func("/vpdn/close/unmarked-by-end", test_unmarked_by_end);
	g_test_add_func("/vpdn/close/marked-is-dropped", test_marked_is_dropped);
	g_test_add_func("/vpdn/close/third-life", test_third_life);
	g_test_add_func("/vpdn/close/third-life-fails", test_third_life_fails);
	add_many("many", test_many);
	add_many("many-taken-over", test_many_taken_over);
	return g_test_run();
}
