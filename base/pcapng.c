/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcapng writer (draft-ietf-opsawg-pcapng): one section, written in network order, which
 * readers tell from its byte-order magic.
 */
#include "base/pcapng.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	OPT_END = 0,
	OPT_COMMENT = 1,
	OPT_USERAPPL = 4,
	OPT_IF_NAME = 2,
	OPT_IF_TSRESOL = 9,
	OPT_EPB_FLAGS = 2,
};

enum {
	BUFFER = 1 << 20,
	PACKET_MAX = 262144, /* what readers accept; longer ones are cut */
	TEXT_MAX = 4096,
};

struct pcapng {
	int fd;
	int64_t epoch_ns;
	unsigned n_interfaces;
	GError *error; /* the first one; nothing is written after it */
	struct wr w;
	uint8_t buffer[BUFFER];
};

static void write_out(struct pcapng *p)
{
	struct rd r = rd_init(p->w.buf, p->w.len);

	while (rd_left(&r) && !p->error) {
		ssize_t n = write(p->fd, r.p, rd_left(&r));

		if (n > 0)
			rd_skip(&r, (size_t)n);
		else if (n < 0 && errno != EINTR)
			g_set_error(&p->error, G_FILE_ERROR,
				g_file_error_from_errno(errno),
				"cannot write the capture file: %s", g_strerror(errno));
	}
	p->w.len = 0;
}

static size_t pad(size_t n)
{
	return -n & 3;
}

static void put_padded(struct wr *w, const void *bytes, size_t n)
{
	static const uint8_t zeros[3];

	wr_bytes(w, bytes, n);
	wr_bytes(w, zeros, pad(n));
}

static void put_option(struct wr *w, uint16_t code, const void *bytes, size_t n)
{
	wr_u16(w, code);
	wr_u16(w, (uint16_t)n);
	put_padded(w, bytes, n);
}

static void put_text(struct wr *w, uint16_t code, const char *text)
{
	put_option(w, code, text, strnlen(text, TEXT_MAX));
}

/* Begins a block of at most `room` octets; the length is added by block_close(). */
static size_t block_open(struct pcapng *p, uint32_t type, size_t room)
{
	if (p->w.cap - p->w.len < room)
		write_out(p);

	size_t at = p->w.len;

	wr_u32(&p->w, type);
	wr_u32(&p->w, 0);
	return at;
}

static void block_close(struct pcapng *p, size_t at)
{
	wr_u16(&p->w, OPT_END);
	wr_u16(&p->w, 0);

	uint32_t len = (uint32_t)(p->w.len + 4 - at);

	wr_u32(&p->w, len);
	wr_set_u32(&p->w, at + 4, len);
}

static void put_section(struct pcapng *p)
{
	size_t at = block_open(p, BLOCK_SECTION, 64);

	wr_u32(&p->w, BYTE_ORDER_MAGIC);
	wr_u16(&p->w, 1); /* version 1.0 */
	wr_u16(&p->w, 0);
	wr_u64(&p->w, UINT64_MAX); /* length of the section: not said */
	put_text(&p->w, OPT_USERAPPL, "twinrp");
	block_close(p, at);
}

struct pcapng *pcapng_open(const char *path, int64_t wall_epoch, GError **error)
{
	/* A capture may hold passwords: for its owner only. */
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
			"cannot make the capture file %s: %s", path, g_strerror(errno));
		return NULL;
	}

	struct pcapng *p = g_new(struct pcapng, 1);

	p->fd = fd;
	p->epoch_ns = wall_epoch * 1000000000;
	p->n_interfaces = 0;
	p->error = NULL;
	p->w = wr_init(p->buffer, BUFFER);
	put_section(p);
	return p;
}

unsigned pcapng_interface(struct pcapng *p, const char *name, enum pcapng_link link)
{
	static const uint8_t nanoseconds = 9;
	size_t at = block_open(p, BLOCK_INTERFACE, TEXT_MAX + 64);

	wr_u16(&p->w, (uint16_t)link);
	wr_u16(&p->w, 0);
	wr_u32(&p->w, 0); /* snap length: no limit */
	put_text(&p->w, OPT_IF_NAME, name);
	put_option(&p->w, OPT_IF_TSRESOL, &nanoseconds, 1);
	block_close(p, at);
	return p->n_interfaces++;
}

void pcapng_packet(struct pcapng *p, unsigned iface, base_time at, enum pcapng_dir dir,
	const void *bytes, size_t n, const char *comment)
{
	size_t kept = MIN(n, PACKET_MAX);
	size_t start = block_open(p, BLOCK_PACKET, kept + TEXT_MAX + 64);

	wr_u32(&p->w, iface);
	wr_u64(&p->w, (uint64_t)(p->epoch_ns + at.ns));
	wr_u32(&p->w, (uint32_t)kept);
	wr_u32(&p->w, (uint32_t)MIN(n, UINT32_MAX));
	put_padded(&p->w, bytes, kept);
	if (dir != PCAPNG_DIR_NONE) {
		uint8_t flags[4] = { 0, 0, 0, (uint8_t)dir };

		put_option(&p->w, OPT_EPB_FLAGS, flags, sizeof(flags));
	}
	if (comment)
		put_text(&p->w, OPT_COMMENT, comment);
	block_close(p, start);
}

bool pcapng_flush(struct pcapng *p, GError **error)
{
	write_out(p);
	if (p->error && error)
		*error = g_error_copy(p->error);
	return !p->error;
}

bool pcapng_close(struct pcapng *p, GError **error)
{
	bool ok = pcapng_flush(p, error);

	if (close(p->fd) != 0 && ok) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
			"cannot close the capture file: %s", g_strerror(errno));
		ok = false;
	}
	g_clear_error(&p->error);
	g_free(p);
	return ok;
}
