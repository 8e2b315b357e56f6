/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Carries out a `capture` line: starts one, stops one, or lists them.
 */
#pragma once

#include "scenarios/engine/script.h"

struct chassis;

/* What there is to say goes into out, lines with ends.  False and a sentence: it failed. */
bool capture_step(
	struct chassis *c, const struct script_step *s, GString *out, GError **error);
