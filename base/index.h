/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open-addressing index from 64-bit key to non-zero 32-bit value (a slab index).  16-byte
 * slots, load at most one half, multiplicative hash, back-shift deletion.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index;

struct index *index_new(size_t expected);
void index_free(struct index *ix);

/* Sets key to value (not 0), replacing what was there. */
void index_put(struct index *ix, uint64_t key, uint32_t value);

/* The value, or 0. */
uint32_t index_get(const struct index *ix, uint64_t key);

/* Removes key; false when it was not there. */
bool index_del(struct index *ix, uint64_t key);

size_t index_count(const struct index *ix);

/* For bursts: hint that key will be looked up soon. */
void index_prefetch(const struct index *ix, uint64_t key);
