/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading one line of the scenario language, see script.h: the row of its first word says how
 * the words go on, and where such a line may stand.
 */
#include "scenarios/engine/script.h"

#include "base/net.h"
#include "base/text.h"
#include "scenarios/engine/counts.h"

#include <string.h>

/* ---- hands ---- */

static bool parse_place(struct words *w, struct script_step *s)
{
	return words_take_place(w, &s->place);
}

static bool parse_pull(struct words *w, struct script_step *s)
{
	const struct word *word;

	if (!words_take_place(w, &s->place))
		return false;
	word = words_peek(w);
	if (!words_take_if(w, "item"))
		return true;
	if (s->place.kind == PLACE_SIP)
		return words_fail(w, word->column,
			"items are numbered by board, and %s is none", s->place.name);
	return words_take_number(w, "the item", 1, UINT32_MAX, &s->item);
}

static bool parse_hang(struct words *w, struct script_step *s)
{
	return words_take_place(w, &s->place) &&
	       (!words_take_if(w, "for") ||
		       words_take_duration(w, "how long it hangs", &s->time));
}

static bool parse_show(struct words *w, struct script_step *s)
{
	if (!words_take_rp(w, &s->place))
		return false;
	s->command = words_take_command(w);
	return s->command;
}

static bool parse_cli(struct words *w, struct script_step *s)
{
	g_autoptr(GByteArray) answers = g_byte_array_new();

	if (!parse_show(w, s))
		return false;
	while (words_peek(w)) {
		const struct word *prompt, *text;

		if (words_take_if(w, "refused")) {
			text = words_take_string(w, "the text of the refusal");
			s->text = text ? g_strdup(text->text->str) : NULL;
			if (!text)
				return false;
			break;
		}
		if (!words_take_keyword(w, "answer") ||
			!(prompt = words_take_string(w, "the prompt")) ||
			!(text = words_take_string(w, "the text to answer")))
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

/* ---- captures and links ---- */

/* A board at the end of a channel. */
static bool take_end(struct words *w, struct script_place *place)
{
	unsigned column = words_peek(w) ? words_peek(w)->column : w->column;

	return words_take_place(w, place) &&
	       (place->kind == PLACE_SLOT ||
		       words_fail(w, column, "a channel is between boards, and %s is none",
			       place->name));
}

static bool take_ends(struct words *w, struct script_place *a, struct script_place *b)
{
	return take_end(w, a) && take_end(w, b) &&
	       (strcmp(a->node.name, b->node.name) == 0 ||
		       words_fail(w, b->node.column,
			       "%s and %s are not in one chassis: only ports are joined "
			       "with those of another one",
			       a->name, b->name));
}

/* Gi0/0/1, mid/Gi0/0/1 */
static bool read_port(const struct word *word, struct script_port *port)
{
	*port = (struct script_port){ .node.column = word->column };
	if (word->kind != WORD_PLAIN)
		return false;
	port->ifindex = port_from_name(word->text->str);
	if (!port->ifindex)
		port->ifindex = port_from_name(node_split(word, &port->node));
	return port->ifindex;
}

static bool take_port(struct words *w, const char *others, struct script_port *port)
{
	struct word *word = words_take(w, "the port");
	g_autofree char *text = NULL;

	if (!word)
		return false;
	if (read_port(word, port))
		return true;
	text = word_shown(word);
	return words_fail(w, word->column, "\"%s\" is no port: name one as Gi0/0/0%s",
		text, others);
}

static bool take_capture_point(struct words *w, struct script_step *s)
{
	if (!words_peek(w))
		return words_take(w, "a port, or ipc and two slots, or stop,");
	if (words_take_if(w, "ipc")) {
		s->capture.what = CAPTURE_IPC;
		return take_ends(w, &s->capture.a, &s->capture.b);
	}
	s->capture.what = CAPTURE_PORT;
	return take_port(w, ", or give ipc R0 R1, or stop", &s->capture.port);
}

static bool parse_capture(struct words *w, struct script_step *s)
{
	struct word *file;

	if (!words_peek(w))
		return true; /* CAPTURE_LIST */
	s->capture.name = words_take_name(w, "the name of the capture");
	if (!s->capture.name)
		return false;
	s->capture.what = CAPTURE_STOP;
	if (words_take_if(w, "stop"))
		return true;
	if (!take_capture_point(w, s))
		return false;
	if (!words_peek(w))
		return true;
	if (!words_take_keyword(w, "to") || !(file = words_take(w, "the file")))
		return false;
	if (!file->text->len || file->kind == WORD_REGEX)
		return words_fail(w, file->column, "the name of a file is expected");
	s->capture.path = g_strdup(file->text->str);
	return true;
}

static bool link_time(struct words *w, int64_t *us)
{
	base_dur d;

	if (!words_take_duration(w, "how long", &d))
		return false;
	*us = d.ns / 1000;
	return true;
}

static bool link_share(struct words *w, int64_t *ppm)
{
	uint32_t v;

	if (!words_take_percent(w, "the share of packets", &v))
		return false;
	*ppm = v;
	return true;
}

static bool link_rate(struct words *w, int64_t *bps)
{
	uint64_t v;

	if (!words_take_rate(w, &v))
		return false;
	*bps = (int64_t)v;
	return true;
}

static bool link_room(struct words *w, int64_t *octets)
{
	uint64_t v;

	if (!words_take_size(w, "room", &v))
		return false;
	*octets = (int64_t)v;
	return true;
}

static bool link_direction(struct words *w, unsigned *dir)
{
	static const char *const names[] = { "in", "out", "both", NULL };
	struct word *word = words_take(w, "the direction");

	if (!word)
		return false;
	for (unsigned i = 0; names[i]; i++)
		if (word_is(word, names[i]))
			*dir = i + 1;
	return *dir || words_unknown(w, word, "\"%s\" is no direction: in, out, both",
			       names);
}

static bool take_fault(struct words *w, struct script_link *l)
{
	static const char *const names[] = { "delay", "jitter", "loss", "dup", "reorder",
		"rate", "room", "direction", "cut", "restore", "clear", NULL };
	const struct {
		const char *name;
		bool (*take)(struct words *w, int64_t *out);
		int64_t *out;
		bool port, ipc;
	} faults[] = {
		{ "delay", link_time, &l->delay_us, true, true },
		{ "jitter", link_time, &l->jitter_us, true, false },
		{ "loss", link_share, &l->loss_ppm, true, false },
		{ "dup", link_share, &l->dup_ppm, true, false },
		{ "reorder", link_share, &l->reorder_ppm, true, false },
		{ "rate", link_rate, &l->rate_bps, true, true },
		{ "room", link_room, &l->room, false, true },
	};
	struct word *word = words_take(w, "what happens to it");

	l->faults = true;
	if (word_is(word, "cut"))
		return l->cut = true;
	if (word_is(word, "restore"))
		return l->restore = true;
	if (word_is(word, "clear"))
		return l->clear = true;
	if (word_is(word, "direction") && l->port.ifindex)
		return link_direction(w, &l->dir);
	for (unsigned i = 0; word && i < G_N_ELEMENTS(faults); i++) {
		if (!word_is(word, faults[i].name))
			continue;
		if (l->port.ifindex ? !faults[i].port : !faults[i].ipc)
			return words_fail(w, word->column, "%s is not for %s",
				faults[i].name, l->port.ifindex ? "ports" : "channels");
		return faults[i].take(w, faults[i].out);
	}
	return word && words_unknown(w, word, "\"%s\" is no fault of a link", names);
}

/* Another port, to which a cable leads. */
static bool take_other_port(struct words *w, struct script_link *l)
{
	struct word *word = words_peek(w);

	if (!word || !read_port(word, &l->to))
		return true;
	w->next++;
	return l->to.ifindex != l->port.ifindex ||
	       strcmp(l->to.node.name, l->port.node.name) != 0 ||
	       words_fail(w, word->column, "a cable leads to another port");
}

/* link PORT [PORT]|ipc A B cut|restore|clear|delay D jitter D loss P dup P reorder P rate R ... */
static bool parse_link(struct words *w, struct script_step *s)
{
	struct script_link *l = &s->link;

	l->delay_us = l->jitter_us = l->loss_ppm = l->dup_ppm = l->reorder_ppm = -1;
	l->rate_bps = l->room = -1;
	if (words_take_if(w, "ipc")) {
		if (!take_ends(w, &l->a, &l->b))
			return false;
	} else if (!take_port(w, ", or give ipc R0 R1", &l->port) || !take_other_port(w, l)) {
		return false;
	}
	while (words_peek(w) || (!l->to.ifindex && !l->faults))
		if (!take_fault(w, l))
			return false;
	return true;
}

/* ---- asking ---- */

static bool parse_wait(struct words *w, struct script_step *s)
{
	const struct word *word = words_peek(w);

	if (!words_take_duration(w, "how long to wait", &s->time))
		return false;
	s->time_text = g_strdup(word->text->str);
	if (!words_take_keyword(w, "until"))
		return false;
	s->pred = pred_parse(w);
	return s->pred;
}

static bool parse_check(struct words *w, struct script_step *s)
{
	s->pred = pred_parse(w);
	return s->pred;
}

static bool parse_do(struct words *w, struct script_step *s)
{
	GString *order;
	const struct word *word;

	s->name = words_take_name(w, "the peer");
	if (!s->name)
		return false;
	if (!words_peek(w))
		return words_take(w, "the order, as connect,");
	order = g_string_new(NULL);
	while ((word = words_peek(w))) {
		g_string_append_printf(
			order, "%s%s", order->len ? " " : "", word->text->str);
		w->next++;
	}
	s->text = g_string_free(order, false);
	return true;
}

static bool parse_snapshot(struct words *w, struct script_step *s)
{
	struct word *word;

	s->name = words_take_name(w, "the name of the snapshot");
	if (!s->name || !words_take_rp_or_node(w, &s->place))
		return false;
	word = words_take(w, "the name of a table");
	if (word && !table_find(word->text->str))
		return words_unknown(
			w, word, "there is no table \"%s\"", table_names());
	s->command = word ? g_strdup(word->text->str) : NULL;
	return word;
}

/* ---- time ---- */

static bool parse_time(struct words *w, struct script_step *s)
{
	const struct word *word = words_peek(w);

	if (!words_take_duration(w, "the time", &s->time))
		return false;
	s->time_text = g_strdup(word->text->str);
	return true;
}

static bool parse_label(struct words *w, struct script_step *s)
{
	if (s->label)
		return words_fail(w, 1, "a line has one label");
	s->label = words_take_name(w, "the label");
	return s->label;
}

/* ---- words for people ---- */

static bool parse_text(struct words *w, struct script_step *s)
{
	struct word *word = words_take_string(w, "the text");

	s->text = word ? g_strdup(word->text->str) : NULL;
	return word;
}

static bool parse_tags(struct words *w, struct script_step *s)
{
	g_autoptr(GString) tags = g_string_new(NULL);

	do {
		g_autofree char *tag = words_take_name(w, "a tag");

		if (!tag)
			return false;
		g_string_append_printf(tags, "%s%s", tags->len ? " " : "", tag);
	} while (words_peek(w));
	s->text = g_strdup(tags->str);
	return true;
}

static bool parse_ask(struct words *w, struct script_step *s)
{
	s->name = words_take_name(w, "the name of the question");
	s->choices = g_ptr_array_new();
	return s->name && parse_text(w, s);
}

static bool parse_pause(struct words *w, struct script_step *s)
{
	return !words_peek(w) || parse_text(w, s);
}

/* ---- the world ---- */

static bool parse_scenario(struct words *w, struct script_step *s)
{
	return words_take_number(w, "the version of the language", 1, 1, &s->number);
}

static bool parse_clock(struct words *w, struct script_step *s)
{
	static const char *const names[] = { "virtual", "real", NULL };
	struct word *word = words_take(w, "virtual or real");

	if (!word)
		return false;
	s->real = word_is(word, "real");
	if (!s->real && !word_is(word, "virtual"))
		return words_unknown(w, word, "\"%s\" is no clock: virtual or real", names);
	return !words_take_if(w, "seed") ||
	       words_take_number(w, "the seed", 0, INT64_MAX, &s->number);
}

static bool parse_node(struct words *w, struct script_step *s)
{
	s->name = words_take_name(w, "the name of the chassis");
	return s->name;
}

static bool parse_boot(struct words *w, struct script_step *s)
{
	if (!parse_node(w, s))
		return false;
	s->text = g_strdup(s->name);
	while (words_peek(w)) {
		g_autofree char *before = s->text;
		g_autofree char *name = words_take_name(w, "the name of a chassis");

		s->text = g_strjoin(" ", before, name, NULL);
		if (!name)
			return false;
	}
	return true;
}

/* 10.99.0.1/24; the mask may be left out (24). */
static bool take_address(struct words *w, uint32_t *ip, uint32_t *mask)
{
	struct word *word = words_take(w, "an address");
	g_auto(GStrv) parts = NULL;
	g_autofree char *text = NULL;
	guint64 bits = 24;

	if (!word)
		return false;
	parts = g_strsplit(word->text->str, "/", 2);
	if (word->kind == WORD_PLAIN && parts[0] && ipv4_from_str(parts[0], ip) && *ip &&
		(!parts[1] || (mask && g_ascii_string_to_unsigned(
					       parts[1], 10, 1, 32, &bits, NULL)))) {
		if (mask)
			*mask = UINT32_MAX << (32 - bits);
		return true;
	}
	text = word_shown(word);
	return words_fail(w, word->column, "\"%s\" is no address: give one as 10.99.0.1%s",
		text, mask ? "/24" : "");
}

static bool take_into(struct words *w, const char *wanted, char **out)
{
	struct word *word = words_take(w, wanted);

	if (!word)
		return false;
	g_free(*out);
	*out = g_strdup(word->text->str);
	return true;
}

static bool take_probe(struct words *w, struct script_peer *p)
{
	if (!words_take_pps(w, &p->pps))
		return false;
	p->down = true;
	if (words_take_if(w, "up"))
		p->down = false;
	else
		words_take_if(w, "both");
	if (!words_take_if(w, "to"))
		return true;
	g_free(p->target);
	p->target = words_take_name(w, "the host");
	return p->target;
}

static bool take_pace(struct words *w, struct script_peer *p)
{
	base_dur d;

	if (!words_take_duration(w, "the time between two calls", &d))
		return false;
	p->pace_ms = (uint64_t)MAX(d.ns / 1000000, 1);
	return true;
}

static bool take_peer_option(struct words *w, struct script_peer *p)
{
	static const char *const names[] = { "name", "address", "gateway", "lns", "tunnels",
		"sessions", "user", "password", "secret", "hello", "pace", "probe", "radius",
		"vlan", "inner", NULL };
	bool calls = p->lac && !p->pppoe;
	struct word *word = words_take(w, "an option of the peer");

	if (word_is(word, "name"))
		return take_into(w, "the name", &p->host_name);
	if (word_is(word, "address"))
		return take_address(w, &p->ip, &p->mask);
	if (word_is(word, "probe"))
		return take_probe(w, p);
	if (!p->lac && word_is(word, "gateway"))
		return take_address(w, &p->other, NULL);
	if (calls && word_is(word, "lns"))
		return take_address(w, &p->other, NULL);
	if (calls && word_is(word, "tunnels"))
		return words_take_number(w, "how many tunnels", 1, 1000, &p->tunnels);
	if (p->lac && word_is(word, "sessions"))
		return words_take_number(w, "how many sessions in each tunnel", 0, 8000,
			&p->sessions);
	if (p->pppoe && word_is(word, "vlan"))
		return words_take_number(w, "a VLAN id", 1, 4094, &p->vlan);
	if (p->pppoe && p->vlan && word_is(word, "inner"))
		return words_take_number(w, "a VLAN id", 1, 4094, &p->inner);
	if (!p->lac && !p->lns && word_is(word, "radius"))
		return take_into(w, "the secret of the RADIUS server", &p->radius);
	if (word_is(word, "user"))
		return take_into(w, "the user's name", &p->user);
	if (word_is(word, "password"))
		return take_into(w, "the password", &p->password);
	if ((calls || p->lns) && word_is(word, "secret"))
		return take_into(w, "the secret of the tunnels", &p->secret);
	if (calls && word_is(word, "hello"))
		return words_take_number(w, "seconds", 0, 3600, &p->hello_s);
	if (p->lac && word_is(word, "pace"))
		return take_pace(w, p);
	return word && words_unknown(w, word, "\"%s\" is no option of this peer", names);
}

/* peer NAME lac|host|pppoe|lns on PORT OPTION... */
static bool parse_peer(struct words *w, struct script_step *s)
{
	static const char *const kinds[] = { "lac", "host", "pppoe", "lns", NULL };
	struct script_peer *p = &s->peer;
	struct word *kind;

	p->name = words_take_name(w, "the name of the peer");
	if (!p->name || !(kind = words_take(w, "lac, host, pppoe or lns")))
		return false;
	p->pppoe = word_is(kind, "pppoe");
	p->lns = word_is(kind, "lns");
	p->lac = p->pppoe || word_is(kind, "lac");
	if (!p->lac && !p->lns && !word_is(kind, "host"))
		return words_unknown(w, kind,
			"there is no such peer as \"%s\": lac, host, pppoe or lns", kinds);
	p->tunnels = p->sessions = 1;
	if (!words_take_keyword(w, "on") || !take_port(w, "", &p->port))
		return false;
	while (words_peek(w))
		if (!take_peer_option(w, p))
			return false;
	if (p->tunnels * p->sessions > 32000)
		return words_fail(w, w->column, "a LAC has at most 32000 sessions");
	return true;
}

/* port PORT KIND:ARGUMENT */
static bool parse_port(struct words *w, struct script_step *s)
{
	struct word *word;
	const char *colon;
	g_autofree char *text = NULL;

	if (!take_port(w, "", &s->link.port) ||
		!(word = words_take(w, "what it is bound to")))
		return false;
	colon = strchr(word->text->str, ':');
	if (!colon || colon == word->text->str || !colon[1]) {
		text = word_shown(word);
		return words_fail(w, word->column,
			"\"%s\" is no binding: give it as packet:veth0 or tap:tap0", text);
	}
	s->kind = g_strndup(word->text->str, (gsize)(colon - word->text->str));
	s->argument = g_strdup(colon + 1);
	return true;
}

/* ---- for the reader of files ---- */

static bool parse_let(struct words *w, struct script_step *s)
{
	s->name = words_take_name(w, "the name");
	return s->name && take_into(w, "the value", &s->text);
}

static bool parse_repeat(struct words *w, struct script_step *s)
{
	return words_take_number(w, "how often", 1, 10000, &s->number);
}

/* ---- verbs ---- */

enum { F = SCRIPT_IN_FILE, T = SCRIPT_TYPED };

static const struct verb {
	const char *name;
	unsigned where;
	bool (*parse)(struct words *w, struct script_step *s);
} verbs[] = {
	/* clang-format off */
	[SCRIPT_SCENARIO] = { "scenario", F,     parse_scenario },
	[SCRIPT_TITLE]    = { "title",    F,     parse_text },
	[SCRIPT_TAGS]     = { "tags",     F,     parse_tags },
	[SCRIPT_GOAL]     = { "goal",     F,     parse_text },
	[SCRIPT_CLOCK]    = { "clock",    F,     parse_clock },
	[SCRIPT_CHASSIS]  = { "chassis",  F,     parse_node },
	[SCRIPT_CONFIG]   = { "config",   F,     parse_node },
	[SCRIPT_PEER]     = { "peer",     F,     parse_peer },
	[SCRIPT_PORT]     = { "port",     F,     parse_port },
	[SCRIPT_BOOT]     = { "boot",     F,     parse_boot },
	[SCRIPT_SECTION]  = { "section",  F | T, parse_text },
	[SCRIPT_SAY]      = { "say",      F | T, parse_text },
	[SCRIPT_HINT]     = { "hint",     F,     parse_text },
	[SCRIPT_PAUSE]    = { "pause",    F,     parse_pause },
	[SCRIPT_ASK]      = { "ask",      F,     parse_ask },
	[SCRIPT_AT]       = { "at",       F | T, parse_time },
	[SCRIPT_AFTER]    = { "after",    F | T, parse_time },
	[SCRIPT_LABEL]    = { "label",    F | T, parse_label },
	[SCRIPT_DO]       = { "do",       F | T, parse_do },
	[SCRIPT_SNAPSHOT] = { "snapshot", F | T, parse_snapshot },
	[SCRIPT_REQUIRE]  = { "require",  F | T, parse_check },
	[SCRIPT_CHECK]    = { "check",    F | T, parse_check },
	[SCRIPT_WAIT]     = { "wait",     F | T, parse_wait },
	[SCRIPT_STATUS]   = { "status",   F | T, NULL },
	[SCRIPT_PULL]     = { "pull",     F | T, parse_pull },
	[SCRIPT_INSERT]   = { "insert",   F | T, parse_place },
	[SCRIPT_CRASH]    = { "crash",    F | T, parse_place },
	[SCRIPT_HANG]     = { "hang",     F | T, parse_hang },
	[SCRIPT_WAKE]     = { "wake",     F | T, parse_place },
	[SCRIPT_RESET]    = { "reset",    F | T, parse_place },
	[SCRIPT_LINK]     = { "link",     F | T, parse_link },
	[SCRIPT_CAPTURE]  = { "capture",  F | T, parse_capture },
	[SCRIPT_SHOW]     = { "show",     F | T, parse_show },
	[SCRIPT_CLI]      = { "cli",      F | T, parse_cli },
	[SCRIPT_HELP]     = { "help",     T,     NULL },
	[SCRIPT_QUIT]     = { "quit",     T,     NULL },
	[SCRIPT_LET]      = { "let",      F,     parse_let },
	[SCRIPT_REPEAT]   = { "repeat",   F,     parse_repeat },
	[SCRIPT_INCLUDE]  = { "include",  F,     parse_text },
	[SCRIPT_END]      = { "end",      F,     NULL },
	/* clang-format on */
};

const char script_help[] =
	"status                                   slots, roles, clock, ports\n"
	"pull SLOT                                takes a board out: R0 R1 F0 F1 0/0 "
	"0/1 SIP0\n"
	"insert SLOT                              puts it in again\n"
	"crash SLOT                               its software dies; insert starts it again\n"
	"hang SLOT [for 10s]                      it stands still; wake SLOT ends that\n"
	"reset SLOT                               its reset button\n"
	"link PORT delay 2ms jitter 1ms loss 10% dup 1% reorder 2% rate 10mbit "
	"[direction in|out]\n"
	"link PORT cut | restore | clear          and link ipc R0 R1 delay|rate|room|"
	"cut|...\n"
	"                                         of several chassis: mid/R0, mid/Gi0/0/1\n"
	"show RP \"COMMAND\"                        R0, R1, active or standby; exec "
	"mode\n"
	"cli RP \"COMMAND\" [answer \"PROMPT\" \"TEXT\"]... [refused \"TEXT\"]\n"
	"                                         the same in a session that keeps its "
	"mode\n"
	"wait 30s until PREDICATE                 show RP \"COMMAND\" has \"TEXT\", "
	"or matches /RE/,\n"
	"check PREDICATE                          count active l2tp.sessions == 20, "
	"log R1 has \"TEXT\",\n"
	"                                         packet CAPTURE match \"l2tp.CDN\" "
	"count == 0\n"
	"capture NAME PORT [to FILE]              frames of a port into NAME.pcapng\n"
	"capture NAME ipc R0 R1 [to FILE]         records between two boards\n"
	"capture NAME stop                        ends it; capture alone lists them\n"
	"after 5s                                 lets time pass\n"
	"help                                     this\n"
	"quit                                     closes this connection\n";

const char *script_verb_name(enum script_verb verb)
{
	return verb && verb < G_N_ELEMENTS(verbs) ? verbs[verb].name : "";
}

static bool unknown_verb(struct words *w, const struct word *word, unsigned where)
{
	const char *names[G_N_ELEMENTS(verbs) + 1];
	unsigned n = 0;

	for (unsigned i = 1; i < G_N_ELEMENTS(verbs); i++)
		if (verbs[i].where & where)
			names[n++] = verbs[i].name;
	names[n] = NULL;
	return words_unknown(w, word,
		where == SCRIPT_TYPED ? "\"%s\" is not known here: try help"
				      : "there is no line that begins with \"%s\"",
		names);
}

/* `... label NAME` ends any line. */
static bool take_label(struct words *w, struct script_step *s)
{
	guint all = w->end, next = w->next;

	if (all < 3 || !word_is(&g_array_index(w->all, struct word, all - 2), "label"))
		return true;
	w->next = all - 1;
	s->label = words_take_name(w, "the label");
	w->next = next;
	w->end = all - 2;
	return s->label;
}

static bool substitute(struct words *w, struct word *word, const struct script_context *ctx)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (const char *p = word->text->str; *p; p++) {
		g_autofree char *name = NULL;
		const char *value;
		size_t n;

		n = *p == '$' ? strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_"
					      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
			      : 0;
		if (*p == '$' && p[1] == '$')
			p++;
		if (!n) {
			g_string_append_c(out, *p);
			continue;
		}
		name = g_strndup(p + 1, n);
		value = ctx->let(name, ctx->user);
		if (!value)
			return words_fail(w, word->column,
				"nothing is called $%s here (a dollar is written $$)", name);
		g_string_append(out, value);
		p += n;
	}
	g_string_assign(word->text, out->str);
	return word->text->len <= WORDS_LINE_MAX ||
	       words_fail(w, word->column, "with its $names the word is too long");
}

static bool substitute_all(struct words *w, const struct script_context *ctx)
{
	for (guint i = 0; ctx->let && i < w->all->len; i++) {
		struct word *word = &g_array_index(w->all, struct word, i);

		if (word->kind != WORD_REGEX && strchr(word->text->str, '$') &&
			!substitute(w, word, ctx))
			return false;
	}
	return true;
}

static bool parse_words(
	struct words *w, struct script_step *s, const struct script_context *ctx)
{
	struct word *word = words_peek(w);
	g_autofree char *text = NULL;
	unsigned verb = 0;

	if (!word)
		return true;
	for (unsigned i = 1; i < G_N_ELEMENTS(verbs); i++)
		if (word_is(word, verbs[i].name) && verbs[i].where & ctx->where)
			verb = i;
	if (!verb)
		return unknown_verb(w, word, ctx->where);
	w->next++;
	s->verb = verb;
	if (!take_label(w, s) || (verbs[verb].parse && !verbs[verb].parse(w, s)))
		return false;
	word = words_peek(w);
	if (!word)
		return true;
	text = word_shown(word);
	return words_fail(w, word->column,
		"\"%s\" is too much: the line is complete before it", text);
}

struct script_step *script_parse_in(
	const char *line, const struct script_context *ctx, unsigned *column, GError **error)
{
	struct script_step *s = g_new0(struct script_step, 1);
	struct words w;

	if (!words_split(&w, line, error) || !substitute_all(&w, ctx) ||
		!parse_words(&w, s, ctx))
		g_clear_pointer(&s, script_step_free);
	if (column)
		*column = w.at;
	words_clear(&w);
	return s;
}

struct script_step *script_parse(const char *line, GError **error)
{
	static const struct script_context typed = { .where = SCRIPT_TYPED };

	return script_parse_in(line, &typed, NULL, error);
}

const char *script_step_source(const struct script_step *s)
{
	return s->filled ? s->filled : s->source;
}

static void answer_free(void *p, void *user)
{
	struct script_answer *a = p;

	g_free(a->name);
	g_free(a->text);
	g_free(a);
}

void script_step_free(struct script_step *s)
{
	if (!s)
		return;
	g_free(s->source);
	g_free(s->filled);
	g_free(s->label);
	g_free(s->name);
	g_free(s->text);
	g_free(s->command);
	g_clear_pointer(&s->answers, g_bytes_unref);
	g_free(s->time_text);
	pred_free(s->pred);
	g_free(s->capture.name);
	g_free(s->capture.path);
	g_free(s->peer.name);
	g_free(s->peer.host_name);
	g_free(s->peer.user);
	g_free(s->peer.password);
	g_free(s->peer.secret);
	g_free(s->peer.radius);
	g_free(s->peer.target);
	g_free(s->kind);
	g_free(s->argument);
	g_free(s->explain);
	if (s->choices) {
		g_ptr_array_foreach(s->choices, answer_free, NULL);
		g_ptr_array_unref(s->choices);
	}
	g_free(s);
}
