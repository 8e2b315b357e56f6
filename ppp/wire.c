/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The PPP header without flags, stuffing and FCS, as it travels in L2TP (RFC 1661 section 2,
 * RFC 1662 section 3.1).  Both compressions are read whether negotiated or not (RFC 1661
 * 6.5 and 6.6 allow it); neither is ever written.
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
