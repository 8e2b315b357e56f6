/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sequence of datagrams and pauses into one engine.  The first octet chooses the state it
 * begins in, then steps follow:
 *
 *   kind     what
 *   0x00-7f  datagram: 16-bit length and bytes as they are
 *   0x80-bf  message in sequence: 16-bit length and AVPs; header made to fit, session by bit 0
 *   0xc0-df  pause of that many times 100 ms, timers run
 *   0xe0-ff  an order of the owner
 *
 * Held against it: no packet with an Nr above what arrived, none with a Ns beyond the window,
 * nothing left behind when the engine is freed.
 */
#include "l2tp/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct l2tp_path path = { 0x0a000001, 0x0a000002, 1701, 1701 };

struct fuzz {
	struct l2tp_engine *e;
	base_time now;
	uint16_t cc, session;
	struct l2tp_cc_params params;
};

static void check_send(struct fuzz *z, const struct l2tp_effect *fx)
{
	struct rd r = rd_init(fx->bytes, fx->len);
	struct l2tp_cc *cc = cc_by_id(z->e, fx->cc);
	struct l2tp_hdr h;

	g_assert_true(l2tp_hdr_parse(&r, &h));
	if (!cc) /* gone since */
		return;
	g_assert_cmpint(seq_diff(h.nr, cc->chan.r_rx), <=, 0);
	g_assert_cmpint(seq_diff(h.ns, cc->chan.snd_max), <=, 0);
	g_assert_cmpuint(cc->chan.n_held, <=, CHAN_REORDER_MAX);
}

static void pump(struct fuzz *z)
{
	struct l2tp_proxy proxy;
	struct l2tp_line line;
	struct l2tp_effect fx;

	while (l2tp_engine_poll(z->e, &fx)) {
		switch (fx.kind) {
		case L2TP_FX_SEND:
			check_send(z, &fx);
			break;
		case L2TP_FX_CC_REQUEST:
			z->cc = fx.cc;
			l2tp_cc_accept(z->e, fx.cc, &z->params, z->now);
			break;
		case L2TP_FX_SESSION_REQUEST:
			z->session = fx.session;
			(void)l2tp_session_line(z->e, fx.cc, fx.session, &line);
			l2tp_session_accept(z->e, fx.cc, fx.session, z->now);
			break;
		case L2TP_FX_CC_UP:
		case L2TP_FX_CC_DOWN:
		case L2TP_FX_SESSION_UP:
			(void)l2tp_session_proxy(z->e, fx.cc, fx.session, &proxy);
			break;
		case L2TP_FX_SESSION_DOWN:
		case L2TP_FX_SESSION_SLI:
		case L2TP_FX_SESSION_WEN:
		case L2TP_FX_UNMARK:
		case L2TP_FX_RESYNC_DONE:
		case L2TP_FX_DEBUG:
			break;
		}
	}
}

static void input(struct fuzz *z, const uint8_t *bytes, size_t len)
{
	l2tp_engine_input(z->e, &path, bytes, len, z->now);
	pump(z);
}

static void in_sequence(
	struct fuzz *z, uint16_t session, const uint8_t *avps, size_t len)
{
	struct l2tp_cc *cc = cc_by_id(z->e, z->cc);
	uint8_t buf[4096];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_control_build(
		&w, z->cc, session, cc ? cc->chan.r_rx : 0, cc ? cc->chan.snd_max : 0);
	wr_bytes(&w, avps, len);
	wr_set_u16(&w, 2, (uint16_t)w.len);
	if (!w.bad)
		input(z, buf, w.len);
}

static void order(struct fuzz *z, uint8_t which)
{
	static const struct l2tp_call call = { .serial = 1 };
	static const struct l2tp_call_errors errors = { .crc = 1 };
	static const struct l2tp_ppp_cause why = { .code = 3, .text = "bye" };
	static const struct l2tp_line line = { .have = 1u << L2TP_LINE_TYPE };
	static const struct l2tp_proxy proxy = {
		.auth_type = L2TP_PROXY_PAP, .auth_name = { (const uint8_t *)"u", 1 }
	};

	switch (which & 7) {
	case 0:
		l2tp_cc_hello(z->e, z->cc, z->now);
		break;
	case 1:
		l2tp_session_close_ppp(
			z->e, z->cc, z->session, 3, 0, NULL, &why, z->now);
		break;
	case 2:
		l2tp_cc_close(z->e, z->cc, 1, 0, "end", z->now);
		break;
	case 3:
		z->session = l2tp_session_open_with(
			z->e, z->cc, &call, &line, &proxy, z->now);
		break;
	case 4:
		(void)l2tp_session_sli(z->e, z->cc, z->session, 1, 2, z->now);
		break;
	case 5:
		(void)l2tp_session_wen(z->e, z->cc, z->session, &errors, z->now);
		break;
	case 6:
		l2tp_session_forget_proxy(z->e, z->cc, z->session, z->now);
		break;
	default:
		l2tp_cc_heard(z->e, z->cc, z->now);
		break;
	}
	pump(z);
}

static void pause_for(struct fuzz *z, unsigned tenths)
{
	z->now = time_add(z->now, dur_ms(tenths * 100));
	while (l2tp_engine_tick(z->e, z->now, 8))
		pump(z);
	pump(z);
}

static void begin(struct fuzz *z, uint8_t state)
{
	static const uint8_t sccrq[] = { 0x80, 8, 0, 0, 0, 0, 0, 1, 0x80, 8, 0, 0, 0, 2,
		1, 0, 0x80, 10, 0, 0, 0, 3, 0, 0, 0, 3, 0x80, 7, 0, 0, 0, 7, 'l', 0x80,
		8, 0, 0, 0, 9, 0, 7 };
	static const uint8_t scccn[] = { 0x80, 8, 0, 0, 0, 0, 0, 3 };
	static const uint8_t icrq[] = { 0x80, 8, 0, 0, 0, 0, 0, 10, 0x80, 8, 0, 0, 0,
		14, 0, 5, 0x80, 10, 0, 0, 0, 15, 0, 0, 0, 1 };
	struct l2tp_cc_params params = { .secret = "s", .challenge = state & 8 };

	z->params = (struct l2tp_cc_params){ .secret = "s", .hello_s = 5 };
	if (state & 16) { /* the secret of the captures in the corpus; we hide, too */
		g_strlcpy(params.secret, "tunsecret", sizeof(params.secret));
		g_strlcpy(z->params.secret, "tunsecret", sizeof(z->params.secret));
		params.hide = z->params.hide = true;
	}

	switch (state & 7) {
	case 0:
		return;
	case 1:
		z->cc = l2tp_cc_open(z->e, &path, &params, z->now);
		pump(z);
		return;
	default:
		in_sequence(z, 0, sccrq, sizeof(sccrq));
		break;
	}
	if ((state & 7) > 2)
		in_sequence(z, 0, scccn, sizeof(scccn));
	if ((state & 7) > 3)
		in_sequence(z, 0, icrq, sizeof(icrq));
}

static bool step(struct fuzz *z, struct rd *r)
{
	uint8_t kind = rd_u8(r);
	uint16_t len;
	const uint8_t *bytes;

	if (r->bad)
		return false;
	if (kind >= 0xe0) {
		order(z, kind);
		return true;
	}
	if (kind >= 0xc0) {
		pause_for(z, kind & 0x1f);
		return true;
	}
	len = rd_u16(r);
	len = (uint16_t)MIN(len, rd_left(r));
	bytes = rd_take(r, len);
	if (kind < 0x80)
		input(z, bytes, len);
	else
		in_sequence(z, kind & 1 ? z->session : 0, bytes, len);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct l2tp_engine_config cfg = { .seed = 1 };
	struct fuzz z = { .now = { dur_s(1).ns } };
	struct rd r = rd_init(data, size);

	z.e = l2tp_engine_new(&cfg, z.now);
	begin(&z, rd_u8(&r));
	for (unsigned i = 0; i < 64 && step(&z, &r); i++)
		;
	/* Whatever happened: in the end nothing may be left but what is alive. */
	l2tp_cc_close(z.e, z.cc, 1, 0, NULL, z.now);
	pump(&z);
	for (unsigned i = 0; i < 300; i++)
		pause_for(&z, 10);
	g_assert_cmpuint(slab_count(z.e->ccs), <=, 8);
	l2tp_engine_free(z.e);
	return 0;
}
