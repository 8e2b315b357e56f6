/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words of a line, see words.h.
 */
#include "scenarios/engine/words.h"

#include "base/text.h"

#include <string.h>

enum { DURATION_MAX_S = 86400, NEAR_MAX = 24 };

GQuark script_error_quark(void)
{
	return g_quark_from_static_string("twinrp-script");
}

/* ---- errors ---- */

bool words_fail(struct words *w, unsigned column, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);

	g_autofree char *why = g_strdup_vprintf(format, ap);

	va_end(ap);
	if (w->at)
		return false;
	w->at = column;
	g_set_error(w->error, SCRIPT_ERROR, SCRIPT_ERROR_SYNTAX, "column %u: %s",
		column, why);
	return false;
}

/* Edits between two short words: insert, delete, change, swap of neighbours. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][NEAR_MAX + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > NEAR_MAX || nb > NEAR_MAX)
		return UINT_MAX;
	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *now = rows[i % 3], *up = rows[(i + 2) % 3],
			 *two = rows[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = up[j - 1] + (a[i - 1] != b[j - 1]);
			now[j] = MIN(now[j], MIN(up[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				a[i - 2] == b[j - 1])
				now[j] = MIN(now[j], two[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

const char *words_nearest(const char *text, const char *const *known)
{
	unsigned best = (unsigned)strlen(text) / 3 + 1, d;
	const char *found = NULL;

	for (; *known; known++) {
		d = g_ascii_strcasecmp(text, *known) ? distance(text, *known) : 0;
		if (d > best || (d == best && found))
			continue;
		best = d;
		found = *known;
	}
	return found;
}

bool words_unknown(struct words *w, const struct word *word, const char *format,
	const char *const *known)
{
	g_autofree char *text = word_shown(word);
	const char *near = words_nearest(word->text->str, known);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	g_autofree char *why = g_strdup_printf(format, text);
#pragma GCC diagnostic pop

	if (near)
		return words_fail(w, word->column, "%s; did you mean \"%s\"?", why, near);
	return words_fail(w, word->column, "%s", why);
}

/* ---- cutting ---- */

static void word_clear(void *p)
{
	g_string_free(((struct word *)p)->text, true);
}

static bool add_escape(GString *text, char c)
{
	static const char known[] = "\"\\nrt", means[] = "\"\\\n\r\t";
	const char *at = c ? strchr(known, c) : NULL;

	if (!at)
		return false;
	g_string_append_c(text, means[at - known]);
	return true;
}

/* From the character after the opening quote; returns the one after the closing one. */
static const char *read_quoted(struct words *w, const char *p, struct word *word)
{
	char quote = word->kind == WORD_STRING ? '"' : '/';
	const char *what = word->kind == WORD_STRING ? "string" : "pattern";

	for (; *p && *p != quote; p++) {
		if (*p != '\\') {
			g_string_append_c(word->text, *p);
		} else if (word->kind == WORD_STRING) {
			if (!add_escape(word->text, *++p)) {
				words_fail(w, word->column,
					"this string has a \\ that is not one "
					"of \\\" \\\\ \\n \\r \\t");
				return NULL;
			}
		} else if (p[1] == '/') {
			g_string_append_c(word->text, *++p);
		} else {
			g_string_append_c(word->text, *p);
			if (p[1])
				g_string_append_c(word->text, *++p);
		}
	}
	if (*p == quote && (!p[1] || strchr(" \t\r", p[1])))
		return p + 1;
	if (*p)
		words_fail(w, word->column, "put a blank behind this %s", what);
	else
		words_fail(w, word->column, "this %s has no end", what);
	return NULL;
}

static bool split(struct words *w, const char *line)
{
	const char *p = line;

	for (;;) {
		struct word word = { 0 };

		p += strspn(p, " \t\r");
		w->column = (unsigned)(p - line) + 1;
		if (!*p || *p == '#')
			return true;
		word.column = w->column;
		word.text = g_string_new(NULL);
		word.kind = *p == '"'   ? WORD_STRING
			    : *p == '/' ? WORD_REGEX
					: WORD_PLAIN;
		if (word.kind == WORD_PLAIN) {
			size_t n = strcspn(p, " \t\r");

			g_string_append_len(word.text, p, (gssize)n);
			p += n;
		} else {
			p = read_quoted(w, p + 1, &word);
		}
		g_array_append_val(w->all, word);
		if (!p)
			return false;
	}
}

bool words_split(struct words *w, const char *line, GError **error)
{
	bool good;

	*w = (struct words){ .error = error };
	w->all = g_array_new(false, false, sizeof(struct word));
	g_array_set_clear_func(w->all, word_clear);
	if (strlen(line) > WORDS_LINE_MAX)
		return words_fail(w, WORDS_LINE_MAX,
			"a line has at most %d octets", WORDS_LINE_MAX);
	good = split(w, line);
	w->end = w->all->len;
	return good;
}

void words_clear(struct words *w)
{
	g_clear_pointer(&w->all, g_array_unref);
}

/* ---- taking ---- */

char *word_shown(const struct word *word)
{
	return text_escape(word->text->str, word->text->len);
}

bool word_is(const struct word *word, const char *text)
{
	return word && word->kind == WORD_PLAIN && strcmp(word->text->str, text) == 0;
}

struct word *words_peek(const struct words *w)
{
	return w->next < w->end ? &g_array_index(w->all, struct word, w->next) : NULL;
}

/* Behind the last word that may be taken. */
static unsigned end_column(const struct words *w)
{
	return w->end < w->all->len ? g_array_index(w->all, struct word, w->end).column
				    : w->column;
}

struct word *words_take(struct words *w, const char *wanted)
{
	struct word *word = words_peek(w);

	if (word)
		w->next++;
	else
		words_fail(w, end_column(w), "%s is missing", wanted);
	return word;
}

bool words_take_if(struct words *w, const char *keyword)
{
	bool is = word_is(words_peek(w), keyword);

	w->next += is;
	return is;
}

bool words_take_keyword(struct words *w, const char *keyword)
{
	struct word *word = words_take(w, keyword);
	g_autofree char *text = NULL;

	if (!word || word_is(word, keyword))
		return word;
	text = word_shown(word);
	return words_fail(
		w, word->column, "\"%s\" where \"%s\" is expected", text, keyword);
}

struct word *words_take_string(struct words *w, const char *wanted)
{
	struct word *word = words_take(w, wanted);
	g_autofree char *text = NULL;

	if (!word || word->kind == WORD_STRING)
		return word;
	text = word_shown(word);
	words_fail(w, word->column, "%s must stand in quotes: \"%s\"", wanted, text);
	return NULL;
}

bool words_is_name(const char *text, size_t n)
{
	static const char allowed[] = "-_.abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	return n && n <= SCRIPT_NAME_MAX && strspn(text, allowed) >= n && text[0] != '.';
}

char *words_take_name(struct words *w, const char *wanted)
{
	struct word *word = words_take(w, wanted);
	g_autofree char *text = NULL;

	if (!word)
		return NULL;
	if (word->kind == WORD_PLAIN && words_is_name(word->text->str, word->text->len))
		return g_strdup(word->text->str);
	text = word_shown(word);
	words_fail(w, word->column,
		"\"%s\" is no name: %s has at most %d of a-z A-Z 0-9 - _ .", text,
		wanted, SCRIPT_NAME_MAX);
	return NULL;
}

GRegex *words_take_regex(struct words *w)
{
	struct word *word = words_take(w, "the pattern");
	g_autoptr(GError) bad = NULL;
	GRegex *regex;

	if (!word)
		return NULL;
	if (word->kind != WORD_REGEX) {
		words_fail(w, word->column, "the pattern must stand in slashes: /RE/");
		return NULL;
	}
	regex = g_regex_new(word->text->str, G_REGEX_RAW | G_REGEX_MULTILINE, 0, &bad);
	if (!regex) {
		/* It quotes the pattern, whatever is in that. */
		for (char *p = bad->message; *p; p++)
			if (!g_ascii_isprint(*p))
				*p = '\'';
		words_fail(w, word->column, "%s", bad->message);
	}
	return regex;
}

/* ---- numbers ---- */

struct unit {
	const char *name;
	uint64_t factor;
};

/* Digits and one of the units (ended by a NULL name). */
static bool with_unit(const struct word *word, const struct unit *units, uint64_t *out)
{
	const char *text = word->text->str;
	size_t digits = strspn(text, "0123456789");

	if (word->kind != WORD_PLAIN || !digits || digits > 8)
		return false;
	for (; units->name; units++) {
		if (strcmp(text + digits, units->name) != 0)
			continue;
		*out = g_ascii_strtoull(text, NULL, 10) * units->factor;
		return true;
	}
	return false;
}

bool words_take_duration(struct words *w, const char *wanted, base_dur *d)
{
	static const struct unit units[] = { { "us", 1000 }, { "ms", 1000000 },
		{ "s", 1000000000 }, { "m", 60000000000 }, { NULL } };
	struct word *word = words_take(w, wanted);
	g_autofree char *text = NULL;
	uint64_t ns;

	if (!word)
		return false;
	if (with_unit(word, units, &ns) && ns && strlen(word->text->str) <= 10 &&
		ns <= (uint64_t)DURATION_MAX_S * 1000000000) {
		d->ns = (int64_t)ns;
		return true;
	}
	text = word_shown(word);
	return words_fail(w, word->column,
		"\"%s\" is no duration: give one as 250ms, 2s or 1m, at most a day",
		text);
}

bool words_take_number(
	struct words *w, const char *wanted, uint64_t min, uint64_t max, uint64_t *out)
{
	struct word *word = words_take(w, wanted);
	g_autofree char *text = NULL;
	guint64 v;

	if (!word)
		return false;
	if (word->kind == WORD_PLAIN &&
		g_ascii_string_to_unsigned(word->text->str, 10, min, max, &v, NULL)) {
		*out = v;
		return true;
	}
	text = word_shown(word);
	return words_fail(w, word->column,
		"\"%s\" where %s is expected: a number from %" G_GUINT64_FORMAT
		" to %" G_GUINT64_FORMAT,
		text, wanted, min, max);
}

bool words_take_percent(struct words *w, const char *wanted, uint32_t *ppm)
{
	struct word *word = words_take(w, wanted);
	g_autofree char *text = NULL;
	const char *t;
	size_t whole, part = 0;
	uint64_t v = 0;

	if (!word)
		return false;
	t = word->text->str;
	whole = strspn(t, "0123456789");
	if (whole && t[whole] == '.')
		part = 1 + strspn(t + whole + 1, "0123456789");
	if (word->kind == WORD_PLAIN && whole && whole <= 3 && part != 1 && part <= 5 &&
		strcmp(t + whole + part, "%") == 0) {
		v = g_ascii_strtoull(t, NULL, 10) * 10000;
		for (size_t i = 1, unit = 1000; i < part; i++, unit /= 10)
			v += (uint64_t)(t[whole + i] - '0') * unit;
	} else {
		v = UINT64_MAX;
	}
	if (v <= 1000000) {
		*ppm = (uint32_t)v;
		return true;
	}
	text = word_shown(word);
	return words_fail(w, word->column,
		"\"%s\" is no share: give one as 10%% or 0.5%%, at most 100%%", text);
}

static bool take_unit(struct words *w, const char *wanted, const char *as,
	const struct unit *units, uint64_t max, uint64_t *out)
{
	struct word *word = words_take(w, wanted);
	g_autofree char *text = NULL;

	if (!word)
		return false;
	if (with_unit(word, units, out) && *out && *out <= max)
		return true;
	text = word_shown(word);
	return words_fail(
		w, word->column, "\"%s\" is no %s: give it as %s", text, wanted, as);
}

bool words_take_pps(struct words *w, unsigned *pps)
{
	static const struct unit units[] = { { "pps", 1 }, { NULL } };
	uint64_t v = 0;

	if (!take_unit(w, "pace of probes", "100pps, at most 1000pps", units, 1000, &v))
		return false;
	*pps = (unsigned)v;
	return true;
}

bool words_take_rate(struct words *w, uint64_t *bps)
{
	static const struct unit units[] = { { "bit", 1 }, { "kbit", 1000 },
		{ "mbit", 1000000 }, { "gbit", 1000000000 }, { NULL } };

	return take_unit(w, "rate", "64kbit or 10mbit, at most 100gbit", units,
		100000000000, bps);
}

bool words_take_size(struct words *w, const char *wanted, uint64_t *octets)
{
	static const struct unit units[] = { { "", 1 }, { "k", 1024 },
		{ "m", 1024 * 1024 }, { NULL } };

	return take_unit(w, wanted, "512, 64k or 1m octets", units, 1 << 30, octets);
}
