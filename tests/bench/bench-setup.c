/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What it costs R0 to set a session up from nothing (L2TP, LCP, CHAP, IPCP) on memory ports
 * with a hot standby, and how the cost of all grows with their number: the exponent is the
 * slope of log(CPU time) over log(sessions), least squares, from 1000 to 64000.
 */
#include "tests/bench/bench.h"
#include "tests/bench/box.h"

#include <math.h>
#include <stdio.h>

enum {
	TUNNELS = 256,
	AT_ONCE = 256,  /* calls in one turn, one for each tunnel */
	PAUSE_MS = 100, /* the FP lets 20000 packets of a class to the RP in a second */
	MIN_RATE = 50000,
	ROUNDS = 5,
	MEASURED = 16000, /* the number whose rate is judged, with the largest */
};

#define MAX_EXPONENT 1.1

static const unsigned sizes[] = { 1000, 2000, 4000, 8000, 16000, 32000, 64000 };

enum { N_SIZES = sizeof(sizes) / sizeof(sizes[0]) };

/* CPU of the boards for so many sessions, in nanoseconds; without that of the tunnels. */
static void one_round(unsigned sessions, double *cpu)
{
	struct box *b = box_new(&(struct box_params){ .authentication = "chap",
		.standby = true,
		.tunnels = TUNNELS,
		.at_once = AT_ONCE,
		.pause = dur_ms(PAUSE_MS) });

	while (b->order.tunnels_up < TUNNELS)
		box_run_ms(b, 100);
	box_run_ms(b, 500);
	box_reset_meters(b);
	box_set_up(b, sessions);
	box_run_ms(b, 100); /* what is still to be acknowledged */
	for (unsigned i = 0; i < N_METERS; i++)
		cpu[i] = (double)b->meter[i].cpu;
	if (!chassis_standby_hot(b->c))
		g_error("the standby did not stay HOT");
	if (b->order.chap < sessions)
		g_error("only %u answers to a challenge", b->order.chap);
	box_free(b);
}

static double slope(const double *x, const double *y, unsigned n)
{
	double sx = 0, sy = 0, sxx = 0, sxy = 0;

	for (unsigned i = 0; i < n; i++) {
		sx += x[i];
		sy += y[i];
		sxx += x[i] * x[i];
		sxy += x[i] * y[i];
	}
	return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

bool bench_setup(void)
{
	double cpu[N_SIZES][N_METERS][ROUNDS], log_n[N_SIZES], log_cpu[N_SIZES], exponent;
	bool good = true;

	/* All sizes in each round, so that what else the machine does meets all of them. */
	for (unsigned i = 0; i < ROUNDS; i++)
		for (unsigned k = 0; k < N_SIZES; k++) {
			double c[N_METERS];

			one_round(sizes[k], c);
			for (unsigned j = 0; j < N_METERS; j++)
				cpu[k][j][i] = c[j];
		}
	printf("setup: L2TP, LCP, CHAP, IPCP, %u tunnels, %u calls a turn, hot standby, "
	       "boards\n",
		TUNNELS, AT_ONCE);
	for (unsigned k = 0; k < N_SIZES; k++) {
		double each[N_METERS];

		for (unsigned j = 0; j < N_METERS; j++)
			each[j] = bench_median(cpu[k][j], ROUNDS) / sizes[k];
		log_n[k] = log(sizes[k]);
		log_cpu[k] = log(each[METER_R0] * sizes[k]);
		if (sizes[k] >= MEASURED)
			good &= 1e9 / each[METER_R0] >= MIN_RATE;
		printf("  %5u sessions %8.0f a CPU second of R0; each: R0 %.1f us, R1 %.1f us, "
		       "FP %.1f us\n",
			sizes[k], 1e9 / each[METER_R0], each[METER_R0] / 1e3,
			each[METER_R1] / 1e3, each[METER_FP] / 1e3);
	}
	exponent = slope(log_n, log_cpu, N_SIZES);
	printf("  at least %u from %u sessions on; exponent of the time of all %.3f, at most "
	       "%.1f\n",
		MIN_RATE, MEASURED, exponent, MAX_EXPONENT);
	return good && exponent <= MAX_EXPONENT;
}
