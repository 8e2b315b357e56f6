/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The model's active RP: its inputs, each one transaction; what it holds and what may leave; the
 * end of sessions; the bulk (rp/txn.c, rp/cf.c, rp/rf.c, l2tp/commit.c, vpdn/close.c).
 */
#include "tests/model/internal.h"

/* ---- transactions ---- */

static bool gated(const struct run *r, const struct rp *p, unsigned t)
{
	return p->replicated & TUNNEL(t) && (on(r, RULE_H7_GATE) || p->hot_said);
}

static unsigned nr_of(const struct run *r, const struct rp *p, unsigned t)
{
	return gated(r, p, t) && on(r, RULE_H1_NR) ? p->r_dur[t] : p->d.t[t].r;
}

static unsigned may_send_below(const struct run *r, const struct rp *p, unsigned t)
{
	return gated(r, p, t) && on(r, RULE_H2_HOLD) ? p->s_dur[t] : p->d.t[t].s;
}

static bool room(const struct state *s, const struct rp *p)
{
	return !p->on || (p->seq - p->acked < AHEAD && s->n_ipc < AHEAD && !p->half);
}

static void stage(struct state *s, struct rp *p, uint8_t kind, uint8_t mask)
{
	if (s->cut)
		return;
	s->ipc[s->n_ipc++] = (struct item){ kind, p->epoch, p->seq, mask, 0, p->d };
	if (kind == BEGIN)
		s->ipc[s->n_ipc - 1].d = (struct store){ 0 };
}

static void send_txn(struct state *s, struct rp *p, uint8_t mask)
{
	struct note *n = &p->note[p->seq - p->acked];

	*n = (struct note){ .mask = mask };
	for (unsigned t = 0; t < TUNNELS; t++) {
		if (!(mask & TUNNEL(t)))
			continue;
		n->s[t] = p->d.t[t].s;
		n->r[t] = p->d.t[t].r;
	}
	p->seq++;
	stage(s, p, TXN, mask);
}

/* What an input changed becomes one transaction, as far as it is replicated. */
static void commit(const struct run *r, struct state *s, struct rp *p, uint8_t mask)
{
	if (!p->on)
		return;
	for (unsigned t = 0; t < r->cfg->tunnels; t++)
		if (!(p->replicated & TUNNEL(t)))
			mask &= (uint8_t)~TUNNEL(t);
	for (unsigned x = 0; x < r->cfg->sessions; x++)
		if (!(p->replicated & TUNNEL(tunnel_of(r->cfg, x))))
			mask &= (uint8_t) ~(SESSION(x) | PENDING(x));
	if (!on(r, RULE_H2_WHOLE) && mask & 3 && mask & ~3) {
		p->half = mask & (uint8_t)~3;
		mask &= 3;
	}
	if (mask)
		send_txn(s, p, mask);
}

static void free_entry(struct state *s, struct rp *p, unsigned x)
{
	p->held[x] = 0;
	if (p->term >= s->fp_term)
		s->entry[x] = NONE;
}

static void unmark(const struct run *r, struct state *s, struct rp *p, unsigned t)
{
	uint8_t upto = p->acked;

	p->unprotected[t] = 0;
	if (p->term < s->fp_term)
		return;
	s->unmarked[t] = !on(r, RULE_H3_NUMBER);
	if (s->mark[t] <= upto || s->unmarked[t] || !on(r, RULE_H3_COVERED))
		s->mark[t] = 0;
	if (s->mirror[t] <= upto)
		s->mirror[t] = 0;
	if (s->out && (s->out >> 6 & 1) == t && s->out_mark <= upto &&
		on(r, RULE_H3_OVERTAKEN))
		s->out_mark = 0;
}

static void note_acked(const struct run *r, struct state *s, struct rp *p)
{
	struct note n = p->note[0];

	memmove(p->note, p->note + 1, sizeof(n) * (AHEAD - 1));
	p->note[AHEAD - 1] = (struct note){ 0 };
	p->acked++;
	for (unsigned t = 0; t < r->cfg->tunnels; t++) {
		bool noted = on(r, RULE_H2_NOTED);

		if (n.mask & TUNNEL(t)) {
			p->s_dur[t] = MAX(p->s_dur[t], noted ? n.s[t] : p->d.t[t].s);
			p->r_dur[t] = MAX(p->r_dur[t], noted ? n.r[t] : p->d.t[t].r);
		}
		if (p->unprotected[t] &&
			(!on(r, RULE_H3_COVERED) ||
				(n.mask & TUNNEL(t) && p->unprotected[t] <= p->acked)))
			unmark(r, s, p, t);
	}
}

static void acked(const struct run *r, struct state *s, struct rp *p, uint8_t seq)
{
	if (seq <= p->acked || seq > p->seq)
		return;
	while (p->acked < seq)
		note_acked(r, s, p);
	for (unsigned x = 0; x < r->cfg->sessions; x++)
		if (p->held[x] && p->held[x] <= seq)
			free_entry(s, p, x);
}

/* Nothing is held any more: there is no standby, or it is not fit. */
static void start_over(const struct run *r, struct state *s, struct rp *p)
{
	for (unsigned t = 0; t < r->cfg->tunnels; t++)
		if (gated(r, p, t) &&
			(p->s_dur[t] != p->d.t[t].s || p->r_dur[t] != p->d.t[t].r))
			p->unprotected[t] = p->seq;
	for (unsigned x = 0; x < r->cfg->sessions; x++)
		if (p->held[x])
			free_entry(s, p, x);
	p->on = p->bulk = p->bulk_seq = p->replicated = p->hot_said = p->unfit = 0;
	p->confirmed = p->half = 0;
	p->acked = p->seq;
	memset(p->note, 0, sizeof(p->note));
	memset(p->s_dur, 0, sizeof(p->s_dur));
	memset(p->r_dur, 0, sizeof(p->r_dur));
	s->cut = 0;
}

static bool tell_arbiter(struct state *s, uint8_t what)
{
	for (unsigned i = 0; i < 2; i++) {
		if (s->fifo[i])
			continue;
		s->fifo[i] = what;
		return true;
	}
	return false;
}

/* ---- the active RP: sessions ---- */

bool enqueue(struct tun *c, unsigned m)
{
	if (c->s == NUMBERS)
		return false;
	c->q[c->s++] = (uint8_t)m;
	return true;
}

static void end_session(struct state *s, struct rp *p, unsigned x, unsigned how)
{
	p->d.ses[x] = (uint8_t)how;
	if (p->term >= s->fp_term && s->entry[x])
		s->entry[x] |= STOPPED;
}

/* A tunnel ends without CDNs. */
static uint8_t end_tunnel(
	const struct run *r, struct state *s, struct rp *p, unsigned t)
{
	uint8_t mask = TUNNEL(t);

	p->d.t[t].st = CLOSING;
	for (unsigned x = 0; x < r->cfg->sessions; x++) {
		if (tunnel_of(r->cfg, x) != t || !p->d.ses[x])
			continue;
		end_session(s, p, x, ENDED_BY_PEER);
		if (on(r, RULE_H9_CLOSING))
			mask |= SESSION(x);
	}
	return mask;
}

/* A message in sequence; what it changed. */
static uint8_t take(
	const struct run *r, struct state *s, struct rp *p, unsigned t, unsigned m)
{
	unsigned x = m & 1;
	uint8_t *ses = &p->d.ses[x], mask = (uint8_t)(TUNNEL(t) | SESSION(x));

	switch (m >> 1) {
	case ICRQ:
		if (*ses)
			s->bad = TWICE;
		*ses = STUB;
		s->entry[x] = ENTRY;
		if (!enqueue(&p->d.t[t], msg(ICRP, x)))
			return 0;
		return on(r, RULE_H10_BEGUN) ? mask : TUNNEL(t);
	case ICCN:
		if (*ses == STUB)
			*ses = OPEN;
		return mask;
	case CDN:
		if (*ses == ENDED_BY_PEER)
			s->bad = TWICE;
		if (*ses)
			end_session(s, p, x, ENDED_BY_PEER);
		return on(r, RULE_H9_CLOSING) ? mask : TUNNEL(t);
	case STOPCCN:
		return end_tunnel(r, s, p, t);
	}
	return TUNNEL(t);
}

static void nr_came(struct tun *c, unsigned nr)
{
	if (nr <= c->u || nr > c->s)
		return;
	while (c->u < nr)
		c->q[c->u++] = 0;
}

static void input(
	const struct run *r, const struct state *s, unsigned i, unsigned w, bool again)
{
	struct state n = *s;
	struct rp *p = &n.rp[i];
	uint16_t k = n.to_us[w];
	unsigned t = k >> 6 & 1, ns = k >> 3 & 7, m = k >> 7;
	struct tun *c = &p->d.t[t];

	if (!again)
		n.to_us[w] = 0;
	if (!c->st || (c->st == CLOSING && m >> 1 == ZLB && ns < c->r))
		return;
	nr_came(c, k & 7);
	if (m >> 1 == ZLB) {
		if (p->verifying & TUNNEL(t) && ns > c->r && !on(r, RULE_H4_R))
			c->r = (uint8_t)ns;
	} else if (ns == c->r) {
		uint8_t mask;

		c->r++;
		mask = take(r, &n, p, t, m);
		if (!mask)
			return; /* beyond the bound */
		if ((m >> 1 == HELLO && !on(r, RULE_H1_HELLO)) ||
			(m >> 1 == STOPCCN && !on(r, RULE_H1_STOPCCN)))
			p->r_dur[t] = c->r;
		else
			commit(r, &n, p, mask);
	}
	step(r, &n,
		again ? "R%d takes a packet of the peer; it will come again"
		      : "R%d takes a packet of the peer",
		(int)i, k);
}

/* The second phase: the FP has said the final counters. */
static void finish(const struct run *r, const struct state *s, unsigned i, unsigned x)
{
	struct state n = *s;
	struct rp *p = &n.rp[i];
	unsigned t = tunnel_of(r->cfg, x);
	bool ours = p->d.ses[x] == ENDED_BY_US;

	if (ours && p->d.t[t].st == UP && !enqueue(&p->d.t[t], msg(CDN, x)))
		return;
	if (r->cfg->acct)
		p->d.acct[x] =
			n.entry[x] && !(n.entry[x] & ANEW) ? WITH_COUNTERS : WITHOUT;
	p->d.ses[x] = NONE;
	if (!on(r, RULE_H9_FREE))
		n.entry[x] = NONE;
	commit(r, &n, p,
		(uint8_t)(TUNNEL(t) | SESSION(x) |
			  (on(r, RULE_H9_PENDING) ? PENDING(x) : 0)));
	if (p->on && p->replicated & TUNNEL(t))
		p->held[x] = (uint8_t)(p->seq + !!p->half);
	else
		free_entry(&n, p, x);
	step(r, &n, "R%d has the counters of session %d: deleted", (int)i, (int)x);
}

static void ours(const struct run *r, const struct state *s, unsigned i)
{
	for (unsigned t = 0; t < r->cfg->tunnels; t++) {
		struct state n = *s;

		if (s->rp[i].d.t[t].st != UP)
			continue;
		if (n.our_hello && enqueue(&n.rp[i].d.t[t], msg(HELLO, 0))) {
			n.our_hello--;
			commit(r, &n, &n.rp[i], TUNNEL(t));
			step(r, &n, "R%d has a HELLO for tunnel %d", (int)i, (int)t);
		}
		n = *s;
		if (n.our_stopccn && enqueue(&n.rp[i].d.t[t], msg(STOPCCN, 0))) {
			n.our_stopccn--;
			commit(r, &n, &n.rp[i], end_tunnel(r, &n, &n.rp[i], t));
			step(r, &n, "R%d clears tunnel %d", (int)i, (int)t);
		}
	}
	for (unsigned x = 0; x < r->cfg->sessions; x++) {
		struct state n = *s;

		if (!n.our_close || n.rp[i].d.ses[x] != OPEN)
			continue;
		n.our_close--;
		end_session(&n, &n.rp[i], x, ENDED_BY_US);
		if (on(r, RULE_H9_CLOSING))
			commit(r, &n, &n.rp[i], SESSION(x));
		step(r, &n, "R%d: subscriber of session %d has hung up", (int)i,
			(int)x);
	}
}

static void accounting(
	const struct run *r, const struct state *s, unsigned i, unsigned x)
{
	struct state n = *s;
	struct rp *p = &n.rp[i];

	if (!p->d.acct[x] || p->held[x] || p->term < n.fp_term)
		return;
	if (!(n.stops[x] & p->d.acct[x])) {
		n.stops[x] |= p->d.acct[x];
		if (n.stops[x] & WITHOUT)
			n.bad = BAD_COUNTERS;
		step(r, &n, "R%d sends the Stop of session %d", (int)i, (int)x);
		return;
	}
	p->d.acct[x] = NONE;
	commit(r, &n, p, PENDING(x));
	step(r, &n, "R%d: the Stop of session %d was taken", (int)i, (int)x);
}

/* ---- the active RP: what leaves ---- */

static void send_one(const struct run *r, const struct state *s, unsigned i, unsigned t,
	unsigned m, unsigned ns)
{
	struct state n = *s;
	const struct rp *p = &n.rp[i];

	n.out = packet(t, m, ns, nr_of(r, p, t));
	n.out_term = p->term;
	n.out_mark = on(r, RULE_H3_MARK) ? p->unprotected[t] : 0;
	step(r, &n, "R%d sends", (int)i, n.out);
}

static void output(const struct run *r, const struct state *s, unsigned i)
{
	const struct rp *p = &s->rp[i];

	if (s->out)
		return;
	for (unsigned t = 0; t < r->cfg->tunnels; t++) {
		const struct tun *c = &p->d.t[t];

		if (!c->st)
			continue;
		for (unsigned ns = c->u; ns < may_send_below(r, p, t); ns++)
			send_one(r, s, i, t, c->q[ns], ns);
		send_one(r, s, i, t, msg(ZLB, 0), may_send_below(r, p, t));
	}
}

/* The ack budget is over: what is held leaves. */
static void release(const struct run *r, const struct state *s, unsigned i)
{
	struct state n = *s;
	struct rp *p = &n.rp[i];

	if (!n.late || !p->on || p->acked == p->seq)
		return;
	n.late--;
	for (unsigned j = 0; j < (unsigned)(p->seq - p->acked); j++) {
		const struct note *k = &p->note[j];

		for (unsigned t = 0; t < r->cfg->tunnels; t++) {
			if (!(k->mask & TUNNEL(t)))
				continue;
			p->s_dur[t] = MAX(p->s_dur[t], k->s[t]);
			p->r_dur[t] = MAX(p->r_dur[t], k->r[t]);
			p->unprotected[t] = (uint8_t)(p->acked + 1 + j);
		}
	}
	step(r, &n, "R%d lets go what the standby has not acknowledged", (int)i, 0);
}

/* ---- the active RP: its standby ---- */

static void announce(const struct run *r, struct state *s, struct rp *p)
{
	if (!tell_arbiter(s, s->standby_lost ? HOT_OF_OLD : HOT))
		return;
	p->hot_said = 1;
	for (unsigned t = 0; t < r->cfg->tunnels && !on(r, RULE_H7_GATE); t++) {
		p->s_dur[t] = p->d.t[t].s;
		p->r_dur[t] = p->d.t[t].r;
	}
}

static bool covered(const struct rp *p)
{
	return !p->unprotected[0] && !p->unprotected[1];
}

/* A bulk sends what there is; it says nothing of what is gone. */
static unsigned there(const struct run *r, const struct rp *p)
{
	unsigned mask = 0;

	for (unsigned x = 0; x < r->cfg->sessions; x++) {
		if (p->d.ses[x])
			mask |= SESSION(x);
		if (p->d.acct[x])
			mask |= PENDING(x);
	}
	return mask;
}

static void bulk(const struct run *r, const struct state *s, unsigned i)
{
	struct state n = *s;
	struct rp *p = &n.rp[i];
	unsigned t = p->bulk - BULK_TUNNELS;

	if (!p->on) {
		if (!n.bulks || n.rp[!i].role != STANDBY || n.standby_lost || n.cut ||
			n.n_ipc > AHEAD)
			return;
		n.bulks--;
		p->on = 1;
		p->epoch++;
		p->acked = p->seq;
		p->bulk = BULK_TUNNELS;
		stage(&n, p, BEGIN, 0);
		if (!on(r, RULE_H7_END))
			announce(r, &n, p);
		step(r, &n, "R%d begins a bulk", (int)i, 0);
	} else if (p->bulk >= BULK_TUNNELS && t < r->cfg->tunnels && room(s, p)) {
		p->bulk = (uint8_t)(t + 1 < r->cfg->tunnels ? p->bulk + 1
							    : BULK_SESSIONS);
		p->replicated |= TUNNEL(t);
		p->s_dur[t] = p->d.t[t].s;
		p->r_dur[t] = p->d.t[t].r;
		commit(r, &n, p, TUNNEL(t));
		step(r, &n, "R%d: bulk, tunnel %d", (int)i, (int)t);
	} else if (p->bulk == BULK_SESSIONS && room(s, p)) {
		p->bulk = BULK_DRAIN;
		send_txn(&n, p, (uint8_t)(TUNNEL(0) | there(r, p)));
		p->bulk_seq = p->seq;
		step(r, &n, "R%d: bulk, sessions, and its end", (int)i, 0);
	} else if (p->bulk == BULK_DRAIN && p->acked >= p->bulk_seq && covered(p)) {
		p->bulk = BULK_DONE;
		p->bulk_seq = 0;
		if (!p->hot_said)
			announce(r, &n, p);
		if (p->hot_said)
			step(r, &n, "R%d tells the arbiter that the standby is HOT",
				(int)i, 0);
	}
}

static void unfit(const struct run *r, struct state *s, unsigned i, const char *about)
{
	struct rp *p = &s->rp[i];

	if (!p->on || p->unfit)
		return;
	if (!p->hot_said) {
		start_over(r, s, p);
	} else {
		if (!tell_arbiter(s, WITHDRAWN))
			return;
		p->unfit = 1;
		if (!on(r, RULE_H3_ARBITER))
			start_over(r, s, p);
	}
	step(r, s, about, (int)i, 0);
}

static void standby_news(const struct run *r, const struct state *s, unsigned i)
{
	struct state n = *s;
	struct rp *p = &n.rp[i];

	if (n.standby_lost) {
		n.standby_lost = 0;
		start_over(r, &n, p);
		step(r, &n, "R%d hears that the standby is gone", (int)i, 0);
		return;
	}
	if (p->confirmed) {
		p->confirmed = 0;
		if (p->unfit)
			start_over(r, &n, p);
		step(r, &n, "R%d hears that HOT is withdrawn", (int)i, 0);
		return;
	}
	if (n.cut)
		unfit(r, &n, i, "R%d misses the standby's heartbeats");
	n = *s;
	if (!n.ack)
		return;
	n.ack = 0;
	if (p->on && n.ack_epoch == p->epoch) {
		acked(r, &n, p, n.ack_seq);
		if (n.ack_failed) {
			n.ack_failed = n.ack_seq = n.ack_epoch = 0;
			unfit(r, &n, i, "R%d hears that the standby's store is closed");
			return;
		}
	}
	n.ack_failed = n.ack_seq = n.ack_epoch = 0;
	step(r, &n, "R%d takes an acknowledgement", (int)i, 0);
}

static void second_half(const struct run *r, const struct state *s, unsigned i)
{
	struct state n = *s;

	if (!n.rp[i].half || n.n_ipc >= AHEAD || n.rp[i].seq - n.rp[i].acked >= AHEAD)
		return;
	send_txn(&n, &n.rp[i], n.rp[i].half);
	n.rp[i].half = 0;
	step(r, &n, "R%d stages the other half of a transaction", (int)i, 0);
}

/* An RP that was replaced and does not know it yet can still speak. */
void active_steps(const struct run *r, const struct state *s, unsigned i)
{
	const struct rp *p = &s->rp[i];

	output(r, s, i);
	release(r, s, i);
	if (i != s->holder || p->term < s->fp_term)
		return;
	standby_news(r, s, i);
	second_half(r, s, i);
	if (!p->half)
		bulk(r, s, i);
	if (!room(s, p))
		return;
	for (unsigned w = 0; w < r->cfg->wire; w++) {
		if (!s->to_us[w])
			continue;
		input(r, s, i, w, false);
		if (r->cfg->dup)
			input(r, s, i, w, true);
	}
	ours(r, s, i);
	for (unsigned x = 0; x < r->cfg->sessions; x++) {
		if (s->rp[i].d.ses[x] >= ENDED_BY_PEER && s->rp[i].programmed)
			finish(r, s, i, x);
		accounting(r, s, i, x);
	}
}
