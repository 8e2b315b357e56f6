/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hiding of AVP values (RFC 2661, section 4.3).  Blocks of 16 octets; the key of the first is
 * MD5(type, secret, random vector), of each later one MD5(secret, cipher text before it).
 */
#include "l2tp/hide.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

enum { BLOCK = 16 };

static void first_key(
	GChecksum *sum, uint16_t type, const char *secret, const uint8_t *rv, size_t n)
{
	const uint8_t t[2] = { (uint8_t)(type >> 8), (uint8_t)type };

	g_checksum_update(sum, t, sizeof(t));
	g_checksum_update(sum, (const guchar *)secret, (gssize)strlen(secret));
	g_checksum_update(sum, rv, (gssize)n);
}

static void next_key(GChecksum *sum, const char *secret, const uint8_t cipher[BLOCK])
{
	g_checksum_reset(sum);
	g_checksum_update(sum, (const guchar *)secret, (gssize)strlen(secret));
	g_checksum_update(sum, cipher, BLOCK);
}

static void apply(uint16_t type, const char *secret, const uint8_t *rv, size_t rv_len,
	uint8_t *p, size_t len, bool hide)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
	uint8_t key[BLOCK], cipher[BLOCK];

	first_key(sum, type, secret, rv, rv_len);
	for (size_t at = 0; at < len; at += BLOCK) {
		size_t n = MIN(len - at, (size_t)BLOCK);
		gsize key_len = sizeof(key);

		g_checksum_get_digest(sum, key, &key_len);
		if (!hide)
			memcpy(cipher, p + at, n);
		for (size_t i = 0; i < n; i++)
			p[at + i] ^= key[i];
		if (hide)
			memcpy(cipher, p + at, n);
		if (n == BLOCK)
			next_key(sum, secret, cipher);
	}
	explicit_bzero(key, sizeof(key));
}

void l2tp_hide(uint16_t type, const char *secret, const uint8_t *rv, size_t rv_len,
	uint8_t *p, size_t len)
{
	apply(type, secret, rv, rv_len, p, len, true);
}

void l2tp_unhide(uint16_t type, const char *secret, const uint8_t *rv, size_t rv_len,
	uint8_t *p, size_t len)
{
	apply(type, secret, rv, rv_len, p, len, false);
}
