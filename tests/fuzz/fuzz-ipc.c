/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Payloads of messages between boards, and the lines of an operator connection.  First octet:
 * 0 lines, in pieces as long as the second says; otherwise a message type.
 */
#include "chassis/lines.h"
#include "chassis/messages.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_lines(const uint8_t *data, size_t size, size_t piece)
{
	struct line_split s;
	char line[LINE_MAX_LEN + 1];
	enum line_got got;

	line_split_init(&s);
	for (size_t at = 0; at <= size; at += piece) {
		if (at + piece > size) {
			line_split_feed(&s, data + at, size - at);
			line_split_end(&s);
		} else {
			line_split_feed(&s, data + at, piece);
		}
		while ((got = line_split_next(&s, line)) != LINE_GOT_NONE)
			if (got == LINE_GOT_LINE)
				g_assert(strlen(line) <= LINE_MAX_LEN &&
					 !strchr(line, '\n'));
		/* What stays is the beginning of a line that may still fit. */
		g_assert(line_split_size(&s) <= LINE_MAX_LEN + 1);
	}
	line_split_deinit(&s);
}

/* What was decoded can be encoded, and decodes to the same. */
static void fuzz_message(unsigned type, const uint8_t *data, size_t size)
{
	const struct rec_table *t = ipc_table(type);
	struct ipc_msg msg = { .type = (uint8_t)type, .payload = rd_init(data, size) };
	uint64_t rec[64], again[64];
	static const size_t room = 2 * IPC_PAYLOAD_MAX;
	g_autofree uint8_t *buf = NULL;
	struct wr w;

	if (!t) {
		g_assert(!ipc_decode(&msg, rec));
		return;
	}
	g_assert(t->size <= sizeof(rec));
	if (!ipc_decode(&msg, rec))
		return;
	buf = g_malloc(room);
	w = wr_init(buf, room);
	rec_encode(t, 1, rec, &w);
	g_assert(!w.bad);
	msg.payload = rd_init(buf, w.len);
	g_assert(ipc_decode(&msg, again));
	g_assert(rec_equal(t, rec, again));
	rec_clear(t, rec);
	rec_clear(t, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (data[0] == 0)
		fuzz_lines(data + 2, size - 2, (size_t)data[1] + 1);
	else
		fuzz_message(data[0], data + 1, size - 1);
	return 0;
}
