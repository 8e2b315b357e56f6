/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A LAC or LNS of another make: tunnels and incoming calls over channels that have the manners of
 * one row of manner.c.  It is given to a simulated LAC (peer_l2tp.h) or LNS (lns.h) in place of
 * the router's engine, of which it uses nothing but the codec of messages.
 */
#pragma once

#include "scenarios/engine/peer_l2tp.h"
#include "tests/sim/peers/ctl.h"

struct model_arg {
	const struct manner *manner;
	unsigned late_s; /* its first retransmission comes so much later */
	bool greedy;     /* it ignores our window, whatever its manner */
};

/* make()'s arg: struct model_arg, which must outlive the model. */
extern const struct peer_l2tp_ops model_l2tp;

/* What our side has done to it that it must not, over all tunnels of all its lives. */
void model_crimes(const void *model, struct crimes *out);
/* " nr-ahead=0 ..."; NULL: nothing.  Free it. */
char *crimes_text(const struct crimes *c);

/* Its tunnels were closed because of an Nr, of a stray message, or blocked for good. */
struct model_counts {
	unsigned offended, stray, blocked;
	uint64_t resent, zlbs, dropped;
};

void model_get_counts(const void *model, struct model_counts *out);
