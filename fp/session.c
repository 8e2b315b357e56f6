/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forwarding entries: adding, changing, stopping, sweeping.  Nothing here is called for a
 * packet; see path.c.  The arrays are reserved for the largest index at once, which costs
 * address space only, and never move.
 */
#include "fp/session.h"

#include "base/net.h"
#include "base/rule.h"
#include "fp/internal.h"
#include "l2tp/wire.h"
#include "ppp/wire.h"

#include <sys/mman.h>

enum {
	OUTER_TTL = 255,
	PHASE_STEP_MS = 7919, /* prime: neighbours' echoes do not fall together */
	MANY = 4096, /* sessions: from there on large pages are worth their memory */
	NUMBERS = 4, /* Ns and Nr */
};

static void *reserve(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		g_error("no address space for %zu octets of forwarding entries", n);
	return p;
}

static const size_t entry_octets = (FP_SESSIONS_MAX + 1) * sizeof(struct fp_session);
static const size_t cold_octets =
	(FP_SESSIONS_MAX + 1) * sizeof(struct fp_session_cold);

void fp_sessions_init(struct fp_sessions *t, struct timer_wheel *wheel)
{
	*t = (struct fp_sessions){
		.entry = reserve(entry_octets),
		.cold = reserve(cold_octets),
		.tunnel = g_new0(struct fp_tunnel, FP_TUNNELS),
		.upstream = index_new(64),
		.downstream = index_new(64),
		.pppoe = index_new(64),
		.ports = index_new(4),
		.wheel = wheel,
		.lowest_ip = UINT32_MAX,
	};
}

void fp_sessions_deinit(struct fp_sessions *t)
{
	for (uint32_t i = 1; i <= t->highest; i++)
		fp_sessions_remove(t, i);
	munmap(t->entry, entry_octets);
	munmap(t->cold, cold_octets);
	g_free(t->tunnel);
	index_free(t->upstream);
	index_free(t->downstream);
	index_free(t->pppoe);
	index_free(t->ports);
}

struct fp_session *fp_sessions_get(const struct fp_sessions *t, uint32_t index)
{
	if (index == 0 || index > t->highest)
		return NULL;

	struct fp_session *s = &t->entry[index];

	return s->state & FP_SESSION_USED ? s : NULL;
}

/* The index by which an entry's packets find it, and their key there. */
static struct index *upstream_of(const struct fp_sessions *t, const struct fp_session *s)
{
	return s->state & FP_SESSION_PPPOE ? t->pppoe : t->upstream;
}

static uint64_t upstream_key(const struct fp_sessions *t, uint32_t index)
{
	const struct fp_session *s = &t->entry[index];

	if (s->state & FP_SESSION_PPPOE)
		return fp_pppoe_key(s->ifindex, t->cold[index].local_session);
	return fp_upstream_key(
		s->remote_ip, s->local_tunnel, t->cold[index].local_session);
}

static void count_port(struct fp_sessions *t, uint16_t port, int by)
{
	uint32_t n = index_get(t->ports, port);

	if (port == L2TP_UDP_PORT)
		return;
	n = (uint32_t)((int)n + by);
	if (n)
		index_put(t->ports, port, n);
	else
		index_del(t->ports, port);
}

/* A key belongs to whoever took it last: another entry's is left alone. */
static void unkey(struct index *ix, uint64_t key, uint32_t index)
{
	if (index_get(ix, key) == index)
		index_del(ix, key);
}

static void unlink_keys(struct fp_sessions *t, uint32_t index)
{
	struct fp_session *s = &t->entry[index];

	unkey(upstream_of(t, s), upstream_key(t, index), index);
	if (s->subscriber_ip)
		unkey(t->downstream, s->subscriber_ip, index);
	if (s->state & FP_SESSION_PPPOE)
		return;
	t->tunnel[s->local_tunnel].sessions--;
	count_port(t, s->local_port, -1);
}

static void link_keys(struct fp_sessions *t, uint32_t index)
{
	struct fp_session *s = &t->entry[index];

	index_put(upstream_of(t, s), upstream_key(t, index), index);
	if (s->subscriber_ip) {
		index_put(t->downstream, s->subscriber_ip, index);
		t->lowest_ip = MIN(t->lowest_ip, s->subscriber_ip);
		t->highest_ip = MAX(t->highest_ip, s->subscriber_ip);
	}
	if (s->state & FP_SESSION_PPPOE)
		return;
	t->tunnel[s->local_tunnel].remote_ip = s->remote_ip;
	t->tunnel[s->local_tunnel].sessions++;
	count_port(t, s->local_port, 1);
}

/* The header that goes before every packet: IPv4, UDP without checksum (RFC 2661 section 8.1
 * allows that for data), L2TP without Length, PPP. */
static void build_outer(struct fp_session *s, const struct msg_fib_session *m)
{
	struct wr w = wr_init(s->outer, sizeof(s->outer));
	struct ipv4_hdr ip = { .ttl = OUTER_TTL,
		.proto = IPPROTO_NUM_UDP,
		.src = m->local_ip,
		.dst = m->remote_ip };

	ipv4_build(&w, &ip, 0);
	wr_set_u16(&w, 2, 0);
	wr_set_u16(&w, 10, 0);
	s->outer_sum = csum_add(s->outer, IPV4_HDR, 0);
	wr_u16(&w, s->local_port);
	wr_u16(&w, s->remote_port);
	wr_u32(&w, 0);
	wr_u16(&w, L2TP_VER);
	wr_u16(&w, m->remote_tunnel);
	wr_u16(&w, m->remote_session);
	ppp_hdr_build(&w, PPP_IPV4);
	s->outer_len = (uint8_t)w.len;
	s->state &= (uint8_t)~FP_SESSION_NUMBERED;
}

void fp_session_set_numbered(struct fp_session *s, bool on)
{
	uint8_t *l2tp = s->outer + IPV4_HDR + UDP_HDR;
	uint8_t *numbers = l2tp + 6, ppp[FP_PPP_HDR];

	if (on == !!(s->state & FP_SESSION_NUMBERED) || s->state & FP_SESSION_PPPOE)
		return;
	memcpy(ppp, s->outer + s->outer_len - FP_PPP_HDR, FP_PPP_HDR);
	memset(numbers, 0, NUMBERS);
	memcpy(numbers + (on ? NUMBERS : 0), ppp, FP_PPP_HDR);
	put_u16(l2tp, (uint16_t)(L2TP_VER | (on ? L2TP_S : 0)));
	s->outer_len = (uint8_t)(s->outer_len + (on ? NUMBERS : -NUMBERS));
	s->state ^= FP_SESSION_NUMBERED;
}

/* Always, never, or as long as the peer does. */
static bool wants_numbers(const struct fp_session *s)
{
	return s->flags & FIB_SESSION_SEQ_TX ||
	       (s->flags & FIB_SESSION_SEQ_MIRROR && s->state & FP_SESSION_NUMBERED);
}

static void set_echo(struct fp_sessions *t, uint32_t index, base_time now)
{
	struct fp_session *s = &t->entry[index];
	struct fp_session_cold *c = &t->cold[index];
	bool wanted = c->echo_s && s->local_magic && !(s->state & FP_SESSION_DEAD) &&
		      (s->flags & (FIB_SESSION_OPEN | FIB_SESSION_SWITCHED)) ==
			      FIB_SESSION_OPEN;

	c->echo.kind = FP_TIMER_ECHO;
	c->echo.owner = index;
	if (!wanted) {
		timer_cancel(t->wheel, &c->echo);
	} else if (!timer_armed(&c->echo)) {
		int64_t phase = (int64_t)index * PHASE_STEP_MS % (c->echo_s * 1000);

		timer_set(t->wheel, &c->echo, time_add(now, dur_ms(phase + 1)));
	}
}

static bool same_session(const struct fp_sessions *t, const struct msg_fib_session *m)
{
	const struct fp_session *s = &t->entry[m->index];
	struct msg_fib_session old = { 0 };

	if (!(s->state & FP_SESSION_PPPOE) != !(m->flags & FIB_SESSION_PPPOE))
		return false;
	if (!(s->state & FP_SESSION_PPPOE))
		return upstream_key(t, m->index) == fp_upstream_key(m->remote_ip,
							    m->local_tunnel,
							    m->local_session);
	fp_pppoe_config(s, &old);
	return old.ifindex == m->ifindex && old.pppoe_sid == m->pppoe_sid &&
	       old.client == m->client;
}

static bool may_be(const struct msg_fib_session *m)
{
	return m->index != 0 && m->index <= FP_SESSIONS_MAX &&
	       (!(m->flags & FIB_SESSION_PPPOE) ||
		       (m->ifindex != 0 && m->ifindex < IFINDEX_OTHER));
}

/* Whose it is, and what goes before its packets. */
static void set_kind(struct fp_session *s, struct fp_session_cold *c,
	const struct msg_fib_session *m)
{
	bool numbered;

	if (m->flags & FIB_SESSION_PPPOE) {
		s->state |= FP_SESSION_PPPOE;
		s->remote_ip = 0;
		s->remote_port = s->local_tunnel = 0;
		s->ifindex = m->ifindex;
		c->local_session = m->pppoe_sid;
		fp_pppoe_build(s, m);
		return;
	}
	s->state &= (uint8_t)~FP_SESSION_PMTU;
	if (m->flags & FIB_SESSION_PMTU)
		s->state |= FP_SESSION_PMTU;
	s->remote_ip = m->remote_ip;
	s->remote_port = m->remote_port;
	s->local_port = m->local_port;
	s->local_tunnel = m->local_tunnel;
	c->local_session = m->local_session;
	numbered = wants_numbers(s);
	build_outer(s, m);
	fp_session_set_numbered(s, numbered);
}

bool fp_sessions_upsert(struct fp_sessions *t, const struct msg_fib_session *m,
	uint32_t generation, base_time now)
{
	if (!may_be(m))
		return false;

	struct fp_session *s = &t->entry[m->index];
	struct fp_session_cold *c = &t->cold[m->index];

	if (s->state & FP_SESSION_USED && !same_session(t, m))
		fp_sessions_remove(t, m->index); /* the index was given away again */
	if (!(s->state & FP_SESSION_USED)) {
		*s = (struct fp_session){ .state = FP_SESSION_USED, .ns = t->first_ns };
		if (m->flags & FIB_SESSION_OPEN &&
			m->flags & (FIB_SESSION_SEQ_TX | FIB_SESSION_SEQ_MIRROR))
			s->ns_leaps = FP_NS_LEAPS;
		t->count++;
		if (t->highest < MANY && m->index >= MANY)
			(void)madvise(t->entry, entry_octets, MADV_HUGEPAGE);
		t->highest = MAX(t->highest, m->index);
	} else {
		unlink_keys(t, m->index);
	}
	if (rule_holds(RULE_H9_UNSTOP))
		s->state &= (uint8_t)~FP_SESSION_STOPPED;
	s->subscriber_ip = m->subscriber_ip;
	c->mtu = m->mtu;
	s->mss = m->mss;
	s->flags = (uint8_t)m->flags;
	if (m->flags & FIB_SESSION_SWITCHED)
		s->mate = m->mate;
	else
		s->local_magic = m->local_magic;
	s->echo_misses = m->echo_misses;
	c->generation = generation;
	if (c->echo_s != m->echo_s)
		timer_cancel(t->wheel, &c->echo);
	c->echo_s = m->echo_s;
	set_kind(s, c, m);
	fp_sessions_set_mtu(t, m->index);
	link_keys(t, m->index);
	set_echo(t, m->index, now);
	return true;
}

uint32_t fp_sessions_l2tp(const struct fp_sessions *t, uint32_t index)
{
	const struct fp_session *s = fp_sessions_get(t, index);

	return s ? (uint32_t)s->local_tunnel << 16 | t->cold[index].local_session : 0;
}

void fp_sessions_stop(struct fp_sessions *t, uint32_t index, uint32_t l2tp)
{
	struct fp_session *s = fp_sessions_get(t, index);

	if (!s || fp_sessions_l2tp(t, index) != l2tp)
		return;
	s->state |= FP_SESSION_STOPPED;
	timer_cancel(t->wheel, &t->cold[index].echo);
}

void fp_sessions_remove(struct fp_sessions *t, uint32_t index)
{
	struct fp_session *s = fp_sessions_get(t, index);

	if (!s)
		return;
	unlink_keys(t, index);
	timer_cancel(t->wheel, &t->cold[index].echo);
	if (s->state & FP_SESSION_DEAD_NEW)
		t->n_dead_new--;
	*s = (struct fp_session){ 0 };
	t->cold[index] = (struct fp_session_cold){ 0 };
	if (--t->count == 0) {
		t->lowest_ip = UINT32_MAX;
		t->highest_ip = 0;
	}
}

void fp_sessions_counts(
	const struct fp_sessions *t, uint32_t index, struct msg_fib_counts *out)
{
	const struct fp_session *s = fp_sessions_get(t, index);

	*out = (struct msg_fib_counts){ .index = index };
	if (!s)
		return;
	out->known = true;
	out->l2tp = fp_sessions_l2tp(t, index);
	out->rx_packets = s->rx_packets;
	out->rx_bytes = s->rx_bytes;
	out->tx_packets = s->tx_packets;
	out->tx_bytes = s->tx_bytes;
	out->dropped = s->dropped;
}

bool fp_sessions_sweep(struct fp_sessions *t, uint32_t generation, uint32_t *cursor,
	uint32_t slice, uint32_t *removed)
{
	for (; slice > 0 && *cursor <= t->highest; slice--, (*cursor)++) {
		if (!fp_sessions_get(t, *cursor) ||
			t->cold[*cursor].generation == generation ||
			!rule_holds(RULE_H9_SWEEP))
			continue;
		fp_sessions_remove(t, *cursor);
		(*removed)++;
	}
	return *cursor > t->highest;
}

void fp_sessions_set_dead(struct fp_sessions *t, uint32_t index)
{
	struct fp_session *s = fp_sessions_get(t, index);

	if (!s || s->state & FP_SESSION_DEAD)
		return;
	s->state |= FP_SESSION_DEAD | FP_SESSION_DEAD_NEW;
	t->n_dead_new++;
}

/* A walk, but only while something is to be reported. */
uint32_t fp_sessions_next_dead(struct fp_sessions *t)
{
	while (t->n_dead_new > 0) {
		t->dead_cursor = t->dead_cursor >= t->highest ? 1 : t->dead_cursor + 1;

		struct fp_session *s = fp_sessions_get(t, t->dead_cursor);

		if (s && s->state & FP_SESSION_DEAD_NEW) {
			s->state &= (uint8_t)~FP_SESSION_DEAD_NEW;
			t->n_dead_new--;
			return t->dead_cursor;
		}
	}
	return 0;
}

void fp_sessions_dead_again(struct fp_sessions *t)
{
	for (uint32_t i = 1; i <= t->highest; i++) {
		struct fp_session *s = fp_sessions_get(t, i);

		if (s && (s->state & (FP_SESSION_DEAD | FP_SESSION_DEAD_NEW)) ==
				 FP_SESSION_DEAD) {
			s->state |= FP_SESSION_DEAD_NEW;
			t->n_dead_new++;
		}
	}
}
