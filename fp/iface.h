/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interfaces as the FP sees them: what the RP configured (address, up or shut, MTU) and what
 * the port says of itself (carrier, MAC, MTU), with counters.  Tables only; what follows
 * from a change (routes, ARP) is done in table.c.
 */
#pragma once

#include "base/net.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	FP_IFACES_MAX = 1024, /* ifindex 1 .. this - 1 */
	FP_MTU_DEFAULT = 1500,
	FP_MTU_MIN = 576,
};

struct fp_iface {
	bool configured; /* by the RP */
	bool admin_up;
	bool loopback;
	bool present, carrier; /* by the port */
	bool usable;           /* all of it: packets may go and come */
	uint8_t mac[ETH_ALEN];
	uint16_t mtu; /* effective */
	uint16_t rp_mtu, port_mtu;
	uint32_t ip, mask; /* 0: none */
	uint32_t generation;
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, drops;
};

static inline bool fp_iface_has(const struct fp_iface *i, uint32_t ip)
{
	return i->ip && ((ip ^ i->ip) & i->mask) == 0;
}
