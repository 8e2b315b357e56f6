/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Route table.  A connected and a static route of the same prefix are two members: the
 * connected one wins, and the static one is there again when it goes.
 */
#include "fp/route.h"

#include <glib.h>

void fp_routes_init(struct fp_routes *t)
{
	*t = (struct fp_routes){
		.route = g_new0(struct fp_route, FP_ROUTES_MAX + 1),
		.by_prefix = index_new(16),
	};
}

void fp_routes_deinit(struct fp_routes *t)
{
	g_free(t->route);
	index_free(t->by_prefix);
}

int fp_mask_len(uint32_t mask)
{
	uint32_t host = ~mask;

	if (host & (host + 1))
		return -1;
	return 32 - __builtin_popcount(host);
}

static uint32_t len_mask(unsigned len)
{
	return len ? UINT32_MAX << (32 - len) : 0;
}

static uint64_t key_of(uint32_t prefix, unsigned len, bool connected)
{
	return (uint64_t)prefix << 8 | len << 1 | connected;
}

static uint32_t free_number(struct fp_routes *t)
{
	for (uint32_t i = 1; i <= FP_ROUTES_MAX; i++) {
		if (!t->route[i].used)
			return i;
	}
	return 0;
}

bool fp_routes_put(struct fp_routes *t, uint32_t prefix, uint32_t mask,
	uint32_t next_hop, uint16_t ifindex, bool connected, uint32_t generation)
{
	int len = fp_mask_len(mask);

	if (len < 0)
		return false;
	prefix &= mask;

	uint64_t key = key_of(prefix, (unsigned)len, connected);
	uint32_t n = index_get(t->by_prefix, key);

	if (!n) {
		n = free_number(t);
		if (!n)
			return false;
		index_put(t->by_prefix, key, n);
		t->of_len[len]++;
		t->count++;
		t->highest = MAX(t->highest, n);
	}
	t->route[n] = (struct fp_route){
		.prefix = prefix,
		.next_hop = next_hop,
		.ifindex = ifindex,
		.len = (uint8_t)len,
		.used = true,
		.connected = connected,
		.generation = generation,
	};
	return true;
}

static void remove_number(struct fp_routes *t, uint32_t n)
{
	struct fp_route *r = &t->route[n];

	index_del(t->by_prefix, key_of(r->prefix, r->len, r->connected));
	t->of_len[r->len]--;
	t->count--;
	*r = (struct fp_route){ 0 };
}

void fp_routes_del(struct fp_routes *t, uint32_t prefix, uint32_t mask, bool connected)
{
	int len = fp_mask_len(mask);

	if (len < 0)
		return;

	uint32_t n = index_get(
		t->by_prefix, key_of(prefix & mask, (unsigned)len, connected));

	if (n)
		remove_number(t, n);
}

static const struct fp_route *match(const struct fp_routes *t, uint32_t dst)
{
	for (int len = 32; len >= 0; len--) {
		if (!t->of_len[len])
			continue;

		uint32_t prefix = dst & len_mask((unsigned)len);
		uint32_t n =
			index_get(t->by_prefix, key_of(prefix, (unsigned)len, true));

		if (!n)
			n = index_get(
				t->by_prefix, key_of(prefix, (unsigned)len, false));
		if (n)
			return &t->route[n];
	}
	return NULL;
}

bool fp_routes_find(
	const struct fp_routes *t, uint32_t dst, uint32_t *next_hop, uint16_t *ifindex)
{
	const struct fp_route *r = match(t, dst);

	if (!r)
		return false;
	*next_hop = r->next_hop ? r->next_hop : dst;
	*ifindex = r->ifindex;
	if (r->ifindex)
		return true;
	if (!r->next_hop)
		return false;

	const struct fp_route *via = match(t, r->next_hop);

	if (!via || !via->ifindex || via->next_hop)
		return false;
	*ifindex = via->ifindex;
	return true;
}

void fp_routes_clear(struct fp_routes *t)
{
	for (uint32_t i = 1; i <= t->highest; i++)
		if (t->route[i].used && !t->route[i].connected)
			remove_number(t, i);
}

uint32_t fp_routes_sweep(struct fp_routes *t, uint32_t generation)
{
	uint32_t removed = 0;

	for (uint32_t i = 1; i <= t->highest; i++) {
		struct fp_route *r = &t->route[i];

		if (!r->used || r->connected || r->generation == generation)
			continue;
		remove_number(t, i);
		removed++;
	}
	return removed;
}
