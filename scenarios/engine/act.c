/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Carrying out a step, see act.h.
 *
 * An act asks its questions (commands to RPs, orders to peers) one after the other, and then
 * goes on with what it wanted the answers for.  A predicate that does not hold yet is asked
 * again every 100 ms until its deadline.
 *
 * A label, and what is asked of flows, is taken between two ticks of the probes, when none is on
 * its way; hands at a board with a label come just after a tick, when all are.
 */
#include "scenarios/engine/act.h"

#include "base/text.h"
#include "scenarios/engine/capture.h"
#include "scenarios/engine/counts.h"
#include "scenarios/engine/hands.h"
#include "scenarios/engine/judge.h"
#include "scenarios/engine/probe.h"

#include <string.h>

enum {
	ANSWER_S = 60, /* a command that takes longer is given up */
	POLL_MS = 100,
	OUTPUT_MAX = 16 << 20,
	INTO_TICK_US = 2,
};

struct act {
	struct stage *stage;
	const struct script_step *step;
	uint32_t session;
	act_done_fn done;
	void *user;

	void (*then)(struct act *a); /* when all is answered, or the timer is due */
	GPtrArray *answers;          /* texts, owned */
	unsigned wanted;             /* how many */
	const char *order;           /* to peers; NULL: a command to an RP */
	const struct stage_peer *only; /* this peer alone; NULL: all */
	unsigned node, slot;         /* that is asked now */
	uint32_t id;                 /* of the question; 0: none is open */
	GString *out;
	bool failed;
	unsigned timer, deadline, patience; /* chassis timers; 0: none */
	bool over;                   /* the deadline has passed */
	GString *got;                /* of the predicate */
	char *trouble;               /* why it could not be asked */
};

/* ---- life ---- */

static void drop_timer(struct act *a, unsigned *timer)
{
	if (*timer)
		chassis_at_cancel(stage_chassis(a->stage), *timer);
	*timer = 0;
}

void act_cancel(struct act *a)
{
	g_ptr_array_remove(stage_acts(a->stage), a);
	drop_timer(a, &a->timer);
	drop_timer(a, &a->deadline);
	drop_timer(a, &a->patience);
	g_ptr_array_unref(a->answers);
	g_string_free(a->out, true);
	g_string_free(a->got, true);
	g_free(a->trouble);
	g_free(a);
}

static void finish(struct act *a, enum act_status status, const char *output, const char *why)
{
	g_autofree char *text = g_strdup(output ? output : "");
	g_autofree char *reason = g_strdup(why), *got = g_strdup(a->got->str);
	const struct act_result r = { status, text, reason, got[0] ? got : NULL };
	act_done_fn done = a->done;
	void *user = a->user;

	act_cancel(a);
	done(&r, user);
}

static void finish_error(struct act *a, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void finish_error(struct act *a, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);

	g_autofree char *why = g_strdup_vprintf(format, ap);

	va_end(ap);
	finish(a, ACT_ERROR, NULL, why);
}

/* Whose clock and timers are those of all. */
static struct chassis *chassis(const struct act *a)
{
	return stage_chassis(a->stage);
}

static char *asked_name(const struct act *a)
{
	return stage_slot_name(a->stage, a->node, a->slot);
}

/* NULL, and the act is over (its step too, if it was typed): there is no such chassis. */
static struct chassis *find_chassis(
	struct act *a, const struct script_node *name, unsigned *place)
{
	g_autoptr(GError) error = NULL;
	int node = stage_find_node(a->stage, name, &error);

	if (node < 0) {
		finish_error(a, "%s", error->message);
		return NULL;
	}
	if (place)
		*place = (unsigned)node;
	return stage_chassis_at(a->stage, (unsigned)node);
}

static void on_timer(void *user)
{
	struct act *a = user;

	a->timer = 0;
	a->then(a);
}

static void at(struct act *a, base_time due, void (*then)(struct act *a))
{
	a->then = then;
	a->timer = chassis_at(chassis(a), due, on_timer, a);
}

/* ---- questions ---- */

static void ask_next(struct act *a);

static void on_patience(void *user)
{
	struct act *a = user;
	g_autofree char *name = asked_name(a);

	a->patience = 0;
	finish_error(a, "%s has not answered within %d s", name, ANSWER_S);
}

static void await(struct act *a)
{
	struct chassis *c = chassis(a);

	g_string_truncate(a->out, 0);
	a->failed = false;
	if (!a->patience)
		a->patience = chassis_at(c, time_add(chassis_now(c), dur_s(ANSWER_S)),
			on_patience, a);
}

/* False, and a->trouble: there is nobody to ask. */
static bool ask_rp(struct act *a, const struct script_place *place, const char *command,
	GBytes *answers, bool fresh)
{
	g_autofree char *copy = g_strdup(command);
	struct msg_exec m = {
		.session = a->session,
		.command = copy,
		.answers = answers,
		.fresh = fresh,
	};
	g_autofree char *name = NULL;
	g_autoptr(GError) error = NULL;
	int node = stage_find_node(a->stage, &place->node, &error);

	g_clear_pointer(&a->trouble, g_free);
	a->trouble = error ? g_strdup(error->message) : NULL;
	if (node < 0)
		return false;
	a->node = (unsigned)node;
	a->slot = stage_resolve(a->stage, a->node, place);
	name = asked_name(a);
	if (a->slot == SLOT_NONE)
		a->trouble = g_strdup_printf("there is no %s RP now", place->name);
	else if (!chassis_is_in(stage_chassis_at(a->stage, a->node), a->slot))
		a->trouble = g_strdup_printf("%s is not inserted", name);
	if (a->trouble)
		return false;
	a->order = NULL;
	a->wanted = 1;
	g_ptr_array_set_size(a->answers, 0);
	await(a);
	m.id = a->id = stage_next_id(a->stage);
	chassis_send_rec(stage_chassis_at(a->stage, a->node), a->slot, IPC_EXEC, &m);
	return true;
}

static void ask_peer(struct act *a, const struct stage_peer *peer)
{
	g_autofree char *copy = g_strdup(a->order);
	struct msg_order m = { .text = copy };

	a->node = peer->node;
	a->slot = peer->slot;
	await(a);
	m.id = a->id = stage_next_id(a->stage);
	chassis_send_rec(stage_chassis_at(a->stage, a->node), a->slot, IPC_ORDER, &m);
}

static bool is_on(const struct act *a, const struct stage_peer *peer)
{
	return chassis_is_in(stage_chassis_at(a->stage, peer->node), peer->slot);
}

/* Those of a chassis that is not on have nothing to say. */
static void ask_next(struct act *a)
{
	const struct stage_config *cfg = stage_config(a->stage);

	while (a->answers->len < a->wanted) {
		const struct stage_peer *peer =
			a->only ? a->only : &cfg->peers[a->answers->len];

		if (is_on(a, peer)) {
			ask_peer(a, peer);
			return;
		}
		g_ptr_array_add(a->answers, g_strdup(""));
	}
	drop_timer(a, &a->patience);
	a->then(a);
}

/* Orders for one peer, or (NULL) for all. */
static void ask_peers(struct act *a, const struct stage_peer *only, const char *order,
	void (*then)(struct act *a))
{
	a->order = order;
	a->only = only;
	a->wanted = only ? 1 : stage_config(a->stage)->n_peers;
	a->then = then;
	g_ptr_array_set_size(a->answers, 0);
	ask_next(a);
}

static struct act *act_asking(struct stage *s, uint32_t id)
{
	GPtrArray *acts = stage_acts(s);

	for (guint i = 0; id && i < acts->len; i++)
		if (((struct act *)acts->pdata[i])->id == id)
			return acts->pdata[i];
	return NULL;
}

static void answered(struct act *a)
{
	a->id = 0;
	g_ptr_array_add(a->answers, g_strdup(a->out->str));
	ask_next(a);
}

static void take_answer(struct act *a, const char *text, size_t n, bool done, bool failed)
{
	if (n && a->out->len + n <= OUTPUT_MAX)
		g_string_append_len(a->out, text, (gssize)n);
	a->failed |= failed;
	if (done)
		answered(a);
}

static void on_exec_out(struct stage *s, const struct ipc_msg *msg)
{
	struct msg_exec_out m;
	struct act *a;
	gsize n = 0;
	const char *text;

	if (!ipc_decode(msg, &m))
		return;
	a = act_asking(s, m.id);
	text = m.text ? g_bytes_get_data(m.text, &n) : NULL;
	if (a)
		take_answer(a, text, n, m.done, m.failed);
	rec_clear(ipc_table(msg->type), &m);
}

static void on_report(struct stage *s, const struct ipc_msg *msg)
{
	struct msg_report m;
	struct act *a;

	if (!ipc_decode(msg, &m))
		return;
	a = act_asking(s, m.id);
	if (a)
		take_answer(a, m.text, m.text ? strlen(m.text) : 0, m.done, false);
	rec_clear(ipc_table(msg->type), &m);
}

void act_message(struct stage *s, const struct ipc_msg *msg)
{
	if (msg->type == IPC_EXEC_OUT)
		on_exec_out(s, msg);
	else if (msg->type == IPC_REPORT)
		on_report(s, msg);
}

static void not_yet(struct act *a);

/* A command can be the end of the RP that runs it: reload, redundancy force-switchover. */
static bool by_command(const struct act *a, enum slot_why why)
{
	return a->step->verb == SCRIPT_CLI && !a->step->text &&
	       (why == SLOT_WHY_FORCED || why == SLOT_WHY_RELOAD);
}

static void lost(struct act *a, enum slot_why why)
{
	g_autofree char *name = asked_name(a);

	a->id = 0;
	drop_timer(a, &a->patience);
	if (by_command(a, why)) {
		finish(a, ACT_OK, a->out->str, NULL);
		return;
	}
	if (!a->step->pred) {
		finish_error(a, "%s went out before it had answered", name);
		return;
	}
	g_free(a->trouble);
	a->trouble = g_strdup_printf("%s went out before it had answered", name);
	not_yet(a);
}

/* The end of an act can begin and end others: look afresh after each. */
static struct act *act_of_slot(struct stage *s, unsigned node, unsigned slot)
{
	GPtrArray *acts = stage_acts(s);

	for (guint i = 0; i < acts->len; i++) {
		struct act *a = acts->pdata[i];

		if (a->id && a->node == node && a->slot == slot)
			return a;
	}
	return NULL;
}

void act_slot_gone(struct stage *s, unsigned node, unsigned slot, enum slot_why why)
{
	struct act *a;

	while ((a = act_of_slot(s, node, slot)))
		lost(a, why);
}

/* ---- between the probes ---- */

static int64_t tick_ns(const struct act *a)
{
	unsigned pps = stage_config(a->stage)->probe_pps;

	return pps ? 1000000000 / (int64_t)pps : 0;
}

static void between_ticks(struct act *a, void (*then)(struct act *a))
{
	int64_t tick = tick_ns(a), now = chassis_now(chassis(a)).ns;
	base_time due;

	if (!tick) {
		then(a);
		return;
	}
	due.ns = (now / tick + 1) * tick + tick / 2;
	at(a, due, then);
}

static void into_tick(struct act *a, void (*then)(struct act *a))
{
	int64_t tick = tick_ns(a), now = chassis_now(chassis(a)).ns;

	if (!tick)
		then(a);
	else
		at(a, (base_time){ (now / tick + 1) * tick + INTO_TICK_US * 1000 }, then);
}

/* ---- predicates ---- */

static void evaluate(struct act *a);

static const char *why_not(struct act *a)
{
	return a->trouble ? a->trouble : a->got->len ? a->got->str : "there was no answer";
}

static void give_up(struct act *a)
{
	g_autofree char *got = g_strdup(why_not(a)), *line = NULL, *why = NULL;

	g_string_assign(a->got, got);
	line = g_strndup(got, strcspn(got, "\n"));
	if (a->step->verb == SCRIPT_WAIT) {
		why = g_strdup_printf("timed out after %s: %s", a->step->time_text, line);
		finish(a, ACT_TIMEOUT, NULL, why);
		return;
	}
	why = g_strdup_printf("got %s", line);
	finish(a, ACT_FALSE, NULL, why);
}

static void on_deadline(void *user)
{
	struct act *a = user;

	a->deadline = 0;
	a->over = true;
	give_up(a);
}

static void not_yet(struct act *a)
{
	struct chassis *c = chassis(a);

	if (!a->deadline)
		give_up(a);
	else
		at(a, time_add(chassis_now(c), dur_ms(POLL_MS)), evaluate);
}

static void conclude(struct act *a)
{
	g_clear_pointer(&a->trouble, g_free);
	g_string_truncate(a->got, 0);
	if (judge(a->stage, a->step->pred, a->answers, a->got))
		finish(a, ACT_OK, NULL, NULL);
	else
		not_yet(a);
}

static void ask_reports(struct act *a)
{
	ask_peers(a, NULL, "report", conclude);
}

static void evaluate(struct act *a)
{
	const struct script_pred *p = a->step->pred;

	switch (judge_needs(p)) {
	case NEEDS_NOTHING:
		conclude(a);
		break;
	case NEEDS_SHOW:
		if (ask_rp(a, &p->place, judge_command(p), NULL, true))
			a->then = conclude;
		else
			not_yet(a);
		break;
	case NEEDS_REPORT:
		ask_peers(a, stage_peer(a->stage, p->peer), "report", conclude);
		break;
	case NEEDS_REPORTS:
		between_ticks(a, ask_reports);
		break;
	}
}

/* Names that a file has checked and a line that is typed has not. */
static bool names_exist(struct act *a)
{
	const struct script_pred *p = a->step->pred;
	const struct stage_peer *peer = p->peer ? stage_peer(a->stage, p->peer) : NULL;
	unsigned i;

	if (p->place.name[0] && !find_chassis(a, &p->place.node, NULL))
		return false;
	if (p->peer && !peer)
		finish_error(a, "there is no peer %s", p->peer);
	else if (peer && !peer->lac && judge_needs(p) == NEEDS_REPORTS)
		finish_error(a, "%s is a host: ask a LAC about its subscribers", p->peer);
	else if (p->since && !stage_find_mark(a->stage, p->since, &i))
		finish_error(a, "there is no label %s", p->since);
	else if (p->kind == PRED_PACKET && !stage_capture_path(a->stage, p->name, NULL))
		finish_error(a, "there is no capture %s", p->name);
	else
		return true;
	return false;
}

static void begin_pred(struct act *a)
{
	struct chassis *c = chassis(a);
	base_dur limit = a->step->verb == SCRIPT_WAIT ? a->step->time : a->step->pred->within;

	if (!names_exist(a))
		return;
	if (limit.ns)
		a->deadline =
			chassis_at(c, time_add(chassis_now(c), limit), on_deadline, a);
	evaluate(a);
}

/* ---- commands ---- */

/* The first line that begins so, printable. */
static char *line_that_begins(const char *text, const char *start)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (unsigned i = 0; lines[i]; i++) {
		g_strchomp(lines[i]);
		if (lines[i][0] && g_str_has_prefix(lines[i], start))
			return text_escape(lines[i], strlen(lines[i]));
	}
	return NULL;
}

static void command_answered(struct act *a)
{
	const char *output = a->answers->pdata[0];
	g_autofree char *why = a->failed ? line_that_begins(output, "%") : NULL;

	if (a->step->text && !(a->failed && strstr(output, a->step->text)))
		finish(a, ACT_ERROR, output, "the command was not refused so");
	else if (a->step->text || !a->failed)
		finish(a, ACT_OK, output, NULL);
	else
		finish(a, ACT_ERROR, output, why ? why : "the command failed");
}

static void begin_command(struct act *a)
{
	const struct script_step *s = a->step;

	if (ask_rp(a, &s->place, s->command, s->answers, s->verb != SCRIPT_CLI))
		a->then = command_answered;
	else
		finish_error(a, "%s", a->trouble);
}

static void snapshot_taken(struct act *a)
{
	stage_keep(a->stage, a->step->name, a->answers->pdata[0]);
	finish(a, ACT_OK, NULL, NULL);
}

static void begin_snapshot(struct act *a)
{
	const struct script_step *s = a->step;

	if (ask_rp(a, &s->place, table_find(s->command)->command, NULL, true))
		a->then = snapshot_taken;
	else
		finish_error(a, "%s", a->trouble);
}

static void ordered(struct act *a)
{
	const char *answer = a->answers->pdata[0];
	g_autofree char *why = NULL;

	if (!g_str_has_prefix(answer, "error: ")) {
		finish(a, ACT_OK, answer, NULL);
		return;
	}
	why = g_strndup(answer + 7, strcspn(answer + 7, "\n"));
	finish(a, ACT_ERROR, NULL, why);
}

static void begin_do(struct act *a)
{
	const struct stage_peer *peer = stage_peer(a->stage, a->step->name);

	if (!peer)
		finish_error(a, "there is no peer %s", a->step->name);
	else if (!is_on(a, peer))
		finish_error(a, "%s is not on: its chassis is not booted", peer->name);
	else
		ask_peers(a, peer, a->step->text, ordered);
}

/* ---- hands ---- */

static void begin_hand(struct act *a)
{
	const struct script_step *s = a->step;
	struct stage *stage = a->stage;
	struct chassis *c = find_chassis(a, &s->place.node, NULL);
	g_autoptr(GError) error = NULL;
	bool done;

	if (!c)
		return;
	if (s->verb == SCRIPT_PULL && s->item)
		done = chassis_pull_at(
			c, s->place.number, s->item, SLOT_WHY_PULLED, &error);
	else
		done = hands_step(c, s, &error);
	/* Its own questions are not open, so it is still there. */
	g_assert(g_ptr_array_find(stage_acts(stage), a, NULL));
	if (done)
		finish(a, ACT_OK, NULL, NULL);
	else
		finish_error(a, "%s", error->message);
}

static void begin_link(struct act *a)
{
	const struct script_link *l = &a->step->link;
	struct chassis *c, *end = NULL;
	g_autoptr(GError) error = NULL;

	c = find_chassis(a, l->port.ifindex ? &l->port.node : &l->a.node, NULL);
	if (!c)
		return;
	if (l->to.ifindex) {
		end = find_chassis(a, &l->to.node, NULL);
		if (!end)
			return;
	}
	if (end && !stage_config(a->stage)->cables)
		finish_error(a, "these two ports are not joined");
	else if (hands_link(c, l, &error) && (!end || hands_link_end(end, l, &error)))
		finish(a, ACT_OK, NULL, NULL);
	else
		finish_error(a, "%s", error->message);
}

static void list_captures(struct act *a)
{
	const struct stage_config *cfg = stage_config(a->stage);
	g_autoptr(GString) out = g_string_new(NULL);

	for (unsigned i = 0; i < cfg->n_nodes; i++)
		capture_list(cfg->nodes[i].chassis, out);
	finish(a, ACT_OK, out->len ? out->str : "no capture is running\n", NULL);
}

/* Whose capture it is, or is to be: one that runs is found by its name alone, for names are
 * unique over all chassis. */
static struct chassis *capture_chassis(
	struct act *a, const struct script_capture *cap, unsigned *node)
{
	const struct stage_config *cfg = stage_config(a->stage);

	for (unsigned i = 0; i < cfg->n_nodes; i++)
		if (capture_runs(cfg->nodes[i].chassis, cap->name)) {
			*node = i;
			return cfg->nodes[i].chassis;
		}
	if (cap->what == CAPTURE_STOP)
		return cfg->nodes[*node = 0].chassis; /* which says that there is none */
	return find_chassis(
		a, cap->what == CAPTURE_PORT ? &cap->port.node : &cap->a.node, node);
}

/* A chassis knows its own files only. */
static bool is_written_by_another(struct act *a, const char *path, unsigned node)
{
	const struct stage_config *cfg = stage_config(a->stage);

	for (unsigned i = 0; i < cfg->n_nodes; i++) {
		if (i == node || !capture_writes(cfg->nodes[i].chassis, path))
			continue;
		finish_error(a, "another capture writes to %s already", path);
		return true;
	}
	return false;
}

static void begin_capture(struct act *a)
{
	const struct script_capture *cap = &a->step->capture;
	struct chassis *c = NULL;
	unsigned node = 0;
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *path = cap->path ? g_strdup(cap->path)
				: cap->name ? stage_default_path(a->stage, cap->name)
					    : NULL;

	if (cap->what == CAPTURE_LIST) {
		list_captures(a);
		return;
	}
	c = capture_chassis(a, cap, &node);
	if (!c || (cap->what != CAPTURE_STOP && is_written_by_another(a, path, node)))
		return;
	if (!capture_step(c, cap, path, out, &error)) {
		finish_error(a, "%s", error->message);
		return;
	}
	if (cap->what == CAPTURE_PORT || cap->what == CAPTURE_IPC)
		stage_note_capture(a->stage, cap->name, node, path);
	finish(a, ACT_OK, out->str, NULL);
}

/* ---- others ---- */

static void passed(struct act *a)
{
	finish(a, ACT_OK, NULL, NULL);
}

static void begin_after(struct act *a)
{
	struct chassis *c = chassis(a);

	at(a, time_add(chassis_now(c), a->step->time), passed);
}

static void begin_at(struct act *a)
{
	base_time due = time_add(stage_began(a->stage), a->step->time);

	if (time_before(due, chassis_now(chassis(a))))
		finish_error(a, "it is later than %s already", a->step->time_text);
	else
		at(a, due, passed);
}

static void begin_text(struct act *a)
{
	g_autofree char *line = g_strconcat(a->step->text, "\n", NULL);

	finish(a, ACT_OK, line, NULL);
}

static void begin_status(struct act *a)
{
	const struct stage_config *cfg = stage_config(a->stage);
	g_autoptr(GString) out = g_string_new(NULL);

	for (unsigned i = 0; i < cfg->n_nodes; i++) {
		if (cfg->n_nodes > 1)
			g_string_append_printf(out, "chassis %s\n", cfg->nodes[i].name);
		hands_status(cfg->nodes[i].chassis, cfg->ports, out);
	}
	finish(a, ACT_OK, out->str, NULL);
}

static void begin_help(struct act *a)
{
	finish(a, ACT_OK, script_help, NULL);
}

static const struct {
	void (*begin)(struct act *a);
	bool at_board; /* with a label: just after a tick */
} verbs[] = {
	[SCRIPT_NOTHING] = { passed, false },
	[SCRIPT_SECTION] = { begin_text, false },
	[SCRIPT_SAY] = { begin_text, false },
	[SCRIPT_HINT] = { begin_text, false },
	[SCRIPT_PAUSE] = { passed, false },
	[SCRIPT_ASK] = { passed, false },
	[SCRIPT_AT] = { begin_at, false },
	[SCRIPT_AFTER] = { begin_after, false },
	[SCRIPT_LABEL] = { passed, false },
	[SCRIPT_DO] = { begin_do, false },
	[SCRIPT_SNAPSHOT] = { begin_snapshot, false },
	[SCRIPT_REQUIRE] = { begin_pred, false },
	[SCRIPT_CHECK] = { begin_pred, false },
	[SCRIPT_WAIT] = { begin_pred, false },
	[SCRIPT_STATUS] = { begin_status, false },
	[SCRIPT_PULL] = { begin_hand, true },
	[SCRIPT_INSERT] = { begin_hand, true },
	[SCRIPT_CRASH] = { begin_hand, true },
	[SCRIPT_HANG] = { begin_hand, true },
	[SCRIPT_WAKE] = { begin_hand, true },
	[SCRIPT_RESET] = { begin_hand, true },
	[SCRIPT_LINK] = { begin_link, false },
	[SCRIPT_CAPTURE] = { begin_capture, false },
	[SCRIPT_SHOW] = { begin_command, false },
	[SCRIPT_CLI] = { begin_command, false },
	[SCRIPT_HELP] = { begin_help, false },
	[SCRIPT_QUIT] = { passed, false },
};

static void begin(struct act *a)
{
	if (a->step->verb < G_N_ELEMENTS(verbs) && verbs[a->step->verb].begin)
		verbs[a->step->verb].begin(a);
	else
		passed(a);
}

static void marked(struct act *a)
{
	GPtrArray *reports = a->answers;

	a->answers = g_ptr_array_new_with_free_func(g_free);
	stage_mark(a->stage, a->step->label, stage_now(a->stage), reports);
	if (a->step->verb < G_N_ELEMENTS(verbs) && verbs[a->step->verb].at_board)
		into_tick(a, begin);
	else
		begin(a);
}

static void take_marks(struct act *a)
{
	ask_peers(a, NULL, "mark", marked);
}

struct act *act_start(struct stage *s, const struct script_step *step, uint32_t session,
	act_done_fn done, void *user)
{
	struct act *a = g_new0(struct act, 1);

	a->stage = s;
	a->step = step;
	a->session = session;
	a->done = done;
	a->user = user;
	a->out = g_string_new(NULL);
	a->got = g_string_new(NULL);
	a->answers = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(stage_acts(s), a);
	if (step->label)
		between_ticks(a, take_marks);
	else
		begin(a);
	/* It may be over, and gone. */
	return g_ptr_array_find(stage_acts(s), a, NULL) ? a : NULL;
}
