/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reset, hang and wake by hand, orders of RPs, and hangs found by missed beats.
 */
#include "tests/chassis/toys.h"

#include <string.h>

enum { BEAT_MS = 1000, ORDERS_MAX = 4 };

/* What the RPs do, and what every slot hears from the chassis, as words. */
struct rig {
	struct chassis *c;
	struct toy_script script;
	GString *heard[N_SLOTS];
	uint64_t boot[N_SLOTS];
	unsigned turns[N_SLOTS], numbers[N_SLOTS];
	bool mute[2]; /* beats no more */
	bool silent;  /* nobody beats */
	bool fps;     /* FPs beat, too */
	int64_t beat_ms;
	struct msg_slot_order orders[2][ORDERS_MAX];
	unsigned n_orders[2];
	unsigned number; /* of a record that R0 sends before its orders; 0: none */
	int hot;         /* 1, -1: the last thing that R0 says of R1 */
	unsigned logs;   /* that R0 sends first */
	GString *events;
};

static void hear(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	struct rig *rig = toy->script->user;
	GString *to = rig->heard[board_slot(toy->env)];
	struct msg_term term;
	struct msg_slot slot;
	char name[12];

	switch (msg->type) {
	case IPC_TERM:
		g_assert_true(ipc_decode(msg, &term));
		g_string_append_printf(to, "term %u %s %s;", (unsigned)term.term,
			slot_name(term.holder, name), term.hot ? "hot" : "cold");
		break;
	case IPC_PEER_UP:
	case IPC_PEER_DOWN:
	case IPC_FP_ACTIVE:
		g_assert_true(ipc_decode(msg, &slot));
		g_string_append_printf(to, "%s %s %u;",
			msg->type == IPC_PEER_UP     ? "up"
			: msg->type == IPC_PEER_DOWN ? "down"
						     : "fp",
			slot_name(slot.slot, name), slot.why);
		break;
	case IPC_FIB_STOP:
	case IPC_CKPT_ACK:
		g_string_append_printf(to, "number %u;", toy_number(msg));
		rig->numbers[board_slot(toy->env)]++;
		break;
	default:
		break;
	}
}

static void start(struct toy *toy, base_time now)
{
	struct rig *rig = toy->script->user;

	rig->boot[board_slot(toy->env)] = board_boot_id(toy->env);
	toy->due = time_add(now, dur_ms(1));
}

static void say_all(struct rig *rig, struct toy *toy, unsigned self)
{
	struct msg_hot hot = { .slot = SLOT_R1, .boot_id = rig->boot[SLOT_R1] };
	struct msg_log log = { .text = g_strnfill(60000, 'x') };

	if (self == SLOT_R0 && rig->number)
		toy_send(toy, SLOT_R1, rig->number);
	if (self == SLOT_R0)
		rig->number = 0;
	for (; self == SLOT_R0 && rig->logs; rig->logs--)
		ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_LOG, &log);
	for (unsigned i = 0; i < rig->n_orders[self]; i++)
		ipc_send_rec(
			toy->env, SLOT_CHASSIS, IPC_SLOT_ORDER, &rig->orders[self][i]);
	rig->n_orders[self] = 0;
	if (self == SLOT_R0 && rig->hot) {
		hot.on = rig->hot > 0;
		ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_HOT, &hot);
		rig->hot = 0;
	}
	g_free(log.text);
}

/* toy->n: milliseconds since the last beat. */
static bool work(struct toy *toy, base_time now)
{
	struct rig *rig = toy->script->user;
	unsigned self = board_slot(toy->env);

	rig->turns[self]++;
	if (now.ns < toy->due.ns)
		return false;
	toy->due = time_add(now, dur_ms(10));
	if (slot_kind(self) != BOARD_RP &&
		!(rig->fps && slot_kind(self) == BOARD_FP))
		return false;
	toy->n += 10;
	if (slot_kind(self) == BOARD_FP) {
		if (toy->n % FP_BEAT_MS == 0)
			ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_BEAT,
				&(struct msg_empty){ 0 });
		return false;
	}
	if (!rig->mute[self] && !rig->silent && toy->n >= (uint64_t)rig->beat_ms) {
		ipc_send_rec(
			toy->env, SLOT_CHASSIS, IPC_BEAT, &(struct msg_empty){ 0 });
		toy->n = 0;
	}
	say_all(rig, toy, self);
	return false;
}

static void on_event(
	unsigned slot, bool in, enum slot_why why, base_time now, void *user)
{
	struct rig *rig = user;
	char name[12];

	g_string_append_printf(rig->events, "%s %s %u;", slot_name(slot, name),
		in ? "in" : "out", why);
}

static const uint8_t all[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_F1, SLOT_SPA };

static void run(struct rig *rig, unsigned ms)
{
	chassis_run(rig->c, time_add(chassis_now(rig->c), dur_ms(ms)));
}

static void forget(struct rig *rig)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
		g_string_truncate(rig->heard[all[i]], 0);
	g_string_truncate(rig->events, 0);
}

static void setup(struct rig *rig, gconstpointer data)
{
	rig->beat_ms = BEAT_MS;
	rig->script = (struct toy_script){
		.start = start,
		.message = hear,
		.work = work,
		.user = rig,
	};
	rig->c = toy_chassis(3);
	rig->events = g_string_new(NULL);
	chassis_on_event(rig->c, on_event, rig);
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
		rig->heard[all[i]] = g_string_new(NULL);
		chassis_declare(rig->c, all[i], toy_ops(all[i]), &rig->script);
		g_assert_true(chassis_insert(rig->c, all[i], NULL));
	}
	run(rig, 1500);
	forget(rig);
}

static void teardown(struct rig *rig, gconstpointer data)
{
	chassis_free(rig->c);
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
		g_string_free(rig->heard[all[i]], true);
	g_string_free(rig->events, true);
}

static const char *heard(struct rig *rig, unsigned slot)
{
	return rig->heard[slot]->str;
}

static void hot(struct rig *rig)
{
	rig->hot = 1;
	run(rig, 20);
	g_assert_true(chassis_standby_hot(rig->c));
}

static void order(struct rig *rig, unsigned from, unsigned slot, enum slot_op op)
{
	g_assert_cmpuint(rig->n_orders[from], <, ORDERS_MAX);
	rig->orders[from][rig->n_orders[from]++] = (struct msg_slot_order){
		.slot = (uint8_t)slot,
		.op = (uint8_t)op,
	};
}

static void expect_error(bool ok, GError *error, const char *text)
{
	g_assert_false(ok);
	g_assert_cmpstr(error->message, ==, text);
	g_error_free(error);
}

/* ---- reset ---- */

static void test_reset(struct rig *rig, gconstpointer data)
{
	uint64_t boot = rig->boot[SLOT_R0];
	GError *error = NULL;
	bool ok;

	hot(rig);
	g_assert_true(chassis_reset(rig->c, SLOT_R0, NULL));
	run(rig, 20);
	g_assert_cmpuint(rig->boot[SLOT_R0], !=, boot);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 4;term 2 R1 hot;up R0 1;");
	g_assert_cmpstr(heard(rig, SLOT_R0), ==,
		"up R1 1;up F0 1;up F1 1;up 0/0 1;fp F0 1;term 2 R1 cold;");
	g_assert_cmpstr(rig->events->str, ==, "R0 out 4;R0 in 1;");
	g_assert_true(chassis_pull(rig->c, SLOT_R0, SLOT_WHY_PULLED, NULL));
	ok = chassis_reset(rig->c, SLOT_R0, &error);
	expect_error(ok, error, "R0 is not inserted");
}

/* ---- hang by hand ---- */

static void test_hang(struct rig *rig, gconstpointer data)
{
	unsigned turns = rig->turns[SLOT_R1];
	uint64_t boot = rig->boot[SLOT_R1];
	struct chassis_slot_info info;

	g_assert_true(chassis_hang(rig->c, SLOT_R1, dur_ms(2000), NULL));
	rig->number = 7;
	run(rig, 1900);
	g_assert_cmpuint(rig->turns[SLOT_R1], ==, turns);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "");
	g_assert_true(chassis_is_in(rig->c, SLOT_R1));
	g_assert_true(chassis_slot_get(rig->c, SLOT_R1, &info));
	g_assert_true(info.hung && !info.lost);
	run(rig, 200);
	g_assert_cmpuint(rig->turns[SLOT_R1], >, turns);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "number 7;");
	g_assert_cmpuint(rig->boot[SLOT_R1], ==, boot);
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "");
	g_assert_cmpstr(rig->events->str, ==, "");
}

static void test_wake(struct rig *rig, gconstpointer data)
{
	unsigned turns = rig->turns[SLOT_F0];
	GError *error = NULL;
	bool ok = chassis_wake(rig->c, SLOT_F0, &error);

	expect_error(ok, error, "F0 does not hang");
	g_assert_true(chassis_hang(rig->c, SLOT_F0, (base_dur){ 0 }, NULL));
	run(rig, 60000); /* these FPs do not beat */
	g_assert_cmpuint(rig->turns[SLOT_F0], ==, turns);
	g_assert_true(chassis_wake(rig->c, SLOT_F0, NULL));
	run(rig, 100);
	g_assert_cmpuint(rig->turns[SLOT_F0], >=, turns + 10);
	/* A second hang replaces the first one's time. */
	g_assert_true(chassis_hang(rig->c, SLOT_F0, dur_ms(10), NULL));
	g_assert_true(chassis_hang(rig->c, SLOT_F0, dur_ms(1000), NULL));
	turns = rig->turns[SLOT_F0];
	run(rig, 900);
	g_assert_cmpuint(rig->turns[SLOT_F0], ==, turns);
	run(rig, 200);
	g_assert_cmpuint(rig->turns[SLOT_F0], >, turns);
}

/* A hung board can be pulled and reset, and does not hang after that. */
static void test_hung_out(struct rig *rig, gconstpointer data)
{
	unsigned turns;

	g_assert_true(chassis_hang(rig->c, SLOT_R0, dur_ms(1000), NULL));
	g_assert_true(chassis_pull(rig->c, SLOT_R0, SLOT_WHY_PULLED, NULL));
	run(rig, 20);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 2;term 2 R1 cold;");
	g_assert_true(chassis_insert(rig->c, SLOT_R0, NULL));
	turns = rig->turns[SLOT_R0];
	run(rig, 100);
	g_assert_cmpuint(rig->turns[SLOT_R0], >, turns);
	g_assert_true(chassis_hang(rig->c, SLOT_R1, (base_dur){ 0 }, NULL));
	g_assert_true(chassis_reset(rig->c, SLOT_R1, NULL));
	turns = rig->turns[SLOT_R1];
	run(rig, 100);
	g_assert_cmpuint(rig->turns[SLOT_R1], >, turns);
	g_assert_cmpuint(chassis_active(rig->c), ==, SLOT_R0);
}

/* ---- hangs found ---- */

/* n-1 beats lost of n: nothing; n: it is gone, and reset when it beats again. */
static void test_found(struct rig *rig, gconstpointer data)
{
	uint64_t boot = rig->boot[SLOT_R0];
	struct chassis_slot_info info;

	hot(rig);
	run(rig, 400); /* the last beat was 900 ms ago */
	g_assert_true(chassis_hang(rig->c, SLOT_R0, dur_ms(2500), NULL));
	run(rig, 5000);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "");
	g_assert_cmpuint(chassis_active(rig->c), ==, SLOT_R0);
	g_assert_true(chassis_hang(rig->c, SLOT_R0, dur_ms(4000), NULL));
	run(rig, 3900);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 6;term 2 R1 hot;");
	g_assert_cmpstr(heard(rig, SLOT_F0), ==, "down R0 6;term 2 R1 hot;");
	g_assert_cmpstr(rig->events->str, ==, "R0 out 6;");
	g_assert_cmpuint(chassis_active(rig->c), ==, SLOT_R1);
	g_assert_true(chassis_slot_get(rig->c, SLOT_R0, &info));
	g_assert_true(info.in && info.hung && info.lost);
	g_assert_cmpuint(info.boot_id, ==, boot);
	/* It wakes, hears that another one acts, beats, and is reset. */
	run(rig, 1200);
	g_assert_cmpstr(heard(rig, SLOT_R0), ==,
		"term 2 R1 hot;up R1 1;up F0 1;up F1 1;up 0/0 1;fp F0 1;term 2 R1 "
		"cold;");
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 6;term 2 R1 hot;up R0 1;");
	g_assert_cmpstr(rig->events->str, ==, "R0 out 6;R0 out 4;R0 in 1;");
	g_assert_cmpuint(rig->boot[SLOT_R0], !=, boot);
	g_assert_cmpuint(chassis_term(rig->c), ==, 2);
}

/* An FP: whatever is set for RPs.  It is reset at once, and the other one is in use before. */
static void test_found_fp(struct rig *rig, gconstpointer data)
{
	rig->fps = true;
	run(rig, 1100);
	rig->beat_ms = 100;
	chassis_set_detection(rig->c, dur_ms(100), 3);
	g_assert_true(chassis_hang(rig->c, SLOT_F0, dur_ms(2000), NULL));
	run(rig, 6000);
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "");
	g_assert_true(chassis_hang(rig->c, SLOT_F0, (base_dur){ 0 }, NULL));
	run(rig, 4500);
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "down F0 6;fp F1 1;up F0 1;");
	g_assert_cmpstr(heard(rig, SLOT_F1), ==, "down F0 6;fp F1 1;up F0 1;");
	g_assert_cmpstr(rig->events->str, ==, "F0 out 6;F0 in 1;");
	g_assert_cmpuint(chassis_active_fp(rig->c), ==, SLOT_F1);
	forget(rig);
	g_assert_true(chassis_pull(rig->c, SLOT_F0, SLOT_WHY_PULLED, NULL));
	g_assert_true(chassis_hang(rig->c, SLOT_F1, (base_dur){ 0 }, NULL));
	run(rig, 4500); /* there is no other */
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "down F0 2;down F1 6;up F1 1;fp F1 1;");
	g_assert_cmpuint(chassis_active_fp(rig->c), ==, SLOT_F1);
	g_assert_cmpuint(chassis_term(rig->c), ==, 1);
}

/* The standby: its HOT mark is void, and it cannot be marked again before it is reset. */
static void test_found_standby(struct rig *rig, gconstpointer data)
{
	hot(rig);
	rig->mute[1] = true;
	run(rig, 5000);
	g_assert_false(chassis_standby_hot(rig->c));
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "down R1 6;");
	rig->hot = 1;
	run(rig, 20);
	g_assert_false(chassis_standby_hot(rig->c));
	/* Who comes now is not told of it, and it gets no term. */
	g_assert_true(chassis_reset(rig->c, SLOT_F1, NULL));
	run(rig, 20);
	g_assert_nonnull(strstr(heard(rig, SLOT_F1), "up R0 1;"));
	g_assert_null(strstr(heard(rig, SLOT_F1), "up R1"));
	g_assert_true(chassis_pull(rig->c, SLOT_R0, SLOT_WHY_PULLED, NULL));
	run(rig, 20);
	g_assert_cmpuint(chassis_active(rig->c), ==, SLOT_NONE);
	forget(rig);
	rig->mute[1] = false;
	run(rig, 1500);
	g_assert_cmpuint(chassis_active(rig->c), ==, SLOT_R1);
	g_assert_cmpstr(heard(rig, SLOT_F0), ==, "up R1 1;term 2 R1 cold;");
}

/* A board that was found hung and is pulled then is not told as gone twice. */
static void test_found_pulled(struct rig *rig, gconstpointer data)
{
	rig->mute[0] = true;
	run(rig, 5000);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 6;term 2 R1 cold;");
	g_assert_true(chassis_pull(rig->c, SLOT_R0, SLOT_WHY_PULLED, NULL));
	run(rig, 5000);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 6;term 2 R1 cold;");
	g_assert_false(chassis_is_in(rig->c, SLOT_R0));
}

/* Who has never beaten is not judged. */
static void test_not_judged(struct rig *rig, gconstpointer data)
{
	rig->silent = true;
	g_assert_true(chassis_reset(rig->c, SLOT_R1, NULL));
	g_assert_true(chassis_reset(rig->c, SLOT_R0, NULL));
	forget(rig);
	run(rig, 30000);
	g_assert_cmpstr(rig->events->str, ==, "");
}

/* 100 ms x 2; the RPs come to beat faster only when they have beaten once more as before. */
static void test_detection(struct rig *rig, gconstpointer data)
{
	chassis_set_detection(rig->c, dur_ms(100), 2);
	run(rig, 1400);
	rig->beat_ms = 100;
	run(rig, 500);
	g_assert_cmpstr(rig->events->str, ==, "");
	rig->mute[0] = true;
	run(rig, 140);
	g_assert_cmpstr(rig->events->str, ==, "");
	run(rig, 120);
	g_assert_cmpstr(rig->events->str, ==, "R0 out 6;");
}

/* ---- orders ---- */

static void test_reload_other(struct rig *rig, gconstpointer data)
{
	struct chassis_slot_info info;

	hot(rig);
	rig->number = 5; /* what was published before the order comes first */
	order(rig, SLOT_R0, SLOT_R1, SLOT_OP_RELOAD);
	run(rig, 100);
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "down R1 5;");
	g_assert_false(chassis_standby_hot(rig->c));
	g_assert_true(chassis_slot_get(rig->c, SLOT_R1, &info));
	g_assert_true(!info.in && info.off);
	run(rig, 150);
	g_assert_cmpstr(heard(rig, SLOT_R0), ==, "down R1 5;up R1 1;");
	g_assert_true(chassis_is_in(rig->c, SLOT_R1));
}

static void test_reload_spa(struct rig *rig, gconstpointer data)
{
	order(rig, SLOT_R0, SLOT_SPA, SLOT_OP_RELOAD);
	order(rig, SLOT_R0, SLOT_F1, SLOT_OP_RELOAD);
	run(rig, 400);
	g_assert_cmpstr(rig->events->str, ==, "0/0 out 5;F1 out 5;0/0 in 1;F1 in 1;");
	/* A hand is quicker. */
	forget(rig);
	order(rig, SLOT_R0, SLOT_SPA, SLOT_OP_RELOAD);
	run(rig, 30);
	g_assert_true(chassis_insert(rig->c, SLOT_SPA, NULL));
	run(rig, 400);
	g_assert_cmpstr(rig->events->str, ==, "0/0 out 5;0/0 in 1;");
	forget(rig);
	order(rig, SLOT_R0, SLOT_SPA, SLOT_OP_RELOAD);
	run(rig, 30);
	g_assert_true(chassis_pull(rig->c, SLOT_SPA, SLOT_WHY_PULLED, NULL));
	run(rig, 400);
	g_assert_cmpstr(rig->events->str, ==, "0/0 out 5;0/0 out 2;");
	g_assert_false(chassis_pull(rig->c, SLOT_SPA, SLOT_WHY_PULLED, NULL));
}

static void test_stop(struct rig *rig, gconstpointer data)
{
	order(rig, SLOT_R0, SLOT_R1, SLOT_OP_STOP);
	run(rig, 60000);
	g_assert_cmpstr(rig->events->str, ==, "R1 out 5;");
	order(rig, SLOT_R0, SLOT_R1, SLOT_OP_START);
	run(rig, 20);
	g_assert_cmpstr(rig->events->str, ==, "R1 out 5;R1 in 1;");
	order(rig, SLOT_R0, SLOT_R1, SLOT_OP_STOP);
	run(rig, 20);
	g_assert_true(chassis_insert(rig->c, SLOT_R1, NULL));
	/* What a hand has pulled an order does not bring back. */
	g_assert_true(chassis_pull(rig->c, SLOT_R1, SLOT_WHY_PULLED, NULL));
	order(rig, SLOT_R0, SLOT_R1, SLOT_OP_START);
	order(rig, SLOT_R0, SLOT_R1, SLOT_OP_RELOAD);
	run(rig, 1000);
	g_assert_false(chassis_is_in(rig->c, SLOT_R1));
}

static void test_switchover(struct rig *rig, gconstpointer data)
{
	hot(rig);
	order(rig, SLOT_R0, SLOT_R0, SLOT_OP_SWITCHOVER);
	run(rig, 300);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 7;term 2 R1 hot;up R0 1;");
	g_assert_cmpstr(rig->events->str, ==, "R0 out 7;R0 in 1;");
}

static void test_strangers(struct rig *rig, gconstpointer data)
{
	order(rig, SLOT_R1, SLOT_R0, SLOT_OP_RELOAD);
	order(rig, SLOT_R1, SLOT_R1, SLOT_OP_SWITCHOVER);
	order(rig, SLOT_R1, SLOT_R1, SLOT_OP_STOP);
	run(rig, 20);
	order(rig, SLOT_R0, SLOT_R1, SLOT_OP_SWITCHOVER);
	order(rig, SLOT_R0, SLOT_PEER, SLOT_OP_RELOAD);
	order(rig, SLOT_R0, SLOT_SPA + 1, SLOT_OP_RELOAD);
	order(rig, SLOT_R0, SLOT_R1, 99);
	run(rig, 1000);
	g_assert_cmpstr(rig->events->str, ==, "");
	order(rig, SLOT_R1, SLOT_R1, SLOT_OP_RELOAD);
	run(rig, 1000);
	g_assert_cmpstr(rig->events->str, ==, "R1 out 5;R1 in 1;");
}

/* ---- last words ---- */

/* HOT withdrawn by the very last item, behind more than the ring holds. */
static void test_last_words(struct rig *rig, gconstpointer data)
{
	hot(rig);
	forget(rig);
	rig->logs = 10;
	rig->hot = -1;
	g_assert_true(chassis_pull_at(rig->c, SLOT_R0, 11, SLOT_WHY_CRASHED, NULL));
	run(rig, 20);
	g_assert_cmpstr(heard(rig, SLOT_R1), ==, "down R0 3;term 2 R1 cold;");
}

/* An order counts likewise, and only once. */
static void test_last_order(struct rig *rig, gconstpointer data)
{
	rig->logs = 10;
	order(rig, SLOT_R0, SLOT_F0, SLOT_OP_RELOAD);
	order(rig, SLOT_R0, SLOT_R0, SLOT_OP_SWITCHOVER);
	g_assert_true(chassis_pull_at(rig->c, SLOT_R0, 12, SLOT_WHY_CRASHED, NULL));
	run(rig, 1000);
	g_assert_cmpstr(rig->events->str, ==, "F0 out 5;R0 out 3;F0 in 1;");
	g_assert_cmpstr(heard(rig, SLOT_R1), ==,
		"down F0 5;fp F1 1;down R0 3;term 2 R1 cold;up F0 1;");
}

/* What was obeyed before its turn is not obeyed again. */
static void test_once(struct rig *rig, gconstpointer data)
{
	struct board_env *r0 = rig->c->board[SLOT_R0];
	struct ring *r = r0->ipc_out[SLOT_CHASSIS]->ring;
	base_time limit = time_add(chassis_now(rig->c), dur_ms(100));
	uint32_t head = ring_head(r);

	rig->silent = true;
	order(rig, SLOT_R0, SLOT_F1, SLOT_OP_STOP);
	order(rig, SLOT_R0, SLOT_F1, SLOT_OP_START);
	while (ring_head(r) == head)
		g_assert_true(chassis_step(rig->c, limit));
	g_assert_cmpstr(rig->events->str, ==, "");
	chassis_last_words(rig->c, r0, false);
	g_assert_cmpstr(rig->events->str, ==, "F1 out 5;F1 in 1;");
	run(rig, 100);
	g_assert_cmpstr(rig->events->str, ==, "F1 out 5;F1 in 1;");
}

/* ---- the active FP ---- */

static void test_fp(struct rig *rig, gconstpointer data)
{
	g_assert_cmpuint(chassis_active_fp(rig->c), ==, SLOT_F0);
	g_assert_true(chassis_pull(rig->c, SLOT_F0, SLOT_WHY_PULLED, NULL));
	run(rig, 20);
	g_assert_cmpstr(heard(rig, SLOT_SPA), ==, "down F0 2;fp F1 1;");
	g_assert_true(chassis_insert(rig->c, SLOT_F0, NULL));
	run(rig, 20);
	g_assert_cmpstr(heard(rig, SLOT_SPA), ==, "down F0 2;fp F1 1;up F0 1;");
	g_assert_cmpstr(heard(rig, SLOT_F0), ==,
		"up R0 1;up R1 1;up F1 1;up 0/0 1;fp F1 1;term 1 R0 cold;");
	forget(rig);
	g_assert_true(chassis_pull(rig->c, SLOT_F0, SLOT_WHY_PULLED, NULL));
	g_assert_true(chassis_pull(rig->c, SLOT_F1, SLOT_WHY_PULLED, NULL));
	run(rig, 20);
	g_assert_cmpuint(chassis_active_fp(rig->c), ==, SLOT_NONE);
	g_assert_true(chassis_insert(rig->c, SLOT_F1, NULL));
	run(rig, 20);
	g_assert_cmpstr(
		heard(rig, SLOT_R0), ==, "down F0 2;down F1 2;up F1 1;fp F1 1;");
}

int main(int argc, char **argv)
{
#define ADD(name, fn)                                                                  \
	g_test_add("/chassis/hands/" name, struct rig, NULL, setup, fn, teardown)

	g_test_init(&argc, &argv, NULL);
	ADD("reset", test_reset);
	ADD("hang", test_hang);
	ADD("wake", test_wake);
	ADD("hung-out", test_hung_out);
	ADD("found", test_found);
	ADD("found-fp", test_found_fp);
	ADD("found-standby", test_found_standby);
	ADD("found-pulled", test_found_pulled);
	ADD("not-judged", test_not_judged);
	ADD("detection", test_detection);
	ADD("reload-other", test_reload_other);
	ADD("reload-spa", test_reload_spa);
	ADD("stop", test_stop);
	ADD("switchover", test_switchover);
	ADD("strangers", test_strangers);
	ADD("last-words", test_last_words);
	ADD("last-order", test_last_order);
	ADD("once", test_once);
	ADD("fp", test_fp);
#undef ADD
	return g_test_run();
}
