/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPP framing as it travels inside L2TP (RFC 1661 section 2, RFC 1662 section 3.1 without
 * flags, stuffing and FCS) and the PPPoE header and tags (RFC 2516 sections 4 and 5): the part
 * of PPP that the forwarding processor needs.
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

/* ---- PPPoE ---- */

enum {
	PPPOE_HDR = 6, /* version and type, code, session id, length */
	PPPOE_VER_TYPE = 0x11,
	PPPOE_TAG_HDR = 4,
	PPPOE_MTU = 1492,            /* of PPP, unless PPP-Max-Payload says more */
	PPPOE_PAYLOAD_MAX = 1494,    /* of a discovery packet: Ethernet's 1500 less the header */
	PPPOE_PADI_MAX = 1484,       /* with its header (RFC 2516 5.1) */
	PPPOE_SID_MAX = 0xfffe,      /* ffff is reserved, 0 is discovery */
	PPPOE_RELAY_ID_MAX = 12,
	PPPOE_VENDOR_LINE = 3561,    /* Broadband Forum: line tags (TR-101, RFC 5515) */
};

enum pppoe_code {
	PPPOE_SESSION = 0x00,
	PPPOE_PADO = 0x07,
	PPPOE_PADI = 0x09,
	PPPOE_PADR = 0x19,
	PPPOE_PADS = 0x65,
	PPPOE_PADT = 0xa7,
};

enum pppoe_tag_type {
	PPPOE_TAG_END = 0x0000,
	PPPOE_TAG_SERVICE_NAME = 0x0101,
	PPPOE_TAG_AC_NAME = 0x0102,
	PPPOE_TAG_HOST_UNIQ = 0x0103,
	PPPOE_TAG_AC_COOKIE = 0x0104,
	PPPOE_TAG_VENDOR = 0x0105,
	PPPOE_TAG_RELAY_ID = 0x0110,
	PPPOE_TAG_MAX_PAYLOAD = 0x0120,
	PPPOE_TAG_SERVICE_ERROR = 0x0201,
	PPPOE_TAG_SYSTEM_ERROR = 0x0202,
	PPPOE_TAG_GENERIC_ERROR = 0x0203,
};

struct pppoe_hdr {
	uint8_t code;
	uint16_t session;
	uint16_t len; /* of what follows; at most what was there */
};

/* Reads the header and cuts r to the length it names (Ethernet pads).  False when short, not
 * of version 1 and type 1, or when the length lies. */
bool pppoe_hdr_parse(struct rd *r, struct pppoe_hdr *h);

/* The length may be set afterwards: it lies PPPOE_LEN_AT octets behind the header's start. */
enum { PPPOE_LEN_AT = 4 };
void pppoe_hdr_build(struct wr *w, uint8_t code, uint16_t session, uint16_t len);

struct pppoe_tag {
	uint16_t type;
	struct rd value; /* borrows from the packet */
};

/* Steps to the next tag.  False at the end, at End-Of-List, and at a tag that does not fit into
 * the packet, which r->bad tells. */
bool pppoe_tag_next(struct rd *r, struct pppoe_tag *t);
void pppoe_tag_build(struct wr *w, uint16_t type, const void *value, size_t n);

/* "PADI" ...; NULL for a code that is none. */
const char *pppoe_code_name(uint8_t code);
