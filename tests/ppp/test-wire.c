/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ppp/wire.h"

#include "tests/lib/hex.h"

static const struct row {
	const char *name;
	const char *frame;
	bool ok;
	uint16_t protocol;
	size_t left;
} rows[] = {
	/* clang-format off */
	{ "plain",           "ff03c021 0102", true,  0xc021, 2 },
	{ "acfc",            "c021 0102",     true,  0xc021, 2 },
	{ "pfc",             "ff0321 4500",   true,  0x0021, 2 },
	{ "acfc-pfc",        "21 4500",       true,  0x0021, 2 },
	{ "odd-first-octet", "c1 23",         true,  0x00c1, 1 },
	{ "even-second",     "c022 00",       true,  0xc022, 1 },
	{ "no-payload",      "ff030021",      true,  0x0021, 0 },
	{ "only-address",    "ff03",          false, 0, 0 },
	{ "address-half",    "ff",            true,  0x00ff, 0 },
	{ "half-protocol",   "ff03c0",        false, 0, 0 },
	{ "one-octet-even",  "c0",            false, 0, 0 },
	{ "other-control",   "ff13c021",      true,  0x00ff, 3 },
	{ "empty",           "",              false, 0, 0 },
	/* clang-format on */
};

static void test_parse(gconstpointer data)
{
	const struct row *row = data;
	g_autoptr(GBytes) bytes = hex(row->frame);
	gsize n;
	const void *p = g_bytes_get_data(bytes, &n);
	struct rd r = rd_init(p, n);
	uint16_t protocol = 0;

	g_assert_cmpint(ppp_hdr_parse(&r, &protocol), ==, row->ok);
	if (!row->ok)
		return;
	g_assert_cmphex(protocol, ==, row->protocol);
	g_assert_cmpuint(rd_left(&r), ==, row->left);
}

static void test_build(void)
{
	uint8_t buf[8];
	struct wr w = wr_init(buf, sizeof(buf));
	struct rd r;
	uint16_t protocol;

	ppp_hdr_build(&w, PPP_IPCP);
	assert_hex(buf, w.len, "ff038021");
	r = rd_init(buf, w.len);
	g_assert_true(ppp_hdr_parse(&r, &protocol));
	g_assert_cmphex(protocol, ==, PPP_IPCP);

	w = wr_init(buf, 3);
	ppp_hdr_build(&w, PPP_IPCP);
	g_assert_true(w.bad);
}

/* Header and tags are read as they were written, and not past the length that is named. */
static void test_pppoe(void)
{
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct pppoe_hdr h;
	struct pppoe_tag t;
	struct rd r;

	pppoe_hdr_build(&w, PPPOE_PADO, 0x1234, 0);
	pppoe_tag_build(&w, PPPOE_TAG_SERVICE_NAME, NULL, 0);
	pppoe_tag_build(&w, PPPOE_TAG_AC_NAME, "ac", 2);
	wr_set_u16(&w, PPPOE_LEN_AT, (uint16_t)(w.len - PPPOE_HDR));
	assert_hex(buf, w.len, "11071234000a" "01010000" "010200026163");
	wr_u32(&w, 0xeeeeeeee); /* padding */
	r = rd_init(buf, w.len);
	g_assert_true(pppoe_hdr_parse(&r, &h));
	g_assert_cmphex(h.code, ==, PPPOE_PADO);
	g_assert_cmphex(h.session, ==, 0x1234);
	g_assert_true(pppoe_tag_next(&r, &t));
	g_assert_cmpuint(rd_left(&t.value), ==, 0);
	g_assert_true(pppoe_tag_next(&r, &t));
	g_assert_cmphex(t.type, ==, PPPOE_TAG_AC_NAME);
	g_assert_cmpmem(t.value.p, rd_left(&t.value), "ac", 2);
	g_assert_false(pppoe_tag_next(&r, &t));
	g_assert_false(r.bad);

	buf[5] = 9; /* cuts the last tag */
	r = rd_init(buf, w.len);
	g_assert_true(pppoe_hdr_parse(&r, &h));
	g_assert_true(pppoe_tag_next(&r, &t));
	g_assert_false(pppoe_tag_next(&r, &t));
	g_assert_true(r.bad);

	for (size_t n = 0; n < PPPOE_HDR; n++) {
		r = rd_init(buf, n);
		g_assert_false(pppoe_hdr_parse(&r, &h));
	}
	buf[0] = 0x21;
	r = rd_init(buf, w.len);
	g_assert_false(pppoe_hdr_parse(&r, &h));

	w = wr_init(buf, 9);
	pppoe_tag_build(&w, 1, "123456", 6);
	g_assert_true(w.bad);
	w = wr_init(buf, sizeof(buf));
	pppoe_tag_build(&w, 1, buf, 65536); /* more than its length can say */
	g_assert_true(w.bad);
	g_assert_cmpstr(pppoe_code_name(PPPOE_PADT), ==, "PADT");
	g_assert_null(pppoe_code_name(1));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/ppp/wire/parse/%s", rows[i].name);

		g_test_add_data_func(path, &rows[i], test_parse);
	}
	g_test_add_func("/ppp/wire/build", test_build);
	g_test_add_func("/ppp/wire/pppoe", test_pppoe);
	return g_test_run();
}
