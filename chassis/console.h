/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP consoles (design.md section 6): the connection is the cable.  One listener for each RP
 * console, one for VTYs (served by the active RP, cut at a switchover), one for the operator.
 * Bytes only: telnet and line editing live on the RP.  Free run only.
 *
 * What an RP sees: LINE_OPEN of line 0 when a client plugs in, and after power-up when one is
 * plugged in already (say telnet options, show a prompt; the exec session is that of the line
 * and not of the client); LINE_CLOSE of line 0 when it leaves.  LINE_CLOSE of line 0 by an RP
 * is ignored.  A VTY line is opened and closed by either side.
 */
#pragma once

#include "chassis/chassis.h"

struct console_server;

/* One line of an operator connection has come.  Answer with console_operator_reply(); lines of
 * one connection are given one at a time: the next comes after the reply that is final. */
typedef void (*operator_line_fn)(uint32_t connection, const char *line, void *user);
/* The connection is gone: forget what is going on for it. */
typedef void (*operator_gone_fn)(uint32_t connection, void *user);

struct console_config {
	const char *address; /* "127.0.0.1" */
	uint16_t operator_port, r0_port, r1_port, vty_port; /* 0: any free one */
	operator_line_fn on_line;
	operator_gone_fn on_gone;
	void *user;
};

/* NULL and a sentence when an address is in use or malformed: "console port 2001 of 127.0.0.1
 * is in use: choose another with --console, or 0 for any free one". */
struct console_server *console_server_new(struct chassis *c, const struct console_config *cfg,
	GError **error);
void console_server_free(struct console_server *s);

/* The ports in use, after the start. */
uint16_t console_port_operator(const struct console_server *s);
uint16_t console_port_r0(const struct console_server *s);
uint16_t console_port_r1(const struct console_server *s);
uint16_t console_port_vty(const struct console_server *s);

/* Text to an operator connection (\n line ends); `final` ends the answer to the present line.
 * close: after it the connection is closed (quit). */
void console_operator_reply(struct console_server *s, uint32_t connection, const char *text,
	bool final, bool close);
