/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages: every one encodes and decodes to itself, known bytes, what is refused and with which
 * code, and every message of the golden captures.
 */
#include "l2tp/message.h"

#include "l2tp/hide.h"
#include "tests/l2tp/golden.h"
#include "tests/lib/hex.h"

/* A value for every field, none of them zero. */
static struct l2tp_msg full(const struct l2tp_msg_info *info)
{
	static const uint8_t text[] = "some text";
	const struct l2tp_span s = { text, 9 };
	struct l2tp_msg m = {
		.type = info->type,
		.have = info->must | info->may | l2tp_bit(L2TP_ATTR_MESSAGE_TYPE),
		.result = { 2, 6, s },
		.version = 0x0100,
		.framing_caps = 3,
		.bearer_caps = 1,
		.tie_breaker = UINT64_C(0x0102030405060708),
		.firmware = 0x0690,
		.host_name = s,
		.vendor_name = s,
		.assigned_tunnel = 77,
		.receive_window = 8,
		.challenge = s,
		.q931 = { 16, 4, s },
		.response = { 1, 2, 3, 16 },
		.assigned_session = 78,
		.call_serial = 123456,
		.min_bps = 1,
		.max_bps = 2,
		.bearer_type = 2,
		.framing_type = 1,
		.called = s,
		.calling = s,
		.sub_address = s,
		.tx_speed = 64000,
		.rx_speed = 128000,
		.physical_channel = 9,
		.initial_lcp = s,
		.last_sent_lcp = s,
		.last_received_lcp = s,
		.proxy_type = 2,
		.proxy_name = s,
		.proxy_challenge = s,
		.proxy_id = 5,
		.proxy_response = s,
		.call_errors = { 1, 2, 3, 4, 5, 6 },
		.accm = { 0xffffffff, 0x000a0000 },
		.private_group = s,
		.ppp = { 16, 0xc023, 2, s },
	};

	return m;
}

static void assert_same_span(const struct l2tp_span *a, const struct l2tp_span *b)
{
	g_assert_cmpuint(a->len, ==, b->len);
	g_assert_cmpint(memcmp(a->p, b->p, a->len), ==, 0);
}

static void assert_same_field(
	const struct l2tp_msg *a, const struct l2tp_msg *b, uint16_t type)
{
	const struct l2tp_attr_info *info = l2tp_attr_info(type);
	const uint8_t *x = (const uint8_t *)a + info->offset;
	const uint8_t *y = (const uint8_t *)b + info->offset;
	size_t n = info->max;

	switch ((enum l2tp_attr_kind)info->kind) {
	case ATTR_BYTES:
		assert_same_span((const void *)x, (const void *)y);
		return;
	case ATTR_RESULT:
		g_assert_cmpuint(a->result.result, ==, b->result.result);
		g_assert_cmpuint(a->result.error, ==, b->result.error);
		assert_same_span(&a->result.text, &b->result.text);
		return;
	case ATTR_Q931:
		g_assert_cmpuint(a->q931.cause, ==, b->q931.cause);
		g_assert_cmpuint(a->q931.message, ==, b->q931.message);
		assert_same_span(&a->q931.text, &b->q931.text);
		return;
	case ATTR_U32S:
		n -= 2;
		break;
	case ATTR_PPP:
		g_assert_cmpuint(a->ppp.code, ==, b->ppp.code);
		g_assert_cmpuint(a->ppp.protocol, ==, b->ppp.protocol);
		g_assert_cmpuint(a->ppp.direction, ==, b->ppp.direction);
		assert_same_span(&a->ppp.text, &b->ppp.text);
		return;
	case ATTR_IGNORED:
		g_assert_not_reached(); /* no message has it */
	case ATTR_EMPTY:
	case ATTR_U16:
	case ATTR_U32:
	case ATTR_U64:
	case ATTR_DIGEST:
		break;
	}
	g_assert_cmpint(memcmp(x, y, n), ==, 0);
}

/* hiding: NULL, or as it is sent. */
static void one_round_trip(
	const struct l2tp_msg_info *info, const struct l2tp_hiding *hiding)
{
	uint8_t buf[2048];
	struct wr w = wr_init(buf, sizeof(buf));
	struct l2tp_msg m = full(info), back;
	struct l2tp_unhide u = { .secret = "se" };
	struct l2tp_fault f;

	l2tp_msg_encode_hidden(&m, hiding, &w);
	g_assert_false(w.bad);
	g_assert_cmpint(l2tp_msg_decode_hidden(rd_init(buf, w.len), &u, &back, &f), ==,
		L2TP_MSG_OK);
	back.have &= ~l2tp_bit(L2TP_ATTR_RANDOM_VECTOR);
	g_assert_cmpuint(back.have, ==, m.have);
	for (uint16_t a = 0; a < L2TP_N_ATTRS; a++)
		if (l2tp_has(&m, a))
			assert_same_field(&m, &back, a);
}

static void round_trip(void)
{
	struct l2tp_hiding h = { .secret = "se", .vector = { 9, 8, 7 } };
	unsigned n = 0;

	for (uint16_t type = 0; type < 32; type++) {
		const struct l2tp_msg_info *info = l2tp_msg_info(type);

		if (!info)
			continue;
		n++;
		one_round_trip(info, NULL);
		for (h.padding = 0; h.padding <= L2TP_VECTOR_LEN; h.padding++)
			one_round_trip(info, &h);
	}
	g_assert_cmpuint(n, ==, 14);
}

/* SCCRQ of RFC 2661's fields with the lengths and M bits that section 4.4 prescribes. */
static void known_bytes(void)
{
	static const uint8_t name[] = "lac1";
	struct l2tp_msg m = {
		.type = L2TP_SCCRQ,
		.have = l2tp_bit(L2TP_ATTR_PROTOCOL_VERSION) |
			l2tp_bit(L2TP_ATTR_FRAMING_CAPS) |
			l2tp_bit(L2TP_ATTR_HOST_NAME) |
			l2tp_bit(L2TP_ATTR_ASSIGNED_TUNNEL) |
			l2tp_bit(L2TP_ATTR_RECEIVE_WINDOW),
		.version = 0x0100,
		.framing_caps = 3,
		.host_name = { name, 4 },
		.assigned_tunnel = 0x1234,
		.receive_window = 4,
	};
	uint8_t buf[128];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_msg_encode(&m, &w);
	assert_hex(buf, w.len,
		"8008000000000001"
		"8008000000020100"
		"800a00000003"
		"00000003"
		"800a000000076c616331"
		"8008000000091234"
		"80080000000a0004");

	w = wr_init(buf, sizeof(buf));
	m = (struct l2tp_msg){
		.type = L2TP_CDN,
		.have = l2tp_bit(L2TP_ATTR_RESULT_CODE) |
			l2tp_bit(L2TP_ATTR_ASSIGNED_SESSION),
		.result = { 3, 0, { NULL, 0 } },
		.assigned_session = 9,
	};
	l2tp_msg_encode(&m, &w);
	assert_hex(buf, w.len,
		"800800000000000e"
		"8008000000010003"
		"80080000000e0009");
}

#define SCCRQ_HEAD "8008000000000001 8008000000020100 800a00000003 00000003 "
#define NAME       "8007000000076c "
#define TID        "8008000000090001 "
#define CDN        "800800000000000e 8008000000010002 80080000000e0009 "

static const struct {
	const char *name;
	const char *hex;
	enum l2tp_verdict verdict;
	uint16_t result, error;
} decodes[] = {
	/* clang-format off */
	{ "sccrq",            SCCRQ_HEAD NAME TID,                         L2TP_MSG_OK },
	{ "hello",            "8008000000000006",                          L2TP_MSG_OK },
	{ "M35-no-value",     SCCRQ_HEAD NAME "800600000009",              L2TP_MSG_BAD, 2, 2 },
	{ "M38-reserved-m",   SCCRQ_HEAD NAME TID "840a00000004 00000001", L2TP_MSG_BAD, 2, 3 },
	{ "M38-reserved-o",   SCCRQ_HEAD NAME TID "040a00000004 00000001", L2TP_MSG_OK },
	{ "M39-not-first",    "8008000000020100 8008000000000001 " NAME TID, L2TP_MSG_BAD, 2, 3 },
	{ "M40-none",         "8008000000020100",                          L2TP_MSG_BAD, 2, 3 },
	{ "M41-two",          SCCRQ_HEAD NAME TID "8008000000000001",      L2TP_MSG_BAD, 2, 3 },
	{ "M42-short",        "800700000000 01",                           L2TP_MSG_BAD, 2, 2 },
	{ "M42-long",         "800900000000 000001",                       L2TP_MSG_BAD, 2, 2 },
	{ "M43-hidden-type",  "c008000000000001",                          L2TP_MSG_BAD, 2, 3 },
	{ "M44-unknown-m",    SCCRQ_HEAD NAME TID "800800000063abcd",      L2TP_MSG_BAD, 2, 8 },
	{ "M44-reserved-20",  SCCRQ_HEAD NAME TID "800800000014abcd",      L2TP_MSG_BAD, 2, 8 },
	{ "M46-unknown",      SCCRQ_HEAD NAME TID "000800000063abcd",      L2TP_MSG_OK },
	{ "M47-vendor-m",     SCCRQ_HEAD NAME TID "800800090001abcd",      L2TP_MSG_BAD, 2, 8 },
	{ "M47-vendor",       SCCRQ_HEAD NAME TID "000800090001abcd",      L2TP_MSG_OK },
	{ "M49-hidden-m",     SCCRQ_HEAD NAME "c00a00000009 00010203",     L2TP_MSG_BAD, 2, 6 },
	{ "M49-hidden",       SCCRQ_HEAD NAME TID "400a00000008 00010203", L2TP_MSG_OK },
	{ "M53-hidden-name",  SCCRQ_HEAD TID "c00a00000007 00010203",      L2TP_MSG_BAD, 2, 3 },
	{ "M53-hidden-tie",   SCCRQ_HEAD NAME TID "400a00000005 00010203", L2TP_MSG_OK },
	{ "M55-empty-vector", SCCRQ_HEAD NAME TID "800600000024",          L2TP_MSG_BAD, 2, 2 },
	{ "M57-length",       SCCRQ_HEAD NAME TID "800800000004 0001",     L2TP_MSG_BAD, 2, 2 },
	{ "M58-tunnel-zero",  SCCRQ_HEAD NAME "8008000000090000",          L2TP_MSG_BAD, 2, 3 },
	{ "M60-window-zero",  SCCRQ_HEAD NAME TID "80080000000a0000",      L2TP_MSG_BAD, 2, 3 },
	{ "M61-window-huge",  SCCRQ_HEAD NAME TID "80080000000affff",      L2TP_MSG_OK },
	{ "M63-empty-name",   SCCRQ_HEAD TID "800600000007",               L2TP_MSG_BAD, 2, 3 },
	{ "M64-challenge-0",  SCCRQ_HEAD NAME TID "80060000000b",          L2TP_MSG_BAD, 2, 2 },
	{ "M65-response-15",  "8008000000000003 80150000000d 000102030405060708090a0b0c0d0e", L2TP_MSG_OK },
	{ "M68-no-framing",   "8008000000000001 8008000000020100 " NAME TID, L2TP_MSG_BAD, 2, 3 },
	{ "M69-tie-7",        SCCRQ_HEAD NAME TID "000d00000005 00010203040506", L2TP_MSG_OK },
	{ "tie-8",            SCCRQ_HEAD NAME TID "000e00000005 0001020304050607", L2TP_MSG_OK },
	{ "ids-differ",       SCCRQ_HEAD NAME TID "8008000000090002",      L2TP_MSG_BAD, 2, 3 },
	{ "ids-repeated",     SCCRQ_HEAD NAME TID TID,                     L2TP_MSG_OK },
	{ "M70-no-error",     CDN,                                         L2TP_MSG_OK },
	{ "M70-three",        "800800000000000e 800900000001000201 80080000000e0009", L2TP_MSG_OK },
	{ "result-one",       "800800000000000e 80070000000102 80080000000e0009", L2TP_MSG_BAD, 2, 2 },
	{ "known-ignored",    "800800000000000a 80080000000e0009 800a0000000f00000001 800a00000028 00000001 "
	                      "000a00000029 00000002 000800000030 0003 00080000002f 0004 000700000032 05",
	                                                               L2TP_MSG_OK },
	{ "M85-proxy-id-7",   "800800000000000c 800a0000001800010000 800a0000001300000001 00070000002005", L2TP_MSG_OK },
	{ "ppp-cause",        CDN "000b0000002e 0010 c023 02",             L2TP_MSG_OK },
	{ "ppp-cause-text",   CDN "000e0000002e 0010 c023 02 616263",      L2TP_MSG_OK },
	{ "ppp-cause-short",  CDN "000a0000002e 0010 c023",                L2TP_MSG_OK },
	{ "hidden-no-vector", SCCRQ_HEAD NAME "c01c00000009 00010203040506070809 000102030405060708090a0b", L2TP_MSG_BAD, 2, 6 },
	{ "M72-q931-short",   CDN "80080000000c0010",                      L2TP_MSG_OK },
	{ "M79-unknown-m",    "8008000000000063",                          L2TP_MSG_BAD, 2, 8 },
	{ "M79-unknown",      "0008000000000063",                          L2TP_MSG_IGNORE },
	{ "reserved-type",    "8008000000000005",                          L2TP_MSG_BAD, 2, 8 },
	{ "M82-wen-short",    "800800000000000f 800a00000022 00000001",    L2TP_MSG_BAD, 2, 2 },
	{ "M33-zero",         "8008000000000006 8000 0000 0007",           L2TP_MSG_BAD, 2, 2 },
	{ "M36-beyond",       "8008000000000006 8010 0000 0007 01",        L2TP_MSG_BAD, 2, 2 },
	{ "M37-left-over",    "8008000000000006 0000",                     L2TP_MSG_BAD, 2, 2 },
	/* clang-format on */
};

static void decode(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	g_autoptr(GBytes) bytes = hex(decodes[i].hex);
	struct l2tp_msg m;
	struct l2tp_fault f;
	gsize n;
	const uint8_t *p = g_bytes_get_data(bytes, &n);

	g_assert_cmpint(l2tp_msg_decode(rd_init(p, n), &m, &f), ==, decodes[i].verdict);
	g_assert_cmpuint(f.result, ==, decodes[i].result);
	g_assert_cmpuint(f.error, ==, decodes[i].error);
	if (f.result)
		g_assert_cmpuint(strlen(f.text), >, 0);
}

/* M48: the 65th AVP is too many. */
static void many_avps(void)
{
	for (unsigned n = 64; n <= 65; n++) {
		uint8_t buf[1024];
		struct wr w = wr_init(buf, sizeof(buf));
		struct l2tp_msg m;
		struct l2tp_fault f;

		l2tp_msg_encode(&(struct l2tp_msg){ .type = L2TP_HELLO }, &w);
		for (unsigned i = 1; i < n; i++)
			l2tp_avp_close(&w, l2tp_avp_open(&w, 99), 0);
		g_assert_cmpint(l2tp_msg_decode(rd_init(buf, w.len), &m, &f), ==,
			n == 64 ? L2TP_MSG_OK : L2TP_MSG_BAD);
	}
}

static void golden(gconstpointer name)
{
	struct pcap_file *file = pcap_golden(name);
	g_autoptr(GArray) d = golden_l2tp(file);
	unsigned messages = 0, refused = 0;

	for (unsigned i = 0; i < d->len; i++) {
		const struct golden_dgram *g =
			&g_array_index(d, struct golden_dgram, i);
		struct rd r = rd_init(g->bytes, g->len);
		struct l2tp_hdr h;
		struct l2tp_msg m;
		struct l2tp_fault f;

		g_assert_true(l2tp_hdr_parse(&r, &h));
		if (!l2tp_is_control(&h) || !rd_left(&r))
			continue;
		messages++;
		if (l2tp_msg_decode(r, &m, &f) == L2TP_MSG_OK)
			continue;
		refused++; /* only for AVPs that are hidden */
		g_assert_true(g_str_has_prefix(name, "hidden"));
		g_assert_cmpuint(f.error, ==, 6);
		g_assert_nonnull(l2tp_msg_info(m.type));
	}
	g_assert_cmpuint(messages, >=, 6);
	if (g_str_has_prefix(name, "hidden"))
		g_assert_cmpuint(refused, >=, 2);
	pcap_file_free(file);
}

/* ---- hiding ---- */

/* A hidden AVP of a capture: recovered with the secret, and hidden again to the same octets. */
static void check_hidden(const struct l2tp_avp *avp, const struct l2tp_span *rv)
{
	const char *secret = "tunsecret";
	size_t len = rd_left(&avp->value);
	g_autofree uint8_t *p = g_memdup2(avp->value.p, len);
	const struct l2tp_attr_info *a = l2tp_attr_info(avp->type);
	struct rd plain;
	uint16_t length;

	g_assert_nonnull(a);
	g_assert_true(a->rules & ATTR_HIDEABLE);
	l2tp_unhide(avp->type, secret, rv->p, rv->len, p, len);
	plain = rd_init(p, len);
	length = rd_u16(&plain);
	g_assert_cmpuint(length, <=, len - 2);
	g_assert_cmpuint(length, >=, a->min);
	g_assert_cmpuint(length, <=, a->max);
	l2tp_hide(avp->type, secret, rv->p, rv->len, p, len);
	g_assert_cmpint(memcmp(p, avp->value.p, len), ==, 0);
}

static unsigned check_hidden_avps(struct rd r)
{
	struct l2tp_span rv = { NULL, 0 };
	struct l2tp_avp avp;
	unsigned n = 0;

	while (l2tp_avp_next(&r, &avp)) {
		if (avp.type == L2TP_ATTR_RANDOM_VECTOR)
			rv = (struct l2tp_span){ avp.value.p, rd_left(&avp.value) };
		if (!avp.hidden)
			continue;
		g_assert_nonnull(rv.p);
		check_hidden(&avp, &rv);
		n++;
	}
	return n;
}

/* With the secret of the capture every message is good, with another no hidden one is. */
static void golden_secret(gconstpointer name)
{
	struct pcap_file *file = pcap_golden(name);
	g_autoptr(GArray) d = golden_l2tp(file);
	unsigned hidden = 0, wrong = 0;

	for (unsigned i = 0; i < d->len; i++) {
		const struct golden_dgram *g =
			&g_array_index(d, struct golden_dgram, i);
		struct rd r = rd_init(g->bytes, g->len);
		struct l2tp_unhide u = { .secret = "tunsecret" };
		struct l2tp_hdr h;
		struct l2tp_msg m;
		struct l2tp_fault f;
		unsigned n;

		g_assert_true(l2tp_hdr_parse(&r, &h));
		if (!l2tp_is_control(&h) || !rd_left(&r))
			continue;
		n = check_hidden_avps(r);
		g_assert_cmpint(
			l2tp_msg_decode_hidden(r, &u, &m, &f), ==, L2TP_MSG_OK);
		u = (struct l2tp_unhide){ .secret = "another" };
		if (n && l2tp_msg_decode_hidden(r, &u, &m, &f) != L2TP_MSG_OK)
			wrong++;
		hidden += n;
	}
	g_assert_cmpuint(hidden, >=, 3);
	g_assert_cmpuint(wrong, >=, 2);
	pcap_file_free(file);
}

/* What the capture's caller hid in its first ICRQ: its session id and two numbers. */
static void golden_hidden_values(void)
{
	struct pcap_file *file = pcap_golden("hidden-avps-xl2tpd-lns.pcap");
	g_autoptr(GArray) d = golden_l2tp(file);
	const struct golden_dgram *g = &g_array_index(d, struct golden_dgram, 3);
	struct rd r = rd_init(g->bytes, g->len);
	struct l2tp_unhide u = { .later = true };
	g_autofree char *called = NULL;
	struct l2tp_hdr h;
	struct l2tp_msg m;
	struct l2tp_fault f;

	g_assert_true(l2tp_hdr_parse(&r, &h));
	/* Before the secret is known: what is hidden is noted, and is no fault. */
	g_assert_cmpint(l2tp_msg_decode_hidden(r, &u, &m, &f), ==, L2TP_MSG_OK);
	g_assert_cmpuint(m.type, ==, L2TP_ICRQ);
	g_assert_cmpuint(m.unread, ==,
		l2tp_bit(L2TP_ATTR_ASSIGNED_SESSION) | l2tp_bit(L2TP_ATTR_CALLED) |
			l2tp_bit(L2TP_ATTR_CALLING));
	u = (struct l2tp_unhide){ .secret = "tunsecret" };
	g_assert_cmpint(l2tp_msg_decode_hidden(r, &u, &m, &f), ==, L2TP_MSG_OK);
	g_assert_cmpuint(m.unread, ==, 0);
	g_assert_cmpuint(m.assigned_session, ==, 1);
	called = g_strndup((const char *)m.called.p, m.called.len);
	g_assert_cmpstr(called, ==, "lns");
	pcap_file_free(file);
}

/* A long value of several blocks, known from an independent computation. */
static void hide_known(void)
{
	uint8_t p[37];
	const uint8_t rv[4] = { 1, 2, 3, 4 };

	for (unsigned i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)i;
	l2tp_hide(33, "geheim", rv, sizeof(rv), p, sizeof(p));
	assert_hex(p, sizeof(p), 
		"29f29c00e52029b62f825d87162bf02fcceb5eccceca"
		"455ff616d1fa5156d012e0150f0243");
	l2tp_unhide(33, "geheim", rv, sizeof(rv), p, sizeof(p));
	for (unsigned i = 0; i < sizeof(p); i++)
		g_assert_cmpuint(p[i], ==, i);
}

/* ---- access lines (RFC 5515) ---- */

static void access_line(void)
{
	static const uint8_t id[] = "dslam eth 0/1:100";
	struct l2tp_msg m = {
		.type = L2TP_ICRQ,
		.have = l2tp_bit(L2TP_ATTR_ASSIGNED_SESSION) |
			l2tp_bit(L2TP_ATTR_CALL_SERIAL),
		.assigned_session = 1,
		.line = { .have = (1u << L2TP_LINE_N) - 1,
			.circuit_id = { id, 17 },
			.remote_id = { id, 5 } },
	};
	uint8_t buf[1024];
	struct wr w = wr_init(buf, sizeof(buf));
	struct l2tp_msg back;
	struct l2tp_fault f;

	for (enum l2tp_line_attr a = L2TP_LINE_ACTUAL_UP; a < L2TP_LINE_N; a++)
		m.line.number[a] = a <= L2TP_LINE_LOW_POWER_DOWN ? UINT64_C(10000000000) + a
								 : 1000u + a;
	l2tp_msg_encode(&m, &w);
	g_assert_cmpint(
		l2tp_msg_decode(rd_init(buf, w.len), &back, &f), ==, L2TP_MSG_OK);
	g_assert_cmpuint(back.line.have, ==, m.line.have);
	assert_same_span(&back.line.circuit_id, &m.line.circuit_id);
	assert_same_span(&back.line.remote_id, &m.line.remote_id);
	g_assert_cmpint(
		memcmp(back.line.number, m.line.number, sizeof(m.line.number)), ==, 0);
	for (enum l2tp_line_attr a = 0; a < L2TP_LINE_N; a++)
		g_assert_cmpstr(l2tp_line_name(a, NULL), !=, "?");
}

static const struct {
	const char *name, *avp;
	enum l2tp_verdict verdict;
	uint32_t have;
} lines[] = {
	/* clang-format off */
	{ "circuit",      "00090de90001 616263",        L2TP_MSG_OK, 1u << L2TP_LINE_CIRCUIT_ID },
	{ "remote",       "00090de90002 616263",        L2TP_MSG_OK, 1u << L2TP_LINE_REMOTE_ID },
	{ "rate",         "000a0de90081 000f4240",      L2TP_MSG_OK, 1u << L2TP_LINE_ACTUAL_UP },
	{ "rate-8",       "000e0de90081 00000002540be400", L2TP_MSG_OK, 1u << L2TP_LINE_ACTUAL_UP },
	{ "delay",        "000a0de9008b 00000010",      L2TP_MSG_OK, 1u << L2TP_LINE_MAX_DELAY_UP },
	{ "delay-8",      "000e0de9008b 0000000000000010", L2TP_MSG_OK, 0 },
	{ "iwf-4",        "000a0de900fe 00000001",      L2TP_MSG_OK, 1u << L2TP_LINE_IWF },
	{ "iwf-5",        "000b0de900fe 0000000001",    L2TP_MSG_OK, 0 },
	{ "encap",        "00090de90090 010203",        L2TP_MSG_OK, 1u << L2TP_LINE_ENCAPSULATION },
	{ "iwf",          "00060de900fe",               L2TP_MSG_OK, 1u << L2TP_LINE_IWF },
	{ "empty-id",     "00060de90001",               L2TP_MSG_OK, 0 },
	{ "short-rate",   "00090de90081 000f42",        L2TP_MSG_OK, 0 },
	{ "unknown",      "00090de90063 000f42",        L2TP_MSG_OK, 0 },
	{ "unknown-m",    "80090de90063 000f42",        L2TP_MSG_BAD, 0 },
	{ "short-rate-m", "80090de90081 000f42",        L2TP_MSG_BAD, 0 },
	{ "hidden",       "400a0de90081 000f4240",      L2TP_MSG_OK, 0 },
	/* clang-format on */
};

static void line_avp(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	g_autofree char *digits = g_strconcat(
		"800800000000000a 80080000000e0009 800a0000000f00000001", lines[i].avp,
		NULL);
	g_autoptr(GBytes) bytes = hex(digits);
	struct l2tp_msg m;
	struct l2tp_fault f;
	gsize n;
	const uint8_t *p = g_bytes_get_data(bytes, &n);

	g_assert_cmpint(
		l2tp_msg_decode(rd_init(p, n), &m, &f), ==, lines[i].verdict);
	g_assert_cmpuint(m.line.have, ==, lines[i].have);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/l2tp/message/round-trip", round_trip);
	g_test_add_func("/l2tp/message/known-bytes", known_bytes);
	for (unsigned i = 0; i < G_N_ELEMENTS(decodes); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/message/decode/%s", decodes[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), decode);
	}
	g_test_add_func("/l2tp/message/M48-many-avps", many_avps);
	g_test_add_func("/l2tp/message/hide-known", hide_known);
	g_test_add_func("/l2tp/message/hidden-values", golden_hidden_values);
	g_test_add_data_func("/l2tp/message/secret/hidden",
		"hidden-avps-xl2tpd-lns.pcap", golden_secret);
	g_test_add_data_func("/l2tp/message/secret/proxy",
		"hidden-stopccn-proxy-seq-l2tpns.pcap", golden_secret);
	g_test_add_func("/l2tp/message/access-line", access_line);
	for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/message/line/%s", lines[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), line_avp);
	}
	g_test_add_data_func("/l2tp/message/golden/xl2tpd-lac",
		"xl2tpd-lac-l2tpns-lns.pcap", golden);
	g_test_add_data_func("/l2tp/message/golden/l2tpns-lac",
		"l2tpns-lac-l2tpns-lns.pcap", golden);
	g_test_add_data_func(
		"/l2tp/message/golden/hidden", "hidden-avps-xl2tpd-lns.pcap", golden);
	g_test_add_data_func("/l2tp/message/golden/proxy",
		"hidden-stopccn-proxy-seq-l2tpns.pcap", golden);
	return g_test_run();
}
