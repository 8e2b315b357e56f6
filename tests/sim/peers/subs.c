/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Simulated PPPoE subscribers, see subs.h: the client side of RFC 2516, 1661, 1994 and 1332, by
 * the engines that the router has for it, in instances of their own.
 */
#include "tests/sim/peers/subs.h"

#include "base/text.h"
#include "ppp/ppp.h"
#include "ppp/pppoe_client.h"
#include "scenarios/engine/peer.h"
#include "scenarios/engine/probe.h"

#include <string.h>

enum {
	SUBSCRIBERS_MAX = 4096,
	KEY_SLOT_SHIFT = 24,
	PACKET_MAX = 1600,
	OUTER_VLAN = 100,
	INNER_VLAN = 200,
	TRIES = 4, /* PADI and PADR, 3, 6, 12, 24 s apart */
};

enum line_state { LINE_IDLE, LINE_CALLING, LINE_PPP, LINE_UP, LINE_DOWN };

static const char *const line_state_names[] = { "idle", "calling", "ppp", "up", "down" };

struct subscriber {
	uint32_t number; /* 1...; also of its PPPoE client and its PPP link */
	enum line_state state;
	bool hanging_up, mute;
	uint32_t ip;
	uint64_t sent;
	struct flow down;
};

struct subs {
	struct board_env *env;
	const struct subs_config *cfg;
	struct pppoe_clients *pppoe;
	struct ppp_engine *ppp;
	GPtrArray *subscribers; /* owned; number n at n - 1 */
	base_time call_due;
	bool probing;
	uint16_t run;
	base_time probe_due;
	uint64_t padts, strange, unsent;
};

/* ---- life ---- */

static struct subscriber *add_subscriber(struct subs *b)
{
	struct subscriber *s = g_new0(struct subscriber, 1);

	g_ptr_array_add(b->subscribers, s);
	s->number = b->subscribers->len;
	s->state = LINE_DOWN;
	return s;
}

static void *subs_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct subs *b = g_new0(struct subs, 1);

	b->env = env;
	b->cfg = arg;
	b->pppoe = pppoe_clients_new(now);
	b->ppp = ppp_engine_new(board_seed(env), 1, false, now);
	b->subscribers = g_ptr_array_new_with_free_func(g_free);
	for (unsigned i = 0; i < b->cfg->sessions; i++)
		add_subscriber(b);
	b->call_due = BASE_TIME_NEVER;
	b->probing = b->cfg->probe_pps;
	b->run = 1;
	b->probe_due = probe_next_tick(now, b->cfg->probe_pps);
	return b;
}

static void subs_destroy(void *self)
{
	struct subs *b = self;

	g_ptr_array_unref(b->subscribers);
	ppp_engine_free(b->ppp);
	pppoe_clients_free(b->pppoe);
	g_free(b);
}

/* ---- finding ---- */

static struct subscriber *by_number(const struct subs *b, uint32_t number)
{
	return number && number <= b->subscribers->len
		       ? g_ptr_array_index(b->subscribers, number - 1)
		       : NULL;
}

static uint32_t probe_key(const struct subs *b, const struct subscriber *s)
{
	return board_slot(b->env) << KEY_SLOT_SHIFT | s->number;
}

static void set_mac(const struct subs *b, const struct subscriber *s, uint8_t mac[6])
{
	const uint8_t own[] = { 0x02, 0x50, (uint8_t)board_slot(b->env), 0,
		(uint8_t)(s->number >> 8), (uint8_t)s->number };

	memcpy(mac, own, sizeof(own));
}

bool subs_session(const void *self, unsigned number, uint16_t *sid, uint8_t mac[6])
{
	const struct subs *b = self;
	const struct subscriber *s = by_number(b, number);
	enum pppoe_client_state state;
	uint8_t ac[6];

	*sid = 0;
	if (!s)
		return false;
	set_mac(b, s, mac);
	if (!pppoe_client_get(b->pppoe, number, &state, sid, ac) ||
		state != PPPOE_CLIENT_OPEN)
		*sid = 0;
	return true;
}

bool subs_line(const void *self, unsigned number, struct peer_lac_line *out)
{
	const struct subscriber *s = by_number(self, number);
	uint8_t mac[6];

	if (!s)
		return false;
	*out = (struct peer_lac_line){
		.up = s->state == LINE_UP,
		.down = s->state == LINE_DOWN,
		.hanging_up = s->hanging_up,
		.ip = s->state == LINE_UP ? s->ip : 0,
	};
	subs_session(self, number, &out->session, mac);
	return true;
}

/* ---- packets out ---- */

static void transmit(struct subs *b, const uint8_t *frame, size_t n)
{
	struct pkt *p;
	struct wr w;

	if (!n || !pkt_alloc(b->env, &p, 1)) {
		b->unsent++;
		return;
	}
	w = wr_init(pkt_data(p), pkt_tailroom(p));
	wr_bytes(&w, frame, n);
	p->len = (uint16_t)w.len;
	p->ifindex = b->cfg->ifindex;
	if (!w.bad && pkt_tx(b->env, ifindex_slot(b->cfg->ifindex), &p, 1) == 1)
		return;
	b->unsent++;
	pkt_free(b->env, &p, 1);
}

static void send_ppp(struct subs *b, const struct subscriber *s, const uint8_t *frame, size_t n)
{
	uint8_t buf[PACKET_MAX];

	if (!s->mute)
		transmit(b, buf, pppoe_client_frame(b->pppoe, s->number, frame, n, buf,
					 sizeof(buf)));
}

static void send_probe(struct subs *b, struct subscriber *s, base_time now)
{
	const struct probe p = { PROBE_UP, b->run, probe_key(b, s), (uint32_t)s->sent, now };
	uint8_t payload[PROBE_LEN], packet[IPV4_HDR + UDP_HDR + PROBE_LEN];
	uint8_t buf[sizeof(packet) + 8];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t n;

	probe_build(payload, &p);
	n = udp4_build(packet, sizeof(packet), s->ip, PROBE_PORT, b->cfg->probe_to,
		PROBE_PORT, (uint16_t)s->sent++, payload, sizeof(payload), true);
	ppp_hdr_build(&w, PPP_IPV4);
	wr_bytes(&w, packet, n);
	send_ppp(b, s, buf, w.len);
}

static void send_probes(struct subs *b, base_time now)
{
	for (unsigned i = 0; i < b->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(b->subscribers, i);

		if (s->state == LINE_UP && !s->hanging_up)
			send_probe(b, s, now);
	}
}

/* ---- calls ---- */

static void place_call(struct subs *b, struct subscriber *s, base_time now)
{
	struct pppoe_client_config cfg = { .port = b->cfg->ifindex,
		.tries = TRIES,
		.n_vlan = b->cfg->n_vlan,
		.tpid = { ETHERTYPE_VLAN, ETHERTYPE_VLAN },
		.vlan = { OUTER_VLAN, (uint16_t)(INNER_VLAN + s->number % 100) } };

	set_mac(b, s, cfg.mac);
	s->hanging_up = s->mute = false;
	s->ip = 0;
	s->state = pppoe_client_open(b->pppoe, s->number, &cfg, now) ? LINE_CALLING
								     : LINE_DOWN;
}

static void next_call(struct subs *b, base_time now)
{
	b->call_due = BASE_TIME_NEVER;
	for (unsigned i = 0; i < b->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(b->subscribers, i);

		if (s->state != LINE_IDLE)
			continue;
		place_call(b, s, now);
		b->call_due = time_add(now, dur_ms(b->cfg->pace_ms ? b->cfg->pace_ms : 10));
		return;
	}
}

/* padt: the other end does not know yet. */
static void line_down(struct subs *b, struct subscriber *s, bool padt, base_time now)
{
	ppp_link_drop(b->ppp, s->number);
	if (padt)
		pppoe_client_close(b->pppoe, s->number, NULL, now);
	else
		pppoe_client_drop(b->pppoe, s->number);
	s->state = LINE_DOWN;
}

static bool goes_onward(const struct subs *b, const struct subscriber *s)
{
	return b->cfg->domain && (b->cfg->all_onward || s->number % 2 == 0);
}

static void start_ppp(struct subs *b, struct subscriber *s, base_time now)
{
	struct ppp_link_config cfg = { .client = true, .echo_s = (uint16_t)b->cfg->echo_s };

	g_snprintf(cfg.name, sizeof(cfg.name), "%s%s%s", b->cfg->user,
		goes_onward(b, s) ? "@" : "", goes_onward(b, s) ? b->cfg->domain : "");
	g_strlcpy(cfg.password, b->cfg->password, sizeof(cfg.password));
	s->state = LINE_PPP;
	ppp_link_open(b->ppp, s->number, &cfg, now);
}

/* ---- packets in ---- */

static void inner_ip(struct subs *b, struct subscriber *s, struct rd r, base_time now)
{
	struct ipv4_hdr ip;
	struct udp_hdr udp;
	struct probe p;

	if (!ipv4_parse(&r, &ip) || ip.dst != s->ip || ip.proto != IPPROTO_NUM_UDP ||
		!udp_parse(&r, &ip, &udp) || udp.dport != PROBE_PORT ||
		!probe_parse(r, &p) || p.direction != PROBE_DOWN)
		b->strange++;
	else if (p.key != probe_key(b, s))
		s->down.wrong++; /* of who had the address before */
	else
		flow_receive(&s->down, &p, now);
}

static void got_frame(
	struct subs *b, struct subscriber *s, const uint8_t *frame, size_t n, base_time now)
{
	struct rd r = rd_init(frame, n);
	uint16_t protocol;

	if (s->mute || s->state < LINE_PPP || s->state > LINE_UP)
		return;
	if (!ppp_hdr_parse(&r, &protocol))
		b->strange++;
	else if (protocol != PPP_IPV4)
		ppp_link_input(b->ppp, s->number, frame, n, now);
	else if (s->state == LINE_UP)
		inner_ip(b, s, r, now);
}

static void pppoe_effect(struct subs *b, const struct pppoe_client_effect *fx, base_time now)
{
	struct subscriber *s = by_number(b, fx->client);

	if (fx->kind == PPPOE_CLIENT_SEND) {
		if (!s || !s->mute)
			transmit(b, fx->bytes, fx->len);
	} else if (s && fx->kind == PPPOE_CLIENT_UP) {
		start_ppp(b, s, now);
	} else if (s && fx->kind == PPPOE_CLIENT_PPP) {
		got_frame(b, s, fx->bytes, fx->len, now);
	} else if (s && fx->kind == PPPOE_CLIENT_DOWN) {
		b->padts++;
		line_down(b, s, false, now);
	}
}

static void ppp_effect(struct subs *b, const struct ppp_effect *fx, base_time now)
{
	struct subscriber *s = by_number(b, fx->link);

	if (!s || s->state < LINE_PPP || s->state > LINE_UP)
		return;
	if (fx->kind == PPP_FX_SEND) {
		send_ppp(b, s, fx->bytes, fx->len);
	} else if (fx->kind == PPP_FX_UP) {
		s->ip = fx->local_ip;
		s->state = LINE_UP;
	} else if (fx->kind == PPP_FX_DOWN) {
		line_down(b, s, !s->mute, now);
	}
}

static void pump(struct subs *b, base_time now)
{
	struct pppoe_client_effect e;
	struct ppp_effect p;
	bool again;

	do {
		again = false;
		while (pppoe_clients_poll(b->pppoe, &e)) {
			pppoe_effect(b, &e, now);
			again = true;
		}
		while (ppp_engine_poll(b->ppp, &p)) {
			ppp_effect(b, &p, now);
			again = true;
		}
	} while (again);
}

/* ---- orders ---- */

static void done(struct subs *b, uint32_t id, base_time now)
{
	pump(b, now);
	peer_reply(b->env, id, "");
}

static void order_connect(void *self, uint32_t id, unsigned number, base_time now)
{
	struct subs *b = self;

	for (unsigned i = 0; i < b->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(b->subscribers, i);

		if (s->state == LINE_DOWN)
			s->state = LINE_IDLE;
	}
	b->call_due = time_min(b->call_due, now);
	done(b, id, now);
}

static void order_call(void *self, uint32_t id, unsigned number, base_time now)
{
	struct subs *b = self;

	if (b->subscribers->len == SUBSCRIBERS_MAX) {
		peer_error(b->env, id, "no more subscribers");
		return;
	}
	add_subscriber(b)->state = LINE_IDLE;
	b->call_due = time_min(b->call_due, now);
	done(b, id, now);
}

static void order_redial(void *self, uint32_t id, unsigned number, base_time now)
{
	struct subs *b = self;
	struct subscriber *s = by_number(b, number);

	if (!s || s->state != LINE_DOWN) {
		peer_error(b->env, id, "subscriber %u is not down", number);
		return;
	}
	s->state = LINE_IDLE;
	b->call_due = time_min(b->call_due, now);
	done(b, id, now);
}

static void order_hangup(void *self, uint32_t id, unsigned number, base_time now)
{
	struct subs *b = self;
	struct subscriber *s = by_number(b, number);

	if (!s || s->state != LINE_UP) {
		peer_error(b->env, id, "subscriber %u is not up", number);
		return;
	}
	s->hanging_up = true;
	ppp_link_close(b->ppp, number, PPP_CAUSE_NORMAL, now);
	done(b, id, now);
}

static void order_drop(void *self, uint32_t id, unsigned number, base_time now)
{
	struct subs *b = self;
	struct subscriber *s = by_number(b, number);

	if (!s || s->state < LINE_CALLING || s->state > LINE_UP) {
		peer_error(b->env, id, "subscriber %u has no session", number);
		return;
	}
	line_down(b, s, !s->mute, now);
	done(b, id, now);
}

static void order_mute(void *self, uint32_t id, unsigned number, base_time now)
{
	struct subs *b = self;
	struct subscriber *s = by_number(b, number);

	if (!s || s->state != LINE_UP) {
		peer_error(b->env, id, "subscriber %u is not up", number);
		return;
	}
	s->mute = true;
	done(b, id, now);
}

static void order_disconnect(void *self, uint32_t id, unsigned number, base_time now)
{
	struct subs *b = self;

	for (unsigned i = 0; i < b->subscribers->len; i++) {
		struct subscriber *s = g_ptr_array_index(b->subscribers, i);

		if (s->state == LINE_IDLE)
			s->state = LINE_DOWN;
		else if (s->state != LINE_DOWN)
			line_down(b, s, !s->mute, now);
	}
	done(b, id, now);
}

static void order_start(void *self, uint32_t id, unsigned number, base_time now)
{
	struct subs *b = self;

	b->run += !b->probing;
	b->probing = true;
	b->probe_due = probe_next_tick(now, b->cfg->probe_pps);
	done(b, id, now);
}

static void order_stop(void *self, uint32_t id, unsigned number, base_time now)
{
	struct subs *b = self;

	b->probing = false;
	b->probe_due = BASE_TIME_NEVER;
	done(b, id, now);
}

static void order_report(void *self, uint32_t id, unsigned number, base_time now)
{
	struct subs *b = self;
	g_autoptr(GString) lines = g_string_new(NULL);
	g_autoptr(GString) out = g_string_new(NULL);
	struct flow total = { 0 };
	unsigned up = 0;

	for (unsigned i = 0; i < b->subscribers->len; i++) {
		const struct subscriber *s = g_ptr_array_index(b->subscribers, i);
		char ip[16];

		up += s->state == LINE_UP;
		flow_sum(&total, &s->down);
		g_string_append_printf(lines,
			"subscriber=%u key=%u state=%s ip=%s sent=%" G_GUINT64_FORMAT,
			s->number, probe_key(b, s), line_state_names[s->state],
			ipv4_to_str(s->ip, ip), s->sent);
		flow_print(&s->down, lines);
		g_string_append_c(lines, '\n');
	}
	g_string_append_printf(out, "peer=%s sessions=%u sessions-up=%u", b->cfg->name,
		b->subscribers->len, up);
	flow_print(&total, out);
	g_string_append_printf(out,
		" padts=%" G_GUINT64_FORMAT " strange=%" G_GUINT64_FORMAT
		" unsent=%" G_GUINT64_FORMAT "\n%s",
		b->padts, b->strange, b->unsent, lines->str);
	peer_reply(b->env, id, out->str);
}

static const struct peer_order subs_orders[] = {
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
	{ 0 },
};

/* ---- board ---- */

static void subs_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct subs *b = self;

	for (size_t i = 0; i < n; i++)
		peer_dispatch(b->env, subs_orders, b, &msgs[i], now);
}

/* True: there are more. */
static bool receive(struct subs *b, base_time now)
{
	struct pkt *p[PKT_BURST];
	unsigned n = pkt_rx(b->env, ifindex_slot(b->cfg->ifindex), p, PKT_BURST);

	for (unsigned i = 0; i < n; i++) {
		pppoe_clients_input(
			b->pppoe, b->cfg->ifindex, pkt_data(p[i]), p[i]->len, now);
		pump(b, now);
	}
	pkt_free(b->env, p, n);
	return n == PKT_BURST;
}

static bool subs_work(void *self, base_time now, unsigned budget)
{
	struct subs *b = self;
	bool more = true;

	for (; more && budget; budget--)
		more = receive(b, now);
	if (!time_before(now, pppoe_clients_next_due(b->pppoe)))
		more |= pppoe_clients_tick(b->pppoe, now, PKT_BURST);
	if (!time_before(now, ppp_engine_next_due(b->ppp)))
		more |= ppp_engine_tick(b->ppp, now, PKT_BURST);
	if (!time_before(now, b->call_due))
		next_call(b, now);
	pump(b, now);
	if (!time_before(now, b->probe_due)) {
		send_probes(b, now);
		b->probe_due = probe_next_tick(now, b->cfg->probe_pps);
	}
	return more;
}

static base_time subs_next_due(const void *self)
{
	const struct subs *b = self;
	base_time engines = time_min(
		pppoe_clients_next_due(b->pppoe), ppp_engine_next_due(b->ppp));

	return time_min(engines, time_min(b->call_due, b->probe_due));
}

const struct board_ops subs_board = {
	.kind = BOARD_PEER,
	.power_on = subs_power_on,
	.message = subs_message,
	.work = subs_work,
	.next_due = subs_next_due,
	.destroy = subs_destroy,
};
