/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Local users: PAP (RFC 1334), CHAP with MD5 (RFC 1994, section 4.1), MS-CHAP (RFC 2433, 2759).
 *
 * Only digests of equal length are compared, all octets of them, so that the time taken
 * tells neither how much of a password was right nor whether the user exists.
 */
#include "vpdn/aaa.h"

enum {
	MD5_LEN = 16,
	SHA256_LEN = 32,
};

/* Compared when the user is unknown: cannot match, since the result is then ignored. */
static const char *password_of(
	const struct vpdn_config *c, const char *name, bool *known)
{
	const struct vpdn_user *u = g_hash_table_lookup(c->users, name);

	*known = u != NULL;
	return u ? u->password : "";
}

static bool same(const uint8_t *a, const uint8_t *b, size_t n)
{
	volatile uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}

static void sha256(const char *text, uint8_t out[SHA256_LEN])
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	size_t len = SHA256_LEN;

	g_checksum_update(sum, (const guchar *)text, -1);
	g_checksum_get_digest(sum, out, &len);
}

bool aaa_check_pap(const struct vpdn_config *c, const char *name, const char *password)
{
	uint8_t given[SHA256_LEN], right[SHA256_LEN];
	bool known;

	sha256(password, given);
	sha256(password_of(c, name, &known), right);
	return same(given, right, SHA256_LEN) && known;
}

bool aaa_check_chap(const struct vpdn_config *c, const char *name, uint8_t id,
	const uint8_t *challenge, size_t challenge_len, const uint8_t response[16])
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
	uint8_t right[MD5_LEN];
	size_t len = MD5_LEN;
	bool known;
	const char *secret = password_of(c, name, &known);

	g_checksum_update(sum, &id, 1);
	g_checksum_update(sum, (const guchar *)secret, -1);
	g_checksum_update(sum, challenge, (gssize)challenge_len);
	g_checksum_get_digest(sum, right, &len);
	return same(response, right, MD5_LEN) && known;
}

bool aaa_check_mschap(const struct vpdn_config *c, const char *name, const struct aaa_login *l,
	char proof[PPP_MSCHAP2_SUCCESS])
{
	bool v2 = l->method == AAA_LOGIN_MSCHAP2, known, right;
	const char *secret = password_of(c, name, &known);

	proof[0] = 0;
	if (l->response_len != PPP_MSCHAP_RESPONSE ||
		l->challenge_len != (v2 ? PPP_MSCHAP2_CHALLENGE : PPP_MSCHAP_CHALLENGE))
		return false;
	right = v2 ? ppp_mschap2_check(secret, name, l->challenge, l->response, proof)
		   : ppp_mschap_check(secret, l->challenge, l->response);
	if (right && known)
		return true;
	proof[0] = 0;
	return false;
}
