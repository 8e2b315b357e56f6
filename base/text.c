/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Strings from outside: escape sequences, newlines and other bytes that would let a peer
 * write on an operator's screen never get past text_escape().
 */
#include "base/text.h"

#include <stdbool.h>

enum { ESCAPE_MAX = 64 };

char *text_escape(const void *bytes, size_t n)
{
	const guint8 *p = bytes;
	GString *out = g_string_sized_new(MIN(n, ESCAPE_MAX) + 4);

	for (size_t i = 0; i < MIN(n, ESCAPE_MAX); i++) {
		if (p[i] >= ' ' && p[i] <= '~')
			g_string_append_c(out, (char)p[i]);
		else
			g_string_append_printf(out, "\\x%02x", p[i]);
	}
	if (n > ESCAPE_MAX)
		g_string_append(out, "...");
	return g_string_free(out, FALSE);
}

GBytes *text_from_hex(const char *hex)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	while (*hex) {
		if (g_ascii_isspace(*hex) || *hex == ':') {
			hex++;
			continue;
		}

		int high = g_ascii_xdigit_value(hex[0]);
		int low = high < 0 ? -1 : g_ascii_xdigit_value(hex[1]);

		if (low < 0)
			return NULL;

		guint8 byte = (guint8)(high << 4 | low);

		g_byte_array_append(out, &byte, 1);
		hex += 2;
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}
