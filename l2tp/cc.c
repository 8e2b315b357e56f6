/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Control connections: the state machine of RFC 2661, section 7.2.1, the messages that drive
 * it, and tunnel authentication.
 *
 * A tunnel of a peer that calls us waits in IDLE until the owner has accepted it: who may call,
 * and with which secret, is not for the engine to know.  CLOSING is the linger of section 5.7:
 * the numbers are kept for one full cycle of retransmission, and duplicates are answered.
 *
 * A peer that did not answer is heard again in that time, when only its own messages had been
 * lost on the way: it knows nothing of the end, and takes our acknowledgements for a tunnel that
 * lives.  Then it is told all of Q, StopCCN at the end, as if it had never been silent.
 */
#include "l2tp/auth.h"
#include "l2tp/internal.h"

static const char vendor_name[] = "twinrp";

enum {
	FIRMWARE = 1,
	FRAMING_BOTH = 3, /* sync and async */
	WINDOW_DEFAULT = 1024,
	WINDOW_MIN = 4,
	NO_SESSION_LAC = 15,
	NO_SESSION_LNS = 10,
	CALL_SETUP = 60,
	SCCRQ_LIFE = 64, /* s: longer than anybody repeats one (10 tries, 1 to 8 s) */
};

/* ---- small things ---- */

struct l2tp_span span_str(const char *s)
{
	return (struct l2tp_span){ (const uint8_t *)s, strlen(s) };
}

void span_to_str(const struct l2tp_span *s, char *to, size_t room)
{
	size_t n = MIN(s->len, room - 1);

	if (n)
		memcpy(to, s->p, n);
	to[n] = 0;
}

void cause_set(struct l2tp_cause *c, enum l2tp_by by, const struct l2tp_result *r)
{
	*c = (struct l2tp_cause){ .by = by, .result = r->result, .error = r->error };
	span_to_str(&r->text, c->text, sizeof(c->text));
}

static void set_cause(struct l2tp_cc *cc, enum l2tp_by by, uint16_t result,
	uint16_t error, const char *text)
{
	struct l2tp_result r = { result, error, span_str(text ? text : "") };

	if (!cc->cause)
		cc->cause = g_new(struct l2tp_cause, 1);
	cause_set(cc->cause, by, &r);
}

static void defaults16(uint16_t *v, uint16_t d)
{
	if (!*v)
		*v = d;
}

static void defaults8(uint8_t *v, uint8_t d)
{
	if (!*v)
		*v = d;
}

static void limit_peer_window(struct l2tp_cc *cc)
{
	uint16_t limit = cc->params.peer_window;

	if (limit && cc->chan.peer_rws > limit)
		chan_set_peer_window(&cc->chan, limit);
}

void cc_params_fill(struct l2tp_cc *cc)
{
	struct l2tp_cc_params *p = &cc->params;

	p->local_name[L2TP_NAME_MAX - 1] = p->group[L2TP_NAME_MAX - 1] = 0;
	p->secret[L2TP_SECRET_MAX - 1] = 0;
	defaults16(&p->rws, WINDOW_DEFAULT);
	p->rws = CLAMP(p->rws, WINDOW_MIN, CHAN_WINDOW_MAX);
	defaults16(&p->retries, 10);
	defaults16(&p->initial_retries, 2);
	defaults8(&p->initial_min_s, 1);
	defaults8(&p->initial_max_s, 8);
	p->initial_max_s = MAX(p->initial_max_s, p->initial_min_s);
	defaults8(&p->timeout_min_s, 1);
	defaults8(&p->timeout_max_s, 8);
	p->timeout_max_s = MAX(p->timeout_max_s, p->timeout_min_s);
	defaults16(&p->zlb_delay_ms, 100);
	defaults16(&p->setup_s, 10);
	defaults16(&p->resync, L2TP_RESYNC_DEFAULT);
	defaults16(&p->call_setup_s, CALL_SETUP);
	if (!p->no_session_s)
		p->no_session_s = cc->lac ? NO_SESSION_LAC : NO_SESSION_LNS;
	if (!p->local_name[0])
		g_strlcpy(p->local_name, vendor_name, sizeof(p->local_name));
	cc->chan.whole_window = p->no_congestion_control;
	cc->chan.rws = p->ha ? MIN(p->rws, p->resync) : p->rws;
	limit_peer_window(cc);
}

static void life_timer(struct l2tp_engine *e, struct l2tp_cc *cc, base_dur d)
{
	timer_set(e->wheel, &cc->t_life, time_add(e->now, d));
}

/* ---- messages out ---- */

static void forget_challenge(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	uint64_t key;

	if (!cc->challenged)
		return;
	memcpy(&key, cc->challenge, sizeof(key));
	if (index_get(e->challenges, key) == cc->index)
		index_del(e->challenges, key);
	cc->challenged = false;
}

static void add_challenge(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_msg *m)
{
	uint64_t key;

	if (!cc->params.challenge || !cc->params.secret[0])
		return;
	rng_bytes(&e->rng, cc->challenge, sizeof(cc->challenge));
	memcpy(&key, cc->challenge, sizeof(key));
	index_put(e->challenges, key, cc->index);
	cc->challenged = true;
	m->challenge = (struct l2tp_span){ cc->challenge, sizeof(cc->challenge) };
	m->have |= l2tp_bit(L2TP_ATTR_CHALLENGE);
}

/* Would we answer a challenge of our own, sent back by somebody without the secret? */
static bool is_our_challenge(const struct l2tp_engine *e, const struct l2tp_msg *m)
{
	const struct l2tp_cc *cc;
	uint64_t key;

	if (m->challenge.len != L2TP_CHALLENGE_LEN)
		return false;
	memcpy(&key, m->challenge.p, sizeof(key));
	cc = slab_get(e->ccs, index_get(e->challenges, key));
	return cc && l2tp_auth_equal(cc->challenge, m->challenge.p, L2TP_CHALLENGE_LEN);
}

static void add_response(struct l2tp_cc *cc, struct l2tp_msg *m)
{
	if (!cc->peer_challenge_len)
		return;
	l2tp_auth_response((uint8_t)m->type, cc->params.secret, cc->peer_challenge,
		cc->peer_challenge_len, m->response);
	m->have |= l2tp_bit(L2TP_ATTR_RESPONSE);
}

/* What SCCRQ and SCCRP have in common. */
static struct l2tp_msg introduction(const struct l2tp_cc *cc, enum l2tp_msg_type type)
{
	return (struct l2tp_msg){
		.type = type,
		.have = l2tp_bit(L2TP_ATTR_PROTOCOL_VERSION) |
			l2tp_bit(L2TP_ATTR_FRAMING_CAPS) |
			l2tp_bit(L2TP_ATTR_BEARER_CAPS) | l2tp_bit(L2TP_ATTR_FIRMWARE) |
			l2tp_bit(L2TP_ATTR_HOST_NAME) |
			l2tp_bit(L2TP_ATTR_VENDOR_NAME) |
			l2tp_bit(L2TP_ATTR_ASSIGNED_TUNNEL) |
			l2tp_bit(L2TP_ATTR_RECEIVE_WINDOW),
		.version = L2TP_PROTOCOL_VERSION,
		.framing_caps = FRAMING_BOTH,
		.firmware = FIRMWARE,
		.host_name = span_str(cc->params.local_name),
		.vendor_name = span_str(vendor_name),
		.assigned_tunnel = cc->id,
		.receive_window = cc->chan.rws,
	};
}

static void send_stopccn(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	const struct l2tp_cause *c = cc->cause;

	cc_send(e, cc, 0,
		&(struct l2tp_msg){
			.type = L2TP_STOPCCN,
			.have = l2tp_bit(L2TP_ATTR_ASSIGNED_TUNNEL) |
				l2tp_bit(L2TP_ATTR_RESULT_CODE),
			.assigned_tunnel = cc->id,
			.result = { c->result, c->error, span_str(c->text) },
		});
}

/* ---- actions of the state machine ---- */

/* The established tunnel whose id at the peer cc claims; NULL: there is none. */
static struct l2tp_cc *older_of(const struct l2tp_engine *e, const struct l2tp_cc *cc)
{
	struct l2tp_cc *older = slab_get(e->ccs, cc->older);

	return older && older != cc && older->serial == cc->older_serial && !older->dead &&
			       older->remote_id == cc->remote_id &&
			       older->state == L2TP_CC_ESTABLISHED
		       ? older
		       : NULL;
}

/* Nobody to tell; or whom we would tell is perhaps another, who has a tunnel of that id. */
static bool keeps_quiet(const struct l2tp_engine *e, const struct l2tp_cc *cc)
{
	return (!cc->remote_id && !cc->lac) || (!cc->authentic && older_of(e, cc));
}

static void add_tie(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_msg *m)
{
	if (cc->params.no_tie_breaker)
		return;
	cc->tie = rng_u64(&e->rng) | 1; /* 0 is: none */
	m->tie_breaker = cc->tie;
	m->have |= l2tp_bit(L2TP_ATTR_TIE_BREAKER);
}

static void open_sccrq(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct l2tp_msg m = introduction(cc, L2TP_SCCRQ);

	add_challenge(e, cc, &m);
	add_tie(e, cc, &m);
	cc_send(e, cc, 0, &m);
	cc_opening_add(e, cc);
	life_timer(e, cc, dur_s(cc->params.setup_s));
}

static void ask_owner(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct l2tp_effect *fx = fx_push(
		e, L2TP_FX_CC_REQUEST, cc->id, 0, cc->peer_name, strlen(cc->peer_name));

	fx->peer_name = (const char *)fx->bytes;
	fx->bytes = NULL;
	fx->len = 0;
	fx->path = cc->path;
	cc->owner_knows = true;
}

static void send_sccrp(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct l2tp_msg m = introduction(cc, L2TP_SCCRP);

	add_challenge(e, cc, &m);
	add_response(cc, &m);
	cc_send(e, cc, 0, &m);
	life_timer(e, cc, dur_s(cc->params.setup_s));
}

static void came_up(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct l2tp_effect *fx;

	cc->authentic = true;
	forget_challenge(e, cc);
	cc_opening_del(e, cc);
	timer_cancel(e->wheel, &cc->t_life);
	cc_arm_hello(e, cc);
	cc->tell_sessions = true;
	fx = fx_push(e, L2TP_FX_CC_UP, cc->id, 0, NULL, 0);
	fx->path = cc->path;
}

/* ha-commit.md, section 2: the transaction that creates SCCCN is the first one of the tunnel,
 * and the SCCRP that caused it is not acknowledged before. */
static void up_initiator(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct l2tp_msg m = { .type = L2TP_SCCCN };

	commit_begin(e, cc, 1);
	add_response(cc, &m);
	cc_send(e, cc, 0, &m);
	came_up(e, cc);
}

/* The tunnel that the peer had under the same id, before it was started again, ends without a
 * word: to the peer its id is the new tunnel's.  Not before the new one is authentic, since
 * anybody can send an SCCRQ. */
static void end_older(struct l2tp_engine *e, const struct l2tp_cc *cc)
{
	struct l2tp_cc *older = older_of(e, cc);

	if (older)
		cc_abandon(e, older, L2TP_BY_PEER, L2TP_STOP_GENERAL,
			"peer has started again");
}

static void up_responder(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	commit_begin(e, cc, 1);
	came_up(e, cc);
	end_older(e, cc);
}

static void end(struct l2tp_engine *e, struct l2tp_cc *cc, enum closing how)
{
	cc->closing = how;
	forget_challenge(e, cc);
	cc_opening_del(e, cc);
	timer_cancel(e->wheel, &cc->t_hello);
	if (how != CLOSING_ANNOUNCE)
		cc_stop_sending(e, cc);
	resync_end(e, cc, L2TP_RESYNC_FAILED);
	life_timer(e, cc, cc_full_cycle(cc));
	cc->tell_sessions = true;
	cc->down_pending = cc->owner_knows;
	commit_cc(e, cc, DIRTY_CC);
}

static void end_announced(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (keeps_quiet(e, cc)) {
		end(e, cc, CLOSING_QUIET);
		return;
	}
	/* An SCCRQ that was never answered: StopCCN to tunnel 0 once, no more. */
	end(e, cc, cc->remote_id ? CLOSING_ANNOUNCE : CLOSING_LAST);
	send_stopccn(e, cc);
}

static void end_fsm(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	set_cause(cc, L2TP_BY_PROTOCOL, L2TP_STOP_FSM, L2TP_ERROR_NONE, NULL);
	end_announced(e, cc);
}

static void end_quiet(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	end(e, cc, CLOSING_QUIET);
}

static void end_dead(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (keeps_quiet(e, cc)) {
		end(e, cc, CLOSING_QUIET);
		return;
	}
	end(e, cc, CLOSING_LAST);
	send_stopccn(e, cc);
}

static void go_quiet(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc->closing = CLOSING_QUIET;
	cc_stop_sending(e, cc);
	commit_cc(e, cc, DIRTY_CC);
}

static void give_up(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc->closing = cc->told_late ? CLOSING_QUIET : CLOSING_LAST;
	cc_stop_sending(e, cc);
	commit_cc(e, cc, DIRTY_CC);
}

static void announce_late(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc->told_late = true;
	cc->closing = CLOSING_ANNOUNCE;
	chan_restart(&cc->chan);
	life_timer(e, cc, cc_full_cycle(cc));
	commit_cc(e, cc, DIRTY_CC);
}

/* ---- the state machine ---- */

static const struct cc_rule {
	uint8_t in; /* enum l2tp_cc_state */
	uint8_t on; /* enum cc_event */
	uint8_t next;
	void (*act)(struct l2tp_engine *e, struct l2tp_cc *cc);
} cc_rules[] = {
	/* clang-format off */
	{ L2TP_CC_IDLE,        EV_OPEN,     L2TP_CC_WAIT_REPLY,  open_sccrq },
	{ L2TP_CC_IDLE,        EV_SCCRQ,    L2TP_CC_IDLE,        ask_owner },
	{ L2TP_CC_IDLE,        EV_ACCEPT,   L2TP_CC_WAIT_CONN,   send_sccrp },
	{ L2TP_CC_IDLE,        EV_SCCRP,    L2TP_CC_CLOSING,     end_fsm },
	{ L2TP_CC_IDLE,        EV_SCCCN,    L2TP_CC_CLOSING,     end_fsm },
	{ L2TP_CC_IDLE,        EV_STOPCCN,  L2TP_CC_CLOSING,     end_quiet },
	{ L2TP_CC_IDLE,        EV_CLOSE,    L2TP_CC_CLOSING,     end_announced },
	{ L2TP_CC_WAIT_REPLY,  EV_SCCRP,    L2TP_CC_ESTABLISHED, up_initiator },
	{ L2TP_CC_WAIT_REPLY,  EV_SCCRQ,    L2TP_CC_CLOSING,     end_fsm },
	{ L2TP_CC_WAIT_REPLY,  EV_SCCCN,    L2TP_CC_CLOSING,     end_fsm },
	{ L2TP_CC_WAIT_REPLY,  EV_STOPCCN,  L2TP_CC_CLOSING,     end_quiet },
	{ L2TP_CC_WAIT_REPLY,  EV_CLOSE,    L2TP_CC_CLOSING,     end_announced },
	{ L2TP_CC_WAIT_REPLY,  EV_DEAD,     L2TP_CC_CLOSING,     end_dead },
	{ L2TP_CC_WAIT_REPLY,  EV_ABANDON,  L2TP_CC_CLOSING,     end_quiet },
	{ L2TP_CC_WAIT_CONN,   EV_SCCCN,    L2TP_CC_ESTABLISHED, up_responder },
	{ L2TP_CC_WAIT_CONN,   EV_SCCRQ,    L2TP_CC_CLOSING,     end_fsm },
	{ L2TP_CC_WAIT_CONN,   EV_SCCRP,    L2TP_CC_CLOSING,     end_fsm },
	{ L2TP_CC_WAIT_CONN,   EV_STOPCCN,  L2TP_CC_CLOSING,     end_quiet },
	{ L2TP_CC_WAIT_CONN,   EV_CLOSE,    L2TP_CC_CLOSING,     end_announced },
	{ L2TP_CC_WAIT_CONN,   EV_DEAD,     L2TP_CC_CLOSING,     end_dead },
	{ L2TP_CC_ESTABLISHED, EV_SCCRQ,    L2TP_CC_CLOSING,     end_fsm },
	{ L2TP_CC_ESTABLISHED, EV_SCCRP,    L2TP_CC_CLOSING,     end_fsm },
	{ L2TP_CC_ESTABLISHED, EV_SCCCN,    L2TP_CC_CLOSING,     end_fsm },
	{ L2TP_CC_ESTABLISHED, EV_STOPCCN,  L2TP_CC_CLOSING,     end_quiet },
	{ L2TP_CC_ESTABLISHED, EV_CLOSE,    L2TP_CC_CLOSING,     end_announced },
	{ L2TP_CC_ESTABLISHED, EV_DEAD,     L2TP_CC_CLOSING,     end_dead },
	{ L2TP_CC_ESTABLISHED, EV_ABANDON,  L2TP_CC_CLOSING,     end_quiet },
	{ L2TP_CC_CLOSING,     EV_STOPCCN,  L2TP_CC_CLOSING,     go_quiet },
	{ L2TP_CC_CLOSING,     EV_DEAD,     L2TP_CC_CLOSING,     give_up },
	{ L2TP_CC_CLOSING,     EV_HEARD,    L2TP_CC_CLOSING,     announce_late },
	/* clang-format on */
};

static const char *const event_names[CC_N_EVENTS] = {
	[EV_OPEN] = "open",
	[EV_SCCRQ] = "sccrq",
	[EV_ACCEPT] = "accept",
	[EV_SCCRP] = "sccrp",
	[EV_SCCCN] = "scccn",
	[EV_STOPCCN] = "stopccn",
	[EV_CLOSE] = "close",
	[EV_DEAD] = "no answer",
	[EV_HEARD] = "heard again",
	[EV_ABANDON] = "abandon",
};

void cc_event(struct l2tp_engine *e, struct l2tp_cc *cc, enum cc_event ev)
{
	cc_touch(e, cc);
	for (size_t i = 0; i < G_N_ELEMENTS(cc_rules); i++) {
		const struct cc_rule *r = &cc_rules[i];

		if (r->in != cc->state || r->on != ev)
			continue;
		if (r->next != cc->state) {
			fx_debug(e, cc->id, 0, "cc %u: %s -> %s on %s", cc->id,
				l2tp_cc_state_name(cc->state),
				l2tp_cc_state_name(r->next), event_names[ev]);
			cc->state = r->next;
			cc->since = e->now;
		}
		r->act(e, cc);
		return;
	}
}

void cc_fail(struct l2tp_engine *e, struct l2tp_cc *cc, enum l2tp_by by,
	uint16_t result, uint16_t error, const char *text)
{
	if (cc->state == L2TP_CC_CLOSING)
		return;
	set_cause(cc, by, result, error, text);
	cc_event(e, cc, EV_CLOSE);
}

void cc_dead(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (cc->state != L2TP_CC_CLOSING)
		set_cause(cc, L2TP_BY_TIMEOUT, L2TP_STOP_GENERAL, L2TP_ERROR_NONE, "no answer");
	cc_event(e, cc, EV_DEAD);
}

void cc_abandon(struct l2tp_engine *e, struct l2tp_cc *cc, enum l2tp_by by,
	uint16_t result, const char *text)
{
	set_cause(cc, by, result, L2TP_ERROR_NONE, text);
	cc_event(e, cc, EV_ABANDON);
}

static void reject(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t result,
	uint16_t error, const char *text)
{
	cc_fail(e, cc, L2TP_BY_PROTOCOL, result, error, text);
}

/* ---- messages in ---- */

static void note_peer(struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	span_to_str(&m->host_name, cc->peer_name, sizeof(cc->peer_name));
	span_to_str(&m->vendor_name, cc->peer_vendor, sizeof(cc->peer_vendor));
	if (l2tp_has(m, L2TP_ATTR_RECEIVE_WINDOW))
		chan_set_peer_window(&cc->chan, m->receive_window);
	limit_peer_window(cc);
	cc->peer_challenge_len = (uint8_t)m->challenge.len;
	if (m->challenge.len)
		memcpy(cc->peer_challenge, m->challenge.p, m->challenge.len);
}

/* Version and challenge of an SCCRQ or SCCRP; false: it was refused. */
static bool check_introduction(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	if (m->version >> 8 != L2TP_PROTOCOL_VERSION >> 8) {
		reject(e, cc, L2TP_STOP_VERSION, L2TP_PROTOCOL_VERSION, NULL);
		return false;
	}
	if (is_our_challenge(e, m)) {
		reject(e, cc, L2TP_STOP_NOT_AUTHORIZED, L2TP_ERROR_NONE, "reflected challenge");
		return false;
	}
	return true;
}

/* Did the peer prove that it knows the secret, if we asked?  False: it was refused. */
static bool check_response(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	uint8_t want[16];

	if (!cc->challenged)
		return true;
	l2tp_auth_response((uint8_t)m->type, cc->params.secret, cc->challenge,
		sizeof(cc->challenge), want);
	if (l2tp_has(m, L2TP_ATTR_RESPONSE) && l2tp_auth_equal(want, m->response, 16))
		return true;
	reject(e, cc, L2TP_STOP_NOT_AUTHORIZED, L2TP_ERROR_NONE, "challenge response");
	return false;
}

/* We can answer a challenge only with a secret; false: it was refused. */
static bool check_secret(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (!cc->peer_challenge_len || cc->params.secret[0])
		return true;
	reject(e, cc, L2TP_STOP_NOT_AUTHORIZED, L2TP_ERROR_NONE, "no tunnel secret");
	return false;
}

static void on_sccrq(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	if (cc->state == L2TP_CC_IDLE && !check_introduction(e, cc, m))
		return;
	if (cc->state == L2TP_CC_IDLE)
		note_peer(cc, m);
	cc_event(e, cc, EV_SCCRQ);
}

static void on_sccrp(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	if (cc->state == L2TP_CC_WAIT_REPLY) {
		cc_set_remote(e, cc, m->assigned_tunnel);
		if (!check_introduction(e, cc, m) || !check_response(e, cc, m))
			return;
		note_peer(cc, m);
		if (!check_secret(e, cc))
			return;
	}
	cc_event(e, cc, EV_SCCRP);
}

static void on_scccn(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	if (cc->state == L2TP_CC_WAIT_CONN && !check_response(e, cc, m))
		return;
	cc_event(e, cc, EV_SCCCN);
}

static void on_stopccn(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	if (cc->state != L2TP_CC_CLOSING) {
		if (!cc->cause)
			cc->cause = g_new(struct l2tp_cause, 1);
		cause_set(cc->cause, L2TP_BY_PEER, &m->result);
	}
	/* A peer that refuses our SCCRQ tells its id here; we need it to acknowledge. */
	if (!cc->remote_id && m->assigned_tunnel)
		cc_set_remote(e, cc, m->assigned_tunnel);
	if (!rule_holds(RULE_H1_STOPCCN))
		cc->chan.r_dur = cc->chan.r_rx;
	cc_event(e, cc, EV_STOPCCN);
}

static void on_hello(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	if (!rule_holds(RULE_H1_HELLO))
		cc->chan.r_dur = cc->chan.r_rx;
}

static const struct {
	uint16_t type;
	void (*handle)(
		struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m);
} handlers[] = {
	{ L2TP_SCCRQ, on_sccrq },
	{ L2TP_SCCRP, on_sccrp },
	{ L2TP_SCCCN, on_scccn },
	{ L2TP_STOPCCN, on_stopccn },
	{ L2TP_HELLO, on_hello },
};

static void deliver_tunnel(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_msg *m)
{
	for (size_t i = 0; i < G_N_ELEMENTS(handlers); i++)
		if (handlers[i].type == m->type)
			handlers[i].handle(e, cc, m);
}

static enum l2tp_scope scope_of(const struct l2tp_msg *m, uint16_t session)
{
	const struct l2tp_msg_info *info = l2tp_msg_info(m->type);

	if (info)
		return info->scope;
	return session ? L2TP_SCOPE_SESSION : L2TP_SCOPE_TUNNEL;
}

/* The content of a message cannot be accepted.  It was taken into sequence all the same. */
static void deliver_bad(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t session,
	const struct l2tp_msg *m, const struct l2tp_fault *f)
{
	fx_debug(e, cc->id, session, "cc %u: %s refused: %u/%u %s", cc->id,
		l2tp_msg_name(m->type), f->result, f->error, f->text);
	engine_drop(e, cc, L2TP_DROP_MALFORMED);
	if (m->type == L2TP_STOPCCN) { /* that the peer leaves we believe anyhow */
		on_stopccn(e, cc, m);
		return;
	}
	if (m->type == L2TP_SCCRP && cc->state == L2TP_CC_WAIT_REPLY &&
		m->assigned_tunnel)
		cc_set_remote(e, cc, m->assigned_tunnel);
	if (f->tunnel || scope_of(m, session) == L2TP_SCOPE_TUNNEL)
		reject(e, cc, f->result, f->error, f->text);
	else
		session_deliver(e, cc, session, m, f);
}

void cc_deliver(
	struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t session, struct rd body)
{
	bool early = cc->state == L2TP_CC_IDLE; /* the owner has not told the secret */
	struct l2tp_unhide u;
	struct l2tp_msg m;
	struct l2tp_fault f;
	enum l2tp_verdict v;

	unhide_init(&u, cc->params.secret, early);
	v = l2tp_msg_decode_hidden(body, &u, &m, &f);
	if (early && m.unread && !cc->request)
		cc->request = g_bytes_new(body.p, rd_left(&body));
	if (cc->state == L2TP_CC_CLOSING && m.type != L2TP_STOPCCN)
		return;
	switch (v) {
	case L2TP_MSG_IGNORE:
		fx_debug(e, cc->id, session, "cc %u: message type %u ignored", cc->id,
			m.type);
		break;
	case L2TP_MSG_BAD:
		deliver_bad(e, cc, session, &m, &f);
		break;
	case L2TP_MSG_OK:
		if (scope_of(&m, session) == L2TP_SCOPE_TUNNEL)
			deliver_tunnel(e, cc, &m);
		else
			session_deliver(e, cc, session, &m, NULL);
		break;
	}
}

/* ---- a new peer ---- */

/* Tie breaker (section 4.4.3): the lower one wins, having one wins over having none. */
enum tie { TIE_NONE, TIE_OURS, TIE_PEERS, TIE_EQUAL };

static enum tie compare_ties(const struct l2tp_cc *ours, const struct l2tp_msg *m)
{
	bool theirs = l2tp_has(m, L2TP_ATTR_TIE_BREAKER);

	if (!ours->tie || !theirs)
		return ours->tie ? TIE_OURS : theirs ? TIE_PEERS : TIE_NONE;
	if (ours->tie == m->tie_breaker)
		return TIE_EQUAL;
	return ours->tie < m->tie_breaker ? TIE_OURS : TIE_PEERS;
}

/* An SCCRQ while ours to the same peer are unanswered.  False: it loses, and is dropped without
 * a word; if it wins, ours end without a word. */
static bool break_tie(struct l2tp_engine *e, const struct l2tp_path *path,
	const struct l2tp_msg *m)
{
	bool wins = true;
	uint32_t i, next, first = index_get(e->opening, path->remote_ip);
	struct l2tp_cc *cc;

	for (i = first; (cc = slab_get(e->ccs, i)); i = cc->opening_next) {
		enum tie tie = compare_ties(cc, m);

		if (tie == TIE_OURS || tie == TIE_EQUAL)
			wins = false;
	}
	for (i = first; (cc = slab_get(e->ccs, i)); i = next) {
		enum tie tie = compare_ties(cc, m);

		next = cc->opening_next;
		if (tie == TIE_EQUAL || (wins && tie == TIE_PEERS))
			cc_abandon(e, cc, L2TP_BY_PEER, L2TP_STOP_EXISTS,
				"tie breaker");
	}
	return wins;
}

/* A peer repeats the same bytes, and not longer than it waits for an answer. */
bool cc_peer_restarted(const struct l2tp_engine *e, const struct l2tp_cc *cc, uint64_t hash)
{
	bool done = cc->state == L2TP_CC_ESTABLISHED || cc->state == L2TP_CC_CLOSING;

	if (cc->request_hash && cc->request_hash != hash)
		return true;
	return done && time_sub(e->now, cc->since).ns > dur_s(SCCRQ_LIFE).ns;
}

/* An SCCRQ from somebody we do not know.  Until it is authentic it costs one record, of which
 * there are few for each source, and one answer, not longer than the question. */
void cc_input_new(struct l2tp_engine *e, const struct l2tp_path *path,
	const struct l2tp_hdr *h, struct rd body, uint64_t hash, bool hidden)
{
	struct l2tp_unhide u;
	struct l2tp_msg m;
	struct l2tp_fault f;
	struct l2tp_cc *cc;

	unhide_init(&u, NULL, true);
	(void)l2tp_msg_decode_hidden(body, &u, &m, &f);
	if (h->ns != e->cfg.first_ns || h->nr != e->cfg.first_ns) {
		engine_drop(e, NULL, L2TP_DROP_NR_AHEAD);
		return;
	}
	if (!limit_sccrq(e, path))
		return;
	if (!f.result && !break_tie(e, path, &m)) {
		engine_drop(e, NULL, L2TP_DROP_TIE);
		return;
	}
	cc = cc_new(e, 0, path);
	if (!cc) {
		engine_drop(e, NULL, L2TP_DROP_LIMIT);
		return;
	}
	cc_set_remote(e, cc, m.assigned_tunnel);
	cc->request_hash = hash;
	cc->request_key = hidden ? hash : 0;
	if (hidden)
		index_put(e->hidden_requests, hash, cc->index);
	life_timer(e, cc, dur_s(cc->params.setup_s));
	cc_recount(e, cc);
	cc_receive(e, cc, h, body);
}

/* ---- timers ---- */

void cc_life_due(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	switch (cc->state) {
	case L2TP_CC_CLOSING:
		if (cc->tell_more) { /* its sessions go first */
			life_timer(e, cc, dur_s(1));
			break;
		}
		commit_cc_gone(e, cc);
		cc_bury(e, cc);
		break;
	case L2TP_CC_ESTABLISHED:
		if (!cc->n_sessions)
			cc_fail(e, cc, L2TP_BY_LOCAL, L2TP_STOP_GENERAL, L2TP_ERROR_NONE,
				"no sessions");
		break;
	case L2TP_CC_IDLE:
	case L2TP_CC_WAIT_REPLY:
	case L2TP_CC_WAIT_CONN:
		cc_fail(e, cc, L2TP_BY_TIMEOUT, L2TP_STOP_GENERAL, L2TP_ERROR_NONE, "set-up timer");
		break;
	}
}

void cc_watch_sessions(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (cc->state != L2TP_CC_ESTABLISHED)
		return;
	if (cc->n_sessions || cc->params.no_session_s == UINT32_MAX)
		timer_cancel(e->wheel, &cc->t_life);
	else if (!timer_armed(&cc->t_life))
		life_timer(e, cc, dur_s(cc->params.no_session_s));
}

/* ---- orders ---- */

uint16_t l2tp_cc_open(struct l2tp_engine *e, const struct l2tp_path *path,
	const struct l2tp_cc_params *params, base_time now)
{
	struct l2tp_cc *cc;

	engine_enter(e, now);
	if (e->passive || !(cc = cc_new(e, 0, path)))
		return 0;
	cc->lac = true;
	cc->params = *params;
	cc_params_fill(cc);
	cc->owner_knows = true;
	cc_recount(e, cc);
	cc_event(e, cc, EV_OPEN);
	engine_leave(e);
	return cc->id;
}

static struct l2tp_cc *requested(struct l2tp_engine *e, uint16_t id)
{
	struct l2tp_cc *cc = cc_by_id(e, id);

	return cc && cc->state == L2TP_CC_IDLE && cc->owner_knows && !e->passive ? cc
										 : NULL;
}

/* The secret is known now, and with it what the SCCRQ hid; false: it was refused. */
static bool read_request(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	g_autoptr(GBytes) body = g_steal_pointer(&cc->request);
	struct l2tp_unhide u;
	struct l2tp_msg m;
	struct l2tp_fault f;
	gsize n;

	if (!body)
		return true;
	unhide_init(&u, cc->params.secret, false);
	const uint8_t *p = g_bytes_get_data(body, &n);
	(void)l2tp_msg_decode_hidden(rd_init(p, n), &u, &m, &f);
	if (!cc->remote_id)
		cc_set_remote(e, cc, m.assigned_tunnel);
	if (f.result) {
		engine_drop(e, cc, L2TP_DROP_MALFORMED);
		reject(e, cc, f.result, f.error, f.text);
		return false;
	}
	if (!check_introduction(e, cc, &m))
		return false;
	note_peer(cc, &m);
	return true;
}

void l2tp_cc_accept(struct l2tp_engine *e, uint16_t id,
	const struct l2tp_cc_params *params, base_time now)
{
	struct l2tp_cc *cc = requested(e, id);

	engine_enter(e, now);
	if (cc) {
		cc->params = *params;
		cc_params_fill(cc);
		if (read_request(e, cc) && check_secret(e, cc))
			cc_event(e, cc, EV_ACCEPT);
	}
	engine_leave(e);
}

void l2tp_cc_reject(struct l2tp_engine *e, uint16_t id, uint16_t result, uint16_t error,
	const char *text, base_time now)
{
	struct l2tp_cc *cc = requested(e, id);

	engine_enter(e, now);
	if (cc) {
		cc->owner_knows = false; /* it is not told what it said itself */
		cc_fail(e, cc, L2TP_BY_LOCAL, result, error, text);
	}
	engine_leave(e);
}

void l2tp_cc_close(struct l2tp_engine *e, uint16_t id, uint16_t result, uint16_t error,
	const char *text, base_time now)
{
	struct l2tp_cc *cc = cc_by_id(e, id);

	engine_enter(e, now);
	if (cc && !e->passive)
		cc_fail(e, cc, L2TP_BY_LOCAL, result, error, text);
	engine_leave(e);
}
