/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hands and orders: what happens to a board other than that it is put in or taken out.
 *
 * A hang is made by the conductor (conductor.c): the board gets no turns.  Reset and reload
 * are a power-off and a power-on; between the two of a reload the board is out, but in its
 * slot: a hand can pull it, an insert or a reset powers it on at once.
 *
 * An order of an RP (IPC_SLOT_ORDER) counts when the holder of the term gives it; any RP may
 * have itself reloaded.  A board that a hand has pulled cannot be ordered on.
 */
#include "chassis/internal.h"

enum { POWER_ON_MS = 200, POWER_ON_REAL_MS = 30000 };

/* ---- power ---- */

void hands_off(struct board_env *b)
{
	if (b->on_timer)
		chassis_at_cancel(b->c, b->on_timer);
	if (b->wake_timer)
		chassis_at_cancel(b->c, b->wake_timer);
	b->on_timer = b->wake_timer = 0;
	b->stopped = false;
	__atomic_store_n(&b->hung, 0, __ATOMIC_SEQ_CST);
}

static void power_on(void *user)
{
	struct board_env *b = user;

	b->on_timer = 0;
	if (!board_is_in(b))
		chassis_insert(b->c, b->slot, NULL);
}

static void power_on_later(struct board_env *b)
{
	struct chassis *c = b->c;
	int ms = c->cfg.timing_real ? POWER_ON_REAL_MS : POWER_ON_MS;

	b->stopped = false;
	b->on_timer = chassis_at(c, time_add(chassis_now(c), dur_ms(ms)), power_on, b);
}

void hands_cycle(struct board_env *b, enum slot_why why)
{
	chassis_take_out(b->c, b, why);
	/* A listener may have put it in again. */
	if (!board_is_in(b) && !b->on_timer)
		power_on_later(b);
}

bool chassis_reset(struct chassis *c, unsigned slot, GError **error)
{
	struct board_env *b = slot < SLOT_CHASSIS ? c->board[slot] : NULL;

	if (b && !board_is_in(b) && (b->on_timer || b->stopped))
		return chassis_insert(c, slot, error);
	b = chassis_find(c, slot, true, error);
	if (!b)
		return false;
	chassis_take_out(c, b, SLOT_WHY_RESET);
	return board_is_in(b) || chassis_insert(c, slot, error);
}

/* ---- hangs ---- */

static void go_on(struct board_env *b)
{
	if (b->wake_timer)
		chassis_at_cancel(b->c, b->wake_timer);
	b->wake_timer = 0;
	__atomic_store_n(&b->hung, 0, __ATOMIC_SEQ_CST);
	conductor_poke(b);
}

static void wake_due(void *user)
{
	struct board_env *b = user;

	b->wake_timer = 0;
	go_on(b);
}

bool chassis_hang(struct chassis *c, unsigned slot, base_dur d, GError **error)
{
	struct board_env *b = chassis_find(c, slot, true, error);

	if (!b)
		return false;
	if (b->wake_timer)
		chassis_at_cancel(c, b->wake_timer);
	b->wake_timer = 0;
	if (d.ns > 0)
		b->wake_timer = chassis_at(c, time_add(chassis_now(c), d), wake_due, b);
	__atomic_store_n(&b->hung, 1, __ATOMIC_SEQ_CST);
	return true;
}

bool chassis_wake(struct chassis *c, unsigned slot, GError **error)
{
	struct board_env *b = chassis_find(c, slot, true, error);
	char name[12];

	if (!b)
		return false;
	if (!b->hung) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"%s does not hang", slot_name(slot, name));
		return false;
	}
	go_on(b);
	return true;
}

/* ---- orders ---- */

static void reload(struct board_env *b, unsigned from)
{
	if (board_is_in(b))
		hands_cycle(b, SLOT_WHY_RELOAD);
	else if (b->stopped)
		power_on_later(b);
}

static void stop(struct board_env *b, unsigned from)
{
	bool off = b->on_timer;

	if (board_is_in(b))
		chassis_take_out(b->c, b, SLOT_WHY_RELOAD);
	else if (!off)
		return;
	if (board_is_in(b))
		return;
	hands_off(b);
	b->stopped = true;
}

static void start(struct board_env *b, unsigned from)
{
	if (!board_is_in(b) && b->stopped)
		chassis_insert(b->c, b->slot, NULL);
}

static void switchover(struct board_env *b, unsigned from)
{
	if (b->slot == from && board_is_in(b))
		hands_cycle(b, SLOT_WHY_FORCED);
}

static void (*const order_fns[])(struct board_env *b, unsigned from) = {
	[SLOT_OP_RELOAD] = reload,
	[SLOT_OP_STOP] = stop,
	[SLOT_OP_START] = start,
	[SLOT_OP_SWITCHOVER] = switchover,
};

static bool may_order(const struct chassis *c, const struct ipc_msg *msg,
	const struct msg_slot_order *order)
{
	if (arbiter_is_holder(c, msg))
		return true;
	return order->op == SLOT_OP_RELOAD && order->slot == msg->from &&
	       c->board[msg->from]->boot_id == msg->boot_id;
}

void hands_order(struct chassis *c, const struct ipc_msg *msg)
{
	struct msg_slot_order order;

	if (!ipc_decode(msg, &order) || !may_order(c, msg, &order) ||
		order.slot >= SLOT_PEER || !c->board[order.slot])
		return;
	if (order.op >= SLOT_OP_RELOAD && order.op < G_N_ELEMENTS(order_fns))
		order_fns[order.op](c->board[order.slot], msg->from);
}
