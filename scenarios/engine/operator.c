/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operator, see operator.h.
 *
 * A line that cannot be answered at once becomes a task of its connection: a command that an
 * RP runs, or a wait, which asks again every 100 ms.  Tasks end by the RP's answer, by the pull
 * of the RP, by a deadline, or with their connection.
 */
#include "scenarios/engine/operator.h"

#include "base/text.h"
#include "scenarios/engine/capture.h"
#include "scenarios/engine/script.h"

#include <string.h>

enum {
	ANSWER_S = 60, /* a command that takes longer is given up */
	POLL_MS = 100,
	OUTPUT_MAX = 16 << 20,
};

#define OPERATOR_IDS 0x80000000u

struct operator {
	struct operator_config cfg;
	char *ports;
	base_time began;
	GHashTable *tasks; /* by connection: owned */
	uint32_t last_id;
};

struct task {
	struct operator *op;
	uint32_t connection;
	struct script_step *step;
	unsigned slot; /* that was asked */
	uint32_t id;   /* of the question; 0: none is open */
	GString *out;
	char *last;              /* wait: first line of the last output */
	unsigned deadline, poll; /* chassis timers; 0: none */
};

/* ---- life ---- */

static void task_free(void *p)
{
	struct task *t = p;

	if (t->deadline)
		chassis_at_cancel(t->op->cfg.chassis, t->deadline);
	if (t->poll)
		chassis_at_cancel(t->op->cfg.chassis, t->poll);
	script_step_free(t->step);
	g_string_free(t->out, true);
	g_free(t->last);
	g_free(t);
}

/* ---- answers ---- */

static void answer(struct operator *op, uint32_t connection, const char *text)
{
	op->cfg.reply(connection, text, false, false, op->cfg.user);
}

static void answer_ok(struct operator *op, uint32_t connection)
{
	op->cfg.reply(connection, "ok\n", true, false, op->cfg.user);
}

static void answer_error(struct operator *op, uint32_t connection, const char *why)
{
	g_autofree char *text = g_strdup_printf("error: %s\n", why);

	op->cfg.reply(connection, text, true, false, op->cfg.user);
}

/* Ends a task: its output, then ok or why not (NULL).  The reply may bring the next line. */
static void finish(struct task *t, const char *why)
{
	struct operator *op = t->op;
	uint32_t connection = t->connection;
	g_autofree char *reason = g_strdup(why);
	GString *out = t->out;

	if (out->len && out->str[out->len - 1] != '\n')
		g_string_append_c(out, '\n');
	t->out = g_string_new(NULL);
	g_hash_table_remove(op->tasks, GUINT_TO_POINTER(connection));
	if (out->len)
		answer(op, connection, out->str);
	g_string_free(out, true);
	if (reason)
		answer_error(op, connection, reason);
	else
		answer_ok(op, connection);
}

/* The first line that starts so, or that is not empty; without control characters. */
static char *line_of(const char *text, const char *start)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (unsigned i = 0; lines[i]; i++) {
		g_strchomp(lines[i]);
		if (lines[i][0] && g_str_has_prefix(lines[i], start))
			return text_escape(lines[i], strlen(lines[i]));
	}
	return NULL;
}

static void timed_out(struct task *t)
{
	g_autofree char *why = g_strdup_printf("timed out after %s: %s",
		t->step->limit_text, t->last ? t->last : "there was no answer");

	g_string_truncate(t->out, 0);
	finish(t, why);
}

/* ---- asking an RP ---- */

static unsigned resolve(const struct chassis *c, const struct script_place *place)
{
	unsigned active = chassis_active(c);

	if (place->kind == PLACE_ACTIVE)
		return active;
	if (place->kind != PLACE_STANDBY)
		return place->number;
	return active == SLOT_R0 ? SLOT_R1 : active == SLOT_R1 ? SLOT_R0 : SLOT_NONE;
}

/* False (and why) when there is nobody to ask. */
static bool ask(struct task *t, char **why)
{
	struct chassis *c = t->op->cfg.chassis;
	char name[12];
	struct msg_exec m = {
		.session = t->connection,
		.command = t->step->command,
		.answers = t->step->answers,
		.fresh = t->step->verb != SCRIPT_CLI,
	};

	t->slot = resolve(c, &t->step->place);
	if (t->slot == SLOT_NONE) {
		*why = g_strdup_printf("there is no %s RP now", t->step->place.name);
		return false;
	}
	if (!chassis_is_in(c, t->slot)) {
		*why = g_strdup_printf("%s is not inserted", slot_name(t->slot, name));
		return false;
	}
	t->op->last_id = (t->op->last_id + 1) | OPERATOR_IDS;
	m.id = t->id = t->op->last_id;
	g_string_truncate(t->out, 0);
	chassis_send_rec(c, t->slot, IPC_EXEC, &m);
	return true;
}

static void poll_later(struct task *t);

static void set_last(struct task *t, char *take_text)
{
	g_free(t->last);
	t->last = take_text;
}

static void poll_now(void *user)
{
	struct task *t = user;
	char *why = NULL;

	t->poll = 0;
	if (ask(t, &why))
		return;
	set_last(t, why);
	poll_later(t);
}

static void poll_later(struct task *t)
{
	struct chassis *c = t->op->cfg.chassis;

	t->poll = chassis_at(c, time_add(chassis_now(c), dur_ms(POLL_MS)), poll_now, t);
}

static void wait_answered(struct task *t)
{
	char *line;

	if (script_satisfied(t->step, t->out->str, t->out->len)) {
		g_string_truncate(t->out, 0);
		finish(t, NULL);
		return;
	}
	line = line_of(t->out->str, "");
	set_last(t, line ? line : g_strdup("the output was empty"));
	poll_later(t);
}

static void command_answered(struct task *t, bool failed)
{
	g_autofree char *why = failed ? line_of(t->out->str, "%") : NULL;

	if (failed && !why)
		why = g_strdup("the command failed");
	finish(t, why);
}

static struct task *task_asking(struct operator *op, uint32_t id)
{
	GHashTableIter i;
	void *p;

	g_hash_table_iter_init(&i, op->tasks);
	while (g_hash_table_iter_next(&i, NULL, &p))
		if (((struct task *)p)->id == id)
			return p;
	return NULL;
}

static void on_message(const struct ipc_msg *msg, base_time now, void *user)
{
	struct operator *op = user;
	struct msg_exec_out m;
	struct task *t;
	gsize n = 0;
	const char *text;

	if (msg->type != IPC_EXEC_OUT || !ipc_decode(msg, &m))
		return;
	t = m.id & OPERATOR_IDS ? task_asking(op, m.id) : NULL;
	if (t) {
		text = m.text ? g_bytes_get_data(m.text, &n) : NULL;
		if (t->out->len + n <= OUTPUT_MAX && n)
			g_string_append_len(t->out, text, (gssize)n);
	}
	if (t && m.done) {
		t->id = 0;
		if (t->step->verb == SCRIPT_WAIT)
			wait_answered(t);
		else
			command_answered(t, m.failed);
	}
	rec_clear(ipc_table(msg->type), &m);
}

static void lost_rp(struct task *t)
{
	char name[12];
	char *why = g_strdup_printf(
		"%s went out before it had answered", slot_name(t->slot, name));

	t->id = 0;
	if (t->step->verb == SCRIPT_WAIT) {
		set_last(t, why);
		poll_later(t);
	} else {
		finish(t, why);
		g_free(why);
	}
}

/* A reply can start and end tasks: look afresh after each. */
static struct task *task_of_slot(struct operator *op, unsigned slot)
{
	GHashTableIter i;
	void *p;

	g_hash_table_iter_init(&i, op->tasks);
	while (g_hash_table_iter_next(&i, NULL, &p)) {
		struct task *t = p;

		if (t->id && t->slot == slot)
			return t;
	}
	return NULL;
}

static void on_event(
	unsigned slot, bool in, enum slot_why why, base_time now, void *user)
{
	struct operator *op = user;
	struct task *t;

	while (!in && (t = task_of_slot(op, slot)))
		lost_rp(t);
}

static void on_deadline(void *user)
{
	struct task *t = user;
	g_autofree char *why = NULL;
	char name[12];

	t->deadline = 0;
	if (t->step->verb == SCRIPT_WAIT) {
		timed_out(t);
		return;
	}
	why = g_strdup_printf(
		"%s has not answered within %d s", slot_name(t->slot, name), ANSWER_S);
	finish(t, why);
}

/* Takes the step. */
static void start_task(
	struct operator *op, uint32_t connection, struct script_step *step)
{
	struct chassis *c = op->cfg.chassis;
	base_dur limit = step->verb == SCRIPT_WAIT ? step->limit : dur_s(ANSWER_S);
	struct task *t = g_new0(struct task, 1);
	char *why = NULL;

	t->op = op;
	t->connection = connection;
	t->step = step;
	t->out = g_string_new(NULL);
	t->deadline = chassis_at(c, time_add(chassis_now(c), limit), on_deadline, t);
	g_hash_table_insert(op->tasks, GUINT_TO_POINTER(connection), t);
	if (step->verb == SCRIPT_WAIT) {
		poll_now(t);
	} else if (!ask(t, &why)) {
		finish(t, why);
		g_free(why);
	}
}

/* ---- hands ---- */

typedef bool (*hand_fn)(struct chassis *c, unsigned slot, GError **error);

static bool pull(struct chassis *c, unsigned slot, GError **error)
{
	return chassis_pull(c, slot, SLOT_WHY_PULLED, error);
}

/* A SIP stands for those of its SPAs that are not yet as wanted. */
static bool move_sip(struct chassis *c, const struct script_place *place, hand_fn hand,
	bool in, GError **error)
{
	struct chassis_slot_info info;
	unsigned boards = 0, moved = 0;

	for (unsigned bay = 0; bay < BAYS_PER_SIP; bay++) {
		unsigned slot = SLOT_SPA + place->number * BAYS_PER_SIP + bay;

		if (!chassis_slot_get(c, slot, &info))
			continue;
		boards++;
		if (info.in != in && hand(c, slot, error))
			moved++;
		else if (*error)
			return false;
	}
	if (!boards)
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"there is no board for slot %s", place->name);
	else if (!moved)
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE, "%s is %s",
			place->name, in ? "inserted already" : "not inserted");
	return moved;
}

static void move(struct operator *op, uint32_t connection, const struct script_step *s)
{
	struct chassis *c = op->cfg.chassis;
	bool in = s->verb == SCRIPT_INSERT;
	hand_fn hand = in ? chassis_insert : pull;
	g_autoptr(GError) error = NULL;
	bool moved = s->place.kind == PLACE_SIP
			     ? move_sip(c, &s->place, hand, in, &error)
			     : hand(c, s->place.number, &error);

	if (moved)
		answer_ok(op, connection);
	else
		answer_error(op, connection, error->message);
}

/* ---- status ---- */

static const char *role(const struct chassis *c, unsigned slot)
{
	if (slot_kind(slot) != BOARD_RP)
		return "";
	if (chassis_active(c) == slot)
		return "active";
	return chassis_standby_hot(c) ? "standby, hot" : "standby, not hot";
}

static void status_slots(const struct operator *op, GString *out)
{
	const struct chassis *c = op->cfg.chassis;
	struct chassis_slot_info info;
	char name[12], age[16];

	for (unsigned slot = 0; slot < SLOT_PEER; slot++) {
		if (!chassis_slot_get(c, slot, &info))
			continue;
		g_string_append_printf(out, "%-5s %-4s %-17s since %s\n",
			slot_name(slot, name), info.in ? "in" : "out",
			info.in ? role(c, slot) : "",
			dur_to_age(time_sub(chassis_now(c), info.since), age));
	}
}

static void status_clock(const struct operator *op, GString *out)
{
	const struct chassis *c = op->cfg.chassis;
	base_time now = chassis_now(c);
	g_autoptr(GDateTime) wall = g_date_time_new_from_unix_utc(
		chassis_wall_epoch(c) + now.ns / 1000000000);
	g_autofree char *text = g_date_time_format(wall, "%Y-%m-%d %H:%M:%S UTC");
	char age[16];

	g_string_append_printf(out, "clock %s, up %s\n", text,
		dur_to_age(time_sub(now, op->began), age));
	g_string_append_printf(out, "term  %" G_GUINT64_FORMAT "\n", chassis_term(c));
}

static void status(struct operator *op, uint32_t connection)
{
	g_autoptr(GString) out = g_string_new(NULL);

	status_slots(op, out);
	status_clock(op, out);
	if (op->ports)
		g_string_append(out, op->ports);
	if (out->str[out->len - 1] != '\n')
		g_string_append_c(out, '\n');
	answer(op, connection, out->str);
	answer_ok(op, connection);
}

static void capture(
	struct operator *op, uint32_t connection, const struct script_step *s)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	if (!capture_step(op->cfg.chassis, s, out, &error)) {
		answer_error(op, connection, error->message);
		return;
	}
	answer(op, connection, out->str);
	answer_ok(op, connection);
}

/* ---- lines ---- */

struct operator *operator_new(const struct operator_config *cfg)
{
	struct operator *op = g_new0(struct operator, 1);

	op->cfg = *cfg;
	op->ports = g_strdup(cfg->ports);
	op->cfg.ports = NULL;
	op->began = chassis_now(cfg->chassis);
	op->tasks = g_hash_table_new_full(NULL, NULL, NULL, task_free);
	chassis_listen(cfg->chassis, on_message, op);
	chassis_on_event(cfg->chassis, on_event, op);
	return op;
}

void operator_free(struct operator *op)
{
	if (!op)
		return;
	chassis_unlisten(op->cfg.chassis, on_message, op);
	chassis_off_event(op->cfg.chassis, on_event, op);
	g_hash_table_unref(op->tasks);
	g_free(op->ports);
	g_free(op);
}

void operator_gone(struct operator *op, uint32_t connection)
{
	g_hash_table_remove(op->tasks, GUINT_TO_POINTER(connection));
}

static void run(struct operator *op, uint32_t connection, struct script_step *take_step)
{
	struct script_step *step = take_step;

	switch (step->verb) {
	case SCRIPT_NOTHING:
		answer_ok(op, connection);
		break;
	case SCRIPT_STATUS:
		status(op, connection);
		break;
	case SCRIPT_PULL:
	case SCRIPT_INSERT:
		move(op, connection, step);
		break;
	case SCRIPT_SHOW:
	case SCRIPT_CLI:
	case SCRIPT_WAIT:
		start_task(op, connection, g_steal_pointer(&step));
		break;
	case SCRIPT_CAPTURE:
		capture(op, connection, step);
		break;
	case SCRIPT_HELP:
		answer(op, connection, script_help);
		answer_ok(op, connection);
		break;
	case SCRIPT_QUIT:
		op->cfg.reply(connection, "ok\n", true, true, op->cfg.user);
		break;
	}
	script_step_free(step);
}

void operator_line(struct operator *op, uint32_t connection, const char *line)
{
	g_autoptr(GError) error = NULL;
	struct script_step *step;

	if (g_hash_table_contains(op->tasks, GUINT_TO_POINTER(connection))) {
		answer_error(op, connection, "the line before is not answered yet");
		return;
	}
	step = script_parse(line, &error);
	if (step)
		run(op, connection, step);
	else
		answer_error(op, connection, error->message);
}
