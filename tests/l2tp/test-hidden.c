/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hidden AVPs that a peer got wrong: rows M49 to M57 of docs/bad-input.md.  Each is a message
 * with one AVP whose octets were put together by hand and then hidden.
 */
#include "l2tp/avp.h"
#include "l2tp/hide.h"
#include "l2tp/message.h"

#include <glib.h>

enum { NO_VECTOR = 1 << 0, OTHER_AFTER = 1 << 1, OTHER_BEFORE = 1 << 2, EMPTY_VECTOR = 1 << 3 };

static const uint8_t vector[16] = "a random vector", other[16] = "another such one";

static const struct row {
	const char *name;
	const char *secret; /* the decoder's; "tell" is the peer's */
	uint16_t flags, attr;
	uint16_t original; /* length in the subformat */
	uint16_t octets;   /* of the subformat, that length included */
	unsigned how;
	enum l2tp_verdict verdict;
	uint16_t error;
	bool there; /* the attribute was taken */
} rows[] = {
	/* clang-format off */
	{ "good",                "tell",  AVP_M, L2TP_ATTR_CALLED, 4, 6,    0, L2TP_MSG_OK, 0, true },
	{ "padded",              "tell",  AVP_M, L2TP_ATTR_CALLED, 4, 40,   0, L2TP_MSG_OK, 0, true },
	{ "M49-no-vector",       "tell",  AVP_M, L2TP_ATTR_CALLED, 4, 6,    NO_VECTOR, L2TP_MSG_BAD, 6, false },
	{ "M49-no-vector-not-m", "tell",  0,     L2TP_ATTR_PHYSICAL_CHANNEL, 4, 6, NO_VECTOR, L2TP_MSG_OK, 0, false },
	{ "M50-no-secret",       NULL,    AVP_M, L2TP_ATTR_CALLED, 4, 6,    0, L2TP_MSG_BAD, 6, false },
	{ "M50-empty-secret",    "",      AVP_M, L2TP_ATTR_CALLED, 4, 6,    0, L2TP_MSG_BAD, 6, false },
	{ "M50-not-m",           NULL,    0,     L2TP_ATTR_PHYSICAL_CHANNEL, 4, 6, 0, L2TP_MSG_OK, 0, false },
	{ "M51-nothing",         "tell",  AVP_M, L2TP_ATTR_CALLED, 0, 0,    0, L2TP_MSG_BAD, 6, false },
	{ "M51-one",             "tell",  AVP_M, L2TP_ATTR_CALLED, 0, 1,    0, L2TP_MSG_BAD, 6, false },
	{ "M51-one-not-m",       "tell",  0,     L2TP_ATTR_PHYSICAL_CHANNEL, 0, 1, 0, L2TP_MSG_OK, 0, false },
	{ "M52-one-more",        "tell",  AVP_M, L2TP_ATTR_CALLED, 5, 6,    0, L2TP_MSG_BAD, 6, false },
	{ "M52-65535",           "tell",  AVP_M, L2TP_ATTR_CALLED, 65535, 6, 0, L2TP_MSG_BAD, 6, false },
	{ "M52-not-m",           "tell",  0,     L2TP_ATTR_PHYSICAL_CHANNEL, 5, 6, 0, L2TP_MSG_OK, 0, false },
	{ "M53-vector-hidden",   "tell",  AVP_M, L2TP_ATTR_RANDOM_VECTOR, 4, 6, 0, L2TP_MSG_BAD, 3, true },
	{ "M54-last-counts",     "tell",  AVP_M, L2TP_ATTR_CALLED, 4, 6,    OTHER_BEFORE, L2TP_MSG_OK, 0, true },
	{ "M54-not-the-next",    "tell",  AVP_M, L2TP_ATTR_CALLED, 4, 6,    OTHER_AFTER, L2TP_MSG_OK, 0, true },
	{ "M55-empty-vector",    "tell",  AVP_M, L2TP_ATTR_CALLED, 4, 6,    EMPTY_VECTOR, L2TP_MSG_BAD, 2, false },
	{ "M56-longest",         "tell",  AVP_M, L2TP_ATTR_CALLED, 1015, 1017, 0, L2TP_MSG_OK, 0, true },
	{ "M56-longest-short",   "tell",  AVP_M, L2TP_ATTR_CALLED, 1, 1017, 0, L2TP_MSG_OK, 0, true },
	{ "M57-u32-of-3",        "tell",  AVP_M, L2TP_ATTR_BEARER_TYPE, 3, 6, 0, L2TP_MSG_BAD, 2, false },
	{ "M57-u32-of-5",        "tell",  AVP_M, L2TP_ATTR_BEARER_TYPE, 5, 9, 0, L2TP_MSG_BAD, 2, false },
	{ "M57-u32-of-0",        "tell",  AVP_M, L2TP_ATTR_BEARER_TYPE, 0, 16, 0, L2TP_MSG_BAD, 2, false },
	{ "again",               "tell",  AVP_M, L2TP_ATTR_ASSIGNED_SESSION, 2, 4, 0, L2TP_MSG_BAD, 3, true },
	/* clang-format on */
};

static void put(struct wr *w, uint16_t type, const void *value, size_t n, uint16_t flags)
{
	size_t at = l2tp_avp_open(w, type);

	wr_bytes(w, value, n);
	l2tp_avp_close(w, at, flags);
}

static void put_hidden(struct wr *w, const struct row *row)
{
	uint8_t plain[1024] = { (uint8_t)(row->original >> 8), (uint8_t)row->original, 1, 2, 3, 4 };

	l2tp_hide(row->attr, "tell", vector, sizeof(vector), plain, row->octets);
	put(w, row->attr, plain, row->octets, AVP_H | row->flags);
}

/* An ICRQ. */
static void build(struct wr *w, const struct row *row)
{
	static const uint8_t type[] = { 0, 10 }, id[] = { 0, 9 }, serial[] = { 0, 0, 0, 1 };

	put(w, L2TP_ATTR_MESSAGE_TYPE, type, sizeof(type), AVP_M);
	put(w, L2TP_ATTR_ASSIGNED_SESSION, id, sizeof(id), AVP_M);
	put(w, L2TP_ATTR_CALL_SERIAL, serial, sizeof(serial), AVP_M);
	if (row->how & OTHER_BEFORE)
		put(w, L2TP_ATTR_RANDOM_VECTOR, other, sizeof(other), AVP_M);
	if (row->how & EMPTY_VECTOR)
		put(w, L2TP_ATTR_RANDOM_VECTOR, NULL, 0, AVP_M);
	else if (!(row->how & NO_VECTOR))
		put(w, L2TP_ATTR_RANDOM_VECTOR, vector, sizeof(vector), AVP_M);
	put_hidden(w, row);
	if (row->how & OTHER_AFTER)
		put(w, L2TP_ATTR_RANDOM_VECTOR, other, sizeof(other), AVP_M);
}

static void hidden(gconstpointer data)
{
	const struct row *row = data;
	uint8_t buf[2048];
	struct wr w = wr_init(buf, sizeof(buf));
	struct l2tp_unhide u = { .secret = row->secret };
	struct l2tp_msg m;
	struct l2tp_fault f;

	build(&w, row);
	g_assert_false(w.bad);
	g_assert_cmpint(l2tp_msg_decode_hidden(rd_init(buf, w.len), &u, &m, &f), ==,
		row->verdict);
	g_assert_cmpuint(f.result, ==, row->verdict == L2TP_MSG_BAD ? 2 : 0);
	g_assert_cmpuint(f.error, ==, row->error);
	g_assert_cmpint(l2tp_has(&m, row->attr), ==, row->there);
	if (row->there && row->attr == L2TP_ATTR_CALLED) {
		g_assert_cmpuint(m.called.len, ==, row->original);
		g_assert_cmpuint(m.called.p[0], ==, 1);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/l2tp/hidden/%s", rows[i].name);

		g_test_add_data_func(path, &rows[i], hidden);
	}
	return g_test_run();
}
