/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MS-CHAPv2 of a client, RFC 2759 section 8, by names of its functions.  On purpose not the one
 * in ppp/: peers do not share our code.
 */
#include "tests/peers/ptymschap.h"

#include <string.h>

#include <glib.h>

#ifdef PTY_NETTLE
#include <nettle/des.h>
#include <nettle/md4.h>

static void nt_hash(const uint8_t *text, size_t n, uint8_t hash[16])
{
	struct md4_ctx md4;

	md4_init(&md4);
	md4_update(&md4, n, text);
	md4_digest(&md4, 16, hash);
}

/* Passwords of tests are ASCII. */
static void nt_password_hash(const char *password, uint8_t hash[16])
{
	g_autoptr(GByteArray) wide = g_byte_array_new();

	for (const char *c = password; *c; c++)
		g_byte_array_append(wide, (const uint8_t[]){ (uint8_t)*c, 0 }, 2);
	nt_hash(wide->data, wide->len, hash);
}

static void sha1(uint8_t digest[20], const void *a, size_t a_len, const void *b,
	size_t b_len, const void *c, size_t c_len)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
	gsize len = 20;

	g_checksum_update(sum, a, (gssize)a_len);
	g_checksum_update(sum, b, (gssize)b_len);
	g_checksum_update(sum, c, (gssize)c_len);
	g_checksum_get_digest(sum, digest, &len);
}

/* Seven octets of key spread over eight, the lowest bit of each unused. */
static void des_encrypt_block(const uint8_t key[7], const uint8_t clear[8], uint8_t out[8])
{
	struct des_ctx des;
	uint64_t bits = 0;
	uint8_t spread[8];

	for (int i = 0; i < 7; i++)
		bits = bits << 8 | key[i];
	for (int i = 0; i < 8; i++)
		spread[i] = (uint8_t)(bits >> (49 - 7 * i) << 1);
	des_set_key(&des, spread);
	des_encrypt(&des, 8, out, clear);
}

static void challenge_hash(const char *user, const uint8_t *challenge, const uint8_t *peer,
	uint8_t hash[20])
{
	sha1(hash, peer, 16, challenge, 16, user, strlen(user));
}

bool mschap2_respond(const char *user, const char *password,
	const uint8_t challenge[MSCHAP2_CHALLENGE], uint8_t value[MSCHAP2_RESPONSE])
{
	uint8_t key[21] = { 0 };
	uint8_t clear[20];

	nt_password_hash(password, key);
	challenge_hash(user, challenge, value, clear);
	memset(value + 16, 0, MSCHAP2_RESPONSE - 16);
	for (int i = 0; i < 3; i++)
		des_encrypt_block(key + 7 * i, clear, value + 24 + 8 * i);
	return true;
}

bool mschap2_success(const char *user, const char *password,
	const uint8_t challenge[MSCHAP2_CHALLENGE], const uint8_t value[MSCHAP2_RESPONSE],
	const uint8_t *message, size_t n)
{
	static const char magic1[] = "Magic server to client signing constant";
	static const char magic2[] = "Pad to make it do more than one iteration";
	uint8_t hash[16];
	uint8_t hash_hash[16];
	uint8_t clear[20];
	uint8_t digest[20];
	char text[2 + 2 * sizeof(digest) + 1] = "S=";

	nt_password_hash(password, hash);
	nt_hash(hash, sizeof(hash), hash_hash);
	sha1(digest, hash_hash, 16, value + 24, 24, magic1, sizeof(magic1) - 1);
	challenge_hash(user, challenge, value, clear);
	sha1(digest, digest, 20, clear, 8, magic2, sizeof(magic2) - 1);
	for (size_t i = 0; i < sizeof(digest); i++)
		g_snprintf(text + 2 + 2 * i, 3, "%02X", digest[i]);
	return n >= 42 && memcmp(message, text, 42) == 0;
}

#else

bool mschap2_respond(const char *user, const char *password,
	const uint8_t challenge[MSCHAP2_CHALLENGE], uint8_t value[MSCHAP2_RESPONSE])
{
	(void)user, (void)password, (void)challenge, (void)value;
	return false;
}

bool mschap2_success(const char *user, const char *password,
	const uint8_t challenge[MSCHAP2_CHALLENGE], const uint8_t value[MSCHAP2_RESPONSE],
	const uint8_t *message, size_t n)
{
	(void)user, (void)password, (void)challenge, (void)value, (void)message, (void)n;
	return false;
}

#endif
