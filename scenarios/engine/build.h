/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From what a script says of its world to a lab.
 */
#pragma once

#include "scenarios/engine/lab.h"
#include "scenarios/engine/parse.h"
#include "scenarios/engine/stage.h"

enum { WORLD_PEERS = 16 };

struct scenario_world {
	struct lab_config cfg;
	struct inventory inventory;
	struct peer_lac_config lacs[WORLD_PEERS];
	struct peer_host_config hosts[WORLD_PEERS];
	struct lab_binding bindings[WORLD_PEERS];
	struct stage_peer peers[2 * WORLD_PEERS];
	unsigned n_peers, probe_pps;
	struct lab *lab;
};

/* Builds and inserts everything; status of run.h and a sentence when it cannot be. */
int scenario_world_init(struct scenario_world *w, const struct script *s,
	const struct lab_boards *boards, uint64_t seed, bool threads, GError **error);
void scenario_world_clear(struct scenario_world *w);

/* The address that a configuration gives to a port; false: none. */
bool scenario_port_address(
	const char *config, uint16_t ifindex, uint32_t *ip, uint32_t *mask);
