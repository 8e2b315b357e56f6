/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sending: into sessions (L2TP encapsulation; PPPoE: pppoe.c), by routes, to neighbours; and what is too
 * large for its way.
 *
 * How many rows one packet can make: interfaces and sessions have an MTU of at least 576, a
 * buffer holds less than 2,200 octets, so at most 4 pieces into a session, each 2 pieces on
 * a port, with the packets cut and an ICMP error or ARP request less than 20.
 */
#include "fp/internal.h"

static bool may_fragment(const struct pkt *p)
{
	return !(be16((const uint8_t *)p + p->off + 6) & IPV4_DF);
}

static unsigned hdr_len_of(struct pkt *p)
{
	return (pkt_data(p)[0] & 0x0fu) * 4;
}

/* Pieces of a packet that is larger than mtu, 0 when it has been dropped instead.  p stays
 * the caller's when there are pieces. */
static unsigned cut(struct fp_path *f, struct pkt *p, uint16_t mtu, struct pkt **pieces)
{
	if (!may_fragment(p)) {
		uint32_t src = be32(pkt_data(p) + 12);

		if (fp_is_local(f, src))
			fp_pmtu_learn(f, src, be32(pkt_data(p) + 16), mtu);
		else
			fp_icmp_error(f, p, ICMP_UNREACHABLE, ICMP_CODE_FRAG, mtu);
		fp_drop(f, p, FP_DROP_MTU);
		return 0;
	}

	unsigned n = fp_frag_cut(f, p, hdr_len_of(p), mtu, pieces);

	if (n == 0)
		fp_drop(f, p, FP_DROP_FRAGMENT);
	return n;
}

/* ---- to a neighbour ---- */

static void send_frame(struct fp_path *f, const struct fp_arp *e, struct pkt *p)
{
	if (G_LIKELY(e->hdr_len == FP_ETH_HDR))
		memcpy(pkt_push(p, FP_ETH_HDR), e->hdr, FP_ETH_HDR);
	else
		memcpy(pkt_push(p, e->hdr_len), e->hdr, e->hdr_len);
	fp_sent(f, &f->iface[e->ifindex], p);
}

void fp_deliver(struct fp_path *f, const struct fp_arp *e, struct pkt *p)
{
	const struct fp_iface *i = &f->iface[e->ifindex];
	uint16_t mtu = i->mtu;

	if (G_UNLIKELY(i->mss))
		fp_mss_clamp(p, i->mss);
	if (p->len <= mtu) {
		send_frame(f, e, p);
		return;
	}

	struct pkt *pieces[FP_FRAGS_MAX];
	unsigned n = cut(f, p, mtu, pieces);

	for (unsigned k = 0; k < n; k++)
		send_frame(f, e, pieces[k]);
	if (n)
		fp_done(f, p);
}

/* ---- by routes ---- */

static void unreachable(
	struct fp_path *f, struct pkt *p, uint8_t code, enum fp_drop why)
{
	fp_icmp_error(f, p, ICMP_UNREACHABLE, code, 0);
	fp_drop(f, p, why);
}

/* The network's own number and its broadcast address (RFC 1812 section 5.3.5). */
static bool is_directed_broadcast(const struct fp_iface *i, uint32_t ip)
{
	uint32_t host = ~i->mask;

	return fp_iface_has(i, ip) && host > 1 &&
	       ((ip & host) == host || (ip & host) == 0);
}

static struct fp_cached *cached(struct fp_path *f, uint32_t dst)
{
	return &f->cache[dst * UINT32_C(0x9e3779b1) >> 20];
}

G_STATIC_ASSERT(FP_CACHE == 1 << 12);

void fp_route_output(struct fp_path *f, struct pkt *p, uint32_t dst)
{
	struct fp_cached *c = cached(f, dst);

	if (c->dst == dst && c->epoch == f->epoch) {
		fp_deliver(f, &f->arps.entry[c->arp], p);
		return;
	}

	uint32_t next_hop;
	uint16_t ifindex;

	if (!fp_routes_find(&f->routes, dst, &next_hop, &ifindex)) {
		unreachable(f, p, ICMP_CODE_NET, FP_DROP_NO_ROUTE);
		return;
	}

	const struct fp_iface *i = &f->iface[ifindex < FP_IFACES_MAX ? ifindex : 0];

	if (i->loopback) {
		unreachable(f, p, ICMP_CODE_HOST, FP_DROP_NO_ROUTE);
		return;
	}
	if (!i->usable) {
		unreachable(f, p, ICMP_CODE_HOST, FP_DROP_PORT_DOWN);
		return;
	}
	if (is_directed_broadcast(i, next_hop)) {
		fp_drop(f, p, FP_DROP_BROADCAST);
		return;
	}

	uint32_t arp = fp_arp_resolve(f, ifindex, next_hop, p);

	if (!arp)
		return;
	*c = (struct fp_cached){ .dst = dst, .arp = arp, .epoch = f->epoch };
	fp_deliver(f, &f->arps.entry[arp], p);
}

void fp_output(struct fp_path *f, struct pkt *p)
{
	uint32_t dst = be32(pkt_data(p) + 16);
	uint32_t session = index_get(f->sessions.downstream, dst);

	if (session)
		fp_encap(f, session, p);
	else
		fp_route_output(f, p, dst);
}

/* ---- into sessions ---- */

/* Of UDP, over what is inside (l2tp ip udp checksum). */
static void put_checksum(uint8_t *ip, unsigned len)
{
	uint8_t *udp = ip + IPV4_HDR;
	uint16_t n = (uint16_t)(len - IPV4_HDR), sum;

	sum = csum(udp, n, csum_pseudo(be32(ip + 12), be32(ip + 16), ip[9], n));
	put_u16(udp + 6, sum ? sum : 0xffff); /* 0 is: none */
}

/* frag: DF or 0. */
static void put_outer(
	struct fp_session *s, struct pkt *p, unsigned outer_len, uint16_t frag)
{
	uint8_t *h = pkt_push(p, outer_len);
	uint16_t id = s->ip_id++;

	memcpy(h, s->outer, outer_len);
	put_u16(h + 2, p->len);
	put_u16(h + 4, id);
	put_u16(h + 6, frag);
	put_u16(h + 10, (uint16_t)~fp_fold(s->outer_sum + p->len + id + frag));
	put_u16(h + IPV4_HDR + 4, (uint16_t)(p->len - IPV4_HDR));
	if (s->state & FP_SESSION_NUMBERED)
		put_u16(h + IPV4_HDR + UDP_HDR + 6, fp_next_ns(s));
	if (s->flags & FIB_SESSION_CHECKSUM)
		put_checksum(h, p->len);
}

static uint32_t outer_dst(const struct fp_session *s)
{
	return s->remote_ip;
}

static void encap_one(struct fp_path *f, struct fp_session *s, struct pkt *p)
{
	uint16_t df = 0;

	s->tx_packets++;
	s->tx_bytes += p->len;
	if (s->state & FP_SESSION_PPPOE) {
		fp_pppoe_send(f, s, p);
		return;
	}
	if (s->state & FP_SESSION_PMTU)
		df = be16(pkt_data(p) + 6) & IPV4_DF;
	put_outer(s, p, s->outer_len, df);
	fp_route_output(f, p, outer_dst(s));
}

void fp_encap(struct fp_path *f, uint32_t index, struct pkt *p)
{
	struct fp_session *s = &f->sessions.entry[index];

	if (s->state & FP_SESSION_STOPPED) {
		fp_session_drop(f, s, p, FP_DROP_STOPPED);
		return;
	}
	if (!(s->flags & FIB_SESSION_OPEN)) {
		fp_session_drop(f, s, p, FP_DROP_CLOSED);
		return;
	}
	if (G_UNLIKELY(s->mss))
		fp_mss_clamp(p, s->mss);
	if (!s->mtu || p->len <= s->mtu) {
		encap_one(f, s, p);
		return;
	}

	struct pkt *pieces[FP_FRAGS_MAX];
	unsigned n = cut(f, p, MAX(s->mtu, FP_MTU_MIN), pieces);

	if (n == 0)
		s->dropped++;
	for (unsigned i = 0; i < n; i++)
		encap_one(f, s, pieces[i]);
	if (n)
		fp_done(f, p);
}

void fp_encap_ppp(struct fp_path *f, uint32_t index, struct pkt *p)
{
	struct fp_session *s = &f->sessions.entry[index];

	if (s->state & FP_SESSION_PPPOE) {
		fp_pppoe_send_ppp(f, s, p);
		return;
	}
	put_outer(s, p, s->outer_len - FP_PPP_HDR, 0);
	fp_route_output(f, p, outer_dst(s));
}
