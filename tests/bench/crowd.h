/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A LAC on a wire with as many subscribers as a benchmark wants, and no other ability: it
 * opens tunnels, then places so many calls at a time.
 */
#pragma once

#include "chassis/board.h"

/* Given to chassis_declare(); the benchmark reads and writes it between rounds. */
struct crowd_order {
	uint16_t ifindex;
	uint32_t ip, mask, lns_ip;
	unsigned tunnels;
	/* set-up load */
	unsigned calls;    /* as many in all as have been asked for up to now */
	unsigned at_once;  /* placed in one turn, spread over the tunnels */
	base_dur interval; /* from one such turn to the next */
	/* what has become of it */
	unsigned tunnels_up, placed, up, lost;
	unsigned chap; /* frames of CHAP that subscribers have sent */
};

extern const struct board_ops crowd_board;
