/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated LAC with its subscribers, a board of kind peer on a wire: tunnels, calls, PPP of
 * each subscriber, and probes through every session in both directions.
 *
 * It is outside of the router and knows of it what a LAC knows.  It runs the same engines as
 * the router (they are sans-I/O), in instances of its own, or for L2TP what a test gives it.
 *
 * Orders (peer.h):
 *   connect        opens the tunnels that are not open, then places the calls that are not up
 *   call           one more subscriber, in the tunnel with the fewest
 *   redial N       subscriber N, who is down, calls again
 *   hangup N       subscriber N (1...) ends its PPP, then the call is cleared
 *   drop N         the call of subscriber N is cleared at once (CDN)
 *   mute N         subscriber N neither sends nor hears any more; its call stays
 *   disconnect     closes all tunnels (StopCCN)
 *   hello now      a HELLO in every tunnel
 *   start probes, stop probes
 *   report         totals in the first line, then a line for each subscriber
 *   mark           the same, and gaps are measured anew from here on
 */
#pragma once

#include "chassis/board.h"
#include "scenarios/engine/nethost.h"
#include "scenarios/engine/peer_l2tp.h"

struct peer_lac_config {
	const char *name; /* Host Name; also the name in reports */
	struct nethost_config net;
	uint32_t lns_ip;
	unsigned tunnels, sessions; /* sessions: in each tunnel */
	const char *user, *password;
	const char *secret; /* of the tunnels; NULL: none */
	unsigned hello_s;   /* 0: none of its own */
	unsigned echo_s;    /* LCP echoes of subscribers; 0: none */
	unsigned rws;       /* receive window; 0: the engine's own */
	uint16_t first_ns;  /* tests: numbers of control messages begin there */
	uint16_t id_space;  /* tests: few ids, see l2tp_engine_config */
	unsigned pace_ms;   /* between two calls; 0: 10 */
	unsigned probe_pps; /* of each subscriber; 0: none */
	uint32_t probe_to;  /* host that gets them */
	bool pppoe;         /* no LAC, but its subscribers alone: see peer_pppoe.h */
	uint16_t vlan, inner; /* of their frames; 0: none */
	const struct peer_l2tp_ops *speaks; /* NULL: the router's engine */
	const void *speaks_arg;             /* for its make() */
};

/* arg: struct peer_lac_config */
extern const struct board_ops peer_lac_board;

/* ---- for tests that look into a LAC (self: of its board) ---- */

/* Its L2TP, for who knows what speaks it. */
const void *peer_lac_speaker(const void *self);
bool peer_lac_cc(const void *self, uint16_t cc, struct l2tp_cc_info *out);
/* The session after *cursor (0 at first), tombstones left out; false: there is none. */
bool peer_lac_next_session(
	const void *self, uint32_t *cursor, struct l2tp_session_info *out);

struct peer_lac_line {
	bool up, down; /* both false: on the way */
	bool hanging_up;
	uint16_t cc, session; /* its own ids */
	uint32_t ip;          /* its address, when it is up */
};

/* Subscriber `number`; false: there is none. */
bool peer_lac_line(const void *self, unsigned number, struct peer_lac_line *out);
