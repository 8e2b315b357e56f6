/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * twinrp run, list, demo, and check of scenarios: files of the disk, standard input, and those
 * that the program carries with it.
 */
#include "main.h"

#include "scenarios/engine/run.h"
#include "scenarios/engine/shipped.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

/* ---- finding ---- */

static const struct shipped *find_shipped(const char *name)
{
	g_autofree char *with = g_strconcat(name, ".scn", NULL);

	for (const struct shipped *s = shipped_scenarios; s->name; s++)
		if (strcmp(s->name, name) == 0 || strcmp(s->name, with) == 0)
			return s;
	return NULL;
}

/* Shipped ones include shipped ones; files what lies beside them. */
static char *read_included(
	const char *name, const char *from, char **path, void *user, GError **error)
{
	const struct shipped *s = *(bool *)user ? find_shipped(name) : NULL;

	if (!s)
		return script_read_disk(name, from, path, NULL, error);
	*path = g_strdup(s->name);
	return g_strdup(s->text);
}

static char *read_input(gsize *n)
{
	GString *text = g_string_new(NULL);
	char part[4096];
	size_t got;

	while (text->len <= SCRIPT_FILE_MAX && (got = fread(part, 1, sizeof(part), stdin)) > 0)
		g_string_append_len(text, part, (gssize)got);
	*n = text->len;
	return g_string_free(text, false);
}

static char *read_scenario(const char *name, gsize *n, bool *shipped, GError **error)
{
	const struct shipped *s;
	char *text = NULL;

	*shipped = false;
	if (strcmp(name, "-") == 0)
		return read_input(n);
	s = g_file_test(name, G_FILE_TEST_EXISTS) ? NULL : find_shipped(name);
	if (s) {
		*shipped = true;
		*n = strlen(s->text);
		return g_strdup(s->text);
	}
	return g_file_get_contents(name, &text, n, error) ? text : NULL;
}

/* NULL: said why on stderr. */
static struct script *load(const char *name)
{
	bool shipped;
	const struct script_env env = {
		.read = read_included,
		.user = &shipped,
		.check_config = run_boards.check_config,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *text = NULL;
	struct script *s;
	gsize n;

	text = read_scenario(name, &n, &shipped, &error);
	if (!text) {
		fprintf(stderr, "twinrp: %s (twinrp list names those that come with it)\n",
			error->message);
		return NULL;
	}
	s = script_load(text, n, strcmp(name, "-") ? name : "stdin", &env);
	for (guint i = 0; i < s->errors->len; i++)
		script_error_print(s->errors->pdata[i], out);
	fputs(out->str, stderr);
	if (!s->errors->len)
		return s;
	script_free(s);
	return NULL;
}

bool play_is_scenario(const char *name)
{
	return g_str_has_suffix(name, ".scn") || strcmp(name, "-") == 0 ||
	       (!g_file_test(name, G_FILE_TEST_EXISTS) && find_shipped(name));
}

int play_check(const char *name)
{
	struct script *s = load(name);

	if (!s)
		return RUN_SCRIPT;
	script_free(s);
	return 0;
}

/* ---- list ---- */

int cmd_list(int argc, char **argv)
{
	if (argc > 1) {
		fprintf(stderr, "twinrp list: it takes no arguments\n");
		return EXIT_USAGE;
	}
	for (const struct shipped *s = shipped_scenarios; s->name; s++) {
		struct script *script;

		if (!g_str_has_suffix(s->name, ".scn"))
			continue;
		script = load(s->name);
		if (!script)
			return RUN_SCRIPT;
		printf("%-20.*s %s\n", (int)strlen(s->name) - 4, s->name,
			script->title ? script->title : "");
		script_free(script);
	}
	return 0;
}

/* ---- run ---- */

struct play {
	char *junit, *events, *out;
	gint64 seed;
	gboolean threads, batch;
	char *temporary; /* folder of captures that nobody wants to keep */
};

static void remove_temporary(struct play *p)
{
	g_autoptr(GDir) dir = p->temporary ? g_dir_open(p->temporary, 0, NULL) : NULL;
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(p->temporary, name, NULL);

		g_unlink(path);
	}
	if (p->temporary)
		g_rmdir(p->temporary);
	g_free(p->temporary);
}

static bool make_out(struct play *p)
{
	g_autoptr(GError) error = NULL;

	if (p->out && g_mkdir_with_parents(p->out, 0777) == 0)
		return true;
	if (p->out) {
		fprintf(stderr, "twinrp run: cannot make %s: %s\n", p->out, g_strerror(errno));
		return false;
	}
	p->temporary = g_dir_make_tmp("twinrp-XXXXXX", &error);
	if (!p->temporary)
		fprintf(stderr, "twinrp run: %s\n", error->message);
	return p->temporary;
}

/* Of several scenarios, each has a folder of its own. */
static char *folder_of(const struct play *p, const char *name, bool several)
{
	g_autofree char *base = g_path_get_basename(name);
	char *folder;

	if (!p->out || !several)
		return g_strdup(p->out ? p->out : p->temporary);
	if (g_str_has_suffix(base, ".scn"))
		base[strlen(base) - 4] = '\0';
	folder = g_build_filename(p->out, base, NULL);
	g_mkdir_with_parents(folder, 0777);
	return folder;
}

static int run_one(const struct play *p, struct report *report, const char *name, bool several)
{
	struct script *s = load(name);
	g_autofree char *folder = folder_of(p, name, several);
	const struct scenario_options o = {
		.boards = &run_boards,
		.report = report,
		.out_dir = folder,
		.threads = p->threads,
		.person = !p->batch && isatty(STDIN_FILENO) && isatty(STDERR_FILENO) ? stderr
										     : NULL,
		.seed = (uint64_t)p->seed,
	};
	int status;

	if (!s)
		return RUN_SCRIPT;
	status = scenario_run(s, &o);
	script_free(s);
	return status;
}

/* The worst of two: a script error, then a time-out, a failure, a skip. */
static int worse(int a, int b)
{
	static const int order[] = { RUN_SCRIPT, RUN_TIMEOUT, RUN_FAILED, RUN_RIGHT };

	for (unsigned i = 0; i < G_N_ELEMENTS(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return 0;
}

static int run_all(struct play *p, struct report *report, int n, char **names)
{
	g_autoptr(GError) error = NULL;
	int status = 0;

	for (int i = 0; i < n; i++)
		status = worse(status, run_one(p, report, names[i], n > 1));
	report_finish(report);
	if (p->junit && !report_junit(report, p->junit, &error)) {
		fprintf(stderr, "twinrp run: %s\n", error->message);
		return EXIT_USAGE;
	}
	return status;
}

static int play(struct play *p, struct report_config cfg, int n, char **names)
{
	struct report *report;
	int status;

	if (p->events && !(cfg.events = fopen(p->events, "we"))) {
		fprintf(stderr, "twinrp run: cannot write %s: %s\n", p->events,
			g_strerror(errno));
		return EXIT_USAGE;
	}
	report = report_new(&cfg);
	status = make_out(p) ? run_all(p, report, n, names) : EXIT_USAGE;
	report_free(report);
	if (cfg.events && fclose(cfg.events)) {
		fprintf(stderr, "twinrp run: cannot write %s: %s\n", p->events,
			g_strerror(errno));
		status = EXIT_USAGE;
	}
	remove_temporary(p);
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct play p = { 0 };
	const GOptionEntry entries[] = {
		/* clang-format off */
		{ "junit", 0, 0, G_OPTION_ARG_FILENAME, &p.junit, "write results as JUnit", "FILE" },
		{ "events", 0, 0, G_OPTION_ARG_FILENAME, &p.events, "write what happens, a JSON object a line", "FILE" },
		{ "out", 0, 0, G_OPTION_ARG_FILENAME, &p.out, "keep captures in this folder", "DIR" },
		{ "seed", 0, 0, G_OPTION_ARG_INT64, &p.seed, "of everything random, instead of the script's", "N" },
		{ "threads", 0, 0, G_OPTION_ARG_NONE, &p.threads, "boards run on threads; the result is the same", NULL },
		{ "batch", 0, 0, G_OPTION_ARG_NONE, &p.batch, "nobody is there to answer questions", NULL },
		{ NULL },
		/* clang-format on */
	};
	g_autoptr(GOptionContext) ctx = g_option_context_new("FILE|NAME...");
	g_autoptr(GError) error = NULL;
	int status;

	g_option_context_set_summary(ctx,
		"Runs scenarios: files, - for standard input, or names of `twinrp list`.\n"
		"TAP goes to standard output, an account for people to standard error.");
	g_option_context_set_description(ctx,
		"Examples:\n"
		"  twinrp run rp-pull\n"
		"  twinrp run --out captures --junit result.xml lesson.scn\n"
		"\n"
		"Exit status: 0 passed, 1 a check failed, 2 the script or the usage is wrong,\n"
		"3 a wait was in vain, 77 a port may not be opened.");
	g_option_context_add_main_entries(ctx, entries, NULL);
	if (!g_option_context_parse(ctx, &argc, &argv, &error) || argc < 2 || p.seed < 0) {
		fprintf(stderr, "twinrp run: %s\n",
			error ? error->message
			: argc < 2 ? "name a scenario (twinrp list shows them)"
				   : "a seed is not negative");
		status = EXIT_USAGE;
	} else {
		status = play(&p,
			(struct report_config){ .tap = stdout, .people = stderr,
				.junit = p.junit },
			argc - 1, argv + 1);
	}
	g_free(p.junit);
	g_free(p.events);
	g_free(p.out);
	return status;
}

/* ---- demo ---- */

static const char demo_picture[] =
	"twinrp: a router with two route processors (RP), and what happens to its\n"
	"subscribers when the active one is pulled out.\n"
	"\n"
	"   LAC ===== two L2TP tunnels ===== Gi0/0/0 [R0 R1 | F0 F1] Gi0/0/1 ----- host\n"
	"   20 subscribers                               LNS\n"
	"\n"
	"Everything is simulated; the same seed gives the same again.\n";

static const char demo_kept[] =
	"\n"
	"Result: R0 was pulled, and later R1 gave its role back by command; 20 of 20 sessions\n"
	"were kept, no packet was lost, and the LAC has not noticed.\n";

static const char demo_next[] =
	"\n"
	"To go on:\n"
	"  twinrp demo --seed 8         the same with other numbers\n"
	"  twinrp list                  more scenarios: twinrp run NAME\n"
	"  twinrp                       your own chassis, and R0's console\n"
	"  twinrp --help                headless, real interfaces, consoles by TCP\n";

int cmd_demo(int argc, char **argv)
{
	char flagship[] = "rp-pull", *names[] = { flagship };
	struct play p = { .batch = true };
	const GOptionEntry entries[] = {
		{ "out", 0, 0, G_OPTION_ARG_FILENAME, &p.out,
			"keep the captures of the wire and of R0-R1 in this folder", "DIR" },
		{ "seed", 0, 0, G_OPTION_ARG_INT64, &p.seed,
			"everything random comes from it; the same seed gives the same bytes",
			"N" },
		{ NULL },
	};
	g_autoptr(GOptionContext) ctx = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	int status = EXIT_USAGE;

	g_option_context_add_main_entries(ctx, entries, NULL);
	if (!g_option_context_parse(ctx, &argc, &argv, &error) || argc > 1 || p.seed < 0) {
		fprintf(stderr, "twinrp demo: %s\n",
			error ? error->message : "it takes no arguments but --seed N and --out DIR");
	} else {
		fputs(demo_picture, stdout);
		putchar('\n');
		status = play(&p, (struct report_config){ .people = stdout }, 1, names);
		if (!status)
			fputs(demo_kept, stdout);
		if (!status && p.out)
			printf("\nIn %s: wire.pcapng, what went over Gi0/0/0, and ckpt.pcapng, what R0 "
			       "and R1\ntold each other.\n", p.out);
		fputs(demo_next, stdout);
	}
	g_free(p.out);
	return status;
}
