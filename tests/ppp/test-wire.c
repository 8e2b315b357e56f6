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

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/ppp/wire/parse/%s", rows[i].name);

		g_test_add_data_func(path, &rows[i], test_parse);
	}
	g_test_add_func("/ppp/wire/build", test_build);
	return g_test_run();
}
