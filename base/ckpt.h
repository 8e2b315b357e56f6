/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a checkpoint record looks like between the engines that make and take it and the
 * transport that moves it (rp/txn.c): which client, which type of object, which object, and
 * its encoded fields.  See docs/ha.md.
 */
#pragma once

#include "base/record.h"

enum ckpt_client {
	CKPT_CONFIG = 1, /* configuration lines */
	CKPT_VPDN,
	CKPT_PPP,
	CKPT_L2TP,
	CKPT_RF, /* switchover history and counters */
	CKPT_PPPOE,
};

enum ckpt_op {
	CKPT_UPSERT = 1, /* the whole object, idempotent */
	CKPT_DELETE,     /* no bytes */
};

struct ckpt_record {
	uint8_t client; /* enum ckpt_client */
	uint8_t type;   /* the client's: CKPT_L2TP has L2TP_REC_CC ... */
	uint8_t op;     /* enum ckpt_op */
	uint64_t key;
	const uint8_t *bytes; /* borrowed until the next call to the engine */
	size_t len;
};
