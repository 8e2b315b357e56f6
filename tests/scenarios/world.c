/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/scenarios/world.h"

#include "fp/fp.h"
#include "rp/rp.h"
#include "spa/spa.h"

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

const struct lab_boards world_boards = {
	.rp = &rp_board,
	.fp = &fp_board,
	.spa = &spa_board,
	.rp_arg = &rp_arg,
	.spa_arg = spa_arg,
	.ckpt_tables = rp_ckpt_table,
};

/* ---- RPs with an ear: each message passes by world.fp before the RP gets it ---- */

struct world_rp_arg {
	struct rp_arg rp; /* first: the real board gets this address */
	struct world_fp *fp;
};

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

static void ear_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct ear *ear = self;
	struct msg_fib_stats m;

	for (size_t i = 0; i < n; i++) {
		if (msgs[i].type != IPC_FIB_STATS || !ipc_decode(&msgs[i], &m))
			continue;
		*ear->fp = (struct world_fp){ true, m.sessions, m.generation };
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

void world_start(struct world *w)
{
	const char *state = w->lab_cfg.without_standby ? "my state = 13 -ACTIVE"
						       : "peer state = 8  -STANDBY HOT";

	w->lab = lab_new(&w->lab_cfg);
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
	if (!lab_wait_show(w->lab, SLOT_R0, "show l2tp redundancy", want, dur_s(5)))
		g_error("not all sessions are checkpointed:\n%s", lab_log(w->lab));
}

void world_clear(struct world *w)
{
	lab_free(w->lab);
	g_free(w->startup);
	g_free(w->rp_arg);
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
