/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What simulated peers have in common: orders come as text (IPC_ORDER), answers go as text
 * (IPC_REPORT) with the order's id.  A report is lines of blank-separated key=value words; an
 * order that cannot be carried out is answered with one line "error: ...".
 */
#pragma once

#include "chassis/messages.h"

/* Answers an order, in as many messages as it takes. */
void peer_reply(struct board_env *env, uint32_t id, const char *text);
void peer_error(struct board_env *env, uint32_t id, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* One order: its first words, and what to do.  A name that ends in " N" takes a number. */
struct peer_order {
	const char *name;
	void (*run)(void *self, uint32_t id, unsigned number, base_time now);
};

/* Finds the order of msg in the table (ended by a NULL name) and runs it; unknown ones are
 * answered with an error.  The order itself answers. */
void peer_dispatch(struct board_env *env, const struct peer_order *orders, void *self,
	const struct ipc_msg *msg, base_time now);

/* ---- for readers of reports ---- */

/* The value of the first word key=... in text; NULL: there is none. */
char *report_word(const char *text, const char *key);
/* The same as a number; 0 when there is none. */
uint64_t report_number(const char *text, const char *key);
