/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What redundancy costs R0 in the whole chassis: every turn of it on memory wires, measured by
 * the CPU time of the thread, with LACs that set up calls.  Few calls are under way at a time
 * here, so that nearly each acknowledgement of the standby is a turn of its own: this is what
 * the hot standby costs an RP that has little to do.
 */
#include "tests/bench/bench.h"
#include "tests/scenarios/world.h"

#include <stdio.h>
#include <string.h>

enum {
	LACS = 6,            /* at most; they call at the same moments */
	COMMIT_TUNNELS = 43, /* of each LAC */
	COMMIT_SESSIONS = 8,
	COMMIT_ROUNDS = 5,
	BULK_TUNNELS = 16,    /* of each of two LACs */
	BULK_SESSIONS = 2000, /* in each */
	SESSIONS_MAX = 70000,
	BULK_CALL_US = 500, /* from one call during the bulk to the next */
	BULK_CPU_MS = 250,
	BULK_TURN_MS = 5,
};

/* ---- RPs with a meter ---- */

struct meter {
	int64_t cpu, longest;
	uint64_t turns;
};

struct metered_arg {
	const struct board_ops *ops;
	const void *arg;
	struct meter *meter; /* by slot */
};

struct metered {
	const struct board_ops *ops;
	void *self;
	struct meter *meter;
	int64_t turn;
};

static void *metered_power_on(struct board_env *env, const void *arg, base_time now)
{
	const struct metered_arg *a = arg;
	struct metered *m = g_new0(struct metered, 1);

	m->ops = a->ops;
	m->meter = &a->meter[board_slot(env)];
	m->self = a->ops->power_on(env, a->arg, now);
	return m;
}

static void metered_message(
	void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct metered *m = self;
	int64_t start = bench_clock();

	m->ops->message(m->self, msgs, n, now);
	m->turn += bench_clock() - start;
}

static bool metered_work(void *self, base_time now, unsigned budget)
{
	struct metered *m = self;
	int64_t start = bench_clock();
	bool more = m->ops->work(m->self, now, budget);

	m->turn += bench_clock() - start;
	return more;
}

static void metered_flush(void *self, base_time now)
{
	struct metered *m = self;
	int64_t start = bench_clock();

	m->ops->flush(m->self, now);
	m->turn += bench_clock() - start;
	m->meter->cpu += m->turn;
	m->meter->longest = MAX(m->meter->longest, m->turn);
	m->meter->turns++;
	m->turn = 0;
}

static base_time metered_next_due(const void *self)
{
	const struct metered *m = self;

	return m->ops->next_due(m->self);
}

static void metered_destroy(void *self)
{
	struct metered *m = self;

	m->ops->destroy(m->self);
	g_free(m);
}

static const struct board_ops metered_board = {
	.kind = BOARD_RP,
	.power_on = metered_power_on,
	.message = metered_message,
	.work = metered_work,
	.flush = metered_flush,
	.next_due = metered_next_due,
	.destroy = metered_destroy,
};

/* ---- a world ---- */

struct rig {
	struct world w;
	struct peer_lac_config lacs[LACS];
	char *startup;
	struct metered_arg arg;
	struct meter meter[2];
};

/* The first where the world has it, each other on a port and in a subnet of its own. */
static void add_lacs(struct rig *r, unsigned n)
{
	GString *text = g_string_new(r->w.startup);

	r->lacs[0] = r->w.lac;
	for (unsigned i = 1; i < n; i++) {
		unsigned port = i + 1;

		r->lacs[i] = r->w.lac;
		r->lacs[i].net.ip -= i << 16;
		r->lacs[i].lns_ip -= i << 16;
		r->lacs[i].net.ifindex =
			port_ifindex(SLOT_SPA + port / LAB_PORTS, port % LAB_PORTS);
		g_string_append_printf(text,
			"interface GigabitEthernet0/%u/%u\n ip address 10.%u.0.2 "
			"255.255.255.0\n",
			port / LAB_PORTS, port % LAB_PORTS, 99 - i);
	}
	r->w.lab_cfg.startup = r->startup = g_string_free(text, false);
}

static void end(struct rig *r)
{
	world_clear(&r->w);
	g_free(r->startup);
}

static void begin(struct rig *r, unsigned tunnels, unsigned sessions, unsigned n_lacs,
	bool standby)
{
	memset(r, 0, sizeof(*r));
	world_init(&r->w, tunnels, sessions, 1);
	r->w.lac.probe_pps = r->w.host.probe_pps = 0;
	r->w.lac.pace_ms = 1;
	add_lacs(r, n_lacs);
	r->w.rp_arg->rp.max_sessions = SESSIONS_MAX;
	r->arg = (struct metered_arg){ r->w.boards.rp, r->w.boards.rp_arg, r->meter };
	r->w.boards.rp = &metered_board;
	r->w.boards.rp_arg = &r->arg;
	r->w.lab_cfg.lacs = r->lacs;
	r->w.lab_cfg.n_lacs = n_lacs;
	r->w.lab_cfg.without_standby = !standby;
}

static void tell(struct rig *r, unsigned lac, const char *text)
{
	g_free(lab_order(r->w.lab, lab_lac_slot(r->w.lab, lac), text));
}

static void call(struct rig *r, unsigned lac)
{
	char text[] = "call";
	struct msg_order m = { .text = text };

	chassis_send_rec(
		lab_chassis(r->w.lab), lab_lac_slot(r->w.lab, lac), IPC_ORDER, &m);
}

/* Until the FP says that it has so many sessions. */
static bool until(struct rig *r, unsigned sessions, unsigned limit_s)
{
	for (unsigned s = 0; s < limit_s && r->w.fp.sessions != sessions; s++)
		lab_run(r->w.lab, dur_s(1));
	return r->w.fp.sessions == sessions;
}

/* ---- commit ---- */

/* Set-ups per CPU second of R0; r1: CPU of R1 for each, in nanoseconds; turns of R0 for each. */
static double commit_round(bool standby, double *r1, double *turns)
{
	unsigned all = LACS * COMMIT_TUNNELS * COMMIT_SESSIONS;
	struct rig r;
	double rate = 0;

	begin(&r, COMMIT_TUNNELS, COMMIT_SESSIONS, LACS, standby);
	world_start(&r.w);
	memset(r.meter, 0, sizeof(r.meter));
	for (unsigned lac = 0; lac < LACS; lac++)
		tell(&r, lac, "connect");
	lab_run(r.w.lab, dur_ms(1000 + all / LACS * 2));
	*r1 = (double)r.meter[1].cpu / all;
	*turns = (double)r.meter[0].turns / all;
	if (until(&r, all, 20))
		rate = all * 1e9 / (double)r.meter[0].cpu;
	else
		printf("  %u of %u sessions came up\n", r.w.fp.sessions, all);
	end(&r);
	return rate;
}

bool bench_chassis_commit(void)
{
	double with[COMMIT_ROUNDS], without[COMMIT_ROUNDS], ratio[COMMIT_ROUNDS], r1,
		turns[2];

	printf("chassis-commit: %u tunnels of %u sessions, whole chassis\n",
		LACS * COMMIT_TUNNELS, COMMIT_SESSIONS);
	for (unsigned i = 0; i < COMMIT_ROUNDS; i++) {
		without[i] = commit_round(false, &r1, &turns[0]);
		with[i] = commit_round(true, &r1, &turns[1]);
		if (with[i] <= 0 || without[i] <= 0)
			return false;
		ratio[i] = with[i] / without[i];
	}
	printf("  without a standby %9.0f set-ups per CPU second of R0, %.1f turns for "
	       "each\n",
		bench_median(without, COMMIT_ROUNDS), turns[0]);
	printf("  with a hot one    %9.0f (%.0f %%), %.1f turns; R1 %.1f us for each\n",
		bench_median(with, COMMIT_ROUNDS),
		100 * bench_median(ratio, COMMIT_ROUNDS), turns[1], r1 / 1e3);
	return true; /* `commit` has the limit: it is meant for many set-ups a turn */
}

/* ---- bulk ---- */

bool bench_chassis_bulk(void)
{
	unsigned all = 2 * BULK_TUNNELS * BULK_SESSIONS;
	struct meter r0, r1;
	unsigned calls = 0;
	struct rig r;
	base_time inserted;
	base_dur took;
	bool good;

	begin(&r, BULK_TUNNELS, 1, 2, false);
	world_start(&r.w);
	for (unsigned lac = 0; lac < 2; lac++)
		tell(&r, lac, "connect");
	lab_run(r.w.lab, dur_s(3));
	/* One after the other to all tunnels in turn, so that no window is the limit. */
	for (unsigned i = 1; i < BULK_TUNNELS * (BULK_SESSIONS - 1); i++) {
		for (unsigned lac = 0; lac < 2; lac++)
			call(&r, lac);
		lab_run(r.w.lab, dur_us(1500));
	}
	for (unsigned lac = 0; lac < 2; lac++)
		call(&r, lac);
	if (!until(&r, all, 60)) {
		printf("  %u of %u sessions came up\n", r.w.fp.sessions, all);
		return false;
	}
	world_insert(&r.w, SLOT_R1);
	inserted = chassis_now(lab_chassis(r.w.lab));
	memset(r.meter, 0, sizeof(r.meter));
	/* Calls come all the time until it is HOT. */
	while (!chassis_standby_hot(lab_chassis(r.w.lab)) && calls < SESSIONS_MAX - all) {
		call(&r, calls++ % 2);
		lab_run(r.w.lab, dur_us(BULK_CALL_US));
	}
	took = time_sub(chassis_now(lab_chassis(r.w.lab)), inserted);
	r0 = r.meter[0];
	r1 = r.meter[1];
	good = chassis_standby_hot(lab_chassis(r.w.lab)) && until(&r, all + calls, 60) &&
	       r0.cpu <= BULK_CPU_MS * 1000000ll && r0.longest <= BULK_TURN_MS * 1000000ll;
	printf("chassis-bulk: %u sessions, whole chassis: HOT after %d ms, meanwhile %u calls; "
	       "%u sessions in the end\n"
	       "  R0 %.1f ms (at most %u), longest turn %.2f ms (at most %u) of "
	       "%" G_GUINT64_FORMAT "; R1 %.1f ms\n",
		all, (int)dur_to_ms(took), calls, r.w.fp.sessions, (double)r0.cpu / 1e6,
		BULK_CPU_MS, (double)r0.longest / 1e6, BULK_TURN_MS, r0.turns,
		(double)r1.cpu / 1e6);
	end(&r);
	return good;
}
