/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What console.c and operator.c share.
 */
#pragma once

#include "chassis/conn.h"
#include "chassis/console.h"
#include "chassis/lines.h"

#include <poll.h>

enum {
	N_CABLES = 2,
	N_VTYS = N_LINES - LINE_VTY,
	N_OPERATORS = 32,
};

struct listener_tcp {
	struct console_server *server;
	int fd;
	uint16_t port;
	void (*accepted)(struct listener_tcp *l, int fd); /* takes fd */
	void *user;
	unsigned retry; /* timer: out of descriptors */
};

struct cable {
	struct listener_tcp listener;
	unsigned slot;
	struct conn *conn;
	char *from;
	uint64_t dropped; /* octets for a client that did not read */
};

struct vty {
	struct console_server *server;
	unsigned line;
	struct conn *conn;
	unsigned slot; /* that serves it */
	uint64_t boot_id;
};

struct operator_conn;

struct console_server {
	struct chassis *c;
	struct listener_tcp operators, vty_listener;
	struct cable cables[N_CABLES];
	struct vty vtys[N_VTYS];
	unsigned next_vty;
	uint64_t overruns; /* octets for an RP that did not read */
	GPtrArray *ops;    /* struct operator_conn */
	GPtrArray *conns;  /* all open ones */
	uint32_t next_connection;
	operator_line_fn on_line;
	operator_gone_fn on_gone;
	void *user;
};

/* Says why, and closes in good order. */
void console_refuse(struct console_server *s, int fd, const char *text);

/* ---- operator.c ---- */
void operator_accepted(struct listener_tcp *l, int fd);
void operator_drop_all(struct console_server *s);
