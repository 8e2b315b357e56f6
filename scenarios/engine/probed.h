/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Those whose probes a simulated peer gets: what came of each, and probes back.
 *
 * A subscriber is known by the key in its probes and answered at the address they come from.
 * When another subscriber turns up with the same address, the first one has lost it and gets
 * nothing more; a known subscriber with another address is counted as wrong.
 */
#pragma once

#include "scenarios/engine/probe.h"

struct probed;

struct probed *probed_new(void);
void probed_free(struct probed *p);
void probed_forget(struct probed *p);

/* A probe up came from that address. */
void probed_take(struct probed *p, const struct probe *probe, uint32_t ip, base_time now);

/* The next probe down after *cursor (0 at first), and where it goes; false: all have one. */
bool probed_next(struct probed *p, unsigned *cursor, uint16_t run, base_time now,
	struct probe *probe, uint32_t *ip);

/* A line for each into `lines`; " subscribers=... sent=... received=..." of all into `totals`. */
void probed_report(
	const struct probed *p, base_time now, GString *totals, GString *lines);
/* Gaps are measured anew. */
void probed_mark(struct probed *p);
