/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames into two PPPoE clients: {u8 what, u16 length, octets} again and again.  0: the octets
 * are a frame; 1: a discovery packet to the first client, code and session id first; 2: session
 * data from its access concentrator; 3: so many seconds pass.
 */
#include "ppp/pppoe_client.h"
#include "ppp/pppoe_internal.h"

struct run {
	struct pppoe_clients *e;
	base_time now;
	unsigned sent, downs;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void pump(struct run *run)
{
	struct pppoe_client_effect fx;

	while (pppoe_clients_poll(run->e, &fx)) {
		if (fx.kind == PPPOE_CLIENT_SEND) {
			struct rd r = rd_init(fx.bytes, fx.len);
			struct pppoe_peer peer;
			struct pppoe_tags t;
			struct pppoe_hdr h;
			uint16_t type;

			g_assert_true(pppoe_peer_parse(&r, 1, &peer, &type));
			g_assert_true(pppoe_hdr_parse(&r, &h));
			g_assert_true(pppoe_tags_parse(&r, &t));
			run->sent++;
		}
		if (fx.kind == PPPOE_CLIENT_UP)
			g_assert_true(fx.sid && fx.sid <= PPPOE_SID_MAX &&
				      fx.mtu >= PPPOE_MTU && fx.mtu <= 1500);
		run->downs += fx.kind == PPPOE_CLIENT_DOWN;
	}
}

static void packet(struct run *run, struct rd *r, bool data)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, 1 };
	uint8_t buf[2048];
	struct wr w = wr_init(buf, sizeof(buf));
	uint8_t code = data ? PPPOE_SESSION : rd_u8(r);
	uint16_t sid = rd_u16(r);
	size_t n = MIN(rd_left(r), 1500u);

	wr_bytes(&w, head, sizeof(head));
	wr_u16(&w, data ? ETHERTYPE_PPPOE_SESS : ETHERTYPE_PPPOE_DISC);
	pppoe_hdr_build(&w, code, sid, (uint16_t)(n + (data ? 0 : 8)));
	if (!data)
		wr_bytes(&w, "\x01\x03\x00\x04\x00\x00\x00\x01", 8); /* Host-Uniq */
	wr_bytes(&w, n ? rd_take(r, n) : NULL, n);
	pppoe_clients_input(run->e, 1, buf, w.len, run->now);
}

static void tick(struct run *run, unsigned seconds)
{
	run->now = time_add(run->now, dur_s(seconds));
	while (pppoe_clients_tick(run->e, run->now, 8))
		pump(run);
}

static void step(struct run *run, uint8_t what, struct rd *r)
{
	uint8_t *exact;

	run->sent = 0;
	switch (what % 4) {
	case 0:
		exact = g_memdup2(r->p, rd_left(r));
		pppoe_clients_input(run->e, 1, exact, rd_left(r), run->now);
		g_free(exact);
		break;
	case 1:
		packet(run, r, false);
		break;
	case 2:
		packet(run, r, true);
		break;
	case 3:
		tick(run, rd_u8(r));
		pump(run);
		return;
	}
	pump(run);
	g_assert_cmpuint(run->sent, <=, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct pppoe_client_config cfg = { .port = 1, .mac = { 2, 0, 0, 0, 1, 1 },
		.max_payload = 1500 };
	struct run run = { .e = pppoe_clients_new(BASE_TIME_ZERO) };
	enum pppoe_client_state state;
	uint8_t ac[6], frame[64];
	uint16_t sid;

	g_assert_true(pppoe_client_open(run.e, 1, &cfg, run.now));
	g_strlcpy(cfg.service, "gold", sizeof(cfg.service));
	g_strlcpy(cfg.ac_name, "ac", sizeof(cfg.ac_name));
	cfg.mac[5] = 2;
	g_assert_true(pppoe_client_open(run.e, 2, &cfg, run.now));
	pump(&run);
	while (rd_left(&r)) {
		uint8_t what = rd_u8(&r);
		uint16_t n = rd_u16(&r);
		struct rd octets = rd_sub(&r, MIN(n, rd_left(&r)));

		if (!octets.bad)
			step(&run, what, &octets);
		g_assert_true(pppoe_client_get(run.e, 1, &state, &sid, ac));
		g_assert_cmpint(state == PPPOE_CLIENT_OPEN, ==, sid != 0);
		g_assert_cmpint(pppoe_client_frame(run.e, 1, (const uint8_t *)"\xc0\x21", 2,
					frame, sizeof(frame)) > 0,
			==, state == PPPOE_CLIENT_OPEN);
	}
	for (unsigned i = 0; i < 100; i++)
		tick(&run, 61);
	pump(&run);
	g_assert_true(pppoe_client_get(run.e, 1, &state, &sid, ac));
	/* nobody waits for ever */
	g_assert_true(state == PPPOE_CLIENT_OPEN || state == PPPOE_CLIENT_ENDED);
	g_assert_true(time_is_never(pppoe_clients_next_due(run.e)));
	pppoe_clients_free(run.e);
	return 0;
}
