/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inventory of a chassis: see inventory.h.
 */
#include "chassis/inventory.h"

#include "chassis/chassis.h"

#include <string.h>

void inventory_default(struct inventory *inv)
{
	*inv = (struct inventory){
		.rp = { true, true },
		.fp = { true, true },
		.spa_ports = { 4, 4 },
	};
}

static bool refuse(GError **error, const char *fmt, const char *what)
{
	g_autofree char *text = g_strdup_printf("%s \"%s\"", fmt, what);

	g_set_error_literal(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE, text);
	return false;
}

/* "rp R0 R1": the words after the first name slots of that kind. */
static bool processors(bool *in, enum board_kind kind, char **words, GError **error)
{
	if (!words[0])
		return refuse(error, "which slots? after", kind == BOARD_RP ? "rp" : "fp");
	for (; *words; words++) {
		unsigned slot = slot_from_name(*words);
		unsigned at = slot & 1; /* R0 and F0 have even numbers */

		if (slot == SLOT_NONE || slot_kind(slot) != kind)
			return refuse(error, kind == BOARD_RP ? "no slot for an RP:"
							      : "no slot for an FP:",
				*words);
		if (in[at])
			return refuse(error, "there is one already in", *words);
		in[at] = true;
	}
	return true;
}

static bool port_adapter(struct inventory *inv, char **words, GError **error)
{
	unsigned slot;
	guint64 ports;

	if (g_strv_length(words) != 3 || strcmp(words[1], "gigabit"))
		return refuse(error, "an SPA is written", "spa 0/0 gigabit 4");
	slot = slot_from_name(words[0]);
	if (slot == SLOT_NONE || slot_kind(slot) != BOARD_SPA)
		return refuse(error, "no bay for an SPA (0/0 to 5/3):", words[0]);
	if (inv->spa_ports[slot - SLOT_SPA])
		return refuse(error, "there is an SPA already in", words[0]);
	if (!g_ascii_string_to_unsigned(words[2], 10, 1, PORTS_PER_SPA, &ports, NULL))
		return refuse(error, "an SPA has one to eight ports, not", words[2]);
	inv->spa_ports[slot - SLOT_SPA] = (uint8_t)ports;
	return true;
}

bool inventory_line(struct inventory *inv, const char *line, GError **error)
{
	g_autofree char *text = g_strstrip(g_strdelimit(g_strdup(line), "\t\r", ' '));
	char *hash = strchr(text, '#');

	if (hash)
		*hash = '\0';

	g_auto(GStrv) raw = g_strsplit(text, " ", 64);
	g_autoptr(GPtrArray) list = g_ptr_array_new();

	for (char **w = raw; *w; w++)
		if (**w)
			g_ptr_array_add(list, *w);
	g_ptr_array_add(list, NULL);

	char **words = (char **)list->pdata;

	if (!words[0])
		return true;
	if (!strcmp(words[0], "rp"))
		return processors(inv->rp, BOARD_RP, words + 1, error);
	if (!strcmp(words[0], "fp"))
		return processors(inv->fp, BOARD_FP, words + 1, error);
	if (!strcmp(words[0], "spa"))
		return port_adapter(inv, words + 1, error);
	return refuse(error, "lines are rp, fp and spa, not", words[0]);
}

bool inventory_parse(struct inventory *inv, const char *text, const char *name, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	*inv = (struct inventory){ 0 };
	for (unsigned n = 0; lines[n]; n++) {
		if (inventory_line(inv, lines[n], error))
			continue;
		g_prefix_error(error, "%s:%u: ", name, n + 1);
		return false;
	}
	if ((inv->rp[0] || inv->rp[1]) && (inv->fp[0] || inv->fp[1]))
		return true;
	g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
		"%s: a chassis needs at least one RP and one FP: rp R0 R1, fp F0 F1", name);
	return false;
}
