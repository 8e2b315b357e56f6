/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The FP board in a chassis, between an SPA with two wires and RPs that only do as they are
 * told: programming, punt and inject, terms, life without an RP.
 */
#include "tests/fp/board.h"

/* ---- cases ---- */

static void test_forwards(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_heard heard;

	fpb_expect_forwarding(w);
	fpb_from_peer(w, PORT_HOST,
		b_from_host(b_ip4(IP_HOST, IP_LOOP, 1, 64, b_echo(8, 8))));
	fpb_expect_at_peer(
		w, PORT_HOST, b_to_host(b_ip4(IP_LOOP, IP_HOST, 1, 255, b_echo(0, 8))));
	fpb_run_ms(w, 1100);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_HEARD, &heard), ==, 1);
	g_assert_cmpuint(g_bytes_get_size(heard.tunnels), ==, 2);
	rec_clear(ipc_table(IPC_FIB_HEARD), &heard);
	g_assert_cmpuint(probe_count(&w->rp[0], IPC_FIB_STATS), >=, 1);
	probe_forget(&w->rp[0]);
	fpb_run_ms(w, 5000); /* nothing new: at most what was still to be said */
	g_assert_cmpuint(probe_count(&w->rp[0], IPC_FIB_STATS), <=, 1);
	g_assert_cmpuint(probe_count(&w->rp[0], IPC_FIB_HEARD), ==, 0);
	fpb_free(w);
}

static void test_punt_and_inject(void)
{
	struct fpb *w = fpb_new(false);
	g_autoptr(GByteArray) want = fpb_control(1);
	struct probe_pkt ip = { .flags = PKT_INJECT_IP,
		.term = (uint32_t)w->rp[0].term };
	struct probe_pkt ppp = {
		.flags = PKT_INJECT_PPP, .session = SESSION, .term = ip.term
	};
	const struct probe_pkt *p;

	fpb_from_peer(w, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, fpb_control(1)));
	fpb_run_ms(w, 1);
	p = probe_pkt_at(&w->rp[0], 0);
	g_assert_nonnull(p);
	g_assert_cmpuint(p->class, ==, PKT_CLASS_KEEPALIVE);
	g_assert_cmpuint(p->tunnel, ==, 100);
	g_assert_cmpuint(p->ifindex, ==, PORT_LAC);
	g_assert_cmpuint(p->term, ==, w->rp[0].term);
	g_assert_cmpmem(g_bytes_get_data(p->bytes, NULL), g_bytes_get_size(p->bytes),
		want->data, want->len);

	probe_send(&w->rp[0], SLOT_F0, &ip, b_ip4(IP_US, IP_LAC, 17, 64, b_fill(9)));
	fpb_expect_at_peer(w, PORT_LAC,
		b_eth(MAC_LAC, MAC_US, 0x0800,
			b_ip4(IP_US, IP_LAC, 17, 64, b_fill(9))));
	probe_send(&w->rp[0], SLOT_F0, &ppp, b_ppp(0xc021, b_fill(4)));
	fpb_expect_at_peer(
		w, PORT_LAC, b_to_lac(0, b_l2tp(200, 22, b_ppp(0xc021, b_fill(4)))));
	fpb_free(w);
}

static void test_stop_read_free(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_index m = { .index = SESSION, .l2tp = SESSION_L2TP };
	struct msg_fib_counts n;

	fpb_expect_forwarding(w);
	fpb_send(w, IPC_FIB_READ, &m);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_COUNTS, &n), ==, 1);
	g_assert_cmpuint(n.rx_packets, ==, 1);
	fpb_send(w, IPC_FIB_STOP, &m);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_STOPPED, &n), ==, 1);
	g_assert_cmpuint(n.index, ==, SESSION);
	g_assert_cmpuint(n.rx_packets, ==, 1);
	g_assert_cmpuint(n.rx_bytes, ==, 53);
	fpb_send(w, IPC_FIB_FREE, &m);
	fpb_from_peer(w, PORT_LAC, fpb_upstream(1));
	g_assert_cmpuint(fpb_drops(w, FP_DROP_TUNNEL), ==, 1);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	fpb_free(w);
}

/* The RP is pulled and none is left: data goes on, punts are counted. */
static void test_no_rp(void)
{
	struct fpb *w = fpb_new(false);

	fpb_pull(w, SLOT_R0);
	fpb_run_ms(w, 1);
	fpb_expect_forwarding(w);
	fpb_from_peer(w, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, fpb_control(1)));
	fpb_run_ms(w, 5000);
	fpb_expect_forwarding(w);
	fpb_insert(w, SLOT_R0);
	g_assert_cmpuint(fpb_drops(w, FP_DROP_NO_RP), ==, 1);
	probe_forget(&w->rp[0]);
	fpb_from_peer(w, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, fpb_control(2)));
	fpb_run_ms(w, 1);
	g_assert_cmpuint(w->rp[0].pkts->len, ==, 1);
	fpb_free(w);
}

/* H8: what a fenced RP sends does nothing. */
static void test_terms(void)
{
	struct fpb *w = fpb_new(true);
	uint64_t old = w->rp[0].term;
	struct probe_pkt ip = { .flags = PKT_INJECT_IP, .term = (uint32_t)old };
	struct msg_fib_index m = { .index = SESSION, .l2tp = SESSION_L2TP };
	struct msg_fib_mark swept;

	fpb_pull(w, SLOT_R0);
	fpb_run_ms(w, 10);
	w->acting = 1;
	g_assert_cmpuint(chassis_active(w->c), ==, SLOT_R1);
	g_assert_cmpuint(w->rp[1].term, >, old);
	fpb_expect_forwarding(w);
	fpb_from_peer(w, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, fpb_control(1)));
	fpb_run_ms(w, 1);
	g_assert_cmpuint(w->rp[1].pkts->len, ==, 1);

	board_set_term(w->rp[1].env, old);
	fpb_send(w, IPC_FIB_FREE, &m);
	fpb_send(w, IPC_FIB_STOP, &m);
	probe_send(&w->rp[1], SLOT_F0, &ip, b_ip4(IP_US, IP_LAC, 17, 64, b_fill(9)));
	fpb_run_ms(w, 1);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	g_assert_cmpuint(probe_count(&w->rp[1], IPC_FIB_STOPPED), ==, 0);
	fpb_expect_forwarding(w);
	g_assert_cmpuint(fpb_drops(w, FP_DROP_FENCED), ==, 1);

	board_set_term(w->rp[1].env, w->rp[1].term);
	fpb_send_generation(w, 2, 1);
	fpb_run_ms(w, 10);
	g_assert_cmpuint(probe_last(&w->rp[1], IPC_FIB_SWEPT, &swept), ==, 1);
	g_assert_cmpuint(swept.generation, ==, 2);
	g_assert_cmpuint(swept.count, ==, 0);
	fpb_expect_forwarding(w);
	fpb_free(w);
}

/* Many table messages at once; the sweep of what is not named again. */
static void test_reprogram(void)
{
	struct fpb *w = fpb_new(true);
	struct msg_fib_mark swept;

	fpb_send_generation(w, 2, 5000);
	fpb_run_ms(w, 20);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_SWEPT, &swept), ==, 1);
	g_assert_cmpuint(swept.count, ==, 0);
	fpb_pull(w, SLOT_R0);
	fpb_run_ms(w, 10);
	w->acting = 1;
	fpb_send_generation(w, 3, 1);
	fpb_expect_forwarding(w);
	fpb_run_ms(w, 20);
	g_assert_cmpuint(probe_last(&w->rp[1], IPC_FIB_SWEPT, &swept), ==, 1);
	g_assert_cmpuint(swept.count, ==, 4999);
	fpb_expect_forwarding(w);
	fpb_free(w);
}

/* H12: unanswered echoes are reported, and again to the RP that programs us anew. */
static void test_dead(void)
{
	struct fpb *w = fpb_new(true);
	struct msg_fib_session m = fpt_session();
	struct msg_fib_index dead;

	m.echo_s = 1;
	fpb_send(w, IPC_FIB_SESSION, &m);
	fpb_run_ms(w, 6000);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_DEAD, &dead), ==, 1);
	g_assert_cmpuint(dead.index, ==, SESSION);
	g_assert_cmpuint(dead.cause, ==, 8);
	fpb_pull(w, SLOT_R0);
	fpb_run_ms(w, 10);
	w->acting = 1;
	fpb_send_generation(w, 2, 1);
	fpb_run_ms(w, 10);
	g_assert_cmpuint(probe_last(&w->rp[1], IPC_FIB_DEAD, &dead), ==, 1);
	g_assert_cmpuint(dead.index, ==, SESSION);
	fpb_free(w);
}

static struct msg_fib_check check(struct fpb *w, uint32_t generation, uint32_t sent)
{
	struct msg_fib_check m = { .generation = generation, .sent = sent };
	struct probe *rp = &w->rp[w->acting];

	probe_forget(rp);
	fpb_send(w, IPC_FIB_CHECK, &m);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(probe_last(rp, IPC_FIB_CHECKED, &m), ==, 1);
	g_assert_cmpuint(m.generation, ==, generation);
	g_assert_cmpuint(m.sent, ==, sent);
	return m;
}

/* What came of a generation is counted, by type and term; what does not belong to it is not. */
static void test_check(void)
{
	struct fpb *w = fpb_new(true);
	struct msg_fib_index index = { .index = SESSION, .l2tp = SESSION_L2TP };
	struct msg_fib_unmark unmark = { .seq = 1 };
	struct msg_fib_session session = fpt_session();
	struct msg_fib_mark mark = { .generation = 90 };
	struct msg_fib_check c;
	uint64_t old = w->rp[0].term;

	g_assert_cmpuint(check(w, 89, 5).got, ==, 0); /* its BEGIN was lost */
	fpb_send(w, IPC_FIB_BEGIN, &mark);
	c = check(w, 90, 0);
	g_assert_cmpuint(c.got, ==, 0);
	g_assert_false(c.swept);
	fpb_send(w, IPC_FIB_SESSION, &session);
	fpb_send(w, IPC_FIB_READ, &index);
	fpb_send(w, IPC_FIB_UNMARK, &unmark);
	g_assert_cmpuint(check(w, 90, 2).got, ==, 2);
	fpb_send(w, IPC_FIB_END, &mark);
	c = check(w, 90, 4);
	g_assert_cmpuint(c.got, ==, 3); /* of four one was lost */
	c = check(w, 90, 4);
	g_assert_true(c.swept);
	g_assert_cmpuint(c.count, ==, 3); /* the interfaces of the generation before */
	g_assert_cmpuint(check(w, 89, 5).got, ==, 0);

	fpb_pull(w, SLOT_R0);
	fpb_run_ms(w, 10);
	w->acting = 1;
	mark.generation = 91;
	fpb_send(w, IPC_FIB_BEGIN, &mark);
	fpb_send(w, IPC_FIB_SESSION, &session);
	g_assert_cmpuint(check(w, 91, 1).got, ==, 1);
	board_set_term(w->rp[1].env, old);
	fpb_send(w, IPC_FIB_SESSION, &session);
	fpb_run_ms(w, 1);
	board_set_term(w->rp[1].env, old + 1);
	g_assert_cmpuint(check(w, 91, 1).got, ==, 1);
	fpb_free(w);
}

/* Reports of dead subscribers are counted, by the generation that they carry. */
static void test_check_dead(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_session m = fpt_session();
	struct msg_fib_index dead;

	fpb_send_generation(w, 50, 1);
	m.echo_s = 1;
	fpb_send(w, IPC_FIB_SESSION, &m);
	fpb_run_ms(w, 6000);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_DEAD, &dead), ==, 1);
	g_assert_cmpuint(dead.l2tp, ==, SESSION_L2TP);
	g_assert_cmpuint(dead.generation, ==, 50);
	g_assert_cmpuint(check(w, 50, 9).dead, ==, 1);
	fpb_send_generation(w, 51, 1);
	fpb_run_ms(w, 10);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_DEAD, &dead), ==, 1);
	g_assert_cmpuint(dead.generation, ==, 51);
	g_assert_cmpuint(check(w, 51, 9).dead, ==, 1);
	fpb_free(w);
}

/* A standby says nothing; what it was told before it became one counts for nothing. */
static void test_check_standby(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_check m = { .generation = 1 };

	fpb_run_ms(w, 10);
	ipc_send_rec(w->rp[0].env, SLOT_F1, IPC_FIB_CHECK, &m);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(probe_count(&w->rp[0], IPC_FIB_CHECKED), ==, 0);
	fpb_pull(w, SLOT_F0);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(check(w, 1, 3).got, ==, 0);
	fpb_free(w);
}

/* The SPA is pulled while packets wait for ARP, then the FP while more do. */
static void test_pulls(void)
{
	struct fpb *w = fpb_new(false);

	fpb_from_peer(w, PORT_LAC,
		b_from_lac(b_l2tp(100, 11,
			b_ppp(0x0021, b_ip4(IP_SUB, IP_HOST + 9, 17, 64, b_fill(9))))));
	fpb_run_ms(w, 1);
	fpb_pull(w, SLOT_SPA);
	fpb_run_ms(w, 10);
	fpb_insert(w, SLOT_SPA);
	fpb_run_ms(w, 10);
	probe_forget(&w->peer);
	fpb_learn_neighbours(w);
	fpb_expect_forwarding(w);
	fpb_from_peer(w, PORT_LAC,
		b_from_lac(b_l2tp(100, 11,
			b_ppp(0x0021, b_ip4(IP_SUB, IP_HOST + 9, 17, 64, b_fill(9))))));
	fpb_run_ms(w, 1);
	fpb_pull(w, SLOT_F1);
	fpb_pull(w, SLOT_F0);
	fpb_run_ms(w, 10);
	fpb_insert(w, SLOT_F0);
	fpb_run_ms(w, 10);
	fpb_send_generation(w, 1, 1);
	fpb_run_ms(w, 10);
	fpb_learn_neighbours(w);
	fpb_expect_forwarding(w);
	fpb_free(w);
}

static void test_drop_names(void)
{
	for (unsigned i = 0; i < FP_N_DROPS; i++) {
		g_assert_nonnull(fp_drop_name(i));
		g_assert_nonnull(fp_drop_text(i));
	}
	g_assert_null(fp_drop_name(FP_N_DROPS));
	g_assert_null(fp_drop_text(FP_N_DROPS));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/fp/forwards", test_forwards);
	g_test_add_func("/fp/fp/punt-and-inject", test_punt_and_inject);
	g_test_add_func("/fp/fp/stop-read-free", test_stop_read_free);
	g_test_add_func("/fp/fp/no-rp", test_no_rp);
	g_test_add_func("/fp/fp/terms", test_terms);
	g_test_add_func("/fp/fp/reprogram", test_reprogram);
	g_test_add_func("/fp/fp/dead", test_dead);
	g_test_add_func("/fp/fp/check", test_check);
	g_test_add_func("/fp/fp/check-dead", test_check_dead);
	g_test_add_func("/fp/fp/check-standby", test_check_standby);
	g_test_add_func("/fp/fp/pulls", test_pulls);
	g_test_add_func("/fp/fp/drop-names", test_drop_names);
	return g_test_run();
}
