/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Phases and ends of a link, its words, and the bad input of the reliability catalogue that
 * concerns PPP (M100 to M120): one row a frame, fed in every phase.
 */
#include "drive.h"

#include "tests/lib/hex.h"

static void test_phases(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_PAP, PPP_AUTH_NONE);
	struct ppp_link_info info;
	struct drive d;

	drive_new(&d, &cfg);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_ESTABLISH);
	drive_lcp_up(&d);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_AUTHENTICATE);
	drive_feed(&d, "c023 01 02 0008 0161 0162");
	drive_verdict(&d, true, 0x0a000009, NULL);
	drive_forget(&d);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_NETWORK);
	drive_feed(&d, "8021 02 01 000a 0306 0a000001");
	drive_feed(&d, "8021 01 01 000a 0306 0a000009");
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
	g_assert_true(ppp_link_get(d.e, LINK, &info));
	g_assert_true(info.lcp_open && info.ipcp_open);
	g_assert_cmpuint(info.auth, ==, PPP_AUTH_PAP);
	g_assert_cmpstr(info.peer_name, ==, "a");
	g_assert_cmpuint(info.peer_mru, ==, 1500);
	drive_close(&d, PPP_CAUSE_ADMIN);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_TERMINATE);
	drive_wait(&d, 7000);
	g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_DEAD);
	drive_free(&d);
}

/* While terminating, only LCP counts (RFC 1661 3.7). */
static void test_terminating(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	struct drive d;

	drive_new(&d, &cfg);
	drive_lcp_up(&d);
	drive_ipcp_up(&d);
	drive_close(&d, PPP_CAUSE_ADMIN);
	drive_expect(&d, "c021 05 02 0004");
	drive_feed(&d, "8021 01 07 000a 0306 0a000009");
	drive_feed(&d, "c023 01 02 0008 0161 0162");
	drive_feed(&d, "80fd 01 01 0004");
	drive_feed(&d, "c021 01 07 0004");
	drive_feed(&d, "c021 09 07 0008 11111111");
	drive_expect_none(&d);
	drive_free(&d);
}

static void test_words(void)
{
	for (unsigned i = 0; i <= PPP_PHASE_TERMINATE; i++)
		for (unsigned k = 0; k < i; k++)
			g_assert_cmpstr(ppp_phase_name(i), !=, ppp_phase_name(k));
	g_assert_cmpstr(ppp_phase_name(PPP_PHASE_OPEN), ==, "open");
	g_assert_cmpstr(ppp_cause_text(PPP_CAUSE_AUTH_FAILED), ==, "authentication failed");
	g_assert_cmpstr(ppp_cause_text(99), ==, "unknown");
}

/* ---- bad input ---- */

enum reaction {
	DROP,	/* counted as malformed, nothing said */
	IGNORE, /* nothing said */
	SAY,	/* the answer of the row, in phase open; elsewhere anything small */
	END,	/* the link ends */
};

static const struct bad {
	const char *name;
	const char *frame;
	enum reaction reaction;
	const char *answer;
} bads[] = {
	/* clang-format off */
	{ "m100-length-0",       "c021 09 05 0000 11111111", DROP },
	{ "m100-length-1",       "c021 01 05 0001", DROP },
	{ "m100-length-2",       "c021 05 05 0002", DROP },
	{ "m100-length-3",       "c021 01 05 0003", DROP },
	{ "m100-header-cut",     "c021 01 05 00", DROP },
	{ "m100-nothing",        "c021", DROP },
	{ "m101-past-frame",     "c021 01 05 0010 010405dc", DROP },
	{ "m101-ffff",           "c021 09 05 ffff 11111111", DROP },
	{ "m102-option-0",       "c021 01 05 0008 0100 05dc", DROP },
	{ "m102-option-1",       "c021 01 05 0008 0101 05dc", DROP },
	{ "m102-option-cut",     "c021 01 05 0005 01", DROP },
	{ "m103-option-past",    "c021 01 05 0008 0105 05dc", DROP },
	{ "m103-option-255",     "c021 01 05 0008 01ff 05dc", DROP },
	{ "m103-ack",            "c021 02 01 0008 0105 05dc", DROP },
	{ "m103-nak",            "c021 03 01 0008 0105 05dc", DROP },
	{ "m103-rej",            "c021 04 01 0008 0105 05dc", DROP },
	{ "m103-ipcp",           "8021 01 05 0008 0307 0a00", DROP },
	{ "m104-ack-others",     "c021 02 01 0008 010405dc", IGNORE },
	{ "m105-rej-others",     "c021 04 01 0008 0d040000", IGNORE },
	{ "m109-code-0",         "c021 00 05 0004", SAY, "c021 07 02 0008 00050004" },
	{ "m109-code-255",       "c021 ff 05 0004", SAY, "c021 07 02 0008 ff050004" },
	{ "m110-reject-lcp",     "c021 08 05 0008 c021 0000", END },
	{ "m110-reject-short",   "c021 08 05 0005 c0", DROP },
	{ "m111-pap-id-past",    "c023 01 05 0008 ff 616263", IGNORE },
	{ "m112-chap-value-0",   "c223 02 05 0005 00", IGNORE },
	{ "m112-chap-value-255", "c223 02 05 0008 ff 616263", IGNORE },
	{ "m113-chap-other-id",  "c223 02 63 0015 10 00112233445566778899aabbccddeeff", IGNORE },
	{ "m114-eap",            "c227 02 05 0005 ff", SAY, "c021 08 02 000b c227 02050005ff" },
	{ "m115-ipcp-option-2",  "8021 09 05 0006 0302", SAY, "8021 07 02 000a 0905 0006 0302" },
	{ "m114-eap-name-255",   "c227 02 05 000a 04 10 ff 616263", SAY,
	                         "c021 08 02 0010 c227 0205000a 04 10 ff 616263" },
	{ "m116-ipv6cp",         "8057 01 05 000e 010a 0000000000000000", SAY,
	                         "c021 08 02 0014 8057 0105000e 010a 0000000000000000" },
	{ "m117-mp-one-octet",   "003d c0", SAY, "c021 08 02 0007 003d c0" },
	{ "m117-mp-nonsense",    "003d c0ffffff 003d", SAY, "c021 08 02 000c 003d c0ffffff 003d" },
	{ "m117-mp-no-end",      "003d 80000001 0021 4500", SAY, "c021 08 02 000e 003d 80000001 0021 4500" },
	{ "m118-vj",             "002d 45 00", SAY, "c021 08 02 0008 002d 4500" },
	{ "m118-vj-uncompressed", "002f 45 00", SAY, "c021 08 02 0008 002f 4500" },
	{ "m118-ccp",            "80fd 01 01 0004", SAY, "c021 08 02 000a 80fd 01010004" },
	{ "m118-compressed",     "00fd 0000", SAY, "c021 08 02 0008 00fd 0000" },
	{ "m119-empty",          "", DROP },
	{ "m119-odd-octet",      "57 6000", IGNORE },
	{ "m119-even-octet",     "c0", DROP },
	{ "m119-odd-unknown",    "c1 01", SAY, "c021 08 02 0007 00c1 01" },
	{ "echo-no-magic",       "c021 09 05 0004", DROP },
	{ "code-reject-empty",   "c021 07 05 0004", DROP },
	{ "options-33",          "c021 01 05 0046 6302630263026302630263026302630263026302630263026302"
	                         "6302630263026302630263026302630263026302630263026302630263026302630263026302", DROP },
	/* clang-format on */
};

static void reach_open(struct drive *d)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);

	drive_new(d, &cfg);
	drive_lcp_up(d);
	drive_ipcp_up(d);
}

static void test_bad_open(gconstpointer data)
{
	const struct bad *bad = data;
	struct drive d;

	reach_open(&d);
	drive_feed(&d, bad->frame);
	switch (bad->reaction) {
	case DROP:
		g_assert_cmpuint(drive_stats(&d).malformed, ==, 1);
		drive_expect_none(&d);
		break;
	case IGNORE:
		drive_expect_none(&d);
		break;
	case SAY:
		drive_expect(&d, bad->answer);
		drive_expect_none(&d);
		break;
	case END:
		drive_wait(&d, 7000);
		g_assert_cmpuint(d.downs, ==, 1);
		break;
	}
	if (bad->reaction != END) {
		drive_forget(&d);
		g_assert_cmpuint(drive_phase(&d), ==, PPP_PHASE_OPEN);
		drive_feed(&d, "c021 09 05 0008 11111111"); /* as well as before */
		drive_expect(&d, "c021 0a 05 0008 MMMMMMMM");
	}
	drive_free(&d);
}

/* In no phase may bad input end a link, bring one up, or be answered at length. */
static void test_bad_early(gconstpointer data)
{
	const struct bad *bad = data;

	for (unsigned auth = 0; auth < 3; auth++) {
		for (unsigned lcp = 0; lcp < 2; lcp++) {
			struct ppp_link_config cfg = drive_network(auth, PPP_AUTH_NONE);
			enum ppp_phase before;
			struct drive d;

			drive_new(&d, &cfg);
			if (lcp)
				drive_lcp_up(&d);
			drive_forget(&d);
			before = drive_phase(&d);
			drive_feed(&d, bad->frame);
			g_assert_cmpuint(g_queue_get_length(d.sent), <=, 1);
			g_assert_cmpuint(d.ups + d.downs + d.auths, ==, 0);
			if (bad->reaction != END)
				g_assert_cmpuint(drive_phase(&d), ==, before);
			drive_free(&d);
		}
	}
}

/* M120: the answer to an echo is no longer than the peer can take. */
static void test_big_echo(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	uint8_t big[6000] = { 0xc0, 0x21, 9, 1, 0x17, 0x6e };
	static const struct {
		const char *request, *ack;
		size_t len;
	} rows[] = {
		{ "c021 01 01 0004", "c021 02 01 0004", 1500 },
		{ "c021 01 01 0008 01040100", "c021 02 01 0008 01040100", 256 },
		{ "c021 01 01 0008 0104ffff", "c021 02 01 0008 0104ffff", 1500 },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct drive d;
		g_autofree char *reply = NULL;

		drive_new(&d, &cfg);
		drive_forget(&d);
		drive_feed(&d, rows[i].request);
		drive_expect(&d, rows[i].ack);
		drive_feed(&d, "c021 02 01 000a 0506 MMMMMMMM");
		drive_forget(&d);
		drive_feed_bytes(&d, big, sizeof(big));
		reply = drive_sent(&d);
		g_assert_nonnull(reply);
		g_assert_cmpuint(strlen(reply) / 2 - 2, ==, rows[i].len);
		drive_free(&d);
	}
}

static void test_big_request(void)
{
	struct ppp_link_config cfg = drive_network(PPP_AUTH_NONE, PPP_AUTH_NONE);
	uint8_t big[3000] = { 0xc0, 0x21, 1, 1, 0x0b, 0xb6 };
	struct drive d;

	for (unsigned i = 6; i + 1 < sizeof(big); i += 2) {
		big[i] = 7;
		big[i + 1] = 2;
	}
	drive_new(&d, &cfg);
	drive_forget(&d);
	drive_feed_bytes(&d, big, sizeof(big));
	drive_expect_none(&d);
	g_assert_cmpuint(drive_stats(&d).malformed, ==, 1);
	drive_free(&d);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(bads); i++) {
		g_autofree char *open = g_strdup_printf("/ppp/link/bad-open/%s", bads[i].name);
		g_autofree char *early =
			g_strdup_printf("/ppp/link/bad-early/%s", bads[i].name);

		g_test_add_data_func(open, &bads[i], test_bad_open);
		g_test_add_data_func(early, &bads[i], test_bad_early);
	}
	g_test_add_func("/ppp/link/phases", test_phases);
	g_test_add_func("/ppp/link/terminating", test_terminating);
	g_test_add_func("/ppp/link/words", test_words);
	g_test_add_func("/ppp/link/big-echo", test_big_echo);
	g_test_add_func("/ppp/link/big-request", test_big_request);
	return g_test_run();
}
