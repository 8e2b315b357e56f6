/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP MSS clamp: the Maximum Segment Size option (RFC 9293 section 3.7.1) of what opens a
 * connection is lowered, so that both ends send what fits the way between them.  The checksum
 * changes by the difference (RFC 1624).  A segment without the option stays as it is.
 */
#include "fp/internal.h"

enum {
	TCP_HDR = 20,
	TCP_SYN = 0x02,
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_MSS = 2,
	OPT_MSS_LEN = 4,
};

/* at: of the value, from the TCP header, whose words the checksum is made of. */
static void lower(uint8_t *tcp, unsigned at, uint16_t mss)
{
	uint16_t old = be16(tcp + at), new = mss;
	uint32_t sum;

	if (old <= mss)
		return;
	put_u16(tcp + at, mss);
	if (at % 2) { /* the high octet of one word and the low one of another */
		old = GUINT16_SWAP_LE_BE(old);
		new = GUINT16_SWAP_LE_BE(new);
	}
	sum = (uint32_t)(uint16_t)~be16(tcp + 16) + (uint16_t)~old + new;
	put_u16(tcp + 16, (uint16_t)~fp_fold(sum));
}

void fp_mss_clamp(struct pkt *p, uint16_t mss)
{
	uint8_t *ip = pkt_data(p);
	unsigned hdr_len = (ip[0] & 0x0fu) * 4;

	if (ip[9] != IPPROTO_NUM_TCP || be16(ip + 6) & IPV4_OFFSET ||
		p->len < hdr_len + TCP_HDR)
		return;

	uint8_t *tcp = ip + hdr_len;
	unsigned end = (tcp[12] >> 4) * 4u;
	unsigned len;

	if (!(tcp[13] & TCP_SYN) || end > p->len - hdr_len)
		return;
	for (unsigned at = TCP_HDR; at < end && tcp[at] != OPT_END; at += len) {
		len = tcp[at] == OPT_NOP ? 1 : at + 1 < end ? tcp[at + 1] : 0;
		if (len == 0 || (len == 1 && tcp[at] != OPT_NOP) || at + len > end)
			return;
		if (tcp[at] == OPT_MSS && len == OPT_MSS_LEN)
			lower(tcp, at + 2, mss);
	}
}
