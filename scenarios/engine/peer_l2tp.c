/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The router's engine as the L2TP of a simulated LAC or LNS, see peer_l2tp.h.
 */
#include "scenarios/engine/peer_l2tp.h"

enum { /* RFC 2661, section 4.4.2 */
	STOPCCN_NOT_AUTHORIZED = 4,
	CDN_NO_FACILITIES = 5,
};

static void *own_make(const void *arg, const struct l2tp_engine_config *cfg, base_time now)
{
	return l2tp_engine_new(cfg, now);
}

static void own_free(void *l2tp)
{
	l2tp_engine_free(l2tp);
}

static void own_input(void *l2tp, const struct l2tp_path *path, const uint8_t *dgram,
	size_t len, base_time now)
{
	l2tp_engine_input(l2tp, path, dgram, len, now);
}

static base_time own_next_due(const void *l2tp)
{
	return l2tp_engine_next_due(l2tp);
}

static bool own_tick(void *l2tp, base_time now, unsigned budget)
{
	return l2tp_engine_tick(l2tp, now, budget);
}

static bool own_poll(void *l2tp, struct l2tp_effect *out)
{
	return l2tp_engine_poll(l2tp, out);
}

static void own_heard(void *l2tp, uint16_t cc, base_time now)
{
	l2tp_cc_heard(l2tp, cc, now);
}

static uint16_t own_cc_open(void *l2tp, const struct l2tp_path *path,
	const struct l2tp_cc_params *params, base_time now)
{
	return l2tp_cc_open(l2tp, path, params, now);
}

static void own_cc_close(void *l2tp, uint16_t cc, uint16_t result, base_time now)
{
	l2tp_cc_close(l2tp, cc, result, 0, NULL, now);
}

static void own_refuse(void *l2tp, const struct l2tp_effect *fx, base_time now)
{
	if (fx->kind == L2TP_FX_CC_REQUEST)
		l2tp_cc_reject(l2tp, fx->cc, STOPCCN_NOT_AUTHORIZED, 0, NULL, now);
	else
		l2tp_session_reject(l2tp, fx->cc, fx->session, CDN_NO_FACILITIES, 0, NULL, now);
}

static void own_cc_accept(
	void *l2tp, uint16_t cc, const struct l2tp_cc_params *params, base_time now)
{
	l2tp_cc_accept(l2tp, cc, params, now);
}

static void own_session_accept(void *l2tp, uint16_t cc, uint16_t session, base_time now)
{
	l2tp_session_accept(l2tp, cc, session, now);
}

static void own_cc_hello(void *l2tp, uint16_t cc, base_time now)
{
	l2tp_cc_hello(l2tp, cc, now);
}

static uint16_t own_session_open(
	void *l2tp, uint16_t cc, const struct l2tp_call *call, base_time now)
{
	return l2tp_session_open(l2tp, cc, call, now);
}

static void own_session_close(
	void *l2tp, uint16_t cc, uint16_t session, uint16_t result, base_time now)
{
	l2tp_session_close(l2tp, cc, session, result, 0, NULL, now);
}

static bool own_cc_get(const void *l2tp, uint16_t cc, struct l2tp_cc_info *out)
{
	return l2tp_cc_get(l2tp, cc, out);
}

static bool own_session_get(
	const void *l2tp, uint16_t cc, uint16_t session, struct l2tp_session_info *out)
{
	return l2tp_session_get(l2tp, cc, session, out);
}

static bool own_next_session(
	const void *l2tp, uint32_t *cursor, struct l2tp_session_info *out)
{
	return l2tp_next_session(l2tp, cursor, out);
}

const struct peer_l2tp_ops peer_l2tp_own = {
	.make = own_make,
	.free = own_free,
	.input = own_input,
	.next_due = own_next_due,
	.tick = own_tick,
	.poll = own_poll,
	.heard = own_heard,
	.cc_open = own_cc_open,
	.cc_close = own_cc_close,
	.refuse = own_refuse,
	.cc_accept = own_cc_accept,
	.session_accept = own_session_accept,
	.cc_hello = own_cc_hello,
	.session_open = own_session_open,
	.session_close = own_session_close,
	.cc_get = own_cc_get,
	.session_get = own_session_get,
	.next_session = own_next_session,
};
