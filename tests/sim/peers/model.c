/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See model.h.  RFC 2661, sections 5.1 to 5.7 and 7.2 to 7.4, as far as a LAC that places
 * incoming calls needs them, and what an LNS does alike.
 */
#include "tests/sim/peers/model_int.h"

#include "l2tp/auth.h"

#include <string.h>

enum {
	STOP_SHUTDOWN = 6, /* RFC 2661, section 4.4.2 */
	STOP_ERROR = 2,
	ERROR_UNKNOWN_AVP = 8,
	CDN_TIMEOUT = 10,
};

struct effect {
	struct l2tp_effect fx;
	uint8_t bytes[];
};

/* ---- effects ---- */

struct l2tp_effect *model_effect(struct model *m, enum l2tp_effect_kind kind,
	uint16_t cc, uint16_t session, const uint8_t *bytes, size_t len)
{
	struct effect *e = g_malloc0(sizeof(*e) + len);

	e->fx = (struct l2tp_effect){ .kind = kind, .cc = cc, .session = session, .len = len };
	if (len)
		memcpy(e->bytes, bytes, len);
	e->fx.bytes = e->bytes;
	g_queue_push_tail(&m->effects, e);
	return &e->fx;
}

static void set_cause(
	struct l2tp_effect *fx, enum l2tp_by by, const struct l2tp_result *r)
{
	fx->cause.by = by;
	if (!r)
		return;
	fx->cause.result = r->result;
	fx->cause.error = r->error;
	memcpy(fx->cause.text, r->text.p ? r->text.p : (const uint8_t *)"",
		MIN(r->text.len, sizeof(fx->cause.text) - 1));
}

static bool model_poll(void *self, struct l2tp_effect *out)
{
	struct model *m = self;

	g_clear_pointer(&m->shown, g_free);
	m->shown = g_queue_pop_head(&m->effects);
	if (m->shown)
		*out = m->shown->fx;
	return m->shown;
}

/* ---- finding ---- */

struct tunnel *model_find_tunnel(const struct model *m, uint16_t id)
{
	for (GList *l = m->tunnels.head; l; l = l->next)
		if (((struct tunnel *)l->data)->id == id)
			return l->data;
	return NULL;
}

struct call *model_find_call(const struct model *m, uint16_t tunnel, uint16_t id)
{
	for (GList *l = m->calls.head; l; l = l->next) {
		struct call *c = l->data;

		if (c->tunnel == tunnel && c->id == id)
			return c;
	}
	return NULL;
}

static bool id_used(const struct model *m, uint16_t id)
{
	for (GList *l = m->calls.head; l; l = l->next)
		if (((struct call *)l->data)->id == id)
			return true;
	return model_find_tunnel(m, id);
}

/* Of a tunnel or a call; there are always more ids than both. */
uint16_t model_new_id(struct model *m)
{
	do
		m->next_id = (uint16_t)(m->next_id % m->ids + 1);
	while (id_used(m, m->next_id));
	return m->next_id;
}

/* ---- messages out ---- */

static bool of_setup(uint16_t type)
{
	return type != L2TP_CDN && type != L2TP_STOPCCN && type != L2TP_HELLO;
}

void model_say(
	struct tunnel *t, uint16_t session, const struct l2tp_msg *msg, base_time now)
{
	uint8_t buf[L2TP_MESSAGE_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_msg_encode(msg, &w);
	ctl_send(&t->ctl, session, w.buf, w.len, of_setup(msg->type),
		msg->type == L2TP_HELLO, now);
}

struct l2tp_span model_span(const void *p, size_t n)
{
	return (struct l2tp_span){ p, n };
}

static void send_sccrq(struct tunnel *t, base_time now)
{
	const struct manner *m = t->ctl.m;
	struct l2tp_msg msg = {
		.type = L2TP_SCCRQ,
		.have = l2tp_bit(L2TP_ATTR_PROTOCOL_VERSION) | l2tp_bit(L2TP_ATTR_HOST_NAME) |
			l2tp_bit(L2TP_ATTR_FRAMING_CAPS) | l2tp_bit(L2TP_ATTR_ASSIGNED_TUNNEL),
		.version = PROTOCOL_1_0,
		.framing_caps = CAPS_BOTH,
		.host_name = model_span(t->params.local_name, strlen(t->params.local_name)),
		.assigned_tunnel = t->id,
		.receive_window = t->ctl.rws,
		.challenge = model_span(t->challenge, CHALLENGE_LEN),
	};

	if (m->vendor) {
		msg.vendor_name = model_span(m->vendor, strlen(m->vendor));
		msg.have |= l2tp_bit(L2TP_ATTR_VENDOR_NAME);
	}
	if (m->rws || t->params.rws)
		msg.have |= l2tp_bit(L2TP_ATTR_RECEIVE_WINDOW);
	if (t->params.challenge)
		msg.have |= l2tp_bit(L2TP_ATTR_CHALLENGE);
	model_say(t, 0, &msg, now);
}

void model_say_result(struct tunnel *t, const struct call *c, uint16_t result,
	uint16_t error, base_time now)
{
	struct l2tp_msg msg = {
		.type = c ? L2TP_CDN : L2TP_STOPCCN,
		.have = l2tp_bit(L2TP_ATTR_RESULT_CODE),
		.result = { .result = result, .error = error },
		.assigned_tunnel = t->id,
		.assigned_session = c ? c->id : 0,
	};

	msg.have |= l2tp_bit(c ? L2TP_ATTR_ASSIGNED_SESSION : L2TP_ATTR_ASSIGNED_TUNNEL);
	model_say(t, c ? c->remote_id : 0, &msg, now);
}

/* ---- ends ---- */

void model_end_call(struct model *m, struct call *c, enum l2tp_by by,
	const struct l2tp_result *r)
{
	set_cause(model_effect(m, L2TP_FX_SESSION_DOWN, c->tunnel, c->id, NULL, 0), by, r);
	g_queue_remove(&m->calls, c);
	g_free(c);
}

/* Its calls go with it; it stays to answer repeats. */
static void end_tunnel(
	struct tunnel *t, enum l2tp_by by, const struct l2tp_result *r, base_time now)
{
	struct model *m = t->model;
	GList *l = m->calls.head, *next;

	for (; l; l = next) {
		next = l->next;
		if (((struct call *)l->data)->tunnel == t->id)
			model_end_call(m, l->data, by, r);
	}
	set_cause(model_effect(m, L2TP_FX_CC_DOWN, t->id, 0, NULL, 0), by, r);
	t->state = L2TP_CC_CLOSING;
	t->hello_due = BASE_TIME_NEVER;
	t->gone = time_add(now, ctl_patience(&t->ctl));
}

void model_stop(struct tunnel *t, enum l2tp_by by, uint16_t result, uint16_t error,
	base_time now)
{
	const struct l2tp_result r = { .result = result, .error = error };

	if (t->state == L2TP_CC_CLOSING)
		return;
	model_say_result(t, NULL, result, error, now);
	end_tunnel(t, by, &r, now);
}

static void tunnel_free(void *p)
{
	ctl_deinit(&((struct tunnel *)p)->ctl);
	g_free(p);
}

static void add_crimes(struct crimes *to, const struct crimes *c)
{
	to->nr_ahead += c->nr_ahead;
	to->beyond += c->beyond;
	to->rebound += c->rebound;
	to->cdn0 += c->cdn0;
	to->malformed += c->malformed;
}

static void add_counts(struct model_counts *to, const struct ctl *c)
{
	to->blocked += c->blocked;
	to->resent += c->resent;
	to->zlbs += c->zlbs;
	to->dropped += c->dropped;
}

static void bury(struct model *m, struct tunnel *t)
{
	add_crimes(&m->crimes, &t->ctl.crimes);
	add_counts(&m->counts, &t->ctl);
	g_queue_remove(&m->tunnels, t);
	tunnel_free(t);
}

/* ---- messages in ---- */

void model_arm_hello(struct tunnel *t, base_time now)
{
	t->hello_due = BASE_TIME_NEVER;
	if (t->params.hello_s && !t->ctl.m->no_hello)
		t->hello_due = time_add(now, dur_s(t->params.hello_s));
}

static bool proves_itself(const struct tunnel *t, const struct l2tp_msg *msg)
{
	uint8_t is[16];

	if (!t->params.challenge)
		return true;
	l2tp_auth_response(SCCRP_TYPE, t->params.secret, t->challenge, CHALLENGE_LEN, is);
	return l2tp_has(msg, L2TP_ATTR_RESPONSE) && memcmp(is, msg->response, sizeof(is)) == 0;
}

static void got_sccrp(struct tunnel *t, const struct l2tp_msg *msg, base_time now)
{
	struct l2tp_msg out = { .type = L2TP_SCCCN };

	if (t->state != L2TP_CC_WAIT_REPLY) {
		model_stop(t, L2TP_BY_PROTOCOL, STOP_FSM, 0, now);
		return;
	}
	t->ctl.remote_id = msg->assigned_tunnel;
	if (l2tp_has(msg, L2TP_ATTR_RECEIVE_WINDOW))
		t->ctl.peer_rws = msg->receive_window;
	if (!proves_itself(t, msg)) {
		model_stop(t, L2TP_BY_PROTOCOL, STOP_NOT_AUTHORIZED, 0, now);
		return;
	}
	if (l2tp_has(msg, L2TP_ATTR_CHALLENGE)) {
		l2tp_auth_response(SCCCN_TYPE, t->params.secret, msg->challenge.p,
			msg->challenge.len, out.response);
		out.have |= l2tp_bit(L2TP_ATTR_RESPONSE);
	}
	t->state = L2TP_CC_ESTABLISHED;
	model_arm_hello(t, now);
	model_say(t, 0, &out, now);
	model_effect(t->model, L2TP_FX_CC_UP, t->id, 0, NULL, 0);
}

static void got_stopccn(struct tunnel *t, const struct l2tp_msg *msg, base_time now)
{
	if (t->state != L2TP_CC_CLOSING)
		end_tunnel(t, L2TP_BY_PEER, &msg->result, now);
}

/* A message about a call that we do not have. */
static void stray(struct tunnel *t, uint16_t session, base_time now)
{
	if (t->ctl.m->stray_fatal) {
		t->model->counts.stray++;
		model_stop(t, L2TP_BY_PROTOCOL, STOP_ERROR, 0, now);
	} else if (t->ctl.m->echoes_session) {
		ctl_zlb(&t->ctl, session, now);
	}
}

static void got_icrp(struct tunnel *t, struct call *c, const struct l2tp_msg *msg,
	base_time now)
{
	struct l2tp_msg out = {
		.type = L2TP_ICCN,
		.have = l2tp_bit(L2TP_ATTR_TX_SPEED) | l2tp_bit(L2TP_ATTR_FRAMING_TYPE),
		.tx_speed = c->params.tx_bps,
		.framing_type = c->params.framing_type,
	};

	if (c->state != L2TP_SESSION_WAIT_REPLY)
		return;
	c->remote_id = msg->assigned_session;
	c->state = L2TP_SESSION_ESTABLISHED;
	c->give_up = BASE_TIME_NEVER;
	model_say(t, c->remote_id, &out, now);
	model_effect(t->model, L2TP_FX_SESSION_UP, t->id, c->id, NULL, 0);
}

static void got_of_call(
	struct tunnel *t, uint16_t session, const struct l2tp_msg *msg, base_time now)
{
	struct call *c = model_find_call(t->model, t->id, session);

	if (msg->type == L2TP_CDN && !session) {
		t->ctl.crimes.cdn0++;
		if (t->ctl.m->cdn0_fatal)
			model_stop(t, L2TP_BY_PROTOCOL, STOP_ERROR, 0, now);
		return;
	}
	if (!c)
		stray(t, session, now);
	else if (msg->type == L2TP_CDN)
		model_end_call(t->model, c, L2TP_BY_PEER, &msg->result);
	else if (msg->type == L2TP_ICRP)
		got_icrp(t, c, msg, now);
	else if (msg->type == L2TP_ICCN)
		model_got_iccn(t, c, now);
}

static void got_message(
	struct tunnel *t, uint16_t session, const struct l2tp_msg *msg, base_time now)
{
	if (t->state == L2TP_CC_CLOSING)
		return;
	if (msg->type == L2TP_SCCRP)
		got_sccrp(t, msg, now);
	else if (msg->type == L2TP_STOPCCN)
		got_stopccn(t, msg, now);
	else if (msg->type == L2TP_SCCRQ)
		model_got_sccrq(t, msg, now);
	else if (msg->type == L2TP_SCCCN)
		model_got_scccn(t, msg, now);
	else if (msg->type == L2TP_ICRQ)
		model_got_icrq(t, msg, now);
	else if (msg->type == L2TP_CDN || msg->type == L2TP_ICRP || msg->type == L2TP_ICCN)
		got_of_call(t, session, msg, now);
	else if (msg->type == L2TP_WEN && t->ctl.m->wen_fatal)
		model_stop(t, L2TP_BY_PROTOCOL, STOP_ERROR, ERROR_UNKNOWN_AVP, now);
}

/* ---- what the channel tells ---- */

static void on_send(void *user, const uint8_t *bytes, size_t len, base_time now)
{
	struct tunnel *t = user;

	model_effect(t->model, L2TP_FX_SEND, t->id, 0, bytes, len)->path = t->path;
}

static void on_deliver(void *user, uint16_t session, struct rd avps, base_time now)
{
	struct tunnel *t = user;
	struct l2tp_fault fault = { 0 };
	struct l2tp_msg msg = { 0 };

	if (l2tp_msg_decode(avps, &msg, &fault) == L2TP_MSG_OK)
		got_message(t, session, &msg, now);
	else
		t->ctl.crimes.malformed++;
}

static void on_dead(void *user, base_time now)
{
	struct tunnel *t = user;

	if (t->state != L2TP_CC_CLOSING)
		end_tunnel(t, L2TP_BY_TIMEOUT, NULL, now);
	t->gone = now;
}

static void on_offended(void *user, base_time now)
{
	struct tunnel *t = user;

	t->model->counts.offended++;
	model_stop(t, L2TP_BY_PROTOCOL, STOP_ERROR, 0, now);
}

static const struct ctl_owner owner = { on_send, on_deliver, on_dead, on_offended };

/* ---- orders ---- */

struct tunnel *model_new_tunnel(struct model *m, const struct l2tp_path *path, base_time now)
{
	struct tunnel *t = g_new0(struct tunnel, 1);

	t->model = m;
	t->id = model_new_id(m);
	t->path = *path;
	t->heard = now;
	t->hello_due = t->gone = BASE_TIME_NEVER;
	for (unsigned i = 0; i < CHALLENGE_LEN; i++)
		t->challenge[i] = (uint8_t)rng_below(&m->rng, 256);
	ctl_init(&t->ctl, m->arg->manner, 0, m->first_ns, &owner, t);
	t->ctl.late_s = m->arg->late_s;
	t->ctl.greedy |= m->arg->greedy;
	g_queue_push_tail(&m->tunnels, t);
	return t;
}

static uint16_t model_cc_open(void *self, const struct l2tp_path *path,
	const struct l2tp_cc_params *params, base_time now)
{
	struct tunnel *t = model_new_tunnel(self, path, now);

	t->params = *params;
	t->state = L2TP_CC_WAIT_REPLY;
	if (params->rws)
		t->ctl.rws = params->rws;
	send_sccrq(t, now);
	return t->id;
}

static void model_cc_close(void *self, uint16_t cc, uint16_t result, base_time now)
{
	struct tunnel *t = model_find_tunnel(self, cc);

	if (t)
		model_stop(t, L2TP_BY_LOCAL, result, 0, now);
}

static void model_cc_hello(void *self, uint16_t cc, base_time now)
{
	struct tunnel *t = model_find_tunnel(self, cc);

	if (t && t->state == L2TP_CC_ESTABLISHED && !t->ctl.m->no_hello &&
		ctl_idle(&t->ctl))
		model_say(t, 0, &(struct l2tp_msg){ .type = L2TP_HELLO }, now);
}

static void model_heard(void *self, uint16_t cc, base_time now)
{
	struct tunnel *t = model_find_tunnel(self, cc);

	if (t)
		t->heard = now;
}

static uint16_t model_session_open(
	void *self, uint16_t cc, const struct l2tp_call *params, base_time now)
{
	struct model *m = self;
	struct tunnel *t = model_find_tunnel(m, cc);
	struct call *c;
	struct l2tp_msg msg = {
		.type = L2TP_ICRQ,
		.have = l2tp_bit(L2TP_ATTR_ASSIGNED_SESSION) | l2tp_bit(L2TP_ATTR_CALL_SERIAL),
		.call_serial = params->serial,
	};

	if (!t || t->state != L2TP_CC_ESTABLISHED)
		return 0;
	c = g_new0(struct call, 1);
	*c = (struct call){ .tunnel = cc, .id = model_new_id(m), .params = *params,
		.state = L2TP_SESSION_WAIT_REPLY,
		.give_up = time_add(now, dur_s(CALL_SETUP_S)) };
	msg.assigned_session = c->id;
	g_queue_push_tail(&m->calls, c);
	model_say(t, 0, &msg, now);
	return c->id;
}

static void close_call(
	struct model *m, struct call *c, uint16_t result, enum l2tp_by by, base_time now)
{
	struct tunnel *t = model_find_tunnel(m, c->tunnel);
	const struct l2tp_result r = { .result = result };

	if (t)
		model_say_result(t, c, result, 0, now);
	model_end_call(m, c, by, &r);
}

static void model_session_close(
	void *self, uint16_t cc, uint16_t session, uint16_t result, base_time now)
{
	struct call *c = model_find_call(self, cc, session);

	if (c)
		close_call(self, c, result, L2TP_BY_LOCAL, now);
}

/* ---- packets and time ---- */

static void model_input(void *self, const struct l2tp_path *path, const uint8_t *dgram,
	size_t len, base_time now)
{
	struct rd r = rd_init(dgram, len);
	struct l2tp_hdr h;
	struct tunnel *t;

	if (!l2tp_hdr_parse(&r, &h) || !l2tp_is_control(&h))
		return;
	t = h.tunnel ? model_find_tunnel(self, h.tunnel)
		     : model_called(self, path, r, now);
	if (!t || path->remote_ip != t->path.remote_ip)
		return;
	t->heard = now;
	ctl_input(&t->ctl, &h, r, now);
}

static base_time tunnel_due(const struct tunnel *t)
{
	return time_min(ctl_next_due(&t->ctl), time_min(t->hello_due, t->gone));
}

static base_time model_next_due(const void *self)
{
	const struct model *m = self;
	base_time due = BASE_TIME_NEVER;

	for (GList *l = m->tunnels.head; l; l = l->next)
		due = time_min(due, tunnel_due(l->data));
	for (GList *l = m->calls.head; l; l = l->next)
		due = time_min(due, ((struct call *)l->data)->give_up);
	return due;
}

static void tick_hello(struct tunnel *t, base_time now)
{
	base_time due = time_add(t->heard, dur_s(t->params.hello_s));

	if (time_before(now, t->hello_due))
		return;
	if (time_before(now, due)) {
		t->hello_due = due;
		return;
	}
	model_cc_hello(t->model, t->id, now);
	model_arm_hello(t, now);
}

static bool model_tick(void *self, base_time now, unsigned budget)
{
	struct model *m = self;
	GList *l, *next;

	for (l = m->calls.head; l; l = next) {
		next = l->next;
		if (!time_before(now, ((struct call *)l->data)->give_up))
			close_call(m, l->data, CDN_TIMEOUT, L2TP_BY_TIMEOUT, now);
	}
	for (l = m->tunnels.head; l; l = next) {
		struct tunnel *t = l->data;

		next = l->next;
		ctl_tick(&t->ctl, now);
		tick_hello(t, now);
		if (!time_before(now, t->gone))
			bury(m, t);
	}
	return false;
}

/* ---- queries ---- */

static bool model_cc_get(const void *self, uint16_t cc, struct l2tp_cc_info *out)
{
	const struct tunnel *t = model_find_tunnel(self, cc);

	if (!t)
		return false;
	*out = (struct l2tp_cc_info){
		.id = t->id,
		.remote_id = t->ctl.remote_id,
		.state = t->state,
		.lac = !t->called,
		.path = t->path,
		.s = t->ctl.s,
		.u = t->ctl.u,
		.r_rx = t->ctl.r,
		.rws = t->ctl.rws,
		.peer_rws = t->ctl.peer_rws,
	};
	return true;
}

static void call_info(const struct call *c, struct l2tp_session_info *out)
{
	*out = (struct l2tp_session_info){ .cc = c->tunnel, .id = c->id,
		.remote_id = c->remote_id, .state = c->state, .call = c->params };
}

static bool model_session_get(
	const void *self, uint16_t cc, uint16_t session, struct l2tp_session_info *out)
{
	const struct call *c = model_find_call(self, cc, session);

	if (c)
		call_info(c, out);
	return c;
}

static bool model_next_session(
	const void *self, uint32_t *cursor, struct l2tp_session_info *out)
{
	const struct model *m = self;
	const struct call *c = g_list_nth_data(m->calls.head, *cursor);

	if (!c)
		return false;
	call_info(c, out);
	++*cursor;
	return true;
}

void model_crimes(const void *self, struct crimes *out)
{
	const struct model *m = self;

	*out = m->crimes;
	for (GList *l = m->tunnels.head; l; l = l->next)
		add_crimes(out, &((struct tunnel *)l->data)->ctl.crimes);
}

char *crimes_text(const struct crimes *c)
{
	if (!c->nr_ahead && !c->beyond && !c->rebound && !c->cdn0 && !c->malformed)
		return NULL;
	return g_strdup_printf("%u times an Nr of the future, %u beyond the window, %u numbers "
			       "with other bytes, %u CDNs without session, %u malformed",
		c->nr_ahead, c->beyond, c->rebound, c->cdn0, c->malformed);
}

void model_get_counts(const void *self, struct model_counts *out)
{
	const struct model *m = self;

	*out = m->counts;
	for (GList *l = m->tunnels.head; l; l = l->next)
		add_counts(out, &((struct tunnel *)l->data)->ctl);
}

/* ---- life ---- */

static void *model_make(
	const void *arg, const struct l2tp_engine_config *cfg, base_time now)
{
	struct model *m = g_new0(struct model, 1);

	m->arg = arg;
	m->first_ns = cfg->first_ns;
	rng_init(&m->rng, cfg->seed, 0x6d6f64656c);
	m->ids = cfg->id_space ? 8u * cfg->id_space : UINT16_MAX;
	m->next_id = (uint16_t)rng_below(&m->rng, 65536);
	g_queue_init(&m->tunnels);
	g_queue_init(&m->calls);
	g_queue_init(&m->effects);
	return m;
}

static void model_free(void *self)
{
	struct model *m = self;

	g_queue_clear_full(&m->tunnels, tunnel_free);
	g_queue_clear_full(&m->calls, g_free);
	g_queue_clear_full(&m->effects, g_free);
	g_free(m->shown);
	g_free(m);
}

const struct peer_l2tp_ops model_l2tp = {
	.make = model_make,
	.free = model_free,
	.input = model_input,
	.next_due = model_next_due,
	.tick = model_tick,
	.poll = model_poll,
	.heard = model_heard,
	.cc_open = model_cc_open,
	.cc_close = model_cc_close,
	.refuse = model_refuse,
	.cc_accept = model_cc_accept,
	.session_accept = model_session_accept,
	.cc_hello = model_cc_hello,
	.session_open = model_session_open,
	.session_close = model_session_close,
	.cc_get = model_cc_get,
	.session_get = model_session_get,
	.next_session = model_next_session,
};
