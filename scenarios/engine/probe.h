/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Probes: numbered UDP packets between subscribers and hosts, and what their receiver can say
 * about them.  A flow is one direction of one subscriber.
 *
 * Payload: u32 magic, u8 direction, u8 0, u16 run, u32 key, u32 number, u64 time sent in
 * nanoseconds.  The key names the subscriber; the run is raised by `start probes`, so that a
 * pause that was ordered does not count as a gap.
 */
#pragma once

#include "base/buf.h"
#include "base/time.h"

#include <glib.h>

enum {
	PROBE_LEN = 24,
	PROBE_PORT = 7007,
	PROBE_WINDOW = 1024, /* numbers remembered, to tell late from double */
};

enum probe_direction {
	PROBE_UP = 1, /* subscriber to host */
	PROBE_DOWN = 2,
};

struct probe {
	uint8_t direction; /* enum probe_direction */
	uint16_t run;
	uint32_t key;
	uint32_t number; /* 0, 1, ... */
	base_time sent;
};

void probe_build(uint8_t buf[PROBE_LEN], const struct probe *p);

/* False: not one of ours. */
bool probe_parse(struct rd r, struct probe *p);

struct flow {
	uint64_t received; /* each number once */
	uint64_t duplicated, reordered;
	uint64_t
		wrong; /* came to this subscriber but were another's; counted by its owner */
	uint32_t next; /* highest number seen + 1 */
	uint64_t seen[PROBE_WINDOW / 64];
	base_time last;
	uint16_t run;
	base_dur gap; /* longest time between two arrivals of one run, since a mark */
};

void flow_receive(struct flow *f, const struct probe *p, base_time now);

/* Adds b's counts to a's, and takes the longer gap. */
void flow_sum(struct flow *a, const struct flow *b);

/* " received=12 duplicated=0 reordered=0 wrong=0 gap-us=10000" */
void flow_print(const struct flow *f, GString *out);

/* " silent-us=5000": since the last arrival; nothing while there was none. */
void flow_print_silence(const struct flow *f, base_time now, GString *out);

/* The longest gap is measured anew from here on. */
void flow_mark(struct flow *f);

/* When probes of `pps` a second are due next after now: all senders share the same ticks. */
base_time probe_next_tick(base_time now, unsigned pps);
