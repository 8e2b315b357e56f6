/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/pcapfile.h"

#include <glib/gstdio.h>

static const struct {
	const char *name;
	unsigned packets;
} files[] = {
	/* clang-format off */
	{ "hidden-avps-xl2tpd-lns.pcap",          44 },
	{ "hidden-stopccn-proxy-seq-l2tpns.pcap", 58 },
	{ "l2tpns-lac-l2tpns-lns.pcap",           30 },
	{ "pppoe-client-l2tpns-lac.pcap",         35 },
	{ "radius-pap.pcap",                      2 },
	{ "radius-tunnel-attributes.pcap",        6 },
	{ "xl2tpd-lac-l2tpns-lns.pcap",           41 },
	/* clang-format on */
};

static void test_golden(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		struct pcap_file *f = pcap_golden(files[i].name);

		g_assert_cmpuint(f->link, ==, 1);
		g_assert_cmpuint(f->packets->len, ==, files[i].packets);
		g_assert_cmpint(pcap_file_packet(f, 0)->at.ns, ==, 0);
		g_assert_cmpint(pcap_file_packet(f, 1)->at.ns, >, 0);
		pcap_file_free(f);
	}
}

static void test_not_pcap(void)
{
	static const char *const bad[] = { "lns.cfg", "none.pcap" };

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *path =
			g_build_filename(TEST_ROOT, "golden", bad[i], NULL);
		g_autoptr(GError) error = NULL;

		g_assert_null(pcap_file_read(path, &error));
		g_assert_nonnull(error);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lib/pcapfile/golden", test_golden);
	g_test_add_func("/lib/pcapfile/not-pcap", test_not_pcap);
	return g_test_run();
}
