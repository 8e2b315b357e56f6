/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Chassis in a row and the cables between them: one clock for all, frames that arrive whole, in
 * order and in time, the same with threads; and free run.
 */
#include "chassis/cable.h"
#include "chassis/chassis.h"

#include <string.h>

enum { SPA = SLOT_SPA, PLUG = SLOT_PEER, FRAMES = 200, EVERY_US = 100 };

/* What a talker has to say, and what it has heard. */
struct talk {
	unsigned plug;    /* slot of its end */
	uint32_t n;       /* frames to send */
	uint32_t burst;   /* so many at once; 0: one */
	int64_t sent[FRAMES], came[FRAMES];
	uint32_t got;     /* atomic */
	uint32_t wrong;   /* not the next, or not as it was sent */
};

/* A board that sends numbered frames and keeps account of those that come. */
struct talker {
	struct board_env *env;
	struct talk *talk;
	uint32_t sent;
	base_time due;
};

static void *talker_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct talker *t = g_new0(struct talker, 1);

	t->env = env;
	t->talk = (struct talk *)(uintptr_t)arg;
	t->due = time_add(now, dur_us(EVERY_US));
	return t;
}

static void talker_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
}

/* Its number, and then as many octets as that says. */
static size_t length_of(uint32_t number)
{
	return sizeof(number) + number % 1000;
}

static void send_one(struct talker *t, base_time now)
{
	struct pkt *p;

	g_assert_cmpuint(pkt_alloc(t->env, &p, 1), ==, 1);
	memcpy(pkt_data(p), &t->sent, sizeof(t->sent));
	p->len = (uint16_t)length_of(t->sent);
	memset(pkt_data(p) + sizeof(t->sent), (int)(t->sent & 0xff),
		p->len - sizeof(t->sent));
	t->talk->sent[t->sent % FRAMES] = now.ns;
	t->sent++;
	if (!pkt_tx(t->env, t->talk->plug, &p, 1))
		pkt_free(t->env, &p, 1); /* nobody is there */
}

static void take_one(struct talk *k, struct pkt *p, base_time now)
{
	uint32_t number = UINT32_MAX;

	memcpy(&number, pkt_data(p), sizeof(number));
	if (number != k->got || p->len != length_of(number) ||
		(number % 1000 && pkt_data(p)[p->len - 1] != (number & 0xff)))
		k->wrong++;
	k->came[k->got % FRAMES] = now.ns;
	__atomic_store_n(&k->got, k->got + 1, __ATOMIC_RELEASE);
}

static bool talker_work(void *self, base_time now, unsigned budget)
{
	struct talker *t = self;
	struct pkt *p[PKT_BURST];
	unsigned n;

	for (uint32_t i = 0; t->sent < t->talk->n && !time_before(now, t->due); i++) {
		send_one(t, now);
		if (i + 1 >= t->talk->burst)
			t->due = time_add(now, dur_us(EVERY_US));
	}
	while ((n = pkt_rx(t->env, t->talk->plug, p, PKT_BURST))) {
		for (unsigned i = 0; i < n; i++)
			take_one(t->talk, p[i], now);
		pkt_free(t->env, p, n);
	}
	return false;
}

static base_time talker_due(const void *self)
{
	const struct talker *t = self;

	return t->sent < t->talk->n ? t->due : BASE_TIME_NEVER;
}

static const struct board_ops talker_board = {
	.kind = BOARD_SPA,
	.power_on = talker_power_on,
	.message = talker_message,
	.work = talker_work,
	.next_due = talker_due,
	.destroy = g_free,
};

/* Two chassis, a talker and an end of the cable in each. */
struct pair {
	struct cable *cable;
	struct cable_end ends[2];
	struct talk talks[2];
	struct chassis *c[2];
};

static void pair_init(struct pair *p, bool real, bool threads)
{
	*p = (struct pair){ .cable = cable_new(real) };
	for (unsigned i = 0; i < 2; i++) {
		const struct chassis_config cfg = { .seed = 1 + i, .virtual = !real,
			.threads = threads };

		p->c[i] = chassis_new(&cfg);
		if (i)
			chassis_join(p->c[0], p->c[1]);
		p->ends[i] = (struct cable_end){ p->cable, i, port_ifindex(SPA, 0) };
		p->talks[i] = (struct talk){ .plug = PLUG, .n = FRAMES };
		chassis_declare(p->c[i], SPA, &talker_board, &p->talks[i]);
		chassis_declare(p->c[i], PLUG, &cable_board, &p->ends[i]);
		chassis_wire(p->c[i], port_ifindex(SPA, 0), PLUG);
		if (!real) /* else when both ends are on */
			chassis_insert(p->c[i], SPA, NULL);
	}
}

static void plug_in(struct pair *p, unsigned i)
{
	g_assert_true(chassis_insert(p->c[i], PLUG, NULL));
}

static void pair_clear(struct pair *p)
{
	chassis_free(p->c[1]);
	chassis_free(p->c[0]);
	cable_free(p->cable);
}

/* All that one sent has come to the other, in order. */
static void assert_heard(const struct pair *p, unsigned to)
{
	g_assert_cmpuint(p->talks[to].got, ==, p->talks[!to].n);
	g_assert_cmpuint(p->talks[to].wrong, ==, 0);
}

static void run_ms(struct pair *p, int64_t ms)
{
	chassis_run(p->c[0], time_add(chassis_now(p->c[0]), dur_ms(ms)));
	g_assert_cmpint(chassis_now(p->c[1]).ns, ==, chassis_now(p->c[0]).ns);
}

/* A frame takes the cable's time, and a microsecond at most for each of four turns. */
static void test_order(gconstpointer threads)
{
	struct pair p;
	uint64_t arrived, lost;

	pair_init(&p, false, GPOINTER_TO_UINT(threads));
	plug_in(&p, 0);
	plug_in(&p, 1);
	run_ms(&p, 100);
	for (unsigned to = 0; to < 2; to++) {
		assert_heard(&p, to);
		for (unsigned i = 0; i < FRAMES; i++) {
			int64_t way = p.talks[to].came[i] - p.talks[!to].sent[i];

			g_assert_cmpint(way, >=, CABLE_LATENCY_US * 1000);
			g_assert_cmpint(way, <=, (CABLE_LATENCY_US + 4) * 1000);
		}
		cable_counts(p.cable, to, &arrived, &lost);
		g_assert_cmpuint(arrived, ==, FRAMES);
		g_assert_cmpuint(lost, ==, 0);
	}
	pair_clear(&p);
}

/* With threads everything comes at the same time as without. */
static void test_same(void)
{
	struct pair inline_, threaded;

	pair_init(&inline_, false, false);
	pair_init(&threaded, false, true);
	for (unsigned i = 0; i < 2; i++) {
		plug_in(&inline_, i);
		plug_in(&threaded, i);
	}
	run_ms(&inline_, 100);
	run_ms(&threaded, 100);
	for (unsigned i = 0; i < 2; i++)
		g_assert_cmpmem(&inline_.talks[i], sizeof(inline_.talks[i]),
			&threaded.talks[i], sizeof(threaded.talks[i]));
	pair_clear(&inline_);
	pair_clear(&threaded);
}

/* An end without power: what comes is lost, also what was under way when it went. */
static void test_dark(void)
{
	struct pair p;
	uint64_t arrived, lost;

	pair_init(&p, false, false);
	plug_in(&p, 0);
	run_ms(&p, 10);
	cable_counts(p.cable, 1, &arrived, &lost);
	g_assert_cmpuint(arrived, ==, 0);
	g_assert_cmpuint(lost, >, 50);
	g_assert_cmpuint(p.talks[1].got, ==, 0);
	plug_in(&p, 1);
	run_ms(&p, 100);
	cable_counts(p.cable, 1, &arrived, &lost);
	g_assert_cmpuint(arrived + lost, ==, FRAMES);
	g_assert_cmpuint(arrived, ==, p.talks[1].got);
	g_assert_cmpuint(arrived, >, 50);
	pair_clear(&p);
}

/* No more are under way than there is room for. */
static void test_full(void)
{
	struct pair p;
	uint64_t arrived, lost;

	pair_init(&p, false, false);
	p.talks[0].n = 3 * CABLE_QUEUE;
	p.talks[0].burst = 64;
	p.talks[1].n = 0;
	plug_in(&p, 0);
	plug_in(&p, 1);
	g_assert_true(chassis_hang(p.c[1], PLUG, (base_dur){ 0 }, NULL));
	run_ms(&p, 100);
	cable_counts(p.cable, 1, &arrived, &lost);
	g_assert_cmpuint(arrived, ==, 0);
	g_assert_cmpuint(lost, ==, 2 * CABLE_QUEUE);
	g_assert_true(chassis_wake(p.c[1], PLUG, NULL));
	run_ms(&p, 100);
	cable_counts(p.cable, 1, &arrived, &lost);
	g_assert_cmpuint(arrived + lost, ==, p.talks[0].n);
	g_assert_cmpuint(p.talks[1].got, ==, arrived);
	g_assert_cmpuint(p.talks[1].wrong, ==, 0);
	pair_clear(&p);
}

/* From a port to another one of the same chassis. */
static void test_loop(gconstpointer threads)
{
	const struct chassis_config cfg = { .seed = 1, .virtual = true,
		.threads = GPOINTER_TO_UINT(threads) };
	struct chassis *c = chassis_new(&cfg);
	struct cable *cable = cable_new(false);
	struct cable_end ends[2];
	struct talk talks[2];

	for (unsigned i = 0; i < 2; i++) {
		ends[i] = (struct cable_end){ cable, i, port_ifindex(SPA + i, 0) };
		talks[i] = (struct talk){ .plug = PLUG + i, .n = FRAMES };
		chassis_declare(c, SPA + i, &talker_board, &talks[i]);
		chassis_declare(c, PLUG + i, &cable_board, &ends[i]);
		chassis_wire(c, port_ifindex(SPA + i, 0), PLUG + i);
		g_assert_true(chassis_insert(c, SPA + i, NULL));
		g_assert_true(chassis_insert(c, PLUG + i, NULL));
	}
	chassis_run(c, time_add(chassis_now(c), dur_ms(100)));
	for (unsigned i = 0; i < 2; i++) {
		g_assert_cmpuint(talks[i].got, ==, FRAMES);
		g_assert_cmpuint(talks[i].wrong, ==, 0);
		for (unsigned k = 0; k < FRAMES; k++)
			g_assert_cmpint(talks[i].came[k] - talks[!i].sent[k], <=,
				(CABLE_LATENCY_US + 4) * 1000);
	}
	chassis_free(c);
	cable_free(cable);
}

/* ---- the row ---- */

struct alarm {
	struct chassis *c;
	base_time at;
};

static void ring(void *user)
{
	struct alarm *a = user;

	a->at = chassis_now(a->c);
}

/* Timers of any of them are due by the one clock; nothing goes past `until`. */
static void test_clock(void)
{
	struct pair p;
	struct alarm alarms[2];

	pair_init(&p, false, false);
	for (unsigned i = 0; i < 2; i++) {
		p.talks[i].n = 0;
		alarms[i] = (struct alarm){ p.c[i], BASE_TIME_NEVER };
		chassis_at(p.c[i], (base_time){ (7 - 4 * i) * 1000000 }, ring, &alarms[i]);
	}
	run_ms(&p, 5);
	g_assert_cmpint(alarms[1].at.ns, ==, 3000000);
	g_assert_true(time_is_never(alarms[0].at));
	g_assert_cmpint(chassis_now(p.c[0]).ns, ==, 5000000);
	run_ms(&p, 5);
	g_assert_cmpint(alarms[0].at.ns, ==, 7000000);
	chassis_run(p.c[0], BASE_TIME_NEVER);
	g_assert_cmpint(chassis_now(p.c[1]).ns, ==, chassis_now(p.c[0]).ns);
	pair_clear(&p);
}

/* ---- free run ---- */

struct watchman {
	struct pair *p;
	unsigned asked;
	bool talking;
};

static void begin_to_talk(struct watchman *w)
{
	for (unsigned i = 0; i < 2; i++)
		g_assert_true(chassis_insert(w->p->c[i], SPA, NULL));
	w->talking = true;
}

static void look(void *user)
{
	struct watchman *w = user;
	bool all = w->talking;

	if (!w->talking && cable_is_whole(w->p->cable))
		begin_to_talk(w);
	for (unsigned i = 0; i < 2; i++)
		all &= __atomic_load_n(&w->p->talks[i].got, __ATOMIC_ACQUIRE) ==
		       w->p->talks[!i].n;
	if (all || ++w->asked == 3000)
		chassis_stop(w->p->c[0]);
	else /* a timer of the second one: the thread of the row serves it */
		chassis_at(w->p->c[1], time_add(chassis_now(w->p->c[1]), dur_ms(10)), look,
			w);
}

static void test_free_run(void)
{
	struct pair p;
	struct watchman w = { &p, 0, false };

	pair_init(&p, true, false);
	plug_in(&p, 0);
	plug_in(&p, 1);
	chassis_at(p.c[1], chassis_now(p.c[1]), look, &w);
	chassis_run_free(p.c[0]);
	assert_heard(&p, 0);
	assert_heard(&p, 1);
	/* And again: nothing is left of the first time. */
	p.talks[0].n = p.talks[1].n = FRAMES + 50;
	w.asked = 0;
	chassis_at(p.c[1], chassis_now(p.c[1]), look, &w);
	chassis_run_free(p.c[0]);
	assert_heard(&p, 0);
	assert_heard(&p, 1);
	pair_clear(&p);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/scenarios/cable/order", GUINT_TO_POINTER(false), test_order);
	g_test_add_data_func("/scenarios/cable/order-threads", GUINT_TO_POINTER(true), test_order);
	g_test_add_func("/scenarios/cable/same", test_same);
	g_test_add_func("/scenarios/cable/dark", test_dark);
	g_test_add_func("/scenarios/cable/full", test_full);
	g_test_add_data_func("/scenarios/cable/loop", GUINT_TO_POINTER(false), test_loop);
	g_test_add_data_func("/scenarios/cable/loop-threads", GUINT_TO_POINTER(true), test_loop);
	g_test_add_func("/scenarios/cable/clock", test_clock);
	g_test_add_func("/scenarios/cable/free-run", test_free_run);
	return g_test_run();
}
