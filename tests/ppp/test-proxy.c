/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A LAC hands a link over to an LNS (RFC 2661 section 4.4.5).  In expected frames MMMMMMMM is
 * the magic number of the side that is looked at.
 */
#include "drive.h"

#include "ppp/mschap.h"
#include "tests/lib/hex.h"

/* ---- LAC ---- */

static void lac_new(struct drive *d, enum ppp_auth first, enum ppp_auth second)
{
	struct ppp_link_config cfg = drive_network(first, second);

	cfg.lac = true;
	drive_new(d, &cfg);
}

static struct ppp_proxy proxy_of(struct drive *d)
{
	struct ppp_proxy p;

	g_assert_true(ppp_link_get_proxy(d->e, LINK, &p));
	return p;
}

#define assert_value(p, field, want)                                                   \
	do {                                                                           \
		g_autofree char *want_ = drive_expand(&d, want);                       \
		g_assert_nonnull((p).field);                                           \
		assert_hex((p).field, (p).field##_len, want_);                         \
	} while (0)

static void test_lac_chap(void)
{
	struct ppp_proxy p;
	struct drive d;
	g_autofree char *challenge = NULL, *want = NULL, *lcp = NULL;

	lac_new(&d, PPP_AUTH_CHAP, PPP_AUTH_PAP);
	g_assert_false(ppp_link_get_proxy(d.e, LINK, &p));
	g_assert_false(ppp_link_forward(d.e, LINK, d.now));
	lcp = drive_sent(&d);
	drive_feed(&d, "c021 01 01 000e 110405dc 0506 11111111"); /* no multilink here */
	drive_expect(&d, "c021 04 01 0008 110405dc");
	drive_feed(&d, "c021 01 02 000e 010405d4 0506 11111111");
	drive_expect(&d, "c021 02 02 000e 010405d4 0506 11111111");
	lcp[5] = '2';
	drive_feed(&d, lcp);
	challenge = drive_sent(&d);
	g_assert_false(ppp_link_get_proxy(d.e, LINK, &p));
	drive_feed(&d, "c223 02 01 0018 10 00112233445566778899aabbccddeeff 626f62");
	g_assert_cmpuint(d.auths, ==, 1);
	p = proxy_of(&d);
	assert_value(p, first_received, "110405dc 0506 11111111");
	assert_value(p, last_sent, "0305c22305 0506MMMMMMMM");
	assert_value(p, last_received, "010405d4 0506 11111111");
	g_assert_cmpuint(p.authen_type, ==, 2);
	assert_value(p, name, "626f62");
	want = g_strndup(challenge + 14, 32);
	assert_value(p, challenge, want);
	assert_value(p, response, "00112233445566778899aabbccddeeff");
	g_assert_true(p.has_id);
	g_assert_cmpuint(p.id, ==, 1);

	/* the wait for the LNS */
	drive_feed(&d, "c021 09 05 0008 11111111");
	drive_expect(&d, "c021 0a 05 0008 MMMMMMMM");
	drive_feed(&d, "c223 02 01 0018 10 00112233445566778899aabbccddeeff 626f62");
	drive_expect_none(&d);
	drive_wait(&d, 60000);
	drive_expect_none(&d);

	g_assert_true(ppp_link_forward(d.e, LINK, d.now));
	g_assert_false(ppp_link_forward(d.e, LINK, d.now));
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_FORWARDED);
	drive_feed(&d, "c021 09 05 0008 11111111"); /* not for us any more */
	drive_feed(&d, "c021 01 09 0004");
	drive_verdict(&d, true, 0x0a000009, NULL);
	drive_wait(&d, 60000);
	drive_expect_none(&d);
	drive_close(&d, PPP_CAUSE_ADMIN);
	drive_expect_none(&d); /* PPP's end is the LNS's */
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_ADMIN);
	drive_free(&d);
}

static void test_lac_pap(void)
{
	struct ppp_proxy p;
	struct drive d;

	lac_new(&d, PPP_AUTH_PAP, PPP_AUTH_NONE);
	drive_lcp_up(&d);
	drive_feed(&d, "c023 01 07 0008 0161 0162");
	p = proxy_of(&d);
	g_assert_cmpuint(p.authen_type, ==, 3);
	assert_value(p, name, "61");
	assert_value(p, response, "62");
	g_assert_null(p.challenge);
	g_assert_cmpuint(p.id, ==, 7);

	/* this one is terminated here after all */
	drive_verdict(&d, true, 0x0a000009, NULL);
	drive_expect(&d, "c023 02 07 0005 00");
	g_assert_false(ppp_link_get_proxy(d.e, LINK, &p));
	g_assert_false(ppp_link_forward(d.e, LINK, d.now));
	drive_ipcp_up(&d);
	drive_free(&d);
}

/* Without authentication the owner is asked where the link goes. */
static void test_lac_none(void)
{
	struct ppp_proxy p;
	struct drive d;

	lac_new(&d, PPP_AUTH_NONE, PPP_AUTH_NONE);
	drive_lcp_up(&d);
	g_assert_cmpuint(d.auths, ==, 1);
	g_assert_cmpuint(d.method, ==, PPP_AUTH_NONE);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_expect_none(&d);
	p = proxy_of(&d);
	g_assert_cmpuint(p.authen_type, ==, 4);
	g_assert_null(p.name);
	g_assert_false(p.has_id);
	drive_verdict(&d, true, 0x0a000009, NULL);
	drive_ipcp_up(&d);
	drive_free(&d);
}

static void test_lac_mschap2(void)
{
	struct ppp_proxy p;
	struct drive d;

	if (!ppp_mschap_available())
		return g_test_skip("built without nettle");
	lac_new(&d, PPP_AUTH_MSCHAP2, PPP_AUTH_NONE);
	drive_lcp_up(&d);
	drive_forget(&d);
	drive_feed(&d, "c223 02 01 0039 31 00112233445566778899aabbccddeeff 0000000000000000"
		       "000102030405060708090a0b0c0d0e0f1011121314151617 00 626f62");
	p = proxy_of(&d);
	g_assert_cmpuint(p.authen_type, ==, 0); /* there is no number for it */
	g_assert_null(p.response);
	g_assert_null(p.name);
	assert_value(p, last_sent, "0305c22381 0506MMMMMMMM");
	drive_free(&d);
}

/* LCP begins again while the LNS is being asked: what was handed over is wrong. */
static void test_lac_again(gconstpointer data)
{
	enum ppp_auth method = GPOINTER_TO_UINT(data);
	struct ppp_proxy p;
	struct drive d;
	g_autofree char *lcp = NULL;

	lac_new(&d, method, PPP_AUTH_NONE);
	drive_lcp_up(&d);
	if (method == PPP_AUTH_PAP)
		drive_feed(&d, "c023 01 07 0008 0161 0162");
	g_assert_cmpuint(d.auths, ==, 1);
	drive_feed(&d, "c021 01 22 000a 0506 22222222");
	lcp = drive_sent(&d);
	drive_expect(&d, "c021 02 22 000a 0506 22222222");
	lcp[5] = '2';
	drive_feed(&d, lcp);
	g_assert_cmpuint(d.auths, ==, 1);
	g_assert_false(ppp_link_get_proxy(d.e, LINK, &p));
	g_assert_false(ppp_link_forward(d.e, LINK, d.now));
	drive_pump(&d);
	if (method == PPP_AUTH_PAP)
		drive_feed(&d, "c023 01 08 0008 0161 0162");
	g_assert_cmpuint(d.auths, ==, 2);
	p = proxy_of(&d);
	assert_value(p, first_received, "0506 22222222");
	g_assert_true(ppp_link_forward(d.e, LINK, d.now));
	drive_free(&d);
}

/* A forwarded link goes over in its record: remembered, and silent. */
static void test_lac_record(void)
{
	struct ppp_engine *e = ppp_engine_new(2, 2, true, BASE_TIME_ZERO);
	struct ckpt_record rec;
	struct ppp_link_info info;
	struct drive d, b;

	lac_new(&d, PPP_AUTH_CHAP, PPP_AUTH_NONE);
	ppp_link_set_replicated(d.e, LINK, true);
	drive_lcp_up(&d);
	drive_forget(&d);
	drive_feed(&d, "c223 02 01 0018 10 00112233445566778899aabbccddeeff 626f62");
	g_assert_false(ppp_engine_poll_record(d.e, &rec));
	g_assert_true(ppp_link_forward(d.e, LINK, d.now));
	g_assert_true(ppp_engine_poll_record(d.e, &rec));
	g_assert_true(ppp_engine_apply(e, &rec, BASE_TIME_ZERO));
	drive_take_engine(&b, e, BASE_TIME_ZERO);
	ppp_engine_activate(e, BASE_TIME_ZERO);
	g_assert_true(ppp_link_get(e, LINK, &info));
	g_assert_true(info.forwarded && info.replicated);
	g_assert_cmpuint(info.phase, ==, PPP_PHASE_FORWARDED);
	g_assert_cmpuint(info.auth, ==, PPP_AUTH_CHAP);
	g_assert_cmpstr(info.peer_name, ==, "bob");
	g_assert_true(time_is_never(ppp_engine_next_due(e)));
	drive_feed(&b, "c021 09 05 0008 11111111");
	drive_expect_none(&b);
	drive_close(&b, PPP_CAUSE_ADMIN);
	g_assert_cmpuint(b.downs, ==, 1);
	drive_expect_none(&b);
	drive_free(&b);
	drive_free(&d);
}

/* ---- LNS ---- */

struct values {
	const char *first, *sent, *received; /* NULL: absent */
	unsigned type;
	const char *name, *challenge, *response;
	int id; /* -1: absent */
};

/* What a LAC could have handed over: CHAP of bob. */
static const struct values chap = {
	.first = "0506 11111111",
	.sent = "010405d4 0305c22305 0506 33333333",
	.received = "010405d4 0506 11111111 0702 0802",
	.type = 2,
	.name = "626f62",
	.challenge = "aabbccddeeff",
	.response = "00112233445566778899aabbccddeeff",
	.id = 9,
};

static const struct values pap = {
	.first = "",
	.sent = "0304c023",
	.received = "",
	.type = 3,
	.name = "61",
	.response = "62",
	.id = 0,
};

static GBytes *octets(const char *digits, const uint8_t **p, size_t *n)
{
	GBytes *bytes = digits ? hex(digits) : NULL;

	*p = NULL;
	*n = 0;
	if (!bytes)
		return NULL;
	*p = g_bytes_get_data(bytes, n);
	if (!*p)
		*p = (const uint8_t *)"";
	return bytes;
}

static void lns_new(struct drive *d, const struct ppp_link_config *cfg, const struct values *v)
{
	struct ppp_proxy p = { .authen_type = (uint16_t)v->type, .has_id = v->id >= 0,
		.id = (uint8_t)v->id };
	GBytes *all[] = {
		octets(v->first, &p.first_received, &p.first_received_len),
		octets(v->sent, &p.last_sent, &p.last_sent_len),
		octets(v->received, &p.last_received, &p.last_received_len),
		octets(v->name, &p.name, &p.name_len),
		octets(v->challenge, &p.challenge, &p.challenge_len),
		octets(v->response, &p.response, &p.response_len),
	};

	drive_take_engine(
		d, ppp_engine_new(1, 1, false, BASE_TIME_ZERO), BASE_TIME_ZERO);
	g_assert_true(ppp_link_open_proxied(d->e, LINK, cfg, &p, d->now));
	g_assert_false(ppp_link_open_proxied(d->e, LINK, cfg, &p, d->now));
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
		g_clear_pointer(&all[i], g_bytes_unref); /* nothing is borrowed */
	drive_pump(d);
}

static struct ppp_link_info info_of(struct drive *d)
{
	struct ppp_link_info info;

	g_assert_true(ppp_link_get(d->e, LINK, &info));
	return info;
}

static void test_accepted_chap(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_PAP);
	struct ppp_link_info info;
	struct drive d;

	lns_new(&d, &cfg, &chap);
	drive_expect_none(&d); /* not one packet of LCP */
	g_assert_cmpuint(d.auths, ==, 1);
	g_assert_true(d.proxied);
	g_assert_cmpuint(d.method, ==, PPP_AUTH_CHAP);
	g_assert_cmpstr(d.name, ==, "bob");
	g_assert_cmpuint(d.id, ==, 9);
	assert_hex(d.challenge, d.challenge_len, "aabbccddeeff");
	assert_hex(d.response, d.response_len, "00112233445566778899aabbccddeeff");
	info = info_of(&d);
	g_assert_true(info.lcp_open && info.lcp_proxied && info.auth_proxied);
	g_assert_cmphex(info.local_magic, ==, 0x33333333);
	g_assert_cmphex(info.peer_magic, ==, 0x11111111);
	g_assert_cmpuint(info.peer_mru, ==, 1492);

	drive_feed(&d, "c021 02 01 0013 010405d4 0305c22305 0506 33333333"); /* a late copy */
	drive_feed(&d, "c223 02 09 0018 10 00112233445566778899aabbccddeeff 626f62");
	drive_expect_none(&d);
	drive_verdict(&d, true, 0x0a000009, "hi");
	drive_expect(&d, "c223 03 09 0006 6869"); /* to the LAC's identifier */
	drive_ipcp_up(&d);
	drive_feed(&d, "c223 02 09 0018 10 00112233445566778899aabbccddeeff 626f62");
	drive_expect(&d, "c223 03 09 0006 6869");
	drive_feed(&d, "c021 09 05 0008 11111111");
	drive_expect(&d, "c021 0a 05 0008 33333333");
	g_assert_cmpuint(drive_stats(&d).proxied, ==, 1);
	drive_feed(&d, "c021 05 06 0004");
	drive_expect(&d, "c021 06 06 0004");
	drive_free(&d);
}

static void test_accepted_pap(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_PAP);
	struct drive d;

	lns_new(&d, &cfg, &pap);
	drive_expect_none(&d);
	g_assert_cmpstr(d.name, ==, "a");
	g_assert_cmpstr(d.password, ==, "b");
	g_assert_cmphex(info_of(&d).local_magic, ==, 0); /* the LAC asked for none */
	drive_verdict(&d, false, 0, NULL);
	drive_expect(&d, "c023 03 00 0005 00");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_free(&d);
}

/* Nothing to authenticate: straight to IPCP. */
static void test_accepted_none(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct values v = { .sent = "0506 33333333", .received = "0506 11111111", .type = 4,
		.id = -1 };
	struct drive d;

	cfg.peer_ip = 0x0a000009;
	lns_new(&d, &cfg, &v);
	g_assert_cmpuint(d.auths, ==, 0);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_NETWORK);
	drive_ipcp_up(&d);
	drive_free(&d);

	cfg.peer_ip = 0; /* none to be had */
	lns_new(&d, &cfg, &v);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_wait(&d, 7000);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_NO_ADDRESS);
	drive_free(&d);
}

/* Methods that fit but nothing that can be put to the owner: the peer is asked anew. */
static void test_asked_anew(gconstpointer data)
{
	static const struct {
		const char *what;
		struct values v;
	} rows[] = {
		{ "none", { "", "0305c22305", "", 4, NULL, NULL, NULL, -1 } },
		{ "absent", { "", "0305c22305", "", 0, NULL, NULL, NULL, -1 } },
		{ "other type", { "", "0305c22305", "", 3, "62", NULL, "61", 9 } },
		{ "text", { "", "0305c22305", "", 1, "62", NULL, "61", 9 } },
		{ "no id", { "", "0305c22305", "", 2, "62", "00",
				   "00112233445566778899aabbccddeeff", -1 } },
		{ "no name", { "", "0305c22305", "", 2, NULL, "00",
				     "00112233445566778899aabbccddeeff", 9 } },
		{ "no challenge", { "", "0305c22305", "", 2, "62", NULL,
					  "00112233445566778899aabbccddeeff", 9 } },
		{ "empty challenge", { "", "0305c22305", "", 2, "62", "",
					     "00112233445566778899aabbccddeeff", 9 } },
		{ "short", { "", "0305c22305", "", 2, "62", "00", "0011", 9 } },
		{ "a NUL", { "", "0305c22305", "", 2, "6200", "00",
				   "00112233445566778899aabbccddeeff", 9 } },
	};
	struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_NONE);

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *challenge = NULL;
		struct drive d;

		lns_new(&d, &cfg, &rows[i].v);
		g_test_message("%s", rows[i].what);
		g_assert_cmpuint(d.auths, ==, 0);
		g_assert_true(info_of(&d).lcp_proxied && !info_of(&d).auth_proxied);
		challenge = drive_sent(&d);
		/* its identifier is not the LAC's (1.13) */
		g_assert_true(g_str_has_prefix(
			challenge, rows[i].v.id < 0 ? "c2230100" : "c223010a"));
		drive_free(&d);
	}
}

static void test_force_chap(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_PAP, PPP_AUTH_CHAP);
	g_autofree char *challenge = NULL;
	struct drive d;

	cfg.force_chap = true;
	lns_new(&d, &cfg, &chap);
	g_assert_cmpuint(d.auths, ==, 0); /* whatever the LAC believed */
	challenge = drive_sent(&d);
	g_assert_true(g_str_has_prefix(challenge, "c223010a0018" "10"));
	drive_feed(&d, "c223 02 09 0018 10 00112233445566778899aabbccddeeff 626f62");
	g_assert_cmpuint(d.auths, ==, 0);
	drive_feed(&d, "c223 02 0a 0018 10 00112233445566778899aabbccddeeff 626f62");
	g_assert_cmpuint(d.auths, ==, 1);
	g_assert_false(d.proxied);
	drive_free(&d);

	/* the LAC agreed on PAP: LCP must agree on CHAP, or it is over */
	cfg.renegotiate = PPP_RENEGOTIATE_ON_MISMATCH;
	lns_new(&d, &cfg, &pap);
	drive_expect(&d, "c021 01 01 000f 0305c22305 0506MMMMMMMM");
	drive_free(&d);
	cfg.auth[1] = PPP_AUTH_NONE; /* even when only PAP was configured */
	lns_new(&d, &cfg, &pap);
	drive_expect(&d, "c021 01 01 000f 0305c22305 0506MMMMMMMM");
	drive_free(&d);
	cfg.renegotiate = PPP_RENEGOTIATE_NEVER;
	lns_new(&d, &cfg, &pap);
	drive_expect_none(&d);
	g_assert_cmpuint(d.downs, ==, 1);
	g_assert_cmpuint(d.cause, ==, PPP_CAUSE_AUTH_REFUSED);
	drive_free(&d);
}

static void test_always(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_NONE);
	struct drive d;

	cfg.renegotiate = PPP_RENEGOTIATE_ALWAYS;
	lns_new(&d, &cfg, &chap);
	g_assert_cmpuint(d.auths, ==, 0);
	drive_lcp_up(&d); /* from the beginning */
	g_assert_false(info_of(&d).lcp_proxied);
	drive_free(&d);
}

/* A LAC that has not negotiated at all: LCP is ours, whatever is configured. */
static void test_no_values(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_NONE);
	struct values v = { .id = -1 };
	struct drive d;

	lns_new(&d, &cfg, &v);
	drive_lcp_up(&d);
	g_assert_cmpuint(drive_stats(&d).proxy_refused, ==, 0);
	drive_free(&d);
}

/* What does not fit: renegotiated on mismatch, the end when never. */
static void test_mismatch(void)
{
	static const struct {
		const char *what;
		struct values v;
		enum ppp_cause cause;
	} rows[] = {
#define BOB 2, "62", "00", "00112233445566778899aabbccddeeff", 9
		{ "27 absent", { "", NULL, "", BOB }, PPP_CAUSE_NO_PROXY },
		{ "28 absent", { "", "0305c22305", NULL, BOB }, PPP_CAUSE_NO_PROXY },
		{ "only 29", { NULL, NULL, NULL, BOB }, PPP_CAUSE_NO_PROXY },
		{ "other method", { "", "0304c023", "", BOB }, PPP_CAUSE_AUTH_REFUSED },
		{ "no method", { "", "0506 33333333", "", BOB }, PPP_CAUSE_AUTH_REFUSED },
		{ "auth of three octets", { "", "0303c0", "", BOB }, PPP_CAUSE_AUTH_REFUSED },
		{ "MRU too large", { "", "0104ffff 0305c22305", "", BOB }, PPP_CAUSE_NO_PROXY },
		{ "MRU 0", { "", "01040000 0305c22305", "", BOB }, PPP_CAUSE_NO_PROXY },
		{ "multilink", { "", "0305c22305 110405dc", "", BOB }, PPP_CAUSE_NO_PROXY },
		{ "magic of 5", { "", "0305c22305 0505 333333", "", BOB }, PPP_CAUSE_NO_PROXY },
		{ "M84: length 0", { "", "0305c22305 0500", "", BOB }, PPP_CAUSE_NO_PROXY },
		{ "M84: length 1", { "", "0305c22305 0501", "", BOB }, PPP_CAUSE_NO_PROXY },
		{ "M84: past the end", { "", "0305c22305 0506 3333", "", BOB },
			PPP_CAUSE_NO_PROXY },
		{ "M84: in 28", { "", "0305c22305", "0500", BOB }, PPP_CAUSE_NO_PROXY },
		{ "peer wants auth", { "", "0305c22305", "0304c023", BOB }, PPP_CAUSE_NO_PROXY },
		{ "peer's multilink", { "", "0305c22305", "110405dc", BOB },
			PPP_CAUSE_NO_PROXY },
		{ "peer's MRU", { "", "0305c22305", "01040010", BOB }, PPP_CAUSE_NO_PROXY },
		{ "same magic", { "", "0305c22305 0506 33333333", "0506 33333333", BOB },
			PPP_CAUSE_NO_PROXY },
		{ "magic 0", { "", "0305c22305", "0506 00000000", BOB }, PPP_CAUSE_NO_PROXY },
		{ "too long", { "", "0305c22305 13ff00000000000000000000000000000000000000000000"
				    "000000000000", "", BOB }, PPP_CAUSE_NO_PROXY },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_NONE);
		struct drive d;

		g_test_message("%s", rows[i].what);
		lns_new(&d, &cfg, &rows[i].v);
		drive_expect_none(&d);
		g_assert_cmpuint(d.downs, ==, 1);
		g_assert_cmpuint(d.auths, ==, 0);
		g_assert_cmpuint(d.cause, ==, rows[i].cause);
		g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_DEAD);
		drive_free(&d);

		cfg.renegotiate = PPP_RENEGOTIATE_ON_MISMATCH;
		lns_new(&d, &cfg, &rows[i].v);
		g_assert_cmpuint(drive_stats(&d).proxy_refused, ==, 1);
		drive_lcp_up(&d); /* as if there had been nothing */
		g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
		g_assert_cmpuint(info_of(&d).peer_mru, ==, 1500);
		drive_free(&d);
	}
}

/* The peer may still begin LCP itself; what came by proxy is then void. */
static void test_peer_renegotiates(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_NONE);
	g_autofree char *lcp = NULL, *challenge = NULL;
	struct drive d;

	lns_new(&d, &cfg, &chap);
	drive_verdict(&d, true, 0x0a000009, NULL);
	drive_forget(&d);
	drive_feed(&d, "c021 01 44 000a 0506 22222222");
	lcp = drive_sent(&d);
	g_assert_true(g_str_has_prefix(lcp, "c02101"));
	drive_expect(&d, "c021 02 44 000a 0506 22222222");
	g_assert_false(info_of(&d).lcp_proxied || info_of(&d).auth_proxied);
	lcp[5] = '2';
	drive_feed(&d, lcp);
	challenge = drive_sent(&d);
	g_assert_true(g_str_has_prefix(challenge, "c223010a"));
	drive_free(&d);
}

/* A session that came up by proxy goes over like any other. */
static void test_lns_record(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_CHAP, PPP_AUTH_NONE);
	struct ppp_engine *e = ppp_engine_new(2, 2, true, BASE_TIME_ZERO);
	struct ckpt_record rec;
	struct drive d, b;

	lns_new(&d, &cfg, &chap);
	ppp_link_set_replicated(d.e, LINK, true);
	drive_verdict(&d, true, 0x0a000009, "hi");
	drive_forget(&d);
	drive_feed(&d, "8021 01 01 000a 0306 0a000009");
	drive_feed(&d, "8021 02 01 000a 0306 0a000001");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
	g_assert_true(ppp_engine_poll_record(d.e, &rec));
	g_assert_true(ppp_engine_apply(e, &rec, BASE_TIME_ZERO));
	ppp_engine_activate(e, BASE_TIME_ZERO);
	drive_take_engine(&b, e, BASE_TIME_ZERO);
	g_assert_true(info_of(&b).lcp_proxied && info_of(&b).auth_proxied);
	g_assert_cmphex(info_of(&b).local_magic, ==, 0x33333333);
	drive_feed(&b, "c223 02 09 0018 10 00112233445566778899aabbccddeeff 626f62");
	drive_expect(&b, "c223 03 09 0006 6869");
	drive_feed(&b, "c021 09 05 0008 11111111");
	drive_expect(&b, "c021 0a 05 0008 33333333");
	drive_free(&d);
	drive_free(&b);
}

/* From the subscriber through our LAC to our LNS. */
static void test_hand_over(gconstpointer data)
{
	enum ppp_auth method = GPOINTER_TO_UINT(data);
	struct ppp_link_config cfg = drive_network(method, PPP_AUTH_NONE);
	struct ppp_link_config sub_cfg = drive_client();
	struct drive sub, lac, lns;
	struct ppp_proxy p;
	char success[PPP_MSCHAP2_SUCCESS] = "";
	char *s;

	if (!ppp_auth_valid(method))
		return g_test_skip("built without nettle");
	drive_take_engine(&sub, ppp_engine_new(7, 7, false, BASE_TIME_ZERO), BASE_TIME_ZERO);
	g_assert_true(ppp_link_open(sub.e, LINK, &sub_cfg, sub.now));
	drive_pump(&sub);
	lac_new(&lac, method, PPP_AUTH_NONE);
	for (unsigned i = 0; i < 20 && !lac.auths; i++) {
		while ((s = drive_sent(&sub))) {
			drive_feed(&lac, s);
			g_free(s);
		}
		while ((s = drive_sent(&lac))) {
			drive_feed(&sub, s);
			g_free(s);
		}
	}
	g_assert_cmpuint(lac.auths, ==, 1);
	p = proxy_of(&lac);
	drive_take_engine(&lns, ppp_engine_new(3, 3, false, BASE_TIME_ZERO), BASE_TIME_ZERO);
	g_assert_true(ppp_link_open_proxied(lns.e, LINK, &cfg, &p, lns.now));
	drive_pump(&lns);
	g_assert_true(info_of(&lns).lcp_proxied);
	g_assert_true(ppp_link_forward(lac.e, LINK, lac.now));

	for (unsigned i = 0; i < 20; i++) {
		while ((s = drive_sent(&sub))) {
			drive_feed(&lns, s);
			g_free(s);
		}
		if (lns.auths == 1 && drive_phase(&lns) == PPP_PHASE_AUTHENTICATE) {
			g_assert_cmpstr(lns.name, ==, "alice");
			g_assert_cmpint(lns.proxied, ==, method != PPP_AUTH_MSCHAP2);
			if (method == PPP_AUTH_MSCHAP2)
				g_assert_true(ppp_mschap2_check("alicepw", "alice",
					lns.challenge, lns.response, success));
			drive_verdict(&lns, true, 0x0a000009, success);
		}
		while ((s = drive_sent(&lns))) {
			drive_feed(&sub, s);
			g_free(s);
		}
	}
	g_assert_cmpuint(lns.ups, ==, 1);
	g_assert_cmpuint(sub.ups, ==, 1);
	g_assert_cmphex(sub.local_ip, ==, 0x0a000009);
	g_assert_cmpuint(sub.downs + lns.downs + lac.downs, ==, 0);
	drive_free(&sub);
	drive_free(&lac);
	drive_free(&lns);
}

int main(int argc, char **argv)
{
	static const unsigned methods[] = { PPP_AUTH_PAP, PPP_AUTH_CHAP, PPP_AUTH_MSCHAP,
		PPP_AUTH_MSCHAP2 };

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/proxy/lac/chap", test_lac_chap);
	g_test_add_func("/proxy/lac/pap", test_lac_pap);
	g_test_add_func("/proxy/lac/none", test_lac_none);
	g_test_add_func("/proxy/lac/mschap2", test_lac_mschap2);
	g_test_add_data_func("/proxy/lac/again-pap", GUINT_TO_POINTER(PPP_AUTH_PAP),
		test_lac_again);
	g_test_add_data_func("/proxy/lac/again-none", GUINT_TO_POINTER(PPP_AUTH_NONE),
		test_lac_again);
	g_test_add_func("/proxy/lac/record", test_lac_record);
	g_test_add_func("/proxy/lns/chap", test_accepted_chap);
	g_test_add_func("/proxy/lns/pap", test_accepted_pap);
	g_test_add_func("/proxy/lns/none", test_accepted_none);
	g_test_add_data_func("/proxy/lns/asked-anew", NULL, test_asked_anew);
	g_test_add_func("/proxy/lns/force-chap", test_force_chap);
	g_test_add_func("/proxy/lns/always", test_always);
	g_test_add_func("/proxy/lns/no-values", test_no_values);
	g_test_add_func("/proxy/lns/mismatch", test_mismatch);
	g_test_add_func("/proxy/lns/peer-renegotiates", test_peer_renegotiates);
	g_test_add_func("/proxy/lns/record", test_lns_record);
	for (unsigned i = 0; i < G_N_ELEMENTS(methods); i++) {
		g_autofree char *path = g_strconcat(
			"/proxy/hand-over/", ppp_auth_name(methods[i]), NULL);

		g_test_add_data_func(path, GUINT_TO_POINTER(methods[i]), test_hand_over);
	}
	return g_test_run();
}
