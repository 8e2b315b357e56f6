/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Record codec: whatever decodes must encode, and decode again to the same.
 */
#include "base/record.h"

#include "base/time.h"

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
	F(9, 2, REC_STR, REC_SECRET, secret),
	F(10, 2, REC_BYTES, 0, blob),
};
#undef F
/* clang-format on */

static const struct rec_table table = { "sample", sizeof(struct sample), fields,
	G_N_ELEMENTS(fields) };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct sample *first, size_t size)
{
	g_autofree uint8_t *buf = g_malloc(size + 1);
	struct wr w = wr_init(buf, size + 1);
	struct sample again;

	/* Never longer than what was read: no field is written twice. */
	rec_encode(&table, 2, first, &w);
	g_assert_false(w.bad);

	struct rd r = rd_init(buf, w.len);

	g_assert_true(rec_decode(&table, &r, &again));
	g_assert_true(rec_equal(&table, first, &again));
	rec_clear(&table, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct rd r = rd_init(data, size);
	struct sample rec;

	if (rec_decode(&table, &r, &rec)) {
		check_round_trip(&rec, size);
		rec_dump(&table, &rec, text);
		rec_clear(&table, &rec);
	}

	static const struct sample nothing;

	g_assert_true(rec_equal(&table, &rec, &nothing));
	return 0;
}
