/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a board is, and all that it may touch outside itself.
 *
 * A board shares nothing: its state is what power_on() returned, it is run by exactly one
 * worker at a time, and it knows of others only what comes in messages (encoded bytes) and
 * packets.  A turn is: message(), work(), flush().
 *
 * An item is one IPC record or one packet put on any ring, numbered over all rings of a board
 * in staging order.  A pull at item N publishes items 1 to N, throws away what the board
 * stages after it, lets the turn return, then destroys the board.
 */
#pragma once

#include "base/buf.h"
#include "base/record.h"
#include "base/time.h"
#include "chassis/pkt.h"
#include "chassis/slot.h"

#include <glib.h>

struct board_env;

/* One record as the receiver sees it.  payload lies in the ring until the turn ends. */
struct ipc_msg {
	uint8_t type; /* enum ipc_type, chassis/messages.h */
	uint8_t from, to;
	uint64_t boot_id; /* which power-up of the sender */
	uint64_t term;    /* of the sending RP; receivers drop lower ones */
	struct rd payload;
};

struct board_ops {
	enum board_kind kind;
	/* arg: what chassis_declare() was given, read-only for the board. */
	void *(*power_on)(struct board_env *env, const void *arg, base_time now);
	void (*message)(void *self, const struct ipc_msg *msgs, size_t n, base_time now);
	/* Packets and timers; at most `budget` bursts or inputs.  True: there is more. */
	bool (*work)(void *self, base_time now, unsigned budget);
	void (*flush)(void *self, base_time now); /* last words of the turn; may be NULL */
	base_time (*next_due)(const void *self);
	/* Virtual: the board hears of something outside of its chassis, and this is when; asked
	 * between rounds.  May be NULL, as it is for nearly all. */
	base_time (*outside_due)(const void *self);
	/* struct pollfd; free run only; may be NULL. */
	const GArray *(*wait_fds)(const void *self);
	void (*destroy)(void *self); /* frees; sends nothing */
};

/* ---- the environment ---- */

unsigned board_slot(const struct board_env *env);
uint64_t board_boot_id(const struct board_env *env); /* differs at every power-up */
uint64_t board_seed(const struct board_env *env);    /* of this power-up */
bool board_timing_real(const struct board_env *env); /* --timing real: slow boots */
bool board_virtual(const struct board_env *env);     /* clock is virtual */
int64_t board_wall_epoch(const struct board_env *env); /* Unix time of base_time zero */
unsigned board_chassis(const struct board_env *env); /* place of its chassis in the row, from 0 */
base_time board_system_start(const struct board_env *env); /* the chassis was switched on */

/* The term that is put on messages from now on. */
void board_set_term(struct board_env *env, uint64_t term);

/* Stages a record; never fails and never blocks: what does not fit its ring waits staged (see
 * ipc_backlog()).  Records for an absent board are dropped.  The second form encodes *rec by
 * the message type's own table. */
void ipc_send(struct board_env *env, unsigned to, unsigned type, const void *payload,
	size_t len);
void ipc_send_rec(struct board_env *env, unsigned to, unsigned type, const void *rec);

/* Bytes staged or lying in the ring towards `to`: what back-pressure is judged by. */
size_t ipc_backlog(const struct board_env *env, unsigned to);

/* Takes up to n buffers of this board's own partition (off at full headroom, len 0, rest of
 * the header zero); fewer when it is empty. */
unsigned pkt_alloc(struct board_env *env, struct pkt **pkts, unsigned n);

/* Up to n packets that `from` has published to us. */
unsigned pkt_rx(struct board_env *env, unsigned from, struct pkt **pkts, unsigned n);

/* Puts packets on the ring to `to`.  Returns how many it took; the others stay the
 * caller's (ring full, or no such board: then free or drop-count them). */
unsigned pkt_tx(struct board_env *env, unsigned to, struct pkt **pkts, unsigned n);

/* Gives buffers back to their owners. */
void pkt_free(struct board_env *env, struct pkt **pkts, unsigned n);

/* Files of the board's own NVRAM and flash; they stay in the slot's board and come back with
 * it.  Names like "startup-config".  NULL: there is none.  Writing NULL removes. */
GBytes *board_file_read(struct board_env *env, const char *name);
void board_file_write(struct board_env *env, const char *name, GBytes *bytes);
