/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Proxy LCP and proxy authentication (RFC 2661 section 4.4.5): what a LAC keeps of its dialogue
 * with the subscriber, and how an LNS goes on from it.
 *
 * The LNS judges the subscriber's last Configure-Request as if it had come now, and the LAC's
 * as if it were its own wishes: each option must be one that it would have asked for, or can
 * live with.  Then LCP is open.  Numbers of RFC 2661's Proxy Authen Type: see proxy_types.
 */
#include "ppp/internal.h"

enum {
	VALUE_MAX = 1017, /* of an AVP */
	TYPE_NONE = 4,

	OPT_MRU = 1,
	OPT_ACCM = 2,
	OPT_AUTH = 3,
	OPT_MAGIC = 5,
	OPT_PFC = 7,
	OPT_ACFC = 8,
	OPT_ENDPOINT = 19,
};

/* Proxy Authen Type by method; 0: it cannot be proxied. */
static const uint8_t proxy_types[] = {
	[PPP_AUTH_NONE] = TYPE_NONE,
	[PPP_AUTH_PAP] = 3,
	[PPP_AUTH_CHAP] = 2,
	[PPP_AUTH_MSCHAP] = 5,
	[PPP_AUTH_MSCHAP2] = 0,
};

/* ---- LAC ---- */

static void keep(GBytes **to, const void *bytes, size_t n)
{
	g_clear_pointer(to, g_bytes_unref);
	if (n <= VALUE_MAX)
		*to = g_bytes_new(bytes, n);
}

/* A request to a link that was open begins another negotiation. */
void ppp_proxy_received(struct ppp_link *l, const struct cp_pkt *p)
{
	if (!l->proxy->first_received || l->cp[CP_LCP].state == FSM_OPENED)
		keep(&l->proxy->first_received, p->body, p->body_len);
}

void ppp_proxy_accepted(struct ppp_link *l, const struct cp_pkt *p)
{
	keep(&l->proxy->last_received, p->body, p->body_len);
}

static void forget_response(struct proxy_store *s)
{
	gsize n;
	uint8_t *bytes;

	if (!s->response)
		return;
	bytes = g_bytes_unref_to_data(g_steal_pointer(&s->response), &n);
	if (bytes)
		explicit_bzero(bytes, n); /* a password, maybe */
	g_free(bytes);
}

void ppp_proxy_claim(struct ppp_link *l, const struct auth_claim *claim)
{
	const void *p = claim->password ? (const void *)claim->password : claim->response;
	size_t n = claim->password ? strlen(claim->password) : claim->response_len;

	forget_response(l->proxy);
	l->proxy->response = g_bytes_new(p, n);
}

void ppp_proxy_clear(struct ppp_link *l)
{
	if (!l->proxy)
		return;
	forget_response(l->proxy);
	g_clear_pointer(&l->proxy->first_received, g_bytes_unref);
	g_clear_pointer(&l->proxy->last_received, g_bytes_unref);
	g_clear_pointer(&l->proxy, g_free);
}

/* Not NULL even if there are none: an AVP without options is there. */
static const uint8_t *octets(GBytes *from, size_t *n)
{
	static const uint8_t nothing[1];
	const uint8_t *p;

	*n = 0;
	if (!from)
		return NULL;
	p = g_bytes_get_data(from, n);
	return p ? p : nothing;
}

bool ppp_link_get_proxy(const struct ppp_engine *e, uint32_t link, struct ppp_proxy *out)
{
	const struct ppp_link *l = ppp_link_find(e, link);
	const struct cp *cp;

	if (!l || !l->proxy || l->auth.state != AUTH_PENDING)
		return false;
	cp = &l->cp[CP_LCP];
	*out = (struct ppp_proxy){
		.last_sent = cp->sent,
		.last_sent_len = cp->sent_len,
		.authen_type = proxy_types[l->auth.method],
	};
	out->first_received = octets(l->proxy->first_received, &out->first_received_len);
	out->last_received = octets(l->proxy->last_received, &out->last_received_len);
	if (!out->authen_type || out->authen_type == TYPE_NONE)
		return true;
	out->name = (const uint8_t *)l->auth.peer_name;
	out->name_len = strlen(l->auth.peer_name);
	out->has_id = true;
	out->id = l->auth.id;
	out->response = octets(l->proxy->response, &out->response_len);
	out->challenge_len = ppp_chap_challenge_len(l->auth.method);
	if (out->challenge_len)
		out->challenge = l->auth.challenge;
	return true;
}

/* ---- LNS ---- */

static bool no_more(const struct rd *v)
{
	return !v->bad && !rd_left(v);
}

/* A method that we would ask for, and where in our list; without a list any will do. */
static bool find_auth(struct ppp_link *l, struct rd v)
{
	enum ppp_auth method = ppp_lcp_auth_option(v);

	if (l->auth_list[0] == PPP_AUTH_NONE)
		return true;
	for (unsigned i = 0; i < PPP_AUTHS_MAX && l->auth_list[i]; i++) {
		if (l->auth_list[i] != method)
			continue;
		l->lcp.auth_at = (uint8_t)i;
		return true;
	}
	return false;
}

/* An option that the LAC asked for in our name. */
static bool own_option(struct ppp_link *l, const struct ppp_opt *o, bool *auth)
{
	struct rd v = o->value;

	switch (o->type) {
	case OPT_MRU:
		l->lcp.mru = rd_u16(&v);
		return no_more(&v) && l->lcp.mru >= PPP_MIN_MRU && l->lcp.mru <= l->mru;
	case OPT_AUTH:
		*auth = true;
		return find_auth(l, v);
	case OPT_MAGIC:
		l->lcp.magic = rd_u32(&v);
		l->lcp.no_magic = false;
		return no_more(&v);
	case OPT_ACCM:
	case OPT_PFC:
	case OPT_ACFC:
	case OPT_ENDPOINT:
		return true; /* tell the peer what it may send, or nothing at all */
	default:
		return false;
	}
}

static enum ppp_cause take_sent(struct ppp_link *l, const struct ppp_proxy *proxy)
{
	struct rd r = rd_init(proxy->last_sent, proxy->last_sent_len);
	bool auth = false;
	struct ppp_opt o;

	l->lcp = (struct lcp){ .no_magic = true };
	while (ppp_opt_next(&r, &o))
		if (!own_option(l, &o, &auth))
			return o.type == OPT_AUTH ? PPP_CAUSE_AUTH_REFUSED
						  : PPP_CAUSE_NO_PROXY;
	if (r.bad || (!l->lcp.mru && l->mru < PPP_DEFAULT_MRU))
		return PPP_CAUSE_NO_PROXY;
	if (!auth && l->auth_list[0] != PPP_AUTH_NONE)
		return PPP_CAUSE_AUTH_REFUSED; /* nobody asked who he is */
	return PPP_CAUSE_NONE;
}

static enum ppp_cause take_received(struct ppp_link *l, const struct ppp_proxy *proxy)
{
	struct rd r = rd_init(proxy->last_received, proxy->last_received_len);
	uint8_t buf[64];
	struct wr nak = wr_init(buf, sizeof(buf));
	struct ppp_opt o;

	ppp_lcp_ops.begin(l);
	while (ppp_opt_next(&r, &o))
		if (ppp_lcp_ops.option(l, o.type, o.value, &nak) != OPT_ACK)
			return PPP_CAUSE_NO_PROXY;
	if (r.bad)
		return PPP_CAUSE_NO_PROXY;
	ppp_lcp_ops.accept(l);
	return PPP_CAUSE_NONE;
}

static bool length_ok(const struct ppp_proxy *proxy, enum ppp_auth method)
{
	size_t response = ppp_chap_response_len(method);

	if (!response)
		return proxy->response != NULL;
	return proxy->response_len == response && proxy->challenge && proxy->challenge_len &&
	       (method == PPP_AUTH_CHAP ||
		       proxy->challenge_len == ppp_chap_challenge_len(method));
}

/* The claim that the LAC heard, if it can be put to the owner as ours. */
static bool take_claim(struct ppp_link *l, const struct ppp_proxy *proxy)
{
	enum ppp_auth method = ppp_lcp_auth_asked(l);
	struct rd name = rd_init(proxy->name, proxy->name_len);
	struct rd response = rd_init(proxy->response, proxy->response_len);
	struct auth_claim claim = { 0 };
	g_autofree char *who = NULL, *password = NULL;

	if (!proxy_types[method] || proxy->authen_type != proxy_types[method] ||
		!proxy->has_id || !proxy->name || !length_ok(proxy, method))
		return false;
	who = ppp_auth_string(&name, proxy->name_len, PPP_NAME_MAX);
	if (method == PPP_AUTH_PAP) {
		claim.password = password = ppp_auth_string(
			&response, proxy->response_len, PPP_SECRET_MAX);
	} else {
		claim.challenge = proxy->challenge;
		claim.challenge_len = proxy->challenge_len;
		claim.response = proxy->response;
		claim.response_len = proxy->response_len;
	}
	if (!who || (method == PPP_AUTH_PAP && !password))
		return false;
	ppp_auth_proxied(l, proxy->id, g_steal_pointer(&who), &claim);
	return true;
}

static void authenticate(struct ppp_link *l, const struct ppp_proxy *proxy, bool force_chap)
{
	if (l->auth_list[0] != PPP_AUTH_NONE && !force_chap && take_claim(l, proxy))
		return;
	l->auth.id = proxy->id; /* ours will be the next (RFC 1994 section 4.1) */
	ppp_auth_start(l);
}

bool ppp_proxy_take(struct ppp_link *l, const struct ppp_proxy *proxy, bool force_chap,
	enum ppp_cause *cause)
{
	struct cp *cp = &l->cp[CP_LCP];

	*cause = proxy->last_sent && proxy->last_received &&
				 proxy->last_sent_len <= PPP_SENT_MAX
			 ? take_sent(l, proxy)
			 : PPP_CAUSE_NO_PROXY;
	if (*cause == PPP_CAUSE_NONE)
		*cause = take_received(l, proxy);
	if (*cause != PPP_CAUSE_NONE) {
		l->e->stats.proxy_refused++;
		ppp_debug(l, "LCP: proxy values do not fit: %s", ppp_cause_text(*cause));
		return false;
	}
	l->e->stats.proxied++;
	l->lcp_proxied = l->heard = true;
	*cp = (struct cp){
		.state = FSM_OPENED,
		.prev = FSM_OPENED,
		.id = (uint8_t)rng_u32(&l->e->rng), /* the LAC's last one is not known */
		.answered = true,
		.left = l->max_configure,
		.sent_len = (uint8_t)proxy->last_sent_len,
	};
	cp->req_id = cp->id;
	memcpy(cp->sent, proxy->last_sent, proxy->last_sent_len);
	ppp_debug(l, "LCP: open by proxy");
	ppp_lcp_echo_start(l);
	authenticate(l, proxy, force_chap);
	return true;
}
