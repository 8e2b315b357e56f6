/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of an operator connection; see lines.h.
 */
#include "chassis/lines.h"

#include <string.h>

void line_split_init(struct line_split *s)
{
	*s = (struct line_split){ .buf = g_byte_array_new() };
}

void line_split_deinit(struct line_split *s)
{
	if (s->buf)
		g_byte_array_unref(s->buf);
	s->buf = NULL;
}

void line_split_feed(struct line_split *s, const void *bytes, size_t n)
{
	if (s->at) {
		g_byte_array_remove_range(s->buf, 0, (guint)s->at);
		s->at = 0;
	}
	g_byte_array_append(s->buf, bytes, (guint)n);
}

void line_split_end(struct line_split *s)
{
	s->eof = true;
}

size_t line_split_size(const struct line_split *s)
{
	return s->buf->len - s->at;
}

/* Octets before the end of the first line; *used counts the line end too. */
static bool find_line(const struct line_split *s, size_t *len, size_t *used)
{
	const uint8_t *p = s->buf->data + s->at;
	size_t left = line_split_size(s);
	const uint8_t *lf = left ? memchr(p, '\n', left) : NULL;

	if (!lf && (!s->eof || !left))
		return false;
	*len = lf ? (size_t)(lf - p) : left;
	*used = *len + (lf ? 1 : 0);
	if (*len && p[*len - 1] == '\r')
		--*len;
	return true;
}

enum line_got line_split_next(struct line_split *s, char out[LINE_MAX_LEN + 1])
{
	size_t len, used;

	while (find_line(s, &len, &used)) {
		const uint8_t *p = s->buf->data + s->at;

		s->at += used;
		if (s->skipping) {
			s->skipping = false;
			continue;
		}
		if (len > LINE_MAX_LEN)
			return LINE_GOT_TOO_LONG;
		if (len && memchr(p, '\0', len))
			return LINE_GOT_BAD;
		memcpy(out, p, len);
		out[len] = '\0';
		return LINE_GOT_LINE;
	}
	/* One octet more may be the CR of the end. */
	if (line_split_size(s) > LINE_MAX_LEN + 1 || s->skipping) {
		bool first = !s->skipping;

		s->at = s->buf->len;
		s->skipping = true;
		if (first)
			return LINE_GOT_TOO_LONG;
	}
	return LINE_GOT_NONE;
}
