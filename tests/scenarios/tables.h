/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole forwarding tables compared: what the active RP would program now, and what FPs hold.
 */
#pragma once

#include "chassis/chassis.h"

struct rp;
struct fp_path;

/* The sessions of both, entry by entry: NULL, or what differs (free it).  At a quiet moment. */
char *tables_rp_fp(const struct rp *rp, const struct fp_path *fp);

/* Calls that an RP can go on with after a switchover: with IPCP open, and not closing.  One that
 * negotiates again is not one of them. */
unsigned tables_calls(const struct rp *rp);

/* Two FPs, interfaces and routes too. */
char *tables_fp_fp(const struct fp_path *active, const struct fp_path *standby);
