/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/pcapfile.h"

#include "base/buf.h"

enum {
	MAGIC_US = 0xa1b2c3d4,
	MAGIC_NS = 0xa1b23c4d,
	PACKET_MAX = 1 << 20,
};

struct reader {
	struct rd r;
	bool swap; /* little endian */
	bool nanos;
};

static uint32_t word(struct reader *in)
{
	uint32_t v = rd_u32(&in->r);

	return in->swap ? GUINT32_SWAP_LE_BE(v) : v;
}

static bool read_magic(struct reader *in)
{
	uint32_t magic = rd_u32(&in->r);

	in->swap = magic == GUINT32_SWAP_LE_BE(MAGIC_US) ||
		   magic == GUINT32_SWAP_LE_BE(MAGIC_NS);
	if (in->swap)
		magic = GUINT32_SWAP_LE_BE(magic);
	in->nanos = magic == MAGIC_NS;
	return magic == MAGIC_US || magic == MAGIC_NS;
}

static void free_packet(void *data)
{
	struct pcap_packet *p = data;

	g_bytes_unref(p->bytes);
	g_free(p);
}

static bool read_packet(struct reader *in, struct pcap_file *f, base_time *first)
{
	int64_t seconds = word(in);
	int64_t fraction = word(in);
	uint32_t kept = word(in);

	rd_skip(&in->r, 4); /* length on the wire */

	const uint8_t *p = kept <= PACKET_MAX ? rd_take(&in->r, kept) : NULL;

	if (!p)
		return false;

	base_time at = { seconds * 1000000000 + fraction * (in->nanos ? 1 : 1000) };
	struct pcap_packet *packet = g_new0(struct pcap_packet, 1);

	if (f->packets->len == 0)
		*first = at;
	packet->at.ns = time_sub(at, *first).ns;
	packet->bytes = g_bytes_new(p, kept);
	g_ptr_array_add(f->packets, packet);
	return true;
}

void pcap_file_free(struct pcap_file *f)
{
	if (!f)
		return;
	g_ptr_array_unref(f->packets);
	g_free(f);
}

struct pcap_file *pcap_file_read(const char *path, GError **error)
{
	g_autofree char *data = NULL;
	size_t n;

	if (!g_file_get_contents(path, &data, &n, error))
		return NULL;

	struct reader in = { .r = rd_init(data, n) };
	struct pcap_file *f = g_new0(struct pcap_file, 1);
	base_time first = BASE_TIME_ZERO;
	bool ok = read_magic(&in);

	f->packets = g_ptr_array_new_with_free_func(free_packet);
	rd_skip(&in.r, 16); /* version, zone, accuracy, snap length */
	f->link = word(&in);
	ok = ok && !in.r.bad;
	while (ok && rd_left(&in.r))
		ok = read_packet(&in, f, &first);
	if (ok)
		return f;
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
		"%s: not a whole pcap file", path);
	pcap_file_free(f);
	return NULL;
}

struct pcap_file *pcap_golden(const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_build_filename(TEST_ROOT, "golden", name, NULL);
	struct pcap_file *f = pcap_file_read(path, &error);

	g_assert_no_error(error);
	return f;
}
