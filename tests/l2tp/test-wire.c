/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packet headers: rows M1 to M16 of docs/bad-input.md, and the
 * headers that are right.
 */
#include "l2tp/wire.h"

#include "tests/l2tp/golden.h"
#include "tests/lib/hex.h"

static const struct {
	const char *name;
	const char *hex;
	bool ok;
	uint16_t tunnel, session, ns, nr;
	size_t left;
} headers[] = {
	/* clang-format off */
	{ "zlb",              "c802000c 1234 5678 0001 fffe",         true,  0x1234, 0x5678, 1, 0xfffe, 0 },
	{ "hello",            "c8020014 0007 0000 0003 0009 8008000000000006", true, 7, 0, 3, 9, 8 },
	{ "M1-empty",         "",                                     false },
	{ "M1-one",           "c8",                                   false },
	{ "M1-five",          "c802000c12",                           false },
	{ "M2-six",           "c802000c1234",                         false },
	{ "M2-eleven",        "c802000c 1234 5678 0001 ff",           false },
	{ "M3-version-0",     "c800000c 1234 5678 0001 fffe",         false },
	{ "M3-l2f",           "c801000c 1234 5678 0001 fffe",         false },
	{ "M3-version-3",     "c803000c 1234 5678 0001 fffe",         false },
	{ "M3-version-15",    "c80f000c 1234 5678 0001 fffe",         false },
	{ "M4-no-length",     "8802 1234 5678 0001 fffe 0000",        false },
	{ "M5-no-sequence",   "c002000c 1234 5678 0001 fffe",         false },
	{ "M6-offset",        "ca02000c 1234 5678 0001 fffe",         false },
	{ "M6-priority",      "c902000c 1234 5678 0001 fffe",         false },
	{ "M7-too-long",      "c802000d 1234 5678 0001 fffe",         false },
	{ "M8-eleven",        "c802000b 1234 5678 0001 fffe",         false },
	{ "M8-zero",          "c8020000 1234 5678 0001 fffe",         false },
	{ "M9-trimmed",       "c802000c 1234 5678 0001 fffe abcd",    true,  0x1234, 0x5678, 1, 0xfffe, 0 },
	{ "M10-reserved",     "fcf2000c 1234 5678 0001 fffe",         true,  0x1234, 0x5678, 1, 0xfffe, 0 },
	{ "data",             "0002 0001 0002 ff03c021",              true,  1, 2, 0, 0, 4 },
	{ "data-length",      "4002 000a 0001 0002 c021 ffff",        true,  1, 2, 0, 0, 2 },
	{ "data-sequence",    "0802 0001 0002 0003 0004 c021",        true,  1, 2, 3, 4, 2 },
	{ "data-offset",      "0202 0001 0002 0002 aaaa c021",        true,  1, 2, 0, 0, 2 },
	{ "data-all",         "4a02 0010 0001 0002 0003 0004 0000 c021 ee", true, 1, 2, 3, 4, 2 },
	{ "M14-offset-65535", "0202 0001 0002 ffff c021",             false },
	{ "M15-offset-to-end", "0202 0001 0002 0002 c021",            true,  1, 2, 0, 0, 0 },
	{ "M16-length-zero",  "4002 0000 0001 0002 c021",             false },
	{ "data-length-seven", "4002 0007 0001 0002 c021",            false },
	{ "data-short",       "0002 0001 00",                         false },
	/* clang-format on */
};

static void header(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	g_autoptr(GBytes) bytes = hex(headers[i].hex);
	gsize n;
	const uint8_t *p = g_bytes_get_data(bytes, &n);
	struct rd r = rd_init(p, n);
	struct l2tp_hdr h;

	g_assert_cmpint(l2tp_hdr_parse(&r, &h), ==, headers[i].ok);
	if (!headers[i].ok)
		return;
	g_assert_cmpuint(h.tunnel, ==, headers[i].tunnel);
	g_assert_cmpuint(h.session, ==, headers[i].session);
	g_assert_cmpuint(h.ns, ==, headers[i].ns);
	g_assert_cmpuint(h.nr, ==, headers[i].nr);
	g_assert_cmpuint(rd_left(&r), ==, headers[i].left);
}

static void build(void)
{
	uint8_t buf[12];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_control_build(&w, 0x1234, 0x5678, 1, 0xfffe);
	g_assert_false(w.bad);
	assert_hex(buf, w.len, "c802000c123456780001fffe");
	l2tp_control_build(&w, 1, 2, 3, 4);
	g_assert_true(w.bad);
}

static void golden(void)
{
	struct pcap_file *f = pcap_golden("hidden-stopccn-proxy-seq-l2tpns.pcap");
	g_autoptr(GArray) d = golden_l2tp(f);
	unsigned control = 0, sequenced = 0;

	for (unsigned i = 0; i < d->len; i++) {
		const struct golden_dgram *g =
			&g_array_index(d, struct golden_dgram, i);
		struct rd r = rd_init(g->bytes, g->len);
		struct l2tp_hdr h;

		g_assert_true(l2tp_hdr_parse(&r, &h));
		control += l2tp_is_control(&h);
		sequenced += !l2tp_is_control(&h) && (h.bits & L2TP_S);
	}
	g_assert_cmpuint(control, >=, 20);
	g_assert_cmpuint(sequenced, >, 0);
	pcap_file_free(f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(headers); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/wire/header/%s", headers[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), header);
	}
	g_test_add_func("/l2tp/wire/build", build);
	g_test_add_func("/l2tp/wire/golden", golden);
	return g_test_run();
}
