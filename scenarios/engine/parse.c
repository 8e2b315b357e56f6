/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading a file of the scenario language, see parse.h.
 *
 * Lines are read one after the other; a block takes the lines up to its `end`, and a repeat
 * goes back to its first line.  After an error the next line is tried, so that one reading
 * tells more than one of them.
 */
#include "scenarios/engine/parse_internal.h"

#include "base/text.h"
#include "chassis/inventory.h"

#include <string.h>

enum { LETS_MAX = 1000, RUNNING_MAX = 100000 };

struct lines {
	const char *file; /* borrowed from the script */
	char **text;
	unsigned n, at; /* at: the next one */
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

void parser_complain(struct parser *p, const char *file, unsigned line, unsigned column,
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

/* ---- lines ---- */

static char *next_line(struct parser *p, struct lines *l)
{
	if (l->at >= l->n || p->stop)
		return NULL;
	if (++p->lines_read > RUNNING_MAX * 4) {
		parser_complain(p, l->file, l->at + 1, 1, NULL, "the script is too long");
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
	parser_complain(p, s->file, s->line, 1, s->source, "this %s has no end",
		script_verb_name(s->verb));
}

static const char *find_let(const char *name, void *user)
{
	return g_hash_table_lookup(((struct parser *)user)->lets, name);
}

static const char letters[] = "abcdefghijklmnopqrstuvwxyz_"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* For people: what is no name stays as it is. */
static char *fill_in(const struct parser *p, const char *line)
{
	GString *out = g_string_new(NULL);

	for (; *line && out->len <= WORDS_LINE_MAX; line++) {
		size_t n = *line == '$' ? strspn(line + 1, letters) : 0;
		g_autofree char *name = g_strndup(line + 1, n);
		const char *value = n ? g_hash_table_lookup(p->lets, name) : NULL;

		g_string_append_printf(out, "%s", value ? value : "");
		if (value)
			line += n;
		else
			g_string_append_c(out, *line);
		if (*line == '$' && line[1] == '$')
			line++;
	}
	return g_string_free(out, false);
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
		s->filled = strchr(line, '$') ? fill_in(p, line) : NULL;
		return s;
	}
	/* The column is told apart from the sentence. */
	text = strstr(error->message, ": ");
	parser_complain(p, l->file, l->at, column, line, "%s", text ? text + 2 : error->message);
	return NULL;
}

/* ---- blocks ---- */

static void read_chassis(struct parser *p, struct lines *l, struct script_step *s)
{
	struct script_chassis *c = parser_add_chassis(p, s);
	struct inventory inv = { 0 };
	char *line;

	while ((line = next_line(p, l)) && !is_end(line)) {
		g_autoptr(GError) error = NULL;
		const char *at = line + strspn(line, " \t");

		/* What software runs on it is not chosen here yet. */
		if (is_blank(line))
			continue;
		if (!inventory_line(&inv, at, &error))
			parser_complain(p, l->file, l->at, (unsigned)(at - line) + 1, line, "%s",
				error->message);
		g_string_append_printf(c->inventory, "%s\n", at);
	}
	if (!line)
		no_end(p, s);
	else if (!(inv.rp[0] || inv.rp[1]) || !(inv.fp[0] || inv.fp[1]))
		parser_complain(p, s->file, s->line, 1, s->source,
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

	parser_complain(c->p, c->s->file, c->s->line + line, column + 1, source, "%s: %s", text,
		reason);
}

static void read_config(struct parser *p, struct lines *l, struct script_step *s)
{
	struct script_chassis *c = parser_chassis(p, s->name);
	g_autoptr(GString) text = g_string_new(NULL);
	struct config_place place = { p, s, NULL };
	char *line;

	while ((line = next_line(p, l)) && !is_end(line))
		g_string_append_printf(text, "%s\n", line);
	if (!line)
		no_end(p, s);
	if (!c)
		parser_no_chassis(p, s, parser_column(s, s->name), s->name);
	place.lines = g_strsplit(text->str, "\n", -1);
	if (p->env->check_config)
		p->env->check_config(text->str, text->len, bad_config, &place);
	g_strfreev(place.lines);
	/* A later block adds to the earlier ones. */
	if (c) {
		line = c->config;
		c->config = g_strconcat(line ? line : "", text->str, NULL);
		g_free(line);
	}
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
			parser_complain(p, l->file, l->at, w.at, line, "%s",
				strstr(error->message, ": ") + 2);
		words_clear(&w);
	}
	if (!line)
		no_end(p, s);
	else if (!s->choices->len)
		parser_complain(p, s->file, s->line, 1, s->source, "this ask has no choice");
}

/* ---- order ---- */

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
		parser_add_peer(p, s);
		return true;
	case SCRIPT_PORT:
		parser_add_port(p, s);
		return true;
	default:
		return false;
	}
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
			parser_complain(p, s->file, s->line, 1, s->source,
				"%s must stand before boot", script_verb_name(s->verb));
		return;
	}
	if (s->verb == SCRIPT_BOOT)
		parser_take_boot(p, s);
	else if (s->verb == SCRIPT_ASK)
		read_ask(p, l, s);
	else if (!booted && !is_talk(s->verb))
		return parser_complain(p, s->file, s->line, 1, s->source,
			"nothing runs yet: boot %s must stand before this line",
			p->s->chassis->len ? ((struct script_chassis *)p->s->chassis->pdata[0])->name : "NAME");
	if (!booted && s->verb == SCRIPT_LINK)
		parser_add_cable(p, s);
	parser_check_names(p, s);
}

/* ---- files ---- */

static void read_lines(struct parser *p, struct lines *l, const struct script_step *block);
static void read_text(struct parser *p, const char *text, const char *name);

static void take_let(struct parser *p, const struct script_step *s)
{
	if (g_hash_table_size(p->lets) >= LETS_MAX)
		parser_complain(p, s->file, s->line, 1, s->source, "there are too many names");
	else
		g_hash_table_insert(p->lets, g_strdup(s->name), g_strdup(s->text));
}

static bool deeper(struct parser *p, const struct script_step *s)
{
	if (p->depth < SCRIPT_DEPTH_MAX)
		return true;
	parser_complain(p, s->file, s->line, 1, s->source, "%s is nested too deep: at most %d",
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
		parser_complain(p, s->file, s->line, 1, s->source, "%s",
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
		parser_complain(p, s->file, s->line, 1, s->source, "there is no block to end here");
		break;
	default:
		take_step(p, l, s);
	}
}

static void check_version(struct parser *p, struct lines *l, const struct script_step *s)
{
	if (s->verb != SCRIPT_SCENARIO && !p->versioned)
		parser_complain(p, s->file, s->line, 1, s->source,
			"the first line must be: scenario 1");
	else if (s->verb == SCRIPT_SCENARIO && p->versioned && !p->depth)
		parser_complain(p, s->file, s->line, 1, s->source,
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
			parser_complain(p, l->file, l->at, 1, line,
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

static void chassis_free(void *data)
{
	struct script_chassis *c = data;

	g_free(c->name);
	g_string_free(c->inventory, true);
	g_free(c->config);
	g_free(c);
}

static void check_whole(struct parser *p)
{
	const struct script_step *clock = p->s->clock;

	if (!p->versioned)
		parser_complain(p, p->s->file, 1, 1, NULL, "the first line must be: scenario 1");
	parser_check_ports(p);
	p->s->real = clock ? clock->real : p->s->ports->len > 0;
	p->s->seed = clock && clock->number ? clock->number : 1;
	if (clock && !clock->real && p->s->ports->len)
		parser_complain(p, clock->file, clock->line, 1, clock->source,
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
		parser_complain(p, p->s->file, 1, 1, NULL, "the file is too long for a script");
		return false;
	}
	if (!nul)
		return true;
	for (const char *c = text; c < nul; c++)
		line += *c == '\n';
	parser_complain(p, p->s->file, line, 1, NULL, "this is no text: there is a zero octet");
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
	s->cables = g_ptr_array_new();
	s->chassis = g_ptr_array_new_with_free_func(chassis_free);
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
	g_ptr_array_unref(s->cables);
	g_ptr_array_unref(s->chassis);
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
