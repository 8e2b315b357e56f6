/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does each invariant fail when it must?  A violation is planted in what its check looks at,
 * not in the router, and a run of calls and faults must then fail with its name.
 */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *expect;
	const char *what;
} plants[N_PLANTS] = {
#define X(id, name, expect, what) [PLANT_##id] = { name, expect, what },
	SIM_PLANTS(X)
#undef X
};

unsigned planted(const struct sim *sim, enum sim_plant p)
{
	return sim->plant == p && sim->armed;
}

/* Calls come and go, an RP too; twice over. */
static struct sim_plan *plan_of(enum sim_plant p)
{
	static const struct sim_event events[] = {
		{ 200000, SIM_HANGUP, { 0, 1 } },
		{ 400000, SIM_HELLO, { 0 } },
		{ 1400000, SIM_LINK, { 0, 400000, 200000, 0, 2000 } },
		{ 1500000, SIM_REDIAL, { 0, 1 } },
		{ 1500000, SIM_HANGUP, { 0, 4 } },
		{ 1600000, SIM_REDIAL, { 0, 4 } },
		{ 1800000, SIM_CALL, { 0 } },
		{ 2900000, SIM_LINK, { 0 } },
		{ 20000000, SIM_PULL, { 0, 5 } },
		{ 20000000, SIM_HANGUP, { 0, 2 } },
		{ 20100000, SIM_HANGUP, { 0, 3 } },
		{ 23000000, SIM_MEND, { 0 } },
	};
	struct sim_plan *plan = plan_plain();

	plan->shape.seed = 100 + (int64_t)p;
	plan->shape.sessions = 4;
	plan->shape.probe_pps = 10;
	plan->shape.run_ms = 25000;
	plan->shape.nexts = p >= PLANT_HALF;
	g_array_append_vals(plan->events, events, G_N_ELEMENTS(events));
	return plan;
}

static bool try(enum sim_plant p)
{
	struct sim_plan *plan = plan_of(p);
	struct sim_result r;
	struct cover cover;
	bool ok;

	cover_init(&cover);
	r = sim_run_planted(plan, &cover, p);
	ok = p == PLANT_NONE
		     ? !r.failure
		     : r.failure && g_str_has_prefix(r.failure, plants[p].expect);
	printf("%s plant %s: %s: %s\n", ok ? "ok" : "not ok", plants[p].name,
		plants[p].what, r.failure ? r.failure : "no failure");
	sim_result_clear(&r);
	cover_deinit(&cover);
	plan_free(plan);
	return ok;
}

/* How many were not found. */
unsigned plants_try(void)
{
	unsigned failed = 0;

	for (unsigned p = 0; p < N_PLANTS; p++)
		failed += !try(p);
	return failed;
}
