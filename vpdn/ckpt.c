/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * High availability of VPDN: the record of a session, what of it the standby has, and
 * taking over (ha-commit.md H7, H10, H11, H12).
 *
 * A session of a replicated tunnel has a record from ICRP on: at first only enough for
 * a new active to know what to close; with IPCP open, and PPP's own record in the same
 * transaction, it is whole.  Records are made from live state when polled.  A number
 * may be given to another session before its delete was polled, so what the standby has
 * is noted by number, not in the session: an upsert replaces whatever was there.
 *
 * Pools, interface numbers, limits and indexes are not in any record; vpdn_activate()
 * makes them from the sessions.
 */
#include "vpdn/internal.h"

#include <string.h>

struct session_rec {
	uint16_t cc, session, vtemplate;
	uint32_t vaccess, unique_id, ip;
	base_time since;
	bool open;
	char *username, *group;
};

/* clang-format off */
#define F(id, since, kind, m)                                                         \
	{ id, since, kind, 0, offsetof(struct session_rec, m), #m }
static const struct rec_field session_fields[] = {
	F(1, 1, REC_U16, cc),
	F(2, 1, REC_U16, session),
	F(3, 1, REC_U16, vtemplate),
	F(4, 1, REC_U32, vaccess),
	F(5, 1, REC_U32, unique_id),
	F(6, 1, REC_IPV4, ip),
	F(7, 1, REC_TIME, since),
	F(8, 1, REC_BOOL, open),
	F(9, 1, REC_STR, username),
	F(10, 1, REC_STR, group),
};
#undef F
/* clang-format on */

static const struct rec_table session_table = { "vpdn-session",
	sizeof(struct session_rec), session_fields, G_N_ELEMENTS(session_fields) };

const struct rec_table *vpdn_rec_table(uint8_t type)
{
	return type == VPDN_REC_SESSION ? &session_table : NULL;
}

void vpdn_ckpt_init(struct vpdn *v)
{
	v->ckpt.dirty = g_queue_new();
	v->ckpt.flags = g_new0(uint8_t, (size_t)v->max_sessions + 1);
	v->ckpt.sealed = g_array_new(false, false, sizeof(struct sealed));
}

void vpdn_ckpt_free(struct vpdn *v)
{
	g_queue_free(v->ckpt.dirty);
	g_free(v->ckpt.flags);
	g_array_unref(v->ckpt.sealed);
}

void vpdn_ckpt_mark(struct vpdn *v, uint32_t number)
{
	struct ckpt *c = &v->ckpt;

	if (!c->standby || c->flags[number] & NUMBER_DIRTY)
		return;
	c->flags[number] |= NUMBER_DIRTY;
	g_queue_push_tail(c->dirty, GUINT_TO_POINTER(number));
}

static void forget_standby(struct vpdn *v)
{
	struct ckpt *c = &v->ckpt;

	g_queue_clear(c->dirty);
	memset(c->flags, 0, (size_t)v->max_sessions + 1);
	g_array_set_size(c->sealed, 0);
	c->sealed_head = c->sealed_open = 0;
	c->phase = BULK_NONE;
	c->cursor = 0;
}

/* Records of links are asked for again by the bulk. */
static void unmark_sessions(struct vpdn *v)
{
	struct session *s;
	uint32_t n = 0;

	while ((s = slab_next(v->sessions, n, &n))) {
		if (s->ended)
			continue;
		vsession_set_est(v, s, false);
		if (s->linked)
			ppp_link_set_replicated(v->ppp, n, false);
	}
}

/* Deletes of what no standby has. */
static void drop_ppp_records(struct vpdn *v)
{
	struct ckpt_record rec;

	while (ppp_engine_poll_record(v->ppp, &rec))
		;
}

void vpdn_set_standby(struct vpdn *v, bool present, base_time now)
{
	v->now = now;
	forget_standby(v);
	unmark_sessions(v);
	drop_ppp_records(v);
	v->ckpt.standby = present;
	v->ckpt.phase = present ? BULK_L2TP : BULK_NONE;
	l2tp_engine_set_standby(v->l2tp, present, now);
}

static bool bulk_sessions(struct vpdn *v, unsigned budget)
{
	struct ckpt *c = &v->ckpt;
	struct session *s;

	while (budget-- && (s = slab_next(v->sessions, c->cursor, &c->cursor))) {
		if (s->ended || !l2tp_cc_replicated(v->l2tp, s->cc))
			continue;
		if (s->linked)
			ppp_link_set_replicated(v->ppp, s->number, true);
		vpdn_ckpt_mark(v, s->number);
	}
	return c->cursor != 0; /* slab_next() leaves 0 at the end */
}

bool vpdn_bulk_next(struct vpdn *v, unsigned budget)
{
	struct ckpt *c = &v->ckpt;

	switch (c->phase) {
	case BULK_NONE:
		return false;
	case BULK_L2TP:
		if (!l2tp_engine_bulk_next(v->l2tp, budget))
			c->phase = BULK_SESSIONS;
		return true;
	case BULK_SESSIONS:
		if (bulk_sessions(v, MAX(budget, 1)))
			return true;
		c->phase = BULK_NONE;
		return false;
	}
	return false;
}

static void encode(const struct session *s, struct wr *w)
{
	struct session_rec rec = {
		.cc = s->cc,
		.session = s->lsid,
		.vtemplate = s->vtemplate,
		.vaccess = s->vaccess,
		.unique_id = s->unique_id,
		.ip = s->ip,
		.since = s->since,
		.open = s->open,
		.username = s->username,
		.group = s->group->name,
	};

	rec_encode(&session_table, VPDN_REC_VERSION, &rec, w);
	g_assert(!w->bad); /* user and group are bounded, so the record is */
}

static void seal(struct vpdn *v, const struct session *s)
{
	struct sealed e = { .number = s->number, .unique_id = s->unique_id };

	g_array_append_val(v->ckpt.sealed, e);
}

static bool poll_session(struct vpdn *v, struct ckpt_record *out)
{
	struct ckpt *c = &v->ckpt;

	while (!g_queue_is_empty(c->dirty)) {
		uint32_t n = GPOINTER_TO_UINT(g_queue_pop_head(c->dirty));
		const struct session *s = vsession_get(v, n);
		bool sent = c->flags[n] & NUMBER_SENT;
		struct wr w = wr_init(c->buf, sizeof(c->buf));

		c->flags[n] = 0;
		*out = (struct ckpt_record){ .client = CKPT_VPDN,
			.type = VPDN_REC_SESSION,
			.op = CKPT_DELETE,
			.key = n };
		if (s && l2tp_cc_replicated(v->l2tp, s->cc)) {
			encode(s, &w);
			c->flags[n] = NUMBER_SENT;
			out->op = CKPT_UPSERT;
			out->bytes = w.buf;
			out->len = w.len;
			if (s->open)
				seal(v, s);
			return true;
		}
		if (sent)
			return true;
	}
	return false;
}

bool vpdn_poll_record(struct vpdn *v, struct ckpt_record *out)
{
	if (!v->ckpt.standby) {
		drop_ppp_records(v);
		return false;
	}
	return poll_session(v, out) || ppp_engine_poll_record(v->ppp, out) ||
	       l2tp_engine_poll_record(v->l2tp, out);
}

void vpdn_txn_end(struct vpdn *v, uint64_t seq)
{
	struct ckpt *c = &v->ckpt;

	for (; c->sealed_open < c->sealed->len; c->sealed_open++)
		g_array_index(c->sealed, struct sealed, c->sealed_open).seq = seq;
	l2tp_engine_txn_end(v->l2tp, seq);
}

void vpdn_committed(struct vpdn *v, uint64_t seq, base_time now)
{
	struct ckpt *c = &v->ckpt;

	v->now = now;
	for (; c->sealed_head < c->sealed_open; c->sealed_head++) {
		const struct sealed *e =
			&g_array_index(c->sealed, struct sealed, c->sealed_head);
		struct session *s = vsession_get(v, e->number);

		if (e->seq > seq)
			break;
		if (s && s->open && s->unique_id == e->unique_id)
			vsession_set_est(v, s, l2tp_cc_replicated(v->l2tp, s->cc));
	}
	if (c->sealed_head * 2 > c->sealed->len) {
		g_array_remove_range(c->sealed, 0, c->sealed_head);
		c->sealed_open -= c->sealed_head;
		c->sealed_head = 0;
	}
	l2tp_engine_committed(v->l2tp, seq, now);
}

void vpdn_release(struct vpdn *v, uint64_t seq, base_time now)
{
	v->now = now;
	l2tp_engine_release(v->l2tp, seq, now);
}

unsigned vpdn_unprotected(const struct vpdn *v)
{
	return l2tp_engine_unprotected(v->l2tp);
}

/* ---- the standby ---- */

static void drop(struct vpdn *v, struct session *s)
{
	vsession_free(v, s);
	slab_put(v->sessions, s->number);
}

void vpdn_reset(struct vpdn *v, base_time now)
{
	struct session *s;
	uint32_t n = 0;

	v->now = now;
	vsession_sweep(v);
	while ((s = slab_next(v->sessions, n, &n)))
		drop(v, s);
	g_hash_table_remove_all(v->tunnels);
	l2tp_engine_reset(v->l2tp, now);
	ppp_engine_reset(v->ppp, now);
}

/* Whole: all three records are here. */
static bool is_whole(const struct vpdn *v, const struct session *s)
{
	struct ppp_link_info link;
	struct l2tp_session_info l2tp;

	return s->open && ppp_link_get(v->ppp, s->number, &link) && link.ipcp_open &&
	       l2tp_session_get(v->l2tp, s->cc, s->lsid, &l2tp) &&
	       l2tp.state == L2TP_SESSION_ESTABLISHED;
}

static bool is_sane(const struct session_rec *rec)
{
	return rec->cc && rec->session && rec->vaccess <= IDS_MAX && rec->group &&
	       (!rec->username || strlen(rec->username) < PPP_NAME_MAX) &&
	       strlen(rec->group) < L2TP_NAME_MAX;
}

/* The session of that number, made anew when another one had it. */
static struct session *place(
	struct vpdn *v, uint32_t number, const struct session_rec *rec)
{
	struct session *s = vsession_get(v, number);

	if (s && s->cc == rec->cc && s->lsid == rec->session &&
		strcmp(s->group->name, rec->group) == 0)
		return s;
	if (s)
		drop(v, s);
	return vsession_new(v, number, rec->cc, rec->session, rec->group);
}

static bool upsert(struct vpdn *v, uint32_t number, struct session_rec *rec)
{
	struct session *s = is_sane(rec) ? place(v, number, rec) : NULL;

	if (!s)
		return false;
	s->vtemplate = rec->vtemplate;
	s->vaccess = rec->vaccess;
	s->unique_id = rec->unique_id;
	s->ip = rec->ip;
	s->since = rec->since;
	v->counts.sessions_open += rec->open - s->open;
	s->open = rec->open;
	g_free(s->username);
	s->username = g_steal_pointer(&rec->username);
	vsession_set_ha(v, s, true);
	vsession_set_est(v, s, is_whole(v, s));
	return true;
}

static bool apply_session(struct vpdn *v, const struct ckpt_record *rec)
{
	struct rd r = rd_init(rec->bytes, rec->len);
	struct session_rec fields;
	struct session *s;

	if (rec->type != VPDN_REC_SESSION || rec->key == 0 ||
		rec->key > v->max_sessions)
		return false;
	if (rec->op == CKPT_DELETE) {
		s = vsession_get(v, (uint32_t)rec->key);
		if (s)
			drop(v, s);
		return true;
	}
	if (rec->op != CKPT_UPSERT || !rec_decode(&session_table, &r, &fields))
		return false;

	bool ok = upsert(v, (uint32_t)rec->key, &fields);

	rec_clear(&session_table, &fields);
	return ok;
}

/* A record of another client may have made the session whole, or taken that away. */
static void look_again(struct vpdn *v, const struct ckpt_record *rec)
{
	struct session *s = NULL;

	if (rec->client == CKPT_PPP && rec->key <= v->max_sessions)
		s = vsession_get(v, (uint32_t)rec->key);
	else if (rec->client == CKPT_L2TP && rec->type == L2TP_REC_SESSION)
		s = vsession_find(v, (uint16_t)(rec->key >> 16), (uint16_t)rec->key);
	if (s)
		vsession_set_est(v, s, is_whole(v, s));
}

static bool apply(struct vpdn *v, const struct ckpt_record *rec, base_time now)
{
	switch (rec->client) {
	case CKPT_VPDN:
		return apply_session(v, rec);
	case CKPT_PPP:
		return ppp_engine_apply(v->ppp, rec, now);
	case CKPT_L2TP:
		return l2tp_engine_apply(v->l2tp, rec, now);
	}
	return false;
}

bool vpdn_apply(struct vpdn *v, const struct ckpt_record *rec, base_time now)
{
	v->now = now;
	if (!v->passive || !apply(v, rec, now))
		return false;
	look_again(v, rec);
	return true;
}

/* ---- taking over ---- */

/* The parts that no record holds (H11). */
static void rebuild(struct vpdn *v)
{
	struct session *s;
	uint32_t n = 0;

	pools_sync(v->pools, v->config);
	pools_clear(v->pools);
	memset(v->vaccess, 0, sizeof(*v->vaccess));
	while ((s = slab_next(v->sessions, n, &n))) {
		const struct tunnel *t = vpdn_tunnel(v, s->cc);

		if (!pools_take_at(v->pools, s->ip))
			s->ip = 0;
		if (!ids_take_at(v->vaccess, s->vaccess))
			s->vaccess = 0;
		v->last_unique = MAX(v->last_unique, s->unique_id);
		vsession_set_est(v, s, false);
		vsession_set_ha(v, s, t && t->ha);
	}
}

static const char not_whole[] = "Session was not established at the switchover";

/* H10: what was in set-up ends, and the peer is told. */
static void close_unfinished(struct vpdn *v)
{
	struct session *s;
	uint32_t n = 0;

	while ((s = slab_next(v->sessions, n, &n))) {
		struct ppp_link_info link;

		s->linked = ppp_link_get(v->ppp, n, &link);
		if (is_whole(v, s) && s->ip)
			continue;
		vpdn_fail(v, s, s->cc, "Switchover", not_whole);
		vsession_end(v, s, CDN_ERROR, ERROR_VENDOR, not_whole);
	}
}

/* Sessions that L2TP has and we have not: there is no link that could serve them. */
static void close_strays(struct vpdn *v)
{
	struct l2tp_session_info info;
	uint32_t cursor = 0;

	while (l2tp_next_session(v->l2tp, &cursor, &info)) {
		if (!vsession_find(v, info.cc, info.id))
			l2tp_session_close(v->l2tp, info.cc, info.id, CDN_ERROR,
				ERROR_VENDOR, not_whole, v->now);
	}
}

void vpdn_activate(
	struct vpdn *v, const uint16_t *marked, size_t n_marked, base_time now)
{
	struct l2tp_counts counts;

	if (!v->passive)
		return;
	v->now = now;
	v->passive = false;
	rebuild(v);
	l2tp_engine_activate(v->l2tp, now);
	ppp_engine_activate(v->ppp, now);
	l2tp_get_counts(v->l2tp, &counts);
	v->refused_in_resync = counts.refused_in_resync;
	close_unfinished(v);
	close_strays(v);
}
