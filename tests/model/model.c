/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The commit protocol as a machine of small steps (docs/ha.md; ha-commit.md).
 *
 * One step is one thing that cannot be interrupted: an RP works off one input and stages its
 * transaction, the standby applies one, the FP takes one packet, the arbiter one message.
 * Between any two of them an RP may be pulled or hang.  The wire loses anything at any time,
 * and keeps no order where a configuration has room for two packets; what an RP had staged for
 * the other one is lost with it, which is worse than what is built.
 *
 * active.c has the active RP, judge.c what must hold and the configurations with their
 * bounds; the standby, takeover, arbiter, FP, peer and faults are here.
 *
 * The peer is a strict RFC 2661 one.  Messages are letters, not bytes, and numbers do not
 * wrap; there is no time: whatever a timer would do may happen at any moment, or never.  So
 * nothing is said about liveness.
 */
#include "tests/model/internal.h"

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
void step(const struct run *r, struct state *s, const char *about, int a, int b)
{
	uint8_t low = UINT8_MAX;

	sort_wire(s->to_peer);
	sort_wire(s->to_us);
	each_seq(s, lowest, &low);
	low--;
	each_seq(s, lower, &low);
	r->next(r->user, s, about, a, b);
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

static void receive(
	const struct run *r, struct state *s, struct rp *p, const struct item *m)
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
			step(r, &n, "R%d acknowledges what it has not applied", (int)i,
				0);
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
		step(r, &n,
			m.kind == BEGIN ? "R%d begins anew"
					: "R%d applies a transaction",
			(int)i, 0);
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
static void end_stub(const struct run *r, struct rp *p, unsigned x)
{
	struct tun *c = &p->d.t[tunnel_of(r->cfg, x)];

	p->d.ses[x] = ENDED_BY_US;
	if (!on(r, RULE_H5_FINAL) && c->u < c->s && c->q[c->u] == msg(ICRP, x)) {
		c->q[c->u] = (uint8_t)msg(CDN, x);
		p->d.ses[x] = NONE;
	}
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
			(void)enqueue(&p->d.t[t], msg(HELLO, 0));
	}
	for (unsigned x = 0; x < r->cfg->sessions; x++)
		if (p->d.ses[x] == STUB)
			end_stub(r, p, x);
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
	step(r, &n,
		n.cold ? "the arbiter grants R%d a term, cold"
		       : "the arbiter grants R%d a term, hot",
		(int)i, 0);
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
	step(r, &n,
		what == WITHDRAWN ? "the arbiter takes HOT back"
				  : "the arbiter notes HOT",
		0, 0);
}

/* ---- the FP ---- */

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
		step(r, &n,
			n.mark[t] && s->out_mark
				? "the FP marks the tunnel and transmits"
				: "the FP transmits",
			0, s->out);
}

/* ---- the peer ---- */

static void peer_hears(
	const struct run *r, const struct state *s, unsigned w, bool again)
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
			if (!enqueue(c, msg(ICCN, x)))
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

static void peer_says(const struct run *r, const struct state *s, unsigned t,
	unsigned m, const char *about)
{
	struct state n = *s;
	unsigned x = m & 1;

	if (!enqueue(&n.peer[t], m))
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
			peer_says(
				r, s, t, msg(STOPCCN, 0), "the peer clears the tunnel");
		for (unsigned x = 0; x < r->cfg->sessions; x++) {
			if (tunnel_of(r->cfg, x) != t)
				continue;
			if (r->cfg->calls && !s->call[x])
				peer_says(r, s, t, msg(ICRQ, x),
					"the peer calls: session %d");
			if (s->cdn && s->call[x] == TALKING)
				peer_says(r, s, t, msg(CDN, x),
					"the peer hangs up session %d");
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
			step(r, &n, "the wire loses a packet of the peer", 0,
				s->to_us[w]);
		n = *s;
		n.to_peer[w] = 0;
		if (s->to_peer[w])
			step(r, &n, "the wire loses a packet to the peer", 0,
				s->to_peer[w]);
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
			active_steps(r, s, i);
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
