/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs benchmarks: all, or those named.  With --check the exit status says whether each was
 * as good as it must be.
 */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct bench benches[] = {
	{ "fp", "L2TP decapsulation and encapsulation, bursts against single packets",
		bench_fp },
	{ "commit", "sessions set up with a hot standby against without", bench_commit },
	{ "setup", "full set-ups with CHAP, and how their cost grows", bench_setup },
	{ "bulk", "64000 sessions go to a new standby", bench_bulk },
	{ "chassis-commit", "the same in the whole chassis", bench_chassis_commit },
	{ "chassis-bulk", "the same in the whole chassis, with calls meanwhile", bench_chassis_bulk },
};

enum { N_BENCHES = sizeof(benches) / sizeof(benches[0]) };

int64_t bench_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static int usage(FILE *to)
{
	fprintf(to, "usage: bench [--check] [NAME...]\n\n");
	for (size_t i = 0; i < N_BENCHES; i++)
		fprintf(to, "  %-8s %s\n", benches[i].name, benches[i].text);
	fprintf(to, "\nExit status: 0 done, 1 --check and one was not good enough, 2 "
		    "usage.\n");
	return to == stderr ? 2 : 0;
}

static bool is_named(const struct bench *b, char **names, int n)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(names[i], b->name) == 0)
			return true;
	}
	return n == 0;
}

static bool exists(const char *name)
{
	for (size_t i = 0; i < N_BENCHES; i++) {
		if (strcmp(benches[i].name, name) == 0)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	bool check = false;
	bool good = true;
	int n_names = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return usage(stdout);
		if (strcmp(argv[i], "--check") == 0)
			check = true;
		else if (exists(argv[i]))
			argv[1 + n_names++] = argv[i];
		else
			return usage(stderr);
	}
	for (size_t i = 0; i < N_BENCHES; i++) {
		if (is_named(&benches[i], argv + 1, n_names))
			good &= benches[i].run();
	}
	return check && !good ? 1 : 0;
}
