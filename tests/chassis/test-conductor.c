/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Free run: the same boards with threads.  Clean under ThreadSanitizer.
 */
#include "tests/chassis/toys.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

static struct chassis *free_chassis(void)
{
	const struct chassis_config cfg = { .seed = 1 };

	return chassis_new(&cfg);
}

static base_time in_ms(struct chassis *c, int64_t ms)
{
	return time_add(chassis_now(c), dur_ms(ms));
}

static void stop(void *user)
{
	chassis_stop(user);
}

static void insert(struct chassis *c, unsigned slot)
{
	GError *error = NULL;

	chassis_insert(c, slot, &error);
	g_assert_no_error(error);
}

static void pull(struct chassis *c, unsigned slot)
{
	GError *error = NULL;

	chassis_pull(c, slot, SLOT_WHY_PULLED, &error);
	g_assert_no_error(error);
}

/* ---- ping-pong ends by itself ---- */

enum { BALLS = 20000 };

static void serve(struct toy *toy, base_time now)
{
	if (board_slot(toy->env) == SLOT_R0)
		toy->due = now;
}

static void give_back(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	uint32_t n;

	if (msg->type != IPC_FIB_STOP && msg->type != IPC_FIB_DEAD)
		return;
	n = toy_number(msg);
	g_assert_cmpuint(n, ==, toy->n); /* none lost, none twice */
	toy->n = n + 2;
	if (n < BALLS)
		toy_send(toy, msg->from, n + 1);
	else
		ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_LOG, &(struct msg_log){ 0 });
}

static bool first_ball(struct toy *toy, base_time now)
{
	if (toy->due.ns <= now.ns) {
		toy->due = BASE_TIME_NEVER;
		toy->n = 1;
		toy_send(toy, SLOT_F0, 0);
	}
	return false;
}

static void on_log(const struct ipc_msg *msg, base_time now, void *user)
{
	if (msg->type == IPC_LOG)
		chassis_stop(user);
}

static void test_ping_pong(void)
{
	const struct toy_script script = {
		.start = serve,
		.message = give_back,
		.work = first_ball,
	};
	struct chassis *c = free_chassis();

	chassis_declare(c, SLOT_R0, toy_ops(SLOT_R0), &script);
	chassis_declare(c, SLOT_F0, toy_ops(SLOT_F0), &script);
	chassis_listen(c, on_log, c);
	insert(c, SLOT_R0);
	insert(c, SLOT_F0);
	chassis_run_free(c);
	g_assert_cmpuint(chassis_active(c), ==, SLOT_R0);
	chassis_free(c);
}

/* ---- packets, records, pulls, resets and hangs at any moment ---- */

struct storm {
	struct chassis *c;
	struct rng rng;
	unsigned left;
	unsigned events, expected;
};

/* What a board has last seen of another one's life: nothing after its PEER_DOWN. */
struct peer_view {
	uint64_t boot[N_SLOTS]; /* 0: not there */
	uint64_t gone[N_SLOTS];
	uint64_t term;
};

static void storm_start(struct toy *toy, base_time now)
{
	toy->mine = g_new0(struct peer_view, 1);
	toy->due = now;
}

static void storm_end(struct toy *toy)
{
	g_free(toy->mine);
}

static void storm_message(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	struct peer_view *view = toy->mine;
	struct msg_slot slot;
	struct msg_term term;

	if (msg->type == IPC_PEER_UP) {
		g_assert_true(ipc_decode(msg, &slot));
		view->boot[slot.slot] = slot.boot_id;
	} else if (msg->type == IPC_PEER_DOWN) {
		g_assert_true(ipc_decode(msg, &slot));
		g_assert_cmpuint(view->boot[slot.slot], ==, slot.boot_id);
		view->boot[slot.slot] = 0;
		view->gone[slot.slot] = slot.boot_id;
	} else if (msg->type == IPC_TERM) {
		g_assert_true(ipc_decode(msg, &term));
		g_assert_cmpuint(term.term, >, view->term);
		view->term = term.term;
	} else if (msg->from != SLOT_CHASSIS) {
		g_assert_cmpuint(msg->boot_id, ==, view->boot[msg->from]);
		g_assert_cmpuint(msg->boot_id, !=, view->gone[msg->from]);
	}
}

static bool storm_work(struct toy *toy, base_time now)
{
	static const uint8_t boards[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_SPA };
	unsigned self = board_slot(toy->env);
	struct pkt *p[PKT_BURST];
	unsigned n, taken;

	for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++) {
		unsigned to = boards[(i + 1) % G_N_ELEMENTS(boards)];

		n = pkt_rx(toy->env, boards[i], p, PKT_BURST);
		for (unsigned k = 0; k < n; k++)
			memset(pkt_data(p[k]), (int)self, 32);
		taken = pkt_tx(toy->env, to, p, n);
		pkt_free(toy->env, p + taken, n - taken);
	}
	if (toy->due.ns > now.ns)
		return false;
	n = pkt_alloc(toy->env, p, 4);
	taken = self == SLOT_F0 ? pkt_tx(toy->env, SLOT_R0, p, n)
				: pkt_tx(toy->env, SLOT_F0, p, n);
	pkt_free(toy->env, p + taken, n - taken);
	if (self != SLOT_F0 && self != SLOT_SPA) {
		toy_send(toy, SLOT_F0, 1);
		toy_send(toy, self == SLOT_R0 ? SLOT_R1 : SLOT_R0, 1);
	} else if (self == SLOT_F0) {
		toy_send(toy, SLOT_R0, 1);
		toy_send(toy, SLOT_R1, 1);
	}
	toy->due = time_add(now, dur_us(20));
	return false;
}

static void storm_hit(struct storm *s, unsigned slot)
{
	GError *error = NULL;

	s->expected++;
	if (!chassis_is_in(s->c, slot)) {
		insert(s->c, slot);
		return;
	}
	switch (rng_below(&s->rng, 4)) {
	case 0:
		chassis_reset(s->c, slot, &error);
		s->expected++;
		break;
	case 1:
		chassis_hang(s->c, slot, dur_us(1 + rng_below(&s->rng, 5000)), &error);
		s->expected--;
		break;
	default:
		pull(s->c, slot);
		break;
	}
	g_assert_no_error(error);
}

static void storm_step(void *user)
{
	static const uint8_t boards[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_SPA };
	struct storm *s = user;
	unsigned slot = boards[rng_below(&s->rng, G_N_ELEMENTS(boards))];

	if (!s->left--) {
		chassis_stop(s->c);
		return;
	}
	storm_hit(s, slot);
	chassis_at(s->c, time_add(chassis_now(s->c), dur_us(rng_below(&s->rng, 3000))),
		storm_step, s);
}

static void storm_event(unsigned slot, bool in, enum slot_why why, base_time now, void *user)
{
	struct storm *s = user;

	s->events++;
	if (why != SLOT_WHY_RESET)
		g_assert_cmpuint(chassis_is_in(s->c, slot), ==, in);
}

static void test_storm(void)
{
	static const uint8_t boards[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_SPA };
	const struct toy_script script = {
		.start = storm_start,
		.message = storm_message,
		.work = storm_work,
		.end = storm_end,
	};
	struct storm s = { .c = free_chassis(), .left = 300 };

	rng_init(&s.rng, 1, 0);
	for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++) {
		chassis_declare(s.c, boards[i], toy_ops(boards[i]), &script);
		insert(s.c, boards[i]);
	}
	chassis_on_event(s.c, storm_event, &s);
	chassis_at(s.c, in_ms(s.c, 1), storm_step, &s);
	chassis_run_free(s.c);
	g_assert_cmpuint(s.events, ==, s.expected);
	for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++)
		if (chassis_is_in(s.c, boards[i]))
			pull(s.c, boards[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++)
		g_assert_cmpuint(pool_home(s.c, boards[i]), ==,
			pool_size(s.c, boards[i]));
	chassis_free(s.c);
}

/* ---- a board that does not take its records: they wait, and then all come ---- */

enum { FLOOD = 3000, FLOOD_LEN = 1000 };

static bool flood(struct toy *toy, base_time now)
{
	static const uint8_t bytes[FLOOD_LEN] = { 0 };

	if (board_slot(toy->env) != SLOT_R0 || toy->n)
		return false;
	toy->n = 1;
	for (uint32_t i = 0; i < FLOOD; i++)
		ipc_send(toy->env, SLOT_R1, IPC_CKPT, bytes, sizeof(bytes));
	return false;
}

static void drink(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	if (msg->type != IPC_CKPT)
		return;
	g_assert_cmpuint(rd_left(&msg->payload), ==, FLOOD_LEN);
	if (++toy->n == FLOOD)
		ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_LOG, &(struct msg_log){ 0 });
}

static void test_flood(void)
{
	const struct toy_script script = { .work = flood, .message = drink };
	struct chassis *c = free_chassis();

	chassis_declare(c, SLOT_R0, toy_ops(SLOT_R0), &script);
	chassis_declare(c, SLOT_R1, toy_ops(SLOT_R1), &script);
	chassis_listen(c, on_log, c);
	insert(c, SLOT_R1);
	insert(c, SLOT_R0);
	chassis_run_free(c);
	chassis_free(c);
}

/* ---- watches, descriptors of boards, idle ---- */

struct pipe_end {
	struct chassis *c;
	int fds[2];
	GArray *poll;
	unsigned got; /* written by the board, read after the join */
};

static void on_pipe(int fd, short revents, void *user)
{
	struct pipe_end *end = user;
	char byte;

	g_assert_cmpint(read(fd, &byte, 1), ==, 1);
	chassis_unwatch(end->c, fd);
	chassis_stop(end->c);
}

static void write_pipe(void *user)
{
	struct pipe_end *end = user;

	g_assert_cmpint(write(end->fds[1], "x", 1), ==, 1);
}

static void test_watch(void)
{
	struct pipe_end end = { .c = free_chassis() };

	g_assert_cmpint(pipe(end.fds), ==, 0);
	chassis_watch(end.c, end.fds[0], POLLIN, on_pipe, &end);
	chassis_at(end.c, in_ms(end.c, 5), write_pipe, &end);
	chassis_run_free(end.c);
	close(end.fds[0]);
	close(end.fds[1]);
	chassis_free(end.c);
}

static void *reader_on(struct board_env *env, const void *arg, base_time now)
{
	return *(struct pipe_end *const *)arg;
}

static void reader_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
}

static bool reader_work(void *self, base_time now, unsigned budget)
{
	struct pipe_end *end = self;
	struct pollfd *p = (void *)end->poll->data;
	char byte;

	if (poll(p, 1, 0) == 1 && read(p->fd, &byte, 1) == 1 && ++end->got == 3)
		chassis_stop(end->c);
	return false;
}

static base_time never(const void *self)
{
	return BASE_TIME_NEVER;
}

static const GArray *reader_fds(const void *self)
{
	return ((const struct pipe_end *)self)->poll;
}

static void reader_destroy(void *self)
{
}

static void test_wait_fds(void)
{
	static const struct board_ops ops = {
		.kind = BOARD_SPA,
		.power_on = reader_on,
		.message = reader_message,
		.work = reader_work,
		.next_due = never,
		.wait_fds = reader_fds,
		.destroy = reader_destroy,
	};
	struct pipe_end end = { .c = free_chassis() };
	struct pipe_end *arg = &end;
	struct pollfd p = { .events = POLLIN };

	g_assert_cmpint(pipe(end.fds), ==, 0);
	p.fd = end.fds[0];
	end.poll = g_array_new(false, false, sizeof(p));
	g_array_append_val(end.poll, p);
	chassis_declare(end.c, SLOT_SPA, &ops, &arg);
	insert(end.c, SLOT_SPA);
	for (int i = 1; i <= 3; i++)
		chassis_at(end.c, in_ms(end.c, 5 * i), write_pipe, &end);
	chassis_run_free(end.c);
	g_assert_cmpuint(end.got, ==, 3);
	chassis_free(end.c);
	g_array_unref(end.poll);
	close(end.fds[0]);
	close(end.fds[1]);
}

static bool count_turns(struct toy *toy, base_time now)
{
	toy->n++;
	return false;
}

/* Nothing to do: nobody turns. */
static void test_idle(void)
{
	const struct toy_script script = { .work = count_turns };
	struct chassis *c = free_chassis();

	chassis_declare(c, SLOT_R0, toy_ops(SLOT_R0), &script);
	chassis_declare(c, SLOT_F0, toy_ops(SLOT_F0), &script);
	insert(c, SLOT_R0);
	insert(c, SLOT_F0);
	chassis_at(c, in_ms(c, 200), stop, c);
	chassis_run_free(c);
	g_assert_cmpuint(((struct toy *)c->board[SLOT_R0]->self)->n, <, 10);
	g_assert_cmpuint(((struct toy *)c->board[SLOT_F0]->self)->n, <, 10);
	chassis_free(c);
}

/* ---- a hang is found, and the board reset when it beats again ---- */

struct watch {
	struct chassis *c;
	GString *events;
};

static bool beat(struct toy *toy, base_time now)
{
	if (toy->due.ns > now.ns)
		return false;
	ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_BEAT, &(struct msg_empty){ 0 });
	toy->due = time_add(now, dur_ms(50));
	return false;
}

static void begin_beating(struct toy *toy, base_time now)
{
	toy->due = now;
}

/* Of R0 only: on a busy machine R1 may be late, too. */
static void note_event(unsigned slot, bool in, enum slot_why why, base_time now, void *user)
{
	struct watch *w = user;

	if (slot != SLOT_R0)
		return;
	if (!in && why == SLOT_WHY_HUNG)
		g_assert_true(chassis_is_in(w->c, SLOT_R0));
	g_string_append_printf(w->events, "%s %u;", in ? "in" : "out", why);
	if (in)
		chassis_stop(w->c);
}

static void hang_r0(void *user)
{
	struct watch *w = user;

	chassis_on_event(w->c, note_event, w);
	g_assert_true(chassis_hang(w->c, SLOT_R0, dur_ms(1500), NULL));
}

static void test_hang_found(void)
{
	const struct toy_script script = { .start = begin_beating, .work = beat };
	struct watch w = { .c = free_chassis(), .events = g_string_new(NULL) };

	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		chassis_declare(w.c, slot, toy_ops(slot), &script);
		insert(w.c, slot);
	}
	chassis_set_detection(w.c, dur_ms(250), 3);
	chassis_at(w.c, in_ms(w.c, 200), hang_r0, &w);
	chassis_at(w.c, in_ms(w.c, 20000), stop, w.c);
	chassis_run_free(w.c);
	g_assert_cmpstr(w.events->str, ==, "out 6;out 4;in 1;");
	g_assert_cmpuint(chassis_term(w.c), >=, 2);
	g_string_free(w.events, true);
	chassis_free(w.c);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/chassis/conductor/ping-pong", test_ping_pong);
	g_test_add_func("/chassis/conductor/storm", test_storm);
	g_test_add_func("/chassis/conductor/flood", test_flood);
	g_test_add_func("/chassis/conductor/watch", test_watch);
	g_test_add_func("/chassis/conductor/wait-fds", test_wait_fds);
	g_test_add_func("/chassis/conductor/idle", test_idle);
	g_test_add_func("/chassis/conductor/hang-found", test_hang_found);
	return g_test_run();
}
