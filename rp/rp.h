/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The route processor board.  Everything an RP knows lives behind power_on(); see internal.h
 * and docs/architecture.md.
 */
#pragma once

#include "chassis/board.h"

#include <glib.h>

/* What an RP is told by who declares it; read-only, outlives the chassis. */
struct rp_arg {
	/* Name under which errors in startup-config are reported ("lns.cfg" of --config);
	 * NULL: "startup-config". */
	const char *config_name;
	uint16_t first_ns; /* tests only, see l2tp_engine_config */
	uint16_t id_space; /* the same */
	uint32_t max_sessions; /* tests only, see vpdn_params; 0: 64000 */
};

extern const struct board_ops rp_board;

/* How a checkpoint record is made up (enum ckpt_client; the client's type), to dump it and to
 * mask what is secret; NULL: there is none, or it is text. */
const struct rec_table *rp_ckpt_table(unsigned client, unsigned type);

/* Its name, "l2tp/seq", owned by the caller; NULL: there is none. */
char *rp_ckpt_name(unsigned client, unsigned type);

/* One error of a configuration text. */
typedef void (*rp_config_error_fn)(unsigned line, unsigned column, const char *text,
	const char *reason, void *user);

/* Checks a configuration without a chassis (twinrp check F.cfg): calls fn for each bad line and
 * returns how many there were. */
unsigned rp_config_check(const char *text, size_t len, rp_config_error_fn fn, void *user);
