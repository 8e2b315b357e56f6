/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `?` and Tab: what may come next on a line that is not finished.
 *
 * Both look at the same thing, the *spot*: the mode in which the last word would be read
 * (behind `do` it is EXEC, in a sub-mode it may be an ancestor), the words before it, and
 * its beginning if it has been typed.
 */
#include "cli/internal.h"

#include <string.h>

struct spot {
	uint64_t mode;
	bool exec;
	const char *text;    /* behind `do`, up to the cursor */
	const char *partial; /* begin of the last word, in text; "" after a blank */
	struct cli_match *m; /* of the words before it */
};

struct entry {
	char *name;
	char *help;
	int rank; /* keywords, arguments, |, <cr> */
};

enum {
	RANK_WORD,
	RANK_ARG,
	RANK_PIPE,
	RANK_CR,
};

static void entry_clear(gpointer data)
{
	struct entry *e = data;

	g_free(e->name);
	g_free(e->help);
}

static void add(GArray *list, int rank, const char *name, const char *help)
{
	for (guint i = 0; i < list->len; i++) {
		struct entry *e = &g_array_index(list, struct entry, i);

		if (strcmp(e->name, name))
			continue;
		if (!e->help[0]) { /* another form says more about the same word */
			g_free(e->help);
			e->help = g_strdup(help);
		}
		return;
	}

	struct entry e = { g_strdup(name), g_strdup(help), rank };

	g_array_append_val(list, e);
}

static int by_rank_and_name(gconstpointer a, gconstpointer b)
{
	const struct entry *x = a, *y = b;

	return x->rank != y->rank ? x->rank - y->rank
				  : g_ascii_strcasecmp(x->name, y->name);
}

static bool begins(const char *word, const char *partial)
{
	return !g_ascii_strncasecmp(word, partial, strlen(partial));
}

/* ---- where we are ----------------------------------------------------------------- */

static const char *last_word(const char *text)
{
	const char *p = text + strlen(text);

	while (p > text && p[-1] != ' ' && p[-1] != '\t')
		p--;
	return p;
}

static bool is_failure(const struct cli_match *m)
{
	return m->status == CLI_INVALID || m->status == CLI_AMBIGUOUS;
}

/* Something to list behind the words before the spot that begins with partial? */
static bool fits(const struct cli_tree *tree, const struct spot *sp)
{
	if (is_failure(sp->m))
		return false;
	if (!*sp->partial)
		return true;

	g_autoptr(GPtrArray) next = cli_match_next(tree, sp->mode, sp->m);

	for (guint i = 0; i < next->len; i++) {
		const struct cli_node *node = next->pdata[i];

		if (node->kind == CLI_NODE_ARG ||
			(node->kind == CLI_NODE_WORD &&
				begins(node->name, sp->partial)))
			return true;
	}
	return false;
}

static void look_in(const struct cli_session *s, struct spot *sp, uint64_t mode)
{
	cli_match_free(sp->m);
	sp->mode = mode;
	sp->m = cli_match_part(s->tree, mode, sp->text, *sp->partial ? 1 : 0);
}

static const char *behind_do(const char *text)
{
	const char *p = text + strspn(text, " \t");

	if (g_ascii_strncasecmp(p, "do", 2) || (p[2] != ' ' && p[2] != '\t'))
		return NULL;
	return p + 3;
}

static struct spot find_spot(const struct cli_session *s, const char *text)
{
	const char *inner = cli_in_config(s) ? behind_do(text) : NULL;
	struct spot sp = {
		.exec = inner || !cli_in_config(s),
		.text = inner ? inner : text,
	};

	sp.partial = last_word(sp.text);
	if (inner) {
		look_in(s, &sp, CLI_PRIV);
		return sp;
	}
	look_in(s, &sp, cli_session_mode(s));
	for (unsigned d = s->depth - 1; d >= 2 && !fits(s->tree, &sp); d--) {
		look_in(s, &sp, s->stack[d - 1].mode);
		if (d == 2 && !fits(s->tree, &sp))
			look_in(s, &sp, cli_session_mode(s));
	}
	return sp;
}

/* ---- what may follow -------------------------------------------------------------- */

static const char *help_of(
	const struct cli_tree *tree, const struct spot *sp, const struct cli_node *node)
{
	int parent = -1;

	for (unsigned i = 0; sp->m->used && i < sp->m->set_n; i++) {
		const struct cli_step *st = &g_array_index(
			sp->m->steps, struct cli_step, sp->m->set_at + i);

		if (g_ptr_array_find(st->node->next, node, NULL)) {
			parent = (int)(sp->m->set_at + i);
			break;
		}
	}

	g_autoptr(GPtrArray) path = cli_match_path(sp->m, parent);
	size_t n = path->len + 1;

	g_ptr_array_add(path, node->kind == CLI_NODE_ARG
				      ? g_strdup_printf("<%s>", node->name)
				      : g_strdup(node->name));
	g_ptr_array_add(path, NULL);
	return cli_word_help(tree, (const char *const *)path->pdata, n, node);
}

static void list_arg(GArray *list, const struct cli_tree *tree, const struct spot *sp,
	const struct cli_node *node)
{
	const char *name, *help;

	if (node->type.id != CLI_T_IFACE) {
		g_autofree char *shown = cli_type_shown(&node->type);

		add(list, RANK_ARG, shown, help_of(tree, sp, node));
		return;
	}
	for (unsigned i = 0; (name = cli_iface_kind(i, &help)); i++)
		if (begins(name, sp->partial))
			add(list, RANK_WORD, name, help);
}

static void list_pipes(GArray *list, const struct cli_tree *tree, const char *partial)
{
	for (const struct cli_pipe_word *w = cli_pipe_words; w->name; w++)
		if (begins(w->name, partial) && (!w->to_file || tree->hooks->write_url))
			add(list, RANK_WORD, w->name, w->help);
}

/* Behind a '|' only filter words, then a pattern or a file. */
static void list_behind_pipe(
	GArray *list, const struct cli_tree *tree, const char *text)
{
	const char *p = strrchr(text, '|') + 1;

	p += strspn(p, " \t");

	size_t n = strcspn(p, " \t");

	if (!p[n])
		list_pipes(list, tree, p);
	else
		add(list, RANK_ARG, "LINE", "Regular expression, or name of a file");
}

static bool behind_pipe(const struct spot *sp)
{
	return sp->exec && strchr(sp->text, '|');
}

static GArray *list_entries(const struct cli_tree *tree, const struct spot *sp)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct entry));

	g_array_set_clear_func(list, entry_clear);
	if (behind_pipe(sp)) {
		list_behind_pipe(list, tree, sp->text);
		return list;
	}
	if (is_failure(sp->m))
		return list;

	g_autoptr(GPtrArray) next = cli_match_next(tree, sp->mode, sp->m);

	for (guint i = 0; i < next->len; i++) {
		const struct cli_node *node = next->pdata[i];

		if (node->kind == CLI_NODE_WORD && begins(node->name, sp->partial))
			add(list, RANK_WORD, node->name, help_of(tree, sp, node));
		else if (node->kind == CLI_NODE_ARG)
			list_arg(list, tree, sp, node);
		else if (node->kind == CLI_NODE_END && !*sp->partial) {
			if (sp->exec)
				add(list, RANK_PIPE, "|", "Output modifiers");
			add(list, RANK_CR, "<cr>", "<cr>");
		}
	}
	g_array_sort(list, by_rank_and_name);
	return list;
}

/* ---- showing it ------------------------------------------------------------------- */

/* `sh?`: the words in columns. */
static void show_words(GString *out, const GArray *list, unsigned width)
{
	size_t room = width ? width : 80, at = 0, column = 0;

	for (guint i = 0; i < list->len; i++)
		column = MAX(
			column, strlen(g_array_index(list, struct entry, i).name) + 2);
	for (guint i = 0; i < list->len; i++) {
		const char *name = g_array_index(list, struct entry, i).name;
		bool last = i + 1 == list->len || at + 2 * column > room;

		g_string_append_printf(out, "  %-*s", last ? 0 : (int)column - 2, name);
		at += column;
		if (last) {
			g_string_append_c(out, '\n');
			at = 0;
		}
	}
}

/* `show ?`: a line each. */
static void show_lines(GString *out, const GArray *list)
{
	size_t column = 0;

	for (guint i = 0; i < list->len; i++)
		column = MAX(column, strlen(g_array_index(list, struct entry, i).name));
	for (guint i = 0; i < list->len; i++) {
		const struct entry *e = &g_array_index(list, struct entry, i);

		g_string_append_printf(out, "  %-*s%s%s\n",
			e->help[0] ? (int)column : 0, e->name, e->help[0] ? "  " : "",
			e->help);
	}
}

char *cli_session_help(struct cli_session *s, const char *text)
{
	struct spot sp = find_spot(s, text);
	g_autoptr(GArray) list = list_entries(s->tree, &sp);
	GString *out = g_string_new(NULL);

	if (list->len == 0 && sp.m->status == CLI_AMBIGUOUS)
		g_string_append_printf(out, "%% Ambiguous command:  \"%s\"\n", text);
	else if (list->len == 0)
		g_string_append(out, "% Unrecognized command\n");
	else if (*sp.partial && g_array_index(list, struct entry, 0).rank == RANK_WORD)
		show_words(out, list, s->term.width);
	else
		show_lines(out, list);
	cli_match_free(sp.m);
	return g_string_free(out, FALSE);
}

char *cli_session_complete(struct cli_session *s, const char *text)
{
	struct spot sp = find_spot(s, text);
	g_autoptr(GArray) list = list_entries(s->tree, &sp);
	const char *word = NULL;
	unsigned words = 0;

	for (guint i = 0; *sp.partial && i < list->len; i++) {
		const struct entry *e = &g_array_index(list, struct entry, i);

		if (e->rank != RANK_WORD)
			continue;
		words++;
		if (!word || !g_ascii_strcasecmp(e->name, sp.partial))
			word = e->name;
	}

	bool unique = words == 1 || (word && !g_ascii_strcasecmp(word, sp.partial));
	char *full = unique ? g_strdup_printf(
				      "%.*s%s ", (int)(sp.partial - text), text, word)
			    : NULL;

	cli_match_free(sp.m);
	if (full && strlen(full) > CLI_LINE_MAX)
		g_clear_pointer(&full, g_free);
	return full;
}
