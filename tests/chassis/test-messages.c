/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every payload, filled from its own table, survives encode and decode; and the list agrees
 * with itself.
 */
#include "base/rng.h"
#include "chassis/messages.h"

#include <string.h>

static void fill_field(const struct rec_field *f, uint8_t *rec, struct rng *rng)
{
	void *at = rec + f->offset;
	uint64_t v = rng_u64(rng) | 1;

	switch ((enum rec_kind)f->kind) {
	case REC_U8:
		*(uint8_t *)at = (uint8_t)v;
		break;
	case REC_U16:
		*(uint16_t *)at = (uint16_t)v;
		break;
	case REC_U32:
	case REC_IPV4:
		*(uint32_t *)at = (uint32_t)v;
		break;
	case REC_U64:
		*(uint64_t *)at = v;
		break;
	case REC_BOOL:
		*(bool *)at = true;
		break;
	case REC_TIME:
		*(base_time *)at = (base_time){ (int64_t)(v >> 1) };
		break;
	case REC_STR:
		*(char **)at = g_strdup_printf("text %u", (unsigned)v);
		break;
	case REC_BYTES:
		*(GBytes **)at = g_bytes_new(&v, sizeof(v));
		break;
	}
}

static void round_trip(unsigned type, struct rng *rng)
{
	const struct rec_table *t = ipc_table(type);
	g_autofree uint8_t *rec = g_malloc0(t->size);
	g_autofree uint8_t *back = g_malloc0(t->size);
	uint8_t buf[4096];
	struct wr w = wr_init(buf, sizeof(buf));
	struct ipc_msg msg = { .type = (uint8_t)type };

	for (size_t i = 0; i < t->n_fields; i++)
		fill_field(&t->fields[i], rec, rng);
	rec_encode(t, 1, rec, &w);
	g_assert_false(w.bad);
	msg.payload = rd_init(buf, w.len);
	g_assert_true(ipc_decode(&msg, back));
	g_assert_true(rec_equal(t, rec, back));
	rec_clear(t, back);
	/* One octet less is either malformed or another record; never the same. */
	msg.payload = rd_init(buf, w.len - 1);
	g_assert_false(ipc_decode(&msg, back));
	rec_clear(t, rec);
}

static void test_round_trip(void)
{
	struct rng rng;

	rng_init(&rng, 1, 0);
	for (unsigned type = IPC_NONE + 1; type < N_IPC_TYPES; type++)
		if (type != IPC_CKPT)
			round_trip(type, &rng);
}

/* Each member of a payload has a field: no room in the struct is left out but padding, and
 * no two fields share an id or a place. */
static void test_tables(void)
{
	for (unsigned type = IPC_NONE + 1; type < N_IPC_TYPES; type++) {
		const struct rec_table *t = ipc_table(type);
		bool ids[256] = { false };

		if (type == IPC_CKPT) {
			g_assert_null(t);
			continue;
		}
		g_assert_nonnull(t);
		for (size_t i = 0; i < t->n_fields; i++) {
			g_assert_cmpuint(t->fields[i].id, >, 0);
			g_assert_false(ids[t->fields[i].id]);
			ids[t->fields[i].id] = true;
			if (i)
				g_assert_cmpuint(t->fields[i].offset, !=,
					t->fields[i - 1].offset);
		}
	}
	g_assert_null(ipc_table(IPC_NONE));
	g_assert_null(ipc_table(N_IPC_TYPES));
}

static void test_names(void)
{
	g_assert_cmpstr(ipc_type_name(IPC_PEER_DOWN), ==, "peer-down");
	g_assert_cmpstr(ipc_type_name(IPC_FIB_SESSION), ==, "fib-session");
	g_assert_cmpstr(ipc_type_name(IPC_NONE), ==, "unknown");
	g_assert_cmpstr(ipc_type_name(N_IPC_TYPES), ==, "unknown");
}

static void test_may_send(void)
{
	static const struct {
		unsigned type;
		enum board_kind from, to;
		bool may;
	} rows[] = {
		{ IPC_TERM, BOARD_CHASSIS, BOARD_RP, true },
		{ IPC_TERM, BOARD_CHASSIS, BOARD_FP, true },
		{ IPC_TERM, BOARD_RP, BOARD_FP, false },
		{ IPC_HOT, BOARD_RP, BOARD_CHASSIS, true },
		{ IPC_HOT, BOARD_FP, BOARD_CHASSIS, false },
		{ IPC_CKPT, BOARD_RP, BOARD_RP, true },
		{ IPC_CKPT, BOARD_RP, BOARD_FP, false },
		{ IPC_FIB_SESSION, BOARD_RP, BOARD_FP, true },
		{ IPC_FIB_SESSION, BOARD_FP, BOARD_RP, false },
		{ IPC_PORT_STATE, BOARD_SPA, BOARD_FP, true },
		{ IPC_PORT_ADMIN, BOARD_SPA, BOARD_RP, false },
		{ IPC_ORDER, BOARD_CHASSIS, BOARD_PEER, true },
		{ IPC_LOG, BOARD_PEER, BOARD_CHASSIS, true },
		{ IPC_NONE, BOARD_RP, BOARD_RP, false },
		{ N_IPC_TYPES, BOARD_RP, BOARD_RP, false },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_cmpint(ipc_may_send(rows[i].type, rows[i].from, rows[i].to), ==,
			rows[i].may);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/chassis/messages/round-trip", test_round_trip);
	g_test_add_func("/chassis/messages/tables", test_tables);
	g_test_add_func("/chassis/messages/names", test_names);
	g_test_add_func("/chassis/messages/may-send", test_may_send);
	return g_test_run();
}
