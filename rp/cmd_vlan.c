/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of interfaces beside IP addresses: VLAN tags of subinterfaces (IEEE 802.1Q, two of
 * them too), PPPoE, TCP MSS clamp and source check.  The last two are for Virtual-Template
 * interfaces as well.
 */
#include "ppp/cmd.h"
#include "rp/internal.h"

#include <string.h>

struct vlans {
	uint16_t outer, lo, hi;
	bool native;
};

static struct iface *current(struct cli_session *s, struct rp *rp)
{
	const char *name = cli_context_name(s, CLI_CONFIG_IF);

	return name ? iface_get(&rp->cfg.net, name, true) : NULL;
}

static bool read_vlan(const char *text, uint16_t *v)
{
	uint64_t n;

	if (!g_ascii_string_to_unsigned(text, 10, 1, VLAN_MAX, &n, NULL))
		return false;
	*v = (uint16_t)n;
	return true;
}

/* "200", "200-299". */
static bool read_inner(const char *text, struct vlans *v)
{
	g_auto(GStrv) ends = g_strsplit(text, "-", 2);

	if (!ends[0] || !read_vlan(ends[0], &v->lo))
		return false;
	v->hi = v->lo;
	return !ends[1] || (read_vlan(ends[1], &v->hi) && v->lo <= v->hi);
}

static bool read_vlans(const struct cli_args *args, struct vlans *v)
{
	const char *inner = cli_str(args, "inner");

	*v = (struct vlans){ .native = cli_has(args, "native") };
	cli_arg_u16(args, "vlan", &v->outer);
	if (cli_has(args, "any")) {
		v->lo = 1;
		v->hi = VLAN_MAX;
	}
	return !inner || read_inner(inner, v);
}

static enum cli_result set_encapsulation(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	struct iface *i = current(s, rp), *other;
	struct vlans v = { 0 };

	if (!i || !i->port)
		return cli_fail(s, "this command is for subinterfaces, such as "
				   "GigabitEthernet0/0/0.100");
	if (cli_undo(args)) {
		i->outer = i->inner_lo = i->inner_hi = 0;
		i->native = false;
		i->ip = i->mask = 0;
		return CLI_DONE;
	}
	if (!read_vlans(args, &v))
		return cli_fail(s, "the second tag is a VLAN id from 1 to %d, a range of "
				   "them such as 200-299, or any",
			VLAN_MAX);
	if (i->ip && v.lo != v.hi)
		return cli_fail(s, "%s has an IP address, which needs one VLAN, not a "
				   "range of them",
			i->name);
	other = iface_vlan_taken(&rp->cfg.net, i, v.outer, v.lo, v.hi);
	if (other)
		return cli_fail(s,
			"Configuration of multiple subinterfaces of the same main\n"
			"interface with the same VID (%u) is not permitted.\n"
			"This VID is already configured on %s.",
			v.outer, other->name);
	other = iface_by_vlan(&rp->cfg.net, i->port->ifindex, 0, 0);
	if (v.native && other && other != i && other->native)
		return cli_fail(s, "%s is the native VLAN of its port", other->name);
	i->outer = v.outer;
	i->inner_lo = v.lo;
	i->inner_hi = v.hi;
	i->native = v.native;
	return CLI_DONE;
}

static enum cli_result set_pppoe(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct iface *i = current(s, user);
	const char *group = cli_str(args, "name");

	if (!i || i->loopback)
		return cli_fail(s, "PPPoE clients come by ports and their subinterfaces");
	g_clear_pointer(&i->pppoe_group, g_free);
	if (!cli_undo(args))
		i->pppoe_group = g_strdup(group ? group : "global");
	return CLI_DONE;
}

static enum cli_result set_mss(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct iface *i = current(s, user);
	struct vpdn_vtemplate *t = i ? NULL : ppp_cmd_vt(s, user);
	uint16_t mss = 0;

	if (!i && !t)
		return CLI_DONE;
	if (!cli_undo(args))
		cli_arg_u16(args, "bytes", &mss);
	if (i)
		i->mss = mss;
	else
		t->mss = mss;
	return CLI_DONE;
}

static enum cli_result set_verify(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);

	if (!t)
		return cli_fail(s, "sources are checked on Virtual-Template interfaces "
				   "only");
	t->source_check = !cli_undo(args);
	return CLI_DONE;
}

/* ---- configuration text ----------------------------------------------------------- */

void nvgen_encapsulation(const struct iface *i, GString *out)
{
	if (!i->outer)
		return;
	g_string_append_printf(out, " encapsulation dot1Q %u", i->outer);
	if (i->native)
		g_string_append(out, " native");
	if (i->inner_lo == 1 && i->inner_hi == VLAN_MAX)
		g_string_append(out, " second-dot1q any");
	else if (iface_is_range(i))
		g_string_append_printf(
			out, " second-dot1q %u-%u", i->inner_lo, i->inner_hi);
	else if (i->inner_lo)
		g_string_append_printf(out, " second-dot1q %u", i->inner_lo);
	g_string_append_c(out, '\n');
}

void nvgen_pppoe(const struct iface *i, GString *out)
{
	if (i->pppoe_group)
		g_string_append_printf(out, " pppoe enable group %s\n", i->pppoe_group);
}

/* clang-format off */
const struct cli_command vlan_commands[] = {
	{ CLI_CONFIG_IF, "[no] encapsulation dot1Q <vlan:1-4094> [native | second-dot1q {any | <inner:word>}]",
	                 "VLAN tags of a subinterface", set_encapsulation },
	{ CLI_CONFIG_IF, "[no] pppoe enable [group <name:word>]",
	                 "Take PPPoE clients", set_pppoe },
	{ CLI_CONFIG_IF, "[no] ip tcp adjust-mss <bytes:500-1460>",
	                 "Largest TCP segment that those who connect may agree on", set_mss },
	{ CLI_CONFIG_IF, "[no] ip verify unicast source reachable-via rx",
	                 "Drop what a subscriber sends from another's address", set_verify },
	{ 0 },
};

const struct cli_word vlan_words[] = {
	{ "encapsulation", "How frames look" },
	{ "encapsulation dot1Q", "IEEE 802.1Q Virtual LAN" },
	{ "dot1Q <vlan>", "IEEE 802.1Q VLAN ID" },
	{ "<vlan> native", "Make this the native VLAN: its frames have no tag" },
	{ "<vlan> second-dot1q", "Two tags, this is the inner one" },
	{ "second-dot1q any", "Those that no other subinterface has" },
	{ "second-dot1q <inner>", "VLAN ID, or a range such as 200-299" },
	{ "pppoe", "PPP over Ethernet" },
	{ "pppoe enable", "Take clients" },
	{ "enable group", "With the settings of a group" },
	{ "group <name>", "Name of a bba-group" },
	{ "ip tcp", "TCP of those that we forward" },
	{ "tcp adjust-mss", "Adjust the maximum segment size of those who connect" },
	{ "adjust-mss <bytes>", "Octets" },
	{ "ip verify", "Check what comes" },
	{ "verify unicast", "By the table of unicast routes" },
	{ "unicast source", "Check the source address" },
	{ "source reachable-via", "There must be a way back to it" },
	{ "reachable-via rx", "By the interface that it came by" },
	{ NULL, NULL },
};
/* clang-format on */
