/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chassis with meters, see box.h. */
#include "tests/bench/box.h"

#include "chassis/chassis.h"
#include "fp/fp.h"
#include "spa/spa.h"
#include "tests/bench/bench.h"

#include <string.h>

/* ---- boards with a meter ---- */

struct metered {
	void *self;
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

static const struct {
	unsigned slot;
	const struct board_ops *ops;
} metered_boards[N_METERS] = {
	[METER_R0] = { SLOT_R0, &rp_board },
	[METER_R1] = { SLOT_R1, &rp_board },
	[METER_FP] = { SLOT_F0, &fp_board },
};

/* The LNS; its lines of authentication are the benchmark's. */
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
			      " ppp authentication %s\n"
			      "ip local pool POOL 100.64.0.1 100.65.255.254\n"
			      "end\n";

static void declare(struct box *b, const char *authentication)
{
	g_autofree char *lines = g_strdup_printf(startup, authentication);
	g_autoptr(GBytes) text = g_bytes_new(lines, strlen(lines));

	for (unsigned i = 0; i < N_METERS; i++) {
		b->meter[i].ops = metered_boards[i].ops;
		b->arg[i].m = &b->meter[i];
		b->arg[i].rp.max_sessions = BOX_SESSIONS_MAX;
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

void box_run_us(struct box *b, int64_t us)
{
	chassis_run(b->c, time_add(chassis_now(b->c), dur_us(us)));
}

void box_run_ms(struct box *b, int64_t ms)
{
	box_run_us(b, ms * 1000);
}

void box_run_hot(struct box *b)
{
	for (unsigned i = 0; i < 1000000 && !chassis_standby_hot(b->c); i++)
		box_run_us(b, 100);
	if (!chassis_standby_hot(b->c))
		g_error("the standby does not become HOT");
}

struct box *box_new(const struct box_params *p)
{
	struct box *b = g_new0(struct box, 1);

	b->c = chassis_new(&(struct chassis_config){ .seed = 3, .virtual = true, .threads = true });
	b->crowd = &b->order;
	b->order = (struct crowd_order){ .ifindex = port_ifindex(SLOT_SPA, 0),
		.ip = 0x0a630001,
		.mask = 0xffffff00,
		.lns_ip = 0x0a630002,
		.tunnels = p->tunnels,
		.at_once = p->at_once,
		.interval = p->pause };
	declare(b, p->authentication);
	chassis_insert(b->c, SLOT_R0, NULL);
	if (p->standby)
		chassis_insert(b->c, SLOT_R1, NULL);
	chassis_insert(b->c, SLOT_F0, NULL);
	chassis_insert(b->c, SLOT_SPA, NULL);
	if (p->standby)
		box_run_hot(b);
	box_run_ms(b, 5000);
	chassis_insert(b->c, SLOT_PEER, NULL);
	return b;
}

void box_free(struct box *b)
{
	chassis_free(b->c);
	g_free(b);
}

void box_reset_meters(struct box *b)
{
	for (unsigned i = 0; i < N_METERS; i++)
		b->meter[i].cpu = b->meter[i].longest = b->meter[i].turns = 0;
}

/* So many more sessions. */
void box_set_up(struct box *b, unsigned calls)
{
	struct crowd_order *o = &b->order;

	o->calls += calls;
	for (unsigned i = 0; i < 2000000 && o->up < o->calls; i++)
		box_run_ms(b, 1);
	if (o->up < o->calls || o->lost)
		g_error("%u of %u sessions came up, %u were lost, %u tunnels", o->up,
			o->calls, o->lost, o->tunnels_up);
}
