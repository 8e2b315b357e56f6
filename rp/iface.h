/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interfaces and static routes of an RP: what is configured, and what the SPAs and the FP say
 * of them.  Virtual-Template interfaces are vpdn's (vpdn/config.h).
 */
#pragma once

#include "chassis/messages.h"

#include <glib.h>

enum {
	LOOPBACK_MAX = 1023,
	ROUTES_MAX = 256,
	IFACES_MAX = 512,
};

struct iface {
	char name[32]; /* GigabitEthernet0/0/0, Loopback0 */
	uint16_t ifindex;
	bool loopback;
	/* configured */
	uint32_t ip, mask;
	bool shutdown;
	uint16_t mtu; /* 0: 1500 */
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
};

void iface_table_init(struct iface_table *t);
void iface_table_deinit(struct iface_table *t);

/* By canonical name; create makes it when the name is possible (a port of the chassis or a
 * loopback).  NULL otherwise. */
struct iface *iface_get(struct iface_table *t, const char *name, bool create);
struct iface *iface_by_index(const struct iface_table *t, uint16_t ifindex);

/* Back to defaults: nothing is configured on it any more. */
void iface_unconfigure(struct iface *i);

/* Removes a loopback; ports stay. */
bool iface_remove(struct iface_table *t, const char *name);

/* up, line protocol up. */
static inline bool iface_is_up(const struct iface *i)
{
	return !i->shutdown && (i->loopback || i->link_up);
}

/* The interface whose address this is; NULL. */
struct iface *iface_by_ip(const struct iface_table *t, uint32_t ip);

/* Our address on the way to dst, by connected networks and static routes; 0: there is no way. */
uint32_t iface_source_for(const struct iface_table *t, uint32_t dst);

/* False: it is there already, or the table is full. */
bool route_add(struct iface_table *t, const struct static_route *r);
bool route_remove(struct iface_table *t, const struct static_route *r);
