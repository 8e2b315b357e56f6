/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/record.h"

#include <string.h>

#include "base/time.h"
#include "tests/lib/hex.h"

struct sample {
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	bool flag;
	uint32_t ip;
	base_time at;
	char *name;
	char *secret;
	GBytes *blob;
	uint16_t added; /* by version 2 */
};

/* clang-format off */
#define F(id, since, kind, flags, m) { id, since, kind, flags, offsetof(struct sample, m), #m }
static const struct rec_field fields[] = {
	F(1, 1, REC_U8, 0, u8),
	F(2, 1, REC_U16, 0, u16),
	F(3, 1, REC_U32, 0, u32),
	F(4, 1, REC_U64, 0, u64),
	F(5, 1, REC_BOOL, 0, flag),
	F(6, 1, REC_IPV4, 0, ip),
	F(7, 1, REC_TIME, 0, at),
	F(8, 1, REC_STR, 0, name),
	F(9, 1, REC_STR, REC_SECRET, secret),
	F(10, 1, REC_BYTES, 0, blob),
	F(12, 2, REC_U16, 0, added),
};
#undef F
/* clang-format on */

static const struct rec_table table = { "sample", sizeof(struct sample), fields,
	G_N_ELEMENTS(fields) };

#define FULL                                                                           \
	"010001 07"                                                                    \
	"020002 1234"                                                                  \
	"030004 01020304"                                                              \
	"040008 8182838485868788"                                                      \
	"050001 01"                                                                    \
	"060004 0a630002"                                                              \
	"070008 000000003b9aca00"                                                      \
	"080004 6c6e7331"                                                              \
	"090009 74756e736563726574"                                                    \
	"0a0003 800800"

static void fill(struct sample *s)
{
	*s = (struct sample){
		.u8 = 7,
		.u16 = 0x1234,
		.u32 = 0x01020304,
		.u64 = 0x8182838485868788,
		.flag = true,
		.ip = 0x0a630002,
		.at = { 1000000000 },
		.name = g_strdup("lns1"),
		.secret = g_strdup("tunsecret"),
		.blob = hex("800800"),
		.added = 99,
	};
}

static bool decode(const char *digits, struct sample *s)
{
	g_autoptr(GBytes) bytes = hex(digits);
	size_t n;
	const void *p = g_bytes_get_data(bytes, &n);
	struct rd r = rd_init(p, n);

	return rec_decode(&table, &r, s);
}

static void assert_all_zero(const struct sample *s)
{
	const uint8_t *p = (const uint8_t *)s;

	for (size_t i = 0; i < sizeof(*s); i++)
		g_assert_cmpuint(p[i], ==, 0);
}

/* Known bytes, so that the two halves cannot be wrong together. */
static void test_known_bytes(void)
{
	g_autoptr(GBytes) want = hex(FULL);
	g_autofree char *want_hex =
		to_hex(g_bytes_get_data(want, NULL), g_bytes_get_size(want));
	uint8_t buf[200];
	struct wr w = wr_init(buf, sizeof(buf));
	struct sample s, got;

	fill(&s);
	rec_encode(&table, 1, &s, &w);
	g_assert_false(w.bad);
	assert_hex(buf, w.len, want_hex);

	g_assert_true(decode(FULL, &got));
	g_assert_false(rec_equal(&table, &s, &got)); /* version 1 lost `added` */
	got.added = 99;
	g_assert_true(rec_equal(&table, &s, &got));
	g_assert_cmpuint(got.u64, ==, 0x8182838485868788);
	g_assert_cmpstr(got.secret, ==, "tunsecret");
	rec_clear(&table, &got);
	assert_all_zero(&got);
	rec_clear(&table, &s);
}

/* One record of each kind alone, at the edges of the kind. */
static const struct sample alone[] = {
	{ 0 },
	{ .u8 = UINT8_MAX },
	{ .u16 = UINT16_MAX },
	{ .u32 = UINT32_MAX },
	{ .u64 = UINT64_MAX },
	{ .flag = true },
	{ .ip = UINT32_MAX },
	{ .at = { INT64_MAX } },
	{ .at = { -1 } },
	{ .name = (char[]){ "" } },
	{ .name = (char[]){ "\xc3\xa9\x1b" } },
	{ .added = 1 },
};

static void test_round_trips(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(alone); i++) {
		uint8_t buf[64];
		struct wr w = wr_init(buf, sizeof(buf));
		struct sample got;

		rec_encode(&table, 2, &alone[i], &w);

		struct rd r = rd_init(buf, w.len);

		g_assert_true(rec_decode(&table, &r, &got));
		g_assert_true(rec_equal(&table, &alone[i], &got));
		for (size_t k = 0; k < G_N_ELEMENTS(alone); k++)
			g_assert_cmpint(rec_equal(&table, &alone[k], &got), ==, k == i);
		rec_clear(&table, &got);
	}
}

static void test_nothing_and_empty_differ(void)
{
	struct sample a, b;

	g_assert_true(decode("", &a));
	assert_all_zero(&a);
	g_assert_true(decode("080000 0a0000", &b));
	g_assert_cmpstr(b.name, ==, "");
	g_assert_nonnull(b.blob);
	g_assert_cmpuint(g_bytes_get_size(b.blob), ==, 0);
	g_assert_false(rec_equal(&table, &a, &b));

	uint8_t buf[16];
	struct wr w = wr_init(buf, sizeof(buf));

	rec_encode(&table, 2, &b, &w);
	assert_hex(buf, w.len, "0800000a0000");
	rec_clear(&table, &b);
}

static const struct {
	const char *name, *hex;
	bool ok;
} inputs[] = {
	/* clang-format off */
	{ "empty",             "",                        true },
	{ "unknown-id",        "c80003aabbcc 010001 07",  true },
	{ "unknown-empty",     "c80000 010001 07",        true },
	{ "id-zero",           "000001ff 010001 07",      true },
	{ "other-order",       "020002 0001 010001 07",   true },
	{ "number-twice",      "010001 09 010001 07",     true },
	{ "string-twice",      "08000161 08000162 01000107", true },
	{ "bytes-twice",       "0a000161 0a000162 01000107", true },
	{ "only-id",           "01",                      false },
	{ "half-length",       "0100",                    false },
	{ "past-end",          "010002 07",               false },
	{ "u8-empty",          "010000",                  false },
	{ "u8-long",           "010002 0007",             false },
	{ "u16-short",         "020001 07",               false },
	{ "u16-long",          "020004 00000007",         false },
	{ "u32-short",         "030003 000007",           false },
	{ "u64-short",         "040004 00000007",         false },
	{ "bool-long",         "050002 0001",             false },
	{ "ipv4-long",         "060005 0a00000101",       false },
	{ "time-short",        "070004 00000007",         false },
	{ "nul-in-string",     "080003 610062",           false },
	{ "good-then-bad",     "08000161 0a000162 010000", false },
	{ "string-past-end",   "08000161 08ffff62",       false },
	/* clang-format on */
};

static void test_input(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct sample s;

	memset(&s, 0xee, sizeof(s)); /* rec_decode() owes us a clean one */
	g_assert_cmpint(decode(inputs[i].hex, &s), ==, inputs[i].ok);
	if (!inputs[i].ok) {
		assert_all_zero(&s);
		return;
	}
	if (strstr(inputs[i].hex, "07"))
		g_assert_cmpuint(s.u8, ==, 7);
	if (strstr(inputs[i].name, "twice") && s.name)
		g_assert_cmpstr(s.name, ==, "b");
	rec_clear(&table, &s);
}

/* Each prefix either ends between two fields, and then it is a record, or is refused. */
static void test_truncation(void)
{
	g_autoptr(GBytes) bytes = hex(FULL);
	size_t n;
	const uint8_t *p = g_bytes_get_data(bytes, &n);
	unsigned whole = 0;

	for (size_t cut = 0; cut <= n; cut++) {
		g_autofree uint8_t *exact = g_memdup2(p, cut);
		struct rd r = rd_init(exact, cut);
		struct sample s;

		if (rec_decode(&table, &r, &s)) {
			whole++;
			g_assert_cmpuint(s.u8, ==, cut ? 7 : 0);
		}
		rec_clear(&table, &s);
	}
	g_assert_cmpuint(whole, ==, 11); /* before, between and after ten fields */
}

static void test_encode_without_room(void)
{
	uint8_t buf[128];
	struct sample s;
	size_t need = 0;

	fill(&s);
	for (size_t cap = 0; cap <= sizeof(buf); cap++) {
		struct wr w = wr_init(buf, cap);

		rec_encode(&table, 2, &s, &w);
		if (!w.bad && !need)
			need = cap;
		g_assert_cmpint(w.bad, ==, need == 0);
	}
	g_assert_cmpuint(need, ==, 10 * 3 + 1 + 2 + 4 + 8 + 1 + 4 + 8 + 4 + 9 + 3 + 5);
	rec_clear(&table, &s);
}

static void test_too_long(void)
{
	g_autofree uint8_t *buf = g_malloc(70000);
	g_autofree char *text = g_strnfill(65536, 'x');
	struct wr w = wr_init(buf, 70000);
	struct sample s = { .name = text };

	rec_encode(&table, 1, &s, &w);
	g_assert_true(w.bad);
	text[65535] = '\0';
	w = wr_init(buf, 70000);
	rec_encode(&table, 1, &s, &w);
	g_assert_false(w.bad);
	g_assert_cmpuint(w.len, ==, 65538);
}

static void test_dump(void)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct sample s;

	fill(&s);
	rec_dump(&table, &s, out);
	g_assert_cmpstr(out->str, ==,
		"u8=7 u16=4660 u32=16909060 u64=9332165983064197000 flag=yes "
		"ip=10.99.0.2 "
		"at=1.000000s name=\"lns1\" secret=<hidden> blob=800800 added=99");
	rec_clear(&table, &s);

	s = (struct sample){ .name = g_strdup("a\x1b[2J"), .at = BASE_TIME_NEVER };
	g_string_truncate(out, 0);
	rec_dump(&table, &s, out);
	g_assert_cmpstr(out->str, ==, "at=never name=\"a\\x1b[2J\"");
	rec_clear(&table, &s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/record/known-bytes", test_known_bytes);
	g_test_add_func("/base/record/round-trips", test_round_trips);
	g_test_add_func(
		"/base/record/nothing-and-empty", test_nothing_and_empty_differ);
	for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++) {
		g_autofree char *path =
			g_strconcat("/base/record/input/", inputs[i].name, NULL);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_input);
	}
	g_test_add_func("/base/record/truncation", test_truncation);
	g_test_add_func("/base/record/encode-without-room", test_encode_without_room);
	g_test_add_func("/base/record/too-long", test_too_long);
	g_test_add_func("/base/record/dump", test_dump);
	return g_test_run();
}
