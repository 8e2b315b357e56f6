/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The packet path on memory ports: arrays of frames, as many as do not fit a cache, for
 * sessions in random order.  Each pass handles every frame once; between passes, outside of
 * the measured time, the frames are made new.  Three ways by turns: bursts of 32, one packet
 * at a time, and a bare loop that only touches what forwarding must touch of each packet.
 */
#include "tests/bench/bench.h"

#include "base/rng.h"
#include "fp/internal.h"

#include <stdio.h>

enum {
	FRAMES = 16384, /* 36 MiB of buffers */
	LACS = 64,
	TUNNELS_PER_LAC = 16,
	INNER = 64, /* octets of the inner packet */
	PORT_LAC = 1,
	PORT_HOST = 2,
	ROOM = 128,         /* of a frame's head that is kept to renew it */
	TRAFFIC = 96 << 20, /* octets that pass through the caches between two passes */
};

#define US       UINT32_C(0x0a000001)
#define HOST     UINT32_C(0xc0000201)
#define FIRST_IP UINT32_C(0x64400001)
#define MIN_GAIN 3.0

static const uint8_t lac_mac[ETH_ALEN] = { 2, 0xaa };
static const uint8_t host_mac[ETH_ALEN] = { 2, 0xbb };

struct sample {
	uint8_t head[ROOM];
	uint16_t len;
	uint16_t ifindex;
};

struct memory_ports {
	struct fp_path *path;
	struct fp_sink sink;
	uint8_t *buffers;
	struct pkt *pkt[FRAMES];
	struct sample sample[FRAMES];
	struct pkt *spare;
	uint8_t *traffic;
	base_time now;
};

/* ---- the world ---- */

static unsigned one_spare(void *user, struct pkt **pkts, unsigned n)
{
	struct memory_ports *m = user;

	m->spare->off = PKT_META + PKT_HEADROOM;
	m->spare->len = 0;
	pkts[0] = m->spare;
	return n ? 1 : 0;
}

static void add_port(
	struct memory_ports *m, uint16_t ifindex, uint32_t ip, uint32_t mask)
{
	struct msg_port_state port = { .ifindex = ifindex,
		.up = true,
		.present = true,
		.mac = 0x020000000000 | ifindex,
		.mtu = 1500 };
	struct msg_fib_iface iface = {
		.ifindex = ifindex, .up = true, .ip = ip, .mask = mask
	};

	fp_path_port(m->path, &port, m->now, &m->sink);
	fp_path_iface(m->path, &iface, m->now, &m->sink);
}

static void put_eth(struct wr *w, uint16_t ifindex, const uint8_t *from, uint16_t type)
{
	uint8_t us[ETH_ALEN] = { 2, 0, 0, 0, 0, (uint8_t)ifindex };

	wr_bytes(w, us, ETH_ALEN);
	wr_bytes(w, from, ETH_ALEN);
	wr_u16(w, type);
}

static void reset_pkt(struct pkt *p, uint16_t ifindex, size_t len)
{
	p->off = PKT_META + PKT_HEADROOM;
	p->len = (uint16_t)len;
	p->ifindex = ifindex;
}

/* A neighbour makes itself known by asking for us. */
static void add_neighbour(struct memory_ports *m, uint16_t ifindex, const uint8_t *mac,
	uint32_t ip, uint32_t us)
{
	struct pkt *p = m->pkt[0];
	struct wr w = wr_init(pkt_data(p), ROOM);

	put_eth(&w, ifindex, mac, ETHERTYPE_ARP);
	wr_u32(&w, 0x00010800);
	wr_u32(&w, 0x06040001);
	wr_bytes(&w, mac, ETH_ALEN);
	wr_u32(&w, ip);
	wr_bytes(&w, mac, ETH_ALEN);
	wr_u32(&w, us);
	reset_pkt(p, ifindex, w.len);
	fp_path_burst(m->path, &p, 1, m->now, &m->sink);
	reset_pkt(p, 0, 0);
}

static uint32_t lac_of(uint32_t session)
{
	return US + 1 + session % LACS;
}

static uint16_t tunnel_of(uint32_t session)
{
	return (uint16_t)(1 + session % (LACS * TUNNELS_PER_LAC));
}

static void add_sessions(struct memory_ports *m, uint32_t n)
{
	for (uint32_t i = 1; i <= n; i++) {
		struct msg_fib_session s = {
			.index = i,
			.flags = FIB_SESSION_OPEN | FIB_SESSION_SOURCE_CHECK,
			.local_ip = US,
			.remote_ip = lac_of(i),
			.local_port = L2TP_UDP_PORT,
			.remote_port = L2TP_UDP_PORT,
			.local_tunnel = tunnel_of(i),
			.remote_tunnel = tunnel_of(i),
			.local_session = (uint16_t)i,
			.remote_session = (uint16_t)i,
			.subscriber_ip = FIRST_IP + i,
			.mtu = 1400,
		};

		fp_path_session(m->path, &s, m->now);
	}
}

static struct memory_ports *make_world(uint32_t sessions)
{
	struct memory_ports *m = g_new0(struct memory_ports, 1);

	m->buffers = g_aligned_alloc0(FRAMES + 1, PKT_SIZE, 64);
	for (unsigned i = 0; i < FRAMES; i++) {
		m->pkt[i] = (struct pkt *)(void *)(m->buffers + (size_t)i * PKT_SIZE);
		reset_pkt(m->pkt[i], 0, 0);
	}
	m->spare = (struct pkt *)(void *)(m->buffers + (size_t)FRAMES * PKT_SIZE);
	m->traffic = g_malloc0(TRAFFIC);
	m->now.ns = 1000000000;
	m->path = fp_path_new(one_spare, m, m->now);
	add_port(m, PORT_LAC, US, 0xff000000);
	add_port(m, PORT_HOST, HOST + 1, 0xffffff00);
	for (uint32_t i = 0; i < LACS; i++)
		add_neighbour(m, PORT_LAC, lac_mac, lac_of(i), US);
	add_neighbour(m, PORT_HOST, host_mac, HOST, HOST + 1);
	add_sessions(m, sessions);
	return m;
}

static void free_world(struct memory_ports *m)
{
	fp_path_drain(m->path, &m->sink);
	fp_path_free(m->path);
	g_aligned_free(m->buffers);
	g_free(m->traffic);
	g_free(m);
}

/* ---- frames ---- */

static void put_ip(struct wr *w, uint32_t src, uint32_t dst, size_t payload)
{
	struct ipv4_hdr h = {
		.ttl = 64, .proto = IPPROTO_NUM_UDP, .src = src, .dst = dst
	};

	ipv4_build(w, &h, payload);
}

static void make_decap(struct sample *s, uint32_t session)
{
	struct wr w = wr_init(s->head, ROOM);
	size_t l2tp = 6 + 4 + INNER;

	put_eth(&w, PORT_LAC, lac_mac, ETHERTYPE_IPV4);
	put_ip(&w, lac_of(session), US, UDP_HDR + l2tp);
	wr_u32(&w, L2TP_UDP_PORT << 16 | L2TP_UDP_PORT);
	wr_u16(&w, (uint16_t)(UDP_HDR + l2tp));
	wr_u16(&w, 0);
	wr_u16(&w, 2);
	wr_u16(&w, tunnel_of(session));
	wr_u16(&w, (uint16_t)session);
	wr_u32(&w, 0xff030021);
	put_ip(&w, FIRST_IP + session, HOST, INNER - IPV4_HDR);
	s->len = (uint16_t)(w.len + INNER - IPV4_HDR);
	s->ifindex = PORT_LAC;
}

static void make_encap(struct sample *s, uint32_t session)
{
	struct wr w = wr_init(s->head, ROOM);

	put_eth(&w, PORT_HOST, host_mac, ETHERTYPE_IPV4);
	put_ip(&w, HOST, FIRST_IP + session, INNER - IPV4_HDR);
	s->len = (uint16_t)(w.len + INNER - IPV4_HDR);
	s->ifindex = PORT_HOST;
}

static void make_samples(struct memory_ports *m, uint32_t sessions,
	void (*make)(struct sample *, uint32_t))
{
	struct rng r;

	rng_init(&r, 1, sessions);
	for (unsigned i = 0; i < FRAMES; i++)
		make(&m->sample[i], 1 + rng_below(&r, sessions));
}

static void renew(struct memory_ports *m)
{
	for (unsigned i = 0; i < FRAMES; i++) {
		reset_pkt(m->pkt[i], m->sample[i].ifindex, m->sample[i].len);
		memcpy(pkt_data(m->pkt[i]), m->sample[i].head, ROOM);
	}
}

/* Between two packets of one of 64k sessions the payloads of 64k others have gone through the
 * caches: so do these octets.  Afterwards tables and frames are where they would be. */
static void let_traffic_pass(struct memory_ports *m)
{
	for (size_t i = 0; i < TRAFFIC; i += 64)
		m->traffic[i]++;
}

/* ---- passes: every frame once; how many were sent ---- */

static unsigned pass_bursts(struct memory_ports *m, unsigned burst)
{
	unsigned sent = 0;

	for (unsigned i = 0; i < FRAMES; i += burst) {
		fp_path_burst(m->path, m->pkt + i, burst, m->now, &m->sink);
		for (unsigned k = 0; k < m->sink.n; k++)
			sent += m->sink.row[k].verdict == FP_TX;
	}
	return sent;
}

static unsigned pass_32(struct memory_ports *m)
{
	return pass_bursts(m, PKT_BURST);
}

static unsigned pass_1(struct memory_ports *m)
{
	return pass_bursts(m, 1);
}

/* Reads the metadata and the headers, writes a frame header before them. */
static unsigned pass_bare(struct memory_ports *m)
{
	unsigned sent = 0;

	for (unsigned i = 0; i < FRAMES; i++) {
		struct pkt *p = m->pkt[i];
		uint8_t *d = pkt_data(p);

		sent += d[12] == 0x08 && d[52] != 0xff;
		memset(pkt_push(p, ETH_HDR), 0, ETH_HDR);
	}
	return sent;
}

static const struct {
	const char *name;
	unsigned (*pass)(struct memory_ports *m);
} ways[] = {
	{ "burst 32", pass_32 },
	{ "burst 1", pass_1 },
	{ "bare loop", pass_bare },
};

enum { N_WAYS = G_N_ELEMENTS(ways) };

/* ---- measuring ---- */

static double measure(struct memory_ports *m, unsigned way)
{
	let_traffic_pass(m);
	renew(m);

	int64_t start = bench_clock();
	unsigned sent = ways[way].pass(m);
	int64_t ns = bench_clock() - start;

	g_assert_cmpuint(sent, ==, FRAMES);
	return (double)ns / FRAMES;
}

/* Prints a line; the gain of bursts over single packets. */
static double compare(struct memory_ports *m, const char *name, uint32_t sessions)
{
	double ns[N_WAYS][BENCH_ROUNDS];
	double median[N_WAYS];

	for (unsigned way = 0; way < N_WAYS; way++)
		measure(m, way);
	for (unsigned round = 0; round < BENCH_ROUNDS; round++) {
		for (unsigned way = 0; way < N_WAYS; way++)
			ns[way][round] = measure(m, way);
	}
	for (unsigned way = 0; way < N_WAYS; way++)
		median[way] = bench_median(ns[way], BENCH_ROUNDS);
	printf("  %-6s %8u %12.1f %12.1f %12.1f %9.2fx %9.2fx\n", name, sessions,
		median[0], median[1], median[2], median[1] / median[0],
		median[0] / median[2]);
	return median[1] / median[0];
}

bool bench_fp(void)
{
	static const uint32_t sizes[] = { 1024, 8192, 65535 };
	double gain = G_MAXDOUBLE; /* the worse of both ways at the most sessions */

	printf("fp: nanoseconds of CPU per packet, median of %d rounds, %d frames\n",
		BENCH_ROUNDS, FRAMES);
	printf("  %-6s %8s %12s %12s %12s %10s %10s\n", "", "sessions", ways[0].name,
		ways[1].name, ways[2].name, "1 / 32", "32 / bare");
	for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
		struct memory_ports *m = make_world(sizes[i]);
		double decap, encap;

		make_samples(m, sizes[i], make_decap);
		decap = compare(m, "decap", sizes[i]);
		make_samples(m, sizes[i], make_encap);
		encap = compare(m, "encap", sizes[i]);
		gain = MIN(decap, encap);
		free_world(m);
	}
	printf("  with %u sessions bursts are %.2f times as fast (at least %.1f "
	       "wanted)\n",
		sizes[G_N_ELEMENTS(sizes) - 1], gain, MIN_GAIN);
	return gain >= MIN_GAIN;
}
