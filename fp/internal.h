/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside of the packet path: one struct, and the steps that its files offer each other.
 * A step that is given a packet has it for good: it ends in the sink, or waits.
 */
#pragma once

#include "base/index.h"
#include "base/net.h"
#include "base/timer.h"
#include "fp/arp.h"
#include "fp/frag.h"
#include "fp/iface.h"
#include "fp/path.h"
#include "fp/police.h"
#include "fp/route.h"
#include "fp/session.h"

enum fp_timer_kind {
	FP_TIMER_ECHO = 1,
	FP_TIMER_ARP,
	FP_TIMER_FRAG,
	FP_TIMER_PMTU,
};

enum {
	FP_CACHE = 4096, /* destinations remembered; a power of two */
	FP_LOCAL_BITS = 1024,
};

/* dst is reached by neighbour `arp`, as long as nothing has changed since `epoch`. */
struct fp_cached {
	uint32_t dst, arp;
	uint32_t epoch;
};

struct fp_path {
	base_time now; /* of the present call */
	struct fp_sink *out;
	fp_alloc_fn alloc;
	void *alloc_user;
	uint32_t epoch;     /* rises when a route, interface or neighbour changes */
	uint32_t router_ip; /* source of what we say when no interface has an address */
	uint32_t generation;
	bool standby; /* the other FP forwards: no echoes */
	bool sweeping;
	uint32_t sweep_cursor, swept;
	uint32_t n_heard;
	int n_subs;         /* subinterfaces */
	uint16_t end_iface; /* all interfaces that there are have lower numbers */
	struct timer_wheel *wheel;
	struct fp_sessions sessions;
	struct fp_routes routes;
	struct fp_arps arps;
	struct fp_frags frags;
	struct index *local;                     /* our addresses to ifindex */
	struct index *vlans;                     /* port and tags to ifindex */
	uint64_t local_bits[FP_LOCAL_BITS / 64]; /* which addresses may be in it */
	struct fp_iface *iface;                  /* [FP_IFACES_MAX] */
	struct fp_cached *cache;                 /* [FP_CACHE] */
	uint16_t *heard;                         /* [FP_TUNNELS] ids whose data came */
	struct police icmp, unknown_ppp, unknown_pppoe, pmtu;
	struct police punt[PKT_N_CLASSES];
	uint16_t ip_id;
	uint64_t drops[FP_N_DROPS];
};

/* ---- headers at known offsets, after one check of the length ---- */

static inline uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t fp_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/* RFC 1624: one step of TTL, with the header's checksum. */
static inline void fp_ttl_step(uint8_t *ip)
{
	uint32_t sum = be16(ip + 10) + 0x0100u;

	ip[8]--;
	put_u16(ip + 10, (uint16_t)(sum + (sum >= 0xffff)));
}

/* Verifies version, length and checksum of the IPv4 header at the packet's data and cuts the
 * packet to its total length.  Returns the header's length, 0 when it is malformed. */
unsigned fp_ip_check(struct pkt *p);

/* ---- verdicts ---- */

static inline void fp_row(struct fp_path *f, struct pkt *p, enum fp_verdict verdict,
	uint16_t ifindex, uint8_t what)
{
	f->out->row[f->out->n++] =
		(struct fp_row){ p, ifindex, (uint8_t)verdict, what };
}

static inline void fp_done(struct fp_path *f, struct pkt *p)
{
	fp_row(f, p, FP_DONE, 0, 0);
}

static inline void fp_drop(struct fp_path *f, struct pkt *p, enum fp_drop why)
{
	f->drops[why]++;
	fp_row(f, p, FP_DROP, p->ifindex, (uint8_t)why);
}

void fp_session_drop(
	struct fp_path *f, struct fp_session *s, struct pkt *p, enum fp_drop why);
void fp_punt(struct fp_path *f, struct pkt *p, enum pkt_class class);

/* A fresh buffer, NULL (and counted) when there is none. */
struct pkt *fp_new_pkt(struct fp_path *f);

/* A frame has left by an interface: it counts, and its port too. */
static inline void fp_sent(struct fp_path *f, struct fp_iface *i, struct pkt *p)
{
	struct fp_iface *port = &f->iface[i->port];

	i->tx_packets++;
	i->tx_bytes += p->len;
	if (port != i) {
		port->tx_packets++;
		port->tx_bytes += p->len;
	}
	fp_row(f, p, FP_TX, i->port, 0);
}

/* ---- vlan.c ---- */

struct fp_tags {
	uint8_t n;
	uint16_t vid[2]; /* outer first */
	uint16_t type;   /* behind them */
	uint16_t off;    /* of what follows the type, from the Ethernet header */
};

/* Reads the tags of a frame of at least ETH_HDR octets; false when it ends in one. */
bool fp_tags_read(const struct pkt *p, struct fp_tags *t);
void fp_tags_take_off(struct pkt *p, const struct fp_tags *t);
/* The interface that has frames with these tags, by a port; 0: none. */
uint16_t fp_vlan_find(const struct fp_path *f, uint16_t port, const struct fp_tags *t);
/* An interface is to be found by its tags, which do not change until it is taken out. */
void fp_vlan_link(struct fp_path *f, uint16_t ifindex);
void fp_vlan_unlink(struct fp_path *f, uint16_t ifindex);

/* ---- pppoe.c ---- */

/* A PPPoE session packet at t->off of p: its session id, and the PPP frame as *frame.  False:
 * malformed. */
bool fp_pppoe_parse(
	const struct pkt *p, const struct fp_tags *t, uint16_t *sid, struct rd *frame);
/* Does p (at the Ethernet header, its PPP frame at frame_at) come from the client of s? */
bool fp_pppoe_is_from(const struct fp_session *s, const struct pkt *p, unsigned frame_at);
/* A discovery packet, or one of a session that is not there (at the Ethernet header); ifindex:
 * the interface that has it. */
void fp_pppoe_discovery(struct fp_path *f, struct pkt *p, uint16_t ifindex);
void fp_pppoe_unknown(struct fp_path *f, struct pkt *p, uint16_t ifindex);
/* Writes the template of a PPPOE entry. */
void fp_pppoe_build(struct fp_session *s, const struct msg_fib_session *m);
void fp_pppoe_config(const struct fp_session *s, struct msg_fib_session *m);
/* An IPv4 packet, or a PPP frame (with or without FF 03), to the client. */
void fp_pppoe_send(struct fp_path *f, struct fp_session *s, struct pkt *p);
void fp_pppoe_send_ppp(struct fp_path *f, struct fp_session *s, struct pkt *p);
/* A whole frame from an RP for a port. */
void fp_inject_ether(struct fp_path *f, struct pkt *p, uint16_t ifindex);

/* ---- pmtu.c ---- */

void fp_pmtu_init(struct fp_path *f, base_time now);
/* From `src`, which is ours, to `dst` no packet fits that is larger than mtu. */
void fp_pmtu_learn(struct fp_path *f, uint32_t src, uint32_t dst, uint16_t mtu);
/* An ICMP message to us: destination unreachable, fragmentation needed. */
void fp_pmtu_input(struct fp_path *f, const uint8_t *icmp, unsigned len);
void fp_pmtu_timer(struct fp_path *f, uint32_t number);

/* ---- mss.c ---- */

/* Lowers the MSS of a TCP connection that p (at its IPv4 header, which has been checked) opens;
 * what is something else, or malformed, stays. */
void fp_mss_clamp(struct pkt *p, uint16_t mss);

/* ---- output.c ---- */

/* An IPv4 packet at data, header checked, TTL already stepped: to wherever its destination
 * is, a session or a port. */
void fp_output(struct fp_path *f, struct pkt *p);
/* The same, but never into a session (the outer packet of one). */
void fp_route_output(struct fp_path *f, struct pkt *p, uint32_t dst);
/* An IPv4 packet into a session. */
void fp_encap(struct fp_path *f, uint32_t index, struct pkt *p);
/* A PPP frame (with or without FF 03) into a session, whatever its state. */
void fp_encap_ppp(struct fp_path *f, uint32_t index, struct pkt *p);
/* A packet at the IPv4 header to a neighbour that is known. */
void fp_deliver(struct fp_path *f, const struct fp_arp *e, struct pkt *p);

/* ---- input.c ---- */

/* A packet for one of our addresses (header of hdr_len octets checked). */
void fp_local_input(struct fp_path *f, struct pkt *p, unsigned hdr_len);
/* Is this UDP port one where L2TP listens? */
bool fp_is_l2tp_port(const struct fp_path *f, uint16_t port);

/* ---- path.c ---- */

/* A datagram of L2TP data to us that did not come whole, at the IPv4 header. */
void fp_l2tp_data(struct fp_path *f, struct pkt *p, unsigned hdr_len);

/* ---- l2tp.c ---- */

/* An L2TP control datagram to us, at the IPv4 header. */
void fp_l2tp_control(struct fp_path *f, struct pkt *p, unsigned hdr_len);
/* A PPP frame out of a session that is not IPv4: p at its first octet, the payload hdr_len
 * octets further on. */
void fp_ppp_input(struct fp_path *f, uint32_t index, struct pkt *p, uint16_t protocol,
	unsigned hdr_len);
void fp_echo_timer(struct fp_path *f, uint32_t index);

/* ---- icmp.c ---- */

enum {
	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_ECHO = 8,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_CODE_NET = 0,
	ICMP_CODE_HOST = 1,
	ICMP_CODE_PROTOCOL = 2,
	ICMP_CODE_PORT = 3,
	ICMP_CODE_FRAG = 4,
};

/* Says `type`/`code` about p (at its IPv4 header, which stays the caller's), if the rules of
 * RFC 1122 section 3.2.2 and the rate allow it. */
void fp_icmp_error(struct fp_path *f, const struct pkt *p, uint8_t type, uint8_t code,
	uint16_t mtu);
void fp_icmp_input(struct fp_path *f, struct pkt *p, unsigned hdr_len);

/* ---- table.c ---- */

static inline unsigned fp_local_bit(uint32_t ip)
{
	return ip * UINT32_C(0x9e3779b1) >> 22;
}

G_STATIC_ASSERT(FP_LOCAL_BITS == 1 << 10);

static inline bool fp_is_local(const struct fp_path *f, uint32_t ip)
{
	unsigned bit = fp_local_bit(ip);

	return f->local_bits[bit / 64] >> bit % 64 & 1 && index_get(f->local, ip) != 0;
}
