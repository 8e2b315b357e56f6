/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The FP board in a chassis, between an SPA with two wires and RPs that only do as they are
 * told: programming, punt and inject, terms, life without an RP.
 */
#include "fp/fp.h"

#include "spa/spa.h"
#include "tests/fp/harness.h"
#include "tests/spa/probe.h"

enum { PEER = SLOT_PEER };

struct world {
	struct chassis *c;
	struct probe rp[2], peer;
	struct probe *rp_p[2], *peer_p;
	struct spa_config cfg;
	unsigned acting; /* RP */
};

static void run_ms(struct world *w, int64_t ms)
{
	chassis_run(w->c, time_add(chassis_now(w->c), dur_ms(ms)));
}

static void insert(struct world *w, unsigned slot)
{
	g_autoptr(GError) error = NULL;

	chassis_insert(w->c, slot, &error);
	g_assert_no_error(error);
}

static void pull(struct world *w, unsigned slot)
{
	g_autoptr(GError) error = NULL;

	chassis_pull(w->c, slot, SLOT_WHY_PULLED, &error);
	g_assert_no_error(error);
}

static void send(struct world *w, unsigned type, const void *rec)
{
	ipc_send_rec(w->rp[w->acting].env, SLOT_F0, type, rec);
}

static void send_config(struct world *w)
{
	struct msg_fib_iface lac = { .ifindex = PORT_LAC,
		.kind = IFACE_PORT,
		.up = true,
		.ip = IP_US,
		.mask = 0xffffff00,
		.mtu = 1500 };
	struct msg_fib_iface host = { .ifindex = PORT_HOST,
		.kind = IFACE_PORT,
		.up = true,
		.ip = IP_SELF_2,
		.mask = 0xffffff00,
		.mtu = 1500 };
	struct msg_fib_iface loop = { .ifindex = LOOPBACK,
		.kind = IFACE_LOOPBACK,
		.up = true,
		.ip = IP_LOOP,
		.mask = UINT32_MAX };

	send(w, IPC_FIB_IFACE, &lac);
	send(w, IPC_FIB_IFACE, &host);
	send(w, IPC_FIB_IFACE, &loop);
}

static void send_generation(struct world *w, uint32_t generation, unsigned n_sessions)
{
	struct msg_fib_mark mark = { .generation = generation };

	send(w, IPC_FIB_BEGIN, &mark);
	send_config(w);
	for (unsigned i = 0; i < n_sessions; i++) {
		struct msg_fib_session m = fpt_session();

		m.index = SESSION + i;
		m.local_session = (uint16_t)(m.local_session + i);
		m.subscriber_ip += i;
		send(w, IPC_FIB_SESSION, &m);
	}
	send(w, IPC_FIB_END, &mark);
}

static void from_peer(struct world *w, uint16_t ifindex, GByteArray *take_frame)
{
	struct probe_pkt meta = { .ifindex = ifindex };

	probe_send(&w->peer, SLOT_SPA, &meta, take_frame);
}

static void learn_neighbours(struct world *w)
{
	from_peer(w, PORT_LAC,
		b_eth(MAC_ALL, MAC_LAC, 0x0806, b_arp(1, MAC_LAC, IP_LAC, 0, IP_US)));
	from_peer(w, PORT_HOST,
		b_eth(MAC_ALL, MAC_HOST, 0x0806,
			b_arp(1, MAC_HOST, IP_HOST, 0, IP_SELF_2)));
	run_ms(w, 1);
	probe_forget(&w->peer);
}

static struct world *make_world(bool standby)
{
	struct world *w = g_new0(struct world, 1);
	struct chassis_config cfg = { .seed = 1, .virtual = true };

	w->c = chassis_new(&cfg);
	w->cfg.n_ports = 2;
	w->cfg.port[0].peer_slot = w->cfg.port[1].peer_slot = PEER;
	probe_init(&w->peer, SLOT_SPA);
	w->peer_p = &w->peer;
	for (unsigned i = 0; i < 2; i++) {
		probe_init(&w->rp[i], SLOT_F0);
		w->rp_p[i] = &w->rp[i];
		chassis_declare(w->c, SLOT_R0 + i, &probe_rp, &w->rp_p[i]);
	}
	chassis_declare(w->c, SLOT_F0, &fp_board, NULL);
	chassis_declare(w->c, SLOT_F1, &fp_board, NULL);
	chassis_declare(w->c, SLOT_SPA, &spa_board, &w->cfg);
	chassis_declare(w->c, PEER, &probe_peer, &w->peer_p);
	chassis_wire(w->c, PORT_LAC, PEER);
	chassis_wire(w->c, PORT_HOST, PEER);
	insert(w, SLOT_R0);
	if (standby)
		insert(w, SLOT_R1);
	insert(w, SLOT_F0);
	insert(w, SLOT_F1);
	insert(w, SLOT_SPA);
	insert(w, PEER);
	run_ms(w, 10);
	g_assert_cmpuint(chassis_active(w->c), ==, SLOT_R0);
	send_generation(w, 1, 1);
	run_ms(w, 10);
	learn_neighbours(w);
	probe_forget(&w->rp[0]);
	return w;
}

static void free_world(struct world *w)
{
	chassis_free(w->c);
	probe_deinit(&w->rp[0]);
	probe_deinit(&w->rp[1]);
	probe_deinit(&w->peer);
	g_free(w);
}

static void expect_at_peer(struct world *w, uint16_t ifindex, GByteArray *take_frame)
{
	const struct probe_pkt *p;

	run_ms(w, 1);
	p = probe_pkt_at(&w->peer, 0);
	g_assert_nonnull(p);
	g_assert_cmpuint(p->ifindex, ==, ifindex);
	g_assert_cmpmem(g_bytes_get_data(p->bytes, NULL), g_bytes_get_size(p->bytes),
		take_frame->data, take_frame->len);
	g_assert_cmpuint(w->peer.pkts->len, ==, 1);
	g_byte_array_unref(take_frame);
	probe_forget(&w->peer);
}

static GByteArray *upstream(unsigned n)
{
	return b_from_lac(b_l2tp(
		100, 11, b_ppp(0x0021, b_ip4(IP_SUB, IP_HOST, 17, 64, b_fill(n)))));
}

static void expect_forwarding(struct world *w)
{
	const unsigned n = 33;

	from_peer(w, PORT_LAC, upstream(n));
	expect_at_peer(
		w, PORT_HOST, b_to_host(b_ip4(IP_SUB, IP_HOST, 17, 63, b_fill(n))));
}

static GByteArray *control(unsigned ns)
{
	GByteArray *l2tp = b_hex("c802 000c 0064 0000 0000 0001");

	l2tp->data[9] = (guint8)ns;
	return b_ip4(IP_LAC, IP_US, 17, 64, b_udp_sum(IP_LAC, IP_US, 1701, 1701, l2tp));
}

static uint64_t drops(struct world *w, enum fp_drop why)
{
	struct msg_fib_stats m;
	struct rd r;
	uint64_t n;

	run_ms(w, 1100);
	g_assert_cmpuint(probe_last(&w->rp[w->acting], IPC_FIB_STATS, &m), >, 0);
	r = rd_init(g_bytes_get_data(m.drops, NULL), g_bytes_get_size(m.drops));
	rd_skip(&r, (size_t)why * 8);
	n = rd_u64(&r);
	rec_clear(ipc_table(IPC_FIB_STATS), &m);
	return n;
}

/* ---- cases ---- */

static void test_forwards(void)
{
	struct world *w = make_world(false);
	struct msg_fib_heard heard;

	expect_forwarding(w);
	from_peer(w, PORT_HOST,
		b_from_host(b_ip4(IP_HOST, IP_LOOP, 1, 64, b_echo(8, 8))));
	expect_at_peer(
		w, PORT_HOST, b_to_host(b_ip4(IP_LOOP, IP_HOST, 1, 255, b_echo(0, 8))));
	run_ms(w, 1100);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_HEARD, &heard), ==, 1);
	g_assert_cmpuint(g_bytes_get_size(heard.tunnels), ==, 2);
	rec_clear(ipc_table(IPC_FIB_HEARD), &heard);
	g_assert_cmpuint(probe_count(&w->rp[0], IPC_FIB_STATS), >=, 1);
	probe_forget(&w->rp[0]);
	run_ms(w, 5000); /* nothing new: at most what was still to be said */
	g_assert_cmpuint(probe_count(&w->rp[0], IPC_FIB_STATS), <=, 1);
	g_assert_cmpuint(probe_count(&w->rp[0], IPC_FIB_HEARD), ==, 0);
	free_world(w);
}

static void test_punt_and_inject(void)
{
	struct world *w = make_world(false);
	g_autoptr(GByteArray) want = control(1);
	struct probe_pkt ip = { .flags = PKT_INJECT_IP,
		.term = (uint32_t)w->rp[0].term };
	struct probe_pkt ppp = {
		.flags = PKT_INJECT_PPP, .session = SESSION, .term = ip.term
	};
	const struct probe_pkt *p;

	from_peer(w, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, control(1)));
	run_ms(w, 1);
	p = probe_pkt_at(&w->rp[0], 0);
	g_assert_nonnull(p);
	g_assert_cmpuint(p->class, ==, PKT_CLASS_KEEPALIVE);
	g_assert_cmpuint(p->tunnel, ==, 100);
	g_assert_cmpuint(p->ifindex, ==, PORT_LAC);
	g_assert_cmpuint(p->term, ==, w->rp[0].term);
	g_assert_cmpmem(g_bytes_get_data(p->bytes, NULL), g_bytes_get_size(p->bytes),
		want->data, want->len);

	probe_send(&w->rp[0], SLOT_F0, &ip, b_ip4(IP_US, IP_LAC, 17, 64, b_fill(9)));
	expect_at_peer(w, PORT_LAC,
		b_eth(MAC_LAC, MAC_US, 0x0800,
			b_ip4(IP_US, IP_LAC, 17, 64, b_fill(9))));
	probe_send(&w->rp[0], SLOT_F0, &ppp, b_ppp(0xc021, b_fill(4)));
	expect_at_peer(
		w, PORT_LAC, b_to_lac(0, b_l2tp(200, 22, b_ppp(0xc021, b_fill(4)))));
	free_world(w);
}

static void test_stop_read_free(void)
{
	struct world *w = make_world(false);
	struct msg_fib_index m = { .index = SESSION };
	struct msg_fib_counts n;

	expect_forwarding(w);
	send(w, IPC_FIB_READ, &m);
	run_ms(w, 1);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_COUNTS, &n), ==, 1);
	g_assert_cmpuint(n.rx_packets, ==, 1);
	send(w, IPC_FIB_STOP, &m);
	run_ms(w, 1);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_STOPPED, &n), ==, 1);
	g_assert_cmpuint(n.index, ==, SESSION);
	g_assert_cmpuint(n.rx_packets, ==, 1);
	g_assert_cmpuint(n.rx_bytes, ==, 53);
	send(w, IPC_FIB_FREE, &m);
	from_peer(w, PORT_LAC, upstream(1));
	g_assert_cmpuint(drops(w, FP_DROP_TUNNEL), ==, 1);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	free_world(w);
}

/* The RP is pulled and none is left: data goes on, punts are counted. */
static void test_no_rp(void)
{
	struct world *w = make_world(false);

	pull(w, SLOT_R0);
	run_ms(w, 1);
	expect_forwarding(w);
	from_peer(w, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, control(1)));
	run_ms(w, 5000);
	expect_forwarding(w);
	insert(w, SLOT_R0);
	g_assert_cmpuint(drops(w, FP_DROP_NO_RP), ==, 1);
	probe_forget(&w->rp[0]);
	from_peer(w, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, control(2)));
	run_ms(w, 1);
	g_assert_cmpuint(w->rp[0].pkts->len, ==, 1);
	free_world(w);
}

/* H8: what a fenced RP sends does nothing. */
static void test_terms(void)
{
	struct world *w = make_world(true);
	uint64_t old = w->rp[0].term;
	struct probe_pkt ip = { .flags = PKT_INJECT_IP, .term = (uint32_t)old };
	struct msg_fib_index m = { .index = SESSION };
	struct msg_fib_mark swept;

	pull(w, SLOT_R0);
	run_ms(w, 10);
	w->acting = 1;
	g_assert_cmpuint(chassis_active(w->c), ==, SLOT_R1);
	g_assert_cmpuint(w->rp[1].term, >, old);
	expect_forwarding(w);
	from_peer(w, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, control(1)));
	run_ms(w, 1);
	g_assert_cmpuint(w->rp[1].pkts->len, ==, 1);

	board_set_term(w->rp[1].env, old);
	send(w, IPC_FIB_FREE, &m);
	send(w, IPC_FIB_STOP, &m);
	probe_send(&w->rp[1], SLOT_F0, &ip, b_ip4(IP_US, IP_LAC, 17, 64, b_fill(9)));
	run_ms(w, 1);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	g_assert_cmpuint(probe_count(&w->rp[1], IPC_FIB_STOPPED), ==, 0);
	expect_forwarding(w);
	g_assert_cmpuint(drops(w, FP_DROP_FENCED), ==, 1);

	board_set_term(w->rp[1].env, w->rp[1].term);
	send_generation(w, 2, 1);
	run_ms(w, 10);
	g_assert_cmpuint(probe_last(&w->rp[1], IPC_FIB_SWEPT, &swept), ==, 1);
	g_assert_cmpuint(swept.generation, ==, 2);
	g_assert_cmpuint(swept.count, ==, 0);
	expect_forwarding(w);
	free_world(w);
}

/* Many table messages at once; the sweep of what is not named again. */
static void test_reprogram(void)
{
	struct world *w = make_world(true);
	struct msg_fib_mark swept;

	send_generation(w, 2, 5000);
	run_ms(w, 20);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_SWEPT, &swept), ==, 1);
	g_assert_cmpuint(swept.count, ==, 0);
	pull(w, SLOT_R0);
	run_ms(w, 10);
	w->acting = 1;
	send_generation(w, 3, 1);
	expect_forwarding(w);
	run_ms(w, 20);
	g_assert_cmpuint(probe_last(&w->rp[1], IPC_FIB_SWEPT, &swept), ==, 1);
	g_assert_cmpuint(swept.count, ==, 4999);
	expect_forwarding(w);
	free_world(w);
}

/* H12: unanswered echoes are reported, and again to the RP that programs us anew. */
static void test_dead(void)
{
	struct world *w = make_world(true);
	struct msg_fib_session m = fpt_session();
	struct msg_fib_index dead;

	m.echo_s = 1;
	send(w, IPC_FIB_SESSION, &m);
	run_ms(w, 6000);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_DEAD, &dead), ==, 1);
	g_assert_cmpuint(dead.index, ==, SESSION);
	g_assert_cmpuint(dead.cause, ==, 8);
	pull(w, SLOT_R0);
	run_ms(w, 10);
	w->acting = 1;
	send_generation(w, 2, 1);
	run_ms(w, 10);
	g_assert_cmpuint(probe_last(&w->rp[1], IPC_FIB_DEAD, &dead), ==, 1);
	g_assert_cmpuint(dead.index, ==, SESSION);
	free_world(w);
}

/* The SPA is pulled while packets wait for ARP, then the FP while more do. */
static void test_pulls(void)
{
	struct world *w = make_world(false);

	from_peer(w, PORT_LAC,
		b_from_lac(b_l2tp(100, 11,
			b_ppp(0x0021, b_ip4(IP_SUB, IP_HOST + 9, 17, 64, b_fill(9))))));
	run_ms(w, 1);
	pull(w, SLOT_SPA);
	run_ms(w, 10);
	insert(w, SLOT_SPA);
	run_ms(w, 10);
	probe_forget(&w->peer);
	learn_neighbours(w);
	expect_forwarding(w);
	from_peer(w, PORT_LAC,
		b_from_lac(b_l2tp(100, 11,
			b_ppp(0x0021, b_ip4(IP_SUB, IP_HOST + 9, 17, 64, b_fill(9))))));
	run_ms(w, 1);
	pull(w, SLOT_F0);
	run_ms(w, 10);
	insert(w, SLOT_F0);
	run_ms(w, 10);
	send_generation(w, 1, 1);
	run_ms(w, 10);
	learn_neighbours(w);
	expect_forwarding(w);
	free_world(w);
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
	g_test_add_func("/fp/fp/pulls", test_pulls);
	g_test_add_func("/fp/fp/drop-names", test_drop_names);
	return g_test_run();
}
