/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reliable control channel: see chan.h.
 *
 * `next` walks Q like the send pointer of a go-back-N protocol: a timeout puts it back to the
 * front, with a window of one, and as acknowledgements open the window it passes again over
 * what may have been lost.  A peer that had kept those messages acknowledges past them, and
 * they are dropped before they are sent again.
 */
#include "l2tp/chan.h"

#include "base/rule.h"

#include <glib.h>

void chan_init(struct chan *ch, uint16_t rws)
{
	*ch = (struct chan){ .rws = rws, .cwnd = 1 };
	chan_set_peer_window(ch, CHAN_DEFAULT_WINDOW);
}

void chan_begin_at(struct chan *ch, uint16_t n)
{
	ch->s = ch->u = ch->snd_max = ch->s_dur = n;
	ch->r_rx = ch->r_dur = ch->nr_sent = n;
}

static void drop_head(struct chan *ch)
{
	struct chan_msg *m = ch->head;

	ch->head = m->next;
	if (!ch->head)
		ch->tail = NULL;
	if (ch->next == m)
		ch->next = m->next;
	if (ch->unrec == m)
		ch->unrec = m->next;
	ch->queued--;
	g_free(m);
}

void chan_deinit(struct chan *ch)
{
	while (ch->head)
		drop_head(ch);
	while (ch->held) {
		struct chan_held *h = ch->held;

		ch->held = h->next;
		g_free(h);
	}
	ch->n_held = 0;
}

void chan_set_peer_window(struct chan *ch, uint16_t rws)
{
	ch->peer_rws = CLAMP(rws, 1, CHAN_WINDOW_MAX);
	ch->ssthresh = ch->peer_rws;
	ch->cwnd = ch->whole_window ? ch->peer_rws : MIN(ch->cwnd, ch->peer_rws);
}

void chan_gate(struct chan *ch, uint16_t pending)
{
	ch->gated = true;
	ch->s_dur = ch->snd_max;
	ch->r_dur = (uint16_t)(ch->r_rx - pending);
	ch->unrec = ch->head;
}

void chan_ungate(struct chan *ch)
{
	ch->gated = false;
	ch->s_dur = ch->s;
	ch->r_dur = ch->r_rx;
	ch->unrec = NULL;
}

static struct chan_msg *msg_new(
	uint16_t ns, const uint8_t *bytes, size_t len, uint8_t flags)
{
	struct chan_msg *m = g_malloc(sizeof(*m) + len);

	*m = (struct chan_msg){ .ns = ns, .len = (uint16_t)len, .flags = flags };
	memcpy(m->bytes, bytes, len);
	put_u16(m->bytes + CHAN_NS_AT, ns);
	return m;
}

static void link_tail(struct chan *ch, struct chan_msg *m)
{
	if (ch->tail)
		ch->tail->next = m;
	else
		ch->head = m;
	ch->tail = m;
	ch->queued++;
}

struct chan_msg *chan_append(
	struct chan *ch, const uint8_t *bytes, size_t len, uint8_t flags)
{
	struct chan_msg *m = msg_new(ch->s++, bytes, len, flags);

	link_tail(ch, m);
	if (!ch->next)
		ch->next = m;
	if (ch->gated && !ch->unrec)
		ch->unrec = m;
	return m;
}

static bool same_msg(const struct chan_msg *m, const uint8_t *bytes, size_t len)
{
	return m->len == len && memcmp(m->bytes, bytes, len) == 0;
}

bool chan_put(
	struct chan *ch, uint16_t ns, const uint8_t *bytes, size_t len, uint8_t flags)
{
	if (len < CHAN_MSG_MIN || len > UINT16_MAX || ch->queued >= CHAN_QUEUE_HARD)
		return false;
	if (ch->tail && seq_diff(ns, ch->tail->ns) <= 0) {
		for (struct chan_msg *m = ch->head; m; m = m->next)
			if (m->ns == ns)
				return same_msg(m, bytes, len);
		return false;
	}
	if (ch->tail && ns != (uint16_t)(ch->tail->ns + 1))
		return false;
	link_tail(ch, msg_new(ns, bytes, len, flags));
	return true;
}

bool chan_adopt(struct chan *ch, uint16_t s, uint16_t u, uint16_t r)
{
	int n = seq_diff(s, u);
	unsigned stale = 0;
	struct chan_msg *m = ch->head;

	for (; m && seq_diff(m->ns, u) < 0; m = m->next)
		stale++;
	if (n < 0 || ch->queued - stale != (unsigned)n || (m && m->ns != u))
		return false;
	while (stale--)
		drop_head(ch);
	ch->s = ch->s_dur = ch->snd_max = s;
	ch->u = u;
	ch->r_rx = ch->r_dur = ch->nr_sent = r;
	return true;
}

bool chan_whole(const struct chan *ch)
{
	return (int)ch->queued == seq_diff(ch->s, ch->u) &&
	       (!ch->head || ch->head->ns == ch->u);
}

void chan_restart(struct chan *ch)
{
	ch->next = ch->head;
	ch->snd_max = ch->s;
	ch->nr_sent = ch->r_rx;
	ch->cwnd = 1;
	ch->ssthresh = ch->peer_rws;
	ch->credit = 0;
	ch->tries = 0;
}

bool chan_nr_sane(const struct chan *ch, uint16_t nr)
{
	return seq_diff(nr, ch->snd_max) <= 0;
}

/* Slow start up to ssthresh, then one step for each full window (appendix A). */
static void grow(struct chan *ch, unsigned n)
{
	if (ch->whole_window)
		ch->cwnd = ch->peer_rws;
	while (n-- > 0 && ch->cwnd < ch->peer_rws) {
		if (ch->cwnd < ch->ssthresh) {
			ch->cwnd++;
		} else if (++ch->credit >= ch->cwnd) {
			ch->credit = 0;
			ch->cwnd++;
		}
	}
}

unsigned chan_acked(struct chan *ch, uint16_t nr)
{
	int n = seq_diff(nr, ch->u);

	if (n <= 0)
		return 0;
	while (ch->head && seq_diff(ch->head->ns, nr) < 0)
		drop_head(ch);
	ch->u = nr;
	ch->tries = 0;
	grow(ch, (unsigned)n);
	return (unsigned)n;
}

enum chan_arrival chan_arrive(struct chan *ch, uint16_t ns)
{
	int d = seq_diff(ns, ch->r_rx);

	if (d < 0)
		return CHAN_DUPLICATE;
	if (d == 0) {
		ch->r_rx++;
		return CHAN_IN_ORDER;
	}
	return d < ch->rws ? CHAN_EARLY : CHAN_BEYOND;
}

bool chan_hold(struct chan *ch, uint16_t ns, uint16_t session, const uint8_t *bytes,
	size_t len)
{
	struct chan_held **at = &ch->held;

	if (ch->n_held >= MIN(ch->rws, CHAN_REORDER_MAX) ||
		seq_diff(ns, ch->r_rx) > CHAN_REORDER_MAX)
		return false;
	while (*at && seq_diff((*at)->ns, ns) < 0)
		at = &(*at)->next;
	if (*at && (*at)->ns == ns)
		return false;

	struct chan_held *h = g_malloc(sizeof(*h) + len);

	*h = (struct chan_held){
		.next = *at, .ns = ns, .session = session, .len = (uint16_t)len
	};
	memcpy(h->bytes, bytes, len);
	*at = h;
	ch->n_held++;
	return true;
}

struct chan_held *chan_take_held(struct chan *ch)
{
	struct chan_held *h;

	while ((h = ch->held) && seq_diff(h->ns, ch->r_rx) <= 0) {
		bool due = h->ns == ch->r_rx;

		ch->held = h->next;
		ch->n_held--;
		if (due) {
			ch->r_rx++;
			return h;
		}
		g_free(h); /* came a second time in order */
	}
	return NULL;
}

static int window(const struct chan *ch)
{
	uint16_t w = MIN(ch->cwnd, ch->peer_rws);

	return ch->limit ? MIN(w, ch->limit) : w;
}

bool chan_may_leave(const struct chan *ch, const struct chan_msg *m)
{
	return !ch->gated || seq_diff(m->ns, ch->s_dur) < 0 || !rule_holds(RULE_H2_HOLD);
}

struct chan_msg *chan_next(const struct chan *ch)
{
	struct chan_msg *m = ch->next;

	if (!m || seq_diff(m->ns, ch->u) >= window(ch))
		return NULL;
	if (!chan_may_leave(ch, m))
		return NULL;
	return m;
}

void chan_sent(struct chan *ch, struct chan_msg *m)
{
	ch->next = m->next;
	ch->snd_max = seq_max(ch->snd_max, (uint16_t)(m->ns + 1));
}

bool chan_in_flight(const struct chan *ch)
{
	return ch->head && ch->next != ch->head;
}

void chan_again(struct chan *ch)
{
	ch->next = ch->head;
}

void chan_timeout(struct chan *ch)
{
	if (ch->tries < UINT16_MAX)
		ch->tries++;
	ch->ssthresh = MAX(1, ch->cwnd / 2);
	ch->cwnd = 1;
	ch->credit = 0;
	ch->next = ch->head;
}

uint16_t chan_nr(const struct chan *ch)
{
	return ch->gated && rule_holds(RULE_H1_NR) ? ch->r_dur : ch->r_rx;
}
