/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checkpointing facility (ha-commit.md H2, H7): what moves between the RPs.
 *
 * On the active RP it paces the bulk: the running configuration first, then every tunnel with
 * its sessions, at most 1 ms or 128 KiB ahead of the standby's acknowledgements, in the same
 * FIFO as the increments.  On the standby it applies whole transactions in their order and
 * acknowledges once a turn, after applying.  Anything out of order closes the store: the
 * standby is then not HOT and applies nothing until the next bulk begins.
 */
#include "rp/internal.h"

#include <string.h>

enum {
	BULK_AHEAD_BYTES = 128 * 1024,
	BULK_SLICE_OBJECTS = 64,
};

void cf_init(struct rp *rp)
{
	rp->cf.parts = g_byte_array_new();
}

void cf_deinit(struct rp *rp)
{
	g_byte_array_unref(rp->cf.parts);
	g_free(rp->cf.failure);
}

/* ---- the active side -------------------------------------------------------------- */

static void send_mark(struct rp *rp, unsigned type, uint32_t epoch, uint64_t seq, bool failed)
{
	struct msg_ckpt_mark m = {
		.epoch = epoch,
		.seq = seq,
		.boot_to = rp->rf.peer_boot,
		.failed = failed,
	};

	ipc_send_rec(rp->env, rp->rf.peer_slot, type, &m);
}

static void queue_config(struct rp *rp, uint8_t type, const char *text, size_t len)
{
	uint8_t *p = g_malloc(len + 1);

	p[0] = type;
	memcpy(p + 1, text, len);
	g_ptr_array_add(rp->txn.config_lines, g_bytes_new_take(p, len + 1));
}

void cf_bulk_begin(struct rp *rp, base_time now)
{
	g_autofree char *running = rp_config_text(rp, false);
	g_autofree char *numbers = iface_numbers(&rp->cfg.net);
	GBytes *startup = board_file_read(rp->env, "startup-config");

	txn_start(rp, now);
	rp->cf.bulk = CF_BULK_CONFIG;
	rp->cf.bulk_began = now;
	send_mark(rp, IPC_CKPT_BEGIN, rp->txn.epoch, rp->txn.seq, false);
	g_ptr_array_set_size(rp->txn.config_lines, 0);
	if (*numbers)
		queue_config(rp, CONFIG_REC_NUMBERS, numbers, strlen(numbers));
	queue_config(rp, CONFIG_REC_RUNNING, running, strlen(running));
	if (startup) {
		gsize n;
		const char *p = g_bytes_get_data(startup, &n);

		queue_config(rp, CONFIG_REC_STARTUP, p, n);
		g_bytes_unref(startup);
	}
	rp->rf.history_dirty = rp->rf.history->len > 0;
	txn_close(rp, true, now);
	rp->cf.bulk_seq = rp->txn.seq;
}

bool cf_bulk_acked(const struct rp *rp)
{
	return rp->txn.acked >= rp->cf.bulk_seq;
}

void cf_bulk_objects(struct rp *rp, base_time now)
{
	rp->cf.bulk = CF_BULK_OBJECTS;
	vpdn_set_standby(rp->vpdn, true, now);
	rp_pump(rp, now);
}

bool cf_bulk_step(struct rp *rp, base_time now)
{
	struct cf *cf = &rp->cf;

	switch (cf->bulk) {
	case CF_BULK_OBJECTS:
		if (rp->txn.bulk_unacked >= BULK_AHEAD_BYTES)
			return false;
		if (!vpdn_bulk_next(rp->vpdn, BULK_SLICE_OBJECTS))
			cf->bulk = CF_BULK_DRAIN;
		txn_close(rp, true, now);
		cf->bulk_seq = rp->txn.seq;
		if (cf->bulk == CF_BULK_DRAIN)
			send_mark(rp, IPC_CKPT_END, rp->txn.epoch, rp->txn.seq, false);
		return cf->bulk == CF_BULK_OBJECTS;
	case CF_BULK_DRAIN:
		/* Calls that come and go leave always something outstanding; what counts is
		 * the end marker. */
		if ((!cf_bulk_acked(rp) && rule_holds(RULE_H7_END)) || !txn_covered(rp))
			return false;
		cf->bulk = CF_BULK_DONE;
		cf->bulk_ended = now;
		rf_bulk_done(rp, now);
		return false;
	case CF_BULK_NONE:
	case CF_BULK_CONFIG:
	case CF_BULK_DONE:
		break;
	}
	return false;
}

void cf_bulk_stop(struct rp *rp)
{
	rp->cf.bulk = CF_BULK_NONE;
}

static void on_ack(struct rp *rp, const struct msg_ckpt_mark *m, base_time now)
{
	rp->txn.messages_received++;
	if (!rp->txn.on || m->epoch != rp->txn.epoch ||
		m->boot_to != board_boot_id(rp->env))
		return;
	txn_on_ack(rp, m->seq, now);
	if (m->failed)
		rf_standby_unfit(rp, "it could not apply a checkpoint transaction", now);
}

/* ---- the standby side ------------------------------------------------------------- */

static void fail(struct rp *rp, const char *why)
{
	struct cf *cf = &rp->cf;

	cf->rejected++;
	if (!cf->open)
		return;
	cf->open = false;
	cf->ack_due = true;
	g_free(cf->failure);
	cf->failure = g_strdup(why);
	rp_log(rp, LOG_SEV_ERR, "REDUNDANCY", "CKPT_FAILED",
		"checkpoint store closed (%s): waiting for a new bulk synchronisation", why);
}

static void on_begin(struct rp *rp, const struct msg_ckpt_mark *m, base_time now)
{
	struct cf *cf = &rp->cf;

	if (m->boot_to != board_boot_id(rp->env))
		return;
	rp_config_reset(rp, now);
	if (rule_holds(RULE_H7_EMPTY))
		vpdn_reset(rp->vpdn, now);
	g_array_set_size(rp->rf.history, 0);
	cf->epoch = m->epoch;
	cf->applied = m->seq;
	cf->open = true;
	cf->torn = false;
	g_byte_array_set_size(cf->parts, 0);
	g_clear_pointer(&cf->failure, g_free);
}

static bool apply_one(struct rp *rp, const struct ckpt_record *rec, base_time now)
{
	switch (rec->client) {
	case CKPT_CONFIG:
		return rp_config_apply(rp, rec, now);
	case CKPT_RF:
		return rf_history_apply(rp, rec);
	case CKPT_VPDN:
	case CKPT_PPP:
	case CKPT_PPPOE:
	case CKPT_L2TP:
		return vpdn_apply(rp->vpdn, rec, now);
	}
	return false;
}

static bool next_record(struct rd *r, struct ckpt_record *rec)
{
	rec->client = rd_u8(r);
	rec->type = rd_u8(r);
	rec->op = rd_u8(r);
	rec->key = rd_u64(r);
	rec->len = rd_u32(r);
	rec->bytes = rd_take(r, rec->len);
	return !r->bad && (rec->op == CKPT_UPSERT || rec->op == CKPT_DELETE);
}

/* A transaction is applied whole or not at all: its framing is checked before anything is
 * done, and after a record that makes no sense the store is torn: a takeover before the next
 * bulk is then a cold start (takeover.c), whatever the arbiter still believes. */
static bool apply_all(struct rp *rp, const uint8_t *bytes, size_t len, base_time now)
{
	struct rd check = rd_init(bytes, len);
	struct rd r = check;
	struct ckpt_record rec;

	while (rd_left(&check) > 0)
		if (!next_record(&check, &rec))
			return false;
	while (rd_left(&r) > 0) {
		(void)next_record(&r, &rec);
		if (!apply_one(rp, &rec, now))
			return false;
	}
	return true;
}

static void on_ckpt(struct rp *rp, const struct ipc_msg *msg, base_time now)
{
	struct cf *cf = &rp->cf;
	struct rd r = msg->payload;
	uint32_t epoch = rd_u32(&r);
	uint64_t seq = rd_u64(&r);
	uint64_t boot_to = rd_u64(&r);
	uint8_t flags = rd_u8(&r);

	cf->received++;
	if (r.bad || epoch != cf->epoch || boot_to != board_boot_id(rp->env) || !cf->open)
		return;
	bool next = seq == cf->applied + 1 && (!cf->parts->len || seq == cf->parts_seq);

	if (!next && rule_holds(RULE_H7_NEXT)) {
		fail(rp, "a transaction is missing");
		return;
	}
	cf->parts_seq = seq;
	g_byte_array_append(cf->parts, r.p, (guint)rd_left(&r));
	if (flags & CKPT_MORE)
		return;

	bool ok = apply_all(rp, cf->parts->data, cf->parts->len, now);

	g_byte_array_set_size(cf->parts, 0);
	if (!ok) {
		cf->torn = true;
		fail(rp, "a record cannot be applied");
		return;
	}
	cf->applied = seq;
	cf->ack_due = true;
}

/* The channel is a FIFO: what was sent before this heartbeat has come.  The same number on
 * both sides: the last acknowledgement is repeated in case it was lost; another: a gap.
 * A later epoch: its begin was lost, or it has ended before we came, and then the failure that
 * the active RP is told means nothing to it. */
void cf_on_heartbeat(struct rp *rp, uint32_t epoch, uint64_t last_sent)
{
	struct cf *cf = &rp->cf;

	if (!epoch || epoch < cf->epoch)
		return;
	if (epoch > cf->epoch) {
		fail(rp, "the beginning of a bulk is missing");
		cf->epoch = epoch;
		cf->applied = 0;
	}
	if (cf->open && last_sent != cf->applied)
		fail(rp, "a transaction is missing");
	cf->ack_due = true;
}

void cf_flush(struct rp *rp)
{
	struct cf *cf = &rp->cf;

	if (!cf->ack_due)
		return;
	cf->ack_due = false;
	if (rp->rf.peer_in)
		send_mark(rp, IPC_CKPT_ACK, cf->epoch, cf->applied, !cf->open);
}

/* ---- both ------------------------------------------------------------------------- */

void cf_on_message(struct rp *rp, const struct ipc_msg *msg, base_time now)
{
	struct msg_ckpt_mark m;
	bool active = rf_is_active(&rp->rf);

	if (msg->boot_id != rp->rf.peer_boot || !rp->rf.peer_in)
		return; /* of a former life of the other RP */
	if (msg->type == IPC_CKPT) {
		if (!active)
			on_ckpt(rp, msg, now);
		return;
	}
	if (!ipc_decode(msg, &m))
		return;
	if (msg->type == IPC_CKPT_ACK && active)
		on_ack(rp, &m, now);
	else if (msg->type == IPC_CKPT_BEGIN && !active)
		on_begin(rp, &m, now);
	else if (msg->type == IPC_CKPT_END && !active && m.epoch == rp->cf.epoch)
		rp->cf.ack_due = true;
}
