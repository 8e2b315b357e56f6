/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *   sim [--seed N | --seeds N [--first N] [--jobs N]] [--profile NAME]... [--policy committed]
 *       [--replay FILE]... [--shrink] [--out DIR] [--verbose] [--coverage] [--reached]
 *       [--plants] [--without RULE]... [--until-failure] [--rules]
 *
 * A seed that fails prints itself, the build and its plan; with --shrink the shortest plan that
 * still fails.  Profiles are lns (the default), multihop and lac, what the router is; quiet and storm,
 * what happens (the default: each in its turn).  Every run of --seed and --replay is made twice, of --seeds each sixteenth: the
 * same must come of it (I15).  Exit status 1: something failed.
 *
 * --without is for builds with -Dmutations=true (base/rule.h, mutation.py): the rule is switched
 * off in all boards.
 */
#include "base/rule.h"
#include "tests/sim/sim.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TWICE_EVERY = 16, STORY_END = 4000, JOBS_MAX = 64 };

struct options {
	int64_t seed, seeds, first, jobs;
	char *policy, *out;
	char **profile, **replay, **without;
	gboolean verbose, shrink, coverage, plants, reached, until_failure, rules;
};

struct tally {
	struct options opt;
	struct cover cover;
	unsigned runs, failed;
	int64_t virtual_us;
};

static const char *const profiles[] = { "quiet", "storm", NULL };
static const char *const topologies[] = { "lns", "multihop", "lac", NULL };

static const struct {
	const char *name, *meaning;
} rules[N_RULES] = {
#define X(symbol, name, meaning) [RULE_##symbol] = { name, meaning },
	MODEL_RULES(X) CODE_RULES(X)
#undef X
};

static void list_rules(void)
{
	for (unsigned i = 0; i < N_RULES; i++)
		printf("%-16s %s\n", rules[i].name, rules[i].meaning);
}

/* False: there is no such rule, or it cannot be switched off in this build. */
static bool switch_off(const char *name)
{
	unsigned i = 0;

	while (i < N_RULES && strcmp(rules[i].name, name) != 0)
		i++;
	if (i == N_RULES) {
		fprintf(stderr, "sim: there is no rule %s; see --rules\n", name);
		return false;
	}
#ifdef TWINRP_MUTATIONS
	rules_off |= UINT64_C(1) << i;
	return true;
#else
	fprintf(stderr, "sim: only a build with -Dmutations=true can do without %s\n", name);
	return false;
#endif
}

static void save(const struct tally *t, const char *name, const char *text)
{
	g_autofree char *path = NULL;
	GError *error = NULL;

	if (!t->opt.out)
		return;
	path = g_strdup_printf("%s/%s.sim", t->opt.out, name);
	if (!g_file_set_contents(path, text, -1, &error)) {
		fprintf(stderr, "%s\n", error->message);
		g_error_free(error);
	}
}

static void complain(struct tally *t, const char *name, const struct sim_plan *plan,
	const struct sim_result *r)
{
	struct sim_plan *shorter = t->opt.shrink ? shrink(plan, r->failure)
						 : plan_copy(plan, plan->events);
	g_autofree char *text = plan_text(shorter);
	size_t n = strlen(r->story);

	printf("not ok %s: %s\n# build %s\n# plan%s:\n%s", name, r->failure, SIM_BUILD,
		t->opt.shrink ? " (shrunk)" : "", text);
	if (!t->opt.verbose)
		printf("# story:\n%s\n", n > STORY_END ? r->story + n - STORY_END : r->story);
	fflush(stdout);
	save(t, name, text);
	plan_free(shorter);
	t->failed++;
}

/* Slices and the caches of malloc would hide what is free. */
static bool heap_is_plain(void)
{
	const char *tunables = g_getenv("GLIBC_TUNABLES");

	return g_strcmp0(g_getenv("G_SLICE"), "always-malloc") == 0 && tunables &&
	       strstr(tunables, "tcache_count=0");
}

/* The second time nothing is new any more: the heap must be as before (I13). */
static void check_heap(struct sim_result *r, size_t before)
{
	size_t after = mallinfo2().uordblks;

	if (after > before && !r->failure && heap_is_plain())
		r->failure = g_strdup_printf(
			"I13: %zu octets of the heap are left", after - before);
}

static void run_twice(const struct sim_plan *plan, struct sim_result *r)
{
	size_t before = mallinfo2().uordblks;
	struct cover cover;
	struct sim_result again;

	cover_init(&cover);
	again = sim_run(plan, &cover, false);
	sim_compare(r, &again);
	sim_result_clear(&again);
	cover_deinit(&cover);
	check_heap(r, before);
}

static void run(struct tally *t, const char *name, const struct sim_plan *plan, bool twice)
{
	struct sim_result r = sim_run(plan, &t->cover, t->opt.verbose);

	if (twice)
		run_twice(plan, &r);
	t->runs++;
	t->virtual_us += r.virtual_us;
	if (r.failure)
		complain(t, name, plan, &r);
	else if (twice && !t->opt.seeds)
		printf("ok %s, hash %016" G_GINT64_MODIFIER "x\n", name, r.hash);
	sim_result_clear(&r);
}

/* Index of the name among those of --profile; fallback: it is not there. */
static unsigned chosen(const struct options *o, const char *const *names, unsigned fallback)
{
	for (unsigned i = 0; o->profile && names[i]; i++)
		if (g_strv_contains((const char *const *)o->profile, names[i]))
			return i;
	return fallback;
}

static void run_seed(struct tally *t, uint64_t seed, bool twice)
{
	enum sim_profile profile = chosen(&t->opt, profiles, seed % 4 ? SIM_STORM : SIM_QUIET);
	enum sim_topology topology = chosen(&t->opt, topologies, SIM_LNS);
	g_autofree char *name = g_strdup_printf("seed %" G_GUINT64_FORMAT " %s%s%s", seed,
		topology ? topologies[topology] : "", topology ? " " : "",
		profiles[profile]);
	struct sim_plan *plan = plan_draw(seed, profile, topology);

	g_strdelimit(name, " ", '-');
	run(t, name, plan, twice);
	plan_free(plan);
}

static void run_files(struct tally *t)
{
	for (unsigned i = 0; t->opt.replay && t->opt.replay[i]; i++) {
		g_autofree char *name = g_path_get_basename(t->opt.replay[i]);
		GError *error = NULL;
		struct sim_plan *plan = plan_read(t->opt.replay[i], &error);

		if (!plan) {
			printf("not ok %s\n", error->message);
			g_error_free(error);
			t->failed++;
			continue;
		}
		if (g_str_has_suffix(name, ".sim"))
			name[strlen(name) - 4] = '\0';
		run(t, name, plan, true);
		plan_free(plan);
	}
}

/* Every n-th one, from the k-th on. */
static void run_share(struct tally *t, int64_t k, int64_t n)
{
	for (int64_t i = k; i < t->opt.seeds && !(t->opt.until_failure && t->failed); i += n)
		run_seed(t, (uint64_t)(t->opt.first + i), i / n % TWICE_EVERY == 0);
}

/* A process of its own, which tells what came of it through a pipe. */
static FILE *start_share(struct tally *t, int64_t k, pid_t *pid)
{
	int ends[2];
	FILE *to;

	fflush(stdout);
	if (pipe(ends) != 0 || (*pid = fork()) < 0)
		g_error("sim: %s", g_strerror(errno));
	if (*pid > 0) {
		close(ends[1]);
		return fdopen(ends[0], "r");
	}
	close(ends[0]);
	to = fdopen(ends[1], "w");
	run_share(t, k, t->opt.jobs);
	fprintf(to, "%u %u %" G_GINT64_FORMAT "\n", t->runs, t->failed, t->virtual_us);
	cover_save(&t->cover, to);
	fclose(to);
	cover_deinit(&t->cover);
	exit(0);
}

static void end_share(struct tally *t, FILE *from, pid_t pid)
{
	unsigned runs = 0, failed = 1;
	int64_t us = 0;
	int status;

	if (fscanf(from, "%u %u %" G_GINT64_FORMAT "\n", &runs, &failed, &us) == 3)
		cover_load(&t->cover, from);
	fclose(from);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		failed++;
	t->runs += runs;
	t->failed += failed;
	t->virtual_us += us;
}

static void run_seeds(struct tally *t)
{
	FILE *from[JOBS_MAX];
	pid_t pids[JOBS_MAX];

	if (t->opt.jobs < 2) {
		run_share(t, 0, 1);
		return;
	}
	for (int64_t k = 0; k < t->opt.jobs; k++)
		from[k] = start_share(t, k, &pids[k]);
	for (int64_t k = 0; k < t->opt.jobs; k++)
		end_share(t, from[k], pids[k]);
}

static void report(struct tally *t, double seconds)
{
	g_autoptr(GString) text = g_string_new(NULL);
	unsigned missing = cover_report(&t->cover, text, t->opt.coverage);

	printf("# %u runs, %u failed, %.1f s, %.1f a second, %.0f s of virtual time a "
	       "second\n",
		t->runs, t->failed, seconds, t->runs / seconds,
		(double)t->virtual_us / 1e6 / seconds);
	if (t->opt.coverage)
		fputs(text->str, stdout);
	else if (t->opt.reached)
		fputs(text->str, stdout);
	printf("# not reached: %u\n", missing);
	t->failed += t->opt.reached && missing;
}

static bool read_options(int *argc, char ***argv, struct options *o)
{
	const GOptionEntry entries[] = {
		{ "seed", 0, 0, G_OPTION_ARG_INT64, &o->seed, "One seed", "N" },
		{ "seeds", 0, 0, G_OPTION_ARG_INT64, &o->seeds, "So many seeds", "N" },
		{ "jobs", 0, 0, G_OPTION_ARG_INT64, &o->jobs, "So many processes", "N" },
		{ "first", 0, 0, G_OPTION_ARG_INT64, &o->first, "From this one on", "N" },
		{ "profile", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->profile,
			"lns, multihop or lac; quiet or storm", "NAME" },
		{ "policy", 0, 0, G_OPTION_ARG_STRING, &o->policy, "committed", "NAME" },
		{ "replay", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->replay, "A plan",
			"FILE" },
		{ "shrink", 0, 0, G_OPTION_ARG_NONE, &o->shrink, "Shorten plans that fail",
			NULL },
		{ "out", 0, 0, G_OPTION_ARG_FILENAME, &o->out, "For plans that fail",
			"DIR" },
		{ "verbose", 0, 0, G_OPTION_ARG_NONE, &o->verbose, "Tell the story", NULL },
		{ "plants", 0, 0, G_OPTION_ARG_NONE, &o->plants,
			"Plant violations: all must be found", NULL },
		{ "reached", 0, 0, G_OPTION_ARG_NONE, &o->reached,
			"What was not reached is a failure", NULL },
		{ "coverage", 0, 0, G_OPTION_ARG_NONE, &o->coverage, "All counters", NULL },
		{ "without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->without,
			"Switch a rule of the commit protocol off", "RULE" },
		{ "until-failure", 0, 0, G_OPTION_ARG_NONE, &o->until_failure,
			"Stop at the first seed that fails", NULL },
		{ "rules", 0, 0, G_OPTION_ARG_NONE, &o->rules, "List the rules", NULL },
		{ 0 },
	};
	GOptionContext *context = g_option_context_new(NULL);
	GError *error = NULL;
	bool ok;

	g_option_context_add_main_entries(context, entries, NULL);
	ok = g_option_context_parse(context, argc, argv, &error);
	if (!ok) {
		fprintf(stderr, "sim: %s\n", error->message);
		g_error_free(error);
	}
	g_option_context_free(context);
	if (ok && o->policy && strcmp(o->policy, "committed") != 0) {
		fprintf(stderr, "sim: there is no policy %s\n", o->policy);
		return false;
	}
	if (ok && (o->jobs < 0 || o->jobs > JOBS_MAX)) {
		fprintf(stderr, "sim: at most %d jobs\n", JOBS_MAX);
		return false;
	}
	for (unsigned i = 0; ok && o->profile && o->profile[i]; i++) {
		if (g_strv_contains(profiles, o->profile[i]) ||
			g_strv_contains(topologies, o->profile[i]))
			continue;
		fprintf(stderr, "sim: there is no profile %s\n", o->profile[i]);
		return false;
	}
	for (unsigned i = 0; ok && o->without && o->without[i]; i++)
		ok = switch_off(o->without[i]);
	return ok;
}

int main(int argc, char **argv)
{
	struct tally t = { .opt = { .seed = -1, .first = 1 } };
	int64_t began = g_get_monotonic_time();

	if (!read_options(&argc, &argv, &t.opt))
		return 2;
	if (t.opt.rules) {
		list_rules();
		return 0;
	}
	cover_init(&t.cover);
	t.cover.topology = chosen(&t.opt, topologies, SIM_LNS);
	run_files(&t);
	if (t.opt.seed >= 0)
		run_seed(&t, (uint64_t)t.opt.seed, true);
	run_seeds(&t);
	if (t.opt.plants)
		t.failed += plants_try();
	if (t.runs)
		report(&t, (double)(g_get_monotonic_time() - began) / 1e6);
	cover_deinit(&t.cover);
	g_strfreev(t.opt.replay);
	g_strfreev(t.opt.without);
	g_strfreev(t.opt.profile);
	g_free(t.opt.policy);
	g_free(t.opt.out);
	return t.failed != 0;
}
