/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answering predicates: what must be asked for one, and what the answers mean.
 */
#pragma once

#include "scenarios/engine/stage.h"

/* What must be asked: nothing, a command of an RP, or reports. */
enum judge_needs { NEEDS_NOTHING, NEEDS_SHOW, NEEDS_REPORT, NEEDS_REPORTS };

enum judge_needs judge_needs(const struct script_pred *p);
/* The command for NEEDS_SHOW. */
const char *judge_command(const struct script_pred *p);

/* Whether it holds.  answers: the output, the report, or the reports of all peers in their
 * order.  got: what was found, as a short text. */
bool judge(const struct stage *s, const struct script_pred *p, const GPtrArray *answers,
	GString *got);
