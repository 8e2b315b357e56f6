/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Access line information (RFC 5515, section 4): what an access node told of a subscriber's
 * line, by vendor AVPs 3561 of an ICRQ.  The same numbers name the sub-tags of the vendor tag
 * that PPPoE carries (Broadband Forum TR-101), so that l2tp_line_take() reads both.
 *
 * How long the values are is not the same everywhere.  Rates are sent with 8 octets, as other
 * decoders of these AVPs want them, and taken with 4 (as in sub-tags) or 8; IWF is sent with 4
 * and taken with up to 4.
 */
#pragma once

#include "base/buf.h"
#include "l2tp/span.h"

enum {
	L2TP_LINE_VENDOR = 3561,
	L2TP_LINE_TEXT_MAX = 63, /* octets of a circuit or remote id */
};

enum l2tp_line_attr {
	L2TP_LINE_CIRCUIT_ID,
	L2TP_LINE_REMOTE_ID,
	L2TP_LINE_ACTUAL_UP, /* rates in bit/s */
	L2TP_LINE_ACTUAL_DOWN,
	L2TP_LINE_MIN_UP,
	L2TP_LINE_MIN_DOWN,
	L2TP_LINE_ATTAINABLE_UP,
	L2TP_LINE_ATTAINABLE_DOWN,
	L2TP_LINE_MAX_UP,
	L2TP_LINE_MAX_DOWN,
	L2TP_LINE_LOW_POWER_UP,
	L2TP_LINE_LOW_POWER_DOWN,
	L2TP_LINE_MAX_DELAY_UP, /* interleaving delays in ms */
	L2TP_LINE_ACTUAL_DELAY_UP,
	L2TP_LINE_MAX_DELAY_DOWN,
	L2TP_LINE_ACTUAL_DELAY_DOWN,
	L2TP_LINE_ENCAPSULATION, /* three octets, the first one highest: data link, 1, 2 */
	L2TP_LINE_TYPE,          /* 1 ADSL1 .. 5 VDSL2, 6 SDSL */
	L2TP_LINE_IWF,           /* presence is all */
	L2TP_LINE_N,
};

struct l2tp_line {
	uint32_t have; /* 1 << enum l2tp_line_attr */
	struct l2tp_span circuit_id, remote_id; /* raw: escape to show */
	uint64_t number[L2TP_LINE_N];           /* of all but the two ids; IWF: 1 */
};

/* Takes the value of type (an AVP's or a sub-tag's) into *line; ids borrow from it.  The
 * first of a kind counts.  False: unknown or malformed, nothing was taken. */
bool l2tp_line_take(struct l2tp_line *line, uint16_t type, struct rd value);

/* Appends an AVP for each attribute that line has, none of them mandatory. */
void l2tp_line_write(const struct l2tp_line *line, struct wr *w);

/* "Actual Data Rate Upstream"; a text attribute or a number, with its unit ("bps", "ms", ""). */
const char *l2tp_line_name(enum l2tp_line_attr a, const char **unit);
