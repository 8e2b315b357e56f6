/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drive.h"

static void start(struct drive *d, struct ppp_link_config *cfg)
{
	drive_new(d, cfg);
	drive_lcp_up(d);
}

/* The peer's request and our answer; the address for it is 10.0.0.9. */
static const struct row {
	const char *name;
	bool no_dns;
	const char *request;
	const char *answer;
} rows[] = {
	/* clang-format off */
	{ "asks",         false, "8021 01 03 000a 0306 00000000", "8021 03 03 000a 0306 0a000009" },
	{ "right",        false, "8021 01 03 000a 0306 0a000009", "8021 02 03 000a 0306 0a000009" },
	{ "wrong",        false, "8021 01 03 000a 0306 c0a80001", "8021 03 03 000a 0306 0a000009" },
	{ "ours",         false, "8021 01 03 000a 0306 0a000001", "8021 03 03 000a 0306 0a000009" },
	{ "none",         false, "8021 01 03 0004",               "8021 03 03 000a 0306 0a000009" },
	{ "length-2",     false, "8021 01 03 0006 0302",          "8021 03 03 000a 0306 0a000009" }, /* M115 */
	{ "length-7",     false, "8021 01 03 000b 0307 0000000000", "8021 03 03 000a 0306 0a000009" },
	{ "dns",          false, "8021 01 03 0016 0306 0a000009 8106 00000000 8306 00000000",
	                         "8021 03 03 0010 8106 0a000035 8306 0a000036" },
	{ "dns-right",    false, "8021 01 03 0016 0306 0a000009 8106 0a000035 8306 0a000036",
	                         "8021 02 03 0016 0306 0a000009 8106 0a000035 8306 0a000036" },
	{ "dns-short",    false, "8021 01 03 000e 0306 0a000009 8104 0a00", "8021 03 03 000a 8106 0a000035" },
	{ "dns-not-here", true,  "8021 01 03 0016 0306 00000000 8106 00000000 8306 00000000",
	                         "8021 04 03 0010 8106 00000000 8306 00000000" },
	{ "nbns",         false, "8021 01 03 0016 0306 0a000009 8206 00000000 8406 00000000",
	                         "8021 04 03 0010 8206 00000000 8406 00000000" },
	{ "compression",  false, "8021 01 03 0010 0206 002d0f01 0306 00000000", "8021 04 03 000a 0206 002d0f01" },
	{ "addresses",    false, "8021 01 03 000e 010a 00000000 00000000", "8021 04 03 000e 010a 00000000 00000000" },
	/* clang-format on */
};

static void test_answer(gconstpointer data)
{
	const struct row *row = data;
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	if (row->no_dns)
		cfg.dns[0] = cfg.dns[1] = 0;
	start(&d, &cfg);
	drive_forget(&d);
	drive_feed(&d, row->request);
	drive_expect(&d, row->answer);
	drive_expect_none(&d);
	drive_free(&d);
}

static void test_network(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	start(&d, &cfg);
	drive_expect(&d, "8021 01 01 000a 0306 0a000001");
	drive_feed(&d, "8021 01 01 0010 0306 0a000009 8106 0a000035");
	drive_feed(&d, "8021 03 01 000a 0306 0a0000ff"); /* our address is not theirs to choose */
	drive_expect(&d, "8021 02 01 0010 0306 0a000009 8106 0a000035");
	drive_expect(&d, "8021 01 02 000a 0306 0a000001");
	drive_feed(&d, "8021 02 02 000a 0306 0a000001");
	g_assert_cmpuint(d.ups, ==, 1);
	g_assert_cmphex(d.local_ip, ==, 0x0a000001);
	g_assert_cmphex(d.peer_ip, ==, 0x0a000009);
	g_assert_cmphex(d.dns[0], ==, 0x0a000035);
	g_assert_cmphex(d.dns[1], ==, 0);
	drive_free(&d);
}

/* A peer that does not want to hear our address gets up all the same (RFC 1332 3.3). */
static void test_network_rejected(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	start(&d, &cfg);
	drive_forget(&d);
	drive_feed(&d, "8021 04 01 000a 0306 0a000001");
	drive_expect(&d, "8021 01 02 0004");
	drive_feed(&d, "8021 02 02 0004");
	drive_feed(&d, "8021 01 01 000a 0306 0a000009");
	g_assert_cmpuint(d.ups, ==, 1);
	g_assert_cmphex(d.local_ip, ==, 0x0a000001);
	drive_free(&d);
}

static void test_stubborn(void)
{
	static const char *const requests[] = { "8021 01 03 000a 0306 c0a80001",
		"8021 01 03 0004" };

	for (unsigned k = 0; k < G_N_ELEMENTS(requests); k++) {
		struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
		struct drive d;

		start(&d, &cfg);
		drive_forget(&d);
		for (unsigned i = 0; i < 5; i++) {
			drive_feed(&d, requests[k]);
			drive_expect(&d, "8021 03 03 000a 0306 0a000009");
		}
		drive_feed(&d, requests[k]);
		drive_expect(&d, "c021 05 02 0004");
		drive_feed(&d, "c021 06 02 0004");
		g_assert_cmpuint(d.cause, ==, PPP_CAUSE_NO_ADDRESS);
		drive_free(&d);
	}
}

/* Name servers are not worth a quarrel: rejected after five naks. */
static void test_stubborn_dns(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	start(&d, &cfg);
	drive_forget(&d);
	for (unsigned i = 0; i < 5; i++) {
		drive_feed(&d, "8021 01 03 0010 0306 0a000009 8106 08080808");
		drive_expect(&d, "8021 03 03 000a 8106 0a000035");
	}
	drive_feed(&d, "8021 01 03 0010 0306 0a000009 8106 08080808");
	drive_expect(&d, "8021 04 03 000a 8106 08080808");
	drive_feed(&d, "8021 01 03 000a 0306 0a000009");
	drive_expect(&d, "8021 02 03 000a 0306 0a000009");
	drive_free(&d);
}

static void test_no_address(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_PAP, PPP_AUTH_NONE);
	struct drive d;

	start(&d, &cfg);
	drive_feed(&d, "c023 01 02 0008 0161 0162");
	drive_verdict(&d, true, 0, NULL);
	drive_expect(&d, "c023 02 02 0005 00");
	drive_expect(&d, "c021 05 02 0004");
	drive_wait(&d, 7000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_NO_ADDRESS);
	drive_free(&d);
}

static void test_timeout(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	start(&d, &cfg);
	drive_wait(&d, 29900);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_NETWORK);
	drive_wait(&d, 10000);
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_NCP_TIMEOUT);
	drive_free(&d);
}

static void test_terminated(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	start(&d, &cfg);
	drive_ipcp_up(&d);
	drive_feed(&d, "8021 05 07 0004");
	drive_expect(&d, "8021 06 07 0004");
	drive_wait(&d, 10000);
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_NO_NCP);
	g_assert_true(d.by_peer);
	drive_free(&d);
}

/* The peer begins IPCP again with another request: it is that one which counts. */
static void test_again(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	start(&d, &cfg);
	drive_ipcp_up(&d);
	drive_feed(&d, "8021 01 02 0010 0306 0a000009 8106 0a000035");
	drive_expect(&d, "8021 01 02 000a 0306 0a000001");
	drive_expect(&d, "8021 02 02 0010 0306 0a000009 8106 0a000035");
	drive_feed(&d, "8021 02 02 000a 0306 0a000001");
	g_assert_cmpuint(d.ups, ==, 2);
	g_assert_cmphex(d.peer_ip, ==, 0x0a000009);
	g_assert_cmphex(d.dns[0], ==, 0x0a000035);
	drive_free(&d);
}

static void start_client(struct drive *d, bool want_dns)
{
	struct ppp_link_config cfg = drive_client();

	cfg.want_dns = want_dns;
	drive_new(d, &cfg);
	drive_lcp_up(d);
}

static void test_client(void)
{
	struct drive d;

	start_client(&d, true);
	drive_expect(&d, "8021 01 01 0016 0306 00000000 8106 00000000 8306 00000000");
	drive_feed(&d, "8021 01 09 000a 0306 0a000001");
	drive_expect(&d, "8021 02 09 000a 0306 0a000001");
	drive_feed(&d, "8021 04 01 000a 8306 00000000");
	drive_expect(&d, "8021 01 02 0010 0306 00000000 8106 00000000");
	drive_feed(&d, "8021 03 02 0010 0306 0a000009 8106 0a000035");
	drive_expect(&d, "8021 01 03 0010 0306 0a000009 8106 0a000035");
	drive_feed(&d, "8021 02 03 0010 0306 0a000009 8106 0a000035");
	g_assert_cmpuint(d.ups, ==, 1);
	g_assert_cmphex(d.local_ip, ==, 0x0a000009);
	g_assert_cmphex(d.peer_ip, ==, 0x0a000001);
	g_assert_cmphex(d.dns[0], ==, 0x0a000035);
	g_assert_cmphex(d.dns[1], ==, 0);
	drive_free(&d);

	/* nobody has an address for us */
	start_client(&d, false);
	drive_forget(&d);
	drive_feed(&d, "8021 04 01 000a 0306 00000000");
	drive_wait(&d, 7000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_NO_ADDRESS);
	drive_free(&d);

	start_client(&d, false);
	drive_forget(&d);
	drive_feed(&d, "8021 01 09 000a 0306 00000000");
	drive_expect(&d, "8021 04 09 000a 0306 00000000");
	drive_feed(&d, "8021 01 09 0004");
	drive_feed(&d, "8021 02 01 000a 0306 00000000"); /* 0.0.0.0 for good */
	g_assert_cmpuint(d.ups, ==, 0);
	drive_wait(&d, 7000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_NO_ADDRESS);
	drive_free(&d);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/ppp/ipcp/answer/%s", rows[i].name);

		g_test_add_data_func(path, &rows[i], test_answer);
	}
	g_test_add_func("/ppp/ipcp/network", test_network);
	g_test_add_func("/ppp/ipcp/network-rejected", test_network_rejected);
	g_test_add_func("/ppp/ipcp/stubborn", test_stubborn);
	g_test_add_func("/ppp/ipcp/stubborn-dns", test_stubborn_dns);
	g_test_add_func("/ppp/ipcp/no-address", test_no_address);
	g_test_add_func("/ppp/ipcp/timeout", test_timeout);
	g_test_add_func("/ppp/ipcp/terminated", test_terminated);
	g_test_add_func("/ppp/ipcp/again", test_again);
	g_test_add_func("/ppp/ipcp/client", test_client);
	return g_test_run();
}
