/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated LNS on a wire, see lns.h.  RFC 2661, 1661, 1994, 1332 by the router's engines, or
 * L2TP by what a test gives it.
 *
 * A line is a place for one call: its number is that of the PPP link.  Flows belong to the keys
 * of subscribers, whatever line their call is on.
 */
#include "tests/sim/peers/lns.h"

#include "ppp/ppp.h"
#include "scenarios/engine/peer.h"
#include "scenarios/engine/probe.h"

#include <string.h>

enum {
	LINES_MAX = 4096,
	DATA_MAX = 1600,
	CHALLENGE_S = 10,
	CDN_ADMIN = 3, /* RFC 2661, section 4.4.2 */
	STOPCCN_SHUTDOWN = 6,
};

enum line_state { LINE_FREE, LINE_RINGING, LINE_PPP, LINE_UP };

struct line {
	uint32_t number; /* 1... */
	enum line_state state;
	bool hanging_up, mute;
	uint16_t cc, session, remote_cc, remote_session;
	uint32_t ip;
	uint32_t key; /* of the subscriber, when a probe of his has come; else 0 */
};

struct subscriber {
	uint64_t sent;
	struct flow up;
};

enum accepts { ACCEPT_ALL, ACCEPT_TUNNELS, ACCEPT_NOTHING };

struct lns {
	struct board_env *env;
	const struct lns_config *cfg;
	struct nethost net;
	const struct peer_l2tp_ops *speaks;
	void *l2tp;
	struct ppp_engine *ppp;
	GPtrArray *lines;       /* owned; number n at n - 1 */
	GHashTable *by_session; /* cc << 16 | session: struct line */
	GHashTable *by_key;     /* struct subscriber, owned */
	enum accepts accepts;
	uint32_t given; /* addresses */
	bool probing;
	uint16_t run;
	base_time probe_due;
	uint64_t refused, unknown, strange, logins, rejects, proxied;
};

/* ---- life ---- */

static void *lns_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct lns *lns = g_new0(struct lns, 1);
	const struct lns_config *cfg = arg;
	const struct l2tp_engine_config l2tp = {
		.seed = board_seed(env),
		.first_ns = cfg->first_ns,
		.id_space = cfg->id_space,
	};

	lns->env = env;
	lns->cfg = cfg;
	nethost_init(&lns->net, env, &cfg->net);
	lns->speaks = cfg->speaks ? cfg->speaks : &peer_l2tp_own;
	lns->l2tp = lns->speaks->make(cfg->speaks_arg, &l2tp, now);
	lns->ppp = ppp_engine_new(board_seed(env), 1, false, now);
	lns->lines = g_ptr_array_new_with_free_func(g_free);
	lns->by_session = g_hash_table_new(NULL, NULL);
	lns->by_key = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	/* Another life gives other addresses. */
	lns->given = (uint32_t)(board_seed(env) % 0x8000);
	lns->probing = cfg->probe_pps;
	lns->run = 1;
	lns->probe_due = probe_next_tick(now, cfg->probe_pps);
	return lns;
}

static void lns_destroy(void *self)
{
	struct lns *lns = self;

	g_hash_table_unref(lns->by_key);
	g_hash_table_unref(lns->by_session);
	g_ptr_array_unref(lns->lines);
	ppp_engine_free(lns->ppp);
	lns->speaks->free(lns->l2tp);
	nethost_deinit(&lns->net);
	g_free(lns);
}

/* ---- lines ---- */

static void *session_key(uint16_t cc, uint16_t session)
{
	return GUINT_TO_POINTER((uint32_t)cc << 16 | session);
}

static struct line *by_session(const struct lns *lns, uint16_t cc, uint16_t session)
{
	return g_hash_table_lookup(lns->by_session, session_key(cc, session));
}

static struct line *by_number(const struct lns *lns, uint32_t number)
{
	return number && number <= lns->lines->len
		       ? g_ptr_array_index(lns->lines, number - 1)
		       : NULL;
}

static struct line *free_line(struct lns *lns)
{
	struct line *line;

	for (unsigned i = 0; i < lns->lines->len; i++) {
		line = g_ptr_array_index(lns->lines, i);
		if (line->state == LINE_FREE)
			return line;
	}
	if (lns->lines->len == LINES_MAX)
		return NULL;
	line = g_new0(struct line, 1);
	g_ptr_array_add(lns->lines, line);
	line->number = lns->lines->len;
	return line;
}

static void line_down(struct lns *lns, struct line *line)
{
	ppp_link_drop(lns->ppp, line->number);
	g_hash_table_remove(lns->by_session, session_key(line->cc, line->session));
	*line = (struct line){ .number = line->number };
}

/* ---- for tests ---- */

const void *lns_speaker(const void *self)
{
	return ((const struct lns *)self)->l2tp;
}

bool lns_cc(const void *self, uint16_t cc, struct l2tp_cc_info *out)
{
	const struct lns *lns = self;

	return lns->speaks->cc_get(lns->l2tp, cc, out);
}

bool lns_next_session(const void *self, uint32_t *cursor, struct l2tp_session_info *out)
{
	const struct lns *lns = self;

	return lns->speaks->next_session(lns->l2tp, cursor, out);
}

bool lns_line(const void *self, unsigned number, struct peer_lac_line *out)
{
	const struct line *line = by_number(self, number);

	if (!line)
		return false;
	*out = (struct peer_lac_line){
		.up = line->state == LINE_UP,
		.down = line->state == LINE_FREE,
		.hanging_up = line->hanging_up,
		.cc = line->cc,
		.session = line->session,
		.ip = line->state == LINE_UP ? line->ip : 0,
	};
	return true;
}

/* ---- packets out ---- */

static void send_data(struct lns *lns, const struct line *line, const void *frame, size_t n,
	base_time now)
{
	uint8_t buf[DATA_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	struct l2tp_cc_info cc;

	if (line->mute || !lns_cc(lns, line->cc, &cc))
		return;
	wr_u16(&w, L2TP_VER);
	wr_u16(&w, line->remote_cc);
	wr_u16(&w, line->remote_session);
	wr_bytes(&w, frame, n);
	if (!w.bad)
		nethost_send_udp(&lns->net, L2TP_UDP_PORT, cc.path.remote_ip,
			cc.path.remote_port, buf, w.len, now);
}

static void send_probe(struct lns *lns, const struct line *line, base_time now)
{
	struct subscriber *s =
		g_hash_table_lookup(lns->by_key, GUINT_TO_POINTER(line->key));
	const struct probe p = { PROBE_DOWN, lns->run, line->key, (uint32_t)s->sent, now };
	uint8_t payload[PROBE_LEN], packet[IPV4_HDR + UDP_HDR + PROBE_LEN];
	uint8_t buf[sizeof(packet) + 8];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t n;

	probe_build(payload, &p);
	n = udp4_build(packet, sizeof(packet), lns->cfg->probe_from, PROBE_PORT, line->ip,
		PROBE_PORT, (uint16_t)s->sent++, payload, sizeof(payload), true);
	ppp_hdr_build(&w, PPP_IPV4);
	wr_bytes(&w, packet, n);
	send_data(lns, line, buf, w.len, now);
}

static void send_probes(struct lns *lns, base_time now)
{
	for (unsigned i = 0; i < lns->lines->len; i++) {
		const struct line *line = g_ptr_array_index(lns->lines, i);

		if (line->state == LINE_UP && line->key && !line->hanging_up)
			send_probe(lns, line, now);
	}
}

/* ---- tunnels and calls ---- */

static void take_tunnel(struct lns *lns, const struct l2tp_effect *fx, base_time now)
{
	struct l2tp_cc_params params = {
		.hello_s = (uint16_t)lns->cfg->hello_s,
		.rws = (uint16_t)lns->cfg->rws,
		.challenge = lns->cfg->secret,
		.no_session_s = UINT32_MAX,
	};

	if (lns->accepts == ACCEPT_NOTHING) {
		lns->refused++;
		lns->speaks->refuse(lns->l2tp, fx, now);
		return;
	}
	g_strlcpy(params.local_name, lns->cfg->name, sizeof(params.local_name));
	if (lns->cfg->secret)
		g_strlcpy(params.secret, lns->cfg->secret, sizeof(params.secret));
	lns->speaks->cc_accept(lns->l2tp, fx->cc, &params, now);
}

static void take_call(struct lns *lns, const struct l2tp_effect *fx, base_time now)
{
	struct line *line = lns->accepts == ACCEPT_ALL ? free_line(lns) : NULL;

	if (!line) {
		lns->refused++;
		lns->speaks->refuse(lns->l2tp, fx, now);
		return;
	}
	line->state = LINE_RINGING;
	line->cc = fx->cc;
	line->session = fx->session;
	g_hash_table_insert(lns->by_session, session_key(fx->cc, fx->session), line);
	lns->speaks->session_accept(lns->l2tp, fx->cc, fx->session, now);
}

/* What the LAC has told of LCP and of who the subscriber is; borrowed. */
static bool get_proxy(const struct lns *lns, const struct line *line, struct ppp_proxy *out)
{
	struct l2tp_proxy p;

	if (!lns->cfg->proxy || lns->speaks != &peer_l2tp_own ||
		!l2tp_session_proxy(lns->l2tp, line->cc, line->session, &p))
		return false;
	*out = (struct ppp_proxy){
		.first_received = p.initial_lcp.p,
		.first_received_len = p.initial_lcp.len,
		.last_sent = p.last_sent_lcp.p,
		.last_sent_len = p.last_sent_lcp.len,
		.last_received = p.last_received_lcp.p,
		.last_received_len = p.last_received_lcp.len,
		.authen_type = p.auth_type,
		.name = p.auth_name.p,
		.name_len = p.auth_name.len,
		.challenge = p.auth_challenge.p,
		.challenge_len = p.auth_challenge.len,
		.response = p.auth_response.p,
		.response_len = p.auth_response.len,
		.has_id = p.auth_type,
		.id = p.auth_id,
	};
	return true;
}

static void call_up(struct lns *lns, struct line *line, base_time now)
{
	struct ppp_link_config cfg = {
		.auth = { PPP_AUTH_CHAP },
		.local_ip = lns->cfg->local_ip,
		.auth_s = CHALLENGE_S,
		.echo_s = (uint16_t)lns->cfg->echo_s,
	};
	struct l2tp_session_info session;
	struct ppp_proxy proxy;
	struct l2tp_cc_info cc;

	cfg.renegotiate = PPP_RENEGOTIATE_ON_MISMATCH;
	if (!lns_cc(lns, line->cc, &cc) ||
		!lns->speaks->session_get(lns->l2tp, line->cc, line->session, &session))
		return;
	line->remote_cc = cc.remote_id;
	line->remote_session = session.remote_id;
	line->state = LINE_PPP;
	g_strlcpy(cfg.name, lns->cfg->name, sizeof(cfg.name));
	if (!get_proxy(lns, line, &proxy)) {
		ppp_link_open(lns->ppp, line->number, &cfg, now);
	} else {
		lns->proxied++;
		ppp_link_open_proxied(lns->ppp, line->number, &cfg, &proxy, now);
	}
}

static void l2tp_effect(struct lns *lns, const struct l2tp_effect *fx, base_time now)
{
	struct line *line = by_session(lns, fx->cc, fx->session);

	if (fx->kind == L2TP_FX_SEND)
		nethost_send_udp(&lns->net, fx->path.local_port, fx->path.remote_ip,
			fx->path.remote_port, fx->bytes, fx->len, now);
	else if (fx->kind == L2TP_FX_CC_REQUEST)
		take_tunnel(lns, fx, now);
	else if (fx->kind == L2TP_FX_SESSION_REQUEST)
		take_call(lns, fx, now);
	else if (fx->kind == L2TP_FX_SESSION_UP && line)
		call_up(lns, line, now);
	else if (fx->kind == L2TP_FX_SESSION_DOWN && line)
		line_down(lns, line);
}

/* ---- PPP ---- */

/* With a domain or without one. */
static bool is_user(const char *name, const char *user)
{
	size_t n = strlen(user);

	return strncmp(name, user, n) == 0 && (!name[n] || name[n] == '@');
}

static void check_login(struct lns *lns, struct line *line, const struct ppp_effect *fx,
	base_time now)
{
	uint8_t want[16];
	bool ok;

	ppp_chap_md5(fx->auth.id, lns->cfg->password, fx->auth.challenge,
		fx->auth.challenge_len, want);
	ok = fx->auth.method == PPP_AUTH_CHAP && fx->auth.response_len == sizeof(want) &&
	     memcmp(want, fx->auth.response, sizeof(want)) == 0 &&
	     is_user(fx->auth.name, lns->cfg->user);
	if (!ok) {
		lns->rejects++;
	} else if (!line->ip) {
		lns->logins++;
		line->ip = lns->cfg->pool + lns->given++ % 0x10000;
	}
	ppp_link_auth_result(lns->ppp, line->number, ok, ok ? line->ip : 0, NULL, now);
}

static void ppp_effect(struct lns *lns, const struct ppp_effect *fx, base_time now)
{
	struct line *line = by_number(lns, fx->link);

	if (!line || line->state < LINE_PPP)
		return;
	if (fx->kind == PPP_FX_SEND)
		send_data(lns, line, fx->bytes, fx->len, now);
	else if (fx->kind == PPP_FX_AUTH)
		check_login(lns, line, fx, now);
	else if (fx->kind == PPP_FX_UP)
		line->state = LINE_UP;
	else if (fx->kind == PPP_FX_DOWN)
		lns->speaks->session_close(
			lns->l2tp, line->cc, line->session, CDN_ADMIN, now);
}

static void pump(struct lns *lns, base_time now)
{
	struct l2tp_effect l;
	struct ppp_effect p;
	bool again;

	do {
		again = false;
		while (lns->speaks->poll(lns->l2tp, &l)) {
			l2tp_effect(lns, &l, now);
			again = true;
		}
		while (ppp_engine_poll(lns->ppp, &p)) {
			ppp_effect(lns, &p, now);
			again = true;
		}
	} while (again);
}

/* ---- packets in ---- */

static void got_probe(struct lns *lns, struct line *line, const struct probe *p, base_time now)
{
	struct subscriber *s =
		g_hash_table_lookup(lns->by_key, GUINT_TO_POINTER(p->key));

	if (line->key && line->key != p->key) {
		lns->strange++;
		return;
	}
	if (!s) {
		s = g_new0(struct subscriber, 1);
		g_hash_table_insert(lns->by_key, GUINT_TO_POINTER(p->key), s);
	}
	line->key = p->key;
	flow_receive(&s->up, p, now);
}

static void inner_ip(struct lns *lns, struct line *line, struct rd r, base_time now)
{
	struct ipv4_hdr ip;
	struct udp_hdr udp;
	struct probe p;

	if (!ipv4_parse(&r, &ip) || ip.src != line->ip || ip.proto != IPPROTO_NUM_UDP ||
		!udp_parse(&r, &ip, &udp) || udp.dport != PROBE_PORT ||
		!probe_parse(r, &p) || p.direction != PROBE_UP)
		lns->strange++;
	else
		got_probe(lns, line, &p, now);
}

static void input_data(struct lns *lns, const struct l2tp_hdr *h, struct rd r, base_time now)
{
	struct line *line = by_session(lns, h->tunnel, h->session);
	struct rd frame = r;
	uint16_t protocol;

	if (!line) {
		lns->unknown++;
		return;
	}
	lns->speaks->heard(lns->l2tp, h->tunnel, now);
	if (line->mute || line->state < LINE_PPP)
		return;
	if (!ppp_hdr_parse(&r, &protocol))
		lns->strange++;
	else if (protocol != PPP_IPV4)
		ppp_link_input(lns->ppp, line->number, frame.p, rd_left(&frame), now);
	else if (line->state == LINE_UP)
		inner_ip(lns, line, r, now);
	pump(lns, now);
}

static void lns_udp(void *user, const struct ipv4_hdr *ip, const struct udp_hdr *udp,
	struct rd payload, base_time now)
{
	const struct l2tp_path path = { ip->dst, ip->src, udp->dport, udp->sport };
	struct lns *lns = user;
	struct rd r = payload;
	struct l2tp_hdr h;

	if (udp->dport != L2TP_UDP_PORT || !l2tp_hdr_parse(&r, &h)) {
		lns->strange++;
		return;
	}
	if (!l2tp_is_control(&h)) {
		input_data(lns, &h, r, now);
		return;
	}
	lns->speaks->input(lns->l2tp, &path, payload.p, rd_left(&payload), now);
	pump(lns, now);
}

/* ---- orders ---- */

/* One that has a call; else the order is answered. */
static struct line *called(struct lns *lns, uint32_t id, unsigned number)
{
	struct line *line = by_number(lns, number);

	if (line && line->state != LINE_FREE)
		return line;
	peer_error(lns->env, id, "line %u is free", number);
	return NULL;
}

static void done(struct lns *lns, uint32_t id, base_time now)
{
	pump(lns, now);
	peer_reply(lns->env, id, "");
}

static void order_hangup(void *self, uint32_t id, unsigned number, base_time now)
{
	struct lns *lns = self;
	struct line *line = called(lns, id, number);

	if (!line)
		return;
	line->hanging_up = true;
	if (line->state == LINE_RINGING)
		lns->speaks->session_close(
			lns->l2tp, line->cc, line->session, CDN_ADMIN, now);
	else
		ppp_link_close(lns->ppp, number, PPP_CAUSE_ADMIN, now);
	done(lns, id, now);
}

static void order_drop(void *self, uint32_t id, unsigned number, base_time now)
{
	struct lns *lns = self;
	struct line *line = called(lns, id, number);

	if (!line)
		return;
	line->hanging_up = true;
	lns->speaks->session_close(lns->l2tp, line->cc, line->session, CDN_ADMIN, now);
	done(lns, id, now);
}

static void order_mute(void *self, uint32_t id, unsigned number, base_time now)
{
	struct lns *lns = self;
	struct line *line = called(lns, id, number);

	if (!line)
		return;
	line->mute = true;
	done(lns, id, now);
}

/* Ids of the tunnels that have calls, or may get some: once each. */
static void each_tunnel(struct lns *lns, void (*do_it)(struct lns *lns, uint16_t cc, base_time now),
	base_time now)
{
	g_autoptr(GHashTable) met = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) ids = g_array_new(false, false, sizeof(uint16_t));

	for (unsigned i = 0; i < lns->lines->len; i++) {
		const struct line *line = g_ptr_array_index(lns->lines, i);

		if (line->state != LINE_FREE &&
			g_hash_table_add(met, GUINT_TO_POINTER(line->cc)))
			g_array_append_val(ids, line->cc);
	}
	for (unsigned i = 0; i < ids->len; i++)
		do_it(lns, g_array_index(ids, uint16_t, i), now);
}

static void close_tunnel(struct lns *lns, uint16_t cc, base_time now)
{
	lns->speaks->cc_close(lns->l2tp, cc, STOPCCN_SHUTDOWN, now);
}

static void say_hello(struct lns *lns, uint16_t cc, base_time now)
{
	lns->speaks->cc_hello(lns->l2tp, cc, now);
}

static void order_disconnect(void *self, uint32_t id, unsigned number, base_time now)
{
	each_tunnel(self, close_tunnel, now);
	done(self, id, now);
}

static void order_hello(void *self, uint32_t id, unsigned number, base_time now)
{
	each_tunnel(self, say_hello, now);
	done(self, id, now);
}

static void order_accept(void *self, uint32_t id, unsigned number, base_time now)
{
	((struct lns *)self)->accepts = MIN(number, ACCEPT_NOTHING);
	done(self, id, now);
}

static void order_start(void *self, uint32_t id, unsigned number, base_time now)
{
	struct lns *lns = self;

	lns->run += !lns->probing;
	lns->probing = true;
	lns->probe_due = probe_next_tick(now, lns->cfg->probe_pps);
	done(lns, id, now);
}

static void order_stop(void *self, uint32_t id, unsigned number, base_time now)
{
	struct lns *lns = self;

	lns->probing = false;
	lns->probe_due = BASE_TIME_NEVER;
	done(lns, id, now);
}

static void order_report(void *self, uint32_t id, unsigned number, base_time now)
{
	struct lns *lns = self;
	g_autoptr(GString) out = g_string_new(NULL);
	GHashTableIter i;
	struct flow total = { 0 };
	uint64_t sent = 0;
	unsigned up = 0;
	void *s;

	for (unsigned n = 0; n < lns->lines->len; n++)
		up += ((struct line *)g_ptr_array_index(lns->lines, n))->state == LINE_UP;
	g_hash_table_iter_init(&i, lns->by_key);
	while (g_hash_table_iter_next(&i, NULL, &s)) {
		sent += ((struct subscriber *)s)->sent;
		flow_sum(&total, &((struct subscriber *)s)->up);
	}
	g_string_append_printf(out,
		"peer=%s lines=%u sessions-up=%u sent=%" G_GUINT64_FORMAT, lns->cfg->name,
		lns->lines->len, up, sent);
	flow_print(&total, out);
	g_string_append_printf(out,
		" proxied=%" G_GUINT64_FORMAT " logins=%" G_GUINT64_FORMAT " rejects=%" G_GUINT64_FORMAT
		" refused=%" G_GUINT64_FORMAT " unknown=%" G_GUINT64_FORMAT
		" strange=%" G_GUINT64_FORMAT " malformed=%" G_GUINT64_FORMAT "\n",
		lns->proxied, lns->logins, lns->rejects, lns->refused, lns->unknown, lns->strange,
		lns->net.malformed);
	peer_reply(lns->env, id, out->str);
}

static const struct peer_order lns_orders[] = {
	{ "hangup N", order_hangup },
	{ "drop N", order_drop },
	{ "mute N", order_mute },
	{ "disconnect", order_disconnect },
	{ "hello now", order_hello },
	{ "accept N", order_accept },
	{ "start probes", order_start },
	{ "stop probes", order_stop },
	{ "report", order_report },
	{ 0 },
};

/* ---- board ---- */

static void lns_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct lns *lns = self;

	for (size_t i = 0; i < n; i++)
		peer_dispatch(lns->env, lns_orders, lns, &msgs[i], now);
}

static bool lns_work(void *self, base_time now, unsigned budget)
{
	struct lns *lns = self;
	bool more = nethost_work(&lns->net, budget, lns_udp, lns, now);

	if (!time_before(now, lns->speaks->next_due(lns->l2tp)))
		more |= lns->speaks->tick(lns->l2tp, now, budget);
	if (!time_before(now, ppp_engine_next_due(lns->ppp)))
		more |= ppp_engine_tick(lns->ppp, now, budget);
	pump(lns, now);
	if (!time_before(now, lns->probe_due)) {
		send_probes(lns, now);
		lns->probe_due = probe_next_tick(now, lns->cfg->probe_pps);
	}
	return more;
}

static base_time lns_next_due(const void *self)
{
	const struct lns *lns = self;
	base_time engines = time_min(
		lns->speaks->next_due(lns->l2tp), ppp_engine_next_due(lns->ppp));

	return time_min(time_min(engines, nethost_next_due(&lns->net)), lns->probe_due);
}

const struct board_ops lns_board = {
	.kind = BOARD_PEER,
	.power_on = lns_power_on,
	.message = lns_message,
	.work = lns_work,
	.next_due = lns_next_due,
	.destroy = lns_destroy,
};
