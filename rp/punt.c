/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets between the FP and the engines.  What the FP punts is an IPv4 packet for one of our
 * addresses, or a PPP frame of a known session; what we inject is the same the other way round.
 * Everything an RP sends to the outside leaves through here, so the FP can silence a fenced RP.
 */
#include "base/net.h"
#include "rp/access.h"
#include "rp/internal.h"

#include <string.h>

static bool input_udp(struct rp *rp, struct pkt *p, base_time now)
{
	struct rd r = rd_init(pkt_data(p), p->len);
	struct ipv4_hdr ip;
	struct udp_hdr udp;

	if (!ipv4_parse(&r, &ip) || ip.proto != IPPROTO_NUM_UDP || !udp_parse(&r, &ip, &udp)) {
		rp->punt.malformed++;
		return false;
	}

	struct l2tp_path path = {
		.local_ip = ip.dst,
		.remote_ip = ip.src,
		.local_port = udp.dport,
		.remote_port = udp.sport,
	};

	vpdn_input_udp(rp->vpdn, &path, r.p, rd_left(&r), now);
	return true;
}

/* Other IP to us: replies of RADIUS servers, and those that ping waits for. */
static bool input_local(struct rp *rp, struct pkt *p, base_time now)
{
	struct rd r = rd_init(pkt_data(p), p->len);
	struct ipv4_hdr ip;
	struct udp_hdr udp;

	if (!ipv4_parse(&r, &ip) || ip.proto != IPPROTO_NUM_UDP)
		return ping_input(rp, pkt_data(p), p->len);
	if (!udp_parse(&r, &ip, &udp)) {
		rp->punt.malformed++;
		return false;
	}
	if (!vpdn_radius_port(rp->vpdn, udp.dport))
		return false; /* no other service of ours listens there */

	struct l2tp_path path = {
		.local_ip = ip.dst,
		.remote_ip = ip.src,
		.local_port = udp.dport,
		.remote_port = udp.sport,
	};

	vpdn_input_radius(rp->vpdn, &path, r.p, rd_left(&r), now);
	return true;
}

static void input_ether(struct rp *rp, struct pkt *p, base_time now)
{
	struct pppoe_access access;

	access_of(rp, p->ifindex, pkt_data(p), p->len, &access);
	vpdn_input_ether(rp->vpdn, &access, pkt_data(p), p->len, now);
}

bool punt_input(struct rp *rp, struct pkt *p, base_time now)
{
	if (p->class >= PKT_N_CLASSES)
		return false;
	rp->punt.taken[p->class]++;
	switch ((enum pkt_class)p->class) {
	case PKT_CLASS_KEEPALIVE:
	case PKT_CLASS_CONTROL:
	case PKT_CLASS_NEW_TUNNEL:
		return input_udp(rp, p, now);
	case PKT_CLASS_PPP:
		vpdn_input_ppp(rp->vpdn, p->session, pkt_data(p), p->len, now);
		return true;
	case PKT_CLASS_LOCAL:
		return input_local(rp, p, now);
	case PKT_CLASS_DISCOVERY:
		input_ether(rp, p, now);
		return true;
	case PKT_CLASS_NONE:
	case PKT_N_CLASSES:
		break;
	}
	return false;
}

static struct pkt *new_packet(struct rp *rp, uint8_t flags)
{
	struct pkt *p;

	if (rp->fman.fp == SLOT_NONE || pkt_alloc(rp->env, &p, 1) == 0) {
		rp->punt.inject_drops++;
		return NULL;
	}
	p->flags = flags;
	p->term = (uint32_t)rp->term;
	return p;
}

static void inject(struct rp *rp, struct pkt *p)
{
	if (p->len && pkt_tx(rp->env, rp->fman.fp, &p, 1) == 1) {
		rp->punt.injected++;
		return;
	}
	rp->punt.inject_drops++;
	pkt_free(rp->env, &p, 1);
}

void punt_send_udp(struct rp *rp, const struct vpdn_effect *fx)
{
	uint8_t flags = PKT_INJECT_IP |
			(fx->flags & L2TP_SEND_UNCOMMITTED ? PKT_UNCOMMITTED : 0);
	struct pkt *p = new_packet(rp, flags);

	if (!p)
		return;
	p->class = fx->flags & (L2TP_SEND_ZLB | L2TP_SEND_HELLO) ? PKT_CLASS_KEEPALIVE
								: PKT_CLASS_CONTROL;
	p->tunnel = fx->cc;
	if (flags & PKT_UNCOMMITTED && rule_holds(RULE_H3_NUMBER))
		p->mark = (uint32_t)fx->seq;
	p->len = (uint16_t)udp4_build(pkt_data(p), pkt_tailroom(p), fx->path.local_ip,
		fx->path.local_port, fx->path.remote_ip, fx->path.remote_port,
		rp->punt.ip_id++, fx->bytes, fx->len, true);
	inject(rp, p);
}

void punt_send_radius(struct rp *rp, const struct vpdn_effect *fx)
{
	struct pkt *p = new_packet(rp, PKT_INJECT_IP);

	if (!p)
		return;
	p->class = PKT_CLASS_LOCAL;
	p->len = (uint16_t)udp4_build(pkt_data(p), pkt_tailroom(p), fx->path.local_ip,
		fx->path.local_port, fx->path.remote_ip, fx->path.remote_port,
		rp->punt.ip_id++, fx->bytes, fx->len, true);
	inject(rp, p);
}

/* One that does not fit is a drop. */
static void inject_frame(struct rp *rp, struct pkt *p, const struct vpdn_effect *fx)
{
	if (fx->len <= pkt_tailroom(p)) {
		memcpy(pkt_data(p), fx->bytes, fx->len);
		p->len = (uint16_t)fx->len;
	}
	inject(rp, p);
}

void punt_send_ppp(struct rp *rp, const struct vpdn_effect *fx)
{
	struct pkt *p = new_packet(rp, PKT_INJECT_PPP);

	if (!p)
		return;
	p->class = PKT_CLASS_PPP;
	p->session = fx->session;
	inject_frame(rp, p, fx);
}

void punt_send_ether(struct rp *rp, const struct vpdn_effect *fx)
{
	struct pkt *p = new_packet(rp, PKT_INJECT_ETHER);

	if (!p)
		return;
	p->class = PKT_CLASS_DISCOVERY;
	p->ifindex = fx->port;
	inject_frame(rp, p, fx);
}

void punt_send_icmp(struct rp *rp, uint32_t from, uint32_t to, const uint8_t *bytes, size_t len)
{
	struct ipv4_hdr h = {
		.ttl = 255,
		.proto = IPPROTO_NUM_ICMP,
		.id = rp->punt.ip_id++,
		.src = from,
		.dst = to,
	};
	struct pkt *p = new_packet(rp, PKT_INJECT_IP);
	struct wr w;

	if (!p)
		return;
	p->class = PKT_CLASS_LOCAL;
	w = wr_init(pkt_data(p), pkt_tailroom(p));
	ipv4_build(&w, &h, len);
	wr_bytes(&w, bytes, len);
	p->len = w.bad ? 0 : (uint16_t)w.len;
	inject(rp, p);
}
