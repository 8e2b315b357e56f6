/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shrinking: events are left out, halves first, then smaller pieces, while the run still fails
 * with the same invariant; then what comes after the failure, and LACs, tunnels and sessions.
 */
#include "tests/sim/sim.h"

#include <string.h>

enum { RUNS_MAX = 400 };

struct shrinking {
	struct sim_plan *best;
	const char *failure;
	unsigned runs;
};

/* "I7", of "I7: databases: ..." */
static bool same_kind(const char *a, const char *b)
{
	size_t n = strcspn(a, ":");

	return n == strcspn(b, ":") && strncmp(a, b, n) == 0;
}

/* Takes the plan, and keeps it when it fails alike. */
static bool try(struct shrinking *s, struct sim_plan *plan)
{
	struct cover cover;
	struct sim_result r;
	bool fails;

	if (s->runs++ >= RUNS_MAX) {
		plan_free(plan);
		return false;
	}
	cover_init(&cover);
	r = sim_run(plan, &cover, false);
	fails = r.failure && same_kind(r.failure, s->failure);
	if (fails) {
		plan_free(s->best);
		s->best = plan;
	} else {
		plan_free(plan);
	}
	sim_result_clear(&r);
	cover_deinit(&cover);
	return fails;
}

static struct sim_plan *without(const struct sim_plan *plan, unsigned from, unsigned n)
{
	struct sim_plan *p = plan_copy(plan, plan->events);

	g_array_remove_range(p->events, from, MIN(n, p->events->len - from));
	return p;
}

static void drop_events(struct shrinking *s)
{
	for (unsigned piece = MAX(s->best->events->len / 2, 1); piece; piece /= 2)
		for (unsigned from = 0; from < s->best->events->len;)
			if (!try(s, without(s->best, from, piece)))
				from += piece;
}

static void lower(struct shrinking *s, size_t offset, int64_t to)
{
	struct sim_plan *p = plan_copy(s->best, s->best->events);
	int64_t *value = (int64_t *)(void *)((uint8_t *)&p->shape + offset);

	if (*value <= to) {
		plan_free(p);
		return;
	}
	*value = to;
	try(s, p);
}

static void cut_end(struct shrinking *s)
{
	const GArray *e = s->best->events;
	int64_t last = e->len ? g_array_index(e, struct sim_event, e->len - 1).at_us : 0;

	lower(s, offsetof(struct sim_shape, run_ms), MAX(last / 1000 + 1, 1000));
}

struct sim_plan *shrink(const struct sim_plan *plan, const char *failure)
{
	struct shrinking s = { plan_copy(plan, plan->events), failure, 0 };

	drop_events(&s);
	drop_events(&s);
	lower(&s, offsetof(struct sim_shape, lacs), 1);
	lower(&s, offsetof(struct sim_shape, tunnels), 1);
	lower(&s, offsetof(struct sim_shape, sessions), 1);
	lower(&s, offsetof(struct sim_shape, sessions), 2);
	lower(&s, offsetof(struct sim_shape, keepalive), 0);
	lower(&s, offsetof(struct sim_shape, resync), 0);
	lower(&s, offsetof(struct sim_shape, lac_rws), 0);
	lower(&s, offsetof(struct sim_shape, lns_rws), 0);
	lower(&s, offsetof(struct sim_shape, first_ns), 0);
	lower(&s, offsetof(struct sim_shape, probe_pps), 0);
	cut_end(&s);
	drop_events(&s);
	return s.best;
}
