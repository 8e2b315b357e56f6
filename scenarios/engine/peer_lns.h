/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated LNS on a wire, a board of kind peer: takes tunnels and calls, ends PPP of its
 * subscribers, and is itself the host that their probes go to.  Inside is a VPDN core of its
 * own, with one group, one pool and one user.
 *
 * arg: struct peer_host_config with `lns`.  Orders (peer.h): start probes, stop probes, report,
 * mark as of a host; clear N ends the session of the subscriber with that number in the order
 * of its sessions (CDN), close ends all tunnels (StopCCN).
 */
#pragma once

#include "scenarios/engine/peer_host.h"

extern const struct board_ops peer_lns_board;
