/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Virtual-Template interfaces: what ppp/cmd.c (compiled into rp) does for interface commands
 * that ports have too.
 */
#pragma once

#include "cli/cli.h"

struct rp;

/* "interface Virtual-TemplateN" and its no form. */
enum cli_result ppp_cmd_vtemplate(struct cli_session *s, const struct cli_args *args,
	struct rp *rp, const char *name);
/* "ip address" and "mtu" under a Virtual-Template. */
enum cli_result ppp_cmd_vt_address(
	struct cli_session *s, const struct cli_args *args, struct rp *rp);
enum cli_result ppp_cmd_vt_mtu(
	struct cli_session *s, const struct cli_args *args, struct rp *rp);
