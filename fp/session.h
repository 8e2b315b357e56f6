/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forwarding entries of L2TP and PPPoE sessions.
 *
 * One array of 128-byte entries, addressed by the slab index that both RPs use; all that a
 * packet needs is in the entry, two cache lines, no pointer to follow.  What only timers and
 * the sweep need is in a second array.  Two indexes lead to an entry: (remote address, local
 * tunnel, local session) or (port, PPPoE session id) for packets that come, the subscriber's
 * address for those that go.
 */
#pragma once

#include "base/index.h"
#include "base/time.h"
#include "base/timer.h"
#include "chassis/messages.h"

enum {
	FP_SESSIONS_MAX = 131072, /* indices 1 .. this; virtual memory until used */
	FP_TUNNELS = 65536,
	FP_OUTER_MAX = 42, /* IPv4, UDP, L2TP with Ns and Nr, PPP */
	FP_PPP_HDR = 4,    /* FF 03 and protocol, the end of the template */
	/* A standby FP keeps Ns so far ahead of what it was told: more than a session sends
	 * between two times, and half of what a peer takes for new. */
	FP_NS_JUMP = 16384,
};

enum fp_session_state { /* bits of fp_session.state, beside enum fib_session_flags */
	FP_SESSION_USED = 1 << 0,
	FP_SESSION_STOPPED = 1 << 1,
	FP_SESSION_NR_KNOWN = 1 << 2, /* a numbered packet has come */
	FP_SESSION_DEAD = 1 << 3,     /* echoes unanswered, reported */
	FP_SESSION_DEAD_NEW = 1 << 4, /* not reported yet to this RP */
	FP_SESSION_NUMBERED = 1 << 5, /* what goes has Ns: the template has room for it */
	FP_SESSION_PPPOE = 1 << 6,    /* FIB_SESSION_PPPOE: L2TP's fields are 0 */
	FP_SESSION_PMTU = 1 << 7,     /* FIB_SESSION_PMTU */
};

struct fp_session {
	/* first line: who it is, and what goes before a packet */
	uint32_t remote_ip;
	uint32_t subscriber_ip;
	uint16_t remote_port;
	union {
		uint16_t local_port;
		uint16_t ifindex; /* PPPOE: the port's */
	};
	uint16_t local_tunnel;
	uint16_t mtu;  /* as said, or less by fp/pmtu.c; 0 none */
	uint8_t state; /* enum fp_session_state */
	uint8_t flags; /* enum fib_session_flags */
	uint8_t outer_len;
	uint8_t echo_id;
	uint8_t outer
		[FP_OUTER_MAX]; /* template; lengths, id and checksum are patched */
	uint16_t mss;           /* TCP MSS clamp; 0 none */
	/* second line: what changes, all of it the FP's own but magic and sum */
	uint32_t outer_sum; /* of the template's IPv4 header, without length and id */
	uint32_t out_epoch; /* PPPOE: `out` was right then */
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, dropped;
	union {
		uint32_t local_magic;
		uint32_t mate; /* SWITCHED */
	};
	uint16_t ns, nr; /* of data packets */
	uint16_t ip_id;
	uint8_t echo_missed; /* echoes sent since the last reply */
	uint8_t echo_misses;
	uint8_t ns_leaps; /* still to come: fp_next_ns() */
	uint16_t out;     /* PPPOE: the interface that its tags choose; 0 none */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct fp_session) == 128, "two cache lines");

struct fp_session_cold {
	struct timer echo;
	uint32_t generation;
	uint16_t echo_s;
	uint16_t local_session; /* PPPOE: its session id */
	uint16_t mtu;           /* as said */
};

struct fp_tunnel {          /* of the sessions that are known, by local tunnel id */
	uint32_t remote_ip; /* of the session added last */
	uint32_t sessions : 31;
	uint32_t heard : 1; /* data came since the last report */
};

/* To a peer, on which packets may not be larger (fp/pmtu.c). */
struct fp_way {
	uint32_t remote_ip;
	uint16_t mtu; /* 0: not in use */
	struct timer timer;
};

enum { FP_WAYS = 64 };

struct fp_sessions {
	struct fp_session *entry; /* [FP_SESSIONS_MAX + 1] */
	struct fp_session_cold *cold;
	struct fp_tunnel *tunnel; /* [FP_TUNNELS] */
	struct index *upstream, *downstream;
	struct index *pppoe;
	struct index *ports; /* local UDP ports other than 1701: how many sessions */
	struct timer_wheel *wheel;      /* borrowed */
	uint32_t lowest_ip, highest_ip; /* all subscriber addresses lie between */
	uint32_t highest;               /* index ever used */
	uint32_t count;
	uint32_t n_dead_new;
	uint32_t dead_cursor;
	uint16_t first_ns; /* of a new entry */
	struct fp_way way[FP_WAYS];
};

/* wheel: where echo timers run (kind FP_TIMER_ECHO, owner the index). */
void fp_sessions_init(struct fp_sessions *t, struct timer_wheel *wheel);
void fp_sessions_deinit(struct fp_sessions *t);

/* Adds or changes.  Counters, numbers and echo state of an entry stay; `stopped` is cleared.
 * False: the index is out of range. */
bool fp_sessions_upsert(struct fp_sessions *t, const struct msg_fib_session *m,
	uint32_t generation, base_time now);
/* Only if the entry is of this session (l2tp: local tunnel << 16 | local session, or the PPPoE
 * session id). */
void fp_sessions_stop(struct fp_sessions *t, uint32_t index, uint32_t l2tp);
void fp_sessions_remove(struct fp_sessions *t, uint32_t index);

/* The entry, NULL when it is not in use. */
struct fp_session *fp_sessions_get(const struct fp_sessions *t, uint32_t index);
/* Of an entry: which session's it is, as above; 0: not in use. */
uint32_t fp_sessions_l2tp(const struct fp_sessions *t, uint32_t index);
void fp_sessions_counts(
	const struct fp_sessions *t, uint32_t index, struct msg_fib_counts *out);

/* Removes entries of other generations in [*cursor, *cursor + slice); true at the end. */
bool fp_sessions_sweep(struct fp_sessions *t, uint32_t generation, uint32_t *cursor,
	uint32_t slice, uint32_t *removed);

/* What the RP said of an entry that is in use (all but the remote magic number). */
void fp_sessions_config(
	const struct fp_sessions *t, uint32_t index, struct msg_fib_session *m);

/* Its mtu, from what was said and what is known of its way. */
void fp_sessions_set_mtu(struct fp_sessions *t, uint32_t index);

/* Begins or ends to number what goes; Ns goes on where it was (RFC 2661 section 5.4). */
void fp_session_set_numbered(struct fp_session *s, bool on);

void fp_sessions_set_dead(struct fp_sessions *t, uint32_t index);
uint32_t fp_sessions_next_dead(struct fp_sessions *t);
void fp_sessions_dead_again(struct fp_sessions *t);

/* An entry that is open from its first upsert on belongs to a session that has sent before, up to
 * some Ns that went with the FP.  A peer takes what is less than half of all numbers ahead of
 * the last one (RFC 2661, section 3.1): of four leaps of a quarter some first ones are perhaps
 * old to it, then each is new, and the last one ends where the numbers go on. */
enum { FP_NS_LEAPS = 4, FP_NS_LEAP = 16384 };

static inline uint16_t fp_next_ns(struct fp_session *s)
{
	uint16_t ns;

	if (G_LIKELY(!s->ns_leaps))
		return s->ns++;
	ns = (uint16_t)(s->ns + FP_NS_LEAP);
	s->ns = (uint16_t)(ns + (--s->ns_leaps == 0));
	return ns;
}

static inline uint64_t fp_upstream_key(uint32_t ip, uint16_t tunnel, uint16_t session)
{
	return (uint64_t)ip << 32 | (uint32_t)tunnel << 16 | session;
}

static inline uint64_t fp_pppoe_key(uint16_t ifindex, uint16_t sid)
{
	return (uint32_t)ifindex << 16 | sid;
}

static inline bool fp_tunnel_known(const struct fp_sessions *t, uint16_t id)
{
	return t->tunnel[id].sessions > 0;
}
