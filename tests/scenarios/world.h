/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A lab with the real boards and tests/golden/lns.cfg: LAC on Gi0/0/0, host on Gi0/0/1.
 */
#pragma once

#include "rp/rp.h"
#include "scenarios/engine/lab.h"

struct fp_path;
struct rp;

/* What the RPs are told; world_init() has set it. */
struct world_rp_arg {
	struct rp_arg rp; /* first: the real board gets this address */
	struct world_fp *fp;
};

struct world {
	struct peer_lac_config lac;
	struct peer_host_config host;
	struct lab_config lab_cfg;
	char *startup;
	struct lab *lab;
	/* what the FP said of itself last, read from its reports to the RPs */
	struct world_fp {
		bool told;
		uint32_t sessions, generation;
		uint64_t fenced; /* packets of RPs whose term was over */
	} fp;
	/* accounting records that have come, by Acct-Session-Id: bits of their status */
	GHashTable *acct;
	bool cold; /* a test knows that sessions were lost without a Stop */
	struct world_rp_arg *rp_arg;
	struct lab_boards boards;
};

/* Without the ear for FP reports. */
extern const struct lab_boards world_boards;

/* Everything set but the lab; change what is to be changed, then world_start(). */
void world_init(struct world *w, unsigned tunnels, unsigned sessions, uint64_t seed);

/* Makes the lab and waits for STANDBY HOT, or without a standby for ACTIVE. */
void world_start(struct world *w);

/* The LAC connects; waits until all sessions are up and checkpointed. */
void world_connect(struct world *w);

void world_clear(struct world *w);

char *world_lac(struct world *w, const char *order);
char *world_host(struct world *w, const char *order);
void world_pull(struct world *w, unsigned slot);
void world_insert(struct world *w, unsigned slot);

/* The numbers behind "L2TP Sessions:" in show l2tp redundancy of an RP: total, HA-enabled,
 * HA-est; false when it shows none. */
bool world_sessions(struct world *w, unsigned slot, unsigned n[3]);

/* Sessions that show vpdn of an RP counts; false when it cannot be read. */
bool world_count(struct world *w, unsigned slot, unsigned *sessions);

/* ---- what can happen to an RP ---- */

enum world_event {
	WORLD_PULL,
	WORLD_CRASH,
	WORLD_HANG_5S,   /* is found, then wakes up */
	WORLD_HANG,      /* for good: a hand must reset it */
	WORLD_RESET,
	WORLD_FORCE,     /* redundancy force-switchover; of the active RP */
	WORLD_RELOAD,    /* reload; of the active RP */
	WORLD_HW_RELOAD, /* hw-module slot reload, by the active RP */
	WORLD_HW_STOP,   /* the same with stop */
	N_WORLD_EVENTS,
};

const char *world_event_name(enum world_event e);

/* The reason that the switchover history has for it. */
const char *world_event_reason(enum world_event e);

/* Makes it happen to an RP that is in. */
void world_happen(struct world *w, enum world_event e, unsigned slot);

/* By hand, whatever is needed that both RPs are in and run; some return by themselves. */
void world_mend(struct world *w);

/* Until the active RP shows STANDBY HOT. */
bool world_wait_hot(struct world *w, base_dur limit);

/* Runs until another slot than this has the term; false: it took longer. */
bool world_wait_switchover(struct world *w, unsigned from, base_dur limit);

/* Starts a command on an RP and answers its questions ("Proceed", "" and so on, ended by
 * NULL), without waiting for what it prints. */
void world_command(struct world *w, unsigned slot, const char *command, ...)
	G_GNUC_NULL_TERMINATED;

unsigned world_active(const struct world *w); /* R0 or R1 */
unsigned world_standby(const struct world *w);

/* Sessions as an RP shows them, sorted: "LocID RemID TunID Username, Intf State", one a line. */
char *world_sessions_text(struct world *w, unsigned slot);

/* Real boards' insides; NULL: it is out. */
struct rp *world_rp(const struct world *w, unsigned slot);
const struct fp_path *world_path(const struct world *w, unsigned slot);

/* Active and standby have the same sessions, the LAC the same ones, the FPs' tables are equal
 * to the active RP's entry by entry, and just these sessions have had a Start and no Stop:
 * NULL, or what differs.  At a quiet moment. */
char *world_differs(struct world *w);

/* Sessions that have had a Start and no Stop; false: some has had a Stop without a Start. */
bool world_acct_open(const struct world *w, unsigned *open);

/* The first line of a report that has this word; "" when there is none. */
char *world_line_with(const char *text, const char *word);
