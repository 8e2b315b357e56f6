/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fp/harness.h"

static GByteArray *slice(const GByteArray *b, unsigned from, unsigned n)
{
	GByteArray *s = g_byte_array_new();

	g_byte_array_append(s, b->data + from, n);
	return s;
}

/* The n-th octets of a datagram as a fragment, from the LAC to us. */
static GByteArray *piece(const GByteArray *udp, unsigned from, unsigned n, bool last)
{
	struct b_ip h = { .src = IP_LAC,
		.dst = IP_US,
		.proto = 17,
		.ttl = 64,
		.id = 77,
		.frag = (uint16_t)(from / 8 | (last ? 0 : 0x2000)) };

	return b_eth(MAC_US, MAC_LAC, 0x0800, b_ip(&h, slice(udp, from, n)));
}

static struct fpt *with_session(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	fpt_put(t, &m);
	return t;
}

static GByteArray *inner(unsigned ttl, unsigned n)
{
	return b_ip4(IP_SUB, IP_HOST, 17, ttl, b_fill(n));
}

/* Appends the payload of a sent fragment where it belongs. */
static void gather(const struct fp_row *row, GByteArray *whole, bool *saw_last)
{
	const uint8_t *p = (const uint8_t *)row->pkt + row->pkt->off + 14;
	unsigned hdr = (p[0] & 15) * 4u;
	unsigned frag = be16(p + 6);
	unsigned n = be16(p + 2) - hdr;

	g_assert_cmpuint((frag & 0x1fff) * 8, ==, whole->len); /* in order */
	g_byte_array_append(whole, p + hdr, n);
	*saw_last = !(frag & 0x2000);
	if (!*saw_last)
		g_assert_cmpuint(n % 8, ==, 0);
}

/* 1,500 octets for a session of 1,400: two packets, each in L2TP of its own. */
static void test_cut_inner(void)
{
	struct fpt *t = with_session();
	g_autoptr(GByteArray) payload = b_fill(1480);
	g_autoptr(GByteArray) got = g_byte_array_new();
	struct msg_fib_counts n;

	fpt_in(t, PORT_HOST,
		b_from_host(b_ip4(IP_HOST, IP_SUB, 17, 64, b_copy(payload))));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 2);
	g_assert_cmpuint(fpt_count(t, FP_DONE), ==, 1);
	for (unsigned i = 0; i < 2; i++) {
		const struct pkt *p = fpt_row(t, FP_TX, i)->pkt;
		const uint8_t *ip = (const uint8_t *)p + p->off + 14 + 20 + 8 + 6 + 4;

		g_assert_cmpuint(be16(ip + 2), <=, 1400);
		g_byte_array_append(got, ip + 20, be16(ip + 2) - 20u);
	}
	g_assert_cmpmem(got->data, got->len, payload->data, payload->len);
	fp_path_counts(t->path, SESSION, &n);
	g_assert_cmpuint(n.tx_packets, ==, 2);
	fpt_free(t);
}

/* A session larger than the port: the outer packet is cut. */
static void test_cut_outer(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();
	g_autoptr(GByteArray) got = g_byte_array_new();
	g_autoptr(GByteArray) want = NULL;
	bool saw_last = false;

	m.mtu = 1500;
	fpt_put(t, &m);
	fpt_in(t, PORT_HOST, b_from_host(b_ip4(IP_HOST, IP_SUB, 17, 64, b_fill(1480))));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 2);
	for (unsigned i = 0; i < 2; i++)
		gather(fpt_row(t, FP_TX, i), got, &saw_last);
	g_assert_true(saw_last);
	want = b_udp(1701, 1701,
		b_l2tp(200, 22,
			b_ppp(0x0021, b_ip4(IP_HOST, IP_SUB, 17, 63, b_fill(1480)))));
	g_assert_cmpmem(got->data, got->len, want->data, want->len);
	fpt_free(t);
}

static void test_cut_without_buffers(void)
{
	struct fpt *t = with_session();

	t->starve = true;
	fpt_in(t, PORT_HOST, b_from_host(b_ip4(IP_HOST, IP_SUB, 17, 64, b_fill(1480))));
	fpt_expect_drop(t, FP_DROP_FRAGMENT);
	fpt_free(t);
}

/* Options with the copied bit go along, others become no-operations (RFC 791). */
static void test_options(void)
{
	struct fpt *t = with_session();
	GByteArray *ip = b_ip4(IP_HOST, IP_SUB, 17, 64, b_fill(1480));
	static const guint8 options[8] = { 0x07, 3, 4, 0x83, 3, 4, 1, 0 };
	unsigned sum = 0;

	g_byte_array_set_size(ip, ip->len + 8);
	memmove(ip->data + 28, ip->data + 20, ip->len - 28);
	memcpy(ip->data + 20, options, 8);
	ip->data[0] = 0x47;
	ip->data[2] = (guint8)(ip->len >> 8);
	ip->data[3] = (guint8)ip->len;
	ip->data[10] = ip->data[11] = 0;
	for (unsigned i = 0; i < 28; i += 2)
		sum += be16(ip->data + i);
	sum = ~((sum & 0xffff) + (sum >> 16));
	ip->data[10] = (guint8)(sum >> 8);
	ip->data[11] = (guint8)sum;
	fpt_in(t, PORT_HOST, b_from_host(ip));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 2);
	for (unsigned i = 0; i < 2; i++) {
		static const guint8 later[8] = { 1, 1, 1, 0x83, 3, 4, 1, 0 };
		const struct pkt *p = fpt_row(t, FP_TX, i)->pkt;
		const uint8_t *in = (const uint8_t *)p + p->off + 52;

		g_assert_cmpmem(in + 20, 8, i ? later : options, 8);
	}
	fpt_free(t);
}

/* ---- joining ---- */

static void test_join(gconstpointer data)
{
	const char *order = data; /* of the pieces */
	struct fpt *t = with_session();
	g_autoptr(GByteArray) udp =
		b_udp(1701, 1701, b_l2tp(100, 11, b_ppp(0x0021, inner(64, 1480))));
	unsigned step = 512;

	for (const char *o = order; *o; o++) {
		unsigned from = (unsigned)(*o - '0') * step;
		bool last = from + step >= udp->len;

		fpt_in(t, PORT_LAC, piece(udp, from, MIN(step, udp->len - from), last));
		g_assert_cmpuint(fpt_count(t, FP_TX), ==, o[1] ? 0 : 1);
	}
	fpt_expect_tx(t, PORT_HOST, b_to_host(inner(63, 1480)));
	fpt_tick(t, dur_s(10));
	g_assert_cmpuint(t->sink->n, ==, 0);
	fpt_free(t);
}

static void test_join_times_out(void)
{
	struct fpt *t = with_session();
	g_autoptr(GByteArray) udp =
		b_udp(1701, 1701, b_l2tp(100, 11, b_ppp(0x0021, inner(64, 1000))));

	fpt_in(t, PORT_LAC, piece(udp, 0, 504, false));
	fpt_tick(t, dur_ms(FP_REASSEMBLY_MS + 1));
	g_assert_cmpuint(fpt_row(t, FP_DROP, 0)->what, ==, FP_DROP_REASSEMBLY);
	fpt_in(t, PORT_LAC, piece(udp, 504, udp->len - 504, true));
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 0);
	fpt_free(t);
}

static void expect_given_up(struct fpt *t)
{
	g_assert_cmpuint(fpt_count(t, FP_DROP), ==, 1);
	g_assert_cmpuint(fpt_row(t, FP_DROP, 0)->what, ==, FP_DROP_REASSEMBLY);
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 0);
	fpt_clear(t);
}

static void test_join_refuses(void)
{
	struct fpt *t = with_session();
	g_autoptr(GByteArray) udp =
		b_udp(1701, 1701, b_l2tp(100, 11, b_ppp(0x0021, inner(64, 1000))));
	struct b_ip beyond = {
		.src = IP_LAC, .dst = IP_US, .proto = 17, .ttl = 64, .frag = 0x3ff0
	};

	fpt_in(t, PORT_LAC, piece(udp, 0, 504, false));
	fpt_in(t, PORT_LAC, piece(udp, 496, 504, false)); /* overlaps */
	expect_given_up(t);
	fpt_in(t, PORT_LAC, piece(udp, 0, 503, false)); /* not a multiple of 8 */
	expect_given_up(t);
	fpt_in(t, PORT_LAC, piece(udp, 504, 100, true));
	fpt_in(t, PORT_LAC, piece(udp, 800, 100, true)); /* two ends */
	expect_given_up(t);
	fpt_in(t, PORT_LAC, piece(udp, 800, 8, false));
	fpt_in(t, PORT_LAC,
		piece(udp, 504, 100, true)); /* an end before what is there */
	expect_given_up(t);
	fpt_in(t, PORT_LAC, piece(udp, 0, 0, false)); /* nothing in it */
	expect_given_up(t);
	fpt_in(t, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, b_ip(&beyond, b_fill(504))));
	expect_given_up(t);
	fpt_free(t);
}

/* More unfinished packets than are kept, and packets in more pieces than are kept apart. */
static void test_join_limits(void)
{
	struct fpt *t = with_session();
	g_autoptr(GByteArray) data = b_fill(64);
	unsigned held = t->n_spare;

	for (unsigned i = 0; i < 1000; i++) {
		struct b_ip h = { .src = IP_LAC,
			.dst = IP_US,
			.proto = 17,
			.ttl = 64,
			.id = (uint16_t)i,
			.frag = 0x2000 };

		fpt_in(t, PORT_LAC,
			b_eth(MAC_US, MAC_LAC, 0x0800, b_ip(&h, b_copy(data))));
	}
	fpt_clear(t);
	g_assert_cmpuint(held - t->n_spare, ==, FP_REASSEMBLIES);
	fpt_tick(t, dur_ms(2001));
	g_assert_cmpuint(fpt_count(t, FP_DROP), ==, FP_REASSEMBLIES);
	for (unsigned i = 0; i < 100; i++)
		fpt_in(t, PORT_LAC, piece(data, 16 * (i % 100), 0, false));
	fpt_free(t);
}

int main(int argc, char **argv)
{
	static const char *const orders[] = { "012", "210", "102", "021", "201",
		"120" };

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/frag/cut-inner", test_cut_inner);
	g_test_add_func("/fp/frag/cut-outer", test_cut_outer);
	g_test_add_func("/fp/frag/cut-without-buffers", test_cut_without_buffers);
	g_test_add_func("/fp/frag/options", test_options);
	for (unsigned i = 0; i < G_N_ELEMENTS(orders); i++) {
		g_autofree char *path = g_strdup_printf("/fp/frag/join/%s", orders[i]);

		g_test_add_data_func(path, orders[i], test_join);
	}
	g_test_add_func("/fp/frag/join-times-out", test_join_times_out);
	g_test_add_func("/fp/frag/join-refuses", test_join_refuses);
	g_test_add_func("/fp/frag/join-limits", test_join_limits);
	return g_test_run();
}
