/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One TCP connection of a console: bytes in, bytes out, with a bound on what waits for a
 * reader that has stopped.  Reference counted, so that a callback may let go of it.
 */
#pragma once

#include "chassis/chassis.h"

enum {
	CONN_OUT_MAX = 1 << 20,
	CONN_LINGER_MAX = 128, /* open ones; with more, nobody waits for the client's end */
};

struct conn;

struct conn_ops {
	/* n == 0: the client will send no more (it may still read). */
	void (*bytes)(struct conn *conn, const uint8_t *bytes, size_t n, void *user);
	/* The connection is gone; called once, and never after conn_drop(). */
	void (*gone)(struct conn *conn, void *user);
	/* All that waited has been written; may be NULL. */
	void (*drained)(struct conn *conn, void *user);
};

/* Takes fd.  all: list of the open ones, kept up to date. */
struct conn *conn_new(struct chassis *c, GPtrArray *all, int fd, const struct conn_ops *ops,
	void *user);
void conn_unref(struct conn *conn);

/* False: too much waits already, nothing was taken. */
bool conn_send(struct conn *conn, const void *bytes, size_t n);
size_t conn_waiting(const struct conn *conn);

/* Reading stops and goes on. */
void conn_pause(struct conn *conn, bool pause);

/* Ends in good order: what waits is written, then our end is shut, and the socket is closed
 * when the client has seen that, or after two seconds.  The caller's reference goes with it,
 * and nothing is called any more. */
void conn_finish(struct conn *conn);

/* Has the client hung up already, though its last bytes may still be unread? */
bool conn_hung_up(const struct conn *conn);

/* Closes those in the list that are only finishing. */
void conn_close_finishing(GPtrArray *all);

/* Closes at once; the caller's reference goes with it. */
void conn_drop(struct conn *conn);
