/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Line tags of access nodes: a sequence of {u8 type, u8 length, value} inside PPPoE's
 * Vendor-Specific tag.  Sizes are a matter of the type; nothing else is checked, since an
 * access node is believed about its lines.
 */
#include "ppp/pppoe_line.h"

static unsigned octets_of(uint8_t type)
{
	if (type == PPPOE_LINE_ENCAPSULATION)
		return 3;
	if (type >= PPPOE_LINE_FIRST && type <= PPPOE_LINE_DELAY_LAST)
		return 4;
	return type == PPPOE_LINE_TYPE ? 4 : 0;
}

static bool take_text(struct rd *value, char out[PPPOE_LINE_ID_MAX])
{
	size_t n = rd_left(value);
	const uint8_t *p = rd_take(value, n);

	if (n && memchr(p, 0, n))
		return false;
	if (n > PPPOE_LINE_ID_MAX - 1)
		n = PPPOE_LINE_ID_MAX - 1;
	memset(out, 0, PPPOE_LINE_ID_MAX);
	if (n)
		memcpy(out, p, n);
	return true;
}

static bool take_number(struct rd *value, unsigned octets, uint8_t type,
	struct pppoe_line_info *out)
{
	unsigned at = type - PPPOE_LINE_FIRST;
	uint32_t n = 0;

	if (rd_left(value) != octets)
		return false;
	while (rd_left(value))
		n = n << 8 | rd_u8(value);
	out->numbers[at] = n;
	out->have |= 1u << at;
	return true;
}

static bool take_one(uint8_t type, struct rd *value, struct pppoe_line_info *out)
{
	unsigned octets = octets_of(type);

	if (type == PPPOE_LINE_CIRCUIT_ID)
		return take_text(value, out->circuit_id);
	if (type == PPPOE_LINE_REMOTE_ID)
		return take_text(value, out->remote_id);
	if (type == PPPOE_LINE_IWF)
		out->iwf = true;
	return !octets || take_number(value, octets, type, out);
}

bool pppoe_line_parse(struct rd *r, struct pppoe_line_info *out)
{
	bool good = true;

	memset(out, 0, sizeof(*out));
	while (good && rd_left(r)) {
		uint8_t type = rd_u8(r);
		struct rd value = rd_sub(r, rd_u8(r));

		good = !r->bad && take_one(type, &value, out);
	}
	if (!good)
		memset(out, 0, sizeof(*out));
	return good;
}

static void put_text(struct wr *w, uint8_t type, const char *text)
{
	size_t n = strlen(text);

	if (!n)
		return;
	wr_u8(w, type);
	wr_u8(w, (uint8_t)n);
	wr_bytes(w, text, n);
}

static void put_number(struct wr *w, uint8_t type, uint32_t n)
{
	unsigned octets = octets_of(type);

	wr_u8(w, type);
	wr_u8(w, (uint8_t)octets);
	while (octets--)
		wr_u8(w, (uint8_t)(n >> 8 * octets));
}

void pppoe_line_build(struct wr *w, const struct pppoe_line_info *line)
{
	put_text(w, PPPOE_LINE_CIRCUIT_ID, line->circuit_id);
	put_text(w, PPPOE_LINE_REMOTE_ID, line->remote_id);
	for (unsigned i = 0; i < PPPOE_LINE_NUMBERS; i++)
		if (line->have & 1u << i)
			put_number(w, (uint8_t)(PPPOE_LINE_FIRST + i), line->numbers[i]);
	if (line->iwf) {
		wr_u8(w, PPPOE_LINE_IWF);
		wr_u8(w, 0);
	}
}

bool pppoe_line_number(const struct pppoe_line_info *line, uint8_t type, uint32_t *out)
{
	unsigned at = type - PPPOE_LINE_FIRST;

	if (type < PPPOE_LINE_FIRST || at >= PPPOE_LINE_NUMBERS || !(line->have & 1u << at))
		return false;
	*out = line->numbers[at];
	return true;
}
