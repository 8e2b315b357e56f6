/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Subinterfaces: IPv4, ARP and ICMP by VLAN tags, beside a port that has an address itself and
 * beside one that has none.
 */
#include "tests/fp/harness.h"

enum {
	SUB = 1400, /* of the host's port */
	SUB_TWO,
	VID = 100,
	INNER = 7,
};

#define IP_SUB_US   UINT32_C(0xc0000301)
#define IP_SUB_HOST UINT32_C(0xc0000302)
#define IP_TWO_US   UINT32_C(0xc0000401)
#define IP_TWO_HOST UINT32_C(0xc0000402)
#define MAC_SUB     UINT64_C(0x02dd00000001)

static const struct msg_fib_iface one_tag = {
	.ifindex = SUB,
	.up = true,
	.ip = IP_SUB_US,
	.mask = 0xffffff00,
	.parent = PORT_HOST,
	.outer = VID,
};

static const struct msg_fib_iface two_tags = {
	.ifindex = SUB_TWO,
	.up = true,
	.ip = IP_TWO_US,
	.mask = 0xffffff00,
	.parent = PORT_HOST,
	.outer = VID,
	.inner_lo = INNER,
	.inner_hi = INNER,
};

static GByteArray *in_one(uint64_t dst, uint64_t src, unsigned type, GByteArray *take)
{
	return b_eth(dst, src, 0x8100, b_tag(VID, type, take));
}

static GByteArray *in_two(uint64_t dst, uint64_t src, unsigned type, GByteArray *take)
{
	return b_eth(dst, src, 0x8100, b_tag(VID, 0x8100, b_tag(INNER, type, take)));
}


/* Both subinterfaces, up, their neighbours known. */
static struct fpt *new_subs(void)
{
	struct fpt *t = fpt_new();

	fp_path_iface(t->path, &one_tag, t->now, t->sink);
	fpt_expect_tx(t, PORT_HOST,
		in_one(MAC_ALL, MAC_US_2, 0x0806, b_arp(1, MAC_US_2, IP_SUB_US, 0, IP_SUB_US)));
	fp_path_iface(t->path, &two_tags, t->now, t->sink);
	fpt_expect_tx(t, PORT_HOST,
		in_two(MAC_ALL, MAC_US_2, 0x0806, b_arp(1, MAC_US_2, IP_TWO_US, 0, IP_TWO_US)));
	fpt_in(t, PORT_HOST,
		in_one(MAC_ALL, MAC_SUB, 0x0806, b_arp(1, MAC_SUB, IP_SUB_HOST, 0, IP_SUB_US)));
	fpt_expect_tx(t, PORT_HOST,
		in_one(MAC_SUB, MAC_US_2, 0x0806,
			b_arp(2, MAC_US_2, IP_SUB_US, MAC_SUB, IP_SUB_HOST)));
	fpt_in(t, PORT_HOST,
		in_two(MAC_ALL, MAC_SUB, 0x0806, b_arp(1, MAC_SUB, IP_TWO_HOST, 0, IP_TWO_US)));
	fpt_expect_tx(t, PORT_HOST,
		in_two(MAC_SUB, MAC_US_2, 0x0806,
			b_arp(2, MAC_US_2, IP_TWO_US, MAC_SUB, IP_TWO_HOST)));
	return t;
}

static GByteArray *packet(uint32_t src, uint32_t dst, unsigned ttl)
{
	return b_ip4(src, dst, 17, ttl, b_udp(1, 2, b_fill(30)));
}

/* In by one, out by another; pings and errors are answered where they came from. */
static void test_forward(void)
{
	static const struct {
		GByteArray *(*frame)(uint64_t dst, uint64_t src, unsigned type, GByteArray *take);
		uint32_t us, host;
		uint16_t ifindex;
	} subs[] = {
		{ in_one, IP_SUB_US, IP_SUB_HOST, SUB },
		{ in_two, IP_TWO_US, IP_TWO_HOST, SUB_TWO },
		{ b_eth, IP_SELF_2, IP_HOST, PORT_HOST },
	};
	struct fpt *t = new_subs();

	for (unsigned i = 0; i < G_N_ELEMENTS(subs); i++) {
		uint64_t mac = subs[i].frame == b_eth ? MAC_HOST : MAC_SUB;

		fpt_in(t, PORT_HOST,
			subs[i].frame(MAC_US_2, mac, 0x0800, packet(subs[i].host, IP_LAC, 9)));
		fpt_expect_tx(t, PORT_LAC,
			b_eth(MAC_LAC, MAC_US, 0x0800, packet(subs[i].host, IP_LAC, 8)));
		fpt_in(t, PORT_LAC,
			b_eth(MAC_US, MAC_LAC, 0x0800, packet(IP_LAC, subs[i].host, 9)));
		fpt_expect_tx(t, PORT_HOST,
			subs[i].frame(mac, MAC_US_2, 0x0800, packet(IP_LAC, subs[i].host, 8)));
		fpt_in(t, PORT_HOST,
			subs[i].frame(MAC_US_2, mac, 0x0800,
				b_ip4(subs[i].host, subs[i].us, 1, 64, b_echo(8, 20))));
		fpt_expect_tx(t, PORT_HOST,
			subs[i].frame(mac, MAC_US_2, 0x0800,
				b_ip4(subs[i].us, subs[i].host, 1, 255, b_echo(0, 20))));
		/* An error is from the interface that the packet came by. */
		fpt_in(t, PORT_HOST,
			subs[i].frame(MAC_US_2, mac, 0x0800, packet(subs[i].host, IP_LAC, 1)));
		g_assert_cmphex(be32(pkt_data(fpt_row(t, FP_TX, 0)->pkt) +
					(subs[i].frame == b_eth	 ? 14
						: subs[i].frame == in_one ? 18
									  : 22) +
					12),
			==, subs[i].us);
		fpt_clear(t);
		g_assert_cmpuint(t->path->iface[subs[i].ifindex].rx_packets, >=, 3);
		g_assert_cmpuint(t->path->iface[subs[i].ifindex].tx_packets, >=, 3);
	}
	/* From one subinterface to the other, by the same port. */
	fpt_in(t, PORT_HOST,
		in_one(MAC_US_2, MAC_SUB, 0x0800, packet(IP_SUB_HOST, IP_TWO_HOST, 9)));
	fpt_expect_tx(t, PORT_HOST,
		in_two(MAC_SUB, MAC_US_2, 0x0800, packet(IP_SUB_HOST, IP_TWO_HOST, 8)));
	fpt_free(t);
}

/* An L2TP tunnel by a subinterface: ends of it in VLANs. */
static void test_tunnel(void)
{
	struct fpt *t = new_subs();
	struct msg_fib_session m = fpt_session();
	struct b_ip h = { .src = IP_TWO_US, .dst = IP_TWO_HOST, .proto = 17, .ttl = 255 };

	m.local_ip = IP_TWO_US;
	m.remote_ip = IP_TWO_HOST;
	fpt_put(t, &m);
	fpt_in(t, PORT_HOST,
		in_two(MAC_US_2, MAC_SUB, 0x0800,
			b_ip4(IP_TWO_HOST, IP_TWO_US, 17, 64,
				b_udp(1701, 1701,
					b_l2tp(100, 11, b_ppp(0x21, packet(IP_SUB, IP_LAC, 9)))))));
	fpt_expect_tx(t, PORT_LAC, b_eth(MAC_LAC, MAC_US, 0x0800, packet(IP_SUB, IP_LAC, 8)));
	fpt_in(t, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, packet(IP_LAC, IP_SUB, 9)));
	fpt_expect_tx(t, PORT_HOST,
		in_two(MAC_SUB, MAC_US_2, 0x0800,
			b_ip(&h, b_udp(1701, 1701,
					 b_l2tp(200, 22, b_ppp(0x21, packet(IP_LAC, IP_SUB, 8)))))));
	fpt_free(t);
}

/* Tags with priority bits or the other tag type are the same; other ids are not. */
static void test_which(void)
{
	struct fpt *t = new_subs();
	GByteArray *out = b_eth(MAC_LAC, MAC_US, 0x0800, packet(IP_SUB_HOST, IP_LAC, 8));
	static const struct {
		uint16_t tpid, tci, inner_tpid, inner;
		bool ours;
	} rows[] = {
		{ 0x8100, VID, 0, 0, true },
		{ 0x88a8, VID, 0, 0, true },
		{ 0x8100, 0xf000 | VID, 0, 0, true },
		{ 0x8100, 0, 0, 0, true }, /* priority only: the port's own */
		{ 0x8100, VID + 1, 0, 0, false },
		{ 0x88a8, VID, 0x8100, INNER, true },
		{ 0x8100, VID, 0x88a8, 0x2000 | INNER, true },
		{ 0x8100, VID, 0x8100, INNER + 1, false },
		{ 0x8100, VID, 0x8100, 0, false },
		{ 0x8100, INNER, 0x8100, VID, false },
		{ 0x9100, VID, 0, 0, false }, /* no tag that we know */
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		GByteArray *ip = packet(IP_SUB_HOST, IP_LAC, 9);

		if (rows[i].inner_tpid)
			ip = b_tag(rows[i].tci, rows[i].inner_tpid, b_tag(rows[i].inner, 0x0800, ip));
		else
			ip = b_tag(rows[i].tci, 0x0800, ip);
		fpt_in(t, PORT_HOST, b_eth(MAC_US_2, MAC_SUB, rows[i].tpid, ip));
		if (rows[i].ours)
			fpt_expect_tx(t, PORT_LAC, b_copy(out));
		else
			fpt_expect_drop(
				t, rows[i].tpid == 0x9100 ? FP_DROP_ETHERTYPE : FP_DROP_TAGGED);
	}
	/* Three tags. */
	fpt_in(t, PORT_HOST,
		in_two(MAC_US_2, MAC_SUB, 0x8100,
			b_tag(1, 0x0800, packet(IP_SUB_HOST, IP_LAC, 9))));
	fpt_expect_drop(t, FP_DROP_TAGGED);
	/* By another port, where there are no subinterfaces. */
	fpt_in(t, PORT_LAC,
		in_one(MAC_US, MAC_SUB, 0x0800, packet(IP_SUB_HOST, IP_LAC, 9)));
	fpt_expect_drop(t, FP_DROP_TAGGED);
	/* To another's address, and without an address of ours. */
	fpt_in(t, PORT_HOST,
		in_one(MAC_LAC, MAC_SUB, 0x0800, packet(IP_SUB_HOST, IP_LAC, 9)));
	fpt_expect_drop(t, FP_DROP_NOT_OURS);
	g_byte_array_unref(out);
	fpt_free(t);
}

/* ARP says nothing about neighbours of other VLANs. */
static void test_arp_apart(void)
{
	struct fpt *t = new_subs();

	fpt_in(t, PORT_HOST,
		in_one(MAC_ALL, MAC_SUB, 0x0806, b_arp(1, MAC_SUB, IP_HOST, 0, IP_SELF_2)));
	fpt_expect_drop(t, FP_DROP_ARP);
	fpt_in(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_SUB, 0x0806, b_arp(1, MAC_SUB, IP_SUB_HOST, 0, IP_SUB_US)));
	fpt_expect_drop(t, FP_DROP_ARP);
	fpt_in(t, PORT_HOST,
		in_two(MAC_ALL, MAC_SUB, 0x0806, b_arp(1, MAC_SUB, IP_SUB_HOST, 0, IP_SUB_US)));
	fpt_expect_drop(t, FP_DROP_ARP);
	fpt_free(t);
}

/* The untagged frames of a port are those of its native subinterface, both ways. */
static void test_native(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_iface m = one_tag;

	m.native = true;
	fp_path_iface(t->path, &m, t->now, t->sink);
	fpt_expect_tx(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_US_2, 0x0806, b_arp(1, MAC_US_2, IP_SUB_US, 0, IP_SUB_US)));
	fpt_in(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_SUB, 0x0806, b_arp(1, MAC_SUB, IP_SUB_HOST, 0, IP_SUB_US)));
	fpt_expect_tx(t, PORT_HOST,
		b_eth(MAC_SUB, MAC_US_2, 0x0806,
			b_arp(2, MAC_US_2, IP_SUB_US, MAC_SUB, IP_SUB_HOST)));
	fpt_in(t, PORT_HOST,
		b_eth(MAC_US_2, MAC_SUB, 0x0800, packet(IP_SUB_HOST, IP_LAC, 9)));
	fpt_expect_tx(
		t, PORT_LAC, b_eth(MAC_LAC, MAC_US, 0x0800, packet(IP_SUB_HOST, IP_LAC, 8)));
	fpt_in(t, PORT_HOST,
		in_one(MAC_US_2, MAC_SUB, 0x0800, packet(IP_SUB_HOST, IP_LAC, 9)));
	fpt_expect_tx(
		t, PORT_LAC, b_eth(MAC_LAC, MAC_US, 0x0800, packet(IP_SUB_HOST, IP_LAC, 8)));
	fpt_in(t, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, packet(IP_LAC, IP_SUB_HOST, 9)));
	fpt_expect_tx(
		t, PORT_HOST, b_eth(MAC_SUB, MAC_US_2, 0x0800, packet(IP_LAC, IP_SUB_HOST, 8)));
	m.deleted = true;
	fpt_iface(t, &m);
	fpt_in(t, PORT_HOST, b_from_host(packet(IP_HOST, IP_LAC, 9)));
	fpt_expect_tx(t, PORT_LAC, b_eth(MAC_LAC, MAC_US, 0x0800, packet(IP_HOST, IP_LAC, 8)));
	fpt_free(t);
}

/* Of ranges the narrowest has the frame, in whatever order they were made and are removed. */
static void test_ranges(void)
{
	static const struct msg_fib_iface ranges[] = {
		{ .ifindex = 1500, .up = true, .pppoe = true, .parent = PORT_HOST, .outer = 9,
			.inner_lo = 1, .inner_hi = 4094 },
		{ .ifindex = 1501, .up = true, .parent = PORT_HOST, .outer = 9, .inner_lo = 10,
			.inner_hi = 20 },
		{ .ifindex = 1502, .up = true, .parent = PORT_HOST, .outer = 9, .inner_lo = 30,
			.inner_hi = 40 },
		{ .ifindex = 1503, .up = true, .parent = PORT_HOST, .outer = 9, .inner_lo = 35,
			.inner_hi = 35 },
	};
	static const uint16_t inner[] = { 1, 10, 20, 21, 30, 35, 40, 4094 };
	static const uint16_t owner[] = { 0, 1, 1, 0, 2, 3, 2, 0 };
	struct fpt *t = fpt_new();

	for (unsigned turn = 0; turn < 2 * G_N_ELEMENTS(ranges); turn++) {
		unsigned first = turn % G_N_ELEMENTS(ranges);

		for (unsigned k = 0; k < G_N_ELEMENTS(ranges); k++)
			fpt_iface(t, &ranges[(first + k) % G_N_ELEMENTS(ranges)]);
		for (unsigned i = 0; i < G_N_ELEMENTS(inner); i++) {
			struct fp_tags tags = { .n = 2, .vid = { 9, inner[i] } };

			g_assert_cmpuint(fp_vlan_find(t->path, PORT_HOST, &tags), ==,
				1500 + owner[i]);
		}
		for (unsigned k = 0; k < G_N_ELEMENTS(ranges); k++) {
			struct msg_fib_iface gone =
				ranges[(first * 3 + k) % G_N_ELEMENTS(ranges)];
			struct fp_tags tags = { .n = 2, .vid = { 9, 1 } };

			gone.deleted = true;
			fpt_iface(t, &gone);
			if (gone.ifindex == 1500)
				g_assert_cmpuint(
					fp_vlan_find(t->path, PORT_HOST, &tags), ==, 0);
		}
		g_assert_cmpuint(index_count(t->path->vlans), ==, 0);
	}
	fpt_free(t);
}

/* An address on a range is not used: to whom would one answer? */
static void test_range_address(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_iface m = two_tags;

	m.inner_hi = INNER + 1;
	fpt_iface(t, &m);
	fpt_in(t, PORT_HOST,
		in_two(MAC_US_2, MAC_SUB, 0x0800, packet(IP_TWO_HOST, IP_LAC, 9)));
	fpt_expect_drop(t, FP_DROP_IFACE_DOWN);
	fpt_in(t, PORT_HOST,
		in_two(MAC_ALL, MAC_SUB, 0x0806, b_arp(1, MAC_SUB, IP_TWO_HOST, 0, IP_TWO_US)));
	fpt_expect_drop(t, FP_DROP_IFACE_DOWN);
	fpt_free(t);
}

/* What the port does its subinterfaces do; other tags are another network. */
static void test_changes(void)
{
	struct fpt *t = new_subs();
	struct msg_fib_iface m = one_tag;
	struct msg_port_state port = {
		.ifindex = PORT_HOST, .present = true, .mac = MAC_US_2, .mtu = 1500
	};
	GByteArray *in = b_eth(MAC_US, MAC_LAC, 0x0800, packet(IP_LAC, IP_SUB_HOST, 9));

	fp_path_port(t->path, &port, t->now, t->sink);
	fpt_clear(t);
	fpt_in(t, PORT_LAC, b_copy(in));
	g_assert_cmpuint(fpt_count(t, FP_DROP), >, 0);
	fpt_clear(t);
	port.up = true;
	port.mac = MAC_LAC; /* another one */
	fp_path_port(t->path, &port, t->now, t->sink);
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 3); /* all announce themselves */
	fpt_clear(t);
	fpt_in(t, PORT_LAC, b_copy(in));
	fpt_expect_tx(t, PORT_HOST,
		in_one(MAC_ALL, MAC_LAC, 0x0806, b_arp(1, MAC_LAC, IP_SUB_US, 0, IP_SUB_HOST)));
	m.outer = 55;
	fpt_iface(t, &m);
	fpt_in(t, PORT_LAC, b_copy(in));
	fpt_expect_tx(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_LAC, 0x8100,
			b_tag(55, 0x0806, b_arp(1, MAC_LAC, IP_SUB_US, 0, IP_SUB_HOST))));
	m.outer = 0;
	fpt_iface(t, &m);
	fpt_in(t, PORT_LAC, b_copy(in)); /* by the default route */
	fpt_expect_tx(t, PORT_HOST,
		b_eth(MAC_ALL, MAC_LAC, 0x0806, b_arp(1, MAC_LAC, IP_SELF_2, 0, IP_HOST)));
	/* Not said any more: swept, with the generation. */
	fp_path_begin(t->path, 2);
	fp_path_end(t->path, 2);
	uint32_t swept;

	while (!fp_path_sweep(t->path, &swept, t->sink))
		fpt_clear(t);
	fpt_clear(t);
	g_assert_cmpuint(index_count(t->path->vlans), ==, 0);
	g_assert_cmpint(t->path->n_subs, ==, 0);
	g_byte_array_unref(in);
	fpt_free(t);
}

/* The largest packet is the port's, unless the subinterface says less. */
static void test_mtu(void)
{
	struct fpt *t = new_subs();
	struct msg_fib_iface m = one_tag;

	m.mtu = 1000;
	fpt_iface(t, &m);
	fpt_in(t, PORT_LAC,
		b_eth(MAC_US, MAC_LAC, 0x0800,
			b_ip4(IP_LAC, IP_SUB_HOST, 17, 9, b_udp(1, 2, b_fill(1200)))));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 2);
	g_assert_cmpuint(fpt_row(t, FP_TX, 0)->pkt->len, ==, 18 + 996);
	fpt_clear(t);
	m.mtu = 9000;
	fpt_iface(t, &m);
	fpt_in(t, PORT_LAC,
		b_eth(MAC_US, MAC_LAC, 0x0800,
			b_ip4(IP_LAC, IP_SUB_HOST, 17, 9, b_udp(1, 2, b_fill(1492)))));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 2);
	fpt_free(t);
}

/* Messages that make no sense change nothing. */
static void test_nonsense(void)
{
	struct fpt *t = new_subs();
	struct msg_fib_iface m = one_tag;
	g_autofree char *before = fp_path_dump(t->path);

	m.ifindex = PORT_LAC; /* a port is no subinterface */
	fpt_iface(t, &m);
	m.ifindex = FP_IFACES_MAX;
	fpt_iface(t, &m);
	m.ifindex = SUB;
	m.parent = SUB_TWO;
	fpt_iface(t, &m);

	g_autofree char *after = fp_path_dump(t->path);

	g_assert_cmpstr(before, ==, after);
	g_assert_nonnull(strstr(after, "iface 1401 up 192.0.4.1 255.255.255.0 mtu 0 of 2 vlan "
				       "100/7-7\n"));
	fpt_free(t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/vlan/forward", test_forward);
	g_test_add_func("/fp/vlan/tunnel", test_tunnel);
	g_test_add_func("/fp/vlan/which", test_which);
	g_test_add_func("/fp/vlan/arp-apart", test_arp_apart);
	g_test_add_func("/fp/vlan/native", test_native);
	g_test_add_func("/fp/vlan/ranges", test_ranges);
	g_test_add_func("/fp/vlan/range-address", test_range_address);
	g_test_add_func("/fp/vlan/changes", test_changes);
	g_test_add_func("/fp/vlan/mtu", test_mtu);
	g_test_add_func("/fp/vlan/nonsense", test_nonsense);
	return g_test_run();
}
