/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets of a capture file, and which of them an expression means.
 *
 *   EXPRESSION := TERM | not E | E and E | E or E | ( E )
 *   TERM       := arp | ip | udp | icmp | in | out
 *               | l2tp.control | l2tp.data | l2tp.zlb | l2tp.MESSAGE
 *               | l2tp.CDN(established)    clears a session that had been established
 *               | ppp.lcp | ppp.pap | ppp.chap | ppp.ipcp | ppp.ip | probe
 *
 * in is what the router receives, out what it sends.  MESSAGE is a name of RFC 2661.
 */
#pragma once

#include "base/time.h"

#include <glib.h>
#include <stdbool.h>

struct match;

struct match *match_new(const char *expression, GError **error);
void match_free(struct match *m);

/* Counts the packets at or after `since` in the pcapng file that the expression means; earlier
 * ones only teach it what is established.  -1 and an error: it cannot be read.  epoch: Unix
 * time in nanoseconds of base_time zero.  Up to `keep` descriptions of those counted go into `seen`
 * (may be NULL), a line each. */
gint64 match_count(const struct match *m, const char *path, int64_t epoch,
	base_time since, unsigned keep, GString *seen, GError **error);

/* Whether one frame, alone, is meant; for the fuzzer and for tests. */
bool match_frame(const struct match *m, const void *bytes, size_t n, bool out);
