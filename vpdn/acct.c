/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pending accounting records, see acct.h.
 */
#include "vpdn/acct.h"

#include <string.h>

#include "base/rng.h"
#include "vpdn/internal.h"
#include "vpdn/logging.h"

enum {
	STATUS_BITS = ACCT_STATUS_BITS,
	STATUS_MASK = ACCT_STATUS_MASK,
	NUMBER_MAX = (1 << (32 - STATUS_BITS)) - 1,
	RNG_STREAM = 0x61636374,
	BACKLOG_SPARE = 1024,
};

struct acct_rec {
	char *user;
	uint32_t ip, seconds;
	base_time at;
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint8_t cause;
	bool guard;
	GBytes *attrs;
	uint16_t cc;
	char *list;
};

/* Of a record `o`. */
/* clang-format off */
#define ACCT_FIELDS(F) \
	F(1, 1, STR, 0, user, o->user) \
	F(2, 1, IPV4, 0, ip, o->ip) \
	F(3, 1, U32, 0, seconds, o->seconds) \
	F(4, 1, TIME, 0, at, o->at) \
	F(5, 1, U64, 0, rx_packets, o->counts.rx_packets) \
	F(6, 1, U64, 0, rx_bytes, o->counts.rx_bytes) \
	F(7, 1, U64, 0, tx_packets, o->counts.tx_packets) \
	F(8, 1, U64, 0, tx_bytes, o->counts.tx_bytes) \
	F(9, 1, U8, 0, cause, o->cause) \
	F(10, 1, BOOL, 0, guard, o->guard) \
	F(11, 1, BYTES, 0, attrs, o->attrs) \
	F(12, 1, U16, 0, cc, o->cc) \
	F(13, 3, STR, 0, list, o->list)

#define F(id, since, kind, flags, m, value) \
	{ id, since, REC_##kind, flags, offsetof(struct acct_rec, m), #m },
static const struct rec_field acct_fields[] = { ACCT_FIELDS(F) };
#undef F
/* clang-format on */

const struct rec_table vpdn_acct_table = { "vpdn-acct", sizeof(struct acct_rec),
	acct_fields, G_N_ELEMENTS(acct_fields) };

/* ---- the store ---- */

void accts_init(struct accts *a, uint64_t seed, uint8_t parity)
{
	struct rng rng;

	rng_init(&rng, seed, RNG_STREAM);
	*a = (struct accts){ .boot = (rng_u32(&rng) & ~1u) | (parity & 1) };
	a->by_key = g_hash_table_new(g_int64_hash, g_int64_equal);
	a->by_cc = g_hash_table_new(NULL, NULL);
	a->dirty = g_array_new(false, false, sizeof(uint64_t));
}

static void acct_free(struct acct *o)
{
	g_clear_pointer(&o->attrs, g_bytes_unref);
	g_free(o->user);
	g_free(o->list);
	g_free(o);
}

void accts_clear(struct accts *a)
{
	GList *l;

	while ((l = a->all.head)) {
		struct acct *o = l->data;

		g_queue_unlink(&a->all, l);
		acct_free(o);
	}
	g_queue_init(&a->repeat);
	g_hash_table_remove_all(a->by_key);
	g_hash_table_remove_all(a->by_cc);
	g_array_set_size(a->dirty, 0);
	a->dirty_done = a->guards = 0;
	a->bulk = NULL;
}

void accts_deinit(struct accts *a)
{
	accts_clear(a);
	g_hash_table_unref(a->by_key);
	g_hash_table_unref(a->by_cc);
	g_array_unref(a->dirty);
}

uint64_t accts_number(struct accts *a)
{
	if (a->last == NUMBER_MAX) {
		a->boot += 2;
		a->last = 0;
	}
	return (uint64_t)a->boot << 32 | (uint64_t)++a->last << STATUS_BITS;
}

void acct_id(uint64_t key, char out[ACCT_ID_LEN + 1])
{
	g_snprintf(out, ACCT_ID_LEN + 1, "%08X%08X", (unsigned)(key >> 32),
		(unsigned)(uint32_t)key >> STATUS_BITS);
}

/* 0: not an id of ours. */
static uint64_t parse_id(const char *id)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < ACCT_ID_LEN && g_ascii_isxdigit(id[i]); i++)
		n = n << 4 | (uint64_t)g_ascii_xdigit_value(id[i]);
	if (i < ACCT_ID_LEN || id[i] || (uint32_t)n > NUMBER_MAX)
		return 0;
	return n >> 32 << 32 | (n & UINT32_MAX) << STATUS_BITS;
}

struct acct *vpdn_acct_get(const struct vpdn *v, uint64_t key)
{
	return g_hash_table_lookup(v->accts.by_key, &key);
}

static struct acct *get(const struct vpdn *v, uint64_t key)
{
	return vpdn_acct_get(v, key);
}

/* That record, made if there is none. */
static struct acct *put(struct vpdn *v, uint64_t key)
{
	struct acct *o = get(v, key);

	if (o)
		return o;
	o = g_new0(struct acct, 1);
	o->key = key;
	o->in_all.data = o->in_repeat.data = o;
	g_hash_table_insert(v->accts.by_key, &o->key, o);
	g_queue_push_tail_link(&v->accts.all, &o->in_all);
	v->counts.acct_pending++;
	return o;
}

static void add_dirty(struct vpdn *v, uint64_t key)
{
	if (v->ckpt.standby)
		g_array_append_val(v->accts.dirty, key);
}

static void set_guard(struct vpdn *v, struct acct *o, bool on)
{
	v->accts.guards += on - o->guard;
	o->guard = on;
}

static void mark(struct vpdn *v, struct acct *o)
{
	if (o->dirty || !v->ckpt.standby)
		return;
	o->dirty = true;
	add_dirty(v, o->key);
}

static void take_out(struct vpdn *v, struct acct *o)
{
	struct accts *a = &v->accts;

	if (o->recorded && !o->dirty)
		add_dirty(v, o->key);
	set_guard(v, o, false);
	if (a->bulk == &o->in_all)
		a->bulk = o->in_all.next;
	g_queue_unlink(&a->all, &o->in_all);
	if (o->repeats)
		g_queue_unlink(&a->repeat, &o->in_repeat);
	if (o->job)
		vpdn_aaa_cancel(v, o->job);
	if (o->cc && g_hash_table_lookup(a->by_cc, GUINT_TO_POINTER(o->cc)) == o)
		g_hash_table_remove(a->by_cc, GUINT_TO_POINTER(o->cc));
	g_hash_table_remove(a->by_key, &o->key);
	v->counts.acct_pending--;
	acct_free(o);
}

/* ---- a session's records ---- */

static void fill(struct vpdn *v, struct acct *o, const struct session *s)
{
	const char *list = vpdn_aaa_acct_list(v, s);

	g_free(o->user);
	o->user = g_strdup(s->username);
	g_free(o->list);
	o->list = g_strdup(list);
	o->ip = s->ip;
	g_clear_pointer(&o->attrs, g_bytes_unref);
	if (vpdn_aaa_accounts(v, o->key & STATUS_MASK, list))
		o->attrs = vpdn_aaa_session_attrs(v, s);
}

/* It is to be recorded, and leaves then. */
static void leave(struct vpdn *v, struct acct *o)
{
	mark(v, o);
	vpdn_hold(v, HELD_ACCT, o->key);
}

void vpdn_acct_start(struct vpdn *v, struct session *s)
{
	const char *list = vpdn_aaa_acct_list(v, s);
	struct acct *o;

	if (!v->accounting || s->started || vpdn_aaa_record(v, list) == AAA_RECORD_NONE)
		return;
	s->started = true;
	if (vpdn_aaa_record(v, list) == AAA_RECORD_STOP_ONLY)
		return;
	o = put(v, s->acct | VPDN_ACCT_START);
	fill(v, o, s);
	o->at = v->now;
	leave(v, o);
	if (vpdn_aaa_accounts(v, VPDN_ACCT_LINK_START, NULL)) {
		o = put(v, s->acct | VPDN_ACCT_LINK_START);
		fill(v, o, s);
		o->at = v->now;
		leave(v, o);
	}
}

static uint32_t seconds(base_time from, base_time to)
{
	int64_t ns = time_sub(to, from).ns;

	return ns > 0 ? (uint32_t)MIN(ns / dur_s(1).ns, UINT32_MAX) : 0;
}

static void end_with(struct vpdn *v, const struct session *s, enum vpdn_acct_status status)
{
	struct acct *o = put(v, s->acct | status);

	fill(v, o, s);
	set_guard(v, o, false);
	o->at = v->now;
	o->seconds = seconds(s->since, v->now);
	o->counts = s->counts;
	o->cause = s->acct_cause;
	if (rule_holds(RULE_H9_PENDING))
		mark(v, o);
	vpdn_hold(v, HELD_ACCT, o->key);
}

void vpdn_acct_stop(struct vpdn *v, struct session *s)
{
	struct acct *o;

	if (!s->started)
		return;
	o = get(v, s->acct | VPDN_ACCT_INTERIM);
	if (o)
		take_out(v, o);
	end_with(v, s, VPDN_ACCT_STOP);
	if (vpdn_aaa_accounts(v, VPDN_ACCT_LINK_STOP, NULL))
		end_with(v, s, VPDN_ACCT_LINK_STOP);
}

void vpdn_acct_guard(struct vpdn *v, const struct session *s, bool on)
{
	struct acct *o;

	if (!s->started || (!on && !v->accts.guards))
		return;
	o = get(v, s->acct | VPDN_ACCT_STOP);
	if (o && !o->guard)
		return;
	if (!on) {
		if (o)
			take_out(v, o);
		return;
	}
	o = put(v, s->acct | VPDN_ACCT_STOP);
	fill(v, o, s);
	set_guard(v, o, true);
	o->at = s->since;
	o->cause = ACCT_LOST_SERVICE;
	mark(v, o);
}

static void wait_again(struct vpdn *v, struct acct *o, base_dur d)
{
	GQueue *q = &v->accts.repeat;

	if (o->repeats)
		g_queue_unlink(q, &o->in_repeat);
	o->repeats = true;
	o->due = time_add(v->now, d);
	g_queue_push_tail_link(q, &o->in_repeat);
}

/* Stops have the status after that of their Start. */
static bool is_stop(uint64_t key)
{
	uint64_t status = key & STATUS_MASK;

	return status == VPDN_ACCT_STOP || status == VPDN_ACCT_TUNNEL_STOP ||
	       status == VPDN_ACCT_LINK_STOP;
}

/* RADIUS shall hear of the begin before it hears of the end: the end goes when the begin was
 * taken. */
static bool waits_for_start(struct vpdn *v, struct acct *o)
{
	o->waits = is_stop(o->key) && vpdn_aaa_accounts(v, o->key & STATUS_MASK, o->list) &&
		   get(v, o->key - 1);
	return o->waits;
}

void vpdn_acct_send(struct vpdn *v, uint64_t key)
{
	struct acct *o = get(v, key);

	if (!o) /* taken meanwhile */
		return;
	if (o->repeats)
		g_queue_unlink(&v->accts.repeat, &o->in_repeat);
	o->repeats = false;
	if (waits_for_start(v, o) || vpdn_aaa_account(v, o))
		return;
	vpdn_emit_acct(v, o);
	wait_again(v, o, dur_s(ACCT_REPEAT_S));
}

void vpdn_acct_unanswered(struct vpdn *v, struct acct *o)
{
	logging_unanswered(v, o);
	wait_again(v, o, dur_s(ACCT_REPEAT_S));
}

void vpdn_acct_taken(struct vpdn *v, struct acct *o)
{
	uint64_t next = o->key + 1;
	const struct acct *stop = is_stop(next) ? get(v, next) : NULL;

	take_out(v, o);
	if (stop && stop->waits)
		vpdn_acct_send(v, next);
}

/* ---- a tunnel's records ---- */

static struct acct *tunnel_record(
	struct vpdn *v, uint64_t number, enum vpdn_acct_status status, const struct tunnel *t)
{
	struct acct *o = put(v, number | status);

	o->cc = t->cc;
	o->at = v->now;
	g_clear_pointer(&o->attrs, g_bytes_unref);
	o->attrs = vpdn_aaa_tunnel_attrs(t, number);
	return o;
}

void vpdn_acct_tunnel_up(struct vpdn *v, const struct tunnel *t)
{
	uint64_t number;
	struct acct *o;

	vpdn_acct_tunnel_down(v, t->cc, ACCT_LOST_CARRIER); /* an earlier one of that id */
	if (!v->accounting || !vpdn_aaa_accounts(v, VPDN_ACCT_TUNNEL_START, NULL))
		return;
	number = accts_number(&v->accts);
	o = tunnel_record(v, number, VPDN_ACCT_TUNNEL_STOP, t);
	set_guard(v, o, true);
	o->cause = ACCT_LOST_SERVICE;
	g_hash_table_replace(v->accts.by_cc, GUINT_TO_POINTER(t->cc), o);
	mark(v, o);
	leave(v, tunnel_record(v, number, VPDN_ACCT_TUNNEL_START, t));
}

void vpdn_acct_tunnel_down(struct vpdn *v, uint16_t cc, enum acct_cause cause)
{
	struct acct *o = g_hash_table_lookup(v->accts.by_cc, GUINT_TO_POINTER(cc));

	if (!o)
		return;
	g_hash_table_remove(v->accts.by_cc, GUINT_TO_POINTER(cc));
	set_guard(v, o, false);
	o->seconds = seconds(o->at, v->now);
	o->at = v->now;
	o->cause = (uint8_t)cause;
	leave(v, o);
}

void vpdn_acct_tunnel_refused(struct vpdn *v, const struct tunnel *t)
{
	if (v->accounting && vpdn_aaa_accounts(v, VPDN_ACCT_TUNNEL_REJECT, NULL) &&
		!vpdn_acct_full(v))
		leave(v, tunnel_record(v, accts_number(&v->accts), VPDN_ACCT_TUNNEL_REJECT, t));
}

void vpdn_acct_interim(
	struct vpdn *v, struct session *s, const struct vpdn_counts_fib *counts)
{
	struct acct *o;

	if (!s->started || s->closing)
		return;
	o = get(v, s->acct | VPDN_ACCT_INTERIM);
	if (o)
		take_out(v, o);
	o = put(v, s->acct | VPDN_ACCT_INTERIM);
	fill(v, o, s);
	o->at = v->now;
	o->seconds = seconds(s->since, v->now);
	o->counts = *counts;
	vpdn_acct_send(v, o->key);
}

void vpdn_acct_done(struct vpdn *v, const char *id, uint8_t status, base_time now)
{
	uint64_t key = parse_id(id);
	struct acct *o = NULL;

	v->now = now;
	if (key && status && status <= STATUS_MASK)
		o = get(v, key | status);
	if (o && !o->guard && !v->passive)
		vpdn_acct_taken(v, o);
}

/* Every session adds at most two to what is there when it is let in. */
bool vpdn_acct_full(const struct vpdn *v)
{
	return v->counts.acct_pending >= v->max_sessions * 2 + BACKLOG_SPARE;
}

base_time vpdn_acct_next_due(const struct vpdn *v)
{
	const struct acct *o = v->accts.repeat.head ? v->accts.repeat.head->data : NULL;

	return o ? o->due : BASE_TIME_NEVER;
}

bool vpdn_acct_tick(struct vpdn *v, unsigned budget)
{
	const struct acct *o;

	while ((o = g_queue_peek_head(&v->accts.repeat)) &&
		!time_before(v->now, o->due)) {
		if (budget-- == 0)
			return true;
		vpdn_acct_send(v, o->key);
	}
	return false;
}

/* ---- records ---- */

void vpdn_acct_forget_standby(struct vpdn *v)
{
	struct accts *a = &v->accts;

	for (guint i = a->dirty_done; i < a->dirty->len; i++) {
		struct acct *o = get(v, g_array_index(a->dirty, uint64_t, i));

		if (o)
			o->dirty = false;
	}
	g_array_set_size(a->dirty, 0);
	a->dirty_done = 0;
	a->bulk = NULL;
}

void vpdn_acct_bulk_begin(struct vpdn *v)
{
	v->accts.bulk = v->accts.all.head;
}

bool vpdn_acct_bulk(struct vpdn *v, unsigned budget)
{
	struct accts *a = &v->accts;

	for (; a->bulk && budget; budget--) {
		struct acct *o = a->bulk->data;

		if ((o->key & STATUS_MASK) != VPDN_ACCT_INTERIM)
			mark(v, o);
		a->bulk = a->bulk->next;
	}
	return a->bulk != NULL;
}

static void encode(const struct acct *o, struct wr *w)
{
	const uint8_t *end;
	uint8_t *p = rec_put_begin(w, &end);

#define REC_PUT_VERSION VPDN_REC_VERSION
	ACCT_FIELDS(REC_PUT)
#undef REC_PUT_VERSION
	rec_put_end(w, p);
	g_assert(!w->bad); /* the user's name is bounded */
}

bool vpdn_acct_poll(struct vpdn *v, struct ckpt_record *out)
{
	struct accts *a = &v->accts;
	struct wr w = wr_init(v->ckpt.buf, sizeof(v->ckpt.buf));

	if (a->dirty_done == a->dirty->len) {
		if (a->dirty_done)
			g_array_set_size(a->dirty, 0);
		a->dirty_done = 0;
		return false;
	}
	*out = (struct ckpt_record){ .client = CKPT_VPDN,
		.type = VPDN_REC_ACCT,
		.op = CKPT_DELETE,
		.key = g_array_index(a->dirty, uint64_t, a->dirty_done++) };

	struct acct *o = get(v, out->key);

	if (o) {
		o->dirty = false;
		o->recorded = true;
		encode(o, &w);
		out->op = CKPT_UPSERT;
		out->bytes = w.buf;
		out->len = w.len;
	}
	return true;
}

/* ---- the standby ---- */

static void adopt(struct vpdn *v, struct acct *o, struct acct_rec *rec)
{
	g_free(o->user);
	o->user = g_steal_pointer(&rec->user);
	g_free(o->list);
	o->list = g_steal_pointer(&rec->list);
	g_clear_pointer(&o->attrs, g_bytes_unref);
	o->attrs = g_steal_pointer(&rec->attrs);
	o->ip = rec->ip;
	o->cc = rec->cc;
	o->seconds = rec->seconds;
	o->at = rec->at;
	o->counts = (struct vpdn_counts_fib){ rec->rx_packets, rec->rx_bytes,
		rec->tx_packets, rec->tx_bytes };
	o->cause = rec->cause;
	set_guard(v, o, rec->guard);
}

static bool is_sane(const struct acct_rec *rec, uint64_t key)
{
	uint64_t status = key & STATUS_MASK;

	bool may_guard = status == VPDN_ACCT_STOP || status == VPDN_ACCT_TUNNEL_STOP;

	return key >> STATUS_BITS && status && status != VPDN_ACCT_INTERIM &&
	       (may_guard || !rec->guard) &&
	       (!rec->user || strlen(rec->user) < PPP_NAME_MAX) &&
	       (!rec->list || strlen(rec->list) < AAA_NAME_MAX) &&
	       (!rec->attrs || g_bytes_get_size(rec->attrs) <= ACCT_ATTRS_MAX);
}

bool vpdn_acct_apply(struct vpdn *v, const struct ckpt_record *rec)
{
	struct rd r = rd_init(rec->bytes, rec->len);
	struct acct_rec fields;
	struct acct *o = get(v, rec->key);
	bool ok;

	if (rec->op == CKPT_DELETE) {
		if (o)
			take_out(v, o);
		return true;
	}
	if (rec->op != CKPT_UPSERT || !rec_decode(&vpdn_acct_table, &r, &fields))
		return false;
	/* The limit of the active leaves room for two of every session. */
	ok = is_sane(&fields, rec->key) &&
	     (o || v->counts.acct_pending < v->max_sessions * 4 + 2 * BACKLOG_SPARE);
	if (ok)
		adopt(v, put(v, rec->key), &fields);
	rec_clear(&vpdn_acct_table, &fields);
	return ok;
}

/* All of them may have left already, or not: they are sent (again), soon. */
static bool tunnel_lives(const struct vpdn *v, const struct acct *o)
{
	struct l2tp_cc_info info;

	return (o->key & STATUS_MASK) == VPDN_ACCT_TUNNEL_STOP && o->guard && o->cc &&
	       l2tp_cc_get(v->l2tp, o->cc, &info) && info.state == L2TP_CC_ESTABLISHED;
}

void vpdn_acct_activate(struct vpdn *v)
{
	for (GList *l = v->accts.all.head; l; l = l->next) {
		struct acct *o = l->data;

		if (tunnel_lives(v, o)) {
			o->recorded = false;
			g_hash_table_replace(v->accts.by_cc, GUINT_TO_POINTER(o->cc), o);
			continue;
		}
		if (o->guard) {
			o->seconds = seconds(o->at, v->now);
			o->at = v->now;
			set_guard(v, o, false);
		}
		o->recorded = false;
		wait_again(v, o, (base_dur){ 0 });
	}
}
