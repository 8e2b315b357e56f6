/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bytes written as hex in tests.  A typing error in a test is the test's fault, so it
 * stops.
 */
#pragma once

#include "base/text.h"

#include <glib.h>

/* "80 08 0000" to bytes. */
static inline GBytes *hex(const char *digits)
{
	GBytes *bytes = text_from_hex(digits);

	g_assert_nonnull(bytes);
	return bytes;
}

/* Bytes to "80080000". */
static inline char *to_hex(const void *bytes, size_t n)
{
	const guint8 *p = bytes;
	GString *out = g_string_sized_new(2 * n + 1);

	for (size_t i = 0; i < n; i++)
		g_string_append_printf(out, "%02x", p[i]);
	return g_string_free(out, FALSE);
}

/* Both as hex, so that a failure shows them. */
#define assert_hex(bytes, n, expected)                                                 \
	do {                                                                           \
		g_autofree char *got_hex_ = to_hex(bytes, n);                          \
		g_assert_cmpstr(got_hex_, ==, expected);                               \
	} while (0)
