/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What LCP and IPCP share, seen through LCP: repeats and give-up, identifiers, termination,
 * and answers to nothing.
 */
#include "drive.h"

static void start(struct drive *d)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);

	drive_new(d, &cfg);
}

static void start_open(struct drive *d)
{
	start(d);
	drive_lcp_up(d);
	drive_ipcp_up(d);
}

/* Ten requests, 3 s apart, all the same; then silent. */
static void test_silent(void)
{
	struct drive d;

	start(&d);
	for (unsigned i = 0; i < 10; i++) {
		drive_expect(&d, "c021 01 01 000a 0506 MMMMMMMM");
		drive_expect_none(&d);
		g_assert_cmpuint(d.downs, ==, 0);
		drive_wait(&d, 3001);
	}
	drive_expect_none(&d);
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_LCP_SILENT);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_DEAD);
	drive_wait(&d, 60000);
	drive_feed(&d, "c021 01 07 0004"); /* dead is dead */
	drive_expect_none(&d);
	g_assert_cmpuint(d.downs, ==, 1);
	drive_free(&d);
}

static void test_settings(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	cfg.restart_s = 1;
	cfg.max_configure = 2;
	drive_new(&d, &cfg);
	drive_wait(&d, 1500);
	g_assert_cmpuint(d.downs, ==, 0);
	drive_wait(&d, 600);
	g_assert_cmpuint(d.downs, ==, 1);
	drive_free(&d);
}

static void test_not_converging(void)
{
	struct drive d;

	start(&d);
	for (unsigned i = 0; i < 12; i++) {
		drive_feed(&d, "c021 01 07 0008 01040000");
		drive_wait(&d, 3000);
	}
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_LCP_TIMEOUT);
	drive_free(&d);
}

/* Acknowledges all and never asks: must end too. */
static void test_only_acks(void)
{
	struct drive d;
	unsigned seconds = 0;

	start(&d);
	for (; !d.downs && seconds < 600; seconds++) {
		char *s;

		while ((s = drive_sent(&d))) {
			s[5] = '2';
			drive_feed(&d, s);
			g_free(s);
		}
		drive_wait(&d, 1000);
	}
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(seconds, <, 300);
	drive_free(&d);
}

/* Naks our option for ever. */
static void test_only_naks(void)
{
	struct drive d;
	unsigned frames = 0, seconds = 0;

	start(&d);
	for (; !d.downs && seconds < 600; seconds++) {
		char *s;

		while ((s = drive_sent(&d))) {
			if (s[5] == '1') {
				s[5] = '3';
				drive_feed(&d, s);
			}
			g_free(s);
			g_assert_cmpuint(++frames, <, 1000);
		}
		drive_wait(&d, 1000);
	}
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_LCP_TIMEOUT);
	drive_free(&d);
}

/* Configure-Ack: identifier and options must be ours (M104); a copy changes nothing. */
static void test_ack(void)
{
	struct drive d;

	start(&d);
	drive_forget(&d);
	drive_feed(&d, "c021 01 01 0004");
	drive_expect(&d, "c021 02 01 0004");
	drive_feed(&d, "c021 02 02 000a 0506 MMMMMMMM");
	drive_feed(&d, "c021 02 01 000a 0506 00000001");
	drive_feed(&d, "c021 02 01 000e 0506 MMMMMMMM 010405dc");
	drive_feed(&d, "c021 02 01 0004");
	g_assert_cmpuint(drive_stats(&d).unexpected, ==, 4);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_ESTABLISH);
	drive_feed(&d, "c021 02 01 000a 0506 MMMMMMMM");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_NETWORK);
	drive_forget(&d);
	drive_feed(&d, "c021 02 01 000a 0506 MMMMMMMM");
	drive_feed(&d, "c021 03 01 000a 0506 MMMMMMMM");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_NETWORK);
	drive_expect_none(&d);
	drive_free(&d);
}

/* Configure-Reject of what we never sent (M105) does nothing. */
static void test_reject_strange(void)
{
	struct drive d;

	start(&d);
	drive_forget(&d);
	drive_feed(&d, "c021 04 01 0008 0304c023");
	drive_feed(&d, "c021 04 01 000a 0506 00000001");
	drive_feed(&d, "c021 04 01 0004");
	drive_expect_none(&d);
	g_assert_cmpuint(drive_stats(&d).unexpected, ==, 3);
	drive_feed(&d, "c021 04 01 000a 0506 MMMMMMMM"); /* still waiting for an answer */
	drive_expect(&d, "c021 01 02 0004");
	drive_free(&d);
}

/* The identifier stays for repeats and changes after an answer (RFC 1661 5.1). */
static void test_identifiers(void)
{
	struct drive d;

	start(&d);
	drive_expect(&d, "c021 01 01 000a 0506 MMMMMMMM");
	drive_feed(&d, "c021 02 01 000a 0506 MMMMMMMM");
	drive_wait(&d, 3001);
	drive_expect(&d, "c021 01 02 000a 0506 MMMMMMMM");
	drive_wait(&d, 3001);
	drive_expect(&d, "c021 01 02 000a 0506 MMMMMMMM");
	drive_free(&d);
}

static void test_close(void)
{
	struct drive d;

	start_open(&d);
	drive_close(&d, PPP_CAUSE_ADMIN);
	drive_close(&d, PPP_CAUSE_ECHO); /* the first reason stays */
	drive_expect(&d, "c021 05 02 0004");
	drive_expect_none(&d);
	drive_wait(&d, 3001);
	drive_expect(&d, "c021 05 03 0004");
	g_assert_cmpuint(d.downs, ==, 0);
	drive_wait(&d, 3001);
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_ADMIN);
	g_assert_false(d.by_peer);
	drive_close(&d, PPP_CAUSE_ADMIN);
	g_assert_cmpuint(d.downs, ==, 1);
	drive_free(&d);

	start_open(&d);
	drive_close(&d, PPP_CAUSE_ADMIN);
	drive_expect(&d, "c021 05 02 0004");
	drive_feed(&d, "c021 05 33 0004"); /* both at once */
	drive_expect(&d, "c021 06 33 0004");
	drive_feed(&d, "c021 06 02 0004");
	g_assert_cmpuint(d.downs, ==, 1);
	drive_free(&d);
}

static void test_closed_by_peer(void)
{
	struct drive d;

	start_open(&d);
	drive_feed(&d, "c021 05 33 0009 6279653a29"); /* with a text */
	drive_expect(&d, "c021 06 33 0004");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_wait(&d, 2900); /* RFC 1661 3.7: one restart time */
	g_assert_cmpuint(d.downs, ==, 0);
	drive_feed(&d, "c021 05 34 0004");
	drive_expect(&d, "c021 06 34 0004");
	drive_wait(&d, 3100);
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_NORMAL);
	g_assert_true(d.by_peer);
	g_assert_cmpuint(d.after_down, ==, 0);
	drive_free(&d);
}

/* A stray Terminate-Ack in Opened: the peer is not open (RFC 1661 4.3). */
static void test_stray_term_ack(void)
{
	struct drive d;

	start_open(&d);
	drive_feed(&d, "c021 06 33 0004");
	drive_expect(&d, "c021 01 02 000a 0506 MMMMMMMM");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_ESTABLISH);
	drive_free(&d);
}

static void test_code_reject(void)
{
	struct drive d;

	start_open(&d);
	drive_feed(&d, "c021 00 33 0006 0102"); /* M109 */
	drive_expect(&d, "c021 07 02 000a 00330006 0102");
	drive_feed(&d, "c021 ff 34 0004 99");
	drive_expect(&d, "c021 07 03 0008 ff340004");
	drive_feed(&d, "8021 09 35 0008 00000000");
	drive_expect(&d, "8021 07 02 000c 09350008 00000000");

	drive_feed(&d, "c021 07 01 0008 0c010004"); /* they do not do Identification */
	drive_feed(&d, "c021 07 01 0004");
	g_assert_cmpuint(drive_stats(&d).malformed, ==, 1);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
	drive_expect_none(&d);
	drive_feed(&d, "c021 07 02 0008 01010004"); /* nor Configure-Request: hopeless */
	drive_expect(&d, "c021 05 04 0004");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_free(&d);
}

static void test_code_reject_size(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	uint8_t big[3000] = { 0xc0, 0x21, 0x63, 0x01, 0x0b, 0xb6 };
	struct drive d;
	g_autofree char *reject = NULL;

	drive_new(&d, &cfg);
	drive_forget(&d);
	drive_feed(&d, "c021 01 01 0008 01040080"); /* an MRU of 128 */
	drive_forget(&d);
	drive_feed_bytes(&d, big, sizeof(big));
	reject = drive_sent(&d);
	g_assert_nonnull(reject);
	g_assert_cmpuint(strlen(reject), ==, 2 * (2 + 128));
	drive_free(&d);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ppp/cp/silent", test_silent);
	g_test_add_func("/ppp/cp/settings", test_settings);
	g_test_add_func("/ppp/cp/not-converging", test_not_converging);
	g_test_add_func("/ppp/cp/only-acks", test_only_acks);
	g_test_add_func("/ppp/cp/only-naks", test_only_naks);
	g_test_add_func("/ppp/cp/ack", test_ack);
	g_test_add_func("/ppp/cp/reject-strange", test_reject_strange);
	g_test_add_func("/ppp/cp/identifiers", test_identifiers);
	g_test_add_func("/ppp/cp/close", test_close);
	g_test_add_func("/ppp/cp/closed-by-peer", test_closed_by_peer);
	g_test_add_func("/ppp/cp/stray-term-ack", test_stray_term_ack);
	g_test_add_func("/ppp/cp/code-reject", test_code_reject);
	g_test_add_func("/ppp/cp/code-reject-size", test_code_reject_size);
	return g_test_run();
}
