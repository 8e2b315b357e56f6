/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small IPv4 host on a wire, the lower half of simulated peers: ARP, echo, UDP.  One
 * address, one gateway.  It shares no code with the forwarding processor that it talks to.
 */
#pragma once

#include "base/net.h"
#include "chassis/board.h"

enum {
	NETHOST_NEIGHBOURS = 16,
	NETHOST_WAITING = 256, /* packets that wait for ARP */
	NETHOST_PACKET_MAX = 1600,
};

struct nethost_config {
	uint16_t ifindex; /* port at the other end of the wire */
	uint32_t ip, mask;
	uint32_t gateway; /* 0: only what is on the link is reached */
};

struct neighbour {
	uint32_t ip; /* 0: free */
	bool known;
	uint8_t mac[ETH_ALEN];
	base_time ask_due; /* while not known */
};

struct nethost {
	struct board_env *env;
	struct nethost_config cfg;
	uint8_t mac[ETH_ALEN];
	struct neighbour neighbours[NETHOST_NEIGHBOURS];
	unsigned next_neighbour; /* to be replaced */
	GQueue waiting;          /* GBytes: IPv4 packets */
	uint16_t ip_id;
	uint64_t received, sent, malformed, dropped, echoes;
};

void nethost_init(
	struct nethost *h, struct board_env *env, const struct nethost_config *cfg);
void nethost_deinit(struct nethost *h);

/* A UDP datagram to the host's address; payload is borrowed. */
typedef void (*nethost_udp_fn)(void *user, const struct ipv4_hdr *ip,
	const struct udp_hdr *udp, struct rd payload, base_time now);

/* Takes packets from the wire, at most `budget` bursts; true: there are more. */
bool nethost_work(struct nethost *h, unsigned budget, nethost_udp_fn fn, void *user,
	base_time now);
base_time nethost_next_due(const struct nethost *h);

void nethost_send_udp(struct nethost *h, uint16_t sport, uint32_t dst, uint16_t dport,
	const void *payload, size_t n, base_time now);

/* The answer to an echo request whose ICMP message is `icmp` (type already checked by this
 * function), as an IPv4 packet in buf; 0: it wants no answer. */
size_t nethost_echo_reply(uint8_t *buf, size_t cap, const struct ipv4_hdr *ip,
	struct rd icmp, uint16_t ip_id);
