/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The SPA board with wires: frames both ways, reports of ports, admin state.
 */
#include "spa/spa.h"

#include "tests/spa/probe.h"

enum {
	SPA_0_0 = SLOT_SPA,
	PEER = SLOT_PEER,
};

struct world {
	struct chassis *c;
	struct probe rp, f0, f1, peer;
	struct probe *rp_p, *f0_p, *f1_p, *peer_p;
	struct spa_config cfg;
};

static void run_ms(struct world *w, int64_t ms)
{
	chassis_run(w->c, time_add(chassis_now(w->c), dur_ms(ms)));
}

static void declare(struct world *w, unsigned slot, const struct board_ops *ops,
	struct probe *p, struct probe **pp, unsigned listen)
{
	probe_init(p, listen);
	*pp = p;
	chassis_declare(w->c, slot, ops, pp);
}

static void insert(struct world *w, unsigned slot)
{
	g_autoptr(GError) error = NULL;

	chassis_insert(w->c, slot, &error);
	g_assert_no_error(error);
}

static void pull(struct world *w, unsigned slot)
{
	g_autoptr(GError) error = NULL;

	chassis_pull(w->c, slot, SLOT_WHY_PULLED, &error);
	g_assert_no_error(error);
}

/* Ports 0 and 1 are wires to the same peer, 2 and 3 are not attached. */
static struct world *make_world(void)
{
	struct world *w = g_new0(struct world, 1);
	struct chassis_config cfg = { .seed = 1, .virtual = true };

	w->c = chassis_new(&cfg);
	w->cfg.n_ports = 4;
	w->cfg.port[0].kind = "wire";
	w->cfg.port[0].peer_slot = PEER;
	w->cfg.port[1].peer_slot = PEER;
	declare(w, SLOT_R0, &probe_rp, &w->rp, &w->rp_p, SLOT_F0);
	declare(w, SLOT_F0, &probe_fp, &w->f0, &w->f0_p, SPA_0_0);
	declare(w, SLOT_F1, &probe_fp, &w->f1, &w->f1_p, SPA_0_0);
	chassis_declare(w->c, SPA_0_0, &spa_board, &w->cfg);
	declare(w, PEER, &probe_peer, &w->peer, &w->peer_p, SPA_0_0);
	chassis_wire(w->c, port_ifindex(SPA_0_0, 0), PEER);
	chassis_wire(w->c, port_ifindex(SPA_0_0, 1), PEER);
	insert(w, SLOT_R0);
	insert(w, SLOT_F0);
	insert(w, SPA_0_0);
	insert(w, PEER);
	run_ms(w, 10);
	return w;
}

static void free_world(struct world *w)
{
	chassis_free(w->c);
	probe_deinit(&w->rp);
	probe_deinit(&w->f0);
	probe_deinit(&w->f1);
	probe_deinit(&w->peer);
	g_free(w);
}

static GByteArray *frame(const char *text)
{
	GByteArray *b = g_byte_array_new();

	g_byte_array_append(b, (const guint8 *)text, (guint)strlen(text));
	return b;
}

static void expect_text(const struct probe_pkt *p, const char *text, uint16_t ifindex)
{
	g_assert_nonnull(p);
	g_assert_cmpmem(g_bytes_get_data(p->bytes, NULL), g_bytes_get_size(p->bytes),
		text, strlen(text));
	g_assert_cmpuint(p->ifindex, ==, ifindex);
}

static void test_reports(void)
{
	struct world *w = make_world();
	struct msg_port_state m;

	g_assert_cmpuint(probe_last(&w->f0, IPC_PORT_STATE, &m), ==, 4);
	g_assert_cmpuint(m.ifindex, ==, port_ifindex(SPA_0_0, 3));
	g_assert_cmphex(m.mac, ==, 0x020000000003);
	g_assert_cmpuint(m.mtu, ==, 1500);
	g_assert_cmpstr(m.driver, ==, "wire");
	g_assert_true(m.up);
	g_assert_true(m.present);
	rec_clear(ipc_table(IPC_PORT_STATE), &m);
	g_assert_cmpuint(probe_count(&w->rp, IPC_PORT_STATE), ==, 4);
	insert(w, SLOT_F1); /* hears it when it comes */
	run_ms(w, 10);
	g_assert_cmpuint(probe_count(&w->f1, IPC_PORT_STATE), ==, 4);
	g_assert_cmpuint(probe_count(&w->f0, IPC_PORT_STATE), ==, 4);
	run_ms(w, 5000); /* nothing moves: nothing is said */
	g_assert_cmpuint(probe_count(&w->f0, IPC_PORT_STATE), ==, 4);
	free_world(w);
}

static void test_frames(void)
{
	struct world *w = make_world();
	struct probe_pkt by0 = { .ifindex = port_ifindex(SPA_0_0, 0) };
	struct probe_pkt by1 = { .ifindex = port_ifindex(SPA_0_0, 1) };
	struct probe_pkt by2 = { .ifindex = port_ifindex(SPA_0_0, 2) };
	struct probe_pkt wrong = { .ifindex = port_ifindex(SPA_0_0, 7) };
	struct msg_port_state m;

	probe_send(&w->peer, SPA_0_0, &by0, frame("one"));
	probe_send(&w->peer, SPA_0_0, &by1, frame("two"));
	probe_send(&w->peer, SPA_0_0, &wrong, frame("three"));
	probe_send(&w->f0, SPA_0_0, &by1, frame("four"));
	probe_send(&w->f0, SPA_0_0, &by0, frame("five"));
	probe_send(&w->f0, SPA_0_0, &by2, frame("nobody there"));
	probe_send(&w->f0, SPA_0_0, &wrong, frame("no such port"));
	run_ms(w, 1);
	expect_text(probe_pkt_at(&w->f0, 0), "one", by0.ifindex);
	expect_text(probe_pkt_at(&w->f0, 1), "two", by1.ifindex);
	expect_text(probe_pkt_at(&w->f0, 2), "three", by0.ifindex);
	expect_text(probe_pkt_at(&w->peer, 0), "four", by1.ifindex);
	expect_text(probe_pkt_at(&w->peer, 1), "five", by0.ifindex);
	g_assert_cmpuint(w->peer.pkts->len, ==, 2);
	probe_forget(&w->rp);
	run_ms(w, 1100);
	g_assert_cmpuint(
		probe_last(&w->rp, IPC_PORT_STATE, &m), ==, 3); /* those that moved */
	g_assert_cmpuint(m.ifindex, ==, by2.ifindex);
	g_assert_cmpuint(m.tx_packets, ==, 1);
	rec_clear(ipc_table(IPC_PORT_STATE), &m);
	free_world(w);
}

static void test_admin(void)
{
	struct world *w = make_world();
	struct probe_pkt by0 = { .ifindex = port_ifindex(SPA_0_0, 0) };
	struct msg_port_admin down = { .port = 0, .up = false };
	struct msg_port_admin none = { .port = 9, .up = false };
	struct msg_port_state m;

	probe_forget(&w->f0);
	ipc_send_rec(w->rp.env, SPA_0_0, IPC_PORT_ADMIN, &none);
	ipc_send_rec(w->rp.env, SPA_0_0, IPC_PORT_ADMIN, &down);
	run_ms(w, 1);
	g_assert_cmpuint(probe_last(&w->f0, IPC_PORT_STATE, &m), ==, 1);
	g_assert_false(m.up);
	rec_clear(ipc_table(IPC_PORT_STATE), &m);
	probe_send(&w->peer, SPA_0_0, &by0, frame("in"));
	probe_send(&w->f0, SPA_0_0, &by0, frame("out"));
	run_ms(w, 1100);
	g_assert_cmpuint(w->f0.pkts->len, ==, 0);
	g_assert_cmpuint(w->peer.pkts->len, ==, 0);
	probe_last(&w->f0, IPC_PORT_STATE, &m);
	g_assert_cmpuint(m.rx_drops, ==, 1);
	g_assert_cmpuint(m.tx_drops, ==, 1);
	rec_clear(ipc_table(IPC_PORT_STATE), &m);

	board_set_term(w->rp.env, 0); /* H8: an order of a term that is over */
	down.up = true;
	ipc_send_rec(w->rp.env, SPA_0_0, IPC_PORT_ADMIN, &down);
	run_ms(w, 1);
	probe_send(&w->peer, SPA_0_0, &by0, frame("in"));
	run_ms(w, 1);
	g_assert_cmpuint(w->f0.pkts->len, ==, 0);
	board_set_term(w->rp.env, w->rp.term);
	ipc_send_rec(w->rp.env, SPA_0_0, IPC_PORT_ADMIN, &down);
	run_ms(w, 1);
	probe_send(&w->peer, SPA_0_0, &by0, frame("in"));
	run_ms(w, 1);
	g_assert_cmpuint(w->f0.pkts->len, ==, 1);
	free_world(w);
}

static void test_other_fp(void)
{
	struct world *w = make_world();
	struct probe_pkt by0 = { .ifindex = port_ifindex(SPA_0_0, 0) };

	insert(w, SLOT_F1);
	run_ms(w, 1);
	probe_send(&w->peer, SPA_0_0, &by0, frame("to F0"));
	run_ms(w, 1);
	pull(w, SLOT_F0);
	run_ms(w, 1);
	probe_send(&w->peer, SPA_0_0, &by0, frame("to F1"));
	run_ms(w, 1);
	expect_text(probe_pkt_at(&w->f0, 0), "to F0", by0.ifindex);
	expect_text(probe_pkt_at(&w->f1, 0), "to F1", by0.ifindex);
	pull(w, SLOT_F1);
	run_ms(w, 1);
	probe_send(&w->peer, SPA_0_0, &by0, frame("to nobody"));
	run_ms(w, 1);
	free_world(w);
}

/* A burst that is longer than the rings: some are lost, none stays with the board. */
static void test_overrun(void)
{
	struct world *w = make_world();
	struct probe_pkt by0 = { .ifindex = port_ifindex(SPA_0_0, 0) };
	struct msg_fib_index wake = { .index = 1 };

	w->f0.lazy = true;
	for (unsigned k = 0; k < 10; k++) {
		for (unsigned i = 0; i < 200; i++)
			probe_send(&w->peer, SPA_0_0, &by0, frame("x"));
		run_ms(w, 1);
	}
	w->f0.lazy = false;
	ipc_send_rec(w->rp.env, SLOT_F0, IPC_FIB_READ, &wake);
	run_ms(w, 1);
	g_assert_cmpuint(w->f0.pkts->len, >=, 1000);
	g_assert_cmpuint(w->f0.pkts->len, <, 2000);
	probe_forget(&w->f0);
	probe_send(&w->peer, SPA_0_0, &by0, frame("after it"));
	run_ms(w, 1);
	expect_text(probe_pkt_at(&w->f0, 0), "after it", by0.ifindex);
	g_assert_cmpuint(w->f0.pkts->len, ==, 1);
	free_world(w);
}

static void test_check(void)
{
	g_autoptr(GError) no_kind = NULL;
	g_autoptr(GError) no_iface = NULL;

	g_assert_true(spa_port_check("wire", NULL, NULL));
	g_assert_false(spa_port_check("serial", "x", &no_kind));
	g_assert_error(no_kind, SPA_ERROR, SPA_ERROR_KIND);
	g_assert_false(spa_port_check("packet", "nosuch0", &no_iface));
	g_assert_error(no_iface, SPA_ERROR, SPA_ERROR_IFACE);
	g_assert_cmpstr(no_iface->message, ==,
		"no interface \"nosuch0\" on this machine (ip link shows them)");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/spa/spa/reports", test_reports);
	g_test_add_func("/spa/spa/frames", test_frames);
	g_test_add_func("/spa/spa/admin", test_admin);
	g_test_add_func("/spa/spa/other-fp", test_other_fp);
	g_test_add_func("/spa/spa/overrun", test_overrun);
	g_test_add_func("/spa/spa/check", test_check);
	return g_test_run();
}
