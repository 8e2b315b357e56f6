/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Headers from Ethernet to UDP.  What parses is built again, and must parse to the same.
 */
#include "base/net.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rebuilt(
	const struct ipv4_hdr *ip, const struct udp_hdr *udp, const struct rd *payload)
{
	size_t n = rd_left(payload);
	size_t cap = IPV4_HDR + UDP_HDR + n;
	g_autofree uint8_t *buf = g_malloc(cap);
	size_t len = udp4_build(buf, cap, ip->src, udp->sport, ip->dst, udp->dport,
		ip->id, payload->p, n, true);
	struct rd r = rd_init(buf, len);
	struct ipv4_hdr ip2;
	struct udp_hdr udp2;

	g_assert_cmpuint(len, ==, cap);
	g_assert_true(ipv4_parse(&r, &ip2));
	g_assert_true(udp_parse(&r, &ip2, &udp2));
	g_assert_cmpuint(ip2.src, ==, ip->src);
	g_assert_cmpuint(ip2.dst, ==, ip->dst);
	g_assert_cmpuint(udp2.sport, ==, udp->sport);
	g_assert_cmpuint(udp2.dport, ==, udp->dport);
	g_assert_cmpmem(r.p, rd_left(&r), payload->p, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct eth_hdr eth;
	struct ipv4_hdr ip;
	struct udp_hdr udp;

	if (!eth_parse(&r, &eth) || eth.type != ETHERTYPE_IPV4 || !ipv4_parse(&r, &ip))
		return 0;
	g_assert_cmpuint(rd_left(&r), ==, (size_t)(ip.total_len - ip.hdr_len));
	if (ip.proto != IPPROTO_NUM_UDP || !udp_parse(&r, &ip, &udp))
		return 0;
	g_assert_cmpuint(rd_left(&r), ==, (size_t)(udp.len - UDP_HDR));
	check_rebuilt(&ip, &udp, &r);
	return 0;
}
