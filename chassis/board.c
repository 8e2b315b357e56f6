/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One board: what it may touch (board.h), its turns, and what it stages.
 *
 * Staging writes straight into the ring while there is room, invisible until
 * board_publish(); what does not fit waits in the channel.  Every record and packet counts as
 * an item; once `cut` is reached whatever the board stages is thrown away.
 */
#include "chassis/internal.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct board_env *board_new(struct chassis *c, unsigned slot)
{
	struct board_env *b = g_new0(struct board_env, 1);

	b->c = c;
	b->slot = (uint8_t)slot;
	b->kind = slot_kind(slot);
	b->cut = UINT64_MAX;
	b->wake_at = BASE_TIME_NEVER;
	b->msgs = g_array_new(false, false, sizeof(struct ipc_msg));
	b->scratch = g_malloc(IPC_PAYLOAD_MAX);
	b->ipc_in = g_ptr_array_new();
	b->pkt_ins = g_ptr_array_new();
	b->ipc_outs = g_ptr_array_new();
	b->dirty_ipc = g_ptr_array_new();
	b->dirty_pkt = g_ptr_array_new();
	b->used = g_ptr_array_new();
	b->wake_fd = c->cfg.virtual ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!c->cfg.virtual && b->wake_fd < 0)
		g_error("eventfd: %s", g_strerror(errno));
	pool_add(c, slot);
	return b;
}

void board_free(struct board_env *b)
{
	for (unsigned i = 0; i < b->ipc_outs->len; i++) {
		struct channel *ch = g_ptr_array_index(b->ipc_outs, i);

		ring_free(ch->ring);
		g_byte_array_unref(ch->waiting);
		g_free(ch);
	}
	for (unsigned i = 0; i < N_SLOTS; i++) {
		ring_free(b->pkt_out[i]);
		ring_free(b->ret_out[i]);
		g_free(b->lanes[i]);
	}
	g_array_unref(b->msgs);
	g_free(b->scratch);
	g_ptr_array_unref(b->ipc_in);
	g_ptr_array_unref(b->pkt_ins);
	g_ptr_array_unref(b->ipc_outs);
	g_ptr_array_unref(b->dirty_ipc);
	g_ptr_array_unref(b->dirty_pkt);
	g_ptr_array_unref(b->used);
	if (b->wake_fd >= 0)
		close(b->wake_fd);
	g_free(b);
}

/* ---- channels ---- */

static bool kinds_are(const struct board_env *a, const struct board_env *b,
	enum board_kind x, enum board_kind y)
{
	return (a->kind == x && b->kind == y) || (a->kind == y && b->kind == x);
}

static base_dur latency(const struct board_env *a, const struct board_env *b)
{
	const struct chassis_config *cfg = &a->c->cfg;

	if (!cfg->virtual)
		return (base_dur){ 0 };
	if (kinds_are(a, b, BOARD_RP, BOARD_RP))
		return cfg->rp_rp_latency;
	if (kinds_are(a, b, BOARD_RP, BOARD_FP))
		return cfg->rp_fp_latency;
	return (base_dur){ 0 };
}

static bool may_talk(enum board_kind from, enum board_kind to)
{
	for (unsigned type = IPC_NONE + 1; type < N_IPC_TYPES; type++)
		if (ipc_may_send(type, from, to))
			return true;
	return false;
}

static int by_sender(gconstpointer a, gconstpointer b)
{
	const struct ring *const *x = a, *const *y = b;

	return (int)(*x)->from - (int)(*y)->from;
}

static void open_ipc(struct board_env *from, struct board_env *to)
{
	bool dense = from->kind == BOARD_RP && (to->kind & (BOARD_RP | BOARD_FP));
	struct channel *ch;

	if (!may_talk(from->kind, to->kind))
		return;
	ch = g_new0(struct channel, 1);
	ch->ring = ring_new(from->slot, to->slot, dense ? IPC_RING_LONG : IPC_RING_SHORT);
	ch->ring->latency = latency(from, to);
	ch->waiting = g_byte_array_new();
	from->ipc_out[to->slot] = ch;
	g_ptr_array_add(from->ipc_outs, ch);
	g_ptr_array_add(to->ipc_in, ch->ring);
	g_ptr_array_sort(to->ipc_in, by_sender);
}

static void open_packets(struct board_env *from, struct board_env *to)
{
	struct ring *r = ring_new_entries(from->slot, to->slot, PKT_RING,
		from->c->cfg.virtual);

	r->latency = latency(from, to);
	from->pkt_out[to->slot] = to->pkt_in[from->slot] = r;
	g_ptr_array_add(to->pkt_ins, r);
	g_ptr_array_sort(to->pkt_ins, by_sender);
}

static void open_returns(struct board_env *from, struct board_env *owner)
{
	from->ret_out[owner->slot] = owner->ret_in[from->slot] = ring_new_entries(
		from->slot, owner->slot, pool_size(from->c, owner->slot), false);
}

void board_join_packets(struct board_env *a, struct board_env *b)
{
	if (a->pkt_out[b->slot])
		return;
	open_packets(a, b);
	open_packets(b, a);
}

void board_join(struct board_env *a, struct board_env *b)
{
	open_ipc(a, b);
	open_ipc(b, a);
	if ((a->kind | b->kind) & BOARD_CHASSIS)
		return;
	open_returns(a, b);
	open_returns(b, a);
	if (kinds_are(a, b, BOARD_RP, BOARD_FP) || kinds_are(a, b, BOARD_FP, BOARD_SPA))
		board_join_packets(a, b);
}

/* ---- staging ---- */

bool board_is_in(const struct board_env *b)
{
	return b && __atomic_load_n(&b->alive, __ATOMIC_ACQUIRE);
}

static bool count_item(struct board_env *b)
{
	if (b->items >= __atomic_load_n(&b->cut, __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(&b->items, b->items + 1, __ATOMIC_RELAXED);
	return true;
}

/* Stamps are taken after the receiver was seen to be in: what is sent to a new board comes
 * after the PEER_UPs that the chassis has sent it. */
static void set_due(struct board_env *b, struct ring *r, struct lane *lane, struct frame *f)
{
	int64_t arrival = lane ? lane_arrival(lane, r->latency, b->now, f->size)
			       : b->now.ns + r->latency.ns;

	f->ready = INT64_MIN;
	if (b->c->cfg.virtual) {
		f->due = r->last_due = MAX(arrival, r->last_due);
		return;
	}
	f->due = r->last_due = __atomic_add_fetch(&b->c->stamps, 1, __ATOMIC_SEQ_CST);
	if (lane)
		f->ready = r->last_ready = MAX(arrival, r->last_ready);
}

/* The power-up of the receiver that a record is for; 0: it is out.  The chassis already talks
 * to a board that it is about to let in. */
static uint32_t life_for(const struct board_env *b, const struct board_env *to)
{
	return b == b->c->self ? to->lives : __atomic_load_n(&to->alive, __ATOMIC_SEQ_CST);
}

static void mark_dirty(struct board_env *b, struct ring *r)
{
	if (!r->dirty) {
		r->dirty = true;
		g_ptr_array_add(b->dirty_ipc, r);
	}
}

static struct frame *frame_room(struct board_env *b, struct channel *ch,
	const struct lane *lane, size_t size)
{
	size_t at = ch->waiting->len;
	struct frame *f;

	if (lane)
		ch->ring->limit = lane_room(lane, ch->ring);
	f = at ? NULL : ring_put(ch->ring, size);
	if (f) {
		mark_dirty(b, ch->ring);
		return f;
	}
	g_byte_array_set_size(ch->waiting, (guint)(at + size));
	b->waiting = true;
	f = (struct frame *)(void *)(ch->waiting->data + at);
	f->size = (uint32_t)size;
	return f;
}

void ipc_send(struct board_env *b, unsigned to, unsigned type, const void *payload,
	size_t len)
{
	struct board_env *peer = to < N_SLOTS ? b->c->board[to] : NULL;
	struct channel *ch = peer ? b->ipc_out[to] : NULL;
	uint32_t life = peer ? life_for(b, peer) : 0;
	struct lane *lane = peer ? board_lane(b, to) : NULL;
	struct frame *f;

	g_assert(len <= IPC_PAYLOAD_MAX);
	g_assert(ipc_may_send(type, b->kind, slot_kind(to)));
	if (!life || !ch || !count_item(b) || (lane && lane_is_cut(lane)))
		return;
	f = frame_room(b, ch, lane, frame_size(len));
	f->type = (uint8_t)type;
	f->from = b->slot;
	f->to = (uint8_t)to;
	f->spare = 0;
	f->len = (uint32_t)len;
	f->life = life;
	f->boot_id = b->boot_id;
	f->term = b->term;
	set_due(b, ch->ring, lane, f);
	if (len)
		memcpy(f + 1, payload, len);
}

void ipc_send_rec(struct board_env *b, unsigned to, unsigned type, const void *rec)
{
	const struct rec_table *table = ipc_table(type);
	struct wr w = wr_init(b->scratch, IPC_PAYLOAD_MAX);

	g_assert(table);
	rec_encode(table, 1, rec, &w);
	g_assert(!w.bad);
	ipc_send(b, to, type, w.buf, w.len);
}

size_t ipc_backlog(const struct board_env *b, unsigned to)
{
	const struct channel *ch = to < N_SLOTS ? b->ipc_out[to] : NULL;

	if (!ch || !board_is_in(b->c->board[to]))
		return 0;
	return ring_fill(ch->ring) + ch->waiting->len - ch->waiting_at;
}

/* Moves what fits from the waiting list to the ring.  True: all of it. */
static bool move_channel(struct board_env *b, struct channel *ch)
{
	struct board_env *to = b->c->board[ch->ring->to];
	const struct lane *lane = board_lane(b, to->slot);
	uint32_t life = lane && lane_is_cut(lane) ? 0 : life_for(b, to);

	if (lane)
		ch->ring->limit = lane_room(lane, ch->ring);
	while (ch->waiting_at < ch->waiting->len) {
		const struct frame *f = (const void *)(ch->waiting->data + ch->waiting_at);
		struct frame *into;

		if (f->life == life) { /* else lost with its receiver or the channel */
			into = ring_put(ch->ring, f->size);
			if (!into && (b->c->cfg.virtual ||
				      ring_await_room(ch->ring, f->size)))
				return false;
			if (!into)
				continue;
			memcpy(into, f, f->size);
			mark_dirty(b, ch->ring);
		}
		ch->waiting_at += f->size;
	}
	g_byte_array_set_size(ch->waiting, 0);
	ch->waiting_at = 0;
	return true;
}

void board_forget_waiting(struct board_env *b)
{
	for (unsigned i = 0; i < b->ipc_outs->len; i++) {
		struct channel *ch = g_ptr_array_index(b->ipc_outs, i);

		if (ch->ring->to == SLOT_CHASSIS)
			continue;
		g_byte_array_set_size(ch->waiting, 0);
		ch->waiting_at = 0;
	}
}

void board_move_waiting(struct board_env *b)
{
	if (!b->waiting)
		return;
	b->waiting = false;
	for (unsigned i = 0; i < b->ipc_outs->len; i++)
		if (!move_channel(b, g_ptr_array_index(b->ipc_outs, i)))
			b->waiting = true;
}

/* ---- publishing ---- */

void board_wake(struct board_env *b)
{
	static const uint64_t one = 1;

	if (b->wake_fd >= 0 && __atomic_load_n(&b->asleep, __ATOMIC_SEQ_CST) &&
	    __atomic_exchange_n(&b->asleep, 0, __ATOMIC_SEQ_CST) &&
	    write(b->wake_fd, &one, sizeof(one)) < 0)
		g_assert(errno == EAGAIN); /* the counter is full: it wakes all the same */
}

/* The board at that end of a ring, or the conductor while it is out. */
static void wake_slot(struct chassis *c, unsigned slot)
{
	board_wake(board_is_in(c->board[slot]) ? c->board[slot] : c->self);
}

static void wake_at(struct board_env *b, int64_t due)
{
	b->wake_at = time_min(b->wake_at, (base_time){ due });
}

/*
 * Makes what a ring got visible.  A capture of a channel taps in here: between pub_head and
 * head lies what the receiver will see, and nothing else.
 */
static void publish_ring(struct board_env *b, struct ring *r, bool records)
{
	struct board_env *to = b->c->board[r->to];
	uint32_t old = r->pub_head;
	const struct frame *f;

	r->dirty = false;
	if (G_UNLIKELY(__atomic_load_n(&b->c->capturing, __ATOMIC_RELAXED)))
		captures_take(b, r, records);
	ring_publish(r);
	if (!b->c->cfg.virtual)
		return;
	if (!records) {
		if (r->due)
			wake_at(to, r->due[old & (r->cap - 1)]);
		return;
	}
	f = (const void *)(r->bytes + (old & (r->cap - 1)));
	if (f->type == IPC_NONE)
		f = (const void *)r->bytes;
	wake_at(to, f->due);
}

void board_publish(struct board_env *b)
{
	uint64_t wake = 0;

	if (!b->waiting && !b->used->len && !b->dirty_ipc->len && !b->dirty_pkt->len)
		return;
	board_move_waiting(b);
	for (unsigned i = 0; i < b->used->len; i++) {
		struct ring *r = g_ptr_array_index(b->used, i);

		r->used = false;
		if (ring_release(r))
			wake |= 1ull << r->from;
	}
	/* Records before packets, and board_look() looks the other way round. */
	for (unsigned i = 0; i < b->dirty_ipc->len; i++) {
		struct ring *r = g_ptr_array_index(b->dirty_ipc, i);

		publish_ring(b, r, true);
		wake |= 1ull << r->to;
	}
	for (unsigned i = 0; i < b->dirty_pkt->len; i++) {
		struct ring *r = g_ptr_array_index(b->dirty_pkt, i);
		bool is_return = b->ret_out[r->to] == r;

		publish_ring(b, r, false);
		if (!is_return)
			wake |= 1ull << r->to;
	}
	g_ptr_array_set_size(b->used, 0);
	g_ptr_array_set_size(b->dirty_ipc, 0);
	g_ptr_array_set_size(b->dirty_pkt, 0);
	for (; wake && !b->c->cfg.virtual; wake &= wake - 1)
		wake_slot(b->c, (unsigned)__builtin_ctzll(wake));
}

/* ---- receiving ---- */

static struct ring *chassis_ring(struct board_env *b)
{
	struct channel *ch = b->c->self->ipc_out[b->slot];

	return ch ? ch->ring : NULL;
}

void board_look(struct board_env *b)
{
	struct ring *own = chassis_ring(b);
	uint32_t at;

	for (unsigned i = 0; i < b->pkt_ins->len; i++)
		ring_look(g_ptr_array_index(b->pkt_ins, i));
	/* The chassis speaks of other boards: a PEER_DOWN must not be seen before the last
	 * records of the board, nor a new board's first ones before its PEER_UP. */
	do {
		at = own ? ring_head(own) : 0;
		for (unsigned i = 0; i < b->ipc_in->len; i++)
			ring_look(g_ptr_array_index(b->ipc_in, i));
	} while (own && (own->seen != at || ring_head(own) != at));
}

static void mark_used(struct board_env *b, struct ring *r)
{
	if (!r->used) {
		r->used = true;
		g_ptr_array_add(b->used, r);
	}
}

/* The first record of a ring that is meant for this life of the board. */
static struct frame *front(struct board_env *b, struct ring *r)
{
	struct frame *f;

	while ((f = ring_front(r)) && f->life != b->lives) {
		ring_next(r, f);
		mark_used(b, r);
	}
	return f;
}

struct frame *board_next_record(struct board_env *b, int64_t limit, struct ring **from)
{
	struct frame *best = NULL;

	for (unsigned i = 0; i < b->ipc_in->len; i++) {
		struct ring *r = g_ptr_array_index(b->ipc_in, i);
		struct frame *f = r->next == r->seen ? NULL : front(b, r);

		if (f && f->due <= limit && f->ready <= b->now.ns &&
			(!best || f->due < best->due)) {
			best = f;
			*from = r;
		}
	}
	return best;
}

void board_took_record(struct board_env *b, struct ring *from, const struct frame *f)
{
	ring_next(from, f);
	mark_used(b, from);
}

struct ipc_msg board_msg(const struct frame *f)
{
	return (struct ipc_msg){
		.type = f->type,
		.from = f->from,
		.to = f->to,
		.boot_id = f->boot_id,
		.term = f->term,
		.payload = rd_init(frame_payload(f), f->len),
	};
}

void board_forget_inbox(struct board_env *b)
{
	for (unsigned i = 0; i < b->ipc_in->len; i++) {
		struct ring *r = g_ptr_array_index(b->ipc_in, i);

		ring_look(r);
		if (r->next != r->seen)
			mark_used(b, r);
		r->next = r->seen;
	}
	pool_drain(b);
}

/* ---- turns ---- */

void board_power_on(struct board_env *b, base_time now)
{
	b->now = now;
	b->self = b->ops->power_on(b, b->arg, now);
	g_assert(b->self);
	wake_at(b, now.ns); /* the first turn is always given */
}

static void gather(struct board_env *b)
{
	int64_t limit = b->c->cfg.virtual ? b->now.ns : INT64_MAX;
	struct ring *from;
	struct frame *f;

	g_array_set_size(b->msgs, 0);
	board_look(b);
	while ((f = board_next_record(b, limit, &from))) {
		struct ipc_msg msg = board_msg(f);

		g_array_append_val(b->msgs, msg);
		board_took_record(b, from, f);
	}
}

void board_turn(struct board_env *b, base_time now)
{
	b->now = now;
	gather(b);
	if (b->msgs->len)
		b->ops->message(b->self, (const void *)b->msgs->data, b->msgs->len, now);
	b->more = b->ops->work(b->self, now, WORK_BUDGET);
	if (b->ops->flush)
		b->ops->flush(b->self, now);
}

/* Packets left over that were due are the board's business: it says `more` if it wants a
 * turn for them. */
static int64_t next_packet(const struct board_env *b, const struct ring *r)
{
	uint32_t n = ring_n_entries(r);

	if (!n || ring_entry_due(r, n - 1) <= b->now.ns)
		return INT64_MAX;
	for (uint32_t i = 0; i < n; i++)
		if (ring_entry_due(r, i) > b->now.ns)
			return ring_entry_due(r, i);
	return INT64_MAX;
}

base_time board_wake_at(struct board_env *b)
{
	base_time at = b->more ? b->now : b->ops->next_due(b->self);

	for (unsigned i = 0; i < b->ipc_in->len; i++) {
		struct ring *r = g_ptr_array_index(b->ipc_in, i);
		const struct frame *f = r->next == r->seen ? NULL : front(b, r);

		if (f)
			at = time_min(at, (base_time){ f->due });
	}
	for (unsigned i = 0; i < b->pkt_ins->len; i++)
		at = time_min(at,
			(base_time){ next_packet(b, g_ptr_array_index(b->pkt_ins, i)) });
	return at;
}

void board_round(struct board_env *b)
{
	board_turn(b, b->c->now);
	b->wake_at = board_wake_at(b);
}

base_time board_arrival(struct board_env *b)
{
	int64_t at = INT64_MAX;

	for (unsigned i = 0; i < b->ipc_in->len; i++) {
		struct ring *r = g_ptr_array_index(b->ipc_in, i);
		const struct frame *f = r->next == r->seen ? NULL : front(b, r);

		if (f)
			at = MIN(at, f->ready);
	}
	for (unsigned i = 0; i < b->pkt_ins->len; i++)
		at = MIN(at, next_packet(b, g_ptr_array_index(b->pkt_ins, i)));
	return (base_time){ at };
}

/* ---- what board.h gives ---- */

unsigned board_slot(const struct board_env *b)
{
	return b->slot;
}

uint64_t board_boot_id(const struct board_env *b)
{
	return b->boot_id;
}

uint64_t board_seed(const struct board_env *b)
{
	return b->seed;
}

bool board_timing_real(const struct board_env *b)
{
	return b->c->cfg.timing_real;
}

bool board_virtual(const struct board_env *b)
{
	return b->c->cfg.virtual;
}

unsigned board_chassis(const struct board_env *b)
{
	return b->c->place;
}

base_time board_system_start(const struct board_env *b)
{
	return b->c->began;
}

int64_t board_wall_epoch(const struct board_env *b)
{
	return b->c->wall_epoch;
}

void board_set_term(struct board_env *b, uint64_t term)
{
	b->term = term;
}

GBytes *board_file_read(struct board_env *b, const char *name)
{
	return files_read(b->c->files, b->slot, name);
}

void board_file_write(struct board_env *b, const char *name, GBytes *bytes)
{
	files_write(b->c->files, b->slot, name, bytes);
}
