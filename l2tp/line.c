/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Access line information by table (RFC 5515, section 4).
 */
#include "l2tp/line.h"

#include "l2tp/avp.h"

#include <glib.h>

enum { ENCAP_OCTETS = 3 };

/* octets: of the value as it is sent, 0: a text; least: as it is taken. */
static const struct {
	uint16_t type;
	uint8_t octets, least;
	const char *unit, *name;
} rows[L2TP_LINE_N] = {
	/* clang-format off */
	[L2TP_LINE_CIRCUIT_ID]        = { 1,   0, 0, "",    "Agent Circuit Id" },
	[L2TP_LINE_REMOTE_ID]         = { 2,   0, 0, "",    "Agent Remote Id" },
	[L2TP_LINE_ACTUAL_UP]         = { 129, 8, 4, "bps", "Actual Data Rate Upstream" },
	[L2TP_LINE_ACTUAL_DOWN]       = { 130, 8, 4, "bps", "Actual Data Rate Downstream" },
	[L2TP_LINE_MIN_UP]            = { 131, 8, 4, "bps", "Minimum Data Rate Upstream" },
	[L2TP_LINE_MIN_DOWN]          = { 132, 8, 4, "bps", "Minimum Data Rate Downstream" },
	[L2TP_LINE_ATTAINABLE_UP]     = { 133, 8, 4, "bps", "Attainable Data Rate Upstream" },
	[L2TP_LINE_ATTAINABLE_DOWN]   = { 134, 8, 4, "bps", "Attainable Data Rate Downstream" },
	[L2TP_LINE_MAX_UP]            = { 135, 8, 4, "bps", "Maximum Data Rate Upstream" },
	[L2TP_LINE_MAX_DOWN]          = { 136, 8, 4, "bps", "Maximum Data Rate Downstream" },
	[L2TP_LINE_LOW_POWER_UP]      = { 137, 8, 4, "bps", "Minimum Low Power Rate Upstream" },
	[L2TP_LINE_LOW_POWER_DOWN]    = { 138, 8, 4, "bps", "Minimum Low Power Rate Downstream" },
	[L2TP_LINE_MAX_DELAY_UP]      = { 139, 4, 4, "ms",  "Maximum Interleaving Delay Upstream" },
	[L2TP_LINE_ACTUAL_DELAY_UP]   = { 140, 4, 4, "ms",  "Actual Interleaving Delay Upstream" },
	[L2TP_LINE_MAX_DELAY_DOWN]    = { 141, 4, 4, "ms",  "Maximum Interleaving Delay Downstream" },
	[L2TP_LINE_ACTUAL_DELAY_DOWN] = { 142, 4, 4, "ms",  "Actual Interleaving Delay Downstream" },
	[L2TP_LINE_ENCAPSULATION]     = { 144, ENCAP_OCTETS, ENCAP_OCTETS, "", "Access Loop Encapsulation" },
	[L2TP_LINE_TYPE]              = { 145, 4, 4, "",    "DSL Type" },
	[L2TP_LINE_IWF]               = { 254, 4, 0, "",    "Interworked Session" },
	/* clang-format on */
};

static enum l2tp_line_attr find(uint16_t type)
{
	enum l2tp_line_attr a = 0;

	while (a < L2TP_LINE_N && rows[a].type != type)
		a++;
	return a;
}

static struct l2tp_span *text_of(struct l2tp_line *line, enum l2tp_line_attr a)
{
	return a == L2TP_LINE_CIRCUIT_ID ? &line->circuit_id : &line->remote_id;
}

static bool length_fits(enum l2tp_line_attr a, size_t len)
{
	if (a == L2TP_LINE_CIRCUIT_ID || a == L2TP_LINE_REMOTE_ID)
		return len > 0 && len <= L2TP_LINE_TEXT_MAX;
	if (a == L2TP_LINE_IWF)
		return len <= rows[a].octets;
	return len == rows[a].octets || len == rows[a].least;
}

static uint64_t read_number(struct rd *v)
{
	uint64_t n = 0;

	while (rd_left(v) > 0)
		n = n << 8 | rd_u8(v);
	return n;
}

bool l2tp_line_take(struct l2tp_line *line, uint16_t type, struct rd value)
{
	enum l2tp_line_attr a = find(type);
	size_t len = rd_left(&value);

	if (a == L2TP_LINE_N || !length_fits(a, len) || line->have & 1u << a)
		return false;
	if (a == L2TP_LINE_CIRCUIT_ID || a == L2TP_LINE_REMOTE_ID)
		*text_of(line, a) = (struct l2tp_span){ rd_take(&value, len), len };
	else
		line->number[a] =
			a == L2TP_LINE_IWF && !len ? 1 : read_number(&value);
	line->have |= 1u << a;
	return true;
}

static void write_value(const struct l2tp_line *line, enum l2tp_line_attr a, struct wr *w)
{
	const struct l2tp_span *s =
		a == L2TP_LINE_CIRCUIT_ID ? &line->circuit_id : &line->remote_id;

	if (a == L2TP_LINE_CIRCUIT_ID || a == L2TP_LINE_REMOTE_ID)
		wr_bytes(w, s->p, MIN(s->len, (size_t)L2TP_LINE_TEXT_MAX));
	for (unsigned i = rows[a].octets; i-- > 0;)
		wr_u8(w, (uint8_t)(line->number[a] >> 8 * i));
}

void l2tp_line_write(const struct l2tp_line *line, struct wr *w)
{
	for (enum l2tp_line_attr a = 0; a < L2TP_LINE_N; a++) {
		size_t at = w->len;

		if (!(line->have & 1u << a))
			continue;
		wr_u16(w, 0); /* flags and length: l2tp_avp_close() */
		wr_u16(w, L2TP_LINE_VENDOR);
		wr_u16(w, rows[a].type);
		write_value(line, a, w);
		l2tp_avp_close(w, at, 0);
	}
}

const char *l2tp_line_name(enum l2tp_line_attr a, const char **unit)
{
	if (unit)
		*unit = (unsigned)a < L2TP_LINE_N ? rows[a].unit : "";
	return (unsigned)a < L2TP_LINE_N ? rows[a].name : "?";
}
