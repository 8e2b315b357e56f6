/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See ctl.h.  RFC 2661, section 5.8, where the manner does not say otherwise.
 */
#include "tests/sim/peers/ctl.h"

enum { STOPCCN = 4, DEFAULT_WINDOW = 4, FIRST_TYPE_AT = 6 };

struct outgoing {
	uint16_t ns, nr; /* nr: of the first sending */
	uint16_t session;
	bool setup, hello, sent;
	unsigned tries;
	base_time due; /* PLAN_EACH */
	size_t len;
	uint8_t bytes[];
};

struct incoming {
	uint16_t ns, session;
	size_t len;
	uint8_t bytes[];
};

static int ahead_of(uint16_t a, uint16_t b)
{
	return (int16_t)(uint16_t)(a - b);
}

/* ---- life ---- */

void ctl_init(struct ctl *c, const struct manner *m, uint16_t rws, uint16_t first_ns,
	const struct ctl_owner *owner, void *user)
{
	*c = (struct ctl){ .m = m, .owner = owner, .user = user, .greedy = m->greedy };
	c->rws = rws ? rws : m->rws ? m->rws : DEFAULT_WINDOW;
	c->peer_rws = DEFAULT_WINDOW;
	c->s = c->u = c->r = first_ns;
	c->resend_due = c->ack_due = BASE_TIME_NEVER;
	g_queue_init(&c->queue);
	g_queue_init(&c->early);
}

void ctl_deinit(struct ctl *c)
{
	g_queue_clear_full(&c->queue, g_free);
	g_queue_clear_full(&c->early, g_free);
}

bool ctl_idle(const struct ctl *c)
{
	return !c->queue.head;
}

/* ---- out ---- */

/* The Ns of what leaves next. */
static uint16_t next_ns(const struct ctl *c)
{
	for (GList *l = c->queue.head; l; l = l->next)
		if (!((struct outgoing *)l->data)->sent)
			return ((struct outgoing *)l->data)->ns;
	return c->s;
}

static void emit(struct ctl *c, uint16_t session, uint16_t ns, uint16_t nr,
	const uint8_t *avps, size_t n, base_time now)
{
	g_autofree uint8_t *buf = g_malloc(L2TP_CONTROL_HDR + n);
	struct wr w = wr_init(buf, L2TP_CONTROL_HDR + n);

	l2tp_control_build(&w, c->remote_id, session, ns, nr);
	wr_bytes(&w, avps, n);
	wr_set_u16(&w, 2, (uint16_t)w.len);
	if (nr == c->r) {
		c->owes_ack = false;
		c->ack_due = BASE_TIME_NEVER;
	}
	c->owner->send(c->user, w.buf, w.len, now);
}

static void emit_zlb(struct ctl *c, uint16_t session, uint16_t ns, uint16_t nr, base_time now)
{
	c->zlbs++;
	emit(c, session, ns, nr, NULL, 0, now);
}

void ctl_zlb(struct ctl *c, uint16_t session, base_time now)
{
	emit_zlb(c, session, next_ns(c), c->r, now);
}

static const uint8_t *waits_of(const struct ctl *c, const struct outgoing *o)
{
	return o->hello && c->m->hello[0] ? c->m->hello : c->m->waits;
}

/* How long after sending number `tries` of it; 0: no more. */
static unsigned wait_of(const struct ctl *c, const struct outgoing *o, unsigned tries)
{
	unsigned s = tries < MANNER_WAITS ? waits_of(c, o)[tries] : 0;

	return s && !tries ? s + c->late_s : s;
}

static void emit_message(struct ctl *c, struct outgoing *o, base_time now)
{
	if (o->sent)
		c->resent++;
	else
		o->nr = c->r;
	o->sent = true;
	c->sent++;
	emit(c, o->session, o->ns, c->m->stale_nr ? o->nr : c->r, o->bytes, o->len, now);
}

static bool forgets(const struct ctl *c, const struct outgoing *o)
{
	return c->m->plan == PLAN_SETUP && !o->setup;
}

static bool window_open(const struct ctl *c, const struct outgoing *o)
{
	return c->greedy || ahead_of(o->ns, c->u) < c->peer_rws;
}

static void drop_front(struct ctl *c)
{
	struct outgoing *o = g_queue_pop_head(&c->queue);

	c->u = (uint16_t)(o->ns + 1);
	c->tries = 0;
	c->resend_due = BASE_TIME_NEVER;
	g_free(o);
}

static void send_first_time(struct ctl *c, struct outgoing *o, base_time now)
{
	emit_message(c, o, now);
	o->due = time_add(now, dur_s(wait_of(c, o, 0)));
	if (c->m->plan != PLAN_EACH && time_is_never(c->resend_due))
		c->resend_due = o->due;
}

static void pump(struct ctl *c, base_time now)
{
	GList *l = c->queue.head, *next;

	for (; l; l = next) {
		struct outgoing *o = l->data;

		next = l->next;
		if (o->sent)
			continue;
		if (!window_open(c, o))
			break;
		send_first_time(c, o, now);
		if (forgets(c, o) && l == c->queue.head)
			drop_front(c);
	}
	/* The front that is left has its time from the last progress on. */
	if (c->m->plan != PLAN_EACH && time_is_never(c->resend_due) && c->queue.head) {
		struct outgoing *o = c->queue.head->data;

		c->resend_due = time_add(now, dur_s(wait_of(c, o, 0)));
	}
}

void ctl_send(struct ctl *c, uint16_t session, const uint8_t *avps, size_t n,
	bool setup, bool hello, base_time now)
{
	struct outgoing *o = g_malloc0(sizeof(*o) + n);

	*o = (struct outgoing){ .ns = c->s++, .session = session, .setup = setup,
		.hello = hello, .len = n };
	memcpy(o->bytes, avps, n);
	g_queue_push_tail(&c->queue, o);
	pump(c, now);
}

static void resend_all(struct ctl *c, base_time now)
{
	for (GList *l = c->queue.head; l; l = l->next)
		if (((struct outgoing *)l->data)->sent)
			emit_message(c, l->data, now);
}

/* ---- acknowledgements ---- */

static void owe(struct ctl *c, base_time now)
{
	c->owes_ack = true;
	if (time_is_never(c->ack_due))
		c->ack_due = time_add(now, dur_ms(c->m->ack_ms));
}

/* What is owed for messages in order. */
static void pay(struct ctl *c, base_time now)
{
	if (!c->owes_ack || time_before(now, c->ack_due))
		return;
	c->owes_ack = false;
	c->ack_due = BASE_TIME_NEVER;
	if (c->m->dup != ANSWER_IF_IDLE || ctl_idle(c))
		ctl_zlb(c, 0, now);
}

static void answer(struct ctl *c, enum answer how, const struct l2tp_hdr *h, base_time now)
{
	switch (how) {
	case ANSWER_NONE:
		break;
	case ANSWER_ZLB:
	case ANSWER_IF_IDLE:
		owe(c, now);
		break;
	case ANSWER_RESEND:
		if (ctl_idle(c))
			ctl_zlb(c, 0, now);
		else
			resend_all(c, now);
		break;
	case ANSWER_ECHO:
		emit_zlb(c, 0, h->nr, (uint16_t)(h->ns + 1), now);
		break;
	}
}

/* ---- in ---- */

static void flush(struct ctl *c)
{
	while (!ctl_idle(c))
		drop_front(c);
}

/* The Nr of a packet; false: the packet counts for nothing. */
static bool judge_nr(struct ctl *c, uint16_t nr, bool zlb, bool take, base_time now)
{
	bool ahead = ahead_of(nr, next_ns(c)) > 0;

	if (ahead && c->m->ahead == AHEAD_DROP)
		return false;
	if (ahead && c->m->ahead == AHEAD_STOPCCN) {
		if (!zlb)
			c->owner->offended(c->user, now);
		return false;
	}
	if (!take || (ahead && c->m->ahead == AHEAD_IGNORE))
		return true;
	if (ahead)
		flush(c);
	while (!ctl_idle(c) &&
		ahead_of(nr, ((struct outgoing *)c->queue.head->data)->ns) > 0)
		drop_front(c);
	return true;
}

static uint32_t digest(uint16_t session, struct rd body)
{
	uint32_t h = 2166136261u ^ session;

	while (rd_left(&body))
		h = (h ^ rd_u8(&body)) * 16777619u;
	return h | 1;
}

/* The last word to somebody who does not answer is said whatever the window. */
static bool is_stopccn(struct rd body)
{
	rd_skip(&body, FIRST_TYPE_AT);
	return rd_u16(&body) == STOPCCN;
}

static void look_for_crimes(struct ctl *c, const struct l2tp_hdr *h, struct rd body)
{
	uint32_t *seen = &c->seen[h->ns % CTL_MEMORY], is = digest(h->session, body);

	c->crimes.nr_ahead += ahead_of(h->nr, next_ns(c)) > 0;
	if (!rd_left(&body))
		return;
	if (ahead_of(h->ns, c->r) >= c->rws)
		c->crimes.beyond += !is_stopccn(body);
	else if (ahead_of(h->ns, c->r) < 0 && ahead_of(h->ns, c->r) > -CTL_MEMORY / 2)
		c->crimes.rebound += *seen && *seen != is;
	*seen = is;
}

static void take(struct ctl *c, uint16_t session, struct rd avps, base_time now)
{
	c->r++;
	c->received++;
	owe(c, now);
	c->owner->deliver(c->user, session, avps, now);
}

static void keep(struct ctl *c, const struct l2tp_hdr *h, struct rd body)
{
	size_t n = rd_left(&body);
	struct incoming *in = g_malloc(sizeof(*in) + n);

	*in = (struct incoming){ .ns = h->ns, .session = h->session, .len = n };
	rd_copy(&body, in->bytes, n);
	g_queue_push_tail(&c->early, in);
}

static GList *find_early(struct ctl *c, uint16_t ns)
{
	for (GList *l = c->early.head; l; l = l->next)
		if (((struct incoming *)l->data)->ns == ns)
			return l;
	return NULL;
}

static void take_early(struct ctl *c, base_time now)
{
	GList *l;

	while ((l = find_early(c, c->r))) {
		struct incoming *in = l->data;

		g_queue_delete_link(&c->early, l);
		take(c, in->session, rd_init(in->bytes, in->len), now);
		g_free(in);
	}
}

static bool looks_old(const struct ctl *c, uint16_t ns)
{
	return ahead_of(ns, c->r) < 0 && !(c->m->wrap_blind && ns > c->r);
}

static void out_of_step(
	struct ctl *c, const struct l2tp_hdr *h, struct rd body, base_time now)
{
	bool zlb = !rd_left(&body), old = looks_old(c, h->ns);

	c->dropped++;
	if (!zlb && !old && c->m->store == STORE_BLOCK)
		c->blocked = true;
	if (!zlb && !old && c->m->store == STORE_WINDOW && !find_early(c, h->ns) &&
		ahead_of(h->ns, c->r) < c->rws)
		keep(c, h, body);
	if (zlb)
		answer(c, old ? c->m->zlb_dup : c->m->zlb_fut, h, now);
	else
		answer(c, old ? c->m->dup : c->m->fut, h, now);
}

void ctl_input(struct ctl *c, const struct l2tp_hdr *h, struct rd body, base_time now)
{
	bool zlb = !rd_left(&body), odd = h->ns != c->r;
	bool nr = !odd || (zlb ? c->m->zlb_nr : c->m->odd_nr);

	if (c->is_dead)
		return;
	look_for_crimes(c, h, body);
	if (!judge_nr(c, h->nr, zlb, nr, now)) {
		c->dropped++;
		return;
	}
	if (c->blocked && !zlb)
		c->dropped++; /* it waits behind the one that stops all */
	else if (odd)
		out_of_step(c, h, body, now);
	else if (!zlb)
		take(c, h->session, body, now);
	take_early(c, now);
	pump(c, now);
	pay(c, now);
}

/* ---- timers ---- */

static void give_up(struct ctl *c, base_time now)
{
	c->is_dead = true;
	c->resend_due = c->ack_due = BASE_TIME_NEVER;
	c->owner->dead(c->user, now);
}

static void tick_each(struct ctl *c, base_time now)
{
	for (GList *l = c->queue.head; l; l = l->next) {
		struct outgoing *o = l->data;
		unsigned wait;

		if (!o->sent || time_before(now, o->due))
			continue;
		wait = wait_of(c, o, ++o->tries);
		if (!wait) {
			give_up(c, now);
			return;
		}
		o->due = time_add(now, dur_s(wait));
		emit_message(c, o, now);
	}
}

static void tick_front(struct ctl *c, base_time now)
{
	struct outgoing *front = g_queue_peek_head(&c->queue);
	unsigned wait;

	if (!front || time_before(now, c->resend_due))
		return;
	wait = wait_of(c, front, ++c->tries);
	if (!wait) {
		give_up(c, now);
		return;
	}
	c->resend_due = time_add(now, dur_s(wait));
	if (c->m->plan == PLAN_WINDOW)
		resend_all(c, now);
	else
		emit_message(c, front, now);
}

void ctl_tick(struct ctl *c, base_time now)
{
	if (c->is_dead)
		return;
	if (c->m->plan == PLAN_EACH)
		tick_each(c, now);
	else
		tick_front(c, now);
	if (!c->is_dead)
		pay(c, now);
}

base_time ctl_next_due(const struct ctl *c)
{
	base_time due = time_min(c->resend_due, c->ack_due);

	for (GList *l = c->m->plan == PLAN_EACH ? c->queue.head : NULL; l; l = l->next)
		if (((struct outgoing *)l->data)->sent)
			due = time_min(due, ((struct outgoing *)l->data)->due);
	return c->is_dead ? BASE_TIME_NEVER : due;
}

base_dur ctl_patience(const struct ctl *c)
{
	unsigned total = c->late_s;

	for (unsigned i = 0; i < MANNER_WAITS; i++)
		total += c->m->waits[i];
	return dur_s(total);
}
