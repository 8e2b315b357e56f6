/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Control connections: every event in every state against the table of RFC 2661, section 7.2.1,
 * and the authentication of tunnels.
 */
#include "l2tp/auth.h"

#include "tests/l2tp/golden.h"
#include "l2tp/hide.h"
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

/* Only the answer to the SCCRQ tells the port: nothing else that comes from another one. */
static void port_kept(void)
{
	static const uint8_t zlb[] = { 0xc8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0, 1 };
	struct world *w = world_new(5);
	uint16_t cc = world_open(w);
	struct l2tp_path path = w->side[LAC].path;
	g_autofree uint8_t *copy = g_memdup2(zlb, sizeof(zlb));
	struct l2tp_cc_info info;

	path.remote_port = 40000;
	put_u16(copy + 4, cc);
	l2tp_engine_input(w->side[LAC].e, &path, copy, sizeof(zlb), w->now);
	world_pump(w, LAC);
	g_assert_true(l2tp_cc_get(w->side[LAC].e, cc, &info));
	g_assert_cmpuint(info.path.remote_port, ==, 1701);
	g_assert_cmpuint(l2tp_drops(w->side[LAC].e, L2TP_DROP_WRONG_SOURCE), ==, 1);
	/* Nor does the answer from another address. */
	path.remote_port = 1701;
	path.remote_ip++;
	l2tp_engine_input(w->side[LAC].e, &path, copy, sizeof(zlb), w->now);
	g_assert_cmpuint(l2tp_drops(w->side[LAC].e, L2TP_DROP_WRONG_SOURCE), ==, 2);
	world_free(w);
}

/* ---- tie breaker (section 4.4.3): SCCRQs of both sides cross ---- */

static const struct {
	const char *name;
	bool ours;   /* our SCCRQ has one */
	int theirs;  /* relative to ours; NO_TIE: none */
	bool lost;   /* our tunnel ends */
	bool taken;  /* the peer's SCCRQ becomes a tunnel */
} ties[] = {
#define NO_TIE 99
	/* clang-format off */
	{ "we-win",    true,  1,      false, false },
	{ "peer-wins", true,  -1,     true,  true },
	{ "equal",     true,  0,      true,  false },
	{ "only-ours", true,  NO_TIE, false, false },
	{ "only-peer", false, 1,      true,  true },
	{ "neither",   false, NO_TIE, false, true },
	/* clang-format on */
};

static size_t crossing_sccrq(struct world *w, uint8_t *buf, size_t room, unsigned i)
{
	struct rd r = rd_init(w->side[LAC].last, w->side[LAC].last_len);
	struct wr wr = wr_init(buf, room);
	struct l2tp_msg m;
	struct l2tp_fault f;
	struct l2tp_hdr h;

	g_assert_true(l2tp_hdr_parse(&r, &h));
	g_assert_cmpint(l2tp_msg_decode(r, &m, &f), ==, L2TP_MSG_OK);
	g_assert_cmpint(l2tp_has(&m, L2TP_ATTR_TIE_BREAKER), ==, ties[i].ours);
	m.tie_breaker += (uint64_t)(int64_t)ties[i].theirs;
	m.have |= l2tp_bit(L2TP_ATTR_TIE_BREAKER);
	if (ties[i].theirs == NO_TIE)
		m.have &= ~l2tp_bit(L2TP_ATTR_TIE_BREAKER);
	l2tp_control_build(&wr, 0, 0, 0, 0);
	l2tp_msg_encode(&m, &wr);
	wr_set_u16(&wr, 2, (uint16_t)wr.len);
	return wr.len;
}

static void tie_breaker(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	struct world *w = world_new(6);
	struct side *lac = &w->side[LAC];
	uint8_t buf[512];
	size_t n;

	w->cut[LNS] = true;
	lac->params.no_tie_breaker = !ties[i].ours;
	world_open(w);
	n = crossing_sccrq(w, buf, sizeof(buf), i);
	l2tp_engine_input(lac->e, &lac->path, buf, n, w->now);
	world_pump(w, LAC);
	g_assert_cmpuint(lac->cc_down, ==, ties[i].lost);
	g_assert_cmpuint(lac->requests, ==, ties[i].taken);
	g_assert_cmpuint(l2tp_drops(lac->e, L2TP_DROP_TIE), ==, !ties[i].taken);
	if (ties[i].lost)
		g_assert_cmpuint(lac->cause.result, ==, L2TP_STOP_EXISTS);
	world_free(w);
}

/* Of several SCCRQs of ours one that wins is enough; and each leaves the list when it ends. */
static void several_ties(void)
{
	struct world *w = world_new(6);
	struct side *lac = &w->side[LAC];
	uint16_t id[3];
	uint8_t buf[512];
	size_t n;

	w->cut[LNS] = true;
	for (int i = 0; i < 3; i++)
		id[i] = world_open(w);
	n = crossing_sccrq(w, buf, sizeof(buf), 0); /* loses against the last */
	l2tp_engine_input(lac->e, &lac->path, buf, n, w->now);
	world_pump(w, LAC);
	g_assert_cmpuint(lac->requests, ==, 0);
	for (int i = 0; i < 3; i++)
		l2tp_cc_close(lac->e, id[(i + 1) % 3], 1, 0, NULL, w->now);
	world_pump(w, LAC);
	g_assert_cmpuint(index_count(lac->e->opening), ==, 0);
	l2tp_engine_input(lac->e, &lac->path, buf, n, w->now);
	world_pump(w, LAC);
	g_assert_cmpuint(lac->requests, ==, 1);
	world_free(w);
}

/* Two nodes that call each other at the same time: one tunnel, with or without loss. */
static void crossing(gconstpointer data)
{
	unsigned seed = GPOINTER_TO_UINT(data);
	struct world *w = world_new(seed);
	struct l2tp_call call = { .serial = 1 };
	struct l2tp_counts c;

	w->loss = seed > 20 ? 20 : 0;
	world_open(w);
	l2tp_cc_open(
		w->side[LNS].e, &w->side[LNS].path, &w->side[LNS].params, w->now);
	world_pump(w, LNS);
	world_run(w, dur_s(12));
	l2tp_get_counts(w->side[LAC].e, &c);
	g_assert_cmpuint(c.tunnels, >=, 1);
	if (!w->loss)
		g_assert_cmpuint(c.tunnels, ==, 1);
	world_assert_agree(w);
	/* Whoever opened it: both may call in it. */
	for (int i = 0; i < 2 && !w->loss; i++) {
		g_assert_cmpuint(l2tp_session_open(w->side[i].e, w->side[i].cc, &call,
					 w->now),
			!=, 0);
		world_pump(w, i);
	}
	world_run(w, dur_s(2));
	if (!w->loss) {
		g_assert_cmpuint(w->side[LAC].s_up, ==, 2);
		g_assert_cmpuint(w->side[LNS].s_up, ==, 2);
	}
	world_assert_agree(w);
	world_free(w);
}

/* ---- hidden AVPs from end to end ---- */

/* An SCCRQ of which everything that may be is hidden, its tunnel id too: the owner is asked
 * first, and a repeated one is known by its octets. */
static void hidden_request(gconstpointer data)
{
	const char *secret = data;
	struct world *w = world_new(7);
	struct side *lns = &w->side[LNS];
	struct l2tp_msg m = {
		.type = L2TP_SCCRQ,
		.have = l2tp_bit(L2TP_ATTR_PROTOCOL_VERSION) |
			l2tp_bit(L2TP_ATTR_HOST_NAME),
		.version = 0x0100,
		.host_name = { (const uint8_t *)"lac", 3 },
	};
	uint8_t buf[512], plain[4] = { 0, 2, 0, 77 }, caps[6] = { 0, 4, 0, 0, 0, 3 };
	static const uint8_t rv[16] = { 5 };
	struct wr wr = wr_init(buf, sizeof(buf));
	struct l2tp_cc_info info;
	size_t at;

	g_strlcpy(lns->params.secret, secret, L2TP_SECRET_MAX);
	w->cut[LAC] = true;
	l2tp_control_build(&wr, 0, 0, 0, 0);
	l2tp_msg_encode(&m, &wr);
	at = l2tp_avp_open(&wr, L2TP_ATTR_RANDOM_VECTOR);
	wr_bytes(&wr, rv, sizeof(rv));
	l2tp_avp_close(&wr, at, AVP_M);
	l2tp_hide(9, "tunsecret", rv, sizeof(rv), plain, sizeof(plain));
	at = l2tp_avp_open(&wr, L2TP_ATTR_ASSIGNED_TUNNEL);
	wr_bytes(&wr, plain, sizeof(plain));
	l2tp_avp_close(&wr, at, AVP_M | AVP_H);
	l2tp_hide(3, "tunsecret", rv, sizeof(rv), caps, sizeof(caps));
	at = l2tp_avp_open(&wr, L2TP_ATTR_FRAMING_CAPS);
	wr_bytes(&wr, caps, sizeof(caps));
	l2tp_avp_close(&wr, at, AVP_M | AVP_H);
	wr_set_u16(&wr, 2, (uint16_t)wr.len);
	for (int i = 0; i < 3; i++) {
		world_inject(w, buf, wr.len);
		world_run(w, dur_ms(1500));
	}
	g_assert_cmpuint(lns->requests, ==, 1);
	if (strcmp(secret, "tunsecret") != 0) {
		g_assert_false(world_cc(w, LNS, &info));
		g_assert_cmpuint(lns->cc_down, ==, 1);
		g_assert_cmpuint(lns->cause.result, ==, L2TP_STOP_ERROR);
	} else {
		g_assert_true(world_cc(w, LNS, &info));
		g_assert_cmpint(info.state, ==, L2TP_CC_WAIT_CONN);
		g_assert_cmpuint(info.remote_id, ==, 77);
		g_assert_cmpuint(l2tp_drops(lns->e, L2TP_DROP_DUPLICATE), ==, 2);
	}
	world_run(w, dur_s(60));
	g_assert_cmpuint(index_count(lns->e->hidden_requests), ==, 0);
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
	g_test_add_func("/l2tp/cc/port-kept", port_kept);
	for (unsigned i = 0; i < G_N_ELEMENTS(ties); i++) {
		g_autofree char *path = g_strdup_printf("/l2tp/cc/tie/%s", ties[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), tie_breaker);
	}
	g_test_add_func("/l2tp/cc/tie/several", several_ties);
	for (unsigned seed = 1; seed <= 40; seed++) {
		g_autofree char *path = g_strdup_printf("/l2tp/cc/crossing/%u", seed);

		g_test_add_data_func(path, GUINT_TO_POINTER(seed), crossing);
	}
	g_test_add_data_func("/l2tp/cc/hidden-request", "tunsecret", hidden_request);
	g_test_add_data_func("/l2tp/cc/hidden-request-other", "other", hidden_request);
	g_test_add_data_func("/l2tp/cc/hidden-request-none", "", hidden_request);
	return g_test_run();
}
