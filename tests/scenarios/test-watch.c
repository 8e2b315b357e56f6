/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judges of runs with faults see what is wrong when it is planted: packets that leave before
 * the standby has them, a standby that has forgotten, tables that differ.
 */
#include "base/net.h"
#include "chassis/internal.h"
#include "l2tp/internal.h"
#include "rp/internal.h"
#include "tests/scenarios/story.h"
#include "tests/scenarios/watch.h"

#include <string.h>

struct rig {
	struct world w;
	struct watch *watch;
};

static struct chassis *chassis(struct rig *r)
{
	return lab_chassis(r->w.lab);
}

/* One call is up; R1 hears of everything later than the FP does. */
static void begin(struct rig *r)
{
	story_begin(&r->w, story_get("hello"), 40000, 5, 3, &r->watch);
	g_assert_null(watch_failure(r->watch));
}

static void end(struct rig *r)
{
	watch_stop(r->watch);
	world_clear(&r->w);
}

static void expect(struct rig *r, const char *what)
{
	lab_run(r->w.lab, dur_ms(500));
	g_assert_nonnull(watch_failure(r->watch));
	if (!strstr(watch_failure(r->watch), what))
		g_error("%s, not %s", watch_failure(r->watch), what);
	end(r);
}

/* The tunnel at the active RP. */
static const struct l2tp_cc *tunnel(struct rig *r)
{
	const struct l2tp_engine *e = vpdn_l2tp(world_rp(&r->w, SLOT_R0)->vpdn);
	struct l2tp_cc_info info;
	uint32_t cursor = 0;

	g_assert_true(l2tp_next_cc(e, &cursor, &info));
	return cc_by_id(e, info.id);
}

/* R0 sends a HELLO with these numbers past its own engine; text: something behind it. */
static void send_hello(struct rig *r, uint16_t ns, uint16_t nr, bool zlb, const char *text)
{
	struct board_env *b = chassis(r)->board[SLOT_R0];
	const struct l2tp_cc *cc = tunnel(r);
	uint8_t buf[128];
	struct wr w = wr_init(buf, sizeof(buf));
	struct pkt *p;

	l2tp_control_build(&w, cc->remote_id, 0, ns, nr);
	if (!zlb) {
		wr_u16(&w, 0x8008);
		wr_u16(&w, 0);
		wr_u16(&w, 0);
		wr_u16(&w, L2TP_HELLO);
		wr_bytes(&w, text, strlen(text));
	}
	put_u16(buf + 2, (uint16_t)w.len);
	g_assert_cmpuint(pkt_alloc(b, &p, 1), ==, 1);
	p->flags = PKT_INJECT_IP;
	p->term = (uint32_t)chassis_term(chassis(r));
	p->class = PKT_CLASS_CONTROL;
	p->tunnel = cc->id;
	p->len = (uint16_t)udp4_build(pkt_data(p), pkt_tailroom(p), cc->path.local_ip,
		L2TP_UDP_PORT, cc->path.remote_ip, L2TP_UDP_PORT, 7, buf, w.len, true);
	b->now = chassis_now(chassis(r));
	g_assert_cmpuint(pkt_tx(b, chassis_active_fp(chassis(r)), &p, 1), ==, 1);
}

/* The numbers that are right: nothing is found. */
static void watch_right(void)
{
	struct rig r;

	begin(&r);
	send_hello(&r, tunnel(&r)->chan.s, tunnel(&r)->chan.r_dur, true, "");
	g_free(world_lac(&r.w, "hello now"));
	lab_run(r.w.lab, dur_s(8));
	g_assert_null(watch_failure(r.watch));
	g_assert_null(world_differs(&r.w));
	end(&r);
}

static void watch_nr(void)
{
	struct rig r;

	begin(&r);
	send_hello(&r, tunnel(&r)->chan.s, (uint16_t)(tunnel(&r)->chan.r_dur + 1), true, "");
	expect(&r, "I-ack: Nr ");
}

static void watch_nr_falls(void)
{
	struct rig r;

	begin(&r);
	send_hello(&r, tunnel(&r)->chan.s, (uint16_t)(tunnel(&r)->chan.r_dur - 1), true, "");
	expect(&r, "I-ack: Nr falls");
}

static void watch_ns(void)
{
	struct rig r;

	begin(&r);
	send_hello(&r, tunnel(&r)->chan.s, tunnel(&r)->chan.r_dur, false, "");
	expect(&r, "I-send: Ns ");
}

/* A number that has left before, with other bytes. */
static void watch_bytes(void)
{
	struct rig r;

	begin(&r);
	send_hello(&r, (uint16_t)(tunnel(&r)->chan.s - 1), tunnel(&r)->chan.r_dur, false,
		"more");
	expect(&r, "with two contents");
}

/* R0 believes that the standby has all when it has only been sent. */
static void acknowledge_early(void *user)
{
	struct rig *r = user;
	struct rp *rp = world_rp(&r->w, SLOT_R0);

	if (rp->txn.seq > rp->txn.acked)
		txn_on_ack(rp, rp->txn.seq, chassis_now(chassis(r)));
}

static void watch_early_ack(void)
{
	struct rig r;

	begin(&r);
	watch_also(r.watch, acknowledge_early, &r);
	g_free(world_lac(&r.w, "call"));
	expect(&r, "has left, the standby ");
}

/* The standby has lost its store and says nothing. */
static void watch_forgetful(void)
{
	struct rig r;

	begin(&r);
	vpdn_reset(world_rp(&r.w, SLOT_R1)->vpdn, chassis_now(chassis(&r)));
	g_free(world_lac(&r.w, "hello now"));
	expect(&r, "standby has");
}

/* An entry of the FP that is not what the RP would send now. */
static void tables_entry(void)
{
	g_autofree char *same = NULL, *differs = NULL;
	struct msg_fib_session m;
	struct rig r;

	begin(&r);
	same = world_differs(&r.w);
	g_assert_null(same);
	g_assert_true(fman_session_entry(world_rp(&r.w, SLOT_R0), 1, &m));
	m.mtu--;
	chassis(&r)->board[SLOT_R0]->now = chassis_now(chassis(&r));
	ipc_send_rec(chassis(&r)->board[SLOT_R0], SLOT_F0, IPC_FIB_SESSION, &m);
	lab_run(r.w.lab, dur_ms(500));
	differs = world_differs(&r.w);
	g_assert_nonnull(differs);
	g_assert_nonnull(strstr(differs, "the RP has"));
	end(&r);
}

/* A call that only the FP has lost is neither whole nor gone. */
static void judge_half(void)
{
	struct story_seen seen = {
		.shown = true, .goes_on = true, .config = true, .rp = 1, .peer = 1, .first = true
	};

	seen.traffic = (struct story_traffic){ { 100, 100 }, { 100, 100 }, 0 };
	g_assert_cmpint(story_judge(&seen), ==, HALF);
	seen.fp = 1;
	g_assert_cmpint(story_judge(&seen), ==, WHOLE);
	seen.traffic.received[1]--;
	g_assert_cmpint(story_judge(&seen), ==, HALF);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/watch/right", watch_right);
	g_test_add_func("/scenarios/watch/nr", watch_nr);
	g_test_add_func("/scenarios/watch/nr-falls", watch_nr_falls);
	g_test_add_func("/scenarios/watch/ns", watch_ns);
	g_test_add_func("/scenarios/watch/bytes", watch_bytes);
	g_test_add_func("/scenarios/watch/early-ack", watch_early_ack);
	g_test_add_func("/scenarios/watch/forgetful", watch_forgetful);
	g_test_add_func("/scenarios/watch/tables", tables_entry);
	g_test_add_func("/scenarios/watch/half", judge_half);
	return g_test_run();
}
