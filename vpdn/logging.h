/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `vpdn logging`: which events of tunnels and sessions are worth a log line (ios-cli.md 3.1;
 * nothing by default).  The lines are
 *
 *	%VPDN-6-SETUP    a tunnel is up                               vpdn logging
 *	%VPDN-5-DOWN     a tunnel has ended                           tunnel-drop
 *	%VPDN-6-OPEN     a user is connected                          user
 *	%VPDN-6-CLOSE    a user was disconnected: by the peer         remote
 *	                 ... by this router                           local
 *	%VPDN-5-ACCOUNT  an accounting record has got no answer       accounting
 *
 * A normal end is only told with `cause normal` or `cause all`; what the peers were told, Result
 * and Error of RFC 2661, section 4.4.2, is told with `cause all`, and of failures always.
 */
#pragma once

#include "vpdn/internal.h"

void logging_tunnel_up(struct vpdn *v, const struct tunnel *t);
void logging_tunnel_down(
	struct vpdn *v, const struct tunnel *t, const struct l2tp_cause *cause);
void logging_user_up(struct vpdn *v, const struct session *s);
/* L2TP has ended it. */
void logging_user_dropped(
	struct vpdn *v, const struct session *s, const struct l2tp_cause *cause);
/* We end it; normal: the subscriber, or an operator of ours, hung up. */
void logging_user_closed(struct vpdn *v, const struct session *s, uint16_t result,
	uint16_t error, const char *text, bool normal);
void logging_unanswered(struct vpdn *v, const struct acct *o);
