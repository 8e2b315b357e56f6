/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is left of sessions and tunnels that end, on both RPs: tombstones, and tunnels whose
 * many sessions go a slice at a time (ha-commit.md H5, H9).  Engines joined by hand: a LAC,
 * an LNS, its standby.
 */
#include "l2tp/l2tp.h"

#include <string.h>

enum { MANY = 600, SLICE = 256 };

static const struct l2tp_path lac_side = { 0x0a000001, 0x0a000002, 1701, 1701 };
static const struct l2tp_path lns_side = { 0x0a000002, 0x0a000001, 1701, 1701 };

struct trio {
	base_time now;
	struct l2tp_engine *lac, *lns, *standby;
	bool deaf; /* the standby's acknowledgements are lost */
	uint64_t seq;
	uint16_t cc, lns_cc;                   /* of the LAC; of the LNS */
	uint16_t session;                      /* last one of the LNS */
	unsigned downs, cc_downs, downs_after; /* told to the LNS's owner */
	struct l2tp_cause cause;               /* of the tunnel */
};

static void mirror(struct trio *t)
{
	struct ckpt_record rec;
	bool any = false;

	while (t->standby && l2tp_engine_poll_record(t->lns, &rec)) {
		g_assert_true(l2tp_engine_apply(t->standby, &rec, t->now));
		any = true;
	}
	if (!any)
		return;
	l2tp_engine_txn_end(t->lns, ++t->seq);
	if (!t->deaf)
		l2tp_engine_committed(t->lns, t->seq, t->now);
}

static void lns_effect(struct trio *t, const struct l2tp_effect *fx)
{
	struct l2tp_cc_params p = { .ha = true, .no_session_s = UINT32_MAX };

	switch (fx->kind) {
	case L2TP_FX_SEND:
		if (t->lac)
			l2tp_engine_input(
				t->lac, &lac_side, fx->bytes, fx->len, t->now);
		break;
	case L2TP_FX_CC_REQUEST:
		l2tp_cc_accept(t->lns, fx->cc, &p, t->now);
		break;
	case L2TP_FX_SESSION_REQUEST:
		t->session = fx->session;
		l2tp_session_accept(t->lns, fx->cc, fx->session, t->now);
		break;
	case L2TP_FX_SESSION_DOWN:
		t->downs++;
		t->downs_after += t->cc_downs > 0;
		break;
	case L2TP_FX_CC_DOWN:
		t->cc_downs++;
		t->cause = fx->cause;
		break;
	case L2TP_FX_CC_UP:
	case L2TP_FX_SESSION_UP:
	case L2TP_FX_RESYNC_DONE:
	case L2TP_FX_SESSION_SLI:
	case L2TP_FX_SESSION_WEN:
	case L2TP_FX_UNMARK:
	case L2TP_FX_DEBUG:
		break;
	}
}

static bool drain_lns(struct trio *t)
{
	struct l2tp_effect fx;
	bool any = false;

	while (l2tp_engine_poll(t->lns, &fx)) {
		lns_effect(t, &fx);
		any = true;
	}
	mirror(t);
	return any;
}

static void settle(struct trio *t)
{
	struct l2tp_effect fx;

	for (bool more = true; more;) {
		more = drain_lns(t);
		while (t->lac && l2tp_engine_poll(t->lac, &fx)) {
			if (fx.kind != L2TP_FX_SEND)
				continue;
			l2tp_engine_input(t->lns, &lns_side, fx.bytes, fx.len, t->now);
			more = true;
			drain_lns(t);
		}
	}
}

static void run(struct trio *t, base_dur d, base_dur step)
{
	base_time end = time_add(t->now, d);

	for (settle(t); time_before(t->now, end); settle(t)) {
		t->now = time_add(t->now, step);
		if (t->lac)
			(void)l2tp_engine_tick(t->lac, t->now, 10000);
		(void)l2tp_engine_tick(t->lns, t->now, 10000);
	}
}

static void begin_bulk(struct trio *t)
{
	struct l2tp_engine_config cfg = { .seed = 4, .id_parity = 1, .passive = true };

	l2tp_engine_free(t->standby);
	t->standby = l2tp_engine_new(&cfg, t->now);
	l2tp_engine_set_standby(t->lns, true, t->now);
	while (l2tp_engine_bulk_next(t->lns, 7))
		mirror(t);
	mirror(t);
}

static struct trio *trio_new(unsigned sessions)
{
	struct trio *t = g_new0(struct trio, 1);
	struct l2tp_engine_config a = { .seed = 1 }, b = { .seed = 2 };
	struct l2tp_cc_params p = { .no_session_s = UINT32_MAX };
	struct l2tp_cc_info info;

	t->now = time_add(BASE_TIME_ZERO, dur_s(1));
	t->lac = l2tp_engine_new(&a, t->now);
	t->lns = l2tp_engine_new(&b, t->now);
	begin_bulk(t);
	t->cc = l2tp_cc_open(t->lac, &lac_side, &p, t->now);
	run(t, dur_ms(500), dur_ms(10));
	for (unsigned i = 0; i < sessions; i++) {
		l2tp_session_open(t->lac, t->cc, &(struct l2tp_call){ 0 }, t->now);
		settle(t);
	}
	run(t, dur_ms(500), dur_ms(10));
	g_assert_true(l2tp_cc_get(t->lac, t->cc, &info));
	g_assert_cmpuint(info.sessions_established, ==, sessions);
	t->lns_cc = info.remote_id;
	return t;
}

static void trio_free(struct trio *t)
{
	l2tp_engine_free(t->lac);
	l2tp_engine_free(t->lns);
	l2tp_engine_free(t->standby);
	g_free(t);
}

static bool is_tombstone(const struct trio *t, const struct l2tp_engine *e)
{
	struct l2tp_session_info s;

	return l2tp_session_get(e, t->lns_cc, t->session, &s) &&
	       s.state == L2TP_SESSION_CLOSED;
}

static bool is_known(const struct trio *t, const struct l2tp_engine *e)
{
	struct l2tp_session_info s;

	return l2tp_session_get(e, t->lns_cc, t->session, &s);
}

/* Both RPs keep the id for one cycle of retransmission, and no record says when it is over. */
static void test_tombstone(void)
{
	struct trio *t = trio_new(2);
	struct l2tp_counts c;

	l2tp_session_close(t->lns, t->lns_cc, t->session, 3, 0, NULL, t->now);
	settle(t);
	g_assert_true(is_tombstone(t, t->lns) && is_tombstone(t, t->standby));
	l2tp_get_counts(t->standby, &c);
	g_assert_cmpuint(c.sessions, ==, 1);
	begin_bulk(t); /* a new standby learns of it too */
	g_assert_true(is_tombstone(t, t->standby));
	run(t, dur_s(30), dur_ms(500));
	g_assert_true(is_tombstone(t, t->lns) && is_tombstone(t, t->standby));
	run(t, dur_s(70), dur_ms(500));
	g_assert_false(is_known(t, t->lns));
	l2tp_cc_hello(t->lac, t->cc, t->now);
	settle(t); /* the next record, whatever it is */
	g_assert_false(is_known(t, t->standby));
	trio_free(t);
}

/* After a takeover it is still one, and ends. */
static void test_tombstone_taken_over(void)
{
	struct trio *t = trio_new(2);

	l2tp_session_close(t->lns, t->lns_cc, t->session, 3, 0, NULL, t->now);
	settle(t);
	l2tp_engine_free(t->lns);
	t->lns = g_steal_pointer(&t->standby);
	t->downs = 0;
	l2tp_engine_activate(t->lns, t->now);
	run(t, dur_s(30), dur_ms(100));
	g_assert_true(is_tombstone(t, t->lns));
	run(t, dur_s(70), dur_ms(500));
	g_assert_false(is_known(t, t->lns));
	g_assert_cmpuint(t->downs, ==, 0);
	trio_free(t);
}

/* A slice of a tunnel's sessions at once, then another every millisecond; the tunnel last. */
static void test_slices(const void *by_peer)
{
	struct trio *t = trio_new(MANY);
	struct l2tp_counts c;

	if (by_peer)
		l2tp_cc_close(t->lac, t->cc, 6, 0, NULL, t->now);
	else
		l2tp_cc_close(t->lns, t->lns_cc, 6, 0, NULL, t->now);
	settle(t);
	g_assert_cmpuint(t->downs, ==, SLICE);
	g_assert_cmpuint(t->cc_downs, ==, 0);
	l2tp_get_counts(t->standby, &c);
	g_assert_cmpuint(c.sessions, ==, MANY - SLICE);
	g_assert_cmpuint(c.tunnels, ==, 0);
	run(t, dur_ms(1), dur_ms(1));
	g_assert_cmpuint(t->downs, ==, 2 * SLICE);
	run(t, dur_ms(1), dur_ms(1));
	g_assert_cmpuint(t->downs, ==, MANY);
	g_assert_cmpuint(t->cc_downs, ==, 1);
	g_assert_cmpuint(t->downs_after, ==, 0);
	run(t, dur_s(120), dur_ms(500));
	l2tp_get_counts(t->standby, &c);
	g_assert_cmpuint(c.sessions, ==, 0);
	g_assert_false(l2tp_cc_get(t->standby, t->lns_cc, &(struct l2tp_cc_info){ 0 }));
	trio_free(t);
}

/* The RP that began it dies: the other tells the rest, and who began it. */
static void test_slices_taken_over(const void *by_peer)
{
	struct trio *t = trio_new(MANY);

	if (by_peer)
		l2tp_cc_close(t->lac, t->cc, 6, 0, "bye", t->now);
	else
		l2tp_cc_close(t->lns, t->lns_cc, 6, 0, "bye", t->now);
	settle(t);
	g_assert_cmpuint(t->downs, ==, SLICE);
	l2tp_engine_free(t->lns);
	t->lns = g_steal_pointer(&t->standby);
	l2tp_engine_activate(t->lns, t->now);
	run(t, dur_ms(10), dur_ms(1));
	g_assert_cmpuint(t->downs, ==, MANY);
	g_assert_cmpuint(t->cc_downs, ==, 1);
	g_assert_cmpuint(t->downs_after, ==, 0);
	g_assert_cmpint(t->cause.by, ==, by_peer ? L2TP_BY_PEER : L2TP_BY_LOCAL);
	g_assert_cmpuint(t->cause.result, ==, 6);
	g_assert_cmpstr(t->cause.text, ==, "bye");
	run(t, dur_s(120), dur_ms(500));
	g_assert_false(l2tp_cc_get(t->lns, t->lns_cc, &(struct l2tp_cc_info){ 0 }));
	trio_free(t);
}

/* Messages that wait for their commit are counted. */
static void test_held(void)
{
	struct trio *t = trio_new(2);

	g_assert_cmpuint(l2tp_engine_held(t->lns), ==, 0);
	t->deaf = true;
	l2tp_session_close(t->lns, t->lns_cc, t->session, 3, 0, NULL, t->now);
	settle(t);
	g_assert_cmpuint(l2tp_engine_held(t->lns), ==, 1);
	l2tp_cc_close(t->lns, t->lns_cc, 6, 0, NULL, t->now);
	settle(t);
	g_assert_cmpuint(l2tp_engine_held(t->lns), ==, 2);
	l2tp_engine_committed(t->lns, t->seq, t->now);
	g_assert_cmpuint(l2tp_engine_held(t->lns), ==, 0);
	t->deaf = false;
	run(t, dur_s(120), dur_ms(500));
	g_assert_cmpuint(l2tp_engine_held(t->lns), ==, 0);
	trio_free(t);
}

/* Dropped without a word, before it is activated: nobody hears of it. */
static void test_drop(void)
{
	struct trio *t = trio_new(5);
	struct l2tp_effect fx;
	struct l2tp_counts c;

	g_assert_false(l2tp_cc_drop(t->lns, t->lns_cc, t->now)); /* it is live */
	g_assert_false(l2tp_cc_drop(t->standby, t->cc ^ 1, t->now));
	g_assert_true(l2tp_cc_drop(t->standby, t->lns_cc, t->now));
	l2tp_get_counts(t->standby, &c);
	g_assert_cmpuint(c.tunnels, ==, 0);
	g_assert_cmpuint(c.sessions, ==, 0);
	l2tp_engine_activate(t->standby, t->now);
	g_assert_false(l2tp_engine_poll(t->standby, &fx));
	trio_free(t);
}

int main(int argc, char **argv)
{
	void *const yes = GUINT_TO_POINTER(1);

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/l2tp/end/tombstone/kept", test_tombstone);
	g_test_add_func("/l2tp/end/tombstone/taken-over", test_tombstone_taken_over);
	g_test_add_data_func("/l2tp/end/slices/ours", NULL, test_slices);
	g_test_add_data_func("/l2tp/end/slices/by-peer", yes, test_slices);
	g_test_add_data_func(
		"/l2tp/end/slices-taken-over/ours", NULL, test_slices_taken_over);
	g_test_add_data_func(
		"/l2tp/end/slices-taken-over/by-peer", yes, test_slices_taken_over);
	g_test_add_func("/l2tp/end/held", test_held);
	g_test_add_func("/l2tp/end/drop", test_drop);
	return g_test_run();
}
