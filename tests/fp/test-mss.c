/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP MSS clamp: what opens a connection, on its way by interfaces and sessions with a limit.
 */
#include "tests/fp/harness.h"

enum { LIMIT = 1360, SYN = 0x02, SYN_ACK = 0x12, ACK = 0x10 };

static unsigned sum(const GByteArray *b, unsigned from)
{
	unsigned s = 0;

	for (unsigned i = from; i < b->len; i++)
		s += (i - from) % 2 ? b->data[i] : (unsigned)b->data[i] << 8;
	while (s > 0xffff)
		s = s / 65536 + s % 65536;
	return s;
}

/* A segment with these options (their octets are filled up to a word by `fill`), checksummed. */
static GByteArray *segment(
	uint32_t src, uint32_t dst, unsigned flags, const char *options, unsigned data)
{
	GByteArray *tcp = b_hex("1f90 0050 00000001 00000002 5000 2000 0000 0000");
	GByteArray *o = b_hex(options);
	unsigned s;

	while (o->len % 4)
		g_byte_array_append(o, (const guint8 *)"\0", 1);
	g_byte_array_append(tcp, o->data, o->len);
	tcp->data[12] = (guint8)((5 + o->len / 4) << 4);
	tcp->data[13] = (guint8)flags;
	g_byte_array_unref(o);
	o = b_fill(data);
	g_byte_array_append(tcp, o->data, o->len);
	g_byte_array_unref(o);
	s = (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) + 6 + tcp->len +
	    sum(tcp, 0);
	while (s > 0xffff)
		s = s / 65536 + s % 65536;
	tcp->data[16] = (guint8)(~s >> 8);
	tcp->data[17] = (guint8)~s;
	return tcp;
}

static GByteArray *packet(uint32_t src, uint32_t dst, unsigned ttl, unsigned flags,
	const char *options)
{
	return b_ip4(src, dst, 6, ttl, segment(src, dst, flags, options, 3));
}

static const struct {
	const char *name, *in, *out; /* options; out NULL: as they are */
	unsigned flags;
} rows[] = {
	/* clang-format off */
	{ "larger",         "020405b4",                  "02040550", SYN },
	{ "answer",         "020405b4",                  "02040550", SYN_ACK },
	{ "largest",        "0204ffff",                  "02040550", SYN },
	{ "equal",          "02040550",                  NULL, SYN },
	{ "smaller",        "02040218",                  NULL, SYN },
	{ "none",           "",                          NULL, SYN },
	{ "no-syn",         "020405b4",                  NULL, ACK },
	{ "behind-others",  "01 0402 01 020405b4",       "01 0402 01 02040550", SYN },
	{ "at-an-odd-place", "01 020405b4 0101 01",      "01 02040550 0101 01", SYN },
	{ "odd-and-even",   "020405b4 01 020405b4",      "02040550 01 02040550", SYN },
	{ "twice",          "020405b4 02040600",         "02040550 02040550", SYN },
	{ "behind-the-end", "00 020405b4",               NULL, SYN },
	{ "length-zero",    "0400 020405b4",             NULL, SYN },
	{ "length-one",     "0401 020405b4",             NULL, SYN },
	{ "mss-of-three",   "020305 020405b4",           "020305 02040550", SYN },
	{ "mss-of-six",     "020605b40000 020405b4",     "020605b40000 02040550", SYN },
	{ "past-the-end",   "0101 0104 0309",            NULL, SYN },
	{ "mss-cut-off",    "01010101 010204 05",        NULL, SYN },
	{ "kind-only",      "010101 02",                 NULL, SYN },
	/* clang-format on */
};

/* Subscribers' sessions, both ways; the checksum is right afterwards. */
static void test_row(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	const char *out = rows[i].out ? rows[i].out : rows[i].in;
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	m.mss = LIMIT;
	fpt_put(t, &m);
	fpt_in(t, PORT_LAC,
		b_from_lac(b_l2tp(100, 11,
			b_ppp(0x21, packet(IP_SUB, IP_HOST, 9, rows[i].flags, rows[i].in)))));
	fpt_expect_tx(
		t, PORT_HOST, b_to_host(packet(IP_SUB, IP_HOST, 8, rows[i].flags, out)));
	fpt_in(t, PORT_HOST,
		b_from_host(packet(IP_HOST, IP_SUB, 9, rows[i].flags, rows[i].in)));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(0, b_l2tp(200, 22,
				    b_ppp(0x21, packet(IP_HOST, IP_SUB, 8, rows[i].flags, out)))));
	fpt_free(t);
}

/* An interface with a limit, as the way in and as the way out. */
static void test_iface(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	fpt_put(t, &m);
	fpt_iface(t, &(struct msg_fib_iface){ .ifindex = PORT_HOST, .up = true,
			     .ip = IP_SELF_2, .mask = 0xffffff00, .mss = LIMIT });
	fpt_in(t, PORT_LAC,
		b_from_lac(b_l2tp(
			100, 11, b_ppp(0x21, packet(IP_SUB, IP_HOST, 9, SYN, "020405b4")))));
	fpt_expect_tx(t, PORT_HOST, b_to_host(packet(IP_SUB, IP_HOST, 8, SYN, "02040550")));
	fpt_in(t, PORT_HOST, b_from_host(packet(IP_HOST, IP_SUB, 9, SYN, "020405b4")));
	fpt_expect_tx(t, PORT_LAC,
		b_to_lac(0, b_l2tp(200, 22,
				    b_ppp(0x21, packet(IP_HOST, IP_SUB, 8, SYN, "02040550")))));
	fpt_free(t);
}

static GByteArray *spoilt(unsigned at, unsigned value, unsigned cut)
{
	GByteArray *ip = packet(IP_SUB, IP_HOST, 9, SYN, "020405b4");
	GByteArray *whole = ip;
	struct b_ip h = { .src = IP_SUB, .dst = IP_HOST, .proto = 6, .ttl = 9 };

	ip = g_byte_array_new();
	g_byte_array_append(ip, whole->data + 20, whole->len - 20);
	g_byte_array_unref(whole);
	if (at)
		ip->data[at] = (guint8)value;
	if (cut)
		g_byte_array_set_size(ip, cut);
	return b_ip(&h, ip);
}

/* Headers that are cut short or lie: the packet passes untouched. */
static void test_short(void)
{
	static const struct {
		unsigned at, value, cut;
	} bad[] = {
		{ 0, 0, 19 },     /* no whole header */
		{ 0, 0, 22 },     /* options cut off */
		{ 12, 0xf0, 0 },  /* a longer header than there is */
		{ 12, 0x40, 0 },  /* a shorter one than there can be */
		{ 12, 0x00, 0 },
		{ 13, 0x00, 0 },
	};
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();

	m.mss = LIMIT;
	fpt_put(t, &m);
	for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
		GByteArray *ip = spoilt(bad[i].at, bad[i].value, bad[i].cut);
		GByteArray *out = g_byte_array_new();

		g_byte_array_append(out, ip->data + 20, ip->len - 20);
		fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_ppp(0x21, ip))));
		fpt_expect_tx(t, PORT_HOST, b_to_host(b_ip4(IP_SUB, IP_HOST, 6, 8, out)));
	}
	fpt_free(t);
}

/* Of fragments only the first has the options, and it may have been cut behind them. */
static void test_fragments(void)
{
	struct fpt *t = fpt_new();
	struct msg_fib_session m = fpt_session();
	struct b_ip h = { .src = IP_SUB, .dst = IP_HOST, .proto = 6, .ttl = 9 };
	GByteArray *tcp = segment(IP_SUB, IP_HOST, SYN, "020405b4", 8);
	GByteArray *out = segment(IP_SUB, IP_HOST, SYN, "02040550", 8);

	m.mss = LIMIT;
	fpt_put(t, &m);
	h.frag = 0x2000;
	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_ppp(0x21, b_ip(&h, b_copy(tcp))))));
	h.ttl = 8;
	fpt_expect_tx(t, PORT_HOST, b_to_host(b_ip(&h, out)));
	h.ttl = 9;
	h.frag = 0x0004;
	fpt_in(t, PORT_LAC, b_from_lac(b_l2tp(100, 11, b_ppp(0x21, b_ip(&h, b_copy(tcp))))));
	h.ttl = 8;
	fpt_expect_tx(t, PORT_HOST, b_to_host(b_ip(&h, tcp)));
	fpt_free(t);
}

/* Any octets as options and flags: nothing outside of them changes but the checksum. */
static void test_random(void)
{
	g_autoptr(GRand) r = g_rand_new_with_seed(20261125);
	struct fpt *t = fpt_new();

	for (unsigned turn = 0; turn < 20000; turn++) {
		struct pkt *p = fpt_pkt(t);
		uint8_t before[100], *ip = pkt_data(p);
		unsigned words = g_rand_int_range(r, 0, 11);
		unsigned len = 40 + words * 4, changed = 0;

		for (unsigned i = 0; i < sizeof(before); i++)
			ip[i] = (uint8_t)g_rand_int_range(
				r, 0, g_rand_boolean(r) ? 6 : 256);
		ip[0] = 0x45;
		ip[6] = ip[7] = 0;
		ip[9] = 6;
		ip[32] = (uint8_t)((5 + words) << 4);
		ip[33] |= SYN;
		p->len = (uint16_t)(g_rand_int_range(r, 0, 4) ? len : len - 1);
		memcpy(before, ip, sizeof(before));
		fp_mss_clamp(p, LIMIT);
		for (unsigned i = 0; i < sizeof(before); i++) {
			changed += before[i] != ip[i];
			if (before[i] != ip[i] && (i < 40 || i >= p->len))
				g_assert_true(i == 36 || i == 37);
		}
		if (p->len < len)
			g_assert_cmpuint(changed, ==, 0);
		/* The sum over the segment is what it was. */
		if (p->len == len) {
			g_autoptr(GByteArray) a = g_byte_array_new();
			g_autoptr(GByteArray) b = g_byte_array_new();

			g_byte_array_append(a, before + 20, len - 20);
			g_byte_array_append(b, ip + 20, len - 20);
			g_assert_cmpuint(sum(a, 0) % 0xffff, ==, sum(b, 0) % 0xffff);
		}
		t->spare[t->n_spare++] = p;
	}
	fpt_free(t);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/fp/mss/options/%s", rows[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_row);
	}
	g_test_add_func("/fp/mss/iface", test_iface);
	g_test_add_func("/fp/mss/short", test_short);
	g_test_add_func("/fp/mss/fragments", test_fragments);
	g_test_add_func("/fp/mss/random", test_random);
	return g_test_run();
}
