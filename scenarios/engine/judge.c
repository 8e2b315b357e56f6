/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answering predicates, see judge.h.
 *
 * Gaps: peers measure the longest since the last label, so the gap since some label is the
 * longest of the stretches from it to the next one, and so on until now.  A flow that has
 * stopped although its sender goes on counts with its silence.
 */
#include "scenarios/engine/judge.h"

#include "base/text.h"
#include "scenarios/engine/counts.h"
#include "scenarios/engine/match.h"
#include "scenarios/engine/peer.h"

#include <string.h>

enum { LINES_MAX = 40 };

enum judge_needs judge_needs(const struct script_pred *p)
{
	static const enum judge_needs needs[] = {
		[PRED_SHOW] = NEEDS_SHOW,
		[PRED_COUNT] = NEEDS_SHOW,
		[PRED_SAME] = NEEDS_SHOW,
		[PRED_COUNTER] = NEEDS_REPORT,
		[PRED_PEER] = NEEDS_REPORT,
		[PRED_GAP] = NEEDS_REPORTS,
		[PRED_LOSS] = NEEDS_REPORTS,
		[PRED_ORDER] = NEEDS_REPORTS,
		[PRED_LOG] = NEEDS_NOTHING,
		[PRED_PACKET] = NEEDS_NOTHING,
	};

	return needs[p->kind];
}

const char *judge_command(const struct script_pred *p)
{
	return p->kind == PRED_COUNT  ? count_find(p->name)->command
	       : p->kind == PRED_SAME ? table_find(p->name)->command
				      : p->command;
}

/* ---- texts ---- */

/* The first line that is not empty. */
static void first_line(const char *text, GString *got)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (unsigned i = 0; lines[i]; i++) {
		g_strchomp(lines[i]);
		if (lines[i][0]) {
			g_autofree char *shown = text_escape(lines[i], strlen(lines[i]));

			g_string_append(got, shown);
			return;
		}
	}
	g_string_append(got, "the output was empty");
}

/* The lines that are not empty, not too many. */
static void some_lines(const char *text, GString *got)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	unsigned n = 0;

	for (unsigned i = 0; lines[i] && n < LINES_MAX; i++) {
		g_strchomp(lines[i]);
		for (char *p = lines[i]; *p; p++)
			if (!g_ascii_isprint(*p))
				*p = '.';
		if (lines[i][0])
			g_string_append_printf(got, "%s%s", n++ ? "\n" : "", lines[i]);
	}
	if (!n)
		g_string_append(got, "the output was empty");
}

static bool judge_show(const struct script_pred *p, const char *output, GString *got)
{
	bool holds = pred_text_holds(p, output, strlen(output));

	if (!holds)
		some_lines(output, got);
	return holds;
}

static bool judge_count(const struct script_pred *p, const char *output, GString *got)
{
	gint64 n = count_read(count_find(p->name), output);

	if (n < 0)
		first_line(output, got);
	else
		g_string_append_printf(got, "%" G_GINT64_FORMAT, n);
	return n >= 0 && pred_value_holds(p, n);
}

/* The first row that one has and the other has not. */
static void difference(const char *before, const char *now, GString *got)
{
	g_auto(GStrv) a = g_strsplit(before, "\n", -1), b = g_strsplit(now, "\n", -1);

	for (unsigned i = 0; a[i]; i++)
		if (!g_strv_contains((const char *const *)b, a[i])) {
			g_string_append_printf(got, "gone: %s", a[i]);
			return;
		}
	for (unsigned i = 0; b[i]; i++)
		if (!g_strv_contains((const char *const *)a, b[i])) {
			g_string_append_printf(got, "new: %s", b[i]);
			return;
		}
	g_string_append_printf(got, "the same %u rows", g_strv_length(a) - 1);
}

static bool judge_same(const struct stage *s, const struct script_pred *p,
	const char *output, GString *got)
{
	const struct table *t = table_find(p->name);
	const char *kept = stage_kept(s, p->text);
	g_autofree char *before = kept ? table_read(t, kept, p->fields) : NULL;
	g_autofree char *now = table_read(t, output, p->fields);

	if (!before) {
		g_string_append_printf(got, "there is no snapshot %s", p->text);
		return false;
	}
	if (!before[0]) {
		g_string_append(got, "the snapshot has no rows");
		return false;
	}
	difference(before, now, got);
	return strcmp(before, now) == 0;
}

static base_time since_of(const struct stage *s, const struct script_pred *p)
{
	const struct stage_mark *m;
	unsigned i;

	m = p->since ? stage_find_mark(s, p->since, &i) : NULL;
	return m ? m->at : BASE_TIME_ZERO;
}

static bool judge_log(const struct stage *s, const struct script_pred *p, GString *got)
{
	unsigned node = (unsigned)MAX(stage_find_node(s, &p->place.node, NULL), 0);
	unsigned slot = stage_resolve(s, node, &p->place);
	g_autofree char *log = stage_log(s, node, slot, since_of(s, p));
	const char *end = log + strlen(log), *last = end;

	while (last > log && (last == end || last[-1] != '\n'))
		last--;
	if (log[0])
		g_string_append_len(got, last, end - last - 1);
	else
		g_string_append(got, "no log lines");
	return pred_text_holds(p, log, strlen(log));
}

static bool judge_packet(const struct stage *s, const struct script_pred *p, GString *got)
{
	unsigned node = 0;
	const char *path = stage_capture_path(s, p->name, &node);
	struct chassis *c = stage_chassis_at(s, node);
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	gint64 n;

	if (!path) {
		g_string_append_printf(got, "there is no capture %s", p->name);
		return false;
	}
	chassis_capture_flush(c, p->name);
	n = match_count(p->match, path, chassis_capture_epoch(c) + stage_began(s).ns,
		since_of(s, p), 5, seen, &error);
	if (n < 0) {
		g_string_append(got, error->message);
		return false;
	}
	g_string_append_printf(got, "%" G_GINT64_FORMAT "%s%s", n, n ? "\n" : "", seen->str);
	return pred_value_holds(p, n);
}

/* ---- counters of peers ---- */

static unsigned peer_index(const struct stage *s, const char *name)
{
	const struct stage_config *cfg = stage_config(s);
	unsigned i = 0;

	while (i < cfg->n_peers && strcmp(cfg->peers[i].name, name) != 0)
		i++;
	return i;
}

static bool judge_counter(const struct stage *s, const struct script_pred *p,
	const char *report, GString *got)
{
	g_autofree char *word = report_word(report, p->name);
	const struct stage_mark *m = NULL;
	unsigned at, peer = peer_index(s, p->peer);
	gint64 n;

	if (!word || !g_ascii_isdigit(word[0])) {
		g_string_append_printf(got, "%s counts no %s", p->peer, p->name);
		return false;
	}
	n = g_ascii_strtoll(word, NULL, 10);
	if (p->since)
		m = stage_find_mark(s, p->since, &at);
	if (m)
		n -= (gint64)report_number(m->reports->pdata[peer], p->name);
	g_string_append_printf(got, "%" G_GINT64_FORMAT, n);
	return pred_value_holds(p, n);
}

static bool judge_peer(const struct script_pred *p, const char *report, GString *got)
{
	g_autofree char *text = report_word(report, "last-cdn-cause");

	g_string_append(got, text ? text : "no CDN");
	return text && g_ascii_isdigit(text[0]) &&
	       g_ascii_strtoll(text, NULL, 10) == p->value;
}

/* ---- flows ---- */

struct flow_counts {
	bool found;
	gint64 sent, received, bad; /* bad: late, double, another's */
	gint64 gap_us, silent_us;
	bool going; /* its sender goes on */
};

/* The line of a report that has key=N; NULL: none. */
static char *line_of(const char *report, uint64_t key)
{
	g_autofree char *word =
		g_strdup_printf(" key=%" G_GUINT64_FORMAT " ", key);
	const char *at = strstr(report, word), *from = at;

	if (!at)
		return NULL;
	while (from > report && from[-1] != '\n')
		from--;
	return g_strndup(from, strcspn(from, "\n"));
}

/* Of the reports (of all peers), the line of a host that knows this subscriber. */
static char *host_line(const struct stage *s, const GPtrArray *reports, uint64_t key,
	bool *probing)
{
	const struct stage_config *cfg = stage_config(s);

	for (unsigned i = 0; i < cfg->n_peers; i++) {
		char *line = cfg->peers[i].lac ? NULL
					       : line_of(reports->pdata[i], key);

		if (!line)
			continue;
		*probing = report_number(reports->pdata[i], "probing");
		return line;
	}
	return NULL;
}

static void read_flow(const char *sender, const char *receiver, bool going,
	struct flow_counts *f)
{
	*f = (struct flow_counts){ .found = sender, .going = going };
	if (sender)
		f->sent = (gint64)report_number(sender, "sent");
	if (!receiver)
		return;
	f->received = (gint64)report_number(receiver, "received");
	f->bad = (gint64)(report_number(receiver, "duplicated") +
			  report_number(receiver, "reordered") +
			  report_number(receiver, "wrong"));
	f->gap_us = (gint64)report_number(receiver, "gap-us");
	f->silent_us = (gint64)report_number(receiver, "silent-us");
}

static void read_flows(const struct stage *s, const GPtrArray *reports, unsigned lac,
	const char *line, struct flow_counts f[2])
{
	bool host_probing = false, up;
	g_autofree char *state = report_word(line, "state");
	g_autofree char *host =
		host_line(s, reports, report_number(line, "key"), &host_probing);

	up = g_strcmp0(state, "up") == 0;
	read_flow(line, host, up && report_number(reports->pdata[lac], "probing"), &f[0]);
	read_flow(host, line, up && host_probing, &f[1]);
	/* Nobody at a host has heard of it yet: nothing is sent down. */
	if (!host)
		f[1].found = false;
}

/* What is counted since the mark (NULL: ever). */
static void since_mark(const struct stage *s, const struct stage_mark *m, unsigned first,
	unsigned lac, uint64_t key, struct flow_counts f[2])
{
	const GPtrArray *marks = stage_marks(s);
	struct flow_counts old[2];

	for (unsigned i = first; i < marks->len; i++) {
		const struct stage_mark *later = marks->pdata[i];
		g_autofree char *line = line_of(later->reports->pdata[lac], key);

		if (!line)
			continue;
		read_flows(s, later->reports, lac, line, old);
		for (unsigned way = 0; way < 2; way++)
			f[way].gap_us = MAX(f[way].gap_us, old[way].gap_us);
	}
	if (!m)
		return;

	g_autofree char *line = line_of(m->reports->pdata[lac], key);

	if (!line)
		return;
	read_flows(s, m->reports, lac, line, old);
	for (unsigned way = 0; way < 2; way++) {
		f[way].sent -= old[way].sent;
		f[way].received -= old[way].received;
		f[way].bad -= old[way].bad;
	}
}

/* -1: it says nothing. */
static gint64 value_of(const struct script_pred *p, const struct flow_counts *f)
{
	gint64 lost = MAX(f->sent - f->received, 0);

	if (!f->found)
		return -1;
	if (p->kind == PRED_ORDER)
		return f->received > 0 ? f->bad : -1;
	if (p->kind == PRED_LOSS)
		return f->sent > 0 ? lost * 1000000 / f->sent : -1;
	if (f->received <= 0)
		return f->sent > 0 ? INT64_MAX : -1;
	return MAX(f->gap_us, f->going ? f->silent_us : 0) * 1000;
}

static void print_value(const struct script_pred *p, gint64 v, GString *got)
{
	if (p->kind == PRED_ORDER)
		g_string_append_printf(got, "%" G_GINT64_FORMAT, v);
	else if (p->kind == PRED_LOSS)
		g_string_append_printf(got, "%" G_GINT64_FORMAT ".%04" G_GINT64_FORMAT "%%",
			v / 10000, v % 10000);
	else if (v == INT64_MAX)
		g_string_append(got, "nothing arrived");
	else
		g_string_append_printf(got, "%" G_GINT64_FORMAT ".%03" G_GINT64_FORMAT "ms",
			v / 1000000, v / 1000 % 1000);
}

struct worst {
	gint64 value; /* -1: none */
	unsigned subscriber;
	unsigned way;
	gint64 sent, received;
};

static void look_at(const struct stage *s, const struct script_pred *p, unsigned lac,
	const GPtrArray *answers, const char *line, struct worst *w)
{
	const struct stage_mark *m = NULL;
	struct flow_counts f[2];
	unsigned index = 0;

	if (p->subscriber && report_number(line, "subscriber") != p->subscriber)
		return;
	if (p->since)
		m = stage_find_mark(s, p->since, &index);
	read_flows(s, answers, lac, line, f);
	since_mark(s, m, m ? index + 1 : 0, lac, report_number(line, "key"), f);
	for (unsigned way = 0; way < 2; way++) {
		gint64 v = p->ways & 1u << way ? value_of(p, &f[way]) : -1;

		if (v <= w->value)
			continue;
		*w = (struct worst){ v, (unsigned)report_number(line, "subscriber"), way,
			f[way].sent, f[way].received };
	}
}

/* The worst of the subscribers, or the one that is asked for. */
static bool judge_flow(const struct stage *s, const struct script_pred *p,
	const GPtrArray *answers, GString *got)
{
	unsigned lac = peer_index(s, p->peer);
	g_auto(GStrv) lines = g_strsplit(answers->pdata[lac], "\n", -1);
	struct worst w = { .value = -1 };

	for (unsigned i = 0; lines[i]; i++)
		if (g_str_has_prefix(lines[i], "subscriber="))
			look_at(s, p, lac, answers, lines[i], &w);
	if (w.value < 0) {
		g_string_append(got, "no probes were sent");
		return false;
	}
	print_value(p, w.value, got);
	g_string_append_printf(got,
		" (subscriber %u %s: %" G_GINT64_FORMAT " sent, %" G_GINT64_FORMAT " received)",
		w.subscriber, w.way ? "down" : "up", w.sent, w.received);
	return pred_value_holds(p, w.value);
}

bool judge(const struct stage *s, const struct script_pred *p, const GPtrArray *answers,
	GString *got)
{
	switch (p->kind) {
	case PRED_SHOW:
		return judge_show(p, answers->pdata[0], got);
	case PRED_COUNT:
		return judge_count(p, answers->pdata[0], got);
	case PRED_SAME:
		return judge_same(s, p, answers->pdata[0], got);
	case PRED_COUNTER:
		return judge_counter(s, p, answers->pdata[0], got);
	case PRED_PEER:
		return judge_peer(p, answers->pdata[0], got);
	case PRED_LOG:
		return judge_log(s, p, got);
	case PRED_PACKET:
		return judge_packet(s, p, got);
	case PRED_GAP:
	case PRED_LOSS:
	case PRED_ORDER:
		return judge_flow(s, p, answers, got);
	}
	return false;
}
