/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Versioned records from field tables.
 *
 * A checkpoint record is a struct described once by a table of fields.  Encode, decode,
 * dump (for shows, debug and captures), comparison and the fuzzer all come from the table.
 * On the wire a record is a sequence of fields {u8 id, u16 length, value}.  Fields are added
 * with the version that brought them; ids are never reused.  A reader skips ids it does not
 * know and keeps the default (zero) for ids it does not get.
 */
#pragma once

#include "base/buf.h"

#include <glib.h>

enum rec_kind {
	REC_U8,
	REC_U16,
	REC_U32,
	REC_U64,
	REC_BOOL,
	REC_IPV4,  /* uint32_t, host order */
	REC_TIME,  /* base_time */
	REC_STR,   /* char *, owned by the struct; NULL and "" are different */
	REC_BYTES, /* GBytes *, owned by the struct */
};

enum rec_flags {
	REC_SECRET = 1 << 0, /* masked in dumps, captures and debug */
};

struct rec_field {
	uint8_t id;     /* 1..255, unique in the table */
	uint8_t since;  /* version that brought it */
	uint8_t kind;   /* enum rec_kind */
	uint8_t flags;  /* enum rec_flags */
	uint16_t offset;
	const char *name;
};

struct rec_table {
	const char *name;
	size_t size; /* of the struct */
	const struct rec_field *fields;
	size_t n_fields;
};

/* Appends the fields of `rec` that exist in `version`; zero values are left out. */
void rec_encode(const struct rec_table *t, unsigned version, const void *rec, struct wr *w);

/* Reads all that is left in r into *rec (zeroed first).  On false nothing is owned by *rec.
 * Errors: a field past the end, a length that its kind cannot have, a NUL in a string.  Of
 * a field that comes twice the last one counts. */
bool rec_decode(const struct rec_table *t, struct rd *r, void *rec);

/* Frees strings and bytes in *rec and zeroes it. */
void rec_clear(const struct rec_table *t, void *rec);

bool rec_equal(const struct rec_table *t, const void *a, const void *b);

/* "name=value ..." for people; secrets print as <hidden>. */
void rec_dump(const struct rec_table *t, const void *rec, GString *out);

/* ---- without a struct ----
 *
 * What is recorded very often is written field by field from where it lies, by the list of fields
 * that the table is made of too: F(id, since, kind, flags, member, value), see ppp/ckpt.c.  Each
 * put takes and returns the place of the next field, NULL when there is no room any more; what
 * is zero (NULL) is left out, as rec_encode() does. */

enum { REC_FIELD_HDR = 3 };

static inline uint8_t *rec_put_begin(struct wr *w, const uint8_t **end)
{
	*end = w->buf + w->cap;
	return w->bad ? NULL : w->buf + w->len;
}

static inline void rec_put_end(struct wr *w, const uint8_t *p)
{
	if (p)
		w->len = (size_t)(p - w->buf);
	else
		w->bad = true;
}

static inline uint8_t *rec_put_number(
	uint8_t *p, const uint8_t *end, uint8_t id, unsigned octets, uint64_t n)
{
	if (!p || !n)
		return p;
	if ((size_t)(end - p) < REC_FIELD_HDR + octets)
		return NULL;
	p[0] = id;
	put_u16(p + 1, (uint16_t)octets);
	p += REC_FIELD_HDR;
	switch (octets) {
	case 1:
		p[0] = (uint8_t)n;
		break;
	case 2:
		put_u16(p, (uint16_t)n);
		break;
	case 4:
		put_u32(p, (uint32_t)n);
		break;
	case 8:
		put_u32(p, (uint32_t)(n >> 32));
		put_u32(p + 4, (uint32_t)n);
		break;
	}
	return p + octets;
}

uint8_t *rec_put_str(uint8_t *p, const uint8_t *end, uint8_t id, const char *s);
/* Written even if there are none. */
uint8_t *rec_put_bytes(
	uint8_t *p, const uint8_t *end, uint8_t id, const void *bytes, size_t n);
/* NULL: nothing is written. */
static inline uint8_t *rec_put_gbytes(
	uint8_t *p, const uint8_t *end, uint8_t id, GBytes *bytes)
{
	gsize n;
	const void *at = bytes ? g_bytes_get_data(bytes, &n) : NULL;

	return bytes ? rec_put_bytes(p, end, id, at, n) : p;
}

#define REC_PUT_U8(p, end, id, v)   rec_put_number(p, end, id, 1, (uint8_t)(v))
#define REC_PUT_U16(p, end, id, v)  rec_put_number(p, end, id, 2, (uint16_t)(v))
#define REC_PUT_U32(p, end, id, v)  rec_put_number(p, end, id, 4, (uint32_t)(v))
#define REC_PUT_U64(p, end, id, v)  rec_put_number(p, end, id, 8, (uint64_t)(v))
#define REC_PUT_BOOL(p, end, id, v) rec_put_number(p, end, id, 1, (bool)(v))
#define REC_PUT_IPV4(p, end, id, v) REC_PUT_U32(p, end, id, v)
#define REC_PUT_TIME(p, end, id, v) REC_PUT_U64(p, end, id, (v).ns)
#define REC_PUT_STR(p, end, id, v)  rec_put_str(p, end, id, v)
#define REC_PUT_BYTES(p, end, id, v) rec_put_gbytes(p, end, id, v)

/* A row of such a list as a statement, for `p` and `end` of rec_put_begin(). */
#define REC_PUT(id, since, kind, flags, member, value) \
	if ((since) <= REC_PUT_VERSION)                \
		p = REC_PUT_##kind(p, end, id, value);
