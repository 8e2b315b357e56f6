/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fp/harness.h"

#include "tests/lib/hex.h"

#include <string.h>

/* ---- building ---- */

static void add16(GByteArray *b, unsigned v)
{
	guint8 p[2] = { (guint8)(v >> 8), (guint8)v };

	g_byte_array_append(b, p, 2);
}

static void add32(GByteArray *b, uint32_t v)
{
	add16(b, v >> 16);
	add16(b, v & 0xffff);
}

static void add8(GByteArray *b, unsigned v)
{
	guint8 p = (guint8)v;

	g_byte_array_append(b, &p, 1);
}

static void add_mac(GByteArray *b, uint64_t mac)
{
	add16(b, (unsigned)(mac >> 32) & 0xffff);
	add32(b, (uint32_t)mac);
}

static GByteArray *join(GByteArray *head, GByteArray *take)
{
	if (take) {
		g_byte_array_append(head, take->data, take->len);
		g_byte_array_unref(take);
	}
	return head;
}

/* The checksum word by word, as RFC 1071 tells it. */
static unsigned naive_sum(const uint8_t *p, size_t n, unsigned sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (unsigned)p[i] << 8;
	while (sum > 0xffff)
		sum = sum / 65536 + sum % 65536;
	return sum;
}

static void set16(GByteArray *b, unsigned at, unsigned v)
{
	b->data[at] = (guint8)(v >> 8);
	b->data[at + 1] = (guint8)v;
}

GByteArray *b_hex(const char *digits)
{
	g_autoptr(GBytes) bytes = hex(digits);

	return join(
		g_byte_array_new(), g_bytes_unref_to_array(g_steal_pointer(&bytes)));
}

GByteArray *b_copy(const GByteArray *b)
{
	GByteArray *c = g_byte_array_new();

	g_byte_array_append(c, b->data, b->len);
	return c;
}

GByteArray *b_fill(unsigned n)
{
	GByteArray *b = g_byte_array_new();

	for (unsigned i = 0; i < n; i++)
		add8(b, i & 0xff);
	return b;
}

GByteArray *b_eth(uint64_t dst, uint64_t src, unsigned type, GByteArray *take)
{
	GByteArray *b = g_byte_array_new();

	add_mac(b, dst);
	add_mac(b, src);
	add16(b, type);
	return join(b, take);
}

GByteArray *b_tag(unsigned vid, unsigned type, GByteArray *take)
{
	GByteArray *b = g_byte_array_new();

	add16(b, vid);
	add16(b, type);
	return join(b, take);
}

GByteArray *b_pppoe(unsigned sid, GByteArray *take)
{
	GByteArray *b = b_hex("1100");

	add16(b, sid);
	add16(b, take ? take->len : 0);
	return join(b, take);
}

GByteArray *b_ip(const struct b_ip *h, GByteArray *take)
{
	GByteArray *b = g_byte_array_new();

	add16(b, 0x4500);
	add16(b, 20 + (take ? take->len : 0));
	add16(b, h->id);
	add16(b, h->frag);
	add8(b, h->ttl);
	add8(b, h->proto);
	add16(b, 0);
	add32(b, h->src);
	add32(b, h->dst);
	set16(b, 10, 0xffff - naive_sum(b->data, 20, 0));
	return join(b, take);
}

GByteArray *b_ip4(
	uint32_t src, uint32_t dst, unsigned proto, unsigned ttl, GByteArray *take)
{
	struct b_ip h = {
		.src = src, .dst = dst, .proto = (uint8_t)proto, .ttl = (uint8_t)ttl
	};

	return b_ip(&h, take);
}

GByteArray *b_udp(unsigned sport, unsigned dport, GByteArray *take)
{
	GByteArray *b = g_byte_array_new();

	add16(b, sport);
	add16(b, dport);
	add16(b, 8 + (take ? take->len : 0));
	add16(b, 0);
	return join(b, take);
}

GByteArray *b_udp_sum(
	uint32_t src, uint32_t dst, unsigned sport, unsigned dport, GByteArray *take)
{
	GByteArray *b = b_udp(sport, dport, take);
	unsigned sum = (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) +
		       17 + b->len;

	sum = 0xffff - naive_sum(b->data, b->len, sum);
	set16(b, 6, sum ? sum : 0xffff);
	return b;
}

GByteArray *b_l2tp(unsigned tunnel, unsigned session, GByteArray *take)
{
	GByteArray *b = g_byte_array_new();

	add16(b, 2);
	add16(b, tunnel);
	add16(b, session);
	return join(b, take);
}

GByteArray *b_ppp(unsigned protocol, GByteArray *take)
{
	GByteArray *b = g_byte_array_new();

	add16(b, 0xff03);
	add16(b, protocol);
	return join(b, take);
}

GByteArray *b_bare_ppp(unsigned protocol, GByteArray *take)
{
	GByteArray *b = g_byte_array_new();

	add16(b, protocol);
	return join(b, take);
}

GByteArray *b_echo(unsigned type, unsigned n)
{
	GByteArray *b = g_byte_array_new();

	add16(b, type << 8);
	add16(b, 0);
	add32(b, 0x12340001);
	join(b, b_fill(n));
	set16(b, 2, 0xffff - naive_sum(b->data, b->len, 0));
	return b;
}

GByteArray *b_lcp(unsigned code, unsigned id, uint32_t magic, unsigned n)
{
	GByteArray *b = g_byte_array_new();

	add8(b, code);
	add8(b, id);
	add16(b, 8 + n);
	add32(b, magic);
	return join(b, b_fill(n));
}

GByteArray *b_arp(unsigned op, uint64_t sha, uint32_t spa, uint64_t tha, uint32_t tpa)
{
	GByteArray *b = b_hex("0001 0800 06 04");

	add16(b, op);
	add_mac(b, sha);
	add32(b, spa);
	add_mac(b, tha);
	add32(b, tpa);
	return b;
}

GByteArray *b_from_lac(GByteArray *take_l2tp)
{
	return b_eth(MAC_US, MAC_LAC, 0x0800,
		b_ip4(IP_LAC, IP_US, 17, 64, b_udp(1701, 1701, take_l2tp)));
}

GByteArray *b_to_lac(unsigned id, GByteArray *take_l2tp)
{
	struct b_ip h = {
		.src = IP_US, .dst = IP_LAC, .proto = 17, .ttl = 255, .id = (uint16_t)id
	};

	return b_eth(MAC_LAC, MAC_US, 0x0800, b_ip(&h, b_udp(1701, 1701, take_l2tp)));
}

GByteArray *b_from_host(GByteArray *take_ip)
{
	return b_eth(MAC_US_2, MAC_HOST, 0x0800, take_ip);
}

GByteArray *b_to_host(GByteArray *take_ip)
{
	return b_eth(MAC_HOST, MAC_US_2, 0x0800, take_ip);
}

/* ---- the path and its buffers ---- */

static unsigned give_buffers(void *user, struct pkt **pkts, unsigned n)
{
	struct fpt *t = user;
	unsigned i;

	for (i = 0; i < n && t->n_spare && !t->starve; i++)
		pkts[i] = fpt_pkt(t);
	return i;
}

struct pkt *fpt_pkt(struct fpt *t)
{
	struct pkt *p;

	g_assert_cmpuint(t->n_spare, >, 0);
	p = t->spare[--t->n_spare];
	memset(p, 0, sizeof(*p));
	p->off = PKT_META + PKT_HEADROOM;
	return p;
}

static void set_up_port(struct fpt *t, uint16_t ifindex, uint64_t mac, uint32_t ip)
{
	struct msg_port_state port = {
		.ifindex = ifindex, .up = true, .present = true, .mac = mac, .mtu = 1500
	};
	struct msg_fib_iface iface = { .ifindex = ifindex,
		.kind = IFACE_PORT,
		.up = true,
		.ip = ip,
		.mask = 0xffffff00,
		.mtu = 1500 };

	fp_path_port(t->path, &port, t->now, t->sink);
	fpt_clear(t);
	fp_path_iface(t->path, &iface, t->now, t->sink);
	fpt_clear(t);
}

void fpt_iface(struct fpt *t, const struct msg_fib_iface *m)
{
	fpt_clear(t);
	fp_path_iface(t->path, m, t->now, t->sink);
	fpt_clear(t);
}

void fpt_access(struct fpt *t)
{
	static const struct msg_fib_iface ifaces[] = {
		{ .ifindex = PORT_ACCESS, .up = true, .pppoe = true },
		{ .ifindex = ACCESS_100, .up = true, .pppoe = true, .parent = PORT_ACCESS,
			.outer = 100 },
		{ .ifindex = ACCESS_200_ANY, .up = true, .pppoe = true,
			.parent = PORT_ACCESS, .outer = 200, .inner_lo = 1,
			.inner_hi = 4094 },
	};
	struct msg_port_state port = { .ifindex = PORT_ACCESS,
		.up = true,
		.present = true,
		.mac = MAC_US_3,
		.mtu = 1500 };

	fp_path_port(t->path, &port, t->now, t->sink);
	fpt_clear(t);
	for (unsigned i = 0; i < G_N_ELEMENTS(ifaces); i++)
		fpt_iface(t, &ifaces[i]);
}

void fpt_record(struct fpt *t, struct pcapng *to)
{
	t->capture = to;
	pcapng_interface(to, "fp", PCAPNG_ETHERNET);
}

struct fpt *fpt_new_cold(void)
{
	struct fpt *t = g_new0(struct fpt, 1);
	struct msg_fib_iface loop = { .ifindex = LOOPBACK,
		.kind = IFACE_LOOPBACK,
		.up = true,
		.ip = IP_LOOP,
		.mask = UINT32_MAX };
	struct msg_fib_route all = { .next_hop = IP_HOST };

	t->now = (base_time){ 1000000000 };
	t->sink = g_new0(struct fp_sink, 1);
	t->memory = g_malloc((size_t)FPT_BUFFERS * PKT_SIZE);
	for (unsigned i = 0; i < FPT_BUFFERS; i++)
		t->spare[t->n_spare++] =
			(struct pkt *)(void *)(t->memory + i * PKT_SIZE);
	t->path = fp_path_new(give_buffers, t, t->now);
	fp_path_begin(t->path, 1);
	set_up_port(t, PORT_LAC, MAC_US, IP_US);
	set_up_port(t, PORT_HOST, MAC_US_2, IP_SELF_2);
	fp_path_iface(t->path, &loop, t->now, t->sink);
	fpt_clear(t);
	g_assert_true(fp_path_route(t->path, &all));
	return t;
}

struct fpt *fpt_new(void)
{
	struct fpt *t = fpt_new_cold();

	fpt_in(t, PORT_LAC,
		b_eth(MAC_US, MAC_LAC, 0x0806, b_arp(1, MAC_LAC, IP_LAC, 0, IP_US)));
	fpt_clear(t);
	fpt_in(t, PORT_HOST,
		b_eth(MAC_US_2, MAC_HOST, 0x0806,
			b_arp(1, MAC_HOST, IP_HOST, 0, IP_SELF_2)));
	fpt_clear(t);
	return t;
}

void fpt_free(struct fpt *t)
{
	fpt_clear(t);
	fp_path_drain(t->path, t->sink);
	fpt_clear(t);
	g_assert_cmpuint(t->n_spare, ==, FPT_BUFFERS);
	fp_path_free(t->path);
	g_free(t->memory);
	g_free(t->sink);
	g_free(t);
}

struct msg_fib_session fpt_session(void)
{
	return (struct msg_fib_session){
		.index = SESSION,
		.flags = FIB_SESSION_OPEN,
		.local_ip = IP_US,
		.remote_ip = IP_LAC,
		.local_port = 1701,
		.remote_port = 1701,
		.local_tunnel = 100,
		.local_session = 11,
		.remote_tunnel = 200,
		.remote_session = 22,
		.subscriber_ip = IP_SUB,
		.local_magic = 0xa1a2a3a4,
		.mtu = 1400,
		.echo_misses = 3,
	};
}

void fpt_put(struct fpt *t, const struct msg_fib_session *m)
{
	g_assert_true(fp_path_session(t->path, m, t->now));
}

static struct pkt *fill(struct fpt *t, GByteArray *take)
{
	struct pkt *p = fpt_pkt(t);

	g_assert_cmpuint(take->len, <=, PKT_DATA_MAX);
	memcpy(pkt_data(p), take->data, take->len);
	p->len = (uint16_t)take->len;
	g_byte_array_unref(take);
	return p;
}

void fpt_in(struct fpt *t, uint16_t ifindex, GByteArray *take_frame)
{
	struct pkt *p = fill(t, take_frame);

	fpt_clear(t);
	p->ifindex = ifindex;
	fp_path_burst(t->path, &p, 1, t->now, t->sink);
}

void fpt_inject(struct fpt *t, unsigned flags, uint32_t session, GByteArray *take_bytes)
{
	struct pkt *p = fill(t, take_bytes);

	fpt_clear(t);
	p->flags = (uint8_t)flags;
	p->session = session;
	fp_path_inject(t->path, &p, 1, t->now, t->sink);
}

void fpt_tick(struct fpt *t, base_dur later)
{
	fpt_clear(t);
	t->now = time_add(t->now, later);
	fp_path_tick(t->path, t->now, t->sink);
}

void fpt_clear(struct fpt *t)
{
	for (unsigned i = 0; i < t->sink->n; i++) {
		const struct fp_row *row = &t->sink->row[i];

		if (row->verdict == FP_TX)
			fpt_verify(pkt_data(row->pkt), row->pkt->len);
		if (row->verdict == FP_TX && t->capture)
			pcapng_packet(t->capture, 0, t->now, PCAPNG_DIR_OUT,
				pkt_data(row->pkt), row->pkt->len, NULL);
		t->spare[t->n_spare++] = row->pkt;
	}
	t->sink->n = 0;
}

const struct fp_row *fpt_row(const struct fpt *t, enum fp_verdict v, unsigned n)
{
	for (unsigned i = 0; i < t->sink->n; i++) {
		if (t->sink->row[i].verdict == v && n-- == 0)
			return &t->sink->row[i];
	}
	return NULL;
}

unsigned fpt_count(const struct fpt *t, enum fp_verdict v)
{
	unsigned n = 0;

	while (fpt_row(t, v, n))
		n++;
	return n;
}

static void expect_bytes(const struct pkt *p, GByteArray *take)
{
	g_autofree char *expected = to_hex(take->data, take->len);

	g_byte_array_unref(take);
	assert_hex((const uint8_t *)p + p->off, p->len, expected);
}

void fpt_expect_tx(struct fpt *t, uint16_t ifindex, GByteArray *take_frame)
{
	const struct fp_row *row = fpt_row(t, FP_TX, 0);

	for (unsigned i = 0; i < t->sink->n; i++) {
		if (t->sink->row[i].verdict == FP_DROP)
			g_assert_cmpstr(
				fp_drop_name(t->sink->row[i].what), ==, "no drop");
	}
	g_assert_nonnull(row);
	expect_bytes(row->pkt, take_frame);
	g_assert_cmpuint(row->ifindex, ==, ifindex);
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 1);
	g_assert_cmpuint(fpt_count(t, FP_PUNT), ==, 0);
	fpt_clear(t);
}

void fpt_expect_drop(struct fpt *t, enum fp_drop why)
{
	const struct fp_row *row = fpt_row(t, FP_DROP, 0);

	g_assert_nonnull(row);
	g_assert_cmpstr(fp_drop_name(row->what), ==, fp_drop_name(why));
	g_assert_cmpuint(fp_path_drops(t->path, why), >, 0);
	g_assert_cmpuint(fpt_count(t, FP_DROP), ==, 1);
	g_assert_cmpuint(fpt_count(t, FP_TX), ==, 0);
	g_assert_cmpuint(fpt_count(t, FP_PUNT), ==, 0);
	fpt_clear(t);
}

void fpt_expect_punt(struct fpt *t, enum pkt_class class, GByteArray *take_bytes)
{
	const struct fp_row *row = fpt_row(t, FP_PUNT, 0);

	g_assert_nonnull(row);
	expect_bytes(row->pkt, take_bytes);
	g_assert_cmpuint(row->what, ==, class);
	g_assert_cmpuint(row->pkt->class, ==, class);
	g_assert_cmpuint(t->sink->n, ==, 1);
	fpt_clear(t);
}

/* ---- checking ---- */

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void verify_ip(const uint8_t *p, size_t n, unsigned depth);

static void verify_l2tp(const uint8_t *p, size_t n, unsigned depth)
{
	unsigned bits = get16(p);
	unsigned hdr = 6 + (bits & 0x4000 ? 2 : 0) + (bits & 0x0800 ? 4 : 0);

	g_assert_cmpuint(bits & 15, ==, 2);
	if (bits & 0x8000)
		return;
	g_assert_cmpuint(n, >, hdr + 4);
	p += hdr;
	n -= hdr;
	if (get16(p) == 0xc021) /* as a LAC sent it: of a switched session */
		return;
	g_assert_cmpuint(get16(p), ==, 0xff03);
	if (get16(p + 2) == 0x0021)
		verify_ip(p + 4, n - 4, depth + 1);
}

static void verify_ip(const uint8_t *p, size_t n, unsigned depth)
{
	unsigned hdr = (p[0] & 15) * 4u;
	bool whole = (get16(p + 6) & 0x3fff) == 0;

	g_assert_cmpuint(p[0] >> 4, ==, 4);
	g_assert_cmpuint(hdr, >=, 20);
	g_assert_cmpuint(n, ==, get16(p + 2));
	g_assert_cmphex(naive_sum(p, hdr, 0), ==, 0xffff);
	g_assert_cmpuint(p[8], >, 0);
	if (!whole)
		return;
	if (p[9] == 1)
		g_assert_cmphex(naive_sum(p + hdr, n - hdr, 0), ==, 0xffff);
	if (p[9] == 17 && depth == 0 && n >= hdr + 8 && get16(p + hdr + 2) == 1701) {
		g_assert_cmpuint(get16(p + hdr + 4), ==, n - hdr);
		verify_l2tp(p + hdr + 8, n - hdr - 8, depth);
	}
}

static void verify_pppoe(const uint8_t *p, size_t n)
{
	g_assert_cmpuint(n, >=, 6 + 2);
	g_assert_cmphex(get16(p), ==, 0x1100);
	g_assert_cmpuint(get16(p + 2), !=, 0);
	g_assert_cmpuint(get16(p + 4), ==, n - 6);
	g_assert_cmpuint(n, <=, 1500);
	g_assert_cmphex(get16(p + 6), !=, 0xff03);
	if (get16(p + 6) == 0x0021)
		verify_ip(p + 8, n - 8, 1);
}

void fpt_verify(const uint8_t *frame, size_t n)
{
	size_t at = 14;
	unsigned type;

	g_assert_cmpuint(n, >=, 14);
	g_assert_cmpuint(frame[6] & 1, ==, 0);
	while ((type = get16(frame + at - 2)) == 0x8100 || type == 0x88a8) {
		at += 4;
		g_assert_cmpuint(n, >=, at);
		g_assert_cmpuint(at, <=, 22);
	}
	if (type == 0x0800)
		verify_ip(frame + at, n - at, 0);
	else if (type == 0x8864)
		verify_pppoe(frame + at, n - at);
	else if (type != 0x8863)
		g_assert_cmphex(type, ==, 0x0806);
}
