/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open addressing with linear probing.  The table doubles when it is half full and never
 * shrinks.  Deletion shifts later members of the run back, so there are no tombstones and
 * a look-up never gets slower with age.
 */
#include "base/index.h"

#include <glib.h>

enum {
	MIN_BITS = 4,
	MAX_BITS = 40,
};

struct slot {
	uint64_t key;
	uint32_t value; /* 0: empty */
	uint32_t unused;
};

G_STATIC_ASSERT(sizeof(struct slot) == 16);

struct index {
	struct slot *slots;
	size_t mask;
	unsigned shift; /* the hash is the top bits of a product */
	size_t count;
};

static size_t home(const struct index *ix, uint64_t key)
{
	/* 2^64 / golden ratio; the fold lets high bits of the key count too. */
	return (size_t)((key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> ix->shift);
}

static void set_size(struct index *ix, unsigned bits)
{
	ix->slots = g_new0(struct slot, (size_t)1 << bits);
	ix->mask = ((size_t)1 << bits) - 1;
	ix->shift = 64 - bits;
}

struct index *index_new(size_t expected)
{
	struct index *ix = g_new0(struct index, 1);
	unsigned bits = MIN_BITS;

	while (bits < MAX_BITS && ((size_t)1 << bits) / 2 < expected)
		bits++;
	set_size(ix, bits);
	return ix;
}

void index_free(struct index *ix)
{
	if (!ix)
		return;
	g_free(ix->slots);
	g_free(ix);
}

/* The slot of key, or the empty slot where it would go. */
static struct slot *find(const struct index *ix, uint64_t key)
{
	size_t i = home(ix, key);

	while (ix->slots[i].value && ix->slots[i].key != key)
		i = (i + 1) & ix->mask;
	return &ix->slots[i];
}

static void grow(struct index *ix)
{
	g_autofree struct slot *old = ix->slots;
	size_t n = ix->mask + 1;

	set_size(ix, 64 - ix->shift + 1);
	for (size_t i = 0; i < n; i++) {
		if (old[i].value)
			*find(ix, old[i].key) = old[i];
	}
}

void index_put(struct index *ix, uint64_t key, uint32_t value)
{
	struct slot *s = find(ix, key);

	g_assert(value != 0);
	if (!s->value) {
		if (2 * (ix->count + 1) > ix->mask + 1) {
			grow(ix);
			s = find(ix, key);
		}
		ix->count++;
	}
	s->key = key;
	s->value = value;
}

uint32_t index_get(const struct index *ix, uint64_t key)
{
	return find(ix, key)->value;
}

bool index_del(struct index *ix, uint64_t key)
{
	struct slot *s = find(ix, key);

	if (!s->value)
		return false;

	size_t hole = (size_t)(s - ix->slots);

	for (size_t i = (hole + 1) & ix->mask; ix->slots[i].value;
		i = (i + 1) & ix->mask) {
		size_t want = home(ix, ix->slots[i].key);

		/* It may move back unless its home lies after the hole. */
		if (((i - want) & ix->mask) >= ((i - hole) & ix->mask)) {
			ix->slots[hole] = ix->slots[i];
			hole = i;
		}
	}
	ix->slots[hole] = (struct slot){ 0 };
	ix->count--;
	return true;
}

size_t index_count(const struct index *ix)
{
	return ix->count;
}

void index_prefetch(const struct index *ix, uint64_t key)
{
	__builtin_prefetch(&ix->slots[home(ix, key)]);
}
