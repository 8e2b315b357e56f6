/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A line of the scenario language cut into words, and the taking of them one after the other.
 *
 * Words are separated by blanks; "strings" know \" \\ \n \r \t; /regexes/ know \/ for a slash;
 * # begins a comment.  Whoever takes a word says what is wanted, so that errors name it; the
 * first error stays, with its column.
 */
#pragma once

#include "base/time.h"

#include <glib.h>

enum word_kind { WORD_PLAIN, WORD_STRING, WORD_REGEX };

struct word {
	enum word_kind kind;
	unsigned column; /* from 1 */
	GString *text;
};

struct words {
	GArray *all; /* struct word */
	guint next;
	guint end;       /* words from here on are not taken: a label, taken before */
	unsigned column; /* after the line */
	unsigned at;     /* column of the error */
	GError **error;
};

enum { WORDS_LINE_MAX = 16384, SCRIPT_NAME_MAX = 32 };

/* False and an error when the line cannot be cut.  words_clear() in either case. */
bool words_split(struct words *w, const char *line, GError **error);
void words_clear(struct words *w);

/* Sets "column N: ..."; returns false. */
bool words_fail(struct words *w, unsigned column, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The same for a name that is not one of those known, with the nearest of them. */
bool words_unknown(struct words *w, const struct word *word, const char *format,
	const char *const *known) G_GNUC_PRINTF(3, 0);

/* The word's text, printable. */
char *word_shown(const struct word *word);
bool word_is(const struct word *word, const char *text);

struct word *words_peek(const struct words *w);
/* NULL and an error when there is none. */
struct word *words_take(struct words *w, const char *wanted);
/* Takes the next word if it is this one. */
bool words_take_if(struct words *w, const char *keyword);
bool words_take_keyword(struct words *w, const char *keyword);
struct word *words_take_string(struct words *w, const char *wanted);
/* A name: letters, digits, - _ . ; at most 32 */
bool words_is_name(const char *text, size_t n);
char *words_take_name(struct words *w, const char *wanted);
GRegex *words_take_regex(struct words *w);
/* 250ms, 2s, 1m; more than nothing, at most a day. */
bool words_take_duration(struct words *w, const char *wanted, base_dur *d);
bool words_take_number(struct words *w, const char *wanted, uint64_t min, uint64_t max,
	uint64_t *out);
/* 12%, 0.5%: millionths. */
bool words_take_percent(struct words *w, const char *wanted, uint32_t *ppm);
/* 100pps */
bool words_take_pps(struct words *w, unsigned *pps);
/* 64kbit, 10mbit: bits a second. */
bool words_take_rate(struct words *w, uint64_t *bps);
/* 512, 64k, 1m octets */
bool words_take_size(struct words *w, const char *wanted, uint64_t *octets);

/* The nearest of the known words (ended by NULL); NULL: none is near. */
const char *words_nearest(const char *text, const char *const *known);

#define SCRIPT_ERROR (script_error_quark())
GQuark script_error_quark(void);
enum script_error {
	SCRIPT_ERROR_SYNTAX,
	SCRIPT_ERROR_FILE, /* cannot be read */
};
