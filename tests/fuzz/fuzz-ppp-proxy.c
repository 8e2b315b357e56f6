/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Proxy values into an LNS's link (T18), then frames.  An octet of settings, one of which values
 * are there, the Proxy Authen Type, the identifier; then each value after an octet with its
 * length, and frames likewise.  Length 255 lets time pass instead.
 */
#include "ppp/mschap.h"
#include "ppp/ppp.h"

enum { LINK = 1, PASS_TIME = 255 };

struct run {
	struct ppp_engine *e;
	base_time now;
	unsigned downs, sent;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void pump(struct run *run)
{
	struct ppp_effect fx;

	run->sent = 0;
	while (ppp_engine_poll(run->e, &fx)) {
		g_assert_cmpuint(run->downs, ==, 0);
		run->downs += fx.kind == PPP_FX_DOWN;
		run->sent += fx.kind == PPP_FX_SEND;
		if (fx.kind != PPP_FX_AUTH)
			continue;
		g_assert_cmpuint(strlen(fx.auth.name), <, PPP_NAME_MAX);
		g_assert_cmpuint(fx.auth.response_len, <=, PPP_RESPONSE_MAX);
		g_assert_cmpint(fx.auth.password != NULL, ==, fx.auth.method == PPP_AUTH_PAP);
		ppp_link_auth_result(run->e, LINK, strlen(fx.auth.name) & 1, 0x0a000009,
			"S=1", run->now);
	}
}

static uint8_t *value(struct rd *r, bool there, const uint8_t **p, size_t *n)
{
	uint8_t *copy;

	*p = NULL;
	*n = 0;
	if (!there)
		return NULL;
	*n = rd_u8(r);
	*n = MIN(*n, rd_left(r));
	copy = g_malloc(*n + !*n);
	if (*n)
		memcpy(copy, rd_take(r, *n), *n);
	*p = copy;
	return copy;
}

static void open_link(struct run *run, struct rd *r, uint8_t how)
{
	static const enum ppp_auth firsts[] = { PPP_AUTH_CHAP, PPP_AUTH_PAP, PPP_AUTH_MSCHAP,
		PPP_AUTH_MSCHAP2 };
	struct ppp_link_config cfg = { .name = "lns", .local_ip = 0x0a000001,
		.auth = { firsts[how & 3], how & 4 ? PPP_AUTH_PAP : PPP_AUTH_NONE },
		.renegotiate = how >> 3 & 1 ? PPP_RENEGOTIATE_ON_MISMATCH
					    : PPP_RENEGOTIATE_NEVER,
		.force_chap = how >> 4 & 1, .max_bad_auth = how >> 5 & 1,
		.peer_mru_max = how >> 6 & 1 ? 1492 : 0 };
	uint8_t there = rd_u8(r);
	struct ppp_proxy p = { .authen_type = rd_u8(r), .id = rd_u8(r),
		.has_id = there >> 6 & 1 };
	uint8_t *copies[] = {
		value(r, there & 1, &p.first_received, &p.first_received_len),
		value(r, there >> 1 & 1, &p.last_sent, &p.last_sent_len),
		value(r, there >> 2 & 1, &p.last_received, &p.last_received_len),
		value(r, there >> 3 & 1, &p.name, &p.name_len),
		value(r, there >> 4 & 1, &p.challenge, &p.challenge_len),
		value(r, there >> 5 & 1, &p.response, &p.response_len),
	};

	if (!ppp_auth_valid(cfg.auth[0]))
		cfg.auth[0] = PPP_AUTH_CHAP;
	g_assert_true(ppp_link_open_proxied(run->e, LINK, &cfg, &p, run->now));
	for (unsigned i = 0; i < G_N_ELEMENTS(copies); i++)
		g_free(copies[i]);
	pump(run);
}

static void check(struct run *run)
{
	struct ppp_link_info info;

	g_assert_true(ppp_link_get(run->e, LINK, &info));
	g_assert_cmpint(info.phase == PPP_PHASE_DEAD, ==, run->downs == 1);
	if (!run->downs)
		g_assert_cmpuint(info.peer_mru, >=, 128);
	if (info.auth_proxied)
		g_assert_true(info.lcp_proxied);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct run run = { .e = ppp_engine_new(1, 1, false, BASE_TIME_ZERO) };

	open_link(&run, &r, rd_u8(&r));
	check(&run);
	while (rd_left(&r)) {
		uint8_t n = rd_u8(&r);
		size_t len = MIN(n, rd_left(&r));

		if (n == PASS_TIME) {
			run.now = time_add(run.now, dur_ms(3001));
			while (ppp_engine_tick(run.e, run.now, 8))
				pump(&run);
			pump(&run);
		} else {
			ppp_link_input(run.e, LINK, rd_take(&r, len), len, run.now);
			pump(&run);
			g_assert_cmpuint(run.sent, <=, 5);
		}
		check(&run);
	}
	ppp_link_close(run.e, LINK, PPP_CAUSE_ADMIN, run.now);
	for (unsigned i = 0; i < 20; i++) {
		run.now = time_add(run.now, dur_ms(3001));
		(void)ppp_engine_tick(run.e, run.now, 100);
		pump(&run);
	}
	g_assert_cmpuint(run.downs, ==, 1);
	ppp_engine_free(run.e);
	return 0;
}
