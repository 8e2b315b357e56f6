/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An RP that goes at every item of what it does: a call set-up with its tunnel, a failed login,
 * a HELLO exchange, hang-ups and tunnel ends from each side, a bulk, a configuration change.
 * R0 is pulled, crashes or hangs (for good, or for five seconds), or R1 is pulled.  Afterwards
 * the session is whole on the remaining RP, FP and peer, with traffic both ways, or it is gone
 * on all; never anything between.  Then both RPs are put in again, and they, FP, peer and
 * accounting agree.
 * Channels are made faster and slower in turn, so that other things meet.
 *
 * A failure names the channels' row and the item.
 */
#include "scenarios/engine/peer.h"
#include "tests/scenarios/story.h"
#include "tests/scenarios/watch.h"

#include <string.h>

enum { SETTLE_S = 180 };

/* Latencies in microseconds. */
static const struct {
	int rp_rp, rp_fp;
} channels[] = { { 30, 20 }, { 30, 20 }, { 3, 500 }, { 1500, 20 }, { 700, 700 },
	{ 40000, 5 } };

/* How it goes, and the rows of channels that are gone through. */
enum way { PULL_R0, CRASH_R0, HANG_R0, PULL_R1, N_WAYS };

static const struct {
	const char *name;
	unsigned slot;
	enum slot_why why;
	unsigned rows; /* bits */
} ways[N_WAYS] = {
	[PULL_R0] = { "pull", SLOT_R0, SLOT_WHY_PULLED, 0x3f },
	[CRASH_R0] = { "crash", SLOT_R0, SLOT_WHY_CRASHED, 0x05 },
	[HANG_R0] = { "hang", SLOT_R0, SLOT_WHY_HUNG, 0x0f }, /* odd rows: wakes up */
	[PULL_R1] = { "pull-standby", SLOT_R1, SLOT_WHY_PULLED, 0x29 },
};

struct totals {
	unsigned n[N_OUTCOMES];
	struct watch_counts watched;
};

/* ---- going ---- */

struct going {
	enum way way;
	unsigned row;
	uint64_t
		item; /* of the RP from now on; hanging, it may come to some more in its turn */
	uint64_t start;
	bool gone;
};

static void go_off(struct world *w, struct going *g)
{
	struct chassis *c = lab_chassis(w->lab);
	base_dur d = g->row & 1 ? dur_s(5) : dur_s(0);
	uint64_t items = chassis_items(c, ways[g->way].slot) - g->start;

	if (g->gone || items < g->item)
		return;
	g->gone = chassis_hang(c, ways[g->way].slot, d, NULL);
	g->item = items;
}

static void arm(struct world *w, struct going *g)
{
	struct chassis *c = lab_chassis(w->lab);

	g->start = chassis_items(c, ways[g->way].slot);
	if (g->way != HANG_R0)
		g_assert_true(chassis_pull_at(
			c, ways[g->way].slot, g->item, ways[g->way].why, NULL));
}

static void run(struct world *w, struct going *g, base_dur d)
{
	base_time end = time_add(chassis_now(lab_chassis(w->lab)), d);

	while (g->way == HANG_R0 && !g->gone && chassis_step(lab_chassis(w->lab), end))
		go_off(w, g);
	lab_run(w->lab, time_sub(end, chassis_now(lab_chassis(w->lab))));
	if (g->way != HANG_R0)
		g->gone = !chassis_is_in(lab_chassis(w->lab), ways[g->way].slot);
}

static void run_on(struct world *w, base_dur d, void *user)
{
	run(w, user, d);
}

static void act(struct world *w, const struct story *s, struct going *g)
{
	story_act(w, s, run_on, g);
	run(w, g, dur_s(s->seconds));
}

/* A standby that took over has kept everything, or says that it started cold. */
static bool says_so(struct world *w, enum outcome outcome)
{
	const char *log = lab_log(w->lab);
	bool cold = strstr(log, "-COLD_START:");

	return !strstr(log, "-SWITCHOVER:") || cold == (outcome == GONE);
}

static void complain(struct world *w, const struct story *s, const struct going *g,
	const struct watch *watch, const struct story_seen *seen)
{
	g_autofree char *lac = world_lac(w, "report"), *text = story_text(seen);

	g_error("%s, %s, row %u, item %" G_GUINT64_FORMAT ": %s; %s\n%s%s", s->name,
		ways[g->way].name, g->row, g->item, text,
		watch_failure(watch) ? watch_failure(watch) : "nothing left too early", lac,
		lab_log(w->lab));
}

static unsigned allowed(const struct story *s, enum way way)
{
	return way == PULL_R1 ? 1u << s->last : s->allowed;
}

/* False: the RP did not come to that item. */
static bool go_at(const struct story *s, struct going *g, struct totals *t, enum outcome *last)
{
	struct story_seen seen = { 0 };
	enum outcome outcome;
	struct watch *watch;
	struct world w;

	story_begin(&w, s, channels[g->row].rp_rp, channels[g->row].rp_fp, g->row + 1,
		&watch);
	story_insert(&w, s);
	arm(&w, g);
	act(&w, s, g);
	if (g->gone) {
		bool stream;

		if (!s->stream)
			story_probes(&w, "stop probes");
		lab_run(w.lab, dur_s(SETTLE_S));
		story_look(&w, s, SLOT_R0 + SLOT_R1 - ways[g->way].slot, g->way == PULL_R1,
			&seen);
		stream = !s->stream || story_none_lost(&w);
		outcome = *last = story_judge(&seen);
		t->n[outcome]++;
		watch_count(watch, &t->watched);
		if (!(allowed(s, g->way) & 1u << outcome) || !stream ||
			watch_failure(watch) || (s->bulk && !says_so(&w, outcome)))
			complain(&w, s, g, watch, &seen);
		g_free(seen.differs);
	}
	watch_stop(watch);
	world_clear(&w);
	return g->gone;
}

static void add(struct totals *to, const struct totals *t)
{
	for (unsigned i = 0; i < N_OUTCOMES; i++)
		to->n[i] += t->n[i];
	to->watched.held += t->watched.held;
	to->watched.marked += t->watched.marked;
	to->watched.alone += t->watched.alone;
}

/* One story, and where all of them add their counts. */
struct task {
	const struct story *story;
	enum way way;
	struct totals *total;
};

static void test_story(gconstpointer data)
{
	const struct task *task = data;
	const struct story *s = task->story;
	struct totals t = { { 0 } };
	unsigned items = 0;

	for (unsigned row = 0; row < G_N_ELEMENTS(channels); row++) {
		struct going g = { .way = task->way, .row = row, .item = 1 };
		enum outcome last = HALF;
		unsigned n = 0;

		if (!(ways[task->way].rows & 1u << row))
			continue;
		while (go_at(s, &g, &t, &last)) {
			g = (struct going){ task->way, row, g.item + 1 };
			n++;
		}
		g_assert_cmpuint(n, >, 2);
		g_assert_cmpint(last, ==, s->last);
		items += n;
	}
	g_test_message(
		"%s, %s at %u items: %u whole, %u gone, %u orphaned at the peer, "
		"%u half",
		s->name, ways[task->way].name, items, t.n[WHOLE], t.n[GONE],
		t.n[ORPHANED], t.n[HALF]);
	add(task->total, &t);
	g_assert_cmpuint(t.n[HALF], ==, 0);
}

int main(int argc, char **argv)
{
	struct totals total = { { 0 } };
	g_autofree struct task *tasks = NULL;
	const unsigned *n = total.n;
	int status;

	g_test_init(&argc, &argv, NULL);
	tasks = g_new0(struct task, N_WAYS * n_stories);
	for (unsigned way = 0; way < N_WAYS; way++) {
		for (unsigned i = 0; i < n_stories; i++) {
			g_autofree char *path =
				g_strdup_printf("/scenarios/everywhere/%s/%s",
					ways[way].name, stories[i].name);

			tasks[way * n_stories + i] =
				(struct task){ &stories[i], way, &total };
			g_test_add_data_func(path, &tasks[way * n_stories + i], test_story);
		}
	}
	status = g_test_run();
	g_print("# at %u items in all: %u whole, %u gone, %u orphaned at the peer, %u half\n",
		n[WHOLE] + n[GONE] + n[ORPHANED] + n[HALF], n[WHOLE], n[GONE], n[ORPHANED],
		n[HALF]);
	g_print("# %" G_GUINT64_FORMAT " control packets left that the standby had to hold, "
		"%" G_GUINT64_FORMAT " of marked tunnels, %" G_GUINT64_FORMAT
		" with no standby\n",
		total.watched.held, total.watched.marked, total.watched.alone);
	return status;
}
