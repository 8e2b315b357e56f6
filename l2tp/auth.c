/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tunnel authentication (RFC 2661, section 5.1.1): response = MD5(id, secret, challenge), where
 * id is the Message Type of the message that carries the response.
 */
#include "l2tp/auth.h"

#include <glib.h>
#include <string.h>

void l2tp_auth_response(uint8_t id, const char *secret, const uint8_t *challenge,
	size_t len, uint8_t out[16])
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
	gsize n = 16;

	g_checksum_update(sum, &id, 1);
	g_checksum_update(sum, (const guchar *)secret, (gssize)strlen(secret));
	g_checksum_update(sum, challenge, (gssize)len);
	g_checksum_get_digest(sum, out, &n);
}

bool l2tp_auth_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}
