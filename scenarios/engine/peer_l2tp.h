/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who speaks L2TP for a simulated LAC or LNS: the router's engine, or (tests) a model of another
 * program.  The functions are those of l2tp/l2tp.h.
 */
#pragma once

#include "l2tp/l2tp.h"

struct peer_l2tp_ops {
	void *(*make)(const void *arg, const struct l2tp_engine_config *cfg, base_time now);
	void (*free)(void *l2tp);
	void (*input)(void *l2tp, const struct l2tp_path *path, const uint8_t *dgram,
		size_t len, base_time now);
	base_time (*next_due)(const void *l2tp);
	bool (*tick)(void *l2tp, base_time now, unsigned budget);
	bool (*poll)(void *l2tp, struct l2tp_effect *out);
	void (*heard)(void *l2tp, uint16_t cc, base_time now);
	uint16_t (*cc_open)(void *l2tp, const struct l2tp_path *path,
		const struct l2tp_cc_params *params, base_time now);
	void (*cc_close)(void *l2tp, uint16_t cc, uint16_t result, base_time now);
	/* Somebody calls a LAC, or an LNS that has no room: no. */
	void (*refuse)(void *l2tp, const struct l2tp_effect *request, base_time now);
	/* An LNS takes the tunnel, the call.  NULL: it cannot be one. */
	void (*cc_accept)(void *l2tp, uint16_t cc, const struct l2tp_cc_params *params,
		base_time now);
	void (*session_accept)(void *l2tp, uint16_t cc, uint16_t session, base_time now);
	void (*cc_hello)(void *l2tp, uint16_t cc, base_time now);
	uint16_t (*session_open)(void *l2tp, uint16_t cc, const struct l2tp_call *call,
		base_time now);
	void (*session_close)(void *l2tp, uint16_t cc, uint16_t session, uint16_t result,
		base_time now);
	bool (*cc_get)(const void *l2tp, uint16_t cc, struct l2tp_cc_info *out);
	bool (*session_get)(const void *l2tp, uint16_t cc, uint16_t session,
		struct l2tp_session_info *out);
	bool (*next_session)(
		const void *l2tp, uint32_t *cursor, struct l2tp_session_info *out);
};

extern const struct peer_l2tp_ops peer_l2tp_own;
