/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From what a script says of its world to labs, one for each chassis, in a row, with the cables
 * between them.
 */
#pragma once

#include "scenarios/engine/lab.h"
#include "scenarios/engine/parse.h"
#include "scenarios/engine/stage.h"

/* One chassis and what is at its ports. */
struct scenario_chassis {
	const char *name; /* borrowed from the script */
	struct lab_config cfg;
	struct inventory inventory;
	struct peer_lac_config lacs[SCRIPT_PEERS_MAX];
	struct peer_host_config hosts[SCRIPT_PEERS_MAX];
	struct lab_binding bindings[SCRIPT_PEERS_MAX];
	struct cable_end cables[CABLE_ENDS * SCRIPT_CABLES_MAX];
	struct lab *lab;
};

struct scenario_world {
	struct scenario_chassis chassis[SCRIPT_CHASSIS_MAX];
	unsigned n_chassis;
	struct cable *cables[SCRIPT_CABLES_MAX];
	unsigned n_cables;
	struct stage_peer peers[SCRIPT_PEERS_MAX];
	unsigned n_peers, probe_pps;
};

/* Builds everything, and switches nothing on; status of run.h and a sentence when it cannot
 * be. */
int scenario_world_init(struct scenario_world *w, const struct script *s,
	const struct lab_boards *boards, uint64_t seed, bool threads, GError **error);
void scenario_world_clear(struct scenario_world *w);
/* A boot line: inserts all that belongs to these chassis (names with blanks between). */
void scenario_world_boot(struct scenario_world *w, const char *names);

/* The address that a configuration gives to a port; false: none. */
bool scenario_port_address(
	const char *config, uint16_t ifindex, uint32_t *ip, uint32_t *mask);
