/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calls of LACs that tell what they have negotiated with the subscriber (RFC 2661, section
 * 4.4.5): what of it the LNS takes, by its configuration.
 */
#include "tests/vpdn/lab.h"

#include <string.h>

static struct vpdn_group *group(struct lab *lab)
{
	return vpdn_config_group(vpdn_config(lab->lns), "1", false);
}

static struct vpdn_vtemplate *vtemplate(struct lab *lab)
{
	return vpdn_config_vtemplate(vpdn_config(lab->lns), 1, false);
}

static uint16_t tunnel(struct lab *lab)
{
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");

	lab_run(lab, dur_s(1));
	return cc;
}

static void link_of(const struct lab *lab, unsigned call, struct ppp_link_info *link)
{
	struct vpdn_session_info s;

	g_assert_true(lab_session(lab, &lab->calls[call], &s));
	g_assert_true(ppp_link_get(vpdn_ppp(lab->lns), s.number, link));
}

/* ---- what is taken ---- */

static void no_last_sent(struct l2tp_proxy *p)
{
	p->last_sent_lcp.p = NULL;
	p->last_sent_lcp.len = 0;
}

static void no_lcp(struct l2tp_proxy *p)
{
	no_last_sent(p);
	p->initial_lcp.len = p->last_received_lcp.len = 0;
}

static void no_response(struct l2tp_proxy *p)
{
	p->auth_response.len = 0;
}

static void nothing(struct l2tp_proxy *p)
{
	memset(p, 0, sizeof(*p));
}

static void text_type(struct l2tp_proxy *p)
{
	p->auth_type = L2TP_PROXY_TEXT;
}

static void only_chap(struct lab *lab)
{
	memset(vtemplate(lab)->auth, 0, sizeof(vtemplate(lab)->auth));
	vtemplate(lab)->auth[0] = PPP_AUTH_CHAP;
}

static void no_auth(struct lab *lab)
{
	memset(vtemplate(lab)->auth, 0, sizeof(vtemplate(lab)->auth));
}

static void small_mtu(struct lab *lab)
{
	vtemplate(lab)->mtu = 1400;
}

enum expect { TAKEN, LCP_TAKEN, AGAIN, REFUSED };

static const struct {
	const char *name;
	enum ppp_auth auth;
	void (*spoil)(struct l2tp_proxy *p);
	void (*configure)(struct lab *lab);
	enum ppp_renegotiate renegotiate;
	bool force_chap;
	enum expect expect;
	uint16_t code; /* REFUSED: of RFC 3145 */
} rows[] = {
	/* clang-format off */
	{ "chap",          PPP_AUTH_CHAP, NULL, NULL, PPP_RENEGOTIATE_NEVER,       false, TAKEN,     0 },
	{ "pap",           PPP_AUTH_PAP,  NULL, NULL, PPP_RENEGOTIATE_NEVER,       false, TAKEN,     0 },
	{ "mismatch-fits", PPP_AUTH_CHAP, NULL, NULL, PPP_RENEGOTIATE_ON_MISMATCH, false, TAKEN,     0 },
	{ "always",        PPP_AUTH_CHAP, NULL, NULL, PPP_RENEGOTIATE_ALWAYS,      false, AGAIN,     0 },
	{ "force-chap",    PPP_AUTH_CHAP, NULL, NULL, PPP_RENEGOTIATE_NEVER,       true,  LCP_TAKEN, 0 },
	{ "no-lcp",        PPP_AUTH_CHAP, no_lcp, NULL, PPP_RENEGOTIATE_NEVER,     false, REFUSED,   2 },
	{ "half-lcp",      PPP_AUTH_CHAP, no_last_sent, NULL, PPP_RENEGOTIATE_NEVER, false, REFUSED, 2 },
	{ "half-lcp-mismatch", PPP_AUTH_CHAP, no_last_sent, NULL, PPP_RENEGOTIATE_ON_MISMATCH, false, AGAIN, 0 },
	{ "nothing",       PPP_AUTH_CHAP, nothing, NULL, PPP_RENEGOTIATE_NEVER,    false, AGAIN,     0 },
	{ "no-response",   PPP_AUTH_CHAP, no_response, NULL, PPP_RENEGOTIATE_NEVER, false, LCP_TAKEN, 0 },
	{ "text",          PPP_AUTH_CHAP, text_type, NULL, PPP_RENEGOTIATE_NEVER,  false, LCP_TAKEN, 0 },
	{ "wrong-method",  PPP_AUTH_PAP,  NULL, only_chap, PPP_RENEGOTIATE_NEVER,  false, REFUSED,   15 },
	{ "other-method",  PPP_AUTH_NONE, NULL, only_chap, PPP_RENEGOTIATE_ON_MISMATCH, false, AGAIN, 0 },
	{ "nobody-asked",  PPP_AUTH_NONE, NULL, NULL, PPP_RENEGOTIATE_NEVER,       false, REFUSED,   15 },
	{ "no-auth",       PPP_AUTH_NONE, NULL, no_auth, PPP_RENEGOTIATE_NEVER,    false, LCP_TAKEN, 0 },
	{ "mtu",           PPP_AUTH_CHAP, NULL, small_mtu, PPP_RENEGOTIATE_NEVER,  false, REFUSED,   2 },
	{ "mtu-mismatch",  PPP_AUTH_CHAP, NULL, small_mtu, PPP_RENEGOTIATE_ON_MISMATCH, false, AGAIN, 0 },
	/* clang-format on */
};

static void test_row(const void *data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct lab *lab = lab_new(40 + i);
	struct ppp_link_info link;
	struct vpdn_session_info s;
	struct l2tp_proxy left;
	unsigned call;
	uint16_t cc = tunnel(lab);

	lab->spoil = rows[i].spoil;
	if (rows[i].configure)
		rows[i].configure(lab);
	vpdn_settings_put(
		&group(lab)->own, VPDN_SET_RENEGOTIATION, rows[i].renegotiate);
	vpdn_settings_put(&group(lab)->own, VPDN_SET_FORCE_CHAP, rows[i].force_chap);
	call = lab_call_proxied(lab, 0, cc, "user3", "pw", rows[i].auth);
	lab_run(lab, dur_s(5));
	if (rows[i].expect == REFUSED) {
		g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
		g_assert_true(lab->calls[call].gone.ppp.known);
		g_assert_cmpuint(lab->calls[call].gone.ppp.code, ==, rows[i].code);
		g_assert_cmpuint(vpdn_history_count(lab->lns), ==, 1);
		lab_free(lab);
		return;
	}
	if (rows[i].configure == no_auth) {
		g_assert_true(lab->calls[call].up);
		g_assert_cmpint(lab_outcome(lab, call), ==, LAB_WHOLE);
	} else {
		lab_assert_up(lab, call);
	}
	link_of(lab, call, &link);
	g_assert_cmpint(link.lcp_proxied, ==, rows[i].expect != AGAIN);
	g_assert_cmpint(link.auth_proxied, ==, rows[i].expect == TAKEN);

	/* A password is not kept longer than needed. */
	g_assert_true(lab_session(lab, &lab->calls[call], &s));
	g_assert_false(l2tp_session_proxy(vpdn_l2tp(lab->lns), s.cc, s.session, &left));
	lab_hang_up(lab, call);
	lab_run(lab, dur_s(5));
	g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* The LAC believes everybody, the LNS does not. */
static void test_wrong_password(void)
{
	static const enum ppp_auth methods[] = { PPP_AUTH_CHAP, PPP_AUTH_PAP };

	for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
		struct lab *lab = lab_new(60 + i);
		uint16_t cc = tunnel(lab);
		unsigned call = lab_call_proxied(lab, 0, cc, "user3", "no", methods[i]);

		lab_run(lab, dur_s(8));
		g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
		g_assert_cmpint(lab->calls[call].cause, ==, PPP_CAUSE_AUTH_FAILED);
		g_assert_cmpstr(vpdn_history_get(lab->lns, 0)->type, ==,
			"Failed to authenticate");
		g_assert_cmpstr(vpdn_history_get(lab->lns, 0)->user, ==, "user3");
		lab_free(lab);
	}
}

/* MS-CHAP by proxy, if the build has it. */
static void test_mschap(void)
{
	struct lab *lab = lab_new(63);
	struct ppp_link_info link;
	unsigned call;

	if (!ppp_auth_valid(PPP_AUTH_MSCHAP)) {
		g_test_skip("no MS-CHAP in this build");
		lab_free(lab);
		return;
	}
	call = lab_call_proxied(lab, 0, tunnel(lab), "user3", "pw", PPP_AUTH_MSCHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, call);
	link_of(lab, call, &link);
	g_assert_true(link.auth_proxied);
	lab_free(lab);
}

/* A RADIUS server is asked about what the LAC has heard. */
static void test_radius(void)
{
	struct lab *lab = lab_new_radius(64);
	uint16_t cc = tunnel(lab);
	unsigned a = lab_call_proxied(lab, 0, cc, "user3", "pw", PPP_AUTH_CHAP);
	unsigned b = lab_call_proxied(lab, 0, cc, "user4", "pw", PPP_AUTH_PAP);
	unsigned c = lab_call_proxied(lab, 0, cc, "user5", "no", PPP_AUTH_PAP);

	lab_run(lab, dur_s(8));
	lab_assert_up(lab, a);
	lab_assert_up(lab, b);
	g_assert_cmpint(lab_outcome(lab, c), ==, LAB_GONE);
	lab_assert_acct(lab);
	lab_free(lab);
}

/* The LAC is told how to write to the subscriber, if it has to know and does not. */
static const struct {
	const char *name;
	uint32_t framing;
	bool accm, proxied;
	enum ppp_renegotiate renegotiate;
	unsigned slis;
} slis[] = {
	/* clang-format off */
	{ "sync",          1, true,  false, PPP_RENEGOTIATE_NEVER,  0 },
	{ "no-accm",       2, false, false, PPP_RENEGOTIATE_NEVER,  0 },
	{ "async",         2, true,  false, PPP_RENEGOTIATE_NEVER,  1 },
	{ "async-proxied", 2, true,  true,  PPP_RENEGOTIATE_NEVER,  0 },
	{ "async-again",   2, true,  true,  PPP_RENEGOTIATE_ALWAYS, 1 },
	/* clang-format on */
};

static void test_sli(const void *data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct lab *lab = lab_new(70 + i);
	uint16_t cc = tunnel(lab);
	unsigned call;

	lab->framing_type = slis[i].framing;
	lab->ask_accm = slis[i].accm;
	vpdn_settings_put(
		&group(lab)->own, VPDN_SET_RENEGOTIATION, slis[i].renegotiate);
	call = slis[i].proxied ? lab_call_proxied(lab, 0, cc, "user3", "pw", PPP_AUTH_CHAP)
			       : lab_call(lab, 0, cc, "user3", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, call);
	g_assert_cmpuint(lab->slis, ==, slis[i].slis);
	if (slis[i].slis) {
		g_assert_cmphex(lab->sli_accm[0], ==, 0x000a0000);
		g_assert_cmphex(lab->sli_accm[1], ==, UINT32_MAX);
	}
	lab_free(lab);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/vpdn/proxy/", rows[i].name, NULL);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(slis); i++) {
		g_autofree char *path = g_strconcat("/vpdn/proxy/sli/", slis[i].name, NULL);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_sli);
	}
	g_test_add_func("/vpdn/proxy/wrong-password", test_wrong_password);
	g_test_add_func("/vpdn/proxy/mschap", test_mschap);
	g_test_add_func("/vpdn/proxy/radius", test_radius);
	return g_test_run();
}
