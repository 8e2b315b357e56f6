/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The AVP iterator and writer, and the table beside RFC 2661, section 4.4. */
#include "l2tp/avp.h"

#include "tests/lib/hex.h"

static const struct {
	const char *name;
	const char *hex;
	bool ok;
	unsigned n_avps;
} framing[] = {
	/* clang-format off */
	{ "none",             "",                                true,  0 },
	{ "one",              "8008 0000 0000 0001",             true,  1 },
	{ "empty-value",      "8006 0000 0027",                  true,  1 },
	{ "two",              "8006 0000 0027 0008 0009 0001 abcd", true, 2 },
	{ "M33-len-zero",     "8000 0000 0007",                  false, 0 },
	{ "M34-len-one",      "8001 0000 0007",                  false, 0 },
	{ "M34-len-five",     "8005 0000 0007",                  false, 0 },
	{ "M36-beyond",       "8009 0000 0000 0001",             false, 0 },
	{ "M37-one-left",     "8006 0000 0027 80",               false, 1 },
	{ "M37-five-left",    "8006 0000 0027 8006000000",       false, 1 },
	{ "half-header",      "80080000",                        false, 0 },
	{ "longest-len",      "83ff 0000 0007",                  false, 0 },
	/* clang-format on */
};

static void check_framing(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data), n = 0;
	g_autoptr(GBytes) bytes = hex(framing[i].hex);
	gsize len;
	const uint8_t *p = g_bytes_get_data(bytes, &len);
	struct rd r = rd_init(p, len);
	struct l2tp_avp avp;

	while (l2tp_avp_next(&r, &avp))
		n++;
	g_assert_cmpuint(n, ==, framing[i].n_avps);
	g_assert_cmpint(r.bad, ==, !framing[i].ok);
}

static void flags(void)
{
	g_autoptr(GBytes) bytes = hex("fc08 0009 0102 abcd");
	struct rd r = rd_init(g_bytes_get_data(bytes, NULL), 8);
	struct l2tp_avp avp;

	g_assert_true(l2tp_avp_next(&r, &avp));
	g_assert_true(avp.mandatory && avp.hidden && avp.reserved);
	g_assert_cmpuint(avp.vendor, ==, 9);
	g_assert_cmpuint(avp.type, ==, 0x0102);
	g_assert_cmpuint(rd_left(&avp.value), ==, 2);
}

static void writer(void)
{
	uint8_t buf[2048];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t at = l2tp_avp_open(&w, L2TP_ATTR_FIRMWARE);

	wr_u16(&w, 1);
	l2tp_avp_close(&w, at, 0);
	assert_hex(buf, w.len, "0008000000060001");

	w = wr_init(buf, sizeof(buf));
	at = l2tp_avp_open(&w, L2TP_ATTR_HOST_NAME);
	g_assert_nonnull(wr_room(&w, AVP_VALUE_MAX));
	l2tp_avp_close(&w, at, AVP_M);
	g_assert_false(w.bad);
	g_assert_cmpuint(buf[0], ==, 0x83);
	g_assert_cmpuint(buf[1], ==, 0xff);

	w = wr_init(buf, sizeof(buf));
	at = l2tp_avp_open(&w, L2TP_ATTR_HOST_NAME);
	g_assert_nonnull(wr_room(&w, AVP_VALUE_MAX + 1));
	l2tp_avp_close(&w, at, AVP_M);
	g_assert_true(w.bad);
}

/* Total length (0: any), M bit as sent and whether it may be hidden, typed in from the RFC. */
static const struct {
	uint16_t type;
	uint16_t len;
	bool m, hide;
} rfc[] = {
	/* clang-format off */
	{ 0, 8, true, false },  { 1, 0, true, false },   { 2, 8, true, false },   { 3, 10, true, true },
	{ 4, 10, true, true },  { 5, 14, false, false }, { 6, 8, false, true },   { 7, 0, true, false },
	{ 8, 0, false, true },  { 9, 8, true, true },    { 10, 8, true, false },  { 11, 0, true, true },
	{ 12, 0, true, false }, { 13, 22, true, true },  { 14, 8, true, true },   { 15, 10, true, true },
	{ 16, 10, true, true }, { 17, 10, true, true },  { 18, 10, true, true },  { 19, 10, true, true },
	{ 21, 0, true, true },  { 22, 0, true, true },   { 23, 0, true, true },   { 24, 10, true, true },
	{ 25, 10, false, true }, { 26, 0, false, true }, { 27, 0, false, true },  { 28, 0, false, true },
	{ 29, 8, false, true }, { 30, 0, false, true },  { 31, 0, false, true },  { 32, 8, false, true },
	{ 33, 0, false, true }, { 34, 32, true, true },  { 35, 16, true, true },  { 36, 0, true, false },
	{ 37, 0, false, true }, { 38, 10, false, true }, { 39, 6, true, false },
	{ 46, 0, false, true },
	/* clang-format on */
};

static void table(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(rfc); i++) {
		const struct l2tp_attr_info *a = l2tp_attr_info(rfc[i].type);

		g_assert_nonnull(a);
		g_assert_cmpint(!!(a->rules & ATTR_M), ==, rfc[i].m);
		g_assert_cmpint(!!(a->rules & ATTR_HIDEABLE), ==, rfc[i].hide);
		if (rfc[i].len) {
			g_assert_cmpuint(a->min, ==, rfc[i].len - AVP_HDR_LEN);
			g_assert_cmpuint(a->max, ==, rfc[i].len - AVP_HDR_LEN);
		}
	}
	g_assert_null(l2tp_attr_info(20));
	for (uint16_t type = 40; type < 53; type++) { /* RFC 3301, 3145, 3308, 3437 */
		g_assert_nonnull(l2tp_attr_info(type));
		g_assert_cmpuint(l2tp_attr_info(type)->rules, ==, ATTR_HIDEABLE);
	}
	g_assert_null(l2tp_attr_info(53));
	g_assert_null(l2tp_attr_info(65535));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(framing); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/avp/framing/%s", framing[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), check_framing);
	}
	g_test_add_func("/l2tp/avp/flags", flags);
	g_test_add_func("/l2tp/avp/writer", writer);
	g_test_add_func("/l2tp/avp/table", table);
	return g_test_run();
}
