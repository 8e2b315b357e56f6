/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Carries out a `capture` line: starts one or stops one; and lists them.
 */
#pragma once

#include "scenarios/engine/script.h"

struct chassis;

/* path: the file of one that starts.  What there is to say goes into out, lines with ends.  False and a sentence: it failed. */
bool capture_step(struct chassis *c, const struct script_capture *s, const char *path,
	GString *out, GError **error);

/* Those that run, a line each. */
void capture_list(const struct chassis *c, GString *out);
/* Whether one of that name runs, and whether one writes to that file. */
bool capture_runs(const struct chassis *c, const char *name);
bool capture_writes(const struct chassis *c, const char *path);
