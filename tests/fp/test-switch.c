/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Switched sessions: PPP frames of a LAC's tunnel go on in another one to the next LNS, which
 * stands where the host is.
 */
#include "tests/fp/harness.h"

enum { MATE = 8, PPP_ANY_DATA = 0x57 };

static struct msg_fib_session from_lac(void)
{
	struct msg_fib_session m = fpt_session();

	m.flags |= FIB_SESSION_SWITCHED;
	m.subscriber_ip = m.local_magic = 0;
	m.mate = MATE;
	return m;
}

static struct msg_fib_session to_lns(void)
{
	struct msg_fib_session m = from_lac();

	m.index = MATE;
	m.mate = SESSION;
	m.local_ip = IP_SELF_2;
	m.remote_ip = IP_HOST;
	m.local_tunnel = 300;
	m.local_session = 33;
	m.remote_tunnel = 400;
	m.remote_session = 44;
	return m;
}

static struct fpt *new_pair(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session a = from_lac(), b = to_lns();

	fpt_put(t, &a);
	fpt_put(t, &b);
	return t;
}

static GByteArray *in_lns_tunnel(unsigned id, GByteArray *take_ppp)
{
	return b_eth(MAC_HOST, MAC_US_2, 0x0800,
		b_ip(&(struct b_ip){ .src = IP_SELF_2, .dst = IP_HOST, .proto = 17,
			     .ttl = 255, .id = (uint16_t)id },
			b_udp(1701, 1701, b_l2tp(400, 44, take_ppp))));
}

static GByteArray *from_lns(GByteArray *take_ppp)
{
	return b_eth(MAC_US_2, MAC_HOST, 0x0800,
		b_ip4(IP_HOST, IP_SELF_2, 17, 64,
			b_udp(1701, 1701, b_l2tp(300, 33, take_ppp))));
}

static GByteArray *inner(uint16_t protocol)
{
	return protocol == 0x0021 ? b_ip4(IP_SUB, IP_FAR, 1, 1, b_echo(8, 40)) : b_fill(64);
}

/* LCP, an NCP, data and what nobody knows: the frame is not ours. */
static void test_both_ways(void)
{
	static const uint16_t protocols[] = { 0xc021, 0x8021, 0x0021, PPP_ANY_DATA };
	struct fpt *t = new_pair();
	struct msg_fib_counts counts;

	for (unsigned i = 0; i < G_N_ELEMENTS(protocols); i++) {
		GByteArray *ppp = b_ppp(protocols[i], inner(protocols[i]));

		fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_copy(ppp))));
		fpt_expect_tx(t, PORT_HOST, in_lns_tunnel(i, b_copy(ppp)));
		fpt_in(t, PORT_HOST, from_lns(b_copy(ppp)));
		fpt_expect_tx(t, PORT_LAC, b_to_lac(i, b_l2tp(200, 22, ppp)));
	}
	/* An LCP echo with no address and control field is passed on as it came. */
	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_hex("c021 0901 0008 01020304"))));
	g_assert_cmpmem(pkt_data(fpt_row(t, FP_TX, 0)->pkt) + 14 + 20 + 8 + 6, 10,
		"\xc0\x21\x09\x01\x00\x08\x01\x02\x03\x04", 10);
	fp_path_counts(t->path, SESSION, &counts);
	g_assert_cmpuint(counts.rx_packets, ==, 5);
	g_assert_cmpuint(counts.tx_packets, ==, 4);
	fp_path_counts(t->path, MATE, &counts);
	g_assert_cmpuint(counts.rx_packets, ==, 4);
	g_assert_cmpuint(counts.tx_packets, ==, 5);
	g_assert_true(fp_path_has_heard(t->path));
	fpt_free(t);
}

static GByteArray *data(void)
{
	return b_from_lac(b_l2tp(100, 11, b_ppp(0x0021, inner(0x0021))));
}

/* Half of it gone, in deletion, or given to another session: nothing leaks. */
static void test_half(void)
{
	struct fpt *t = new_pair();
	struct msg_fib_session other = to_lns();
	struct msg_fib_counts counts;

	fp_path_stop(t->path, MATE, 300u << 16 | 33, &counts);
	fpt_in(t, PORT_LAC, data());
	fpt_expect_drop(t, FP_DROP_STOPPED);
	fp_path_remove(t->path, MATE);
	fpt_in(t, PORT_LAC, data());
	fpt_expect_drop(t, FP_DROP_CLOSED);
	other.mate = 12;
	fpt_put(t, &other);
	fpt_in(t, PORT_LAC, data());
	fpt_expect_drop(t, FP_DROP_CLOSED);
	other.flags &= ~(uint32_t)FIB_SESSION_SWITCHED;
	other.subscriber_ip = IP_SUB;
	fpt_put(t, &other);
	fpt_in(t, PORT_LAC, data());
	fpt_expect_drop(t, FP_DROP_CLOSED);
	fpt_free(t);
}

/* In set-up the RP gets what the client says. */
static void test_not_open(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = from_lac();

	m.flags = 0;
	m.mate = 0;
	fpt_put(t, &m);
	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_ppp(0xc021, b_fill(8)))));
	fpt_expect_punt(t, PKT_CLASS_PPP, b_ppp(0xc021, b_fill(8)));
	fpt_in(t, PORT_LAC, data());
	fpt_expect_drop(t, FP_DROP_CLOSED);
	fpt_free(t);
}

/* The tunnel to the LNS numbers its packets, the other does not. */
static void test_numbers(void)
{
	struct fpt *t = new_pair();
	struct msg_fib_session m = to_lns();
	const uint8_t *l2tp;

	m.flags |= FIB_SESSION_SEQ_TX;
	fpt_put(t, &m);
	for (unsigned i = 0; i < 3; i++) {
		fpt_in(t, PORT_LAC, data());
		l2tp = pkt_data(fpt_row(t, FP_TX, 0)->pkt) + 14 + 20 + 8;
		g_assert_cmphex(be16(l2tp), ==, 0x0802);
		g_assert_cmpuint(be16(l2tp + 6), ==, i);
	}
	fpt_free(t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/switch/both-ways", test_both_ways);
	g_test_add_func("/fp/switch/half", test_half);
	g_test_add_func("/fp/switch/not-open", test_not_open);
	g_test_add_func("/fp/switch/numbers", test_numbers);
	return g_test_run();
}
