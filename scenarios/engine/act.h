/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Carrying out one step on a stage, for scenarios and for the operator alike.  Nothing here
 * blocks: the end is told by a callback, on either clock.
 */
#pragma once

#include "scenarios/engine/script.h"
#include "scenarios/engine/stage.h"

enum act_status {
	ACT_OK,
	ACT_FALSE,   /* the predicate does not hold */
	ACT_TIMEOUT, /* a wait was in vain */
	ACT_ERROR,   /* the step could not be carried out */
};

struct act_result {
	enum act_status status;
	const char *output; /* what there is to read; may be empty */
	const char *why;    /* a sentence; NULL with ACT_OK */
	const char *got;    /* of a predicate: what was found; may be NULL */
};

typedef void (*act_done_fn)(const struct act_result *r, void *user);

/* The step must live until it is done; done may be called before this returns.  session: exec
 * session of `cli` steps.  The act is gone when done is called. */
struct act *act_start(struct stage *s, const struct script_step *step, uint32_t session,
	act_done_fn done, void *user);
/* Done is not called any more. */
void act_cancel(struct act *a);

/* ---- for stage.c ---- */

void act_message(struct stage *s, const struct ipc_msg *msg);
void act_slot_gone(
	struct stage *s, unsigned node, unsigned slot, enum slot_why why);
