/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What survival costs the boards as they run: R0, R1, FP and SPA in a chassis, each on a thread
 * of its own, in rounds on the virtual clock, with a crowd of subscribers on a memory wire.  A
 * board's CPU time is that of its thread in its turns (message, work, flush: all that it
 * computes and stages; not the publishing of rings, which is the chassis's).
 *
 *   commit   CPU of R0 for each session set up, 256 tunnels, with a hot standby against
 *            without; that of R1 and the FP beside it
 *   bulk     a standby is inserted beside 64000 sessions while more are set up, from its
 *            insertion until it is HOT: R0's CPU, and its longest turn; all calls come up
 */
#include "tests/bench/bench.h"

#include "chassis/chassis.h"
#include "fp/fp.h"
#include "rp/rp.h"
#include "spa/spa.h"
#include "tests/bench/crowd.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
	TUNNELS = 256,
	ROUNDS = 31,
	WARM = 512,      /* sessions set up before anything is measured */
	CALLS = 4096,    /* and then */
	AT_ONCE = 256,    /* calls in one turn, one for each tunnel */
	PAUSE_MS = 100,   /* the FP lets 20000 packets of a class to the RP in a second */
	BULK_SESSIONS = 64000,
	/* From the first record of the bulk on calls are placed until the standby is HOT: 5000 in
	 * a second, as many as the FP lets through, of one tunnel after the other. */
	BULK_AT_ONCE = 1,
	BULK_PAUSE_US = 200,
	BULK_UP_MIN = 250, /* of them came up before it was HOT */
	SESSIONS_MAX = 80000,
};

#define MIN_RATIO 0.9
#define MAX_BULK_MS 250.0
#define MAX_TURN_MS 5.0

static const char startup[] = "hostname lns1\n"
			      "redundancy\n"
			      " mode sso\n"
			      "username user password 0 pw\n"
			      "vpdn enable\n"
			      "vpdn-group 1\n"
			      " accept-dialin\n"
			      "  protocol l2tp\n"
			      "  virtual-template 1\n"
			      " local name lns1\n"
			      " no l2tp tunnel authentication\n"
			      "interface Loopback0\n"
			      " ip address 172.16.0.1 255.255.255.255\n"
			      "interface GigabitEthernet0/0/0\n"
			      " ip address 10.99.0.2 255.255.255.0\n"
			      "interface Virtual-Template1\n"
			      " ip unnumbered Loopback0\n"
			      " peer default ip address pool POOL\n"
			      " ppp authentication pap\n"
			      "ip local pool POOL 100.64.0.1 100.65.255.254\n"
			      "end\n";

/* ---- boards with a meter ---- */

struct meter {
	const struct board_ops *ops;
	bool in_turn;
	int64_t began;
	int64_t cpu, longest; /* nanoseconds */
	unsigned turns;
	bool bulk; /* records of a bulk have come */
};

struct metered {
	void *self;
	struct meter *m;
};

struct meter_arg {
	struct rp_arg rp; /* first: the board gets this address */
	struct meter *m;
};

static void *meter_power_on(struct board_env *env, const void *arg, base_time now)
{
	const struct meter_arg *a = arg;
	struct metered *d = g_new0(struct metered, 1);

	d->m = a->m;
	d->self = d->m->ops->power_on(env, arg, now);
	return d;
}

static void turn_begins(struct meter *m)
{
	if (m->in_turn)
		return;
	m->in_turn = true;
	m->began = bench_clock();
}

static void meter_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct metered *d = self;

	for (size_t i = 0; i < n; i++)
		d->m->bulk |= msgs[i].type == IPC_CKPT_BEGIN;
	turn_begins(d->m);
	d->m->ops->message(d->self, msgs, n, now);
}

static bool meter_work(void *self, base_time now, unsigned budget)
{
	struct metered *d = self;

	turn_begins(d->m);
	return d->m->ops->work(d->self, now, budget);
}

static void meter_flush(void *self, base_time now)
{
	struct metered *d = self;
	struct meter *m = d->m;
	int64_t took;

	if (m->ops->flush)
		m->ops->flush(d->self, now);
	took = bench_clock() - m->began;
	m->in_turn = false;
	m->cpu += took;
	m->longest = MAX(m->longest, took);
	m->turns++;
}

static base_time meter_next_due(const void *self)
{
	const struct metered *d = self;

	return d->m->ops->next_due(d->self);
}

static void meter_destroy(void *self)
{
	struct metered *d = self;

	d->m->ops->destroy(d->self);
	g_free(d);
}

static struct board_ops metered_ops(enum board_kind kind)
{
	return (struct board_ops){
		.kind = kind,
		.power_on = meter_power_on,
		.message = meter_message,
		.work = meter_work,
		.flush = meter_flush,
		.next_due = meter_next_due,
		.destroy = meter_destroy,
	};
}

/* ---- a chassis ---- */

enum { METER_R0, METER_R1, METER_FP, N_METERS };

static const struct {
	unsigned slot;
	const struct board_ops *ops;
} metered_boards[N_METERS] = {
	[METER_R0] = { SLOT_R0, &rp_board },
	[METER_R1] = { SLOT_R1, &rp_board },
	[METER_FP] = { SLOT_F0, &fp_board },
};

struct box {
	struct chassis *c;
	struct meter meter[N_METERS];
	struct meter_arg arg[N_METERS];
	struct board_ops ops[N_METERS];
	struct spa_config spa;
	struct crowd_order order, *crowd;
};

static void declare(struct box *b)
{
	g_autoptr(GBytes) text = g_bytes_new_static(startup, strlen(startup));

	for (unsigned i = 0; i < N_METERS; i++) {
		b->meter[i].ops = metered_boards[i].ops;
		b->arg[i].m = &b->meter[i];
		b->arg[i].rp.max_sessions = SESSIONS_MAX;
		b->ops[i] = metered_ops(metered_boards[i].ops->kind);
		chassis_declare(b->c, metered_boards[i].slot, &b->ops[i], &b->arg[i]);
	}
	b->spa.n_ports = 1;
	b->spa.port[0].kind = "wire";
	b->spa.port[0].peer_slot = SLOT_PEER;
	chassis_declare(b->c, SLOT_SPA, &spa_board, &b->spa);
	chassis_declare(b->c, SLOT_PEER, &crowd_board, &b->crowd);
	chassis_wire(b->c, port_ifindex(SLOT_SPA, 0), SLOT_PEER);
	chassis_file_write(b->c, SLOT_R0, "startup-config", text);
	chassis_file_write(b->c, SLOT_R1, "startup-config", text);
}

static void run_us(struct box *b, int64_t us)
{
	chassis_run(b->c, time_add(chassis_now(b->c), dur_us(us)));
}

static void run_ms(struct box *b, int64_t ms)
{
	run_us(b, ms * 1000);
}

static void run_hot(struct box *b)
{
	for (unsigned i = 0; i < 1000000 && !chassis_standby_hot(b->c); i++)
		run_us(b, 100);
	if (!chassis_standby_hot(b->c))
		g_error("the standby does not become HOT");
}

static struct box *box_new(bool standby)
{
	struct box *b = g_new0(struct box, 1);

	b->c = chassis_new(&(struct chassis_config){ .seed = 3, .virtual = true, .threads = true });
	b->crowd = &b->order;
	b->order = (struct crowd_order){ .ifindex = port_ifindex(SLOT_SPA, 0),
		.ip = 0x0a630001,
		.mask = 0xffffff00,
		.lns_ip = 0x0a630002,
		.tunnels = TUNNELS,
		.at_once = AT_ONCE,
		.interval = dur_ms(PAUSE_MS) };
	declare(b);
	chassis_insert(b->c, SLOT_R0, NULL);
	if (standby)
		chassis_insert(b->c, SLOT_R1, NULL);
	chassis_insert(b->c, SLOT_F0, NULL);
	chassis_insert(b->c, SLOT_SPA, NULL);
	if (standby)
		run_hot(b);
	run_ms(b, 5000);
	chassis_insert(b->c, SLOT_PEER, NULL);
	return b;
}

static void box_free(struct box *b)
{
	chassis_free(b->c);
	g_free(b);
}

static void reset_meters(struct box *b)
{
	for (unsigned i = 0; i < N_METERS; i++)
		b->meter[i].cpu = b->meter[i].longest = b->meter[i].turns = 0;
}

/* So many more sessions. */
static void set_up(struct box *b, unsigned calls)
{
	struct crowd_order *o = &b->order;

	o->calls += calls;
	for (unsigned i = 0; i < 2000000 && o->up < o->calls; i++)
		run_ms(b, 1);
	if (o->up < o->calls || o->lost)
		g_error("%u of %u sessions came up, %u were lost, %u tunnels", o->up,
			o->calls, o->lost, o->tunnels_up);
}

/* ---- commit ---- */

struct result {
	double us[N_METERS]; /* for each session */
};

static struct result one_round(bool standby)
{
	struct box *b = box_new(standby);
	struct result r;

	set_up(b, WARM);
	run_ms(b, 500);
	reset_meters(b);
	set_up(b, CALLS);
	run_ms(b, 100); /* what is still to be acknowledged */
	for (unsigned i = 0; i < N_METERS; i++)
		r.us[i] = (double)b->meter[i].cpu / CALLS / 1000;
	if (standby && !chassis_standby_hot(b->c))
		g_error("the standby did not stay HOT");
	box_free(b);
	return r;
}

bool bench_commit_boards(void)
{
	double us[2][N_METERS][ROUNDS], ratio[ROUNDS], q, m[2][N_METERS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		bool second = i % 2; /* which of the two goes first */
		struct result r[2];

		r[second] = one_round(second);
		r[!second] = one_round(!second);
		for (unsigned k = 0; k < 2; k++)
			for (unsigned j = 0; j < N_METERS; j++)
				us[k][j][i] = r[k].us[j];
		ratio[i] = r[0].us[METER_R0] / r[1].us[METER_R0];
	}
	q = bench_median(ratio, ROUNDS);
	for (unsigned k = 0; k < 2; k++)
		for (unsigned j = 0; j < N_METERS; j++)
			m[k][j] = bench_median(us[k][j], ROUNDS);
	printf("commit: %u tunnels, %u sessions with PAP, boards, %u calls a turn\n", TUNNELS,
		CALLS, AT_ONCE);
	printf("  without a standby  %8.0f set-ups per CPU second of R0; each: R0 %.1f us, "
	       "FP %.1f us\n",
		1e6 / m[0][METER_R0], m[0][METER_R0], m[0][METER_FP]);
	printf("  with a hot one     %8.0f (%.0f %%, at least %.0f); each: R0 %.1f us, "
	       "R1 %.1f us, FP %.1f us\n",
		1e6 / m[1][METER_R0], q * 100, MIN_RATIO * 100, m[1][METER_R0],
		m[1][METER_R1], m[1][METER_FP]);
	return q >= MIN_RATIO;
}

/* ---- bulk ---- */

struct bulk {
	unsigned sessions;   /* before */
	unsigned placed, up; /* meanwhile */
	base_dur took;       /* from the first record until HOT */
	double ms[N_METERS], longest;
};

/* The bulk begins some time after the standby was inserted. */
static void bulk_under_load(struct box *b, struct bulk *r)
{
	const struct meter *r1 = &b->meter[METER_R1];
	struct crowd_order *o = &b->order;
	base_time began;

	chassis_insert(b->c, SLOT_R1, NULL);
	for (unsigned i = 0; i < 1000000 && !r1->bulk; i++)
		run_us(b, 100);
	began = chassis_now(b->c);
	r->sessions = o->up;
	o->calls = UINT_MAX;
	run_hot(b);
	o->calls = o->placed;
	r->took = time_sub(chassis_now(b->c), began);
	r->placed = o->placed - r->sessions;
	r->up = o->up - r->sessions;
	for (unsigned i = 0; i < N_METERS; i++)
		r->ms[i] = (double)b->meter[i].cpu / 1e6;
	r->longest = (double)b->meter[METER_R0].longest / 1e6;
	set_up(b, 0);
}

bool bench_bulk_boards(void)
{
	struct box *b = box_new(false);
	struct bulk r;

	set_up(b, BULK_SESSIONS);
	b->order.at_once = BULK_AT_ONCE;
	b->order.interval = dur_us(BULK_PAUSE_US);
	run_ms(b, 500);
	reset_meters(b);
	bulk_under_load(b, &r);
	printf("bulk: %u sessions in %u tunnels, boards, from the insertion of R1 until HOT, "
	       "under set-up load\n",
		r.sessions, TUNNELS);
	printf("  R0                 %8.2f ms in all (at most %.0f), longest turn %.2f ms "
	       "(at most %.0f)\n",
		r.ms[METER_R0], MAX_BULK_MS, r.longest, MAX_TURN_MS);
	printf("  R1                 %8.2f ms\n", r.ms[METER_R1]);
	printf("  calls              %8u placed in the %.1f ms of the bulk (virtual), %u up "
	       "before HOT, all of them soon after\n",
		r.placed, (double)r.took.ns / 1e6, r.up);
	box_free(b);
	return r.sessions >= BULK_SESSIONS && r.up >= BULK_UP_MIN &&
	       r.ms[METER_R0] <= MAX_BULK_MS && r.longest <= MAX_TURN_MS;
}
