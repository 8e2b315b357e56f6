/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * twinrp: options, and which of its lives it leads.  The only file that knows every module.
 *
 *   twinrp [options]        a chassis in the foreground (run.c)
 *   twinrp -c "CMD"         one command on a running chassis (cli/client.c)
 *   twinrp console R0       a terminal on an RP's console (cli/client_console.c)
 *   twinrp operator         the operator console with readline (cli/client_operator.c)
 *   twinrp run F.scn        runs scenarios (play.c); twinrp list names those it carries
 *   twinrp check F          checks a configuration or a scenario
 *   twinrp demo             the flagship scenario, told to a newcomer (play.c)
 */
#include "cli/client.h"
#include "main.h"
#include "rp/rp.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char summary[] =
	"A chassis with two route processors in which L2TP sessions survive the loss of one.\n"
	"\n"
	"Commands:\n"
	"  twinrp [OPTION]...           run a chassis in the foreground until SIGTERM or SIGINT\n"
	"                               (on a terminal: with the active RP's console)\n"
	"  twinrp -c \"CMD\"              run one command on a running chassis\n"
	"  twinrp console R0|R1         a terminal on an RP's console; Ctrl-] leaves\n"
	"  twinrp operator              the hands at the chassis: pull, insert, wait ...\n"
	"  twinrp run FILE|NAME...      run scenarios; twinrp list names those at hand\n"
	"  twinrp check FILE...         check configuration files and scenarios (.scn)\n"
	"  twinrp demo [--seed N]       see a route processor pulled, without root";

static const char examples[] =
	"Examples:\n"
	"  twinrp --headless --config lns.cfg --port GigabitEthernet0/0/0=packet:veth0\n"
	"  twinrp -c \"show redundancy states\" --on R1\n"
	"  printf 'pull R0\\n' | nc -N 127.0.0.1 2000\n"
	"  twinrp run rp-pull\n"
	"\n"
	"Consoles are TCP ports of 127.0.0.1: operator 2000, R0 2001, R1 2002, VTY 2003\n"
	"(--console ADDR:OPERATOR,R0,R1,VTY; 0 takes any free port).  Exit status: 0 passed,\n"
	"1 a check failed, 2 usage or script error, 77 skipped for a missing right.";

/* ---- twinrp check ----------------------------------------------------------------- */

static void print_error(
	unsigned line, unsigned column, const char *text, const char *reason, void *user)
{
	fprintf(stderr, "%s:%u:%u: %s: %s\n", (const char *)user, line, column + 1, text,
		reason);
}

static int cmd_check(int argc, char **argv)
{
	unsigned errors = 0;
	int status = 0;

	if (argc < 2) {
		fprintf(stderr, "twinrp check: name the files to check: twinrp check lns.cfg\n");
		return EXIT_USAGE;
	}
	for (int i = 1; i < argc; i++) {
		g_autofree char *text = NULL;
		g_autoptr(GError) error = NULL;
		gsize n;
		unsigned bad;

		if (play_is_scenario(argv[i])) {
			status = play_check(argv[i]) ? EXIT_USAGE : status;
			continue;
		}
		if (!g_file_get_contents(argv[i], &text, &n, &error)) {
			fprintf(stderr, "twinrp check: %s\n", error->message);
			return EXIT_USAGE;
		}
		bad = rp_config_check(text, n, print_error, argv[i]);
		if (bad)
			fprintf(stderr, "%s: %u bad line%s\n", argv[i], bad,
				bad == 1 ? "" : "s");
		errors += bad;
	}
	return status ? status : errors ? EXIT_FAILED : 0;
}

/* ---- twinrp console, twinrp operator ----------------------------------------------- */

struct place {
	char *at, *state_file;
};

/* Reads --at and --state-file; *argc keeps what is not an option. */
static bool parse_place(const char *who, int *argc, char ***argv, struct place *p)
{
	const GOptionEntry entries[] = {
		{ "at", 0, 0, G_OPTION_ARG_STRING, &p->at, "where the console listens",
			"ADDR:PORT" },
		{ "state-file", 0, 0, G_OPTION_ARG_FILENAME, &p->state_file,
			"state file of the running chassis", "FILE" },
		{ NULL },
	};
	g_autoptr(GOptionContext) ctx = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(ctx, entries, NULL);
	if (g_option_context_parse(ctx, argc, argv, &error))
		return true;
	fprintf(stderr, "twinrp %s: %s\n", who, error->message);
	return false;
}

/* The address of a console; NULL after a complaint.  Free it. */
static char *find_console(const struct place *p, const char *key, const char *port)
{
	g_autoptr(GError) error = NULL;
	char *at;

	if (p->at || !p->state_file)
		return p->at ? g_strdup(p->at) : g_strdup_printf("127.0.0.1:%s", port);
	at = cli_client_from_state(p->state_file, key, &error);
	if (!at)
		fprintf(stderr, "twinrp: %s\n", error->message);
	return at;
}

static int cmd_console(int argc, char **argv)
{
	struct place p = { 0 };
	g_autofree char *at = NULL;
	bool r0, r1;

	if (!parse_place("console", &argc, &argv, &p))
		return EXIT_USAGE;
	r0 = argc == 2 && !strcmp(argv[1], "R0");
	r1 = argc == 2 && !strcmp(argv[1], "R1");
	if (!r0 && !r1) {
		fprintf(stderr, "twinrp console: which RP? twinrp console R0, or R1\n");
		return EXIT_USAGE;
	}
	at = find_console(&p, r0 ? "r0" : "r1", r0 ? "2001" : "2002");
	return at ? cli_client_console(at, "Ctrl-] leaves this console.\r\n") : EXIT_USAGE;
}

static int cmd_operator(int argc, char **argv)
{
	struct place p = { 0 };
	g_autofree char *at = NULL;

	if (!parse_place("operator", &argc, &argv, &p))
		return EXIT_USAGE;
	if (argc > 1) {
		fprintf(stderr, "twinrp operator: it takes no arguments; type its lines\n");
		return EXIT_USAGE;
	}
	at = find_console(&p, "operator", "2000");
	return at ? cli_client_operator(at) : EXIT_USAGE;
}

/* ---- options ---------------------------------------------------------------------- */

struct options {
	struct run_options run;
	char *command, *on, *at;
	char **ports;
	gint64 seed;
	char *timing;
	gboolean headless, version;
};

static int run_command(const struct options *o)
{
	g_autofree char *at = g_strdup(o->at ? o->at : "127.0.0.1:2000");
	g_autofree char *line = NULL, *quoted = NULL;
	g_autoptr(GError) error = NULL;

	if (o->run.state_file && !o->at) {
		g_free(at);
		at = cli_client_from_state(o->run.state_file, "operator", &error);
		if (!at) {
			fprintf(stderr, "twinrp: %s\n", error->message);
			return EXIT_USAGE;
		}
	}
	if (strchr(o->command, '\n')) {
		fprintf(stderr, "twinrp: -c takes one command\n");
		return EXIT_USAGE;
	}
	quoted = g_strescape(o->command, "");
	line = g_strdup_printf("cli %s \"%s\"", o->on ? o->on : "active", quoted);
	return cli_client_run(at, line);
}

static int usage(const char *fmt, const char *what)
{
	g_autofree char *text = g_strdup_printf("%s%s", fmt, what);

	fprintf(stderr, "twinrp: %s (twinrp --help tells more)\n", text);
	return EXIT_USAGE;
}

static int run(struct options *o)
{
	if (o->version) {
		printf("twinrp " TWINRP_VERSION "\n");
		return 0;
	}
	if (o->timing && strcmp(o->timing, "fast") && strcmp(o->timing, "real"))
		return usage("--timing is fast or real, not ", o->timing);
	if (o->on && strcmp(o->on, "R0") && strcmp(o->on, "R1") && strcmp(o->on, "active"))
		return usage("--on is R0, R1 or active, not ", o->on);
	if (o->command)
		return run_command(o);
	o->run.seed = (uint64_t)o->seed;
	o->run.timing_real = o->timing && !strcmp(o->timing, "real");
	o->run.ports = (const char *const *)o->ports;
	if (o->headless || !isatty(STDIN_FILENO))
		return run_chassis(&o->run);
	return run_interactive(&o->run);
}

static int cmd_main(int argc, char **argv)
{
	struct options o = { 0 };
	const GOptionEntry entries[] = {
		/* clang-format off */
		{ "chassis", 0, 0, G_OPTION_ARG_FILENAME, &o.run.chassis, "what is in which slot", "FILE" },
		{ "config", 0, 0, G_OPTION_ARG_FILENAME, &o.run.config, "startup configuration of both RPs", "FILE" },
		{ "port", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.ports, "bind a port: GigabitEthernet0/0/0=packet:IF", "NAME=KIND:ARG" },
		{ "console", 0, 0, G_OPTION_ARG_STRING, &o.run.console, "where consoles listen", "ADDR:OPERATOR,R0,R1,VTY" },
		{ "bootflash", 0, 0, G_OPTION_ARG_FILENAME, &o.run.bootflash, "keep NVRAM and flash of the RPs here", "DIR" },
		{ "timing", 0, 0, G_OPTION_ARG_STRING, &o.timing, "boot times: fast (default) or real", "fast|real" },
		{ "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "of everything random; 0: the machine's", "N" },
		{ "headless", 0, 0, G_OPTION_ARG_NONE, &o.headless, "run in the foreground even on a terminal", NULL },
		{ "state-file", 0, 0, G_OPTION_ARG_FILENAME, &o.run.state_file, "write the console ports and the pid here; with -c: read them", "FILE" },
		{ "command", 'c', 0, G_OPTION_ARG_STRING, &o.command, "run one command on a running chassis", "CMD" },
		{ "on", 0, 0, G_OPTION_ARG_STRING, &o.on, "which RP runs it: R0, R1, active (default)", "SLOT" },
		{ "at", 0, 0, G_OPTION_ARG_STRING, &o.at, "operator console of the chassis", "ADDR:PORT" },
		{ "version", 0, 0, G_OPTION_ARG_NONE, &o.version, "print the version", NULL },
		{ NULL },
		/* clang-format on */
	};
	g_autoptr(GOptionContext) ctx = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	int status;

	g_option_context_set_summary(ctx, summary);
	g_option_context_set_description(ctx, examples);
	g_option_context_add_main_entries(ctx, entries, NULL);
	if (!g_option_context_parse(ctx, &argc, &argv, &error))
		status = usage(error->message, "");
	else if (argc > 1)
		status = usage("there is no command ", argv[1]);
	else
		status = run(&o);
	g_free(o.run.chassis);
	g_free(o.run.config);
	g_free(o.run.console);
	g_free(o.run.bootflash);
	g_free(o.run.state_file);
	g_free(o.command);
	g_free(o.on);
	g_free(o.at);
	g_free(o.timing);
	g_strfreev(o.ports);
	return status;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "check", cmd_check },
	{ "console", cmd_console },
	{ "operator", cmd_operator },
	{ "demo", cmd_demo },
	{ "list", cmd_list },
	{ "run", cmd_run },
};

/* Help is UTF-8 in every locale, like all other text. */
static void print_utf8(const char *text)
{
	fputs(text, stdout);
}

int main(int argc, char **argv)
{
	g_set_print_handler(print_utf8);
	for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(commands); i++)
		if (!strcmp(argv[1], commands[i].name)) {
			g_autofree char *name = g_strconcat("twinrp ", argv[1], NULL);

			g_set_prgname(name);
			return commands[i].run(argc - 1, argv + 1);
		}
	return cmd_main(argc, argv);
}
