/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vpdn/aaa.h"

#include "base/text.h"

static struct vpdn_config *users(void)
{
	struct vpdn_config *c = vpdn_config_new();

	g_assert_true(vpdn_config_set_user(c, "alice", "alicepw"));
	g_assert_true(vpdn_config_set_user(c, "bob", "s3cret"));
	g_assert_true(vpdn_config_set_user(c, "load1", "loadpw"));
	g_assert_true(vpdn_config_set_user(c, "load2", "loadpw"));
	g_assert_true(vpdn_config_set_user(c, "empty", ""));
	return c;
}

static const struct {
	const char *name, *user, *password;
	bool ok;
} pap[] = {
	/* clang-format off */
	{ "right",     "alice", "alicepw",   true },
	{ "wrong",     "alice", "alicepx",   false },
	{ "prefix",    "alice", "alicep",    false },
	{ "longer",    "alice", "alicepw ",  false },
	{ "other",     "alice", "s3cret",    false },
	{ "case",      "Alice", "alicepw",   false },
	{ "none",      "alice", "",          false },
	{ "empty",     "empty", "",          true },
	{ "unknown",   "carol", "alicepw",   false },
	{ "unknown-empty", "carol", "",      false },
	{ "no-name",   "",      "",          false },
	/* clang-format on */
};

static void test_pap(const void *data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	struct vpdn_config *c = users();

	g_assert_cmpint(aaa_check_pap(c, pap[i].user, pap[i].password), ==, pap[i].ok);
	vpdn_config_free(c);
}

/* RFC 1994 section 4.1: MD5 over identifier, secret, challenge.  The first two are from
 * a capture between other programs (tests/golden/hidden-avps-xl2tpd-lns.pcap), the
 * other digests were made with another implementation of MD5. */
static const struct {
	const char *name, *user;
	uint8_t id;
	const char *challenge, *response;
	bool ok;
} chap[] = {
	/* clang-format off */
	{ "captured-1", "load1", 2, "c92e0b0a8d664fc2519e937a15d6d732",
	  "880624981423a20ae29bb90c9d1cc99e", true },
	{ "captured-2", "load2", 2, "ffe67c240bd6b49817c6ec0c23b62480",
	  "64982619e1863f21cbf9583dab99d11a", true },
	{ "right", "alice", 1, "000102030405060708090a0b0c0d0e0f",
	  "54cce07e319a3f410481d3bd1dfbdad8", true },
	{ "other-id", "alice", 2, "000102030405060708090a0b0c0d0e0f",
	  "54cce07e319a3f410481d3bd1dfbdad8", false },
	{ "other-challenge", "alice", 1, "010102030405060708090a0b0c0d0e0f",
	  "54cce07e319a3f410481d3bd1dfbdad8", false },
	{ "last-bit", "alice", 1, "000102030405060708090a0b0c0d0e0f",
	  "54cce07e319a3f410481d3bd1dfbdad9", false },
	{ "other-user", "bob", 1, "000102030405060708090a0b0c0d0e0f",
	  "54cce07e319a3f410481d3bd1dfbdad8", false },
	{ "empty-secret", "empty", 255, "00", "e0e8bfafbb0689563b2fba789c97b3cc", true },
	{ "unknown-user", "carol", 255, "00", "e0e8bfafbb0689563b2fba789c97b3cc", false },
	/* clang-format on */
};

static bool check_chap(
	const char *user, uint8_t id, const char *challenge, const char *response)
{
	struct vpdn_config *c = users();
	g_autoptr(GBytes) value = text_from_hex(challenge);
	g_autoptr(GBytes) answer = text_from_hex(response);
	size_t len, answer_len;
	const uint8_t *bytes = g_bytes_get_data(value, &len);
	const uint8_t *answer_bytes = g_bytes_get_data(answer, &answer_len);
	bool ok;

	g_assert_cmpuint(answer_len, ==, 16);
	ok = aaa_check_chap(c, user, id, bytes, len, answer_bytes);
	vpdn_config_free(c);
	return ok;
}

static void test_chap(const void *data)
{
	unsigned i = GPOINTER_TO_UINT(data);

	g_assert_cmpint(check_chap(chap[i].user, chap[i].id, chap[i].challenge,
				chap[i].response),
		==, chap[i].ok);
}

static void test_chap_longest(void)
{
	g_autofree char *challenge = g_strnfill(2 * 255, 'f');

	g_assert_true(
		check_chap("bob", 42, challenge, "fa7039607a1eef38ce6f6f6b6c9e42cb"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(pap); i++) {
		g_autofree char *path =
			g_strdup_printf("/vpdn/aaa/pap/%s", pap[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_pap);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(chap); i++) {
		g_autofree char *path =
			g_strdup_printf("/vpdn/aaa/chap/%s", chap[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_chap);
	}
	g_test_add_func("/vpdn/aaa/chap/longest-challenge", test_chap_longest);
	return g_test_run();
}
