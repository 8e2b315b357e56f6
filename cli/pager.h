/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pager: holds command output and lets it out a screen at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct cli_pager {
	GString *held; /* output that is not shown yet, '\n' line ends */
	unsigned rows; /* shown since the last stop */
	bool stopped;  /* --More-- is on the screen */
	char ask;      /* '/', '+' or '-': an expression is being typed; 0: none */
	GString *typed;
	GRegex *re;
	char filter; /* what re is for: '/' until found, '+' keep, '-' leave out */
};

enum cli_pager_event {
	CLI_PAGER_GO,   /* show on: call cli_pager_run() */
	CLI_PAGER_STAY, /* still at the stop */
	CLI_PAGER_QUIT, /* the user wants no more of it */
};

void cli_pager_init(struct cli_pager *p);
void cli_pager_deinit(struct cli_pager *p);

/* A new command: a fresh screen, no filter, nothing held. */
void cli_pager_reset(struct cli_pager *p);

/* Move as much as fits the screen to out, with CR LF.  length 0: everything. */
void cli_pager_run(
	struct cli_pager *p, unsigned length, unsigned width, GByteArray *out);

/* A key while stopped. */
enum cli_pager_event cli_pager_key(
	struct cli_pager *p, uint8_t key, unsigned length, GByteArray *out);
