/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of AAA and RADIUS (ios-cli.md 13.5, 15).  Compiled into rp.
 */
#include "base/net.h"
#include "base/text.h"
#include "rp/internal.h"

#include <string.h>

/* aaa authentication ppp default: then come the methods. */
enum { WORDS_BEFORE = 4 };

static struct aaa_config *config(struct rp *rp)
{
	return vpdn_config(rp->vpdn)->aaa;
}

static enum cli_result gone(struct cli_session *s)
{
	return cli_fail(s, "it was removed by another session: enter it again");
}

static void set_text(char **to, const struct cli_args *args, const char *arg)
{
	g_free(*to);
	*to = cli_undo(args) ? NULL : g_strdup(cli_str(args, arg));
}

/* The no form leaves 0, not configured. */
static uint16_t number(const struct cli_args *args, const char *arg)
{
	uint16_t n = 0;

	if (!cli_undo(args))
		cli_arg_u16(args, arg, &n);
	return n;
}

/* ---- method lists ----------------------------------------------------------------- */

static enum cli_result set_new_model(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	config(user)->new_model = !cli_undo(args);
	return CLI_DONE;
}

/* "authentication login", ...: which service a line speaks of. */
static const struct {
	const char *what, *service;
	enum aaa_service id;
} services[] = {
	{ "authentication", "login", AAA_AUTHEN_LOGIN },
	{ "authentication", "ppp", AAA_AUTHEN_PPP },
	{ "authorization", "network", AAA_AUTHOR_NETWORK },
	{ "accounting", "network", AAA_ACCT_NETWORK },
};

static enum aaa_service service_of(const struct cli_args *args)
{
	for (size_t i = 0; i < G_N_ELEMENTS(services); i++)
		if (cli_has(args, services[i].what) && cli_has(args, services[i].service))
			return services[i].id;
	return AAA_AUTHEN_LOGIN;
}

/* The methods of a line, which come last in it, as words. */
static bool take_methods(const struct cli_args *args, struct aaa_list *l)
{
	const char *const *w = cli_words(args);

	l->n_methods = 0;
	for (unsigned i = 0; i < WORDS_BEFORE && *w; i++)
		w++;
	for (; *w; w++) {
		struct aaa_method *m = &l->methods[l->n_methods];

		if (!strcmp(*w, "start-stop") || !strcmp(*w, "stop-only"))
			continue;
		if (l->n_methods == AAA_METHODS_MAX)
			return false;
		memset(m, 0, sizeof(*m));
		if (!strcmp(*w, "local")) {
			m->kind = AAA_LOCAL;
		} else if (!strcmp(*w, "none")) {
			m->kind = AAA_NO;
		} else if (!strcmp(*w, "group") && w[1]) {
			m->kind = AAA_GROUP;
			g_strlcpy(m->group, *++w, sizeof(m->group));
		} else {
			continue;
		}
		l->n_methods++;
	}
	return true;
}

static enum cli_result set_list(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct aaa_config *c = config(user);
	enum aaa_service service = service_of(args);
	const char *name = cli_str(args, "list");
	struct aaa_list *l, was;

	if (cli_undo(args)) {
		if (!aaa_config_remove_list(c, service, name))
			return cli_fail(s, "list %s is not configured", name);
		return CLI_DONE;
	}
	l = aaa_config_list(c, service, name, true);
	if (!l)
		return cli_fail(s, "at most %d method lists can be configured, with names of "
				   "up to %d characters",
			AAA_LISTS_MAX, AAA_NAME_MAX - 1);
	was = *l;
	l->record = cli_has(args, "start-stop")	 ? AAA_RECORD_START_STOP
		    : cli_has(args, "stop-only") ? AAA_RECORD_STOP_ONLY
						 : AAA_RECORD_NONE;
	if (take_methods(args, l))
		return CLI_DONE;
	*l = was;
	return cli_fail(s, "a list has at most %d methods", AAA_METHODS_MAX);
}

static enum cli_result set_update(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	uint32_t minutes = 0;

	if (!cli_undo(args))
		cli_arg_u32(args, "minutes", &minutes);
	config(user)->update_min = minutes;
	return CLI_DONE;
}

/* ---- servers and groups ----------------------------------------------------------- */

static enum cli_result enter_server(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	const char *name = cli_str(args, "name");

	if (cli_undo(args)) {
		if (!aaa_config_remove_server(config(user), name))
			return cli_fail(s, "RADIUS server %s is not configured", name);
		return CLI_DONE;
	}
	if (!aaa_config_server(config(user), name, true))
		return cli_fail(s, "at most %d RADIUS servers can be configured, with names "
				   "of up to %d characters",
			AAA_SERVERS_MAX, AAA_NAME_MAX - 1);
	cli_enter(s, CLI_CONFIG_RADIUS_SERVER, name, 0);
	return CLI_DONE;
}

static struct aaa_server *server(struct cli_session *s, struct rp *rp)
{
	const char *name = cli_context_name(s, CLI_CONFIG_RADIUS_SERVER);

	return name ? aaa_config_server(config(rp), name, false) : NULL;
}

static enum cli_result set_address(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct aaa_server *v = server(s, user);

	if (!v)
		return gone(s);
	v->ip = 0;
	v->auth_port = AAA_AUTH_PORT_DEFAULT;
	v->acct_port = AAA_ACCT_PORT_DEFAULT;
	if (cli_undo(args))
		return CLI_DONE;
	cli_arg_ipv4(args, "address", &v->ip);
	cli_arg_u16(args, "auth", &v->auth_port);
	cli_arg_u16(args, "acct", &v->acct_port);
	return CLI_DONE;
}

static bool good_key(struct cli_session *s, const struct cli_args *args)
{
	const char *key = cli_undo(args) ? NULL : cli_str(args, "key");

	if (!key || strlen(key) < AAA_KEY_MAX)
		return true;
	cli_fail(s, "a key has at most %d characters", AAA_KEY_MAX - 1);
	return false;
}

static enum cli_result set_key(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct aaa_server *v = server(s, user);

	if (!v)
		return gone(s);
	if (good_key(s, args))
		set_text(&v->key, args, "key");
	return CLI_DONE;
}

static enum cli_result set_timeout(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct aaa_server *v = server(s, user);

	if (!v)
		return gone(s);
	v->timeout_s = number(args, "seconds");
	return CLI_DONE;
}

static enum cli_result set_retransmit(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct aaa_server *v = server(s, user);

	if (!v)
		return gone(s);
	v->retransmit_set = !cli_undo(args);
	v->retransmit = (uint8_t)number(args, "retries");
	return CLI_DONE;
}

static enum cli_result set_authenticator(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct aaa_server *v = server(s, user);

	if (!v)
		return gone(s);
	v->no_message_authenticator = cli_no(args);
	return CLI_DONE;
}

static enum cli_result set_common(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct aaa_config *c = config(user);

	if (cli_has(args, "key")) {
		if (good_key(s, args))
			set_text(&c->key, args, "key");
	} else if (cli_has(args, "timeout")) {
		c->timeout_s = number(args, "seconds");
	} else if (cli_has(args, "retransmit")) {
		c->retransmit_set = !cli_undo(args);
		c->retransmit = (uint8_t)number(args, "retries");
	} else if (cli_has(args, "deadtime")) {
		c->deadtime_min = number(args, "minutes");
	} else {
		c->dead_s = number(args, "seconds");
		c->dead_tries = number(args, "tries");
	}
	return CLI_DONE;
}

static enum cli_result set_source(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	set_text(&config(user)->source, args, "interface");
	return CLI_DONE;
}

static enum cli_result enter_group(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	const char *name = cli_str(args, "name");

	if (cli_undo(args)) {
		if (!aaa_config_remove_group(config(user), name))
			return cli_fail(s, "server group %s is not configured", name);
		return CLI_DONE;
	}
	if (!strcmp(name, "radius") || !aaa_config_group(config(user), name, true))
		return cli_fail(s, "at most %d server groups can be configured; `radius` is "
				   "the group of all servers",
			AAA_GROUPS_MAX);
	cli_enter(s, CLI_CONFIG_SG_RADIUS, name, 0);
	return CLI_DONE;
}

static enum cli_result set_member(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	const char *name = cli_context_name(s, CLI_CONFIG_SG_RADIUS);
	const char *member = cli_str(args, "server");
	struct aaa_group *g = name ? aaa_config_group(config(user), name, false) : NULL;
	guint i = 0;

	if (!g)
		return gone(s);
	while (i < g->servers->len && strcmp(g->servers->pdata[i], member))
		i++;
	if (cli_undo(args)) {
		if (i == g->servers->len)
			return cli_fail(s, "server %s is not in the group", member);
		g_ptr_array_remove_index(g->servers, i);
		return CLI_DONE;
	}
	if (i < g->servers->len)
		return CLI_DONE;
	if (i == AAA_GROUP_SERVERS_MAX || strlen(member) >= AAA_NAME_MAX)
		return cli_fail(s, "a group has at most %d servers", AAA_GROUP_SERVERS_MAX);
	g_ptr_array_add(g->servers, g_strdup(member));
	return CLI_DONE;
}

static enum cli_result set_tunnel_author(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct aaa_config *c = config(user);

	if (cli_has(args, "accounting"))
		set_text(cli_has(args, "session") ? &c->session_acct : &c->tunnel_acct,
			args, "list");
	else if (cli_has(args, "password"))
		set_text(&c->tunnel_password, args, "password");
	else
		set_text(&c->tunnel_author, args, "list");
	return CLI_DONE;
}

/* ---- CoA and Disconnect ----------------------------------------------------------- */

static enum cli_result enter_das(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct aaa_config *c = config(user);

	c->dynamic_author = !cli_undo(args);
	if (c->dynamic_author) {
		cli_enter(s, CLI_CONFIG_LOCSVR_DA, NULL, 0);
		return CLI_DONE;
	}
	g_ptr_array_set_size(c->clients, 0);
	g_clear_pointer(&c->das_key, g_free);
	c->das_port = 0;
	return CLI_DONE;
}

static enum cli_result set_client(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct aaa_client *k;
	uint32_t ip = 0;
	char text[16];

	cli_arg_ipv4(args, "address", &ip);
	if (cli_undo(args)) {
		if (!aaa_config_remove_client(config(user), ip))
			return cli_fail(s, "client %s is not configured", ipv4_to_str(ip, text));
		return CLI_DONE;
	}
	if (!good_key(s, args))
		return CLI_DONE;
	k = aaa_config_client(config(user), ip, true);
	if (!k)
		return cli_fail(s, "at most %d clients can be configured", AAA_CLIENTS_MAX);
	set_text(&k->key, args, "key");
	return CLI_DONE;
}

static enum cli_result set_das_key(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	if (good_key(s, args))
		set_text(&config(user)->das_key, args, "key");
	return CLI_DONE;
}

static enum cli_result set_das_port(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	config(user)->das_port = number(args, "port");
	return CLI_DONE;
}

/* ---- configuration text ----------------------------------------------------------- */

static void gen_methods(const struct aaa_list *l, GString *out)
{
	for (unsigned i = 0; i < l->n_methods; i++) {
		const struct aaa_method *m = &l->methods[i];

		switch ((enum aaa_method_kind)m->kind) {
		case AAA_GROUP:
			g_string_append_printf(out, " group %s", m->group);
			break;
		case AAA_LOCAL:
			g_string_append(out, " local");
			break;
		case AAA_NO:
			g_string_append(out, " none");
			break;
		}
	}
	g_string_append_c(out, '\n');
}

static void gen_list(const struct aaa_list *l, GString *out)
{
	size_t i = 0;

	while (services[i].id != (enum aaa_service)l->service)
		i++;
	g_string_append_printf(
		out, "aaa %s %s %s", services[i].what, services[i].service, l->name);
	if (services[i].id == AAA_ACCT_NETWORK)
		g_string_append(out,
			l->record == AAA_RECORD_START_STOP  ? " start-stop"
			: l->record == AAA_RECORD_STOP_ONLY ? " stop-only"
							    : " none");
	if (services[i].id != AAA_ACCT_NETWORK || l->record != AAA_RECORD_NONE)
		gen_methods(l, out);
	else
		g_string_append_c(out, '\n');
}

static void gen_das(const struct aaa_config *c, GString *out, bool all)
{
	char ip[16];

	g_string_append(out, "aaa server radius dynamic-author\n");
	for (guint i = 0; i < c->clients->len; i++) {
		const struct aaa_client *k = c->clients->pdata[i];

		g_string_append_printf(out, " client %s", ipv4_to_str(k->ip, ip));
		if (k->key)
			g_string_append_printf(out, " server-key 0 %s", k->key);
		g_string_append_c(out, '\n');
	}
	if (c->das_key)
		g_string_append_printf(out, " server-key 0 %s\n", c->das_key);
	if (c->das_port || all)
		g_string_append_printf(out, " port %u\n",
			c->das_port ? c->das_port : AAA_DAS_PORT_DEFAULT);
	g_string_append(out, "!\n");
}

void nvgen_aaa(const struct rp *rp, GString *out, bool all)
{
	const struct aaa_config *c = vpdn_config(rp->vpdn)->aaa;

	if (c->new_model)
		g_string_append(out, "aaa new-model\n");
	else if (all)
		g_string_append(out, "no aaa new-model\n");
	for (guint i = 0; i < c->groups->len; i++) {
		const struct aaa_group *g = c->groups->pdata[i];

		g_string_append_printf(out, "aaa group server radius %s\n", g->name);
		for (guint k = 0; k < g->servers->len; k++)
			g_string_append_printf(out, " server name %s\n",
				(const char *)g->servers->pdata[k]);
		g_string_append(out, "!\n");
	}
	for (guint i = 0; i < c->lists->len; i++)
		gen_list(c->lists->pdata[i], out);
	if (c->update_min)
		g_string_append_printf(
			out, "aaa accounting update periodic %u\n", c->update_min);
	if (c->new_model || c->lists->len || c->groups->len || c->update_min)
		g_string_append(out, "!\n");
	if (c->dynamic_author)
		gen_das(c, out, all);
	if (c->tunnel_author)
		g_string_append_printf(out, "vpdn tunnel authorization network %s\n",
			c->tunnel_author);
	if (c->tunnel_acct)
		g_string_append_printf(
			out, "vpdn tunnel accounting network %s\n", c->tunnel_acct);
	if (c->session_acct)
		g_string_append_printf(
			out, "vpdn session accounting network %s\n", c->session_acct);
	if (c->tunnel_password)
		g_string_append_printf(out, "vpdn tunnel authorization password %s\n",
			c->tunnel_password);
}

static void gen_server(const struct aaa_server *v, GString *out, bool all)
{
	char ip[16];

	g_string_append_printf(out, "radius server %s\n", v->name);
	if (v->ip)
		g_string_append_printf(out, " address ipv4 %s auth-port %u acct-port %u\n",
			ipv4_to_str(v->ip, ip), v->auth_port, v->acct_port);
	if (v->timeout_s)
		g_string_append_printf(out, " timeout %u\n", v->timeout_s);
	if (v->retransmit_set)
		g_string_append_printf(out, " retransmit %u\n", v->retransmit);
	if (v->key)
		g_string_append_printf(out, " key 0 %s\n", v->key);
	if (v->no_message_authenticator)
		g_string_append(out, " no message-authenticator required\n");
	else if (all)
		g_string_append(out, " message-authenticator required\n");
	g_string_append(out, "!\n");
}

void nvgen_radius(const struct rp *rp, GString *out, bool all)
{
	const struct aaa_config *c = vpdn_config(rp->vpdn)->aaa;
	gsize before = out->len;

	if (c->source)
		g_string_append_printf(out, "ip radius source-interface %s\n", c->source);
	if (c->dead_s || c->dead_tries)
		g_string_append_printf(out, "radius-server dead-criteria time %u tries %u\n",
			c->dead_s, c->dead_tries);
	if (c->retransmit_set || all)
		g_string_append_printf(out, "radius-server retransmit %u\n",
			c->retransmit_set ? c->retransmit : RADIUS_RETRANSMIT_DEFAULT);
	if (c->timeout_s || all)
		g_string_append_printf(out, "radius-server timeout %u\n",
			c->timeout_s ? c->timeout_s : RADIUS_TIMEOUT_DEFAULT);
	if (c->deadtime_min || all)
		g_string_append_printf(
			out, "radius-server deadtime %u\n", c->deadtime_min);
	if (c->key)
		g_string_append_printf(out, "radius-server key 0 %s\n", c->key);
	if (out->len > before)
		g_string_append(out, "!\n");
	for (guint i = 0; i < c->servers->len; i++)
		gen_server(c->servers->pdata[i], out, all);
}

/* ---- exec ------------------------------------------------------------------------- */

static void print_counts(struct cli_session *s, const char *title, const char *kind,
	const struct radius_counts *n)
{
	cli_print(s, "     %s: request %" G_GUINT64_FORMAT ", timeouts %" G_GUINT64_FORMAT
		     ", failover %" G_GUINT64_FORMAT ", retransmission %" G_GUINT64_FORMAT
		     "\n",
		title, n->requests, n->timeouts, n->failovers, n->repeats);
	cli_print(s, "             Response: accept %" G_GUINT64_FORMAT
		     ", reject %" G_GUINT64_FORMAT ", challenge %" G_GUINT64_FORMAT
		     ", %s %" G_GUINT64_FORMAT "\n",
		n->accepts, n->rejects, n->challenges, kind, n->responses);
	cli_print(s, "             Response: unexpected %" G_GUINT64_FORMAT
		     ", incorrect %" G_GUINT64_FORMAT ", malformed %" G_GUINT64_FORMAT
		     ", without Message-Authenticator %" G_GUINT64_FORMAT "\n",
		n->unexpected, n->forged, n->malformed, n->unauthenticated);
}

static void print_server(struct cli_session *s, const struct rp *rp, unsigned i,
	const struct radius_server_info *v)
{
	char ip[16];

	cli_print(s, "\nRADIUS: id %u, priority %u, host %s, auth-port %u, acct-port %u\n",
		i + 1, i + 1, ipv4_to_str(v->conf->ip, ip), v->conf->auth_port,
		v->conf->acct_port);
	cli_print(s, "     State: current %s, duration %ds, previous duration %ds\n",
		v->dead ? "DEAD" : "UP", (int)(dur_to_ms(time_sub(rp->now, v->since)) / 1000),
		(int)(dur_to_ms(v->previous) / 1000));
	cli_print(s, "     Dead: count %u\n", v->dead_times);
	print_counts(s, "Authen", "accounting", &v->auth);
	print_counts(s, "Account", "response", &v->acct);
	cli_print(s, "     Outstanding transactions: %u\n", v->outstanding);
	if (!v->conf->local_ip)
		cli_print(s, "     No way to this server: no key, address or route\n");
}

static void print_das(struct cli_session *s, const struct rp *rp)
{
	struct das_counts n;

	vpdn_das_counts(rp->vpdn, &n);
	cli_print(s, "\nDynamic authorization: requests %" G_GUINT64_FORMAT
		     ", repeats %" G_GUINT64_FORMAT ", ACK %" G_GUINT64_FORMAT
		     ", NAK %" G_GUINT64_FORMAT "\n",
		n.requests, n.repeats, n.acks, n.naks);
	cli_print(s, "     Dropped: unknown client %" G_GUINT64_FORMAT
		     ", incorrect %" G_GUINT64_FORMAT ", old %" G_GUINT64_FORMAT
		     ", malformed %" G_GUINT64_FORMAT "\n",
		n.stranger, n.forged, n.stale, n.malformed);
}

static enum cli_result show_servers(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const struct radius_client *c = vpdn_radius(rp->vpdn);
	struct radius_server_info info;

	for (unsigned i = 0; radius_client_server(c, i, &info); i++)
		print_server(s, rp, i, &info);
	if (config(rp)->dynamic_author)
		print_das(s, rp);
	return CLI_DONE;
}

static enum cli_result debug_radius(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	rp->debug_radius = !cli_no(args) && !cli_has(args, "undebug");
	vpdn_set_radius_debug(rp->vpdn, rp->debug_radius);
	cli_print(s, "Radius protocol debugging is %s\n", rp->debug_radius ? "on" : "off");
	return CLI_DONE;
}

/* clang-format off */
#define METHODS "{group <group:word> | local | none}..."
const struct cli_command aaa_commands[] = {
	{ CLI_CONFIG, "[no] aaa new-model", "Use method lists", set_new_model },
	{ CLI_CONFIG, "[no] aaa authentication {login | ppp} <list:word!> " METHODS,
	              "Who somebody is", set_list },
	{ CLI_CONFIG, "[no] aaa authorization network <list:word!> " METHODS,
	              "What a subscriber gets", set_list },
	{ CLI_CONFIG, "[no] aaa accounting network <list:word!> {none | {start-stop | stop-only} {group <group:word>}...}",
	              "Records of sessions", set_list },
	{ CLI_CONFIG, "[no] aaa accounting update periodic <minutes:1-71582>",
	              "Interim records of sessions", set_update },
	{ CLI_CONFIG, "[no] aaa group server radius <name:word!>", "Servers used together", enter_group },
	{ CLI_CONFIG_SG_RADIUS, "[no] server name <server:word!>", "A server of the group", set_member },
	{ CLI_CONFIG, "[no] radius server <name:word!>", "A RADIUS server", enter_server },
	{ CLI_CONFIG_RADIUS_SERVER, "[no] address ipv4 <address:ipv4> [auth-port <auth:1-65535> | acct-port <acct:1-65535>]...",
	              "Where the server is", set_address },
	{ CLI_CONFIG_RADIUS_SERVER, "[no] key [0] <key:line>", "Secret shared with the server", set_key },
	{ CLI_CONFIG_RADIUS_SERVER, "[no] timeout <seconds:1-1000>", "Wait for an answer", set_timeout },
	{ CLI_CONFIG_RADIUS_SERVER, "[no] retransmit <retries:0-100>", "Repeats of a request", set_retransmit },
	{ CLI_CONFIG_RADIUS_SERVER, "[no] message-authenticator required",
	              "Drop Access replies without Message-Authenticator", set_authenticator },
	{ CLI_CONFIG, "[no] radius-server key [0] <key:line>", "Secret of servers without one", set_common },
	{ CLI_CONFIG, "[no] radius-server timeout <seconds:1-1000>", "Wait for an answer", set_common },
	{ CLI_CONFIG, "[no] radius-server retransmit <retries:0-100>", "Repeats of a request", set_common },
	{ CLI_CONFIG, "[no] radius-server deadtime <minutes:0-1440>", "A dead server is passed over that long", set_common },
	{ CLI_CONFIG, "[no] radius-server dead-criteria time <seconds:1-120> tries <tries:1-100>",
	              "When a server is dead", set_common },
	{ CLI_CONFIG, "[no] ip radius source-interface <interface:iface>",
	              "Address of our RADIUS packets", set_source },
	{ CLI_CONFIG, "[no] vpdn tunnel authorization network <list:word>",
	              "Ask about each peer that opens a tunnel", set_tunnel_author },
	{ CLI_CONFIG, "[no] vpdn tunnel authorization password <password:word>",
	              "Password of these requests", set_tunnel_author },
	{ CLI_CONFIG, "[no] vpdn tunnel accounting network <list:word>",
	              "Records of tunnels", set_tunnel_author },
	{ CLI_CONFIG, "[no] vpdn session accounting network <list:word>",
	              "Records of sessions in tunnels", set_tunnel_author },
	{ CLI_CONFIG, "[no] aaa server radius dynamic-author",
	              "Take CoA and Disconnect requests", enter_das },
	{ CLI_CONFIG_LOCSVR_DA, "[no] client <address:ipv4!> [server-key [0] <key:line>]",
	              "Who may send them", set_client },
	{ CLI_CONFIG_LOCSVR_DA, "[no] server-key [0] <key:line>", "Secret of clients without one", set_das_key },
	{ CLI_CONFIG_LOCSVR_DA, "[no] port <port:1-65535>", "UDP port", set_das_port },
	{ CLI_EXEC,   "show aaa servers", "RADIUS servers and their counters", show_servers },
	{ CLI_PRIV,   "[no] debug radius", "Log RADIUS packets", debug_radius },
	{ CLI_PRIV,   "undebug radius", "Stop logging RADIUS packets", debug_radius },
	{ 0 },
};

const struct cli_word aaa_words[] = {
	{ "aaa", "Authentication, authorization, accounting" },
	{ "show aaa", "Authentication, authorization, accounting" },
	{ "aaa authentication login", "Of operators" },
	{ "aaa authentication ppp", "Of PPP peers" },
	{ "aaa authorization", "What somebody may do" },
	{ "aaa accounting", "Records of what is done" },
	{ "aaa accounting update", "Records in between" },
	{ "aaa group", "Groups" },
	{ "aaa group server", "Of servers" },
	{ "<list>", "Name of the list; `default` is used where none is named" },
	{ "<list> group", "RADIUS servers of a group" },
	{ "group <group>", "Name of the group; `radius` is all servers" },
	{ "<list> local", "Local users" },
	{ "<list> none", "No check" },
	{ "<list> start-stop", "A record at the begin, and one at the end" },
	{ "<list> stop-only", "A record at the end" },
	{ "periodic <minutes>", "Minutes from one to the next" },
	{ "radius", "RADIUS" },
	{ "vpdn tunnel", "Tunnels" },
	{ "vpdn session", "Sessions" },
	{ "vpdn tunnel accounting", "Records of tunnels" },
	{ "vpdn session accounting", "Records of sessions in tunnels" },
	{ "vpdn tunnel authorization", "What a tunnel's peer may do" },
	{ "network <list>", "Name of the authorization list" },
	{ "password <password>", "The password" },
	{ "aaa server", "Services for others" },
	{ "aaa server radius", "RADIUS" },
	{ "client <address>", "Address of the client" },
	{ "<address> server-key", "Its secret" },
	{ "server-key 0", "The key follows in clear text" },
	{ "port <port>", "UDP port" },
	{ "radius <name>", "Name of the group" },
	{ "server <name>", "Name of the server" },
	{ "server", "A server" },
	{ "name <server>", "Name of the server" },
	{ "address", "Address of the server" },
	{ "address ipv4", "IPv4" },
	{ "ipv4 <address>", "Address of the server" },
	{ "<address> auth-port", "UDP port of authentication" },
	{ "<address> acct-port", "UDP port of accounting" },
	{ "<auth>", "UDP port" },
	{ "<acct>", "UDP port" },
	{ "key 0", "The key follows in clear text" },
	{ "<key>", "The key" },
	{ "radius-server", "Settings of all RADIUS servers" },
	{ "dead-criteria time", "Seconds without any answer" },
	{ "<seconds> tries", "Packets in a row without an answer" },
	{ "<tries>", "Packets" },
	{ "<minutes>", "Minutes" },
	{ "message-authenticator", "Message-Authenticator" },
	{ "ip radius", "RADIUS packets" },
	{ "source-interface <interface>", "Interface whose address is used" },
	{ "debug", "Log what happens" },
	{ "undebug", "Stop logging" },
	{ NULL, NULL },
};
/* clang-format on */
