/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcapng writer (libpcap cannot write that format): section header, named interfaces,
 * enhanced packet blocks with direction and comment, nanosecond timestamps.  Blocks are
 * formatted into a buffer and written when it is full.
 */
#pragma once

#include "base/time.h"

#include <glib.h>

enum pcapng_link {
	PCAPNG_ETHERNET = 1,
	PCAPNG_USER0 = 147, /* IPC channels; scenarios ship a dissector */
};

enum pcapng_dir {
	PCAPNG_DIR_NONE = 0,
	PCAPNG_DIR_IN = 1,
	PCAPNG_DIR_OUT = 2,
};

struct pcapng;

/* wall_epoch: Unix time in seconds of base_time zero.  NULL and error: the file cannot be
 * made. */
struct pcapng *pcapng_open(const char *path, int64_t wall_epoch, GError **error);

/* Declares an interface, named in every viewer; returns its number. */
unsigned pcapng_interface(struct pcapng *p, const char *name, enum pcapng_link link);

/* comment may be NULL. */
void pcapng_packet(struct pcapng *p, unsigned iface, base_time at, enum pcapng_dir dir,
	const void *bytes, size_t n, const char *comment);

/* Writes what is buffered.  False and error when the disk refused any block so far. */
bool pcapng_flush(struct pcapng *p, GError **error);

/* Flushes, closes and frees; false and error as above. */
bool pcapng_close(struct pcapng *p, GError **error);
