/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Header and AVPs of one datagram.  What decodes must encode, and decode again to the same
 * fields: an encoder that is stricter or laxer than the decoder shows here.
 */
#include "l2tp/message.h"
#include "l2tp/wire.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct l2tp_msg *m, size_t size)
{
	size_t room = size + 8 * L2TP_N_ATTRS;
	g_autofree uint8_t *buf = g_malloc(room);
	struct wr w = wr_init(buf, room);
	struct l2tp_msg again;
	struct l2tp_fault f;

	l2tp_msg_encode(m, &w);
	g_assert_false(w.bad);
	g_assert_cmpint(
		l2tp_msg_decode(rd_init(buf, w.len), &again, &f), ==, L2TP_MSG_OK);
	g_assert_cmpuint(again.have, ==, m->have);
	g_assert_cmpuint(again.type, ==, m->type);
	g_assert_cmpuint(again.result.text.len, ==, m->result.text.len);
	g_assert_cmpuint(again.called.len, ==, m->called.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct l2tp_hdr h;
	struct l2tp_msg m;
	struct l2tp_fault f;

	if (!l2tp_hdr_parse(&r, &h) || !l2tp_is_control(&h) || rd_left(&r) == 0)
		return 0;
	switch (l2tp_msg_decode(r, &m, &f)) {
	case L2TP_MSG_OK:
		g_assert_cmpuint(f.result, ==, 0);
		check_round_trip(&m, size);
		break;
	case L2TP_MSG_BAD:
		g_assert_cmpuint(f.result, !=, 0);
		break;
	case L2TP_MSG_IGNORE:
		break;
	}
	return 0;
}
