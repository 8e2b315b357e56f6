/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checkpoint records into a passive PPP engine: what is taken must be a link that can go on,
 * and whose own record is taken again and stays the same.
 */
#include "ppp/ppp.h"

enum { LINK = 1, REC_ROOM = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ppp_engine *apply(const uint8_t *bytes, size_t n)
{
	struct ppp_engine *e = ppp_engine_new(1, 1, true, BASE_TIME_ZERO);
	struct ckpt_record rec = { .client = CKPT_PPP, .type = PPP_REC_LINK,
		.op = CKPT_UPSERT, .key = LINK, .bytes = bytes, .len = n };

	if (ppp_engine_apply(e, &rec, BASE_TIME_ZERO)) {
		ppp_engine_activate(e, BASE_TIME_ZERO);
		return e;
	}
	g_assert_cmpuint(ppp_engine_links(e), ==, 0);
	ppp_engine_free(e);
	return NULL;
}

static size_t record_of(struct ppp_engine *e, uint8_t out[REC_ROOM])
{
	struct ckpt_record rec;

	ppp_link_set_replicated(e, LINK, true);
	g_assert_true(ppp_engine_poll_record(e, &rec));
	g_assert_cmpuint(rec.op, ==, CKPT_UPSERT);
	g_assert_cmpuint(rec.len, <=, REC_ROOM);
	memcpy(out, rec.bytes, rec.len);
	return rec.len;
}

/* Uses what has been restored. */
static void go_on(struct ppp_engine *e)
{
	static const uint8_t frames[][16] = {
		"\xc2\x23\x02\x01\x00\x06\x01" "aa",             /* a Response */
		"\xc0\x23\x01\x01\x00\x06\x00\x00",              /* a PAP request */
		"\xc0\x21\x09\x01\x00\x08\x11\x11\x11\x11",      /* an echo */
		"\xc0\x21\x01\x01\x00\x0a\x05\x06\x11\x11\x11\x11", /* LCP again */
	};
	base_time now = BASE_TIME_ZERO;
	struct ppp_effect fx;
	unsigned downs = 0;

	for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++)
		ppp_link_input(e, LINK, frames[i], 12, now);
	ppp_link_close(e, LINK, PPP_CAUSE_ADMIN, now);
	/* the record names the restart time (up to 65535 s) and the tries (up to 255) */
	for (unsigned i = 0; i < 256; i++) {
		now = time_add(now, dur_s(65536));
		(void)ppp_engine_tick(e, now, 1000);
	}
	while (ppp_engine_poll(e, &fx))
		downs += fx.kind == PPP_FX_DOWN;
	g_assert_cmpuint(downs, ==, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t first[REC_ROOM], second[REC_ROOM];
	struct ppp_engine *e = apply(data, size), *again;
	size_t n;

	if (!e)
		return 0;
	n = record_of(e, first);
	again = apply(first, n);
	g_assert_nonnull(again);
	g_assert_cmpuint(record_of(again, second), ==, n);
	g_assert_cmpint(memcmp(first, second, n), ==, 0);
	go_on(e);
	ppp_engine_free(again);
	ppp_engine_free(e);
	return 0;
}
