/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A chassis on the virtual clock with simulated peers on its wires, for the demonstration,
 * scenarios and tests: R0 R1, F0 F1, SIP 0 with SPAs 0/0 and 0/1 of four ports each.
 *
 * Whoever makes a lab says which boards there are; this module knows none of them.
 */
#pragma once

#include "chassis/cable.h"
#include "chassis/chassis.h"
#include "chassis/inventory.h"
#include "scenarios/engine/peer_host.h"
#include "scenarios/engine/peer_lac.h"

enum { LAB_PORTS = 4, LAB_SPAS = N_SIPS * BAYS_PER_SIP };

/* What a port of an SPA is. */
struct lab_port {
	const char *kind, *argument; /* NULL: a wire */
	unsigned peer;               /* slot at the end of the wire, or SLOT_NONE */
};

struct lab_binding {
	uint16_t ifindex;
	const char *kind, *argument;
};

struct lab_boards {
	const struct board_ops *rp, *fp, *spa;
	const void *rp_arg;
	chassis_ckpt_table_fn ckpt_tables; /* for captures */
	/* A new argument for an SPA with LAB_PORTS ports, freed with g_free(); peers: slot at
	 * the end of each port's wire, SLOT_NONE for nobody. */
	void *(*spa_arg)(const unsigned peers[LAB_PORTS]);

	/* For scenarios; NULL in labs without an inventory. */
	void *(*spa_with)(const struct lab_port *ports, unsigned n);
	/* Exit status: 0, 2, or 77 (not allowed), and then a sentence. */
	int (*check_port)(const char *kind, const char *argument, GError **error);
	/* As rp_config_check(). */
	unsigned (*check_config)(const char *text, size_t n,
		void (*complain)(unsigned line, unsigned column, const char *text,
			const char *reason, void *user),
		void *user);
};

struct lab_config {
	uint64_t seed;
	const struct lab_boards *boards;
	const char *startup;                   /* configuration text of both RPs */
	bool without_standby;                  /* R1 stays out at first */
	bool real;                             /* free run: nothing of "time" below works */
	const struct inventory *inventory;     /* NULL: the default chassis */
	const struct lab_binding *bindings;
	unsigned n_bindings;
	base_dur rp_rp_latency, rp_fp_latency; /* zero: those of the chassis */
	bool threads; /* a thread a board; the same comes of it */
	/* Peers get slots from SLOT_PEER on, LACs first; each is wired to its net.ifindex. */
	const struct peer_lac_config *lacs;
	unsigned n_lacs;
	const struct peer_host_config *hosts;
	unsigned n_hosts;
	/* Behind them sit the ends of cables. */
	const struct cable_end *cables;
	unsigned n_cables;

	/* Several labs in a row, on one clock; time that passes in one passes in all of them.  The
	 * first is freed last. */
	struct lab *row;     /* the first of them; NULL: this one, or it stands alone */
	unsigned first_peer; /* slots of peers begin so many later, for theirs are to differ */
	bool off;            /* nothing is inserted before lab_boot() */
};

struct lab;

/* Everything is inserted and booting; the clock stands at zero.  cfg and what it points to,
 * but for startup, must outlive the lab. */
struct lab *lab_new(const struct lab_config *cfg);
void lab_free(struct lab *l);
/* Inserts everything; cfg is still there. */
void lab_boot(struct lab *l, const struct lab_config *cfg);

struct chassis *lab_chassis(const struct lab *l);
unsigned lab_lac_slot(const struct lab *l, unsigned i);
unsigned lab_host_slot(const struct lab *l, unsigned i);

/* Lets virtual time pass. */
void lab_run(struct lab *l, base_dur d);

/* Runs until ask() says true, asking every millisecond of virtual time; false when `limit` has
 * passed before. */
typedef bool (*lab_ask_fn)(struct lab *l, void *user);
bool lab_run_until(struct lab *l, lab_ask_fn ask, void *user, base_dur limit);

/* Runs a command in exec mode on an RP and returns what it printed; NULL: the slot is empty, or
 * no answer within ten seconds.  failed (may be NULL): it was answered by a % error. */
char *lab_show(struct lab *l, unsigned slot, const char *command, bool *failed);

/* Shows ten times a second until the text is there.  Whether it came. */
bool lab_wait_show(struct lab *l, unsigned slot, const char *command, const char *text,
	base_dur limit);

/* Gives a peer an order and returns its answer; NULL: none within ten seconds. */
char *lab_order(struct lab *l, unsigned slot, const char *text);

/* Asks for reports ten times a second until key=value is in the first line. */
bool lab_wait_report(
	struct lab *l, unsigned slot, const char *key, uint64_t value, base_dur limit);

/* All log lines of RPs until now, with time and slot. */
const char *lab_log(const struct lab *l);
