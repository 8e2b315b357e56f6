/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MS-CHAP against the examples of RFC 2759 (9.2) and RFC 2433 (appendix B). */
#include "ppp/mschap.h"
#include "tests/lib/hex.h"

static const uint8_t challenge[16] = { 0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e, 0x3c,
	0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28 };
static const uint8_t peer_challenge[16] = { 0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a,
	0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e };

#define NT_RESPONSE "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df"

/* RFC 2759 9.2, user "User", password "clientPass". */
static void test_v2(void)
{
	char success[PPP_MSCHAP2_SUCCESS], again[PPP_MSCHAP2_SUCCESS];
	uint8_t response[49];

	g_assert_true(ppp_mschap2_response(
		"clientPass", "User", challenge, peer_challenge, response));
	assert_hex(response, 49,
		"21402324255e262a28295f2b3a337c7e" "0000000000000000" NT_RESPONSE "00");
	g_assert_true(ppp_mschap2_check("clientPass", "User", challenge, response, success));
	g_assert_cmpstr(success, ==, "S=407A5589115FD0D6209F510FE9C04566932CDA56");
	g_assert_true(ppp_mschap2_success(
		"clientPass", "User", challenge, response, again));
	g_assert_cmpstr(again, ==, success);
	/* the domain is not part of it (section 4) */
	g_assert_true(ppp_mschap2_check(
		"clientPass", "DOMAIN\\User", challenge, response, success));
	g_assert_cmpstr(success, ==, "S=407A5589115FD0D6209F510FE9C04566932CDA56");
}

static void test_v2_wrong(void)
{
	uint8_t response[49];
	char success[PPP_MSCHAP2_SUCCESS];

	g_assert_true(ppp_mschap2_response(
		"clientPass", "User", challenge, peer_challenge, response));
	g_assert_false(ppp_mschap2_check("clientpass", "User", challenge, response, success));
	g_assert_false(ppp_mschap2_check("clientPass", "user", challenge, response, success));
	g_assert_false(ppp_mschap2_check(
		"clientPass", "User", peer_challenge, response, success));
	for (unsigned i = 0; i < 48; i++) { /* the reserved octets do not count */
		response[i] ^= 1;
		g_assert_cmpint(ppp_mschap2_check("clientPass", "User", challenge, response,
					success),
			==, i >= 16 && i < 24);
		response[i] ^= 1;
	}
}

/* RFC 2433 B.1: password "MyPw". */
static void test_v1(void)
{
	static const uint8_t c[8] = { 0x10, 0x2d, 0xb5, 0xdf, 0x08, 0x5d, 0x30, 0x41 };
	uint8_t response[49];

	g_assert_true(ppp_mschap_response("MyPw", c, response));
	assert_hex(response + 24, 25, "4e9d3c8f9cfd385d5bf4d3246791956ca4c351ab409a3d6101");
	g_assert_true(ppp_mschap_check("MyPw", c, response));
	g_assert_false(ppp_mschap_check("mypw", c, response));
	response[48] = 0; /* only the LAN Manager response is said to count */
	g_assert_false(ppp_mschap_check("MyPw", c, response));
	response[48] = 1;
	response[30] ^= 0x80;
	g_assert_false(ppp_mschap_check("MyPw", c, response));
}

static void test_passwords(void)
{
	uint8_t response[49];
	g_autofree char *most = g_strnfill(256, 'x');
	g_autofree char *more = g_strnfill(257, 'x');

	g_assert_true(ppp_mschap_response("", challenge, response));
	g_assert_true(ppp_mschap_response(most, challenge, response));
	g_assert_false(ppp_mschap_response(more, challenge, response));
	g_assert_false(ppp_mschap_response("\xff\xfe", challenge, response));
	/* beyond the first plane a character is two units */
	g_assert_true(ppp_mschap_response("p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x94\x91",
		challenge, response));
	g_assert_true(ppp_mschap_check("p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x94\x91", challenge,
		response));
	g_assert_false(ppp_mschap_check("p\xc3\xa4ss\xe2\x82\xac", challenge, response));
}

static void test_off(void)
{
	g_test_skip("built without nettle");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (!ppp_mschap_available()) {
		g_test_add_func("/mschap/off", test_off);
		return g_test_run();
	}
	g_test_add_func("/mschap/v2", test_v2);
	g_test_add_func("/mschap/v2-wrong", test_v2_wrong);
	g_test_add_func("/mschap/v1", test_v1);
	g_test_add_func("/mschap/passwords", test_passwords);
	return g_test_run();
}
