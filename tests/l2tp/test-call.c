/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What calls carry beside themselves: proxy LCP and authentication, access lines, SLI, WEN and
 * PPP disconnect causes, in the clear and hidden, over a good and a bad wire, and whether a
 * takeover keeps them.
 */
#include "tests/l2tp/golden.h"
#include "tests/l2tp/world.h"

#define SPAN(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static const char circuit[] = "dslam7 eth 0/1:100", password[] = "wordofpassing";

static const struct l2tp_line line = {
	.have = 1u << L2TP_LINE_CIRCUIT_ID | 1u << L2TP_LINE_ACTUAL_DOWN |
		1u << L2TP_LINE_IWF,
	.circuit_id = SPAN(circuit),
	.number = { [L2TP_LINE_ACTUAL_DOWN] = UINT64_C(10000000000), [L2TP_LINE_IWF] = 1 },
};

static const struct l2tp_proxy proxy = {
	.initial_lcp = SPAN("\x01\x04\x05\xd4"),
	.last_sent_lcp = SPAN("\x01\x04\x05\xd4\x03\x04\xc0\x23"),
	.last_received_lcp = SPAN("\x05\x06\x01\x02\x03\x04"),
	.auth_type = L2TP_PROXY_PAP,
	.auth_id = 7,
	.auth_name = SPAN("alice@example"),
	.auth_response = SPAN("wordofpassing"),
	.private_group = SPAN("red"),
};

static const struct l2tp_call call = { .serial = 5, .tx_bps = 1000, .sequencing = true };

static void same_span(const struct l2tp_span *a, const struct l2tp_span *b)
{
	g_assert_cmpuint(a->len, ==, b->len);
	if (a->len)
		g_assert_cmpint(memcmp(a->p, b->p, a->len), ==, 0);
}

static void assert_line(const struct l2tp_engine *e, uint16_t cc, uint16_t session)
{
	struct l2tp_line got;

	g_assert_true(l2tp_session_line(e, cc, session, &got));
	g_assert_cmpuint(got.have, ==, line.have);
	same_span(&got.circuit_id, &line.circuit_id);
	g_assert_cmpint(memcmp(got.number, line.number, sizeof(got.number)), ==, 0);
}

static void assert_proxy(const struct l2tp_engine *e, uint16_t cc, uint16_t session)
{
	struct l2tp_proxy got;

	g_assert_true(l2tp_session_proxy(e, cc, session, &got));
	same_span(&got.initial_lcp, &proxy.initial_lcp);
	same_span(&got.last_sent_lcp, &proxy.last_sent_lcp);
	same_span(&got.last_received_lcp, &proxy.last_received_lcp);
	g_assert_cmpuint(got.auth_type, ==, proxy.auth_type);
	g_assert_cmpuint(got.auth_id, ==, proxy.auth_id);
	same_span(&got.auth_name, &proxy.auth_name);
	same_span(&got.auth_challenge, &proxy.auth_challenge);
	same_span(&got.auth_response, &proxy.auth_response);
	same_span(&got.private_group, &proxy.private_group);
}

/* Places that call and runs until it is up on both sides. */
static uint16_t place(struct world *w, uint16_t cc)
{
	struct side *lac = &w->side[LAC], *lns = &w->side[LNS];
	uint16_t id =
		l2tp_session_open_with(lac->e, cc, &call, &line, &proxy, w->now);

	g_assert_cmpuint(id, !=, 0);
	world_pump(w, LAC);
	for (int i = 0; i < 100 && (!lac->s_up || !lns->s_up); i++)
		world_run(w, dur_ms(500));
	g_assert_cmpuint(lns->s_up, ==, 1);
	return id;
}

static struct world *secret_world(uint64_t seed, bool hide)
{
	struct world *w = world_new(seed);

	for (int i = 0; i < 2; i++) {
		g_strlcpy(w->side[i].params.secret, "tunsecret", L2TP_SECRET_MAX);
		w->side[i].params.challenge = true;
		w->side[i].params.hide = hide;
	}
	return w;
}

/* ---- proxy and line ---- */

static void handed_over(gconstpointer data)
{
	unsigned seed = GPOINTER_TO_UINT(data);
	struct world *w = secret_world(seed, seed & 1);
	struct side *lns = &w->side[LNS];
	struct l2tp_session_info info;
	uint16_t cc;

	cc = world_up(w);
	w->loss = seed > 4 ? 30 : 0;
	w->dup = seed > 4 ? 10 : 0;
	w->delay_max = dur_ms(30);
	place(w, cc);
	assert_line(lns->e, lns->cc, lns->session);
	assert_proxy(lns->e, lns->cc, lns->session);
	g_assert_true(l2tp_session_get(lns->e, lns->cc, lns->session, &info));
	g_assert_true(info.call.sequencing && info.has_line && info.has_proxy);
	l2tp_session_forget_proxy(lns->e, lns->cc, lns->session, w->now);
	g_assert_true(l2tp_session_get(lns->e, lns->cc, lns->session, &info));
	g_assert_false(info.has_proxy);
	world_run(w, dur_s(20));
	world_assert_agree(w);
	world_free(w);
}

static bool contains(const uint8_t *p, size_t n, const char *text)
{
	return memmem(p, n, text, strlen(text)) != NULL;
}

/* The ICCN as it leaves: whoever listens reads the password, or not. */
static void on_the_wire(gconstpointer data)
{
	bool hide = GPOINTER_TO_INT(data);
	struct world *w = secret_world(3, hide);
	struct side *lac = &w->side[LAC];
	uint16_t cc = world_up(w);

	l2tp_session_open_with(lac->e, cc, &call, NULL, &proxy, w->now);
	world_pump(w, LAC);
	while (!lac->s_up)
		world_run(w, dur_ms(1));
	g_assert_cmpint(contains(lac->last, lac->last_len, password), ==, !hide);
	g_assert_cmpint(contains(lac->last, lac->last_len, "alice"), ==, !hide);
	world_free(w);
}

/* A hidden message is the same when it is sent again, and after a takeover. */
static void hidden_again(void)
{
	struct world *w = secret_world(4, true);
	struct side *lns = &w->side[LNS];
	uint16_t cc;

	lns->params.ha = true;
	world_add_standby(w, dur_ms(1));
	cc = world_up(w);
	w->cut[LAC] = true;
	world_call(w, cc);
	world_run(w, dur_ms(100)); /* ICRP is lost; world.c compares what follows */
	world_kill(w);
	world_run(w, dur_s(1));
	w->cut[LAC] = false;
	world_run(w, dur_s(20));
	g_assert_cmpuint(lns->resync_ok, ==, 1);
	world_assert_agree(w);
	world_free(w);
}

static void too_long(void)
{
	static const uint8_t zeros[1100];
	struct world *w = world_new(5);
	uint16_t cc = world_up(w);
	struct l2tp_proxy p = { .initial_lcp = { zeros, 1000 } };

	g_assert_cmpuint(l2tp_session_open_with(
				 w->side[LAC].e, cc, &call, NULL, &p, w->now),
		!=, 0);
	p.last_sent_lcp = p.last_received_lcp = p.initial_lcp;
	g_assert_cmpuint(l2tp_session_open_with(
				 w->side[LAC].e, cc, &call, NULL, &p, w->now),
		==, 0);
	p = (struct l2tp_proxy){ .private_group = { zeros, 1000 } };
	p.private_group.len = 1018;
	g_assert_cmpuint(l2tp_session_open_with(
				 w->side[LAC].e, cc, &call, NULL, &p, w->now),
		==, 0);
	world_free(w);
}

/* M84 to M86: proxy AVPs that make no sense are not handed over. */
static const struct {
	const char *name;
	struct l2tp_proxy given;
	uint64_t strip; /* attributes left out of the ICCN */
	bool lcp, auth, any;
} senseless[] = {
	/* clang-format off */
	{ "M84-length-0",  { .last_sent_lcp = SPAN("\x01\x00"), .auth_type = 4 }, 0, false, true, true },
	{ "M84-length-1",  { .last_received_lcp = SPAN("\x01\x01\x02\x02") }, 0, false, false, false },
	{ "M84-beyond",    { .initial_lcp = SPAN("\x01\x04\x05") }, 0, false, false, false },
	{ "one-of-three",  { .initial_lcp = SPAN("\x01\x04\x05\xd4"), .last_sent_lcp = SPAN("\x01\x09") }, 0, false, false, false },
	{ "M86-no-type",   { .initial_lcp = SPAN("\x01\x04\x05\xd4"), .auth_type = 3, .auth_name = SPAN("x") },
	  UINT64_C(1) << L2TP_ATTR_PROXY_TYPE, true, false, true },
	{ "none",          { .auth_type = 4, .auth_name = SPAN("x") }, 0, false, true, true },
	/* clang-format on */
};

static void make_sense(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	struct l2tp_msg m = { .type = L2TP_ICCN };
	struct l2tp_proxy got = { 0 };
	g_autoptr(GBytes) kept = NULL;

	proxy_to_msg(&senseless[i].given, &m);
	m.have &= ~senseless[i].strip;
	kept = keep_proxy_of(&m);
	g_assert_cmpint(kept != NULL, ==, senseless[i].any);
	if (kept) {
		g_assert_true(kept_proxy_sane(kept));
		kept_proxy(kept, &got);
	}
	g_assert_cmpint(got.initial_lcp.len > 0, ==, senseless[i].lcp);
	g_assert_cmpint(got.auth_type > 0, ==, senseless[i].auth);
	if (!got.auth_type)
		g_assert_cmpuint(got.auth_name.len, ==, 0);
}

/* The ICCN of the capture: LCP and PAP that its caller proxied. */
static void golden_proxy(void)
{
	struct pcap_file *file = pcap_golden("hidden-stopccn-proxy-seq-l2tpns.pcap");
	g_autoptr(GArray) d = golden_l2tp(file);
	g_autoptr(GBytes) kept = NULL;
	struct l2tp_proxy p;

	for (unsigned i = 0; i < d->len && !kept; i++) {
		const struct golden_dgram *g =
			&g_array_index(d, struct golden_dgram, i);
		struct rd r = rd_init(g->bytes, g->len);
		struct l2tp_hdr h;
		struct l2tp_msg m;
		struct l2tp_fault f;

		g_assert_true(l2tp_hdr_parse(&r, &h));
		if (l2tp_is_control(&h) && rd_left(&r) &&
			l2tp_msg_decode(r, &m, &f) == L2TP_MSG_OK &&
			m.type == L2TP_ICCN)
			kept = keep_proxy_of(&m);
	}
	g_assert_nonnull(kept);
	kept_proxy(kept, &p);
	g_assert_cmpuint(p.last_sent_lcp.len, >, 0);
	g_assert_cmpuint(p.last_received_lcp.len, >, 0);
	g_assert_cmpuint(p.auth_type, ==, L2TP_PROXY_PAP);
	same_span(&p.auth_name, &(struct l2tp_span)SPAN("load1"));
	same_span(&p.auth_response, &(struct l2tp_span)SPAN("loadpw"));
	pcap_file_free(file);
}

/* ---- SLI and WEN ---- */

static void link_info(void)
{
	struct world *w = world_new(6);
	struct side *lac = &w->side[LAC], *lns = &w->side[LNS];
	uint16_t cc = world_up(w), s = place(w, cc);
	struct l2tp_session_info info;

	g_assert_true(l2tp_session_sli(
		lns->e, lns->cc, lns->session, 0xa0000, 0xffffffff, w->now));
	world_pump(w, LNS);
	world_run(w, dur_s(1));
	g_assert_cmpuint(lac->slis, ==, 1);
	g_assert_cmphex(lac->accm[0], ==, 0xa0000);
	g_assert_cmphex(lac->accm[1], ==, 0xffffffff);
	g_assert_true(l2tp_session_get(lac->e, cc, s, &info));
	g_assert_true(info.accm_known && info.lac);
	g_assert_cmphex(info.accm[0], ==, 0xa0000);
	/* Only the LNS sends it, and only about a call that is there. */
	g_assert_false(l2tp_session_sli(lac->e, cc, s, 1, 2, w->now));
	g_assert_false(l2tp_session_sli(
		lns->e, lns->cc, (uint16_t)(lns->session + 2), 1, 2, w->now));
	world_free(w);
}

static void errors_told(void)
{
	static const struct l2tp_call_errors n = { 1, 2, 3, 4, 5, 6 };
	struct world *w = world_new(7);
	struct side *lac = &w->side[LAC], *lns = &w->side[LNS];
	uint16_t cc = world_up(w), s = place(w, cc);
	struct l2tp_session_info info;

	g_assert_true(l2tp_session_wen(lac->e, cc, s, &n, w->now));
	g_assert_false(l2tp_session_wen(lac->e, cc, s, &n, w->now));
	world_pump(w, LAC);
	world_run(w, dur_s(59));
	g_assert_false(l2tp_session_wen(lac->e, cc, s, &n, w->now));
	world_run(w, dur_ms(1001));
	g_assert_true(l2tp_session_wen(lac->e, cc, s, &n, w->now));
	world_pump(w, LAC);
	world_run(w, dur_s(1));
	g_assert_cmpuint(lns->wens, ==, 2);
	g_assert_cmpint(memcmp(&lns->errors, &n, sizeof(n)), ==, 0);
	g_assert_true(l2tp_session_get(lns->e, lns->cc, lns->session, &info));
	g_assert_true(info.errors_known);
	g_assert_cmpuint(info.errors.alignment, ==, 6);
	g_assert_false(l2tp_session_wen(lns->e, lns->cc, lns->session, &n, w->now));
	world_free(w);
}

/* A message with this session in its header, in sequence, from the LAC to the LNS. */
static void inject(struct world *w, uint16_t session, const struct l2tp_msg *m)
{
	struct l2tp_cc *cc = cc_by_id(w->side[LNS].e, w->side[LNS].cc);
	uint8_t buf[512];
	struct wr wr = wr_init(buf, sizeof(buf));

	w->cut[LAC] = w->cut[LNS] = true; /* the numbers of the real LAC are off now */
	l2tp_control_build(&wr, cc->id, session, cc->chan.r_rx, cc->chan.snd_max);
	l2tp_msg_encode(m, &wr);
	wr_set_u16(&wr, 2, (uint16_t)wr.len);
	world_inject(w, buf, wr.len);
}

/* M81: SLI to an LNS means nothing, and costs nothing. */
static void wrong_way(void)
{
	struct world *w = world_new(8);
	struct side *lns = &w->side[LNS];
	struct l2tp_msg m = { .type = L2TP_SLI, .have = l2tp_bit(L2TP_ATTR_ACCM) };
	uint64_t before;

	place(w, world_up(w));
	before = cc_by_id(lns->e, lns->cc)->received;
	inject(w, lns->session, &m);
	g_assert_cmpuint(cc_by_id(lns->e, lns->cc)->received, ==, before + 1);
	g_assert_cmpuint(lns->slis + lns->s_down + lns->cc_down, ==, 0);
	world_free(w);
}

/* ---- why PPP ended ---- */

static void disconnect(gconstpointer data)
{
	int from = GPOINTER_TO_INT(data);
	struct l2tp_ppp_cause why = { .code = L2TP_PPP_AUTH_FAILED,
		.protocol = 0xc023,
		.direction = L2TP_PPP_AT_PEER,
		.text = "bad password" };
	struct world *w = world_new(9);
	struct side *to = &w->side[!from];
	uint16_t cc = world_up(w), s = place(w, cc);

	l2tp_session_close_ppp(w->side[from].e, from == LAC ? cc : w->side[LNS].cc,
		from == LAC ? s : w->side[LNS].session, L2TP_CDN_LOST_CARRIER, 0, "bye",
		&why, w->now);
	world_pump(w, from);
	world_run(w, dur_s(1));
	g_assert_cmpuint(to->s_down, ==, 1);
	g_assert_cmpuint(to->cause.result, ==, L2TP_CDN_LOST_CARRIER);
	g_assert_cmpstr(to->cause.text, ==, "bye");
	g_assert_true(to->cause.ppp.known);
	g_assert_cmpuint(to->cause.ppp.code, ==, L2TP_PPP_AUTH_FAILED);
	g_assert_cmphex(to->cause.ppp.protocol, ==, 0xc023);
	g_assert_cmpuint(to->cause.ppp.direction, ==, L2TP_PPP_AT_PEER);
	g_assert_cmpstr(to->cause.ppp.text, ==, "bad password");
	world_assert_agree(w);
	world_free(w);
}

/* All that has a code has a word. */
static void codes(void)
{
	for (uint16_t i = 1; i <= 7; i++)
		g_assert_nonnull(l2tp_stop_text(i));
	for (uint16_t i = 1; i <= 11; i++)
		g_assert_nonnull(l2tp_cdn_text(i));
	for (uint16_t i = 0; i <= 8; i++)
		g_assert_nonnull(l2tp_error_text(i));
	for (uint16_t i = 0; i <= 20; i++)
		g_assert_nonnull(l2tp_ppp_text(i));
	g_assert_null(l2tp_stop_text(0));
	g_assert_null(l2tp_stop_text(8));
	g_assert_null(l2tp_cdn_text(12));
	g_assert_null(l2tp_error_text(9));
	g_assert_null(l2tp_ppp_text(21));
}

/* Every result and error code reaches the other side as it was. */
static void every_code(void)
{
	for (uint16_t result = 1; result <= 11; result++) {
		struct world *w = world_new(10);
		uint16_t cc = world_up(w), s = place(w, cc);
		uint16_t error = result == 2 ? 1 + result % 8 : 0;

		l2tp_session_close(w->side[LAC].e, cc, s, result, error, NULL, w->now);
		world_pump(w, LAC);
		world_run(w, dur_s(1));
		g_assert_cmpuint(w->side[LNS].cause.result, ==, result);
		g_assert_cmpuint(w->side[LNS].cause.error, ==, error);
		g_assert_false(w->side[LNS].cause.ppp.known);
		world_free(w);
	}
	for (uint16_t result = 1; result <= 7; result++) {
		struct world *w = world_new(11);
		uint16_t cc = world_up(w);

		l2tp_cc_close(w->side[LAC].e, cc, result, result, "text", w->now);
		world_pump(w, LAC);
		world_run(w, dur_s(1));
		g_assert_cmpuint(w->side[LNS].cause.result, ==, result);
		g_assert_cmpuint(w->side[LNS].cause.error, ==, result);
		world_free(w);
	}
}

/* ---- outgoing calls: refused, and out of place among incoming ones ---- */

static void outgoing_refused(void)
{
	static const struct l2tp_span number = SPAN("100");
	struct world *w = world_new(12);
	struct side *lns = &w->side[LNS];
	struct l2tp_msg m = { .type = L2TP_OCRQ,
		.have = l2tp_msg_info(L2TP_OCRQ)->must,
		.assigned_session = 99,
		.called = number };
	struct rd r;
	struct l2tp_hdr h;
	struct l2tp_fault f;

	world_up(w);
	inject(w, 0, &m);
	r = rd_init(lns->last, lns->last_len);
	g_assert_true(l2tp_hdr_parse(&r, &h));
	g_assert_cmpint(l2tp_msg_decode(r, &m, &f), ==, L2TP_MSG_OK);
	g_assert_cmpuint(m.type, ==, L2TP_CDN);
	g_assert_cmpuint(h.session, ==, 99);
	g_assert_cmpuint(m.result.result, ==, L2TP_CDN_NO_FACILITIES_NOW);
	g_assert_cmpuint(lns->cc_down, ==, 0);
	world_free(w);
}

static void outgoing_out_of_place(gconstpointer data)
{
	uint16_t type = (uint16_t)GPOINTER_TO_UINT(data);
	static const struct l2tp_span number = SPAN("100");
	struct world *w = world_new(13);
	struct side *lns = &w->side[LNS];
	struct l2tp_msg m = { .type = type,
		.have = l2tp_msg_info(type)->must,
		.assigned_session = 99,
		.called = number };

	place(w, world_up(w));
	inject(w, lns->session, &m);
	g_assert_cmpuint(lns->s_down, ==, 1);
	g_assert_cmpint(lns->cause.by, ==, L2TP_BY_PROTOCOL);
	g_assert_cmpuint(lns->cc_down, ==, 0);
	world_free(w);
}

/* ---- takeover ---- */

/* An LNS with all of it dies; the new one has it, and the call lives on. */
static void kept_by_lns(gconstpointer data)
{
	bool forgotten = GPOINTER_TO_INT(data);
	static const struct l2tp_call_errors n = { 1, 0, 3, 0, 5, 0 };
	struct world *w = secret_world(14, true);
	struct side *lac = &w->side[LAC], *lns = &w->side[LNS];
	struct l2tp_session_info info;
	struct l2tp_cc_info cc_info;
	uint16_t cc, s;

	lns->params.ha = true;
	lns->params.call_setup_s = 77;
	lns->params.no_congestion_control = true;
	world_add_standby(w, dur_ms(3));
	cc = world_up(w);
	s = place(w, cc);
	l2tp_session_sli(lns->e, lns->cc, lns->session, 3, 4, w->now);
	world_pump(w, LNS);
	l2tp_session_wen(lac->e, cc, s, &n, w->now);
	world_pump(w, LAC);
	world_run(w, dur_s(1));
	if (forgotten) {
		l2tp_session_forget_proxy(lns->e, lns->cc, lns->session, w->now);
		world_pump(w, LNS);
		world_run(w, dur_ms(100));
	}
	world_kill(w);
	world_run(w, dur_s(10));
	g_assert_cmpuint(lns->resync_ok, ==, 1);
	assert_line(lns->e, lns->cc, lns->session);
	g_assert_true(l2tp_session_get(lns->e, lns->cc, lns->session, &info));
	g_assert_cmpint(info.has_proxy, ==, !forgotten);
	if (!forgotten)
		assert_proxy(lns->e, lns->cc, lns->session);
	g_assert_true(info.call.sequencing && info.accm_known && info.errors_known);
	g_assert_cmpuint(info.accm[1], ==, 4);
	g_assert_cmpint(memcmp(&info.errors, &n, sizeof(n)), ==, 0);
	g_assert_true(l2tp_cc_get(lns->e, lns->cc, &cc_info));
	g_assert_true(cc_info.params.hide && cc_info.params.no_congestion_control);
	g_assert_cmpuint(cc_info.params.call_setup_s, ==, 77);
	world_assert_agree(w);
	world_free(w);
}

/* Side 0 as the LAC: what the LNS told it survives, and so does the pause between WENs. */
static void kept_by_lac(void)
{
	static const struct l2tp_call_errors n = { .timeout = 9 };
	struct world *w = world_new(15);
	struct side *lac = &w->side[LNS], *lns = &w->side[LAC]; /* roles are turned */
	struct l2tp_session_info info;
	uint16_t cc, s;

	lac->params.ha = true;
	world_add_standby(w, dur_ms(3));
	cc = l2tp_cc_open(lac->e, &lac->path, &lac->params, w->now);
	world_pump(w, LNS);
	s = l2tp_session_open_with(lac->e, cc, &call, &line, &proxy, w->now);
	world_pump(w, LNS);
	world_run(w, dur_s(2));
	g_assert_cmpuint(lns->s_up, ==, 1);
	assert_proxy(lns->e, lns->cc, lns->session);
	g_assert_true(l2tp_session_sli(lns->e, lns->cc, lns->session, 1, 2, w->now));
	world_pump(w, LAC);
	g_assert_true(l2tp_session_wen(lac->e, cc, s, &n, w->now));
	world_pump(w, LNS);
	world_run(w, dur_s(1));
	g_assert_true(l2tp_session_get(lac->e, cc, s, &info));
	g_assert_false(info.has_proxy); /* sent, so not kept */
	world_kill(w);
	world_run(w, dur_s(10));
	g_assert_cmpuint(lac->resync_ok, ==, 1);
	g_assert_true(l2tp_session_get(lac->e, cc, s, &info));
	g_assert_true(info.lac && info.accm_known && info.errors_known);
	g_assert_cmpuint(info.accm[0], ==, 1);
	g_assert_cmpuint(info.errors.timeout, ==, 9);
	assert_line(lac->e, cc, s);
	g_assert_false(l2tp_session_wen(lac->e, cc, s, &n, w->now));
	world_run(w, dur_s(60));
	g_assert_true(l2tp_session_wen(lac->e, cc, s, &n, w->now));
	world_free(w);
}

/* The standby is pulled in after every item of a whole call with everything. */
static void every_boundary(void)
{
	bool done = false;
	unsigned kill_at = 1;

	for (; !done; kill_at++) {
		struct world *w = secret_world(16, true);
		struct side *lac = &w->side[LAC], *lns = &w->side[LNS];
		static const struct l2tp_call_errors n = { 1, 2, 3, 4, 5, 6 };
		struct l2tp_session_info info;
		uint16_t cc, s;

		lns->params.ha = true;
		world_add_standby(w, dur_ms(3));
		cc = world_up(w);
		w->kill_at = w->items + kill_at;
		s = l2tp_session_open_with(lac->e, cc, &call, &line, &proxy, w->now);
		world_pump(w, LAC);
		world_run(w, dur_ms(500));
		l2tp_session_wen(lac->e, cc, s, &n, w->now);
		world_pump(w, LAC);
		world_run(w, dur_ms(500));
		done = !w->dead && w->standby;
		world_run(w, dur_s(30));
		if (!done)
			g_assert_cmpuint(lns->resync_ok, ==, 1);
		if (l2tp_session_get(lns->e, lns->cc, lns->session, &info) &&
			info.state == L2TP_SESSION_ESTABLISHED) {
			assert_line(lns->e, lns->cc, lns->session);
			assert_proxy(lns->e, lns->cc, lns->session);
		}
		world_assert_agree(w);
		world_free(w);
	}
	g_assert_cmpuint(kill_at, >, 6);
}

static void add(const char *name, unsigned n, GTestDataFunc f)
{
	g_autofree char *path = g_strdup_printf("/l2tp/call/%s/%u", name, n);

	g_test_add_data_func(path, GUINT_TO_POINTER(n), f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned seed = 1; seed <= 16; seed++)
		add("handed-over", seed, handed_over);
	add("on-the-wire", 0, on_the_wire);
	add("on-the-wire", 1, on_the_wire);
	g_test_add_func("/l2tp/call/hidden-again", hidden_again);
	g_test_add_func("/l2tp/call/too-long", too_long);
	for (unsigned i = 0; i < G_N_ELEMENTS(senseless); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/call/sense/%s", senseless[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), make_sense);
	}
	g_test_add_func("/l2tp/call/golden-proxy", golden_proxy);
	g_test_add_func("/l2tp/call/sli", link_info);
	g_test_add_func("/l2tp/call/wen", errors_told);
	g_test_add_func("/l2tp/call/M81-wrong-way", wrong_way);
	add("disconnect", LNS, disconnect);
	add("disconnect", LAC, disconnect);
	g_test_add_func("/l2tp/call/codes", codes);
	g_test_add_func("/l2tp/call/every-code", every_code);
	g_test_add_func("/l2tp/call/M80-outgoing", outgoing_refused);
	add("outgoing", L2TP_OCRQ, outgoing_out_of_place);
	add("outgoing", L2TP_OCRP, outgoing_out_of_place);
	add("outgoing", L2TP_OCCN, outgoing_out_of_place);
	add("kept-by-lns", 0, kept_by_lns);
	add("kept-by-lns", 1, kept_by_lns);
	g_test_add_func("/l2tp/call/kept-by-lac", kept_by_lac);
	g_test_add_func("/l2tp/call/every-boundary", every_boundary);
	return g_test_run();
}
