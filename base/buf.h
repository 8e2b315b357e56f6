/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading bytes we do not trust, and writing bytes into fixed room.
 *
 * rd is a cursor over bytes that somebody else owns.  A read past the end returns zero
 * and sets `bad`, which sticks: parse straight through and check once at the end.  wr is
 * its twin for output.  All multi-octet fields are in network order.  No other code in
 * the project does pointer arithmetic over input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd {
	const uint8_t *p;
	const uint8_t *end;
	bool bad; /* a read went past the end; sticky */
};

struct wr {
	uint8_t *buf;
	size_t cap;
	size_t len;
	bool bad; /* a write did not fit; sticky, and nothing was written by it */
};

static inline struct rd rd_init(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	return (struct rd){ .p = p, .end = p ? p + n : p };
}

static inline size_t rd_left(const struct rd *r)
{
	return r->bad ? 0 : (size_t)(r->end - r->p);
}

/* The next n bytes, borrowed; NULL (and bad) when there are fewer. */
static inline const uint8_t *rd_take(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || rd_left(r) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

static inline void rd_skip(struct rd *r, size_t n)
{
	(void)rd_take(r, n);
}

static inline uint8_t rd_u8(struct rd *r)
{
	const uint8_t *p = rd_take(r, 1);

	return p ? p[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t rd_u32(struct rd *r)
{
	const uint8_t *p = rd_take(r, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
		 : 0;
}

static inline uint64_t rd_u64(struct rd *r)
{
	uint64_t hi = rd_u32(r);

	return hi << 32 | rd_u32(r);
}

/* Copies n bytes into `to`; zeroes `to` when there are fewer. */
static inline void rd_copy(struct rd *r, void *to, size_t n)
{
	const uint8_t *p = rd_take(r, n);

	if (p)
		memcpy(to, p, n);
	else
		memset(to, 0, n);
}

/* The next n bytes as their own cursor: an inner field cannot outrun its frame. */
static inline struct rd rd_sub(struct rd *r, size_t n)
{
	const uint8_t *p = rd_take(r, n);

	return p ? (struct rd){ .p = p, .end = p + n } : (struct rd){ .bad = true };
}

static inline struct wr wr_init(void *buf, size_t cap)
{
	return (struct wr){ .buf = buf, .cap = cap };
}

/* Room for n bytes, already counted in len; NULL (and bad) when they do not fit. */
static inline uint8_t *wr_room(struct wr *w, size_t n)
{
	uint8_t *p = w->buf + w->len;

	if (w->bad || w->cap - w->len < n) {
		w->bad = true;
		return NULL;
	}
	w->len += n;
	return p;
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
	uint8_t *p = wr_room(w, 1);

	if (p)
		p[0] = v;
}

static inline void put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put_u32(uint8_t *p, uint32_t v)
{
	put_u16(p, (uint16_t)(v >> 16));
	put_u16(p + 2, (uint16_t)v);
}

static inline void wr_u16(struct wr *w, uint16_t v)
{
	uint8_t *p = wr_room(w, 2);

	if (p)
		put_u16(p, v);
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
	uint8_t *p = wr_room(w, 4);

	if (p)
		put_u32(p, v);
}

static inline void wr_u64(struct wr *w, uint64_t v)
{
	wr_u32(w, (uint32_t)(v >> 32));
	wr_u32(w, (uint32_t)v);
}

static inline void wr_bytes(struct wr *w, const void *bytes, size_t n)
{
	uint8_t *p = wr_room(w, n);

	if (p && n)
		memcpy(p, bytes, n);
}

/* Overwrites two bytes written before, for a length known only now. */
static inline void wr_set_u16(struct wr *w, size_t at, uint16_t v)
{
	if (!w->bad && at + 2 <= w->len)
		put_u16(w->buf + at, v);
}

static inline void wr_set_u32(struct wr *w, size_t at, uint32_t v)
{
	if (!w->bad && at + 4 <= w->len)
		put_u32(w->buf + at, v);
}
