/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPP framing as it travels inside L2TP (RFC 1661 section 2, RFC 1662 section 3.1 without
 * flags, stuffing and FCS): the part of PPP that the forwarding processor needs.
 */
#pragma once

#include "base/buf.h"

enum {
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_IPCP = 0x8021,
	PPP_IPV6CP = 0x8057,
	PPP_LCP = 0xc021,
	PPP_PAP = 0xc023,
	PPP_CHAP = 0xc223,
};

enum { /* codes of LCP and the NCPs */
	PPP_CONF_REQ = 1,
	PPP_CONF_ACK,
	PPP_CONF_NAK,
	PPP_CONF_REJ,
	PPP_TERM_REQ,
	PPP_TERM_ACK,
	PPP_CODE_REJ,
	PPP_PROTO_REJ,
	PPP_ECHO_REQ,
	PPP_ECHO_REP,
	PPP_DISCARD_REQ,
	PPP_IDENT,
	PPP_TIME_REMAINING,
};

/* Reads an optional FF 03 and the protocol field (one octet when its low bit is set: PFC)
 * and leaves r at the payload.  False when there is no whole protocol field. */
bool ppp_hdr_parse(struct rd *r, uint16_t *protocol);

/* Writes FF 03 and the protocol. */
void ppp_hdr_build(struct wr *w, uint16_t protocol);
