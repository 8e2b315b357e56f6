/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What survival costs the boards as they run (box.h).
 *
 *   commit   CPU of R0 for each session set up, 256 tunnels, with a hot standby against
 *            without; that of R1 and the FP beside it
 *   bulk     a standby is inserted beside 64000 sessions while more are set up, from its
 *            insertion until it is HOT: R0's CPU, and its longest turn; all calls come up
 */
#include "tests/bench/bench.h"

#include "tests/bench/box.h"

#include <limits.h>
#include <stdio.h>

enum {
	TUNNELS = 256,
	ROUNDS = 31,
	WARM = 512,      /* sessions set up before anything is measured */
	CALLS = 4096,    /* and then */
	AT_ONCE = 256,    /* calls in one turn, one for each tunnel */
	PAUSE_MS = 100,   /* the FP lets 20000 packets of a class to the RP in a second */
	BULK_SESSIONS = 64000,
	/* From the first record of the bulk on calls are placed until the standby is HOT: 5000 in
	 * a second, as many as the FP lets through, of one tunnel after the other. */
	BULK_AT_ONCE = 1,
	BULK_PAUSE_US = 200,
	BULK_UP_MIN = 250, /* of them came up before it was HOT */
};

#define MIN_RATIO 0.9
#define MAX_BULK_MS 250.0
#define MAX_TURN_MS 5.0

/* ---- commit ---- */

static struct box *lns(bool standby)
{
	return box_new(&(struct box_params){ .authentication = "pap",
		.standby = standby,
		.tunnels = TUNNELS,
		.at_once = AT_ONCE,
		.pause = dur_ms(PAUSE_MS) });
}

struct result {
	double us[N_METERS]; /* for each session */
};

static struct result one_round(bool standby)
{
	struct box *b = lns(standby);
	struct result r;

	box_set_up(b, WARM);
	box_run_ms(b, 500);
	box_reset_meters(b);
	box_set_up(b, CALLS);
	box_run_ms(b, 100); /* what is still to be acknowledged */
	for (unsigned i = 0; i < N_METERS; i++)
		r.us[i] = (double)b->meter[i].cpu / CALLS / 1000;
	if (standby && !chassis_standby_hot(b->c))
		g_error("the standby did not stay HOT");
	box_free(b);
	return r;
}

bool bench_commit_boards(void)
{
	double us[2][N_METERS][ROUNDS], ratio[ROUNDS], q, m[2][N_METERS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		bool second = i % 2; /* which of the two goes first */
		struct result r[2];

		r[second] = one_round(second);
		r[!second] = one_round(!second);
		for (unsigned k = 0; k < 2; k++)
			for (unsigned j = 0; j < N_METERS; j++)
				us[k][j][i] = r[k].us[j];
		ratio[i] = r[0].us[METER_R0] / r[1].us[METER_R0];
	}
	q = bench_median(ratio, ROUNDS);
	for (unsigned k = 0; k < 2; k++)
		for (unsigned j = 0; j < N_METERS; j++)
			m[k][j] = bench_median(us[k][j], ROUNDS);
	printf("commit: %u tunnels, %u sessions with PAP, boards, %u calls a turn\n", TUNNELS,
		CALLS, AT_ONCE);
	printf("  without a standby  %8.0f set-ups per CPU second of R0; each: R0 %.1f us, "
	       "FP %.1f us\n",
		1e6 / m[0][METER_R0], m[0][METER_R0], m[0][METER_FP]);
	printf("  with a hot one     %8.0f (%.0f %%, at least %.0f); each: R0 %.1f us, "
	       "R1 %.1f us, FP %.1f us\n",
		1e6 / m[1][METER_R0], q * 100, MIN_RATIO * 100, m[1][METER_R0],
		m[1][METER_R1], m[1][METER_FP]);
	return q >= MIN_RATIO;
}

/* ---- bulk ---- */

struct bulk {
	unsigned sessions;   /* before */
	unsigned placed, up; /* meanwhile */
	base_dur took;       /* from the first record until HOT */
	double ms[N_METERS], longest;
};

/* The bulk begins some time after the standby was inserted. */
static void bulk_under_load(struct box *b, struct bulk *r)
{
	const struct meter *r1 = &b->meter[METER_R1];
	struct crowd_order *o = &b->order;
	base_time began;

	chassis_insert(b->c, SLOT_R1, NULL);
	for (unsigned i = 0; i < 1000000 && !r1->bulk; i++)
		box_run_us(b, 100);
	began = chassis_now(b->c);
	r->sessions = o->up;
	o->calls = UINT_MAX;
	box_run_hot(b);
	o->calls = o->placed;
	r->took = time_sub(chassis_now(b->c), began);
	r->placed = o->placed - r->sessions;
	r->up = o->up - r->sessions;
	for (unsigned i = 0; i < N_METERS; i++)
		r->ms[i] = (double)b->meter[i].cpu / 1e6;
	r->longest = (double)b->meter[METER_R0].longest / 1e6;
	box_set_up(b, 0);
}

bool bench_bulk_boards(void)
{
	struct box *b = lns(false);
	struct bulk r;

	box_set_up(b, BULK_SESSIONS);
	b->order.at_once = BULK_AT_ONCE;
	b->order.interval = dur_us(BULK_PAUSE_US);
	box_run_ms(b, 500);
	box_reset_meters(b);
	bulk_under_load(b, &r);
	printf("bulk: %u sessions in %u tunnels, boards, from the insertion of R1 until HOT, "
	       "under set-up load\n",
		r.sessions, TUNNELS);
	printf("  R0                 %8.2f ms in all (at most %.0f), longest turn %.2f ms "
	       "(at most %.0f)\n",
		r.ms[METER_R0], MAX_BULK_MS, r.longest, MAX_TURN_MS);
	printf("  R1                 %8.2f ms\n", r.ms[METER_R1]);
	printf("  calls              %8u placed in the %.1f ms of the bulk (virtual), %u up "
	       "before HOT, all of them soon after\n",
		r.placed, (double)r.took.ns / 1e6, r.up);
	box_free(b);
	return r.sessions >= BULK_SESSIONS && r.up >= BULK_UP_MIN &&
	       r.ms[METER_R0] <= MAX_BULK_MS && r.longest <= MAX_TURN_MS;
}
