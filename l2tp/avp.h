/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Attribute-value pairs (RFC 2661, section 4): the iterator over a message and the table of
 * all attributes.  What an AVP may look like is data; the decoder, the encoder, debug text
 * and the fuzzer read the same table.
 */
#pragma once

#include "base/buf.h"

enum {
	AVP_HDR_LEN = 6,
	AVP_M = 0x8000,
	AVP_H = 0x4000,
	AVP_RESERVED = 0x3c00,
	AVP_LEN = 0x03ff,
	AVP_VALUE_MAX = AVP_LEN - AVP_HDR_LEN,
};

enum l2tp_attr {
	L2TP_ATTR_MESSAGE_TYPE = 0,
	L2TP_ATTR_RESULT_CODE,
	L2TP_ATTR_PROTOCOL_VERSION,
	L2TP_ATTR_FRAMING_CAPS,
	L2TP_ATTR_BEARER_CAPS,
	L2TP_ATTR_TIE_BREAKER,
	L2TP_ATTR_FIRMWARE,
	L2TP_ATTR_HOST_NAME,
	L2TP_ATTR_VENDOR_NAME,
	L2TP_ATTR_ASSIGNED_TUNNEL,
	L2TP_ATTR_RECEIVE_WINDOW,
	L2TP_ATTR_CHALLENGE,
	L2TP_ATTR_Q931_CAUSE,
	L2TP_ATTR_RESPONSE,
	L2TP_ATTR_ASSIGNED_SESSION,
	L2TP_ATTR_CALL_SERIAL,
	L2TP_ATTR_MIN_BPS,
	L2TP_ATTR_MAX_BPS,
	L2TP_ATTR_BEARER_TYPE,
	L2TP_ATTR_FRAMING_TYPE,
	L2TP_ATTR_RESERVED_20,
	L2TP_ATTR_CALLED,
	L2TP_ATTR_CALLING,
	L2TP_ATTR_SUB_ADDRESS,
	L2TP_ATTR_TX_SPEED,
	L2TP_ATTR_PHYSICAL_CHANNEL,
	L2TP_ATTR_INITIAL_LCP,
	L2TP_ATTR_LAST_SENT_LCP,
	L2TP_ATTR_LAST_RECEIVED_LCP,
	L2TP_ATTR_PROXY_TYPE,
	L2TP_ATTR_PROXY_NAME,
	L2TP_ATTR_PROXY_CHALLENGE,
	L2TP_ATTR_PROXY_ID,
	L2TP_ATTR_PROXY_RESPONSE,
	L2TP_ATTR_CALL_ERRORS,
	L2TP_ATTR_ACCM,
	L2TP_ATTR_RANDOM_VECTOR,
	L2TP_ATTR_PRIVATE_GROUP,
	L2TP_ATTR_RX_SPEED,
	L2TP_ATTR_SEQUENCING,
	L2TP_ATTR_RX_MIN_BPS, /* RFC 3301 to L2TP_ATTR_VPI_VCI: known, and ignored */
	L2TP_ATTR_RX_MAX_BPS,
	L2TP_ATTR_SERVICE_CATEGORY,
	L2TP_ATTR_SERVICE_NAME,
	L2TP_ATTR_CALLING_SUB_ADDRESS,
	L2TP_ATTR_VPI_VCI,
	L2TP_ATTR_PPP_DISCONNECT, /* RFC 3145 */
	L2TP_ATTR_CCDS,           /* RFC 3308: known, and ignored */
	L2TP_ATTR_SDS,
	L2TP_ATTR_LCP_WANT, /* RFC 3437: the same */
	L2TP_ATTR_LCP_ALLOW,
	L2TP_ATTR_LNS_LAST_SENT_LCP,
	L2TP_ATTR_LNS_LAST_RECEIVED_LCP,
	L2TP_N_ATTRS,
};

enum l2tp_attr_kind {
	ATTR_EMPTY, /* presence is all */
	ATTR_U16,
	ATTR_U32,
	ATTR_U64,
	ATTR_BYTES,  /* struct l2tp_span */
	ATTR_DIGEST, /* 16 octets */
	ATTR_RESULT, /* result, error, text */
	ATTR_Q931,   /* cause, message, advisory text */
	ATTR_U32S,   /* 16 reserved bits, then 32-bit numbers */
	ATTR_PPP,    /* disconnect code, protocol, direction, text */
	ATTR_IGNORED,
};

enum l2tp_attr_rule {
	ATTR_M = 1 << 0, /* sent with the M bit; malformed: the message is refused */
	ATTR_HIDEABLE = 1 << 1,
	ATTR_NOT_ZERO = 1 << 2, /* a number that is not 0 */
	ATTR_LENIENT = 1 << 3,  /* malformed: as if absent, in spite of its M bit */
};

struct l2tp_attr_info {
	const char *name;
	uint8_t kind;      /* enum l2tp_attr_kind */
	uint8_t rules;     /* enum l2tp_attr_rule */
	uint16_t min, max; /* octets of value */
	uint16_t offset;   /* of the field in struct l2tp_msg */
};

/* The row of an IETF attribute; NULL: not known. */
const struct l2tp_attr_info *l2tp_attr_info(uint16_t type);

struct l2tp_avp {
	uint16_t vendor, type;
	bool mandatory, hidden;
	bool reserved;   /* reserved bits were set */
	struct rd value; /* borrows from the message */
};

/* Steps to the next AVP.  False at the end of the message and on a framing error; r->bad
 * tells which.  Nothing after a framing error can be read, since where the next AVP would
 * start is unknown. */
bool l2tp_avp_next(struct rd *r, struct l2tp_avp *avp);

/* Writes the header of an IETF AVP and returns where it began, for l2tp_avp_close(). */
size_t l2tp_avp_open(struct wr *w, uint16_t type);
void l2tp_avp_close(struct wr *w, size_t at, uint16_t flags);
