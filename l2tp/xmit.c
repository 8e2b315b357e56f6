/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets of one tunnel: what arrives (RFC 2661, section 5.8), what leaves, and the timers of
 * both.  The numbers are kept by chan.c.
 *
 * Every packet that leaves is made here, by emit(), and gets its Nr there.  An acknowledgement
 * is owed when chan_nr() has moved beyond what the last packet said; on a tunnel that is
 * gated it moves when the standby has confirmed, so the time a ZLB may wait for a ride
 * begins then.
 */
#include "l2tp/internal.h"

enum { SCCRP_AGAIN_MAX = 10 }; /* for repeated SCCRQs and without them, in all */

base_dur cc_full_cycle(const struct l2tp_cc *cc)
{
	unsigned min = cc->params.timeout_min_s, max = cc->params.timeout_max_s;
	int64_t total = 0;

	if (!cc->authentic) /* nobody we trust: it does not get to keep much */
		return dur_s(cc->params.setup_s);
	for (unsigned i = 0, t = min; i <= cc->params.retries; i++, t = MIN(t * 2, max))
		total += t;
	return dur_s(total);
}

static base_dur interval(const struct l2tp_cc *cc)
{
	bool initial = cc->state == L2TP_CC_WAIT_REPLY;
	unsigned min = initial ? cc->params.initial_min_s : cc->params.timeout_min_s;
	unsigned max = initial ? cc->params.initial_max_s : cc->params.timeout_max_s;

	return dur_s(MIN(min << MIN(cc->chan.tries, 8), max));
}

/* ---- out ---- */

static base_time ack_after_delay(const struct l2tp_engine *e, const struct l2tp_cc *cc)
{
	return time_add(e->now, dur_ms(cc->params.zlb_delay_ms));
}

/* Nr has just been told.  What came since then, and waits for its commit, can wait its own
 * delay; but when commits are slow, the delay is over before they come: H3's budget is for
 * both together. */
static void put_off_ack(const struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (cc->chan.nr_sent == cc->chan.r_rx)
		cc->ack_by = BASE_TIME_NEVER;
	else if (time_before(e->now, cc->ack_by))
		cc->ack_by = ack_after_delay(e, cc);
}

static void emit(struct l2tp_engine *e, struct l2tp_cc *cc, const uint8_t *bytes,
	size_t len, uint32_t flags)
{
	uint16_t nr = chan_nr(&cc->chan);
	struct l2tp_effect *fx = fx_push(e, L2TP_FX_SEND, cc->id, 0, bytes, len);

	put_u16(((struct fx_node *)(void *)((uint8_t *)fx -
					    offsetof(struct fx_node, fx)))
				->bytes +
			CHAN_NR_AT,
		nr);
	fx->path = cc->path;
	fx->flags = flags;
	if (cc->unprotected && rule_holds(RULE_H3_MARK)) {
		fx->flags |= L2TP_SEND_UNCOMMITTED;
		cc->marked = MAX(cc->marked, cc->unprotected);
		fx->seq = cc->marked;
	}
	cc->chan.nr_sent = nr;
	cc->ack_now = false;
	timer_cancel(e->wheel, &cc->t_ack);
	put_off_ack(e, cc);
}

static void emit_msg(struct l2tp_engine *e, struct l2tp_cc *cc, struct chan_msg *m)
{
	bool again = seq_diff(m->ns, cc->chan.snd_max) < 0;

	if (again)
		cc->resends++;
	else
		cc->sent++;
	emit(e, cc, m->bytes, m->len,
		(again ? L2TP_SEND_RETRANSMIT : 0) |
			(m->flags & CHAN_MSG_HELLO ? L2TP_SEND_HELLO : 0));
	chan_sent(&cc->chan, m);
}

static void emit_zlb(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	uint8_t buf[L2TP_CONTROL_HDR];
	struct wr w = wr_init(buf, sizeof(buf));

	/* Ns of the next packet to leave, not of the next to be queued: a peer may ignore
	 * a ZLB that is out of step. */
	l2tp_control_build(&w, cc->remote_id, 0, cc->chan.snd_max, 0);
	cc->zlb_sent++;
	emit(e, cc, w.buf, w.len, L2TP_SEND_ZLB);
}

/* The one message of a tunnel whose peer does not answer any more. */
static void pump_last(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct chan *ch = &cc->chan;
	struct chan_msg *m = ch->tail;

	if (!m || seq_diff(m->ns, ch->snd_max) < 0 || !chan_may_leave(ch, m))
		return;
	emit_msg(e, cc, m);
}

static void pump_queue(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct chan_msg *m;

	while ((m = chan_next(&cc->chan)))
		emit_msg(e, cc, m);
	if (!chan_in_flight(&cc->chan))
		timer_cancel(e->wheel, &cc->t_rexmit);
	else if (!timer_armed(&cc->t_rexmit))
		timer_set(e->wheel, &cc->t_rexmit, time_add(e->now, interval(cc)));
}

static void pump_ack(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (!cc->remote_id)
		return;
	if (!cc->ack_now && (chan_nr(&cc->chan) == cc->chan.nr_sent || timer_armed(&cc->t_ack)))
		return;
	if (time_is_never(cc->ack_by))
		cc->ack_by = ack_after_delay(e, cc);
	if (cc->ack_now || !time_before(e->now, cc->ack_by))
		emit_zlb(e, cc);
	else
		timer_set(e->wheel, &cc->t_ack, cc->ack_by);
}

void cc_pump(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (cc->to_activate) /* its turn has not come: resync.c */
		return;
	if (cc->state == L2TP_CC_CLOSING && cc->closing == CLOSING_LAST)
		pump_last(e, cc);
	else if (cc->state != L2TP_CC_CLOSING || cc->closing == CLOSING_ANNOUNCE)
		pump_queue(e, cc);
	pump_ack(e, cc);
}

void cc_stop_sending(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	timer_cancel(e->wheel, &cc->t_rexmit);
	timer_cancel(e->wheel, &cc->t_hello);
}

static void encode(struct l2tp_engine *e, const struct l2tp_cc *cc,
	const struct l2tp_msg *m, struct wr *w)
{
	struct l2tp_hiding h = { .secret = cc->params.secret };

	if (!cc->params.hide || !cc->params.secret[0]) {
		l2tp_msg_encode(m, w);
		return;
	}
	rng_bytes(&e->rng, h.vector, sizeof(h.vector));
	h.padding = (uint8_t)rng_below(&e->rng, L2TP_VECTOR_LEN);
	l2tp_msg_encode_hidden(m, &h, w);
}

void cc_send(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t session,
	const struct l2tp_msg *m)
{
	uint8_t buf[L2TP_MESSAGE_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	if (cc->chan.queued >= CHAN_QUEUE_HARD) {
		cc->overrun = true;
		cc_touch(e, cc);
		return;
	}
	l2tp_control_build(&w, cc->remote_id, session, 0, 0);
	encode(e, cc, m, &w);
	wr_set_u16(&w, 2, (uint16_t)w.len);
	g_assert(!w.bad); /* all that we put into a message is bounded */
	chan_append(
		&cc->chan, w.buf, w.len, m->type == L2TP_HELLO ? CHAN_MSG_HELLO : 0);
	commit_cc(e, cc, DIRTY_SEQ);
	cc_touch(e, cc);
}

/* ---- in ---- */

/* May this tunnel be answered for one more packet that is out of order? */
static bool odd_allowed(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (time_sub(e->now, cc->odd_since).ns >= dur_s(1).ns) {
		cc->odd_since = e->now;
		cc->odd = 0;
	}
	return cc->odd++ < L2TP_ODD_PER_S;
}

static void deliver(
	struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t session, struct rd body)
{
	cc->received++;
	commit_cc(e, cc,
		DIRTY_SEQ); /* before: the message may begin or end replication */
	cc_deliver(e, cc, session, body);
}

static void deliver_in_order(
	struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t session, struct rd body)
{
	struct chan_held *h;

	deliver(e, cc, session, body);
	while ((h = chan_take_held(&cc->chan))) {
		deliver(e, cc, h->session, rd_init(h->bytes, h->len));
		g_free(h);
	}
}

static void take_nr(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t nr)
{
	if (!chan_acked(&cc->chan, nr))
		return;
	timer_cancel(e->wheel, &cc->t_rexmit); /* the pump arms it again if need be */
	commit_u(e, cc);
	resync_progress(e, cc);
}

/* A peer that repeats its SCCRQ has not got our SCCRP, which acknowledges it too. */
static void answer_again(struct l2tp_cc *cc)
{
	if (cc->state == L2TP_CC_WAIT_CONN && cc->resends < SCCRP_AGAIN_MAX)
		chan_again(&cc->chan);
}

/* Out of order: the content counts for nothing (yet), but it is acknowledged. */
static void take_odd(struct l2tp_engine *e, struct l2tp_cc *cc, enum chan_arrival how,
	const struct l2tp_hdr *h, struct rd *body)
{
	size_t len = rd_left(body);

	if (!odd_allowed(e, cc)) {
		engine_drop(e, cc, L2TP_DROP_LIMIT);
		return;
	}
	if (how == CHAN_DUPLICATE) {
		engine_drop(e, cc, L2TP_DROP_DUPLICATE);
		answer_again(cc);
	} else if (how == CHAN_BEYOND || len > L2TP_MESSAGE_MAX ||
		   !chan_hold(&cc->chan, h->ns, h->session, rd_take(body, len), len)) {
		engine_drop(e, cc, L2TP_DROP_OUT_OF_WINDOW);
	}
	cc->ack_now = true;
}

void cc_receive(struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_hdr *h,
	struct rd body)
{
	enum chan_arrival how;

	if (!chan_nr_sane(&cc->chan, h->nr)) {
		engine_drop(e, cc, L2TP_DROP_NR_AHEAD);
		return;
	}
	cc->heard = e->now;
	cc_touch(e, cc);
	take_nr(e, cc, h->nr);
	if (cc->state == L2TP_CC_CLOSING && cc->closing == CLOSING_LAST && cc->remote_id &&
		!cc->told_late)
		cc_event(e, cc, EV_HEARD);
	if (rd_left(&body) == 0) { /* a ZLB never elicits a ZLB, whatever its Ns */
		if (!rule_holds(RULE_H4_R) && cc->resync)
			cc->chan.r_rx = seq_max(cc->chan.r_rx, h->ns);
		return;
	}
	how = chan_arrive(&cc->chan, h->ns);
	if (how == CHAN_IN_ORDER && time_is_never(cc->ack_by))
		cc->ack_by = ack_after_delay(e, cc);
	if (how == CHAN_IN_ORDER)
		deliver_in_order(e, cc, h->session, body);
	else
		take_odd(e, cc, how, h, &body);
}

/* ---- timers ---- */

static unsigned budget(const struct l2tp_cc *cc)
{
	return cc->state == L2TP_CC_WAIT_REPLY ? cc->params.initial_retries
					       : cc->params.retries;
}

void cc_rexmit_due(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc_touch(e, cc);
	if (cc->resync == L2TP_RESYNC_VERIFYING) {
		resync_timeout(e, cc);
	} else if (cc->chan.tries >= budget(cc)) {
		cc_dead(e, cc);
	} else {
		chan_timeout(&cc->chan);
	}
}

void cc_ack_due(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc->ack_now = chan_nr(&cc->chan) != cc->chan.nr_sent;
	cc_touch(e, cc);
}

void cc_arm_hello(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (cc->params.hello_s)
		timer_set(e->wheel, &cc->t_hello,
			time_add(e->now, dur_s(cc->params.hello_s)));
}

static void send_hello(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc_send(e, cc, 0, &(struct l2tp_msg){ .type = L2TP_HELLO });
}

/* Only when nothing was heard for the whole interval, and nothing is outstanding: what is
 * outstanding tries the peer as well (section 6.5). */
void cc_hello_due(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	base_time due = time_add(cc->heard, dur_s(cc->params.hello_s));

	if (cc->state != L2TP_CC_ESTABLISHED)
		return;
	if (time_before(e->now, due)) {
		timer_set(e->wheel, &cc->t_hello, due);
		return;
	}
	if (!cc->chan.head)
		send_hello(e, cc);
	cc_arm_hello(e, cc);
}

void l2tp_cc_hello(struct l2tp_engine *e, uint16_t id, base_time now)
{
	struct l2tp_cc *cc = cc_by_id(e, id);

	engine_enter(e, now);
	if (!e->passive && cc && cc->state == L2TP_CC_ESTABLISHED && !cc->chan.head)
		send_hello(e, cc);
	engine_leave(e);
}
