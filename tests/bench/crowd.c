/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A LAC with very many subscribers, see crowd.h.  Calls are numbered from 1; a call's number
 * is its PPP link.
 */
#include "tests/bench/crowd.h"

#include "l2tp/l2tp.h"
#include "ppp/ppp.h"
#include "ppp/wire.h"
#include "scenarios/engine/nethost.h"

enum { FRAME_MAX = 1600, OPENING_MAX = 4, CDN_CARRIER_LOST = 1 };

struct call {
	uint16_t cc, session, remote_cc, remote_session;
};

struct crowd {
	struct board_env *env;
	struct crowd_order *order;
	struct nethost net;
	struct l2tp_engine *l2tp;
	struct ppp_engine *ppp;
	uint16_t *cc; /* of each tunnel */
	unsigned opened;
	GArray *calls;     /* struct call; number n at n - 1 */
	GHashTable *by_id; /* tunnel << 16 | session -> number */
	base_time due;     /* of the next calls */
};

static void *crowd_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct crowd *c = g_new0(struct crowd, 1);
	struct crowd_order *const *order = arg;
	struct l2tp_engine_config cfg = { .seed = board_seed(env), .max_sessions = 80000 };

	c->env = env;
	c->order = *order;
	nethost_init(&c->net, env,
		&(struct nethost_config){ .ifindex = c->order->ifindex,
			.ip = c->order->ip,
			.mask = c->order->mask });
	c->l2tp = l2tp_engine_new(&cfg, now);
	c->ppp = ppp_engine_new(board_seed(env), 1, false, now);
	c->cc = g_new0(uint16_t, c->order->tunnels);
	c->calls = g_array_new(false, true, sizeof(struct call));
	c->by_id = g_hash_table_new(NULL, NULL);
	c->due = time_add(now, c->order->interval);
	return c;
}

static void crowd_destroy(void *self)
{
	struct crowd *c = self;

	g_hash_table_unref(c->by_id);
	g_array_unref(c->calls);
	g_free(c->cc);
	ppp_engine_free(c->ppp);
	l2tp_engine_free(c->l2tp);
	nethost_deinit(&c->net);
	g_free(c);
}

static void *id_key(uint16_t cc, uint16_t session)
{
	return GUINT_TO_POINTER((uint32_t)cc << 16 | session);
}

static uint32_t number_of(const struct crowd *c, uint16_t cc, uint16_t session)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(c->by_id, id_key(cc, session)));
}

static struct call *call_of(const struct crowd *c, uint32_t number)
{
	return number ? &g_array_index(c->calls, struct call, number - 1) : NULL;
}

/* ---- what is asked for ---- */

static void open_tunnels(struct crowd *c, base_time now)
{
	const struct l2tp_path path = { c->order->ip, c->order->lns_ip, L2TP_UDP_PORT,
		L2TP_UDP_PORT };
	const struct l2tp_cc_params params = { .local_name = "crowd",
		.no_session_s = UINT32_MAX };

	while (c->opened < c->order->tunnels &&
		c->opened < c->order->tunnels_up + OPENING_MAX)
		c->cc[c->opened++] = l2tp_cc_open(c->l2tp, &path, &params, now);
}

static void place_call(struct crowd *c, base_time now)
{
	uint16_t cc = c->cc[c->order->placed % c->order->tunnels];
	struct call call = { .cc = cc };

	call.session = l2tp_session_open(
		c->l2tp, cc, &(struct l2tp_call){ .framing_type = 1 }, now);
	if (!call.session)
		g_error("no room for another call");
	g_array_append_val(c->calls, call);
	g_hash_table_insert(c->by_id, id_key(cc, call.session),
		GUINT_TO_POINTER(c->calls->len));
	c->order->placed++;
}

static void place_calls(struct crowd *c, base_time now)
{
	struct crowd_order *o = c->order;

	if (o->tunnels_up < o->tunnels)
		return;
	for (unsigned n = 0; n < o->at_once && o->placed < o->calls; n++)
		place_call(c, now);
}

/* ---- effects ---- */

static void start_ppp(struct crowd *c, uint16_t cc, uint16_t session, base_time now)
{
	static const struct ppp_link_config cfg = {
		.client = true, .name = "user", .password = "pw"
	};
	uint32_t number = number_of(c, cc, session);
	struct call *call = call_of(c, number);
	struct l2tp_session_info info;
	struct l2tp_cc_info tunnel;

	if (!call || !l2tp_cc_get(c->l2tp, cc, &tunnel) ||
		!l2tp_session_get(c->l2tp, cc, session, &info))
		return;
	call->remote_cc = tunnel.remote_id;
	call->remote_session = info.remote_id;
	ppp_link_open(c->ppp, number, &cfg, now);
}

static void l2tp_effect(struct crowd *c, const struct l2tp_effect *fx, base_time now)
{
	if (fx->kind == L2TP_FX_SEND)
		nethost_send_udp(&c->net, fx->path.local_port, fx->path.remote_ip,
			fx->path.remote_port, fx->bytes, fx->len, now);
	else if (fx->kind == L2TP_FX_CC_UP)
		c->order->tunnels_up++;
	else if (fx->kind == L2TP_FX_SESSION_UP)
		start_ppp(c, fx->cc, fx->session, now);
	else if (fx->kind == L2TP_FX_CC_DOWN || fx->kind == L2TP_FX_SESSION_DOWN)
		c->order->lost++;
}

static void send_frame(
	struct crowd *c, const struct call *call, const void *frame, size_t n, base_time now)
{
	uint8_t buf[FRAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u16(&w, L2TP_VER);
	wr_u16(&w, call->remote_cc);
	wr_u16(&w, call->remote_session);
	wr_bytes(&w, frame, n);
	if (!w.bad)
		nethost_send_udp(&c->net, L2TP_UDP_PORT, c->order->lns_ip, L2TP_UDP_PORT,
			buf, w.len, now);
}

static bool is_chap(const uint8_t *frame, size_t len)
{
	struct rd r = rd_init(frame, len);

	(void)rd_u16(&r); /* FF 03 */
	return rd_u16(&r) == PPP_CHAP && !r.bad;
}

static void ppp_effect(struct crowd *c, const struct ppp_effect *fx, base_time now)
{
	const struct call *call = call_of(c, fx->link);

	if (fx->kind == PPP_FX_SEND) {
		c->order->chap += is_chap(fx->bytes, fx->len);
		send_frame(c, call, fx->bytes, fx->len, now);
	} else if (fx->kind == PPP_FX_UP) {
		c->order->up++;
	} else if (fx->kind == PPP_FX_DOWN) {
		l2tp_session_close(c->l2tp, call->cc, call->session, CDN_CARRIER_LOST, 0,
			NULL, now);
	}
}

static void pump(struct crowd *c, base_time now)
{
	struct l2tp_effect l;
	struct ppp_effect p;

	while (l2tp_engine_poll(c->l2tp, &l))
		l2tp_effect(c, &l, now);
	while (ppp_engine_poll(c->ppp, &p))
		ppp_effect(c, &p, now);
}

/* ---- packets ---- */

static void crowd_udp(void *user, const struct ipv4_hdr *ip, const struct udp_hdr *udp,
	struct rd payload, base_time now)
{
	struct crowd *c = user;
	struct rd r = payload;
	struct l2tp_hdr h;
	uint32_t number;

	if (udp->dport != L2TP_UDP_PORT || !l2tp_hdr_parse(&r, &h))
		return;
	if (l2tp_is_control(&h)) {
		const struct l2tp_path path = { ip->dst, ip->src, udp->dport,
			udp->sport };

		l2tp_engine_input(c->l2tp, &path, payload.p, rd_left(&payload), now);
	} else if ((number = number_of(c, h.tunnel, h.session))) {
		ppp_link_input(c->ppp, number, r.p, rd_left(&r), now);
	}
}

/* ---- board ---- */

static void crowd_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
}

static bool crowd_work(void *self, base_time now, unsigned budget)
{
	struct crowd *c = self;
	bool more = nethost_work(&c->net, budget, crowd_udp, c, now);

	more |= l2tp_engine_tick(c->l2tp, now, budget);
	more |= ppp_engine_tick(c->ppp, now, budget);
	pump(c, now);
	if (!time_before(now, c->due)) {
		open_tunnels(c, now);
		place_calls(c, now);
		pump(c, now);
		c->due = time_add(now, c->order->interval);
	}
	return more;
}

static base_time crowd_next_due(const void *self)
{
	const struct crowd *c = self;

	return time_min(time_min(c->due, nethost_next_due(&c->net)),
		time_min(l2tp_engine_next_due(c->l2tp), ppp_engine_next_due(c->ppp)));
}

const struct board_ops crowd_board = {
	.kind = BOARD_PEER,
	.power_on = crowd_power_on,
	.message = crowd_message,
	.work = crowd_work,
	.next_due = crowd_next_due,
	.destroy = crowd_destroy,
};
