/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fp/police.h"

#include <glib.h>

static base_time at_ms(int64_t ms)
{
	return time_add(BASE_TIME_ZERO, dur_ms(ms));
}

static unsigned take_all(struct police *b, base_time now)
{
	unsigned n = 0;

	while (police_take(b, now))
		n++;
	return n;
}

static void test_burst_then_rate(void)
{
	struct police b;

	police_init(&b, 1000, 50, at_ms(0));
	g_assert_cmpuint(take_all(&b, at_ms(0)), ==, 50);
	g_assert_cmpuint(take_all(&b, at_ms(0)), ==, 0);
	g_assert_cmpuint(take_all(&b, at_ms(10)), ==, 10);
	g_assert_cmpuint(
		take_all(&b, at_ms(100000)), ==, 50); /* no more than the burst */
	g_assert_cmpuint(b.passed, ==, 110);
	g_assert_cmpuint(b.refused, ==, 4);
}

static void test_clock_back(void)
{
	struct police b;

	police_init(&b, 1000, 1, at_ms(100));
	g_assert_true(police_take(&b, at_ms(100)));
	g_assert_false(police_take(&b, at_ms(50)));
	g_assert_false(police_take(&b, at_ms(100)));
	g_assert_true(police_take(&b, at_ms(101)));
}

/* Whoever asks too often is not punished for asking. */
static void test_steady_flood(void)
{
	struct police b;
	unsigned n = 0;

	police_init(&b, 500, 1, at_ms(0));
	for (int64_t us = 0; us < 10000000; us += 100)
		n += police_take(&b, time_add(BASE_TIME_ZERO, dur_us(us)));
	g_assert_cmpuint(n, >=, 4999);
	g_assert_cmpuint(n, <=, 5001);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fp/police/burst-then-rate", test_burst_then_rate);
	g_test_add_func("/fp/police/clock-back", test_clock_back);
	g_test_add_func("/fp/police/steady-flood", test_steady_flood);
	return g_test_run();
}
