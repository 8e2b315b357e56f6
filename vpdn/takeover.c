/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Becoming live (ha-commit.md section 3, H3, H9, H10, H11).
 *
 * In the call itself it is decided what becomes of each session, from the records as they
 * are: marked tunnels go first, with all that they have; then what is not whole, or was in
 * deletion, is doomed.  Ending the doomed ones is more work (orders to the FP, CDN,
 * accounting), so that is done a slice at a time.
 *
 * Pools, interface numbers, limits and indexes are in no record; they are made from the
 * sessions.
 */
#include "vpdn/dialin.h"
#include "vpdn/hop.h"
#include "vpdn/internal.h"
#include "vpdn/subscriber.h"

#include <string.h>

static const char not_whole[] = "Session was not established at the switchover";
static const char not_protected[] = "Tunnel was not protected at the switchover";

/* What was said to the peer last is not known here: nothing more is said. */
static void drop_marked(struct vpdn *v, uint16_t cc)
{
	struct own_effect *o = vpdn_emit(v, v->effects, VPDN_FX_UNMARK);

	o->fx.cc = cc;
	o->fx.deleted = true;
	(void)vpdn_tunnel(v, cc); /* the history wants to know whose it was */
	if (!l2tp_cc_drop(v->l2tp, cc, v->now))
		return;
	vpdn_log(v, LOG_SEV_WARNING, "NOTPROTECTED",
		"L2TP tunnel %u was not protected: cleared", cc);
	vpdn_fail(v, NULL, cc, "Switchover", not_protected);
}

static enum session_doom judge(const struct vpdn *v, const struct session *s)
{
	struct l2tp_cc_info cc;

	if (s->closing)
		return DOOM_CLOSING;
	if (s->role != SESSION_PPPOE && !l2tp_cc_get(v->l2tp, s->cc, &cc))
		return DOOM_UNPROTECTED;
	if ((s->role == SESSION_LNS || (s->role == SESSION_PPPOE && !s->mate)) && !s->ip)
		return DOOM_NOT_WHOLE;
	return vpdn_is_whole(v, s) ? DOOM_NONE : DOOM_NOT_WHOLE;
}

static void rebuild_session(struct vpdn *v, struct session *s)
{
	const struct tunnel *t = vsession_tunnel(v, s);
	struct ppp_link_info link;

	if (!pools_take_at(v->pools, s->ip))
		s->ip = 0;
	if (!ids_take_at(v->vaccess, s->vaccess))
		s->vaccess = 0;
	v->last_unique = MAX(v->last_unique, s->unique_id);
	s->linked = ppp_link_get(v->ppp, s->number, &link);
	s->doom = judge(v, s);
	if (s->doom == DOOM_NONE)
		vsession_set_clocks(v, s);
	vsession_set_est(v, s, false);
	vsession_set_ha(v, s, t ? t->ha : s->role == SESSION_PPPOE);
}

/* The parts that no record holds (H11). */
static void rebuild(struct vpdn *v)
{
	struct session *s;
	uint32_t n = 0;

	pools_sync(v->pools, v->config);
	pools_clear(v->pools);
	memset(v->vaccess, 0, sizeof(*v->vaccess));
	while ((s = slab_next(v->sessions, n, &n)))
		rebuild_session(v, s);
}

/* Sessions that L2TP has and we have not: there is no link that could serve them. */
static void close_strays(struct vpdn *v)
{
	struct l2tp_session_info info;
	uint32_t cursor = 0;

	while (l2tp_next_session(v->l2tp, &cursor, &info)) {
		if (!vsession_find(v, info.cc, info.id))
			l2tp_session_close(v->l2tp, info.cc, info.id, CDN_ERROR,
				ERROR_VENDOR, not_whole, v->now);
	}
}

static void end_doomed(struct vpdn *v, struct session *s)
{
	switch ((enum session_doom)s->doom) {
	case DOOM_NONE:
		break;
	case DOOM_CLOSING:
		vsession_end(
			v, s, s->end_result, s->end_error, s->end_text, s->acct_cause);
		break;
	case DOOM_NOT_WHOLE:
		vpdn_fail(v, s, s->cc, "Switchover", not_whole);
		vsession_end(
			v, s, CDN_ERROR, ERROR_VENDOR, not_whole, ACCT_LOST_SERVICE);
		break;
	case DOOM_UNPROTECTED:
		vpdn_fail(v, s, s->cc, "Switchover", not_protected);
		vsession_end(v, s, 0, 0, not_protected, ACCT_LOST_SERVICE);
		break;
	}
}

base_time vpdn_takeover_next_due(const struct vpdn *v)
{
	return v->doomed.on ? v->now : BASE_TIME_NEVER;
}

bool vpdn_takeover_tick(struct vpdn *v)
{
	struct session *s;

	for (unsigned n = 0; v->doomed.on && n < VPDN_SLICE; n++) {
		s = slab_next(v->sessions, v->doomed.cursor, &v->doomed.cursor);
		if (s && !s->ended)
			end_doomed(v, s);
		v->doomed.on = s != NULL;
	}
	return v->doomed.on;
}

void vpdn_activate(
	struct vpdn *v, const uint16_t *marked, size_t n_marked, base_time now)
{
	struct l2tp_counts counts;

	if (!v->passive)
		return;
	v->now = now;
	for (size_t i = 0; i < n_marked; i++)
		drop_marked(v, marked[i]);
	rebuild(v);
	v->passive = false;
	v->ckpt.marked = slab_count(v->sessions) > 0; /* as they were taken over */
	l2tp_engine_activate(v->l2tp, now);
	ppp_engine_activate(v->ppp, now);
	pppoe_ac_activate(v->pppoe, now);
	l2tp_get_counts(v->l2tp, &counts);
	v->refused_in_resync = counts.refused_in_resync;
	callees_rebuild(v);
	close_strays(v);
	subscriber_close_strays(v);
	vpdn_acct_activate(v);
	v->doomed = (struct walk){ .on = true };
	v->follow_cc = v->follow_session = (struct walk){ .on = true };
	(void)vpdn_takeover_tick(v);
}
