/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cable between ports of two chassis in one row (chassis_join()), or of one: at the end of each
 * port's wire sits a board of kind peer, which copies frames to the board at the other end.
 * What is sent arrives 5 us later in virtual time, in order; in free run at once.  Frames for an
 * end that is not powered on are lost, as are those that find 4,096 under way.
 *
 * Delay, loss and the like are faults of the ports (link lines), not of the cable.
 */
#pragma once

#include "chassis/board.h"

enum { CABLE_ENDS = 2, CABLE_QUEUE = 4096, CABLE_LATENCY_US = 5 };

struct cable;

/* What chassis_declare() is given for one end; must outlive the chassis. */
struct cable_end {
	struct cable *cable;
	unsigned end;     /* 0 or 1 */
	uint16_t ifindex; /* of the port that its wire leads to */
};

/* real: of chassis in free run. */
struct cable *cable_new(bool real);
/* After both chassis. */
void cable_free(struct cable *c);

/* Frames that have arrived at that end, and those that were lost on their way there. */
void cable_counts(struct cable *c, unsigned end, uint64_t *arrived, uint64_t *lost);

/* Both ends are powered on. */
bool cable_is_whole(struct cable *c);

/* arg: struct cable_end */
extern const struct board_ops cable_board;
