/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What owners of an engine may ask about it.
 */
#include "l2tp/internal.h"

const char *l2tp_cc_state_name(enum l2tp_cc_state s)
{
	switch (s) {
	case L2TP_CC_IDLE:
		return "idle";
	case L2TP_CC_WAIT_REPLY:
		return "wt-reply";
	case L2TP_CC_WAIT_CONN:
		return "wt-conn";
	case L2TP_CC_ESTABLISHED:
		return "est";
	case L2TP_CC_CLOSING:
		return "closing";
	}
	return "?";
}

const char *l2tp_session_state_name(enum l2tp_session_state s)
{
	switch (s) {
	case L2TP_SESSION_IDLE:
		return "idle";
	case L2TP_SESSION_WAIT_TUNNEL:
		return "wt-tnl";
	case L2TP_SESSION_WAIT_REPLY:
		return "wt-reply";
	case L2TP_SESSION_WAIT_CONNECT:
		return "wt-conn";
	case L2TP_SESSION_ESTABLISHED:
		return "est";
	case L2TP_SESSION_CLOSED:
		return "closed";
	}
	return "?";
}

static unsigned unsent(const struct chan *ch)
{
	int n = ch->next ? seq_diff(ch->s, ch->next->ns) : 0;

	return n > 0 ? (unsigned)n : 0;
}

static void fill_cc(const struct l2tp_cc *cc, struct l2tp_cc_info *out)
{
	const struct chan *ch = &cc->chan;

	*out = (struct l2tp_cc_info){
		.id = cc->id,
		.remote_id = cc->remote_id,
		.state = cc->state,
		.lac = cc->lac,
		.path = cc->path,
		.peer_name = cc->peer_name,
		.peer_vendor = cc->peer_vendor,
		.params = cc->params,
		.sessions = cc->n_sessions,
		.sessions_established = cc->n_established,
		.since = cc->since,
		.s = ch->s,
		.u = ch->u,
		.r_rx = ch->r_rx,
		.r_dur = chan_nr(ch),
		.s_dur = ch->gated ? ch->s_dur : ch->s,
		.rws = ch->rws,
		.peer_rws = ch->peer_rws,
		.cwnd = ch->cwnd,
		.queued = ch->queued,
		.unsent = unsent(ch),
		.ha_enabled = cc->counted & COUNT_HA,
		.ha_established = cc->counted & COUNT_HA_EST,
		.unprotected = cc->unprotected != 0,
		.resync = cc->resync,
		.sent = cc->sent,
		.received = cc->received,
		.resends = cc->resends,
		.zlb_sent = cc->zlb_sent,
		.dropped = cc->dropped,
	};
}

bool l2tp_cc_get(const struct l2tp_engine *e, uint16_t id, struct l2tp_cc_info *out)
{
	const struct l2tp_cc *cc = cc_by_id(e, id);

	if (cc)
		fill_cc(cc, out);
	return cc != NULL;
}

bool l2tp_next_cc(
	const struct l2tp_engine *e, uint32_t *cursor, struct l2tp_cc_info *out)
{
	const struct l2tp_cc *cc;

	while ((cc = slab_next(e->ccs, *cursor, cursor)))
		if (cc->state != L2TP_CC_CLOSING) {
			fill_cc(cc, out);
			return true;
		}
	return false;
}

void session_fill_call(const struct l2tp_session *s, struct l2tp_call *c)
{
	*c = (struct l2tp_call){
		.serial = s->serial,
		.bearer_type = s->bearer_type,
		.framing_type = s->framing_type,
		.tx_bps = s->tx_bps,
		.rx_bps = s->rx_bps,
		.physical_channel = s->physical_channel,
		.sequencing = s->sequencing,
	};
	if (s->called)
		g_strlcpy(c->called, s->called, sizeof(c->called));
	if (s->calling)
		g_strlcpy(c->calling, s->calling, sizeof(c->calling));
}

static void fill_session(const struct l2tp_session *s, struct l2tp_session_info *out)
{
	*out = (struct l2tp_session_info){
		.cc = s->cc,
		.id = s->id,
		.remote_id = s->remote_id,
		.state = s->state,
		.since = s->since,
	};
	session_fill_call(s, &out->call);
	out->lac = s->lac;
	out->has_line = s->line != NULL;
	out->has_proxy = s->proxy != NULL;
	if (!s->link)
		return;
	out->accm_known = s->link->accm_known;
	memcpy(out->accm, s->link->accm, sizeof(out->accm));
	out->errors_known = s->link->errors_known;
	out->errors = s->link->errors;
}

bool l2tp_session_line(const struct l2tp_engine *e, uint16_t cc, uint16_t session,
	struct l2tp_line *out)
{
	const struct l2tp_session *s = session_by_id(e, cc, session);

	*out = (struct l2tp_line){ 0 };
	if (s && s->line)
		kept_line(s->line, out);
	return s && s->line;
}

bool l2tp_session_proxy(const struct l2tp_engine *e, uint16_t cc, uint16_t session,
	struct l2tp_proxy *out)
{
	const struct l2tp_session *s = session_by_id(e, cc, session);

	*out = (struct l2tp_proxy){ 0 };
	if (s && s->proxy)
		kept_proxy(s->proxy, out);
	return s && s->proxy;
}

bool l2tp_session_get(const struct l2tp_engine *e, uint16_t cc, uint16_t session,
	struct l2tp_session_info *out)
{
	const struct l2tp_session *s = session_by_id(e, cc, session);

	if (s)
		fill_session(s, out);
	return s != NULL;
}

uint16_t l2tp_session_remote(
	const struct l2tp_engine *e, uint16_t cc, uint16_t session)
{
	const struct l2tp_session *s = session_by_id(e, cc, session);

	return s ? s->remote_id : 0;
}

bool l2tp_next_session(
	const struct l2tp_engine *e, uint32_t *cursor, struct l2tp_session_info *out)
{
	const struct l2tp_session *s;

	while ((s = slab_next(e->all_sessions, *cursor, cursor)))
		if (s->state != L2TP_SESSION_CLOSED) {
			fill_session(s, out);
			return true;
		}
	return false;
}

void l2tp_get_counts(const struct l2tp_engine *e, struct l2tp_counts *out)
{
	*out = e->counts;
}

unsigned l2tp_engine_unprotected(const struct l2tp_engine *e)
{
	return e->n_unprotected;
}

unsigned l2tp_engine_held(const struct l2tp_engine *e)
{
	return e->n_held;
}

bool l2tp_cc_replicated(const struct l2tp_engine *e, uint16_t id)
{
	const struct l2tp_cc *cc = cc_by_id(e, id);

	return cc && cc->replicated;
}

uint64_t l2tp_drops(const struct l2tp_engine *e, enum l2tp_drop why)
{
	return (unsigned)why < L2TP_N_DROPS ? e->drops[why] : 0;
}

const char *l2tp_drop_name(enum l2tp_drop why)
{
	static const char *const names[L2TP_N_DROPS] = {
		[L2TP_DROP_MALFORMED] = "malformed",
		[L2TP_DROP_UNKNOWN_TUNNEL] = "unknown tunnel",
		[L2TP_DROP_WRONG_SOURCE] = "wrong source",
		[L2TP_DROP_NR_AHEAD] = "Nr ahead",
		[L2TP_DROP_DUPLICATE] = "duplicate",
		[L2TP_DROP_OUT_OF_WINDOW] = "out of window",
		[L2TP_DROP_LIMIT] = "limit",
		[L2TP_DROP_PASSIVE] = "passive",
		[L2TP_DROP_RATE] = "rate",
		[L2TP_DROP_TIE] = "tie breaker",
	};

	return (unsigned)why < L2TP_N_DROPS ? names[why] : "?";
}
