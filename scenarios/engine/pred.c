/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading predicates, see pred.h: the row of its first word says how one goes on.
 */
#include "scenarios/engine/pred.h"

#include "chassis/slot.h"
#include "scenarios/engine/counts.h"
#include "scenarios/engine/match.h"

#include <string.h>

/* ---- places ---- */

bool place_from_name(const char *name, struct script_place *place)
{
	unsigned sip;

	*place = (struct script_place){ .kind = PLACE_SLOT };
	g_strlcpy(place->name, name, sizeof(place->name));
	if (strlen(name) == 4 && g_str_has_prefix(name, "SIP")) {
		sip = (unsigned)(name[3] - '0');
		place->kind = PLACE_SIP;
		place->number = sip;
		return sip < N_SIPS;
	}
	place->number = slot_from_name(name);
	return place->number != SLOT_NONE && slot_kind(place->number) != BOARD_PEER &&
	       slot_kind(place->number) != BOARD_CHASSIS;
}

const char *node_split(const struct word *word, struct script_node *node)
{
	const char *text = word->text->str, *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : 0;

	*node = (struct script_node){ .column = word->column };
	if (word->kind != WORD_PLAIN || !n || n > SCRIPT_NAME_MAX || !words_is_name(text, n))
		return text;
	memcpy(node->name, text, n);
	return slash + 1;
}

static bool role_from_name(const char *name, struct script_place *place)
{
	if (strcmp(name, "active") != 0 && strcmp(name, "standby") != 0)
		return false;
	*place = (struct script_place){ name[0] == 'a' ? PLACE_ACTIVE : PLACE_STANDBY };
	g_strlcpy(place->name, name, sizeof(place->name));
	return true;
}

/* The slot, or also the role, that a word names; false: none.  place->node is set anyway. */
static bool read_place(const struct word *word, bool roles, struct script_place *place)
{
	struct script_node none = { .column = word->column }, node = none;
	const char *text = word->text->str;
	bool good = place_from_name(text, place); /* 0/0 is no chassis */

	if (!good) {
		text = node_split(word, &node);
		good = place_from_name(text, place) ||
		       (roles && role_from_name(text, place));
	}
	place->node = node;
	if (node.name[0])
		g_snprintf(place->name, sizeof(place->name), "%s/%.11s", node.name, text);
	return good && word->kind == WORD_PLAIN;
}

static bool take_place(struct words *w, bool roles, struct script_place *place)
{
	struct word *word = words_take(w, "the slot");
	g_autofree char *text = NULL;

	if (!word)
		return false;
	if (read_place(word, roles, place))
		return true;
	text = word_shown(word);
	return words_fail(w, word->column,
		"there is no slot \"%s\": name one as R0, R1, F0, F1, 0/0, 0/1 or SIP0",
		text);
}

bool words_take_place(struct words *w, struct script_place *place)
{
	return take_place(w, false, place);
}

bool words_take_rp(struct words *w, struct script_place *place)
{
	struct word *word = words_peek(w);

	if (!take_place(w, true, place))
		return false;
	if (place->kind == PLACE_ACTIVE || place->kind == PLACE_STANDBY ||
		(place->kind == PLACE_SLOT && slot_kind(place->number) == BOARD_RP))
		return true;
	return words_fail(
		w, word->column, "%s takes no commands: R0 and R1 do", place->name);
}

bool words_take_rp_or_node(struct words *w, struct script_place *place)
{
	struct word *word = words_peek(w);
	g_autofree char *name = NULL;

	if (!word)
		return words_take(w, "the chassis, or an RP,");
	if (strchr(word->text->str, '/') || read_place(word, true, place))
		return words_take_rp(w, place);
	name = words_take_name(w, "the chassis");
	if (!name)
		return false;
	*place = (struct script_place){ .kind = PLACE_ACTIVE };
	place->node.column = word->column;
	g_strlcpy(place->node.name, name, sizeof(place->node.name));
	g_snprintf(place->name, sizeof(place->name), "%s/active", name);
	return true;
}

char *words_take_command(struct words *w)
{
	struct word *word = words_take_string(w, "the command");

	if (!word)
		return NULL;
	if (!strpbrk(word->text->str, "\n\r"))
		return g_strdup(word->text->str);
	words_fail(w, word->column, "a command is one line");
	return NULL;
}

/* ---- parts ---- */

static bool take_text(struct words *w, struct script_pred *p)
{
	struct word *how = words_take(w, "has \"TEXT\" or matches /RE/"), *what;

	if (!how)
		return false;
	p->how = word_is(how, "lacks")	   ? TEXT_LACKS
		 : word_is(how, "matches") ? TEXT_MATCHES
					   : TEXT_HAS;
	if (p->how == TEXT_MATCHES) {
		p->regex = words_take_regex(w);
		return p->regex;
	}
	if (p->how == TEXT_HAS && !word_is(how, "has"))
		return words_fail(
			w, how->column, "has \"TEXT\" or matches /RE/ is expected");
	what = words_take_string(w, "the text");
	p->text = what ? g_strdup(what->text->str) : NULL;
	return what;
}

static bool take_cmp(struct words *w, struct script_pred *p)
{
	static const char *const signs[] = {
		[CMP_EQ] = "==",
		[CMP_NE] = "!=",
		[CMP_LT] = "<",
		[CMP_LE] = "<=",
		[CMP_GT] = ">",
		[CMP_GE] = ">=",
	};
	struct word *word = words_take(w, "a comparison, as == or <,");
	g_autofree char *text = NULL;

	if (!word)
		return false;
	for (unsigned i = 0; i < G_N_ELEMENTS(signs); i++) {
		if (!word_is(word, signs[i]))
			continue;
		p->cmp = i;
		return true;
	}
	text = word_shown(word);
	return words_fail(w, word->column,
		"\"%s\" is no comparison: == != < <= > >= are", text);
}

static bool take_number(struct words *w, struct script_pred *p)
{
	uint64_t v;

	if (!take_cmp(w, p) ||
		!words_take_number(w, "the number to compare with", 0, INT64_MAX, &v))
		return false;
	p->value = (int64_t)v;
	return true;
}

static bool take_peer(struct words *w, struct script_pred *p)
{
	struct word *word = words_peek(w);

	p->name_column = word ? word->column : 0;
	p->peer = words_take_name(w, "the peer");
	return p->peer;
}

/* any, or a subscriber's number; then perhaps a way */
static bool take_flow(struct words *w, struct script_pred *p)
{
	uint64_t n = 0;

	if (!take_peer(w, p))
		return false;
	if (!words_take_if(w, "any") &&
		!words_take_number(w, "any or a subscriber's number", 1, 65535, &n))
		return false;
	p->subscriber = (unsigned)n;
	p->ways = words_take_if(w, "up")     ? WAY_UP
		  : words_take_if(w, "down") ? WAY_DOWN
					     : WAY_UP | WAY_DOWN;
	return true;
}

/* ---- kinds ---- */

static bool parse_show(struct words *w, struct script_pred *p)
{
	if (!words_take_rp(w, &p->place))
		return false;
	p->command = words_take_command(w);
	return p->command && take_text(w, p);
}

static bool parse_count(struct words *w, struct script_pred *p)
{
	struct word *word;

	if (!words_take_rp_or_node(w, &p->place) ||
		!(word = words_take(w, "the name of a count")))
		return false;
	if (!count_find(word->text->str))
		return words_unknown(
			w, word, "there is no count \"%s\"", count_names());
	p->name = g_strdup(word->text->str);
	return take_number(w, p);
}

static bool parse_counter(struct words *w, struct script_pred *p)
{
	if (!take_peer(w, p))
		return false;
	p->name = words_take_name(w, "the counter");
	return p->name && take_number(w, p);
}

static bool parse_log(struct words *w, struct script_pred *p)
{
	return words_take_rp(w, &p->place) && take_text(w, p);
}

static bool parse_packet(struct words *w, struct script_pred *p)
{
	struct word *word = words_peek(w);
	g_autoptr(GError) bad = NULL;

	p->name_column = word ? word->column : 0;
	p->name = words_take_name(w, "the capture");
	if (!p->name || !words_take_keyword(w, "match") ||
		!(word = words_take_string(w, "the expression")))
		return false;
	p->expression = g_strdup(word->text->str);
	p->match = match_new(p->expression, &bad);
	if (!p->match)
		return words_fail(w, word->column, "%s", bad->message);
	return words_take_keyword(w, "count") && take_number(w, p);
}

static bool parse_gap(struct words *w, struct script_pred *p)
{
	base_dur d;

	if (!take_flow(w, p) || !take_cmp(w, p) ||
		!words_take_duration(w, "the longest gap", &d))
		return false;
	p->value = d.ns;
	return true;
}

static bool parse_loss(struct words *w, struct script_pred *p)
{
	uint32_t ppm;

	if (!take_flow(w, p) || !take_cmp(w, p) ||
		!words_take_percent(w, "the share that may be lost", &ppm))
		return false;
	p->value = ppm;
	return true;
}

static bool parse_order(struct words *w, struct script_pred *p)
{
	return take_flow(w, p) && take_number(w, p);
}

static bool take_fields(struct words *w, struct script_pred *p, const struct table *t)
{
	g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
	const struct word *next;

	while ((next = words_peek(w)) && !word_is(next, "since") &&
		!word_is(next, "within")) {
		struct word *word = words_take(w, "a field");

		if (!g_strv_contains(t->fields, word->text->str))
			return words_unknown(w, word, "the table has no field \"%s\"",
				t->fields);
		g_ptr_array_add(fields, g_strdup(word->text->str));
	}
	if (!fields->len)
		return words_take(w, "a field");
	g_ptr_array_add(fields, NULL);
	p->fields = (char **)g_ptr_array_steal(fields, NULL);
	return true;
}

static bool parse_same(struct words *w, struct script_pred *p)
{
	struct word *word = words_peek(w);
	unsigned column = word ? word->column : 0;

	p->text = words_take_name(w, "the snapshot");
	if (!p->text || !words_take_rp_or_node(w, &p->place) ||
		!(word = words_take(w, "the name of a table")))
		return false;
	p->name_column = column;
	if (!table_find(word->text->str))
		return words_unknown(
			w, word, "there is no table \"%s\"", table_names());
	p->name = g_strdup(word->text->str);
	return !words_take_if(w, "fields") || take_fields(w, p, table_find(p->name));
}

static bool parse_peer(struct words *w, struct script_pred *p)
{
	uint64_t v;

	if (!take_peer(w, p) || !words_take_keyword(w, "last-cdn") ||
		!words_take_keyword(w, "cause") ||
		!words_take_number(w, "the cause", 0, 65535, &v))
		return false;
	p->value = (int64_t)v;
	return true;
}

static const struct {
	const char *name;
	bool (*parse)(struct words *w, struct script_pred *p);
} kinds[] = {
	[PRED_SHOW] = { "show", parse_show },
	[PRED_COUNT] = { "count", parse_count },
	[PRED_COUNTER] = { "counter", parse_counter },
	[PRED_LOG] = { "log", parse_log },
	[PRED_PACKET] = { "packet", parse_packet },
	[PRED_GAP] = { "gap", parse_gap },
	[PRED_LOSS] = { "loss", parse_loss },
	[PRED_ORDER] = { "order", parse_order },
	[PRED_SAME] = { "same", parse_same },
	[PRED_PEER] = { "peer", parse_peer },
};

static const unsigned with_since = 1 << PRED_COUNTER | 1 << PRED_LOG |
				   1 << PRED_PACKET | 1 << PRED_GAP | 1 << PRED_LOSS |
				   1 << PRED_ORDER;

static bool take_tail(struct words *w, struct script_pred *p)
{
	const struct word *word;

	while ((word = words_peek(w))) {
		if (!p->since && words_take_if(w, "since")) {
			if (!(with_since & 1u << p->kind))
				return words_fail(w, word->column,
					"%s is asked of this moment: there is no since",
					kinds[p->kind].name);
			p->since_column =
				words_peek(w) ? words_peek(w)->column : 0;
			p->since = words_take_name(w, "the label");
			if (!p->since)
				return false;
		} else if (!p->within.ns && words_take_if(w, "within")) {
			if (!words_take_duration(w, "how long it may take", &p->within))
				return false;
		} else {
			return true; /* too much: the line's parser says so */
		}
	}
	return true;
}

static char *said(const struct words *w, guint from)
{
	GString *out = g_string_new(NULL);

	for (guint i = from; i < w->next; i++) {
		const struct word *word = &g_array_index(w->all, struct word, i);
		const char *quote = word->kind == WORD_STRING  ? "\""
				    : word->kind == WORD_REGEX ? "/"
							       : "";
		g_autofree char *text = word_shown(word);

		g_string_append_printf(
			out, "%s%s%s%s", i > from ? " " : "", quote, text, quote);
	}
	return g_string_free(out, false);
}

struct script_pred *pred_parse(struct words *w)
{
	static const char *const names[] = { "show", "count", "counter", "log", "packet",
		"gap", "loss", "order", "same", "peer", NULL };
	struct word *word = words_take(w, "what is asked, as show or count,");
	struct script_pred *p;
	guint from = w->next - 1;

	if (!word)
		return NULL;
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (!word_is(word, kinds[i].name))
			continue;
		p = g_new0(struct script_pred, 1);
		p->kind = i;
		if (kinds[i].parse(w, p) && take_tail(w, p)) {
			p->said = said(w, from);
			return p;
		}
		pred_free(p);
		return NULL;
	}
	words_unknown(w, word, "\"%s\" cannot be asked: show, count and others can", names);
	return NULL;
}

void pred_free(struct script_pred *p)
{
	if (!p)
		return;
	g_free(p->command);
	g_free(p->name);
	g_free(p->peer);
	g_free(p->text);
	g_clear_pointer(&p->regex, g_regex_unref);
	g_free(p->expression);
	match_free(p->match);
	g_strfreev(p->fields);
	g_free(p->since);
	g_free(p->said);
	g_free(p);
}

bool pred_text_holds(const struct script_pred *p, const char *text, size_t n)
{
	bool has;

	if (p->how == TEXT_MATCHES)
		return g_regex_match_full(
			p->regex, text, (gssize)n, 0, 0, NULL, NULL);
	has = g_strstr_len(text, (gssize)n, p->text);
	return p->how == TEXT_HAS ? has : !has;
}

bool pred_value_holds(const struct script_pred *p, int64_t value)
{
	switch (p->cmp) {
	case CMP_EQ:
		return value == p->value;
	case CMP_NE:
		return value != p->value;
	case CMP_LT:
		return value < p->value;
	case CMP_LE:
		return value <= p->value;
	case CMP_GT:
		return value > p->value;
	case CMP_GE:
		return value >= p->value;
	}
	return false;
}
