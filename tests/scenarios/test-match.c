/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expressions about packets: what each term means, on frames made here, and on a file.
 */
#include "scenarios/engine/match.h"

#include "base/net.h"
#include "base/pcapng.h"
#include "l2tp/message.h"
#include "l2tp/wire.h"
#include "ppp/wire.h"
#include "scenarios/engine/probe.h"

#include <glib/gstdio.h>
#include <string.h>

enum { LAC = 0x0a000001, LNS = 0x0a000002, FRAME = 600 };

struct frame {
	uint8_t bytes[FRAME];
	size_t n;
};

static void finish(struct frame *f, const void *payload, size_t n, uint16_t port, bool out)
{
	uint8_t packet[FRAME];
	struct wr w = wr_init(f->bytes, sizeof(f->bytes));
	size_t len = udp4_build(packet, sizeof(packet), out ? LNS : LAC, port,
		out ? LAC : LNS, port, 1, payload, n, true);

	g_assert_cmpuint(len, >, 0);
	wr_bytes(&w, "\x02\0\0\0\0\1\x02\0\0\0\0\2", 12);
	wr_u16(&w, ETHERTYPE_IPV4);
	wr_bytes(&w, packet, len);
	g_assert_false(w.bad);
	f->n = w.len;
}

/* type 0: a ZLB */
static struct frame control(unsigned type, uint16_t tunnel, uint16_t session, uint16_t assigned,
	bool out)
{
	uint8_t buf[FRAME];
	struct wr w = wr_init(buf, sizeof(buf));
	struct l2tp_msg m = { .type = (uint16_t)type };
	struct frame f;

	l2tp_control_build(&w, tunnel, session, 3, 4);
	if (type) {
		m.assigned_tunnel = m.assigned_session = assigned;
		m.result.result = 1;
		m.version = 0x0100;
		m.framing_caps = m.framing_type = 1;
		m.tx_speed = 100;
		m.call_serial = 1;
		m.host_name = (struct l2tp_span){ (const uint8_t *)"x", 1 };
		m.have = l2tp_msg_info((uint16_t)type)->must;
		l2tp_msg_encode(&m, &w);
	}
	wr_set_u16(&w, 2, (uint16_t)w.len);
	g_assert_false(w.bad);
	finish(&f, buf, w.len, L2TP_UDP_PORT, out);
	return f;
}

static struct frame data(uint16_t protocol, const void *payload, size_t n)
{
	uint8_t buf[FRAME];
	struct wr w = wr_init(buf, sizeof(buf));
	struct frame f;

	wr_u16(&w, L2TP_VER);
	wr_u16(&w, 7);
	wr_u16(&w, 8);
	ppp_hdr_build(&w, protocol);
	wr_bytes(&w, payload, n);
	finish(&f, buf, w.len, L2TP_UDP_PORT, false);
	return f;
}

static struct frame inner_probe(void)
{
	uint8_t payload[PROBE_LEN], packet[FRAME];
	const struct probe p = { PROBE_UP, 1, 2, 3, { 4 } };
	size_t n;

	probe_build(payload, &p);
	n = udp4_build(packet, sizeof(packet), 1, PROBE_PORT, 2, PROBE_PORT, 1, payload,
		sizeof(payload), true);
	return data(PPP_IPV4, packet, n);
}

static struct frame pppoe(uint8_t code, uint16_t protocol)
{
	struct frame f;
	struct wr w = wr_init(f.bytes, sizeof(f.bytes));

	wr_bytes(&w, "\x02\0\0\0\0\1\x02\0\0\0\0\2", 12);
	wr_u16(&w, ETHERTYPE_VLAN);
	wr_u16(&w, 100);
	wr_u16(&w, code == PPPOE_SESSION ? ETHERTYPE_PPPOE_SESS : ETHERTYPE_PPPOE_DISC);
	pppoe_hdr_build(&w, code, 9, protocol ? 6 : 0);
	if (protocol) {
		wr_u16(&w, protocol);
		wr_bytes(&w, "\1\1\0\4", 4);
	}
	f.n = w.len;
	return f;
}

static bool is(const char *expression, const struct frame *f, bool out)
{
	g_autoptr(GError) error = NULL;
	struct match *m = match_new(expression, &error);
	bool yes;

	g_assert_no_error(error);
	yes = match_frame(m, f->bytes, f->n, out);
	match_free(m);
	return yes;
}

static void test_pppoe(void)
{
	struct frame padi = pppoe(PPPOE_PADI, 0), padt = pppoe(PPPOE_PADT, 0);
	struct frame lcp = pppoe(PPPOE_SESSION, PPP_LCP);

	g_assert_true(is("pppoe.PADI", &padi, false));
	g_assert_false(is("pppoe.PADT or pppoe.PADS or ppp.lcp", &padi, false));
	g_assert_true(is("pppoe.PADT and out and pppoe", &padt, true));
	g_assert_true(is("pppoe and ppp.lcp and not l2tp.data", &lcp, false));
}

static void test_terms(void)
{
	struct frame cdn = control(L2TP_CDN, 5, 6, 9, true), zlb = control(0, 5, 0, 0, true);
	struct frame lcp = data(PPP_LCP, "\1\1\0\4", 4), probe = inner_probe();
	struct frame arp = { .n = 60 };

	memcpy(arp.bytes + 12, "\x08\x06", 2);
	g_assert_true(is("l2tp.CDN", &cdn, true));
	g_assert_true(is("l2tp.cdn", &cdn, true));
	g_assert_true(is("l2tp.control and out and udp and ip", &cdn, true));
	g_assert_false(is("l2tp.control and in", &cdn, true));
	g_assert_false(is("l2tp.StopCCN or l2tp.zlb or l2tp.data", &cdn, true));
	g_assert_true(is("not l2tp.StopCCN", &cdn, true));
	g_assert_true(is("l2tp.StopCCN or l2tp.CDN and out", &cdn, true));
	g_assert_false(is("(l2tp.StopCCN or l2tp.CDN) and in", &cdn, true));
	g_assert_true(is("l2tp.zlb", &zlb, true));
	g_assert_true(is("l2tp.data and ppp.lcp", &lcp, false));
	g_assert_false(is("ppp.ip or ppp.ipcp or probe", &lcp, false));
	g_assert_true(is("probe and ppp.ip and l2tp.data", &probe, false));
	g_assert_true(is("arp", &arp, false));
	g_assert_false(is("ip or l2tp.control", &arp, false));
}

/* However short a frame is cut, it is read without harm. */
static void test_short(void)
{
	struct frame frames[] = { control(L2TP_CDN, 5, 6, 9, true), inner_probe() };

	for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++)
		for (size_t n = 0; n < frames[i].n; n++) {
			struct frame f = frames[i];

			f.n = n;
			g_assert_false(is("l2tp.CDN or probe", &f, true));
		}
}

static const struct {
	const char *expression, *error;
} bad[] = {
	{ "", "the expression ends too early" },
	{ "arp or", "the expression ends too early" },
	{ "(arp", "a ) is missing in the expression" },
	{ "arp)", "\")\" where and, or, or the end is expected" },
	{ "arp ip", "\"ip\" where and, or, or the end is expected" },
	{ "l2tp.SCRRQ", "no packet is \"l2tp.SCRRQ\"; did you mean \"l2tp.SCCRQ\"?" },
	{ "l2tp.ICRQ(established)", "no packet is \"l2tp.ICRQ(established)\"" },
	{ "everything", "no packet is \"everything\"" },
};

static void test_bad(void)
{
	g_autoptr(GString) deep = g_string_new(NULL);

	for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(match_new(bad[i].expression, &error));
		g_assert_true(g_str_has_prefix(error->message, bad[i].error));
	}
	for (unsigned i = 0; i < 1000; i++)
		g_string_append(deep, "(");
	g_assert_null(match_new(deep->str, NULL));
	g_string_truncate(deep, 0);
	for (unsigned i = 0; i < 1000; i++)
		g_string_append(deep, "arp or ");
	g_assert_null(match_new(deep->str, NULL));
}

static gint64 count(const char *expression, const char *path, int64_t since_ms)
{
	g_autoptr(GError) error = NULL;
	struct match *m = match_new(expression, &error);
	gint64 n;

	g_assert_no_error(error);
	n = match_count(m, path, 1000000000, (base_time){ since_ms * 1000000 }, 0, NULL, &error);
	g_assert_no_error(error);
	match_free(m);
	return n;
}

/* Tunnel: 50 at the LAC, 60 here.  Sessions: 51 and 61 established, 52 and 62 not. */
static void test_established(void)
{
	const struct {
		struct frame frame;
		bool out;
	} story[] = {
		{ control(L2TP_SCCRP, 50, 0, 60, true), true },
		{ control(L2TP_ICRP, 50, 51, 61, true), true },
		{ control(L2TP_ICCN, 60, 61, 0, false), false },
		{ control(L2TP_CDN, 50, 52, 62, true), true },
		{ control(L2TP_CDN, 60, 62, 52, false), false },
		{ control(L2TP_CDN, 60, 61, 51, false), false },
		{ control(L2TP_CDN, 50, 51, 61, true), true },
	};
	g_autofree char *dir = g_dir_make_tmp("twinrp-match-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "f.pcapng", NULL);
	struct pcapng *p = pcapng_open(path, 1, NULL);

	g_assert_nonnull(p);
	pcapng_interface(p, "x", PCAPNG_ETHERNET);
	for (unsigned i = 0; i < G_N_ELEMENTS(story); i++)
		pcapng_packet(p, 0, (base_time){ i * 1000000 },
			story[i].out ? PCAPNG_DIR_OUT : PCAPNG_DIR_IN, story[i].frame.bytes,
			story[i].frame.n, i % 2 ? "a comment" : NULL);
	g_assert_true(pcapng_close(p, NULL));
	g_assert_cmpint(count("l2tp.control", path, 0), ==, 7);
	g_assert_cmpint(count("l2tp.control", path, 5), ==, 2);
	g_assert_cmpint(count("out", path, 0), ==, 4);
	g_assert_cmpint(count("l2tp.CDN", path, 0), ==, 4);
	g_assert_cmpint(count("l2tp.CDN(established)", path, 0), ==, 2);
	g_assert_cmpint(count("l2tp.CDN(established) and out", path, 0), ==, 1);
	g_unlink(path);
	g_rmdir(dir);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/match/pppoe", test_pppoe);
	g_test_add_func("/scenarios/match/terms", test_terms);
	g_test_add_func("/scenarios/match/short", test_short);
	g_test_add_func("/scenarios/match/bad", test_bad);
	g_test_add_func("/scenarios/match/established", test_established);
	return g_test_run();
}
