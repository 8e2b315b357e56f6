/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages: every one encodes and decodes to itself, known bytes, what is refused and with which
 * code, and every message of the golden captures.
 */
#include "l2tp/message.h"

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
	case ATTR_EMPTY:
	case ATTR_U16:
	case ATTR_U32:
	case ATTR_U64:
	case ATTR_DIGEST:
		break;
	}
	g_assert_cmpint(memcmp(x, y, n), ==, 0);
}

static void round_trip(void)
{
	unsigned n = 0;

	for (uint16_t type = 0; type < 32; type++) {
		const struct l2tp_msg_info *info = l2tp_msg_info(type);
		uint8_t buf[1024];
		struct wr w = wr_init(buf, sizeof(buf));
		struct l2tp_msg m, back;
		struct l2tp_fault f;

		if (!info)
			continue;
		n++;
		m = full(info);
		l2tp_msg_encode(&m, &w);
		g_assert_false(w.bad);
		g_assert_cmpint(l2tp_msg_decode(rd_init(buf, w.len), &back, &f), ==,
			L2TP_MSG_OK);
		g_assert_cmpuint(back.have, ==, m.have);
		for (uint16_t a = 0; a < L2TP_N_ATTRS; a++)
			if (l2tp_has(&m, a))
				assert_same_field(&m, &back, a);
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
