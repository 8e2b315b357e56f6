/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Control messages (RFC 2661, sections 3.2 and 6) as structs: the table of messages, decode
 * and encode.  A message is parsed completely into a validated struct before anybody acts
 * on it.
 */
#pragma once

#include "l2tp/avp.h"
#include "l2tp/line.h"
#include "l2tp/span.h"

enum l2tp_msg_type {
	L2TP_SCCRQ = 1,
	L2TP_SCCRP = 2,
	L2TP_SCCCN = 3,
	L2TP_STOPCCN = 4,
	L2TP_HELLO = 6,
	L2TP_OCRQ = 7,
	L2TP_OCRP = 8,
	L2TP_OCCN = 9,
	L2TP_ICRQ = 10,
	L2TP_ICRP = 11,
	L2TP_ICCN = 12,
	L2TP_CDN = 14,
	L2TP_WEN = 15,
	L2TP_SLI = 16,
};

enum {
	L2TP_AVPS_MAX = 64,       /* in one message */
	L2TP_CHALLENGE_MAX = 128, /* octets of a challenge we take */
	L2TP_MESSAGE_MAX = 4096,  /* octets of AVPs we look at */
	L2TP_FAULT_TEXT = 48,
};

struct l2tp_result {
	uint16_t result, error;
	struct l2tp_span text;
};

struct l2tp_q931 {
	uint16_t cause;
	uint8_t message;
	struct l2tp_span text;
};

/* PPP Disconnect Cause Code (RFC 3145). */
struct l2tp_ppp_disconnect {
	uint16_t code, protocol;
	uint8_t direction;
	struct l2tp_span text;
};

struct l2tp_msg {
	uint64_t have; /* 1 << enum l2tp_attr: which fields below were there */
	uint16_t type; /* enum l2tp_msg_type, or what the peer sent */
	struct l2tp_result result;
	uint16_t version; /* 0x0100 */
	uint32_t framing_caps, bearer_caps;
	uint64_t tie_breaker;
	uint16_t firmware;
	struct l2tp_span host_name, vendor_name;
	uint16_t assigned_tunnel;
	uint16_t receive_window;
	struct l2tp_span challenge;
	struct l2tp_q931 q931;
	uint8_t response[16];
	uint16_t assigned_session;
	uint32_t call_serial;
	uint32_t min_bps, max_bps;
	uint32_t bearer_type, framing_type;
	struct l2tp_span called, calling, sub_address;
	uint32_t tx_speed, rx_speed;
	uint32_t physical_channel;
	struct l2tp_span initial_lcp, last_sent_lcp, last_received_lcp;
	uint16_t proxy_type;
	struct l2tp_span proxy_name, proxy_challenge;
	uint16_t proxy_id;
	struct l2tp_span proxy_response;
	uint32_t call_errors[6];
	uint32_t accm[2];
	struct l2tp_span random_vector;
	struct l2tp_span private_group;
	struct l2tp_ppp_disconnect ppp;
	struct l2tp_line line; /* ICRQ; not in `have` */
	uint64_t unread; /* hidden attributes that wait for the secret: struct l2tp_unhide */
};

static inline uint64_t l2tp_bit(enum l2tp_attr a)
{
	return UINT64_C(1) << a;
}

static inline bool l2tp_has(const struct l2tp_msg *m, enum l2tp_attr a)
{
	return m->have & l2tp_bit(a);
}

enum l2tp_scope {
	L2TP_SCOPE_NONE, /* unknown message */
	L2TP_SCOPE_TUNNEL,
	L2TP_SCOPE_SESSION,
};

struct l2tp_msg_info {
	uint16_t type;
	const char *name;
	uint8_t scope;      /* enum l2tp_scope */
	uint64_t must, may; /* attributes besides Message Type */
};

/* NULL: not a message we know. */
const struct l2tp_msg_info *l2tp_msg_info(uint16_t type);
const char *l2tp_msg_name(uint16_t type);

/* What to answer to a message that cannot be accepted. */
struct l2tp_fault {
	uint16_t result, error; /* of StopCCN or CDN; result 0: no fault */
	bool tunnel;            /* the tunnel must go, whatever the message was about */
	char text[L2TP_FAULT_TEXT];
};

enum l2tp_verdict {
	L2TP_MSG_OK,
	L2TP_MSG_IGNORE, /* an unknown message that may be ignored */
	L2TP_MSG_BAD,    /* see the fault */
};

/* What it takes to read hidden AVPs. */
struct l2tp_unhide {
	const char *secret; /* "" or NULL: there is none, they cannot be read */
	bool later;  /* it is not known yet: what is hidden is noted in m->unread, no fault */
	size_t used; /* 0 before the call */
	uint8_t room[L2TP_MESSAGE_MAX]; /* values that were hidden: m borrows from here */
};

/* Decodes the AVPs of a non-empty message.  m->type is 0 when it did not become known.  Of a
 * bad message the fields that could be read are set too: its Assigned ID tells whom to
 * answer. */
enum l2tp_verdict l2tp_msg_decode(
	struct rd avps, struct l2tp_msg *m, struct l2tp_fault *f);

/* The same, and hidden AVPs are read.  u lives as long as m is used. */
enum l2tp_verdict l2tp_msg_decode_hidden(struct rd avps, struct l2tp_unhide *u,
	struct l2tp_msg *m, struct l2tp_fault *f);

/* Writes Message Type and every AVP of m->have, and those of m->line. */
void l2tp_msg_encode(const struct l2tp_msg *m, struct wr *w);

enum { L2TP_VECTOR_LEN = 16 };

struct l2tp_hiding {
	const char *secret;
	uint8_t vector[L2TP_VECTOR_LEN]; /* Random Vector of this message */
	uint8_t padding; /* octets behind values whose length would tell something */
};

/* The same with every AVP hidden that may be.  Exceptions are Assigned Tunnel and Session ID:
 * the next header shows them anyway, and a receiver tells repeated requests by them. */
void l2tp_msg_encode_hidden(
	const struct l2tp_msg *m, const struct l2tp_hiding *h, struct wr *w);
