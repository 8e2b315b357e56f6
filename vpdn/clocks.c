/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The clocks of a session: Session-Timeout, after which it ends, and the interval of Interim
 * records.  Both count from when it was established, so a new active RP goes on with them where
 * the former one was.
 *
 * And Idle-Timeout: the FP counts the subscriber's packets, and is asked four times in that time;
 * when its count has stayed the same for so long, the session ends (so it takes up to a quarter
 * longer).  On a new active RP this clock begins anew.
 */
#include "vpdn/internal.h"

enum {
	INTERIM_MIN_S = 60, /* RFC 2869, section 2.1 */
	IDLE_LOOKS = 4,
};

static base_time timeout_at(const struct session *s)
{
	return s->timeout_s ? time_add(s->since, dur_s(s->timeout_s)) : BASE_TIME_NEVER;
}

/* The next multiple of the interval. */
static base_time interim_at(const struct session *s, base_time now)
{
	int64_t step = dur_s(s->interim_s).ns;

	if (!step)
		return BASE_TIME_NEVER;
	return time_add(
		s->since, (base_dur){ (time_sub(now, s->since).ns / step + 1) * step });
}

static base_time idle_at(const struct session *s)
{
	return s->idle_s ? s->idle_next : BASE_TIME_NEVER;
}

static base_time next_look(const struct session *s, base_time now)
{
	return time_add(now, dur_ms(MAX((int64_t)s->idle_s * 1000 / IDLE_LOOKS, 1000)));
}

static void arm(struct vpdn *v, struct session *s)
{
	base_time due;

	s->interim_next = interim_at(s, v->now);
	due = time_min(time_min(timeout_at(s), s->interim_next), idle_at(s));

	s->timer.owner = s->number;
	if (time_is_never(due))
		timer_cancel(v->clocks, &s->timer);
	else
		timer_set(v->clocks, &s->timer, due);
}

static void set_idle(struct vpdn *v, struct session *s, uint32_t seconds)
{
	if (s->role == SESSION_HOP_IN || s->role == SESSION_HOP_OUT || s->mate)
		seconds = 0; /* it goes on: whoever ends it cares */
	if (s->idle_s == seconds)
		return;
	s->idle_s = seconds;
	s->idle_from = v->now;
	s->idle_next = next_look(s, v->now);
}

void vsession_set_clocks(struct vpdn *v, struct session *s)
{
	const struct vpdn_vtemplate *vt =
		vpdn_config_vtemplate(v->config, s->vtemplate, false);
	uint32_t minutes = v->config->aaa->update_min, idle = vt ? vt->idle_s : 0;

	s->timeout_s = 0;
	s->interim_s = minutes * 60;
	if (s->kept) {
		gsize n;
		const void *p = g_bytes_get_data(s->kept, &n);
		struct profile *kept = profile_new(rd_init(p, n), NULL, NULL);

		s->timeout_s = kept->session_timeout;
		if (kept->idle_timeout)
			idle = kept->idle_timeout;
		if (kept->interim)
			s->interim_s = MAX(kept->interim, INTERIM_MIN_S);
		profile_free(kept);
	}
	if (!s->started ||
		!vpdn_aaa_accounts(v, VPDN_ACCT_INTERIM, vpdn_aaa_acct_list(v, s)))
		s->interim_s = 0;
	set_idle(v, s, idle);
	arm(v, s);
}

static void ring(struct vpdn *v, struct session *s)
{
	if (!time_before(v->now, timeout_at(s))) {
		s->hint = ACCT_SESSION_TIMEOUT;
		if (s->mate)
			vsession_end(v, s, CDN_ADMIN, ERROR_NONE, "Session-Timeout",
				ACCT_SESSION_TIMEOUT);
		else
			ppp_link_close(v->ppp, s->number, PPP_CAUSE_ADMIN, v->now);
		return;
	}
	s->reading |= !time_before(v->now, s->interim_next);
	if (!time_before(v->now, idle_at(s))) {
		s->looking = true;
		s->idle_next = next_look(s, v->now);
	}
	if (s->reading || s->looking)
		vpdn_emit_fib(v, VPDN_FX_FIB_READ, s);
	arm(v, s);
}

base_time vpdn_clocks_next_due(const struct vpdn *v)
{
	return timer_next_due(v->clocks);
}

bool vpdn_clocks_tick(struct vpdn *v, unsigned budget)
{
	struct timer *t;

	while (budget-- && (t = timer_pop(v->clocks, v->now))) {
		struct session *s = vsession_get(v, t->owner);

		if (s && s->open && !s->closing)
			ring(v, s);
	}
	return !time_before(v->now, timer_next_due(v->clocks));
}

/* Has it been idle for so long? */
static void look(struct vpdn *v, struct session *s, const struct vpdn_counts_fib *counts)
{
	if (counts->rx_packets != s->idle_packets || !s->idle_s) {
		s->idle_packets = counts->rx_packets;
		s->idle_from = v->now;
		return;
	}
	if (time_before(v->now, time_add(s->idle_from, dur_s(s->idle_s))))
		return;
	s->hint = ACCT_IDLE_TIMEOUT;
	ppp_link_close(v->ppp, s->number, PPP_CAUSE_ADMIN, v->now);
}

void vpdn_session_read(struct vpdn *v, uint32_t session,
	const struct vpdn_counts_fib *counts, base_time now)
{
	struct session *s = vsession_get(v, session);
	bool reading, looking;

	v->now = now;
	if (!s || v->passive || s->closing)
		return;
	reading = s->reading;
	looking = s->looking;
	s->reading = s->looking = false;
	if (reading)
		vpdn_acct_interim(v, s, counts);
	if (looking)
		look(v, s, counts);
}
