/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MS-CHAP and MS-CHAPv2 in a link: our subscriber against our network side, and by hand. */
#include "drive.h"

#include "ppp/mschap.h"
#include "tests/lib/hex.h"

struct pair {
	struct drive net, sub;
};

/* Frames go to the other side until nobody has any. */
static void exchange(struct pair *p)
{
	bool more = true;

	while (more) {
		char *s;

		more = false;
		while ((s = drive_sent(&p->sub))) {
			drive_feed(&p->net, s);
			g_free(s);
			more = true;
		}
		while ((s = drive_sent(&p->net))) {
			drive_feed(&p->sub, s);
			g_free(s);
			more = true;
		}
	}
}

static void pair_new(struct pair *p, enum ppp_auth method, const char *password)
{
	struct ppp_link_config net = drive_network(method, PPP_AUTH_NONE);
	struct ppp_link_config sub = drive_client();

	g_strlcpy(sub.password, password, sizeof(sub.password));
	drive_new(&p->net, &net);
	drive_new(&p->sub, &sub);
	/* two engines of one seed would take each other for themselves */
	ppp_engine_free(p->sub.e);
	drive_forget(&p->sub);
	p->sub.e = ppp_engine_new(2, 2, false, BASE_TIME_ZERO);
	g_assert_true(ppp_link_open(p->sub.e, LINK, &sub, BASE_TIME_ZERO));
	drive_pump(&p->sub);
	exchange(p);
	g_assert_cmpuint(p->net.auths, ==, 1);
	g_assert_cmpuint(p->net.method, ==, method);
	g_assert_cmpuint(p->net.response_len, ==, PPP_MSCHAP_RESPONSE);
	g_assert_cmpstr(p->net.name, ==, "alice");
}

static void pair_free(struct pair *p)
{
	drive_free(&p->net);
	drive_free(&p->sub);
}

static void test_v2(void)
{
	char success[PPP_MSCHAP2_SUCCESS];
	g_autofree char *message = NULL;
	struct pair p;

	pair_new(&p, PPP_AUTH_MSCHAP2, "alicepw");
	g_assert_cmpuint(p.net.challenge_len, ==, 16);
	g_assert_true(ppp_mschap2_check(
		"alicepw", "alice", p.net.challenge, p.net.response, success));
	message = g_strconcat(success, " M=welcome", NULL);
	drive_verdict(&p.net, true, 0x0a000009, message);
	exchange(&p);
	g_assert_cmpuint(p.net.ups, ==, 1);
	g_assert_cmpuint(p.sub.ups, ==, 1);
	pair_free(&p);
}

static void test_v1(void)
{
	struct pair p;

	pair_new(&p, PPP_AUTH_MSCHAP, "alicepw");
	g_assert_cmpuint(p.net.challenge_len, ==, 8);
	g_assert_true(ppp_mschap_check("alicepw", p.net.challenge, p.net.response));
	drive_verdict(&p.net, true, 0x0a000009, NULL);
	exchange(&p);
	g_assert_cmpuint(p.sub.ups, ==, 1);
	pair_free(&p);
}

/* A network that does not know the password cannot prove that it does (RFC 2759 section 5). */
static void test_impostor(void)
{
	static const char *const messages[] = { "S=407A5589115FD0D6209F510FE9C04566932CDA56",
		"S=", "", NULL };

	for (unsigned i = 0; i < G_N_ELEMENTS(messages); i++) {
		struct pair p;

		pair_new(&p, PPP_AUTH_MSCHAP2, "alicepw");
		drive_verdict(&p.net, true, 0x0a000009, messages[i]);
		exchange(&p);
		g_assert_cmpuint(p.sub.ups, ==, 0);
		g_assert_cmpuint(p.sub.downs, ==, 1);
		g_assert_cmpuint(p.sub.cause, ==, PPP_CAUSE_AUTH_FAILED);
		pair_free(&p);
	}
}

/* ---- by hand ---- */

#define VALUE49 "31" "00112233445566778899aabbccddeeff" "0000000000000000"                 \
		"000102030405060708090a0b0c0d0e0f1011121314151617" "00"
#define RESPONSE(id) "c223 02" id "0039" VALUE49 "626f62"

static void start(struct drive *d, enum ppp_auth method, uint8_t max_bad)
{
	struct ppp_link_config cfg = drive_network(method, PPP_AUTH_PAP);

	cfg.max_bad_auth = max_bad;
	drive_new(d, &cfg);
	drive_lcp_up(d);
}

static char *text_of(struct drive *d, const char *prefix)
{
	g_autofree char *frame = drive_sent(d);
	g_autoptr(GBytes) bytes = NULL;
	gsize n;
	const char *p;

	g_assert_nonnull(frame);
	g_assert_true(g_str_has_prefix(frame, prefix));
	bytes = hex(frame + 12);
	p = g_bytes_get_data(bytes, &n);
	return g_strndup(p, n);
}

/* Failure says why, and here that it is over (RFC 2759 section 6). */
static void test_failure(void)
{
	struct drive d;
	g_autofree char *challenge = NULL, *text = NULL;

	start(&d, PPP_AUTH_MSCHAP2, 0);
	challenge = drive_sent(&d);
	g_assert_true(g_str_has_prefix(challenge, "c22301010018" "10"));
	drive_feed(&d, "c223 02 01 0018 10 00112233445566778899aabbccddeeff 626f62");
	g_assert_cmpuint(drive_stats(&d).malformed, ==, 1); /* an MD5 */
	drive_feed(&d, RESPONSE("01"));
	g_assert_cmpuint(d.auths, ==, 1);
	assert_hex(d.response, 49,
		"00112233445566778899aabbccddeeff" "0000000000000000"
		"000102030405060708090a0b0c0d0e0f1011121314151617" "00");
	drive_verdict(&d, false, 0, "no such user");
	text = text_of(&d, "c2230401");
	g_assert_true(g_regex_match_simple(
		"^E=691 R=0 C=[0-9A-F]{32} V=3 M=no such user$", text, 0, 0));
	drive_expect(&d, "c021 05 02 0004");
	drive_free(&d);
}

static void test_error(void)
{
	static const struct {
		const char *message, *pattern;
	} rows[] = {
		{ "E=648 R=1 C=00", "^E=648 R=0 C=[0-9A-F]{16} V=3 M=$" },
		{ "E=x", "^E=691 R=0 C=[0-9A-F]{16} V=3 M=$" },
		{ "E=99999", "^E=691 R=0 C=[0-9A-F]{16} V=3 M=$" },
		{ NULL, "^E=691 R=0 C=[0-9A-F]{16} V=3 M=$" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct drive d;
		g_autofree char *text = NULL;

		start(&d, PPP_AUTH_MSCHAP, 0);
		drive_forget(&d);
		drive_feed(&d, RESPONSE("01"));
		drive_verdict(&d, false, 0, rows[i].message);
		text = text_of(&d, "c2230401");
		g_assert_true(g_regex_match_simple(rows[i].pattern, text, 0, 0));
		drive_free(&d);
	}
}

/* RFC 2759 9.1.5: two more tries, each with the next number and a new challenge. */
static void test_retry(void)
{
	struct drive d;
	g_autofree char *first = NULL, *again = NULL, *second = NULL, *last = NULL;
	uint8_t was[16];

	start(&d, PPP_AUTH_MSCHAP2, 2);
	drive_forget(&d);
	drive_feed(&d, RESPONSE("01"));
	memcpy(was, d.challenge, 16);
	drive_verdict(&d, false, 0, NULL);
	first = text_of(&d, "c2230401");
	g_assert_true(g_str_has_prefix(first, "E=691 R=1 C="));
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_feed(&d, RESPONSE("01")); /* our Failure was lost */
	again = text_of(&d, "c2230401");
	g_assert_cmpstr(again, ==, first);
	drive_feed(&d, RESPONSE("03"));
	g_assert_cmpuint(drive_stats(&d).unexpected, ==, 1);
	g_assert_cmpuint(d.auths, ==, 1);
	drive_feed(&d, RESPONSE("02"));
	g_assert_cmpuint(d.auths, ==, 2);
	g_assert_cmpuint(d.id, ==, 2);
	g_assert_true(memcmp(was, d.challenge, 16) != 0);
	{
		g_autofree char *now = to_hex(d.challenge, 16);
		g_autofree char *told = g_ascii_strdown(first + strlen("E=691 R=1 C="), 32);

		g_assert_cmpstr(told, ==, now);
	}
	drive_verdict(&d, false, 0, NULL);
	second = text_of(&d, "c2230402");
	g_assert_true(g_str_has_prefix(second, "E=691 R=1 C="));
	drive_feed(&d, RESPONSE("03"));
	drive_verdict(&d, false, 0, NULL);
	last = text_of(&d, "c2230403");
	g_assert_true(g_str_has_prefix(last, "E=691 R=0 C="));
	drive_expect(&d, "c021 05 02 0004");
	g_assert_cmpuint(drive_stats(&d).auth_bad, ==, 3);
	drive_free(&d);

	/* who was allowed a second try and does not make it */
	start(&d, PPP_AUTH_MSCHAP2, 2);
	drive_forget(&d);
	drive_feed(&d, RESPONSE("01"));
	drive_verdict(&d, false, 0, NULL);
	drive_wait(&d, 9900);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_wait(&d, 7000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_TIMEOUT);
	drive_free(&d);
}

static void test_pap_retry(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_PAP, PPP_AUTH_NONE);
	struct drive d;

	cfg.max_bad_auth = 1;
	drive_new(&d, &cfg);
	drive_lcp_up(&d);
	drive_feed(&d, "c023 01 02 0008 0161 0162");
	drive_verdict(&d, false, 0, NULL);
	drive_expect(&d, "c023 03 02 0005 00");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_feed(&d, "c023 01 03 0008 0161 0163");
	g_assert_cmpstr(d.password, ==, "c");
	drive_verdict(&d, true, 0x0a000009, NULL);
	drive_expect(&d, "c023 02 03 0005 00");
	drive_ipcp_up(&d);
	drive_free(&d);

	/* CHAP: after a Failure the link ends */
	cfg.auth[0] = PPP_AUTH_CHAP;
	drive_new(&d, &cfg);
	drive_lcp_up(&d);
	drive_forget(&d);
	drive_feed(&d, "c223 02 01 0018 10 00112233445566778899aabbccddeeff 626f62");
	drive_verdict(&d, false, 0, NULL);
	drive_expect(&d, "c223 04 01 0004");
	drive_expect(&d, "c021 05 02 0004");
	drive_free(&d);
}

/* The peer does not do it and says what it does: the list decides. */
static void test_fallback(void)
{
	struct ppp_link_config cfg = { .name = "lns", .local_ip = 0x0a000001,
		.auth = { PPP_AUTH_MSCHAP2, PPP_AUTH_MSCHAP, PPP_AUTH_CHAP, PPP_AUTH_PAP } };
	struct drive d;

	drive_new(&d, &cfg);
	drive_expect(&d, "c021 01 01 000f 0305c22381 0506MMMMMMMM");
	drive_feed(&d, "c021 03 01 0009 0305c22305"); /* it wants MD5: third of the list */
	drive_expect(&d, "c021 01 02 000f 0305c22305 0506MMMMMMMM");
	drive_feed(&d, "c021 03 02 0009 0305c22380"); /* that would be a step back */
	drive_expect(&d, "c021 01 03 000e 0304c023 0506MMMMMMMM");
	drive_feed(&d, "c021 03 03 0009 0305c22381");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_free(&d);
}

/* Repeats of a Response after the verdict, also after a pull. */
static void test_takeover(void)
{
	struct ckpt_record rec;
	struct ppp_engine *e = ppp_engine_new(2, 2, true, BASE_TIME_ZERO);
	struct drive d, b;

	start(&d, PPP_AUTH_MSCHAP2, 2);
	drive_forget(&d);
	ppp_link_set_replicated(d.e, LINK, true);
	drive_feed(&d, RESPONSE("01"));
	drive_verdict(&d, true, 0x0a000009, "S=1234 M=hi");
	drive_expect(&d, "c223 03 01 000f 533d31323334204d3d6869");
	drive_ipcp_up(&d);
	g_assert_true(ppp_engine_poll_record(d.e, &rec));
	g_assert_true(ppp_engine_apply(e, &rec, BASE_TIME_ZERO));
	ppp_engine_activate(e, BASE_TIME_ZERO);
	drive_take_engine(&b, e, BASE_TIME_ZERO);
	drive_feed(&b, RESPONSE("01"));
	drive_expect(&b, "c223 03 01 000f 533d31323334204d3d6869");
	g_assert_cmpuint(b.auths, ==, 0);
	drive_free(&d);
	drive_free(&b);
}

/* ---- client, by hand ---- */

static void test_client_challenges(void)
{
	struct ppp_link_config cfg = drive_client();
	struct drive d;
	g_autofree char *req = NULL;

	drive_new(&d, &cfg);
	req = drive_sent(&d);
	drive_feed(&d, "c021 01 07 0009 0305c22381");
	drive_expect(&d, "c021 02 07 0009 0305c22381");
	req[5] = '2';
	drive_feed(&d, req);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_feed(&d, "c223 01 01 000d 08 0011223344556677"); /* eight octets are of v1 */
	drive_feed(&d, "c223 01 01 0005 00");
	drive_feed(&d, "c223 01 01 0006 02 00");
	g_assert_cmpuint(drive_stats(&d).malformed, ==, 3);
	drive_expect_none(&d);
	drive_feed(&d, "c223 04 01 0004"); /* about nothing */
	g_assert_cmpuint(d.downs, ==, 0);
	drive_feed(&d, "c223 01 05 0015 10 00112233445566778899aabbccddeeff");
	g_free(drive_sent(&d));
	drive_feed(&d, "c223 04 05 0004");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_free(&d);
}

/* Without nettle such links cannot be opened. */
static void test_off(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_MSCHAP2, PPP_AUTH_NONE);
	struct ppp_engine *e = ppp_engine_new(1, 1, false, BASE_TIME_ZERO);

	g_assert_false(ppp_auth_valid(PPP_AUTH_MSCHAP2));
	g_assert_false(ppp_link_open(e, LINK, &cfg, BASE_TIME_ZERO));
	ppp_engine_free(e);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (!ppp_mschap_available()) {
		g_test_add_func("/ppp/mschap/off", test_off);
		return g_test_run();
	}
	g_test_add_func("/ppp/mschap/v2", test_v2);
	g_test_add_func("/ppp/mschap/v1", test_v1);
	g_test_add_func("/ppp/mschap/impostor", test_impostor);
	g_test_add_func("/ppp/mschap/failure", test_failure);
	g_test_add_func("/ppp/mschap/error", test_error);
	g_test_add_func("/ppp/mschap/retry", test_retry);
	g_test_add_func("/ppp/mschap/pap-retry", test_pap_retry);
	g_test_add_func("/ppp/mschap/fallback", test_fallback);
	g_test_add_func("/ppp/mschap/takeover", test_takeover);
	g_test_add_func("/ppp/mschap/client", test_client_challenges);
	return g_test_run();
}
