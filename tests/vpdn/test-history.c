/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vpdn/history.h"

/* The entry of the screen in ios-cli.md 5.4. */
static struct vpdn_failure sample(const char *user)
{
	struct vpdn_failure f = {
		.nas = "LAC-A",
		.gateway = "LNS-A",
		.nas_ip = 0xc0000201,
		.gateway_ip = 0xc000020a,
		.mid = 3542,
		.nas_clid = 8656,
		.gateway_clid = 7658,
		.at = { 47282 },
		.type = "The remote server closed this session",
		.reason = "Administrative intervention",
	};

	g_strlcpy(f.user, user, sizeof(f.user));
	return f;
}

static void test_entry(void)
{
	struct failures *h = failures_new();
	struct vpdn_failure f = sample("joe@example.net");
	const struct vpdn_failure *got;

	g_assert_cmpuint(failures_count(h), ==, 0);
	g_assert_null(failures_get(h, 0));
	failures_add(h, &f);
	g_assert_cmpuint(failures_count(h), ==, 1);
	got = failures_get(h, 0);
	g_assert_cmpstr(got->user, ==, "joe@example.net");
	g_assert_cmpstr(got->reason, ==, "Administrative intervention");
	g_assert_cmpuint(got->mid, ==, 3542);
	g_assert_cmpuint(got->repeat, ==, 1);
	failures_clear(h);
	g_assert_cmpuint(failures_count(h), ==, 0);
	failures_free(h);
}

/* Same user, peer and type: one row, newest last, with the latest time and numbers. */
static void test_repeat(void)
{
	struct failures *h = failures_new();
	struct vpdn_failure a = sample("a"), b = sample("b");

	failures_add(h, &a);
	failures_add(h, &b);
	a.at = (base_time){ 99 };
	a.mid = 7;
	failures_add(h, &a);
	g_assert_cmpuint(failures_count(h), ==, 2);
	g_assert_cmpstr(failures_get(h, 0)->user, ==, "b");
	g_assert_cmpstr(failures_get(h, 1)->user, ==, "a");
	g_assert_cmpuint(failures_get(h, 1)->repeat, ==, 2);
	g_assert_cmpuint(failures_get(h, 1)->mid, ==, 7);
	g_assert_cmpint(failures_get(h, 1)->at.ns, ==, 99);
	g_strlcpy(a.type, "Failed to authenticate", sizeof(a.type));
	failures_add(h, &a);
	g_assert_cmpuint(failures_count(h), ==, 3);
	g_assert_cmpuint(failures_get(h, 2)->repeat, ==, 1);
	a.nas_ip++;
	failures_add(h, &a);
	g_assert_cmpuint(failures_count(h), ==, 4);
	failures_free(h);
}

static void fill(struct failures *h, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		g_autofree char *user = g_strdup_printf("user%u", i);
		struct vpdn_failure f = sample(user);

		failures_add(h, &f);
	}
}

static void test_bound(void)
{
	struct failures *h = failures_new();

	fill(h, 100);
	g_assert_cmpuint(failures_count(h), ==, 20);
	g_assert_cmpstr(failures_get(h, 0)->user, ==, "user80");
	g_assert_cmpstr(failures_get(h, 19)->user, ==, "user99");
	failures_configure(h, 50, true);
	fill(h, 100);
	g_assert_cmpuint(failures_count(h), ==, 50);
	failures_configure(h, 1000, true); /* the table itself has 50 */
	fill(h, 100);
	g_assert_cmpuint(failures_count(h), ==, 50);
	failures_configure(h, 0, true);
	g_assert_cmpuint(failures_count(h), ==, 20);
	g_assert_cmpstr(failures_get(h, 0)->user, ==, "user80");
	failures_configure(h, 0, false); /* no vpdn history failure */
	fill(h, 1);
	g_assert_cmpstr(failures_get(h, 19)->user, ==, "user99");
	failures_free(h);
}

static void test_escaped(void)
{
	char text[64];

	failures_text(text, sizeof(text), "a\x1b[2J\n");
	g_assert_cmpstr(text, ==, "a\\x1b[2J\\x0a");
	failures_text(text, sizeof(text), NULL);
	g_assert_cmpstr(text, ==, "");

	g_autofree char *noise = g_strnfill(300, '\x01');

	failures_text(text, sizeof(text), noise);
	g_assert_cmpuint(strlen(text), ==, sizeof(text) - 1);
}

static const struct {
	const char *name;
	struct l2tp_cause cause;
	bool normal;
	const char *type, *session, *tunnel;
} causes[] = {
	/* clang-format off */
	{ "admin",   { L2TP_BY_PEER, 3, 0, "" }, false, "The remote server closed this session",
	  "Administrative intervention", "Control channel already exists" },
	{ "carrier", { L2TP_BY_PEER, 1, 0, "" }, true, "The remote server closed this session",
	  "Loss of carrier", "Request to clear control connection" },
	{ "error",   { L2TP_BY_PEER, 2, 4, "" }, false, "The remote server closed this session",
	  "General error: insufficient resources", "General error: insufficient resources" },
	{ "odd",     { L2TP_BY_PEER, 900, 77, "" }, false, "The remote server closed this session",
	  "Result code 900, error code 77", "Result code 900, error code 77" },
	{ "zero",    { L2TP_BY_PROTOCOL, 0, 0, "" }, false, "Protocol error",
	  "Result code 0, error code 0", "Result code 0, error code 0" },
	{ "silent",  { L2TP_BY_TIMEOUT, 2, 0, "" }, false, "Peer timed out",
	  "No response from peer", "No response from peer" },
	{ "ours",    { L2TP_BY_LOCAL, 3, 0, "" }, true, "The local server closed this session",
	  "Administrative intervention", "Control channel already exists" },
	{ "not-authorized", { L2TP_BY_PEER, 4, 0, "" }, false, "The remote server closed this session",
	  "Temporary lack of resources", "Requester is not authorized" },
	{ "ppp",     { L2TP_BY_PEER, 3, 0, "", { .known = true, .code = 16 } }, false,
	  "The remote server closed this session",
	  "Administrative intervention, PPP: authentication failed", "Control channel already exists" },
	{ "ppp-odd", { L2TP_BY_PEER, 3, 0, "", { .known = true, .code = 999 } }, false,
	  "The remote server closed this session",
	  "Administrative intervention, PPP: code 999", "Control channel already exists" },
	{ "ppp-none", { L2TP_BY_PEER, 3, 0, "", { .known = true } }, false,
	  "The remote server closed this session", "Administrative intervention",
	  "Control channel already exists" },
	/* clang-format on */
};

static void test_cause(const void *data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	char text[96];

	g_assert_cmpint(failures_is_normal(&causes[i].cause), ==, causes[i].normal);
	g_assert_cmpstr(failures_session_type(&causes[i].cause), ==, causes[i].type);
	failures_session_reason(&causes[i].cause, text, sizeof(text));
	g_assert_cmpstr(text, ==, causes[i].session);
	failures_tunnel_reason(&causes[i].cause, text, sizeof(text));
	g_assert_cmpstr(text, ==, causes[i].tunnel);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/history/entry", test_entry);
	g_test_add_func("/vpdn/history/repeat", test_repeat);
	g_test_add_func("/vpdn/history/bound", test_bound);
	g_test_add_func("/vpdn/history/escaped", test_escaped);
	for (unsigned i = 0; i < G_N_ELEMENTS(causes); i++) {
		g_autofree char *path =
			g_strdup_printf("/vpdn/history/cause/%s", causes[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_cause);
	}
	return g_test_run();
}
