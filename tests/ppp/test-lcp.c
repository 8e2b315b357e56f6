/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drive.h"

static void test_request(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_PAP, PPP_AUTH_NONE);
	struct drive d;

	drive_new(&d, &cfg);
	drive_expect(&d, "c021 01 01 000e 0304c023 0506MMMMMMMM");
	drive_expect_none(&d);
	drive_free(&d);

	cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_PAP);
	cfg.mru = 1460;
	drive_new(&d, &cfg);
	drive_expect(&d, "c021 01 01 0013 010405b4 0305c22305 0506MMMMMMMM");
	drive_free(&d);

	cfg = drive_client();
	drive_new(&d, &cfg);
	drive_expect(&d, "c021 01 01 000a 0506MMMMMMMM");
	drive_free(&d);
}

/* The peer's request and our answer. */
static const struct row {
	const char *name;
	bool client;
	const char *request;
	const char *answer;
} rows[] = {
	/* clang-format off */
	{ "empty",      false, "c021 01 07 0004", "c021 02 07 0004" },
	{ "all-good",   false, "c021 01 07 0018 01040578 0206000a0000 0506d4507f01 0702 0802",
	                       "c021 02 07 0018 01040578 0206000a0000 0506d4507f01 0702 0802" },
	{ "padding",    false, "c021 01 07 0008 01040578 ffff", "c021 02 07 0008 01040578" },
	{ "unknown",    false, "c021 01 01 001d 0104058e 0304c023 05066b02a09b 1104064e 1307020a630101",
	                       "c021 04 01 0013 0304c023 1104064e 1307020a630101" },
	{ "reject-first", false, "c021 01 07 000b 01040000 0d0306", "c021 04 07 0007 0d0306" },
	{ "mru-small",  false, "c021 01 07 0008 0104007f", "c021 03 07 0008 010405dc" },
	{ "mru-least",  false, "c021 01 07 0008 01040080", "c021 02 07 0008 01040080" },
	{ "mru-jumbo",  false, "c021 01 07 0008 01042328", "c021 02 07 0008 01042328" },
	{ "mru-length", false, "c021 01 07 0007 010305", "c021 03 07 0008 010405dc" },
	{ "accm-length", false, "c021 01 07 0008 02040000", "c021 03 07 000a 020600000000" },
	{ "pfc-length", false, "c021 01 07 0007 070301", "c021 04 07 0007 070301" },
	{ "twice",      false, "c021 01 07 000c 010405dc 010405dc", "c021 04 07 0008 010405dc" },
	{ "quality",    false, "c021 01 07 000c 0408c02500000064", "c021 04 07 000c 0408c02500000064" },
	{ "M106-mru-zero", false, "c021 01 07 0008 01040000", "c021 03 07 0008 010405dc" },
	{ "multilink",  false, "c021 01 07 0013 110405dc 1202 1309 03 020000000001",
	                       "c021 04 07 0013 110405dc 1202 1309 03 020000000001" },
	{ "auth-of-us", false, "c021 01 07 0009 0305c22305", "c021 04 07 0009 0305c22305" },
	{ "client-pap", true,  "c021 01 07 0008 0304c023", "c021 02 07 0008 0304c023" },
	{ "client-chap", true, "c021 01 07 0009 0305c22305", "c021 02 07 0009 0305c22305" },
	{ "client-eap", true,  "c021 01 07 0008 0304c227", "c021 03 07 0009 0305c22305" },
	{ "client-mschap", true, "c021 01 07 0009 0305c22382", "c021 03 07 0009 0305c22305" },
	{ "M107-auth-length-3", true, "c021 01 07 0007 0303c2", "c021 03 07 0009 0305c22305" },
	{ "M107-auth-unknown", true, "c021 01 07 0008 0304c281", "c021 03 07 0009 0305c22305" },
	{ "client-auth-short", true, "c021 01 07 0007 0303c0", "c021 03 07 0009 0305c22305" },
	{ "client-chap-no-alg", true, "c021 01 07 0008 0304c223", "c021 03 07 0009 0305c22305" },
	{ "client-pap-long", true, "c021 01 07 0009 0305c02300", "c021 03 07 0009 0305c22305" },
	/* clang-format on */
};

static void test_answer(gconstpointer data)
{
	const struct row *row = data;
	struct ppp_link_config cfg = row->client
		? drive_client()
		: drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	drive_new(&d, &cfg);
	drive_forget(&d);
	drive_feed(&d, row->request);
	drive_expect(&d, row->answer);
	drive_expect_none(&d);
	drive_free(&d);
}

/* RFC 2516 section 7: on Ethernet no ACCM, no ACFC, and an MRU that fits. */
static void test_ethernet(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	cfg.mru = cfg.peer_mru_max = 1492;
	drive_new(&d, &cfg);
	drive_expect(&d, "c021 01 01 000e 010405d4 0506MMMMMMMM");
	drive_feed(&d, "c021 01 07 0018 010405d4 0206000a0000 0506d4507f01 0702 0802");
	drive_expect(&d, "c021 04 07 000c 0206000a0000 0802");
	drive_feed(&d, "c021 01 08 000e 010405dc 0506d4507f01");
	drive_expect(&d, "c021 03 08 0008 010405d4");
	drive_feed(&d, "c021 01 09 0010 010405d4 0506d4507f01 0702");
	drive_expect(&d, "c021 02 09 0010 010405d4 0506d4507f01 0702");
	drive_expect_none(&d);
	drive_free(&d);
}

static void test_client_choice(void)
{
	struct ppp_link_config cfg = drive_client();
	struct drive d;

	cfg.auth[0] = PPP_AUTH_PAP;
	drive_new(&d, &cfg);
	drive_forget(&d);
	for (unsigned i = 0; i < 5; i++) {
		drive_feed(&d, "c021 01 07 0009 0305c22305");
		drive_expect(&d, "c021 03 07 0008 0304c023");
	}
	/* Max-Failure: five naks, then a reject */
	drive_feed(&d, "c021 01 07 0009 0305c22305");
	drive_expect(&d, "c021 04 07 0009 0305c22305");
	drive_free(&d);
}

static void test_magic(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;
	g_autofree char *nak = NULL;

	drive_new(&d, &cfg);
	drive_forget(&d);
	drive_feed(&d, "c021 01 07 000a 0506 00000000");
	nak = drive_sent(&d);
	g_assert_true(g_str_has_prefix(nak, "c0210307000a0506"));
	g_assert_cmpstr(nak + 16, !=, "00000000");

	/* what the peer naks or rejects of ours */
	drive_feed(&d, "c021 03 01 000a 0506 12345678");
	drive_expect(&d, "c021 01 02 000a 0506 MMMMMMMM");
	drive_feed(&d, "c021 04 02 000a 0506 MMMMMMMM");
	drive_expect(&d, "c021 01 03 0004");
	drive_free(&d);
}

/* A looped line: what we send comes back, until we see it (M108). */
static void test_loop(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;
	unsigned frames = 0;
	char *s;

	drive_new(&d, &cfg);
	while (!d.downs && frames < 1000) {
		while ((s = drive_sent(&d))) {
			drive_feed(&d, s);
			g_free(s);
			frames++;
		}
		drive_wait(&d, 1000);
	}
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_LOOP);
	g_assert_cmpuint(frames, >=, 2 * 19);
	g_assert_cmpuint(frames, <, 200);
	drive_free(&d);
}

static void test_loop_forgiven(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	drive_new(&d, &cfg);
	for (unsigned i = 0; i < 19; i++)
		drive_feed(&d, "c021 01 07 000a 0506 MMMMMMMM");
	drive_feed(&d, "c021 01 07 000a 0506 11111111");
	for (unsigned i = 0; i < 19; i++)
		drive_feed(&d, "c021 01 07 000a 0506 MMMMMMMM");
	drive_wait(&d, 100);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_ESTABLISH);
	drive_feed(&d, "c021 01 07 000a 0506 MMMMMMMM");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_free(&d);
}

static void test_auth_fallback(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_PAP);
	struct drive d;

	drive_new(&d, &cfg);
	drive_expect(&d, "c021 01 01 000f 0305c22305 0506MMMMMMMM");
	drive_feed(&d, "c021 03 01 0008 0304c023");
	drive_expect(&d, "c021 01 02 000e 0304c023 0506MMMMMMMM");
	/* it does not take that either */
	drive_feed(&d, "c021 03 02 0008 0304c227");
	drive_expect(&d, "c021 05 03 0004");
	drive_feed(&d, "c021 06 03 0004");
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_REFUSED);
	g_assert_true(d.by_peer);
	drive_free(&d);

	/* EAP proposed: the next of our list all the same */
	drive_new(&d, &cfg);
	drive_forget(&d);
	drive_feed(&d, "c021 03 01 0008 0304c227");
	drive_expect(&d, "c021 01 02 000e 0304c023 0506MMMMMMMM");
	drive_free(&d);

	drive_new(&d, &cfg);
	drive_forget(&d);
	drive_feed(&d, "c021 04 01 0009 0305c22305");
	drive_expect(&d, "c021 05 02 0004");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_wait(&d, 7000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_REFUSED);
	drive_free(&d);
}

static void open_link(struct drive *d, struct ppp_link_config *cfg)
{
	*cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	drive_new(d, cfg);
	drive_lcp_up(d);
	drive_ipcp_up(d);
}

static void test_echo_reply(void)
{
	struct ppp_link_config cfg;
	struct drive d;

	open_link(&d, &cfg);
	drive_feed(&d, "c021 09 05 0008 11111111");
	drive_expect(&d, "c021 0a 05 0008 MMMMMMMM");
	drive_feed(&d, "c021 09 06 000b 11111111 616263");
	drive_expect(&d, "c021 0a 06 000b MMMMMMMM 616263");
	drive_feed(&d, "c021 09 07 0007 111111");
	drive_feed(&d, "c021 0b 08 0008 11111111");
	drive_feed(&d, "c021 0c 09 000c 11111111 61626364");
	drive_feed(&d, "c021 0d 0a 000c 11111111 00000e10");
	drive_expect_none(&d);
	g_assert_cmpuint(drive_stats(&d).malformed, ==, 1);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);

	/* our own magic number in echoes: looped after all */
	for (unsigned i = 0; i < 20; i++)
		drive_feed(&d, "c021 09 05 0008 MMMMMMMM");
	drive_expect(&d, "c021 05 02 0004");
	drive_free(&d);

	/* not before Opened */
	cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	drive_new(&d, &cfg);
	drive_forget(&d);
	drive_feed(&d, "c021 09 05 0008 11111111");
	drive_expect_none(&d);
	drive_free(&d);
}

static void test_echo_request(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	cfg.echo_s = 10;
	cfg.echo_misses = 3;
	drive_new(&d, &cfg);
	drive_lcp_up(&d);
	drive_ipcp_up(&d);
	drive_wait(&d, 9900);
	drive_expect_none(&d);
	for (unsigned i = 0; i < 20; i++) { /* answered, whatever the identifier */
		drive_wait(&d, 10000);
		drive_forget(&d);
		drive_feed(&d, "c021 0a 77 0008 11111111");
	}
	drive_wait(&d, 25000);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
	drive_expect(&d, "c021 09 16 0008 MMMMMMMM");
	drive_expect(&d, "c021 09 17 0008 MMMMMMMM");
	drive_wait(&d, 20000);
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_ECHO);
	drive_free(&d);
}

static void test_protocol_reject(void)
{
	struct ppp_link_config cfg;
	struct drive d;

	open_link(&d, &cfg);
	drive_feed(&d, "80fd 01 01 0004");
	drive_expect(&d, "c021 08 02 000a 80fd 01010004");
	drive_feed(&d, "8057 01 01 0004"); /* one a second */
	drive_feed(&d, "c227 01 01 0004");
	drive_expect_none(&d);
	drive_wait(&d, 1000);
	drive_feed(&d, "8057 01 01 0004");
	drive_expect(&d, "c021 08 03 000a 8057 01010004");

	/* and what the peer rejects */
	drive_feed(&d, "c021 08 09 000a c025 01010004");
	drive_expect_none(&d);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
	drive_feed(&d, "c021 08 09 000a 8021 01010004");
	drive_expect(&d, "8021 05 02 0004");
	drive_feed(&d, "8021 06 02 0004");
	drive_expect(&d, "c021 05 04 0004");
	drive_feed(&d, "c021 06 04 0004");
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_NO_NCP);
	drive_free(&d);
}

static void test_renegotiation(void)
{
	struct ppp_link_config cfg;
	struct drive d;

	open_link(&d, &cfg);
	drive_feed(&d, "c021 01 22 000a 0506 22222222");
	drive_expect(&d, "c021 01 02 000a 0506 MMMMMMMM");
	drive_expect(&d, "c021 02 22 000a 0506 22222222");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_ESTABLISH);
	drive_feed(&d, "8021 01 01 0004"); /* not now */
	drive_expect_none(&d);
	drive_feed(&d, "c021 02 02 000a 0506 MMMMMMMM");
	drive_expect(&d, "8021 01 02 000a 0306 0a000001");
	drive_feed(&d, "8021 02 02 000a 0306 0a000001");
	drive_feed(&d, "8021 01 01 000a 0306 0a000009");
	g_assert_cmpuint(d.ups, ==, 2);
	g_assert_cmpuint(d.downs, ==, 0);
	drive_free(&d);
}

/* What needs no answer (RFC 1661 5.9, RFC 1570 2) gets none and changes nothing. */
static void test_discard(void)
{
	static const char *const frames[] = {
		"c021 0b 05 0008 11111111", "c021 0b 05 000c 11111111 61626364",
		"c021 0c 05 000c 11111111 4d535241", "c021 0d 05 000c 11111111 0000003c",
	};
	struct ppp_link_config cfg;
	struct drive d;

	open_link(&d, &cfg);
	for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++) {
		drive_feed(&d, frames[i]);
		drive_expect_none(&d);
		g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
	}
	g_assert_cmpuint(drive_stats(&d).malformed + drive_stats(&d).unknown, ==, 0);
	drive_free(&d);
}

/* A peer that starts again and again is sent away. */
static void test_restart_limit(void)
{
	struct ppp_link_config cfg;
	struct drive d;

	open_link(&d, &cfg);
	for (unsigned i = 0; i < 20 && drive_phase(&d) != PPP_PHASE_TERMINATE; i++) {
		g_autofree char *req = NULL;

		drive_forget(&d);
		drive_feed(&d, "c021 01 22 000a 0506 22222222");
		req = drive_sent(&d);
		req[5] = '2';
		drive_feed(&d, req);
	}
	drive_wait(&d, 10000);
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_LCP_TIMEOUT);
	drive_free(&d);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/ppp/lcp/answer/%s", rows[i].name);

		g_test_add_data_func(path, &rows[i], test_answer);
	}
	g_test_add_func("/ppp/lcp/request", test_request);
	g_test_add_func("/ppp/lcp/ethernet", test_ethernet);
	g_test_add_func("/ppp/lcp/discard", test_discard);
	g_test_add_func("/ppp/lcp/client-choice", test_client_choice);
	g_test_add_func("/ppp/lcp/magic", test_magic);
	g_test_add_func("/ppp/lcp/loop", test_loop);
	g_test_add_func("/ppp/lcp/loop-forgiven", test_loop_forgiven);
	g_test_add_func("/ppp/lcp/auth-fallback", test_auth_fallback);
	g_test_add_func("/ppp/lcp/echo-reply", test_echo_reply);
	g_test_add_func("/ppp/lcp/echo-request", test_echo_request);
	g_test_add_func("/ppp/lcp/protocol-reject", test_protocol_reject);
	g_test_add_func("/ppp/lcp/renegotiation", test_renegotiation);
	g_test_add_func("/ppp/lcp/restart-limit", test_restart_limit);
	return g_test_run();
}
