/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incoming calls: the state machines of RFC 2661, sections 7.4.1 (LAC) and 7.4.2 (LNS), and the
 * messages that drive them.  Outgoing calls are refused.
 *
 * A closed session stays as a tombstone for one full cycle of retransmission: its id is not
 * used again, and a late ICRP can still be answered with the CDN that is owed.  A CDN never
 * has session id 0 in its header: there are peers that take it as the end of the tunnel.
 */
#include "l2tp/internal.h"

static const char resync_text[] = "Tunnel in HA resync (611)";

/* ---- messages out ---- */

static void add_ppp_cause(struct l2tp_msg *m, const struct l2tp_ppp_cause *p)
{
	if (!p->known)
		return;
	m->ppp = (struct l2tp_ppp_disconnect){
		p->code, p->protocol, p->direction, span_str(p->text)
	};
	m->have |= l2tp_bit(L2TP_ATTR_PPP_DISCONNECT);
}

/* ours: our id for the call, also when there is no session object. */
static void send_cdn(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t ours,
	uint16_t theirs, const struct l2tp_cause *c)
{
	struct l2tp_msg m = {
		.type = L2TP_CDN,
		.have = l2tp_bit(L2TP_ATTR_RESULT_CODE) |
			l2tp_bit(L2TP_ATTR_ASSIGNED_SESSION),
		.assigned_session = ours,
		.result = { c->result, c->error, span_str(c->text) },
	};

	if (!theirs || cc->state != L2TP_CC_ESTABLISHED)
		return;
	add_ppp_cause(&m, &c->ppp);
	cc_send(e, cc, theirs, &m);
}

static struct l2tp_msg with_session_id(
	const struct l2tp_session *s, enum l2tp_msg_type type)
{
	return (struct l2tp_msg){
		.type = type,
		.have = l2tp_bit(L2TP_ATTR_ASSIGNED_SESSION),
		.assigned_session = s->id,
	};
}

static void add_number(struct l2tp_msg *m, enum l2tp_attr attr, struct l2tp_span *field,
	const char *number)
{
	if (!number)
		return;
	*field = span_str(number);
	m->have |= l2tp_bit(attr);
}

static void send_icrq(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_cause *cause)
{
	struct l2tp_msg m = with_session_id(s, L2TP_ICRQ);

	m.have |= l2tp_bit(L2TP_ATTR_CALL_SERIAL);
	m.call_serial = s->serial;
	if (s->bearer_type)
		m.have |= l2tp_bit(L2TP_ATTR_BEARER_TYPE);
	m.bearer_type = s->bearer_type;
	if (s->physical_channel)
		m.have |= l2tp_bit(L2TP_ATTR_PHYSICAL_CHANNEL);
	m.physical_channel = s->physical_channel;
	add_number(&m, L2TP_ATTR_CALLED, &m.called, s->called);
	add_number(&m, L2TP_ATTR_CALLING, &m.calling, s->calling);
	if (s->line)
		kept_line(s->line, &m.line);
	cc_send(e, cc, 0, &m);
	timer_set(e->wheel, &s->timer, time_add(e->now, dur_s(cc->params.call_setup_s)));
}

static void send_icrp(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_cause *cause)
{
	struct l2tp_msg m = with_session_id(s, L2TP_ICRP);

	cc_send(e, cc, s->remote_id, &m);
}

static void send_iccn(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s)
{
	struct l2tp_msg m = {
		.type = L2TP_ICCN,
		.have = l2tp_bit(L2TP_ATTR_TX_SPEED) | l2tp_bit(L2TP_ATTR_FRAMING_TYPE),
		.tx_speed = s->tx_bps,
		.framing_type = s->framing_type,
		.rx_speed = s->rx_bps,
	};
	struct l2tp_proxy proxy;

	if (s->rx_bps)
		m.have |= l2tp_bit(L2TP_ATTR_RX_SPEED);
	if (s->sequencing)
		m.have |= l2tp_bit(L2TP_ATTR_SEQUENCING);
	if (s->proxy) {
		kept_proxy(s->proxy, &proxy);
		proxy_to_msg(&proxy, &m);
	}
	cc_send(e, cc, s->remote_id, &m);
	g_clear_pointer(&s->proxy, g_bytes_unref); /* Q has it, and the peer soon */
}

/* ---- actions ---- */

static void nothing(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_cause *cause)
{
}

static struct l2tp_effect *tell(struct l2tp_engine *e, struct l2tp_cc *cc,
	struct l2tp_session *s, enum l2tp_effect_kind kind)
{
	struct l2tp_effect *fx = fx_push(e, kind, cc->id, s->id, NULL, 0);

	fx->path = cc->path;
	session_fill_call(s, &fx->call);
	return fx;
}

static void ask_owner(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_cause *cause)
{
	tell(e, cc, s, L2TP_FX_SESSION_REQUEST);
	s->owner_knows = true;
	timer_set(e->wheel, &s->timer, time_add(e->now, dur_s(cc->params.call_setup_s)));
}

static void came_up(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_cause *cause)
{
	timer_cancel(e->wheel, &s->timer);
	tell(e, cc, s, L2TP_FX_SESSION_UP);
}

static void connect_lac(struct l2tp_engine *e, struct l2tp_cc *cc,
	struct l2tp_session *s, const struct l2tp_cause *cause)
{
	send_iccn(e, cc, s);
	came_up(e, cc, s, cause);
}

base_dur session_rest(const struct l2tp_cc *cc)
{
	return rule_holds(RULE_H9_TOMBSTONE) ? cc_full_cycle(cc) : dur_ms(1);
}

/* Ends it without a message. */
static void end(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_cause *cause)
{
	if (s->owner_knows)
		tell(e, cc, s, L2TP_FX_SESSION_DOWN)->cause = *cause;
	s->owner_knows = false;
	commit_session_closed(e, cc, s);
	timer_set(e->wheel, &s->timer, time_add(e->now, session_rest(cc)));
}

static void end_cdn(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_cause *cause)
{
	s->owes_cdn = s->remote_id == 0;
	send_cdn(e, cc, s->id, s->remote_id, cause);
	end(e, cc, s, cause);
}

static void end_fsm(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_cause *cause)
{
	static const struct l2tp_cause fsm = { .by = L2TP_BY_PROTOCOL,
		.result = L2TP_CDN_ERROR,
		.error = L2TP_ERROR_VENDOR,
		.text = "message out of place" };

	end_cdn(e, cc, s, &fsm);
}

/* The tunnel goes: no CDN, no tombstone. */
static void end_gone(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_cause *cause)
{
	if (s->owner_knows)
		tell(e, cc, s, L2TP_FX_SESSION_DOWN)->cause = *cause;
	s->owner_knows = false;
}

static void late_cdn(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_cause *cause)
{
	static const struct l2tp_cause admin = { .result = L2TP_CDN_ADMIN };

	if (s->owes_cdn)
		send_cdn(e, cc, s->id, s->remote_id, &admin);
	s->owes_cdn = false;
}

/* ---- the state machines ---- */

struct session_rule {
	uint8_t in; /* enum l2tp_session_state */
	uint8_t on; /* enum session_event */
	uint8_t next;
	void (*act)(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
		const struct l2tp_cause *cause);
};

/* clang-format off */
static const struct session_rule lac_rules[] = {
	{ L2TP_SESSION_IDLE,        SEV_OPEN,      L2TP_SESSION_WAIT_TUNNEL, nothing },
	{ L2TP_SESSION_WAIT_TUNNEL, SEV_TUNNEL_UP, L2TP_SESSION_WAIT_REPLY,  send_icrq },
	{ L2TP_SESSION_WAIT_TUNNEL, SEV_CLOSE,     L2TP_SESSION_CLOSED,      end },
	{ L2TP_SESSION_WAIT_TUNNEL, SEV_GONE,      L2TP_SESSION_CLOSED,      end_gone },
	{ L2TP_SESSION_WAIT_REPLY,  SEV_ICRP,      L2TP_SESSION_ESTABLISHED, connect_lac },
	{ L2TP_SESSION_WAIT_REPLY,  SEV_ICRQ,      L2TP_SESSION_CLOSED,      end_fsm },
	{ L2TP_SESSION_WAIT_REPLY,  SEV_ICCN,      L2TP_SESSION_CLOSED,      end_fsm },
	{ L2TP_SESSION_WAIT_REPLY,  SEV_CDN,       L2TP_SESSION_CLOSED,      end },
	{ L2TP_SESSION_WAIT_REPLY,  SEV_OUT,       L2TP_SESSION_CLOSED,      end_fsm },
	{ L2TP_SESSION_WAIT_REPLY,  SEV_CLOSE,     L2TP_SESSION_CLOSED,      end_cdn },
	{ L2TP_SESSION_WAIT_REPLY,  SEV_GONE,      L2TP_SESSION_CLOSED,      end_gone },
	{ L2TP_SESSION_ESTABLISHED, SEV_ICRQ,      L2TP_SESSION_CLOSED,      end_fsm },
	{ L2TP_SESSION_ESTABLISHED, SEV_ICRP,      L2TP_SESSION_CLOSED,      end_fsm },
	{ L2TP_SESSION_ESTABLISHED, SEV_ICCN,      L2TP_SESSION_CLOSED,      end_fsm },
	{ L2TP_SESSION_ESTABLISHED, SEV_CDN,       L2TP_SESSION_CLOSED,      end },
	{ L2TP_SESSION_ESTABLISHED, SEV_OUT,       L2TP_SESSION_CLOSED,      end_fsm },
	{ L2TP_SESSION_ESTABLISHED, SEV_CLOSE,     L2TP_SESSION_CLOSED,      end_cdn },
	{ L2TP_SESSION_ESTABLISHED, SEV_GONE,      L2TP_SESSION_CLOSED,      end_gone },
	{ L2TP_SESSION_CLOSED,      SEV_ICRP,      L2TP_SESSION_CLOSED,      late_cdn },
};

static const struct session_rule lns_rules[] = {
	{ L2TP_SESSION_IDLE,         SEV_ICRQ,   L2TP_SESSION_IDLE,         ask_owner },
	{ L2TP_SESSION_IDLE,         SEV_ACCEPT, L2TP_SESSION_WAIT_CONNECT, send_icrp },
	{ L2TP_SESSION_IDLE,         SEV_ICRP,   L2TP_SESSION_CLOSED,       end_fsm },
	{ L2TP_SESSION_IDLE,         SEV_ICCN,   L2TP_SESSION_CLOSED,       end_fsm },
	{ L2TP_SESSION_IDLE,         SEV_CDN,    L2TP_SESSION_CLOSED,       end },
	{ L2TP_SESSION_IDLE,         SEV_OUT,    L2TP_SESSION_CLOSED,       end_fsm },
	{ L2TP_SESSION_IDLE,         SEV_CLOSE,  L2TP_SESSION_CLOSED,       end_cdn },
	{ L2TP_SESSION_IDLE,         SEV_GONE,   L2TP_SESSION_CLOSED,       end_gone },
	{ L2TP_SESSION_WAIT_CONNECT, SEV_ICCN,   L2TP_SESSION_ESTABLISHED,  came_up },
	{ L2TP_SESSION_WAIT_CONNECT, SEV_ICRQ,   L2TP_SESSION_CLOSED,       end_fsm },
	{ L2TP_SESSION_WAIT_CONNECT, SEV_ICRP,   L2TP_SESSION_CLOSED,       end_fsm },
	{ L2TP_SESSION_WAIT_CONNECT, SEV_CDN,    L2TP_SESSION_CLOSED,       end },
	{ L2TP_SESSION_WAIT_CONNECT, SEV_OUT,    L2TP_SESSION_CLOSED,       end_fsm },
	{ L2TP_SESSION_WAIT_CONNECT, SEV_CLOSE,  L2TP_SESSION_CLOSED,       end_cdn },
	{ L2TP_SESSION_WAIT_CONNECT, SEV_GONE,   L2TP_SESSION_CLOSED,       end_gone },
	{ L2TP_SESSION_ESTABLISHED,  SEV_ICRQ,   L2TP_SESSION_CLOSED,       end_fsm },
	{ L2TP_SESSION_ESTABLISHED,  SEV_ICRP,   L2TP_SESSION_CLOSED,       end_fsm },
	{ L2TP_SESSION_ESTABLISHED,  SEV_ICCN,   L2TP_SESSION_CLOSED,       end_fsm },
	{ L2TP_SESSION_ESTABLISHED,  SEV_CDN,    L2TP_SESSION_CLOSED,       end },
	{ L2TP_SESSION_ESTABLISHED,  SEV_OUT,    L2TP_SESSION_CLOSED,       end_fsm },
	{ L2TP_SESSION_ESTABLISHED,  SEV_CLOSE,  L2TP_SESSION_CLOSED,       end_cdn },
	{ L2TP_SESSION_ESTABLISHED,  SEV_GONE,   L2TP_SESSION_CLOSED,       end_gone },
};
/* clang-format on */

static const char *const event_names[SESSION_N_EVENTS] = {
	[SEV_OPEN] = "open",
	[SEV_TUNNEL_UP] = "tunnel up",
	[SEV_ICRQ] = "icrq",
	[SEV_ACCEPT] = "accept",
	[SEV_ICRP] = "icrp",
	[SEV_ICCN] = "iccn",
	[SEV_CDN] = "cdn",
	[SEV_OUT] = "outgoing call",
	[SEV_CLOSE] = "close",
	[SEV_GONE] = "tunnel down",
};

static const struct session_rule *find_rule(
	const struct l2tp_session *s, enum session_event ev)
{
	const struct session_rule *r = s->lac ? lac_rules : lns_rules;
	size_t n = s->lac ? G_N_ELEMENTS(lac_rules) : G_N_ELEMENTS(lns_rules);

	for (size_t i = 0; i < n; i++)
		if (r[i].in == s->state && r[i].on == ev)
			return &r[i];
	return NULL;
}

static void set_state(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	uint8_t next, enum session_event ev)
{
	if (next == s->state)
		return;
	fx_debug(e, cc->id, s->id, "session %u/%u: %s -> %s on %s", cc->id, s->id,
		l2tp_session_state_name(s->state), l2tp_session_state_name(next),
		event_names[ev]);
	s->state = next;
	s->since = e->now;
	session_recount(e, s);
	if (next == L2TP_SESSION_WAIT_CONNECT || next == L2TP_SESSION_WAIT_REPLY ||
		next == L2TP_SESSION_ESTABLISHED)
		commit_session(e, cc, s);
}

void session_event(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	enum session_event ev, const struct l2tp_cause *cause)
{
	static const struct l2tp_cause none = { .by = L2TP_BY_LOCAL };
	const struct session_rule *r = find_rule(s, ev);

	cc_touch(e, cc);
	if (!r)
		return;
	set_state(e, cc, s, r->next, ev);
	r->act(e, cc, s, cause ? cause : &none);
}

static void fail(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	enum l2tp_by by, uint16_t result, uint16_t error, const char *text)
{
	struct l2tp_result r = { result, error, span_str(text ? text : "") };
	struct l2tp_cause c;

	cause_set(&c, by, &r);
	session_event(e, cc, s, SEV_CLOSE, &c);
}

void session_due(struct l2tp_engine *e, struct l2tp_session *s)
{
	struct l2tp_cc *cc = slab_get(e->ccs, s->cc_index);

	if (s->state == L2TP_SESSION_CLOSED)
		session_bury(e, s);
	else if (s->lac)
		fail(e, cc, s, L2TP_BY_TIMEOUT, L2TP_CDN_TIMEOUT, L2TP_ERROR_NONE, NULL);
	else
		fail(e, cc, s, L2TP_BY_TIMEOUT, L2TP_CDN_ERROR, L2TP_ERROR_VENDOR,
			"call set-up timer");
}

static void tunnel_up(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct dlink *l, *next;

	for (l = cc->sessions.next; l != &cc->sessions; l = next) {
		next = l->next;
		session_event(e, cc, DLINK_OWNER(l, struct l2tp_session, on_cc),
			SEV_TUNNEL_UP, NULL);
	}
}

/* What has heard is freed at the end of this call, so the next slice begins at the front. */
static bool tunnel_gone(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct dlink *l = cc->sessions.next;

	for (unsigned n = 0; n < L2TP_TELL_SLICE && l != &cc->sessions; n++) {
		struct l2tp_session *s = DLINK_OWNER(l, struct l2tp_session, on_cc);

		l = l->next;
		session_event(e, cc, s, SEV_GONE, cc->cause);
		commit_session_gone(e, cc, s);
		session_bury(e, s);
	}
	return l != &cc->sessions;
}

bool sessions_tell(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (cc->state == L2TP_CC_CLOSING)
		return tunnel_gone(e, cc);
	if (cc->state == L2TP_CC_ESTABLISHED)
		tunnel_up(e, cc);
	return false;
}

/* ---- messages in ---- */

static char *keep_number(const struct l2tp_span *s)
{
	return s->len ? g_strndup((const char *)s->p, MIN(s->len, L2TP_NUMBER_MAX - 1u))
		      : NULL;
}

/* The id of a session that never is; without a free one of ours, one that only the other RP
 * would give. */
static uint16_t refusal_id(struct l2tp_engine *e, const struct l2tp_cc *cc)
{
	uint16_t id = session_draw_id(e, cc);
	uint16_t first = id ? 0 : (uint16_t)rng_u32(&e->rng);

	for (unsigned i = 0; !id && i <= UINT16_MAX; i++) {
		uint16_t at = (uint16_t)(first + i);

		if (at && !index_get(e->session_by_id, session_key(cc->id, at)))
			id = at;
	}
	return id;
}

/* Refuses a call for which there is no session object. */
static void refuse(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t theirs,
	uint16_t result, uint16_t error, const char *text)
{
	uint16_t ours = refusal_id(e, cc);
	struct l2tp_result r = { result, error, span_str(text) };
	struct l2tp_cause c;

	fx_debug(e, cc->id, 0, "cc %u: call %u refused: %u/%u %s", cc->id, theirs,
		result, error, text);
	cause_set(&c, L2TP_BY_PROTOCOL, &r);
	/* A peer that floods us with calls does not get to fill the queue. */
	if (ours && cc->chan.queued < CHAN_QUEUE_MAX)
		send_cdn(e, cc, ours, theirs, &c);
}

/* A peer that uses an id again has forgotten the session that had it. */
static bool reused_id(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t theirs)
{
	uint32_t index = index_get(e->session_by_peer, session_key(cc->id, theirs));
	struct l2tp_session *old = slab_get(e->all_sessions, index);

	if (!old || old->state == L2TP_SESSION_CLOSED)
		return false;
	fail(e, cc, old, L2TP_BY_PROTOCOL, L2TP_CDN_ERROR, L2TP_ERROR_RANGE,
		"session id in use");
	return true;
}

static bool room_for_call(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	return cc->chan.queued < CHAN_QUEUE_MAX &&
	       e->counts.setting_up < e->cfg.max_setting_up && limit_icrq(e, cc);
}

static void new_call(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	struct l2tp_session *s;

	if (!room_for_call(e, cc) || e->counts.sessions >= e->cfg.max_sessions) {
		refuse(e, cc, m->assigned_session, L2TP_CDN_ERROR, L2TP_ERROR_RESOURCES,
			"no resources");
		return;
	}
	s = l2tp_session_new(e, cc, 0);
	if (!s) {
		refuse(e, cc, m->assigned_session, L2TP_CDN_NO_FACILITIES_NOW,
			L2TP_ERROR_NONE, "no free session id");
		return;
	}
	s->lac = false;
	s->serial = m->call_serial;
	s->bearer_type = m->bearer_type;
	s->physical_channel = m->physical_channel;
	s->called = keep_number(&m->called);
	s->calling = keep_number(&m->calling);
	s->line = keep_line(&m->line);
	session_set_remote(e, s, m->assigned_session);
	session_recount(e, s);
	session_event(e, cc, s, SEV_ICRQ, NULL);
}

static void on_request(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	uint16_t theirs = m->assigned_session;

	if (cc->state != L2TP_CC_ESTABLISHED) {
		refuse(e, cc, theirs, L2TP_CDN_ERROR, L2TP_ERROR_NO_TUNNEL,
			"tunnel not open");
	} else if (cc->resync == L2TP_RESYNC_VERIFYING && rule_holds(RULE_H4_REFUSE)) {
		e->counts.refused_in_resync++;
		refuse(e, cc, theirs, L2TP_CDN_ERROR, L2TP_ERROR_VENDOR, resync_text);
	} else if (m->type == L2TP_OCRQ) {
		refuse(e, cc, theirs, L2TP_CDN_NO_FACILITIES_NOW, L2TP_ERROR_NONE,
			"no outgoing calls");
	} else if (!reused_id(e, cc, theirs)) {
		new_call(e, cc, m);
	}
}

static void on_icrp(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_msg *m)
{
	if (s->lac && !s->remote_id)
		session_set_remote(e, s, m->assigned_session);
	session_event(e, cc, s, SEV_ICRP, NULL);
}

static void on_iccn(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_msg *m)
{
	if (s->state == L2TP_SESSION_WAIT_CONNECT) {
		s->tx_bps = m->tx_speed;
		s->rx_bps = m->rx_speed;
		s->framing_type = m->framing_type;
		s->sequencing = l2tp_has(m, L2TP_ATTR_SEQUENCING);
		s->proxy = keep_proxy_of(m);
	}
	session_event(e, cc, s, SEV_ICCN, NULL);
}

static void note_ppp_cause(struct l2tp_cause *c, const struct l2tp_msg *m)
{
	if (!l2tp_has(m, L2TP_ATTR_PPP_DISCONNECT))
		return;
	c->ppp = (struct l2tp_ppp_cause){ .known = true,
		.code = m->ppp.code,
		.protocol = m->ppp.protocol,
		.direction = m->ppp.direction };
	span_to_str(&m->ppp.text, c->ppp.text, sizeof(c->ppp.text));
}

static void on_cdn(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_msg *m)
{
	struct l2tp_cause c;

	if (s->remote_id && m->assigned_session && m->assigned_session != s->remote_id)
		fx_debug(e, cc->id, s->id, "session %u/%u: CDN names %u, not %u",
			cc->id, s->id, m->assigned_session, s->remote_id);
	cause_set(&c, L2TP_BY_PEER, &m->result);
	note_ppp_cause(&c, m);
	session_event(e, cc, s, SEV_CDN, &c);
}

struct session_link *session_link(struct l2tp_session *s)
{
	if (!s->link)
		s->link = g_new0(struct session_link, 1);
	return s->link;
}

/* From the LNS, to the LAC of an established call; else it means nothing (M81). */
static void on_sli(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_msg *m)
{
	struct session_link *link;

	if (!s->lac || s->state != L2TP_SESSION_ESTABLISHED)
		return;
	link = session_link(s);
	link->accm_known = true;
	memcpy(link->accm, m->accm, sizeof(link->accm));
	commit_session(e, cc, s);
	memcpy(tell(e, cc, s, L2TP_FX_SESSION_SLI)->accm, m->accm, sizeof(m->accm));
}

static void on_wen(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	const struct l2tp_msg *m)
{
	const uint32_t *n = m->call_errors;
	struct session_link *link;

	if (s->lac || s->state != L2TP_SESSION_ESTABLISHED)
		return;
	link = session_link(s);
	link->errors_known = true;
	link->errors =
		(struct l2tp_call_errors){ n[0], n[1], n[2], n[3], n[4], n[5] };
	commit_session(e, cc, s);
	tell(e, cc, s, L2TP_FX_SESSION_WEN)->errors = link->errors;
}

/* Whom a session message is for.  A peer that never learned our id sends a CDN with session
 * id 0 and names its own. */
static struct l2tp_session *addressee(struct l2tp_engine *e, struct l2tp_cc *cc,
	uint16_t session, const struct l2tp_msg *m)
{
	if (session || m->type != L2TP_CDN || !m->assigned_session)
		return session_by_id(e, cc->id, session);
	return slab_get(
		e->all_sessions, index_get(e->session_by_peer,
					 session_key(cc->id, m->assigned_session)));
}

static void deliver_fault(struct l2tp_engine *e, struct l2tp_cc *cc,
	struct l2tp_session *s, const struct l2tp_msg *m, const struct l2tp_fault *f)
{
	if (s && m->type == L2TP_CDN)
		on_cdn(e, cc, s, m); /* that the peer hangs up we believe anyhow */
	else if (s)
		fail(e, cc, s, L2TP_BY_PROTOCOL, f->result, f->error, f->text);
	else if (m->type == L2TP_ICRQ || m->type == L2TP_OCRQ)
		refuse(e, cc, m->assigned_session, f->result, f->error, f->text);
}

static void deliver_known(struct l2tp_engine *e, struct l2tp_cc *cc,
	struct l2tp_session *s, const struct l2tp_msg *m)
{
	switch (m->type) {
	case L2TP_ICRQ:
		session_event(e, cc, s, SEV_ICRQ, NULL);
		break;
	case L2TP_ICRP:
		on_icrp(e, cc, s, m);
		break;
	case L2TP_ICCN:
		on_iccn(e, cc, s, m);
		break;
	case L2TP_CDN:
		on_cdn(e, cc, s, m);
		break;
	case L2TP_SLI:
		on_sli(e, cc, s, m);
		break;
	case L2TP_WEN:
		on_wen(e, cc, s, m);
		break;
	case L2TP_OCRQ:
	case L2TP_OCRP:
	case L2TP_OCCN:
		session_event(e, cc, s, SEV_OUT, NULL);
		break;
	}
}

void session_deliver(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t session,
	const struct l2tp_msg *m, const struct l2tp_fault *f)
{
	struct l2tp_session *s = addressee(e, cc, session, m);

	if (f)
		deliver_fault(e, cc, s, m, f);
	else if (s)
		deliver_known(e, cc, s, m);
	else if (m->type == L2TP_ICRQ || m->type == L2TP_OCRQ)
		on_request(e, cc, m);
}
