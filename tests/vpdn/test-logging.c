/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vpdn logging: which of the events of one and the same story are told, and what of them the
 * failure history keeps.
 */
#include "tests/vpdn/lab.h"

#include <string.h>

/* What the LNS has logged, as "MNEMONIC text" lines. */
static char *story(unsigned logging, bool history_normal, unsigned *failures)
{
	struct lab *lab = lab_new(110);
	struct vpdn_config *c = vpdn_config(lab->lns);
	uint16_t cc;
	struct vpdn_session_info s;
	unsigned call[4];
	char *out;

	lab->log = g_string_new(NULL);
	c->logging = (uint8_t)logging;
	c->history_normal = history_normal;
	vpdn_config_changed(lab->lns, lab->now);
	cc = lab_tunnel(lab, 0, "tunsecret");
	lab_run(lab, dur_s(1));
	for (unsigned i = 0; i < 4; i++) {
		g_autofree char *user = g_strdup_printf("user%u", i + 1);

		call[i] = lab_call(lab, 0, cc, user, "pw", PPP_AUTH_CHAP);
	}
	lab_run(lab, dur_s(3));
	g_assert_true(lab_session(lab, &lab->calls[call[0]], &s));
	vpdn_clear_session(lab->lns, s.number, lab->now); /* normal, by us */
	lab_drain(lab);
	lab_run(lab, dur_s(2));
	lab_drop_carrier(lab, call[1], 1); /* normal */
	lab_run(lab, dur_s(2));
	lab_drop_carrier(lab, call[2], 3); /* not normal */
	lab_run(lab, dur_s(2));
	lab->cut[0] = true; /* the tunnel dies of silence, and the last call with it */
	lab_run(lab, dur_s(120));
	*failures = vpdn_history_count(lab->lns);
	out = g_string_free(g_steal_pointer(&lab->log), FALSE);
	lab_free(lab);
	return out;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static const struct {
	const char *name;
	unsigned logging;
	unsigned setup, down, open, close, normal; /* lines; of CLOSE those of a normal end */
} rows[] = {
	/* clang-format off */
	{ "nothing",       0,                                      0, 0, 0, 0, 0 },
	{ "events",        VPDN_LOG_EVENTS,                        1, 0, 0, 0, 0 },
	{ "tunnel-drop",   VPDN_LOG_TUNNEL_DROP,                   0, 1, 0, 0, 0 },
	{ "user",          VPDN_LOG_USER,                          0, 0, 4, 0, 0 },
	{ "remote",        VPDN_LOG_REMOTE,                        0, 0, 0, 2, 0 },
	{ "remote-normal", VPDN_LOG_REMOTE | VPDN_LOG_NORMAL,      0, 0, 0, 3, 1 },
	{ "local",         VPDN_LOG_LOCAL,                         0, 0, 0, 0, 0 },
	{ "local-normal",  VPDN_LOG_LOCAL | VPDN_LOG_NORMAL,       0, 0, 0, 1, 1 },
	{ "local-all",     VPDN_LOG_LOCAL | VPDN_LOG_ALL,          0, 0, 0, 1, 1 },
	{ "all",           0xff,                                   1, 1, 4, 4, 2 },
	/* clang-format on */
};

static void test_row(const void *data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	unsigned failures;
	g_autofree char *log = story(rows[i].logging, false, &failures);

	g_test_message("%s", log);
	g_assert_cmpuint(count(log, "SETUP L2TP tunnel"), ==, rows[i].setup);
	g_assert_cmpuint(count(log, "DOWN L2TP tunnel"), ==, rows[i].down);
	g_assert_cmpuint(count(log, "OPEN L2TP LNS, user user"), ==, rows[i].open);
	g_assert_cmpuint(count(log, "CLOSE "), ==, rows[i].close);
	g_assert_cmpuint(
		count(log, "closed user user1") + count(log, "closed user user2"), ==,
		rows[i].normal);
	/* Failures are told with what the peers said, normal ends only when all is wanted. */
	g_assert_cmpuint(count(log, "user3; Result 3, Error 0"), ==,
		rows[i].logging & VPDN_LOG_REMOTE ? 1 : 0);
	g_assert_cmpuint(count(log, "closed user user1; Result"), ==,
		(rows[i].logging & VPDN_LOG_LOCAL) && (rows[i].logging & VPDN_LOG_ALL));
	g_assert_cmpuint(count(log, "is unreachable"), ==, rows[i].down);
}

static void test_history(void)
{
	unsigned plain, normal;
	g_autofree char *a = story(0, false, &plain);
	g_autofree char *b = story(0, true, &normal);

	g_assert_cmpuint(normal, ==, plain + 2);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/vpdn/logging/", rows[i].name, NULL);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
	}
	g_test_add_func("/vpdn/logging/history", test_history);
	return g_test_run();
}
