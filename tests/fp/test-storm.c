/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two FPs on the wall clock, a thread each, under traffic and changes of their tables, while
 * boards are pulled and inserted at any moment.  In the end the FPs are alike and no buffer is
 * missing.
 */
#include "base/rng.h"
#include "chassis/internal.h"
#include "tests/fp/board.h"

enum { N_SESSIONS = 400, HITS = 120 };

/* ---- an RP that programs whichever FP is active, and changes its mind all the time ---- */

struct toy_rp {
	struct board_env *env;
	struct rng rng;
	unsigned fp;
	uint64_t term;
	uint32_t generation;
	base_time due;
};

static void *rp_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct toy_rp *rp = g_new0(struct toy_rp, 1);

	rp->env = env;
	rp->fp = SLOT_NONE;
	rp->due = now;
	rng_init(&rp->rng, board_seed(env), 1);
	return rp;
}

static void say_session(struct toy_rp *rp, unsigned n, uint32_t flags)
{
	struct msg_fib_session m = fpt_session();

	m.index = SESSION + n;
	m.local_session = (uint16_t)(m.local_session + n);
	m.subscriber_ip += n;
	m.flags |= flags;
	ipc_send_rec(rp->env, rp->fp, IPC_FIB_SESSION, &m);
}

static void program(struct toy_rp *rp)
{
	struct msg_fib_mark mark;
	struct msg_fib_iface i = { .ifindex = PORT_LAC,
		.kind = IFACE_PORT,
		.up = true,
		.ip = IP_US,
		.mask = 0xffffff00,
		.mtu = 1500 };

	if (rp->fp == SLOT_NONE || !rp->term)
		return;
	mark.generation = (uint32_t)rp->term << 8 | (rp->generation++ & 0xff);
	mark.count = 0;
	ipc_send_rec(rp->env, rp->fp, IPC_FIB_BEGIN, &mark);
	ipc_send_rec(rp->env, rp->fp, IPC_FIB_IFACE, &i);
	i.ifindex = PORT_HOST;
	i.ip = IP_SELF_2;
	ipc_send_rec(rp->env, rp->fp, IPC_FIB_IFACE, &i);
	for (unsigned n = 0; n < N_SESSIONS; n++)
		say_session(rp, n, 0);
	ipc_send_rec(rp->env, rp->fp, IPC_FIB_END, &mark);
}

static void rp_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct toy_rp *rp = self;
	struct msg_term term;
	struct msg_slot slot;

	for (size_t i = 0; i < n; i++) {
		if (msgs[i].type == IPC_TERM && ipc_decode(&msgs[i], &term) &&
			term.holder == board_slot(rp->env) &&
			term.boot_id == board_boot_id(rp->env)) {
			rp->term = term.term;
			board_set_term(rp->env, term.term);
			program(rp);
		} else if (msgs[i].type == IPC_FP_ACTIVE &&
			   ipc_decode(&msgs[i], &slot)) {
			rp->fp = slot.slot;
			program(rp);
		}
	}
}

static bool rp_work(void *self, base_time now, unsigned budget)
{
	struct toy_rp *rp = self;
	struct pkt *pkts[PKT_BURST];
	unsigned k;

	for (unsigned fp = SLOT_F0; fp <= SLOT_F1; fp++)
		while ((k = pkt_rx(rp->env, fp, pkts, PKT_BURST)))
			pkt_free(rp->env, pkts, k);
	if (time_before(now, rp->due) || rp->fp == SLOT_NONE || !rp->term)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		struct msg_fib_index m = { .index = SESSION +
						    rng_below(&rp->rng, N_SESSIONS) };

		if (rng_below(&rp->rng, 2))
			ipc_send_rec(rp->env, rp->fp, IPC_FIB_FREE, &m);
		else
			say_session(rp, m.index - SESSION, FIB_SESSION_SEQ_TX);
	}
	rp->due = time_add(now, dur_us(300));
	return false;
}

static base_time rp_next_due(const void *self)
{
	const struct toy_rp *rp = self;

	return rp->fp == SLOT_NONE || !rp->term ? BASE_TIME_NEVER : rp->due;
}

static void destroy(void *self)
{
	g_free(self);
}

static const struct board_ops rp_ops = {
	.kind = BOARD_RP,
	.power_on = rp_power_on,
	.message = rp_message,
	.work = rp_work,
	.next_due = rp_next_due,
	.destroy = destroy,
};

/* ---- a peer that is LAC and host, and counts what comes through ---- */

struct toy_peer {
	struct board_env *env;
	uint32_t *arrived; /* atomic */
	base_time due;
	unsigned n;
};

static void *peer_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct toy_peer *peer = g_new0(struct toy_peer, 1);

	peer->env = env;
	peer->arrived = *(uint32_t *const *)arg;
	peer->due = now;
	return peer;
}

static void peer_message(
	void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
}

static void put(struct toy_peer *peer, uint16_t ifindex, GByteArray *take)
{
	struct pkt *p;

	if (pkt_alloc(peer->env, &p, 1) == 1) {
		memcpy(pkt_data(p), take->data, take->len);
		p->len = (uint16_t)take->len;
		p->ifindex = ifindex;
		if (pkt_tx(peer->env, SLOT_SPA, &p, 1) != 1)
			pkt_free(peer->env, &p, 1);
	}
	g_byte_array_unref(take);
}

static bool peer_work(void *self, base_time now, unsigned budget)
{
	struct toy_peer *peer = self;
	struct pkt *pkts[PKT_BURST];
	unsigned k;

	while ((k = pkt_rx(peer->env, SLOT_SPA, pkts, PKT_BURST))) {
		for (unsigned i = 0; i < k; i++)
			if (pkts[i]->ifindex == PORT_HOST &&
				pkts[i]->len == 14 + 20 + 33)
				__atomic_add_fetch(peer->arrived, 1, __ATOMIC_RELAXED);
		pkt_free(peer->env, pkts, k);
	}
	if (time_before(now, peer->due))
		return false;
	if (peer->n++ % 20 == 0) {
		put(peer, PORT_LAC,
			b_eth(MAC_ALL, MAC_LAC, 0x0806,
				b_arp(1, MAC_LAC, IP_LAC, 0, IP_US)));
		put(peer, PORT_HOST,
			b_eth(MAC_ALL, MAC_HOST, 0x0806,
				b_arp(1, MAC_HOST, IP_HOST, 0, IP_SELF_2)));
	}
	put(peer, PORT_LAC, fpb_upstream(33));
	put(peer, PORT_HOST, b_from_host(b_ip4(IP_HOST, IP_SUB, 17, 64, b_fill(20))));
	peer->due = time_add(now, dur_us(100));
	return false;
}

static base_time peer_next_due(const void *self)
{
	return ((const struct toy_peer *)self)->due;
}

static const struct board_ops peer_ops = {
	.kind = BOARD_PEER,
	.power_on = peer_power_on,
	.message = peer_message,
	.work = peer_work,
	.next_due = peer_next_due,
	.destroy = destroy,
};

/* ---- the storm ---- */

static const uint8_t slots[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_F1, SLOT_SPA };

struct storm {
	struct chassis *c;
	struct rng rng;
	unsigned left;
};

static void later(struct storm *s, int64_t us, chassis_timer_fn fn)
{
	chassis_at(s->c, time_add(chassis_now(s->c), dur_us(us)), fn, s);
}

static void stop(void *user)
{
	struct storm *s = user;

	chassis_stop(s->c);
}

/* All in, nobody changes anything any more: time to become alike. */
static void calm(void *user)
{
	struct storm *s = user;

	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		if (slots[i] >= SLOT_F0 && !chassis_is_in(s->c, slots[i]))
			g_assert_true(chassis_insert(s->c, slots[i], NULL));
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++)
		if (chassis_is_in(s->c, slot))
			g_assert_true(chassis_pull(s->c, slot, SLOT_WHY_PULLED, NULL));
	later(s, 500000, stop);
}

static void hit(void *user)
{
	struct storm *s = user;
	unsigned slot = slots[rng_below(&s->rng, G_N_ELEMENTS(slots))];

	if (!s->left--) {
		calm(s);
		return;
	}
	if (!chassis_is_in(s->c, slot))
		g_assert_true(chassis_insert(s->c, slot, NULL));
	else if (slot != SLOT_SPA || s->left % 4 == 0)
		g_assert_true(chassis_pull(s->c, slot, SLOT_WHY_PULLED, NULL));
	later(s, rng_below(&s->rng, 8000), hit);
}

static void expect_alike(struct chassis *c)
{
	g_autofree char *f0 = fp_path_dump(fp_board_path(c->board[SLOT_F0]->self));
	g_autofree char *f1 = fp_path_dump(fp_board_path(c->board[SLOT_F1]->self));

	g_test_message("FPs with %zu and %zu octets of tables", strlen(f0), strlen(f1));
	g_assert_true(g_str_equal(f0, f1));
	g_assert_cmpint(fp_board_is_standby(c->board[SLOT_F0]->self), !=,
		fp_board_is_standby(c->board[SLOT_F1]->self));
}

static void test_storm(void)
{
	struct chassis_config cfg = { .seed = 1 };
	struct storm s = { .c = chassis_new(&cfg), .left = HITS };
	struct spa_config spa = { .n_ports = 2 };
	uint32_t arrived = 0, *at = &arrived;

	spa.port[0].peer_slot = spa.port[1].peer_slot = PEER;
	rng_init(&s.rng, 5, 0);
	chassis_declare(s.c, SLOT_R0, &rp_ops, NULL);
	chassis_declare(s.c, SLOT_R1, &rp_ops, NULL);
	chassis_declare(s.c, SLOT_F0, &fp_board, NULL);
	chassis_declare(s.c, SLOT_F1, &fp_board, NULL);
	chassis_declare(s.c, SLOT_SPA, &spa_board, &spa);
	chassis_declare(s.c, PEER, &peer_ops, &at);
	chassis_wire(s.c, PORT_LAC, PEER);
	chassis_wire(s.c, PORT_HOST, PEER);
	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		g_assert_true(chassis_insert(s.c, slots[i], NULL));
	g_assert_true(chassis_insert(s.c, PEER, NULL));
	later(&s, 20000, hit);
	chassis_run_free(s.c);
	expect_alike(s.c);
	g_test_message("%u packets came through", arrived);
	g_assert_cmpuint(arrived, >, 100);
	g_assert_true(chassis_pull(s.c, PEER, SLOT_WHY_PULLED, NULL));
	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		if (chassis_is_in(s.c, slots[i]))
			g_assert_true(
				chassis_pull(s.c, slots[i], SLOT_WHY_PULLED, NULL));
	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		g_assert_cmpuint(
			pool_home(s.c, slots[i]), ==, pool_size(s.c, slots[i]));
	chassis_free(s.c);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/storm/storm", test_storm);
	return g_test_run();
}
