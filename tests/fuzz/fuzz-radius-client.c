/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole conversations with the RADIUS client: a stream of orders {send, reply, raw datagram,
 * time, cancel, configuration}.  Each request ends once or was cancelled.
 */
#include "vpdn/radius_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 400, TOKENS = 512, SENT = 64 };

struct sent {
	uint8_t bytes[RADIUS_MAX];
	size_t len;
	uint32_t ip;
	uint16_t port, our_port;
};

struct world {
	struct radius_client *c;
	base_time now;
	struct radius_server servers[2];
	uint64_t handles[TOKENS];
	uint8_t ended[TOKENS]; /* 1: over, or cancelled */
	unsigned tokens;
	struct sent sent[SENT];
	unsigned n_sent;
};

static void drain(struct world *w)
{
	struct radius_effect fx;

	while (radius_client_poll(w->c, &fx)) {
		struct sent *s = &w->sent[w->n_sent % SENT];

		switch (fx.kind) {
		case RADIUS_FX_SEND:
			g_assert_cmpuint(fx.len, <=, RADIUS_MAX);
			memcpy(s->bytes, fx.bytes, fx.len);
			s->len = fx.len;
			s->ip = fx.ip;
			s->port = fx.port;
			s->our_port = fx.local_port;
			w->n_sent++;
			break;
		case RADIUS_FX_DONE:
			g_assert_cmpuint(fx.token, <, w->tokens);
			g_assert_cmpuint(w->ended[fx.token]++, ==, 0);
			break;
		case RADIUS_FX_LOG:
		case RADIUS_FX_DEBUG:
			g_assert_nonnull(fx.text);
			break;
		}
	}
}

static void send(struct world *w, uint8_t how)
{
	static const char *const names[] = { "A", "B", "C" };
	static const uint8_t attrs[] = { RA_USER_NAME, 4, 'a', 'b' };
	struct radius_request q = {
		.code = how & 1 ? RADIUS_ACCESS_REQUEST : RADIUS_ACCT_REQUEST,
		.servers = names + (how >> 1 & 1),
		.n_servers = how >> 2 & 3 ? 2 : 1,
		.attrs = attrs,
		.n_attrs = sizeof(attrs),
		.password = how & 1 && how & 16 ? "password" : NULL,
		.at = w->now,
		.token = w->tokens,
	};

	if (w->tokens == TOKENS)
		return;
	w->handles[w->tokens] = radius_client_send(w->c, &q, w->now);
	w->tokens++;
}

/* An answer to the latest packet with that number back, genuine or not quite. */
static void reply(struct world *w, struct rd *r)
{
	uint8_t how = rd_u8(r), n = rd_u8(r);
	const struct sent *s;
	uint8_t buf[RADIUS_MAX];
	struct wr out = wr_init(buf, sizeof(buf));
	static const enum radius_code codes[] = { RADIUS_ACCESS_ACCEPT,
		RADIUS_ACCESS_REJECT, RADIUS_ACCT_RESPONSE, RADIUS_ACCESS_CHALLENGE };

	if (!w->n_sent)
		return;
	s = &w->sent[(w->n_sent - 1 - n % MIN(w->n_sent, (unsigned)SENT)) % SENT];
	radius_begin(&out, codes[how & 3], s->bytes[1], NULL);
	if (!(how & 4))
		radius_put_message_authenticator(&out);
	radius_put_str(&out, RA_REPLY_MESSAGE, "hi");
	radius_seal(&out, how & 8 ? "guess" : "secret", s->bytes + 4);
	radius_client_input(w->c, how & 16 ? s->ip + 1 : s->ip, s->port, s->our_port,
		out.buf, out.len, w->now);
}

static void raw(struct world *w, struct rd *r)
{
	uint8_t port = rd_u8(r);
	size_t n = MIN((size_t)rd_u8(r), rd_left(r));
	const uint8_t *p = rd_take(r, n);

	radius_client_input(w->c, w->servers[port & 1].ip, 1812,
		(uint16_t)(RADIUS_PORT_FIRST + port), p, n, w->now);
}

static void configure(struct world *w, uint8_t how)
{
	struct radius_client_config cfg = { .servers = w->servers,
		.n_servers = how % 3,
		.deadtime_s = how & 4 ? 60 : 0,
		.dead_s = 5,
		.dead_tries = 2 };

	w->servers[0].ip = how & 8 ? 9 : 7;
	radius_client_configure(w->c, &cfg, w->now);
}

static void step(struct world *w, struct rd *r)
{
	uint8_t op = rd_u8(r);

	switch (op % 6) {
	case 0:
		send(w, rd_u8(r));
		break;
	case 1:
		reply(w, r);
		break;
	case 2:
		raw(w, r);
		break;
	case 3:
		w->now = time_add(w->now, dur_ms(rd_u8(r) * 100));
		while (radius_client_tick(w->c, w->now, 16))
			drain(w);
		break;
	case 4:
		op = rd_u8(r);
		if (op < w->tokens) {
			drain(w); /* what is over already is told */
			if (!w->ended[op])
				w->ended[op] = 1;
			radius_client_cancel(w->c, w->handles[op]);
		}
		break;
	case 5:
		configure(w, rd_u8(r));
		break;
	}
	drain(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world *w = g_new0(struct world, 1);
	struct rd r = rd_init(data, size);

	w->c = radius_client_new(1, 0, w->now);
	radius_client_set_debug(w->c, true);
	for (unsigned i = 0; i < 2; i++) {
		w->servers[i] = (struct radius_server){ .ip = 7 + i,
			.local_ip = 1,
			.auth_port = 1812,
			.acct_port = 1813,
			.key = "secret",
			.timeout_s = 2,
			.retransmit = 1 };
		w->servers[i].name[0] = (char)('A' + i);
	}
	configure(w, 2);
	for (unsigned i = 0; i < STEPS && rd_left(&r); i++)
		step(w, &r);

	/* In the end all is told. */
	for (unsigned i = 0; i < 40; i++) {
		w->now = time_add(w->now, dur_s(1));
		while (radius_client_tick(w->c, w->now, 64))
			;
		drain(w);
	}
	for (unsigned i = 0; i < w->tokens; i++)
		g_assert_cmpuint(w->ended[i], ==, 1);
	g_assert_cmpuint(radius_client_pending(w->c, NULL), ==, 0);
	radius_client_free(w->c);
	g_free(w);
	return 0;
}
