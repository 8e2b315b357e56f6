/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Virtual-Template interfaces: what ppp/cmd.c (compiled into rp) does for interface commands
 * that ports have too.
 */
#pragma once

#include "cli/cli.h"

struct rp;
struct vpdn_vtemplate;

/* "interface Virtual-TemplateN" and its no form. */
enum cli_result ppp_cmd_vtemplate(struct cli_session *s, const struct cli_args *args,
	struct rp *rp, const char *name);
/* The Virtual-Template that the session configures; NULL: something else. */
struct vpdn_vtemplate *ppp_cmd_vt(struct cli_session *s, struct rp *rp);
/* "ip address" and "mtu" under a Virtual-Template. */
enum cli_result ppp_cmd_vt_address(
	struct cli_session *s, const struct cli_args *args, struct rp *rp);
enum cli_result ppp_cmd_vt_mtu(
	struct cli_session *s, const struct cli_args *args, struct rp *rp);
