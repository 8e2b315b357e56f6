/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"

#include "tests/lib/hex.h"

static void test_reads(void)
{
	g_autoptr(GBytes) bytes = hex("01 0203 04050607 08090a0b0c0d0e0f aabb");
	size_t n;
	const void *data = g_bytes_get_data(bytes, &n);
	struct rd r = rd_init(data, n);
	uint8_t two[2];

	g_assert_cmphex(rd_u8(&r), ==, 0x01);
	g_assert_cmphex(rd_u16(&r), ==, 0x0203);
	g_assert_cmphex(rd_u32(&r), ==, 0x04050607);
	g_assert_cmphex(rd_u64(&r), ==, 0x08090a0b0c0d0e0f);
	rd_copy(&r, two, 2);
	assert_hex(two, 2, "aabb");
	g_assert_cmpuint(rd_left(&r), ==, 0);
	g_assert_false(r.bad);
}

/* Every width, from every number of octets that is too small: zero, bad, and it sticks. */
static void test_short(void)
{
	static const uint8_t ff[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	for (size_t n = 0; n < 8; n++) {
		struct rd r = rd_init(ff, n);

		g_assert_cmpuint(rd_u64(&r) & 0xffffffff, ==, 0);
		g_assert_true(r.bad);
		g_assert_cmpuint(rd_left(&r), ==, 0);
		g_assert_cmpuint(rd_u8(&r), ==, 0);
		g_assert_null(rd_take(&r, 0));

		r = rd_init(ff, n);
		if (n < 4)
			g_assert_cmpuint(rd_u32(&r), ==, 0);
		if (n < 2) {
			r = rd_init(ff, n);
			g_assert_cmpuint(rd_u16(&r), ==, 0);
			g_assert_true(r.bad);
		}
	}
}

static void test_huge_length(void)
{
	uint8_t byte = 7;
	struct rd r = rd_init(&byte, 1);
	struct rd sub = rd_sub(&r, SIZE_MAX);

	g_assert_true(sub.bad);
	g_assert_true(r.bad);
	g_assert_cmpuint(rd_left(&sub), ==, 0);
}

static void test_sub_cannot_outrun(void)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4 };
	struct rd r = rd_init(bytes, sizeof(bytes));
	struct rd sub = rd_sub(&r, 2);

	g_assert_cmphex(rd_u16(&sub), ==, 0x0102);
	g_assert_cmpuint(rd_u8(&sub), ==, 0);
	g_assert_true(sub.bad);
	g_assert_false(r.bad);
	g_assert_cmphex(rd_u16(&r), ==, 0x0304);
}

static void test_copy_of_too_few_is_zero(void)
{
	uint8_t from[2] = { 1, 2 };
	uint8_t to[3] = { 9, 9, 9 };
	struct rd r = rd_init(from, 2);

	rd_copy(&r, to, 3);
	assert_hex(to, 3, "000000");
	g_assert_true(r.bad);
}

static void test_writes(void)
{
	uint8_t buf[17];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u8(&w, 0x01);
	wr_u16(&w, 0);
	wr_u32(&w, 0x04050607);
	wr_u64(&w, 0x08090a0b0c0d0e0f);
	wr_bytes(&w, "\xaa\xbb", 2);
	wr_set_u16(&w, 1, 0x0203);
	g_assert_false(w.bad);
	assert_hex(buf, w.len, "0102030405060708090a0b0c0d0e0faabb");
	wr_u8(&w, 1);
	g_assert_true(w.bad);
	g_assert_cmpuint(w.len, ==, 17);
}

static void test_write_that_does_not_fit(void)
{
	uint8_t buf[4] = { 0 };
	struct wr w = wr_init(buf, 3);

	wr_u32(&w, 0xffffffff);
	g_assert_true(w.bad);
	g_assert_cmpuint(w.len, ==, 0);
	assert_hex(buf, 4, "00000000");
	wr_u8(&w, 1); /* would fit, but a writer that failed stays failed */
	g_assert_cmpuint(w.len, ==, 0);
	wr_set_u16(&w, 0, 1);
	assert_hex(buf, 4, "00000000");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/buf/reads", test_reads);
	g_test_add_func("/base/buf/short", test_short);
	g_test_add_func("/base/buf/huge-length", test_huge_length);
	g_test_add_func("/base/buf/sub-cannot-outrun", test_sub_cannot_outrun);
	g_test_add_func("/base/buf/copy-of-too-few", test_copy_of_too_few_is_zero);
	g_test_add_func("/base/buf/writes", test_writes);
	g_test_add_func("/base/buf/write-does-not-fit", test_write_that_does_not_fit);
	return g_test_run();
}
