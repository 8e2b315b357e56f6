/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Boards under the virtual clock: latency, determinism, pull at every item, buffers.
 */
#include "tests/chassis/toys.h"

#include <string.h>

static void insert(struct chassis *c, unsigned slot)
{
	GError *error = NULL;

	chassis_insert(c, slot, &error);
	g_assert_no_error(error);
}

static void pull(struct chassis *c, unsigned slot)
{
	GError *error = NULL;

	chassis_pull(c, slot, SLOT_WHY_PULLED, &error);
	g_assert_no_error(error);
}

static base_time at_ms(int64_t ms)
{
	return time_add(BASE_TIME_ZERO, dur_ms(ms));
}

static bool is_toy(const struct ipc_msg *msg)
{
	return msg->type == IPC_CKPT_ACK || msg->type == IPC_FIB_STOP ||
	       msg->type == IPC_FIB_DEAD;
}

/* ---- ping-pong, latency, determinism ---- */

static void serve(struct toy *toy, base_time now)
{
	if (board_slot(toy->env) == SLOT_R0)
		toy->due = time_add(now, dur_ms(1));
}

static void give_back(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	if (!is_toy(msg))
		return;
	toy->n++;
	if (toy_number(msg) < 9)
		toy_send(toy, msg->from, toy_number(msg) + 1);
}

static bool first_ball(struct toy *toy, base_time now)
{
	if (toy->due.ns <= now.ns) {
		toy->due = BASE_TIME_NEVER;
		toy_send(toy, SLOT_R1, 0);
		toy_send(toy, SLOT_F0, 0);
	}
	return false;
}

static GString *ping_pong(uint64_t seed)
{
	GString *trace = g_string_new(NULL);
	const struct toy_script script = {
		.start = serve,
		.message = give_back,
		.work = first_ball,
		.trace = trace,
	};
	struct chassis *c = toy_chassis(seed);
	static const unsigned slots[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_SPA };

	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		chassis_declare(c, slots[i], toy_ops(slots[i]), &script);
	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		insert(c, slots[i]);
	chassis_run(c, at_ms(10));
	g_assert_cmpint(chassis_now(c).ns, ==, at_ms(10).ns);
	chassis_free(c);
	return trace;
}

static void test_latency(void)
{
	g_autoptr(GString) trace = ping_pong(1);
	char want[64];

	/* R0's timer at 1 ms; R1 is 30 us away, F0 20 us. */
	for (int i = 0; i < 10; i++) {
		g_snprintf(want, sizeof(want), "%d %s ckpt-ack", 1000000 + 30000 * (i + 1),
			i % 2 ? "R0" : "R1");
		g_assert_nonnull(strstr(trace->str, want));
		g_snprintf(want, sizeof(want), "%d %s %s", 1000000 + 20000 * (i + 1),
			i % 2 ? "R0" : "F0", i % 2 ? "fib-dead" : "fib-stop");
		g_assert_nonnull(strstr(trace->str, want));
	}
}

static void test_determinism(void)
{
	g_autoptr(GString) a = ping_pong(7);
	g_autoptr(GString) b = ping_pong(7);
	g_autoptr(GString) other = ping_pong(8);

	g_assert_cmpstr(a->str, ==, b->str);
	g_assert_cmpstr(a->str, !=, other->str);
}

/* ---- a board that always has more does not hold the clock ---- */

static bool always_more(struct toy *toy, base_time now)
{
	toy->n++;
	return true;
}

static void test_busy(void)
{
	const struct toy_script script = { .work = always_more };
	struct chassis *c = toy_chassis(1);

	chassis_declare(c, SLOT_F0, toy_ops(SLOT_F0), &script);
	insert(c, SLOT_F0);
	chassis_run(c, at_ms(1));
	g_assert_cmpint(chassis_now(c).ns, ==, at_ms(1).ns);
	g_assert_cmpuint(((struct toy *)c->board[SLOT_F0]->self)->n, <=, 1001);
	g_assert_cmpuint(((struct toy *)c->board[SLOT_F0]->self)->n, >=, 999);
	chassis_free(c);
}

/* ---- pull at every item ---- */

enum { SCRIPT_ITEMS = 12 };

struct seen {
	unsigned to_r1, to_f0, packets;
	bool down_r1, down_f0, late;
};

/* In one turn: records and packets, alternating over three rings. */
static bool send_script(struct toy *toy, base_time now)
{
	struct pkt *p[2];
	unsigned n;

	if (board_slot(toy->env) != SLOT_R0 || toy->due.ns > now.ns)
		return false;
	toy->due = BASE_TIME_NEVER;
	for (unsigned i = 0; i < SCRIPT_ITEMS / 4; i++) {
		toy_send(toy, SLOT_R1, i);
		n = pkt_alloc(toy->env, p, 2);
		g_assert_cmpuint(n, ==, 2);
		g_assert_cmpuint(pkt_tx(toy->env, SLOT_F0, p, 2), ==, 2);
		toy_send(toy, SLOT_F0, i);
	}
	return false;
}

static void watch_script(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	struct seen *seen = toy->script->user;
	bool r1 = board_slot(toy->env) == SLOT_R1;

	if (msg->type == IPC_PEER_DOWN)
		*(r1 ? &seen->down_r1 : &seen->down_f0) = true;
	if (!is_toy(msg))
		return;
	if (r1 ? seen->down_r1 : seen->down_f0)
		seen->late = true;
	if (r1)
		g_assert_cmpuint(toy_number(msg), ==, seen->to_r1++);
	else
		g_assert_cmpuint(toy_number(msg), ==, seen->to_f0++);
}

static bool script_work(struct toy *toy, base_time now)
{
	struct seen *seen = toy->script->user;
	struct pkt *p[PKT_BURST];
	unsigned n = pkt_rx(toy->env, SLOT_R0, p, PKT_BURST);

	if (board_slot(toy->env) == SLOT_F0) {
		seen->packets += n;
		pkt_free(toy->env, p, n);
	}
	return send_script(toy, now);
}

static void pull_at(unsigned item)
{
	struct seen seen = { 0 };
	const struct toy_script script = {
		.start = serve,
		.message = watch_script,
		.work = script_work,
		.user = &seen,
	};
	static const unsigned slots[] = { SLOT_R0, SLOT_R1, SLOT_F0 };
	struct chassis *c = toy_chassis(3);
	GError *error = NULL;
	/* Within four items: R1, packet, packet, F0. */
	unsigned r1 = item / 4 + (item % 4 >= 1), f0 = item / 4;
	unsigned packets = item / 4 * 2 + (item % 4 >= 2) + (item % 4 >= 3);

	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++) {
		chassis_declare(c, slots[i], toy_ops(slots[i]), &script);
		insert(c, slots[i]);
	}
	g_assert_true(chassis_pull_at(c, SLOT_R0, item, SLOT_WHY_CRASHED, &error));
	chassis_run(c, at_ms(5));
	g_assert_cmpuint(chassis_items(c, SLOT_R0), ==, item);
	g_assert_false(chassis_is_in(c, SLOT_R0));
	g_assert_cmpuint(seen.to_r1, ==, r1);
	g_assert_cmpuint(seen.to_f0, ==, f0);
	g_assert_cmpuint(seen.packets, ==, packets);
	g_assert_true(seen.down_r1);
	g_assert_true(seen.down_f0);
	g_assert_false(seen.late);
	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		g_assert_cmpuint(pool_home(c, slots[i]), ==, pool_size(c, slots[i]));
	chassis_free(c);
}

static void test_pull_at_every_item(void)
{
	for (unsigned item = 1; item <= SCRIPT_ITEMS; item++)
		pull_at(item);
}

/* ---- buffers come home ---- */

/* R0, F0 and the SPA pass buffers round, keep some, and are pulled at any moment. */
static bool pass_round(struct toy *toy, base_time now)
{
	static const uint8_t neighbours[] = { SLOT_R0, SLOT_F0, SLOT_SPA };
	struct pkt *p[8];
	unsigned n, taken;

	for (unsigned i = 0; i < G_N_ELEMENTS(neighbours); i++) {
		unsigned to = neighbours[(i + 1) % G_N_ELEMENTS(neighbours)];

		n = pkt_rx(toy->env, neighbours[i], p, 5);
		if (n > 1)
			n--; /* keeps one: as if queued */
		for (unsigned k = 0; k < n; k++)
			memset(pkt_data(p[k]), 0x5a, 64);
		taken = pkt_tx(toy->env, to, p, n);
		pkt_free(toy->env, p + taken, n - taken);
	}
	n = pkt_alloc(toy->env, p, 3);
	taken = pkt_tx(toy->env, neighbours[toy->n++ % 3], p, n);
	pkt_free(toy->env, p + taken, n - taken);
	toy->due = time_add(now, dur_us(50));
	return false;
}

static void test_buffers(void)
{
	const struct toy_script script = { .work = pass_round };
	static const unsigned slots[] = { SLOT_R0, SLOT_F0, SLOT_SPA };
	struct chassis *c = toy_chassis(5);
	struct rng rng;

	rng_init(&rng, 5, 0);
	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++) {
		chassis_declare(c, slots[i], toy_ops(slots[i]), &script);
		insert(c, slots[i]);
	}
	for (unsigned i = 0; i < 1000; i++) {
		unsigned slot = slots[rng_below(&rng, 3)];

		chassis_run(c, time_add(chassis_now(c), dur_us(rng_below(&rng, 500))));
		if (rng_below(&rng, 2))
			g_assert_true(chassis_pull_at(c, slot, 1 + rng_below(&rng, 30),
				SLOT_WHY_PULLED, NULL));
		else
			pull(c, slot);
		chassis_run(c, time_add(chassis_now(c), dur_ms(2)));
		if (chassis_is_in(c, slot))
			pull(c, slot);
		insert(c, slot);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		pull(c, slots[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		g_assert_cmpuint(pool_home(c, slots[i]), ==, pool_size(c, slots[i]));
	chassis_free(c);
}

/* ---- back-pressure ---- */

enum { FLOOD = 3000, FLOOD_LEN = 1000 };

static bool flood(struct toy *toy, base_time now)
{
	static const uint8_t bytes[FLOOD_LEN] = { 0 };

	if (board_slot(toy->env) != SLOT_R0 || toy->due.ns > now.ns)
		return false;
	toy->due = BASE_TIME_NEVER;
	for (unsigned i = 0; i < FLOOD; i++)
		ipc_send(toy->env, SLOT_R1, IPC_CKPT, bytes, sizeof(bytes));
	g_assert_cmpuint(ipc_backlog(toy->env, SLOT_R1), >=,
		toy->env->items * FLOOD_LEN);
	g_assert_cmpuint(ipc_backlog(toy->env, SLOT_F0), ==, 0);
	return false;
}

static void count_flood(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	if (msg->type == IPC_CKPT) {
		g_assert_cmpuint(rd_left(&msg->payload), ==, FLOOD_LEN);
		++*(unsigned *)toy->script->user;
	}
}

static void test_backlog(void)
{
	unsigned seen = 0;
	const struct toy_script script = {
		.start = serve,
		.work = flood,
		.message = count_flood,
		.user = &seen,
	};
	struct chassis *c = toy_chassis(1);

	chassis_declare(c, SLOT_R0, toy_ops(SLOT_R0), &script);
	chassis_declare(c, SLOT_R1, toy_ops(SLOT_R1), &script);
	insert(c, SLOT_R0);
	insert(c, SLOT_R1);
	chassis_run(c, at_ms(5));
	g_assert_cmpuint(seen, ==, FLOOD);
	g_assert_cmpuint(ipc_backlog(c->board[SLOT_R0], SLOT_R1), ==, 0);
	/* What waits for a board that goes is lost with it, and does not reach the next. */
	seen = 0;
	pull(c, SLOT_R0);
	insert(c, SLOT_R0);
	chassis_pull_at(c, SLOT_R0, 2000, SLOT_WHY_PULLED, NULL);
	chassis_run(c, time_add(chassis_now(c), dur_us(1010)));
	pull(c, SLOT_R1);
	insert(c, SLOT_R1);
	chassis_run(c, time_add(chassis_now(c), dur_ms(5)));
	g_assert_cmpuint(seen, ==, 0);
	chassis_free(c);
}

/* A PEER_DOWN is the last that is heard of a board, also where the ring was full. */
static void count_until_down(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	struct msg_slot slot;

	if (msg->from == SLOT_R0)
		g_assert_false(toy->n);
	count_flood(toy, msg, now);
	if (msg->type != IPC_PEER_DOWN)
		return;
	g_assert_true(ipc_decode(msg, &slot));
	toy->n = slot.slot == SLOT_R0;
}

static void test_last_word(void)
{
	unsigned seen = 0;
	const struct toy_script script = {
		.start = serve,
		.work = flood,
		.message = count_until_down,
		.user = &seen,
	};
	struct chassis *c = toy_chassis(1);

	chassis_declare(c, SLOT_R0, toy_ops(SLOT_R0), &script);
	chassis_declare(c, SLOT_R1, toy_ops(SLOT_R1), &script);
	insert(c, SLOT_R0);
	insert(c, SLOT_R1);
	g_assert_true(chassis_hang(c, SLOT_R1, dur_ms(5), NULL));
	chassis_run(c, at_ms(2));
	pull(c, SLOT_R0);
	g_assert_cmpuint(seen, ==, 0);
	chassis_run(c, at_ms(10));
	g_assert_cmpuint(seen, >, 0);
	g_assert_cmpuint(seen, <, FLOOD);
	chassis_free(c);
}

/* ---- a wire, files, errors ---- */

static bool echo_wire(struct toy *toy, base_time now)
{
	struct pkt *p[4];
	unsigned n = pkt_rx(toy->env, SLOT_PEER, p, 4);

	if (board_slot(toy->env) == SLOT_SPA) {
		g_assert_cmpuint(pkt_tx(toy->env, SLOT_PEER, p, n), ==, n);
		return false;
	}
	n = pkt_rx(toy->env, SLOT_SPA, p, 4);
	toy->n += n;
	pkt_free(toy->env, p, n);
	if (toy->due.ns > now.ns)
		return false;
	toy->due = BASE_TIME_NEVER;
	g_assert_cmpuint(pkt_alloc(toy->env, p, 4), ==, 4);
	g_assert_cmpuint(p[0]->len, ==, 0);
	g_assert_cmpuint(pkt_headroom(p[0]), ==, PKT_HEADROOM);
	g_assert_cmpuint(pkt_tx(toy->env, SLOT_SPA, p, 4), ==, 4);
	return false;
}

static void start_peer(struct toy *toy, base_time now)
{
	if (board_slot(toy->env) == SLOT_PEER)
		toy->due = time_add(now, dur_ms(1));
}

static void test_wire(void)
{
	const struct toy_script script = { .start = start_peer, .work = echo_wire };
	struct chassis *c = toy_chassis(1);

	chassis_declare(c, SLOT_SPA, toy_ops(SLOT_SPA), &script);
	chassis_declare(c, SLOT_PEER, toy_ops(SLOT_PEER), &script);
	chassis_wire(c, port_ifindex(SLOT_SPA, 1), SLOT_PEER);
	g_assert_cmpuint(chassis_wire_end(c, port_ifindex(SLOT_SPA, 1)), ==, SLOT_PEER);
	g_assert_cmpuint(chassis_wire_end(c, port_ifindex(SLOT_SPA, 0)), ==, SLOT_NONE);
	insert(c, SLOT_SPA);
	insert(c, SLOT_PEER);
	chassis_run(c, at_ms(2));
	g_assert_cmpuint(((struct toy *)c->board[SLOT_PEER]->self)->n, ==, 4);
	chassis_free(c);
}

static void test_errors(void)
{
	const struct toy_script script = { 0 };
	struct chassis *c = toy_chassis(1);
	GError *error = NULL;

	chassis_declare(c, SLOT_R0, toy_ops(SLOT_R0), &script);
	g_assert_false(chassis_pull(c, SLOT_R0, SLOT_WHY_PULLED, &error));
	g_assert_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE);
	g_assert_cmpstr(error->message, ==, "R0 is not inserted");
	g_clear_error(&error);
	insert(c, SLOT_R0);
	g_assert_false(chassis_insert(c, SLOT_R0, &error));
	g_assert_cmpstr(error->message, ==, "R0 is inserted already");
	g_clear_error(&error);
	g_assert_false(chassis_insert(c, SLOT_F1, &error));
	g_assert_cmpstr(error->message, ==, "there is no board for slot F1");
	g_clear_error(&error);
	chassis_free(c);
}

static void fire(void *user)
{
	++*(unsigned *)user;
}

static void test_timers(void)
{
	struct chassis *c = toy_chassis(1);
	unsigned fired = 0, id;

	chassis_at(c, at_ms(2), fire, &fired);
	chassis_at(c, at_ms(1), fire, &fired);
	id = chassis_at(c, at_ms(1), fire, &fired);
	chassis_at_cancel(c, id);
	chassis_run(c, at_ms(1));
	g_assert_cmpuint(fired, ==, 1);
	chassis_run(c, BASE_TIME_NEVER);
	g_assert_cmpuint(fired, ==, 2);
	g_assert_cmpint(chassis_now(c).ns, ==, at_ms(2).ns);
	chassis_free(c);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/chassis/board/latency", test_latency);
	g_test_add_func("/chassis/board/determinism", test_determinism);
	g_test_add_func("/chassis/board/busy", test_busy);
	g_test_add_func("/chassis/board/pull-at-every-item", test_pull_at_every_item);
	g_test_add_func("/chassis/board/buffers", test_buffers);
	g_test_add_func("/chassis/board/backlog", test_backlog);
	g_test_add_func("/chassis/board/last-word", test_last_word);
	g_test_add_func("/chassis/board/wire", test_wire);
	g_test_add_func("/chassis/board/errors", test_errors);
	g_test_add_func("/chassis/board/timers", test_timers);
	return g_test_run();
}
