/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The demonstration: twenty sessions in two tunnels, traffic both ways, and the active RP pulled
 * in the middle of it; then the same back again.  On the virtual clock, without any right; the
 * same seed prints the same to the byte.
 */
#pragma once

#include "scenarios/engine/lab.h"

#include <stdio.h>

/* Prints the account to out, and all details into files in out_dir (NULL: none).  Returns an
 * exit status: 0 if everything was kept, 1 if not. */
int demo_run(
	FILE *out, const struct lab_boards *boards, uint64_t seed, const char *out_dir);
