/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See pager.h.  The prompt is erased the way devices do it, since clients know these very
 * bytes: nine backspaces, eight blanks, nine backspaces.  The tenth column, the blank at
 * the end, is blank anyway.
 */
#include "cli/pager.h"

#include <string.h>

#define MORE     " --More-- "
#define RE_LIMIT 80

void cli_pager_init(struct cli_pager *p)
{
	*p = (struct cli_pager){
		.held = g_string_new(NULL),
		.typed = g_string_new(NULL),
	};
}

void cli_pager_deinit(struct cli_pager *p)
{
	g_string_free(p->held, TRUE);
	g_string_free(p->typed, TRUE);
	g_clear_pointer(&p->re, g_regex_unref);
}

void cli_pager_reset(struct cli_pager *p)
{
	g_string_truncate(p->held, 0);
	g_string_truncate(p->typed, 0);
	g_clear_pointer(&p->re, g_regex_unref);
	p->rows = 0;
	p->stopped = false;
	p->ask = 0;
	p->filter = 0;
}

static void put(GByteArray *out, const char *text, size_t n)
{
	g_byte_array_append(out, (const uint8_t *)text, (guint)n);
}

static void put_repeat(GByteArray *out, char c, unsigned n)
{
	while (n-- > 0)
		put(out, &c, 1);
}

static bool passes(struct cli_pager *p, const char *line, size_t n)
{
	if (!p->re)
		return true;

	g_autofree char *text = g_strndup(line, n);
	bool match = g_regex_match(p->re, text, 0, NULL);

	if (p->filter == '/' && match)
		g_clear_pointer(
			&p->re, g_regex_unref); /* found: everything from here */
	return p->filter == '-' ? !match : match;
}

static unsigned screen_lines(unsigned length)
{
	return MAX(length, 2) - 1;
}

void cli_pager_run(
	struct cli_pager *p, unsigned length, unsigned width, GByteArray *out)
{
	const char *at = p->held->str, *end = at + p->held->len;

	while (at < end && !p->stopped) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((nl ? nl : end) - at);

		if (nl && !passes(p, at, n)) {
			at = nl + 1;
			continue;
		}
		if (length && p->rows >= screen_lines(length)) {
			put(out, MORE, strlen(MORE));
			p->stopped = true;
			break;
		}
		put(out, at, n);
		if (nl)
			put(out, "\r\n", 2);
		p->rows += nl ? 1 : 0;
		p->rows += width && n ? (unsigned)((n - 1) / width) : 0;
		at += n + (nl ? 1 : 0);
	}
	g_string_erase(p->held, 0, at - p->held->str);
}

static void wipe(GByteArray *out, unsigned extra)
{
	put_repeat(out, '\b', 9 + extra);
	put_repeat(out, ' ', 8 + extra);
	put_repeat(out, '\b', 9 + extra);
}

static enum cli_pager_event go_on(struct cli_pager *p, unsigned rows, GByteArray *out)
{
	wipe(out, 0);
	p->stopped = false;
	p->rows = rows;
	return CLI_PAGER_GO;
}

static enum cli_pager_event expression_key(
	struct cli_pager *p, uint8_t key, GByteArray *out)
{
	unsigned shown = (unsigned)p->typed->len + 1;

	if (key >= 0x20 && key < 0x7f && p->typed->len < RE_LIMIT) {
		g_string_append_c(p->typed, (char)key);
		put(out, (const char *)&key, 1);
		return CLI_PAGER_STAY;
	}
	if ((key == 0x7f || key == '\b') && p->typed->len) {
		g_string_truncate(p->typed, p->typed->len - 1);
		put(out, "\b \b", 3);
		return CLI_PAGER_STAY;
	}
	if (key != '\r' && key != 0x03)
		return CLI_PAGER_STAY;

	g_autofree char *re = g_strconcat("(*LIMIT_MATCH=20000)", p->typed->str, NULL);

	put_repeat(out, '\b', shown);
	put_repeat(out, ' ', shown);
	put_repeat(out, '\b', shown);
	g_clear_pointer(&p->re, g_regex_unref);
	if (key == '\r' && p->typed->len)
		p->re = g_regex_new(re, G_REGEX_RAW, 0, NULL);
	p->filter = p->ask;
	p->ask = 0;
	g_string_truncate(p->typed, 0);
	return p->re ? go_on(p, 0, out) : CLI_PAGER_STAY;
}

enum cli_pager_event cli_pager_key(
	struct cli_pager *p, uint8_t key, unsigned length, GByteArray *out)
{
	if (p->ask)
		return expression_key(p, key, out);
	switch (key) {
	case ' ':
		return go_on(p, 0, out);
	case '\r':
		return go_on(p, screen_lines(length) - 1, out);
	case '/':
	case '+':
	case '-':
		p->ask = (char)key;
		put(out, (const char *)&key, 1);
		return CLI_PAGER_STAY;
	default:
		wipe(out, 0);
		cli_pager_reset(p);
		return CLI_PAGER_QUIT;
	}
}
