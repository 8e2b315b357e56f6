/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPPoE in the forwarding processor (RFC 2516): session packets of clients in, and out to them.
 *
 * A session is found by (port, session id); the packet must then come from its client's MAC
 * address with its tags.  The template of an entry is the whole header of an IPv4 packet to the
 * client, Ethernet addresses (ours is patched, it is the port's), tags, PPPoE and PPP:
 *
 *   client(6) ours(6) [tpid vlan [tpid vlan]] 8864  11 00 session(2) length(2)  0021
 *
 * Discovery is the RP's; so is a packet of an unknown session, at a rate of its own, so that it
 * can tell the client (PADT) and a flood of them leaves discovery alone.
 */
#include "fp/internal.h"
#include "ppp/wire.h"

enum {
	VID = 0x0fff,
	PROTOCOL = 2, /* octets of PPP's */
	PLAIN = ETH_HDR + PPPOE_HDR + PROTOCOL, /* template without tags */
	SRC_AT = ETH_ALEN,
	TAGS_AT = 2 * ETH_ALEN,
};

bool fp_pppoe_parse(
	const struct pkt *p, const struct fp_tags *t, uint16_t *sid, struct rd *frame)
{
	struct rd r = rd_init((const uint8_t *)p + p->off, p->len);
	struct pppoe_hdr h;

	rd_skip(&r, t->off);
	if (!pppoe_hdr_parse(&r, &h) || h.code != PPPOE_SESSION)
		return false;
	*sid = h.session;
	*frame = r;
	return true;
}

static unsigned tags_len(const struct fp_session *s)
{
	return s->outer_len - (unsigned)PLAIN;
}

/* The tags have been read: as many as the entry's when what follows them is where its template
 * has it. */
bool fp_pppoe_is_from(const struct fp_session *s, const struct pkt *p, unsigned frame_at)
{
	const uint8_t *eth = (const uint8_t *)p + p->off;

	if (frame_at != s->outer_len - (unsigned)PROTOCOL ||
		memcmp(eth + SRC_AT, s->outer, ETH_ALEN) != 0)
		return false;
	for (unsigned at = TAGS_AT; at < TAGS_AT + tags_len(s); at += FP_TAG)
		if ((be16(eth + at + 2) ^ be16(s->outer + at + 2)) & VID)
			return false;
	return true;
}

/* ---- to the RP ---- */

void fp_pppoe_discovery(struct fp_path *f, struct pkt *p, uint16_t ifindex)
{
	if (f->iface[ifindex].pppoe)
		fp_punt(f, p, PKT_CLASS_DISCOVERY);
	else
		fp_drop(f, p, FP_DROP_PPPOE_OFF);
}

void fp_pppoe_unknown(struct fp_path *f, struct pkt *p, uint16_t ifindex)
{
	if (f->iface[ifindex].pppoe && police_take(&f->unknown_pppoe, f->now))
		fp_punt(f, p, PKT_CLASS_DISCOVERY);
	else
		fp_drop(f, p, FP_DROP_PPPOE_SESSION);
}

/* ---- entries ---- */

void fp_pppoe_build(struct fp_session *s, const struct msg_fib_session *m)
{
	struct wr w = wr_init(s->outer, sizeof(s->outer));
	unsigned n = MIN(m->n_vlan, 2);

	wr_u16(&w, (uint16_t)(m->client >> 32));
	wr_u32(&w, (uint32_t)m->client);
	wr_u16(&w, 0); /* ours */
	wr_u32(&w, 0);
	for (unsigned i = 0; i < n; i++) {
		wr_u16(&w, (uint16_t)(m->tpid >> (16 - 16 * i)));
		wr_u16(&w, (uint16_t)(m->vlan >> (16 - 16 * i)));
	}
	wr_u16(&w, ETHERTYPE_PPPOE_SESS);
	pppoe_hdr_build(&w, PPPOE_SESSION, m->pppoe_sid, 0);
	wr_u16(&w, PPP_IPV4);
	s->outer_len = (uint8_t)w.len;
	s->out_epoch = 0;
}

void fp_pppoe_config(const struct fp_session *s, struct msg_fib_session *m)
{
	unsigned n = tags_len(s) / FP_TAG;

	m->flags |= FIB_SESSION_PPPOE;
	m->ifindex = s->ifindex;
	m->pppoe_sid = be16(s->outer + s->outer_len - PROTOCOL - 4);
	m->client = (uint64_t)be16(s->outer) << 32 | be32(s->outer + 2);
	m->n_vlan = (uint8_t)n;
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *tag = s->outer + TAGS_AT + FP_TAG * i;

		m->tpid |= (uint32_t)be16(tag) << (16 - 16 * i);
		m->vlan |= (uint32_t)be16(tag + 2) << (16 - 16 * i);
	}
}

/* ---- to the client ---- */

static struct fp_iface *find_out(struct fp_path *f, struct fp_session *s)
{
	const uint8_t *tag = s->outer + TAGS_AT;
	struct fp_tags t = { .n = (uint8_t)(tags_len(s) / FP_TAG) };

	if (G_UNLIKELY(s->out_epoch != f->epoch)) {
		for (unsigned i = 0; i < t.n; i++)
			t.vid[i] = be16(tag + FP_TAG * i + 2) & VID;
		s->out = fp_vlan_find(f, s->ifindex, &t);
		s->out_epoch = f->epoch;
	}
	return s->out ? &f->iface[s->out] : NULL;
}

/* p is at its PPP payload, or at the protocol field when the template's is not wanted. */
static void send_frame(
	struct fp_path *f, struct fp_session *s, struct pkt *p, unsigned hdr_len)
{
	struct fp_iface *i = find_out(f, s);
	unsigned ppp_at = s->outer_len - (unsigned)PROTOCOL;
	unsigned ppp_len = p->len + hdr_len - ppp_at;
	uint8_t *h;

	if (!i || !i->linked) {
		fp_session_drop(f, s, p, FP_DROP_PORT_DOWN);
		return;
	}
	if (ppp_len + PPPOE_HDR > i->mtu) {
		fp_session_drop(f, s, p, FP_DROP_MTU);
		return;
	}
	h = pkt_push(p, hdr_len);
	memcpy(h, s->outer, hdr_len);
	memcpy(h + SRC_AT, i->mac, ETH_ALEN);
	put_u16(h + ppp_at - 2, (uint16_t)ppp_len);
	fp_sent(f, i, p);
}

void fp_pppoe_send(struct fp_path *f, struct fp_session *s, struct pkt *p)
{
	send_frame(f, s, p, s->outer_len);
}

/* RFC 2516 section 4: the PPP frame begins with the protocol field. */
void fp_pppoe_send_ppp(struct fp_path *f, struct fp_session *s, struct pkt *p)
{
	if (p->len > PROTOCOL && be16(pkt_data(p)) == 0xff03)
		pkt_pull(p, PROTOCOL);
	send_frame(f, s, p, s->outer_len - (unsigned)PROTOCOL);
}

void fp_inject_ether(struct fp_path *f, struct pkt *p, uint16_t ifindex)
{
	struct fp_tags t;
	uint16_t out;

	if (p->len < ETH_HDR || ifindex == 0 || ifindex >= IFINDEX_OTHER ||
		!fp_tags_read(p, &t)) {
		fp_drop(f, p, FP_DROP_INJECT);
		return;
	}
	if (!f->iface[ifindex].linked) {
		fp_drop(f, p, FP_DROP_PORT_DOWN);
		return;
	}
	out = fp_vlan_find(f, ifindex, &t);
	fp_sent(f, &f->iface[out ? out : ifindex], p);
}
