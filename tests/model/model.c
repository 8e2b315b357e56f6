/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The commit protocol as a machine of small steps (docs/ha.md; ha-commit.md).
 *
 * One step is one thing that cannot be interrupted: an RP works off one input and stages its
 * transaction, the standby applies one, the FP takes one packet, the arbiter one message.
 * Between any two of them an RP may be pulled or hang.  Every wire loses and reorders; what an
 * RP had staged for the other one is lost with it, which is worse than what is built.
 *
 * The peer is a strict RFC 2661 one.  Messages are letters, not bytes, and numbers do not
 * wrap; there is no time: whatever a timer would do may happen at any moment, or never.  So
 * nothing is said about liveness.
 */
#include "tests/model/model.h"

#include <string.h>
#include <sys/param.h>

enum { OUT, STANDBY, TAKING, ACTIVE };			     /* rp.role */
enum { NONE, UP, CLOSING };				     /* tun.st, session call */
enum { STUB = 1, OPEN, ENDED_BY_PEER, ENDED_BY_US };	     /* store.ses */
enum { CALLING = 1, TALKING, HUNG_UP };			     /* state.call */
enum { ENTRY = 1, STOPPED = 2, ANEW = 4 };		     /* state.entry */
enum { WITH_COUNTERS = 1, WITHOUT = 2 };		     /* store.acct, state.stops */
enum { BEGIN = 1, TXN };				     /* item.kind */
enum { BULK_NO, BULK_TUNNELS, BULK_SESSIONS = 8, BULK_DRAIN, BULK_DONE };
enum { HOT = 1, HOT_OF_OLD, WITHDRAWN };		     /* state.fifo */
enum { ZLB = 1, HELLO, ICRQ, ICRP, ICCN, CDN, STOPCCN };     /* messages */
enum { TWO_SPEAK = 1, TWICE, REBOUND, BAD_COUNTERS };	     /* state.bad */

static const char *const bad_names[] = {
	[TWO_SPEAK] = "one transmitter per term: a packet of an RP that was replaced left",
	[TWICE] = "an effect was applied twice",
	[REBOUND] = "I-send: a number was bound to other bytes",
	[BAD_COUNTERS] = "a Stop without the final counters",
};

#define TUNNEL(t) (1u << (t))
#define SESSION(x) (4u << (x))
#define PENDING(x) (16u << (x))

/* One search: what may happen, which rules are off, who takes the steps. */
struct run {
	const struct model_config *cfg;
	uint64_t off;
	model_next *next;
	void *user;
};

static bool on(const struct run *r, enum model_rule rule)
{
	return !(r->off >> rule & 1);
}

static unsigned tunnel_of(const struct model_config *cfg, unsigned x)
{
	return cfg->tunnels > 1 ? x : 0;
}

/* ---- packets: letter, tunnel, session, ns, nr ---- */

static uint16_t packet(unsigned t, unsigned msg, unsigned ns, unsigned nr)
{
	return (uint16_t)(nr | ns << 3 | t << 6 | msg << 7);
}

static unsigned msg(unsigned letter, unsigned x)
{
	return letter << 1 | x;
}

static bool put(const struct run *r, uint16_t *wire, uint16_t p)
{
	for (unsigned i = 0; i < r->cfg->wire; i++) {
		if (wire[i])
			continue;
		wire[i] = p;
		return true;
	}
	return false;
}

/* The wire has no order. */
static void sort_wire(uint16_t *w)
{
	if (w[0] < w[1]) {
		uint16_t p = w[0];

		w[0] = w[1];
		w[1] = p;
	}
}

/* ---- numbers of transactions: only differences matter ---- */

static void lowest(uint8_t *n, uint8_t *low)
{
	if (*n && *n < *low)
		*low = *n;
}

static void lower(uint8_t *n, uint8_t *by)
{
	if (*n)
		*n = (uint8_t)(*n - *by);
}

static void each_seq(struct state *s, void (*f)(uint8_t *, uint8_t *), uint8_t *arg)
{
	for (unsigned i = 0; i < 2; i++) {
		struct rp *p = &s->rp[i];

		f(&p->seq, arg);
		f(&p->acked, arg);
		f(&p->bulk_seq, arg);
		for (unsigned t = 0; t < TUNNELS; t++)
			f(&p->unprotected[t], arg);
		for (unsigned x = 0; x < SESSIONS; x++)
			f(&p->held[x], arg);
	}
	for (unsigned i = 0; i < s->n_ipc; i++)
		f(&s->ipc[i].seq, arg);
	for (unsigned t = 0; t < TUNNELS; t++) {
		f(&s->mark[t], arg);
		f(&s->mirror[t], arg);
		f(&s->late_mark[t], arg);
	}
	f(&s->ack_seq, arg);
	f(&s->out_mark, arg);
}

/* The one form of states that mean the same; then on to the explorer. */
static void step(const struct run *r, struct state *s, const char *about, int a, int b)
{
	uint8_t low = UINT8_MAX;

	sort_wire(s->to_peer);
	sort_wire(s->to_us);
	each_seq(s, lowest, &low);
	low--;
	each_seq(s, lower, &low);
	r->next(r->user, s, about, a, b);
}

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
			mask &= (uint8_t)~(SESSION(x) | PENDING(x));
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
			(!on(r, RULE_H3_COVERED) || (n.mask & TUNNEL(t) &&
							    p->unprotected[t] <= p->acked)))
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
		if (gated(r, p, t) && (p->s_dur[t] != p->d.t[t].s ||
					      p->r_dur[t] != p->d.t[t].r))
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

static bool enqueue(struct rp *p, unsigned t, unsigned m)
{
	struct tun *c = &p->d.t[t];

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
static uint8_t end_tunnel(const struct run *r, struct state *s, struct rp *p, unsigned t)
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
static uint8_t take(const struct run *r, struct state *s, struct rp *p, unsigned t, unsigned m)
{
	unsigned x = m & 1;
	uint8_t *ses = &p->d.ses[x], mask = (uint8_t)(TUNNEL(t) | SESSION(x));

	switch (m >> 1) {
	case ICRQ:
		if (*ses)
			s->bad = TWICE;
		*ses = STUB;
		s->entry[x] = ENTRY;
		if (!enqueue(p, t, msg(ICRP, x)))
			return 0;
		return on(r, RULE_H10_STUBS) ? mask : TUNNEL(t);
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

static void input(const struct run *r, const struct state *s, unsigned i, unsigned w, bool again)
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
	step(r, &n, again ? "R%d takes a packet of the peer; it will come again" :
			    "R%d takes a packet of the peer", (int)i, k);
}

/* The second phase: the FP has said the final counters. */
static void finish(const struct run *r, const struct state *s, unsigned i, unsigned x)
{
	struct state n = *s;
	struct rp *p = &n.rp[i];
	unsigned t = tunnel_of(r->cfg, x);
	bool ours = p->d.ses[x] == ENDED_BY_US;

	if (ours && p->d.t[t].st == UP && !enqueue(p, t, msg(CDN, x)))
		return;
	if (r->cfg->acct)
		p->d.acct[x] = n.entry[x] && !(n.entry[x] & ANEW) ? WITH_COUNTERS : WITHOUT;
	p->d.ses[x] = NONE;
	if (!on(r, RULE_H9_FREE))
		n.entry[x] = NONE;
	commit(r, &n, p, (uint8_t)(TUNNEL(t) | SESSION(x) |
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
		if (n.our_hello && enqueue(&n.rp[i], t, msg(HELLO, 0))) {
			n.our_hello--;
			commit(r, &n, &n.rp[i], TUNNEL(t));
			step(r, &n, "R%d has a HELLO for tunnel %d", (int)i, (int)t);
		}
		n = *s;
		if (n.our_stopccn && enqueue(&n.rp[i], t, msg(STOPCCN, 0))) {
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
		step(r, &n, "R%d: subscriber of session %d has hung up", (int)i, (int)x);
	}
}

static void accounting(const struct run *r, const struct state *s, unsigned i, unsigned x)
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
		p->bulk = (uint8_t)(t + 1 < r->cfg->tunnels ? p->bulk + 1 : BULK_SESSIONS);
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
			step(r, &n, "R%d tells the arbiter that the standby is HOT", (int)i, 0);
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
static void active(const struct run *r, const struct state *s, unsigned i)
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

/* ---- the standby ---- */

static void answer(struct state *s, const struct rp *p)
{
	s->ack = 1;
	s->ack_epoch = p->epoch;
	s->ack_seq = p->seq;
	s->ack_failed = !p->open;
}

static void apply(struct store *to, const struct item *m)
{
	for (unsigned t = 0; t < TUNNELS; t++)
		if (m->mask & TUNNEL(t))
			to->t[t] = m->d.t[t];
	for (unsigned x = 0; x < SESSIONS; x++) {
		if (m->mask & SESSION(x))
			to->ses[x] = m->d.ses[x];
		if (m->mask & PENDING(x))
			to->acct[x] = m->d.acct[x];
	}
}

static void pop(struct state *s)
{
	memmove(s->ipc, s->ipc + 1, sizeof(s->ipc[0]) * AHEAD);
	s->ipc[AHEAD] = (struct item){ 0 };
	s->n_ipc--;
}

static void receive(const struct run *r, struct state *s, struct rp *p, const struct item *m)
{
	if (m->kind == BEGIN) {
		if (on(r, RULE_H7_EMPTY))
			p->d = (struct store){ 0 };
		p->epoch = m->epoch;
		p->seq = m->seq;
		p->open = 1;
		return;
	}
	if (m->epoch != p->epoch || !p->open)
		return;
	if (m->seq != p->seq + 1 && on(r, RULE_H7_NEXT)) {
		p->open = 0;
	} else {
		apply(&p->d, m);
		p->seq = m->seq;
	}
	answer(s, p);
}

static void standby(const struct run *r, const struct state *s, unsigned i)
{
	struct state n = *s;
	struct rp *p = &n.rp[i];
	const struct rp *other = &s->rp[!i];
	struct item m = n.ipc[0];

	if (n.cut)
		return;
	if (n.n_ipc) {
		if (!on(r, RULE_H2_APPLIED) && m.kind == TXN && !m.early && p->open &&
			m.epoch == p->epoch) {
			n.ipc[0].early = 1;
			answer(&n, p);
			n.ack_seq = m.seq;
			step(r, &n, "R%d acknowledges what it has not applied", (int)i, 0);
			return;
		}
		if (n.refuse && m.kind == TXN && p->open && m.epoch == p->epoch) {
			n.refuse--;
			pop(&n);
			if (!on(r, RULE_H2_ATOMIC)) {
				m.mask &= 3; /* the records of tunnels come first */
				apply(&p->d, &m);
				m = s->ipc[0];
			}
			p->open = 0;
			answer(&n, p);
			step(r, &n, "R%d cannot apply a transaction", (int)i, 0);
			n = *s;
		}
		pop(&n);
		receive(r, &n, p, &m);
		step(r, &n, m.kind == BEGIN ? "R%d begins anew" : "R%d applies a transaction", (int)i, 0);
		return;
	}
	/* A heartbeat: nothing is under way. */
	if (other->role == ACTIVE && other->on && other->epoch == p->epoch && !n.ack) {
		if (p->open && p->seq != other->seq)
			p->open = 0;
		if (p->open && p->seq == other->acked)
			return;
		answer(&n, p);
		step(r, &n, "R%d answers a heartbeat", (int)i, 0);
	}
}

/* ---- takeover ---- */

static void empty_channel(struct state *s)
{
	memset(s->ipc, 0, sizeof(s->ipc));
	s->n_ipc = s->ack = s->ack_epoch = s->ack_seq = s->ack_failed = s->cut = 0;
}

static void give_up(const struct run *r, struct state *s, struct rp *p, unsigned t)
{
	s->lost[t] = 1;
	p->d.t[t] = s->peer[t] = (struct tun){ 0 };
	s->mark[t] = s->mirror[t] = s->late_mark[t] = 0;
	s->sent_s[t] = s->sent_r[t] = 0;
	memset(s->sent[t], 0, sizeof(s->sent[t]));
	for (unsigned x = 0; x < r->cfg->sessions; x++)
		if (tunnel_of(r->cfg, x) == t)
			p->d.ses[x] = s->call[x] = NONE;
	for (unsigned w = 0; w < WIRE; w++) {
		if (s->to_peer[w] && (s->to_peer[w] >> 6 & 1) == t)
			s->to_peer[w] = 0;
		if (s->to_us[w] && (s->to_us[w] >> 6 & 1) == t)
			s->to_us[w] = 0;
	}
}

/* What is not whole is ended by a CDN behind all that may have been said. */
static bool end_stub(const struct run *r, struct rp *p, unsigned x)
{
	struct tun *c = &p->d.t[tunnel_of(r->cfg, x)];

	p->d.ses[x] = ENDED_BY_US;
	if (!on(r, RULE_H5_FINAL) && c->u < c->s && c->q[c->u] == msg(ICRP, x)) {
		c->q[c->u] = (uint8_t)msg(CDN, x);
		p->d.ses[x] = NONE;
	}
	return true;
}

static void go_live(const struct run *r, const struct state *s, unsigned i)
{
	struct state n = *s;
	struct rp *p = &n.rp[i];

	if (n.fp_term < p->term && on(r, RULE_H3_AFTER_TERM))
		return;
	p->role = ACTIVE;
	p->acked = p->seq;
	p->open = 0;
	for (unsigned t = 0; t < r->cfg->tunnels; t++) {
		if (n.lost[t])
			continue;
		if (n.mark[t]) {
			give_up(r, &n, p, t);
			continue;
		}
		p->verifying |= TUNNEL(t);
		if (p->d.t[t].st == UP && p->d.t[t].u == p->d.t[t].s)
			(void)enqueue(p, t, msg(HELLO, 0));
	}
	for (unsigned x = 0; x < r->cfg->sessions; x++)
		if (p->d.ses[x] == STUB)
			(void)end_stub(r, p, x);
	step(r, &n, "R%d has read the marks and is live", (int)i, 0);
}

static void program(const struct run *r, const struct state *s, unsigned i)
{
	struct state n = *s;
	struct rp *p = &n.rp[i];

	if (p->programmed || n.fp_term != p->term)
		return;
	p->programmed = 1;
	for (unsigned x = 0; x < r->cfg->sessions; x++) {
		if (!p->d.ses[x] && on(r, RULE_H9_SWEEP))
			n.entry[x] = NONE;
		else if (p->d.ses[x] && !n.entry[x])
			n.entry[x] = ENTRY | ANEW;
		if (p->d.ses[x] && on(r, RULE_H9_UNSTOP))
			n.entry[x] &= (uint8_t)~STOPPED;
		if (p->d.ses[x] >= ENDED_BY_PEER)
			n.entry[x] |= STOPPED;
	}
	step(r, &n, "R%d has programmed the FP", (int)i, 0);
}

static void take_over(const struct run *r, const struct state *s)
{
	struct state n = *s;
	unsigned old = n.holder, i = !old;
	struct rp *p = &n.rp[i];

	if ((n.rp[old].role == ACTIVE || n.rp[old].role == TAKING) && !n.rp[old].hung)
		return;
	if (p->role != STANDBY)
		return;
	n.term++;
	n.cold = !n.hot;
	n.hot = n.fifo[0] = n.fifo[1] = n.standby_lost = 0;
	n.holder = (uint8_t)i;
	empty_channel(&n);
	p->role = TAKING;
	p->term = n.term;
	step(r, &n, n.cold ? "the arbiter grants R%d a term, cold" :
			     "the arbiter grants R%d a term, hot", (int)i, 0);
}

static void arbiter(const struct run *r, const struct state *s, unsigned which)
{
	struct state n = *s;
	uint8_t what = n.fifo[which];

	if (!what)
		return;
	if (which == 0)
		n.fifo[0] = n.fifo[1];
	n.fifo[1] = 0;
	if (what == WITHDRAWN) {
		n.hot = 0;
		n.rp[n.holder].confirmed = 1;
	} else if (what == HOT || !on(r, RULE_H8_BOOT)) {
		n.hot = n.rp[!n.holder].role == STANDBY;
	}
	step(r, &n, what == WITHDRAWN ? "the arbiter takes HOT back" :
					"the arbiter notes HOT", 0, 0);
}

/* ---- the FP ---- */

static void note_sent(struct state *s, uint16_t k)
{
	unsigned t = k >> 6 & 1, ns = k >> 3 & 7, nr = k & 7, m = k >> 7;

	if (s->lost[t])
		return;
	s->sent_r[t] = (uint8_t)MAX(s->sent_r[t], nr);
	if (m >> 1 == ZLB)
		return;
	if (s->sent[t][ns] && s->sent[t][ns] != m)
		s->bad = REBOUND;
	s->sent[t][ns] = (uint8_t)m;
	s->sent_s[t] = (uint8_t)MAX(s->sent_s[t], ns + 1);
}

static void fp(const struct run *r, const struct state *s)
{
	struct state n = *s;
	unsigned t = n.out >> 6 & 1;

	if (n.fp_term < n.term) {
		n.fp_term = n.term;
		memset(n.unmarked, 0, sizeof(n.unmarked));
		step(r, &n, "the FP raises its term", 0, 0);
		n = *s;
	}
	for (t = 0; t < r->cfg->tunnels; t++) {
		if (!n.late_mark[t])
			continue;
		n.mark[t] = MAX(n.mark[t], n.late_mark[t]);
		n.late_mark[t] = 0;
		step(r, &n, "the FP marks tunnel %d", (int)t, 0);
		n = *s;
	}
	if (!n.out)
		return;
	t = n.out >> 6 & 1;
	n.out = n.out_mark = n.out_term = 0;
	if (s->out_term < n.fp_term && on(r, RULE_H8_FENCE)) {
		step(r, &n, "the FP drops a packet of an old term", 0, 0);
		return;
	}
	if (s->out_term < n.fp_term)
		n.bad = TWO_SPEAK;
	if (n.lost[t]) {
		step(r, &n, "a packet of a tunnel that was given up", 0, 0);
		return;
	}
	if (n.unmarked[t]) /* without its number it looks like an old one */
		;
	else if (s->out_mark && on(r, RULE_H3_MARK_FIRST))
		n.mark[t] = MAX(n.mark[t], s->out_mark);
	else if (s->out_mark)
		n.late_mark[t] = s->out_mark;
	if (s->out_mark && on(r, RULE_H3_MIRROR))
		n.mirror[t] = MAX(n.mirror[t], s->out_mark);
	note_sent(&n, s->out);
	if (put(r, n.to_peer, s->out))
		step(r, &n, s->out_mark ? "the FP marks the tunnel and transmits" :
					  "the FP transmits", 0, s->out);
}

/* ---- the peer ---- */

static bool say(struct tun *c, unsigned m)
{
	if (c->s == NUMBERS)
		return false;
	c->q[c->s++] = (uint8_t)m;
	return true;
}

static void peer_hears(const struct run *r, const struct state *s, unsigned w, bool again)
{
	struct state n = *s;
	uint16_t k = n.to_peer[w];
	unsigned t = k >> 6 & 1, m = k >> 7, x = m & 1;
	struct tun *c = &n.peer[t];

	if (!again)
		n.to_peer[w] = 0;
	if ((k & 7) > c->u && (k & 7) <= c->s)
		c->u = k & 7;
	if (m >> 1 != ZLB && (k >> 3 & 7) == c->r) {
		c->r++;
		if (m >> 1 == ICRP && n.call[x] == CALLING) {
			n.call[x] = TALKING;
			if (!say(c, msg(ICCN, x)))
				return;
		}
		if (m >> 1 == CDN && n.call[x])
			n.call[x] = HUNG_UP;
		if (m >> 1 == STOPCCN)
			c->st = CLOSING;
	}
	for (x = 0; x < r->cfg->sessions && c->st == CLOSING; x++)
		if (tunnel_of(r->cfg, x) == t && n.call[x])
			n.call[x] = HUNG_UP;
	step(r, &n, again ? "the peer hears (it comes again)" : "the peer hears", 0, k);
}

static void peer_says(const struct run *r, const struct state *s, unsigned t, unsigned m,
	const char *about)
{
	struct state n = *s;
	unsigned x = m & 1;

	if (!say(&n.peer[t], m))
		return;
	n.hello = (uint8_t)(n.hello - (m >> 1 == HELLO));
	n.cdn = (uint8_t)(n.cdn - (m >> 1 == CDN));
	n.stopccn = (uint8_t)(n.stopccn - (m >> 1 == STOPCCN));
	if (m >> 1 == ICRQ)
		n.call[x] = CALLING;
	if (m >> 1 == CDN)
		n.call[x] = HUNG_UP;
	if (m >> 1 == STOPCCN) {
		n.peer[t].st = CLOSING;
		for (x = 0; x < r->cfg->sessions; x++)
			if (tunnel_of(r->cfg, x) == t && n.call[x])
				n.call[x] = HUNG_UP;
	}
	step(r, &n, about, (int)(m & 1), 0);
}

static void peer(const struct run *r, const struct state *s, unsigned t)
{
	const struct tun *c = &s->peer[t];
	struct state n;

	if (c->st == NONE)
		return;
	if (c->st == UP) {
		if (s->hello)
			peer_says(r, s, t, msg(HELLO, 0), "the peer has a HELLO");
		if (s->stopccn)
			peer_says(r, s, t, msg(STOPCCN, 0), "the peer clears the tunnel");
		for (unsigned x = 0; x < r->cfg->sessions; x++) {
			if (tunnel_of(r->cfg, x) != t)
				continue;
			if (r->cfg->calls && !s->call[x])
				peer_says(r, s, t, msg(ICRQ, x), "the peer calls: session %d");
			if (s->cdn && s->call[x] == TALKING)
				peer_says(r, s, t, msg(CDN, x), "the peer hangs up session %d");
		}
	}
	for (unsigned ns = c->u; ns <= c->s; ns++) {
		uint16_t k = packet(t, ns < c->s ? c->q[ns] : msg(ZLB, 0), ns, c->r);

		n = *s;
		if (put(r, n.to_us, k))
			step(r, &n, "the peer sends", 0, k);
	}
}

/* ---- what goes wrong ---- */

static void rp_faults(const struct run *r, const struct state *s, unsigned i)
{
	struct state n = *s;
	bool acts = n.rp[i].role == ACTIVE || n.rp[i].role == TAKING;

	if (n.pull && n.rp[i].role) {
		n.pull--;
		n.rp[i] = (struct rp){ 0 };
		empty_channel(&n);
		if (i != n.holder) {
			n.hot = 0;
			n.standby_lost = 1;
			for (unsigned j = 0; j < 2; j++)
				if (n.fifo[j] == HOT)
					n.fifo[j] = HOT_OF_OLD;
		}
		step(r, &n, "R%d is pulled", (int)i, 0);
		n = *s;
	}
	if (n.hang && acts && !n.rp[i].hung && i == n.holder) {
		n.hang--;
		n.rp[i].hung = 1;
		step(r, &n, "R%d hangs", (int)i, 0);
		n = *s;
	}
	if (n.rp[i].hung) {
		n.rp[i].hung = 0;
		step(r, &n, "R%d wakes up", (int)i, 0);
		n = *s;
	}
	if (acts && i != n.holder && !n.rp[i].hung) {
		n.rp[i] = (struct rp){ 0 };
		step(r, &n, "R%d hears of the higher term and reloads", (int)i, 0);
		n = *s;
	}
	if (n.insert && n.rp[i].role == OUT && i != n.holder && !n.standby_lost) {
		n.insert--;
		n.rp[i].role = STANDBY;
		step(r, &n, "R%d is inserted", (int)i, 0);
	}
}

static void losses(const struct run *r, const struct state *s)
{
	struct state n;

	for (unsigned w = 0; w < r->cfg->wire; w++) {
		n = *s;
		n.to_us[w] = 0;
		if (s->to_us[w])
			step(r, &n, "the wire loses a packet of the peer", 0, s->to_us[w]);
		n = *s;
		n.to_peer[w] = 0;
		if (s->to_peer[w])
			step(r, &n, "the wire loses a packet to the peer", 0, s->to_peer[w]);
	}
	n = *s;
	if (n.cuts && !n.cut && n.rp[n.holder].on) {
		n.cuts--;
		empty_channel(&n);
		n.cut = 1;
		step(r, &n, "the channel between the RPs is cut", 0, 0);
		n = *s;
	}
	if (n.overrun && n.n_ipc) {
		n.overrun--;
		pop(&n);
		step(r, &n, "the channel between the RPs loses a message", 0, 0);
		n = *s;
	}
	if (n.fp_pull) {
		n.fp_pull--;
		memcpy(n.mark, n.mirror, sizeof(n.mark));
		memset(n.late_mark, 0, sizeof(n.late_mark));
		n.out = n.out_mark = n.out_term = 0;
		n.rp[n.holder].programmed = 0;
		step(r, &n, "the FP is pulled, the other one goes on", 0, 0);
	}
}

/* ---- for the explorer ---- */

void model_first(const struct model_config *cfg, struct state *s)
{
	struct rp *a = &s->rp[0], *b = &s->rp[1];

	memset(s, 0, sizeof(*s));
	s->term = s->fp_term = a->term = b->epoch = a->epoch = 1;
	a->seq = a->acked = b->seq = 1;
	a->role = ACTIVE;
	b->role = STANDBY;
	b->open = a->on = a->hot_said = s->hot = a->programmed = 1;
	a->bulk = BULK_DONE;
	for (unsigned t = 0; t < cfg->tunnels; t++) {
		a->d.t[t].st = s->peer[t].st = UP;
		a->replicated |= TUNNEL(t);
	}
	for (unsigned x = 0; x < cfg->sessions && !cfg->calls; x++) {
		a->d.ses[x] = OPEN;
		s->entry[x] = ENTRY;
		s->call[x] = TALKING;
	}
	b->d = a->d;
	s->hello = cfg->hello;
	s->cdn = cfg->cdn;
	s->stopccn = cfg->stopccn;
	s->our_hello = cfg->our_hello;
	s->our_close = cfg->our_close;
	s->our_stopccn = cfg->our_stopccn;
	s->pull = cfg->pull;
	s->hang = cfg->hang;
	s->insert = cfg->insert;
	s->late = cfg->late;
	s->cuts = cfg->cut;
	s->overrun = cfg->overrun;
	s->bulks = cfg->bulk;
	s->refuse = cfg->refuse;
	s->fp_pull = cfg->fp_pull;
	if (cfg->fresh) {
		*b = (struct rp){ .role = STANDBY };
		a->on = a->hot_said = s->hot = a->bulk = a->replicated = 0;
	}
}

void model_steps(const struct model_config *cfg, uint64_t off, const struct state *s,
	model_next *next, void *user)
{
	struct run run = { cfg, off, next, user }, *r = &run;

	if (s->cold) /* all is lost, and said so */
		return;
	for (unsigned i = 0; i < 2; i++) {
		const struct rp *p = &s->rp[i];

		rp_faults(r, s, i);
		if (p->hung)
			continue;
		if (p->role == STANDBY)
			standby(r, s, i);
		if (p->role == TAKING)
			go_live(r, s, i);
		if (p->role == ACTIVE)
			active(r, s, i);
		if (p->role == ACTIVE)
			program(r, s, i);
	}
	take_over(r, s);
	arbiter(r, s, 0);
	if (!on(r, RULE_H8_FIFO))
		arbiter(r, s, 1);
	fp(r, s);
	for (unsigned t = 0; t < cfg->tunnels; t++)
		peer(r, s, t);
	for (unsigned w = 0; w < cfg->wire; w++) {
		if (!s->to_peer[w])
			continue;
		peer_hears(r, s, w, false);
		if (cfg->dup)
			peer_hears(r, s, w, true);
	}
	losses(r, s);
}

/* ---- what must hold ---- */

/* Numbers and bytes that have left must be in the store of whoever may speak next. */
static const char *behind(const struct state *s, const struct store *d, unsigned t)
{
	const struct tun *c = &d->t[t];

	if (!c->st)
		return "I-send: the tunnel is not known to who may speak next";
	if (s->sent_s[t] > c->s)
		return "I-send: a message left that who may speak next has not";
	if (s->sent_r[t] > c->r)
		return "I-ack: Nr left that who may speak next has not got to";
	for (unsigned ns = c->u; ns < s->sent_s[t]; ns++)
		if (s->sent[t][ns] && c->q[ns] != s->sent[t][ns])
			return "I-send: a number left with other bytes";
	return NULL;
}

/* What the peer was told is done must not be undone. */
static const char *effects(const struct model_config *cfg, const struct state *s,
	const struct store *d, unsigned t)
{
	const struct tun *c = &s->peer[t];

	for (unsigned ns = 0; ns < c->u; ns++) {
		unsigned x = c->q[ns] & 1;

		if (c->q[ns] >> 1 == CDN && (d->ses[x] == STUB || d->ses[x] == OPEN))
			return "an acknowledged CDN has no effect any more";
		if (c->q[ns] >> 1 == STOPCCN && d->t[t].st == UP)
			return "an acknowledged StopCCN has no effect any more";
	}
	return NULL;
}

/* Nothing is under way that would change anything. */
static bool quiet(const struct model_config *cfg, const struct state *s, const struct rp *p)
{
	if (p->role != ACTIVE || p->hung || !p->programmed || p->half || s->standby_lost ||
		s->out || s->n_ipc || (p->on && p->acked != p->seq))
		return false;
	for (unsigned t = 0; t < cfg->tunnels; t++)
		if (p->d.t[t].u != p->d.t[t].s || s->peer[t].u != s->peer[t].s ||
			s->late_mark[t])
			return false;
	for (unsigned x = 0; x < cfg->sessions; x++)
		if (p->d.ses[x] >= ENDED_BY_PEER || p->held[x] || p->d.acct[x])
			return false;
	return true;
}

static const char *agree(
	const struct model_config *cfg, const struct state *s, const struct rp *p)
{
	const struct rp *b = &s->rp[!s->holder];

	for (unsigned t = 0; t < cfg->tunnels; t++) {
		const struct tun *c = &p->d.t[t], *k = &s->peer[t];

		if (s->lost[t])
			continue;
		if (c->s != k->r || c->r != k->s || c->st != k->st)
			return "agreement: the tunnel's numbers are not the peer's";
		if (s->mark[t] && !p->unprotected[t] && p->on)
			return "a mark that nothing clears";
		if (s->hot && !s->lost[t] &&
			(b->d.t[t].s != c->s || b->d.t[t].r != c->r ||
				b->d.t[t].st != c->st))
			return "agreement: the standby's tunnel is not the active's";
	}
	for (unsigned x = 0; x < cfg->sessions; x++) {
		bool open = p->d.ses[x] == OPEN, calling = s->call[x] == TALKING;

		if (p->d.ses[x] == STUB || open != calling)
			return "agreement: the peer's session is not ours";
		if (s->entry[x] & STOPPED || !!s->entry[x] != open)
			return "agreement: the FP's session is not the RP's";
		if (cfg->acct && s->call[x] == HUNG_UP && !s->stops[x])
			return "accounting: a session ended without a Stop";
		if (s->hot && (b->d.ses[x] != p->d.ses[x] || b->d.acct[x] != p->d.acct[x]))
			return "agreement: the standby's session is not the active's";
	}
	return NULL;
}

bool model_settled(const struct model_config *cfg, const struct state *s)
{
	return s->term > 1 && !s->cold && quiet(cfg, s, &s->rp[s->holder]);
}

const char *model_wrong(const struct model_config *cfg, const struct state *s)
{
	const struct rp *a = &s->rp[s->holder], *b = &s->rp[!s->holder];
	bool live = a->role == ACTIVE;
	const char *why = NULL;

	if (s->bad || s->cold)
		return s->bad ? bad_names[s->bad] : NULL;
	for (unsigned t = 0; t < cfg->tunnels && !why; t++) {
		if (s->lost[t])
			continue;
		if (live)
			why = behind(s, &a->d, t);
		if (!why && live)
			why = effects(cfg, s, &a->d, t);
		if (!why && s->hot && !s->mark[t])
			why = behind(s, &b->d, t);
	}
	if (!why && live && quiet(cfg, s, a))
		why = agree(cfg, s, a);
	return why;
}

/* ---- configurations ---- */

const struct model_config model_configs[] = {
	/* clang-format off */
	{ "hello", "HELLOs both ways; the channel is cut; R0 is pulled", .tunnels = 1, .wire = 1,
	  .dup = true, .hello = 2, .our_hello = 1, .pull = 1, .cut = 1 },
	{ "hang-up", "the peer ends a session; R0 is pulled", .tunnels = 1, .sessions = 1,
	  .wire = 1, .dup = true, .hello = 1, .cdn = 1, .pull = 1 },
	{ "call", "a call and its end; R0 is pulled", .tunnels = 1, .sessions = 1, .wire = 1,
	  .calls = true, .cdn = 1, .pull = 1 },
	{ "close", "a subscriber or the peer ends a session; R0 is pulled or hangs", .tunnels = 1,
	  .sessions = 1, .wire = 1, .cdn = 1, .our_close = 1, .pull = 1, .hang = 1 },
	{ "stopccn", "either side clears the tunnel; R0 is pulled", .tunnels = 1, .sessions = 1,
	  .wire = 1, .hello = 1, .stopccn = 1, .our_stopccn = 1, .pull = 1 },
	{ "late", "the standby is slow twice; R0 is pulled or hangs", .tunnels = 1, .wire = 1,
	  .hello = 2, .pull = 1, .hang = 1, .late = 2 },
	{ "cut", "the channel is cut; a new bulk; R0 is pulled", .tunnels = 1, .sessions = 1,
	  .wire = 1, .cdn = 1, .hello = 1, .pull = 1, .cut = 1, .bulk = 1 },
	{ "overrun", "the channel loses a message; a new bulk; R0 is pulled", .tunnels = 1,
	  .sessions = 1, .wire = 1, .hello = 1, .cdn = 1, .pull = 1, .overrun = 1, .bulk = 1 },
	{ "refused", "R1 cannot apply a transaction; a new bulk; R0 is pulled", .tunnels = 1,
	  .sessions = 1, .wire = 1, .hello = 1, .cdn = 1, .pull = 1, .refuse = 1, .bulk = 1 },
	{ "insert", "R1 is pulled, inserted and filled; R0 is pulled", .tunnels = 1, .wire = 1,
	  .hello = 2, .pull = 2, .insert = 1, .bulk = 1 },
	{ "fill", "R1 has just come; it or R0 is pulled, the channel loses a message",
	  .tunnels = 1, .wire = 1, .hello = 2, .pull = 1, .insert = 1, .overrun = 1, .bulk = 2,
	  .fresh = true },
	{ "double", "R0, then R1; a third life", .tunnels = 1, .sessions = 1, .wire = 1,
	  .cdn = 1, .pull = 2, .insert = 1, .bulk = 1 },
	{ "two-fps", "the standby is slow; an FP and R0 are pulled", .tunnels = 1, .wire = 1,
	  .hello = 1, .our_hello = 1, .pull = 1, .late = 1, .fp_pull = 1 },
	{ "two-tunnels", "two tunnels, one acknowledgement; a slow standby; R0 is pulled",
	  .tunnels = 2, .wire = 1, .hello = 2, .pull = 1, .late = 1 },
	{ "accounting", "two sessions end, each with a Stop; R0 is pulled", .tunnels = 1,
	  .sessions = 2, .wire = 1, .acct = true, .cdn = 1, .our_close = 1, .pull = 1 },
	/* clang-format on */
};

const unsigned model_n_configs = sizeof(model_configs) / sizeof(model_configs[0]);

const char *const model_rule_config[N_RULES] = {
	[RULE_H1_HELLO] = "hello",
	[RULE_H1_NR] = "hello",
	[RULE_H1_STOPCCN] = "stopccn",
	[RULE_H2_WHOLE] = "hang-up",
	[RULE_H2_APPLIED] = "hello",
	[RULE_H2_ATOMIC] = "refused",
	[RULE_H2_HOLD] = "hello",
	[RULE_H2_NOTED] = "two-tunnels",
	[RULE_H3_MARK] = "late",
	[RULE_H3_MARK_FIRST] = "late",
	[RULE_H3_COVERED] = "two-tunnels",
	[RULE_H3_NUMBER] = "late",
	[RULE_H3_OVERTAKEN] = "late",
	[RULE_H3_AFTER_TERM] = "late",
	[RULE_H3_ARBITER] = "hello",
	[RULE_H3_MIRROR] = "two-fps",
	[RULE_H4_R] = "hang-up",
	[RULE_H5_FINAL] = "call",
	[RULE_H7_GATE] = "fill",
	[RULE_H7_END] = "fill",
	[RULE_H7_EMPTY] = "cut",
	[RULE_H7_NEXT] = "overrun",
	[RULE_H8_FENCE] = "late",
	[RULE_H8_FIFO] = "fill",
	[RULE_H8_BOOT] = "fill",
	[RULE_H9_CLOSING] = "hang-up",
	[RULE_H9_PENDING] = "accounting",
	[RULE_H9_FREE] = "accounting",
	[RULE_H9_UNSTOP] = "close",
	[RULE_H9_SWEEP] = "close",
	[RULE_H10_STUBS] = "call",
};
