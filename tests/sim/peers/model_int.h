/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside a model: what the side that calls (model.c) and the side that is called (model_lns.c)
 * have in common.
 */
#pragma once

#include "base/rng.h"
#include "l2tp/message.h"
#include "tests/sim/peers/model.h"

enum {
	CALL_SETUP_S = 60,
	CHALLENGE_LEN = 16,
	CHALLENGE_MAX = 64,
	PROTOCOL_1_0 = 0x0100,
	CAPS_BOTH = 3,
	STOP_NOT_AUTHORIZED = 4, /* RFC 2661, section 4.4.2 */
	STOP_FSM = 7,
	SCCRP_TYPE = 2,
	SCCCN_TYPE = 3,
};

struct call {
	uint16_t tunnel, id, remote_id;
	enum l2tp_session_state state;
	struct l2tp_call params;
	base_time give_up;
};

struct tunnel {
	struct model *model;
	uint16_t id;
	enum l2tp_cc_state state;
	struct ctl ctl;
	struct l2tp_path path;
	struct l2tp_cc_params params;
	uint8_t challenge[CHALLENGE_LEN];
	base_time heard, hello_due, gone; /* gone: when a closed one is forgotten */
	bool called;                      /* the other end has opened it */
	uint8_t asked[CHALLENGE_MAX];     /* of the caller */
	size_t asked_len;
};

struct model {
	const struct model_arg *arg;
	struct rng rng;
	uint16_t next_id, first_ns;
	uint32_t ids; /* 1 to this */
	GQueue tunnels, calls;  /* in the order of their making */
	GQueue effects;
	struct effect *shown; /* the one polled last */
	struct crimes crimes; /* of tunnels that are gone */
	struct model_counts counts;
};


struct l2tp_effect *model_effect(struct model *m, enum l2tp_effect_kind kind, uint16_t cc,
	uint16_t session, const uint8_t *bytes, size_t len);
struct tunnel *model_find_tunnel(const struct model *m, uint16_t id);
struct call *model_find_call(const struct model *m, uint16_t tunnel, uint16_t id);
uint16_t model_new_id(struct model *m);
struct tunnel *model_new_tunnel(struct model *m, const struct l2tp_path *path, base_time now);
struct l2tp_span model_span(const void *p, size_t n);
void model_say(
	struct tunnel *t, uint16_t session, const struct l2tp_msg *msg, base_time now);
void model_say_result(struct tunnel *t, const struct call *c, uint16_t result,
	uint16_t error, base_time now);
void model_end_call(struct model *m, struct call *c, enum l2tp_by by,
	const struct l2tp_result *r);
void model_stop(struct tunnel *t, enum l2tp_by by, uint16_t result, uint16_t error,
	base_time now);
void model_arm_hello(struct tunnel *t, base_time now);

/* ---- model_lns.c ---- */

/* A packet for no tunnel: the one that it asks for (again); NULL: none. */
struct tunnel *model_called(struct model *m, const struct l2tp_path *path, struct rd avps,
	base_time now);
void model_got_sccrq(struct tunnel *t, const struct l2tp_msg *msg, base_time now);
void model_got_scccn(struct tunnel *t, const struct l2tp_msg *msg, base_time now);
void model_got_icrq(struct tunnel *t, const struct l2tp_msg *msg, base_time now);
void model_got_iccn(struct tunnel *t, struct call *c, base_time now);
/* As of struct peer_l2tp_ops. */
void model_cc_accept(
	void *self, uint16_t cc, const struct l2tp_cc_params *params, base_time now);
void model_session_accept(void *self, uint16_t cc, uint16_t session, base_time now);
void model_refuse(void *self, const struct l2tp_effect *request, base_time now);
