/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A chassis on the virtual clock with peers on its wires, see lab.h.
 */
#include "scenarios/engine/lab.h"

#include "scenarios/engine/peer.h"
#include "scenarios/engine/peer_lns.h"
#include "scenarios/engine/peer_pppoe.h"

#include <string.h>

enum { PEERS_MAX = SLOT_CHASSIS - SLOT_PEER, ANSWER_S = 10, POLL_MS = 100 };

struct lab {
	struct chassis *chassis;
	struct chassis *runs; /* the first of the row, which is who can be run */
	unsigned n_lacs, n_hosts, first_peer;
	void *spa_arg[LAB_SPAS];
	GString *log;
	/* the question that is being answered */
	uint32_t last_id;
	GString *answer;
	bool done, failed;
};

/* ---- listening ---- */

static void on_exec_out(struct lab *l, const struct ipc_msg *msg)
{
	struct msg_exec_out m;
	gsize n = 0;
	const char *text;

	if (!ipc_decode(msg, &m))
		return;
	if (m.id == l->last_id && l->answer) {
		text = m.text ? g_bytes_get_data(m.text, &n) : NULL;
		g_string_append_len(l->answer, text ? text : "", (gssize)n);
		l->done |= m.done;
		l->failed |= m.failed;
	}
	rec_clear(ipc_table(msg->type), &m);
}

static void on_report(struct lab *l, const struct ipc_msg *msg)
{
	struct msg_report m;

	if (!ipc_decode(msg, &m))
		return;
	if (m.id == l->last_id && l->answer) {
		g_string_append(l->answer, m.text ? m.text : "");
		l->done |= m.done;
	}
	rec_clear(ipc_table(msg->type), &m);
}

static void on_log(struct lab *l, const struct ipc_msg *msg)
{
	struct msg_log m;
	char name[12];

	if (!ipc_decode(msg, &m))
		return;
	g_string_append_printf(l->log,
		"%" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT " %s %s\n",
		m.at.ns / 1000000000, m.at.ns / 1000 % 1000000,
		slot_name(msg->from, name), m.text ? m.text : "");
	rec_clear(ipc_table(msg->type), &m);
}

static void on_message(const struct ipc_msg *msg, base_time now, void *user)
{
	struct lab *l = user;

	if (msg->type == IPC_EXEC_OUT)
		on_exec_out(l, msg);
	else if (msg->type == IPC_REPORT)
		on_report(l, msg);
	else if (msg->type == IPC_LOG)
		on_log(l, msg);
}

/* ---- building ---- */

static unsigned n_peers(const struct lab_config *cfg)
{
	return cfg->n_lacs + cfg->n_hosts + cfg->n_cables;
}

static unsigned peer_slot(const struct lab_config *cfg, unsigned i)
{
	return SLOT_PEER + cfg->first_peer + i;
}

static uint16_t peer_ifindex(const struct lab_config *cfg, unsigned i)
{
	if (i < cfg->n_lacs)
		return cfg->lacs[i].net.ifindex;
	i -= cfg->n_lacs;
	return i < cfg->n_hosts ? cfg->hosts[i].net.ifindex
				: cfg->cables[i - cfg->n_hosts].ifindex;
}

static unsigned peer_on(const struct lab_config *cfg, uint16_t ifindex)
{
	for (unsigned i = 0; i < n_peers(cfg); i++)
		if (peer_ifindex(cfg, i) == ifindex)
			return peer_slot(cfg, i);
	return SLOT_NONE;
}

static struct lab_port port_of(const struct lab_config *cfg, uint16_t ifindex)
{
	for (unsigned i = 0; i < cfg->n_bindings; i++)
		if (cfg->bindings[i].ifindex == ifindex)
			return (struct lab_port){ cfg->bindings[i].kind,
				cfg->bindings[i].argument, SLOT_NONE };
	return (struct lab_port){ .peer = peer_on(cfg, ifindex) };
}

static void *make_spa_arg(const struct lab_config *cfg, unsigned spa, unsigned n)
{
	struct lab_port ports[PORTS_PER_SPA];
	unsigned peers[PORTS_PER_SPA];

	for (unsigned port = 0; port < PORTS_PER_SPA; port++) {
		ports[port] = port_of(cfg, port_ifindex(SLOT_SPA + spa, port));
		peers[port] = ports[port].peer;
	}
	return cfg->inventory ? cfg->boards->spa_with(ports, n)
			      : cfg->boards->spa_arg(peers);
}

static void declare_spa(
	struct lab *l, const struct lab_config *cfg, unsigned spa, unsigned n)
{
	l->spa_arg[spa] = make_spa_arg(cfg, spa, n);
	chassis_declare(l->chassis, SLOT_SPA + spa, cfg->boards->spa, l->spa_arg[spa]);
}

static void declare_peers(struct lab *l, const struct lab_config *cfg)
{
	unsigned slot = peer_slot(cfg, 0);

	for (unsigned i = 0; i < cfg->n_lacs; i++)
		chassis_declare(l->chassis, slot++,
			cfg->lacs[i].pppoe ? &peer_pppoe_board : &peer_lac_board,
			&cfg->lacs[i]);
	for (unsigned i = 0; i < cfg->n_hosts; i++)
		chassis_declare(l->chassis, slot++,
			cfg->hosts[i].lns ? &peer_lns_board : &peer_host_board,
			&cfg->hosts[i]);
	for (unsigned i = 0; i < cfg->n_cables; i++)
		chassis_declare(l->chassis, slot++, &cable_board, &cfg->cables[i]);
	for (unsigned i = 0; i < n_peers(cfg); i++)
		chassis_wire(l->chassis, peer_ifindex(cfg, i), peer_slot(cfg, i));
}

static void declare_all(
	struct lab *l, const struct lab_config *cfg, const struct inventory *inv)
{
	const struct lab_boards *b = cfg->boards;

	for (unsigned i = 0; i < 2; i++)
		if (inv->rp[i])
			chassis_declare(l->chassis, SLOT_R0 + i, b->rp, b->rp_arg);
	for (unsigned i = 0; i < 2; i++)
		if (inv->fp[i])
			chassis_declare(l->chassis, SLOT_F0 + i, b->fp, NULL);
	for (unsigned spa = 0; spa < LAB_SPAS; spa++)
		if (inv->spa_ports[spa])
			declare_spa(l, cfg, spa, inv->spa_ports[spa]);
	declare_peers(l, cfg);
}

static void insert_all(
	struct lab *l, const struct lab_config *cfg, const struct inventory *inv)
{
	for (unsigned i = 0; i < 2; i++)
		if (inv->rp[i] && !(i && cfg->without_standby))
			chassis_insert(l->chassis, SLOT_R0 + i, NULL);
	for (unsigned i = 0; i < 2; i++)
		if (inv->fp[i])
			chassis_insert(l->chassis, SLOT_F0 + i, NULL);
	for (unsigned spa = 0; spa < LAB_SPAS; spa++)
		if (inv->spa_ports[spa])
			chassis_insert(l->chassis, SLOT_SPA + spa, NULL);
	for (unsigned i = 0; i < n_peers(cfg); i++)
		chassis_insert(l->chassis, peer_slot(cfg, i), NULL);
}

struct lab *lab_new(const struct lab_config *cfg)
{
	const struct chassis_config chassis = {
		.seed = cfg->seed,
		.virtual = !cfg->real,
		.rp_rp_latency = cfg->rp_rp_latency,
		.rp_fp_latency = cfg->rp_fp_latency,
		.threads = cfg->threads,
	};
	struct lab *l = g_new0(struct lab, 1);
	struct inventory inv;

	inventory_default(&inv);
	if (cfg->inventory)
		inv = *cfg->inventory;
	g_assert(cfg->first_peer + n_peers(cfg) <= PEERS_MAX);
	l->chassis = chassis_new(&chassis);
	l->runs = cfg->row ? cfg->row->chassis : l->chassis;
	if (cfg->row)
		chassis_join(l->runs, l->chassis);
	chassis_set_ckpt_tables(l->chassis, cfg->boards->ckpt_tables);
	l->log = g_string_new(NULL);
	l->n_lacs = cfg->n_lacs;
	l->n_hosts = cfg->n_hosts;
	l->first_peer = cfg->first_peer;
	chassis_listen(l->chassis, on_message, l);
	declare_all(l, cfg, &inv);
	for (unsigned slot = SLOT_R0; cfg->startup && slot <= SLOT_R1; slot++) {
		g_autoptr(GBytes) text =
			g_bytes_new(cfg->startup, strlen(cfg->startup));

		chassis_file_write(l->chassis, slot, "startup-config", text);
	}
	if (!cfg->off)
		insert_all(l, cfg, &inv);
	return l;
}

void lab_boot(struct lab *l, const struct lab_config *cfg)
{
	struct inventory inv;

	inventory_default(&inv);
	if (cfg->inventory)
		inv = *cfg->inventory;
	insert_all(l, cfg, &inv);
}

void lab_free(struct lab *l)
{
	if (!l)
		return;
	chassis_free(l->chassis);
	for (unsigned spa = 0; spa < LAB_SPAS; spa++)
		g_free(l->spa_arg[spa]);
	g_string_free(l->log, true);
	g_free(l);
}

struct chassis *lab_chassis(const struct lab *l)
{
	return l->chassis;
}

unsigned lab_lac_slot(const struct lab *l, unsigned i)
{
	g_assert(i < l->n_lacs);
	return SLOT_PEER + l->first_peer + i;
}

unsigned lab_host_slot(const struct lab *l, unsigned i)
{
	g_assert(i < l->n_hosts);
	return SLOT_PEER + l->first_peer + l->n_lacs + i;
}

const char *lab_log(const struct lab *l)
{
	return l->log->str;
}

/* ---- time ---- */

void lab_run(struct lab *l, base_dur d)
{
	chassis_run(l->runs, time_add(chassis_now(l->runs), d));
}

bool lab_run_until(struct lab *l, lab_ask_fn ask, void *user, base_dur limit)
{
	base_time end = time_add(chassis_now(l->chassis), limit);

	while (!ask(l, user)) {
		if (!time_before(chassis_now(l->chassis), end))
			return false;
		lab_run(l, dur_ms(1));
	}
	return true;
}

/* ---- questions ---- */

static char *await_answer(struct lab *l, unsigned slot)
{
	base_time end = time_add(chassis_now(l->chassis), dur_s(ANSWER_S));

	while (!l->done && chassis_is_in(l->chassis, slot) &&
		chassis_step(l->runs, end))
		;
	if (l->done)
		return g_string_free(g_steal_pointer(&l->answer), false);
	g_string_free(g_steal_pointer(&l->answer), true);
	return NULL;
}

static void begin_question(struct lab *l)
{
	l->last_id++;
	l->answer = g_string_new(NULL);
	l->done = l->failed = false;
}

char *lab_show(struct lab *l, unsigned slot, const char *command, bool *failed)
{
	g_autofree char *copy = g_strdup(command);
	struct msg_exec m = { .command = copy, .fresh = true };
	char *answer;

	begin_question(l);
	m.id = l->last_id;
	chassis_send_rec(l->chassis, slot, IPC_EXEC, &m);
	answer = await_answer(l, slot);
	if (failed)
		*failed = l->failed;
	return answer;
}

char *lab_order(struct lab *l, unsigned slot, const char *text)
{
	g_autofree char *copy = g_strdup(text);
	struct msg_order m = { .text = copy };

	begin_question(l);
	m.id = l->last_id;
	chassis_send_rec(l->chassis, slot, IPC_ORDER, &m);
	return await_answer(l, slot);
}

bool lab_wait_show(struct lab *l, unsigned slot, const char *command, const char *text,
	base_dur limit)
{
	base_time end = time_add(chassis_now(l->chassis), limit);

	for (;;) {
		g_autofree char *shown = lab_show(l, slot, command, NULL);

		if (shown && strstr(shown, text))
			return true;
		if (!time_before(chassis_now(l->chassis), end))
			return false;
		lab_run(l, dur_ms(POLL_MS));
	}
}

bool lab_wait_report(
	struct lab *l, unsigned slot, const char *key, uint64_t value, base_dur limit)
{
	base_time end = time_add(chassis_now(l->chassis), limit);

	for (;;) {
		g_autofree char *report = lab_order(l, slot, "report");

		if (report && report_number(report, key) == value)
			return true;
		if (!time_before(chassis_now(l->chassis), end))
			return false;
		lab_run(l, dur_ms(POLL_MS));
	}
}
