/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Link Control Protocol (RFC 1661 sections 5 and 6, RFC 1570): its options, and the codes
 * beyond the seven common ones.
 *
 * We ask for MRU (when it is not the default), the authentication protocol (network side)
 * and a magic number.  Of the peer we take MRU, ACCM, authentication (client side), magic
 * number and the two compressions, which we never use ourselves, and reject the rest; on PPPoE
 * also ACCM and the compression of address and control field.
 */
#include "ppp/internal.h"

enum {
	OPT_MRU = 1,
	OPT_ACCM = 2,
	OPT_AUTH = 3,
	OPT_MAGIC = 5,
	OPT_PFC = 7,
	OPT_ACFC = 8,

	ACCM_ALL = 0xffffffff,
	ECHO_HDR = 4, /* magic number */
};

static uint32_t new_magic(struct ppp_link *l)
{
	uint32_t magic;

	do
		magic = rng_u32(&l->e->rng);
	while (!magic || magic == l->lcp.magic);
	return magic;
}

uint16_t ppp_lcp_mru_limit(const struct ppp_link *l, uint16_t mru)
{
	return l->peer_mru_max ? MIN(mru, MAX(l->peer_mru_max, PPP_MIN_MRU)) : mru;
}

static struct lcp_peer defaults(const struct ppp_link *l)
{
	return (struct lcp_peer){ .mru = ppp_lcp_mru_limit(l, PPP_DEFAULT_MRU),
		.accm = ACCM_ALL };
}

static void reset(struct ppp_link *l)
{
	l->lcp.mru = l->mru == PPP_DEFAULT_MRU ? 0 : l->mru;
	l->lcp.no_magic = false;
	l->lcp.magic = new_magic(l);
	l->lcp.auth_at = 0;
	l->lcp.peer = defaults(l);
}

enum ppp_auth ppp_lcp_auth_asked(const struct ppp_link *l)
{
	if (l->client || l->lcp.auth_at >= G_N_ELEMENTS(l->auth_list))
		return PPP_AUTH_NONE;
	return l->auth_list[l->lcp.auth_at];
}

/* Algorithms of CHAP (RFC 1994 section 3, RFC 2433, RFC 2759). */
static const struct {
	uint8_t method, algorithm;
} algorithms[] = {
	{ PPP_AUTH_CHAP, 5 },
	{ PPP_AUTH_MSCHAP, 0x80 },
	{ PPP_AUTH_MSCHAP2, 0x81 },
};

static void put_auth(struct wr *w, enum ppp_auth method)
{
	wr_u8(w, OPT_AUTH);
	wr_u8(w, method == PPP_AUTH_PAP ? 4 : 5);
	wr_u16(w, method == PPP_AUTH_PAP ? PPP_PAP : PPP_CHAP);
	for (unsigned i = 0; i < G_N_ELEMENTS(algorithms); i++)
		if (algorithms[i].method == method)
			wr_u8(w, algorithms[i].algorithm);
}

enum ppp_auth ppp_lcp_auth_option(struct rd v)
{
	uint16_t protocol = rd_u16(&v);
	uint8_t algorithm;

	if (protocol == PPP_PAP && !v.bad && !rd_left(&v))
		return PPP_AUTH_PAP;
	algorithm = rd_u8(&v);
	if (protocol != PPP_CHAP || v.bad || rd_left(&v))
		return PPP_AUTH_NONE;
	for (unsigned i = 0; i < G_N_ELEMENTS(algorithms); i++)
		if (algorithms[i].algorithm == algorithm)
			return algorithms[i].method;
	return PPP_AUTH_NONE;
}

static void put_u16_opt(struct wr *w, uint8_t type, uint16_t v)
{
	wr_u8(w, type);
	wr_u8(w, 4);
	wr_u16(w, v);
}

static void put_u32_opt(struct wr *w, uint8_t type, uint32_t v)
{
	wr_u8(w, type);
	wr_u8(w, 6);
	wr_u32(w, v);
}

static void build(struct ppp_link *l, struct wr *w)
{
	if (l->lcp.mru)
		put_u16_opt(w, OPT_MRU, l->lcp.mru);
	if (ppp_lcp_auth_asked(l) != PPP_AUTH_NONE)
		put_auth(w, ppp_lcp_auth_asked(l));
	if (!l->lcp.no_magic)
		put_u32_opt(w, OPT_MAGIC, l->lcp.magic);
	if (l->ask_accm)
		put_u32_opt(w, OPT_ACCM, l->accm);
}

/* ---- the peer's request ---- */

static void begin(struct ppp_link *l)
{
	l->lcp.cand = defaults(l);
}

static void looped(struct ppp_link *l)
{
	if (++l->lcp.loops >= PPP_LOOP_MAX)
		ppp_link_fail(l, PPP_CAUSE_LOOP, false);
}

static enum opt_verdict peer_mru(struct ppp_link *l, struct rd v, struct wr *nak)
{
	uint16_t mru = rd_u16(&v);

	if (v.bad || rd_left(&v) || mru < PPP_MIN_MRU ||
		mru > ppp_lcp_mru_limit(l, UINT16_MAX)) {
		put_u16_opt(nak, OPT_MRU, ppp_lcp_mru_limit(l, PPP_DEFAULT_MRU));
		return OPT_NAK;
	}
	l->lcp.cand.mru = mru;
	return OPT_ACK;
}

static enum opt_verdict peer_accm(struct ppp_link *l, struct rd v, struct wr *nak)
{
	uint32_t accm = rd_u32(&v);

	if (v.bad || rd_left(&v)) {
		put_u32_opt(nak, OPT_ACCM, 0);
		return OPT_NAK;
	}
	l->lcp.cand.accm = accm;
	return OPT_ACK;
}

static bool client_accepts(const struct ppp_link *l, enum ppp_auth method)
{
	if (method == PPP_AUTH_NONE || !ppp_auth_valid(method))
		return false;
	if (l->auth_list[0] == PPP_AUTH_NONE)
		return true;
	return memchr(l->auth_list, method, sizeof(l->auth_list)) != NULL;
}

static enum opt_verdict peer_auth(struct ppp_link *l, struct rd v, struct wr *nak)
{
	enum ppp_auth method = ppp_lcp_auth_option(v);

	if (!l->client)
		return OPT_REJ; /* we have no secret to show to a subscriber */
	if (!client_accepts(l, method)) {
		put_auth(nak, l->auth_list[0] ? l->auth_list[0] : PPP_AUTH_CHAP);
		return OPT_NAK;
	}
	l->lcp.cand.auth = method;
	return OPT_ACK;
}

static enum opt_verdict peer_magic(struct ppp_link *l, struct rd v, struct wr *nak)
{
	uint32_t magic = rd_u32(&v);

	if (v.bad || rd_left(&v) || !magic) {
		put_u32_opt(nak, OPT_MAGIC, new_magic(l));
		return OPT_NAK;
	}
	if (magic == l->lcp.magic && !l->lcp.no_magic) {
		looped(l);
		put_u32_opt(nak, OPT_MAGIC, new_magic(l));
		return OPT_NAK_ALWAYS;
	}
	l->lcp.loops = 0;
	l->lcp.cand.magic = magic;
	return OPT_ACK;
}

/* On PPPoE some options must be rejected (RFC 2516 section 7). */
static bool is_for_serial_lines(const struct ppp_link *l, uint8_t type)
{
	return l->peer_mru_max && (type == OPT_ACCM || type == OPT_ACFC);
}

static enum opt_verdict option(
	struct ppp_link *l, uint8_t type, struct rd v, struct wr *nak)
{
	if (is_for_serial_lines(l, type))
		return OPT_REJ;
	switch (type) {
	case OPT_MRU:
		return peer_mru(l, v, nak);
	case OPT_ACCM:
		return peer_accm(l, v, nak);
	case OPT_AUTH:
		return peer_auth(l, v, nak);
	case OPT_MAGIC:
		return peer_magic(l, v, nak);
	case OPT_PFC:
		l->lcp.cand.pfc = true;
		return rd_left(&v) ? OPT_REJ : OPT_ACK;
	case OPT_ACFC:
		l->lcp.cand.acfc = true;
		return rd_left(&v) ? OPT_REJ : OPT_ACK;
	default:
		return OPT_REJ;
	}
}

static void accept(struct ppp_link *l)
{
	l->lcp.peer = l->lcp.cand;
}

/* ---- answers to our request ---- */

/* The peer does not want what we asked for: its own proposal, if that comes later in our
 * list, or the next of the list. */
static void next_auth(struct ppp_link *l, enum ppp_auth proposal)
{
	unsigned n = G_N_ELEMENTS(l->auth_list), at = l->lcp.auth_at + 1;

	for (unsigned i = at; i < n; i++)
		if (proposal != PPP_AUTH_NONE && l->auth_list[i] == proposal)
			at = i;
	if (at >= n || l->auth_list[at] == PPP_AUTH_NONE) {
		ppp_link_fail(l, PPP_CAUSE_AUTH_REFUSED, true);
		return;
	}
	l->lcp.auth_at = (uint8_t)at;
}

static void naked(struct ppp_link *l, uint8_t type, struct rd v)
{
	switch (type) {
	case OPT_MRU: {
		uint16_t mru = rd_u16(&v);

		if (l->lcp.mru && !v.bad && mru >= PPP_MIN_MRU && mru <= l->mru)
			l->lcp.mru = mru;
		break;
	}
	case OPT_AUTH:
		if (ppp_lcp_auth_asked(l) != PPP_AUTH_NONE)
			next_auth(l, ppp_lcp_auth_option(v));
		break;
	case OPT_MAGIC:
		if (!l->lcp.no_magic)
			l->lcp.magic = new_magic(l);
		break;
	default:
		break; /* a hint at an option that we do not do */
	}
}

static void rejected(struct ppp_link *l, uint8_t type)
{
	switch (type) {
	case OPT_MRU:
		l->lcp.mru = 0;
		break;
	case OPT_AUTH:
		ppp_link_fail(l, PPP_CAUSE_AUTH_REFUSED, true);
		break;
	case OPT_MAGIC:
		l->lcp.no_magic = true;
		l->lcp.magic = 0;
		break;
	case OPT_ACCM:
		l->ask_accm = false;
		break;
	default:
		break;
	}
}

/* ---- layer ---- */

static void up(struct ppp_link *l)
{
	l->lcp.loops = 0;
	ppp_lcp_echo_start(l);
	ppp_auth_start(l);
}

/* Opened no more: by termination, or because one end negotiates again. */
static void down(struct ppp_link *l)
{
	struct ppp_engine *e = l->e;

	ppp_link_disarm(l, PPP_T_ECHO);
	ppp_auth_stop(l);
	l->lcp_proxied = l->auth_proxied = false;
	ppp_cp_event(l, CP_IPCP, FSM_DOWN, NULL);
	if (!fsm_negotiating(l->cp[CP_LCP].state))
		return;
	if (time_sub(e->now, l->restarts_from).ns > dur_s(60).ns) {
		l->restarts_from = e->now;
		l->restarts = 0;
	}
	if (++l->restarts > PPP_RESTARTS_MAX)
		ppp_link_fail(l, PPP_CAUSE_LCP_TIMEOUT, true);
}

static void finished(struct ppp_link *l, enum fsm_event why)
{
	enum ppp_cause cause = PPP_CAUSE_LCP_TIMEOUT;
	bool by_peer = why != FSM_TO_MINUS;

	if (l->cp[CP_LCP].peer_term) {
		cause = PPP_CAUSE_NORMAL;
		by_peer = true;
	} else if (!l->heard) {
		cause = PPP_CAUSE_LCP_SILENT;
	}
	ppp_link_fail(l, cause, by_peer);
	l->finished = true;
}

/* ---- codes 8 and up ---- */

static void on_proto_rej(struct ppp_link *l, const struct cp_pkt *p)
{
	struct rd r = rd_init(p->body, p->body_len);
	uint16_t protocol = rd_u16(&r);
	bool auth = protocol == PPP_PAP || protocol == PPP_CHAP;

	if (r.bad) {
		l->e->stats.malformed++;
		return;
	}
	if (l->cp[CP_LCP].state != FSM_OPENED) {
		l->e->stats.unexpected++; /* RFC 1661 5.7 */
		return;
	}
	l->e->stats.proto_rejects_in++;
	if (protocol == PPP_LCP)
		ppp_cp_event(l, CP_LCP, FSM_RXJ_MINUS, p);
	else if (protocol == PPP_IPCP)
		ppp_cp_event(l, CP_IPCP, FSM_RXJ_MINUS, p);
	else if (auth && ppp_link_phase(l) == PPP_PHASE_AUTHENTICATE)
		ppp_link_fail(l, PPP_CAUSE_AUTH_REFUSED, true);
	else
		ppp_cp_event(l, CP_LCP, FSM_RXJ_PLUS, p);
}

static void on_echo(struct ppp_link *l, const struct cp_pkt *p)
{
	struct rd r = rd_init(p->body, p->body_len);
	uint32_t magic = rd_u32(&r);

	if (r.bad) {
		l->e->stats.malformed++;
		return;
	}
	if (l->cp[CP_LCP].state != FSM_OPENED) {
		l->e->stats.unexpected++;
		return;
	}
	if (magic && magic == l->lcp.magic) {
		looped(l);
		return;
	}
	if (p->code == PPP_ECHO_REP) {
		l->lcp.unanswered = 0;
		l->e->stats.echo_replies_in++;
	}
	ppp_cp_event(l, CP_LCP, FSM_RXR, p);
}

static bool code(struct ppp_link *l, const struct cp_pkt *p)
{
	switch (p->code) {
	case PPP_PROTO_REJ:
		on_proto_rej(l, p);
		return true;
	case PPP_ECHO_REQ:
	case PPP_ECHO_REP:
		on_echo(l, p);
		return true;
	case PPP_DISCARD_REQ:
	case PPP_IDENT:
	case PPP_TIME_REMAINING:
		return true; /* nothing to do (RFC 1661 5.9, RFC 1570 2) */
	default:
		return false;
	}
}

static void reply(struct ppp_link *l, const struct cp_pkt *p)
{
	uint8_t buf[PPP_PKT_MAX - PPP_PKT_HDR];
	size_t room = MIN(l->lcp.peer.mru, PPP_PKT_MAX) - PPP_PKT_HDR;
	struct wr w = wr_init(buf, sizeof(buf));

	if (p->code != PPP_ECHO_REQ)
		return;
	wr_u32(&w, l->lcp.magic);
	wr_bytes(&w, p->body + ECHO_HDR, MIN(p->body_len, room) - ECHO_HDR);
	ppp_send(l, PPP_LCP, PPP_ECHO_REP, p->id, buf, w.len);
}

void ppp_lcp_echo_start(struct ppp_link *l)
{
	l->lcp.unanswered = 0;
	if (l->echo_s)
		ppp_link_arm(l, PPP_T_ECHO, l->echo_s);
}

void ppp_lcp_echo_due(struct ppp_link *l)
{
	uint8_t magic[ECHO_HDR];

	if (l->lcp.unanswered >= l->echo_misses) {
		ppp_link_fail(l, PPP_CAUSE_ECHO, true);
		return;
	}
	l->lcp.unanswered++;
	l->e->stats.echoes_out++;
	put_u32(magic, l->lcp.magic);
	ppp_send(l, PPP_LCP, PPP_ECHO_REQ, ++l->cp[CP_LCP].id, magic, sizeof(magic));
	ppp_link_arm(l, PPP_T_ECHO, l->echo_s);
}

/* A protocol that we do not have.  At most one answer a second: the peer may be sending
 * user data in it. */
void ppp_lcp_protocol_reject(struct ppp_link *l, uint16_t protocol, struct rd *r)
{
	uint8_t buf[PPP_PKT_MAX - PPP_PKT_HDR];
	size_t room = MIN(l->lcp.peer.mru, PPP_PKT_MAX) - PPP_PKT_HDR - 2;
	struct wr w = wr_init(buf, sizeof(buf));
	size_t n = MIN(rd_left(r), room);

	if (time_before(l->e->now, l->proto_rej_after))
		return;
	l->proto_rej_after = time_add(l->e->now, dur_s(1));
	l->e->stats.proto_rejects_out++;
	wr_u16(&w, protocol);
	wr_bytes(&w, rd_take(r, n), n);
	ppp_send(l, PPP_LCP, PPP_PROTO_REJ, ++l->cp[CP_LCP].id, buf, w.len);
}

const struct cp_ops ppp_lcp_ops = {
	.name = "LCP",
	.protocol = PPP_LCP,
	.reset = reset,
	.build = build,
	.begin = begin,
	.option = option,
	.accept = accept,
	.naked = naked,
	.rejected = rejected,
	.up = up,
	.down = down,
	.finished = finished,
	.code = code,
	.reply = reply,
};
