/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operator, see operator.h: lines are steps of the scenario language, carried out on a stage
 * without peers.  Each connection has at most one line in hand.
 */
#include "scenarios/engine/operator.h"

#include "scenarios/engine/act.h"

#include <string.h>

enum { EVENTS_KEPT = 10000 };

#define OPERATOR_IDS 0x80000000u

struct operator {
	struct operator_config cfg;
	struct stage *stage;
	GHashTable *tasks; /* by connection: owned */
};

struct task {
	struct operator *op;
	uint32_t connection;
	struct script_step *step;
	struct act *act; /* NULL: it is over */
};

static void task_free(void *p)
{
	struct task *t = p;

	if (t->act)
		act_cancel(t->act);
	script_step_free(t->step);
	g_free(t);
}

static void answer(struct operator *op, uint32_t connection, const char *text)
{
	g_autofree char *line = NULL;
	size_t n = strlen(text);

	if (!n)
		return;
	if (text[n - 1] != '\n')
		text = line = g_strconcat(text, "\n", NULL);
	op->cfg.reply(connection, text, false, false, op->cfg.user);
}

static void answer_error(struct operator *op, uint32_t connection, const char *why)
{
	g_autofree char *text = g_strdup_printf("error: %s\n", why);

	op->cfg.reply(connection, text, true, false, op->cfg.user);
}

/* The reply may bring the next line. */
static void on_done(const struct act_result *r, void *user)
{
	struct task *t = user;
	struct operator *op = t->op;
	uint32_t connection = t->connection;
	bool quit = t->step->verb == SCRIPT_QUIT;

	t->act = NULL;
	g_hash_table_remove(op->tasks, GUINT_TO_POINTER(connection));
	answer(op, connection, r->output);
	if (r->status != ACT_OK)
		answer_error(op, connection, r->why);
	else
		op->cfg.reply(connection, "ok\n", true, quit, op->cfg.user);
}

struct operator *operator_new(const struct operator_config *cfg)
{
	const struct stage_node node = { NULL, cfg->chassis };
	const struct stage_config stage = {
		.nodes = cfg->chassis ? &node : cfg->nodes,
		.n_nodes = cfg->chassis ? 1 : cfg->n_nodes,
		.cables = cfg->cables,
		.ports = cfg->ports,
		.ids = OPERATOR_IDS,
		.keep = EVENTS_KEPT,
	};
	struct operator *op = g_new0(struct operator, 1);

	op->cfg = *cfg;
	op->cfg.ports = NULL;
	op->cfg.nodes = NULL;
	op->stage = stage_new(&stage);
	op->tasks = g_hash_table_new_full(NULL, NULL, NULL, task_free);
	return op;
}

void operator_free(struct operator *op)
{
	if (!op)
		return;
	g_hash_table_unref(op->tasks);
	stage_free(op->stage);
	g_free(op);
}

void operator_gone(struct operator *op, uint32_t connection)
{
	g_hash_table_remove(op->tasks, GUINT_TO_POINTER(connection));
}

void operator_line(struct operator *op, uint32_t connection, const char *line)
{
	g_autoptr(GError) error = NULL;
	struct script_step *step;
	struct task *t;
	struct act *act;

	if (g_hash_table_contains(op->tasks, GUINT_TO_POINTER(connection))) {
		answer_error(op, connection, "the line before is not answered yet");
		return;
	}
	step = script_parse(line, &error);
	if (!step) {
		answer_error(op, connection, error->message);
		return;
	}
	t = g_new0(struct task, 1);
	t->op = op;
	t->connection = connection;
	t->step = step;
	g_hash_table_insert(op->tasks, GUINT_TO_POINTER(connection), t);
	act = act_start(op->stage, step, connection, on_done, t);
	if (act)
		t->act = act;
}
