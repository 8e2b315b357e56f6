/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two L2TP engines joined by a wire that can lose, repeat, reorder and delay, in virtual time.
 * Side 0 is the LNS (and may have a standby, fed by its records after a delay), side 1 the
 * LAC.  Everything that side 0 puts out is checked:
 *
 *   I-send  a message leaves only when the standby holds it with the same bytes
 *   I-ack   no packet says an Nr above what the standby has applied
 *   bytes   a number is never bound to other bytes, whoever sends it
 */
#pragma once

#include "l2tp/internal.h"

enum { LNS = 0, LAC = 1 };

struct side {
	struct l2tp_engine *e;
	struct l2tp_path path; /* local: this side */
	struct l2tp_cc_params params;
	bool refuse_calls, refuse_tunnels, slow_owner;
	unsigned requests, cc_up, cc_down, s_up, s_down, calls;
	unsigned resync_ok, resync_failed;
	unsigned packets, zlbs, hellos, retransmits, uncommitted;
	uint16_t cc, session; /* of the last effect that named one */
	struct l2tp_cause cause;
	unsigned slis, wens;
	uint32_t accm[2];
	struct l2tp_call_errors errors;
	uint8_t last[2048]; /* packet */
	size_t last_len;
};

struct world {
	base_time now;
	struct rng rng;
	unsigned loss, dup; /* percent */
	base_dur delay_min, delay_max;
	bool cut[2]; /* nothing arrives at this side */
	struct side side[2];
	GQueue wire; /* of struct flight, by time */

	struct l2tp_engine *standby;
	base_dur commit_delay;
	bool commits_stopped; /* the standby does not answer */
	uint64_t seq;
	GQueue txns; /* of struct txn */

	unsigned items;     /* packets and transactions staged by side 0 */
	unsigned kill_at;   /* side 0 dies after so many; 0 never */
	bool dead;          /* it has */
	base_time takeover; /* when the standby becomes active, after that */
	base_dur outage;
	/* Sees every packet of both sides as it leaves; NULL: none. */
	void (*tap)(struct world *w, int side, const struct l2tp_effect *fx, void *user);
	void *tap_user;
	GHashTable *bodies; /* of each tunnel and Ns that side 0 sent */
};

struct world *world_new(uint64_t seed);
void world_free(struct world *w);

/* Gives side 0 a standby and runs the bulk. */
void world_add_standby(struct world *w, base_dur commit_delay);

/* Runs until that much time has passed. */
void world_run(struct world *w, base_dur d);

/* Takes what a side has put out: to be called after every call into its engine. */
void world_pump(struct world *w, int side);

/* Side 0 dies now; the standby takes over after w->outage. */
void world_kill(struct world *w);

uint16_t world_open(struct world *w);
uint16_t world_call(struct world *w, uint16_t cc);

/* Opens a tunnel and runs until it is up on both sides; returns the id at the LAC. */
uint16_t world_up(struct world *w);

/* The only tunnel of a side; false: none. */
bool world_cc(const struct world *w, int side, struct l2tp_cc_info *out);

/* Both sides have the same tunnels and established sessions. */
void world_assert_agree(const struct world *w);

/* Bytes into the LNS engine as if they came from the LAC's address. */
void world_inject(struct world *w, const void *bytes, size_t len);
