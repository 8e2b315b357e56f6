/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Simulated PPPoE subscribers on a wire, see peer_pppoe.h.
 *
 * A subscriber's number is its client in the PPPoE engine and its PPP link, and with the board's
 * slot its key in probes and its MAC address.
 */
#include "scenarios/engine/peer_pppoe.h"

#include "base/text.h"
#include "ppp/ppp.h"
#include "ppp/pppoe_client.h"
#include "scenarios/engine/peer.h"
#include "scenarios/engine/probe.h"

#include <string.h>

enum {
	SUBSCRIBERS_MAX = 32768,
	KEY_SLOT_SHIFT = 24,
	FRAME_MAX = 1600,
	ECHO_S = 10, /* so that a subscriber finds out that nobody knows him */
};

enum line_state { LINE_IDLE, LINE_CALLING, LINE_PPP, LINE_UP, LINE_DOWN };

static const char *const line_state_names[] = { "idle", "calling", "ppp", "up", "down" };

struct subscriber {
	uint32_t number; /* 1... */
	enum line_state state;
	bool hanging_up, mute;
	uint16_t sid;
	uint32_t ip, dns;
	uint64_t sent;
	struct flow down;
	char *cause; /* why it is down */
};

struct peer_pppoe {
	struct board_env *env;
	const struct peer_lac_config *cfg;
	struct pppoe_clients *clients;
	struct ppp_engine *ppp;
	GPtrArray *subscribers; /* owned; number n at n - 1 */
	base_time call_due;
	bool probing;
	uint16_t run;
	base_time probe_due;
	uint64_t ended; /* sessions that the other side has ended */
	uint64_t strange, dropped;
};

/* ---- life ---- */

static void add_subscriber(struct peer_pppoe *p)
{
	struct subscriber *s = g_new0(struct subscriber, 1);

	g_ptr_array_add(p->subscribers, s);
	s->number = p->subscribers->len;
}

static void subscriber_free(void *data)
{
	g_free(((struct subscriber *)data)->cause);
	g_free(data);
}

static void *pppoe_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct peer_pppoe *p = g_new0(struct peer_pppoe, 1);

	p->env = env;
	p->cfg = arg;
	p->clients = pppoe_clients_new(now);
	p->ppp = ppp_engine_new(board_seed(env), 1, false, now);
	p->subscribers = g_ptr_array_new_with_free_func(subscriber_free);
	for (unsigned i = 0; i < p->cfg->tunnels * p->cfg->sessions; i++)
		add_subscriber(p);
	p->call_due = BASE_TIME_NEVER;
	p->probing = p->cfg->probe_pps;
	p->run = 1;
	p->probe_due = probe_next_tick(now, p->cfg->probe_pps);
	return p;
}

static void pppoe_destroy(void *self)
{
	struct peer_pppoe *p = self;

	g_ptr_array_unref(p->subscribers);
	ppp_engine_free(p->ppp);
	pppoe_clients_free(p->clients);
	g_free(p);
}

static struct subscriber *by_number(const struct peer_pppoe *p, uint32_t number)
{
	return number && number <= p->subscribers->len
		       ? g_ptr_array_index(p->subscribers, number - 1)
		       : NULL;
}

static uint32_t probe_key(const struct peer_pppoe *p, const struct subscriber *s)
{
	return board_slot(p->env) << KEY_SLOT_SHIFT | s->number;
}

static void set_cause(struct subscriber *s, const char *who, const char *text)
{
	g_autofree char *safe = text_escape(text, strlen(text));

	if (s->cause)
		return;
	s->cause = g_strconcat(who, ":", safe, NULL);
	g_strdelimit(s->cause, " \n", '_');
}

/* ---- out ---- */

static void transmit(struct peer_pppoe *p, const void *frame, size_t n)
{
	uint16_t ifindex = p->cfg->net.ifindex;
	struct pkt *k;
	struct wr w;

	if (!pkt_alloc(p->env, &k, 1)) {
		p->dropped++;
		return;
	}
	w = wr_init(pkt_data(k), pkt_tailroom(k));
	wr_bytes(&w, frame, n);
	k->len = (uint16_t)w.len;
	k->ifindex = ifindex;
	if (!w.bad && pkt_tx(p->env, ifindex_slot(ifindex), &k, 1) == 1)
		return;
	p->dropped++;
	pkt_free(p->env, &k, 1);
}

static void send_ppp(struct peer_pppoe *p, const struct subscriber *s, const uint8_t *ppp,
	size_t n)
{
	uint8_t buf[FRAME_MAX];
	size_t len = pppoe_client_frame(p->clients, s->number, ppp, n, buf, sizeof(buf));

	if (len)
		transmit(p, buf, len);
}

/* packet: IPv4. */
static void send_inner(struct peer_pppoe *p, const struct subscriber *s,
	const uint8_t *packet, size_t n)
{
	uint8_t buf[FRAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	ppp_hdr_build(&w, PPP_IPV4);
	wr_bytes(&w, packet, n);
	if (!w.bad)
		send_ppp(p, s, buf, w.len);
}

/* ---- a subscriber's line ---- */

static void call(struct peer_pppoe *p, struct subscriber *s, base_time now)
{
	struct pppoe_client_config cfg = { .port = p->cfg->net.ifindex,
		.mac = { 2, 0xfd, (uint8_t)board_slot(p->env), (uint8_t)(s->number >> 16),
			(uint8_t)(s->number >> 8), (uint8_t)s->number } };

	if (p->cfg->vlan) {
		cfg.n_vlan = p->cfg->inner ? 2 : 1;
		cfg.vlan[0] = p->cfg->vlan;
		cfg.vlan[1] = p->cfg->inner;
		cfg.tpid[0] = ETHERTYPE_VLAN;
		cfg.tpid[1] = p->cfg->inner ? ETHERTYPE_VLAN : 0;
	}
	g_clear_pointer(&s->cause, g_free);
	s->state = LINE_CALLING;
	s->hanging_up = s->mute = false;
	s->ip = 0;
	pppoe_client_open(p->clients, s->number, &cfg, now);
}

static void start_ppp(struct peer_pppoe *p, struct subscriber *s,
	const struct pppoe_client_effect *fx, base_time now)
{
	struct ppp_link_config cfg = { .client = true,
		.want_dns = true,
		.mru = fx->mtu,
		.echo_s = p->cfg->echo_s ? (uint16_t)p->cfg->echo_s : ECHO_S };

	s->sid = fx->sid;
	s->state = LINE_PPP;
	g_strlcpy(cfg.name, p->cfg->user ? p->cfg->user : "", sizeof(cfg.name));
	g_strlcpy(cfg.password, p->cfg->password ? p->cfg->password : "",
		sizeof(cfg.password));
	ppp_link_open(p->ppp, s->number, &cfg, now);
}

static void line_down(struct peer_pppoe *p, struct subscriber *s)
{
	ppp_link_drop(p->ppp, s->number);
	pppoe_client_drop(p->clients, s->number);
	s->state = LINE_DOWN;
}

/* ---- in ---- */

static void inner_udp(struct peer_pppoe *p, struct subscriber *s,
	const struct ipv4_hdr *ip, struct rd r, base_time now)
{
	struct udp_hdr udp;
	struct probe probe;

	if (!udp_parse(&r, ip, &udp) || udp.dport != PROBE_PORT ||
		!probe_parse(r, &probe) || probe.direction != PROBE_DOWN)
		p->strange++;
	else if (probe.key != probe_key(p, s))
		s->down.wrong++;
	else
		flow_receive(&s->down, &probe, now);
}

static void inner_ip(
	struct peer_pppoe *p, struct subscriber *s, struct rd r, base_time now)
{
	uint8_t buf[FRAME_MAX];
	struct ipv4_hdr ip;
	size_t n = 0;

	if (!ipv4_parse(&r, &ip) || ip.dst != s->ip) {
		p->strange++;
		return;
	}
	if (ip.proto == IPPROTO_NUM_UDP) {
		inner_udp(p, s, &ip, r, now);
		return;
	}
	if (ip.proto == IPPROTO_NUM_ICMP)
		n = nethost_echo_reply(buf, sizeof(buf), &ip, r, 0);
	if (n)
		send_inner(p, s, buf, n);
	else
		p->strange++;
}

static void take_ppp(struct peer_pppoe *p, struct subscriber *s, const uint8_t *frame,
	size_t n, base_time now)
{
	struct rd r = rd_init(frame, n);
	uint16_t protocol;

	if (s->mute)
		return;
	if (!ppp_hdr_parse(&r, &protocol))
		p->strange++;
	else if (protocol != PPP_IPV4)
		ppp_link_input(p->ppp, s->number, frame, n, now);
	else if (s->state == LINE_UP)
		inner_ip(p, s, r, now);
}

static void client_effect(
	struct peer_pppoe *p, const struct pppoe_client_effect *fx, base_time now)
{
	struct subscriber *s = by_number(p, fx->client);

	if (!s)
		return;
	switch (fx->kind) {
	case PPPOE_CLIENT_SEND:
		transmit(p, fx->bytes, fx->len);
		break;
	case PPPOE_CLIENT_UP:
		start_ppp(p, s, fx, now);
		break;
	case PPPOE_CLIENT_PPP:
		take_ppp(p, s, fx->bytes, fx->len, now);
		break;
	case PPPOE_CLIENT_DOWN:
		p->ended += !s->hanging_up;
		set_cause(s, "peer", fx->text ? fx->text : "ended");
		line_down(p, s);
		break;
	}
}

static void ppp_effect(struct peer_pppoe *p, const struct ppp_effect *fx, base_time now)
{
	struct subscriber *s = by_number(p, fx->link);

	if (!s || s->state < LINE_PPP || s->state > LINE_UP)
		return;
	switch (fx->kind) {
	case PPP_FX_SEND:
		if (!s->mute)
			send_ppp(p, s, fx->bytes, fx->len);
		break;
	case PPP_FX_UP:
		s->ip = fx->local_ip;
		s->dns = fx->dns[0];
		s->state = LINE_UP;
		break;
	case PPP_FX_DOWN:
		set_cause(s, fx->by_peer ? "peer-ppp" : "local-ppp",
			ppp_cause_text(fx->cause));
		pppoe_client_close(p->clients, s->number, NULL, now);
		line_down(p, s);
		break;
	case PPP_FX_AUTH:
	case PPP_FX_DEBUG:
		break;
	}
}

static void pump(struct peer_pppoe *p, base_time now)
{
	struct pppoe_client_effect c;
	struct ppp_effect l;
	bool again;

	do {
		again = false;
		while (pppoe_clients_poll(p->clients, &c)) {
			client_effect(p, &c, now);
			again = true;
		}
		while (ppp_engine_poll(p->ppp, &l)) {
			ppp_effect(p, &l, now);
			again = true;
		}
	} while (again);
}

static bool take_packets(struct peer_pppoe *p, unsigned budget, base_time now)
{
	struct pkt *k[PKT_BURST];
	unsigned n = PKT_BURST;

	for (; budget && n == PKT_BURST; budget--) {
		n = pkt_rx(p->env, ifindex_slot(p->cfg->net.ifindex), k, PKT_BURST);
		for (unsigned i = 0; i < n; i++) {
			pppoe_clients_input(p->clients, p->cfg->net.ifindex,
				pkt_data(k[i]), k[i]->len, now);
			pump(p, now);
		}
		pkt_free(p->env, k, n);
	}
	return n == PKT_BURST;
}

static void send_probes(struct peer_pppoe *p, base_time now)
{
	uint8_t payload[PROBE_LEN], packet[IPV4_HDR + UDP_HDR + PROBE_LEN];

	for (unsigned i = 0; i < p->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(p->subscribers, i);
		struct probe probe = { PROBE_UP, p->run, probe_key(p, s),
			(uint32_t)s->sent, now };
		size_t n;

		if (s->state != LINE_UP || s->hanging_up || s->mute)
			continue;
		probe_build(payload, &probe);
		n = udp4_build(packet, sizeof(packet), s->ip, PROBE_PORT, p->cfg->probe_to,
			PROBE_PORT, (uint16_t)s->sent++, payload, sizeof(payload), true);
		send_inner(p, s, packet, n);
	}
}

/* The next one that wants a session; the pace is kept by call_due. */
static void next_call(struct peer_pppoe *p, base_time now)
{
	unsigned pace = p->cfg->pace_ms ? p->cfg->pace_ms : 10;

	p->call_due = BASE_TIME_NEVER;
	for (unsigned i = 0; i < p->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(p->subscribers, i);

		if (s->state != LINE_IDLE)
			continue;
		call(p, s, now);
		p->call_due = time_add(now, dur_ms(pace));
		return;
	}
}

/* ---- orders ---- */

static void order_connect(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;

	for (unsigned i = 0; i < p->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(p->subscribers, i);

		if (s->state == LINE_DOWN)
			s->state = LINE_IDLE;
	}
	p->call_due = now;
	peer_reply(p->env, id, "");
}

static void order_call(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;

	if (p->subscribers->len == SUBSCRIBERS_MAX) {
		peer_error(p->env, id, "no more subscribers");
		return;
	}
	add_subscriber(p);
	p->call_due = now;
	peer_reply(p->env, id, "");
}

static void order_redial(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;
	struct subscriber *s = by_number(p, number);

	if (!s || s->state != LINE_DOWN) {
		peer_error(p->env, id, "subscriber %u is not down", number);
		return;
	}
	s->state = LINE_IDLE;
	p->call_due = time_min(p->call_due, now);
	peer_reply(p->env, id, "");
}

static void order_hangup(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;
	struct subscriber *s = by_number(p, number);

	if (!s || s->state != LINE_UP) {
		peer_error(p->env, id, "subscriber %u is not up", number);
		return;
	}
	s->hanging_up = true;
	set_cause(s, "local", "hangup");
	ppp_link_close(p->ppp, s->number, PPP_CAUSE_NORMAL, now);
	pump(p, now);
	peer_reply(p->env, id, "");
}

static void drop(struct peer_pppoe *p, struct subscriber *s, base_time now)
{
	s->hanging_up = true;
	set_cause(s, "local", "drop");
	pppoe_client_close(p->clients, s->number, NULL, now);
	pump(p, now);
	line_down(p, s);
}

static void order_drop(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;
	struct subscriber *s = by_number(p, number);

	if (!s || s->state < LINE_CALLING || s->state > LINE_UP) {
		peer_error(p->env, id, "subscriber %u has no session", number);
		return;
	}
	drop(p, s, now);
	peer_reply(p->env, id, "");
}

static void order_disconnect(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;

	for (unsigned i = 0; i < p->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(p->subscribers, i);

		if (s->state >= LINE_CALLING && s->state <= LINE_UP)
			drop(p, s, now);
	}
	peer_reply(p->env, id, "");
}

static void order_mute(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;
	struct subscriber *s = by_number(p, number);

	if (!s || s->state != LINE_UP) {
		peer_error(p->env, id, "subscriber %u is not up", number);
		return;
	}
	s->mute = true;
	peer_reply(p->env, id, "");
}

static void order_start(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;

	if (!p->probing)
		p->run++;
	p->probing = true;
	p->probe_due = probe_next_tick(now, p->cfg->probe_pps);
	peer_reply(p->env, id, "");
}

static void order_stop(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;

	p->probing = false;
	p->probe_due = BASE_TIME_NEVER;
	peer_reply(p->env, id, "");
}

/* ---- report ---- */

static void report_subscriber(
	const struct peer_pppoe *p, const struct subscriber *s, base_time now, GString *out)
{
	char ip[16], dns[16];

	g_string_append_printf(out,
		"subscriber=%u key=%u state=%s sid=%u ip=%s dns=%s sent=%" G_GUINT64_FORMAT,
		s->number, probe_key(p, s), line_state_names[s->state], s->sid,
		ipv4_to_str(s->ip, ip), ipv4_to_str(s->dns, dns), s->sent);
	flow_print(&s->down, out);
	flow_print_silence(&s->down, now, out);
	if (s->cause)
		g_string_append_printf(out, " cause=%s", s->cause);
	g_string_append_c(out, '\n');
}

static void order_report(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;
	g_autoptr(GString) lines = g_string_new(NULL);
	g_autoptr(GString) out = g_string_new(NULL);
	struct flow total = { 0 };
	unsigned up = 0;
	uint64_t sent = 0;

	for (unsigned i = 0; i < p->subscribers->len; i++) {
		const struct subscriber *s = g_ptr_array_index(p->subscribers, i);

		up += s->state == LINE_UP;
		sent += s->sent;
		flow_sum(&total, &s->down);
		report_subscriber(p, s, now, lines);
	}
	g_string_append_printf(out,
		"peer=%s sessions=%u sessions-up=%u sent=%" G_GUINT64_FORMAT, p->cfg->name,
		p->subscribers->len, up, sent);
	flow_print(&total, out);
	g_string_append_printf(out,
		" ended=%" G_GUINT64_FORMAT " strange=%" G_GUINT64_FORMAT
		" dropped=%" G_GUINT64_FORMAT " probing=%d\n%s",
		p->ended, p->strange, p->dropped, p->probing, lines->str);
	peer_reply(p->env, id, out->str);
}

static void order_mark(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_pppoe *p = self;

	order_report(self, id, number, now);
	for (unsigned i = 0; i < p->subscribers->len; i++)
		flow_mark(&((struct subscriber *)p->subscribers->pdata[i])->down);
}

static const struct peer_order pppoe_orders[] = {
	{ "connect", order_connect },
	{ "call", order_call },
	{ "redial N", order_redial },
	{ "hangup N", order_hangup },
	{ "drop N", order_drop },
	{ "mute N", order_mute },
	{ "disconnect", order_disconnect },
	{ "start probes", order_start },
	{ "stop probes", order_stop },
	{ "report", order_report },
	{ "mark", order_mark },
	{ 0 },
};

/* ---- board ---- */

static void pppoe_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct peer_pppoe *p = self;

	for (size_t i = 0; i < n; i++)
		peer_dispatch(p->env, pppoe_orders, p, &msgs[i], now);
}

static bool pppoe_work(void *self, base_time now, unsigned budget)
{
	struct peer_pppoe *p = self;
	bool more = take_packets(p, budget, now);

	if (!time_before(now, pppoe_clients_next_due(p->clients)))
		more |= pppoe_clients_tick(p->clients, now, budget);
	if (!time_before(now, ppp_engine_next_due(p->ppp)))
		more |= ppp_engine_tick(p->ppp, now, budget);
	pump(p, now);
	if (!time_before(now, p->call_due)) {
		next_call(p, now);
		pump(p, now);
	}
	if (!time_before(now, p->probe_due)) {
		send_probes(p, now);
		p->probe_due = probe_next_tick(now, p->cfg->probe_pps);
	}
	return more;
}

static base_time pppoe_next_due(const void *self)
{
	const struct peer_pppoe *p = self;
	base_time engines = time_min(
		pppoe_clients_next_due(p->clients), ppp_engine_next_due(p->ppp));

	return time_min(engines, time_min(p->call_due, p->probe_due));
}

const struct board_ops peer_pppoe_board = {
	.kind = BOARD_PEER,
	.power_on = pppoe_power_on,
	.message = pppoe_message,
	.work = pppoe_work,
	.next_due = pppoe_next_due,
	.destroy = pppoe_destroy,
};
