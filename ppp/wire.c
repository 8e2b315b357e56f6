/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The PPP header without flags, stuffing and FCS, as it travels in L2TP (RFC 1661 section 2,
 * RFC 1662 section 3.1).  Both compressions are read whether negotiated or not (RFC 1661
 * 6.5 and 6.6 allow it); neither is ever written.  And the PPPoE header with its tags (RFC 2516
 * sections 4 and 5 and appendix A).
 */
#include "ppp/wire.h"

enum {
	PPP_ALL_STATIONS = 0xff,
	PPP_UI = 0x03,
};

bool ppp_hdr_parse(struct rd *r, uint16_t *protocol)
{
	if (rd_left(r) >= 2 && r->p[0] == PPP_ALL_STATIONS && r->p[1] == PPP_UI)
		rd_skip(r, 2);

	uint8_t first = rd_u8(r);

	*protocol = first;
	if (!(first &
		    1)) /* the last octet of a protocol number is odd, the others even */
		*protocol = (uint16_t)(first << 8 | rd_u8(r));
	return !r->bad;
}

void ppp_hdr_build(struct wr *w, uint16_t protocol)
{
	wr_u8(w, PPP_ALL_STATIONS);
	wr_u8(w, PPP_UI);
	wr_u16(w, protocol);
}

bool pppoe_hdr_parse(struct rd *r, struct pppoe_hdr *h)
{
	uint8_t ver_type = rd_u8(r);

	h->code = rd_u8(r);
	h->session = rd_u16(r);
	h->len = rd_u16(r);
	*r = rd_sub(r, h->len);
	return !r->bad && ver_type == PPPOE_VER_TYPE;
}

void pppoe_hdr_build(struct wr *w, uint8_t code, uint16_t session, uint16_t len)
{
	wr_u8(w, PPPOE_VER_TYPE);
	wr_u8(w, code);
	wr_u16(w, session);
	wr_u16(w, len);
}

bool pppoe_tag_next(struct rd *r, struct pppoe_tag *t)
{
	if (rd_left(r) == 0)
		return false;
	t->type = rd_u16(r);
	t->value = rd_sub(r, rd_u16(r));
	return !r->bad && t->type != PPPOE_TAG_END;
}

void pppoe_tag_build(struct wr *w, uint16_t type, const void *value, size_t n)
{
	if (n > UINT16_MAX)
		w->bad = true;
	wr_u16(w, type);
	wr_u16(w, (uint16_t)n);
	wr_bytes(w, value, n);
}

const char *pppoe_code_name(uint8_t code)
{
	switch (code) {
	case PPPOE_SESSION:
		return "session";
	case PPPOE_PADO:
		return "PADO";
	case PPPOE_PADI:
		return "PADI";
	case PPPOE_PADR:
		return "PADR";
	case PPPOE_PADS:
		return "PADS";
	case PPPOE_PADT:
		return "PADT";
	default:
		return NULL;
	}
}
