/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A line against the graph of a mode.
 *
 * All forms are walked at once, word by word, as a set of places.  At each word: an exact
 * keyword beats longer ones; else a unique prefix; two different keywords that both fit
 * are an ambiguity at once, without looking at the rest of the line, as real devices do;
 * only when no keyword fits is the word tried as an argument, the narrowest type first.
 */
#include "cli/internal.h"

#include <string.h>

struct candidate {
	const struct cli_node *node;
	int parent;
	char *value;
	enum cli_accept accept;
	unsigned words; /* tokens it takes: two for "Loopback 0" */
};

static void token_clear(gpointer data)
{
	g_free(((struct cli_token *)data)->text);
}

static void step_clear(gpointer data)
{
	g_free(((struct cli_step *)data)->value);
}

static void candidate_clear(gpointer data)
{
	g_free(((struct candidate *)data)->value);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

GArray *cli_tokenize(const char *line)
{
	GArray *tokens = g_array_new(FALSE, FALSE, sizeof(struct cli_token));
	size_t i = 0;

	g_array_set_clear_func(tokens, token_clear);
	for (;;) {
		size_t from;

		while (is_blank(line[i]))
			i++;
		if (!line[i])
			return tokens;
		for (from = i; line[i] && !is_blank(line[i]);)
			i++;

		struct cli_token t = { (unsigned)from,
			g_strndup(line + from, i - from) };

		g_array_append_val(tokens, t);
	}
}

static const struct cli_token *token(const struct cli_match *m, unsigned i)
{
	return i < m->tokens->len ? &g_array_index(m->tokens, struct cli_token, i)
				  : NULL;
}

static struct cli_step *step_at(const struct cli_match *m, int i)
{
	return &g_array_index(m->steps, struct cli_step, i);
}

static const GPtrArray *followers(const struct cli_tree *tree, uint64_t mode,
	const struct cli_match *m, unsigned i)
{
	return m->used == 0 ? tree->first[__builtin_ctzll(mode)]
			    : step_at(m, (int)(m->set_at + i))->node->next;
}

static unsigned common_prefix(const char *a, const char *b)
{
	unsigned n = 0;

	while (a[n] && g_ascii_tolower(a[n]) == b[n])
		n++;
	return n;
}

/* What the walk at one word found. */
struct look {
	GArray *words; /* struct candidate: keywords of which the token is a prefix */
	GArray *args;
	bool exact;
	bool several;  /* two different keywords */
	unsigned fits; /* characters that fit some keyword */
};

static void look_word(
	struct look *l, const struct cli_node *node, int parent, const char *text)
{
	unsigned n = common_prefix(text, node->name);
	bool exact = !text[n] && !node->name[n];

	l->fits = MAX(l->fits, n);
	if (text[n])
		return;
	if (exact && !l->exact) {
		g_array_set_size(l->words, 0);
		l->several = false;
		l->exact = true;
	} else if (!exact && l->exact) {
		return;
	}
	if (l->words->len &&
		strcmp(g_array_index(l->words, struct candidate, 0).node->name,
			node->name))
		l->several = true;

	struct candidate c = { node, parent, NULL, CLI_ACCEPT_YES, 1 };

	g_array_append_val(l->words, c);
}

static void look_arg(struct look *l, const struct cli_match *m,
	const struct cli_node *node, int parent, const char *line)
{
	const struct cli_token *t = token(m, m->used), *next = token(m, m->used + 1);
	struct candidate c = { node, parent, NULL, CLI_ACCEPT_NO, 1 };

	if (node->type.id == CLI_T_LINE) {
		g_autofree char *rest = g_strchomp(g_strdup(line + t->at));

		c.accept = cli_type_accept(&node->type, rest, &c.value);
		c.words = m->tokens->len - m->used;
	} else {
		c.accept = cli_type_accept(&node->type, t->text, &c.value);
	}
	if (c.accept == CLI_ACCEPT_SHORT && next && g_ascii_isdigit(next->text[0])) {
		g_autofree char *both = g_strconcat(t->text, next->text, NULL);

		c.accept = cli_type_accept(&node->type, both, &c.value);
		c.words = 2;
	}
	if (c.accept != CLI_ACCEPT_NO)
		g_array_append_val(l->args, c);
}

static void look(struct look *l, const struct cli_tree *tree, uint64_t mode,
	const struct cli_match *m, const char *line)
{
	const char *text = token(m, m->used)->text;

	l->words = g_array_new(FALSE, FALSE, sizeof(struct candidate));
	l->args = g_array_new(FALSE, FALSE, sizeof(struct candidate));
	g_array_set_clear_func(l->args, candidate_clear);
	for (unsigned i = 0; i < (m->used ? m->set_n : 1); i++) {
		const GPtrArray *next = followers(tree, mode, m, i);
		int parent = m->used ? (int)(m->set_at + i) : -1;

		for (guint k = 0; k < next->len; k++) {
			const struct cli_node *node = next->pdata[k];

			if (node->kind == CLI_NODE_WORD)
				look_word(l, node, parent, text);
			else if (node->kind == CLI_NODE_ARG)
				look_arg(l, m, node, parent, line);
		}
	}
}

/* Of the arguments only those of the narrowest type stay. */
static void keep_narrowest(GArray *args)
{
	enum cli_type_id best = CLI_T_LINE;

	for (guint i = 0; i < args->len; i++)
		best = MIN(
			best, g_array_index(args, struct candidate, i).node->type.id);
	for (guint i = args->len; i-- > 0;)
		if (g_array_index(args, struct candidate, i).node->type.id != best)
			g_array_remove_index(args, i);
}

static void take(struct cli_match *m, GArray *chosen)
{
	unsigned at = m->steps->len;
	unsigned words = g_array_index(chosen, struct candidate, 0).words;

	for (guint i = 0; i < chosen->len; i++) {
		struct candidate *c = &g_array_index(chosen, struct candidate, i);
		bool known = false;

		for (guint k = at; k < m->steps->len && !known; k++)
			known = step_at(m, (int)k)->node == c->node;
		if (known)
			continue;

		struct cli_step s = { c->node, c->parent, g_steal_pointer(&c->value) };

		g_array_append_val(m->steps, s);
	}
	m->set_at = at;
	m->set_n = m->steps->len - at;
	m->used += words;
}

static bool fail(struct cli_match *m, enum cli_status status, unsigned column)
{
	m->status = status;
	m->column = column;
	return false;
}

/* One word further; false when the line cannot go on, with the reason in m. */
static bool walk_word(struct cli_match *m, const struct cli_tree *tree, uint64_t mode,
	const char *line)
{
	const struct cli_token *t = token(m, m->used);
	struct look l = { 0 };
	bool ok = true;

	look(&l, tree, mode, m, line);
	keep_narrowest(l.args);

	bool arg = l.args->len > 0;
	bool narrow = arg && g_array_index(l.args, struct candidate, 0).node->type.id <
				     CLI_T_NAME;

	if (l.words->len && (l.exact || (!l.several && !narrow)))
		take(m, l.words);
	else if (arg &&
		 g_array_index(l.args, struct candidate, 0).accept == CLI_ACCEPT_SHORT)
		ok = m->used + 1 == m->tokens->len
			     ? fail(m, CLI_INCOMPLETE, t->at)
			     : fail(m, CLI_INVALID, token(m, m->used + 1)->at);
	else if (arg)
		take(m, l.args);
	else if (l.several)
		ok = fail(m, CLI_AMBIGUOUS, t->at);
	else
		ok = fail(m, CLI_INVALID, t->at + l.fits);
	g_array_unref(l.words);
	g_array_unref(l.args);
	return ok;
}

static void find_end(struct cli_match *m)
{
	for (unsigned i = 0; i < m->set_n; i++) {
		const GPtrArray *next = step_at(m, (int)(m->set_at + i))->node->next;

		for (guint k = 0; k < next->len; k++) {
			const struct cli_node *node = next->pdata[k];

			if (node->kind != CLI_NODE_END)
				continue;
			m->status = CLI_OK;
			m->end = (int)(m->set_at + i);
			m->end_node = node;
			return;
		}
	}
	m->status = CLI_INCOMPLETE;
}

struct cli_match *cli_match_part(
	const struct cli_tree *tree, uint64_t mode, const char *line, unsigned leave)
{
	struct cli_match *m = g_new0(struct cli_match, 1);

	m->tokens = cli_tokenize(line);
	m->steps = g_array_new(FALSE, FALSE, sizeof(struct cli_step));
	g_array_set_clear_func(m->steps, step_clear);
	while (m->used + leave < m->tokens->len)
		if (!walk_word(m, tree, mode, line))
			return m;
	find_end(m);
	return m;
}

struct cli_match *cli_match_line(
	const struct cli_tree *tree, uint64_t mode, const char *line)
{
	return cli_match_part(tree, mode, line, 0);
}

void cli_match_free(struct cli_match *m)
{
	if (!m)
		return;
	g_array_unref(m->tokens);
	g_array_unref(m->steps);
	g_free(m);
}

GPtrArray *cli_match_next(
	const struct cli_tree *tree, uint64_t mode, const struct cli_match *m)
{
	GPtrArray *all = g_ptr_array_new();

	for (unsigned i = 0; i < (m->used ? m->set_n : 1); i++) {
		const GPtrArray *next = followers(tree, mode, m, i);

		for (guint k = 0; k < next->len; k++)
			if (!g_ptr_array_find(all, next->pdata[k], NULL))
				g_ptr_array_add(all, next->pdata[k]);
	}
	return all;
}

GPtrArray *cli_match_path(const struct cli_match *m, int step)
{
	GPtrArray *path = g_ptr_array_new_with_free_func(g_free);

	for (; step >= 0; step = step_at(m, step)->parent) {
		const struct cli_node *node = step_at(m, step)->node;

		if (node->flavour != CLI_PLAIN)
			continue;
		g_ptr_array_insert(path, 0,
			node->kind == CLI_NODE_ARG ? g_strdup_printf("<%s>", node->name)
						   : g_strdup(node->name));
	}
	return path;
}
