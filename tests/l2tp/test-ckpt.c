/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checkpoint records: applying them is idempotent, nonsense changes nothing, secrets are masked.
 */
#include "tests/l2tp/world.h"
#include "tests/lib/hex.h"

static struct l2tp_engine *standby(void)
{
	struct l2tp_engine_config cfg = {
		.seed = 5, .passive = true, .max_tunnels = 2, .max_sessions = 2
	};

	return l2tp_engine_new(&cfg, BASE_TIME_ZERO);
}

static bool apply_hex(
	struct l2tp_engine *e, uint8_t type, uint64_t key, const char *digits)
{
	g_autoptr(GBytes) b = hex(digits);
	gsize n;
	const uint8_t *p = g_bytes_get_data(b, &n);
	struct ckpt_record r = { CKPT_L2TP, type, CKPT_UPSERT, key, p, n };

	return l2tp_engine_apply(e, &r, BASE_TIME_ZERO);
}

static bool del(struct l2tp_engine *e, uint8_t type, uint64_t key)
{
	struct ckpt_record r = { CKPT_L2TP, type, CKPT_DELETE, key, NULL, 0 };

	return l2tp_engine_apply(e, &r, BASE_TIME_ZERO);
}

/* local id 2, remote id 9, established, 10.0.0.1:1701 to 10.0.0.2:1701, window 4 */
#define PATH "06 0004 0a000001 07 0004 0a000002 08 0002 06a5 09 0002 06a5 0c 0002 0004"
#define CC2  "01 0002 0002 02 0002 0009 03 0001 03 " PATH
#define MSG  "02 000e c802000e00090000 0005 0000 0000"

static const struct {
	const char *name;
	uint8_t type;
	uint64_t key;
	const char *bytes;
} nonsense[] = {
	/* clang-format off */
	{ "cc-empty",        L2TP_REC_CC, 4, "" },
	{ "cc-torn",         L2TP_REC_CC, 4, "01 0002 00" },
	{ "cc-other-key",    L2TP_REC_CC, 4, CC2 },
	{ "cc-key-wide",     L2TP_REC_CC, 0x10002, CC2 },
	{ "cc-no-remote",    L2TP_REC_CC, 4, "01 0002 0004 03 0001 03 " PATH },
	{ "cc-half-open",    L2TP_REC_CC, 4, "01 0002 0004 02 0002 0009 03 0001 02 " PATH },
	{ "cc-no-window",    L2TP_REC_CC, 4, "01 0002 0004 02 0002 0009 03 0001 03 07 0004 0a000002" },
	{ "cc-closing-7",    L2TP_REC_CC, 4, "01 0002 0004 02 0002 0009 03 0001 04 04 0001 07 " PATH },
	{ "seq-unknown",     L2TP_REC_SEQ, 4, "01 0002 0001" },
	{ "seq-no-messages", L2TP_REC_SEQ, 2, "01 0002 0009 02 0002 0003" },
	{ "seq-backwards",   L2TP_REC_SEQ, 2, "01 0002 0001 02 0002 0003" },
	{ "seq-resync-9",    L2TP_REC_SEQ, 2, "04 0001 09" },
	{ "msg-unknown",     L2TP_REC_MSG, 0x40005, MSG },
	{ "msg-no-bytes",    L2TP_REC_MSG, 0x20005, "" },
	{ "msg-short",       L2TP_REC_MSG, 0x20005, "02 0003 c80200" },
	{ "msg-flags",       L2TP_REC_MSG, 0x20005, "01 0001 80 " MSG },
	{ "session-unknown", L2TP_REC_SESSION, 0x40005, "01 0002 0007 02 0001 04" },
	{ "session-zero",    L2TP_REC_SESSION, 0x20000, "01 0002 0007 02 0001 04" },
	{ "session-idle",    L2TP_REC_SESSION, 0x20005, "01 0002 0007" },
	{ "session-state-9", L2TP_REC_SESSION, 0x20005, "01 0002 0007 02 0001 09" },
	{ "session-no-peer", L2TP_REC_SESSION, 0x20005, "02 0001 04" },
	{ "session-line",    L2TP_REC_SESSION, 0x20005, "01 0002 0007 02 0001 04 0e 0003 00060d" },
	{ "session-line-8",  L2TP_REC_SESSION, 0x20005, "01 0002 0007 02 0001 04 0e 000a 000a0de90081000003e8" },
	{ "session-proxy",   L2TP_REC_SESSION, 0x20005, "01 0002 0007 02 0001 04 0f 0008 800800000000000c" },
	{ "session-proxy-6", L2TP_REC_SESSION, 0x20005, "01 0002 0007 02 0001 04 0f 0008 8008000000000006" },
	{ "type",            99, 2, CC2 },
	/* clang-format on */
};

static void rejects(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	struct l2tp_engine *e = standby();
	struct l2tp_counts before, after;

	g_assert_true(apply_hex(e, L2TP_REC_CC, 2, CC2));
	l2tp_get_counts(e, &before);
	g_assert_false(
		apply_hex(e, nonsense[i].type, nonsense[i].key, nonsense[i].bytes));
	l2tp_get_counts(e, &after);
	g_assert_cmpint(memcmp(&before, &after, sizeof(before)), ==, 0);
	g_assert_cmpuint(slab_count(e->ccs), ==, 1);
	g_assert_cmpuint(slab_count(e->all_sessions), ==, 0);
	g_assert_cmpuint(cc_by_id(e, 2)->chan.queued, ==, 0);
	l2tp_engine_free(e);
}

static void accepts(void)
{
	struct l2tp_engine *e = standby();
	struct l2tp_counts c;

	for (int twice = 0; twice < 2; twice++) { /* idempotent */
		g_assert_true(apply_hex(e, L2TP_REC_CC, 2, CC2));
		g_assert_true(apply_hex(e, L2TP_REC_MSG, 0x20005, MSG));
		g_assert_true(
			apply_hex(e, L2TP_REC_SEQ, 2, "01 0002 0006 02 0002 0005"));
		g_assert_true(apply_hex(
			e, L2TP_REC_SESSION, 0x20005, "01 0002 0007 02 0001 04"));
	}
	l2tp_get_counts(e, &c);
	g_assert_cmpuint(c.tunnels, ==, 1);
	g_assert_cmpuint(c.tunnels_ha_est, ==, 1);
	g_assert_cmpuint(c.sessions, ==, 1);
	g_assert_cmpuint(cc_by_id(e, 2)->chan.queued, ==, 1);
	/* Other bytes for a number that is taken: never. */
	g_assert_false(apply_hex(
		e, L2TP_REC_MSG, 0x20005, "02 000e c802000e00090000 0005 0000 0001"));
	g_assert_true(del(e, L2TP_REC_SESSION, 0x20005));
	g_assert_true(del(e, L2TP_REC_SESSION, 0x20005)); /* M137 */
	g_assert_true(del(e, L2TP_REC_CC, 2));
	g_assert_true(del(e, L2TP_REC_CC, 2));
	g_assert_false(del(e, L2TP_REC_MSG, 2));
	l2tp_get_counts(e, &c);
	g_assert_cmpuint(c.tunnels + c.sessions + c.tunnels_ha_est, ==, 0);
	g_assert_cmpuint(index_count(e->cc_by_id) + index_count(e->cc_by_peer), ==, 0);
	g_assert_cmpuint(
		index_count(e->session_by_id) + index_count(e->session_by_peer), ==, 0);
	l2tp_engine_free(e);
}

/* A record of version 2 with all that a session may have; one of version 1 takes it away. */
static void versions(void)
{
	struct l2tp_engine *e = standby();
	struct l2tp_session_info s;
	struct l2tp_cc_info cc;
	struct l2tp_line line;
	struct l2tp_proxy proxy;

	g_assert_true(apply_hex(
		e, L2TP_REC_CC, 2, CC2 " 22 0002 001e 23 0001 01 24 0001 01"));
	g_assert_true(apply_hex(e, L2TP_REC_SESSION, 0x20005,
		"01 0002 0007 02 0001 04 0e 000e 000e0de9008100000000000003e8"
		"0f 0027 800800000000000c 800a00000013 00000000 800a00000018 00000000"
		"000b0000001e 616c696365 10 0001 01 11 0004 00000001 12 0004 00000002"
		"13 0001 01 17 0004 00000009"));
	g_assert_true(l2tp_cc_get(e, 2, &cc));
	g_assert_cmpuint(cc.params.call_setup_s, ==, 30);
	g_assert_true(cc.params.hide && cc.params.no_congestion_control);
	g_assert_true(l2tp_session_get(e, 2, 5, &s));
	g_assert_true(s.accm_known && s.errors_known && s.has_line && s.has_proxy);
	g_assert_cmpuint(s.accm[0] + s.accm[1], ==, 3);
	g_assert_cmpuint(s.errors.buffer_overrun, ==, 9);
	g_assert_true(l2tp_session_line(e, 2, 5, &line));
	g_assert_cmpuint(line.number[L2TP_LINE_ACTUAL_UP], ==, 1000);
	g_assert_true(l2tp_session_proxy(e, 2, 5, &proxy));
	g_assert_cmpuint(proxy.auth_name.len, ==, 5);
	g_assert_true(apply_hex(e, L2TP_REC_CC, 2, CC2));
	g_assert_true(apply_hex(
		e, L2TP_REC_SESSION, 0x20005, "01 0002 0007 02 0001 04"));
	g_assert_true(l2tp_session_get(e, 2, 5, &s));
	g_assert_false(s.accm_known || s.errors_known || s.has_line || s.has_proxy);
	g_assert_true(l2tp_cc_get(e, 2, &cc));
	g_assert_cmpuint(cc.params.call_setup_s, ==, 60);
	g_assert_false(cc.params.hide || cc.params.no_congestion_control);
	l2tp_engine_free(e);
}

/* F25: a standby whose limit is reached says so. */
static void limits(void)
{
	struct l2tp_engine *e = standby();

	g_assert_true(apply_hex(e, L2TP_REC_CC, 2, CC2));
	g_assert_true(apply_hex(
		e, L2TP_REC_CC, 4, "01 0002 0004 02 0002 0009 03 0001 03 " PATH));
	g_assert_false(apply_hex(
		e, L2TP_REC_CC, 6, "01 0002 0006 02 0002 0009 03 0001 03 " PATH));
	g_assert_true(
		apply_hex(e, L2TP_REC_SESSION, 0x20002, "01 0002 0007 02 0001 04"));
	g_assert_true(
		apply_hex(e, L2TP_REC_SESSION, 0x20004, "01 0002 0008 02 0001 04"));
	g_assert_false(
		apply_hex(e, L2TP_REC_SESSION, 0x20006, "01 0002 0009 02 0001 04"));
	l2tp_engine_reset(e, BASE_TIME_ZERO);
	g_assert_true(apply_hex(
		e, L2TP_REC_CC, 6, "01 0002 0006 02 0002 0009 03 0001 03 " PATH));
	l2tp_engine_free(e);
}

/* An active engine takes no records, a passive one nothing else. */
static void roles(void)
{
	struct l2tp_engine *e = standby();
	static const struct l2tp_path path = { 1, 2, 1701, 1701 };
	static const uint8_t zlb[] = { 0xc8, 2, 0, 12, 0, 2, 0, 0, 0, 0, 0, 0 };
	struct l2tp_cc_params params = { .rws = 8 };
	struct l2tp_effect fx;

	g_assert_true(apply_hex(e, L2TP_REC_CC, 2, CC2));
	g_assert_cmpuint(l2tp_cc_open(e, &path, &params, BASE_TIME_ZERO), ==, 0);
	l2tp_cc_close(e, 2, 1, 0, NULL, BASE_TIME_ZERO);
	l2tp_engine_input(e, &path, zlb, sizeof(zlb), BASE_TIME_ZERO);
	g_assert_cmpuint(l2tp_drops(e, L2TP_DROP_PASSIVE), ==, 1);
	g_assert_false(l2tp_engine_poll(e, &fx));
	g_assert_true(time_is_never(l2tp_engine_next_due(e)));
	l2tp_engine_activate(e, BASE_TIME_ZERO);
	g_assert_true(l2tp_engine_poll(e, &fx));
	g_assert_false(apply_hex(e, L2TP_REC_CC, 2, CC2));
	l2tp_engine_free(e);
}

static void secrets_masked(void)
{
	struct world *w = world_new(1);
	struct l2tp_cc *cc;
	uint8_t buf[2048];
	struct wr wr = wr_init(buf, sizeof(buf));
	const struct rec_table *t = l2tp_rec_table(L2TP_REC_CC);
	g_autofree void *rec = g_malloc0(t->size);
	g_autoptr(GString) text = g_string_new(NULL);
	struct rd r;

	g_strlcpy(w->side[LNS].params.secret, "tunsecret", L2TP_SECRET_MAX);
	world_up(w);
	cc = cc_by_id(w->side[LNS].e, w->side[LNS].cc);
	ckpt_cc(w->side[LNS].e, cc, &wr);
	r = rd_init(buf, wr.len);
	g_assert_true(rec_decode(t, &r, rec));
	rec_dump(t, rec, text);
	g_assert_nonnull(strstr(text->str, "peer_name"));
	g_assert_null(strstr(text->str, "tunsecret"));
	rec_clear(t, rec);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(nonsense); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/ckpt/rejects/%s", nonsense[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), rejects);
	}
	g_test_add_func("/l2tp/ckpt/accepts", accepts);
	g_test_add_func("/l2tp/ckpt/versions", versions);
	g_test_add_func("/l2tp/ckpt/F25-limits", limits);
	g_test_add_func("/l2tp/ckpt/roles", roles);
	g_test_add_func("/l2tp/ckpt/secrets-masked", secrets_masked);
	return g_test_run();
}
