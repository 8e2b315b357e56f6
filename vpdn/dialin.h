/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calls that we place: tunnels to the next LNS of a request-dialin group.
 *
 * Which LNS (ios-cli.md 3.3): the lowest priority number first; in it a random one of those
 * that have no tunnel yet, then the one with the fewest sessions of those with an open tunnel,
 * then of those whose tunnel is opening.  Left out are those that are busy (a tunnel to them
 * has failed lately), full (limit) or were tried for this call.  What is known of them is in
 * no record: after a switchover tunnels and sessions tell, and nobody is busy.
 */
#pragma once

#include "base/time.h"
#include "l2tp/l2tp.h"
#include "vpdn/config.h"

struct vpdn;
struct session;

/* callee - what is known of one LNS of one group.
 *
 * Owner:  struct vpdn, in callees (by group and address), from the first call until nothing
 *         is known of it any more. */
struct callee {
	char *key;
	uint16_t cc; /* our tunnel to it; 0: none */
	bool up;     /* established */
	unsigned sessions;
	base_time busy_until;
};

void callees_init(struct vpdn *v);
void callees_deinit(struct vpdn *v);
/* Made from tunnels and sessions (a switchover). */
void callees_rebuild(struct vpdn *v);

/* A session that we placed is there, or gone. */
void callee_take(struct vpdn *v, struct session *s);
void callee_drop(struct vpdn *v, struct session *s);
/* A tunnel that we opened is up, or gone. */
void callee_tunnel_up(struct vpdn *v, uint16_t cc);
void callee_tunnel_down(struct vpdn *v, uint16_t cc, const struct l2tp_cause *cause);

/* Index of the target of g that a call gets next; -1: none is left.  tried: bits by index. */
int callee_choose(struct vpdn *v, const struct vpdn_group *g, uint32_t tried);

/* Places the call that came as `in` (a LAC's call or a subscriber) to g's target of that index,
 * with all that is known of line and subscriber: a session in the target's tunnel, which is opened when there is none.
 * NULL: that did not work. */
struct session *dialin_call(struct vpdn *v, const struct vpdn_group *g, unsigned target,
	const struct session *in);
