/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hierarchical timer wheel.
 *
 * Ticks are numbered from base_time zero.  A timer lies at the level of the highest octet
 * in which its tick differs from the current one, in the slot of that octet.  So a slot of
 * level 0 is one tick, and a slot of a higher level is a block of ticks that has not begun
 * yet.  When the current tick enters a block, its slot is dealt out to the levels below
 * ("cascade").  Timers that differ above the fourth octet wait in `far`; timers that are
 * due wait in `ready`.
 *
 * A slot is only ever appended to, and nothing can be put below a block before the block
 * was dealt out.  Hence timers of one tick stay in the order of their arming without any
 * sorting.  A bitmap a level finds the next slot in use, so that the clock may jump over
 * empty years at no cost.
 */
#include "base/timer.h"

#include <glib.h>

enum {
	LEVELS = 4,
	SLOT_BITS = 8,
	SLOTS = 1 << SLOT_BITS,
	WORDS = SLOTS / 64,
	NO_SLOT = LEVELS * SLOTS, /* `kind` of the heads of ready and far */
};

#define TICK_NS  INT64_C(1000000)
#define TICK_MAX (INT64_MAX / TICK_NS)

struct timer_wheel {
	int64_t tick; /* current; what lies in slots and far is later */
	uint64_t next_order;
	size_t count;
	struct timer ready; /* sorted by (tick, order) */
	struct timer far;
	uint64_t used[LEVELS][WORDS];
	struct timer slot[LEVELS][SLOTS]; /* list heads; kind is level * SLOTS + slot */
};

static void list_init(struct timer *head, uint32_t slot)
{
	head->next = head->prev = head;
	head->kind = slot;
}

static bool list_empty(const struct timer *head)
{
	return head->next == head;
}

static void insert_after(struct timer *at, struct timer *t)
{
	t->prev = at;
	t->next = at->next;
	at->next->prev = t;
	at->next = t;
}

static void set_used(struct timer_wheel *w, uint32_t slot, bool used)
{
	uint64_t *word = &w->used[slot / SLOTS][slot % SLOTS / 64];
	uint64_t bit = UINT64_C(1) << slot % 64;

	*word = used ? *word | bit : *word & ~bit;
}

static void unlink_timer(struct timer_wheel *w, struct timer *t)
{
	struct timer *head = t->next;

	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->next = t->prev = NULL;
	/* Both neighbours of the last one were the head. */
	if (list_empty(head) && head->kind != NO_SLOT)
		set_used(w, head->kind, false);
}

static void put_ready(struct timer_wheel *w, struct timer *t)
{
	struct timer *at = w->ready.prev;

	/* From the tail: a timer that is set in the past is rare, and then recent. */
	while (at != &w->ready &&
		(at->tick > t->tick || (at->tick == t->tick && at->order > t->order)))
		at = at->prev;
	insert_after(at, t);
}

static void place(struct timer_wheel *w, struct timer *t)
{
	if (t->tick <= w->tick) {
		put_ready(w, t);
		return;
	}

	uint64_t differ = (uint64_t)t->tick ^ (uint64_t)w->tick;
	unsigned level = (63 - (unsigned)__builtin_clzll(differ)) / SLOT_BITS;

	if (level >= LEVELS) {
		insert_after(w->far.prev, t);
		return;
	}

	struct timer *head =
		&w->slot[level][t->tick >> level * SLOT_BITS & (SLOTS - 1)];

	insert_after(head->prev, t);
	set_used(w, head->kind, true);
}

/* Takes the list of `from` away and places its timers again, in order. */
static void deal_out(struct timer_wheel *w, struct timer *from)
{
	struct timer *t = from->next;

	if (from->kind != NO_SLOT)
		set_used(w, from->kind, false);
	from->prev->next = NULL;
	list_init(from, from->kind);
	while (t) {
		struct timer *next = t->next;

		place(w, t);
		t = next;
	}
}

/* The first slot in use after `after`, or -1. */
static int next_used(const uint64_t used[WORDS], unsigned after)
{
	for (unsigned s = after + 1; s < SLOTS; s = (s | 63) + 1) {
		uint64_t word = used[s / 64] >> s % 64;

		if (word)
			return (int)s + __builtin_ctzll(word);
	}
	return -1;
}

/* The number of the slot that is reached next, and the tick at which it begins; -1 when
 * all are empty. */
static int next_slot(const struct timer_wheel *w, int64_t *begin)
{
	for (unsigned level = 0; level < LEVELS; level++) {
		unsigned shift = level * SLOT_BITS;
		unsigned here = (unsigned)(w->tick >> shift & (SLOTS - 1));
		int s = next_used(w->used[level], here);

		if (s >= 0) {
			*begin = (w->tick >> (shift + SLOT_BITS) << SLOT_BITS | s)
				 << shift;
			return (int)level * SLOTS + s;
		}
	}
	return -1;
}

static int64_t far_begin(const struct timer_wheel *w)
{
	int64_t first = INT64_MAX;

	for (const struct timer *t = w->far.next; t != &w->far; t = t->next)
		first = MIN(first, t->tick);
	return first >> LEVELS * SLOT_BITS << LEVELS * SLOT_BITS;
}

/* Moves the current tick towards `to`, until something is ready. */
static void advance(struct timer_wheel *w, int64_t to)
{
	while (w->tick < to && list_empty(&w->ready)) {
		int64_t begin = INT64_MAX;
		int s = next_slot(w, &begin);
		struct timer *from = s < 0 ? &w->far : &w->slot[s / SLOTS][s % SLOTS];

		if (s < 0 && !list_empty(&w->far))
			begin = far_begin(w);
		if (begin > to) {
			w->tick = to;
			return;
		}
		w->tick = begin;
		deal_out(w, from);
	}
}

static int64_t tick_floor(base_time t)
{
	return t.ns / TICK_NS - (t.ns % TICK_NS < 0);
}

static int64_t tick_ceil(base_time t)
{
	return MIN(t.ns / TICK_NS + (t.ns % TICK_NS > 0), TICK_MAX);
}

struct timer_wheel *timer_wheel_new(base_time now)
{
	struct timer_wheel *w = g_new0(struct timer_wheel, 1);

	w->tick = MAX(tick_floor(now), 0);
	list_init(&w->ready, NO_SLOT);
	list_init(&w->far, NO_SLOT);
	for (uint32_t i = 0; i < LEVELS * SLOTS; i++)
		list_init(&w->slot[i / SLOTS][i % SLOTS], i);
	return w;
}

static void empty_list(struct timer *head)
{
	while (!list_empty(head)) {
		struct timer *t = head->next;

		head->next = t->next;
		t->next = t->prev = NULL;
	}
}

void timer_wheel_free(struct timer_wheel *w)
{
	if (!w)
		return;
	empty_list(&w->ready);
	empty_list(&w->far);
	for (unsigned i = 0; i < LEVELS * SLOTS; i++)
		empty_list(&w->slot[i / SLOTS][i % SLOTS]);
	g_free(w);
}

void timer_set(struct timer_wheel *w, struct timer *t, base_time due)
{
	timer_cancel(w, t);
	if (time_is_never(due))
		return;
	t->tick = tick_ceil(due);
	t->order = w->next_order++;
	w->count++;
	place(w, t);
}

void timer_cancel(struct timer_wheel *w, struct timer *t)
{
	if (!timer_armed(t))
		return;
	unlink_timer(w, t);
	w->count--;
}

base_time timer_due(const struct timer *t)
{
	return timer_armed(t) ? (base_time){ t->tick * TICK_NS } : BASE_TIME_NEVER;
}

struct timer *timer_pop(struct timer_wheel *w, base_time now)
{
	int64_t to = tick_floor(now);

	advance(w, to);

	struct timer *t = w->ready.next;

	if (t == &w->ready || t->tick > to)
		return NULL;
	timer_cancel(w, t);
	return t;
}

base_time timer_next_due(const struct timer_wheel *w)
{
	int64_t begin;

	if (!list_empty(&w->ready))
		return timer_due(w->ready.next);
	if (next_slot(w, &begin) >= 0)
		return (base_time){ begin * TICK_NS };
	if (list_empty(&w->far))
		return BASE_TIME_NEVER;
	/* Far ones are not sorted: come back when the next block of the top level begins. */
	begin = (w->tick >> LEVELS * SLOT_BITS) + 1;
	return (base_time){ (begin << LEVELS * SLOT_BITS) * TICK_NS };
}

size_t timer_count(const struct timer_wheel *w)
{
	return w->count;
}
