/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chassis/slot.h"

#include <glib.h>

static void test_names(void)
{
	static const struct {
		const char *name;
		unsigned slot;
		enum board_kind kind;
	} rows[] = {
		{ "R0", SLOT_R0, BOARD_RP },
		{ "R1", SLOT_R1, BOARD_RP },
		{ "F0", SLOT_F0, BOARD_FP },
		{ "F1", SLOT_F1, BOARD_FP },
		{ "0/0", 4, BOARD_SPA },
		{ "0/1", 5, BOARD_SPA },
		{ "1/0", 8, BOARD_SPA },
		{ "5/3", 27, BOARD_SPA },
		{ "peer0", SLOT_PEER, BOARD_PEER },
		{ "peer3", SLOT_PEER + 3, BOARD_PEER },
	};
	char buf[12];

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_assert_cmpstr(slot_name(rows[i].slot, buf), ==, rows[i].name);
		g_assert_cmpuint(slot_from_name(rows[i].name), ==, rows[i].slot);
		g_assert_cmpuint(slot_kind(rows[i].slot), ==, rows[i].kind);
	}
	g_assert_cmpuint(slot_from_name("r1"), ==, SLOT_R1);
	g_assert_cmpuint(slot_kind(SLOT_CHASSIS), ==, BOARD_CHASSIS);
}

static void test_bad_names(void)
{
	static const char *const bad[] = { "", "R", "R2", "F2", "SIP0", "6/0", "0/4", "0/",
		"0/0/0", "peer", "peer34", "chassis", "none", "R0 ", "-1/0" };

	for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpuint(slot_from_name(bad[i]), ==, SLOT_NONE);
	g_assert_cmpuint(slot_from_name(NULL), ==, SLOT_NONE);
}

static void test_ports(void)
{
	static const struct {
		const char *name;
		uint16_t ifindex;
	} rows[] = {
		{ "GigabitEthernet0/0/0", 1 },
		{ "GigabitEthernet0/0/1", 2 },
		{ "gigabitethernet 0/0/1", 2 },
		{ "Gi0/1/0", 9 },
		{ "GI 0/1/3", 12 },
		{ "0/0/1", 2 },
		{ "GigabitEthernet5/3/7", 192 },
		{ "GigabitEthernet6/0/0", 0 },
		{ "GigabitEthernet0/4/0", 0 },
		{ "GigabitEthernet0/0/8", 0 },
		{ "GigabitEthernet0/0/10", 0 },
		{ "GigabitEthernet0/0", 0 },
		{ "GigabitEthernet0/0/", 0 },
		{ "GigabitEthernet0/0/1x", 0 },
		{ "GigabitEthernetx0/0/1", 0 },
		{ "Loopback0", 0 },
		{ "Te0/0/0", 0 },
		{ " 0/0/0", 0 },
		{ "", 0 },
	};
	char buf[32];

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_cmpuint(port_from_name(rows[i].name), ==, rows[i].ifindex);
	for (uint16_t i = 1; i <= 192; i++) {
		g_assert_cmpuint(port_from_name(port_name(i, buf)), ==, i);
		g_assert_cmpuint(port_ifindex(ifindex_slot(i), ifindex_port(i)), ==, i);
	}
	g_assert_cmpstr(port_name(0, buf), ==, "none");
	g_assert_cmpstr(port_name(193, buf), ==, "none");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/chassis/slot/names", test_names);
	g_test_add_func("/chassis/slot/bad-names", test_bad_names);
	g_test_add_func("/chassis/slot/ports", test_ports);
	return g_test_run();
}
