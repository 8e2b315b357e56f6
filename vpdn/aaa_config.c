/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Data of the AAA configuration: who owns what, limits, look-up by name.
 */
#include "vpdn/aaa_config.h"

#include <string.h>

static void list_free(void *data)
{
	struct aaa_list *l = data;

	g_free(l->name);
	g_free(l);
}

static void server_free(void *data)
{
	struct aaa_server *s = data;

	g_free(s->name);
	g_free(s->key);
	g_free(s);
}

static void group_free(void *data)
{
	struct aaa_group *g = data;

	g_free(g->name);
	g_ptr_array_unref(g->servers);
	g_free(g);
}

static void client_free(void *data)
{
	struct aaa_client *c = data;

	g_free(c->key);
	g_free(c);
}

struct aaa_config *aaa_config_new(void)
{
	struct aaa_config *c = g_new0(struct aaa_config, 1);

	c->lists = g_ptr_array_new_with_free_func(list_free);
	c->servers = g_ptr_array_new_with_free_func(server_free);
	c->groups = g_ptr_array_new_with_free_func(group_free);
	c->clients = g_ptr_array_new_with_free_func(client_free);
	return c;
}

static void free_texts(struct aaa_config *c)
{
	g_free(c->key);
	g_free(c->source);
	g_free(c->tunnel_author);
	g_free(c->tunnel_password);
	g_free(c->tunnel_acct);
	g_free(c->session_acct);
	g_free(c->das_key);
}

void aaa_config_free(struct aaa_config *c)
{
	if (!c)
		return;
	g_ptr_array_unref(c->lists);
	g_ptr_array_unref(c->servers);
	g_ptr_array_unref(c->groups);
	g_ptr_array_unref(c->clients);
	free_texts(c);
	g_free(c);
}

void aaa_config_reset(struct aaa_config *c)
{
	g_ptr_array_set_size(c->lists, 0);
	g_ptr_array_set_size(c->servers, 0);
	g_ptr_array_set_size(c->groups, 0);
	g_ptr_array_set_size(c->clients, 0);
	free_texts(c);
	*c = (struct aaa_config){ .lists = c->lists,
		.servers = c->servers,
		.groups = c->groups,
		.clients = c->clients };
}

static bool good_name(const char *name)
{
	return *name && strlen(name) < AAA_NAME_MAX;
}

/* ---- lists ---- */

static struct aaa_list *find_list(const struct aaa_config *c, enum aaa_service service,
	const char *name, guint *at)
{
	for (guint i = 0; i < c->lists->len; i++) {
		struct aaa_list *l = c->lists->pdata[i];

		if (l->service == service && !strcmp(l->name, name)) {
			if (at)
				*at = i;
			return l;
		}
	}
	return NULL;
}

struct aaa_list *aaa_config_list(
	struct aaa_config *c, enum aaa_service service, const char *name, bool create)
{
	struct aaa_list *l = find_list(c, service, name, NULL);

	if (l || !create || !good_name(name) || c->lists->len >= AAA_LISTS_MAX)
		return l;
	l = g_new0(struct aaa_list, 1);
	l->service = (uint8_t)service;
	l->name = g_strdup(name);
	g_ptr_array_add(c->lists, l);
	return l;
}

bool aaa_config_remove_list(
	struct aaa_config *c, enum aaa_service service, const char *name)
{
	guint at;

	if (!find_list(c, service, name, &at))
		return false;
	g_ptr_array_remove_index(c->lists, at);
	return true;
}

const struct aaa_list *aaa_config_find(
	const struct aaa_config *c, enum aaa_service service, const char *name)
{
	const struct aaa_list *l = name ? find_list(c, service, name, NULL) : NULL;

	return l ? l : find_list(c, service, "default", NULL);
}

/* ---- servers ---- */

static struct aaa_server *find_server(
	const struct aaa_config *c, const char *name, guint *at)
{
	for (guint i = 0; i < c->servers->len; i++) {
		struct aaa_server *s = c->servers->pdata[i];

		if (!strcmp(s->name, name)) {
			if (at)
				*at = i;
			return s;
		}
	}
	return NULL;
}

struct aaa_server *aaa_config_server(struct aaa_config *c, const char *name, bool create)
{
	struct aaa_server *s = find_server(c, name, NULL);

	if (s || !create || !good_name(name) || c->servers->len >= AAA_SERVERS_MAX)
		return s;
	s = g_new0(struct aaa_server, 1);
	s->name = g_strdup(name);
	s->auth_port = AAA_AUTH_PORT_DEFAULT;
	s->acct_port = AAA_ACCT_PORT_DEFAULT;
	g_ptr_array_add(c->servers, s);
	return s;
}

bool aaa_config_remove_server(struct aaa_config *c, const char *name)
{
	guint at;

	if (!find_server(c, name, &at))
		return false;
	g_ptr_array_remove_index(c->servers, at);
	return true;
}

/* ---- groups ---- */

static struct aaa_group *find_group(
	const struct aaa_config *c, const char *name, guint *at)
{
	for (guint i = 0; i < c->groups->len; i++) {
		struct aaa_group *g = c->groups->pdata[i];

		if (!strcmp(g->name, name)) {
			if (at)
				*at = i;
			return g;
		}
	}
	return NULL;
}

struct aaa_group *aaa_config_group(struct aaa_config *c, const char *name, bool create)
{
	struct aaa_group *g = find_group(c, name, NULL);

	if (g || !create || !good_name(name) || c->groups->len >= AAA_GROUPS_MAX)
		return g;
	g = g_new0(struct aaa_group, 1);
	g->name = g_strdup(name);
	g->servers = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(c->groups, g);
	return g;
}

bool aaa_config_remove_group(struct aaa_config *c, const char *name)
{
	guint at;

	if (!find_group(c, name, &at))
		return false;
	g_ptr_array_remove_index(c->groups, at);
	return true;
}

unsigned aaa_config_method_servers(const struct aaa_config *c,
	const struct aaa_method *method, const char **names, unsigned max)
{
	const struct aaa_group *g = find_group(c, method->group, NULL);
	unsigned n = 0;

	if (!strcmp(method->group, "radius")) {
		for (guint i = 0; i < c->servers->len && n < max; i++)
			names[n++] = ((struct aaa_server *)c->servers->pdata[i])->name;
		return n;
	}
	for (guint i = 0; g && i < g->servers->len && n < max; i++)
		if (find_server(c, g->servers->pdata[i], NULL))
			names[n++] = g->servers->pdata[i];
	return n;
}

/* ---- who may send CoA and Disconnect ---- */

struct aaa_client *aaa_config_client(struct aaa_config *c, uint32_t ip, bool create)
{
	struct aaa_client *k;

	for (guint i = 0; i < c->clients->len; i++) {
		k = c->clients->pdata[i];
		if (k->ip == ip)
			return k;
	}
	if (!create || c->clients->len >= AAA_CLIENTS_MAX)
		return NULL;
	k = g_new0(struct aaa_client, 1);
	k->ip = ip;
	g_ptr_array_add(c->clients, k);
	return k;
}

bool aaa_config_remove_client(struct aaa_config *c, uint32_t ip)
{
	struct aaa_client *k = aaa_config_client(c, ip, false);

	return k && g_ptr_array_remove(c->clients, k);
}
