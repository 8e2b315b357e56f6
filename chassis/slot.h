/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Slots of the chassis and the numbers of its ports.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	SLOT_R0 = 0,
	SLOT_R1 = 1,
	SLOT_F0 = 2,
	SLOT_F1 = 3,
	SLOT_SPA = 4,    /* + sip * 4 + bay: 0/0 is 4, 0/1 is 5, 1/0 is 8 */
	SLOT_PEER = 28,  /* simulated peers and hosts on wires */
	SLOT_CHASSIS = 62, /* arbiter, consoles, operator */
	SLOT_NONE = 63,
	N_SLOTS = 64,

	N_SIPS = 6,
	BAYS_PER_SIP = 4,
	PORTS_PER_SPA = 8,
};

enum board_kind { /* bits: message table uses sets of them */
	BOARD_RP = 1 << 0,
	BOARD_FP = 1 << 1,
	BOARD_SPA = 1 << 2,
	BOARD_PEER = 1 << 3,
	BOARD_CHASSIS = 1 << 4,
};

enum board_kind slot_kind(unsigned slot);

/* "R0", "F1", "0/1", "peer3"; buf of 12 bytes. */
const char *slot_name(unsigned slot, char buf[12]);

/* "R0", "F0", "0/1", "SIP0" is not a slot.  SLOT_NONE when it is none. */
unsigned slot_from_name(const char *name);

/* Interface numbers: a port's is fixed by where it sits (1..192); others are given by the RP
 * from IFINDEX_OTHER on.  0 is none. */
enum { IFINDEX_OTHER = 256 };

static inline uint16_t port_ifindex(unsigned spa_slot, unsigned port)
{
	return (uint16_t)(1 + (spa_slot - SLOT_SPA) * PORTS_PER_SPA + port);
}

static inline unsigned ifindex_slot(uint16_t ifindex)
{
	return SLOT_SPA + (unsigned)(ifindex - 1) / PORTS_PER_SPA;
}

static inline unsigned ifindex_port(uint16_t ifindex)
{
	return (unsigned)(ifindex - 1) % PORTS_PER_SPA;
}

/* "GigabitEthernet0/0/1", also "Gi0/0/1", "gigabitethernet 0/0/1", "0/0/1", any case: its
 * ifindex; 0 when it names no possible port. */
uint16_t port_from_name(const char *name);

/* "GigabitEthernet0/0/1"; buf of 32 bytes. */
const char *port_name(uint16_t ifindex, char buf[32]);
