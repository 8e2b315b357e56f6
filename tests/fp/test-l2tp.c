/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows M1 to M20 of the bad-input catalogue on the data path; punt classes of L2TP control;
 * PPP control; LCP echoes.
 */
#include "tests/fp/harness.h"

#define IPV4_IN_PPP                                                                    \
	"ff03 0021 4500 0018 0000 0000 4001 54a3 6440 0001 c000 0201 0800 f7ff"

/* The datagram after UDP, and what must become of it: a drop reason, or -1: forwarded, or
 * -2: punted. */
enum { FORWARDED = -1, PUNTED = -2 };

static const struct row {
	const char *name;
	const char *hex;
	int what;
	uint32_t flags; /* of the session, beside open */
	bool closed;
	uint32_t src;   /* 0: the LAC */
	unsigned sport; /* 0: 1701 */
} rows[] = {
	/* clang-format off */
	{ "plain",               "0002 0064 000b " IPV4_IN_PPP, FORWARDED },
	{ "m1-0-octets",         "",                            FP_DROP_L2TP_HEADER },
	{ "m1-1-octet",          "00",                          FP_DROP_L2TP_HEADER },
	{ "m1-5-octets",         "0002 0064 00",                FP_DROP_L2TP_HEADER },
	{ "m2-6-octets-t",       "c802 0006 0064",              FP_DROP_L2TP_HEADER },
	{ "m2-11-octets-t",      "c802 000b 0064 000b 0000 00", FP_DROP_L2TP_HEADER },
	{ "m3-version-0",        "0000 0064 000b " IPV4_IN_PPP, FP_DROP_L2TP_HEADER },
	{ "m3-version-1",        "0001 0064 000b " IPV4_IN_PPP, FP_DROP_L2TP_HEADER },
	{ "m3-version-3",        "0003 0064 000b " IPV4_IN_PPP, FP_DROP_L2TP_HEADER },
	{ "m3-version-15",       "000f 0064 000b " IPV4_IN_PPP, FP_DROP_L2TP_HEADER },
	{ "m4-t-without-l",      "8802 0064 000b 0000 0000",    FP_DROP_L2TP_HEADER },
	{ "m5-t-without-s",      "c002 000c 0064 000b 0000 0000", FP_DROP_L2TP_HEADER },
	{ "m6-t-and-o",          "ca02 000e 0064 0000 0000 0000 0000", FP_DROP_L2TP_HEADER },
	{ "m6-t-and-p",          "c902 000c 0064 0000 0000 0000", FP_DROP_L2TP_HEADER },
	{ "m7-length-beyond",    "c802 000d 0064 0000 0000 0000", FP_DROP_L2TP_HEADER },
	{ "m7-data-length-beyond", "4002 00ff 0064 000b " IPV4_IN_PPP, FP_DROP_L2TP_HEADER },
	{ "m8-length-under-12",  "c802 000b 0064 0000 0000 0000", FP_DROP_L2TP_HEADER },
	{ "m9-length-trims",     "4002 0024 0064 000b " IPV4_IN_PPP "ffff", FORWARDED },
	{ "m9-control-trimmed",  "c802 000c 0064 0000 0000 0000 ffff", PUNTED },
	{ "m10-reserved-bits",   "34f2 0064 000b " IPV4_IN_PPP, FORWARDED },
	{ "m11-unknown-tunnel",  "0002 0065 000b " IPV4_IN_PPP, FP_DROP_TUNNEL },
	{ "m12-other-address",   "0002 0064 000b " IPV4_IN_PPP, FP_DROP_PEER, .src = IP_LAC + 8 },
	{ "m13-other-port",      "0002 0064 000b " IPV4_IN_PPP, FP_DROP_PEER, .sport = 1702 },
	{ "m14-offset-65535",    "0202 0064 000b ffff " IPV4_IN_PPP, FP_DROP_L2TP_HEADER },
	{ "m14-offset-4",        "0202 0064 000b 0004 00000000 " IPV4_IN_PPP, FORWARDED },
	{ "m15-offset-to-end",   "0202 0064 000b 0002 ff03",    FP_DROP_PPP },
	{ "m15-no-ppp",          "0002 0064 000b",              FP_DROP_PPP },
	{ "m15-half-protocol",   "0002 0064 000b ff03 00",      FP_DROP_PPP },
	{ "m16-length-0",        "4002 0000 0064 000b " IPV4_IN_PPP, FP_DROP_L2TP_HEADER },
	{ "m17-session-0",       "0002 0064 0000 " IPV4_IN_PPP, FP_DROP_SESSION },
	{ "m18-other-tunnels",   "0002 0066 000b " IPV4_IN_PPP, FP_DROP_SESSION },
	{ "m19-not-open",        "0002 0064 000b " IPV4_IN_PPP, FP_DROP_CLOSED, .closed = true },
	{ "m20-number-missing",  "0002 0064 000b " IPV4_IN_PPP, FP_DROP_SEQUENCE,
	  FIB_SESSION_SEQ_REQUIRED },
	{ "m20-number-there",    "0802 0064 000b 0000 0000 " IPV4_IN_PPP, FORWARDED,
	  FIB_SESSION_SEQ_REQUIRED },
	{ "number-not-needed",   "0802 0064 000b 0000 0000 " IPV4_IN_PPP, FORWARDED },
	{ "inner-truncated",     "0002 0064 000b ff03 0021 4500 0018 0000", FP_DROP_INNER_IP },
	/* clang-format on */
};

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();
	uint32_t src = row->src ? row->src : IP_LAC;
	unsigned sport = row->sport ? row->sport : 1701;
	unsigned n;

	m.flags = (row->closed ? 0 : FIB_SESSION_OPEN) | row->flags;
	fpt_put(t, &m);
	m.index = 9;
	m.local_tunnel = 102;
	m.local_session = 77;
	m.subscriber_ip++;
	fpt_put(t, &m);
	fpt_in(t, PORT_LAC,
		b_eth(MAC_US, MAC_LAC, 0x0800,
			b_ip4(src, IP_US, 17, 64,
				b_udp(sport, 1701, b_hex(row->hex)))));
	n = t->sink->n;
	g_assert_cmpuint(n, ==, 1);
	if (row->what == FORWARDED)
		fpt_expect_tx(t, PORT_HOST,
			b_to_host(b_hex("4500 0018 0000 0000 3f01 55a3 "
					"6440 0001 c000 0201 0800 f7ff")));
	else if (row->what == PUNTED)
		g_assert_nonnull(fpt_row(t, FP_PUNT, 0));
	else
		fpt_expect_drop(t, (enum fp_drop)row->what);
	fpt_free(t);
}

/* UDP lengths that lie. */
static void test_udp_length(void)
{
	static const uint8_t lengths[] = { 0, 7, 100 };
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	fpt_put(t, &m);
	for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
		GByteArray *frame = b_from_lac(b_l2tp(100, 11, b_hex(IPV4_IN_PPP)));

		frame->data[14 + 20 + 5] = lengths[i];
		fpt_in(t, PORT_LAC, frame);
		fpt_expect_drop(t, FP_DROP_L2TP_HEADER);
	}
	fpt_in(t, PORT_LAC,
		b_eth(MAC_US, MAC_LAC, 0x0800,
			b_ip4(IP_LAC, IP_US, 17, 64, b_fill(7))));
	fpt_expect_drop(t, FP_DROP_IP_HEADER);
	fpt_free(t);
}

/* ---- data sequencing (RFC 2661, section 5.4) ---- */

/* A packet of the subscriber's with that Ns; -1: without one.  True: it went on. */
static bool numbered_in(struct fpt *t, int ns)
{
	GByteArray *l2tp = ns < 0 ? b_hex("0002 0064 000b") : b_hex("0802 0064 000b 0000 0000");
	g_autoptr(GByteArray) inner =
		b_ppp(0x0021, b_ip4(IP_SUB, IP_HOST, 17, 64, b_fill(5)));
	bool went;

	if (ns >= 0)
		put_u16(l2tp->data + 6, (uint16_t)ns);
	g_byte_array_append(l2tp, inner->data, inner->len);
	fpt_in(t, PORT_LAC, b_from_lac(l2tp));
	went = fpt_row(t, FP_TX, 0) != NULL;
	fpt_clear(t);
	return went;
}

/* A packet to the subscriber; the Ns it gets, -1: none. */
static int numbered_out(struct fpt *t)
{
	const struct fp_row *row;
	struct rd r;
	int ns = -1;

	fpt_in(t, PORT_HOST, b_from_host(b_ip4(IP_HOST, IP_SUB, 17, 64, b_fill(20))));
	row = fpt_row(t, FP_TX, 0);
	g_assert_nonnull(row);
	r = rd_init(pkt_data(row->pkt) + 14 + 20 + 8, row->pkt->len - 14u - 20 - 8);
	if (rd_u16(&r) & 0x0800) {
		rd_skip(&r, 4);
		ns = rd_u16(&r);
		rd_skip(&r, 2);
	} else {
		rd_skip(&r, 4);
	}
	g_assert_cmphex(rd_u32(&r), ==, 0xff030021);
	fpt_clear(t);
	return ns;
}

static void put_new(struct fpt *t, struct msg_fib_session *m)
{
	m->flags &= ~(uint32_t)FIB_SESSION_OPEN; /* else it is one that has sent before */
	fpt_put(t, m);
	m->flags |= FIB_SESSION_OPEN;
	fpt_put(t, m);
}

/* Late ones are dropped, lost ones are not waited for, and the numbers wrap. */
static void test_late_and_lost(void)
{
	static const struct {
		int ns;
		bool good;
	} row[] = { { 0, true }, { 1, true }, { 1, false }, { 0, false }, { 5, true },
		{ 3, false }, { 6, true }, { -1, false }, { 32773, true }, { 7, false },
		{ 65535, true }, { 0, true }, { 65535, false }, { 1, true } };
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	m.flags |= FIB_SESSION_SEQ_TX | FIB_SESSION_SEQ_REQUIRED;
	put_new(t, &m);
	for (unsigned i = 0; i < G_N_ELEMENTS(row); i++)
		g_assert_cmpint(numbered_in(t, row[i].ns), ==, row[i].good);
	for (int i = 0; i < 3; i++)
		g_assert_cmpint(numbered_out(t), ==, i);
	fpt_free(t);
}

/* The LNS begins and ends numbering; a LAC that did not require it does as the LNS does, and
 * goes on where it was. */
static void test_mirrored(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	m.flags |= FIB_SESSION_SEQ_MIRROR;
	put_new(t, &m);
	g_assert_cmpint(numbered_out(t), ==, -1);
	g_assert_true(numbered_in(t, 0));
	g_assert_cmpint(numbered_out(t), ==, 0);
	g_assert_cmpint(numbered_out(t), ==, 1);
	fpt_put(t, &m); /* said again by the RP: nothing changes */
	g_assert_cmpint(numbered_out(t), ==, 2);
	g_assert_false(numbered_in(t, 0)); /* late */
	g_assert_cmpint(numbered_out(t), ==, 3);
	g_assert_true(numbered_in(t, -1));
	g_assert_cmpint(numbered_out(t), ==, -1);
	g_assert_true(numbered_in(t, -1));
	g_assert_true(numbered_in(t, 1));
	g_assert_cmpint(numbered_out(t), ==, 4);
	m.flags |= FIB_SESSION_SEQ_TX; /* always, now */
	fpt_put(t, &m);
	g_assert_true(numbered_in(t, -1));
	g_assert_cmpint(numbered_out(t), ==, 5);
	m.flags &= ~(uint32_t)(FIB_SESSION_SEQ_TX | FIB_SESSION_SEQ_MIRROR);
	fpt_put(t, &m);
	g_assert_cmpint(numbered_out(t), ==, -1);
	fpt_free(t);
}

/* Who only drops what is late takes what has no number. */
static void test_drop_late(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	m.flags |= FIB_SESSION_SEQ_DROP;
	fpt_put(t, &m);
	g_assert_true(numbered_in(t, 7));
	g_assert_true(numbered_in(t, -1));
	g_assert_false(numbered_in(t, 6));
	g_assert_true(numbered_in(t, 9));
	g_assert_cmpint(numbered_out(t), ==, -1);
	fpt_free(t);
}

/* With and without numbers: a checksum that is right (fpt_verify() computes it, too). */
static void test_checksum(void)
{
	for (int numbers = 0; numbers < 2; numbers++) {
		struct fpt *t = fpt_new();
		struct msg_fib_session m = fpt_session();

		m.flags |= FIB_SESSION_CHECKSUM | (numbers ? FIB_SESSION_SEQ_TX : 0);
		fpt_put(t, &m);
		for (unsigned n = 0; n < 300; n++) {
			const uint8_t *udp;

			fpt_in(t, PORT_HOST,
				b_from_host(b_ip4(
					IP_HOST, IP_SUB, 17, 64, b_fill(8 + n))));
			g_assert_nonnull(fpt_row(t, FP_TX, 0));
			udp = pkt_data(fpt_row(t, FP_TX, 0)->pkt) + 14 + 20;
			g_assert_cmphex(udp[6] << 8 | udp[7], !=, 0);
			fpt_clear(t);
		}
		fpt_free(t);
	}
}

/* ---- control ---- */

static void test_classes(void)
{
	static const struct {
		const char *hex;
		enum pkt_class class;
		uint16_t tunnel;
	} controls[] = {
		{ "c802 000c 0064 0000 0001 0002", PKT_CLASS_KEEPALIVE, 100 }, /* ZLB */
		{ "c802 0014 0064 0000 0001 0002 8008 0000 0000 0006",
			PKT_CLASS_KEEPALIVE, 100 }, /* HELLO */
		{ "c802 0014 0064 0000 0001 0002 8008 0000 0000 000a",
			PKT_CLASS_CONTROL, 100 }, /* ICRQ */
		{ "c802 0012 0064 0000 0001 0002 8006 0000 0000", PKT_CLASS_CONTROL,
			100 },
		{ "c802 000c 0065 0000 0001 0002", PKT_CLASS_CONTROL,
			101 }, /* not known */
		{ "c802 0014 0000 0000 0000 0000 8008 0000 0000 0001",
			PKT_CLASS_NEW_TUNNEL, 0 },
	};
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	fpt_put(t, &m);
	for (unsigned i = 0; i < G_N_ELEMENTS(controls); i++) {
		GByteArray *ip = b_ip4(IP_LAC, IP_US, 17, 64,
			b_udp_sum(IP_LAC, IP_US, 1701, 1701, b_hex(controls[i].hex)));

		fpt_in(t, PORT_LAC, b_eth(MAC_US, MAC_LAC, 0x0800, b_copy(ip)));
		g_assert_cmpuint(
			fpt_row(t, FP_PUNT, 0)->pkt->tunnel, ==, controls[i].tunnel);
		g_assert_cmpuint(fpt_row(t, FP_PUNT, 0)->pkt->ifindex, ==, PORT_LAC);
		fpt_expect_punt(t, controls[i].class, ip);
	}
	fp_path_remove(t->path, SESSION);
	fpt_in(t, PORT_LAC, b_from_lac(b_hex(controls[0].hex)));
	g_assert_cmpuint(fpt_row(t, FP_PUNT, 0)->what, ==, PKT_CLASS_CONTROL);
	fpt_free(t);
}

/* A flood of new tunnels leaves HELLOs alone. */
static void test_policing(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();
	unsigned punted = 0;

	fpt_put(t, &m);
	for (unsigned i = 0; i < 20000; i++) {
		fpt_in(t, PORT_LAC, b_from_lac(b_hex("c802 000c 0000 0000 0000 0000")));
		punted += fpt_count(t, FP_PUNT);
		t->now = time_add(t->now, dur_us(50));
	}
	g_assert_cmpuint(punted, >=, 900); /* 500 at once, 500 in this second */
	g_assert_cmpuint(punted, <=, 1010);
	g_assert_cmpuint(fp_path_drops(t->path, FP_DROP_POLICED), ==, 20000 - punted);
	fpt_in(t, PORT_LAC, b_from_lac(b_hex("c802 000c 0064 0000 0001 0002")));
	g_assert_cmpuint(fpt_row(t, FP_PUNT, 0)->what, ==, PKT_CLASS_KEEPALIVE);
	fpt_free(t);
}

static void test_other_local_port(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	m.local_port = 4000;
	m.remote_port = 5000;
	fpt_put(t, &m);
	for (unsigned i = 0; i < 2; i++) {
		fpt_in(t, PORT_LAC,
			b_eth(MAC_US, MAC_LAC, 0x0800,
				b_ip4(IP_LAC, IP_US, 17, 64,
					b_udp(5000, 4000,
						b_l2tp(100, 11, b_hex(IPV4_IN_PPP))))));
		if (i == 0)
			fpt_expect_tx(t, PORT_HOST,
				b_to_host(b_hex("4500 0018 0000 0000 3f01 "
						"55a3 6440 0001 c000 0201 0800 f7ff")));
		else
			g_assert_cmpuint(
				fpt_row(t, FP_PUNT, 0)->what, ==, PKT_CLASS_LOCAL);
		fp_path_remove(t->path, SESSION);
	}
	fpt_free(t);
}

/* ---- PPP ---- */

static struct fpt *with_session(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	fpt_put(t, &m);
	return t;
}

static void test_ppp_punts(void)
{
	struct fpt *t = with_session();

	fpt_in(t, PORT_LAC,
		b_from_lac(b_l2tp(100, 11, b_ppp(0xc021, b_hex("0101 0004")))));
	g_assert_cmpuint(fpt_row(t, FP_PUNT, 0)->pkt->session, ==, SESSION);
	g_assert_cmpuint(fpt_row(t, FP_PUNT, 0)->pkt->tunnel, ==, 100);
	fpt_expect_punt(t, PKT_CLASS_PPP, b_ppp(0xc021, b_hex("0101 0004")));
	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_hex("c023 0101 0004"))));
	fpt_expect_punt(t, PKT_CLASS_PPP, b_hex("c023 0101 0004"));
	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_ppp(0x0057, b_fill(40)))));
	fpt_expect_punt(t, PKT_CLASS_PPP, b_ppp(0x0057, b_fill(40)));
	for (unsigned i = 0; i < 1000; i++)
		fpt_in(t, PORT_LAC,
			b_from_lac(b_l2tp(100, 11, b_ppp(0x0057, b_fill(40)))));
	fpt_expect_drop(t, FP_DROP_POLICED);
	fpt_free(t);
}

static void test_echo_answered(void)
{
	struct fpt *t = with_session();
	struct msg_fib_session m = fpt_session();
	GByteArray *padded = b_ppp(0xc021, b_lcp(9, 5, 0x11223344, 3));

	fpt_in(t, PORT_LAC,
		b_from_lac(b_l2tp(100, 11, b_ppp(0xc021, b_lcp(9, 4, 1, 0)))));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(0, b_l2tp(200, 22,
				    b_ppp(0xc021, b_lcp(10, 4, m.local_magic, 0)))));
	g_byte_array_append(padded, (const guint8 *)"pad", 3);
	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, padded)));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(1, b_l2tp(200, 22,
				    b_ppp(0xc021, b_lcp(10, 5, m.local_magic, 3)))));

	/* Our own magic: a loop, and the RP's business. */
	fpt_in(t, PORT_LAC,
		b_from_lac(
			b_l2tp(100, 11, b_ppp(0xc021, b_lcp(9, 6, m.local_magic, 0)))));
	fpt_expect_punt(t, PKT_CLASS_PPP, b_ppp(0xc021, b_lcp(9, 6, m.local_magic, 0)));

	fpt_in(t, PORT_LAC,
		b_from_lac(
			b_l2tp(100, 11, b_ppp(0xc021, b_hex("0901 0009 00000001")))));
	fpt_expect_drop(t, FP_DROP_PPP);
	fpt_in(t, PORT_LAC,
		b_from_lac(b_l2tp(100, 11, b_ppp(0xc021, b_hex("0901 0007 000000")))));
	fpt_expect_drop(t, FP_DROP_PPP);

	m.local_magic = 0; /* not known yet: all is the RP's */
	fpt_put(t, &m);
	fpt_in(t, PORT_LAC,
		b_from_lac(b_l2tp(100, 11, b_ppp(0xc021, b_lcp(9, 4, 1, 0)))));
	fpt_expect_punt(t, PKT_CLASS_PPP, b_ppp(0xc021, b_lcp(9, 4, 1, 0)));
	fpt_free(t);
}

/* Runs the clock for `s` seconds; echoes seen. */
static unsigned count_echoes(struct fpt *t, unsigned s, bool answer)
{
	unsigned n = 0;

	for (unsigned ms = 0; ms < s * 1000; ms += 10) {
		fpt_tick(t, dur_ms(10));
		for (unsigned k = fpt_count(t, FP_TX); k > 0; k--)
			n++;
		if (answer && fpt_count(t, FP_TX) == 1)
			fpt_in(t, PORT_LAC,
				b_from_lac(b_l2tp(
					100, 11, b_ppp(0xc021, b_lcp(10, n, 9, 0)))));
	}
	return n;
}

static void test_echo_sent(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	m.echo_s = 2;
	fpt_put(t, &m);
	g_assert_cmpuint(count_echoes(t, 20, true), ==, 10);
	g_assert_cmpuint(fp_path_next_dead(t->path), ==, 0);

	/* An upsert does not touch what is going on. */
	g_assert_cmpuint(count_echoes(t, 4, false), ==, 2);
	fpt_put(t, &m);
	g_assert_cmpuint(fp_path_next_dead(t->path), ==, 0);
	g_assert_cmpuint(count_echoes(t, 10, false), ==, 1);
	g_assert_cmpuint(fp_path_next_dead(t->path), ==, SESSION);
	g_assert_cmpuint(fp_path_next_dead(t->path), ==, 0);

	/* H12: a new RP is told again; once. */
	fpt_put(t, &m);
	fp_path_dead_again(t->path);
	g_assert_cmpuint(fp_path_next_dead(t->path), ==, SESSION);
	g_assert_cmpuint(fp_path_next_dead(t->path), ==, 0);
	g_assert_cmpuint(count_echoes(t, 10, false), ==, 0);

	/* Dead and gone is not reported. */
	fp_path_dead_again(t->path);
	fp_path_remove(t->path, SESSION);
	g_assert_cmpuint(fp_path_next_dead(t->path), ==, 0);
	fpt_free(t);
}

static void test_echo_bytes(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	m.echo_s = 1;
	fpt_put(t, &m);
	fpt_tick(t, dur_ms(1100));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(0,
			b_l2tp(200, 22, b_ppp(0xc021, b_lcp(9, 1, m.local_magic, 0)))));
	fpt_free(t);
}

/* 10,000 sessions do not send all at once. */
static void test_echo_spread(void)
{
	struct fpt *t = fpt_new();
	unsigned most = 0, all = 0;

	for (uint32_t i = 1; i <= 10000; i++) {
		struct msg_fib_session m = fpt_session();

		m.index = i;
		m.local_session = (uint16_t)i;
		m.subscriber_ip = IP_SUB + i;
		m.echo_s = 10;
		fpt_put(t, &m);
	}
	for (unsigned ms = 0; ms < 10000; ms += 10) {
		fpt_tick(t, dur_ms(10));
		all += fpt_count(t, FP_TX);
		most = MAX(most, fpt_count(t, FP_TX));
	}
	g_assert_cmpuint(all, >=, 9990);
	g_assert_cmpuint(all, <=, 10010);
	g_assert_cmpuint(most, <=, 20);
	fpt_free(t);
}

static void test_heard(void)
{
	struct fpt *t = with_session();
	GBytes *heard;

	g_assert_null(fp_path_heard(t->path));
	for (unsigned i = 0; i < 3; i++)
		fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_hex(IPV4_IN_PPP))));
	heard = fp_path_heard(t->path);
	g_assert_cmpuint(g_bytes_get_size(heard), ==, 2);
	g_assert_cmpuint(be16(g_bytes_get_data(heard, NULL)), ==, 100);
	g_bytes_unref(heard);
	g_assert_null(fp_path_heard(t->path));
	fpt_free(t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path =
			g_strdup_printf("/fp/l2tp/rows/%s", rows[i].name);

		g_test_add_data_func(path, &rows[i], test_row);
	}
	g_test_add_func("/fp/l2tp/udp-length", test_udp_length);
	g_test_add_func("/fp/l2tp/late-and-lost", test_late_and_lost);
	g_test_add_func("/fp/l2tp/mirrored", test_mirrored);
	g_test_add_func("/fp/l2tp/drop-late", test_drop_late);
	g_test_add_func("/fp/l2tp/checksum", test_checksum);
	g_test_add_func("/fp/l2tp/classes", test_classes);
	g_test_add_func("/fp/l2tp/policing", test_policing);
	g_test_add_func("/fp/l2tp/other-local-port", test_other_local_port);
	g_test_add_func("/fp/l2tp/ppp-punts", test_ppp_punts);
	g_test_add_func("/fp/l2tp/echo-answered", test_echo_answered);
	g_test_add_func("/fp/l2tp/echo-sent", test_echo_sent);
	g_test_add_func("/fp/l2tp/echo-bytes", test_echo_bytes);
	g_test_add_func("/fp/l2tp/echo-spread", test_echo_spread);
	g_test_add_func("/fp/l2tp/heard", test_heard);
	return g_test_run();
}
