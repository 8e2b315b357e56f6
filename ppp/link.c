/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One link: settings, phases (RFC 1661 section 3.2) and its end.
 *
 *   LCP opened -> authentication -> IPCP opened; LCP finished: the link is down
 *
 * The phase is not stored: it follows from the states of LCP, authentication and IPCP.
 */
#include "ppp/internal.h"

const char *ppp_phase_name(enum ppp_phase p)
{
	switch (p) {
	case PPP_PHASE_DEAD:
		return "dead";
	case PPP_PHASE_ESTABLISH:
		return "establish";
	case PPP_PHASE_AUTHENTICATE:
		return "authenticate";
	case PPP_PHASE_NETWORK:
		return "network";
	case PPP_PHASE_OPEN:
		return "open";
	case PPP_PHASE_TERMINATE:
		return "terminate";
	case PPP_PHASE_FORWARDED:
		return "forwarded";
	}
	return "?";
}

const char *ppp_cause_text(enum ppp_cause c)
{
	switch (c) {
	case PPP_CAUSE_NONE:
		return "no information";
	case PPP_CAUSE_ADMIN:
		return "administrative disconnect";
	case PPP_CAUSE_NO_PROXY:
		return "no usable proxy LCP";
	case PPP_CAUSE_NORMAL:
		return "normal disconnect";
	case PPP_CAUSE_LCP_TIMEOUT:
		return "LCP failed to converge";
	case PPP_CAUSE_LCP_SILENT:
		return "LCP peer silent";
	case PPP_CAUSE_LOOP:
		return "LCP magic number error, looped line";
	case PPP_CAUSE_ECHO:
		return "LCP echo time-out";
	case PPP_CAUSE_AUTH_TIMEOUT:
		return "authentication timed out";
	case PPP_CAUSE_AUTH_REFUSED:
		return "authentication protocol refused";
	case PPP_CAUSE_AUTH_FAILED:
		return "authentication failed";
	case PPP_CAUSE_NCP_TIMEOUT:
		return "NCP no negotiation completed";
	case PPP_CAUSE_NO_NCP:
		return "no NCPs available";
	case PPP_CAUSE_NO_ADDRESS:
		return "NCP addresses failed to converge";
	}
	return "unknown";
}

enum ppp_phase ppp_link_phase(const struct ppp_link *l)
{
	const struct cp *lcp = &l->cp[CP_LCP];

	if (l->told)
		return PPP_PHASE_DEAD;
	if (l->forwarded)
		return PPP_PHASE_FORWARDED;
	if (fsm_negotiating(lcp->state))
		return PPP_PHASE_ESTABLISH;
	if (lcp->state != FSM_OPENED)
		return PPP_PHASE_TERMINATE;
	if (l->auth.state == AUTH_PENDING || l->auth.state == AUTH_WAIT ||
		(l->auth.method != PPP_AUTH_NONE && l->auth.state != AUTH_OK))
		return PPP_PHASE_AUTHENTICATE;
	return l->cp[CP_IPCP].state == FSM_OPENED ? PPP_PHASE_OPEN : PPP_PHASE_NETWORK;
}

void ppp_link_fail(struct ppp_link *l, enum ppp_cause cause, bool by_peer)
{
	if (l->failed)
		return;
	l->failed = true;
	l->cause = (uint8_t)cause;
	l->by_peer = by_peer;
}

void ppp_link_settle(struct ppp_link *l)
{
	if (l->failed && !l->closing) {
		l->closing = true;
		ppp_cp_event(l, CP_LCP, FSM_CLOSE, NULL);
	}
	if (!l->finished || l->told)
		return;
	for (unsigned t = 0; t < PPP_TIMERS; t++)
		ppp_link_disarm(l, t);
	ppp_fx_down(l);
	l->told = true;
}

void ppp_link_network(struct ppp_link *l)
{
	if (!l->client && !l->assigned_ip)
		ppp_link_fail(l, PPP_CAUSE_NO_ADDRESS, false);
	else
		ppp_cp_event(l, CP_IPCP, FSM_UP, NULL);
}

/* The number given, or else the default. */
static unsigned or_default(unsigned given, unsigned otherwise)
{
	return given ? given : otherwise;
}

void ppp_link_init(struct ppp_link *l, const struct ppp_link_config *cfg)
{
	l->client = cfg->client;
	l->lac = cfg->lac && !cfg->client;
	if (l->lac)
		l->proxy = g_new0(struct proxy_store, 1);
	l->want_dns = cfg->want_dns;
	l->ask_accm = cfg->client && cfg->ask_accm;
	l->accm = cfg->accm;
	for (unsigned i = 0; i < PPP_AUTHS_MAX; i++)
		l->auth_list[i] = (uint8_t)cfg->auth[i];
	l->max_bad_auth = cfg->max_bad_auth;
	l->peer_mru_max = cfg->peer_mru_max;
	l->max_configure = (uint8_t)or_default(cfg->max_configure, 10);
	l->max_terminate = (uint8_t)or_default(cfg->max_terminate, 2);
	l->max_failure = (uint8_t)or_default(cfg->max_failure, 5);
	l->auth_retries = (uint8_t)or_default(cfg->auth_retries, 10);
	l->echo_misses = (uint8_t)or_default(cfg->echo_misses, 5);
	l->mru = (uint16_t)MAX(or_default(cfg->mru, PPP_DEFAULT_MRU), PPP_MIN_MRU);
	l->restart_s = (uint16_t)or_default(cfg->restart_s, 3);
	l->auth_s = (uint16_t)or_default(cfg->auth_s, 10);
	l->echo_s = cfg->echo_s;
	l->local_ip = cfg->local_ip;
	l->assigned_ip = cfg->client ? 0 : cfg->peer_ip;
	l->dns[0] = cfg->dns[0];
	l->dns[1] = cfg->dns[1];
	l->name = g_strndup(cfg->name, sizeof(cfg->name) - 1);
	l->password = g_strndup(cfg->password, sizeof(cfg->password) - 1);
	l->lcp.peer.mru = ppp_lcp_mru_limit(l, PPP_DEFAULT_MRU);
}

void ppp_link_clear(struct ppp_link *l)
{
	if (l->password)
		explicit_bzero(l->password, strlen(l->password));
	g_clear_pointer(&l->name, g_free);
	g_clear_pointer(&l->password, g_free);
	g_clear_pointer(&l->auth.peer_name, g_free);
	g_clear_pointer(&l->auth.message, g_free);
	g_clear_pointer(&l->auth.answers, g_free);
	ppp_proxy_clear(l);
}
