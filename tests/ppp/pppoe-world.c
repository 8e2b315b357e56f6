/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Subscribers of every kind come up at an access concentrator and go again; all frames are
 * written to a pcapng file for pppoe_tshark.py.  What was sent is counted on standard output,
 * "NAME N" a line, with the names that tshark's fields have there.
 *
 * usage: pppoe-world FILE
 */
#include "base/net.h"
#include "base/pcapng.h"
#include "ppp/mschap.h"
#include "ppp/ppp.h"
#include "ppp/pppoe_client.h"

#include <stdio.h>

static const uint8_t ac_mac[6] = { 2, 0, 0, 0, 0, 3 };

struct subscriber {
	enum ppp_auth method;
	uint8_t n_vlan;
	uint16_t payload;
	bool line, relay, wrong;
};

static const struct subscriber subscribers[] = {
	{ PPP_AUTH_PAP, 0, 0, false, false, false },
	{ PPP_AUTH_CHAP, 1, 0, true, false, false },
	{ PPP_AUTH_MSCHAP, 2, 1500, true, true, false },
	{ PPP_AUTH_MSCHAP2, 2, 1500, true, false, false },
	{ PPP_AUTH_MSCHAP2, 0, 0, false, true, true },
	{ PPP_AUTH_PAP, 1, 1492, false, false, true },
};

struct world {
	struct pppoe_ac *ac;
	struct pppoe_clients *clients;
	struct ppp_engine *server, *subscriber;
	struct pcapng *capture;
	unsigned iface;
	base_time now;
	unsigned codes[256], ups;
};

static void record(struct world *w, const uint8_t *frame, size_t n)
{
	struct rd r = rd_init(frame, n);
	struct eth_hdr eth;
	struct pppoe_hdr h;

	g_assert_true(eth_parse(&r, &eth) && pppoe_hdr_parse(&r, &h));
	w->codes[h.code]++;
	w->now = time_add(w->now, dur_us(10));
	pcapng_packet(w->capture, w->iface, w->now, PCAPNG_DIR_NONE, frame, n, NULL);
}

static void to_ac(struct world *w, const uint8_t *frame, size_t n)
{
	struct pppoe_access access = { .port = 3, .group = 1 };
	g_autofree uint8_t *copy = g_memdup2(frame, n);

	memcpy(access.mac, ac_mac, 6);
	record(w, copy, n);
	pppoe_ac_input(w->ac, &access, copy, n, w->now);
}

static void to_clients(struct world *w, const uint8_t *frame, size_t n)
{
	g_autofree uint8_t *copy = g_memdup2(frame, n);

	record(w, copy, n);
	pppoe_clients_input(w->clients, 3, copy, n, w->now);
}

/* Which subscriber it is stands in the address. */
static const struct subscriber *who(const struct pppoe_session_info *info)
{
	return &subscribers[info->peer.client[5] - 1];
}

static void open_link(struct world *w, uint32_t session)
{
	struct ppp_link_config cfg = { .name = "ac", .local_ip = 0x0a000001,
		.dns = { 0x0a000035, 0x0a000036 }, .max_bad_auth = 1 };
	struct pppoe_session_info info;

	pppoe_session_accept(w->ac, session, session, w->now);
	g_assert_true(pppoe_session_get(w->ac, session, &info));
	cfg.mru = cfg.peer_mru_max = info.mtu;
	cfg.auth[0] = ppp_auth_valid(who(&info)->method) ? who(&info)->method : PPP_AUTH_CHAP;
	g_assert_true(ppp_link_open(w->server, session, &cfg, w->now));
}

static bool pump_ac(struct world *w)
{
	struct pppoe_effect fx;

	if (!pppoe_ac_poll(w->ac, &fx))
		return false;
	if (fx.kind == PPPOE_FX_SEND) {
		to_clients(w, fx.bytes, fx.len);
	} else if (fx.kind == PPPOE_FX_REQUEST) {
		open_link(w, fx.session);
	} else if (fx.kind == PPPOE_FX_PPP) {
		ppp_link_input(w->server, fx.session, fx.bytes, fx.len, w->now);
	} else if (fx.kind == PPPOE_FX_DOWN) {
		ppp_link_drop(w->server, fx.session);
		pppoe_session_drop(w->ac, fx.session);
	}
	return true;
}

static bool pump_clients(struct world *w)
{
	struct pppoe_client_effect fx;
	struct ppp_link_config cfg = { .client = true, .want_dns = true, .name = "alice",
		.password = "alicepw" };

	if (!pppoe_clients_poll(w->clients, &fx))
		return false;
	cfg.mru = fx.mtu;
	if (fx.kind == PPPOE_CLIENT_SEND)
		to_ac(w, fx.bytes, fx.len);
	else if (fx.kind == PPPOE_CLIENT_UP)
		g_assert_true(ppp_link_open(w->subscriber, fx.client, &cfg, w->now));
	else if (fx.kind == PPPOE_CLIENT_PPP)
		ppp_link_input(w->subscriber, fx.client, fx.bytes, fx.len, w->now);
	else
		ppp_link_drop(w->subscriber, fx.client);
	return true;
}

static void verdict(struct world *w, const struct ppp_effect *fx)
{
	struct pppoe_session_info info;
	char success[PPP_MSCHAP2_SUCCESS] = "";
	bool good = true;

	g_assert_true(pppoe_session_get(w->ac, fx->link, &info));
	if (fx->auth.method == PPP_AUTH_MSCHAP)
		good = ppp_mschap_check("alicepw", fx->auth.challenge, fx->auth.response);
	if (fx->auth.method == PPP_AUTH_MSCHAP2)
		good = ppp_mschap2_check("alicepw", fx->auth.name, fx->auth.challenge,
			fx->auth.response, success);
	g_assert_true(good);
	if (who(&info)->wrong)
		ppp_link_auth_result(w->server, fx->link, false, 0, "no", w->now);
	else
		ppp_link_auth_result(
			w->server, fx->link, true, 0x0a000009, success, w->now);
}

static bool pump_server(struct world *w)
{
	struct ppp_effect fx;
	uint8_t buf[1600];
	size_t n;

	if (!ppp_engine_poll(w->server, &fx))
		return false;
	if (fx.kind == PPP_FX_SEND) {
		n = pppoe_session_frame(
			w->ac, fx.link, fx.bytes, fx.len, buf, sizeof(buf));
		to_clients(w, buf, n);
	} else if (fx.kind == PPP_FX_AUTH) {
		verdict(w, &fx);
	} else if (fx.kind == PPP_FX_DOWN) {
		ppp_link_drop(w->server, fx.link);
		pppoe_session_close(w->ac, fx.link, "PPP has ended", w->now);
	}
	return true;
}

static bool pump_subscriber(struct world *w)
{
	struct ppp_effect fx;
	uint8_t buf[1600];
	size_t n;

	if (!ppp_engine_poll(w->subscriber, &fx))
		return false;
	w->ups += fx.kind == PPP_FX_UP;
	if (fx.kind == PPP_FX_SEND) {
		n = pppoe_client_frame(
			w->clients, fx.link, fx.bytes, fx.len, buf, sizeof(buf));
		if (n)
			to_ac(w, buf, n);
	}
	return true;
}

static void run(struct world *w, unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++) {
		w->now = time_add(w->now, dur_s(1));
		(void)pppoe_clients_tick(w->clients, w->now, 100);
		(void)ppp_engine_tick(w->server, w->now, 100);
		(void)ppp_engine_tick(w->subscriber, w->now, 100);
		while (pump_ac(w) || pump_clients(w) || pump_server(w) || pump_subscriber(w))
			continue;
	}
}

static void add(struct world *w, unsigned n)
{
	static const struct pppoe_line_info line = { .circuit_id = "node eth 1/2:100",
		.remote_id = "0401234567", .have = 3, .numbers = { 10240, 51200 } };
	const struct subscriber *s = &subscribers[n - 1];
	struct pppoe_client_config cfg = { .port = 3, .mac = { 2, 0, 0, 1, 0, (uint8_t)n },
		.n_vlan = s->n_vlan,
		.tpid = { s->n_vlan == 2 ? ETHERTYPE_QINQ : ETHERTYPE_VLAN, ETHERTYPE_VLAN },
		.vlan = { 100, 200 }, .max_payload = s->payload,
		.line = s->line ? &line : NULL, .relay = "relay-id", .relay_len = s->relay ? 8 : 0 };

	g_assert_true(pppoe_client_open(w->clients, n, &cfg, w->now));
}

/* A refusal, PADT for data of nobody, and PADT of a client. */
static void odds_and_ends(struct world *w)
{
	struct pppoe_group full = { .ac_name = "ac", .per_mac = 1, .n_services = 1,
		.services = { "gold" } };
	struct pppoe_client_config cfg = { .port = 3, .mac = { 2, 0, 0, 1, 0, 1 } };
	uint8_t data[] = { 2, 0, 0, 0, 0, 3, 2, 0, 0, 1, 0, 1, 0x88, 0x64, 0x11, 0, 0x12, 0x34,
		0, 10, 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0 };
	uint8_t padded[60] = { 0 };

	memcpy(padded, data, sizeof(data));
	to_ac(w, padded, sizeof(padded) - 10);
	g_assert_true(pppoe_ac_set_group(w->ac, 1, &full));
	cfg.mac[5] = 6; /* nobody has a session there */
	g_assert_true(pppoe_client_open(w->clients, 11, &cfg, w->now));
	g_assert_true(pppoe_client_open(w->clients, 12, &cfg, w->now));
	run(w, 2);
	pppoe_client_close(w->clients, 1, "good night", w->now);
	run(w, 2);
}

int main(int argc, char **argv)
{
	struct pppoe_group group = { .ac_name = "ac", .payload_max = 1500 };
	g_autoptr(GError) error = NULL;
	struct world w = { .now = { 1000000000 } };

	if (argc != 2)
		return 2;
	w.ac = pppoe_ac_new(&(struct pppoe_ac_config){ .seed = 1 }, w.now);
	w.clients = pppoe_clients_new(w.now);
	w.server = ppp_engine_new(1, 1, false, w.now);
	w.subscriber = ppp_engine_new(1, 2, false, w.now);
	w.capture = pcapng_open(argv[1], 0, &error);
	g_assert_no_error(error);
	w.iface = pcapng_interface(w.capture, "access", PCAPNG_ETHERNET);
	g_assert_true(pppoe_ac_set_group(w.ac, 1, &group));
	for (unsigned n = 1; n <= G_N_ELEMENTS(subscribers); n++)
		add(&w, n);
	run(&w, 30);
	odds_and_ends(&w);
	printf("up %u\nmschap %d\n", w.ups, ppp_mschap_available());
	for (unsigned code = 0; code < 256; code++)
		if (w.codes[code])
			printf("0x%02x %u\n", code, w.codes[code]);
	g_assert_true(pcapng_close(w.capture, &error));
	pppoe_ac_free(w.ac);
	pppoe_clients_free(w.clients);
	ppp_engine_free(w.server);
	ppp_engine_free(w.subscriber);
	return 0;
}
