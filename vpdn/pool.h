/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses of the configured pools (ip local pool): which are in use, which comes
 * next. An address that was never used comes first, then the one that was given back
 * longest ago, so that a subscriber's address rests before somebody else gets it.
 */
#pragma once

#include "vpdn/config.h"

struct pools;

struct pools *pools_new(void);
void pools_free(struct pools *p);

/* Follows the configuration: new ranges appear, removed ones go.  An address in use
 * stays in use whatever happens to its range. */
void pools_sync(struct pools *p, const struct vpdn_config *c);

/* An address of the pool of that name, its ranges in order; 0 when there is none. */
uint32_t pools_take(struct pools *p, const char *name);

/* Takes that very address (after a switchover); false when it is in use already. */
bool pools_take_at(struct pools *p, uint32_t ip);

/* 0 is ignored. */
void pools_put(struct pools *p, uint32_t ip);

/* All are free again. */
void pools_clear(struct pools *p);

void pools_usage(const struct pools *p, const struct vpdn_pool *range, unsigned *free_,
	unsigned *in_use);
