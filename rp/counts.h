/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counters of sessions, read from the FP by commands that wait for them.
 */
#pragma once

#include "rp/internal.h"

enum { COUNTS_BATCH = 64 };

struct counts;

struct counts *counts_new(struct rp *rp);
void counts_free(struct counts *c);

/* Asks for one session (its number; 0: of none, never answered).  False: the batch is full. */
bool counts_ask(struct counts *c, uint32_t session);

/* All have been answered, or a second has passed; otherwise the shell is told when to wake. */
bool counts_ready(struct counts *c);

/* The i-th that was asked for; NULL: no answer. */
const struct msg_fib_counts *counts_get(const struct counts *c, unsigned i);

/* For the next batch. */
void counts_clear(struct counts *c);
