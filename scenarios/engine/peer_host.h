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
 */
#pragma once

#include "chassis/board.h"
#include "scenarios/engine/nethost.h"

struct peer_host_config {
	const char *name;
	struct nethost_config net;
	unsigned probe_pps; /* to each subscriber; 0: none */
};

/* arg: struct peer_host_config */
extern const struct board_ops peer_host_board;
