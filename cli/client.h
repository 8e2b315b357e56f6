/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Client of a running chassis: a process of its own that talks to the operator console over
 * TCP.  The only part of cli/ that does I/O.
 */
#pragma once

#include <glib.h>

/* "ADDR:PORT" of the operator console out of a state file ("operator=A:P ..."); NULL and a
 * sentence when it cannot be read.  Free it. */
char *cli_client_from_state(const char *path, GError **error);

/* Runs one operator line on the chassis at "ADDR:PORT" and writes its output, without the last
 * line, to stdout.  Returns 0 for `ok`, 1 for `error: ...` (which goes to stderr unless the
 * output was an answer of the router), 2 when there is no chassis. */
int cli_client_run(const char *at, const char *line);
