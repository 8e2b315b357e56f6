/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Attributes of an Access-Accept as fields; each pair of the table; precedence.
 */
#include "vpdn/profile.h"

#include <string.h>

#define SECRET "labsecret"

static const uint8_t auth[RADIUS_AUTH] = "fedcba987654321";

static struct profile *of(const struct wr *w)
{
	g_assert_false(w->bad);
	return profile_new(rd_init(w->buf, w->len), SECRET, auth);
}

static struct profile *of_pair(const char *text)
{
	uint8_t buf[256];
	struct wr w = wr_init(buf, sizeof(buf));

	radius_put_vendor(&w, RADIUS_CISCO, RA_CISCO_AVPAIR, text, strlen(text));
	return of(&w);
}

/* ---- pairs ---- */

enum is { IS_U8, IS_U16, IS_U32, IS_TEXT, BAD, UNKNOWN };

static const struct {
	const char *text;
	enum is is;
	size_t at;
	uint32_t value;
	const char *string;
} rows[] = {
	/* clang-format off */
#define AT(m) offsetof(struct profile, m)
	{ "vpdn:l2tp-silent-switchover=1", IS_U8, AT(ha), PROFILE_YES, NULL },
	{ "vpdn:l2tp-silent-switchover=0", IS_U8, AT(ha), PROFILE_NO, NULL },
	{ "vpdn:l2tp-silent-switchover*1", IS_U8, AT(ha), PROFILE_YES, NULL },
	{ "vpdn:l2tp-silent-switchover=2", BAD, 0, 0, NULL },
	{ "vpdn:l2tp-tunnel-resync-packet=1000", IS_U16, AT(resync), 1000, NULL },
	{ "vpdn:l2tp-tunnel-resync-packet=0", BAD, 0, 0, NULL },
	{ "vpdn:l2tp-tunnel-resync-packet=1001", BAD, 0, 0, NULL },
	{ "vpdn:l2tp-tunnel-resync-packet=x", BAD, 0, 0, NULL },
	{ "vpdn:tunnel-id=lac1", IS_TEXT, AT(tunnel_id), 0, "lac1" },
	{ "vpdn:tunnel-id=", BAD, 0, 0, NULL },
	{ "vpdn:tunnel-type=l2tp", IS_TEXT, AT(tunnel_type), 0, "l2tp" },
	{ "vpdn:l2tp-tunnel-password=a=b:c", IS_TEXT, AT(password), 0, "a=b:c" },
	{ "vpdn:source-ip=192.0.2.9", IS_U32, AT(source_ip), 0xc0000209, NULL },
	{ "vpdn:source-ip=192.0.2", BAD, 0, 0, NULL },
	{ "vpdn:gw-name=g", IS_TEXT, AT(gw_name), 0, "g" },
	{ "vpdn:nas-password=n", IS_TEXT, AT(nas_password), 0, "n" },
	{ "vpdn:gw-password=p", IS_TEXT, AT(gw_password), 0, "p" },
	{ "vpdn:l2tp-tunnel-authen=no", IS_U8, AT(authen), PROFILE_NO, NULL },
	{ "vpdn:l2tp-tunnel-authen=yes", IS_U8, AT(authen), PROFILE_YES, NULL },
	{ "vpdn:l2tp-hello-interval=30", IS_U16, AT(hello_s), 30, NULL },
	{ "vpdn:l2tp-hello-interval=0", IS_U8, AT(hello_set), true, NULL },
	{ "vpdn:l2tp-hidden-avp=yes", IS_U8, AT(hidden), PROFILE_YES, NULL },
	{ "vpdn:l2tp-drop-out-of-order=yes", IS_U8, AT(drop_out_of_order), PROFILE_YES, NULL },
	{ "vpdn:l2tp-nosession-timeout=20", IS_U32, AT(nosession_s), 20, NULL },
	{ "vpdn:l2tp-tunnel-timeout-no-session=21", IS_U32, AT(nosession_s), 21, NULL },
	{ "vpdn:l2tp-tunnel-retransmit-retries=30", IS_U16, AT(retries), 30, NULL },
	{ "vpdn:l2tp-tunnel-retransmit-timeout-min=2", IS_U8, AT(timeout_min_s), 2, NULL },
	{ "vpdn:l2tp-tunnel-retransmit-timeout-max=4", IS_U8, AT(timeout_max_s), 4, NULL },
	{ "vpdn:l2tp-tunnel-retransmit-timeout-max=9", BAD, 0, 0, NULL },
	{ "vpdn:l2tp-tunnel-retransmit-initial-retries=3", IS_U16, AT(initial_retries), 3, NULL },
	{ "vpdn:l2tp-tunnel-retransmit-initial-timeout-min=1", IS_U8, AT(initial_min_s), 1, NULL },
	{ "vpdn:l2tp-tunnel-retransmit-initial-timeout-max=8", IS_U8, AT(initial_max_s), 8, NULL },
	{ "vpdn:l2tp-tunnel-recv-win=100", IS_U16, AT(rws), 100, NULL },
	{ "vpdn:l2tp-tunnel-timeout-setup=60", IS_U32, AT(setup_s), 60, NULL },
	{ "vpdn:l2tp-busy-disconnect=61", IS_U32, AT(busy_s), 61, NULL },
	{ "vpdn:l2tp-udp-checksum=yes", IS_U8, AT(udp_checksum), PROFILE_YES, NULL },
	{ "vpdn:vpdn-group=G1", IS_TEXT, AT(group), 0, "G1" },
	{ "vpdn:vpn-vrf=red", IS_TEXT, AT(vrf), 0, "red" },
	{ "vpdn:vpn-id=A1:2", IS_TEXT, AT(vpn_id), 0, "A1:2" },
	{ "vpdn:dout-dialer=1", IS_TEXT, AT(dialer), 0, "1" },
	{ "vpdn:min-links=2", IS_U16, AT(min_links), 2, NULL },
	{ "vpdn:virtual-template=3", IS_U16, AT(virtual_template), 3, NULL },
	{ "vpdn:virtual-template=4096", BAD, 0, 0, NULL },
	{ "vpdn:terminate-from=lac1", IS_TEXT, AT(terminate_from), 0, "lac1" },
	{ "vpdn:session-limit=0", IS_U8, AT(session_limit_set), true, NULL },
	{ "vpdn:session-limit=10", IS_U16, AT(session_limit), 10, NULL },
	{ "ip:addr-pool=POOL2", IS_TEXT, AT(pool), 0, "POOL2" },
	{ "ip:dns-servers=192.0.2.1 192.0.2.2", IS_U32, AT(dns[1]), 0xc0000202, NULL },
	{ "ip:dns-servers=host", BAD, 0, 0, NULL },
	{ "ip:route=1", UNKNOWN, 0, 0, NULL },
	{ "vpdn:never-heard-of=1", UNKNOWN, 0, 0, NULL },
	{ "lcp:interface-config=ip mtu", UNKNOWN, 0, 0, NULL },
	{ "no-service=1", BAD, 0, 0, NULL },
	{ "vpdn:no-value", BAD, 0, 0, NULL },
	{ ":=", UNKNOWN, 0, 0, NULL },
	/* clang-format on */
};

static void pairs(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct profile *p = of_pair(rows[i].text);
		const char *at = (const char *)p + rows[i].at;

		g_test_message("%s", rows[i].text);
		g_assert_cmpuint(p->malformed, ==, rows[i].is == BAD);
		g_assert_cmpuint(p->unknown, ==, rows[i].is == UNKNOWN);
		switch (rows[i].is) {
		case IS_U8:
			g_assert_cmpuint(*(const uint8_t *)at, ==, rows[i].value);
			break;
		case IS_U16:
			g_assert_cmpuint(
				*(const uint16_t *)(const void *)at, ==, rows[i].value);
			break;
		case IS_U32:
			g_assert_cmpuint(
				*(const uint32_t *)(const void *)at, ==, rows[i].value);
			break;
		case IS_TEXT:
			g_assert_cmpstr(*(char *const *)(const void *)at, ==,
				rows[i].string);
			break;
		case BAD:
		case UNKNOWN:
			break;
		}
		profile_free(p);
	}
}

static const struct profile_tunnel *nth(const struct profile *p, guint i)
{
	g_assert_cmpuint(i, <, p->tunnels->len);
	return p->tunnels->pdata[i];
}

static void addresses(void)
{
	struct profile *p =
		of_pair("vpdn:ip-addresses=192.0.2.1,192.0.2.2 192.0.2.3/192.0.2.4");

	g_assert_cmpuint(p->tunnels->len, ==, 4);
	g_assert_cmpuint(nth(p, 0)->preference, ==, 0);
	g_assert_cmpuint(nth(p, 2)->preference, ==, 0);
	g_assert_cmpuint(nth(p, 3)->preference, ==, 1);
	g_assert_cmpuint(nth(p, 3)->server_ip, ==, 0xc0000204);
	profile_free(p);
}

/* ---- tunnels ---- */

static void tags(void)
{
	uint8_t buf[1024];
	struct wr w = wr_init(buf, sizeof(buf));

	radius_put_tagged_str(&w, RA_TUNNEL_SERVER_ENDPOINT, 2, "192.0.2.2");
	radius_put_tagged_u32(&w, RA_TUNNEL_PREFERENCE, 2, 20);
	radius_put_tagged_u32(&w, RA_TUNNEL_TYPE, 0, 3);
	radius_put_tagged_str(&w, RA_TUNNEL_CLIENT_AUTH_ID, 0, "lac");
	radius_put_tunnel_password(&w, 0, 1, "common", SECRET, auth);
	radius_put_tagged_str(&w, RA_TUNNEL_SERVER_ENDPOINT, 1, "192.0.2.1");
	radius_put_tagged_u32(&w, RA_TUNNEL_PREFERENCE, 1, 10);
	radius_put_tunnel_password(&w, 1, 2, "own", SECRET, auth);
	radius_put_tagged_str(&w, RA_TUNNEL_SERVER_ENDPOINT, 3, "lns.example.net");
	radius_put_tagged_str(&w, RA_TUNNEL_SERVER_ENDPOINT, 4, "192.0.2.4");
	radius_put_tagged_u32(&w, RA_TUNNEL_TYPE, 4, 1); /* PPTP */

	struct profile *p = of(&w);

	g_assert_cmpuint(p->tunnels->len, ==, 2);
	g_assert_cmpuint(p->malformed, ==, 2);
	g_assert_cmpuint(nth(p, 0)->server_ip, ==, 0xc0000201);
	g_assert_cmpstr(nth(p, 0)->password, ==, "own");
	g_assert_cmpstr(nth(p, 0)->client_id, ==, "lac");
	g_assert_cmpuint(nth(p, 1)->server_ip, ==, 0xc0000202);
	g_assert_cmpstr(nth(p, 1)->password, ==, "common");
	profile_free(p);
}

static void one_without_tag(void)
{
	uint8_t buf[1024];
	struct wr w = wr_init(buf, sizeof(buf));

	radius_put_str(&w, RA_TUNNEL_SERVER_ENDPOINT, "192.0.2.7");
	radius_put_vendor(&w, RADIUS_CISCO, RA_CISCO_AVPAIR,
		"vpdn:l2tp-tunnel-password=pp", 28);
	radius_put_vendor(&w, RADIUS_CISCO, RA_CISCO_AVPAIR, "vpdn:tunnel-id=me", 17);

	struct profile *p = of(&w);

	g_assert_cmpuint(p->tunnels->len, ==, 1);
	g_assert_cmpuint(nth(p, 0)->type, ==, 3);
	g_assert_cmpstr(nth(p, 0)->password, ==, "pp");
	g_assert_cmpstr(nth(p, 0)->client_id, ==, "me");
	profile_free(p);
}

static void too_many(void)
{
	uint8_t buf[4096];
	struct wr w = wr_init(buf, sizeof(buf));

	for (unsigned i = 0; i < 200; i++)
		radius_put_tagged_str(&w, RA_TUNNEL_SERVER_ENDPOINT,
			(uint8_t)(i % RADIUS_TAG_MAX + 1), "192.0.2.7");

	struct profile *p = of(&w);

	g_assert_cmpuint(p->tunnels->len, ==, RADIUS_TAG_MAX);
	profile_free(p);
	w.len = 0;
	for (unsigned i = 0; i < 3; i++)
		radius_put_vendor(&w, RADIUS_CISCO, RA_CISCO_AVPAIR,
			"vpdn:ip-addresses=1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,"
			"1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,"
			"1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,"
			"1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1", 225);
	p = of(&w);
	g_assert_cmpuint(p->tunnels->len, <=, PROFILE_TUNNELS_MAX);
	g_assert_cmpuint(p->tunnels->len, >, 20);
	profile_free(p);
}

/* ---- the subscriber ---- */

static void subscriber(void)
{
	uint8_t buf[1024];
	struct wr w = wr_init(buf, sizeof(buf));

	radius_put_u32(&w, RA_FRAMED_IP, 0x64400001);
	radius_put_u32(&w, RA_SESSION_TIMEOUT, 3600);
	radius_put_u32(&w, RA_INTERIM_INTERVAL, 300);
	radius_put_str(&w, RA_FRAMED_POOL, "P");
	radius_put_str(&w, RA_REPLY_MESSAGE, "hello");
	radius_put(&w, RA_CLASS, "one", 3);
	radius_put(&w, RA_CLASS, "two", 3);
	radius_put_u32(&w, RA_FRAMED_NETMASK, 0xffffff00);
	radius_put_u32(&w, RA_FRAMED_MTU, 1400);
	radius_put_u32(&w, RA_IDLE_TIMEOUT, 900);
	radius_put_u32(&w, RA_PORT_LIMIT, 1);
	radius_put_str(&w, RA_FILTER_ID, "f");
	radius_put_u32(&w, RA_FRAMED_ROUTING, 0);
	radius_put_u32(&w, RA_FRAMED_COMPRESSION, 1);
	radius_put_u32(&w, RA_TERMINATION_ACTION, 1);
	radius_put_str(&w, RA_FRAMED_ROUTE, "10.0.0.0/8 0.0.0.0");

	struct profile *p = of(&w);
	g_autoptr(GBytes) kept = profile_keep(rd_init(w.buf, w.len));
	gsize n;
	const void *bytes = g_bytes_get_data(kept, &n);
	struct profile *again = profile_new(rd_init(bytes, n), NULL, NULL);

	g_assert_cmpuint(p->ip, ==, 0x64400001);
	g_assert_cmpstr(p->pool, ==, "P");
	g_assert_cmpstr(p->message, ==, "hello");
	g_assert_cmpuint(g_bytes_get_size(p->classes), ==, 10);
	g_assert_cmpuint(again->session_timeout, ==, 3600);
	g_assert_cmpuint(again->interim, ==, 300);
	g_assert_cmpuint(p->mask, ==, 0xffffff00);
	g_assert_cmpuint(p->mtu, ==, 1400);
	g_assert_cmpuint(p->idle_timeout, ==, 900);
	g_assert_cmpuint(p->port_limit, ==, 1);
	g_assert_cmpstr(p->filter, ==, "f");
	g_assert_cmpuint(p->unknown, ==, 4); /* routing, compression, action, route */
	g_assert_cmpuint(p->malformed, ==, 0);
	g_assert_cmpuint(again->mtu, ==, 1400);
	g_assert_cmpuint(again->idle_timeout, ==, 900);
	g_assert_cmpuint(again->ip, ==, 0); /* the session has it */
	g_assert_true(g_bytes_equal(again->classes, p->classes));
	profile_free(p);
	profile_free(again);
}

static void nas_chooses(void)
{
	for (uint32_t ip = 0xfffffffe; ip; ip++) {
		uint8_t buf[16];
		struct wr w = wr_init(buf, sizeof(buf));

		radius_put_u32(&w, RA_FRAMED_IP, ip);

		struct profile *p = of(&w);

		g_assert_cmpuint(p->ip, ==, 0);
		profile_free(p);
	}
}

/* ---- precedence (ios-cli.md 15): all combinations ---- */

static void precedence(void)
{
	for (unsigned i = 0; i < 16; i++) {
		struct profile p = { .ha = i & 3 };
		bool global_on = i & 4, group_on = i & 8;
		bool on = global_on && group_on && p.ha != PROFILE_NO;

		if ((i & 3) > PROFILE_YES)
			continue;
		g_assert_cmpint(profile_ha(&p, global_on, group_on), ==, on);
		if (p.ha == PROFILE_UNSET)
			g_assert_cmpint(profile_ha(NULL, global_on, group_on), ==, on);
	}
	g_assert_cmpuint(profile_resync(NULL, 4), ==, 4);
	g_assert_cmpuint(profile_resync(&(struct profile){ 0 }, 4), ==, 4);
	g_assert_cmpuint(profile_resync(&(struct profile){ .resync = 9 }, 4), ==, 9);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/profile/pairs", pairs);
	g_test_add_func("/vpdn/profile/addresses", addresses);
	g_test_add_func("/vpdn/profile/tags", tags);
	g_test_add_func("/vpdn/profile/one-without-tag", one_without_tag);
	g_test_add_func("/vpdn/profile/too-many", too_many);
	g_test_add_func("/vpdn/profile/subscriber", subscriber);
	g_test_add_func("/vpdn/profile/nas-chooses", nas_chooses);
	g_test_add_func("/vpdn/profile/precedence", precedence);
	return g_test_run();
}
