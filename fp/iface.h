/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interfaces as the FP sees them: what the RP configured (address, up or shut, MTU) and what
 * the port says of itself (carrier, MAC, MTU), with counters.  Tables only; what follows
 * from a change (routes, ARP) is done in table.c.
 *
 * A subinterface has what comes by its port with its tags (IEEE 802.1Q, 802.1ad): it is up when
 * both are, and has the port's MAC address; vlan.c finds it.
 */
#pragma once

#include "base/net.h"
#include "chassis/messages.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	FP_IFACES_MAX = 2048, /* ifindex 1 .. this - 1 */
	FP_MTU_DEFAULT = 1500,
	FP_MTU_MIN = 576,
	FP_TAG = 4,      /* octets of a tag */
	FP_TAGS_MAX = 8, /* octets of two */
};

struct fp_iface {
	bool linked; /* frames may come and go */
	bool usable; /* and there is an address: IPv4 may */
	bool pppoe;  /* PPPoE is enabled */
	uint8_t tags_len;
	uint16_t port;   /* that sends its frames: itself, but for a subinterface */
	uint16_t native; /* port: the subinterface that has what is untagged; 0 none */
	uint16_t mtu;    /* effective */
	uint16_t mss;    /* TCP MSS clamp; 0 none */
	uint8_t mac[ETH_ALEN];
	uint8_t tags[FP_TAGS_MAX]; /* of what goes: tags_len octets */
	uint32_t ip, mask;         /* 0: none */
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, drops;
	/* where the above comes from */
	bool configured; /* by the RP */
	bool admin_up;
	bool loopback;
	bool present, carrier; /* by the port */
	bool is_native;
	uint16_t rp_mtu, port_mtu;
	uint16_t parent; /* of a subinterface; 0 */
	uint16_t outer, inner_lo, inner_hi; /* as msg_fib_iface */
	uint16_t next_range; /* another one with the same port and outer tag (vlan.c) */
	uint32_t generation;
};

/* The second tag is one of several: nothing can be sent but to who has sent before. */
static inline bool fp_iface_is_range(const struct fp_iface *i)
{
	return i->inner_lo != i->inner_hi;
}

static inline bool fp_iface_has(const struct fp_iface *i, uint32_t ip)
{
	return i->ip && ((ip ^ i->ip) & i->mask) == 0;
}
