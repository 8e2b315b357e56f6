/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The line editor: a terminal's bytes in, a terminal's bytes out, a session behind it.
 *
 * Shows prompts and questions, echoes, recalls history, answers `?` and Tab, pages output
 * and keeps what is typed ahead.  No telnet (line.h), no file descriptors, no clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

struct cli_edit;
struct cli_session;

#define CLI_EDIT_AHEAD_MAX (64 * 1024) /* bytes typed ahead of a running command */
#define CLI_EDIT_HIGH      (32 * 1024) /* no more is produced while so much waits */

/* The session is borrowed.  Nothing is shown before cli_edit_start(). */
struct cli_edit *cli_edit_new(struct cli_session *session);
void cli_edit_free(struct cli_edit *e);

/* Show what is due: the question of a log-in that was begun, or the prompt. */
void cli_edit_start(struct cli_edit *e);

/* Bytes beyond cli_edit_room() are dropped. */
void cli_edit_input(struct cli_edit *e, const uint8_t *data, size_t n);
size_t cli_edit_room(const struct cli_edit *e);

/* One slice of a running command; true when there is more to do at once. */
bool cli_edit_work(struct cli_edit *e);

/* A command that waits may go on (see CLI_WAIT). */
void cli_edit_wake(struct cli_edit *e);

/*
 * A log line from elsewhere, without newline.  Printed where the cursor is; with
 * synchronous (`logging synchronous`) it waits for the end of output, and prompt and
 * typed text are shown again below it.
 */
void cli_edit_async(struct cli_edit *e, const char *line, bool synchronous);

/* What the terminal gets; the caller takes from it and truncates it. */
GByteArray *cli_edit_output(struct cli_edit *e);

/* The session ended. */
bool cli_edit_closed(const struct cli_edit *e);
