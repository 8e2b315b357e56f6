/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two engines: tunnels and calls come up and go down, over a good wire and over bad ones.
 */
#include "tests/l2tp/world.h"

enum {
	SEEDS = 200,
};

static void set_up(void)
{
	struct world *w = world_new(1);
	struct l2tp_cc_info cc;
	uint16_t id = world_up(w);

	for (int i = 0; i < 10; i++)
		world_call(w, id);
	world_run(w, dur_s(3));
	g_assert_cmpuint(w->side[LNS].s_up, ==, 10);
	g_assert_cmpuint(w->side[LAC].s_up, ==, 10);
	world_assert_agree(w);
	g_assert_true(world_cc(w, LNS, &cc));
	g_assert_cmpstr(cc.peer_name, ==, "twinrp");
	g_assert_cmpuint(cc.sessions_established, ==, 10);
	g_assert_cmpuint(cc.queued, ==, 0);
	g_assert_cmpuint(w->side[LAC].retransmits + w->side[LNS].retransmits, ==, 0);

	l2tp_cc_close(w->side[LAC].e, id, 1, 0, "bye", w->now);
	world_pump(w, LAC);
	g_assert_cmpuint(w->side[LAC].s_down, ==, 10);
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 1);
	world_run(w, dur_s(1));
	g_assert_cmpuint(w->side[LNS].s_down, ==, 10);
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 1);
	g_assert_cmpint(w->side[LNS].cause.by, ==, L2TP_BY_PEER);
	g_assert_cmpstr(w->side[LNS].cause.text, ==, "bye");
	world_run(w, dur_s(200)); /* the tombstones go */
	g_assert_cmpuint(slab_count(w->side[LNS].e->ccs), ==, 0);
	g_assert_cmpuint(slab_count(w->side[LAC].e->ccs), ==, 0);
	g_assert_cmpuint(slab_count(w->side[LNS].e->all_sessions), ==, 0);
	g_assert_cmpuint(slab_count(w->side[LAC].e->all_sessions), ==, 0);
	g_assert_cmpuint(timer_count(w->side[LNS].e->wheel), ==, 0);
	world_free(w);
}

static void hello(void)
{
	struct world *w = world_new(2);

	w->side[LAC].params.hello_s = 0;
	w->side[LNS].params.hello_s = 5;
	world_up(w);
	world_run(w, dur_s(31));
	g_assert_cmpuint(w->side[LNS].hellos, ==, 6);
	g_assert_cmpuint(w->side[LAC].hellos, ==, 0);
	l2tp_cc_heard(w->side[LNS].e, w->side[LNS].cc, w->now);
	world_run(w, dur_s(4)); /* put off by data */
	g_assert_cmpuint(w->side[LNS].hellos, ==, 6);
	w->cut[LNS] = true; /* the peer falls silent: dead after the full cycle */
	world_run(w, dur_s(5 + 71 + 6));
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 1);
	g_assert_cmpint(w->side[LNS].cause.by, ==, L2TP_BY_TIMEOUT);
	world_free(w);
}

/* What the peer says is lost, not what it is told: the tunnel is given up with a CDN that never
 * left, so that its StopCCN is out of order there.  Heard again, the peer gets all of it. */
static void heard_again(gconstpointer whole)
{
	struct world *w = world_new(7);
	struct l2tp_cc_info info;

	w->side[LAC].params.hello_s = 10;
	w->side[LNS].params.hello_s = 5;
	(void)world_call(w, world_up(w));
	world_run(w, dur_s(1));
	w->cut[LNS] = true;
	world_run(w, dur_s(20));
	l2tp_session_close(w->side[LNS].e, w->side[LNS].cc, w->side[LNS].session, 3, 0,
		NULL, w->now);
	if (whole) /* it is closed already, but the StopCCN does not get its turn */
		l2tp_cc_close(w->side[LNS].e, w->side[LNS].cc, 1, 0, NULL, w->now);
	world_pump(w, LNS);
	world_run(w, dur_s(60));
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 1);
	world_run(w, dur_s(1));
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 0);
	g_assert_true(world_cc(w, LAC, &info));
	g_assert_cmpuint(info.sessions_established, ==, 1);
	w->cut[LNS] = false;
	world_run(w, dur_s(11)); /* its HELLO */
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 1);
	g_assert_cmpuint(w->side[LAC].s_down, ==, 1);
	g_assert_cmpint(w->side[LAC].cause.by, ==, L2TP_BY_PEER);
	world_run(w, dur_s(150));
	g_assert_false(world_cc(w, LNS, &info));
	world_free(w);
}

static void no_answer(void)
{
	struct world *w = world_new(3);

	w->cut[LNS] = true;
	world_open(w);
	world_run(w, dur_ms(6999));
	g_assert_cmpuint(w->side[LAC].packets, ==, 3); /* at 0, 1 and 3 s */
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 0);
	world_run(w, dur_ms(10));
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 1);
	g_assert_cmpuint(w->side[LAC].packets, ==, 4); /* StopCCN, once */
	world_run(w, dur_s(60));
	g_assert_cmpuint(w->side[LAC].packets, ==, 4);
	world_free(w);
}

static void no_sessions(void)
{
	struct world *w = world_new(4);
	uint16_t cc, s;

	w->side[LAC].params.no_session_s = 0;
	cc = world_up(w);
	s = world_call(w, cc);
	world_run(w, dur_s(100));
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 0);
	l2tp_session_close(w->side[LAC].e, cc, s, 3, 0, NULL, w->now);
	world_pump(w, LAC);
	world_run(w, dur_s(14));
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 0);
	world_run(w, dur_s(2));
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 1);
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 1);
	world_free(w);
}

/* The peer's window is respected, and everything arrives across the wrap of the numbers. */
static void wrap(void)
{
	struct world *w = world_new(5);
	uint16_t cc = world_up(w);
	struct l2tp_cc *a = cc_by_id(w->side[LAC].e, cc);
	struct l2tp_cc *b = cc_by_id(w->side[LNS].e, a->remote_id);

	/* As if 65,530 messages had gone each way. */
	g_hash_table_remove_all(w->bodies);
	a->chan.s = a->chan.u = a->chan.snd_max = b->chan.r_rx = b->chan.nr_sent =
		65530;
	b->chan.s = b->chan.u = b->chan.snd_max = a->chan.r_rx = a->chan.nr_sent =
		65530;
	for (int i = 0; i < 20; i++)
		world_call(w, cc);
	world_run(w, dur_s(3));
	g_assert_cmpuint(w->side[LNS].s_up, ==, 20);
	g_assert_cmpuint(a->chan.s, <, 100);
	world_assert_agree(w);
	world_free(w);
}

static void many_sessions(void)
{
	struct world *w = world_new(6);
	uint16_t cc = world_up(w);
	struct l2tp_counts c;

	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 1000; i++)
			g_assert_cmpuint(world_call(w, cc), !=, 0);
		world_run(w, dur_s(5));
	}
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.sessions, ==, 10000);
	world_assert_agree(w);
	world_free(w);
}

/* Random calls, hang-ups from both ends, a hello now and then. */
static void act(struct world *w, uint16_t cc)
{
	uint32_t i = rng_below(&w->rng, 40);
	int who = (int)rng_below(&w->rng, 2);
	struct l2tp_session_info s;
	struct l2tp_cc_info info;

	switch (rng_below(&w->rng, 4)) {
	case 0:
	case 1:
		world_call(w, cc);
		break;
	case 2:
		if (l2tp_next_session(w->side[who].e, &i, &s))
			l2tp_session_close(
				w->side[who].e, s.cc, s.id, 3, 0, NULL, w->now);
		world_pump(w, who);
		break;
	default:
		if (world_cc(w, who, &info))
			l2tp_cc_hello(w->side[who].e, info.id, w->now);
		world_pump(w, who);
		break;
	}
}

static void bad_wire(const void *data)
{
	unsigned seed = GPOINTER_TO_UINT(data);
	struct world *w = world_new(seed);
	struct l2tp_cc_info info;

	g_test_message("seed %u", seed);
	g_strlcpy(w->side[LNS].params.secret, "tunsecret", L2TP_SECRET_MAX);
	g_strlcpy(w->side[LAC].params.secret, "tunsecret", L2TP_SECRET_MAX);
	w->side[LNS].params.challenge = w->side[LAC].params.challenge = true;
	w->side[LAC].params.initial_retries = 10;
	w->side[LNS].params.setup_s = w->side[LAC].params.setup_s = 100;
	w->side[LNS].params.retries = w->side[LAC].params.retries = 30;
	w->side[LNS].params.rws = (uint16_t)(4 + rng_below(&w->rng, 8));
	w->loss = rng_below(&w->rng, 30);
	w->dup = rng_below(&w->rng, 20);
	w->delay_max = dur_ms(5 + rng_below(&w->rng, 300));

	uint16_t cc = world_open(w);

	world_run(w, dur_s(60));
	g_assert_true(l2tp_cc_get(w->side[LAC].e, cc, &info));
	g_assert_cmpint(info.state, ==, L2TP_CC_ESTABLISHED);
	for (int i = 0; i < 60; i++) {
		act(w, cc);
		world_run(w, dur_ms(rng_below(&w->rng, 500)));
	}
	w->loss = w->dup = 0;
	world_run(w, dur_s(120));
	world_assert_agree(w);
	g_assert_cmpuint(w->side[LNS].requests, ==, 1);
	l2tp_cc_close(w->side[seed % 2].e, seed % 2 ? cc : w->side[LNS].cc, 6, 0, NULL,
		w->now);
	world_pump(w, seed % 2);
	world_run(w, dur_s(400));
	g_assert_cmpuint(w->side[LNS].calls, ==, w->side[LNS].s_down);
	for (int i = 0; i < 2; i++) {
		g_assert_cmpuint(w->side[i].cc_down, ==, 1);
		g_assert_cmpuint(slab_count(w->side[i].e->ccs), ==, 0);
		g_assert_cmpuint(slab_count(w->side[i].e->all_sessions), ==, 0);
	}
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/l2tp/engine/set-up", set_up);
	g_test_add_func("/l2tp/engine/hello", hello);
	g_test_add_data_func("/l2tp/engine/heard-again/session", NULL, heard_again);
	g_test_add_data_func("/l2tp/engine/heard-again/tunnel", "", heard_again);
	g_test_add_func("/l2tp/engine/no-answer", no_answer);
	g_test_add_func("/l2tp/engine/no-sessions", no_sessions);
	g_test_add_func("/l2tp/engine/wrap", wrap);
	g_test_add_func("/l2tp/engine/many-sessions", many_sessions);
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/engine/bad-wire/%u", seed);

		g_test_add_data_func(path, GUINT_TO_POINTER(seed), bad_wire);
	}
	return g_test_run();
}
