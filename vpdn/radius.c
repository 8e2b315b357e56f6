/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RADIUS packets: the table, reading and writing; radius_crypt.c has what needs secrets.
 *
 * A packet is a header and attributes {type, length, value}.  Attributes of vendors lie
 * inside of Vendor-Specific (RFC 2865, section 5.26); the tag of tunnel attributes is in
 * front of the value (RFC 2868, section 3): for texts an octet above 0x1f is no tag, but
 * the text's first.
 */
#include "vpdn/radius.h"

#include "base/net.h"
#include "base/text.h"

enum { ATTR_HDR = 2, VENDOR_HDR = 4 };

/* clang-format off */
#define IETF      RADIUS_IETF
#define CISCO     RADIUS_CISCO
#define MICROSOFT RADIUS_MICROSOFT
#define ANY       1, RADIUS_VALUE_MAX
#define FOUR      4, 4
const struct radius_row radius_rows[] = {
	{ IETF, RA_USER_NAME,             RADIUS_STR,    0, ANY, "User-Name" },
	{ IETF, RA_USER_PASSWORD,         RADIUS_OCTETS, RADIUS_SECRET, 16, 128, "User-Password" },
	{ IETF, RA_CHAP_PASSWORD,         RADIUS_OCTETS, RADIUS_SECRET, 17, 17, "CHAP-Password" },
	{ IETF, RA_NAS_IP,                RADIUS_IP,     0, FOUR, "NAS-IP-Address" },
	{ IETF, RA_NAS_PORT,              RADIUS_INT,    0, FOUR, "NAS-Port" },
	{ IETF, RA_SERVICE_TYPE,          RADIUS_INT,    0, FOUR, "Service-Type" },
	{ IETF, RA_FRAMED_PROTOCOL,       RADIUS_INT,    0, FOUR, "Framed-Protocol" },
	{ IETF, RA_FRAMED_IP,             RADIUS_IP,     0, FOUR, "Framed-IP-Address" },
	{ IETF, RA_FRAMED_NETMASK,        RADIUS_IP,     0, FOUR, "Framed-IP-Netmask" },
	{ IETF, RA_FRAMED_ROUTING,        RADIUS_INT,    0, FOUR, "Framed-Routing" },
	{ IETF, RA_FILTER_ID,             RADIUS_STR,    0, ANY, "Filter-Id" },
	{ IETF, RA_FRAMED_MTU,            RADIUS_INT,    0, FOUR, "Framed-MTU" },
	{ IETF, RA_FRAMED_COMPRESSION,    RADIUS_INT,    0, FOUR, "Framed-Compression" },
	{ IETF, RA_REPLY_MESSAGE,         RADIUS_STR,    0, ANY, "Reply-Message" },
	{ IETF, RA_FRAMED_ROUTE,          RADIUS_STR,    0, ANY, "Framed-Route" },
	{ IETF, RA_STATE,                 RADIUS_OCTETS, 0, ANY, "State" },
	{ IETF, RA_CLASS,                 RADIUS_OCTETS, 0, ANY, "Class" },
	{ IETF, RA_VENDOR_SPECIFIC,       RADIUS_VENDOR, 0, 5, RADIUS_VALUE_MAX, "Vendor-Specific" },
	{ IETF, RA_SESSION_TIMEOUT,       RADIUS_INT,    0, FOUR, "Session-Timeout" },
	{ IETF, RA_IDLE_TIMEOUT,          RADIUS_INT,    0, FOUR, "Idle-Timeout" },
	{ IETF, RA_TERMINATION_ACTION,    RADIUS_INT,    0, FOUR, "Termination-Action" },
	{ IETF, RA_CALLED_STATION,        RADIUS_STR,    0, ANY, "Called-Station-Id" },
	{ IETF, RA_CALLING_STATION,       RADIUS_STR,    0, ANY, "Calling-Station-Id" },
	{ IETF, RA_NAS_ID,                RADIUS_STR,    0, ANY, "NAS-Identifier" },
	{ IETF, RA_PROXY_STATE,           RADIUS_OCTETS, 0, ANY, "Proxy-State" },
	{ IETF, RA_ACCT_STATUS_TYPE,      RADIUS_INT,    0, FOUR, "Acct-Status-Type" },
	{ IETF, RA_ACCT_DELAY_TIME,       RADIUS_INT,    0, FOUR, "Acct-Delay-Time" },
	{ IETF, RA_ACCT_INPUT_OCTETS,     RADIUS_INT,    0, FOUR, "Acct-Input-Octets" },
	{ IETF, RA_ACCT_OUTPUT_OCTETS,    RADIUS_INT,    0, FOUR, "Acct-Output-Octets" },
	{ IETF, RA_ACCT_SESSION_ID,       RADIUS_STR,    0, ANY, "Acct-Session-Id" },
	{ IETF, RA_ACCT_AUTHENTIC,        RADIUS_INT,    0, FOUR, "Acct-Authentic" },
	{ IETF, RA_ACCT_SESSION_TIME,     RADIUS_INT,    0, FOUR, "Acct-Session-Time" },
	{ IETF, RA_ACCT_INPUT_PACKETS,    RADIUS_INT,    0, FOUR, "Acct-Input-Packets" },
	{ IETF, RA_ACCT_OUTPUT_PACKETS,   RADIUS_INT,    0, FOUR, "Acct-Output-Packets" },
	{ IETF, RA_ACCT_TERMINATE_CAUSE,  RADIUS_INT,    0, FOUR, "Acct-Terminate-Cause" },
	{ IETF, RA_ACCT_MULTI_SESSION_ID, RADIUS_STR,    0, ANY, "Acct-Multi-Session-Id" },
	{ IETF, RA_ACCT_LINK_COUNT,       RADIUS_INT,    0, FOUR, "Acct-Link-Count" },
	{ IETF, RA_ACCT_INPUT_GIGAWORDS,  RADIUS_INT,    0, FOUR, "Acct-Input-Gigawords" },
	{ IETF, RA_ACCT_OUTPUT_GIGAWORDS, RADIUS_INT,    0, FOUR, "Acct-Output-Gigawords" },
	{ IETF, RA_EVENT_TIMESTAMP,       RADIUS_INT,    0, FOUR, "Event-Timestamp" },
	{ IETF, RA_CHAP_CHALLENGE,        RADIUS_OCTETS, 0, ANY, "CHAP-Challenge" },
	{ IETF, RA_NAS_PORT_TYPE,         RADIUS_INT,    0, FOUR, "NAS-Port-Type" },
	{ IETF, RA_PORT_LIMIT,            RADIUS_INT,    0, FOUR, "Port-Limit" },
	{ IETF, RA_TUNNEL_TYPE,           RADIUS_INT,    RADIUS_TAGGED, FOUR, "Tunnel-Type" },
	{ IETF, RA_TUNNEL_MEDIUM,         RADIUS_INT,    RADIUS_TAGGED, FOUR, "Tunnel-Medium-Type" },
	{ IETF, RA_TUNNEL_CLIENT_ENDPOINT, RADIUS_STR,   RADIUS_TAGGED, ANY, "Tunnel-Client-Endpoint" },
	{ IETF, RA_TUNNEL_SERVER_ENDPOINT, RADIUS_STR,   RADIUS_TAGGED, ANY, "Tunnel-Server-Endpoint" },
	{ IETF, RA_ACCT_TUNNEL_CONNECTION, RADIUS_STR,   0, ANY, "Acct-Tunnel-Connection" },
	{ IETF, RA_TUNNEL_PASSWORD,       RADIUS_OCTETS, RADIUS_SALTED | RADIUS_SECRET, 19, RADIUS_VALUE_MAX, "Tunnel-Password" },
	{ IETF, RA_CONNECT_INFO,          RADIUS_STR,    0, ANY, "Connect-Info" },
	{ IETF, RA_MESSAGE_AUTHENTICATOR, RADIUS_OCTETS, 0, 16, 16, "Message-Authenticator" },
	{ IETF, RA_TUNNEL_PRIVATE_GROUP,  RADIUS_STR,    RADIUS_TAGGED, ANY, "Tunnel-Private-Group-ID" },
	{ IETF, RA_TUNNEL_ASSIGNMENT_ID,  RADIUS_STR,    RADIUS_TAGGED, ANY, "Tunnel-Assignment-ID" },
	{ IETF, RA_TUNNEL_PREFERENCE,     RADIUS_INT,    RADIUS_TAGGED, FOUR, "Tunnel-Preference" },
	{ IETF, RA_INTERIM_INTERVAL,      RADIUS_INT,    0, FOUR, "Acct-Interim-Interval" },
	{ IETF, RA_TUNNEL_PACKETS_LOST,   RADIUS_INT,    0, FOUR, "Acct-Tunnel-Packets-Lost" },
	{ IETF, RA_NAS_PORT_ID,           RADIUS_STR,    0, ANY, "NAS-Port-Id" },
	{ IETF, RA_FRAMED_POOL,           RADIUS_STR,    0, ANY, "Framed-Pool" },
	{ IETF, RA_TUNNEL_CLIENT_AUTH_ID, RADIUS_STR,    RADIUS_TAGGED, ANY, "Tunnel-Client-Auth-ID" },
	{ IETF, RA_TUNNEL_SERVER_AUTH_ID, RADIUS_STR,    RADIUS_TAGGED, ANY, "Tunnel-Server-Auth-ID" },
	{ IETF, RA_FRAMED_IPV6_PREFIX,    RADIUS_OCTETS, 0, 2, 18, "Framed-IPv6-Prefix" },
	{ IETF, RA_FRAMED_IPV6_ROUTE,     RADIUS_STR,    0, ANY, "Framed-IPv6-Route" },
	{ IETF, RA_ERROR_CAUSE,           RADIUS_INT,    0, FOUR, "Error-Cause" },
	{ IETF, RA_DELEGATED_PREFIX,      RADIUS_OCTETS, 0, 2, 18, "Delegated-IPv6-Prefix" },
	{ CISCO, RA_CISCO_AVPAIR,           RADIUS_STR,    0, 1, 247, "Cisco-AVPair" },
	{ CISCO, RA_CISCO_DISCONNECT_CAUSE, RADIUS_INT,    0, FOUR, "Cisco-Disconnect-Cause" },
	{ MICROSOFT, RA_MS_CHAP_RESPONSE,  RADIUS_OCTETS, RADIUS_SECRET, 50, 50, "MS-CHAP-Response" },
	{ MICROSOFT, RA_MS_CHAP_ERROR,     RADIUS_STR,    0, 1, 247, "MS-CHAP-Error" },
	{ MICROSOFT, RA_MS_CHAP_CHALLENGE, RADIUS_OCTETS, 0, 1, 247, "MS-CHAP-Challenge" },
	{ MICROSOFT, RA_MS_CHAP2_RESPONSE, RADIUS_OCTETS, RADIUS_SECRET, 50, 50, "MS-CHAP2-Response" },
	{ MICROSOFT, RA_MS_CHAP2_SUCCESS,  RADIUS_OCTETS, 0, 43, 43, "MS-CHAP2-Success" },
	{ MICROSOFT, RA_MS_PRIMARY_DNS,    RADIUS_IP,     0, FOUR, "MS-Primary-DNS-Server" },
	{ MICROSOFT, RA_MS_SECONDARY_DNS,  RADIUS_IP,     0, FOUR, "MS-Secondary-DNS-Server" },
};
#undef IETF
#undef CISCO
#undef MICROSOFT
#undef ANY
#undef FOUR

static const struct {
	uint8_t code;
	const char *name;
} codes[] = {
	{ RADIUS_ACCESS_REQUEST,     "Access-Request" },
	{ RADIUS_ACCESS_ACCEPT,      "Access-Accept" },
	{ RADIUS_ACCESS_REJECT,      "Access-Reject" },
	{ RADIUS_ACCT_REQUEST,       "Accounting-Request" },
	{ RADIUS_ACCT_RESPONSE,      "Accounting-Response" },
	{ RADIUS_ACCESS_CHALLENGE,   "Access-Challenge" },
	{ RADIUS_DISCONNECT_REQUEST, "Disconnect-Request" },
	{ RADIUS_DISCONNECT_ACK,     "Disconnect-ACK" },
	{ RADIUS_DISCONNECT_NAK,     "Disconnect-NAK" },
	{ RADIUS_COA_REQUEST,        "CoA-Request" },
	{ RADIUS_COA_ACK,            "CoA-ACK" },
	{ RADIUS_COA_NAK,            "CoA-NAK" },
};
/* clang-format on */

const size_t radius_n_rows = G_N_ELEMENTS(radius_rows);

const char *radius_code_name(uint8_t code)
{
	for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
		if (codes[i].code == code)
			return codes[i].name;
	return NULL;
}

const struct radius_row *radius_row(uint32_t vendor, uint8_t type)
{
	for (size_t i = 0; i < radius_n_rows; i++)
		if (radius_rows[i].vendor == vendor && radius_rows[i].type == type)
			return &radius_rows[i];
	return NULL;
}

/* ---- reading ---- */

/* {type, length, value}; false at the end and, with r->bad, when it runs over. */
static bool next_tlv(struct rd *r, uint8_t *type, struct rd *value)
{
	if (rd_left(r) == 0)
		return false;
	*type = rd_u8(r);

	uint8_t len = rd_u8(r); /* counts these two octets */

	if (len < ATTR_HDR)
		r->bad = true;
	if (!r->bad)
		*value = rd_sub(r, len - ATTR_HDR);
	return !r->bad;
}

static bool is_whole(struct rd r)
{
	struct rd value;
	uint8_t type;

	while (next_tlv(&r, &type, &value))
		;
	return !r.bad;
}

bool radius_parse(struct radius_packet *p, const uint8_t *bytes, size_t n)
{
	struct rd r = rd_init(bytes, n);

	*p = (struct radius_packet){ .bytes = bytes };
	p->code = rd_u8(&r);
	p->id = rd_u8(&r);
	p->len = rd_u16(&r);
	if (r.bad || p->len < RADIUS_HDR || p->len > RADIUS_MAX || p->len > n)
		return false;
	p->authenticator = rd_take(&r, RADIUS_AUTH);
	p->attrs = rd_sub(&r, p->len - RADIUS_HDR); /* what follows is padding */
	return is_whole(p->attrs);
}

struct radius_iter radius_iter(struct rd attrs)
{
	return (struct radius_iter){ .rest = attrs };
}

static void take_tag(struct radius_attr *a)
{
	uint8_t first = rd_left(&a->value) ? a->value.p[0] : 0;
	bool number = a->row->kind == RADIUS_INT;

	if (a->row->flags & RADIUS_SALTED || number || first <= RADIUS_TAG_MAX) {
		a->tag = first <= RADIUS_TAG_MAX ? first : 0;
		rd_skip(&a->value, 1);
	}
}

static void look_up(struct radius_attr *a)
{
	size_t n = rd_left(&a->value);

	a->row = radius_row(a->vendor, a->type);
	if (!a->row)
		return;
	a->malformed = n < a->row->min || n > a->row->max;
	if (!a->malformed && a->row->flags & (RADIUS_TAGGED | RADIUS_SALTED))
		take_tag(a);
}

/* True: the attributes inside come next. */
static bool open_vendor(struct radius_iter *it, const struct rd *value)
{
	struct rd r = *value;
	uint32_t vendor = rd_u32(&r);

	it->vendor = vendor;
	it->vendor_rest = r;
	return !r.bad && rd_left(&r) && is_whole(r);
}

bool radius_next(struct radius_iter *it, struct radius_attr *a)
{
	*a = (struct radius_attr){ .vendor = it->vendor };
	if (next_tlv(&it->vendor_rest, &a->type, &a->value)) {
		look_up(a);
		return true;
	}
	*a = (struct radius_attr){ 0 };
	while (next_tlv(&it->rest, &a->type, &a->value)) {
		if (a->type != RA_VENDOR_SPECIFIC) {
			look_up(a);
			return true;
		}
		if (open_vendor(it, &a->value))
			return radius_next(it, a);
		a->vendor = it->vendor;
		a->type = 0;
		it->vendor_rest = rd_init(NULL, 0);
		return true;
	}
	return false;
}

bool radius_find(struct rd attrs, uint32_t vendor, uint8_t type, struct radius_attr *a)
{
	struct radius_iter it = radius_iter(attrs);

	while (radius_next(&it, a))
		if (a->vendor == vendor && a->type == type && !a->malformed)
			return true;
	return false;
}

unsigned radius_count(struct rd attrs, uint32_t vendor, uint8_t type)
{
	struct radius_iter it = radius_iter(attrs);
	struct radius_attr a;
	unsigned n = 0;

	while (radius_next(&it, &a))
		n += a.vendor == vendor && a.type == type;
	return n;
}

uint32_t radius_u32(const struct radius_attr *a)
{
	struct rd r = a->value;
	uint32_t v = 0;

	while (rd_left(&r))
		v = v << 8 | rd_u8(&r);
	return v;
}

bool radius_text(const struct radius_attr *a, char out[RADIUS_TEXT_MAX])
{
	struct rd r = a->value;
	size_t n = rd_left(&r);

	out[0] = '\0';
	if (n >= RADIUS_TEXT_MAX || (n && memchr(r.p, 0, n)))
		return false;
	rd_copy(&r, out, n);
	out[n] = '\0';
	return true;
}

/* ---- writing ---- */

void radius_begin(struct wr *w, enum radius_code code, uint8_t id,
	const uint8_t authenticator[RADIUS_AUTH])
{
	static const uint8_t zeros[RADIUS_AUTH];

	wr_u8(w, (uint8_t)code);
	wr_u8(w, id);
	wr_u16(w, 0); /* by radius_seal() */
	wr_bytes(w, authenticator ? authenticator : zeros, RADIUS_AUTH);
}

void radius_put(struct wr *w, uint8_t type, const void *value, size_t n)
{
	if (n > RADIUS_VALUE_MAX)
		w->bad = true;
	wr_u8(w, type);
	wr_u8(w, (uint8_t)(n + ATTR_HDR));
	wr_bytes(w, value, n);
}

void radius_put_u32(struct wr *w, uint8_t type, uint32_t value)
{
	uint8_t buf[4];

	put_u32(buf, value);
	radius_put(w, type, buf, sizeof(buf));
}

void radius_put_str(struct wr *w, uint8_t type, const char *text)
{
	radius_put(w, type, text, strlen(text));
}

void radius_put_tagged_u32(struct wr *w, uint8_t type, uint8_t tag, uint32_t value)
{
	radius_put_u32(w, type, (uint32_t)tag << 24 | (value & 0xffffff));
}

void radius_put_tagged_str(struct wr *w, uint8_t type, uint8_t tag, const char *text)
{
	size_t n = strlen(text);

	if (n + (tag != 0) > RADIUS_VALUE_MAX)
		w->bad = true;
	wr_u8(w, type);
	wr_u8(w, (uint8_t)(n + (tag != 0) + ATTR_HDR));
	if (tag)
		wr_u8(w, tag);
	wr_bytes(w, text, n);
}

void radius_put_vendor(
	struct wr *w, uint32_t vendor, uint8_t type, const void *value, size_t n)
{
	if (n > RADIUS_VALUE_MAX - VENDOR_HDR - ATTR_HDR)
		w->bad = true;
	wr_u8(w, RA_VENDOR_SPECIFIC);
	wr_u8(w, (uint8_t)(n + VENDOR_HDR + 2 * ATTR_HDR));
	wr_u32(w, vendor);
	wr_u8(w, type);
	wr_u8(w, (uint8_t)(n + ATTR_HDR));
	wr_bytes(w, value, n);
}

void radius_put_message_authenticator(struct wr *w)
{
	static const uint8_t zeros[RADIUS_AUTH];

	radius_put(w, RA_MESSAGE_AUTHENTICATOR, zeros, sizeof(zeros));
}

/* ---- for people ---- */

static void print_value(const struct radius_attr *a, GString *out)
{
	struct rd r = a->value;
	char ip[16];
	g_autofree char *text = NULL;
	uint8_t kind = a->row && !a->malformed ? a->row->kind : RADIUS_OCTETS;

	if (a->row && a->row->flags & RADIUS_SECRET) {
		g_string_append_c(out, '*');
		return;
	}
	switch ((enum radius_kind)kind) {
	case RADIUS_STR:
		text = text_escape(r.p, rd_left(&r));
		g_string_append_printf(out, "\"%s\"", text);
		break;
	case RADIUS_INT:
		g_string_append_printf(out, "%u", radius_u32(a));
		break;
	case RADIUS_IP:
		g_string_append(out, ipv4_to_str(radius_u32(a), ip));
		break;
	case RADIUS_OCTETS:
	case RADIUS_VENDOR:
		while (rd_left(&r))
			g_string_append_printf(out, "%02X", rd_u8(&r));
		break;
	}
}

void radius_print(struct rd attrs, GString *out)
{
	struct radius_iter it = radius_iter(attrs);
	struct radius_attr a;

	while (radius_next(&it, &a)) {
		if (a.row)
			g_string_append_printf(out, "%s", a.row->name);
		else if (a.vendor)
			g_string_append_printf(out, "Vendor-%u-%u", a.vendor, a.type);
		else
			g_string_append_printf(out, "Attribute-%u", a.type);
		if (a.tag)
			g_string_append_printf(out, ":%u", a.tag);
		g_string_append(out, a.malformed ? " [malformed] " : " ");
		print_value(&a, out);
		g_string_append_c(out, '\n');
	}
}
