/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Seeded random numbers (ChaCha20 keystream): unpredictable to an outsider who does not
 * know the seed, and the same for the same seed, so that virtual runs replay.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint32_t key[8];
	uint64_t block;
	uint8_t out[64];
	unsigned used;
};

/* stream separates users of one seed (board, engine): different streams are unrelated. */
void rng_init(struct rng *r, uint64_t seed, uint64_t stream);
uint32_t rng_u32(struct rng *r);
uint64_t rng_u64(struct rng *r);

/* Uniform in [0, n); n > 0. */
uint32_t rng_below(struct rng *r, uint32_t n);
void rng_bytes(struct rng *r, void *to, size_t n);
