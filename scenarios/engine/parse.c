/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading a file of the scenario language, see parse.h.
 *
 * Lines are read one after the other; a block takes the lines up to its `end`, and a repeat
 * goes back to its first line.  After an error the next line is tried, so that one reading
 * tells more than one of them.
 */
#include "scenarios/engine/parse.h"

#include "base/text.h"
#include "chassis/inventory.h"

#include <string.h>

enum { LETS_MAX = 1000, RUNNING_MAX = 100000 };

struct lines {
	const char *file; /* borrowed from the script */
	char **text;
	unsigned n, at; /* at: the next one */
};

struct parser {
	struct script *s;
	const struct script_env *env;
	GHashTable *lets; /* name: value */
	GHashTable *labels, *captures, *snapshots, *peers;
	unsigned depth, lines_read;
	bool booted, versioned, stop;
};

/* ---- errors ---- */

static void error_free(void *p)
{
	struct script_complaint *e = p;

	g_free(e->file);
	g_free(e->text);
	g_free(e->source);
	g_free(e);
}

static void complain(struct parser *p, const char *file, unsigned line, unsigned column,
	const char *source, const char *format, ...) G_GNUC_PRINTF(6, 7);

static void complain(struct parser *p, const char *file, unsigned line, unsigned column,
	const char *source, const char *format, ...)
{
	struct script_complaint *e;
	va_list ap;

	if (p->s->errors->len >= SCRIPT_ERRORS_MAX) {
		p->stop = true;
		return;
	}
	e = g_new0(struct script_complaint, 1);
	va_start(ap, format);
	e->text = g_strdup_vprintf(format, ap);
	va_end(ap);
	for (char *c = e->text; *c; c++)
		if (!g_ascii_isprint(*c))
			*c = '?';
	e->file = g_strdup(file);
	e->line = line;
	e->column = MAX(column, 1);
	e->source = g_strdup(source ? source : "");
	g_ptr_array_add(p->s->errors, e);
}

/* Printable, a tab as a blank; as many characters as it has octets. */
static void print_source(const char *text, GString *out)
{
	for (; *text && *text != '\r'; text++)
		g_string_append_c(out, g_ascii_isprint(*text) ? *text : ' ');
}

void script_error_print(const struct script_complaint *e, GString *out)
{
	g_string_append_printf(
		out, "%s:%u:%u: %s\n", e->file, e->line, e->column, e->text);
	if (!e->source[0] || strlen(e->source) > 200)
		return;
	g_string_append(out, "  ");
	print_source(e->source, out);
	g_string_append_printf(out, "\n  %*s^\n", (int)e->column - 1, "");
}

/* Names known to a table, as a list that ends with NULL; free the list only. */
static const char **known(GHashTable *names)
{
	return (const char **)(void *)g_hash_table_get_keys_as_array(names, NULL);
}

static void unknown(struct parser *p, const struct script_step *s, unsigned column,
	const char *what, const char *name, GHashTable *names)
{
	g_autofree const char **list = known(names);
	const char *near = words_nearest(name, list);

	if (near)
		complain(p, s->file, s->line, column, s->source,
			"there is no %s \"%s\"; did you mean \"%s\"?", what, name, near);
	else
		complain(p, s->file, s->line, column, s->source,
			"there is no %s \"%s\" before this line", what, name);
}

/* Where the word stands in the line, behind its first one; 1: nowhere. */
static unsigned column_of(const struct script_step *s, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = s->source; (at = strstr(at, word)); at++)
		if (at > s->source && strchr(" \t", at[-1]) && strchr(" \t\r", at[n]))
			return (unsigned)(at - s->source) + 1;
	return 1;
}

/* ---- lines ---- */

static char *next_line(struct parser *p, struct lines *l)
{
	if (l->at >= l->n || p->stop)
		return NULL;
	if (++p->lines_read > RUNNING_MAX * 4) {
		complain(p, l->file, l->at + 1, 1, NULL, "the script is too long");
		p->stop = true;
		return NULL;
	}
	return l->text[l->at++];
}

static bool is_end(const char *line)
{
	line += strspn(line, " \t");
	return g_str_has_prefix(line, "end") && !line[3 + strspn(line + 3, " \t\r")];
}

static bool is_blank(const char *line)
{
	line += strspn(line, " \t\r");
	return !*line || *line == '#';
}

static void no_end(struct parser *p, const struct script_step *s)
{
	complain(p, s->file, s->line, 1, s->source, "this %s has no end",
		script_verb_name(s->verb));
}

static const char *find_let(const char *name, void *user)
{
	return g_hash_table_lookup(((struct parser *)user)->lets, name);
}

static struct script_step *read_step(
	struct parser *p, const struct lines *l, const char *line)
{
	const struct script_context ctx = { SCRIPT_IN_FILE, find_let, NULL, p };
	g_autoptr(GError) error = NULL;
	unsigned column = 1;
	struct script_step *s = script_parse_in(line, &ctx, &column, &error);
	const char *text;

	if (s) {
		s->file = l->file;
		s->line = l->at;
		s->source = g_strdup(line);
		return s;
	}
	/* The column is told apart from the sentence. */
	text = strstr(error->message, ": ");
	complain(p, l->file, l->at, column, line, "%s", text ? text + 2 : error->message);
	return NULL;
}

/* ---- blocks ---- */

static void read_chassis(struct parser *p, struct lines *l, struct script_step *s)
{
	struct inventory inv = { 0 };
	char *line;

	if (p->s->chassis) {
		complain(p, s->file, s->line, 1, s->source,
			"there is a chassis already: one file has one, for now");
	} else {
		p->s->chassis = g_strdup(s->name);
		p->s->inventory = g_string_new(NULL);
	}
	while ((line = next_line(p, l)) && !is_end(line)) {
		g_autoptr(GError) error = NULL;
		const char *at = line + strspn(line, " \t");

		/* What software runs on it is not chosen here yet. */
		if (is_blank(line))
			continue;
		if (!inventory_line(&inv, at, &error))
			complain(p, l->file, l->at, (unsigned)(at - line) + 1, line, "%s",
				error->message);
		g_string_append_printf(p->s->inventory, "%s\n", at);
	}
	if (!line)
		no_end(p, s);
	else if (!(inv.rp[0] || inv.rp[1]) || !(inv.fp[0] || inv.fp[1]))
		complain(p, s->file, s->line, 1, s->source,
			"a chassis needs an RP and an FP: rp R0 R1, fp F0 F1");
}

struct config_place {
	struct parser *p;
	const struct script_step *s;
	char **lines;
};

static void bad_config(unsigned line, unsigned column, const char *text,
	const char *reason, void *user)
{
	const struct config_place *c = user;
	unsigned n = g_strv_length(c->lines);
	const char *source = line && line <= n ? c->lines[line - 1] : "";

	complain(c->p, c->s->file, c->s->line + line, column + 1, source, "%s: %s", text,
		reason);
}

static void read_config(struct parser *p, struct lines *l, struct script_step *s)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct config_place place = { p, s, NULL };
	char *line;

	while ((line = next_line(p, l)) && !is_end(line))
		g_string_append_printf(text, "%s\n", line);
	if (!line)
		no_end(p, s);
	if (!p->s->chassis || strcmp(p->s->chassis, s->name) != 0)
		complain(p, s->file, s->line, column_of(s, s->name), s->source,
			"there is no chassis \"%s\" before this line", s->name);
	place.lines = g_strsplit(text->str, "\n", -1);
	if (p->env->check_config)
		p->env->check_config(text->str, text->len, bad_config, &place);
	g_strfreev(place.lines);
	/* A later block adds to the earlier ones. */
	line = p->s->config;
	p->s->config = g_strconcat(line ? line : "", text->str, NULL);
	g_free(line);
}

/* choice NAME "TEXT" [right], or explain "TEXT" */
static bool read_choice(struct words *w, struct script_step *s)
{
	struct script_answer *a;
	struct word *text;

	if (words_take_if(w, "explain")) {
		text = words_take_string(w, "the explanation");
		g_free(s->explain);
		s->explain = text ? g_strdup(text->text->str) : NULL;
		return text;
	}
	if (!words_take_keyword(w, "choice"))
		return false;
	a = g_new0(struct script_answer, 1);
	g_ptr_array_add(s->choices, a);
	a->name = words_take_name(w, "the letter of the answer");
	if (!a->name || !(text = words_take_string(w, "the answer")))
		return false;
	a->text = g_strdup(text->text->str);
	a->right = words_take_if(w, "right");
	return !words_peek(w) ||
	       words_fail(w, words_peek(w)->column, "right, or the end, is expected");
}

static void read_ask(struct parser *p, struct lines *l, struct script_step *s)
{
	char *line;

	while ((line = next_line(p, l)) && !is_end(line)) {
		g_autoptr(GError) error = NULL;
		struct words w;

		if (is_blank(line))
			continue;
		if (!words_split(&w, line, &error) || !read_choice(&w, s))
			complain(p, l->file, l->at, w.at, line, "%s",
				strstr(error->message, ": ") + 2);
		words_clear(&w);
	}
	if (!line)
		no_end(p, s);
	else if (!s->choices->len)
		complain(p, s->file, s->line, 1, s->source, "this ask has no choice");
}

/* ---- names ---- */

static void note(GHashTable *names, const char *name)
{
	if (name)
		g_hash_table_add(names, g_strdup(name));
}

static void check_pred(struct parser *p, const struct script_step *s)
{
	const struct script_pred *q = s->pred;

	if (!q)
		return;
	if (q->since && !g_hash_table_contains(p->labels, q->since))
		unknown(p, s, q->since_column, "label", q->since, p->labels);
	if (q->peer && !g_hash_table_contains(p->peers, q->peer))
		unknown(p, s, q->name_column, "peer", q->peer, p->peers);
	if (q->kind == PRED_PACKET && !g_hash_table_contains(p->captures, q->name))
		unknown(p, s, q->name_column, "capture", q->name, p->captures);
	if (q->kind == PRED_SAME && !g_hash_table_contains(p->snapshots, q->text))
		unknown(p, s, q->name_column, "snapshot", q->text, p->snapshots);
	if (q->node && (!p->s->chassis || strcmp(q->node, p->s->chassis) != 0))
		complain(p, s->file, s->line, column_of(s, q->node), s->source,
			"there is no chassis \"%s\"%s%s%s", q->node,
			p->s->chassis ? "; this file's is called \"" : "",
			p->s->chassis ? p->s->chassis : "", p->s->chassis ? "\"" : "");
}

static bool is_ours(const struct parser *p, const char *node)
{
	return p->s->chassis && strcmp(p->s->chassis, node) == 0;
}

static void check_names(struct parser *p, const struct script_step *s)
{
	check_pred(p, s);
	if (s->verb == SCRIPT_DO && !g_hash_table_contains(p->peers, s->name))
		unknown(p, s, column_of(s, s->name), "peer", s->name, p->peers);
	if (s->verb == SCRIPT_SNAPSHOT && s->text && !is_ours(p, s->text))
		complain(p, s->file, s->line, column_of(s, s->text), s->source,
			"there is no chassis \"%s\"", s->text);
	if (s->verb == SCRIPT_CAPTURE && s->capture.what == CAPTURE_STOP &&
		!g_hash_table_contains(p->captures, s->capture.name))
		unknown(p, s, column_of(s, s->capture.name), "capture", s->capture.name,
			p->captures);
	if (s->verb == SCRIPT_SNAPSHOT)
		note(p->snapshots, s->name);
	if (s->verb == SCRIPT_CAPTURE)
		note(p->captures, s->capture.name);
	note(p->labels, s->label);
}

/* ---- order ---- */

static bool port_is_free(const struct parser *p, uint16_t ifindex)
{
	for (guint i = 0; i < p->s->peers->len; i++)
		if (((struct script_step *)p->s->peers->pdata[i])->peer.ifindex == ifindex)
			return false;
	for (guint i = 0; i < p->s->ports->len; i++)
		if (((struct script_step *)p->s->ports->pdata[i])->link.ifindex == ifindex)
			return false;
	return true;
}

static void add_end_of_port(struct parser *p, struct script_step *s, GPtrArray *to)
{
	uint16_t ifindex = s->verb == SCRIPT_PEER ? s->peer.ifindex : s->link.ifindex;
	char name[32];

	if (!port_is_free(p, ifindex))
		complain(p, s->file, s->line, 1, s->source,
			"something is at %s already", port_name(ifindex, name));
	if (s->verb == SCRIPT_PEER && g_hash_table_contains(p->peers, s->peer.name))
		complain(p, s->file, s->line, column_of(s, s->peer.name), s->source,
			"there is a peer called \"%s\" already", s->peer.name);
	if (s->verb == SCRIPT_PEER)
		note(p->peers, s->peer.name);
	if (to->len >= 16)
		complain(p, s->file, s->line, 1, s->source, "there are too many of these");
	g_ptr_array_add(to, s);
}

/* True: the line belongs before boot. */
static bool take_header(struct parser *p, struct lines *l, struct script_step *s)
{
	switch ((int)s->verb) {
	case SCRIPT_TITLE:
		p->s->title = s->text;
		return true;
	case SCRIPT_TAGS:
		p->s->tags = s->text;
		return true;
	case SCRIPT_GOAL:
		p->s->goal = s->text;
		return true;
	case SCRIPT_CLOCK:
		p->s->clock = s;
		return true;
	case SCRIPT_CHASSIS:
		read_chassis(p, l, s);
		return true;
	case SCRIPT_CONFIG:
		read_config(p, l, s);
		return true;
	case SCRIPT_PEER:
		add_end_of_port(p, s, p->s->peers);
		return true;
	case SCRIPT_PORT:
		add_end_of_port(p, s, p->s->ports);
		return true;
	default:
		return false;
	}
}

static void take_boot(struct parser *p, const struct script_step *s)
{
	if (p->booted)
		complain(p, s->file, s->line, 1, s->source, "the chassis is booted already");
	else if (!is_ours(p, s->name))
		complain(p, s->file, s->line, column_of(s, s->name), s->source,
			"there is no chassis \"%s\"", s->name);
	p->booted = true;
}

/* Lines that may stand before boot; captures and links then begin with it. */
static bool is_talk(enum script_verb verb)
{
	return verb == SCRIPT_SECTION || verb == SCRIPT_SAY || verb == SCRIPT_HINT ||
	       verb == SCRIPT_PAUSE || verb == SCRIPT_ASK || verb == SCRIPT_CAPTURE ||
	       verb == SCRIPT_LINK;
}

static void take_step(struct parser *p, struct lines *l, struct script_step *s)
{
	bool booted = p->booted;

	if (take_header(p, l, s)) {
		if (booted)
			complain(p, s->file, s->line, 1, s->source,
				"%s must stand before boot", script_verb_name(s->verb));
		return;
	}
	if (s->verb == SCRIPT_BOOT)
		take_boot(p, s);
	else if (s->verb == SCRIPT_ASK)
		read_ask(p, l, s);
	else if (!booted && !is_talk(s->verb))
		complain(p, s->file, s->line, 1, s->source,
			"nothing runs yet: boot %s must stand before this line",
			p->s->chassis ? p->s->chassis : "NAME");
	check_names(p, s);
}

/* ---- files ---- */

static void read_lines(struct parser *p, struct lines *l, const struct script_step *block);
static void read_text(struct parser *p, const char *text, const char *name);

static void take_let(struct parser *p, const struct script_step *s)
{
	if (g_hash_table_size(p->lets) >= LETS_MAX)
		complain(p, s->file, s->line, 1, s->source, "there are too many names");
	else
		g_hash_table_insert(p->lets, g_strdup(s->name), g_strdup(s->text));
}

static bool deeper(struct parser *p, const struct script_step *s)
{
	if (p->depth < SCRIPT_DEPTH_MAX)
		return true;
	complain(p, s->file, s->line, 1, s->source, "%s is nested too deep: at most %d",
		script_verb_name(s->verb), SCRIPT_DEPTH_MAX);
	p->stop = true;
	return false;
}

static void take_repeat(struct parser *p, struct lines *l, const struct script_step *s)
{
	unsigned first = l->at;
	guint errors = p->s->errors->len;

	if (!deeper(p, s))
		return;
	p->depth++;
	/* Errors are told once. */
	for (uint64_t i = 0; i < s->number && !p->stop; i++) {
		g_hash_table_insert(p->lets, g_strdup("n"),
			g_strdup_printf("%" G_GUINT64_FORMAT, i + 1));
		l->at = first;
		read_lines(p, l, s);
		if (p->s->errors->len != errors)
			break;
	}
	p->depth--;
}

static void take_include(struct parser *p, const struct script_step *s)
{
	g_autofree char *path = NULL, *text = NULL;
	g_autoptr(GError) error = NULL;
	bool versioned = p->versioned;

	if (!deeper(p, s))
		return;
	if (p->env->read)
		text = p->env->read(s->text, s->file, &path, p->env->user, &error);
	if (!text) {
		complain(p, s->file, s->line, 1, s->source, "%s",
			error ? error->message : "nothing can be included here");
		return;
	}
	p->depth++;
	read_text(p, text, path);
	p->depth--;
	p->versioned = versioned;
}

static void take_line(struct parser *p, struct lines *l, struct script_step *s)
{
	switch ((int)s->verb) {
	case SCRIPT_LET:
		take_let(p, s);
		break;
	case SCRIPT_REPEAT:
		take_repeat(p, l, s);
		break;
	case SCRIPT_INCLUDE:
		take_include(p, s);
		break;
	case SCRIPT_END:
		complain(p, s->file, s->line, 1, s->source, "there is no block to end here");
		break;
	default:
		take_step(p, l, s);
	}
}

static void check_version(struct parser *p, struct lines *l, const struct script_step *s)
{
	if (s->verb != SCRIPT_SCENARIO && !p->versioned)
		complain(p, s->file, s->line, 1, s->source,
			"the first line must be: scenario 1");
	else if (s->verb == SCRIPT_SCENARIO && p->versioned && !p->depth)
		complain(p, s->file, s->line, 1, s->source,
			"scenario must be the first line, and once");
	p->versioned = true;
}

static void read_lines(struct parser *p, struct lines *l, const struct script_step *block)
{
	char *line;

	while ((line = next_line(p, l))) {
		struct script_step *s;

		if (block && is_end(line))
			return;
		if (p->s->steps->len >= SCRIPT_STEPS_MAX) {
			complain(p, l->file, l->at, 1, line,
				"the script has more than %d steps", SCRIPT_STEPS_MAX);
			p->stop = true;
			return;
		}
		s = read_step(p, l, line);
		if (!s || s->verb == SCRIPT_NOTHING) {
			script_step_free(s);
			continue;
		}
		g_ptr_array_add(p->s->steps, s);
		check_version(p, l, s);
		if (s->verb != SCRIPT_SCENARIO)
			take_line(p, l, s);
	}
	if (block && !p->stop)
		no_end(p, block);
}

static void read_text(struct parser *p, const char *text, const char *name)
{
	struct lines l = { .file = g_strdup(name) };

	g_ptr_array_add(p->s->files, (void *)(uintptr_t)l.file);
	l.text = g_strsplit(text, "\n", -1);
	l.n = g_strv_length(l.text);
	read_lines(p, &l, NULL);
	g_strfreev(l.text);
}

/* ---- the whole ---- */

static unsigned ports_of(const struct script *s, uint16_t ifindex)
{
	g_autoptr(GError) error = NULL;
	struct inventory inv;

	inventory_default(&inv);
	if (s->inventory && s->inventory->len &&
		!inventory_parse(&inv, s->inventory->str, "chassis", &error))
		inventory_default(&inv);
	return inventory_ports(&inv, ifindex_slot(ifindex));
}

static void check_ports(struct parser *p, const GPtrArray *steps)
{
	for (guint i = 0; i < steps->len; i++) {
		const struct script_step *s = steps->pdata[i];
		uint16_t ifindex =
			s->verb == SCRIPT_PEER ? s->peer.ifindex : s->link.ifindex;
		char name[32];

		if (ifindex_port(ifindex) >= ports_of(p->s, ifindex))
			complain(p, s->file, s->line, 1, s->source,
				"this chassis has no port %s", port_name(ifindex, name));
	}
}

static void check_whole(struct parser *p)
{
	const struct script_step *clock = p->s->clock;

	if (!p->versioned)
		complain(p, p->s->file, 1, 1, NULL, "the first line must be: scenario 1");
	check_ports(p, p->s->peers);
	check_ports(p, p->s->ports);
	p->s->real = clock ? clock->real : p->s->ports->len > 0;
	p->s->seed = clock && clock->number ? clock->number : 1;
	if (clock && !clock->real && p->s->ports->len)
		complain(p, clock->file, clock->line, 1, clock->source,
			"a port is bound to a real interface: only clock real goes with it");
}

static GHashTable *names_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static bool is_text(struct parser *p, const char *text, size_t n)
{
	const char *nul = memchr(text, 0, n);
	unsigned line = 1;

	if (n > SCRIPT_FILE_MAX) {
		complain(p, p->s->file, 1, 1, NULL, "the file is too long for a script");
		return false;
	}
	if (!nul)
		return true;
	for (const char *c = text; c < nul; c++)
		line += *c == '\n';
	complain(p, p->s->file, line, 1, NULL, "this is no text: there is a zero octet");
	return false;
}

struct script *script_load(
	const char *text, size_t n, const char *name, const struct script_env *env)
{
	static const struct script_env none = { 0 };
	struct script *s = g_new0(struct script, 1);
	struct parser p = { .s = s, .env = env ? env : &none };
	g_autofree char *copy = NULL;

	s->file = g_strdup(name);
	s->steps = g_ptr_array_new_with_free_func((GDestroyNotify)script_step_free);
	s->errors = g_ptr_array_new_with_free_func(error_free);
	s->files = g_ptr_array_new_with_free_func(g_free);
	s->peers = g_ptr_array_new();
	s->ports = g_ptr_array_new();
	p.lets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	p.labels = names_new();
	p.captures = names_new();
	p.snapshots = names_new();
	p.peers = names_new();
	if (!n || is_text(&p, text, n)) {
		copy = g_strndup(n ? text : "", n);
		read_text(&p, copy, name);
		check_whole(&p);
	}
	g_hash_table_unref(p.lets);
	g_hash_table_unref(p.labels);
	g_hash_table_unref(p.captures);
	g_hash_table_unref(p.snapshots);
	g_hash_table_unref(p.peers);
	return s;
}

void script_free(struct script *s)
{
	if (!s)
		return;
	g_ptr_array_unref(s->steps);
	g_ptr_array_unref(s->errors);
	g_ptr_array_unref(s->files);
	g_ptr_array_unref(s->peers);
	g_ptr_array_unref(s->ports);
	if (s->inventory)
		g_string_free(s->inventory, true);
	g_free(s->chassis);
	g_free(s->config);
	g_free(s->file);
	g_free(s);
}

char *script_read_disk(
	const char *name, const char *from, char **path, void *user, GError **error)
{
	g_autofree char *dir = g_path_get_dirname(from);
	char *text = NULL;

	*path = g_path_is_absolute(name) ? g_strdup(name)
					 : g_build_filename(dir, name, NULL);
	if (g_file_get_contents(*path, &text, NULL, error))
		return text;
	g_clear_pointer(path, g_free);
	return NULL;
}
