/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Authentication, the network side of PAP (RFC 1334 section 2), CHAP with MD5 (RFC 1994),
 * MS-CHAP (RFC 2433) and MS-CHAPv2 (RFC 2759), and the way to either side's code.
 *
 * The network side does not judge: the owner gets PPP_FX_AUTH and gives its verdict, at
 * once or much later.  Meanwhile no timer runs here.  One verdict is outstanding at most: a
 * peer that starts again with another name while the owner is still asking about the first
 * must not get the first one's answer.
 *
 * After the verdict, repeats of what led to it get the same answer again, since the first
 * may have been lost (RFC 1334 2.2.1, RFC 1994 4.2); so also after a switchover.
 */
#include "ppp/internal.h"

enum { MD5_LEN = 16 };

void ppp_chap_md5(uint8_t id, const char *secret, const uint8_t *challenge, size_t len,
	uint8_t out[16])
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
	gsize n = MD5_LEN;

	g_checksum_update(sum, &id, 1);
	g_checksum_update(sum, (const guchar *)secret, (gssize)strlen(secret));
	if (len)
		g_checksum_update(sum, challenge, (gssize)len);
	g_checksum_get_digest(sum, out, &n);
}

char *ppp_auth_string(struct rd *r, size_t n, size_t max)
{
	const uint8_t *p = rd_take(r, n);

	if (!p || n >= max || (n && memchr(p, 0, n)))
		return NULL;
	return g_strndup((const char *)p, n);
}

/* Methods by number. */
static const struct method {
	const char *name;
	uint16_t protocol;
	uint8_t challenge, response; /* octets */
} methods[] = {
	[PPP_AUTH_NONE] = { "none", 0, 0, 0 },
	[PPP_AUTH_PAP] = { "PAP", PPP_PAP, 0, 0 },
	[PPP_AUTH_CHAP] = { "CHAP", PPP_CHAP, PPP_CHALLENGE_LEN, MD5_LEN },
	[PPP_AUTH_MSCHAP] = { "MS-CHAP", PPP_CHAP, PPP_MSCHAP_CHALLENGE, PPP_MSCHAP_RESPONSE },
	[PPP_AUTH_MSCHAP2] = { "MS-CHAP-V2", PPP_CHAP, PPP_MSCHAP2_CHALLENGE,
		PPP_MSCHAP_RESPONSE },
};

const char *ppp_auth_name(enum ppp_auth a)
{
	return (unsigned)a < G_N_ELEMENTS(methods) ? methods[a].name : "?";
}

static bool is_microsoft(enum ppp_auth a)
{
	return a == PPP_AUTH_MSCHAP || a == PPP_AUTH_MSCHAP2;
}

bool ppp_auth_valid(unsigned a)
{
	return a < G_N_ELEMENTS(methods) && (!is_microsoft(a) || ppp_mschap_available());
}

size_t ppp_chap_challenge_len(enum ppp_auth method)
{
	return methods[method].challenge;
}

size_t ppp_chap_response_len(enum ppp_auth method)
{
	return methods[method].response;
}

/* ---- network side ---- */

static void send_challenge(struct ppp_link *l)
{
	uint8_t buf[1 + PPP_CHALLENGE_LEN + PPP_NAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	size_t len = ppp_chap_challenge_len(l->auth.method);

	l->auth.id++; /* both change with every Challenge (RFC 1994 4.1) */
	l->auth.left--;
	l->auth.retry = false;
	rng_bytes(&l->e->rng, l->auth.challenge, len);
	wr_u8(&w, (uint8_t)len);
	wr_bytes(&w, l->auth.challenge, len);
	wr_bytes(&w, l->name, strlen(l->name));
	ppp_send(l, PPP_CHAP, CHAP_CHALLENGE, l->auth.id, buf, w.len);
	ppp_link_arm(l, PPP_T_AUTH_RETRY, l->restart_s);
}

static void send_verdict(struct ppp_link *l, bool ok)
{
	const char *message = l->auth.message ? l->auth.message : "";
	size_t n = strlen(message);
	uint8_t buf[1 + PPP_MSG_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	if (l->auth.method == PPP_AUTH_NONE)
		return;
	if (l->auth.method != PPP_AUTH_PAP) {
		ppp_send(l, PPP_CHAP, ok ? CHAP_SUCCESS : CHAP_FAILURE, l->auth.id,
			message, n);
		return;
	}
	wr_u8(&w, (uint8_t)n);
	wr_bytes(&w, message, n);
	ppp_send(l, PPP_PAP, ok ? PAP_ACK : PAP_NAK, l->auth.id, buf, w.len);
}

/*
 * MS-CHAP's Failure is a text with fields (RFC 2759 section 6, RFC 2433 section 9).  R=1 allows
 * another try with the challenge that it brings.
 */
static char *failure_text(struct ppp_link *l, const char *message, bool retry)
{
	enum { AUTH_FAILURE = 691 };
	size_t len = ppp_chap_challenge_len(l->auth.method);
	GString *out = g_string_new(NULL);
	unsigned error = AUTH_FAILURE;
	guint64 n;

	if (message && g_str_has_prefix(message, "E=")) {
		g_autofree char *digits = g_strndup(message + 2, strspn(message + 2, "0123456789"));

		if (g_ascii_string_to_unsigned(digits, 10, 1, 9999, &n, NULL))
			error = (unsigned)n;
		message = NULL;
	}
	rng_bytes(&l->e->rng, l->auth.challenge, len);
	g_string_printf(out, "E=%u R=%u C=", error, retry);
	for (size_t i = 0; i < len; i++)
		g_string_append_printf(out, "%02X", l->auth.challenge[i]);
	g_string_append_printf(out, " V=3 M=%s", message ? message : "");
	g_string_truncate(out, MIN(out->len, PPP_MSG_MAX - 1));
	return g_string_free(out, FALSE);
}

static void set_message(struct ppp_link *l, const char *message)
{
	g_free(l->auth.message);
	l->auth.message = message ? g_strndup(message, PPP_MSG_MAX - 1) : NULL;
}

static void refuse(struct ppp_link *l, const char *message)
{
	/* After a CHAP Failure the link ends (RFC 1994 4.2); the others can say try again. */
	bool again = l->auth.bad < l->max_bad_auth && l->auth.method != PPP_AUTH_CHAP;

	if (l->auth.bad < UINT8_MAX)
		l->auth.bad++;
	if (is_microsoft(l->auth.method)) {
		g_autofree char *text = failure_text(l, message, again);

		set_message(l, text);
		l->auth.retry = again;
	} else {
		set_message(l, message);
	}
	send_verdict(l, false);
	if (!again) {
		ppp_link_fail(l, PPP_CAUSE_AUTH_FAILED, false);
		return;
	}
	l->auth.state = AUTH_WAIT;
	ppp_link_arm(l, PPP_T_AUTH_DEADLINE, l->auth_s);
}

static void ask_owner(struct ppp_link *l, char *take_name, const struct auth_claim *claim)
{
	struct auth_claim c = *claim;

	g_free(l->auth.peer_name);
	c.name = l->auth.peer_name = take_name;
	l->auth.state = AUTH_PENDING;
	l->auth.owed = true;
	if (l->proxy)
		ppp_proxy_claim(l, &c);
	ppp_link_disarm(l, PPP_T_AUTH_RETRY);
	ppp_link_disarm(l, PPP_T_AUTH_DEADLINE);
	ppp_fx_auth(l, &c);
}

static void pap_request(struct ppp_link *l, const struct cp_pkt *p)
{
	struct rd r = rd_init(p->body, p->body_len);
	size_t n = rd_u8(&r);
	g_autofree char *name = ppp_auth_string(&r, n, PPP_NAME_MAX);

	n = rd_u8(&r);

	g_autofree char *password = ppp_auth_string(&r, n, PPP_SECRET_MAX);

	if (r.bad) {
		l->e->stats.malformed++;
		return;
	}
	if (l->auth.state == AUTH_PENDING) {
		if (name && g_strcmp0(name, l->auth.peer_name) == 0)
			l->auth.id = p->id; /* a repeat: it wants its own number back */
		return;
	}
	if (l->auth.state == AUTH_OK) {
		l->auth.id = p->id;
		send_verdict(l, true);
		return;
	}
	if (l->auth.owed)
		return; /* about an earlier request; the peer will repeat this one */
	l->auth.id = p->id;
	if (!name || !password)
		refuse(l, NULL);
	else
		ask_owner(l, g_steal_pointer(&name),
			&(struct auth_claim){ .password = password });
}

/* Another try has the next identifier (RFC 2759 section 9.1). */
static bool response_expected(const struct ppp_link *l, uint8_t id)
{
	if (id == l->auth.id)
		return true;
	return l->auth.retry && id == (uint8_t)(l->auth.id + 1);
}

static void chap_response(struct ppp_link *l, const struct cp_pkt *p)
{
	struct rd r = rd_init(p->body, p->body_len);
	uint8_t value_len = rd_u8(&r);
	const uint8_t *value = rd_take(&r, value_len);
	g_autofree char *name = ppp_auth_string(&r, rd_left(&r), PPP_NAME_MAX);

	if (r.bad || value_len != ppp_chap_response_len(l->auth.method)) {
		l->e->stats.malformed++;
		return;
	}
	if (!response_expected(l, p->id)) {
		l->e->stats.unexpected++;
		return;
	}
	if (l->auth.state == AUTH_OK || (l->auth.retry && p->id == l->auth.id)) {
		send_verdict(l, l->auth.state == AUTH_OK); /* it was lost */
		return;
	}
	if (l->auth.state != AUTH_WAIT || l->auth.owed)
		return;
	l->auth.id = p->id;
	l->auth.retry = false;
	if (!name)
		refuse(l, NULL);
	else
		ask_owner(l, g_steal_pointer(&name),
			&(struct auth_claim){ .response = value,
				.response_len = value_len,
				.challenge = l->auth.challenge,
				.challenge_len = ppp_chap_challenge_len(
					l->auth.method) });
}

/* A LAC that asks nobody who he is: it is for the owner to say where this goes. */
static void ask_where(struct ppp_link *l)
{
	ask_owner(l, g_strdup(""), &(struct auth_claim){ 0 });
}

void ppp_auth_settled(struct ppp_link *l)
{
	l->auth.owed = false;
	if (l->auth.state == AUTH_WAIT && l->auth.method == PPP_AUTH_NONE)
		ask_where(l); /* LCP has begun again meanwhile */
}

void ppp_auth_verdict(struct ppp_link *l, bool ok, const char *message)
{
	bool ours = l->auth.state == AUTH_PENDING;

	ppp_auth_settled(l);
	if (!ours || l->failed)
		return;
	if (!ok) {
		l->e->stats.auth_bad++;
		refuse(l, message);
		return;
	}
	l->e->stats.auth_good++;
	set_message(l, message);
	l->auth.state = l->auth.method == PPP_AUTH_NONE ? AUTH_OFF : AUTH_OK;
	send_verdict(l, true);
	ppp_link_network(l);
}

void ppp_auth_proxied(struct ppp_link *l, uint8_t id, char *take_name,
	const struct auth_claim *claim)
{
	l->auth.method = (uint8_t)ppp_lcp_auth_asked(l);
	l->auth.id = id;
	l->auth_proxied = true;
	ask_owner(l, take_name, claim);
}

/* ---- both ---- */

static const struct auth_rule {
	uint16_t protocol;
	uint8_t code;
	bool client; /* which side takes it */
	void (*handle)(struct ppp_link *l, const struct cp_pkt *p);
} rules[] = {
	/* clang-format off */
	{ PPP_PAP,  PAP_REQ,        false, pap_request },
	{ PPP_PAP,  PAP_ACK,        true,  ppp_pap_reply },
	{ PPP_PAP,  PAP_NAK,        true,  ppp_pap_reply },
	{ PPP_CHAP, CHAP_CHALLENGE, true,  ppp_chap_challenge },
	{ PPP_CHAP, CHAP_RESPONSE,  false, chap_response },
	{ PPP_CHAP, CHAP_SUCCESS,   true,  ppp_chap_reply },
	{ PPP_CHAP, CHAP_FAILURE,   true,  ppp_chap_reply },
	/* clang-format on */
};

void ppp_auth_input(struct ppp_link *l, uint16_t protocol, struct rd *r)
{
	struct cp_pkt p;

	if (l->auth.state == AUTH_OFF || methods[l->auth.method].protocol != protocol ||
		l->failed) {
		l->e->stats.unexpected++;
		return;
	}
	if (!ppp_pkt_parse(r, &p)) {
		l->e->stats.malformed++;
		return;
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(rules); i++)
		if (rules[i].protocol == protocol && rules[i].code == p.code &&
			rules[i].client == l->client) {
			rules[i].handle(l, &p);
			return;
		}
	l->e->stats.unknown++; /* RFC 1334 and 1994: discard silently */
}

void ppp_auth_start(struct ppp_link *l)
{
	l->auth.method = l->client ? l->lcp.peer.auth : (uint8_t)ppp_lcp_auth_asked(l);
	if (l->auth.method == PPP_AUTH_NONE) {
		l->auth.state = l->lac ? AUTH_WAIT : AUTH_OFF;
		if (!l->lac)
			ppp_link_network(l);
		else if (!l->auth.owed)
			ask_where(l);
		return;
	}
	l->auth.state = AUTH_WAIT;
	l->auth.n_answers = 0;
	l->auth.left = l->auth_retries;
	l->auth.retry = false;
	ppp_link_arm(l, PPP_T_AUTH_DEADLINE, l->auth_s);
	if (l->client)
		ppp_auth_client_start(l);
	else if (l->auth.method != PPP_AUTH_PAP)
		send_challenge(l);
}

void ppp_auth_stop(struct ppp_link *l)
{
	l->auth.state = AUTH_OFF;
	ppp_link_disarm(l, PPP_T_AUTH_RETRY);
	ppp_link_disarm(l, PPP_T_AUTH_DEADLINE);
}

void ppp_auth_retry(struct ppp_link *l)
{
	if (!l->auth.left) {
		ppp_link_fail(l, PPP_CAUSE_AUTH_TIMEOUT, true);
		return;
	}
	if (l->client)
		ppp_auth_client_retry(l);
	else
		send_challenge(l);
}
