/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated host on a wire, a board of kind peer: answers ARP and echo, counts the probes of
 * subscribers, and sends its own back to every subscriber that has sent to it.
 *
 * Orders (peer.h):
 *   start probes, stop probes
 *   forget         forgets all subscribers and what was counted
 *   report         totals in the first line, then a line for each subscriber
 *   mark           the same, and gaps are measured anew from here on
 *
 * With a secret it is a RADIUS server too, on ports 1812 and 1813, that knows one user:
 *   radius answer  as a server should: at first, and after one of these
 *   radius dead    takes nothing
 *   radius mute    takes accounting, but does not say so
 *   radius reject  lets nobody in
 *   radius slow    answers after two seconds
 */
#pragma once

#include "chassis/board.h"
#include "scenarios/engine/nethost.h"
#include "vpdn/radius_sim.h"

struct peer_host_config {
	const char *name;
	struct nethost_config net;
	unsigned probe_pps; /* to each subscriber; 0: none */
	const char *radius; /* secret; NULL: no RADIUS server */
	const char *user, *password;
	bool lns; /* no host, but an LNS: see peer_lns.h */
	const char *lns_secret; /* of its tunnels; NULL: none */
};

/* The server inside; NULL: none. */
struct radius_sim *peer_host_radius(const void *self);

/* arg: struct peer_host_config */
extern const struct board_ops peer_host_board;
