/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sessions: every event in every state against the tables of RFC 2661, sections 7.4.1 and 7.4.2,
 * and how calls are refused and cleared.
 */
#include "tests/l2tp/world.h"

enum { NONE = -1, N_STATES = L2TP_SESSION_CLOSED + 1 };

#define I  L2TP_SESSION_IDLE
#define WT L2TP_SESSION_WAIT_TUNNEL
#define WR L2TP_SESSION_WAIT_REPLY
#define WC L2TP_SESSION_WAIT_CONNECT
#define E  L2TP_SESSION_ESTABLISHED
#define C  L2TP_SESSION_CLOSED
#define __ NONE

/* By state: idle, wait-tunnel, wait-reply, wait-connect, established, closed. */
static const struct {
	const char *name;
	bool lac;
	enum session_event ev;
	int next[N_STATES];
} rows[] = {
	/* clang-format off */
	{ "lac-open",      true,  SEV_OPEN,      { WT, __, __, __, __, __ } },
	{ "lac-tunnel-up", true,  SEV_TUNNEL_UP, { __, WR, __, __, __, __ } },
	{ "lac-icrq",      true,  SEV_ICRQ,      { __, __, C,  __, C,  __ } },
	{ "lac-accept",    true,  SEV_ACCEPT,    { __, __, __, __, __, __ } },
	{ "lac-icrp",      true,  SEV_ICRP,      { __, __, E,  __, C,  C  } },
	{ "lac-iccn",      true,  SEV_ICCN,      { __, __, C,  __, C,  __ } },
	{ "lac-cdn",       true,  SEV_CDN,       { __, __, C,  __, C,  __ } },
	{ "lac-out",       true,  SEV_OUT,       { __, __, C,  __, C,  __ } },
	{ "lac-close",     true,  SEV_CLOSE,     { __, C,  C,  __, C,  __ } },
	{ "lac-gone",      true,  SEV_GONE,      { __, C,  C,  __, C,  __ } },
	{ "lns-open",      false, SEV_OPEN,      { __, __, __, __, __, __ } },
	{ "lns-tunnel-up", false, SEV_TUNNEL_UP, { __, __, __, __, __, __ } },
	{ "lns-icrq",      false, SEV_ICRQ,      { I,  __, __, C,  C,  __ } },
	{ "lns-accept",    false, SEV_ACCEPT,    { WC, __, __, __, __, __ } },
	{ "lns-icrp",      false, SEV_ICRP,      { C,  __, __, C,  C,  __ } },
	{ "lns-iccn",      false, SEV_ICCN,      { C,  __, __, E,  C,  __ } },
	{ "lns-cdn",       false, SEV_CDN,       { C,  __, __, C,  C,  __ } },
	{ "lns-out",       false, SEV_OUT,       { C,  __, __, C,  C,  __ } },
	{ "lns-close",     false, SEV_CLOSE,     { C,  __, __, C,  C,  __ } },
	{ "lns-gone",      false, SEV_GONE,      { C,  __, __, C,  C,  __ } },
	/* clang-format on */
};

static void event_in_state(struct world *w, int state, size_t row)
{
	struct l2tp_engine *e = w->side[LNS].e;
	struct l2tp_cc *cc = cc_by_id(e, w->side[LNS].cc);
	struct l2tp_session *s = l2tp_session_new(e, cc, 0);
	uint16_t before = cc->chan.s;
	int want = rows[row].next[state];
	struct l2tp_effect fx;
	bool down = false, up = false;

	s->lac = rows[row].lac;
	s->state = (uint8_t)state;
	s->owner_knows = state != C;
	session_set_remote(e, s, 99);
	session_recount(e, s);
	session_event(e, cc, s, rows[row].ev, NULL);
	g_assert_cmpint(s->state, ==, want == NONE ? state : want);
	if (want == NONE) {
		g_assert_false(l2tp_engine_poll(e, &fx));
		g_assert_cmpuint(cc->chan.s, ==, before);
	}
	while (l2tp_engine_poll(e, &fx)) {
		down |= fx.kind == L2TP_FX_SESSION_DOWN;
		up |= fx.kind == L2TP_FX_SESSION_UP;
	}
	g_assert_cmpint(up, ==, want == E);
	g_assert_cmpint(down, ==, want == C && state != C);
	engine_leave(e);
	while (l2tp_engine_poll(e, &fx))
		;
}

static void every_event(gconstpointer data)
{
	for (int state = 0; state < N_STATES; state++) {
		struct world *w = world_new(1);

		world_up(w);
		event_in_state(w, state, GPOINTER_TO_UINT(data));
		world_free(w);
	}
}

/* ---- calls ---- */

static void call_information(void)
{
	struct world *w = world_new(2);
	uint16_t cc = world_up(w);
	struct l2tp_call call = { .serial = 42,
		.bearer_type = 2,
		.framing_type = 1,
		.tx_bps = 1000000,
		.rx_bps = 2000000,
		.called = "100",
		.calling = "200",
		.physical_channel = 5,
		.sequencing = true };
	struct l2tp_session_info s;

	l2tp_session_open(w->side[LAC].e, cc, &call, w->now);
	world_pump(w, LAC);
	world_run(w, dur_s(1));
	g_assert_true(l2tp_session_get(
		w->side[LNS].e, w->side[LNS].cc, w->side[LNS].session, &s));
	g_assert_cmpint(s.state, ==, L2TP_SESSION_ESTABLISHED);
	g_assert_cmpint(memcmp(&s.call, &call, sizeof(call)), ==, 0);
	world_free(w);
}

static void refused(void)
{
	struct world *w = world_new(3);
	uint16_t cc = world_up(w);

	w->side[LNS].refuse_calls = true;
	world_call(w, cc);
	world_run(w, dur_s(1));
	g_assert_cmpuint(w->side[LAC].s_down, ==, 1);
	g_assert_cmpuint(w->side[LAC].cause.result, ==, 4);
	g_assert_cmpint(w->side[LAC].cause.by, ==, L2TP_BY_PEER);
	g_assert_cmpuint(w->side[LNS].s_down, ==, 0);
	world_assert_agree(w);
	world_free(w);
}

/* The caller hangs up before it knows the peer's id: no CDN with session id 0 (it would end
 * the tunnel of some peers), but one as soon as the ICRP has come. */
static void early_hangup(void)
{
	struct world *w = world_new(4);
	uint16_t cc = world_up(w), s;
	unsigned packets;

	s = world_call(w, cc);
	packets = w->side[LAC].packets;
	l2tp_session_close(w->side[LAC].e, cc, s, 3, 0, NULL, w->now);
	world_pump(w, LAC);
	g_assert_cmpuint(w->side[LAC].s_down, ==, 1);
	g_assert_cmpuint(w->side[LAC].packets, ==, packets);
	world_run(w, dur_s(1));
	g_assert_cmpuint(w->side[LNS].s_down, ==, 1);
	g_assert_cmpint(w->side[LNS].cause.by, ==, L2TP_BY_PEER);
	g_assert_cmpuint(w->side[LNS].cause.result, ==, 3);
	world_assert_agree(w);
	world_free(w);
}

static void set_up_timer(void)
{
	struct world *w = world_new(5);
	uint16_t cc = world_up(w);

	w->side[LNS].slow_owner = true;
	world_call(w, cc);
	world_run(w, dur_s(59));
	g_assert_cmpuint(w->side[LAC].s_down, ==, 0);
	world_run(w, dur_s(2));
	g_assert_cmpuint(w->side[LAC].s_down, ==, 1);
	g_assert_cmpuint(w->side[LNS].s_down, ==, 1);
	world_assert_agree(w);
	world_free(w);
}

/* A closed session's id is not given out again before the full cycle has passed. */
static void tombstone(void)
{
	struct world *w = world_new(6);
	uint16_t cc = world_up(w), s = world_call(w, cc);
	struct l2tp_session_info info;

	world_run(w, dur_s(1));
	l2tp_session_close(w->side[LAC].e, cc, s, 3, 0, NULL, w->now);
	world_pump(w, LAC);
	world_run(w, dur_s(70));
	g_assert_true(l2tp_session_get(w->side[LAC].e, cc, s, &info));
	g_assert_cmpint(info.state, ==, L2TP_SESSION_CLOSED);
	world_run(w, dur_s(2));
	g_assert_false(l2tp_session_get(w->side[LAC].e, cc, s, &info));
	world_free(w);
}

static void limit(void)
{
	struct world *w = world_new(7);
	uint16_t cc = world_up(w);
	struct l2tp_counts c;

	w->side[LNS].e->cfg.max_sessions = 3;
	for (int i = 0; i < 5; i++)
		world_call(w, cc);
	world_run(w, dur_s(2));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.sessions, ==, 3);
	g_assert_cmpuint(w->side[LAC].s_down, ==, 2);
	g_assert_cmpuint(w->side[LAC].cause.result, ==, 2);
	g_assert_cmpuint(w->side[LAC].cause.error, ==, 4);
	world_assert_agree(w);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/session/event/%s", rows[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), every_event);
	}
	g_test_add_func("/l2tp/session/call-information", call_information);
	g_test_add_func("/l2tp/session/refused", refused);
	g_test_add_func("/l2tp/session/early-hangup", early_hangup);
	g_test_add_func("/l2tp/session/set-up-timer", set_up_timer);
	g_test_add_func("/l2tp/session/tombstone", tombstone);
	g_test_add_func("/l2tp/session/limit", limit);
	return g_test_run();
}
