/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between main.c (options) and run.c (a chassis in free run).
 */
#pragma once

#include "scenarios/engine/lab.h"

#include <stdbool.h>
#include <stdint.h>

struct run_options {
	char *chassis, *config, *console, *bootflash, *state_file;
	const char *const *ports; /* NULL-terminated, or NULL */
	uint64_t seed;            /* 0: from the machine */
	bool timing_real;
};

/* Runs until SIGTERM or SIGINT.  Returns the exit status. */
int run_chassis(const struct run_options *o);

/* The boards that this program is made of, for whoever builds a chassis of its own. */
extern const struct lab_boards run_boards;
