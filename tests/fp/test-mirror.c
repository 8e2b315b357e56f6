/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two FPs: the standby is like the active at any time, goes on in its place when it is
 * pulled, and the one that comes back is filled by it.
 */
#include "fp/mirror.h"

#include "chassis/internal.h"
#include "tests/fp/board.h"

static void *board_of(struct fpb *w, unsigned slot)
{
	g_assert_true(chassis_is_in(w->c, slot));
	return w->c->board[slot]->self;
}

static const struct fp_path *path_of(struct fpb *w, unsigned slot)
{
	return fp_board_path(board_of(w, slot));
}

static void expect_alike(struct fpb *w)
{
	g_autofree char *f0 = fp_path_dump(path_of(w, SLOT_F0));
	g_autofree char *f1 = fp_path_dump(path_of(w, SLOT_F1));

	g_assert_cmpstr(f0, ==, f1);
}

static void expect_active(struct fpb *w, unsigned slot)
{
	g_assert_cmpuint(chassis_active_fp(w->c), ==, slot);
	g_assert_false(fp_board_is_standby(board_of(w, slot)));
}

/* Comings and goings of FPs and RPs; RPs say nothing to a new FP unless the test does. */
static void switch_fp(struct fpb *w, unsigned from)
{
	fpb_pull(w, from);
	fpb_run_ms(w, 1);
	expect_active(w, SLOT_F0 + SLOT_F1 - from);
}

static void upsert(struct fpb *w, unsigned index, uint32_t flags)
{
	struct msg_fib_session m = fpt_session();

	m.index = index;
	m.local_session = (uint16_t)(11 + index - SESSION);
	m.subscriber_ip += index - SESSION;
	m.flags |= flags;
	fpb_send(w, IPC_FIB_SESSION, &m);
}

static void index_msg(struct fpb *w, unsigned type, unsigned index)
{
	struct msg_fib_index m = { .index = index, .l2tp = SESSION_L2TP + index - SESSION };

	fpb_send(w, type, &m);
}

/* ---- cases ---- */

static void test_follows(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_route r = {
		.prefix = 0xc6330000, .mask = 0xffff0000, .next_hop = IP_HOST
	};
	struct msg_fib_iface i = {
		.ifindex = LOOPBACK, .kind = IFACE_LOOPBACK, .deleted = true
	};
	g_autofree char *text = fp_path_dump(path_of(w, SLOT_F1));

	g_assert_nonnull(strstr(text, "\nsession 7 100/11 200/22 10.99.0.2:1701 "
				      "10.99.0.1:1701 100.64.0.1 flags 1 "));
	g_assert_nonnull(
		strstr(text, "iface 256 up 172.16.0.1 255.255.255.255 mtu 0\n"));
	g_assert_true(fp_board_is_standby(board_of(w, SLOT_F1)));
	expect_active(w, SLOT_F0);
	expect_alike(w);
	upsert(w, 8, FIB_SESSION_SEQ_TX);
	upsert(w, 9, 0);
	fpb_send(w, IPC_FIB_ROUTE, &r);
	r.prefix = 0xc6340000;
	fpb_send(w, IPC_FIB_ROUTE, &r);
	fpb_send(w, IPC_FIB_IFACE, &i);
	index_msg(w, IPC_FIB_STOP, 9);
	index_msg(w, IPC_FIB_FREE, 7);
	fpb_run_ms(w, 1);
	expect_alike(w);
	g_clear_pointer(&text, g_free);
	text = fp_path_dump(path_of(w, SLOT_F1));
	g_assert_null(strstr(text, "session 7 "));
	g_assert_null(strstr(text, "iface 256"));
	g_assert_nonnull(strstr(text, " stopped\n"));
	g_assert_nonnull(strstr(text, "route 198.51.0.0 255.255.0.0 192.0.2.1 0\n"));
	r.deleted = true;
	fpb_send(w, IPC_FIB_ROUTE, &r);
	upsert(w, 9, 0); /* clears `stopped` */
	fpb_run_ms(w, 1);
	expect_alike(w);
	g_clear_pointer(&text, g_free);
	text = fp_path_dump(path_of(w, SLOT_F1));
	g_assert_null(strstr(text, "stopped"));
	g_assert_null(strstr(text, "198.52.0.0"));
	fpb_free(w);
}

/* A PPPoE client in a VLAN: its subinterface and its session, told and told at once. */
static void test_pppoe(void)
{
	static const struct msg_fib_iface sub = { .ifindex = ACCESS_100, .up = true,
		.pppoe = true, .parent = PORT_HOST, .outer = 9, .inner_lo = 1,
		.inner_hi = 4094, .mss = 1400 };
	struct msg_fib_session m = {
		.index = 9,
		.flags = FIB_SESSION_OPEN | FIB_SESSION_PPPOE,
		.subscriber_ip = IP_SUB + 1,
		.local_magic = 0x01020304,
		.mtu = 1492,
		.mss = 1452,
		.ifindex = PORT_HOST,
		.pppoe_sid = 5,
		.client = MAC_HOST,
		.n_vlan = 2,
		.vlan = 9 << 16 | 7,
		.tpid = 0x88a88100,
	};
	struct msg_fib_index stop = { .index = 9, .l2tp = 5 };
	struct fpb *w = fpb_new(false);
	g_autofree char *text = NULL;

	fpb_send(w, IPC_FIB_IFACE, &sub);
	fpb_send(w, IPC_FIB_SESSION, &m);
	fpb_run_ms(w, 1);
	expect_alike(w);
	text = fp_path_dump(path_of(w, SLOT_F1));
	g_assert_nonnull(strstr(text, "session 9 pppoe 2/5 02bb00000001 88a8:9 8100:7 "
				      "100.64.0.2 flags 101 mtu 1492 echo 0/0 magic "
				      "01020304 mss 1452\n"));
	g_assert_nonnull(strstr(text, " of 2 vlan 9/1-4094 mss 1400 pppoe\n"));
	/* A standby that comes later gets it in the bulk. */
	fpb_pull(w, SLOT_F1);
	fpb_insert(w, SLOT_F1);
	fpb_run_ms(w, 2000);
	expect_alike(w);
	fpb_send(w, IPC_FIB_STOP, &stop);
	fpb_run_ms(w, 1);
	expect_alike(w);
	g_clear_pointer(&text, g_free);
	text = fp_path_dump(path_of(w, SLOT_F1));
	g_assert_nonnull(strstr(text, " mss 1452 stopped\n"));
	fpb_free(w);
}

/* What a new generation does not name goes on both; the RP hears of it once. */
static void test_sweep(void)
{
	struct fpb *w = fpb_new(false);

	fpb_send_generation(w, 2, 3000);
	fpb_run_ms(w, 10);
	expect_alike(w);
	g_assert_cmpuint(fp_path_sessions(path_of(w, SLOT_F1)), ==, 3000);
	probe_forget(&w->rp[0]);
	fpb_send_generation(w, 3, 2);
	fpb_run_ms(w, 10);
	expect_alike(w);
	g_assert_cmpuint(fp_path_sessions(path_of(w, SLOT_F1)), ==, 2);
	g_assert_cmpuint(probe_count(&w->rp[0], IPC_FIB_SWEPT), ==, 1);
	fpb_free(w);
}

/* The whole table to a standby that comes while entries come and go. */
static void test_bulk(void)
{
	enum { N = 6000 };
	struct fpb *w = fpb_new(false);

	fpb_pull(w, SLOT_F1);
	fpb_send_generation(w, 2, N);
	fpb_run_ms(w, 20);
	index_msg(w, IPC_FIB_STOP, SESSION + 17);
	fpb_run_ms(w, 1);
	fpb_insert(w, SLOT_F1);
	for (unsigned i = 0; i < N; i += 7) {
		index_msg(w, IPC_FIB_FREE, SESSION + i);
		if (i % 2)
			upsert(w, SESSION + i, FIB_SESSION_SEQ_TX);
		if (i % 70 == 0) /* between slices */
			chassis_step(w->c, time_add(chassis_now(w->c), dur_ms(1)));
	}
	fpb_run_ms(w, 100);
	expect_alike(w);
	g_assert_cmpuint(fp_path_sessions(path_of(w, SLOT_F1)), >, N / 2);
	g_assert_cmpuint(fp_path_sessions(path_of(w, SLOT_F1)), <, N);
	switch_fp(w, SLOT_F0);
	upsert(w, SESSION, 0);
	fpb_run_ms(w, 1);
	fpb_expect_forwarding(w);
	fpb_free(w);
}

/* A standby that comes in the middle of a re-programming: old entries are still swept. */
static void test_bulk_in_generation(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_mark mark = { .generation = 9 };

	fpb_send_generation(w, 2, 300);
	fpb_pull(w, SLOT_F1);
	fpb_run_ms(w, 10);
	fpb_send(w, IPC_FIB_BEGIN, &mark);
	upsert(w, 20, 0);
	fpb_run_ms(w, 1);
	fpb_insert(w, SLOT_F1);
	fpb_run_ms(w, 10);
	g_assert_cmpuint(fp_path_sessions(path_of(w, SLOT_F1)), ==, 300);
	fpb_send(w, IPC_FIB_END, &mark);
	fpb_run_ms(w, 10);
	g_assert_cmpuint(fp_path_sessions(path_of(w, SLOT_F1)), ==, 1);
	expect_alike(w);
	fpb_free(w);
}

/* Two sessions with one address: it stays with the one that took it last. */
static void test_bulk_owner(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_session m = fpt_session();

	fpb_pull(w, SLOT_F1);
	m.index = 90;
	m.local_session = 900;
	fpb_send(w, IPC_FIB_SESSION, &m);
	m = fpt_session();
	fpb_send(w, IPC_FIB_SESSION, &m);
	fpb_insert(w, SLOT_F1);
	fpb_run_ms(w, 10);
	for (unsigned slot = SLOT_F0; slot <= SLOT_F1; slot++)
		g_assert_cmpuint(
			index_get(path_of(w, slot)->sessions.downstream, IP_SUB), ==,
			SESSION);
	fpb_free(w);
}

/* Traffic through pulls of FPs and RPs: what is not in a pulled board's rings arrives. */
static void test_pulls(void)
{
	static const struct {
		bool pull;
		unsigned slot;
	} hands[] = { { true, SLOT_F0 }, { false, SLOT_F0 }, { true, SLOT_R0 },
		{ true, SLOT_F1 }, { false, SLOT_F1 }, { false, SLOT_R0 },
		{ true, SLOT_R1 }, { true, SLOT_F0 }, { false, SLOT_R1 },
		{ false, SLOT_F0 } };
	struct fpb *w = fpb_new(true);

	for (unsigned i = 0; i < G_N_ELEMENTS(hands); i++) {
		for (unsigned k = 0; k < 30; k++)
			fpb_expect_forwarding(w);
		if (hands[i].pull)
			fpb_pull(w, hands[i].slot);
		else
			fpb_insert(w, hands[i].slot);
		fpb_expect_forwarding(w); /* at once */
		fpb_run_ms(w, 20);
		w->acting = chassis_active(w->c);
		if (chassis_is_in(w->c, SLOT_F0) && chassis_is_in(w->c, SLOT_F1))
			expect_alike(w);
	}
	expect_active(w, SLOT_F1); /* it stays where it is */
	fpb_send_generation(w, 99, 1);
	fpb_run_ms(w, 10);
	expect_alike(w);
	fpb_expect_forwarding(w);
	fpb_free(w);
}

/* At any item of the active FP: a packet is late by less than a millisecond or was in it. */
static void test_pull_at(void)
{
	for (unsigned n = 1; n < 40; n++) {
		struct fpb *w = fpb_new(false);
		unsigned sent = 0;

		g_assert_true(chassis_pull_at(w->c, SLOT_F0, n, SLOT_WHY_PULLED, NULL));
		for (; chassis_is_in(w->c, SLOT_F0); sent++) {
			g_assert_cmpuint(sent, <, 100);
			fpb_from_peer(w, PORT_LAC, fpb_upstream(9));
			if (sent == 10)
				upsert(w, 8, 0);
			fpb_run_ms(w, 1);
		}
		g_assert_cmpuint(w->peer.pkts->len, >=, sent - 1);
		probe_forget(&w->peer);
		fpb_expect_forwarding(w);
		fpb_free(w);
	}
}

static unsigned marked(struct fpb *w, uint16_t tunnel, uint32_t *seq)
{
	struct msg_empty none = { 0 };
	struct msg_fib_marks m;
	struct rd r;
	unsigned found = 0;

	probe_forget(&w->rp[w->acting]);
	fpb_send(w, IPC_FIB_MARKS_READ, &none);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(probe_last(&w->rp[w->acting], IPC_FIB_MARKS, &m), ==, 1);
	r = rd_init(g_bytes_get_data(m.marks, NULL), g_bytes_get_size(m.marks));
	while (rd_left(&r)) {
		bool it = rd_u16(&r) == tunnel;
		uint32_t s = rd_u32(&r);

		if (it) {
			found++;
			*seq = s;
		}
	}
	rec_clear(ipc_table(IPC_FIB_MARKS), &m);
	return found;
}

static void send_uncommitted(struct fpb *w, uint16_t tunnel, uint32_t mark)
{
	struct probe_pkt p = { .flags = PKT_INJECT_IP | PKT_UNCOMMITTED,
		.term = (uint32_t)w->rp[w->acting].term,
		.tunnel = tunnel,
		.mark = mark };

	probe_send(&w->rp[w->acting], chassis_active_fp(w->c), &p,
		b_ip4(IP_US, IP_LAC, 17, 64, b_fill(9)));
}

static void test_marks(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_unmark acked = { .tunnel = 300, .seq = 41 };
	struct msg_fib_unmark gone = { .tunnel = 200, .deleted = true };
	uint32_t seq;

	send_uncommitted(w, 100, 40);
	send_uncommitted(w, 200, 41);
	send_uncommitted(w, 300, 42);
	send_uncommitted(w, 400, 40);
	fpb_run_ms(w, 1);
	fpb_send(w, IPC_FIB_UNMARK, &acked); /* not covered */
	fpb_send(w, IPC_FIB_UNMARK, &gone);
	acked = (struct msg_fib_unmark){ .tunnel = 400, .seq = 40 };
	fpb_send(w, IPC_FIB_UNMARK, &acked);
	index_msg(w, IPC_FIB_FREE,
		SESSION); /* the RP has not said that the tunnel is gone */
	fpb_run_ms(w, 1);
	switch_fp(w, SLOT_F0);
	g_assert_cmpuint(marked(w, 100, &seq), ==, 1);
	g_assert_cmpuint(seq, ==, 40);
	g_assert_cmpuint(marked(w, 200, &seq), ==, 0);
	g_assert_cmpuint(marked(w, 300, &seq), ==, 1);
	g_assert_cmpuint(seq, ==, 42);
	g_assert_cmpuint(marked(w, 400, &seq), ==, 0);
	fpb_insert(w, SLOT_F0); /* and in the bulk */
	fpb_run_ms(w, 10);
	switch_fp(w, SLOT_F1);
	g_assert_cmpuint(marked(w, 100, &seq), ==, 1);
	g_assert_cmpuint(marked(w, 300, &seq), ==, 1);
	fpb_free(w);
}

/* An acknowledgement that overtakes its packet leaves no mark, on either FP, whatever the other
 * one has forgotten meanwhile. */
static void test_overtaken(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_unmark acked = { .tunnel = 100, .seq = 50 };
	uint32_t seq;

	fpb_send(w, IPC_FIB_UNMARK, &acked);
	fpb_run_ms(w, 1);
	fpb_pull(w, SLOT_F1); /* the next one has not heard of it */
	fpb_insert(w, SLOT_F1);
	fpb_run_ms(w, 5);
	send_uncommitted(w, 100, 40);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(marked(w, 100, &seq), ==, 0);
	switch_fp(w, SLOT_F0);
	g_assert_cmpuint(marked(w, 100, &seq), ==, 0);
	fpb_free(w);
}

/* What is acknowledged in the numbers of an RP says nothing of those of the next one, also when
 * the other FP passes it on after the new term has begun, and then goes. */
static void test_acked_before_term(void)
{
	for (unsigned us = 0; us < 40; us++) {
		struct fpb *w = fpb_new(true);
		struct msg_fib_unmark acked = { .tunnel = 100, .seq = 50 };
		uint32_t seq;

		fpb_send(w, IPC_FIB_UNMARK, &acked);
		chassis_run(w->c, time_add(chassis_now(w->c), dur_us(us)));
		fpb_pull(w, SLOT_R0);
		fpb_run_ms(w, 5);
		w->acting = 1;
		switch_fp(w, SLOT_F0);
		send_uncommitted(w, 100, 40);
		fpb_run_ms(w, 1);
		g_assert_cmpuint(marked(w, 100, &seq), ==, 1);
		fpb_free(w);
	}
}

/* As many tunnels as there can be, all of them unprotected. */
static void test_many_marks(void)
{
	enum { N = 16000 };
	struct fpb *w = fpb_new(false);
	struct msg_empty none = { 0 };
	struct msg_fib_marks m;
	const uint8_t *bits;
	unsigned found = 0;

	for (unsigned i = 0; i < N; i++) {
		send_uncommitted(w, (uint16_t)(2 * i + 2), i);
		if (i % 500 == 499)
			fpb_run_ms(w, 1);
	}
	fpb_pull(w, SLOT_F1); /* F1 learns them in the bulk */
	fpb_insert(w, SLOT_F1);
	fpb_run_ms(w, 10);
	switch_fp(w, SLOT_F0);
	probe_forget(&w->rp[0]);
	fpb_send(w, IPC_FIB_MARKS_READ, &none);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_MARKS, &m), ==, 1);
	g_assert_null(m.marks);
	bits = g_bytes_get_data(m.many, NULL);
	for (unsigned id = 0; id < 65536; id++)
		found += bits[id / 8] >> id % 8 & 1;
	g_assert_cmpuint(found, ==, N);
	g_assert_cmphex(bits[4000], ==, 0x01); /* 32000 is the last */
	rec_clear(ipc_table(IPC_FIB_MARKS), &m);
	fpb_free(w);
}

/* H3: whatever item the FP is pulled at, a packet that left has left its mark. */
static void test_mark_before_packet(void)
{
	unsigned left = 0, lost = 0;

	for (unsigned n = 1; n <= 6; n++) {
		struct fpb *w = fpb_new(false);
		uint32_t seq = 0;

		g_assert_true(chassis_pull_at(w->c, SLOT_F0, n, SLOT_WHY_PULLED, NULL));
		send_uncommitted(w, 100, 1234);
		fpb_run_ms(w, 1);
		if (chassis_is_in(w->c, SLOT_F0))
			fpb_pull(w, SLOT_F0);
		fpb_run_ms(w, 1);
		if (w->peer.pkts->len) {
			left++;
			g_assert_cmpuint(marked(w, 100, &seq), ==, 1);
			g_assert_cmpuint(seq, ==, 1234);
		} else {
			lost++;
		}
		fpb_free(w);
	}
	g_assert_cmpuint(left, >, 0);
	g_assert_cmpuint(lost, >, 0);
}

/* Marks are read in the same batch as the tables of a new term come; the holder is known
 * from then on, and what the old one sent is fenced. */
static void test_marks_with_tables(void)
{
	struct fpb *w = fpb_new(true);
	uint64_t old = w->rp[0].term;
	struct msg_empty none = { 0 };
	struct msg_fib_marks m;
	struct probe_pkt stale = { .flags = PKT_INJECT_IP | PKT_UNCOMMITTED,
		.term = (uint32_t)old,
		.tunnel = 100,
		.mark = 1 };
	uint32_t seq;

	fpb_pull(w, SLOT_R0);
	fpb_run_ms(w, 1);
	w->acting = 1;
	fpb_send_generation(w, 5, 2);
	fpb_send(w, IPC_FIB_MARKS_READ, &none);
	index_msg(w, IPC_FIB_STOP, SESSION);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(probe_last(&w->rp[1], IPC_FIB_MARKS, &m), ==, 1);
	g_assert_cmpuint(g_bytes_get_size(m.marks), ==, 0);
	rec_clear(ipc_table(IPC_FIB_MARKS), &m);
	g_assert_cmpuint(probe_count(&w->rp[1], IPC_FIB_STOPPED), ==, 1);
	probe_send(&w->rp[1], SLOT_F0, &stale, b_ip4(IP_US, IP_LAC, 17, 64, b_fill(9)));
	fpb_run_ms(w, 1);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	g_assert_cmpuint(marked(w, 100, &seq), ==, 0);
	fpb_free(w);
}

static unsigned ns_at_peer(struct fpb *w, unsigned n)
{
	const struct probe_pkt *p = probe_pkt_at(&w->peer, n);
	const uint8_t *f;

	g_assert_nonnull(p);
	f = g_bytes_get_data(p->bytes, NULL);
	return (unsigned)f[48] << 8 | f[49]; /* Ethernet, IPv4, UDP, L2TP before it */
}

static void send_downstream(struct fpb *w)
{
	fpb_from_peer(
		w, PORT_HOST, b_from_host(b_ip4(IP_HOST, IP_SUB, 17, 64, b_fill(20))));
	fpb_run_ms(w, 1);
}

/* F28: numbers go on ahead, never back. */
static void test_numbers(void)
{
	struct fpb *w = fpb_new(false);
	unsigned last = 0;

	upsert(w, SESSION, FIB_SESSION_SEQ_TX | FIB_SESSION_SEQ_REQUIRED);
	fpb_run_ms(w, 1);
	for (unsigned round = 0; round < 6; round++) {
		unsigned from = round % 2 ? SLOT_F1 : SLOT_F0, n = 0;

		probe_forget(&w->peer);
		for (; n < 50 + round * 700; n++)
			send_downstream(w);
		g_assert_cmpuint(w->peer.pkts->len, ==, n);
		last = ns_at_peer(w, n - 1);
		fpb_pull(w, from);
		fpb_run_ms(w, 1);
		probe_forget(&w->peer);
		send_downstream(w);
		g_assert_cmpuint((uint16_t)(ns_at_peer(w, 0) - last), >, 0);
		g_assert_cmpuint((uint16_t)(ns_at_peer(w, 0) - last), <, 32768);
		fpb_insert(w, from);
		fpb_run_ms(w, 5);
	}
	fpb_free(w);
}

/* Nr: a number that came before is an old one for the other FP too. */
static void test_expected_number(void)
{
	struct fpb *w = fpb_new(false);
	GByteArray *l2tp;

	upsert(w, SESSION, FIB_SESSION_SEQ_REQUIRED);
	fpb_run_ms(w, 1);
	for (unsigned round = 0; round < 2; round++) {
		/* Ns 500, then 100 after the switch */
		l2tp = b_hex(round ? "0802 0064 000b 0064 0000"
				   : "0802 0064 000b 01f4 0000");
		g_autoptr(GByteArray) inner =
			b_ppp(0x0021, b_ip4(IP_SUB, IP_HOST, 17, 64, b_fill(5)));

		g_byte_array_append(l2tp, inner->data, inner->len);
		fpb_from_peer(w, PORT_LAC, b_from_lac(l2tp));
		fpb_run_ms(w, 1500);
		g_assert_cmpuint(w->peer.pkts->len, ==, 1 - round);
		probe_forget(&w->peer);
		if (round == 0)
			switch_fp(w, SLOT_F0);
	}
	g_assert_cmpuint(fpb_drops(w, FP_DROP_SEQUENCE), ==, 1);
	fpb_free(w);
}

/* A LAC whose LNS numbers its packets: so does the other FP, from its first packet on. */
static void test_mirrored_numbers(void)
{
	struct fpb *w = fpb_new(false);
	GByteArray *l2tp = b_hex("0802 0064 000b 01f4 0000");
	g_autoptr(GByteArray) inner =
		b_ppp(0x0021, b_ip4(IP_SUB, IP_HOST, 17, 64, b_fill(5)));
	const uint8_t *f;

	upsert(w, SESSION, FIB_SESSION_SEQ_MIRROR);
	fpb_run_ms(w, 1);
	g_byte_array_append(l2tp, inner->data, inner->len);
	fpb_from_peer(w, PORT_LAC, b_from_lac(l2tp));
	fpb_run_ms(w, 1500);
	switch_fp(w, SLOT_F0);
	probe_forget(&w->peer);
	send_downstream(w);
	f = g_bytes_get_data(probe_pkt_at(&w->peer, 0)->bytes, NULL);
	g_assert_cmphex(f[42] << 8 | f[43], ==, 0x0802); /* S */
	fpb_free(w);
}

static struct msg_fib_counts counts(struct fpb *w, unsigned type, unsigned answer)
{
	struct msg_fib_counts n = { 0 };

	probe_forget(&w->rp[w->acting]);
	index_msg(w, type, SESSION);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(probe_last(&w->rp[w->acting], answer, &n), ==, 1);
	return n;
}

/* H9: final counters are the same however often they are asked for, and on whatever FP. */
static void test_stop(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_counts first, again;
	GByteArray *down = b_from_host(b_ip4(IP_HOST, IP_SUB, 17, 64, b_fill(20)));

	for (unsigned i = 0; i < 5; i++)
		fpb_expect_forwarding(w);
	first = counts(w, IPC_FIB_STOP, IPC_FIB_STOPPED);
	g_assert_cmpuint(first.rx_packets, ==, 5);
	fpb_from_peer(w, PORT_LAC, fpb_upstream(9)); /* neither way */
	fpb_from_peer(w, PORT_HOST, down);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	again = counts(w, IPC_FIB_STOP, IPC_FIB_STOPPED);
	g_assert_cmpuint(again.rx_packets, ==, 5);
	g_assert_cmpuint(again.rx_bytes, ==, first.rx_bytes);
	g_assert_cmpuint(again.tx_packets, ==, first.tx_packets);

	switch_fp(w, SLOT_F0); /* at once: the counters are there */
	again = counts(w, IPC_FIB_STOP, IPC_FIB_STOPPED);
	g_assert_cmpuint(again.rx_packets, ==, 5);
	g_assert_cmpuint(again.rx_bytes, ==, first.rx_bytes);
	fpb_from_peer(w, PORT_LAC, fpb_upstream(9));
	fpb_run_ms(w, 1);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	upsert(w, SESSION, 0);
	fpb_run_ms(w, 1);
	fpb_expect_forwarding(w);
	index_msg(w, IPC_FIB_STOP, SESSION);
	index_msg(w, IPC_FIB_FREE, SESSION);
	index_msg(w, IPC_FIB_FREE, SESSION);
	fpb_run_ms(w, 1);
	g_assert_cmpuint(fp_path_sessions(path_of(w, SLOT_F1)), ==, 0);
	again = counts(w, IPC_FIB_STOP, IPC_FIB_STOPPED); /* answered all the same */
	g_assert_cmpuint(again.index, ==, SESSION);
	g_assert_cmpuint(again.rx_packets, ==, 0);
	fpb_free(w);
}

/* Counters are at most a second behind. */
static void test_counters(void)
{
	struct fpb *w = fpb_new(false);

	for (unsigned i = 0; i < 7; i++)
		fpb_expect_forwarding(w);
	fpb_run_ms(w, 1010);
	switch_fp(w, SLOT_F0);
	g_assert_cmpuint(counts(w, IPC_FIB_READ, IPC_FIB_COUNTS).rx_packets, ==, 7);
	g_assert_cmpuint(path_of(w, SLOT_F1)->iface[PORT_LAC].rx_packets, ==, 8);
	fpb_insert(w, SLOT_F0); /* in the bulk too */
	fpb_run_ms(w, 5);
	switch_fp(w, SLOT_F1);
	g_assert_cmpuint(counts(w, IPC_FIB_READ, IPC_FIB_COUNTS).rx_packets, ==, 7);
	fpb_free(w);
}

/* A quiet chassis tells its standby nothing; the FP sleeps but for its beats. */
static void test_quiet(void)
{
	struct fpb *w = fpb_new(false);
	uint64_t items;

	fpb_run_ms(w, 3000);
	items = chassis_items(w->c, SLOT_F0);
	fpb_run_ms(w, 60000);
	g_assert_cmpuint(
		chassis_items(w->c, SLOT_F0), ==, items + 60000 / FP_BEAT_MS);
	fpb_free(w);
}

/* Echoes are sent once, not by both, and go on; a dead session is told again. */
static void test_echoes(void)
{
	struct fpb *w = fpb_new(false);
	struct msg_fib_session m = fpt_session();
	struct msg_fib_index dead;

	m.echo_s = 1;
	m.echo_misses = 20;
	fpb_send(w, IPC_FIB_SESSION, &m);
	fpb_run_ms(w, 10000);
	g_assert_cmpuint(w->peer.pkts->len, >=, 9);
	g_assert_cmpuint(w->peer.pkts->len, <=, 10);
	switch_fp(w, SLOT_F0);
	probe_forget(&w->peer);
	fpb_run_ms(w, 5000);
	g_assert_cmpuint(w->peer.pkts->len, >=, 4);
	g_assert_cmpuint(w->peer.pkts->len, <=, 5);
	g_assert_cmpuint(probe_count(&w->rp[0], IPC_FIB_DEAD), ==, 0);
	fpb_run_ms(w, 9000); /* missed on F0 counts, but for one */
	g_assert_cmpuint(probe_count(&w->rp[0], IPC_FIB_DEAD), ==, 1);
	fpb_insert(w, SLOT_F0);
	fpb_run_ms(w, 3000);
	probe_forget(&w->rp[0]);
	switch_fp(w, SLOT_F1);
	g_assert_cmpuint(probe_last(&w->rp[0], IPC_FIB_DEAD, &dead), ==, 1);
	g_assert_cmpuint(dead.index, ==, SESSION);
	fpb_free(w);
}

/* The channel between the FPs is cut for a while: the standby asks for everything again. */
static void test_cut(void)
{
	struct fpb *w = fpb_new(false);
	struct link_faults cut = { .cut = true }, whole = { 0 };

	g_assert_true(chassis_link_ipc(w->c, SLOT_F0, SLOT_F1, &cut, NULL));
	upsert(w, 8, 0);
	upsert(w, 9, 0);
	index_msg(w, IPC_FIB_FREE, SESSION);
	fpb_run_ms(w, 5);
	g_assert_cmpuint(fp_path_sessions(path_of(w, SLOT_F1)), ==, 1);
	g_assert_true(chassis_link_ipc(w->c, SLOT_F0, SLOT_F1, &whole, NULL));
	upsert(w, 10, 0);
	fpb_run_ms(w, 50);
	g_assert_cmpuint(fp_path_sessions(path_of(w, SLOT_F1)), ==, 3);
	expect_alike(w);

	fpb_pull(w, SLOT_F1); /* also when the begin itself was lost */
	g_assert_true(chassis_link_ipc(w->c, SLOT_F0, SLOT_F1, &cut, NULL));
	fpb_insert(w, SLOT_F1);
	fpb_run_ms(w, 5);
	g_assert_true(chassis_link_ipc(w->c, SLOT_F0, SLOT_F1, &whole, NULL));
	upsert(w, 11, 0);
	fpb_run_ms(w, 50);
	expect_alike(w);
	fpb_free(w);
}

static void tell_noise(struct probe *f0, unsigned type, unsigned seq, unsigned len)
{
	g_autofree char *fill = g_strnfill(len, (char)(seq * 37));
	g_autoptr(GBytes) bytes = g_bytes_new(fill, len);
	struct msg_fib_mirror m = {
		.type = (uint8_t)type, .payload = bytes, .seq = seq
	};

	ipc_send_rec(f0->env, SLOT_F1, IPC_FIB_MIRROR, &m);
}

/* Noise from an FP of another mind: the standby stays on its feet, and forwards nothing. */
static void test_malformed(void)
{
	struct chassis_config cfg = { .seed = 1, .virtual = true };
	struct chassis *c = chassis_new(&cfg);
	struct probe f0;
	struct probe *p = &f0;
	unsigned seq = 0;

	probe_init(&f0, SLOT_SPA);
	chassis_declare(c, SLOT_F0, &probe_fp, &p);
	chassis_declare(c, SLOT_F1, &fp_board, NULL);
	g_assert_true(chassis_insert(c, SLOT_F0, NULL));
	g_assert_true(chassis_insert(c, SLOT_F1, NULL));
	chassis_run(c, time_add(chassis_now(c), dur_ms(1)));
	tell_noise(&f0, FP_MIRROR_BEGIN, seq++, 4);
	for (unsigned type = 0; type < 256; type++) {
		if (type == FP_MIRROR_AGAIN)
			continue;
		for (unsigned len = 0; len < 120; len += 7)
			tell_noise(&f0, type, seq++, len);
		chassis_run(c, time_add(chassis_now(c), dur_ms(1)));
	}
	tell_noise(&f0, FP_MIRROR_AGAIN, seq++, 0); /* not for a standby */
	chassis_run(c, time_add(chassis_now(c), dur_ms(1)));
	g_assert_true(fp_board_is_standby(c->board[SLOT_F1]->self));
	g_assert_cmpuint(probe_count(&f0, IPC_FIB_MIRROR), ==, 0); /* no gap was seen */
	tell_noise(&f0, FP_MIRROR_END, seq + 1, 0);
	tell_noise(&f0, FP_MIRROR_END, seq + 2, 0);
	chassis_run(c, time_add(chassis_now(c), dur_ms(1)));
	g_assert_cmpuint(probe_count(&f0, IPC_FIB_MIRROR), ==, 1); /* asked once */
	g_assert_true(chassis_pull(c, SLOT_F0, SLOT_WHY_CRASHED, NULL));
	chassis_run(c, time_add(chassis_now(c), dur_ms(1)));
	g_assert_false(fp_board_is_standby(c->board[SLOT_F1]->self));
	chassis_free(c);
	probe_deinit(&f0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/mirror/follows", test_follows);
	g_test_add_func("/fp/mirror/pppoe", test_pppoe);
	g_test_add_func("/fp/mirror/sweep", test_sweep);
	g_test_add_func("/fp/mirror/bulk", test_bulk);
	g_test_add_func("/fp/mirror/bulk-in-generation", test_bulk_in_generation);
	g_test_add_func("/fp/mirror/bulk-owner", test_bulk_owner);
	g_test_add_func("/fp/mirror/pulls", test_pulls);
	g_test_add_func("/fp/mirror/pull-at", test_pull_at);
	g_test_add_func("/fp/mirror/marks", test_marks);
	g_test_add_func("/fp/mirror/overtaken", test_overtaken);
	g_test_add_func("/fp/mirror/acked-before-term", test_acked_before_term);
	g_test_add_func("/fp/mirror/many-marks", test_many_marks);
	g_test_add_func("/fp/mirror/mark-before-packet", test_mark_before_packet);
	g_test_add_func("/fp/mirror/marks-with-tables", test_marks_with_tables);
	g_test_add_func("/fp/mirror/numbers", test_numbers);
	g_test_add_func("/fp/mirror/expected-number", test_expected_number);
	g_test_add_func("/fp/mirror/mirrored-numbers", test_mirrored_numbers);
	g_test_add_func("/fp/mirror/stop", test_stop);
	g_test_add_func("/fp/mirror/counters", test_counters);
	g_test_add_func("/fp/mirror/quiet", test_quiet);
	g_test_add_func("/fp/mirror/echoes", test_echoes);
	g_test_add_func("/fp/mirror/cut", test_cut);
	g_test_add_func("/fp/mirror/malformed", test_malformed);
	return g_test_run();
}
