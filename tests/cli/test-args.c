/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a handler sees of its arguments. */
#include "cli/cli.h"

#include <string.h>

static enum cli_result check(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	bool *ran = user;
	uint16_t u16 = 1;
	uint32_t u32 = 1, addr = 0, net = 0;
	uint64_t u64 = 1;
	unsigned len = 0;
	uint8_t mac[6], ip6[16];

	*ran = true;
	g_assert_true(cli_has(args, "frob"));
	g_assert_true(cli_has(args, "addr"));
	g_assert_false(cli_has(args, "never"));
	g_assert_true(cli_arg_u16(args, "small", &u16));
	g_assert_cmpuint(u16, ==, 65535);
	g_assert_true(cli_arg_u32(args, "big", &u32));
	g_assert_cmpuint(u32, ==, 70000);
	g_assert_false(cli_arg_u16(args, "big", &u16)); /* too wide: refused, not cut */
	g_assert_cmpuint(u16, ==, 65535);
	g_assert_true(cli_arg_u64(args, "small", &u64));
	g_assert_false(cli_arg_u32(args, "missing", &u32));
	g_assert_false(cli_arg_u32(args, "frob", &u32));
	g_assert_true(cli_arg_ipv4(args, "addr", &addr));
	g_assert_cmphex(addr, ==, 0x0a000001);
	g_assert_false(cli_arg_ipv4(args, "small", &addr));
	g_assert_true(cli_arg_prefix(args, "net", &net, &len));
	g_assert_cmphex(net, ==, 0xc0000200);
	g_assert_cmpuint(len, ==, 24);
	g_assert_true(cli_arg_mac(args, "mac", mac));
	g_assert_cmpmem(mac, 6, "\x02\x00\x00\x00\x00\xfe", 6);
	g_assert_true(cli_arg_ipv6(args, "ip6", ip6));
	g_assert_cmpuint(ip6[15], ==, 9);
	g_assert_cmpstr(cli_str(args, "if"), ==, "GigabitEthernet0/0/0");
	g_assert_null(cli_str(args, "frob"));
	g_assert_null(cli_str(args, "missing"));
	g_assert_cmpstr(cli_str(args, "rest"), ==, "Two  Words");
	g_assert_cmpstr(cli_words(args)[0], ==, "frob");
	g_assert_cmpstr(cli_words(args)[1], ==, "65535");
	g_assert_cmpuint(g_strv_length((char **)(uintptr_t)cli_words(args)), ==, 9);
	g_assert_cmpstr(cli_line_text(args), ==,
		"frob 65535 70000 10.0.0.1 192.0.2.0/24 0200.0000.00fe ::9 "
		"GigabitEthernet0/0/0 Two  Words");
	return CLI_DONE;
}

static const struct cli_command commands[] = {
	{ CLI_PRIV,
		"frob <small:u16> <big:u32> <addr:ipv4> <net:prefix> <mac:mac> "
		"<ip6:ipv6> "
		"<if:iface> <rest:line>",
		"Everything", check },
	{ 0 },
};

static void test_all(void)
{
	bool ran = false;
	struct cli_tree *tree = cli_tree_new(NULL, NULL, &ran);

	cli_tree_add(tree, commands);

	struct cli_session *s = cli_session_new(tree, CLI_OPERATOR);

	g_assert_cmpint(cli_session_exec(s, "fro 65535 70000 10.0.0.1 192.0.2.0/24 "
					    "0200.0000.00fe ::9 gi 0/0/0  Two  Words "),
		==, CLI_OK);
	g_assert_true(ran);
	g_assert_true(cli_session_user(s) == &ran);
	cli_session_free(s);
	cli_tree_free(tree);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cli/args/all", test_all);
	return g_test_run();
}
