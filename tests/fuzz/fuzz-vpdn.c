/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole LNS: datagrams, frames, time, reports, orders and configuration changes, as a
 * stream of {operation, length of two octets, bytes}.  A standby gets every transaction
 * and must always be able to apply it; at the end it takes over.  Seeds are recorded
 * runs of tests/vpdn/lab.c, whose numbers repeat because the random seed is the same.
 */
#include "base/buf.h"
#include "tests/vpdn/lab.h"

enum op {
	OP_UDP,   /* LAC, datagram */
	OP_PPP,   /* session, frame */
	OP_TIME,  /* milliseconds */
	OP_HEARD, /* tunnel */
	OP_DEAD,  /* session */
	OP_CLEAR_SESSION,
	OP_CLEAR_TUNNEL,
	OP_CONFIG,
	OP_STANDBY,
	N_OPS,
};

enum { STEPS_MAX = 400 };

struct world {
	struct vpdn *active, *standby;
	base_time now;
	uint64_t seq;
	bool mirrored;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_counts(const struct vpdn *v)
{
	struct vpdn_session_info s;
	struct vpdn_counts c, walked = { 0 };
	uint32_t cursor = 0;

	while (vpdn_next_session(v, &cursor, &s)) {
		walked.sessions++;
		walked.sessions_open += s.open;
		walked.sessions_ha += s.ha_enabled;
		walked.sessions_ha_est += s.ha_established;
	}
	vpdn_get_counts(v, &c);
	walked.acct_pending = c.acct_pending; /* nobody else counts them */
	g_assert_cmpmem(&c, sizeof(c), &walked, sizeof(walked));
}

static void check_effect(const struct vpdn *v, const struct vpdn_effect *fx)
{
	struct vpdn_fib fib;

	switch (fx->kind) {
	case VPDN_FX_UDP:
	case VPDN_FX_PPP:
	case VPDN_FX_RADIUS:
		g_assert_cmpuint(fx->len, >, 0);
		break;
	case VPDN_FX_FIB_SESSION:
		g_assert_true(vpdn_session_fib(v, fx->session, &fib));
		break;
	case VPDN_FX_ACCT:
		g_assert_cmpuint(strlen(fx->acct.id), ==, 16);
		break;
	case VPDN_FX_UNMARK:
		g_assert_cmpuint(fx->cc, >, 0);
		break;
	case VPDN_FX_ETHER:
		g_assert_cmpuint(fx->port, >, 0);
		g_assert_cmpuint(fx->len, >, 0);
		break;
	case VPDN_FX_FIB_STOP:
	case VPDN_FX_FIB_FREE:
	case VPDN_FX_FIB_READ:
		g_assert_cmpuint(fx->session, >, 0);
		break;
	case VPDN_FX_LOG:
	case VPDN_FX_DEBUG:
		for (const char *p = fx->text; *p; p++)
			g_assert_true(g_ascii_isprint(*p));
		break;
	}
}

/* The FP and the accounting server answer every other time. */
static void answer(struct world *w, const struct vpdn_effect *fx)
{
	const struct vpdn_counts_fib counts = { 1, 2, 3, 4 };

	if (fx->kind == VPDN_FX_FIB_STOP && fx->session % 2)
		vpdn_session_stopped(w->active, fx->session, &counts, w->now);
	if (fx->kind == VPDN_FX_ACCT && fx->acct.ip % 2)
		vpdn_acct_done(w->active, fx->acct.id, fx->acct.status, w->now);
}

static void settle(struct world *w)
{
	struct vpdn_effect fx;
	struct ckpt_record rec;

	while (vpdn_poll(w->active, &fx)) {
		check_effect(w->active, &fx);
		answer(w, &fx);
	}
	while (vpdn_poll_record(w->active, &rec)) {
		g_assert_true(w->mirrored);
		g_assert_true(vpdn_apply(w->standby, &rec, w->now));
	}
	vpdn_txn_end(w->active, ++w->seq);
	vpdn_committed(w->active, w->seq, w->now);
	while (vpdn_poll(w->active, &fx))
		check_effect(w->active, &fx);
}

static void change_config(struct vpdn *v, uint8_t what, base_time now)
{
	struct vpdn_config *c = vpdn_config(v);
	struct vpdn_group *g = vpdn_config_group(c, "1", false);

	switch (what % 8) {
	case 0:
		c->no_l2tp_sso = !c->no_l2tp_sso;
		break;
	case 1:
		if (g)
			vpdn_settings_put(&g->own, VPDN_SET_SSO,
				!vpdn_config_number(c, g, VPDN_SET_SSO));
		break;
	case 2:
		if (!vpdn_config_remove_group(c, "1"))
			lab_configure(v);
		break;
	case 3:
		vpdn_config_remove_vtemplate(c, 1);
		break;
	case 4:
		vpdn_config_remove_pool(c, "POOL");
		break;
	case 5:
		vpdn_config_add_pool(c, "POOL", LAB_POOL_LOW, LAB_POOL_HIGH);
		break;
	case 6:
		vpdn_config_remove_user(c, "user1");
		break;
	case 7:
		c->enable = !c->enable;
		break;
	}
	vpdn_config_changed(v, now);
}

static void change_standby(struct world *w)
{
	w->mirrored = !w->mirrored;
	vpdn_set_standby(w->active, w->mirrored, w->now);
	vpdn_reset(w->standby, w->now);
	if (!w->mirrored)
		return;
	do
		settle(w);
	while (vpdn_bulk_next(w->active, 2));
}

static void step(struct world *w, enum op op, struct rd *r)
{
	struct l2tp_path path = { LAB_LNS_IP, 0x0a630064, 1701, 1701 };
	uint8_t small;

	switch (op) {
	case OP_UDP:
		path.remote_ip += rd_u8(r) % LAB_LACS;
		vpdn_input_udp(w->active, &path, r->p, rd_left(r), w->now);
		break;
	case OP_PPP:
		small = rd_u8(r);
		vpdn_input_ppp(w->active, small, r->p, rd_left(r), w->now);
		break;
	case OP_TIME:
		w->now = time_add(w->now, dur_ms(rd_u16(r)));
		for (unsigned i = 0; i < 50 && vpdn_tick(w->active, w->now, 10); i++)
			settle(w);
		break;
	case OP_HEARD:
		vpdn_heard(w->active, rd_u16(r), w->now);
		break;
	case OP_DEAD:
		vpdn_dead(w->active, rd_u8(r), PPP_CAUSE_ECHO, w->now);
		break;
	case OP_CLEAR_SESSION:
		vpdn_clear_session(w->active, rd_u8(r), w->now);
		break;
	case OP_CLEAR_TUNNEL:
		vpdn_clear_tunnel(w->active, rd_u16(r), w->now);
		break;
	case OP_CONFIG:
		small = rd_u8(r);
		change_config(w->active, small, w->now);
		change_config(w->standby, small, w->now);
		break;
	case OP_STANDBY:
		change_standby(w);
		break;
	case N_OPS:
		break;
	}
	settle(w);
}

static struct vpdn *lns(uint8_t parity, bool passive, base_time now)
{
	struct vpdn_params p = { .seed = 1,
		.id_parity = parity,
		.passive = passive,
		.max_tunnels = LAB_TUNNELS,
		.max_sessions = LAB_SESSIONS };
	struct vpdn *v = vpdn_new(&p, now);

	lab_configure(v);
	vpdn_config_changed(v, now);
	vpdn_set_accepting(v, true);
	return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct world w = { .now = { 1000000000 } };
	struct vpdn_effect fx;

	w.active = lns(0, false, w.now);
	w.standby = lns(1, true, w.now);
	change_standby(&w);
	for (unsigned i = 0; i < STEPS_MAX && rd_left(&r) >= 3; i++) {
		enum op op = rd_u8(&r) % N_OPS;
		size_t len = rd_u16(&r);
		struct rd body = rd_sub(&r, MIN(len, rd_left(&r)));

		step(&w, op, &body);
	}
	check_counts(w.active);
	check_counts(w.standby);
	vpdn_activate(w.standby, NULL, 0, w.now);
	while (vpdn_poll(w.standby, &fx))
		check_effect(w.standby, &fx);
	check_counts(w.standby);
	vpdn_free(w.active);
	vpdn_free(w.standby);
	return 0;
}
