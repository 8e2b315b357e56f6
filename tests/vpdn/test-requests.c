/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a RADIUS server is told of a session and a tunnel, attribute by attribute, and what it
 * says besides yes and no: MS-CHAP, texts, challenges.
 */
#include "ppp/mschap.h"
#include "tests/vpdn/lab.h"

#include <string.h>

static uint16_t tunnel(struct lab *lab)
{
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");

	lab_run(lab, dur_s(1));
	return cc;
}

static struct rd last(const struct lab *lab, enum radius_code code)
{
	struct radius_packet p;

	g_assert_true(radius_sim_last(lab->radius[0], code, &p));
	return p.attrs;
}

/* ---- attributes ---- */

struct expected {
	uint32_t vendor;
	uint8_t type;
	const char *text; /* NULL: it is there, whatever it is */
};

#define IETF(type, text) { RADIUS_IETF, type, text }

static char *value_of(const struct radius_attr *a)
{
	uint32_t n;

	if (a->row->kind == RADIUS_INT)
		return g_strdup_printf("%u", radius_u32(a));
	if (a->row->kind == RADIUS_IP) {
		n = radius_u32(a);
		return g_strdup_printf("%u.%u.%u.%u", n >> 24, n >> 16 & 255, n >> 8 & 255, n & 255);
	}
	return g_strndup((const char *)a->value.p, rd_left(&a->value));
}

/* These, once each, and no other. */
static void assert_attrs(struct rd attrs, const struct expected *e, size_t n)
{
	struct radius_iter it = radius_iter(attrs);
	struct radius_attr a;
	size_t seen = 0;

	for (size_t i = 0; i < n; i++) {
		g_autofree char *got = NULL;

		g_test_message("%s", radius_row(e[i].vendor, e[i].type)->name);
		g_assert_true(radius_find(attrs, e[i].vendor, e[i].type, &a));
		g_assert_cmpuint(radius_count(attrs, e[i].vendor, e[i].type), ==, 1);
		got = value_of(&a);
		if (e[i].text)
			g_assert_cmpstr(got, ==, e[i].text);
	}
	while (radius_next(&it, &a)) {
		g_assert_false(a.malformed);
		seen++;
	}
	g_assert_cmpuint(seen, ==, n);
}

static const struct expected login_pap[] = {
	IETF(RA_MESSAGE_AUTHENTICATOR, NULL), IETF(RA_USER_PASSWORD, NULL),
	IETF(RA_NAS_IP, "10.99.0.2"), IETF(RA_USER_NAME, "user1"), IETF(RA_SERVICE_TYPE, "2"),
	IETF(RA_FRAMED_PROTOCOL, "1"), IETF(RA_NAS_ID, "lns1"), IETF(RA_NAS_PORT, "1"),
	IETF(RA_CALLED_STATION, "5550100"), IETF(RA_CALLING_STATION, "5550199"),
	IETF(RA_NAS_PORT_TYPE, "5"), IETF(RA_NAS_PORT_ID, "Uniq-Sess-ID1"),
	IETF(RA_ACCT_SESSION_ID, NULL),
};

static const struct expected stop[] = {
	IETF(RA_NAS_IP, "10.99.0.2"), IETF(RA_ACCT_DELAY_TIME, "0"),
	IETF(RA_ACCT_STATUS_TYPE, "2"), IETF(RA_ACCT_SESSION_ID, NULL),
	IETF(RA_USER_NAME, "user1"), IETF(RA_SERVICE_TYPE, "2"), IETF(RA_FRAMED_PROTOCOL, "1"),
	IETF(RA_FRAMED_IP, "100.64.0.1"), IETF(RA_NAS_ID, "lns1"), IETF(RA_ACCT_AUTHENTIC, "1"),
	IETF(RA_CALLED_STATION, "5550100"), IETF(RA_CALLING_STATION, "5550199"),
	IETF(RA_NAS_PORT, "1"), IETF(RA_NAS_PORT_TYPE, "5"),
	IETF(RA_NAS_PORT_ID, "Uniq-Sess-ID1"), IETF(RA_TUNNEL_TYPE, "3"),
	IETF(RA_TUNNEL_MEDIUM, "1"), IETF(RA_TUNNEL_CLIENT_ENDPOINT, "10.99.0.100"),
	IETF(RA_TUNNEL_SERVER_ENDPOINT, "10.99.0.2"), IETF(RA_TUNNEL_CLIENT_AUTH_ID, "lac0"),
	IETF(RA_TUNNEL_SERVER_AUTH_ID, "lns1"), IETF(RA_ACCT_TUNNEL_CONNECTION, NULL),
	IETF(RA_CLASS, "a class"), IETF(RA_ACCT_SESSION_TIME, NULL),
	IETF(RA_ACCT_INPUT_OCTETS, NULL), IETF(RA_ACCT_OUTPUT_OCTETS, NULL),
	IETF(RA_ACCT_INPUT_GIGAWORDS, "0"), IETF(RA_ACCT_OUTPUT_GIGAWORDS, "0"),
	IETF(RA_ACCT_INPUT_PACKETS, NULL), IETF(RA_ACCT_OUTPUT_PACKETS, NULL),
	IETF(RA_ACCT_TERMINATE_CAUSE, "1"), IETF(RA_EVENT_TIMESTAMP, NULL),
};

static void attributes(void)
{
	struct lab *lab = lab_new_radius(7);
	uint16_t cc = tunnel(lab);
	unsigned call;

	call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, call);
	assert_attrs(last(lab, RADIUS_ACCESS_REQUEST), login_pap, G_N_ELEMENTS(login_pap));
	lab_hang_up(lab, call);
	lab_run(lab, dur_s(5));
	assert_attrs(last(lab, RADIUS_ACCT_REQUEST), stop, G_N_ELEMENTS(stop));
	lab_free(lab);
}

/* The proof of each method is the one of its RFC, and proves: the server looks at it. */
static const struct login {
	const char *name;
	enum ppp_auth method;
	const char *password;
	uint32_t vendor;
	uint8_t type;
} logins[] = {
	{ "pap", PPP_AUTH_PAP, "pw", RADIUS_IETF, RA_USER_PASSWORD },
	{ "chap", PPP_AUTH_CHAP, "pw", RADIUS_IETF, RA_CHAP_PASSWORD },
	{ "mschap", PPP_AUTH_MSCHAP, "pw", RADIUS_MICROSOFT, RA_MS_CHAP_RESPONSE },
	{ "mschap2", PPP_AUTH_MSCHAP2, "pw", RADIUS_MICROSOFT, RA_MS_CHAP2_RESPONSE },
	{ "pap-wrong", PPP_AUTH_PAP, "pv", RADIUS_IETF, RA_USER_PASSWORD },
	{ "chap-wrong", PPP_AUTH_CHAP, "pv", RADIUS_IETF, RA_CHAP_PASSWORD },
	{ "mschap-wrong", PPP_AUTH_MSCHAP, "pv", RADIUS_MICROSOFT, RA_MS_CHAP_RESPONSE },
	{ "mschap2-wrong", PPP_AUTH_MSCHAP2, "pv", RADIUS_MICROSOFT, RA_MS_CHAP2_RESPONSE },
};

static void login(gconstpointer data)
{
	const struct login *l = data;
	struct lab *lab;
	struct radius_sim_counts n;
	bool right = !strcmp(l->password, "pw");
	unsigned call;

	if (!ppp_auth_valid(l->method)) {
		g_test_skip("built without nettle");
		return;
	}
	lab = lab_new_radius(8);
	memset(vpdn_config_vtemplate(vpdn_config(lab->lns), 1, false)->auth, 0,
		sizeof(vpdn_config_vtemplate(vpdn_config(lab->lns), 1, false)->auth));
	vpdn_config_vtemplate(vpdn_config(lab->lns), 1, false)->auth[0] = l->method;
	call = lab_call(lab, 0, tunnel(lab), "user1", l->password, l->method);
	lab_run(lab, dur_s(8));
	g_assert_cmpuint(radius_count(last(lab, RADIUS_ACCESS_REQUEST), l->vendor, l->type), ==, 1);
	radius_sim_get_counts(lab->radius[0], &n);
	g_assert_cmpint(n.accepts > 0, ==, right);
	g_assert_cmpint(n.rejects > 0, ==, !right);
	if (right)
		lab_assert_up(lab, call);
	else
		g_assert_cmpuint(lab->calls[call].session, ==, 0);
	lab_free(lab);
}

/* ---- other words ---- */

/* The text of a reject goes on to the subscriber. */
static void reject_message(void)
{
	struct lab *lab = lab_new_radius(9);
	uint16_t cc = tunnel(lab);

	radius_sim_manner(lab->radius[0])->reject = true;
	radius_sim_manner(lab->radius[0])->message = "no credit";
	lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	g_assert_cmpmem(lab->auth_said, lab->auth_said_len,
		"\xff\x03\xc0\x23\x03\x01\x00\x0e\x09no credit", 18);
	lab_free(lab);
}

/* M133: nobody can be asked; it is a no, which no other method turns into a yes. */
static void challenge(void)
{
	struct lab *lab = lab_new_radius(10);
	uint16_t cc = tunnel(lab);
	unsigned call;

	radius_sim_manner(lab->radius[0])->challenge = true;
	call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(lab, dur_s(5));
	g_assert_cmpuint(lab->calls[call].session, ==, 0);
	g_assert_cmpuint(lab->calls[call].cause, ==, PPP_CAUSE_AUTH_FAILED);
	lab_free(lab);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/requests/attributes", attributes);
	for (size_t i = 0; i < G_N_ELEMENTS(logins); i++) {
		g_autofree char *path = g_strdup_printf("/vpdn/requests/login/%s", logins[i].name);

		g_test_add_data_func(path, &logins[i], login);
	}
	g_test_add_func("/vpdn/requests/reject-message", reject_message);
	g_test_add_func("/vpdn/requests/M133-challenge", challenge);
	return g_test_run();
}
