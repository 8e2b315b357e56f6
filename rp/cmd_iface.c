/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * show interfaces and show ip route (ios-cli.md 13.4): what is configured, what the SPAs say of
 * their ports, what the FP counts.  Counters that nobody keeps have no line.
 */
#include "base/net.h"
#include "base/text.h"
#include "rp/counts.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_A_SLICE = 400 };

/* ---- show interfaces -------------------------------------------------------------- */

static unsigned mask_len(uint32_t mask)
{
	return (unsigned)__builtin_popcount(mask);
}

static void print_address(struct cli_session *s, const struct iface *i)
{
	char ip[16];

	if (i->ip)
		cli_print(s, "  Internet address is %s/%u\n", ipv4_to_str(i->ip, ip),
			mask_len(i->mask));
}

static void print_description(struct cli_session *s, const struct iface *i)
{
	if (i->description)
		cli_print(s, "  Description: %s\n", i->description);
}

/* A subinterface is its port's. */
static void print_mac(struct cli_session *s, const struct iface *i)
{
	i = i->port ? i->port : i;

	g_autofree char *driver = i->driver ? text_escape(i->driver, strlen(i->driver))
					    : g_strdup("absent");
	uint8_t mac[6];
	char text[15];

	for (unsigned k = 0; k < 6; k++)
		mac[k] = (uint8_t)(i->mac >> (40 - 8 * k));
	mac_to_str(mac, text);
	cli_print(s, "  Hardware is %s, address is %s (bia %s)\n", driver, text, text);
}

static void print_encapsulation(struct cli_session *s, const struct iface *i)
{
	if (!i->outer)
		cli_puts(s, "  Encapsulation ARPA, loopback not set\n");
	else if (!i->inner_lo)
		cli_print(s, "  Encapsulation 802.1Q Virtual LAN, Vlan ID  %u.\n", i->outer);
	else if (iface_is_range(i))
		cli_print(s, "  Encapsulation QinQ Virtual LAN, outer ID  %u, inner ID "
			     "%u-%u\n", i->outer, i->inner_lo, i->inner_hi);
	else
		cli_print(s, "  Encapsulation QinQ Virtual LAN, outer ID  %u, inner ID "
			     "%u\n", i->outer, i->inner_lo);
}

static void print_port(struct cli_session *s, const struct iface *i)
{
	bool off = i->shutdown || (i->port && i->port->shutdown);

	cli_print(s, "%s is %s, line protocol is %s \n", i->name,
		off              ? "administratively down"
		: iface_is_up(i) ? "up"
				 : "down",
		iface_is_up(i) ? "up" : "down");
	print_mac(s, i);
	print_description(s, i);
	print_address(s, i);
	cli_print(s, "  MTU %u bytes, BW 1000000 Kbit/sec\n", iface_mtu(i));
	print_encapsulation(s, i);
	cli_puts(s, "  Last clearing of \"show interface\" counters never\n");
	cli_print(s, "  Total output drops: %" G_GUINT64_FORMAT "\n", i->tx_lost);
	cli_print(s,
		"     %" G_GUINT64_FORMAT " packets input, %" G_GUINT64_FORMAT
		" bytes\n",
		i->rx_packets, i->rx_bytes);
	cli_print(s,
		"     %" G_GUINT64_FORMAT " input errors, %" G_GUINT64_FORMAT
		" overrun, %" G_GUINT64_FORMAT " ignored\n",
		i->rx_lost + i->drops, i->rx_lost, i->drops);
	cli_print(s,
		"     %" G_GUINT64_FORMAT " packets output, %" G_GUINT64_FORMAT
		" bytes\n",
		i->tx_packets, i->tx_bytes);
}

static void print_loopback(struct cli_session *s, const struct iface *i)
{
	bool up = iface_is_up(i);

	cli_print(s, "%s is %s, line protocol is %s \n", i->name,
		up ? "up" : "administratively down", up ? "up" : "down");
	cli_puts(s, "  Hardware is Loopback\n");
	print_description(s, i);
	print_address(s, i);
	cli_print(s, "  MTU %u bytes\n  Encapsulation LOOPBACK, loopback not set\n",
		i->mtu ? i->mtu : 1514);
}

static void print_iface(struct cli_session *s, const struct iface *i)
{
	if (i->loopback)
		print_loopback(s, i);
	else
		print_port(s, i);
}

/* Ports first, as everywhere. */
static void print_all(struct cli_session *s, const struct rp *rp)
{
	const GPtrArray *all = rp->cfg.net.ifaces;

	for (unsigned loop = 0; loop < 2; loop++)
		for (guint k = 0; k < all->len; k++) {
			const struct iface *i = all->pdata[k];

			if (i->loopback == (loop == 1))
				print_iface(s, i);
		}
}

static bool find_vaccess(
	const struct rp *rp, const char *name, struct vpdn_session_info *v)
{
	uint32_t at = 0;
	uint64_t n;

	if (!g_str_has_prefix(name, "Virtual-Access2.") ||
		!g_ascii_string_to_unsigned(
			name + strlen("Virtual-Access2."), 10, 1, UINT32_MAX, &n, NULL))
		return false;
	while (vpdn_next_session(rp->vpdn, &at, v))
		if (v->vaccess == n)
			return true;
	return false;
}

static void print_vaccess_head(struct cli_session *s, const struct rp *rp,
	const char *name, const struct vpdn_session_info *v)
{
	const struct vpdn_vtemplate *t = vpdn_config_vtemplate(
		vpdn_config(rp->vpdn), v->virtual_template, false);
	struct ppp_link_info l = { 0 };
	char ip[16];

	ppp_link_get(vpdn_ppp(rp->vpdn), v->number, &l);
	cli_print(s, "%s is %s, line protocol is %s \n", name, v->open ? "up" : "down",
		v->open ? "up" : "down");
	cli_puts(s, "  Hardware is Virtual Access interface\n");
	if (t && t->unnumbered)
		cli_print(s, "  Interface is unnumbered. Using address of %s (%s)\n",
			t->unnumbered, ipv4_to_str(t->local_ip, ip));
	cli_print(s, "  MTU %u bytes\n", t && t->mtu ? t->mtu : 1500);
	cli_print(s, "  Encapsulation PPP, LCP %s\n", l.lcp_open ? "Open" : "Closed");
	if (l.ipcp_open)
		cli_puts(s, "  Open: IPCP\n");
	cli_print(s, "  PPPoVPDN vaccess, cloned from Virtual-Template%u\n",
		v->virtual_template);
	cli_print(
		s, "  Protocol l2tp, tunnel id %u, session id %u\n", v->cc, v->session);
	if (t && t->keepalive_set && !t->keepalive_s)
		cli_puts(s, "  Keepalive not set\n");
	else
		cli_print(s, "  Keepalive set (%u sec)\n",
			t && t->keepalive_set ? t->keepalive_s
					      : VPDN_KEEPALIVE_DEFAULT);
}

static void print_vaccess_counts(struct cli_session *s, const struct msg_fib_counts *n)
{
	if (!n) {
		cli_puts(s,
			"     Counters are not available: no answer of the forwarding "
			"processor\n");
		return;
	}
	cli_print(s,
		"     %" G_GUINT64_FORMAT " packets input, %" G_GUINT64_FORMAT
		" bytes\n",
		n->rx_packets, n->rx_bytes);
	cli_print(s,
		"     %" G_GUINT64_FORMAT " packets output, %" G_GUINT64_FORMAT
		" bytes\n",
		n->tx_packets, n->tx_bytes);
	cli_puts(s, "  Last clearing of \"show interface\" counters never\n");
}

static enum cli_result show_vaccess(
	struct cli_session *s, struct rp *rp, const char *name)
{
	struct cli_cursor *c = cli_cursor(s);
	struct vpdn_session_info v;

	if (!c->state) {
		if (!find_vaccess(rp, name, &v))
			return cli_fail(s, "Interface %s does not exist", name);
		c->state = counts_new(rp);
		c->free_state = (GDestroyNotify)counts_free;
		print_vaccess_head(s, rp, name, &v);
		counts_ask(c->state, v.number);
	}
	if (!counts_ready(c->state))
		return CLI_WAIT;
	print_vaccess_counts(s, counts_get(c->state, 0));
	return CLI_DONE;
}

static enum cli_result show_interfaces(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const char *name = cli_str(args, "interface");
	const struct iface *i;

	if (!name) {
		print_all(s, rp);
		return CLI_DONE;
	}
	if (g_str_has_prefix(name, "Virtual-Access"))
		return show_vaccess(s, rp, name);
	i = iface_get(&rp->cfg.net, name, false);
	if (!i)
		return cli_fail(s, "Interface %s does not exist", name);
	print_iface(s, i);
	return CLI_DONE;
}

/* ---- show ip route ---------------------------------------------------------------- */

struct route_row {
	uint32_t prefix, mask;
	char text[96];
};

static int by_prefix(const void *a, const void *b)
{
	const struct route_row *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return (x->mask > y->mask) - (x->mask < y->mask);
}

static void add_row(
	GArray *rows, const char *code, uint32_t prefix, uint32_t mask, const char *how)
{
	struct route_row r = { .prefix = prefix, .mask = mask };
	char ip[16];

	g_snprintf(r.text, sizeof(r.text), "%-8s %s/%u %s\n", code,
		ipv4_to_str(prefix, ip), mask_len(mask), how);
	g_array_append_val(rows, r);
}

static void add_iface(GArray *rows, const struct iface *i)
{
	g_autofree char *how = g_strdup_printf("is directly connected, %s", i->name);

	if (!i->ip || !iface_is_up(i))
		return;
	add_row(rows, "C", i->ip & i->mask, i->mask, how);
	if (i->mask != UINT32_MAX)
		add_row(rows, "L", i->ip, UINT32_MAX, how);
}

/* Is a static route in use: its interface up, its next hop on a network that is up? */
static bool route_up(struct iface_table *t, const struct static_route *r)
{
	const struct iface *out = r->iface[0] ? iface_get(t, r->iface, false) : NULL;

	if (r->iface[0])
		return out && iface_is_up(out);
	for (guint k = 0; k < t->ifaces->len; k++) {
		const struct iface *i = t->ifaces->pdata[k];

		if (i->ip && iface_is_up(i) &&
			(i->ip & i->mask) == (r->next_hop & i->mask))
			return true;
	}
	return false;
}

static void add_static(
	GArray *rows, struct iface_table *t, const struct static_route *r)
{
	char hop[16];
	g_autofree char *how = NULL;

	if (!route_up(t, r))
		return;
	if (r->next_hop)
		how = g_strdup_printf(
			"[%u/0] via %s", r->distance, ipv4_to_str(r->next_hop, hop));
	else
		how = g_strdup_printf("is directly connected, %s", r->iface);
	add_row(rows, r->mask ? "S" : "S*", r->prefix, r->mask, how);
}

static void print_gateway(struct cli_session *s, struct iface_table *t)
{
	char hop[16];

	for (guint k = 0; k < t->routes->len; k++) {
		const struct static_route *r =
			&g_array_index(t->routes, struct static_route, k);

		if (r->mask || !route_up(t, r))
			continue;
		cli_print(s, "Gateway of last resort is %s to network 0.0.0.0\n\n",
			ipv4_to_str(r->next_hop, hop));
		return;
	}
	cli_puts(s, "Gateway of last resort is not set\n\n");
}

static void print_routes(struct cli_session *s, struct iface_table *t)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(struct route_row));

	for (guint k = 0; k < t->ifaces->len; k++)
		add_iface(rows, t->ifaces->pdata[k]);
	for (guint k = 0; k < t->routes->len; k++)
		add_static(rows, t, &g_array_index(t->routes, struct static_route, k));
	g_array_sort(rows, by_prefix);
	for (guint k = 0; k < rows->len; k++)
		cli_puts(s, g_array_index(rows, struct route_row, k).text);
}

/* Subscribers come after the networks, in the order of their sessions. */
static enum cli_result show_ip_route(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	struct cli_cursor *c = cli_cursor(s);
	uint32_t at = (uint32_t)c->pos[1];
	struct vpdn_session_info v;
	char ip[16];

	if (c->pos[0]++ == 0) {
		cli_puts(s,
			"Codes: L - local, C - connected, S - static, * - candidate "
			"default\n\n");
		print_gateway(s, &rp->cfg.net);
		print_routes(s, &rp->cfg.net);
	}
	for (unsigned n = 0; n < ROWS_A_SLICE; n++) {
		if (!vpdn_next_session(rp->vpdn, &at, &v))
			return CLI_DONE;
		c->pos[1] = at;
		if (v.open && v.subscriber_ip)
			cli_print(s,
				"C        %s/32 is directly connected, "
				"Virtual-Access2.%u\n",
				ipv4_to_str(v.subscriber_ip, ip), v.vaccess);
	}
	return CLI_MORE;
}

/* clang-format off */
const struct cli_command iface_commands[] = {
	{ CLI_EXEC, "show interfaces [<interface:iface>]", "State and counters of interfaces", show_interfaces },
	{ CLI_EXEC, "show ip route", "The routing table", show_ip_route },
	{ 0 },
};

const struct cli_word iface_words[] = {
	{ "interfaces <interface>", "Name of the interface" },
	{ NULL, NULL },
};
/* clang-format on */
