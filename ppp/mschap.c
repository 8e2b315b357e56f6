/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The algorithms of RFC 2433 (section 8 and appendix A) and RFC 2759 (section 8), over nettle's
 * MD4 and DES and GLib's SHA-1.
 */
#include "ppp/mschap.h"

#include <string.h>

#include <glib.h>
#include <nettle/des.h>
#include <nettle/md4.h>

enum {
	HASH = 16,     /* MD4 */
	SHA = 20,
	NT_RESPONSE = 24,
	PASSWORD_MAX = 256, /* characters */
	/* in the Value of a Response */
	V1_NT_AT = 24,
	V1_FLAG_AT = 48, /* 1: the NT response counts */
	V2_NT_AT = 24,
};

bool ppp_mschap_available(void)
{
	return true;
}

static void md4(const uint8_t *bytes, size_t n, uint8_t out[HASH])
{
	struct md4_ctx ctx;

	md4_init(&ctx);
	md4_update(&ctx, n, bytes);
	md4_digest(&ctx, HASH, out);
}

/* NtPasswordHash(): of the password as UTF-16, low octet first. */
static bool password_hash(const char *password, uint8_t out[HASH])
{
	glong units = 0;
	gunichar2 *wide = g_utf8_to_utf16(password, -1, NULL, &units, NULL);
	uint8_t bytes[2 * PASSWORD_MAX];

	if (!wide || units > PASSWORD_MAX) {
		g_free(wide);
		return false;
	}
	for (glong i = 0; i < units; i++) {
		bytes[2 * i] = (uint8_t)wide[i];
		bytes[2 * i + 1] = (uint8_t)(wide[i] >> 8);
	}
	md4(bytes, 2 * (size_t)units, out);
	explicit_bzero(wide, sizeof(*wide) * (size_t)units);
	explicit_bzero(bytes, sizeof(bytes));
	g_free(wide);
	return true;
}

/* DesEncrypt(): seven octets of key become eight, with a bit of parity in each. */
static void des(const uint8_t clear[8], const uint8_t key[7], uint8_t out[8])
{
	struct des_ctx ctx;
	uint8_t wide[DES_KEY_SIZE];
	uint64_t bits = 0;

	for (unsigned i = 0; i < 7; i++)
		bits = bits << 8 | key[i];
	for (unsigned i = 0; i < 8; i++)
		wide[i] = (uint8_t)(bits >> (49 - 7 * i) << 1);
	des_fix_parity(DES_KEY_SIZE, wide, wide);
	(void)des_set_key(&ctx, wide); /* a weak key is as good as the password it is of */
	des_encrypt(&ctx, DES_BLOCK_SIZE, out, clear);
	explicit_bzero(&ctx, sizeof(ctx));
	explicit_bzero(wide, sizeof(wide));
}

/* ChallengeResponse() */
static void challenge_response(
	const uint8_t challenge[8], const uint8_t hash[HASH], uint8_t out[NT_RESPONSE])
{
	uint8_t key[21] = { 0 };

	memcpy(key, hash, HASH);
	for (unsigned i = 0; i < 3; i++)
		des(challenge, key + 7 * i, out + 8 * i);
	explicit_bzero(key, sizeof(key));
}

struct part {
	const void *p;
	size_t n;
};

static void sha1(const struct part *parts, size_t n, uint8_t out[SHA])
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
	gsize len = SHA;

	for (size_t i = 0; i < n; i++)
		if (parts[i].n)
			g_checksum_update(sum, parts[i].p, (gssize)parts[i].n);
	g_checksum_get_digest(sum, out, &len);
}

/* ChallengeHash() */
static void challenge_hash(const uint8_t peer_challenge[16], const uint8_t challenge[16],
	const char *name, uint8_t out[8])
{
	const char *slash = strrchr(name, '\\');
	const char *user = slash ? slash + 1 : name;
	const struct part parts[] = { { peer_challenge, 16 }, { challenge, 16 },
		{ user, strlen(user) } };
	uint8_t digest[SHA];

	sha1(parts, G_N_ELEMENTS(parts), digest);
	memcpy(out, digest, 8);
}

bool ppp_mschap_response(const char *password, const uint8_t challenge[8], uint8_t out[49])
{
	uint8_t hash[HASH];

	memset(out, 0, PPP_MSCHAP_RESPONSE);
	if (!password_hash(password, hash))
		return false;
	challenge_response(challenge, hash, out + V1_NT_AT);
	out[V1_FLAG_AT] = 1;
	explicit_bzero(hash, sizeof(hash));
	return true;
}

bool ppp_mschap2_response(const char *password, const char *name,
	const uint8_t challenge[16], const uint8_t peer_challenge[16], uint8_t out[49])
{
	uint8_t hash[HASH], short_challenge[8];

	memset(out, 0, PPP_MSCHAP_RESPONSE);
	if (!password_hash(password, hash))
		return false;
	memcpy(out, peer_challenge, PPP_MSCHAP2_CHALLENGE);
	challenge_hash(peer_challenge, challenge, name, short_challenge);
	challenge_response(short_challenge, hash, out + V2_NT_AT);
	explicit_bzero(hash, sizeof(hash));
	return true;
}

/* Takes the same time wherever they differ. */
static bool equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	volatile uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}

bool ppp_mschap_check(
	const char *password, const uint8_t challenge[8], const uint8_t response[49])
{
	uint8_t right[PPP_MSCHAP_RESPONSE];

	return ppp_mschap_response(password, challenge, right) &&
	       response[V1_FLAG_AT] == 1 &&
	       equal(right + V1_NT_AT, response + V1_NT_AT, NT_RESPONSE);
}

bool ppp_mschap2_check(const char *password, const char *name, const uint8_t challenge[16],
	const uint8_t response[49], char success[43])
{
	uint8_t right[PPP_MSCHAP_RESPONSE];

	return ppp_mschap2_response(password, name, challenge, response, right) &&
	       equal(right + V2_NT_AT, response + V2_NT_AT, NT_RESPONSE) &&
	       ppp_mschap2_success(password, name, challenge, response, success);
}

/* GenerateAuthenticatorResponse() */
bool ppp_mschap2_success(const char *password, const char *name, const uint8_t challenge[16],
	const uint8_t response[49], char success[43])
{
	static const char magic1[] = "Magic server to client signing constant";
	static const char magic2[] = "Pad to make it do more than one iteration";
	uint8_t hash[HASH], hash_hash[HASH], digest[SHA], short_challenge[8];
	const struct part first[] = { { hash_hash, HASH },
		{ response + V2_NT_AT, NT_RESPONSE }, { magic1, sizeof(magic1) - 1 } };
	const struct part second[] = { { digest, SHA }, { short_challenge, 8 },
		{ magic2, sizeof(magic2) - 1 } };

	if (!password_hash(password, hash))
		return false;
	md4(hash, HASH, hash_hash);
	sha1(first, G_N_ELEMENTS(first), digest);
	challenge_hash(response, challenge, name, short_challenge);
	sha1(second, G_N_ELEMENTS(second), digest);
	success[0] = 'S';
	success[1] = '=';
	for (unsigned i = 0; i < SHA; i++)
		g_snprintf(success + 2 + 2 * i, 3, "%02X", digest[i]);
	explicit_bzero(hash, sizeof(hash));
	explicit_bzero(hash_hash, sizeof(hash_hash));
	return true;
}
