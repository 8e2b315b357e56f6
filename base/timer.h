/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hierarchical timer wheel: 4 levels of 256 slots, one tick is 1 ms.  One wheel per
 * engine, driven by the `now` that the engine is given.
 *
 * A timer is embedded in its object; adding, re-arming and cancelling are O(1).  There are
 * no callbacks: the owner takes expired timers one by one, in order of due tick and then of
 * arming, so nothing is re-entered and the same seed gives the same order.  A timer never
 * fires early; it may fire up to one tick late.
 */
#pragma once

#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

struct timer {
	struct timer *next, *prev; /* NULL when idle; private to the wheel */
	int64_t tick;
	uint64_t order;
	uint32_t kind;  /* the owner's: which of its timers this is */
	uint32_t owner; /* the owner's: slab index of the object */
};

struct timer_wheel;

struct timer_wheel *timer_wheel_new(base_time now);

/* Frees the wheel.  Timers still armed are unlinked and become idle. */
void timer_wheel_free(struct timer_wheel *w);

/* Arms t for `due`, moving it if it is armed already.  kind and owner are kept.
 * BASE_TIME_NEVER cancels. */
void timer_set(struct timer_wheel *w, struct timer *t, base_time due);

/* Cancels t; does nothing when it is idle. */
void timer_cancel(struct timer_wheel *w, struct timer *t);

static inline bool timer_armed(const struct timer *t)
{
	return t->next != NULL;
}

/* When t is due, to the tick; BASE_TIME_NEVER when idle. */
base_time timer_due(const struct timer *t);

/* The next timer that is due at `now`, made idle; NULL when there is none. */
struct timer *timer_pop(struct timer_wheel *w, base_time now);

/* A time not later than the earliest due timer (exact within the first level), and
 * BASE_TIME_NEVER when none is armed: when to call timer_pop() next. */
base_time timer_next_due(const struct timer_wheel *w);

/* Number of armed timers. */
size_t timer_count(const struct timer_wheel *w);
