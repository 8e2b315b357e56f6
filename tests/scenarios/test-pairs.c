/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every pair of faults in short stories: R0 is pulled, comes back, and R1 is pulled; or one packet
 * or record is lost, comes twice or late, or the channel between the RPs is cut or slow, and
 * then R0 is pulled.  The first fault comes at each item, packet or record a; the second one
 * at each item b that the victim stages from then on.
 *
 * In every run I-send and I-ack are judged at the FP (watch.h), and in the end the session is
 * whole on RP, FP, peer and in accounting, or gone on all of them.  It may only be gone when
 * the story ends it, when it was not established yet, or when an RP went whose twin was not
 * HOT.
 *
 * Squares are gone through with strides, so that a run of all takes minutes: the diagonals of a
 * square are shifted by a, and each a is also run without a second fault.
 *
 *   test-scenarios-pairs --stride 1                   whole squares
 *   test-scenarios-pairs --one STORY KIND ROW A B     one run, with its log (B 0: none)
 */
#include "scenarios/engine/peer.h"
#include "tests/scenarios/meddle.h"
#include "tests/scenarios/story.h"

#include <stdio.h>
#include <string.h>

enum { SETTLE_S = 180, MEND_MS = 1000, NEVER = 1 << 30, SHOWN = 5 };

/* ---- what is gone through ---- */

/* Latencies in microseconds. */
static const struct {
	int rp_rp, rp_fp;
} channels[] = { { 30, 20 }, { 3, 500 }, { 1500, 20 }, { 40000, 5 } };

enum first { PULL, PACKET, RECORD, CHANNEL };

static const struct kind {
	const char *name;
	enum first first;
	enum meddle_with with;
	enum meddle_how how;
	int ms[2];             /* later, by turns; of PULL: until R0 is back */
	struct link_faults f[2]; /* by turns */
	unsigned seconds;      /* more than the story's, in which the second fault may come */
	unsigned stride;
} kinds[] = {
	{ .name = "pull/r0", .ms = { 1, 300 }, .seconds = 2, .stride = 17 },
	{ "lose/to-lac", PACKET, MEDDLE_TO_LAC, MEDDLE_LOSE, .seconds = 3, .stride = 9 },
	{ "double/to-lac", PACKET, MEDDLE_TO_LAC, MEDDLE_DOUBLE, .seconds = 1, .stride = 9 },
	{ "delay/to-lac", PACKET, MEDDLE_TO_LAC, MEDDLE_DELAY, { 40, 1200 }, .seconds = 3,
		.stride = 9 },
	{ "lose/to-lns", PACKET, MEDDLE_TO_LNS, MEDDLE_LOSE, .seconds = 3, .stride = 9 },
	{ "double/to-lns", PACKET, MEDDLE_TO_LNS, MEDDLE_DOUBLE, .seconds = 1, .stride = 9 },
	{ "delay/to-lns", PACKET, MEDDLE_TO_LNS, MEDDLE_DELAY, { 40, 1200 }, .seconds = 3,
		.stride = 9 },
	{ "lose/from-r0", RECORD, MEDDLE_FROM_R0, MEDDLE_LOSE, .seconds = 4, .stride = 9 },
	{ "double/from-r0", RECORD, MEDDLE_FROM_R0, MEDDLE_DOUBLE, .seconds = 2,
		.stride = 9 },
	{ "delay/from-r0", RECORD, MEDDLE_FROM_R0, MEDDLE_DELAY, { 1, 50 }, .seconds = 4,
		.stride = 9 },
	{ "lose/from-r1", RECORD, MEDDLE_FROM_R1, MEDDLE_LOSE, .seconds = 3, .stride = 9 },
	{ "double/from-r1", RECORD, MEDDLE_FROM_R1, MEDDLE_DOUBLE, .seconds = 2,
		.stride = 9 },
	{ "delay/from-r1", RECORD, MEDDLE_FROM_R1, MEDDLE_DELAY, { 1, 50 }, .seconds = 3,
		.stride = 9 },
	{ .name = "channel/cut", .first = CHANNEL, .with = MEDDLE_CHANNEL,
		.f = { { .cut = true }, { .cut = true } }, .seconds = 5, .stride = 13 },
	{ .name = "channel/slow", .first = CHANNEL, .with = MEDDLE_CHANNEL,
		.f = { { .delay = { 500000000 } }, { .rate_bps = 64000 } }, .seconds = 3,
		.stride = 13 },
};

static const char *const names[] = { "set-up", "second-call", "hang-up-by-subscriber",
	"hang-up-by-lac", "hang-up-by-lns", "tunnel-cleared", "tunnel-closed-by-lac",
	"failed-login", "bulk" };

/* ---- one run ---- */

struct run {
	const struct story *story;
	const struct kind *kind;
	unsigned row, a, b; /* b 0: no second fault */

	struct world w;
	struct watch *watch;
	struct meddle meddle;
	unsigned victim; /* of the second fault */
	bool first_done, second_done;
	uint64_t items; /* of the victim, when the first fault came */
	unsigned staged; /* from then on until it went or the time was over */
};

static struct chassis *chassis(struct run *r)
{
	return lab_chassis(r->w.lab);
}

/* The first fault has come. */
static void on_first(void *user)
{
	struct run *r = user;

	r->first_done = true;
	r->items = chassis_items(chassis(r), r->victim);
	if (r->b)
		chassis_pull_at(chassis(r), r->victim, r->b, SLOT_WHY_PULLED, NULL);
}

static void bring_back(void *user)
{
	struct run *r = user;

	if (!chassis_is_in(chassis(r), SLOT_R0))
		chassis_insert(chassis(r), SLOT_R0, NULL);
}

static void on_event(unsigned slot, bool in, enum slot_why why, base_time now, void *user)
{
	struct run *r = user;

	if (in || slot > SLOT_R1)
		return;
	if (r->kind->first == PULL && slot == SLOT_R0 && !r->first_done) {
		on_first(r);
		chassis_at(chassis(r), time_add(now, dur_ms(r->kind->ms[r->a % 2])),
			bring_back, r);
	} else if (r->b && slot == r->victim && r->first_done) {
		r->second_done = true;
	}
}

static void begin(struct run *r)
{
	const struct kind *k = r->kind;

	story_begin(&r->w, r->story, channels[r->row].rp_rp, channels[r->row].rp_fp,
		r->row + 1, &r->watch);
	story_insert(&r->w, r->story);
	chassis_on_event(chassis(r), on_event, r);
	r->victim = k->first == PULL ? SLOT_R1 : SLOT_R0;
	if (k->first == PULL) {
		chassis_pull_at(chassis(r), SLOT_R0, r->a, SLOT_WHY_PULLED, NULL);
		return;
	}
	r->meddle = (struct meddle){ .with = k->with,
		.how = k->how,
		.k = r->a,
		.delay = dur_ms(k->ms[r->a % 2]),
		.faults = k->f[r->a % 2],
		.done = on_first,
		.user = r };
	meddle_start(&r->meddle, &r->w, r->watch);
}

static void pass(struct world *w, base_dur d, void *user)
{
	lab_run(w->lab, d);
}

static void end(struct run *r)
{
	meddle_stop(&r->meddle);
	chassis_off_event(chassis(r), on_event, r);
	watch_stop(r->watch);
	world_clear(&r->w);
}

/* NULL, or what is wrong. */
static char *judge(struct run *r)
{
	const struct story *s = r->story;
	bool bare = watch_bare(r->watch), cold = strstr(lab_log(r->w.lab), "-COLD_START:");
	unsigned allowed = (s->allowed | (bare ? 1u << GONE : 0)) & ~(1u << ORPHANED);
	struct story_seen seen = { 0 };
	g_autofree char *text = NULL;
	const char *wrong = NULL;
	enum outcome outcome;

	if (bare && s->tunnels > 1) /* one was marked, another not */
		allowed |= 1u << PART;
	if (!bare && !r->second_done && r->kind->first != PULL)
		allowed = 1u << s->last; /* RPs have all stayed */
	/* Who knew of the Starts is gone. */
	r->w.cold = bare || watch_unheard(r->watch);
	story_look(&r->w, s, chassis_active(chassis(r)), false, &seen);
	outcome = story_judge(&seen);
	text = story_text(&seen);
	if (watch_failure(r->watch))
		wrong = watch_failure(r->watch);
	else if (!(allowed & 1u << outcome))
		wrong = outcome == WHOLE ? "it is still there"
		      : outcome == GONE  ? "it is gone"
					 : "half";
	else if (cold && !bare)
		wrong = "a cold start beside a HOT standby";
	else if (watch_late(r->watch) && r->kind->first <= PACKET)
		wrong = "HOT was withdrawn";
	else if (s->last == WHOLE && seen.rp < watch_kept(r->watch))
		wrong = "the standby had more sessions";
	g_free(seen.differs);
	return wrong ? g_strdup_printf("%s; %s", wrong, text) : NULL;
}

/* How far it came: NONE: there is no such first fault; FIRST: no such item b. */
enum reached { NONE, FIRST, BOTH };

/* log: NULL, or what comes about is appended. */
static enum reached run(struct run *r, struct watch_counts *n, char **wrong, GString *log)
{
	enum reached reached;

	begin(r);
	if (log)
		watch_trace(r->watch, log);
	story_act(&r->w, r->story, pass, NULL);
	lab_run(r->w.lab, dur_s(r->story->seconds + r->kind->seconds));
	reached = !r->first_done ? NONE : !r->second_done ? FIRST : BOTH;
	r->staged = (unsigned)(chassis_items(chassis(r), r->victim) - r->items);
	if (reached == BOTH || (reached == FIRST && !r->b)) {
		lab_run(r->w.lab, dur_ms(MEND_MS));
		if (r->meddle.is_done)
			meddle_mend(&r->meddle);
		world_mend(&r->w);
		story_probes(&r->w, "stop probes");
		lab_run(r->w.lab, dur_s(SETTLE_S));
		*wrong = judge(r);
		watch_count(r->watch, n);
		if (log)
			g_string_append(log, lab_log(r->w.lab));
	}
	end(r);
	return reached;
}

/* ---- squares ---- */

struct totals {
	uint64_t run, possible, failed;
	struct watch_counts watched;
};

struct task {
	const struct story *story;
	const struct kind *kind;
	struct totals *total;
	unsigned stride; /* of --stride; 0: the kind's */
};

static enum reached one(const struct task *task, unsigned row, unsigned a, unsigned b,
	unsigned *staged, struct totals *t)
{
	struct run r = {
		.story = task->story, .kind = task->kind, .row = row, .a = a, .b = b
	};
	g_autofree char *wrong = NULL;
	enum reached reached = run(&r, &t->watched, &wrong, NULL);

	*staged = r.staged;
	if (wrong && t->failed++ < SHOWN)
		g_printerr("# --one %s %s %u %u %u: %s\n", task->story->name,
			task->kind->name, row, a, b, wrong);
	return reached;
}

/* A row of the channels' table: true, there were some. */
static bool square(const struct task *task, unsigned row, struct totals *t)
{
	unsigned stride = task->stride ? task->stride : task->kind->stride, n, unused;
	unsigned a;

	for (a = 1; one(task, row, a, 0, &n, t) != NONE; a++) {
		t->possible += n;
		for (unsigned b = 1 + (a + row) % stride; b <= n; b += stride)
			if (one(task, row, a, b, &unused, t) == BOTH)
				t->run++;
	}
	return a > 1;
}

static void test_square(gconstpointer data)
{
	const struct task *task = data;
	struct totals t = { 0 };

	for (unsigned row = 0; row < G_N_ELEMENTS(channels); row++)
		g_assert_true(square(task, row, &t));
	g_test_message("%s, %s: %" G_GUINT64_FORMAT " pairs of %" G_GUINT64_FORMAT
		       ", %" G_GUINT64_FORMAT " failed",
		task->story->name, task->kind->name, t.run, t.possible, t.failed);
	task->total->run += t.run;
	task->total->possible += t.possible;
	task->total->failed += t.failed;
	task->total->watched.held += t.watched.held;
	task->total->watched.marked += t.watched.marked;
	task->total->watched.alone += t.watched.alone;
	g_assert_cmpuint(t.run, >, 0);
	if (t.failed)
		g_test_fail();
}

/* ---- one by hand ---- */

static const struct kind *kind_get(const char *name)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static unsigned number(const char *text)
{
	return (unsigned)g_ascii_strtoull(text, NULL, 10);
}

static int by_hand(char **args)
{
	struct run r = { .story = story_get(args[0]),
		.kind = kind_get(args[1]),
		.row = number(args[2]) % G_N_ELEMENTS(channels),
		.a = number(args[3]),
		.b = number(args[4]) };
	static const char *const texts[] = { "there is no such first fault",
		"there is no such item", "both came" };
	g_autoptr(GString) log = g_string_new(NULL);
	g_autofree char *wrong = NULL;
	struct watch_counts n = { 0 };
	enum reached reached;

	if (!r.story || !r.kind || !r.a) {
		fprintf(stderr, "no such story or kind, or A is 0\n");
		return 2;
	}
	reached = run(&r, &n, &wrong, log);
	printf("%s%s; %s\n", log->str, texts[reached], wrong ? wrong : "all is well");
	return wrong != NULL;
}

int main(int argc, char **argv)
{
	struct totals total = { 0 };
	g_autofree struct task *tasks = NULL;
	unsigned n = 0, stride = 0;
	int status;

	if (argc == 7 && strcmp(argv[1], "--one") == 0)
		return by_hand(argv + 2);
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--stride") == 0)
			stride = number(argv[i + 1]);
	g_test_init(&argc, &argv, NULL);
	tasks = g_new0(struct task, G_N_ELEMENTS(names) * G_N_ELEMENTS(kinds));
	for (unsigned k = 0; k < G_N_ELEMENTS(kinds); k++) {
		for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
			g_autofree char *path = g_strdup_printf(
				"/scenarios/pairs/%s-%s", kinds[k].name, names[i]);

			tasks[n] = (struct task){ story_get(names[i]), &kinds[k], &total,
				stride };
			g_assert_nonnull(tasks[n].story);
			g_test_add_data_func(path, &tasks[n++], test_square);
		}
	}
	status = g_test_run();
	g_print("# %" G_GUINT64_FORMAT " pairs of %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT
		" failed; %" G_GUINT64_FORMAT " control packets left that the standby had to "
		"hold, %" G_GUINT64_FORMAT " of marked tunnels, %" G_GUINT64_FORMAT
		" with no standby\n",
		total.run, total.possible, total.failed, total.watched.held,
		total.watched.marked, total.watched.alone);
	return status;
}
