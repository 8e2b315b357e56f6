/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One end of a sequence-numbered UDP stream in both directions.
 *
 *   seqstream --bind A:PORT --peer B:PORT --rate N --start NS --plan 3,-7,4 --out FILE
 *
 * Two of these, in two namespaces of one machine, send to each other by one absolute
 * schedule: packet n of a phase leaves at START + phase + n/rate on CLOCK_MONOTONIC, so a
 * late wake-up is followed by a burst and never by a lower rate.  The plan is a list of
 * phases in seconds; a negative one is a pause.  Each end notes every number it gets and
 * writes what it saw as JSON: numbers missing below the highest, duplicates, numbers that
 * came after a higher one, and the longest gap between two packets of the same phase.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "base/buf.h"

#define MAGIC       0x73657173u /* "seqs" */
#define PAYLOAD     24
#define MAX_PACKETS (1u << 22)
#define MAX_PHASES  16
#define SEC         1000000000LL

struct phase {
	int64_t at; /* from the start */
	int64_t len;
	bool pause;
};

struct stream {
	int fd;
	uint32_t rate;
	int64_t start;
	struct phase plan[MAX_PHASES];
	unsigned phases;

	unsigned phase; /* sending: where we are */
	uint32_t in_phase;
	uint32_t sent;
	uint32_t send_errors;

	uint8_t *seen; /* one count a number */
	uint32_t received;
	uint32_t duplicates;
	uint32_t reordered;
	uint32_t strange;
	int64_t highest; /* -1 before the first */
	int64_t last_at;
	uint32_t last_phase;
	int64_t gap;
	int64_t gap_at; /* wall clock, when the gap ended */
	uint32_t gap_after;
};

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

/* When the next packet is due; INT64_MAX after the last. */
static int64_t next_send(struct stream *s)
{
	while (s->phase < s->phases) {
		const struct phase *ph = &s->plan[s->phase];
		int64_t offset = s->in_phase * SEC / s->rate;

		if (!ph->pause && offset < ph->len)
			return s->start + ph->at + offset;
		s->phase++;
		s->in_phase = 0;
	}
	return INT64_MAX;
}

static void send_one(struct stream *s)
{
	uint8_t buf[PAYLOAD] = { 0 };
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u32(&w, MAGIC);
	wr_u32(&w, s->sent);
	wr_u32(&w, s->phase);
	if (send(s->fd, buf, sizeof(buf), 0) != (ssize_t)sizeof(buf))
		s->send_errors++;
	s->sent++;
	s->in_phase++;
}

static void take(struct stream *s, const uint8_t *packet, size_t n)
{
	struct rd r = rd_init(packet, n);
	uint32_t magic = rd_u32(&r);
	uint32_t seq = rd_u32(&r);
	uint32_t phase = rd_u32(&r);
	int64_t now = clock_ns(CLOCK_MONOTONIC);

	if (r.bad || n != PAYLOAD || magic != MAGIC || seq >= MAX_PACKETS) {
		s->strange++;
		return;
	}
	s->received++;
	if (s->seen[seq] < 255)
		s->seen[seq]++;
	if (s->seen[seq] > 1)
		s->duplicates++;
	else if ((int64_t)seq < s->highest)
		s->reordered++;
	if (s->highest >= 0 && phase == s->last_phase && now - s->last_at > s->gap) {
		s->gap = now - s->last_at;
		s->gap_at = clock_ns(CLOCK_REALTIME);
		s->gap_after = (uint32_t)s->highest;
	}
	if ((int64_t)seq > s->highest)
		s->highest = seq;
	s->last_at = now;
	s->last_phase = phase;
}

static void receive(struct stream *s)
{
	uint8_t buf[2048];

	for (int i = 0; i < 256; i++) {
		ssize_t n = recv(s->fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n >= 0)
			take(s, buf, (size_t)n);
		else if (errno == EAGAIN)
			return;
		/* else a port unreachable of a peer that is not there yet: go on */
	}
}

static void work(struct stream *s)
{
	const struct phase *last = &s->plan[s->phases - 1];
	int64_t end =
		s->start + last->at + last->len + SEC; /* a second for stragglers */

	for (;;) {
		int64_t now = clock_ns(CLOCK_MONOTONIC);
		int64_t due = next_send(s);

		while (due <= now) {
			send_one(s);
			due = next_send(s);
		}
		if (now >= end)
			return;
		int64_t sleep = MIN(due, end) - now;
		struct timespec ts = { .tv_sec = sleep / SEC, .tv_nsec = sleep % SEC };
		struct pollfd fd = { .fd = s->fd, .events = POLLIN };

		if (ppoll(&fd, 1, &ts, NULL) > 0)
			receive(s);
	}
}

static bool write_result(const struct stream *s, const char *file)
{
	g_autoptr(GString) out = g_string_new(NULL);
	unsigned unique = 0;
	unsigned listed = 0;

	g_string_printf(out,
		"{\"sent\": %u, \"send_errors\": %u, \"received\": %u, \"duplicates\": "
		"%u, "
		"\"reordered\": %u, \"strange\": %u, \"highest\": %lld, "
		"\"longest_gap_ms\": %.3f, \"gap_ended\": %.6f, \"gap_after\": %u, "
		"\"missing\": [",
		s->sent, s->send_errors, s->received, s->duplicates, s->reordered,
		s->strange, (long long)s->highest, (double)s->gap / 1e6,
		(double)s->gap_at / 1e9, s->gap_after);
	for (int64_t i = 0; i <= s->highest; i++) {
		if (s->seen[i])
			unique++;
		else if (listed++ < 1000)
			g_string_append_printf(
				out, "%s%lld", listed > 1 ? ", " : "", (long long)i);
	}
	g_string_append_printf(out, "], \"unique\": %u}\n", unique);
	return g_file_set_contents(file, out->str, -1, NULL);
}

static bool parse_plan(struct stream *s, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);
	int64_t at = 0;

	for (char **p = parts; *p; p++) {
		double seconds = g_ascii_strtod(*p, NULL);
		int64_t len = (int64_t)(ABS(seconds) * (double)SEC);

		if (s->phases == MAX_PHASES)
			return false;
		s->plan[s->phases++] =
			(struct phase){ .at = at, .len = len, .pause = seconds < 0 };
		at += len;
	}
	return s->phases > 0;
}

static bool parse_addr(const char *text, struct sockaddr_in *sin)
{
	g_auto(GStrv) parts = g_strsplit(text ? text : "", ":", 2);
	guint64 port;

	sin->sin_family = AF_INET;
	if (g_strv_length(parts) != 2 ||
		inet_pton(AF_INET, parts[0], &sin->sin_addr) != 1)
		return false;
	if (!g_ascii_string_to_unsigned(parts[1], 10, 1, 65535, &port, NULL))
		return false;
	sin->sin_port = htons((uint16_t)port);
	return true;
}

static bool open_socket(struct stream *s, const char *bind_to, const char *peer)
{
	struct sockaddr_in local = { 0 };
	struct sockaddr_in remote = { 0 };
	int size = 4 << 20;

	if (!parse_addr(bind_to, &local) || !parse_addr(peer, &remote))
		return false;
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(s->fd, (struct sockaddr *)&local, sizeof(local)) < 0 ||
		connect(s->fd, (struct sockaddr *)&remote, sizeof(remote)) < 0) {
		fprintf(stderr, "seqstream: %s to %s: %s\n", bind_to, peer,
			strerror(errno));
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct stream s = { .highest = -1 };
	g_autofree char *bind_to = NULL;
	g_autofree char *peer = NULL;
	g_autofree char *plan = NULL;
	g_autofree char *out = NULL;
	int rate = 1000;
	GOptionEntry options[] = {
		{ "bind", 0, 0, G_OPTION_ARG_STRING, &bind_to, "our address",
			"A:PORT" },
		{ "peer", 0, 0, G_OPTION_ARG_STRING, &peer, "the other end", "A:PORT" },
		{ "rate", 0, 0, G_OPTION_ARG_INT, &rate, "packets a second", "N" },
		{ "start", 0, 0, G_OPTION_ARG_INT64, &s.start, "CLOCK_MONOTONIC",
			"NS" },
		{ "plan", 0, 0, G_OPTION_ARG_STRING, &plan, "seconds, pauses < 0",
			"LIST" },
		{ "out", 0, 0, G_OPTION_ARG_STRING, &out, "result", "FILE" },
		{ 0 },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	struct sched_param prio = { .sched_priority = 5 };

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, NULL) || !plan || !out ||
		rate < 1 || !parse_plan(&s, plan) || !open_socket(&s, bind_to, peer)) {
		fprintf(stderr, "seqstream: see --help\n");
		return 2;
	}
	s.rate = (uint32_t)rate;
	s.seen = g_malloc0(MAX_PACKETS);
	if (!s.start)
		s.start = clock_ns(CLOCK_MONOTONIC);
	sched_setscheduler(0, SCHED_FIFO, &prio); /* without the right, as is */
	work(&s);
	bool ok = write_result(&s, out);

	g_free(s.seen);
	close(s.fd);
	return ok ? 0 : 1;
}
