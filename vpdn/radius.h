/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RADIUS packets (RFC 2865 to 2869, 5176): the table of attributes, reading, writing,
 * authenticators, hidden passwords.  Knows nothing of requests that wait for an answer:
 * that is radius_client.h, radius_das.h and radius_sim.h.
 *
 * Secrets are NUL-terminated strings of at most RADIUS_SECRET_MAX - 1 octets.
 */
#pragma once

#include "base/buf.h"

#include <glib.h>

enum {
	RADIUS_HDR = 20,
	RADIUS_MAX = 4096,      /* octets of a packet */
	RADIUS_AUTH = 16,       /* octets of an authenticator */
	RADIUS_VALUE_MAX = 253, /* octets of a value */
	RADIUS_TEXT_MAX = 254,  /* a value as text, with NUL */
	RADIUS_SECRET_MAX = 129,
	RADIUS_PASSWORD_MAX = 128, /* RFC 2865, section 5.2 */
	RADIUS_TAG_MAX = 0x1f,
};

enum radius_code {
	RADIUS_ACCESS_REQUEST = 1,
	RADIUS_ACCESS_ACCEPT = 2,
	RADIUS_ACCESS_REJECT = 3,
	RADIUS_ACCT_REQUEST = 4,
	RADIUS_ACCT_RESPONSE = 5,
	RADIUS_ACCESS_CHALLENGE = 11,
	RADIUS_DISCONNECT_REQUEST = 40,
	RADIUS_DISCONNECT_ACK = 41,
	RADIUS_DISCONNECT_NAK = 42,
	RADIUS_COA_REQUEST = 43,
	RADIUS_COA_ACK = 44,
	RADIUS_COA_NAK = 45,
};

/* NULL: no such code. */
const char *radius_code_name(uint8_t code);

enum radius_vendor {
	RADIUS_IETF = 0,
	RADIUS_CISCO = 9,
	RADIUS_MICROSOFT = 311,
};

enum radius_type {
	RA_USER_NAME = 1,
	RA_USER_PASSWORD = 2,
	RA_CHAP_PASSWORD = 3,
	RA_NAS_IP = 4,
	RA_NAS_PORT = 5,
	RA_SERVICE_TYPE = 6,
	RA_FRAMED_PROTOCOL = 7,
	RA_FRAMED_IP = 8,
	RA_FRAMED_NETMASK = 9,
	RA_FRAMED_ROUTING = 10,
	RA_FILTER_ID = 11,
	RA_FRAMED_MTU = 12,
	RA_FRAMED_COMPRESSION = 13,
	RA_REPLY_MESSAGE = 18,
	RA_FRAMED_ROUTE = 22,
	RA_STATE = 24,
	RA_CLASS = 25,
	RA_VENDOR_SPECIFIC = 26,
	RA_SESSION_TIMEOUT = 27,
	RA_IDLE_TIMEOUT = 28,
	RA_TERMINATION_ACTION = 29,
	RA_CALLED_STATION = 30,
	RA_CALLING_STATION = 31,
	RA_NAS_ID = 32,
	RA_PROXY_STATE = 33,
	RA_ACCT_STATUS_TYPE = 40,
	RA_ACCT_DELAY_TIME = 41,
	RA_ACCT_INPUT_OCTETS = 42,
	RA_ACCT_OUTPUT_OCTETS = 43,
	RA_ACCT_SESSION_ID = 44,
	RA_ACCT_AUTHENTIC = 45,
	RA_ACCT_SESSION_TIME = 46,
	RA_ACCT_INPUT_PACKETS = 47,
	RA_ACCT_OUTPUT_PACKETS = 48,
	RA_ACCT_TERMINATE_CAUSE = 49,
	RA_ACCT_MULTI_SESSION_ID = 50,
	RA_ACCT_LINK_COUNT = 51,
	RA_ACCT_INPUT_GIGAWORDS = 52,
	RA_ACCT_OUTPUT_GIGAWORDS = 53,
	RA_EVENT_TIMESTAMP = 55,
	RA_CHAP_CHALLENGE = 60,
	RA_NAS_PORT_TYPE = 61,
	RA_PORT_LIMIT = 62,
	RA_TUNNEL_TYPE = 64,
	RA_TUNNEL_MEDIUM = 65,
	RA_TUNNEL_CLIENT_ENDPOINT = 66,
	RA_TUNNEL_SERVER_ENDPOINT = 67,
	RA_ACCT_TUNNEL_CONNECTION = 68,
	RA_TUNNEL_PASSWORD = 69,
	RA_CONNECT_INFO = 77,
	RA_MESSAGE_AUTHENTICATOR = 80,
	RA_TUNNEL_PRIVATE_GROUP = 81,
	RA_TUNNEL_ASSIGNMENT_ID = 82,
	RA_TUNNEL_PREFERENCE = 83,
	RA_INTERIM_INTERVAL = 85,
	RA_TUNNEL_PACKETS_LOST = 86,
	RA_NAS_PORT_ID = 87,
	RA_FRAMED_POOL = 88,
	RA_TUNNEL_CLIENT_AUTH_ID = 90,
	RA_TUNNEL_SERVER_AUTH_ID = 91,
	RA_FRAMED_IPV6_PREFIX = 97,
	RA_FRAMED_IPV6_ROUTE = 99,
	RA_ERROR_CAUSE = 101,
	RA_DELEGATED_PREFIX = 123,
	/* of vendor RADIUS_CISCO */
	RA_CISCO_AVPAIR = 1,
	RA_CISCO_DISCONNECT_CAUSE = 195,
	/* of vendor RADIUS_MICROSOFT (RFC 2548) */
	RA_MS_CHAP_RESPONSE = 1,
	RA_MS_CHAP_ERROR = 2,
	RA_MS_CHAP_CHALLENGE = 11,
	RA_MS_CHAP2_RESPONSE = 25,
	RA_MS_CHAP2_SUCCESS = 26,
	RA_MS_PRIMARY_DNS = 28,
	RA_MS_SECONDARY_DNS = 29,
};

/* Values of Acct-Status-Type (RFC 2866, section 5.1; RFC 2867, section 3). */
enum radius_status {
	RADIUS_START = 1,
	RADIUS_STOP = 2,
	RADIUS_INTERIM = 3,
	RADIUS_ACCT_ON = 7,
	RADIUS_ACCT_OFF = 8,
	RADIUS_TUNNEL_START = 9,
	RADIUS_TUNNEL_STOP = 10,
	RADIUS_TUNNEL_REJECT = 11,
	RADIUS_LINK_START = 12,
	RADIUS_LINK_STOP = 13,
	RADIUS_LINK_REJECT = 14,
};

/* ---- the table ---- */

enum radius_kind {
	RADIUS_STR,    /* text or octets */
	RADIUS_INT,    /* four octets; three after a tag */
	RADIUS_IP,     /* IPv4 address */
	RADIUS_OCTETS, /* shown in hex */
	RADIUS_VENDOR, /* attributes of a vendor */
};

enum radius_flags {
	RADIUS_TAGGED = 1 << 0, /* RFC 2868: the first octet may be a tag */
	RADIUS_SALTED = 1 << 1, /* RFC 2868, section 3.5: tag, salt, ciphered */
	RADIUS_SECRET = 1 << 2, /* never shown */
};

struct radius_row {
	uint32_t vendor; /* enum radius_vendor */
	uint8_t type;
	uint8_t kind;  /* enum radius_kind */
	uint8_t flags; /* enum radius_flags */
	uint8_t min, max; /* octets of the value, tag included */
	const char *name;
};

extern const struct radius_row radius_rows[];
extern const size_t radius_n_rows;

/* NULL: not in the table. */
const struct radius_row *radius_row(uint32_t vendor, uint8_t type);

/* ---- reading ---- */

struct radius_packet {
	uint8_t code, id;
	const uint8_t *authenticator; /* RADIUS_AUTH octets, borrowed */
	const uint8_t *bytes;         /* borrowed; len: without padding */
	size_t len;
	struct rd attrs;
};

/* False: too short, a length that lies, an attribute that runs over its end. */
bool radius_parse(struct radius_packet *p, const uint8_t *bytes, size_t n);

struct radius_attr {
	uint32_t vendor;
	uint8_t type;
	uint8_t tag;     /* 0: none */
	bool malformed;  /* its size is not one of the table */
	const struct radius_row *row; /* NULL: unknown */
	struct rd value; /* after the tag, borrowed */
};

/* Attributes one by one; those of vendors come as if they were plain ones, and as type 0 in
 * one piece when the vendor's format is another. */
struct radius_iter {
	struct rd rest, vendor_rest;
	uint32_t vendor;
};

struct radius_iter radius_iter(struct rd attrs);
bool radius_next(struct radius_iter *it, struct radius_attr *a);

/* The first of that type; false: none that is well formed. */
bool radius_find(struct rd attrs, uint32_t vendor, uint8_t type, struct radius_attr *a);
unsigned radius_count(struct rd attrs, uint32_t vendor, uint8_t type);

uint32_t radius_u32(const struct radius_attr *a);
/* As a string; false when it has a NUL inside. */
bool radius_text(const struct radius_attr *a, char out[RADIUS_TEXT_MAX]);

/* ---- writing ---- */

/* Begins a packet in w, which must be empty; authenticator NULL: zeros. */
void radius_begin(struct wr *w, enum radius_code code, uint8_t id,
	const uint8_t authenticator[RADIUS_AUTH]);
/* Values longer than RADIUS_VALUE_MAX make w bad. */
void radius_put(struct wr *w, uint8_t type, const void *value, size_t n);
void radius_put_u32(struct wr *w, uint8_t type, uint32_t value);
void radius_put_str(struct wr *w, uint8_t type, const char *text);
/* With a tag (RFC 2868); tag 0 is written for numbers and left out for texts. */
void radius_put_tagged_u32(struct wr *w, uint8_t type, uint8_t tag, uint32_t value);
void radius_put_tagged_str(struct wr *w, uint8_t type, uint8_t tag, const char *text);
void radius_put_vendor(
	struct wr *w, uint32_t vendor, uint8_t type, const void *value, size_t n);
/* Room for Message-Authenticator, which radius_seal() fills in. */
void radius_put_message_authenticator(struct wr *w);
/* User-Password, hidden (RFC 2865, section 5.2). */
void radius_put_password(struct wr *w, const char *password, const char *secret,
	const uint8_t authenticator[RADIUS_AUTH]);
/* Tunnel-Password (RFC 2868, section 3.5); salt: its highest bit is set here. */
void radius_put_tunnel_password(struct wr *w, uint8_t tag, uint16_t salt,
	const char *password, const char *secret, const uint8_t authenticator[RADIUS_AUTH]);

/* Length, Message-Authenticator and authenticator by the packet's code.  request: the
 * authenticator of what it answers; NULL for requests. */
void radius_seal(struct wr *w, const char *secret, const uint8_t *request);

/* ---- authenticators and passwords ---- */

enum radius_verdict {
	RADIUS_GENUINE,
	RADIUS_FORGED,       /* authenticator */
	RADIUS_FORGED_MA,    /* Message-Authenticator */
	RADIUS_MA_MISSING,   /* genuine so far */
};

/* request: of what it answers; NULL for requests.  An Access-Request has no authenticator
 * that could be wrong. */
enum radius_verdict radius_verify(
	const struct radius_packet *p, const char *secret, const uint8_t *request);

/* False: not a multiple of 16, too long, or a NUL inside. */
bool radius_password(const struct radius_attr *a, const char *secret,
	const uint8_t authenticator[RADIUS_AUTH], char out[RADIUS_PASSWORD_MAX + 1]);
bool radius_tunnel_password(const struct radius_attr *a, const char *secret,
	const uint8_t authenticator[RADIUS_AUTH], char out[RADIUS_TEXT_MAX]);

/* ---- for people ---- */

/* A line per attribute, secrets left out. */
void radius_print(struct rd attrs, GString *out);
