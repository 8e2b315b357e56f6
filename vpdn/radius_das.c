/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dynamic authorization server, see radius_das.h.
 */
#include "vpdn/radius_das.h"

#include <string.h>

enum { PROXY_STATES = 1024 }; /* octets of them, echoed */

struct talk {
	uint64_t token;
	uint32_t local_ip, ip;
	uint16_t local_port, port;
	uint8_t code, id;
	uint8_t authenticator[RADIUS_AUTH];
	base_time at;
	char key[RADIUS_SECRET_MAX];
	uint8_t *proxy;                  /* Proxy-State attributes, to be sent back */
	size_t n_proxy;
	uint8_t *reply; /* NULL: not yet answered */
	size_t len;
};

struct das {
	struct das_client clients[DAS_CLIENTS_MAX];
	unsigned n_clients;
	uint16_t port;
	GQueue talks; /* struct talk *, oldest first */
	uint64_t last;
	GQueue out; /* tokens, uint64_t *, of answers to be sent */
	struct das_counts counts;
};

static void talk_free(void *data)
{
	struct talk *t = data;

	g_free(t->proxy);
	g_free(t->reply);
	g_free(t);
}

struct das *das_new(void)
{
	struct das *d = g_new0(struct das, 1);

	g_queue_init(&d->talks);
	g_queue_init(&d->out);
	return d;
}

void das_free(struct das *d)
{
	if (!d)
		return;
	g_queue_clear_full(&d->talks, talk_free);
	g_queue_clear_full(&d->out, g_free);
	g_free(d);
}

void das_configure(
	struct das *d, const struct das_client *clients, unsigned n, uint16_t port)
{
	n = MIN(n, (unsigned)DAS_CLIENTS_MAX);
	if (n)
		memcpy(d->clients, clients, n * sizeof(*clients));
	d->n_clients = n;
	d->port = port;
}

uint16_t das_port(const struct das *d)
{
	return d->port;
}

static const struct das_client *client(const struct das *d, uint32_t ip)
{
	for (unsigned i = 0; i < d->n_clients; i++)
		if (d->clients[i].ip == ip && d->clients[i].key[0])
			return &d->clients[i];
	return NULL;
}

/* ---- answers ---- */

static struct talk *talk_of(const struct das *d, uint64_t token)
{
	for (GList *l = d->talks.tail; l; l = l->prev) {
		struct talk *t = l->data;

		if (t->token == token)
			return t;
	}
	return NULL;
}

static void send(struct das *d, const struct talk *t)
{
	uint64_t *token = g_new(uint64_t, 1);

	*token = t->token;
	g_queue_push_tail(&d->out, token);
}

void das_answer(struct das *d, uint64_t token, enum das_error error)
{
	uint8_t buf[RADIUS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	struct talk *t = talk_of(d, token);

	if (!t || t->reply)
		return;
	if (error)
		d->counts.naks++;
	else
		d->counts.acks++;
	/* The codes of ACK and NAK follow that of the request. */
	radius_begin(&w, (enum radius_code)(t->code + (error ? 2 : 1)), t->id, NULL);
	radius_put_message_authenticator(&w);
	if (error)
		radius_put_u32(&w, RA_ERROR_CAUSE, (uint32_t)error);
	wr_bytes(&w, t->proxy, t->n_proxy);
	radius_seal(&w, t->key, t->authenticator);
	g_assert(!w.bad); /* Proxy-States are bounded */
	t->reply = g_memdup2(buf, w.len);
	t->len = w.len;
	send(d, t);
}

bool das_poll(struct das *d, struct das_dgram *out)
{
	g_autofree uint64_t *token = NULL;

	while ((token = g_queue_pop_head(&d->out))) {
		const struct talk *t = talk_of(d, *token);

		g_clear_pointer(&token, g_free);
		if (!t)
			continue;
		*out = (struct das_dgram){ t->local_ip, t->ip, t->local_port, t->port,
			t->reply, t->len };
		return true;
	}
	return false;
}

/* ---- requests ---- */

static void forget_old(struct das *d, base_time now)
{
	const struct talk *t;

	while ((t = g_queue_peek_head(&d->talks)) &&
		(d->talks.length >= DAS_REMEMBERED ||
			time_sub(now, t->at).ns > dur_s(DAS_REMEMBER_S).ns))
		talk_free(g_queue_pop_head(&d->talks));
}

static struct talk *known(const struct das *d, uint32_t ip, uint16_t port,
	const struct radius_packet *p)
{
	for (GList *l = d->talks.head; l; l = l->next) {
		struct talk *t = l->data;

		if (t->ip == ip && t->port == port && t->id == p->id &&
			t->code == p->code &&
			!memcmp(t->authenticator, p->authenticator, RADIUS_AUTH))
			return t;
	}
	return NULL;
}

static bool is_fresh(const struct radius_packet *p, int64_t wall_s)
{
	struct radius_attr a;
	int64_t age;

	if (!radius_find(p->attrs, RADIUS_IETF, RA_EVENT_TIMESTAMP, &a))
		return true;
	age = wall_s - (int64_t)radius_u32(&a);
	return age <= DAS_WINDOW_S && age >= -DAS_WINDOW_S;
}

static bool is_genuine(const struct radius_packet *p, const struct das_client *c)
{
	switch (radius_verify(p, c->key, NULL)) {
	case RADIUS_GENUINE:
	case RADIUS_MA_MISSING: /* RFC 5176, section 3.4: optional */
		return true;
	case RADIUS_FORGED:
	case RADIUS_FORGED_MA:
		break;
	}
	return false;
}

static void keep_proxies(struct talk *t, const struct radius_packet *p)
{
	struct radius_iter it = radius_iter(p->attrs);
	uint8_t buf[PROXY_STATES];
	struct wr w = wr_init(buf, sizeof(buf));
	struct radius_attr a;

	while (radius_next(&it, &a)) {
		struct wr was = w;

		if (a.vendor != RADIUS_IETF || a.type != RA_PROXY_STATE)
			continue;
		radius_put(&w, RA_PROXY_STATE, a.value.p, rd_left(&a.value));
		if (w.bad)
			w = was;
	}
	t->proxy = g_memdup2(buf, w.len);
	t->n_proxy = w.len;
}

static bool is_request(uint8_t code)
{
	return code == RADIUS_DISCONNECT_REQUEST || code == RADIUS_COA_REQUEST;
}

bool das_input(struct das *d, uint32_t from_ip, uint16_t from_port, uint32_t to_ip,
	uint16_t to_port, const uint8_t *bytes, size_t n, base_time now, int64_t wall_s,
	struct das_request *out)
{
	const struct das_client *c = client(d, from_ip);
	struct radius_packet p;
	struct talk *t;

	if (!d->port || to_port != d->port)
		return false;
	if (!c) {
		d->counts.stranger++;
		return false;
	}
	if (!radius_parse(&p, bytes, n) || !is_request(p.code)) {
		d->counts.malformed++;
		return false;
	}
	if (!is_genuine(&p, c)) {
		d->counts.forged++;
		return false;
	}
	forget_old(d, now);
	t = known(d, from_ip, from_port, &p);
	if (t) {
		d->counts.repeats++;
		if (t->reply)
			send(d, t);
		return false;
	}
	if (!is_fresh(&p, wall_s)) {
		d->counts.stale++;
		return false;
	}
	d->counts.requests++;
	t = g_new0(struct talk, 1);
	*t = (struct talk){ .token = ++d->last,
		.local_ip = to_ip,
		.ip = from_ip,
		.local_port = to_port,
		.port = from_port,
		.code = p.code,
		.id = p.id,
		.at = now };
	g_strlcpy(t->key, c->key, sizeof(t->key));
	memcpy(t->authenticator, p.authenticator, RADIUS_AUTH);
	keep_proxies(t, &p);
	g_queue_push_tail(&d->talks, t);
	*out = (struct das_request){ t->token, p.code == RADIUS_DISCONNECT_REQUEST, p.attrs,
		to_ip };
	return true;
}

void das_get_counts(const struct das *d, struct das_counts *out)
{
	*out = d->counts;
}
