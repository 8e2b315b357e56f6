/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Running a scenario, see run.h.
 *
 * Steps are carried out by act.h, whose callback only notes the result; the next step begins from
 * here, or in free run from a timer of the chassis, so that none begins inside another's end.
 */
#include "scenarios/engine/run.h"

#include "scenarios/engine/act.h"
#include "scenarios/engine/build.h"

#include <string.h>
#include <unistd.h>

enum { EVENTS_KEPT = 100000, EVENTS_TOLD = 20 };

#define RUNNER_IDS 0x40000000u

struct run {
	const struct script *script;
	const struct scenario_options *o;
	uint64_t seed;
	struct scenario_world world;
	struct stage *stage; /* NULL: not booted */
	guint next;          /* step */
	GQueue early;        /* captures and links that stand before boot */
	const struct script_step *now;
	bool over, ready;
	int status;
	unsigned questions, right;
};

static base_time now(const struct run *r)
{
	return r->stage ? stage_now(r->stage) : BASE_TIME_ZERO;
}

/* ---- results ---- */

static bool is_point(enum script_verb verb)
{
	return verb == SCRIPT_CHECK || verb == SCRIPT_REQUIRE || verb == SCRIPT_WAIT;
}

static void stop(struct run *r, int status)
{
	/* The first reason stays, but a failed check gives way to nothing. */
	if (!r->status)
		r->status = status;
	r->over = true;
}

static void tell_point(struct run *r, const struct act_result *res)
{
	static const char *const problems[] = {
		[ACT_FALSE] = "check failed",
		[ACT_TIMEOUT] = "timed out",
		[ACT_ERROR] = "this could not be done",
	};
	g_autoptr(GString) events = g_string_new(NULL);
	const struct script_step *s = r->now;
	struct report_point p = {
		.step = s,
		.at = now(r),
		.good = res->status == ACT_OK,
		.expected = s->pred ? s->pred->said : script_step_source(s),
		.got = res->status == ACT_ERROR || !s->pred ? res->why : res->got,
	};

	if (!p.good) {
		p.problem = s->verb == SCRIPT_REQUIRE && res->status == ACT_FALSE
				    ? "requirement failed"
				    : problems[res->status];
		stage_last_events(r->stage, EVENTS_TOLD, events);
		p.events = events->str;
	}
	report_point(r->o->report, &p);
}

static void judge_result(struct run *r, const struct act_result *res)
{
	const struct script_step *s = r->now;

	if (is_point(s->verb) || res->status != ACT_OK)
		tell_point(r, res);
	switch (res->status) {
	case ACT_OK:
		break;
	case ACT_FALSE:
		if (s->verb == SCRIPT_CHECK && !r->status)
			r->status = RUN_FAILED;
		else if (s->verb != SCRIPT_CHECK)
			stop(r, RUN_FAILED);
		break;
	case ACT_TIMEOUT:
		stop(r, RUN_TIMEOUT);
		break;
	case ACT_ERROR:
		stop(r, RUN_FAILED);
		break;
	}
}

static void go_on(void *user);

static void on_done(const struct act_result *res, void *user)
{
	struct run *r = user;
	struct chassis *c = stage_chassis(r->stage);

	judge_result(r, res);
	if (res->output[0] && (r->now->verb == SCRIPT_SHOW || r->now->verb == SCRIPT_CLI ||
				      r->now->verb == SCRIPT_STATUS)) {
		g_auto(GStrv) lines = g_strsplit(res->output, "\n", -1);

		for (unsigned i = 0; lines[i]; i++)
			if (*g_strchomp(lines[i]))
				report_say(r->o->report, "      %s", lines[i]);
	}
	r->ready = true;
	if (r->script->real)
		chassis_at(c, chassis_now(c), go_on, r);
}

/* ---- steps without a stage ---- */

static void on_event(const struct stage_event *e, void *user)
{
	struct run *r = user;

	report_event(r->o->report, e);
}

/* The first boot line: all is built, whatever is switched on later. */
static void build(struct run *r)
{
	g_autoptr(GError) error = NULL;
	struct stage_node nodes[SCRIPT_CHASSIS_MAX];
	struct stage_config cfg = {
		.nodes = nodes,
		.out_dir = r->o->out_dir,
		.ids = RUNNER_IDS,
		.keep = EVENTS_KEPT,
		.on_event = on_event,
		.user = r,
	};
	int status = scenario_world_init(
		&r->world, r->script, r->o->boards, r->seed, r->o->threads, &error);

	if (status) {
		report_say(r->o->report, "%s", error->message);
		stop(r, status);
		return;
	}
	for (unsigned i = 0; i < r->world.n_chassis; i++)
		nodes[i] = (struct stage_node){ r->world.chassis[i].name,
			lab_chassis(r->world.chassis[i].lab) };
	scenario_world_boot(&r->world, r->now->text);
	cfg.n_nodes = r->world.n_chassis;
	cfg.cables = r->world.n_cables;
	cfg.peers = r->world.peers;
	cfg.n_peers = r->world.n_peers;
	cfg.probe_pps = r->world.probe_pps;
	r->stage = stage_new(&cfg);
}

/* Says whether the answer was right, and if not, which one is. */
static bool judge_answer(FILE *out, const struct script_step *s, const char *answer)
{
	const struct script_answer *right = NULL;

	for (guint i = 0; i < s->choices->len; i++) {
		const struct script_answer *a = s->choices->pdata[i];

		if (a->right && (!right || strcmp(a->name, answer) == 0))
			right = a;
	}
	if (right && strcmp(right->name, answer) == 0) {
		fputs("  right.\n", out);
		return true;
	}
	if (right)
		fprintf(out, "  no: %s) %s\n", right->name, right->text);
	return false;
}

static void ask_person(struct run *r, const struct script_step *s)
{
	FILE *out = r->o->person;
	char line[80];

	if (!out) {
		report_say(r->o->report, "  (skipped, for a person: %s)", s->text);
		return;
	}
	fprintf(out, "\n  %s\n", s->text);
	for (guint i = 0; i < s->choices->len; i++) {
		const struct script_answer *a = s->choices->pdata[i];

		fprintf(out, "    %s) %s\n", a->name, a->text);
	}
	fputs("  your answer: ", out);
	fflush(out);
	r->questions++;
	if (!fgets(line, sizeof(line), stdin))
		return;
	g_strstrip(line);
	if (judge_answer(out, s, line))
		r->right++;
	if (s->explain)
		fprintf(out, "  %s\n", s->explain);
}

static void pause_for_person(struct run *r, const struct script_step *s)
{
	char line[80];

	if (!r->o->person) {
		report_say(r->o->report, "  (skipped: a pause for a person)");
		return;
	}
	fprintf(r->o->person, "  %s: press Enter ", s->text ? s->text : "a pause");
	fflush(r->o->person);
	if (!fgets(line, sizeof(line), stdin))
		report_say(r->o->report, "  (nobody is there)");
}

/* True: it was one of these, and it is done. */
static bool talk(struct run *r, const struct script_step *s)
{
	switch ((int)s->verb) {
	case SCRIPT_SECTION:
		report_section(r->o->report, now(r), s->text);
		return true;
	case SCRIPT_SAY:
		report_say(r->o->report, "  %s", s->text);
		return true;
	case SCRIPT_HINT:
		if (r->o->person)
			report_say(r->o->report, "  hint: %s", s->text);
		return true;
	case SCRIPT_ASK:
		ask_person(r, s);
		return true;
	case SCRIPT_PAUSE:
		pause_for_person(r, s);
		return true;
	default:
		return false;
	}
}

/* ---- the run ---- */

/* Lines for people; those with a label take a mark as well. */
static bool is_talk(enum script_verb verb)
{
	return verb >= SCRIPT_SECTION && verb <= SCRIPT_ASK;
}

static bool is_header(const struct script_step *s)
{
	return s->verb < SCRIPT_BOOT || s->verb >= SCRIPT_LET ||
	       (s->verb == SCRIPT_LINK && !s->link.faults); /* only joins two ports */
}

static void begin_act(struct run *r, const struct script_step *s)
{
	g_autofree char *text = g_strstrip(g_strdup(script_step_source(s)));

	stage_tell(r->stage, "step", 0, SLOT_NONE, text);
	if (!is_point(s->verb) && !is_talk(s->verb))
		report_step(r->o->report, now(r), s);
	r->ready = false;
	act_start(r->stage, s, 1, on_done, r);
}

static const struct script_step *next_step(struct run *r)
{
	const GPtrArray *steps = r->script->steps;

	if (r->stage && !r->over && !g_queue_is_empty(&r->early))
		return g_queue_pop_head(&r->early);
	return r->next < steps->len && !r->over ? steps->pdata[r->next++] : NULL;
}

/* Begins steps until one takes time, or all are over. */
static void begin_steps(struct run *r)
{
	while (r->ready) {
		const struct script_step *s = next_step(r);

		if (!s) {
			r->over = true;
			return;
		}
		r->now = s;
		if (is_header(s) || (talk(r, s) && !(s->label && r->stage)))
			continue;
		if (s->verb == SCRIPT_BOOT) {
			report_step(r->o->report, now(r), s);
			if (!r->stage) {
				build(r);
				return;
			}
			scenario_world_boot(&r->world, s->text);
			continue;
		}
		if (r->stage)
			begin_act(r, s);
		else
			g_queue_push_tail(&r->early, (void *)(uintptr_t)s);
	}
}

static void go_on(void *user)
{
	struct run *r = user;

	begin_steps(r);
	if (r->over)
		chassis_stop(stage_chassis(r->stage));
}

static void run_virtual(struct run *r)
{
	struct chassis *c = stage_chassis(r->stage);

	while (!r->over) {
		base_time until = time_add(chassis_now(c), dur_s(1));

		if (r->ready)
			begin_steps(r);
		else if (!chassis_step(c, until))
			chassis_run(c, until);
	}
}

static void run_real(struct run *r)
{
	struct chassis *c = stage_chassis(r->stage);

	chassis_at(c, chassis_now(c), go_on, r);
	chassis_run_free(c);
}

int scenario_run(const struct script *s, const struct scenario_options *o)
{
	struct run r = { .script = s, .o = o, .ready = true };

	r.seed = o->seed ? o->seed : s->seed;
	report_begin(o->report, s, r.seed);
	begin_steps(&r); /* up to boot */
	if (r.stage && s->real)
		run_real(&r);
	else if (r.stage)
		run_virtual(&r);
	if (r.questions)
		report_say(o->report, "%u of %u questions answered right", r.right,
			r.questions);
	report_end(o->report, now(&r), r.status);
	g_queue_clear(&r.early);
	stage_free(r.stage);
	scenario_world_clear(&r.world);
	return r.status;
}
