/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SPA board: up to eight ports, each a wire to a simulated peer or a real interface, behind
 * one burst interface (spa/port.h).  Moves frames between its ports and the FP and tells
 * everybody how its ports are.
 */
#pragma once

#include "chassis/board.h"

#include <glib.h>

extern const struct board_ops spa_board;

/* What chassis_declare() is given; must outlive the chassis. */
struct spa_config {
	struct {
		const char *kind; /* "wire", "packet", "tap"; NULL is a wire with no end */
		const char *arg;  /* packet, tap: the interface's name */
		unsigned
			peer_slot; /* wire: who is at the other end; 0 or SLOT_NONE: nobody */
	} port[PORTS_PER_SPA];
	unsigned n_ports;
};

/*
 * Can such a port be opened here and now?  For the start of the program: afterwards nobody
 * would read the sentence.  Messages say what is wrong and what to do, and are to be put
 * after "port GigabitEthernet0/0/0: ".
 */
bool spa_port_check(const char *kind, const char *arg, GError **error);

#define SPA_ERROR (spa_error_quark())
GQuark spa_error_quark(void);
enum spa_error {
	SPA_ERROR_KIND,  /* no such kind of port */
	SPA_ERROR_IFACE, /* no such interface */
	SPA_ERROR_RIGHT, /* not allowed */
	SPA_ERROR_SYSTEM,
};
