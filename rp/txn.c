/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Transactions on the active RP (ha-commit.md H2, H3; docs/ha.md).
 *
 * All records caused by one input are one transaction with one number over all checkpoint
 * clients.  The engines hold the outputs that depend on it; the standby's cumulative
 * acknowledgement lets them go.  When it does not come in time they leave without it, and the
 * FP marks their tunnels as unprotected (fp/marks.h).
 */
#include "rp/internal.h"

#include <string.h>

struct txn_sent {
	uint64_t seq;
	base_time at;
	uint32_t bulk_bytes;
	bool warned;
};

enum { CKPT_PART_HDR = 4 + 8 + 8 + 1, CKPT_RECORD_HDR = 1 + 1 + 1 + 8 + 4 };

void txn_init(struct rp *rp)
{
	rp->txn.sent = g_queue_new();
	rp->txn.buf = g_byte_array_new();
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
	uint8_t hdr[CKPT_RECORD_HDR];
	struct wr w = wr_init(hdr, sizeof(hdr));

	wr_u8(&w, rec->client);
	wr_u8(&w, rec->type);
	wr_u8(&w, rec->op);
	wr_u64(&w, rec->key);
	wr_u32(&w, (uint32_t)rec->len);
	g_byte_array_append(t->buf, hdr, (guint)w.len);
	if (rec->len)
		g_byte_array_append(t->buf, rec->bytes, (guint)rec->len);
	t->records++;
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

/* Stages the gathered records in as many messages as they need. */
static void send_parts(struct rp *rp, uint64_t seq, bool bulk)
{
	struct txn *t = &rp->txn;
	g_autofree uint8_t *msg = g_malloc(IPC_PAYLOAD_MAX);
	size_t at = 0;

	do {
		size_t n = MIN(t->buf->len - at, (size_t)IPC_PAYLOAD_MAX - CKPT_PART_HDR);
		bool more = at + n < t->buf->len;
		struct wr w = wr_init(msg, IPC_PAYLOAD_MAX);

		wr_u32(&w, t->epoch);
		wr_u64(&w, seq);
		wr_u64(&w, rp->rf.peer_boot);
		wr_u8(&w, (more ? CKPT_MORE : 0) | (bulk ? CKPT_BULK : 0) |
				  (at ? CKPT_CONT : 0));
		wr_bytes(&w, t->buf->data + at, n);
		ipc_send(rp->env, rp->rf.peer_slot, IPC_CKPT, msg, w.len);
		at += n;
	} while (at < t->buf->len);
}

void txn_close(struct rp *rp, bool bulk, base_time now)
{
	struct txn *t = &rp->txn;
	struct ckpt_record rec;

	if (!t->on) {
		g_ptr_array_set_size(t->config_lines, 0);
		return;
	}
	g_byte_array_set_size(t->buf, 0);
	append_config(t);
	append_history(rp);
	while (vpdn_poll_record(rp->vpdn, &rec))
		append(t, &rec);
	if (t->buf->len == 0)
		return;

	struct txn_sent *sent = g_new0(struct txn_sent, 1);

	sent->seq = ++t->seq;
	sent->at = now;
	sent->bulk_bytes = bulk ? t->buf->len : 0;
	t->bulk_unacked += sent->bulk_bytes;
	t->total++;
	t->bytes += t->buf->len;
	send_parts(rp, sent->seq, bulk);
	vpdn_txn_end(rp->vpdn, sent->seq);
	g_queue_push_tail(t->sent, sent);
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
