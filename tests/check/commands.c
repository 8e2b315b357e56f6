/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * docs/commands.md lists every declared command under the heading of its modes, each once and
 * with a text, and no command that there is not.
 */
#include "rp/internal.h"
#include "tests/rp/rig.h"

#include <string.h>

#define ALL_CONFIG (~(uint64_t)CLI_EXEC)

static const struct {
	uint64_t modes;
	const char *heading;
} headings[] = {
	{ CLI_EXEC, "User and privileged EXEC: `>` and `#`" },
	{ CLI_PRIV, "Privileged EXEC: `#`" },
	{ ALL_CONFIG, "Any configuration mode" },
	{ CLI_CONFIG, "Global configuration: `(config)#`" },
	{ CLI_CONFIG_LINE, "Lines: `(config-line)#`" },
	{ CLI_CONFIG_IF, "Interfaces: `(config-if)#`" },
	{ CLI_CONFIG_BBA, "PPPoE clients: `(config-bba-group)#`" },
	{ CLI_CONFIG_VPDN, "VPDN groups: `(config-vpdn)#`" },
	{ CLI_CONFIG_VPDN_TEMPL, "VPDN templates: `(config-vpdn-templ)#`" },
	{ CLI_VPDN_PARAMS,
		"VPDN groups and templates: `(config-vpdn)#`, `(config-vpdn-templ)#`" },
	{ CLI_CONFIG_VPDN_ACC_IN, "Dial-in of a group: `(config-vpdn-acc-in)#`" },
	{ CLI_CONFIG_VPDN_REQ_IN, "Dial-in that a group places: `(config-vpdn-req-in)#`" },
	{ CLI_CONFIG_RADIUS_SERVER, "RADIUS servers: `(config-radius-server)#`" },
	{ CLI_CONFIG_SG_RADIUS, "Server groups: `(config-sg-radius)#`" },
	{ CLI_CONFIG_LOCSVR_DA, "CoA and Disconnect: `(config-locsvr-da-radius)#`" },
	{ CLI_CONFIG_RED, "Redundancy: `(config-red)#`" },
	{ CLI_CONFIG_R_MC, "Main CPU: `(config-r-mc)#`" },
};

/* "heading\nform", how often it is listed and how often it is declared. */
struct row {
	unsigned listed, declared;
};

struct page {
	GHashTable *rows;
	GString *faults;
	unsigned commands;
};

static void page_init(struct page *p)
{
	p->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	p->faults = g_string_new(NULL);
	p->commands = 0;
}

static void page_clear(struct page *p)
{
	g_hash_table_unref(p->rows);
	g_string_free(p->faults, true);
}

static struct row *row_of(struct page *p, const char *heading, const char *form, size_t len)
{
	g_autofree char *key = g_strdup_printf("%s\n%.*s", heading, (int)len, form);
	struct row *r = g_hash_table_lookup(p->rows, key);

	if (!r) {
		r = g_new0(struct row, 1);
		g_hash_table_insert(p->rows, g_steal_pointer(&key), r);
	}
	return r;
}

/* "- `form`: text" lines under "## heading" lines. */
static void read_text(struct page *p, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	const char *heading = NULL;

	for (unsigned i = 0; lines[i]; i++) {
		const char *line = lines[i], *end;

		if (g_str_has_prefix(line, "## "))
			heading = line + 3;
		if (!heading || !g_str_has_prefix(line, "- `"))
			continue;
		end = strchr(line + 3, '`');
		if (!end || strncmp(end, "`: ", 3) || !end[3]) {
			g_string_append_printf(p->faults, "not a row: %s\n", line);
			continue;
		}
		row_of(p, heading, line + 3, (size_t)(end - line) - 3)->listed++;
	}
}

static void declare(const struct cli_command *c, void *data)
{
	struct page *p = data;

	p->commands++;
	for (size_t i = 0; i < G_N_ELEMENTS(headings); i++)
		if (headings[i].modes == c->modes) {
			row_of(p, headings[i].heading, c->form, strlen(c->form))->declared++;
			return;
		}
	g_string_append_printf(p->faults, "a heading is missing for the modes of: %s\n", c->form);
}

static void compare(struct page *p)
{
	GHashTableIter iter;
	gpointer key, value;

	g_hash_table_iter_init(&iter, p->rows);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		const struct row *r = value;

		if (r->listed == 1 && r->declared)
			continue;
		g_string_append_printf(p->faults, "%s: ## %s\n",
			!r->listed     ? "not listed"
			: !r->declared ? "no such command"
				       : "listed twice",
			(const char *)key);
	}
}

static void each_command(struct page *p)
{
	struct rig *rig = rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 });
	struct cli_tree *tree;

	rig_run(rig, 10);
	tree = shell_tree_new(rig->rp[SLOT_R0]);
	cli_tree_each(tree, declare, p);
	cli_tree_free(tree);
	rig_free(rig);
}

static void listed(void)
{
	g_autofree char *path =
		g_build_filename(g_getenv("TWINRP_DOCS"), "commands.md", NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	struct page p;

	g_file_get_contents(path, &text, NULL, &error);
	g_assert_no_error(error);
	page_init(&p);
	read_text(&p, text);
	each_command(&p);
	compare(&p);
	g_assert_cmpuint(p.commands, >, 90);
	g_assert_cmpstr(p.faults->str, ==, "");
	page_clear(&p);
}

/* ---- the rules themselves ------------------------------------------------------------ */

static const struct cli_command some[] = {
	{ CLI_PRIV, "reload", "Restart", NULL },
	{ CLI_CONFIG_IF, "[no] shutdown", "Shut it down", NULL },
	{ CLI_CONFIG_IF | CLI_CONFIG_RED, "odd", "Of two modes", NULL },
};

static void faults_of(const char *text, unsigned n_commands, const char *want)
{
	struct page p;

	page_init(&p);
	read_text(&p, text);
	for (unsigned i = 0; i < n_commands; i++)
		declare(&some[i], &p);
	compare(&p);
	g_assert_cmpstr(p.faults->str, ==, want);
	page_clear(&p);
}

static void rules(void)
{
	static const char good[] = "# Commands\n- `x`: before any heading\n"
				   "## Privileged EXEC: `#`\n\n- `reload`: restarts\n"
				   "## Interfaces: `(config-if)#`\n- `[no] shutdown`: down\n";

	faults_of(good, 2, "");
	faults_of(good, 1,
		"no such command: ## Interfaces: `(config-if)#`\n[no] shutdown\n");
	faults_of(good, 3, "a heading is missing for the modes of: odd\n");
	faults_of("", 1, "not listed: ## Privileged EXEC: `#`\nreload\n");
	faults_of("## Privileged EXEC: `#`\n- `reload`: a\n- `reload`: b\n", 1,
		"listed twice: ## Privileged EXEC: `#`\nreload\n");
	faults_of("## Privileged EXEC: `#`\n- `reload`: a\n- `reboot`\n", 1,
		"not a row: - `reboot`\n");
	faults_of("## Elsewhere\n- `reload`: a\n", 0, "no such command: ## Elsewhere\nreload\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/check/commands/listed", listed);
	g_test_add_func("/check/commands/rules", rules);
	return g_test_run();
}
