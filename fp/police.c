/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Token buckets counted in nanoseconds, so that no rate needs a fraction.
 */
#include "fp/police.h"

enum { SECOND_NS = 1000000000 };

void police_init(struct police *b, unsigned rate, unsigned burst, base_time now)
{
	int64_t cost = SECOND_NS / rate;

	*b = (struct police){
		.cost = cost,
		.depth = cost * burst,
		.credit = cost * burst,
		.last = now,
	};
}

bool police_take(struct police *b, base_time now)
{
	int64_t passed_ns = time_sub(now, b->last).ns;

	if (passed_ns > 0) {
		int64_t room = b->depth - b->credit;

		b->credit += passed_ns < room ? passed_ns : room;
		b->last = now;
	}
	if (b->credit < b->cost) {
		b->refused++;
		return false;
	}
	b->credit -= b->cost;
	b->passed++;
	return true;
}
