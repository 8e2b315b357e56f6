/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What owners order of calls: placing them (LAC), answering and ending them, and the two messages
 * about a call that is established (SLI of the LNS, WEN of the LAC; RFC 2661, sections 6.13 and
 * 6.14).
 */
#include "l2tp/internal.h"

static char *keep_text(const char *number)
{
	return number[0] ? g_strndup(number, L2TP_NUMBER_MAX - 1) : NULL;
}

static void set_call(struct l2tp_session *s, const struct l2tp_call *call)
{
	s->lac = true;
	s->serial = call->serial;
	s->bearer_type = call->bearer_type;
	s->framing_type = call->framing_type ? call->framing_type : 1;
	s->tx_bps = call->tx_bps;
	s->rx_bps = call->rx_bps;
	s->physical_channel = call->physical_channel;
	s->sequencing = call->sequencing;
	s->called = keep_text(call->called);
	s->calling = keep_text(call->calling);
	s->owner_knows = true;
}

static bool may_call(const struct l2tp_engine *e, const struct l2tp_cc *cc)
{
	return cc && !e->passive && cc->state != L2TP_CC_CLOSING &&
	       (cc->lac || cc->state == L2TP_CC_ESTABLISHED) &&
	       cc->chan.queued < CHAN_QUEUE_MAX;
}

static bool too_long(const struct l2tp_proxy *proxy, GBytes *kept)
{
	struct l2tp_msg m = { 0 };

	if (proxy)
		proxy_to_msg(proxy, &m);
	return m.have && !kept;
}

uint16_t l2tp_session_open_with(struct l2tp_engine *e, uint16_t cc_id,
	const struct l2tp_call *call, const struct l2tp_line *line,
	const struct l2tp_proxy *proxy, base_time now)
{
	struct l2tp_cc *cc = cc_by_id(e, cc_id);
	g_autoptr(GBytes) kept = keep_proxy(proxy);
	struct l2tp_session *s;

	engine_enter(e, now);
	if (!may_call(e, cc) || too_long(proxy, kept) ||
		!(s = l2tp_session_new(e, cc, 0)))
		return 0;
	set_call(s, call);
	s->line = keep_line(line);
	s->proxy = g_steal_pointer(&kept);
	session_recount(e, s);
	session_event(e, cc, s, SEV_OPEN, NULL);
	if (cc->state == L2TP_CC_ESTABLISHED)
		session_event(e, cc, s, SEV_TUNNEL_UP, NULL);
	engine_leave(e);
	return s->id;
}

uint16_t l2tp_session_open(struct l2tp_engine *e, uint16_t cc_id,
	const struct l2tp_call *call, base_time now)
{
	return l2tp_session_open_with(e, cc_id, call, NULL, NULL, now);
}

static struct l2tp_session *living(struct l2tp_engine *e, uint16_t cc, uint16_t session)
{
	struct l2tp_session *s = session_by_id(e, cc, session);

	return s && s->state != L2TP_SESSION_CLOSED && !e->passive ? s : NULL;
}

void l2tp_session_accept(
	struct l2tp_engine *e, uint16_t cc, uint16_t session, base_time now)
{
	struct l2tp_session *s = living(e, cc, session);

	engine_enter(e, now);
	if (s)
		session_event(e, cc_by_id(e, cc), s, SEV_ACCEPT, NULL);
	engine_leave(e);
}

static void end_call(struct l2tp_engine *e, struct l2tp_session *s, uint16_t result,
	uint16_t error, const char *text, const struct l2tp_ppp_cause *ppp)
{
	struct l2tp_result r = { result, error, span_str(text ? text : "") };
	struct l2tp_cause c;

	cause_set(&c, L2TP_BY_LOCAL, &r);
	if (ppp) {
		c.ppp = *ppp;
		c.ppp.known = true;
		c.ppp.text[L2TP_PPP_TEXT_MAX - 1] = 0;
	}
	session_event(e, slab_get(e->ccs, s->cc_index), s, SEV_CLOSE, &c);
}

void l2tp_session_reject(struct l2tp_engine *e, uint16_t cc, uint16_t session,
	uint16_t result, uint16_t error, const char *text, base_time now)
{
	struct l2tp_session *s = living(e, cc, session);

	engine_enter(e, now);
	if (s && s->state == L2TP_SESSION_IDLE) {
		s->owner_knows = false; /* it is not told what it said itself */
		end_call(e, s, result, error, text, NULL);
	}
	engine_leave(e);
}

void l2tp_session_close_ppp(struct l2tp_engine *e, uint16_t cc, uint16_t session,
	uint16_t result, uint16_t error, const char *text,
	const struct l2tp_ppp_cause *ppp, base_time now)
{
	struct l2tp_session *s = living(e, cc, session);

	engine_enter(e, now);
	if (s)
		end_call(e, s, result, error, text, ppp);
	engine_leave(e);
}

void l2tp_session_close(struct l2tp_engine *e, uint16_t cc, uint16_t session,
	uint16_t result, uint16_t error, const char *text, base_time now)
{
	l2tp_session_close_ppp(e, cc, session, result, error, text, NULL, now);
}

/* ---- about an established call ---- */

static struct l2tp_session *talking(
	struct l2tp_engine *e, uint16_t cc, uint16_t session, bool lac)
{
	struct l2tp_session *s = living(e, cc, session);

	return s && s->state == L2TP_SESSION_ESTABLISHED && s->lac == lac ? s : NULL;
}

static void send(struct l2tp_engine *e, struct l2tp_session *s, const struct l2tp_msg *m)
{
	struct l2tp_cc *cc = slab_get(e->ccs, s->cc_index);

	cc_send(e, cc, s->remote_id, m);
	commit_session(e, cc, s);
	engine_leave(e);
}

bool l2tp_session_sli(struct l2tp_engine *e, uint16_t cc, uint16_t session,
	uint32_t send_accm, uint32_t receive_accm, base_time now)
{
	struct l2tp_session *s = talking(e, cc, session, false);
	struct l2tp_msg m = { .type = L2TP_SLI,
		.have = l2tp_bit(L2TP_ATTR_ACCM),
		.accm = { send_accm, receive_accm } };

	engine_enter(e, now);
	if (!s)
		return false;
	session_link(s)->accm_known = true;
	memcpy(s->link->accm, m.accm, sizeof(m.accm));
	send(e, s, &m);
	return true;
}

static bool too_early(const struct l2tp_engine *e, const struct session_link *link)
{
	return link && link->errors_known &&
	       time_before(e->now, time_add(link->wen_at, dur_s(L2TP_WEN_S)));
}

bool l2tp_session_wen(struct l2tp_engine *e, uint16_t cc, uint16_t session,
	const struct l2tp_call_errors *n, base_time now)
{
	struct l2tp_session *s = talking(e, cc, session, true);
	struct l2tp_msg m = { .type = L2TP_WEN,
		.have = l2tp_bit(L2TP_ATTR_CALL_ERRORS),
		.call_errors = { n->crc, n->framing, n->hardware_overrun,
			n->buffer_overrun, n->timeout, n->alignment } };

	engine_enter(e, now);
	if (!s || too_early(e, s->link))
		return false;
	session_link(s)->errors_known = true;
	s->link->errors = *n;
	s->link->wen_at = e->now;
	send(e, s, &m);
	return true;
}

void l2tp_session_forget_proxy(
	struct l2tp_engine *e, uint16_t cc_id, uint16_t session, base_time now)
{
	struct l2tp_session *s = living(e, cc_id, session);

	engine_enter(e, now);
	if (!s || !s->proxy)
		return;
	g_clear_pointer(&s->proxy, g_bytes_unref);
	if (s->state == L2TP_SESSION_ESTABLISHED)
		commit_session(e, cc_by_id(e, cc_id), s);
	engine_leave(e);
}
