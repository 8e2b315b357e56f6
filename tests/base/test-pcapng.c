/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file is walked block by block here, and read back by tshark where there is one.
 */
#include "base/pcapng.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "base/buf.h"
#include "tests/lib/hex.h"
#include "tests/lib/pcapfile.h"

enum { EPOCH = 1767225600 }; /* 2026-01-01T00:00:00Z */

struct fixture {
	char *dir, *path;
};

static void set_up(struct fixture *f, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	f->dir = g_dir_make_tmp("twinrp-test-XXXXXX", &error);
	g_assert_no_error(error);
	f->path = g_build_filename(f->dir, "a.pcapng", NULL);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
	g_unlink(f->path);
	g_rmdir(f->dir);
	g_free(f->path);
	g_free(f->dir);
}

static struct pcapng *open_new(struct fixture *f)
{
	g_autoptr(GError) error = NULL;
	struct pcapng *p = pcapng_open(f->path, EPOCH, &error);

	g_assert_no_error(error);
	return p;
}

static void close_well(struct pcapng *p)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(pcapng_close(p, &error));
	g_assert_no_error(error);
}

/* Reads the next block: its two lengths agree and are a multiple of four. */
static struct rd next_block(struct rd *file, uint32_t *type)
{
	*type = rd_u32(file);

	uint32_t len = rd_u32(file);

	g_assert_cmpuint(len % 4, ==, 0);
	g_assert_cmpuint(len, >=, 12);

	struct rd body = rd_sub(file, len - 12);

	g_assert_cmpuint(rd_u32(file), ==, len);
	g_assert_false(file->bad);
	return body;
}

static void test_bytes(struct fixture *f, gconstpointer unused)
{
	struct pcapng *p = open_new(f);
	g_autofree char *data = NULL;
	size_t n;
	struct stat st;

	g_assert_cmpuint(pcapng_interface(p, "Gi0/0/0", PCAPNG_ETHERNET), ==, 0);
	g_assert_cmpuint(pcapng_interface(p, "ipc R0-R1", PCAPNG_USER0), ==, 1);
	pcapng_packet(
		p, 1, (base_time){ 1000000001 }, PCAPNG_DIR_OUT, "abcde", 5, "hi");
	close_well(p);

	g_assert_true(g_file_get_contents(f->path, &data, &n, NULL));
	g_assert_cmpint(g_stat(f->path, &st), ==, 0);
	g_assert_cmphex(st.st_mode & 0077, ==, 0);

	struct rd file = rd_init(data, n);
	uint32_t type;
	struct rd b = next_block(&file, &type);

	assert_hex(b.p, rd_left(&b),
		"1a2b3c4d00010000ffffffffffffffff"
		"000400067477696e7270000000000000");
	g_assert_cmphex(type, ==, 0x0a0d0d0a);
	b = next_block(&file, &type);
	assert_hex(b.p, rd_left(&b),
		"0001000000000000000200074769302f302f3000"
		"000900010900000000000000");
	g_assert_cmphex(type, ==, 1);
	b = next_block(&file, &type);
	g_assert_cmphex(rd_u16(&b), ==, PCAPNG_USER0);
	b = next_block(&file, &type);
	g_assert_cmphex(type, ==, 6);
	g_assert_cmpuint(rd_u32(&b), ==, 1);
	g_assert_cmpuint(rd_u64(&b), ==, EPOCH * UINT64_C(1000000000) + 1000000001);
	assert_hex(b.p, rd_left(&b),
		"0000000500000005"
		"6162636465000000"
		"0002000400000002"
		"0001000268690000"
		"00000000");
	g_assert_cmpuint(rd_left(&file), ==, 0);
}

/* Far more than the buffer, with packets of every length and some that are cut. */
static void test_long_file(struct fixture *f, gconstpointer unused)
{
	enum { PACKETS = 3000, HUGE_ONE = 300000 };
	g_autofree uint8_t *bytes = g_malloc(HUGE_ONE);
	struct pcapng *p = open_new(f);
	g_autofree char *data = NULL;
	g_autofree char *comment = g_strnfill(70000, 'c');
	size_t n;

	memset(bytes, 0x5a, HUGE_ONE);
	pcapng_interface(p, "x", PCAPNG_ETHERNET);
	for (unsigned i = 0; i < PACKETS; i++)
		pcapng_packet(p, 0, (base_time){ i }, PCAPNG_DIR_IN, bytes, i, NULL);
	pcapng_packet(p, 0, BASE_TIME_ZERO, PCAPNG_DIR_NONE, bytes, HUGE_ONE, comment);
	g_assert_true(pcapng_flush(p, NULL));
	close_well(p);

	g_assert_true(g_file_get_contents(f->path, &data, &n, NULL));
	g_assert_cmpuint(n, >, 4 << 20);

	struct rd file = rd_init(data, n);
	uint32_t type;

	next_block(&file, &type);
	next_block(&file, &type);
	for (unsigned i = 0; i < PACKETS; i++) {
		struct rd b = next_block(&file, &type);

		rd_skip(&b, 12);
		g_assert_cmpuint(rd_u32(&b), ==, i);
		g_assert_cmpuint(rd_u32(&b), ==, i);
		rd_skip(&b, (i + 3) / 4 * 4);
		g_assert_cmpuint(rd_left(&b), ==, 12); /* flags and the end */
	}
	struct rd b = next_block(&file, &type);

	rd_skip(&b, 12);
	g_assert_cmpuint(rd_u32(&b), ==, 262144);
	g_assert_cmpuint(rd_u32(&b), ==, HUGE_ONE);
	g_assert_cmpuint(rd_left(&file), ==, 0);
}

static void test_errors(struct fixture *f, gconstpointer unused)
{
	g_autofree char *bad = g_build_filename(f->dir, "none", "a.pcapng", NULL);
	g_autoptr(GError) error = NULL;
	struct pcapng *p;

	g_assert_null(pcapng_open(bad, 0, &error));
	g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
	g_assert_nonnull(strstr(error->message, bad));
	g_clear_error(&error);

	p = pcapng_open("/dev/full", 0, &error);
	g_assert_no_error(error);
	pcapng_interface(p, "x", PCAPNG_ETHERNET);
	g_assert_false(pcapng_flush(p, &error));
	g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
	g_clear_error(&error);
	g_assert_false(pcapng_flush(p, NULL)); /* still, and without a place for it */
	g_assert_false(pcapng_close(p, &error));
	g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
}

/* What tshark prints of the file, with these fields. */
static char *tshark(const char *path)
{
	const char *argv[] = { "tshark", "-r", path, "-T", "fields", "-E",
		"separator=|", "-e", "frame.interface_name", "-e", "frame.time_epoch",
		"-e", "frame.packet_flags_direction", "-e", "frame.comment", "-e",
		"frame.len", NULL };
	g_autofree char **args = g_memdup2(argv, sizeof(argv));
	g_autoptr(GError) error = NULL;
	char *out = NULL;
	int status;

	g_spawn_sync(NULL, args, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
		NULL, NULL, &out, NULL, &status, &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
	return out;
}

static void test_tshark(struct fixture *f, gconstpointer unused)
{
	g_autofree char *found = g_find_program_in_path("tshark");

	if (!found) {
		g_test_skip("tshark is not installed");
		return;
	}

	struct pcap_file *golden = pcap_golden("xl2tpd-lac-l2tpns-lns.pcap");
	struct pcapng *p = open_new(f);
	const struct pcap_packet *first = pcap_file_packet(golden, 0);
	size_t n;
	const void *bytes = g_bytes_get_data(first->bytes, &n);

	pcapng_interface(p, "GigabitEthernet0/0/0", PCAPNG_ETHERNET);
	pcapng_interface(p, "ipc R0-R1", PCAPNG_USER0);
	pcapng_packet(p, 0, (base_time){ 5 }, PCAPNG_DIR_IN, bytes, n, "the first");
	pcapng_packet(p, 1, (base_time){ 1500000000 }, PCAPNG_DIR_OUT, "xyz", 3, NULL);
	close_well(p);

	g_autofree char *out = tshark(f->path);
	g_autofree char *want = g_strdup_printf(
		"GigabitEthernet0/0/0|1767225600.000000005|0x00000001|the first|%zu\n"
		"ipc R0-R1|1767225601.500000000|0x00000002||3\n",
		n);

	g_assert_cmpstr(out, ==, want);
	pcap_file_free(golden);
}

#define ADD(name, func)                                                                \
	g_test_add("/base/pcapng/" name, struct fixture, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("bytes", test_bytes);
	ADD("long-file", test_long_file);
	ADD("errors", test_errors);
	ADD("tshark", test_tshark);
	return g_test_run();
}
