/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Output modifiers: `| include RE` and the others, in a chain.
 *
 * An expression runs to the end of the line, blanks included, and a '|' in it means "or",
 * unless blank, '|', blank, filter word and another word follow: then the chain goes on.
 * No word here but `include` may ever begin with "i": clients type `| in` and `| inc`.
 */
#include "cli/internal.h"

#include <string.h>

enum pipe_kind {
	PIPE_APPEND,
	PIPE_BEGIN,
	PIPE_COUNT,
	PIPE_EXCLUDE,
	PIPE_INCLUDE,
	PIPE_REDIRECT,
	PIPE_SECTION,
	PIPE_TEE,
};

const struct cli_pipe_word cli_pipe_words[] = {
	[PIPE_APPEND] = { "append", "Append output to a file", true },
	[PIPE_BEGIN] = { "begin", "Begin with the line that matches", false },
	[PIPE_COUNT] = { "count", "Count the lines that match", false },
	[PIPE_EXCLUDE] = { "exclude", "Leave out lines that match", false },
	[PIPE_INCLUDE] = { "include", "Keep only lines that match", false },
	[PIPE_REDIRECT] = { "redirect", "Write output to a file", true },
	[PIPE_SECTION] = { "section", "Keep only sections that match", false },
	[PIPE_TEE] = { "tee", "Show output and write it to a file", true },
	{ NULL, NULL, false },
};

struct stage {
	enum pipe_kind kind;
	GRegex *re;
	bool inverse; /* section exclude */
	bool on;      /* begin: found; section: inside one that matched */
	size_t indent;
	uint64_t count;
	char *url;
	GString *copy;
	bool append;
};

struct cli_pipes {
	GArray *stages;
	const struct cli_hooks *hooks;
};

static void stage_clear(gpointer data)
{
	struct stage *st = data;

	g_clear_pointer(&st->re, g_regex_unref);
	g_free(st->url);
	if (st->copy)
		g_string_free(st->copy, TRUE);
}

/* The filter word of which text[0..n) is a unique prefix; -1 for none, -2 for several. */
static int find_word(const char *text, size_t n, const struct cli_hooks *hooks)
{
	int found = -1;

	for (int i = 0; n && cli_pipe_words[i].name; i++) {
		if (cli_pipe_words[i].to_file && !hooks->write_url)
			continue;
		if (n > strlen(cli_pipe_words[i].name) ||
			g_ascii_strncasecmp(text, cli_pipe_words[i].name, n))
			continue;
		if (found >= 0)
			return -2;
		found = i;
	}
	return found;
}

size_t cli_pipe_at(const char *line)
{
	return strcspn(line, "|");
}

static size_t blanks(const char *text)
{
	return strspn(text, " \t");
}

static size_t word(const char *text)
{
	return strcspn(text, " \t");
}

/* Length of an expression that ends before " | WORD something" or at the line's end. */
static size_t expression(const char *text, const struct cli_hooks *hooks)
{
	for (size_t i = 1; text[0] && text[i]; i++) {
		if (text[i] != '|' || !blanks(text + i - 1) || !blanks(text + i + 1))
			continue;

		const char *w = text + i + 1 + blanks(text + i + 1);
		size_t n = word(w);

		if (w[n] && w[n + blanks(w + n)] && find_word(w, n, hooks) >= 0)
			return i;
	}
	return strlen(text);
}

/* '_' stands for a boundary; the rest is close enough to what the regex library reads.
 * The limit keeps a hostile expression from holding the board. */
static GRegex *compile(const char *text)
{
	g_autoptr(GString) re = g_string_new("(*LIMIT_MATCH=20000)(*LIMIT_DEPTH=500)");
	bool bracket = false;

	for (const char *p = text; *p; p++) {
		if (*p == '\\' && p[1]) {
			g_string_append_c(re, *p++);
			g_string_append_c(re, *p);
		} else if (*p == '_' && !bracket) {
			g_string_append(re, "(?:^|$|[ ,{}()])");
		} else {
			bracket = *p == '[' || (bracket && *p != ']');
			g_string_append_c(re, *p);
		}
	}
	return g_regex_new(re->str, G_REGEX_RAW, 0, NULL);
}

static bool takes_regex(enum pipe_kind kind)
{
	return !cli_pipe_words[kind].to_file;
}

/* Options between the filter word and its argument; how many characters they take. */
static size_t options(struct stage *st, const char *text)
{
	size_t n = word(text), all = n + blanks(text + n);

	if (!text[all])
		return 0;
	if (st->kind == PIPE_TEE && n &&
		!g_ascii_strncasecmp(text, "/append", MAX(n, 2))) {
		st->append = true;
		return all;
	}
	if (st->kind != PIPE_SECTION || n < 3)
		return 0;
	st->inverse = n <= 7 && !g_ascii_strncasecmp(text, "exclude", n);
	return st->inverse || (n <= 7 && !g_ascii_strncasecmp(text, "include", n)) ? all
										   : 0;
}

struct cli_pipes *cli_pipes_parse(const char *text, const struct cli_hooks *hooks,
	enum cli_status *status, unsigned *column, char **message)
{
	g_autoptr(GArray) stages = g_array_new(FALSE, TRUE, sizeof(struct stage));
	const char *p = text;

	g_array_set_clear_func(stages, stage_clear);
	while (*p == '|') {
		struct stage st = { 0 };

		p++;
		p += blanks(p);

		size_t n = word(p);
		int kind = find_word(p, n, hooks);

		*column = (unsigned)(p - text);
		*status = n == 0       ? CLI_INCOMPLETE
			  : kind == -2 ? CLI_AMBIGUOUS
				       : CLI_INVALID;
		if (kind < 0)
			return NULL;
		st.kind = (enum pipe_kind)kind;
		p += n;
		p += blanks(p);
		p += options(&st, p);
		*status = CLI_INCOMPLETE;
		if (!*p || stages->len == CLI_PIPES_MAX)
			return NULL;
		n = expression(p, hooks);

		g_autofree char *arg = g_strchomp(g_strndup(p, n));

		*column = (unsigned)(p - text);
		p += n;
		if (takes_regex(st.kind)) {
			st.re = compile(arg);
			if (!st.re) {
				*status = CLI_FAILED;
				*message = g_strdup("% Invalid regular expression");
				return NULL;
			}
		} else {
			st.url = g_steal_pointer(&arg);
			st.copy = g_string_new(NULL);
			st.append = st.append || st.kind == PIPE_APPEND;
		}
		g_array_append_val(stages, st);
	}

	struct cli_pipes *pipes = g_new0(struct cli_pipes, 1);

	pipes->stages = g_steal_pointer(&stages);
	pipes->hooks = hooks;
	return pipes;
}

/* A section is a line and the lines below that are indented more.  "! text" at the left edge
 * is a remark inside of one; "!" alone ends it. */
static bool in_section(struct stage *st, const char *line, bool match)
{
	size_t indent = strspn(line, " ");

	if (st->on && line[0] == '!' && line[1] == ' ' && line[2])
		return !st->inverse;
	if (!st->on || indent <= st->indent) {
		st->on = match;
		st->indent = indent;
	}
	return st->on != st->inverse;
}

static bool passes(struct stage *st, const char *line)
{
	bool match = st->re && g_regex_match(st->re, line, 0, NULL);

	switch (st->kind) {
	case PIPE_INCLUDE:
		return match;
	case PIPE_EXCLUDE:
		return !match;
	case PIPE_BEGIN:
		st->on = st->on || match;
		return st->on;
	case PIPE_SECTION:
		return in_section(st, line, match);
	case PIPE_COUNT:
		st->count += match;
		return false;
	case PIPE_REDIRECT:
	case PIPE_APPEND:
	case PIPE_TEE:
		g_string_append_printf(st->copy, "%s\n", line);
		return st->kind == PIPE_TEE;
	}
	return true;
}

static void run_from(struct cli_pipes *p, guint first, const char *line, GString *out)
{
	for (guint i = first; i < p->stages->len; i++)
		if (!passes(&g_array_index(p->stages, struct stage, i), line))
			return;
	g_string_append_printf(out, "%s\n", line);
}

void cli_pipes_line(struct cli_pipes *p, const char *line, size_t n, GString *out)
{
	g_autofree char *text = g_strndup(line, n);

	run_from(p, 0, text, out);
}

const char *cli_pipes_end(struct cli_pipes *p, GString *out, void *user)
{
	const char *error = NULL;

	for (guint i = 0; i < p->stages->len; i++) {
		struct stage *st = &g_array_index(p->stages, struct stage, i);

		if (st->kind == PIPE_COUNT) {
			g_autofree char *text =
				g_strdup_printf("Number of lines which match regexp = "
						"%" G_GUINT64_FORMAT,
					st->count);

			run_from(p, i + 1, text, out);
		} else if (st->copy && !error) {
			error = p->hooks->write_url(
				st->url, st->copy->str, st->append, user);
		}
	}
	return error;
}

void cli_pipes_free(struct cli_pipes *p)
{
	if (!p)
		return;
	g_array_unref(p->stages);
	g_free(p);
}
