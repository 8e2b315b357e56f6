/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks on at every round of a world: may what passes the FP leave (ha-commit.md section 1)?
 *
 *   I-send  Before the first copy of a message leaves, the standby holds its number and bytes; a
 *           number is never bound to others.
 *   I-ack   No packet leaves with an Nr beyond what the standby has; and Nr never falls.
 *
 * That is asked wherever a switchover would go on with the tunnel: the arbiter has the standby
 * for HOT, or has just granted it the term as hot, and the FP has no mark of the tunnel.  When
 * a standby becomes HOT it is asked of all that has left before.  What is compared is the
 * store of the real standby, not what the sender believes.
 */
#pragma once

#include "tests/scenarios/world.h"

struct watch;

/* After world_start(), before the first tunnel; virtual clock without threads. */
struct watch *watch_start(struct world *w);
void watch_stop(struct watch *w);

/* The first packet that should not have left, as a sentence; NULL: none. */
const char *watch_failure(const struct watch *w);

/* An active RP has gone while the arbiter had nobody for HOT, or some tunnel was marked: its
 * sessions may be lost, and must then be lost everywhere. */
bool watch_bare(const struct watch *w);
/* An active RP has gone when outputs, such as accounting, had left whose transactions its twin
 * did not have. */
bool watch_unheard(const struct watch *w);
/* The twin was HOT in the last round before; its HOT was withdrawn by the RP's last words. */
bool watch_late(const struct watch *w);

/* Calls that the standby could go on with when an active RP went last; 0 when it was bare. */
unsigned watch_kept(const struct watch *w);

struct watch_counts {
	uint64_t held;   /* control packets that the standby was asked for */
	uint64_t marked; /* of tunnels that are marked as unprotected */
	uint64_t alone;  /* while nobody was HOT */
};

/* Adds to what is there. */
void watch_count(const struct watch *w, struct watch_counts *c);

/* Appends a line for each L2TP packet from now on, but for subscribers' IP packets. */
void watch_trace(struct watch *w, GString *out);

/* fn is called after each round, when the packets of the round have been judged and lie in
 * their rings (see chassis_on_round()). */
typedef void (*watch_fn)(void *user);
void watch_also(struct watch *w, watch_fn fn, void *user);

/* ---- for meddling: the packets of a ring ---- */

struct pkt;

struct watch_packet {
	bool l2tp;    /* from or to L2TP's port, but for subscribers' IP packets in a tunnel */
	bool control; /* and then: */
	uint32_t dst;
	uint16_t tunnel, session, ns, nr;
	const uint8_t *bytes; /* the datagram */
	size_t len, body;     /* body: where what is behind Nr begins */
};

/* An Ethernet frame that lies in a ring. */
struct watch_packet watch_parse(struct pkt *p);
