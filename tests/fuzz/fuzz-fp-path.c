/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames through the packet path.  Input: records of {u8 what, u16 length, bytes}: a frame by
 * port 1, 2 or 3, a packet, PPP frame or Ethernet frame from an RP, time going by.  Sessions,
 * neighbours and routes are there; by port 3, and in its VLANs, PPPoE clients.  Every packet must
 * come out exactly once, inside its buffer, and what is sent must be a whole Ethernet frame whose
 * IPv4 or PPPoE header is right.
 */
#include "base/net.h"
#include "fp/internal.h"
#include "ppp/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	BUFFERS = 700,
	IP_LAC = 0x0a630001,
	IP_US = 0x0a630002,
	RECORDS_MAX = 64,
	ACCESS = 3,    /* port of the clients */
	VIA_ACCESS = 0x40, /* bit of `what` */
	CLIENTS = 20,  /* index of the first client's session */
};

#define IP_HOST UINT32_C(0xc0000201)
#define IP_SUB  UINT32_C(0x64400001)

struct world {
	struct fp_path *path;
	struct fp_sink sink;
	base_time now;
	uint8_t *memory;
	struct pkt *spare[BUFFERS];
	bool out[BUFFERS]; /* not among the spare ones */
	unsigned n_spare;
	bool raw; /* what is sent is what an RP said */
};

static unsigned take(void *user, struct pkt **pkts, unsigned n)
{
	struct world *w = user;
	unsigned i;

	for (i = 0; i < n && w->n_spare; i++) {
		struct pkt *p = w->spare[--w->n_spare];

		g_assert_false(w->out[p->number]);
		w->out[p->number] = true;
		p->off = PKT_META + PKT_HEADROOM;
		p->len = 0;
		p->ifindex = p->tunnel = 0;
		p->session = 0;
		p->flags = 0;
		pkts[i] = p;
	}
	return i;
}

static void check_frame(const struct pkt *p)
{
	struct rd r = rd_init((const uint8_t *)p + p->off, p->len);
	struct eth_hdr eth;
	struct ipv4_hdr ip;

	struct pppoe_hdr pppoe;

	g_assert_true(eth_parse(&r, &eth));
	if (eth.type == ETHERTYPE_ARP)
		return;
	if (eth.type == ETHERTYPE_PPPOE_SESS) {
		g_assert_cmpuint(rd_left(&r), <=, FP_MTU_DEFAULT);
		g_assert_true(pppoe_hdr_parse(&r, &pppoe));
		g_assert_cmpuint(pppoe.code, ==, PPPOE_SESSION);
		g_assert_cmpuint(pppoe.len, ==, rd_left(&r));
		return;
	}
	g_assert_cmphex(eth.type, ==, ETHERTYPE_IPV4);
	g_assert_cmpuint(rd_left(&r), <=, FP_MTU_DEFAULT);
	g_assert_true(ipv4_parse(&r, &ip));
}

static void empty(struct world *w)
{
	for (unsigned i = 0; i < w->sink.n; i++) {
		const struct fp_row *row = &w->sink.row[i];
		struct pkt *p = row->pkt;

		g_assert_true(w->out[p->number]);
		g_assert_cmpuint(p->off, >=, PKT_META);
		g_assert_cmpuint(p->off + p->len, <=, PKT_SIZE);
		if (row->verdict == FP_TX && !w->raw)
			check_frame(p);
		w->out[p->number] = false;
		w->spare[w->n_spare++] = p;
	}
	w->sink.n = 0;
}

static void add_port(struct world *w, uint16_t ifindex, uint32_t ip)
{
	struct msg_port_state port = { .ifindex = ifindex,
		.up = true,
		.present = true,
		.mac = 0x020000000000 | (ifindex - 1),
		.mtu = 1500 };
	struct msg_fib_iface iface = {
		.ifindex = ifindex, .up = true, .ip = ip, .mask = 0xffffff00
	};

	fp_path_port(w->path, &port, w->now, &w->sink);
	empty(w);
	fp_path_iface(w->path, &iface, w->now, &w->sink);
	empty(w);
}

/* Three sessions that differ in what is checked; every flag is on somewhere. */
static void add_sessions(struct world *w)
{
	static const uint32_t flags[] = {
		FIB_SESSION_OPEN,
		FIB_SESSION_OPEN | FIB_SESSION_SEQ_TX | FIB_SESSION_SEQ_REQUIRED,
		FIB_SESSION_SOURCE_CHECK,
	};

	for (uint32_t i = 0; i < G_N_ELEMENTS(flags); i++) {
		struct msg_fib_session m = { .index = 7 + i,
			.flags = flags[i],
			.local_ip = IP_US,
			.remote_ip = IP_LAC,
			.local_port = 1701,
			.remote_port = 1701,
			.local_tunnel = 100,
			.remote_tunnel = 200,
			.local_session = (uint16_t)(11 + i),
			.remote_session = (uint16_t)(22 + i),
			.subscriber_ip = IP_SUB + i,
			.local_magic = 0xa1a2a3a4,
			.mtu = i ? 1500 : 576,
			.echo_s = 1,
			.echo_misses = 3 };

		fp_path_session(w->path, &m, w->now);
	}
}

static void add_access(struct world *w)
{
	static const struct msg_fib_iface ifaces[] = {
		{ .ifindex = ACCESS, .up = true, .pppoe = true },
		{ .ifindex = 1300, .up = true, .parent = ACCESS, .outer = 100,
			.ip = 0x0a640001, .mask = 0xffffff00, .mss = 1000 },
		{ .ifindex = 1301, .up = true, .pppoe = true, .parent = ACCESS,
			.outer = 200, .inner_lo = 1, .inner_hi = 4094 },
	};
	struct msg_port_state port = { .ifindex = ACCESS,
		.up = true,
		.present = true,
		.mac = 0x020000000002,
		.mtu = 1500 };

	fp_path_port(w->path, &port, w->now, &w->sink);
	empty(w);
	for (unsigned i = 0; i < G_N_ELEMENTS(ifaces); i++) {
		fp_path_iface(w->path, &ifaces[i], w->now, &w->sink);
		empty(w);
	}
}

/* One client that ends here, one with two tags that goes on in a tunnel, and that one. */
static void add_clients(struct world *w)
{
	struct msg_fib_session m = { .index = CLIENTS,
		.flags = FIB_SESSION_OPEN | FIB_SESSION_PPPOE,
		.subscriber_ip = IP_SUB + 100,
		.local_magic = 0xb1b2b3b4,
		.mtu = 1492,
		.mss = 1452,
		.echo_s = 1,
		.echo_misses = 3,
		.ifindex = ACCESS,
		.pppoe_sid = 1,
		.client = 0x02cc00000001 };
	struct msg_fib_session lns = {
		.index = CLIENTS + 2,
		.flags = FIB_SESSION_OPEN | FIB_SESSION_SWITCHED,
		.local_ip = IP_US,
		.remote_ip = IP_LAC,
		.local_port = 1701,
		.remote_port = 1701,
		.local_tunnel = 101,
		.remote_tunnel = 201,
		.local_session = 1,
		.remote_session = 2,
		.mate = CLIENTS + 1,
	};

	fp_path_session(w->path, &m, w->now);
	m.index++;
	m.flags |= FIB_SESSION_SWITCHED;
	m.subscriber_ip = m.local_magic = 0;
	m.mate = lns.index;
	m.pppoe_sid++;
	m.n_vlan = 2;
	m.tpid = 0x81008100;
	m.vlan = 200 << 16 | 7;
	fp_path_session(w->path, &m, w->now);
	fp_path_session(w->path, &lns, w->now);
}

static struct world *make_world(void)
{
	struct world *w = g_new0(struct world, 1);
	struct msg_fib_route all = { .next_hop = IP_HOST };
	struct msg_fib_iface loop = { .ifindex = 256,
		.kind = IFACE_LOOPBACK,
		.up = true,
		.ip = 0xac100001,
		.mask = UINT32_MAX };

	w->memory = g_malloc0((size_t)BUFFERS * PKT_SIZE);
	for (uint32_t i = 0; i < BUFFERS; i++) {
		struct pkt *p =
			(struct pkt *)(void *)(w->memory + (size_t)i * PKT_SIZE);

		p->number = i;
		w->spare[w->n_spare++] = p;
	}
	w->now.ns = 1000000000;
	w->path = fp_path_new(take, w, w->now);
	add_port(w, 1, IP_US);
	add_port(w, 2, IP_HOST + 0xfd);
	fp_path_iface(w->path, &loop, w->now, &w->sink);
	empty(w);
	fp_path_route(w->path, &all);
	add_sessions(w);
	add_access(w);
	add_clients(w);
	return w;
}

static void free_world(struct world *w)
{
	fp_path_drain(w->path, &w->sink);
	empty(w);
	g_assert_cmpuint(w->n_spare, ==, BUFFERS); /* none lost, none twice */
	fp_path_free(w->path);
	g_free(w->memory);
	g_free(w);
}

static struct pkt *fill(struct world *w, struct rd *r)
{
	struct pkt *p;
	size_t n = MIN(rd_left(r), PKT_DATA_MAX);

	if (take(w, &p, 1) == 0)
		return NULL;
	rd_copy(r, pkt_data(p), n);
	p->len = (uint16_t)n;
	return p;
}

/* Neighbours known, as after a second of life. */
static void say_hello(struct world *w, uint16_t ifindex, uint32_t us, uint32_t them)
{
	struct pkt *p = NULL;
	struct wr b;

	take(w, &p, 1);
	b = wr_init(pkt_data(p), 42);
	wr_u16(&b, 0x0200);
	wr_u32(&b, ifindex - 1u);
	wr_u32(&b, 0x02aa0000);
	wr_u32(&b, 0x00010806);
	wr_u32(&b, 0x00010800);
	wr_u32(&b, 0x06040001);
	wr_u32(&b, 0x02aa0000);
	wr_u16(&b, 0x0001);
	wr_u32(&b, them);
	wr_u32(&b, 0);
	wr_u16(&b, 0);
	wr_u32(&b, us);
	p->len = (uint16_t)b.len;
	p->ifindex = ifindex;
	fp_path_burst(w->path, &p, 1, w->now, &w->sink);
	g_assert_cmpuint(w->sink.n, ==, 1);
	g_assert_cmpuint(w->sink.row[0].verdict, ==, FP_TX);
	empty(w);
}

static void one_record(struct world *w, uint8_t what, struct rd *r)
{
	static const uint8_t inject_flags[] = { PKT_INJECT_IP, PKT_INJECT_PPP, 0 };
	bool access = what & VIA_ACCESS;
	struct pkt *p;

	if (what % 8 == 7) {
		w->now = time_add(w->now, dur_ms(rd_u16(r) % 5000));
		while (fp_path_tick(w->path, w->now, &w->sink))
			empty(w);
		empty(w);
		return;
	}
	p = fill(w, r);
	if (!p)
		return;
	if (what % 8 < 4) {
		p->ifindex = access ? ACCESS : (uint16_t)(1 + what % 2);
		fp_path_burst(w->path, &p, 1, w->now, &w->sink);
	} else {
		p->flags = inject_flags[what % 8 - 4];
		p->session = (access ? CLIENTS : 6u) + what / 8 % 5;
		if (access && !p->flags) {
			p->flags = PKT_INJECT_ETHER;
			p->ifindex = what / 8 % 5;
			w->raw = true;
		}
		fp_path_inject(w->path, &p, 1, w->now, &w->sink);
	}
	empty(w);
	w->raw = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world *w = make_world();
	struct rd r = rd_init(data, size);

	say_hello(w, 1, IP_US, IP_LAC);
	say_hello(w, 2, IP_HOST + 0xfd, IP_HOST);
	for (unsigned i = 0; i < RECORDS_MAX && rd_left(&r) > 3; i++) {
		uint8_t what = rd_u8(&r);
		size_t n = MIN(rd_u16(&r), rd_left(&r));
		struct rd part = rd_sub(&r, n);

		one_record(w, what, &part);
	}
	free_world(w);
	return 0;
}
