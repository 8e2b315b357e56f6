/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Data of the bba-groups (PPPoE).  A group's number is in the records of its sessions, so it
 * has to be the same on both RPs whatever was configured in between: it is made from the
 * group's name.
 */
#include "vpdn/config.h"

#include <string.h>

#include "ppp/pppoe.h"

static void bba_free(void *data)
{
	struct vpdn_bba *b = data;

	g_free(b->name);
	g_free(b->ac_name);
	g_ptr_array_unref(b->services);
	g_free(b);
}

GPtrArray *vpdn_bbas_new(void)
{
	return g_ptr_array_new_with_free_func(bba_free);
}

static struct vpdn_bba *find(const struct vpdn_config *c, const char *name, guint *at)
{
	for (*at = 0; *at < c->bbas->len; ++*at) {
		struct vpdn_bba *b = g_ptr_array_index(c->bbas, *at);

		if (strcmp(b->name, name) == 0)
			return b;
	}
	return NULL;
}

struct vpdn_bba *vpdn_config_bba_by_id(const struct vpdn_config *c, uint16_t id)
{
	for (guint i = 0; i < c->bbas->len; i++) {
		struct vpdn_bba *b = g_ptr_array_index(c->bbas, i);

		if (b->id == id)
			return b;
	}
	return NULL;
}

static uint16_t free_id(const struct vpdn_config *c, const char *name)
{
	uint32_t hash = 2166136261u;
	uint16_t id;

	for (const char *p = name; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619u;
	id = (uint16_t)(hash % PPPOE_GROUPS_MAX + 1);
	while (vpdn_config_bba_by_id(c, id))
		id = (uint16_t)(id % PPPOE_GROUPS_MAX + 1);
	return id;
}

struct vpdn_bba *vpdn_config_bba(struct vpdn_config *c, const char *name, bool create)
{
	guint at;
	struct vpdn_bba *b = find(c, name, &at);

	if (b || !create)
		return b;
	if (!*name || strlen(name) >= VPDN_BBA_NAME_MAX || c->bbas->len >= VPDN_BBAS_MAX)
		return NULL;
	b = g_new0(struct vpdn_bba, 1);
	b->name = g_strdup(name);
	b->id = free_id(c, name);
	b->services = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(c->bbas, b);
	c->generation++;
	return b;
}

bool vpdn_config_remove_bba(struct vpdn_config *c, const char *name)
{
	guint at;

	if (!find(c, name, &at))
		return false;
	g_ptr_array_remove_index(c->bbas, at);
	c->generation++;
	return true;
}

static bool find_service(const struct vpdn_bba *b, const char *name, guint *at)
{
	for (*at = 0; *at < b->services->len; ++*at)
		if (strcmp(b->services->pdata[*at], name) == 0)
			return true;
	return false;
}

bool vpdn_bba_add_service(struct vpdn_bba *b, const char *name)
{
	guint at;

	if (find_service(b, name, &at) || b->services->len >= PPPOE_SERVICES_MAX ||
		strlen(name) >= PPPOE_NAME_MAX)
		return false;
	g_ptr_array_add(b->services, g_strdup(name));
	return true;
}

bool vpdn_bba_remove_service(struct vpdn_bba *b, const char *name)
{
	guint at;

	if (!find_service(b, name, &at))
		return false;
	g_ptr_array_remove_index(b->services, at);
	return true;
}
