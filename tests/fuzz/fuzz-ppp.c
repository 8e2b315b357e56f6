/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames into a link of the PPP engine.  The first octet chooses the side, the kind of
 * authentication and how far the link is brought up before; then come frames, each after an
 * octet with its length.  Length 255 lets time pass instead.
 */
#include "ppp/ppp.h"

enum {
	LINK = 1,
	PASS_TIME = 255,
	ROOM = 4 + 1500, /* FF 03, protocol and a packet of our MRU */
};

struct run {
	struct ppp_engine *e;
	base_time now;
	unsigned downs, sent;
	uint8_t request[2][64]; /* our latest Configure-Request of LCP and IPCP */
	size_t request_len[2];
	bool verdict;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note_request(struct run *run, const struct ppp_effect *fx)
{
	unsigned ipcp = fx->bytes[2] == 0x80;

	g_assert_true(fx->bytes[0] == 0xff && fx->bytes[1] == 0x03);
	g_assert_cmpuint(fx->bytes[6] << 8 | fx->bytes[7], ==, fx->len - 4);
	if (fx->bytes[4] != PPP_CONF_REQ || (fx->bytes[2] != 0x80 && fx->bytes[3] != 0x21))
		return;
	g_assert_cmpuint(fx->len, <=, sizeof(run->request[0]));
	memcpy(run->request[ipcp], fx->bytes, fx->len);
	run->request_len[ipcp] = fx->len;
}

static void pump(struct run *run)
{
	struct ppp_effect fx;

	run->sent = 0;
	while (ppp_engine_poll(run->e, &fx)) {
		g_assert_cmpuint(run->downs, ==, 0); /* nothing comes after DOWN */
		if (fx.kind == PPP_FX_DOWN)
			run->downs++;
		if (fx.kind == PPP_FX_SEND) {
			g_assert_cmpuint(fx.len, <=, ROOM);
			run->sent++;
			note_request(run, &fx);
		}
		if (fx.kind != PPP_FX_AUTH)
			continue;
		g_assert_cmpuint(strlen(fx.auth.name), <, PPP_NAME_MAX);
		run->verdict = strlen(fx.auth.name) & 1;
		ppp_link_auth_result(run->e, LINK, run->verdict, 0x0a000009, "m", run->now);
	}
}

static void feed(struct run *run, const void *bytes, size_t n)
{
	ppp_link_input(run->e, LINK, bytes, n, run->now);
	pump(run);
	g_assert_cmpuint(run->sent, <=, 5); /* no amplification */
}

static void acknowledge(struct run *run, unsigned ipcp)
{
	uint8_t ack[64];

	if (!run->request_len[ipcp])
		return;
	memcpy(ack, run->request[ipcp], run->request_len[ipcp]);
	ack[4] = PPP_CONF_ACK;
	feed(run, ack, run->request_len[ipcp]);
}

/* 0: nothing; 1: LCP opened; 2: authenticated; 3: IPCP opened. */
static void bring_up(struct run *run, unsigned how_far, const struct ppp_link_config *cfg)
{
	static const uint8_t lcp[] = "\xc0\x21\x01\x01\x00\x0a\x05\x06\x11\x11\x11\x11";
	static const uint8_t lcp_pap[] = "\xc0\x21\x01\x01\x00\x08\x03\x04\xc0\x23";
	static const uint8_t pap[] = "\xc0\x23\x01\x01\x00\x08\x01" "a" "\x01" "b";
	static const uint8_t pap_ack[] = "\xc0\x23\x02\x01\x00\x05\x00";
	static const uint8_t ip[] = "\x80\x21\x01\x01\x00\x0a\x03\x06\x0a\x00\x00\x09";

	if (how_far == 0)
		return;
	if (cfg->client)
		feed(run, lcp_pap, sizeof(lcp_pap) - 1);
	else
		feed(run, lcp, sizeof(lcp) - 1);
	acknowledge(run, 0);
	if (how_far == 1)
		return;
	if (cfg->client)
		feed(run, pap_ack, sizeof(pap_ack) - 1);
	else
		feed(run, pap, sizeof(pap) - 1);
	if (how_far == 2)
		return;
	feed(run, ip, sizeof(ip) - 1);
	acknowledge(run, 1);
}

static void check(struct run *run)
{
	struct ppp_link_info info;

	g_assert_true(ppp_link_get(run->e, LINK, &info));
	g_assert_cmpint(info.phase == PPP_PHASE_DEAD, ==, run->downs == 1);
	g_assert_cmpuint(info.peer_mru, >=, 128);
	if (info.ipcp_open)
		g_assert_true(info.lcp_open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	uint8_t how = rd_u8(&r);
	struct ppp_link_config cfg = {
		.client = how & 1,
		.auth = { how >> 1 & 1 ? PPP_AUTH_CHAP : PPP_AUTH_PAP,
			how >> 2 & 1 ? PPP_AUTH_PAP : PPP_AUTH_NONE },
		.name = "fuzz",
		.password = "secret",
		.want_dns = true,
		.local_ip = 0x0a000001,
		.dns = { 0x0a000035, 0 },
		.echo_s = how >> 3 & 1 ? 10 : 0,
	};
	struct run run = { .e = ppp_engine_new(1, 1, false, BASE_TIME_ZERO) };

	ppp_engine_set_debug(run.e, how >> 6 & 1);
	g_assert_true(ppp_link_open(run.e, LINK, &cfg, run.now));
	pump(&run);
	bring_up(&run, how >> 4 & 3, &cfg);
	while (rd_left(&r)) {
		uint8_t n = rd_u8(&r);

		if (n == PASS_TIME) {
			run.now = time_add(run.now, dur_ms(3001));
			while (ppp_engine_tick(run.e, run.now, 8))
				pump(&run);
			pump(&run);
		} else {
			size_t len = MIN(n, rd_left(&r));

			feed(&run, rd_take(&r, len), len);
		}
		check(&run);
	}
	ppp_link_close(run.e, LINK, PPP_CAUSE_ADMIN, run.now);
	for (unsigned i = 0; i < 20; i++) {
		run.now = time_add(run.now, dur_ms(3001));
		(void)ppp_engine_tick(run.e, run.now, 100);
		pump(&run);
	}
	g_assert_cmpuint(run.downs, ==, 1); /* it always ends, and once */
	ppp_engine_free(run.e);
	return 0;
}
