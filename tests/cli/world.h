/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small command tree for the tests of cli/: the commands whose abbreviations clients
 * use, and some that ask, page, wait and fail.
 */
#pragma once

#include "cli/cli.h"

struct world {
	const char *hostname;
	bool standby;
	bool locked;
	bool secret; /* enable secret is "s3cret" */
	int login;
	const char *banner;
	const char *refuse_config;
	const char *url_error;
	unsigned left;   /* times configuration mode was left */
	bool changed;    /* told at the last of them */
	unsigned slices; /* of the command `slow` */
	unsigned freed;  /* cursor states */
	GString *last;   /* the last command as its handler saw it */
	GString *file;   /* what went to write_url */
	GString *told;   /* what went to config_line */
	struct cli_tree *tree;
};

struct world *world_new(void);
void world_free(struct world *w);

/* Run a line to its end and give what it wrote; free it. */
char *world_run(struct cli_session *s, const char *line);
