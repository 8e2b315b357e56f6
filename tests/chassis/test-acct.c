/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sink of accounting records: exactly once after de-duplication.
 */
#include "tests/chassis/toys.h"

#include <string.h>

struct rig {
	struct chassis *c;
	struct toy_script script;
	struct msg_acct next[8]; /* what an RP sends next */
	unsigned n[2], answers[2];
	unsigned heard; /* by a listener */
	unsigned many;  /* R0 sends so many different ones, 100 a turn */
};

static void message(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	struct rig *rig = toy->script->user;
	struct msg_acct_ok ok;

	if (msg->type != IPC_ACCT_OK)
		return;
	g_assert_true(ipc_decode(msg, &ok));
	g_assert_true(g_str_has_prefix(ok.id, "s"));
	g_assert_cmpuint(ok.status, >=, 1);
	rig->answers[board_slot(toy->env)]++;
	rec_clear(ipc_table(msg->type), &ok);
}

static bool work(struct toy *toy, base_time now)
{
	struct rig *rig = toy->script->user;
	unsigned self = board_slot(toy->env);
	char id[16];

	for (unsigned i = 0; i < rig->n[self]; i++)
		ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_ACCT, &rig->next[i]);
	rig->n[self] = 0;
	for (unsigned i = 0; self == SLOT_R0 && rig->many && i < 100; i++) {
		g_snprintf(id, sizeof(id), "s%u", --rig->many);
		ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_ACCT,
			&(struct msg_acct){ .id = id, .status = 2 });
		if (!rig->many)
			break;
	}
	toy->due = time_add(now, dur_ms(1));
	return false;
}

static void start(struct toy *toy, base_time now)
{
	toy->due = now;
}

static void listen(const struct ipc_msg *msg, base_time now, void *user)
{
	struct rig *rig = user;

	rig->heard += msg->type == IPC_ACCT;
}

static void setup(struct rig *rig, gconstpointer data)
{
	rig->script = (struct toy_script){
		.start = start,
		.message = message,
		.work = work,
		.user = rig,
	};
	rig->c = toy_chassis(1);
	chassis_listen(rig->c, listen, rig);
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		chassis_declare(rig->c, slot, toy_ops(slot), &rig->script);
		g_assert_true(chassis_insert(rig->c, slot, NULL));
	}
	chassis_run(rig->c, time_add(chassis_now(rig->c), dur_ms(5)));
}

static void teardown(struct rig *rig, gconstpointer data)
{
	chassis_free(rig->c);
}

static void send(struct rig *rig, unsigned slot, const struct msg_acct *a, unsigned n)
{
	memcpy(rig->next, a, n * sizeof(*a));
	rig->n[slot] = n;
	chassis_run(rig->c, time_add(chassis_now(rig->c), dur_ms(5)));
}

static void expect_counts(
	struct rig *rig, unsigned kept, uint64_t taken, uint64_t doubles)
{
	struct chassis_acct_counts n;

	chassis_acct_counts(rig->c, &n);
	g_assert_cmpuint(n.kept, ==, kept);
	g_assert_cmpuint(n.taken, ==, taken);
	g_assert_cmpuint(n.doubles, ==, doubles);
	g_assert_cmpuint(n.dropped, ==, 0);
}

static char id1[] = "s1", id2[] = "s2", user[] = "alice";

static void test_doubles(struct rig *rig, gconstpointer data)
{
	const struct msg_acct a[] = {
		{ .id = id1, .status = 1, .user = user },
		{ .id = id2, .status = 1 },
		{ .id = id1, .status = 2, .rx_bytes = 7, .cause = 10 },
	};
	struct msg_acct got;
	unsigned copies;

	send(rig, SLOT_R0, a, 3);
	expect_counts(rig, 3, 3, 0);
	g_assert_cmpuint(rig->answers[SLOT_R0], ==, 3);
	g_assert_cmpuint(rig->heard, ==, 3);
	send(rig, SLOT_R0, a + 2, 1);
	expect_counts(rig, 3, 4, 1);
	g_assert_cmpuint(
		rig->answers[SLOT_R0], ==, 4); /* or it would be sent for ever */
	g_assert_true(chassis_acct_get(rig->c, 0, &got, &copies));
	g_assert_cmpstr(got.id, ==, "s1");
	g_assert_cmpstr(got.user, ==, "alice");
	g_assert_cmpuint(copies, ==, 1);
	g_assert_true(chassis_acct_get(rig->c, 2, &got, &copies));
	g_assert_cmpuint(got.status, ==, 2);
	g_assert_cmpuint(got.rx_bytes, ==, 7);
	g_assert_cmpuint(got.cause, ==, 10);
	g_assert_cmpuint(copies, ==, 2);
	g_assert_false(chassis_acct_get(rig->c, 3, &got, &copies));
}

static void test_interim(struct rig *rig, gconstpointer data)
{
	struct msg_acct a = { .id = id1, .status = 3, .seconds = 10 }, got;
	unsigned copies;

	send(rig, SLOT_R0, &a, 1);
	a.seconds = 20;
	send(rig, SLOT_R0, &a, 1);
	a.seconds = 30;
	send(rig, SLOT_R0, &a, 1);
	expect_counts(rig, 1, 3, 0);
	g_assert_true(chassis_acct_get(rig->c, 0, &got, &copies));
	g_assert_cmpuint(got.seconds, ==, 30);
	g_assert_cmpuint(copies, ==, 3);
}

/* The standby is not heard; a new active RP is, and what the old one said last counts. */
static void test_holder(struct rig *rig, gconstpointer data)
{
	const struct msg_acct a = { .id = id1, .status = 2 };

	send(rig, SLOT_R1, &a, 1);
	expect_counts(rig, 0, 0, 0);
	g_assert_cmpuint(rig->answers[SLOT_R1], ==, 0);
	g_assert_true(chassis_pull_at(rig->c, SLOT_R0, 1, SLOT_WHY_CRASHED, NULL));
	send(rig, SLOT_R0, &a, 1);
	g_assert_false(chassis_is_in(rig->c, SLOT_R0));
	expect_counts(rig, 1, 1, 0);
	send(rig, SLOT_R1, &a, 1);
	expect_counts(rig, 1, 2, 1);
	g_assert_cmpuint(rig->answers[SLOT_R1], ==, 1);
}

static void test_bad(struct rig *rig, gconstpointer data)
{
	g_autofree char *name = g_strnfill(254, 's');
	const struct msg_acct a[] = {
		{ .id = NULL, .status = 2 },
		{ .id = name, .status = 2 },
	};

	send(rig, SLOT_R0, a, 2);
	expect_counts(rig, 0, 0, 0);
	name[253] = '\0';
	send(rig, SLOT_R0, a, 2);
	expect_counts(rig, 1, 1, 0);
}

/* No more is kept than there is room for: the oldest goes. */
static void test_bound(struct rig *rig, gconstpointer data)
{
	struct chassis_acct_counts n;
	struct msg_acct got;
	unsigned copies;

	rig->many = 65536 + 10;
	chassis_run(rig->c, time_add(chassis_now(rig->c), dur_ms(1000)));
	chassis_acct_counts(rig->c, &n);
	g_assert_cmpuint(n.taken, ==, 65536 + 10);
	g_assert_cmpuint(n.kept, ==, 65536);
	g_assert_cmpuint(n.dropped, ==, 10);
	g_assert_true(chassis_acct_get(rig->c, 0, &got, &copies));
	g_assert_cmpstr(got.id, ==, "s65535");
	g_assert_true(chassis_acct_get(rig->c, 65535, &got, &copies));
	g_assert_cmpstr(got.id, ==, "s0");
	/* What was forgotten is new when it comes again. */
	rig->many = 65536 + 10;
	chassis_run(rig->c, time_add(chassis_now(rig->c), dur_ms(1)));
	chassis_acct_counts(rig->c, &n);
	g_assert_cmpuint(n.taken, >, 65536 + 10);
	g_assert_cmpuint(n.dropped, >, 10);
	g_assert_cmpuint(n.doubles, ==, n.taken - (65536 + 10) - (n.dropped - 10));
}

int main(int argc, char **argv)
{
#define ADD(name, fn)                                                                  \
	g_test_add("/chassis/acct/" name, struct rig, NULL, setup, fn, teardown)

	g_test_init(&argc, &argv, NULL);
	ADD("doubles", test_doubles);
	ADD("interim", test_interim);
	ADD("holder", test_holder);
	ADD("bad", test_bad);
	ADD("bound", test_bound);
#undef ADD
	return g_test_run();
}
