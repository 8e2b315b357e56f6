/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Local users: does the peer know the password of the name that it gave?
 */
#pragma once

#include "ppp/mschap.h"
#include "vpdn/config.h"

/* How somebody proves who he is. */
enum aaa_login_method {
	AAA_LOGIN_PAP,
	AAA_LOGIN_CHAP,
	AAA_LOGIN_MSCHAP,  /* RFC 2433 */
	AAA_LOGIN_MSCHAP2, /* RFC 2759 */
};

/* Borrowed for the call. */
struct aaa_login {
	enum aaa_login_method method;
	const char *name, *password; /* password: PAP */
	uint8_t id;
	const uint8_t *challenge;
	size_t challenge_len;
	const uint8_t *response; /* 16 octets of CHAP, 49 of MS-CHAP */
	size_t response_len;
};

enum aaa_authentic { /* Acct-Authentic (RFC 2866, section 5.6) */
	AAA_BY_NONE,
	AAA_BY_RADIUS,
	AAA_BY_LOCAL,
};

/* auth: what PPP_FX_AUTH carries.  An unknown user takes as long as a wrong
 * password. */
bool aaa_check_pap(const struct vpdn_config *c, const char *name, const char *password);
bool aaa_check_chap(const struct vpdn_config *c, const char *name, uint8_t id,
	const uint8_t *challenge, size_t challenge_len, const uint8_t response[16]);

/* AAA_LOGIN_MSCHAP, AAA_LOGIN_MSCHAP2; the latter gives what the subscriber wants to see, else
 * proof is "". */
bool aaa_check_mschap(const struct vpdn_config *c, const char *name, const struct aaa_login *l,
	char proof[PPP_MSCHAP2_SUCCESS]);
