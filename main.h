/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between main.c (options), run.c (a chassis in free run) and interactive.c (with a terminal on
 * its console).
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
	int ready_fd; /* the ready line is written there too; 0: nowhere */
	bool quiet;   /* no ready line on stdout, no log lines on stderr */
};

/* Runs until SIGTERM or SIGINT.  Returns the exit status. */
int run_chassis(const struct run_options *o);

/* The same in a process of its own, while this terminal is the active RP's console. */
int run_interactive(const struct run_options *o);

/* The boards that this program is made of, for whoever builds a chassis of its own. */
extern const struct lab_boards run_boards;

/* ---- play.c: scenarios ---- */

int cmd_run(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_demo(int argc, char **argv);
/* Is it for play_check()?  Which returns the exit status, and says why on stderr. */
bool play_is_scenario(const char *name);
int play_check(const char *name);
