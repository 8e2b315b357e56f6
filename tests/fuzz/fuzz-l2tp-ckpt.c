/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records into a standby, which then takes over.  Each record is {u8 type and operation,
 * u64 key, u16 length, bytes}.  Whatever was applied, the engine must be able to become
 * live, to run for a while, and to copy itself to a standby of its own.
 */
#include "l2tp/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drain(struct l2tp_engine *e)
{
	struct l2tp_effect fx;

	while (l2tp_engine_poll(e, &fx))
		;
}

static void apply_all(struct l2tp_engine *e, struct rd *r)
{
	for (unsigned i = 0; i < 256 && rd_left(r) > 0; i++) {
		uint8_t head = rd_u8(r);
		struct ckpt_record rec = { .client = CKPT_L2TP,
			.type = head & 0x3f,
			.op = head & 0x80 ? CKPT_DELETE : CKPT_UPSERT,
			.key = rd_u64(r) };
		uint16_t len = rd_u16(r);

		rec.len = MIN(len, rd_left(r));
		rec.bytes = rd_take(r, rec.len);
		(void)l2tp_engine_apply(e, &rec, BASE_TIME_ZERO);
	}
}

/* Every record of a live engine must be good for a standby. */
static void copy(struct l2tp_engine *from, struct l2tp_engine *to, base_time now)
{
	struct ckpt_record rec;

	l2tp_engine_set_standby(from, true, now);
	while (l2tp_engine_bulk_next(from, 16))
		;
	while (l2tp_engine_poll_record(from, &rec))
		g_assert_true(l2tp_engine_apply(to, &rec, now));
	l2tp_engine_txn_end(from, 1);
	l2tp_engine_committed(from, 1, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct l2tp_engine_config cfg = { .seed = 1, .passive = true };
	struct l2tp_engine *e = l2tp_engine_new(&cfg, BASE_TIME_ZERO);
	struct l2tp_engine *second = l2tp_engine_new(&cfg, BASE_TIME_ZERO);
	struct rd r = rd_init(data, size);
	base_time now = BASE_TIME_ZERO;

	apply_all(e, &r);
	l2tp_engine_activate(e, now);
	drain(e);
	copy(e, second, now);
	for (unsigned i = 0; i < 100; i++) {
		now = time_add(now, dur_s(1));
		while (l2tp_engine_tick(e, now, 64))
			drain(e);
		drain(e);
	}
	l2tp_engine_free(e);
	l2tp_engine_free(second);
	return 0;
}
