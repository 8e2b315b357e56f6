/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/net.h"

#include "tests/lib/hex.h"
#include "tests/lib/pcapfile.h"

/* RFC 1071 section 3, and headers whose sums are well known. */
static const struct {
	const char *hex;
	uint16_t sum;
} sums[] = {
	/* clang-format off */
	{ "",                                         0xffff },
	{ "0001f203f4f5f6f7",                         0x220d },
	{ "0001f203f4f5f6",                           0x2304 },
	{ "ff",                                       0x00ff },
	{ "ffff",                                     0x0000 },
	{ "45000073000040004011 0000 c0a80001c0a800c7", 0xb861 },
	{ "45000073000040004011 b861 c0a80001c0a800c7", 0x0000 },
	/* clang-format on */
};

static void test_sums(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(sums); i++) {
		g_autoptr(GBytes) bytes = hex(sums[i].hex);
		size_t n;
		const uint8_t *p = g_bytes_get_data(bytes, &n);

		g_assert_cmphex(csum(p, n, 0), ==, sums[i].sum);
		/* In two parts, cut at an even octet, it is the same. */
		if (n >= 4)
			g_assert_cmphex(
				csum(p + 2, n - 2, csum_add(p, 2, 0)), ==, sums[i].sum);
	}
}

static void test_long_sum(void)
{
	enum { N = 1 << 20 };
	g_autofree uint8_t *ff = g_malloc(N);

	memset(ff, 0xff, N);
	g_assert_cmphex(csum(ff, N, 0xffffffff), ==, 0);
}

#define MACS "020000000001020000000002"

static const struct {
	const char *name, *hex;
	bool ok;
	uint16_t type;
	unsigned n_vlan, outer, inner;
} frames[] = {
	/* clang-format off */
	{ "plain",      MACS "0800",                     true,  0x0800, 0, 0,    0 },
	{ "vlan",       MACS "8100e0640800",             true,  0x0800, 1, 100,  0 },
	{ "qinq",       MACS "88a8000a810000148864",     true,  0x8864, 2, 10,   20 },
	{ "two-8100",   MACS "81000001810000020806",     true,  0x0806, 2, 1,    2 },
	{ "three-tags", MACS "8100000181000002810000030800", true, 0x8100, 2, 1, 2 },
	{ "priority",   MACS "8100e0000800",             true,  0x0800, 1, 0,    0 },
	{ "no-type",    MACS,                            false, 0, 0, 0, 0 },
	{ "half-type",  MACS "08",                       false, 0, 0, 0, 0 },
	{ "half-tag",   MACS "810000",                   false, 0, 0, 0, 0 },
	{ "tag-only",   MACS "81000001",                 false, 0, 0, 0, 0 },
	{ "empty",      "",                              false, 0, 0, 0, 0 },
	/* clang-format on */
};

static void test_frame(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	g_autoptr(GBytes) bytes = hex(frames[i].hex);
	struct rd r = rd_init(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	struct eth_hdr h;

	g_assert_cmpint(eth_parse(&r, &h), ==, frames[i].ok);
	if (!frames[i].ok)
		return;
	assert_hex(h.dst, 6, "020000000001");
	assert_hex(h.src, 6, "020000000002");
	g_assert_cmphex(h.type, ==, frames[i].type);
	g_assert_cmpuint(h.n_vlan, ==, frames[i].n_vlan);
	g_assert_cmpuint(h.vlan[0], ==, frames[i].outer);
	g_assert_cmpuint(h.vlan[1], ==, frames[i].inner);
}

/* A datagram, and what is done to one octet of it (checksum put right again or not). */
static const struct {
	const char *name;
	unsigned at;
	uint8_t value;
	bool resum, ip_ok, udp_ok;
} damages[] = {
	/* clang-format off */
	{ "none",          0, 0x45, true,  true,  true },
	{ "version-6",     0, 0x65, true,  false, false },
	{ "ihl-4",         0, 0x44, true,  false, false },
	{ "ihl-past-end",  0, 0x4f, true,  false, false },
	{ "ihl-0",         0, 0x40, true,  false, false },
	{ "total-19",      3, 19,   true,  false, false },
	{ "total-20",      3, 20,   true,  true,  false },
	{ "total-27",      3, 27,   true,  true,  false },
	{ "total-less",    3, 30,   true,  true,  false },
	{ "total-more",    3, 34,   true,  false, false },
	{ "total-huge",    2, 0xff, true,  false, false },
	{ "ip-sum",        8, 1,    false, false, false },
	{ "udp-len-7",     25, 7,   true,  true,  false },
	{ "udp-len-0",     25, 0,   true,  true,  false },
	{ "udp-len-more",  25, 14,  true,  true,  false },
	{ "udp-len-huge",  24, 1,   true,  true,  false },
	{ "udp-sum",       27, 0,   true,  true,  false },
	{ "udp-payload",   29, 0,   true,  true,  false },
	{ "other-source",  15, 9,   true,  true,  false },
	/* clang-format on */
};

static size_t build_sample(uint8_t *buf, size_t cap, bool sum)
{
	return udp4_build(
		buf, cap, 0x0a630001, 1701, 0x0a630002, 1702, 0x1234, "hello", 5, sum);
}

static void test_damage(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	uint8_t buf[33];
	struct ipv4_hdr ip;
	struct udp_hdr udp;

	g_assert_cmpuint(build_sample(buf, sizeof(buf), true), ==, 33);
	buf[damages[i].at] = damages[i].value;
	if (damages[i].resum) {
		put_u16(buf + 10, 0);
		put_u16(buf + 10, csum(buf, 20, 0));
	}

	struct rd r = rd_init(buf, sizeof(buf));

	g_assert_cmpint(ipv4_parse(&r, &ip), ==, damages[i].ip_ok);
	g_assert_cmpint(r.bad, ==, !damages[i].ip_ok);
	if (!damages[i].ip_ok)
		return;
	g_assert_cmpuint(rd_left(&r), ==, (size_t)(ip.total_len - 20));
	g_assert_cmpint(udp_parse(&r, &ip, &udp), ==, damages[i].udp_ok);
	g_assert_cmpint(r.bad, ==, !damages[i].udp_ok);
}

static void test_build(void)
{
	uint8_t buf[64];
	size_t n = build_sample(buf, sizeof(buf), true);
	struct rd r =
		rd_init(buf, sizeof(buf)); /* with padding behind, as Ethernet has */
	struct ipv4_hdr ip;
	struct udp_hdr udp;

	assert_hex(buf, n,
		"4500002112340000401153d00a6300010a630002"
		"06a506a6000d99ee68656c6c6f");
	g_assert_true(ipv4_parse(&r, &ip));
	g_assert_true(udp_parse(&r, &ip, &udp));
	g_assert_cmphex(ip.src, ==, 0x0a630001);
	g_assert_cmphex(ip.dst, ==, 0x0a630002);
	g_assert_cmphex(ip.id, ==, 0x1234);
	g_assert_cmpuint(ip.proto, ==, IPPROTO_NUM_UDP);
	g_assert_cmpuint(udp.sport, ==, 1701);
	g_assert_cmpuint(udp.dport, ==, 1702);
	g_assert_cmpmem(r.p, rd_left(&r), "hello", 5);

	build_sample(buf, sizeof(buf), false);
	g_assert_cmphex(buf[26] << 8 | buf[27], ==, 0);
	buf[30] ^= 1; /* without a checksum nobody can tell */
	r = rd_init(buf, n);
	g_assert_true(ipv4_parse(&r, &ip) && udp_parse(&r, &ip, &udp));
}

static void test_build_without_room(void)
{
	static const uint8_t big[65508];
	static uint8_t buf[65536];

	for (size_t cap = 0; cap < 33; cap++)
		g_assert_cmpuint(build_sample(buf, cap, true), ==, 0);
	g_assert_cmpuint(
		udp4_build(buf, 65536, 1, 1, 2, 2, 0, big, 65507, true), ==, 65535);
	g_assert_cmpuint(
		udp4_build(buf, 65536, 1, 1, 2, 2, 0, big, 65508, true), ==, 0);
}

/* A sum that comes out as zero goes on the wire as all ones. */
static void test_zero_sum(void)
{
	uint8_t buf[30];
	uint8_t payload[2] = { 0, 0 };
	struct ipv4_hdr ip;
	struct udp_hdr udp;

	udp4_build(buf, sizeof(buf), 1, 1, 2, 2, 0, payload, 2, true);
	memcpy(payload, buf + 26, 2);
	g_assert_cmpuint(
		udp4_build(buf, sizeof(buf), 1, 1, 2, 2, 0, payload, 2, true), ==, 30);
	assert_hex(buf + 26, 2, "ffff");

	struct rd r = rd_init(buf, sizeof(buf));

	g_assert_true(ipv4_parse(&r, &ip) && udp_parse(&r, &ip, &udp));
}

/* No prefix of a good frame is good, and each is refused without a read past its end. */
static void test_truncation(void)
{
	struct pcap_file *f = pcap_golden("xl2tpd-lac-l2tpns-lns.pcap");
	unsigned datagrams = 0;

	for (unsigned i = 0; i < f->packets->len; i++) {
		size_t n;
		const uint8_t *p = g_bytes_get_data(pcap_file_packet(f, i)->bytes, &n);

		for (size_t cut = 0; cut <= n; cut++) {
			g_autofree uint8_t *exact = g_memdup2(p, cut);
			struct rd r = rd_init(exact, cut);
			struct eth_hdr eth;
			struct ipv4_hdr ip;
			struct udp_hdr udp;
			bool ok = eth_parse(&r, &eth);

			g_assert_cmpint(ok, ==, cut >= ETH_HDR);
			if (!ok || eth.type != ETHERTYPE_IPV4)
				continue;
			ok = ipv4_parse(&r, &ip) && ip.proto == IPPROTO_NUM_UDP &&
			     udp_parse(&r, &ip, &udp);
			if (ok)
				g_assert_cmpuint(
					cut, >=, (size_t)(ETH_HDR + ip.total_len));
			datagrams += ok && cut == n;
		}
	}
	g_assert_cmpuint(datagrams, >, 20);
	pcap_file_free(f);
}

static const struct {
	const char *text;
	bool ok;
	uint32_t ip;
} addresses[] = {
	/* clang-format off */
	{ "10.99.0.2",         true,  0x0a630002 },
	{ "0.0.0.0",           true,  0 },
	{ "255.255.255.255",   true,  0xffffffff },
	{ "256.0.0.1",         false, 0 },
	{ "1.2.3",             false, 0 },
	{ "1.2.3.",            false, 0 },
	{ "1.2.3.4.",          false, 0 },
	{ "1.2.3.4.5",         false, 0 },
	{ "01.2.3.4",          false, 0 },
	{ "1..3.4",            false, 0 },
	{ " 1.2.3.4",          false, 0 },
	{ "1.2.3.4 ",          false, 0 },
	{ "1.2.3.-4",          false, 0 },
	{ "1.2.3.4294967297",  false, 0 },
	{ "a.b.c.d",           false, 0 },
	{ "",                  false, 0 },
	/* clang-format on */
};

static void test_addresses(void)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0xab, 1 };
	char buf[16];

	for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
		uint32_t ip = 0;

		g_test_message("%s", addresses[i].text);
		g_assert_cmpint(
			ipv4_from_str(addresses[i].text, &ip), ==, addresses[i].ok);
		g_assert_cmphex(ip, ==, addresses[i].ip);
		if (addresses[i].ok)
			g_assert_cmpstr(ipv4_to_str(ip, buf), ==, addresses[i].text);
	}
	g_assert_cmpstr(mac_to_str(mac, buf), ==, "0200.0000.ab01");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/net/sums", test_sums);
	g_test_add_func("/base/net/long-sum", test_long_sum);
	for (size_t i = 0; i < G_N_ELEMENTS(frames); i++) {
		g_autofree char *path =
			g_strconcat("/base/net/frame/", frames[i].name, NULL);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_frame);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(damages); i++) {
		g_autofree char *path =
			g_strconcat("/base/net/damage/", damages[i].name, NULL);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_damage);
	}
	g_test_add_func("/base/net/build", test_build);
	g_test_add_func("/base/net/build-without-room", test_build_without_room);
	g_test_add_func("/base/net/zero-sum", test_zero_sum);
	g_test_add_func("/base/net/truncation", test_truncation);
	g_test_add_func("/base/net/addresses", test_addresses);
	return g_test_run();
}
