/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a script to labs, see build.h.
 *
 * A peer that is not told its address takes one beside the router's: the configuration says what
 * that is on the port.
 */
#include "scenarios/engine/build.h"

#include "base/net.h"
#include "base/rng.h"
#include "scenarios/engine/run.h"

#include <string.h>

/* " ip address A M" below "interface NAME" */
bool scenario_port_address(
	const char *config, uint16_t ifindex, uint32_t *ip, uint32_t *mask)
{
	g_auto(GStrv) lines = g_strsplit(config ? config : "", "\n", -1);
	bool inside = false;

	for (unsigned i = 0; lines[i]; i++) {
		const char *line = g_strstrip(lines[i]);
		char a[16], m[16];

		if (g_str_has_prefix(line, "interface "))
			inside = port_from_name(line + strlen("interface ")) == ifindex;
		else if (inside && sscanf(line, "ip address %15s %15s", a, m) == 2)
			return ipv4_from_str(a, ip) && ipv4_from_str(m, mask);
	}
	return false;
}

static unsigned index_of(const struct script *s, const struct script_port *port)
{
	return (unsigned)script_chassis_index(s, &port->node);
}

static bool settle_address(const struct script *s, const struct script_step *step,
	struct nethost_config *net, uint32_t *router, GError **error)
{
	const struct script_peer *p = &step->peer;
	const struct script_chassis *c = s->chassis->pdata[index_of(s, &p->port)];
	uint32_t ip = 0, mask = 0;

	if (!scenario_port_address(c->config, p->port.ifindex, &ip, &mask) &&
		(!p->ip || !p->other)) {
		g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_FILE,
			"%s:%u: the configuration gives the port of peer %s no address: say "
			"one, and those of the peer with address and lns or gateway",
			step->file, step->line, p->name);
		return false;
	}
	net->ifindex = p->port.ifindex;
	net->mask = p->ip ? p->mask : mask;
	*router = p->other ? p->other : ip;
	if (p->ip)
		net->ip = p->ip;
	else /* the first of the network, or the second */
		net->ip = (ip & mask) + (ip == (ip & mask) + 1 ? 2 : 1);
	return true;
}

static const struct script_step *host_of(const struct script *s, const char *name)
{
	for (guint i = 0; i < s->peers->len; i++) {
		const struct script_step *step = s->peers->pdata[i];

		if (!step->peer.lac && (!name || strcmp(step->peer.name, name) == 0))
			return step;
	}
	return NULL;
}

static bool add_lac(struct scenario_world *w, const struct script *s,
	const struct script_step *step, GError **error)
{
	const struct script_peer *p = &step->peer;
	struct scenario_chassis *c = &w->chassis[index_of(s, &p->port)];
	struct peer_lac_config *lac = &c->lacs[c->cfg.n_lacs++];
	const struct script_step *host = host_of(s, p->target);
	struct nethost_config target;
	uint32_t router;

	*lac = (struct peer_lac_config){
		.name = p->host_name ? p->host_name : p->name,
		.tunnels = (unsigned)p->tunnels,
		.sessions = (unsigned)p->sessions,
		.user = p->user ? p->user : "user",
		.password = p->password ? p->password : "password",
		.secret = p->secret,
		.hello_s = (unsigned)p->hello_s,
		.pace_ms = (unsigned)p->pace_ms,
		.probe_pps = p->pps,
		.pppoe = p->pppoe,
		.vlan = (uint16_t)p->vlan,
		.inner = (uint16_t)p->inner,
	};
	lac->net.ifindex = p->port.ifindex;
	if (!p->pppoe && !settle_address(s, step, &lac->net, &lac->lns_ip, error))
		return false;
	if (!p->pps)
		return true;
	if (!host) {
		g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_FILE,
			"%s:%u: %s is to send probes, and there is no host to get them: add "
			"a line like: peer h1 host on Gi0/0/1",
			step->file, step->line, p->name);
		return false;
	}
	if (!settle_address(s, host, &target, &router, error))
		return false;
	lac->probe_to = target.ip;
	w->probe_pps = MAX(w->probe_pps, p->pps);
	return true;
}

/* What LACs want to get from it. */
static unsigned pps_down(const struct script *s, const struct script_peer *host)
{
	unsigned pps = host->pps;

	for (guint i = 0; i < s->peers->len; i++) {
		const struct script_step *step = s->peers->pdata[i];

		if (step->peer.lac && step->peer.down &&
			host_of(s, step->peer.target) &&
			&host_of(s, step->peer.target)->peer == host)
			pps = MAX(pps, step->peer.pps);
	}
	return pps;
}

static bool add_host(struct scenario_world *w, const struct script *s,
	const struct script_step *step, GError **error)
{
	struct scenario_chassis *c = &w->chassis[index_of(s, &step->peer.port)];
	struct peer_host_config *host = &c->hosts[c->cfg.n_hosts++];

	host->name = step->peer.name;
	host->radius = step->peer.radius;
	host->lns = step->peer.lns;
	host->lns_secret = step->peer.secret;
	host->user = step->peer.user ? step->peer.user : "user";
	host->password = step->peer.password ? step->peer.password : "password";
	host->probe_pps = pps_down(s, &step->peer);
	w->probe_pps = MAX(w->probe_pps, host->probe_pps);
	return settle_address(s, step, &host->net, &host->net.gateway, error);
}

static bool add_kind(
	struct scenario_world *w, const struct script *s, bool lac, GError **error)
{
	for (guint i = 0; i < s->peers->len; i++) {
		const struct script_step *step = s->peers->pdata[i];

		if (step->peer.lac == lac && !(lac ? add_lac : add_host)(w, s, step, error))
			return false;
	}
	return true;
}

/* Those of one kind at one chassis, as a lab numbers them: LACs first. */
static void name_peers(struct scenario_world *w, const struct script *s, unsigned node, bool lac)
{
	for (guint i = 0; i < s->peers->len; i++) {
		const struct script_step *step = s->peers->pdata[i];

		if (step->peer.lac != lac || index_of(s, &step->peer.port) != node)
			continue;
		w->peers[w->n_peers] = (struct stage_peer){ step->peer.name, node,
			SLOT_PEER + w->n_peers, lac };
		w->n_peers++;
	}
}

static bool add_peers(struct scenario_world *w, const struct script *s, GError **error)
{
	if (!add_kind(w, s, true, error) || !add_kind(w, s, false, error))
		return false;
	for (unsigned i = 0; i < w->n_chassis; i++) {
		w->chassis[i].cfg.first_peer = w->n_peers;
		name_peers(w, s, i, true);
		name_peers(w, s, i, false);
	}
	return true;
}

static void add_end(struct scenario_world *w, const struct script *s,
	const struct script_port *port, unsigned end)
{
	struct scenario_chassis *c = &w->chassis[index_of(s, port)];

	c->cables[c->cfg.n_cables++] =
		(struct cable_end){ w->cables[w->n_cables], end, port->ifindex };
}

static void add_cables(struct scenario_world *w, const struct script *s)
{
	for (guint i = 0; i < s->cables->len; i++) {
		const struct script_link *l = &((struct script_step *)s->cables->pdata[i])->link;

		w->cables[w->n_cables] = cable_new(s->real);
		add_end(w, s, &l->port, 0);
		add_end(w, s, &l->to, 1);
		w->n_cables++;
	}
}

static int add_bindings(struct scenario_world *w, const struct script *s, GError **error)
{
	for (guint i = 0; i < s->ports->len; i++) {
		const struct script_step *step = s->ports->pdata[i];
		struct scenario_chassis *c = &w->chassis[index_of(s, &step->link.port)];
		g_autoptr(GError) why = NULL;
		int status = c->cfg.boards->check_port(step->kind, step->argument, &why);

		if (status) {
			g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_FILE, "%s:%u: %s",
				step->file, step->line, why->message);
			return status;
		}
		c->bindings[c->cfg.n_bindings++] = (struct lab_binding){
			step->link.port.ifindex, step->kind, step->argument };
	}
	return 0;
}

/* The first has the script's seed; boards of the others are to draw other numbers. */
static uint64_t seed_of(uint64_t seed, unsigned node)
{
	struct rng rng;

	if (!node)
		return seed;
	rng_init(&rng, seed, node);
	return rng_u64(&rng);
}

static bool add_chassis(struct scenario_world *w, const struct script *s,
	const struct lab_config *common, uint64_t seed, GError **error)
{
	const struct script_chassis *said = s->chassis->pdata[w->n_chassis];
	struct scenario_chassis *c = &w->chassis[w->n_chassis];

	inventory_default(&c->inventory);
	if (said->inventory->len &&
		!inventory_parse(&c->inventory, said->inventory->str, s->file, error))
		return false;
	c->name = said->name;
	c->cfg = *common;
	c->cfg.seed = seed_of(seed, w->n_chassis);
	c->cfg.startup = said->config;
	c->cfg.inventory = &c->inventory;
	c->cfg.lacs = c->lacs;
	c->cfg.hosts = c->hosts;
	c->cfg.bindings = c->bindings;
	c->cfg.cables = c->cables;
	w->n_chassis++;
	return true;
}

static void make_labs(struct scenario_world *w)
{
	for (unsigned i = 0; i < w->n_chassis; i++) {
		w->chassis[i].cfg.row = w->chassis[0].lab;
		w->chassis[i].lab = lab_new(&w->chassis[i].cfg);
	}
}

int scenario_world_init(struct scenario_world *w, const struct script *s,
	const struct lab_boards *boards, uint64_t seed, bool threads, GError **error)
{
	const struct lab_config common = {
		.boards = boards,
		.threads = threads && !s->real,
		.real = s->real,
		.off = true,
	};
	int status;

	*w = (struct scenario_world){ 0 };
	for (guint i = 0; i < s->chassis->len; i++)
		if (!add_chassis(w, s, &common, seed, error))
			return RUN_SCRIPT;
	if (!add_peers(w, s, error))
		return RUN_SCRIPT;
	status = add_bindings(w, s, error);
	if (status)
		return status;
	add_cables(w, s);
	make_labs(w);
	return 0;
}

void scenario_world_clear(struct scenario_world *w)
{
	for (unsigned i = w->n_chassis; i-- > 0;)
		lab_free(w->chassis[i].lab);
	for (unsigned i = 0; i < w->n_cables; i++)
		cable_free(w->cables[i]);
	*w = (struct scenario_world){ 0 };
}

void scenario_world_boot(struct scenario_world *w, const char *names)
{
	g_auto(GStrv) list = g_strsplit(names, " ", -1);

	for (unsigned i = 0; i < w->n_chassis; i++)
		if (g_strv_contains((const char *const *)list, w->chassis[i].name))
			lab_boot(w->chassis[i].lab, &w->chassis[i].cfg);
}
