/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Faults that the operator gives to channels and ports.
 *
 * A channel between two boards has a lane each way, made when it is first given faults and kept
 * from then on: without one nothing is looked at.  Records and packets of a direction share it,
 * and wait for each other at a limited rate.  What the chassis itself sends has no lane, so
 * news of a board's end can overtake what the board has sent over a slow channel: receivers
 * tell by term and boot id.
 *
 * Faults of a port are carried out by its SPA (IPC_LINK); the chassis remembers them for the
 * next power-on.
 */
#include "chassis/internal.h"

enum { MILLION = 1000000 };

/* ---- the sender's ---- */

static uint64_t read_u64(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

bool lane_is_cut(const struct lane *lane)
{
	return read_u64(&lane->cut);
}

uint32_t lane_room(const struct lane *lane, const struct ring *r)
{
	uint64_t room = read_u64(&lane->room);

	return room && room < r->cap ? (uint32_t)room : r->cap;
}

int64_t lane_arrival(struct lane *lane, base_dur latency, base_time now, size_t octets)
{
	uint64_t rate = read_u64(&lane->rate_bps), delay = read_u64(&lane->delay_ns);
	int64_t sent = now.ns;

	if (rate) {
		sent = MAX(sent, lane->free_at) +
		       (int64_t)((double)octets * 8 * 1e9 / (double)rate);
		lane->free_at = sent;
	}
	return sent + (delay ? (int64_t)delay : latency.ns);
}

/* ---- the chassis's ---- */

static void write_u64(uint64_t *p, uint64_t value)
{
	__atomic_store_n(p, value, __ATOMIC_RELAXED);
}

static void set_lane(
	struct board_env *from, struct board_env *to, const struct link_faults *f)
{
	struct lane *lane = from->lanes[to->slot];
	struct channel *ch = from->ipc_out[to->slot];

	if (!lane)
		lane = g_new0(struct lane, 1);
	write_u64(&lane->delay_ns, (uint64_t)MAX(f->delay.ns, 0));
	write_u64(&lane->rate_bps, f->rate_bps);
	write_u64(&lane->cut, f->cut);
	write_u64(&lane->room, f->room);
	if (from->pkt_out[to->slot])
		ring_give_due(from->pkt_out[to->slot]);
	__atomic_store_n(&from->c->lanes, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&from->lanes[to->slot], lane, __ATOMIC_RELEASE);
	/* There may be more room than what it waits for. */
	if (ch && __atomic_exchange_n(&ch->ring->want_room, 0, __ATOMIC_SEQ_CST))
		board_wake(from);
}

static bool have_channel(const struct board_env *a, const struct board_env *b)
{
	return a && b && a != b &&
	       (a->ipc_out[b->slot] || b->ipc_out[a->slot] || a->pkt_out[b->slot]);
}

bool chassis_link_ipc(struct chassis *c, unsigned a, unsigned b,
	const struct link_faults *f, GError **error)
{
	struct board_env *x = a < SLOT_CHASSIS ? c->board[a] : NULL;
	struct board_env *y = b < SLOT_CHASSIS ? c->board[b] : NULL;
	char x_name[12], y_name[12];

	if (!have_channel(x, y)) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"there is no channel between %s and %s", slot_name(a, x_name),
			slot_name(b, y_name));
		return false;
	}
	set_lane(x, y, f);
	set_lane(y, x, f);
	return true;
}

void chassis_link_get(
	const struct chassis *c, unsigned a, unsigned b, struct link_faults *f)
{
	const struct board_env *x = a < SLOT_CHASSIS ? c->board[a] : NULL;
	const struct lane *lane = x && b < SLOT_CHASSIS ? x->lanes[b] : NULL;

	*f = (struct link_faults){ 0 };
	if (!lane)
		return;
	f->delay.ns = (int64_t)lane->delay_ns;
	f->rate_bps = lane->rate_bps;
	f->cut = lane->cut;
	f->room = lane->room;
}

/* ---- ports ---- */

static bool link_ok(const struct msg_link *m)
{
	return m->loss_ppm <= MILLION && m->dup_ppm <= MILLION &&
	       m->reorder_ppm <= MILLION && !(m->dir & ~(LINK_IN | LINK_OUT));
}

bool chassis_link_has_faults(const struct msg_link *m)
{
	return m->dir && (m->cut || m->delay_us || m->jitter_us || m->loss_ppm ||
				 m->dup_ppm || m->reorder_ppm || m->rate_kbps);
}

bool chassis_link_port(
	struct chassis *c, uint16_t ifindex, const struct msg_link *m, GError **error)
{
	bool known = ifindex && ifindex < G_N_ELEMENTS(c->port_faults) &&
		     ifindex_slot(ifindex) < SLOT_PEER &&
		     c->board[ifindex_slot(ifindex)];
	char name[32];

	if (!known || !link_ok(m)) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			known ? "faults of %s out of range" : "there is no port %s",
			port_name(ifindex, name));
		return false;
	}
	c->port_faults[ifindex] = *m;
	c->port_faults[ifindex].port = (uint8_t)ifindex_port(ifindex);
	chassis_send_rec(c, ifindex_slot(ifindex), IPC_LINK, &c->port_faults[ifindex]);
	board_publish(c->self);
	return true;
}

void chassis_link_port_get(
	const struct chassis *c, uint16_t ifindex, struct msg_link *m)
{
	*m = (struct msg_link){ 0 };
	if (ifindex && ifindex < G_N_ELEMENTS(c->port_faults))
		*m = c->port_faults[ifindex];
}

void faults_tell(struct chassis *c, const struct board_env *b)
{
	if (b->kind != BOARD_SPA)
		return;
	for (unsigned port = 0; port < PORTS_PER_SPA; port++) {
		const struct msg_link *m = &c->port_faults[port_ifindex(b->slot, port)];

		if (chassis_link_has_faults(m))
			ipc_send_rec(c->self, b->slot, IPC_LINK, m);
	}
}
