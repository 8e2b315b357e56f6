/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of VPDN's commands (compiled into rp) share. */
#pragma once

#include "cli/cli.h"
#include "vpdn/config.h"

struct rp;

struct vpdn_config *vpdn_cmd_config(struct rp *rp);
/* The group whose mode the session is in; NULL: it is gone, which the session has been told. */
struct vpdn_group *vpdn_cmd_group(struct cli_session *s, struct rp *rp);
