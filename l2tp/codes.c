/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Result, error and disconnect codes in words: see codes.h. */
#include "l2tp/codes.h"

#include <glib.h>

static const char *const stop_texts[] = {
	[L2TP_STOP_GENERAL] = "request to clear control connection",
	[L2TP_STOP_ERROR] = "general error",
	[L2TP_STOP_EXISTS] = "control channel already exists",
	[L2TP_STOP_NOT_AUTHORIZED] = "requester is not authorized",
	[L2TP_STOP_VERSION] = "protocol version not supported",
	[L2TP_STOP_SHUTDOWN] = "requester is being shut down",
	[L2TP_STOP_FSM] = "finite state machine error",
};

static const char *const cdn_texts[] = {
	[L2TP_CDN_LOST_CARRIER] = "loss of carrier",
	[L2TP_CDN_ERROR] = "general error",
	[L2TP_CDN_ADMIN] = "administrative",
	[L2TP_CDN_NO_FACILITIES_NOW] = "no facilities at present",
	[L2TP_CDN_NO_FACILITIES] = "no facilities",
	[L2TP_CDN_INVALID_DESTINATION] = "invalid destination",
	[L2TP_CDN_NO_CARRIER] = "no carrier",
	[L2TP_CDN_BUSY] = "busy",
	[L2TP_CDN_NO_DIAL_TONE] = "no dial tone",
	[L2TP_CDN_TIMEOUT] = "not established in time",
	[L2TP_CDN_NO_FRAMING] = "no appropriate framing",
};

static const char *const error_texts[] = {
	[L2TP_ERROR_NONE] = "no error",
	[L2TP_ERROR_NO_TUNNEL] = "no control connection",
	[L2TP_ERROR_LENGTH] = "wrong length",
	[L2TP_ERROR_RANGE] = "field out of range",
	[L2TP_ERROR_RESOURCES] = "insufficient resources",
	[L2TP_ERROR_SESSION_ID] = "invalid session ID",
	[L2TP_ERROR_VENDOR] = "vendor-specific error",
	[L2TP_ERROR_TRY_ANOTHER] = "try another LNS",
	[L2TP_ERROR_UNKNOWN_AVP] = "unknown mandatory AVP",
};

static const char *const ppp_texts[] = {
	[L2TP_PPP_NO_INFO] = "no information",
	[L2TP_PPP_ADMIN] = "administrative disconnect",
	[L2TP_PPP_NO_PROXY_LCP] = "proxy LCP expected",
	[L2TP_PPP_NORMAL] = "normal disconnect",
	[L2TP_PPP_ENCRYPTION_REFUSED] = "compulsory encryption refused",
	[L2TP_PPP_LCP_TIMEOUT] = "LCP did not converge",
	[L2TP_PPP_LCP_NOT_RECOGNIZED] = "no LCP recognized",
	[L2TP_PPP_LCP_LOOP] = "loop, magic number",
	[L2TP_PPP_ECHO_TIMEOUT] = "LCP echoes unanswered",
	[L2TP_PPP_BUNDLE_ENDPOINT] = "unexpected endpoint discriminator",
	[L2TP_PPP_BUNDLE_MRRU] = "unexpected MRRU",
	[L2TP_PPP_BUNDLE_SHORT_SEQ] = "unexpected short sequence numbers",
	[L2TP_PPP_CALLBACK_REFUSED] = "call-back refused",
	[L2TP_PPP_AUTH_TIMEOUT] = "authentication did not converge",
	[L2TP_PPP_BUNDLE_NAME] = "unexpected name for bundle",
	[L2TP_PPP_AUTH_PROTOCOL] = "authentication protocol unacceptable",
	[L2TP_PPP_AUTH_FAILED] = "authentication failed",
	[L2TP_PPP_NCP_TIMEOUT] = "NCP did not converge",
	[L2TP_PPP_NO_NCP] = "no NCP available",
	[L2TP_PPP_NO_ADDRESS] = "no acceptable address",
	[L2TP_PPP_ADDRESS_NOT_PERMITTED] = "address not permitted",
};

static const char *text_of(const char *const *table, size_t n, uint16_t code)
{
	return code < n ? table[code] : NULL;
}

const char *l2tp_stop_text(uint16_t result)
{
	return text_of(stop_texts, G_N_ELEMENTS(stop_texts), result);
}

const char *l2tp_cdn_text(uint16_t result)
{
	return text_of(cdn_texts, G_N_ELEMENTS(cdn_texts), result);
}

const char *l2tp_error_text(uint16_t error)
{
	return text_of(error_texts, G_N_ELEMENTS(error_texts), error);
}

const char *l2tp_ppp_text(uint16_t code)
{
	return text_of(ppp_texts, G_N_ELEMENTS(ppp_texts), code);
}
