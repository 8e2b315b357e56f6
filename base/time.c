/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Durations as shows print them.  Ages are short and change their units as they grow;
 * uptimes are words, from the largest unit that is not zero down to minutes.
 */
#include "base/time.h"

#include <glib.h>

enum {
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	WEEK = 7 * DAY,
	YEAR = 365 * DAY,
};

static int64_t whole_seconds(base_dur d)
{
	return d.ns < 0 ? 0 : d.ns / 1000000000;
}

const char *dur_to_age(base_dur d, char buf[16])
{
	int64_t s = whole_seconds(d);
	int hours = (int)(s % DAY / HOUR);

	if (s < DAY)
		g_snprintf(buf, 16, "%02d:%02d:%02d", hours, (int)(s % HOUR / MINUTE),
			(int)(s % MINUTE));
	else if (s < WEEK)
		g_snprintf(buf, 16, "%dd%02dh", (int)(s / DAY), hours);
	else if (s < YEAR)
		g_snprintf(buf, 16, "%dw%dd", (int)(s / WEEK), (int)(s % WEEK / DAY));
	else
		g_snprintf(buf, 16, "%dy%dw", (int)(s / YEAR), (int)(s % YEAR / WEEK));
	return buf;
}

const char *dur_to_uptime(base_dur d, char buf[64])
{
	static const struct {
		int seconds;
		const char *name;
	} units[] = {
		/* clang-format off */
		{ YEAR,   "year" },
		{ WEEK,   "week" },
		{ DAY,    "day" },
		{ HOUR,   "hour" },
		{ MINUTE, "minute" },
		/* clang-format on */
	};
	int64_t s = whole_seconds(d);
	size_t len = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
		int n = (int)(s / units[i].seconds);

		s %= units[i].seconds;
		if (n == 0 && len == 0 && units[i].seconds != MINUTE)
			continue;
		len += (size_t)g_snprintf(buf + len, 64 - len, "%s%d %s%s",
			len ? ", " : "", n, units[i].name, n == 1 ? "" : "s");
	}
	return buf;
}
