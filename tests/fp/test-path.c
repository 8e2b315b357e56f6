/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes in and what comes out, byte for byte.
 */
#include "tests/fp/harness.h"

/* An IPv4 packet with UDP inside, as hosts and subscribers send them. */
static GByteArray *user_packet(uint32_t src, uint32_t dst, unsigned ttl, unsigned n)
{
	return b_ip4(src, dst, 17, ttl, b_udp_sum(src, dst, 5000, 6000, b_fill(n)));
}

static GByteArray *in_session(GByteArray *take_ip)
{
	return b_l2tp(100, 11, b_ppp(0x0021, take_ip));
}

static GByteArray *out_session(GByteArray *take_ip)
{
	return b_l2tp(200, 22, b_ppp(0x0021, take_ip));
}

static struct fpt *with_session(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	fpt_put(t, &m);
	return t;
}

/* ---- forwarding ---- */

static void test_decap(void)
{
	struct fpt *t = with_session();
	struct msg_fib_counts n;

	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(user_packet(IP_SUB, IP_HOST, 64, 100))));
	fpt_expect_tx(t, PORT_HOST, b_to_host(user_packet(IP_SUB, IP_HOST, 63, 100)));
	fp_path_counts(t->path, SESSION, &n);
	g_assert_cmpuint(n.rx_packets, ==, 1);
	g_assert_cmpuint(n.rx_bytes, ==, 128);
	g_assert_cmpuint(n.tx_packets, ==, 0);
	fpt_free(t);
}

static void test_decap_by_default_route(void)
{
	struct fpt *t = with_session();

	fpt_in(t, PORT_LAC, b_from_lac(in_session(user_packet(IP_SUB, IP_FAR, 2, 9))));
	fpt_expect_tx(t, PORT_HOST, b_to_host(user_packet(IP_SUB, IP_FAR, 1, 9)));
	fpt_free(t);
}

static void test_encap(void)
{
	struct fpt *t = with_session();
	struct msg_fib_counts n;

	for (unsigned id = 0; id < 3; id++) {
		fpt_in(t, PORT_HOST, b_from_host(user_packet(IP_HOST, IP_SUB, 64, 50)));
		fpt_expect_tx(t, PORT_LAC,
			b_to_lac(
				id, out_session(user_packet(IP_HOST, IP_SUB, 63, 50))));
	}
	fp_path_counts(t->path, SESSION, &n);
	g_assert_cmpuint(n.tx_packets, ==, 3);
	g_assert_cmpuint(n.tx_bytes, ==, 3 * 78);
	fpt_free(t);
}

static void test_ethernet_padding(void)
{
	struct fpt *t = with_session();
	GByteArray *frame = b_from_host(user_packet(IP_HOST, IP_SUB, 64, 0));

	g_byte_array_append(frame, (const guint8 *)"padding", 7);
	fpt_in(t, PORT_HOST, frame);
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(0, out_session(user_packet(IP_HOST, IP_SUB, 63, 0))));
	fpt_free(t);
}

static void test_subscriber_to_subscriber(void)
{
	struct fpt *t = with_session();
	struct msg_fib_session m = fpt_session();

	m.index = 8;
	m.local_session = 12;
	m.remote_session = 23;
	m.subscriber_ip = IP_SUB + 1;
	fpt_put(t, &m);
	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(user_packet(IP_SUB, IP_SUB + 1, 9, 5))));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(0,
			b_l2tp(200, 23,
				b_ppp(0x0021, user_packet(IP_SUB, IP_SUB + 1, 8, 5)))));
	fpt_free(t);
}

static void test_ppp_headers(void)
{
	static const char *const headers[] = { "ff03 0021", "0021", "ff03 21", "21" };
	struct fpt *t = with_session();

	for (unsigned i = 0; i < G_N_ELEMENTS(headers); i++) {
		GByteArray *ppp = b_hex(headers[i]);
		g_autoptr(GByteArray) ip = user_packet(IP_SUB, IP_HOST, 64, 4);

		g_byte_array_append(ppp, ip->data, ip->len);
		fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, ppp)));
		fpt_expect_tx(
			t, PORT_HOST, b_to_host(user_packet(IP_SUB, IP_HOST, 63, 4)));
	}
	fpt_free(t);
}

static void test_sequence(void)
{
	static const struct {
		const char *l2tp; /* header */
		bool passes;
	} rows[] = {
		{ "0802 0064 000b 0005 0000", true },
		{ "0802 0064 000b 0005 0000", false }, /* the same again */
		{ "0802 0064 000b 0004 0000", false },
		{ "0802 0064 000b 0009 0000", true }, { "0002 0064 000b", false },
		{ "0802 0064 000b 8008 0000", true }, /* half the space ahead */
	};
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	m.flags = FIB_SESSION_SEQ_REQUIRED | FIB_SESSION_SEQ_TX;
	fpt_put(t, &m);
	m.flags |= FIB_SESSION_OPEN;
	fpt_put(t, &m);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		GByteArray *l2tp = b_hex(rows[i].l2tp);
		g_autoptr(GByteArray) ppp =
			b_ppp(0x0021, user_packet(IP_SUB, IP_HOST, 64, 4));

		g_byte_array_append(l2tp, ppp->data, ppp->len);
		fpt_in(t, PORT_LAC, b_from_lac(l2tp));
		if (rows[i].passes)
			fpt_expect_tx(t, PORT_HOST,
				b_to_host(user_packet(IP_SUB, IP_HOST, 63, 4)));
		else
			fpt_expect_drop(t, FP_DROP_SEQUENCE);
	}
	for (unsigned ns = 0; ns < 2; ns++) {
		GByteArray *l2tp = b_hex(
			ns ? "0802 00c8 0016 0001 0000" : "0802 00c8 0016 0000 0000");
		g_autoptr(GByteArray) ppp =
			b_ppp(0x0021, user_packet(IP_HOST, IP_SUB, 63, 4));

		g_byte_array_append(l2tp, ppp->data, ppp->len);
		fpt_in(t, PORT_HOST, b_from_host(user_packet(IP_HOST, IP_SUB, 64, 4)));
		fpt_expect_tx(t, PORT_LAC, b_to_lac(ns, l2tp));
	}
	fpt_free(t);
}

/* A whole burst keeps its order and every packet its own fate. */
static void test_burst_order(void)
{
	struct fpt *t = with_session();
	struct pkt *pkts[PKT_BURST];

	for (unsigned i = 0; i < PKT_BURST; i++) {
		g_autoptr(GByteArray) frame =
			i % 3 == 0   ? b_from_lac(in_session(
					       user_packet(IP_SUB, IP_HOST, 64, i)))
			: i % 3 == 1 ? b_from_host(user_packet(IP_HOST, IP_SUB, 64, i))
				     : b_from_host(user_packet(IP_HOST, IP_SUB, 1, i));

		pkts[i] = fpt_pkt(t);
		memcpy(pkt_data(pkts[i]), frame->data, frame->len);
		pkts[i]->len = (uint16_t)frame->len;
		pkts[i]->ifindex = i % 3 == 0 ? PORT_LAC : PORT_HOST;
		pkts[i]->number = i + 1;
	}
	fp_path_burst(t->path, pkts, PKT_BURST, t->now, t->sink);

	unsigned next = 0;

	for (unsigned i = 0; i < t->sink->n; i++) {
		const struct fp_row *row = &t->sink->row[i];

		if (row->pkt->number == 0)
			continue; /* an ICMP error of the path's own */
		g_assert_cmpuint(row->pkt->number, ==, ++next);
		g_assert_cmpuint(row->verdict, ==, next % 3 == 0 ? FP_DROP : FP_TX);
	}
	g_assert_cmpuint(next, ==, PKT_BURST);
	fpt_free(t);
}

/* ---- to us ---- */

static void test_ping_us(void)
{
	struct fpt *t = with_session();

	fpt_in(t, PORT_HOST,
		b_from_host(b_ip4(IP_HOST, IP_SELF_2, 1, 3, b_echo(8, 56))));
	fpt_expect_tx(t, PORT_HOST,
		b_to_host(b_ip4(IP_SELF_2, IP_HOST, 1, 255, b_echo(0, 56))));
	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(b_ip4(IP_SUB, IP_LOOP, 1, 64, b_echo(8, 57)))));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(
			0, out_session(b_ip4(IP_LOOP, IP_SUB, 1, 255, b_echo(0, 57)))));
	fpt_free(t);
}

static void test_ping_bad(void)
{
	struct fpt *t = with_session();
	GByteArray *bad = b_from_host(b_ip4(IP_HOST, IP_SELF_2, 1, 3, b_echo(8, 56)));

	bad->data[60] ^= 1;
	fpt_in(t, PORT_HOST, bad);
	fpt_expect_drop(t, FP_DROP_ICMP);
	fpt_in(t, PORT_HOST, b_from_host(b_ip4(IP_HOST, IP_SELF_2, 1, 3, b_fill(7))));
	fpt_expect_drop(t, FP_DROP_ICMP);
	fpt_free(t);
}

/* A reply is for the RP, which has asked. */
static void test_ping_reply(void)
{
	struct fpt *t = with_session();

	fpt_in(t, PORT_HOST,
		b_from_host(b_ip4(IP_HOST, IP_SELF_2, 1, 3, b_echo(0, 56))));
	fpt_expect_punt(
		t, PKT_CLASS_LOCAL, b_ip4(IP_HOST, IP_SELF_2, 1, 3, b_echo(0, 56)));
	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(b_ip4(IP_SUB, IP_LOOP, 1, 64, b_echo(0, 57)))));
	fpt_expect_punt(
		t, PKT_CLASS_LOCAL, b_ip4(IP_SUB, IP_LOOP, 1, 64, b_echo(0, 57)));
	fpt_free(t);
}

static void test_udp_to_us(void)
{
	struct fpt *t = with_session();

	fpt_in(t, PORT_HOST, b_from_host(user_packet(IP_HOST, IP_SELF_2, 64, 20)));
	fpt_expect_punt(t, PKT_CLASS_LOCAL, user_packet(IP_HOST, IP_SELF_2, 64, 20));
	fpt_free(t);
}

/* An ICMP error is the offender's header and what fits. */
static GByteArray *error_about(
	uint32_t from, unsigned type, unsigned code, unsigned mtu, GByteArray *take)
{
	GByteArray *icmp = g_byte_array_new();
	guint8 head[8] = { (guint8)type, (guint8)code, 0, 0, 0, 0, (guint8)(mtu >> 8),
		(guint8)mtu };
	unsigned sum = 0;

	g_byte_array_append(icmp, head, 8);
	g_byte_array_append(icmp, take->data, MIN(take->len, 548));
	for (unsigned i = 0; i < icmp->len; i++)
		sum += i % 2 ? icmp->data[i] : icmp->data[i] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = 0xffff - ((sum & 0xffff) + (sum >> 16));
	icmp->data[2] = (guint8)(sum >> 8);
	icmp->data[3] = (guint8)sum;

	uint32_t to = (uint32_t)take->data[12] << 24 | (uint32_t)take->data[13] << 16 |
		      (uint32_t)take->data[14] << 8 | take->data[15];

	g_byte_array_unref(take);
	return b_ip4(from, to, 1, 255, icmp);
}

static void test_tcp_to_us(void)
{
	struct fpt *t = with_session();
	GByteArray *tcp = b_ip4(IP_HOST, IP_SELF_2, 6, 64, b_fill(20));

	fpt_in(t, PORT_HOST, b_from_host(b_copy(tcp)));
	g_assert_cmpuint(fpt_count(t, FP_DROP), ==, 1);
	const struct fp_row *row = fpt_row(t, FP_TX, 0);
	g_autoptr(GByteArray) want = b_to_host(error_about(IP_SELF_2, 3, 3, 0, tcp));

	g_assert_cmpmem(pkt_data(row->pkt), row->pkt->len, want->data, want->len);
	fpt_free(t);
}

/* ---- errors ---- */

static void expect_error(
	struct fpt *t, enum fp_drop why, uint16_t ifindex, GByteArray *take_frame)
{
	const struct fp_row *drop = fpt_row(t, FP_DROP, 0);
	const struct fp_row *tx = fpt_row(t, FP_TX, 0);

	g_assert_nonnull(drop);
	g_assert_cmpstr(fp_drop_name(drop->what), ==, fp_drop_name(why));
	g_assert_nonnull(tx);
	g_assert_cmpuint(tx->ifindex, ==, ifindex);
	g_assert_cmpmem(
		pkt_data(tx->pkt), tx->pkt->len, take_frame->data, take_frame->len);
	g_assert_cmpuint(t->sink->n, ==, 2);
	g_byte_array_unref(take_frame);
	fpt_clear(t);
}

/* The path numbers its own packets from 0. */
static GByteArray *numbered(GByteArray *take_ip, unsigned id)
{
	struct b_ip h = { .proto = 1, .ttl = 255, .id = (uint16_t)id };
	GByteArray *rest = g_byte_array_new();

	h.src = (uint32_t)take_ip->data[12] << 24 | (uint32_t)take_ip->data[13] << 16 |
		(uint32_t)take_ip->data[14] << 8 | take_ip->data[15];
	h.dst = (uint32_t)take_ip->data[16] << 24 | (uint32_t)take_ip->data[17] << 16 |
		(uint32_t)take_ip->data[18] << 8 | take_ip->data[19];
	g_byte_array_append(rest, take_ip->data + 20, take_ip->len - 20);
	g_byte_array_unref(take_ip);
	return b_ip(&h, rest);
}

static void test_errors(void)
{
	struct fpt *t = with_session();
	struct msg_fib_route all = { .deleted = true };
	struct b_ip big = {
		.src = IP_HOST, .dst = IP_SUB, .proto = 17, .ttl = 64, .frag = 0x4000
	};
	GByteArray *p;

	p = user_packet(IP_HOST, IP_SUB, 1, 700);
	fpt_in(t, PORT_HOST, b_from_host(b_copy(p)));
	expect_error(t, FP_DROP_TTL, PORT_HOST,
		b_to_host(numbered(error_about(IP_SELF_2, 11, 0, 0, p), 0)));

	p = user_packet(IP_SUB, IP_HOST, 1, 10);
	fpt_in(t, PORT_LAC, b_from_lac(in_session(b_copy(p))));
	expect_error(t, FP_DROP_TTL, PORT_LAC,
		b_to_lac(0,
			out_session(numbered(error_about(IP_LOOP, 11, 0, 0, p), 1))));

	fp_path_route(t->path, &all);
	p = user_packet(IP_SUB, IP_FAR, 64, 10);
	fpt_in(t, PORT_LAC, b_from_lac(in_session(p)));
	p = user_packet(IP_SUB, IP_FAR, 63, 10);
	expect_error(t, FP_DROP_NO_ROUTE, PORT_LAC,
		b_to_lac(
			1, out_session(numbered(error_about(IP_LOOP, 3, 0, 0, p), 2))));

	fpt_in(t, PORT_HOST, b_from_host(b_ip(&big, b_fill(1381))));
	big.ttl = 63;
	expect_error(t, FP_DROP_MTU, PORT_HOST,
		b_to_host(numbered(
			error_about(IP_SELF_2, 3, 4, 1400, b_ip(&big, b_fill(1381))),
			3)));
	fpt_free(t);
}

/* RFC 1122, 3.2.2: what must not be answered. */
static void test_no_errors_about(void)
{
	struct b_ip fragment = {
		.src = IP_HOST, .dst = IP_FAR, .proto = 17, .ttl = 1, .frag = 100
	};
	struct fpt *t = with_session();

	fpt_in(t, PORT_HOST, b_from_host(b_ip(&fragment, b_fill(8))));
	fpt_expect_drop(t, FP_DROP_TTL);
	fpt_in(t, PORT_HOST,
		b_from_host(b_ip4(IP_HOST, IP_FAR, 1, 1, b_hex("0300 fcff 00000000"))));
	fpt_expect_drop(t, FP_DROP_TTL);
	fpt_in(t, PORT_HOST, b_from_host(b_ip4(IP_SELF_2, IP_FAR, 17, 1, b_fill(8))));
	fpt_expect_drop(t, FP_DROP_TTL);
	fpt_in(t, PORT_HOST, b_from_host(user_packet(IP_HOST, 0xe0000001, 1, 8)));
	fpt_expect_drop(t, FP_DROP_BROADCAST);
	fpt_in(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_HOST, 0x0800, user_packet(IP_HOST, IP_FAR, 1, 8)));
	fpt_expect_drop(t, FP_DROP_BROADCAST);
	fpt_free(t);
}

static void test_error_rate(void)
{
	struct fpt *t = with_session();
	unsigned told = 0;

	for (unsigned i = 0; i < 1000; i++) {
		fpt_in(t, PORT_HOST, b_from_host(user_packet(IP_HOST, IP_FAR, 1, 8)));
		told += fpt_count(t, FP_TX);
		fpt_clear(t);
		t->now = time_add(t->now, dur_ms(1));
	}
	g_assert_cmpuint(told, >=, 100);
	g_assert_cmpuint(told, <=, 125);
	fpt_free(t);
}

/* ---- refusals at the door ---- */

static void test_refused(void)
{
	struct fpt *t = with_session();
	GByteArray *bad;

	fpt_in(t, PORT_HOST, b_fill(13));
	fpt_expect_drop(t, FP_DROP_SHORT);
	fpt_in(t, PORT_HOST, b_eth(MAC_US, MAC_HOST, 0x0800, b_fill(30)));
	fpt_expect_drop(t, FP_DROP_NOT_OURS);
	fpt_in(t, PORT_HOST, b_eth(MAC_US_2, MAC_HOST, 0x8100, b_fill(30)));
	fpt_expect_drop(t, FP_DROP_TAGGED);
	fpt_in(t, PORT_HOST, b_eth(MAC_US_2, MAC_HOST, 0x88a8, b_fill(30)));
	fpt_expect_drop(t, FP_DROP_TAGGED);
	fpt_in(t, PORT_HOST, b_eth(MAC_US_2, MAC_HOST, 0x86dd, b_fill(30)));
	fpt_expect_drop(t, FP_DROP_ETHERTYPE);
	fpt_in(t, 3, b_from_host(user_packet(IP_HOST, IP_SUB, 64, 1)));
	fpt_expect_drop(t, FP_DROP_IFACE_DOWN);
	fpt_in(t, PORT_HOST, b_from_host(user_packet(0x7f000001, IP_SUB, 64, 1)));
	fpt_expect_drop(t, FP_DROP_IP_SOURCE);
	fpt_in(t, PORT_HOST, b_from_host(user_packet(0xe0000001, IP_SUB, 64, 1)));
	fpt_expect_drop(t, FP_DROP_IP_SOURCE);
	for (unsigned at = 14; at < 34; at++) { /* any bit of the header */
		bad = b_from_host(user_packet(IP_HOST, IP_SUB, 64, 1));
		bad->data[at] ^= 0x10;
		fpt_in(t, PORT_HOST, bad);
		fpt_expect_drop(t, FP_DROP_IP_HEADER);
	}
	fpt_free(t);
}

static void test_session_states(void)
{
	struct fpt *t = with_session();
	struct msg_fib_session m = fpt_session();
	struct msg_fib_counts n;

	m.flags = 0;
	fpt_put(t, &m);
	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(user_packet(IP_SUB, IP_HOST, 64, 1))));
	fpt_expect_drop(t, FP_DROP_CLOSED);
	fpt_in(t, PORT_HOST, b_from_host(user_packet(IP_HOST, IP_SUB, 64, 1)));
	fpt_expect_drop(t, FP_DROP_CLOSED);
	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_ppp(0x8021, b_fill(4)))));
	fpt_expect_punt(t, PKT_CLASS_PPP, b_ppp(0x8021, b_fill(4)));

	m.flags = FIB_SESSION_OPEN | FIB_SESSION_SOURCE_CHECK;
	fpt_put(t, &m);
	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(user_packet(IP_SUB, IP_HOST, 64, 1))));
	fpt_expect_tx(t, PORT_HOST, b_to_host(user_packet(IP_SUB, IP_HOST, 63, 1)));
	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(user_packet(IP_SUB + 1, IP_HOST, 64, 1))));
	fpt_expect_drop(t, FP_DROP_SPOOF);
	fpt_in(t, PORT_LAC, b_from_lac(in_session(b_fill(40))));
	fpt_expect_drop(t, FP_DROP_INNER_IP);
	fpt_in(t, PORT_LAC, b_from_lac(in_session(b_fill(10))));
	fpt_expect_drop(t, FP_DROP_INNER_IP);

	fp_path_stop(t->path, SESSION, SESSION_L2TP, &n);
	g_assert_cmpuint(n.rx_packets, ==, 1);
	g_assert_cmpuint(n.dropped, ==, 5);
	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(user_packet(IP_SUB, IP_HOST, 64, 1))));
	fpt_expect_drop(t, FP_DROP_STOPPED);
	fpt_in(t, PORT_HOST, b_from_host(user_packet(IP_HOST, IP_SUB, 64, 1)));
	fpt_expect_drop(t, FP_DROP_STOPPED);
	fpt_free(t);
}

/* ---- output that cannot be ---- */

static void test_port_down(void)
{
	struct fpt *t = with_session();
	struct msg_port_state down = {
		.ifindex = PORT_HOST, .present = true, .mac = MAC_US_2, .mtu = 1500
	};

	fp_path_port(t->path, &down, t->now, t->sink);
	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(user_packet(IP_SUB, IP_HOST, 64, 1))));
	g_assert_cmpuint(fpt_row(t, FP_DROP, 0)->what, ==, FP_DROP_NO_ROUTE);
	fpt_clear(t);
	fpt_in(t, PORT_HOST, b_from_host(user_packet(IP_HOST, IP_SUB, 64, 1)));
	fpt_expect_drop(t, FP_DROP_IFACE_DOWN);
	down.up = true;
	fp_path_port(t->path, &down, t->now, t->sink);
	fpt_expect_tx(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_US_2, 0x0806,
			b_arp(1, MAC_US_2, IP_SELF_2, 0, IP_SELF_2)));
	fpt_free(t);
}

static void test_directed_broadcast(void)
{
	struct fpt *t = with_session();

	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(user_packet(IP_SUB, 0xc00002ff, 64, 1))));
	fpt_expect_drop(t, FP_DROP_BROADCAST);
	fpt_in(t, PORT_LAC,
		b_from_lac(in_session(user_packet(IP_SUB, 0xc0000200, 64, 1))));
	fpt_expect_drop(t, FP_DROP_BROADCAST);
	fpt_free(t);
}

/* ---- inject ---- */

static void test_inject(void)
{
	struct fpt *t = with_session();
	GByteArray *ctl = b_ip4(IP_US, IP_LAC, 17, 255,
		b_udp_sum(IP_US, IP_LAC, 1701, 1701,
			b_hex("c802 000c 00c8 0000 0001 0001")));

	fpt_inject(t, PKT_INJECT_IP, 0, b_copy(ctl));
	fpt_expect_tx(t, PORT_LAC, b_eth(MAC_LAC, MAC_US, 0x0800, ctl));
	fpt_inject(t, PKT_INJECT_PPP, SESSION, b_ppp(0xc021, b_fill(6)));
	fpt_expect_tx(
		t, PORT_LAC, b_to_lac(0, b_l2tp(200, 22, b_ppp(0xc021, b_fill(6)))));
	fpt_inject(t, PKT_INJECT_PPP, SESSION + 1, b_ppp(0xc021, b_fill(6)));
	fpt_expect_drop(t, FP_DROP_INJECT_GONE);
	fpt_inject(t, PKT_INJECT_PPP, UINT32_MAX, b_ppp(0xc021, b_fill(6)));
	fpt_expect_drop(t, FP_DROP_INJECT_GONE);
	fpt_inject(t, PKT_INJECT_IP, 0, b_fill(20));
	fpt_expect_drop(t, FP_DROP_INJECT);
	fpt_inject(t, 0, 0, b_fill(20));
	fpt_expect_drop(t, FP_DROP_INJECT);
	fpt_inject(t, PKT_INJECT_IP, 0, b_ip4(IP_US, IP_LOOP, 17, 255, b_fill(8)));
	fpt_expect_drop(t, FP_DROP_INJECT);
	fpt_inject(t, PKT_INJECT_IP, 0, user_packet(IP_LOOP, IP_SUB, 64, 8));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(1, out_session(user_packet(IP_LOOP, IP_SUB, 64, 8))));
	fpt_free(t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/path/decap", test_decap);
	g_test_add_func("/fp/path/decap-default-route", test_decap_by_default_route);
	g_test_add_func("/fp/path/encap", test_encap);
	g_test_add_func("/fp/path/ethernet-padding", test_ethernet_padding);
	g_test_add_func(
		"/fp/path/subscriber-to-subscriber", test_subscriber_to_subscriber);
	g_test_add_func("/fp/path/ppp-headers", test_ppp_headers);
	g_test_add_func("/fp/path/sequence", test_sequence);
	g_test_add_func("/fp/path/burst-order", test_burst_order);
	g_test_add_func("/fp/path/ping-us", test_ping_us);
	g_test_add_func("/fp/path/ping-bad", test_ping_bad);
	g_test_add_func("/fp/path/ping-reply", test_ping_reply);
	g_test_add_func("/fp/path/udp-to-us", test_udp_to_us);
	g_test_add_func("/fp/path/tcp-to-us", test_tcp_to_us);
	g_test_add_func("/fp/path/errors", test_errors);
	g_test_add_func("/fp/path/no-errors-about", test_no_errors_about);
	g_test_add_func("/fp/path/error-rate", test_error_rate);
	g_test_add_func("/fp/path/refused", test_refused);
	g_test_add_func("/fp/path/session-states", test_session_states);
	g_test_add_func("/fp/path/port-down", test_port_down);
	g_test_add_func("/fp/path/directed-broadcast", test_directed_broadcast);
	g_test_add_func("/fp/path/inject", test_inject);
	return g_test_run();
}
