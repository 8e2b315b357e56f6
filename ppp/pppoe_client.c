/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Discovery, the host's side (RFC 2516, sections 5.1 to 5.5; waiting times as in section 8:
 * doubled each time).
 */
#include "ppp/pppoe_client.h"

#include "base/timer.h"
#include "ppp/pppoe_internal.h"

enum {
	CLIENTS_MAX = 65536,
	WAIT_MAX_S = 60,
	PADR_TRIES = 3,
	COOKIE_MAX = 1400,
};

/* pppoe_client - one host's discovery and session.
 *
 * Owner: struct pppoe_clients, in slab.
 * Owns:  cookie, line.
 */
struct client {
	uint32_t number, self;
	struct pppoe_client_config cfg;
	struct pppoe_line_info *line;
	uint8_t state; /* enum pppoe_client_state */
	uint8_t left, padrs;
	unsigned wait_s;
	struct pppoe_peer ac; /* frames to it: its `client` is the AC, its `ac` we */
	uint16_t sid, mtu;
	GBytes *cookie;
	uint8_t relay_len, relay[PPPOE_RELAY_ID_MAX]; /* of PADO */
	struct timer timer;
};

struct pppoe_clients {
	struct slab *slab;
	struct index *by_number, *by_session;
	struct timer_wheel *wheel;
	base_time now;
	struct pppoe_fx_queue fx;
};

/* What a discovery packet from an AC says. */
struct answer {
	uint8_t code;
	uint16_t sid, max_payload, error;
	struct pppoe_peer from; /* client: the AC; ac: we */
	bool serves, named; /* the service; the AC that we want */
	struct rd cookie, relay, text;
};

struct pppoe_clients *pppoe_clients_new(base_time now)
{
	struct pppoe_clients *e = g_new0(struct pppoe_clients, 1);

	e->slab = slab_new(sizeof(struct client), CLIENTS_MAX);
	e->by_number = index_new(16);
	e->by_session = index_new(16);
	e->wheel = timer_wheel_new(now);
	e->now = now;
	pppoe_fx_init(&e->fx);
	return e;
}

static struct client *find(const struct pppoe_clients *e, uint32_t number)
{
	return slab_get(e->slab, index_get(e->by_number, number));
}

/* Address and session id fill the 64 bits. */
static uint64_t session_key(const uint8_t mac[6], uint16_t sid)
{
	struct rd r = rd_init(mac, 6);
	uint64_t hi = rd_u16(&r);

	return (hi << 32 | rd_u32(&r)) << 16 | sid;
}

static void leave_session(struct pppoe_clients *e, struct client *c)
{
	if (c->sid)
		index_del(e->by_session, session_key(c->cfg.mac, c->sid));
	c->sid = 0;
}

static void put(struct pppoe_clients *e, struct client *c)
{
	timer_cancel(e->wheel, &c->timer);
	leave_session(e, c);
	index_del(e->by_number, c->number);
	g_clear_pointer(&c->cookie, g_bytes_unref);
	g_clear_pointer(&c->line, g_free);
	slab_put(e->slab, c->self);
}

void pppoe_clients_free(struct pppoe_clients *e)
{
	uint32_t at = 0;
	struct client *c;

	if (!e)
		return;
	while ((c = slab_next(e->slab, at, &at)))
		put(e, c);
	slab_free(e->slab);
	index_free(e->by_number);
	index_free(e->by_session);
	timer_wheel_free(e->wheel);
	pppoe_fx_deinit(&e->fx);
	g_free(e);
}

/* ---- what we send ---- */

static void push(struct pppoe_clients *e, const struct client *c, uint8_t kind,
	const void *bytes, size_t len, const void *text, size_t n)
{
	struct pppoe_fx fx = { .kind = kind, .who = c->number, .port = c->cfg.port,
		.sid = c->sid };

	pppoe_fx_push(&e->fx, fx, bytes, len, text, n);
}

static void end(struct pppoe_clients *e, struct client *c, const void *text, size_t n)
{
	timer_cancel(e->wheel, &c->timer);
	leave_session(e, c);
	c->state = PPPOE_CLIENT_ENDED;
	push(e, c, PPPOE_CLIENT_DOWN, NULL, 0, text, n);
}

static void send_packet(struct pppoe_clients *e, struct client *c, struct pppoe_packet *p)
{
	if (pppoe_packet_close(p))
		push(e, c, PPPOE_CLIENT_SEND, p->buf, p->w.len, NULL, 0);
}

static void put_line(struct pppoe_packet *p, const struct pppoe_line_info *line)
{
	uint8_t buf[4 + PPPOE_LINE_ENCODED_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u32(&w, PPPOE_VENDOR_LINE);
	pppoe_line_build(&w, line);
	pppoe_tag_build(&p->w, PPPOE_TAG_VENDOR, buf, w.len);
}

static void put_common(struct pppoe_packet *p, const struct client *c)
{
	uint8_t value[4];

	pppoe_tag_build(&p->w, PPPOE_TAG_SERVICE_NAME, c->cfg.service,
		strlen(c->cfg.service));
	put_u32(value, c->number);
	pppoe_tag_build(&p->w, PPPOE_TAG_HOST_UNIQ, value, 4);
	if (c->cfg.max_payload) {
		put_u16(value, c->cfg.max_payload);
		pppoe_tag_build(&p->w, PPPOE_TAG_MAX_PAYLOAD, value, 2);
	}
	if (c->line)
		put_line(p, c->line);
}

static void send_padi(struct pppoe_clients *e, struct client *c)
{
	struct pppoe_packet p;

	memset(c->ac.client, 0xff, ETH_ALEN);
	pppoe_packet_open(&p, &c->ac, PPPOE_PADI, 0);
	put_common(&p, c);
	if (c->cfg.relay_len)
		pppoe_tag_build(
			&p.w, PPPOE_TAG_RELAY_ID, c->cfg.relay, c->cfg.relay_len);
	send_packet(e, c, &p);
}

static void send_padr(struct pppoe_clients *e, struct client *c)
{
	struct pppoe_packet p;
	gsize n = 0;
	const void *cookie = c->cookie ? g_bytes_get_data(c->cookie, &n) : NULL;

	pppoe_packet_open(&p, &c->ac, PPPOE_PADR, 0);
	put_common(&p, c);
	if (c->cookie)
		pppoe_tag_build(&p.w, PPPOE_TAG_AC_COOKIE, cookie, n);
	if (c->relay_len)
		pppoe_tag_build(&p.w, PPPOE_TAG_RELAY_ID, c->relay, c->relay_len);
	send_packet(e, c, &p);
}

/* The packet that the state asks for, and the wait for its answer. */
static void try_again(struct pppoe_clients *e, struct client *c)
{
	if (!c->left) {
		static const char why[] = "timed out";

		end(e, c, why, sizeof(why) - 1);
		return;
	}
	c->left--;
	if (c->state == PPPOE_CLIENT_WAIT_PADS && c->padrs == PADR_TRIES)
		c->state = PPPOE_CLIENT_WAIT_PADO;
	if (c->state == PPPOE_CLIENT_WAIT_PADS) {
		c->padrs++;
		send_padr(e, c);
	} else {
		send_padi(e, c);
	}
	timer_set(e->wheel, &c->timer, time_add(e->now, dur_s(c->wait_s)));
	c->wait_s = MIN(2 * c->wait_s, WAIT_MAX_S);
}

bool pppoe_client_open(struct pppoe_clients *e, uint32_t number,
	const struct pppoe_client_config *cfg, base_time now)
{
	struct client *c;
	uint32_t self;

	if (!number || find(e, number) || cfg->n_vlan > 2 ||
		cfg->relay_len > PPPOE_RELAY_ID_MAX)
		return false;
	c = slab_take(e->slab, &self);
	if (!c)
		return false;
	e->now = now;
	c->number = number;
	c->self = self;
	c->cfg = *cfg;
	c->line = cfg->line ? g_memdup2(cfg->line, sizeof(*cfg->line)) : NULL;
	c->cfg.line = NULL;
	c->cfg.service[PPPOE_NAME_MAX - 1] = c->cfg.ac_name[PPPOE_NAME_MAX - 1] = 0;
	c->wait_s = cfg->restart_s ? cfg->restart_s : 3;
	c->left = cfg->tries ? cfg->tries : 10;
	c->timer.owner = self;
	c->ac = (struct pppoe_peer){
		.port = cfg->port,
		.n_vlan = cfg->n_vlan,
	};
	for (unsigned i = 0; i < cfg->n_vlan; i++) {
		c->ac.tpid[i] = cfg->tpid[i];
		c->ac.vlan[i] = cfg->vlan[i];
	}
	memcpy(c->ac.ac, cfg->mac, ETH_ALEN);
	index_put(e->by_number, number, self);
	try_again(e, c);
	return true;
}

/* ---- what comes ---- */

static bool text_is(struct rd value, const char *text)
{
	size_t n = rd_left(&value);

	return n == strlen(text) && !memcmp(value.p, text, n);
}

static void read_tag(const struct client *c, struct answer *a, struct pppoe_tag *tag)
{
	switch (tag->type) {
	case PPPOE_TAG_SERVICE_NAME:
		a->serves |= text_is(tag->value, c->cfg.service);
		break;
	case PPPOE_TAG_AC_NAME:
		a->named |= !c->cfg.ac_name[0] || text_is(tag->value, c->cfg.ac_name);
		break;
	case PPPOE_TAG_AC_COOKIE:
		a->cookie = tag->value;
		break;
	case PPPOE_TAG_RELAY_ID:
		a->relay = tag->value;
		break;
	case PPPOE_TAG_MAX_PAYLOAD:
		a->max_payload = rd_u16(&tag->value);
		break;
	case PPPOE_TAG_SERVICE_ERROR:
	case PPPOE_TAG_SYSTEM_ERROR:
	case PPPOE_TAG_GENERIC_ERROR:
		a->error = tag->type;
		a->text = tag->value;
		break;
	default:
		break;
	}
}

/* Whom a PADO or PADS is for stands in Host-Uniq. */
static struct client *addressee(const struct pppoe_clients *e, struct rd r)
{
	struct pppoe_tag tag;

	while (pppoe_tag_next(&r, &tag))
		if (tag.type == PPPOE_TAG_HOST_UNIQ && rd_left(&tag.value) == 4)
			return find(e, rd_u32(&tag.value));
	return NULL;
}

static bool same_place(const struct client *c, const struct pppoe_peer *from)
{
	return from->port == c->cfg.port && from->n_vlan == c->ac.n_vlan &&
	       from->vlan[0] == c->ac.vlan[0] && from->vlan[1] == c->ac.vlan[1] &&
	       !memcmp(from->ac, c->cfg.mac, ETH_ALEN);
}

static void on_pado(struct pppoe_clients *e, struct client *c, const struct answer *a)
{
	size_t relay = rd_left(&a->relay), cookie = rd_left(&a->cookie);

	if (c->state != PPPOE_CLIENT_WAIT_PADO || a->error || !a->serves || !a->named ||
		relay > PPPOE_RELAY_ID_MAX || cookie > COOKIE_MAX)
		return;
	memcpy(c->ac.client, a->from.client, ETH_ALEN);
	g_clear_pointer(&c->cookie, g_bytes_unref);
	if (a->cookie.p)
		c->cookie = g_bytes_new(a->cookie.p, cookie);
	c->relay_len = (uint8_t)relay;
	if (relay)
		memcpy(c->relay, a->relay.p, relay);
	c->state = PPPOE_CLIENT_WAIT_PADS;
	c->padrs = 0;
	c->left = MAX(c->left, 1);
	c->wait_s = c->cfg.restart_s ? c->cfg.restart_s : 3;
	try_again(e, c);
}

static void on_pads(struct pppoe_clients *e, struct client *c, const struct answer *a)
{
	uint64_t key = session_key(c->cfg.mac, a->sid);

	if (c->state != PPPOE_CLIENT_WAIT_PADS ||
		memcmp(a->from.client, c->ac.client, ETH_ALEN) != 0)
		return;
	if (!a->sid || a->sid > PPPOE_SID_MAX || a->error ||
		index_get(e->by_session, key)) {
		static const char why[] = "refused";
		size_t n = rd_left(&a->text);

		end(e, c, n ? (const void *)a->text.p : why, n ? n : sizeof(why) - 1);
		return;
	}
	timer_cancel(e->wheel, &c->timer);
	c->state = PPPOE_CLIENT_OPEN;
	c->sid = a->sid;
	c->mtu = PPPOE_MTU;
	if (c->cfg.max_payload > PPPOE_MTU && a->max_payload > PPPOE_MTU)
		c->mtu = MIN(a->max_payload, c->cfg.max_payload);
	index_put(e->by_session, key, c->self);
	push(e, c, PPPOE_CLIENT_UP, NULL, 0, NULL, 0);
}

static void on_discovery(struct pppoe_clients *e, const struct pppoe_peer *from,
	const struct pppoe_hdr *h, struct rd *r)
{
	struct answer a = { .code = h->code, .sid = h->session, .from = *from };
	bool padt = h->code == PPPOE_PADT;
	struct client *c;
	struct pppoe_tag tag;

	c = padt ? slab_get(e->slab, index_get(e->by_session,
					     session_key(from->ac, h->session)))
		 : addressee(e, *r);
	if (!c || !same_place(c, from))
		return;
	while (pppoe_tag_next(r, &tag))
		read_tag(c, &a, &tag);
	if (r->bad)
		return;
	if (h->code == PPPOE_PADO)
		on_pado(e, c, &a);
	else if (h->code == PPPOE_PADS)
		on_pads(e, c, &a);
	else if (padt && !memcmp(from->client, c->ac.client, ETH_ALEN))
		end(e, c, a.text.p ? (const void *)a.text.p : "PADT",
			a.text.p ? rd_left(&a.text) : strlen("PADT"));
}

static void on_data(struct pppoe_clients *e, const struct pppoe_peer *from,
	const struct pppoe_hdr *h, const struct rd *r)
{
	struct client *c = slab_get(
		e->slab, index_get(e->by_session, session_key(from->ac, h->session)));

	if (c && h->code == PPPOE_SESSION && rd_left(r) && same_place(c, from) &&
		!memcmp(from->client, c->ac.client, ETH_ALEN))
		push(e, c, PPPOE_CLIENT_PPP, r->p, rd_left(r), NULL, 0);
}

void pppoe_clients_input(struct pppoe_clients *e, uint16_t port, const uint8_t *frame,
	size_t len, base_time now)
{
	struct rd r = rd_init(frame, len);
	struct pppoe_peer from;
	struct pppoe_hdr h;
	uint16_t type;

	e->now = now;
	if (!pppoe_peer_parse(&r, port, &from, &type) || !pppoe_hdr_parse(&r, &h))
		return;
	if (type == ETHERTYPE_PPPOE_DISC)
		on_discovery(e, &from, &h, &r);
	else if (type == ETHERTYPE_PPPOE_SESS)
		on_data(e, &from, &h, &r);
}

/* ---- time, effects, orders ---- */

base_time pppoe_clients_next_due(const struct pppoe_clients *e)
{
	return timer_next_due(e->wheel);
}

bool pppoe_clients_tick(struct pppoe_clients *e, base_time now, unsigned budget)
{
	struct timer *t;

	e->now = now;
	for (; budget; budget--) {
		t = timer_pop(e->wheel, now);
		if (!t)
			return false;
		try_again(e, slab_get(e->slab, t->owner));
	}
	return !time_before(now, timer_next_due(e->wheel));
}

bool pppoe_clients_poll(struct pppoe_clients *e, struct pppoe_client_effect *out)
{
	const struct pppoe_fx *fx = pppoe_fx_pop(&e->fx);
	const struct client *c;

	if (!fx)
		return false;
	c = find(e, fx->who);
	*out = (struct pppoe_client_effect){
		.kind = fx->kind,
		.port = fx->port,
		.sid = fx->sid,
		.mtu = c ? c->mtu : 0,
		.client = fx->who,
		.bytes = pppoe_fx_kept(&e->fx, fx->bytes),
		.len = fx->len,
		.text = pppoe_fx_kept(&e->fx, fx->text),
	};
	return true;
}

void pppoe_client_close(
	struct pppoe_clients *e, uint32_t client, const char *text, base_time now)
{
	struct client *c = find(e, client);
	struct pppoe_packet p;

	if (!c)
		return;
	e->now = now;
	if (c->state == PPPOE_CLIENT_OPEN) {
		pppoe_packet_open(&p, &c->ac, PPPOE_PADT, c->sid);
		if (text)
			pppoe_tag_build(
				&p.w, PPPOE_TAG_GENERIC_ERROR, text, strlen(text));
		send_packet(e, c, &p);
	}
	put(e, c);
}

void pppoe_client_drop(struct pppoe_clients *e, uint32_t client)
{
	struct client *c = find(e, client);

	if (c)
		put(e, c);
}

size_t pppoe_client_frame(const struct pppoe_clients *e, uint32_t client, const uint8_t *ppp,
	size_t len, uint8_t *buf, size_t cap)
{
	const struct client *c = find(e, client);

	if (!c || c->state != PPPOE_CLIENT_OPEN)
		return 0;
	return pppoe_frame_build(&c->ac, c->sid, ppp, len, buf, cap);
}

bool pppoe_client_get(const struct pppoe_clients *e, uint32_t client,
	enum pppoe_client_state *state, uint16_t *sid, uint8_t ac[6])
{
	const struct client *c = find(e, client);

	if (!c)
		return false;
	*state = c->state;
	*sid = c->sid;
	memcpy(ac, c->ac.client, ETH_ALEN);
	return true;
}

size_t pppoe_clients_count(const struct pppoe_clients *e)
{
	return slab_count(e->slab);
}
