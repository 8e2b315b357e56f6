/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the models of other implementations send, in reaction to what: a case for each cell of
 * the table of peer behaviour (docs/peers.md), against the bytes that leave the model.
 *
 * The model has two calls up.  From there on its next Ns counts as 0, and the Ns that it
 * expects next.  "50 ZLB 1/0" is a ZLB after 50 ms with Ns 1 and Nr 0; "-" is nothing; " | "
 * divides the steps of a case.  Collecting ends with the model's first retransmission.
 */
#include "l2tp/message.h"
#include "tests/sim/peers/model.h"

#include <string.h>

enum { OUR_TUNNEL = 77, OUR_CALL = 500, CALLS = 2, LNS_IP = 0x0a000002 };

struct bench {
	struct model_arg arg;
	void *model;
	base_time now;
	uint16_t window, first_ns;
	uint16_t tunnel, call[CALLS];
	uint16_t ns, nr;   /* ours */
	uint16_t s0, r0;   /* where counting begins */
	GString *out;
	bool down;
	base_time since, down_at;
	/* of the SCCRQ */
	bool said_window, said_vendor;
	uint16_t rws;
};

/* ---- out of the model ---- */

static void note_sccrq(struct bench *b, const struct l2tp_msg *m)
{
	b->said_window = l2tp_has(m, L2TP_ATTR_RECEIVE_WINDOW);
	b->said_vendor = l2tp_has(m, L2TP_ATTR_VENDOR_NAME);
	b->rws = m->receive_window;
	b->tunnel = m->assigned_tunnel;
}

static void on_packet(struct bench *b, struct rd r)
{
	struct l2tp_fault fault = { 0 };
	struct l2tp_msg m = { 0 };
	struct l2tp_hdr h;

	g_assert_true(l2tp_hdr_parse(&r, &h));
	g_assert_true(l2tp_is_control(&h));
	if (rd_left(&r)) {
		g_assert_cmpint(l2tp_msg_decode(r, &m, &fault), ==, L2TP_MSG_OK);
		if ((uint16_t)(h.ns + 1 - b->nr) < 0x8000)
			b->nr = (uint16_t)(h.ns + 1);
	}
	if (m.type == L2TP_SCCRQ)
		note_sccrq(b, &m);
	g_string_append_printf(b->out, "%s%d %s %d/%d", b->out->len ? " " : "",
		(int)dur_to_ms(time_sub(b->now, b->since)),
		m.type ? l2tp_msg_name(m.type) : "ZLB", (int16_t)(uint16_t)(h.ns - b->s0),
		(int16_t)(uint16_t)(h.nr - b->r0));
	if (!m.type && h.session)
		g_string_append_printf(b->out, " of %u", h.session);
	if (m.type == L2TP_STOPCCN)
		g_string_append_printf(b->out, " %u/%u", m.result.result, m.result.error);
}

static void drain(struct bench *b)
{
	struct l2tp_effect fx;

	while (model_l2tp.poll(b->model, &fx)) {
		if (fx.kind == L2TP_FX_SEND)
			on_packet(b, rd_init(fx.bytes, fx.len));
		if (fx.kind == L2TP_FX_CC_DOWN) {
			b->down = true;
			b->down_at = b->now;
		}
	}
}

static void run_ms(struct bench *b, int64_t ms)
{
	base_time end = time_add(b->now, dur_ms(ms));

	drain(b);
	while (!time_before(end, model_l2tp.next_due(b->model))) {
		base_time due = model_l2tp.next_due(b->model);

		b->now = time_before(b->now, due) ? due : b->now;
		model_l2tp.tick(b->model, b->now, 100);
		drain(b);
	}
	b->now = end;
}

/* ---- into the model ---- */

static void inject(struct bench *b, uint16_t session, uint16_t ns, uint16_t nr,
	const struct l2tp_msg *m)
{
	const struct l2tp_path path = { .remote_ip = LNS_IP };
	uint8_t buf[512];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_control_build(&w, b->tunnel, session, ns, nr);
	if (m)
		l2tp_msg_encode(m, &w);
	wr_set_u16(&w, 2, (uint16_t)w.len);
	model_l2tp.input(b->model, &path, w.buf, w.len, b->now);
}

static void say(struct bench *b, uint16_t session, const struct l2tp_msg *m)
{
	inject(b, session, b->ns++, b->nr, m);
	run_ms(b, 200);
}

/* From here on: numbers count from 0, packets are collected. */
static void mark(struct bench *b)
{
	struct l2tp_cc_info cc;

	g_assert_true(model_l2tp.cc_get(b->model, b->tunnel, &cc));
	b->s0 = cc.s;
	b->r0 = cc.r_rx;
	b->since = b->now;
	g_string_truncate(b->out, 0);
}

static const struct l2tp_msg hello = { .type = L2TP_HELLO };

/* Relative to what the model expects and has sent. */
static void hello_at(struct bench *b, int ns, int nr)
{
	inject(b, 0, (uint16_t)(b->r0 + ns), (uint16_t)(b->s0 + nr), &hello);
}

static void zlb_at(struct bench *b, int ns, int nr)
{
	inject(b, 0, (uint16_t)(b->r0 + ns), (uint16_t)(b->s0 + nr), NULL);
}

/* ---- a bench ---- */

static uint16_t place_call(struct bench *b)
{
	const struct l2tp_call call = { .serial = 1, .framing_type = 1, .tx_bps = 1000000 };
	uint16_t id = model_l2tp.session_open(b->model, b->tunnel, &call, b->now);

	drain(b);
	return id;
}

static void set_up(struct bench *b)
{
	const struct l2tp_path path = { .remote_ip = LNS_IP };
	const struct l2tp_cc_params params = { .local_name = "lac" };
	const struct l2tp_msg sccrp = {
		.type = L2TP_SCCRP,
		.have = l2tp_bit(L2TP_ATTR_PROTOCOL_VERSION) | l2tp_bit(L2TP_ATTR_HOST_NAME) |
			l2tp_bit(L2TP_ATTR_FRAMING_CAPS) |
			l2tp_bit(L2TP_ATTR_ASSIGNED_TUNNEL) |
			l2tp_bit(L2TP_ATTR_RECEIVE_WINDOW),
		.version = 0x0100,
		.framing_caps = 3,
		.host_name = { (const uint8_t *)"lns", 3 },
		.assigned_tunnel = OUR_TUNNEL,
		.receive_window = b->window,
	};

	model_l2tp.cc_open(b->model, &path, &params, b->now);
	drain(b);
	say(b, 0, &sccrp);
	inject(b, 0, b->ns, b->nr, NULL);
	for (unsigned i = 0; i < CALLS; i++) {
		const struct l2tp_msg icrp = { .type = L2TP_ICRP,
			.have = l2tp_bit(L2TP_ATTR_ASSIGNED_SESSION),
			.assigned_session = (uint16_t)(OUR_CALL + i) };

		b->call[i] = place_call(b);
		say(b, b->call[i], &icrp);
		inject(b, 0, b->ns, b->nr, NULL);
	}
	run_ms(b, 1000);
	mark(b);
}

static struct bench *bench_new(enum manner_id row, uint16_t window, uint16_t first_ns)
{
	const struct l2tp_engine_config cfg = { .seed = 1, .first_ns = first_ns };
	struct bench *b = g_new0(struct bench, 1);

	b->arg.manner = &manners[row];
	b->window = window;
	b->ns = b->nr = first_ns;
	b->now = time_add(BASE_TIME_ZERO, dur_s(1));
	b->out = g_string_new(NULL);
	b->model = model_l2tp.make(&b->arg, &cfg, b->now);
	set_up(b);
	return b;
}

static void bench_free(struct bench *b)
{
	model_l2tp.free(b->model);
	g_string_free(b->out, true);
	g_free(b);
}

/* What was collected becomes part of the account. */
static void next_step(struct bench *b, GString *account)
{
	if (account->len)
		g_string_append(account, " | ");
	g_string_append(account, b->out->len ? b->out->str : "-");
	g_string_truncate(b->out, 0);
	b->since = b->now;
}

static int64_t first_wait_ms(enum manner_id row)
{
	return row == MANNER_LWIP ? 5000 : row == MANNER_NPPPD ? 2000 : 1000;
}

/* A new bench with an ICRQ under way, which is not part of the account. */
static struct bench *with_pending(enum manner_id row, unsigned calls, uint16_t window)
{
	struct bench *b = bench_new(row, window, 0);

	while (calls--)
		place_call(b);
	g_string_truncate(b->out, 0);
	return b;
}

/* ---- columns ---- */

/* An old message; the same while something is unacknowledged. */
static void col_dup(enum manner_id row, GString *account)
{
	struct bench *b = bench_new(row, 4, 0);

	hello_at(b, -2, 0);
	run_ms(b, 500);
	next_step(b, account);
	bench_free(b);
	b = with_pending(row, 1, 4);
	hello_at(b, -2, 0);
	run_ms(b, 500);
	next_step(b, account);
	bench_free(b);
}

/* One message is missing; it comes; one far beyond; the first while something is
 * unacknowledged. */
static void col_fut(enum manner_id row, GString *account)
{
	struct bench *b = bench_new(row, 4, 0);

	hello_at(b, 1, 0);
	run_ms(b, 500);
	next_step(b, account);
	hello_at(b, 0, 0);
	run_ms(b, 500);
	next_step(b, account);
	hello_at(b, 40, 0);
	run_ms(b, 500);
	next_step(b, account);
	bench_free(b);
	b = with_pending(row, 1, 4);
	hello_at(b, 1, 0);
	run_ms(b, 500);
	next_step(b, account);
	bench_free(b);
}

static void acknowledge(enum manner_id row, GString *account, bool zlb, int ns, int nr,
	uint16_t window, unsigned calls)
{
	struct bench *b = with_pending(row, calls, window);

	if (zlb)
		zlb_at(b, ns, nr);
	else
		hello_at(b, ns, nr);
	run_ms(b, first_wait_ms(row));
	next_step(b, account);
	bench_free(b);
}

/* An ICRQ is acknowledged by a ZLB with a lower, with a higher Ns. */
static void col_zlb(enum manner_id row, GString *account)
{
	acknowledge(row, account, true, -1, 1, 4, 1);
	acknowledge(row, account, true, 1, 1, 4, 1);
}

/* By a message that is old, that comes too early. */
static void col_odd_nr(enum manner_id row, GString *account)
{
	acknowledge(row, account, false, -1, 1, 4, 1);
	acknowledge(row, account, false, 1, 1, 4, 1);
}

/* One ICRQ is under way, one waits for the window (npppd: both are under way, or its StopCCN
 * would wait too); a message, a ZLB acknowledges much more. */
static void col_ahead(enum manner_id row, GString *account)
{
	uint16_t window = row == MANNER_NPPPD ? 4 : 1;

	acknowledge(row, account, false, 0, 5, window, 2);
	acknowledge(row, account, true, 0, 5, window, 2);
}

/* Between a message and its repeat something else arrives. */
static void col_rexmit_nr(enum manner_id row, GString *account)
{
	struct bench *b = bench_new(row, 4, 0);

	if (row == MANNER_LWIP) /* calls are set up: what it still sends it sends once */
		model_l2tp.session_close(b->model, b->tunnel, b->call[0], 1, b->now);
	else
		place_call(b);
	drain(b);
	g_string_truncate(b->out, 0);
	hello_at(b, 0, 0);
	run_ms(b, first_wait_ms(row));
	next_step(b, account);
	bench_free(b);
}

/* Two messages, 400 ms apart, are never acknowledged. */
static void col_plan(enum manner_id row, GString *account)
{
	struct bench *b = bench_new(row, 4, 0);

	model_l2tp.session_close(b->model, b->tunnel, b->call[0], 1, b->now);
	run_ms(b, 400);
	model_l2tp.session_close(b->model, b->tunnel, b->call[1], 1, b->now);
	run_ms(b, 200000);
	next_step(b, account);
	if (b->down)
		g_string_append_printf(account, " dead %d",
			(int)dur_to_ms(time_sub(b->down_at, b->since)) + 200400);
	bench_free(b);
}

/* ---- cells ---- */

struct cell {
	enum manner_id row;
	const char *column;
	void (*run)(enum manner_id row, GString *account);
	const char *expected;
};

#define SENT_0 "0 CDN 0/0 400 CDN 1/0 "

static const struct cell cells[] = {
	/* clang-format off */
	{ MANNER_RFC2661,     "dup", col_dup, "50 ZLB 0/0 | 50 ZLB 1/0" },
	{ MANNER_XL2TPD,      "dup", col_dup, "0 ZLB 0/0 | 0 ZLB 1/0" },
	{ MANNER_L2TPNS,      "dup", col_dup, "0 ZLB 0/0 | -" },
	{ MANNER_ACCEL_PPP,   "dup", col_dup, "0 ZLB 0/0 | 0 ZLB 1/0" },
	{ MANNER_BNG_BLASTER, "dup", col_dup, "10 ZLB 0/0 | 10 ZLB 1/0" },
	{ MANNER_LWIP,        "dup", col_dup, "0 ZLB 0/-1 | 0 ZLB 0/-1" },
	{ MANNER_MPD5,        "dup", col_dup, "0 ZLB 0/0 | 0 ZLB 1/0" },
	{ MANNER_NPPPD,       "dup", col_dup, "0 ZLB 0/0 | 0 ICRQ 0/0" },
	{ MANNER_RP_L2TP,     "dup", col_dup, "100 ZLB 0/0 | 100 ZLB 1/0" },
	{ MANNER_GO_L2TP,     "dup", col_dup, "100 ZLB 0/0 | 100 ZLB 1/0" },

	{ MANNER_RFC2661,     "fut", col_fut, "50 ZLB 0/0 | 50 ZLB 0/2 | 50 ZLB 0/2 | 50 ZLB 1/0" },
	{ MANNER_XL2TPD,      "fut", col_fut, "- | 0 ZLB 0/1 | - | -" },
	{ MANNER_L2TPNS,      "fut", col_fut, "0 ZLB 0/0 | 0 ZLB 0/1 | 0 ZLB 0/1 | -" },
	{ MANNER_ACCEL_PPP,   "fut", col_fut, "0 ZLB 0/0 | 0 ZLB 0/2 | 0 ZLB 0/2 | 0 ZLB 1/0" },
	{ MANNER_BNG_BLASTER, "fut", col_fut, "- | 10 ZLB 0/1 | - | -" },
	{ MANNER_LWIP,        "fut", col_fut, "- | 0 ZLB 0/1 | - | -" },
	{ MANNER_MPD5,        "fut", col_fut, "0 ZLB 0/0 | 0 ZLB 0/1 | 0 ZLB 0/1 | 0 ZLB 1/0" },
	{ MANNER_NPPPD,       "fut", col_fut, "0 ZLB 0/0 | 0 ZLB 0/1 | 0 ZLB 0/1 | 0 ICRQ 0/0" },
	{ MANNER_RP_L2TP,     "fut", col_fut, "100 ZLB 0/0 | 100 ZLB 0/1 | 100 ZLB 0/1 | 100 ZLB 1/0" },
	{ MANNER_GO_L2TP,     "fut", col_fut, "- | - | - | -" },

	{ MANNER_RFC2661,     "zlb-wrong-ns", col_zlb, "- | -" },
	{ MANNER_XL2TPD,      "zlb-wrong-ns", col_zlb, "1000 ICRQ 0/0 | 1000 ICRQ 0/0" },
	{ MANNER_L2TPNS,      "zlb-wrong-ns", col_zlb, "1000 ICRQ 0/0 | 1000 ICRQ 0/0" },
	{ MANNER_ACCEL_PPP,   "zlb-wrong-ns", col_zlb, "- | -" },
	{ MANNER_BNG_BLASTER, "zlb-wrong-ns", col_zlb, "10 ZLB 1/0 | -" },
	{ MANNER_LWIP,        "zlb-wrong-ns", col_zlb, "0 ZLB 1/0 5000 ICRQ 0/0 | 5000 ICRQ 0/0" },
	{ MANNER_MPD5,        "zlb-wrong-ns", col_zlb, "- | -" },
	{ MANNER_NPPPD,       "zlb-wrong-ns", col_zlb, "0 ZLB 1/0 | 0 ZLB 1/0" },
	{ MANNER_RP_L2TP,     "zlb-wrong-ns", col_zlb, "1000 ICRQ 0/0 | 1000 ICRQ 0/0" },
	{ MANNER_GO_L2TP,     "zlb-wrong-ns", col_zlb, "- | -" },

	{ MANNER_RFC2661,     "nr-of-wrong-ns", col_odd_nr, "50 ZLB 1/0 | 50 ZLB 1/0" },
	{ MANNER_XL2TPD,      "nr-of-wrong-ns", col_odd_nr, "0 ZLB 1/0 1000 ICRQ 0/0 | 1000 ICRQ 0/0" },
	{ MANNER_L2TPNS,      "nr-of-wrong-ns", col_odd_nr, "1000 ICRQ 0/0 | 1000 ICRQ 0/0" },
	{ MANNER_ACCEL_PPP,   "nr-of-wrong-ns", col_odd_nr, "0 ZLB 1/0 | 0 ZLB 1/0" },
	{ MANNER_BNG_BLASTER, "nr-of-wrong-ns", col_odd_nr, "10 ZLB 1/0 | -" },
	{ MANNER_LWIP,        "nr-of-wrong-ns", col_odd_nr, "0 ZLB 1/0 5000 ICRQ 0/0 | 5000 ICRQ 0/0" },
	{ MANNER_MPD5,        "nr-of-wrong-ns", col_odd_nr, "0 ZLB 1/0 | 0 ZLB 1/0" },
	{ MANNER_NPPPD,       "nr-of-wrong-ns", col_odd_nr, "0 ZLB 1/0 | 0 ZLB 1/0" },
	{ MANNER_RP_L2TP,     "nr-of-wrong-ns", col_odd_nr,
	  "100 ZLB 1/0 1000 ICRQ 0/0 | 100 ZLB 1/0 1000 ICRQ 0/0" },
	{ MANNER_GO_L2TP,     "nr-of-wrong-ns", col_odd_nr, "100 ZLB 1/0 | -" },

	{ MANNER_RFC2661,     "nr-ahead", col_ahead, "1000 ICRQ 0/0 | 1000 ICRQ 0/0" },
	{ MANNER_XL2TPD,      "nr-ahead", col_ahead, "0 ZLB 2/1 | -" },
	{ MANNER_L2TPNS,      "nr-ahead", col_ahead, "0 ZLB 2/1 | -" },
	{ MANNER_ACCEL_PPP,   "nr-ahead", col_ahead, "1000 ICRQ 0/0 | 1000 ICRQ 0/0" },
	{ MANNER_BNG_BLASTER, "nr-ahead", col_ahead, "10 ZLB 2/1 | -" },
	{ MANNER_LWIP,        "nr-ahead", col_ahead, "0 ZLB 2/1 | -" },
	{ MANNER_MPD5,        "nr-ahead", col_ahead, "0 ZLB 1/1 1000 ICRQ 0/1 | 1000 ICRQ 0/0" },
	{ MANNER_NPPPD,       "nr-ahead", col_ahead,
	  "0 StopCCN 2/0 2/0 2000 ICRQ 0/0 2000 ICRQ 1/0 2000 StopCCN 2/0 2/0 | "
	  "2000 ICRQ 0/0 2000 ICRQ 1/0" },
	{ MANNER_RP_L2TP,     "nr-ahead", col_ahead, "100 ZLB 2/1 | -" },
	{ MANNER_GO_L2TP,     "nr-ahead", col_ahead, "1000 ICRQ 0/0 | 1000 ICRQ 0/0" },

	{ MANNER_RFC2661,     "nr-of-repeats", col_rexmit_nr, "50 ZLB 1/1 1000 ICRQ 0/1" },
	{ MANNER_XL2TPD,      "nr-of-repeats", col_rexmit_nr, "0 ZLB 1/1 1000 ICRQ 0/0" },
	{ MANNER_L2TPNS,      "nr-of-repeats", col_rexmit_nr, "1000 ICRQ 0/1" },
	{ MANNER_ACCEL_PPP,   "nr-of-repeats", col_rexmit_nr, "0 ZLB 1/1 1000 ICRQ 0/1" },
	{ MANNER_BNG_BLASTER, "nr-of-repeats", col_rexmit_nr, "10 ZLB 1/1 1000 ICRQ 0/1" },
	{ MANNER_LWIP,        "nr-of-repeats", col_rexmit_nr, "0 ZLB 1/1" },
	{ MANNER_MPD5,        "nr-of-repeats", col_rexmit_nr, "0 ZLB 1/1 1000 ICRQ 0/1" },
	{ MANNER_NPPPD,       "nr-of-repeats", col_rexmit_nr, "0 ZLB 1/1 2000 ICRQ 0/1" },
	{ MANNER_RP_L2TP,     "nr-of-repeats", col_rexmit_nr, "100 ZLB 1/1 1000 ICRQ 0/1" },
	{ MANNER_GO_L2TP,     "nr-of-repeats", col_rexmit_nr, "100 ZLB 1/1 1000 ICRQ 0/1" },

	{ MANNER_RFC2661,     "plan", col_plan, SENT_0
	  "1000 CDN 0/0 3000 CDN 0/0 7000 CDN 0/0 15000 CDN 0/0 dead 31000" },
	{ MANNER_XL2TPD,      "plan", col_plan, SENT_0
	  "1000 CDN 0/0 1400 CDN 1/0 3000 CDN 0/0 3400 CDN 1/0 7000 CDN 0/0 7400 CDN 1/0 "
	  "15000 CDN 0/0 15400 CDN 1/0 dead 31000" },
	{ MANNER_L2TPNS,      "plan", col_plan, SENT_0
	  "1000 CDN 0/0 1000 CDN 1/0 3000 CDN 0/0 3000 CDN 1/0 7000 CDN 0/0 7000 CDN 1/0 "
	  "15000 CDN 0/0 15000 CDN 1/0 31000 CDN 0/0 31000 CDN 1/0 dead 63000" },
	{ MANNER_ACCEL_PPP,   "plan", col_plan, SENT_0
	  "1000 CDN 0/0 3000 CDN 0/0 7000 CDN 0/0 15000 CDN 0/0 31000 CDN 0/0 dead 47000" },
	{ MANNER_BNG_BLASTER, "plan", col_plan, SENT_0
	  "1000 CDN 0/0 3000 CDN 0/0 7000 CDN 0/0 15000 CDN 0/0 31000 CDN 0/0 dead 63000" },
	{ MANNER_LWIP,        "plan", col_plan, "0 CDN 0/0 400 CDN 1/0" },
	{ MANNER_MPD5,        "plan", col_plan, SENT_0
	  "1000 CDN 0/0 3000 CDN 0/0 7000 CDN 0/0 15000 CDN 0/0 31000 CDN 0/0 dead 61000" },
	{ MANNER_NPPPD,       "plan", col_plan, SENT_0
	  "2000 CDN 0/0 2000 CDN 1/0 4000 CDN 0/0 4000 CDN 1/0 6000 CDN 0/0 6000 CDN 1/0 "
	  "8000 CDN 0/0 8000 CDN 1/0 10000 CDN 0/0 10000 CDN 1/0 dead 12000" },
	{ MANNER_RP_L2TP,     "plan", col_plan, SENT_0
	  "1000 CDN 0/0 3000 CDN 0/0 7000 CDN 0/0 15000 CDN 0/0 dead 23000" },
	{ MANNER_GO_L2TP,     "plan", col_plan, SENT_0
	  "1000 CDN 0/0 3000 CDN 0/0 dead 7000" },
	/* clang-format on */
};

static void run_cell(gconstpointer data)
{
	const struct cell *cell = data;
	g_autoptr(GString) account = g_string_new(NULL);

	cell->run(cell->row, account);
	g_assert_cmpstr(account->str, ==, cell->expected);
}

/* ---- what was seen besides ---- */

static char *collect(struct bench *b)
{
	run_ms(b, 500);
	return g_strdup(b->out->len ? b->out->str : "-");
}

/* Expects 2, gets 65535: most see a duplicate. */
static void over_the_wrap(gconstpointer row)
{
	enum manner_id id = (enum manner_id)GPOINTER_TO_UINT(row);
	/* R is first_ns + 3 after a set-up with two calls. */
	struct bench *b = bench_new(id, 4, 65535);
	g_autofree char *said = NULL;

	g_assert_cmpuint(b->r0, ==, 2);
	hello_at(b, -3, 0);
	said = collect(b);
	g_assert_cmpstr(said, ==, id == MANNER_XL2TPD ? "-" : "50 ZLB 0/0");
	bench_free(b);
}

static const struct l2tp_msg cdn = {
	.type = L2TP_CDN,
	.have = UINT64_C(1) << L2TP_ATTR_RESULT_CODE |
		UINT64_C(1) << L2TP_ATTR_ASSIGNED_SESSION,
	.result = { .result = 3 },
	.assigned_session = 999,
};

static void cdn_to(enum manner_id row, uint16_t session, const char *expected, bool down)
{
	struct bench *b = bench_new(row, 4, 0);
	g_autofree char *said = NULL;

	inject(b, session, b->r0, b->s0, &cdn);
	said = collect(b);
	g_assert_cmpstr(said, ==, expected);
	g_assert_cmpint(b->down, ==, down);
	bench_free(b);
}

/* xl2tpd answers for an unknown session with a ZLB that names it, npppd closes the tunnel. */
static void unknown_session(void)
{
	cdn_to(MANNER_XL2TPD, 4321, "0 ZLB 0/1 of 4321", false);
	cdn_to(MANNER_NPPPD, 4321, "0 StopCCN 0/1 2/0", true);
	cdn_to(MANNER_MPD5, 4321, "0 ZLB 0/1", false);
}

/* A CDN whose header names no session closes the whole tunnel of xl2tpd. */
static void cdn_without_session(void)
{
	cdn_to(MANNER_XL2TPD, 0, "0 StopCCN 0/1 2/0", true);
	cdn_to(MANNER_MPD5, 0, "0 ZLB 0/1", false);
}

static void wen_to(enum manner_id row, const char *expected)
{
	const struct l2tp_msg wen = { .type = L2TP_WEN,
		.have = l2tp_bit(L2TP_ATTR_CALL_ERRORS) };
	struct bench *b = bench_new(row, 4, 0);
	g_autofree char *said = NULL;

	inject(b, b->call[0], b->r0, b->s0, &wen);
	said = collect(b);
	g_assert_cmpstr(said, ==, expected);
	bench_free(b);
}

static void wen(void)
{
	wen_to(MANNER_L2TPNS, "0 StopCCN 0/1 2/8");
	wen_to(MANNER_MPD5, "0 ZLB 0/1");
}

/* Six calls into a window of two. */
static void window_of_two(enum manner_id row, const char *expected)
{
	struct bench *b = bench_new(row, 2, 0);
	g_autofree char *said = NULL;

	for (unsigned i = 0; i < 6; i++)
		place_call(b);
	said = collect(b);
	g_assert_cmpstr(said, ==, expected);
	bench_free(b);
}

static void windows(void)
{
	static const struct {
		enum manner_id row;
		uint16_t rws; /* 0: not said */
	} said[] = { { MANNER_XL2TPD, 4 }, { MANNER_L2TPNS, 0 }, { MANNER_ACCEL_PPP, 16 },
		{ MANNER_BNG_BLASTER, 16 }, { MANNER_RP_L2TP, 8 } };

	window_of_two(MANNER_XL2TPD,
		"0 ICRQ 0/0 0 ICRQ 1/0 0 ICRQ 2/0 0 ICRQ 3/0 0 ICRQ 4/0 0 ICRQ 5/0");
	window_of_two(MANNER_RFC2661, "0 ICRQ 0/0 0 ICRQ 1/0");
	for (unsigned i = 0; i < G_N_ELEMENTS(said); i++) {
		struct bench *b = bench_new(said[i].row, 4, 0);

		g_assert_cmpint(b->said_window, ==, said[i].rws != 0);
		g_assert_cmpuint(b->rws, ==, said[i].rws);
		bench_free(b);
	}
}

/* npppd asks a HELLO longer than other messages; lwIP has none. */
static void hellos(void)
{
	struct bench *b = bench_new(MANNER_NPPPD, 4, 0);

	model_l2tp.cc_hello(b->model, b->tunnel, b->now);
	run_ms(b, 29999);
	g_assert_false(b->down);
	run_ms(b, 1);
	g_assert_true(b->down);
	bench_free(b);
	b = bench_new(MANNER_LWIP, 4, 0);
	model_l2tp.cc_hello(b->model, b->tunnel, b->now);
	run_ms(b, 600000);
	g_assert_cmpstr(b->out->str, ==, "");
	g_assert_false(b->down);
	bench_free(b);
}

/* The judge of our own side, by what a strict peer would object to. */
static void crimes(void)
{
	const struct l2tp_msg other = { .type = L2TP_SLI, .have = l2tp_bit(L2TP_ATTR_ACCM) };
	struct bench *b = bench_new(MANNER_RFC2661, 4, 0);
	struct crimes c;

	model_crimes(b->model, &c);
	g_assert_null(crimes_text(&c));
	hello_at(b, 0, 1);  /* Nr ahead */
	hello_at(b, 8, 0);  /* window is 8 */
	hello_at(b, 0, 0);
	inject(b, b->call[0], b->r0, b->s0, &other); /* Ns 0 was a HELLO */
	inject(b, 0, (uint16_t)(b->r0 + 1), b->s0, &cdn);
	model_crimes(b->model, &c);
	g_assert_cmpuint(c.nr_ahead, ==, 1);
	g_assert_cmpuint(c.beyond, ==, 1);
	g_assert_cmpuint(c.rebound, ==, 1);
	g_assert_cmpuint(c.cdn0, ==, 1);
	g_assert_cmpuint(c.malformed, ==, 0);
	bench_free(b);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(cells); i++) {
		g_autofree char *path = g_strdup_printf("/sim/peers/%s/%s",
			manners[cells[i].row].name, cells[i].column);

		g_test_add_data_func(path, &cells[i], run_cell);
	}
	g_test_add_data_func("/sim/peers/xl2tpd/over-the-wrap",
		GUINT_TO_POINTER(MANNER_XL2TPD), over_the_wrap);
	g_test_add_data_func("/sim/peers/rfc2661/over-the-wrap",
		GUINT_TO_POINTER(MANNER_RFC2661), over_the_wrap);
	g_test_add_func("/sim/peers/unknown-session", unknown_session);
	g_test_add_func("/sim/peers/cdn-without-session", cdn_without_session);
	g_test_add_func("/sim/peers/wen", wen);
	g_test_add_func("/sim/peers/windows", windows);
	g_test_add_func("/sim/peers/hellos", hellos);
	g_test_add_func("/sim/peers/crimes", crimes);
	return g_test_run();
}
