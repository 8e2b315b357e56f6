/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ICMP (RFC 792): echo to our addresses, and errors about packets that we could not forward
 * (RFC 1812 section 4.3.2: never about errors, fragments but the first, broadcasts; limited
 * in rate).  Echo replies are for the RP, which has asked.
 */
#include "fp/internal.h"

enum {
	ICMP_HDR = 8,
	QUOTE_MAX = 576 - IPV4_HDR - ICMP_HDR, /* RFC 1812 section 4.3.2.3 */
	OWN_TTL = 255,
};

static bool is_icmp_error(uint8_t type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED || type == 4 ||
	       type == 5 || type == 12;
}

static bool may_be_told(const struct fp_path *f, const uint8_t *ip, unsigned len)
{
	unsigned hdr_len = (ip[0] & 0x0fu) * 4;
	uint32_t src = be32(ip + 12);
	uint32_t dst = be32(ip + 16);

	if (be16(ip + 6) & IPV4_OFFSET || src >> 24 == 0 || src >= 0xe0000000 ||
		dst >= 0xe0000000 || fp_is_local(f, src))
		return false;
	return ip[9] != IPPROTO_NUM_ICMP ||
	       (len > hdr_len && !is_icmp_error(ip[hdr_len]));
}

/* The address of the port that it came by; a subscriber knows us by the loopback. */
static uint32_t own_address(const struct fp_path *f, const struct pkt *p)
{
	if (!p->session && p->ifindex < FP_IFACES_MAX && f->iface[p->ifindex].usable)
		return f->iface[p->ifindex].ip;
	return f->router_ip;
}

void fp_icmp_error(struct fp_path *f, const struct pkt *p, uint8_t type, uint8_t code,
	uint16_t mtu)
{
	const uint8_t *ip = (const uint8_t *)p + p->off;
	struct ipv4_hdr h = { .ttl = OWN_TTL,
		.proto = IPPROTO_NUM_ICMP,
		.id = f->ip_id++,
		.src = own_address(f, p),
		.dst = be32(ip + 12) };

	if (!h.src || !may_be_told(f, ip, p->len) || !police_take(&f->icmp, f->now))
		return;

	struct pkt *e = fp_new_pkt(f);

	if (!e)
		return;

	size_t quote = MIN(p->len, QUOTE_MAX);
	struct wr w = wr_init(pkt_data(e), IPV4_HDR + ICMP_HDR + quote);

	ipv4_build(&w, &h, ICMP_HDR + quote);
	wr_u8(&w, type);
	wr_u8(&w, code);
	wr_u32(&w, 0); /* checksum; unused */
	wr_u16(&w, mtu);
	wr_bytes(&w, ip, quote);
	wr_set_u16(&w, IPV4_HDR + 2, csum(w.buf + IPV4_HDR, ICMP_HDR + quote, 0));
	e->len = (uint16_t)w.len;
	fp_output(f, e);
}

void fp_icmp_input(struct fp_path *f, struct pkt *p, unsigned hdr_len)
{
	uint8_t *ip = pkt_data(p);
	uint8_t *icmp = ip + hdr_len;
	uint32_t src, dst;

	if (p->len >= hdr_len + ICMP_HDR && icmp[0] == ICMP_ECHO_REPLY) {
		fp_punt(f, p, PKT_CLASS_LOCAL);
		return;
	}
	if (p->len >= hdr_len + ICMP_HDR && !p->session && icmp[0] == ICMP_UNREACHABLE &&
		icmp[1] == ICMP_CODE_FRAG && csum(icmp, p->len - hdr_len, 0) == 0) {
		fp_pmtu_input(f, icmp, p->len - hdr_len);
		fp_done(f, p);
		return;
	}
	if (p->len < hdr_len + ICMP_HDR || icmp[0] != ICMP_ECHO || icmp[1] != 0 ||
		fp_is_local(f, be32(ip + 12)) || csum(icmp, p->len - hdr_len, 0) != 0) {
		fp_drop(f, p, FP_DROP_ICMP);
		return;
	}
	icmp[0] = ICMP_ECHO_REPLY;
	put_u16(icmp + 2, fp_fold(be16(icmp + 2) + ICMP_ECHO * 256u));
	src = be32(ip + 12);
	dst = be32(ip + 16);
	put_u32(ip + 12, dst);
	put_u32(ip + 16, src);
	ip[8] = OWN_TTL;
	put_u16(ip + 10, 0);
	put_u16(ip + 10, csum(ip, hdr_len, 0));
	fp_output(f, p);
}
