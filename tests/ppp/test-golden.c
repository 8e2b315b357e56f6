/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Captures between other people's programs, replayed against our engine in the part of one
 * of them: it must give the answers that the real one gave.  An acknowledgement of a request
 * that only the real one made becomes an acknowledgement of ours.
 */
#include "drive.h"

#include "base/net.h"
#include "tests/lib/hex.h"
#include "tests/lib/pcapfile.h"

enum { L2TP_T = 0x8000, L2TP_L = 0x4000, L2TP_S = 0x0800, L2TP_O = 0x0200 };

/* The PPP frame inside an L2TP data message from `src`; false when it is none. */
static bool l2tp_frame(const struct pcap_packet *p, uint32_t src, unsigned session,
	struct rd *out)
{
	struct eth_hdr eth;
	struct ipv4_hdr ip;
	struct udp_hdr udp;
	gsize n;
	const void *bytes = g_bytes_get_data(p->bytes, &n);
	struct rd r = rd_init(bytes, n);
	unsigned flags, sid;

	if (!eth_parse(&r, &eth) || eth.type != ETHERTYPE_IPV4 || !ipv4_parse(&r, &ip) ||
		ip.src != src || !udp_parse(&r, NULL, &udp))
		return false;
	flags = rd_u16(&r);
	if (flags & L2TP_T)
		return false;
	rd_skip(&r, (flags & L2TP_L ? 2 : 0) + 2);
	sid = rd_u16(&r);
	rd_skip(&r, flags & L2TP_S ? 4 : 0);
	g_assert_cmpuint(flags & L2TP_O, ==, 0);
	*out = r;
	return !r.bad && (!session || sid == session);
}

/* The frames of one side as hex from the protocol on; IP packets are left out. */
static GPtrArray *frames_from(const char *capture, uint32_t src, unsigned session)
{
	struct pcap_file *f = pcap_golden(capture);
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; i < f->packets->len; i++) {
		struct rd r, payload;
		uint16_t protocol;

		if (!l2tp_frame(pcap_file_packet(f, i), src, session, &r))
			continue;
		payload = r;
		g_assert_true(ppp_hdr_parse(&payload, &protocol));
		if (protocol == PPP_IPV4 || protocol == PPP_IPV6)
			continue;
		if (r.p[0] == 0xff)
			rd_skip(&r, 2); /* l2tpns as LAC leaves FF 03 out */
		g_ptr_array_add(out, to_hex(r.p, rd_left(&r)));
	}
	pcap_file_free(f);
	g_assert_cmpuint(out->len, >, 0);
	return out;
}

static bool is(const char *frame, const char *protocol, const char *code)
{
	return g_str_has_prefix(frame, protocol) && g_str_has_prefix(frame + 4, code);
}

struct replay {
	struct drive d;
	GPtrArray *ours; /* all that we sent */
	char *request[2]; /* our latest Configure-Request of LCP, IPCP */
};

static void collect(struct replay *r)
{
	char *s;

	while ((s = drive_sent(&r->d))) {
		unsigned ipcp = g_str_has_prefix(s, "8021");

		g_ptr_array_add(r->ours, s);
		if (!is(s, "c021", "01") && !is(s, "8021", "01"))
			continue;
		g_free(r->request[ipcp]);
		r->request[ipcp] = g_strdup(s);
	}
}

static void replay_frames(struct replay *r, GPtrArray *theirs)
{
	r->ours = g_ptr_array_new_with_free_func(g_free);
	collect(r);
	for (unsigned i = 0; i < theirs->len; i++) {
		const char *frame = theirs->pdata[i];
		unsigned ipcp = g_str_has_prefix(frame, "8021");
		g_autofree char *ack = NULL;

		if (is(frame, "c021", "02") || is(frame, "8021", "02")) {
			g_assert_nonnull(r->request[ipcp]);
			ack = g_strdup(r->request[ipcp]);
			ack[5] = '2';
			frame = ack;
		}
		drive_feed(&r->d, frame);
		if (r->d.auths == 1 && drive_phase(&r->d) == PPP_PHASE_AUTHENTICATE)
			drive_verdict(&r->d, true, 0x0a4d000a, NULL);
		collect(r);
	}
}

static void replay_deinit(struct replay *r)
{
	g_ptr_array_free(r->ours, TRUE);
	g_free(r->request[0]);
	g_free(r->request[1]);
	drive_free(&r->d);
}

static bool said(const struct replay *r, const char *frame)
{
	return g_ptr_array_find_with_equal_func(r->ours, frame, g_str_equal, NULL);
}

/* A ppp client behind xl2tpd calls; l2tpns answered then, we answer now. */
static void test_network(void)
{
	struct ppp_link_config cfg = { .name = "lns", .local_ip = 0x0a580001,
		.auth = { PPP_AUTH_PAP } };
	const char *capture = "xl2tpd-lac-l2tpns-lns.pcap";
	g_autoptr(GPtrArray) client = frames_from(capture, 0x0a630001, 0);
	g_autoptr(GPtrArray) lns = frames_from(capture, 0x0a630101, 0);
	struct replay r = { 0 };
	unsigned same = 0;

	drive_new(&r.d, &cfg);
	replay_frames(&r, client);
	g_assert_cmpuint(r.d.auths, ==, 1);
	g_assert_cmpstr(r.d.name, ==, "alice");
	g_assert_cmpstr(r.d.password, ==, "alicepw");
	g_assert_cmpuint(r.d.ups, ==, 1);
	g_assert_cmphex(r.d.peer_ip, ==, 0x0a4d000a);
	g_assert_cmpuint(drive_phase(&r.d), ==, PPP_PHASE_OPEN);

	/* every answer of l2tpns that does not carry its own magic number is ours too */
	for (unsigned i = 0; i < lns->len; i++) {
		const char *frame = lns->pdata[i];

		if (is(frame, "c021", "01") || is(frame, "c021", "0a"))
			continue;
		g_assert_true(said(&r, frame));
		same++;
	}
	g_assert_cmpuint(same, ==, 5); /* LCP Ack, PAP Ack, IPCP request, Nak and Ack */
	g_assert_cmpuint(drive_stats(&r.d).malformed, ==, 0);
	replay_deinit(&r);
}

/* xl2tpd's LNS challenges; the caller's responses are known, and so is the end. */
static void test_client(gconstpointer data)
{
	const unsigned *row = data;
	g_autofree char *name = g_strdup_printf("load%u", row[0]);
	struct ppp_link_config cfg = { .client = true, .password = "loadpw" };
	const char *capture = "hidden-avps-xl2tpd-lns.pcap";
	g_autoptr(GPtrArray) lns = frames_from(capture, 0x0a630002, row[1]);
	g_autoptr(GPtrArray) caller = frames_from(capture, 0x0a630001, row[2]);
	struct replay r = { 0 };
	unsigned responses = 0;

	g_strlcpy(cfg.name, name, sizeof(cfg.name));
	drive_new(&r.d, &cfg);
	replay_frames(&r, lns);
	for (unsigned i = 0; i < caller->len; i++) {
		const char *frame = caller->pdata[i];

		if (is(frame, "c021", "02") || is(frame, "c223", "02"))
			g_assert_true(said(&r, frame));
		responses += is(frame, "c223", "02");
	}
	g_assert_cmpuint(responses, ==, 1);
	/* the LNS has another secret */
	drive_wait(&r.d, 7000);
	g_assert_cmpuint(r.d.ups, ==, 0);
	g_assert_cmpuint(r.d.cause, ==, PPP_CAUSE_AUTH_FAILED);
	replay_deinit(&r);
}

/* The same challenge and response seen from the network side: they fit the secret. */
static void test_response(void)
{
	const char *capture = "hidden-avps-xl2tpd-lns.pcap";
	g_autoptr(GPtrArray) lns = frames_from(capture, 0x0a630002, 0);
	g_autoptr(GPtrArray) caller = frames_from(capture, 0x0a630001, 0);
	unsigned checked = 0;

	for (unsigned i = 0; i < lns->len; i++) {
		const char *c = lns->pdata[i];

		if (!is(c, "c223", "01"))
			continue;
		for (unsigned k = 0; k < caller->len; k++) {
			const char *p = caller->pdata[k];
			g_autofree char *digits = g_strndup(c + 14, 32);
			g_autoptr(GBytes) challenge = hex(digits);
			g_autofree char *mine = NULL;
			uint8_t value[16];

			if (!is(p, "c223", "02"))
				continue;
			ppp_chap_md5(2, "loadpw", g_bytes_get_data(challenge, NULL), 16,
				value);
			mine = to_hex(value, 16);
			checked += strncmp(p + 14, mine, 32) == 0;
		}
	}
	g_assert_cmpuint(checked, ==, 2); /* each challenge has its one response */
}

/* l2tpns forwards a PPPoE caller whose first PAP was lost and whose LCP starts again; and
 * one whose LAC did LCP before. */
static void test_other_callers(gconstpointer data)
{
	static const struct {
		const char *capture;
		uint32_t caller;
		const char *name, *password;
	} rows[] = {
		{ "l2tpns-lac-l2tpns-lns.pcap", 0x0a630201, "bob@fwd.example", "fwdpw" },
		{ "hidden-stopccn-proxy-seq-l2tpns.pcap", 0x0a630001, "load1", "loadpw" },
	};
	unsigned i = GPOINTER_TO_UINT(data);
	struct ppp_link_config cfg = { .name = "lns", .local_ip = 0x0a580001,
		.auth = { PPP_AUTH_PAP } };
	g_autoptr(GPtrArray) caller = frames_from(rows[i].capture, rows[i].caller, 0);
	struct replay r = { 0 };

	drive_new(&r.d, &cfg);
	replay_frames(&r, caller);
	g_assert_cmpstr(r.d.name, ==, rows[i].name);
	g_assert_cmpstr(r.d.password, ==, rows[i].password);
	g_assert_cmpuint(drive_stats(&r.d).malformed, ==, 0);
	g_assert_cmpuint(r.d.downs, ==, 0);
	g_assert_cmpuint(r.d.auths, >=, 1);
	replay_deinit(&r);
}

int main(int argc, char **argv)
{
	/* caller's number, session towards it, session towards the LNS */
	static const unsigned calls[][3] = { { 1, 1, 27647 }, { 2, 2, 60584 } };

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ppp/golden/network", test_network);
	g_test_add_data_func("/ppp/golden/client-1", calls[0], test_client);
	g_test_add_data_func("/ppp/golden/client-2", calls[1], test_client);
	g_test_add_func("/ppp/golden/response", test_response);
	g_test_add_data_func("/ppp/golden/forwarded", GUINT_TO_POINTER(0),
		test_other_callers);
	g_test_add_data_func("/ppp/golden/proxied", GUINT_TO_POINTER(1),
		test_other_callers);
	return g_test_run();
}
