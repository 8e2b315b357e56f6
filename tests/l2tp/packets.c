/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes every kind of control message that the engine makes into a capture, for tshark.py to
 * have them judged by a decoder that is not ours.
 *
 * usage: packets FILE [hidden]
 */
#include "base/net.h"
#include "tests/l2tp/world.h"

#include <stdio.h>

enum { LINK_RAW_IP = 101 };

static void put_host32(FILE *f, uint32_t v)
{
	fwrite(&v, sizeof(v), 1, f);
}

static void begin_file(FILE *f)
{
	put_host32(f, 0xa1b2c3d4);
	put_host32(f, 2 | 4 << 16); /* version 2.4 of a little-endian file */
	put_host32(f, 0);
	put_host32(f, 0);
	put_host32(f, 65535);
	put_host32(f, LINK_RAW_IP);
}

static void tap(struct world *w, int side, const struct l2tp_effect *fx, void *user)
{
	uint8_t head[28];
	struct wr wr = wr_init(head, sizeof(head));
	struct ipv4_hdr ip = { .ttl = 64,
		.proto = IPPROTO_NUM_UDP,
		.src = fx->path.local_ip,
		.dst = fx->path.remote_ip };
	FILE *f = user;
	uint32_t len = (uint32_t)(sizeof(head) + fx->len);

	ipv4_build(&wr, &ip, 8 + fx->len);
	wr_u16(&wr, fx->path.local_port);
	wr_u16(&wr, fx->path.remote_port);
	wr_u16(&wr, (uint16_t)(8 + fx->len));
	wr_u16(&wr, 0);
	g_assert_false(wr.bad);
	put_host32(f, (uint32_t)(w->now.ns / 1000000000));
	put_host32(f, (uint32_t)(w->now.ns / 1000 % 1000000));
	put_host32(f, len);
	put_host32(f, len);
	fwrite(head, sizeof(head), 1, f);
	fwrite(fx->bytes, fx->len, 1, f);
}

#define SPAN(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static void story(struct world *w)
{
	struct side *lac = &w->side[LAC], *lns = &w->side[LNS];
	struct l2tp_line line = { .have = (1u << L2TP_LINE_N) - 1,
		.circuit_id = SPAN("dslam 0/1"),
		.remote_id = SPAN("line 7"),
		.number = { [L2TP_LINE_TYPE] = 5, [L2TP_LINE_ENCAPSULATION] = 0x010203,
			[L2TP_LINE_IWF] = 1 } };
	struct l2tp_proxy proxy = { .initial_lcp = SPAN("\x01\x04\x05\xd4"),
		.last_sent_lcp = SPAN("\x01\x04\x05\xd4\x03\x04\xc0\x23"),
		.last_received_lcp = SPAN("\x05\x06\x01\x02\x03\x04"),
		.auth_type = L2TP_PROXY_CHAP,
		.auth_id = 7,
		.auth_name = SPAN("alice"),
		.auth_challenge = SPAN("0123456789abcdef"),
		.auth_response = SPAN("fedcba9876543210"),
		.private_group = SPAN("red") };
	struct l2tp_call call = { .serial = 5,
		.bearer_type = 1,
		.tx_bps = 1000000,
		.rx_bps = 2000000,
		.called = "5551000",
		.calling = "5552000",
		.physical_channel = 3,
		.sequencing = true };
	struct l2tp_call_errors errors = { 1, 2, 3, 4, 5, 6 };
	struct l2tp_ppp_cause why = { .code = L2TP_PPP_AUTH_FAILED,
		.protocol = 0xc223,
		.direction = L2TP_PPP_AT_PEER,
		.text = "no such user" };
	uint16_t cc = world_up(w), s;

	s = l2tp_session_open_with(lac->e, cc, &call, &line, &proxy, w->now);
	world_pump(w, LAC);
	world_run(w, dur_s(1));
	l2tp_session_sli(lns->e, lns->cc, lns->session, 0xa0000, 0xffffffff, w->now);
	world_pump(w, LNS);
	l2tp_session_wen(lac->e, cc, s, &errors, w->now);
	world_pump(w, LAC);
	world_run(w, dur_s(70)); /* HELLOs */
	l2tp_session_close_ppp(lns->e, lns->cc, lns->session, L2TP_CDN_LOST_CARRIER, 0,
		"bye", &why, w->now);
	world_pump(w, LNS);
	world_run(w, dur_s(1));
	l2tp_cc_close(lac->e, cc, L2TP_STOP_SHUTDOWN, 0, "end of story", w->now);
	world_pump(w, LAC);
	world_run(w, dur_s(1));
	g_assert_cmpuint(lns->s_up, ==, 1);
	g_assert_cmpuint(lns->wens, ==, 1);
	g_assert_cmpuint(lac->slis, ==, 1);
	g_assert_cmpuint(lns->cc_down, ==, 1);
}

int main(int argc, char **argv)
{
	FILE *f = argc > 1 ? fopen(argv[1], "wb") : NULL;
	struct world *w = world_new(1);

	if (!f)
		return 2;
	begin_file(f);
	w->tap = tap;
	w->tap_user = f;
	for (int i = 0; i < 2; i++) {
		g_strlcpy(w->side[i].params.secret, "tunsecret", L2TP_SECRET_MAX);
		w->side[i].params.challenge = true;
		w->side[i].params.hide = argc > 2;
	}
	story(w);
	world_free(w);
	return fclose(f) ? 1 : 0;
}
