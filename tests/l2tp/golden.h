/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The L2TP datagrams of a golden capture. */
#pragma once

#include "base/net.h"
#include "l2tp/l2tp.h"
#include "tests/lib/pcapfile.h"

struct golden_dgram {
	struct l2tp_path path; /* local: its receiver */
	const uint8_t *bytes;  /* belongs to the file */
	size_t len;
};

/* All UDP payloads to or from port 1701, in order. */
static inline GArray *golden_l2tp(const struct pcap_file *f)
{
	GArray *out = g_array_new(FALSE, FALSE, sizeof(struct golden_dgram));

	for (unsigned i = 0; i < f->packets->len; i++) {
		gsize n;
		const uint8_t *p = g_bytes_get_data(pcap_file_packet(f, i)->bytes, &n);
		struct rd r = rd_init(p, n);
		struct eth_hdr eth;
		struct ipv4_hdr ip;
		struct udp_hdr udp;

		if (!eth_parse(&r, &eth) || eth.type != ETHERTYPE_IPV4 ||
			!ipv4_parse(&r, &ip) || ip.proto != IPPROTO_NUM_UDP ||
			!udp_parse(&r, NULL, &udp) ||
			(udp.sport != L2TP_UDP_PORT && udp.dport != L2TP_UDP_PORT))
			continue;

		struct golden_dgram d = {
			.path = { ip.dst, ip.src, udp.dport, udp.sport },
			.len = rd_left(&r),
		};

		d.bytes = rd_take(&r, d.len);
		g_array_append_val(out, d);
	}
	return out;
}
