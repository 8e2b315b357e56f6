/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chassis: slots, the boards in them, and the hands that insert and pull.
 *
 * What a pull destroys.  The board finishes the turn it is in; items up to the cut are
 * published and stay deliverable, the rest of the turn's output is thrown away (board.c).  At
 * the round barrier, or when its thread has been joined, the board is destroyed, its buffers
 * go home, what others had sent it is lost.  Then everybody else gets PEER_DOWN, not before
 * the board's own last words, and the arbiter decides.
 *
 * What a board has published for the chassis itself is obeyed before it counts as gone.
 *
 *   pull, crash     chassis_take_out(), with another reason
 *   reset, reload   take out and insert again: hands.c, and the orders of RPs
 *   hang            the conductor gives the board no turns: hands.c; the arbiter finds out
 */
#include "chassis/internal.h"

#include <string.h>

enum { WALL_EPOCH_VIRTUAL = 1767225600 }; /* 2026-01-01T00:00:00Z */

GQuark chassis_error_quark(void)
{
	return g_quark_from_static_string("twinrp-chassis");
}

/* ---- life ---- */

struct listener {
	chassis_listen_fn fn;
	void *user;
};

struct event_listener {
	chassis_event_fn fn;
	void *user;
};

static void set_defaults(struct chassis *c)
{
	struct chassis_config *cfg = &c->cfg;

	if (!cfg->rp_rp_latency.ns)
		cfg->rp_rp_latency = dur_us(30);
	if (!cfg->rp_fp_latency.ns)
		cfg->rp_fp_latency = dur_us(20);
	c->wall_epoch = cfg->wall_epoch;
	if (!c->wall_epoch)
		c->wall_epoch = cfg->virtual ? WALL_EPOCH_VIRTUAL : conductor_wall_epoch();
}

struct chassis *chassis_new(const struct chassis_config *cfg)
{
	struct chassis *c = g_new0(struct chassis, 1);

	c->cfg = *cfg;
	set_defaults(c);
	c->began = chassis_now(c);
	memset(c->wires, SLOT_NONE, sizeof(c->wires));
	c->first = c;
	c->row = g_ptr_array_new();
	g_ptr_array_add(c->row, c);
	c->boards = g_ptr_array_new();
	c->timers = g_array_new(false, false, sizeof(struct chassis_timer));
	c->watches = g_array_new(false, false, sizeof(struct chassis_watched));
	c->listeners = g_array_new(false, false, sizeof(struct listener));
	c->events = g_array_new(false, false, sizeof(struct event_listener));
	c->files = files_new(cfg->bootflash);
	c->cfg.bootflash = NULL;
	c->acct = acct_new();
	arbiter_init(&c->arbiter);
	c->self = c->board[SLOT_CHASSIS] = board_new(c, SLOT_CHASSIS);
	c->self->lives = c->self->alive = 1;
	return c;
}

static void destroy(struct board_env *b)
{
	if (b->self)
		b->ops->destroy(b->self);
	b->self = NULL;
	b->more = false;
	b->wake_at = BASE_TIME_NEVER;
}

void chassis_free(struct chassis *c)
{
	if (!c)
		return;
	g_assert(c->first != c || c->row->len == 1);
	g_ptr_array_remove(c->first->row, c);
	rounds_stop(c);
	for (unsigned i = 0; i < c->boards->len; i++) {
		struct board_env *b = g_ptr_array_index(c->boards, i);

		__atomic_store_n(&b->cut, 0, __ATOMIC_SEQ_CST);
		conductor_join(b);
		destroy(b);
	}
	captures_free(c);
	for (unsigned i = 0; i < N_SLOTS; i++)
		if (c->board[i])
			board_free(c->board[i]);
	pool_deinit(c);
	files_free(c->files);
	acct_free(c->acct);
	g_ptr_array_unref(c->row);
	g_ptr_array_unref(c->boards);
	g_array_unref(c->timers);
	g_array_unref(c->watches);
	g_array_unref(c->listeners);
	g_array_unref(c->events);
	g_free(c);
}

void chassis_join(struct chassis *first, struct chassis *c)
{
	g_assert(first->first == first && c->first == c && c->row->len == 1 && c != first);
	g_assert(first->cfg.virtual == c->cfg.virtual && first->now.ns == c->now.ns);
	g_assert(!first->running && !c->running);
	c->first = first;
	c->place = first->row->len;
	g_ptr_array_add(first->row, c);
}

static int by_slot(gconstpointer a, gconstpointer b)
{
	const struct board_env *const *x = a, *const *y = b;

	return (int)(*x)->slot - (int)(*y)->slot;
}

void chassis_declare(struct chassis *c, unsigned slot, const struct board_ops *ops,
	const void *arg)
{
	struct board_env *b;

	g_assert(slot < SLOT_CHASSIS && !c->board[slot] && !c->running);
	g_assert(ops->kind == slot_kind(slot));
	b = c->board[slot] = board_new(c, slot);
	b->ops = ops;
	b->arg = arg;
	b->since = chassis_now(c);
	for (unsigned i = 0; i < N_SLOTS; i++)
		if (c->board[i] && i != slot)
			board_join(b, c->board[i]);
	g_ptr_array_add(c->boards, b);
	g_ptr_array_sort(c->boards, by_slot);
}

void chassis_wire(struct chassis *c, uint16_t ifindex, unsigned peer_slot)
{
	struct board_env *spa, *peer;

	g_assert(ifindex && ifindex < G_N_ELEMENTS(c->wires) && peer_slot < N_SLOTS);
	spa = c->board[ifindex_slot(ifindex)];
	peer = c->board[peer_slot];
	g_assert(spa && peer && peer->kind == BOARD_PEER && !c->running);
	board_join_packets(spa, peer);
	c->wires[ifindex] = (uint8_t)peer_slot;
}

unsigned chassis_wire_end(const struct chassis *c, uint16_t ifindex)
{
	return ifindex < G_N_ELEMENTS(c->wires) ? c->wires[ifindex] : SLOT_NONE;
}

/* ---- messages ---- */

static void send_to(struct chassis *c, struct board_env *b, unsigned type, const void *rec)
{
	c->self->now = c->now;
	ipc_send_rec(c->self, b->slot, type, rec);
}

void chassis_send_after(struct chassis *c, unsigned to, unsigned type, const void *rec,
	int64_t after)
{
	struct channel *ch = to < N_SLOTS ? c->self->ipc_out[to] : NULL;

	if (!ch || !board_is_in(c->board[to]))
		return;
	if (c->cfg.virtual)
		ch->ring->last_due = MAX(ch->ring->last_due, after);
	send_to(c, c->board[to], type, rec);
}

void chassis_send_rec(struct chassis *c, unsigned to, unsigned type, const void *rec)
{
	chassis_send_after(c, to, type, rec, INT64_MIN);
}

size_t chassis_backlog(const struct chassis *c, unsigned to)
{
	return ipc_backlog(c->self, to);
}

void chassis_listen(struct chassis *c, chassis_listen_fn fn, void *user)
{
	struct listener l = { fn, user };

	g_array_append_val(c->listeners, l);
}

void chassis_unlisten(struct chassis *c, chassis_listen_fn fn, void *user)
{
	for (guint i = 0; i < c->listeners->len; i++) {
		const struct listener *l = &g_array_index(c->listeners, struct listener, i);

		if (l->fn == fn && l->user == user) {
			g_array_remove_index(c->listeners, i);
			return;
		}
	}
}

/* What the chassis itself acts upon. */
static const struct own_message {
	enum ipc_type type;
	void (*obey)(struct chassis *c, const struct ipc_msg *msg);
	bool pass; /* listeners hear of it too */
} own_messages[] = {
	{ IPC_HOT, arbiter_hot, false },
	{ IPC_BEAT, arbiter_beat, false },
	{ IPC_DETECTION, arbiter_detection, false },
	{ IPC_SLOT_ORDER, hands_order, false },
	{ IPC_ACCT, acct_take, true },
};

static const struct own_message *own_message(unsigned type)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(own_messages); i++)
		if (own_messages[i].type == type)
			return &own_messages[i];
	return NULL;
}

/* Once, and while the sender is there to mean it.  False: listeners hear of it. */
static bool obey(struct chassis *c, struct frame *f, const struct ipc_msg *msg)
{
	const struct own_message *own = own_message(f->type);

	if (own && !f->spare)
		own->obey(c, msg);
	f->spare = 1;
	return own && !own->pass;
}

/* A frame in the ring or waiting for it stays there for the dispatch: to others it is told in
 * its turn. */
static void obey_early(struct chassis *c, const struct board_env *b, struct frame *f)
{
	g_autofree struct frame *copy = NULL;
	struct ipc_msg msg;

	if (f->boot_id != b->boot_id || f->spare || !own_message(f->type))
		return;
	copy = g_memdup2(f, f->size);
	msg = board_msg(copy);
	f->spare = 1;
	(void)obey(c, copy, &msg);
}

void chassis_last_words(struct chassis *c, const struct board_env *b, bool still)
{
	const struct channel *ch = b->ipc_out[SLOT_CHASSIS];
	struct ring peek;
	struct frame *f;

	if (!ch)
		return;
	peek = (struct ring){
		.bytes = ch->ring->bytes,
		.cap = ch->ring->cap,
		.next = ch->ring->next,
		.seen = ring_head(ch->ring),
	};
	while ((f = ring_front(&peek))) {
		ring_next(&peek, f);
		obey_early(c, b, f);
	}
	for (size_t at = ch->waiting_at; still && at < ch->waiting->len; at += f->size) {
		f = (struct frame *)(void *)(ch->waiting->data + at);
		obey_early(c, b, f);
	}
}

static void deliver(struct chassis *c, struct frame *f)
{
	struct ipc_msg msg = board_msg(f);

	if (obey(c, f, &msg))
		return;
	for (guint i = 0; i < c->listeners->len; i++) {
		struct listener l = g_array_index(c->listeners, struct listener, i);

		l.fn(&msg, chassis_now(c), l.user);
	}
}

/* A listener may insert and pull, and so publish: it gets a copy of the record. */
void chassis_dispatch(struct chassis *c)
{
	struct ring *from;
	struct frame *f;

	board_look(c->self);
	while ((f = board_next_record(c->self, INT64_MAX, &from))) {
		g_autofree struct frame *copy = g_memdup2(f, f->size);

		board_took_record(c->self, from, f);
		deliver(c, copy);
	}
}

void chassis_on_event(struct chassis *c, chassis_event_fn fn, void *user)
{
	struct event_listener l = { fn, user };

	g_array_append_val(c->events, l);
}

void chassis_off_event(struct chassis *c, chassis_event_fn fn, void *user)
{
	for (guint i = 0; i < c->events->len; i++) {
		const struct event_listener *l = &g_array_index(c->events,
			struct event_listener, i);

		if (l->fn == fn && l->user == user) {
			g_array_remove_index(c->events, i);
			return;
		}
	}
}

void chassis_tell_event(struct chassis *c, unsigned slot, bool in, enum slot_why why)
{
	for (guint i = 0; i < c->events->len; i++) {
		struct event_listener l = g_array_index(c->events, struct event_listener,
			i);

		l.fn(slot, in, why, chassis_now(c), l.user);
	}
}

/* ---- hands ---- */

struct board_env *chassis_find(struct chassis *c, unsigned slot, bool in, GError **error)
{
	struct board_env *b = slot < SLOT_CHASSIS ? c->board[slot] : NULL;
	char name[12];

	slot_name(slot, name);
	if (!b) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"there is no board for slot %s", name);
		return NULL;
	}
	if (board_is_in(b) != in) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE, "%s is %s", name,
			in ? "not inserted" : "inserted already");
		return NULL;
	}
	return b;
}

struct msg_slot chassis_slot_msg(const struct board_env *b, enum slot_why why)
{
	return (struct msg_slot){
		.slot = b->slot,
		.why = (uint8_t)why,
		.boot_id = b->boot_id,
		.since = b->since,
	};
}

/* Before anybody can send to the new board: what it hears first is who is there. */
static void introduce(struct chassis *c, struct board_env *b)
{
	struct msg_term term = arbiter_msg(&c->arbiter);
	unsigned fp = c->arbiter.fp;

	for (unsigned i = 0; i < c->boards->len; i++) {
		const struct board_env *other = g_ptr_array_index(c->boards, i);
		struct msg_slot there = chassis_slot_msg(other, SLOT_WHY_INSERTED);

		if (other == b || !board_is_in(other))
			continue;
		if (!other->pulse.lost)
			send_to(c, b, IPC_PEER_UP, &there);
	}
	if (fp != SLOT_NONE) {
		struct msg_slot active = chassis_slot_msg(c->board[fp], SLOT_WHY_INSERTED);

		send_to(c, b, IPC_FP_ACTIVE, &active);
	}
	faults_tell(c, b);
	/* With nobody holding the term a grant is near. */
	if (c->arbiter.holder != SLOT_NONE)
		send_to(c, b, IPC_TERM, &term);
	board_publish(c->self);
}

/* Before it can send, and when it can be sent to: others hear of it before they hear from it, and
 * what they answer reaches it. */
static void announce(struct chassis *c, const struct board_env *b)
{
	struct msg_slot news = chassis_slot_msg(b, SLOT_WHY_INSERTED);

	for (unsigned i = 0; i < c->boards->len; i++) {
		const struct board_env *other = g_ptr_array_index(c->boards, i);

		if (other != b && board_is_in(other))
			chassis_send_rec(c, other->slot, IPC_PEER_UP, &news);
	}
	board_publish(c->self);
}

static void new_life(struct chassis *c, struct board_env *b)
{
	struct rng rng;

	b->lives++;
	rng_init(&rng, c->cfg.seed, (uint64_t)b->slot << 32 | b->lives);
	b->boot_id = rng_u64(&rng) | 1;
	b->seed = rng_u64(&rng);
	b->term = 0;
	b->items = 0;
	b->cut = UINT64_MAX;
	b->now = b->since = chassis_now(c);
	b->more = false;
}

bool chassis_insert(struct chassis *c, unsigned slot, GError **error)
{
	struct board_env *b = chassis_find(c, slot, false, error);

	if (!b)
		return false;
	hands_off(b);
	board_forget_inbox(b);
	new_life(c, b);
	introduce(c, b);
	__atomic_store_n(&b->alive, b->lives, __ATOMIC_SEQ_CST);
	announce(c, b);
	conductor_start(b);
	chassis_tell_event(c, slot, true, SLOT_WHY_INSERTED);
	return true;
}

/* When the last of what the board has sent to `to` has been taken.  A turn takes records before
 * packets: news of the board's end must come a turn after its last packets, or the FP would
 * fence what was published. */
static int64_t last_due(const struct board_env *b, unsigned to)
{
	const struct ring *records = b->ipc_out[to] ? b->ipc_out[to]->ring : NULL;
	const struct ring *packets = b->pkt_out[to];
	int64_t now = chassis_now(b->c).ns, due = INT64_MIN;

	/* A channel with faults holds nothing up. */
	if (records)
		due = MIN(records->last_due, now + records->latency.ns);
	if (packets)
		due = MAX(due, MIN(packets->last_due, now + packets->latency.ns) + 1);
	return due;
}

void chassis_tell_down(struct chassis *c, const struct board_env *b, enum slot_why why)
{
	struct msg_slot msg = chassis_slot_msg(b, why);

	for (unsigned i = 0; i < c->boards->len; i++) {
		const struct board_env *other = g_ptr_array_index(c->boards, i);

		if (other != b)
			chassis_send_after(c, other->slot, IPC_PEER_DOWN, &msg,
				last_due(b, other->slot));
	}
}

void chassis_take_out(struct chassis *c, struct board_env *b, enum slot_why why)
{
	bool told = b->pulse.lost;

	__atomic_store_n(&b->cut, 0, __ATOMIC_SEQ_CST);
	conductor_join(b);
	board_publish(b);
	board_forget_waiting(b);
	__atomic_store_n(&b->alive, 0, __ATOMIC_SEQ_CST);
	destroy(b);
	b->since = chassis_now(c);
	pool_reclaim(b);
	board_forget_inbox(b);
	hands_off(b);
	arbiter_forget_pulse(b);
	chassis_last_words(c, b, true);
	if (!told)
		chassis_tell_down(c, b, why);
	arbiter_down(c, b);
	board_publish(c->self);
	chassis_tell_event(c, b->slot, false, why);
}

/* Power is off, but the board is in its slot. */
static bool is_off(const struct board_env *b)
{
	return b && !board_is_in(b) && (b->stopped || b->on_timer);
}

bool chassis_pull(struct chassis *c, unsigned slot, enum slot_why why, GError **error)
{
	struct board_env *b = slot < SLOT_CHASSIS ? c->board[slot] : NULL;

	if (is_off(b)) {
		hands_off(b);
		chassis_tell_event(c, slot, false, why);
		return true;
	}
	b = chassis_find(c, slot, true, error);
	if (!b)
		return false;
	chassis_take_out(c, b, why);
	return true;
}

bool chassis_pull_at(struct chassis *c, unsigned slot, uint64_t n, enum slot_why why,
	GError **error)
{
	struct board_env *b = chassis_find(c, slot, true, error);

	g_assert(c->cfg.virtual && n);
	if (!b)
		return false;
	b->cut = b->items + n;
	b->cut_why = why;
	return true;
}

/* ---- questions ---- */

uint64_t chassis_items(const struct chassis *c, unsigned slot)
{
	const struct board_env *b = slot < N_SLOTS ? c->board[slot] : NULL;

	return b ? __atomic_load_n(&b->items, __ATOMIC_RELAXED) : 0;
}

bool chassis_is_in(const struct chassis *c, unsigned slot)
{
	return slot < N_SLOTS && board_is_in(c->board[slot]);
}

uint64_t chassis_term(const struct chassis *c)
{
	return c->arbiter.term;
}

unsigned chassis_active(const struct chassis *c)
{
	return c->arbiter.holder;
}

unsigned chassis_active_fp(const struct chassis *c)
{
	return c->arbiter.fp;
}

bool chassis_standby_hot(const struct chassis *c)
{
	return c->arbiter.hot != SLOT_NONE;
}

bool chassis_slot_get(const struct chassis *c, unsigned slot, struct chassis_slot_info *out)
{
	const struct board_env *b = slot < SLOT_CHASSIS ? c->board[slot] : NULL;

	if (!b)
		return false;
	*out = (struct chassis_slot_info){
		.slot = slot,
		.in = board_is_in(b),
		.hung = b->hung,
		.lost = b->pulse.lost,
		.off = is_off(b),
		.boot_id = b->boot_id,
		.since = b->since,
	};
	return true;
}

base_time chassis_began(const struct chassis *c)
{
	return c->began;
}

int64_t chassis_wall_epoch(const struct chassis *c)
{
	return c->wall_epoch;
}

GBytes *chassis_file_read(struct chassis *c, unsigned slot, const char *name)
{
	return files_read(c->files, slot, name);
}

void chassis_file_write(struct chassis *c, unsigned slot, const char *name, GBytes *bytes)
{
	files_write(c->files, slot, name, bytes);
}
