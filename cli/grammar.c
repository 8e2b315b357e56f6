/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forms to a graph of words; see the comment on top of cli.h for the language of forms.
 *
 * A form is read once from left to right.  The reader carries the *frontier*: the lists
 * of followers to which the next word must be added.  A word replaces the frontier by its
 * own list, an option keeps the old one beside it, a choice collects the frontiers of its
 * branches, a repetition adds the group's first words to its last ones.
 */
#include "cli/internal.h"

#include <ctype.h>
#include <string.h>

struct form {
	struct cli_tree *tree;
	const struct cli_command *cmd;
	const char *p;
	enum cli_flavour flavour;
	struct cli_node *keyword; /* gets the row's help; NULL once that is settled */
	bool settled;
};

static GPtrArray *read_choice(struct form *f, GPtrArray *from, char close);

static void G_GNUC_NORETURN malformed(const struct form *f, const char *why)
{
	g_error("command form \"%s\": %s near \"%s\"", f->cmd->form, why, f->p);
}

static void node_free(gpointer data)
{
	struct cli_node *node = data;

	g_ptr_array_unref(node->next);
	g_free(node->name);
	g_free(node);
}

static struct cli_node *node_new(
	struct cli_tree *tree, enum cli_node_kind kind, char *take_name)
{
	struct cli_node *node = g_new0(struct cli_node, 1);

	node->kind = kind;
	node->name = take_name;
	node->next = g_ptr_array_new();
	g_ptr_array_add(tree->nodes, node);
	return node;
}

static void add_unique(GPtrArray *list, void *item)
{
	if (!g_ptr_array_find(list, item, NULL))
		g_ptr_array_add(list, item);
}

static void frontier_join(GPtrArray *into, const GPtrArray *other)
{
	for (guint i = 0; i < other->len; i++)
		add_unique(into, other->pdata[i]);
}

/* Add node behind the frontier; the new frontier is the node's own followers. */
static GPtrArray *frontier_step(GPtrArray *from, struct cli_node *node)
{
	GPtrArray *to = g_ptr_array_new();

	for (guint i = 0; i < from->len; i++)
		add_unique(from->pdata[i], node);
	g_ptr_array_add(to, node->next);
	return to;
}

static void add_end(struct form *f, GPtrArray *from)
{
	struct cli_node *end = node_new(f->tree, CLI_NODE_END, NULL);

	end->cmd = f->cmd;
	end->flavour = f->flavour;
	g_ptr_array_unref(frontier_step(from, end));
}

static void skip_blanks(struct form *f)
{
	while (*f->p == ' ')
		f->p++;
}

/* The row's help goes to the last keyword before the first thing that can vary. */
static void settle_help(struct form *f)
{
	if (!f->settled && f->keyword)
		f->keyword->help = f->cmd->help;
	f->settled = true;
}

static bool next_is_needed_arg(struct form *f)
{
	skip_blanks(f);
	if (*f->p != '<')
		return false;

	const char *end = strchr(f->p, '>');

	return end && end[-1] == '!';
}

static GPtrArray *read_arg(struct form *f, GPtrArray *from)
{
	const char *colon = strchr(f->p, ':');
	const char *end = strchr(f->p, '>');

	settle_help(f);
	if (!colon || !end || colon > end || colon == f->p + 1)
		malformed(f, "an argument is <name:type>");

	bool needed = end[-1] == '!';
	g_autofree char *type =
		g_strndup(colon + 1, (size_t)(end - colon) - 1 - needed);
	struct cli_node *node = node_new(
		f->tree, CLI_NODE_ARG, g_strndup(f->p + 1, (size_t)(colon - f->p) - 1));

	if (!cli_type_parse(type, &node->type))
		malformed(f, "unknown type");
	if (f->flavour != CLI_PLAIN && !needed)
		add_end(f, from);
	f->p = end + 1;

	GPtrArray *to = frontier_step(from, node);

	if (f->flavour != CLI_PLAIN && needed && !next_is_needed_arg(f))
		add_end(f, to);
	return to;
}

static GPtrArray *read_word(struct form *f, GPtrArray *from)
{
	size_t n = strcspn(f->p, " []{}<>|");

	if (n == 0)
		malformed(f, "a word was expected");

	struct cli_node *node =
		node_new(f->tree, CLI_NODE_WORD, g_ascii_strdown(f->p, (gssize)n));

	f->p += n;
	if (!f->settled)
		f->keyword = node;
	return frontier_step(from, node);
}

/* A group in brackets or braces, and its "..." if it has one. */
static GPtrArray *read_group(struct form *f, GPtrArray *from, bool optional)
{
	g_autoptr(GPtrArray) starts = g_ptr_array_new();
	g_autoptr(GPtrArray) inner = g_ptr_array_new();

	settle_help(f);
	f->p++;
	frontier_join(inner, from);
	g_ptr_array_add(inner, starts);

	GPtrArray *to = read_choice(f, inner, optional ? ']' : '}');

	/* What an option inside lets through is not a way round the group. */
	g_ptr_array_remove(to, starts);
	f->p++;
	if (g_str_has_prefix(f->p, "...")) {
		f->p += 3;
		for (guint i = 0; i < to->len; i++)
			for (guint k = 0; k < starts->len; k++)
				add_unique(to->pdata[i], starts->pdata[k]);
	}
	if (optional)
		frontier_join(to, from);
	return to;
}

static GPtrArray *read_sequence(struct form *f, GPtrArray *from)
{
	GPtrArray *at = g_ptr_array_ref(from);

	for (skip_blanks(f); *f->p && !strchr("]}|", *f->p); skip_blanks(f)) {
		GPtrArray *to;

		if (*f->p == '<')
			to = read_arg(f, at);
		else if (*f->p == '[' || *f->p == '{')
			to = read_group(f, at, *f->p == '[');
		else
			to = read_word(f, at);
		g_ptr_array_unref(at);
		at = to;
	}
	return at;
}

static GPtrArray *read_choice(struct form *f, GPtrArray *from, char close)
{
	GPtrArray *to = g_ptr_array_new();

	for (;;) {
		g_autoptr(GPtrArray) branch = read_sequence(f, from);

		frontier_join(to, branch);
		if (*f->p != '|')
			break;
		f->p++;
	}
	if (*f->p != close)
		malformed(f, "a bracket is missing");
	return to;
}

/* The node `no` or `default` of a mode, made when the first form needs it. */
static struct cli_node *negate_node(
	struct cli_tree *tree, int mode, enum cli_flavour flavour)
{
	static const char *const names[] = { NULL, "no", "default" };
	struct cli_node *node = tree->negate[mode][flavour];

	if (!node) {
		node = node_new(tree, CLI_NODE_WORD, g_strdup(names[flavour]));
		node->flavour = flavour;
		tree->negate[mode][flavour] = node;
		g_ptr_array_add(tree->first[mode], node);
	}
	return node;
}

static void read_form(struct cli_tree *tree, const struct cli_command *cmd,
	const char *text, enum cli_flavour flavour)
{
	struct form f = { .tree = tree, .cmd = cmd, .p = text, .flavour = flavour };
	g_autoptr(GPtrArray) from = g_ptr_array_new();

	for (int i = 0; i < 64; i++) {
		if (!(cmd->modes & (1ull << i)) || !tree->first[i])
			continue;
		g_ptr_array_add(from, flavour == CLI_PLAIN
					      ? tree->first[i]
					      : negate_node(tree, i, flavour)->next);
	}

	g_autoptr(GPtrArray) last = read_sequence(&f, from);

	if (*f.p)
		malformed(&f, "a closing bracket too many");
	settle_help(&f);
	add_end(&f, last);
}

void cli_tree_add(struct cli_tree *tree, const struct cli_command *commands)
{
	g_ptr_array_add(tree->tables, (void *)(uintptr_t)commands);
	for (const struct cli_command *c = commands; c->modes; c++) {
		bool both = g_str_has_prefix(c->form, "[no] ");
		const char *text = both ? c->form + 5 : c->form;

		read_form(tree, c, text, CLI_PLAIN);
		if (both) {
			read_form(tree, c, text, CLI_NO);
			read_form(tree, c, text, CLI_DEFAULT);
		}
	}
}

void cli_tree_add_words(struct cli_tree *tree, const struct cli_word *words)
{
	for (const struct cli_word *w = words; w->path; w++)
		g_hash_table_insert(
			tree->words, g_strdup(w->path), (void *)(uintptr_t)w->help);
}

/*
 * Help of a node: the entry with most words that ends the path to it; the row's own help
 * beats an entry of one word.  path includes the node itself.
 */
const char *cli_word_help(const struct cli_tree *tree, const char *const *path,
	size_t n, const struct cli_node *node)
{
	for (size_t from = 0; from < n; from++) {
		g_autofree char *key =
			g_strjoinv(" ", (char **)(uintptr_t)(path + from));
		const char *help;

		if (from == n - 1 && node->help)
			return node->help;
		help = g_hash_table_lookup(tree->words, key);
		if (help)
			return help;
	}
	return node->kind == CLI_NODE_ARG ? cli_type_help(&node->type) : "";
}

struct cli_tree *cli_tree_new(
	const struct cli_mode *modes, const struct cli_hooks *hooks, void *user)
{
	static const struct cli_hooks none;
	struct cli_tree *tree = g_new0(struct cli_tree, 1);

	tree->modes = modes ? modes : cli_modes;
	tree->hooks = hooks ? hooks : &none;
	tree->user = user;
	tree->nodes = g_ptr_array_new_with_free_func(node_free);
	tree->tables = g_ptr_array_new();
	tree->words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (const struct cli_mode *m = tree->modes; m->id; m++)
		tree->first[__builtin_ctzll(m->id)] = g_ptr_array_new();
	cli_tree_add(tree, cli_shell_commands);
	cli_tree_add_words(tree, cli_shell_words);
	return tree;
}

void cli_tree_free(struct cli_tree *tree)
{
	if (!tree)
		return;
	for (int i = 0; i < 64; i++)
		if (tree->first[i])
			g_ptr_array_unref(tree->first[i]);
	g_ptr_array_unref(tree->nodes);
	g_ptr_array_unref(tree->tables);
	g_hash_table_unref(tree->words);
	g_free(tree);
}

void cli_tree_each(const struct cli_tree *tree,
	void (*fn)(const struct cli_command *c, void *data), void *data)
{
	for (guint i = 0; i < tree->tables->len; i++)
		for (const struct cli_command *c = tree->tables->pdata[i]; c->modes;
			c++)
			fn(c, data);
}
