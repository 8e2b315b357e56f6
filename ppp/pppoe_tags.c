/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames of PPPoE: Ethernet header and VLAN tags, and the tags of a discovery packet (RFC 2516
 * appendix A, RFC 4638), read into a struct and written back.
 */
#include "ppp/pppoe_internal.h"

/* ---- Ethernet ---- */

bool pppoe_peer_parse(struct rd *r, uint16_t port, struct pppoe_peer *peer, uint16_t *type)
{
	*peer = (struct pppoe_peer){ .port = port };
	rd_copy(r, peer->ac, ETH_ALEN);
	rd_copy(r, peer->client, ETH_ALEN);
	*type = rd_u16(r);
	while (peer->n_vlan < 2 && (*type == ETHERTYPE_VLAN || *type == ETHERTYPE_QINQ)) {
		peer->tpid[peer->n_vlan] = *type;
		peer->vlan[peer->n_vlan++] = rd_u16(r) & 0x0fff;
		*type = rd_u16(r);
	}
	return !r->bad;
}

void pppoe_peer_build(struct wr *w, const struct pppoe_peer *peer, uint16_t type)
{
	wr_bytes(w, peer->client, ETH_ALEN);
	wr_bytes(w, peer->ac, ETH_ALEN);
	for (unsigned i = 0; i < peer->n_vlan; i++) {
		wr_u16(w, peer->tpid[i]);
		wr_u16(w, peer->vlan[i]);
	}
	wr_u16(w, type);
}

bool pppoe_peer_equal(const struct pppoe_peer *a, const struct pppoe_peer *b)
{
	return a->port == b->port && a->n_vlan == b->n_vlan && a->vlan[0] == b->vlan[0] &&
	       a->vlan[1] == b->vlan[1] && !memcmp(a->client, b->client, ETH_ALEN) &&
	       !memcmp(a->ac, b->ac, ETH_ALEN);
}

/* ---- reading ---- */

/* A tag that must come once: the first counts. */
static void first(struct rd *to, bool *has, const struct pppoe_tag *tag)
{
	if (!*has)
		*to = tag->value;
	*has = true;
}

/* What is not of our vendor, or not to be read, is passed over (RFC 2516: it MAY be ignored). */
static void vendor(struct pppoe_tags *t, struct rd value)
{
	uint32_t id = rd_u32(&value);
	struct pppoe_line_info line;

	if (value.bad) {
		t->bad_vendor++;
		return;
	}
	if (id != PPPOE_VENDOR_LINE || t->has_line)
		return;
	if (pppoe_line_parse(&value, &line)) {
		t->line = line;
		t->has_line = true;
	} else {
		t->bad_vendor++;
	}
}

static bool take(struct pppoe_tags *t, struct pppoe_tag *tag)
{
	switch (tag->type) {
	case PPPOE_TAG_SERVICE_NAME:
		if (!t->n_services++)
			t->service = tag->value;
		return true;
	case PPPOE_TAG_HOST_UNIQ:
		first(&t->host_uniq, &t->has_host_uniq, tag);
		return true;
	case PPPOE_TAG_AC_COOKIE:
		first(&t->cookie, &t->has_cookie, tag);
		return true;
	case PPPOE_TAG_RELAY_ID:
		first(&t->relay, &t->has_relay, tag);
		return rd_left(&tag->value) <= PPPOE_RELAY_ID_MAX;
	case PPPOE_TAG_GENERIC_ERROR:
		first(&t->generic_error, &t->has_generic_error, tag);
		return true;
	case PPPOE_TAG_MAX_PAYLOAD:
		t->max_payload = rd_u16(&tag->value);
		return !tag->value.bad && !rd_left(&tag->value);
	case PPPOE_TAG_VENDOR:
		vendor(t, tag->value);
		return true;
	default:
		return true; /* RFC 2516, section 5: what is not known is ignored */
	}
}

bool pppoe_tags_parse(struct rd *r, struct pppoe_tags *t)
{
	struct pppoe_tag tag;
	unsigned n = 0;

	memset(t, 0, sizeof(*t));
	while (pppoe_tag_next(r, &tag))
		if (++n > PPPOE_TAGS_MAX || !take(t, &tag))
			return false;
	return !r->bad;
}

/* ---- writing ---- */

void pppoe_packet_open(
	struct pppoe_packet *p, const struct pppoe_peer *peer, uint8_t code, uint16_t sid)
{
	p->w = wr_init(p->buf, sizeof(p->buf));
	pppoe_peer_build(&p->w, peer, ETHERTYPE_PPPOE_DISC);
	p->hdr = p->w.len;
	pppoe_hdr_build(&p->w, code, sid, 0);
}

bool pppoe_packet_close(struct pppoe_packet *p)
{
	size_t len = p->w.len - p->hdr - PPPOE_HDR;

	if (len > PPPOE_PAYLOAD_MAX)
		p->w.bad = true;
	wr_set_u16(&p->w, p->hdr + PPPOE_LEN_AT, (uint16_t)len);
	return !p->w.bad;
}

void pppoe_packet_echo(struct pppoe_packet *p, const struct pppoe_tags *t)
{
	if (t->has_host_uniq)
		pppoe_tag_build(&p->w, PPPOE_TAG_HOST_UNIQ, t->host_uniq.p,
			rd_left(&t->host_uniq));
	if (t->has_relay)
		pppoe_tag_build(
			&p->w, PPPOE_TAG_RELAY_ID, t->relay.p, rd_left(&t->relay));
}
