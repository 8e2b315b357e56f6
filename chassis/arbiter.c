/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The arbiter: which RP acts (ha-commit.md, H8).
 *
 * A grant is a term, a number that rises with each.  HOT and its withdrawal come from the
 * holder in one FIFO; the mark names a power-up of the other RP, is consumed by the grant and
 * void with a new power-up.  The order for everybody is PEER_DOWN, then TERM.
 *
 * A hang, when the chassis can make one, ends here like a pull: the heartbeats of the holder
 * are missed, arbiter_down() takes the term from it.
 */
#include "chassis/internal.h"

void arbiter_init(struct arbiter *a)
{
	a->holder = a->hot = SLOT_NONE;
}

static bool is_in_with(const struct chassis *c, unsigned slot, uint64_t boot_id)
{
	return slot < N_SLOTS && board_is_in(c->board[slot]) &&
	       c->board[slot]->boot_id == boot_id;
}

struct msg_term arbiter_msg(const struct arbiter *a)
{
	return (struct msg_term){
		.term = a->term,
		.holder = (uint8_t)a->holder,
		.boot_id = a->holder_boot,
	};
}

static void grant(struct chassis *c, unsigned slot)
{
	struct arbiter *a = &c->arbiter;
	bool hot = a->hot == slot && is_in_with(c, slot, a->hot_boot);
	struct msg_term msg;

	a->hot = SLOT_NONE;
	a->term++;
	a->holder = slot;
	a->holder_boot = c->board[slot]->boot_id;
	c->self->term = a->term;
	msg = arbiter_msg(a);
	msg.hot = hot;
	for (unsigned i = 0; i < c->boards->len; i++) {
		const struct board_env *b = g_ptr_array_index(c->boards, i);

		chassis_send_rec(c, b->slot, IPC_TERM, &msg);
	}
}

void arbiter_settle(struct chassis *c)
{
	static const uint8_t rps[] = { SLOT_R0, SLOT_R1 };

	if (c->arbiter.holder != SLOT_NONE)
		return;
	for (unsigned i = 0; i < G_N_ELEMENTS(rps); i++) {
		if (board_is_in(c->board[rps[i]])) {
			grant(c, rps[i]);
			return;
		}
	}
}

/* Only the holder's word counts, and only about the other RP as it is now. */
void arbiter_hot(struct chassis *c, const struct ipc_msg *msg)
{
	struct arbiter *a = &c->arbiter;
	struct msg_hot hot;

	if (msg->from != a->holder || msg->boot_id != a->holder_boot ||
	    !ipc_decode(msg, &hot))
		return;
	if (hot.on) {
		if (hot.slot == a->holder || slot_kind(hot.slot) != BOARD_RP ||
		    !is_in_with(c, hot.slot, hot.boot_id))
			return;
		a->hot = hot.slot;
		a->hot_boot = hot.boot_id;
	} else if (a->hot == hot.slot) {
		a->hot = SLOT_NONE;
	}
	chassis_send_rec(c, a->holder, IPC_HOT_CONFIRM, &hot);
}

/* What the holder said about HOT before it went counts: look ahead in its channel. */
static void last_words(struct chassis *c, const struct board_env *b)
{
	const struct channel *ch = b->ipc_out[SLOT_CHASSIS];
	struct ring peek = *ch->ring;
	const struct frame *f;

	ring_look(&peek);
	while ((f = ring_front(&peek))) {
		struct ipc_msg msg = board_msg(f);

		if (f->type == IPC_HOT && f->boot_id == b->boot_id)
			arbiter_hot(c, &msg);
		ring_next(&peek, f);
	}
}

void arbiter_down(struct chassis *c, struct board_env *b)
{
	struct arbiter *a = &c->arbiter;

	if (a->holder == b->slot)
		last_words(c, b);
	if (a->hot == b->slot)
		a->hot = SLOT_NONE;
	if (a->holder != b->slot)
		return;
	a->holder = SLOT_NONE;
	arbiter_settle(c);
}
