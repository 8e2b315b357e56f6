/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forwarding manager: keeps the FP's tables as this RP says (ha-commit.md section 3,
 * re-programming).  A new active RP sends everything under a new generation, in slices, while
 * the FP goes on forwarding by what it has; at the end marker the FP sweeps what is of an
 * older generation, and only then are new tunnels and sessions accepted.
 *
 * What is sent over a cut channel is lost.  So all table messages of a generation are counted at
 * both ends, and a while after the last one, and now and then without any, the FP is asked for
 * its count, in the same FIFO (IPC_FIB_CHECK).  When it has got fewer, or its reports of dead
 * subscribers have not all come, everything is sent again, as a new generation.
 */
#include "rp/internal.h"

enum {
	WALK_SLICE = 256,
	WALK_BACKLOG = 256 * 1024,
	CHECK_MS = 500,  /* after a table message */
	RETRY_MS = 1000, /* without an answer */
	IDLE_S = 10,     /* when nothing is open */
};

void fman_init(struct rp *rp)
{
	rp->fman.fp = rp->fman.chosen = SLOT_NONE;
	rp->fman.check_due = BASE_TIME_NEVER;
}

void fman_deinit(struct rp *rp)
{
	g_clear_pointer(&rp->fman.drops, g_bytes_unref);
	g_clear_pointer(&rp->fman.ifaces, g_bytes_unref);
}

static bool programs(const struct rp *rp)
{
	return rp->fman.state != FMAN_IDLE;
}

static void send_rec(struct rp *rp, unsigned type, const void *rec)
{
	struct fman *f = &rp->fman;

	if (!programs(rp))
		return;
	ipc_send_rec(rp->env, f->fp, type, rec);
	if (f->sent++ == f->confirmed) /* the first that is open */
		f->check_due = time_add(rp->now, dur_ms(CHECK_MS));
}

void fman_iface(struct rp *rp, const struct iface *i, bool deleted)
{
	struct msg_fib_iface m = {
		.ifindex = i->ifindex,
		.kind = i->loopback ? IFACE_LOOPBACK : IFACE_PORT,
		.up = !i->shutdown,
		.deleted = deleted,
		.ip = i->ip,
		.mask = i->mask,
		.mtu = (uint16_t)iface_mtu(i),
		.parent = i->port ? i->port->ifindex : 0,
		.outer = i->outer,
		.inner_lo = i->inner_lo,
		.inner_hi = i->inner_hi,
		.native = i->native,
		.pppoe = i->pppoe_group != NULL,
		.mss = i->mss,
	};

	send_rec(rp, IPC_FIB_IFACE, &m);
}

void fman_route(struct rp *rp, const struct static_route *r, bool deleted)
{
	const struct iface *out = r->iface[0] ? iface_get(&rp->cfg.net, r->iface, false) : NULL;
	struct msg_fib_route m = {
		.prefix = r->prefix,
		.mask = r->mask,
		.next_hop = r->next_hop,
		.ifindex = out ? out->ifindex : 0,
		.deleted = deleted,
	};

	send_rec(rp, IPC_FIB_ROUTE, &m);
}

/* What an entry of a PPPoE session has of its own. */
static void put_pppoe(const struct vpdn_fib *f, struct msg_fib_session *m)
{
	const struct pppoe_peer *p = &f->peer;
	struct rd mac = rd_init(p->client, sizeof(p->client));

	m->flags |= FIB_SESSION_PPPOE;
	m->ifindex = p->port;
	m->pppoe_sid = f->pppoe_sid;
	m->client = (uint64_t)rd_u16(&mac) << 32;
	m->client |= rd_u32(&mac);
	m->n_vlan = p->n_vlan;
	m->vlan = (uint32_t)p->vlan[0] << 16 | p->vlan[1];
	m->tpid = (uint32_t)p->tpid[0] << 16 | p->tpid[1];
}

bool fman_session_entry(const struct rp *rp, uint32_t session, struct msg_fib_session *m)
{
	struct vpdn_fib f;

	if (!vpdn_session_fib(rp->vpdn, session, &f))
		return false;
	*m = (struct msg_fib_session){
		.index = session,
		.flags = (f.open ? FIB_SESSION_OPEN : 0) |
			 (f.sequencing ? FIB_SESSION_SEQ_TX : 0) |
			 (f.seq_required ? FIB_SESSION_SEQ_REQUIRED : 0) |
			 (f.seq_mirror ? FIB_SESSION_SEQ_MIRROR : 0) |
			 (f.seq_drop ? FIB_SESSION_SEQ_DROP : 0) |
			 (f.checksum ? FIB_SESSION_CHECKSUM : 0) |
			 (f.pmtu ? FIB_SESSION_PMTU : 0) |
			 (f.source_check ? FIB_SESSION_SOURCE_CHECK : 0) |
			 (f.mate ? FIB_SESSION_SWITCHED : 0),
		.local_ip = f.path.local_ip,
		.remote_ip = f.path.remote_ip,
		.local_port = f.path.local_port,
		.remote_port = f.path.remote_port,
		.local_tunnel = f.local_tunnel,
		.local_session = f.local_session,
		.remote_tunnel = f.remote_tunnel,
		.remote_session = f.remote_session,
		.subscriber_ip = f.subscriber_ip,
		.local_magic = f.local_magic,
		.remote_magic = f.remote_magic,
		.mtu = f.mtu,
		.echo_s = f.echo_s,
		.echo_misses = f.echo_misses,
		.mate = f.mate,
		.mss = f.mss,
	};
	if (f.pppoe)
		put_pppoe(&f, m);
	return true;
}

void fman_session(struct rp *rp, uint32_t session)
{
	struct msg_fib_session m;

	if (!programs(rp) || !fman_session_entry(rp, session, &m))
		return;
	/* The walk that is under way will come to it. */
	if (rp->fman.state == FMAN_WALKING && session > rp->fman.cursor)
		return;
	rp->fman.upserts++;
	send_rec(rp, IPC_FIB_SESSION, &m);
}

/* Tells sessions apart that had the same number (struct msg_fib_index). */
static uint32_t l2tp_of(const struct vpdn_session_info *s)
{
	return s->pppoe ? s->pppoe_sid : (uint32_t)s->cc << 16 | s->session;
}

void fman_stop_session(struct rp *rp, uint32_t session, base_time now)
{
	struct msg_fib_index m = { .index = session };
	struct vpdn_session_info s;

	if (!programs(rp)) {
		vpdn_session_stopped(rp->vpdn, session, NULL, now);
	} else if (vpdn_session_get(rp->vpdn, session, &s)) {
		m.l2tp = l2tp_of(&s);
		send_rec(rp, IPC_FIB_STOP, &m);
	}
}

void fman_unmark(struct rp *rp, uint16_t tunnel, uint64_t seq, bool deleted)
{
	struct msg_fib_unmark m = {
		.tunnel = tunnel, .seq = (uint32_t)seq, .deleted = deleted
	};
	unsigned other = SLOT_F0 + SLOT_F1 - rp->fman.fp;

	if (!programs(rp))
		return;
	send_rec(rp, IPC_FIB_UNMARK, &m);
	/* The other one hears of it from that FP, and from here too: if RP and FP go just now, no
	 * mark is left that is none any more. */
	if (rp->slots[other].in)
		ipc_send_rec(rp->env, other, IPC_FIB_UNMARK, &m);
}

void fman_free(struct rp *rp, uint32_t session)
{
	struct msg_fib_index m = { .index = session };

	rp->fman.frees++;
	send_rec(rp, IPC_FIB_FREE, &m);
}

void fman_read(struct rp *rp, uint32_t session)
{
	struct msg_fib_index m = { .index = session };

	send_rec(rp, IPC_FIB_READ, &m);
}

static void send_tables(struct rp *rp)
{
	const struct iface_table *net = &rp->cfg.net;

	for (guint i = 0; i < net->ifaces->len; i++)
		fman_iface(rp, net->ifaces->pdata[i], false);
	for (guint i = 0; i < net->routes->len; i++)
		fman_route(rp, &g_array_index(net->routes, struct static_route, i), false);
}

unsigned fman_active_fp(const struct rp *rp)
{
	unsigned chosen = rp->fman.chosen;

	if (chosen != SLOT_NONE && rp->slots[chosen].in)
		return chosen;
	if (rp->slots[SLOT_F0].in)
		return SLOT_F0;
	return rp->slots[SLOT_F1].in ? SLOT_F1 : SLOT_NONE;
}

void fman_on_fp_active(struct rp *rp, unsigned slot, base_time now)
{
	rp->fman.chosen = slot;
	if (rp->fman.fp != fman_active_fp(rp))
		fman_restart(rp, now);
}

void fman_stop(struct rp *rp)
{
	rp->fman.check_due = BASE_TIME_NEVER;
	rp->fman.state = FMAN_IDLE;
	rp->fman.fp = SLOT_NONE;
}

void fman_start(struct rp *rp, base_time now)
{
	struct fman *f = &rp->fman;
	struct msg_fib_mark m;

	if (!rf_is_active(&rp->rf))
		return;
	f->fp = fman_active_fp(rp);
	if (f->fp == SLOT_NONE) {
		fman_stop(rp);
		vpdn_set_accepting(rp->vpdn, false);
		return;
	}
	/* Rises over all RPs that ever program this FP: the term is in it. */
	f->generation = (uint32_t)rp->term << 8 | (f->starts++ & 0xff);
	f->cursor = 0;
	f->state = FMAN_WALKING;
	f->sent = f->confirmed = f->dead = 0;
	m = (struct msg_fib_mark){ .generation = f->generation };
	ipc_send_rec(rp->env, f->fp, IPC_FIB_BEGIN, &m);
	f->check_due = time_add(now, dur_ms(CHECK_MS));
	/* It may have missed what was told to the FP before it. */
	if (rp->txn.on)
		fman_unmark(rp, 0, rp->txn.acked, false);
	send_tables(rp);
}

void fman_restart(struct rp *rp, base_time now)
{
	fman_start(rp, now);
	if (programs(rp))
		vpdn_stop_again(rp->vpdn, now);
}

bool fman_step(struct rp *rp, base_time now)
{
	struct fman *f = &rp->fman;
	struct vpdn_session_info s;

	if (f->state != FMAN_WALKING)
		return false;
	if (ipc_backlog(rp->env, f->fp) > WALK_BACKLOG)
		return false; /* the FP is behind: go on when it has taken some */
	for (unsigned n = 0; n < WALK_SLICE; n++) {
		if (!vpdn_next_session(rp->vpdn, &f->cursor, &s)) {
			struct msg_fib_mark m = { .generation = f->generation };

			f->cursor = UINT32_MAX;
			f->state = FMAN_SWEEP;
			send_rec(rp, IPC_FIB_END, &m);
			return false;
		}
		f->cursor = s.number;
		fman_session(rp, s.number);
	}
	return true;
}

/* ---- has it arrived? -------------------------------------------------------------- */

base_time fman_next_due(const struct rp *rp)
{
	return rp->fman.check_due;
}

void fman_tick(struct rp *rp, base_time now)
{
	struct fman *f = &rp->fman;
	struct msg_fib_check m = { .generation = f->generation, .sent = f->sent };

	if (time_before(now, f->check_due))
		return;
	f->check_due = time_add(now, dur_ms(RETRY_MS));
	ipc_send_rec(rp->env, f->fp, IPC_FIB_CHECK, &m);
}

/* ---- what the FP says ------------------------------------------------------------- */

static void on_swept(struct rp *rp, uint32_t generation, uint32_t count)
{
	struct fman *f = &rp->fman;

	if (f->state != FMAN_SWEEP || generation != f->generation)
		return;
	f->state = FMAN_READY;
	f->swept = count;
	vpdn_set_accepting(rp->vpdn, true);
}

static void send_again(struct rp *rp, const struct msg_fib_check *m, base_time now)
{
	struct fman *f = &rp->fman;
	char name[12];

	rp_log(rp, LOG_SEV_WARNING, "FMANRP", "RESEND",
		"%s has %u of %u table messages, %u of its %u reports have come: "
		"everything is sent again",
		slot_name(f->fp, name), m->got, m->sent, f->dead, m->dead);
	f->resends++;
	fman_restart(rp, now);
}

static void on_checked(struct rp *rp, const struct msg_fib_check *m, base_time now)
{
	struct fman *f = &rp->fman;
	bool open;

	if (m->generation != f->generation)
		return;
	if (m->got != m->sent || m->dead != f->dead) {
		send_again(rp, m, now);
		return;
	}
	if (m->swept)
		on_swept(rp, m->generation, m->count);
	f->confirmed = m->sent;
	open = f->sent != f->confirmed || f->state != FMAN_READY;
	f->check_due = time_add(now, open ? dur_ms(CHECK_MS) : dur_s(IDLE_S));
}

/* Of the session that has the number now, and not of one before it? */
static bool is_present(const struct rp *rp, uint32_t session, uint32_t l2tp)
{
	struct vpdn_session_info s;

	return vpdn_session_get(rp->vpdn, session, &s) && l2tp_of(&s) == l2tp;
}

static void on_stopped(struct rp *rp, const struct msg_fib_counts *m, base_time now)
{
	struct vpdn_counts_fib counts = {
		m->rx_packets, m->rx_bytes, m->tx_packets, m->tx_bytes
	};

	if (is_present(rp, m->index, m->l2tp))
		vpdn_session_stopped(rp->vpdn, m->index, m->known ? &counts : NULL, now);
}

static void on_dead(struct rp *rp, const struct msg_fib_index *m, base_time now)
{
	if (m->generation == rp->fman.generation)
		rp->fman.dead++;
	if (is_present(rp, m->index, m->l2tp))
		vpdn_dead(rp->vpdn, m->index, m->cause, now);
}

static void on_heard(struct rp *rp, const struct msg_fib_heard *m, base_time now)
{
	gsize n = 0;
	const uint8_t *p = m->tunnels ? g_bytes_get_data(m->tunnels, &n) : NULL;
	struct rd r = rd_init(p, n);

	while (rd_left(&r) >= 2)
		vpdn_heard(rp->vpdn, rd_u16(&r), now);
}

static void on_stats(struct rp *rp, struct msg_fib_stats *m)
{
	struct fman *f = &rp->fman;
	gsize n = 0;
	const uint8_t *p = m->ifaces ? g_bytes_get_data(m->ifaces, &n) : NULL;
	struct rd r = rd_init(p, n);

	g_clear_pointer(&f->drops, g_bytes_unref);
	f->drops = g_steal_pointer(&m->drops);
	f->fp_sessions = m->sessions;
	while (rd_left(&r) >= 2 + 5 * 8) {
		struct iface *i = iface_by_index(&rp->cfg.net, rd_u16(&r));
		uint64_t v[5];

		for (unsigned k = 0; k < 5; k++)
			v[k] = rd_u64(&r);
		if (!i)
			continue;
		i->rx_packets = v[0];
		i->rx_bytes = v[1];
		i->tx_packets = v[2];
		i->tx_bytes = v[3];
		i->drops = v[4];
	}
}

void fman_on_message(struct rp *rp, const struct ipc_msg *msg, base_time now)
{
	union {
		struct msg_fib_mark mark;
		struct msg_fib_index index;
		struct msg_fib_counts counts;
		struct msg_fib_heard heard;
		struct msg_fib_stats stats;
		struct msg_fib_marks marks;
		struct msg_fib_check check;
	} m;

	if (!ipc_decode(msg, &m))
		return;
	if (msg->type == IPC_FIB_MARKS && msg->from == fman_active_fp(rp))
		takeover_on_marks(rp, &m.marks, now);
	if (msg->from != rp->fman.fp) {
		rec_clear(ipc_table(msg->type), &m);
		return;
	}
	switch (msg->type) {
	case IPC_FIB_SWEPT:
		on_swept(rp, m.mark.generation, m.mark.count);
		break;
	case IPC_FIB_STOPPED:
		on_stopped(rp, &m.counts, now);
		break;
	case IPC_FIB_DEAD:
		on_dead(rp, &m.index, now);
		break;
	case IPC_FIB_CHECKED:
		on_checked(rp, &m.check, now);
		break;
	case IPC_FIB_HEARD:
		on_heard(rp, &m.heard, now);
		break;
	case IPC_FIB_STATS:
		on_stats(rp, &m.stats);
		break;
	}
	rec_clear(ipc_table(msg->type), &m);
}
