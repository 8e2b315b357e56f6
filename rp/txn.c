/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Transactions on the active RP (ha-commit.md H2, H3; docs/ha.md).
 *
 * All records caused by one input are in one transaction with one number over all checkpoint
 * clients; packets and the like of one turn share it, so an object that several of them change is
 * recorded once.  The engines hold the outputs that depend on it; the standby's cumulative
 * acknowledgement lets them go.  When it does not come in time they leave without it, and the
 * FP marks their tunnels as unprotected (fp/marks.h).
 */
#include "rp/internal.h"

#include <string.h>

struct txn_sent {
	uint64_t seq;
	base_time at;
	uint32_t bulk_bytes;
	unsigned inputs;
	bool warned;
};

enum { CKPT_PART_HDR = 4 + 8 + 8 + 1, CKPT_RECORD_HDR = 1 + 1 + 1 + 8 + 4 };

static void forget_gathered(struct txn *t)
{
	g_byte_array_set_size(t->buf, CKPT_PART_HDR);
	t->inputs = 0;
}

void txn_init(struct rp *rp)
{
	rp->txn.sent = g_queue_new();
	rp->txn.buf = g_byte_array_new();
	forget_gathered(&rp->txn);
	rp->txn.config_lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

void txn_deinit(struct rp *rp)
{
	struct txn *t = &rp->txn;

	g_queue_free_full(t->sent, g_free);
	g_byte_array_unref(t->buf);
	g_ptr_array_unref(t->config_lines);
}

static void forget_sent(struct txn *t)
{
	g_queue_clear_full(t->sent, g_free);
	t->bulk_unacked = 0;
	t->inputs_sent = 0;
	forget_gathered(t);
}

void txn_start(struct rp *rp, base_time now)
{
	struct txn *t = &rp->txn;

	forget_sent(t);
	t->on = true;
	t->epoch++;
	/* Numbers rise over all epochs: marks of the FP are compared by them. */
	t->acked = t->released = t->seq;
}

void txn_stop(struct rp *rp, base_time now)
{
	struct txn *t = &rp->txn;

	if (!t->on)
		return;
	forget_sent(t);
	t->on = false;
	vpdn_set_standby(rp->vpdn, false, now);
	rp_pump(rp, now);
}

/* ---- gathering -------------------------------------------------------------------- */

static void append(struct txn *t, const struct ckpt_record *rec)
{
	guint at = t->buf->len;
	uint8_t *p;

	g_byte_array_set_size(t->buf, at + CKPT_RECORD_HDR + (guint)rec->len);
	p = t->buf->data + at;
	p[0] = rec->client;
	p[1] = rec->type;
	p[2] = rec->op;
	put_u32(p + 3, (uint32_t)(rec->key >> 32));
	put_u32(p + 7, (uint32_t)rec->key);
	put_u32(p + 11, (uint32_t)rec->len);
	if (rec->len)
		memcpy(p + CKPT_RECORD_HDR, rec->bytes, rec->len);
	t->records++;
}

static size_t gathered(const struct txn *t)
{
	return t->buf->len - CKPT_PART_HDR;
}

static void append_config(struct txn *t)
{
	for (guint i = 0; i < t->config_lines->len; i++) {
		gsize n;
		const uint8_t *p = g_bytes_get_data(t->config_lines->pdata[i], &n);

		append(t, &(struct ckpt_record){ .client = CKPT_CONFIG,
				  .type = p[0],
				  .op = CKPT_UPSERT,
				  .key = t->total + i,
				  .bytes = p + 1,
				  .len = n - 1 });
	}
	g_ptr_array_set_size(t->config_lines, 0);
}

static void append_history(struct rp *rp)
{
	if (!rp->rf.history_dirty)
		return;
	rp->rf.history_dirty = false;
	for (guint i = 0; i < rp->rf.history->len; i++) {
		uint8_t buf[256];
		struct wr w = wr_init(buf, sizeof(buf));

		rf_history_encode(&g_array_index(rp->rf.history, struct rf_switchover, i), &w);
		append(&rp->txn, &(struct ckpt_record){ .client = CKPT_RF,
					 .type = RF_REC_SWITCHOVER,
					 .op = CKPT_UPSERT,
					 .key = i + 1,
					 .bytes = buf,
					 .len = w.len });
	}
}

/* ---- sending ---------------------------------------------------------------------- */

/* Stages the gathered records in as many messages as they need.  The header of each part is put
 * before it, where the part before has been sent. */
static void send_parts(struct rp *rp, uint64_t seq, bool bulk)
{
	struct txn *t = &rp->txn;
	size_t at = 0;

	do {
		size_t n = MIN(gathered(t) - at, (size_t)IPC_PAYLOAD_MAX - CKPT_PART_HDR);
		bool more = at + n < gathered(t);
		struct wr w = wr_init(t->buf->data + at, CKPT_PART_HDR);

		wr_u32(&w, t->epoch);
		wr_u64(&w, seq);
		wr_u64(&w, rp->rf.peer_boot);
		wr_u8(&w, (more ? CKPT_MORE : 0) | (bulk ? CKPT_BULK : 0) |
				  (at ? CKPT_CONT : 0));
		ipc_send(rp->env, rp->rf.peer_slot, IPC_CKPT, w.buf, CKPT_PART_HDR + n);
		at += n;
	} while (at < gathered(t));
}

/* What is gathered becomes one transaction. */
static void stage(struct rp *rp, bool bulk, base_time now)
{
	struct txn *t = &rp->txn;
	struct txn_sent *sent = g_new0(struct txn_sent, 1);

	sent->seq = ++t->seq;
	sent->at = now;
	sent->bulk_bytes = bulk ? (uint32_t)gathered(t) : 0;
	sent->inputs = t->inputs;
	t->bulk_unacked += sent->bulk_bytes;
	t->inputs_sent += t->inputs;
	t->total++;
	t->bytes += gathered(t);
	send_parts(rp, sent->seq, bulk);
	vpdn_txn_end(rp->vpdn, sent->seq);
	if (!rule_holds(RULE_H7_GATE) && rp->cf.bulk != CF_BULK_DONE)
		vpdn_committed(rp->vpdn, sent->seq, now);
	g_queue_push_tail(t->sent, sent);
	forget_gathered(t);
}

void txn_input(struct rp *rp)
{
	rp->txn.inputs++;
}

void txn_gather(struct rp *rp)
{
	struct ckpt_record rec;

	while (rp->txn.on && vpdn_poll_record(rp->vpdn, &rec)) {
		append(&rp->txn, &rec);
		if (!rule_holds(RULE_H2_WHOLE))
			stage(rp, false, rp->now);
	}
}

void txn_close(struct rp *rp, bool bulk, base_time now)
{
	struct txn *t = &rp->txn;

	if (!t->on) {
		g_ptr_array_set_size(t->config_lines, 0);
		t->inputs = 0;
		return;
	}
	append_config(t);
	append_history(rp);
	txn_gather(rp);
	if (gathered(t) == 0) {
		t->inputs = 0;
		return;
	}
	stage(rp, bulk, now);
}

/* ---- commits ---------------------------------------------------------------------- */

static void count_latency(struct txn *t, base_dur d)
{
	unsigned i = 0;

	while (i < TXN_LATENCY_BUCKETS - 1 && d.ns >= (int64_t)32000 << i)
		i++;
	t->latency[i]++;
}

void txn_on_ack(struct rp *rp, uint64_t seq, base_time now)
{
	struct txn *t = &rp->txn;
	struct txn_sent *s;

	if (!t->on || seq <= t->acked || seq > t->seq)
		return;
	t->acked = seq;
	while ((s = g_queue_peek_head(t->sent)) && s->seq <= seq) {
		count_latency(t, time_sub(now, s->at));
		t->bulk_unacked -= s->bulk_bytes;
		t->inputs_sent -= s->inputs;
		g_free(g_queue_pop_head(t->sent));
	}
	vpdn_committed(rp->vpdn, seq, now);
	rp_pump(rp, now);
	txn_close(rp, false, now);
}

/* The ack budget (H3): a warning, then the outputs leave. */
void txn_tick(struct rp *rp, base_time now)
{
	struct txn *t = &rp->txn;
	uint64_t late = 0;

	for (GList *l = t->sent->head; l; l = l->next) {
		struct txn_sent *s = l->data;
		int64_t age = dur_to_ms(time_sub(now, s->at));

		if (age < TXN_WARN_MS)
			break;
		if (!s->warned) {
			s->warned = true;
			t->warnings++;
		}
		if (age >= TXN_RELEASE_MS)
			late = s->seq;
	}
	if (late <= t->released)
		return;
	t->released = late;
	t->releases++;
	vpdn_release(rp->vpdn, late, now);
	rp_pump(rp, now);
	txn_close(rp, false, now);
}

base_time txn_next_due(const struct rp *rp)
{
	const struct txn *t = &rp->txn;

	for (GList *l = t->sent->head; l; l = l->next) {
		const struct txn_sent *s = l->data;

		if (!s->warned)
			return time_add(s->at, dur_ms(TXN_WARN_MS));
		if (s->seq > t->released)
			return time_add(s->at, dur_ms(TXN_RELEASE_MS));
	}
	return BASE_TIME_NEVER;
}

unsigned txn_outstanding(const struct rp *rp)
{
	return rp->txn.sent->length;
}

bool txn_covered(const struct rp *rp)
{
	return rp->txn.acked >= rp->txn.released && !vpdn_unprotected(rp->vpdn);
}

bool txn_full(const struct rp *rp)
{
	return rp->txn.inputs_sent >= TXN_INPUTS_MAX;
}
