/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Becoming live after a switchover (ha-commit.md, section 3, H4).
 *
 * The old RP let nothing out that we do not have: every message that the peer can have seen is
 * in Q with its very bytes, and the peer still holds whatever we have not got.  So both
 * numbers are right as they are, and all that is asked of the peer is a sign that it is still
 * there: the lowest message of Q, unchanged (or a HELLO when Q is empty), alone on the wire,
 * until an Nr covers it.  Then the rest of Q follows with at most `resync` messages
 * outstanding.  Meanwhile no new calls are taken.
 *
 * R moves only by messages in sequence, as always; nothing is concluded from the Ns of a ZLB.
 *
 * Tunnels start a few at a time, so that the answers do not arrive all at once.
 */
#include "l2tp/internal.h"

/* The Vendor Name of a peer that takes a repeated 65535 for news when it expects 0 or more, and
 * is silent about it. */
static const char wrap_quirk_vendor[] = "xelerance.com";

static void start(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc->to_activate = false;
	cc->heard = e->now;
	cc_touch(e, cc);
	if (cc->state == L2TP_CC_CLOSING) {
		timer_set(e->wheel, &cc->t_life, time_add(e->now, cc_full_cycle(cc)));
		return;
	}
	cc_arm_hello(e, cc);
	if (!cc->chan.head)
		cc_send(e, cc, 0, &(struct l2tp_msg){ .type = L2TP_HELLO });
	cc->chan.limit = 1;
	cc->verify_ns = cc->chan.u;
	cc->verify_end = cc->chan.s;
	cc->verify_began = e->now;
}

void resync_pace(struct l2tp_engine *e)
{
	struct l2tp_cc *cc;

	for (unsigned n = 0; n < L2TP_ACTIVATE_PER_MS;) {
		cc = slab_next(e->ccs, e->pace_cursor, &e->pace_cursor);
		if (!cc)
			return;
		if (!cc->to_activate)
			continue;
		start(e, cc);
		n++;
	}
	timer_set(e->wheel, &e->t_pace, time_add(e->now, dur_ms(1)));
}

static void session_live(struct l2tp_engine *e, struct l2tp_session *s)
{
	const struct l2tp_cc *cc = slab_get(e->ccs, s->cc_index);

	if (s->state == L2TP_SESSION_CLOSED)
		return;
	s->owner_knows = true;
	session_recount(e, s);
	if (s->state != L2TP_SESSION_ESTABLISHED)
		timer_set(e->wheel, &s->timer,
			time_add(e->now, dur_s(cc->params.call_setup_s)));
}

static void cc_live(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	bool whole = chan_whole(&cc->chan);

	if (!whole) { /* half a transaction: what we have must not be sent */
		chan_deinit(&cc->chan);
		cc->chan.u = cc->chan.s;
	}
	if (!rule_holds(RULE_H5_FINAL)) {
		chan_deinit(&cc->chan);
		cc->chan.s = cc->chan.u;
	}
	chan_restart(&cc->chan);
	cc->to_activate = true;
	cc->ha_est = false;
	cc->owner_knows = true;
	if (cc->state == L2TP_CC_CLOSING) /* what the old RP did not come to tell */
		cc->owner_knows = cc->tell_sessions = cc->down_pending =
			cc->n_sessions > 0;
	cc_touch(e, cc);
	cc->resync = L2TP_RESYNC_NONE;
	if (cc->state == L2TP_CC_ESTABLISHED)
		cc->resync = L2TP_RESYNC_VERIFYING;
	cc_recount(e, cc);
	if (!whole)
		cc_abandon(e, cc, L2TP_BY_LOCAL, L2TP_STOP_GENERAL, "records incomplete");
}

void l2tp_engine_activate(struct l2tp_engine *e, base_time now)
{
	uint32_t i = 0;
	struct l2tp_cc *cc;
	struct l2tp_session *s;

	engine_enter(e, now);
	if (!e->passive)
		return;
	e->passive = false;
	e->counts.resync_ok = e->counts.resync_failed = e->counts.refused_in_resync = 0;
	e->counts.resync_began = e->now;
	e->counts.resync_ended = BASE_TIME_NEVER;
	for (i = 0; (s = slab_next(e->all_sessions, i, &i));)
		session_live(e, s);
	for (i = 0; (cc = slab_next(e->ccs, i, &i));)
		cc_live(e, cc);
	if (!e->counts.tunnels_resync)
		e->counts.resync_ended = e->now;
	e->pace_cursor = 0;
	resync_pace(e);
	engine_leave(e);
}

bool l2tp_cc_drop(struct l2tp_engine *e, uint16_t id, base_time now)
{
	struct l2tp_cc *cc = cc_by_id(e, id);

	engine_enter(e, now);
	if (!cc || !e->passive)
		return false;
	cc_bury(e, cc);
	engine_leave(e);
	return true;
}

void resync_end(struct l2tp_engine *e, struct l2tp_cc *cc, enum l2tp_resync how)
{
	if (cc->resync != L2TP_RESYNC_VERIFYING)
		return;
	cc->resync = how;
	cc->chan.limit = how == L2TP_RESYNC_OK ? cc->params.resync : 0;
	if (how == L2TP_RESYNC_OK)
		e->counts.resync_ok++;
	else
		e->counts.resync_failed++;
	fx_push(e, L2TP_FX_RESYNC_DONE, cc->id, 0, NULL, 0)->resync = how;
	commit_cc(e, cc, DIRTY_SEQ);
	cc_recount(e, cc);
	if (!e->counts.tunnels_resync)
		e->counts.resync_ended = e->now;
}

void resync_progress(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	const struct chan *ch = &cc->chan;

	if (cc->to_activate)
		return;
	if (cc->resync == L2TP_RESYNC_VERIFYING && seq_diff(ch->u, cc->verify_ns) > 0)
		resync_end(e, cc, L2TP_RESYNC_OK);
	if (cc->resync == L2TP_RESYNC_OK && ch->limit &&
		seq_diff(ch->u, cc->verify_end) >= 0)
		cc->chan.limit = 0;
}

/* Does [U,S] contain a step from 65535 to 0? */
static bool straddles_wrap(const struct chan *ch)
{
	return ch->u != 0 && seq_diff(0, ch->u) > 0 && seq_diff(ch->s, 0) >= 0;
}

/* protocols.md, section 5: after two tries the messages up to number 0 go out as well; what
 * that peer does not expect yet it drops without storing. */
static void widen_over_wrap(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct chan *ch = &cc->chan;

	if (ch->tries < 2 || strcmp(cc->peer_vendor, wrap_quirk_vendor) != 0 ||
		!straddles_wrap(ch))
		return;
	if (ch->s == 0)
		cc_send(e, cc, 0, &(struct l2tp_msg){ .type = L2TP_HELLO });
	ch->limit = ch->cwnd = (uint16_t)(seq_diff(0, ch->u) + 1);
}

void resync_timeout(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	bool spent =
		time_sub(e->now, cc->verify_began).ns >= dur_s(L2TP_VERIFY_MIN_S).ns;

	if (spent && cc->chan.tries >= cc->params.retries) {
		cc_dead(e, cc);
		return;
	}
	chan_timeout(&cc->chan);
	widen_over_wrap(e, cc);
}
