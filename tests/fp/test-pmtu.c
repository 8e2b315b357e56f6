/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Path MTU of tunnels: the DF bit goes along, and what routers say of packets that are too large
 * for their way is taken to heart, if they may have seen them.
 */
#include "tests/fp/harness.h"

enum { DF = 0x4000, UDP_PORT = 1701 };

#define IP_ROUTER UINT32_C(0x0a6300fe)

static struct msg_fib_session session(void)
{
	struct msg_fib_session m = fpt_session();

	m.flags |= FIB_SESSION_PMTU;
	m.mtu = 1460;
	return m;
}

static struct fpt *new_session(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = session();

	fpt_put(t, &m);
	return t;
}

/* To the subscriber, of n octets in all. */
static GByteArray *down(unsigned ttl, unsigned frag, unsigned n)
{
	struct b_ip h = { .src = IP_HOST, .dst = IP_SUB, .proto = 17, .ttl = (uint8_t)ttl,
		.id = 9, .frag = (uint16_t)frag };

	return b_ip(&h, b_udp(5, 6, b_fill(n - 28)));
}

/* What a router says about a packet of the tunnel. */
struct said {
	const char *name;
	uint32_t src, dst; /* of what is quoted */
	uint16_t sport, frag, total, mtu;
	uint16_t inner; /* afterwards so much fits inside */
};

static GByteArray *icmp(const struct said *said)
{
	struct b_ip h = { .src = said->src, .dst = said->dst, .proto = 17, .ttl = 254,
		.frag = said->frag };
	GByteArray *quote = b_ip(&h, b_udp(said->sport, UDP_PORT, NULL));
	GByteArray *b = b_hex("0304 0000 0000 0000");
	unsigned sum = 0;

	quote->data[2] = (guint8)(said->total >> 8);
	quote->data[3] = (guint8)said->total;
	b->data[6] = (guint8)(said->mtu >> 8);
	b->data[7] = (guint8)said->mtu;
	g_byte_array_append(b, quote->data, quote->len);
	g_byte_array_unref(quote);
	for (unsigned i = 0; i < b->len; i++)
		sum += i % 2 ? b->data[i] : (unsigned)b->data[i] << 8;
	while (sum > 0xffff)
		sum = sum / 65536 + sum % 65536;
	b->data[2] = (guint8)(~sum >> 8);
	b->data[3] = (guint8)~sum;
	return b_eth(MAC_US, MAC_LAC, 0x0800, b_ip4(IP_ROUTER, IP_US, 1, 64, b));
}

static unsigned fits(const struct fpt *t)
{
	return fp_sessions_get(&t->path->sessions, SESSION)->mtu;
}

/* DF of what is inside, or none. */
static void test_df(void)
{
	struct fpt *t = new_session();
	struct b_ip h = { .src = IP_US, .dst = IP_LAC, .proto = 17, .ttl = 255 };
	struct msg_fib_session m = session();

	fpt_in(t, PORT_HOST, b_from_host(down(9, 0, 100)));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(0, b_l2tp(200, 22, b_ppp(0x21, down(8, 0, 100)))));
	h.id = 1;
	h.frag = DF;
	fpt_in(t, PORT_HOST, b_from_host(down(9, DF, 100)));
	fpt_expect_tx(t, PORT_LAC,
		b_eth(MAC_LAC, MAC_US, 0x0800,
			b_ip(&h, b_udp(1701, 1701,
					 b_l2tp(200, 22, b_ppp(0x21, down(8, DF, 100)))))));
	/* PPP control is cut if it must be. */
	fpt_inject(t, PKT_INJECT_PPP, SESSION, b_ppp(0xc021, b_fill(8)));
	fpt_expect_tx(t, PORT_LAC, b_to_lac(2, b_l2tp(200, 22, b_ppp(0xc021, b_fill(8)))));
	m.flags = FIB_SESSION_OPEN;
	fpt_put(t, &m);
	fpt_in(t, PORT_HOST, b_from_host(down(9, DF, 100)));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(3, b_l2tp(200, 22, b_ppp(0x21, down(8, DF, 100)))));
	fpt_free(t);
}

static const struct said rows[] = {
	/* clang-format off */
	{ "told",        IP_US, IP_LAC, 1701, DF, 1498, 1400, 1400 - 38 },
	{ "least",       IP_US, IP_LAC, 1701, DF, 1498, 1,    618 - 38 },
	{ "old-router",  IP_US, IP_LAC, 1701, DF, 1498, 0,    1492 - 38 },
	{ "old-router-again", IP_US, IP_LAC, 1701, DF, 1492, 0, 1006 - 38 },
	{ "no-less",     IP_US, IP_LAC, 1701, DF, 1400, 1400, 1460 },
	{ "more",        IP_US, IP_LAC, 1701, DF, 1400, 9000, 1460 },
	{ "without-df",  IP_US, IP_LAC, 1701, 0,  1498, 1400, 1460 },
	{ "other-peer",  IP_US, IP_LAC + 1, 1701, DF, 1498, 1400, 1460 },
	{ "other-source", IP_US + 1, IP_LAC, 1701, DF, 1498, 1400, 1460 },
	{ "other-port",  IP_US, IP_LAC, 1702, DF, 1498, 1400, 1460 },
	/* clang-format on */
};

static void test_told(gconstpointer data)
{
	const struct said *said = data;
	struct fpt *t = new_session();
	struct msg_fib_session m = session();

	fpt_in(t, PORT_LAC, icmp(said));
	g_assert_cmpuint(fpt_count(t, FP_DONE), ==, 1);
	g_assert_cmpuint(fits(t), ==, said->inner);
	/* What the RP says again does not change what is known of the way. */
	fpt_put(t, &m);
	g_assert_cmpuint(fits(t), ==, said->inner);
	m.mtu = 600;
	fpt_put(t, &m);
	g_assert_cmpuint(fits(t), ==, MIN(600, said->inner));
	fp_sessions_config(&t->path->sessions, SESSION, &m);
	g_assert_cmpuint(m.mtu, ==, 600);
	g_assert_cmphex(m.flags, ==, FIB_SESSION_OPEN | FIB_SESSION_PMTU);
	fpt_free(t);
}

/* Before it goes in: cut, or the sender is told; after a while all is as before. */
static void test_afterwards(void)
{
	struct fpt *t = new_session();
	struct msg_fib_session other = fpt_session();
	const uint8_t *p;

	other.index = SESSION + 1;
	other.local_session++;
	other.subscriber_ip++;
	other.mtu = 1460;
	fpt_put(t, &other); /* does not care */
	fpt_in(t, PORT_LAC, icmp(&rows[0]));
	fpt_in(t, PORT_HOST, b_from_host(down(9, DF, 1363)));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 1);
	p = pkt_data(fpt_row(t, FP_TX, 0)->pkt) + 14;
	g_assert_cmphex(be32(p + 16), ==, IP_HOST);
	g_assert_cmphex(be16(p + 20), ==, 0x0304);
	g_assert_cmpuint(be16(p + 26), ==, 1362);
	fpt_clear(t);
	fpt_in(t, PORT_HOST, b_from_host(down(9, DF, 1362)));
	g_assert_cmpuint(fpt_row(t, FP_TX, 0)->pkt->len, ==, 14 + 1400);
	fpt_in(t, PORT_HOST, b_from_host(down(9, 0, 1460)));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 2);
	g_assert_cmpuint(fp_sessions_get(&t->path->sessions, SESSION + 1)->mtu, ==, 1460);
	/* A larger one is no news, a smaller one is. */
	fpt_in(t, PORT_LAC,
		icmp(&(struct said){ "", IP_US, IP_LAC, 1701, DF, 1498, 1450, 0 }));
	g_assert_cmpuint(fits(t), ==, 1400 - 38);
	fpt_in(t, PORT_LAC,
		icmp(&(struct said){ "", IP_US, IP_LAC, 1701, DF, 1400, 1300, 0 }));
	g_assert_cmpuint(fits(t), ==, 1300 - 38);
	fpt_tick(t, dur_s(599));
	g_assert_cmpuint(fits(t), ==, 1300 - 38);
	fpt_tick(t, dur_s(2));
	g_assert_cmpuint(fits(t), ==, 1460);
	fpt_free(t);
}

/* Our own port is the first that may be too narrow. */
static void test_own_port(void)
{
	struct fpt *t = new_session();

	fpt_iface(t, &(struct msg_fib_iface){ .ifindex = PORT_LAC, .up = true, .ip = IP_US,
			     .mask = 0xffffff00, .mtu = 1400 });
	fpt_in(t, PORT_HOST, b_from_host(down(9, DF, 1460)));
	fpt_expect_drop(t, FP_DROP_MTU);
	g_assert_cmpuint(fits(t), ==, 1400 - 38);
	fpt_in(t, PORT_HOST, b_from_host(down(9, DF, 1362)));
	g_assert_cmpuint(fpt_row(t, FP_TX, 0)->pkt->len, ==, 14 + 1400);
	fpt_free(t);
}

/* A subscriber says it, or the words are spoilt, or it is said all the time. */
static void test_not_believed(void)
{
	struct fpt *t = new_session();
	GByteArray *frame = icmp(&rows[0]), *inner = g_byte_array_new(), *bad;

	g_byte_array_append(inner, frame->data + 14, frame->len - 14);
	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_ppp(0x21, inner))));
	fpt_expect_drop(t, FP_DROP_ICMP);
	bad = b_copy(frame);
	bad->data[bad->len - 1] ^= 1;
	fpt_in(t, PORT_LAC, bad);
	fpt_expect_drop(t, FP_DROP_ICMP);
	g_assert_cmpuint(fits(t), ==, 1460);
	for (unsigned i = 0; i < 10; i++)
		fpt_in(t, PORT_LAC, icmp(&rows[6 + i % 4]));
	for (unsigned i = 0; i < 20; i++)
		fpt_in(t, PORT_LAC,
			icmp(&(struct said){ "", IP_US, IP_LAC + 1 + i, 1701, DF, 1498, 1400, 0 }));
	fpt_in(t, PORT_LAC, b_copy(frame)); /* too many in this second */
	g_assert_cmpuint(fits(t), ==, 1460);
	fpt_tick(t, dur_s(1));
	fpt_in(t, PORT_LAC, frame);
	g_assert_cmpuint(fits(t), ==, 1400 - 38);
	fpt_free(t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/pmtu/df", test_df);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/fp/pmtu/told/%s", rows[i].name);

		g_test_add_data_func(path, &rows[i], test_told);
	}
	g_test_add_func("/fp/pmtu/afterwards", test_afterwards);
	g_test_add_func("/fp/pmtu/own-port", test_own_port);
	g_test_add_func("/fp/pmtu/not-believed", test_not_believed);
	return g_test_run();
}
