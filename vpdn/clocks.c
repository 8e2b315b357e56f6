/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two clocks of a session: Session-Timeout, after which it ends, and the interval of
 * Interim records.  Both count from when it was established, so a new active RP goes on with
 * them where the former one was.
 */
#include "vpdn/internal.h"

enum { INTERIM_MIN_S = 60 }; /* RFC 2869, section 2.1 */

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

static void arm(struct vpdn *v, struct session *s)
{
	base_time due = time_min(timeout_at(s), interim_at(s, v->now));

	s->timer.owner = s->number;
	if (time_is_never(due))
		timer_cancel(v->clocks, &s->timer);
	else
		timer_set(v->clocks, &s->timer, due);
}

void vsession_set_clocks(struct vpdn *v, struct session *s)
{
	uint32_t minutes = v->config->aaa->update_min;

	s->timeout_s = 0;
	s->interim_s = minutes * 60;
	if (s->kept) {
		gsize n;
		const void *p = g_bytes_get_data(s->kept, &n);
		struct profile *kept = profile_new(rd_init(p, n), NULL, NULL);

		s->timeout_s = kept->session_timeout;
		if (kept->interim)
			s->interim_s = MAX(kept->interim, INTERIM_MIN_S);
		profile_free(kept);
	}
	if (!s->started || !vpdn_aaa_accounts(v, VPDN_ACCT_INTERIM))
		s->interim_s = 0;
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
	if (s->interim_s) {
		s->reading = true;
		vpdn_emit_fib(v, VPDN_FX_FIB_READ, s);
	}
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

void vpdn_session_read(struct vpdn *v, uint32_t session,
	const struct vpdn_counts_fib *counts, base_time now)
{
	struct session *s = vsession_get(v, session);

	v->now = now;
	if (!s || !s->reading || v->passive)
		return;
	s->reading = false;
	vpdn_acct_interim(v, s, counts);
}
