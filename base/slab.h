/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Slab of fixed-size records addressed by 32-bit index.  Records are zeroed when taken and
 * never move, so a pointer stays good until the record is put back; across modules and
 * boards the index is used.  Index 0 is never given out and means "none".  Freed indices
 * are reused oldest first.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct slab;

/* item: size of a record; max: most records that may be taken at one time. */
struct slab *slab_new(size_t item, uint32_t max);

/* Frees the slab and all its records; what records own must have been freed before. */
void slab_free(struct slab *s);

/* Takes a record; *index is its number.  NULL when max records are taken. */
void *slab_take(struct slab *s, uint32_t *index);

/* Takes the record of that very number (for a standby that mirrors an active).  NULL when
 * it is 0, above max, or taken. */
void *slab_take_at(struct slab *s, uint32_t index);

void slab_put(struct slab *s, uint32_t index);

/* The record; NULL when index is not taken. */
void *slab_get(const struct slab *s, uint32_t index);

/* The first taken record with a number above `after` (start with 0); sets *index. */
void *slab_next(const struct slab *s, uint32_t after, uint32_t *index);

uint32_t slab_count(const struct slab *s);
