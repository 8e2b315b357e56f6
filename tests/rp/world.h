/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole chassis with a simulated LAC and a host, for tests of shows.
 */
#pragma once

#include "scenarios/engine/lab.h"

enum {
	WORLD_LNS = 0x0a630002,      /* 10.99.0.2, towards the LAC */
	WORLD_LAC = 0x0a630001,      /* 10.99.0.1 */
	WORLD_LNS_CORE = 0x0a620002, /* 10.98.0.2, towards the host */
	WORLD_HOST = 0x0a620009,     /* 10.98.0.9 */
};

struct world {
	struct lab_boards boards;
	struct peer_lac_config lac;
	struct peer_host_config host;
	struct lab_config cfg;
	struct lab *lab;
	unsigned tunnel, session[2], remote_tunnel, remote_session[2];
};

/* Until the standby is HOT; two subscribers are known to the LAC, none is connected. */
void world_init(struct world *w);
void world_free(struct world *w);

/* Both calls are up and their ids read. */
void world_call(struct world *w);

/* What a command prints; free it. */
char *world_show(struct world *w, unsigned slot, const char *command);

/* text with every match of the pattern replaced; free it. */
char *world_mask(const char *text, const char *pattern, const char *with);

/* The number behind mark in text; fails when there is none. */
uint64_t world_number(const char *text, const char *mark);
