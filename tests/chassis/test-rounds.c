/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rounds on threads: the same bytes in the same order as without.
 */
#include "tests/chassis/toys.h"

#include <string.h>

enum { N_BOARDS = 5 };

static const uint8_t all[N_BOARDS] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_F1, SLOT_SPA };

/* Each board notes what it sees in a trace of its own. */
static void note(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	g_autoptr(GString) bytes = g_string_new(NULL);
	struct rd r = msg->payload;

	while (rd_left(&r))
		g_string_append_printf(bytes, "%02x", rd_u8(&r));
	g_string_append_printf(toy->script->trace, "%u %" G_GUINT64_FORMAT " %s\n",
		msg->type, msg->boot_id, bytes->str);
}

static void start(struct toy *toy, base_time now)
{
	struct rng *rng = g_new0(struct rng, 1);

	rng_init(rng, board_seed(toy->env), 0);
	toy->mine = rng;
	toy->due = now;
}

static void end(struct toy *toy)
{
	g_free(toy->mine);
}

static void receive(struct toy *toy)
{
	struct pkt *p[8];

	for (unsigned i = 0; i < N_BOARDS; i++) {
		unsigned n = pkt_rx(toy->env, all[i], p, G_N_ELEMENTS(p));

		for (unsigned k = 0; k < n; k++)
			g_string_append_printf(toy->script->trace,
				"packet %u %u %02x\n", all[i], p[k]->number,
				*pkt_data(p[k]));
		pkt_free(toy->env, p, n);
	}
}

static void transmit(struct toy *toy, unsigned to)
{
	struct rng *rng = toy->mine;
	struct pkt *p[8];
	unsigned n = pkt_alloc(toy->env, p, 1 + rng_below(rng, 8)), taken;

	for (unsigned k = 0; k < n; k++) {
		p[k]->len = 1;
		*pkt_data(p[k]) = (uint8_t)rng_u64(rng);
	}
	taken = pkt_tx(toy->env, to, p, n);
	pkt_free(toy->env, p + taken, n - taken);
}

static bool chat(struct toy *toy, base_time now)
{
	struct rng *rng = toy->mine;
	unsigned self = board_slot(toy->env), to = all[rng_below(rng, N_BOARDS)];
	bool rp = slot_kind(self) == BOARD_RP, fp = slot_kind(self) == BOARD_FP;

	receive(toy);
	if (now.ns < toy->due.ns)
		return false;
	toy->due = time_add(now, dur_us((int64_t)rng_below(rng, 200)));
	if (to != self && (rp || (fp && slot_kind(to) == BOARD_RP)) && to != SLOT_SPA)
		toy_send(toy, to, (uint32_t)rng_u64(rng));
	transmit(toy, to);
	return rng_below(rng, 4) == 0;
}

struct outcome {
	GString *trace[N_BOARDS];
	base_time now;
	uint64_t term;
};

static void disturb(struct chassis *c, struct rng *rng)
{
	unsigned slot = all[rng_below(rng, N_BOARDS)],
		 other = all[rng_below(rng, N_BOARDS)];
	struct link_faults f = { .delay = dur_us((int64_t)rng_below(rng, 500)) };

	switch (rng_below(rng, 5)) {
	case 0:
		chassis_pull_at(
			c, slot, 1 + rng_below(rng, 20), SLOT_WHY_CRASHED, NULL);
		break;
	case 1:
		if (!chassis_is_in(c, slot))
			chassis_insert(c, slot, NULL);
		break;
	case 2:
		chassis_hang(c, slot, dur_us(1 + (int64_t)rng_below(rng, 2000)), NULL);
		break;
	case 3:
		chassis_link_ipc(c, slot, other, &f, NULL);
		break;
	case 4:
		chassis_reset(c, slot, NULL);
		break;
	}
}

static void play(uint64_t seed, bool threads, struct outcome *out)
{
	const struct chassis_config cfg = {
		.seed = seed, .virtual = true, .threads = threads
	};
	struct toy_script scripts[N_BOARDS];
	struct chassis *c = chassis_new(&cfg);
	struct rng rng;

	rng_init(&rng, seed, 7);
	for (unsigned i = 0; i < N_BOARDS; i++) {
		out->trace[i] = g_string_new(NULL);
		scripts[i] = (struct toy_script){
			.start = start,
			.message = note,
			.work = chat,
			.end = end,
			.trace = out->trace[i],
		};
		chassis_declare(c, all[i], toy_ops(all[i]), &scripts[i]);
		g_assert_true(chassis_insert(c, all[i], NULL));
	}
	for (unsigned i = 0; i < 60; i++) {
		chassis_run(c, time_add(chassis_now(c), dur_us(500)));
		disturb(c, &rng);
	}
	chassis_run(c, time_add(chassis_now(c), dur_ms(5)));
	out->now = chassis_now(c);
	out->term = chassis_term(c);
	chassis_free(c);
}

static void test_same(void)
{
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct outcome a, b;

		play(seed, false, &a);
		play(seed, true, &b);
		g_assert_cmpint(a.now.ns, ==, b.now.ns);
		g_assert_cmpuint(a.term, ==, b.term);
		for (unsigned i = 0; i < N_BOARDS; i++) {
			g_assert_cmpuint(a.trace[i]->len, >, 1000);
			g_assert_cmpstr(a.trace[i]->str, ==, b.trace[i]->str);
			g_string_free(a.trace[i], true);
			g_string_free(b.trace[i], true);
		}
	}
}

/* A turn is on a thread of its own, the same for all turns of the board. */
static bool where(struct toy *toy, base_time now)
{
	pthread_t *threads = toy->script->user;
	unsigned self = board_slot(toy->env);

	if (toy->n++)
		g_assert_true(pthread_equal(threads[self], pthread_self()));
	threads[self] = pthread_self();
	toy->due = time_add(now, dur_us(10));
	return false;
}

static void test_threads(void)
{
	const struct chassis_config cfg = {
		.seed = 1, .virtual = true, .threads = true
	};
	pthread_t threads[N_SLOTS];
	const struct toy_script script = { .work = where, .user = threads };
	struct chassis *c = chassis_new(&cfg);

	for (unsigned i = 0; i < 2; i++) {
		chassis_declare(c, all[i], toy_ops(all[i]), &script);
		g_assert_true(chassis_insert(c, all[i], NULL));
	}
	chassis_run(c, time_add(chassis_now(c), dur_ms(1)));
	g_assert_false(pthread_equal(threads[SLOT_R0], pthread_self()));
	g_assert_false(pthread_equal(threads[SLOT_R0], threads[SLOT_R1]));
	chassis_free(c);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/chassis/rounds/same", test_same);
	g_test_add_func("/chassis/rounds/threads", test_threads);
	return g_test_run();
}
