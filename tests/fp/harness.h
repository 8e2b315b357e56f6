/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A packet path with an array of buffers around it, and frames built (and checked) by code
 * of its own: what the path writes is compared with bytes that none of its code made.
 *
 *   LAC 10.99.0.1 --- port 1, 10.99.0.2/24  |  port 2, 192.0.2.254/24 --- host 192.0.2.1
 *                     loopback 172.16.0.1, default route by 192.0.2.1
 *   session 7: tunnel 100/200, session 11/22, subscriber 100.64.0.1
 *
 * With fpt_access(): port 3 without an address, where PPPoE clients are.
 */
#pragma once

#include "base/pcapng.h"
#include "fp/internal.h"

enum {
	FPT_BUFFERS = 2048,
	PORT_LAC = 1,
	PORT_HOST = 2,
	PORT_ACCESS = 3,
	ACCESS_100 = 1300, /* subinterfaces of it: VLAN 100 */
	ACCESS_200_ANY,    /* VLAN 200 with any second tag */
	LOOPBACK = 256,
	IP_LAC = 0x0a630001,
	IP_US = 0x0a630002,
	SESSION = 7,
	SESSION_L2TP = 100 << 16 | 11, /* as fpt_session() */
};

#define IP_HOST   UINT32_C(0xc0000201)
#define IP_SELF_2 UINT32_C(0xc00002fe)
#define IP_LOOP   UINT32_C(0xac100001)
#define IP_SUB    UINT32_C(0x64400001)
#define IP_FAR    UINT32_C(0xc6336401) /* by the default route */

struct fpt {
	struct fp_path *path;
	base_time now;
	struct fp_sink *sink;
	uint8_t *memory;
	struct pkt *spare[FPT_BUFFERS];
	unsigned n_spare;
	bool starve; /* no buffers for the path */
	struct pcapng *capture; /* borrowed; NULL */
};

/* Interfaces up, neighbours known, default route, no sessions. */
struct fpt *fpt_new(void);
/* All of the above without ARP entries. */
struct fpt *fpt_new_cold(void);
/* Port 3 and its subinterfaces, up, with PPPoE. */
void fpt_access(struct fpt *t);
/* Tells of an interface. */
void fpt_iface(struct fpt *t, const struct msg_fib_iface *m);
/* Drains; all buffers must be back. */
void fpt_free(struct fpt *t);

/* The session of the picture, open; change it and give it to fpt_put(). */
struct msg_fib_session fpt_session(void);
void fpt_put(struct fpt *t, const struct msg_fib_session *m);

struct pkt *fpt_pkt(struct fpt *t);

/* Frames in by a port; takes `frame`.  What comes of it is in t->sink until fpt_clear(). */
void fpt_in(struct fpt *t, uint16_t ifindex, GByteArray *take_frame);
void fpt_inject(
	struct fpt *t, unsigned flags, uint32_t session, GByteArray *take_bytes);
void fpt_tick(struct fpt *t, base_dur later);
/* Gives all buffers of the sink back. */
void fpt_clear(struct fpt *t);

/* The n-th row of that verdict; NULL when there are not so many. */
const struct fp_row *fpt_row(const struct fpt *t, enum fp_verdict v, unsigned n);
unsigned fpt_count(const struct fpt *t, enum fp_verdict v);

/* With everything that is sent written to a pcapng file, too. */
void fpt_record(struct fpt *t, struct pcapng *to);

/* Exactly one frame was sent, by ifindex, and it is `take_frame`; clears. */
void fpt_expect_tx(struct fpt *t, uint16_t ifindex, GByteArray *take_frame);
/* Nothing was sent or punted; one packet was dropped because of `why`; clears. */
void fpt_expect_drop(struct fpt *t, enum fp_drop why);
/* Exactly one packet was punted, with these bytes; clears. */
void fpt_expect_punt(struct fpt *t, enum pkt_class class, GByteArray *take_bytes);

/* ---- building, inside out; each takes its payload ---- */

GByteArray *b_hex(const char *digits);
GByteArray *b_copy(const GByteArray *b);
GByteArray *b_fill(unsigned n); /* n octets 0, 1, 2 ... */
GByteArray *b_eth(uint64_t dst, uint64_t src, unsigned type, GByteArray *take);
/* What follows the type of a tag's frame: b_eth(.., 0x8100, b_tag(100, 0x0800, ...)). */
GByteArray *b_tag(unsigned vid, unsigned type, GByteArray *take);
/* A PPPoE session packet; its PPP frame begins with the protocol. */
GByteArray *b_pppoe(unsigned sid, GByteArray *take);
struct b_ip {
	uint32_t src, dst;
	uint8_t proto, ttl;
	uint16_t id, frag;
};
GByteArray *b_ip(const struct b_ip *h, GByteArray *take);
GByteArray *b_ip4(
	uint32_t src, uint32_t dst, unsigned proto, unsigned ttl, GByteArray *take);
/* UDP with the checksum that belongs to it, or 0. */
GByteArray *b_udp(unsigned sport, unsigned dport, GByteArray *take);
GByteArray *b_udp_sum(
	uint32_t src, uint32_t dst, unsigned sport, unsigned dport, GByteArray *take);
GByteArray *b_l2tp(unsigned tunnel, unsigned session, GByteArray *take);
GByteArray *b_ppp(unsigned protocol, GByteArray *take); /* with FF 03 */
GByteArray *b_bare_ppp(unsigned protocol, GByteArray *take);
GByteArray *b_echo(unsigned type, unsigned n); /* ICMP echo with n octets of data */
GByteArray *b_lcp(unsigned code, unsigned id, uint32_t magic, unsigned n);
GByteArray *b_arp(unsigned op, uint64_t sha, uint32_t spa, uint64_t tha, uint32_t tpa);

/* From the LAC to us: Ethernet, IPv4, UDP 1701 around an L2TP datagram. */
GByteArray *b_from_lac(GByteArray *take_l2tp);
/* What we send to the LAC; id: of the outer header. */
GByteArray *b_to_lac(unsigned id, GByteArray *take_l2tp);
/* IPv4 from and to the host's port. */
GByteArray *b_from_host(GByteArray *take_ip);
GByteArray *b_to_host(GByteArray *take_ip);

#define MAC_US   UINT64_C(0x020000000000)
#define MAC_US_2 UINT64_C(0x020000000001)
#define MAC_US_3 UINT64_C(0x020000000002)
#define MAC_LAC  UINT64_C(0x02aa00000001)
#define MAC_HOST UINT64_C(0x02bb00000001)
#define MAC_ALL  UINT64_C(0xffffffffffff)

/* Walks a frame and every header in it, and all checksums that are there, by the book. */
void fpt_verify(const uint8_t *frame, size_t n);
