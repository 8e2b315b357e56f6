/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ChaCha20 keystream (RFC 8439, section 2.3, with a 64-bit block counter and nonce zero).
 * Seed and stream are the key, so two streams of one seed have nothing in common.
 */
#include "base/rng.h"

#include <string.h>

#include <glib.h>

enum { ROUNDS = 20 };

static uint32_t rotl(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static void quarter(uint32_t x[16], unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 7);
}

static void double_round(uint32_t x[16])
{
	for (unsigned i = 0; i < 4; i++)
		quarter(x, i, 4 + i, 8 + i, 12 + i);
	for (unsigned i = 0; i < 4; i++)
		quarter(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
}

static void put_le32(uint8_t *to, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static void next_block(struct rng *r)
{
	uint32_t in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	uint32_t x[16];

	memcpy(in + 4, r->key, sizeof(r->key));
	in[12] = (uint32_t)r->block;
	in[13] = (uint32_t)(r->block >> 32);
	memcpy(x, in, sizeof(x));
	for (unsigned i = 0; i < ROUNDS / 2; i++)
		double_round(x);
	for (unsigned i = 0; i < 16; i++)
		put_le32(r->out + 4 * i, x[i] + in[i]);
	r->block++;
	r->used = 0;
}

void rng_init(struct rng *r, uint64_t seed, uint64_t stream)
{
	*r = (struct rng){
		.key = { (uint32_t)seed, (uint32_t)(seed >> 32), (uint32_t)stream,
			(uint32_t)(stream >> 32) },
		.used = sizeof(r->out),
	};
}

void rng_bytes(struct rng *r, void *to, size_t n)
{
	uint8_t *p = to;

	while (n > 0) {
		if (r->used >= sizeof(r->out))
			next_block(r);

		size_t part = MIN(n, sizeof(r->out) - r->used);

		memcpy(p, r->out + r->used, part);
		r->used += (unsigned)part;
		p += part;
		n -= part;
	}
}

uint32_t rng_u32(struct rng *r)
{
	uint8_t b[4];

	rng_bytes(r, b, sizeof(b));
	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

uint64_t rng_u64(struct rng *r)
{
	uint64_t low = rng_u32(r);

	return low | (uint64_t)rng_u32(r) << 32;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	g_assert(n > 0);

	/* Numbers below this are one too many for an even share: 2^32 mod n. */
	uint32_t skip = -n % n;
	uint32_t v;

	do
		v = rng_u32(r);
	while (v < skip);
	return v % n;
}
