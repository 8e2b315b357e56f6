/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture of Debian's pppoe client and l2tpns: all of it is decoded, and the client's frames
 * are replayed to our access concentrator with PPP behind it.  It must come as far as it came
 * then.
 */
#include "base/net.h"
#include "ppp/ppp.h"
#include "ppp/pppoe_internal.h"
#include "tests/lib/hex.h"
#include "tests/lib/pcapfile.h"

static const uint8_t client_mac[6] = { 0x7e, 0xc9, 0xa4, 0xf8, 0x93, 0xa4 };
static const uint8_t ac_mac[6] = { 0x5a, 0x0a, 0x11, 0xb9, 0x0a, 0xea };

static struct pcap_file *open_capture(void)
{
	return pcap_golden("pppoe-client-l2tpns-lac.pcap");
}

/* What each discovery packet says. */
static void test_decode(void)
{
	static const struct {
		uint8_t code;
		uint16_t sid;
		bool cookie;
		const char *error;
	} want[] = {
		{ PPPOE_PADI, 0, false, NULL },
		{ PPPOE_PADO, 0, true, NULL },
		{ PPPOE_PADR, 0, true, NULL },
		{ PPPOE_PADS, 1, false, NULL },
		{ PPPOE_PADT, 1, true, "RP-PPPoE: Received signal 15" },
	};
	struct pcap_file *f = open_capture();
	unsigned n = 0, data = 0;

	for (unsigned i = 0; i < f->packets->len; i++) {
		gsize len;
		const void *bytes = g_bytes_get_data(pcap_file_packet(f, i)->bytes, &len);
		struct rd r = rd_init(bytes, len);
		struct pppoe_peer peer;
		struct pppoe_tags t;
		struct pppoe_hdr h;
		uint16_t type;

		g_assert_true(pppoe_peer_parse(&r, 1, &peer, &type));
		g_assert_true(pppoe_hdr_parse(&r, &h));
		if (type == ETHERTYPE_PPPOE_SESS) {
			uint16_t protocol;

			g_assert_cmpuint(h.code, ==, PPPOE_SESSION);
			g_assert_cmpuint(h.session, ==, 1);
			g_assert_true(ppp_hdr_parse(&r, &protocol));
			data++;
			continue;
		}
		g_assert_cmphex(type, ==, ETHERTYPE_PPPOE_DISC);
		g_assert_cmpuint(n, <, G_N_ELEMENTS(want));
		g_assert_true(pppoe_tags_parse(&r, &t));
		g_assert_cmpuint(h.code, ==, want[n].code);
		g_assert_cmpuint(h.session, ==, want[n].sid);
		g_assert_cmpuint(t.n_services, ==, h.code == PPPOE_PADT ? 0 : 1);
		g_assert_cmpint(t.has_cookie, ==, want[n].cookie);
		if (t.has_cookie)
			assert_hex(t.cookie.p, rd_left(&t.cookie),
				"0091e470da1b35a1e3435a8c9c3699e0");
		if (want[n].error)
			g_assert_cmpmem(t.generic_error.p, rd_left(&t.generic_error),
				want[n].error, strlen(want[n].error));
		n++;
	}
	g_assert_cmpuint(n, ==, G_N_ELEMENTS(want));
	g_assert_cmpuint(data, ==, 30);
	pcap_file_free(f);
}

struct replay {
	struct pppoe_ac *ac;
	struct ppp_engine *ppp;
	base_time now;
	uint32_t session;
	uint16_t sid;
	uint8_t cookie[PPPOE_COOKIE_LEN];
	uint8_t request[2][64]; /* our latest Configure-Request of LCP and IPCP */
	size_t request_len[2];
	unsigned pado, pads, auths, ups, downs;
	char *text;
};

static void on_sent(struct replay *p, const struct pppoe_effect *fx)
{
	struct rd r = rd_init(fx->bytes, fx->len);
	struct pppoe_peer peer;
	struct pppoe_tags t;
	struct pppoe_hdr h;
	uint16_t type;

	g_assert_true(pppoe_peer_parse(&r, 1, &peer, &type));
	g_assert_cmpmem(peer.ac, 6, client_mac, 6); /* to it, from us */
	g_assert_cmpmem(peer.client, 6, ac_mac, 6);
	g_assert_true(pppoe_hdr_parse(&r, &h));
	g_assert_true(pppoe_tags_parse(&r, &t));
	if (h.code == PPPOE_PADO) {
		p->pado++;
		rd_copy(&t.cookie, p->cookie, sizeof(p->cookie));
		g_assert_false(t.cookie.bad);
	} else {
		g_assert_cmpuint(h.code, ==, PPPOE_PADS);
		p->pads++;
		p->sid = h.session;
	}
}

static void pump(struct replay *p)
{
	struct ppp_link_config cfg = { .auth = { PPP_AUTH_PAP }, .name = "lac",
		.local_ip = 0x0a580001, .mru = PPPOE_MTU };
	struct pppoe_effect fx;
	struct ppp_effect x;

	while (pppoe_ac_poll(p->ac, &fx)) {
		switch (fx.kind) {
		case PPPOE_FX_SEND:
			on_sent(p, &fx);
			break;
		case PPPOE_FX_REQUEST:
			p->session = fx.session;
			pppoe_session_accept(p->ac, fx.session, 1, p->now);
			g_assert_true(ppp_link_open(p->ppp, 1, &cfg, p->now));
			break;
		case PPPOE_FX_PPP:
			ppp_link_input(p->ppp, 1, fx.bytes, fx.len, p->now);
			break;
		case PPPOE_FX_DOWN:
			p->downs++;
			p->text = g_strdup(fx.text);
			ppp_link_drop(p->ppp, 1);
			break;
		case PPPOE_FX_DEBUG:
			break;
		}
	}
	while (ppp_engine_poll(p->ppp, &x)) {
		if (x.kind == PPP_FX_AUTH) {
			p->auths++;
			g_assert_cmpstr(x.auth.name, ==, "bob@fwd.example");
			g_assert_cmpstr(x.auth.password, ==, "fwdpw");
			ppp_link_auth_result(p->ppp, 1, true, 0x0a4d0001, NULL, p->now);
		}
		p->ups += x.kind == PPP_FX_UP;
		if (x.kind == PPP_FX_SEND && x.bytes[4] == PPP_CONF_REQ) {
			unsigned ipcp = x.bytes[2] == 0x80;

			memcpy(p->request[ipcp], x.bytes + 2, x.len - 2);
			p->request_len[ipcp] = x.len - 2;
		}
	}
}

/* The client's frame with our cookie, session id, and acknowledging what we asked for. */
static GBytes *adapt(struct replay *p, const uint8_t *frame, size_t n)
{
	struct rd r = rd_init(frame, n);
	uint8_t out[1600];
	struct wr w = wr_init(out, sizeof(out));
	struct pppoe_tag tag;
	struct pppoe_peer peer;
	struct pppoe_hdr h;
	uint16_t type;
	size_t at;

	g_assert_true(pppoe_peer_parse(&r, 1, &peer, &type));
	wr_bytes(&w, frame, 14);
	g_assert_true(pppoe_hdr_parse(&r, &h));
	at = w.len;
	pppoe_hdr_build(&w, h.code, h.session ? p->sid : 0, 0);
	if (type == ETHERTYPE_PPPOE_DISC) {
		while (pppoe_tag_next(&r, &tag))
			if (tag.type == PPPOE_TAG_AC_COOKIE)
				pppoe_tag_build(&w, tag.type, p->cookie, PPPOE_COOKIE_LEN);
			else
				pppoe_tag_build(
					&w, tag.type, tag.value.p, rd_left(&tag.value));
	} else {
		unsigned ipcp = r.p[0] == 0x80;

		g_assert_cmpuint(rd_left(&r), >=, 6);
		if (r.p[2] == PPP_CONF_ACK && r.p[1] == 0x21) {
			size_t code = w.len + 2;

			wr_bytes(&w, p->request[ipcp], p->request_len[ipcp]);
			out[code] = PPP_CONF_ACK;
		} else {
			wr_bytes(&w, r.p, rd_left(&r));
		}
	}
	wr_set_u16(&w, at + PPPOE_LEN_AT, (uint16_t)(w.len - at - PPPOE_HDR));
	g_assert_false(w.bad);
	return g_bytes_new(out, w.len);
}

static void test_replay(void)
{
	struct pppoe_access access = { .port = 1, .group = 1 };
	struct pppoe_group g = { .ac_name = "lac1" };
	struct pcap_file *f = open_capture();
	struct replay p = { .now = { 1000000000 } };
	struct pppoe_stats stats;
	struct ppp_stats ppp;

	memcpy(access.mac, ac_mac, 6);
	p.ac = pppoe_ac_new(&(struct pppoe_ac_config){ .seed = 1 }, p.now);
	p.ppp = ppp_engine_new(1, 1, false, p.now);
	g_assert_true(pppoe_ac_set_group(p.ac, 1, &g));
	for (unsigned i = 0; i < f->packets->len; i++) {
		const struct pcap_packet *packet = pcap_file_packet(f, i);
		gsize n;
		const uint8_t *bytes = g_bytes_get_data(packet->bytes, &n);

		p.now = time_add((base_time){ 1000000000 }, (base_dur){ packet->at.ns });
		(void)ppp_engine_tick(p.ppp, p.now, 100);
		pump(&p);
		if (memcmp(bytes + 6, client_mac, 6) == 0) {
			g_autoptr(GBytes) mine = adapt(&p, bytes, n);

			bytes = g_bytes_get_data(mine, &n);
			pppoe_ac_input(p.ac, &access, bytes, n, p.now);
			pump(&p);
		}
	}
	pppoe_ac_stats(p.ac, &stats);
	ppp_engine_stats(p.ppp, &ppp);
	g_assert_cmpuint(p.pado, ==, 1);
	g_assert_cmpuint(p.pads, ==, 1);
	g_assert_cmpuint(p.auths, >=, 1);
	g_assert_cmpuint(p.ups, >=, 1);
	g_assert_cmpuint(p.downs, ==, 1);
	g_assert_cmpstr(p.text, ==, "RP-PPPoE: Received signal 15");
	g_assert_cmpuint(ppp.malformed, ==, 0);
	for (unsigned i = 0; i < PPPOE_N_DROPS; i++)
		g_assert_cmpuint(stats.drops[i], ==, 0);
	pppoe_ac_free(p.ac);
	ppp_engine_free(p.ppp);
	pcap_file_free(f);
	g_free(p.text);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pppoe-golden/decode", test_decode);
	g_test_add_func("/pppoe-golden/replay", test_replay);
	return g_test_run();
}
