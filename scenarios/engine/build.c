/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a script to a lab, see build.h.
 *
 * A peer that is not told its address takes one beside the router's: the configuration says what
 * that is on the port.
 */
#include "scenarios/engine/build.h"

#include "base/net.h"
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

static bool settle_address(const struct script *s, const struct script_step *step,
	struct nethost_config *net, uint32_t *router, GError **error)
{
	const struct script_peer *p = &step->peer;
	uint32_t ip = 0, mask = 0;

	if (!scenario_port_address(s->config, p->ifindex, &ip, &mask) &&
		(!p->ip || !p->other)) {
		g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_FILE,
			"%s:%u: the configuration gives the port of peer %s no address: say "
			"one, and those of the peer with address and lns or gateway",
			step->file, step->line, p->name);
		return false;
	}
	net->ifindex = p->ifindex;
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
	struct peer_lac_config *lac = &w->lacs[w->cfg.n_lacs++];
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
	};
	if (!settle_address(s, step, &lac->net, &lac->lns_ip, error))
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
	struct peer_host_config *host = &w->hosts[w->cfg.n_hosts++];

	host->name = step->peer.name;
	host->radius = step->peer.radius;
	host->user = step->peer.user ? step->peer.user : "user";
	host->password = step->peer.password ? step->peer.password : "password";
	host->probe_pps = pps_down(s, &step->peer);
	w->probe_pps = MAX(w->probe_pps, host->probe_pps);
	return settle_address(s, step, &host->net, &host->net.gateway, error);
}

/* LACs first: their slots come first, too. */
static bool add_peers(struct scenario_world *w, const struct script *s, GError **error)
{
	for (unsigned lac = 2; lac-- > 0;)
		for (guint i = 0; i < s->peers->len; i++) {
			const struct script_step *step = s->peers->pdata[i];

			if (step->peer.lac != lac)
				continue;
			if (!(lac ? add_lac : add_host)(w, s, step, error))
				return false;
			w->peers[w->n_peers] = (struct stage_peer){ step->peer.name,
				SLOT_PEER + w->n_peers, lac };
			w->n_peers++;
		}
	return true;
}

static int add_bindings(struct scenario_world *w, const struct script *s, GError **error)
{
	for (guint i = 0; i < s->ports->len; i++) {
		const struct script_step *step = s->ports->pdata[i];
		g_autoptr(GError) why = NULL;
		int status = w->cfg.boards->check_port(step->kind, step->argument, &why);

		if (status) {
			g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_FILE, "%s:%u: %s",
				step->file, step->line, why->message);
			return status;
		}
		w->bindings[w->cfg.n_bindings++] = (struct lab_binding){
			step->link.ifindex, step->kind, step->argument };
	}
	return 0;
}

int scenario_world_init(struct scenario_world *w, const struct script *s,
	const struct lab_boards *boards, uint64_t seed, bool threads, GError **error)
{
	int status;

	*w = (struct scenario_world){ 0 };
	inventory_default(&w->inventory);
	if (s->inventory && s->inventory->len &&
		!inventory_parse(&w->inventory, s->inventory->str, s->file, error))
		return RUN_SCRIPT;
	w->cfg = (struct lab_config){
		.seed = seed,
		.boards = boards,
		.startup = s->config,
		.threads = threads && !s->real,
		.real = s->real,
		.inventory = &w->inventory,
		.lacs = w->lacs,
		.hosts = w->hosts,
		.bindings = w->bindings,
	};
	if (!add_peers(w, s, error))
		return RUN_SCRIPT;
	status = add_bindings(w, s, error);
	if (status)
		return status;
	w->lab = lab_new(&w->cfg);
	return 0;
}

void scenario_world_clear(struct scenario_world *w)
{
	lab_free(w->lab);
	w->lab = NULL;
}
