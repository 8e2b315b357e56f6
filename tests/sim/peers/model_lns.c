/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A model that is called: tunnels and calls that the other end opens (RFC 2661, sections 5.1,
 * 5.2, 7.2.1 and 7.4.2).
 */
#include "tests/sim/peers/model_int.h"

#include "l2tp/auth.h"

#include <string.h>

enum {
	SETUP_S = 60, /* for SCCCN, once everything of ours is acknowledged */
	CDN_NO_FACILITIES = 4,
};

/* ---- tunnels ---- */

static struct tunnel *same_request(
	const struct model *m, const struct l2tp_path *path, uint16_t id)
{
	for (GList *l = m->tunnels.head; l; l = l->next) {
		struct tunnel *t = l->data;

		if (t->called && t->state != L2TP_CC_CLOSING && t->ctl.remote_id == id &&
			t->path.remote_ip == path->remote_ip)
			return t;
	}
	return NULL;
}

struct tunnel *model_called(struct model *m, const struct l2tp_path *path, struct rd avps,
	base_time now)
{
	struct l2tp_fault fault = { 0 };
	struct l2tp_msg msg = { 0 };
	struct tunnel *t;

	if (!rd_left(&avps) || l2tp_msg_decode(avps, &msg, &fault) != L2TP_MSG_OK ||
		msg.type != L2TP_SCCRQ)
		return NULL;
	t = same_request(m, path, msg.assigned_tunnel);
	if (t)
		return t;
	t = model_new_tunnel(m, path, now);
	t->called = true;
	t->state = L2TP_CC_IDLE;
	t->ctl.remote_id = msg.assigned_tunnel;
	return t;
}

void model_got_sccrq(struct tunnel *t, const struct l2tp_msg *msg, base_time now)
{
	if (!t->called || t->state != L2TP_CC_IDLE) {
		model_stop(t, L2TP_BY_PROTOCOL, STOP_FSM, 0, now);
		return;
	}
	if (l2tp_has(msg, L2TP_ATTR_RECEIVE_WINDOW))
		t->ctl.peer_rws = msg->receive_window;
	if (l2tp_has(msg, L2TP_ATTR_CHALLENGE)) {
		t->asked_len = MIN(msg->challenge.len, CHALLENGE_MAX);
		memcpy(t->asked, msg->challenge.p, t->asked_len);
	}
	model_effect(t->model, L2TP_FX_CC_REQUEST, t->id, 0, NULL, 0);
}

static void say_sccrp(struct tunnel *t, base_time now)
{
	const struct manner *m = t->ctl.m;
	struct l2tp_msg msg = {
		.type = L2TP_SCCRP,
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
	if (t->asked_len) {
		l2tp_auth_response(
			SCCRP_TYPE, t->params.secret, t->asked, t->asked_len, msg.response);
		msg.have |= l2tp_bit(L2TP_ATTR_RESPONSE);
	}
	model_say(t, 0, &msg, now);
}

void model_cc_accept(
	void *self, uint16_t cc, const struct l2tp_cc_params *params, base_time now)
{
	struct tunnel *t = model_find_tunnel(self, cc);

	if (!t || t->state != L2TP_CC_IDLE)
		return;
	t->params = *params;
	if (params->rws)
		t->ctl.rws = params->rws;
	t->state = L2TP_CC_WAIT_CONN;
	t->gone = time_add(now, dur_s(SETUP_S));
	say_sccrp(t, now);
}

static bool proves_itself(const struct tunnel *t, const struct l2tp_msg *msg)
{
	uint8_t is[16];

	if (!t->params.challenge)
		return true;
	l2tp_auth_response(SCCCN_TYPE, t->params.secret, t->challenge, CHALLENGE_LEN, is);
	return l2tp_has(msg, L2TP_ATTR_RESPONSE) && memcmp(is, msg->response, sizeof(is)) == 0;
}

void model_got_scccn(struct tunnel *t, const struct l2tp_msg *msg, base_time now)
{
	if (t->state != L2TP_CC_WAIT_CONN) {
		model_stop(t, L2TP_BY_PROTOCOL, STOP_FSM, 0, now);
		return;
	}
	if (!proves_itself(t, msg)) {
		model_stop(t, L2TP_BY_PROTOCOL, STOP_NOT_AUTHORIZED, 0, now);
		return;
	}
	t->state = L2TP_CC_ESTABLISHED;
	t->gone = BASE_TIME_NEVER;
	model_arm_hello(t, now);
	model_effect(t->model, L2TP_FX_CC_UP, t->id, 0, NULL, 0);
}

/* ---- calls ---- */

void model_got_icrq(struct tunnel *t, const struct l2tp_msg *msg, base_time now)
{
	struct call *c;

	if (t->state != L2TP_CC_ESTABLISHED || !t->called)
		return;
	c = g_new0(struct call, 1);
	*c = (struct call){ .tunnel = t->id, .id = model_new_id(t->model),
		.remote_id = msg->assigned_session, .state = L2TP_SESSION_WAIT_CONNECT,
		.params = { .serial = msg->call_serial },
		.give_up = time_add(now, dur_s(CALL_SETUP_S)) };
	g_queue_push_tail(&t->model->calls, c);
	model_effect(t->model, L2TP_FX_SESSION_REQUEST, t->id, c->id, NULL, 0);
}

void model_session_accept(void *self, uint16_t cc, uint16_t session, base_time now)
{
	struct tunnel *t = model_find_tunnel(self, cc);
	const struct call *c = model_find_call(self, cc, session);
	struct l2tp_msg msg = {
		.type = L2TP_ICRP,
		.have = l2tp_bit(L2TP_ATTR_ASSIGNED_SESSION),
		.assigned_session = session,
	};

	if (t && c)
		model_say(t, c->remote_id, &msg, now);
}

void model_got_iccn(struct tunnel *t, struct call *c, base_time now)
{
	if (c->state != L2TP_SESSION_WAIT_CONNECT)
		return;
	c->state = L2TP_SESSION_ESTABLISHED;
	c->give_up = BASE_TIME_NEVER;
	model_effect(t->model, L2TP_FX_SESSION_UP, t->id, c->id, NULL, 0);
}

/* Who calls a LAC is refused, too. */
void model_refuse(void *self, const struct l2tp_effect *request, base_time now)
{
	static const struct l2tp_result no = { .result = CDN_NO_FACILITIES };
	struct tunnel *t = model_find_tunnel(self, request->cc);
	struct call *c = model_find_call(self, request->cc, request->session);

	if (t && request->kind == L2TP_FX_CC_REQUEST)
		model_stop(t, L2TP_BY_LOCAL, STOP_NOT_AUTHORIZED, 0, now);
	if (!t || !c)
		return;
	model_say_result(t, c, no.result, 0, now);
	model_end_call(self, c, L2TP_BY_LOCAL, &no);
}
