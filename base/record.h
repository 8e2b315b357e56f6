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
