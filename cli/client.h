/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clients of a running chassis, each a process of its own that talks to it over TCP.  The only
 * part of cli/ that does I/O.
 */
#pragma once

#include <glib.h>

/* "ADDR:PORT" of a console out of a state file; key is "operator", "r0", "r1" or "vty".  NULL
 * and a sentence when it cannot be read.  Free it. */
char *cli_client_from_state(const char *path, const char *key, GError **error);

/* A connected socket, -1 when nothing answers at "ADDR:PORT". */
int cli_client_dial(const char *at);

/* Runs one operator line on the chassis at "ADDR:PORT" and writes its output, without the last
 * line, to stdout.  Returns 0 for `ok`, 1 for `error: ...` (which goes to stderr unless the
 * output was an answer of the router), 2 when there is no chassis. */
int cli_client_run(const char *at, const char *line);

/* The terminal becomes the console at "ADDR:PORT": every key goes there, so that its own line
 * editor, `?` and Tab work.  Ctrl-] leaves.  welcome (may be NULL) is shown first.  Returns an
 * exit status. */
int cli_client_console(const char *at, const char *welcome);

/* The operator console with readline: history, and Tab over its words.  Returns an exit
 * status. */
int cli_client_operator(const char *at);
