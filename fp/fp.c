/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The FP board: messages and rings around the packet path.
 *
 * RPs speak to it by table messages, which wait in an inbox and are worked off at most 64
 * between two bursts, so that re-programming after a switchover does not hold up packets.
 * Only the arbiter's term counts: a message or packet of an older term is dropped, whoever
 * sent it (rule H8).  With no RP alive punts are dropped and all else goes on.
 *
 * Every table message of an RP's generation is counted when it comes, and the RP asks for the
 * count (IPC_FIB_CHECK): when something was lost on a cut channel, it sends all of it again.
 *
 * Of two FPs the one that the arbiter names (IPC_FP_ACTIVE) forwards and tells the other
 * (fp/mirror.h), which listens, and forwards from the moment it is named.
 */
#include "fp/fp.h"

#include "base/rule.h"
#include "fp/marks.h"
#include "fp/mirror.h"
#include "fp/path.h"

enum {
	TABLE_MSGS = 64, /* between two bursts */
	N_SPA_SLOTS = SLOT_PEER - SLOT_SPA,
	CAUSE_ECHO_TIMEOUT = 8, /* enum ppp_cause */
	REPORT_S = 1,
	MARKS_LISTED =
		8192, /* with more of them only which tunnels are marked is told */
};

/* Packets on their way to one slot. */
struct queue {
	unsigned n;
	struct pkt *pkt[PKT_BURST];
};

/* What has come of the generation that an RP has begun last, and gone to it. */
struct ledger {
	uint64_t term;
	uint32_t generation; /* 0: none was begun */
	uint32_t got;        /* table messages behind BEGIN */
	uint32_t dead;       /* reports */
	bool swept;
	uint32_t swept_count;
};

/* How a table message lies in the inbox; its payload follows. */
struct parked {
	uint64_t term;
	uint32_t len;
	uint8_t type, from;
};

struct fp {
	struct board_env *env;
	bool standby; /* the other FP forwards: listens only */
	uint64_t term;
	unsigned holder;       /* RP of that term, SLOT_NONE when it is gone */
	struct msg_term grant; /* as told; may come before the RP's PEER_UP */
	uint64_t slots_in;     /* bits */
	struct fp_path *path;
	GByteArray *inbox; /* of struct parked and payload */
	guint inbox_at;
	struct ledger ledger;
	bool changed; /* since the last report */
	base_time report_due, beat_due;
	struct fp_marks
		*marks; /* tunnels whose packets left without their commit (H3) */
	struct fp_mirror *mirror;
	struct queue to_spa[N_SPA_SLOTS];
	struct queue to_rp;
	struct queue to_free;
	struct fp_sink sink;
};

static unsigned alloc_pkts(void *user, struct pkt **pkts, unsigned n)
{
	struct fp *fp = user;

	return pkt_alloc(fp->env, pkts, n);
}

/* ---- where packets go ---- */

static void flush_free(struct fp *fp)
{
	pkt_free(fp->env, fp->to_free.pkt, fp->to_free.n);
	fp->to_free.n = 0;
}

static void put_free(struct fp *fp, struct pkt *p)
{
	if (fp->to_free.n == PKT_BURST)
		flush_free(fp);
	fp->to_free.pkt[fp->to_free.n++] = p;
}

static void lose(struct fp *fp, struct pkt **pkts, unsigned n, enum fp_drop why)
{
	fp_path_count(fp->path, why, n);
	for (unsigned i = 0; i < n; i++)
		put_free(fp, pkts[i]);
}

static void flush_queue(struct fp *fp, struct queue *q, unsigned slot, enum fp_drop why)
{
	unsigned taken = q->n ? pkt_tx(fp->env, slot, q->pkt, q->n) : 0;

	lose(fp, q->pkt + taken, q->n - taken, why);
	q->n = 0;
}

static void flush_punts(struct fp *fp)
{
	if (fp->holder == SLOT_NONE) {
		lose(fp, fp->to_rp.pkt, fp->to_rp.n, FP_DROP_NO_RP);
		fp->to_rp.n = 0;
	} else {
		flush_queue(fp, &fp->to_rp, fp->holder, FP_DROP_PUNT_FULL);
	}
}

/* It waited for a neighbour while another RP was granted the term. */
static bool is_fenced(const struct fp *fp, const struct pkt *p)
{
	return p->owner <= SLOT_R1 && p->term < (uint32_t)fp->term;
}

static void put_tx(struct fp *fp, struct pkt *p, uint16_t ifindex)
{
	unsigned slot = ifindex_slot(ifindex);
	struct queue *q = &fp->to_spa[slot - SLOT_SPA];

	if (is_fenced(fp, p)) {
		lose(fp, &p, 1, FP_DROP_FENCED);
		return;
	}
	if (q->n == PKT_BURST)
		flush_queue(fp, q, slot, FP_DROP_TX_FULL);
	p->ifindex = ifindex;
	q->pkt[q->n++] = p;
}

static void put_punt(struct fp *fp, struct pkt *p)
{
	if (fp->to_rp.n == PKT_BURST)
		flush_punts(fp);
	p->term = (uint32_t)fp->term;
	p->generation = fp_path_generation(fp->path);
	fp->to_rp.pkt[fp->to_rp.n++] = p;
}

static void empty_sink(struct fp *fp)
{
	for (unsigned i = 0; i < fp->sink.n; i++) {
		const struct fp_row *row = &fp->sink.row[i];

		if (fp->standby) {
			put_free(fp, row->pkt);
			continue;
		}
		switch ((enum fp_verdict)row->verdict) {
		case FP_TX:
			put_tx(fp, row->pkt, row->ifindex);
			break;
		case FP_PUNT:
			put_punt(fp, row->pkt);
			break;
		case FP_DROP:
		case FP_DONE:
			put_free(fp, row->pkt);
			break;
		}
	}
	fp->sink.n = 0;
}

static void fp_flush(void *self, base_time now)
{
	struct fp *fp = self;

	for (unsigned i = 0; i < N_SPA_SLOTS; i++) {
		if (fp->to_spa[i].n)
			flush_queue(fp, &fp->to_spa[i], SLOT_SPA + i, FP_DROP_TX_FULL);
	}
	flush_punts(fp);
	flush_free(fp);
}

/* ---- messages ---- */

static bool slot_is_in(const struct fp *fp, unsigned slot)
{
	return fp->slots_in >> slot & 1;
}

static void raise_term(struct fp *fp, uint64_t term, unsigned holder)
{
	if (term < fp->term)
		return;
	flush_punts(fp);
	if (term > fp->term)
		fp_marks_new_term(fp->marks);
	fp->term = term;
	fp->holder = slot_is_in(fp, holder) ? holder : SLOT_NONE;
}

static void on_term(struct fp *fp, const struct ipc_msg *msg)
{
	struct msg_term m;

	if (!ipc_decode(msg, &m))
		return;
	if (m.term >= fp->term)
		fp->grant = m;
	if (rule_holds(RULE_H3_AFTER_TERM))
		raise_term(fp, m.term, m.holder);
	rec_clear(ipc_table(msg->type), &m);
}

/* ---- two FPs ---- */

static void forget_inbox(struct fp *fp)
{
	g_byte_array_set_size(fp->inbox, 0);
	fp->inbox_at = 0;
}

/* They were meant for the active FP. */
static void forget_tables(struct fp *fp)
{
	forget_inbox(fp);
	fp->ledger = (struct ledger){ .term = fp->ledger.term };
}

static void count_table_msg(struct fp *fp, const struct ipc_msg *msg)
{
	struct ledger *l = &fp->ledger;
	struct msg_fib_mark m;

	if (msg->term < fp->term || msg->term < l->term)
		return;
	if (msg->type != IPC_FIB_BEGIN)
		l->got += msg->term == l->term;
	else if (ipc_decode(msg, &m))
		*l = (struct ledger){ .term = msg->term, .generation = m.generation };
}

static unsigned other_fp(const struct fp *fp)
{
	return SLOT_F0 + SLOT_F1 - board_slot(fp->env);
}

static void settle_mirror(struct fp *fp, base_time now)
{
	bool wanted = !fp->standby && slot_is_in(fp, other_fp(fp));

	if (wanted && !fp_mirror_started(fp->mirror))
		fp_mirror_start(fp->mirror, other_fp(fp), now);
	else if (!wanted && fp_mirror_started(fp->mirror))
		fp_mirror_stop(fp->mirror);
}

static void log_partial(struct fp *fp, base_time now)
{
	char text[] =
		"%FP-4-PARTIAL: this FP forwards before it was told everything by "
		"the other one";
	struct msg_log m = { .severity = 4, .text = text, .at = now };

	ipc_send_rec(fp->env, SLOT_CHASSIS, IPC_LOG, &m);
}

/* Whatever the other FP has published was seen before this. */
static void promote(struct fp *fp, base_time now)
{
	bool complete = fp_mirror_promote(fp->mirror, now);

	empty_sink(fp);
	fp->standby = false;
	fp->changed = true;
	fp_path_dead_again(fp->path);
	if (!complete && fp_path_sessions(fp->path) > 0)
		log_partial(fp, now);
}

static void on_fp_active(struct fp *fp, const struct ipc_msg *msg, base_time now)
{
	struct msg_slot m;
	bool me;

	if (!ipc_decode(msg, &m))
		return;
	me = m.slot == board_slot(fp->env) && m.boot_id == board_boot_id(fp->env);
	if (me && fp->standby)
		promote(fp, now);
	else if (!me)
		forget_tables(fp);
	if (!me && !fp->standby) {
		fp->standby = true;
		fp_path_set_standby(fp->path, true);
	}
	settle_mirror(fp, now);
}

/* ---- messages of the chassis ---- */

static void on_peer(struct fp *fp, const struct ipc_msg *msg, base_time now)
{
	struct msg_slot m;

	if (!ipc_decode(msg, &m))
		return;
	if (m.slot >= N_SLOTS)
		return;
	if (msg->type == IPC_PEER_UP) {
		fp->slots_in |= UINT64_C(1) << m.slot;
		if (m.slot == fp->grant.holder && m.boot_id == fp->grant.boot_id)
			raise_term(fp, fp->grant.term, m.slot);
		settle_mirror(fp, now);
		return;
	}
	fp->slots_in &= ~(UINT64_C(1) << m.slot);
	settle_mirror(fp, now);
	if (m.slot == fp->holder)
		fp->holder = SLOT_NONE;
	if (slot_kind(m.slot) == BOARD_SPA) {
		fp_path_slot_down(fp->path, m.slot, now, &fp->sink);
		empty_sink(fp);
	}
}

static void on_port(struct fp *fp, const struct ipc_msg *msg, base_time now)
{
	struct msg_port_state m;

	if (!ipc_decode(msg, &m))
		return;
	if (m.ifindex && m.ifindex < IFINDEX_OTHER &&
		ifindex_slot(m.ifindex) == msg->from) {
		fp_path_port(fp->path, &m, now, &fp->sink);
		empty_sink(fp);
	}
	rec_clear(ipc_table(msg->type), &m);
}

static bool is_table_msg(unsigned type)
{
	static const uint8_t types[] = { IPC_FIB_BEGIN, IPC_FIB_END, IPC_FIB_IFACE,
		IPC_FIB_ROUTE, IPC_FIB_SESSION, IPC_FIB_STOP, IPC_FIB_FREE,
		IPC_FIB_READ };

	return memchr(types, (int)type, sizeof(types)) != NULL;
}

static void park(struct fp *fp, const struct ipc_msg *msg)
{
	struct parked head = { .term = msg->term,
		.len = (uint32_t)rd_left(&msg->payload),
		.type = msg->type,
		.from = msg->from };

	if (msg->type != IPC_FIB_READ)
		count_table_msg(fp, msg);
	g_byte_array_append(fp->inbox, (const guint8 *)&head, sizeof(head));
	g_byte_array_append(fp->inbox, msg->payload.p, head.len);
}

static void unmark_tunnel(struct fp *fp, const struct msg_fib_unmark *m, bool mirrored)
{
	if (m->deleted && !m->tunnel)
		fp_marks_clear(fp->marks);
	else if (m->deleted)
		fp_marks_drop(fp->marks, m->tunnel);
	else if (mirrored)
		fp_marks_acked_there(fp->marks, m->tunnel, m->seq);
	else
		fp_marks_acked(fp->marks, m->tunnel, m->seq);
}

static void tell_marks(struct fp *fp, unsigned to)
{
	bool many = fp_marks_count(fp->marks) > MARKS_LISTED;
	struct msg_fib_marks m = {
		.marks = many ? NULL : fp_marks_list(fp->marks),
		.many = many ? fp_marks_bits(fp->marks) : NULL,
	};

	ipc_send_rec(fp->env, to, IPC_FIB_MARKS, &m);
	rec_clear(ipc_table(IPC_FIB_MARKS), &m);
}

/* The marks are read by an RP that has just been granted its term: from here on nothing of
 * an older term leaves, so none can be added behind its back. */
static void on_marks(struct fp *fp, const struct ipc_msg *msg)
{
	struct msg_fib_unmark unmark;

	if (msg->term < fp->term)
		return;
	if (msg->term > fp->term && rule_holds(RULE_H3_AFTER_TERM))
		raise_term(fp, msg->term, msg->from);
	if (msg->type == IPC_FIB_MARKS_READ) {
		tell_marks(fp, msg->from);
	} else if (ipc_decode(msg, &unmark)) {
		count_table_msg(fp, msg);
		unmark_tunnel(fp, &unmark, false);
		fp_mirror_table(fp->mirror, msg);
	}
}

/* Reports that are counted have been sent before; a new one is due for what may be lost. */
static void on_check(struct fp *fp, const struct ipc_msg *msg)
{
	const struct ledger *l = &fp->ledger;
	struct msg_fib_check m;

	if (fp->standby || msg->term < fp->term || !ipc_decode(msg, &m))
		return;

	bool known = m.generation == l->generation && msg->term == l->term;
	struct msg_fib_check answer = { .generation = m.generation, .sent = m.sent };

	if (known) {
		answer.got = l->got;
		answer.dead = l->dead;
		answer.swept = l->swept;
		answer.count = l->swept_count;
	}
	fp->changed = true;
	ipc_send_rec(fp->env, msg->from, IPC_FIB_CHECKED, &answer);
}

static void on_mirror(struct fp *fp, const struct ipc_msg *msg, base_time now)
{
	fp_mirror_take(fp->mirror, msg, now);
	empty_sink(fp);
}

/* A standby that RPs speak to is about to hear that it is the active one: what they say waits. */
static void fp_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct fp *fp = self;

	for (size_t i = 0; i < n; i++) {
		const struct ipc_msg *msg = &msgs[i];

		if (msg->type == IPC_TERM)
			on_term(fp, msg);
		else if (msg->type == IPC_PEER_UP || msg->type == IPC_PEER_DOWN)
			on_peer(fp, msg, now);
		else if (msg->type == IPC_FP_ACTIVE)
			on_fp_active(fp, msg, now);
		else if (msg->type == IPC_FIB_MIRROR && msg->from == other_fp(fp))
			on_mirror(fp, msg, now);
		else if (msg->type == IPC_PORT_STATE)
			on_port(fp, msg, now);
		else if (msg->type == IPC_FIB_CHECK)
			on_check(fp, msg);
		else if (msg->type == IPC_FIB_MARKS_READ || msg->type == IPC_FIB_UNMARK)
			on_marks(fp, msg);
		else if (is_table_msg(msg->type))
			park(fp, msg);
	}
}

/* ---- table messages ---- */

union table_msg {
	struct msg_fib_mark mark;
	struct msg_fib_iface iface;
	struct msg_fib_route route;
	struct msg_fib_session session;
	struct msg_fib_index index;
	struct msg_fib_unmark unmark;
};

static void answer(
	struct fp *fp, unsigned to, unsigned type, const struct msg_fib_counts *counts)
{
	if (!fp->standby)
		ipc_send_rec(fp->env, to, type, counts);
}

static void apply(
	struct fp *fp, const struct ipc_msg *msg, union table_msg *m, base_time now)
{
	struct msg_fib_counts counts;

	switch (msg->type) {
	case IPC_FIB_UNMARK: /* of the other FP */
		unmark_tunnel(fp, &m->unmark, true);
		break;
	case IPC_FIB_BEGIN:
		fp_path_begin(fp->path, m->mark.generation);
		break;
	case IPC_FIB_END:
		fp_path_end(fp->path, m->mark.generation);
		break;
	case IPC_FIB_IFACE:
		fp_path_iface(fp->path, &m->iface, now, &fp->sink);
		empty_sink(fp);
		break;
	case IPC_FIB_ROUTE:
		fp_path_route(fp->path, &m->route);
		break;
	case IPC_FIB_SESSION:
		fp_path_session(fp->path, &m->session, now);
		break;
	case IPC_FIB_STOP:
		fp_path_stop(fp->path, m->index.index, m->index.l2tp, &counts);
		answer(fp, msg->from, IPC_FIB_STOPPED, &counts);
		break;
	case IPC_FIB_FREE:
		fp_path_remove(fp->path, m->index.index);
		break;
	case IPC_FIB_READ:
		fp_path_counts(fp->path, m->index.index, &counts);
		answer(fp, msg->from, IPC_FIB_COUNTS, &counts);
		break;
	}
	fp->changed = true;
}

static void tell_mirror(
	struct fp *fp, const struct ipc_msg *msg, const union table_msg *m)
{
	if (msg->type == IPC_FIB_READ)
		return;
	fp_mirror_table(fp->mirror, msg);
	if (msg->type == IPC_FIB_STOP)
		fp_mirror_session(fp->mirror, m->index.index);
}

/* A table message of the active FP; its term has been checked there. */
static void apply_mirrored(void *user, const struct ipc_msg *msg, base_time now)
{
	struct fp *fp = user;
	union table_msg m;

	if ((!is_table_msg(msg->type) && msg->type != IPC_FIB_UNMARK) ||
		!ipc_decode(msg, &m))
		return;
	apply(fp, msg, &m, now);
	rec_clear(ipc_table(msg->type), &m);
}

/* One message out of the inbox. */
static void take_parked(struct fp *fp, base_time now)
{
	struct parked head;
	union table_msg m;

	memcpy(&head, fp->inbox->data + fp->inbox_at, sizeof(head));
	fp->inbox_at += (guint)sizeof(head);

	struct ipc_msg msg = {
		.type = head.type,
		.from = head.from,
		.term = head.term,
		.payload = rd_init(fp->inbox->data + fp->inbox_at, head.len),
	};

	fp->inbox_at += head.len;
	if (head.term > fp->term)
		raise_term(fp, head.term, head.from);
	if ((head.term < fp->term && rule_holds(RULE_H8_FENCE)) || !ipc_decode(&msg, &m))
		return;
	apply(fp, &msg, &m, now);
	tell_mirror(fp, &msg, &m);
	rec_clear(ipc_table(head.type), &m);
}

static bool work_inbox(struct fp *fp, base_time now)
{
	for (unsigned i = 0; i < TABLE_MSGS && fp->inbox_at < fp->inbox->len; i++)
		take_parked(fp, now);
	if (fp->inbox_at < fp->inbox->len)
		return true;
	forget_inbox(fp);
	return false;
}

/* ---- packets ---- */

/* Keeps packets of the present term; the others are silenced. */
static unsigned fence(struct fp *fp, struct pkt **pkts, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		if (pkts[i]->term < (uint32_t)fp->term && rule_holds(RULE_H8_FENCE)) {
			lose(fp, &pkts[i], 1, FP_DROP_FENCED);
			continue;
		}
		/* Before it is sent: who reads the marks must never miss one. */
		if (pkts[i]->flags & PKT_UNCOMMITTED &&
			fp_marks_set(fp->marks, pkts[i]->tunnel, pkts[i]->mark) &&
			rule_holds(RULE_H3_MIRROR))
			fp_mirror_mark(fp->mirror, pkts[i]->tunnel, pkts[i]->mark);
		pkts[kept++] = pkts[i];
	}
	return kept;
}

/* A burst from one slot; false: there was none. */
static bool work_source(struct fp *fp, unsigned slot, base_time now)
{
	struct pkt *pkts[PKT_BURST];
	unsigned n = pkt_rx(fp->env, slot, pkts, PKT_BURST);

	if (n == 0)
		return false;
	fp->changed = true;
	if (fp->standby) {
		lose(fp, pkts, n, FP_DROP_STANDBY);
		return true;
	}
	fp_mirror_touch(fp->mirror);
	if (slot_kind(slot) == BOARD_RP)
		fp_path_inject(fp->path, pkts, fence(fp, pkts, n), now, &fp->sink);
	else
		fp_path_burst(fp->path, pkts, n, now, &fp->sink);
	empty_sink(fp);
	return true;
}

/* A burst from each slot that has one; returns their number. */
static unsigned work_sources(struct fp *fp, base_time now)
{
	unsigned bursts = 0;

	for (uint64_t left = fp->slots_in; left; left &= left - 1)
		bursts += work_source(fp, (unsigned)__builtin_ctzll(left), now);
	return bursts;
}

/* ---- reports ---- */

static void report_dead(struct fp *fp)
{
	struct msg_fib_index m = { .cause = CAUSE_ECHO_TIMEOUT,
		.generation = fp->ledger.generation };
	struct msg_fib_counts counts;

	if (fp->holder == SLOT_NONE || fp->standby)
		return;
	while ((m.index = fp_path_next_dead(fp->path))) {
		fp_path_counts(fp->path, m.index, &counts);
		m.l2tp = counts.l2tp;
		fp->ledger.dead++;
		ipc_send_rec(fp->env, fp->holder, IPC_FIB_DEAD, &m);
		fp_mirror_session(fp->mirror, m.index);
	}
}

static void report_swept(struct fp *fp, uint32_t count)
{
	struct msg_fib_mark m = { fp_path_generation(fp->path), count };

	fp->changed = true;
	if (fp->holder == SLOT_NONE || fp->standby)
		return;
	if (m.generation == fp->ledger.generation) {
		fp->ledger.swept = true;
		fp->ledger.swept_count = count;
	}
	ipc_send_rec(fp->env, fp->holder, IPC_FIB_SWEPT, &m);
	/* H12: whoever has programmed us anew has not heard of these. */
	fp_path_dead_again(fp->path);
}

static bool has_report(const struct fp *fp)
{
	return fp->holder != SLOT_NONE && !fp->standby &&
	       (fp->changed || fp_path_has_heard(fp->path));
}

static void report_second(struct fp *fp, base_time now)
{
	struct msg_fib_heard heard;
	struct msg_fib_stats stats;

	if (!has_report(fp) || time_before(now, fp->report_due))
		return;
	while ((heard.tunnels = fp_path_heard(fp->path))) {
		ipc_send_rec(fp->env, fp->holder, IPC_FIB_HEARD, &heard);
		g_bytes_unref(heard.tunnels);
	}
	if (fp->changed) {
		fp_path_stats(fp->path, &stats);
		ipc_send_rec(fp->env, fp->holder, IPC_FIB_STATS, &stats);
		rec_clear(ipc_table(IPC_FIB_STATS), &stats);
	}
	fp->changed = false;
	fp->report_due = time_add(now, dur_s(REPORT_S));
}

/* The arbiter watches for hangs. */
static void beat(struct fp *fp, base_time now)
{
	struct msg_empty m = { 0 };

	if (time_before(now, fp->beat_due))
		return;
	ipc_send_rec(fp->env, SLOT_CHASSIS, IPC_BEAT, &m);
	fp->beat_due = time_add(now, dur_ms(FP_BEAT_MS));
}

/* ---- the board ---- */

static bool work_tables(struct fp *fp, base_time now)
{
	uint32_t swept;
	bool more = fp->standby ? false : work_inbox(fp, now);

	if (fp_mirror_step(fp->mirror, now))
		more = true;
	if (fp_path_tick(fp->path, now, &fp->sink))
		more = true;
	if (fp->sink.n) /* echoes were sent */
		fp_mirror_touch(fp->mirror);
	empty_sink(fp);
	if (fp_path_sweeping(fp->path)) {
		if (fp_path_sweep(fp->path, &swept, &fp->sink))
			report_swept(fp, swept);
		else
			more = true;
		empty_sink(fp);
	}
	return more;
}

static bool fp_work(void *self, base_time now, unsigned budget)
{
	struct fp *fp = self;
	unsigned bursts, done = 0;
	bool more;

	do {
		more = work_tables(fp, now);
		bursts = work_sources(fp, now);
		done += MAX(bursts, 1);
	} while ((more || bursts) && done < budget);
	report_dead(fp);
	report_second(fp, now);
	beat(fp, now);
	return more || bursts;
}

static base_time fp_next_due(const void *self)
{
	const struct fp *fp = self;
	base_time due =
		time_min(fp_path_next_due(fp->path), fp_mirror_next_due(fp->mirror));

	due = time_min(due, fp->beat_due);
	return has_report(fp) ? time_min(due, fp->report_due) : due;
}

static void *fp_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct fp *fp = g_new0(struct fp, 1);

	fp->env = env;
	fp->standby = true; /* until the arbiter says otherwise */
	fp->holder = SLOT_NONE;
	fp->path = fp_path_new(alloc_pkts, fp, now);
	fp_path_set_standby(fp->path, true);
	fp->marks = fp_marks_new();
	fp->mirror = fp_mirror_new(&(struct fp_mirror_parts){ .env = env,
		.path = fp->path,
		.marks = fp->marks,
		.sink = &fp->sink,
		.apply = apply_mirrored,
		.user = fp });
	fp->inbox = g_byte_array_new();
	fp->report_due = time_add(now, dur_s(REPORT_S));
	fp->beat_due = now;
	return fp;
}

/* Buffers that still wait go home with the board: the chassis knows who holds them. */
static void fp_destroy(void *self)
{
	struct fp *fp = self;

	fp_path_drain(fp->path, &fp->sink);
	fp_mirror_free(fp->mirror);
	fp_path_free(fp->path);
	fp_marks_free(fp->marks);
	g_byte_array_unref(fp->inbox);
	g_free(fp);
}

const struct fp_path *fp_board_path(const void *self)
{
	return ((const struct fp *)self)->path;
}

bool fp_board_marked(const void *self, uint16_t tunnel)
{
	return fp_marks_get(((const struct fp *)self)->marks, tunnel, NULL);
}

bool fp_board_mark(const void *self, uint16_t tunnel, uint32_t *seq)
{
	return fp_marks_get(((const struct fp *)self)->marks, tunnel, seq);
}

bool fp_board_is_standby(const void *self)
{
	return ((const struct fp *)self)->standby;
}

const struct board_ops fp_board = {
	.kind = BOARD_FP,
	.power_on = fp_power_on,
	.message = fp_message,
	.work = fp_work,
	.flush = fp_flush,
	.next_due = fp_next_due,
	.destroy = fp_destroy,
};
