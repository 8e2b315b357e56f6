/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The FP as witness (ha-commit.md H3): for which tunnels packets left that the standby RP had
 * not confirmed.  A mark is set before such a packet is sent, holds the highest transaction
 * number of them, and goes when the standby has acknowledged that transaction or the tunnel is
 * deleted.  A new active RP reads the marks before it resumes anything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct fp_marks;

struct fp_marks *fp_marks_new(void);
void fp_marks_free(struct fp_marks *m);

/* seq: low bits of the transaction number; compared in the half-space.  False: it has been
 * acknowledged before, the tunnel is not marked for it. */
bool fp_marks_set(struct fp_marks *m, uint16_t tunnel, uint32_t seq);

/* Transactions up to seq are acknowledged: the mark of the tunnel (0: of all tunnels) goes
 * unless it is above, also one whose packet has yet to come. */
void fp_marks_acked(struct fp_marks *m, uint16_t tunnel, uint32_t seq);

/* As the other FP was told, which passes marks and this on in their order: nothing is remembered
 * for packets that have yet to come, whose numbers may be those of another term. */
void fp_marks_acked_there(struct fp_marks *m, uint16_t tunnel, uint32_t seq);

/* Another RP acts: its numbers have nothing to do with those acknowledged so far.  What is
 * marked stays marked. */
void fp_marks_new_term(struct fp_marks *m);

/* The tunnel is gone. */
void fp_marks_drop(struct fp_marks *m, uint16_t tunnel);

/* All of them are gone. */
void fp_marks_clear(struct fp_marks *m);

/* Pairs {u16 tunnel, u32 seq}, in order of tunnel; the caller's. */
GBytes *fp_marks_list(const struct fp_marks *m);
/* A bit for each tunnel id, 8192 octets; the caller's. */
GBytes *fp_marks_bits(const struct fp_marks *m);
/* Is it marked, by which transaction?  seq: may be NULL. */
bool fp_marks_get(const struct fp_marks *m, uint16_t tunnel, uint32_t *seq);
unsigned fp_marks_count(const struct fp_marks *m);
