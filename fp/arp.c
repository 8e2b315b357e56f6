/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neighbours.  An entry is incomplete while it is asked for (three times, a second apart, up
 * to three packets waiting), known for four hours, then asked for again while it stays in
 * use.  What can be made to wait is bounded per entry and in all.
 */
#include "fp/arp.h"

#include "fp/internal.h"

enum {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
	ARP_LEN = 28,
	ARP_IPV4_BITS = 1, /* hardware type Ethernet */
};

struct arp_msg {
	uint16_t op;
	uint8_t sender_mac[ETH_ALEN];
	uint32_t sender, target;
};

static const uint8_t everybody[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t nobody[ETH_ALEN] = { 0 };

void fp_arps_init(struct fp_arps *t)
{
	*t = (struct fp_arps){
		.entry = g_new0(struct fp_arp, FP_ARP_MAX + 1),
		.by_addr = index_new(64),
	};
}

void fp_arps_deinit(struct fp_arps *t)
{
	g_free(t->entry);
	index_free(t->by_addr);
}

static uint64_t key_of(uint16_t ifindex, uint32_t ip)
{
	return (uint64_t)ifindex << 32 | ip;
}

uint32_t fp_arp_find(const struct fp_arps *t, uint16_t ifindex, uint32_t ip)
{
	return index_get(t->by_addr, key_of(ifindex, ip));
}

static uint32_t take_entry(struct fp_path *f, uint16_t ifindex, uint32_t ip)
{
	struct fp_arps *t = &f->arps;
	uint32_t n = t->first_free;

	if (n)
		t->first_free = t->entry[n].next_free;
	else if (t->highest < FP_ARP_MAX)
		n = ++t->highest;
	else
		return 0;
	t->entry[n] = (struct fp_arp){
		.ip = ip,
		.ifindex = ifindex,
		.state = FP_ARP_INCOMPLETE,
		.timer = { .kind = FP_TIMER_ARP, .owner = n },
	};
	index_put(t->by_addr, key_of(ifindex, ip), n);
	t->count++;
	return n;
}

static void free_entry(struct fp_path *f, uint32_t n, enum fp_drop why)
{
	struct fp_arps *t = &f->arps;
	struct fp_arp *e = &t->entry[n];

	for (unsigned i = 0; i < e->n_pending; i++) {
		fp_icmp_error(f, e->pending[i], ICMP_UNREACHABLE, ICMP_CODE_HOST, 0);
		fp_drop(f, e->pending[i], why);
	}
	t->waiting -= e->n_pending;
	timer_cancel(f->wheel, &e->timer);
	index_del(t->by_addr, key_of(e->ifindex, e->ip));
	*e = (struct fp_arp){ .next_free = t->first_free };
	t->first_free = n;
	t->count--;
	t->changes++;
	f->epoch++;
}

/* ---- sending ---- */

static void build(uint8_t *frame, const struct fp_iface *i, const uint8_t *dst,
	uint16_t op, const uint8_t *target_mac, uint32_t target)
{
	struct wr w = wr_init(frame, FP_ETH_MAX + ARP_LEN);

	wr_bytes(&w, dst, ETH_ALEN);
	wr_bytes(&w, i->mac, ETH_ALEN);
	wr_bytes(&w, i->tags, i->tags_len);
	wr_u16(&w, ETHERTYPE_ARP);
	wr_u16(&w, ARP_IPV4_BITS);
	wr_u16(&w, ETHERTYPE_IPV4);
	wr_u8(&w, ETH_ALEN);
	wr_u8(&w, 4);
	wr_u16(&w, op);
	wr_bytes(&w, i->mac, ETH_ALEN);
	wr_u32(&w, i->ip);
	wr_bytes(&w, target_mac, ETH_ALEN);
	wr_u32(&w, target);
}

static void transmit(struct fp_path *f, uint16_t ifindex, struct pkt *p)
{
	p->len = (uint16_t)(ETH_HDR + f->iface[ifindex].tags_len + ARP_LEN);
	fp_sent(f, &f->iface[ifindex], p);
}

static void request(struct fp_path *f, uint16_t ifindex, uint32_t target)
{
	struct pkt *p = fp_new_pkt(f);

	if (!p)
		return;
	build(pkt_data(p), &f->iface[ifindex], everybody, ARP_REQUEST, nobody, target);
	transmit(f, ifindex, p);
}

void fp_arp_announce(struct fp_path *f, uint16_t ifindex)
{
	request(f, ifindex, f->iface[ifindex].ip);
}

static void ask(struct fp_path *f, struct fp_arp *e)
{
	e->tries++;
	timer_set(f->wheel, &e->timer, time_add(f->now, dur_s(FP_ARP_RETRY_S)));
	request(f, e->ifindex, e->ip);
}

uint32_t fp_arp_resolve(struct fp_path *f, uint16_t ifindex, uint32_t ip, struct pkt *p)
{
	uint32_t n = fp_arp_find(&f->arps, ifindex, ip);
	bool fresh = n == 0;

	if (!fresh && f->arps.entry[n].state != FP_ARP_INCOMPLETE)
		return n;
	if (fresh)
		n = take_entry(f, ifindex, ip);
	if (!n) {
		fp_drop(f, p, FP_DROP_ARP_FULL);
		return 0;
	}

	struct fp_arp *e = &f->arps.entry[n];

	if (e->n_pending == FP_ARP_PENDING || f->arps.waiting == FP_ARP_WAITING) {
		fp_drop(f, p, FP_DROP_ARP_QUEUE);
	} else {
		e->pending[e->n_pending++] = p;
		f->arps.waiting++;
	}
	if (fresh)
		ask(f, e);
	return 0;
}

void fp_arp_timer(struct fp_path *f, uint32_t number)
{
	struct fp_arp *e = &f->arps.entry[number];

	switch ((enum fp_arp_state)e->state) {
	case FP_ARP_FREE:
		break;
	case FP_ARP_KNOWN:
		e->state = FP_ARP_REFRESH;
		e->tries = 0;
		ask(f, e);
		break;
	case FP_ARP_INCOMPLETE:
	case FP_ARP_REFRESH:
		if (e->tries < FP_ARP_TRIES)
			ask(f, e);
		else
			free_entry(f, number, FP_DROP_ARP_FAILED);
		break;
	}
}

/* ---- receiving ---- */

static bool parse(const struct pkt *p, struct arp_msg *m)
{
	struct rd r = rd_init((const uint8_t *)p + p->off, p->len);

	rd_skip(&r, ETH_HDR);

	bool ethernet_ipv4 = rd_u16(&r) == ARP_IPV4_BITS &&
			     rd_u16(&r) == ETHERTYPE_IPV4 && rd_u8(&r) == ETH_ALEN &&
			     rd_u8(&r) == 4;

	m->op = rd_u16(&r);
	rd_copy(&r, m->sender_mac, ETH_ALEN);
	m->sender = rd_u32(&r);
	rd_skip(&r, ETH_ALEN);
	m->target = rd_u32(&r);
	return ethernet_ipv4 && !r.bad && !(m->sender_mac[0] & 1);
}

/* What goes before IPv4 packets to a neighbour. */
static void set_hdr(struct fp_arp *e, const struct fp_iface *i, const uint8_t *mac)
{
	struct wr w = wr_init(e->hdr, sizeof(e->hdr));

	wr_bytes(&w, mac, ETH_ALEN);
	wr_bytes(&w, i->mac, ETH_ALEN);
	wr_bytes(&w, i->tags, i->tags_len);
	wr_u16(&w, ETHERTYPE_IPV4);
	e->hdr_len = (uint8_t)w.len;
}

static void learn(struct fp_path *f, uint32_t n, const uint8_t *mac)
{
	struct fp_arp *e = &f->arps.entry[n];
	unsigned n_pending = e->n_pending;

	if (e->state == FP_ARP_INCOMPLETE || memcmp(e->hdr, mac, ETH_ALEN) != 0)
		f->arps.changes++;
	set_hdr(e, &f->iface[e->ifindex], mac);
	e->state = FP_ARP_KNOWN;
	e->tries = 0;
	e->n_pending = 0;
	f->arps.waiting -= n_pending;
	timer_set(f->wheel, &e->timer, time_add(f->now, dur_s(FP_ARP_AGE_S)));
	for (unsigned i = 0; i < n_pending; i++)
		fp_deliver(f, e, e->pending[i]);
}

/* Sends p back as the answer; its tags, which were taken out, have left room for ours. */
static void reply(struct fp_path *f, struct pkt *p, const struct arp_msg *m)
{
	const struct fp_iface *i = &f->iface[p->ifindex];

	pkt_push(p, i->tags_len);
	build(pkt_data(p), i, m->sender_mac, ARP_REPLY, m->sender_mac, m->sender);
	transmit(f, p->ifindex, p);
}

void fp_arp_input(struct fp_path *f, struct pkt *p)
{
	const struct fp_iface *i = &f->iface[p->ifindex];
	struct arp_msg m;

	if (!parse(p, &m) || (m.op != ARP_REQUEST && m.op != ARP_REPLY) ||
		m.sender == i->ip || (m.sender != 0 && !fp_iface_has(i, m.sender))) {
		fp_drop(f, p, FP_DROP_ARP);
		return;
	}

	bool asks_us = m.op == ARP_REQUEST && m.target == i->ip;
	uint32_t n = fp_arp_find(&f->arps, p->ifindex, m.sender);

	if (!n && asks_us && m.sender)
		n = take_entry(f, p->ifindex, m.sender);
	if (n)
		learn(f, n, m.sender_mac);
	if (asks_us)
		reply(f, p, &m);
	else
		fp_done(f, p);
}

void fp_arp_know(struct fp_path *f, uint16_t ifindex, uint32_t ip, const uint8_t *mac,
	base_time now)
{
	uint32_t n;

	f->now = now;
	if (ifindex >= FP_IFACES_MAX || !f->iface[ifindex].usable)
		return;
	n = fp_arp_find(&f->arps, ifindex, ip);
	if (!n)
		n = take_entry(f, ifindex, ip);
	if (n)
		learn(f, n, mac);
}

void fp_arp_flush(struct fp_path *f, uint16_t ifindex)
{
	for (uint32_t n = 1; n <= f->arps.highest; n++) {
		struct fp_arp *e = &f->arps.entry[n];

		if (e->state != FP_ARP_FREE && e->ifindex == ifindex)
			free_entry(f, n, FP_DROP_PORT_DOWN);
	}
}
