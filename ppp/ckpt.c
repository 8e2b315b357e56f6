/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The checkpoint record of a link in phase open (ha-commit.md H12): settings, both option
 * sets, magic numbers, last identifiers, and the authentication with its result, so that
 * the link can be run on from Opened and can repeat a Success or Ack.  Of a LAC's link that
 * was forwarded it tells what was agreed on; nothing runs.
 *
 * Not in it: echo counters (they begin at 0), rate limits, timers.
 */
#include "ppp/internal.h"

struct link_rec {
	bool client, want_dns;
	uint8_t auth1, auth2; /* what may be asked for or accepted */
	uint8_t max_configure, max_terminate, max_failure, auth_retries, echo_misses;
	uint16_t mru, restart_s, auth_s, echo_s;
	uint32_t own_ip, give_dns1, give_dns2;
	char *name, *password;

	uint8_t lcp_id, lcp_req_id, ipcp_id, ipcp_req_id;
	uint16_t our_mru, peer_mru;
	uint32_t our_magic, peer_magic, peer_accm;
	bool our_magic_refused, peer_pfc, peer_acfc;
	uint8_t peer_auth, auth_at;

	uint8_t auth_method, auth_id;
	bool auth_ok;
	char *peer_name, *auth_message;

	bool ask_ip, ask_dns1, ask_dns2;
	uint32_t our_ip, peer_ip, assigned_ip, our_dns1, our_dns2, peer_dns1, peer_dns2;

	uint8_t auth3, auth4, max_bad_auth;
	uint16_t peer_mru_max;
	bool lac, forwarded, lcp_proxied, auth_proxied;
};

/* Of a link `l`, its protocols `lcp` and `ipcp`. */
/* clang-format off */
#define LINK_FIELDS(F) \
	F(1, 1, BOOL, 0, client, l->client) \
	F(2, 1, BOOL, 0, want_dns, l->want_dns) \
	F(3, 1, U8, 0, auth1, l->auth_list[0]) \
	F(4, 1, U8, 0, auth2, l->auth_list[1]) \
	F(5, 1, U8, 0, max_configure, l->max_configure) \
	F(6, 1, U8, 0, max_terminate, l->max_terminate) \
	F(7, 1, U8, 0, max_failure, l->max_failure) \
	F(8, 1, U8, 0, auth_retries, l->auth_retries) \
	F(9, 1, U8, 0, echo_misses, l->echo_misses) \
	F(10, 1, U16, 0, mru, l->mru) \
	F(11, 1, U16, 0, restart_s, l->restart_s) \
	F(12, 1, U16, 0, auth_s, l->auth_s) \
	F(13, 1, U16, 0, echo_s, l->echo_s) \
	F(14, 1, IPV4, 0, own_ip, l->local_ip) \
	F(15, 1, IPV4, 0, give_dns1, l->dns[0]) \
	F(16, 1, IPV4, 0, give_dns2, l->dns[1]) \
	F(17, 1, STR, 0, name, l->name) \
	F(18, 1, STR, REC_SECRET, password, l->password) \
	F(19, 1, U8, 0, lcp_id, lcp->id) \
	F(20, 1, U8, 0, lcp_req_id, lcp->req_id) \
	F(21, 1, U8, 0, ipcp_id, ipcp->id) \
	F(22, 1, U8, 0, ipcp_req_id, ipcp->req_id) \
	F(23, 1, U16, 0, our_mru, l->lcp.mru) \
	F(24, 1, U16, 0, peer_mru, l->lcp.peer.mru) \
	F(25, 1, U32, 0, our_magic, l->lcp.magic) \
	F(26, 1, U32, 0, peer_magic, l->lcp.peer.magic) \
	F(27, 1, U32, 0, peer_accm, l->lcp.peer.accm) \
	F(28, 1, BOOL, 0, our_magic_refused, l->lcp.no_magic) \
	F(29, 1, BOOL, 0, peer_pfc, l->lcp.peer.pfc) \
	F(30, 1, BOOL, 0, peer_acfc, l->lcp.peer.acfc) \
	F(31, 1, U8, 0, peer_auth, l->lcp.peer.auth) \
	F(32, 1, U8, 0, auth_at, l->lcp.auth_at) \
	F(33, 1, U8, 0, auth_method, l->auth.method) \
	F(34, 1, U8, 0, auth_id, l->auth.id) \
	F(35, 1, BOOL, 0, auth_ok, l->auth.state == AUTH_OK) \
	F(36, 1, STR, 0, peer_name, l->auth.peer_name) \
	F(37, 1, STR, 0, auth_message, l->auth.message) \
	F(38, 1, BOOL, 0, ask_ip, l->ipcp.ask_ip) \
	F(39, 1, BOOL, 0, ask_dns1, l->ipcp.ask_dns[0]) \
	F(40, 1, BOOL, 0, ask_dns2, l->ipcp.ask_dns[1]) \
	F(41, 1, IPV4, 0, our_ip, l->ipcp.ip) \
	F(42, 1, IPV4, 0, peer_ip, l->ipcp.peer_ip) \
	F(43, 1, IPV4, 0, assigned_ip, l->assigned_ip) \
	F(44, 1, IPV4, 0, our_dns1, l->ipcp.dns[0]) \
	F(45, 1, IPV4, 0, our_dns2, l->ipcp.dns[1]) \
	F(46, 1, IPV4, 0, peer_dns1, l->ipcp.peer_dns[0]) \
	F(47, 1, IPV4, 0, peer_dns2, l->ipcp.peer_dns[1]) \
	F(48, 2, U8, 0, auth3, l->auth_list[2]) \
	F(49, 2, U8, 0, auth4, l->auth_list[3]) \
	F(50, 2, U8, 0, max_bad_auth, l->max_bad_auth) \
	F(51, 2, U16, 0, peer_mru_max, l->peer_mru_max) \
	F(52, 2, BOOL, 0, lac, l->lac) \
	F(53, 2, BOOL, 0, forwarded, l->forwarded) \
	F(54, 2, BOOL, 0, lcp_proxied, l->lcp_proxied) \
	F(55, 2, BOOL, 0, auth_proxied, l->auth_proxied)

#define F(id, since, kind, flags, m, value) \
	{ id, since, REC_##kind, flags, offsetof(struct link_rec, m), #m },
static const struct rec_field fields[] = { LINK_FIELDS(F) };
#undef F
/* clang-format on */

const struct rec_table ppp_link_table = {
	.name = "ppp-link",
	.size = sizeof(struct link_rec),
	.fields = fields,
	.n_fields = G_N_ELEMENTS(fields),
};

const struct rec_table *ppp_rec_table(uint8_t type)
{
	return type == PPP_REC_LINK ? &ppp_link_table : NULL;
}

void ppp_ckpt_encode(const struct ppp_link *l, struct wr *w)
{
	const struct cp *lcp = &l->cp[CP_LCP], *ipcp = &l->cp[CP_IPCP];
	const uint8_t *end;
	uint8_t *p = rec_put_begin(w, &end);

#define REC_PUT_VERSION PPP_REC_VERSION
	LINK_FIELDS(REC_PUT)
#undef REC_PUT_VERSION
	rec_put_end(w, p);
}

static bool fits(const char *s, size_t max)
{
	return !s || strlen(s) < max;
}

/* What an engine of ours can have written. */
static bool plausible(const struct link_rec *rec)
{
	return ppp_auth_valid(rec->auth1) && ppp_auth_valid(rec->auth2) &&
	       ppp_auth_valid(rec->auth3) && ppp_auth_valid(rec->auth4) &&
	       ppp_auth_valid(rec->auth_method) && ppp_auth_valid(rec->peer_auth) &&
	       rec->auth_at < PPP_AUTHS_MAX &&
	       (rec->forwarded ? rec->lac && !rec->client && !rec->auth_ok
			       : rec->auth_ok == (rec->auth_method != PPP_AUTH_NONE)) &&
	       rec->max_configure && rec->max_terminate && rec->max_failure &&
	       rec->auth_retries && rec->echo_misses && rec->restart_s && rec->auth_s &&
	       rec->mru >= PPP_MIN_MRU && rec->peer_mru >= PPP_MIN_MRU &&
	       fits(rec->name, PPP_NAME_MAX) && fits(rec->password, PPP_SECRET_MAX) &&
	       fits(rec->peer_name, PPP_NAME_MAX) &&
	       fits(rec->auth_message, PPP_MSG_MAX);
}

static void restore_settings(struct ppp_link *l, struct link_rec *rec)
{
	l->client = rec->client;
	l->want_dns = rec->want_dns;
	l->auth_list[0] = rec->auth1;
	l->auth_list[1] = rec->auth2;
	l->auth_list[2] = rec->auth3;
	l->auth_list[3] = rec->auth4;
	l->max_bad_auth = rec->max_bad_auth;
	l->peer_mru_max = rec->peer_mru_max;
	l->lac = rec->lac;
	l->forwarded = rec->forwarded;
	l->lcp_proxied = rec->lcp_proxied;
	l->auth_proxied = rec->auth_proxied;
	if (l->lac)
		l->proxy = g_new0(struct proxy_store, 1);
	l->max_configure = rec->max_configure;
	l->max_terminate = rec->max_terminate;
	l->max_failure = rec->max_failure;
	l->auth_retries = rec->auth_retries;
	l->echo_misses = rec->echo_misses;
	l->mru = rec->mru;
	l->restart_s = rec->restart_s;
	l->auth_s = rec->auth_s;
	l->echo_s = rec->echo_s;
	l->local_ip = rec->own_ip;
	l->dns[0] = rec->give_dns1;
	l->dns[1] = rec->give_dns2;
	l->assigned_ip = rec->assigned_ip;
	l->name = rec->name ? g_steal_pointer(&rec->name) : g_strdup("");
	l->password = rec->password ? g_steal_pointer(&rec->password) : g_strdup("");
}

static void restore_protocols(struct ppp_link *l, const struct link_rec *rec)
{
	l->cp[CP_LCP] = (struct cp){ .state = FSM_OPENED,
		.id = rec->lcp_id,
		.req_id = rec->lcp_req_id,
		.answered = true,
		.left = rec->max_configure };
	l->cp[CP_IPCP] = (struct cp){ .state = rec->forwarded ? FSM_STARTING : FSM_OPENED,
		.id = rec->ipcp_id,
		.req_id = rec->ipcp_req_id,
		.answered = true,
		.left = rec->max_configure };
	l->lcp = (struct lcp){
		.mru = rec->our_mru,
		.magic = rec->our_magic,
		.no_magic = rec->our_magic_refused,
		.auth_at = rec->auth_at,
		.peer = {
			.mru = rec->peer_mru,
			.auth = rec->peer_auth,
			.pfc = rec->peer_pfc,
			.acfc = rec->peer_acfc,
			.accm = rec->peer_accm,
			.magic = rec->peer_magic,
		},
	};
	l->ipcp = (struct ipcp){
		.ask_ip = rec->ask_ip,
		.ask_dns = { rec->ask_dns1, rec->ask_dns2 },
		.ip = rec->our_ip,
		.dns = { rec->our_dns1, rec->our_dns2 },
		.peer_ip = rec->peer_ip,
		.peer_dns = { rec->peer_dns1, rec->peer_dns2 },
	};
}

bool ppp_ckpt_decode(struct ppp_link *l, struct rd *r)
{
	struct link_rec rec;
	bool good;

	if (!rec_decode(&ppp_link_table, r, &rec))
		return false;
	good = plausible(&rec);
	if (good) {
		restore_settings(l, &rec);
		restore_protocols(l, &rec);
		l->auth.method = rec.auth_method;
		l->auth.id = rec.auth_id;
		l->auth.state = rec.auth_ok ? AUTH_OK : AUTH_OFF;
		if (rec.client) { /* only the number of its answer counts by now */
			l->auth.answers = g_new0(struct chap_answer, 2);
			l->auth.n_answers = 1;
			l->auth.answers[0].id = rec.auth_id;
		}
		l->auth.peer_name = g_steal_pointer(&rec.peer_name);
		l->auth.message = g_steal_pointer(&rec.auth_message);
		l->heard = true;
		l->replicated = true;
	}
	rec_clear(&ppp_link_table, &rec);
	return good;
}
