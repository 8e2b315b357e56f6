/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drive.h"

#include "tests/lib/hex.h"

/* MD5 of id, secret and challenge, computed by another program. */
static void test_md5(void)
{
	static const struct {
		uint8_t id;
		const char *secret, *challenge, *value;
	} rows[] = {
		/* "a" and "abc" of RFC 1321 A.5, cut into id, secret and challenge */
		{ 'a', "", "", "0cc175b9c0f1b6a831c399e269772661" },
		{ 'a', "b", "63", "900150983cd24fb0d6963f7d28e17f72" },
		{ 'm', "essage", "20646967657374", "f96b697d7cb7938d525a2f31aaf161d0" },
		/* xl2tpd's challenges in hidden-avps-xl2tpd-lns.pcap */
		{ 2, "loadpw", "c92e0b0a8d664fc2519e937a15d6d732",
			"880624981423a20ae29bb90c9d1cc99e" },
		{ 2, "loadpw", "ffe67c240bd6b49817c6ec0c23b62480",
			"64982619e1863f21cbf9583dab99d11a" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) challenge = hex(rows[i].challenge);
		uint8_t out[16];
		gsize n;
		const void *p = g_bytes_get_data(challenge, &n);

		ppp_chap_md5(rows[i].id, rows[i].secret, p, n, out);
		assert_hex(out, 16, rows[i].value);
	}
}

/* ---- PAP, network side ---- */

#define ALICE   "05616c696365"
#define ALICEPW "07616c6963657077"

static void start_pap(struct drive *d)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_PAP, PPP_AUTH_NONE);

	drive_new(d, &cfg);
	drive_lcp_up(d);
	g_assert_cmpuint(drive_phase(d), ==, PPP_PHASE_AUTHENTICATE);
}

static void test_pap_good(void)
{
	struct drive d;

	start_pap(&d);
	drive_feed(&d, "8021 01 01 000a 0306 00000000"); /* too early: silence */
	drive_expect_none(&d);
	drive_feed(&d, "c023 01 02 0012" ALICE ALICEPW);
	g_assert_cmpuint(d.auths, ==, 1);
	g_assert_cmpuint(d.method, ==, PPP_AUTH_PAP);
	g_assert_cmpstr(d.name, ==, "alice");
	g_assert_cmpstr(d.password, ==, "alicepw");
	drive_expect_none(&d);
	drive_feed(&d, "c023 01 03 0012" ALICE ALICEPW); /* impatient */
	g_assert_cmpuint(d.auths, ==, 1);
	drive_verdict(&d, true, 0x0a000009, "hello");
	drive_expect(&d, "c023 02 03 000a 05 68656c6c6f");
	drive_ipcp_up(&d);
	drive_feed(&d, "c023 01 04 0012" ALICE ALICEPW); /* our Ack was lost */
	drive_expect(&d, "c023 02 04 000a 05 68656c6c6f");
	g_assert_cmpuint(d.auths, ==, 1);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
	drive_verdict(&d, false, 0, NULL); /* nobody asked */
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
	drive_free(&d);
}

static void test_pap_bad(void)
{
	struct drive d;

	start_pap(&d);
	drive_feed(&d, "c023 01 02 0012" ALICE ALICEPW);
	drive_verdict(&d, false, 0, NULL);
	drive_expect(&d, "c023 03 02 0005 00");
	drive_expect(&d, "c021 05 02 0004");
	drive_feed(&d, "c021 06 02 0004");
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_FAILED);
	drive_free(&d);
}

static void test_pap_malformed(void)
{
	static const char *const frames[] = {
		"c023 01 02 0004",		 /* nothing in it */
		"c023 01 02 000a ff 616c696365", /* M111: the name past the end */
		"c023 01 02 000c" ALICE "ff61",	 /* the password past the end */
		"c023 01 02 000a" ALICE,
		"c023 01 02 0003",
		"c023 01 02",
	};
	struct drive d;

	start_pap(&d);
	for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++) {
		drive_feed(&d, frames[i]);
		g_assert_cmpuint(drive_stats(&d).malformed, ==, i + 1);
	}
	drive_feed(&d, "c023 02 02 0005 00"); /* an Ack for the network side */
	drive_feed(&d, "c223 02 01 0004");    /* CHAP was not agreed upon */
	g_assert_cmpuint(d.auths, ==, 0);
	drive_expect_none(&d);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);

	/* a NUL in the name: no such user, without asking */
	drive_feed(&d, "c023 01 02 000c 03610062 0361006263");
	drive_expect(&d, "c023 03 02 0005 00");
	g_assert_cmpuint(d.auths, ==, 0);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_free(&d);
}

static void test_pap_empty(void)
{
	struct drive d;

	start_pap(&d);
	drive_feed(&d, "c023 01 02 0006 00 00");
	g_assert_cmpuint(d.auths, ==, 1);
	g_assert_cmpstr(d.name, ==, "");
	g_assert_cmpstr(d.password, ==, "");
	drive_free(&d);
}

static void test_pap_timeout(void)
{
	struct drive d;

	start_pap(&d);
	drive_wait(&d, 9900);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_wait(&d, 200);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_wait(&d, 7000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_TIMEOUT);
	drive_free(&d);

	/* a slow owner is not the peer's fault */
	start_pap(&d);
	drive_feed(&d, "c023 01 02 0012" ALICE ALICEPW);
	drive_wait(&d, 30000);
	drive_verdict(&d, true, 0x0a000009, NULL);
	drive_expect(&d, "c023 02 02 0005 00");
	drive_ipcp_up(&d);
	drive_wait(&d, 30000);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
	drive_free(&d);
}

/* The verdict about one user is never taken for another's. */
static void test_stale_verdict(void)
{
	struct drive d;
	g_autofree char *req = NULL;

	start_pap(&d);
	drive_feed(&d, "c023 01 02 0012" ALICE ALICEPW);
	drive_feed(&d, "c021 01 22 000a 0506 22222222"); /* LCP again */
	req = drive_sent(&d);
	drive_forget(&d);
	req[5] = '2';
	drive_feed(&d, req);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_feed(&d, "c023 01 03 000a 03626f62 0178"); /* bob now */
	g_assert_cmpuint(d.auths, ==, 1);
	drive_verdict(&d, true, 0x0a000009, NULL); /* for alice */
	drive_expect_none(&d);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_feed(&d, "c023 01 04 000a 03626f62 0178");
	g_assert_cmpuint(d.auths, ==, 2);
	g_assert_cmpstr(d.name, ==, "bob");
	drive_verdict(&d, false, 0, NULL);
	drive_expect(&d, "c023 03 04 0005 00");
	drive_free(&d);
}

/* ---- CHAP, network side ---- */

static void start_chap(struct drive *d, char **take_challenge)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_NONE);
	char *c;

	drive_new(d, &cfg);
	drive_lcp_up(d);
	c = drive_sent(d);
	g_assert_true(g_str_has_prefix(c, "c22301010018" "10"));
	g_assert_true(g_str_has_suffix(c, "6c6e73"));
	*take_challenge = g_strndup(c + 14, 32);
	g_free(c);
}

#define RESPONSE "10 00112233445566778899aabbccddeeff 626f62"

static void test_chap_good(void)
{
	struct drive d;
	g_autofree char *challenge = NULL;

	start_chap(&d, &challenge);
	drive_feed(&d, "c223 02 07 0018" RESPONSE); /* M113: not our identifier */
	g_assert_cmpuint(drive_stats(&d).unexpected, ==, 1);
	drive_feed(&d, "c223 02 01 0018" RESPONSE);
	g_assert_cmpuint(d.auths, ==, 1);
	g_assert_cmpuint(d.method, ==, PPP_AUTH_CHAP);
	g_assert_cmpuint(d.id, ==, 1);
	g_assert_cmpstr(d.name, ==, "bob");
	g_assert_cmpstr(d.password, ==, NULL);
	assert_hex(d.challenge, 16, challenge);
	assert_hex(d.response, 16, "00112233445566778899aabbccddeeff");
	drive_feed(&d, "c223 02 01 0018" RESPONSE);
	drive_wait(&d, 5000); /* no new Challenge meanwhile */
	drive_expect_none(&d);
	drive_verdict(&d, true, 0x0a000009, "ok");
	drive_expect(&d, "c223 03 01 0006 6f6b");
	drive_ipcp_up(&d);
	drive_feed(&d, "c223 02 01 0018" RESPONSE);
	drive_expect(&d, "c223 03 01 0006 6f6b");
	drive_feed(&d, "c223 02 02 0018" RESPONSE);
	drive_expect_none(&d);
	g_assert_cmpuint(d.auths, ==, 1);
	drive_free(&d);
}

static void test_chap_bad(void)
{
	struct drive d;
	g_autofree char *challenge = NULL;

	start_chap(&d, &challenge);
	drive_feed(&d, "c223 02 01 0018" RESPONSE);
	drive_verdict(&d, false, 0, "no");
	drive_expect(&d, "c223 04 01 0006 6e6f");
	drive_expect(&d, "c021 05 02 0004");
	drive_wait(&d, 7000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_FAILED);
	drive_free(&d);
}

static void test_chap_again(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_NONE);
	struct drive d;
	g_autofree char *first = NULL, *second = NULL;

	start_chap(&d, &first);
	drive_wait(&d, 3001);
	second = drive_sent(&d);
	g_assert_true(g_str_has_prefix(second, "c22301020018" "10"));
	g_assert_false(g_str_has_prefix(second + 14, first));
	drive_feed(&d, "c223 02 01 0018" RESPONSE); /* to the first: too late */
	g_assert_cmpuint(d.auths, ==, 0);
	drive_feed(&d, "c223 02 02 0018" RESPONSE);
	g_assert_cmpuint(d.auths, ==, 1);
	drive_free(&d);

	cfg.auth_retries = 2;
	cfg.auth_s = 60;
	drive_new(&d, &cfg);
	drive_lcp_up(&d);
	drive_wait(&d, 5900);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_wait(&d, 200);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_wait(&d, 7000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_TIMEOUT);
	drive_free(&d);
}

static void test_chap_malformed(void)
{
	static const char *const frames[] = {
		"c223 02 01 0004",
		"c223 02 01 0005 00", /* M112 */
		"c223 02 01 0008 ff 001122",
		"c223 02 01 0018 0f 00112233445566778899aabbccddeeff 626f62",
		"c223 02 01 0018 11 00112233445566778899aabbccddeeff 626f62",
		"c223 02 01 0028" RESPONSE,
	};
	struct drive d;
	g_autofree char *challenge = NULL;

	start_chap(&d, &challenge);
	for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++) {
		drive_feed(&d, frames[i]);
		g_assert_cmpuint(drive_stats(&d).malformed, ==, i + 1);
	}
	g_assert_cmpuint(d.auths, ==, 0);
	drive_feed(&d, "c223 02 01 001a 10 00112233445566778899aabbccddeeff 6200 6f6262");
	g_assert_cmpuint(d.auths, ==, 0);
	drive_expect(&d, "c223 04 01 0004"); /* a NUL in the name */
	drive_free(&d);
}

/* ---- client ---- */

static void start_client(struct drive *d, const char *auth_option)
{
	struct ppp_link_config cfg = drive_client();
	unsigned n = (unsigned)strlen(auth_option) / 2;
	g_autofree char *ask = g_strdup_printf("c0210101%04x%s", 4 + n, auth_option);
	g_autofree char *ack = g_strdup_printf("c0210201%04x%s", 4 + n, auth_option);

	drive_new(d, &cfg);
	drive_forget(d);
	drive_feed(d, ask);
	drive_expect(d, ack);
	drive_feed(d, "c021 02 01 000a 0506 MMMMMMMM");
}

static void test_client_pap(void)
{
	struct drive d;

	start_client(&d, "0304c023");
	drive_expect(&d, "c023 01 01 0012" ALICE ALICEPW);
	drive_wait(&d, 3001);
	drive_expect(&d, "c023 01 02 0012" ALICE ALICEPW);
	drive_feed(&d, "c023 02 01 0005 00"); /* to the first one */
	drive_expect_none(&d);
	drive_feed(&d, "c023 02 02 0005 00");
	drive_expect(&d, "8021 01 01 0016 0306 00000000 8106 00000000 8306 00000000");
	drive_feed(&d, "c023 03 02 0005 00");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_NETWORK);
	drive_free(&d);

	start_client(&d, "0304c023");
	drive_forget(&d);
	drive_feed(&d, "c023 03 01 0008 03 6e6f21");
	drive_expect(&d, "c021 05 02 0004");
	drive_feed(&d, "c021 06 02 0004");
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_FAILED);
	g_assert_true(d.by_peer);
	drive_free(&d);

	start_client(&d, "0304c023");
	drive_wait(&d, 20000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_TIMEOUT);
	drive_free(&d);
}

static void test_client_chap(void)
{
	uint8_t value[16];
	struct drive d;
	g_autofree char *digits = NULL, *answer = NULL, *again = NULL;

	start_client(&d, "0305c22305");
	drive_expect_none(&d);
	drive_feed(&d, "c223 03 00 0004"); /* Success without a Challenge is none */
	drive_feed(&d, "c223 01 09 0005 00");
	drive_feed(&d, "c223 01 09 0008 ff 010203");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_expect_none(&d);

	drive_feed(&d, "c223 01 09 000a 03 0a0b0c 6e6e");
	ppp_chap_md5(9, "alicepw", (const uint8_t *)"\x0a\x0b\x0c", 3, value);
	digits = to_hex(value, 16);
	answer = g_strdup_printf("c223 02 09 001a 10 %s 616c696365", digits);
	drive_expect(&d, answer);
	drive_wait(&d, 3001); /* Success was lost: say it again */
	drive_expect(&d, answer);
	drive_feed(&d, "c223 03 08 0004");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_feed(&d, "c223 03 09 0004");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_NETWORK);

	/* challenged again later */
	drive_forget(&d);
	drive_feed(&d, "c223 01 0a 000a 03 0a0b0c 6e6e");
	again = drive_sent(&d);
	g_assert_true(g_str_has_prefix(again, "c223020a001a10"));
	g_assert_cmpstr(again + 14, !=, answer);
	drive_feed(&d, "c223 03 0a 0004");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_NETWORK);
	drive_feed(&d, "c223 04 0a 0004");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_free(&d);
}

/* A Challenge overtaken by its repeat: the verdict may be about either. */
static void test_client_overtaken(void)
{
	struct drive d;

	start_client(&d, "0305c22305");
	drive_feed(&d, "c223 01 02 000a 03 0d0e0f 6e6e");
	drive_feed(&d, "c223 01 02 000a 03 0d0e0f 6e6e");
	drive_feed(&d, "c223 01 01 000a 03 0a0b0c 6e6e");
	for (unsigned i = 0; i < 2; i++) {
		g_autofree char *a = drive_sent(&d), *b = NULL, *c = NULL;

		g_assert_true(g_str_has_prefix(a, "c2230202"));
		if (i == 0) {
			c = drive_sent(&d);
			g_assert_cmpstr(a, ==, c);
		}
		b = drive_sent(&d);
		g_assert_true(g_str_has_prefix(b, "c2230201"));
		drive_expect_none(&d);
		drive_wait(&d, 3000);
	}
	drive_feed(&d, "c223 03 03 0004");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_feed(&d, "c223 03 02 0004");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_NETWORK);
	drive_free(&d);
}

static void test_proto_rej(void)
{
	struct drive d;

	start_pap(&d);
	drive_feed(&d, "c021 08 01 000a c023 01010004");
	drive_wait(&d, 7000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_REFUSED);
	drive_free(&d);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ppp/auth/md5", test_md5);
	g_test_add_func("/ppp/auth/pap-good", test_pap_good);
	g_test_add_func("/ppp/auth/pap-bad", test_pap_bad);
	g_test_add_func("/ppp/auth/pap-malformed", test_pap_malformed);
	g_test_add_func("/ppp/auth/pap-empty", test_pap_empty);
	g_test_add_func("/ppp/auth/pap-timeout", test_pap_timeout);
	g_test_add_func("/ppp/auth/stale-verdict", test_stale_verdict);
	g_test_add_func("/ppp/auth/chap-good", test_chap_good);
	g_test_add_func("/ppp/auth/chap-bad", test_chap_bad);
	g_test_add_func("/ppp/auth/chap-again", test_chap_again);
	g_test_add_func("/ppp/auth/chap-malformed", test_chap_malformed);
	g_test_add_func("/ppp/auth/client-pap", test_client_pap);
	g_test_add_func("/ppp/auth/client-chap", test_client_chap);
	g_test_add_func("/ppp/auth/client-overtaken", test_client_overtaken);
	g_test_add_func("/ppp/auth/proto-rej", test_proto_rej);
	return g_test_run();
}
