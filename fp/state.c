/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The path's tables read back: for the mirror on the other FP, and as text for tests that
 * compare the two.
 */
#include "fp/internal.h"

#include <inttypes.h>

enum { COUNTER_ROW = 2 + 5 * 8 };

void fp_path_set_standby(struct fp_path *f, bool standby)
{
	f->standby = standby;
	f->sessions.first_ns = standby ? FP_NS_JUMP : 0;
}

/* ---- interfaces ---- */

bool fp_path_iface_config(
	const struct fp_path *f, uint16_t ifindex, struct msg_fib_iface *m)
{
	const struct fp_iface *i = &f->iface[ifindex];

	if (!i->configured)
		return false;
	*m = (struct msg_fib_iface){
		.ifindex = ifindex,
		.kind = i->loopback ? IFACE_LOOPBACK : IFACE_PORT,
		.up = i->admin_up,
		.ip = i->ip,
		.mask = i->mask,
		.mtu = i->rp_mtu,
		.parent = i->parent,
		.outer = i->outer,
		.inner_lo = i->inner_lo,
		.inner_hi = i->inner_hi,
		.native = i->is_native,
		.pppoe = i->pppoe,
		.mss = i->mss,
	};
	return true;
}

GBytes *fp_path_iface_counters(const struct fp_path *f)
{
	size_t n = f->end_iface * (size_t)COUNTER_ROW;
	struct wr w = wr_init(g_malloc(n), n);

	for (uint16_t k = 1; k < f->end_iface; k++) {
		const struct fp_iface *i = &f->iface[k];

		if (!i->configured && !i->present)
			continue;
		wr_u16(&w, k);
		wr_u64(&w, i->rx_packets);
		wr_u64(&w, i->rx_bytes);
		wr_u64(&w, i->tx_packets);
		wr_u64(&w, i->tx_bytes);
		wr_u64(&w, i->drops);
	}
	return g_bytes_new_take(w.buf, w.len);
}

void fp_path_set_iface_counters(struct fp_path *f, struct rd r)
{
	while (rd_left(&r) >= COUNTER_ROW) {
		uint16_t k = rd_u16(&r);
		struct fp_iface *i = &f->iface[k < FP_IFACES_MAX ? k : 0];

		i->rx_packets = rd_u64(&r);
		i->rx_bytes = rd_u64(&r);
		i->tx_packets = rd_u64(&r);
		i->tx_bytes = rd_u64(&r);
		i->drops = rd_u64(&r);
	}
}

/* ---- sessions and routes ---- */

void fp_sessions_config(
	const struct fp_sessions *t, uint32_t index, struct msg_fib_session *m)
{
	const struct fp_session *s = &t->entry[index];
	const struct fp_session_cold *c = &t->cold[index];
	const uint8_t *l2tp = s->outer + IPV4_HDR + UDP_HDR;
	bool switched = s->flags & FIB_SESSION_SWITCHED;

	*m = (struct msg_fib_session){
		.index = index,
		.flags = s->flags,
		.subscriber_ip = s->subscriber_ip,
		.local_magic = switched ? 0 : s->local_magic,
		.mate = switched ? s->mate : 0,
		.mtu = c->mtu,
		.mss = s->mss,
		.echo_s = c->echo_s,
		.echo_misses = s->echo_misses,
	};
	if (s->state & FP_SESSION_PPPOE) {
		fp_pppoe_config(s, m);
		return;
	}
	m->flags |= s->state & FP_SESSION_PMTU ? FIB_SESSION_PMTU : 0;
	m->local_ip = be32(s->outer + 12);
	m->remote_ip = s->remote_ip;
	m->local_port = s->local_port;
	m->remote_port = s->remote_port;
	m->local_tunnel = s->local_tunnel;
	m->local_session = c->local_session;
	m->remote_tunnel = be16(l2tp + 2);
	m->remote_session = be16(l2tp + 4);
}

bool fp_routes_config(
	const struct fp_routes *t, uint32_t number, struct msg_fib_route *m)
{
	const struct fp_route *r = &t->route[number];

	if (!r->used || r->connected)
		return false;
	*m = (struct msg_fib_route){
		.prefix = r->prefix,
		.mask = r->len ? UINT32_MAX << (32 - r->len) : 0,
		.next_hop = r->next_hop,
		.ifindex = r->ifindex,
	};
	return true;
}

/* ---- text ---- */

static void dump_iface(const struct msg_fib_iface *m, GString *out)
{
	char ip[16], mask[16];

	g_string_append_printf(out, "iface %u %s %s %s mtu %u", m->ifindex,
		m->up ? "up" : "down", ipv4_to_str(m->ip, ip),
		ipv4_to_str(m->mask, mask), m->mtu);
	if (m->parent)
		g_string_append_printf(out, " of %u vlan %u/%u-%u%s", m->parent, m->outer,
			m->inner_lo, m->inner_hi, m->native ? " native" : "");
	if (m->mss)
		g_string_append_printf(out, " mss %u", m->mss);
	g_string_append(out, m->pppoe ? " pppoe\n" : "\n");
}

/* Of a PPPoE session in place of L2TP's numbers and addresses. */
static void pppoe_line(const struct msg_fib_session *m, GString *out)
{
	g_string_append_printf(out, "session %u pppoe %u/%u %012" PRIx64, m->index,
		m->ifindex, m->pppoe_sid, m->client);
	for (unsigned i = 0; i < m->n_vlan; i++)
		g_string_append_printf(out, " %04x:%u", m->tpid >> (16 - 16 * i) & 0xffff,
			m->vlan >> (16 - 16 * i) & 0xffff);
}

void fp_session_line(const struct msg_fib_session *m, bool stopped, GString *out)
{
	char local[16], remote[16], sub[16];

	if (m->flags & FIB_SESSION_PPPOE)
		pppoe_line(m, out);
	else
		g_string_append_printf(out, "session %u %u/%u %u/%u %s:%u %s:%u", m->index,
			m->local_tunnel, m->local_session, m->remote_tunnel,
			m->remote_session, ipv4_to_str(m->local_ip, local), m->local_port,
			ipv4_to_str(m->remote_ip, remote), m->remote_port);
	g_string_append_printf(out, " %s flags %x mtu %u echo %u/%u magic %08x",
		ipv4_to_str(m->subscriber_ip, sub), m->flags, m->mtu, m->echo_s,
		m->echo_misses, m->local_magic);
	if (m->mss)
		g_string_append_printf(out, " mss %u", m->mss);
	if (m->mate)
		g_string_append_printf(out, " mate %u", m->mate);
	g_string_append(out, stopped ? " stopped\n" : "\n");
}

static void dump_session(const struct fp_sessions *t, uint32_t index, GString *out)
{
	struct msg_fib_session m;

	fp_sessions_config(t, index, &m);
	fp_session_line(&m, t->entry[index].state & FP_SESSION_STOPPED, out);
}

static int by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Where a route lies depends on what was there before: by text instead. */
static void dump_routes(const struct fp_routes *t, GString *out)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	struct msg_fib_route m;
	char ip[16], mask[16], via[16];

	for (uint32_t n = 1; n <= t->highest; n++)
		if (fp_routes_config(t, n, &m))
			g_ptr_array_add(lines,
				g_strdup_printf("route %s %s %s %u\n",
					ipv4_to_str(m.prefix, ip),
					ipv4_to_str(m.mask, mask),
					ipv4_to_str(m.next_hop, via), m.ifindex));
	g_ptr_array_sort(lines, by_text);
	for (guint i = 0; i < lines->len; i++)
		g_string_append(out, lines->pdata[i]);
}

char *fp_path_dump(const struct fp_path *f)
{
	GString *out = g_string_new(NULL);
	struct msg_fib_iface iface;

	for (uint16_t n = 1; n < f->end_iface; n++)
		if (fp_path_iface_config(f, n, &iface))
			dump_iface(&iface, out);
	dump_routes(&f->routes, out);
	for (uint32_t i = 1; i <= f->sessions.highest; i++)
		if (fp_sessions_get(&f->sessions, i))
			dump_session(&f->sessions, i, out);
	return g_string_free(out, FALSE);
}
