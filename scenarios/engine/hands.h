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
/* What a link line says of a port, or of a channel. */
bool hands_link(struct chassis *c, const struct script_link *l, GError **error);
/* Of a cable: what cuts it, mends it or clears it, seen from the port at its other end. */
bool hands_link_end(struct chassis *c, const struct script_link *l, GError **error);

/* What `status` says: slots and roles, clock and term, ports (lines; may be NULL), and links
 * with faults. */
void hands_status(const struct chassis *c, const char *ports, GString *out);
