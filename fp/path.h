/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The packet path: bursts of packets in, verdicts out.  Knows nothing of boards, rings or
 * messages, so that tests, the benchmark and the fuzzer drive it with an array of buffers.
 *
 * Every packet that is handed in leaves as exactly one row of a sink (at once, or later when
 * it waits for ARP or for its other fragments); packets that the path makes itself (ARP,
 * ICMP, echoes, fragments) leave as rows of their own.  Whoever empties the sink owns them.
 */
#pragma once

#include "base/time.h"
#include "chassis/messages.h"
#include "fp/fp.h"

#include <glib.h>

enum fp_verdict {
	FP_TX,   /* send by port `ifindex`: a whole Ethernet frame */
	FP_PUNT, /* to the active RP; pkt->class is set, `what` is the same */
	FP_DROP, /* free; `what` is the reason, already counted */
	FP_DONE, /* free: has been answered, absorbed or cut into fragments */
};

struct fp_row {
	struct pkt *pkt;
	uint16_t ifindex;
	uint8_t verdict; /* enum fp_verdict */
	uint8_t what;    /* enum pkt_class or enum fp_drop */
};

enum {
	FP_FRAGS_MAX = 8,   /* pieces that one packet may be cut into */
	FP_ROWS_MAX = 1024, /* far above what a burst can make, see fp/output.c */
};

struct fp_sink {
	unsigned n;
	struct fp_row row[FP_ROWS_MAX];
};

/* Takes up to n fresh buffers (full headroom, len 0); how many there were. */
typedef unsigned (*fp_alloc_fn)(void *user, struct pkt **pkts, unsigned n);

struct fp_path;

struct fp_path *fp_path_new(fp_alloc_fn alloc, void *user, base_time now);

/* Frees all; packets that still wait must have been taken with fp_path_drain(). */
void fp_path_free(struct fp_path *f);
void fp_path_drain(struct fp_path *f, struct fp_sink *out);

/* Frames from ports (pkt->ifindex says which), at most PKT_BURST; out is emptied first. */
void fp_path_burst(struct fp_path *f, struct pkt **pkts, unsigned n, base_time now,
	struct fp_sink *out);

/* Packets from an RP that may speak (its term has been checked); out is emptied first. */
void fp_path_inject(struct fp_path *f, struct pkt **pkts, unsigned n, base_time now,
	struct fp_sink *out);

/* Timers: ARP, LCP echoes.  True when more are due than fit in out. */
bool fp_path_tick(struct fp_path *f, base_time now, struct fp_sink *out);
base_time fp_path_next_due(const struct fp_path *f);

/* ---- tables ---- */

/* Later upserts carry this generation. */
void fp_path_begin(struct fp_path *f, uint32_t generation);
/* Starts to sweep what is older than `generation`; ignored when that is not the present
 * one. */
void fp_path_end(struct fp_path *f, uint32_t generation);
/* Goes on sweeping (a slice); true once when all is swept, with the number removed. */
bool fp_path_sweep(struct fp_path *f, uint32_t *count, struct fp_sink *out);
bool fp_path_sweeping(const struct fp_path *f);
uint32_t fp_path_generation(const struct fp_path *f);

/* These may send gratuitous ARP or give up waiting packets: rows are added to out. */
void fp_path_iface(struct fp_path *f, const struct msg_fib_iface *m, base_time now,
	struct fp_sink *out);
void fp_path_port(struct fp_path *f, const struct msg_port_state *m, base_time now,
	struct fp_sink *out);
/* A port's board is gone: its ports are down. */
void fp_path_slot_down(
	struct fp_path *f, unsigned slot, base_time now, struct fp_sink *out);
bool fp_path_route(struct fp_path *f, const struct msg_fib_route *m);
bool fp_path_session(struct fp_path *f, const struct msg_fib_session *m, base_time now);
/* Fills *counts; all zero for an unknown session. */
void fp_path_stop(struct fp_path *f, uint32_t index, uint32_t l2tp,
	struct msg_fib_counts *counts);
void fp_path_counts(
	const struct fp_path *f, uint32_t index, struct msg_fib_counts *counts);
void fp_path_remove(struct fp_path *f, uint32_t index);

/* ---- reports ---- */

/* The next session found dead by echoes and not yet reported; 0 when there is none. */
uint32_t fp_path_next_dead(struct fp_path *f);
/* All that are dead are to be reported again (to a new RP). */
void fp_path_dead_again(struct fp_path *f);
/* Tunnels whose data came since they were last told, as u16 in network order, so many that
 * they fit a record; NULL: none (left). */
GBytes *fp_path_heard(struct fp_path *f);
bool fp_path_has_heard(const struct fp_path *f);

/* Counts a drop that happened outside of the path. */
void fp_path_count(struct fp_path *f, enum fp_drop reason, unsigned n);
uint64_t fp_path_drops(const struct fp_path *f, enum fp_drop reason);
uint32_t fp_path_sessions(const struct fp_path *f);
/* Fills drops, ifaces, sessions, generation; clear with rec_clear() or unref the bytes. */
void fp_path_stats(const struct fp_path *f, struct msg_fib_stats *m);

/* ---- the other FP (fp/mirror.h) ---- */

/* A standby keeps its tables and sends nothing of its own. */
void fp_path_set_standby(struct fp_path *f, bool standby);
/* Everything that the RP said is gone; the ports stay. */
void fp_path_clear(struct fp_path *f, base_time now, struct fp_sink *out);
/* What the RP said of an interface; false: nothing. */
bool fp_path_iface_config(
	const struct fp_path *f, uint16_t ifindex, struct msg_fib_iface *m);
/* As msg_fib_stats.ifaces; the caller's. */
GBytes *fp_path_iface_counters(const struct fp_path *f);
void fp_path_set_iface_counters(struct fp_path *f, struct rd r);

/* What the RP said, one line an interface, route and session, in a fixed order and without
 * all that two FPs may see differently (generations, counters, ports); free it.  Tests compare
 * FPs with it. */
char *fp_path_dump(const struct fp_path *f);
/* A line of it. */
void fp_session_line(const struct msg_fib_session *m, bool stopped, GString *out);
/* The path of an FP board (its self), for tests. */
const struct fp_path *fp_board_path(const void *self);
/* Has a packet of the tunnel left that the standby had not confirmed (fp/marks.h)? */
bool fp_board_marked(const void *self, uint16_t tunnel);
/* The same, and the low bits of the highest transaction number of such a packet. */
bool fp_board_mark(const void *self, uint16_t tunnel, uint32_t *seq);
bool fp_board_is_standby(const void *self);
