/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Path MTU of tunnels (`ip pmtu`; RFC 1191, RFC 4459 section 3.2).  The packets of a session that
 * has FIB_SESSION_PMTU take the DF bit of what is inside with them.  When a router on the way, or
 * our own port, says that one was too large, sessions to this peer take less from then on: what
 * does not fit is cut, or refused with an ICMP error to who sent it, before it is put into the
 * tunnel.  After ten minutes the way is tried anew.
 *
 * Only what quotes a packet that we may have sent and does not come out of a session is believed,
 * and never that less than 576 octets fit inside; so many peers at a time, and so many such messages a second.
 */
#include "fp/internal.h"

enum {
	AGE_S = 600,
	LEAST = FP_MTU_MIN + FP_OUTER_MAX, /* the least MTU fits into that */
	RATE = 10, /* messages a second: each is a walk over all sessions */
	MTU_AT = 6, /* in the ICMP header */
	ICMP_HDR = 8,
};

/* What routers that do not tell are likely to mean (RFC 1191 section 7.1). */
static const uint16_t plateaus[] = { 4352, 2002, 1492, 1006, 576 };

void fp_pmtu_init(struct fp_path *f, base_time now)
{
	police_init(&f->pmtu, RATE, RATE, now);
}

static struct fp_way *find(struct fp_sessions *t, uint32_t remote_ip)
{
	for (unsigned i = 0; i < FP_WAYS; i++)
		if (t->way[i].mtu && t->way[i].remote_ip == remote_ip)
			return &t->way[i];
	return NULL;
}

static uint16_t room(const struct fp_session *s, uint16_t mtu)
{
	return (uint16_t)MAX((int)mtu - s->outer_len, FP_MTU_MIN);
}

void fp_sessions_set_mtu(struct fp_sessions *t, uint32_t index)
{
	struct fp_session *s = &t->entry[index];
	const struct fp_way *w = s->state & FP_SESSION_PMTU ? find(t, s->remote_ip) : NULL;
	uint16_t said = t->cold[index].mtu;

	s->mtu = said;
	if (w && (!said || room(s, w->mtu) < said))
		s->mtu = room(s, w->mtu);
}

static void tell_sessions(struct fp_sessions *t, uint32_t remote_ip)
{
	for (uint32_t i = 1; i <= t->highest; i++) {
		const struct fp_session *s = fp_sessions_get(t, i);

		if (s && s->state & FP_SESSION_PMTU && s->remote_ip == remote_ip)
			fp_sessions_set_mtu(t, i);
	}
}

/* Is there a session that sends such packets? */
static bool is_ours(const struct fp_sessions *t, uint32_t src, uint32_t dst)
{
	for (uint32_t i = 1; i <= t->highest; i++) {
		const struct fp_session *s = fp_sessions_get(t, i);

		if (s && s->state & FP_SESSION_PMTU && s->remote_ip == dst &&
			be32(s->outer + 12) == src)
			return true;
	}
	return false;
}

static struct fp_way *take(struct fp_sessions *t, uint32_t remote_ip)
{
	struct fp_way *w = find(t, remote_ip);

	for (unsigned i = 0; i < FP_WAYS && !w; i++)
		if (!t->way[i].mtu)
			w = &t->way[i];
	return w;
}

void fp_pmtu_learn(struct fp_path *f, uint32_t src, uint32_t dst, uint16_t mtu)
{
	struct fp_sessions *t = &f->sessions;
	struct fp_way *w = take(t, dst);

	mtu = MAX(mtu, LEAST);
	if (!w || (w->mtu && w->mtu <= mtu) || !is_ours(t, src, dst))
		return;
	w->remote_ip = dst;
	w->mtu = mtu;
	w->timer.kind = FP_TIMER_PMTU;
	w->timer.owner = (uint32_t)(w - t->way);
	timer_set(f->wheel, &w->timer, time_add(f->now, dur_s(AGE_S)));
	tell_sessions(t, dst);
}

void fp_pmtu_timer(struct fp_path *f, uint32_t number)
{
	struct fp_way *w = &f->sessions.way[number];

	w->mtu = 0;
	tell_sessions(&f->sessions, w->remote_ip);
}

static uint16_t guess(uint16_t len)
{
	unsigned i = 0;

	while (i + 1 < G_N_ELEMENTS(plateaus) && plateaus[i] >= len)
		i++;
	return plateaus[i];
}

/* The checksum has been verified. */
void fp_pmtu_input(struct fp_path *f, const uint8_t *icmp, unsigned len)
{
	const uint8_t *quote = icmp + ICMP_HDR;
	uint16_t mtu, total;

	if (len < ICMP_HDR + IPV4_HDR + UDP_HDR || quote[0] != 0x45 ||
		quote[9] != IPPROTO_NUM_UDP || !(be16(quote + 6) & IPV4_DF) ||
		!fp_is_l2tp_port(f, be16(quote + IPV4_HDR)) ||
		!police_take(&f->pmtu, f->now))
		return;
	total = be16(quote + 2);
	mtu = be16(icmp + MTU_AT);
	if (mtu == 0)
		mtu = guess(total);
	if (mtu < total)
		fp_pmtu_learn(f, be32(quote + 12), be32(quote + 16), mtu);
}
