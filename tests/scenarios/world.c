/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/scenarios/world.h"

#include "chassis/internal.h"
#include "fp/path.h"
#include "rp/rp.h"
#include "scenarios/engine/peer.h"
#include "spa/spa.h"
#include "tests/scenarios/tables.h"

#include <stdio.h>
#include <string.h>

static const struct rp_arg rp_arg = { .config_name = "lns.cfg" };

static void *spa_arg(const unsigned peers[LAB_PORTS])
{
	struct spa_config *cfg = g_new0(struct spa_config, 1);

	cfg->n_ports = LAB_PORTS;
	for (unsigned i = 0; i < LAB_PORTS; i++) {
		cfg->port[i].kind = "wire";
		cfg->port[i].peer_slot = peers[i];
	}
	return cfg;
}

static void *spa_with(const struct lab_port *ports, unsigned n)
{
	struct spa_config *cfg = g_new0(struct spa_config, 1);

	cfg->n_ports = n;
	for (unsigned i = 0; i < n; i++) {
		cfg->port[i].kind = ports[i].kind ? ports[i].kind : "wire";
		cfg->port[i].arg = ports[i].argument;
		cfg->port[i].peer_slot = ports[i].peer;
	}
	return cfg;
}

static int check_port(const char *kind, const char *argument, GError **error)
{
	return spa_port_check(kind, argument, error) ? 0 : 2;
}

const struct lab_boards world_boards = {
	.rp = &rp_board,
	.fp = &fp_board,
	.spa = &spa_board,
	.rp_arg = &rp_arg,
	.spa_arg = spa_arg,
	.spa_with = spa_with,
	.check_port = check_port,
	.check_config = rp_config_check,
	.ckpt_tables = rp_ckpt_table,
};

/* ---- RPs with an ear: each message passes by world.fp before the RP gets it ---- */

struct ear {
	void *rp;
	struct world_fp *fp;
};

static void *ear_power_on(struct board_env *env, const void *arg, base_time now)
{
	const struct world_rp_arg *a = arg;
	struct ear *ear = g_new0(struct ear, 1);

	ear->fp = a->fp;
	ear->rp = rp_board.power_on(env, arg, now);
	return ear;
}

static uint64_t drops(const struct msg_fib_stats *m, enum fp_drop reason)
{
	gsize n = 0;
	const uint8_t *p = m->drops ? g_bytes_get_data(m->drops, &n) : NULL;
	struct rd r = rd_init(p, n);

	rd_skip(&r, (size_t)reason * 8);
	return rd_u64(&r);
}

static void ear_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct ear *ear = self;
	struct msg_fib_stats m;

	for (size_t i = 0; i < n; i++) {
		if (msgs[i].type != IPC_FIB_STATS || !ipc_decode(&msgs[i], &m))
			continue;
		*ear->fp = (struct world_fp){ true, m.sessions, m.generation,
			drops(&m, FP_DROP_FENCED) };
		rec_clear(ipc_table(IPC_FIB_STATS), &m);
	}
	rp_board.message(ear->rp, msgs, n, now);
}

static bool ear_work(void *self, base_time now, unsigned budget)
{
	return rp_board.work(((struct ear *)self)->rp, now, budget);
}

static void ear_flush(void *self, base_time now)
{
	rp_board.flush(((struct ear *)self)->rp, now);
}

static base_time ear_next_due(const void *self)
{
	return rp_board.next_due(((const struct ear *)self)->rp);
}

static void ear_destroy(void *self)
{
	rp_board.destroy(((struct ear *)self)->rp);
	g_free(self);
}

static const struct board_ops ear_board = {
	.kind = BOARD_RP,
	.power_on = ear_power_on,
	.message = ear_message,
	.work = ear_work,
	.flush = ear_flush,
	.next_due = ear_next_due,
	.destroy = ear_destroy,
};

/* ---- the world ---- */

static uint32_t ip(const char *text)
{
	uint32_t a = 0;

	g_assert_true(ipv4_from_str(text, &a));
	return a;
}

void world_init(struct world *w, unsigned tunnels, unsigned sessions, uint64_t seed)
{
	GError *error = NULL;

	*w = (struct world){ 0 };
	g_file_get_contents(TEST_ROOT "/golden/lns.cfg", &w->startup, NULL, &error);
	g_assert_no_error(error);
	w->lac = (struct peer_lac_config){
		.name = "LAC-1",
		.net = { .ifindex = port_ifindex(SLOT_SPA, 0),
			.ip = ip("10.99.0.1"),
			.mask = ip("255.255.255.0") },
		.lns_ip = ip("10.99.0.2"),
		.tunnels = tunnels,
		.sessions = sessions,
		.user = "load1",
		.password = "loadpw",
		.secret = "tunsecret",
		.probe_pps = 100,
		.probe_to = ip("192.0.2.1"),
	};
	w->host = (struct peer_host_config){
		.name = "host",
		.net = { .ifindex = port_ifindex(SLOT_SPA, 1),
			.ip = ip("192.0.2.1"),
			.mask = ip("255.255.255.0"),
			.gateway = ip("192.0.2.254") },
		.probe_pps = 100,
	};
	w->rp_arg = g_new0(struct world_rp_arg, 1);
	*w->rp_arg = (struct world_rp_arg){ rp_arg, &w->fp };
	w->boards = world_boards;
	w->boards.rp = &ear_board;
	w->boards.rp_arg = w->rp_arg;
	w->lab_cfg = (struct lab_config){
		.seed = seed,
		.boards = &w->boards,
		.startup = w->startup,
		.lacs = &w->lac,
		.n_lacs = 1,
		.hosts = &w->host,
		.n_hosts = 1,
	};
}

static void on_acct(const struct ipc_msg *msg, base_time now, void *user)
{
	struct world *w = user;
	struct msg_acct m;
	unsigned bits;

	if (msg->type != IPC_ACCT || !ipc_decode(msg, &m))
		return;
	g_assert_nonnull(m.id);
	bits = GPOINTER_TO_UINT(g_hash_table_lookup(w->acct, m.id)) | 1u << m.status;
	g_hash_table_insert(w->acct, g_strdup(m.id), GUINT_TO_POINTER(bits));
	rec_clear(ipc_table(msg->type), &m);
}

bool world_acct_open(const struct world *w, unsigned *open)
{
	GHashTableIter i;
	void *bits;

	*open = 0;
	g_hash_table_iter_init(&i, w->acct);
	while (g_hash_table_iter_next(&i, NULL, &bits)) {
		unsigned starts = GPOINTER_TO_UINT(bits) & 1u << 1;
		unsigned stops = GPOINTER_TO_UINT(bits) & 1u << 2;

		if (stops && !starts)
			return false;
		*open += starts && !stops;
	}
	return true;
}

void world_start(struct world *w)
{
	const char *state = w->lab_cfg.without_standby ? "my state = 13 -ACTIVE"
						       : "peer state = 8  -STANDBY HOT";

	w->lab = lab_new(&w->lab_cfg);
	w->acct = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	chassis_listen(lab_chassis(w->lab), on_acct, w);
	if (!lab_wait_show(w->lab, SLOT_R0, "show redundancy states", state, dur_s(10)))
		g_error("not %s:\n%s", state, lab_log(w->lab));
}

void world_connect(struct world *w)
{
	unsigned all = w->lac.tunnels * w->lac.sessions;
	g_autofree char *want =
		g_strdup_printf("L2TP Sessions:  %u/%u/%u ", all, all, all);

	g_free(world_lac(w, "connect"));
	if (!lab_wait_report(w->lab, SLOT_PEER, "sessions-up", all, dur_s(30)))
		g_error("not all sessions came up:\n%s%s", world_lac(w, "report"),
			lab_log(w->lab));
	if (w->lab_cfg.without_standby)
		return;
	if (!lab_wait_show(w->lab, world_active(w), "show l2tp redundancy", want,
		    dur_s(5)))
		g_error("not all sessions are checkpointed:\n%s", lab_log(w->lab));
}

void world_clear(struct world *w)
{
	lab_free(w->lab);
	g_free(w->startup);
	g_free(w->rp_arg);
	g_hash_table_unref(w->acct);
}

char *world_lac(struct world *w, const char *order)
{
	char *answer = lab_order(w->lab, lab_lac_slot(w->lab, 0), order);

	g_assert_nonnull(answer);
	return answer;
}

char *world_host(struct world *w, const char *order)
{
	char *answer = lab_order(w->lab, lab_host_slot(w->lab, 0), order);

	g_assert_nonnull(answer);
	return answer;
}

void world_pull(struct world *w, unsigned slot)
{
	GError *error = NULL;

	chassis_pull(lab_chassis(w->lab), slot, SLOT_WHY_PULLED, &error);
	g_assert_no_error(error);
}

void world_insert(struct world *w, unsigned slot)
{
	GError *error = NULL;

	chassis_insert(lab_chassis(w->lab), slot, &error);
	g_assert_no_error(error);
}

bool world_sessions(struct world *w, unsigned slot, unsigned n[3])
{
	g_autofree char *shown = lab_show(w->lab, slot, "show l2tp redundancy", NULL);
	const char *at = shown ? strstr(shown, "L2TP Sessions:") : NULL;

	return at && sscanf(at, "L2TP Sessions: %u/%u/%u", &n[0], &n[1], &n[2]) == 3;
}

bool world_count(struct world *w, unsigned slot, unsigned *sessions)
{
	g_autofree char *shown = lab_show(w->lab, slot, "show vpdn", NULL);
	const char *at = shown ? strstr(shown, "Total tunnels ") : NULL;
	unsigned tunnels;

	*sessions = 0;
	if (at)
		return sscanf(at, "Total tunnels %u sessions %u", &tunnels, sessions) ==
		       2;
	return shown && strstr(shown, "No active L2TP tunnels");
}

char *world_line_with(const char *text, const char *word)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (unsigned i = 0; lines[i]; i++)
		if (strstr(lines[i], word))
			return g_strdup(lines[i]);
	return g_strdup("");
}

/* ---- events ---- */

static void by_hand(struct world *w, unsigned slot, enum slot_why why)
{
	GError *error = NULL;

	chassis_pull(lab_chassis(w->lab), slot, why, &error);
	g_assert_no_error(error);
}

static void do_pull(struct world *w, unsigned slot)
{
	by_hand(w, slot, SLOT_WHY_PULLED);
}

static void do_crash(struct world *w, unsigned slot)
{
	by_hand(w, slot, SLOT_WHY_CRASHED);
}

static void hang(struct world *w, unsigned slot, base_dur d)
{
	GError *error = NULL;

	chassis_hang(lab_chassis(w->lab), slot, d, &error);
	g_assert_no_error(error);
}

static void do_hang_5s(struct world *w, unsigned slot)
{
	hang(w, slot, dur_s(5));
}

static void do_hang(struct world *w, unsigned slot)
{
	hang(w, slot, (base_dur){ 0 });
}

static void do_reset(struct world *w, unsigned slot)
{
	GError *error = NULL;

	chassis_reset(lab_chassis(w->lab), slot, &error);
	g_assert_no_error(error);
}

static void do_force(struct world *w, unsigned slot)
{
	world_command(w, slot, "redundancy force-switchover", "Save?", "no", "Proceed", "",
		NULL);
}

static void do_reload(struct world *w, unsigned slot)
{
	world_command(w, slot, "reload", "Save?", "no", "Proceed", "", NULL);
}

static void hw_module(struct world *w, unsigned slot, const char *what)
{
	g_autofree char *command = g_strdup_printf(
		"hw-module slot %s %s", slot == SLOT_R0 ? "R0" : "R1", what);

	world_command(w, world_active(w), command, "Proceed", "", NULL);
}

static void do_hw_reload(struct world *w, unsigned slot)
{
	hw_module(w, slot, "reload");
}

static void do_hw_stop(struct world *w, unsigned slot)
{
	hw_module(w, slot, "stop");
}

static const struct {
	const char *name, *reason;
	void (*run)(struct world *w, unsigned slot);
} events[N_WORLD_EVENTS] = {
	[WORLD_PULL] = { "pull", "active unit removed", do_pull },
	[WORLD_CRASH] = { "crash", "active unit failed", do_crash },
	[WORLD_HANG_5S] = { "hang-5s", "active unit failed", do_hang_5s },
	[WORLD_HANG] = { "hang", "active unit failed", do_hang },
	[WORLD_RESET] = { "reset", "active unit failed", do_reset },
	[WORLD_FORCE] = { "force-switchover", "user forced", do_force },
	[WORLD_RELOAD] = { "reload", "user initiated", do_reload },
	[WORLD_HW_RELOAD] = { "hw-module-reload", "user initiated", do_hw_reload },
	[WORLD_HW_STOP] = { "hw-module-stop", "user initiated", do_hw_stop },
};

const char *world_event_name(enum world_event e)
{
	return events[e].name;
}

const char *world_event_reason(enum world_event e)
{
	return events[e].reason;
}

void world_happen(struct world *w, enum world_event e, unsigned slot)
{
	events[e].run(w, slot);
}

void world_command(struct world *w, unsigned slot, const char *command, ...)
{
	g_autofree char *copy = g_strdup(command);
	struct msg_exec m = { .command = copy, .fresh = true };
	GByteArray *answers = g_byte_array_new();
	const char *word;
	va_list ap;

	va_start(ap, command);
	while ((word = va_arg(ap, const char *)))
		g_byte_array_append(
			answers, (const uint8_t *)word, (guint)strlen(word) + 1);
	va_end(ap);
	m.answers = g_byte_array_free_to_bytes(answers);
	chassis_send_rec(lab_chassis(w->lab), slot, IPC_EXEC, &m);
	g_bytes_unref(m.answers);
}

void world_mend(struct world *w)
{
	struct chassis *c = lab_chassis(w->lab);

	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		struct chassis_slot_info info;

		if (!chassis_slot_get(c, slot, &info))
			continue;
		if (info.in && info.hung)
			do_reset(w, slot);
		else if (!info.in)
			chassis_insert(c, slot, NULL);
	}
}

unsigned world_active(const struct world *w)
{
	return chassis_active(lab_chassis(w->lab));
}

unsigned world_standby(const struct world *w)
{
	return SLOT_R0 + SLOT_R1 - world_active(w);
}

bool world_wait_hot(struct world *w, base_dur limit)
{
	base_time end = time_add(chassis_now(lab_chassis(w->lab)), limit);

	while (time_before(chassis_now(lab_chassis(w->lab)), end)) {
		if (chassis_standby_hot(lab_chassis(w->lab)) &&
			lab_wait_show(w->lab, world_active(w), "show redundancy states",
				"peer state = 8  -STANDBY HOT", dur_ms(200)))
			return true;
		lab_run(w->lab, dur_ms(100));
	}
	return false;
}

struct leaves {
	unsigned slot;
};

static bool has_left(struct lab *l, void *user)
{
	const struct leaves *leaves = user;
	unsigned active = chassis_active(lab_chassis(l));

	return active != SLOT_NONE && active != leaves->slot;
}

bool world_wait_switchover(struct world *w, unsigned from, base_dur limit)
{
	struct leaves leaves = { from };

	return lab_run_until(w->lab, has_left, &leaves, limit);
}

/* ---- comparing ---- */

static int by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *join_sorted(GPtrArray *lines)
{
	g_ptr_array_sort(lines, by_text);
	g_ptr_array_add(lines, NULL);
	return g_strjoinv("\n", (char **)lines->pdata);
}

char *world_sessions_text(struct world *w, unsigned slot)
{
	g_autofree char *shown = lab_show(w->lab, slot, "show vpdn session", NULL);
	g_auto(GStrv) lines = g_strsplit(shown ? shown : "no answer", "\n", -1);
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; lines[i]; i++) {
		unsigned id[3];
		char user[64], intf[32], state[16];

		if (sscanf(lines[i], "%u %u %u %63[^,], %31s %15s", &id[0], &id[1], &id[2],
			    user, intf, state) == 6)
			g_ptr_array_add(rows, g_strdup_printf("%u %u %u %s, %s %s", id[0],
						      id[1], id[2], user, intf, state));
	}
	return join_sorted(rows);
}

/* Of the lines that are up, in the same form but for what a LAC does not know. */
static char *lac_sessions(const char *report)
{
	g_auto(GStrv) lines = g_strsplit(report, "\n", -1);
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; lines[i]; i++) {
		unsigned cc, session, tunnel, remote;
		const char *at = strstr(lines[i], " local=");

		if (at && strstr(lines[i], "state=up") &&
			sscanf(at, " local=%u/%u remote=%u/%u", &cc, &session, &tunnel,
				&remote) == 4)
			g_ptr_array_add(rows,
				g_strdup_printf("%u %u %u", remote, session, tunnel));
	}
	return join_sorted(rows);
}

static char *ids_only(const char *sessions)
{
	g_auto(GStrv) lines = g_strsplit(sessions, "\n", -1);
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);
	unsigned a, b, c;

	for (unsigned i = 0; lines[i]; i++)
		if (sscanf(lines[i], "%u %u %u", &a, &b, &c) == 3)
			g_ptr_array_add(rows, g_strdup_printf("%u %u %u", a, b, c));
	return join_sorted(rows);
}

static unsigned n_lines(const char *text)
{
	unsigned n = *text != '\0';

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

struct rp *world_rp(const struct world *w, unsigned slot)
{
	const struct board_env *env =
		slot <= SLOT_R1 ? lab_chassis(w->lab)->board[slot] : NULL;

	return env && env->self ? ((struct ear *)env->self)->rp : NULL;
}

const struct fp_path *world_path(const struct world *w, unsigned slot)
{
	const struct board_env *env = slot == SLOT_F0 || slot == SLOT_F1
					      ? lab_chassis(w->lab)->board[slot]
					      : NULL;

	return env && env->self ? fp_board_path(env->self) : NULL;
}

static char *tables_differ(struct world *w)
{
	unsigned slot = chassis_active_fp(lab_chassis(w->lab));
	const struct rp *rp = world_rp(w, world_active(w));
	const struct fp_path *fp = world_path(w, slot), *other;
	char *text;

	if (!rp || !fp)
		return g_strdup("no RP or no FP is active");
	text = tables_rp_fp(rp, fp);
	other = world_path(w, SLOT_F0 + SLOT_F1 - slot);
	return text || !other ? text : tables_fp_fp(fp, other);
}

char *world_differs(struct world *w)
{
	g_autofree char *active = world_sessions_text(w, world_active(w));
	g_autofree char *standby = world_sessions_text(w, world_standby(w));
	g_autofree char *ids = ids_only(active);
	g_autofree char *report = world_lac(w, "report");
	g_autofree char *lac = lac_sessions(report);
	bool cold = w->cold || strstr(lab_log(w->lab), "-COLD_START:");
	unsigned open;
	char *text;

	if (strcmp(active, standby) != 0)
		return g_strdup_printf(
			"active has\n%s\nstandby has\n%s\n", active, standby);
	if (strcmp(ids, lac) != 0)
		return g_strdup_printf("RPs have\n%s\nthe LAC has\n%s\n", ids, lac);
	lab_run(w->lab, dur_ms(2100)); /* the FP reports what has changed */
	if (!w->fp.told)
		return g_strdup("no report of the FP has come");
	if (w->fp.sessions != n_lines(ids))
		return g_strdup_printf("RPs have %u sessions, the FP %u", n_lines(ids),
			w->fp.sessions);
	text = tables_differ(w);
	if (text)
		return text;
	if (!world_acct_open(w, &open))
		return g_strdup("a Stop without a Start");
	if (cold ? open < n_lines(ids) : open != n_lines(ids))
		return g_strdup_printf("RPs have %u sessions, accounting has %u",
			n_lines(ids), open);
	return NULL;
}
