/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Faults of a direction: a heap of frames by arrival, bounded.  A frame that has to wait is
 * copied into a buffer of this board, so that no one else runs out of his.
 */
#include "spa/fault.h"

#include "base/rng.h"
#include "chassis/board.h"

#include <string.h>

enum {
	MILLION = 1000000,
	HELD_BACK_MIN_US = 1000,
	HELD_BACK_US = 4000, /* and up to so much more */
};

struct flying {
	base_time due;
	uint64_t seq; /* order of equal times */
	struct pkt *pkt;
};

struct fault {
	struct board_env *env;
	struct msg_link set;
	struct rng rng;
	struct fault_counters n;
	unsigned *held; /* by the whole board */
	unsigned room;
	base_time sent; /* the link is busy until then */
	base_time last_due;
	uint64_t seq;
	unsigned n_flying;
	struct flying flying[FAULT_QUEUE]; /* heap */
};

struct fault *fault_new(
	struct board_env *env, uint64_t stream, unsigned *held, unsigned room)
{
	struct fault *f = g_new0(struct fault, 1);

	f->env = env;
	f->held = held;
	f->room = room;
	rng_init(&f->rng, board_seed(env), stream);
	return f;
}

void fault_free(struct fault *f)
{
	if (!f)
		return;
	*f->held -= f->n_flying;
	g_free(f);
}

void fault_set(struct fault *f, const struct msg_link *m)
{
	f->set = *m;
}

bool fault_is_idle(const struct fault *f)
{
	const struct msg_link *s = &f->set;

	return !f->n_flying && !s->cut && !s->delay_us && !s->jitter_us &&
	       !s->loss_ppm && !s->dup_ppm && !s->reorder_ppm && !s->rate_kbps;
}

const struct fault_counters *fault_counters(const struct fault *f)
{
	return &f->n;
}

/* ---- the heap ---- */

static bool before(const struct flying *a, const struct flying *b)
{
	return time_before(a->due, b->due) ||
	       (a->due.ns == b->due.ns && a->seq < b->seq);
}

static void push(struct fault *f, struct flying e)
{
	unsigned i = f->n_flying++;

	for (; i && before(&e, &f->flying[(i - 1) / 2]); i = (i - 1) / 2)
		f->flying[i] = f->flying[(i - 1) / 2];
	f->flying[i] = e;
	++*f->held;
}

static struct pkt *pop(struct fault *f)
{
	struct pkt *first = f->flying[0].pkt;
	struct flying e = f->flying[--f->n_flying];
	unsigned i = 0, k;

	while ((k = 2 * i + 1) < f->n_flying) {
		if (k + 1 < f->n_flying && before(&f->flying[k + 1], &f->flying[k]))
			k++;
		if (!before(&f->flying[k], &e))
			break;
		f->flying[i] = f->flying[k];
		i = k;
	}
	f->flying[i] = e;
	--*f->held;
	return first;
}

/* ---- frames ---- */

static bool happens(struct fault *f, uint32_t ppm)
{
	return ppm && rng_below(&f->rng, MILLION) < ppm;
}

/* A copy in a buffer of the board; NULL: it has none left. */
static struct pkt *copy(struct fault *f, struct pkt *p)
{
	struct pkt *c;

	if (pkt_alloc(f->env, &c, 1) != 1)
		return NULL;
	c->off = p->off;
	c->len = p->len;
	c->flags = p->flags;
	c->ifindex = p->ifindex;
	memcpy(pkt_data(c), pkt_data(p), p->len);
	return c;
}

static base_time arrival(struct fault *f, const struct pkt *p, base_time now)
{
	const struct msg_link *s = &f->set;
	base_time due;

	f->sent = time_before(f->sent, now) ? now : f->sent;
	if (s->rate_kbps)
		f->sent = time_add(f->sent,
			(base_dur){ (int64_t)p->len * 8 * MILLION / s->rate_kbps });
	due = time_add(f->sent, dur_us(s->delay_us));
	if (s->jitter_us)
		due = time_add(due, dur_us(rng_below(&f->rng, s->jitter_us)));
	if (time_before(due, f->last_due))
		due = f->last_due;
	f->last_due = due;
	if (happens(f, s->reorder_ppm)) {
		int64_t us = HELD_BACK_MIN_US + rng_below(&f->rng, HELD_BACK_US);

		f->n.reordered++;
		due = time_add(due, dur_us(us));
	}
	return due;
}

/* False: there is no room for it. */
static bool send(struct fault *f, struct pkt *p, base_time now)
{
	struct flying e = { .seq = f->seq++, .pkt = p };

	if (f->n_flying == FAULT_QUEUE || *f->held >= f->room)
		return false;
	e.due = arrival(f, p, now);
	if (time_before(now, e.due) && p->owner != board_slot(f->env)) {
		e.pkt = copy(f, p);
		if (!e.pkt)
			return false;
		pkt_free(f->env, &p, 1);
	}
	push(f, e);
	return true;
}

static unsigned put_one(struct fault *f, struct pkt *p, base_time now)
{
	struct pkt *twin = NULL;

	if (f->set.cut || happens(f, f->set.loss_ppm)) {
		f->n.lost++;
		pkt_free(f->env, &p, 1);
		return 1;
	}
	if (happens(f, f->set.dup_ppm))
		twin = copy(f, p);
	if (!send(f, p, now)) {
		f->n.full++;
		pkt_free(f->env, &p, 1);
		if (twin)
			pkt_free(f->env, &twin, 1);
		return 1;
	}
	if (!twin)
		return 0;
	f->n.doubled++;
	if (!send(f, twin, now)) {
		f->n.full++;
		pkt_free(f->env, &twin, 1);
	}
	return 0;
}

unsigned fault_put(struct fault *f, struct pkt **pkts, unsigned n, base_time now)
{
	unsigned lost = 0;

	for (unsigned i = 0; i < n; i++)
		lost += put_one(f, pkts[i], now);
	return lost;
}

unsigned fault_get(struct fault *f, struct pkt **pkts, unsigned n, base_time now)
{
	unsigned got = 0;

	while (got < n && f->n_flying && !time_before(now, f->flying[0].due))
		pkts[got++] = pop(f);
	return got;
}

base_time fault_next_due(const struct fault *f)
{
	return f->n_flying ? f->flying[0].due : BASE_TIME_NEVER;
}
