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
	g_free(i);
}

void iface_table_init(struct iface_table *t)
{
	t->ifaces = g_ptr_array_new_with_free_func(iface_free);
	t->routes = g_array_new(FALSE, TRUE, sizeof(struct static_route));
}

void iface_table_deinit(struct iface_table *t)
{
	g_clear_pointer(&t->ifaces, g_ptr_array_unref);
	g_clear_pointer(&t->routes, g_array_unref);
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

/* Loopbacks first, as in show running-config. */
static int by_order(gconstpointer a, gconstpointer b)
{
	const struct iface *x = *(struct iface *const *)a, *y = *(struct iface *const *)b;

	if (x->loopback != y->loopback)
		return x->loopback ? -1 : 1;
	return (int)x->ifindex - (int)y->ifindex;
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

struct iface *iface_get(struct iface_table *t, const char *name, bool create)
{
	bool loopback;
	uint16_t ifindex = index_from_name(name, &loopback);
	struct iface *i = ifindex ? iface_by_index(t, ifindex) : NULL;

	if (i || !create || !ifindex || t->ifaces->len >= IFACES_MAX)
		return i;
	i = g_new0(struct iface, 1);
	i->ifindex = ifindex;
	i->loopback = loopback;
	if (loopback)
		g_snprintf(i->name, sizeof(i->name), "Loopback%u", ifindex - IFINDEX_OTHER);
	else
		port_name(ifindex, i->name);
	g_ptr_array_add(t->ifaces, i);
	g_ptr_array_sort(t->ifaces, by_order);
	return i;
}

void iface_unconfigure(struct iface *i)
{
	i->ip = i->mask = 0;
	i->mtu = 0;
	i->shutdown = false;
	g_clear_pointer(&i->description, g_free);
}

bool iface_remove(struct iface_table *t, const char *name)
{
	struct iface *i = iface_get(t, name, false);

	return i && i->loopback && g_ptr_array_remove(t->ifaces, i);
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
