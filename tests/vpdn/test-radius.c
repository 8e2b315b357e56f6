/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RADIUS packets: against what l2tpns, radclient and FreeRADIUS have sent each other
 * (tests/golden), against ourselves, and malformed ones.
 */
#include "base/net.h"
#include "base/text.h"
#include "tests/lib/pcapfile.h"
#include "vpdn/profile.h"

static const char secret[] = "labsecret";

/* ---- captured ---- */

/* The RADIUS datagram of a packet; false: it has none. */
static bool datagram(const struct pcap_file *f, unsigned i, struct rd *out)
{
	gsize n;
	const void *p = g_bytes_get_data(pcap_file_packet(f, i)->bytes, &n);
	struct rd r = rd_init(p, n);
	struct eth_hdr eth;
	struct ipv4_hdr ip;
	struct udp_hdr udp;

	if (!eth_parse(&r, &eth) || !ipv4_parse(&r, &ip) || !udp_parse(&r, NULL, &udp))
		return false;
	*out = r;
	return true;
}

/* Every reply of the capture is genuine, and no longer so with any octet changed. */
static unsigned check_replies(const char *name)
{
	struct pcap_file *f = pcap_golden(name);
	struct radius_packet request = { 0 }, p;
	unsigned replies = 0;
	struct rd r;

	for (unsigned i = 0; i < f->packets->len; i++) {
		if (!datagram(f, i, &r))
			continue;
		g_assert_true(radius_parse(&p, r.p, rd_left(&r)));
		if (p.code == RADIUS_ACCESS_REQUEST) {
			request = p;
			continue;
		}
		g_assert_cmpint(p.id, ==, request.id);
		g_assert_cmpint(radius_verify(&p, secret, request.authenticator), !=,
			RADIUS_FORGED);
		g_assert_cmpint(radius_verify(&p, "labsecreT", request.authenticator), ==,
			RADIUS_FORGED);
		replies++;
		for (size_t at = 0; at < p.len; at++) {
			g_autofree uint8_t *copy = g_memdup2(p.bytes, p.len);
			struct radius_packet q;

			copy[at] ^= 0x10;
			if (radius_parse(&q, copy, p.len))
				g_assert_cmpint(radius_verify(&q, secret,
							request.authenticator),
					==, RADIUS_FORGED);
		}
	}
	pcap_file_free(f);
	return replies;
}

static void golden_replies(void)
{
	g_assert_cmpuint(check_replies("radius-pap.pcap"), >, 0);
	g_assert_cmpuint(check_replies("radius-tunnel-attributes.pcap"), >, 0);
}

static void golden_password(void)
{
	struct pcap_file *f = pcap_golden("radius-pap.pcap");
	char text[RADIUS_TEXT_MAX], password[RADIUS_PASSWORD_MAX + 1];
	struct radius_packet p;
	struct radius_attr a;
	struct rd r;

	g_assert_true(datagram(f, 0, &r));
	g_assert_true(radius_parse(&p, r.p, rd_left(&r)));
	g_assert_true(radius_find(p.attrs, RADIUS_IETF, RA_USER_NAME, &a));
	g_assert_true(radius_text(&a, text));
	g_assert_cmpstr(text, ==, "load1");
	g_assert_true(radius_find(p.attrs, RADIUS_IETF, RA_USER_PASSWORD, &a));
	g_assert_true(radius_password(&a, secret, p.authenticator, password));
	g_assert_cmpstr(password, ==, "loadpw");
	pcap_file_free(f);
}

static void golden_tunnel(void)
{
	struct pcap_file *f = pcap_golden("radius-tunnel-attributes.pcap");
	struct radius_packet request = { 0 }, p;
	unsigned tunnels = 0, switches = 0;
	struct rd r;

	for (unsigned i = 0; i < f->packets->len; i++) {
		if (!datagram(f, i, &r))
			continue;
		g_assert_true(radius_parse(&p, r.p, rd_left(&r)));
		if (p.code != RADIUS_ACCESS_ACCEPT) {
			request = p;
			continue;
		}

		struct profile *pr = profile_new(p.attrs, secret, request.authenticator);

		g_assert_cmpuint(pr->malformed, ==, 0);
		for (guint k = 0; k < pr->tunnels->len; k++) {
			const struct profile_tunnel *t = pr->tunnels->pdata[k];

			tunnels++;
			g_assert_cmpuint(t->type, ==, 3);
			g_assert_cmpstr(t->password, ==, "tunsecret");
			g_assert_cmpuint(t->server_ip, !=, 0);
		}
		switches += pr->ha == PROFILE_YES;
		profile_free(pr);
	}
	g_assert_cmpuint(tunnels, >, 0);
	g_assert_cmpuint(switches, >, 0);
	pcap_file_free(f);
}

/* ---- round trips ---- */

static const uint8_t auth[RADIUS_AUTH] = "0123456789abcde";

static struct radius_packet parsed(const struct wr *w)
{
	struct radius_packet p;

	g_assert_false(w->bad);
	g_assert_true(radius_parse(&p, w->buf, w->len));
	g_assert_cmpuint(p.len, ==, w->len);
	return p;
}

static void round_trip(void)
{
	uint8_t buf[RADIUS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	char text[RADIUS_TEXT_MAX], password[RADIUS_PASSWORD_MAX + 1];
	struct radius_attr a;

	radius_begin(&w, RADIUS_ACCESS_REQUEST, 7, auth);
	radius_put_message_authenticator(&w);
	radius_put_str(&w, RA_USER_NAME, "alice");
	radius_put_password(&w, "a password of more than sixteen", secret, auth);
	radius_put_u32(&w, RA_NAS_PORT, 0x01020304);
	radius_put_tagged_u32(&w, RA_TUNNEL_PREFERENCE, 5, 77);
	radius_put_tagged_str(&w, RA_TUNNEL_SERVER_ENDPOINT, 5, "192.0.2.1");
	radius_put_tagged_str(&w, RA_TUNNEL_ASSIGNMENT_ID, 0, "plain");
	radius_put_tunnel_password(&w, 5, 0x0102, "tunsecret", secret, auth);
	radius_put_vendor(&w, RADIUS_CISCO, RA_CISCO_AVPAIR, "a=b", 3);
	radius_seal(&w, secret, NULL);

	struct radius_packet p = parsed(&w);

	g_assert_cmpint(w.buf[RADIUS_HDR], ==, RA_MESSAGE_AUTHENTICATOR);
	g_assert_cmpint(radius_verify(&p, secret, NULL), ==, RADIUS_GENUINE);
	g_assert_cmpint(radius_verify(&p, "other", NULL), ==, RADIUS_FORGED_MA);
	g_assert_cmpmem(p.authenticator, RADIUS_AUTH, auth, RADIUS_AUTH);
	g_assert_true(radius_find(p.attrs, RADIUS_IETF, RA_USER_PASSWORD, &a));
	g_assert_true(radius_password(&a, secret, auth, password));
	g_assert_cmpstr(password, ==, "a password of more than sixteen");
	g_assert_true(radius_find(p.attrs, RADIUS_IETF, RA_TUNNEL_PREFERENCE, &a));
	g_assert_cmpuint(a.tag, ==, 5);
	g_assert_cmpuint(radius_u32(&a), ==, 77);
	g_assert_true(radius_find(p.attrs, RADIUS_IETF, RA_TUNNEL_SERVER_ENDPOINT, &a));
	g_assert_cmpuint(a.tag, ==, 5);
	g_assert_true(radius_text(&a, text));
	g_assert_cmpstr(text, ==, "192.0.2.1");
	g_assert_true(radius_find(p.attrs, RADIUS_IETF, RA_TUNNEL_ASSIGNMENT_ID, &a));
	g_assert_cmpuint(a.tag, ==, 0);
	g_assert_true(radius_find(p.attrs, RADIUS_IETF, RA_TUNNEL_PASSWORD, &a));
	g_assert_cmpuint(a.tag, ==, 5);
	g_assert_true(radius_tunnel_password(&a, secret, auth, text));
	g_assert_cmpstr(text, ==, "tunsecret");
	g_assert_true(radius_find(p.attrs, RADIUS_CISCO, RA_CISCO_AVPAIR, &a));
	g_assert_true(radius_text(&a, text));
	g_assert_cmpstr(text, ==, "a=b");
}

/* Each code's authenticators verify, and only with the right request. */
static void seals(void)
{
	static const struct {
		enum radius_code request, reply;
	} talks[] = {
		{ RADIUS_ACCESS_REQUEST, RADIUS_ACCESS_ACCEPT },
		{ RADIUS_ACCESS_REQUEST, RADIUS_ACCESS_REJECT },
		{ RADIUS_ACCT_REQUEST, RADIUS_ACCT_RESPONSE },
		{ RADIUS_DISCONNECT_REQUEST, RADIUS_DISCONNECT_ACK },
		{ RADIUS_COA_REQUEST, RADIUS_COA_NAK },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(talks); i++)
		for (unsigned ma = 0; ma < 2; ma++) {
			uint8_t b1[RADIUS_MAX], b2[RADIUS_MAX], wrong[RADIUS_AUTH];
			struct wr q = wr_init(b1, sizeof(b1)), r = wr_init(b2, sizeof(b2));
			enum radius_verdict good = ma ? RADIUS_GENUINE : RADIUS_MA_MISSING;

			radius_begin(&q, talks[i].request, 1, auth);
			if (ma)
				radius_put_message_authenticator(&q);
			radius_put_str(&q, RA_USER_NAME, "x");
			radius_seal(&q, secret, NULL);

			struct radius_packet request = parsed(&q);

			g_assert_cmpint(radius_verify(&request, secret, NULL), ==, good);
			radius_begin(&r, talks[i].reply, 1, NULL);
			radius_put_str(&r, RA_REPLY_MESSAGE, "y");
			if (ma)
				radius_put_message_authenticator(&r);
			radius_seal(&r, secret, request.authenticator);

			struct radius_packet reply = parsed(&r);

			g_assert_cmpint(
				radius_verify(&reply, secret, request.authenticator), ==,
				good);
			memcpy(wrong, request.authenticator, RADIUS_AUTH);
			wrong[3] ^= 1;
			g_assert_cmpint(radius_verify(&reply, secret, wrong), ==,
				RADIUS_FORGED);
		}
}

/* RFC 2865, section 7.1: Nemo logs in; the server's Response Authenticator is printed
 * there. */
static void rfc_example(void)
{
	g_autoptr(GBytes) q = text_from_hex(
		"01000038" "0f403f9473978057bd83d5cb98f4227a"
		"01066e656d6f" "02120dbe708d93d413ce3196e43f782a0aee"
		"0406c0a80110" "050600000003");
	g_autoptr(GBytes) a = text_from_hex(
		"02000026" "86fe220e7624ba2a1005f6bf9b55e0b2"
		"060600000001" "0f0600000000" "0e06c0a80103");
	struct radius_packet request, reply;
	struct radius_attr at;
	char password[RADIUS_PASSWORD_MAX + 1];
	gsize n;
	const void *p = g_bytes_get_data(q, &n);

	g_assert_true(radius_parse(&request, p, n));
	g_assert_true(radius_find(request.attrs, RADIUS_IETF, RA_USER_PASSWORD, &at));
	g_assert_true(radius_password(&at, "xyzzy5461", request.authenticator, password));
	g_assert_cmpstr(password, ==, "arctangent");
	p = g_bytes_get_data(a, &n);
	g_assert_true(radius_parse(&reply, p, n));
	g_assert_cmpint(radius_verify(&reply, "xyzzy5461", request.authenticator), ==,
		RADIUS_MA_MISSING);
}

/* ---- malformed ---- */

static const struct {
	const char *name, *hex;
	bool ok;
} packets[] = {
	/* clang-format off */
	{ "empty",          "", false },
	{ "short",          "01000014 00000000000000000000000000000000 00", true },
	{ "no-attributes",  "01000014 00000000000000000000000000000000", true },
	{ "cut",            "01000014 000000000000000000000000000000", false },
	{ "length-19",      "01000013 00000000000000000000000000000000", false },
	{ "length-4097",    "01001001 00000000000000000000000000000000", false },
	{ "length-lies",    "01000016 00000000000000000000000000000000", false },
	{ "padding",        "01000014 00000000000000000000000000000000 ffffff", true },
	{ "attr-length-0",  "01000016 00000000000000000000000000000000 0100", false },
	{ "attr-length-1",  "01000016 00000000000000000000000000000000 0101", false },
	{ "attr-empty",     "01000016 00000000000000000000000000000000 0102", true },
	{ "attr-runs-over", "01000017 00000000000000000000000000000000 010441", false },
	{ "half-attr",      "01000015 00000000000000000000000000000000 01", false },
	/* clang-format on */
};

static void malformed(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(packets); i++) {
		g_autoptr(GBytes) b = text_from_hex(packets[i].hex);
		struct radius_packet p;
		gsize n;
		const void *bytes = g_bytes_get_data(b, &n);

		g_test_message("%s", packets[i].name);
		g_assert_cmpint(radius_parse(&p, bytes, n), ==, packets[i].ok);
	}
}

static void vendor_formats(void)
{
	static const uint8_t odd[] = { 26, 9, 0, 0, 0, 9, 1, 9, 'x' };
	static const uint8_t two[] = { 26, 14, 0, 0, 0, 9, 1, 4, 'a', 'b', 1, 4, 'c', 'd' };
	struct radius_iter it = radius_iter(rd_init(odd, sizeof(odd)));
	struct radius_attr a;

	g_assert_true(radius_next(&it, &a));
	g_assert_cmpuint(a.vendor, ==, 9);
	g_assert_cmpuint(a.type, ==, 0);
	g_assert_cmpuint(rd_left(&a.value), ==, 7);
	g_assert_false(radius_next(&it, &a));
	g_assert_cmpuint(radius_count(rd_init(two, sizeof(two)), RADIUS_CISCO, 1), ==, 2);
}

/* No secret of a packet is printed. */
static void printing(void)
{
	uint8_t buf[RADIUS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	g_autoptr(GString) out = g_string_new(NULL);

	radius_begin(&w, RADIUS_ACCESS_REQUEST, 7, auth);
	radius_put_str(&w, RA_USER_NAME, "al\nice");
	radius_put(&w, RA_CHAP_PASSWORD, "12345678901234567", 17);
	radius_put_u32(&w, RA_FRAMED_IP, 0xc0000201);
	radius_put_tagged_u32(&w, RA_TUNNEL_TYPE, 1, 3);
	radius_put_u32(&w, 250, 1);
	radius_put(&w, RA_NAS_PORT, "abc", 3);
	radius_seal(&w, secret, NULL);
	radius_print(parsed(&w).attrs, out);
	g_assert_cmpstr(out->str, ==,
		"User-Name \"al\\x0aice\"\n"
		"CHAP-Password *\n"
		"Framed-IP-Address 192.0.2.1\n"
		"Tunnel-Type:1 3\n"
		"Attribute-250 00000001\n"
		"NAS-Port [malformed] 616263\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/radius/golden-replies", golden_replies);
	g_test_add_func("/vpdn/radius/golden-password", golden_password);
	g_test_add_func("/vpdn/radius/golden-tunnel", golden_tunnel);
	g_test_add_func("/vpdn/radius/rfc-example", rfc_example);
	g_test_add_func("/vpdn/radius/round-trip", round_trip);
	g_test_add_func("/vpdn/radius/seals", seals);
	g_test_add_func("/vpdn/radius/malformed", malformed);
	g_test_add_func("/vpdn/radius/vendor-formats", vendor_formats);
	g_test_add_func("/vpdn/radius/printing", printing);
	return g_test_run();
}
