/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/time.h"

#include <glib.h>

enum {
	MIN_S = 60,
	HOUR_S = 3600,
	DAY_S = 86400,
	WEEK_S = 7 * DAY_S,
};

static const struct {
	int64_t seconds;
	const char *age, *uptime;
} rows[] = {
	/* clang-format off */
	{ 0,                                 "00:00:00", "0 minutes" },
	{ -5,                                "00:00:00", "0 minutes" },
	{ 59,                                "00:00:59", "0 minutes" },
	{ 60,                                "00:01:00", "1 minute" },
	{ 609,                               "00:10:09", "10 minutes" },
	{ HOUR_S,                            "01:00:00", "1 hour, 0 minutes" },
	{ 2 * HOUR_S + 4 * MIN_S,            "02:04:00", "2 hours, 4 minutes" },
	{ DAY_S - 1,                         "23:59:59", "23 hours, 59 minutes" },
	{ DAY_S,                             "1d00h",    "1 day, 0 hours, 0 minutes" },
	{ 2 * DAY_S + 30 * MIN_S,            "2d00h",    "2 days, 0 hours, 30 minutes" },
	{ WEEK_S - 1,                        "6d23h",    "6 days, 23 hours, 59 minutes" },
	{ WEEK_S + 3 * DAY_S,                "1w3d",     "1 week, 3 days, 0 hours, 0 minutes" },
	{ 11 * WEEK_S + 2 * DAY_S + 3 * HOUR_S, "11w2d",
	  "11 weeks, 2 days, 3 hours, 0 minutes" },
	{ 365 * DAY_S,                       "1y0w",
	  "1 year, 0 weeks, 0 days, 0 hours, 0 minutes" },
	{ INT64_MAX / 1000000000,            "292y24w",
	  "292 years, 24 weeks, 3 days, 23 hours, 47 minutes" },
	/* clang-format on */
};

static void test_formats(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char age[16], uptime[64];
		base_dur d = dur_s(rows[i].seconds);

		g_assert_cmpstr(dur_to_age(d, age), ==, rows[i].age);
		g_assert_cmpstr(dur_to_uptime(d, uptime), ==, rows[i].uptime);
	}
}

static void test_arithmetic(void)
{
	base_time t = time_add(BASE_TIME_ZERO, dur_ms(1500));

	g_assert_cmpint(t.ns, ==, 1500000000);
	g_assert_cmpint(
		time_sub(t, time_add(BASE_TIME_ZERO, dur_s(1))).ns, ==, 500000000);
	g_assert_cmpint(dur_to_ms(dur_us(2999)), ==, 2);
	g_assert_true(time_is_never(time_add(BASE_TIME_NEVER, dur_s(-1))));
	g_assert_true(time_before(BASE_TIME_ZERO, t));
	g_assert_false(time_before(t, t));
	g_assert_cmpint(time_min(t, BASE_TIME_NEVER).ns, ==, t.ns);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/time/formats", test_formats);
	g_test_add_func("/base/time/arithmetic", test_arithmetic);
	return g_test_run();
}
