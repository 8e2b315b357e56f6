/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reports of scenarios, see report.h.
 */
#include "scenarios/engine/report.h"

#include <string.h>

struct report {
	struct report_config cfg;
	const struct script *script;
	char *name;
	unsigned points, failed;      /* of all scenarios */
	unsigned here, here_failed;   /* of this one */
	unsigned scenarios, scenarios_failed;
	GString *cases; /* JUnit, of this scenario */
	GString *suites;
	GString *verdicts; /* of the summary */
};

struct report *report_new(const struct report_config *cfg)
{
	struct report *r = g_new0(struct report, 1);

	r->cfg = *cfg;
	r->cases = g_string_new(NULL);
	r->suites = g_string_new(NULL);
	r->verdicts = g_string_new(NULL);
	return r;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	g_free(r->name);
	g_string_free(r->cases, true);
	g_string_free(r->suites, true);
	g_string_free(r->verdicts, true);
	g_free(r);
}

/* ---- texts ---- */

static void json_string(GString *out, const char *text)
{
	g_string_append_c(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_printf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
			g_string_append_printf(out, "\\u%04x", (unsigned char)*text);
		else
			g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
}

static void xml(GString *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("<>&\"", *text) || (unsigned char)*text >= 0x7f)
			g_string_append_printf(out, "&#%u;", (unsigned char)*text);
		else if ((unsigned char)*text < 0x20 && *text != '\n')
			g_string_append_c(out, ' ');
		else
			g_string_append_c(out, *text);
	}
}

static void put(FILE *f, const GString *text)
{
	if (f)
		fwrite(text->str, 1, text->len, f);
}

/* Each line after a prefix. */
static void put_lines(GString *out, const char *prefix, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (unsigned i = 0; lines[i]; i++)
		if (lines[i][0] || lines[i + 1])
			g_string_append_printf(out, "%s%s\n", prefix, lines[i]);
}

static void clock_of(base_time at, char buf[24])
{
	g_snprintf(buf, 24, "%" G_GINT64_FORMAT ".%03" G_GINT64_FORMAT, at.ns / 1000000000,
		at.ns / 1000000 % 1000);
}

/* ---- for people ---- */

void report_say(struct report *r, const char *format, ...)
{
	va_list ap;

	if (!r->cfg.people)
		return;
	va_start(ap, format);
	vfprintf(r->cfg.people, format, ap);
	va_end(ap);
	fputc('\n', r->cfg.people);
}

void report_begin(struct report *r, const struct script *s, uint64_t seed)
{
	g_autofree char *base = g_path_get_basename(s->file);

	r->script = s;
	r->here = r->here_failed = 0;
	r->scenarios++;
	g_free(r->name);
	r->name = g_strdup(base);
	g_string_truncate(r->cases, 0);
	report_say(r, "%s%s: %s", r->scenarios > 1 ? "\n" : "", r->name,
		s->title ? s->title : "a scenario");
	report_say(r, "%s clock, seed %" G_GUINT64_FORMAT, s->real ? "real" : "virtual", seed);
}

void report_section(struct report *r, base_time at, const char *title)
{
	char clock[24];

	clock_of(at, clock);
	report_say(r, "\n[%8s s] %s", clock, title);
}

/* The line without its comment, and with one blank where there are several. */
static char *source_of(const struct script_step *step)
{
	const char *source = script_step_source(step);
	GString *out = g_string_new(NULL);
	char quote = 0;

	for (const char *p = source + strspn(source, " \t"); *p; p++) {
		bool begins = !out->len || out->str[out->len - 1] == ' ';
		char c = g_ascii_isprint(*p) ? *p : ' ';

		if (!quote && begins && (c == ' ' || c == '#')) {
			if (c == '#')
				break;
			continue;
		}
		if (quote ? c == quote : begins && (c == '"' || c == '/'))
			quote = quote ? 0 : c;
		else if (quote && c == '\\' && p[1])
			g_string_append_c(out, *p++);
		g_string_append_c(out, g_ascii_isprint(*p) ? *p : ' ');
	}
	g_strchomp(out->str);
	return g_string_free(out, false);
}

void report_step(struct report *r, base_time at, const struct script_step *step)
{
	g_autofree char *text = source_of(step);
	char clock[24];

	clock_of(at, clock);
	report_say(r, "  [%8s] %s", clock, text);
}

static void tell_problem(struct report *r, const struct report_point *p)
{
	g_autoptr(GString) out = g_string_new(NULL);
	char clock[24];

	clock_of(p->at, clock);
	g_string_append_printf(out, "\n%s:%u: %s at %s s\n", p->step->file, p->step->line,
		p->problem, clock);
	put_lines(out, "  expected: ", p->expected);
	put_lines(out, "  got:      ", p->got ? p->got : "nothing");
	if (p->events && !r->here_failed) {
		g_string_append(out, "  the last events:\n");
		put_lines(out, "    ", p->events);
	}
	g_string_append_c(out, '\n');
	put(r->cfg.people, out);
}

/* ---- points ---- */

static void tap_point(struct report *r, const struct report_point *p, const char *what)
{
	g_autoptr(GString) out = g_string_new(NULL);
	char clock[24];

	/* A # would begin a directive. */
	g_autofree char *name = g_strdup(what);

	g_strdelimit(name, "#", ' ');
	g_string_append_printf(out, "%s %u - %s:%u %s\n", p->good ? "ok" : "not ok",
		r->points, r->name, p->step->line, name);
	if (!p->good) {
		clock_of(p->at, clock);
		g_string_append_printf(out, "# %s at %s s\n", p->problem, clock);
		put_lines(out, "# expected: ", p->expected);
		put_lines(out, "# got:      ", p->got ? p->got : "nothing");
		if (p->events && !r->here_failed)
			put_lines(out, "#   ", p->events);
	}
	put(r->cfg.tap, out);
	if (r->cfg.tap)
		fflush(r->cfg.tap);
}

static void junit_case(struct report *r, const struct report_point *p, const char *what)
{
	if (!r->cfg.junit)
		return;
	g_string_append_printf(r->cases, "    <testcase classname=\"");
	xml(r->cases, r->name);
	g_string_append_printf(r->cases, "\" name=\"line %u: ", p->step->line);
	xml(r->cases, what);
	if (p->good) {
		g_string_append(r->cases, "\"/>\n");
		return;
	}
	g_string_append(r->cases, "\">\n      <failure message=\"");
	xml(r->cases, p->problem);
	g_string_append(r->cases, "\">expected: ");
	xml(r->cases, p->expected);
	g_string_append(r->cases, "\ngot: ");
	xml(r->cases, p->got ? p->got : "nothing");
	g_string_append(r->cases, "\n");
	xml(r->cases, p->events ? p->events : "");
	g_string_append(r->cases, "</failure>\n    </testcase>\n");
}

static void event_point(struct report *r, const struct report_point *p, const char *what)
{
	g_autoptr(GString) out = g_string_new(NULL);

	g_string_append_printf(out,
		"{\"t\":%" G_GINT64_FORMAT ".%09" G_GINT64_FORMAT
		",\"kind\":\"%s\",\"line\":%u,\"ok\":%s,\"text\":",
		p->at.ns / 1000000000, p->at.ns % 1000000000,
		script_verb_name(p->step->verb), p->step->line, p->good ? "true" : "false");
	json_string(out, what);
	g_string_append(out, ",\"got\":");
	json_string(out, p->got ? p->got : "");
	g_string_append(out, "}\n");
	put(r->cfg.events, out);
}

void report_point(struct report *r, const struct report_point *p)
{
	g_autofree char *what = source_of(p->step);
	char clock[24];

	r->points++;
	r->here++;
	tap_point(r, p, what);
	junit_case(r, p, what);
	event_point(r, p, what);
	clock_of(p->at, clock);
	report_say(r, "  [%8s] %s %s%s%s", clock, p->good ? "ok   " : "WRONG", what,
		p->good && p->got && !strchr(p->got, '\n') ? "   -> " : "",
		p->good && p->got && !strchr(p->got, '\n') ? p->got : "");
	if (p->good)
		return;
	tell_problem(r, p);
	r->failed++;
	r->here_failed++;
}

void report_event(struct report *r, const struct stage_event *e)
{
	g_autoptr(GString) out = g_string_new(NULL);
	char name[12];

	if (!r->cfg.events)
		return;
	g_string_append_printf(out,
		"{\"t\":%" G_GINT64_FORMAT ".%09" G_GINT64_FORMAT ",\"kind\":\"%s\",",
		e->at.ns / 1000000000, e->at.ns % 1000000000, e->kind);
	if (e->chassis)
		g_string_append_printf(out, "\"chassis\":\"%s\",", e->chassis);
	if (e->slot != SLOT_NONE)
		g_string_append_printf(out, "\"slot\":\"%s\",", slot_name(e->slot, name));
	g_string_append(out, "\"text\":");
	json_string(out, e->text);
	g_string_append(out, "}\n");
	put(r->cfg.events, out);
}

/* ---- ends ---- */

void report_end(struct report *r, base_time at, int status)
{
	static const char *const verdicts[] = { "passed", "failed", "script error",
		"timed out" };
	const char *verdict = status == 77 ? "skipped"
			      : status < 4 ? verdicts[status]
					   : "failed";
	char clock[24];

	clock_of(at, clock);
	if (r->here_failed)
		report_say(r, "\n%s: %s; %u of %u checks failed, at %s s", r->name, verdict,
			r->here_failed, r->here, clock);
	else
		report_say(r, "\n%s: %s; %u checks, %s s", r->name, verdict, r->here, clock);
	g_string_append_printf(r->verdicts, "%-14s %s\n", verdict, r->name);
	r->scenarios_failed += status != 0 && status != 77;
	g_string_append_printf(r->suites, "  <testsuite name=\"");
	xml(r->suites, r->name);
	g_string_append_printf(r->suites, "\" tests=\"%u\" failures=\"%u\" time=\"%s\">\n%s"
					  "  </testsuite>\n",
		r->here, r->here_failed, clock, r->cases->str);
}

void report_finish(struct report *r)
{
	if (r->cfg.tap) {
		fprintf(r->cfg.tap, "1..%u\n", r->points);
		fflush(r->cfg.tap);
	}
	if (r->scenarios > 1)
		report_say(r, "\n%s%u scenarios, %u not passed", r->verdicts->str,
			r->scenarios, r->scenarios_failed);
}

bool report_junit(const struct report *r, const char *path, GError **error)
{
	g_autofree char *text = g_strdup_printf(
		"<?xml version=\"1.0\" encoding=\"US-ASCII\"?>\n"
		"<testsuites tests=\"%u\" failures=\"%u\">\n%s</testsuites>\n",
		r->points, r->failed, r->suites->str);

	return g_file_set_contents(path, text, -1, error);
}
