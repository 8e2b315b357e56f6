/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tunnel switching (vpdn multihop): a call that came from a LAC goes on in a tunnel of ours to
 * the next LNS.  It is two sessions that name each other as mates; neither lives without the
 * other, on the active RP as at a switchover.
 */
#pragma once

#include "l2tp/l2tp.h"
#include "vpdn/acct.h"
#include "vpdn/config.h"

struct vpdn;
struct session;

/* The group that says where a call from this host goes on; NULL: it ends here. */
const struct vpdn_group *hop_group(
	const struct vpdn *v, const char *hostname, const struct l2tp_call *call);

/* ICCN of the LAC is there, and may tell the user's name: does the call go on by its domain? */
void hop_consider(struct vpdn *v, struct session *s);
/* Places a call that goes on. */
void hop_begin(struct vpdn *v, struct session *in);
/* The next LNS has it: both halves are open. */
void hop_up(struct vpdn *v, struct session *out);
/* Its ICCN leaves now: the FP switches frames, and those that came early go. */
void hop_open(struct vpdn *v, uint32_t number);
/* L2TP ended this half.  True: the call goes on by another LNS. */
bool hop_retry(struct vpdn *v, struct session *s, const struct l2tp_cause *cause);
/* L2TP ended this half for good: the other one's peer is told the same. */
void hop_end_mate(struct vpdn *v, struct session *s, const struct l2tp_cause *cause,
	enum acct_cause acct);
/* A PPP frame that the FP did not switch itself. */
void hop_frame(struct vpdn *v, struct session *s, const uint8_t *frame, size_t len);

/* The other half; NULL: there is none (yet). */
struct session *hop_mate(const struct vpdn *v, const struct session *s);
