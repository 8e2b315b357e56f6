/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Splits what an operator sends into lines of at most LINE_MAX_LEN octets.  The end is LF or
 * CR LF, for the last line also the end of input.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { LINE_MAX_LEN = 4096 };

struct line_split {
	GByteArray *buf;
	size_t at;
	bool skipping; /* the rest of a line that was too long */
	bool eof;
};

enum line_got {
	LINE_GOT_NONE,
	LINE_GOT_LINE,
	LINE_GOT_TOO_LONG,
	LINE_GOT_BAD, /* holds a NUL octet */
};

void line_split_init(struct line_split *s);
void line_split_deinit(struct line_split *s);
void line_split_feed(struct line_split *s, const void *bytes, size_t n);
void line_split_end(struct line_split *s);
size_t line_split_size(const struct line_split *s); /* octets not yet looked at */
enum line_got line_split_next(struct line_split *s, char out[LINE_MAX_LEN + 1]);
