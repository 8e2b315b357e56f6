/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forwarding processor: what others may know of it.
 *
 * The board owns the forwarding tables and outlives RPs: it learns from the active RP by
 * IPC_FIB_* messages, punts what it cannot handle, sends what RPs inject, and goes on
 * forwarding while no RP lives.  Of two the other one is kept alike and stands by.
 */
#pragma once

#include "chassis/board.h"

extern const struct board_ops fp_board;

/* Why a packet was dropped: the order is that of msg_fib_stats.drops. */
/* clang-format off */
#define FP_DROPS(X)                                                                       \
	X(FP_DROP_SHORT,       "short",       "frame too short")                          \
	X(FP_DROP_NOT_OURS,    "not-ours",    "destination MAC address is not ours")      \
	X(FP_DROP_TAGGED,      "tagged",      "VLAN tags that no interface has")           \
	X(FP_DROP_ETHERTYPE,   "ethertype",   "unknown Ethernet type")                    \
	X(FP_DROP_IFACE_DOWN,  "iface-down",  "interface is down or has no address")      \
	X(FP_DROP_ARP,         "arp",         "malformed or foreign ARP")                 \
	X(FP_DROP_IP_HEADER,   "ip-header",   "malformed IPv4 header")                    \
	X(FP_DROP_IP_SOURCE,   "ip-source",   "impossible IPv4 source address")           \
	X(FP_DROP_BROADCAST,   "broadcast",   "broadcast or multicast, not forwarded")    \
	X(FP_DROP_TTL,         "ttl",         "time to live exceeded")                    \
	X(FP_DROP_NO_ROUTE,    "no-route",    "no route to the destination")              \
	X(FP_DROP_ARP_QUEUE,   "arp-queue",   "too many packets wait for one address")    \
	X(FP_DROP_ARP_FAILED,  "arp-failed",  "neighbour does not answer ARP")            \
	X(FP_DROP_ARP_FULL,    "arp-full",    "neighbour table is full")                  \
	X(FP_DROP_PORT_DOWN,   "port-down",   "output port is down")                      \
	X(FP_DROP_TX_FULL,     "tx-full",     "ring to the port is full")                 \
	X(FP_DROP_MTU,         "mtu",         "too large and may not be fragmented")      \
	X(FP_DROP_FRAGMENT,    "fragment",    "could not be fragmented")                  \
	X(FP_DROP_REASSEMBLY,  "reassembly",  "fragments that never became a packet")     \
	X(FP_DROP_ICMP,        "icmp",        "ICMP to us that needs no answer")          \
	X(FP_DROP_LOCAL,       "local",       "protocol that we do not serve")            \
	X(FP_DROP_L2TP_HEADER, "l2tp-header", "malformed L2TP header")                    \
	X(FP_DROP_TUNNEL,      "tunnel",      "data for an unknown tunnel")               \
	X(FP_DROP_SESSION,     "session",     "data for an unknown session")              \
	X(FP_DROP_PEER,        "peer",        "data from another address or port")        \
	X(FP_DROP_SEQUENCE,    "sequence",    "data without or with an old number")       \
	X(FP_DROP_CLOSED,      "closed",      "session is not open")                      \
	X(FP_DROP_STOPPED,     "stopped",     "session is being removed")                 \
	X(FP_DROP_PPP,         "ppp",         "malformed PPP frame")                      \
	X(FP_DROP_INNER_IP,    "inner-ip",    "malformed IPv4 inside PPP")                \
	X(FP_DROP_SPOOF,       "spoof",       "source is not the subscriber's address")   \
	X(FP_DROP_NO_BUFFER,   "no-buffer",   "out of packet buffers")                    \
	X(FP_DROP_POLICED,     "policed",     "too many of its punt class")               \
	X(FP_DROP_NO_RP,       "no-rp",       "no active RP to punt to")                  \
	X(FP_DROP_PUNT_FULL,   "punt-full",   "ring to the RP is full")                   \
	X(FP_DROP_STANDBY,     "standby",     "came to the FP that does not forward")     \
	X(FP_DROP_FENCED,      "fenced",      "sent by an RP whose term is over")         \
	X(FP_DROP_INJECT,      "inject",      "malformed packet from an RP")              \
	X(FP_DROP_INJECT_GONE, "inject-gone", "for a session that is gone")               \
	X(FP_DROP_PPPOE,       "pppoe",       "malformed PPPoE header")                   \
	X(FP_DROP_PPPOE_OFF,   "pppoe-off",   "PPPoE where it is not enabled")            \
	X(FP_DROP_PPPOE_SESSION, "pppoe-session", "unknown PPPoE session, or not its client")
/* clang-format on */

enum fp_drop {
#define X(id, name, text) id,
	FP_DROPS(X)
#undef X
		FP_N_DROPS,
};

/* "no-route", and a text for people; NULL above the list. */
const char *fp_drop_name(unsigned reason);
const char *fp_drop_text(unsigned reason);
