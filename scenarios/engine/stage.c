/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The stage, see stage.h.
 */
#include "scenarios/engine/stage.h"

#include "base/text.h"
#include "scenarios/engine/act.h"

#include <string.h>

/* One chassis, for those that it calls. */
struct ear {
	struct stage *stage;
	unsigned node;
};

struct captured {
	unsigned node;
	char *path;
};

struct stage {
	struct stage_config cfg;
	struct stage_node *nodes;
	struct ear *ears;
	char *ports, *out_dir;
	GPtrArray *events; /* struct stage_event, owned */
	GPtrArray *marks;  /* struct stage_mark, owned */
	GHashTable *kept;     /* name: text */
	GHashTable *captures; /* name: struct captured */
	GPtrArray *acts;
	uint32_t last_id;
	base_time began;
};

/* ---- events ---- */

static void event_free(void *p)
{
	g_free(((struct stage_event *)p)->text);
	g_free(p);
}

void stage_tell(struct stage *s, const char *kind, unsigned node, unsigned slot,
	const char *text)
{
	struct stage_event *e = g_new0(struct stage_event, 1);

	e->at = stage_now(s);
	e->kind = kind;
	e->chassis = slot != SLOT_NONE && s->cfg.n_nodes > 1 ? s->nodes[node].name : NULL;
	e->slot = slot;
	e->text = g_strdup(text);
	g_ptr_array_add(s->events, e);
	if (s->cfg.on_event)
		s->cfg.on_event(e, s->cfg.user);
	if (s->events->len > 2 * s->cfg.keep)
		g_ptr_array_remove_range(s->events, 0, s->cfg.keep);
}

void stage_event_print(const struct stage_event *e, GString *out)
{
	char name[12];

	g_string_append_printf(out,
		"%" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT " %s%s%s%s%s %s\n",
		e->at.ns / 1000000000, e->at.ns / 1000 % 1000000,
		e->chassis ? e->chassis : "", e->chassis ? "/" : "",
		e->slot == SLOT_NONE ? "" : slot_name(e->slot, name),
		e->slot == SLOT_NONE ? "" : " ", e->kind, e->text);
}

void stage_last_events(const struct stage *s, unsigned n, GString *out)
{
	guint from = s->events->len > n ? s->events->len - n : 0;

	for (guint i = from; i < s->events->len; i++)
		stage_event_print(s->events->pdata[i], out);
}

char *stage_slot_name(const struct stage *s, unsigned node, unsigned slot)
{
	char name[12];

	slot_name(slot, name);
	return s->cfg.n_nodes > 1 ? g_strdup_printf("%s/%s", s->nodes[node].name, name)
				  : g_strdup(name);
}

char *stage_log(const struct stage *s, unsigned node, unsigned slot, base_time since)
{
	const char *chassis = s->cfg.n_nodes > 1 ? s->nodes[node].name : NULL;
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < s->events->len; i++) {
		const struct stage_event *e = s->events->pdata[i];

		if (e->slot == slot && g_strcmp0(e->chassis, chassis) == 0 && !time_before(e->at, since) &&
			strcmp(e->kind, "log") == 0)
			g_string_append_printf(out, "%s\n", e->text);
	}
	return g_string_free(out, false);
}

/* Long lines whole: text_escape() would cut them. */
static char *printable(const char *text)
{
	char *copy = g_strdup(text ? text : "");

	for (char *p = copy; *p; p++)
		if (!g_ascii_isprint(*p))
			*p = '.';
	return copy;
}

static void on_log(struct stage *s, unsigned node, const struct ipc_msg *msg)
{
	g_autofree char *text = NULL;
	struct msg_log m;

	if (!ipc_decode(msg, &m))
		return;
	text = printable(m.text);
	stage_tell(s, "log", node, msg->from, text);
	rec_clear(ipc_table(msg->type), &m);
}

static void on_message(const struct ipc_msg *msg, base_time now, void *user)
{
	const struct ear *ear = user;

	if (msg->type == IPC_LOG)
		on_log(ear->stage, ear->node, msg);
	else
		act_message(ear->stage, msg);
}

static void on_event(unsigned slot, bool in, enum slot_why why, base_time now, void *user)
{
	static const char *const whys[] = {
		[SLOT_WHY_INSERTED] = "inserted",
		[SLOT_WHY_PULLED] = "pulled",
		[SLOT_WHY_CRASHED] = "crashed",
		[SLOT_WHY_RESET] = "reset",
		[SLOT_WHY_RELOAD] = "reloaded",
		[SLOT_WHY_HUNG] = "found hung",
		[SLOT_WHY_FORCED] = "switched over",
		[SLOT_WHY_WITHDRAWN] = "withdrawn",
	};
	const struct ear *ear = user;

	if (slot < SLOT_PEER)
		stage_tell(ear->stage, "board", ear->node, slot,
			why < G_N_ELEMENTS(whys) && whys[why] ? whys[why] : "changed");
	if (!in)
		act_slot_gone(ear->stage, ear->node, slot, why);
}

/* ---- life ---- */

static void mark_free(void *p)
{
	struct stage_mark *m = p;

	g_free(m->label);
	g_ptr_array_unref(m->reports);
	g_free(m);
}

static void captured_free(void *p)
{
	g_free(((struct captured *)p)->path);
	g_free(p);
}

struct stage *stage_new(const struct stage_config *cfg)
{
	struct stage *s = g_new0(struct stage, 1);

	s->cfg = *cfg;
	s->nodes = g_memdup2(cfg->nodes, cfg->n_nodes * sizeof(*cfg->nodes));
	s->cfg.nodes = s->nodes;
	s->ears = g_new0(struct ear, cfg->n_nodes);
	s->ports = g_strdup(cfg->ports);
	s->cfg.ports = s->ports;
	s->out_dir = g_strdup(cfg->out_dir);
	s->cfg.out_dir = s->out_dir;
	s->events = g_ptr_array_new_with_free_func(event_free);
	s->marks = g_ptr_array_new_with_free_func(mark_free);
	s->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	s->captures = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, captured_free);
	s->acts = g_ptr_array_new();
	s->began = chassis_now(cfg->nodes[0].chassis);
	for (unsigned i = 0; i < cfg->n_nodes; i++) {
		s->ears[i] = (struct ear){ s, i };
		chassis_listen(s->nodes[i].chassis, on_message, &s->ears[i]);
		chassis_on_event(s->nodes[i].chassis, on_event, &s->ears[i]);
	}
	return s;
}

void stage_free(struct stage *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->cfg.n_nodes; i++) {
		chassis_unlisten(s->nodes[i].chassis, on_message, &s->ears[i]);
		chassis_off_event(s->nodes[i].chassis, on_event, &s->ears[i]);
	}
	while (s->acts->len)
		act_cancel(s->acts->pdata[0]);
	g_ptr_array_unref(s->acts);
	g_ptr_array_unref(s->events);
	g_ptr_array_unref(s->marks);
	g_hash_table_unref(s->kept);
	g_hash_table_unref(s->captures);
	g_free(s->nodes);
	g_free(s->ears);
	g_free(s->ports);
	g_free(s->out_dir);
	g_free(s);
}

struct chassis *stage_chassis(const struct stage *s)
{
	return s->nodes[0].chassis;
}

struct chassis *stage_chassis_at(const struct stage *s, unsigned node)
{
	return s->nodes[node].chassis;
}

static int no_node(const struct stage *s, const struct script_node *node, GError **error)
{
	if (!node->name[0])
		g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_SYNTAX,
			"there are several chassis: say which one, as in %s/R0", s->nodes[0].name);
	else if (!s->nodes[0].name)
		g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_SYNTAX,
			"there is no chassis %s: here is just one, so its slots are R0, F0, 0/0",
			node->name);
	else
		g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_SYNTAX,
			"there is no chassis %s", node->name);
	return -1;
}

int stage_find_node(const struct stage *s, const struct script_node *node, GError **error)
{
	if (!node->name[0] && s->cfg.n_nodes == 1)
		return 0;
	for (unsigned i = 0; i < s->cfg.n_nodes; i++)
		if (g_strcmp0(s->nodes[i].name, node->name) == 0)
			return (int)i;
	return no_node(s, node, error);
}

const struct stage_config *stage_config(const struct stage *s)
{
	return &s->cfg;
}

base_time stage_began(const struct stage *s)
{
	return s->began;
}

base_time stage_now(const struct stage *s)
{
	return (base_time){ chassis_now(stage_chassis(s)).ns - s->began.ns };
}

const struct stage_peer *stage_peer(const struct stage *s, const char *name)
{
	for (unsigned i = 0; i < s->cfg.n_peers; i++)
		if (strcmp(s->cfg.peers[i].name, name) == 0)
			return &s->cfg.peers[i];
	return NULL;
}

unsigned stage_resolve(
	const struct stage *s, unsigned node, const struct script_place *place)
{
	unsigned active = chassis_active(s->nodes[node].chassis);

	if (place->kind == PLACE_ACTIVE)
		return active;
	if (place->kind != PLACE_STANDBY)
		return place->number;
	return active == SLOT_R0 ? SLOT_R1 : active == SLOT_R1 ? SLOT_R0 : SLOT_NONE;
}

GPtrArray *stage_acts(struct stage *s)
{
	return s->acts;
}

uint32_t stage_next_id(struct stage *s)
{
	s->last_id = (s->last_id + 1) & 0x0fffffff;
	return s->last_id | s->cfg.ids;
}

/* ---- labels, snapshots, captures ---- */

void stage_mark(struct stage *s, const char *label, base_time at, GPtrArray *take_reports)
{
	struct stage_mark *m = g_new0(struct stage_mark, 1);

	m->label = g_strdup(label);
	m->at = at;
	m->reports = take_reports;
	g_ptr_array_add(s->marks, m);
}

const GPtrArray *stage_marks(const struct stage *s)
{
	return s->marks;
}

const struct stage_mark *stage_find_mark(
	const struct stage *s, const char *label, unsigned *index)
{
	for (guint i = s->marks->len; i-- > 0;) {
		const struct stage_mark *m = s->marks->pdata[i];

		if (strcmp(m->label, label) != 0)
			continue;
		*index = i;
		return m;
	}
	return NULL;
}

void stage_keep(struct stage *s, const char *name, const char *text)
{
	g_hash_table_insert(s->kept, g_strdup(name), g_strdup(text));
}

const char *stage_kept(const struct stage *s, const char *name)
{
	return g_hash_table_lookup(s->kept, name);
}

const char *stage_capture_path(const struct stage *s, const char *name, unsigned *node)
{
	const struct captured *c = g_hash_table_lookup(s->captures, name);

	if (c && node)
		*node = c->node;
	return c ? c->path : NULL;
}

void stage_note_capture(
	struct stage *s, const char *name, unsigned node, const char *path)
{
	struct captured *c = g_new0(struct captured, 1);

	c->node = node;
	c->path = g_strdup(path);
	g_hash_table_insert(s->captures, g_strdup(name), c);
}

char *stage_default_path(const struct stage *s, const char *name)
{
	g_autofree char *file = g_strconcat(name, ".pcapng", NULL);

	return s->out_dir ? g_build_filename(s->out_dir, file, NULL)
			  : g_steal_pointer(&file);
}
