/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/chassis/toys.h"

static void note(struct toy *toy, base_time now, const char *what, uint64_t a, uint64_t b)
{
	char name[12];

	if (toy->script->trace)
		g_string_append_printf(toy->script->trace,
			"%" G_GINT64_FORMAT " %s %s %" G_GUINT64_FORMAT
			" %" G_GUINT64_FORMAT "\n",
			now.ns, slot_name(board_slot(toy->env), name), what, a, b);
}

static void *toy_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct toy *toy = g_new0(struct toy, 1);

	toy->env = env;
	toy->script = arg;
	toy->due = BASE_TIME_NEVER;
	note(toy, now, "power-on", board_boot_id(env), board_seed(env));
	if (toy->script->start)
		toy->script->start(toy, now);
	return toy;
}

static void toy_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct toy *toy = self;

	for (size_t i = 0; i < n; i++) {
		note(toy, now, ipc_type_name(msgs[i].type), msgs[i].from, msgs[i].term);
		if (toy->script->message)
			toy->script->message(toy, &msgs[i], now);
	}
}

static bool toy_work(void *self, base_time now, unsigned budget)
{
	struct toy *toy = self;

	return toy->script->work ? toy->script->work(toy, now) : false;
}

static base_time toy_next_due(const void *self)
{
	return ((const struct toy *)self)->due;
}

static void toy_destroy(void *self)
{
	struct toy *toy = self;

	if (toy->script->end)
		toy->script->end(toy);
	g_free(toy);
}

const struct board_ops *toy_ops(unsigned slot)
{
#define OPS(k)                                                                         \
	{ .kind = k, .power_on = toy_power_on, .message = toy_message, .work = toy_work, \
	  .next_due = toy_next_due, .destroy = toy_destroy }
	static const struct board_ops rp = OPS(BOARD_RP), fp = OPS(BOARD_FP),
				      spa = OPS(BOARD_SPA), peer = OPS(BOARD_PEER);
#undef OPS

	switch (slot_kind(slot)) {
	case BOARD_RP:
		return &rp;
	case BOARD_FP:
		return &fp;
	case BOARD_SPA:
		return &spa;
	default:
		return &peer;
	}
}

void toy_send(struct toy *toy, unsigned to, uint32_t n)
{
	bool from_rp = slot_kind(board_slot(toy->env)) == BOARD_RP;
	struct msg_fib_index index = { .index = n };
	struct msg_ckpt_mark mark = { .seq = n };

	if (slot_kind(to) == BOARD_FP)
		ipc_send_rec(toy->env, to, IPC_FIB_STOP, &index);
	else if (from_rp)
		ipc_send_rec(toy->env, to, IPC_CKPT_ACK, &mark);
	else
		ipc_send_rec(toy->env, to, IPC_FIB_DEAD, &index);
}

uint32_t toy_number(const struct ipc_msg *msg)
{
	struct msg_ckpt_mark mark;
	struct msg_fib_index index;

	if (msg->type == IPC_CKPT_ACK) {
		g_assert_true(ipc_decode(msg, &mark));
		return (uint32_t)mark.seq;
	}
	g_assert_true(msg->type == IPC_FIB_STOP || msg->type == IPC_FIB_DEAD);
	g_assert_true(ipc_decode(msg, &index));
	return index.index;
}

struct chassis *toy_chassis(uint64_t seed)
{
	const struct chassis_config cfg = { .seed = seed, .virtual = true };

	return chassis_new(&cfg);
}
