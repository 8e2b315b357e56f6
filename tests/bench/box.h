/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * R0, R1, FP and SPA in a chassis, each on a thread of its own, in rounds on the virtual clock,
 * with a crowd of subscribers on a memory wire.  A board's CPU time is that of its thread in its
 * turns (message, work, flush: all that it computes and stages; not the publishing of rings,
 * which is the chassis's).
 */
#pragma once

#include "chassis/chassis.h"
#include "rp/rp.h"
#include "spa/spa.h"
#include "tests/bench/crowd.h"

enum { METER_R0, METER_R1, METER_FP, N_METERS };

enum { BOX_SESSIONS_MAX = 80000 };

struct meter {
	const struct board_ops *ops;
	bool in_turn;
	int64_t began;
	int64_t cpu, longest; /* nanoseconds */
	unsigned turns;
	bool bulk; /* records of a bulk have come */
};

struct meter_arg {
	struct rp_arg rp; /* first: the board gets this address */
	struct meter *m;
};

struct box {
	struct chassis *c;
	struct meter meter[N_METERS];
	struct meter_arg arg[N_METERS];
	struct board_ops ops[N_METERS];
	struct spa_config spa;
	struct crowd_order order, *crowd;
};

struct box_params {
	const char *authentication; /* what PPP asks for: "pap", "chap" */
	bool standby;               /* R1 is inserted and HOT */
	unsigned tunnels, at_once;  /* see struct crowd_order */
	base_dur pause;             /* its interval */
};

/* The crowd is inserted last and opens its tunnels; no call is placed yet. */
struct box *box_new(const struct box_params *p);
void box_free(struct box *b);

void box_run_us(struct box *b, int64_t us);
void box_run_ms(struct box *b, int64_t ms);
void box_run_hot(struct box *b); /* until the standby is HOT; no end without that */

void box_reset_meters(struct box *b);

/* So many more sessions, all of them up at the end; it is an error when one is lost. */
void box_set_up(struct box *b, unsigned calls);
