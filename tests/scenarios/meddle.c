/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See meddle.h.  After each round what was staged in it lies in rings and nobody has taken it:
 * there a frame is made one that nobody understands, a record one for another life of its
 * receiver, and copies are sent by the same board.
 */
#include "tests/scenarios/meddle.h"

#include "base/net.h"
#include "chassis/internal.h"

#include <string.h>

enum { ETHERTYPE_AT = 12 };

/* ---- copies ---- */

static void keep(struct meddle *m, unsigned from, unsigned to, const void *bytes, size_t n)
{
	m->late_from = from;
	m->late_to = to;
	m->late_boot = m->c->board[from]->boot_id;
	m->late = g_bytes_new(bytes, n);
}

static void send_packet(struct meddle *m, struct board_env *b)
{
	struct pkt *p;
	gsize n;
	const void *bytes = g_bytes_get_data(m->late, &n);

	if (pkt_alloc(b, &p, 1) != 1)
		return;
	p->ifindex = m->late_ifindex;
	p->len = (uint16_t)n;
	memcpy(pkt_data(p), bytes, n);
	if (pkt_tx(b, m->late_to, &p, 1) != 1)
		pkt_free(b, &p, 1);
}

static void send_late(void *user)
{
	struct meddle *m = user;
	struct board_env *b = m->c->board[m->late_from];
	gsize n;
	const void *bytes = g_bytes_get_data(m->late, &n);

	if (!board_is_in(b) || b->boot_id != m->late_boot)
		return;
	b->now = m->c->now;
	if (m->late_type)
		ipc_send(b, m->late_to, m->late_type, bytes, n);
	else
		send_packet(m, b);
}

/* True: the original shall not arrive. */
static bool now_or_later(struct meddle *m)
{
	switch (m->how) {
	case MEDDLE_LOSE:
		return true;
	case MEDDLE_DOUBLE:
		send_late(m);
		return false;
	case MEDDLE_DELAY:
		chassis_at(m->c, time_add(m->c->now, m->delay), send_late, m);
		return true;
	case N_MEDDLE_HOW:
		break;
	}
	g_assert_not_reached();
}

static void tell(struct meddle *m)
{
	m->is_done = true;
	if (m->done)
		m->done(m->user);
}

/* ---- packets ---- */

static bool it_is(struct meddle *m)
{
	return !m->is_done && ++m->n == m->k;
}

static void look_at_packets(struct meddle *m, unsigned from, unsigned to)
{
	struct ring *r = m->c->board[from] ? m->c->board[from]->pkt_out[to] : NULL;
	unsigned key = from == SLOT_SPA ? to : from; /* one ring for each FP */

	for (; r && m->seen[key] != r->pub_head; m->seen[key]++) {
		struct pkt *p = pool_pkt(
			m->c, (uint32_t)r->entries[m->seen[key] & (r->cap - 1)]);

		if (p->ifindex != m->port || !watch_parse(p).l2tp || !it_is(m))
			continue;
		keep(m, from, to, pkt_data(p), p->len);
		m->late_ifindex = p->ifindex;
		if (now_or_later(m))
			put_u16(pkt_data(p) + ETHERTYPE_AT, 0xffff);
		pool_hide(p);
		tell(m);
	}
}

/* ---- records ---- */

static void look_at_records(struct meddle *m, unsigned from)
{
	unsigned to = SLOT_R0 + SLOT_R1 - from;
	struct ring *r = m->c->board[from]->ipc_out[to]->ring;

	while (m->seen[from] != r->pub_head) {
		struct frame *f =
			(void *)(r->bytes + (m->seen[from] & (r->cap - 1)));

		m->seen[from] += f->size;
		if (f->type == IPC_NONE || !it_is(m))
			continue;
		keep(m, from, to, f + 1, f->len);
		m->late_type = f->type;
		if (now_or_later(m))
			f->life = 0;
		tell(m);
	}
}

static void on_round(void *user)
{
	struct meddle *m = user;

	switch (m->with) {
	case MEDDLE_TO_LAC:
		look_at_packets(m, SLOT_F0, SLOT_SPA);
		look_at_packets(m, SLOT_F1, SLOT_SPA);
		break;
	case MEDDLE_TO_LNS:
		look_at_packets(m, SLOT_SPA, SLOT_F0);
		look_at_packets(m, SLOT_SPA, SLOT_F1);
		break;
	case MEDDLE_FROM_R0:
		look_at_records(m, SLOT_R0);
		break;
	case MEDDLE_FROM_R1:
		look_at_records(m, SLOT_R1);
		break;
	case MEDDLE_CHANNEL:
		if (m->is_done || chassis_items(m->c, SLOT_R0) < m->items + m->k)
			break;
		chassis_link_ipc(m->c, SLOT_R0, SLOT_R1, &m->faults, NULL);
		tell(m);
		break;
	}
}

/* ---- life ---- */

static void begin_at(struct meddle *m, unsigned key, unsigned from, unsigned to)
{
	const struct board_env *b = m->c->board[from];

	if (b && b->pkt_out[to])
		m->seen[key] = b->pkt_out[to]->pub_head;
}

void meddle_start(struct meddle *m, struct world *world, struct watch *watch)
{
	m->c = lab_chassis(world->lab);
	m->port = world->lac.net.ifindex;
	m->items = chassis_items(m->c, SLOT_R0);
	for (unsigned fp = SLOT_F0; fp <= SLOT_F1; fp++) {
		if (m->with == MEDDLE_TO_LAC)
			begin_at(m, fp, fp, SLOT_SPA);
		else if (m->with == MEDDLE_TO_LNS)
			begin_at(m, fp, SLOT_SPA, fp);
	}
	for (unsigned rp = SLOT_R0; rp <= SLOT_R1; rp++)
		m->seen[rp] =
			m->c->board[rp]->ipc_out[SLOT_R0 + SLOT_R1 - rp]->ring->pub_head;
	watch_also(watch, on_round, m);
}

void meddle_mend(struct meddle *m)
{
	if (m->with == MEDDLE_CHANNEL)
		chassis_link_ipc(
			m->c, SLOT_R0, SLOT_R1, &(struct link_faults){ 0 }, NULL);
}

void meddle_stop(struct meddle *m)
{
	g_clear_pointer(&m->late, g_bytes_unref);
}
