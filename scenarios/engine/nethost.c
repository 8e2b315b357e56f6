/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small IPv4 host on a wire: RFC 826 (ARP), RFC 792 (echo), RFC 768 (UDP).
 */
#include "scenarios/engine/nethost.h"

enum {
	ARP_LEN = 28,
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
	ICMP_ECHO = 8,
	ICMP_HDR = 8,
};

static const uint8_t broadcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

void nethost_init(
	struct nethost *h, struct board_env *env, const struct nethost_config *cfg)
{
	h->env = env;
	h->cfg = *cfg;
	memcpy(h->mac,
		(const uint8_t[]){ 0x02, 0xfe, 0, 0, 0, (uint8_t)board_slot(env) },
		ETH_ALEN);
	g_queue_init(&h->waiting);
}

void nethost_deinit(struct nethost *h)
{
	g_queue_clear_full(&h->waiting, (GDestroyNotify)g_bytes_unref);
}

/* ---- frames ---- */

static void transmit(struct nethost *h, const uint8_t dst[ETH_ALEN], uint16_t type,
	const void *body, size_t n)
{
	struct pkt *p;
	struct wr w;

	if (!pkt_alloc(h->env, &p, 1)) {
		h->dropped++;
		return;
	}
	w = wr_init(pkt_data(p), pkt_tailroom(p));
	wr_bytes(&w, dst, ETH_ALEN);
	wr_bytes(&w, h->mac, ETH_ALEN);
	wr_u16(&w, type);
	wr_bytes(&w, body, n);
	p->len = (uint16_t)w.len;
	p->ifindex = h->cfg.ifindex;
	if (!w.bad && pkt_tx(h->env, ifindex_slot(h->cfg.ifindex), &p, 1) == 1) {
		h->sent++;
		return;
	}
	h->dropped++;
	pkt_free(h->env, &p, 1);
}

static void send_arp(
	struct nethost *h, uint16_t op, const uint8_t *to_mac, uint32_t to_ip)
{
	static const uint8_t nobody[ETH_ALEN] = { 0 };
	uint8_t buf[ARP_LEN];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u16(&w, 1); /* Ethernet */
	wr_u16(&w, ETHERTYPE_IPV4);
	wr_u8(&w, ETH_ALEN);
	wr_u8(&w, 4);
	wr_u16(&w, op);
	wr_bytes(&w, h->mac, ETH_ALEN);
	wr_u32(&w, h->cfg.ip);
	wr_bytes(&w, to_mac ? to_mac : nobody, ETH_ALEN);
	wr_u32(&w, to_ip);
	transmit(h, to_mac ? to_mac : broadcast, ETHERTYPE_ARP, buf, w.len);
}

/* ---- neighbours ---- */

static struct neighbour *find(struct nethost *h, uint32_t ip)
{
	for (unsigned i = 0; i < NETHOST_NEIGHBOURS; i++)
		if (h->neighbours[i].ip == ip)
			return &h->neighbours[i];
	return NULL;
}

static struct neighbour *find_or_ask(struct nethost *h, uint32_t ip, base_time now)
{
	struct neighbour *n = find(h, ip);

	if (n)
		return n;
	n = &h->neighbours[h->next_neighbour++ % NETHOST_NEIGHBOURS];
	*n = (struct neighbour){ .ip = ip, .ask_due = time_add(now, dur_s(1)) };
	send_arp(h, ARP_REQUEST, NULL, ip);
	return n;
}

static uint32_t next_hop(const struct nethost *h, uint32_t dst)
{
	return (dst & h->cfg.mask) == (h->cfg.ip & h->cfg.mask) ? dst : h->cfg.gateway;
}

static uint32_t destination(const void *packet)
{
	struct rd r = rd_init(packet, IPV4_HDR);

	rd_skip(&r, 16);
	return rd_u32(&r);
}

static void keep(struct nethost *h, const uint8_t *packet, size_t n)
{
	if (g_queue_get_length(&h->waiting) == NETHOST_WAITING) {
		g_bytes_unref(g_queue_pop_head(&h->waiting));
		h->dropped++;
	}
	g_queue_push_tail(&h->waiting, g_bytes_new(packet, n));
}

/* packet: IPv4, whole. */
static void send_ip(struct nethost *h, const uint8_t *packet, size_t n, base_time now)
{
	uint32_t hop = next_hop(h, destination(packet));
	struct neighbour *to = hop ? find_or_ask(h, hop, now) : NULL;

	if (!to)
		h->dropped++;
	else if (to->known)
		transmit(h, to->mac, ETHERTYPE_IPV4, packet, n);
	else
		keep(h, packet, n);
}

/* Those still without a neighbour go to the end again. */
static void send_waiting(struct nethost *h, base_time now)
{
	for (guint i = g_queue_get_length(&h->waiting); i; i--) {
		g_autoptr(GBytes) b = g_queue_pop_head(&h->waiting);
		gsize n;
		const uint8_t *packet = g_bytes_get_data(b, &n);

		send_ip(h, packet, n, now);
	}
}

static void learn(
	struct nethost *h, uint32_t ip, const uint8_t mac[ETH_ALEN], base_time now)
{
	struct neighbour *n = find(h, ip);
	bool was_known = n && n->known;

	if (!n)
		return;
	memcpy(n->mac, mac, ETH_ALEN);
	n->known = true;
	if (!was_known)
		send_waiting(h, now);
}

static void input_arp(struct nethost *h, struct rd r, base_time now)
{
	uint8_t mac[ETH_ALEN];
	uint32_t sender, target;
	uint16_t op;

	rd_skip(&r, 6);
	op = rd_u16(&r);
	rd_copy(&r, mac, ETH_ALEN);
	sender = rd_u32(&r);
	rd_skip(&r, ETH_ALEN);
	target = rd_u32(&r);
	if (r.bad || !sender) {
		h->malformed++;
		return;
	}
	learn(h, sender, mac, now);
	if (op == ARP_REQUEST && target == h->cfg.ip)
		send_arp(h, ARP_REPLY, mac, sender);
}

/* ---- IPv4 ---- */

size_t nethost_echo_reply(uint8_t *buf, size_t cap, const struct ipv4_hdr *ip,
	struct rd icmp, uint16_t ip_id)
{
	const struct ipv4_hdr back = {
		.ttl = 64,
		.proto = IPPROTO_NUM_ICMP,
		.id = ip_id,
		.src = ip->dst,
		.dst = ip->src,
	};
	struct wr w = wr_init(buf, cap);
	size_t n = rd_left(&icmp);

	if (n < ICMP_HDR || csum(icmp.p, n, 0) || rd_u8(&icmp) != ICMP_ECHO)
		return 0;
	rd_skip(&icmp, 3);
	ipv4_build(&w, &back, n);
	wr_u32(&w, 0);
	wr_bytes(&w, icmp.p, rd_left(&icmp));
	if (w.bad)
		return 0;
	wr_set_u16(&w, IPV4_HDR + 2, csum(buf + IPV4_HDR, n, 0));
	return w.len;
}

static void input_icmp(
	struct nethost *h, const struct ipv4_hdr *ip, struct rd r, base_time now)
{
	uint8_t buf[NETHOST_PACKET_MAX];
	size_t n = nethost_echo_reply(buf, sizeof(buf), ip, r, h->ip_id++);

	if (!n)
		return;
	h->echoes++;
	send_ip(h, buf, n, now);
}

static void input_ip(
	struct nethost *h, struct rd r, nethost_udp_fn fn, void *user, base_time now)
{
	struct ipv4_hdr ip;
	struct udp_hdr udp;

	if (!ipv4_parse(&r, &ip)) {
		h->malformed++;
		return;
	}
	if (ip.dst != h->cfg.ip || (ip.frag & (IPV4_MF | IPV4_OFFSET)))
		return;
	if (ip.proto == IPPROTO_NUM_ICMP)
		input_icmp(h, &ip, r, now);
	else if (ip.proto != IPPROTO_NUM_UDP)
		return;
	else if (udp_parse(&r, &ip, &udp))
		fn(user, &ip, &udp, r, now);
	else
		h->malformed++;
}

static void input(struct nethost *h, const struct pkt *p, const uint8_t *data,
	nethost_udp_fn fn, void *user, base_time now)
{
	struct rd r = rd_init(data, p->len);
	struct eth_hdr eth;

	h->received++;
	if (!eth_parse(&r, &eth)) {
		h->malformed++;
		return;
	}
	if (eth.n_vlan || (memcmp(eth.dst, h->mac, ETH_ALEN) != 0 &&
				  memcmp(eth.dst, broadcast, ETH_ALEN) != 0))
		return;
	if (eth.type == ETHERTYPE_ARP)
		input_arp(h, r, now);
	else if (eth.type == ETHERTYPE_IPV4)
		input_ip(h, r, fn, user, now);
}

static void ask_again(struct nethost *h, base_time now)
{
	for (unsigned i = 0; i < NETHOST_NEIGHBOURS; i++) {
		struct neighbour *n = &h->neighbours[i];

		if (!n->ip || n->known || time_before(now, n->ask_due))
			continue;
		n->ask_due = time_add(now, dur_s(1));
		send_arp(h, ARP_REQUEST, NULL, n->ip);
	}
}

bool nethost_work(struct nethost *h, unsigned budget, nethost_udp_fn fn, void *user,
	base_time now)
{
	struct pkt *p[PKT_BURST];
	unsigned n = PKT_BURST;

	for (; budget && n == PKT_BURST; budget--) {
		n = pkt_rx(h->env, ifindex_slot(h->cfg.ifindex), p, PKT_BURST);
		for (unsigned i = 0; i < n; i++)
			input(h, p[i], pkt_data(p[i]), fn, user, now);
		pkt_free(h->env, p, n);
	}
	ask_again(h, now);
	return n == PKT_BURST;
}

base_time nethost_next_due(const struct nethost *h)
{
	base_time due = BASE_TIME_NEVER;

	for (unsigned i = 0; i < NETHOST_NEIGHBOURS; i++)
		if (h->neighbours[i].ip && !h->neighbours[i].known)
			due = time_min(due, h->neighbours[i].ask_due);
	return due;
}

void nethost_send_udp(struct nethost *h, uint16_t sport, uint32_t dst, uint16_t dport,
	const void *payload, size_t n, base_time now)
{
	uint8_t buf[NETHOST_PACKET_MAX];
	size_t len = udp4_build(buf, sizeof(buf), h->cfg.ip, sport, dst, dport,
		h->ip_id++, payload, n, true);

	if (len)
		send_ip(h, buf, len, now);
	else
		h->dropped++;
}
