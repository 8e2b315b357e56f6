/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other FP kept like this one, so that it can go on forwarding at once (IPC_FIB_MIRROR).
 *
 * One FIFO from the active FP to the standby.  It carries every table message that the active
 * applies, every mark before the packet that it is for (ha-commit.md H3), all neighbours when
 * one has changed, and once a second what else the FP itself changed: counters, numbers and
 * echo state of sessions, counters of interfaces.  A standby that appears gets everything in slices behind that live
 * stream: begin (it empties its tables), entries encoded from what is there at that moment,
 * end.  What is deleted before its slice is never sent, what is deleted after it is deleted
 * behind it.
 *
 * What the standby has of Ns is up to a second old, so it keeps every Ns a jump ahead: numbers
 * that go on from there are new to the peer.
 */
#pragma once

#include "chassis/messages.h"
#include "fp/marks.h"
#include "fp/path.h"

/* msg_fib_mirror.type beside enum ipc_type; the payloads are rows in network order. */
enum fp_mirror_type {
	FP_MIRROR_BEGIN = 240, /* u32 generation: empty all tables */
	FP_MIRROR_END,         /* everything has been sent */
	FP_MIRROR_BATCH,       /* table messages: u8 type, u16 length, payload */
	FP_MIRROR_OWN,         /* what the FP owns of sessions, fp/mirror.c */
	FP_MIRROR_IFACES,      /* as msg_fib_stats.ifaces */
	FP_MIRROR_ARP,         /* all neighbours: u16 ifindex, u32 address, u8 MAC[6] */
	FP_MIRROR_MARKS,       /* u16 tunnel, u32 seq */
	FP_MIRROR_AGAIN,       /* from the standby: a record is missing, begin again */
};

G_STATIC_ASSERT((int)N_IPC_TYPES <= (int)FP_MIRROR_BEGIN);

struct fp_mirror;

/* What the mirror keeps like the other FP's. */
struct fp_mirror_parts {
	struct board_env *env;
	struct fp_path *path;
	struct fp_marks *marks;
	struct fp_sink *sink; /* filled by what is taken; the board's to empty */
	/* Carries out a table message of the active FP. */
	void (*apply)(void *user, const struct ipc_msg *msg, base_time now);
	void *user;
};

struct fp_mirror *fp_mirror_new(const struct fp_mirror_parts *parts);
void fp_mirror_free(struct fp_mirror *m);

/* ---- of the active ---- */

/* The other FP is there: from now on it is told everything. */
void fp_mirror_start(struct fp_mirror *m, unsigned to, base_time now);
void fp_mirror_stop(struct fp_mirror *m);
bool fp_mirror_started(const struct fp_mirror *m);

/* A table message that is applied, or IPC_FIB_UNMARK. */
void fp_mirror_table(struct fp_mirror *m, const struct ipc_msg *msg);
/* Before the packet that it is for. */
void fp_mirror_mark(struct fp_mirror *m, uint16_t tunnel, uint32_t seq);
/* What the FP owns of one session, now (its final counters). */
void fp_mirror_session(struct fp_mirror *m, uint32_t index);
/* Packets came or went: there will be something to tell. */
void fp_mirror_touch(struct fp_mirror *m);

/* A slice of what is to be told; true: there is more and it can be told now. */
bool fp_mirror_step(struct fp_mirror *m, base_time now);
base_time fp_mirror_next_due(const struct fp_mirror *m);

/* ---- of the standby, and what it answers ---- */

void fp_mirror_take(struct fp_mirror *m, const struct ipc_msg *msg, base_time now);

/* Goes on in the other's place; false: not everything had been told. */
bool fp_mirror_promote(struct fp_mirror *m, base_time now);
