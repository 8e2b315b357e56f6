/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Record codec.  Everything here walks a table of fields; the only other thing that knows
 * the kinds is the table of sizes below.
 *
 * The bytes come from the other RP, which is trusted, but may run another version or send
 * rubbish: no input may crash a reader or make it leak.
 */
#include "base/record.h"

#include "base/net.h"
#include "base/text.h"
#include "base/time.h"

#include <string.h>

enum { ANY_LENGTH = -1 };

/* Octets of a value on the wire, and how it lies in the struct. */
static const struct {
	int wire;
	size_t memory;
} kinds[] = {
	/* clang-format off */
	[REC_U8]    = { 1,          sizeof(uint8_t) },
	[REC_U16]   = { 2,          sizeof(uint16_t) },
	[REC_U32]   = { 4,          sizeof(uint32_t) },
	[REC_U64]   = { 8,          sizeof(uint64_t) },
	[REC_BOOL]  = { 1,          sizeof(bool) },
	[REC_IPV4]  = { 4,          sizeof(uint32_t) },
	[REC_TIME]  = { 8,          sizeof(base_time) },
	[REC_STR]   = { ANY_LENGTH, sizeof(char *) },
	[REC_BYTES] = { ANY_LENGTH, sizeof(GBytes *) },
	/* clang-format on */
};

static const void *member(const void *rec, const struct rec_field *f)
{
	return (const uint8_t *)rec + f->offset;
}

static const char *get_str(const void *rec, const struct rec_field *f)
{
	const char *s;

	memcpy(&s, member(rec, f), sizeof(s));
	return s;
}

static GBytes *get_bytes(const void *rec, const struct rec_field *f)
{
	GBytes *b;

	memcpy(&b, member(rec, f), sizeof(b));
	return b;
}

/* Any number as 64 bits. */
static uint64_t get_number(const void *rec, const struct rec_field *f)
{
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
		bool flag;
	} v;

	memcpy(&v, member(rec, f), kinds[f->kind].memory);
	switch ((enum rec_kind)f->kind) {
	case REC_U8:
		return v.u8;
	case REC_BOOL:
		return v.flag;
	case REC_U16:
		return v.u16;
	case REC_U32:
	case REC_IPV4:
		return v.u32;
	case REC_U64:
	case REC_TIME:
		return v.u64;
	case REC_STR:
	case REC_BYTES:
		break;
	}
	g_assert_not_reached();
}

static void set_number(void *rec, const struct rec_field *f, uint64_t n)
{
	uint8_t *to = (uint8_t *)rec + f->offset;
	uint8_t u8 = (uint8_t)n;
	uint16_t u16 = (uint16_t)n;
	uint32_t u32 = (uint32_t)n;
	bool flag = n != 0;

	switch ((enum rec_kind)f->kind) {
	case REC_U8:
		memcpy(to, &u8, sizeof(u8));
		break;
	case REC_BOOL:
		memcpy(to, &flag, sizeof(flag));
		break;
	case REC_U16:
		memcpy(to, &u16, sizeof(u16));
		break;
	case REC_U32:
	case REC_IPV4:
		memcpy(to, &u32, sizeof(u32));
		break;
	case REC_U64:
	case REC_TIME:
		memcpy(to, &n, sizeof(n));
		break;
	case REC_STR:
	case REC_BYTES:
		g_assert_not_reached();
	}
}

static bool is_number(const struct rec_field *f)
{
	return kinds[f->kind].wire != ANY_LENGTH;
}

/* What follows id and length of a field that is not a number; NULL when it is not set. */
static const void *get_blob(const void *rec, const struct rec_field *f, size_t *n)
{
	*n = 0;
	if (f->kind == REC_BYTES) {
		GBytes *b = get_bytes(rec, f);
		const void *p = b ? g_bytes_get_data(b, n) : NULL;

		/* An empty GBytes has no data, but it is there. */
		return b && !p ? "" : p;
	}

	const char *s = get_str(rec, f);

	*n = s ? strlen(s) : 0;
	return s;
}

static bool is_default(const void *rec, const struct rec_field *f)
{
	size_t n;

	return is_number(f) ? get_number(rec, f) == 0 : !get_blob(rec, f, &n);
}

/* ---- encoding ---- */

uint8_t *rec_put_bytes(
	uint8_t *p, const uint8_t *end, uint8_t id, const void *bytes, size_t n)
{
	if (!p || n > UINT16_MAX || (size_t)(end - p) < REC_FIELD_HDR + n)
		return NULL;
	p[0] = id;
	put_u16(p + 1, (uint16_t)n);
	if (n)
		memcpy(p + REC_FIELD_HDR, bytes, n);
	return p + REC_FIELD_HDR + n;
}

/* Most are a few letters long: they are measured while they are copied. */
uint8_t *rec_put_str(uint8_t *p, const uint8_t *end, uint8_t id, const char *s)
{
	size_t room, n = 0;

	if (!p || !s)
		return p;
	if (end - p < REC_FIELD_HDR)
		return NULL;
	room = MIN((size_t)(end - p) - REC_FIELD_HDR, UINT16_MAX);
	for (; s[n]; n++) {
		if (n == room)
			return NULL;
		p[REC_FIELD_HDR + n] = (uint8_t)s[n];
	}
	p[0] = id;
	put_u16(p + 1, (uint16_t)n);
	return p + REC_FIELD_HDR + n;
}

static uint8_t *put_field(
	uint8_t *p, const uint8_t *end, const void *rec, const struct rec_field *f)
{
	const void *blob;
	size_t n;

	if (is_number(f))
		return rec_put_number(p, end, f->id, (unsigned)kinds[f->kind].wire,
			get_number(rec, f));
	if (f->kind == REC_STR)
		return rec_put_str(p, end, f->id, get_str(rec, f));
	blob = get_blob(rec, f, &n);
	return blob ? rec_put_bytes(p, end, f->id, blob, n) : p;
}

void rec_encode(
	const struct rec_table *t, unsigned version, const void *rec, struct wr *w)
{
	const struct rec_field *last = t->fields + t->n_fields;
	const uint8_t *end;
	uint8_t *p = rec_put_begin(w, &end);

	for (const struct rec_field *f = t->fields; f < last; f++)
		if (f->since <= version)
			p = put_field(p, end, rec, f);
	rec_put_end(w, p);
}

static void clear_field(void *rec, const struct rec_field *f)
{
	if (f->kind == REC_STR) {
		char *s;

		memcpy(&s, member(rec, f), sizeof(s));
		g_free(s);
	} else if (f->kind == REC_BYTES) {
		g_bytes_unref(get_bytes(rec, f));
	}
	memset((uint8_t *)rec + f->offset, 0, kinds[f->kind].memory);
}

static bool decode_field(struct rd *value, const struct rec_field *f, void *rec)
{
	size_t n = rd_left(value);
	const uint8_t *p = value->p;

	if (is_number(f)) {
		uint64_t number = 0;

		if (n != (size_t)kinds[f->kind].wire)
			return false;
		while (rd_left(value))
			number = number << 8 | rd_u8(value);
		set_number(rec, f, number);
		return true;
	}
	clear_field(rec, f); /* a field that comes twice: the last one counts */
	if (f->kind == REC_BYTES) {
		GBytes *b = g_bytes_new(p, n);

		memcpy((uint8_t *)rec + f->offset, &b, sizeof(b));
		return true;
	}
	if (n && memchr(p, 0, n))
		return false;

	char *s = g_strndup((const char *)p, n);

	memcpy((uint8_t *)rec + f->offset, &s, sizeof(s));
	return true;
}

/* Fields mostly come in the order of the table: look at the one after the last first. */
static const struct rec_field *find_field(
	const struct rec_table *t, uint8_t id, size_t *at)
{
	size_t k = *at;

	for (size_t i = 0; i < t->n_fields; i++, k++) {
		if (k == t->n_fields)
			k = 0;
		if (t->fields[k].id == id) {
			*at = k + 1;
			return &t->fields[k];
		}
	}
	return NULL;
}

bool rec_decode(const struct rec_table *t, struct rd *r, void *rec)
{
	bool ok = true;
	size_t at = 0;

	memset(rec, 0, t->size);
	while (ok && rd_left(r)) {
		uint8_t id = rd_u8(r);
		struct rd value = rd_sub(r, rd_u16(r));
		const struct rec_field *f = find_field(t, id, &at);

		ok = !r->bad && (!f || decode_field(&value, f, rec));
	}
	if (ok && !r->bad)
		return true;
	rec_clear(t, rec);
	return false;
}

void rec_clear(const struct rec_table *t, void *rec)
{
	for (size_t i = 0; i < t->n_fields; i++)
		clear_field(rec, &t->fields[i]);
	memset(rec, 0, t->size);
}

static bool field_equal(const struct rec_field *f, const void *a, const void *b)
{
	size_t na, nb;

	if (is_number(f))
		return get_number(a, f) == get_number(b, f);

	const void *pa = get_blob(a, f, &na);
	const void *pb = get_blob(b, f, &nb);

	if (!pa || !pb)
		return pa == pb;
	return na == nb && memcmp(pa, pb, na) == 0;
}

bool rec_equal(const struct rec_table *t, const void *a, const void *b)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		if (!field_equal(&t->fields[i], a, b))
			return false;
	}
	return true;
}

static void dump_hex(const uint8_t *p, size_t n, GString *out)
{
	enum { SHOWN = 32 };

	for (size_t i = 0; i < MIN(n, SHOWN); i++)
		g_string_append_printf(out, "%02x", p[i]);
	if (n > SHOWN)
		g_string_append_printf(out, "...(%" G_GSIZE_FORMAT ")", n);
}

static void dump_number(const void *rec, const struct rec_field *f, GString *out)
{
	uint64_t n = get_number(rec, f);
	char ip[16];

	if (f->kind == REC_BOOL)
		g_string_append(out, n ? "yes" : "no");
	else if (f->kind == REC_IPV4)
		g_string_append(out, ipv4_to_str((uint32_t)n, ip));
	else if (f->kind == REC_TIME && n == INT64_MAX)
		g_string_append(out, "never");
	else if (f->kind == REC_TIME)
		g_string_append_printf(out, "%.6fs", (double)(int64_t)n / 1e9);
	else
		g_string_append_printf(out, "%" G_GUINT64_FORMAT, n);
}

static void dump_value(const void *rec, const struct rec_field *f, GString *out)
{
	size_t n;

	if (f->flags & REC_SECRET) {
		g_string_append(out, "<hidden>");
	} else if (is_number(f)) {
		dump_number(rec, f, out);
	} else if (f->kind == REC_BYTES) {
		const void *p = get_blob(rec, f, &n);

		dump_hex(p, n, out);
	} else {
		const void *p = get_blob(rec, f, &n);
		g_autofree char *safe = text_escape(p, n);

		g_string_append_printf(out, "\"%s\"", safe);
	}
}

void rec_dump(const struct rec_table *t, const void *rec, GString *out)
{
	const char *blank = "";

	for (size_t i = 0; i < t->n_fields; i++) {
		const struct rec_field *f = &t->fields[i];

		if (is_default(rec, f))
			continue;
		g_string_append_printf(out, "%s%s=", blank, f->name);
		dump_value(rec, f, out);
		blank = " ";
	}
}
