/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of the tunnel and session tables, for the files of L2TP commands (compiled into rp).
 */
#pragma once

#include "rp/internal.h"

/* One text of a peer, safe and cut to a column.  Free it. */
char *l2tp_cmd_column(const char *raw, unsigned width);

void l2tp_cmd_tunnel_head(struct cli_session *s);
void l2tp_cmd_tunnel_row(struct cli_session *s, const struct l2tp_cc_info *cc);

/* On an LNS the virtual interface, on a LAC that which the subscriber comes by, or "-".  Free it. */
char *l2tp_cmd_interface(const struct rp *rp, const struct vpdn_session_info *v);

/* "user, Vi2.1" in 20 columns: the name gives way.  Free it. */
char *l2tp_cmd_user(const struct rp *rp, const struct vpdn_session_info *v);

void l2tp_cmd_session_head(struct cli_session *s);
void l2tp_cmd_session_row(
	struct cli_session *s, const struct rp *rp, const struct l2tp_session_info *l);
