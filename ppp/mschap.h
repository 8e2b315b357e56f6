/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MS-CHAP (RFC 2433) and MS-CHAPv2 (RFC 2759): what is computed from passwords.  The owner of a
 * PPP engine checks responses with it, as PPP_FX_AUTH asks; the engine's subscriber side
 * makes them.
 *
 * It needs MD4 and DES from nettle.  In a build without nettle ppp_mschap_available() and all
 * that computes or checks says false, and links with these methods cannot be opened.
 *
 * LAN Manager responses are neither made nor accepted (RFC 2433 calls them weak).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PPP_MSCHAP_CHALLENGE = 8,   /* octets of a challenge of version 1 */
	PPP_MSCHAP2_CHALLENGE = 16, /* of both challenges of version 2 */
	PPP_MSCHAP_RESPONSE = 49,   /* Value of a Response, both versions */
	PPP_MSCHAP2_SUCCESS = 43,   /* "S=" and 40 digits, with NUL */
};

bool ppp_mschap_available(void);

/* Value of a Response.  False: the password is not UTF-8 or has over 256 characters. */
bool ppp_mschap_response(const char *password, const uint8_t challenge[8], uint8_t out[49]);

/* name: as in the Response; what stands before a backslash is left out (RFC 2759 4). */
bool ppp_mschap2_response(const char *password, const char *name,
	const uint8_t challenge[16], const uint8_t peer_challenge[16], uint8_t out[49]);

/* Is it the Response to the challenge with this password?  Version 2 also gives the
 * Authenticator Response, which must be the Success packet's message: the peer checks it. */
bool ppp_mschap_check(
	const char *password, const uint8_t challenge[8], const uint8_t response[49]);
bool ppp_mschap2_check(const char *password, const char *name, const uint8_t challenge[16],
	const uint8_t response[49], char success[43]);

/* The Authenticator Response to a Response of ours. */
bool ppp_mschap2_success(const char *password, const char *name, const uint8_t challenge[16],
	const uint8_t response[49], char success[43]);
