/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What hands do to boards and cables: pull, insert, crash, reset, hang, wake, and faults of
 * links.
 */
#pragma once

#include "chassis/chassis.h"
#include "scenarios/engine/script.h"

/* One of those steps; false and a sentence. */
bool hands_step(struct chassis *c, const struct script_step *s, GError **error);

/* What `status` says: slots and roles, clock and term, ports (lines; may be NULL), and links
 * with faults. */
void hands_status(const struct chassis *c, const char *ports, GString *out);
