/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pool of packet buffers: one partition a slot, and the packet rings that carry buffer
 * numbers between boards.
 *
 * A number is the slot of the partition and the place in it.  pkt.holder says which board has
 * a buffer: it is what brings everything home when a board is pulled.  It is stored with
 * relaxed atomics because the conductor looks for the pulled board's buffers while other
 * boards go on; it can only ever find those of the board that stands still.
 *
 * An entry of a packet ring is the receiver's power-up and the number; what was meant for an
 * earlier life of the receiver is lost to it and goes home.
 */
#include "chassis/internal.h"

#include <string.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)	  ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { NUMBER_SHIFT = 16 };

static uint32_t partition_size(enum board_kind kind)
{
	switch (kind) {
	case BOARD_RP:
		return 2048;
	case BOARD_FP:
		return 4096;
	case BOARD_SPA:
		return 8192;
	case BOARD_PEER:
		return 2048;
	case BOARD_CHASSIS:
		return 0;
	}
	g_assert_not_reached();
}

void pool_add(struct chassis *c, unsigned slot)
{
	struct partition *part = &c->parts[slot];
	void *mem;

	part->n = partition_size(slot_kind(slot));
	if (!part->n)
		return;
	mem = mmap(NULL, (size_t)part->n * PKT_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED)
		g_error("no memory for packet buffers");
	part->mem = mem;
	part->stack = g_new(uint32_t, part->n);
}

void pool_deinit(struct chassis *c)
{
	for (unsigned slot = 0; slot < N_SLOTS; slot++) {
		struct partition *part = &c->parts[slot];

		if (part->mem) {
			ASAN_UNPOISON_MEMORY_REGION(part->mem, (size_t)part->n * PKT_SIZE);
			munmap(part->mem, (size_t)part->n * PKT_SIZE);
		}
		g_free(part->stack);
	}
}

static inline struct pkt *part_pkt(const struct partition *part, uint32_t i)
{
	return (struct pkt *)(void *)(part->mem + (size_t)i * PKT_SIZE);
}

struct pkt *pool_pkt(const struct chassis *c, uint32_t number)
{
	return part_pkt(&c->parts[number >> NUMBER_SHIFT],
		number & ((1u << NUMBER_SHIFT) - 1));
}

uint32_t pool_size(const struct chassis *c, unsigned slot)
{
	return c->parts[slot].n;
}

/* AddressSanitizer finds whoever touches the data of a buffer that he does not hold. */
static inline void set_holder(struct pkt *p, uint8_t slot)
{
	if (slot == SLOT_NONE)
		ASAN_POISON_MEMORY_REGION((uint8_t *)p + PKT_META, PKT_SIZE - PKT_META);
	else
		ASAN_UNPOISON_MEMORY_REGION((uint8_t *)p + PKT_META, PKT_SIZE - PKT_META);
	__atomic_store_n(&p->holder, slot, __ATOMIC_RELAXED);
}

void pool_show(struct pkt *p)
{
	ASAN_UNPOISON_MEMORY_REGION((uint8_t *)p + PKT_META, PKT_SIZE - PKT_META);
}

void pool_hide(struct pkt *p)
{
	ASAN_POISON_MEMORY_REGION((uint8_t *)p + PKT_META, PKT_SIZE - PKT_META);
}

static inline uint8_t get_holder(const struct pkt *p)
{
	return __atomic_load_n(&p->holder, __ATOMIC_RELAXED);
}

static void mark_used(struct board_env *b, struct ring *r)
{
	if (!r->used) {
		r->used = true;
		g_ptr_array_add(b->used, r);
	}
}

static void mark_dirty(struct board_env *b, struct ring *r)
{
	if (!r->dirty) {
		r->dirty = true;
		g_ptr_array_add(b->dirty_pkt, r);
	}
}

static void collect_returned(struct board_env *b)
{
	struct partition *part = &b->c->parts[b->slot];

	for (unsigned i = 0; i < N_SLOTS; i++) {
		struct ring *r = b->ret_in[i];
		uint32_t n;

		if (!r)
			continue;
		ring_look(r);
		n = ring_n_entries(r);
		for (uint32_t k = 0; k < n; k++)
			part->stack[part->n_stack++] = (uint32_t)ring_entry(r, k);
		r->next += n;
		if (n)
			mark_used(b, r);
	}
}

static bool take_number(struct board_env *b, struct partition *part, uint32_t *number)
{
	uint32_t fresh = part->fresh;

	if (part->n_stack) {
		*number = part->stack[--part->n_stack];
		return true;
	}
	if (fresh == part->n)
		return false;
	*number = (uint32_t)b->slot << NUMBER_SHIFT | fresh;
	set_holder(part_pkt(part, fresh), SLOT_NONE);
	__atomic_store_n(&part->fresh, fresh + 1, __ATOMIC_RELEASE);
	return true;
}

unsigned pkt_alloc(struct board_env *b, struct pkt **pkts, unsigned n)
{
	struct partition *part = &b->c->parts[b->slot];
	unsigned got;

	if (part->n_stack < n)
		collect_returned(b);
	for (got = 0; got < n; got++) {
		uint32_t number;
		struct pkt *p;

		if (!take_number(b, part, &number))
			break;
		p = pool_pkt(b->c, number);
		p->off = PKT_META + PKT_HEADROOM;
		p->len = 0;
		p->owner = b->slot;
		set_holder(p, b->slot);
		p->class = PKT_CLASS_NONE;
		p->flags = 0;
		p->ifindex = p->tunnel = 0;
		p->session = p->term = p->generation = p->mark = 0;
		p->number = number;
		pkts[got] = p;
	}
	return got;
}

void pkt_free(struct board_env *b, struct pkt **pkts, unsigned n)
{
	struct partition *part = &b->c->parts[b->slot];

	for (unsigned i = 0; i < n; i++) {
		struct pkt *p = pkts[i];
		struct ring *r;

		g_assert(get_holder(p) == b->slot);
		set_holder(p, SLOT_NONE);
		if (p->owner == b->slot) {
			part->stack[part->n_stack++] = p->number;
			continue;
		}
		r = b->ret_out[p->owner];
		/* The ring is as long as the owner's partition: never full. */
		if (!ring_put_entry(r, p->number, INT64_MIN))
			g_assert_not_reached();
		mark_dirty(b, r);
	}
}

static uint32_t life_of(const struct board_env *b)
{
	return b ? __atomic_load_n(&b->alive, __ATOMIC_ACQUIRE) : 0;
}

/* Over a channel with faults: true when the packet was taken, and is perhaps lost. */
static bool tx_one(struct board_env *b, struct ring *r, struct lane *lane, uint32_t life,
	struct pkt *p)
{
	int64_t free_at = lane->free_at, due;

	if (b->items >= __atomic_load_n(&b->cut, __ATOMIC_RELAXED)) {
		pkt_free(b, &p, 1);
		return true;
	}
	if (lane_is_cut(lane)) {
		pkt_free(b, &p, 1);
	} else {
		g_assert(get_holder(p) == b->slot);
		due = lane_arrival(lane, r->latency, b->now, p->len);
		if (!ring_put_entry(r, (uint64_t)life << 32 | p->number,
			    MAX(due, r->last_due))) {
			lane->free_at = free_at;
			return false;
		}
		set_holder(p, SLOT_NONE);
		mark_dirty(b, r);
	}
	__atomic_store_n(&b->items, b->items + 1, __ATOMIC_RELAXED);
	return true;
}

static unsigned tx_lane(struct board_env *b, struct ring *r, struct lane *lane, uint32_t life,
	struct pkt **pkts, unsigned n)
{
	unsigned i;

	for (i = 0; i < n && tx_one(b, r, lane, life, pkts[i]); i++)
		;
	return i;
}

unsigned pkt_tx(struct board_env *b, unsigned to, struct pkt **pkts, unsigned n)
{
	struct ring *r = to < N_SLOTS ? b->pkt_out[to] : NULL;
	uint32_t life = r ? life_of(b->c->board[to]) : 0;
	uint64_t cut = __atomic_load_n(&b->cut, __ATOMIC_RELAXED);
	uint64_t items = b->items;
	struct lane *lane = r ? board_lane(b, to) : NULL;
	int64_t due;
	unsigned i;

	if (!life)
		return 0;
	if (lane)
		return tx_lane(b, r, lane, life, pkts, n);
	due = MAX(b->now.ns + r->latency.ns, r->last_due);
	for (i = 0; i < n; i++) {
		struct pkt *p = pkts[i];

		if (items >= cut) { /* pulled: taken, but it leaves the chassis nowhere */
			pkt_free(b, pkts + i, n - i);
			i = n;
			break;
		}
		g_assert(get_holder(p) == b->slot);
		if (!ring_put_entry(r, (uint64_t)life << 32 | p->number, due))
			break;
		set_holder(p, SLOT_NONE);
		items++;
	}
	if (items != b->items) {
		__atomic_store_n(&b->items, items, __ATOMIC_RELAXED);
		mark_dirty(b, r);
	}
	return i;
}

unsigned pkt_rx(struct board_env *b, unsigned from, struct pkt **pkts, unsigned n)
{
	struct ring *r = from < N_SLOTS ? b->pkt_in[from] : NULL;
	uint32_t left = r ? ring_n_entries(r) : 0;
	unsigned got = 0;

	for (uint32_t i = 0; i < MIN(left, n); i++)
		__builtin_prefetch(pool_pkt(b->c, (uint32_t)ring_entry(r, i)), 1);
	while (left-- && got < n && ring_entry_due(r, 0) <= b->now.ns) {
		uint64_t entry = ring_entry(r, 0);
		struct pkt *p = pool_pkt(b->c, (uint32_t)entry);

		set_holder(p, b->slot);
		r->next++;
		if (entry >> 32 == b->lives)
			pkts[got++] = p;
		else
			pkt_free(b, &p, 1);
		mark_used(b, r);
	}
	return got;
}

void pool_drain(struct board_env *b)
{
	for (unsigned i = 0; i < b->pkt_ins->len; i++) {
		struct ring *r = g_ptr_array_index(b->pkt_ins, i);
		uint32_t n;

		ring_look(r);
		n = ring_n_entries(r);
		for (uint32_t k = 0; k < n; k++) {
			struct pkt *p = pool_pkt(b->c, (uint32_t)ring_entry(r, k));

			set_holder(p, b->slot);
			pkt_free(b, &p, 1);
		}
		r->next += n;
		if (n)
			mark_used(b, r);
	}
	board_publish(b);
}

void pool_reclaim(struct board_env *b)
{
	for (unsigned slot = 0; slot < N_SLOTS; slot++) {
		struct partition *part = &b->c->parts[slot];
		uint32_t fresh = __atomic_load_n(&part->fresh, __ATOMIC_ACQUIRE);

		for (uint32_t i = 0; i < fresh; i++) {
			struct pkt *p = part_pkt(part, i);

			if (get_holder(p) == b->slot)
				pkt_free(b, &p, 1);
		}
	}
	pool_drain(b);
}

uint32_t pool_home(struct chassis *c, unsigned slot)
{
	const struct partition *part = &c->parts[slot];
	uint32_t n = part->n_stack + part->n - part->fresh;

	for (unsigned i = 0; i < N_SLOTS; i++) {
		struct ring *r = c->board[slot]->ret_in[i];

		n += r ? ring_head(r) - r->next : 0;
	}
	return n;
}
