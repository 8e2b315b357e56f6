/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The L2TP engine: its objects and indexes, what comes in, and how each call ends.
 *
 * A call enters with the time, does one thing (takes a datagram, obeys an order, runs a timer)
 * and leaves by engine_leave().  In between tunnels that changed are put on the `touched` list
 * and objects that ended on the dead lists; leaving settles the first and frees the second.
 * So a pointer stays good for the whole of a call, and every packet is made at one place, after
 * everything that its numbers depend on has happened.
 *
 * Ids are drawn at random, of one parity for each RP slot (ha-commit.md, H11), so that an id
 * which the other RP gave out and never committed cannot collide.
 */
#include "l2tp/internal.h"

enum {
	MAX_TUNNELS = 16000,
	MAX_SESSIONS = 64000,
	MAX_HALF_OPEN = 256,
	MAX_HALF_OPEN_SOURCE = 8,
	MAX_SETTING_UP = 2000,
	SCCRQ_PER_S = 100,
	SCCRQ_PER_S_SOURCE = 5,
	ICRQ_PER_S = 500,
	ID_TRIES = 64,
};

static void default32(uint32_t *v, uint32_t d)
{
	if (!*v)
		*v = d;
}

static void config_defaults(struct l2tp_engine_config *c)
{
	default32(&c->max_tunnels, MAX_TUNNELS);
	default32(&c->max_sessions, MAX_SESSIONS);
	default32(&c->max_half_open, MAX_HALF_OPEN);
	default32(&c->max_half_open_per_source, MAX_HALF_OPEN_SOURCE);
	default32(&c->max_setting_up, MAX_SETTING_UP);
	default32(&c->sccrq_per_s, SCCRQ_PER_S);
	default32(&c->sccrq_per_s_source, SCCRQ_PER_S_SOURCE);
	default32(&c->icrq_per_s, ICRQ_PER_S);
}

static void stores_new(struct l2tp_engine *e)
{
	/* Tombstones take room beside the living. */
	e->ccs = slab_new(sizeof(struct l2tp_cc), e->cfg.max_tunnels * 2);
	e->all_sessions =
		slab_new(sizeof(struct l2tp_session), e->cfg.max_sessions * 2);
	e->cc_by_id = index_new(64);
	e->cc_by_peer = index_new(64);
	e->opening = index_new(16);
	e->hidden_requests = index_new(16);
	e->known = index_new(16);
	e->challenges = index_new(16);
	e->half_open_src = index_new(16);
	e->session_by_id = index_new(64);
	e->session_by_peer = index_new(64);
	dlist_init(&e->touched);
	dlist_init(&e->dirty_ccs);
	dlist_init(&e->dirty_sessions);
	dlist_init(&e->dead_ccs);
	dlist_init(&e->dead_sessions);
	e->deletes = g_array_new(FALSE, FALSE, sizeof(struct rec_delete));
}

struct l2tp_engine *l2tp_engine_new(const struct l2tp_engine_config *cfg, base_time now)
{
	struct l2tp_engine *e = g_new0(struct l2tp_engine, 1);

	e->cfg = *cfg;
	config_defaults(&e->cfg);
	e->now = now;
	e->passive = cfg->passive;
	rng_init(&e->rng, cfg->seed, 0x6c327470);
	e->wheel = timer_wheel_new(now);
	e->t_pace.kind = T_PACE;
	e->counts.resync_began = e->counts.resync_ended = BASE_TIME_NEVER;
	stores_new(e);
	limits_init(e);
	return e;
}

static void fx_free_polled(struct l2tp_engine *e)
{
	g_free(e->fx_polled);
	e->fx_polled = NULL;
}

static void fx_free_all(struct l2tp_engine *e)
{
	fx_free_polled(e);
	while (e->fx_head) {
		struct fx_node *n = e->fx_head;

		e->fx_head = n->next;
		g_free(n);
	}
	e->fx_tail = NULL;
}

void engine_free_txns(struct l2tp_engine *e)
{
	while (e->txn_head) {
		struct txn_entry *t = e->txn_head;

		e->txn_head = t->next;
		g_free(t);
	}
	e->txn_tail = e->txn_open = e->txn_unreleased = NULL;
	while (e->txn_spare) {
		struct txn_entry *t = e->txn_spare;

		e->txn_spare = t->next;
		g_free(t);
	}
}

static void cc_deinit(struct l2tp_cc *cc)
{
	chan_deinit(&cc->chan);
	g_free(cc->cause);
	g_clear_pointer(&cc->request, g_bytes_unref);
	explicit_bzero(cc->params.secret, sizeof(cc->params.secret));
}

static void session_deinit(struct l2tp_session *s)
{
	g_free(s->called);
	g_free(s->calling);
	g_free(s->link);
	g_clear_pointer(&s->line, g_bytes_unref);
	g_clear_pointer(&s->proxy, g_bytes_unref);
}

static void stores_free(struct l2tp_engine *e)
{
	uint32_t i = 0;
	struct l2tp_session *s;
	struct l2tp_cc *cc;

	while ((s = slab_next(e->all_sessions, i, &i)))
		session_deinit(s);
	for (i = 0; (cc = slab_next(e->ccs, i, &i));)
		cc_deinit(cc);
	slab_free(e->all_sessions);
	slab_free(e->ccs);
	index_free(e->cc_by_id);
	index_free(e->cc_by_peer);
	index_free(e->opening);
	index_free(e->hidden_requests);
	index_free(e->known);
	index_free(e->challenges);
	index_free(e->half_open_src);
	index_free(e->session_by_id);
	index_free(e->session_by_peer);
	g_array_free(e->deletes, TRUE);
}

void l2tp_engine_free(struct l2tp_engine *e)
{
	if (!e)
		return;
	timer_wheel_free(e->wheel);
	fx_free_all(e);
	engine_free_txns(e);
	stores_free(e);
	explicit_bzero(&e->rng, sizeof(e->rng));
	g_free(e);
}

void l2tp_engine_reset(struct l2tp_engine *e, base_time now)
{
	timer_wheel_free(e->wheel);
	fx_free_all(e);
	engine_free_txns(e);
	stores_free(e);
	e->now = now;
	e->wheel = timer_wheel_new(now);
	e->t_pace = (struct timer){ .kind = T_PACE };
	e->counts = (struct l2tp_counts){ .resync_began = BASE_TIME_NEVER,
		.resync_ended = BASE_TIME_NEVER };
	e->n_unprotected = e->n_held = 0;
	e->deletes_done = 0;
	e->pace_cursor = e->bulk_cc = e->bulk_session = 0;
	e->bulk_ccs_done = e->bulk_done = false;
	stores_new(e);
}

/* ---- effects ---- */

struct l2tp_effect *fx_push(struct l2tp_engine *e, enum l2tp_effect_kind kind,
	uint16_t cc, uint16_t session, const void *bytes, size_t len)
{
	struct fx_node *n = g_malloc(sizeof(*n) + len + 1);

	n->next = NULL;
	n->fx = (struct l2tp_effect){ .kind = kind, .cc = cc, .session = session };
	if (bytes) {
		memcpy(n->bytes, bytes, len);
		n->bytes[len] = 0;
		n->fx.bytes = n->bytes;
		n->fx.len = len;
	}
	if (e->fx_tail)
		e->fx_tail->next = n;
	else
		e->fx_head = n;
	e->fx_tail = n;
	return &n->fx;
}

void fx_debug(
	struct l2tp_engine *e, uint16_t cc, uint16_t session, const char *fmt, ...)
{
	char text[160];
	struct l2tp_effect *fx;
	va_list ap;

	va_start(ap, fmt);
	g_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fx = fx_push(e, L2TP_FX_DEBUG, cc, session, text, strlen(text));
	fx->text = (const char *)fx->bytes;
	fx->bytes = NULL;
	fx->len = 0;
}

bool l2tp_engine_poll(struct l2tp_engine *e, struct l2tp_effect *out)
{
	fx_free_polled(e);
	if (!e->fx_head)
		return false;
	e->fx_polled = e->fx_head;
	e->fx_head = e->fx_polled->next;
	if (!e->fx_head)
		e->fx_tail = NULL;
	*out = e->fx_polled->fx;
	return true;
}

/* ---- tunnels ---- */

struct l2tp_cc *cc_by_id(const struct l2tp_engine *e, uint16_t id)
{
	return slab_get(e->ccs, index_get(e->cc_by_id, id));
}

static uint64_t peer_key(uint32_t ip, uint16_t port, uint16_t remote_id)
{
	return (uint64_t)ip << 32 | (uint64_t)port << 16 | remote_id;
}

/* A random id of our parity that is not in ix under base | id; 0: none found. */
static uint16_t draw_id(struct l2tp_engine *e, const struct index *ix, uint64_t base)
{
	unsigned space = e->cfg.id_space ? e->cfg.id_space : 0x8000;
	uint16_t id = 0, parity = rule_holds(RULE_H11_PARITY) ? e->cfg.id_parity & 1 : 0;

	for (unsigned i = 0; i < ID_TRIES; i++) {
		id = (uint16_t)((rng_u32(&e->rng) & 0xffff) / 2 % space * 2 | parity);
		if (id && !index_get(ix, base | id))
			return id;
	}
	for (unsigned i = 0; i < space; i++) { /* crowded: take the next free one */
		id = (uint16_t)((id / 2 + 1) % space * 2 | parity);
		if (id && !index_get(ix, base | id))
			return id;
	}
	return 0;
}

static bool cc_room(const struct l2tp_engine *e)
{
	return e->counts.tunnels < e->cfg.max_tunnels;
}

struct l2tp_cc *cc_new(struct l2tp_engine *e, uint16_t id, const struct l2tp_path *path)
{
	uint32_t index;
	struct l2tp_cc *cc;

	if (!id && cc_room(e))
		id = draw_id(e, e->cc_by_id, 0);
	if (!id || index_get(e->cc_by_id, id) || !(cc = slab_take(e->ccs, &index)))
		return NULL;
	cc->index = index;
	cc->serial = ++e->next_serial;
	cc->id = id;
	cc->path = *path;
	cc->since = cc->heard = e->now;
	cc->ack_by = BASE_TIME_NEVER;
	cc->t_rexmit = (struct timer){ .kind = T_REXMIT, .owner = index };
	cc->t_ack = (struct timer){ .kind = T_ACK, .owner = index };
	cc->t_hello = (struct timer){ .kind = T_HELLO, .owner = index };
	cc->t_life = (struct timer){ .kind = T_LIFE, .owner = index };
	cc->t_seq = (struct timer){ .kind = T_SEQ, .owner = index };
	cc->t_tell = (struct timer){ .kind = T_TELL, .owner = index };
	dlist_init(&cc->sessions);
	cc_params_fill(cc);
	chan_init(&cc->chan, cc->params.rws);
	chan_begin_at(&cc->chan, e->cfg.first_ns);
	index_put(e->cc_by_id, id, index);
	return cc;
}

static void unset(struct index *ix, uint64_t key, uint32_t value)
{
	if (index_get(ix, key) == value)
		index_del(ix, key);
}

/* A peer that gives an id again does not know the tunnel any more that had it. */
static void note_older(
	const struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_cc *older)
{
	if (!older || older == cc)
		return;
	cc->older = older->authentic ? older->index : older->older;
	cc->older_serial = older->authentic ? older->serial : older->older_serial;
}

void cc_set_remote(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t remote_id)
{
	const struct l2tp_path *p = &cc->path;
	uint64_t key = peer_key(p->remote_ip, p->remote_port, remote_id);

	unset(e->cc_by_peer, peer_key(p->remote_ip, p->remote_port, cc->remote_id),
		cc->index);
	cc->remote_id = remote_id;
	if (!remote_id)
		return;
	note_older(e, cc, slab_get(e->ccs, index_get(e->cc_by_peer, key)));
	index_put(e->cc_by_peer, key, cc->index);
}

void cc_opening_add(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc->opening = true;
	cc->opening_next = index_get(e->opening, cc->path.remote_ip);
	index_put(e->opening, cc->path.remote_ip, cc->index);
}

void cc_opening_del(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct l2tp_cc *at = slab_get(e->ccs, index_get(e->opening, cc->path.remote_ip));

	if (!cc->opening)
		return;
	cc->opening = false;
	if (at != cc) {
		while (at && at->opening_next != cc->index)
			at = slab_get(e->ccs, at->opening_next);
		if (at)
			at->opening_next = cc->opening_next;
	} else if (cc->opening_next) {
		index_put(e->opening, cc->path.remote_ip, cc->opening_next);
	} else {
		index_del(e->opening, cc->path.remote_ip);
	}
}

void cc_touch(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	dlist_add(&e->touched, &cc->on_touched);
}

void cc_bury(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc->dead = true;
	dlist_add(&e->dead_ccs, &cc->on_dead);
}

static uint8_t cc_counts_as(const struct l2tp_engine *e, const struct l2tp_cc *cc)
{
	uint8_t c = 0;

	if (cc->dead)
		return 0;
	/* Without HA the standby is to have nothing of it: it keeps nobody from being HOT. */
	if (cc->unprotected && cc->params.ha)
		c |= COUNT_UNPROTECTED;
	if (!cc->authentic)
		c |= COUNT_HALF_OPEN;
	if (cc->state == L2TP_CC_CLOSING)
		return c;
	c |= COUNT_TUNNEL;
	if (cc->authentic)
		c |= COUNT_KNOWN;
	if (cc->authentic && cc->params.ha)
		c |= COUNT_HA;
	if (cc->authentic && cc->ha_est)
		c |= COUNT_HA_EST;
	if (cc->resync == L2TP_RESYNC_VERIFYING && !e->passive)
		c |= COUNT_RESYNC;
	return c;
}

static void count_source(struct index *ix, uint32_t ip, int step)
{
	uint32_t n = (uint32_t)((int)index_get(ix, ip) + step);

	if (n)
		index_put(ix, ip, n);
	else
		index_del(ix, ip);
}

static void count_held(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	const struct chan *ch = &cc->chan;
	unsigned held = 0;

	if (ch->gated && !cc->dead)
		held = (unsigned)MAX(0, seq_diff(ch->s, ch->s_dur));
	e->n_held += held - cc->held_counted;
	cc->held_counted = held;
}

void cc_recount(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	const struct {
		uint8_t bit;
		unsigned *n;
	} rows[] = {
		{ COUNT_TUNNEL, &e->counts.tunnels },
		{ COUNT_HA, &e->counts.tunnels_ha },
		{ COUNT_HA_EST, &e->counts.tunnels_ha_est },
		{ COUNT_RESYNC, &e->counts.tunnels_resync },
		{ COUNT_HALF_OPEN, &e->counts.half_open },
		{ COUNT_UNPROTECTED, &e->n_unprotected },
	};
	uint8_t is = cc_counts_as(e, cc), was = cc->counted;

	for (size_t i = 0; is != was && i < G_N_ELEMENTS(rows); i++)
		*rows[i].n += !!(is & rows[i].bit) - !!(was & rows[i].bit);
	if ((is ^ was) & COUNT_HALF_OPEN)
		count_source(e->half_open_src, cc->path.remote_ip,
			is & COUNT_HALF_OPEN ? 1 : -1);
	if ((is ^ was) & COUNT_KNOWN)
		count_source(e->known, cc->path.remote_ip, is & COUNT_KNOWN ? 1 : -1);
	cc->counted = is;
	count_held(e, cc);
}

static void tell_unmarked(struct l2tp_engine *e, const struct l2tp_cc *cc)
{
	struct l2tp_effect *fx = fx_push(e, L2TP_FX_UNMARK, cc->id, 0, NULL, 0);

	fx->seq = cc->marked;
	fx->deleted = true;
}

static void cc_free(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	cc_recount(e, cc);
	if (cc->marked)
		tell_unmarked(e, cc);
	cc_opening_del(e, cc);
	if (cc->request_key)
		unset(e->hidden_requests, cc->request_key, cc->index);
	cc_set_remote(e, cc, 0);
	index_del(e->cc_by_id, cc->id);
	timer_cancel(e->wheel, &cc->t_rexmit);
	timer_cancel(e->wheel, &cc->t_ack);
	timer_cancel(e->wheel, &cc->t_hello);
	timer_cancel(e->wheel, &cc->t_life);
	timer_cancel(e->wheel, &cc->t_seq);
	timer_cancel(e->wheel, &cc->t_tell);
	dlink_del(&cc->on_touched);
	dlink_del(&cc->on_dirty);
	dlink_del(&cc->on_dead);
	cc_deinit(cc);
	slab_put(e->ccs, cc->index);
}

/* ---- sessions ---- */

struct l2tp_session *session_by_id(
	const struct l2tp_engine *e, uint16_t cc, uint16_t id)
{
	return slab_get(
		e->all_sessions, index_get(e->session_by_id, session_key(cc, id)));
}

uint16_t session_draw_id(struct l2tp_engine *e, const struct l2tp_cc *cc)
{
	return draw_id(e, e->session_by_id, session_key(cc->id, 0));
}

struct l2tp_session *l2tp_session_new(
	struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t id)
{
	uint32_t index;
	struct l2tp_session *s;

	if (!id && e->counts.sessions < e->cfg.max_sessions)
		id = session_draw_id(e, cc);
	if (!id || index_get(e->session_by_id, session_key(cc->id, id)) ||
		!(s = slab_take(e->all_sessions, &index)))
		return NULL;
	s->index = index;
	s->cc_index = cc->index;
	s->cc = cc->id;
	s->id = id;
	s->lac = cc->lac;
	s->since = e->now;
	s->timer = (struct timer){ .kind = T_SESSION, .owner = index };
	dlist_add(&cc->sessions, &s->on_cc);
	index_put(e->session_by_id, session_key(cc->id, id), index);
	return s;
}

void session_set_remote(
	struct l2tp_engine *e, struct l2tp_session *s, uint16_t remote_id)
{
	unset(e->session_by_peer, session_key(s->cc, s->remote_id), s->index);
	s->remote_id = remote_id;
	if (remote_id)
		index_put(e->session_by_peer, session_key(s->cc, remote_id), s->index);
}

void session_bury(struct l2tp_engine *e, struct l2tp_session *s)
{
	s->dead = true;
	dlist_add(&e->dead_sessions, &s->on_dead);
}

void session_recount(struct l2tp_engine *e, struct l2tp_session *s)
{
	struct l2tp_cc *cc = slab_get(e->ccs, s->cc_index);
	bool is = !s->dead && s->state != L2TP_SESSION_CLOSED;
	bool est = !s->dead && s->state == L2TP_SESSION_ESTABLISHED;
	bool setup = is && !est && !s->lac && !e->passive;

	e->counts.sessions += is - s->counted;
	cc->n_sessions += is - s->counted;
	cc->n_established += est - s->counted_est;
	e->counts.setting_up += setup - s->counted_setup;
	s->counted = is;
	s->counted_est = est;
	s->counted_setup = setup;
}

static void session_free(struct l2tp_engine *e, struct l2tp_session *s)
{
	session_recount(e, s);
	unset(e->session_by_peer, session_key(s->cc, s->remote_id), s->index);
	index_del(e->session_by_id, session_key(s->cc, s->id));
	timer_cancel(e->wheel, &s->timer);
	dlink_del(&s->on_cc);
	dlink_del(&s->on_dirty);
	dlink_del(&s->on_dead);
	session_deinit(s);
	slab_put(e->all_sessions, s->index);
}

/* ---- a call and its end ---- */

void engine_enter(struct l2tp_engine *e, base_time now)
{
	if (time_before(e->now, now))
		e->now = now;
}

static void tell_down(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	struct l2tp_effect *fx = fx_push(e, L2TP_FX_CC_DOWN, cc->id, 0, NULL, 0);

	fx->path = cc->path;
	if (cc->cause)
		fx->cause = *cc->cause;
	cc->down_pending = cc->owner_knows = false;
}

static void settle(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (cc->tell_sessions) {
		cc->tell_sessions = false;
		cc->tell_more = sessions_tell(e, cc);
		if (cc->tell_more)
			timer_set(e->wheel, &cc->t_tell, time_add(e->now, dur_ms(1)));
	}
	if (cc->down_pending && !cc->tell_more)
		tell_down(e, cc);
	if (cc->overrun && cc->state != L2TP_CC_CLOSING)
		cc_dead(e, cc);
	cc_watch_sessions(e, cc);
	cc_recount(e, cc);
	if (!cc->dead)
		cc_pump(e, cc);
}

static void sweep(struct l2tp_engine *e)
{
	struct dlink *l;

	while ((l = dlist_first(&e->dead_sessions)))
		session_free(e, DLINK_OWNER(l, struct l2tp_session, on_dead));
	while ((l = dlist_first(&e->dead_ccs))) {
		struct l2tp_cc *cc = DLINK_OWNER(l, struct l2tp_cc, on_dead);

		while ((l = dlist_first(&cc->sessions))) {
			struct l2tp_session *s =
				DLINK_OWNER(l, struct l2tp_session, on_cc);

			s->dead = true; /* so that it is counted no more */
			session_free(e, s);
		}
		cc_free(e, cc);
	}
}

void engine_leave(struct l2tp_engine *e)
{
	struct dlink *l;

	while ((l = dlist_first(&e->touched))) {
		dlink_del(l);
		settle(e, DLINK_OWNER(l, struct l2tp_cc, on_touched));
	}
	sweep(e);
}

/* ---- input ---- */

void engine_drop(struct l2tp_engine *e, struct l2tp_cc *cc, enum l2tp_drop why)
{
	e->drops[why]++;
	if (cc)
		cc->dropped++;
}

static bool same_path(const struct l2tp_cc *cc, const struct l2tp_path *p)
{
	return cc->path.remote_ip == p->remote_ip && cc->path.local_ip == p->local_ip &&
	       cc->path.remote_port == p->remote_port &&
	       cc->path.local_port == p->local_port;
}

/* The Message Type of a control message, 0 if it has none. */
static uint16_t peek_type(struct rd r)
{
	struct l2tp_avp avp;

	return l2tp_avp_next(&r, &avp) && !avp.vendor && !avp.hidden &&
			       avp.type == L2TP_ATTR_MESSAGE_TYPE
		       ? rd_u16(&avp.value)
		       : 0;
}

/* A responder may answer from another port, which then is its port (section 8.1).  Only its answer
 * to the SCCRQ tells. */
static bool learns_port(struct l2tp_cc *cc, const struct l2tp_path *p,
	const struct l2tp_hdr *h, struct rd body)
{
	uint16_t type = l2tp_is_control(h) ? peek_type(body) : 0;

	if (cc->state != L2TP_CC_WAIT_REPLY || cc->remote_id ||
		cc->path.remote_ip != p->remote_ip ||
		cc->path.local_ip != p->local_ip ||
		cc->path.local_port != p->local_port ||
		(type != L2TP_SCCRP && type != L2TP_STOPCCN))
		return false;
	cc->path.remote_port = p->remote_port;
	return true;
}

/* Tells a repeated SCCRQ from another one. */
static uint64_t request_hash(const struct l2tp_path *path, struct rd body)
{
	uint64_t h = peer_key(path->remote_ip, path->remote_port, 0);

	while (rd_left(&body) > 0)
		h = (h ^ rd_u8(&body)) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}

static struct l2tp_cc *find_requester(struct l2tp_engine *e,
	const struct l2tp_path *path, const struct l2tp_msg *m, uint64_t hash)
{
	if (m->assigned_tunnel)
		return slab_get(e->ccs,
			index_get(e->cc_by_peer,
				peer_key(path->remote_ip, path->remote_port,
					m->assigned_tunnel)));
	return slab_get(e->ccs,
		index_get(e->hidden_requests, hash));
}

/* A message to tunnel 0: an SCCRQ, or one of a peer that does not know our id yet. */
static void input_unassigned(struct l2tp_engine *e, const struct l2tp_path *path,
	const struct l2tp_hdr *h, struct rd body)
{
	struct l2tp_unhide u;
	struct l2tp_msg m;
	struct l2tp_fault f;
	struct l2tp_cc *cc;
	uint64_t hash;

	if (rd_left(&body) == 0) {
		engine_drop(e, NULL, L2TP_DROP_UNKNOWN_TUNNEL);
		return;
	}
	unhide_init(&u, NULL, true);
	(void)l2tp_msg_decode_hidden(body, &u, &m, &f);
	if (!m.assigned_tunnel && !(m.unread & l2tp_bit(L2TP_ATTR_ASSIGNED_TUNNEL))) {
		engine_drop(e, NULL, L2TP_DROP_MALFORMED);
		return;
	}
	hash = request_hash(path, body);
	cc = find_requester(e, path, &m, hash);
	if (cc && m.type == L2TP_SCCRQ && same_path(cc, path) &&
		cc_peer_restarted(e, cc, hash))
		cc = NULL;
	if (cc && (m.type == L2TP_SCCRQ || m.type == L2TP_STOPCCN) &&
		same_path(cc, path)) {
		cc_receive(e, cc, h, body);
		return;
	}
	if (cc || m.type != L2TP_SCCRQ) {
		engine_drop(e, NULL, L2TP_DROP_UNKNOWN_TUNNEL);
		return;
	}
	cc_input_new(e, path, h, body, hash, !m.assigned_tunnel);
}

static void input(struct l2tp_engine *e, const struct l2tp_path *path,
	const uint8_t *dgram, size_t len)
{
	struct rd r = rd_init(dgram, len);
	struct l2tp_hdr h;
	struct l2tp_cc *cc;

	if (!l2tp_hdr_parse(&r, &h)) {
		engine_drop(e, NULL, L2TP_DROP_MALFORMED);
	} else if (e->passive) {
		engine_drop(e, NULL, L2TP_DROP_PASSIVE);
	} else if (l2tp_is_control(&h) && h.tunnel == 0) {
		input_unassigned(e, path, &h, r);
	} else if (!(cc = cc_by_id(e, h.tunnel))) {
		engine_drop(e, NULL, L2TP_DROP_UNKNOWN_TUNNEL);
	} else if (!same_path(cc, path) && !learns_port(cc, path, &h, r)) {
		engine_drop(e, cc, L2TP_DROP_WRONG_SOURCE);
	} else if (l2tp_is_control(&h)) {
		cc_receive(e, cc, &h, r);
	} else {
		cc->heard = e->now; /* data is for the forwarding processor */
	}
}

void l2tp_engine_input(struct l2tp_engine *e, const struct l2tp_path *path,
	const uint8_t *dgram, size_t len, base_time now)
{
	engine_enter(e, now);
	input(e, path, dgram, len);
	engine_leave(e);
}

/* ---- time ---- */

void engine_run_timer(struct l2tp_engine *e, const struct timer *t)
{
	struct l2tp_cc *cc = t->kind == T_SESSION || t->kind == T_PACE
				     ? NULL
				     : slab_get(e->ccs, t->owner);

	switch ((enum timer_kind)t->kind) {
	case T_REXMIT:
		cc_rexmit_due(e, cc);
		break;
	case T_ACK:
		cc_ack_due(e, cc);
		break;
	case T_HELLO:
		cc_hello_due(e, cc);
		break;
	case T_LIFE:
		cc_life_due(e, cc);
		break;
	case T_SEQ:
		commit_cc(e, cc, DIRTY_SEQ);
		break;
	case T_TELL:
		cc->tell_sessions = true;
		cc_touch(e, cc);
		break;
	case T_SESSION:
		session_due(e, slab_get(e->all_sessions, t->owner));
		break;
	case T_PACE:
		resync_pace(e);
		break;
	}
}

base_time l2tp_engine_next_due(const struct l2tp_engine *e)
{
	return e->passive ? BASE_TIME_NEVER : timer_next_due(e->wheel);
}

bool l2tp_engine_tick(struct l2tp_engine *e, base_time now, unsigned budget)
{
	struct timer *t;

	engine_enter(e, now);
	if (e->passive)
		return false;
	while (budget-- > 0 && (t = timer_pop(e->wheel, e->now))) {
		engine_run_timer(e, t);
		engine_leave(e);
	}
	return !time_before(e->now, timer_next_due(e->wheel));
}

void l2tp_cc_heard(struct l2tp_engine *e, uint16_t id, base_time now)
{
	struct l2tp_cc *cc = cc_by_id(e, id);

	engine_enter(e, now);
	if (cc)
		cc->heard = e->now;
}
