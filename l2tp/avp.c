/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The attribute table (RFC 2661, section 4.4) and the AVP iterator (section 4.1).
 */
#include "l2tp/avp.h"

#include "l2tp/message.h"

#include <glib.h>

#define AT(field) offsetof(struct l2tp_msg, field)
#define M_        ATTR_M
#define H_        ATTR_HIDEABLE
#define NZ        ATTR_NOT_ZERO
#define MAXV      AVP_VALUE_MAX

/* A Host Name or Challenge of no octets is let through the length test of the table: the first
 * is out of range rather than too short, see range_error() in message.c. */
static const struct l2tp_attr_info attrs[L2TP_N_ATTRS] = {
	/* clang-format off */
	[L2TP_ATTR_MESSAGE_TYPE]     = { "Message Type",               ATTR_U16,    M_,           2, 2,    AT(type) },
	[L2TP_ATTR_RESULT_CODE]      = { "Result Code",                ATTR_RESULT, M_,           2, MAXV, AT(result) },
	[L2TP_ATTR_PROTOCOL_VERSION] = { "Protocol Version",           ATTR_U16,    M_,           2, 2,    AT(version) },
	[L2TP_ATTR_FRAMING_CAPS]     = { "Framing Capabilities",       ATTR_U32,    M_ | H_,      4, 4,    AT(framing_caps) },
	[L2TP_ATTR_BEARER_CAPS]      = { "Bearer Capabilities",        ATTR_U32,    M_ | H_,      4, 4,    AT(bearer_caps) },
	[L2TP_ATTR_TIE_BREAKER]      = { "Tie Breaker",                ATTR_U64,    0,            8, 8,    AT(tie_breaker) },
	[L2TP_ATTR_FIRMWARE]         = { "Firmware Revision",          ATTR_U16,    H_,           2, 2,    AT(firmware) },
	[L2TP_ATTR_HOST_NAME]        = { "Host Name",                  ATTR_BYTES,  M_ | NZ,      0, MAXV, AT(host_name) },
	[L2TP_ATTR_VENDOR_NAME]      = { "Vendor Name",                ATTR_BYTES,  H_,           0, MAXV, AT(vendor_name) },
	[L2TP_ATTR_ASSIGNED_TUNNEL]  = { "Assigned Tunnel ID",         ATTR_U16,    M_ | H_ | NZ, 2, 2,    AT(assigned_tunnel) },
	[L2TP_ATTR_RECEIVE_WINDOW]   = { "Receive Window Size",        ATTR_U16,    M_ | NZ,      2, 2,    AT(receive_window) },
	[L2TP_ATTR_CHALLENGE]        = { "Challenge",                  ATTR_BYTES,  M_ | H_,      1, L2TP_CHALLENGE_MAX, AT(challenge) },
	[L2TP_ATTR_Q931_CAUSE]       = { "Q.931 Cause Code",           ATTR_Q931,   M_ | ATTR_LENIENT, 3, MAXV, AT(q931) },
	[L2TP_ATTR_RESPONSE]         = { "Challenge Response",         ATTR_DIGEST, M_ | H_ | ATTR_LENIENT, 16, 16, AT(response) },
	[L2TP_ATTR_ASSIGNED_SESSION] = { "Assigned Session ID",        ATTR_U16,    M_ | H_ | NZ, 2, 2,    AT(assigned_session) },
	[L2TP_ATTR_CALL_SERIAL]      = { "Call Serial Number",         ATTR_U32,    M_ | H_,      4, 4,    AT(call_serial) },
	[L2TP_ATTR_MIN_BPS]          = { "Minimum BPS",                ATTR_U32,    M_ | H_,      4, 4,    AT(min_bps) },
	[L2TP_ATTR_MAX_BPS]          = { "Maximum BPS",                ATTR_U32,    M_ | H_,      4, 4,    AT(max_bps) },
	[L2TP_ATTR_BEARER_TYPE]      = { "Bearer Type",                ATTR_U32,    M_ | H_,      4, 4,    AT(bearer_type) },
	[L2TP_ATTR_FRAMING_TYPE]     = { "Framing Type",               ATTR_U32,    M_ | H_,      4, 4,    AT(framing_type) },
	[L2TP_ATTR_CALLED]           = { "Called Number",              ATTR_BYTES,  M_ | H_,      0, MAXV, AT(called) },
	[L2TP_ATTR_CALLING]          = { "Calling Number",             ATTR_BYTES,  M_ | H_,      0, MAXV, AT(calling) },
	[L2TP_ATTR_SUB_ADDRESS]      = { "Sub-Address",                ATTR_BYTES,  M_ | H_,      0, MAXV, AT(sub_address) },
	[L2TP_ATTR_TX_SPEED]         = { "Connect Speed",              ATTR_U32,    M_ | H_,      4, 4,    AT(tx_speed) },
	[L2TP_ATTR_PHYSICAL_CHANNEL] = { "Physical Channel ID",        ATTR_U32,    H_,           4, 4,    AT(physical_channel) },
	[L2TP_ATTR_INITIAL_LCP]      = { "Initial Received LCP CONFREQ", ATTR_BYTES, H_,          0, MAXV, AT(initial_lcp) },
	[L2TP_ATTR_LAST_SENT_LCP]    = { "Last Sent LCP CONFREQ",      ATTR_BYTES,  H_,           0, MAXV, AT(last_sent_lcp) },
	[L2TP_ATTR_LAST_RECEIVED_LCP] = { "Last Received LCP CONFREQ", ATTR_BYTES,  H_,           0, MAXV, AT(last_received_lcp) },
	[L2TP_ATTR_PROXY_TYPE]       = { "Proxy Authen Type",          ATTR_U16,    H_,           2, 2,    AT(proxy_type) },
	[L2TP_ATTR_PROXY_NAME]       = { "Proxy Authen Name",          ATTR_BYTES,  H_,           0, MAXV, AT(proxy_name) },
	[L2TP_ATTR_PROXY_CHALLENGE]  = { "Proxy Authen Challenge",     ATTR_BYTES,  H_,           1, MAXV, AT(proxy_challenge) },
	[L2TP_ATTR_PROXY_ID]         = { "Proxy Authen ID",            ATTR_U16,    H_,           2, 2,    AT(proxy_id) },
	[L2TP_ATTR_PROXY_RESPONSE]   = { "Proxy Authen Response",      ATTR_BYTES,  H_,           0, MAXV, AT(proxy_response) },
	[L2TP_ATTR_CALL_ERRORS]      = { "Call Errors",                ATTR_U32S,   M_ | H_,      26, 26,  AT(call_errors) },
	[L2TP_ATTR_ACCM]             = { "ACCM",                       ATTR_U32S,   M_ | H_,      10, 10,  AT(accm) },
	[L2TP_ATTR_RANDOM_VECTOR]    = { "Random Vector",              ATTR_BYTES,  M_,           1, MAXV, AT(random_vector) },
	[L2TP_ATTR_PRIVATE_GROUP]    = { "Private Group ID",           ATTR_BYTES,  H_,           0, MAXV, AT(private_group) },
	[L2TP_ATTR_RX_SPEED]         = { "Rx Connect Speed",           ATTR_U32,    H_,           4, 4,    AT(rx_speed) },
	[L2TP_ATTR_SEQUENCING]       = { "Sequencing Required",        ATTR_EMPTY,  M_,           0, 0,    0 },
	[L2TP_ATTR_RX_MIN_BPS]       = { "Rx Minimum BPS",             ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_RX_MAX_BPS]       = { "Rx Maximum BPS",             ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_SERVICE_CATEGORY] = { "Service Category",           ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_SERVICE_NAME]     = { "Service Name",               ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_CALLING_SUB_ADDRESS] = { "Calling Sub-Address",     ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_VPI_VCI]          = { "VPI/VCI Identifier",         ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_PPP_DISCONNECT]   = { "PPP Disconnect Cause Code",  ATTR_PPP,    H_,           5, MAXV, AT(ppp) },
	[L2TP_ATTR_CCDS]             = { "Control Connection DS",      ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_SDS]              = { "Session DS",                 ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_LCP_WANT]         = { "LCP Want Options",           ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_LCP_ALLOW]        = { "LCP Allow Options",          ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_LNS_LAST_SENT_LCP] = { "LNS Last Sent LCP CONFREQ", ATTR_IGNORED, H_,          0, MAXV, 0 },
	[L2TP_ATTR_LNS_LAST_RECEIVED_LCP] = { "LNS Last Received LCP CONFREQ", ATTR_IGNORED, H_,  0, MAXV, 0 },
	/* clang-format on */
};

const struct l2tp_attr_info *l2tp_attr_info(uint16_t type)
{
	return type < G_N_ELEMENTS(attrs) && attrs[type].name ? &attrs[type] : NULL;
}

bool l2tp_avp_next(struct rd *r, struct l2tp_avp *avp)
{
	if (rd_left(r) == 0)
		return false;

	uint16_t bits = rd_u16(r);
	uint16_t len = bits & AVP_LEN; /* counts its own six-byte header */

	avp->vendor = rd_u16(r);
	avp->type = rd_u16(r);
	if (len < AVP_HDR_LEN) {
		r->bad = true;
		return false;
	}
	avp->mandatory = bits & AVP_M;
	avp->hidden = bits & AVP_H;
	avp->reserved = bits & AVP_RESERVED;
	avp->value = rd_sub(r, len - AVP_HDR_LEN);
	return !r->bad;
}

size_t l2tp_avp_open(struct wr *w, uint16_t type)
{
	size_t at = w->len;

	wr_u16(w, 0); /* flags and length: l2tp_avp_close() */
	wr_u16(w, 0); /* vendor: IETF */
	wr_u16(w, type);
	return at;
}

void l2tp_avp_close(struct wr *w, size_t at, uint16_t flags)
{
	size_t len = w->len - at;

	if (len > AVP_LEN)
		w->bad = true;
	wr_set_u16(w, at, (uint16_t)(flags | (len & AVP_LEN)));
}
