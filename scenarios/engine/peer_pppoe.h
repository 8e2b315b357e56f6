/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Simulated PPPoE subscribers on a wire, a board of kind peer: discovery, PPP of each, probes
 * through every session in both directions.  Each has a MAC address of its own.
 *
 * arg: struct peer_lac_config with `pppoe`; what it has of tunnels, addresses and the LNS is not
 * used.  Orders and reports are those of a LAC (peer_lac.h), but for tunnels: connect, call,
 * redial N, hangup N, drop N (PADT at once), mute N, disconnect (PADT of all), start probes,
 * stop probes, report, mark.
 */
#pragma once

#include "scenarios/engine/peer_lac.h"

extern const struct board_ops peer_pppoe_board;
