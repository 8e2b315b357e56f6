/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated LNS on a wire, a board of kind peer: what stands behind a LAC or a multihop node.
 * It takes tunnels and calls, checks the subscribers (CHAP), gives each an address that it never
 * gave before, and is the host that their probes go to, and that sends some to them.
 *
 * It is outside of the router, and runs engines of its own.
 *
 * Orders (peer.h):
 *   hangup N       the call on line N (1...) ends by PPP, then by CDN
 *   drop N         the same by CDN at once
 *   mute N         nothing goes to the subscriber of line N, nothing of his is heard
 *   disconnect     closes all tunnels (StopCCN)
 *   hello now      a HELLO in every tunnel
 *   accept N       0: takes whatever comes; 1: no calls; 2: no tunnels either
 *   start probes, stop probes, report
 */
#pragma once

#include "scenarios/engine/peer_lac.h"

struct lns_config {
	const char *name; /* Host Name; also the name in reports */
	struct nethost_config net;
	const char *user, *password; /* of all subscribers */
	const char *secret;          /* of the tunnels; NULL: none */
	uint32_t local_ip;           /* its end of PPP */
	uint32_t pool;               /* the first address that it gives */
	uint32_t probe_from;         /* the host's address */
	unsigned probe_pps;          /* to each subscriber; 0: none */
	unsigned hello_s, rws, echo_s;
	bool proxy; /* PPP goes on from what the LAC negotiated (the router's engine only) */
	uint16_t first_ns, id_space;
	const struct peer_l2tp_ops *speaks; /* NULL: the router's engine */
	const void *speaks_arg;
};

/* arg: struct lns_config */
extern const struct board_ops lns_board;

/* As of a LAC (peer_lac.h).  Lines are numbered from 1; one that is free counts as down. */
const void *lns_speaker(const void *self);
bool lns_cc(const void *self, uint16_t cc, struct l2tp_cc_info *out);
bool lns_next_session(const void *self, uint32_t *cursor, struct l2tp_session_info *out);
bool lns_line(const void *self, unsigned number, struct peer_lac_line *out);
