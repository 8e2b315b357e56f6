/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lowest free number, see ids.h.
 */
#include "vpdn/ids.h"

#include <glib.h>

static unsigned first_zero(uint64_t word)
{
	return (unsigned)__builtin_ctzll(~word);
}

static void mark(struct ids *t, uint32_t n)
{
	uint32_t word = n / 64, group = word / 64;

	t->used[word] |= UINT64_C(1) << n % 64;
	if (t->used[word] == UINT64_MAX)
		t->full[group] |= UINT64_C(1) << word % 64;
	if (t->full[group] == UINT64_MAX)
		t->full_top |= UINT64_C(1) << group;
}

uint32_t ids_take(struct ids *t)
{
	if (t->full_top == UINT64_MAX)
		return 0;

	uint32_t group = first_zero(t->full_top);
	uint32_t word = group * 64 + first_zero(t->full[group]);
	uint32_t n = word * 64 + first_zero(t->used[word]);

	mark(t, n);
	return n + 1;
}

static bool is_taken(const struct ids *t, uint32_t n)
{
	return t->used[n / 64] >> n % 64 & 1;
}

bool ids_take_at(struct ids *t, uint32_t number)
{
	if (number == 0 || number > IDS_MAX || is_taken(t, number - 1))
		return false;
	mark(t, number - 1);
	return true;
}

void ids_put(struct ids *t, uint32_t number)
{
	if (number == 0)
		return;

	uint32_t n = number - 1;

	g_assert(number <= IDS_MAX && is_taken(t, n));
	t->used[n / 64] &= ~(UINT64_C(1) << n % 64);
	t->full[n / 4096] &= ~(UINT64_C(1) << n / 64 % 64);
	t->full_top &= ~(UINT64_C(1) << n / 4096);
}
