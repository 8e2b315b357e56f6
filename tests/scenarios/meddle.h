/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One fault in a world: the k-th packet of a direction of the LAC's wire, or the k-th record from
 * one RP to the other, is lost, comes twice, or comes late and is overtaken; or the channel
 * between the RPs is cut or slow from an item on.
 */
#pragma once

#include "tests/scenarios/watch.h"

enum meddle_with {
	MEDDLE_TO_LAC,  /* L2TP, but for subscribers' IP packets */
	MEDDLE_TO_LNS,
	MEDDLE_FROM_R0, /* records of R0 for R1 */
	MEDDLE_FROM_R1,
	MEDDLE_CHANNEL, /* k: items that R0 stages until then */
};

enum meddle_how { MEDDLE_LOSE, MEDDLE_DOUBLE, MEDDLE_DELAY, N_MEDDLE_HOW };

struct meddle {
	enum meddle_with with;
	enum meddle_how how; /* of packets and records */
	unsigned k;          /* from 1, of what comes from meddle_start() on */
	base_dur delay;      /* MEDDLE_DELAY */
	struct link_faults faults; /* MEDDLE_CHANNEL, until meddle_mend() */
	void (*done)(void *user);  /* NULL: nobody; called when it has been done */
	void *user;

	/* its own */
	bool is_done;
	struct chassis *c;
	uint16_t port;
	unsigned n;
	uint32_t seen[N_SLOTS]; /* of rings, by sender */
	uint64_t items;
	unsigned late_from, late_to; /* slots: what is kept for later or again */
	uint64_t late_boot;
	unsigned late_type; /* of a record */
	uint16_t late_ifindex;
	GBytes *late;
};

/* The first nine members are set; m stays until meddle_stop(). */
void meddle_start(struct meddle *m, struct world *world, struct watch *watch);
void meddle_mend(struct meddle *m);
void meddle_stop(struct meddle *m);
