/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Telnet decoder: cut anywhere, the same bytes must give the same keys; answers stay
 * bounded whatever a client repeats.
 */
#include "cli/telnet.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cli_telnet whole, cut;
	g_autoptr(GByteArray) keys = g_byte_array_new();
	g_autoptr(GByteArray) cut_keys = g_byte_array_new();
	g_autoptr(GByteArray) wire = g_byte_array_new();
	g_autoptr(GByteArray) cut_wire = g_byte_array_new();

	cli_telnet_init(&whole);
	cli_telnet_init(&cut);
	cli_telnet_input(&whole, data, size, keys, wire);
	for (size_t i = 0; i < size; i++)
		cli_telnet_input(&cut, data + i, 1, cut_keys, cut_wire);
	g_assert_cmpuint(keys->len, ==, cut_keys->len);
	g_assert_cmpuint(keys->len, <=, size);
	g_assert_true(keys->len == 0 || !memcmp(keys->data, cut_keys->data, keys->len));
	g_assert_cmpuint(wire->len, ==, cut_wire->len);
	g_assert_cmpuint(wire->len, <=, 2 * 256 * 3 + 6);
	for (guint i = 0; i < keys->len; i++)
		g_assert_cmpuint(keys->data[i], !=, '\n');
	return 0;
}
