/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of interfaces and routes; and what the commands that fill them refuse.
 */
#include "tests/rp/rig.h"

#include <string.h>

static void table_names(void)
{
	static const struct {
		const char *name;
		bool possible;
	} rows[] = {
		{ "GigabitEthernet0/0/0", true },
		{ "GigabitEthernet5/3/7", true },
		{ "GigabitEthernet6/0/0", false },
		{ "GigabitEthernet0/4/0", false },
		{ "GigabitEthernet0/0/8", false },
		{ "Loopback0", true },
		{ "Loopback1023", true },
		{ "Loopback1024", false },
		{ "Loopback", false },
		{ "Loopback-1", false },
		{ "Loopback1x", false },
		{ "Tunnel0", false },
		{ "GigabitEthernet0/0/0.0", true },
		{ "GigabitEthernet0/1/0.99999", true },
		{ "GigabitEthernet0/0/0.4294967296", false },
		{ "GigabitEthernet0/0/0.", false },
		{ "GigabitEthernet0/0/0.1.2", false },
		{ "GigabitEthernet9/0/0.1", false },
		{ "Loopback0.1", false },
		{ "", false },
	};
	struct iface_table t;

	iface_table_init(&t);
	for (size_t k = 0; k < G_N_ELEMENTS(rows); k++) {
		g_assert_null(iface_get(&t, rows[k].name, false));

		struct iface *i = iface_get(&t, rows[k].name, true);

		g_assert_cmpint(i != NULL, ==, rows[k].possible);
		if (!i)
			continue;
		g_assert_cmpstr(i->name, ==, rows[k].name);
		g_assert_true(iface_get(&t, rows[k].name, false) == i);
		g_assert_true(iface_get(&t, rows[k].name, true) == i);
		g_assert_true(iface_by_index(&t, i->ifindex) == i);
		g_assert_cmpint(i->loopback, ==, g_str_has_prefix(i->name, "Loopback"));
	}
	g_assert_null(iface_by_index(&t, 0));
	g_assert_null(iface_by_index(&t, UINT16_MAX));
	iface_table_deinit(&t);
}

static void table_order(void)
{
	static const char *const in[] = { "GigabitEthernet0/0/1", "Loopback7",
		"GigabitEthernet0/0/0.100", "GigabitEthernet0/0/0.9", "Loopback0",
		"GigabitEthernet1/0/0" };
	static const char *const out[] = { "Loopback0", "Loopback7",
		"GigabitEthernet0/0/0", "GigabitEthernet0/0/0.9",
		"GigabitEthernet0/0/0.100", "GigabitEthernet0/0/1",
		"GigabitEthernet1/0/0" };
	struct iface_table t;

	iface_table_init(&t);
	for (size_t k = 0; k < G_N_ELEMENTS(in); k++)
		g_assert_nonnull(iface_get(&t, in[k], true));
	/* The port of a subinterface has come with it. */
	g_assert_cmpuint(t.ifaces->len, ==, G_N_ELEMENTS(out));
	for (size_t k = 0; k < G_N_ELEMENTS(out); k++)
		g_assert_cmpstr(((struct iface *)t.ifaces->pdata[k])->name, ==, out[k]);
	g_assert_true(iface_remove(&t, "Loopback7"));
	g_assert_false(iface_remove(&t, "Loopback7"));
	g_assert_false(iface_remove(&t, "GigabitEthernet0/0/0")); /* hardware */
	g_assert_true(iface_remove(&t, "GigabitEthernet0/0/0.9"));
	g_assert_cmpuint(t.ifaces->len, ==, 5);
	iface_table_deinit(&t);
}

static void table_limit(void)
{
	struct iface_table t;
	char name[32];
	unsigned made = 0;

	iface_table_init(&t);
	for (unsigned k = 0; k <= LOOPBACK_MAX; k++) {
		g_snprintf(name, sizeof(name), "Loopback%u", k);
		made += iface_get(&t, name, true) != NULL;
	}
	g_assert_cmpuint(made, ==, IFACES_MAX);
	iface_table_deinit(&t);
}

static void table_addresses(void)
{
	struct iface_table t;

	iface_table_init(&t);

	struct iface *lo = iface_get(&t, "Loopback0", true);
	struct iface *gi = iface_get(&t, "GigabitEthernet0/0/0", true);

	g_assert_null(iface_by_ip(&t, 0)); /* both have no address: neither is it */
	lo->ip = 0x0a000001;
	g_assert_true(iface_by_ip(&t, 0x0a000001) == lo);
	g_assert_null(iface_by_ip(&t, 0x0a000002));
	g_assert_true(iface_is_up(lo));
	g_assert_false(iface_is_up(gi)); /* no carrier yet */
	gi->link_up = true;
	g_assert_true(iface_is_up(gi));
	gi->shutdown = lo->shutdown = true;
	g_assert_false(iface_is_up(gi));
	g_assert_false(iface_is_up(lo));
	iface_table_deinit(&t);
}

static struct iface *add_sub(
	struct iface_table *t, unsigned n, uint16_t outer, uint16_t lo, uint16_t hi)
{
	g_autofree char *name = g_strdup_printf("GigabitEthernet0/0/0.%u", n);
	struct iface *i = iface_get(t, name, true);

	g_assert_nonnull(i);
	i->outer = outer;
	i->inner_lo = lo;
	i->inner_hi = hi;
	return i;
}

static void table_vlans(void)
{
	struct iface_table t;

	iface_table_init(&t);

	struct iface *one = add_sub(&t, 1, 100, 0, 0);
	struct iface *any = add_sub(&t, 2, 100, 1, VLAN_MAX);
	struct iface *some = add_sub(&t, 3, 100, 30, 40);
	struct iface *exact = add_sub(&t, 4, 100, 35, 35);
	struct iface *port = one->port;

	g_assert_nonnull(port);
	g_assert_true(iface_by_vlan(&t, port->ifindex, 0, 0) == port);
	g_assert_true(iface_by_vlan(&t, port->ifindex, 100, 0) == one);
	g_assert_true(iface_by_vlan(&t, port->ifindex, 100, 29) == any);
	g_assert_true(iface_by_vlan(&t, port->ifindex, 100, 30) == some);
	g_assert_true(iface_by_vlan(&t, port->ifindex, 100, 40) == some);
	g_assert_true(iface_by_vlan(&t, port->ifindex, 100, 35) == exact);
	g_assert_null(iface_by_vlan(&t, port->ifindex, 101, 0));
	g_assert_null(iface_by_vlan(&t, (uint16_t)(port->ifindex + 1), 100, 0));
	one->native = true;
	g_assert_true(iface_by_vlan(&t, port->ifindex, 0, 0) == one);
	g_assert_true(iface_vlan_taken(&t, some, 100, 30, 40) == exact);
	g_assert_null(iface_vlan_taken(&t, any, 100, 1, VLAN_MAX));
	g_assert_true(iface_vlan_taken(&t, some, 100, 1, VLAN_MAX) == any);
	g_assert_true(iface_vlan_taken(&t, any, 100, 40, 50) == some);
	g_assert_true(iface_vlan_taken(&t, any, 100, 0, 0) == one);
	g_assert_null(iface_vlan_taken(&t, any, 101, 0, 0));
	/* As good as their port. */
	g_assert_false(iface_is_up(one));
	port->link_up = true;
	g_assert_true(iface_is_up(one));
	port->shutdown = true;
	g_assert_false(iface_is_up(one));
	port->shutdown = false;
	one->shutdown = true;
	g_assert_false(iface_is_up(one));
	g_assert_cmpuint(iface_mtu(one), ==, 1500);
	port->mtu = 9000;
	g_assert_cmpuint(iface_mtu(one), ==, 9000);
	one->mtu = 1400;
	g_assert_cmpuint(iface_mtu(one), ==, 1400);
	iface_table_deinit(&t);
}

/* Numbers that are free are given again, and another table can be told of them. */
static void table_numbers(void)
{
	static const char *const bad[] = { "1280\n", "x Gi\n", "1279 a\n", "1792 a\n", "-1 a\n" };
	struct iface_table t, other;

	iface_table_init(&t);
	iface_table_init(&other);
	g_assert_cmpuint(add_sub(&t, 1, 1, 0, 0)->ifindex, ==, IFINDEX_SUB);
	g_assert_cmpuint(add_sub(&t, 2, 2, 0, 0)->ifindex, ==, IFINDEX_SUB + 1);
	g_assert_true(iface_remove(&t, "GigabitEthernet0/0/0.1"));
	g_assert_cmpuint(add_sub(&t, 3, 3, 0, 0)->ifindex, ==, IFINDEX_SUB);

	g_autofree char *numbers = iface_numbers(&t);

	g_assert_cmpstr(numbers, ==,
		"1281 GigabitEthernet0/0/0.2\n1280 GigabitEthernet0/0/0.3\n");
	g_assert_true(iface_set_numbers(&other, numbers, strlen(numbers)));
	g_assert_cmpuint(add_sub(&other, 2, 2, 0, 0)->ifindex, ==, IFINDEX_SUB + 1);
	g_assert_cmpuint(add_sub(&other, 3, 3, 0, 0)->ifindex, ==, IFINDEX_SUB);
	g_assert_true(iface_set_numbers(&other, NULL, 0));
	g_assert_null(other.numbers);
	for (size_t k = 0; k < G_N_ELEMENTS(bad); k++)
		g_assert_false(iface_set_numbers(&other, bad[k], strlen(bad[k])));
	iface_table_deinit(&t);
	iface_table_deinit(&other);
}

static void table_routes(void)
{
	struct iface_table t;
	struct static_route r = {
		.prefix = 0x0a000000, .mask = 0xff000000, .next_hop = 1, .distance = 1
	};
	struct static_route other = r;

	iface_table_init(&t);
	g_assert_false(route_remove(&t, &r));
	g_assert_true(route_add(&t, &r));
	g_assert_false(route_add(&t, &r));
	other.next_hop = 2;
	g_assert_true(route_add(&t, &other));
	other.next_hop = 0;
	g_strlcpy(other.iface, "Loopback0", sizeof(other.iface));
	g_assert_true(route_add(&t, &other));
	g_assert_true(route_remove(&t, &r));
	g_assert_false(route_remove(&t, &r));
	g_assert_cmpuint(t.routes->len, ==, 2);
	for (unsigned k = 0; k < ROUTES_MAX + 5; k++) {
		r.next_hop = 100 + k;
		g_assert_cmpint(route_add(&t, &r), ==, k < ROUTES_MAX - 2);
	}
	g_assert_cmpuint(t.routes->len, ==, ROUTES_MAX);
	iface_table_deinit(&t);
}

/* ---- the commands ----------------------------------------------------------------- */

/* One text, and what of it is refused: "LINE REASON-PREFIX" or NULL. */
static const struct {
	const char *name, *text, *refusal;
} commands[] = {
	{ "overlap",
		"interface Gi0/0/0\n ip address 10.0.0.1 255.255.255.0\n"
		"interface Gi0/0/1\n ip address 10.0.0.2 255.255.255.128\n",
		"4 % 10.0.0.2 overlaps with GigabitEthernet0/0/0" },
	{ "same-interface-again",
		"interface Gi0/0/0\n ip address 10.0.0.1 255.255.255.0\n"
		" ip address 10.0.0.2 255.255.255.0\n",
		NULL },
	{ "neighbours",
		"interface Gi0/0/0\n ip address 10.0.0.1 255.255.255.128\n"
		"interface Gi0/0/1\n ip address 10.0.0.129 255.255.255.128\n",
		NULL },
	{ "network-address", "interface Gi0/0/0\n ip address 10.0.0.0 255.255.255.0\n",
		"2 % Bad mask /24 for address 10.0.0.0" },
	{ "broadcast-address",
		"interface Gi0/0/0\n ip address 10.0.0.255 255.255.255.0\n",
		"2 % Bad mask /24 for address 10.0.0.255" },
	{ "point-to-point", "interface Gi0/0/0\n ip address 10.0.0.0 255.255.255.254\n",
		NULL },
	{ "host-loopback",
		"interface Loopback0\n ip address 10.0.0.0 255.255.255.255\n", NULL },
	{ "no-such-port", "interface Gi9/0/0\n",
		"1 % GigabitEthernet9/0/0 does not exist in this chassis" },
	{ "port-stays", "interface Gi0/0/0\n no interface Gi0/0/0\n",
		"2 % GigabitEthernet0/0/0 cannot be removed: it is a port" },
	{ "holes-in-mask", "interface Gi0/0/0\n ip address 10.0.0.1 255.0.255.0\n",
		"2 %" },
	{ "host-bits", "ip route 10.0.0.1 255.255.255.0 10.9.9.9\n",
		"1 % Inconsistent address and mask" },
	{ "route-to-nowhere", "ip route 10.0.0.0 255.255.255.0 Loopback5\n",
		"1 % Loopback5 is not configured" },
	{ "route-not-there", "no ip route 10.0.0.0 255.255.255.0 10.9.9.9\n",
		"1 % No matching route to delete" },
	{ "route",
		"ip route 0.0.0.0 0.0.0.0 10.9.9.9 250\n"
		"no ip route 0.0.0.0 0.0.0.0 10.9.9.9 250\n",
		NULL },
	{ "default-route",
		"ip route 0.0.0.0 0.0.0.0 10.9.9.9\n"
		"default ip route 0.0.0.0 0.0.0.0 10.9.9.9\n"
		"no ip route 0.0.0.0 0.0.0.0 10.9.9.9\n",
		"3 % No matching route to delete" },
	{ "shut-template", "interface Virtual-Template1\n shutdown\n",
		"2 % a Virtual-Template has no carrier to shut" },
	{ "sub-not-there", "no interface Gi0/0/0.1\n",
		"1 % GigabitEthernet0/0/0.1 is not configured" },
	{ "sub-of-nothing", "interface Gi9/0/0.1\n",
		"1 % GigabitEthernet9/0/0.1 does not exist in this chassis" },
	{ "sub-first-tags",
		"interface Gi0/0/0.1\n ip address 10.0.0.1 255.255.255.0\n",
		"2 % Configuring IP routing on a LAN subinterface is only allowed" },
	{ "sub-range-address",
		"interface Gi0/0/0.1\n encapsulation dot1q 1 second-dot1q any\n"
		" ip address 10.0.0.1 255.255.255.0\n",
		"3 % an IP address needs one VLAN" },
	{ "sub-address-range",
		"interface Gi0/0/0.1\n encapsulation dot1q 1 second-dot1q 5\n"
		" ip address 10.0.0.1 255.255.255.0\n"
		" encapsulation dot1q 1 second-dot1q 5-6\n",
		"4 % GigabitEthernet0/0/0.1 has an IP address" },
	{ "sub-again",
		"interface Gi0/0/0.1\n encapsulation dot1Q 1\n encapsulation dot1Q 1\n",
		NULL },
	{ "vlan-twice",
		"interface Gi0/0/0.1\n encapsulation dot1Q 1\n"
		"interface Gi0/0/0.2\n encapsulation dot1Q 1\n",
		"4 % Configuration of multiple subinterfaces of the same main" },
	{ "vlan-other-port",
		"interface Gi0/0/0.1\n encapsulation dot1Q 1\n"
		"interface Gi0/0/1.1\n encapsulation dot1Q 1\n",
		NULL },
	{ "vlan-ranges",
		"interface Gi0/0/0.1\n encapsulation dot1Q 1 second-dot1q 10-20\n"
		"interface Gi0/0/0.2\n encapsulation dot1Q 1 second-dot1q 20-30\n",
		"4 % Configuration of multiple" },
	{ "vlan-rest",
		"interface Gi0/0/0.1\n encapsulation dot1Q 1 second-dot1q 10-20\n"
		"interface Gi0/0/0.2\n encapsulation dot1Q 1 second-dot1q any\n"
		"interface Gi0/0/0.3\n encapsulation dot1Q 1\n",
		NULL },
	{ "two-natives",
		"interface Gi0/0/0.1\n encapsulation dot1Q 1 native\n"
		"interface Gi0/0/0.2\n encapsulation dot1Q 2 native\n",
		"4 % GigabitEthernet0/0/0.1 is the native VLAN" },
	{ "vlan-on-a-port", "interface Gi0/0/0\n encapsulation dot1Q 1\n",
		"2 % this command is for subinterfaces" },
	{ "vlan-inner-bad",
		"interface Gi0/0/0.1\n encapsulation dot1Q 1 second-dot1q 5-4\n",
		"2 % the second tag is a VLAN id" },
	{ "vlan-inner-4095",
		"interface Gi0/0/0.1\n encapsulation dot1Q 1 second-dot1q 4095\n",
		"2 % the second tag is a VLAN id" },
	{ "pppoe-on-a-loopback", "interface Loopback0\n pppoe enable\n",
		"2 % PPPoE clients come by ports" },
	{ "verify-on-a-port",
		"interface Gi0/0/0\n ip verify unicast source reachable-via rx\n",
		"2 % sources are checked on Virtual-Template" },
	{ "ppp-on-a-port", "interface Gi0/0/0\n ppp authentication chap\n",
		"2 % this command is for Virtual-Template interfaces" },
};

static void note_error(unsigned line, unsigned column, const char *text,
	const char *reason, void *user)
{
	g_string_append_printf(user, "%u %s", line, reason);
}

static void command(gconstpointer data)
{
	size_t k = GPOINTER_TO_SIZE(data);
	g_autoptr(GString) got = g_string_new(NULL);
	unsigned n = rp_config_check(
		commands[k].text, strlen(commands[k].text), note_error, got);

	if (!commands[k].refusal) {
		g_assert_cmpstr(got->str, ==, "");
		g_assert_cmpuint(n, ==, 0);
		return;
	}
	g_assert_cmpuint(n, ==, 1);
	got->str[MIN(got->len, strlen(commands[k].refusal))] = '\0';
	g_assert_cmpstr(got->str, ==, commands[k].refusal);
}

/* ---- two RPs ----------------------------------------------------------------------- */

static void configure(struct rig *rig, const char *line)
{
	static const char *const way[] = { "configure terminal", NULL, "end" };

	for (size_t k = 0; k < G_N_ELEMENTS(way); k++)
		g_free(rig_exec(rig, SLOT_R0, 1, way[k] ? way[k] : line));
	rig_run(rig, 100);
}

static void assert_same_numbers(struct rig *rig, const char *expected)
{
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		g_autofree char *numbers = iface_numbers(&rig->rp[slot]->cfg.net);

		g_assert_cmpstr(numbers, ==, expected);
	}
}

static void assert_shows(struct rig *rig, const char *command, const char *row)
{
	g_autofree char *text = rig_exec(rig, SLOT_R0, 0, command);

	if (!strstr(text, row))
		g_error("not in %s:\n%s\n%s", command, row, text);
}

static void sub_shows(void)
{
	struct rig *rig = rig_new(&(struct rig_config){ .boards = RIG_REAL_R0,
		.startup = "interface GigabitEthernet0/0/0.5\n"
			   " encapsulation dot1Q 5\n ip address 10.5.0.1 255.255.255.0\n"
			   "interface GigabitEthernet0/0/0.1005\n"
			   " encapsulation dot1Q 6 second-dot1q 7-9\n shutdown\n"
			   "interface GigabitEthernet0/0/0.6\n"
			   " encapsulation dot1Q 6 second-dot1q 10\n" });

	rig_run(rig, 1000);
	assert_shows(rig, "show ip interface brief",
		"\nGigabitEthernet0/0/0   unassigned      YES unset");
	assert_shows(rig, "show ip interface brief",
		"\nGigabitEthernet0/0/0.5 10.5.0.1        YES NVRAM");
	assert_shows(rig, "show ip interface brief",
		"\nGi0/0/0.1005           unassigned      YES unset  administratively down");
	assert_shows(rig, "show interfaces GigabitEthernet0/0/0.5",
		"\n  Encapsulation 802.1Q Virtual LAN, Vlan ID  5.\n");
	assert_shows(rig, "show interfaces GigabitEthernet0/0/0.6",
		"\n  Encapsulation QinQ Virtual LAN, outer ID  6, inner ID 10\n");
	assert_shows(rig, "show interfaces GigabitEthernet0/0/0.1005",
		"\n  Encapsulation QinQ Virtual LAN, outer ID  6, inner ID 7-9\n");
	assert_shows(rig, "show running-config",
		"\ninterface GigabitEthernet0/0/0.5\n encapsulation dot1Q 5\n"
		" ip address 10.5.0.1 255.255.255.0\n!\ninterface GigabitEthernet0/0/0.6\n");
	rig_free(rig);
}

/* A standby gives the numbers that the active gives, also those that depend on what was
 * configured before it came. */
static void numbers_on_standby(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_REAL_R1 });

	rig_run_hot(rig);
	configure(rig, "interface GigabitEthernet0/0/0.1");
	configure(rig, "interface GigabitEthernet0/0/0.2");
	configure(rig, "no interface GigabitEthernet0/0/0.1");
	configure(rig, "interface GigabitEthernet0/0/0.3");
	assert_same_numbers(
		rig, "1281 GigabitEthernet0/0/0.2\n1280 GigabitEthernet0/0/0.3\n");
	chassis_pull(rig->c, SLOT_R1, SLOT_WHY_PULLED, NULL);
	rig_run(rig, 100);
	chassis_insert(rig->c, SLOT_R1, NULL);
	rig_run_hot(rig);
	assert_same_numbers(
		rig, "1281 GigabitEthernet0/0/0.2\n1280 GigabitEthernet0/0/0.3\n");
	configure(rig, "no interface GigabitEthernet0/0/0.3");
	configure(rig, "interface GigabitEthernet0/0/1.4");
	assert_same_numbers(
		rig, "1281 GigabitEthernet0/0/0.2\n1280 GigabitEthernet0/0/1.4\n");
	rig_free(rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/iface/names", table_names);
	g_test_add_func("/rp/iface/order", table_order);
	g_test_add_func("/rp/iface/limit", table_limit);
	g_test_add_func("/rp/iface/addresses", table_addresses);
	g_test_add_func("/rp/iface/vlans", table_vlans);
	g_test_add_func("/rp/iface/numbers", table_numbers);
	g_test_add_func("/rp/iface/routes", table_routes);
	g_test_add_func("/rp/iface/numbers-on-standby", numbers_on_standby);
	g_test_add_func("/rp/iface/sub-shows", sub_shows);
	for (size_t k = 0; k < G_N_ELEMENTS(commands); k++) {
		g_autofree char *path =
			g_strdup_printf("/rp/iface/command/%s", commands[k].name);

		g_test_add_data_func(path, GSIZE_TO_POINTER(k), command);
	}
	return g_test_run();
}
