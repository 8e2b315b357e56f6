/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Running a scenario: its chassis and peers are built at `boot`, then its steps are carried out
 * one after the other, on the virtual clock or, when it says so, on the real one.
 */
#pragma once

#include "scenarios/engine/lab.h"
#include "scenarios/engine/parse.h"
#include "scenarios/engine/report.h"

/* Exit statuses, also of the program (design.md section 6). */
enum {
	RUN_PASSED = 0,
	RUN_FAILED = 1,  /* a check */
	RUN_SCRIPT = 2,  /* the script itself */
	RUN_TIMEOUT = 3, /* a wait */
	RUN_RIGHT = 77,  /* a port may not be opened */
};

struct scenario_options {
	const struct lab_boards *boards;
	struct report *report;
	const char *out_dir; /* for captures */
	bool threads;
	FILE *person; /* where questions are asked; NULL: nobody is there */
	uint64_t seed; /* 0: the script's */
};

/* The script has no errors. */
int scenario_run(const struct script *s, const struct scenario_options *o);
