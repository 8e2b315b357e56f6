/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Limits on what strangers may ask: SCCRQ and ICRQ rates, half-open tunnels and calls, floods
 * from invented addresses; and the timers and windows that bound the rest.
 */
#include "tests/l2tp/world.h"

static size_t sccrq(uint8_t *buf, size_t room, uint16_t tunnel)
{
	struct wr w = wr_init(buf, room);
	struct l2tp_msg m = {
		.type = L2TP_SCCRQ,
		.have = l2tp_msg_info(L2TP_SCCRQ)->must,
		.version = 0x0100,
		.framing_caps = 3,
		.host_name = { (const uint8_t *)"x", 1 },
		.assigned_tunnel = tunnel,
	};

	l2tp_control_build(&w, 0, 0, 0, 0);
	l2tp_msg_encode(&m, &w);
	wr_set_u16(&w, 2, (uint16_t)w.len);
	return w.len;
}

/* An SCCRQ from that address; true: the owner was asked. */
static bool ask(struct world *w, uint32_t ip, uint16_t tunnel)
{
	struct side *lns = &w->side[LNS];
	struct l2tp_path path = lns->path;
	uint8_t buf[256];
	size_t n = sccrq(buf, sizeof(buf), tunnel);
	unsigned before = lns->requests;

	path.remote_ip = ip;
	l2tp_engine_input(lns->e, &path, buf, n, w->now);
	world_pump(w, LNS);
	return lns->requests > before;
}

/* Refuses at once, so that only the rate limits. */
static unsigned refused_per_second(struct world *w, bool one_source)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 1000; i++) {
		n += ask(w, one_source ? 0x0b000000 : 0x0b000000 + i * 77,
			(uint16_t)(i + 1));
		world_run(w, dur_ms(1));
	}
	return n;
}

static void sccrq_rate(void)
{
	struct world *w = world_new(1);
	struct l2tp_engine_config *c = &w->side[LNS].e->cfg;
	unsigned n;

	w->cut[LAC] = true;
	c->max_half_open = c->max_half_open_per_source = 100000;
	n = refused_per_second(w, true); /* 8 at once, then 5 in a second */
	g_assert_cmpuint(n, >=, 12);
	g_assert_cmpuint(n, <=, 14);
	world_run(w, dur_s(5));
	n = refused_per_second(w, false); /* 100 at once, then 100 in a second */
	g_assert_cmpuint(n, >=, 195);
	g_assert_cmpuint(n, <=, 205);
	g_assert_cmpuint(l2tp_drops(w->side[LNS].e, L2TP_DROP_RATE), >, 1700);
	world_free(w);
}

/* Who has a tunnel is not held up by a flood of others, up to 64 at a time. */
static void known_source(void)
{
	struct world *w = world_new(2);
	struct side *lns = &w->side[LNS];
	unsigned n = 0;

	world_up(w);
	w->cut[LAC] = true;
	lns->slow_owner = true;
	for (unsigned i = 0; i < 1000; i++)
		ask(w, 0x0c000000 + i * 13, 7);
	g_assert_false(ask(w, 0x0d000001, 7));
	for (unsigned i = 0; i < 100; i++)
		n += ask(w, lns->path.remote_ip, (uint16_t)(100 + i));
	g_assert_cmpuint(n, ==, 64);
	world_free(w);
}

/* Row 2 of the threats: 100,000 SCCRQs from as many addresses in 10 s. */
static void sccrq_flood(void)
{
	struct world *w = world_new(3);
	struct side *lac = &w->side[LAC], *lns = &w->side[LNS];
	uint16_t cc = world_up(w), s = world_call(w, cc);
	struct l2tp_counts c;
	unsigned highest = 0;

	world_run(w, dur_s(1));
	lns->slow_owner = true;
	for (unsigned i = 0; i < 100000; i++) {
		ask(w, 0x0e000000 + i, 7);
		l2tp_get_counts(lns->e, &c);
		highest = MAX(highest, c.half_open);
		if (i % 100 == 0)
			world_run(w, dur_ms(10));
		if (i == 50000) { /* in the middle of it a call comes and goes */
			lns->slow_owner = false;
			l2tp_session_close(lac->e, cc, s, 3, 0, NULL, w->now);
			world_pump(w, LAC);
			s = world_call(w, cc);
			world_run(w, dur_ms(200));
			lns->slow_owner = true;
			g_assert_cmpuint(lac->s_up, ==, 2);
		}
	}
	g_test_message("half open: %u at most, %" G_GUINT64_FORMAT " requests dropped",
		highest, l2tp_drops(lns->e, L2TP_DROP_RATE) +
				 l2tp_drops(lns->e, L2TP_DROP_LIMIT));
	g_assert_cmpuint(highest, <=, 256);
	g_assert_cmpuint(slab_count(lns->e->ccs), <=, 2 * 256 + 1);
	g_assert_cmpuint(lac->cc_down + lns->cc_down, <=, 1100);
	world_run(w, dur_s(60));
	l2tp_get_counts(lns->e, &c);
	g_assert_cmpuint(c.half_open, ==, 0);
	g_assert_cmpuint(c.tunnels, ==, 1);
	g_assert_cmpuint(lac->cc_down, ==, 0);
	world_assert_agree(w);
	world_free(w);
}

/* ---- calls ---- */

/* Asks for a call on the only tunnel, in sequence; the peer's id is n. */
static void icrq(struct world *w, uint16_t n)
{
	struct l2tp_cc *cc = cc_by_id(w->side[LNS].e, w->side[LNS].cc);
	struct l2tp_msg m = { .type = L2TP_ICRQ,
		.have = l2tp_msg_info(L2TP_ICRQ)->must,
		.assigned_session = n };
	uint8_t buf[128];
	struct wr wr = wr_init(buf, sizeof(buf));

	l2tp_control_build(&wr, cc->id, 0, cc->chan.r_rx, cc->chan.snd_max);
	l2tp_msg_encode(&m, &wr);
	wr_set_u16(&wr, 2, (uint16_t)wr.len);
	world_inject(w, buf, wr.len);
}

static void setting_up(void)
{
	struct world *w = world_new(4);
	struct side *lns = &w->side[LNS];
	struct l2tp_counts c;

	world_up(w);
	w->cut[LAC] = w->cut[LNS] = true;
	lns->e->cfg.max_setting_up = 50;
	for (uint16_t i = 1; i <= 80; i++)
		icrq(w, i);
	l2tp_get_counts(lns->e, &c);
	g_assert_cmpuint(c.setting_up, ==, 50);
	g_assert_cmpuint(lns->calls, ==, 50);
	g_assert_cmpuint(lns->cc_down, ==, 0);
	world_free(w);
}

/* The counter follows calls to wherever they go. */
static void setting_up_counted(void)
{
	struct world *w = world_new(5);
	uint16_t cc = world_up(w);
	struct l2tp_counts c;

	w->side[LNS].slow_owner = true;
	for (int i = 0; i < 4; i++)
		world_call(w, cc);
	world_run(w, dur_s(1));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.setting_up, ==, 4);
	l2tp_get_counts(w->side[LAC].e, &c);
	g_assert_cmpuint(c.setting_up, ==, 0); /* its own calls */
	l2tp_session_accept(
		w->side[LNS].e, w->side[LNS].cc, w->side[LNS].session, w->now);
	world_pump(w, LNS);
	world_run(w, dur_s(1));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.setting_up, ==, 3);
	world_run(w, dur_s(61));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.setting_up, ==, 0);
	world_free(w);
}

/* 60,000 ICRQs of a peer that is authentic (no Ns twice): bounded, and refused without end. */
static void icrq_flood(void)
{
	struct world *w = world_new(6);
	struct side *lns = &w->side[LNS];
	struct l2tp_counts c;

	world_call(w, world_up(w));
	world_run(w, dur_s(1));
	w->cut[LAC] = w->cut[LNS] = true;
	lns->slow_owner = true;
	for (unsigned i = 0; i < 60000; i++) {
		icrq(w, (uint16_t)(2000 + i));
		if (i % 100 == 0)
			world_run(w, dur_ms(10));
	}
	l2tp_get_counts(lns->e, &c);
	g_test_message("setting up: %u, queued: %u", c.setting_up,
		cc_by_id(lns->e, lns->cc)->chan.queued);
	g_assert_cmpuint(c.setting_up, <=, 2000);
	g_assert_cmpuint(cc_by_id(lns->e, lns->cc)->chan.queued, <=, CHAN_QUEUE_MAX);
	g_assert_cmpuint(slab_count(lns->e->all_sessions), <=, 4100);
	g_assert_cmpuint(lns->cc_down, ==, 0);
	world_free(w);
}

/* More than 64 half-open tunnels of a source: then its calls are counted too. */
static void icrq_rate(void)
{
	struct world *w = world_new(7);
	struct side *lns = &w->side[LNS];
	uint16_t cc;

	world_up(w);
	cc = lns->cc;
	w->cut[LAC] = w->cut[LNS] = true;
	lns->e->cfg.icrq_per_s = 10;
	for (uint16_t i = 1; i <= 30; i++)
		icrq(w, i);
	g_assert_cmpuint(lns->calls, ==, 30);
	lns->slow_owner = true;
	for (unsigned i = 0; i < 64; i++)
		ask(w, lns->path.remote_ip, (uint16_t)(100 + i));
	lns->cc = cc;
	for (uint16_t i = 101; i <= 130; i++) {
		icrq(w, i);
		lns->cc = cc;
	}
	g_assert_cmpuint(lns->calls, ==, 40);
	world_free(w);
}

/* ---- timers and windows ---- */

static void call_timer(void)
{
	struct world *w = world_new(8);
	uint16_t cc;

	w->side[LNS].params.call_setup_s = w->side[LAC].params.call_setup_s = 20;
	cc = world_up(w);
	w->side[LNS].slow_owner = true;
	world_call(w, cc);
	world_run(w, dur_s(19));
	g_assert_cmpuint(w->side[LAC].s_down, ==, 0);
	world_run(w, dur_s(2));
	g_assert_cmpuint(w->side[LAC].s_down, ==, 1);
	g_assert_cmpuint(w->side[LNS].s_down, ==, 1);
	world_free(w);
}

/* Without congestion control the whole window leaves at once. */
static void whole_window(void)
{
	for (int off = 0; off < 2; off++) {
		struct world *w = world_new(9);
		struct side *lac = &w->side[LAC];
		uint16_t cc;
		unsigned before;

		w->side[LNS].params.rws = 20;
		lac->params.no_congestion_control = off;
		cc = world_up(w);
		before = lac->packets;
		for (int i = 0; i < 40; i++)
			world_call(w, cc);
		if (off)
			g_assert_cmpuint(lac->packets - before, ==, 20);
		else
			g_assert_cmpuint(lac->packets - before, <, 10);
		world_run(w, dur_s(10));
		g_assert_cmpuint(lac->s_up, ==, 40);
		world_assert_agree(w);
		world_free(w);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/l2tp/limit/sccrq-rate", sccrq_rate);
	g_test_add_func("/l2tp/limit/known-source", known_source);
	g_test_add_func("/l2tp/limit/sccrq-flood", sccrq_flood);
	g_test_add_func("/l2tp/limit/setting-up", setting_up);
	g_test_add_func("/l2tp/limit/setting-up-counted", setting_up_counted);
	g_test_add_func("/l2tp/limit/icrq-flood", icrq_flood);
	g_test_add_func("/l2tp/limit/icrq-rate", icrq_rate);
	g_test_add_func("/l2tp/limit/call-timer", call_timer);
	g_test_add_func("/l2tp/limit/whole-window", whole_window);
	return g_test_run();
}
