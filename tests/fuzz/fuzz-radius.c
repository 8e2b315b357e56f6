/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One RADIUS datagram into everything that reads one: the codec, profiles, the server side of
 * CoA and Disconnect, the small server.
 */
#include "vpdn/profile.h"
#include "vpdn/radius_das.h"
#include "vpdn/radius_sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t auth[RADIUS_AUTH] = "0123456789abcde";

/* What is kept of the attributes says the same when read again. */
static void check_keep(const struct radius_packet *p, const struct profile *all)
{
	GBytes *kept = profile_keep(p->attrs);
	gsize n = 0;
	const void *bytes = kept ? g_bytes_get_data(kept, &n) : NULL;
	struct profile *again = profile_new(rd_init(bytes, n), NULL, NULL);

	g_assert_cmpuint(n, <=, PROFILE_CLASS_MAX);
	g_assert_cmpuint(again->malformed, ==, 0);
	g_assert_cmpuint(again->unknown, ==, 0);
	if (!all->classes)
		g_assert_null(again->classes);
	profile_free(again);
	if (kept)
		g_bytes_unref(kept);
}

static void check_profile(const struct radius_packet *p)
{
	struct profile *pr = profile_new(p->attrs, "secret", auth);

	g_assert_cmpuint(pr->tunnels->len, <=, PROFILE_TUNNELS_MAX);
	for (guint i = 0; i < pr->tunnels->len; i++) {
		const struct profile_tunnel *t = pr->tunnels->pdata[i];

		g_assert_cmpuint(t->server_ip, !=, 0);
		if (i) {
			const struct profile_tunnel *before = pr->tunnels->pdata[i - 1];

			g_assert_cmpuint(before->preference, <=, t->preference);
		}
	}
	check_keep(p, pr);
	profile_free(pr);
}

static void check_print(const struct radius_packet *p)
{
	GString *text = g_string_new(NULL);

	radius_print(p->attrs, text);
	for (const char *c = text->str; *c; c++)
		g_assert_true(*c == '\n' || g_ascii_isprint(*c));
	g_string_free(text, TRUE);
}

static void check_passwords(const struct radius_packet *p)
{
	char a[RADIUS_PASSWORD_MAX + 1], b[RADIUS_TEXT_MAX];
	struct radius_iter it = radius_iter(p->attrs);
	struct radius_attr at;

	while (radius_next(&it, &at)) {
		(void)radius_password(&at, "secret", auth, a);
		(void)radius_tunnel_password(&at, "secret", auth, b);
		(void)radius_u32(&at);
	}
}

/* With a seal that fits, so that the content is looked at. */
static void dynamic(const uint8_t *data, size_t size)
{
	const struct das_client client = { .ip = 1, .key = "secret" };
	struct das *d = das_new();
	uint8_t buf[RADIUS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	struct das_request q;
	struct das_dgram out;

	das_configure(d, &client, 1, 3799);
	(void)das_input(d, 1, 5, 2, 3799, data, size, BASE_TIME_ZERO, 1000, &q);
	radius_begin(&w, RADIUS_DISCONNECT_REQUEST, 1, NULL);
	if (size >= RADIUS_HDR)
		wr_bytes(&w, data + RADIUS_HDR, size - RADIUS_HDR);
	radius_seal(&w, "secret", NULL);
	for (unsigned i = 0; i < 2 && !w.bad; i++)
		if (das_input(d, 1, 5, 2, 3799, w.buf, w.len, BASE_TIME_ZERO, 1000, &q))
			das_answer(d, q.token, i ? DAS_OK : DAS_NOT_FOUND);
	while (das_poll(d, &out)) {
		struct radius_packet p;

		g_assert_true(radius_parse(&p, out.bytes, out.len));
		g_assert_cmpint(radius_verify(&p, "secret", buf + 4), ==, RADIUS_GENUINE);
	}
	das_free(d);
}

static void server(const uint8_t *data, size_t size)
{
	struct radius_sim *s = radius_sim_new("secret", 1);
	struct radius_sim_dgram out;
	struct radius_packet p;

	radius_sim_user(s, "alice", "alicepw");
	g_assert_true(radius_sim_attr(s, "alice", "Tunnel-Password:1", "x"));
	radius_sim_input(s, 1, 2, 3, 1812, data, size, BASE_TIME_ZERO);
	while (radius_sim_poll(s, BASE_TIME_ZERO, &out))
		g_assert_true(radius_parse(&p, out.bytes, out.len));
	radius_sim_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct radius_packet p;

	if (radius_parse(&p, data, size)) {
		(void)radius_verify(&p, "secret", auth);
		check_passwords(&p);
		check_print(&p);
		check_profile(&p);
	}
	dynamic(data, size);
	server(data, size);
	return 0;
}
