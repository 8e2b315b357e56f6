/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is in the slots of a chassis, as a text of lines (the inside of a `chassis` block of
 * the scenario language; the file of --chassis):
 *
 *	rp R0 R1            route processors
 *	fp F0 F1            forwarding processors
 *	spa 0/0 gigabit 4   a port adapter of one to eight ports
 *	# comment
 */
#pragma once

#include "chassis/slot.h"

#include <glib.h>

struct inventory {
	bool rp[2], fp[2];
	uint8_t spa_ports[N_SIPS * BAYS_PER_SIP]; /* 0: the bay is empty */
};

/* R0 R1, F0 F1, SPAs 0/0 and 0/1 of four ports each. */
void inventory_default(struct inventory *inv);

/* One line.  False and a sentence when it is not understood, or says something twice. */
bool inventory_line(struct inventory *inv, const char *line, GError **error);

/* A whole text into *inv (emptied first).  Errors begin with "NAME:LINE: "; a chassis needs an
 * RP and an FP. */
bool inventory_parse(struct inventory *inv, const char *text, const char *name, GError **error);

static inline unsigned inventory_ports(const struct inventory *inv, unsigned slot)
{
	return slot >= SLOT_SPA && slot < SLOT_PEER ? inv->spa_ports[slot - SLOT_SPA] : 0;
}
