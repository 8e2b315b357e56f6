/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of a slot: in memory and in a folder; they outlive the board's power.
 */
#include "tests/chassis/toys.h"

#include <glib/gstdio.h>
#include <string.h>

static void write_text(struct chassis *c, unsigned slot, const char *name, const char *text)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

	chassis_file_write(c, slot, name, bytes);
}

static void assert_text(struct chassis *c, unsigned slot, const char *name, const char *text)
{
	g_autoptr(GBytes) bytes = chassis_file_read(c, slot, name);

	if (!text) {
		g_assert_null(bytes);
		return;
	}
	g_assert_nonnull(bytes);
	g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), text,
		strlen(text));
}

static void exercise(struct chassis *c)
{
	static const char *const bad[] = { "", ".", "..", "../x", "a/b", "/etc/passwd",
		"bootflash:", "bootflash:../x", ".hidden" };

	assert_text(c, SLOT_R0, "startup-config", NULL);
	write_text(c, SLOT_R0, "startup-config", "hostname lns1\n");
	write_text(c, SLOT_R1, "startup-config", "");
	write_text(c, SLOT_R0, "bootflash:startup-config", "another");
	assert_text(c, SLOT_R0, "startup-config", "hostname lns1\n");
	assert_text(c, SLOT_R1, "startup-config", "");
	assert_text(c, SLOT_R0, "bootflash:startup-config", "another");
	write_text(c, SLOT_R0, "startup-config", "shorter");
	assert_text(c, SLOT_R0, "startup-config", "shorter");
	chassis_file_write(c, SLOT_R0, "startup-config", NULL);
	chassis_file_write(c, SLOT_R0, "startup-config", NULL);
	assert_text(c, SLOT_R0, "startup-config", NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
		write_text(c, SLOT_R0, bad[i], "x");
		assert_text(c, SLOT_R0, bad[i], NULL);
	}
}

static void test_memory(void)
{
	struct chassis *c = toy_chassis(1);

	exercise(c);
	chassis_free(c);
}

static void test_folder(void)
{
	g_autofree char *dir = g_dir_make_tmp("files-XXXXXX", NULL);
	g_autofree char *r1 = g_build_filename(dir, "R1", "nvram", "startup-config", NULL);
	g_autofree char *flash = g_build_filename(dir, "R0", "bootflash", "startup-config",
		NULL);
	g_autofree char *temp = g_strconcat(flash, ".new", NULL);
	const struct chassis_config cfg = { .virtual = true, .bootflash = dir };
	static const char *const folders[] = { "R0/nvram", "R0/bootflash", "R1/nvram", "R0",
		"R1", "" };
	struct chassis *c;

	g_assert_nonnull(dir);
	c = chassis_new(&cfg);
	exercise(c);
	chassis_free(c);
	g_assert_true(g_file_test(r1, G_FILE_TEST_IS_REGULAR));
	g_assert_false(g_file_test(temp, G_FILE_TEST_EXISTS));
	c = chassis_new(&cfg); /* another day */
	assert_text(c, SLOT_R0, "bootflash:startup-config", "another");
	chassis_free(c);
	g_assert_cmpint(g_unlink(r1), ==, 0);
	g_assert_cmpint(g_unlink(flash), ==, 0);
	for (unsigned i = 0; i < G_N_ELEMENTS(folders); i++) { /* nothing else is there */
		g_autofree char *path = g_build_filename(dir, folders[i], NULL);

		g_assert_cmpint(g_rmdir(path), ==, 0);
	}
}

/* ---- a board's own view ---- */

static void count_boots(struct toy *toy, base_time now)
{
	g_autoptr(GBytes) old = board_file_read(toy->env, "boots");
	uint8_t n = old ? *(const uint8_t *)g_bytes_get_data(old, NULL) : 0;
	g_autoptr(GBytes) bytes = NULL;

	n++;
	bytes = g_bytes_new(&n, 1);
	board_file_write(toy->env, "boots", bytes);
}

static void test_board(void)
{
	const struct toy_script script = { .start = count_boots };
	struct chassis *c = toy_chassis(1);

	chassis_declare(c, SLOT_R0, toy_ops(SLOT_R0), &script);
	for (unsigned i = 0; i < 3; i++) {
		g_assert_true(chassis_insert(c, SLOT_R0, NULL));
		g_assert_true(chassis_pull(c, SLOT_R0, SLOT_WHY_PULLED, NULL));
	}
	assert_text(c, SLOT_R0, "boots", "\3");
	chassis_free(c);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/chassis/files/memory", test_memory);
	g_test_add_func("/chassis/files/folder", test_folder);
	g_test_add_func("/chassis/files/board", test_board);
	return g_test_run();
}
