/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Token buckets: how many packets a second of one kind may pass, with a burst.
 */
#pragma once

#include "base/time.h"

#include <stdint.h>

struct police {
	int64_t cost;  /* nanoseconds that one packet costs: 1 s / rate */
	int64_t depth; /* most nanoseconds that can be saved up */
	int64_t credit;
	base_time last;
	uint64_t passed, refused;
};

/* rate per second (not 0), full at the start. */
void police_init(struct police *b, unsigned rate, unsigned burst, base_time now);

/* True: this packet may pass. */
bool police_take(struct police *b, base_time now);
