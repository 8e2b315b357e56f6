/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two engines and a wire: see world.h. */
#include "tests/l2tp/world.h"

struct flight {
	base_time at;
	int to;
	struct l2tp_path path; /* as the receiver sees it */
	GBytes *bytes;
};

struct rec_copy {
	uint8_t type, op;
	uint64_t key;
	GBytes *bytes;
};

struct txn {
	base_time at;
	uint64_t seq;
	GPtrArray *recs; /* of struct rec_copy */
};

static void flight_free(void *p)
{
	struct flight *f = p;

	g_bytes_unref(f->bytes);
	g_free(f);
}

static void rec_free(void *p)
{
	struct rec_copy *r = p;

	g_bytes_unref(r->bytes);
	g_free(r);
}

static void txn_free(void *p)
{
	struct txn *t = p;

	g_ptr_array_unref(t->recs);
	g_free(t);
}

struct world *world_new(uint64_t seed)
{
	static const struct l2tp_path path[2] = {
		{ 0x0a000001, 0x0a000002, 1701, 1701 },
		{ 0x0a000002, 0x0a000001, 1701, 1701 },
	};
	struct world *w = g_new0(struct world, 1);

	w->now = (base_time){ dur_s(1000).ns };
	w->delay_min = w->delay_max = dur_ms(5);
	w->outage = dur_ms(500);
	w->takeover = BASE_TIME_NEVER;
	w->bodies = g_hash_table_new_full(
		g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_bytes_unref);
	rng_init(&w->rng, seed, 1);
	for (int i = 0; i < 2; i++) {
		struct l2tp_engine_config cfg = { .seed = seed * 2 + (unsigned)i };

		w->side[i].e = l2tp_engine_new(&cfg, w->now);
		w->side[i].path = path[i];
		w->side[i].params = (struct l2tp_cc_params){ .no_session_s = UINT32_MAX,
			.hello_s = 60 };
	}
	return w;
}

void world_free(struct world *w)
{
	l2tp_engine_free(w->side[0].e);
	l2tp_engine_free(w->side[1].e);
	l2tp_engine_free(w->standby);
	g_queue_clear_full(&w->wire, flight_free);
	g_queue_clear_full(&w->txns, txn_free);
	g_hash_table_unref(w->bodies);
	g_free(w);
}

/* Equal times keep their order: the new one goes behind. */
static int by_time(const void *there, const void *new_one, void *data)
{
	const struct flight *x = there, *y = new_one;

	return x->at.ns <= y->at.ns ? -1 : 1;
}

static bool percent(struct world *w, unsigned p)
{
	return p && rng_below(&w->rng, 100) < p;
}

static void put_on_wire(struct world *w, int from, const struct l2tp_effect *fx)
{
	const struct l2tp_path *p = &fx->path;
	unsigned copies = percent(w, w->loss) ? 0 : percent(w, w->dup) ? 2 : 1;
	int64_t spread = w->delay_max.ns - w->delay_min.ns;

	while (copies--) {
		struct flight *f = g_new(struct flight, 1);
		int64_t d = w->delay_min.ns;

		if (spread)
			d += rng_below(&w->rng, (uint32_t)(spread / 1000)) *
			     INT64_C(1000);
		*f = (struct flight){
			.at = { w->now.ns + d },
			.to = !from,
			.path = { p->remote_ip, p->local_ip, p->remote_port,
				p->local_port },
			.bytes = g_bytes_new(fx->bytes, fx->len),
		};
		g_queue_insert_sorted(&w->wire, f, by_time, NULL);
	}
}

/* ---- what is asserted of every packet of side 0 ---- */

static void assert_same_bytes(
	struct world *w, const struct l2tp_effect *fx, uint16_t ns)
{
	g_autofree uint8_t *copy = g_memdup2(fx->bytes, fx->len);
	int64_t key = (int64_t)fx->cc << 16 | ns;
	GBytes *was = g_hash_table_lookup(w->bodies, &key), *is;

	put_u16(copy + CHAN_NR_AT, 0);
	is = g_bytes_new(copy, fx->len);
	if (was)
		g_assert_true(g_bytes_equal(was, is));
	g_hash_table_insert(w->bodies, g_memdup2(&key, sizeof(key)), is);
}

static void assert_durable(struct world *w, const struct l2tp_effect *fx,
	const struct l2tp_hdr *h, bool zlb)
{
	struct l2tp_cc *have = cc_by_id(w->standby, fx->cc);

	g_assert_nonnull(have);
	g_assert_cmpint(seq_diff(h->nr, have->chan.r_rx), <=, 0);       /* I-ack */
	g_assert_cmpint(seq_diff(h->ns, have->chan.s), <, zlb ? 1 : 0); /* I-send */
	for (const struct chan_msg *m = have->chan.head; m && !zlb; m = m->next)
		if (m->ns == h->ns) {
			g_assert_cmpuint(m->len, ==, fx->len);
			g_assert_cmpint(memcmp(m->bytes, fx->bytes, CHAN_NR_AT), ==, 0);
			g_assert_cmpint(memcmp(m->bytes + CHAN_MSG_MIN,
						fx->bytes + CHAN_MSG_MIN,
						fx->len - CHAN_MSG_MIN),
				==, 0);
		}
}

static void check_packet(struct world *w, const struct l2tp_effect *fx)
{
	struct rd r = rd_init(fx->bytes, fx->len);
	struct l2tp_hdr h;

	g_assert_true(l2tp_hdr_parse(&r, &h));

	bool zlb = rd_left(&r) == 0;

	if (!zlb)
		assert_same_bytes(w, fx, h.ns);
	if (w->standby && !w->dead && !(fx->flags & L2TP_SEND_UNCOMMITTED) &&
		l2tp_cc_replicated(w->side[LNS].e, fx->cc))
		assert_durable(w, fx, &h, zlb);
}

static void on_send(struct world *w, int side, const struct l2tp_effect *fx)
{
	struct side *s = &w->side[side];

	s->packets++;
	s->zlbs += !!(fx->flags & L2TP_SEND_ZLB);
	s->hellos += !!(fx->flags & L2TP_SEND_HELLO);
	s->retransmits += !!(fx->flags & L2TP_SEND_RETRANSMIT);
	s->uncommitted += !!(fx->flags & L2TP_SEND_UNCOMMITTED);
	s->last_len = MIN(fx->len, sizeof(s->last));
	memcpy(s->last, fx->bytes, s->last_len);
	if (side == LNS)
		check_packet(w, fx);
	if (w->tap)
		w->tap(w, side, fx, w->tap_user);
	put_on_wire(w, side, fx);
}

/* One item of side 0 is staged; false: it died before this one. */
static bool item(struct world *w, int side)
{
	if (side != LNS || !w->kill_at)
		return true;
	if (w->items >= w->kill_at) {
		w->dead = true;
		return false;
	}
	w->items++;
	return true;
}

static void on_effect(struct world *w, int side, const struct l2tp_effect *fx)
{
	struct side *s = &w->side[side];

	if (fx->cc)
		s->cc = fx->cc;
	if (fx->session)
		s->session = fx->session;
	switch (fx->kind) {
	case L2TP_FX_SEND:
		if (!w->dead && item(w, side))
			on_send(w, side, fx);
		else if (side == LAC)
			on_send(w, side, fx);
		break;
	case L2TP_FX_CC_REQUEST:
		s->requests++;
		if (s->refuse_tunnels)
			l2tp_cc_reject(s->e, fx->cc, 4, 0, "go away", w->now);
		else if (!s->slow_owner)
			l2tp_cc_accept(s->e, fx->cc, &s->params, w->now);
		break;
	case L2TP_FX_CC_UP:
		s->cc_up++;
		break;
	case L2TP_FX_CC_DOWN:
		s->cc_down++;
		s->cause = fx->cause;
		break;
	case L2TP_FX_SESSION_REQUEST:
		s->calls++;
		if (s->refuse_calls)
			l2tp_session_reject(
				s->e, fx->cc, fx->session, 4, 0, NULL, w->now);
		else if (!s->slow_owner)
			l2tp_session_accept(s->e, fx->cc, fx->session, w->now);
		break;
	case L2TP_FX_SESSION_UP:
		s->s_up++;
		break;
	case L2TP_FX_SESSION_DOWN:
		s->s_down++;
		s->cause = fx->cause;
		break;
	case L2TP_FX_SESSION_SLI:
		s->slis++;
		memcpy(s->accm, fx->accm, sizeof(s->accm));
		break;
	case L2TP_FX_SESSION_WEN:
		s->wens++;
		s->errors = fx->errors;
		break;
	case L2TP_FX_UNMARK:
	case L2TP_FX_RESYNC_DONE:
		s->resync_ok += fx->resync == L2TP_RESYNC_OK;
		s->resync_failed += fx->resync == L2TP_RESYNC_FAILED;
		break;
	case L2TP_FX_DEBUG:
		if (g_test_verbose())
			g_test_message("%.3f side %d: %s", (double)w->now.ns / 1e9,
				side, fx->text);
		break;
	}
}

static void poll_effects(struct world *w, int side)
{
	struct l2tp_effect fx;

	while (l2tp_engine_poll(w->side[side].e, &fx))
		on_effect(w, side, &fx);
}

/* Ends the transaction of what was just done on side 0. */
static void end_txn(struct world *w)
{
	struct txn *t = g_new0(struct txn, 1);
	struct ckpt_record r;

	t->recs = g_ptr_array_new_with_free_func(rec_free);
	while (l2tp_engine_poll_record(w->side[LNS].e, &r)) {
		struct rec_copy *c = g_new0(struct rec_copy, 1);

		*c = (struct rec_copy){ r.type, r.op, r.key,
			g_bytes_new(r.bytes, r.len) };
		g_ptr_array_add(t->recs, c);
	}
	if (!t->recs->len) {
		txn_free(t);
		return;
	}
	t->seq = ++w->seq;
	l2tp_engine_txn_end(w->side[LNS].e, t->seq);
	t->at = time_add(w->now, w->commit_delay);
	if (w->dead || !item(w, LNS))
		txn_free(t);
	else
		g_queue_push_tail(&w->txns, t);
}

void world_pump(struct world *w, int side)
{
	poll_effects(w, side);
	if (side == LNS && w->standby && !w->dead)
		end_txn(w);
	if (w->dead && time_is_never(w->takeover))
		w->takeover = time_add(w->now, w->outage);
}

static void apply_txn(struct world *w, struct txn *t)
{
	for (unsigned i = 0; i < t->recs->len; i++) {
		const struct rec_copy *c = t->recs->pdata[i];
		gsize n;
		const uint8_t *p = g_bytes_get_data(c->bytes, &n);
		struct ckpt_record r = { CKPT_L2TP, c->type, c->op, c->key, p, n };

		g_assert_true(l2tp_engine_apply(w->standby, &r, w->now));
	}
}

static void commit_first(struct world *w)
{
	struct txn *t = g_queue_pop_head(&w->txns);

	apply_txn(w, t);
	if (!w->dead) {
		l2tp_engine_committed(w->side[LNS].e, t->seq, w->now);
		world_pump(w, LNS);
	}
	txn_free(t);
}

/* The standby takes over: its inbox first; then whoever is not established is cleared. */
static void take_over(struct world *w)
{
	struct l2tp_session_info s;
	uint32_t i = 0;

	w->takeover = BASE_TIME_NEVER;
	while (!g_queue_is_empty(&w->txns))
		commit_first(w);
	l2tp_engine_free(w->side[LNS].e);
	w->side[LNS].e = g_steal_pointer(&w->standby);
	w->dead = false;
	w->kill_at = 0;
	l2tp_engine_activate(w->side[LNS].e, w->now);
	world_pump(w, LNS);
	while (l2tp_next_session(w->side[LNS].e, &i, &s))
		if (s.state != L2TP_SESSION_ESTABLISHED)
			l2tp_session_close(
				w->side[LNS].e, s.cc, s.id, 2, 6, NULL, w->now);
	world_pump(w, LNS);
}

void world_kill(struct world *w)
{
	w->dead = true;
	w->takeover = time_add(w->now, w->outage);
}

static base_time txn_due(const struct world *w)
{
	const struct txn *t = w->txns.head ? w->txns.head->data : NULL;

	return t && !w->commits_stopped ? t->at : BASE_TIME_NEVER;
}

static base_time engine_due(const struct world *w, int side)
{
	return side == LNS && w->dead ? BASE_TIME_NEVER
				      : l2tp_engine_next_due(w->side[side].e);
}

static base_time wire_due(const struct world *w)
{
	const struct flight *f = w->wire.head ? w->wire.head->data : NULL;

	return f ? f->at : BASE_TIME_NEVER;
}

static void arrive(struct world *w)
{
	struct flight *f = g_queue_pop_head(&w->wire);
	gsize n;
	const uint8_t *p = g_bytes_get_data(f->bytes, &n);

	if (!w->cut[f->to] && !(f->to == LNS && w->dead)) {
		l2tp_engine_input(w->side[f->to].e, &f->path, p, n, w->now);
		world_pump(w, f->to);
	}
	flight_free(f);
}

static void step(struct world *w)
{
	if (!time_before(w->now, w->takeover))
		take_over(w);
	else if (!time_before(w->now, wire_due(w)))
		arrive(w);
	else if (!time_before(w->now, txn_due(w)))
		commit_first(w);
	else
		for (int i = 0; i < 2; i++)
			if (!time_before(w->now, engine_due(w, i))) {
				l2tp_engine_tick(w->side[i].e, w->now, 1);
				world_pump(w, i);
			}
}

void world_run(struct world *w, base_dur d)
{
	base_time end = time_add(w->now, d);

	for (;;) {
		base_time next =
			time_min(time_min(wire_due(w), txn_due(w)), w->takeover);

		next = time_min(next, time_min(engine_due(w, 0), engine_due(w, 1)));
		if (time_before(end, next))
			break;
		if (time_before(w->now, next))
			w->now = next;
		step(w);
	}
	w->now = end;
}

void world_add_standby(struct world *w, base_dur commit_delay)
{
	struct l2tp_engine_config cfg = { .seed = 77, .id_parity = 1, .passive = true };
	bool more;

	w->commit_delay = commit_delay;
	w->standby = l2tp_engine_new(&cfg, w->now);
	l2tp_engine_set_standby(w->side[LNS].e, true, w->now);
	poll_effects(w, LNS);
	do {
		more = l2tp_engine_bulk_next(w->side[LNS].e, 4);
		world_pump(w, LNS);
	} while (more);
}

uint16_t world_open(struct world *w)
{
	struct side *s = &w->side[LAC];
	uint16_t cc = l2tp_cc_open(s->e, &s->path, &s->params, w->now);

	world_pump(w, LAC);
	return cc;
}

uint16_t world_call(struct world *w, uint16_t cc)
{
	struct l2tp_call call = { .serial = 7,
		.framing_type = 1,
		.tx_bps = 64000,
		.called = "5551000",
		.calling = "5552000" };
	uint16_t id = l2tp_session_open(w->side[LAC].e, cc, &call, w->now);

	world_pump(w, LAC);
	return id;
}

uint16_t world_up(struct world *w)
{
	uint16_t cc = world_open(w);
	struct l2tp_cc_info info;

	world_run(w, dur_s(2));
	g_assert_true(l2tp_cc_get(w->side[LAC].e, cc, &info));
	g_assert_cmpint(info.state, ==, L2TP_CC_ESTABLISHED);
	g_assert_true(world_cc(w, LNS, &info));
	g_assert_cmpint(info.state, ==, L2TP_CC_ESTABLISHED);
	return cc;
}

bool world_cc(const struct world *w, int side, struct l2tp_cc_info *out)
{
	uint32_t i = 0;

	return l2tp_next_cc(w->side[side].e, &i, out);
}

static void assert_mirrored(const struct world *w, int side)
{
	struct l2tp_session_info s, other;
	struct l2tp_cc_info cc;
	uint32_t i = 0;

	while (l2tp_next_session(w->side[side].e, &i, &s)) {
		g_assert_cmpint(s.state, ==, L2TP_SESSION_ESTABLISHED);
		g_assert_true(l2tp_cc_get(w->side[side].e, s.cc, &cc));
		g_assert_true(l2tp_session_get(
			w->side[!side].e, cc.remote_id, s.remote_id, &other));
		g_assert_cmpint(other.state, ==, L2TP_SESSION_ESTABLISHED);
		g_assert_cmpuint(other.remote_id, ==, s.id);
	}
}

void world_assert_agree(const struct world *w)
{
	struct l2tp_counts a, b;

	l2tp_get_counts(w->side[0].e, &a);
	l2tp_get_counts(w->side[1].e, &b);
	g_assert_cmpuint(a.tunnels, ==, b.tunnels);
	g_assert_cmpuint(a.sessions, ==, b.sessions);
	assert_mirrored(w, LNS);
	assert_mirrored(w, LAC);
	for (int i = 0; i < 2; i++)
		g_assert_cmpuint(l2tp_drops(w->side[i].e, L2TP_DROP_NR_AHEAD), ==, 0);
}

void world_inject(struct world *w, const void *bytes, size_t len)
{
	l2tp_engine_input(w->side[LNS].e, &w->side[LNS].path, bytes, len, w->now);
	world_pump(w, LNS);
}
