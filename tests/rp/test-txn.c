/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Transactions of the active RP (ha-commit.md H1, H2, H3, H7), seen by a toy standby and by a
 * toy FP with an L2TP peer behind it: what leaves, and when.
 */
#include "tests/rp/rig.h"

#include "base/net.h"

#include <string.h>

static struct rig *hot_rig(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_TOY_R1 });

	rig_run_hot(rig);
	return rig;
}

static struct txn *txn(struct rig *rig)
{
	return &rig->rp[SLOT_R0]->txn;
}

/* The highest Nr of any control packet injected so far, from packet number `from` on. */
static int highest_nr(const struct rig *rig, guint from)
{
	int nr = -1;

	for (guint k = from; k < rig->fp.packets->len; k++) {
		const struct rig_packet *p =
			&g_array_index(rig->fp.packets, struct rig_packet, k);

		if (p->control)
			nr = MAX(nr, p->nr);
	}
	return nr;
}

static unsigned uncommitted(const struct rig *rig)
{
	unsigned n = 0;

	for (guint k = 0; k < rig->fp.packets->len; k++)
		n += !!(g_array_index(rig->fp.packets, struct rig_packet, k).flags &
			PKT_UNCOMMITTED);
	return n;
}

/* Numbers go up by one, from 1, in one epoch, whatever made them. */
static void txn_numbers(void)
{
	struct rig *rig = hot_rig();
	uint64_t last = 0;
	unsigned n = 0;

	rig_tunnel_up(rig);
	for (unsigned k = 0; k < 5; k++) {
		rig_hello(rig);
		rig_run(rig, 300);
	}
	g_free(rig_exec(rig, SLOT_R0, 1, "configure terminal"));
	g_free(rig_exec(rig, SLOT_R0, 1, "username bob password 0 b"));
	rig_run(rig, 500);
	for (guint k = 0; k < rig->toy.seen->len; k++) {
		const struct rig_seen *s =
			&g_array_index(rig->toy.seen, struct rig_seen, k);

		if (s->type != IPC_CKPT)
			continue;
		g_assert_cmpuint(s->epoch, ==, rig->toy.epoch);
		g_assert_cmpuint(s->seq, ==, last + 1);
		last = s->seq;
		n++;
	}
	g_assert_cmpuint(n, >=, 8);
	g_assert_cmpuint(txn(rig)->seq, ==, last);
	g_assert_cmpuint(txn(rig)->acked, ==, last);
	g_assert_cmpuint(txn_outstanding(rig->rp[SLOT_R0]), ==, 0);
	rig_free(rig);
}

/* A transaction longer than a message goes in parts of one number, all but the last with
 * CKPT_MORE. */
static void txn_parts(void)
{
	g_autoptr(GString) text = g_string_new(rig_startup);
	struct rig *rig;
	unsigned parts = 0;
	bool closed = false;

	g_string_truncate(text, text->len - strlen("end\n"));
	for (unsigned k = 0; k < 5000; k++)
		g_string_append_printf(text, "username user%u password 0 pw%u\n", k, k);
	rig = rig_new(&(struct rig_config){
		.boards = RIG_REAL_R0 | RIG_TOY_R1, .startup = text->str });
	rig_run_hot(rig);
	for (guint k = 0; k < rig->toy.seen->len; k++) {
		const struct rig_seen *s =
			&g_array_index(rig->toy.seen, struct rig_seen, k);

		if (s->type != IPC_CKPT || s->seq != 1)
			continue;
		g_assert_false(closed);
		g_assert_cmpuint(s->len, <=, IPC_PAYLOAD_MAX);
		g_assert_true(s->flags & CKPT_BULK);
		parts++;
		closed = !(s->flags & CKPT_MORE);
	}
	g_assert_true(closed);
	g_assert_cmpuint(parts, >=, 4);
	rig_free(rig);
}

/* H1, H2: an acknowledgement leaves when the standby's has come, not before. */
static void txn_held(void)
{
	struct rig *rig = hot_rig();
	guint before;
	int nr;

	rig_tunnel_up(rig);
	rig_run(rig, 200);
	nr = highest_nr(rig, 0);
	rig->toy.ack = false;
	before = rig->fp.packets->len;
	rig_hello(rig);
	rig_run(rig, 90);
	g_assert_cmpint(
		highest_nr(rig, before), <=, nr); /* nothing, or the old number */
	g_assert_cmpuint(txn_outstanding(rig->rp[SLOT_R0]), >, 0);
	rig->toy.ack = true;
	rig_toy_wake(rig);
	rig_run(rig, 250);
	g_assert_cmpint(highest_nr(rig, before), ==, nr + 1);
	g_assert_cmpuint(uncommitted(rig), ==, 0);
	g_assert_true(chassis_standby_hot(rig->c));
	rig_free(rig);
}

/* Nothing is held while there is no standby. */
static void txn_alone(void)
{
	struct rig *rig = rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 });
	guint before;

	rig_run(rig, 1000);
	rig_tunnel_up(rig);
	before = rig->fp.packets->len;
	rig_hello(rig);
	rig_run(rig, 150);
	g_assert_cmpint(highest_nr(rig, before), >, highest_nr(rig, 0) - 1);
	g_assert_cmpuint(rig->fp.packets->len, >, before);
	g_assert_cmpuint(uncommitted(rig), ==, 0);
	g_assert_cmpuint(txn(rig)->total, ==, 0);
	rig_free(rig);
}

/* H3: a warning is counted at 100 ms, the output leaves marked at 200 ms; the standby stays HOT,
 * but for this tunnel, until the acknowledgement comes. */
static void txn_budget(void)
{
	struct rig *rig = hot_rig();
	guint before;
	int nr;

	rig_tunnel_up(rig);
	rig_run(rig, 200);
	nr = highest_nr(rig, 0);
	rig->toy.ack = false;
	before = rig->fp.packets->len;
	rig_hello(rig);
	rig_run(rig, 97);
	g_assert_cmpuint(txn(rig)->warnings, ==, 0);
	rig_run(rig, 10);
	g_assert_cmpuint(txn(rig)->warnings, ==, 1);
	g_assert_cmpuint(txn(rig)->releases, ==, 0);
	g_assert_true(chassis_standby_hot(rig->c));
	rig_run(rig, 85);
	g_assert_cmpuint(txn(rig)->releases, ==, 0);
	rig_run(rig, 10);
	g_assert_cmpuint(txn(rig)->releases, ==, 1);
	g_assert_true(chassis_standby_hot(rig->c));
	g_assert_cmpint(highest_nr(rig, before), ==, nr + 1); /* no delay more */
	g_assert_cmpuint(uncommitted(rig), >, 0);
	g_assert_cmpuint(vpdn_unprotected(rig->rp[SLOT_R0]->vpdn), ==, 1);

	rig->toy.ack = true;
	rig_toy_wake(rig);
	rig_run(rig, 50);
	g_assert_cmpuint(vpdn_unprotected(rig->rp[SLOT_R0]->vpdn), ==, 0);
	g_assert_true(chassis_standby_hot(rig->c));
	g_assert_cmpuint(rig->toy.state, ==, RF_STANDBY_HOT);
	g_assert_cmpuint(
		rig_count(rig, IPC_CKPT_BEGIN), ==, 1); /* no new bulk for that */
	rig_free(rig);
}

/* PEER_DOWN: what was held leaves marked, and nothing is held afterwards. */
static void txn_peer_down(void)
{
	struct rig *rig = hot_rig();
	guint before;
	int nr;

	rig_tunnel_up(rig);
	rig_run(rig, 200);
	nr = highest_nr(rig, 0);
	rig->toy.ack = false;
	before = rig->fp.packets->len;
	rig_hello(rig);
	rig_run(rig, 20);
	chassis_pull(rig->c, SLOT_R1, SLOT_WHY_PULLED, NULL);
	rig_run(rig, 130);
	g_assert_cmpint(highest_nr(rig, before), ==, nr + 1);
	before = rig->fp.packets->len;
	rig_hello(rig);
	rig_run(rig, 130);
	g_assert_cmpint(highest_nr(rig, before), ==, nr + 2);
	rig_free(rig);
}

/* A failed acknowledgement: not HOT, and a new bulk in a new epoch. */
static void txn_failed(void)
{
	struct rig *rig = hot_rig();
	uint32_t epoch = rig->toy.epoch;

	rig_tunnel_up(rig);
	rig->toy.fail_next = true;
	rig_toy_wake(rig);
	rig_run(rig, 10);
	g_assert_false(chassis_standby_hot(rig->c));
	g_assert_cmpuint(rig_last(rig, IPC_RF)->order, ==, RF_STANDBY_COLD);
	rig_run(rig, 500);
	g_assert_cmpuint(rig_count(rig, IPC_CKPT_BEGIN), ==, 1); /* not at once */
	rig_run_hot(rig);
	rig_run(rig, 500);
	g_assert_true(chassis_standby_hot(rig->c));
	g_assert_cmpuint(rig->toy.epoch, ==, epoch + 1);
	g_assert_cmpuint(rig_count(rig, IPC_CKPT_BEGIN), ==, 2);
	/* The tunnel is in the new epoch's bulk. */
	g_assert_cmpuint(txn(rig)->acked, >=, 2);
	rig_free(rig);
}

/* Acknowledgements of another epoch, or to another power-up, say nothing. */
static void txn_foreign_acks(void)
{
	for (unsigned lie = 0; lie < 3; lie++) {
		struct rig *rig = hot_rig();
		uint64_t acked;

		rig_tunnel_up(rig);
		rig_run(rig, 200);
		acked = txn(rig)->acked;
		rig->toy.ack = false;
		rig_hello(rig);
		rig_run(rig, 20);
		g_assert_cmpuint(txn(rig)->seq, >, acked);
		rig->toy.lie_epoch = lie == 0;
		rig->toy.lie_boot = lie == 1;
		if (lie == 2) { /* and one for what was never sent */
			struct msg_ckpt_mark m = { .epoch = rig->toy.epoch,
				.seq = 1000,
				.boot_to = rig->toy.peer_boot };

			rig_toy_send_rec(rig, IPC_CKPT_ACK, &m);
		} else {
			rig->toy.ack = true;
			rig_toy_wake(rig);
		}
		rig_run(rig, 20);
		g_assert_cmpuint(txn(rig)->acked, ==, acked);
		rig_free(rig);
	}
}

/* Bytes for IPC_CKPT_ACK, IPC_RF and IPC_CKPT that are none of these are dropped. */
static void txn_garbage(void)
{
	static const uint8_t types[] = { IPC_CKPT_ACK, IPC_RF, IPC_CKPT, IPC_CKPT_BEGIN,
		IPC_CKPT_END };
	struct rig *rig = hot_rig();
	uint8_t junk[64];

	for (unsigned k = 0; k < 200; k++) {
		for (unsigned i = 0; i < sizeof(junk); i++)
			junk[i] = (uint8_t)(k * 131 + i * 31 + (k >> 3));
		rig_toy_send(
			rig, types[k % G_N_ELEMENTS(types)], junk, k % sizeof(junk));
	}
	rig_run(rig, 1500);
	g_assert_true(rf_is_active(&rig->rp[SLOT_R0]->rf));
	rig_tunnel_up(rig);
	rig_free(rig);
}

/* The bulk waits for acknowledgements when it is 128 KiB ahead; the configuration of the RP is
 * closed as long as it lasts. */
static void txn_bulk_refuses_configuration(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_TOY_R1 });
	g_autofree char *during = NULL, *after = NULL;

	rig->toy.ack = false;
	rig_run(rig, 1000);
	g_assert_cmpuint(rig_count(rig, IPC_CKPT_BEGIN), ==, 1);
	g_assert_false(chassis_standby_hot(rig->c));
	during = rig_exec(rig, SLOT_R0, 1, "configure terminal");
	g_assert_cmpstr(during, ==,
		"% Config mode cannot be entered during Standby initialization\n\n");
	g_assert_true(rig->failed);
	rig->toy.ack = true;
	rig_toy_wake(rig);
	rig_run_hot(rig);
	after = rig_exec(rig, SLOT_R0, 1, "configure terminal");
	g_assert_cmpstr(after, ==,
		"Enter configuration commands, one per line.  End with CNTL/Z.\n");
	rig_free(rig);
}

/* Lines accepted in a configuration mode that was entered before the bulk began cannot slip in
 * between its text and its end: the state they make is in the bulk or behind it. */
static void txn_lines_in_order(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_TOY_R1 });
	struct rd r;

	chassis_pull(rig->c, SLOT_R1, SLOT_WHY_PULLED, NULL);
	rig_run(rig, 1000);
	g_free(rig_exec(rig, SLOT_R0, 1, "configure terminal"));
	chassis_insert(rig->c, SLOT_R1, NULL);
	rig_run_hot(rig);
	g_free(rig_exec(rig, SLOT_R0, 1, "interface Loopback0"));
	g_free(rig_exec(rig, SLOT_R0, 1, "description now"));
	rig_run(rig, 10);
	r = rd_init(rig->toy.last->data, rig->toy.last->len);
	g_assert_cmpuint(rd_u8(&r), ==, CKPT_CONFIG);
	g_assert_cmpuint(rd_u8(&r), ==, CONFIG_REC_LINES);
	g_assert_cmpuint(rd_u8(&r), ==, CKPT_UPSERT);
	rd_skip(&r, 8);

	uint32_t len = rd_u32(&r);
	g_autofree char *text = g_strndup((const char *)rd_take(&r, len), len);

	g_assert_cmpstr(text, ==, "interface Loopback0\ndescription now");
	rig_free(rig);
}

/* ---- H15 ---- */

enum { A_TURN = 256, ROUNDS = TXN_INPUTS_MAX / A_TURN };

static uint64_t taken(struct rig *rig)
{
	const struct punt *p = &rig->rp[SLOT_R0]->punt;
	uint64_t n = 0;

	for (unsigned class = 0; class < PKT_N_CLASSES; class ++)
		n += p->taken[class];
	return n;
}

/* A turn's worth of packets, a HELLO among them: what comes in with it is one transaction. */
static void offer(struct rig *rig)
{
	uint8_t buf[64];
	size_t n = udp4_build(buf, sizeof(buf), 0x0a630001, L2TP_UDP_PORT, 0x0a630002,
		L2TP_UDP_PORT, 1, "\xc8\x02\x00\x0c\xff\xff\0\0\0\0\0\0", 12, true);

	for (unsigned i = 0; i < A_TURN - 1; i++)
		g_queue_push_tail(&rig->fp.punts, g_bytes_new(buf, n));
	rig_hello(rig);
	rig_run(rig, TXN_RELEASE_MS + 10); /* all within 10 s: a tunnel without calls ends */
}

/* The standby is silent: when as many inputs wait for it as may, further ones stay in the ring
 * of the FP, the RP lives, and all go on when it speaks. */
static void txn_inputs_cap(void)
{
	struct rig *rig = hot_rig();
	g_autofree char *shown = NULL;
	uint64_t full;

	rig_tunnel_up(rig);
	rig_run(rig, 200);
	g_assert_cmpuint(txn(rig)->inputs_sent, ==, 0);
	rig->toy.ack = false;
	for (unsigned i = 0; i < ROUNDS + 3 && txn(rig)->inputs_sent < TXN_INPUTS_MAX; i++)
		offer(rig);
	g_assert_cmpuint(txn(rig)->inputs_sent, >=, TXN_INPUTS_MAX);
	full = taken(rig);
	for (unsigned i = 0; i < 3; i++)
		offer(rig);
	g_assert_cmpuint(taken(rig), ==, full);
	g_assert_cmpuint(txn(rig)->inputs_sent, <, TXN_INPUTS_MAX + A_TURN);
	g_assert_true(rf_is_active(&rig->rp[SLOT_R0]->rf));
	shown = rig_exec(rig, SLOT_R0, 0, "show redundancy states");
	g_assert_nonnull(strstr(shown, "my state = 13 -ACTIVE"));

	rig->toy.ack = true;
	rig_toy_wake(rig);
	rig_run(rig, 500);
	g_assert_cmpuint(taken(rig) - full, >=, 3 * (A_TURN - 1));
	g_assert_cmpuint(txn(rig)->inputs_sent, ==, 0);
	g_assert_cmpuint(vpdn_unprotected(rig->rp[SLOT_R0]->vpdn), ==, 0);
	g_assert_cmpuint(rig->fp.cc_down, ==, 0);
	g_assert_true(chassis_standby_hot(rig->c));
	rig_free(rig);
}

/* How long commits took is counted. */
static void txn_latency(void)
{
	struct rig *rig = hot_rig();
	uint64_t sum = 0;

	rig_tunnel_up(rig);
	rig_run(rig, 100);
	for (unsigned k = 0; k < TXN_LATENCY_BUCKETS; k++)
		sum += txn(rig)->latency[k];
	g_assert_cmpuint(sum, ==, txn(rig)->total);
	g_assert_cmpuint(txn(rig)->latency[TXN_LATENCY_BUCKETS - 1], ==, 0);
	rig_free(rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/txn/numbers", txn_numbers);
	g_test_add_func("/rp/txn/parts", txn_parts);
	g_test_add_func("/rp/txn/held", txn_held);
	g_test_add_func("/rp/txn/alone", txn_alone);
	g_test_add_func("/rp/txn/budget", txn_budget);
	g_test_add_func("/rp/txn/peer-down", txn_peer_down);
	g_test_add_func("/rp/txn/failed", txn_failed);
	g_test_add_func("/rp/txn/foreign-acks", txn_foreign_acks);
	g_test_add_func("/rp/txn/garbage", txn_garbage);
	g_test_add_func(
		"/rp/txn/bulk-refuses-configuration", txn_bulk_refuses_configuration);
	g_test_add_func("/rp/txn/lines-in-order", txn_lines_in_order);
	g_test_add_func("/rp/txn/inputs-cap", txn_inputs_cap);
	g_test_add_func("/rp/txn/latency", txn_latency);
	return g_test_run();
}
