/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What LCP and IPCP have in common (RFC 1661 sections 4 and 5): packets become events of the
 * automaton, and its actions become packets.  What the options mean is in lcp.c and ipcp.c.
 *
 * An identifier is used for one Configure-Request and its repeats; the first good answer uses
 * it up, so that a copy of an Ack cannot bring an opened layer down.
 */
#include "ppp/internal.h"

static const struct cp_ops *const protocols[CP_KINDS] = { &ppp_lcp_ops, &ppp_ipcp_ops };

bool ppp_pkt_parse(struct rd *r, struct cp_pkt *p)
{
	struct rd whole = *r;

	*p = (struct cp_pkt){ .code = rd_u8(r), .id = rd_u8(r) };
	p->len = rd_u16(r);
	if (r->bad || p->len < PPP_PKT_HDR)
		return false;
	p->body_len = p->len - PPP_PKT_HDR;
	p->body = rd_take(r, p->body_len); /* what follows is padding */
	p->bytes = rd_take(&whole, p->len);
	return p->body != NULL;
}

/* ---- actions ---- */

static void arm(struct ppp_link *l, enum cp_kind k)
{
	ppp_link_arm(l, PPP_T_LCP + k, l->restart_s);
}

static void act_tld(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	protocols[k]->down(l);
}

static void act_irc(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	struct cp *cp = &l->cp[k];
	bool ending = cp->state == FSM_CLOSING || cp->state == FSM_STOPPING;

	cp->left = ending ? l->max_terminate : l->max_configure;
}

static void act_zrc(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	l->cp[k].left = 0;
	arm(l, k);
}

static void act_scr(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	struct cp *cp = &l->cp[k];

	if (!fsm_negotiating(cp->prev)) {
		cp->naks_sent = cp->naks_got = 0;
		cp->sends = 0;
		cp->answered = true;
		protocols[k]->reset(l);
	}
	if (cp->answered) { /* else a repeat: same identifier, same options */
		struct wr w = wr_init(cp->sent, sizeof(cp->sent));

		protocols[k]->build(l, &w);
		cp->sent_len = (uint8_t)w.len;
		cp->req_id = ++cp->id;
		cp->answered = false;
	}
	if (cp->left)
		cp->left--;
	cp->sends++;
	ppp_send(l, protocols[k]->protocol, PPP_CONF_REQ, cp->req_id, cp->sent,
		cp->sent_len);
	arm(l, k);
}

static void act_str(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	struct cp *cp = &l->cp[k];

	if (cp->left)
		cp->left--;
	ppp_send(l, protocols[k]->protocol, PPP_TERM_REQ, ++cp->id, NULL, 0);
	arm(l, k);
}

static void act_sca(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	l->cp[k].naks_sent = 0;
	protocols[k]->accept(l);
	if (k == CP_LCP && l->proxy)
		ppp_proxy_accepted(l, p);
	ppp_send(l, protocols[k]->protocol, PPP_CONF_ACK, p->id, p->body, p->body_len);
}

static void act_scn(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	if (p->reply_code == PPP_CONF_NAK && l->cp[k].naks_sent < UINT8_MAX)
		l->cp[k].naks_sent++;
	ppp_send(l, protocols[k]->protocol, p->reply_code, p->id, p->reply,
		p->reply_len);
}

static void act_sta(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	ppp_send(l, protocols[k]->protocol, PPP_TERM_ACK, p->id, NULL, 0);
}

static void act_scj(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	size_t room = MIN(l->lcp.peer.mru, PPP_PKT_MAX) - PPP_PKT_HDR;

	ppp_send(l, protocols[k]->protocol, PPP_CODE_REJ, ++l->cp[k].id, p->bytes,
		MIN(p->len, room));
}

static void act_ser(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	if (protocols[k]->reply)
		protocols[k]->reply(l, p);
}

static void act_tlu(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	l->cp[k].sends = 0;
	protocols[k]->up(l);
}

static void act_tls(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	/* The lower layer of LCP is up as long as the link exists; IPCP's is LCP. */
}

static void (*const actions[FSM_ACTIONS])(
	struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p) = {
	[FSM_TLD] = act_tld,
	[FSM_IRC] = act_irc,
	[FSM_ZRC] = act_zrc,
	[FSM_SCR] = act_scr,
	[FSM_STR] = act_str,
	[FSM_SCA] = act_sca,
	[FSM_SCN] = act_scn,
	[FSM_STA] = act_sta,
	[FSM_SCJ] = act_scj,
	[FSM_SER] = act_ser,
	[FSM_TLU] = act_tlu,
	[FSM_TLS] = act_tls,
	/* FSM_TLF wants the event: see ppp_cp_event() */
};

void ppp_cp_event(
	struct ppp_link *l, enum cp_kind k, enum fsm_event ev, const struct cp_pkt *p)
{
	struct cp *cp = &l->cp[k];
	const struct fsm_cell *cell = fsm_cell(cp->state, ev);

	if (cell->next == FSM_NONE)
		return;
	if (cell->next != cp->state)
		ppp_debug(l, "%s: %s -> %s on %s", protocols[k]->name,
			fsm_state_name(cp->state), fsm_state_name(cell->next),
			fsm_event_name(ev));
	cp->prev = cp->state;
	cp->state = cell->next;
	if (!fsm_timed(cp->state))
		ppp_link_disarm(l, PPP_T_LCP + k);
	for (unsigned a = 0; a < FSM_TLF; a++)
		if (cell->acts & 1u << a)
			actions[a](l, k, p);
	if (cell->acts & 1u << FSM_TLF)
		protocols[k]->finished(l, ev);
}

void ppp_cp_timeout(struct ppp_link *l, enum cp_kind k)
{
	const struct cp *cp = &l->cp[k];
	/* A peer that acknowledges each request and never makes one of its own would
	 * keep the restart counter full for ever. */
	bool more = cp->left && cp->sends < 4 * l->max_configure;

	ppp_cp_event(l, k, more ? FSM_TO_PLUS : FSM_TO_MINUS, NULL);
}

/* ---- packets ---- */

bool ppp_opt_next(struct rd *r, struct ppp_opt *o)
{
	struct rd at = *r;

	if (!rd_left(r))
		return false;
	o->type = rd_u8(r);
	o->len = rd_u8(r);
	if (r->bad || o->len < 2) {
		r->bad = true;
		return false;
	}
	o->value = rd_sub(r, o->len - 2);
	o->bytes = rd_take(&at, o->len);
	return !r->bad;
}

static bool options_framed(const struct cp_pkt *p)
{
	struct rd r = rd_init(p->body, p->body_len);
	unsigned n = 0;
	struct ppp_opt o;

	while (ppp_opt_next(&r, &o))
		n++;
	return !r.bad && n <= PPP_OPTIONS_MAX;
}

/* Looks at one option of the peer's request; what is wanted instead goes to nak. */
static enum opt_verdict judge(struct ppp_link *l, enum cp_kind k, const struct ppp_opt *o,
	uint32_t seen[8], struct wr *nak)
{
	uint32_t bit = 1u << (o->type & 31);
	size_t before = nak->len;
	enum opt_verdict v;

	if (seen[o->type >> 5] & bit)
		return OPT_REJ; /* an option stands once in a request (RFC 1661 5.1) */
	seen[o->type >> 5] |= bit;
	v = protocols[k]->option(l, o->type, o->value, nak);
	if (v == OPT_NAK && l->cp[k].naks_sent >= l->max_failure) {
		nak->len = before;
		return OPT_REJ;
	}
	return v;
}

static void on_conf_req(struct ppp_link *l, enum cp_kind k, struct cp_pkt *p)
{
	const struct cp_ops *ops = protocols[k];
	struct cp *cp = &l->cp[k];
	struct rd r = rd_init(p->body, p->body_len);
	uint8_t nak_buf[64], rej_buf[PPP_PKT_MAX];
	struct wr nak = wr_init(nak_buf, sizeof(nak_buf));
	struct wr rej = wr_init(rej_buf, sizeof(rej_buf));
	uint32_t seen[8] = { 0 };
	struct ppp_opt o;

	if (k == CP_LCP && l->proxy)
		ppp_proxy_received(l, p);
	if (cp->state == FSM_STOPPED || cp->state >= FSM_REQ_SENT) {
		cp->peer_term = false;
		ops->begin(l);
		while (ppp_opt_next(&r, &o))
			if (judge(l, k, &o, seen, &nak) == OPT_REJ)
				wr_bytes(&rej, o.bytes, o.len);
		if (!rej.len && ops->missing)
			ops->missing(l, &nak);
		if (l->failed && !l->closing)
			return;
	}
	p->reply_code = rej.len ? PPP_CONF_REJ : PPP_CONF_NAK;
	p->reply = rej.len ? rej_buf : nak_buf;
	p->reply_len = rej.len ? rej.len : nak.len;
	ppp_cp_event(l, k, p->reply_len ? FSM_RCR_MINUS : FSM_RCR_PLUS, p);
}

/* An answer to our latest Configure-Request, and the first one? */
static bool expected(struct ppp_link *l, enum cp_kind k, const struct cp_pkt *p)
{
	struct cp *cp = &l->cp[k];

	if (cp->state < FSM_REQ_SENT) /* the automaton knows what to do */
		return true;
	return !cp->answered && p->id == cp->req_id;
}

static void on_conf_ack(struct ppp_link *l, enum cp_kind k, struct cp_pkt *p)
{
	struct cp *cp = &l->cp[k];

	if (cp->state >= FSM_REQ_SENT) {
		if (p->body_len != cp->sent_len ||
			memcmp(p->body, cp->sent, cp->sent_len) != 0) {
			l->e->stats.unexpected++;
			return;
		}
		cp->answered = true;
	}
	ppp_cp_event(l, k, FSM_RCA, p);
}

/* The options of a Configure-Reject are some of ours, unchanged and in our order. */
static bool is_subset(const struct cp *cp, const struct cp_pkt *p)
{
	struct rd ours = rd_init(cp->sent, cp->sent_len);
	struct rd theirs = rd_init(p->body, p->body_len);
	struct ppp_opt a, b;

	while (ppp_opt_next(&theirs, &b)) {
		do {
			if (!ppp_opt_next(&ours, &a))
				return false;
		} while (a.len != b.len || memcmp(a.bytes, b.bytes, a.len) != 0);
	}
	return p->body_len > 0;
}

static void on_conf_rej(struct ppp_link *l, enum cp_kind k, struct cp_pkt *p)
{
	struct cp *cp = &l->cp[k];
	struct rd r = rd_init(p->body, p->body_len);
	struct ppp_opt o;

	if (cp->state >= FSM_REQ_SENT) {
		if (!is_subset(cp, p)) {
			l->e->stats.unexpected++;
			return;
		}
		cp->answered = true;
		if (cp->state != FSM_OPENED)
			while (ppp_opt_next(&r, &o))
				protocols[k]->rejected(l, o.type);
		if (l->failed && !l->closing)
			return;
	}
	ppp_cp_event(l, k, FSM_RCN, p);
}

static void on_conf_nak(struct ppp_link *l, enum cp_kind k, struct cp_pkt *p)
{
	struct cp *cp = &l->cp[k];
	struct rd r = rd_init(p->body, p->body_len);
	struct ppp_opt o;

	if (cp->state >= FSM_REQ_SENT) {
		/* Two ends that never agree: stop listening, the restart counter ends it. */
		if (cp->naks_got >= 2 * l->max_configure + PPP_LOOP_MAX) {
			l->e->stats.unexpected++;
			return;
		}
		cp->naks_got++;
		cp->answered = true;
		if (cp->state != FSM_OPENED)
			while (ppp_opt_next(&r, &o))
				protocols[k]->naked(l, o.type, o.value);
		if (l->failed && !l->closing)
			return;
	}
	ppp_cp_event(l, k, FSM_RCN, p);
}

static void on_term_req(struct ppp_link *l, enum cp_kind k, struct cp_pkt *p)
{
	l->cp[k].peer_term = true;
	ppp_cp_event(l, k, FSM_RTR, p);
}

static void on_term_ack(struct ppp_link *l, enum cp_kind k, struct cp_pkt *p)
{
	ppp_cp_event(l, k, FSM_RTA, p);
}

static void on_code_rej(struct ppp_link *l, enum cp_kind k, struct cp_pkt *p)
{
	struct rd r = rd_init(p->body, p->body_len);
	uint8_t code = rd_u8(&r);

	if (r.bad) {
		l->e->stats.malformed++;
		return;
	}
	/* Without codes 1 to 7 the automaton cannot work; the others can be missed. */
	bool vital = code >= PPP_CONF_REQ && code <= PPP_CODE_REJ;

	ppp_cp_event(l, k, vital ? FSM_RXJ_MINUS : FSM_RXJ_PLUS, p);
}

static const struct {
	void (*handle)(struct ppp_link *l, enum cp_kind k, struct cp_pkt *p);
	bool options; /* the body is a list of options */
	bool answer;  /* to a Configure-Request: the identifier counts */
} codes[] = {
	[PPP_CONF_REQ] = { on_conf_req, true, false },
	[PPP_CONF_ACK] = { on_conf_ack, true, true },
	[PPP_CONF_NAK] = { on_conf_nak, true, true },
	[PPP_CONF_REJ] = { on_conf_rej, true, true },
	[PPP_TERM_REQ] = { on_term_req, false, false },
	[PPP_TERM_ACK] = { on_term_ack, false, false },
	[PPP_CODE_REJ] = { on_code_rej, false, false },
};

void ppp_cp_input(struct ppp_link *l, enum cp_kind k, struct rd *r)
{
	struct ppp_stats *stats = &l->e->stats;
	struct cp_pkt p;

	if (!ppp_pkt_parse(r, &p)) {
		stats->malformed++;
		return;
	}
	if (k == CP_LCP)
		l->heard = true;
	if (p.code >= G_N_ELEMENTS(codes) || !codes[p.code].handle) {
		if (!protocols[k]->code(l, &p)) {
			stats->unknown++;
			ppp_cp_event(l, k, FSM_RUC, &p);
		}
		return;
	}
	if (codes[p.code].options && (p.len > PPP_PKT_MAX || !options_framed(&p))) {
		stats->malformed++;
		return;
	}
	if (codes[p.code].answer && !expected(l, k, &p)) {
		stats->unexpected++;
		return;
	}
	codes[p.code].handle(l, k, &p);
}
