/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Configuration files, with all the commands that there are: any octets.  Each error has a line
 * and a column that exist and is told in printable characters, and the same text has the same
 * errors again.
 */
#include "rp/rp.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	unsigned n, last, lines;
	guint hash;
};

static void note(unsigned line, unsigned column, const char *text, const char *reason, void *user)
{
	struct seen *s = user;

	g_assert_cmpuint(line, >=, s->last);
	g_assert_cmpuint(line, >=, 1);
	g_assert_cmpuint(line, <=, s->lines);
	g_assert_cmpuint(column, <=, strlen(text) + 1);
	g_assert_nonnull(reason);
	for (const char *p = reason; *p; p++)
		g_assert_true(g_ascii_isprint(*p));
	s->last = line;
	s->n++;
	s->hash = s->hash * 31 + g_str_hash(reason) + line * 7 + column;
}

static struct seen check(const uint8_t *data, size_t size)
{
	struct seen s = { .lines = 1 };

	for (size_t i = 0; i < size; i++)
		s.lines += data[i] == '\n';
	g_assert_cmpuint(rp_config_check((const char *)data, size, note, &s), ==, s.n);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen a = check(data, size), b = check(data, size);

	g_assert_cmpuint(a.n, ==, b.n);
	g_assert_cmpuint(a.hash, ==, b.hash);
	return 0;
}
