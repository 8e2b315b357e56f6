/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scenarios of this folder, which the program carries with it.
 */
#pragma once

struct shipped {
	const char *name; /* "rp-pull.scn" */
	const char *text;
};

/* Ends with a NULL name. */
extern const struct shipped shipped_scenarios[];
