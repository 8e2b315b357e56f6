/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The arbiter: which RP acts (ha-commit.md, H8), and which FP is in use.
 *
 * A grant is a term, a number that rises with each.  HOT and its withdrawal come from the
 * holder in one FIFO; the mark names a power-up of the other RP, is consumed by the grant and
 * void with a new power-up.  The order for everybody is PEER_DOWN, then TERM.
 *
 * A hang is found by beats: an RP that has beaten since its power-on and then is silent for
 * `misses` intervals, and half of one for those that come late, counts as gone.  It is told
 * like a pull, and the term goes on; the board itself is left alone until it beats again, and
 * then reset.  Should it send anything meanwhile, it does so with an old term.
 *
 * FPs beat, too.  Packets of an FP have no term that would silence a hung one when it goes on, so
 * it is reset at once; the other FP, if there is one, is in use before that.
 */
#include "chassis/internal.h"

void arbiter_init(struct arbiter *a)
{
	a->holder = a->hot = a->fp = SLOT_NONE;
	a->interval = dur_s(1);
	a->misses = BEATS_MISSED;
}

static bool is_in_with(const struct chassis *c, unsigned slot, uint64_t boot_id)
{
	return slot < N_SLOTS && board_is_in(c->board[slot]) &&
	       c->board[slot]->boot_id == boot_id && !c->board[slot]->pulse.lost;
}

bool arbiter_is_holder(const struct chassis *c, const struct ipc_msg *msg)
{
	return msg->from == c->arbiter.holder && msg->boot_id == c->arbiter.holder_boot;
}

struct msg_term arbiter_msg(const struct arbiter *a)
{
	return (struct msg_term){
		.term = a->term,
		.holder = (uint8_t)a->holder,
		.boot_id = a->holder_boot,
	};
}

static void tell_all(struct chassis *c, unsigned type, const void *rec)
{
	for (unsigned i = 0; i < c->boards->len; i++) {
		const struct board_env *b = g_ptr_array_index(c->boards, i);

		chassis_send_rec(c, b->slot, type, rec);
	}
}

static void grant(struct chassis *c, unsigned slot)
{
	struct arbiter *a = &c->arbiter;
	bool hot = a->hot == slot &&
		   (is_in_with(c, slot, a->hot_boot) || !rule_holds(RULE_H8_BOOT));
	struct msg_term msg;

	a->hot = SLOT_NONE;
	a->term++;
	a->holder = slot;
	a->holder_boot = c->board[slot]->boot_id;
	c->self->term = a->term;
	msg = arbiter_msg(a);
	msg.hot = a->granted_hot = hot;
	tell_all(c, IPC_TERM, &msg);
}

static void choose_fp(struct chassis *c, unsigned slot)
{
	struct msg_slot msg = chassis_slot_msg(c->board[slot], SLOT_WHY_INSERTED);

	c->arbiter.fp = slot;
	tell_all(c, IPC_FP_ACTIVE, &msg);
}

static unsigned either(const struct chassis *c, unsigned first, unsigned second)
{
	if (board_is_in(c->board[first]) && !c->board[first]->pulse.lost)
		return first;
	if (board_is_in(c->board[second]) && !c->board[second]->pulse.lost)
		return second;
	return SLOT_NONE;
}

/* The FP first: whoever is granted the term programs it. */
void arbiter_settle(struct chassis *c)
{
	unsigned fp = either(c, SLOT_F0, SLOT_F1), rp = either(c, SLOT_R0, SLOT_R1);

	if (c->arbiter.fp == SLOT_NONE && fp != SLOT_NONE)
		choose_fp(c, fp);
	if (c->arbiter.holder == SLOT_NONE && rp != SLOT_NONE)
		grant(c, rp);
}

/* Only the holder's word counts, and only about the other RP as it is now. */
void arbiter_hot(struct chassis *c, const struct ipc_msg *msg)
{
	struct arbiter *a = &c->arbiter;
	struct msg_hot hot;

	if (!arbiter_is_holder(c, msg) || !ipc_decode(msg, &hot))
		return;
	if (hot.on) {
		if (hot.slot == a->holder || slot_kind(hot.slot) != BOARD_RP ||
			(!is_in_with(c, hot.slot, hot.boot_id) && rule_holds(RULE_H8_BOOT)))
			return;
		a->hot = hot.slot;
		a->hot_boot = hot.boot_id;
	} else if (a->hot == hot.slot && rule_holds(RULE_H8_FIFO)) {
		a->hot = SLOT_NONE;
	}
	chassis_send_rec(c, a->holder, IPC_HOT_CONFIRM, &hot);
}

void arbiter_down(struct chassis *c, struct board_env *b)
{
	struct arbiter *a = &c->arbiter;

	if (a->hot == b->slot)
		a->hot = SLOT_NONE;
	if (a->fp == b->slot)
		a->fp = SLOT_NONE;
	if (a->holder == b->slot)
		a->holder = SLOT_NONE;
	arbiter_settle(c);
}

/* ---- beats ---- */

static base_dur silence(const struct board_env *b)
{
	const struct arbiter *a = &b->c->arbiter;
	bool rp = slot_kind(b->slot) == BOARD_RP;
	int64_t interval = rp ? a->interval.ns : dur_ms(FP_BEAT_MS).ns;

	return (base_dur){ interval * (rp ? a->misses : BEATS_MISSED) + interval / 2 };
}

void arbiter_forget_pulse(struct board_env *b)
{
	if (b->pulse.judge)
		chassis_at_cancel(b->c, b->pulse.judge);
	b->pulse = (struct pulse){ 0 };
}

static void declare_lost(struct board_env *b)
{
	struct chassis *c = b->c;

	chassis_last_words(c, b, false);
	if (!board_is_in(b) || !b->pulse.beating) /* it had itself reloaded */
		return;
	if (slot_kind(b->slot) == BOARD_FP) {
		hands_cycle(b, SLOT_WHY_HUNG);
		return;
	}
	b->pulse.lost = true;
	chassis_tell_down(c, b, SLOT_WHY_HUNG);
	arbiter_down(c, b);
	board_publish(c->self);
	chassis_tell_event(c, b->slot, false, SLOT_WHY_HUNG);
}

static void judge(void *user);

static void judge_later(struct board_env *b)
{
	struct pulse *p = &b->pulse;

	p->judge = chassis_at(b->c, time_add(p->last, p->span), judge, b);
}

/* Beats that have come are counted first; and who stood still himself does not judge. */
static void judge(void *user)
{
	struct board_env *b = user;
	struct pulse *p = &b->pulse;
	base_time now = chassis_now(b->c), due = time_add(p->last, p->span);

	p->judge = 0;
	chassis_last_words(b->c, b, false);
	if (!p->beating || p->judge)
		return;
	if (time_sub(now, due).ns > b->c->arbiter.interval.ns / 2)
		p->last = now;
	if (time_before(now, time_add(p->last, p->span)))
		judge_later(b);
	else
		declare_lost(b);
}

/* A shorter span is not to wait for the end of the longer one. */
static void allow(struct board_env *b, base_dur span)
{
	struct pulse *p = &b->pulse;

	if (p->judge && span.ns < p->span.ns) {
		chassis_at_cancel(b->c, p->judge);
		p->judge = 0;
	}
	p->span = span;
}

void arbiter_beat(struct chassis *c, const struct ipc_msg *msg)
{
	struct board_env *b = c->board[msg->from];
	struct pulse *p = &b->pulse;

	if (!board_is_in(b) || b->boot_id != msg->boot_id)
		return;
	if (p->lost) {
		hands_cycle(b, SLOT_WHY_RESET);
		return;
	}
	p->last = chassis_now(c);
	if (p->lenient)
		p->lenient--;
	if (!p->lenient)
		allow(b, silence(b));
	p->beating = true;
	if (!p->judge)
		judge_later(b);
}

/* An RP may hear of the new interval late: its next two beats may still come as before. */
void chassis_set_detection(struct chassis *c, base_dur interval, unsigned misses)
{
	struct arbiter *a = &c->arbiter;

	g_assert(interval.ns > 0 && misses);
	a->interval = interval;
	a->misses = misses;
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		struct board_env *b = c->board[slot];
		struct pulse *p = b ? &b->pulse : NULL;

		if (!p || !p->beating || p->lost)
			continue;
		p->span.ns = MAX(p->span.ns, silence(b).ns);
		p->lenient = 2;
		p->last = chassis_now(c);
		if (p->judge)
			chassis_at_cancel(c, p->judge);
		judge_later(b);
	}
}

void arbiter_detection(struct chassis *c, const struct ipc_msg *msg)
{
	struct msg_detection m;

	if (arbiter_is_holder(c, msg) && ipc_decode(msg, &m) && m.interval_ms &&
		m.misses)
		chassis_set_detection(c, dur_ms(m.interval_ms), m.misses);
}
