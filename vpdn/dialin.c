/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calls that we place; see dialin.h.
 */
#include "vpdn/dialin.h"

#include "base/net.h"
#include "vpdn/internal.h"
#include "vpdn/subscriber.h"

#include <string.h>

static void callee_free(void *data)
{
	struct callee *c = data;

	g_free(c->key);
	g_free(c);
}

void callees_init(struct vpdn *v)
{
	v->callees = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, callee_free);
}

void callees_deinit(struct vpdn *v)
{
	g_hash_table_unref(v->callees);
}

static char *make_key(const char *group, uint32_t ip)
{
	return g_strdup_printf("%08x %s", ip, group);
}

static struct callee *find(const struct vpdn *v, const char *group, uint32_t ip)
{
	g_autofree char *key = make_key(group, ip);

	return g_hash_table_lookup(v->callees, key);
}

static struct callee *get(struct vpdn *v, const char *group, uint32_t ip)
{
	struct callee *c = find(v, group, ip);

	if (c)
		return c;
	c = g_new0(struct callee, 1);
	c->key = make_key(group, ip);
	c->busy_until = BASE_TIME_ZERO;
	g_hash_table_insert(v->callees, c->key, c);
	return c;
}

/* Of a tunnel; NULL when another one has taken its place. */
static struct callee *of_tunnel(const struct vpdn *v, const struct tunnel *t)
{
	struct callee *c = t ? find(v, t->group, t->path.remote_ip) : NULL;

	return c && c->cc == t->cc ? c : NULL;
}

/* Sessions are counted by group and address, whichever tunnel they are in. */
void callee_take(struct vpdn *v, struct session *s)
{
	const struct tunnel *t = vpdn_tunnel(v, s->cc);

	if (!t || s->counted)
		return;
	s->callee_ip = t->path.remote_ip;
	s->counted = true;
	get(v, s->group->name, s->callee_ip)->sessions++;
}

/* Nothing is known of it that could not be known again. */
static void forget(struct vpdn *v, struct callee *c)
{
	if (!c->cc && !c->sessions && !time_before(v->now, c->busy_until))
		g_hash_table_remove(v->callees, c->key);
}

void callee_drop(struct vpdn *v, struct session *s)
{
	struct callee *c = s->counted ? find(v, s->group->name, s->callee_ip) : NULL;

	if (!c)
		return;
	s->counted = false;
	c->sessions--;
	forget(v, c);
}

void callee_tunnel_up(struct vpdn *v, uint16_t cc)
{
	struct callee *c = of_tunnel(v, vpdn_tunnel(v, cc));

	if (c)
		c->up = true;
}

void callee_tunnel_down(struct vpdn *v, uint16_t cc, const struct l2tp_cause *cause)
{
	const struct tunnel *t = vpdn_tunnel(v, cc);
	struct callee *c = of_tunnel(v, t);
	const struct vpdn_group *g;

	if (!c)
		return;
	g = vpdn_config_group(v->config, t->group, false);
	if (cause->by != L2TP_BY_LOCAL && (!c->up || cause->by == L2TP_BY_TIMEOUT))
		c->busy_until = time_add(v->now,
			dur_s(vpdn_config_number(v->config, g, VPDN_SET_BUSY)));
	c->cc = 0;
	c->up = false;
	forget(v, c);
}

void callees_rebuild(struct vpdn *v)
{
	struct l2tp_cc_info info;
	uint32_t cursor = 0, n = 0;
	struct session *s;

	g_hash_table_remove_all(v->callees);
	while (l2tp_next_cc(v->l2tp, &cursor, &info)) {
		struct callee *c;

		if (!info.lac || info.state != L2TP_CC_ESTABLISHED)
			continue;
		c = get(v, info.params.group, info.path.remote_ip);
		c->cc = info.id;
		c->up = true;
	}
	while ((s = slab_next(v->sessions, n, &n)))
		if (s->role == SESSION_HOP_OUT && !s->ended)
			callee_take(v, s);
}

/* ---- which one ---- */

enum rank { RANK_NEW, RANK_OPEN, RANK_PENDING, RANK_NONE };

static enum rank rank_of(const struct vpdn *v, const struct vpdn_target *t,
	const struct callee *c)
{
	if (t->limit_set && (c ? c->sessions : 0) >= t->limit)
		return RANK_NONE;
	if (c && time_before(v->now, c->busy_until))
		return RANK_NONE;
	if (!c || !c->cc)
		return RANK_NEW;
	return c->up ? RANK_OPEN : RANK_PENDING;
}

int callee_choose(struct vpdn *v, const struct vpdn_group *g, uint32_t tried)
{
	unsigned least = 0, equals = 0;
	enum rank best = RANK_NONE;
	uint16_t priority = 0;
	int chosen = -1;

	for (unsigned i = 0; i < g->targets->len; i++) {
		const struct vpdn_target *t =
			&g_array_index(g->targets, struct vpdn_target, i);
		const struct callee *c = find(v, g->name, t->ip);
		enum rank rank = tried & UINT32_C(1) << i ? RANK_NONE : rank_of(v, t, c);
		unsigned sessions = c ? c->sessions : 0;

		if (chosen >= 0 && t->priority != priority)
			break; /* they are sorted */
		if (rank == RANK_NONE || rank > best)
			continue;
		if (rank < best || (rank != RANK_NEW && sessions < least))
			equals = 0;
		else if (rank != RANK_NEW)
			continue;
		best = rank;
		least = sessions;
		priority = t->priority;
		/* Each of n equals is chosen with probability 1/n. */
		if (rng_below(&v->rng, ++equals) == 0)
			chosen = (int)i;
	}
	return chosen;
}

/* ---- placing ---- */

/* The tunnel to a target, opened when there is none; 0: that is not possible. */
static uint16_t tunnel_to(
	struct vpdn *v, const struct vpdn_group *g, const struct vpdn_target *t)
{
	struct callee *c = get(v, g->name, t->ip);
	struct l2tp_cc_params params;
	uint32_t source = vpdn_config_number(v->config, g, VPDN_SET_SOURCE_IP);
	struct tunnel *made;
	struct l2tp_path path = {
		.local_ip = source		   ? source
			    : v->config->source_ip ? v->config->source_ip
						   : t->local_ip,
		.remote_ip = t->ip,
		.local_port = L2TP_UDP_PORT,
		.remote_port = L2TP_UDP_PORT,
	};

	if (c->cc)
		return c->cc;
	if (!path.local_ip)
		return 0;
	vpdn_cc_params(v->config, g, &params);
	c->cc = l2tp_cc_open(v->l2tp, &path, &params, v->now);
	c->up = false;
	g_hash_table_remove(v->tunnels, GUINT_TO_POINTER(c->cc)); /* of an earlier one */
	made = vpdn_tunnel(v, c->cc);
	if (made && vpdn_is_given(g->name))
		made->no_ha = !vpdn_config_number(v->config, g, VPDN_SET_SSO);
	return c->cc;
}

static bool wants_numbers(struct vpdn *v, uint16_t cc)
{
	const struct vpdn_group *g =
		vpdn_config_group(v->config, vpdn_tunnel(v, cc)->group, false);

	return vpdn_config_number(v->config, g, VPDN_SET_SEQUENCING);
}

/* A subscriber's call; its id, 0: that is not possible. */
static uint16_t open_first(struct vpdn *v, uint16_t cc, const struct session *in)
{
	struct subscriber_facts f;

	if (!cc || !subscriber_facts(v, in, &f))
		return 0;
	f.call.sequencing = wants_numbers(v, cc);
	return l2tp_session_open_with(
		v->l2tp, cc, &f.call, f.has_line ? &f.line : NULL, &f.proxy, v->now);
}

/* The same call in another tunnel; its id, 0: that is not possible. */
static uint16_t open_again(struct vpdn *v, uint16_t cc, const struct session *in)
{
	struct l2tp_session_info info;
	struct l2tp_proxy proxy;
	struct l2tp_line line;
	bool has_line, has_proxy;

	if (!cc || !l2tp_session_get(v->l2tp, in->cc, in->lsid, &info))
		return 0;
	info.call.sequencing |= wants_numbers(v, cc);
	has_line = l2tp_session_line(v->l2tp, in->cc, in->lsid, &line);
	has_proxy = l2tp_session_proxy(v->l2tp, in->cc, in->lsid, &proxy);
	return l2tp_session_open_with(v->l2tp, cc, &info.call, has_line ? &line : NULL,
		has_proxy ? &proxy : NULL, v->now);
}

struct session *dialin_call(struct vpdn *v, const struct vpdn_group *g, unsigned target,
	const struct session *in)
{
	const struct vpdn_target *t = &g_array_index(g->targets, struct vpdn_target, target);
	uint16_t cc = tunnel_to(v, g, t);
	uint16_t lsid = in->role == SESSION_PPPOE ? open_first(v, cc, in)
						  : open_again(v, cc, in);
	struct session *s = lsid ? vsession_new(v, 0, cc, lsid, g->name) : NULL;

	if (!s) {
		if (lsid)
			l2tp_session_close(v->l2tp, cc, lsid, CDN_ERROR, ERROR_RESOURCES,
				"too many sessions", v->now);
		forget(v, get(v, g->name, t->ip));
		return NULL;
	}
	s->role = SESSION_HOP_OUT;
	s->unique_id = ++v->last_unique;
	vsession_set_ha(v, s, vpdn_tunnel(v, cc)->ha);
	callee_take(v, s);
	vpdn_emit_fib(v, VPDN_FX_FIB_SESSION, s);
	vpdn_ckpt_mark(v, s->number);
	return s;
}
