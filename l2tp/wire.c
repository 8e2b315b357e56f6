/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The L2TPv2 packet header (RFC 2661, section 3.1).  What is malformed here is dropped
 * silently: section 7.1 wants malformed headers discarded, and there is nobody to tell.
 */
#include "l2tp/wire.h"

enum {
	CONTROL_MASK = L2TP_T | L2TP_L | L2TP_S | L2TP_O | L2TP_P | L2TP_VER_MASK,
};

/* Trims r, from which `used` octets were read, to a Length field that counts those too. */
static bool trim(struct rd *r, uint16_t length, size_t used)
{
	if (length < used || length - used > rd_left(r))
		return false;
	*r = rd_sub(r, length - used);
	return true;
}

static bool parse_control(struct rd *r, struct l2tp_hdr *h)
{
	if ((h->bits & CONTROL_MASK) != L2TP_CONTROL_BITS)
		return false;

	uint16_t length = rd_u16(r);

	h->tunnel = rd_u16(r);
	h->session = rd_u16(r);
	h->ns = rd_u16(r);
	h->nr = rd_u16(r);
	return !r->bad && trim(r, length, L2TP_CONTROL_HDR);
}

static bool parse_data(struct rd *r, struct l2tp_hdr *h)
{
	if (h->bits & L2TP_L) {
		uint16_t length = rd_u16(r);

		if (r->bad || !trim(r, length, 4))
			return false;
	}
	h->tunnel = rd_u16(r);
	h->session = rd_u16(r);
	if (h->bits & L2TP_S) {
		h->ns = rd_u16(r);
		h->nr = rd_u16(r);
	}
	if (h->bits & L2TP_O)
		rd_skip(r, rd_u16(r));
	return !r->bad;
}

bool l2tp_hdr_parse(struct rd *r, struct l2tp_hdr *h)
{
	*h = (struct l2tp_hdr){ .bits = rd_u16(r) };
	if (r->bad || (h->bits & L2TP_VER_MASK) != L2TP_VER)
		return false;
	return l2tp_is_control(h) ? parse_control(r, h) : parse_data(r, h);
}

void l2tp_control_build(
	struct wr *w, uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr)
{
	wr_u16(w, L2TP_CONTROL_BITS);
	wr_u16(w, L2TP_CONTROL_HDR);
	wr_u16(w, tunnel);
	wr_u16(w, session);
	wr_u16(w, ns);
	wr_u16(w, nr);
}
