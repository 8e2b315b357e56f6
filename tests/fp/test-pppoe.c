/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPPoE sessions: clients on port 3, untagged, in VLAN 100 and in VLAN 200 with any second tag.
 * They end here, or go on in a tunnel to the LNS that stands where the LAC is.
 */
#include "tests/fp/harness.h"

#include <glib/gstdio.h>

enum {
	SID = 0x1234,
	CLIENT = 20, /* index of the session */
	CLIENT_MRU = 1492,
	MAGIC = 0x51525354,
};

#define MAC_CLIENT UINT64_C(0x02cc00000001)
#define MAC_OTHER  UINT64_C(0x02cc00000002)
#define IP_CLIENT  UINT32_C(0x64400102)

/* How a client's frames look: tags outer first. */
struct access {
	const char *name;
	unsigned n;
	uint16_t tpid[2], vid[2];
};

static const struct access accesses[] = {
	{ "plain", 0, { 0 }, { 0 } },
	{ "dot1q", 1, { 0x8100 }, { 100 } },
	{ "qinq", 2, { 0x88a8, 0x8100 }, { 200, 7 } },
	{ "dot1q-twice", 2, { 0x8100, 0x8100 }, { 200, 4094 } },
};

static GByteArray *tagged(uint64_t dst, uint64_t src, const struct access *a, unsigned pcp,
	unsigned type, GByteArray *take)
{
	for (unsigned i = a->n; i-- > 0;) {
		take = b_tag(a->vid[i] | pcp << 13, type, take);
		type = a->tpid[i];
	}
	return b_eth(dst, src, type, take);
}

static GByteArray *from_client(const struct access *a, GByteArray *take_ppp)
{
	return tagged(MAC_US_3, MAC_CLIENT, a, 5, 0x8864, b_pppoe(SID, take_ppp));
}

static GByteArray *to_client(const struct access *a, GByteArray *take_ppp)
{
	return tagged(MAC_CLIENT, MAC_US_3, a, 0, 0x8864, b_pppoe(SID, take_ppp));
}

static struct msg_fib_session client(const struct access *a)
{
	return (struct msg_fib_session){
		.index = CLIENT,
		.flags = FIB_SESSION_OPEN | FIB_SESSION_PPPOE,
		.subscriber_ip = IP_CLIENT,
		.local_magic = MAGIC,
		.mtu = CLIENT_MRU,
		.echo_misses = 3,
		.ifindex = PORT_ACCESS,
		.pppoe_sid = SID,
		.client = MAC_CLIENT,
		.n_vlan = (uint8_t)a->n,
		.vlan = (uint32_t)a->vid[0] << 16 | a->vid[1],
		.tpid = (uint32_t)a->tpid[0] << 16 | a->tpid[1],
	};
}

/* The other half, in a tunnel to an LNS. */
static struct msg_fib_session to_lns(void)
{
	struct msg_fib_session m = fpt_session();

	m.flags |= FIB_SESSION_SWITCHED;
	m.subscriber_ip = m.local_magic = 0;
	m.mate = CLIENT;
	return m;
}

static struct fpt *new_client(const struct access *a)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = client(a);

	fpt_access(t);
	fpt_put(t, &m);
	return t;
}

static struct fpt *new_pair(const struct access *a)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = client(a), lns = to_lns();

	fpt_access(t);
	m.flags |= FIB_SESSION_SWITCHED;
	m.subscriber_ip = m.local_magic = 0;
	m.mate = SESSION;
	fpt_put(t, &m);
	fpt_put(t, &lns);
	return t;
}

static GByteArray *up(unsigned ttl)
{
	return b_ip4(IP_CLIENT, IP_HOST, 17, ttl, b_udp(5000, 5001, b_fill(20)));
}

static GByteArray *down(unsigned ttl)
{
	return b_ip4(IP_HOST, IP_CLIENT, 17, ttl, b_udp(5001, 5000, b_fill(30)));
}

static GByteArray *padded(GByteArray *take_frame, unsigned n)
{
	unsigned from = take_frame->len;

	g_byte_array_set_size(take_frame, MAX(from, n));
	memset(take_frame->data + from, 0xee, take_frame->len - from);
	return take_frame;
}

/* PPP ends here: IPv4 goes both ways as to any subscriber, padding does not. */
static void test_terminated(gconstpointer data)
{
	const struct access *a = data;
	struct fpt *t = new_client(a);
	struct msg_fib_counts n;

	fpt_in(t, PORT_ACCESS, padded(from_client(a, b_bare_ppp(0x21, up(64))), 120));
	fpt_expect_tx(t, PORT_HOST, b_to_host(up(63)));
	fpt_in(t, PORT_HOST, b_from_host(down(9)));
	fpt_expect_tx(t, PORT_ACCESS, to_client(a, b_bare_ppp(0x21, down(8))));
	/* With address and control field, which a client may not send, and compressed. */
	fpt_in(t, PORT_ACCESS, from_client(a, b_ppp(0x21, up(64))));
	fpt_expect_tx(t, PORT_HOST, b_to_host(up(63)));
	/* To us, and our answer. */
	fpt_in(t, PORT_ACCESS,
		from_client(a,
			b_bare_ppp(0x21, b_ip4(IP_CLIENT, IP_LOOP, 1, 64, b_echo(8, 40)))));
	fpt_expect_tx(t, PORT_ACCESS,
		to_client(a,
			b_bare_ppp(0x21, b_ip4(IP_LOOP, IP_CLIENT, 1, 255, b_echo(0, 40)))));
	fp_path_counts(t->path, CLIENT, &n);
	g_assert_true(n.known);
	g_assert_cmpuint(n.l2tp, ==, SID);
	g_assert_cmpuint(n.rx_packets, ==, 3);
	g_assert_cmpuint(n.rx_bytes, ==, 2 * 48 + 68);
	g_assert_cmpuint(n.tx_packets, ==, 2);
	g_assert_cmpuint(n.tx_bytes, ==, 58 + 68);
	g_assert_false(fp_path_has_heard(t->path));
	fpt_free(t);
}

/* The interface that the tags choose counts, and its port. */
static void test_counters(void)
{
	const struct access *a = &accesses[1];
	struct fpt *t = new_client(a);
	const struct fp_iface *sub = &t->path->iface[ACCESS_100];
	const struct fp_iface *port = &t->path->iface[PORT_ACCESS];

	fpt_in(t, PORT_ACCESS, from_client(a, b_bare_ppp(0x21, up(64))));
	fpt_in(t, PORT_HOST, b_from_host(down(9)));
	fpt_clear(t);
	g_assert_cmpuint(sub->rx_packets, ==, 1);
	g_assert_cmpuint(sub->rx_bytes, ==, 14 + 4 + 6 + 2 + 48);
	g_assert_cmpuint(sub->tx_packets, ==, 1);
	g_assert_cmpuint(sub->tx_bytes, ==, 14 + 4 + 6 + 2 + 58);
	g_assert_cmpuint(port->rx_packets, ==, 1);
	g_assert_cmpuint(port->tx_packets, ==, 1);
	fpt_free(t);
}

/* What ends here of PPP goes to the RP, as of L2TP sessions. */
static void test_control(void)
{
	const struct access *a = &accesses[2];
	struct fpt *t = new_client(a);
	struct msg_fib_session m = client(a);

	fpt_in(t, PORT_ACCESS, padded(from_client(a, b_bare_ppp(0xc021, b_fill(8))), 60));
	g_assert_cmpuint(fpt_row(t, FP_PUNT, 0)->pkt->session, ==, CLIENT);
	fpt_expect_punt(t, PKT_CLASS_PPP, b_bare_ppp(0xc021, b_fill(8)));
	fpt_inject(t, PKT_INJECT_PPP, CLIENT, b_ppp(0xc021, b_fill(8)));
	fpt_expect_tx(t, PORT_ACCESS, to_client(a, b_bare_ppp(0xc021, b_fill(8))));
	fpt_inject(t, PKT_INJECT_PPP, CLIENT, b_bare_ppp(0x8021, b_fill(8)));
	fpt_expect_tx(t, PORT_ACCESS, to_client(a, b_bare_ppp(0x8021, b_fill(8))));
	m.flags = FIB_SESSION_PPPOE;
	fpt_put(t, &m);
	fpt_in(t, PORT_ACCESS, from_client(a, b_bare_ppp(0xc223, b_fill(8))));
	fpt_expect_punt(t, PKT_CLASS_PPP, b_bare_ppp(0xc223, b_fill(8)));
	fpt_in(t, PORT_ACCESS, from_client(a, b_bare_ppp(0x21, up(64))));
	fpt_expect_drop(t, FP_DROP_CLOSED);
	fpt_in(t, PORT_HOST, b_from_host(down(9)));
	fpt_expect_drop(t, FP_DROP_CLOSED);
	fpt_free(t);
}

static void test_echo(void)
{
	const struct access *a = &accesses[1];
	struct fpt *t = new_client(a);
	struct msg_fib_session m = client(a);

	fpt_in(t, PORT_ACCESS,
		padded(from_client(a, b_bare_ppp(0xc021, b_lcp(9, 5, 0x01020304, 4))), 60));
	fpt_expect_tx(
		t, PORT_ACCESS, to_client(a, b_bare_ppp(0xc021, b_lcp(10, 5, MAGIC, 4))));
	m.echo_s = 10;
	fpt_put(t, &m);
	fpt_tick(t, dur_s(10));
	fpt_expect_tx(
		t, PORT_ACCESS, to_client(a, b_bare_ppp(0xc021, b_lcp(9, 1, MAGIC, 0))));
	fpt_in(t, PORT_ACCESS, from_client(a, b_bare_ppp(0xc021, b_lcp(10, 1, 0x01020304, 0))));
	g_assert_cmpuint(fpt_count(t, FP_DONE), ==, 1);
	for (unsigned i = 0; i < 4; i++) {
		g_assert_cmpuint(fp_path_next_dead(t->path), ==, 0);
		fpt_tick(t, dur_s(10));
	}
	g_assert_cmpuint(fp_path_next_dead(t->path), ==, CLIENT);
	fpt_free(t);
}

/* PADI and others, with their tags, by the interface that has them. */
static void test_discovery(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(accesses); i++) {
		const struct access *a = &accesses[i];
		struct fpt *t = fpt_new();
		GByteArray *padi;

		fpt_access(t);
		padi = tagged(MAC_ALL, MAC_CLIENT, a, 0, 0x8863,
			b_hex("1109 0000 0004 0101 0000"));
		fpt_in(t, PORT_ACCESS, b_copy(padi));
		g_assert_cmpuint(fpt_row(t, FP_PUNT, 0)->pkt->ifindex, ==, PORT_ACCESS);
		fpt_expect_punt(t, PKT_CLASS_DISCOVERY, b_copy(padi));
		fpt_iface(t, &(struct msg_fib_iface){ .ifindex = PORT_ACCESS, .up = true });
		fpt_in(t, PORT_ACCESS, b_copy(padi));
		if (a->n == 0)
			fpt_expect_drop(t, FP_DROP_PPPOE_OFF);
		else
			fpt_expect_punt(t, PKT_CLASS_DISCOVERY, b_copy(padi));
		fpt_in(t, PORT_HOST, padi);
		fpt_expect_drop(t, a->n ? FP_DROP_TAGGED : FP_DROP_PPPOE_OFF);
		fpt_free(t);
	}
}

/* Frames that are not the session's, by one thing each. */
static void test_not_its_own(void)
{
	static const struct access others[] = {
		{ "untagged", 0, { 0 }, { 0 } },
		{ "another inner tag", 2, { 0x8100, 0x8100 }, { 200, 8 } },
		{ "one tag", 1, { 0x8100 }, { 100 } },
	};
	const struct access *a = &accesses[2];
	struct fpt *t = new_client(a);
	GByteArray *ppp = b_bare_ppp(0x21, up(64)), *frame;

	for (unsigned i = 0; i < G_N_ELEMENTS(others); i++) {
		frame = from_client(&others[i], b_copy(ppp));
		fpt_in(t, PORT_ACCESS, b_copy(frame));
		fpt_expect_punt(t, PKT_CLASS_DISCOVERY, frame);
	}
	frame = tagged(MAC_US_3, MAC_OTHER, a, 0, 0x8864, b_pppoe(SID, b_copy(ppp)));
	fpt_in(t, PORT_ACCESS, b_copy(frame));
	fpt_expect_punt(t, PKT_CLASS_DISCOVERY, frame);
	frame = tagged(MAC_US_3, MAC_CLIENT, a, 0, 0x8864, b_pppoe(SID + 1, b_copy(ppp)));
	fpt_in(t, PORT_ACCESS, b_copy(frame));
	fpt_expect_punt(t, PKT_CLASS_DISCOVERY, frame);
	fpt_in(t, PORT_ACCESS,
		tagged(MAC_OTHER, MAC_CLIENT, a, 0, 0x8864, b_pppoe(SID, b_copy(ppp))));
	fpt_expect_drop(t, FP_DROP_NOT_OURS);
	fpt_in(t, PORT_ACCESS,
		tagged(MAC_ALL, MAC_CLIENT, a, 0, 0x8864, b_pppoe(SID, b_copy(ppp))));
	fpt_expect_drop(t, FP_DROP_NOT_OURS);
	/* By another port the number means another session, and there is no PPPoE. */
	fpt_in(t, PORT_HOST,
		b_eth(MAC_US_2, MAC_CLIENT, 0x8864, b_pppoe(SID, b_copy(ppp))));
	fpt_expect_drop(t, FP_DROP_PPPOE_SESSION);
	g_byte_array_unref(ppp);
	fpt_free(t);
}

/* An untagged packet whose payload looks like the tags and type of a session with two. */
static void test_forged_tags(void)
{
	const struct access forged = { "forged", 2, { 0x8864, 0 }, { 0x100, 0 } };
	struct fpt *t = new_client(&forged);
	GByteArray *frame = b_eth(MAC_US_3, MAC_CLIENT, 0x8864,
		b_hex("1100 1234 0012 8864 1100 1234 0006 0021 00000000 00000000"));

	fpt_in(t, PORT_ACCESS, b_copy(frame));
	fpt_expect_punt(t, PKT_CLASS_DISCOVERY, frame);
	fpt_free(t);
}

/* A flood of unknown sessions leaves discovery alone. */
static void test_flood(void)
{
	struct fpt *t = fpt_new();
	unsigned punted = 0;

	fpt_access(t);
	for (unsigned i = 0; i < 2000; i++) {
		fpt_in(t, PORT_ACCESS, b_eth(MAC_US_3, MAC_CLIENT, 0x8864,
					      b_pppoe(i + 1, b_bare_ppp(0x21, up(64)))));
		punted += fpt_count(t, FP_PUNT);
	}
	g_assert_cmpuint(punted, ==, 100);
	fpt_in(t, PORT_ACCESS,
		b_eth(MAC_ALL, MAC_CLIENT, 0x8863, b_hex("1109 0000 0004 0101 0000")));
	g_assert_cmpuint(fpt_count(t, FP_PUNT), ==, 1);
	fpt_free(t);
}

static const struct {
	const char *name, *pppoe;
	uint8_t why;
} malformed[] = {
	/* clang-format off */
	{ "nothing",       "",                                FP_DROP_PPPOE },
	{ "short",         "1100 1234 00",                    FP_DROP_PPPOE },
	{ "version",       "2100 1234 0004 c021 0000",        FP_DROP_PPPOE },
	{ "type",          "1200 1234 0004 c021 0000",        FP_DROP_PPPOE },
	{ "code",          "1109 1234 0004 c021 0000",        FP_DROP_PPPOE },
	{ "length-lies",   "1100 1234 0005 c021 0000",        FP_DROP_PPPOE },
	{ "length-ffff",   "1100 1234 ffff c021 0000",        FP_DROP_PPPOE },
	{ "no-ppp",        "1100 1234 0000",                  FP_DROP_PPP },
	{ "half-protocol", "1100 1234 0001 c021",             FP_DROP_PPP },
	{ "ff03-only",     "1100 1234 0002 ff03 c021",        FP_DROP_PPP },
	{ "no-ipv4",       "1100 1234 0002 0021",             FP_DROP_INNER_IP },
	{ "short-ipv4",    "1100 1234 0006 0021 4500 0014",   FP_DROP_INNER_IP },
	/* clang-format on */
};

static void test_malformed(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(malformed); i++) {
		const struct access *a = &accesses[i % G_N_ELEMENTS(accesses)];
		struct fpt *t = new_client(a);

		g_test_message("%s", malformed[i].name);
		fpt_in(t, PORT_ACCESS,
			tagged(MAC_US_3, MAC_CLIENT, a, 0, 0x8864, b_hex(malformed[i].pppoe)));
		fpt_expect_drop(t, malformed[i].why);
		fpt_free(t);
	}
}

/* Frames that end in a tag. */
static void test_short_tags(void)
{
	static const char *const ends[] = { "8100", "8100 00", "8100 0064", "8100 0064 88",
		"8100 00c8 8100", "88a8 00c8 8100 0007" };
	struct fpt *t = fpt_new();

	fpt_access(t);
	for (unsigned i = 0; i < G_N_ELEMENTS(ends); i++) {
		g_autofree char *digits =
			g_strdup_printf("020000000002 02cc00000001 %s", ends[i]);

		fpt_in(t, PORT_ACCESS, b_hex(digits));
		fpt_expect_drop(t, FP_DROP_SHORT);
	}
	fpt_free(t);
}

/* LAC: whatever the client and its LNS say goes through, with and without FF 03. */
static void test_switched(gconstpointer data)
{
	static const uint16_t protocols[] = { 0xc021, 0x8021, 0x0021, 0x0057 };
	const struct access *a = data;
	struct fpt *t = new_pair(a);
	struct msg_fib_counts n;

	for (unsigned i = 0; i < G_N_ELEMENTS(protocols); i++) {
		GByteArray *inner = protocols[i] == 0x21 ? up(1) : b_fill(64);

		fpt_in(t, PORT_ACCESS,
			padded(from_client(a, b_bare_ppp(protocols[i], b_copy(inner))), 200));
		fpt_expect_tx(t, PORT_LAC,
			b_to_lac(2 * i, b_l2tp(200, 22, b_ppp(protocols[i], b_copy(inner)))));
		fpt_in(t, PORT_ACCESS, from_client(a, b_ppp(protocols[i], b_copy(inner))));
		fpt_expect_tx(t, PORT_LAC,
			b_to_lac(2 * i + 1, b_l2tp(200, 22, b_ppp(protocols[i], b_copy(inner)))));
		fpt_in(t, PORT_LAC,
			b_from_lac(b_l2tp(100, 11, b_ppp(protocols[i], b_copy(inner)))));
		fpt_expect_tx(
			t, PORT_ACCESS, to_client(a, b_bare_ppp(protocols[i], b_copy(inner))));
		fpt_in(t, PORT_LAC,
			b_from_lac(b_l2tp(100, 11, b_bare_ppp(protocols[i], b_copy(inner)))));
		fpt_expect_tx(t, PORT_ACCESS, to_client(a, b_bare_ppp(protocols[i], inner)));
	}
	fp_path_counts(t->path, CLIENT, &n);
	g_assert_cmpuint(n.rx_packets, ==, 8);
	g_assert_cmpuint(n.tx_packets, ==, 8);
	fp_path_counts(t->path, SESSION, &n);
	g_assert_cmpuint(n.rx_packets, ==, 8);
	g_assert_cmpuint(n.tx_packets, ==, 8);
	g_assert_true(fp_path_has_heard(t->path));
	fpt_free(t);
}

/* Half of it in deletion or gone. */
static void test_half(void)
{
	const struct access *a = &accesses[1];
	struct fpt *t = new_pair(a);
	struct msg_fib_counts n;
	GByteArray *from_lns = b_from_lac(b_l2tp(100, 11, b_ppp(0xc021, b_fill(8))));

	fp_path_stop(t->path, CLIENT, SID + 1, &n); /* another one's */
	g_assert_false(n.known);
	fpt_in(t, PORT_LAC, b_copy(from_lns));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 1);
	fp_path_stop(t->path, CLIENT, SID, &n);
	g_assert_true(n.known);
	fpt_in(t, PORT_LAC, b_copy(from_lns));
	fpt_expect_drop(t, FP_DROP_STOPPED);
	fpt_in(t, PORT_ACCESS, from_client(a, b_bare_ppp(0xc021, b_fill(8))));
	fpt_expect_drop(t, FP_DROP_STOPPED);
	fp_path_remove(t->path, CLIENT);
	fpt_in(t, PORT_LAC, from_lns);
	fpt_expect_drop(t, FP_DROP_CLOSED);
	fpt_in(t, PORT_ACCESS, from_client(a, b_bare_ppp(0xc021, b_fill(8))));
	g_assert_cmpuint(fpt_count(t, FP_PUNT), ==, 1);
	fpt_free(t);
}

/* The number goes to another client: counters and keys are not inherited. */
static void test_next_client(void)
{
	struct fpt *t = new_client(&accesses[0]);
	struct msg_fib_session m = client(&accesses[0]), l2tp = fpt_session();
	struct msg_fib_counts n;

	fpt_in(t, PORT_ACCESS, from_client(&accesses[0], b_bare_ppp(0x21, up(64))));
	m.client = MAC_OTHER;
	fpt_put(t, &m);
	fp_path_counts(t->path, CLIENT, &n);
	g_assert_cmpuint(n.rx_packets, ==, 0);
	fpt_in(t, PORT_ACCESS, from_client(&accesses[0], b_bare_ppp(0x21, up(64))));
	g_assert_cmpuint(fpt_count(t, FP_PUNT), ==, 1);
	l2tp.index = CLIENT;
	fpt_put(t, &l2tp);
	g_assert_cmpuint(index_count(t->path->sessions.pppoe), ==, 0);
	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_ppp(0xc021, b_fill(8)))));
	fpt_expect_punt(t, PKT_CLASS_PPP, b_ppp(0xc021, b_fill(8)));
	fpt_put(t, &m);
	g_assert_false(fp_tunnel_known(&t->path->sessions, 100));
	g_assert_cmpuint(index_count(t->path->sessions.upstream), ==, 0);
	m.ifindex = 0;
	g_assert_false(fp_path_session(t->path, &m, t->now));
	m.ifindex = ACCESS_100;
	g_assert_false(fp_path_session(t->path, &m, t->now));
	fpt_free(t);
}

/* Nothing longer than the port takes is sent; what ends here is cut before. */
static void test_too_large(void)
{
	const struct access *a = &accesses[0];
	struct fpt *t = new_pair(a);
	struct msg_fib_session m = client(a);
	GByteArray *ip;

	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_ppp(0x57, b_fill(CLIENT_MRU)))));
	fpt_expect_tx(t, PORT_ACCESS, to_client(a, b_bare_ppp(0x57, b_fill(CLIENT_MRU))));
	fpt_inject(t, PKT_INJECT_PPP, CLIENT, b_bare_ppp(0x57, b_fill(CLIENT_MRU + 1)));
	fpt_expect_drop(t, FP_DROP_MTU);
	fpt_free(t);

	t = new_client(a);
	m.mtu = 1000;
	fpt_put(t, &m);
	ip = b_ip4(IP_HOST, IP_CLIENT, 17, 9, b_udp(1, 2, b_fill(1200)));
	fpt_in(t, PORT_HOST, b_from_host(ip));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 2);
	fpt_free(t);
}

/* Ports and subinterfaces come and go; the address of ours is the port's of the moment. */
static void test_port(void)
{
	const struct access *a = &accesses[1];
	struct fpt *t = new_client(a);
	struct msg_port_state port = { .ifindex = PORT_ACCESS,
		.up = true,
		.present = true,
		.mac = MAC_OTHER,
		.mtu = 1500 };

	fp_path_port(t->path, &port, t->now, t->sink);
	fpt_in(t, PORT_HOST, b_from_host(down(9)));
	fpt_expect_tx(t, PORT_ACCESS,
		b_eth(MAC_CLIENT, MAC_OTHER, 0x8100,
			b_tag(100, 0x8864, b_pppoe(SID, b_bare_ppp(0x21, down(8))))));
	port.up = false;
	fp_path_port(t->path, &port, t->now, t->sink);
	fpt_in(t, PORT_HOST, b_from_host(down(9)));
	fpt_expect_drop(t, FP_DROP_PORT_DOWN);
	port.up = true;
	fp_path_port(t->path, &port, t->now, t->sink);
	fpt_iface(t, &(struct msg_fib_iface){ .ifindex = ACCESS_100, .up = false,
			     .parent = PORT_ACCESS, .outer = 100 });
	fpt_in(t, PORT_HOST, b_from_host(down(9)));
	fpt_expect_drop(t, FP_DROP_PORT_DOWN);
	fpt_in(t, PORT_ACCESS,
		tagged(MAC_OTHER, MAC_CLIENT, a, 0, 0x8864, b_pppoe(SID, b_fill(4))));
	fpt_expect_drop(t, FP_DROP_IFACE_DOWN);
	fpt_iface(t, &(struct msg_fib_iface){ .ifindex = ACCESS_100, .deleted = true,
			     .parent = PORT_ACCESS, .outer = 100 });
	fpt_in(t, PORT_HOST, b_from_host(down(9)));
	fpt_expect_drop(t, FP_DROP_PORT_DOWN);
	fpt_in(t, PORT_ACCESS,
		tagged(MAC_OTHER, MAC_CLIENT, a, 0, 0x8864, b_pppoe(SID, b_fill(4))));
	fpt_expect_drop(t, FP_DROP_TAGGED);
	fpt_iface(t, &(struct msg_fib_iface){ .ifindex = ACCESS_100, .up = true,
			     .parent = PORT_ACCESS, .outer = 100 });
	fpt_in(t, PORT_HOST, b_from_host(down(9)));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 1);
	fpt_free(t);
}

/* Whole frames of an RP: discovery. */
static void inject_ether(struct fpt *t, uint16_t ifindex, GByteArray *take)
{
	struct pkt *p = fpt_pkt(t);

	fpt_clear(t);
	memcpy(pkt_data(p), take->data, take->len);
	p->len = (uint16_t)take->len;
	p->flags = PKT_INJECT_ETHER;
	p->ifindex = ifindex;
	g_byte_array_unref(take);
	fp_path_inject(t->path, &p, 1, t->now, t->sink);
}

static void test_inject(void)
{
	struct fpt *t = fpt_new();
	GByteArray *pado = tagged(MAC_CLIENT, MAC_US_3, &accesses[1], 0, 0x8863,
		b_hex("1107 0000 0004 0101 0000"));

	fpt_access(t);
	inject_ether(t, PORT_ACCESS, b_copy(pado));
	fpt_expect_tx(t, PORT_ACCESS, b_copy(pado));
	g_assert_cmpuint(t->path->iface[ACCESS_100].tx_packets, ==, 1);
	inject_ether(t, 4, b_copy(pado)); /* no such port */
	fpt_expect_drop(t, FP_DROP_PORT_DOWN);
	inject_ether(t, ACCESS_100, b_copy(pado));
	fpt_expect_drop(t, FP_DROP_INJECT);
	inject_ether(t, 0, pado);
	fpt_expect_drop(t, FP_DROP_INJECT);
	inject_ether(t, PORT_ACCESS, b_fill(13));
	fpt_expect_drop(t, FP_DROP_INJECT);
	fpt_free(t);
}

/* What is told of a session is what was said of it. */
static void test_config(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(accesses); i++) {
		struct fpt *t = new_client(&accesses[i]);
		struct msg_fib_session said = client(&accesses[i]), told;

		said.mss = 1400;
		fpt_put(t, &said);
		fp_sessions_config(&t->path->sessions, CLIENT, &told);
		g_assert_true(rec_equal(ipc_table(IPC_FIB_SESSION), &said, &told));
		fpt_free(t);
	}
}

/* Everything that the tests above send, by another program. */
static void test_tshark(void)
{
	g_autofree char *dir = g_dir_make_tmp("fp-pppoe-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "out.pcapng", NULL);
	g_autofree char *found = g_find_program_in_path("tshark");
	g_autofree char *out = NULL;
	const char *argv[] = { "tshark", "-r", path, "-T", "fields", "-E",
		"separator=,", "-e", "ieee8021ad.id", "-e", "vlan.id", "-e", "pppoe.session_id", "-e", "ppp.protocol",
		"-e", "ip.dst", "-e", "_ws.malformed", NULL };
	struct pcapng *to = pcapng_open(path, 0, NULL);

	g_assert_nonnull(to);
	for (unsigned i = 0; i < G_N_ELEMENTS(accesses); i++) {
		struct fpt *t = new_client(&accesses[i]);

		if (i == 0)
			fpt_record(t, to);
		else
			t->capture = to;
		fpt_in(t, PORT_HOST, b_from_host(down(9)));
		fpt_clear(t);
		fpt_in(t, PORT_ACCESS,
			from_client(&accesses[i],
				b_bare_ppp(0xc021, b_lcp(9, 5, 0x01020304, 0))));
		fpt_free(t);
	}
	g_assert_true(pcapng_close(to, NULL));
	if (found) {
		g_assert_true(g_spawn_sync(NULL, (char **)(void *)argv, NULL,
			G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out,
			NULL, NULL, NULL));
		g_assert_cmpstr(out, ==,
			",,0x1234,0x0021,100.64.1.2,\n"
			",,0x1234,0xc021,,\n"
			",100,0x1234,0x0021,100.64.1.2,\n"
			",100,0x1234,0xc021,,\n"
			"200,7,0x1234,0x0021,100.64.1.2,\n"
			"200,7,0x1234,0xc021,,\n"
			",200,4094,0x1234,0x0021,100.64.1.2,\n"
			",200,4094,0x1234,0xc021,,\n");
	} else {
		g_test_skip("tshark is not installed");
	}
	g_unlink(path);
	g_rmdir(dir);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(accesses); i++) {
		g_autofree char *ends =
			g_strdup_printf("/fp/pppoe/terminated/%s", accesses[i].name);
		g_autofree char *goes =
			g_strdup_printf("/fp/pppoe/switched/%s", accesses[i].name);

		g_test_add_data_func(ends, &accesses[i], test_terminated);
		g_test_add_data_func(goes, &accesses[i], test_switched);
	}
	g_test_add_func("/fp/pppoe/counters", test_counters);
	g_test_add_func("/fp/pppoe/control", test_control);
	g_test_add_func("/fp/pppoe/echo", test_echo);
	g_test_add_func("/fp/pppoe/discovery", test_discovery);
	g_test_add_func("/fp/pppoe/not-its-own", test_not_its_own);
	g_test_add_func("/fp/pppoe/forged-tags", test_forged_tags);
	g_test_add_func("/fp/pppoe/flood", test_flood);
	g_test_add_func("/fp/pppoe/malformed", test_malformed);
	g_test_add_func("/fp/pppoe/short-tags", test_short_tags);
	g_test_add_func("/fp/pppoe/half", test_half);
	g_test_add_func("/fp/pppoe/next-client", test_next_client);
	g_test_add_func("/fp/pppoe/too-large", test_too_large);
	g_test_add_func("/fp/pppoe/port", test_port);
	g_test_add_func("/fp/pppoe/inject", test_inject);
	g_test_add_func("/fp/pppoe/config", test_config);
	g_test_add_func("/fp/pppoe/tshark", test_tshark);
	return g_test_run();
}
