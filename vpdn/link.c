/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The PPP link of a session that ends here: its settings, and how it begins.
 *
 * Without proxy AVPs in the ICCN LCP begins as on any link.  With them (RFC 2661, section
 * 4.4.5) it may be open without a packet, and the login that the LAC has heard is checked as if
 * we had heard it; `lcp renegotiation` and `force-local-chap` say whether we want that.  What
 * PPP has taken is not kept any longer: the link has its own record.
 *
 * ACCMs that we have negotiated are the LAC's business too: it is told by Set-Link-Info, if
 * the subscriber's line is an asynchronous one.
 */
#include "vpdn/internal.h"

#include <string.h>

enum {
	FRAMING_ASYNC = 2, /* RFC 2661, section 4.4.4 */
};

#define ACCM_ALL UINT32_MAX

/* The LAC's settings; frames have to fit (RFC 2516, section 7). */
static void fit_pppoe(
	const struct vpdn *v, const struct session *s, struct ppp_link_config *out)
{
	struct pppoe_session_info info;

	out->lac = true;
	if (!pppoe_session_get(v->pppoe, s->pppoe, &info))
		return;
	out->mru = MIN(out->mru, info.mtu);
	out->peer_mru_max = info.mtu;
}

bool vpdn_link_config(
	const struct vpdn *v, const struct session *s, struct ppp_link_config *out)
{
	const struct vpdn_vtemplate *vt =
		vpdn_config_vtemplate(v->config, s->vtemplate, false);
	const struct vpdn_group *g =
		vpdn_config_group(v->config, s->group->name, false);

	if (!vt)
		return false;
	memset(out, 0, sizeof(*out));
	memcpy(out->auth, vt->auth, sizeof(out->auth));
	g_strlcpy(out->name, vpdn_local_name(v->config, g), sizeof(out->name));
	out->mru = vt->mtu ? vt->mtu : VPDN_MTU_DEFAULT;
	out->local_ip = vt->ip ? vt->ip : vt->local_ip;
	out->peer_ip = s->ip;
	out->dns[0] = vt->dns[0];
	out->dns[1] = vt->dns[1];
	out->restart_s = vt->timeout_retry_s;
	out->auth_s = vt->timeout_auth_s;
	out->max_configure = vt->max_configure;
	out->max_terminate = vt->max_terminate;
	out->max_failure = vt->max_failure;
	out->max_bad_auth = vt->max_bad_auth;
	out->renegotiate = vpdn_config_number(v->config, g, VPDN_SET_RENEGOTIATION);
	out->force_chap = vpdn_config_number(v->config, g, VPDN_SET_FORCE_CHAP);
	if (s->role == SESSION_PPPOE)
		fit_pppoe(v, s, out);
	return true;
}

static void to_ppp(const struct l2tp_proxy *from, struct ppp_proxy *to)
{
	*to = (struct ppp_proxy){
		.first_received = from->initial_lcp.p,
		.first_received_len = from->initial_lcp.len,
		.last_sent = from->last_sent_lcp.p,
		.last_sent_len = from->last_sent_lcp.len,
		.last_received = from->last_received_lcp.p,
		.last_received_len = from->last_received_lcp.len,
		.authen_type = from->auth_type,
		.name = from->auth_name.p,
		.name_len = from->auth_name.len,
		.challenge = from->auth_challenge.p,
		.challenge_len = from->auth_challenge.len,
		.response = from->auth_response.p,
		.response_len = from->auth_response.len,
		.has_id = from->auth_type == L2TP_PROXY_CHAP ||
			  from->auth_type == L2TP_PROXY_PAP ||
			  from->auth_type == L2TP_PROXY_MSCHAP,
		.id = from->auth_id,
	};
}

bool vpdn_link_open(struct vpdn *v, struct session *s, const struct ppp_link_config *cfg)
{
	struct l2tp_proxy theirs;
	struct ppp_proxy proxy;
	bool opened;

	if (!l2tp_session_proxy(v->l2tp, s->cc, s->lsid, &theirs))
		return ppp_link_open(v->ppp, s->number, cfg, v->now);
	to_ppp(&theirs, &proxy);
	opened = ppp_link_open_proxied(v->ppp, s->number, cfg, &proxy, v->now);
	l2tp_session_forget_proxy(v->l2tp, s->cc, s->lsid, v->now);
	return opened;
}

void vpdn_link_tell_accm(struct vpdn *v, const struct session *s)
{
	struct ppp_link_info link;
	struct l2tp_session_info l2tp;

	if (s->role != SESSION_LNS || !ppp_link_get(v->ppp, s->number, &link) ||
		link.lcp_proxied || !l2tp_session_get(v->l2tp, s->cc, s->lsid, &l2tp) ||
		l2tp.call.framing_type != FRAMING_ASYNC)
		return;
	/* What the LAC assumes until it is told (RFC 2661, section 4.4.6). */
	if (!l2tp.accm_known)
		l2tp.accm[0] = ACCM_ALL;
	/* We do not ask for one, so all that we get may be escaped. */
	if (l2tp.accm[0] != link.peer_accm)
		(void)l2tp_session_sli(
			v->l2tp, s->cc, s->lsid, link.peer_accm, ACCM_ALL, v->now);
}
