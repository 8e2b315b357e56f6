/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Faults of ports: frames through an SPA with faults in either direction, times and order at
 * the other end.
 */
#include "spa/fault.h"

#include "spa/spa.h"
#include "tests/spa/probe.h"

enum {
	SPA_0_0 = SLOT_SPA,
	PEER = SLOT_PEER,
	BOTH = LINK_IN | LINK_OUT,
};

struct world {
	struct chassis *c;
	struct probe f0, peer;
	struct probe *f0_p, *peer_p;
	struct spa_config cfg;
	uint16_t port;
};

static void run_us(struct world *w, int64_t us)
{
	chassis_run(w->c, time_add(chassis_now(w->c), dur_us(us)));
}

static void insert(struct world *w, unsigned slot)
{
	g_autoptr(GError) error = NULL;

	chassis_insert(w->c, slot, &error);
	g_assert_no_error(error);
}

static struct world *make_world(uint64_t seed)
{
	struct world *w = g_new0(struct world, 1);
	struct chassis_config cfg = { .seed = seed, .virtual = true };

	w->c = chassis_new(&cfg);
	w->port = port_ifindex(SPA_0_0, 0);
	w->cfg.n_ports = 2;
	w->cfg.port[0].peer_slot = w->cfg.port[1].peer_slot = PEER;
	w->f0_p = &w->f0;
	w->peer_p = &w->peer;
	probe_init(&w->f0, SPA_0_0);
	probe_init(&w->peer, SPA_0_0);
	chassis_declare(w->c, SLOT_F0, &probe_fp, &w->f0_p);
	chassis_declare(w->c, SPA_0_0, &spa_board, &w->cfg);
	chassis_declare(w->c, PEER, &probe_peer, &w->peer_p);
	chassis_wire(w->c, w->port, PEER);
	chassis_wire(w->c, w->port + 1, PEER);
	insert(w, SLOT_F0);
	insert(w, SPA_0_0);
	insert(w, PEER);
	run_us(w, 10000);
	return w;
}

static void free_world(struct world *w)
{
	chassis_free(w->c);
	probe_deinit(&w->f0);
	probe_deinit(&w->peer);
	g_free(w);
}

static void set(struct world *w, const struct msg_link *m)
{
	g_autoptr(GError) error = NULL;

	chassis_link_port(w->c, w->port, m, &error);
	g_assert_no_error(error);
	run_us(w, 10);
}

static void clear(struct world *w)
{
	struct msg_link none = { 0 };

	set(w, &none);
}

/* n frames of 100 octets that begin with their numbers, from `first` on. */
static void send(struct world *w, struct probe *from, unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		struct probe_pkt meta = { .ifindex = w->port };
		GByteArray *b = g_byte_array_new();

		g_byte_array_set_size(b, 100);
		memset(b->data, 0x55, 100);
		b->data[0] = (guint8)(i >> 8);
		b->data[1] = (guint8)i;
		probe_send(from, SPA_0_0, &meta, b);
	}
}

static unsigned number(const struct probe *p, unsigned n)
{
	const struct probe_pkt *k = probe_pkt_at(p, n);
	const uint8_t *b = g_bytes_get_data(k->bytes, NULL);

	g_assert_cmpuint(g_bytes_get_size(k->bytes), ==, 100);
	g_assert_cmpuint(b[99], ==, 0x55);
	return (unsigned)b[0] << 8 | b[1];
}

/* How many came before one that was sent before them. */
static unsigned inversions(const struct probe *p)
{
	unsigned found = 0;

	for (unsigned i = 1; i < p->pkts->len; i++)
		found += number(p, i) < number(p, i - 1);
	return found;
}

static struct msg_port_state state(struct world *w)
{
	struct msg_port_state m = { 0 };

	for (unsigned i = w->f0.msgs->len; i > 0; i--) {
		const struct probe_msg *k = w->f0.msgs->pdata[i - 1];
		struct ipc_msg msg = { .type = k->type,
			.payload = rd_init(g_bytes_get_data(k->payload, NULL),
				g_bytes_get_size(k->payload)) };

		if (k->type != IPC_PORT_STATE || !ipc_decode(&msg, &m))
			continue;
		g_clear_pointer(&m.driver, g_free);
		if (m.ifindex == w->port)
			return m;
	}
	g_assert_not_reached();
}

/* ---- cases ---- */

static void test_none(void)
{
	struct world *w = make_world(1);

	clear(w);
	send(w, &w->peer, 0, 300);
	send(w, &w->f0, 0, 300);
	run_us(w, 10);
	g_assert_cmpuint(w->f0.pkts->len, ==, 300);
	g_assert_cmpuint(w->peer.pkts->len, ==, 300);
	free_world(w);
}

static void test_delay(void)
{
	struct msg_link m = { .dir = LINK_IN, .delay_us = 2000 };
	struct world *w = make_world(1);

	set(w, &m);
	send(w, &w->peer, 0, 5);
	send(w, &w->f0, 0, 5);
	run_us(w, 1990);
	g_assert_cmpuint(w->f0.pkts->len, ==, 0);
	g_assert_cmpuint(w->peer.pkts->len, ==, 5); /* the other direction is free */
	run_us(w, 20);
	g_assert_cmpuint(w->f0.pkts->len, ==, 5);
	g_assert_cmpuint(inversions(&w->f0), ==, 0);
	free_world(w);
}

static void test_jitter_keeps_order(void)
{
	struct msg_link m = { .dir = LINK_OUT, .delay_us = 1000, .jitter_us = 5000 };
	struct world *w = make_world(1);
	unsigned at_half;

	set(w, &m);
	for (unsigned i = 0; i < 60; i++) {
		send(w, &w->f0, i, 1);
		run_us(w, 100);
	}
	at_half = w->peer.pkts->len;
	g_assert_cmpuint(at_half, <, 60);
	run_us(w, 6000);
	g_assert_cmpuint(w->peer.pkts->len, ==, 60);
	g_assert_cmpuint(inversions(&w->peer), ==, 0);
	free_world(w);
}

static void test_loss(void)
{
	struct msg_link m = { .dir = BOTH, .loss_ppm = 200000 };
	struct world *w = make_world(1);

	set(w, &m);
	for (unsigned i = 0; i < 10; i++) {
		send(w, &w->peer, i * 200, 200);
		send(w, &w->f0, i * 200, 200);
		run_us(w, 10);
	}
	g_assert_cmpuint(w->f0.pkts->len, >, 1500);
	g_assert_cmpuint(w->f0.pkts->len, <, 1700);
	g_assert_cmpuint(w->peer.pkts->len, >, 1500);
	g_assert_cmpuint(w->peer.pkts->len, <, 1700);
	run_us(w, 1100000);
	g_assert_cmpuint(state(w).rx_drops, ==, 2000 - w->f0.pkts->len);
	g_assert_cmpuint(state(w).tx_drops, ==, 2000 - w->peer.pkts->len);
	g_assert_true(state(w).up);
	m.loss_ppm = 1000000;
	set(w, &m);
	probe_forget(&w->f0);
	send(w, &w->peer, 0, 100);
	run_us(w, 10);
	g_assert_cmpuint(w->f0.pkts->len, ==, 0);
	free_world(w);
}

static void test_dup(void)
{
	struct msg_link m = { .dir = LINK_IN, .dup_ppm = 500000 };
	struct world *w = make_world(1);
	unsigned twice = 0;

	set(w, &m);
	send(w, &w->peer, 0, 400);
	run_us(w, 10);
	for (unsigned i = 1; i < w->f0.pkts->len; i++)
		twice += number(&w->f0, i) == number(&w->f0, i - 1);
	g_assert_cmpuint(w->f0.pkts->len, ==, 400 + twice);
	g_assert_cmpuint(twice, >, 150);
	g_assert_cmpuint(twice, <, 250);
	free_world(w);
}

static void test_reorder(void)
{
	struct msg_link m = { .dir = LINK_OUT, .reorder_ppm = 100000 };
	struct world *w = make_world(1);

	set(w, &m);
	for (unsigned i = 0; i < 300; i++) {
		send(w, &w->f0, i, 1);
		run_us(w, 200);
	}
	run_us(w, 10000);
	g_assert_cmpuint(w->peer.pkts->len, ==, 300);
	g_assert_cmpuint(inversions(&w->peer), >, 10);
	g_assert_cmpuint(inversions(&w->peer), <, 60);
	free_world(w);
}

/* 100 octets at 8 Mbit/s are 100 us. */
static void test_rate(void)
{
	struct msg_link m = { .dir = LINK_IN, .rate_kbps = 8000 };
	struct world *w = make_world(1);

	set(w, &m);
	send(w, &w->peer, 0, 50);
	run_us(w, 2050);
	g_assert_cmpuint(w->f0.pkts->len, ==, 20);
	run_us(w, 3000);
	g_assert_cmpuint(w->f0.pkts->len, ==, 50);
	g_assert_cmpuint(inversions(&w->f0), ==, 0);
	free_world(w);
}

static void test_cut(void)
{
	struct msg_link m = { .dir = BOTH, .cut = true };
	struct world *w = make_world(1);

	g_assert_true(state(w).up);
	set(w, &m);
	g_assert_false(state(w).up);
	g_assert_true(state(w).present);
	send(w, &w->peer, 0, 9);
	send(w, &w->f0, 0, 9);
	run_us(w, 1000);
	g_assert_cmpuint(w->f0.pkts->len, ==, 0);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	clear(w);
	g_assert_true(state(w).up);
	m.dir = LINK_OUT; /* what it receives is whole: it sees nothing */
	set(w, &m);
	g_assert_true(state(w).up);
	send(w, &w->peer, 0, 9);
	send(w, &w->f0, 0, 9);
	run_us(w, 1000);
	g_assert_cmpuint(w->f0.pkts->len, ==, 9);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	m.dir = LINK_IN;
	set(w, &m);
	g_assert_false(state(w).up);
	free_world(w);
}

/* Frames on their way are bounded, nobody else's buffers are held, and all of them come. */
static void test_queue(void)
{
	enum { N = 5000, CHUNK = 500 };
	struct msg_link m = { .dir = LINK_IN, .delay_us = 1000000 };
	struct world *w = make_world(1);

	set(w, &m);
	for (unsigned i = 0; i < N; i += CHUNK) {
		send(w, &w->peer, i, CHUNK); /* more in all than the peer has buffers */
		run_us(w, 100);
	}
	send(w, &w->f0, 0, CHUNK);
	run_us(w, 100);
	g_assert_cmpuint(w->peer.pkts->len, ==, CHUNK);
	g_assert_cmpuint(w->f0.pkts->len, ==, 0);
	run_us(w, 1100000);
	g_assert_cmpuint(
		w->f0.pkts->len, >, 1000); /* a full ring to the FP may lose some */
	g_assert_cmpuint(w->f0.pkts->len, <=, FAULT_QUEUE);
	run_us(w, 1100000);
	g_assert_cmpuint(state(w).rx_drops, >=, N - FAULT_QUEUE);
	g_assert_cmpuint(inversions(&w->f0), ==, 0);
	free_world(w);
}

/* Both directions and ports share the board's buffers; some are left for what comes in. */
static void test_board_room(void)
{
	struct msg_link m = { .dir = BOTH, .delay_us = 1000000 };
	struct world *w = make_world(1);

	set(w, &m);
	for (unsigned i = 0; i < 5000; i += 500) {
		send(w, &w->peer, i, 500);
		send(w, &w->f0, i, 500);
		run_us(w, 100);
	}
	clear(w);
	w->port++;
	send(w, &w->peer, 0, 10);
	run_us(w, 10);
	g_assert_cmpuint(w->f0.pkts->len, ==, 10);
	free_world(w);
}

/* Frames on their way when faults end still come, and later ones do not overtake them. */
static void test_clear(void)
{
	struct msg_link m = { .dir = LINK_OUT, .delay_us = 3000 };
	struct world *w = make_world(1);

	set(w, &m);
	send(w, &w->f0, 0, 40);
	run_us(w, 1000);
	clear(w);
	send(w, &w->f0, 40, 40);
	run_us(w, 1000);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	run_us(w, 1100);
	g_assert_cmpuint(w->peer.pkts->len, ==, 80);
	g_assert_cmpuint(inversions(&w->peer), ==, 0);
	send(w, &w->f0, 80, 40);
	run_us(w, 10);
	g_assert_cmpuint(w->peer.pkts->len, ==, 120);
	free_world(w);
}

/* The board is pulled with frames on their way: they are lost, the buffers are not, and the
 * next board has the same faults. */
static void test_pull(void)
{
	struct msg_link m = { .dir = BOTH, .delay_us = 3000, .dup_ppm = 300000 };
	struct world *w = make_world(1);

	set(w, &m);
	for (unsigned round = 0; round < 6; round++) {
		send(w, &w->f0, 0, 500);
		send(w, &w->peer, 0, 500);
		run_us(w, 1000);
		g_assert_true(chassis_pull(w->c, SPA_0_0, SLOT_WHY_PULLED, NULL));
		run_us(w, 1000);
		insert(w, SPA_0_0);
		run_us(w, 10000);
		g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	}
	send(w, &w->f0, 0, 1);
	run_us(w, 2900);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	run_us(w, 200);
	g_assert_cmpuint(w->peer.pkts->len, >=, 1);
	free_world(w);
}

static char *run_all_faults(uint64_t seed)
{
	struct msg_link m = { .dir = BOTH,
		.delay_us = 500,
		.jitter_us = 3000,
		.loss_ppm = 100000,
		.dup_ppm = 100000,
		.reorder_ppm = 200000,
		.rate_kbps = 20000 };
	struct world *w = make_world(seed);
	GString *s = g_string_new(NULL);

	set(w, &m);
	for (unsigned i = 0; i < 200; i++) {
		send(w, &w->f0, i, 1);
		run_us(w, 130);
	}
	run_us(w, 50000);
	for (unsigned i = 0; i < w->peer.pkts->len; i++)
		g_string_append_printf(s, "%u ", number(&w->peer, i));
	free_world(w);
	return g_string_free(s, FALSE);
}

static void test_seed(void)
{
	g_autofree char *a = run_all_faults(1), *b = run_all_faults(1),
			*c = run_all_faults(2);

	g_assert_cmpstr(a, ==, b);
	g_assert_cmpstr(a, !=, c);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/spa/fault/none", test_none);
	g_test_add_func("/spa/fault/delay", test_delay);
	g_test_add_func("/spa/fault/jitter-keeps-order", test_jitter_keeps_order);
	g_test_add_func("/spa/fault/loss", test_loss);
	g_test_add_func("/spa/fault/dup", test_dup);
	g_test_add_func("/spa/fault/reorder", test_reorder);
	g_test_add_func("/spa/fault/rate", test_rate);
	g_test_add_func("/spa/fault/cut", test_cut);
	g_test_add_func("/spa/fault/queue", test_queue);
	g_test_add_func("/spa/fault/board-room", test_board_room);
	g_test_add_func("/spa/fault/clear", test_clear);
	g_test_add_func("/spa/fault/pull", test_pull);
	g_test_add_func("/spa/fault/seed", test_seed);
	return g_test_run();
}
