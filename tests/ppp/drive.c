/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drive.h"

#include "tests/lib/hex.h"

void drive_take_engine(struct drive *d, struct ppp_engine *take_engine, base_time now)
{
	*d = (struct drive){ .e = take_engine, .now = now, .sent = g_queue_new() };
}

void drive_new(struct drive *d, const struct ppp_link_config *cfg)
{
	drive_take_engine(
		d, ppp_engine_new(1, 1, false, BASE_TIME_ZERO), BASE_TIME_ZERO);
	ppp_link_set_peer_ip(
		d->e, LINK, 0x0a000009); /* no link yet: must be harmless */
	g_assert_true(ppp_link_open(d->e, LINK, cfg, d->now));
	if (cfg->auth[0] == PPP_AUTH_NONE && !cfg->client)
		ppp_link_set_peer_ip(d->e, LINK, 0x0a000009);
	drive_pump(d);
}

void drive_free(struct drive *d)
{
	ppp_engine_free(d->e);
	g_queue_free_full(d->sent, g_free);
	g_free(d->name);
	g_free(d->password);
}

static void take_auth(struct drive *d, const struct ppp_effect *fx)
{
	d->auths++;
	d->method = fx->auth.method;
	d->id = fx->auth.id;
	g_free(d->name);
	g_free(d->password);
	d->name = g_strdup(fx->auth.name);
	d->password = g_strdup(fx->auth.password);
	d->proxied = fx->auth.proxied;
	d->response_len = fx->auth.response_len;
	d->challenge_len = fx->auth.challenge_len;
	memcpy(d->response, fx->auth.response, sizeof(d->response));
	if (fx->auth.challenge) {
		g_assert_cmpuint(fx->auth.challenge_len, <=, 16);
		memcpy(d->challenge, fx->auth.challenge, fx->auth.challenge_len);
	}
}

void drive_pump(struct drive *d)
{
	struct ppp_effect fx;

	while (ppp_engine_poll(d->e, &fx)) {
		d->after_down += d->downs;
		switch (fx.kind) {
		case PPP_FX_SEND:
			g_assert_cmpuint(fx.len, >=, 8);
			g_assert_cmpuint(fx.bytes[0] << 8 | fx.bytes[1], ==, 0xff03);
			g_queue_push_tail(d->sent, to_hex(fx.bytes + 2, fx.len - 2));
			break;
		case PPP_FX_AUTH:
			take_auth(d, &fx);
			break;
		case PPP_FX_UP:
			d->ups++;
			d->local_ip = fx.local_ip;
			d->peer_ip = fx.peer_ip;
			d->dns[0] = fx.dns[0];
			d->dns[1] = fx.dns[1];
			break;
		case PPP_FX_DOWN:
			d->downs++;
			d->cause = fx.cause;
			d->by_peer = fx.by_peer;
			break;
		case PPP_FX_DEBUG:
			break;
		}
	}
}

void drive_feed_bytes(struct drive *d, const void *bytes, size_t n)
{
	ppp_link_input(d->e, LINK, bytes, n, d->now);
	drive_pump(d);
}

void drive_feed(struct drive *d, const char *hex_frame)
{
	g_autofree char *digits = drive_expand(d, hex_frame);
	g_autoptr(GBytes) bytes = hex(digits);
	gsize n;
	const void *p = g_bytes_get_data(bytes, &n);

	drive_feed_bytes(d, p, n);
}

void drive_verdict(struct drive *d, bool ok, uint32_t ip, const char *message)
{
	ppp_link_auth_result(d->e, LINK, ok, ip, message, d->now);
	drive_pump(d);
}

void drive_close(struct drive *d, enum ppp_cause cause)
{
	ppp_link_close(d->e, LINK, cause, d->now);
	drive_pump(d);
}

void drive_wait(struct drive *d, unsigned ms)
{
	base_time end = time_add(d->now, dur_ms(ms));

	for (;;) {
		base_time due = ppp_engine_next_due(d->e);

		if (time_before(end, due))
			break;
		if (time_before(d->now, due))
			d->now = due;
		while (ppp_engine_tick(d->e, d->now, 1))
			drive_pump(d);
		drive_pump(d);
	}
	d->now = end;
}

char *drive_sent(struct drive *d)
{
	return g_queue_pop_head(d->sent);
}

void drive_forget(struct drive *d)
{
	char *s;

	while ((s = drive_sent(d)))
		g_free(s);
}

enum ppp_phase drive_phase(struct drive *d)
{
	struct ppp_link_info info;

	g_assert_true(ppp_link_get(d->e, LINK, &info));
	return info.phase;
}

struct ppp_stats drive_stats(struct drive *d)
{
	struct ppp_stats s;

	ppp_engine_stats(d->e, &s);
	return s;
}

char *drive_expand(struct drive *d, const char *frame)
{
	GString *out = g_string_new(frame);
	struct ppp_link_info info;
	char magic[9];

	g_string_replace(out, " ", "", 0);
	if (ppp_link_get(d->e, LINK, &info)) {
		g_snprintf(magic, sizeof(magic), "%08x", info.local_magic);
		g_string_replace(out, "MMMMMMMM", magic, 0);
	}
	return g_string_free(out, FALSE);
}

struct ppp_link_config drive_network(enum ppp_auth first, enum ppp_auth second)
{
	return (struct ppp_link_config){
		.auth = { first, second },
		.name = "lns",
		.local_ip = 0x0a000001,
		.dns = { 0x0a000035, 0x0a000036 },
	};
}

struct ppp_link_config drive_client(void)
{
	return (struct ppp_link_config){
		.client = true,
		.name = "alice",
		.password = "alicepw",
		.want_dns = true,
	};
}

void drive_lcp_up(struct drive *d)
{
	g_autofree char *req = drive_sent(d);

	g_assert_true(g_str_has_prefix(req, "c02101"));
	drive_feed(d, "c021 01 01 000a 0506 11111111");
	drive_expect(d, "c021 02 01 000a 0506 11111111");

	req[5] = '2'; /* our request comes back as its acknowledgement */
	drive_feed(d, req);
}

void drive_ipcp_up(struct drive *d)
{
	drive_expect(d, "8021 01 01 000a 0306 0a000001");
	drive_feed(d, "8021 02 01 000a 0306 0a000001");
	drive_feed(d, "8021 01 01 000a 0306 0a000009");
	drive_expect(d, "8021 02 01 000a 0306 0a000009");
	g_assert_cmpuint(d->ups, ==, 1);
	g_assert_cmpuint(drive_phase(d), ==, PPP_PHASE_OPEN);
}
