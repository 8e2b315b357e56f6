/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Groups and templates as commands: what is inherited, what is written, that the standby has the
 * same, and the shows about them (ios-cli.md 3.2, 5.5).
 */
#include "tests/rp/rig.h"

#include <string.h>

static const char startup[] =
	"hostname lns1\n"
	"vpdn enable\n"
	"vpdn-template\n"
	" l2tp hidden\n"
	" l2tp tunnel hello 33\n"
	"vpdn-template T\n"
	" description of many\n"
	" group session-limit 900\n"
	" no l2tp hidden\n"
	" lcp renegotiation on-mismatch\n"
	" l2tp tunnel password 0 shared\n"
	"vpdn-group 1\n"
	" accept-dialin\n"
	"  protocol l2tp\n"
	"  virtual-template 1\n"
	" session-limit 50\n"
	" no l2tp sequencing\n"
	" l2tp tunnel hello 60\n"
	" no lcp renegotiation\n"
	" source vpdn-template T\n"
	"vpdn-group out\n"
	" request-dialin\n"
	"  protocol l2tp\n"
	"  domain example.net\n"
	"  dnis 5551000\n"
	" initiate-to ip 192.0.2.10 limit 4000\n"
	" initiate-to ip 192.0.2.11 priority 2\n"
	" no source vpdn-template\n"
	"interface Virtual-Template1\n"
	"end\n";

static const char *const shown[] = {
	"vpdn-template\n"
	" l2tp hidden\n"
	" l2tp tunnel hello 33\n"
	"!\n",
	"vpdn-template T\n"
	" description of many\n"
	" group session-limit 900\n"
	" lcp renegotiation on-mismatch\n"
	" no l2tp hidden\n"
	" l2tp tunnel password 0 shared\n"
	"!\n",
	/* What is the default, and no template says otherwise, is not written. */
	" session-limit 50\n"
	" no lcp renegotiation\n"
	" l2tp tunnel hello 60\n"
	" source vpdn-template T\n"
	"!\n",
	" initiate-to ip 192.0.2.11 priority 2\n"
	" no source vpdn-template\n"
	"!\n",
};

static void test_written(void)
{
	struct rig *rig = rig_new(
		&(struct rig_config){ .boards = RIG_REAL_R0, .startup = startup });
	g_autofree char *text = NULL;

	rig_run(rig, 1000);
	text = rig_running(rig, SLOT_R0);
	for (size_t i = 0; i < G_N_ELEMENTS(shown); i++)
		if (!strstr(text, shown[i]))
			g_error("not written:\n%sbut\n%s", shown[i], text);
	rig_free(rig);
}

static void config(struct rig *rig, const char *lines)
{
	g_auto(GStrv) each = g_strsplit(lines, "\n", -1);

	for (unsigned i = 0; each[i]; i++) {
		g_autofree char *out = rig_exec(rig, SLOT_R0, 1, each[i]);

		if (rig->failed)
			g_error("%s: %s", each[i], out);
	}
}

/* Lines of a template reach the standby, by bulk and one by one. */
static void test_standby(void)
{
	struct rig *rig = rig_new(&(struct rig_config){
		.boards = RIG_REAL_R0 | RIG_REAL_R1, .startup = startup });
	g_autofree char *first = NULL, *second = NULL;

	rig_run_hot(rig);
	config(rig, "configure terminal\n"
		    "vpdn-template T\n"
		    "l2tp tunnel resync 77\n"
		    "default lcp renegotiation\n"
		    "exit\n"
		    "vpdn-template\n"
		    "force-local-chap\n"
		    "no l2tp hidden\n"
		    "vpdn-template NEW\n"
		    "session-limit 9\n"
		    "vpdn-group out\n"
		    "source vpdn-template NEW\n"
		    "no vpdn-template T\n"
		    "vpdn logging user\n"
		    "vpdn logging cause all\n"
		    "interface Virtual-Template1\n"
		    "ppp authentication chap LIST\n"
		    "ppp timeout idle 90\n"
		    "end");
	rig_run(rig, 500);
	first = rig_running(rig, SLOT_R0);
	second = rig_running(rig, SLOT_R1);
	g_assert_nonnull(strstr(first, " force-local-chap\n"));
	g_assert_nonnull(strstr(first, " source vpdn-template NEW\n"));
	g_assert_null(strstr(first, "resync 77"));
	g_assert_cmpstr(first, ==, second);
	rig_free(rig);
}

static const struct {
	const char *command, *text;
} shows[] = {
	{ "show vpdn domain",
		"Tunnel                         VPDN Group\n"
		"------                         ----------\n"
		"domain:example.net             out (L2TP)\n" },
	{ "show vpdn group 1",
		"VPDN group 1\n"
		"  Accept-dialin from any host (default group), Virtual-Template 1\n"
		"  Template: T, group session limit 900\n"
		"  Template: (global)\n"
		"  Active tunnels: 0\n"
		"  Active sessions: 0, session limit 50\n" },
	{ "show vpdn group out",
		"VPDN group out\n"
		"  Request-dialin domain:example.net\n"
		"  Request-dialin dnis:5551000\n"
		"  endpoint:192.0.2.10  priority:1  state:idle  limit:4000  Current L2TP:0\n"
		"  endpoint:192.0.2.11  priority:2  state:idle  Current L2TP:0\n"
		"  Active tunnels: 0\n"
		"  Active sessions: 0\n" },
	{ "debug l2tp event", "L2TP events debugging is on\n" },
	{ "debug ppp event", "PPP protocol negotiation debugging is on\n" },
	{ "no debug l2tp event", "L2TP events debugging is off\n" },
	{ "debug vpdn event", "VPDN events debugging is on\n" },
	{ "undebug vpdn event", "VPDN events debugging is off\n" },
	{ "undebug all", "All possible debugging has been turned off\n" },
	{ "clear l2tp all", "" },
	{ "clear l2tp tunnel remote-name nobody", "" },
	{ "clear vpdn tunnel l2tp ip remote 192.0.2.1", "" },
	{ "clear vpdn tunnel l2tp hostname a b", "" },
};

static void test_shows(void)
{
	struct rig *rig = rig_new(
		&(struct rig_config){ .boards = RIG_REAL_R0, .startup = startup });
	g_autofree char *all = NULL, *none = NULL;

	rig_run(rig, 1000);
	for (size_t i = 0; i < G_N_ELEMENTS(shows); i++) {
		g_autofree char *out = rig_exec(rig, SLOT_R0, 0, shows[i].command);

		g_assert_cmpstr(out, ==, shows[i].text);
		g_assert_false(rig->failed);
	}
	all = rig_exec(rig, SLOT_R0, 0, "show vpdn group");
	g_assert_nonnull(strstr(all, "VPDN group 1\n"));
	g_assert_nonnull(strstr(all, "VPDN group out\n"));
	none = rig_exec(rig, SLOT_R0, 0, "show vpdn group nobody");
	g_assert_cmpstr(none, ==, "% VPDN group nobody is not configured\n\n");
	rig_free(rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/group/written", test_written);
	g_test_add_func("/rp/group/standby", test_standby);
	g_test_add_func("/rp/group/shows", test_shows);
	return g_test_run();
}
