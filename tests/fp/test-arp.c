/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fp/harness.h"

static GByteArray *to_host(unsigned n)
{
	return b_eth(
		MAC_US, MAC_LAC, 0x0800, b_ip4(IP_LAC, IP_HOST, 17, 64, b_fill(n)));
}

static GByteArray *request_for_host(void)
{
	return b_eth(
		MAC_ALL, MAC_US_2, 0x0806, b_arp(1, MAC_US_2, IP_SELF_2, 0, IP_HOST));
}

static GByteArray *reply_of_host(void)
{
	return b_eth(MAC_US_2, MAC_HOST, 0x0806,
		b_arp(2, MAC_HOST, IP_HOST, MAC_US_2, IP_SELF_2));
}

static void test_answers(void)
{
	struct fpt *t = fpt_new_cold();

	fpt_in(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_HOST, 0x0806,
			b_arp(1, MAC_HOST, IP_HOST, 0, IP_SELF_2)));
	fpt_expect_tx(t, PORT_HOST,
		b_eth(MAC_HOST, MAC_US_2, 0x0806,
			b_arp(2, MAC_US_2, IP_SELF_2, MAC_HOST, IP_HOST)));
	/* A probe (RFC 5227) has no sender address. */
	fpt_in(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_HOST, 0x0806, b_arp(1, MAC_HOST, 0, 0, IP_SELF_2)));
	fpt_expect_tx(t, PORT_HOST,
		b_eth(MAC_HOST, MAC_US_2, 0x0806,
			b_arp(2, MAC_US_2, IP_SELF_2, MAC_HOST, 0)));
	/* Other people's questions, and the loopback by a port, are not ours. */
	fpt_in(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_HOST, 0x0806,
			b_arp(1, MAC_HOST, IP_HOST, 0, IP_HOST + 5)));
	g_assert_cmpuint(fpt_count(t, FP_DONE), ==, 1);
	fpt_in(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_HOST, 0x0806,
			b_arp(1, MAC_HOST, IP_HOST, 0, IP_LOOP)));
	g_assert_cmpuint(fpt_count(t, FP_DONE), ==, 1);
	fpt_free(t);
}

static void test_waits_and_goes(void)
{
	struct fpt *t = fpt_new_cold();

	fpt_in(t, PORT_LAC, to_host(1));
	fpt_expect_tx(t, PORT_HOST, request_for_host());
	fpt_in(t, PORT_LAC, to_host(2));
	g_assert_cmpuint(t->sink->n, ==, 0);
	fpt_in(t, PORT_LAC, to_host(3));
	g_assert_cmpuint(t->sink->n, ==, 0);
	fpt_in(t, PORT_LAC, to_host(4));
	fpt_expect_drop(t, FP_DROP_ARP_QUEUE);
	fpt_in(t, PORT_HOST, reply_of_host());
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 3);
	for (unsigned i = 0; i < 3; i++) { /* in order */
		const struct fp_row *row = fpt_row(t, FP_TX, i);

		g_assert_cmpuint(row->pkt->len, ==, 14 + 20 + i + 1);
		g_assert_cmpuint(row->ifindex, ==, PORT_HOST);
	}
	fpt_in(t, PORT_LAC, to_host(5));
	fpt_expect_tx(
		t, PORT_HOST, b_to_host(b_ip4(IP_LAC, IP_HOST, 17, 63, b_fill(5))));
	fpt_free(t);
}

static void test_gives_up(void)
{
	struct fpt *t = fpt_new_cold();

	fpt_in(t, PORT_LAC,
		b_eth(MAC_US, MAC_LAC, 0x0806, b_arp(1, MAC_LAC, IP_LAC, 0, IP_US)));
	fpt_in(t, PORT_LAC, to_host(1));
	fpt_expect_tx(t, PORT_HOST, request_for_host());
	for (unsigned i = 0; i < 2; i++) {
		fpt_tick(t, dur_ms(1001));
		fpt_expect_tx(t, PORT_HOST, request_for_host());
	}
	fpt_tick(t, dur_ms(1001));
	g_assert_cmpuint(fpt_row(t, FP_DROP, 0)->what, ==, FP_DROP_ARP_FAILED);
	g_assert_cmpuint(fpt_row(t, FP_TX, 0)->ifindex, ==, PORT_LAC); /* unreachable */
	fpt_tick(t, dur_s(100));
	g_assert_cmpuint(t->sink->n, ==, 0);
	fpt_in(t, PORT_LAC, to_host(1)); /* and starts anew */
	fpt_expect_tx(t, PORT_HOST, request_for_host());
	fpt_free(t);
}

static void test_ages(void)
{
	struct fpt *t = fpt_new_cold();

	fpt_in(t, PORT_LAC, to_host(1));
	fpt_in(t, PORT_HOST, reply_of_host());
	fpt_tick(t, dur_s(4 * 3600 - 1));
	g_assert_cmpuint(t->sink->n, ==, 0);
	fpt_tick(t, dur_s(2));
	fpt_expect_tx(t, PORT_HOST, request_for_host());
	fpt_in(t, PORT_LAC, to_host(1)); /* in use meanwhile */
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 1);
	fpt_in(t, PORT_HOST, reply_of_host());
	fpt_tick(t, dur_s(3600));
	g_assert_cmpuint(t->sink->n, ==, 0);
	fpt_tick(t, dur_s(3 * 3600 + 1));
	fpt_expect_tx(t, PORT_HOST, request_for_host());
	for (unsigned i = 0; i < 4; i++)
		fpt_tick(t, dur_ms(1001)); /* nobody answers any more */
	fpt_in(t, PORT_LAC, to_host(1));
	fpt_expect_tx(t, PORT_HOST, request_for_host());
	fpt_free(t);
}

static void test_moves(void)
{
	struct fpt *t = fpt_new();
	uint64_t other = MAC_HOST + 77;

	fpt_in(t, PORT_HOST,
		b_eth(MAC_ALL, other, 0x0806,
			b_arp(1, other, IP_HOST, 0,
				IP_HOST))); /* gratuitous: known, so believed */
	fpt_in(t, PORT_LAC, to_host(1));
	fpt_expect_tx(t, PORT_HOST,
		b_eth(other, MAC_US_2, 0x0800,
			b_ip4(IP_LAC, IP_HOST, 17, 63, b_fill(1))));
	fpt_free(t);
}

static void test_refuses(void)
{
	static const char
		*const bad[] = {
			"0001 0800 06 04 0001", /* short */
			"0006 0800 06 04 0001 02bb00000001 c0000201 000000000000 "
			"c00002fe",
			"0001 86dd 06 04 0001 02bb00000001 c0000201 000000000000 "
			"c00002fe",
			"0001 0800 08 04 0001 02bb00000001 c0000201 000000000000 "
			"c00002fe",
			"0001 0800 06 04 0003 02bb00000001 c0000201 000000000000 "
			"c00002fe",
			"0001 0800 06 04 0001 03bb00000001 c0000201 000000000000 "
			"c00002fe", /* group */
			"0001 0800 06 04 0001 02bb00000001 c0000301 000000000000 "
			"c00002fe", /* off net */
			"0001 0800 06 04 0001 02bb00000001 c00002fe 000000000000 "
			"c00002fe", /* is us */
		};
	struct fpt *t = fpt_new();

	for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
		fpt_in(t, PORT_HOST, b_eth(MAC_US_2, MAC_HOST, 0x0806, b_hex(bad[i])));
		fpt_expect_drop(t, FP_DROP_ARP);
	}
	fpt_free(t);
}

/* A scan of addresses: bounded entries, bounded packets, and it ends. */
static void test_scan(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_iface wide = { .ifindex = PORT_HOST,
		.kind = IFACE_PORT,
		.up = true,
		.ip = IP_SELF_2,
		.mask = 0xffff0000,
		.mtu = 1500 };
	unsigned held;

	fp_path_iface(t->path, &wide, t->now, t->sink);
	fpt_clear(t);
	held = t->n_spare;
	for (uint32_t i = 0; i < 20000; i++)
		fpt_in(t, PORT_LAC,
			b_eth(MAC_US, MAC_LAC, 0x0800,
				b_ip4(IP_LAC, (IP_HOST & 0xffff0000) + 0x0300 + i, 17,
					64, b_fill(1))));
	fpt_clear(t);
	g_assert_cmpuint(held - t->n_spare, ==, FP_ARP_WAITING);
	g_assert_cmpuint(
		fp_path_drops(t->path, FP_DROP_ARP_FULL), >=, 20000 - FP_ARP_MAX);
	for (unsigned i = 0; i < 5000; i++)
		fpt_tick(t, dur_ms(1));
	fpt_clear(t);
	g_assert_cmpuint(t->n_spare, ==, held);
	fpt_free(t);
}

static void test_link_down_gives_back(void)
{
	struct fpt *t = fpt_new_cold();
	unsigned held = t->n_spare;

	fpt_in(t, PORT_LAC, to_host(1));
	fpt_clear(t);
	fp_path_slot_down(t->path, ifindex_slot(PORT_HOST), t->now, t->sink);
	g_assert_cmpuint(fp_path_drops(t->path, FP_DROP_PORT_DOWN), ==, 1);
	fpt_clear(t);
	g_assert_cmpuint(t->n_spare, ==, held);
	fpt_free(t);
}

static void test_no_buffers(void)
{
	struct fpt *t = fpt_new_cold();

	t->starve = true;
	fpt_in(t, PORT_LAC, to_host(1));
	g_assert_cmpuint(
		t->sink->n, ==, 0); /* it waits; the question could not be sent */
	g_assert_cmpuint(fp_path_drops(t->path, FP_DROP_NO_BUFFER), ==, 1);
	t->starve = false;
	fpt_tick(t, dur_ms(1001));
	fpt_expect_tx(t, PORT_HOST, request_for_host());
	fpt_free(t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/arp/answers", test_answers);
	g_test_add_func("/fp/arp/waits-and-goes", test_waits_and_goes);
	g_test_add_func("/fp/arp/gives-up", test_gives_up);
	g_test_add_func("/fp/arp/ages", test_ages);
	g_test_add_func("/fp/arp/moves", test_moves);
	g_test_add_func("/fp/arp/refuses", test_refuses);
	g_test_add_func("/fp/arp/scan", test_scan);
	g_test_add_func("/fp/arp/link-down", test_link_down_gives_back);
	g_test_add_func("/fp/arp/no-buffers", test_no_buffers);
	return g_test_run();
}
