/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of the calls that we place: request-dialin, initiate-to, and the global settings of
 * VPDN that go with them (ios-cli.md 3.1, 3.3).  Compiled into rp.
 */
#include "base/net.h"
#include "rp/internal.h"
#include "vpdn/cmd.h"

#include <string.h>

enum { DELIMITERS_MAX = 16 };

/* As it is written: the keyword of the command and of the search order. */
static const char *const by_words[N_VPDN_SEARCHES] = {
	[VPDN_BY_MULTIHOP_HOSTNAME] = "multihop-hostname",
	[VPDN_BY_DNIS] = "dnis",
	[VPDN_BY_DOMAIN] = "domain",
};

/* ---- global ----------------------------------------------------------------------- */

static enum cli_result set_multihop(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	vpdn_cmd_config(user)->multihop = !cli_undo(args);
	return CLI_DONE;
}

static enum cli_result set_softshut(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	vpdn_cmd_config(user)->softshut = !cli_undo(args);
	return CLI_DONE;
}

static enum cli_result set_session_limit(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_config *c = vpdn_cmd_config(user);

	c->session_limit = 0;
	if (!cli_undo(args))
		cli_arg_u16(args, "sessions", &c->session_limit);
	return CLI_DONE;
}

static enum cli_result set_global_source(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_config *c = vpdn_cmd_config(user);

	c->source_ip = 0;
	if (!cli_undo(args))
		cli_arg_ipv4(args, "address", &c->source_ip);
	return CLI_DONE;
}

static void set_delimiters(char **to, const char *characters)
{
	g_free(*to);
	*to = g_strdup(characters);
}

/* Without a keyword: suffix; `no` without one: both. */
static enum cli_result set_delimiter(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_config *c = vpdn_cmd_config(user);
	const char *characters = cli_undo(args) ? NULL : cli_str(args, "characters");
	bool prefix = cli_has(args, "prefix"), suffix = cli_has(args, "suffix");

	if (characters && strlen(characters) > DELIMITERS_MAX)
		return cli_fail(s, "at most %d characters", DELIMITERS_MAX);
	if (prefix || (!characters && !suffix))
		set_delimiters(&c->prefix_delimiters, characters);
	if (!prefix)
		set_delimiters(&c->suffix_delimiters, characters);
	return CLI_DONE;
}

static enum cli_result set_search_order(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	uint8_t order[N_VPDN_SEARCHES] = { 0 };
	unsigned n = 0;

	for (const char *const *word = cli_words(args); *word && !cli_undo(args); word++) {
		for (unsigned by = 0; by < N_VPDN_SEARCHES; by++) {
			if (strcmp(*word, by_words[by]))
				continue;
			if (n == N_VPDN_SEARCHES || memchr(order, (int)by + 1, n))
				return cli_fail(s, "name each of domain, dnis and "
						   "multihop-hostname at most once");
			order[n++] = (uint8_t)(by + 1);
		}
	}
	memcpy(vpdn_cmd_config(user)->search, order, sizeof(order));
	return CLI_DONE;
}

/* ---- group ------------------------------------------------------------------------ */

static enum cli_result enter_request(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);

	if (!g)
		return CLI_DONE;
	g->request_dialin = !cli_undo(args);
	if (cli_undo(args))
		vpdn_config_clear_request(vpdn_cmd_config(user), g);
	else
		cli_enter(s, CLI_CONFIG_VPDN_REQ_IN, NULL, 0);
	return CLI_DONE;
}

static enum cli_result set_protocol(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);

	if (!g)
		return CLI_DONE;
	if (cli_undo(args))
		vpdn_config_clear_request(vpdn_cmd_config(user), g);
	else
		g->request_l2tp = true;
	return CLI_DONE;
}

static enum cli_result set_match(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);
	const char *name = cli_str(args, "name");

	if (!g)
		return CLI_DONE;
	if (!g->request_l2tp)
		return cli_fail(s, "enter `protocol l2tp` first");
	for (unsigned by = 0; by < N_VPDN_SEARCHES; by++) {
		if (!cli_has(args, by_words[by]))
			continue;
		if (cli_undo(args)) {
			if (!vpdn_config_remove_match(vpdn_cmd_config(user), g, by, name))
				return cli_fail(s, "%s %s is not configured",
					by_words[by], name);
		} else if (!vpdn_config_add_match(vpdn_cmd_config(user), g, by, name) &&
			   g->matches->len >= VPDN_MATCHES_MAX) {
			return cli_fail(s, "at most %d lines of a group say which calls "
					   "it is for",
				VPDN_MATCHES_MAX);
		}
	}
	return CLI_DONE;
}

static enum cli_result set_target(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);
	struct vpdn_target t = { .priority = 1 };

	if (!g)
		return CLI_DONE;
	cli_arg_ipv4(args, "address", &t.ip);
	if (cli_undo(args)) {
		if (!vpdn_config_remove_target(vpdn_cmd_config(user), g, t.ip))
			return cli_fail(s, "that address is not configured");
		return CLI_DONE;
	}
	if (!g->request_l2tp)
		return cli_fail(s, "enter `request-dialin` and `protocol l2tp` first");
	t.limit_set = cli_arg_u16(args, "sessions", &t.limit);
	cli_arg_u16(args, "number", &t.priority);
	if (!vpdn_config_add_target(vpdn_cmd_config(user), g, &t))
		return cli_fail(s, "a group has at most %d addresses", VPDN_TARGETS_MAX);
	return CLI_DONE;
}

/* ---- configuration text ----------------------------------------------------------- */

void nvgen_dialin_global(const struct vpdn_config *c, GString *out, bool all)
{
	char ip[16];

	if (c->multihop || all)
		g_string_append_printf(out, "%svpdn multihop\n", c->multihop ? "" : "no ");
	if (c->softshut)
		g_string_append(out, "vpdn softshut\n");
	if (c->session_limit)
		g_string_append_printf(out, "vpdn session-limit %u\n", c->session_limit);
	if (c->search[0]) {
		g_string_append(out, "vpdn search-order");
		for (unsigned i = 0; i < N_VPDN_SEARCHES && c->search[i]; i++)
			g_string_append_printf(out, " %s", by_words[c->search[i] - 1]);
		g_string_append_c(out, '\n');
	}
	if (c->suffix_delimiters)
		g_string_append_printf(
			out, "vpdn domain-delimiter %s suffix\n", c->suffix_delimiters);
	if (c->prefix_delimiters)
		g_string_append_printf(
			out, "vpdn domain-delimiter %s prefix\n", c->prefix_delimiters);
	if (c->source_ip)
		g_string_append_printf(
			out, "vpdn source-ip %s\n", ipv4_to_str(c->source_ip, ip));
}

void nvgen_request(const struct vpdn_group *g, GString *out)
{
	if (!g->request_dialin)
		return;
	g_string_append(out, " request-dialin\n");
	if (g->request_l2tp)
		g_string_append(out, "  protocol l2tp\n");
	for (guint i = 0; i < g->matches->len; i++) {
		const struct vpdn_match *m = g->matches->pdata[i];

		g_string_append_printf(out, "  %s %s\n", by_words[m->by], m->name);
	}
}

void nvgen_targets(const struct vpdn_group *g, GString *out, bool all)
{
	char ip[16];

	for (guint i = 0; i < g->targets->len; i++) {
		const struct vpdn_target *t =
			&g_array_index(g->targets, struct vpdn_target, i);

		g_string_append_printf(out, " initiate-to ip %s", ipv4_to_str(t->ip, ip));
		if (t->limit_set)
			g_string_append_printf(out, " limit %u", t->limit);
		if (t->priority != 1 || all)
			g_string_append_printf(out, " priority %u", t->priority);
		g_string_append_c(out, '\n');
	}
}

/* clang-format off */
const struct cli_command dialin_commands[] = {
	{ CLI_CONFIG,      "[no] vpdn multihop", "Calls may go on to another LNS", set_multihop },
	{ CLI_CONFIG,      "[no] vpdn softshut", "Refuse new sessions, keep those there are",
	                   set_softshut },
	{ CLI_CONFIG,      "[no] vpdn session-limit [<sessions:1-32767>]",
	                   "Most VPDN sessions of the router", set_session_limit },
	{ CLI_CONFIG,      "[no] vpdn source-ip [<address:ipv4>]",
	                   "Our address in tunnels that we open", set_global_source },
	{ CLI_CONFIG,      "[no] vpdn domain-delimiter <characters:word> [suffix | prefix]",
	                   "What stands between user and domain", set_delimiter },
	{ CLI_CONFIG,      "[no] vpdn search-order [domain | dnis | multihop-hostname]...",
	                   "What decides where a call goes, in order", set_search_order },
	{ CLI_CONFIG_VPDN, "[no] request-dialin", "LAC: place calls to an LNS", enter_request },
	{ CLI_CONFIG_VPDN, "[no] initiate-to ip <address:ipv4> [limit <sessions:0-32767>] "
	                   "[priority <number:1-32767>]",
	                   "An LNS that gets the calls", set_target },
	{ CLI_CONFIG_VPDN_REQ_IN, "[no] protocol l2tp", "Tunnel protocol", set_protocol },
	{ CLI_CONFIG_VPDN_REQ_IN, "[no] {domain | dnis | multihop-hostname} <name:word>",
	                   "Calls that the group is for", set_match },
	{ 0 },
};

const struct cli_word dialin_words[] = {
	{ "vpdn search-order", "What decides where a call goes, in order" },
	{ "<characters>", "Each of them divides" },
	{ "<characters> suffix", "The domain comes last: user@domain" },
	{ "<characters> prefix", "The domain comes first: domain/user" },
	{ "domain", "What follows the @ in the user's name" },
	{ "dnis", "The number that was called" },
	{ "multihop-hostname", "Host name of the tunnel that the call comes by" },
	{ "vpdn session-limit", "Most sessions" },
	{ "initiate-to", "Where calls go" },
	{ "initiate-to ip", "An LNS, by its address" },
	{ "<address> limit", "Most sessions to it" },
	{ "<address> priority", "1 is tried first; the same number shares the load" },
	{ "<address>", "IPv4 address" },
	{ "<sessions>", "Number of sessions" },
	{ NULL, NULL },
};
/* clang-format on */
