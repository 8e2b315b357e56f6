/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A lab with the real boards and tests/golden/lns.cfg: LAC on Gi0/0/0, host on Gi0/0/1.
 */
#pragma once

#include "scenarios/engine/lab.h"

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
	} fp;
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
