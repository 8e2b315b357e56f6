/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * High availability of VPDN: the record of a session, and what of it the standby has
 * (ha-commit.md H7, H9, H10, H12).
 *
 * A session of a replicated tunnel has a record from ICRP on: at first a skeleton, enough for
 * a new active to know what to close, and why; with IPCP open, and PPP's own record in the
 * same transaction, it is whole; in its end it says so.  Records are made from live state when polled.  A number
 * may be given to another session before its delete was polled, so what the standby has
 * is noted by number, not in the session: an upsert replaces whatever was there.
 *
 * A PPPoE session has one from when it is up, if the tunnel that it goes on by is replicated.
 *
 * A session of a tunnel that is not replicated has no record; if accounting knows of it,
 * the standby has a guard for its Stop.
 */
#include "vpdn/hop.h"
#include "vpdn/internal.h"
#include "vpdn/subscriber.h"

#include <string.h>

/* Why a session would not survive. */
enum why_not {
	WHY_PROTECTED,
	WHY_SET_UP,  /* not established yet */
	WHY_CLOSING, /* in deletion */
};

struct session_rec {
	uint16_t cc, session, vtemplate;
	uint32_t vaccess, unique_id, ip;
	base_time since;
	bool open;
	char *username, *group;
	uint16_t remote; /* the LAC's id */
	uint64_t acct;
	bool started;
	uint8_t why; /* enum why_not */
	bool l2tp_gone;
	uint16_t result, error;
	char *text;
	uint8_t acct_cause;
	uint8_t role;
	uint32_t mate;
	GBytes *kept;
	uint8_t authentic;
	uint8_t end_ppp;
	bool end_ppp_by_peer;
	uint32_t pppoe;
};

/* Of a session `s`. */
/* clang-format off */
#define SESSION_FIELDS(F) \
	F(1, 1, U16, 0, cc, s->cc) \
	F(2, 1, U16, 0, session, s->lsid) \
	F(3, 1, U16, 0, vtemplate, s->vtemplate) \
	F(4, 1, U32, 0, vaccess, s->vaccess) \
	F(5, 1, U32, 0, unique_id, s->unique_id) \
	F(6, 1, IPV4, 0, ip, s->ip) \
	F(7, 1, TIME, 0, since, s->since) \
	F(8, 1, BOOL, 0, open, s->open) \
	F(9, 1, STR, 0, username, s->username) \
	F(10, 1, STR, 0, group, s->group->name) \
	F(11, 1, U16, 0, remote, s->rsid) \
	F(12, 1, U64, 0, acct, s->acct) \
	F(13, 1, BOOL, 0, started, s->started) \
	F(14, 1, U8, 0, why, why_not(s)) \
	F(15, 1, BOOL, 0, l2tp_gone, s->l2tp_gone) \
	F(16, 1, U16, 0, result, s->end_result) \
	F(17, 1, U16, 0, error, s->end_error) \
	F(18, 1, STR, 0, text, s->end_text) \
	F(19, 1, U8, 0, acct_cause, s->acct_cause) \
	F(20, 1, U8, 0, role, s->role) \
	F(21, 1, U32, 0, mate, s->mate) \
	F(22, 1, BYTES, 0, kept, s->kept) \
	F(23, 1, U8, 0, authentic, s->authentic) \
	F(24, 2, U8, 0, end_ppp, s->end_ppp) \
	F(25, 2, BOOL, 0, end_ppp_by_peer, s->end_ppp_by_peer) \
	F(26, 3, U32, 0, pppoe, s->pppoe)

#define F(id, since, kind, flags, m, value) \
	{ id, since, REC_##kind, flags, offsetof(struct session_rec, m), #m },
static const struct rec_field session_fields[] = { SESSION_FIELDS(F) };
#undef F
/* clang-format on */

static const struct rec_table session_table = { "vpdn-session",
	sizeof(struct session_rec), session_fields, G_N_ELEMENTS(session_fields) };

const struct rec_table *vpdn_rec_table(uint8_t type)
{
	switch (type) {
	case VPDN_REC_SESSION:
		return &session_table;
	case VPDN_REC_ACCT:
		return &vpdn_acct_table;
	}
	return NULL;
}

void vpdn_ckpt_init(struct vpdn *v)
{
	v->ckpt.dirty = g_array_new(false, false, sizeof(uint32_t));
	v->ckpt.flags = g_new0(uint8_t, (size_t)v->max_sessions + 1);
	v->ckpt.sealed = g_array_new(false, false, sizeof(struct sealed));
	v->ckpt.held = g_array_new(false, false, sizeof(struct held));
}

void vpdn_ckpt_free(struct vpdn *v)
{
	g_array_unref(v->ckpt.dirty);
	g_free(v->ckpt.flags);
	g_array_unref(v->ckpt.sealed);
	g_array_unref(v->ckpt.held);
}

/* ---- what waits for a commit ---- */

static void let_go(struct vpdn *v, enum held_kind kind, uint64_t key)
{
	uint32_t number = (uint32_t)key;

	switch (kind) {
	case HELD_ACCT:
		vpdn_acct_send(v, key);
		break;
	case HELD_DAS:
		das_answer(v->das, key, DAS_OK);
		break;
	case HELD_HOP:
		hop_open(v, number);
		break;
	case HELD_FREE:
		vpdn_emit(v, v->late, VPDN_FX_FIB_FREE)->fx.session = number;
		g_array_append_val(v->ended, number);
		break;
	}
}

void vpdn_hold(struct vpdn *v, enum held_kind kind, uint64_t key)
{
	struct held h = { .key = key, .kind = (uint8_t)kind };

	if (!v->ckpt.standby || (kind == HELD_FREE && !rule_holds(RULE_H9_FREE))) {
		let_go(v, kind, key);
		return;
	}
	v->ckpt.held_accts += kind == HELD_ACCT;
	g_array_append_val(v->ckpt.held, h);
}

/* Those of transactions up to seq; they have their numbers in rising order. */
static void let_go_up_to(struct vpdn *v, uint64_t seq)
{
	struct ckpt *c = &v->ckpt;

	for (; c->held_head < c->held_open; c->held_head++) {
		struct held h = g_array_index(c->held, struct held, c->held_head);

		if (h.seq > seq)
			break;
		c->held_accts -= h.kind == HELD_ACCT;
		let_go(v, h.kind, h.key);
	}
	if (c->held_head * 2 > c->held->len) {
		g_array_remove_range(c->held, 0, c->held_head);
		c->held_open -= c->held_head;
		c->held_head = 0;
	}
}

unsigned vpdn_held(const struct vpdn *v)
{
	return v->ckpt.held_accts + l2tp_engine_held(v->l2tp);
}

/* ---- to the standby ---- */

void vpdn_ckpt_mark(struct vpdn *v, uint32_t number)
{
	struct ckpt *c = &v->ckpt;

	if (!c->standby || c->flags[number] & NUMBER_DIRTY)
		return;
	c->flags[number] |= NUMBER_DIRTY;
	g_array_append_val(c->dirty, number);
}

static void forget_standby(struct vpdn *v)
{
	struct ckpt *c = &v->ckpt;

	g_array_set_size(c->dirty, 0);
	c->dirty_done = c->stage = 0;
	memset(c->flags, 0, (size_t)v->max_sessions + 1);
	g_array_set_size(c->sealed, 0);
	c->sealed_head = c->sealed_open = 0;
	c->held_open = c->held->len;
	let_go_up_to(v, UINT64_MAX);
	vpdn_acct_forget_standby(v);
	c->phase = BULK_NONE;
	c->cursor = 0;
}

/* Records of links are asked for again by the bulk. */
static void unmark_sessions(struct vpdn *v)
{
	struct session *s;
	uint32_t n = 0;

	if (!v->ckpt.marked)
		return;
	v->ckpt.marked = false;
	while ((s = slab_next(v->sessions, n, &n)))
		if (!s->ended)
			vsession_set_est(v, s, false);
	ppp_engine_forget_standby(v->ppp);
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
	v->ckpt.marked |= present;
	pppoe_ac_set_standby(v->pppoe, present);
	l2tp_engine_set_standby(v->l2tp, present, now);
}

static bool bulk_sessions(struct vpdn *v, unsigned budget)
{
	struct ckpt *c = &v->ckpt;
	struct session *s;

	while (budget-- && (s = slab_next(v->sessions, c->cursor, &c->cursor))) {
		if (s->ended)
			continue;
		if (vsession_replicated(v, s))
			vsession_replicate(v, s, true);
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
		c->phase = BULK_ACCT;
		vpdn_acct_bulk_begin(v);
		return true;
	case BULK_ACCT:
		if (vpdn_acct_bulk(v, MAX(budget, 1)))
			return true;
		c->phase = BULK_NONE;
		return false;
	}
	return false;
}

static enum why_not why_not(const struct session *s)
{
	if (s->closing)
		return WHY_CLOSING;
	return s->open ? WHY_PROTECTED : WHY_SET_UP;
}

static void encode(struct vpdn *v, struct session *s, struct wr *w)
{
	const uint8_t *end;
	uint8_t *p = rec_put_begin(w, &end);

	if (!s->rsid && s->cc)
		s->rsid = l2tp_session_remote(v->l2tp, s->cc, s->lsid);
#define REC_PUT_VERSION VPDN_REC_VERSION
	SESSION_FIELDS(REC_PUT)
#undef REC_PUT_VERSION
	rec_put_end(w, p);
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

	while (c->dirty_done < c->dirty->len) {
		uint32_t n = g_array_index(c->dirty, uint32_t, c->dirty_done++);
		struct session *s = vsession_get(v, n);
		bool sent = c->flags[n] & NUMBER_SENT;
		struct wr w = wr_init(c->buf, sizeof(c->buf));

		c->flags[n] = 0;
		*out = (struct ckpt_record){ .client = CKPT_VPDN,
			.type = VPDN_REC_SESSION,
			.op = CKPT_DELETE,
			.key = n };
		if (s && vsession_replicated(v, s)) {
			encode(v, s, &w);
			vpdn_acct_guard(v, s, false);
			c->flags[n] = NUMBER_SENT;
			out->op = CKPT_UPSERT;
			out->bytes = w.buf;
			out->len = w.len;
			if (s->open)
				seal(v, s);
			return true;
		}
		if (s) /* of it the standby knows only that a Stop may be owed */
			vpdn_acct_guard(v, s, true);
		if (sent)
			return true;
	}
	if (c->dirty_done)
		g_array_set_size(c->dirty, 0);
	c->dirty_done = 0;
	return false;
}

static bool poll_ppp(struct vpdn *v, struct ckpt_record *out)
{
	return ppp_engine_poll_record(v->ppp, out);
}

static bool poll_pppoe(struct vpdn *v, struct ckpt_record *out)
{
	return pppoe_ac_poll_record(v->pppoe, out);
}

static bool poll_l2tp(struct vpdn *v, struct ckpt_record *out)
{
	return l2tp_engine_poll_record(v->l2tp, out);
}

bool vpdn_poll_record(struct vpdn *v, struct ckpt_record *out)
{
	/* None makes records of one before it. */
	static bool (*const stages[])(struct vpdn *v, struct ckpt_record *out) = {
		poll_session, vpdn_acct_poll, poll_ppp, poll_pppoe, poll_l2tp
	};

	if (!v->ckpt.standby) {
		drop_ppp_records(v);
		return false;
	}
	for (; v->ckpt.stage < G_N_ELEMENTS(stages); v->ckpt.stage++)
		if (stages[v->ckpt.stage](v, out))
			return true;
	v->ckpt.stage = 0;
	return false;
}

void vpdn_txn_end(struct vpdn *v, uint64_t seq)
{
	struct ckpt *c = &v->ckpt;

	for (; c->sealed_open < c->sealed->len; c->sealed_open++)
		g_array_index(c->sealed, struct sealed, c->sealed_open).seq = seq;
	for (; c->held_open < c->held->len; c->held_open++)
		g_array_index(c->held, struct held, c->held_open).seq = seq;
	l2tp_engine_txn_end(v->l2tp, seq);
}

/* A switched session is worth nothing on the standby without its other half. */
static bool is_replicated(const struct vpdn *v, const struct session *s)
{
	const struct session *mate = hop_mate(v, s);

	bool alone = s->role == SESSION_LNS || (s->role == SESSION_PPPOE && !s->mate);

	return vsession_replicated(v, s) &&
	       (alone || (mate && vsession_replicated(v, mate)));
}

/* Its record is on the standby.  The other half may have been there before, and worth nothing. */
static void established(struct vpdn *v, struct session *s)
{
	struct session *mate = hop_mate(v, s);

	vsession_set_est(v, s, is_replicated(v, s));
	if (mate && mate->open && !(v->ckpt.flags[mate->number] & NUMBER_DIRTY))
		vsession_set_est(v, mate, is_replicated(v, mate));
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
			established(v, s);
	}
	if (c->sealed_head * 2 > c->sealed->len) {
		g_array_remove_range(c->sealed, 0, c->sealed_head);
		c->sealed_open -= c->sealed_head;
		c->sealed_head = 0;
	}
	let_go_up_to(v, seq);
	l2tp_engine_committed(v->l2tp, seq, now);
}

void vpdn_release(struct vpdn *v, uint64_t seq, base_time now)
{
	v->now = now;
	let_go_up_to(v, seq);
	l2tp_engine_release(v->l2tp, seq, now);
}

unsigned vpdn_unprotected(const struct vpdn *v)
{
	return l2tp_engine_unprotected(v->l2tp);
}

/* ---- the standby ---- */

static void drop(struct vpdn *v, struct session *s)
{
	struct session *mate = s->ended ? NULL : hop_mate(v, s);

	if (!s->ended)
		vsession_leave(v, s);
	vsession_put(v, s);
	if (mate)
		vsession_set_est(v, mate, false);
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
	vpdn_aaa_reset(v);
	accts_clear(&v->accts);
	v->counts.acct_pending = 0;
	l2tp_engine_reset(v->l2tp, now);
	ppp_engine_reset(v->ppp, now);
	pppoe_ac_reset(v->pppoe, now);
}

static bool is_up(const struct vpdn *v, const struct session *s)
{
	struct l2tp_session_info l2tp;

	if (s->role == SESSION_PPPOE)
		return s->open && !s->closing && subscriber_is_here(v, s);
	return s->open && !s->closing &&
	       l2tp_session_get(v->l2tp, s->cc, s->lsid, &l2tp) &&
	       l2tp.state == L2TP_SESSION_ESTABLISHED;
}

/* Whole: all its records are here: its own, L2TP's, and the link's or those of the other half. */
bool vpdn_is_whole(const struct vpdn *v, const struct session *s)
{
	const struct session *mate = hop_mate(v, s);
	struct ppp_link_info link;

	if (!is_up(v, s))
		return false;
	if (s->role == SESSION_HOP_IN || s->role == SESSION_HOP_OUT || s->mate)
		return mate && is_up(v, mate);
	return ppp_link_get(v->ppp, s->number, &link) && link.ipcp_open;
}

static bool is_sane(const struct session_rec *rec)
{
	bool pppoe = rec->role == SESSION_PPPOE;

	return !rec->cc == pppoe && !rec->session == pppoe && !rec->pppoe == !pppoe &&
	       rec->vaccess <= IDS_MAX && rec->group && rec->why <= WHY_CLOSING &&
	       rec->role <= SESSION_PPPOE &&
	       (!rec->username || strlen(rec->username) < PPP_NAME_MAX) &&
	       (!rec->text || strlen(rec->text) < L2TP_TEXT_MAX) &&
	       strlen(rec->group) < L2TP_NAME_MAX &&
	       (!rec->kept || g_bytes_get_size(rec->kept) <= PROFILE_CLASS_MAX);
}

/* The session of that number, made anew when another one had it. */
static struct session *place(
	struct vpdn *v, uint32_t number, const struct session_rec *rec)
{
	struct session *s = vsession_get(v, number);

	if (s && s->cc == rec->cc && s->lsid == rec->session && s->role == rec->role &&
		s->pppoe == rec->pppoe &&
		strcmp(s->group->name, rec->group) == 0)
		return s;
	if (s)
		drop(v, s);
	return vsession_new(v, number, rec->cc, rec->session, rec->group);
}

static void judge_again(struct vpdn *v, struct session *s)
{
	struct session *mate = hop_mate(v, s);

	vsession_set_est(v, s, vpdn_is_whole(v, s));
	if (mate)
		vsession_set_est(v, mate, vpdn_is_whole(v, mate));
}

static bool upsert(struct vpdn *v, uint32_t number, struct session_rec *rec)
{
	struct session *s = is_sane(rec) ? place(v, number, rec) : NULL;

	if (!s)
		return false;
	s->vtemplate = rec->vtemplate;
	s->role = rec->role;
	s->pppoe = rec->pppoe;
	s->mate = rec->mate;
	s->vaccess = rec->vaccess;
	s->unique_id = rec->unique_id;
	s->ip = rec->ip;
	s->since = rec->since;
	vsession_set_open(v, s, rec->open);
	s->rsid = rec->remote;
	s->acct = rec->acct;
	s->started = rec->started;
	s->closing = rec->why == WHY_CLOSING;
	s->l2tp_gone = rec->l2tp_gone;
	s->end_result = rec->result;
	s->end_error = rec->error;
	s->end_ppp = rec->end_ppp;
	s->end_ppp_by_peer = rec->end_ppp_by_peer;
	s->acct_cause = rec->acct_cause;
	s->authentic = rec->authentic;
	g_clear_pointer(&s->kept, g_bytes_unref);
	s->kept = g_steal_pointer(&rec->kept);
	g_free(s->end_text);
	s->end_text = g_steal_pointer(&rec->text);
	g_free(s->username);
	s->username = g_steal_pointer(&rec->username);
	vsession_set_ha(v, s, true);
	judge_again(v, s);
	return true;
}

static bool apply_session(struct vpdn *v, const struct ckpt_record *rec)
{
	struct rd r = rd_init(rec->bytes, rec->len);
	struct session_rec fields;
	struct session *s;

	if (rec->type == VPDN_REC_ACCT)
		return vpdn_acct_apply(v, rec);
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
	struct pppoe_session_info pppoe;
	struct session *s = NULL;

	if (rec->client == CKPT_PPPOE && rec->type == PPPOE_REC_SESSION &&
		pppoe_session_get(v->pppoe, (uint32_t)rec->key, &pppoe))
		s = vsession_get(v, pppoe.owner);
	else if (rec->client == CKPT_PPP && rec->key <= v->max_sessions)
		s = vsession_get(v, (uint32_t)rec->key);
	else if (rec->client == CKPT_L2TP && rec->type == L2TP_REC_SESSION)
		s = vsession_find(v, (uint16_t)(rec->key >> 16), (uint16_t)rec->key);
	if (s)
		judge_again(v, s);
}

static bool apply(struct vpdn *v, const struct ckpt_record *rec, base_time now)
{
	switch (rec->client) {
	case CKPT_VPDN:
		return apply_session(v, rec);
	case CKPT_PPP:
		return ppp_engine_apply(v->ppp, rec, now);
	case CKPT_PPPOE:
		return pppoe_ac_apply(v->pppoe, rec, now);
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
