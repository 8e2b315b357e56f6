/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Result and error codes (RFC 2661, section 4.4.2), Q.931 apart, and PPP disconnect codes
 * (RFC 3145), with words for people.
 */
#pragma once

#include <stdint.h>

enum l2tp_stop_result { /* of StopCCN */
	L2TP_STOP_GENERAL = 1,
	L2TP_STOP_ERROR = 2, /* the error code tells */
	L2TP_STOP_EXISTS = 3,
	L2TP_STOP_NOT_AUTHORIZED = 4,
	L2TP_STOP_VERSION = 5, /* error code: the highest version supported */
	L2TP_STOP_SHUTDOWN = 6,
	L2TP_STOP_FSM = 7,
};

enum l2tp_cdn_result { /* of CDN */
	L2TP_CDN_LOST_CARRIER = 1,
	L2TP_CDN_ERROR = 2, /* the error code tells */
	L2TP_CDN_ADMIN = 3,
	L2TP_CDN_NO_FACILITIES_NOW = 4,
	L2TP_CDN_NO_FACILITIES = 5,
	L2TP_CDN_INVALID_DESTINATION = 6,
	L2TP_CDN_NO_CARRIER = 7,
	L2TP_CDN_BUSY = 8,
	L2TP_CDN_NO_DIAL_TONE = 9,
	L2TP_CDN_TIMEOUT = 10,
	L2TP_CDN_NO_FRAMING = 11,
};

enum l2tp_error {
	L2TP_ERROR_NONE = 0,
	L2TP_ERROR_NO_TUNNEL = 1,
	L2TP_ERROR_LENGTH = 2,
	L2TP_ERROR_RANGE = 3,
	L2TP_ERROR_RESOURCES = 4,
	L2TP_ERROR_SESSION_ID = 5,
	L2TP_ERROR_VENDOR = 6,
	L2TP_ERROR_TRY_ANOTHER = 7,
	L2TP_ERROR_UNKNOWN_AVP = 8,
};

enum l2tp_ppp_code { /* RFC 3145, section 3 */
	L2TP_PPP_NO_INFO = 0,
	L2TP_PPP_ADMIN = 1,
	L2TP_PPP_NO_PROXY_LCP = 2,
	L2TP_PPP_NORMAL = 3,
	L2TP_PPP_ENCRYPTION_REFUSED = 4,
	L2TP_PPP_LCP_TIMEOUT = 5,
	L2TP_PPP_LCP_NOT_RECOGNIZED = 6,
	L2TP_PPP_LCP_LOOP = 7,
	L2TP_PPP_ECHO_TIMEOUT = 8,
	L2TP_PPP_BUNDLE_ENDPOINT = 9,
	L2TP_PPP_BUNDLE_MRRU = 10,
	L2TP_PPP_BUNDLE_SHORT_SEQ = 11,
	L2TP_PPP_CALLBACK_REFUSED = 12,
	L2TP_PPP_AUTH_TIMEOUT = 13,
	L2TP_PPP_BUNDLE_NAME = 14,
	L2TP_PPP_AUTH_PROTOCOL = 15,
	L2TP_PPP_AUTH_FAILED = 16,
	L2TP_PPP_NCP_TIMEOUT = 17,
	L2TP_PPP_NO_NCP = 18,
	L2TP_PPP_NO_ADDRESS = 19,
	L2TP_PPP_ADDRESS_NOT_PERMITTED = 20,
};

enum l2tp_ppp_direction {
	L2TP_PPP_GLOBAL = 0,
	L2TP_PPP_AT_PEER = 1,
	L2TP_PPP_AT_LOCAL = 2,
};

/* In words; NULL: no such code. */
const char *l2tp_stop_text(uint16_t result);
const char *l2tp_cdn_text(uint16_t result);
const char *l2tp_error_text(uint16_t error);
const char *l2tp_ppp_text(uint16_t code);
