/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/scenarios/wire.h"

#include "l2tp/wire.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum {
	BLOCK_PACKET = 6,
	ETH_HDR = 14,
	IP_HDR = 20,
	UDP_HDR_LEN = 8,
	L2TP_PORT = 1701,
	ID_LEAP = 8, /* of IP ids: so many can be lost on the way through the FP */
};

struct wire {
	struct chassis *c;
	char *path;
	uint32_t lns_ip;
};

struct wire *wire_start(struct chassis *c, uint16_t ifindex, uint32_t lns_ip)
{
	struct wire *w = g_new0(struct wire, 1);
	GError *error = NULL;
	int fd = g_file_open_tmp("wire-XXXXXX.pcapng", &w->path, &error);

	g_assert_no_error(error);
	close(fd);
	w->c = c;
	w->lns_ip = lns_ip;
	chassis_capture_port(c, "wire", ifindex, w->path, &error);
	g_assert_no_error(error);
	return w;
}

static void packet_clear(void *p)
{
	g_bytes_unref(((struct wire_packet *)p)->body);
}

/* r: an Ethernet frame. */
static void add_frame(const struct wire *w, GArray *out, base_time at, struct rd r)
{
	struct wire_packet p = { .at = at };
	struct rd ip, l2tp;
	struct l2tp_hdr h;
	uint16_t sport, dport;

	rd_skip(&r, ETH_HDR - 2);
	if (rd_u16(&r) != 0x0800)
		return;
	ip = r;
	rd_skip(&ip, 4);
	p.ip_id = rd_u16(&ip);
	rd_skip(&ip, 3);
	if (rd_u8(&ip) != 17)
		return;
	rd_skip(&ip, 2);
	p.to_lns = rd_u32(&ip) != w->lns_ip;
	rd_skip(&r, IP_HDR);
	sport = rd_u16(&r);
	dport = rd_u16(&r);
	rd_skip(&r, UDP_HDR_LEN - 4);
	l2tp = r;
	if (r.bad || sport != L2TP_PORT || dport != L2TP_PORT ||
		!l2tp_hdr_parse(&l2tp, &h) || !l2tp_is_control(&h))
		return;
	p.tunnel = h.tunnel;
	p.session = h.session;
	p.ns = h.ns;
	p.nr = h.nr;
	p.zlb = rd_left(&l2tp) == 0;
	p.body = g_bytes_new(l2tp.p, rd_left(&l2tp));
	g_array_append_val(out, p);
}

/* base/pcapng.c writes in network order. */
static uint32_t word(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return GUINT32_FROM_BE(v);
}

GArray *wire_stop(struct wire *w)
{
	GArray *out = g_array_new(false, false, sizeof(struct wire_packet));
	int64_t epoch = chassis_wall_epoch(w->c) * 1000000000;
	uint64_t dropped = 0;
	GError *error = NULL;
	char *file = NULL;
	gsize n = 0;

	g_array_set_clear_func(out, packet_clear);
	chassis_capture_stop(w->c, "wire", NULL, &dropped, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(dropped, ==, 0);
	g_file_get_contents(w->path, &file, &n, &error);
	g_assert_no_error(error);
	for (gsize at = 0; at + 12 <= n;) {
		uint32_t size = word(file + at + 4);

		g_assert_cmpuint(size, >=, 12);
		g_assert_cmpuint(size, <=, n - at);
		if (word(file + at) == BLOCK_PACKET) {
			int64_t ns = (int64_t)((uint64_t)word(file + at + 12) << 32 |
					       word(file + at + 16));
			uint32_t len = word(file + at + 20);

			g_assert_cmpuint(len, <=, size - 32);
			add_frame(w, out, (base_time){ ns - epoch },
				rd_init(file + at + 28, len));
		}
		at += size;
	}
	g_free(file);
	g_unlink(w->path);
	g_free(w->path);
	g_free(w);
	return out;
}

/* ---- judging ---- */

static const struct wire_packet *at(const GArray *packets, unsigned i)
{
	return &g_array_index(packets, struct wire_packet, i);
}

static char *fault(const struct wire_packet *p, const char *what)
{
	return g_strdup_printf("%" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT
			       " tunnel %u Ns %u Nr %u: %s",
		p->at.ns / 1000000000, p->at.ns / 1000 % 1000000, p->tunnel, p->ns,
		p->nr, what);
}

/* What a tunnel has had so far, by its id at the LAC.  An id is used again only by chance. */
struct course {
	bool begun;
	uint16_t nr;
	GHashTable *bodies; /* of numbers */
};

static void course_free(void *p)
{
	struct course *c = p;

	g_hash_table_unref(c->bodies);
	g_free(c);
}

static const char *follow(struct course *c, const struct wire_packet *p)
{
	GBytes *old = g_hash_table_lookup(c->bodies, GUINT_TO_POINTER(p->ns));

	if (c->begun && (int16_t)(p->nr - c->nr) < 0)
		return "Nr fell";
	c->begun = true;
	c->nr = p->nr;
	if (p->zlb)
		return NULL;
	if (old && !g_bytes_equal(old, p->body))
		return "another message with a number that was given";
	g_hash_table_insert(c->bodies, GUINT_TO_POINTER(p->ns), p->body);
	return NULL;
}

/* Each RP counts IP ids from zero at its power-on.  An id far from the last one of the present
 * sender is that of another; it begins low, or it is a former one. */
static const char *sender(
	const struct wire_packet *p, unsigned *last, unsigned *changes)
{
	unsigned old = *last;

	*last = p->ip_id;
	if (old == G_MAXUINT || (p->ip_id > old && p->ip_id - old <= ID_LEAP))
		return NULL;
	if (p->ip_id > ID_LEAP)
		return "sent by an RP that was succeeded";
	++*changes;
	return NULL;
}

char *wire_fault(const GArray *packets, unsigned *changes)
{
	GHashTable *courses = g_hash_table_new_full(NULL, NULL, NULL, course_free);
	unsigned last = G_MAXUINT;
	char *text = NULL;

	*changes = 0;
	for (unsigned i = 0; !text && i < packets->len; i++) {
		const struct wire_packet *p = at(packets, i);
		struct course *c =
			g_hash_table_lookup(courses, GUINT_TO_POINTER(p->tunnel));
		const char *what;

		if (p->to_lns)
			continue;
		if (!c) {
			c = g_new0(struct course, 1);
			c->bodies = g_hash_table_new(NULL, NULL);
			g_hash_table_insert(courses, GUINT_TO_POINTER(p->tunnel), c);
		}
		what = sender(p, &last, changes);
		if (!what)
			what = follow(c, p);
		if (what)
			text = fault(p, what);
	}
	g_hash_table_unref(courses);
	return text;
}

static const struct wire_packet *covers(
	const GArray *packets, unsigned from, uint16_t tunnel)
{
	uint16_t ns = at(packets, from)->ns;

	for (unsigned i = from + 1; i < packets->len; i++) {
		const struct wire_packet *p = at(packets, i);

		if (!p->to_lns && p->tunnel == tunnel && (int16_t)(p->nr - ns) > 0)
			return p;
	}
	return NULL;
}

base_dur wire_ack_latency(const GArray *packets, uint16_t at_lns, uint16_t at_lac,
	base_time from, base_time until, unsigned *messages)
{
	base_dur longest = { 0 };

	*messages = 0;
	for (unsigned i = 0; i < packets->len; i++) {
		const struct wire_packet *p = at(packets, i), *ack;

		if (!p->to_lns || p->zlb || p->tunnel != at_lns ||
			time_before(p->at, from) || !time_before(p->at, until))
			continue;
		++*messages;
		ack = covers(packets, i, at_lac);
		longest.ns =
			MAX(longest.ns, ack ? time_sub(ack->at, p->at).ns : G_MAXINT64);
	}
	return longest;
}
