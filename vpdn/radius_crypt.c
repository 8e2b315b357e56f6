/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What needs the shared secret: authenticators (RFC 2865, section 3; RFC 2866, section 3;
 * RFC 5176, section 2.3), Message-Authenticator (RFC 2869, section 5.14), hidden passwords
 * (RFC 2865, section 5.2; RFC 2868, section 3.5).
 */
#include "vpdn/radius.h"

enum {
	BLOCK = 16,
	SALT = 2,
	AUTH_AT = 4,     /* of the authenticator in a packet */
	MA_SIZE = 2 + 16, /* Message-Authenticator with its header */
};

static void md5(uint8_t out[BLOCK], const void *a, size_t n_a, const void *b, size_t n_b,
	const void *c, size_t n_c)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
	gsize len = BLOCK;

	g_checksum_update(sum, a, (gssize)n_a);
	g_checksum_update(sum, b, (gssize)n_b);
	g_checksum_update(sum, c, (gssize)n_c);
	g_checksum_get_digest(sum, out, &len);
}

static bool same(const uint8_t *a, const uint8_t *b)
{
	volatile uint8_t diff = 0;

	for (size_t i = 0; i < BLOCK; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}

/* ---- authenticators ---- */

static bool is_reply(uint8_t code)
{
	return code != RADIUS_ACCESS_REQUEST && code != RADIUS_ACCT_REQUEST &&
	       code != RADIUS_DISCONNECT_REQUEST && code != RADIUS_COA_REQUEST;
}

/* Where Message-Authenticator is in the packet; 0: nowhere. */
static size_t find_ma(const uint8_t *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_skip(&r, RADIUS_HDR);
	while (rd_left(&r) >= MA_SIZE) {
		size_t at = len - rd_left(&r);
		uint8_t type = rd_u8(&r), n = rd_u8(&r);

		if (type == RA_MESSAGE_AUTHENTICATOR && n == MA_SIZE)
			return at;
		rd_skip(&r, (size_t)n - 2); /* a length that lies ends it */
	}
	return 0;
}

/* HMAC-MD5 over the packet with `auth` in its header and the attribute at `at` zero. */
static void hmac(uint8_t out[BLOCK], const uint8_t *bytes, size_t len, size_t at,
	const uint8_t *auth, const char *secret)
{
	static const uint8_t zeros[BLOCK];
	GHmac *h = g_hmac_new(G_CHECKSUM_MD5, (const guchar *)secret, strlen(secret));
	gsize n = BLOCK;

	g_hmac_update(h, bytes, AUTH_AT);
	g_hmac_update(h, auth, RADIUS_AUTH);
	g_hmac_update(h, bytes + RADIUS_HDR, (gssize)(at + 2 - RADIUS_HDR));
	g_hmac_update(h, zeros, BLOCK);
	g_hmac_update(h, bytes + at + MA_SIZE, (gssize)(len - at - MA_SIZE));
	g_hmac_get_digest(h, out, &n);
	g_hmac_unref(h);
}

/* MD5 over the packet with `auth` in its header, and the secret. */
static void digest(uint8_t out[BLOCK], const uint8_t *bytes, size_t len,
	const uint8_t *auth, const char *secret)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
	gsize n = BLOCK;

	g_checksum_update(sum, bytes, AUTH_AT);
	g_checksum_update(sum, auth, RADIUS_AUTH);
	g_checksum_update(sum, bytes + RADIUS_HDR, (gssize)(len - RADIUS_HDR));
	g_checksum_update(sum, (const guchar *)secret, (gssize)strlen(secret));
	g_checksum_get_digest(sum, out, &n);
}

/* What is in the header while the digests are made. */
static const uint8_t *basis(const uint8_t *bytes, const uint8_t *request)
{
	static const uint8_t zeros[RADIUS_AUTH];

	if (bytes[0] == RADIUS_ACCESS_REQUEST)
		return bytes + AUTH_AT;
	return is_reply(bytes[0]) && request ? request : zeros;
}

void radius_seal(struct wr *w, const char *secret, const uint8_t *request)
{
	uint8_t auth[RADIUS_AUTH], sum[BLOCK];
	size_t at;

	if (w->bad || w->len < RADIUS_HDR || w->len > RADIUS_MAX) {
		w->bad = true;
		return;
	}
	wr_set_u16(w, 2, (uint16_t)w->len);
	memcpy(auth, basis(w->buf, request), RADIUS_AUTH);
	at = find_ma(w->buf, w->len);
	if (at) {
		hmac(sum, w->buf, w->len, at, auth, secret);
		memcpy(w->buf + at + 2, sum, BLOCK);
	}
	if (w->buf[0] == RADIUS_ACCESS_REQUEST)
		return;
	digest(sum, w->buf, w->len, auth, secret);
	memcpy(w->buf + AUTH_AT, sum, BLOCK);
}

enum radius_verdict radius_verify(
	const struct radius_packet *p, const char *secret, const uint8_t *request)
{
	const uint8_t *auth = basis(p->bytes, request);
	uint8_t sum[BLOCK];
	size_t at = find_ma(p->bytes, p->len);
	unsigned n = radius_count(p->attrs, RADIUS_IETF, RA_MESSAGE_AUTHENTICATOR);

	if (p->code != RADIUS_ACCESS_REQUEST) {
		digest(sum, p->bytes, p->len, auth, secret);
		if (!same(sum, p->authenticator))
			return RADIUS_FORGED;
	}
	if (!n)
		return RADIUS_MA_MISSING;
	if (!at || n > 1) /* of a wrong size; there is one at most (RFC 2869, section 5.19) */
		return RADIUS_FORGED_MA;
	hmac(sum, p->bytes, p->len, at, auth, secret);
	return same(sum, p->bytes + at + 2) ? RADIUS_GENUINE : RADIUS_FORGED_MA;
}

/* ---- passwords ---- */

/* XORs whole blocks with MD5(secret, previous ciphered block); the first block's previous is
 * `start`.  to and from may be the same. */
static void cipher(uint8_t *to, const uint8_t *from, size_t n, bool hide,
	const char *secret, const uint8_t *start, size_t n_start, const uint8_t *salt)
{
	uint8_t mask[BLOCK], prev[BLOCK];

	for (size_t at = 0; at < n; at += BLOCK) {
		if (at == 0)
			md5(mask, secret, strlen(secret), start, n_start, salt,
				salt ? SALT : 0);
		else
			md5(mask, secret, strlen(secret), prev, BLOCK, NULL, 0);
		if (!hide)
			memcpy(prev, from + at, BLOCK);
		for (size_t i = 0; i < BLOCK; i++)
			to[at + i] = from[at + i] ^ mask[i];
		if (hide)
			memcpy(prev, to + at, BLOCK);
	}
}

static size_t padded(size_t n)
{
	return (n + BLOCK - 1) / BLOCK * BLOCK;
}

void radius_put_password(struct wr *w, const char *password, const char *secret,
	const uint8_t authenticator[RADIUS_AUTH])
{
	uint8_t buf[RADIUS_PASSWORD_MAX] = { 0 };
	size_t n = strlen(password);

	if (n > sizeof(buf)) {
		w->bad = true;
		return;
	}
	memcpy(buf, password, n);
	n = MAX(padded(n), (size_t)BLOCK);
	cipher(buf, buf, n, true, secret, authenticator, RADIUS_AUTH, NULL);
	radius_put(w, RA_USER_PASSWORD, buf, n);
}

void radius_put_tunnel_password(struct wr *w, uint8_t tag, uint16_t salt,
	const char *password, const char *secret, const uint8_t authenticator[RADIUS_AUTH])
{
	uint8_t buf[1 + SALT + 240] = { 0 };
	size_t n = strlen(password);

	if (n > 239) {
		w->bad = true;
		return;
	}
	buf[0] = tag;
	put_u16(buf + 1, salt | 0x8000);
	buf[1 + SALT] = (uint8_t)n;
	memcpy(buf + 1 + SALT + 1, password, n);
	n = padded(n + 1);
	cipher(buf + 1 + SALT, buf + 1 + SALT, n, true, secret, authenticator, RADIUS_AUTH,
		buf + 1);
	radius_put(w, RA_TUNNEL_PASSWORD, buf, 1 + SALT + n);
}

bool radius_password(const struct radius_attr *a, const char *secret,
	const uint8_t authenticator[RADIUS_AUTH], char out[RADIUS_PASSWORD_MAX + 1])
{
	uint8_t buf[RADIUS_PASSWORD_MAX + 1] = { 0 };
	struct rd r = a->value;
	size_t n = rd_left(&r), len;

	out[0] = '\0';
	if (!n || n % BLOCK || n > RADIUS_PASSWORD_MAX)
		return false;
	cipher(buf, rd_take(&r, n), n, false, secret, authenticator, RADIUS_AUTH, NULL);
	len = strnlen((char *)buf, n);
	for (size_t i = len; i < n; i++)
		if (buf[i])
			return false;
	memcpy(out, buf, len + 1);
	return true;
}

bool radius_tunnel_password(const struct radius_attr *a, const char *secret,
	const uint8_t authenticator[RADIUS_AUTH], char out[RADIUS_TEXT_MAX])
{
	uint8_t buf[RADIUS_TEXT_MAX];
	struct rd r = a->value;
	const uint8_t *salt = rd_take(&r, SALT);
	size_t n = rd_left(&r), len;

	out[0] = '\0';
	if (!salt || !n || n % BLOCK || n > sizeof(buf))
		return false;
	cipher(buf, rd_take(&r, n), n, false, secret, authenticator, RADIUS_AUTH, salt);
	len = buf[0];
	if (len > n - 1 || (len && memchr(buf + 1, 0, len)))
		return false;
	memcpy(out, buf + 1, len);
	out[len] = '\0';
	return true;
}
