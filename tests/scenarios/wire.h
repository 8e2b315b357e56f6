/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What went over the wire to the LAC: L2TP control packets of a capture of its port, and what
 * must be true of them whatever became of the RPs.
 */
#pragma once

#include "chassis/chassis.h"

#include <glib.h>

struct wire_packet {
	base_time at;
	bool to_lns;
	uint16_t ip_id;
	uint16_t tunnel, session, ns, nr;
	bool zlb;
	GBytes *body; /* what is behind Nr */
};

struct wire;

/* Begins to record the port. */
struct wire *wire_start(struct chassis *c, uint16_t ifindex, uint32_t lns_ip);

/* Ends it; struct wire_packet in the order of sending, cleared with the array. */
GArray *wire_stop(struct wire *w);

/* What no switchover may break.  For each tunnel, in what the LNS sends: one number is never
 * bound to two messages (I-send), Nr never falls (I-ack), and packets of one RP never come
 * after the first one of its successor (by the IP ids that each RP counts for itself).  NULL,
 * or a sentence about the first fault; changes: how often the sender changed. */
char *wire_fault(const GArray *packets, unsigned *changes);

/* The longest time from a message of the LAC in a tunnel (its ids at both ends) to the first
 * packet whose Nr covers it, of those sent from `from` on and before `until`, and how many
 * these were. */
base_dur wire_ack_latency(const GArray *packets, uint16_t at_lns, uint16_t at_lac,
	base_time from, base_time until, unsigned *messages);
