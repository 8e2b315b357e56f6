/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading one line of the scenario language, see script.h.  A line is cut into words with
 * their columns first; then the row of its verb says how the words go on.
 */
#include "scenarios/engine/script.h"

#include "base/text.h"

#include <string.h>

enum { LIMIT_MAX_S = 86400, CAPTURE_NAME_MAX = 32 };

GQuark script_error_quark(void)
{
	return g_quark_from_static_string("twinrp-script");
}

/* ---- words ---- */

enum word_kind { WORD_PLAIN, WORD_STRING, WORD_REGEX };

struct word {
	enum word_kind kind;
	unsigned column; /* from 1 */
	GString *text;
};

struct words {
	GArray *all; /* struct word */
	guint next;
	unsigned end; /* column after the line */
	GError **error;
};

static void word_clear(void *p)
{
	g_string_free(((struct word *)p)->text, true);
}

static bool fail(struct words *w, unsigned column, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static bool fail(struct words *w, unsigned column, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);

	g_autofree char *why = g_strdup_vprintf(format, ap);

	va_end(ap);
	g_set_error(w->error, SCRIPT_ERROR, SCRIPT_ERROR_SYNTAX, "column %u: %s",
		column, why);
	return false;
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
				fail(w, word->column,
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
		fail(w, word->column, "put a blank behind this %s", what);
	else
		fail(w, word->column, "this %s has no end", what);
	return NULL;
}

static bool split(struct words *w, const char *line)
{
	const char *p = line;

	for (;;) {
		struct word word = { 0 };

		p += strspn(p, " \t\r");
		w->end = (unsigned)(p - line) + 1;
		if (!*p || *p == '#')
			return true;
		word.column = w->end;
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

/* ---- parts of a step ---- */

static struct word *peek(const struct words *w)
{
	return w->next < w->all->len ? &g_array_index(w->all, struct word, w->next)
				     : NULL;
}

static struct word *take(struct words *w, const char *wanted)
{
	struct word *word = peek(w);

	if (word)
		w->next++;
	else
		fail(w, w->end, "%s is missing", wanted);
	return word;
}

static char *shown(const struct word *word)
{
	return text_escape(word->text->str, word->text->len);
}

static struct word *take_string(struct words *w, const char *wanted)
{
	struct word *word = take(w, wanted);
	g_autofree char *text = NULL;

	if (!word || word->kind == WORD_STRING)
		return word;
	text = shown(word);
	fail(w, word->column, "%s must stand in quotes: \"%s\"", wanted, text);
	return NULL;
}

static bool is_word(const struct word *word, const char *text)
{
	return word && word->kind == WORD_PLAIN && strcmp(word->text->str, text) == 0;
}

static bool take_keyword(struct words *w, const char *keyword)
{
	struct word *word = take(w, keyword);
	g_autofree char *text = NULL;

	if (!word || is_word(word, keyword))
		return word;
	text = shown(word);
	return fail(w, word->column, "\"%s\" where \"%s\" is expected", text, keyword);
}

static bool place_from_name(const char *name, struct script_place *place)
{
	unsigned sip;

	g_strlcpy(place->name, name, sizeof(place->name));
	if (strlen(name) == 4 && g_str_has_prefix(name, "SIP")) {
		sip = (unsigned)(name[3] - '0');
		place->kind = PLACE_SIP;
		place->number = sip;
		return sip < N_SIPS;
	}
	place->kind = PLACE_SLOT;
	place->number = slot_from_name(name);
	return place->number != SLOT_NONE && slot_kind(place->number) != BOARD_PEER &&
	       slot_kind(place->number) != BOARD_CHASSIS;
}

static bool take_place(struct words *w, struct script_step *s)
{
	struct word *word = take(w, "the slot");
	g_autofree char *text = NULL;

	if (!word)
		return false;
	if (word->kind == WORD_PLAIN && place_from_name(word->text->str, &s->place))
		return true;
	text = shown(word);
	return fail(w, word->column,
		"there is no slot \"%s\": name one as R0, R1, F0, F1, 0/0, 0/1 or SIP0",
		text);
}

static bool take_rp(struct words *w, struct script_step *s)
{
	struct word *word = peek(w);

	if (is_word(word, "active") || is_word(word, "standby")) {
		s->place.kind = is_word(word, "active") ? PLACE_ACTIVE : PLACE_STANDBY;
		g_strlcpy(s->place.name, word->text->str, sizeof(s->place.name));
		w->next++;
		return true;
	}
	if (!take_place(w, s))
		return false;
	if (s->place.kind == PLACE_SLOT && slot_kind(s->place.number) == BOARD_RP)
		return true;
	return fail(
		w, word->column, "%s takes no commands: R0 and R1 do", s->place.name);
}

static bool take_command(struct words *w, struct script_step *s)
{
	struct word *word = take_string(w, "the command");

	if (!word)
		return false;
	if (strchr(word->text->str, '\n') || strchr(word->text->str, '\r'))
		return fail(w, word->column, "a command is one line");
	s->command = g_strdup(word->text->str);
	return true;
}

static bool duration(const char *text, base_dur *d)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {
		{ "ms", 1000000 },
		{ "s", 1000000000 },
		{ "m", 60000000000 },
	};
	size_t digits = strspn(text, "0123456789");
	uint64_t n;

	if (!digits || digits > 8)
		return false;
	n = g_ascii_strtoull(text, NULL, 10);
	for (unsigned i = 0; i < G_N_ELEMENTS(units); i++) {
		if (strcmp(text + digits, units[i].unit) != 0)
			continue;
		d->ns = (int64_t)n * units[i].ns;
		return n && d->ns <= (int64_t)LIMIT_MAX_S * 1000000000;
	}
	return false;
}

static bool take_duration(struct words *w, struct script_step *s)
{
	struct word *word = take(w, "how long to wait");
	g_autofree char *text = NULL;

	if (!word)
		return false;
	if (word->kind == WORD_PLAIN && duration(word->text->str, &s->limit)) {
		s->limit_text = g_strdup(word->text->str);
		return true;
	}
	text = shown(word);
	return fail(w, word->column,
		"\"%s\" is no duration: give one as 250ms, 2s or 1m, at most a day",
		text);
}

static bool take_condition(struct words *w, struct script_step *s)
{
	struct word *how = take(w, "has \"TEXT\" or matches /RE/"), *what;
	g_autoptr(GError) bad = NULL;

	if (!how)
		return false;
	if (is_word(how, "has")) {
		what = take_string(w, "the text");
		s->has = what ? g_strdup(what->text->str) : NULL;
		return what;
	}
	if (!is_word(how, "matches"))
		return fail(w, how->column, "has \"TEXT\" or matches /RE/ is expected");
	what = take(w, "the pattern");
	if (!what)
		return false;
	if (what->kind != WORD_REGEX)
		return fail(w, what->column, "the pattern must stand in slashes: /RE/");
	s->matches =
		g_regex_new(what->text->str, G_REGEX_RAW | G_REGEX_MULTILINE, 0, &bad);
	return s->matches || fail(w, what->column, "%s", bad->message);
}

/* ---- verbs ---- */

static bool parse_place(struct words *w, struct script_step *s)
{
	return take_place(w, s);
}

static bool parse_show(struct words *w, struct script_step *s)
{
	return take_rp(w, s) && take_command(w, s);
}

static bool parse_cli(struct words *w, struct script_step *s)
{
	g_autoptr(GByteArray) answers = g_byte_array_new();

	if (!parse_show(w, s))
		return false;
	while (peek(w)) {
		const struct word *prompt, *text;

		if (!take_keyword(w, "answer") ||
			!(prompt = take_string(w, "the prompt")) ||
			!(text = take_string(w, "the text to answer")))
			return false;
		g_byte_array_append(answers, (const void *)prompt->text->str,
			(guint)strlen(prompt->text->str) + 1);
		g_byte_array_append(answers, (const void *)text->text->str,
			(guint)strlen(text->text->str) + 1);
	}
	if (answers->len)
		s->answers = g_byte_array_free_to_bytes(g_steal_pointer(&answers));
	return true;
}

static bool parse_wait(struct words *w, struct script_step *s)
{
	return take_duration(w, s) && take_keyword(w, "until") &&
	       take_keyword(w, "show") && parse_show(w, s) && take_condition(w, s);
}

/* It becomes a file name. */
static bool take_capture_name(struct words *w, struct script_step *s)
{
	static const char allowed[] = "-_.abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	struct word *word = take(w, "the name of the capture");
	g_autofree char *text = NULL;
	size_t n;

	if (!word)
		return false;
	n = strspn(word->text->str, allowed);
	if (n && n == word->text->len && n <= CAPTURE_NAME_MAX &&
		word->text->str[0] != '.') {
		s->capture.name = g_strdup(word->text->str);
		return true;
	}
	text = shown(word);
	return fail(w, word->column,
		"\"%s\" is no name for a capture: at most %d of a-z A-Z 0-9 - _ .",
		text, CAPTURE_NAME_MAX);
}

static bool take_capture_end(struct words *w, unsigned *slot)
{
	struct script_step place = { 0 };
	unsigned column = peek(w) ? peek(w)->column : w->end;

	if (!take_place(w, &place))
		return false;
	*slot = place.place.number;
	return place.place.kind == PLACE_SLOT ||
	       fail(w, column, "a channel is between boards, and %s is none",
		       place.place.name);
}

static bool take_capture_point(struct words *w, struct script_step *s)
{
	struct word *word = take(w, "a port, or ipc and two slots, or stop,");
	g_autofree char *text = NULL;

	if (!word)
		return false;
	s->capture.what = CAPTURE_IPC;
	if (is_word(word, "ipc"))
		return take_capture_end(w, &s->capture.a) &&
		       take_capture_end(w, &s->capture.b);
	s->capture.what = CAPTURE_PORT;
	if (word->kind == WORD_PLAIN)
		s->capture.ifindex = port_from_name(word->text->str);
	if (s->capture.ifindex)
		return true;
	text = shown(word);
	return fail(w, word->column,
		"\"%s\" is no port: name one as Gi0/0/0, or give ipc R0 R1, or stop",
		text);
}

static bool parse_capture(struct words *w, struct script_step *s)
{
	struct word *file;

	if (!peek(w))
		return true; /* CAPTURE_LIST */
	if (!take_capture_name(w, s))
		return false;
	s->capture.what = CAPTURE_STOP;
	if (is_word(peek(w), "stop")) {
		w->next++;
		return true;
	}
	if (!take_capture_point(w, s))
		return false;
	if (!peek(w))
		return true;
	if (!take_keyword(w, "to") || !(file = take(w, "the file")))
		return false;
	if (!file->text->len || file->kind == WORD_REGEX)
		return fail(w, file->column, "the name of a file is expected");
	s->capture.path = g_strdup(file->text->str);
	return true;
}

static const struct verb {
	const char *name;
	enum script_verb verb;
	bool (*parse)(struct words *w, struct script_step *s);
} verbs[] = {
	/* clang-format off */
	{ "status", SCRIPT_STATUS, NULL },
	{ "pull",   SCRIPT_PULL,   parse_place },
	{ "insert", SCRIPT_INSERT, parse_place },
	{ "show",   SCRIPT_SHOW,   parse_show },
	{ "cli",    SCRIPT_CLI,    parse_cli },
	{ "wait",   SCRIPT_WAIT,   parse_wait },
	{ "capture", SCRIPT_CAPTURE, parse_capture },
	{ "help",   SCRIPT_HELP,   NULL },
	{ "quit",   SCRIPT_QUIT,   NULL },
	/* clang-format on */
};

const char script_help[] =
	"status                                   slots, roles, clock, ports\n"
	"pull SLOT                                takes a board out: R0 R1 F0 F1 0/0 "
	"0/1 SIP0\n"
	"insert SLOT                              puts it in again\n"
	"show RP \"COMMAND\"                        R0, R1, active or standby; exec "
	"mode\n"
	"cli RP \"COMMAND\" [answer \"PROMPT\" \"TEXT\"]...\n"
	"                                         the same in a session that keeps its "
	"mode\n"
	"wait 30s until show RP \"COMMAND\" has \"TEXT\"\n"
	"wait 30s until show RP \"COMMAND\" matches /RE/\n"
	"capture NAME PORT [to FILE]              frames of a port into NAME.pcapng\n"
	"capture NAME ipc R0 R1 [to FILE]         records between two boards\n"
	"capture NAME stop                        ends it; capture alone lists them\n"
	"help                                     this\n"
	"quit                                     closes this connection\n";

static const struct verb *find_verb(const struct word *word)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (is_word(word, verbs[i].name))
			return &verbs[i];
	return NULL;
}

static bool parse_words(struct words *w, struct script_step *s)
{
	struct word *word = peek(w);
	const struct verb *verb = find_verb(word);
	g_autofree char *text = word ? shown(word) : NULL;

	if (!word)
		return true;
	if (!verb)
		return fail(
			w, word->column, "\"%s\" is not known here: try help", text);
	w->next++;
	s->verb = verb->verb;
	if (verb->parse && !verb->parse(w, s))
		return false;
	word = peek(w);
	if (!word)
		return true;
	g_free(text);
	text = shown(word);
	return fail(w, word->column,
		"\"%s\" is too much: the line is complete before it", text);
}

struct script_step *script_parse(const char *line, GError **error)
{
	struct script_step *s = g_new0(struct script_step, 1);
	struct words w = { .error = error };

	w.all = g_array_new(false, false, sizeof(struct word));
	g_array_set_clear_func(w.all, word_clear);
	if (!split(&w, line) || !parse_words(&w, s))
		g_clear_pointer(&s, script_step_free);
	g_array_unref(w.all);
	return s;
}

void script_step_free(struct script_step *s)
{
	if (!s)
		return;
	g_free(s->command);
	g_free(s->limit_text);
	g_free(s->has);
	g_clear_pointer(&s->answers, g_bytes_unref);
	g_clear_pointer(&s->matches, g_regex_unref);
	g_free(s->capture.name);
	g_free(s->capture.path);
	g_free(s);
}

bool script_satisfied(const struct script_step *s, const char *output, size_t len)
{
	if (s->has)
		return g_strstr_len(output, (gssize)len, s->has);
	return s->matches &&
	       g_regex_match_full(s->matches, output, (gssize)len, 0, 0, NULL, NULL);
}
