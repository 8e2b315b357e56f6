/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPv4 fragments: cutting packets that are too large for where they go, and putting together
 * the fragments of packets to us (a LAC on Ethernet fragments full-size packets in L2TP).
 */
#pragma once

#include "base/timer.h"
#include "chassis/pkt.h"

struct fp_path;

enum {
	FP_REASSEMBLIES = 64, /* packets being put together */
	FP_HOLES_MAX = 8, /* fragments of one packet that may have come out of order */
	FP_REASSEMBLY_MS = 1000,
};

/* Octets [from, to) of the payload that are there. */
struct fp_span {
	uint16_t from, to;
};

struct fp_reassembly {
	struct pkt *
		p; /* NULL: free.  IPv4 header without options at data, then the payload */
	uint32_t src, dst;
	uint16_t id;
	uint8_t proto;
	uint8_t n_spans;
	uint16_t total; /* of the payload; 0: last fragment has not come */
	struct fp_span span[FP_HOLES_MAX]; /* apart, in order */
	struct timer timer;
};

struct fp_frags {
	struct fp_reassembly r[FP_REASSEMBLIES];
};

/* Cuts p (at the IPv4 header of hdr_len octets) into new packets of at most mtu octets.
 * p stays the caller's.  0: no buffers, or too many pieces. */
unsigned fp_frag_cut(struct fp_path *f, const struct pkt *p, unsigned hdr_len,
	unsigned mtu, struct pkt **pieces);

/* A fragment to us.  Returns the whole packet when this was the last that was missing;
 * otherwise p has been taken. */
struct pkt *fp_frag_join(struct fp_path *f, struct pkt *p, unsigned hdr_len);

void fp_frag_timer(struct fp_path *f, uint32_t number);
void fp_frag_flush(struct fp_path *f);
