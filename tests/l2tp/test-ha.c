/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An active engine, a standby fed by its records, and a peer that knows nothing of it.  The
 * cases carry the names of the rules of ha-commit.md.  I-send, I-ack and the identity of
 * bytes are asserted by world.c on every packet that leaves.
 */
#include "tests/l2tp/world.h"

static struct world *ha_world(uint64_t seed, base_dur commit_delay)
{
	struct world *w = world_new(seed);

	w->side[LNS].params.ha = true;
	world_add_standby(w, commit_delay);
	return w;
}

static struct l2tp_cc *lns_cc(struct world *w)
{
	return cc_by_id(w->side[LNS].e, w->side[LNS].cc);
}

static void close_session(struct world *w, int side, uint16_t cc, uint16_t s)
{
	if (side == LNS && w->dead)
		return;
	l2tp_session_close(w->side[side].e, cc, s, 3, 0, NULL, w->now);
	world_pump(w, side);
}

/* Is the standby an exact copy?  Q with its bytes, numbers, sessions. */
static void assert_copied(struct world *w)
{
	struct l2tp_cc *a = lns_cc(w), *b = cc_by_id(w->standby, a->id);
	struct l2tp_session_info s, t;
	uint32_t i = 0;

	g_assert_nonnull(b);
	g_assert_cmpuint(a->remote_id, ==, b->remote_id);
	g_assert_cmpint(a->state, ==, b->state);
	g_assert_cmpint(memcmp(&a->path, &b->path, sizeof(a->path)), ==, 0);
	g_assert_cmpint(memcmp(&a->params, &b->params, sizeof(a->params)), ==, 0);
	g_assert_cmpstr(a->peer_vendor, ==, b->peer_vendor);
	g_assert_cmpuint(a->chan.s, ==, b->chan.s);
	g_assert_cmpuint(a->chan.r_rx, ==, b->chan.r_rx);
	g_assert_cmpuint(a->chan.peer_rws, ==, b->chan.peer_rws);
	g_assert_cmpuint(a->chan.rws, ==, b->chan.rws);
	g_assert_cmpuint(a->n_sessions, ==, b->n_sessions);
	while (l2tp_next_session(w->standby, &i, &s)) {
		g_assert_true(l2tp_session_get(w->side[LNS].e, s.cc, s.id, &t));
		g_assert_cmpuint(s.remote_id, ==, t.remote_id);
		g_assert_cmpint(s.state, ==, t.state);
		g_assert_cmpstr(s.call.called, ==, t.call.called);
		g_assert_cmpuint(s.call.tx_bps, ==, t.call.tx_bps);
	}
}

static void copied(void)
{
	struct world *w = ha_world(1, dur_ms(3));
	uint16_t cc = world_up(w);
	struct l2tp_counts c;
	uint16_t s1 = world_call(w, cc);

	for (int i = 0; i < 5; i++)
		world_call(w, cc);
	world_run(w, dur_s(2));
	assert_copied(w);
	g_assert_cmpuint(w->side[LNS].s_up, ==, 6);
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.tunnels_ha, ==, 1);
	g_assert_cmpuint(c.tunnels_ha_est, ==, 1);
	close_session(w, LAC, cc, s1);
	world_run(w, dur_s(2));
	assert_copied(w);
	l2tp_get_counts(w->standby, &c);
	g_assert_cmpuint(c.sessions, ==, 5);
	l2tp_cc_close(w->side[LAC].e, cc, 1, 0, NULL, w->now);
	world_pump(w, LAC);
	world_run(w, dur_s(300));
	l2tp_get_counts(w->standby, &c);
	g_assert_cmpuint(c.sessions, ==, 0);
	g_assert_cmpuint(slab_count(w->standby->ccs), ==, 0);
	world_free(w);
}

/* U travels at most 1 s late, and with it what the standby may forget. */
static void u_follows(void)
{
	struct world *w = ha_world(2, dur_ms(1));
	struct chan *copy;

	world_up(w);
	copy = &cc_by_id(w->standby, w->side[LNS].cc)->chan;
	world_run(w, dur_s(2));
	l2tp_cc_hello(w->side[LNS].e, w->side[LNS].cc, w->now);
	world_pump(w, LNS);
	world_run(w, dur_ms(500)); /* acknowledged by a ZLB: nothing else moves */
	g_assert_null(lns_cc(w)->chan.head);
	g_assert_cmpuint(copy->queued, ==, 1);
	world_run(w, dur_ms(650));
	g_assert_cmpuint(copy->queued, ==, 0);
	g_assert_cmpuint(copy->u, ==, lns_cc(w)->chan.s);
	world_free(w);
}

/* H1, I-send, I-ack: while the standby is silent nothing new leaves, nothing is acknowledged. */
static void held(void)
{
	struct world *w = ha_world(3, dur_ms(1));
	uint16_t cc = world_up(w);
	unsigned before;
	struct l2tp_cc_info info;

	w->commits_stopped = true;
	before = w->side[LNS].packets;
	l2tp_cc_hello(w->side[LAC].e, cc, w->now);
	world_pump(w, LAC);
	world_call(w, cc);
	world_run(w, dur_ms(900));
	g_assert_cmpuint(w->side[LNS].packets, ==, before);
	g_assert_cmpuint(w->side[LNS].calls, ==, 1); /* both were processed */
	world_run(w, dur_ms(900)); /* a repetition is answered, with the old Nr */
	g_assert_cmpuint(w->side[LNS].packets, >, before);
	g_assert_true(l2tp_cc_get(w->side[LNS].e, w->side[LNS].cc, &info));
	g_assert_cmpuint(info.r_rx, ==, 4);
	g_assert_cmpuint(info.r_dur, ==, 2);
	w->commits_stopped = false;
	world_run(w, dur_s(10));
	g_assert_cmpuint(w->side[LNS].s_up, ==, 1);
	g_assert_cmpuint(w->side[LNS].uncommitted, ==, 0);
	world_free(w);
}

/* The tunnel itself begins only when its first record is durable. */
static void scccn_held(void)
{
	struct world *w = ha_world(4, dur_ms(1));
	struct l2tp_cc_info info;
	uint16_t cc;

	w->commits_stopped = true;
	cc = world_open(w);
	world_run(w, dur_ms(700));
	g_assert_cmpuint(w->side[LNS].cc_up, ==, 1);
	g_assert_true(l2tp_cc_get(w->side[LAC].e, cc, &info));
	g_assert_cmpuint(info.u, ==, 1); /* SCCCN is not acknowledged */
	w->commits_stopped = false;
	world_run(w, dur_ms(1500));
	g_assert_true(l2tp_cc_get(w->side[LAC].e, cc, &info));
	g_assert_cmpuint(info.u, ==, 2);
	world_free(w);
}

/* H3: the budget is spent, what was held leaves marked; a later commit clears the mark. */
static void released(void)
{
	struct world *w = ha_world(5, dur_ms(1));
	uint16_t cc = world_up(w);

	w->commits_stopped = true;
	world_call(w, cc);
	world_run(w, dur_ms(200));
	g_assert_cmpuint(w->side[LNS].uncommitted, ==, 0);
	g_assert_cmpuint(l2tp_engine_unprotected(w->side[LNS].e), ==, 0);
	l2tp_engine_release(w->side[LNS].e, w->seq, w->now);
	world_pump(w, LNS);
	g_assert_cmpuint(w->side[LNS].uncommitted, ==, 1);
	g_assert_cmpuint(l2tp_engine_unprotected(w->side[LNS].e), ==, 1);
	world_run(w, dur_ms(500));
	w->commits_stopped = false;
	world_run(w, dur_ms(500));
	g_assert_cmpuint(l2tp_engine_unprotected(w->side[LNS].e), ==, 0);
	g_assert_cmpuint(w->side[LNS].s_up, ==, 1);
	assert_copied(w);
	world_free(w);
}

/* PEER_DOWN: what was held leaves marked, and then nothing is held. */
static void standby_lost(void)
{
	struct world *w = ha_world(6, dur_ms(1));
	uint16_t cc = world_up(w);
	unsigned marked;

	w->commits_stopped = true;
	world_call(w, cc);
	world_run(w, dur_ms(100));
	g_clear_pointer(&w->standby, l2tp_engine_free);
	l2tp_engine_set_standby(w->side[LNS].e, false, w->now);
	world_pump(w, LNS);
	marked = w->side[LNS].uncommitted;
	g_assert_cmpuint(marked, ==, 1);
	g_assert_cmpuint(l2tp_engine_unprotected(w->side[LNS].e), ==, 1);
	world_run(w, dur_ms(500));
	g_assert_cmpuint(w->side[LNS].s_up, ==, 1);
	world_free(w);
}

/* H7: a tunnel with sessions and a queue is copied by the bulk, and gated from then on. */
static void bulk(void)
{
	struct world *w = world_new(7);
	uint16_t cc;
	struct l2tp_counts c;

	w->side[LNS].params.ha = true;
	cc = world_up(w);
	for (int i = 0; i < 20; i++)
		world_call(w, cc);
	world_run(w, dur_s(2));
	w->cut[LAC] = true;
	l2tp_cc_hello(w->side[LNS].e, w->side[LNS].cc, w->now);
	world_pump(w, LNS);
	world_add_standby(w, dur_ms(2));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.tunnels_ha_est, ==, 0);
	world_run(w, dur_ms(10));
	assert_copied(w);
	g_assert_cmpuint(cc_by_id(w->standby, w->side[LNS].cc)->chan.queued, ==, 1);
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.tunnels_ha_est, ==, 1);
	w->cut[LAC] = false;
	world_call(w, cc);
	world_run(w, dur_s(10));
	assert_copied(w);
	g_assert_cmpuint(w->side[LNS].s_up, ==, 21);
	world_free(w);
}

static void ha_off(void)
{
	struct world *w = ha_world(8, dur_ms(1));
	uint16_t cc = world_up(w);
	struct l2tp_counts c;

	world_call(w, cc);
	world_run(w, dur_s(1));
	l2tp_cc_set_ha(w->side[LNS].e, w->side[LNS].cc, false);
	world_pump(w, LNS);
	world_run(w, dur_s(1));
	g_assert_cmpuint(slab_count(w->standby->ccs), ==, 0);
	g_assert_cmpuint(slab_count(w->standby->all_sessions), ==, 0);
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.tunnels_ha, ==, 0);
	w->commits_stopped = true;
	world_call(w, cc);
	world_run(w, dur_s(1));
	g_assert_cmpuint(w->side[LNS].s_up, ==, 2); /* not held any more */
	w->commits_stopped = false;
	l2tp_cc_set_ha(w->side[LNS].e, w->side[LNS].cc, true);
	/* What leaves from here on has a mark that no acknowledgement of before covers. */
	g_assert_cmpuint(lns_cc(w)->unprotected, >, w->side[LNS].e->last_seq);
	world_pump(w, LNS);
	world_run(w, dur_s(1));
	assert_copied(w);
	g_assert_cmpuint(lns_cc(w)->unprotected, ==, 0);
	world_free(w);
}

/* H4 on a quiet tunnel: one HELLO at S, one round trip. */
static void takeover_quiet(void)
{
	struct world *w = ha_world(9, dur_ms(1));
	uint16_t cc = world_up(w);
	struct l2tp_counts c;

	world_call(w, cc);
	world_run(w, dur_s(5));
	w->outage = dur_ms(100);
	world_kill(w);
	world_run(w, dur_ms(99));
	unsigned before = w->side[LNS].packets;

	world_run(w, dur_ms(2));
	g_assert_cmpuint(w->side[LNS].packets, ==, before + 1);
	g_assert_cmpuint(w->side[LNS].hellos, ==, 1);
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.tunnels_resync, ==, 1);
	world_run(w, dur_ms(500));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.tunnels_resync, ==, 0);
	g_assert_cmpuint(c.resync_ok, ==, 1);
	g_assert_cmpuint(c.resync_failed, ==, 0);
	g_assert_false(time_is_never(c.resync_ended));
	g_assert_cmpint(
		time_sub(c.resync_ended, c.resync_began).ns, <=, dur_ms(150).ns);
	g_assert_cmpuint(w->side[LNS].resync_ok, ==, 1);
	world_call(w, cc);
	world_run(w, dur_s(2));
	g_assert_cmpuint(c.sessions, ==, 1);
	world_assert_agree(w);
	world_free(w);
}

/* H4 with a queue: its lowest message unchanged and alone, then the rest, at most `resync`. */
static void takeover_queue(void)
{
	struct world *w = ha_world(10, dur_ms(1));
	uint16_t cc;
	unsigned before;

	w->side[LNS].params.resync = 4;
	cc = world_up(w);
	for (int i = 0; i < 40; i++)
		world_call(w, cc);
	world_run(w, dur_s(5));
	g_assert_cmpuint(lns_cc(w)->n_established, ==, 40);
	w->cut[LAC] = true;

	struct l2tp_session_info s;
	uint32_t i = 0;

	while (l2tp_next_session(w->side[LNS].e, &i, &s))
		close_session(w, LNS, s.cc, s.id);
	world_run(w, dur_ms(50));
	world_kill(w);
	world_run(w, dur_ms(499));
	before = w->side[LNS].packets;
	world_run(w, dur_ms(10));
	g_assert_cmpuint(w->side[LNS].packets, ==, before + 1);
	w->cut[LAC] = false;

	uint16_t end = lns_cc(w)->chan.s;

	for (int ms = 0; ms < 3000; ms++) {
		const struct chan *ch = &lns_cc(w)->chan;

		world_run(w, dur_ms(1));
		if (seq_diff(ch->u, end) < 0)
			g_assert_cmpint(
				seq_diff(ch->next ? ch->next->ns : ch->s, ch->u), <=,
				4);
	}
	g_assert_cmpuint(lns_cc(w)->chan.queued, ==, 0);
	g_assert_cmpuint(lns_cc(w)->chan.limit, ==, 0);
	g_assert_cmpuint(w->side[LAC].s_down, ==, 40);
	world_assert_agree(w);
	world_free(w);
}

/* Calls during verification are refused, with words that say why. */
static void refused_in_resync(void)
{
	struct world *w = ha_world(11, dur_ms(1));
	uint16_t cc = world_up(w);
	struct l2tp_counts c;

	world_kill(w);
	world_run(w, dur_ms(400));
	w->delay_min = w->delay_max = dur_ms(60);
	world_call(w, cc); /* arrives just after the takeover; the HELLO takes 120 ms */
	world_run(w, dur_s(2));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(
		c.refused_in_resync, ==, 0); /* it was lost, and came again later */
	g_assert_cmpuint(c.sessions, ==, 1);

	w->cut[LAC] = true; /* a second switchover, with a peer that cannot hear us */
	world_add_standby(w, dur_ms(1));
	world_run(w, dur_ms(50));
	world_kill(w);
	world_run(w, dur_ms(600));
	world_call(w, cc);
	world_run(w, dur_ms(200));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.refused_in_resync, ==, 1);
	w->cut[LAC] = false;
	world_run(w, dur_s(5));
	g_assert_cmpstr(w->side[LAC].cause.text, ==, "Tunnel in HA resync (611)");
	g_assert_cmpuint(w->side[LAC].cause.result, ==, 2);
	g_assert_cmpuint(w->side[LAC].cause.error, ==, 6);
	world_assert_agree(w);
	world_free(w);
}

static void verification_fails(void)
{
	struct world *w = ha_world(12, dur_ms(1));
	uint16_t cc = world_up(w);
	struct l2tp_counts c;

	world_call(w, cc);
	world_run(w, dur_s(1));
	w->cut[LAC] = true;
	world_kill(w);
	world_run(w, dur_s(60));
	g_assert_cmpuint(w->side[LNS].resync_failed, ==, 0);
	world_run(w, dur_s(15)); /* 71 s in all */
	g_assert_cmpuint(w->side[LNS].resync_failed, ==, 1);
	g_assert_cmpuint(w->side[LNS].s_down, ==, 1);
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 1);
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.resync_failed, ==, 1);
	g_assert_cmpuint(c.tunnels, ==, 0);
	g_assert_cmpuint(c.tunnels_resync, ==, 0);
	world_free(w);
}

/* A peer that is silent about a repeated 65535: the messages up to number 0 follow. */
static void wrap_quirk(gconstpointer quirky)
{
	struct world *w = ha_world(13, dur_ms(1));
	struct l2tp_cc *cc;

	world_up(w);
	world_run(w, dur_s(2));
	g_hash_table_remove_all(w->bodies);
	cc = cc_by_id(w->standby, w->side[LNS].cc);
	cc->chan.s = cc->chan.u = cc->chan.snd_max = 65535;
	if (quirky)
		g_strlcpy(cc->peer_vendor, "xelerance.com", sizeof(cc->peer_vendor));
	w->cut[LAC] = true;
	world_kill(w);
	world_run(w, dur_ms(501 + 2000));
	g_assert_cmpuint(w->side[LNS].hellos, ==, 2); /* 65535 at 0 and 1 s */
	world_run(w, dur_ms(1100)); /* third try at 3 s: 65535, and then 0 or not */
	g_assert_cmpuint(w->side[LNS].hellos, ==, quirky ? 4 : 3);
	world_free(w);
}

/* A tunnel that was being closed: its StopCCN is sent by the new RP. */
static void takeover_closing(void)
{
	struct world *w = ha_world(16, dur_ms(1));
	struct l2tp_counts c;

	world_call(w, world_up(w));
	world_run(w, dur_s(1));
	w->cut[LAC] = true;
	l2tp_cc_close(w->side[LNS].e, w->side[LNS].cc, 6, 0, "shut", w->now);
	world_pump(w, LNS);
	world_run(w, dur_ms(20));
	world_kill(w);
	w->cut[LAC] = false;
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 0);
	world_run(w, dur_s(1));
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 1);
	g_assert_cmpuint(w->side[LAC].s_down, ==, 1);
	g_assert_cmpstr(w->side[LAC].cause.text, ==, "shut");
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.tunnels + c.sessions + c.resync_ok + c.resync_failed, ==, 0);
	world_run(w, dur_s(100));
	g_assert_cmpuint(slab_count(w->side[LNS].e->ccs), ==, 0);
	world_free(w);
}

/* For an initiator it begins with the transaction that creates SCCCN. */
static void initiator(void)
{
	struct world *w = ha_world(17, dur_ms(1));
	struct side *us = &w->side[LNS]; /* here the caller */
	struct l2tp_call call = { .serial = 1, .called = "1" };
	uint16_t cc;
	struct l2tp_session_info s;
	uint32_t i = 0;

	w->commits_stopped = true;
	cc = l2tp_cc_open(us->e, &us->path, &us->params, w->now);
	world_pump(w, LNS);
	for (int k = 0; k < 3; k++)
		g_assert_cmpuint(l2tp_session_open(us->e, cc, &call, w->now), !=, 0);
	world_pump(w, LNS);
	world_run(w, dur_ms(900));
	g_assert_cmpuint(us->cc_up, ==, 1);
	g_assert_cmpuint(us->packets, ==, 1); /* SCCRQ; SCCCN waits */
	w->commits_stopped = false;
	world_run(w, dur_s(2));
	g_assert_cmpuint(us->s_up, ==, 3);
	assert_copied(w);
	world_kill(w);
	world_run(w, dur_s(2));
	g_assert_cmpuint(us->resync_ok, ==, 1);
	world_assert_agree(w);
	while (l2tp_next_session(us->e, &i, &s)) {
		l2tp_session_close(us->e, s.cc, s.id, 3, 0, NULL, w->now);
		world_pump(w, LNS);
	}
	world_run(w, dur_s(1));
	g_assert_cmpuint(w->side[LAC].s_down, ==, 3);
	world_free(w);
}

/* H11: the new RP gives out odd ids, so that none of those it never heard of can collide. */
static void ids_differ(void)
{
	struct world *w = ha_world(18, dur_ms(1));
	uint16_t cc = world_up(w);

	g_assert_cmpuint(w->side[LNS].cc % 2, ==, 0);
	for (int i = 0; i < 10; i++) {
		world_call(w, cc);
		world_run(w, dur_ms(200));
		g_assert_cmpuint(w->side[LNS].session % 2, ==, i > 4);
		if (i == 4) {
			world_kill(w);
			world_run(w, dur_s(2));
		}
	}
	world_assert_agree(w);
	world_free(w);
}

/* Half a transaction (it cannot come so from an RP): the tunnel ends without a word. */
static void takeover_torn(void)
{
	struct world *w = ha_world(19, dur_ms(1));
	unsigned before;

	world_call(w, world_up(w));
	world_run(w, dur_s(2));
	g_assert_true(chan_put(&cc_by_id(w->standby, w->side[LNS].cc)->chan, 77,
		w->side[LNS].last, w->side[LNS].last_len, 0));
	before = w->side[LNS].packets;
	world_kill(w);
	world_run(w, dur_s(1));
	g_assert_cmpuint(w->side[LNS].packets, ==, before);
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 1);
	g_assert_cmpuint(w->side[LNS].s_down, ==, 1);
	g_assert_cmpuint(w->side[LNS].resync_failed, ==, 1);
	world_free(w);
}

/* Many tunnels start a few at a time. */
static void paced(void)
{
	struct world *w = world_new(14);
	const unsigned n = 300;

	w->side[LNS].e->cfg.max_half_open =
		w->side[LNS].e->cfg.max_half_open_per_source = n;
	w->side[LNS].e->cfg.sccrq_per_s = UINT32_MAX;
	w->side[LNS].e->cfg.sccrq_per_s_source = UINT32_MAX;
	w->side[LNS].params.ha = true;
	for (unsigned i = 0; i < n; i++)
		g_assert_cmpuint(world_open(w), !=, 0);
	world_run(w, dur_s(5));
	g_assert_cmpuint(w->side[LNS].cc_up, ==, n);
	world_add_standby(w, dur_ms(1));
	world_run(w, dur_s(1));
	w->delay_min = w->delay_max = dur_ms(50);
	world_kill(w);
	world_run(w, dur_ms(500));
	g_assert_cmpuint(w->side[LNS].hellos, ==, 64);
	world_run(w, dur_ms(2));
	g_assert_cmpuint(w->side[LNS].hellos, >=, 128);
	g_assert_cmpuint(w->side[LNS].hellos, <=, 192);
	world_run(w, dur_s(2));
	g_assert_cmpuint(w->side[LNS].resync_ok, ==, n);
	world_assert_agree(w);
	world_free(w);
}

/* The RP that took over gets a standby of its own, and dies too. */
static void twice(void)
{
	struct world *w = ha_world(15, dur_ms(1));
	uint16_t cc = world_up(w);

	for (int i = 0; i < 3; i++) {
		world_call(w, cc);
		world_run(w, dur_s(2));
		world_kill(w);
		world_run(w, dur_s(3));
		g_assert_cmpuint(w->side[LNS].resync_ok, ==, (unsigned)i + 1);
		world_add_standby(w, dur_ms(1));
		world_run(w, dur_s(1));
	}
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 0);
	world_assert_agree(w);
	assert_copied(w);
	world_free(w);
}

/* ---- the pull at every item ---- */

enum { SCRIPT_STEPS = 9 };

/* A call set-up, a HELLO each way, hang-ups from both ends, and calls once more. */
static void script(struct world *w, int at, uint16_t *cc, uint16_t s[3])
{
	switch (at) {
	case 0:
		*cc = world_open(w);
		break;
	case 1:
		s[0] = world_call(w, *cc);
		s[1] = world_call(w, *cc);
		break;
	case 2:
		if (!w->dead) {
			l2tp_cc_hello(w->side[LNS].e, w->side[LNS].cc, w->now);
			world_pump(w, LNS);
		}
		break;
	case 3:
		l2tp_cc_hello(w->side[LAC].e, *cc, w->now);
		world_pump(w, LAC);
		break;
	case 4:
		close_session(w, LAC, *cc, s[0]);
		break;
	case 5:
		s[2] = world_call(w, *cc);
		break;
	case 6:
		close_session(w, LNS, w->side[LNS].cc, w->side[LNS].session);
		break;
	default:
		world_call(w, *cc);
		break;
	}
}

struct outcome {
	unsigned items; /* staged in all, if nobody was killed */
	bool killed, tunnel_kept;
};

static struct outcome run_script(unsigned kill_at, unsigned seed, bool lossy)
{
	struct world *w = ha_world(seed, dur_ms(2));
	struct l2tp_cc_info info;
	uint16_t cc = 0, s[3] = { 0 };
	struct outcome o = { 0 };
	unsigned downs;

	w->kill_at = kill_at ? kill_at : UINT_MAX;
	w->items = 0;
	if (lossy) {
		w->loss = 10;
		w->dup = 10;
		w->delay_max = dur_ms(80);
	}
	w->side[LAC].params.initial_retries = 10;
	for (int i = 0; i < SCRIPT_STEPS; i++) {
		script(w, i, &cc, s);
		world_run(w, dur_ms(700));
	}
	o.items = w->items;
	w->loss = w->dup = 0;
	world_run(w, dur_s(200)); /* whatever was lost has been repeated or given up */
	o.killed = !w->standby;
	o.tunnel_kept = world_cc(w, LNS, &info);
	downs = w->side[LAC].cc_down;
	g_assert_cmpuint(downs, ==, o.tunnel_kept ? 0 : 1);
	g_assert_cmpuint(w->side[LNS].resync_failed, ==, 0);
	if (o.killed)
		g_assert_cmpuint(w->side[LNS].resync_ok, ==, o.tunnel_kept ? 1 : 0);
	world_assert_agree(w);
	world_free(w);
	return o;
}

static void kill_everywhere(void)
{
	unsigned n = run_script(0, 1, false).items, kept = 0;

	g_assert_cmpuint(n, >=, 25);
	for (unsigned at = 1; at <= n; at++) {
		struct outcome o = run_script(at, 1, false);

		kept += o.killed && o.tunnel_kept;
	}
	g_test_message("%u places, tunnel kept at %u", n, kept);
	/* Lost only if the pull comes before its first record is out. */
	g_assert_cmpuint(kept, >=, n - 3);
}

static void kill_lossy(gconstpointer data)
{
	unsigned seed = GPOINTER_TO_UINT(data);
	unsigned n = run_script(0, seed, true).items;

	g_test_message("seed %u", seed);
	for (unsigned at = 1 + seed % 5; at <= n; at += 5)
		run_script(at, seed, true);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/l2tp/ha/copied", copied);
	g_test_add_func("/l2tp/ha/H5-u-follows", u_follows);
	g_test_add_func("/l2tp/ha/H1-held", held);
	g_test_add_func("/l2tp/ha/begins-with-scccn", scccn_held);
	g_test_add_func("/l2tp/ha/H3-released", released);
	g_test_add_func("/l2tp/ha/H3-standby-lost", standby_lost);
	g_test_add_func("/l2tp/ha/H7-bulk", bulk);
	g_test_add_func("/l2tp/ha/off-and-on", ha_off);
	g_test_add_func("/l2tp/ha/H4-quiet", takeover_quiet);
	g_test_add_func("/l2tp/ha/H4-queue", takeover_queue);
	g_test_add_func("/l2tp/ha/H4-refuses-calls", refused_in_resync);
	g_test_add_func("/l2tp/ha/H4-fails", verification_fails);
	g_test_add_data_func("/l2tp/ha/H4-wrap-quirk", GINT_TO_POINTER(1), wrap_quirk);
	g_test_add_data_func("/l2tp/ha/H4-wrap-plain", NULL, wrap_quirk);
	g_test_add_func("/l2tp/ha/H4-paced", paced);
	g_test_add_func("/l2tp/ha/H4-closing", takeover_closing);
	g_test_add_func("/l2tp/ha/H4-torn", takeover_torn);
	g_test_add_func("/l2tp/ha/H11-ids", ids_differ);
	g_test_add_func("/l2tp/ha/initiator", initiator);
	g_test_add_func("/l2tp/ha/double-failure", twice);
	g_test_add_func("/l2tp/ha/kill-at-every-item", kill_everywhere);
	for (unsigned seed = 1; seed <= 30; seed++) {
		g_autofree char *path = g_strdup_printf("/l2tp/ha/kill-lossy/%u", seed);

		g_test_add_data_func(path, GUINT_TO_POINTER(seed), kill_lossy);
	}
	return g_test_run();
}
