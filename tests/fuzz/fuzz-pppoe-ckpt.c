/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checkpoint records into a passive access concentrator; the first octet is the type.  What is
 * taken can be used, and its own record is taken again and stays the same.
 */
#include "ppp/pppoe_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pppoe_ac *apply(uint8_t type, const uint8_t *bytes, size_t n)
{
	struct pppoe_ac *ac = pppoe_ac_new(
		&(struct pppoe_ac_config){ .seed = 1, .passive = true }, BASE_TIME_ZERO);
	struct ckpt_record rec = { .client = CKPT_PPPOE, .type = type, .op = CKPT_UPSERT,
		.key = 1, .bytes = bytes, .len = n };

	if (pppoe_ac_apply(ac, &rec, BASE_TIME_ZERO)) {
		pppoe_ac_activate(ac, BASE_TIME_ZERO);
		return ac;
	}
	g_assert_cmpuint(pppoe_ac_sessions(ac), ==, 0);
	pppoe_ac_free(ac);
	return NULL;
}

/* Of the object that was applied; 0: there is none. */
static size_t record_of(struct pppoe_ac *ac, uint8_t type, uint8_t out[PPPOE_REC_MAX])
{
	struct ckpt_record rec;

	pppoe_ac_set_standby(ac, true);
	pppoe_session_set_replicated(ac, 1, true);
	while (pppoe_ac_poll_record(ac, &rec)) {
		if (rec.type != type)
			continue;
		g_assert_cmpuint(rec.len, <=, PPPOE_REC_MAX);
		memcpy(out, rec.bytes, rec.len);
		return rec.len;
	}
	return 0;
}

static void go_on(struct pppoe_ac *ac)
{
	struct pppoe_group group = { .ac_name = "ac" };
	struct pppoe_access access = { 1, 1, { 2, 0, 0, 0, 0, 1 } };
	struct pppoe_session_info info;
	struct pppoe_effect fx;
	uint8_t frame[1600];
	base_time now = { 700000000000 };

	static const uint8_t padi[] = "\xff\xff\xff\xff\xff\xff\x02\0\0\0\x01\x01\x88\x63"
				      "\x11\x09\0\0\0\x04\x01\x01\0\0";

	g_assert_true(pppoe_ac_set_group(ac, 1, &group));
	pppoe_ac_input(ac, &access, padi, sizeof(padi) - 1, now);
	if (pppoe_session_get(ac, 1, &info))
		g_assert_cmpuint(pppoe_session_frame(ac, 1, padi, 20, frame, sizeof(frame)),
			>, 20);
	pppoe_session_close(ac, 1, "x", now);
	while (pppoe_ac_poll(ac, &fx))
		g_assert_cmpuint(fx.kind, ==, PPPOE_FX_SEND);
	g_assert_cmpuint(pppoe_ac_sessions(ac), ==, 0);
	g_assert_cmpuint(index_count(ac->counts), ==, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t first[PPPOE_REC_MAX], second[PPPOE_REC_MAX];
	struct pppoe_ac *ac, *again;
	uint8_t type = size ? data[0] : 0;
	size_t n;

	ac = size ? apply(type, data + 1, size - 1) : NULL;
	if (!ac)
		return 0;
	n = record_of(ac, type, first);
	if (n) {
		again = apply(type, first, n);
		g_assert_nonnull(again);
		g_assert_cmpuint(record_of(again, type, second), ==, n);
		g_assert_cmpint(memcmp(first, second, n), ==, 0);
		pppoe_ac_free(again);
	}
	go_on(ac);
	pppoe_ac_free(ac);
	return 0;
}
