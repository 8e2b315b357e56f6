/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events of a plan.  RPs are named by their role, so that a plan keeps its meaning when events
 * before are dropped: 0 the active one, 1 the other.
 *
 *   pull, crash   role, items that it stages until then (0: now)
 *   hang          role, ms (0: for good)         wake, reset, reload   role
 *   channel       pair (R0-R1, R0-F0, R1-F0), delay in us, kbit/s, cut, room in octets
 *   lose          pair, records, from the second to the first, damaged transactions instead
 *   link          lac, loss, duplicates, reordering (per million), delay in us
 *   link-cut      lac, directions                fp-pull, fp-reset     FP
 *   fp-hang       FP, ms
 *   lac-hang      lac, ms                        lac-reset             lac
 *   connect, call, hello, disconnect   lac       redial, hangup, drop, mute   lac, line
 *   burst         lac, lines that call again or, above the last one, for the first time
 *   password      lac, -, right                  probes                lac, -, on
 *   config        -, which                       accept                LNS, 1: no calls, 2: nothing
 *   vpdn          -, which setting of hop.c, + 8: taken back
 */
#include "tests/sim/sim.h"

#include "rp/internal.h"

#include <string.h>

enum { CHANNEL_ECHO_S = 20, NEVER_ITEMS = 1 << 30, RECORD_OCTETS = 128 };

/* ---- RPs ---- */

static unsigned slot_of(const struct sim *sim, int64_t role)
{
	unsigned active = chassis_active(sim->chassis);

	if (active > SLOT_R1)
		return role ? SLOT_R1 : SLOT_R0;
	return role ? SLOT_R0 + SLOT_R1 - active : active;
}

static void go(struct sim *sim, const struct sim_event *e, enum slot_why why)
{
	unsigned slot = slot_of(sim, e->arg[0]);

	if (e->arg[1])
		chassis_pull_at(sim->chassis, slot, (uint64_t)e->arg[1], why, NULL);
	else
		chassis_pull(sim->chassis, slot, why, NULL);
}

static void do_pull(struct sim *sim, const struct sim_event *e)
{
	go(sim, e, SLOT_WHY_PULLED);
}

static void do_crash(struct sim *sim, const struct sim_event *e)
{
	go(sim, e, SLOT_WHY_CRASHED);
}

static void do_hang(struct sim *sim, const struct sim_event *e)
{
	ledger_look(sim); /* as it stands when it hangs */
	moment_going(sim, slot_of(sim, e->arg[0]));
	cover_hit(sim->cover, "fault/%s",
		e->arg[1] && e->arg[1] < 3000 ? "F19 some beats are missed"
					      : "F45 an RP stands still");
	/* 3 s until it is found: whoever asks at 0, 1 and 3 s is not heard. */
	for (unsigned i = 0; i < stage_ways(sim); i++)
		if (stage_hasty(sim, i))
			ledger_frail(sim, i, "it has no patience", false);
	chassis_hang(sim->chassis, slot_of(sim, e->arg[0]), dur_ms(e->arg[1]), NULL);
}

static void do_wake(struct sim *sim, const struct sim_event *e)
{
	chassis_wake(sim->chassis, slot_of(sim, e->arg[0]), NULL);
}

static void do_reset(struct sim *sim, const struct sim_event *e)
{
	chassis_reset(sim->chassis, slot_of(sim, e->arg[0]), NULL);
}

static void mend(struct sim *sim, unsigned slot)
{
	struct chassis_slot_info info;

	if (!chassis_slot_get(sim->chassis, slot, &info))
		return;
	if (info.in && info.hung)
		chassis_reset(sim->chassis, slot, NULL);
	else if (!info.in)
		chassis_insert(sim->chassis, slot, NULL);
}

static void do_mend(struct sim *sim, const struct sim_event *e)
{
	for (unsigned slot = SLOT_R0; slot <= SLOT_F1; slot++)
		mend(sim, slot);
}

/* ---- commands ---- */

static void exec_line(
	struct sim *sim, unsigned slot, const char *line, bool fresh, const char *answers,
	size_t n)
{
	g_autofree char *copy = g_strdup(line);
	struct msg_exec m = { .session = 1, .command = copy, .fresh = fresh };

	if (slot > SLOT_R1 || !chassis_is_in(sim->chassis, slot))
		return;
	m.answers = n ? g_bytes_new(answers, n) : NULL;
	chassis_send_rec(sim->chassis, slot, IPC_EXEC, &m);
	g_clear_pointer(&m.answers, g_bytes_unref);
}

void act_exec(struct sim *sim, unsigned slot, const char *line, bool fresh)
{
	exec_line(sim, slot, line, fresh, NULL, 0);
}

static void with_answers(struct sim *sim, const char *command)
{
	static const char answers[] = "Save?\0no\0Proceed\0";

	exec_line(sim, chassis_active(sim->chassis), command, true, answers,
		sizeof(answers));
}

static void do_force(struct sim *sim, const struct sim_event *e)
{
	bool hot = chassis_standby_hot(sim->chassis);

	cover_hit(sim->cover, "fault/%s",
		hot ? "F53 force-switchover" : "F52 force-switchover, not hot");
	with_answers(sim, "redundancy force-switchover");
}

static void do_reload(struct sim *sim, const struct sim_event *e)
{
	with_answers(sim, "reload");
}

static const char *const configs[][8] = {
	{ "username c%u password 0 p1" },
	{ "interface Loopback5", "ip address 172.16.5.%u 255.255.255.255" },
	{ "vpdn-group 1", "l2tp tunnel hello 7" },
	{ "vpdn-group 1", "l2tp tunnel resync 3" },
	{ "ip local pool SPARE%u 100.65.0.1 100.65.0.9" },
	{ "no l2tp sso enable" },
	{ "l2tp sso enable" },
};

static void configure(struct sim *sim, unsigned which)
{
	unsigned slot = chassis_active(sim->chassis);

	if (moment_in_bulk(sim))
		cover_hit(sim->cover, "fault/F49 configuration in bulk");
	act_exec(sim, slot, "configure terminal", false);
	for (unsigned i = 0; i < 8 && configs[which][i]; i++) {
		g_auto(GStrv) halves = g_strsplit(configs[which][i], "%u", 2);
		g_autofree char *number = g_strdup_printf("%u", 1 + sim->config_lines % 200);
		g_autofree char *line = halves[1] ? g_strconcat(halves[0], number, halves[1],
							    NULL)
						  : g_strdup(halves[0]);

		act_exec(sim, slot, line, false);
	}
	act_exec(sim, slot, "end", false);
	sim->config_lines++;
	sim->sso_off |= which == 5;
	if (which >= 5)
		cover_hit(sim->cover, "fault/F57 l2tp sso enable toggled");
}

static void do_config(struct sim *sim, const struct sim_event *e)
{
	configure(sim, (unsigned)e->arg[1] % G_N_ELEMENTS(configs));
}

static void do_clear(struct sim *sim, const struct sim_event *e)
{
	if (moment_in_bulk(sim))
		cover_hit(sim->cover, "fault/F59 all cleared in bulk");
	ledger_cleared(sim);
	act_exec(sim, chassis_active(sim->chassis), "clear vpdn tunnel l2tp all", true);
}

/* ---- channels, links, FPs ---- */

static const unsigned pairs[][2] = { { SLOT_R0, SLOT_R1 }, { SLOT_R0, SLOT_F0 },
	{ SLOT_R1, SLOT_F0 } };

/* Records of usual length: a ring of so many octets. */
size_t act_room(const struct sim *sim)
{
	return (size_t)sim->plan->shape.ring * RECORD_OCTETS;
}

void act_rings(struct sim *sim)
{
	const struct link_faults f = { .room = act_room(sim) };

	for (unsigned i = 0; f.room && i < G_N_ELEMENTS(pairs); i++)
		chassis_link_ipc(sim->chassis, pairs[i][0], pairs[i][1], &f, NULL);
}

/* From the end of its next turns on. */
static void do_lose(struct sim *sim, const struct sim_event *e)
{
	const unsigned *pair = pairs[(unsigned)e->arg[0] % G_N_ELEMENTS(pairs)];
	bool back = e->arg[2];

	sim->channel_bad_until = time_add(sim_now(sim), dur_s(CHANNEL_ECHO_S));
	if (e->arg[3])
		sim->seats[pair[back]].spoil[pair[!back]] += (unsigned)e->arg[1];
	else
		sim->seats[pair[back]].lose[pair[!back]] += (unsigned)e->arg[1];
}

static void do_channel(struct sim *sim, const struct sim_event *e)
{
	const unsigned *pair = pairs[(unsigned)e->arg[0] % G_N_ELEMENTS(pairs)];
	const struct link_faults f = {
		.delay = dur_us(e->arg[1]),
		.rate_bps = (uint64_t)e->arg[2] * 1000,
		.cut = e->arg[3],
		.room = e->arg[4] ? (size_t)e->arg[4] : act_room(sim),
	};
	bool bad = e->arg[1] || e->arg[2] || e->arg[3] || e->arg[4];

	sim->channel_bad_until = bad ? BASE_TIME_NEVER
				     : time_add(sim_now(sim), dur_s(CHANNEL_ECHO_S));
	if (f.room || f.rate_bps)
		cover_hit(sim->cover, "fault/F22 back-pressure");
	chassis_link_ipc(sim->chassis, pair[0], pair[1], &f, NULL);
}

static void set_link(struct sim *sim, unsigned i, const struct msg_link *m)
{
	struct msg_link old;

	if (i >= stage_ways(sim))
		return;
	chassis_link_port_get(sim->chassis, stage_port(i), &old);
	if (old.loss_ppm == 1000000 || old.cut)
		moment_mended(sim, i);
	if (m->loss_ppm && moment_in_resync(sim))
		cover_hit(sim->cover, "fault/F32 loss in resync");
	if (m->dup_ppm || m->reorder_ppm)
		cover_hit(sim->cover, "fault/F33 reorder and duplicates");
	if (m->cut && m->dir != (LINK_IN | LINK_OUT))
		cover_hit(sim->cover, "fault/F34 one-way loss");
	if (stage_fragile(sim, i))
		ledger_frail(sim, i, "it bears no gap", false);
	chassis_link_port(sim->chassis, stage_port(i), m, NULL);
}

static void do_link(struct sim *sim, const struct sim_event *e)
{
	const struct msg_link m = {
		.dir = LINK_IN | LINK_OUT,
		.loss_ppm = (uint32_t)e->arg[1],
		.dup_ppm = (uint32_t)e->arg[2],
		.reorder_ppm = (uint32_t)e->arg[3],
		.delay_us = (uint32_t)e->arg[4],
	};

	if (e->arg[0] >= stage_ways(sim))
		return;
	set_link(sim, (unsigned)e->arg[0], &m);
}

/* One way only: everything is lost; both: there is no carrier. */
static void do_link_cut(struct sim *sim, const struct sim_event *e)
{
	uint8_t dir = (uint8_t)(e->arg[1] & (LINK_IN | LINK_OUT));
	struct msg_link m = { .dir = dir, .cut = dir == (LINK_IN | LINK_OUT) };

	if (!m.cut)
		m.loss_ppm = 1000000;
	cover_hit(sim->cover, "fault/%s", m.cut ? "F35 link down" : "F34 one-way loss");
	set_link(sim, (unsigned)e->arg[0], &m);
}

static void fp_fault(struct sim *sim, unsigned slot)
{
	if (slot == chassis_active_fp(sim->chassis))
		cover_hit(sim->cover, "fault/F27 active FP restarts");
	for (unsigned i = 0; i < stage_ways(sim); i++)
		if (stage_fragile(sim, i))
			ledger_frail(sim, i, "it bears no gap", false);
	if (!chassis_is_in(sim->chassis, SLOT_F0 + SLOT_F1 - slot))
		cover_hit(sim->cover, "fault/F27 no FP is left");
}

static void do_fp_pull(struct sim *sim, const struct sim_event *e)
{
	unsigned slot = SLOT_F0 + (unsigned)(e->arg[0] & 1);

	fp_fault(sim, slot);
	chassis_pull(sim->chassis, slot, SLOT_WHY_PULLED, NULL);
}

static void do_fp_hang(struct sim *sim, const struct sim_event *e)
{
	chassis_hang(sim->chassis, SLOT_F0 + (unsigned)(e->arg[0] & 1), dur_ms(e->arg[1]), NULL);
}

static void do_fp_reset(struct sim *sim, const struct sim_event *e)
{
	unsigned slot = SLOT_F0 + (unsigned)(e->arg[0] & 1);

	fp_fault(sim, slot);
	chassis_reset(sim->chassis, slot, NULL);
}

/* ---- LACs ---- */

static void do_lac_hang(struct sim *sim, const struct sim_event *e)
{
	if (e->arg[0] >= stage_ways(sim))
		return;
	chassis_hang(sim->chassis, stage_peer((unsigned)e->arg[0]), dur_ms(e->arg[1]), NULL);
}

static void do_lac_reset(struct sim *sim, const struct sim_event *e)
{
	if (e->arg[0] >= stage_ways(sim))
		return;
	if (moment_outage(sim))
		cover_hit(sim->cover, "fault/F37 peer restarts in an outage");
	ledger_excuse_lac(sim, (unsigned)e->arg[0], "its LAC restarted");
	sim->restarted |= 1u << e->arg[0];
	chassis_reset(sim->chassis, stage_peer((unsigned)e->arg[0]), NULL);
}

void act_order(struct sim *sim, unsigned lac, const char *order)
{
	g_autofree char *copy = g_strdup(order);
	struct msg_order m = { .text = copy };

	if (lac < stage_ways(sim) && chassis_is_in(sim->chassis, stage_peer(lac)))
		chassis_send_rec(sim->chassis, stage_peer(lac), IPC_ORDER, &m);
}

/* Few ids, and many lines: not all could come up.  Orders count, since a LAC that hangs makes
 * lines later. */
static bool crowded(struct sim *sim, unsigned lac)
{
	const struct sim_shape *s = &sim->plan->shape;
	int64_t lines = s->tunnels * s->sessions + sim->calls[lac]++;

	return s->id_space && lines >= s->id_space * s->tunnels / 2;
}

static void do_call(struct sim *sim, const struct sim_event *e)
{
	if (e->arg[0] < stage_ways(sim) && !crowded(sim, (unsigned)e->arg[0]) &&
		!hop_full(sim))
		act_order(sim, (unsigned)e->arg[0], "call");
}

static void do_order(struct sim *sim, const struct sim_event *e)
{
	const char *name = e->kind == SIM_HELLO ? "hello now" : sim_event_name(e->kind);

	if (moment_outage(sim))
		cover_hit(sim->cover, "fault/F39 peer speaks in an outage");
	act_order(sim, (unsigned)e->arg[0], name);
}

static void do_disconnect(struct sim *sim, const struct sim_event *e)
{
	if (e->arg[0] < stage_ways(sim))
		ledger_excuse_lac(sim, (unsigned)e->arg[0], "its LAC closed the tunnel");
	do_order(sim, e);
}

static void do_burst(struct sim *sim, const struct sim_event *e)
{
	int64_t lines = sim->plan->shape.tunnels * sim->plan->shape.sessions;

	for (int64_t i = 1; i <= e->arg[1]; i++) {
		g_autofree char *order =
			i <= lines ? g_strdup_printf("redial %d", (int)i) : g_strdup("call");

		if (i > lines && hop_full(sim))
			continue;
		act_order(sim, (unsigned)e->arg[0], order);
	}
}

/* What the end of one call may do to the others of the tunnel: a message of ours may cross with
 * its CDN, and that is fatal to some; others send a CDN once, and when it is lost nothing that
 * comes after it counts. */
static void call_ends_at(struct sim *sim, unsigned way)
{
	const struct manner *m = stage_manner(sim, way);

	if (m && m->stray_fatal)
		ledger_frail(sim, way, "a message crossed with its CDN", false);
	if (m && m->plan == PLAN_SETUP)
		ledger_frail(sim, way, "its CDN is sent once", true);
}

/* When calls are switched, it ends on another way, too. */
static void call_ends(struct sim *sim, int64_t lac)
{
	for (unsigned i = 0; i < stage_ways(sim); i++)
		if (i == lac || stage_switches(sim))
			call_ends_at(sim, i);
}

static void do_line(struct sim *sim, const struct sim_event *e)
{
	g_autofree char *order = g_strdup_printf(
		"%s %d", sim_event_name(e->kind), (int)MAX(e->arg[1], 1));

	if (e->kind != SIM_REDIAL && e->arg[0] < stage_ways(sim))
		ledger_excuse_line(sim, (unsigned)e->arg[0], (unsigned)e->arg[1],
			e->kind == SIM_MUTE);
	if (e->kind != SIM_REDIAL)
		call_ends(sim, e->arg[0]);
	act_order(sim, (unsigned)e->arg[0], order);
}

static void do_password(struct sim *sim, const struct sim_event *e)
{
	if (e->arg[0] < stage_ways(sim))
		sim->lac_cfg[e->arg[0]].password = sim->lns_cfg[e->arg[0]].password =
			sim->subs_cfg[e->arg[0]].password =
				e->arg[2] ? "loadpw" : "wrong";
	call_ends(sim, e->arg[0]);
}

static void do_probes(struct sim *sim, const struct sim_event *e)
{
	act_order(sim, (unsigned)e->arg[0], e->arg[2] ? "start probes" : "stop probes");
}

static void do_radius(struct sim *sim, const struct sim_event *e)
{
	radius_behave(sim, e->arg[2]);
}

static void do_accept(struct sim *sim, const struct sim_event *e)
{
	hop_accept(sim, (unsigned)e->arg[0], e->arg[1]);
}

static void do_vpdn(struct sim *sim, const struct sim_event *e)
{
	if (moment_in_bulk(sim))
		cover_hit(sim->cover, "fault/F49 configuration in bulk");
	hop_set(sim, e->arg[1]);
}

/* ---- all ---- */

static void (*const runs[N_SIM_EVENTS])(struct sim *sim, const struct sim_event *e) = {
	[SIM_PULL] = do_pull,
	[SIM_CRASH] = do_crash,
	[SIM_HANG] = do_hang,
	[SIM_WAKE] = do_wake,
	[SIM_RESET] = do_reset,
	[SIM_MEND] = do_mend,
	[SIM_CHANNEL] = do_channel,
	[SIM_LOSE] = do_lose,
	[SIM_LINK] = do_link,
	[SIM_LINK_CUT] = do_link_cut,
	[SIM_FP_PULL] = do_fp_pull,
	[SIM_FP_RESET] = do_fp_reset,
	[SIM_FP_HANG] = do_fp_hang,
	[SIM_LAC_HANG] = do_lac_hang,
	[SIM_LAC_RESET] = do_lac_reset,
	[SIM_CONNECT] = do_order,
	[SIM_CALL] = do_call,
	[SIM_BURST] = do_burst,
	[SIM_REDIAL] = do_line,
	[SIM_HANGUP] = do_line,
	[SIM_DROP] = do_line,
	[SIM_MUTE] = do_line,
	[SIM_HELLO] = do_order,
	[SIM_DISCONNECT] = do_disconnect,
	[SIM_PASSWORD] = do_password,
	[SIM_PROBES] = do_probes,
	[SIM_CONFIG] = do_config,
	[SIM_CLEAR] = do_clear,
	[SIM_FORCE] = do_force,
	[SIM_RELOAD] = do_reload,
	[SIM_RADIUS] = do_radius,
	[SIM_ACCEPT] = do_accept,
	[SIM_VPDN] = do_vpdn,
};

void act(struct sim *sim, const struct sim_event *e)
{
	cover_hit(sim->cover, "event/%s", sim_event_name(e->kind));
	sim_tell(sim, "* %s %d %d %d %d %d", sim_event_name(e->kind), (int)e->arg[0],
		(int)e->arg[1], (int)e->arg[2], (int)e->arg[3], (int)e->arg[4]);
	runs[e->kind](sim, e);
}

void act_heal(struct sim *sim)
{
	const struct sim_event no_faults = { .kind = SIM_MEND };

	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) /* none is still to come */
		chassis_pull_at(sim->chassis, slot, NEVER_ITEMS, SLOT_WHY_PULLED, NULL);
	for (unsigned i = 0; i < 3; i++)
		do_channel(sim, &(struct sim_event){ .arg = { i } });
	for (unsigned slot = 0; slot < N_SLOTS; slot++) {
		memset(sim->seats[slot].lose, 0, sizeof(sim->seats[slot].lose));
		memset(sim->seats[slot].spoil, 0, sizeof(sim->seats[slot].spoil));
	}
	for (unsigned i = 0; i < stage_ways(sim); i++) {
		do_link(sim, &(struct sim_event){ .arg = { i } });
		chassis_wake(sim->chassis, stage_peer(i), NULL);
		sim->lac_cfg[i].password = sim->lns_cfg[i].password =
			sim->subs_cfg[i].password = "loadpw";
		hop_accept(sim, i, 0);
	}
	radius_behave(sim, 0);
	do_mend(sim, &no_faults);
	sim_tell(sim, "* all is mended");
}
