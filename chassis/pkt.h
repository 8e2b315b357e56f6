/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packet buffers.  All buffers are chassis memory, in one pool, each board allocating from its
 * own partition; what travels on packet rings are buffer numbers.  A buffer is 2,304 bytes: a
 * 32-byte metadata header (struct pkt), headroom, data.  A buffer passed to another board comes
 * back to its owner along the return rings at the next publish; nobody keeps one past its
 * turn but the FP and SPA for what they queue, within bounds.
 */
#pragma once

#include "chassis/slot.h"

enum {
	PKT_SIZE = 2304,
	PKT_META = 32,
	PKT_HEADROOM = 128,
	PKT_BURST = 32,
	PKT_DATA_MAX = PKT_SIZE - PKT_META - PKT_HEADROOM,
};

enum pkt_class { /* punt classes, policed by the FP in this order of importance */
	PKT_CLASS_NONE,
	PKT_CLASS_KEEPALIVE,   /* L2TP HELLO, ZLB of known tunnels */
	PKT_CLASS_CONTROL,     /* other L2TP control of known tunnels */
	PKT_CLASS_PPP,         /* PPP control of a known session */
	PKT_CLASS_NEW_TUNNEL,  /* L2TP control with tunnel id 0 */
	PKT_CLASS_DISCOVERY,   /* PPPoE discovery */
	PKT_CLASS_LOCAL,       /* other IP to us */
	PKT_N_CLASSES,
};

enum pkt_flags {
	PKT_UNCOMMITTED = 1 << 0, /* inject: left without its commit (H3) */
	PKT_INJECT_IP = 1 << 1,   /* inject: an IPv4 packet, to be routed */
	PKT_INJECT_PPP = 1 << 2,  /* inject: a PPP frame for `session` */
	PKT_CSUM_OK = 1 << 3,     /* port: transport checksum need not be verified */
	PKT_INJECT_ETHER = 1 << 4, /* inject: an Ethernet frame for port `ifindex` */
};

struct pkt {
	uint16_t off; /* of the data from the start of this header */
	uint16_t len; /* of the data */
	uint8_t owner;  /* slot whose partition it is from */
	uint8_t holder; /* slot that has it now; SLOT_NONE in a ring */
	uint8_t class;  /* enum pkt_class */
	uint8_t flags;  /* enum pkt_flags */
	uint16_t ifindex; /* port it came in by or shall leave by */
	uint16_t tunnel;  /* local tunnel id, if known */
	uint32_t session; /* slab index of the session, if known */
	uint32_t term;    /* of the RP that injected it */
	uint32_t generation;
	uint32_t number;  /* of this buffer in the pool */
	uint32_t mark;    /* PKT_UNCOMMITTED: low bits of the transaction number */
};

static inline uint8_t *pkt_data(struct pkt *p)
{
	return (uint8_t *)p + p->off;
}

/* Makes n octets of room before the data; n at most p->off - PKT_META. */
static inline uint8_t *pkt_push(struct pkt *p, unsigned n)
{
	p->off = (uint16_t)(p->off - n);
	p->len = (uint16_t)(p->len + n);
	return pkt_data(p);
}

/* Cuts n octets off the front; n at most p->len. */
static inline void pkt_pull(struct pkt *p, unsigned n)
{
	p->off = (uint16_t)(p->off + n);
	p->len = (uint16_t)(p->len - n);
}

static inline unsigned pkt_headroom(const struct pkt *p)
{
	return p->off - PKT_META;
}

static inline unsigned pkt_tailroom(const struct pkt *p)
{
	return PKT_SIZE - p->off - p->len;
}
