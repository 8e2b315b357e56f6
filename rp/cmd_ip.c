/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of interfaces and IP: configuration of ports and loopbacks, static routes, and
 * what of them is shown (ios-cli.md 13.4).  Virtual-Template interfaces: ppp/cmd.c.
 */
#include "base/net.h"
#include "ppp/cmd.h"
#include "rp/internal.h"

#include <string.h>

static struct iface *current(struct cli_session *s, struct rp *rp)
{
	const char *name = cli_context_name(s, CLI_CONFIG_IF);

	return name ? iface_get(&rp->cfg.net, name, true) : NULL;
}

static enum cli_result enter_interface(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const char *name = cli_str(args, "interface");
	struct iface *i;

	if (g_str_has_prefix(name, "Virtual-Template"))
		return ppp_cmd_vtemplate(s, args, rp, name);
	if (cli_default(args)) {
		i = iface_get(&rp->cfg.net, name, false);
		if (i)
			iface_unconfigure(i);
		return CLI_DONE;
	}
	if (cli_no(args)) {
		i = iface_get(&rp->cfg.net, name, false);
		if (!i && strchr(name, '.'))
			return cli_fail(s, "%s is not configured", name);
		if (!i || (!i->loopback && !i->port))
			return cli_fail(s, "%s cannot be removed: it is a port", name);
		fman_iface(rp, i, true);
		iface_remove(&rp->cfg.net, name);
		return CLI_DONE;
	}
	if (!iface_get(&rp->cfg.net, name, true))
		return cli_fail(s, "%s does not exist in this chassis: ports are "
				   "GigabitEthernet0/0/0 to 5/3/7", name);
	cli_enter(s, CLI_CONFIG_IF, name, 0);
	return CLI_DONE;
}

/* The first address of another interface in the same network, NULL if there is none. */
static const struct iface *overlaps(
	const struct iface_table *t, const struct iface *self, uint32_t ip, uint32_t mask)
{
	for (guint k = 0; k < t->ifaces->len; k++) {
		const struct iface *o = t->ifaces->pdata[k];
		uint32_t m = mask & o->mask;

		if (o != self && o->ip && (o->ip & m) == (ip & m))
			return o;
	}
	return NULL;
}

static enum cli_result set_ip_address(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	struct iface *i = current(s, rp);
	uint32_t ip = 0, mask = 0;

	if (!i)
		return ppp_cmd_vt_address(s, args, rp);
	if (!cli_undo(args) && i->port && !i->outer)
		return cli_fail(s,
			"Configuring IP routing on a LAN subinterface is only allowed if that\n"
			"subinterface is already configured as part of an IEEE 802.1Q VLAN.");
	if (!cli_undo(args) && iface_is_range(i))
		return cli_fail(s, "an IP address needs one VLAN, not a range of them");
	if (!cli_undo(args)) {
		const struct iface *other;

		cli_arg_ipv4(args, "address", &ip);
		cli_arg_ipv4(args, "mask", &mask);
		if (!i->loopback && (~mask && ((ip & ~mask) == 0 || (ip | mask) == UINT32_MAX)) &&
			~mask > 1)
			return cli_fail(s, "Bad mask /%d for address %s",
				__builtin_popcount(mask), cli_str(args, "address"));
		other = overlaps(&rp->cfg.net, i, ip, mask);
		if (other)
			return cli_fail(s, "%s overlaps with %s", cli_str(args, "address"),
				other->name);
	}
	i->ip = ip;
	i->mask = mask;
	return CLI_DONE;
}

static enum cli_result set_shutdown(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct iface *i = current(s, user);

	if (!i)
		return cli_fail(s, "a Virtual-Template has no carrier to shut");
	i->shutdown = !cli_undo(args);
	return CLI_DONE;
}

static enum cli_result set_description(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct iface *i = current(s, user);

	if (!i)
		return CLI_DONE;
	g_free(i->description);
	i->description = cli_undo(args) ? NULL : g_strdup(cli_str(args, "text"));
	return CLI_DONE;
}

static enum cli_result set_mtu(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct iface *i = current(s, user);
	uint16_t mtu = 0;

	if (!i)
		return ppp_cmd_vt_mtu(s, args, user);
	if (!cli_undo(args))
		cli_arg_u16(args, "bytes", &mtu);
	i->mtu = mtu == 1500 && !i->port ? 0 : mtu;
	return CLI_DONE;
}

/* Ports here negotiate nothing; configurations of real devices have the line. */
static enum cli_result set_negotiation(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	return CLI_DONE;
}

/* ---- routes ----------------------------------------------------------------------- */

static enum cli_result set_route(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	struct static_route r = { .distance = 1 };
	uint16_t distance;
	const char *name = cli_str(args, "interface");

	cli_arg_ipv4(args, "prefix", &r.prefix);
	cli_arg_ipv4(args, "mask", &r.mask);
	cli_arg_ipv4(args, "next-hop", &r.next_hop);
	if (cli_arg_u16(args, "distance", &distance))
		r.distance = (uint8_t)distance;
	if (name)
		g_strlcpy(r.iface, name, sizeof(r.iface));
	if (r.prefix & ~r.mask)
		return cli_fail(s, "Inconsistent address and mask");
	if (name && !iface_get(&rp->cfg.net, name, false))
		return cli_fail(s, "%s is not configured: enter `interface %s` first", name,
			name);
	if (cli_undo(args)) {
		if (!route_remove(&rp->cfg.net, &r))
			return cli_fail(s, "No matching route to delete");
		fman_route(rp, &r, true);
		return CLI_DONE;
	}
	if (rp->cfg.net.routes->len >= ROUTES_MAX)
		return cli_fail(s, "at most %d static routes can be configured", ROUTES_MAX);
	route_add(&rp->cfg.net, &r);
	return CLI_DONE;
}

/* ---- configuration text ----------------------------------------------------------- */

void nvgen_interfaces(const struct rp *rp, GString *out, bool all)
{
	const struct iface_table *t = &rp->cfg.net;
	char ip[16], mask[16];

	for (guint k = 0; k < t->ifaces->len; k++) {
		const struct iface *i = t->ifaces->pdata[k];

		g_string_append_printf(out, "interface %s\n", i->name);
		if (i->description)
			g_string_append_printf(out, " description %s\n", i->description);
		nvgen_encapsulation(i, out);
		if (i->mtu || (all && !i->port))
			g_string_append_printf(out, " mtu %u\n", i->mtu ? i->mtu : 1500);
		if (i->ip)
			g_string_append_printf(out, " ip address %s %s\n",
				ipv4_to_str(i->ip, ip), ipv4_to_str(i->mask, mask));
		else if (!i->port)
			g_string_append(out, " no ip address\n");
		if (i->mss)
			g_string_append_printf(out, " ip tcp adjust-mss %u\n", i->mss);
		nvgen_pppoe(i, out);
		if (i->shutdown)
			g_string_append(out, " shutdown\n");
		else if (all)
			g_string_append(out, " no shutdown\n");
		g_string_append(out, "!\n");
	}
}

void nvgen_routes(const struct rp *rp, GString *out, bool all)
{
	const GArray *routes = rp->cfg.net.routes;
	char prefix[16], mask[16], hop[16];

	for (guint k = 0; k < routes->len; k++) {
		const struct static_route *r = &g_array_index(routes, struct static_route, k);

		g_string_append_printf(out, "ip route %s %s", ipv4_to_str(r->prefix, prefix),
			ipv4_to_str(r->mask, mask));
		if (r->iface[0])
			g_string_append_printf(out, " %s", r->iface);
		if (r->next_hop)
			g_string_append_printf(out, " %s", ipv4_to_str(r->next_hop, hop));
		if (r->distance != 1 || all)
			g_string_append_printf(out, " %u", r->distance);
		g_string_append_c(out, '\n');
	}
	if (routes->len)
		g_string_append(out, "!\n");
}

/* ---- shows ------------------------------------------------------------------------ */

static void brief_row(struct cli_session *s, const char *name, uint32_t ip, bool unset,
	const char *status, bool up)
{
	char addr[16];

	cli_print(s, "%-22s %-15s YES %-6s %-21s %-8s\n", name,
		ip ? ipv4_to_str(ip, addr) : "unassigned", unset ? "unset" : "NVRAM", status,
		up ? "up" : "down");
}

enum { BRIEF_NAME = 22 };

static void brief_iface(struct cli_session *s, const struct iface *i)
{
	bool off = i->shutdown || (i->port && i->port->shutdown);
	const char *numbers = i->name + strcspn(i->name, "0123456789");
	char name[32];

	/* Names that are too long for the column are short. */
	g_snprintf(name, sizeof(name), "%.*s%s",
		strlen(i->name) > BRIEF_NAME ? 2 : (int)(numbers - i->name), i->name, numbers);
	brief_row(s, name, i->ip, !i->ip,
		off ? "administratively down" : iface_is_up(i) ? "up" : "down",
		iface_is_up(i));
}

enum { BRIEF_SLICE = 500 };

/* Virtual-Access2.n of every open session, a slice at a time. */
static bool brief_sessions(struct cli_session *s, struct rp *rp, struct cli_cursor *c)
{
	struct vpdn_session_info v;
	struct vpdn_config *cfg = vpdn_config(rp->vpdn);
	uint32_t at = (uint32_t)c->pos[1];

	for (unsigned n = 0; n < BRIEF_SLICE; n++) {
		char name[32];
		const struct vpdn_vtemplate *t;

		if (!vpdn_next_session(rp->vpdn, &at, &v))
			return false;
		if (!v.open || !v.vaccess)
			continue;
		t = vpdn_config_vtemplate(cfg, v.virtual_template, false);
		g_snprintf(name, sizeof(name), "Virtual-Access2.%u", v.vaccess);
		brief_row(s, name, t ? t->local_ip : 0, true, "up", true);
	}
	c->pos[1] = at;
	return true;
}

static enum cli_result show_ip_interface_brief(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	struct cli_cursor *c = cli_cursor(s);
	const struct iface_table *t = &rp->cfg.net;
	const GPtrArray *vts = vpdn_config(rp->vpdn)->vtemplates;

	if (c->pos[0] == 0) {
		cli_puts(s, "Interface              IP-Address      OK? Method Status        "
			    "        Protocol\n");
		for (unsigned loop = 0; loop < 2; loop++)
			for (guint k = 0; k < t->ifaces->len; k++) {
				const struct iface *i = t->ifaces->pdata[k];

				if (i->loopback == (loop == 1))
					brief_iface(s, i);
			}
		c->pos[0] = 1;
	}
	if (brief_sessions(s, rp, c))
		return CLI_MORE;
	for (guint k = 0; k < vts->len; k++) {
		const struct vpdn_vtemplate *vt = vts->pdata[k];
		char name[32];

		g_snprintf(name, sizeof(name), "Virtual-Template%u", vt->number);
		brief_row(s, name, vt->local_ip, true, "down", false);
	}
	return CLI_DONE;
}

/* clang-format off */
const struct cli_command ip_commands[] = {
	{ CLI_CONFIG,    "[no] interface <interface:iface!>",
	                 "Configure an interface", enter_interface },
	{ CLI_CONFIG_IF, "[no] ip address <address:ipv4> <mask:mask>",
	                 "Set the IP address of an interface", set_ip_address },
	{ CLI_CONFIG_IF, "[no] shutdown",
	                 "Shut the interface down", set_shutdown },
	{ CLI_CONFIG_IF, "[no] description <text:line>",
	                 "Text about the interface", set_description },
	{ CLI_CONFIG_IF, "[no] mtu <bytes:64-9216>",
	                 "Largest packet of the interface, in octets", set_mtu },
	{ CLI_CONFIG_IF, "[no] negotiation auto",
	                 "Negotiate speed and duplex", set_negotiation },
	{ CLI_CONFIG,    "[no] ip route <prefix:ipv4!> <mask:mask!> {<next-hop:ipv4!> | <interface:iface!> [<next-hop:ipv4>]} [<distance:1-255>]",
	                 "Establish a static route", set_route },
	{ CLI_EXEC,      "show ip interface brief",
	                 "One line an interface", show_ip_interface_brief },
	{ 0 },
};

const struct cli_word ip_words[] = {
	{ "ip", "IP settings" },
	{ "show ip", "IP information" },
	{ "show ip interface", "Interfaces and their addresses" },
	{ "negotiation auto", "Automatically" },
	{ "interface <interface>", "Name of the interface" },
	{ "address <address>", "IP address" },
	{ "<address> <mask>", "IP subnet mask" },
	{ "route <prefix>", "Destination network" },
	{ "<prefix> <mask>", "Destination network mask" },
	{ "<mask> <next-hop>", "Address of the next router" },
	{ "<distance>", "Distance metric of this route" },
	{ NULL, NULL },
};
/* clang-format on */
