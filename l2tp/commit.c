/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Transactions on the active RP (ha-commit.md, sections 1 and 2): what has changed and must be
 * recorded, which transaction it went into, and what may leave when the standby has that
 * transaction.
 *
 * The SEQ record of a tunnel is the pivot: polling it notes {S, R}, txn_end() gives the note
 * its number, and committed() makes those two numbers durable.  Since a SEQ record is made
 * after all message records of its tunnel, S stands for the messages below it.
 */
#include "l2tp/internal.h"

enum {
	U_LATE_MS = 900, /* U travels at most 1 s late (H5) */
};

/* ---- what has changed ---- */

void commit_cc(struct l2tp_engine *e, struct l2tp_cc *cc, uint8_t dirty)
{
	if (!cc->replicated)
		return;
	cc->dirty |= dirty;
	dlist_add(&e->dirty_ccs, &cc->on_dirty);
}

void commit_u(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (cc->replicated && !(cc->dirty & DIRTY_SEQ) && !timer_armed(&cc->t_seq))
		timer_set(e->wheel, &cc->t_seq, time_add(e->now, dur_ms(U_LATE_MS)));
}

void commit_session(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s)
{
	bool begun = s->state == L2TP_SESSION_ESTABLISHED || rule_holds(RULE_H10_BEGUN);

	if (!cc->replicated || !begun)
		return;
	s->recorded = true;
	dlist_add(&e->dirty_sessions, &s->on_dirty);
}

void commit_session_closed(
	struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s)
{
	if (cc->replicated && s->recorded)
		dlist_add(&e->dirty_sessions, &s->on_dirty);
}

static void add_delete(struct l2tp_engine *e, uint8_t type, uint64_t key)
{
	struct rec_delete d = { type, key };

	g_array_append_val(e->deletes, d);
}

void commit_session_gone(
	struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s)
{
	dlink_del(&s->on_dirty);
	if (cc->replicated && s->recorded)
		add_delete(e, L2TP_REC_SESSION, session_key(s->cc, s->id));
	s->recorded = false;
}

void commit_cc_gone(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (cc->replicated)
		commit_end(e, cc, true);
}

/* ---- where replication begins and ends ---- */

void commit_begin(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t pending)
{
	if (!e->standby || !cc->params.ha || cc->replicated)
		return;
	cc->replicated = true;
	if (cc->unprotected) /* any commit from here on covers what was not before */
		cc->unprotected = e->last_seq + 1;
	chan_gate(&cc->chan, pending);
	commit_cc(e, cc, DIRTY_CC | DIRTY_SEQ);
}

static bool holds_something(const struct chan *ch)
{
	return ch->gated && (ch->s_dur != ch->s || ch->r_dur != ch->r_rx);
}

/* What was held leaves, marked: the standby may not have it. */
void commit_end(struct l2tp_engine *e, struct l2tp_cc *cc, bool tell)
{
	if (!cc->replicated)
		return;
	if (holds_something(&cc->chan))
		cc->unprotected = MAX(e->last_seq, 1);
	if (tell)
		add_delete(e, L2TP_REC_CC, cc->id);
	cc->replicated = cc->ha_est = false;
	cc->dirty = 0;
	chan_ungate(&cc->chan);
	dlink_del(&cc->on_dirty);
	timer_cancel(e->wheel, &cc->t_seq);
	cc_recount(e, cc);
	cc_touch(e, cc);
}

static void bulk_cc(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (cc->authentic && !cc->dead)
		commit_begin(e, cc, 0);
}

static void bulk_session(struct l2tp_engine *e, struct l2tp_session *s)
{
	if (s->state == L2TP_SESSION_WAIT_REPLY ||
		s->state == L2TP_SESSION_WAIT_CONNECT ||
		s->state == L2TP_SESSION_ESTABLISHED || s->state == L2TP_SESSION_CLOSED)
		commit_session(e, slab_get(e->ccs, s->cc_index), s);
}

void l2tp_cc_set_ha(struct l2tp_engine *e, uint16_t id, bool ha)
{
	struct l2tp_cc *cc = cc_by_id(e, id);

	if (!cc || e->passive)
		return;
	cc->params.ha = ha;
	if (!ha) {
		bool had = cc->replicated;

		commit_end(e, cc, true);
		/* Of what leaves before the standby has forgotten it too. */
		if (had)
			cc->unprotected = MAX(cc->unprotected, e->last_seq + 1);
	} else {
		bulk_cc(e, cc);
		for (struct dlink *l = cc->sessions.next; l != &cc->sessions;
			l = l->next)
			bulk_session(e, DLINK_OWNER(l, struct l2tp_session, on_cc));
	}
	cc_recount(e, cc);
	engine_leave(e);
}

static void standby_gone(struct l2tp_engine *e)
{
	uint32_t i = 0;
	struct l2tp_cc *cc;
	struct dlink *l;

	while ((cc = slab_next(e->ccs, i, &i)))
		commit_end(e, cc, false);
	while ((l = dlist_first(&e->dirty_sessions)))
		dlink_del(l);
	g_array_set_size(e->deletes, 0);
	e->deletes_done = 0;
	engine_free_txns(e);
}

void l2tp_engine_set_standby(struct l2tp_engine *e, bool present, base_time now)
{
	engine_enter(e, now);
	if (e->standby)
		standby_gone(e);
	e->standby = present;
	e->bulk_cc = e->bulk_session = 0;
	e->bulk_ccs_done = e->bulk_done = false;
	engine_leave(e);
}

bool l2tp_engine_bulk_next(struct l2tp_engine *e, unsigned budget)
{
	if (!e->standby || e->passive)
		return false;
	while (!e->bulk_ccs_done && budget > 0) {
		struct l2tp_cc *cc = slab_next(e->ccs, e->bulk_cc, &e->bulk_cc);

		budget--;
		if (cc)
			bulk_cc(e, cc);
		else
			e->bulk_ccs_done = true;
	}
	while (!e->bulk_done && budget > 0) {
		struct l2tp_session *s =
			slab_next(e->all_sessions, e->bulk_session, &e->bulk_session);

		budget--;
		if (s)
			bulk_session(e, s);
		else
			e->bulk_done = true;
	}
	return !e->bulk_done;
}

/* ---- records out ---- */

static bool poll_delete(struct l2tp_engine *e, struct ckpt_record *out)
{
	if (e->deletes_done >= e->deletes->len) {
		if (e->deletes_done)
			g_array_set_size(e->deletes, 0);
		e->deletes_done = 0;
		return false;
	}

	const struct rec_delete *d =
		&g_array_index(e->deletes, struct rec_delete, e->deletes_done++);

	*out = (struct ckpt_record){
		.client = CKPT_L2TP, .type = d->type, .op = CKPT_DELETE, .key = d->key
	};
	return true;
}

static void note_seq(struct l2tp_engine *e, const struct l2tp_cc *cc)
{
	struct txn_entry *t = e->txn_spare;

	if (t)
		e->txn_spare = t->next;
	else
		t = g_new(struct txn_entry, 1);
	*t = (struct txn_entry){ .serial = cc->serial,
		.cc_index = cc->index,
		.s = cc->chan.s,
		.r = cc->chan.r_rx };
	if (e->txn_tail)
		e->txn_tail->next = t;
	else
		e->txn_head = t;
	e->txn_tail = t;
	if (!e->txn_open)
		e->txn_open = t;
	if (!e->txn_unreleased)
		e->txn_unreleased = t;
}

static void upsert(struct l2tp_engine *e, struct ckpt_record *out, uint8_t type,
	uint64_t key, const struct wr *w)
{
	g_assert(!w->bad);
	*out = (struct ckpt_record){ .client = CKPT_L2TP,
		.type = type,
		.op = CKPT_UPSERT,
		.key = key,
		.bytes = w->buf,
		.len = w->len };
}

/* One record of a tunnel: its object, then its messages, then its numbers. */
static void poll_cc(struct l2tp_engine *e, struct l2tp_cc *cc, struct ckpt_record *out)
{
	struct wr w = wr_init(e->rec_buf, sizeof(e->rec_buf));
	struct chan_msg *m = cc->chan.unrec;

	if (cc->dirty & DIRTY_CC) {
		cc->dirty &= (uint8_t)~DIRTY_CC;
		ckpt_cc(e, cc, &w);
		upsert(e, out, L2TP_REC_CC, cc->id, &w);
	} else if (m) {
		cc->chan.unrec = m->next;
		cc->dirty |= DIRTY_SEQ;
		ckpt_msg(m, &w);
		upsert(e, out, L2TP_REC_MSG, (uint64_t)cc->id << 16 | m->ns, &w);
	} else {
		cc->dirty = 0;
		timer_cancel(e->wheel, &cc->t_seq);
		ckpt_seq(e, cc, &w);
		note_seq(e, cc);
		upsert(e, out, L2TP_REC_SEQ, cc->id, &w);
	}
	if (!cc->dirty && !cc->chan.unrec)
		dlink_del(&cc->on_dirty);
}

static void poll_session(
	struct l2tp_engine *e, struct l2tp_session *s, struct ckpt_record *out)
{
	struct wr w = wr_init(e->rec_buf, sizeof(e->rec_buf));

	dlink_del(&s->on_dirty);
	ckpt_session(s, &w);
	upsert(e, out, L2TP_REC_SESSION, session_key(s->cc, s->id), &w);
}

/* Deletes come first: an object that is deleted is not dirty any more, but its id may have
 * been taken by a new one. */
bool l2tp_engine_poll_record(struct l2tp_engine *e, struct ckpt_record *out)
{
	struct dlink *l;

	if (poll_delete(e, out))
		return true;
	if ((l = dlist_first(&e->dirty_ccs))) {
		poll_cc(e, DLINK_OWNER(l, struct l2tp_cc, on_dirty), out);
		return true;
	}
	while ((l = dlist_first(&e->dirty_sessions))) {
		struct l2tp_session *s = DLINK_OWNER(l, struct l2tp_session, on_dirty);
		const struct l2tp_cc *cc = slab_get(e->ccs, s->cc_index);

		if (cc->replicated) {
			poll_session(e, s, out);
			return true;
		}
		dlink_del(l);
	}
	return false;
}

/* ---- transactions ---- */

void l2tp_engine_txn_end(struct l2tp_engine *e, uint64_t seq)
{
	for (struct txn_entry *t = e->txn_open; t; t = t->next)
		t->seq = seq;
	e->txn_open = NULL;
	e->last_seq = seq;
}

static struct l2tp_cc *entry_cc(const struct l2tp_engine *e, const struct txn_entry *t)
{
	struct l2tp_cc *cc = slab_get(e->ccs, t->cc_index);

	return cc && cc->serial == t->serial && cc->replicated ? cc : NULL;
}

static void make_durable(
	struct l2tp_engine *e, struct l2tp_cc *cc, const struct txn_entry *t)
{
	bool noted = rule_holds(RULE_H2_NOTED);

	cc->chan.s_dur = seq_max(cc->chan.s_dur, noted ? t->s : cc->chan.s);
	cc->chan.r_dur = seq_max(cc->chan.r_dur, noted ? t->r : cc->chan.r_rx);
	cc_touch(e, cc);
}

static void protected_again(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc->unprotected = 0;
	if (cc->marked)
		fx_push(e, L2TP_FX_UNMARK, cc->id, 0, NULL, 0)->seq = cc->marked;
	cc->marked = 0;
}

static void entry_committed(struct l2tp_engine *e, const struct txn_entry *t)
{
	struct l2tp_cc *cc = entry_cc(e, t);

	if (!cc)
		return;
	make_durable(e, cc, t);
	cc->ha_est = true;
	if (cc->unprotected <= t->seq || !rule_holds(RULE_H3_COVERED))
		protected_again(e, cc);
	/* It is touched: the end of this call counts it. */
}

void l2tp_engine_committed(struct l2tp_engine *e, uint64_t seq, base_time now)
{
	struct txn_entry *t;

	engine_enter(e, now);
	while ((t = e->txn_head) && t->seq && t->seq <= seq) {
		entry_committed(e, t);
		e->txn_head = t->next;
		if (e->txn_unreleased == t)
			e->txn_unreleased = t->next;
		if (e->txn_tail == t)
			e->txn_tail = NULL;
		t->next = e->txn_spare;
		e->txn_spare = t;
	}
	engine_leave(e);
}

void l2tp_engine_release(struct l2tp_engine *e, uint64_t seq, base_time now)
{
	struct txn_entry *t;

	engine_enter(e, now);
	for (t = e->txn_unreleased; t && t->seq && t->seq <= seq; t = t->next) {
		struct l2tp_cc *cc = entry_cc(e, t);

		if (!cc)
			continue;
		make_durable(e, cc, t);
		cc->unprotected = t->seq;
		cc_recount(e, cc);
	}
	e->txn_unreleased = t;
	engine_leave(e);
}
