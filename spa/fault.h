/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Faults of one direction of a port (msg_link): frames are lost, doubled, late, out of order,
 * or wait for a slow link.  Whatever kind the port is, its frames go through here between the
 * port and the board; a port without faults has no such thing.
 *
 * In this order: cut or lost, doubled, sent at the link's rate, on their way for delay and
 * jitter.  Frames keep their order, also under jitter, but for those that `reorder` holds back
 * for 1 to 5 ms.  All chances are drawn from a seed.
 */
#pragma once

#include "base/time.h"
#include "chassis/messages.h"

enum { FAULT_QUEUE = 4096 }; /* frames on their way */

struct fault_counters {
	uint64_t lost; /* by cut and loss */
	uint64_t full; /* too many were on their way */
	uint64_t doubled, reordered;
};

struct fault;

/* held: frames that all directions of the board hold, at most `room` of them. */
struct fault *fault_new(
	struct board_env *env, uint64_t stream, unsigned *held, unsigned room);
void fault_free(struct fault *f); /* frames on their way belong to the board still */

/* From now on; those on their way stay as they are. */
void fault_set(struct fault *f, const struct msg_link *m);
/* Nothing to do any more: no faults, and nothing on its way. */
bool fault_is_idle(const struct fault *f);

/* Takes all n frames; how many of them are lost at once. */
unsigned fault_put(struct fault *f, struct pkt **pkts, unsigned n, base_time now);
/* Up to n frames that have arrived. */
unsigned fault_get(struct fault *f, struct pkt **pkts, unsigned n, base_time now);
base_time fault_next_due(const struct fault *f);

const struct fault_counters *fault_counters(const struct fault *f);
