/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chassis: slots, the boards in them, the channels between them, the arbiter that grants
 * terms, the clock, consoles and files.  It knows boards only as struct board_ops.
 *
 * Two ways to run (chassis/conductor.c, the only reader of the clock):
 *   rounds     virtual clock, everything inline and deterministic; chassis_run()
 *   free run   wall clock, one thread per board; chassis_run_free()
 *
 * A chassis is used from one thread; boards run on others only in free run.
 *
 * Several chassis may stand in a row (chassis_join()): one clock, one thread, and whoever runs the
 * first of them runs them all.
 */
#pragma once

#include "chassis/board.h"
#include "chassis/messages.h"

#include <glib.h>

struct chassis;

struct chassis_config {
	uint64_t seed;
	bool virtual;      /* rounds; otherwise free run */
	bool timing_real;  /* --timing real */
	const char *bootflash; /* --bootflash DIR; NULL: files live in memory */
	int64_t wall_epoch;    /* 0: virtual 2026-01-01T00:00:00Z, free run the real time */
	base_dur rp_rp_latency;  /* virtual; zero: 30 us */
	base_dur rp_fp_latency;  /* virtual; zero: 20 us */
	bool threads;            /* virtual: the turns of a round run on a thread per board */
};

struct chassis *chassis_new(const struct chassis_config *cfg);

/* Destroys all boards (power cut: nothing is sent) and frees.  The first of a row comes last. */
void chassis_free(struct chassis *c);

/* Puts c into the row of `first`, behind those that are in it: chassis_run(), chassis_step(),
 * chassis_run_free(), chassis_stop() of the first are for all of them, and of the others they
 * are not called.  Virtual: a round is one of all that have something due, in the order of the
 * row, and their clocks are equal before and after it.  Both have the same kind of clock, and
 * none of them has run. */
void chassis_join(struct chassis *first, struct chassis *c);

/* Says what board sits in a slot; it is out until chassis_insert().  arg must outlive the
 * chassis. */
void chassis_declare(struct chassis *c, unsigned slot, const struct board_ops *ops,
	const void *arg);

/* A wire between a port of an SPA and a peer board: packet rings in both directions
 * (pkt_rx/pkt_tx by slot; ifindex in the metadata names the port). */
void chassis_wire(struct chassis *c, uint16_t ifindex, unsigned peer_slot);

/* The peer slot at the end of a port's wire, SLOT_NONE if nothing is attached. */
unsigned chassis_wire_end(const struct chassis *c, uint16_t ifindex);

/* ---- hands ---- */

/* Errors are sentences: "R0 is inserted already". */
bool chassis_insert(struct chassis *c, unsigned slot, GError **error);
bool chassis_pull(struct chassis *c, unsigned slot, enum slot_why why, GError **error);

/* Virtual only: pulls the slot at the n-th item that it stages from now on (n >= 1), or at the
 * end of the turn in which chassis_run() notices it. */
bool chassis_pull_at(struct chassis *c, unsigned slot, uint64_t n, enum slot_why why,
	GError **error);

/* Items the slot's board has staged since its power-on. */
uint64_t chassis_items(const struct chassis *c, unsigned slot);

/* Pull and insert again at once: a reset button. */
bool chassis_reset(struct chassis *c, unsigned slot, GError **error);

/* The board stands still for d (zero: until chassis_wake()): its thread lives, it takes no turn,
 * its rings fill.  Then it goes on as if nothing had been.  Only missing heartbeats tell. */
bool chassis_hang(struct chassis *c, unsigned slot, base_dur d, GError **error);
bool chassis_wake(struct chassis *c, unsigned slot, GError **error);

/* How a hang of an RP is found: heartbeats missed (default 1 s x 3).  A board found hung counts
 * as gone (PEER_DOWN with SLOT_WHY_HUNG); when it beats again it is reset. */
void chassis_set_detection(struct chassis *c, base_dur interval, unsigned misses);

/* What SLOT_OP_STOP of an RP's order left off can be started again by chassis_insert(). */

/* Faults of a channel between two boards, both directions, packets too.  What is sent over a cut
 * channel is lost. */
struct link_faults {
	base_dur delay;    /* instead of the channel's own latency; 0: that */
	uint64_t rate_bps; /* 0: no limit */
	bool cut;
	size_t room;       /* bytes that lie in the ring at most (back-pressure), or one record;
			    * 0: all that it holds */
};

bool chassis_link_ipc(struct chassis *c, unsigned a, unsigned b, const struct link_faults *f,
	GError **error);
void chassis_link_get(const struct chassis *c, unsigned a, unsigned b, struct link_faults *f);

/* Faults of a port, instead of those it had; m->port is not read.  They outlive the SPA. */
bool chassis_link_port(struct chassis *c, uint16_t ifindex, const struct msg_link *m,
	GError **error);
void chassis_link_port_get(const struct chassis *c, uint16_t ifindex, struct msg_link *m);
bool chassis_link_has_faults(const struct msg_link *m);

/* ---- captures ---- */

/* The table of a checkpoint record's fields; NULL: there is no such record.  Boards make them
 * and the chassis knows none, so captures must be told: what no table describes is written
 * as a row of asterisks. */
typedef const struct rec_table *(*chassis_ckpt_table_fn)(unsigned client, unsigned type);
void chassis_set_ckpt_tables(struct chassis *c, chassis_ckpt_table_fn fn);

/* Writes a pcapng file (scenarios ship the dissector of IPC channels) until it is stopped; the
 * file is written by a thread of its own.  name is unique. */
bool chassis_capture_port(struct chassis *c, const char *name, uint16_t ifindex,
	const char *path, GError **error);
bool chassis_capture_ipc(struct chassis *c, const char *name, unsigned a, unsigned b,
	const char *path, GError **error);
/* packets (may be NULL): how many were written; dropped: could not be. */
bool chassis_capture_stop(struct chassis *c, const char *name, uint64_t *packets,
	uint64_t *dropped, GError **error);

/* Puts what a running capture holds back into its file; in free run its thread does so every few
 * milliseconds, and this does nothing. */
void chassis_capture_flush(struct chassis *c, const char *name);
/* Unix time, in nanoseconds, that files have for base_time zero. */
int64_t chassis_capture_epoch(const struct chassis *c);

struct chassis_capture_info {
	const char *name, *point, *path; /* point: "GigabitEthernet0/0/0", "ipc R0-R1" */
	uint64_t packets, dropped;
};

/* The i-th of those that run, from 0; false: there are not so many. */
bool chassis_capture_get(const struct chassis *c, unsigned i, struct chassis_capture_info *out);

bool chassis_is_in(const struct chassis *c, unsigned slot);
uint64_t chassis_term(const struct chassis *c);
unsigned chassis_active(const struct chassis *c); /* slot that holds the term, or SLOT_NONE */
unsigned chassis_active_fp(const struct chassis *c); /* or SLOT_NONE */
bool chassis_standby_hot(const struct chassis *c);

struct chassis_slot_info {
	unsigned slot;
	bool in;
	bool hung; /* by a hand */
	bool lost; /* the arbiter has found that it hangs */
	bool off;  /* not in, but in its slot: it reloads, or was stopped by an RP */
	uint64_t boot_id;
	base_time since; /* inserted or removed */
};

bool chassis_slot_get(const struct chassis *c, unsigned slot, struct chassis_slot_info *out);

/* ---- running ---- */

base_time chassis_now(const struct chassis *c);
base_time chassis_began(const struct chassis *c); /* chassis_new() */
int64_t chassis_wall_epoch(const struct chassis *c);

/* Virtual: runs rounds until the clock has reached `until` (BASE_TIME_NEVER: until nothing is
 * due any more). */
void chassis_run(struct chassis *c, base_time until);

/* Virtual: one round, jumping to the next due time first when nothing is deliverable, but not
 * past `until`.  False when nothing was left to do before it. */
bool chassis_step(struct chassis *c, base_time until);

/* Free run: starts the board threads and serves consoles and watched descriptors until
 * chassis_stop(), which may be called from a watch or a signal handler. */
void chassis_run_free(struct chassis *c);
void chassis_stop(struct chassis *c);

/* Free run: fn is called on the chassis thread when fd is ready (events as poll). */
typedef void (*chassis_watch_fn)(int fd, short revents, void *user);
void chassis_watch(struct chassis *c, int fd, short events, chassis_watch_fn fn, void *user);
void chassis_unwatch(struct chassis *c, int fd);

/* fn is called on the chassis thread at or after `due` (both clocks). */
typedef void (*chassis_timer_fn)(void *user);
unsigned chassis_at(struct chassis *c, base_time due, chassis_timer_fn fn, void *user);
void chassis_at_cancel(struct chassis *c, unsigned id);

/* Virtual, for tests that look into boards and rings: fn is called when what the boards staged
 * in a round can be seen and nobody has taken it, before boards are pulled.  NULL: nobody. */
typedef void (*chassis_round_fn)(void *user);
void chassis_on_round(struct chassis *c, chassis_round_fn fn, void *user);

/* ---- talking to boards ---- */

/* Sends from SLOT_CHASSIS. */
void chassis_send_rec(struct chassis *c, unsigned to, unsigned type, const void *rec);

/* Octets that the chassis has sent to a board and that it has not taken yet. */
size_t chassis_backlog(const struct chassis *c, unsigned to);

/* Every message that boards send to SLOT_CHASSIS and that the chassis does not use itself
 * (EXEC_OUT, LINE_OUT, LINE_CLOSE, LOG, READY, REPORT), and ACCT, goes to the listeners, in
 * order. */
typedef void (*chassis_listen_fn)(const struct ipc_msg *msg, base_time now, void *user);
void chassis_listen(struct chassis *c, chassis_listen_fn fn, void *user);
void chassis_unlisten(struct chassis *c, chassis_listen_fn fn, void *user);

/* ---- accounting records that RPs have sent out ---- */

struct chassis_acct_counts {
	uint64_t taken;   /* all that came */
	uint64_t doubles; /* of a Start or Stop that had come before */
	uint64_t dropped; /* forgotten for newer ones */
	unsigned kept;
};

void chassis_acct_counts(const struct chassis *c, struct chassis_acct_counts *out);

/* The index-th of those kept, oldest first, and how often it came (an interim record: the
 * newest).  Strings are borrowed. */
bool chassis_acct_get(const struct chassis *c, unsigned index, struct msg_acct *out,
	unsigned *copies);

/* Comings and goings, for the operator's log: told after they are done.  A board that is found
 * hung is told as gone, and again when it is reset. */
typedef void (*chassis_event_fn)(unsigned slot, bool in, enum slot_why why, base_time now,
	void *user);
void chassis_on_event(struct chassis *c, chassis_event_fn fn, void *user);
void chassis_off_event(struct chassis *c, chassis_event_fn fn, void *user);

/* The slot's files, as board_file_read() sees them (also while the board is out). */
GBytes *chassis_file_read(struct chassis *c, unsigned slot, const char *name);
void chassis_file_write(struct chassis *c, unsigned slot, const char *name, GBytes *bytes);

/* Error domain of everything in chassis. */
#define CHASSIS_ERROR (chassis_error_quark())
GQuark chassis_error_quark(void);
enum chassis_error {
	CHASSIS_ERROR_STATE,   /* slot already in, or out */
	CHASSIS_ERROR_ADDRESS, /* console address in use or malformed */
};
