/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control channel of one tunnel as another implementation has it: sequence numbers,
 * acknowledgements, retransmissions, all by the columns of its manner.  Written for the tests
 * alone; it shares no code with l2tp/.
 *
 * It also keeps count of what the other end must never do, whatever the manner.
 */
#pragma once

#include "base/time.h"
#include "l2tp/wire.h"
#include "tests/sim/peers/manner.h"

#include <glib.h>

enum { CTL_MEMORY = 256 }; /* messages of the other end whose bytes are remembered */

/* What the other end has done and must not. */
struct crimes {
	unsigned nr_ahead;     /* acknowledged what was not sent */
	unsigned beyond;       /* sent beyond our window */
	unsigned rebound;      /* gave a number to other bytes */
	unsigned cdn0;         /* CDN with session 0 in its header */
	unsigned malformed;
};

struct ctl_owner {
	/* A packet leaves. */
	void (*send)(void *user, const uint8_t *bytes, size_t len, base_time now);
	/* A message has its turn: avps is what is behind its header. */
	void (*deliver)(void *user, uint16_t session, struct rd avps, base_time now);
	/* Nobody answers any more. */
	void (*dead)(void *user, base_time now);
	/* An Nr was such that the tunnel must be closed. */
	void (*offended)(void *user, base_time now);
};

struct ctl {
	const struct manner *m;
	const struct ctl_owner *owner;
	void *user;
	unsigned late_s; /* more than the manner's first wait */
	bool greedy;
	uint16_t remote_id;
	uint16_t rws, peer_rws; /* ours; the other end's */
	uint16_t s, u, r;       /* next Ns; lowest unacknowledged; next one expected */
	GQueue queue;           /* struct outgoing: [u, s) */
	GQueue early;           /* struct incoming */
	unsigned tries;         /* sendings of the front since the last progress */
	base_time resend_due, ack_due;
	bool owes_ack, is_dead, blocked;
	uint32_t seen[CTL_MEMORY]; /* digests by Ns */
	struct crimes crimes;
	uint64_t sent, resent, zlbs, received, dropped;
};

void ctl_init(struct ctl *c, const struct manner *m, uint16_t rws, uint16_t first_ns,
	const struct ctl_owner *owner, void *user);
void ctl_deinit(struct ctl *c);

/* A message: everything behind the header.  setup: it belongs to a set-up; hello: HELLO. */
void ctl_send(struct ctl *c, uint16_t session, const uint8_t *avps, size_t n,
	bool setup, bool hello, base_time now);

/* A packet of this tunnel: its header, and what is behind it. */
void ctl_input(
	struct ctl *c, const struct l2tp_hdr *h, struct rd body, base_time now);

/* A ZLB at once, whose header names a session (instead of the one that is owed). */
void ctl_zlb(struct ctl *c, uint16_t session, base_time now);

base_time ctl_next_due(const struct ctl *c);
void ctl_tick(struct ctl *c, base_time now);

/* How long it would go on asking. */
base_dur ctl_patience(const struct ctl *c);
bool ctl_idle(const struct ctl *c);
