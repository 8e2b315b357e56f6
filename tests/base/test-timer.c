/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wheel against a model that is nothing but a scan of all timers.
 */
#include "base/timer.h"

#include <glib.h>

#include "base/rng.h"

#define MS(n) ((base_time){ (int64_t)(n)*1000000 })

enum { TIMERS = 200 };

static void test_one(void)
{
	struct timer_wheel *w = timer_wheel_new(MS(1000));
	struct timer t = { .kind = 7, .owner = 9 };

	g_assert_true(time_is_never(timer_next_due(w)));
	g_assert_true(time_is_never(timer_due(&t)));
	g_assert_null(timer_pop(w, MS(1000)));

	timer_set(
		w, &t, (base_time){ 1010000001 }); /* just after a tick: the next one */
	g_assert_true(timer_armed(&t));
	g_assert_cmpint(timer_due(&t).ns, ==, MS(1011).ns);
	g_assert_cmpint(timer_next_due(w).ns, ==, MS(1011).ns);
	g_assert_null(timer_pop(w, (base_time){ 1010999999 }));
	g_assert_true(timer_pop(w, MS(1011)) == &t);
	g_assert_false(timer_armed(&t));
	g_assert_cmpuint(t.kind, ==, 7);
	g_assert_cmpuint(t.owner, ==, 9);
	g_assert_cmpuint(timer_count(w), ==, 0);

	timer_cancel(w, &t); /* idle: nothing */
	timer_set(w, &t, MS(2000));
	timer_set(w, &t, MS(3000));
	g_assert_cmpuint(timer_count(w), ==, 1);
	g_assert_null(timer_pop(w, MS(2999)));
	timer_set(w, &t, BASE_TIME_NEVER); /* as good as cancelled */
	g_assert_false(timer_armed(&t));
	g_assert_cmpuint(timer_count(w), ==, 0);

	timer_set(w, &t, MS(9000));
	timer_wheel_free(w);
	g_assert_false(timer_armed(&t));
	timer_wheel_free(NULL);
}

/* Same tick: in order of arming, however long before they were armed. */
static void test_order_in_a_tick(void)
{
	struct timer_wheel *w = timer_wheel_new(MS(0));
	struct timer t[6] = { 0 };
	const int64_t due = 70000; /* level 2 at first, then 1, then 0 */
	static const int64_t armed_at[6] = { 0, 1, 65536, 69000, 69999, 70000 };

	for (unsigned i = 0; i < 6; i++) {
		g_assert_null(
			timer_pop(w, MS(armed_at[i] < due ? armed_at[i] : due - 1)));
		timer_set(w, &t[i], MS(due));
	}
	timer_set(w, &t[1], MS(due)); /* armed again: now it is the last */
	static const unsigned want[6] = { 0, 2, 3, 4, 5, 1 };

	for (unsigned i = 0; i < 6; i++)
		g_assert_true(timer_pop(w, MS(due)) == &t[want[i]]);
	g_assert_null(timer_pop(w, MS(due)));
	timer_wheel_free(w);
}

/* Hundreds of thousands in one tick, from all levels: taking each is still one step, or
 * this would not end. */
static void test_crowd(void)
{
	enum { N = 400000 };
	g_autofree struct timer *t = g_new0(struct timer, N);
	struct timer_wheel *w = timer_wheel_new(MS(0));
	const int64_t due = (INT64_C(1) << 33) + 100;

	for (unsigned i = 0; i < N; i++) {
		if (i == N / 2)
			g_assert_null(timer_pop(w, MS(due - 70000)));
		timer_set(w, &t[i], MS(due));
	}
	for (unsigned i = 0; i < N; i++)
		g_assert_true(timer_pop(w, MS(due)) == &t[i]);
	timer_wheel_free(w);
}

/* A timer set in the past comes at once, before later ones that wait to be taken. */
static void test_past(void)
{
	struct timer_wheel *w = timer_wheel_new(MS(0));
	struct timer a = { 0 }, b = { 0 }, c = { 0 };

	timer_set(w, &a, MS(100));
	timer_set(w, &b, MS(100));
	g_assert_true(timer_pop(w, MS(500)) == &a);
	timer_set(w, &c, MS(50));
	timer_set(w, &a, MS(300));
	g_assert_cmpint(timer_next_due(w).ns, ==, MS(50).ns);
	g_assert_true(timer_pop(w, MS(500)) == &c);
	g_assert_true(timer_pop(w, MS(500)) == &b);
	g_assert_true(timer_pop(w, MS(500)) == &a);
	g_assert_null(timer_pop(w, MS(500)));
	timer_set(w, &a, (base_time){ -5000000 });
	g_assert_true(timer_pop(w, MS(500)) == &a);
	timer_wheel_free(w);
}

/* A timer may be armed while others of its moment are taken. */
static void test_periodic_over_a_jump(void)
{
	struct timer_wheel *w = timer_wheel_new(MS(0));
	struct timer t = { 0 }, *got;
	unsigned times = 0;

	timer_set(w, &t, MS(10));
	while ((got = timer_pop(w, MS(1000000)))) {
		times++;
		timer_set(w, &t, MS(10 + 10 * times));
	}
	g_assert_cmpuint(times, ==, 100000);
	timer_wheel_free(w);
}

/* Far beyond the top level, and a clock that jumps there: exact, and soon done. */
static void test_far(void)
{
	static const int64_t due[] = { INT64_C(1) << 32, (INT64_C(1) << 32) + 1,
		INT64_C(5) << 32, (INT64_C(5) << 32) + 70001, INT64_MAX / 1000000 };
	struct timer t[G_N_ELEMENTS(due)] = { 0 };
	struct timer_wheel *w = timer_wheel_new(MS(17));

	for (size_t i = G_N_ELEMENTS(due); i-- > 0;)
		timer_set(w, &t[i], MS(due[i]));
	g_assert_cmpint(timer_next_due(w).ns, <=, MS(due[0]).ns);
	for (size_t i = 0; i < G_N_ELEMENTS(due); i++) {
		g_assert_null(timer_pop(w, MS(due[i] - 1)));
		g_assert_true(timer_pop(w, MS(due[i])) == &t[i]);
	}
	g_assert_cmpuint(timer_count(w), ==, 0);

	/* The end of time itself does not overflow. */
	timer_wheel_free(w);
	w = timer_wheel_new(MS(0));
	timer_set(w, &t[0], (base_time){ INT64_MAX - 1 });
	g_assert_true(timer_pop(w, (base_time){ INT64_MAX }) == &t[0]);
	timer_wheel_free(w);
}

/* Following timer_next_due() alone, like the conductor, gets there in a few steps. */
static void test_follow_next_due(void)
{
	static const int64_t due[] = { 1, 255, 256, 65535, 65536, 16777216, 4294967295,
		INT64_C(1) << 33 };

	for (size_t i = 0; i < G_N_ELEMENTS(due); i++) {
		struct timer_wheel *w = timer_wheel_new(MS(0));
		struct timer t = { 0 };
		struct timer *got = NULL;
		unsigned steps = 0;
		base_time now = MS(0);

		timer_set(w, &t, MS(due[i]));
		while (!got) {
			base_time next = timer_next_due(w);

			g_assert_cmpint(next.ns, >, now.ns);
			g_assert_cmpint(next.ns, <=, MS(due[i]).ns);
			now = next;
			got = timer_pop(w, now);
			g_assert_cmpuint(++steps, <=, 8);
		}
		g_assert_cmpint(now.ns, ==, MS(due[i]).ns);
		timer_wheel_free(w);
	}
}

struct model {
	struct timer t[TIMERS];
	uint64_t order[TIMERS]; /* 0: idle */
	int64_t tick[TIMERS];
	uint64_t next_order;
};

static int model_first(const struct model *m, int64_t now)
{
	int best = -1;

	for (int i = 0; i < TIMERS; i++) {
		if (!m->order[i] || m->tick[i] > now)
			continue;
		if (best < 0 || m->tick[i] < m->tick[best] ||
			(m->tick[i] == m->tick[best] && m->order[i] < m->order[best]))
			best = i;
	}
	return best;
}

/* Scales: how far ahead timers are set, and how far the clock moves at a time. */
static const struct {
	const char *name;
	int64_t start;
	uint32_t ahead, step;
} scales[] = {
	/* clang-format off */
	{ "level-0",    0,                            200,        20 },
	{ "wrap-0",     250,                          300,        100 },
	{ "wrap-1",     65500,                        5000,       700 },
	{ "wrap-2",     16777216 - 3000,              100000,     20000 },
	{ "wrap-3",     (INT64_C(1) << 32) - 100000,  40000000,   9000000 },
	{ "wrap-top",   (INT64_C(1) << 33) - 5,       4000000000, 900000000 },
	{ "same-ticks", 100,                          4,          2 },
	/* clang-format on */
};

static void pop_all(struct timer_wheel *w, struct model *m, int64_t now,
	struct rng *rng, int64_t ahead)
{
	for (;;) {
		int want = model_first(m, now);
		struct timer *got = timer_pop(w, MS(now));

		if (want < 0) {
			g_assert_null(got);
			return;
		}
		g_assert_true(got == &m->t[want]);
		m->order[want] = 0;
		/* Now and then arm another one in the middle of it. */
		if (rng_below(rng, 4) == 0) {
			uint32_t i = rng_below(rng, TIMERS);

			m->tick[i] = now - ahead / 8 + rng_below(rng, (uint32_t)ahead);
			m->order[i] = ++m->next_order;
			timer_set(w, &m->t[i], MS(m->tick[i]));
		}
	}
}

static void check_next_due(
	const struct timer_wheel *w, const struct model *m, int64_t now)
{
	int first = model_first(m, INT64_MAX);
	base_time next = timer_next_due(w);

	if (first < 0) {
		g_assert_true(time_is_never(next));
		return;
	}
	g_assert_cmpint(next.ns, <=, MS(m->tick[first]).ns);
	/* Nothing is overdue here, so it may not ask to be called again at once. */
	g_assert_cmpint(next.ns, >, MS(now).ns);
	if (m->tick[first] >> 8 == now >> 8)
		g_assert_cmpint(next.ns, ==, MS(m->tick[first]).ns);
}

static void test_model(gconstpointer data)
{
	size_t s = GPOINTER_TO_SIZE(data);
	g_autofree struct model *m = g_new0(struct model, 1);
	int64_t now = scales[s].start;
	struct timer_wheel *w = timer_wheel_new(MS(now));
	struct rng rng;

	rng_init(&rng, 11, s);
	for (unsigned n = 0; n < 100000; n++) {
		uint32_t i = rng_below(&rng, TIMERS);
		uint32_t what = rng_below(&rng, 8);

		if (what < 4) {
			m->tick[i] = now + 1 + rng_below(&rng, scales[s].ahead);
			m->order[i] = ++m->next_order;
			timer_set(w, &m->t[i], MS(m->tick[i]));
		} else if (what < 6) {
			m->order[i] = 0;
			timer_cancel(w, &m->t[i]);
		} else if (n % 16 == 0) {
			now += rng_below(&rng, scales[s].step);
			pop_all(w, m, now, &rng, scales[s].ahead);
			check_next_due(w, m, now);
		}
		g_assert_cmpint(timer_armed(&m->t[i]), ==, m->order[i] != 0);
	}
	now += (int64_t)scales[s].ahead * 2;
	for (unsigned i = 0; i < TIMERS; i++) {
		int want = model_first(m, now);

		g_assert_true(timer_pop(w, MS(now)) == (want < 0 ? NULL : &m->t[want]));
		if (want >= 0)
			m->order[want] = 0;
	}
	g_assert_cmpuint(timer_count(w), ==, 0);
	timer_wheel_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/timer/one", test_one);
	g_test_add_func("/base/timer/order-in-a-tick", test_order_in_a_tick);
	g_test_add_func("/base/timer/crowd", test_crowd);
	g_test_add_func("/base/timer/past", test_past);
	g_test_add_func("/base/timer/periodic-over-a-jump", test_periodic_over_a_jump);
	g_test_add_func("/base/timer/far", test_far);
	g_test_add_func("/base/timer/follow-next-due", test_follow_next_due);
	for (size_t i = 0; i < G_N_ELEMENTS(scales); i++) {
		g_autofree char *path =
			g_strconcat("/base/timer/model/", scales[i].name, NULL);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_model);
	}
	return g_test_run();
}
