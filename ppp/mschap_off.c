/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A build without nettle: there is no MD4 and no DES, so no response is made and none is right.
 */
#include "ppp/mschap.h"

#include <string.h>

bool ppp_mschap_available(void)
{
	return false;
}

bool ppp_mschap_response(const char *password, const uint8_t challenge[8], uint8_t out[49])
{
	memset(out, 0, PPP_MSCHAP_RESPONSE);
	return false;
}

bool ppp_mschap2_response(const char *password, const char *name,
	const uint8_t challenge[16], const uint8_t peer_challenge[16], uint8_t out[49])
{
	memset(out, 0, PPP_MSCHAP_RESPONSE);
	return false;
}

bool ppp_mschap_check(
	const char *password, const uint8_t challenge[8], const uint8_t response[49])
{
	return false;
}

bool ppp_mschap2_check(const char *password, const char *name, const uint8_t challenge[16],
	const uint8_t response[49], char success[43])
{
	success[0] = 0;
	return false;
}

bool ppp_mschap2_success(const char *password, const char *name, const uint8_t challenge[16],
	const uint8_t response[49], char success[43])
{
	success[0] = 0;
	return false;
}
