/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secrets do not reach a capture (ha-commit.md H14): overwrites, in a copy of a record, the
 * values that its table marks REC_SECRET, and in configuration text what follows words such
 * as `password`.  What cannot be read is overwritten whole.
 *
 * A transaction comes in parts that end anywhere, so the state of one direction of a channel is
 * kept from record to record.
 */
#pragma once

#include "chassis/chassis.h"

enum {
	MASK_OCTET = '*',
	MASK_RECORD_HEAD = 1 + 1 + 1 + 8 + 4, /* client, type, op, key, length */
	MASK_FIELD_HEAD = 1 + 2,              /* id, length */
};

enum mask_result { /* bits */
	MASK_DID = 1 << 0,    /* something was overwritten */
	MASK_UNREAD = 1 << 1, /* all of it was, because it could not be read */
};

enum mask_place { MASK_AT_RECORD, MASK_AT_FIELD, MASK_IN_VALUE, MASK_IN_TEXT, MASK_IN_DARK };

struct mask {
	chassis_ckpt_table_fn tables; /* NULL: no checkpoint record can be read */

	/* the transaction that goes on in the next part */
	bool open, readable;
	uint32_t epoch;
	uint64_t seq, boot_to;

	enum mask_place place;
	uint8_t head[MASK_RECORD_HEAD];
	unsigned have;       /* octets in head */
	uint32_t left;       /* of the record's bytes */
	uint32_t value_left; /* of the field's */
	const struct rec_table *table;
	bool hidden; /* field, or rest of the line */
	bool did;

	/* text: which of the words may this one be, and how long is it */
	unsigned word, word_at;
};

void mask_init(struct mask *m, chassis_ckpt_table_fn tables);

/* Records of this direction were lost: a transaction that goes on cannot be read. */
void mask_gap(struct mask *m);

/* Returns a set of enum mask_result. */
unsigned mask_record(struct mask *m, unsigned type, uint8_t *payload, size_t len);
