/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clients against our access concentrator over a wire that loses, and against answers made by
 * hand; PPP on top, so that a subscriber comes up through it all.
 */
#include "base/net.h"
#include "base/rng.h"
#include "ppp/ppp.h"
#include "ppp/pppoe_client.h"
#include "tests/lib/hex.h"

static const uint8_t ac_mac[6] = { 2, 0, 0, 0, 0, 3 };

struct world {
	struct pppoe_ac *ac;
	struct pppoe_clients *clients;
	struct ppp_engine *server, *subscriber;
	base_time now;
	struct rng rng;
	unsigned loss; /* percent */
	unsigned ups, downs, ppp_ups, padi;
	char *why;
	uint16_t sid, mtu;
};

static void world_new(struct world *w)
{
	struct pppoe_group g = { .name = "bba", .ac_name = "ac", .payload_max = 1500,
		.n_services = 1, .services = { "gold" } };

	*w = (struct world){ .now = { 1000000000 } };
	rng_init(&w->rng, 1, 7);
	w->ac = pppoe_ac_new(&(struct pppoe_ac_config){ .seed = 1 }, w->now);
	g_assert_true(pppoe_ac_set_group(w->ac, 1, &g));
	w->clients = pppoe_clients_new(w->now);
	w->server = ppp_engine_new(1, 1, false, w->now);
	w->subscriber = ppp_engine_new(1, 2, false, w->now);
}

static void world_free(struct world *w)
{
	pppoe_ac_free(w->ac);
	pppoe_clients_free(w->clients);
	ppp_engine_free(w->server);
	ppp_engine_free(w->subscriber);
	g_free(w->why);
}

static bool lost(struct world *w)
{
	return rng_below(&w->rng, 100) < w->loss;
}

static void to_ac(struct world *w, const uint8_t *frame, size_t n)
{
	struct pppoe_access access = { .port = 3, .group = 1 };
	g_autofree uint8_t *copy = g_memdup2(frame, n);

	memcpy(access.mac, ac_mac, 6);
	if (!lost(w))
		pppoe_ac_input(w->ac, &access, copy, n, w->now);
}

static void to_clients(struct world *w, const uint8_t *frame, size_t n)
{
	g_autofree uint8_t *copy = g_memdup2(frame, n);

	if (!lost(w))
		pppoe_clients_input(w->clients, 3, copy, n, w->now);
}

static bool pump_ac(struct world *w)
{
	struct pppoe_effect fx;
	struct pppoe_session_info info;
	struct ppp_link_config cfg = { .name = "ac", .local_ip = 0x0a000001 };

	if (!pppoe_ac_poll(w->ac, &fx))
		return false;
	switch (fx.kind) {
	case PPPOE_FX_SEND:
		to_clients(w, fx.bytes, fx.len);
		break;
	case PPPOE_FX_REQUEST:
		pppoe_session_accept(w->ac, fx.session, fx.session, w->now);
		g_assert_true(pppoe_session_get(w->ac, fx.session, &info));
		cfg.mru = info.mtu;
		g_assert_true(ppp_link_open(w->server, fx.session, &cfg, w->now));
		ppp_link_set_peer_ip(w->server, fx.session, 0x0a000009);
		break;
	case PPPOE_FX_PPP:
		ppp_link_input(w->server, fx.session, fx.bytes, fx.len, w->now);
		break;
	case PPPOE_FX_DOWN:
		ppp_link_drop(w->server, fx.session);
		pppoe_session_drop(w->ac, fx.session);
		break;
	case PPPOE_FX_DEBUG:
		break;
	}
	return true;
}

static bool pump_clients(struct world *w)
{
	struct pppoe_client_effect fx;
	struct ppp_link_config cfg = { .client = true, .name = "a", .password = "b" };

	if (!pppoe_clients_poll(w->clients, &fx))
		return false;
	switch (fx.kind) {
	case PPPOE_CLIENT_SEND:
		w->padi += fx.bytes[0] == 0xff;
		to_ac(w, fx.bytes, fx.len);
		break;
	case PPPOE_CLIENT_UP:
		w->ups++;
		w->sid = fx.sid;
		w->mtu = fx.mtu;
		g_assert_true(ppp_link_open(w->subscriber, fx.client, &cfg, w->now));
		break;
	case PPPOE_CLIENT_PPP:
		ppp_link_input(w->subscriber, fx.client, fx.bytes, fx.len, w->now);
		break;
	case PPPOE_CLIENT_DOWN:
		w->downs++;
		g_free(w->why);
		w->why = g_strdup(fx.text);
		ppp_link_drop(w->subscriber, fx.client);
		break;
	}
	return true;
}

static bool pump_ppp(struct world *w)
{
	struct ppp_effect fx;
	uint8_t buf[1600];
	size_t n;

	if (ppp_engine_poll(w->server, &fx)) {
		if (fx.kind == PPP_FX_SEND) {
			n = pppoe_session_frame(
				w->ac, fx.link, fx.bytes, fx.len, buf, sizeof(buf));
			to_clients(w, buf, n);
		}
		return true;
	}
	if (!ppp_engine_poll(w->subscriber, &fx))
		return false;
	w->ppp_ups += fx.kind == PPP_FX_UP;
	if (fx.kind == PPP_FX_SEND) {
		n = pppoe_client_frame(
			w->clients, fx.link, fx.bytes, fx.len, buf, sizeof(buf));
		to_ac(w, buf, n);
	}
	return true;
}

static void pump(struct world *w)
{
	while (pump_ac(w) || pump_clients(w) || pump_ppp(w))
		continue;
}

static void run(struct world *w, unsigned seconds)
{
	base_time end = time_add(w->now, dur_s(seconds));

	for (;;) {
		base_time due = time_min(pppoe_clients_next_due(w->clients),
			time_min(ppp_engine_next_due(w->server),
				ppp_engine_next_due(w->subscriber)));

		pump(w);
		if (time_before(end, due))
			break;
		if (time_before(w->now, due))
			w->now = due;
		(void)pppoe_clients_tick(w->clients, w->now, 100);
		(void)ppp_engine_tick(w->server, w->now, 100);
		(void)ppp_engine_tick(w->subscriber, w->now, 100);
		pump(w);
	}
	w->now = end;
}

static struct pppoe_client_config client(unsigned n)
{
	struct pppoe_client_config cfg = { .port = 3, .mac = { 2, 0, 0, 1, 0, 0 },
		.n_vlan = 2, .tpid = { ETHERTYPE_QINQ, ETHERTYPE_VLAN },
		.vlan = { 100, 200 } };

	put_u16(cfg.mac + 4, (uint16_t)n);
	return cfg;
}

static void test_up(void)
{
	struct pppoe_line_info line = { .circuit_id = "port 7", .have = 1, .numbers = { 5 } };
	struct pppoe_client_config cfg = client(1);
	struct pppoe_session_info info;
	enum pppoe_client_state state;
	struct world w;
	uint8_t ac[6];
	uint16_t sid;

	world_new(&w);
	cfg.max_payload = 1500;
	cfg.line = &line;
	cfg.relay_len = 3;
	g_strlcpy(cfg.service, "gold", sizeof(cfg.service));
	g_assert_false(pppoe_client_open(w.clients, 0, &cfg, w.now));
	g_assert_true(pppoe_client_open(w.clients, 1, &cfg, w.now));
	g_assert_false(pppoe_client_open(w.clients, 1, &cfg, w.now));
	run(&w, 1);
	g_assert_cmpuint(w.ups, ==, 1);
	g_assert_cmpuint(w.ppp_ups, ==, 1);
	g_assert_cmpuint(w.mtu, ==, 1500);
	g_assert_true(pppoe_client_get(w.clients, 1, &state, &sid, ac));
	g_assert_cmpuint(state, ==, PPPOE_CLIENT_OPEN);
	g_assert_cmpmem(ac, 6, ac_mac, 6);
	g_assert_true(pppoe_session_get(w.ac, pppoe_session_find(w.ac, 3, sid), &info));
	g_assert_cmpstr(info.line->circuit_id, ==, "port 7");
	g_assert_cmpstr(info.service, ==, "gold");
	g_assert_cmpuint(info.peer.vlan[1], ==, 200);

	pppoe_session_close(w.ac, info.number, "Bye", w.now);
	run(&w, 1);
	g_assert_cmpuint(w.downs, ==, 1);
	g_assert_cmpstr(w.why, ==, "Bye");
	g_assert_true(pppoe_client_get(w.clients, 1, &state, &sid, ac));
	g_assert_cmpuint(state, ==, PPPOE_CLIENT_ENDED);
	pppoe_client_drop(w.clients, 1);
	g_assert_cmpuint(pppoe_clients_count(w.clients), ==, 0);

	g_assert_true(pppoe_client_open(w.clients, 2, &cfg, w.now));
	run(&w, 1);
	g_assert_cmpuint(pppoe_ac_sessions(w.ac), ==, 1);
	pppoe_client_close(w.clients, 2, NULL, w.now);
	run(&w, 1);
	g_assert_cmpuint(pppoe_ac_sessions(w.ac), ==, 0);
	world_free(&w);
}

/* Fifty of them over a wire that loses a fifth. */
static void test_loss(void)
{
	struct world w;

	world_new(&w);
	w.loss = 20;
	for (unsigned i = 1; i <= 50; i++) {
		struct pppoe_client_config cfg = client(i);

		g_assert_true(pppoe_client_open(w.clients, i, &cfg, w.now));
	}
	run(&w, 300);
	g_assert_cmpuint(w.ups, ==, 50);
	g_assert_cmpuint(w.downs, ==, 0);
	g_assert_cmpuint(w.ppp_ups, >=, 50);
	world_free(&w);
}

/* Nobody is there: ten PADI, each after twice the time, up to a minute; then it is over. */
static void test_silence(void)
{
	static const unsigned at[] = { 0, 3, 9, 21, 45, 93, 153, 213, 273, 333 };
	struct pppoe_client_config cfg = client(1);
	struct world w;

	world_new(&w);
	w.loss = 100;
	g_assert_true(pppoe_client_open(w.clients, 1, &cfg, w.now));
	for (unsigned i = 0; i < G_N_ELEMENTS(at); i++) {
		base_time want = time_add((base_time){ 1000000000 }, dur_s(at[i]));

		run(&w, (unsigned)(time_sub(want, w.now).ns / 1000000000));
		g_assert_cmpuint(w.padi, ==, i + 1);
	}
	g_assert_cmpuint(w.downs, ==, 0);
	run(&w, 61);
	g_assert_cmpuint(w.downs, ==, 1);
	g_assert_cmpstr(w.why, ==, "timed out");
	world_free(&w);
}

static void test_refused(void)
{
	struct pppoe_group g = { .ac_name = "ac", .per_mac = 1 };
	struct pppoe_client_config cfg = client(1);
	struct world w;

	world_new(&w);
	g_assert_true(pppoe_ac_set_group(w.ac, 1, &g));
	g_strlcpy(cfg.ac_name, "other", sizeof(cfg.ac_name)); /* waits for another */
	g_assert_true(pppoe_client_open(w.clients, 1, &cfg, w.now));
	run(&w, 10);
	g_assert_cmpuint(pppoe_ac_sessions(w.ac), ==, 0);
	g_assert_cmpuint(w.ups + w.downs, ==, 0);
	pppoe_client_drop(w.clients, 1);

	/* two at once: both get PADO, one gets the session */
	cfg.ac_name[0] = 0;
	g_assert_true(pppoe_client_open(w.clients, 2, &cfg, w.now));
	g_assert_true(pppoe_client_open(w.clients, 3, &cfg, w.now));
	run(&w, 10);
	g_assert_cmpuint(w.ups, ==, 1);
	g_assert_cmpuint(w.downs, ==, 1);
	g_assert_cmpstr(w.why, ==, "Session limit reached");
	world_free(&w);
}

/* Answers that a client must not take. */
static void test_strangers(void)
{
#define TO	"020000010001" "020000000003" "88a80064" "810000c8" "8863"
#define OTHER	"020000010001" "020000000004" "88a80064" "810000c8" "8863"
#define UNIQ	"0103000400000001"
	static const struct {
		const char *frame;
		unsigned padrs; /* seen after it */
	} rows[] = {
		{ TO "1107 0000 0008" UNIQ, 0 }, /* no names */
		{ TO "1107 0000 000e" UNIQ "0102000261 63", 0 },
		{ TO "1107 0000 0011" UNIQ "01010001 61 01020000", 0 }, /* another service */
		{ TO "1107 0000 0014" UNIQ "01010000 01020000 02020000", 0 }, /* an error */
		{ TO "1107 0000 0010 0103000400000002 01010000 01020000", 0 }, /* not us */
		{ TO "1107 0000 0008 01010000 01020000", 0 },
		{ TO "1107 0000 0012" UNIQ "01010000 01020005 6163", 0 }, /* a tag that lies */
		{ "020000010002 020000000003 88a80064 810000c8 8863 1107 0000 0010" UNIQ
		  "01010000 01020000", 0 },
		{ "020000010001 020000000003 810000c8 8863 1107 0000 0010" UNIQ
		  "01010000 01020000", 0 }, /* another VLAN */
		{ TO "1165 0007 0008" UNIQ, 0 }, /* PADS before its time */
		{ TO "1107 0000 0010" UNIQ "01010000 01020000", 1 },
		{ OTHER "1107 0000 0010" UNIQ "01010000 01020000", 1 }, /* too late */
		{ OTHER "1165 0007 000c" UNIQ "01010000", 1 }, /* not asked */
		{ OTHER "11a7 0007 0000", 1 },
	};
	struct pppoe_client_config cfg = client(1);
	struct pppoe_client_effect fx;
	enum pppoe_client_state state;
	struct world w;
	unsigned padrs = 0;
	uint8_t ac[6];
	uint16_t sid;

	world_new(&w);
	g_assert_true(pppoe_client_open(w.clients, 1, &cfg, w.now));
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) bytes = hex(rows[i].frame);

		to_clients(&w, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
		while (pppoe_clients_poll(w.clients, &fx)) {
			g_assert_cmpuint(fx.kind, ==, PPPOE_CLIENT_SEND);
			padrs += fx.bytes[0] != 0xff;
		}
		g_assert_cmpuint(padrs, ==, rows[i].padrs);
		g_assert_true(pppoe_client_get(w.clients, 1, &state, &sid, ac));
		g_assert_cmpuint(state, ==,
			padrs ? PPPOE_CLIENT_WAIT_PADS : PPPOE_CLIENT_WAIT_PADO);
	}
	/* three PADR, then it looks for another */
	for (unsigned i = 0; i < 6 && state == PPPOE_CLIENT_WAIT_PADS; i++) {
		w.now = pppoe_clients_next_due(w.clients);
		(void)pppoe_clients_tick(w.clients, w.now, 1);
		while (pppoe_clients_poll(w.clients, &fx))
			padrs += fx.bytes[0] != 0xff;
		g_assert_true(pppoe_client_get(w.clients, 1, &state, &sid, ac));
	}
	g_assert_cmpuint(padrs, ==, 3);
	g_assert_cmpuint(state, ==, PPPOE_CLIENT_WAIT_PADO);
	world_free(&w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pppoe-client/up", test_up);
	g_test_add_func("/pppoe-client/loss", test_loss);
	g_test_add_func("/pppoe-client/silence", test_silence);
	g_test_add_func("/pppoe-client/refused", test_refused);
	g_test_add_func("/pppoe-client/strangers", test_strangers);
	return g_test_run();
}
