/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an access node tells about a subscriber's line: the Vendor-Specific tag of the Broadband
 * Forum (vendor 3561; TR-101, the same sub-tags as the AVPs of RFC 5515).  The texts of those
 * documents are not at hand: numbers as in reference/protocols.md 2.3 and 7.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	PPPOE_LINE_ID_MAX = 64, /* ids, with NUL */
	PPPOE_LINE_CIRCUIT_ID = 0x01,
	PPPOE_LINE_REMOTE_ID = 0x02,
	PPPOE_LINE_FIRST = 0x81, /* numbers: of this sub-tag to the last */
	PPPOE_LINE_RATE_UP = 0x81,   /* actual; kbit/s, as all rates (RFC 5515 wants bit/s) */
	PPPOE_LINE_RATE_DOWN = 0x82,
	PPPOE_LINE_RATE_LAST = 0x8a, /* 83, 84 minimum; 85, 86 attainable; 87, 88 maximum; 89,
				      * 8a minimum at low power */
	PPPOE_LINE_DELAY_LAST = 0x8e, /* 8b, 8c maximum and actual up; 8d, 8e down: ms */
	PPPOE_LINE_ENCAPSULATION = 0x90, /* three octets */
	PPPOE_LINE_TYPE = 0x91,
	PPPOE_LINE_IWF = 0xfe, /* no value */
	PPPOE_LINE_NUMBERS = PPPOE_LINE_TYPE - PPPOE_LINE_FIRST + 1,
	PPPOE_LINE_ENCODED_MAX = 2 * (2 + PPPOE_LINE_ID_MAX) + PPPOE_LINE_NUMBERS * 6 + 2,
};

struct pppoe_line_info {
	char circuit_id[PPPOE_LINE_ID_MAX], remote_id[PPPOE_LINE_ID_MAX]; /* raw; "": none */
	uint32_t have; /* bit n: numbers[n] was there */
	uint32_t numbers[PPPOE_LINE_NUMBERS]; /* of sub-tag PPPOE_LINE_FIRST + n */
	bool iwf; /* PPPoA interworked by the access node */
};

/* Reads sub-tags {u8 type, u8 length, value} over *out (zeroed first).  False, and nothing in
 * *out, when one does not fit, has a length that its type cannot have, or a NUL in a text.
 * Unknown ones are skipped; of one that comes twice the last counts; texts are cut. */
bool pppoe_line_parse(struct rd *r, struct pppoe_line_info *out);

/* Writes them in order of their types: at most PPPOE_LINE_ENCODED_MAX octets. */
void pppoe_line_build(struct wr *w, const struct pppoe_line_info *line);

/* The number of a sub-tag; false when it was not there. */
bool pppoe_line_number(const struct pppoe_line_info *line, uint8_t type, uint32_t *out);
