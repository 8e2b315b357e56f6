/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The end of a session, in two phases (ha-commit.md H9).
 *
 *   1  vsession_end(): the session is closing, and its record says so, who began it and
 *      why: a new active RP finishes it.  PPP is over.  The FP stops its entry and
 *      answers with the final counters.
 *   2  with the counters, asked for twice, or without them after a second: one transaction in which the
 *      session, its link and its L2TP session go, the CDN is put into the queue if we
 *      end it, and the accounting Stop is pending.  When it is committed the CDN leaves
 *      (l2tp/ sees to that), then the Stop, then the FP frees its entry; then the number,
 *      the address and the interface may be used again.
 *
 * A CDN that comes in between joins what is under way.
 */
#include "vpdn/hop.h"
#include "vpdn/internal.h"
#include "vpdn/logging.h"
#include "vpdn/subscriber.h"

/* Takes w, which is in no queue. */
static void ask(struct vpdn *v, struct stop_wait *w, const struct session *s)
{
	w->asked++;
	if (rule_holds(RULE_H9_COUNTERS))
		w->due = time_add(w->due, dur_ms(VPDN_STOP_ASK_MS));
	g_queue_push_tail(v->stopping, w);
	vpdn_emit_fib(v, VPDN_FX_FIB_STOP, s);
}

static void ask_stop(struct vpdn *v, const struct session *s)
{
	struct stop_wait *w = g_new(struct stop_wait, 1);

	*w = (struct stop_wait){ .number = s->number, .unique_id = s->unique_id, .due = v->now };
	ask(v, w, s);
}

void vsession_end(struct vpdn *v, struct session *s, uint16_t result, uint16_t error,
	const char *text, enum acct_cause cause)
{
	bool goes_on = s->closing && s->doom != DOOM_CLOSING;

	if (!result && !s->l2tp_gone) {
		s->l2tp_gone = true;
		if (rule_holds(RULE_H9_CLOSING))
			vpdn_ckpt_mark(v, s->number);
	}
	if (goes_on)
		return;
	s->doom = DOOM_NONE;
	if (!s->closing) {
		if (result)
			logging_user_closed(v, s, result, error, text,
				s->end_ppp == PPP_CAUSE_NORMAL || cause == ACCT_USER_REQUEST ||
					cause == ACCT_ADMIN_RESET);
		s->closing = true;
		s->end_result = result;
		s->end_error = error;
		s->end_text = g_strdup(text);
		s->acct_cause = (uint8_t)cause;
	}
	if (s->linked)
		ppp_link_drop(v->ppp, s->number);
	s->linked = false;
	vpdn_aaa_cancel(v, s->job);
	s->job = 0;
	timer_cancel(v->clocks, &s->timer);
	vsession_drop_early(s);
	vsession_set_open(v, s, false);
	vsession_set_est(v, s, false);
	if (rule_holds(RULE_H9_CLOSING))
		vpdn_ckpt_mark(v, s->number);
	ask_stop(v, s);

	struct session *mate = hop_mate(v, s);

	if (!mate || mate->closing)
		return;
	mate->end_ppp = s->end_ppp;
	mate->end_ppp_by_peer = s->end_ppp_by_peer;
	vsession_end(v, mate, result ? result : CDN_CARRIER, error, text, cause);
}

/* With why PPP ended, if it did (RFC 3145). */
static void hang_up(struct vpdn *v, const struct session *s)
{
	struct l2tp_ppp_cause why = { .code = s->end_ppp,
		.direction = s->end_ppp_by_peer ? L2TP_PPP_AT_PEER : L2TP_PPP_AT_LOCAL };

	l2tp_session_close_ppp(v->l2tp, s->cc, s->lsid, s->end_result, s->end_error,
		s->end_text, s->end_ppp ? &why : NULL, v->now);
}

static void finish(struct vpdn *v, struct session *s)
{
	if (s->role == SESSION_PPPOE)
		subscriber_hang_up(v, s);
	else if (!s->l2tp_gone)
		hang_up(v, s);
	vpdn_acct_stop(v, s);
	/* What is held needs a transaction: the delete is one record of it at least. */
	v->ckpt.flags[s->number] |= NUMBER_SENT;
	vpdn_ckpt_mark(v, s->number);
	vpdn_hold(v, HELD_FREE, s->number);
	vsession_leave(v, s);
}

/* The session that is waited for; NULL when that is over. */
static struct session *waiting(const struct vpdn *v, const struct stop_wait *w)
{
	struct session *s = vsession_get(v, w->number);

	return s && s->closing && s->unique_id == w->unique_id ? s : NULL;
}

static void drop_done(struct vpdn *v)
{
	struct stop_wait *w;

	while ((w = g_queue_peek_head(v->stopping)) && !waiting(v, w))
		g_free(g_queue_pop_head(v->stopping));
}

void vpdn_session_stopped(struct vpdn *v, uint32_t session,
	const struct vpdn_counts_fib *counts, base_time now)
{
	struct session *s = vsession_get(v, session);

	v->now = now;
	if (v->passive || !s || !s->closing || s->doom)
		return;
	if (counts)
		s->counts = *counts;
	finish(v, s);
	drop_done(v);
}

/* What was asked of the FP before has perhaps gone with it. */
void vpdn_stop_again(struct vpdn *v, base_time now)
{
	v->now = now;
	for (const GList *l = v->stopping->head; l; l = l->next) {
		const struct session *s = waiting(v, l->data);

		if (s)
			vpdn_emit_fib(v, VPDN_FX_FIB_STOP, s);
	}
}

base_time vpdn_close_next_due(const struct vpdn *v)
{
	const struct stop_wait *w = g_queue_peek_head(v->stopping);

	return w ? w->due : BASE_TIME_NEVER;
}

/* Not if it were late already: a second is the limit. */
static bool may_ask(const struct vpdn *v, const struct stop_wait *w)
{
	return w->asked < VPDN_STOP_ASKS && rule_holds(RULE_H9_COUNTERS) &&
	       time_before(v->now, time_add(w->due, dur_ms(VPDN_STOP_ASK_MS)));
}

bool vpdn_close_tick(struct vpdn *v, unsigned budget)
{
	struct stop_wait *w;

	while ((w = g_queue_peek_head(v->stopping)) && !time_before(v->now, w->due)) {
		if (budget-- == 0)
			return true;
		if (may_ask(v, w))
			ask(v, g_queue_pop_head(v->stopping), waiting(v, w));
		else
			finish(v, waiting(v, w));
		drop_done(v);
	}
	return false;
}

void vpdn_close_free(struct vpdn *v)
{
	g_queue_free_full(v->stopping, g_free);
}
