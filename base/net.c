/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Headers up to UDP: Ethernet with 802.1Q and 802.1ad tags, IPv4 (RFC 791), UDP (RFC 768)
 * and the Internet checksum (RFC 1071).  Parsers check all that the header says about
 * itself, and leave a cursor from which the next layer cannot run out.
 */
#include "base/net.h"

#include <glib.h>

bool eth_parse(struct rd *r, struct eth_hdr *h)
{
	*h = (struct eth_hdr){ 0 };
	rd_copy(r, h->dst, ETH_ALEN);
	rd_copy(r, h->src, ETH_ALEN);
	h->type = rd_u16(r);
	while (h->n_vlan < 2 &&
		(h->type == ETHERTYPE_VLAN || h->type == ETHERTYPE_QINQ)) {
		h->vlan[h->n_vlan++] = rd_u16(r) & 0x0fff;
		h->type = rd_u16(r);
	}
	return !r->bad;
}

static bool refuse(struct rd *r)
{
	r->bad = true;
	return false;
}

bool ipv4_parse(struct rd *r, struct ipv4_hdr *h)
{
	struct rd whole = *r;
	uint8_t ver_ihl = rd_u8(r);

	*h = (struct ipv4_hdr){ .hdr_len = (uint8_t)((ver_ihl & 0x0f) * 4) };
	h->tos = rd_u8(r);
	h->total_len = rd_u16(r);
	h->id = rd_u16(r);
	h->frag = rd_u16(r);
	h->ttl = rd_u8(r);
	h->proto = rd_u8(r);
	rd_skip(r, 2);
	h->src = rd_u32(r);
	h->dst = rd_u32(r);
	if (r->bad || ver_ihl >> 4 != 4 || h->hdr_len < IPV4_HDR)
		return refuse(r);

	/* A length past the end of the frame, or less than the header's, shows here. */
	*r = rd_sub(&whole, h->total_len);

	const uint8_t *hdr = rd_take(r, h->hdr_len);

	return hdr && csum(hdr, h->hdr_len, 0) == 0 ? true : refuse(r);
}

void ipv4_build(struct wr *w, const struct ipv4_hdr *h, size_t payload_len)
{
	if (payload_len > UINT16_MAX - IPV4_HDR) {
		w->bad = true;
		return;
	}

	uint8_t *p = wr_room(w, IPV4_HDR);

	if (!p)
		return;
	p[0] = 0x45;
	p[1] = h->tos;
	put_u16(p + 2, (uint16_t)(IPV4_HDR + payload_len));
	put_u16(p + 4, h->id);
	put_u16(p + 6, h->frag);
	p[8] = h->ttl;
	p[9] = h->proto;
	put_u16(p + 10, 0);
	put_u32(p + 12, h->src);
	put_u32(p + 16, h->dst);
	put_u16(p + 10, csum(p, IPV4_HDR, 0));
}

bool udp_parse(struct rd *r, const struct ipv4_hdr *ip, struct udp_hdr *h)
{
	struct rd whole = *r;

	h->sport = rd_u16(r);
	h->dport = rd_u16(r);
	h->len = rd_u16(r);
	h->sum = rd_u16(r);
	if (r->bad || h->len < UDP_HDR)
		return refuse(r);

	*r = rd_sub(&whole, h->len);
	if (r->bad)
		return false;
	if (ip && h->sum) {
		uint32_t pseudo =
			csum_pseudo(ip->src, ip->dst, IPPROTO_NUM_UDP, h->len);

		if (csum(r->p, h->len, pseudo) != 0)
			return refuse(r);
	}
	rd_skip(r, UDP_HDR);
	return true;
}

static uint32_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)sum;
}

uint32_t csum_add(const void *bytes, size_t n, uint32_t start)
{
	struct rd r = rd_init(bytes, n);
	uint64_t sum = start;

	while (rd_left(&r) >= 4)
		sum += rd_u32(&r);
	if (rd_left(&r) >= 2)
		sum += rd_u16(&r);
	if (rd_left(&r))
		sum += (uint64_t)rd_u8(&r) << 8;
	return fold(sum);
}

uint16_t csum(const void *bytes, size_t n, uint32_t start)
{
	return (uint16_t)~csum_add(bytes, n, start);
}

uint32_t csum_pseudo(uint32_t src, uint32_t dst, uint8_t proto, uint16_t len)
{
	return fold((uint64_t)src + dst + proto + len);
}

size_t udp4_build(uint8_t *buf, size_t cap, uint32_t src, uint16_t sport, uint32_t dst,
	uint16_t dport, uint16_t ip_id, const void *payload, size_t n, bool sum)
{
	struct wr w = wr_init(buf, cap);
	struct ipv4_hdr ip = {
		.ttl = 64, .proto = IPPROTO_NUM_UDP, .id = ip_id, .src = src, .dst = dst
	};

	if (n > UINT16_MAX - IPV4_HDR - UDP_HDR)
		return 0;

	uint16_t len = (uint16_t)(UDP_HDR + n);

	ipv4_build(&w, &ip, len);
	wr_u16(&w, sport);
	wr_u16(&w, dport);
	wr_u16(&w, len);
	wr_u16(&w, 0);
	wr_bytes(&w, payload, n);
	if (w.bad)
		return 0;
	if (sum) {
		uint32_t pseudo = csum_pseudo(src, dst, IPPROTO_NUM_UDP, len);
		uint16_t value = csum(buf + IPV4_HDR, len, pseudo);

		/* Zero on the wire means "no checksum" (RFC 768). */
		wr_set_u16(&w, IPV4_HDR + 6, value ? value : 0xffff);
	}
	return w.len;
}

const char *ipv4_to_str(uint32_t ip, char buf[16])
{
	g_snprintf(buf, 16, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 0xff, ip >> 8 & 0xff,
		ip & 0xff);
	return buf;
}

/* A decimal octet without leading zeros; moves *s behind it.  -1 when there is none. */
static int octet_from_str(const char **s)
{
	int value = 0;
	int digits = 0;

	for (; g_ascii_isdigit(**s); (*s)++) {
		if (digits > 0 && value == 0)
			return -1;
		value = value * 10 + g_ascii_digit_value(**s);
		digits++;
		if (value > 255)
			return -1;
	}
	return digits ? value : -1;
}

bool ipv4_from_str(const char *s, uint32_t *ip)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (i > 0 && *s++ != '.')
			return false;

		int octet = octet_from_str(&s);

		if (octet < 0)
			return false;
		value = value << 8 | (uint32_t)octet;
	}
	if (*s)
		return false;
	*ip = value;
	return true;
}

const char *mac_to_str(const uint8_t mac[6], char buf[15])
{
	g_snprintf(buf, 15, "%02x%02x.%02x%02x.%02x%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
	return buf;
}
