/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole chassis in rounds on threads: the same run, to the byte, as without.  What is
 * compared is every record between R0 and R1 and between R0 and F0, every frame of the port
 * to the LAC, and all that boards said to the chassis.
 */
#include "tests/scenarios/world.h"

#include <glib/gstdio.h>
#include <string.h>

enum { SESSIONS = 8, N_CAPTURES = 3 };

struct outcome {
	GString *said;
	char *captures[N_CAPTURES];
	gsize len[N_CAPTURES];
	base_time end;
};

static void on_said(const struct ipc_msg *msg, base_time now, void *user)
{
	GString *said = user;
	struct rd r = msg->payload;

	g_string_append_printf(
		said, "%" G_GINT64_FORMAT " %u %u ", now.ns, msg->from, msg->type);
	while (rd_left(&r))
		g_string_append_printf(said, "%02x", rd_u8(&r));
	g_string_append_c(said, '\n');
}

static void story(struct world *w)
{
	struct chassis *c = lab_chassis(w->lab);

	world_connect(w);
	world_pull(w, SLOT_R0);
	lab_run(w->lab, dur_ms(3000));
	world_insert(w, SLOT_R0);
	lab_run(w->lab, dur_ms(5000));
	g_assert_true(chassis_reset(c, SLOT_F1, NULL));
	g_assert_true(chassis_hang(c, SLOT_R1, dur_ms(1500), NULL));
	lab_run(w->lab, dur_ms(3000));
}

static void play(bool threads, const char *dir, struct outcome *out)
{
	static const char *const names[N_CAPTURES] = { "rp", "fp", "port" };
	struct world w;
	struct chassis *c;
	uint64_t packets, dropped;

	memset(&w, 0, sizeof(w));
	world_init(&w, 2, SESSIONS, 5);
	w.lab_cfg.threads = threads;
	world_start(&w);
	c = lab_chassis(w.lab);
	out->said = g_string_new(NULL);
	chassis_listen(c, on_said, out->said);
	for (unsigned i = 0; i < N_CAPTURES; i++) {
		g_autofree char *path = g_build_filename(dir, names[i], NULL);
		GError *error = NULL;

		if (i == 2)
			chassis_capture_port(
				c, names[i], port_ifindex(SLOT_SPA, 0), path, &error);
		else
			chassis_capture_ipc(c, names[i], SLOT_R0, i ? SLOT_F0 : SLOT_R1,
				path, &error);
		g_assert_no_error(error);
	}
	story(&w);
	for (unsigned i = 0; i < N_CAPTURES; i++) {
		g_autofree char *path = g_build_filename(dir, names[i], NULL);

		g_assert_true(
			chassis_capture_stop(c, names[i], &packets, &dropped, NULL));
		g_assert_cmpuint(packets, >, 10);
		g_assert_cmpuint(dropped, ==, 0);
		g_assert_true(g_file_get_contents(
			path, &out->captures[i], &out->len[i], NULL));
		g_remove(path);
	}
	out->end = chassis_now(c);
	chassis_unlisten(c, on_said, out->said);
	world_clear(&w);
}

static void test_same(void)
{
	g_autofree char *dir = g_dir_make_tmp("threads-XXXXXX", NULL);
	struct outcome a, b;

	g_assert_nonnull(dir);
	play(false, dir, &a);
	play(true, dir, &b);
	g_assert_cmpint(a.end.ns, ==, b.end.ns);
	g_assert_cmpuint(a.said->len, >, 1000);
	g_assert_cmpstr(a.said->str, ==, b.said->str);
	for (unsigned i = 0; i < N_CAPTURES; i++) {
		g_assert_cmpmem(a.captures[i], a.len[i], b.captures[i], b.len[i]);
		g_free(a.captures[i]);
		g_free(b.captures[i]);
	}
	g_string_free(a.said, true);
	g_string_free(b.said, true);
	g_rmdir(dir);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/threads/same", test_same);
	return g_test_run();
}
