/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The conductor: when boards take their turns, and the only reader of the clock.
 *
 * Rounds (virtual clock).  In a round every board with something due takes one turn, in the
 * order of slots; what it stages is published at the barrier that ends the round, so nobody
 * sees it before the next one, and the order of turns inside a round cannot matter.  When
 * nothing is due the clock jumps; a round takes at least a microsecond of virtual time, so
 * that boards which always have more cannot hold the clock.  Pulls happen at the barrier.  With
 * chassis_config.threads the turns of a round run on threads (rounds.c), to the same effect.
 * Chassis in a row have their rounds one after the other, at the same time on their clocks.
 *
 * Free run.  One thread a board; it sleeps in ppoll() on its eventfd and its wait_fds until
 * its next due time.  The calling thread is the chassis: arbiter, consoles, timers, watches,
 * and the hands that insert and pull.
 */
#include "chassis/internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static const base_dur round_min = { 1000 };

static struct chassis *in_row(const struct chassis *c, unsigned i)
{
	return g_ptr_array_index(c->row, i);
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

base_time conductor_clock(void)
{
	return (base_time){ clock_ns(CLOCK_MONOTONIC) };
}

int64_t conductor_wall_offset(void)
{
	return clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
}

int64_t conductor_wall_epoch(void)
{
	return conductor_wall_offset() / 1000000000;
}

base_time chassis_now(const struct chassis *c)
{
	return c->cfg.virtual ? c->now : conductor_clock();
}

/* ---- timers ---- */

unsigned chassis_at(struct chassis *c, base_time due, chassis_timer_fn fn, void *user)
{
	struct chassis_timer t = { due, ++c->next_timer, fn, user };
	guint at = c->timers->len;

	while (at && due.ns < g_array_index(c->timers, struct chassis_timer, at - 1).due.ns)
		at--;
	g_array_insert_val(c->timers, at, t);
	return t.id;
}

void chassis_at_cancel(struct chassis *c, unsigned id)
{
	for (guint i = 0; i < c->timers->len; i++) {
		if (g_array_index(c->timers, struct chassis_timer, i).id == id) {
			g_array_remove_index(c->timers, i);
			return;
		}
	}
}

static base_time timers_due(const struct chassis *c)
{
	return c->timers->len ? g_array_index(c->timers, struct chassis_timer, 0).due
			      : BASE_TIME_NEVER;
}

/* Those set by a timer's own function for now wait for the next call. */
static void run_timers(struct chassis *c, base_time now)
{
	unsigned last = c->next_timer;

	while (timers_due(c).ns <= now.ns) {
		struct chassis_timer t = g_array_index(c->timers, struct chassis_timer, 0);

		if (t.id > last)
			return;
		g_array_remove_index(c->timers, 0);
		t.fn(t.user);
	}
}

/* ---- rounds ---- */

void chassis_on_round(struct chassis *c, chassis_round_fn fn, void *user)
{
	c->round_fn = fn;
	c->round_user = user;
}

static struct board_env *board_at(const struct chassis *c, unsigned i)
{
	return g_ptr_array_index(c->boards, i);
}

/* What waits for the board outside of the chassis. */
static void look_outside(struct board_env *b)
{
	if (b->ops->outside_due)
		b->wake_at = time_min(b->wake_at, b->ops->outside_due(b->self));
}

static base_time earliest(const struct chassis *c)
{
	base_time due = time_min(timers_due(c), c->self->wake_at);

	for (unsigned i = 0; i < c->boards->len; i++) {
		struct board_env *b = board_at(c, i);

		if (!board_is_in(b) || b->hung)
			continue;
		look_outside(b);
		due = time_min(due, b->wake_at);
	}
	return due;
}

static void barrier(struct chassis *c)
{
	for (unsigned i = 0; i < c->boards->len; i++)
		if (!board_at(c, i)->hung)
			board_publish(board_at(c, i));
	if (c->round_fn)
		c->round_fn(c->round_user);
	for (unsigned i = 0; i < c->boards->len; i++) {
		struct board_env *b = board_at(c, i);

		if (board_is_in(b) && b->items >= b->cut)
			chassis_take_out(c, b, b->cut_why);
	}
}

static void chassis_turn(struct chassis *c)
{
	run_timers(c, c->now);
	if (c->self->wake_at.ns <= c->now.ns) {
		c->self->wake_at = BASE_TIME_NEVER;
		chassis_dispatch(c);
	}
	arbiter_settle(c);
	board_publish(c->self);
}

static void run_round(struct chassis *c)
{
	chassis_turn(c);
	for (unsigned i = 0; i < c->boards->len; i++) {
		struct board_env *b = board_at(c, i);

		if (b->wake_at.ns > c->now.ns || !board_is_in(b) || b->hung)
			continue;
		if (c->cfg.threads)
			rounds_begin(b);
		else
			board_round(b);
	}
	rounds_end(c);
	barrier(c);
}

/* What was staged between rounds (power-on), and when the next round of the chassis is due. */
static base_time settle(struct chassis *c)
{
	barrier(c);
	arbiter_settle(c);
	board_publish(c->self);
	return earliest(c);
}

static void set_clocks(struct chassis *c, base_time now)
{
	for (unsigned i = 0; i < c->row->len; i++)
		in_row(c, i)->now = now;
}

bool chassis_step(struct chassis *c, base_time until)
{
	base_time due = BASE_TIME_NEVER;

	g_assert(c->cfg.virtual && c->first == c);
	for (unsigned i = 0; i < c->row->len; i++)
		due = time_min(due, settle(in_row(c, i)));
	if (time_is_never(due) || due.ns > until.ns || c->now.ns >= until.ns)
		return false;
	set_clocks(c, time_min(until, (base_time){ MAX(due.ns,
					      time_add(c->now, round_min).ns) }));
	for (unsigned i = 0; i < c->row->len; i++)
		if (c->row->len == 1 || earliest(in_row(c, i)).ns <= c->now.ns)
			run_round(in_row(c, i));
	return true;
}

void chassis_run(struct chassis *c, base_time until)
{
	while (chassis_step(c, until))
		;
	if (!time_is_never(until) && c->now.ns < until.ns)
		set_clocks(c, until);
}

/* ---- threads ---- */

/* Something came, or room for what waits. */
static bool has_news(const struct board_env *b)
{
	for (unsigned i = 0; i < b->ipc_in->len; i++)
		if (ring_news(g_ptr_array_index(b->ipc_in, i)))
			return true;
	for (unsigned i = 0; i < b->pkt_ins->len; i++)
		if (ring_news(g_ptr_array_index(b->pkt_ins, i)))
			return true;
	for (unsigned i = 0; b->waiting && i < b->ipc_outs->len; i++) {
		const struct channel *ch = g_ptr_array_index(b->ipc_outs, i);

		if (ch->waiting->len && !ring_awaits_room(ch->ring))
			return true;
	}
	return false;
}

static bool told_to_stop(const uint32_t *stop)
{
	return __atomic_load_n(stop, __ATOMIC_SEQ_CST);
}

/* ppoll() until `due`; the first of fds are wake-ups, and are emptied. */
static void wait_until(struct pollfd *fds, nfds_t n, nfds_t wake_ups, base_time due)
{
	struct timespec ts = { 0 };
	int64_t left = due.ns - conductor_clock().ns;
	uint64_t count;

	left = MAX(left, 0);
	ts.tv_sec = left / 1000000000;
	ts.tv_nsec = left % 1000000000;
	if (ppoll(fds, n, time_is_never(due) ? NULL : &ts, NULL) < 0) {
		for (nfds_t i = 0; i < n; i++)
			fds[i].revents = 0;
		g_assert(errno == EINTR || errno == ENOMEM);
		return;
	}
	for (nfds_t i = 0; i < wake_ups; i++)
		if (fds[i].revents && read(fds[i].fd, &count, sizeof(count)) < 0)
			g_assert(errno == EAGAIN);
}

/* A board that is out is the chassis's to tend: what others sent it too late, and what it
 * left waiting for room on its way to the chassis. */
static bool wants_tending(const struct board_env *b)
{
	return !board_is_in(b) && has_news(b);
}

static bool must_go_on(const struct board_env *b)
{
	const struct chassis *c = b->c;

	if (has_news(b))
		return true;
	for (unsigned i = 0; b == c->self && i < c->boards->len; i++)
		if (wants_tending(board_at(c, i)))
			return true;
	return false;
}

/* Declares itself asleep, looks once more, then waits. */
static void sleep_in(struct board_env *b, GArray *fds, base_time due, const uint32_t *stop)
{
	__atomic_store_n(&b->asleep, 1, __ATOMIC_SEQ_CST);
	if (!must_go_on(b) && !told_to_stop(stop))
		wait_until((void *)fds->data, fds->len, 1, due);
	__atomic_store_n(&b->asleep, 0, __ATOMIC_SEQ_CST);
}

static void board_sleep(struct board_env *b, GArray *fds)
{
	struct pollfd own = { .fd = b->wake_fd, .events = POLLIN };
	const GArray *more = b->ops->wait_fds ? b->ops->wait_fds(b->self) : NULL;
	base_time due = b->ops->next_due(b->self);

	if (__atomic_load_n(&b->c->lanes, __ATOMIC_RELAXED))
		due = time_min(due, board_arrival(b));
	g_array_set_size(fds, 0);
	g_array_append_val(fds, own);
	if (more && more->len)
		g_array_append_vals(fds, more->data, more->len);
	sleep_in(b, fds, due, &b->stop);
}

static bool hangs(const struct board_env *b)
{
	return __atomic_load_n(&b->hung, __ATOMIC_SEQ_CST);
}

/* Nobody can wake it but conductor_poke(): its senders think it busy. */
static void stand_still(struct board_env *b, GArray *fds)
{
	struct pollfd own = { .fd = b->wake_fd, .events = POLLIN };

	g_array_set_size(fds, 0);
	g_array_append_val(fds, own);
	while (hangs(b) && !told_to_stop(&b->stop))
		wait_until((void *)fds->data, fds->len, 1, BASE_TIME_NEVER);
}

static void *board_main(void *arg)
{
	struct board_env *b = arg;
	GArray *fds = g_array_new(false, false, sizeof(struct pollfd));

	if (!b->self) {
		board_power_on(b, conductor_clock());
		board_publish(b);
	}
	while (!told_to_stop(&b->stop)) {
		if (hangs(b)) {
			stand_still(b, fds);
			continue;
		}
		board_turn(b, conductor_clock());
		board_publish(b);
		if (!b->more)
			board_sleep(b, fds);
	}
	g_array_unref(fds);
	return NULL;
}

/* Signals stay with the thread of the chassis. */
static void start_thread(struct board_env *b)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	b->stop = 0;
	err = pthread_create(&b->thread, NULL, board_main, b);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		g_error("no thread for a board: %s", g_strerror(err));
	b->threaded = true;
}

void conductor_start(struct board_env *b)
{
	if (b->c->cfg.virtual)
		board_power_on(b, b->c->now);
	else if (b->c->running)
		start_thread(b);
}

void conductor_poke(struct board_env *b)
{
	static const uint64_t one = 1;

	if (b->wake_fd >= 0 && write(b->wake_fd, &one, sizeof(one)) < 0)
		g_assert(errno == EAGAIN); /* the counter is full: it wakes all the same */
}

/* The board stands still after it. */
void conductor_join(struct board_env *b)
{
	if (!b->threaded)
		return;
	__atomic_store_n(&b->stop, 1, __ATOMIC_SEQ_CST);
	conductor_poke(b);
	pthread_join(b->thread, NULL);
	b->threaded = false;
}

/* ---- free run ---- */

static struct chassis_watched *watch_of(struct chassis *c, int fd)
{
	for (guint i = 0; i < c->watches->len; i++) {
		struct chassis_watched *w = &g_array_index(c->watches,
			struct chassis_watched, i);

		if (w->fd == fd)
			return w;
	}
	return NULL;
}

void chassis_watch(struct chassis *c, int fd, short events, chassis_watch_fn fn, void *user)
{
	struct chassis_watched *old = watch_of(c, fd);
	struct chassis_watched w = { fd, ++c->next_watch, events, fn, user };

	if (old && old->fn == fn && old->user == user)
		old->events = events;
	else if (old)
		*old = w;
	else
		g_array_append_val(c->watches, w);
}

void chassis_unwatch(struct chassis *c, int fd)
{
	struct chassis_watched *w = watch_of(c, fd);

	if (w)
		g_array_remove_index(c->watches,
			(guint)(w - (struct chassis_watched *)(void *)c->watches->data));
}

/* A function that is called may add and remove watches, its own too; a descriptor may be
 * closed and its number used again meanwhile. */
static void call_watches(struct chassis *c, const GArray *fds)
{
	uint64_t last = c->next_watch;

	for (guint i = c->first->row->len; i < fds->len; i++) {
		const struct pollfd *p = &g_array_index(fds, struct pollfd, i);
		const struct chassis_watched *w = p->revents ? watch_of(c, p->fd) : NULL;

		if (w && w->id <= last)
			w->fn(p->fd, p->revents, w->user);
	}
}

static void add_watches(const struct chassis *c, GArray *fds)
{
	for (guint i = 0; i < c->watches->len; i++) {
		const struct chassis_watched *w = &g_array_index(c->watches,
			struct chassis_watched, i);
		struct pollfd p = { .fd = w->fd, .events = w->events };

		g_array_append_val(fds, p);
	}
}

static void set_asleep(struct chassis *c, uint32_t asleep)
{
	for (guint i = 0; i < c->row->len; i++)
		__atomic_store_n(&in_row(c, i)->self->asleep, asleep, __ATOMIC_SEQ_CST);
}

/* sleep_in() of all chassis in the row. */
static void row_sleep(struct chassis *c, GArray *fds)
{
	base_time due = BASE_TIME_NEVER;
	bool go_on = false;

	g_array_set_size(fds, 0);
	for (guint i = 0; i < c->row->len; i++) {
		struct pollfd own = { .fd = in_row(c, i)->self->wake_fd, .events = POLLIN };

		g_array_append_val(fds, own);
		due = time_min(due, timers_due(in_row(c, i)));
	}
	for (guint i = 0; i < c->row->len; i++)
		add_watches(in_row(c, i), fds);
	set_asleep(c, 1);
	for (guint i = 0; i < c->row->len; i++)
		go_on |= must_go_on(in_row(c, i)->self);
	if (!go_on && !told_to_stop(&c->stop))
		wait_until((void *)fds->data, fds->len, c->row->len, due);
	set_asleep(c, 0);
}

static void tend_empty_slots(struct chassis *c)
{
	for (unsigned i = 0; i < c->boards->len; i++) {
		struct board_env *b = board_at(c, i);

		if (!wants_tending(b))
			continue;
		board_forget_inbox(b);
		board_publish(b);
	}
}

static void start_boards(struct chassis *c)
{
	c->running = true;
	arbiter_settle(c);
	board_publish(c->self);
	for (unsigned i = 0; i < c->boards->len; i++)
		if (board_is_in(board_at(c, i)))
			start_thread(board_at(c, i));
}

static void stop_boards(struct chassis *c)
{
	c->running = false;
	for (unsigned i = 0; i < c->boards->len; i++)
		conductor_join(board_at(c, i));
}

static void free_turn(struct chassis *c, const GArray *fds)
{
	call_watches(c, fds);
	run_timers(c, conductor_clock());
	chassis_dispatch(c);
	arbiter_settle(c);
	tend_empty_slots(c);
	board_publish(c->self);
}

void chassis_run_free(struct chassis *c)
{
	GArray *fds = g_array_new(false, false, sizeof(struct pollfd));

	g_assert(!c->cfg.virtual && c->first == c);
	for (guint i = 0; i < c->row->len; i++)
		start_boards(in_row(c, i));
	while (!told_to_stop(&c->stop)) {
		for (guint i = 0; i < c->row->len; i++)
			free_turn(in_row(c, i), fds);
		row_sleep(c, fds);
	}
	for (guint i = 0; i < c->row->len; i++)
		stop_boards(in_row(c, i));
	__atomic_store_n(&c->stop, 0, __ATOMIC_SEQ_CST);
	g_array_unref(fds);
}

void chassis_stop(struct chassis *c)
{
	static const uint64_t one = 1;
	int err = errno; /* may be called by a signal handler */

	__atomic_store_n(&c->stop, 1, __ATOMIC_SEQ_CST);
	if (c->self->wake_fd >= 0 &&
	    write(c->self->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		return;
	errno = err;
}
