/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Slab of fixed-size records.
 *
 * Records lie in chunks of 256, made when first needed and kept.  Free records form one
 * list through all chunks, taken from at the head and put back at the tail, so that a
 * number rests as long as possible before it comes back.  The list is doubly linked, since
 * a standby takes the very numbers that its active took.
 */
#include "base/slab.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

enum {
	CHUNK = 256,
	ALIGN = 16,
};

#define TAKEN UINT32_MAX

struct link {
	uint32_t next,
		prev; /* of the free list, 0 at its ends; next is TAKEN when taken */
};

struct chunk {
	struct link link[CHUNK];
	uint32_t taken;
	unsigned char *items;
};

struct slab {
	size_t item;
	uint32_t max;
	uint32_t count;
	uint32_t first_free, last_free;
	struct chunk **chunks;
	uint32_t n_chunks; /* length of chunks, which has holes after slab_take_at() */
	uint32_t fresh;    /* no chunk below this number is missing */
};

/* Number n (from 1) is record (n - 1) % CHUNK of chunk (n - 1) / CHUNK. */
static struct chunk *chunk_of(const struct slab *s, uint32_t index)
{
	uint32_t c = (index - 1) / CHUNK;

	return index && c < s->n_chunks ? s->chunks[c] : NULL;
}

static struct link *link_of(const struct slab *s, uint32_t index)
{
	return &chunk_of(s, index)->link[(index - 1) % CHUNK];
}

static void free_append(struct slab *s, uint32_t index)
{
	*link_of(s, index) = (struct link){ .next = 0, .prev = s->last_free };
	if (s->last_free)
		link_of(s, s->last_free)->next = index;
	else
		s->first_free = index;
	s->last_free = index;
}

static void free_remove(struct slab *s, uint32_t index)
{
	struct link *l = link_of(s, index);

	if (l->prev)
		link_of(s, l->prev)->next = l->next;
	else
		s->first_free = l->next;
	if (l->next)
		link_of(s, l->next)->prev = l->prev;
	else
		s->last_free = l->prev;
	l->next = TAKEN;
}

static void add_chunk(struct slab *s, uint32_t c)
{
	if (c >= s->n_chunks) {
		uint32_t n = MAX(c + 1, s->n_chunks + s->n_chunks / 2);

		s->chunks = g_renew(struct chunk *, s->chunks, n);
		memset(s->chunks + s->n_chunks, 0,
			(n - s->n_chunks) * sizeof(*s->chunks));
		s->n_chunks = n;
	}
	s->chunks[c] = g_new0(struct chunk, 1);
	s->chunks[c]->items = g_malloc0_n(CHUNK, s->item);

	uint64_t first = (uint64_t)c * CHUNK + 1;

	for (uint64_t i = first; i < first + CHUNK && i <= s->max; i++)
		free_append(s, (uint32_t)i);
}

static void *take(struct slab *s, uint32_t index)
{
	struct chunk *c = chunk_of(s, index);
	void *rec = c->items + (index - 1) % CHUNK * s->item;

	free_remove(s, index);
	c->taken++;
	s->count++;
	memset(rec, 0, s->item);
	return rec;
}

struct slab *slab_new(size_t item, uint32_t max)
{
	struct slab *s = g_new0(struct slab, 1);

	s->item = (MAX(item, 1) + ALIGN - 1) / ALIGN * ALIGN;
	s->max = MIN(max, TAKEN - 1);
	return s;
}

void slab_free(struct slab *s)
{
	if (!s)
		return;
	for (uint32_t c = 0; c < s->n_chunks; c++) {
		if (s->chunks[c])
			g_free(s->chunks[c]->items);
		g_free(s->chunks[c]);
	}
	g_free(s->chunks);
	g_free(s);
}

void *slab_take(struct slab *s, uint32_t *index)
{
	*index = 0;
	if (s->count == s->max)
		return NULL;
	if (!s->first_free) {
		while (s->fresh < s->n_chunks && s->chunks[s->fresh])
			s->fresh++;
		add_chunk(s, s->fresh);
	}
	*index = s->first_free;
	return take(s, s->first_free);
}

void *slab_take_at(struct slab *s, uint32_t index)
{
	if (index == 0 || index > s->max)
		return NULL;
	if (!chunk_of(s, index))
		add_chunk(s, (index - 1) / CHUNK);
	return link_of(s, index)->next == TAKEN ? NULL : take(s, index);
}

void slab_put(struct slab *s, uint32_t index)
{
	g_assert(slab_get(s, index));
	chunk_of(s, index)->taken--;
	s->count--;
	free_append(s, index);
}

void *slab_get(const struct slab *s, uint32_t index)
{
	struct chunk *c = chunk_of(s, index);
	uint32_t i = (index - 1) % CHUNK;

	return c && c->link[i].next == TAKEN ? c->items + i * s->item : NULL;
}

void *slab_next(const struct slab *s, uint32_t after, uint32_t *index)
{
	uint64_t end = (uint64_t)s->n_chunks * CHUNK;

	for (uint64_t i = after; i < end; i++) { /* record i % CHUNK has number i + 1 */
		const struct chunk *c = s->chunks[i / CHUNK];

		if (!c || c->taken == 0) {
			i |= CHUNK - 1;
		} else if (c->link[i % CHUNK].next == TAKEN) {
			*index = (uint32_t)i + 1;
			return c->items + i % CHUNK * s->item;
		}
	}
	*index = 0;
	return NULL;
}

uint32_t slab_count(const struct slab *s)
{
	return s->count;
}
