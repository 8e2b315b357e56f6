/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Longest prefix match over connected and static routes: one hash look-up for each prefix
 * length in use.  Subscribers' /32 are not here but in the session index.
 */
#pragma once

#include "base/index.h"
#include "chassis/messages.h"

#include <stdbool.h>
#include <stdint.h>

enum { FP_ROUTES_MAX = 4096 };

struct fp_route {
	uint32_t prefix;
	uint32_t next_hop; /* 0: the destination itself, on ifindex */
	uint16_t ifindex;  /* 0: found from next_hop */
	uint8_t len;       /* of the prefix */
	bool used;
	bool connected; /* comes and goes with its interface's address */
	uint32_t generation;
};

struct fp_routes {
	struct fp_route *route;  /* [FP_ROUTES_MAX + 1], 0 unused */
	struct index *by_prefix; /* to number */
	uint32_t of_len[33];     /* how many of each length */
	uint32_t count, highest;
};

void fp_routes_init(struct fp_routes *t);
void fp_routes_deinit(struct fp_routes *t);

/* Adds or replaces; false: the table is full, or mask is not a prefix. */
bool fp_routes_put(struct fp_routes *t, uint32_t prefix, uint32_t mask,
	uint32_t next_hop, uint16_t ifindex, bool connected, uint32_t generation);
void fp_routes_del(struct fp_routes *t, uint32_t prefix, uint32_t mask, bool connected);

/* Where packets to dst go: sets *next_hop (dst itself when connected) and *ifindex.  Static
 * routes by next hop are followed one step. */
bool fp_routes_find(
	const struct fp_routes *t, uint32_t dst, uint32_t *next_hop, uint16_t *ifindex);

/* Removes all static routes. */
void fp_routes_clear(struct fp_routes *t);

/* Removes static routes of other generations; how many. */
uint32_t fp_routes_sweep(struct fp_routes *t, uint32_t generation);

/* What the RP said of a route; false: it is unused or a connected one. */
bool fp_routes_config(
	const struct fp_routes *t, uint32_t number, struct msg_fib_route *m);

/* Length of the prefix of a mask, -1 when its ones are not together. */
int fp_mask_len(uint32_t mask);
