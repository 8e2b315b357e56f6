/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Header and AVPs of one datagram.  What decodes must encode, in the clear and hidden, and decode
 * again to the same fields: an encoder that is stricter or laxer than the decoder shows here.
 */
#include "l2tp/message.h"
#include "l2tp/wire.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char secret[] = "tunsecret"; /* of the captures in the corpus */

static void check_round_trip(
	const struct l2tp_msg *m, size_t size, const struct l2tp_hiding *hiding)
{
	size_t room = size + 64 * L2TP_N_ATTRS;
	g_autofree uint8_t *buf = g_malloc(room);
	struct wr w = wr_init(buf, room);
	struct l2tp_unhide u;
	struct l2tp_msg again;
	struct l2tp_fault f;
	uint64_t vector = l2tp_bit(L2TP_ATTR_RANDOM_VECTOR);

	u.secret = secret;
	u.later = false;
	u.used = 0;
	l2tp_msg_encode_hidden(m, hiding, &w);
	if (w.bad || w.len > L2TP_MESSAGE_MAX)
		return; /* what was as long as can be became longer by being hidden */
	g_assert_cmpint(l2tp_msg_decode_hidden(rd_init(buf, w.len), &u, &again, &f), ==,
		L2TP_MSG_OK);
	g_assert_cmpuint(again.have | vector, ==, m->have | vector);
	g_assert_cmpuint(again.line.have, ==, m->line.have);
	g_assert_cmpuint(again.type, ==, m->type);
	g_assert_cmpuint(again.result.text.len, ==, m->result.text.len);
	g_assert_cmpuint(again.called.len, ==, m->called.len);
}

static void decode(struct rd r, const char *with, bool later, size_t size)
{
	struct l2tp_hiding hiding = { .secret = secret, .padding = 5 };
	struct l2tp_unhide u;
	struct l2tp_msg m;
	struct l2tp_fault f;

	u.secret = with;
	u.later = later;
	u.used = 0;
	switch (l2tp_msg_decode_hidden(r, &u, &m, &f)) {
	case L2TP_MSG_OK:
		g_assert_cmpuint(f.result, ==, 0);
		if (m.unread)
			break;
		check_round_trip(&m, size, NULL);
		check_round_trip(&m, size, &hiding);
		break;
	case L2TP_MSG_BAD:
		g_assert_cmpuint(f.result, !=, 0);
		break;
	case L2TP_MSG_IGNORE:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct l2tp_hdr h;

	if (!l2tp_hdr_parse(&r, &h) || !l2tp_is_control(&h) || rd_left(&r) == 0)
		return 0;
	decode(r, NULL, false, size);
	decode(r, NULL, true, size);
	decode(r, secret, false, size);
	return 0;
}
