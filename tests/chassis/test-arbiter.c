/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Terms (ha-commit.md, H8): who is granted what, and in which order boards hear of it.
 */
#include "tests/chassis/toys.h"

#include <string.h>

/* All that a slot hears from the chassis, as words. */
struct ears {
	GString *heard[N_SLOTS];
	uint64_t boot[N_SLOTS];
	uint64_t hot_boot; /* to be announced by R0; 0: nothing */
	bool hot_off;
};

static void hear(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	struct ears *ears = toy->script->user;
	GString *to = ears->heard[board_slot(toy->env)];
	struct msg_term term;
	struct msg_slot slot;
	struct msg_hot hot;
	char name[12];

	switch (msg->type) {
	case IPC_TERM:
		g_assert_true(ipc_decode(msg, &term));
		g_string_append_printf(to, "term %u %s %s;", (unsigned)term.term,
			slot_name(term.holder, name), term.hot ? "hot" : "cold");
		g_assert_cmpuint(term.boot_id, ==, ears->boot[term.holder]);
		break;
	case IPC_PEER_UP:
	case IPC_PEER_DOWN:
		g_assert_true(ipc_decode(msg, &slot));
		g_string_append_printf(to, "%s %s %u;",
			msg->type == IPC_PEER_UP ? "up" : "down",
			slot_name(slot.slot, name), slot.why);
		break;
	case IPC_HOT_CONFIRM:
		g_assert_true(ipc_decode(msg, &hot));
		g_string_append_printf(to, "confirm %s %s;", slot_name(hot.slot, name),
			hot.on ? "on" : "off");
		break;
	default:
		break;
	}
}

static void start(struct toy *toy, base_time now)
{
	struct ears *ears = toy->script->user;

	ears->boot[board_slot(toy->env)] = board_boot_id(toy->env);
	toy->due = time_add(now, dur_ms(1));
}

/* R0 says HOT of R1 when the test wants it. */
static bool say_hot(struct toy *toy, base_time now)
{
	struct ears *ears = toy->script->user;
	struct msg_hot hot = {
		.slot = SLOT_R1,
		.on = !ears->hot_off,
		.boot_id = ears->hot_boot,
	};

	if (board_slot(toy->env) == SLOT_R0 && ears->hot_boot) {
		ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_HOT, &hot);
		ears->hot_boot = 0;
	}
	toy->due = time_add(now, dur_ms(1));
	return false;
}

struct rig {
	struct ears ears;
	struct toy_script script;
	struct chassis *c;
};

static const uint8_t all[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_SPA };

static void setup(struct rig *rig, gconstpointer data)
{
	rig->script = (struct toy_script){
		.start = start,
		.message = hear,
		.work = say_hot,
		.user = &rig->ears,
	};
	rig->c = toy_chassis(11);
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
		rig->ears.heard[all[i]] = g_string_new(NULL);
		chassis_declare(rig->c, all[i], toy_ops(all[i]), &rig->script);
	}
}

static void teardown(struct rig *rig, gconstpointer data)
{
	chassis_free(rig->c);
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
		g_string_free(rig->ears.heard[all[i]], true);
}

static void run(struct rig *rig, unsigned ms)
{
	chassis_run(rig->c, time_add(chassis_now(rig->c), dur_ms(ms)));
}

static void forget(struct rig *rig)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
		g_string_truncate(rig->ears.heard[all[i]], 0);
}

/* R1 first: the lowest slot gets the term all the same. */
static void power_all(struct rig *rig)
{
	static const uint8_t order[] = { SLOT_F0, SLOT_R1, SLOT_R0, SLOT_SPA };

	for (unsigned i = 0; i < G_N_ELEMENTS(order); i++)
		g_assert_true(chassis_insert(rig->c, order[i], NULL));
	run(rig, 5);
}

static const char *heard(struct rig *rig, unsigned slot)
{
	return rig->ears.heard[slot]->str;
}

static void hot(struct rig *rig, bool on)
{
	rig->ears.hot_boot = rig->ears.boot[SLOT_R1];
	rig->ears.hot_off = !on;
	run(rig, 5);
}

static void pull(struct rig *rig, unsigned slot)
{
	g_assert_true(chassis_pull(rig->c, slot, SLOT_WHY_PULLED, NULL));
	run(rig, 5);
}

static void test_start(struct rig *rig, gconstpointer data)
{
	g_assert_cmpuint(chassis_active(rig->c), ==, SLOT_NONE);
	power_all(rig);
	g_assert_cmpuint(chassis_active(rig->c), ==, SLOT_R0);
	g_assert_cmpuint(chassis_term(rig->c), ==, 1);
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "up R1 1;up F0 1;up 0/0 1;term 1 R0 cold;");
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "up F0 1;up R0 1;up 0/0 1;term 1 R0 cold;");
	g_assert_cmpstr(heard(rig, SLOT_F0), ==, "up R1 1;up R0 1;up 0/0 1;term 1 R0 cold;");
}

static void test_hot(struct rig *rig, gconstpointer data)
{
	power_all(rig);
	forget(rig);
	hot(rig, true);
	g_assert_true(chassis_standby_hot(rig->c));
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "confirm R1 on;");
	forget(rig);
	pull(rig, SLOT_R0);
	g_assert_cmpuint(chassis_active(rig->c), ==, SLOT_R1);
	g_assert_false(chassis_standby_hot(rig->c)); /* consumed */
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 2;term 2 R1 hot;");
	g_assert_cmpstr(heard(rig, SLOT_F0), ==, "down R0 2;term 2 R1 hot;");
	g_assert_cmpstr(heard(rig, SLOT_SPA), ==, "down R0 2;term 2 R1 hot;");
	forget(rig);
	g_assert_true(chassis_insert(rig->c, SLOT_R0, NULL));
	run(rig, 5);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "up R0 1;");
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "up R1 1;up F0 1;up 0/0 1;term 2 R1 cold;");
	forget(rig);
	pull(rig, SLOT_R1); /* nobody said HOT of R0 */
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "down R1 2;term 3 R0 cold;");
}

static void test_withdrawn(struct rig *rig, gconstpointer data)
{
	power_all(rig);
	hot(rig, true);
	forget(rig);
	hot(rig, false);
	g_assert_false(chassis_standby_hot(rig->c));
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "confirm R1 off;");
	forget(rig);
	pull(rig, SLOT_R0);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 2;term 2 R1 cold;");
}

/* A mark is of one power-up of the standby. */
static void test_void(struct rig *rig, gconstpointer data)
{
	uint64_t old;

	power_all(rig);
	old = rig->ears.boot[SLOT_R1];
	hot(rig, true);
	pull(rig, SLOT_R1);
	g_assert_false(chassis_standby_hot(rig->c));
	g_assert_true(chassis_insert(rig->c, SLOT_R1, NULL));
	run(rig, 5);
	g_assert_cmpuint(rig->ears.boot[SLOT_R1], !=, old);
	forget(rig);
	rig->ears.hot_boot = old; /* late news of the old one */
	run(rig, 5);
	g_assert_false(chassis_standby_hot(rig->c));
	pull(rig, SLOT_R0);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 2;term 2 R1 cold;");
}

/* HOT as the very last item before the pull still counts: one FIFO to the arbiter. */
static void test_last_words(struct rig *rig, gconstpointer data)
{
	power_all(rig);
	forget(rig);
	rig->ears.hot_boot = rig->ears.boot[SLOT_R1];
	g_assert_true(chassis_pull_at(rig->c, SLOT_R0, 1, SLOT_WHY_CRASHED, NULL));
	run(rig, 5);
	g_assert_false(chassis_is_in(rig->c, SLOT_R0));
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 3;term 2 R1 hot;");
	/* The same words, dispatched after the grant, change nothing. */
	g_assert_false(chassis_standby_hot(rig->c));
}

static void test_alone(struct rig *rig, gconstpointer data)
{
	g_assert_true(chassis_insert(rig->c, SLOT_R0, NULL));
	g_assert_true(chassis_insert(rig->c, SLOT_F0, NULL));
	run(rig, 5);
	pull(rig, SLOT_R0);
	g_assert_cmpuint(chassis_active(rig->c), ==, SLOT_NONE);
	forget(rig);
	g_assert_true(chassis_insert(rig->c, SLOT_R0, NULL));
	run(rig, 5);
	g_assert_cmpstr(heard(rig, SLOT_F0), ==, "up R0 1;term 2 R0 cold;");
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "up F0 1;term 2 R0 cold;");
}

int main(int argc, char **argv)
{
#define ADD(name, fn)                                                                  \
	g_test_add("/chassis/arbiter/" name, struct rig, NULL, setup, fn, teardown)

	g_test_init(&argc, &argv, NULL);
	ADD("start", test_start);
	ADD("hot", test_hot);
	ADD("withdrawn", test_withdrawn);
	ADD("void", test_void);
	ADD("last-words", test_last_words);
	ADD("alone", test_alone);
#undef ADD
	return g_test_run();
}
