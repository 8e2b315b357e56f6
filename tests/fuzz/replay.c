/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a fuzz target without a fuzzer: over every file in the folders given, over each file
 * cut at every length, and over each small file with every octet changed.  Each input lies
 * in a block of just its size, so that a sanitizer sees the first octet too far.
 */
#include <stdint.h>
#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>

enum {
	CUT_MAX = 512,
	FLIP_MAX = 2048,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const char *data, size_t size, unsigned *runs)
{
	g_autofree uint8_t *exact = g_memdup2(data, size);

	(void)LLVMFuzzerTestOneInput(exact, size);
	++*runs;
}

static void run_damaged(char *data, size_t size, unsigned *runs)
{
	static const uint8_t flips[] = { 0xff, 0x01, 0x80 };

	run(data, size, runs);
	for (size_t n = 0; n < MIN(size, CUT_MAX); n++)
		run(data, n, runs);
	for (size_t i = 0; i < size && size <= FLIP_MAX; i++) {
		for (size_t k = 0; k < sizeof(flips); k++) {
			data[i] = (char)(data[i] ^ flips[k]);
			run(data, size, runs);
			data[i] = (char)(data[i] ^ flips[k]);
		}
	}
}

static unsigned replay_folder(const char *folder, unsigned *runs)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
	const char *name;
	unsigned files = 0;

	if (!dir) {
		g_printerr("%s\n", error->message);
		return 0;
	}
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autofree char *data = NULL;
		size_t size;

		if (!g_file_get_contents(path, &data, &size, &error)) {
			g_printerr("%s\n", error->message);
			return 0;
		}
		run_damaged(data, size, runs);
		files++;
	}
	return files;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		unsigned runs = 0;
		unsigned files = replay_folder(argv[i], &runs);

		g_print("%s: %u files, %u runs\n", argv[i], files, runs);
		if (files == 0)
			return 1;
	}
	return argc > 1 ? 0 : 2;
}
