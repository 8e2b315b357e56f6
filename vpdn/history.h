/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The failure history (show vpdn history failure; ios-cli.md 5.4): a bounded table,
 * newest last, in which the same failure of the same user at the same peer is one row
 * with a count.
 */
#pragma once

#include "vpdn/vpdn.h"

struct failures;

struct failures *failures_new(void);
void failures_free(struct failures *h);

/* size: rows kept, 0 for the default; the oldest go.  Off: nothing is entered. */
void failures_configure(struct failures *h, unsigned size, bool on);

/* repeat is set here; texts are taken as they are. */
void failures_add(struct failures *h, const struct vpdn_failure *f);

unsigned failures_count(const struct failures *h);
const struct vpdn_failure *failures_get(const struct failures *h, unsigned i);
void failures_clear(struct failures *h);

/* A peer's bytes, escaped and cut to a text field. */
void failures_text(char *to, size_t cap, const char *raw);

/* Why a session or tunnel ended, in the words of the table (RFC 2661, section 4.4.2).
 * peer: what the peer told; else our own finding. */
const char *failures_session_type(const struct l2tp_cause *cause);
void failures_session_reason(const struct l2tp_cause *cause, char *to, size_t cap);
void failures_tunnel_reason(const struct l2tp_cause *cause, char *to, size_t cap);

/* Not worth a row: the subscriber or an operator of ours hung up. */
bool failures_is_normal(const struct l2tp_cause *cause);
