/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What must hold in every state of the model, and the configurations it is asked in.
 *
 * Whoever may speak next (the active RP, and a standby that the arbiter holds for HOT, but for
 * tunnels that the FP has marked) knows all that has left the chassis: I-send and I-ack.  What
 * the peer was told is done is not undone, and nothing is done twice.  At rest the RPs, the
 * FP, the peer and the accounting agree.
 */
#include "tests/model/internal.h"

static const char *const bad_names[] = {
	[TWO_SPEAK] =
		"one transmitter per term: a packet of an RP that was replaced left",
	[TWICE] = "an effect was applied twice",
	[REBOUND] = "I-send: a number was bound to other bytes",
	[BAD_COUNTERS] = "a Stop without the final counters",
};

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
static bool quiet(
	const struct model_config *cfg, const struct state *s, const struct rp *p)
{
	if (p->role != ACTIVE || p->hung || !p->programmed || p->half ||
		s->standby_lost || s->out || s->n_ipc || (p->on && p->acked != p->seq))
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
		if (s->hot &&
			(b->d.ses[x] != p->d.ses[x] || b->d.acct[x] != p->d.acct[x]))
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
	{
		"hello",
		"HELLOs both ways; the channel is cut; R0 is pulled",
		.tunnels = 1,
		.wire = 1,
		.dup = true,
		.hello = 2,
		.our_hello = 1,
		.pull = 1,
		.cut = 1,
	},
	{
		"hang-up",
		"the peer ends a session; R0 is pulled",
		.tunnels = 1,
		.sessions = 1,
		.wire = 2,
		.dup = true,
		.hello = 1,
		.cdn = 1,
		.pull = 1,
	},
	{
		"call",
		"a call and its end; R0 is pulled",
		.tunnels = 1,
		.sessions = 1,
		.wire = 2,
		.calls = true,
		.cdn = 1,
		.pull = 1,
	},
	{
		"close",
		"a subscriber or the peer ends a session; R0 is pulled or hangs",
		.tunnels = 1,
		.sessions = 1,
		.wire = 1,
		.cdn = 1,
		.our_close = 1,
		.pull = 1,
		.hang = 1,
	},
	{
		"stopccn",
		"either side clears the tunnel; R0 is pulled",
		.tunnels = 1,
		.sessions = 1,
		.wire = 1,
		.hello = 1,
		.stopccn = 1,
		.our_stopccn = 1,
		.pull = 1,
	},
	{
		"late",
		"the standby is slow twice; R0 is pulled or hangs",
		.tunnels = 1,
		.wire = 1,
		.hello = 2,
		.pull = 1,
		.hang = 1,
		.late = 2,
	},
	{
		"cut",
		"the channel is cut; a new bulk; R0 is pulled",
		.tunnels = 1,
		.sessions = 1,
		.wire = 1,
		.cdn = 1,
		.hello = 1,
		.pull = 1,
		.cut = 1,
		.bulk = 1,
	},
	{
		"overrun",
		"the channel loses a message; a new bulk; R0 is pulled",
		.tunnels = 1,
		.sessions = 1,
		.wire = 1,
		.hello = 1,
		.cdn = 1,
		.pull = 1,
		.overrun = 1,
		.bulk = 1,
	},
	{
		"refused",
		"R1 cannot apply a transaction; a new bulk; R0 is pulled",
		.tunnels = 1,
		.sessions = 1,
		.wire = 1,
		.hello = 1,
		.cdn = 1,
		.pull = 1,
		.refuse = 1,
		.bulk = 1,
	},
	{
		"insert",
		"R1 is pulled, inserted and filled; R0 is pulled",
		.tunnels = 1,
		.wire = 1,
		.hello = 2,
		.pull = 2,
		.insert = 1,
		.bulk = 1,
	},
	{
		"fill",
		"R1 has just come; it or R0 is pulled, the channel loses a message",
		.tunnels = 1,
		.wire = 1,
		.hello = 2,
		.pull = 1,
		.insert = 1,
		.overrun = 1,
		.bulk = 2,
		.fresh = true,
	},
	{
		"double",
		"R0, then R1; a third life",
		.tunnels = 1,
		.sessions = 1,
		.wire = 1,
		.cdn = 1,
		.pull = 2,
		.insert = 1,
		.bulk = 1,
	},
	{
		"two-fps",
		"the standby is slow; an FP and R0 are pulled",
		.tunnels = 1,
		.wire = 1,
		.hello = 1,
		.our_hello = 1,
		.pull = 1,
		.late = 1,
		.fp_pull = 1,
	},
	{
		"two-tunnels",
		"two tunnels, one acknowledgement; a slow standby; R0 is pulled",
		.tunnels = 2,
		.wire = 1,
		.hello = 2,
		.pull = 1,
		.late = 1,
	},
	{
		"accounting",
		"two sessions end, each with a Stop; R0 is pulled",
		.tunnels = 1,
		.sessions = 2,
		.wire = 1,
		.acct = true,
		.cdn = 1,
		.our_close = 1,
		.pull = 1,
	},
};

const unsigned model_n_configs = sizeof(model_configs) / sizeof(model_configs[0]);

const char *const model_rule_config[N_MODEL_RULES] = {
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
	[RULE_H10_BEGUN] = "call",
};
