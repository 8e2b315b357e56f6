/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a RADIUS server may get wrong although it knows the secret: rows M124 to M132 of
 * docs/bad-input.md.  Packets that are not even packets are in test-radius.c, what comes from
 * elsewhere or to nobody's question in test-radius-client.c and test-dynauth.c.
 */
#include "base/text.h"
#include "vpdn/profile.h"

#include <string.h>

static const char secret[] = "labsecret";
static const uint8_t auth[RADIUS_AUTH] = "fedcba987654321";

/* ---- attributes of an Access-Accept, and what becomes of them ---- */

#define ENDPOINT "430b 01 31302e302e302e31 " /* tag 1, "10.0.0.1" */

static const struct attrs {
	const char *name, *hex;
	unsigned malformed, unknown, tunnels;
	uint32_t ip;
} attrs[] = {
	/* clang-format off */
	{ "framed-ip",          "0806 0a000001",            0, 0, 0, 0x0a000001 },
	{ "M131-ip-of-3",       "0805 0a0000",              1, 0, 0, 0 },
	{ "M131-ip-of-5",       "0807 0a00000100",          1, 0, 0, 0 },
	{ "M131-then-good",     "0805 0a0000 0806 0a000002", 1, 0, 0, 0x0a000002 },
	{ "M128-no-vendor",     "1a02",                     0, 1, 0, 0 },
	{ "M128-vendor-short",  "1a05 000000",              0, 1, 0, 0 },
	{ "M128-vendor-only",   "1a06 00000009",            0, 1, 0, 0 },
	{ "M128-sub-length-0",  "1a08 00000009 0100",       0, 1, 0, 0 },
	{ "M128-sub-length-1",  "1a08 00000009 0101",       0, 1, 0, 0 },
	{ "M128-sub-past-end",  "1a09 00000009 010978",     0, 1, 0, 0 },
	{ "M128-sub-empty",     "1a08 00000009 0102",       1, 0, 0, 0 },
	{ "M128-then-good",     "1a08 00000009 0100 0806 0a000002", 0, 1, 0, 0x0a000002 },
	{ "tunnel",             ENDPOINT "4006 01000003",   0, 0, 1, 0 },
	{ "M129-tag-20-number", ENDPOINT "4006 20000003",   0, 0, 1, 0 },
	{ "M129-tag-20-text",   "430b 20 31302e302e302e31", 1, 0, 0, 0 },
	{ "M129-integer-of-3",  ENDPOINT "4005 010003",     1, 0, 1, 0 },
	{ "M129-other-type",    ENDPOINT "4006 01000001",   1, 0, 0, 0 },
	{ "M129-tag-alone",     "4303 01",                  1, 0, 0, 0 },
	/* clang-format on */
};

static void attributes(gconstpointer data)
{
	const struct attrs *row = data;
	g_autoptr(GBytes) b = text_from_hex(row->hex);
	gsize n;
	const void *bytes = g_bytes_get_data(b, &n);
	struct profile *p = profile_new(rd_init(bytes, n), secret, auth);

	g_assert_cmpuint(p->malformed, ==, row->malformed);
	g_assert_cmpuint(p->unknown, ==, row->unknown);
	g_assert_cmpuint(p->tunnels->len, ==, row->tunnels);
	g_assert_cmphex(p->ip, ==, row->ip);
	profile_free(p);
}

/* M132: as many ways as there are, none better than the other; each is there once. */
static void equal_tunnels(void)
{
	uint8_t buf[1024];
	struct wr w = wr_init(buf, sizeof(buf));
	struct profile *p;

	for (uint8_t tag = 20; tag; tag--) {
		g_autofree char *ip = g_strdup_printf("192.0.2.%u", tag);

		radius_put_tagged_str(&w, RA_TUNNEL_SERVER_ENDPOINT, tag, ip);
		radius_put_tagged_u32(&w, RA_TUNNEL_PREFERENCE, tag, 5);
	}
	g_assert_false(w.bad);
	p = profile_new(rd_init(buf, w.len), secret, auth);
	g_assert_cmpuint(p->tunnels->len, ==, 20);
	for (guint i = 0; i < 20; i++) {
		const struct profile_tunnel *t = p->tunnels->pdata[i];

		g_assert_cmpuint(t->preference, ==, 5);
		g_assert_cmphex(t->server_ip, ==, 0xc0000201 + i);
	}
	profile_free(p);
}

/* ---- Tunnel-Password ---- */

enum { SALT_AT = 3, FIRST = 5 }; /* in the attribute: type, length, tag, salt, cipher text */

static const struct tunnel_password {
	const char *name;
	int longer;         /* octets more than there should be */
	uint8_t length_xor; /* of the length inside, which is 9 */
	bool ok;
} passwords[] = {
	{ "good", 0, 0, true },
	{ "M130-odd", -1, 0, false },
	{ "M130-half-a-block", -8, 0, false },
	{ "M130-no-text", -16, 0, false },
	{ "M130-one-more", 1, 0, false },
	{ "M130-shorter-inside", 0, 9 ^ 3, true },
	{ "M130-longest-inside", 0, 9 ^ 15, false }, /* NULs of the padding */
	{ "M130-longer-inside", 0, 9 ^ 16, false },
	{ "M130-255-inside", 0, 9 ^ 255, false },
};

static void tunnel_password(gconstpointer data)
{
	const struct tunnel_password *row = data;
	uint8_t buf[64] = { 0 };
	struct wr w = wr_init(buf, sizeof(buf));
	char text[RADIUS_TEXT_MAX];
	struct radius_attr a;
	struct profile *p;
	struct rd r;

	radius_put_tunnel_password(&w, 1, 0x1234, "tunsecret", secret, auth);
	buf[1] = (uint8_t)(buf[1] + row->longer);
	buf[FIRST] ^= row->length_xor;
	r = rd_init(buf, buf[1]);
	if (radius_find(r, RADIUS_IETF, RA_TUNNEL_PASSWORD, &a))
		g_assert_cmpint(radius_tunnel_password(&a, secret, auth, text), ==, row->ok);
	else
		g_assert_false(row->ok);
	p = profile_new(r, secret, auth);
	g_assert_cmpuint(p->malformed > 0, ==, true); /* there is no endpoint anyhow */
	g_assert_cmpuint(p->tunnels->len, ==, 0);
	profile_free(p);
}

/* M130: two that have the same salt, or one without its first bit, are read all the same. */
static void same_salt(void)
{
	uint8_t buf[128];
	struct wr w = wr_init(buf, sizeof(buf));
	char text[RADIUS_TEXT_MAX];
	struct radius_iter it;
	struct radius_attr a;

	radius_put_tunnel_password(&w, 1, 7, "one", secret, auth);
	g_assert_cmphex(buf[SALT_AT], ==, 0x80);
	radius_put_tunnel_password(&w, 2, 7, "two", secret, auth);
	it = radius_iter(rd_init(buf, w.len));
	g_assert_true(radius_next(&it, &a));
	g_assert_true(radius_tunnel_password(&a, secret, auth, text));
	g_assert_cmpstr(text, ==, "one");
	g_assert_true(radius_next(&it, &a));
	g_assert_true(radius_tunnel_password(&a, secret, auth, text));
	g_assert_cmpstr(text, ==, "two");
}

/* ---- Message-Authenticator ---- */

enum { NONE, RIGHT, WRONG, TWICE, SHORT, LATE };

static const struct signature {
	const char *name;
	unsigned how;
	bool authenticator; /* of the packet is right */
	enum radius_verdict verdict;
} signatures[] = {
	{ "right", RIGHT, true, RADIUS_GENUINE },
	{ "last", LATE, true, RADIUS_GENUINE },
	{ "M124-wrong", RIGHT, false, RADIUS_FORGED },
	{ "M124-without", NONE, false, RADIUS_FORGED },
	{ "M125-missing", NONE, true, RADIUS_MA_MISSING },
	{ "M125-wrong", WRONG, true, RADIUS_FORGED_MA },
	{ "M125-twice", TWICE, true, RADIUS_FORGED_MA },
	{ "M125-short", SHORT, true, RADIUS_FORGED_MA },
};

static void response_authenticator(struct wr *w, const uint8_t *request)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
	gsize n = RADIUS_AUTH;

	memcpy(w->buf + 4, request, RADIUS_AUTH);
	g_checksum_update(sum, w->buf, (gssize)w->len);
	g_checksum_update(sum, (const guchar *)secret, -1);
	g_checksum_get_digest(sum, w->buf + 4, &n);
}

static void signed_reply(gconstpointer data)
{
	const struct signature *row = data;
	uint8_t buf[256];
	struct wr w = wr_init(buf, sizeof(buf));
	struct radius_packet p;

	radius_begin(&w, RADIUS_ACCESS_ACCEPT, 7, NULL);
	if (row->how == RIGHT || row->how == WRONG || row->how == TWICE)
		radius_put_message_authenticator(&w);
	radius_put_u32(&w, RA_SESSION_TIMEOUT, 60);
	if (row->how == TWICE || row->how == LATE)
		radius_put_message_authenticator(&w);
	if (row->how == SHORT)
		radius_put(&w, RA_MESSAGE_AUTHENTICATOR, "123456789012345", 15);
	radius_seal(&w, secret, auth);
	if (row->how == WRONG)
		w.buf[RADIUS_HDR + 5] ^= 1;
	response_authenticator(&w, auth);
	if (!row->authenticator)
		w.buf[4] ^= 1;
	g_assert_true(radius_parse(&p, w.buf, w.len));
	g_assert_cmpint(radius_verify(&p, secret, auth), ==, row->verdict);
}

static void add(const char *folder, const char *name, gconstpointer data, GTestDataFunc fn)
{
	g_autofree char *path = g_strdup_printf("/vpdn/bad-radius/%s/%s", folder, name);

	g_test_add_data_func(path, data, fn);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(attrs); i++)
		add("attributes", attrs[i].name, &attrs[i], attributes);
	for (size_t i = 0; i < G_N_ELEMENTS(passwords); i++)
		add("tunnel-password", passwords[i].name, &passwords[i], tunnel_password);
	for (size_t i = 0; i < G_N_ELEMENTS(signatures); i++)
		add("signature", signatures[i].name, &signatures[i], signed_reply);
	g_test_add_func("/vpdn/bad-radius/M130-same-salt", same_salt);
	g_test_add_func("/vpdn/bad-radius/M132-equal-tunnels", equal_tunnels);
	return g_test_run();
}
