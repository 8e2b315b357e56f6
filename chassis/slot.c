/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names and numbers of slots and ports.
 */
#include "chassis/slot.h"

#include <glib.h>
#include <string.h>

enum board_kind slot_kind(unsigned slot)
{
	if (slot < SLOT_F0)
		return BOARD_RP;
	if (slot < SLOT_SPA)
		return BOARD_FP;
	if (slot < SLOT_PEER)
		return BOARD_SPA;
	return slot < SLOT_CHASSIS ? BOARD_PEER : BOARD_CHASSIS;
}

const char *slot_name(unsigned slot, char buf[12])
{
	if (slot >= SLOT_NONE)
		g_strlcpy(buf, "none", 12);
	else if (slot == SLOT_CHASSIS)
		g_strlcpy(buf, "chassis", 12);
	else if (slot >= SLOT_PEER)
		g_snprintf(buf, 12, "peer%u", slot - SLOT_PEER);
	else if (slot >= SLOT_SPA)
		g_snprintf(buf, 12, "%u/%u", (slot - SLOT_SPA) / BAYS_PER_SIP,
			(slot - SLOT_SPA) % BAYS_PER_SIP);
	else
		g_snprintf(buf, 12, "%c%u", slot < SLOT_F0 ? 'R' : 'F', slot % 2);
	return buf;
}

unsigned slot_from_name(const char *name)
{
	char buf[12];

	if (!name)
		return SLOT_NONE;
	for (unsigned slot = 0; slot < SLOT_CHASSIS; slot++)
		if (!g_ascii_strcasecmp(name, slot_name(slot, buf)))
			return slot;
	return SLOT_NONE;
}

/* One decimal digit below `limit`, and then `end`. */
static bool take_digit(const char **s, unsigned limit, char end, unsigned *out)
{
	const char *p = *s;

	if (!g_ascii_isdigit(p[0]) || p[1] != end)
		return false;
	*out = (unsigned)(p[0] - '0');
	*s = p + 2;
	return *out < limit;
}

uint16_t port_from_name(const char *name)
{
	static const char full[] = "gigabitethernet";
	unsigned sip, bay, port;
	size_t n = 0;

	if (!name)
		return 0;
	while (g_ascii_isalpha(name[n]))
		n++;
	if (n >= sizeof(full) || g_ascii_strncasecmp(name, full, n))
		return 0;
	name += n;
	while (n && *name == ' ')
		name++;
	if (!take_digit(&name, N_SIPS, '/', &sip) ||
	    !take_digit(&name, BAYS_PER_SIP, '/', &bay) ||
	    !take_digit(&name, PORTS_PER_SPA, '\0', &port))
		return 0;
	return port_ifindex(SLOT_SPA + sip * BAYS_PER_SIP + bay, port);
}

const char *port_name(uint16_t ifindex, char buf[32])
{
	unsigned at;

	if (!ifindex || ifindex > N_SIPS * BAYS_PER_SIP * PORTS_PER_SPA) {
		g_strlcpy(buf, "none", 32);
		return buf;
	}
	at = ifindex_slot(ifindex) - SLOT_SPA;
	g_snprintf(buf, 32, "GigabitEthernet%u/%u/%u", at / BAYS_PER_SIP,
		at % BAYS_PER_SIP, ifindex_port(ifindex));
	return buf;
}
