/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rings between two boards; see ring.h.  Indices run freely and wrap at 2^32.
 */
#include "chassis/ring.h"

#include <string.h>

enum { FILLER = 0, RING_ALIGN = 64 };

static struct ring *new_ring(uint8_t from, uint8_t to, uint32_t cap)
{
	struct ring *r = g_aligned_alloc0(1, sizeof(*r), RING_ALIGN);

	g_assert(cap && !(cap & (cap - 1)));
	r->from = from;
	r->to = to;
	r->cap = cap;
	r->limit = cap;
	r->last_due = r->last_ready = INT64_MIN;
	return r;
}

struct ring *ring_new(uint8_t from, uint8_t to, size_t bytes)
{
	struct ring *r = new_ring(from, to, (uint32_t)bytes);

	r->bytes = g_malloc(bytes);
	return r;
}

struct ring *ring_new_entries(uint8_t from, uint8_t to, uint32_t n, bool with_due)
{
	struct ring *r = new_ring(from, to, n);

	r->entries = g_new(uint64_t, n);
	r->due = with_due ? g_new(int64_t, n) : NULL;
	return r;
}

void ring_give_due(struct ring *r)
{
	int64_t *due;

	if (r->due)
		return;
	due = g_new(int64_t, r->cap);
	for (uint32_t i = 0; i < r->cap; i++)
		due[i] = INT64_MIN;
	__atomic_store_n(&r->due, due, __ATOMIC_RELEASE);
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	g_free(r->bytes);
	g_free(r->due);
	g_aligned_free(r);
}

static bool fits(const struct ring *r, uint32_t n)
{
	uint32_t used = r->head - r->tail_seen;

	return n <= r->cap - used && (!used || used + n <= r->limit);
}

static void look_for_room(struct ring *r)
{
	r->tail_seen = __atomic_load_n(&r->pub_tail, __ATOMIC_SEQ_CST);
}

static bool has_room(struct ring *r, uint32_t n)
{
	if (fits(r, n))
		return true;
	look_for_room(r);
	return fits(r, n);
}

/* Octets lost at the end of the ring when a frame of `size` does not fit before it. */
static uint32_t filler(const struct ring *r, size_t size)
{
	uint32_t left = r->cap - (r->head & (r->cap - 1));

	return left < size ? left : 0;
}

struct frame *ring_put(struct ring *r, size_t size)
{
	uint32_t fill = filler(r, size);
	struct frame *f;

	if (!has_room(r, fill + (uint32_t)size))
		return NULL;
	if (fill) {
		f = (struct frame *)(void *)(r->bytes + (r->head & (r->cap - 1)));
		f->size = fill;
		f->type = FILLER;
		r->head += fill;
	}
	f = (struct frame *)(void *)(r->bytes + (r->head & (r->cap - 1)));
	f->size = (uint32_t)size;
	r->head += (uint32_t)size;
	return f;
}

bool ring_put_entry(struct ring *r, uint64_t entry, int64_t due)
{
	int64_t *dues = __atomic_load_n(&r->due, __ATOMIC_ACQUIRE);
	uint32_t at = r->head & (r->cap - 1);

	if (!has_room(r, 1))
		return false;
	r->entries[at] = entry;
	if (dues)
		dues[at] = due;
	r->last_due = due;
	r->head++;
	return true;
}

uint32_t ring_fill(struct ring *r)
{
	look_for_room(r);
	return r->head - r->tail_seen;
}

void ring_publish(struct ring *r)
{
	__atomic_store_n(&r->pub_head, r->head, __ATOMIC_SEQ_CST);
}

bool ring_await_room(struct ring *r, size_t size)
{
	uint32_t need = filler(r, size) + (uint32_t)size;

	__atomic_store_n(&r->want_room, 1, __ATOMIC_SEQ_CST);
	return !has_room(r, need);
}

bool ring_awaits_room(const struct ring *r)
{
	return __atomic_load_n(&r->want_room, __ATOMIC_SEQ_CST);
}

void ring_look(struct ring *r)
{
	r->seen = ring_head(r);
}

uint32_t ring_head(const struct ring *r)
{
	return __atomic_load_n(&r->pub_head, __ATOMIC_SEQ_CST);
}

bool ring_news(const struct ring *r)
{
	return ring_head(r) != r->seen;
}

struct frame *ring_front(struct ring *r)
{
	struct frame *f;

	while (r->next != r->seen) {
		f = (struct frame *)(void *)(r->bytes + (r->next & (r->cap - 1)));
		if (f->type != FILLER)
			return f;
		r->next += f->size;
	}
	return NULL;
}

void ring_next(struct ring *r, const struct frame *f)
{
	r->next += f->size;
}

bool ring_release(struct ring *r)
{
	__atomic_store_n(&r->pub_tail, r->next, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&r->want_room, __ATOMIC_SEQ_CST) &&
	       __atomic_exchange_n(&r->want_room, 0, __ATOMIC_SEQ_CST);
}
