/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of interfaces and static routes: data only.
 */
#include "rp/iface.h"

#include <stdlib.h>
#include <string.h>

static void iface_free(void *p)
{
	struct iface *i = p;

	g_free(i->description);
	g_free(i->driver);
	g_free(i->pppoe_group);
	g_free(i);
}

void iface_table_init(struct iface_table *t)
{
	t->ifaces = g_ptr_array_new_with_free_func(iface_free);
	t->routes = g_array_new(FALSE, TRUE, sizeof(struct static_route));
	t->numbers = NULL;
}

void iface_table_deinit(struct iface_table *t)
{
	g_clear_pointer(&t->ifaces, g_ptr_array_unref);
	g_clear_pointer(&t->routes, g_array_unref);
	g_clear_pointer(&t->numbers, g_hash_table_unref);
}

/* The number that a name stands for, 0 when it is none of ours. */
static uint16_t index_from_name(const char *name, bool *loopback)
{
	*loopback = g_str_has_prefix(name, "Loopback");
	if (!*loopback)
		return port_from_name(name);

	uint64_t n;

	if (!g_ascii_string_to_unsigned(
		    name + strlen("Loopback"), 10, 0, LOOPBACK_MAX, &n, NULL))
		return 0;
	return (uint16_t)(IFINDEX_OTHER + n);
}

/* Loopbacks first, as in show running-config, subinterfaces behind their port. */
static int by_order(gconstpointer a, gconstpointer b)
{
	const struct iface *x = *(struct iface *const *)a, *y = *(struct iface *const *)b;
	int px = x->port ? x->port->ifindex : x->ifindex;
	int py = y->port ? y->port->ifindex : y->ifindex;

	if (x->loopback != y->loopback)
		return x->loopback ? -1 : 1;
	if (px != py || !x->port || !y->port)
		return px != py ? px - py : (x->port != NULL) - (y->port != NULL);
	return (x->number > y->number) - (x->number < y->number);
}

struct iface *iface_by_index(const struct iface_table *t, uint16_t ifindex)
{
	for (guint k = 0; k < t->ifaces->len; k++) {
		struct iface *i = t->ifaces->pdata[k];

		if (i->ifindex == ifindex)
			return i;
	}
	return NULL;
}

static struct iface *add(struct iface_table *t, uint16_t ifindex)
{
	struct iface *i = g_new0(struct iface, 1);

	i->ifindex = ifindex;
	g_ptr_array_add(t->ifaces, i);
	return i;
}

/* ---- subinterfaces ---- */

static struct iface *find_sub(const struct iface_table *t, const char *name)
{
	for (guint k = 0; k < t->ifaces->len; k++) {
		struct iface *i = t->ifaces->pdata[k];

		if (i->port && strcmp(i->name, name) == 0)
			return i;
	}
	return NULL;
}

static uint16_t free_index(const struct iface_table *t, const char *name)
{
	uint16_t n = t->numbers ? (uint16_t)GPOINTER_TO_UINT(
					  g_hash_table_lookup(t->numbers, name))
				: 0;

	if (n && !iface_by_index(t, n))
		return n;
	for (n = IFINDEX_SUB; n < IFINDEX_SUB + IFACES_MAX; n++)
		if (!iface_by_index(t, n))
			return n;
	return 0;
}

/* dot: where the number begins. */
static struct iface *sub_get(
	struct iface_table *t, const char *name, const char *dot, bool create)
{
	g_autofree char *port_name = g_strndup(name, (gsize)(dot - name));
	struct iface *i = find_sub(t, name), *port;
	uint16_t ifindex;
	uint64_t n;

	if (i || !create || t->ifaces->len + 1 >= IFACES_MAX ||
		!g_ascii_string_to_unsigned(dot + 1, 10, 0, UINT32_MAX, &n, NULL))
		return i;
	port = iface_get(t, port_name, true);
	ifindex = port && !port->loopback ? free_index(t, name) : 0;
	if (!ifindex)
		return NULL;
	i = add(t, ifindex);
	i->port = port;
	i->number = (uint32_t)n;
	g_strlcpy(i->name, name, sizeof(i->name));
	g_ptr_array_sort(t->ifaces, by_order);
	return i;
}

struct iface *iface_by_vlan(
	const struct iface_table *t, uint16_t port, uint16_t outer, uint16_t inner)
{
	struct iface *best = NULL;

	for (guint k = 0; k < t->ifaces->len; k++) {
		struct iface *i = t->ifaces->pdata[k];

		if (!i->port || i->port->ifindex != port || !i->outer)
			continue;
		if (outer ? i->outer != outer || inner < i->inner_lo || inner > i->inner_hi
			  : !i->native)
			continue;
		if (!best || i->inner_hi - i->inner_lo < best->inner_hi - best->inner_lo)
			best = i;
	}
	return best || outer ? best : iface_by_index(t, port);
}

struct iface *iface_vlan_taken(const struct iface_table *t, const struct iface *i,
	uint16_t outer, uint16_t inner_lo, uint16_t inner_hi)
{
	for (guint k = 0; k < t->ifaces->len; k++) {
		struct iface *o = t->ifaces->pdata[k];
		bool any = inner_hi - inner_lo == VLAN_MAX - 1 ||
			   o->inner_hi - o->inner_lo == VLAN_MAX - 1;

		if (o == i || o->port != i->port || !o->port || o->outer != outer)
			continue;
		/* `any` is what is left by the others. */
		if (any ? o->inner_lo == inner_lo && o->inner_hi == inner_hi
			: o->inner_lo <= inner_hi && inner_lo <= o->inner_hi)
			return o;
	}
	return NULL;
}

char *iface_numbers(const struct iface_table *t)
{
	GString *out = g_string_new(NULL);

	for (guint k = 0; k < t->ifaces->len; k++) {
		const struct iface *i = t->ifaces->pdata[k];

		if (i->port)
			g_string_append_printf(out, "%u %s\n", i->ifindex, i->name);
	}
	return g_string_free(out, FALSE);
}

bool iface_set_numbers(struct iface_table *t, const char *text, size_t len)
{
	g_autofree char *copy = text ? g_strndup(text, len) : NULL;
	g_auto(GStrv) lines = copy ? g_strsplit(copy, "\n", IFACES_MAX + 1) : NULL;

	g_clear_pointer(&t->numbers, g_hash_table_unref);
	if (!lines)
		return true;
	t->numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (unsigned k = 0; lines[k] && *lines[k]; k++) {
		char *name = strchr(lines[k], ' ');
		uint64_t n;

		if (!name)
			return false;
		*name++ = 0;
		if (!g_ascii_string_to_unsigned(lines[k], 10, IFINDEX_SUB,
			    IFINDEX_SUB + IFACES_MAX - 1, &n, NULL))
			return false;
		g_hash_table_insert(
			t->numbers, g_strdup(name), GUINT_TO_POINTER((unsigned)n));
	}
	return true;
}

struct iface *iface_get(struct iface_table *t, const char *name, bool create)
{
	const char *dot = strchr(name, '.');

	if (dot)
		return sub_get(t, name, dot, create);

	bool loopback;
	uint16_t ifindex = index_from_name(name, &loopback);
	struct iface *i = ifindex ? iface_by_index(t, ifindex) : NULL;

	if (i || !create || !ifindex || t->ifaces->len >= IFACES_MAX)
		return i;
	i = add(t, ifindex);
	i->loopback = loopback;
	if (loopback)
		g_snprintf(i->name, sizeof(i->name), "Loopback%u", ifindex - IFINDEX_OTHER);
	else
		port_name(ifindex, i->name);
	g_ptr_array_sort(t->ifaces, by_order);
	return i;
}

void iface_unconfigure(struct iface *i)
{
	i->ip = i->mask = 0;
	i->mtu = i->mss = 0;
	i->outer = i->inner_lo = i->inner_hi = 0;
	i->native = i->shutdown = false;
	g_clear_pointer(&i->pppoe_group, g_free);
	g_clear_pointer(&i->description, g_free);
}

bool iface_remove(struct iface_table *t, const char *name)
{
	struct iface *i = iface_get(t, name, false);

	return i && (i->loopback || i->port) && g_ptr_array_remove(t->ifaces, i);
}

struct iface *iface_by_ip(const struct iface_table *t, uint32_t ip)
{
	for (guint k = 0; k < t->ifaces->len; k++) {
		struct iface *i = t->ifaces->pdata[k];

		if (i->ip == ip && ip)
			return i;
	}
	return NULL;
}

static bool same_route(const struct static_route *a, const struct static_route *b)
{
	return a->prefix == b->prefix && a->mask == b->mask && a->next_hop == b->next_hop &&
	       !strcmp(a->iface, b->iface);
}

static int find_route(const struct iface_table *t, const struct static_route *r)
{
	for (guint k = 0; k < t->routes->len; k++)
		if (same_route(&g_array_index(t->routes, struct static_route, k), r))
			return (int)k;
	return -1;
}

bool route_add(struct iface_table *t, const struct static_route *r)
{
	if (t->routes->len >= ROUTES_MAX || find_route(t, r) >= 0)
		return false;
	g_array_append_val(t->routes, *r);
	return true;
}

bool route_remove(struct iface_table *t, const struct static_route *r)
{
	int k = find_route(t, r);

	if (k < 0)
		return false;
	g_array_remove_index(t->routes, (guint)k);
	return true;
}

static const struct iface *connected(const struct iface_table *t, uint32_t dst)
{
	const struct iface *best = NULL;

	for (guint k = 0; k < t->ifaces->len; k++) {
		const struct iface *i = t->ifaces->pdata[k];

		if (i->ip && !i->loopback && ((i->ip ^ dst) & i->mask) == 0 &&
			(!best || i->mask > best->mask))
			best = i;
	}
	return best;
}

static const struct iface *iface_of_name(const struct iface_table *t, const char *name)
{
	for (guint k = 0; k < t->ifaces->len; k++) {
		const struct iface *i = t->ifaces->pdata[k];

		if (strcmp(i->name, name) == 0)
			return i;
	}
	return NULL;
}

uint32_t iface_source_for(const struct iface_table *t, uint32_t dst)
{
	const struct iface *out = connected(t, dst);
	const struct static_route *best = NULL;

	for (guint k = 0; k < t->routes->len && !out; k++) {
		const struct static_route *r =
			&g_array_index(t->routes, struct static_route, k);

		if (((r->prefix ^ dst) & r->mask) == 0 && (!best || r->mask > best->mask))
			best = r;
	}
	if (best)
		out = best->iface[0] ? iface_of_name(t, best->iface)
				     : connected(t, best->next_hop);
	return out ? out->ip : 0;
}
