/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Faults of channels, on the virtual clock and in free run, and of ports.
 */
#include "tests/chassis/toys.h"

#include <string.h>

enum { N_SENDS = 8 };

/* R0 and F0 send numbers and packets when the test wants; who gets them notes when. */
struct rig {
	struct chassis *c;
	struct toy_script script;
	bool free_run;
	unsigned from, to;
	unsigned numbers, packets; /* still to be sent by `from` */
	size_t size;               /* of a number's record, if it is long */
	size_t backlog;            /* atomic: of the sender */
	base_time sent;
	struct {
		base_time at;
		uint32_t number; /* or UINT32_MAX: a packet */
	} got[N_SENDS * 4];
	unsigned n_got; /* atomic */
	unsigned stop_at;
	GString *control; /* what the receiver hears from the chassis */
};

static void got(struct rig *rig, uint32_t number, base_time now)
{
	g_assert_cmpuint(rig->n_got, <, G_N_ELEMENTS(rig->got));
	rig->got[rig->n_got].at = now;
	rig->got[rig->n_got].number = number;
	__atomic_store_n(&rig->n_got, rig->n_got + 1, __ATOMIC_SEQ_CST);
	if (rig->n_got == rig->stop_at)
		chassis_stop(rig->c);
}

static void message(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	struct rig *rig = toy->script->user;
	unsigned self = board_slot(toy->env);

	if (self != rig->to)
		return;
	if (msg->from == SLOT_CHASSIS && rig->free_run)
		return;
	if (msg->from == SLOT_CHASSIS) {
		g_string_append_printf(rig->control, "%s at %d;",
			ipc_type_name(msg->type),
			(int)dur_to_ms(time_sub(now, rig->sent)));
		return;
	}
	if (msg->type == IPC_CKPT)
		got(rig, (uint32_t)rd_left(&msg->payload), now);
	else
		got(rig, toy_number(msg), now);
}

static void send_numbers(struct rig *rig, struct toy *toy)
{
	static const uint8_t bytes[60000] = { 0 };

	for (; rig->numbers; rig->numbers--) {
		if (rig->size)
			ipc_send(toy->env, rig->to, IPC_CKPT, bytes, rig->size);
		else
			toy_send(toy, rig->to, rig->numbers);
	}
}

static void send_packets(struct rig *rig, struct toy *toy)
{
	struct pkt *p;

	for (; rig->packets; rig->packets--) {
		g_assert_cmpuint(pkt_alloc(toy->env, &p, 1), ==, 1);
		p->len = 1000;
		g_assert_cmpuint(pkt_tx(toy->env, rig->to, &p, 1), ==, 1);
	}
}

static bool work(struct toy *toy, base_time now)
{
	struct rig *rig = toy->script->user;
	unsigned self = board_slot(toy->env);
	struct pkt *p;

	if (self == rig->from) {
		__atomic_store_n(&rig->backlog, ipc_backlog(toy->env, rig->to),
			__ATOMIC_RELAXED);
		if (rig->numbers || rig->packets)
			rig->sent = now;
		send_numbers(rig, toy);
		send_packets(rig, toy);
	}
	while (self == rig->to && pkt_rx(toy->env, rig->from, &p, 1)) {
		got(rig, UINT32_MAX, now);
		pkt_free(toy->env, &p, 1);
	}
	/* In free run everybody sleeps until there is something. */
	toy->due = self == rig->from && !rig->free_run ? time_add(now, dur_ms(1))
						       : BASE_TIME_NEVER;
	return false;
}

static void start(struct toy *toy, base_time now)
{
	toy->due = now;
}

static const uint8_t all[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_SPA };

static void setup(struct rig *rig, gconstpointer data)
{
	const struct chassis_config cfg = { .seed = 1, .virtual = !data };

	rig->free_run = data;
	rig->from = SLOT_R0;
	rig->to = SLOT_R1;
	rig->script = (struct toy_script){
		.start = start,
		.message = message,
		.work = work,
		.user = rig,
	};
	rig->control = g_string_new(NULL);
	rig->c = chassis_new(&cfg);
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
		chassis_declare(rig->c, all[i], toy_ops(all[i]), &rig->script);
		g_assert_true(chassis_insert(rig->c, all[i], NULL));
	}
}

static void teardown(struct rig *rig, gconstpointer data)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
		if (chassis_is_in(rig->c, all[i]))
			g_assert_true(
				chassis_pull(rig->c, all[i], SLOT_WHY_PULLED, NULL));
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
		g_assert_cmpuint(
			pool_home(rig->c, all[i]), ==, pool_size(rig->c, all[i]));
	chassis_free(rig->c);
	g_string_free(rig->control, true);
}

static void run(struct rig *rig, unsigned ms)
{
	chassis_run(rig->c, time_add(chassis_now(rig->c), dur_ms(ms)));
}

static void set(struct rig *rig, struct link_faults f)
{
	struct link_faults back;
	GError *error = NULL;

	chassis_link_ipc(rig->c, rig->from, rig->to, &f, &error);
	g_assert_no_error(error);
	chassis_link_get(rig->c, rig->to, rig->from, &back);
	g_assert_cmpint(back.delay.ns, ==, f.delay.ns);
	g_assert_cmpuint(back.rate_bps, ==, f.rate_bps);
	g_assert_cmpuint(back.cut, ==, f.cut);
	g_assert_cmpuint(back.room, ==, f.room);
}

static int64_t took_us(const struct rig *rig, unsigned i)
{
	g_assert_cmpuint(i, <, rig->n_got);
	return time_sub(rig->got[i].at, rig->sent).ns / 1000;
}

/* ---- rounds ---- */

static void test_delay(struct rig *rig, gconstpointer data)
{
	set(rig, (struct link_faults){ .delay = dur_ms(500) });
	run(rig, 10);
	rig->numbers = 2;
	run(rig, 490);
	g_assert_cmpuint(rig->n_got, ==, 0);
	run(rig, 50);
	g_assert_cmpuint(rig->n_got, ==, 2);
	g_assert_cmpint(took_us(rig, 0), ==, 500000);
	/* Order is kept when the delay goes: the quick one does not overtake. */
	rig->numbers = 1;
	run(rig, 100);
	set(rig, (struct link_faults){ 0 });
	rig->size = 100;
	rig->numbers = 1;
	run(rig, 300);
	g_assert_cmpuint(rig->n_got, ==, 2);
	run(rig, 200);
	g_assert_cmpuint(rig->n_got, ==, 4);
	g_assert_cmpuint(rig->got[2].number, ==, 1);
	g_assert_cmpuint(rig->got[3].number, ==, 100);
	rig->numbers = 1;
	run(rig, 10);
	g_assert_cmpint(took_us(rig, 4), ==, 30); /* its own latency again */
}

/* Only the channel that was named; control of the chassis overtakes what is under way. */
static void test_control(struct rig *rig, gconstpointer data)
{
	set(rig, (struct link_faults){ .delay = dur_ms(500) });
	run(rig, 10);
	rig->numbers = 1;
	run(rig, 20);
	g_string_truncate(rig->control, 0);
	rig->sent = chassis_now(rig->c);
	g_assert_true(chassis_pull(rig->c, SLOT_R0, SLOT_WHY_CRASHED, NULL));
	run(rig, 400);
	g_assert_cmpuint(rig->n_got, ==, 0);
	g_assert_cmpstr(rig->control->str, ==, "peer-down at 0;term at 0;");
	run(rig, 200);
	g_assert_cmpuint(rig->n_got, ==, 1);
}

static void test_rate(struct rig *rig, gconstpointer data)
{
	size_t octets = frame_size(1000);
	int64_t each = (int64_t)octets * 8; /* us at 1 Mbit/s */

	rig->size = 1000;
	set(rig, (struct link_faults){ .rate_bps = 1000000 });
	run(rig, 10);
	rig->numbers = 4;
	run(rig, 100);
	g_assert_cmpuint(rig->n_got, ==, 4);
	for (unsigned i = 0; i < 4; i++) /* and 30 us of latency */
		g_assert_cmpint(took_us(rig, i) / 10, ==, (each * (i + 1) + 30) / 10);
	/* Idle time is not saved up. */
	rig->numbers = 1;
	run(rig, 100);
	g_assert_cmpint(took_us(rig, 4) / 10, ==, (each + 30) / 10);
}

static void test_cut(struct rig *rig, gconstpointer data)
{
	uint64_t items;

	run(rig, 10);
	set(rig, (struct link_faults){ .cut = true });
	items = chassis_items(rig->c, SLOT_R0);
	rig->numbers = 3;
	run(rig, 1000);
	g_assert_cmpuint(rig->n_got, ==, 0);
	g_assert_cmpuint(chassis_items(rig->c, SLOT_R0), ==, items + 3);
	set(rig, (struct link_faults){ 0 });
	rig->numbers = 1;
	run(rig, 10);
	g_assert_cmpuint(rig->n_got, ==, 1);
}

/* Two records fit; the rest waits and shows in the backlog. */
static void test_room(struct rig *rig, gconstpointer data)
{
	size_t size = frame_size(1000);

	rig->size = 1000;
	set(rig, (struct link_faults){ .room = 2 * size });
	run(rig, 10);
	g_assert_true(chassis_hang(rig->c, SLOT_R1, dur_ms(100), NULL));
	rig->numbers = 6;
	run(rig, 50);
	g_assert_cmpuint(rig->backlog, ==, 6 * size);
	g_assert_cmpuint(ring_fill(rig->c->board[SLOT_R0]->ipc_out[SLOT_R1]->ring), ==,
		2 * size);
	run(rig, 100);
	g_assert_cmpuint(rig->n_got, ==, 6);
	run(rig, 10);
	g_assert_cmpuint(rig->backlog, ==, 0);
	/* A record longer than the room goes alone. */
	set(rig, (struct link_faults){ .room = 10 });
	rig->numbers = 3;
	run(rig, 10);
	g_assert_cmpuint(rig->n_got, ==, 9);
	/* What waits when the channel is cut is lost. */
	g_assert_true(chassis_hang(rig->c, SLOT_R1, dur_ms(100), NULL));
	rig->numbers = 3;
	run(rig, 10);
	set(rig, (struct link_faults){ .cut = true });
	run(rig, 10);
	set(rig, (struct link_faults){ 0 });
	run(rig, 200);
	g_assert_cmpuint(rig->n_got, ==, 10);
}

/* Packets too; records and packets of a direction wait for each other. */
static void test_packets(struct rig *rig, gconstpointer data)
{
	rig->to = SLOT_F0;
	set(rig, (struct link_faults){ .delay = dur_ms(5), .rate_bps = 1000000 });
	run(rig, 10);
	rig->numbers = 1;
	rig->packets = 2;
	run(rig, 100);
	g_assert_cmpuint(rig->n_got, ==, 3);
	g_assert_cmpuint(rig->got[0].number, ==, 1);
	g_assert_cmpuint(rig->got[2].number, ==, UINT32_MAX);
	g_assert_cmpint(took_us(rig, 1), >=, 5000 + 8000);
	g_assert_cmpint(took_us(rig, 2), >=, 5000 + 16000);
	g_assert_cmpint(took_us(rig, 2), <, 5000 + 17000);
	set(rig, (struct link_faults){ .cut = true });
	rig->packets = 3;
	run(rig, 100);
	g_assert_cmpuint(rig->n_got, ==, 3);
	set(rig, (struct link_faults){ .delay = dur_ms(50) });
	rig->packets = 3; /* under way at the end: they come home all the same */
	run(rig, 20);
}

static void expect_error(bool ok, GError *error, const char *text)
{
	g_assert_false(ok);
	g_assert_cmpstr(error->message, ==, text);
	g_error_free(error);
}

static void test_no_channel(struct rig *rig, gconstpointer data)
{
	const struct link_faults f = { .cut = true };
	GError *error = NULL;
	bool ok = chassis_link_ipc(rig->c, SLOT_R0, SLOT_R0, &f, &error);

	expect_error(ok, error, "there is no channel between R0 and R0");
	error = NULL;
	ok = chassis_link_ipc(rig->c, SLOT_R0, SLOT_F1, &f, &error);
	expect_error(ok, error, "there is no channel between R0 and F1");
	error = NULL;
	ok = chassis_link_ipc(rig->c, SLOT_CHASSIS, SLOT_R0, &f, &error);
	expect_error(ok, error, "there is no channel between chassis and R0");
}

/* ---- free run ---- */

static void stop(void *user)
{
	chassis_stop(user);
}

static void run_free(struct rig *rig, unsigned stop_at)
{
	unsigned timer = chassis_at(
		rig->c, time_add(chassis_now(rig->c), dur_s(20)), stop, rig->c);

	rig->stop_at = stop_at;
	chassis_run_free(rig->c);
	chassis_at_cancel(rig->c, timer);
}

static void test_free_delay(struct rig *rig, gconstpointer data)
{
	set(rig, (struct link_faults){ .delay = dur_ms(40) });
	rig->numbers = 3;
	run_free(rig, 3);
	g_assert_cmpuint(rig->n_got, ==, 3);
	for (unsigned i = 0; i < 3; i++) {
		g_assert_cmpint(took_us(rig, i), >=, 40000);
		g_assert_cmpuint(rig->got[i].number, ==, 3 - i);
	}
	g_assert_cmpint(took_us(rig, 2), <, 10000000); /* it was woken for them */
}

static void test_free_packets(struct rig *rig, gconstpointer data)
{
	rig->to = SLOT_F0;
	set(rig, (struct link_faults){ .delay = dur_ms(40), .rate_bps = 1000000 });
	rig->packets = 3;
	run_free(rig, 3);
	g_assert_cmpuint(rig->n_got, ==, 3);
	for (unsigned i = 0; i < 3; i++)
		g_assert_cmpint(took_us(rig, i), >=, 40000 + 8000 * (int)(i + 1));
}

static void test_free_room(struct rig *rig, gconstpointer data)
{
	rig->size = 50000;
	set(rig, (struct link_faults){ .room = 60000, .delay = dur_ms(1) });
	rig->numbers = 20;
	run_free(rig, 20);
	g_assert_cmpuint(rig->n_got, ==, 20);
}

static void mend(void *user)
{
	struct rig *rig = user;

	g_assert_cmpuint(__atomic_load_n(&rig->n_got, __ATOMIC_SEQ_CST), <=, 2);
	set(rig, (struct link_faults){ 0 });
}

static void look(void *user)
{
	struct rig *rig = user;

	g_assert_cmpuint(ring_head(rig->c->board[SLOT_R0]->ipc_out[SLOT_R1]->ring), >,
		8 * 50000);
}

/* A hung board's ring is full: more room lets the sender go on, not only its waking. */
static void test_free_more_room(struct rig *rig, gconstpointer data)
{
	rig->size = 50000;
	set(rig, (struct link_faults){ .room = 60000 });
	rig->numbers = 8;
	g_assert_true(chassis_hang(rig->c, SLOT_R1, dur_ms(1000), NULL));
	chassis_at(rig->c, time_add(chassis_now(rig->c), dur_ms(100)), mend, rig);
	chassis_at(rig->c, time_add(chassis_now(rig->c), dur_ms(900)), look, rig);
	run_free(rig, 8);
	g_assert_cmpuint(rig->n_got, ==, 8);
	g_assert_cmpint(took_us(rig, 0), >=, 500000);
}

static void pull_hung(void *user)
{
	struct rig *rig = user;

	g_assert_cmpuint(__atomic_load_n(&rig->n_got, __ATOMIC_SEQ_CST), ==, 0);
	g_assert_true(chassis_pull(rig->c, SLOT_R1, SLOT_WHY_PULLED, NULL));
	g_assert_true(chassis_insert(rig->c, SLOT_R1, NULL));
	g_assert_true(chassis_hang(rig->c, SLOT_F0, dur_ms(0), NULL));
	g_assert_true(chassis_reset(rig->c, SLOT_F0, NULL));
	chassis_at(rig->c, time_add(chassis_now(rig->c), dur_ms(20)), stop, rig->c);
}

static void test_free_hung_out(struct rig *rig, gconstpointer data)
{
	rig->numbers = 3;
	g_assert_true(chassis_hang(rig->c, SLOT_R1, dur_ms(0), NULL));
	chassis_at(rig->c, time_add(chassis_now(rig->c), dur_ms(30)), pull_hung, rig);
	run_free(rig, 100);
	g_assert_cmpuint(rig->n_got, ==, 0); /* lost with it */
}

/* ---- ports ---- */

struct spa {
	struct msg_link links[8];
	unsigned n;
};

static void hear_link(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	struct spa *spa = toy->script->user;

	if (msg->type != IPC_LINK)
		return;
	g_assert_cmpuint(spa->n, <, G_N_ELEMENTS(spa->links));
	g_assert_true(ipc_decode(msg, &spa->links[spa->n++]));
}

static void test_ports(void)
{
	struct spa spa = { .n = 0 };
	const struct toy_script script = { .message = hear_link, .user = &spa };
	struct chassis *c = toy_chassis(1);
	struct msg_link m = { .dir = LINK_IN, .loss_ppm = 1000, .delay_us = 5 };
	GError *error = NULL;
	bool ok;

	chassis_declare(c, SLOT_SPA, toy_ops(SLOT_SPA), &script);
	g_assert_true(chassis_link_port(c, port_ifindex(SLOT_SPA, 3), &m, NULL));
	g_assert_true(chassis_insert(c, SLOT_SPA, NULL));
	chassis_run(c, (base_time){ 1000000 });
	g_assert_cmpuint(spa.n, ==, 1);
	g_assert_cmpuint(spa.links[0].port, ==, 3);
	g_assert_cmpuint(spa.links[0].dir, ==, LINK_IN);
	g_assert_cmpuint(spa.links[0].loss_ppm, ==, 1000);
	g_assert_cmpuint(spa.links[0].delay_us, ==, 5);
	m = (struct msg_link){ .dir = LINK_IN | LINK_OUT, .cut = true };
	g_assert_true(chassis_link_port(c, port_ifindex(SLOT_SPA, 0), &m, NULL));
	m = (struct msg_link){ 0 };
	g_assert_true(chassis_link_port(c, port_ifindex(SLOT_SPA, 3), &m, NULL));
	chassis_run(c, (base_time){ 2000000 });
	g_assert_cmpuint(spa.n, ==, 3);
	g_assert_true(spa.links[1].cut);
	g_assert_cmpuint(spa.links[2].loss_ppm, ==, 0);
	/* A new one is told of what there is. */
	g_assert_true(chassis_reset(c, SLOT_SPA, NULL));
	chassis_run(c, (base_time){ 3000000 });
	g_assert_cmpuint(spa.n, ==, 4);
	g_assert_cmpuint(spa.links[3].port, ==, 0);
	g_assert_true(spa.links[3].cut);
	chassis_link_port_get(c, port_ifindex(SLOT_SPA, 0), &m);
	g_assert_true(m.cut && chassis_link_has_faults(&m));
	ok = chassis_link_port(c, port_ifindex(SLOT_SPA + 1, 0), &m, &error);
	expect_error(ok, error, "there is no port GigabitEthernet0/1/0");
	error = NULL;
	m.loss_ppm = 1000001;
	ok = chassis_link_port(c, port_ifindex(SLOT_SPA, 0), &m, &error);
	expect_error(ok, error, "faults of GigabitEthernet0/0/0 out of range");
	chassis_free(c);
}

int main(int argc, char **argv)
{
#define ADD(name, free_run, fn)                                                        \
	g_test_add("/chassis/faults/" name, struct rig, free_run, setup, fn, teardown)

	g_test_init(&argc, &argv, NULL);
	ADD("delay", NULL, test_delay);
	ADD("control", NULL, test_control);
	ADD("rate", NULL, test_rate);
	ADD("cut", NULL, test_cut);
	ADD("room", NULL, test_room);
	ADD("packets", NULL, test_packets);
	ADD("no-channel", NULL, test_no_channel);
	ADD("free-delay", "free", test_free_delay);
	ADD("free-packets", "free", test_free_packets);
	ADD("free-room", "free", test_free_room);
	ADD("free-more-room", "free", test_free_more_room);
	ADD("free-hung-out", "free", test_free_hung_out);
	g_test_add_func("/chassis/faults/ports", test_ports);
#undef ADD
	return g_test_run();
}
