/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Log lines of one board: "%FACILITY-SEV-MNEMONIC: text", kept in a bounded ring with the
 * time of each, and handed on to whoever shows them (console, stderr) by sequence number.
 * Engines do not log; they give facts to their board, which does.
 */
#pragma once

#include "base/time.h"

#include <glib.h>

enum log_severity { /* as syslog */
	LOG_SEV_EMERG = 0,
	LOG_SEV_ALERT,
	LOG_SEV_CRIT,
	LOG_SEV_ERR,
	LOG_SEV_WARNING,
	LOG_SEV_NOTICE,
	LOG_SEV_INFO,
	LOG_SEV_DEBUG,
};

struct log_line {
	uint64_t seq; /* 1, 2, ... */
	base_time at;
	enum log_severity severity;
	char facility[24];
	char mnemonic[32];
	char *text; /* owned by the ring */
};

struct log;

/* capacity: lines kept; the oldest are dropped and counted. */
struct log *log_new(const char *slot, unsigned capacity);
void log_free(struct log *l);
const char *log_slot(const struct log *l);

void log_add(struct log *l, base_time now, enum log_severity sev, const char *facility,
	const char *mnemonic, const char *fmt, ...) G_GNUC_PRINTF(6, 7);

/* The first line with seq > after, or NULL; valid until the next log_add(). */
const struct log_line *log_next(const struct log *l, uint64_t after);
uint64_t log_dropped(const struct log *l);

/* "*Jan  1 00:00:12.345: %SYS-5-CONFIG_I: text" (wall_epoch: Unix time, in seconds, of
 * base_time zero). */
void log_format(const struct log_line *line, int64_t wall_epoch, GString *out);
