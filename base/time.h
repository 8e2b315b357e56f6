/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Points in time and durations, in nanoseconds, wrapped so that seconds and milliseconds
 * cannot be mixed by accident.  base_time is a point on the chassis clock (virtual, or
 * CLOCK_MONOTONIC in free run); base_dur is a difference of two.  Nothing here reads a
 * clock: only chassis/conductor.c does.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	int64_t ns;
} base_time;

typedef struct {
	int64_t ns;
} base_dur;

#define BASE_TIME_NEVER ((base_time){ INT64_MAX })
#define BASE_TIME_ZERO	((base_time){ 0 })

static inline base_dur dur_us(int64_t us)
{
	return (base_dur){ us * 1000 };
}

static inline base_dur dur_ms(int64_t ms)
{
	return (base_dur){ ms * 1000000 };
}

static inline base_dur dur_s(int64_t s)
{
	return (base_dur){ s * 1000000000 };
}

static inline int64_t dur_to_ms(base_dur d)
{
	return d.ns / 1000000;
}

static inline bool time_is_never(base_time t)
{
	return t.ns == INT64_MAX;
}

/* t + d; never stays never. */
static inline base_time time_add(base_time t, base_dur d)
{
	return time_is_never(t) ? t : (base_time){ t.ns + d.ns };
}

static inline base_dur time_sub(base_time a, base_time b)
{
	return (base_dur){ a.ns - b.ns };
}

static inline bool time_before(base_time a, base_time b)
{
	return a.ns < b.ns;
}

static inline base_time time_min(base_time a, base_time b)
{
	return a.ns <= b.ns ? a : b;
}

/* "00:10:09", "2d00h", "1w3d": how IOS-like shows print an age.  buf of 16 bytes. */
const char *dur_to_age(base_dur d, char buf[16]);

/* "2 hours, 4 minutes" as in show redundancy and show version.  buf of 64 bytes. */
const char *dur_to_uptime(base_dur d, char buf[64]);
