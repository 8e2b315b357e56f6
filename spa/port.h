/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a kind of port must do: bursts in, bursts out.
 *
 * A port has no thread and no timer.  The board calls rx() and tx() in its turns, waits for
 * the descriptor in between, and calls poll_state() once a second.
 */
#pragma once

#include "base/time.h"
#include "chassis/board.h"

#include <glib.h>

struct port_state {
	bool carrier;
	uint16_t mtu;
	uint8_t mac[6];
};

struct port_counters {
	uint64_t rx_packets, tx_packets, rx_drops, tx_drops;
	uint64_t rx_gso; /* of rx_drops: frames that the kernel had not cut to size */
};

struct port;

struct port_ops {
	const char *kind;
	/* Fills port->state; false and a sentence when it cannot be opened. */
	bool (*open)(struct port *p, GError **error);
	/* Up to n frames, in buffers of the board (or of the peer). */
	unsigned (*rx)(struct port *p, struct pkt **pkts, unsigned n);
	/* Takes all n frames: sends or drops and counts them. */
	void (*tx)(struct port *p, struct pkt **pkts, unsigned n);
	/* Looks at the interface again; true: state has changed.  NULL: it never does. */
	bool (*poll_state)(struct port *p, base_time now);
	/* To poll for input; -1: none.  NULL: none. */
	int (*fd)(const struct port *p);
	void (*close)(struct port *p);
};

struct port {
	const struct port_ops *ops;
	struct board_env *env;
	uint16_t ifindex;
	const char *arg;
	unsigned peer_slot; /* wire */
	struct port_state state;
	struct port_counters n;
	bool gone; /* poll_state() found the interface missing: close, open again later */
	/* A line for people, said by the port; the board logs it and frees it. */
	char *remark;
	void *self; /* of the kind */
};

extern const struct port_ops port_wire, port_packet, port_tap;

/* The router's own MAC address on a port without hardware: 02:CHASSIS:00:SIP:SPA:PORT. */
void port_own_mac(const struct port *p, uint8_t mac[6]);

/* The kind of that name; NULL when there is none. */
const struct port_ops *port_kind(const char *name);
