/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The failure history (show vpdn history failure; ios-cli.md 5.4): a bounded table, newest
 * last, in which the same failure of the same user at the same peer is one row with a count.
 */
#pragma once

#include "vpdn/vpdn.h"

struct history;

struct history *history_new(void);
void history_free(struct history *h);

/* size: rows kept, 0 for the default; the oldest go.  Off: nothing is entered. */
void history_configure(struct history *h, unsigned size, bool on);

/* repeat is set here; texts are taken as they are. */
void history_add(struct history *h, const struct vpdn_failure *f);

unsigned history_count(const struct history *h);
const struct vpdn_failure *history_get(const struct history *h, unsigned i);
void history_clear(struct history *h);

/* A peer's bytes, escaped and cut to a text field. */
void history_text(char *to, size_t cap, const char *raw);

/* Why a session or tunnel ended, in the words of the table (RFC 2661, section 4.4.2).
 * peer: what the peer told; else our own finding. */
const char *history_session_type(const struct l2tp_cause *cause);
void history_session_reason(const struct l2tp_cause *cause, char *to, size_t cap);
void history_tunnel_reason(const struct l2tp_cause *cause, char *to, size_t cap);

/* Not worth a row: the subscriber or an operator of ours hung up. */
bool history_is_normal(const struct l2tp_cause *cause);
