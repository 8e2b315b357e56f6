/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of discovery, one by one (RFC 2516, RFC 4638; M87 to M99). */
#include "acdrive.h"

#include "base/net.h"
#include "ppp/pppoe_internal.h"
#include "tests/lib/hex.h"

#define ANY    "01010000"
#define UNIQ   "01030004aabbccdd"
#define COOKIE "01040015C"

static void start(struct ac_drive *d)
{
	ac_drive_new(d, &(struct pppoe_ac_config){ .seed = 1 });
}

static void padi(struct ac_drive *d, const char *tags)
{
	ac_drive_say(d, PPPOE_PADI, 0, tags);
}

static void padr(struct ac_drive *d, const char *tags)
{
	ac_drive_say(d, PPPOE_PADR, 0, tags);
}

/* ---- the ordinary course ---- */

static void test_session(void)
{
	struct pppoe_session_info info;
	struct pppoe_stats stats;
	struct ac_drive d;
	g_autofree char *pads = NULL;

	start(&d);
	padi(&d, ANY UNIQ "0110000301020304 0105 0009 00000de9 0103 313233");
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_MALFORMED), ==, 1); /* relay lies */
	padi(&d, ANY UNIQ "01100003010203 0105 0009 00000de9 0103 313233");
	ac_expect(&d, "PADO 0 0101= 0102=6163 0104=C 0103=aabbccdd 0110=010203");
	g_assert_cmpuint(pppoe_ac_sessions(d.ac), ==, 0);
	padr(&d, ANY UNIQ COOKIE "01100003010203 0105 0009 00000de9 0103 313233");
	ac_expect(&d, "request");
	g_assert_true(pppoe_session_get(d.ac, d.session, &info));
	g_assert_false(info.open);
	g_assert_cmpuint(info.mtu, ==, 1492);
	g_assert_cmpstr(info.line->circuit_id, ==, "123");
	padr(&d, ANY UNIQ COOKIE "01100003010203"); /* impatient: still undecided */
	ac_expect(&d, NULL);
	ac_drive_data(&d, info.sid, "c021"); /* too early */
	ac_expect_drop(&d, PPPOE_DROP_CLOSED);

	pppoe_session_accept(d.ac, d.session, 42, d.now);
	ac_drive_pump(&d);
	pads = g_strdup_printf("PADS %u 0101= 0103=aabbccdd 0110=010203", info.sid);
	ac_expect(&d, pads);
	g_assert_true(pppoe_session_get(d.ac, d.session, &info));
	g_assert_true(info.open);
	g_assert_cmpuint(info.owner, ==, 42);
	g_assert_cmpuint(pppoe_session_find(d.ac, 3, info.sid), ==, d.session);

	padr(&d, ANY UNIQ COOKIE "01100003010203"); /* our PADS was lost */
	ac_expect(&d, pads);
	g_assert_cmpuint(pppoe_ac_sessions(d.ac), ==, 1);
	ac_drive_data(&d, info.sid, "c021 01010004");
	ac_expect(&d, "ppp c02101010004");

	ac_drive_say(&d, PPPOE_PADT, info.sid, "0203000362796500000000");
	ac_expect(&d, "down bye");
	g_assert_cmpuint(pppoe_ac_sessions(d.ac), ==, 0); /* counts no more */
	ac_drive_data(&d, info.sid, "c021 01010004");
	ac_drive_say(&d, PPPOE_PADT, info.sid, "");
	ac_expect(&d, NULL);
	pppoe_session_close(d.ac, d.session, NULL, d.now); /* no PADT for a PADT */
	ac_drive_pump(&d);
	ac_expect(&d, NULL);
	g_assert_false(pppoe_session_get(d.ac, d.session, &info));
	pppoe_ac_stats(d.ac, &stats);
	g_assert_cmpuint(stats.padr_repeated, ==, 1);
	g_assert_cmpuint(stats.padt_in, ==, 2);
	g_assert_cmpuint(stats.padt_out, ==, 0);
	ac_drive_free(&d);
}

static void test_close(void)
{
	struct ac_drive d;
	g_autofree char *padt = NULL;

	start(&d);
	ac_drive_open(&d, "01");
	pppoe_session_close(d.ac, d.session, "bye", d.now);
	ac_drive_pump(&d);
	padt = g_strdup_printf("PADT %u 0203=627965", d.sid);
	ac_expect(&d, padt);
	pppoe_session_close(d.ac, d.session, "bye", d.now); /* gone */
	ac_drive_pump(&d);
	ac_expect(&d, NULL);

	/* the relay that the session came through finds its PADT */
	padi(&d, ANY "0110000101");
	ac_drive_forget(&d);
	d.auto_accept = true;
	padr(&d, ANY COOKIE "0110000101");
	ac_drive_forget(&d);
	pppoe_session_close(d.ac, d.session, NULL, d.now);
	ac_drive_pump(&d);
	g_free(padt);
	padt = g_strdup_printf("PADT %u 0110=01", d.sid);
	ac_expect(&d, padt);
	ac_drive_free(&d);
}

static void test_reject(void)
{
	struct ac_drive d;

	start(&d);
	padi(&d, ANY UNIQ);
	ac_drive_forget(&d);
	padr(&d, ANY UNIQ COOKIE);
	ac_expect(&d, "request");
	pppoe_session_reject(d.ac, d.session, "no", d.now);
	ac_drive_pump(&d);
	ac_expect(&d, "PADS 0 0101= 0202=6e6f 0103=aabbccdd");
	g_assert_cmpuint(pppoe_ac_sessions(d.ac), ==, 0);
	pppoe_session_accept(d.ac, d.session, 1, d.now); /* gone */
	ac_drive_pump(&d);
	ac_expect(&d, NULL);
	ac_drive_free(&d);
}

/* Replies travel in the tags of the question, whatever types those have. */
static void test_vlan(void)
{
	struct ac_drive d;
	struct pppoe_session_info info;
	uint16_t sid;

	start(&d);
	ac_drive_vlan(&d, 1, 100, 0);
	ac_drive_open(&d, "01");
	ac_drive_vlan(&d, 2, 100, 200);
	ac_drive_open(&d, "01");
	sid = d.sid;
	g_assert_true(pppoe_session_get(d.ac, d.session, &info));
	g_assert_cmpuint(info.peer.n_vlan, ==, 2);
	g_assert_cmpuint(info.peer.vlan[0], ==, 100);
	g_assert_cmpuint(info.peer.vlan[1], ==, 200);
	ac_drive_vlan(&d, 2, 100, 201); /* the same client by another VLAN */
	ac_drive_data(&d, sid, "c021");
	ac_expect_drop(&d, PPPOE_DROP_FOREIGN);
	ac_drive_say(&d, PPPOE_PADT, sid, "");
	ac_expect(&d, NULL);
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_FOREIGN), ==, 2);
	padi(&d, ANY);
	ac_drive_forget(&d);
	ac_drive_vlan(&d, 2, 100, 202);
	padr(&d, ANY COOKIE); /* a cookie is good where it was given */
	ac_expect_drop(&d, PPPOE_DROP_COOKIE);
	ac_drive_free(&d);
}

/* ---- names ---- */

static void test_services(void)
{
	struct ac_drive d;

	start(&d);
	padi(&d, "0101000378787800"); /* any name is served; rubbish at the end is not taken */
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_MALFORMED), ==, 1);
	padi(&d, "01010003787878");
	ac_expect(&d, "PADO 0 0101=787878 0102=6163 0104=C");
	d.group.n_services = 2;
	g_strlcpy(d.group.services[0], "gold", PPPOE_NAME_MAX);
	g_strlcpy(d.group.services[1], "lead", PPPOE_NAME_MAX);
	ac_drive_group(&d);
	padi(&d, "01010003787878"); /* RFC 2516 5.2: no PADO */
	ac_expect_drop(&d, PPPOE_DROP_SERVICE);
	padi(&d, "010100036c6561");
	padi(&d, "010100056c65616430");
	ac_expect(&d, NULL);
	padi(&d, "010100046c656164");
	ac_expect(&d, "PADO 0 0101=6c656164 0101=676f6c64 0102=6163 0104=C");
	padi(&d, ANY);
	ac_expect(&d, "PADO 0 0101= 0101=676f6c64 0101=6c656164 0102=6163 0104=C");
	padr(&d, "01010003787878" COOKIE UNIQ); /* 5.4: told so */
	ac_expect(&d, "PADS 0 0101=787878 0201= 0103=aabbccdd");
	padr(&d, "010100046c656164" COOKIE);
	ac_expect(&d, "request");
	pppoe_session_accept(d.ac, d.session, 1, d.now);
	ac_drive_pump(&d);
	g_autofree char *pads = g_strdup_printf("PADS %u 0101=6c656164",
		((struct pppoe_session *)pppoe_find(d.ac, d.session))->sid);
	ac_expect(&d, pads);
	ac_drive_free(&d);
}

static void test_long_service(void)
{
	struct ac_drive d;
	g_autofree char *name = g_strnfill(2 * 256, '6');
	g_autofree char *tag = g_strconcat("01010100", name, NULL);

	start(&d);
	padi(&d, tag);
	ac_expect_drop(&d, PPPOE_DROP_SERVICE);
	padi(&d, "0101000200 61");
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_SERVICE), ==, 2);
	ac_drive_free(&d);
}

/* ---- RFC 4638 ---- */

static void test_max_payload(void)
{
	static const struct {
		uint16_t min, max;
		const char *asked, *answer;
		uint16_t mtu;
	} rows[] = {
		{ 0, 0, "0120000205dc", "", 1492 }, /* not configured */
		{ 0, 1500, "", "", 1492 },
		{ 0, 1500, "0120000205dc", " 0120=05dc", 1500 },
		{ 0, 1498, "0120000205dc", " 0120=05da", 1498 },
		{ 0, 1500, "0120000205d8", " 0120=05d8", 1496 },
		{ 1498, 1500, "0120000205d8", "", 1492 }, /* less than configured */
		{ 0, 1500, "0120000205d4", "", 1492 },    /* 1492 says nothing */
		{ 0, 1500, "012000020000", "", 1492 },    /* M99 */
		{ 0, 1500, "01200002ffff", " 0120=05dc", 1500 },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *i_tags = g_strconcat(ANY, rows[i].asked, NULL);
		g_autofree char *r_tags = g_strconcat(ANY COOKIE, rows[i].asked, NULL);
		g_autofree char *pado =
			g_strconcat("PADO 0 0101= 0102=6163 0104=C", rows[i].answer, NULL);
		g_autofree char *pads = NULL;
		struct pppoe_session_info info;
		struct ac_drive d;

		start(&d);
		d.group.payload_min = rows[i].min;
		d.group.payload_max = rows[i].max;
		ac_drive_group(&d);
		padi(&d, i_tags);
		ac_expect(&d, pado);
		d.auto_accept = true;
		padr(&d, r_tags);
		g_assert_true(pppoe_session_get(d.ac, d.session, &info));
		g_assert_cmpuint(info.mtu, ==, rows[i].mtu);
		pads = g_strdup_printf("PADS %u 0101=%s", info.sid, rows[i].answer);
		ac_expect(&d, pads);
		ac_drive_free(&d);
	}
}

/* ---- cookies ---- */

static void test_cookies(void)
{
	struct ac_drive d;
	g_autofree char *first = NULL;

	start(&d);
	padr(&d, ANY); /* M92 */
	ac_expect_drop(&d, PPPOE_DROP_COOKIE);
	padi(&d, ANY);
	ac_drive_forget(&d);
	first = g_strdup(d.cookie);
	for (unsigned i = 0; i < 42; i += 2) { /* each octet counts */
		char was = d.cookie[i];

		d.cookie[i] = was == '0' ? '1' : '0';
		padr(&d, ANY COOKIE);
		d.cookie[i] = was;
	}
	ac_expect(&d, NULL);
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_COOKIE), ==, 22);
	padr(&d, ANY "01040014" "0102030405060708090a0b0c0d0e0f1011121314");
	padr(&d, ANY "01040000");
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_COOKIE), ==, 24);

	ac_drive_mac(&d, 2); /* stolen */
	padr(&d, ANY COOKIE);
	ac_expect(&d, NULL);
	ac_drive_mac(&d, 0x101);
	d.peer.port = 4;
	padr(&d, ANY COOKIE);
	ac_expect(&d, NULL);
	d.peer.port = 3;
	g_assert_true(pppoe_ac_set_group(d.ac, 2, &d.group));
	d.access.group = 2;
	padr(&d, ANY COOKIE);
	ac_expect(&d, NULL);
	d.access.group = 1;
	d.access.mac[5] = d.peer.ac[5] = 9;
	padr(&d, ANY COOKIE);
	ac_expect(&d, NULL);
	d.access.mac[5] = d.peer.ac[5] = 3;
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_COOKIE), ==, 28);
	padr(&d, ANY COOKIE);
	ac_expect(&d, "request");

	/* too old; a new one is another */
	ac_drive_wait(&d, 120001);
	padr(&d, ANY COOKIE UNIQ);
	ac_expect(&d, NULL);
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_COOKIE), ==, 29);
	padi(&d, ANY);
	ac_drive_forget(&d);
	g_assert_cmpstr(first, !=, d.cookie);
	ac_drive_free(&d);
}

/* A cookie made just before its secret was replaced is good; secrets do not come back. */
static void test_secrets(void)
{
	struct ac_drive d;

	start(&d);
	padi(&d, ANY);
	ac_drive_wait(&d, 599000);
	padi(&d, ANY);
	ac_drive_forget(&d);
	ac_drive_wait(&d, 60000); /* 659 s: the next PADI brings a new secret */
	d.auto_accept = true;
	padr(&d, ANY COOKIE);
	g_assert_cmpuint(pppoe_ac_sessions(d.ac), ==, 1);
	g_assert_cmpuint(((struct pppoe_ac *)d.ac)->secrets.number, ==, 2);
	ac_drive_wait(&d, 3600000);
	padr(&d, ANY COOKIE UNIQ);
	g_assert_cmpuint(pppoe_ac_sessions(d.ac), ==, 1);
	g_assert_cmpuint(((struct pppoe_ac *)d.ac)->secrets.number, ==, 3);
	g_assert_false(((struct pppoe_ac *)d.ac)->secrets.has_previous);
	ac_drive_free(&d);
}

/* ---- what is dropped ---- */

static void test_malformed(void)
{
	static const struct {
		uint8_t code;
		uint16_t sid;
		const char *tags;
		enum pppoe_drop why;
	} rows[] = {
		{ PPPOE_PADI, 0, "", PPPOE_DROP_MALFORMED },        /* no Service-Name */
		{ PPPOE_PADI, 0, ANY ANY, PPPOE_DROP_MALFORMED },   /* M90 */
		{ PPPOE_PADI, 1, ANY, PPPOE_DROP_MALFORMED },       /* M91 */
		{ PPPOE_PADI, 0, ANY "0103000500", PPPOE_DROP_MALFORMED }, /* M88 */
		{ PPPOE_PADI, 0, ANY "0103ffff00", PPPOE_DROP_MALFORMED }, /* M89 */
		{ PPPOE_PADI, 0, ANY "010300", PPPOE_DROP_MALFORMED },
		{ PPPOE_PADI, 0, ANY "0120000105", PPPOE_DROP_MALFORMED },
		{ PPPOE_PADI, 0, ANY "01200003050505", PPPOE_DROP_MALFORMED },
		{ PPPOE_PADI, 0, ANY "0110000d01020304050607080910111213",
			PPPOE_DROP_MALFORMED }, /* relay id over 12 */
		{ PPPOE_PADR, 0, "", PPPOE_DROP_MALFORMED },
		{ PPPOE_PADR, 5, ANY, PPPOE_DROP_MALFORMED },
		{ PPPOE_PADT, 0, "", PPPOE_DROP_MALFORMED },
		{ PPPOE_PADT, 77, "", PPPOE_DROP_SESSION },
		{ PPPOE_PADO, 0, ANY, PPPOE_DROP_CODE },
		{ PPPOE_PADS, 1, ANY, PPPOE_DROP_CODE },
		{ 0x00, 1, ANY, PPPOE_DROP_CODE },
		{ 0xd3, 0, ANY, PPPOE_DROP_CODE },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ac_drive d;

		start(&d);
		ac_drive_say(&d, rows[i].code, rows[i].sid, rows[i].tags);
		ac_expect_drop(&d, rows[i].why);
		ac_drive_free(&d);
	}
}

static void test_headers(void)
{
	static const struct {
		const char *frame;
		enum pppoe_drop why;
	} rows[] = {
#define TO   "ffffffffffff"
#define FROM "020000000101"
		{ TO FROM "8863 1109 0000 0005 01010000", PPPOE_DROP_MALFORMED }, /* M87 */
		{ TO FROM "8863 2109 0000 0004 01010000", PPPOE_DROP_MALFORMED }, /* M94 */
		{ TO FROM "8863 1209 0000 0004 01010000", PPPOE_DROP_MALFORMED },
		{ TO FROM "8863 1109 0000 00", PPPOE_DROP_MALFORMED },
		{ TO FROM "8863", PPPOE_DROP_MALFORMED },
		{ TO FROM "88", PPPOE_DROP_MALFORMED },
		{ "", PPPOE_DROP_MALFORMED },
		{ TO FROM "8100 0064 8100 0065 8100 0066 8863 1109 0000 0004 01010000",
			PPPOE_DROP_MALFORMED }, /* three tags */
		{ TO FROM "0800 1109 0000 0004 01010000", PPPOE_DROP_MALFORMED },
		{ TO "010000000101 8863 1109 0000 0004 01010000", PPPOE_DROP_SOURCE },
		{ TO "ffffffffffff 8863 1109 0000 0004 01010000", PPPOE_DROP_SOURCE },
		{ TO "000000000000 8863 1109 0000 0004 01010000", PPPOE_DROP_SOURCE },
		{ TO "020000000003 8863 1109 0000 0004 01010000", PPPOE_DROP_SOURCE },
		{ "020000000004" FROM "8863 1109 0000 0004 01010000", PPPOE_DROP_NOT_OURS },
		{ TO FROM "8863 1119 0000 0004 01010000", PPPOE_DROP_NOT_OURS },
		{ "020000000004" FROM "8863 1119 0000 0004 01010000",
			PPPOE_DROP_NOT_OURS }, /* M93 */
		{ "020000000004" FROM "8863 11a7 0001 0000", PPPOE_DROP_NOT_OURS },
		{ TO FROM "8863 11a7 0001 0000", PPPOE_DROP_NOT_OURS },
		{ "020000000003" FROM "8864 1100 0001 0000", PPPOE_DROP_MALFORMED }, /* M98 */
		{ "020000000003" FROM "8864 1109 0001 0002 c021", PPPOE_DROP_MALFORMED },
		{ TO FROM "8864 1100 0001 0002 c021", PPPOE_DROP_NOT_OURS },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) bytes = hex(rows[i].frame);
		struct ac_drive d;
		gsize n;
		const void *p = g_bytes_get_data(bytes, &n);

		start(&d);
		ac_drive_frame(&d, p, n);
		ac_expect_drop(&d, rows[i].why);
		ac_drive_free(&d);
	}
}

/* M95: what must come back does not fit.  And what is not for us to read is passed over. */
static void test_tags(void)
{
	struct ac_drive d;
	g_autofree char *uniq = g_strnfill(2 * 1470, 'a');
	g_autofree char *big = g_strconcat(ANY "010305be", uniq, NULL);
	g_autofree char *too_big = g_strconcat(ANY "010305bf", uniq, "bb", NULL);
	GString *many = g_string_new(ANY);
	struct pppoe_stats stats;

	start(&d);
	padi(&d, big);
	ac_expect_drop(&d, PPPOE_DROP_NO_ROOM);
	padi(&d, too_big); /* over 1484 */
	ac_expect_drop(&d, PPPOE_DROP_MALFORMED);
	for (unsigned i = 0; i < 63; i++)
		g_string_append(many, "04000000");
	padi(&d, many->str);
	ac_expect(&d, "PADO 0 0101= 0102=6163 0104=C");
	g_string_append(many, "04000000"); /* the 65th */
	padi(&d, many->str);
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_MALFORMED), ==, 2);
	g_string_free(many, TRUE);

	padi(&d, ANY "0000ffff 99"); /* nothing counts after End-Of-List ... */
	ac_expect(&d, NULL);         /* ... but its own length must fit */
	padi(&d, ANY "00000000 0103ffff");
	ac_expect(&d, "PADO 0 0101= 0102=6163 0104=C");
	padi(&d, ANY "01030000 0103000107"); /* of two the first counts */
	ac_expect(&d, "PADO 0 0101= 0102=6163 0104=C 0103=");

	/* M97, and other vendors */
	padi(&d, ANY "01050000");
	padi(&d, ANY "0105000300000d");
	padi(&d, ANY "0105 0006 00000de9 0105"); /* a sub-tag that lies */
	padi(&d, ANY "0105 0005 00000009 ff");
	for (unsigned i = 0; i < 4; i++)
		ac_expect(&d, "PADO 0 0101= 0102=6163 0104=C");
	pppoe_ac_stats(d.ac, &stats);
	g_assert_cmpuint(stats.bad_vendor_tags, ==, 3);
	ac_drive_free(&d);
}

static void test_no_group(void)
{
	struct ac_drive d;

	start(&d);
	d.access.group = 0;
	padi(&d, ANY);
	ac_expect_drop(&d, PPPOE_DROP_GROUP);
	d.access.group = 7;
	padi(&d, ANY);
	d.access.group = 60000;
	padi(&d, ANY);
	d.access.group = 1;
	pppoe_ac_remove_group(d.ac, 1);
	padr(&d, ANY);
	ac_expect(&d, NULL);
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_GROUP), ==, 4);
	g_assert_false(pppoe_ac_set_group(d.ac, 0, &d.group));
	g_assert_false(pppoe_ac_set_group(d.ac, 1024, &d.group));
	d.group.ac_name[0] = 0;
	g_assert_false(pppoe_ac_set_group(d.ac, 1, &d.group));
	ac_drive_free(&d);
}

/* ---- PADT and strangers ---- */

static void test_foreign(void)
{
	struct ac_drive d;
	uint16_t sid;
	g_autofree char *padt = NULL;

	start(&d);
	ac_drive_open(&d, "01");
	sid = d.sid;
	ac_drive_mac(&d, 2); /* M96 */
	ac_drive_say(&d, PPPOE_PADT, sid, "");
	ac_expect_drop(&d, PPPOE_DROP_FOREIGN);
	ac_drive_data(&d, sid, "c021");
	ac_expect(&d, NULL);
	ac_drive_mac(&d, 0x101);
	d.peer.port = 4; /* its own address by another port */
	ac_drive_say(&d, PPPOE_PADT, sid, "");
	ac_expect_drop(&d, PPPOE_DROP_SESSION);
	ac_drive_data(&d, sid, "c021"); /* there it is an unknown session */
	padt = g_strdup_printf("PADT %u", sid);
	ac_expect(&d, padt);
	d.peer.port = 3;
	g_assert_cmpuint(pppoe_ac_sessions(d.ac), ==, 1);
	ac_drive_data(&d, sid, "c021");
	ac_expect(&d, "ppp c021");
	ac_drive_free(&d);
}

static void test_unknown(void)
{
	struct ac_drive d;
	unsigned padts = 0;

	start(&d);
	for (unsigned i = 1; i <= 1000; i++)
		ac_drive_data(&d, (uint16_t)i, "c021");
	padts = g_queue_get_length(d.said);
	g_assert_cmpuint(padts, ==, 100);
	ac_expect(&d, "PADT 1");
	ac_drive_forget(&d);
	ac_drive_wait(&d, 500);
	for (unsigned i = 1; i <= 1000; i++)
		ac_drive_data(&d, 9, "c021");
	g_assert_cmpuint(g_queue_get_length(d.said), ==, 50);
	ac_drive_forget(&d);
	ac_drive_wait(&d, 5000);
	ac_drive_data(&d, 0, "c021");
	ac_drive_data(&d, 0xffff, "c021");
	ac_expect(&d, NULL);
	ac_drive_free(&d);
}

/* ---- limits ---- */

static bool opens(struct ac_drive *d)
{
	uint32_t before = pppoe_ac_sessions(d->ac);
	g_autofree char *tags = g_strdup_printf(ANY COOKIE "01030004%08x", before);

	d->auto_accept = true;
	ac_drive_forget(d);
	padr(d, tags);
	return pppoe_ac_sessions(d->ac) > before;
}

/* With a cookie from before the limit, so that PADR is what runs into it. */
static void get_cookie(struct ac_drive *d)
{
	padi(d, ANY);
	ac_drive_forget(d);
}

static void test_limit_mac(void)
{
	struct ac_drive d;

	start(&d);
	d.group.per_mac = 2;
	ac_drive_group(&d);
	get_cookie(&d);
	g_assert_true(opens(&d));
	g_assert_true(opens(&d));
	padr(&d, ANY COOKIE UNIQ);
	ac_drive_forget(&d);
	padr(&d, ANY COOKIE UNIQ);
	ac_expect(&d, "PADS 0 0101= 0202=53657373696f6e206c696d69742072656163686564 "
		      "0103=aabbccdd");
	padi(&d, ANY); /* silence: another may have room */
	ac_expect(&d, NULL);
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_LIMIT), ==, 3);
	pppoe_session_drop(d.ac, d.session);
	g_assert_true(opens(&d));
	ac_drive_mac(&d, 2);
	get_cookie(&d);
	g_assert_true(opens(&d));
	ac_drive_free(&d);
}

/* Each limit alone: two sessions where two are allowed, a third elsewhere. */
static void test_limits(void)
{
	static const struct {
		struct pppoe_group g;
		uint16_t port, outer, inner; /* where there is room */
	} rows[] = {
		{ { .per_port = 2 }, 4, 100, 200 },
		{ { .per_vlan = 2 }, 3, 101, 200 },
		{ { .per_inner = 2 }, 3, 100, 201 },
		{ { .max_sessions = 2 }, 0, 0, 0 },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ac_drive d;

		start(&d);
		d.group.per_port = rows[i].g.per_port;
		d.group.per_vlan = rows[i].g.per_vlan;
		d.group.per_inner = rows[i].g.per_inner;
		d.group.max_sessions = rows[i].g.max_sessions;
		ac_drive_group(&d);
		ac_drive_vlan(&d, 2, 100, 200);
		get_cookie(&d);
		g_assert_true(opens(&d));
		g_assert_true(opens(&d));
		g_assert_false(opens(&d));
		ac_drive_forget(&d);
		ac_drive_mac(&d, 2);
		padi(&d, ANY);
		ac_expect(&d, NULL);
		g_assert_cmpuint(pppoe_group_sessions(d.ac, 1), ==, 2);
		if (rows[i].port) {
			d.peer.port = rows[i].port;
			ac_drive_vlan(&d, 2, rows[i].outer, rows[i].inner);
			get_cookie(&d);
			g_assert_true(opens(&d));
		}
		ac_drive_free(&d);
	}
}

static void test_limit_all(void)
{
	struct ac_drive d;

	ac_drive_new(&d, &(struct pppoe_ac_config){ .seed = 1, .max_sessions = 3 });
	d.group.max_sessions = 100;
	ac_drive_group(&d);
	get_cookie(&d);
	for (unsigned i = 0; i < 3; i++)
		g_assert_true(opens(&d));
	g_assert_false(opens(&d));
	ac_drive_free(&d);
}

static void test_throttle(void)
{
	struct ac_drive d;

	start(&d);
	d.group.throttle_requests = 3;
	d.group.throttle_seconds = 10;
	d.group.throttle_delay = 30;
	ac_drive_group(&d);
	get_cookie(&d);
	for (unsigned i = 0; i < 3; i++)
		g_assert_true(opens(&d));
	padr(&d, ANY COOKIE "0103000400000002"); /* a repeat is no request */
	g_assert_false(opens(&d));
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_THROTTLED), ==, 1);
	ac_drive_wait(&d, 29900);
	padi(&d, ANY);
	g_assert_false(opens(&d));
	g_assert_cmpuint(ac_drive_drops(&d, PPPOE_DROP_THROTTLED), ==, 3);
	ac_drive_wait(&d, 200);
	get_cookie(&d);
	g_assert_true(opens(&d));
	ac_drive_mac(&d, 2);
	get_cookie(&d);
	g_assert_true(opens(&d)); /* another client never noticed */
	ac_drive_free(&d);
}

/* 100,000 PADI from as many addresses: 500 a second are answered, nothing is kept, and a
 * session does not notice. */
static void test_flood(void)
{
	struct ac_drive d;
	struct pppoe_stats stats;
	unsigned client = 0;
	uint16_t sid;

	start(&d);
	ac_drive_open(&d, "01");
	sid = d.sid;
	for (unsigned i = 0; i < 100000; i++) {
		ac_drive_mac(&d, 0x10000 + client++);
		padi(&d, ANY);
		ac_drive_forget(&d);
		if (i % 10000 == 0)
			ac_drive_wait(&d, 100);
	}
	pppoe_ac_stats(d.ac, &stats);
	g_assert_cmpuint(stats.pado, <=, 1 + 500 + 10 * 50);
	g_assert_cmpuint(stats.pado, >=, 500 + 9 * 50);
	g_assert_cmpuint(pppoe_ac_sessions(d.ac), ==, 1);
	ac_drive_mac(&d, 0x101);
	ac_drive_data(&d, sid, "c021");
	ac_expect(&d, "ppp c021");
	ac_drive_wait(&d, 1000);

	/* one that repeats itself: ten a second */
	pppoe_ac_stats(d.ac, &stats);
	for (unsigned i = 0; i < 1000; i++)
		padi(&d, ANY);
	g_assert_cmpuint(g_queue_get_length(d.said), ==, 10);

	/* and 100,000 PADR with invented cookies */
	g_free(d.cookie);
	d.cookie = g_strnfill(42, '7');
	ac_drive_forget(&d);
	for (unsigned i = 0; i < 100000; i++) {
		ac_drive_mac(&d, 0x10000 + client++);
		padr(&d, ANY COOKIE);
	}
	ac_expect(&d, NULL);
	g_assert_cmpuint(pppoe_ac_sessions(d.ac), ==, 1);
	ac_drive_free(&d);
}

/* ---- session ids ---- */

static void test_ids(void)
{
	struct ac_drive d, odd;
	uint16_t first, second;

	ac_drive_new(&odd, &(struct pppoe_ac_config){ .seed = 1, .id_parity = 1 });
	g_assert_cmpuint(ac_drive_open(&odd, "01") & 1, ==, 1);
	g_assert_cmpuint(odd.sid & 1, ==, 1);
	ac_drive_free(&odd);

	start(&d);
	g_assert_cmpuint(ac_drive_open(&d, "01") & 1, ==, 0);
	first = d.sid;
	g_assert_cmpuint(first & 1, ==, 0);
	pppoe_session_drop(d.ac, d.session);
	ac_drive_open(&d, "02");
	second = d.sid;
	g_assert_cmpuint(second, ==, first + 2);

	/* the same again after a whole round, unless it still rests */
	((struct pppoe_ac *)d.ac)->next_sid = first;
	g_assert_cmpuint(pppoe_sid_new((struct pppoe_ac *)d.ac, 3), ==, first + 4);
	g_assert_cmpuint(pppoe_sid_new((struct pppoe_ac *)d.ac, 4), ==, first + 6);
	((struct pppoe_ac *)d.ac)->next_sid = first;
	g_assert_cmpuint(pppoe_sid_new((struct pppoe_ac *)d.ac, 4), ==, first);
	ac_drive_wait(&d, 30000);
	ac_drive_data(&d, 0, "c021"); /* time goes on by being told */
	((struct pppoe_ac *)d.ac)->next_sid = first;
	g_assert_cmpuint(pppoe_sid_new((struct pppoe_ac *)d.ac, 3), ==, first);

	/* never 0 and never ffff */
	((struct pppoe_ac *)d.ac)->next_sid = 0;
	g_assert_cmpuint(pppoe_sid_new((struct pppoe_ac *)d.ac, 5), ==, 2);
	((struct pppoe_ac *)d.ac)->next_sid = 0xffff;
	g_assert_cmpuint(pppoe_sid_new((struct pppoe_ac *)d.ac, 5), ==, 1);
	ac_drive_free(&d);
}

/* A port gives out all 65,534, ours first; then there is none. */
static void test_all_ids(void)
{
	struct pppoe_ac_config cfg = { .seed = 1, .max_sessions = 70000 };
	struct pppoe_ac *ac = pppoe_ac_new(&cfg, BASE_TIME_ZERO);
	unsigned n = 0;
	uint16_t sid;

	while ((sid = pppoe_sid_new(ac, 3))) {
		struct pppoe_session *s = pppoe_take(ac);

		s->sid = sid;
		s->peer.port = 3;
		s->group = 1;
		pppoe_enter(ac, s);
		if (n++ < 0x7fff)
			g_assert_cmpuint(sid & 1, ==, 0);
	}
	g_assert_cmpuint(n, ==, PPPOE_SID_MAX);
	g_assert_cmpuint(pppoe_sid_new(ac, 4), !=, 0);
	/* more that rest than the ring holds */
	for (sid = 1; sid <= 5000; sid++)
		pppoe_session_drop(ac, pppoe_session_find(ac, 3, sid));
	g_assert_cmpuint(ac->resting_n, ==, PPPOE_RESTING_MAX);
	sid = pppoe_sid_new(ac, 3);
	g_assert_cmpuint(sid, >, 0);
	g_assert_cmpuint(sid, <=, 5000 - PPPOE_RESTING_MAX);
	pppoe_ac_free(ac);
}

static void test_frame(void)
{
	struct ac_drive d;
	uint8_t buf[100];
	g_autofree char *want = NULL;
	size_t n;

	start(&d);
	ac_drive_vlan(&d, 2, 100, 200);
	ac_drive_open(&d, "01");
	want = g_strdup_printf("020000000101" "020000000003" "88a80064" "810000c8" "8864"
			       "1100%04x0006" "c02109010004", d.sid);
	n = pppoe_session_frame(d.ac, d.session,
		(const uint8_t *)"\xff\x03\xc0\x21\x09\x01\x00\x04", 8, buf, sizeof(buf));
	assert_hex(buf, n, want);
	n = pppoe_session_frame(d.ac, d.session,
		(const uint8_t *)"\xc0\x21\x09\x01\x00\x04", 6, buf, sizeof(buf));
	assert_hex(buf, n, want);
	g_assert_cmpuint(pppoe_session_frame(d.ac, d.session, buf, 90, buf, sizeof(buf)),
		==, 0);
	g_assert_cmpuint(pppoe_session_frame(d.ac, 1, buf, 1, buf, sizeof(buf)), ==, 0);
	ac_drive_free(&d);
}

static void test_debug(void)
{
	struct ac_drive d;
	struct pppoe_effect fx;
	unsigned n = 0;

	start(&d);
	pppoe_ac_set_debug(d.ac, true);
	pppoe_ac_input(d.ac, &d.access, (const uint8_t *)"x", 1, d.now);
	while (pppoe_ac_poll(d.ac, &fx)) {
		g_assert_cmpuint(fx.kind, ==, PPPOE_FX_DEBUG);
		g_assert_cmpstr(fx.text, ==, "PPPoE: dropped: malformed");
		n++;
	}
	g_assert_cmpuint(n, ==, 1);
	for (unsigned i = 0; i < PPPOE_N_DROPS; i++)
		g_assert_cmpstr(pppoe_drop_name(i), !=, "?");
	ac_drive_free(&d);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{ "session", test_session },
		{ "close", test_close },
		{ "reject", test_reject },
		{ "vlan", test_vlan },
		{ "services", test_services },
		{ "long-service", test_long_service },
		{ "max-payload", test_max_payload },
		{ "cookies", test_cookies },
		{ "secrets", test_secrets },
		{ "malformed", test_malformed },
		{ "headers", test_headers },
		{ "tags", test_tags },
		{ "no-group", test_no_group },
		{ "foreign", test_foreign },
		{ "unknown", test_unknown },
		{ "limit-mac", test_limit_mac },
		{ "limits", test_limits },
		{ "limit-all", test_limit_all },
		{ "throttle", test_throttle },
		{ "flood", test_flood },
		{ "ids", test_ids },
		{ "all-ids", test_all_ids },
		{ "frame", test_frame },
		{ "debug", test_debug },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/pppoe/", tests[i].name, NULL);

		g_test_add_func(path, tests[i].run);
	}
	return g_test_run();
}
