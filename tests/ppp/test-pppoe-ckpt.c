/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sessions and cookies go over to another access concentrator by their records alone.
 */
#include "acdrive.h"

#include "ppp/pppoe_internal.h"
#include "tests/lib/hex.h"

#define ANY    "01010000"
#define COOKIE "01040015C"
#define LINE   "0105 0011 00000de9 0103 313233 8104 00000400 fe00"

struct kept {
	struct ckpt_record rec;
	GBytes *bytes;
};

static void kept_free(gpointer p)
{
	struct kept *k = p;

	g_bytes_unref(k->bytes);
	g_free(k);
}

/* Upserts come one for each object; deletes too. */
static GPtrArray *take_records(struct pppoe_ac *ac)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(kept_free);
	struct ckpt_record rec;

	while (pppoe_ac_poll_record(ac, &rec)) {
		struct kept *k = g_new0(struct kept, 1);

		g_assert_cmpuint(rec.client, ==, CKPT_PPPOE);
		k->rec = rec;
		k->bytes = g_bytes_new(rec.bytes, rec.len);
		k->rec.bytes = g_bytes_get_data(k->bytes, &k->rec.len);
		g_ptr_array_add(out, k);
	}
	return out;
}

static void apply_all(struct pppoe_ac *ac, GPtrArray *records)
{
	for (unsigned i = 0; i < records->len; i++) {
		struct kept *k = records->pdata[i];

		g_assert_true(pppoe_ac_apply(ac, &k->rec, BASE_TIME_ZERO));
	}
}

static void is(GPtrArray *records, const char *want)
{
	GString *got = g_string_new(NULL);

	for (unsigned i = 0; i < records->len; i++) {
		struct kept *k = records->pdata[i];

		g_string_append_printf(got, "%s%s%s", i ? " " : "",
			k->rec.type == PPPOE_REC_AC ? "ac" : "session",
			k->rec.op == CKPT_DELETE ? "-" : "+");
	}
	g_assert_cmpstr(got->str, ==, want);
	g_string_free(got, TRUE);
}

static void both(struct ac_drive *a, struct ac_drive *b)
{
	ac_drive_new(a, &(struct pppoe_ac_config){ .seed = 1 });
	ac_drive_new(b, &(struct pppoe_ac_config){ .seed = 2, .id_parity = 1,
				.passive = true });
	a->group.payload_max = b->group.payload_max = 1500;
	ac_drive_group(a);
	ac_drive_group(b);
}

/* a is gone; b goes on with what it was told, and with the tester's client. */
static void pull(struct ac_drive *a, struct ac_drive *b)
{
	b->now = a->now;
	b->peer = a->peer;
	b->cookie = g_steal_pointer(&a->cookie);
	pppoe_ac_free(a->ac);
	a->ac = NULL;
	pppoe_ac_activate(b->ac, b->now);
}

static void test_takeover(void)
{
	struct pppoe_session_info was, info;
	struct ac_drive a, b;
	g_autofree char *pads = NULL, *padt = NULL;

	both(&a, &b);
	ac_drive_vlan(&a, 2, 100, 200);
	pppoe_ac_set_standby(a.ac, true);
	a.auto_accept = true;
	ac_drive_say(&a, PPPOE_PADI, 0, ANY LINE);
	ac_drive_forget(&a);
	ac_drive_say(&a, PPPOE_PADR, 0,
		"010100036f6e65 0120000205dc 0110000107" COOKIE LINE);
	pppoe_session_set_replicated(a.ac, a.session, true);
	pppoe_session_set_replicated(a.ac, a.session, true);
	g_assert_true(pppoe_session_get(a.ac, a.session, &was));
	{
		g_autoptr(GPtrArray) records = take_records(a.ac);

		is(records, "ac+ session+");
		apply_all(b.ac, records);
		apply_all(b.ac, records); /* idempotent */
	}
	ac_drive_say(&b, PPPOE_PADI, 0, ANY); /* passive: deaf and dumb */
	ac_expect_drop(&b, PPPOE_DROP_PASSIVE);
	pppoe_session_close(b.ac, a.session, NULL, b.now);

	uint16_t mtu = was.mtu, sid = was.sid;
	uint32_t owner = was.owner, session = a.session;
	struct pppoe_peer peer = was.peer;
	base_time since = was.since;

	pull(&a, &b);
	g_assert_true(pppoe_session_get(b.ac, session, &info));
	g_assert_true(info.open && info.replicated && !info.ended);
	g_assert_cmpuint(info.sid, ==, sid);
	g_assert_cmpuint(info.owner, ==, owner);
	g_assert_cmpuint(info.mtu, ==, mtu);
	g_assert_cmpuint(mtu, ==, 1500);
	g_assert_cmpmem(&info.peer, sizeof(peer), &peer, sizeof(peer));
	g_assert_cmpstr(info.service, ==, "one");
	g_assert_cmpint(info.since.ns, ==, since.ns);
	g_assert_cmpstr(info.line->circuit_id, ==, "123");
	g_assert_cmpuint(info.line->numbers[0], ==, 1024);
	g_assert_true(info.line->iwf);

	ac_drive_data(&b, sid, "c021");
	ac_expect(&b, "ppp c021");
	ac_drive_say(&b, PPPOE_PADR, 0, /* the PADS was lost in the pull */
		"010100036f6e65 0120000205dc 0110000107" COOKIE LINE);
	pads = g_strdup_printf("PADS %u 0101=6f6e65 0110=07 0120=05dc", sid);
	ac_expect(&b, pads);
	g_assert_cmpuint(pppoe_group_sessions(b.ac, 1), ==, 1);

	/* a cookie of the old one is good for a new session, with an id of ours */
	b.auto_accept = true;
	ac_drive_say(&b, PPPOE_PADR, 0, ANY COOKIE "0103000105");
	g_assert_cmpuint(pppoe_ac_sessions(b.ac), ==, 2);
	g_assert_cmpuint(b.sid & 1, ==, 1);
	ac_drive_forget(&b);
	pppoe_session_close(b.ac, session, NULL, b.now);
	ac_drive_pump(&b);
	padt = g_strdup_printf("PADT %u 0110=07", sid);
	ac_expect(&b, padt);
	ac_drive_free(&a);
	ac_drive_free(&b);
}

/* What is not marked is not there; its client hears so with its next frame. */
static void test_unmarked(void)
{
	struct ac_drive a, b;
	g_autofree char *padt = NULL;
	uint16_t sid;

	both(&a, &b);
	pppoe_ac_set_standby(a.ac, true);
	ac_drive_open(&a, "01");
	sid = a.sid;
	{
		g_autoptr(GPtrArray) records = take_records(a.ac);

		is(records, "ac+");
		apply_all(b.ac, records);
	}
	pull(&a, &b);
	ac_drive_data(&b, sid, "c021");
	padt = g_strdup_printf("PADT %u", sid);
	ac_expect(&b, padt);
	ac_drive_free(&a);
	ac_drive_free(&b);
}

/* A record is wanted at: marking, accepting, PADT; a delete when it goes. */
static void test_when(void)
{
	struct ac_drive a;

	ac_drive_new(&a, &(struct pppoe_ac_config){ .seed = 1 });
#define RECORDS(want)                                                                  \
	do {                                                                           \
		g_autoptr(GPtrArray) r_ = take_records(a.ac);                          \
		is(r_, want);                                                          \
	} while (0)
	ac_drive_open(&a, "01");
	pppoe_session_set_replicated(a.ac, a.session, true);
	RECORDS(""); /* no standby */
	pppoe_ac_set_standby(a.ac, true);
	RECORDS("ac+");
	pppoe_session_set_replicated(a.ac, a.session, true);
	RECORDS("session+");
	ac_drive_say(&a, PPPOE_PADT, a.sid, "");
	RECORDS("session+");
	pppoe_session_drop(a.ac, a.session);
	RECORDS("session-");

	ac_drive_open(&a, "02");
	pppoe_session_set_replicated(a.ac, a.session, true);
	pppoe_session_drop(a.ac, a.session); /* before anybody asked */
	RECORDS("session-");

	ac_drive_say(&a, PPPOE_PADI, 0, ANY);
	ac_drive_forget(&a);
	ac_drive_say(&a, PPPOE_PADR, 0, ANY COOKIE);
	pppoe_session_set_replicated(a.ac, a.session, true);
	RECORDS(""); /* not accepted yet */
	pppoe_session_accept(a.ac, a.session, 1, a.now);
	RECORDS("session+");
	pppoe_session_set_replicated(a.ac, a.session, false);
	RECORDS("session-");
	pppoe_session_set_replicated(a.ac, a.session, false);
	RECORDS("");
	pppoe_session_set_replicated(a.ac, a.session, true);
	pppoe_ac_set_standby(a.ac, false);
	RECORDS("");
	pppoe_session_close(a.ac, a.session, NULL, a.now);
	RECORDS("");
	ac_drive_forget(&a);

	pppoe_ac_set_standby(a.ac, true);
	RECORDS("ac+");
	ac_drive_wait(&a, 700000);
	ac_drive_say(&a, PPPOE_PADI, 0, ANY); /* a new secret */
	RECORDS("ac+");
#undef RECORDS
	ac_drive_free(&a);
}

/* A session that had ended comes over as ended: nobody sends PADT for it again. */
static void test_ended(void)
{
	struct pppoe_session_info info;
	struct ac_drive a, b;

	both(&a, &b);
	pppoe_ac_set_standby(a.ac, true);
	ac_drive_open(&a, "01");
	pppoe_session_set_replicated(a.ac, a.session, true);
	ac_drive_say(&a, PPPOE_PADT, a.sid, "");
	{
		g_autoptr(GPtrArray) records = take_records(a.ac);

		apply_all(b.ac, records);
	}
	b.session = a.session;
	pull(&a, &b);
	g_assert_true(pppoe_session_get(b.ac, b.session, &info));
	g_assert_true(info.ended);
	g_assert_cmpuint(pppoe_ac_sessions(b.ac), ==, 0);
	pppoe_session_close(b.ac, b.session, NULL, b.now);
	ac_drive_pump(&b);
	ac_expect(&b, NULL);
	ac_drive_free(&a);
	ac_drive_free(&b);
}

static GBytes *session_record(struct ac_drive *a)
{
	GBytes *out = NULL;

	pppoe_ac_set_standby(a->ac, true);
	ac_drive_vlan(a, 2, 100, 200);
	ac_drive_open(a, "01");
	pppoe_session_set_replicated(a->ac, a->session, true);

	g_autoptr(GPtrArray) records = take_records(a->ac);

	for (unsigned i = 0; i < records->len; i++) {
		struct kept *k = records->pdata[i];

		if (k->rec.type == PPPOE_REC_SESSION)
			out = g_bytes_ref(k->bytes);
	}
	return out;
}

/* Fields put behind a good record override it: the last one counts. */
static void test_implausible(void)
{
	static const char *const rows[] = {
		"02 0002 0000", "02 0002 ffff",       /* session id */
		"03 0002 0000", "03 0002 0400",       /* group */
		"04 0002 0000",                       /* port */
		"05 0001 03", "05 0001 01",           /* VLAN tags */
		"06 0002 1000", "08 0002 0800",       /* VLAN, its type */
		"0a 0008 0000000000000000",           /* client */
		"0a 0008 0000010000000101",           /* a group address */
		"0a 0008 0001020000000101",           /* more than 48 bits */
		"0b 0008 0000000000000000",           /* ours */
		"0c 0002 05d4",                       /* PPP-Max-Payload that says nothing */
		"10 0003 010561",                     /* line */
		"11 000d 00000000000000000000000000", /* relay */
		"0f 0002 6100",                       /* a NUL */
		"02 0001 00",                         /* a length that cannot be */
	};
	struct ac_drive a, b;
	g_autoptr(GBytes) good = NULL;
	gsize n;

	both(&a, &b);
	good = session_record(&a);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) more = hex(rows[i]);
		g_autoptr(GByteArray) all = g_byte_array_new();
		struct ckpt_record rec = { .client = CKPT_PPPOE,
			.type = PPPOE_REC_SESSION, .op = CKPT_UPSERT, .key = 8 };
		const void *p = g_bytes_get_data(good, &n);

		g_byte_array_append(all, p, (guint)n);
		p = g_bytes_get_data(more, &n);
		g_byte_array_append(all, p, (guint)n);
		rec.bytes = all->data;
		rec.len = all->len;
		g_assert_false(pppoe_ac_apply(b.ac, &rec, b.now));
		g_assert_cmpuint(pppoe_ac_sessions(b.ac), ==, 0);
	}
	ac_drive_free(&a);
	ac_drive_free(&b);
}

static void test_refused(void)
{
	struct ac_drive a, b;
	g_autoptr(GBytes) good = NULL;
	struct ckpt_record rec = { .client = CKPT_PPPOE, .type = PPPOE_REC_SESSION,
		.op = CKPT_UPSERT, .key = 8 };

	both(&a, &b);
	good = session_record(&a);
	rec.bytes = g_bytes_get_data(good, &rec.len);
	g_assert_false(pppoe_ac_apply(a.ac, &rec, a.now)); /* active */
	g_assert_true(pppoe_ac_apply(b.ac, &rec, b.now));
	rec.key = 10;
	g_assert_false(pppoe_ac_apply(b.ac, &rec, b.now)); /* the id is taken */
	rec.key = 0;
	g_assert_false(pppoe_ac_apply(b.ac, &rec, b.now));
	rec.key = UINT64_C(1) << 32;
	g_assert_false(pppoe_ac_apply(b.ac, &rec, b.now));
	rec.key = 8;
	rec.type = 3;
	g_assert_false(pppoe_ac_apply(b.ac, &rec, b.now));
	rec.type = PPPOE_REC_AC;
	g_assert_false(pppoe_ac_apply(b.ac, &rec, b.now));
	rec.type = PPPOE_REC_SESSION;
	rec.op = 3;
	g_assert_false(pppoe_ac_apply(b.ac, &rec, b.now));
	rec.op = CKPT_DELETE;
	g_assert_true(pppoe_ac_apply(b.ac, &rec, b.now));
	g_assert_true(pppoe_ac_apply(b.ac, &rec, b.now)); /* M137 */
	g_assert_cmpuint(pppoe_ac_sessions(b.ac), ==, 0);

	g_autoptr(GBytes) secret = hex("01 0001 05 03 0003 010203"); /* three octets */
	rec = (struct ckpt_record){ .client = CKPT_PPPOE, .type = PPPOE_REC_AC,
		.op = CKPT_UPSERT, .key = 1 };
	rec.bytes = g_bytes_get_data(secret, &rec.len);
	g_assert_false(pppoe_ac_apply(b.ac, &rec, b.now));
	ac_drive_free(&a);
	ac_drive_free(&b);
}

static void test_reset(void)
{
	struct ac_drive a, b;
	g_autoptr(GBytes) good = NULL;
	struct ckpt_record rec = { .client = CKPT_PPPOE, .type = PPPOE_REC_SESSION,
		.op = CKPT_UPSERT, .key = 8 };

	both(&a, &b);
	good = session_record(&a);
	rec.bytes = g_bytes_get_data(good, &rec.len);
	g_assert_true(pppoe_ac_apply(b.ac, &rec, b.now));
	pppoe_ac_reset(b.ac, b.now);
	g_assert_cmpuint(pppoe_ac_sessions(b.ac), ==, 0);
	g_assert_cmpuint(index_count(b.ac->counts), ==, 0);
	g_assert_true(pppoe_ac_apply(b.ac, &rec, b.now));
	ac_drive_free(&a);
	ac_drive_free(&b);
}

static void test_tables(void)
{
	g_assert_cmpstr(pppoe_rec_table(PPPOE_REC_AC)->name, ==, "pppoe-ac");
	g_assert_cmpstr(pppoe_rec_table(PPPOE_REC_SESSION)->name, ==, "pppoe-session");
	g_assert_null(pppoe_rec_table(0));
	g_assert_null(pppoe_rec_table(3));
	for (unsigned i = 3; i <= 4; i++) /* secrets do not show */
		g_assert_true(
			pppoe_rec_table(PPPOE_REC_AC)->fields[i - 1].flags & REC_SECRET);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pppoe-ckpt/takeover", test_takeover);
	g_test_add_func("/pppoe-ckpt/unmarked", test_unmarked);
	g_test_add_func("/pppoe-ckpt/when", test_when);
	g_test_add_func("/pppoe-ckpt/ended", test_ended);
	g_test_add_func("/pppoe-ckpt/implausible", test_implausible);
	g_test_add_func("/pppoe-ckpt/refused", test_refused);
	g_test_add_func("/pppoe-ckpt/reset", test_reset);
	g_test_add_func("/pppoe-ckpt/tables", test_tables);
	return g_test_run();
}
