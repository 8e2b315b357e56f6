/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One plan: all come up; events; all is mended and must agree; every call is placed again and
 * must come up; all is closed and nothing may be left.
 */
#include "tests/sim/sim.h"

#include "scenarios/engine/peer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	BOOT_S = 40,
	UP_S = 90,
	UP_AGAIN_S = 300, /* a tunnel that got stuck is given up first; few ids rest */
	AGREE_S = 200, /* a peer that is gone is found out by then */
	ASKED_MS = 1013,
	EMPTY_S = 300, /* StopCCN, and the rest of numbers after it */
	AGAIN_S = 10,
	SWAMPED_S = 900, /* and nobody is longer */
};

base_time sim_now(const struct sim *sim)
{
	return chassis_now(sim->chassis);
}

void sim_hash(struct sim *sim, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t h = sim->hash ^ (uint64_t)sim_now(sim).ns;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3;
	sim->hash = h * 0x100000001b3;
}

void sim_tell(struct sim *sim, const char *format, ...)
{
	int64_t us = sim_now(sim).ns / 1000;
	gsize from = sim->story->len;
	va_list ap;

	g_string_append_printf(sim->story, "%6d.%06d ", (int)(us / 1000000),
		(int)(us % 1000000));
	va_start(ap, format);
	g_string_append_vprintf(sim->story, format, ap);
	va_end(ap);
	g_string_append_c(sim->story, '\n');
	if (sim->verbose)
		fputs(sim->story->str + from, stderr);
}

void sim_fail(struct sim *sim, const char *format, ...)
{
	va_list ap;

	if (sim->failure)
		return;
	va_start(ap, format);
	sim->failure = g_strdup_vprintf(format, ap);
	va_end(ap);
	sim_tell(sim, "FAILED %s", sim->failure);
}

bool sim_pass(struct sim *sim, base_dur d)
{
	base_time end = time_add(sim_now(sim), d);

	while (!sim->failure && time_before(sim_now(sim), end)) {
		base_time next = time_add(sim_now(sim), dur_us(SIM_SLICE_US));

		chassis_run(sim->chassis, time_min(next, end));
		radius_look(sim);
		ledger_look(sim);
		witness_look(sim);
		twin_look(sim);
		hop_look(sim);
	}
	return !sim->failure;
}

/* It has sent beyond our window and repeats what we dropped one message a second.  Calls that
 * are placed meanwhile, and given up, make its queue grow faster than it shrinks, for good. */
static bool swamped(const struct sim *sim, unsigned lac)
{
	const struct manner *m = stage_manner(sim, lac);
	bool greedy = m && (m->greedy || sim->plan->shape.greedy);
	struct peer_lac_line line;
	struct l2tp_cc_info cc;

	for (unsigned n = 1; greedy && stage_line(sim, lac, n, &line); n++)
		if (stage_cc(sim, lac, line.cc, &cc) &&
			cc.state == L2TP_CC_ESTABLISHED &&
			(uint16_t)(cc.s - cc.u) > cc.peer_rws)
			return true;
	return false;
}

/* How long such a LAC needs until all that waits has been taken: one message a wait.  Those that
 * repeat more at once are faster. */
static unsigned swamped_s(const struct sim *sim)
{
	unsigned longest = 0;

	for (unsigned i = 0; i < sim->plan->shape.lacs; i++) {
		const void *self = swamped(sim, i) ? stage_lac(sim, i) : NULL;
		unsigned wait = self ? stage_manner(sim, i)->waits[0] +
					       (unsigned)sim->plan->shape.late_s + 1
				     : 0;
		struct peer_lac_line line;
		struct l2tp_cc_info cc;

		for (unsigned n = 1; self && peer_lac_line(self, n, &line); n++)
			if (peer_lac_cc(self, line.cc, &cc) &&
				cc.state == L2TP_CC_ESTABLISHED)
				longest = MAX(longest, wait * (uint16_t)(cc.s - cc.u));
	}
	return longest;
}

static void connect_all(struct sim *sim)
{
	for (unsigned i = 0; i < stage_ways(sim); i++)
		if (stage_calls(sim, i) && !swamped(sim, i))
			act_order(sim, i, "connect");
}

/* Until ask() has no objection; it is asked once a second.  A LAC that is swamped has its time
 * first, as long as it gets on. */
static bool settle(struct sim *sim, char *(*ask)(struct sim *sim), unsigned limit_s,
	bool connect)
{
	char *objection = ask(sim);
	unsigned end_s = limit_s;

	for (unsigned s = 0; objection && s < end_s && !sim->failure; s++) {
		unsigned more_s = swamped_s(sim);

		g_free(objection);
		if (more_s)
			end_s = MAX(end_s, MIN(s + more_s + limit_s, SWAMPED_S));
		if (connect && s % AGAIN_S == 0)
			connect_all(sim);
		/* Not in step with the probes: in flight each time would look like lost. */
		sim_pass(sim, dur_ms(ask == quiet_not_empty ? ASKED_MS : 1000));
		objection = ask(sim);
	}
	if (objection && !sim->failure)
		sim_fail(sim, "%s", objection);
	g_free(objection);
	return !sim->failure;
}

static char *not_all_up(struct sim *sim)
{
	char *text = quiet_differs(sim);

	if (!text && !quiet_all_up(sim))
		text = g_strdup("liveness: not all calls come up");
	return text;
}

static char *not_hot(struct sim *sim)
{
	char *text = chassis_standby_hot(sim->chassis) ? NULL : quiet_differs(sim);

	return text;
}

static void events(struct sim *sim)
{
	base_time start = sim_now(sim);
	const GArray *all = sim->plan->events;

	for (unsigned i = 0; i < all->len && !sim->failure; i++) {
		const struct sim_event *e = &g_array_index(all, struct sim_event, i);
		base_time at = time_add(start, dur_us(e->at_us));

		sim_pass(sim, time_sub(at, sim_now(sim)));
		if (!sim->failure)
			act(sim, e);
	}
	sim_pass(sim, time_sub(time_add(start, dur_ms(sim->plan->shape.run_ms)), sim_now(sim)));
}

/* No packet has come to a wrong subscriber (I6): strange is one with another address than that
 * of the line it came by.  What hosts and LACs call wrong is no fault here: the host goes on
 * sending to an address that was given to another call. */
static void check_crimes(struct sim *sim)
{
	for (unsigned i = 0; i < stage_ways(sim) && !sim->failure; i++) {
		g_autofree char *crimes = NULL;

		/* New tunnels may have the ids of old ones, which get answers. */
		if (sim->restarted >> i & 1 || sim->confused ||
			ledger_ids_forgotten(sim))
			continue;
		crimes = stage_crimes(sim, i);
		if (crimes)
			sim_fail(sim, "I5: LAC %u, %s, saw of us %s", i,
				stage_manner(sim, i)->name, crimes);
	}
}

static void check_probes(struct sim *sim)
{
	for (unsigned i = 0; i <= SIM_LACS_MAX && !sim->failure; i++) {
		g_autofree char *report = NULL;

		if (i < SIM_LACS_MAX && i >= stage_ways(sim))
			continue;
		report = stage_report(sim, i);
		if (!report)
			sim_fail(sim, "liveness: peer %u does not answer", i);
		else if (report_number(report, "strange"))
			sim_fail(sim, "I6: packets of other subscribers: %s", report);
		else if (report_number(report, "proxied"))
			cover_hit(sim->cover, "hop/an LNS goes on from proxy LCP");
	}
}

/* A tunnel of theirs can live on and take no messages any more. */
static bool some_stick(const struct sim *sim)
{
	for (unsigned i = 0; i < stage_ways(sim); i++)
		if (stage_manner(sim, i) &&
			(stage_fragile(sim, i) || stage_manner(sim, i)->plan == PLAN_SETUP))
			return true;
	return false;
}

static bool takes_long(const struct sim *sim)
{
	return some_stick(sim) || sim->plan->shape.id_space || stage_switches(sim);
}

static void order_all(struct sim *sim, const char *order)
{
	for (unsigned i = 0; i < stage_ways(sim); i++)
		if (stage_calls(sim, i))
			act_order(sim, i, order);
}

static void whole_run(struct sim *sim)
{
	if (!settle(sim, not_hot, BOOT_S, false) ||
		!settle(sim, not_all_up, UP_S, true))
		return;
	sim_tell(sim, "* all are up");
	cover_hit(sim->cover, "fault/F16 both RPs boot together");
	sim->armed = true;
	events(sim);
	if (sim->failure)
		return;
	act_heal(sim);
	if (sim->sso_off && settle(sim, not_hot, AGREE_S, false)) {
		act_exec(sim, chassis_active(sim->chassis), "configure terminal", false);
		act_exec(sim, chassis_active(sim->chassis), "l2tp sso enable", false);
		act_exec(sim, chassis_active(sim->chassis), "end", false);
	}
	if (hop_is_set(sim) && settle(sim, not_hot, AGREE_S, false))
		hop_unset(sim);
	if (!settle(sim, quiet_differs, AGREE_S, false) ||
		!settle(sim, not_all_up, takes_long(sim) ? UP_AGAIN_S : UP_S, true))
		return;
	sim_tell(sim, "* all agree and are up again");
	check_crimes(sim);
	check_probes(sim);
	ledger_the_end(sim);
	order_all(sim, "disconnect");
	sim_pass(sim, dur_s(1));
	settle(sim, quiet_not_empty, EMPTY_S, false);
}

struct sim *sim_new(const struct sim_plan *plan, struct cover *cover, bool verbose)
{
	struct sim *sim = g_new0(struct sim, 1);

	sim->plan = plan;
	sim->cover = cover;
	sim->verbose = verbose;
	sim->story = g_string_new(NULL);
	sim->hash = 0xcbf29ce484222325;
	wire_new(sim);
	guard_new(sim);
	witness_new(sim);
	twin_new(sim);
	hop_new(sim);
	accounts_new(sim);
	ledger_new(sim);
	stage_begin(sim);
	return sim;
}

void sim_free(struct sim *sim)
{
	if (sim->chassis)
		stage_end(sim);
	g_free(sim->failure);
	if (sim->story)
		g_string_free(sim->story, true);
	ledger_free(sim);
	accounts_free(sim);
	guard_free(sim);
	witness_free(sim);
	twin_free(sim);
	hop_free(sim);
	wire_free(sim);
	g_free(sim);
}

static struct sim_result run(const struct sim_plan *plan, struct cover *cover, bool verbose,
	enum sim_plant plant)
{
	struct sim *sim = sim_new(plan, cover, verbose);
	struct sim_result result;

	sim->plant = plant;
	whole_run(sim);
	result = (struct sim_result){
		.failure = g_steal_pointer(&sim->failure),
		.hash = sim->hash + planted(sim, PLANT_HASH),
		.virtual_us = sim_now(sim).ns / 1000,
	};
	stage_end(sim);
	result.story = g_string_free(g_steal_pointer(&sim->story), false);
	sim_free(sim);
	return result;
}

struct sim_result sim_run(const struct sim_plan *plan, struct cover *cover, bool verbose)
{
	return run(plan, cover, verbose, PLANT_NONE);
}

struct sim_result sim_run_planted(
	const struct sim_plan *plan, struct cover *cover, enum sim_plant p)
{
	struct sim_result r = run(plan, cover, false, p == PLANT_HASH ? PLANT_NONE : p);
	struct sim_result again;

	if (p != PLANT_HASH)
		return r;
	again = run(plan, cover, false, p);
	sim_compare(&r, &again);
	sim_result_clear(&again);
	return r;
}

void sim_compare(struct sim_result *first, const struct sim_result *again)
{
	if (again->hash != first->hash && !first->failure)
		first->failure = g_strdup_printf("I15: hash %016" G_GINT64_MODIFIER
						 "x the first time, %016" G_GINT64_MODIFIER
						 "x the second",
			first->hash, again->hash);
}

void sim_result_clear(struct sim_result *r)
{
	g_clear_pointer(&r->failure, g_free);
	g_clear_pointer(&r->story, g_free);
}
