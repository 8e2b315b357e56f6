/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operator: what hands do at a chassis (design.md section 6).  A line in; its output, then
 * `ok` or `error: ...` on a line of its own.  Any number of connections at once; nothing here
 * blocks: answers come from callbacks of the chassis, on either clock.
 *
 * Requests to RPs carry ids with the highest bit set, those of other askers must not.
 */
#pragma once

#include "scenarios/engine/stage.h"

struct operator;

/* As console_operator_reply() of chassis/console.h. */
typedef void (*operator_reply_fn)(
	uint32_t connection, const char *text, bool final, bool close, void *user);

struct operator_config {
	struct chassis *chassis; /* must outlive the operator; NULL: nodes */
	const struct stage_node *nodes; /* several in a row, with names */
	unsigned n_nodes;
	bool cables; /* between them */
	const char *ports; /* lines for `status`: what ports are bound to; NULL */
	operator_reply_fn reply;
	void *user;
};

struct operator *operator_new(const struct operator_config *cfg);
void operator_free(struct operator *op);

/* One line of a connection; the next one must wait for the final reply, which may come before
 * this returns. */
void operator_line(struct operator *op, uint32_t connection, const char *line);

/* The connection is gone: what goes on for it is dropped. */
void operator_gone(struct operator *op, uint32_t connection);
