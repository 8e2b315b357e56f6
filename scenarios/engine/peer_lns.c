/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated LNS on a wire, see peer_lns.h.
 */
#include "scenarios/engine/peer_lns.h"

#include "l2tp/wire.h"
#include "ppp/wire.h"
#include "scenarios/engine/peer.h"
#include "scenarios/engine/probed.h"
#include "vpdn/vpdn.h"

enum {
	FRAME_MAX = 1600,
	HELLO_S = 60,
	ECHO_S = 10, /* between LCP echoes; whoever is silent for so many of them is dead */
	ECHO_MISSES = 5,
	ECHO_REQUEST = 9,
	POOL_LOW = 0x64500001, /* 100.80.0.1 */
	POOL_HIGH = 0x6450fffe,
};

struct peer_lns {
	struct board_env *env;
	const struct peer_host_config *cfg;
	struct nethost net;
	struct vpdn *vpdn;
	GHashTable *by_ip; /* subscriber's address -> number of his session */
	struct probed *subscribers;
	GHashTable *misses; /* number of a session -> echoes since it was heard */
	base_time echo_due;
	bool probing;
	uint16_t run;
	base_time probe_due;
	uint64_t strange, unknown;
};

static void configure(struct vpdn *v, const struct peer_host_config *cfg)
{
	struct vpdn_config *c = vpdn_config(v);
	struct vpdn_group *g = vpdn_config_group(c, "1", true);
	struct vpdn_vtemplate *t = vpdn_config_vtemplate(c, 1, true);

	c->enable = true;
	g_free(c->hostname);
	c->hostname = g_strdup(cfg->name);
	g->accept_dialin = g->protocol_l2tp = true;
	g->virtual_template = 1;
	if (cfg->lns_secret)
		vpdn_settings_put_text(&g->own, VPDN_SET_PASSWORD, cfg->lns_secret);
	vpdn_settings_put(&g->own, VPDN_SET_HELLO, HELLO_S);
	t->local_ip = cfg->net.ip;
	t->pool = g_strdup("POOL");
	t->auth[0] = PPP_AUTH_CHAP;
	t->auth[1] = PPP_AUTH_PAP;
	(void)vpdn_config_add_pool(c, "POOL", POOL_LOW, POOL_HIGH);
	(void)vpdn_config_set_user(c, cfg->user, cfg->password);
	vpdn_config_changed(v, BASE_TIME_ZERO);
	vpdn_set_accepting(v, true);
}

static void *lns_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct peer_lns *l = g_new0(struct peer_lns, 1);
	const struct vpdn_params params = { .seed = board_seed(env), .no_accounting = true };

	l->env = env;
	l->cfg = arg;
	nethost_init(&l->net, env, &l->cfg->net);
	l->vpdn = vpdn_new(&params, now);
	configure(l->vpdn, l->cfg);
	l->by_ip = g_hash_table_new(NULL, NULL);
	l->subscribers = probed_new();
	l->misses = g_hash_table_new(NULL, NULL);
	l->echo_due = time_add(now, dur_s(ECHO_S));
	l->probing = l->cfg->probe_pps;
	l->run = 1;
	l->probe_due = probe_next_tick(now, l->cfg->probe_pps);
	return l;
}

static void lns_destroy(void *self)
{
	struct peer_lns *l = self;

	probed_free(l->subscribers);
	g_hash_table_unref(l->misses);
	g_hash_table_unref(l->by_ip);
	vpdn_free(l->vpdn);
	nethost_deinit(&l->net);
	g_free(l);
}

/* ---- out ---- */

/* A PPP frame of a session. */
static void send_data(struct peer_lns *l, uint32_t session, const void *frame, size_t n,
	base_time now)
{
	uint8_t buf[FRAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	struct vpdn_fib f;

	if (!vpdn_session_fib(l->vpdn, session, &f))
		return;
	wr_u16(&w, L2TP_VER);
	wr_u16(&w, f.remote_tunnel);
	wr_u16(&w, f.remote_session);
	wr_bytes(&w, frame, n);
	if (!w.bad)
		nethost_send_udp(&l->net, f.path.local_port, f.path.remote_ip,
			f.path.remote_port, buf, w.len, now);
}

static void send_inner(struct peer_lns *l, uint32_t session, const uint8_t *packet, size_t n,
	base_time now)
{
	uint8_t buf[FRAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	ppp_hdr_build(&w, PPP_IPV4);
	wr_bytes(&w, packet, n);
	if (!w.bad)
		send_data(l, session, buf, w.len, now);
}

static void pump(struct peer_lns *l, base_time now)
{
	struct vpdn_effect fx;

	while (vpdn_poll(l->vpdn, &fx)) {
		switch (fx.kind) {
		case VPDN_FX_UDP:
			nethost_send_udp(&l->net, fx.path.local_port, fx.path.remote_ip,
				fx.path.remote_port, fx.bytes, fx.len, now);
			break;
		case VPDN_FX_PPP:
			send_data(l, fx.session, fx.bytes, fx.len, now);
			break;
		case VPDN_FX_FIB_STOP: /* it has no counters of its own */
			vpdn_session_stopped(l->vpdn, fx.session, NULL, now);
			break;
		case VPDN_FX_ETHER:
		case VPDN_FX_FIB_SESSION:
		case VPDN_FX_FIB_FREE:
		case VPDN_FX_FIB_READ:
		case VPDN_FX_ACCT:
		case VPDN_FX_RADIUS:
		case VPDN_FX_UNMARK:
		case VPDN_FX_LOG:
		case VPDN_FX_DEBUG:
			break;
		}
	}
}

/* Has the session been silent for too long?  Else it is asked again. */
static bool is_dead(struct peer_lns *l, const struct vpdn_session_info *s, base_time now)
{
	void *key = GUINT_TO_POINTER(s->number);
	unsigned misses = GPOINTER_TO_UINT(g_hash_table_lookup(l->misses, key));
	uint8_t buf[16];
	struct wr w = wr_init(buf, sizeof(buf));
	struct vpdn_fib f;

	if (misses >= ECHO_MISSES)
		return true;
	g_hash_table_insert(l->misses, key, GUINT_TO_POINTER(misses + 1));
	if (!vpdn_session_fib(l->vpdn, s->number, &f))
		return false;
	ppp_hdr_build(&w, PPP_LCP);
	wr_u8(&w, ECHO_REQUEST);
	wr_u8(&w, (uint8_t)misses);
	wr_u16(&w, 8);
	wr_u32(&w, f.local_magic);
	send_data(l, s->number, buf, w.len, now);
	return false;
}

static void echo_all(struct peer_lns *l, base_time now)
{
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	while (vpdn_next_session(l->vpdn, &cursor, &s))
		if (s.open && !s.closing && is_dead(l, &s, now))
			vpdn_dead(l->vpdn, s.number, PPP_CAUSE_ECHO, now);
	pump(l, now);
}

/* ---- in ---- */

static void inner_ip(struct peer_lns *l, uint32_t session, struct rd r, base_time now)
{
	uint8_t buf[FRAME_MAX];
	struct ipv4_hdr ip;
	struct udp_hdr udp;
	struct probe p;
	size_t n;

	if (!ipv4_parse(&r, &ip) || ip.dst != l->cfg->net.ip) {
		l->strange++;
		return;
	}
	if (ip.proto == IPPROTO_NUM_UDP && udp_parse(&r, &ip, &udp) &&
		udp.dport == PROBE_PORT && probe_parse(r, &p) && p.direction == PROBE_UP) {
		g_hash_table_insert(l->by_ip, GUINT_TO_POINTER(ip.src),
			GUINT_TO_POINTER(session));
		probed_take(l->subscribers, &p, ip.src, now);
		return;
	}
	n = ip.proto == IPPROTO_NUM_ICMP
		    ? nethost_echo_reply(buf, sizeof(buf), &ip, r, 0)
		    : 0;
	if (n)
		send_inner(l, session, buf, n, now);
	else
		l->strange++;
}

static void input_data(
	struct peer_lns *l, const struct l2tp_hdr *h, struct rd r, base_time now)
{
	struct vpdn_session_info s;
	struct rd frame = r;
	uint16_t protocol;

	if (!vpdn_session_find(l->vpdn, h->tunnel, h->session, &s)) {
		l->unknown++;
		return;
	}
	vpdn_heard(l->vpdn, h->tunnel, now);
	g_hash_table_remove(l->misses, GUINT_TO_POINTER(s.number));
	if (!ppp_hdr_parse(&r, &protocol))
		l->strange++;
	else if (protocol != PPP_IPV4)
		vpdn_input_ppp(l->vpdn, s.number, frame.p, rd_left(&frame), now);
	else if (s.open)
		inner_ip(l, s.number, r, now);
	pump(l, now);
}

static void lns_udp(void *user, const struct ipv4_hdr *ip, const struct udp_hdr *udp,
	struct rd payload, base_time now)
{
	struct peer_lns *l = user;
	struct rd r = payload;
	struct l2tp_hdr h;

	if (udp->dport != L2TP_UDP_PORT || !l2tp_hdr_parse(&r, &h)) {
		l->strange++;
		return;
	}
	if (l2tp_is_control(&h)) {
		const struct l2tp_path path = { ip->dst, ip->src, udp->dport,
			udp->sport };

		vpdn_input_udp(l->vpdn, &path, payload.p, rd_left(&payload), now);
		pump(l, now);
	} else {
		input_data(l, &h, r, now);
	}
}

static void send_probes(struct peer_lns *l, base_time now)
{
	uint8_t payload[PROBE_LEN], packet[IPV4_HDR + UDP_HDR + PROBE_LEN];
	unsigned cursor = 0;
	struct probe p;
	uint32_t ip;

	while (probed_next(l->subscribers, &cursor, l->run, now, &p, &ip)) {
		uint32_t session = GPOINTER_TO_UINT(
			g_hash_table_lookup(l->by_ip, GUINT_TO_POINTER(ip)));
		struct vpdn_session_info s;
		size_t n;

		if (!vpdn_session_get(l->vpdn, session, &s) || s.subscriber_ip != ip)
			continue;
		probe_build(payload, &p);
		n = udp4_build(packet, sizeof(packet), l->cfg->net.ip, PROBE_PORT, ip,
			PROBE_PORT, (uint16_t)p.number, payload, sizeof(payload), true);
		send_inner(l, session, packet, n, now);
	}
}

/* ---- orders ---- */

static void order_start(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lns *l = self;

	if (!l->probing)
		l->run++;
	l->probing = true;
	l->probe_due = probe_next_tick(now, l->cfg->probe_pps);
	peer_reply(l->env, id, "");
}

static void order_stop(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lns *l = self;

	l->probing = false;
	l->probe_due = BASE_TIME_NEVER;
	peer_reply(l->env, id, "");
}

static void order_clear(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lns *l = self;
	struct vpdn_session_info s;
	uint32_t cursor = 0;
	unsigned n = 0;

	while (vpdn_next_session(l->vpdn, &cursor, &s)) {
		if (++n != number)
			continue;
		vpdn_clear_session(l->vpdn, s.number, now);
		pump(l, now);
		peer_reply(l->env, id, "");
		return;
	}
	peer_error(l->env, id, "there are only %u sessions", n);
}

static void order_close(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lns *l = self;
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	while (l2tp_next_cc(vpdn_l2tp(l->vpdn), &cursor, &cc))
		vpdn_clear_tunnel(l->vpdn, cc.id, now);
	pump(l, now);
	peer_reply(l->env, id, "");
}

static void order_report(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lns *l = self;
	g_autoptr(GString) lines = g_string_new(NULL);
	g_autoptr(GString) out = g_string_new(NULL);
	struct l2tp_counts tunnels;
	struct vpdn_counts n;

	l2tp_get_counts(vpdn_l2tp(l->vpdn), &tunnels);
	vpdn_get_counts(l->vpdn, &n);
	g_string_append_printf(out, "peer=%s tunnels-up=%u sessions-up=%u", l->cfg->name,
		tunnels.tunnels, n.sessions_open);
	probed_report(l->subscribers, now, out, lines);
	g_string_append_printf(out,
		" strange=%" G_GUINT64_FORMAT " unknown=%" G_GUINT64_FORMAT
		" malformed=%" G_GUINT64_FORMAT " dropped=%" G_GUINT64_FORMAT
		" probing=%d\n%s",
		l->strange, l->unknown, l->net.malformed, l->net.dropped, l->probing,
		lines->str);
	peer_reply(l->env, id, out->str);
}

static void order_mark(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lns *l = self;

	order_report(self, id, number, now);
	probed_mark(l->subscribers);
}

static const struct peer_order lns_orders[] = {
	{ "start probes", order_start },
	{ "stop probes", order_stop },
	{ "clear N", order_clear },
	{ "close", order_close },
	{ "report", order_report },
	{ "mark", order_mark },
	{ 0 },
};

/* ---- board ---- */

static void lns_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct peer_lns *l = self;

	for (size_t i = 0; i < n; i++)
		peer_dispatch(l->env, lns_orders, l, &msgs[i], now);
}

static bool lns_work(void *self, base_time now, unsigned budget)
{
	struct peer_lns *l = self;
	bool more = nethost_work(&l->net, budget, lns_udp, l, now);

	if (!time_before(now, vpdn_next_due(l->vpdn)))
		more |= vpdn_tick(l->vpdn, now, budget);
	pump(l, now);
	if (!time_before(now, l->echo_due)) {
		echo_all(l, now);
		l->echo_due = time_add(now, dur_s(ECHO_S));
	}
	if (!time_before(now, l->probe_due)) {
		send_probes(l, now);
		l->probe_due = probe_next_tick(now, l->cfg->probe_pps);
	}
	return more;
}

static base_time lns_next_due(const void *self)
{
	const struct peer_lns *l = self;

	return time_min(time_min(vpdn_next_due(l->vpdn), nethost_next_due(&l->net)),
		time_min(l->echo_due, l->probe_due));
}

const struct board_ops peer_lns_board = {
	.kind = BOARD_PEER,
	.power_on = lns_power_on,
	.message = lns_message,
	.work = lns_work,
	.next_due = lns_next_due,
	.destroy = lns_destroy,
};
