/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The small host of simulated peers: two of them cannot be joined by a wire, so a toy port
 * stands at its other end and is given frames, and keeps what comes.
 */
#include "chassis/chassis.h"
#include "scenarios/engine/nethost.h"

#include <string.h>

enum {
	IP_HOST = 0xc0000201u,
	IP_OTHER = 0xc0000207u,
	IP_GATE = 0xc00002feu,
	IP_FAR = 0x0a000001u
};

/* What the boards of one test share; rounds are inline. */
struct bench {
	GPtrArray *to_host; /* GBytes, sent by the port */
	GPtrArray *from_host;
	GPtrArray *say; /* texts that the host sends to IP_FAR */
	struct nethost *host;
	unsigned datagrams;
	uint8_t last[8];
	size_t last_len;
};

struct toy {
	struct board_env *env;
	struct bench *bench;
	struct nethost host;
	base_time due; /* looks every millisecond for what there is to do */
};

static void *toy_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct toy *t = g_new0(struct toy, 1);
	struct bench *const *bench = arg;

	t->env = env;
	t->bench = *bench;
	if (slot_kind(board_slot(env)) == BOARD_PEER) {
		nethost_init(&t->host, env,
			&(struct nethost_config){ port_ifindex(SLOT_SPA, 0), IP_HOST,
				0xffffff00u, IP_GATE });
		t->bench->host = &t->host;
	}
	return t;
}

static void toy_destroy(void *self)
{
	struct toy *t = self;

	if (slot_kind(board_slot(t->env)) == BOARD_PEER)
		nethost_deinit(&t->host);
	g_free(t);
}

static void toy_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
}

static base_time toy_due(const void *self)
{
	return ((const struct toy *)self)->due;
}

static bool port_work(void *self, base_time now, unsigned budget)
{
	struct toy *t = self;
	struct pkt *p[PKT_BURST];
	unsigned n = pkt_rx(t->env, SLOT_PEER, p, PKT_BURST);

	for (unsigned i = 0; i < n; i++) {
		g_assert_cmpuint(p[i]->ifindex, ==, port_ifindex(SLOT_SPA, 0));
		g_ptr_array_add(
			t->bench->from_host, g_bytes_new(pkt_data(p[i]), p[i]->len));
	}
	pkt_free(t->env, p, n);
	for (unsigned i = 0; i < t->bench->to_host->len; i++) {
		gsize len;
		const void *bytes =
			g_bytes_get_data(g_ptr_array_index(t->bench->to_host, i), &len);

		g_assert_cmpuint(pkt_alloc(t->env, p, 1), ==, 1);
		if (len)
			memcpy(pkt_data(p[0]), bytes, len);
		p[0]->len = (uint16_t)len;
		g_assert_cmpuint(pkt_tx(t->env, SLOT_PEER, p, 1), ==, 1);
	}
	g_ptr_array_set_size(t->bench->to_host, 0);
	t->due = time_add(now, dur_ms(1));
	return false;
}

static void on_udp(void *user, const struct ipv4_hdr *ip, const struct udp_hdr *udp,
	struct rd payload, base_time now)
{
	struct bench *b = user;

	b->datagrams++;
	b->last_len = MIN(rd_left(&payload), sizeof(b->last));
	rd_copy(&payload, b->last, b->last_len);
}

static bool host_work(void *self, base_time now, unsigned budget)
{
	struct toy *t = self;

	for (unsigned i = 0; i < t->bench->say->len; i++) {
		const char *text = g_ptr_array_index(t->bench->say, i);

		nethost_send_udp(&t->host, 7, IP_FAR, 9, text, strlen(text), now);
	}
	g_ptr_array_set_size(t->bench->say, 0);
	t->due = time_add(now, dur_ms(1));
	return nethost_work(&t->host, budget, on_udp, t->bench, now);
}

static const struct board_ops port_ops = {
	.kind = BOARD_SPA,
	.power_on = toy_power_on,
	.message = toy_message,
	.work = port_work,
	.next_due = toy_due,
	.destroy = toy_destroy,
};

static const struct board_ops host_ops = {
	.kind = BOARD_PEER,
	.power_on = toy_power_on,
	.message = toy_message,
	.work = host_work,
	.next_due = toy_due,
	.destroy = toy_destroy,
};

struct world {
	struct bench bench,
		*arg; /* arg: what boards are declared with must not be written */
	struct chassis *c;
};

static void world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->arg = &w->bench;
	w->bench.to_host =
		g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	w->bench.from_host =
		g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	w->bench.say = g_ptr_array_new_with_free_func(g_free);
	w->c = chassis_new(&(struct chassis_config){ .seed = 1, .virtual = true });
	chassis_declare(w->c, SLOT_SPA, &port_ops, &w->arg);
	chassis_declare(w->c, SLOT_PEER, &host_ops, &w->arg);
	chassis_wire(w->c, port_ifindex(SLOT_SPA, 0), SLOT_PEER);
	g_assert_true(chassis_insert(w->c, SLOT_SPA, NULL));
	g_assert_true(chassis_insert(w->c, SLOT_PEER, NULL));
}

static void world_close(struct world *w)
{
	chassis_free(w->c);
	g_ptr_array_unref(w->bench.to_host);
	g_ptr_array_unref(w->bench.from_host);
	g_ptr_array_unref(w->bench.say);
}

static void run_ms(struct world *w, int ms)
{
	chassis_run(w->c, time_add(chassis_now(w->c), dur_ms(ms)));
}

static void give(struct world *w, const void *frame, size_t n)
{
	g_ptr_array_add(w->bench.to_host, g_bytes_new(frame, n));
	run_ms(w, 2);
}

/* The i-th frame from the host, without its Ethernet header. */
static struct rd frame(struct world *w, unsigned i, struct eth_hdr *eth)
{
	const uint8_t *bytes;
	struct rd r;
	gsize n;

	g_assert_cmpuint(w->bench.from_host->len, >, i);
	bytes = g_bytes_get_data(g_ptr_array_index(w->bench.from_host, i), &n);
	r = rd_init(bytes, n);
	g_assert_true(eth_parse(&r, eth));
	return r;
}

static const uint8_t gate_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 9 };

static void arp(struct world *w, uint16_t op, uint32_t sender, uint32_t target)
{
	uint8_t buf[64];
	struct wr m = wr_init(buf, sizeof(buf));

	wr_bytes(&m, "\xff\xff\xff\xff\xff\xff", ETH_ALEN);
	wr_bytes(&m, gate_mac, ETH_ALEN);
	wr_u16(&m, ETHERTYPE_ARP);
	wr_bytes(&m, "\0\1\10\0\6\4", 6);
	wr_u16(&m, op);
	wr_bytes(&m, gate_mac, ETH_ALEN);
	wr_u32(&m, sender);
	wr_bytes(&m, "\0\0\0\0\0\0", ETH_ALEN);
	wr_u32(&m, target);
	give(w, buf, m.len);
}

static void test_arp_answer(void)
{
	struct eth_hdr eth;
	struct world w;
	struct rd r;

	world_open(&w);
	arp(&w, 1, IP_GATE, IP_OTHER); /* not ours */
	g_assert_cmpuint(w.bench.from_host->len, ==, 0);
	arp(&w, 1, IP_GATE, IP_HOST);
	r = frame(&w, 0, &eth);
	g_assert_cmpuint(eth.type, ==, ETHERTYPE_ARP);
	g_assert_cmpmem(eth.dst, ETH_ALEN, gate_mac, ETH_ALEN);
	rd_skip(&r, 6);
	g_assert_cmpuint(rd_u16(&r), ==, 2);
	rd_skip(&r, ETH_ALEN);
	g_assert_cmpuint(rd_u32(&r), ==, IP_HOST);
	world_close(&w);
}

/* Asks once a second, keeps packets, then sends all of them in order to the gateway. */
static void test_resolve(void)
{
	static const char *const texts[] = { "one", "two", "three" };
	struct eth_hdr eth;
	struct ipv4_hdr ip;
	struct udp_hdr udp;
	struct world w;
	struct rd r;

	world_open(&w);
	for (unsigned i = 0; i < 3; i++)
		g_ptr_array_add(w.bench.say, g_strdup(texts[i]));
	run_ms(&w, 2500);
	g_assert_cmpuint(w.bench.from_host->len, ==, 3); /* at 0, 1 and 2 s */
	r = frame(&w, 2, &eth);
	g_assert_cmpuint(eth.type, ==, ETHERTYPE_ARP);
	rd_skip(&r, 24);
	g_assert_cmpuint(rd_u32(&r), ==, IP_GATE);
	arp(&w, 2, IP_GATE, IP_HOST);
	run_ms(&w, 5000);
	g_assert_cmpuint(w.bench.from_host->len, ==, 6);
	for (unsigned i = 0; i < 3; i++) {
		r = frame(&w, 3 + i, &eth);
		g_assert_cmpuint(eth.type, ==, ETHERTYPE_IPV4);
		g_assert_cmpmem(eth.dst, ETH_ALEN, gate_mac, ETH_ALEN);
		g_assert_true(ipv4_parse(&r, &ip));
		g_assert_cmpuint(ip.dst, ==, IP_FAR);
		g_assert_true(udp_parse(&r, &ip, &udp));
		g_assert_cmpmem(r.p, rd_left(&r), texts[i], strlen(texts[i]));
	}
	world_close(&w);
}

static void give_ip(
	struct world *w, uint32_t dst, const uint8_t mac[ETH_ALEN], bool damaged)
{
	uint8_t buf[128];
	struct wr m = wr_init(buf, sizeof(buf));

	wr_bytes(&m, mac, ETH_ALEN);
	wr_bytes(&m, gate_mac, ETH_ALEN);
	wr_u16(&m, ETHERTYPE_IPV4);
	m.len += udp4_build(buf + m.len, sizeof(buf) - m.len, IP_GATE, 9, dst, 7, 1,
		"abc", 3, true);
	if (damaged)
		buf[ETH_HDR + IPV4_HDR + UDP_HDR] ^= 1;
	give(w, buf, m.len);
}

static void test_udp(void)
{
	struct world w;

	world_open(&w);
	give_ip(&w, IP_HOST, w.bench.host->mac, false);
	g_assert_cmpuint(w.bench.datagrams, ==, 1);
	g_assert_cmpmem(w.bench.last, w.bench.last_len, "abc", 3);
	give_ip(&w, IP_OTHER, w.bench.host->mac, false);
	give_ip(&w, IP_HOST, gate_mac, false);
	g_assert_cmpuint(w.bench.datagrams, ==, 1);
	g_assert_cmpuint(w.bench.host->malformed, ==, 0);
	give_ip(&w, IP_HOST, w.bench.host->mac, true);
	g_assert_cmpuint(w.bench.datagrams, ==, 1);
	g_assert_cmpuint(w.bench.host->malformed, ==, 1);
	world_close(&w);
}

static void test_echo(void)
{
	static const uint8_t request[] = { 8, 0, 0, 0, 0x12, 0x34, 0, 1, 'x', 'y' };
	const struct ipv4_hdr ip = { .src = IP_GATE, .dst = IP_HOST };
	uint8_t icmp[sizeof(request)], buf[64];
	struct ipv4_hdr got;
	struct rd r;
	size_t n;

	memcpy(icmp, request, sizeof(icmp));
	put_u16(icmp + 2, csum(icmp, sizeof(icmp), 0));
	n = nethost_echo_reply(buf, sizeof(buf), &ip, rd_init(icmp, sizeof(icmp)), 5);
	g_assert_cmpuint(n, ==, IPV4_HDR + sizeof(icmp));
	r = rd_init(buf, n);
	g_assert_true(ipv4_parse(&r, &got));
	g_assert_cmpuint(got.src, ==, IP_HOST);
	g_assert_cmpuint(got.dst, ==, IP_GATE);
	g_assert_cmpuint(csum(r.p, rd_left(&r), 0), ==, 0);
	g_assert_cmpuint(r.p[0], ==, 0);
	g_assert_cmpmem(r.p + 4, 6, request + 4, 6);
	/* no answer: too short, damaged, an answer itself, no room */
	g_assert_cmpuint(nethost_echo_reply(buf, 64, &ip, rd_init(icmp, 7), 5), ==, 0);
	g_assert_cmpuint(
		nethost_echo_reply(buf, 29, &ip, rd_init(icmp, sizeof(icmp)), 5), ==,
		0);
	icmp[8] ^= 1;
	g_assert_cmpuint(
		nethost_echo_reply(buf, 64, &ip, rd_init(icmp, sizeof(icmp)), 5), ==,
		0);
	g_assert_cmpuint(
		nethost_echo_reply(buf, 64, &ip, rd_init(r.p, rd_left(&r)), 5), ==, 0);
}

/* Frames of noise and cut frames: nothing is answered, nothing breaks. */
static void test_noise(void)
{
	struct world w;
	uint8_t buf[80];

	world_open(&w);
	for (unsigned i = 0; i < 500; i++) {
		unsigned n = (unsigned)g_test_rand_int_range(0, sizeof(buf) + 1);

		for (unsigned k = 0; k < n; k++)
			buf[k] = (uint8_t)g_test_rand_int();
		memcpy(buf, w.bench.host->mac, ETH_ALEN);
		put_u16(buf + 12, i % 2 ? ETHERTYPE_ARP : ETHERTYPE_IPV4);
		give(&w, buf, n);
	}
	g_assert_cmpuint(w.bench.datagrams, ==, 0);
	world_close(&w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/nethost/arp-answer", test_arp_answer);
	g_test_add_func("/scenarios/nethost/resolve", test_resolve);
	g_test_add_func("/scenarios/nethost/udp", test_udp);
	g_test_add_func("/scenarios/nethost/echo", test_echo);
	g_test_add_func("/scenarios/nethost/noise", test_noise);
	return g_test_run();
}
