/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records of all clients into a passive LNS, as a stream of {client, type, operation,
 * key of eight octets, length of two octets, bytes}; then it takes over and runs for a
 * while.
 */
#include "base/buf.h"
#include "tests/vpdn/lab.h"

enum {
	RECORDS_MAX = 300,
	RUN_S = 120,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_counts(const struct vpdn *v)
{
	struct vpdn_session_info s;
	struct vpdn_counts c;
	uint32_t cursor = 0;
	unsigned sessions = 0, open = 0, est = 0;

	while (vpdn_next_session(v, &cursor, &s)) {
		sessions++;
		open += s.open;
		est += s.ha_established;
	}
	vpdn_get_counts(v, &c);
	g_assert_cmpuint(c.sessions, ==, sessions);
	g_assert_cmpuint(c.sessions_open, ==, open);
	g_assert_cmpuint(c.sessions_ha_est, ==, est);
}

static void drain(struct vpdn *v)
{
	struct vpdn_effect fx;

	while (vpdn_poll(v, &fx))
		;
}

static bool next_record(struct rd *r, struct ckpt_record *rec)
{
	rec->client = rd_u8(r);
	rec->type = rd_u8(r);
	rec->op = rd_u8(r);
	rec->key = rd_u64(r);
	rec->len = rd_u16(r);
	rec->len = MIN(rec->len, rd_left(r));
	rec->bytes = rd_take(r, rec->len);
	return !r->bad;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vpdn_params p = { .seed = 3,
		.id_parity = 1,
		.passive = true,
		.max_tunnels = LAB_TUNNELS,
		.max_sessions = LAB_SESSIONS };
	base_time now = { 1000000000 };
	struct vpdn *v = vpdn_new(&p, now);
	struct rd r = rd_init(data, size);
	struct ckpt_record rec;

	lab_configure(v);
	vpdn_config_changed(v, now);
	for (unsigned i = 0; i < RECORDS_MAX && next_record(&r, &rec); i++)
		(void)vpdn_apply(v, &rec, now);
	check_counts(v);
	vpdn_activate(v, NULL, 0, now);
	drain(v);
	check_counts(v);
	vpdn_set_standby(v, true, now);
	while (vpdn_bulk_next(v, 10))
		drain(v);
	while (vpdn_poll_record(v, &rec))
		;
	for (unsigned i = 0; i < RUN_S; i++) {
		now = time_add(now, dur_s(1));
		(void)vpdn_tick(v, now, 1000);
		drain(v);
	}
	check_counts(v);
	vpdn_free(v);
	return 0;
}
