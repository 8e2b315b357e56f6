/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is said about scenarios while they run: TAP for programs, an account for people, events
 * as JSON lines, JUnit.
 */
#pragma once

#include "scenarios/engine/parse.h"
#include "scenarios/engine/stage.h"

#include <stdio.h>

struct report;

struct report_config {
	FILE *tap, *people, *events; /* each may be NULL */
	bool junit;                  /* kept for report_junit() */
};

struct report *report_new(const struct report_config *cfg);
void report_free(struct report *r);

void report_begin(struct report *r, const struct script *s, uint64_t seed);
void report_event(struct report *r, const struct stage_event *e);
/* A line for people. */
void report_say(struct report *r, const char *format, ...) G_GNUC_PRINTF(2, 3);
void report_section(struct report *r, base_time at, const char *title);
/* A step begins; the account of people has it, with the time. */
void report_step(struct report *r, base_time at, const struct script_step *step);

struct report_point {
	const struct script_step *step;
	base_time at;
	bool good;
	const char *problem;  /* "check failed", "timed out"; NULL when good */
	const char *expected, *got;
	const char *events; /* the last ones, lines */
};

void report_point(struct report *r, const struct report_point *p);
/* status: of run.h */
void report_end(struct report *r, base_time at, int status);
/* All scenarios are over: the plan, and a summary if there were several. */
void report_finish(struct report *r);
bool report_junit(const struct report *r, const char *path, GError **error);
