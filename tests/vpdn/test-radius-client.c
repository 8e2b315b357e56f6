/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The RADIUS client against simulated servers over wires that lose, double, delay and forge,
 * in virtual time.
 */
#include "base/rng.h"
#include "vpdn/radius_client.h"
#include "vpdn/radius_sim.h"

#include <string.h>

enum { SERVERS = 2, OUR_IP = 0x0a000001, SERVER_IP = 0x0a000009 };

static const char key[] = "labsecret";
static const char *const both[] = { "A", "B" };

struct wire_pkt {
	base_time due;
	bool to_server;
	unsigned server;
	uint16_t our_port, server_port;
	GBytes *bytes;
};

struct rig {
	base_time now;
	struct rng rng;
	struct radius_client *client;
	struct radius_sim *sims[SERVERS];
	struct radius_server conf[SERVERS];
	struct radius_client_config cfg;
	GQueue *wire;
	unsigned loss, dup; /* percent */
	GHashTable *outcomes; /* token -> outcome + 1 */
	unsigned done, twice, sent, log_dead, log_alive, log_hint;
	uint32_t served_ip;
	GPtrArray *packets; /* GBytes: all that the client sent */
};

static struct rig *rig_new(uint64_t seed)
{
	struct rig *r = g_new0(struct rig, 1);

	r->now = (base_time){ dur_s(100).ns };
	rng_init(&r->rng, seed, 99);
	r->client = radius_client_new(seed, 0, r->now);
	for (unsigned i = 0; i < SERVERS; i++) {
		struct radius_server *s = &r->conf[i];

		r->sims[i] = radius_sim_new(key, seed + i);
		radius_sim_user(r->sims[i], "alice", "alicepw");
		g_assert_true(radius_sim_attr(
			r->sims[i], "alice", "Framed-IP-Address", i ? "10.9.9.2" : "10.9.9.1"));
		g_strlcpy(s->name, both[i], sizeof(s->name));
		s->ip = SERVER_IP + i;
		s->local_ip = OUR_IP;
		s->auth_port = 1812;
		s->acct_port = 1813;
		g_strlcpy(s->key, key, sizeof(s->key));
		s->timeout_s = RADIUS_TIMEOUT_DEFAULT;
		s->retransmit = RADIUS_RETRANSMIT_DEFAULT;
	}
	r->cfg = (struct radius_client_config){ .servers = r->conf, .n_servers = SERVERS };
	radius_client_configure(r->client, &r->cfg, r->now);
	r->wire = g_queue_new();
	r->outcomes = g_hash_table_new(NULL, NULL);
	r->packets = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	return r;
}

static void wire_pkt_free(void *data)
{
	struct wire_pkt *p = data;

	g_bytes_unref(p->bytes);
	g_free(p);
}

static void rig_free(struct rig *r)
{
	radius_client_free(r->client);
	for (unsigned i = 0; i < SERVERS; i++)
		radius_sim_free(r->sims[i]);
	g_queue_free_full(r->wire, wire_pkt_free);
	g_hash_table_unref(r->outcomes);
	g_ptr_array_unref(r->packets);
	g_free(r);
}

static void put_wire(struct rig *r, struct wire_pkt p)
{
	unsigned copies = rng_below(&r->rng, 100) < r->loss ? 0 : 1;

	copies += rng_below(&r->rng, 100) < r->dup;
	for (unsigned i = 0; i < copies; i++) {
		struct wire_pkt *q = g_new(struct wire_pkt, 1);

		*q = p;
		q->bytes = g_bytes_ref(p.bytes);
		q->due = time_add(r->now, dur_ms(1 + rng_below(&r->rng, 20)));
		g_queue_push_tail(r->wire, q);
	}
	g_bytes_unref(p.bytes);
}

static void take_effects(struct rig *r)
{
	struct radius_effect fx;
	struct radius_attr a;

	while (radius_client_poll(r->client, &fx)) {
		void *token = GUINT_TO_POINTER((guint)fx.token);

		switch (fx.kind) {
		case RADIUS_FX_SEND:
			r->sent++;
			g_assert_cmpuint(fx.local_ip, ==, OUR_IP);
			g_ptr_array_add(r->packets, g_bytes_new(fx.bytes, fx.len));
			put_wire(r, (struct wire_pkt){ .to_server = true,
					    .server = fx.ip - SERVER_IP,
					    .our_port = fx.local_port,
					    .server_port = fx.port,
					    .bytes = g_bytes_new(fx.bytes, fx.len) });
			break;
		case RADIUS_FX_DONE:
			r->done++;
			r->twice += g_hash_table_contains(r->outcomes, token);
			g_hash_table_insert(
				r->outcomes, token, GINT_TO_POINTER(fx.outcome + 1));
			if (radius_find(fx.attrs, RADIUS_IETF, RA_FRAMED_IP, &a))
				r->served_ip = radius_u32(&a);
			break;
		case RADIUS_FX_LOG:
			r->log_dead += !strcmp(fx.mnemonic, "RADIUS_DEAD");
			r->log_alive += !strcmp(fx.mnemonic, "RADIUS_ALIVE");
			r->log_hint += strstr(fx.text, "no message-authenticator required") != NULL;
			break;
		case RADIUS_FX_DEBUG:
			g_assert_null(strstr(fx.text, "alicepw"));
			break;
		}
	}
}

static void serve(struct rig *r, unsigned i)
{
	struct radius_sim_dgram d;

	while (radius_sim_poll(r->sims[i], r->now, &d))
		put_wire(r, (struct wire_pkt){ .server = i,
				    .our_port = d.port,
				    .server_port = d.local_port,
				    .bytes = g_bytes_new(d.bytes, d.len) });
}

static void deliver(struct rig *r)
{
	for (GList *l = r->wire->head, *next; l; l = next) {
		struct wire_pkt *p = l->data;
		gsize n;
		const uint8_t *b = g_bytes_get_data(p->bytes, &n);

		next = l->next;
		if (time_before(r->now, p->due))
			continue;
		g_queue_delete_link(r->wire, l);
		if (p->to_server)
			radius_sim_input(r->sims[p->server], OUR_IP, p->our_port,
				SERVER_IP + p->server, p->server_port, b, n, r->now);
		else
			radius_client_input(r->client, SERVER_IP + p->server,
				p->server_port, p->our_port, b, n, r->now);
		wire_pkt_free(p);
	}
}

static void run(struct rig *r, unsigned ms)
{
	for (; ms; ms--) {
		r->now = time_add(r->now, dur_ms(1));
		deliver(r);
		for (unsigned i = 0; i < SERVERS; i++)
			serve(r, i);
		while (radius_client_tick(r->client, r->now, 16))
			;
		take_effects(r);
	}
}

static uint64_t ask(struct rig *r, unsigned token, const char *password)
{
	uint8_t buf[256];
	struct wr w = wr_init(buf, sizeof(buf));
	uint64_t handle;

	radius_put_str(&w, RA_USER_NAME, "alice");
	handle = radius_client_send(r->client,
		&(struct radius_request){ .code = RADIUS_ACCESS_REQUEST,
			.servers = both,
			.n_servers = SERVERS,
			.attrs = buf,
			.n_attrs = w.len,
			.password = password,
			.token = token },
		r->now);
	take_effects(r);
	return handle;
}

static void account(struct rig *r, unsigned token)
{
	uint8_t buf[256];
	struct wr w = wr_init(buf, sizeof(buf));
	char id[16];

	g_snprintf(id, sizeof(id), "%08u", token);
	radius_put_u32(&w, RA_ACCT_STATUS_TYPE, RADIUS_STOP);
	radius_put_str(&w, RA_ACCT_SESSION_ID, id);
	radius_client_send(r->client,
		&(struct radius_request){ .code = RADIUS_ACCT_REQUEST,
			.servers = both,
			.n_servers = SERVERS,
			.attrs = buf,
			.n_attrs = w.len,
			.at = r->now,
			.token = token },
		r->now);
	take_effects(r);
}

static int outcome(struct rig *r, unsigned token)
{
	return GPOINTER_TO_INT(g_hash_table_lookup(r->outcomes, GUINT_TO_POINTER(token))) - 1;
}

/* ---- tests ---- */

static void accept_reject(void)
{
	struct rig *r = rig_new(1);
	struct radius_server_info info;

	radius_client_set_debug(r->client, true);
	ask(r, 1, "alicepw");
	ask(r, 2, "wrong");
	run(r, 100);
	g_assert_cmpint(outcome(r, 1), ==, RADIUS_OUT_ACCEPT);
	g_assert_cmpint(outcome(r, 2), ==, RADIUS_OUT_REJECT);
	g_assert_cmpuint(r->served_ip, ==, 0x0a090901);
	g_assert_true(radius_client_server(r->client, 0, &info));
	g_assert_cmpuint(info.auth.accepts, ==, 1);
	g_assert_cmpuint(info.auth.rejects, ==, 1);
	g_assert_cmpuint(info.outstanding, ==, 0);
	g_assert_cmpuint(radius_client_pending(r->client, NULL), ==, 0);
	g_assert_true(time_is_never(radius_client_next_due(r->client)));
	rig_free(r);
}

/* The first server is dead: 4 tries, then the second. */
static void failover(void)
{
	struct rig *r = rig_new(2);

	radius_sim_manner(r->sims[0])->dead = true;
	ask(r, 1, "alicepw");
	run(r, 19900);
	g_assert_cmpuint(r->done, ==, 0);
	g_assert_cmpuint(r->sent, ==, 4);
	for (unsigned i = 1; i < 4; i++) /* repeats are the same octets */
		g_assert_true(g_bytes_equal(r->packets->pdata[0], r->packets->pdata[i]));
	run(r, 300);
	g_assert_cmpint(outcome(r, 1), ==, RADIUS_OUT_ACCEPT);
	g_assert_cmpuint(r->served_ip, ==, 0x0a090902);
	g_assert_false(g_bytes_equal(r->packets->pdata[0], r->packets->pdata[4]));
	radius_sim_manner(r->sims[1])->dead = true;
	ask(r, 2, "alicepw");
	run(r, 41000);
	g_assert_cmpint(outcome(r, 2), ==, RADIUS_OUT_TIMEOUT);
	rig_free(r);
}

/* Dead by the criteria: passed over until its time is up, or all are dead. */
static void dead_server(void)
{
	struct rig *r = rig_new(3);
	unsigned before;

	r->cfg.deadtime_s = 60;
	r->cfg.dead_s = 5;
	r->cfg.dead_tries = 3;
	radius_client_configure(r->client, &r->cfg, r->now);
	radius_sim_manner(r->sims[0])->dead = true;
	ask(r, 1, "alicepw");
	run(r, 15100);
	g_assert_cmpuint(r->log_dead, ==, 1);
	g_assert_cmpint(outcome(r, 1), ==, RADIUS_OUT_ACCEPT);
	before = r->sent;
	ask(r, 2, "alicepw");
	run(r, 100);
	g_assert_cmpuint(r->sent, ==, before + 1);
	g_assert_cmpuint(r->served_ip, ==, 0x0a090902);
	radius_sim_manner(r->sims[0])->dead = false;
	run(r, 60000);
	ask(r, 3, "alicepw");
	run(r, 100);
	g_assert_cmpuint(r->served_ip, ==, 0x0a090901);
	g_assert_cmpuint(r->log_alive, ==, 1);

	/* Both dead: tried all the same. */
	radius_sim_manner(r->sims[0])->dead = radius_sim_manner(r->sims[1])->dead = true;
	ask(r, 4, "alicepw");
	run(r, 45000);
	g_assert_cmpuint(r->log_dead, ==, 3);
	g_assert_cmpint(outcome(r, 4), ==, RADIUS_OUT_TIMEOUT);
	radius_sim_manner(r->sims[1])->dead = false;
	ask(r, 5, "alicepw");
	run(r, 21000);
	g_assert_cmpint(outcome(r, 5), ==, RADIUS_OUT_ACCEPT);
	g_assert_cmpuint(r->log_alive, ==, 2);
	rig_free(r);
}

/* Without Message-Authenticator: dropped with a hint, unless allowed. */
static void message_authenticator(void)
{
	struct rig *r = rig_new(4);
	struct radius_server_info info;

	for (unsigned i = 0; i < SERVERS; i++)
		radius_sim_manner(r->sims[i])->no_message_authenticator = true;
	ask(r, 1, "alicepw");
	run(r, 41000);
	g_assert_cmpint(outcome(r, 1), ==, RADIUS_OUT_TIMEOUT);
	g_assert_true(radius_client_server(r->client, 0, &info));
	g_assert_cmpuint(info.auth.unauthenticated, ==, 4);
	g_assert_cmpuint(r->log_hint, ==, 2); /* one a server a minute */
	account(r, 2); /* accounting has none */
	run(r, 100);
	g_assert_cmpint(outcome(r, 2), ==, RADIUS_OUT_ACCEPT);
	r->conf[0].ma_optional = true;
	radius_client_configure(r->client, &r->cfg, r->now);
	ask(r, 3, "alicepw");
	run(r, 100);
	g_assert_cmpint(outcome(r, 3), ==, RADIUS_OUT_ACCEPT);
	rig_free(r);
}

/* Replies forged, from elsewhere, of a wrong kind, cut: dropped, and the right one counts. */
static void forgeries(void)
{
	struct rig *r = rig_new(5);
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct radius_packet q;
	struct radius_server_info info;
	uint16_t port;
	gsize n;

	r->loss = 100;
	ask(r, 1, "alicepw");

	const uint8_t *b = g_bytes_get_data(r->packets->pdata[0], &n);

	g_assert_true(radius_parse(&q, b, n));
	for (port = RADIUS_PORT_FIRST; port < RADIUS_PORT_FIRST + RADIUS_PORTS; port++) {
		w.len = 0; /* no secret */
		radius_begin(&w, RADIUS_ACCESS_ACCEPT, q.id, NULL);
		radius_put_message_authenticator(&w);
		radius_seal(&w, "guess", q.authenticator);
		radius_client_input(r->client, SERVER_IP, 1812, port, w.buf, w.len, r->now);
		w.len = 0; /* from elsewhere */
		radius_begin(&w, RADIUS_ACCESS_ACCEPT, q.id, NULL);
		radius_put_message_authenticator(&w);
		radius_seal(&w, key, q.authenticator);
		radius_client_input(r->client, SERVER_IP + 1, 1812, port, w.buf, w.len, r->now);
		radius_client_input(r->client, SERVER_IP, 1813, port, w.buf, w.len, r->now);
		w.len = 0; /* of another kind */
		radius_begin(&w, RADIUS_ACCT_RESPONSE, q.id, NULL);
		radius_seal(&w, key, q.authenticator);
		radius_client_input(r->client, SERVER_IP, 1812, port, w.buf, w.len, r->now);
		radius_client_input(r->client, SERVER_IP, 1812, port, w.buf, 19, r->now);
	}
	take_effects(r);
	g_assert_cmpuint(r->done, ==, 0);
	g_assert_true(radius_client_server(r->client, 0, &info));
	g_assert_cmpuint(info.auth.forged, ==, 1);
	g_assert_cmpuint(info.auth.unexpected, ==, 1);
	g_assert_cmpuint(info.auth.malformed, ==, RADIUS_PORTS);
	r->loss = 0;
	run(r, 5100);
	g_assert_cmpint(outcome(r, 1), ==, RADIUS_OUT_ACCEPT);
	rig_free(r);
}

/* A reply that comes when the request has gone on to another server is none. */
static void late(void)
{
	struct rig *r = rig_new(6);

	radius_sim_manner(r->sims[0])->delay = dur_s(21);
	ask(r, 1, "alicepw");
	run(r, 60000);
	g_assert_cmpint(outcome(r, 1), ==, RADIUS_OUT_ACCEPT);
	g_assert_cmpuint(r->served_ip, ==, 0x0a090902);
	g_assert_cmpuint(r->done, ==, 1);
	g_assert_cmpuint(radius_client_unexpected(r->client), ==, 4);
	rig_free(r);
}

static void lossy(const void *data)
{
	unsigned seed = GPOINTER_TO_UINT(data);
	struct rig *r = rig_new(seed);
	unsigned n = 300;

	r->loss = 20;
	r->dup = 20;
	for (unsigned i = 1; i <= n; i++) {
		if (i % 2)
			ask(r, i, i % 3 ? "alicepw" : "wrong");
		else
			account(r, i);
	}
	run(r, 60000);
	g_assert_cmpuint(r->done, ==, n);
	g_assert_cmpuint(r->twice, ==, 0);
	for (unsigned i = 1; i <= n; i++)
		g_assert_cmpint(outcome(r, i), ==,
			i % 2 == 0 || i % 3 ? RADIUS_OUT_ACCEPT : RADIUS_OUT_REJECT);
	g_assert_cmpuint(radius_sim_records(r->sims[0]), >=, n / 2 - 2);
	rig_free(r);
}

/* More than there are identifiers; each gets its turn. */
static void many(void)
{
	struct rig *r = rig_new(8);
	unsigned n = RADIUS_PORTS * 256 + 500, waiting;

	radius_sim_manner(r->sims[0])->delay = dur_ms(50);
	for (unsigned i = 1; i <= n; i++)
		account(r, i);
	g_assert_cmpuint(radius_client_pending(r->client, &waiting), ==, n);
	g_assert_cmpuint(waiting, ==, 500);
	run(r, 300);
	g_assert_cmpuint(r->done, ==, n);
	g_assert_cmpuint(r->twice, ==, 0);
	rig_free(r);
}

static void cancel_and_reconfigure(void)
{
	struct rig *r = rig_new(9);
	uint64_t h = ask(r, 1, "alicepw");

	radius_client_cancel(r->client, h);
	run(r, 100);
	g_assert_cmpuint(r->done, ==, 0);
	g_assert_cmpuint(radius_client_unexpected(r->client), ==, 1);

	/* The server that has it goes: the next one is asked. */
	radius_sim_manner(r->sims[0])->dead = true;
	ask(r, 2, "alicepw");
	run(r, 100);
	r->cfg.servers = &r->conf[1];
	r->cfg.n_servers = 1;
	radius_client_configure(r->client, &r->cfg, r->now);
	run(r, 100);
	g_assert_cmpint(outcome(r, 2), ==, RADIUS_OUT_ACCEPT);
	r->cfg.n_servers = 0;
	radius_client_configure(r->client, &r->cfg, r->now);
	ask(r, 3, "alicepw");
	g_assert_cmpint(outcome(r, 3), ==, RADIUS_OUT_TIMEOUT);
	rig_free(r);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/radius-client/accept-reject", accept_reject);
	g_test_add_func("/vpdn/radius-client/failover", failover);
	g_test_add_func("/vpdn/radius-client/dead-server", dead_server);
	g_test_add_func("/vpdn/radius-client/message-authenticator", message_authenticator);
	g_test_add_func("/vpdn/radius-client/forgeries", forgeries);
	g_test_add_func("/vpdn/radius-client/late", late);
	for (unsigned i = 10; i < 15; i++) {
		g_autofree char *path = g_strdup_printf("/vpdn/radius-client/lossy/%u", i);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), lossy);
	}
	g_test_add_func("/vpdn/radius-client/many", many);
	g_test_add_func("/vpdn/radius-client/cancel-and-reconfigure", cancel_and_reconfigure);
	return g_test_run();
}
