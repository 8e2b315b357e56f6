/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cables between chassis, see cable.h.
 *
 * The two boards share the queues of frames under way and nothing else, under a lock.  In rounds
 * nobody takes a frame in the round in which it was sent, so which of the two has its turn
 * first does not matter; outside_due() tells the conductor of the receiver, which may have
 * nothing else to do.  In free run an eventfd wakes it.
 */
#include "chassis/cable.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct cable_frame {
	base_time due;
	size_t len;
	uint8_t bytes[];
};

/* One direction, named by the end that it leads to. */
struct way {
	GQueue frames; /* struct cable_frame, owned; by due */
	bool open;     /* its end is powered on */
	int wake_fd;   /* of the end; -1: rounds */
	uint64_t arrived, lost;
};

struct cable {
	pthread_mutex_t lock; /* ThreadSanitizer does not know those of GLib */
	struct way ways[CABLE_ENDS];
};

struct plug {
	struct board_env *env;
	const struct cable_end *cfg;
	unsigned spa;
	struct way *in, *out;
	GArray *fds;
};

/* ---- the cable ---- */

struct cable *cable_new(bool real)
{
	struct cable *c = g_new0(struct cable, 1);

	pthread_mutex_init(&c->lock, NULL);
	for (unsigned i = 0; i < CABLE_ENDS; i++) {
		struct way *w = &c->ways[i];

		g_queue_init(&w->frames);
		w->wake_fd = real ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
		if (real && w->wake_fd < 0)
			g_error("eventfd: %s", g_strerror(errno));
	}
	return c;
}

void cable_free(struct cable *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < CABLE_ENDS; i++) {
		g_queue_clear_full(&c->ways[i].frames, g_free);
		if (c->ways[i].wake_fd >= 0)
			close(c->ways[i].wake_fd);
	}
	pthread_mutex_destroy(&c->lock);
	g_free(c);
}

void cable_counts(struct cable *c, unsigned end, uint64_t *arrived, uint64_t *lost)
{
	pthread_mutex_lock(&c->lock);
	*arrived = c->ways[end].arrived;
	*lost = c->ways[end].lost;
	pthread_mutex_unlock(&c->lock);
}

bool cable_is_whole(struct cable *c)
{
	bool whole;

	pthread_mutex_lock(&c->lock);
	whole = c->ways[0].open && c->ways[1].open;
	pthread_mutex_unlock(&c->lock);
	return whole;
}

/* ---- its ends ---- */

static void set_open(struct plug *p, bool open)
{
	pthread_mutex_lock(&p->cfg->cable->lock);
	p->in->open = open;
	p->in->lost += g_queue_get_length(&p->in->frames);
	g_queue_clear_full(&p->in->frames, g_free);
	pthread_mutex_unlock(&p->cfg->cable->lock);
}

static void *cable_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct plug *p = g_new0(struct plug, 1);

	p->env = env;
	p->cfg = arg;
	p->spa = ifindex_slot(p->cfg->ifindex);
	p->in = &p->cfg->cable->ways[p->cfg->end];
	p->out = &p->cfg->cable->ways[!p->cfg->end];
	p->fds = g_array_new(false, false, sizeof(struct pollfd));
	set_open(p, true);
	return p;
}

static void cable_destroy(void *self)
{
	struct plug *p = self;

	set_open(p, false);
	g_array_unref(p->fds);
	g_free(p);
}

static void cable_message(
	void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
}

static base_time arrival(const struct plug *p, base_time now)
{
	return board_virtual(p->env) ? time_add(now, dur_us(CABLE_LATENCY_US)) : now;
}

static void push(struct plug *p, struct pkt *pkt, base_time now)
{
	struct cable_frame *f;

	if (!p->out->open || g_queue_get_length(&p->out->frames) >= CABLE_QUEUE) {
		p->out->lost++;
		return;
	}
	f = g_malloc(sizeof(*f) + pkt->len);
	f->due = arrival(p, now);
	f->len = pkt->len;
	memcpy(f->bytes, pkt_data(pkt), pkt->len);
	g_queue_push_tail(&p->out->frames, f);
}

static void wake(const struct way *w)
{
	static const uint64_t one = 1;

	if (w->wake_fd >= 0 && write(w->wake_fd, &one, sizeof(one)) < 0)
		g_assert(errno == EAGAIN); /* the counter is full: it wakes all the same */
}

static bool send_burst(struct plug *p, base_time now)
{
	struct pkt *pkts[PKT_BURST];
	unsigned n = pkt_rx(p->env, p->spa, pkts, PKT_BURST);

	if (!n)
		return false;
	pthread_mutex_lock(&p->cfg->cable->lock);
	for (unsigned i = 0; i < n; i++)
		push(p, pkts[i], now);
	pthread_mutex_unlock(&p->cfg->cable->lock);
	pkt_free(p->env, pkts, n);
	wake(p->out);
	return true;
}

static base_time first_due(const struct way *w)
{
	const struct cable_frame *f = g_queue_peek_head((GQueue *)(uintptr_t)&w->frames);

	return f ? f->due : BASE_TIME_NEVER;
}

static struct cable_frame *pop(struct plug *p, base_time now)
{
	struct cable_frame *f = NULL;

	pthread_mutex_lock(&p->cfg->cable->lock);
	if (first_due(p->in).ns <= now.ns)
		f = g_queue_pop_head(&p->in->frames);
	pthread_mutex_unlock(&p->cfg->cable->lock);
	return f;
}

static bool hand_over(struct plug *p, const struct cable_frame *f)
{
	struct pkt *pkt;

	if (!pkt_alloc(p->env, &pkt, 1))
		return false;
	if (f->len <= pkt_tailroom(pkt)) {
		memcpy(pkt_data(pkt), f->bytes, f->len);
		pkt->len = (uint16_t)f->len;
		pkt->ifindex = p->cfg->ifindex;
		if (pkt_tx(p->env, p->spa, &pkt, 1))
			return true;
	}
	pkt_free(p->env, &pkt, 1);
	return false;
}

static bool take_burst(struct plug *p, base_time now)
{
	unsigned n = 0, good = 0;
	struct cable_frame *f;

	for (; n < PKT_BURST && (f = pop(p, now)); n++) {
		good += hand_over(p, f);
		g_free(f);
	}
	if (!n)
		return false;
	pthread_mutex_lock(&p->cfg->cable->lock);
	p->in->arrived += good;
	p->in->lost += n - good;
	pthread_mutex_unlock(&p->cfg->cable->lock);
	return true;
}

static void drain(const struct way *w)
{
	uint64_t count;

	if (w->wake_fd >= 0 && read(w->wake_fd, &count, sizeof(count)) < 0)
		g_assert(errno == EAGAIN);
}

static bool cable_work(void *self, base_time now, unsigned budget)
{
	struct plug *p = self;
	bool more = true;

	drain(p->in);
	for (unsigned i = 0; more && i < budget; i++)
		more = send_burst(p, now) | take_burst(p, now);
	return more;
}

static base_time cable_due(const void *self)
{
	const struct plug *p = self;
	base_time due;

	pthread_mutex_lock(&p->cfg->cable->lock);
	due = first_due(p->in);
	pthread_mutex_unlock(&p->cfg->cable->lock);
	return due;
}

static const GArray *cable_wait_fds(const void *self)
{
	const struct plug *p = self;
	struct pollfd fd = { .fd = p->in->wake_fd, .events = POLLIN };

	g_array_set_size(p->fds, 0);
	g_array_append_val(p->fds, fd);
	return p->fds;
}

const struct board_ops cable_board = {
	.kind = BOARD_PEER,
	.power_on = cable_power_on,
	.message = cable_message,
	.work = cable_work,
	.next_due = cable_due,
	.outside_due = cable_due,
	.wait_fds = cable_wait_fds,
	.destroy = cable_destroy,
};
