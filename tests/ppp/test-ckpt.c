/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A link is brought up on one engine, its record applied on a passive one, and the first
 * engine forgotten: the second must go on as if nothing had happened (ha-commit.md H12).
 */
#include "drive.h"

#include "ppp/internal.h"
#include "tests/lib/hex.h"

#define RESPONSE "10 00112233445566778899aabbccddeeff 626f62"

static bool no_record(struct drive *d)
{
	struct ckpt_record rec;

	return !ppp_engine_poll_record(d->e, &rec);
}

/* The one record that waits, with bytes of its own. */
static GBytes *take_record(struct drive *d)
{
	struct ckpt_record rec;
	GBytes *bytes;

	g_assert_true(ppp_engine_poll_record(d->e, &rec));
	g_assert_cmpuint(rec.client, ==, CKPT_PPP);
	g_assert_cmpuint(rec.type, ==, PPP_REC_LINK);
	g_assert_cmpuint(rec.op, ==, CKPT_UPSERT);
	g_assert_cmpuint(rec.key, ==, LINK);
	bytes = g_bytes_new(rec.bytes, rec.len);
	g_assert_true(no_record(d));
	return bytes;
}

static bool apply(struct ppp_engine *e, GBytes *bytes)
{
	gsize n;
	const void *p = g_bytes_get_data(bytes, &n);
	struct ckpt_record rec = { .client = CKPT_PPP, .type = PPP_REC_LINK,
		.op = CKPT_UPSERT, .key = LINK, .bytes = p, .len = n };

	return ppp_engine_apply(e, &rec, BASE_TIME_ZERO);
}

static void take_over(struct drive *d, GBytes *bytes)
{
	base_time now = { 5000000000 };
	struct ppp_engine *e = ppp_engine_new(2, 2, true, BASE_TIME_ZERO);

	g_assert_true(apply(e, bytes));
	g_assert_true(time_is_never(ppp_engine_next_due(e)));
	drive_take_engine(d, e, now);
	drive_feed(d, "c021 09 05 0008 11111111"); /* passive: deaf and dumb */
	drive_expect_none(d);
	ppp_engine_activate(e, now);
	g_assert_cmpuint(drive_phase(d), ==, PPP_PHASE_OPEN);
}

/* Brings a link up, looking for records all the way. */
static GBytes *bring_up(enum ppp_auth method, uint16_t echo_s)
{
	struct ppp_link_config cfg = drive_network(method, PPP_AUTH_NONE);
	struct drive d;
	GBytes *bytes;

	cfg.echo_s = echo_s;
	drive_new(&d, &cfg);
	ppp_link_set_replicated(d.e, LINK, true);
	g_assert_true(no_record(&d));
	drive_lcp_up(&d);
	g_assert_true(no_record(&d));
	if (method == PPP_AUTH_CHAP) {
		drive_forget(&d);
		drive_feed(&d, "c223 02 01 0018" RESPONSE);
		drive_verdict(&d, true, 0x0a000009, "welcome");
		drive_expect(&d, "c223 03 01 000b 77656c636f6d65");
	} else if (method == PPP_AUTH_PAP) {
		drive_feed(&d, "c023 01 02 0008 0161 0162");
		drive_verdict(&d, true, 0x0a000009, NULL);
		drive_expect(&d, "c023 02 02 0005 00");
	}
	g_assert_true(no_record(&d));
	drive_ipcp_up(&d);
	bytes = take_record(&d);
	drive_free(&d);
	return bytes;
}

static void test_chap(void)
{
	g_autoptr(GBytes) bytes = bring_up(PPP_AUTH_CHAP, 0);
	struct ppp_link_info info;
	struct drive d;

	take_over(&d, bytes);
	g_assert_true(ppp_link_get(d.e, LINK, &info));
	g_assert_cmpuint(info.auth, ==, PPP_AUTH_CHAP);
	g_assert_cmpstr(info.peer_name, ==, "bob");
	g_assert_cmphex(info.local_ip, ==, 0x0a000001);
	g_assert_cmphex(info.peer_ip, ==, 0x0a000009);
	g_assert_cmphex(info.peer_magic, ==, 0x11111111);
	g_assert_true(info.lcp_open && info.ipcp_open && info.replicated);

	drive_feed(&d, "c021 09 05 0008 11111111");
	drive_expect(&d, "c021 0a 05 0008 MMMMMMMM");
	drive_feed(&d, "c223 02 01 0018" RESPONSE); /* Success was lost in the pull */
	drive_expect(&d, "c223 03 01 000b 77656c636f6d65");
	drive_feed(&d, "c021 02 01 000f 0305c22305 0506MMMMMMMM"); /* a late copy */
	drive_expect_none(&d);
	drive_feed(&d, "80fd 01 01 0004");
	drive_expect(&d, "c021 08 02 000a 80fd 01010004"); /* identifiers go on */
	drive_feed(&d, "c021 05 33 0004");
	drive_expect(&d, "c021 06 33 0004");
	drive_wait(&d, 3100);
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_NORMAL);
	drive_free(&d);
}

static void test_pap(void)
{
	g_autoptr(GBytes) bytes = bring_up(PPP_AUTH_PAP, 0);
	struct drive d;

	take_over(&d, bytes);
	drive_feed(&d, "c023 01 05 0008 0161 0162");
	drive_expect(&d, "c023 02 05 0005 00");
	g_assert_cmpuint(d.auths, ==, 0);
	drive_close(&d, PPP_CAUSE_ADMIN);
	drive_expect(&d, "c021 05 02 0004");
	drive_wait(&d, 3100); /* restart timer and count came along */
	drive_expect(&d, "c021 05 03 0004");
	drive_feed(&d, "c021 06 03 0004");
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_ADMIN);
	drive_free(&d);
}

/* The peer starts LCP again with the new engine: the settings are there. */
static void test_renegotiate(void)
{
	g_autoptr(GBytes) bytes = bring_up(PPP_AUTH_PAP, 0);
	struct drive d;
	g_autoptr(GBytes) second = NULL;

	take_over(&d, bytes);
	drive_feed(&d, "c021 01 22 000a 0506 22222222");
	drive_expect(&d, "c021 01 02 000e 0304c023 0506MMMMMMMM");
	drive_expect(&d, "c021 02 22 000a 0506 22222222");
	drive_feed(&d, "c021 02 02 000e 0304c023 0506MMMMMMMM");
	drive_feed(&d, "c023 01 02 0008 0161 0162");
	g_assert_cmpuint(d.auths, ==, 1);
	drive_verdict(&d, true, 0x0a000009, NULL);
	drive_forget(&d);
	g_assert_true(no_record(&d));
	drive_feed(&d, "8021 02 02 000a 0306 0a000001");
	drive_feed(&d, "8021 01 01 0010 0306 0a000009 8106 00000000");
	drive_expect(&d, "8021 03 01 000a 8106 0a000035");
	drive_feed(&d, "8021 01 02 000a 0306 0a000009");
	g_assert_cmpuint(d.ups, ==, 1);
	second = take_record(&d);
	g_assert_false(g_bytes_equal(bytes, second));
	drive_free(&d);
}

/* After a takeover one whole interval passes before the first echo. */
static void test_echo(void)
{
	g_autoptr(GBytes) bytes = bring_up(PPP_AUTH_NONE, 10);
	struct drive d;

	take_over(&d, bytes);
	drive_wait(&d, 9900);
	drive_expect_none(&d);
	drive_wait(&d, 200);
	drive_expect(&d, "c021 09 02 0008 MMMMMMMM");
	drive_feed(&d, "c021 0a 63 0008 11111111"); /* to an echo of the old engine */
	drive_wait(&d, 45000);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
	drive_wait(&d, 30000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_ECHO);
	drive_free(&d);
}

static GBytes *client_up(void)
{
	struct ppp_link_config cfg = drive_client();
	struct drive d;
	GBytes *bytes;

	drive_new(&d, &cfg);
	ppp_link_set_replicated(d.e, LINK, true);
	drive_forget(&d);
	drive_feed(&d, "c021 01 01 0009 0305c22305");
	drive_feed(&d, "c021 02 01 000a 0506 MMMMMMMM");
	drive_feed(&d, "c223 01 09 000a 03 0a0b0c 6e6e");
	drive_feed(&d, "c223 03 09 0004");
	drive_feed(&d, "8021 01 01 000a 0306 0a000001");
	drive_feed(&d, "8021 03 01 0016 0306 0a000009 8106 0a000035 8306 0a000036");
	drive_feed(&d, "8021 02 02 0016 0306 0a000009 8106 0a000035 8306 0a000036");
	g_assert_cmpuint(d.ups, ==, 1);
	bytes = take_record(&d);
	drive_free(&d);
	return bytes;
}

static void test_client(void)
{
	g_autoptr(GBytes) bytes = client_up();
	struct drive d;
	struct ppp_link_info info;
	uint8_t value[16];
	g_autofree char *digits = NULL, *answer = NULL;

	take_over(&d, bytes);
	g_assert_true(ppp_link_get(d.e, LINK, &info));
	g_assert_cmphex(info.local_ip, ==, 0x0a000009);
	g_assert_cmphex(info.peer_ip, ==, 0x0a000001);
	g_assert_cmphex(info.dns[0], ==, 0x0a000035);
	g_assert_cmphex(info.dns[1], ==, 0x0a000036);
	drive_feed(&d, "c223 01 0a 000a 03 0a0b0c 6e6e"); /* it still knows the password */
	ppp_chap_md5(10, "alicepw", (const uint8_t *)"\x0a\x0b\x0c", 3, value);
	digits = to_hex(value, 16);
	answer = g_strdup_printf("c223 02 0a 001a 10 %s 616c696365", digits);
	drive_expect(&d, answer);
	drive_free(&d);
}

/* Marked and unmarked, before Opened and after; dropped. */
static void test_marks(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct ckpt_record rec;
	struct drive d;
	g_autoptr(GBytes) first = NULL, again = NULL;

	drive_new(&d, &cfg);
	drive_lcp_up(&d);
	drive_ipcp_up(&d);
	g_assert_true(no_record(&d)); /* not marked */
	ppp_link_set_replicated(d.e, LINK, true);
	first = take_record(&d);
	ppp_link_set_replicated(d.e, LINK, true); /* again: for a bulk */
	ppp_link_set_replicated(d.e, LINK, true);
	again = take_record(&d);
	g_assert_true(g_bytes_equal(first, again));

	ppp_link_set_replicated(d.e, LINK, false);
	g_assert_true(ppp_engine_poll_record(d.e, &rec));
	g_assert_cmpuint(rec.op, ==, CKPT_DELETE);
	g_assert_true(no_record(&d));

	ppp_link_set_replicated(d.e, LINK, true);
	ppp_link_drop(d.e, LINK); /* before the record was asked for: only the delete */
	g_assert_true(ppp_engine_poll_record(d.e, &rec));
	g_assert_cmpuint(rec.op, ==, CKPT_DELETE);
	g_assert_cmpuint(rec.key, ==, LINK);
	g_assert_true(no_record(&d));
	g_assert_cmpuint(ppp_engine_links(d.e), ==, 0);
	drive_free(&d);

	/* marked, but never opened */
	drive_new(&d, &cfg);
	ppp_link_set_replicated(d.e, LINK, true);
	drive_wait(&d, 60000);
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_true(no_record(&d));
	drive_free(&d);
}

/* Opened and gone again before the record was asked for: there is none. */
static void test_closed_again(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	drive_new(&d, &cfg);
	ppp_link_set_replicated(d.e, LINK, true);
	drive_lcp_up(&d);
	drive_ipcp_up(&d);
	drive_feed(&d, "c021 05 33 0004");
	g_assert_true(no_record(&d));
	drive_free(&d);
}

static void test_passive(void)
{
	g_autoptr(GBytes) bytes = bring_up(PPP_AUTH_CHAP, 10);
	struct ppp_engine *e = ppp_engine_new(3, 3, true, BASE_TIME_ZERO);
	struct ppp_link_config cfg = drive_client();
	struct ckpt_record del = { .client = CKPT_PPP, .type = PPP_REC_LINK,
		.op = CKPT_DELETE, .key = LINK };
	struct ppp_effect fx;
	base_time later = { 100000000000 };

	g_assert_false(ppp_link_open(e, 2, &cfg, BASE_TIME_ZERO));
	g_assert_true(apply(e, bytes));
	g_assert_true(apply(e, bytes)); /* the whole object, as often as you like */
	g_assert_cmpuint(ppp_engine_links(e), ==, 1);
	g_assert_false(ppp_engine_tick(e, later, 100));
	ppp_link_close(e, LINK, PPP_CAUSE_ADMIN, later);
	g_assert_false(ppp_engine_poll(e, &fx));
	g_assert_true(ppp_engine_apply(e, &del, BASE_TIME_ZERO));
	g_assert_true(ppp_engine_apply(e, &del, BASE_TIME_ZERO));
	g_assert_cmpuint(ppp_engine_links(e), ==, 0);

	g_assert_true(apply(e, bytes));
	ppp_engine_reset(e, BASE_TIME_ZERO);
	g_assert_cmpuint(ppp_engine_links(e), ==, 0);
	g_assert_true(apply(e, bytes));
	ppp_engine_activate(e, BASE_TIME_ZERO);
	g_assert_false(apply(e, bytes)); /* an active engine takes orders from nobody */
	ppp_engine_free(e);
}

static void test_bad_records(void)
{
	static const struct {
		const char *bytes;
		struct ckpt_record rec;
	} rows[] = {
		/* clang-format off */
		{ "",       { CKPT_PPP, PPP_REC_LINK, CKPT_UPSERT, LINK } }, /* no settings */
		{ "010001", { CKPT_PPP, PPP_REC_LINK, CKPT_UPSERT, LINK } }, /* cut */
		{ "",       { CKPT_PPP, PPP_REC_LINK, CKPT_DELETE, 0 } },
		{ "",       { CKPT_PPP, PPP_REC_LINK, CKPT_DELETE, 1ULL << 32 } },
		{ "",       { CKPT_PPP, 2, CKPT_DELETE, LINK } },
		{ "",       { CKPT_L2TP, PPP_REC_LINK, CKPT_DELETE, LINK } },
		{ "",       { CKPT_PPP, PPP_REC_LINK, 3, LINK } },
		/* clang-format on */
	};
	struct ppp_engine *e = ppp_engine_new(3, 3, true, BASE_TIME_ZERO);

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) bytes = hex(rows[i].bytes);
		struct ckpt_record rec = rows[i].rec;
		gsize n;

		rec.bytes = g_bytes_get_data(bytes, &n);
		rec.len = n;
		g_assert_false(ppp_engine_apply(e, &rec, BASE_TIME_ZERO));
		g_assert_cmpuint(ppp_engine_links(e), ==, 0);
	}
	ppp_engine_free(e);
}

/* What came out of a record goes into the same record. */
static void test_record(void)
{
	g_autoptr(GBytes) bytes = bring_up(PPP_AUTH_CHAP, 10), again = NULL;
	struct drive d;

	take_over(&d, bytes);
	ppp_link_set_replicated(d.e, LINK, true);
	again = take_record(&d);
	g_assert_true(g_bytes_equal(bytes, again));
	drive_free(&d);
}

static char *dump(GBytes *bytes)
{
	g_autofree void *rec = g_malloc0(ppp_link_table.size);
	GString *text = g_string_new(NULL);
	gsize n;
	const void *p = g_bytes_get_data(bytes, &n);
	struct rd r = rd_init(p, n);

	g_assert_true(rec_decode(&ppp_link_table, &r, rec));
	rec_dump(&ppp_link_table, rec, text);
	rec_clear(&ppp_link_table, rec);
	return g_string_free(text, FALSE);
}

static void test_secret(void)
{
	g_autoptr(GBytes) bytes = client_up();
	g_autofree char *text = dump(bytes);

	g_assert_nonnull(strstr(text, "alice"));
	g_assert_nonnull(strstr(text, "password=<hidden>"));
	g_assert_null(strstr(text, "alicepw"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ppp/ckpt/chap", test_chap);
	g_test_add_func("/ppp/ckpt/pap", test_pap);
	g_test_add_func("/ppp/ckpt/renegotiate", test_renegotiate);
	g_test_add_func("/ppp/ckpt/echo", test_echo);
	g_test_add_func("/ppp/ckpt/client", test_client);
	g_test_add_func("/ppp/ckpt/marks", test_marks);
	g_test_add_func("/ppp/ckpt/closed-again", test_closed_again);
	g_test_add_func("/ppp/ckpt/passive", test_passive);
	g_test_add_func("/ppp/ckpt/bad-records", test_bad_records);
	g_test_add_func("/ppp/ckpt/record", test_record);
	g_test_add_func("/ppp/ckpt/secret", test_secret);
	return g_test_run();
}
