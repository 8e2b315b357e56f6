/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a benchmark needs.  Machines differ and are shared: compare two things measured by
 * turns in one run, medians of at least five rounds, CPU time of the thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_ROUNDS = 15 };

struct bench {
	const char *name;
	const char *text;
	bool (*run)(void); /* prints; false: not as good as it must be */
};

/* CPU time of this thread in nanoseconds. */
int64_t bench_clock(void);

/* Sorts v. */
double bench_median(double *v, size_t n);

bool bench_fp(void);
bool bench_commit(void);
bool bench_setup(void);
bool bench_bulk(void);
bool bench_chassis_commit(void);
bool bench_chassis_bulk(void);

/* The same with boards; called by those above. */
bool bench_commit_boards(void);
bool bench_bulk_boards(void);
