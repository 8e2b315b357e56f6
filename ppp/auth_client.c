/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Authentication, the subscriber's side of PAP (RFC 1334 section 2), CHAP with MD5 (RFC 1994),
 * MS-CHAP (RFC 2433) and MS-CHAPv2 (RFC 2759).  It knows one password, so it does not try again
 * when that was wrong.
 */
#include "ppp/internal.h"

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
	uint8_t buf[1 + PPP_RESPONSE_MAX + PPP_NAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u8(&w, a->len);
	wr_bytes(&w, a->value, a->len);
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

/* The Response to a challenge; false when there is none (its length is wrong, or the password
 * cannot be used). */
static bool answer(struct ppp_link *l, uint8_t id, const uint8_t *challenge, size_t n,
	struct chap_answer *a)
{
	uint8_t mine[PPP_MSCHAP2_CHALLENGE];

	a->id = id;
	a->len = (uint8_t)ppp_chap_response_len(l->auth.method);
	if (l->auth.method == PPP_AUTH_CHAP) {
		ppp_chap_md5(id, l->password, challenge, n, a->value);
		return true;
	}
	if (n != ppp_chap_challenge_len(l->auth.method))
		return false;
	if (l->auth.method == PPP_AUTH_MSCHAP)
		return ppp_mschap_response(l->password, challenge, a->value);
	rng_bytes(&l->e->rng, mine, sizeof(mine));
	return ppp_mschap2_response(l->password, l->name, challenge, mine, a->value) &&
	       ppp_mschap2_success(l->password, l->name, challenge, a->value, a->success);
}

/*
 * The answer before this one is kept: when the network has let a Challenge be overtaken by
 * its repeat, which has another identifier, the verdict is about the one that came first.
 */
void ppp_chap_challenge(struct ppp_link *l, const struct cp_pkt *p)
{
	struct rd r = rd_init(p->body, p->body_len);
	struct chap_answer *latest, a = { 0 };
	uint8_t n = rd_u8(&r);
	const uint8_t *challenge = rd_take(&r, n);

	if (r.bad || n == 0 || !answer(l, p->id, challenge, n, &a)) {
		l->e->stats.malformed++;
		return;
	}
	if (!l->auth.answers)
		l->auth.answers = g_new0(struct chap_answer, 2);
	latest = &l->auth.answers[0];
	if (l->auth.n_answers && latest->id != p->id)
		l->auth.answers[1] = *latest;
	if (l->auth.n_answers < 2 && (!l->auth.n_answers || latest->id != p->id))
		l->auth.n_answers++;
	*latest = a;
	l->auth.id = p->id;
	send_response(l, latest);
	if (l->auth.state ==
		AUTH_WAIT) { /* else a challenge in the middle of a session */
		l->auth.left = l->auth_retries - 1;
		ppp_link_arm(l, PPP_T_AUTH_RETRY, l->restart_s);
	}
}

static const struct chap_answer *answer_of(const struct ppp_link *l, uint8_t id)
{
	for (unsigned i = 0; i < l->auth.n_answers; i++)
		if (l->auth.answers[i].id == id)
			return &l->auth.answers[i];
	return NULL;
}

/* MS-CHAPv2: the network side proves that it knows the password too (RFC 2759 section 5).  A
 * link that came from a record has forgotten what it must say. */
static bool success_good(const struct chap_answer *a, const struct cp_pkt *p)
{
	size_t n = strlen(a->success);

	return p->body_len >= n && memcmp(p->body, a->success, n) == 0;
}

/* Is it about something that we have sent? */
static bool verdict_expected(const struct ppp_link *l, uint8_t id)
{
	return l->auth.method == PPP_AUTH_PAP ? id == l->auth.id : answer_of(l, id) != NULL;
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

void ppp_pap_reply(struct ppp_link *l, const struct cp_pkt *p)
{
	if (l->auth.state == AUTH_OK)
		return; /* a copy of what we have taken already */
	client_verdict(l, p, p->code == PAP_ACK);
}

void ppp_chap_reply(struct ppp_link *l, const struct cp_pkt *p)
{
	const struct chap_answer *a = answer_of(l, p->id);
	bool ok = p->code == CHAP_SUCCESS;

	client_verdict(l, p, ok && (!a || success_good(a, p)));
}

void ppp_auth_client_start(struct ppp_link *l)
{
	if (l->auth.method == PPP_AUTH_PAP)
		send_pap_request(l);
}

void ppp_auth_client_retry(struct ppp_link *l)
{
	if (l->auth.method == PPP_AUTH_PAP)
		send_pap_request(l);
	else
		repeat_responses(l);
}
