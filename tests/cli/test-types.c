/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Types of arguments. */
#include "cli/internal.h"

static const struct {
	const char *type;
	const char *token;
	enum cli_accept accept;
} rows[] = {
	/* clang-format off */
	{ "u8",     "255",               CLI_ACCEPT_YES },
	{ "u8",     "256",               CLI_ACCEPT_NO },
	{ "u16",    "65535",             CLI_ACCEPT_YES },
	{ "u16",    "65536",             CLI_ACCEPT_NO },
	{ "u32",    "4294967295",        CLI_ACCEPT_YES },
	{ "u32",    "4294967296",        CLI_ACCEPT_NO },
	{ "u64",    "18446744073709551615", CLI_ACCEPT_YES },
	{ "u64",    "18446744073709551616", CLI_ACCEPT_NO },
	{ "u16",    "-1",                CLI_ACCEPT_NO },
	{ "u16",    "+1",                CLI_ACCEPT_NO },
	{ "u16",    "1x",                CLI_ACCEPT_NO },
	{ "5-7",    "4",                 CLI_ACCEPT_NO },
	{ "5-7",    "5",                 CLI_ACCEPT_YES },
	{ "5-7",    "8",                 CLI_ACCEPT_NO },
	{ "ipv4",   "10.0.0.1",          CLI_ACCEPT_YES },
	{ "ipv4",   "10.0.0.256",        CLI_ACCEPT_NO },
	{ "ipv4",   "10.0.0",            CLI_ACCEPT_NO },
	{ "mask",   "255.255.255.252",   CLI_ACCEPT_YES },
	{ "mask",   "0.0.0.0",           CLI_ACCEPT_YES },
	{ "mask",   "255.255.255.255",   CLI_ACCEPT_YES },
	{ "mask",   "255.0.255.0",       CLI_ACCEPT_NO },
	{ "mask",   "0.0.0.255",         CLI_ACCEPT_NO },
	{ "prefix", "10.0.0.0/8",        CLI_ACCEPT_YES },
	{ "prefix", "10.0.0.0/33",       CLI_ACCEPT_NO },
	{ "prefix", "10.0.0.0",          CLI_ACCEPT_NO },
	{ "ipv6",   "2001:db8::1",       CLI_ACCEPT_YES },
	{ "ipv6",   "2001:db8::g",       CLI_ACCEPT_NO },
	{ "mac",    "0200.0000.00ff",    CLI_ACCEPT_YES },
	{ "mac",    "0200.0000.00f",     CLI_ACCEPT_NO },
	{ "mac",    "02:00:00:00:00:ff", CLI_ACCEPT_NO },
	{ "time",   "23:59:00",          CLI_ACCEPT_YES },
	{ "time",   "24:00:00",          CLI_ACCEPT_NO },
	{ "time",   "1:2",               CLI_ACCEPT_NO },
	{ "hex",    "00ffAA",            CLI_ACCEPT_YES },
	{ "hex",    "0x",                CLI_ACCEPT_NO },
	{ "host",   "lac-1.lab",         CLI_ACCEPT_YES },
	{ "host",   "lac;1",             CLI_ACCEPT_NO },
	{ "name",   "012345678901234567890123456789012345678901234567890123456789abc",
	                                 CLI_ACCEPT_YES },
	{ "name",   "012345678901234567890123456789012345678901234567890123456789abcd",
	                                 CLI_ACCEPT_NO },
	{ "iface",  "Loopback",          CLI_ACCEPT_SHORT },
	{ "iface",  "Foo0",              CLI_ACCEPT_NO },
	/* clang-format on */
};

static void test_accept(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct cli_type type;
	g_autofree char *value = NULL;

	g_assert_true(cli_type_parse(rows[i].type, &type));
	g_assert_cmpint(
		cli_type_accept(&type, rows[i].token, &value), ==, rows[i].accept);
	g_assert_cmpint(value != NULL, ==, rows[i].accept == CLI_ACCEPT_YES);
}

static const struct {
	const char *typed;
	const char *canon;
} ifaces[] = {
	/* clang-format off */
	{ "GigabitEthernet0/0/0",   "GigabitEthernet0/0/0" },
	{ "gigabitethernet 0/0/0",  "GigabitEthernet0/0/0" },
	{ "Gi0/0/0",                "GigabitEthernet0/0/0" },
	{ "g0/1/3",                 "GigabitEthernet0/1/3" },
	{ "gi0/0/0.100",            "GigabitEthernet0/0/0.100" },
	{ "GigabitEthernet0",       "GigabitEthernet0" },
	{ "Lo0",                    "Loopback0" },
	{ "loop 12",                "Loopback12" },
	{ "Vt1",                    "Virtual-Template1" },
	{ "virtual-t1",             "Virtual-Template1" },
	{ "Vi2.1",                  "Virtual-Access2.1" },
	{ "Po7",                    "Port-channel7" },
	{ "te1/0/0",                "TenGigabitEthernet1/0/0" },
	{ "lo007",                  "Loopback7" },
	{ "virtual-1",              NULL },
	{ "t1",                     NULL },
	{ "lo0/0",                  NULL },
	{ "lo0.1",                  NULL },
	{ "gi0/0",                  NULL },
	{ "gi0/0/0/0",              NULL },
	{ "gi0/0/",                 NULL },
	{ "gi0/0/0.",               NULL },
	{ "lo999999",               NULL },
	{ "0/0/0",                  NULL },
	{ "",                       NULL },
	/* clang-format on */
};

static void test_iface(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ifaces); i++) {
		g_autofree char *canon = cli_iface_canon(ifaces[i].typed);

		g_test_message("%s", ifaces[i].typed);
		g_assert_cmpstr(canon, ==, ifaces[i].canon);
	}
}

static void test_shown(void)
{
	static const char *const shown[][2] = { { "1-1000", "<1-1000>" },
		{ "u16", "<0-65535>" }, { "ipv4", "A.B.C.D" },
		{ "prefix", "A.B.C.D/nn" }, { "ipv6", "X:X:X:X::X" },
		{ "mac", "H.H.H" }, { "time", "hh:mm:ss" }, { "word", "WORD" },
		{ "line", "LINE" } };

	for (size_t i = 0; i < G_N_ELEMENTS(shown); i++) {
		struct cli_type type;

		g_assert_true(cli_type_parse(shown[i][0], &type));

		g_autofree char *got = cli_type_shown(&type);

		g_assert_cmpstr(got, ==, shown[i][1]);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path =
			g_strdup_printf("/cli/types/accept/%zu-%s", i, rows[i].type);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_accept);
	}
	g_test_add_func("/cli/types/iface", test_iface);
	g_test_add_func("/cli/types/shown", test_shown);
	return g_test_run();
}
