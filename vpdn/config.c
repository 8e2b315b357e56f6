/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Data of the VPDN configuration: who owns which string, the limits on numbers of
 * objects, and the choice of a group for a peer.  Knows neither commands nor living
 * sessions.
 */
#include "vpdn/config.h"

#include <string.h>

#include "l2tp/l2tp.h"

static void match_free(void *data)
{
	struct vpdn_match *m = data;

	g_free(m->name);
	g_free(m);
}

static void group_free(void *data)
{
	struct vpdn_group *g = data;

	g_free(g->name);
	g_free(g->description);
	g_free(g->terminate_from);
	g_free(g->template);
	vpdn_settings_clear(&g->own);
	g_ptr_array_unref(g->matches);
	g_array_unref(g->targets);
	g_free(g);
}

struct vpdn_group *vpdn_group_new(const char *name)
{
	struct vpdn_group *g = g_new0(struct vpdn_group, 1);

	g->name = g_strdup(name);
	g->matches = g_ptr_array_new_with_free_func(match_free);
	g->targets = g_array_new(false, false, sizeof(struct vpdn_target));
	return g;
}

void vpdn_group_free(struct vpdn_group *g)
{
	if (g)
		group_free(g);
}

static void template_free(void *data)
{
	struct vpdn_template *t = data;

	g_free(t->name);
	g_free(t->description);
	vpdn_settings_clear(&t->own);
	g_free(t);
}

static void vtemplate_free(void *data)
{
	struct vpdn_vtemplate *t = data;

	g_free(t->unnumbered);
	g_free(t->pool);
	g_free(t->authen_list);
	g_free(t->author_list);
	g_free(t->acct_list);
	g_free(t);
}

static void user_free(void *data)
{
	struct vpdn_user *u = data;

	g_free(u->name);
	g_free(u->password);
	g_free(u);
}

static void pool_free(void *data)
{
	struct vpdn_pool *p = data;

	g_free(p->name);
	g_free(p);
}

static void contents_new(struct vpdn_config *c)
{
	c->groups = g_ptr_array_new_with_free_func(group_free);
	c->templates = g_ptr_array_new_with_free_func(template_free);
	c->vtemplates = g_ptr_array_new_with_free_func(vtemplate_free);
	c->bbas = vpdn_bbas_new();
	c->users = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, user_free);
	c->user_order = g_ptr_array_new();
	c->pools = g_ptr_array_new_with_free_func(pool_free);
}

/* All but AAA. */
static void contents_free(struct vpdn_config *c)
{
	g_ptr_array_unref(c->groups);
	g_ptr_array_unref(c->templates);
	g_ptr_array_unref(c->vtemplates);
	g_ptr_array_unref(c->bbas);
	g_ptr_array_unref(c->user_order);
	g_hash_table_unref(c->users);
	g_ptr_array_unref(c->pools);
	g_free(c->hostname);
	g_free(c->suffix_delimiters);
	g_free(c->prefix_delimiters);
}

struct vpdn_config *vpdn_config_new(void)
{
	struct vpdn_config *c = g_new0(struct vpdn_config, 1);

	contents_new(c);
	c->aaa = aaa_config_new();
	return c;
}

void vpdn_config_reset(struct vpdn_config *c)
{
	struct vpdn_config fresh = { .aaa = c->aaa, .generation = c->generation + 1 };

	contents_free(c);
	aaa_config_reset(c->aaa);
	*c = fresh;
	contents_new(c);
}

void vpdn_config_free(struct vpdn_config *c)
{
	if (!c)
		return;
	contents_free(c);
	aaa_config_free(c->aaa);
	g_free(c);
}

static struct vpdn_group *find_group(
	const struct vpdn_config *c, const char *name, unsigned *at)
{
	for (unsigned i = 0; i < c->groups->len; i++) {
		struct vpdn_group *g = g_ptr_array_index(c->groups, i);

		if (strcmp(g->name, name) == 0) {
			*at = i;
			return g;
		}
	}
	return NULL;
}

struct vpdn_group *vpdn_config_group(
	struct vpdn_config *c, const char *name, bool create)
{
	unsigned at;
	struct vpdn_group *g = find_group(c, name, &at);

	if (g || !create)
		return g;
	if (!*name || strlen(name) >= L2TP_NAME_MAX ||
		c->groups->len >= VPDN_GROUPS_MAX)
		return NULL;
	g = vpdn_group_new(name);
	g_ptr_array_add(c->groups, g);
	c->generation++;
	return g;
}

bool vpdn_config_remove_group(struct vpdn_config *c, const char *name)
{
	unsigned at;

	if (!find_group(c, name, &at))
		return false;
	g_ptr_array_remove_index(c->groups, at);
	c->generation++;
	return true;
}

/* ---- templates ---- */

static struct vpdn_template *find_template(
	const struct vpdn_config *c, const char *name, unsigned *at)
{
	for (unsigned i = 0; i < c->templates->len; i++) {
		struct vpdn_template *t = g_ptr_array_index(c->templates, i);

		if (strcmp(t->name, name) == 0) {
			*at = i;
			return t;
		}
	}
	return NULL;
}

struct vpdn_template *vpdn_config_template(
	struct vpdn_config *c, const char *name, bool create)
{
	unsigned at;
	struct vpdn_template *t = find_template(c, name, &at);

	if (t || !create)
		return t;
	if (strlen(name) >= L2TP_NAME_MAX || c->templates->len >= VPDN_TEMPLATES_MAX)
		return NULL;
	t = g_new0(struct vpdn_template, 1);
	t->name = g_strdup(name);
	g_ptr_array_add(c->templates, t);
	c->generation++;
	return t;
}

bool vpdn_config_remove_template(struct vpdn_config *c, const char *name)
{
	unsigned at;

	if (!find_template(c, name, &at))
		return false;
	g_ptr_array_remove_index(c->templates, at);
	c->generation++;
	return true;
}

void vpdn_config_templates(const struct vpdn_config *c, const struct vpdn_group *g,
	const struct vpdn_template *out[VPDN_TEMPLATE_DEPTH + 1])
{
	unsigned n = 0, at;

	memset(out, 0, sizeof(*out) * (VPDN_TEMPLATE_DEPTH + 1));
	if (!g || g->no_template || !c->templates->len)
		return;
	if (g->template)
		out[n] = find_template(c, g->template, &at);
	if (out[n])
		n++;
	out[n] = find_template(c, "", &at);
}

/* Where a setting that counts for the group comes from; NULL: it is nowhere. */
static const struct vpdn_settings *inherited(const struct vpdn_config *c,
	const struct vpdn_group *g, enum vpdn_setting which)
{
	const struct vpdn_template *t[VPDN_TEMPLATE_DEPTH + 1];

	vpdn_config_templates(c, g, t);
	for (unsigned i = 0; t[i]; i++)
		if (vpdn_settings_has(&t[i]->own, which))
			return &t[i]->own;
	return NULL;
}

static const struct vpdn_settings *source_of(const struct vpdn_config *c,
	const struct vpdn_group *g, enum vpdn_setting which)
{
	return g && vpdn_settings_has(&g->own, which) ? &g->own : inherited(c, g, which);
}

uint32_t vpdn_config_number(const struct vpdn_config *c, const struct vpdn_group *g,
	enum vpdn_setting which)
{
	const struct vpdn_settings *s = source_of(c, g, which);

	return s ? s->number[which] : vpdn_setting_info(which)->dflt;
}

const char *vpdn_config_text(const struct vpdn_config *c, const struct vpdn_group *g,
	enum vpdn_setting which)
{
	const struct vpdn_settings *s = source_of(c, g, which);

	return s ? s->text[which] : NULL;
}

bool vpdn_config_is_set(const struct vpdn_config *c, const struct vpdn_group *g,
	enum vpdn_setting which)
{
	return source_of(c, g, which) != NULL;
}

bool vpdn_config_is_inherited(const struct vpdn_config *c, const struct vpdn_group *g,
	enum vpdn_setting which)
{
	return inherited(c, g, which) != NULL;
}

/* ---- Virtual-Templates ---- */

/* Where the template of that number is, or would go. */
static unsigned vtemplate_place(const struct vpdn_config *c, unsigned number)
{
	unsigned low = 0, high = c->vtemplates->len;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;
		const struct vpdn_vtemplate *t = g_ptr_array_index(c->vtemplates, mid);

		if (t->number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct vpdn_vtemplate *vpdn_config_vtemplate(
	struct vpdn_config *c, unsigned number, bool create)
{
	unsigned at = vtemplate_place(c, number);
	struct vpdn_vtemplate *t;

	if (at < c->vtemplates->len) {
		t = g_ptr_array_index(c->vtemplates, at);
		if (t->number == number)
			return t;
	}
	if (!create || number == 0 || number > UINT16_MAX)
		return NULL;
	t = g_new0(struct vpdn_vtemplate, 1);
	t->number = (uint16_t)number;
	g_ptr_array_insert(c->vtemplates, (int)at, t);
	c->generation++;
	return t;
}

bool vpdn_config_remove_vtemplate(struct vpdn_config *c, unsigned number)
{
	if (!vpdn_config_vtemplate(c, number, false))
		return false;
	g_ptr_array_remove_index(c->vtemplates, vtemplate_place(c, number));
	c->generation++;
	return true;
}

bool vpdn_config_set_user(struct vpdn_config *c, const char *name, const char *password)
{
	struct vpdn_user *u = g_hash_table_lookup(c->users, name);

	if (!*name || strlen(name) >= PPP_NAME_MAX ||
		strlen(password) >= PPP_SECRET_MAX)
		return false;
	if (!u) {
		if (c->user_order->len >= VPDN_USERS_MAX)
			return false;
		u = g_new0(struct vpdn_user, 1);
		u->name = g_strdup(name);
		g_hash_table_insert(c->users, u->name, u);
		g_ptr_array_add(c->user_order, u);
	}
	g_free(u->password);
	u->password = g_strdup(password);
	c->generation++;
	return true;
}

bool vpdn_config_remove_user(struct vpdn_config *c, const char *name)
{
	struct vpdn_user *u = g_hash_table_lookup(c->users, name);

	if (!u)
		return false;
	g_ptr_array_remove(c->user_order, u);
	g_hash_table_remove(c->users, name);
	c->generation++;
	return true;
}

bool vpdn_config_add_pool(
	struct vpdn_config *c, const char *name, uint32_t low, uint32_t high)
{
	if (!*name || low == 0 || low > high || c->pools->len >= VPDN_POOLS_MAX)
		return false;
	for (unsigned i = 0; i < c->pools->len; i++) {
		const struct vpdn_pool *p = g_ptr_array_index(c->pools, i);

		/* The same line typed again changes nothing. */
		if (p->low == low && p->high == high && strcmp(p->name, name) == 0)
			return true;
		if (low <= p->high && p->low <= high)
			return false;
	}

	struct vpdn_pool *pool = g_new0(struct vpdn_pool, 1);

	*pool = (struct vpdn_pool){ .name = g_strdup(name), .low = low, .high = high };
	g_ptr_array_add(c->pools, pool);
	c->generation++;
	return true;
}

bool vpdn_config_remove_pool(struct vpdn_config *c, const char *name)
{
	unsigned before = c->pools->len;

	for (unsigned i = before; i-- > 0;) {
		const struct vpdn_pool *p = g_ptr_array_index(c->pools, i);

		if (strcmp(p->name, name) == 0)
			g_ptr_array_remove_index(c->pools, i);
	}
	if (c->pools->len == before)
		return false;
	c->generation++;
	return true;
}

/* ---- request-dialin ---- */

static bool names_equal(enum vpdn_search by, const char *a, const char *b)
{
	return by == VPDN_BY_DOMAIN ? g_ascii_strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

static struct vpdn_match *find_match(
	const struct vpdn_group *g, enum vpdn_search by, const char *name, unsigned *at)
{
	for (*at = 0; *at < g->matches->len; ++*at) {
		struct vpdn_match *m = g_ptr_array_index(g->matches, *at);

		if (m->by == by && names_equal(by, m->name, name))
			return m;
	}
	return NULL;
}

bool vpdn_config_add_match(struct vpdn_config *c, struct vpdn_group *g, enum vpdn_search by,
	const char *name)
{
	struct vpdn_match *m;
	unsigned at;

	if (find_match(g, by, name, &at) || g->matches->len >= VPDN_MATCHES_MAX)
		return false;
	m = g_new(struct vpdn_match, 1);
	*m = (struct vpdn_match){ by, g_strdup(name) };
	g_ptr_array_add(g->matches, m);
	c->generation++;
	return true;
}

bool vpdn_config_remove_match(struct vpdn_config *c, struct vpdn_group *g,
	enum vpdn_search by, const char *name)
{
	unsigned at;

	if (!find_match(g, by, name, &at))
		return false;
	g_ptr_array_remove_index(g->matches, at);
	c->generation++;
	return true;
}

bool vpdn_config_remove_target(struct vpdn_config *c, struct vpdn_group *g, uint32_t ip)
{
	for (unsigned i = 0; i < g->targets->len; i++) {
		if (g_array_index(g->targets, struct vpdn_target, i).ip == ip) {
			g_array_remove_index(g->targets, i);
			c->generation++;
			return true;
		}
	}
	return false;
}

bool vpdn_config_add_target(struct vpdn_config *c, struct vpdn_group *g,
	const struct vpdn_target *t)
{
	unsigned at = 0;

	(void)vpdn_config_remove_target(c, g, t->ip);
	if (g->targets->len >= VPDN_TARGETS_MAX)
		return false;
	while (at < g->targets->len &&
		g_array_index(g->targets, struct vpdn_target, at).priority <= t->priority)
		at++;
	g_array_insert_val(g->targets, at, *t);
	c->generation++;
	return true;
}

void vpdn_config_clear_request(struct vpdn_config *c, struct vpdn_group *g)
{
	g->request_l2tp = false;
	g_ptr_array_set_size(g->matches, 0);
	g_array_set_size(g->targets, 0);
	c->generation++;
}

static struct vpdn_group *find_request(
	const struct vpdn_config *c, enum vpdn_search by, const char *name)
{
	unsigned at;

	for (unsigned i = 0; i < c->groups->len; i++) {
		struct vpdn_group *g = g_ptr_array_index(c->groups, i);

		if (g->request_dialin && g->request_l2tp && find_match(g, by, name, &at))
			return g;
	}
	return NULL;
}

char *vpdn_config_domain(const struct vpdn_config *c, const char *user)
{
	const char *suffix = c->suffix_delimiters ? c->suffix_delimiters : "@";
	const char *at = NULL;
	size_t before;

	for (const char *p = user; *p; p++)
		if (strchr(suffix, *p))
			at = p;
	if (at)
		return at[1] ? g_strdup(at + 1) : NULL;
	if (!c->prefix_delimiters)
		return NULL;
	before = strcspn(user, c->prefix_delimiters);
	return before && user[before] ? g_strndup(user, before) : NULL;
}

struct vpdn_group *vpdn_config_request(
	const struct vpdn_config *c, const struct vpdn_request *r)
{
	static const uint8_t usual[N_VPDN_SEARCHES] = { VPDN_BY_MULTIHOP_HOSTNAME + 1,
		VPDN_BY_DNIS + 1, VPDN_BY_DOMAIN + 1 };
	const uint8_t *order = c->search[0] ? c->search : usual;
	g_autofree char *domain = r->user ? vpdn_config_domain(c, r->user) : NULL;
	const char *const names[N_VPDN_SEARCHES] = {
		[VPDN_BY_MULTIHOP_HOSTNAME] = c->multihop ? r->hostname : NULL,
		[VPDN_BY_DNIS] = r->dnis,
		[VPDN_BY_DOMAIN] = domain,
	};

	for (unsigned i = 0; i < N_VPDN_SEARCHES && order[i]; i++) {
		enum vpdn_search by = order[i] - 1;
		struct vpdn_group *g = names[by] && *names[by]
					       ? find_request(c, by, names[by])
					       : NULL;

		if (g)
			return g;
	}
	return NULL;
}

struct vpdn_group *vpdn_config_accept(
	const struct vpdn_config *c, const char *peer_name)
{
	struct vpdn_group *fallback = NULL;

	for (unsigned i = 0; i < c->groups->len; i++) {
		struct vpdn_group *g = g_ptr_array_index(c->groups, i);

		if (!g->accept_dialin || !g->protocol_l2tp)
			continue;
		if (g->terminate_from && strcmp(g->terminate_from, peer_name) == 0)
			return g;
		if (!g->terminate_from && !fallback)
			fallback = g;
	}
	return fallback;
}
