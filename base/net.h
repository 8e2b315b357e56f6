/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ethernet, 802.1Q, ARP, IPv4, UDP and ICMP headers: numbers, checked parsing, building and
 * checksums.  IPv4 addresses are uint32_t in host order everywhere in the program.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	ETH_ALEN = 6,
	ETH_HDR = 14,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_PPPOE_DISC = 0x8863,
	ETHERTYPE_PPPOE_SESS = 0x8864,
	IPV4_HDR = 20,
	UDP_HDR = 8,
	IPPROTO_NUM_ICMP = 1,
	IPPROTO_NUM_TCP = 6,
	IPPROTO_NUM_UDP = 17,
	L2TP_UDP_PORT = 1701,
};

struct eth_hdr {
	uint8_t dst[ETH_ALEN];
	uint8_t src[ETH_ALEN];
	uint16_t type;    /* after the tags */
	uint16_t vlan[2]; /* VLAN ids outer first; 0 is none */
	uint8_t n_vlan;
};

/* Reads the Ethernet header and up to two tags; false when short. */
bool eth_parse(struct rd *r, struct eth_hdr *h);

struct ipv4_hdr {
	uint8_t tos, ttl, proto;
	uint8_t hdr_len;     /* octets, 20..60 */
	uint16_t total_len;  /* at least hdr_len, at most what was there */
	uint16_t id;
	uint16_t frag;       /* flags and offset as on the wire */
	uint32_t src, dst;
};

enum {
	IPV4_DF = 0x4000,
	IPV4_MF = 0x2000,
	IPV4_OFFSET = 0x1fff,
};

/* Reads the header (version, length and checksum are verified) and cuts r to total_len, so
 * that r then holds the payload only.  False when anything is wrong. */
bool ipv4_parse(struct rd *r, struct ipv4_hdr *h);

/* Writes a 20-octet header with checksum; payload_len is what will follow. */
void ipv4_build(struct wr *w, const struct ipv4_hdr *h, size_t payload_len);

struct udp_hdr {
	uint16_t sport, dport, len, sum;
};

/* Reads the header and cuts r to the datagram; false when short or the length lies.  With
 * ip given, a non-zero checksum is verified. */
bool udp_parse(struct rd *r, const struct ipv4_hdr *ip, struct udp_hdr *h);

/* Internet checksum (RFC 1071) over n bytes, folded and complemented, host order;
 * `start` is a partial sum to go on from, see csum_add(). */
uint16_t csum(const void *bytes, size_t n, uint32_t start);
uint32_t csum_add(const void *bytes, size_t n, uint32_t start);
uint32_t csum_pseudo(uint32_t src, uint32_t dst, uint8_t proto, uint16_t len);

/* Writes IPv4 and UDP headers and the payload, UDP checksum included when `sum`.
 * Returns the number of bytes written, 0 when they do not fit. */
size_t udp4_build(uint8_t *buf, size_t cap, uint32_t src, uint16_t sport, uint32_t dst,
	uint16_t dport, uint16_t ip_id, const void *payload, size_t n, bool sum);

/* "10.99.0.2"; buf of 16 bytes. */
const char *ipv4_to_str(uint32_t ip, char buf[16]);

/* Dotted quad, nothing before or after; false when it is not one. */
bool ipv4_from_str(const char *s, uint32_t *ip);

/* "0200.0000.0001" as shows print a MAC address; buf of 15 bytes. */
const char *mac_to_str(const uint8_t mac[6], char buf[15]);
