/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets to our own addresses that are not L2TP data, and the ways out of the path that
 * all files share: drops of a session, punts, fresh buffers.
 */
#include "fp/internal.h"
#include "l2tp/wire.h"

void fp_session_drop(
	struct fp_path *f, struct fp_session *s, struct pkt *p, enum fp_drop why)
{
	s->dropped++;
	fp_drop(f, p, why);
}

void fp_punt(struct fp_path *f, struct pkt *p, enum pkt_class class)
{
	if (!police_take(&f->punt[class], f->now)) {
		fp_drop(f, p, FP_DROP_POLICED);
		return;
	}
	p->class = (uint8_t) class;
	fp_row(f, p, FP_PUNT, p->ifindex, (uint8_t) class);
}

struct pkt *fp_new_pkt(struct fp_path *f)
{
	struct pkt *p;

	if (f->alloc(f->alloc_user, &p, 1) == 1)
		return p;
	f->drops[FP_DROP_NO_BUFFER]++;
	return NULL;
}

bool fp_is_l2tp_port(const struct fp_path *f, uint16_t port)
{
	return port == L2TP_UDP_PORT ||
	       (index_count(f->sessions.ports) && index_get(f->sessions.ports, port));
}

static void udp_input(struct fp_path *f, struct pkt *p, unsigned hdr_len)
{
	const uint8_t *udp = pkt_data(p) + hdr_len;

	if (p->len < hdr_len + UDP_HDR)
		fp_drop(f, p, FP_DROP_IP_HEADER);
	else if (!fp_is_l2tp_port(f, be16(udp + 2)))
		fp_punt(f, p, PKT_CLASS_LOCAL);
	else if (p->session)
		fp_drop(f, p, FP_DROP_LOCAL); /* no tunnels inside of tunnels */
	else
		fp_l2tp_data(f, p, hdr_len);
}

void fp_local_input(struct fp_path *f, struct pkt *p, unsigned hdr_len)
{
	if (be16(pkt_data(p) + 6) & (IPV4_MF | IPV4_OFFSET)) {
		p = fp_frag_join(f, p, hdr_len);
		if (!p)
			return;
		hdr_len = IPV4_HDR;
	}
	switch (pkt_data(p)[9]) {
	case IPPROTO_NUM_ICMP:
		fp_icmp_input(f, p, hdr_len);
		break;
	case IPPROTO_NUM_UDP:
		udp_input(f, p, hdr_len);
		break;
	case IPPROTO_NUM_TCP: /* nothing of ours listens; consoles are out of band */
		fp_icmp_error(f, p, ICMP_UNREACHABLE, ICMP_CODE_PORT, 0);
		fp_drop(f, p, FP_DROP_LOCAL);
		break;
	default:
		fp_icmp_error(f, p, ICMP_UNREACHABLE, ICMP_CODE_PROTOCOL, 0);
		fp_drop(f, p, FP_DROP_LOCAL);
	}
}
