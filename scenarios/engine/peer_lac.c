/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated LAC on a wire, see peer_lac.h.
 *
 * A subscriber's number is its PPP link, and with the board's slot its key in probes.  Tunnels
 * are opened one after the other, calls at the pace of the configuration.
 */
#include "scenarios/engine/peer_lac.h"

#include "base/text.h"
#include "ppp/ppp.h"
#include "scenarios/engine/peer.h"
#include "scenarios/engine/probe.h"

#include <string.h>

enum {
	SUBSCRIBERS_MAX = 32768,
	KEY_SLOT_SHIFT = 24,
	DATA_HDR = 6,
	FRAME_MAX = 1600,
	CDN_CARRIER_LOST = 1, /* RFC 2661, section 4.4.2 */
	STOPCCN_SHUTDOWN = 6,
	MSG_HELLO = 6,
};

enum line_state {
	LINE_IDLE,
	LINE_CALLING, /* ICRQ sent, or waits for its tunnel */
	LINE_PPP,     /* call established, PPP negotiates */
	LINE_UP,
	LINE_DOWN,
};

static const char *const line_state_names[] = { "idle", "calling", "ppp", "up",
	"down" };

struct subscriber {
	uint32_t number; /* 1... */
	unsigned tunnel;
	enum line_state state;
	bool hanging_up, mute;
	uint16_t session, remote_cc, remote_session;
	uint32_t ip, dns;
	uint64_t sent;
	struct flow down;
	char *cause; /* why it is down */
};

enum tunnel_state { TUNNEL_DOWN, TUNNEL_OPENING, TUNNEL_UP };

struct tunnel {
	enum tunnel_state state;
	uint16_t cc;
	unsigned calls; /* subscribers placed in it */
};

struct peer_lac {
	struct board_env *env;
	const struct peer_lac_config *cfg;
	struct nethost net;
	const struct peer_l2tp_ops *speaks;
	void *l2tp;
	struct ppp_engine *ppp;
	struct tunnel *tunnels;
	GPtrArray *subscribers; /* owned; number n at n - 1 */
	GHashTable *by_session; /* cc << 16 | session: struct subscriber */
	bool connecting;
	base_time call_due;
	bool probing;
	uint16_t run;
	base_time probe_due;
	char *last_cdn;
	unsigned last_cdn_cause; /* the number in brackets that ends its text */
	/* what came from the LNS */
	uint64_t stopccn, cdn, hellos, tunnels_lost, unknown, strange;
};

/* ---- life ---- */

static struct subscriber *add_subscriber(struct peer_lac *lac, unsigned tunnel)
{
	struct subscriber *s = g_new0(struct subscriber, 1);

	s->tunnel = tunnel;
	g_ptr_array_add(lac->subscribers, s);
	s->number = lac->subscribers->len;
	lac->tunnels[tunnel].calls++;
	return s;
}

static void subscriber_free(void *p)
{
	g_free(((struct subscriber *)p)->cause);
	g_free(p);
}

static void *lac_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct peer_lac *lac = g_new0(struct peer_lac, 1);
	const struct peer_lac_config *cfg = arg;
	const struct l2tp_engine_config l2tp = {
		.seed = board_seed(env),
		.first_ns = cfg->first_ns,
		.id_space = cfg->id_space,
	};

	lac->env = env;
	lac->cfg = cfg;
	g_assert(lac->cfg->tunnels);
	nethost_init(&lac->net, env, &lac->cfg->net);
	lac->speaks = cfg->speaks ? cfg->speaks : &peer_l2tp_own;
	lac->l2tp = lac->speaks->make(cfg->speaks_arg, &l2tp, now);
	lac->ppp = ppp_engine_new(board_seed(env), 1, false, now);
	lac->tunnels = g_new0(struct tunnel, lac->cfg->tunnels);
	lac->subscribers = g_ptr_array_new_with_free_func(subscriber_free);
	lac->by_session = g_hash_table_new(NULL, NULL);
	for (unsigned t = 0; t < lac->cfg->tunnels; t++)
		for (unsigned i = 0; i < lac->cfg->sessions; i++)
			add_subscriber(lac, t);
	lac->call_due = BASE_TIME_NEVER;
	lac->probing = lac->cfg->probe_pps;
	lac->run = 1;
	lac->probe_due = probe_next_tick(now, lac->cfg->probe_pps);
	return lac;
}

static void lac_destroy(void *self)
{
	struct peer_lac *lac = self;

	g_hash_table_unref(lac->by_session);
	g_ptr_array_unref(lac->subscribers);
	g_free(lac->tunnels);
	g_free(lac->last_cdn);
	ppp_engine_free(lac->ppp);
	lac->speaks->free(lac->l2tp);
	nethost_deinit(&lac->net);
	g_free(lac);
}

/* ---- finding ---- */

static void *session_key(uint16_t cc, uint16_t session)
{
	return GUINT_TO_POINTER((uint32_t)cc << 16 | session);
}

static struct subscriber *by_session(
	const struct peer_lac *lac, uint16_t cc, uint16_t session)
{
	return g_hash_table_lookup(lac->by_session, session_key(cc, session));
}

static struct subscriber *by_number(const struct peer_lac *lac, uint32_t number)
{
	return number && number <= lac->subscribers->len
		       ? g_ptr_array_index(lac->subscribers, number - 1)
		       : NULL;
}

static struct tunnel *by_cc(const struct peer_lac *lac, uint16_t cc)
{
	for (unsigned t = 0; t < lac->cfg->tunnels; t++)
		if (lac->tunnels[t].cc == cc && lac->tunnels[t].state != TUNNEL_DOWN)
			return &lac->tunnels[t];
	return NULL;
}

static uint32_t probe_key(const struct peer_lac *lac, const struct subscriber *s)
{
	return board_slot(lac->env) << KEY_SLOT_SHIFT | s->number;
}

/* ---- for tests ---- */

const void *peer_lac_speaker(const void *self)
{
	return ((const struct peer_lac *)self)->l2tp;
}

bool peer_lac_cc(const void *self, uint16_t cc, struct l2tp_cc_info *out)
{
	const struct peer_lac *lac = self;

	return lac->speaks->cc_get(lac->l2tp, cc, out);
}

bool peer_lac_next_session(
	const void *self, uint32_t *cursor, struct l2tp_session_info *out)
{
	const struct peer_lac *lac = self;

	return lac->speaks->next_session(lac->l2tp, cursor, out);
}

bool peer_lac_line(const void *self, unsigned number, struct peer_lac_line *out)
{
	const struct peer_lac *lac = self;
	const struct subscriber *s = by_number(lac, number);

	if (!s)
		return false;
	*out = (struct peer_lac_line){
		.up = s->state == LINE_UP,
		.down = s->state == LINE_DOWN,
		.hanging_up = s->hanging_up,
		.cc = lac->tunnels[s->tunnel].cc,
		.session = s->session,
		.ip = s->state == LINE_UP ? s->ip : 0,
	};
	return true;
}

/* ---- tunnels and calls ---- */

static void open_tunnel(struct peer_lac *lac, struct tunnel *t, base_time now)
{
	const struct l2tp_path path = {
		.local_ip = lac->cfg->net.ip,
		.remote_ip = lac->cfg->lns_ip,
		.local_port = L2TP_UDP_PORT,
		.remote_port = L2TP_UDP_PORT,
	};
	struct l2tp_cc_params params = {
		.hello_s = (uint16_t)lac->cfg->hello_s,
		.rws = (uint16_t)lac->cfg->rws,
		.challenge = lac->cfg->secret,
		.no_session_s = UINT32_MAX,
	};

	g_strlcpy(params.local_name, lac->cfg->name, sizeof(params.local_name));
	if (lac->cfg->secret)
		g_strlcpy(params.secret, lac->cfg->secret, sizeof(params.secret));
	t->cc = lac->speaks->cc_open(lac->l2tp, &path, &params, now);
	t->state = t->cc ? TUNNEL_OPENING : TUNNEL_DOWN;
}

/* True while one is opening. */
static bool open_next_tunnel(struct peer_lac *lac, base_time now)
{
	for (unsigned t = 0; t < lac->cfg->tunnels; t++) {
		if (lac->tunnels[t].state == TUNNEL_DOWN)
			open_tunnel(lac, &lac->tunnels[t], now);
		if (lac->tunnels[t].state == TUNNEL_OPENING)
			return true;
	}
	return false;
}

static void place_call(struct peer_lac *lac, struct subscriber *s, base_time now)
{
	const struct l2tp_call call = {
		.serial = s->number,
		.framing_type = 1,
		.tx_bps = 100000000,
	};
	const struct tunnel *t = &lac->tunnels[s->tunnel];

	s->session = lac->speaks->session_open(lac->l2tp, t->cc, &call, now);
	if (!s->session)
		return;
	g_clear_pointer(&s->cause, g_free);
	s->state = LINE_CALLING;
	s->hanging_up = s->mute = false;
	g_hash_table_insert(lac->by_session, session_key(t->cc, s->session), s);
}

/* Places the next call whose tunnel is up; the pace is kept by call_due. */
static void next_call(struct peer_lac *lac, base_time now)
{
	unsigned pace = lac->cfg->pace_ms ? lac->cfg->pace_ms : 10;

	lac->call_due = BASE_TIME_NEVER;
	for (unsigned i = 0; i < lac->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(lac->subscribers, i);

		if (s->state != LINE_IDLE || lac->tunnels[s->tunnel].state != TUNNEL_UP)
			continue;
		place_call(lac, s, now);
		lac->call_due = time_add(now, dur_ms(pace));
		return;
	}
}

static void tunnel_up(struct peer_lac *lac, struct tunnel *t, base_time now)
{
	t->state = TUNNEL_UP;
	if (!lac->connecting)
		return;
	lac->connecting = open_next_tunnel(lac, now);
	lac->call_due = time_min(lac->call_due, now);
}

static void tunnel_down(
	struct peer_lac *lac, struct tunnel *t, const struct l2tp_cause *why)
{
	t->state = TUNNEL_DOWN;
	if (why->by == L2TP_BY_PEER)
		lac->stopccn++;
	else if (why->by != L2TP_BY_LOCAL)
		lac->tunnels_lost++;
	lac->connecting = false;
}

/* ---- PPP of a subscriber ---- */

static void start_ppp(
	struct peer_lac *lac, struct subscriber *s, uint16_t cc, base_time now)
{
	struct ppp_link_config cfg = { .client = true, .want_dns = true,
		.echo_s = (uint16_t)lac->cfg->echo_s };
	struct l2tp_session_info session;
	struct l2tp_cc_info tunnel;

	if (!lac->speaks->cc_get(lac->l2tp, cc, &tunnel) ||
		!lac->speaks->session_get(lac->l2tp, cc, s->session, &session))
		return;
	s->remote_cc = tunnel.remote_id;
	s->remote_session = session.remote_id;
	g_strlcpy(cfg.name, lac->cfg->user ? lac->cfg->user : "", sizeof(cfg.name));
	g_strlcpy(cfg.password, lac->cfg->password ? lac->cfg->password : "",
		sizeof(cfg.password));
	s->state = LINE_PPP;
	ppp_link_open(lac->ppp, s->number, &cfg, now);
}

static void set_cause(struct subscriber *s, const char *who, const char *text)
{
	g_autofree char *safe = text_escape(text, strlen(text));

	if (s->cause)
		return;
	s->cause = g_strconcat(who, ":", safe, NULL);
	g_strdelimit(s->cause, " \n", '_');
}

static void line_down(struct peer_lac *lac, struct subscriber *s, uint16_t cc)
{
	ppp_link_drop(lac->ppp, s->number);
	g_hash_table_remove(lac->by_session, session_key(cc, s->session));
	s->state = LINE_DOWN;
}

static void send_data(struct peer_lac *lac, const struct subscriber *s,
	const void *frame, size_t n, base_time now)
{
	uint8_t buf[FRAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u16(&w, L2TP_VER);
	wr_u16(&w, s->remote_cc);
	wr_u16(&w, s->remote_session);
	wr_bytes(&w, frame, n);
	if (!w.bad)
		nethost_send_udp(&lac->net, L2TP_UDP_PORT, lac->cfg->lns_ip,
			L2TP_UDP_PORT, buf, w.len, now);
}

/* packet: IPv4. */
static void send_inner(struct peer_lac *lac, const struct subscriber *s,
	const uint8_t *packet, size_t n, base_time now)
{
	uint8_t buf[FRAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	ppp_hdr_build(&w, PPP_IPV4);
	wr_bytes(&w, packet, n);
	if (!w.bad)
		send_data(lac, s, buf, w.len, now);
}

/* ---- effects ---- */

/* 611 of "Tunnel in HA resync (611)"; 0: there is none. */
static unsigned cause_number(const char *text)
{
	const char *open = strrchr(text, '(');
	guint64 n = 0;
	g_autofree char *digits = NULL;

	if (!open || !g_str_has_suffix(open, ")"))
		return 0;
	digits = g_strndup(open + 1, strlen(open) - 2);
	return g_ascii_string_to_unsigned(digits, 10, 0, 65535, &n, NULL) ? (unsigned)n : 0;
}

static void session_down(struct peer_lac *lac, const struct l2tp_effect *fx)
{
	struct subscriber *s = by_session(lac, fx->cc, fx->session);

	if (fx->cause.by == L2TP_BY_PEER && !(s && s->hanging_up)) {
		lac->cdn++;
		g_free(lac->last_cdn);
		lac->last_cdn =
			g_strdup_printf("%u/%u", fx->cause.result, fx->cause.error);
		lac->last_cdn_cause = cause_number(fx->cause.text);
	}
	if (!s)
		return;
	set_cause(s, fx->cause.by == L2TP_BY_PEER ? "peer" : "local", fx->cause.text);
	line_down(lac, s, fx->cc);
}

static void l2tp_effect(
	struct peer_lac *lac, const struct l2tp_effect *fx, base_time now)
{
	struct tunnel *t = by_cc(lac, fx->cc);
	struct subscriber *s;

	switch (fx->kind) {
	case L2TP_FX_SEND:
		nethost_send_udp(&lac->net, fx->path.local_port, fx->path.remote_ip,
			fx->path.remote_port, fx->bytes, fx->len, now);
		break;
	case L2TP_FX_CC_REQUEST:
	case L2TP_FX_SESSION_REQUEST:
		lac->speaks->refuse(lac->l2tp, fx, now);
		break;
	case L2TP_FX_CC_UP:
		if (t)
			tunnel_up(lac, t, now);
		break;
	case L2TP_FX_CC_DOWN:
		if (t)
			tunnel_down(lac, t, &fx->cause);
		break;
	case L2TP_FX_SESSION_UP:
		s = by_session(lac, fx->cc, fx->session);
		if (s)
			start_ppp(lac, s, fx->cc, now);
		break;
	case L2TP_FX_SESSION_DOWN:
		session_down(lac, fx);
		break;
	case L2TP_FX_SESSION_SLI:
	case L2TP_FX_SESSION_WEN:
	case L2TP_FX_UNMARK:
	case L2TP_FX_RESYNC_DONE:
	case L2TP_FX_DEBUG:
		break;
	}
}

static void ppp_effect(struct peer_lac *lac, const struct ppp_effect *fx, base_time now)
{
	struct subscriber *s = by_number(lac, fx->link);

	if (!s || s->state < LINE_PPP || s->state > LINE_UP)
		return;
	switch (fx->kind) {
	case PPP_FX_SEND:
		send_data(lac, s, fx->bytes, fx->len, now);
		break;
	case PPP_FX_UP:
		s->ip = fx->local_ip;
		s->dns = fx->dns[0];
		s->state = LINE_UP;
		break;
	case PPP_FX_DOWN:
		set_cause(s, fx->by_peer ? "peer-ppp" : "local-ppp",
			ppp_cause_text(fx->cause));
		lac->speaks->session_close(lac->l2tp, lac->tunnels[s->tunnel].cc, s->session,
			CDN_CARRIER_LOST, now);
		break;
	case PPP_FX_AUTH: /* a subscriber asks nobody who he is */
	case PPP_FX_DEBUG:
		break;
	}
}

static void pump(struct peer_lac *lac, base_time now)
{
	struct l2tp_effect l;
	struct ppp_effect p;
	bool again;

	do {
		again = false;
		while (lac->speaks->poll(lac->l2tp, &l)) {
			l2tp_effect(lac, &l, now);
			again = true;
		}
		while (ppp_engine_poll(lac->ppp, &p)) {
			ppp_effect(lac, &p, now);
			again = true;
		}
	} while (again);
}

/* ---- packets ---- */

static void inner_udp(struct peer_lac *lac, struct subscriber *s,
	const struct ipv4_hdr *ip, struct rd r, base_time now)
{
	struct udp_hdr udp;
	struct probe p;

	if (!udp_parse(&r, ip, &udp) || udp.dport != PROBE_PORT ||
		!probe_parse(r, &p) || p.direction != PROBE_DOWN) {
		lac->strange++;
		return;
	}
	if (p.key != probe_key(lac, s))
		s->down.wrong++;
	else
		flow_receive(&s->down, &p, now);
}

static void inner_ip(
	struct peer_lac *lac, struct subscriber *s, struct rd r, base_time now)
{
	uint8_t buf[FRAME_MAX];
	struct ipv4_hdr ip;
	size_t n;

	if (!ipv4_parse(&r, &ip) || ip.dst != s->ip) {
		lac->strange++;
		return;
	}
	if (ip.proto == IPPROTO_NUM_UDP) {
		inner_udp(lac, s, &ip, r, now);
		return;
	}
	n = ip.proto == IPPROTO_NUM_ICMP
		    ? nethost_echo_reply(buf, sizeof(buf), &ip, r, 0)
		    : 0;
	if (n)
		send_inner(lac, s, buf, n, now);
	else
		lac->strange++;
}

static void input_data(
	struct peer_lac *lac, const struct l2tp_hdr *h, struct rd r, base_time now)
{
	struct subscriber *s = by_session(lac, h->tunnel, h->session);
	struct rd frame = r;
	uint16_t protocol;

	if (!s) {
		lac->unknown++;
		return;
	}
	lac->speaks->heard(lac->l2tp, h->tunnel, now);
	if (s->mute)
		return;
	if (!ppp_hdr_parse(&r, &protocol)) {
		lac->strange++;
	} else if (protocol != PPP_IPV4) {
		ppp_link_input(lac->ppp, s->number, frame.p, rd_left(&frame), now);
		pump(lac, now);
	} else if (s->state == LINE_UP) {
		inner_ip(lac, s, r, now);
	}
}

/* Counts HELLOs by their first AVP, apart from the engine; r: behind the header. */
static void count_hello(struct peer_lac *lac, struct rd r)
{
	uint16_t bits = rd_u16(&r), vendor = rd_u16(&r), type = rd_u16(&r);
	uint16_t message = rd_u16(&r);

	if (!r.bad && (bits & 0x3ff) == 8 && !vendor && !type && message == MSG_HELLO)
		lac->hellos++;
}

static void lac_udp(void *user, const struct ipv4_hdr *ip, const struct udp_hdr *udp,
	struct rd payload, base_time now)
{
	struct peer_lac *lac = user;
	struct rd r = payload;
	struct l2tp_hdr h;

	if (udp->dport != L2TP_UDP_PORT || !l2tp_hdr_parse(&r, &h)) {
		lac->strange++;
		return;
	}
	if (l2tp_is_control(&h)) {
		const struct l2tp_path path = { ip->dst, ip->src, udp->dport,
			udp->sport };

		count_hello(lac, r);
		lac->speaks->input(lac->l2tp, &path, payload.p, rd_left(&payload), now);
		pump(lac, now);
	} else {
		input_data(lac, &h, r, now);
	}
}

static void send_probes(struct peer_lac *lac, base_time now)
{
	uint8_t payload[PROBE_LEN], packet[IPV4_HDR + UDP_HDR + PROBE_LEN];

	for (unsigned i = 0; i < lac->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(lac->subscribers, i);
		struct probe p = { PROBE_UP, lac->run, probe_key(lac, s),
			(uint32_t)s->sent, now };
		size_t n;

		if (s->state != LINE_UP || s->hanging_up || s->mute)
			continue;
		probe_build(payload, &p);
		n = udp4_build(packet, sizeof(packet), s->ip, PROBE_PORT,
			lac->cfg->probe_to, PROBE_PORT, (uint16_t)s->sent++, payload,
			sizeof(payload), true);
		send_inner(lac, s, packet, n, now);
	}
}

/* ---- orders ---- */

static void order_connect(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;

	for (unsigned i = 0; i < lac->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(lac->subscribers, i);

		if (s->state == LINE_DOWN)
			s->state = LINE_IDLE;
	}
	lac->connecting = open_next_tunnel(lac, now);
	lac->call_due = now;
	pump(lac, now);
	peer_reply(lac->env, id, "");
}

static void order_call(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;
	unsigned least = 0;

	for (unsigned t = 1; t < lac->cfg->tunnels; t++)
		if (lac->tunnels[t].calls < lac->tunnels[least].calls)
			least = t;
	if (lac->subscribers->len == SUBSCRIBERS_MAX) {
		peer_error(lac->env, id, "no more subscribers");
		return;
	}
	add_subscriber(lac, least);
	lac->call_due = now;
	peer_reply(lac->env, id, "");
}

static void order_redial(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;
	struct subscriber *s = by_number(lac, number);

	if (!s || s->state != LINE_DOWN) {
		peer_error(lac->env, id, "subscriber %u is not down", number);
		return;
	}
	s->state = LINE_IDLE;
	lac->call_due = time_min(lac->call_due, now);
	peer_reply(lac->env, id, "");
}

static void order_hangup(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;
	struct subscriber *s = by_number(lac, number);

	if (!s || s->state != LINE_UP) {
		peer_error(lac->env, id, "subscriber %u is not up", number);
		return;
	}
	s->hanging_up = true;
	set_cause(s, "local", "hangup");
	ppp_link_close(lac->ppp, s->number, PPP_CAUSE_NORMAL, now);
	pump(lac, now);
	peer_reply(lac->env, id, "");
}

static void order_drop(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;
	struct subscriber *s = by_number(lac, number);

	if (!s || s->state < LINE_CALLING || s->state > LINE_UP) {
		peer_error(lac->env, id, "subscriber %u has no call", number);
		return;
	}
	s->hanging_up = true;
	set_cause(s, "local", "drop");
	lac->speaks->session_close(lac->l2tp, lac->tunnels[s->tunnel].cc, s->session,
		CDN_CARRIER_LOST, now);
	pump(lac, now);
	peer_reply(lac->env, id, "");
}

static void order_mute(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;
	struct subscriber *s = by_number(lac, number);

	if (!s || s->state != LINE_UP) {
		peer_error(lac->env, id, "subscriber %u is not up", number);
		return;
	}
	s->mute = true;
	peer_reply(lac->env, id, "");
}

static void order_disconnect(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;

	lac->connecting = false;
	for (unsigned t = 0; t < lac->cfg->tunnels; t++)
		if (lac->tunnels[t].state != TUNNEL_DOWN)
			lac->speaks->cc_close(
				lac->l2tp, lac->tunnels[t].cc, STOPCCN_SHUTDOWN, now);
	pump(lac, now);
	peer_reply(lac->env, id, "");
}

static void order_hello(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;

	for (unsigned t = 0; t < lac->cfg->tunnels; t++)
		if (lac->tunnels[t].state == TUNNEL_UP)
			lac->speaks->cc_hello(lac->l2tp, lac->tunnels[t].cc, now);
	pump(lac, now);
	peer_reply(lac->env, id, "");
}

static void order_start(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;

	if (!lac->probing)
		lac->run++;
	lac->probing = true;
	lac->probe_due = probe_next_tick(now, lac->cfg->probe_pps);
	peer_reply(lac->env, id, "");
}

static void order_stop(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;

	lac->probing = false;
	lac->probe_due = BASE_TIME_NEVER;
	peer_reply(lac->env, id, "");
}

/* ---- report ---- */

static void report_subscriber(
	const struct peer_lac *lac, const struct subscriber *s, base_time now, GString *out)
{
	char ip[16], dns[16];

	g_string_append_printf(out,
		"subscriber=%u key=%u tunnel=%u state=%s local=%u/%u remote=%u/%u "
		"ip=%s "
		"dns=%s sent=%" G_GUINT64_FORMAT,
		s->number, probe_key(lac, s), s->tunnel + 1, line_state_names[s->state],
		lac->tunnels[s->tunnel].cc, s->session, s->remote_cc, s->remote_session,
		ipv4_to_str(s->ip, ip), ipv4_to_str(s->dns, dns), s->sent);
	flow_print(&s->down, out);
	flow_print_silence(&s->down, now, out);
	if (s->cause)
		g_string_append_printf(out, " cause=%s", s->cause);
	g_string_append_c(out, '\n');
}

static void order_report(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;
	g_autoptr(GString) lines = g_string_new(NULL);
	g_autoptr(GString) out = g_string_new(NULL);
	unsigned up = 0, tunnels_up = 0;
	struct flow total = { 0 };
	uint64_t sent = 0;

	for (unsigned t = 0; t < lac->cfg->tunnels; t++)
		tunnels_up += lac->tunnels[t].state == TUNNEL_UP;
	for (unsigned i = 0; i < lac->subscribers->len; i++) {
		const struct subscriber *s = g_ptr_array_index(lac->subscribers, i);

		up += s->state == LINE_UP;
		sent += s->sent;
		flow_sum(&total, &s->down);
		report_subscriber(lac, s, now, lines);
	}
	g_string_append_printf(out,
		"peer=%s tunnels=%u tunnels-up=%u sessions=%u sessions-up=%u "
		"sent=%" G_GUINT64_FORMAT,
		lac->cfg->name, lac->cfg->tunnels, tunnels_up, lac->subscribers->len,
		up, sent);
	flow_print(&total, out);
	g_string_append_printf(out,
		" stopccn=%" G_GUINT64_FORMAT " cdn=%" G_GUINT64_FORMAT
		" last-cdn=%s last-cdn-cause=%u hellos=%" G_GUINT64_FORMAT
		" tunnels-lost=%" G_GUINT64_FORMAT " unknown=%" G_GUINT64_FORMAT
		" strange=%" G_GUINT64_FORMAT " malformed=%" G_GUINT64_FORMAT
		" dropped=%" G_GUINT64_FORMAT " probing=%d\n%s",
		lac->stopccn, lac->cdn, lac->last_cdn ? lac->last_cdn : "none",
		lac->last_cdn_cause, lac->hellos, lac->tunnels_lost, lac->unknown, lac->strange,
		lac->net.malformed, lac->net.dropped, lac->probing, lines->str);
	peer_reply(lac->env, id, out->str);
}

static void order_mark(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_lac *lac = self;

	order_report(self, id, number, now);
	for (unsigned i = 0; i < lac->subscribers->len; i++)
		flow_mark(&((struct subscriber *)lac->subscribers->pdata[i])->down);
}

static const struct peer_order lac_orders[] = {
	{ "connect", order_connect },
	{ "call", order_call },
	{ "redial N", order_redial },
	{ "hangup N", order_hangup },
	{ "drop N", order_drop },
	{ "mute N", order_mute },
	{ "disconnect", order_disconnect },
	{ "hello now", order_hello },
	{ "start probes", order_start },
	{ "stop probes", order_stop },
	{ "report", order_report },
	{ "mark", order_mark },
	{ 0 },
};

/* ---- board ---- */

static void lac_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct peer_lac *lac = self;

	for (size_t i = 0; i < n; i++)
		peer_dispatch(lac->env, lac_orders, lac, &msgs[i], now);
}

static bool lac_work(void *self, base_time now, unsigned budget)
{
	struct peer_lac *lac = self;
	bool more = nethost_work(&lac->net, budget, lac_udp, lac, now);

	if (!time_before(now, lac->speaks->next_due(lac->l2tp)))
		more |= lac->speaks->tick(lac->l2tp, now, budget);
	if (!time_before(now, ppp_engine_next_due(lac->ppp)))
		more |= ppp_engine_tick(lac->ppp, now, budget);
	pump(lac, now);
	if (!time_before(now, lac->call_due)) {
		next_call(lac, now);
		pump(lac, now);
	}
	if (!time_before(now, lac->probe_due)) {
		send_probes(lac, now);
		lac->probe_due = probe_next_tick(now, lac->cfg->probe_pps);
	}
	return more;
}

static base_time lac_next_due(const void *self)
{
	const struct peer_lac *lac = self;
	base_time engines = time_min(
		lac->speaks->next_due(lac->l2tp), ppp_engine_next_due(lac->ppp));

	return time_min(time_min(engines, nethost_next_due(&lac->net)),
		time_min(lac->call_due, lac->probe_due));
}

const struct board_ops peer_lac_board = {
	.kind = BOARD_PEER,
	.power_on = lac_power_on,
	.message = lac_message,
	.work = lac_work,
	.next_due = lac_next_due,
	.destroy = lac_destroy,
};
