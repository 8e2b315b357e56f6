/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reliable control channel (RFC 2661, section 5.8 and appendix A).
 *
 * Numbers, queues and acknowledges the control messages of one control connection, and puts
 * what arrives in order.  Knows nothing of what the messages say, nothing of time (its
 * owner runs the timers) and nothing of sending: its owner asks chan_next() what may leave.
 *
 * Two numbers make it safe to lose the RP (ha-commit.md, section 1): when `gated`, no message
 * with Ns >= s_dur may leave, and every packet carries Nr = r_dur.
 */
#pragma once

#include "base/buf.h"

enum {
	CHAN_DEFAULT_WINDOW = 4, /* of a peer that does not say (section 4.4.3) */
	CHAN_WINDOW_MAX = 1024,
	CHAN_REORDER_MAX = 64,
	CHAN_QUEUE_MAX = 2000, /* above it no new calls */
	CHAN_QUEUE_HARD =
		30000,  /* sequence numbers are compared in half of their space */
	CHAN_NS_AT = 8, /* offset of Ns and Nr in a control message */
	CHAN_NR_AT = 10,
	CHAN_MSG_MIN = 12, /* header: Q holds no ZLB, but the length is checked */
};

/* a - b in 16-bit sequence space. */
static inline int seq_diff(uint16_t a, uint16_t b)
{
	return (int16_t)(uint16_t)(a - b);
}

static inline uint16_t seq_max(uint16_t a, uint16_t b)
{
	return seq_diff(a, b) >= 0 ? a : b;
}

enum chan_msg_flags {
	CHAN_MSG_HELLO = 1 << 0,
};

/* A message of Q: a whole datagram but for its Nr. */
struct chan_msg {
	struct chan_msg *next;
	uint16_t ns;
	uint16_t len;
	uint8_t flags; /* enum chan_msg_flags */
	uint8_t bytes[];
};

/* A message that arrived before its predecessors. */
struct chan_held {
	struct chan_held *next;
	uint16_t ns;
	uint16_t session; /* of its header */
	uint16_t len;
	uint8_t bytes[]; /* AVPs */
};

struct chan {
	uint16_t s, u;        /* next Ns to assign; lowest one not acknowledged */
	uint16_t snd_max;     /* lowest Ns that never left (as far as anybody knows) */
	uint16_t r_rx, r_dur; /* next Ns expected; the same, durable */
	uint16_t s_dur;       /* messages below it are durable */
	uint16_t nr_sent;     /* Nr of the last packet that left */
	uint16_t rws, peer_rws, cwnd, ssthresh;
	uint16_t credit; /* acknowledgements towards the next step of cwnd */
	uint16_t limit;  /* extra bound of the window, 0 none (resync) */
	uint16_t tries;  /* retransmissions since the last progress */
	bool gated;
	bool whole_window; /* no congestion control: cwnd is the peer's window at once */
	struct chan_msg *head, *tail; /* Q */
	struct chan_msg *next;        /* to be sent next; NULL: all have been */
	struct chan_msg *unrec;       /* first one without a checkpoint record */
	unsigned queued, n_held;
	struct chan_held *held; /* in order of Ns */
};

void chan_init(struct chan *ch, uint16_t rws);
void chan_deinit(struct chan *ch);

/* Both sides number from n on, not from 0 (tests: the wrap is near). */
void chan_begin_at(struct chan *ch, uint16_t n);

/* The peer told its window: slow start begins. */
void chan_set_peer_window(struct chan *ch, uint16_t rws);

/* From now on what is sent must be durable first.  `pending` messages of the peer are in work:
 * they must not be acknowledged yet. */
void chan_gate(struct chan *ch, uint16_t pending);
void chan_ungate(struct chan *ch);

/* Numbers a datagram (Ns is written into it) and puts it at the end of Q. */
struct chan_msg *chan_append(
	struct chan *ch, const uint8_t *bytes, size_t len, uint8_t flags);

/* Puts a message with its own number into Q (standby).  False: it cannot belong there. */
bool chan_put(
	struct chan *ch, uint16_t ns, const uint8_t *bytes, size_t len, uint8_t flags);

/* Takes S, U and R from the active RP.  False, and nothing changed: Q would not be [U,S). */
bool chan_adopt(struct chan *ch, uint16_t s, uint16_t u, uint16_t r);

/* Is Q what it must be, [U,S)? */
bool chan_whole(const struct chan *ch);

/* Starts again at the front of Q, with all tries to come: switchover, or a peer heard again. */
void chan_restart(struct chan *ch);

/* Does Nr acknowledge only what was sent? */
bool chan_nr_sane(const struct chan *ch, uint16_t nr);

/* Takes an Nr; returns how many messages it newly acknowledges. */
unsigned chan_acked(struct chan *ch, uint16_t nr);

enum chan_arrival {
	CHAN_IN_ORDER,  /* r_rx was advanced: deliver it */
	CHAN_DUPLICATE, /* acknowledge again */
	CHAN_EARLY,     /* may be held */
	CHAN_BEYOND,    /* outside our window */
};

/* Where does a non-empty message with this Ns belong? */
enum chan_arrival chan_arrive(struct chan *ch, uint16_t ns);

/* Holds an early message; false when it is held already or there is no room. */
bool chan_hold(struct chan *ch, uint16_t ns, uint16_t session, const uint8_t *bytes,
	size_t len);

/* The held message whose turn has come (r_rx is advanced), or NULL; g_free() it. */
struct chan_held *chan_take_held(struct chan *ch);

/* The message that may leave now, or NULL. */
struct chan_msg *chan_next(const struct chan *ch);

/* The standby has it, or nothing is held. */
bool chan_may_leave(const struct chan *ch, const struct chan_msg *m);
void chan_sent(struct chan *ch, struct chan_msg *m);

/* Is anything on its way that must be acknowledged? */
bool chan_in_flight(const struct chan *ch);

/* What was sent and not acknowledged leaves once more. */
void chan_again(struct chan *ch);

/* Nothing was acknowledged in time: the front of Q is sent again, alone. */
void chan_timeout(struct chan *ch);

/* What a packet that leaves now must say. */
uint16_t chan_nr(const struct chan *ch);
