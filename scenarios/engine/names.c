/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names in files of the scenario language: chassis, ports, cables, peers, labels, captures and
 * snapshots, each known from the line on that gives it.  A name that is not is told together
 * with the nearest that is.
 *
 * With one chassis in the file, slots and ports need not say whose they are; with several they
 * must.
 */
#include "scenarios/engine/parse_internal.h"

#include "chassis/inventory.h"

#include <string.h>

/* Names known to a table, as a list that ends with NULL; free the list only. */
static const char **known(GHashTable *names)
{
	return (const char **)(void *)g_hash_table_get_keys_as_array(names, NULL);
}

static void unknown(struct parser *p, const struct script_step *s, unsigned column,
	const char *what, const char *name, GHashTable *names)
{
	g_autofree const char **list = known(names);
	const char *near = words_nearest(name, list);

	if (near)
		parser_complain(p, s->file, s->line, column, s->source,
			"there is no %s \"%s\"; did you mean \"%s\"?", what, name, near);
	else
		parser_complain(p, s->file, s->line, column, s->source,
			"there is no %s \"%s\" before this line", what, name);
}

unsigned parser_column(const struct script_step *s, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = s->source; (at = strstr(at, word)); at++)
		if (at > s->source && strchr(" \t", at[-1]) && strchr(" \t\r", at[n]))
			return (unsigned)(at - s->source) + 1;
	return 1;
}

/* ---- chassis ---- */

static struct script_chassis *chassis_at(const struct script *s, unsigned i)
{
	return g_ptr_array_index(s->chassis, i);
}

struct script_chassis *parser_chassis(const struct parser *p, const char *name)
{
	for (unsigned i = 0; i < p->s->chassis->len; i++)
		if (strcmp(chassis_at(p->s, i)->name, name) == 0)
			return chassis_at(p->s, i);
	return NULL;
}

int script_chassis_index(const struct script *s, const struct script_node *node)
{
	for (unsigned i = 0; i < s->chassis->len; i++)
		if (node->name[0] ? strcmp(chassis_at(s, i)->name, node->name) == 0
				  : s->chassis->len == 1)
			return (int)i;
	return -1;
}

/* A name that cannot be taken for something else. */
static bool is_free_name(const char *name)
{
	struct script_place place;

	return strcmp(name, "active") != 0 && strcmp(name, "standby") != 0 &&
	       strcmp(name, "ipc") != 0 && !place_from_name(name, &place);
}

struct script_chassis *parser_add_chassis(struct parser *p, const struct script_step *s)
{
	struct script_chassis *c = g_new0(struct script_chassis, 1);

	if (parser_chassis(p, s->name))
		parser_complain(p, s->file, s->line, parser_column(s, s->name), s->source,
			"there is a chassis \"%s\" already", s->name);
	else if (!is_free_name(s->name))
		parser_complain(p, s->file, s->line, parser_column(s, s->name), s->source,
			"no chassis can be called \"%s\": that is the name of a slot, or a role",
			s->name);
	else if (p->s->chassis->len >= SCRIPT_CHASSIS_MAX)
		parser_complain(p, s->file, s->line, 1, s->source,
			"a file has at most %d chassis", SCRIPT_CHASSIS_MAX);
	c->name = g_strdup(s->name);
	c->inventory = g_string_new(NULL);
	g_ptr_array_add(p->s->chassis, c);
	return c;
}

void parser_no_chassis(struct parser *p, const struct script_step *s, unsigned column,
	const char *name)
{
	const char *names[SCRIPT_CHASSIS_MAX + 1], *near;
	const GPtrArray *all = p->s->chassis;
	unsigned n = 0;

	for (; n < all->len && n < SCRIPT_CHASSIS_MAX; n++)
		names[n] = chassis_at(p->s, n)->name;
	names[n] = NULL;
	near = words_nearest(name, names);
	if (all->len == 1)
		parser_complain(p, s->file, s->line, column, s->source,
			"there is no chassis \"%s\"; this file's is called \"%s\"", name,
			names[0]);
	else if (near)
		parser_complain(p, s->file, s->line, column, s->source,
			"there is no chassis \"%s\"; did you mean \"%s\"?", name, near);
	else
		parser_complain(p, s->file, s->line, column, s->source,
			"there is no chassis \"%s\" before this line", name);
}

/* NULL: it has complained, but for a line that names none and stands before all of them.  what:
 * "R0", for the case that none is named. */
static struct script_chassis *check_node(struct parser *p, const struct script_step *s,
	const struct script_node *node, const char *what)
{
	int i = script_chassis_index(p->s, node);

	if (i >= 0)
		return chassis_at(p->s, (unsigned)i);
	if (node->name[0])
		parser_no_chassis(p, s, node->column, node->name);
	else if (p->s->chassis->len)
		parser_complain(p, s->file, s->line, node->column, s->source,
			"there are several chassis: say whose %s is meant, as in %s/%s", what,
			chassis_at(p->s, 0)->name, what);
	return NULL;
}

/* ---- names ---- */

static void note(GHashTable *names, const char *name)
{
	if (name)
		g_hash_table_add(names, g_strdup(name));
}

static void check_pred(struct parser *p, const struct script_step *s)
{
	const struct script_pred *q = s->pred;

	if (!q)
		return;
	if (q->since && !g_hash_table_contains(p->labels, q->since))
		unknown(p, s, q->since_column, "label", q->since, p->labels);
	if (q->peer && !g_hash_table_contains(p->peers, q->peer))
		unknown(p, s, q->name_column, "peer", q->peer, p->peers);
	if (q->kind == PRED_PACKET && !g_hash_table_contains(p->captures, q->name))
		unknown(p, s, q->name_column, "capture", q->name, p->captures);
	if (q->kind == PRED_SAME && !g_hash_table_contains(p->snapshots, q->text))
		unknown(p, s, q->name_column, "snapshot", q->text, p->snapshots);
}

/* A board can be asked or touched when its chassis is on. */
static void check_place(
	struct parser *p, const struct script_step *s, const struct script_place *place)
{
	const struct script_chassis *c =
		place->name[0] ? check_node(p, s, &place->node, place->name) : NULL;

	if (c && !c->booted)
		parser_complain(p, s->file, s->line, place->node.column, s->source,
			"%s does not run yet: boot %s must stand before this line", c->name,
			c->name);
}

static void check_port(
	struct parser *p, const struct script_step *s, const struct script_port *port)
{
	char name[32];

	if (port->ifindex)
		check_node(p, s, &port->node, port_name(port->ifindex, name));
}

static bool same_port(const struct parser *p, const struct script_port *a,
	const struct script_port *b)
{
	return a->ifindex == b->ifindex && script_chassis_index(p->s, &a->node) ==
						   script_chassis_index(p->s, &b->node);
}

static const struct script_link *cable_between(
	const struct parser *p, const struct script_port *a, const struct script_port *b)
{
	for (guint i = 0; i < p->s->cables->len; i++) {
		const struct script_link *l =
			&((struct script_step *)p->s->cables->pdata[i])->link;

		if ((same_port(p, &l->port, a) && same_port(p, &l->to, b)) ||
			(same_port(p, &l->port, b) && same_port(p, &l->to, a)))
			return l;
	}
	return NULL;
}

/* Two ports: they are joined already, and there is something new of it. */
static void check_cable(struct parser *p, const struct script_step *s)
{
	if (!cable_between(p, &s->link.port, &s->link.to))
		parser_complain(p, s->file, s->line, s->link.to.node.column, s->source,
			"these two ports are not joined: link lines that join must stand "
			"before boot");
	else if (!s->link.faults)
		parser_complain(p, s->file, s->line, s->link.to.node.column, s->source,
			"these two ports are joined already: say what happens to them");
}

static void check_link(struct parser *p, const struct script_step *s)
{
	check_port(p, s, &s->link.port);
	check_port(p, s, &s->link.to);
	if (s->link.to.ifindex && p->booted)
		check_cable(p, s);
	if (!s->link.port.ifindex)
		check_node(p, s, &s->link.a.node, s->link.a.name);
}

static void check_capture(struct parser *p, const struct script_step *s)
{
	const struct script_capture *c = &s->capture;

	if (c->what == CAPTURE_STOP && !g_hash_table_contains(p->captures, c->name))
		unknown(p, s, parser_column(s, c->name), "capture", c->name, p->captures);
	else if (c->what == CAPTURE_PORT)
		check_port(p, s, &c->port);
	else if (c->what == CAPTURE_IPC)
		check_node(p, s, &c->a.node, c->a.name);
	note(p->captures, c->name);
}

void parser_check_names(struct parser *p, const struct script_step *s)
{
	check_pred(p, s);
	check_place(p, s, s->pred ? &s->pred->place : &s->place);
	if (s->verb == SCRIPT_DO && !g_hash_table_contains(p->peers, s->name))
		unknown(p, s, parser_column(s, s->name), "peer", s->name, p->peers);
	if (s->verb == SCRIPT_LINK)
		check_link(p, s);
	if (s->verb == SCRIPT_CAPTURE)
		check_capture(p, s);
	if (s->verb == SCRIPT_SNAPSHOT)
		note(p->snapshots, s->name);
	note(p->labels, s->label);
}

/* ---- the world ---- */

static bool has_port(
	const struct parser *p, const GPtrArray *steps, const struct script_port *port)
{
	for (guint i = 0; i < steps->len; i++) {
		const struct script_step *s = steps->pdata[i];
		const struct script_port *own =
			s->verb == SCRIPT_PEER ? &s->peer.port : &s->link.port;

		if (same_port(p, own, port) ||
			(s->link.to.ifindex && same_port(p, &s->link.to, port)))
			return true;
	}
	return false;
}

/* The port is there, and nothing is at it. */
static void take_port(
	struct parser *p, const struct script_step *s, const struct script_port *port)
{
	char name[32];

	port_name(port->ifindex, name);
	check_node(p, s, &port->node, name);
	if (has_port(p, p->s->peers, port) || has_port(p, p->s->ports, port) ||
		has_port(p, p->s->cables, port))
		parser_complain(p, s->file, s->line, 1, s->source, "something is at %s already", name);
}

static void add_to_world(struct parser *p, struct script_step *s, GPtrArray *to, unsigned max)
{
	if (to->len >= max)
		parser_complain(p, s->file, s->line, 1, s->source, "there are too many of these");
	g_ptr_array_add(to, s);
}

void parser_add_peer(struct parser *p, struct script_step *s)
{
	take_port(p, s, &s->peer.port);
	if (g_hash_table_contains(p->peers, s->peer.name))
		parser_complain(p, s->file, s->line, parser_column(s, s->peer.name), s->source,
			"there is a peer called \"%s\" already", s->peer.name);
	note(p->peers, s->peer.name);
	add_to_world(p, s, p->s->peers, SCRIPT_PEERS_MAX);
}

void parser_add_port(struct parser *p, struct script_step *s)
{
	take_port(p, s, &s->link.port);
	add_to_world(p, s, p->s->ports, SCRIPT_PEERS_MAX);
}

/* The first line about two ports joins them; what more it says begins with boot. */
void parser_add_cable(struct parser *p, struct script_step *s)
{
	if (!s->link.to.ifindex)
		return;
	if (cable_between(p, &s->link.port, &s->link.to)) {
		check_cable(p, s);
		return;
	}
	take_port(p, s, &s->link.port);
	take_port(p, s, &s->link.to);
	add_to_world(p, s, p->s->cables, SCRIPT_CABLES_MAX);
}

void parser_take_boot(struct parser *p, const struct script_step *s)
{
	g_auto(GStrv) names = g_strsplit(s->text, " ", -1);

	for (unsigned i = 0; names[i]; i++) {
		struct script_chassis *c = parser_chassis(p, names[i]);
		unsigned column = parser_column(s, names[i]);

		if (!c)
			parser_no_chassis(p, s, column, names[i]);
		else if (c->booted)
			parser_complain(p, s->file, s->line, i ? column : 1, s->source,
				"%s is booted already", names[i]);
		else
			c->booted = true;
	}
	p->booted = true;
}

/* ---- the whole ---- */

static unsigned ports_of(const struct script_chassis *c, uint16_t ifindex)
{
	g_autoptr(GError) error = NULL;
	struct inventory inv;

	inventory_default(&inv);
	if (c && c->inventory->len &&
		!inventory_parse(&inv, c->inventory->str, "chassis", &error))
		inventory_default(&inv);
	return inventory_ports(&inv, ifindex_slot(ifindex));
}

static void check_port_is_there(
	struct parser *p, const struct script_step *s, const struct script_port *port)
{
	int i = script_chassis_index(p->s, &port->node);
	char name[32];

	if (!port->ifindex)
		return;
	/* The others have been told in their lines. */
	if (i < 0 && !p->s->errors->len)
		check_node(p, s, &port->node, port_name(port->ifindex, name));
	if (ifindex_port(port->ifindex) >=
		ports_of(i < 0 ? NULL : chassis_at(p->s, (unsigned)i), port->ifindex))
		parser_complain(p, s->file, s->line, 1, s->source, "this chassis has no port %s",
			port_name(port->ifindex, name));
}

static void check_ports(struct parser *p, const GPtrArray *steps)
{
	for (guint i = 0; i < steps->len; i++) {
		const struct script_step *s = steps->pdata[i];

		check_port_is_there(
			p, s, s->verb == SCRIPT_PEER ? &s->peer.port : &s->link.port);
		check_port_is_there(p, s, &s->link.to);
	}
}

void parser_check_ports(struct parser *p)
{
	check_ports(p, p->s->peers);
	check_ports(p, p->s->ports);
	check_ports(p, p->s->cables);
}
