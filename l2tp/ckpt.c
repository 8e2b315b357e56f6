/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checkpoint records of tunnels and sessions: their fields, encoding from live state, and
 * applying them to a passive engine.
 *
 * A record is checked completely before anything is changed; one that makes no sense changes
 * nothing, and its sender learns that this standby cannot take over.  Derived state (indexes,
 * counters) is kept up to date by the same functions that the active RP uses.
 */
#include "l2tp/internal.h"

struct rec_cc {
	uint16_t local_id, remote_id;
	uint8_t state, closing;
	bool lac;
	uint32_t local_ip, remote_ip;
	uint16_t local_port, remote_port;
	char *peer_name, *peer_vendor;
	uint16_t peer_rws;
	char *local_name, *secret, *group;
	bool challenge, ha;
	uint16_t hello_s, rws, retries, initial_retries;
	uint8_t timeout_min_s, timeout_max_s;
	uint16_t zlb_delay_ms, setup_s, resync;
	uint32_t no_session_s;
	base_time since;
	uint8_t by; /* and the rest: how it ended */
	uint16_t result, error;
	char *text;
	uint8_t policy; /* enum policy */
	uint16_t call_setup_s;
	bool hide, no_congestion_control;
};

/* How the old RP kept its numbers in step with ours. */
enum policy { POLICY_COMMITTED };

struct rec_seq {
	uint16_t s, u, r;
	uint8_t resync;
};

struct rec_msg {
	uint8_t flags;
	GBytes *bytes;
};

struct rec_session {
	uint16_t remote_id;
	uint8_t state;
	bool lac, sequencing;
	uint32_t serial, bearer_type, framing_type, tx_bps, rx_bps, physical_channel;
	char *called, *calling;
	base_time since;
	GBytes *line, *proxy;
	bool accm_known, errors_known;
	uint32_t accm_send, accm_receive;
	struct l2tp_call_errors errors;
	base_time wen_at;
};

enum { MSG_FLAGS = 1, MSG_BYTES };

/* clang-format off */
#define F(id, kind, flags, s, m) { id, 1, kind, flags, offsetof(struct s, m), #m }
#define F2(id, kind, flags, s, m) { id, 2, kind, flags, offsetof(struct s, m), #m }
static const struct rec_field cc_fields[] = {
	F(1,  REC_U16,  0, rec_cc, local_id),
	F(2,  REC_U16,  0, rec_cc, remote_id),
	F(3,  REC_U8,   0, rec_cc, state),
	F(4,  REC_U8,   0, rec_cc, closing),
	F(5,  REC_BOOL, 0, rec_cc, lac),
	F(6,  REC_IPV4, 0, rec_cc, local_ip),
	F(7,  REC_IPV4, 0, rec_cc, remote_ip),
	F(8,  REC_U16,  0, rec_cc, local_port),
	F(9,  REC_U16,  0, rec_cc, remote_port),
	F(10, REC_STR,  0, rec_cc, peer_name),
	F(11, REC_STR,  0, rec_cc, peer_vendor),
	F(12, REC_U16,  0, rec_cc, peer_rws),
	F(13, REC_STR,  0, rec_cc, local_name),
	F(14, REC_STR,  REC_SECRET, rec_cc, secret),
	F(15, REC_STR,  0, rec_cc, group),
	F(16, REC_BOOL, 0, rec_cc, challenge),
	F(17, REC_BOOL, 0, rec_cc, ha),
	F(18, REC_U16,  0, rec_cc, hello_s),
	F(19, REC_U16,  0, rec_cc, rws),
	F(20, REC_U16,  0, rec_cc, retries),
	F(21, REC_U16,  0, rec_cc, initial_retries),
	F(22, REC_U8,   0, rec_cc, timeout_min_s),
	F(23, REC_U8,   0, rec_cc, timeout_max_s),
	F(24, REC_U16,  0, rec_cc, zlb_delay_ms),
	F(25, REC_U16,  0, rec_cc, setup_s),
	F(26, REC_U16,  0, rec_cc, resync),
	F(27, REC_U32,  0, rec_cc, no_session_s),
	F(28, REC_TIME, 0, rec_cc, since),
	F(29, REC_U8,   0, rec_cc, by),
	F(30, REC_U16,  0, rec_cc, result),
	F(31, REC_U16,  0, rec_cc, error),
	F(32, REC_STR,  0, rec_cc, text),
	F(33, REC_U8,   0, rec_cc, policy),
	F2(34, REC_U16,  0, rec_cc, call_setup_s),
	F2(35, REC_BOOL, 0, rec_cc, hide),
	F2(36, REC_BOOL, 0, rec_cc, no_congestion_control),
};

static const struct rec_field msg_fields[] = {
	F(MSG_FLAGS, REC_U8,    0, rec_msg, flags),
	F(MSG_BYTES, REC_BYTES, REC_SECRET, rec_msg, bytes),
};

#undef F
#undef F2

/* Those that are made very often: of a tunnel `cc`, of a session `s`. */
#define SEQ_FIELDS(F) \
	F(1, 1, U16, 0, s, cc->chan.s) \
	F(2, 1, U16, 0, u, cc->chan.u) \
	F(3, 1, U16, 0, r, cc->chan.r_rx) \
	F(4, 1, U8, 0, resync, cc->resync)

#define SESSION_FIELDS(F) \
	F(1, 1, U16, 0, remote_id, s->remote_id) \
	F(2, 1, U8, 0, state, s->state) \
	F(3, 1, BOOL, 0, lac, s->lac) \
	F(4, 1, BOOL, 0, sequencing, s->sequencing) \
	F(5, 1, U32, 0, serial, s->serial) \
	F(6, 1, U32, 0, bearer_type, s->bearer_type) \
	F(7, 1, U32, 0, framing_type, s->framing_type) \
	F(8, 1, U32, 0, tx_bps, s->tx_bps) \
	F(9, 1, U32, 0, rx_bps, s->rx_bps) \
	F(10, 1, U32, 0, physical_channel, s->physical_channel) \
	F(11, 1, STR, 0, called, s->called) \
	F(12, 1, STR, 0, calling, s->calling) \
	F(13, 1, TIME, 0, since, s->since) \
	F(14, 2, KEPT, 0, line, s->line) \
	F(15, 2, KEPT, REC_SECRET, proxy, s->proxy)

/* Of the few that have s->link. */
#define LINK_FIELDS(F) \
	F(16, 2, BOOL, 0, accm_known, s->link->accm_known) \
	F(17, 2, U32, 0, accm_send, s->link->accm[0]) \
	F(18, 2, U32, 0, accm_receive, s->link->accm[1]) \
	F(19, 2, BOOL, 0, errors_known, s->link->errors_known) \
	F(20, 2, U32, 0, errors.crc, s->link->errors.crc) \
	F(21, 2, U32, 0, errors.framing, s->link->errors.framing) \
	F(22, 2, U32, 0, errors.hardware_overrun, s->link->errors.hardware_overrun) \
	F(23, 2, U32, 0, errors.buffer_overrun, s->link->errors.buffer_overrun) \
	F(24, 2, U32, 0, errors.timeout, s->link->errors.timeout) \
	F(25, 2, U32, 0, errors.alignment, s->link->errors.alignment) \
	F(26, 2, TIME, 0, wen_at, s->link->wen_at)

/* NULL is left out. */
#define REC_PUT_KEPT(p, end, id, v) put_kept(p, end, id, v)
#define REC_KEPT REC_BYTES

#define REC_PUT_VERSION L2TP_CKPT_VERSION
#define F(id, since, kind, flags, m, value) \
	{ id, since, REC_##kind, flags, offsetof(struct rec_seq, m), #m },
static const struct rec_field seq_fields[] = { SEQ_FIELDS(F) };
#undef F
#define F(id, since, kind, flags, m, value) \
	{ id, since, REC_##kind, flags, offsetof(struct rec_session, m), #m },
static const struct rec_field session_fields[] = { SESSION_FIELDS(F) LINK_FIELDS(F) };
#undef F

#define TABLE(n) { #n, sizeof(struct rec_##n), n##_fields, G_N_ELEMENTS(n##_fields) }
static const struct rec_table cc_table = TABLE(cc);
static const struct rec_table seq_table = TABLE(seq);
static const struct rec_table msg_table = TABLE(msg);
static const struct rec_table session_table = TABLE(session);
#undef TABLE
/* clang-format on */

const struct rec_table *l2tp_rec_table(uint8_t type)
{
	switch (type) {
	case L2TP_REC_CC:
		return &cc_table;
	case L2TP_REC_SEQ:
		return &seq_table;
	case L2TP_REC_MSG:
		return &msg_table;
	case L2TP_REC_SESSION:
		return &session_table;
	}
	return NULL;
}

/* ---- out ---- */

void ckpt_cc(struct l2tp_engine *e, struct l2tp_cc *cc, struct wr *w)
{
	struct l2tp_cc_params *p = &cc->params;
	struct rec_cc r = {
		.local_id = cc->id,
		.remote_id = cc->remote_id,
		.state = cc->state,
		.closing = cc->closing,
		.lac = cc->lac,
		.local_ip = cc->path.local_ip,
		.remote_ip = cc->path.remote_ip,
		.local_port = cc->path.local_port,
		.remote_port = cc->path.remote_port,
		.peer_name = cc->peer_name,
		.peer_vendor = cc->peer_vendor,
		.peer_rws = cc->chan.peer_rws,
		.local_name = p->local_name,
		.secret = p->secret,
		.group = p->group,
		.challenge = p->challenge,
		.ha = p->ha,
		.hello_s = p->hello_s,
		.rws = p->rws,
		.retries = p->retries,
		.initial_retries = p->initial_retries,
		.timeout_min_s = p->timeout_min_s,
		.timeout_max_s = p->timeout_max_s,
		.zlb_delay_ms = p->zlb_delay_ms,
		.setup_s = p->setup_s,
		.resync = p->resync,
		.no_session_s = p->no_session_s,
		.call_setup_s = p->call_setup_s,
		.hide = p->hide,
		.no_congestion_control = p->no_congestion_control,
		.since = cc->since,
		.policy = POLICY_COMMITTED,
	};

	if (cc->cause) {
		r.by = cc->cause->by;
		r.result = cc->cause->result;
		r.error = cc->cause->error;
		r.text = cc->cause->text;
	}
	rec_encode(&cc_table, L2TP_CKPT_VERSION, &r, w);
}

void ckpt_seq(struct l2tp_engine *e, struct l2tp_cc *cc, struct wr *w)
{
	const uint8_t *end;
	uint8_t *p = rec_put_begin(w, &end);

	SEQ_FIELDS(REC_PUT)
	rec_put_end(w, p);
}

void ckpt_msg(const struct chan_msg *m, struct wr *w)
{
	const uint8_t *end;
	uint8_t *p = rec_put_begin(w, &end);

	p = REC_PUT_U8(p, end, MSG_FLAGS, m->flags);
	p = rec_put_bytes(p, end, MSG_BYTES, m->bytes, m->len);
	rec_put_end(w, p);
}

static uint8_t *put_kept(uint8_t *p, const uint8_t *end, uint8_t id, GBytes *kept)
{
	gsize n;
	const void *bytes;

	if (!kept)
		return p;
	bytes = g_bytes_get_data(kept, &n);
	return rec_put_bytes(p, end, id, bytes, n);
}

void ckpt_session(const struct l2tp_session *s, struct wr *w)
{
	const uint8_t *end;
	uint8_t *p = rec_put_begin(w, &end);

	SESSION_FIELDS(REC_PUT)
	if (s->link) {
		LINK_FIELDS(REC_PUT)
	}
	rec_put_end(w, p);
}

/* ---- in ---- */

static bool sane_cc(const struct rec_cc *r, uint64_t key)
{
	return r->local_id && r->local_id == key && r->remote_id && r->remote_ip &&
	       (r->state == L2TP_CC_ESTABLISHED || r->state == L2TP_CC_CLOSING) &&
	       r->closing <= CLOSING_QUIET && r->peer_rws &&
	       r->by <= L2TP_BY_PROTOCOL && r->policy == POLICY_COMMITTED;
}

static void copy_str(char *to, const char *from, size_t room)
{
	g_strlcpy(to, from ? from : "", room);
}

static void adopt_params(struct l2tp_cc *cc, const struct rec_cc *r)
{
	struct l2tp_cc_params *p = &cc->params;

	*p = (struct l2tp_cc_params){
		.challenge = r->challenge,
		.ha = r->ha,
		.hello_s = r->hello_s,
		.rws = r->rws,
		.retries = r->retries,
		.initial_retries = r->initial_retries,
		.timeout_min_s = r->timeout_min_s,
		.timeout_max_s = r->timeout_max_s,
		.zlb_delay_ms = r->zlb_delay_ms,
		.setup_s = r->setup_s,
		.resync = r->resync,
		.no_session_s = r->no_session_s,
		.call_setup_s = r->call_setup_s,
		.hide = r->hide,
		.no_congestion_control = r->no_congestion_control,
	};
	copy_str(p->local_name, r->local_name, sizeof(p->local_name));
	copy_str(p->secret, r->secret, sizeof(p->secret));
	copy_str(p->group, r->group, sizeof(p->group));
	cc_params_fill(cc);
}

static void adopt_cause(struct l2tp_cc *cc, const struct rec_cc *r)
{
	if (cc->state != L2TP_CC_CLOSING)
		return;
	if (!cc->cause)
		cc->cause = g_new(struct l2tp_cause, 1);
	*cc->cause = (struct l2tp_cause){
		.by = r->by, .result = r->result, .error = r->error
	};
	copy_str(cc->cause->text, r->text, sizeof(cc->cause->text));
}

static void adopt_cc(struct l2tp_engine *e, struct l2tp_cc *cc, const struct rec_cc *r)
{
	cc_set_remote(e, cc, 0); /* the path may change: out of the index first */
	cc->path = (struct l2tp_path){ .local_ip = r->local_ip,
		.remote_ip = r->remote_ip,
		.local_port = r->local_port,
		.remote_port = r->remote_port };
	cc_set_remote(e, cc, r->remote_id);
	cc->state = r->state;
	cc->closing = r->closing;
	cc->lac = r->lac;
	cc->authentic = cc->ha_est = true;
	cc->since = r->since;
	copy_str(cc->peer_name, r->peer_name, sizeof(cc->peer_name));
	copy_str(cc->peer_vendor, r->peer_vendor, sizeof(cc->peer_vendor));
	adopt_params(cc, r);
	chan_set_peer_window(&cc->chan, r->peer_rws);
	adopt_cause(cc, r);
	cc_recount(e, cc);
}

static bool apply_cc(struct l2tp_engine *e, uint64_t key, struct rd *body)
{
	struct rec_cc r;
	struct l2tp_cc *cc = NULL;

	if (!rec_decode(&cc_table, body, &r))
		return false;
	if (sane_cc(&r, key)) {
		struct l2tp_path path = { .remote_ip = r.remote_ip };

		cc = cc_by_id(e, r.local_id);
		if (!cc && e->counts.tunnels < e->cfg.max_tunnels)
			cc = cc_new(e, r.local_id, &path);
		if (cc)
			adopt_cc(e, cc, &r);
	}
	rec_clear(&cc_table, &r);
	return cc != NULL;
}

static bool apply_seq(struct l2tp_engine *e, uint64_t key, struct rd *body)
{
	struct rec_seq r;
	struct l2tp_cc *cc = key <= UINT16_MAX ? cc_by_id(e, (uint16_t)key) : NULL;

	if (!rec_decode(&seq_table, body, &r) || !cc || r.resync > L2TP_RESYNC_FAILED ||
		!chan_adopt(&cc->chan, r.s, r.u, r.r))
		return false;
	cc->resync = r.resync;
	return true;
}

static bool apply_msg(struct l2tp_engine *e, uint64_t key, struct rd *body)
{
	struct rec_msg r;
	struct l2tp_cc *cc =
		key >> 16 <= UINT16_MAX ? cc_by_id(e, (uint16_t)(key >> 16)) : NULL;
	bool ok = false;

	if (!rec_decode(&msg_table, body, &r))
		return false;
	if (cc && r.bytes && !(r.flags & ~CHAN_MSG_HELLO)) {
		gsize n;
		const uint8_t *p = g_bytes_get_data(r.bytes, &n);

		ok = n <= L2TP_MESSAGE_MAX + L2TP_CONTROL_HDR &&
		     chan_put(&cc->chan, (uint16_t)key, p, n, r.flags);
	}
	rec_clear(&msg_table, &r);
	return ok;
}

static bool sane_kept(const struct rec_session *r)
{
	return (!r->line || kept_line_sane(r->line)) &&
	       (!r->proxy || kept_proxy_sane(r->proxy));
}

static bool sane_session(const struct rec_session *r, const struct l2tp_cc *cc)
{
	if (!sane_kept(r))
		return false;
	switch (cc ? r->state : L2TP_SESSION_IDLE) {
	case L2TP_SESSION_WAIT_REPLY:
		return r->remote_id || r->lac;
	case L2TP_SESSION_WAIT_CONNECT:
	case L2TP_SESSION_ESTABLISHED:
		return r->remote_id != 0;
	case L2TP_SESSION_CLOSED:
		return true;
	}
	return false;
}

/* Tombstones end by themselves, on both RPs: no record says so. */
static void adopt_timer(struct l2tp_engine *e, struct l2tp_session *s)
{
	const struct l2tp_cc *cc = slab_get(e->ccs, s->cc_index);

	if (s->state == L2TP_SESSION_CLOSED)
		timer_set(e->wheel, &s->timer, time_add(e->now, session_rest(cc)));
	else
		timer_cancel(e->wheel, &s->timer);
}

static void adopt_link(struct l2tp_session *s, const struct rec_session *r)
{
	g_clear_pointer(&s->link, g_free);
	if (!r->accm_known && !r->errors_known)
		return;
	*session_link(s) = (struct session_link){ .accm_known = r->accm_known,
		.errors_known = r->errors_known,
		.accm = { r->accm_send, r->accm_receive },
		.errors = r->errors,
		.wen_at = r->wen_at };
}

static void adopt_session(
	struct l2tp_engine *e, struct l2tp_session *s, struct rec_session *r)
{
	/* A tombstone must not take the peer's id from a session that has it now. */
	if (r->state != L2TP_SESSION_CLOSED)
		session_set_remote(e, s, r->remote_id);
	s->state = r->state;
	adopt_timer(e, s);
	s->lac = r->lac;
	s->sequencing = r->sequencing;
	s->serial = r->serial;
	s->bearer_type = r->bearer_type;
	s->framing_type = r->framing_type;
	s->tx_bps = r->tx_bps;
	s->rx_bps = r->rx_bps;
	s->physical_channel = r->physical_channel;
	s->since = r->since;
	g_free(s->called);
	g_free(s->calling);
	s->called = g_steal_pointer(&r->called);
	s->calling = g_steal_pointer(&r->calling);
	g_clear_pointer(&s->line, g_bytes_unref);
	g_clear_pointer(&s->proxy, g_bytes_unref);
	s->line = g_steal_pointer(&r->line);
	s->proxy = g_steal_pointer(&r->proxy);
	adopt_link(s, r);
	session_recount(e, s);
}

static bool apply_session(struct l2tp_engine *e, uint64_t key, struct rd *body)
{
	struct rec_session r;
	uint16_t id = (uint16_t)key;
	struct l2tp_cc *cc =
		key >> 16 <= UINT16_MAX ? cc_by_id(e, (uint16_t)(key >> 16)) : NULL;
	struct l2tp_session *s = NULL;

	if (!rec_decode(&session_table, body, &r))
		return false;
	if (id && sane_session(&r, cc)) {
		s = session_by_id(e, cc->id, id);
		if (!s && e->counts.sessions < e->cfg.max_sessions)
			s = l2tp_session_new(e, cc, id);
		if (s)
			adopt_session(e, s, &r);
	}
	rec_clear(&session_table, &r);
	return s != NULL;
}

static bool apply_delete(struct l2tp_engine *e, uint8_t type, uint64_t key)
{
	struct l2tp_cc *cc = key <= UINT16_MAX ? cc_by_id(e, (uint16_t)key) : NULL;
	uint32_t index;
	struct l2tp_session *s;

	switch (type) {
	case L2TP_REC_CC:
		if (cc)
			cc_bury(e, cc);
		return true;
	case L2TP_REC_SESSION:
		index = index_get(e->session_by_id, key);
		s = slab_get(e->all_sessions, index);
		if (s)
			session_bury(e, s);
		return true;
	}
	return false;
}

static bool apply(struct l2tp_engine *e, const struct ckpt_record *rec)
{
	struct rd body = rd_init(rec->bytes, rec->len);

	if (rec->op == CKPT_DELETE)
		return apply_delete(e, rec->type, rec->key);
	if (rec->op != CKPT_UPSERT)
		return false;
	switch (rec->type) {
	case L2TP_REC_CC:
		return apply_cc(e, rec->key, &body);
	case L2TP_REC_SEQ:
		return apply_seq(e, rec->key, &body);
	case L2TP_REC_MSG:
		return apply_msg(e, rec->key, &body);
	case L2TP_REC_SESSION:
		return apply_session(e, rec->key, &body);
	}
	return false;
}

static void drop_tombstones(struct l2tp_engine *e)
{
	struct timer *t;

	while ((t = timer_pop(e->wheel, e->now)))
		engine_run_timer(e, t);
	engine_leave(e);
}

bool l2tp_engine_apply(
	struct l2tp_engine *e, const struct ckpt_record *rec, base_time now)
{
	bool ok;

	engine_enter(e, now);
	if (!e->passive || rec->client != CKPT_L2TP)
		return false;
	drop_tombstones(e);
	ok = apply(e, rec);
	engine_leave(e);
	return ok;
}
