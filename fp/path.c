/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The burst pipeline.
 *
 * What a packet costs is waiting for memory: its headers, a bucket of the index, the two
 * lines of its session.  So a burst goes through three stages, each of which only asks for
 * what the next one needs: classify() reads headers and prefetches buckets, look_up() reads
 * buckets and prefetches entries, finish() rewrites and decides.  Headers are rewritten in
 * place; there is no copy, lock or allocation for a packet that is merely forwarded, and
 * payloads are not summed (the UDP checksum of L2TP data is 0 going out and not verified
 * coming in).
 *
 * What the L2TP path shares with PPPoE is inline in both, each of which is a function of its own.
 *
 * Order: finish() handles packets strictly in order of arrival, also the odd ones (ARP,
 * ICMP, punts), so nothing of a flow overtakes.
 *
 *   port -> decap   -> to us | subscriber (encap) | route -> port
 *   port -> decap   -> the other half of a switched session (encap) -> port
 *   port -> IPv4    -> to us | subscriber (encap) | route -> port
 *   RP   -> inject  -> subscriber (encap) | route -> port
 *
 * Decap and encap are those of L2TP, or of PPPoE (pppoe.c).  Tagged frames are those of a
 * subinterface (vlan.c) and then go the same ways.
 *
 * Headers are read at fixed offsets after one check of the length: this file, and this
 * module, are the exception from cursors everywhere, for speed.
 */
#include "fp/internal.h"
#include "l2tp/wire.h"
#include "ppp/wire.h"

enum work_kind {
	WORK_DROP, /* `what` says why */
	WORK_ARP,
	WORK_CONTROL, /* L2TP control to us */
	WORK_DATA,    /* L2TP data to us */
	WORK_PPPOE,   /* a PPPoE session packet */
	WORK_DISCOVERY,
	WORK_LOCAL,   /* something else to us */
	WORK_FORWARD,
};

/* A packet between the stages. */
struct work {
	struct pkt *p;
	uint8_t kind;      /* enum work_kind */
	uint8_t what;      /* enum fp_drop */
	uint8_t hdr_len;   /* of the IPv4 header at data */
	uint8_t ppp_len;   /* of the PPP header */
	uint16_t protocol; /* of PPP */
	uint16_t off, len; /* of the PPP frame from the IPv4 header */
	uint16_t bits, ns; /* of L2TP */
	uint16_t tunnel;
	uint16_t ifindex; /* PPPoE: the interface that has it */
	uint16_t sport, dport;
	uint32_t src;
	uint32_t dst;     /* where it goes to in the end: inner address of data */
	uint64_t key;     /* of the session it comes from */
	uint32_t session; /* it comes from; 0 unknown */
	uint32_t next;    /* session it goes to; 0 none */
};

/* Distances between the stages: what is asked for should be there when its turn comes, and
 * never so much at once that the memory system refuses more. */
enum {
	AHEAD = 10,      /* packets prefetched before they are parsed */
	LOOK_UP_LAG = 8, /* packets that stage 2 is behind stage 1 */
	FINISH_LAG = 16, /* and stage 3 */
};

/* ---- checks ---- */

static inline uint64_t sum_words(const uint8_t *p, unsigned n)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i += 4) {
		uint32_t word;

		memcpy(&word, p + i, 4);
		sum += word;
	}
	return sum;
}

static bool sum_is_right(const uint8_t *p, unsigned n)
{
	uint64_t sum = n == IPV4_HDR ? sum_words(p, IPV4_HDR) : sum_words(p, n);

	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

unsigned fp_ip_check(struct pkt *p)
{
	const uint8_t *h = pkt_data(p);

	if (p->len < IPV4_HDR || h[0] >> 4 != 4)
		return 0;

	unsigned hdr_len = (h[0] & 0x0fu) * 4;
	unsigned total = be16(h + 2);

	if (hdr_len < IPV4_HDR || total < hdr_len || total > p->len ||
		!sum_is_right(h, hdr_len))
		return 0;
	p->len = (uint16_t)total;
	return hdr_len;
}

/* This host, loopback, multicast and above cannot be where a packet is from. */
static bool source_is_possible(uint32_t src)
{
	uint32_t top = src >> 24;

	return top != 0 && top != 127 && top < 224;
}

static bool may_be_subscriber(const struct fp_sessions *t, uint32_t ip)
{
	return ip >= t->lowest_ip && ip <= t->highest_ip;
}

/* ---- stage 1: headers ---- */

static void refuse(struct work *w, enum fp_drop why)
{
	w->kind = WORK_DROP;
	w->what = (uint8_t)why;
}

/* The PPP frame inside: `r` is at it. */
static inline void parse_ppp(const struct fp_path *f, struct work *w, struct rd *r)
{
	const uint8_t *ip = pkt_data(w->p);
	struct rd frame = *r;

	w->off = (uint16_t)(r->p - ip);
	w->len = (uint16_t)rd_left(r);
	if (!ppp_hdr_parse(r, &w->protocol)) {
		refuse(w, FP_DROP_PPP);
		return;
	}
	w->ppp_len = (uint8_t)(r->p - frame.p);
	if (w->protocol != PPP_IPV4 || rd_left(r) < IPV4_HDR)
		return;
	w->dst = be32(r->p + 16);
	if (may_be_subscriber(&f->sessions, w->dst))
		index_prefetch(f->sessions.downstream, w->dst);
}

/* A UDP datagram to an L2TP port. */
static void parse_l2tp(const struct fp_path *f, struct work *w)
{
	const uint8_t *ip = pkt_data(w->p);
	const uint8_t *udp = ip + w->hdr_len;
	unsigned len = be16(udp + 4);
	struct l2tp_hdr h;

	if (len < UDP_HDR || len > (unsigned)w->p->len - w->hdr_len) {
		refuse(w, FP_DROP_L2TP_HEADER);
		return;
	}

	struct rd r = rd_init(udp + UDP_HDR, len - UDP_HDR);

	if (!l2tp_hdr_parse(&r, &h)) {
		refuse(w, FP_DROP_L2TP_HEADER);
		return;
	}
	if (l2tp_is_control(&h)) {
		w->kind = WORK_CONTROL;
		return;
	}
	w->kind = WORK_DATA;
	w->src = be32(ip + 12);
	w->sport = be16(udp);
	w->bits = h.bits;
	w->ns = h.ns;
	w->tunnel = h.tunnel;
	w->key = fp_upstream_key(w->src, h.tunnel, h.session);
	index_prefetch(f->sessions.upstream, w->key);
	parse_ppp(f, w, &r);
}

/* Where the outer header will be written. */
static inline void prefetch_headroom(const struct pkt *p)
{
	__builtin_prefetch((const uint8_t *)p + p->off - FP_OUTER_MAX - ETH_HDR, 1);
}

/* i: the interface that has it; the packet is eth_len octets further on. */
static inline void classify_ipv4(const struct fp_path *f, struct work *w,
	const struct fp_iface *i, unsigned eth_len, bool group)
{
	struct pkt *p = w->p;

	if (!i->usable) {
		refuse(w, FP_DROP_IFACE_DOWN);
		return;
	}
	pkt_pull(p, eth_len);
	w->hdr_len = (uint8_t)fp_ip_check(p);
	if (!w->hdr_len) {
		refuse(w, FP_DROP_IP_HEADER);
		return;
	}

	const uint8_t *ip = pkt_data(p);

	w->dst = be32(ip + 16);
	if (!source_is_possible(be32(ip + 12))) {
		refuse(w, FP_DROP_IP_SOURCE);
	} else if (group) {
		refuse(w, FP_DROP_BROADCAST);
	} else if (!fp_is_local(f, w->dst)) {
		w->kind = WORK_FORWARD;
		if (G_UNLIKELY(i->mss))
			fp_mss_clamp(p, i->mss);
		if (may_be_subscriber(&f->sessions, w->dst)) {
			index_prefetch(f->sessions.downstream, w->dst);
			prefetch_headroom(p);
		}
	} else {
		w->kind = WORK_LOCAL;
		if (ip[9] != IPPROTO_NUM_UDP ||
			be16(ip + 6) & (IPV4_MF | IPV4_OFFSET) ||
			p->len < w->hdr_len + UDP_HDR)
			return;
		w->dport = be16(ip + w->hdr_len + 2);
		if (fp_is_l2tp_port(f, w->dport))
			parse_l2tp(f, w);
	}
}

static void classify_session(
	struct fp_path *f, struct work *w, const struct fp_tags *t, bool group)
{
	struct rd frame;
	uint16_t sid;

	if (group || !fp_pppoe_parse(w->p, t, &sid, &frame)) {
		refuse(w, group ? FP_DROP_NOT_OURS : FP_DROP_PPPOE);
		return;
	}
	w->kind = WORK_PPPOE;
	w->key = fp_pppoe_key(w->p->ifindex, sid);
	index_prefetch(f->sessions.pppoe, w->key);
	parse_ppp(f, w, &frame);
}

/* Frames with tags, and all that is not IPv4. */
static G_GNUC_NO_INLINE void classify_other(struct fp_path *f, struct work *w, bool group)
{
	struct pkt *p = w->p;
	struct fp_iface *i;
	struct fp_tags t;

	if (!fp_tags_read(p, &t)) {
		refuse(w, FP_DROP_SHORT);
		return;
	}
	w->ifindex = fp_vlan_find(f, p->ifindex, &t);
	i = &f->iface[w->ifindex];
	if (!w->ifindex || !i->linked) {
		refuse(w, w->ifindex ? FP_DROP_IFACE_DOWN : FP_DROP_TAGGED);
		return;
	}
	if (w->ifindex != p->ifindex) {
		i->rx_packets++;
		i->rx_bytes += p->len;
	}
	switch (t.type) {
	case ETHERTYPE_PPPOE_SESS:
		classify_session(f, w, &t, group);
		break;
	case ETHERTYPE_PPPOE_DISC:
		w->kind = WORK_DISCOVERY;
		break;
	case ETHERTYPE_IPV4:
		p->ifindex = w->ifindex;
		classify_ipv4(f, w, i, t.off, group);
		break;
	case ETHERTYPE_ARP:
		p->ifindex = w->ifindex;
		fp_tags_take_off(p, &t);
		w->kind = WORK_ARP;
		if (!i->usable)
			refuse(w, FP_DROP_IFACE_DOWN);
		break;
	default:
		refuse(w, t.n == 2 ? FP_DROP_TAGGED : FP_DROP_ETHERTYPE);
	}
}

static void classify(struct fp_path *f, struct work *w, struct pkt *p)
{
	const uint8_t *eth = pkt_data(p);

	*w = (struct work){ .p = p };
	p->session = 0;
	p->tunnel = 0;
	if (p->ifindex >= IFINDEX_OTHER || !f->iface[p->ifindex].linked) {
		refuse(w, FP_DROP_IFACE_DOWN);
		return;
	}

	struct fp_iface *i = &f->iface[p->ifindex];

	i->rx_packets++;
	i->rx_bytes += p->len;
	if (p->len < ETH_HDR) {
		refuse(w, FP_DROP_SHORT);
		return;
	}

	bool group = eth[0] & 1;

	if (!group && memcmp(eth, i->mac, ETH_ALEN) != 0)
		refuse(w, FP_DROP_NOT_OURS);
	else if (G_LIKELY(be16(eth + 12) == ETHERTYPE_IPV4 && !i->native))
		classify_ipv4(f, w, i, ETH_HDR, group);
	else
		classify_other(f, w, group);
}

/* ---- stage 2: tables ---- */

static inline void prefetch_entry(const struct fp_sessions *t, uint32_t index)
{
	const uint8_t *e = (const uint8_t *)&t->entry[index];

	__builtin_prefetch(e, 1);
	__builtin_prefetch(e + 64, 1);
}

static void look_up(struct fp_path *f, struct work *w)
{
	struct fp_sessions *t = &f->sessions;

	if (w->kind != WORK_DATA && w->kind != WORK_FORWARD && w->kind != WORK_PPPOE)
		return;
	if (w->kind != WORK_FORWARD) {
		w->session =
			index_get(w->kind == WORK_DATA ? t->upstream : t->pppoe, w->key);
		if (w->session)
			prefetch_entry(t, w->session);
	}
	if (w->dst && may_be_subscriber(t, w->dst)) {
		w->next = index_get(t->downstream, w->dst);
		if (w->next)
			prefetch_entry(t, w->next);
	}
}

/* ---- stage 3: rewriting ---- */

static bool is_group(uint32_t ip)
{
	return ip >= 0xe0000000;
}

/* An IPv4 packet that is not for us. */
static void forward(struct fp_path *f, struct pkt *p, uint32_t dst, uint32_t next)
{
	uint8_t *ip = pkt_data(p);

	if (is_group(dst)) {
		fp_drop(f, p, FP_DROP_BROADCAST);
		return;
	}
	if (ip[8] <= 1) {
		fp_icmp_error(f, p, ICMP_TIME_EXCEEDED, 0, 0);
		fp_drop(f, p, FP_DROP_TTL);
		return;
	}
	fp_ttl_step(ip);
	if (next)
		fp_encap(f, next, p);
	else
		fp_route_output(f, p, dst);
}

static void hear(struct fp_path *f, uint16_t tunnel)
{
	struct fp_tunnel *t = &f->sessions.tunnel[tunnel];

	if (t->heard)
		return;
	t->heard = 1;
	f->heard[f->n_heard++] = tunnel;
}

static enum fp_drop why_unknown(const struct fp_path *f, const struct work *w)
{
	if (!fp_tunnel_known(&f->sessions, w->tunnel))
		return FP_DROP_TUNNEL;
	return f->sessions.tunnel[w->tunnel].remote_ip != w->src ? FP_DROP_PEER
								 : FP_DROP_SESSION;
}

/* RFC 2661 section 5.4: a required number must be there, and none must be an old one.  A LAC that
 * did not require them follows what the LNS does; what is early is taken as it is, so that a
 * lost packet holds nothing up. */
static bool number_is_right(struct fp_session *s, const struct work *w)
{
	const uint8_t any = FIB_SESSION_SEQ_REQUIRED | FIB_SESSION_SEQ_MIRROR |
			    FIB_SESSION_SEQ_DROP;

	if (!(s->flags & any))
		return true;
	if (s->flags & FIB_SESSION_SEQ_MIRROR)
		fp_session_set_numbered(
			s, w->bits & L2TP_S || s->flags & FIB_SESSION_SEQ_TX);
	if (!(w->bits & L2TP_S))
		return !(s->flags & FIB_SESSION_SEQ_REQUIRED);
	if (s->state & FP_SESSION_NR_KNOWN && (int16_t)(w->ns - s->nr) < 0)
		return false;
	s->nr = (uint16_t)(w->ns + 1);
	s->state |= FP_SESSION_NR_KNOWN;
	return true;
}

static inline void decap_ipv4(struct fp_path *f, struct fp_session *s, struct work *w)
{
	struct pkt *p = w->p;

	if (s->state & FP_SESSION_STOPPED) {
		fp_session_drop(f, s, p, FP_DROP_STOPPED);
		return;
	}
	if (!(s->flags & FIB_SESSION_OPEN)) {
		fp_session_drop(f, s, p, FP_DROP_CLOSED);
		return;
	}
	pkt_pull(p, w->ppp_len);

	unsigned hdr_len = fp_ip_check(p);
	uint8_t *ip = pkt_data(p);

	if (!hdr_len) {
		fp_session_drop(f, s, p, FP_DROP_INNER_IP);
		return;
	}

	uint32_t src = be32(ip + 12);

	if (!source_is_possible(src)) {
		fp_session_drop(f, s, p, FP_DROP_IP_SOURCE);
		return;
	}
	if (s->flags & FIB_SESSION_SOURCE_CHECK && src != s->subscriber_ip) {
		fp_session_drop(f, s, p, FP_DROP_SPOOF);
		return;
	}
	s->rx_packets++;
	s->rx_bytes += p->len;
	if (G_UNLIKELY(s->mss))
		fp_mss_clamp(p, s->mss);
	if (fp_is_local(f, w->dst))
		fp_local_input(f, p, hdr_len);
	else
		forward(f, p, w->dst, w->next);
}

/* The other half of a switched session, if it goes along with it. */
static struct fp_session *mate_of(const struct fp_path *f, uint32_t index)
{
	const struct fp_session *s = &f->sessions.entry[index];
	struct fp_session *mate = fp_sessions_get(&f->sessions, s->mate);

	return mate && mate->flags & FIB_SESSION_SWITCHED && mate->mate == index ? mate
										 : NULL;
}

/* On an L2TP session frames have FF 03, on a PPPoE session none (there it is taken off). */
static void put_ff03(const struct fp_session *from, const struct fp_session *to, struct pkt *p)
{
	if (from->state & ~to->state & FP_SESSION_PPPOE && be16(pkt_data(p)) != 0xff03)
		put_u16(pkt_push(p, 2), 0xff03);
}

/* A PPP frame of one tunnel or client goes on in another tunnel or to its client, whatever it
 * is (tunnel switching). */
static inline void switch_frame(struct fp_path *f, struct fp_session *s, struct work *w)
{
	struct fp_session *mate = mate_of(f, w->session);
	struct pkt *p = w->p;

	if ((s->state | (mate ? mate->state : 0)) & FP_SESSION_STOPPED) {
		fp_session_drop(f, s, p, FP_DROP_STOPPED);
		return;
	}
	if (!mate || pkt_headroom(p) < FP_OUTER_MAX + FP_ETH_MAX) {
		fp_session_drop(f, s, p, FP_DROP_CLOSED);
		return;
	}
	if (w->tunnel)
		hear(f, w->tunnel);
	s->rx_packets++;
	s->rx_bytes += p->len;
	put_ff03(s, mate, p);
	mate->tx_packets++;
	mate->tx_bytes += p->len;
	fp_encap_ppp(f, s->mate, p);
}

static bool is_switched(const struct fp_session *s)
{
	const uint8_t both = FIB_SESSION_SWITCHED | FIB_SESSION_OPEN;

	return (s->flags & both) == both;
}

static void decap(struct fp_path *f, struct work *w)
{
	struct pkt *p = w->p;

	if (!w->session) {
		fp_drop(f, p, why_unknown(f, w));
		return;
	}

	struct fp_session *s = &f->sessions.entry[w->session];

	if (s->remote_port != w->sport || s->local_port != w->dport) {
		fp_session_drop(f, s, p, FP_DROP_PEER);
		return;
	}
	if (!number_is_right(s, w)) {
		fp_session_drop(f, s, p, FP_DROP_SEQUENCE);
		return;
	}
	p->session = w->session;
	p->tunnel = w->tunnel;
	pkt_pull(p, w->off);
	p->len = w->len;
	if (is_switched(s)) {
		switch_frame(f, s, w);
	} else if (w->protocol == PPP_IPV4) {
		hear(f, w->tunnel); /* link echoes of idle subscribers do not put HELLOs off */
		decap_ipv4(f, s, w);
	} else {
		fp_ppp_input(f, w->session, p, w->protocol, w->ppp_len);
	}
}

static G_GNUC_NO_INLINE void decap_pppoe(struct fp_path *f, struct work *w)
{
	struct pkt *p = w->p;
	struct fp_session *s = &f->sessions.entry[w->session];

	if (!w->session || !fp_pppoe_is_from(s, p, w->off)) {
		fp_pppoe_unknown(f, p, w->ifindex);
		return;
	}
	p->session = w->session;
	pkt_pull(p, w->off);
	p->len = w->len;
	if (is_switched(s))
		switch_frame(f, s, w);
	else if (w->protocol == PPP_IPV4)
		decap_ipv4(f, s, w);
	else
		fp_ppp_input(f, w->session, p, w->protocol, w->ppp_len);
}

static void finish(struct fp_path *f, struct work *w)
{
	switch ((enum work_kind)w->kind) {
	case WORK_DATA:
		decap(f, w);
		break;
	case WORK_PPPOE:
		decap_pppoe(f, w);
		break;
	case WORK_DISCOVERY:
		fp_pppoe_discovery(f, w->p, w->ifindex);
		break;
	case WORK_FORWARD:
		forward(f, w->p, w->dst, w->next);
		break;
	case WORK_CONTROL:
		fp_l2tp_control(f, w->p, w->hdr_len);
		break;
	case WORK_LOCAL:
		fp_local_input(f, w->p, w->hdr_len);
		break;
	case WORK_ARP:
		fp_arp_input(f, w->p);
		break;
	case WORK_DROP:
		if (w->p->ifindex < FP_IFACES_MAX)
			f->iface[w->p->ifindex].drops++;
		fp_drop(f, w->p, w->what);
		break;
	}
}

void fp_l2tp_data(struct fp_path *f, struct pkt *p, unsigned hdr_len)
{
	struct work w = { .p = p, .hdr_len = (uint8_t)hdr_len };

	w.dport = be16(pkt_data(p) + hdr_len + 2);
	parse_l2tp(f, &w);
	look_up(f, &w);
	finish(f, &w);
}

static inline void prefetch_pkt(const struct pkt *p)
{
	const uint8_t *b = (const uint8_t *)p;

	__builtin_prefetch(b, 1);
	__builtin_prefetch(b + PKT_META + PKT_HEADROOM, 1);
	__builtin_prefetch(b + PKT_META + PKT_HEADROOM + 32, 1);
}

void fp_path_burst(struct fp_path *f, struct pkt **pkts, unsigned n, base_time now,
	struct fp_sink *out)
{
	struct work w[PKT_BURST];

	g_assert(n <= PKT_BURST);
	f->now = now;
	f->out = out;
	out->n = 0;

	unsigned to_look_up = MIN(LOOK_UP_LAG, n);
	unsigned to_finish = MIN(FINISH_LAG, n);

	for (unsigned i = 0; i < n && i < AHEAD; i++)
		prefetch_pkt(pkts[i]);
	for (unsigned i = 0; i < n + to_finish; i++) {
		if (i + AHEAD < n)
			prefetch_pkt(pkts[i + AHEAD]);
		if (i < n)
			classify(f, &w[i], pkts[i]);
		if (i >= to_look_up && i - to_look_up < n)
			look_up(f, &w[i - to_look_up]);
		if (i >= to_finish)
			finish(f, &w[i - to_finish]);
	}
}

/* ---- from RPs ---- */

static void inject_ip(struct fp_path *f, struct pkt *p)
{
	if (!fp_ip_check(p) || pkt_headroom(p) < FP_OUTER_MAX + FP_ETH_MAX ||
		fp_is_local(f, be32(pkt_data(p) + 16)))
		fp_drop(f, p, FP_DROP_INJECT);
	else
		fp_output(f, p);
}

static void inject_ppp(struct fp_path *f, struct pkt *p, uint32_t index)
{
	if (p->len < 2 || pkt_headroom(p) < FP_OUTER_MAX + FP_ETH_MAX)
		fp_drop(f, p, FP_DROP_INJECT);
	else if (!fp_sessions_get(&f->sessions, index))
		fp_drop(f, p, FP_DROP_INJECT_GONE);
	else
		fp_encap_ppp(f, index, p);
}

void fp_path_inject(struct fp_path *f, struct pkt **pkts, unsigned n, base_time now,
	struct fp_sink *out)
{
	f->now = now;
	f->out = out;
	out->n = 0;
	for (unsigned i = 0; i < n && i < PKT_BURST; i++) {
		struct pkt *p = pkts[i];
		uint32_t index = p->session;
		uint16_t port = p->ifindex;

		p->session = 0;
		p->ifindex = 0;
		if (p->flags & PKT_INJECT_IP)
			inject_ip(f, p);
		else if (p->flags & PKT_INJECT_PPP)
			inject_ppp(f, p, index);
		else if (p->flags & PKT_INJECT_ETHER)
			fp_inject_ether(f, p, port);
		else
			fp_drop(f, p, FP_DROP_INJECT);
	}
}
