/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Control connections: every event in every state against the table of RFC 2661, section 7.2.1,
 * and the authentication of tunnels.
 */
#include "l2tp/auth.h"

#include "tests/l2tp/golden.h"
#include "tests/l2tp/world.h"
#include "tests/lib/hex.h"

enum { NONE = -1, N_STATES = L2TP_CC_CLOSING + 1 };

/* What each event does, by state: idle, wait-reply, wait-conn, established, closing. */
static const struct {
	const char *name;
	enum cc_event ev;
	int next[N_STATES];
} rows[] = {
	/* clang-format off */
	{ "open",     EV_OPEN,     { L2TP_CC_WAIT_REPLY, NONE, NONE, NONE, NONE } },
	{ "sccrq",    EV_SCCRQ,    { L2TP_CC_IDLE, L2TP_CC_CLOSING, L2TP_CC_CLOSING, L2TP_CC_CLOSING, NONE } },
	{ "accept",   EV_ACCEPT,   { L2TP_CC_WAIT_CONN, NONE, NONE, NONE, NONE } },
	{ "sccrp",    EV_SCCRP,    { L2TP_CC_CLOSING, L2TP_CC_ESTABLISHED, L2TP_CC_CLOSING, L2TP_CC_CLOSING, NONE } },
	{ "scccn",    EV_SCCCN,    { L2TP_CC_CLOSING, L2TP_CC_CLOSING, L2TP_CC_ESTABLISHED, L2TP_CC_CLOSING, NONE } },
	{ "stopccn",  EV_STOPCCN,  { L2TP_CC_CLOSING, L2TP_CC_CLOSING, L2TP_CC_CLOSING, L2TP_CC_CLOSING, L2TP_CC_CLOSING } },
	{ "close",    EV_CLOSE,    { L2TP_CC_CLOSING, L2TP_CC_CLOSING, L2TP_CC_CLOSING, L2TP_CC_CLOSING, NONE } },
	{ "dead",     EV_DEAD,     { NONE, L2TP_CC_CLOSING, L2TP_CC_CLOSING, L2TP_CC_CLOSING, L2TP_CC_CLOSING } },
	{ "heard",    EV_HEARD,    { NONE, NONE, NONE, NONE, L2TP_CC_CLOSING } },
	{ "abandon",  EV_ABANDON,  { NONE, L2TP_CC_CLOSING, NONE, L2TP_CC_CLOSING, NONE } },
	/* clang-format on */
};

static void event_in_state(struct l2tp_engine *e, enum l2tp_cc_state state, size_t row)
{
	static const struct l2tp_path path = { 1, 2, 1701, 1701 };
	struct l2tp_cc *cc = cc_new(e, 0, &path);
	int want = rows[row].next[state];
	struct l2tp_effect fx;

	cc->state = state;
	cc->lac = state == L2TP_CC_WAIT_REPLY;
	cc->authentic = state >= L2TP_CC_ESTABLISHED;
	cc->owner_knows = state != L2TP_CC_CLOSING;
	cc->cause = g_new0(struct l2tp_cause, 1);
	cc_set_remote(e, cc, 4711);
	cc_event(e, cc, rows[row].ev);
	engine_leave(e);
	if (want == NONE) {
		g_assert_cmpint(cc->state, ==, state);
		g_assert_cmpuint(cc->chan.s, ==, 0);
		g_assert_false(l2tp_engine_poll(e, &fx));
		return;
	}
	g_assert_cmpint(cc->state, ==, want);

	bool down = false, up = false;

	while (l2tp_engine_poll(e, &fx)) {
		down |= fx.kind == L2TP_FX_CC_DOWN;
		up |= fx.kind == L2TP_FX_CC_UP;
	}
	g_assert_cmpint(down, ==, want == L2TP_CC_CLOSING && state != L2TP_CC_CLOSING);
	g_assert_cmpint(up, ==, want == L2TP_CC_ESTABLISHED);
}

static void every_event(gconstpointer data)
{
	size_t row = GPOINTER_TO_UINT(data);

	for (int state = 0; state < N_STATES; state++) {
		struct l2tp_engine_config cfg = { .seed = 1 };
		struct l2tp_engine *e = l2tp_engine_new(&cfg, BASE_TIME_ZERO);

		event_in_state(e, state, row);
		l2tp_engine_free(e);
	}
}

/* ---- authentication ---- */

static void set_secrets(
	struct world *w, const char *lns, const char *lac, bool lns_asks, bool lac_asks)
{
	g_strlcpy(w->side[LNS].params.secret, lns, L2TP_SECRET_MAX);
	g_strlcpy(w->side[LAC].params.secret, lac, L2TP_SECRET_MAX);
	w->side[LNS].params.challenge = lns_asks;
	w->side[LAC].params.challenge = lac_asks;
}

static const struct {
	const char *name, *lns, *lac;
	bool lns_asks, lac_asks;
	bool up;
	enum l2tp_by lns_by; /* why it went down there */
} secrets[] = {
	/* clang-format off */
	{ "both",         "s3cret", "s3cret", true,  true,  true },
	{ "lns-asks",     "s3cret", "s3cret", true,  false, true },
	{ "lac-asks",     "s3cret", "s3cret", false, true,  true },
	{ "nobody-asks",  "s3cret", "other",  false, false, true },
	{ "M67-lac-wrong", "s3cret", "other", true,  false, false, L2TP_BY_PROTOCOL },
	{ "M67-lns-wrong", "other", "s3cret", false, true,  false, L2TP_BY_PEER },
	{ "lac-has-none", "s3cret", "",       true,  false, false, L2TP_BY_PEER },
	{ "lns-has-none", "", "s3cret",       false, true,  false, L2TP_BY_PROTOCOL },
	/* clang-format on */
};

static void authenticate(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	struct world *w = world_new(i);

	set_secrets(w, secrets[i].lns, secrets[i].lac, secrets[i].lns_asks,
		secrets[i].lac_asks);
	world_open(w);
	world_run(w, dur_s(5));
	g_assert_cmpuint(w->side[LNS].cc_up, ==, secrets[i].up);
	g_assert_cmpuint(w->side[LNS].cc_down, ==, !secrets[i].up);
	if (!secrets[i].up) {
		g_assert_cmpuint(w->side[LNS].cause.result, ==, 4);
		g_assert_cmpint(w->side[LNS].cause.by, ==, secrets[i].lns_by);
		g_assert_cmpuint(w->side[LAC].cause.result, ==, 4);
	}
	world_free(w);
}

static void reflected(void)
{
	struct world *w = world_new(1);
	struct l2tp_msg m;
	struct l2tp_fault f;
	uint8_t buf[512];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct rd r;
	struct l2tp_hdr h;

	set_secrets(w, "s3cret", "s3cret", true, true);
	w->cut[LNS] = true;
	world_open(w);
	/* Somebody without the secret sends the LAC its own SCCRQ, to learn the response. */
	r = rd_init(w->side[LAC].last, w->side[LAC].last_len);
	g_assert_true(l2tp_hdr_parse(&r, &h));
	g_assert_cmpint(l2tp_msg_decode(r, &m, &f), ==, L2TP_MSG_OK);
	g_assert_cmpuint(m.challenge.len, ==, 16);
	l2tp_control_build(&wr, 0, 0, 0, 0);
	l2tp_msg_encode(&m, &wr);
	wr_set_u16(&wr, 2, (uint16_t)wr.len);
	l2tp_engine_input(w->side[LAC].e, &w->side[LAC].path, buf, wr.len, w->now);
	world_pump(w, LAC);
	g_assert_cmpuint(w->side[LAC].requests, ==, 0);
	world_free(w);
}

/* The response that l2tpns gave to l2tpns. */
static void golden_response(void)
{
	struct pcap_file *file = pcap_golden("l2tpns-lac-l2tpns-lns.pcap");
	g_autoptr(GArray) d = golden_l2tp(file);
	struct l2tp_msg rq, rp;
	struct l2tp_fault f;
	struct l2tp_hdr h;
	uint8_t digest[16];

	for (unsigned i = 0; i < 2; i++) {
		const struct golden_dgram *g =
			&g_array_index(d, struct golden_dgram, i);
		struct rd r = rd_init(g->bytes, g->len);

		g_assert_true(l2tp_hdr_parse(&r, &h));
		g_assert_cmpint(l2tp_msg_decode(r, i ? &rp : &rq, &f), ==, L2TP_MSG_OK);
	}
	g_assert_true(l2tp_has(&rq, L2TP_ATTR_CHALLENGE));
	g_assert_true(l2tp_has(&rp, L2TP_ATTR_RESPONSE));
	l2tp_auth_response(
		L2TP_SCCRP, "tunsecret", rq.challenge.p, rq.challenge.len, digest);
	g_assert_true(l2tp_auth_equal(digest, rp.response, 16));
	l2tp_auth_response(
		L2TP_SCCRP, "tunsecre", rq.challenge.p, rq.challenge.len, digest);
	g_assert_false(l2tp_auth_equal(digest, rp.response, 16));
	pcap_file_free(file);
}

/* ---- the rest ---- */

static void refused(void)
{
	struct world *w = world_new(2);

	w->side[LNS].refuse_tunnels = true;
	world_open(w);
	world_run(w, dur_s(1));
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 1);
	g_assert_cmpint(w->side[LAC].cause.by, ==, L2TP_BY_PEER);
	g_assert_cmpuint(w->side[LAC].cause.result, ==, 4);
	g_assert_cmpstr(w->side[LAC].cause.text, ==, "go away");
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 0);
	g_assert_cmpuint(w->side[LNS].retransmits, ==, 0); /* it was acknowledged */
	world_run(w, dur_s(30));
	g_assert_cmpuint(slab_count(w->side[LNS].e->ccs), ==, 0);
	world_free(w);
}

/* An owner that never answers costs no more than the set-up time. */
static void owner_silent(void)
{
	struct world *w = world_new(3);
	struct l2tp_counts c;

	w->side[LNS].slow_owner = true;
	w->side[LAC].params.initial_retries = 20;
	w->side[LAC].params.setup_s = 40;
	world_open(w);
	world_run(w, dur_s(9));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.half_open, ==, 1);
	g_assert_cmpuint(w->side[LNS].requests, ==, 1);
	world_run(w, dur_s(2));
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 1);
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 1);
	world_run(w, dur_s(30));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.half_open, ==, 0);
	world_free(w);
}

static void half_open_limit(void)
{
	struct world *w = world_new(4);
	struct l2tp_counts c;

	w->side[LNS].slow_owner = true;
	for (int i = 0; i < 12; i++)
		world_open(w);
	world_run(w, dur_s(1));
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.half_open, ==, 8);
	g_assert_cmpuint(l2tp_drops(w->side[LNS].e, L2TP_DROP_LIMIT), >=, 4);
	world_free(w);
}

/* The responder may answer from a port of its own choice. */
static void port_learned(void)
{
	struct world *w = world_new(5);
	struct l2tp_cc_info info;

	w->cut[LAC] = true;
	world_open(w);
	world_run(w, dur_ms(500));

	struct l2tp_path path = w->side[LAC].path;

	path.remote_port = 40000;
	l2tp_engine_input(w->side[LAC].e, &path, w->side[LNS].last,
		w->side[LNS].last_len, w->now);
	world_pump(w, LAC);
	g_assert_true(world_cc(w, LAC, &info));
	g_assert_cmpint(info.state, ==, L2TP_CC_ESTABLISHED);
	g_assert_cmpuint(info.path.remote_port, ==, 40000);
	world_free(w);
}

/* A tie breaker in the peer's SCCRQ wins over our SCCRQ without one. */
static void tie_breaker(void)
{
	struct world *w = world_new(6);
	struct l2tp_msg m;
	struct l2tp_fault f;
	struct l2tp_hdr h;
	uint8_t buf[512];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct rd r;

	w->cut[LNS] = true;
	world_open(w);
	r = rd_init(w->side[LAC].last, w->side[LAC].last_len);
	g_assert_true(l2tp_hdr_parse(&r, &h));
	l2tp_msg_decode(r, &m, &f);
	m.have |= l2tp_bit(L2TP_ATTR_TIE_BREAKER);
	l2tp_control_build(&wr, 0, 0, 0, 0);
	l2tp_msg_encode(&m, &wr);
	wr_set_u16(&wr, 2, (uint16_t)wr.len);
	l2tp_engine_input(w->side[LAC].e, &w->side[LAC].path, buf, wr.len, w->now);
	world_pump(w, LAC);
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 1);
	g_assert_cmpuint(w->side[LAC].cause.result, ==, 3);
	g_assert_cmpuint(w->side[LAC].requests, ==, 1);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/cc/event/%s", rows[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), every_event);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(secrets); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/cc/secret/%s", secrets[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), authenticate);
	}
	g_test_add_func("/l2tp/cc/reflected-challenge", reflected);
	g_test_add_func("/l2tp/cc/golden-response", golden_response);
	g_test_add_func("/l2tp/cc/refused", refused);
	g_test_add_func("/l2tp/cc/owner-silent", owner_silent);
	g_test_add_func("/l2tp/cc/half-open-limit", half_open_limit);
	g_test_add_func("/l2tp/cc/port-learned", port_learned);
	g_test_add_func("/l2tp/cc/tie-breaker", tie_breaker);
	return g_test_run();
}
