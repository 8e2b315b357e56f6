/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts and tables by name, see counts.h.
 */
#include "scenarios/engine/counts.h"

#include <string.h>

#define HA_SESSIONS "L2TP Sessions: +([0-9]+)/([0-9]+)(?:/([0-9]+))?"
#define HA_TUNNELS  "L2TP Tunnels: +([0-9]+)/([0-9]+)/([0-9]+)/([0-9]+)"
#define TOTALS	    "Total tunnels ([0-9]+) sessions ([0-9]+)|(%No active L2TP tunnels)"
#define SESSION                                                                        \
	"^(?<local>[0-9]+) +(?<remote>[0-9]+) +(?<tunnel>[0-9]+) +(?<user>[^,\\n]*), " \
	"(?<interface>[^ \\n]+) +(?<state>[a-z-]+) "
#define TUNNEL                                                                         \
	"^(?<local>[0-9]+) +(?<remote>[0-9]+) +(?<name>[^ \\n]+) +(?<state>[a-z-]+) +" \
	"(?<address>[0-9.]+) +(?<sessions>[0-9]+) "

/* clang-format off */
static const struct count counts[] = {
	{ "l2tp.tunnels",                 "show vpdn", TOTALS, 1 },
	{ "l2tp.sessions",                "show vpdn", TOTALS, 2 },
	{ "l2tp.tunnels.established",     "show vpdn tunnel",
		"^[0-9]+ +[0-9]+ +[^ \\n]+ +est ", 0 },
	{ "l2tp.sessions.established",    "show vpdn session",
		"^[0-9]+ +[0-9]+ +[0-9]+ +[^,\\n]*, [^ \\n]+ +est ", 0 },
	{ "l2tp.sessions.total",          "show l2tp redundancy", HA_SESSIONS, 1 },
	{ "l2tp.sessions.ha-enabled",     "show l2tp redundancy", HA_SESSIONS, 2 },
	{ "l2tp.sessions.ha-established", "show l2tp redundancy", HA_SESSIONS, 3 },
	{ "l2tp.tunnels.total",           "show l2tp redundancy", HA_TUNNELS, 1 },
	{ "l2tp.tunnels.ha-enabled",      "show l2tp redundancy", HA_TUNNELS, 2 },
	{ "l2tp.tunnels.ha-established",  "show l2tp redundancy", HA_TUNNELS, 3 },
	{ "l2tp.tunnels.resyncing",       "show l2tp redundancy", HA_TUNNELS, 4 },
	{ "l2tp.tunnels.resynced",        "show l2tp redundancy",
		"L2TP Resynced Tunnels: ([0-9]+)/([0-9]+)", 1 },
	{ "l2tp.tunnels.resynced.failed", "show l2tp redundancy",
		"L2TP Resynced Tunnels: ([0-9]+)/([0-9]+)", 2 },
	{ "vpdn.failures",                "show vpdn history failure", "^Failure type: ", 0 },
	{ "redundancy.switchovers",       "show redundancy", "Switchovers system experienced = ([0-9]+)", 1 },
};

static const struct table tables[] = {
	{ "l2tp.sessions", "show vpdn session", SESSION,
		{ "local-id", "remote-id", "tunnel-id", "user", "interface", "state" } },
	{ "l2tp.tunnels", "show vpdn tunnel", TUNNEL,
		{ "local-id", "remote-id", "name", "state", "address", "sessions" } },
};
/* clang-format on */

/* Names of groups have no dash. */
static const struct {
	const char *field, *group;
} groups[] = { { "local-id", "local" }, { "remote-id", "remote" },
	{ "tunnel-id", "tunnel" } };

static const char *group_of(const char *field)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(groups); i++)
		if (strcmp(groups[i].field, field) == 0)
			return groups[i].group;
	return field;
}

static const char *const names_of_counts[] = { "l2tp.tunnels", "l2tp.sessions",
	"l2tp.tunnels.established", "l2tp.sessions.established", "l2tp.sessions.total",
	"l2tp.sessions.ha-enabled", "l2tp.sessions.ha-established",
	"l2tp.tunnels.total", "l2tp.tunnels.ha-enabled", "l2tp.tunnels.ha-established",
	"l2tp.tunnels.resyncing", "l2tp.tunnels.resynced",
	"l2tp.tunnels.resynced.failed", "vpdn.failures", "redundancy.switchovers",
	NULL };
static const char *const names_of_tables[] = { "l2tp.sessions", "l2tp.tunnels", NULL };

G_STATIC_ASSERT(G_N_ELEMENTS(names_of_counts) == G_N_ELEMENTS(counts) + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(names_of_tables) == G_N_ELEMENTS(tables) + 1);

const char *const *count_names(void)
{
	return names_of_counts;
}

const char *const *table_names(void)
{
	return names_of_tables;
}

const struct count *count_find(const char *name)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++)
		if (strcmp(counts[i].name, name) == 0)
			return &counts[i];
	return NULL;
}

const struct table *table_find(const char *name)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(tables); i++)
		if (strcmp(tables[i].name, name) == 0)
			return &tables[i];
	return NULL;
}

static GRegex *compile(const char *pattern)
{
	return g_regex_new(pattern, G_REGEX_RAW | G_REGEX_MULTILINE, 0, NULL);
}

gint64 count_read(const struct count *c, const char *output)
{
	g_autoptr(GRegex) regex = compile(c->pattern);
	g_autoptr(GMatchInfo) info = NULL;
	g_autofree char *digits = NULL;
	gint64 n = 0;

	g_regex_match(regex, output, 0, &info);
	if (c->group) {
		if (!g_match_info_matches(info))
			return -1;
		digits = g_match_info_fetch(info, (int)c->group);
		return digits && digits[0] ? g_ascii_strtoll(digits, NULL, 10) : 0;
	}
	for (; g_match_info_matches(info); n++)
		g_match_info_next(info, NULL);
	return n;
}

static char *read_row(const struct table *t, GMatchInfo *info, char *const *fields)
{
	GString *row = g_string_new(NULL);

	for (unsigned i = 0; i < TABLE_FIELDS && t->fields[i]; i++) {
		g_autofree char *value = NULL;

		if (fields && !g_strv_contains((const char *const *)fields, t->fields[i]))
			continue;
		value = g_match_info_fetch_named(info, group_of(t->fields[i]));
		g_string_append_printf(row, "%s%s=%s", row->len ? " " : "", t->fields[i],
			value ? value : "");
	}
	return g_string_free(row, false);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *table_read(const struct table *t, const char *output, char *const *fields)
{
	g_autoptr(GRegex) regex = compile(t->pattern);
	g_autoptr(GMatchInfo) info = NULL;
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);
	GString *out = g_string_new(NULL);

	g_regex_match(regex, output, 0, &info);
	for (; g_match_info_matches(info); g_match_info_next(info, NULL))
		g_ptr_array_add(rows, read_row(t, info, fields));
	g_ptr_array_sort(rows, compare);
	for (guint i = 0; i < rows->len; i++)
		g_string_append_printf(out, "%s\n", (const char *)rows->pdata[i]);
	return g_string_free(out, false);
}
