/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Life of a session.
 *
 *   ICRQ     vsession_new(): the FP punts its PPP frames from now on (H12), at most four
 *            are kept, since the link does not talk before ICCN: xl2tpd starts its pppd
 *            only then and throws earlier frames away
 *   ICCN     vsession_connect(): LCP starts
 *   AUTH     AAA is asked, which may take a while; an address is taken
 *   UP       IPCP is open: number of the virtual-access interface, the FP forwards
 *   the end  vsession_end() of close.c, whoever began it
 *
 * How PPP ended decides what the LAC is told (RFC 2661, section 4.4.2; the cause itself
 * is in the text): see cdn_of.
 */
#include "vpdn/internal.h"

#include <string.h>

#include "base/net.h"
#include "vpdn/dialin.h"
#include "vpdn/hop.h"
#include "vpdn/logging.h"
#include "vpdn/subscriber.h"

struct session *vsession_get(const struct vpdn *v, uint32_t number)
{
	struct session *s = slab_get(v->sessions, number);

	return s && !s->ended ? s : NULL;
}

struct session *vsession_find(const struct vpdn *v, uint16_t cc, uint16_t lsid)
{
	return vsession_get(v, index_get(v->by_l2tp, l2tp_key(cc, lsid)));
}

static struct group_use *group_ref(struct vpdn *v, const char *name)
{
	struct group_use *g = g_hash_table_lookup(v->groups, name);

	if (!g) {
		g = g_new0(struct group_use, 1);
		g->name = g_strdup(name);
		g_hash_table_insert(v->groups, g->name, g);
	}
	g->sessions++;
	return g;
}

static void group_unref(struct vpdn *v, struct group_use *g)
{
	if (--g->sessions == 0)
		g_hash_table_remove(v->groups, g->name);
}

struct session *vsession_new(
	struct vpdn *v, uint32_t number, uint16_t cc, uint16_t lsid, const char *group)
{
	struct session *s = number ? slab_take_at(v->sessions, number)
				   : slab_take(v->sessions, &number);

	if (!s)
		return NULL;
	s->number = number;
	s->cc = cc;
	s->lsid = lsid;
	s->group = group_ref(v, group);
	if (!cc) {
		s->role = SESSION_PPPOE;
		v->counts.pppoe++;
		return s;
	}
	index_put(v->by_l2tp, l2tp_key(cc, lsid), number);
	v->counts.sessions++;
	return s;
}

/* The counters of sessions are of L2TP sessions; PPPoE has its own. */
static int counted(const struct session *s)
{
	return s->role != SESSION_PPPOE;
}

void vsession_set_est(struct vpdn *v, struct session *s, bool est)
{
	v->counts.sessions_ha_est += counted(s) * (est - s->est);
	s->est = est;
}

void vsession_set_ha(struct vpdn *v, struct session *s, bool ha)
{
	v->counts.sessions_ha += counted(s) * (ha - s->ha);
	s->ha = ha;
}

void vsession_set_open(struct vpdn *v, struct session *s, bool open)
{
	if (counted(s))
		v->counts.sessions_open += open - s->open;
	else
		v->counts.pppoe_open += open - s->open;
	s->open = open;
}

bool vsession_replicated(const struct vpdn *v, const struct session *s)
{
	return s->role == SESSION_PPPOE ? s->ha : l2tp_cc_replicated(v->l2tp, s->cc);
}

void vsession_replicate(struct vpdn *v, struct session *s, bool on)
{
	if (s->linked)
		ppp_link_set_replicated(v->ppp, s->number, on);
	if (s->role == SESSION_PPPOE)
		pppoe_session_set_replicated(v->pppoe, s->pppoe, on);
}

struct tunnel *vsession_tunnel(struct vpdn *v, const struct session *s)
{
	const struct session *mate = s->role == SESSION_PPPOE ? hop_mate(v, s) : s;

	return mate ? vpdn_tunnel(v, mate->cc) : NULL;
}

GPtrArray *vsession_steal_early(struct session *s)
{
	return g_steal_pointer(&s->early);
}

void vsession_drop_early(struct session *s)
{
	g_autoptr(GPtrArray) early = vsession_steal_early(s);
}

void vsession_leave(struct vpdn *v, struct session *s)
{
	vsession_drop_early(s);
	vpdn_aaa_cancel(v, s->job);
	timer_cancel(v->clocks, &s->timer);
	g_clear_pointer(&s->kept, g_bytes_unref);
	if (s->cc && index_get(v->by_l2tp, l2tp_key(s->cc, s->lsid)) == s->number)
		index_del(v->by_l2tp, l2tp_key(s->cc, s->lsid));
	vsession_set_open(v, s, false);
	vsession_set_est(v, s, false);
	vsession_set_ha(v, s, false);
	if (counted(s))
		v->counts.sessions--;
	else
		v->counts.pppoe--;
	callee_drop(v, s);
	vpdn_group_free(g_steal_pointer(&s->given));
	g_clear_pointer(&s->username, g_free);
	g_clear_pointer(&s->onward, g_free);
	g_clear_pointer(&s->end_text, g_free);
	group_unref(v, g_steal_pointer(&s->group));
	s->ended = true;
}

void vsession_put(struct vpdn *v, struct session *s)
{
	if (!v->passive) {
		pools_put(v->pools, s->ip);
		ids_put(v->vaccess, s->vaccess);
	}
	slab_put(v->sessions, s->number);
}

void vsession_sweep(struct vpdn *v)
{
	for (unsigned i = 0; i < v->ended->len; i++)
		vsession_put(
			v, slab_get(v->sessions, g_array_index(v->ended, uint32_t, i)));
	g_array_set_size(v->ended, 0);
}

/* Without authentication nobody asks for the address later. */
static void take_address(struct vpdn *v, struct session *s)
{
	const struct vpdn_vtemplate *vt =
		vpdn_config_vtemplate(v->config, s->vtemplate, false);

	char ip[16];

	if (s->ip || !vt || (!vt->pool && !vt->peer_ip))
		return;
	if (vt->pool)
		s->ip = pools_take(v->pools, vt->pool);
	else if (pools_take_at(v->pools, vt->peer_ip))
		s->ip = vt->peer_ip;
	if (!s->ip && vt->pool)
		vpdn_log(v, LOG_SEV_WARNING, "NOADDRESS", "No free address in pool %s",
			vt->pool);
	else if (!s->ip)
		vpdn_log(v, LOG_SEV_WARNING, "NOADDRESS",
			"Address %s of Virtual-Template%u is in use",
			ipv4_to_str(vt->peer_ip, ip), vt->number);
}

void vsession_connect(struct vpdn *v, struct session *s)
{
	struct ppp_link_config cfg;
	bool has_template;

	if (s->linked || s->closing)
		return;
	hop_consider(v, s);
	if (s->role == SESSION_HOP_OUT) {
		hop_up(v, s);
		return;
	}
	if (s->role == SESSION_HOP_IN) {
		hop_begin(v, s);
		return;
	}
	has_template = vpdn_link_config(v, s, &cfg);
	if (has_template && cfg.auth[0] == PPP_AUTH_NONE && !cfg.lac) {
		take_address(v, s);
		cfg.peer_ip = s->ip;
	}
	if (!has_template || !vpdn_link_open(v, s, &cfg)) {
		vpdn_fail(v, s, s->cc, "No session resources",
			"Virtual template is gone");
		vsession_end(v, s, CDN_ERROR, ERROR_RESOURCES,
			"virtual template is gone", ACCT_NAS_ERROR);
		return;
	}
	s->linked = true;

	g_autoptr(GPtrArray) early = vsession_steal_early(s);

	for (unsigned i = 0; early && i < early->len; i++) {
		size_t len;
		const void *frame = g_bytes_get_data(g_ptr_array_index(early, i), &len);

		ppp_link_input(v->ppp, s->number, frame, len, v->now);
	}
}

void vsession_frame(struct vpdn *v, struct session *s, const uint8_t *frame, size_t len)
{
	if (s->open && s->mate && !s->iccn_waits) { /* the FP did not know yet */
		hop_frame(v, s, frame, len);
		return;
	}
	if (s->linked && !s->iccn_waits) {
		ppp_link_input(v->ppp, s->number, frame, len, v->now);
		return;
	}
	if (s->closing || len > EARLY_BYTES || (s->early && s->early->len >= EARLY_MAX))
		return;
	if (!s->early)
		s->early =
			g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_ptr_array_add(s->early, g_bytes_new(frame, len));
}

void vsession_login(struct vpdn *v, struct session *s, const struct ppp_effect *fx)
{
	static const uint8_t logins[] = {
		[PPP_AUTH_PAP] = AAA_LOGIN_PAP,
		[PPP_AUTH_CHAP] = AAA_LOGIN_CHAP,
		[PPP_AUTH_MSCHAP] = AAA_LOGIN_MSCHAP,
		[PPP_AUTH_MSCHAP2] = AAA_LOGIN_MSCHAP2,
	};
	struct aaa_login login = {
		.method = logins[fx->auth.method],
		.name = fx->auth.name,
		.password = fx->auth.password,
	};

	if (login.method != AAA_LOGIN_PAP) {
		login.id = fx->auth.id;
		login.challenge = fx->auth.challenge;
		login.challenge_len = fx->auth.challenge_len;
		login.response = fx->auth.response;
		login.response_len = fx->auth.response_len;
	}
	g_free(s->username);
	s->username = g_strdup(fx->auth.name);
	vpdn_ckpt_mark(v, s->number); /* its skeleton names the user (H10) */
	vpdn_aaa_login(v, s, &login);
}

void vsession_ppp_auth(struct vpdn *v, struct session *s, const struct ppp_effect *fx)
{
	if (s->closing)
		return;
	if (s->role == SESSION_PPPOE)
		subscriber_auth(v, s, fx);
	else if (fx->auth.method == PPP_AUTH_NONE) /* nothing that could be checked */
		vsession_authenticated(v, s, false, NULL, "");
	else
		vsession_login(v, s, fx);
}

/* An address that RADIUS gives is the subscriber's alone, as one of a pool is. */
static void take_given(struct vpdn *v, struct session *s, const struct profile *p)
{
	char ip[16];

	if (s->ip || !p)
		return;
	if (p->ip && pools_take_at(v->pools, p->ip))
		s->ip = p->ip;
	else if (p->ip)
		vpdn_log(v, LOG_SEV_WARNING, "NOADDRESS",
			"Address %s of the RADIUS profile is in use",
			ipv4_to_str(p->ip, ip));
	else if (p->pool)
		s->ip = pools_take(v->pools, p->pool);
}

void vsession_authenticated(struct vpdn *v, struct session *s, bool ok,
	const struct profile *p, const char *proof)
{
	const char *message = p ? p->message : NULL;
	g_autofree char *proved = NULL;

	if (s->closing)
		return;
	if (ok && s->role == SESSION_PPPOE && p && p->tunnels->len &&
		subscriber_forward(v, s, p))
		return;
	if (ok) {
		take_given(v, s, p);
		if (p && (p->dns[0] || p->dns[1]))
			ppp_link_set_dns(v->ppp, s->number, p->dns);
		if (!p || (!p->ip && !p->pool))
			take_address(v, s);
	} else if (!message) {
		message = "Authentication failed";
	}
	if (ok && proof[0]) /* MS-CHAPv2: the subscriber wants to see it */
		message = proved = message ? g_strconcat(proof, " M=", message, NULL)
					   : g_strdup(proof);
	ppp_link_auth_result(v->ppp, s->number, ok, s->ip, message, v->now);
}

void vsession_ppp_up(struct vpdn *v, struct session *s, const struct ppp_effect *fx)
{
	bool first = !s->open;

	if (s->closing)
		return;
	if (first) {
		s->vaccess = ids_take(v->vaccess);
		s->since = v->now;
		vsession_set_open(v, s, true);
		logging_user_up(v, s);
		vpdn_acct_start(v, s);
		vsession_set_clocks(v, s);
	}
	vpdn_link_tell_accm(v, s);
	vpdn_emit_fib(v, VPDN_FX_FIB_SESSION, s);
	if (s->role == SESSION_PPPOE) {
		vsession_set_ha(v, s, true);
		v->pppoe_events.local += first;
	}
	if (vsession_replicated(v, s))
		vsession_replicate(v, s, true);
	vpdn_ckpt_mark(v, s->number);
	vpdn_debug(v, "session %u: Vi2.%u %s", s->number, s->vaccess,
		first ? "is up" : "has negotiated again");
}

/* What the LAC is told, and what the history says (NULL: a normal end). */
static const struct {
	uint16_t result, error;
	enum acct_cause acct;
	const char *type;
} cdn_of[] = {
	/* clang-format off */
	[PPP_CAUSE_NONE]         = { CDN_CARRIER,       0, ACCT_LOST_CARRIER, NULL },
	[PPP_CAUSE_ADMIN]        = { CDN_ADMIN,         0, ACCT_ADMIN_RESET,  NULL },
	[PPP_CAUSE_NO_PROXY]     = { CDN_ADMIN,         0, ACCT_NAS_ERROR,    "Negotiation failed" },
	[PPP_CAUSE_NORMAL]       = { CDN_CARRIER,       0, ACCT_USER_REQUEST, NULL },
	[PPP_CAUSE_LCP_TIMEOUT]  = { CDN_CARRIER,       0, ACCT_LOST_CARRIER, "Negotiation failed" },
	[PPP_CAUSE_LCP_SILENT]   = { CDN_CARRIER,       0, ACCT_LOST_CARRIER, "Negotiation failed" },
	[PPP_CAUSE_LOOP]         = { CDN_CARRIER,       0, ACCT_LOST_CARRIER, "Negotiation failed" },
	[PPP_CAUSE_ECHO]         = { CDN_CARRIER,       0, ACCT_LOST_CARRIER, "Peer timed out" },
	[PPP_CAUSE_AUTH_TIMEOUT] = { CDN_ADMIN,         0, ACCT_NAS_ERROR,    "Failed to authenticate" },
	[PPP_CAUSE_AUTH_REFUSED] = { CDN_ADMIN,         0, ACCT_NAS_ERROR,    "Failed to authenticate" },
	[PPP_CAUSE_AUTH_FAILED]  = { CDN_ADMIN,         0, ACCT_NAS_ERROR,    "Failed to authenticate" },
	[PPP_CAUSE_NCP_TIMEOUT]  = { CDN_ADMIN,         0, ACCT_NAS_ERROR,    "Negotiation failed" },
	[PPP_CAUSE_NO_NCP]       = { CDN_ADMIN,         0, ACCT_NAS_ERROR,    "Negotiation failed" },
	[PPP_CAUSE_NO_ADDRESS]   = { CDN_NO_FACILITIES, 0, ACCT_NAS_ERROR,    "No address" },
	/* clang-format on */
};

static void log_down(struct vpdn *v, const struct session *s, enum ppp_cause cause)
{
	char user[64];

	failures_text(user, sizeof(user), s->username);
	if (cause == PPP_CAUSE_AUTH_FAILED)
		vpdn_log(v, LOG_SEV_INFO, "AUTHENFAIL",
			"%s, authentication failure for user %s",
			s->role == SESSION_PPPOE ? "PPPoE" : "L2TP LNS", user);
}

void vsession_ppp_down(struct vpdn *v, struct session *s, const struct ppp_effect *fx)
{
	enum ppp_cause cause =
		(size_t)fx->cause < G_N_ELEMENTS(cdn_of) ? fx->cause : PPP_CAUSE_NONE;
	const char *text = ppp_cause_text(cause);

	if (s->closing)
		return;
	log_down(v, s, cause);
	if (cdn_of[cause].type || v->config->history_normal)
		vpdn_fail(v, s, s->cc,
			cdn_of[cause].type ? cdn_of[cause].type : "Normal disconnect", text);
	s->end_ppp = (uint8_t)cause;
	s->end_ppp_by_peer = fx->by_peer;
	vsession_end(v, s, cdn_of[cause].result ? cdn_of[cause].result : CDN_CARRIER,
		cdn_of[cause].error, text,
		s->hint ? (enum acct_cause)s->hint : cdn_of[cause].acct);
}

/* The subscriber said goodbye: that its line goes as well is no news. */
static bool has_left(const struct vpdn *v, const struct session *s)
{
	struct ppp_link_info link;

	return s->linked && ppp_link_get(v->ppp, s->number, &link) &&
	       link.phase == PPP_PHASE_TERMINATE;
}

static enum acct_cause acct_of(
	const struct vpdn *v, const struct session *s, const struct l2tp_cause *cause)
{
	switch (cause->by) {
	case L2TP_BY_PEER:
		if (has_left(v, s))
			return ACCT_USER_REQUEST;
		return cause->result == CDN_ADMIN ? ACCT_ADMIN_RESET
						  : ACCT_LOST_CARRIER;
	case L2TP_BY_LOCAL:
		return ACCT_ADMIN_RESET;
	case L2TP_BY_TIMEOUT:
		return ACCT_LOST_SERVICE;
	case L2TP_BY_PROTOCOL:
		break;
	}
	return ACCT_NAS_ERROR;
}

void vsession_l2tp_down(
	struct vpdn *v, struct session *s, const struct l2tp_cause *cause)
{
	char reason[96];

	if (!s->closing)
		logging_user_dropped(v, s, cause);
	if (!s->closing && (!failures_is_normal(cause) || v->config->history_normal)) {
		failures_session_reason(cause, reason, sizeof(reason));
		vpdn_fail(v, s, s->cc, failures_session_type(cause), reason);
	}
	if (!hop_retry(v, s, cause))
		hop_end_mate(v, s, cause, acct_of(v, s, cause));
	vsession_end(v, s, 0, 0, NULL, acct_of(v, s, cause));
}
