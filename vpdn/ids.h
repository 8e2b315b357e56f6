/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lowest free number, for interface numbers: three levels of 64-bit words, a bit of an
 * upper level says that the word below is full.  Taking and giving back touch three
 * words.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { IDS_MAX = 64 * 64 * 64 };

struct ids {
	uint64_t full_top;
	uint64_t full[64];
	uint64_t used[64 * 64]; /* bit n: number n + 1 is taken */
};

/* The lowest free number from 1; 0 when all are taken. */
uint32_t ids_take(struct ids *t);

/* Takes that very number; false when it is out of range or taken. */
bool ids_take_at(struct ids *t, uint32_t number);

/* Gives a taken number back; 0 is ignored. */
void ids_put(struct ids *t, uint32_t number);
