/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Session entries and generations, through the path's table functions.
 */
#include "tests/fp/harness.h"

static GByteArray *data_in(unsigned session, uint32_t src)
{
	return b_from_lac(b_l2tp(
		100, session, b_ppp(0x0021, b_ip4(src, IP_HOST, 17, 64, b_fill(8)))));
}

static void put_many(struct fpt *t, uint32_t n)
{
	for (uint32_t i = 1; i <= n; i++) {
		struct msg_fib_session m = fpt_session();

		m.index = i;
		m.local_session = (uint16_t)i;
		m.subscriber_ip = IP_SUB + i;
		fpt_put(t, &m);
	}
}

static uint32_t sweep(struct fpt *t)
{
	uint32_t count = UINT32_MAX;
	unsigned calls = 0;

	fpt_clear(t);
	while (!fp_path_sweep(t->path, &count, t->sink)) {
		fpt_clear(t);
		g_assert_cmpuint(++calls, <, 1000);
	}
	fpt_clear(t);
	return count;
}

/* The configuration that fpt_new() makes, once more. */
static void put_interfaces(struct fpt *t)
{
	static const struct msg_fib_iface ifaces[] = {
		{ PORT_LAC, IFACE_PORT, true, false, IP_US, 0xffffff00, 1500 },
		{ PORT_HOST, IFACE_PORT, true, false, IP_SELF_2, 0xffffff00, 1500 },
		{ LOOPBACK, IFACE_LOOPBACK, true, false, IP_LOOP, UINT32_MAX, 0 },
	};
	struct msg_fib_route all = { .next_hop = IP_HOST };

	fpt_clear(t);
	for (unsigned i = 0; i < G_N_ELEMENTS(ifaces); i++) {
		fp_path_iface(t->path, &ifaces[i], t->now, t->sink);
		g_assert_cmpuint(
			t->sink->n, ==, 0); /* no change: nothing is announced */
	}
	fp_path_route(t->path, &all);
}

static void test_counters_survive(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();
	struct msg_fib_counts n;

	fpt_put(t, &m);
	fpt_in(t, PORT_LAC, data_in(11, IP_SUB));
	m.mtu = 1000;
	m.remote_session = 99;
	fpt_put(t, &m);
	fp_path_stop(t->path, SESSION, SESSION_L2TP, &n);
	g_assert_cmpuint(n.index, ==, SESSION);
	g_assert_cmpuint(n.rx_packets, ==, 1);
	g_assert_cmpuint(n.rx_bytes, ==, 28);
	fpt_put(t, &m); /* clears stopped (H9) */
	fpt_in(t, PORT_LAC, data_in(11, IP_SUB));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 1);
	fp_path_counts(t->path, SESSION, &n);
	g_assert_cmpuint(n.rx_packets, ==, 2);
	fpt_in(t, PORT_HOST, b_from_host(b_ip4(IP_HOST, IP_SUB, 17, 64, b_fill(8))));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(0, b_l2tp(200, 99,
				    b_ppp(0x0021, b_ip4(IP_HOST, IP_SUB, 17, 63,
							  b_fill(8))))));
	fpt_free(t);
}

/* The slab index of a session that is gone is given to another: nothing is inherited. */
static void test_index_reused(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();
	struct msg_fib_counts n;

	fpt_put(t, &m);
	fpt_in(t, PORT_LAC, data_in(11, IP_SUB));
	m.local_session = 12;
	fpt_put(t, &m);
	fp_path_counts(t->path, SESSION, &n);
	g_assert_cmpuint(n.rx_packets, ==, 0);
	fpt_in(t, PORT_LAC, data_in(11, IP_SUB));
	fpt_expect_drop(t, FP_DROP_SESSION);
	g_assert_cmpuint(fp_path_sessions(t->path), ==, 1);
	fpt_free(t);
}

static void test_address_moves(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	fpt_put(t, &m);
	m.index = 8;
	m.local_session = 12;
	m.remote_session = 23;
	fpt_put(t, &m); /* the same address: the newer has it */
	fp_path_remove(t->path, SESSION);
	fpt_in(t, PORT_HOST, b_from_host(b_ip4(IP_HOST, IP_SUB, 17, 64, b_fill(8))));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(0, b_l2tp(200, 23,
				    b_ppp(0x0021, b_ip4(IP_HOST, IP_SUB, 17, 63,
							  b_fill(8))))));
	m.subscriber_ip = IP_SUB + 9;
	fpt_put(t, &m);
	fpt_in(t, PORT_HOST, b_from_host(b_ip4(IP_HOST, IP_SUB, 17, 64, b_fill(8))));
	g_assert_cmpuint(
		fpt_row(t, FP_TX, 0)->ifindex, ==, PORT_HOST); /* default route */
	fpt_free(t);
}

/* Whatever the last Ns was that a peer took before the FP was lost: it takes the fourth one, and
 * all that follow, by the RFC's rule as by signed distance. */
static void test_ns_leaps(void)
{
	for (unsigned last = 0; last < 65536; last++) {
		struct fp_session s = { .ns_leaps = FP_NS_LEAPS };
		uint16_t rfc = (uint16_t)last, dist = (uint16_t)last;

		for (unsigned n = 0; n < 7; n++) {
			uint16_t ns = fp_next_ns(&s);
			bool rfc_new = (uint16_t)(rfc - ns) > 32767;
			bool dist_new = (int16_t)(ns - dist) > 0;

			if (n >= FP_NS_LEAPS - 1) {
				g_assert_cmpuint(ns, ==, n - (FP_NS_LEAPS - 1));
				g_assert_true(rfc_new && dist_new);
			}
			rfc = rfc_new ? ns : rfc;
			dist = dist_new ? ns : dist;
		}
	}
}

/* It leaps only when it is open at once: a new session is told closed first. */
static void test_ns_of_new(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	m.flags = FIB_SESSION_SEQ_TX;
	fpt_put(t, &m);
	m.flags |= FIB_SESSION_OPEN;
	fpt_put(t, &m);
	g_assert_cmpuint(t->path->sessions.entry[SESSION].ns_leaps, ==, 0);
	fp_path_remove(t->path, SESSION);
	fpt_put(t, &m);
	g_assert_cmpuint(t->path->sessions.entry[SESSION].ns_leaps, ==, FP_NS_LEAPS);
	fpt_free(t);
}

/* A late order for a session that had the index before. */
static void test_stop_another(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();
	struct msg_fib_counts n;

	fpt_put(t, &m);
	fpt_in(t, PORT_LAC, data_in(11, IP_SUB));
	fpt_clear(t);
	fp_path_stop(t->path, SESSION, SESSION_L2TP + 1, &n);
	g_assert_cmpuint(n.l2tp, ==, SESSION_L2TP + 1);
	g_assert_false(n.known);
	g_assert_cmpuint(n.rx_packets, ==, 0);
	fpt_in(t, PORT_LAC, data_in(11, IP_SUB)); /* goes on */
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 1);
	fpt_clear(t);
	fp_path_stop(t->path, SESSION, SESSION_L2TP, &n);
	g_assert_true(n.known);
	g_assert_cmpuint(n.l2tp, ==, SESSION_L2TP);
	g_assert_cmpuint(n.rx_packets, ==, 2);
	fpt_in(t, PORT_LAC, data_in(11, IP_SUB));
	fpt_expect_drop(t, FP_DROP_STOPPED);
	fpt_free(t);
}

static void test_stop_and_free(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();
	struct msg_fib_counts n = { .rx_packets = 9 };

	fp_path_stop(t->path, 1234, 77, &n); /* unknown: says so, and the RP goes on */
	g_assert_cmpuint(n.index, ==, 1234);
	g_assert_cmpuint(n.l2tp, ==, 77);
	g_assert_false(n.known);
	g_assert_cmpuint(n.rx_packets, ==, 0);
	fp_path_remove(t->path, 1234);
	fp_path_remove(t->path, 0);
	fp_path_remove(t->path, UINT32_MAX);
	fpt_put(t, &m);
	fp_path_remove(t->path, SESSION);
	g_assert_cmpuint(fp_path_sessions(t->path), ==, 0);
	fpt_in(t, PORT_LAC, data_in(11, IP_SUB));
	fpt_expect_drop(t, FP_DROP_TUNNEL);
	m.index = 0;
	g_assert_false(fp_path_session(t->path, &m, t->now));
	m.index = FP_SESSIONS_MAX + 1;
	g_assert_false(fp_path_session(t->path, &m, t->now));
	m.index = FP_SESSIONS_MAX;
	g_assert_true(fp_path_session(t->path, &m, t->now));
	fpt_free(t);
}

static void test_sweep(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();
	struct msg_fib_counts n;

	put_many(t, 10000);
	m.index = 5;
	m.local_session = 5;
	m.subscriber_ip = IP_SUB + 5;
	fpt_in(t, PORT_LAC, data_in(5, IP_SUB));
	fp_path_begin(t->path, 2);
	put_interfaces(t);
	fpt_put(t, &m);
	g_assert_false(fp_path_sweeping(t->path));
	fp_path_end(t->path, 1); /* of the old generation: ignored */
	g_assert_false(fp_path_sweeping(t->path));
	fp_path_end(t->path, 2);
	g_assert_cmpuint(sweep(t), ==, 9999);
	g_assert_cmpuint(fp_path_sessions(t->path), ==, 1);
	fp_path_counts(t->path, 5, &n);
	g_assert_cmpuint(n.rx_packets, ==, 1);
	fpt_in(t, PORT_LAC, data_in(5, IP_SUB + 5));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 1); /* ARP entries are still there */

	/* What comes after the end belongs to the generation too. */
	m.index = 6;
	m.local_session = 6;
	fpt_put(t, &m);
	fp_path_end(t->path, 2);
	g_assert_cmpuint(sweep(t), ==, 0);
	g_assert_cmpuint(fp_path_sessions(t->path), ==, 2);
	fpt_free(t);
}

/* A switchover in the middle of a sweep: the new generation wins. */
static void test_sweep_interrupted(void)
{
	struct fpt *t = fpt_new();
	uint32_t count;

	put_many(t, 10000);
	fp_path_begin(t->path, 2);
	fp_path_end(t->path, 2);
	g_assert_false(fp_path_sweep(t->path, &count, t->sink));
	fp_path_begin(t->path, 3);
	g_assert_false(fp_path_sweeping(t->path));
	put_many(t, 10000);
	put_interfaces(t);
	fp_path_end(t->path, 3);
	g_assert_cmpuint(sweep(t), ==, 0);
	g_assert_cmpuint(fp_path_sessions(t->path), ==, 10000);
	fpt_free(t);
}

static void test_sweep_interfaces(void)
{
	struct fpt *t = fpt_new();

	fp_path_begin(t->path, 2);
	fp_path_end(t->path, 2);
	g_assert_cmpuint(
		sweep(t), ==, 4); /* two ports, the loopback, the default route */
	fpt_in(t, PORT_LAC, data_in(11, IP_SUB));
	fpt_expect_drop(t, FP_DROP_IFACE_DOWN);
	fpt_free(t);
}

static void test_stats(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_stats m;
	struct rd r;

	put_many(t, 3);
	fpt_in(t, PORT_LAC, data_in(11, IP_SUB));
	fp_path_stats(t->path, &m);
	g_assert_cmpuint(m.sessions, ==, 3);
	g_assert_cmpuint(m.generation, ==, 1);
	g_assert_cmpuint(g_bytes_get_size(m.drops), ==, FP_N_DROPS * 8);
	r = rd_init(g_bytes_get_data(m.drops, NULL), FP_N_DROPS * 8);
	rd_skip(&r, FP_DROP_SESSION * 8);
	g_assert_cmpuint(rd_u64(&r), ==, 1);
	g_assert_cmpuint(g_bytes_get_size(m.ifaces), ==, 3 * 42);
	r = rd_init(g_bytes_get_data(m.ifaces, NULL), 42);
	g_assert_cmpuint(rd_u16(&r), ==, PORT_LAC);
	g_assert_cmpuint(rd_u64(&r), ==, 2); /* ARP and this one */
	g_bytes_unref(m.drops);
	g_bytes_unref(m.ifaces);
	fpt_free(t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/session/counters-survive", test_counters_survive);
	g_test_add_func("/fp/session/index-reused", test_index_reused);
	g_test_add_func("/fp/session/address-moves", test_address_moves);
	g_test_add_func("/fp/session/stop-and-free", test_stop_and_free);
	g_test_add_func("/fp/session/stop-another", test_stop_another);
	g_test_add_func("/fp/session/ns-leaps", test_ns_leaps);
	g_test_add_func("/fp/session/ns-of-new", test_ns_of_new);
	g_test_add_func("/fp/session/sweep", test_sweep);
	g_test_add_func("/fp/session/sweep-interrupted", test_sweep_interrupted);
	g_test_add_func("/fp/session/sweep-interfaces", test_sweep_interfaces);
	g_test_add_func("/fp/session/stats", test_stats);
	return g_test_run();
}
