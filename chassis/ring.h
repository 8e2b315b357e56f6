/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rings between two boards: one producer, one consumer, no lock.
 *
 * A ring of records holds framed bytes, a ring of packets holds buffer numbers (and so do the
 * return rings).  What the producer adds becomes visible with ring_publish(), the room that
 * the consumer frees with ring_release(): at the end of a turn in free run, at the round
 * barrier with a virtual clock.  The consumer looks at a snapshot taken by ring_look(), so
 * that what it sees does not grow in the middle of a turn.
 *
 * Sleep: the consumer stores its flag and then looks again, the producer publishes and then
 * reads the flag; both with seq_cst operations (ThreadSanitizer does not understand
 * fences).
 */
#pragma once

#include "base/time.h"

#include <glib.h>
#include <stdalign.h>

/* Head of a record in a ring.  Native order: it never leaves the process. */
struct frame {
	uint32_t size; /* of all, a multiple of eight */
	uint8_t type;  /* enum ipc_type; IPC_NONE: filler up to the end of the ring */
	uint8_t from, to;
	uint8_t spare; /* to the chassis: not zero when it has acted upon it already */
	uint32_t len;    /* of the payload */
	uint32_t life;   /* power-up of the receiver that it is meant for */
	uint64_t boot_id; /* of the sender */
	uint64_t term;
	int64_t due; /* virtual: time of delivery; free run: stamp that orders channels */
	int64_t ready; /* free run: not to be seen before; INT64_MIN: at once */
};

struct ring {
	union {
		uint8_t *bytes;
		uint64_t *entries;
	};
	int64_t *due; /* atomic; of entries; NULL: at once */
	uint32_t cap; /* octets or entries, a power of two */
	uint8_t from, to;
	base_dur latency;

	/* the producer's */
	alignas(64) uint32_t head;
	uint32_t tail_seen;
	uint32_t limit; /* at most so much lies in it, or one record */
	int64_t last_due, last_ready;
	bool dirty;

	/* the consumer's */
	alignas(64) uint32_t next;
	uint32_t seen;
	bool used;

	/* shared */
	alignas(64) uint32_t pub_head;
	alignas(64) uint32_t pub_tail;
	uint32_t want_room; /* the producer waits for room */
};

struct ring *ring_new(uint8_t from, uint8_t to, size_t bytes);
struct ring *ring_new_entries(uint8_t from, uint8_t to, uint32_t n, bool with_due);
/* From now on entries have a due time; what lies in it is due. */
void ring_give_due(struct ring *r);
void ring_free(struct ring *r);

/* ---- producer ---- */

/* Room for a frame of `size` octets, already counted; NULL when there is none now. */
struct frame *ring_put(struct ring *r, size_t size);
bool ring_put_entry(struct ring *r, uint64_t entry, int64_t due);
uint32_t ring_fill(struct ring *r); /* octets or entries that the consumer has not freed */
void ring_publish(struct ring *r);

/* Says that the producer waits for room.  False: there is room now, try again. */
bool ring_await_room(struct ring *r, size_t size);
bool ring_awaits_room(const struct ring *r);

/* ---- consumer ---- */

void ring_look(struct ring *r);
bool ring_news(const struct ring *r); /* something came since ring_look() */
uint32_t ring_head(const struct ring *r); /* as published now */

/* The next frame of the snapshot, fillers skipped; NULL at its end. */
struct frame *ring_front(struct ring *r);
void ring_next(struct ring *r, const struct frame *f);

static inline uint32_t ring_n_entries(const struct ring *r)
{
	return r->seen - r->next;
}

static inline uint64_t ring_entry(const struct ring *r, uint32_t i)
{
	return r->entries[(r->next + i) & (r->cap - 1)];
}

static inline int64_t ring_entry_due(const struct ring *r, uint32_t i)
{
	const int64_t *due = __atomic_load_n(&r->due, __ATOMIC_ACQUIRE);

	return due ? due[(r->next + i) & (r->cap - 1)] : INT64_MIN;
}

/* Makes room of what has been taken.  True: the producer waits for it, wake it. */
bool ring_release(struct ring *r);

static inline const uint8_t *frame_payload(const struct frame *f)
{
	return (const uint8_t *)(f + 1);
}

static inline size_t frame_size(size_t len)
{
	return (sizeof(struct frame) + len + 7) & ~(size_t)7;
}
