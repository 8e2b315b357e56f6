/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fp/board.h"

void fpb_run_ms(struct fpb *w, int64_t ms)
{
	chassis_run(w->c, time_add(chassis_now(w->c), dur_ms(ms)));
}

void fpb_insert(struct fpb *w, unsigned slot)
{
	g_autoptr(GError) error = NULL;

	chassis_insert(w->c, slot, &error);
	g_assert_no_error(error);
}

void fpb_pull(struct fpb *w, unsigned slot)
{
	g_autoptr(GError) error = NULL;

	chassis_pull(w->c, slot, SLOT_WHY_PULLED, &error);
	g_assert_no_error(error);
}

void fpb_send(struct fpb *w, unsigned type, const void *rec)
{
	ipc_send_rec(w->rp[w->acting].env, chassis_active_fp(w->c), type, rec);
}

static void send_config(struct fpb *w)
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

	fpb_send(w, IPC_FIB_IFACE, &lac);
	fpb_send(w, IPC_FIB_IFACE, &host);
	fpb_send(w, IPC_FIB_IFACE, &loop);
}

void fpb_send_generation(struct fpb *w, uint32_t generation, unsigned n_sessions)
{
	struct msg_fib_mark mark = { .generation = generation };

	fpb_send(w, IPC_FIB_BEGIN, &mark);
	send_config(w);
	for (unsigned i = 0; i < n_sessions; i++) {
		struct msg_fib_session m = fpt_session();

		m.index = SESSION + i;
		m.local_session = (uint16_t)(m.local_session + i);
		m.subscriber_ip += i;
		fpb_send(w, IPC_FIB_SESSION, &m);
	}
	fpb_send(w, IPC_FIB_END, &mark);
}

void fpb_from_peer(struct fpb *w, uint16_t ifindex, GByteArray *take_frame)
{
	struct probe_pkt meta = { .ifindex = ifindex };

	probe_send(&w->peer, SLOT_SPA, &meta, take_frame);
}

void fpb_learn_neighbours(struct fpb *w)
{
	fpb_from_peer(w, PORT_LAC,
		b_eth(MAC_ALL, MAC_LAC, 0x0806, b_arp(1, MAC_LAC, IP_LAC, 0, IP_US)));
	fpb_from_peer(w, PORT_HOST,
		b_eth(MAC_ALL, MAC_HOST, 0x0806,
			b_arp(1, MAC_HOST, IP_HOST, 0, IP_SELF_2)));
	fpb_run_ms(w, 1);
	probe_forget(&w->peer);
}

struct fpb *fpb_new(bool standby)
{
	struct fpb *w = g_new0(struct fpb, 1);
	struct chassis_config cfg = { .seed = 1, .virtual = true };

	w->c = chassis_new(&cfg);
	w->cfg.n_ports = 2;
	w->cfg.port[0].peer_slot = w->cfg.port[1].peer_slot = PEER;
	probe_init(&w->peer, SLOT_SPA);
	w->peer_p = &w->peer;
	for (unsigned i = 0; i < 2; i++) {
		probe_init(&w->rp[i], SLOT_F0);
		w->rp[i].listen[w->rp[i].n_listen++] = SLOT_F1;
		w->rp_p[i] = &w->rp[i];
		chassis_declare(w->c, SLOT_R0 + i, &probe_rp, &w->rp_p[i]);
	}
	chassis_declare(w->c, SLOT_F0, &fp_board, NULL);
	chassis_declare(w->c, SLOT_F1, &fp_board, NULL);
	chassis_declare(w->c, SLOT_SPA, &spa_board, &w->cfg);
	chassis_declare(w->c, PEER, &probe_peer, &w->peer_p);
	chassis_wire(w->c, PORT_LAC, PEER);
	chassis_wire(w->c, PORT_HOST, PEER);
	fpb_insert(w, SLOT_R0);
	if (standby)
		fpb_insert(w, SLOT_R1);
	fpb_insert(w, SLOT_F0);
	fpb_insert(w, SLOT_F1);
	fpb_insert(w, SLOT_SPA);
	fpb_insert(w, PEER);
	fpb_run_ms(w, 10);
	g_assert_cmpuint(chassis_active(w->c), ==, SLOT_R0);
	fpb_send_generation(w, 1, 1);
	fpb_run_ms(w, 10);
	fpb_learn_neighbours(w);
	probe_forget(&w->rp[0]);
	return w;
}

void fpb_free(struct fpb *w)
{
	chassis_free(w->c);
	probe_deinit(&w->rp[0]);
	probe_deinit(&w->rp[1]);
	probe_deinit(&w->peer);
	g_free(w);
}

void fpb_expect_at_peer(struct fpb *w, uint16_t ifindex, GByteArray *take_frame)
{
	const struct probe_pkt *p;

	fpb_run_ms(w, 1);
	p = probe_pkt_at(&w->peer, 0);
	g_assert_nonnull(p);
	g_assert_cmpuint(p->ifindex, ==, ifindex);
	g_assert_cmpmem(g_bytes_get_data(p->bytes, NULL), g_bytes_get_size(p->bytes),
		take_frame->data, take_frame->len);
	g_assert_cmpuint(w->peer.pkts->len, ==, 1);
	g_byte_array_unref(take_frame);
	probe_forget(&w->peer);
}

GByteArray *fpb_upstream(unsigned n)
{
	return b_from_lac(b_l2tp(
		100, 11, b_ppp(0x0021, b_ip4(IP_SUB, IP_HOST, 17, 64, b_fill(n)))));
}

void fpb_expect_forwarding(struct fpb *w)
{
	const unsigned n = 33;

	fpb_from_peer(w, PORT_LAC, fpb_upstream(n));
	fpb_expect_at_peer(
		w, PORT_HOST, b_to_host(b_ip4(IP_SUB, IP_HOST, 17, 63, b_fill(n))));
}

GByteArray *fpb_control(unsigned ns)
{
	GByteArray *l2tp = b_hex("c802 000c 0064 0000 0000 0001");

	l2tp->data[9] = (guint8)ns;
	return b_ip4(IP_LAC, IP_US, 17, 64, b_udp_sum(IP_LAC, IP_US, 1701, 1701, l2tp));
}

uint64_t fpb_drops(struct fpb *w, enum fp_drop why)
{
	struct msg_fib_stats m;
	struct rd r;
	uint64_t n;

	fpb_run_ms(w, 1100);
	g_assert_cmpuint(probe_last(&w->rp[w->acting], IPC_FIB_STATS, &m), >, 0);
	r = rd_init(g_bytes_get_data(m.drops, NULL), g_bytes_get_size(m.drops));
	rd_skip(&r, (size_t)why * 8);
	n = rd_u64(&r);
	rec_clear(ipc_table(IPC_FIB_STATS), &m);
	return n;
}
