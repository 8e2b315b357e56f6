/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the configuration says to a peer that wants a tunnel or a call, and the settings
 * that tunnels and links then get.  Defaults are those of ios-cli.md 3.2; the engines
 * have the same, so a zero is passed on as it is, except where zero means "none" to
 * them.
 *
 * The secret of a tunnel is the group's password; without one, as IOS does, the
 * password of the user that has the tunnel's local name.  With neither there is nothing
 * to check a peer by: it is then accepted without a challenge, as with "no l2tp tunnel
 * authentication".
 */
#include "vpdn/hop.h"
#include "vpdn/internal.h"
#include "ppp/pppoe.h"

#include <string.h>

struct refusal {
	uint16_t result, error;
	const char *text;
};

const char *vpdn_local_name(const struct vpdn_config *c, const struct vpdn_group *g)
{
	const char *name = vpdn_config_text(c, g, VPDN_SET_LOCAL_NAME);

	return name ? name : c->hostname ? c->hostname : "Router";
}

static const char *secret_of(const struct vpdn_config *c, const struct vpdn_group *g)
{
	const char *password = vpdn_config_text(c, g, VPDN_SET_PASSWORD);
	const struct vpdn_user *u;

	if (password)
		return password;
	u = g_hash_table_lookup(c->users, vpdn_local_name(c, g));
	return u ? u->password : "";
}

bool vpdn_ha_wanted(const struct vpdn_config *c, const struct vpdn_group *g)
{
	return !c->no_l2tp_sso && vpdn_config_number(c, g, VPDN_SET_SSO);
}

void vpdn_cc_params(const struct vpdn_config *c, const struct vpdn_group *g,
	struct l2tp_cc_params *p)
{
	memset(p, 0, sizeof(*p));
	g_strlcpy(p->local_name, vpdn_local_name(c, g), sizeof(p->local_name));
	g_strlcpy(p->secret, secret_of(c, g), sizeof(p->secret));
	g_strlcpy(p->group, g->name, sizeof(p->group));
	p->challenge = vpdn_config_number(c, g, VPDN_SET_AUTHENTICATION) && p->secret[0];
	p->hello_s = (uint16_t)vpdn_config_number(c, g, VPDN_SET_HELLO);
	p->rws = (uint16_t)vpdn_config_number(c, g, VPDN_SET_RWS);
	p->retries = (uint16_t)vpdn_config_number(c, g, VPDN_SET_RETRIES);
	p->initial_retries = (uint16_t)vpdn_config_number(c, g, VPDN_SET_INITIAL_RETRIES);
	p->initial_min_s = (uint8_t)vpdn_config_number(c, g, VPDN_SET_INITIAL_MIN);
	p->initial_max_s = (uint8_t)vpdn_config_number(c, g, VPDN_SET_INITIAL_MAX);
	p->timeout_min_s = (uint8_t)vpdn_config_number(c, g, VPDN_SET_TIMEOUT_MIN);
	p->timeout_max_s = (uint8_t)vpdn_config_number(c, g, VPDN_SET_TIMEOUT_MAX);
	p->zlb_delay_ms = (uint16_t)vpdn_config_number(c, g, VPDN_SET_ZLB_DELAY);
	if (vpdn_config_is_set(c, g, VPDN_SET_NO_SESSION)) /* to the engine 0 is the default */
		p->no_session_s = MAX(vpdn_config_number(c, g, VPDN_SET_NO_SESSION), 1);
	p->no_tie_breaker = true;
	p->ha = vpdn_ha_wanted(c, g);
	p->resync = (uint16_t)vpdn_config_number(c, g, VPDN_SET_RESYNC);
	p->setup_s = (uint16_t)vpdn_config_number(c, g, VPDN_SET_SETUP);
	p->peer_window = (uint16_t)vpdn_config_number(c, g, VPDN_SET_QUIRK_WINDOW);
	p->hide = vpdn_config_number(c, g, VPDN_SET_HIDDEN);
	p->no_congestion_control = c->no_congestion_control;
}

/* Why this peer gets no tunnel; text NULL: it does, from *group. */
static struct refusal judge_tunnel(
	const struct vpdn *v, const char *peer_name, const struct vpdn_group **group)
{
	*group = v->config->enable ? vpdn_config_accept(v->config, peer_name) : NULL;
	if (!v->config->enable)
		return (struct refusal){ STOPCCN_NOT_AUTHORIZED, 0,
			"VPDN is not enabled" };
	if (!*group)
		return (struct refusal){ STOPCCN_NOT_AUTHORIZED, 0,
			"no VPDN group for this host" };
	if (!v->accepting)
		return (struct refusal){ STOPCCN_ERROR, ERROR_RESOURCES,
			"not ready for tunnels yet" };
	return (struct refusal){ 0 };
}

static void tunnel_refused(struct vpdn *v, uint16_t cc)
{
	struct l2tp_cc_info info;
	struct tunnel t = { .cc = cc };

	if (!l2tp_cc_get(v->l2tp, cc, &info))
		return;
	t.path = info.path;
	g_strlcpy(t.peer_name, info.peer_name ? info.peer_name : "", sizeof(t.peer_name));
	vpdn_acct_tunnel_refused(v, &t);
}

static void refuse_tunnel(
	struct vpdn *v, uint16_t cc, const char *name, const struct refusal *no)
{
	char shown[64];

	failures_text(shown, sizeof(shown), name);
	vpdn_log(v, LOG_SEV_INFO, "REFUSED", "L2TP tunnel from %s refused, %s", shown,
		no->text);
	vpdn_fail(v, NULL, cc, "Tunnel setup failed", no->text);
	tunnel_refused(v, cc);
	l2tp_cc_reject(v->l2tp, cc, no->result, no->error, no->text, v->now);
}

#define BEATS(to, from) ((to) = (from) ? (from) : (to))

/* What RADIUS says of the tunnel beats its group (ios-cli.md 15), but for HA switched off. */
static void apply_profile(const struct vpdn_config *c, const struct vpdn_group *g,
	const struct profile *pr, struct l2tp_cc_params *p)
{
	const char *secret = pr->password;

	if (!secret && pr->tunnels->len)
		secret = ((const struct profile_tunnel *)pr->tunnels->pdata[0])->password;
	if (pr->tunnel_id)
		g_strlcpy(p->local_name, pr->tunnel_id, sizeof(p->local_name));
	if (secret)
		g_strlcpy(p->secret, secret, sizeof(p->secret));
	if (secret || pr->authen)
		p->challenge = pr->authen != PROFILE_NO && p->secret[0];
	if (pr->hello_set)
		p->hello_s = pr->hello_s;
	BEATS(p->rws, pr->rws);
	BEATS(p->retries, pr->retries);
	BEATS(p->initial_retries, pr->initial_retries);
	BEATS(p->initial_min_s, pr->initial_min_s);
	BEATS(p->initial_max_s, pr->initial_max_s);
	BEATS(p->timeout_min_s, pr->timeout_min_s);
	BEATS(p->timeout_max_s, pr->timeout_max_s);
	BEATS(p->no_session_s, pr->nosession_s);
	if (pr->setup_s)
		p->setup_s = (uint16_t)pr->setup_s; /* at most 6000 */
	if (pr->hidden)
		p->hide = pr->hidden == PROFILE_YES;
	p->ha = profile_ha(pr, !c->no_l2tp_sso, vpdn_config_number(c, g, VPDN_SET_SSO));
	p->resync = profile_resync(pr, p->resync);
}

void vpdn_cc_answer(struct vpdn *v, uint16_t cc, const char *name, bool authorized,
	const struct profile *pr)
{
	const struct vpdn_group *g;
	struct refusal no = judge_tunnel(v, name, &g);
	struct l2tp_cc_params params;
	struct tunnel *t;

	if (!no.text && !authorized)
		no = (struct refusal){ STOPCCN_NOT_AUTHORIZED, 0,
			"tunnel authorization failed" };
	if (no.text) {
		refuse_tunnel(v, cc, name, &no);
		return;
	}
	vpdn_cc_params(v->config, g, &params);
	if (pr)
		apply_profile(v->config, g, pr, &params);
	l2tp_cc_accept(v->l2tp, cc, &params, v->now);
	g_hash_table_remove(
		v->tunnels, GUINT_TO_POINTER(cc)); /* of an earlier one */
	t = vpdn_tunnel(v, cc);
	if (t)
		t->no_ha = pr && pr->ha == PROFILE_NO;
}

void vpdn_cc_request(struct vpdn *v, const struct l2tp_effect *fx)
{
	const struct vpdn_group *g;
	g_autofree char *name = g_strdup(fx->peer_name ? fx->peer_name : "");
	struct refusal no = judge_tunnel(v, name, &g);

	if (!no.text && vpdn_aaa_peer(v, fx->cc, name))
		return; /* the answer comes later */
	vpdn_cc_answer(v, fx->cc, name, true, NULL);
}

static unsigned sessions_of(const struct vpdn *v, const struct vpdn_group *g)
{
	const struct group_use *use = g_hash_table_lookup(v->groups, g->name);

	return use ? use->sessions : 0;
}

/* Do the groups of one of its templates have all the sessions that they may have together? */
static bool template_full(const struct vpdn *v, const struct vpdn_group *g)
{
	const struct vpdn_template *t[VPDN_TEMPLATE_DEPTH + 1];
	const struct vpdn_template *of[VPDN_TEMPLATE_DEPTH + 1];

	vpdn_config_templates(v->config, g, t);
	for (unsigned i = 0; t[i]; i++) {
		unsigned sessions = 0;

		for (guint k = 0; t[i]->group_limit && k < v->config->groups->len; k++) {
			const struct vpdn_group *other = v->config->groups->pdata[k];

			vpdn_config_templates(v->config, other, of);
			if (of[0] == t[i] || (of[0] && of[1] == t[i]))
				sessions += sessions_of(v, other);
		}
		if (t[i]->group_limit && sessions >= t[i]->group_limit)
			return true;
	}
	return false;
}

bool vpdn_group_full(const struct vpdn *v, const struct vpdn_group *g)
{
	return (vpdn_config_is_set(v->config, g, VPDN_SET_SESSION_LIMIT) &&
		       sessions_of(v, g) >=
			       vpdn_config_number(v->config, g, VPDN_SET_SESSION_LIMIT)) ||
	       template_full(v, g);
}

/* Why this call gets no session; onward: it does not end here. */
static struct refusal judge_call(
	const struct vpdn *v, const struct vpdn_group *g, bool onward)
{
	if (!g)
		return (struct refusal){ CDN_NO_FACILITIES, 0, "VPDN group is gone" };
	if (!v->accepting)
		return (struct refusal){ CDN_ERROR, ERROR_RESOURCES,
			"not ready for calls yet" };
	if (v->config->softshut)
		return (struct refusal){ CDN_ADMIN, 0, "vpdn softshut" };
	if (v->config->session_limit && v->counts.sessions >= v->config->session_limit)
		return (struct refusal){ CDN_ERROR, ERROR_RESOURCES, "VPDN session limit" };
	/* On a multihop node the user's name may still send it on. */
	if (!onward && !v->config->multihop && !vpdn_config_vtemplate(v->config, g->virtual_template, false))
		return (struct refusal){ CDN_ERROR, ERROR_RESOURCES,
			"no virtual template" };
	if (vpdn_group_full(v, g))
		return (struct refusal){ CDN_ERROR, ERROR_RESOURCES,
			"session limit of the group" };
	if (vpdn_acct_full(v))
		return (struct refusal){ CDN_ERROR, ERROR_RESOURCES,
			"accounting is behind" };
	if (slab_count(v->sessions) >= v->max_sessions)
		return (struct refusal){ CDN_ERROR, ERROR_RESOURCES,
			"too many sessions" };
	return (struct refusal){ 0 };
}

static const char *refusal_type(const struct refusal *r)
{
	return strstr(r->text, "limit") ? "Session limit exceeded"
					: "No session resources";
}

void vpdn_session_request(struct vpdn *v, const struct l2tp_effect *fx)
{
	const struct tunnel *t = vpdn_tunnel(v, fx->cc);
	const struct vpdn_group *g =
		t ? vpdn_config_group(v->config, t->group, false) : NULL;
	const struct vpdn_group *onward =
		t ? hop_group(v, t->peer_name, &fx->call) : NULL;
	struct refusal no = judge_call(v, g, onward != NULL);

	if (no.text) {
		vpdn_fail(v, NULL, fx->cc, refusal_type(&no), no.text);
		l2tp_session_reject(v->l2tp, fx->cc, fx->session, no.result, no.error,
			no.text, v->now);
		return;
	}

	struct session *s = vsession_new(v, 0, fx->cc, fx->session, g->name);

	if (onward) {
		s->role = SESSION_HOP_IN;
		s->onward = g_strdup(onward->name);
	} else {
		s->vtemplate = g->virtual_template;
	}
	s->unique_id = ++v->last_unique;
	s->acct = accts_number(&v->accts);
	vsession_set_ha(v, s, t->ha);
	l2tp_session_accept(v->l2tp, fx->cc, fx->session, v->now);
	vpdn_emit_fib(v, VPDN_FX_FIB_SESSION, s);
	vpdn_ckpt_mark(v, s->number);
}
