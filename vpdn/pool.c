/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Address pools.
 *
 * A range has a frontier, the first address never looked at, and a queue of addresses
 * given back, all below it.  Taking is: from the frontier while there is something,
 * then from the head of the queue.  So memory follows the addresses used, not the size
 * of the range, and every step is O(1): the frontier passes an address once.
 *
 * Addresses in use are one set over all ranges.  One above the frontier (taken by
 * number after a switchover) is not queued when it comes back: the frontier will get
 * there.
 */
#include "vpdn/pool.h"

#include <glib.h>

struct range {
	char *name;
	uint32_t low, high;
	uint64_t frontier; /* may be one above UINT32_MAX */
	GQueue *returned;  /* addresses, oldest first */
	unsigned in_use;
};

struct pools {
	GPtrArray *ranges;  /* struct range *, in order of configuration */
	GPtrArray *sorted;  /* the same by address, borrowed */
	GHashTable *in_use; /* set of addresses; walked only to count */
};

static void range_free(void *data)
{
	struct range *r = data;

	g_queue_free(r->returned);
	g_free(r->name);
	g_free(r);
}

static struct range *range_new(const struct vpdn_pool *from)
{
	struct range *r = g_new0(struct range, 1);

	r->name = g_strdup(from->name);
	r->low = from->low;
	r->high = from->high;
	r->frontier = r->low;
	r->returned = g_queue_new();
	return r;
}

struct pools *pools_new(void)
{
	struct pools *p = g_new0(struct pools, 1);

	p->ranges = g_ptr_array_new_with_free_func(range_free);
	p->sorted = g_ptr_array_new();
	p->in_use = g_hash_table_new(NULL, NULL);
	return p;
}

void pools_free(struct pools *p)
{
	if (!p)
		return;
	g_ptr_array_unref(p->sorted);
	g_ptr_array_unref(p->ranges);
	g_hash_table_unref(p->in_use);
	g_free(p);
}

static bool is_range(const struct range *r, const struct vpdn_pool *c)
{
	return r->low == c->low && r->high == c->high && strcmp(r->name, c->name) == 0;
}

static struct range *find_config(const struct pools *p, const struct vpdn_pool *c)
{
	for (unsigned i = 0; i < p->ranges->len; i++) {
		struct range *r = g_ptr_array_index(p->ranges, i);

		if (is_range(r, c))
			return r;
	}
	return NULL;
}

static struct range *find_address(const struct pools *p, uint32_t ip)
{
	unsigned low = 0, high = p->sorted->len;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;
		struct range *r = g_ptr_array_index(p->sorted, mid);

		if (ip < r->low)
			high = mid;
		else if (ip > r->high)
			low = mid + 1;
		else
			return r;
	}
	return NULL;
}

static int by_address(const void *a, const void *b)
{
	const struct range *x = *(struct range *const *)a;
	const struct range *y = *(struct range *const *)b;

	return (x->low > y->low) - (x->low < y->low);
}

static bool is_in_use(const struct pools *p, uint32_t ip)
{
	return g_hash_table_contains(p->in_use, GUINT_TO_POINTER(ip));
}

/* A range that is configured while some of its addresses are in use already (the pool
 * was removed and came back) must count them.  Configuration is rare enough for a
 * walk. */
static unsigned count_in_use(const struct pools *p, const struct range *r)
{
	GHashTableIter iter;
	void *key;
	unsigned n = 0;

	g_hash_table_iter_init(&iter, p->in_use);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		uint32_t ip = GPOINTER_TO_UINT(key);

		n += ip >= r->low && ip <= r->high;
	}
	return n;
}

void pools_sync(struct pools *p, const struct vpdn_config *c)
{
	GPtrArray *next = g_ptr_array_new_with_free_func(range_free);

	for (unsigned i = 0; i < c->pools->len; i++) {
		const struct vpdn_pool *from = g_ptr_array_index(c->pools, i);
		struct range *r = find_config(p, from);

		if (r) {
			unsigned at;

			g_ptr_array_find(p->ranges, r, &at);
			g_ptr_array_steal_index(p->ranges, at);
		} else {
			r = range_new(from);
			r->in_use = count_in_use(p, r);
		}
		g_ptr_array_add(next, r);
	}
	g_ptr_array_unref(p->ranges);
	p->ranges = next;
	g_ptr_array_set_size(p->sorted, 0);
	for (unsigned i = 0; i < next->len; i++)
		g_ptr_array_add(p->sorted, g_ptr_array_index(next, i));
	g_ptr_array_sort(p->sorted, by_address);
}

static uint32_t range_take(struct pools *p, struct range *r)
{
	while (r->frontier <= r->high) {
		uint32_t ip = (uint32_t)r->frontier++;

		if (!is_in_use(p, ip))
			return ip;
	}
	/* One that was taken by number while it lay here is left out. */
	while (!g_queue_is_empty(r->returned)) {
		uint32_t ip = GPOINTER_TO_UINT(g_queue_pop_head(r->returned));

		if (!is_in_use(p, ip))
			return ip;
	}
	return 0;
}

uint32_t pools_take(struct pools *p, const char *name)
{
	for (unsigned i = 0; i < p->ranges->len; i++) {
		struct range *r = g_ptr_array_index(p->ranges, i);
		uint32_t ip = strcmp(r->name, name) == 0 ? range_take(p, r) : 0;

		if (ip) {
			g_hash_table_add(p->in_use, GUINT_TO_POINTER(ip));
			r->in_use++;
			return ip;
		}
	}
	return 0;
}

bool pools_take_at(struct pools *p, uint32_t ip)
{
	struct range *r = find_address(p, ip);

	if (ip == 0 || is_in_use(p, ip))
		return false;
	g_hash_table_add(p->in_use, GUINT_TO_POINTER(ip));
	if (r)
		r->in_use++;
	return true;
}

void pools_put(struct pools *p, uint32_t ip)
{
	struct range *r = find_address(p, ip);

	if (ip == 0 || !g_hash_table_remove(p->in_use, GUINT_TO_POINTER(ip)) || !r)
		return;
	r->in_use--;
	if (ip < r->frontier)
		g_queue_push_tail(r->returned, GUINT_TO_POINTER(ip));
}

void pools_clear(struct pools *p)
{
	g_hash_table_remove_all(p->in_use);
	for (unsigned i = 0; i < p->ranges->len; i++) {
		struct range *r = g_ptr_array_index(p->ranges, i);

		g_queue_clear(r->returned);
		r->frontier = r->low;
		r->in_use = 0;
	}
}

void pools_usage(const struct pools *p, const struct vpdn_pool *range, unsigned *free_,
	unsigned *in_use)
{
	const struct range *r = find_config(p, range);
	uint64_t size = (uint64_t)range->high - range->low + 1;

	*in_use = r ? r->in_use : 0;
	*free_ = (unsigned)MIN(size - *in_use, UINT32_MAX);
}
