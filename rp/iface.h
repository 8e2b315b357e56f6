/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interfaces and static routes of an RP: what is configured, and what the SPAs and the FP say
 * of them.  Virtual-Template interfaces are vpdn's (vpdn/config.h).
 *
 * A subinterface (GigabitEthernet0/0/0.100) has the frames of a port that come with its VLAN tags
 * (IEEE 802.1Q).  Its ifindex is the lowest free one when it is made; a standby is told those that
 * are given, so that both RPs mean the same ones to the FP (iface_numbers()).
 */
#pragma once

#include "chassis/messages.h"

#include <glib.h>

enum {
	LOOPBACK_MAX = 1023,
	IFINDEX_SUB = IFINDEX_OTHER + LOOPBACK_MAX + 1,
	VLAN_MAX = 4094,
	ROUTES_MAX = 256,
	IFACES_MAX = 512,
};

struct iface {
	char name[32]; /* GigabitEthernet0/0/0, GigabitEthernet0/0/0.100, Loopback0 */
	uint16_t ifindex;
	bool loopback;
	struct iface *port; /* of a subinterface (borrowed: ports stay); NULL */
	uint32_t number;    /* behind the dot */
	/* configured */
	uint32_t ip, mask;
	bool shutdown;
	uint16_t mtu; /* 0: 1500, of a subinterface the port's */
	uint16_t mss; /* ip tcp adjust-mss; 0 none */
	uint16_t outer;              /* encapsulation dot1Q; 0 none */
	uint16_t inner_lo, inner_hi; /* second-dot1q, any: 1 to 4094; both 0: one tag only */
	bool native;
	char *pppoe_group; /* pppoe enable: name of its bba-group, "global" by default; NULL:
			    * PPPoE is not enabled */
	char *description;
	/* told by the SPA; all zero for a loopback */
	bool present, link_up;
	uint64_t mac;
	char *driver;
	/* told by the FP */
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, drops;
	/* told by the SPA, with the state */
	uint64_t rx_lost, tx_lost;
};

struct static_route {
	uint32_t prefix, mask;
	uint32_t next_hop; /* 0: on iface */
	char iface[32];    /* "" : by next_hop */
	uint8_t distance;
};

struct iface_table {
	GPtrArray *ifaces; /* struct iface *, loopbacks first, then ports, by number */
	GArray *routes;    /* struct static_route, in order of configuration */
	GHashTable *numbers; /* name to the ifindex that it shall get; NULL */
};

void iface_table_init(struct iface_table *t);
void iface_table_deinit(struct iface_table *t);

/* By canonical name; create makes it when the name is possible (a port of the chassis, a
 * subinterface of one or a loopback).  NULL otherwise. */
struct iface *iface_get(struct iface_table *t, const char *name, bool create);
struct iface *iface_by_index(const struct iface_table *t, uint16_t ifindex);

/* The interface that has frames of a port with these VLAN ids: the port itself (or its native
 * subinterface) for outer 0, for one tag inner 0.  NULL: none. */
struct iface *iface_by_vlan(
	const struct iface_table *t, uint16_t port, uint16_t outer, uint16_t inner);

/* Another subinterface of i's port that already has some of these tags; NULL. */
struct iface *iface_vlan_taken(const struct iface_table *t, const struct iface *i,
	uint16_t outer, uint16_t inner_lo, uint16_t inner_hi);

/* The second tag is one of several. */
static inline bool iface_is_range(const struct iface *i)
{
	return i->inner_lo != i->inner_hi;
}

static inline unsigned iface_mtu(const struct iface *i)
{
	if (i->mtu)
		return i->mtu;
	return i->port && i->port->mtu ? i->port->mtu : 1500;
}

/* Text that tells another table the numbers of subinterfaces, in lines "IFINDEX NAME".  What is
 * made there afterwards gets them, until set to NULL. */
char *iface_numbers(const struct iface_table *t);
bool iface_set_numbers(struct iface_table *t, const char *text, size_t len);

/* Back to defaults: nothing is configured on it any more. */
void iface_unconfigure(struct iface *i);

/* Removes a loopback or subinterface; ports stay. */
bool iface_remove(struct iface_table *t, const char *name);

/* up, line protocol up. */
static inline bool iface_is_up(const struct iface *i)
{
	if (i->port && (i->port->shutdown || !i->port->link_up))
		return false;
	return !i->shutdown && (i->loopback || i->port || i->link_up);
}

/* The interface whose address this is; NULL. */
struct iface *iface_by_ip(const struct iface_table *t, uint32_t ip);

/* Our address on the way to dst, by connected networks and static routes; 0: there is no way. */
uint32_t iface_source_for(const struct iface_table *t, uint32_t dst);

/* False: it is there already, or the table is full. */
bool route_add(struct iface_table *t, const struct static_route *r);
bool route_remove(struct iface_table *t, const struct static_route *r);
