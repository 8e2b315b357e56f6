/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A terminal line of an RP: telnet, the start of a line, log-in, editor and session in
 * one object.  Bytes of the TCP connection in, bytes for it out.
 *
 * A console line lives as long as its RP, whoever is connected: its session goes on when
 * the client comes back.  A VTY line lives as long as its connection.
 */
#pragma once

#include "cli/cli.h"

struct cli_line;

/* name: "console", "vty0"; from: the peer's address, or NULL. */
struct cli_line *cli_line_new(
	struct cli_tree *tree, enum cli_kind kind, const char *name, const char *from);
void cli_line_free(struct cli_line *l);

/* A client is there: telnet options; a VTY goes on with banner and log-in. */
void cli_line_connect(struct cli_line *l);

/* The client is gone.  Output nobody saw is dropped; a console's session stays. */
void cli_line_disconnect(struct cli_line *l);

/* A console after boot: "Press RETURN to get started!". */
void cli_line_ready(struct cli_line *l);

/* Text of the boot, '\n' line ends, shown as it is. */
void cli_line_show(struct cli_line *l, const char *text);

/* A console to which the first command is given at once, without Enter (twinrp on a
 * terminal). */
void cli_line_open(struct cli_line *l);

/* Bytes beyond the room are dropped. */
void cli_line_input(struct cli_line *l, const uint8_t *data, size_t n);
size_t cli_line_room(const struct cli_line *l);
GByteArray *cli_line_output(struct cli_line *l);

/* See cli_edit_work(), cli_edit_wake(). */
bool cli_line_work(struct cli_line *l);
void cli_line_wake(struct cli_line *l);

/* A log line: on a console always, on a VTY after `terminal monitor`. */
void cli_line_log(struct cli_line *l, const char *text, bool synchronous);

/* Ends an idle session after its exec-timeout.  now: seconds of any steady clock; call
 * about once a second. */
void cli_line_tick(struct cli_line *l, uint64_t now);

/* The connection of a VTY is to be closed once the output is gone. */
bool cli_line_closed(const struct cli_line *l);

/* NULL while nobody is at the prompt. */
struct cli_session *cli_line_session(struct cli_line *l);
