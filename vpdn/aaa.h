/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Local users: does the peer know the password of the name that it gave?
 */
#pragma once

#include "vpdn/config.h"

/* auth: what PPP_FX_AUTH carries.  An unknown user takes as long as a wrong
 * password. */
bool aaa_check_pap(const struct vpdn_config *c, const char *name, const char *password);
bool aaa_check_chap(const struct vpdn_config *c, const char *name, uint8_t id,
	const uint8_t *challenge, size_t challenge_len, const uint8_t response[16]);
