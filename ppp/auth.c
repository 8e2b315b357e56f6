/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Authentication, both sides of PAP (RFC 1334 section 2) and CHAP with MD5 (RFC 1994).
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

enum {
	PAP_REQ = 1,
	PAP_ACK,
	PAP_NAK,
};

enum {
	CHAP_CHALLENGE = 1,
	CHAP_RESPONSE,
	CHAP_SUCCESS,
	CHAP_FAILURE,
};

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

/* A string of the peer as ours; NULL when it is too long or has a NUL inside. */
static char *take_string(struct rd *r, size_t n, size_t max)
{
	const uint8_t *p = rd_take(r, n);

	if (!p || n >= max || (n && memchr(p, 0, n)))
		return NULL;
	return g_strndup((const char *)p, n);
}

/* ---- network side ---- */

static void send_challenge(struct ppp_link *l)
{
	uint8_t buf[1 + PPP_CHALLENGE_LEN + PPP_NAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	l->auth.id++; /* both change with every Challenge (RFC 1994 4.1) */
	l->auth.left--;
	rng_bytes(&l->e->rng, l->auth.challenge, PPP_CHALLENGE_LEN);
	wr_u8(&w, PPP_CHALLENGE_LEN);
	wr_bytes(&w, l->auth.challenge, PPP_CHALLENGE_LEN);
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

	if (l->auth.method == PPP_AUTH_CHAP) {
		ppp_send(l, PPP_CHAP, ok ? CHAP_SUCCESS : CHAP_FAILURE, l->auth.id,
			message, n);
		return;
	}
	wr_u8(&w, (uint8_t)n);
	wr_bytes(&w, message, n);
	ppp_send(l, PPP_PAP, ok ? PAP_ACK : PAP_NAK, l->auth.id, buf, w.len);
}

static void refuse(struct ppp_link *l)
{
	send_verdict(l, false);
	ppp_link_fail(l, PPP_CAUSE_AUTH_FAILED, false);
}

static void ask_owner(struct ppp_link *l, char *take_name, const char *password,
	const uint8_t *response)
{
	g_free(l->auth.peer_name);
	l->auth.peer_name = take_name;
	l->auth.state = AUTH_PENDING;
	l->auth.owed = true;
	ppp_link_disarm(l, PPP_T_AUTH_RETRY);
	ppp_link_disarm(l, PPP_T_AUTH_DEADLINE);
	ppp_fx_auth(l, take_name, password, response);
}

static void pap_request(struct ppp_link *l, const struct cp_pkt *p)
{
	struct rd r = rd_init(p->body, p->body_len);
	size_t n = rd_u8(&r);
	g_autofree char *name = take_string(&r, n, PPP_NAME_MAX);

	n = rd_u8(&r);

	g_autofree char *password = take_string(&r, n, PPP_SECRET_MAX);

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
		refuse(l);
	else
		ask_owner(l, g_steal_pointer(&name), password, NULL);
}

static void chap_response(struct ppp_link *l, const struct cp_pkt *p)
{
	struct rd r = rd_init(p->body, p->body_len);
	uint8_t value_len = rd_u8(&r);
	const uint8_t *value = rd_take(&r, value_len);
	g_autofree char *name = take_string(&r, rd_left(&r), PPP_NAME_MAX);

	if (r.bad || value_len != MD5_LEN) {
		l->e->stats.malformed++;
		return;
	}
	if (p->id != l->auth.id) {
		l->e->stats.unexpected++;
		return;
	}
	if (l->auth.state == AUTH_OK) {
		send_verdict(l, true);
		return;
	}
	if (l->auth.state != AUTH_WAIT || l->auth.owed)
		return;
	if (!name)
		refuse(l);
	else
		ask_owner(l, g_steal_pointer(&name), NULL, value);
}

void ppp_auth_verdict(struct ppp_link *l, bool ok, const char *message)
{
	l->auth.owed = false;
	if (l->auth.state != AUTH_PENDING || l->failed)
		return;
	g_free(l->auth.message);
	l->auth.message = message ? g_strndup(message, PPP_MSG_MAX - 1) : NULL;
	if (!ok) {
		refuse(l);
		return;
	}
	l->auth.state = AUTH_OK;
	send_verdict(l, true);
	ppp_link_network(l);
}

/* ---- client ---- */

static void send_pap_request(struct ppp_link *l)
{
	uint8_t buf[2 + PPP_NAME_MAX + PPP_SECRET_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u8(&w, (uint8_t)strlen(l->name));
	wr_bytes(&w, l->name, strlen(l->name));
	wr_u8(&w, (uint8_t)strlen(l->password));
	wr_bytes(&w, l->password, strlen(l->password));
	l->auth.left--;
	ppp_send(l, PPP_PAP, PAP_REQ, ++l->auth.id, buf, w.len);
	ppp_link_arm(l, PPP_T_AUTH_RETRY, l->restart_s);
}

static void send_response(struct ppp_link *l, const struct chap_answer *a)
{
	uint8_t buf[1 + MD5_LEN + PPP_NAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u8(&w, MD5_LEN);
	wr_bytes(&w, a->value, MD5_LEN);
	wr_bytes(&w, l->name, strlen(l->name));
	ppp_send(l, PPP_CHAP, CHAP_RESPONSE, a->id, buf, w.len);
}

static void repeat_responses(struct ppp_link *l)
{
	l->auth.left--;
	for (unsigned i = l->auth.n_answers; i-- > 0;)
		send_response(l, &l->auth.answers[i]);
	ppp_link_arm(l, PPP_T_AUTH_RETRY, l->restart_s);
}

/*
 * The answer before this one is kept: when the network has let a Challenge be overtaken by
 * its repeat, which has another identifier, the verdict is about the one that came first.
 */
static void chap_challenge(struct ppp_link *l, const struct cp_pkt *p)
{
	struct rd r = rd_init(p->body, p->body_len);
	struct chap_answer *latest = &l->auth.answers[0];
	uint8_t n = rd_u8(&r);
	const uint8_t *challenge = rd_take(&r, n);

	if (r.bad || n == 0) {
		l->e->stats.malformed++;
		return;
	}
	if (l->auth.n_answers && latest->id != p->id)
		l->auth.answers[1] = *latest;
	if (l->auth.n_answers < 2 && (!l->auth.n_answers || latest->id != p->id))
		l->auth.n_answers++;
	l->auth.id = latest->id = p->id;
	ppp_chap_md5(p->id, l->password, challenge, n, latest->value);
	send_response(l, latest);
	if (l->auth.state ==
		AUTH_WAIT) { /* else a challenge in the middle of a session */
		l->auth.left = l->auth_retries - 1;
		ppp_link_arm(l, PPP_T_AUTH_RETRY, l->restart_s);
	}
}

/* Is it about something that we have sent? */
static bool verdict_expected(const struct ppp_link *l, uint8_t id)
{
	if (l->auth.method == PPP_AUTH_PAP)
		return id == l->auth.id;
	for (unsigned i = 0; i < l->auth.n_answers; i++)
		if (l->auth.answers[i].id == id)
			return true;
	return false;
}

static void client_verdict(struct ppp_link *l, const struct cp_pkt *p, bool ok)
{
	if (!verdict_expected(l, p->id)) {
		l->e->stats.unexpected++;
		return;
	}
	if (!ok) {
		ppp_link_fail(l, PPP_CAUSE_AUTH_FAILED, true);
		return;
	}
	if (l->auth.state != AUTH_WAIT)
		return;
	l->auth.state = AUTH_OK;
	ppp_link_disarm(l, PPP_T_AUTH_RETRY);
	ppp_link_disarm(l, PPP_T_AUTH_DEADLINE);
	ppp_link_network(l);
}

static void pap_reply(struct ppp_link *l, const struct cp_pkt *p)
{
	if (l->auth.state == AUTH_OK)
		return; /* a copy of what we have taken already */
	client_verdict(l, p, p->code == PAP_ACK);
}

static void chap_reply(struct ppp_link *l, const struct cp_pkt *p)
{
	client_verdict(l, p, p->code == CHAP_SUCCESS);
}

/* ---- both ---- */

static const struct auth_rule {
	uint8_t method; /* enum ppp_auth */
	uint8_t code;
	bool client; /* which side takes it */
	void (*handle)(struct ppp_link *l, const struct cp_pkt *p);
} rules[] = {
	/* clang-format off */
	{ PPP_AUTH_PAP,  PAP_REQ,        false, pap_request },
	{ PPP_AUTH_PAP,  PAP_ACK,        true,  pap_reply },
	{ PPP_AUTH_PAP,  PAP_NAK,        true,  pap_reply },
	{ PPP_AUTH_CHAP, CHAP_CHALLENGE, true,  chap_challenge },
	{ PPP_AUTH_CHAP, CHAP_RESPONSE,  false, chap_response },
	{ PPP_AUTH_CHAP, CHAP_SUCCESS,   true,  chap_reply },
	{ PPP_AUTH_CHAP, CHAP_FAILURE,   true,  chap_reply },
	/* clang-format on */
};

void ppp_auth_input(struct ppp_link *l, uint16_t protocol, struct rd *r)
{
	enum ppp_auth method = protocol == PPP_PAP ? PPP_AUTH_PAP : PPP_AUTH_CHAP;
	struct cp_pkt p;

	if (l->auth.state == AUTH_OFF || l->auth.method != method || l->failed) {
		l->e->stats.unexpected++;
		return;
	}
	if (!ppp_pkt_parse(r, &p)) {
		l->e->stats.malformed++;
		return;
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(rules); i++)
		if (rules[i].method == method && rules[i].code == p.code &&
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
		ppp_link_network(l);
		return;
	}
	l->auth.state = AUTH_WAIT;
	l->auth.n_answers = 0;
	l->auth.left = l->auth_retries;
	ppp_link_arm(l, PPP_T_AUTH_DEADLINE, l->auth_s);
	if (l->client && l->auth.method == PPP_AUTH_PAP)
		send_pap_request(l);
	else if (!l->client && l->auth.method == PPP_AUTH_CHAP)
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
	if (!l->client)
		send_challenge(l);
	else if (l->auth.method == PPP_AUTH_PAP)
		send_pap_request(l);
	else
		repeat_responses(l);
}
