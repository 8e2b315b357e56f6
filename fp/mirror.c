/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mirror between FPs.  Both directions are here; which one a board uses is its role.
 *
 * The walk over sessions, once a second while packets move, compares a few words of each with
 * what was told last: nothing is done for it where packets are forwarded.
 */
#include "fp/mirror.h"

#include "fp/internal.h"

enum {
	BULK_SLICE = 128, /* sessions a step */
	WALK_SLICE = 512,
	BACKLOG = 96 * 1024, /* octets on their way: no slice above */
	RETRY_MS = 1,
	ASK_MS = 100, /* a standby that is out of step asks so often */
	WALK_MS = 1000,
	ARP_MS = 20, /* between two tellings of all neighbours */
	BUF = 60000,
	OWN_ROW = 4 + 4 + 5 * 8 + 2 + 2 + 1 + 1 + 1 + 1,
	ARP_ROW = 2 + 4 + ETH_ALEN,
	MARK_ROW = 2 + 4,
	OWN_BITS = FP_SESSION_STOPPED | FP_SESSION_NR_KNOWN | FP_SESSION_DEAD,
};

G_STATIC_ASSERT(FP_ARP_MAX *ARP_ROW <= BUF);

/* What was told of a session last, as far as its changes show. */
struct told {
	uint32_t packets;
	uint16_t ns;
	uint8_t state, echo_missed;
};

enum stage { STAGE_IDLE, STAGE_BULK, STAGE_WALK };

struct fp_mirror {
	struct fp_mirror_parts p;
	/* active */
	unsigned to;   /* SLOT_NONE: nobody */
	uint8_t stage; /* enum stage */
	bool dirty;
	uint32_t seq, cursor;
	uint32_t arps_told;
	base_time due, retry, arps_due;
	struct told *told; /* [FP_SESSIONS_MAX + 1] while there is a standby */
	/* standby */
	bool in_step, complete;
	uint32_t next_seq;
	base_time ask_due;
	GBytes *arps; /* as told last */
	uint8_t buf[BUF];
};

struct fp_mirror *fp_mirror_new(const struct fp_mirror_parts *parts)
{
	struct fp_mirror *m = g_new0(struct fp_mirror, 1);

	m->p = *parts;
	m->to = SLOT_NONE;
	return m;
}

void fp_mirror_free(struct fp_mirror *m)
{
	if (!m)
		return;
	fp_mirror_stop(m);
	g_clear_pointer(&m->arps, g_bytes_unref);
	g_free(m);
}

/* ---- telling ---- */

static void tell(struct fp_mirror *m, unsigned type, const void *bytes, size_t n)
{
	struct msg_fib_mirror rec = {
		.type = (uint8_t)type,
		.payload = n ? g_bytes_new_static(bytes, n) : NULL,
		.seq = ++m->seq,
	};

	ipc_send_rec(m->p.env, m->to, IPC_FIB_MIRROR, &rec);
	g_clear_pointer(&rec.payload, g_bytes_unref);
}

static struct wr rows(struct fp_mirror *m)
{
	return wr_init(m->buf, sizeof(m->buf));
}

static void tell_rows(struct fp_mirror *m, unsigned type, const struct wr *w)
{
	if (w->len)
		tell(m, type, w->buf, w->len);
}

static void batch(struct wr *w, unsigned type, const void *rec)
{
	size_t at = w->len;

	wr_u8(w, (uint8_t)type);
	wr_u16(w, 0);
	rec_encode(ipc_table(type), 1, rec, w);
	wr_set_u16(w, at + 1, (uint16_t)(w->len - at - 3));
}

/* ---- what the FP owns of a session ---- */

static struct told told_now(const struct fp_session *s)
{
	return (struct told){
		.packets = (uint32_t)(s->rx_packets + s->tx_packets + s->dropped),
		.ns = s->ns,
		.state = s->state & (OWN_BITS | FP_SESSION_NUMBERED),
		.echo_missed = s->echo_missed,
	};
}

static void put_own(struct fp_mirror *m, struct wr *w, uint32_t index)
{
	const struct fp_session *s = &m->p.path->sessions.entry[index];

	wr_u32(w, index);
	wr_u32(w, m->p.path->sessions.cold[index].generation);
	wr_u64(w, s->rx_packets);
	wr_u64(w, s->rx_bytes);
	wr_u64(w, s->tx_packets);
	wr_u64(w, s->tx_bytes);
	wr_u64(w, s->dropped);
	wr_u16(w, s->ns);
	wr_u16(w, s->nr);
	wr_u8(w, s->state & (OWN_BITS | FP_SESSION_NUMBERED));
	wr_u8(w, s->echo_missed);
	wr_u8(w, s->echo_id);
	wr_u8(w, s->ns_leaps);
	m->told[index] = told_now(s);
}

/* An echo answered since was perhaps the other's to see: one that is missing is forgiven. */
static void take_own_row(struct fp_mirror *m, struct rd *r)
{
	struct fp_sessions *t = &m->p.path->sessions;
	uint32_t index = rd_u32(r), generation = rd_u32(r);
	struct fp_session *s = fp_sessions_get(t, index);
	struct fp_session own = { 0 };

	own.rx_packets = rd_u64(r);
	own.rx_bytes = rd_u64(r);
	own.tx_packets = rd_u64(r);
	own.tx_bytes = rd_u64(r);
	own.dropped = rd_u64(r);
	own.ns = rd_u16(r);
	own.nr = rd_u16(r);
	own.state = rd_u8(r);
	own.echo_missed = rd_u8(r);
	own.echo_id = rd_u8(r);
	own.ns_leaps = rd_u8(r);
	if (!s || r->bad)
		return;
	t->cold[index].generation = generation;
	s->rx_packets = own.rx_packets;
	s->rx_bytes = own.rx_bytes;
	s->tx_packets = own.tx_packets;
	s->tx_bytes = own.tx_bytes;
	s->dropped = own.dropped;
	s->ns = (uint16_t)(own.ns + FP_NS_JUMP);
	s->nr = own.nr;
	s->state = (uint8_t)((s->state & ~OWN_BITS) | (own.state & OWN_BITS));
	if (s->flags & FIB_SESSION_SEQ_MIRROR)
		fp_session_set_numbered(s, own.state & FP_SESSION_NUMBERED);
	s->echo_missed = own.echo_missed ? own.echo_missed - 1 : 0;
	s->echo_id = own.echo_id;
	s->ns_leaps = MIN(own.ns_leaps, FP_NS_LEAPS);
	if (own.state & (FP_SESSION_STOPPED | FP_SESSION_DEAD))
		timer_cancel(t->wheel, &t->cold[index].echo);
}

void fp_mirror_session(struct fp_mirror *m, uint32_t index)
{
	struct wr w = rows(m);

	if (m->to == SLOT_NONE || !fp_sessions_get(&m->p.path->sessions, index))
		return;
	put_own(m, &w, index);
	tell_rows(m, FP_MIRROR_OWN, &w);
}

/* ---- everything, to a new standby ---- */

static void tell_marks(struct fp_mirror *m)
{
	g_autoptr(GBytes) marks = fp_marks_list(m->p.marks);
	gsize n;
	const uint8_t *p = g_bytes_get_data(marks, &n);

	for (gsize some; n; n -= some, p += some) {
		some = MIN(n, BUF / MARK_ROW * MARK_ROW);
		tell(m, FP_MIRROR_MARKS, p, some);
	}
}

static void tell_ifaces(struct fp_mirror *m)
{
	const struct fp_path *f = m->p.path;
	struct wr w = rows(m);
	struct msg_fib_iface rec;

	for (uint16_t n = 1; n < f->end_iface; n++) {
		if (f->iface[n].generation == f->generation &&
			fp_path_iface_config(f, n, &rec))
			batch(&w, IPC_FIB_IFACE, &rec);
		if (w.len > BUF / 2) {
			tell_rows(m, FP_MIRROR_BATCH, &w);
			w = rows(m);
		}
	}
	tell_rows(m, FP_MIRROR_BATCH, &w);
}

/* Routes of an older generation will be said again or swept. */
static void tell_routes(struct fp_mirror *m)
{
	const struct fp_routes *t = &m->p.path->routes;
	struct wr w = rows(m);
	struct msg_fib_route rec;

	for (uint32_t n = 1; n <= t->highest; n++) {
		if (t->route[n].generation == m->p.path->generation &&
			fp_routes_config(t, n, &rec))
			batch(&w, IPC_FIB_ROUTE, &rec);
		if (w.len > BUF / 2) {
			tell_rows(m, FP_MIRROR_BATCH, &w);
			w = rows(m);
		}
	}
	tell_rows(m, FP_MIRROR_BATCH, &w);
}

static bool bulk_wants(const struct fp_path *f, uint32_t index)
{
	return fp_sessions_get(&f->sessions, index) &&
	       (!f->sweeping || f->sessions.cold[index].generation == f->generation);
}

/* An address belongs to the session that took it last: it is said last here too. */
static void batch_session(struct fp_mirror *m, struct wr *w, uint32_t index)
{
	const struct fp_sessions *t = &m->p.path->sessions;
	struct msg_fib_session rec;
	uint32_t owner;

	fp_sessions_config(t, index, &rec);
	batch(w, IPC_FIB_SESSION, &rec);
	owner = rec.subscriber_ip ? index_get(t->downstream, rec.subscriber_ip) : 0;
	if (owner && owner < index) {
		fp_sessions_config(t, owner, &rec);
		batch(w, IPC_FIB_SESSION, &rec);
	}
}

static void bulk_slice(struct fp_mirror *m)
{
	const struct fp_path *f = m->p.path;
	uint32_t end = MIN(m->cursor + BULK_SLICE, f->sessions.highest + 1);
	struct wr w = rows(m);

	for (uint32_t i = m->cursor; i < end; i++)
		if (bulk_wants(f, i))
			batch_session(m, &w, i);
	tell_rows(m, FP_MIRROR_BATCH, &w);
	w = rows(m);
	for (uint32_t i = m->cursor; i < end; i++)
		if (bulk_wants(f, i))
			put_own(m, &w, i);
	tell_rows(m, FP_MIRROR_OWN, &w);
	m->cursor = end;
	if (end <= f->sessions.highest)
		return;
	tell(m, FP_MIRROR_END, NULL, 0);
	m->stage = STAGE_IDLE;
	m->dirty = true;
}

static void begin(struct fp_mirror *m, base_time now)
{
	struct wr w = rows(m);

	m->seq = 0;
	m->stage = STAGE_BULK;
	m->cursor = 1;
	m->arps_told = m->p.path->arps.changes - 1;
	m->due = m->retry = m->arps_due = now;
	wr_u32(&w, m->p.path->generation);
	tell(m, FP_MIRROR_BEGIN, w.buf, w.len);
	tell_marks(m);
	tell_ifaces(m);
	tell_routes(m);
}

void fp_mirror_start(struct fp_mirror *m, unsigned to, base_time now)
{
	m->to = to;
	if (!m->told)
		m->told = g_new0(struct told, FP_SESSIONS_MAX + 1);
	begin(m, now);
}

void fp_mirror_stop(struct fp_mirror *m)
{
	m->to = SLOT_NONE;
	m->stage = STAGE_IDLE;
	g_clear_pointer(&m->told, g_free);
}

bool fp_mirror_started(const struct fp_mirror *m)
{
	return m->to != SLOT_NONE;
}

/* ---- the live stream ---- */

void fp_mirror_table(struct fp_mirror *m, const struct ipc_msg *msg)
{
	if (m->to != SLOT_NONE)
		tell(m, msg->type, msg->payload.p, rd_left(&msg->payload));
}

void fp_mirror_mark(struct fp_mirror *m, uint16_t tunnel, uint32_t seq)
{
	struct wr w = rows(m);

	if (m->to == SLOT_NONE)
		return;
	wr_u16(&w, tunnel);
	wr_u32(&w, seq);
	tell_rows(m, FP_MIRROR_MARKS, &w);
}

void fp_mirror_touch(struct fp_mirror *m)
{
	m->dirty = true;
}

/* ---- once a second ---- */

static bool arps_changed(const struct fp_mirror *m)
{
	return m->p.path->arps.changes != m->arps_told;
}

static void tell_arps(struct fp_mirror *m, base_time now)
{
	const struct fp_arps *t = &m->p.path->arps;
	struct wr w = rows(m);

	for (uint32_t n = 1; n <= t->highest; n++) {
		const struct fp_arp *e = &t->entry[n];

		if (e->state != FP_ARP_KNOWN && e->state != FP_ARP_REFRESH)
			continue;
		wr_u16(&w, e->ifindex);
		wr_u32(&w, e->ip);
		wr_bytes(&w, e->hdr, ETH_ALEN);
	}
	tell(m, FP_MIRROR_ARP, w.buf, w.len);
	m->arps_told = t->changes;
	m->arps_due = time_add(now, dur_ms(ARP_MS));
}

static void walk_begin(struct fp_mirror *m, base_time now)
{
	g_autoptr(GBytes) counters = fp_path_iface_counters(m->p.path);
	gsize n;
	const void *p = g_bytes_get_data(counters, &n);

	m->stage = STAGE_WALK;
	m->cursor = 1;
	m->dirty = false;
	m->due = time_add(now, dur_ms(WALK_MS));
	m->retry = now;
	tell(m, FP_MIRROR_IFACES, p, n);
}

static void walk_slice(struct fp_mirror *m)
{
	const struct fp_sessions *t = &m->p.path->sessions;
	uint32_t end = MIN(m->cursor + WALK_SLICE, t->highest + 1);
	struct wr w = rows(m);

	for (uint32_t i = m->cursor; i < end; i++) {
		const struct fp_session *s = fp_sessions_get(t, i);
		struct told now;

		if (!s)
			continue;
		now = told_now(s);
		if (memcmp(&now, &m->told[i], sizeof(now)) != 0)
			put_own(m, &w, i);
	}
	tell_rows(m, FP_MIRROR_OWN, &w);
	m->cursor = end;
	if (end > t->highest)
		m->stage = STAGE_IDLE;
}

G_STATIC_ASSERT(WALK_SLICE *OWN_ROW <= BUF);

bool fp_mirror_step(struct fp_mirror *m, base_time now)
{
	if (m->to == SLOT_NONE)
		return false;
	if (arps_changed(m) && !time_before(now, m->arps_due))
		tell_arps(m, now);
	if (m->stage == STAGE_IDLE) {
		if (!m->dirty || time_before(now, m->due))
			return false;
		walk_begin(m, now);
	}
	if (ipc_backlog(m->p.env, m->to) > BACKLOG) {
		m->retry = time_add(now, dur_ms(RETRY_MS));
		return false;
	}
	if (m->stage == STAGE_BULK)
		bulk_slice(m);
	else
		walk_slice(m);
	return m->stage != STAGE_IDLE;
}

base_time fp_mirror_next_due(const struct fp_mirror *m)
{
	if (m->to == SLOT_NONE)
		return BASE_TIME_NEVER;
	if (m->stage != STAGE_IDLE)
		return m->retry;
	return time_min(m->dirty ? m->due : BASE_TIME_NEVER,
		arps_changed(m) ? m->arps_due : BASE_TIME_NEVER);
}

/* ---- taking ---- */

static void take_begin(struct fp_mirror *m, struct rd r, base_time now)
{
	fp_path_clear(m->p.path, now, m->p.sink);
	fp_path_begin(m->p.path, rd_u32(&r));
	fp_marks_clear(m->p.marks);
	g_clear_pointer(&m->arps, g_bytes_unref);
}

static void take_table(struct fp_mirror *m, unsigned type, struct rd payload,
	unsigned from, base_time now)
{
	struct ipc_msg msg = {
		.type = (uint8_t)type, .from = (uint8_t)from, .payload = payload
	};

	m->p.apply(m->p.user, &msg, now);
}

static void take_batch(struct fp_mirror *m, struct rd r, unsigned from, base_time now)
{
	while (rd_left(&r) > 0 && !r.bad) {
		uint8_t type = rd_u8(&r);
		struct rd payload = rd_sub(&r, rd_u16(&r));

		if (!r.bad)
			take_table(m, type, payload, from, now);
	}
}

static void take_marks(struct fp_mirror *m, struct rd r)
{
	while (rd_left(&r) >= MARK_ROW) {
		uint16_t tunnel = rd_u16(&r);

		fp_marks_set(m->p.marks, tunnel, rd_u32(&r));
	}
}

static void ask_again(struct fp_mirror *m, unsigned from, base_time now)
{
	struct msg_fib_mirror again = { .type = FP_MIRROR_AGAIN };

	m->in_step = m->complete = false;
	if (time_before(now, m->ask_due))
		return;
	ipc_send_rec(m->p.env, from, IPC_FIB_MIRROR, &again);
	m->ask_due = time_add(now, dur_ms(ASK_MS));
}

/* A gap is there when the channel was cut for a while. */
static bool in_step(struct fp_mirror *m, const struct msg_fib_mirror *rec,
	unsigned from, base_time now)
{
	if (rec->type == FP_MIRROR_BEGIN) {
		m->in_step = true;
		m->complete = false;
	} else if (!m->in_step || rec->seq != m->next_seq) {
		ask_again(m, from, now);
	}
	m->next_seq = rec->seq + 1;
	return m->in_step;
}

static void take_rec(struct fp_mirror *m, const struct msg_fib_mirror *rec,
	unsigned from, base_time now)
{
	gsize n = 0;
	const uint8_t *p = rec->payload ? g_bytes_get_data(rec->payload, &n) : NULL;
	struct rd r = rd_init(p, n);

	switch (rec->type) {
	case FP_MIRROR_BEGIN:
		take_begin(m, r, now);
		break;
	case FP_MIRROR_END:
		m->complete = true;
		break;
	case FP_MIRROR_BATCH:
		take_batch(m, r, from, now);
		break;
	case FP_MIRROR_OWN:
		while (rd_left(&r) >= OWN_ROW)
			take_own_row(m, &r);
		break;
	case FP_MIRROR_IFACES:
		fp_path_set_iface_counters(m->p.path, r);
		break;
	case FP_MIRROR_ARP:
		g_clear_pointer(&m->arps, g_bytes_unref);
		m->arps = rec->payload ? g_bytes_ref(rec->payload) : NULL;
		break;
	case FP_MIRROR_MARKS:
		take_marks(m, r);
		break;
	default:
		take_table(m, rec->type, r, from, now);
	}
}

void fp_mirror_take(struct fp_mirror *m, const struct ipc_msg *msg, base_time now)
{
	struct msg_fib_mirror rec;

	if (!ipc_decode(msg, &rec))
		return;
	if (rec.type == FP_MIRROR_AGAIN) {
		if (m->to == msg->from)
			begin(m, now);
	} else if (m->to == SLOT_NONE && in_step(m, &rec, msg->from, now)) {
		take_rec(m, &rec, msg->from, now);
	}
	rec_clear(ipc_table(msg->type), &rec);
}

bool fp_mirror_promote(struct fp_mirror *m, base_time now)
{
	bool complete = m->complete;
	gsize n = 0;
	const uint8_t *p = m->arps ? g_bytes_get_data(m->arps, &n) : NULL;
	struct rd r = rd_init(p, n);

	fp_path_set_standby(m->p.path, false);
	while (rd_left(&r) >= ARP_ROW) {
		uint16_t ifindex = rd_u16(&r);
		uint32_t ip = rd_u32(&r);

		fp_arp_know(m->p.path, ifindex, ip, rd_take(&r, ETH_ALEN), now);
	}
	g_clear_pointer(&m->arps, g_bytes_unref);
	m->in_step = m->complete = false;
	return complete;
}
