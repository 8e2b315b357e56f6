/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The path as an object: making it, changing its tables, its timers, what it reports.
 *
 * Generations: an upsert stamps its entry with the present generation; when a generation
 * ends, what still carries an older one is swept, in slices, so that packets never wait for
 * a walk over all sessions.
 */
#include "fp/internal.h"

enum {
	SWEEP_SLICE = 4096,
	ICMP_RATE = 100,
	ICMP_BURST = 20,
	UNKNOWN_PPP_RATE = 100,
	HEARD_MAX = 16384, /* tunnels in one report */
};

static const struct {
	unsigned rate, burst; /* packets a second */
} punt_rates[PKT_N_CLASSES] = {
	[PKT_CLASS_NONE] = { 1, 1 },
	[PKT_CLASS_KEEPALIVE] = { 20000, 4000 },
	[PKT_CLASS_CONTROL] = { 20000, 4000 },
	[PKT_CLASS_PPP] = { 20000, 4000 },
	[PKT_CLASS_NEW_TUNNEL] = { 500, 500 },
	[PKT_CLASS_DISCOVERY] = { 1000, 500 },
	[PKT_CLASS_LOCAL] = { 1000, 500 },
};

static const struct {
	const char *name, *text;
} drop_names[FP_N_DROPS] = {
#define X(id, name, text) [id] = { name, text },
	FP_DROPS(X)
#undef X
};

const char *fp_drop_name(unsigned reason)
{
	return reason < FP_N_DROPS ? drop_names[reason].name : NULL;
}

const char *fp_drop_text(unsigned reason)
{
	return reason < FP_N_DROPS ? drop_names[reason].text : NULL;
}

struct fp_path *fp_path_new(fp_alloc_fn alloc, void *user, base_time now)
{
	struct fp_path *f = g_new0(struct fp_path, 1);

	f->now = now;
	f->alloc = alloc;
	f->alloc_user = user;
	f->epoch = 1;
	f->wheel = timer_wheel_new(now);
	f->local = index_new(64);
	f->vlans = index_new(64);
	f->iface = g_new0(struct fp_iface, FP_IFACES_MAX);
	f->cache = g_new0(struct fp_cached, FP_CACHE);
	f->heard = g_new(uint16_t, FP_TUNNELS);
	fp_sessions_init(&f->sessions, f->wheel);
	fp_routes_init(&f->routes);
	fp_arps_init(&f->arps);
	police_init(&f->icmp, ICMP_RATE, ICMP_BURST, now);
	police_init(&f->unknown_ppp, UNKNOWN_PPP_RATE, UNKNOWN_PPP_RATE, now);
	fp_pmtu_init(f, now);
	police_init(&f->unknown_pppoe, UNKNOWN_PPP_RATE, UNKNOWN_PPP_RATE, now);
	for (unsigned i = 0; i < PKT_N_CLASSES; i++)
		police_init(&f->punt[i], punt_rates[i].rate, punt_rates[i].burst, now);
	return f;
}

void fp_path_drain(struct fp_path *f, struct fp_sink *out)
{
	f->out = out;
	out->n = 0;
	for (uint32_t n = 1; n <= f->arps.highest; n++) {
		struct fp_arp *e = &f->arps.entry[n];

		for (unsigned i = 0; i < e->n_pending; i++)
			fp_done(f, e->pending[i]);
		f->arps.waiting -= e->n_pending;
		e->n_pending = 0;
	}
	fp_frag_flush(f);
}

void fp_path_free(struct fp_path *f)
{
	if (!f)
		return;
	g_assert(f->arps.waiting == 0);
	fp_sessions_deinit(&f->sessions);
	timer_wheel_free(f->wheel);
	fp_routes_deinit(&f->routes);
	fp_arps_deinit(&f->arps);
	index_free(f->local);
	index_free(f->vlans);
	g_free(f->iface);
	g_free(f->cache);
	g_free(f->heard);
	g_free(f);
}

/* ---- interfaces ---- */

static void choose_router_ip(struct fp_path *f)
{
	uint32_t port = 0;

	f->router_ip = 0;
	for (unsigned i = 1; i < f->end_iface; i++) {
		if (!f->iface[i].usable)
			continue;
		if (f->iface[i].loopback && !f->router_ip)
			f->router_ip = f->iface[i].ip;
		else if (!port)
			port = f->iface[i].ip;
	}
	if (!f->router_ip)
		f->router_ip = port;
}

static void take_down(struct fp_path *f, uint16_t ifindex)
{
	struct fp_iface *i = &f->iface[ifindex];

	f->epoch += i->linked;
	i->linked = false;
	if (!i->usable)
		return;
	i->usable = false;
	f->epoch++;
	if (index_get(f->local, i->ip) ==
		ifindex) /* its bit stays: it is only a hint */
		index_del(f->local, i->ip);
	if (!i->loopback) {
		fp_routes_del(&f->routes, i->ip, i->mask, true);
		fp_arp_flush(f, ifindex);
	}
	choose_router_ip(f);
}

static void bring_up(struct fp_path *f, uint16_t ifindex)
{
	struct fp_iface *i = &f->iface[ifindex];

	i->usable = true;
	f->epoch++;
	index_put(f->local, i->ip, ifindex);
	f->local_bits[fp_local_bit(i->ip) / 64] |= UINT64_C(1)
						   << fp_local_bit(i->ip) % 64;
	choose_router_ip(f);
	if (i->loopback)
		return;
	fp_routes_put(&f->routes, i->ip, i->mask, 0, ifindex, true, f->generation);
	fp_arp_announce(f, ifindex);
}

static void link_up(struct fp_path *f, uint16_t ifindex)
{
	struct fp_iface *i = &f->iface[ifindex];

	if (i->linked)
		return;
	i->linked = true;
	f->epoch++;
}

/* A subinterface is as good as its port. */
static bool has_carrier(const struct fp_path *f, const struct fp_iface *i)
{
	if (i->parent)
		return i->outer && f->iface[i->parent].linked;
	return !i->loopback && i->present && i->carrier;
}

static void set_mtu(const struct fp_path *f, struct fp_iface *i)
{
	unsigned mtu = i->rp_mtu ? i->rp_mtu : FP_MTU_DEFAULT;

	if (i->port_mtu)
		mtu = MIN(mtu, i->port_mtu);
	if (i->parent)
		mtu = MIN(mtu, f->iface[i->parent].mtu);
	i->mtu = (uint16_t)MAX(mtu, FP_MTU_MIN);
}

static void refresh_one(struct fp_path *f, uint16_t ifindex)
{
	struct fp_iface *i = &f->iface[ifindex];
	bool on = i->configured && i->admin_up;
	bool linked = on && has_carrier(f, i);

	set_mtu(f, i);
	if (i->parent)
		memcpy(i->mac, f->iface[i->parent].mac, ETH_ALEN);
	if (!linked && !(on && i->loopback && i->ip)) {
		take_down(f, ifindex);
		return;
	}
	if (linked)
		link_up(f, ifindex);
	if (i->ip && !fp_iface_is_range(i) && !i->usable)
		bring_up(f, ifindex);
}

/* And the subinterfaces of a port. */
static void refresh(struct fp_path *f, uint16_t ifindex)
{
	refresh_one(f, ifindex);
	if (ifindex >= IFINDEX_OTHER || !f->n_subs)
		return;
	for (uint16_t n = IFINDEX_OTHER; n < f->end_iface; n++)
		if (f->iface[n].parent == ifindex)
			refresh_one(f, n);
}

static void take_down_all(struct fp_path *f, uint16_t port)
{
	take_down(f, port);
	for (uint16_t n = IFINDEX_OTHER; n < f->end_iface && f->n_subs; n++)
		if (f->iface[n].parent == port)
			take_down(f, n);
}

static void enter(struct fp_path *f, base_time now, struct fp_sink *out)
{
	f->now = now;
	f->out = out;
	out->n = 0;
}

static struct fp_iface *entry_of(struct fp_path *f, uint16_t ifindex)
{
	f->end_iface = (uint16_t)MAX(f->end_iface, ifindex + 1);
	return &f->iface[ifindex];
}

static bool is_possible(const struct msg_fib_iface *m)
{
	if (m->ifindex == 0 || m->ifindex >= FP_IFACES_MAX)
		return false;
	return m->parent == 0 ||
	       (m->ifindex >= IFINDEX_OTHER && m->parent < IFINDEX_OTHER);
}

static bool same_tags(const struct fp_iface *i, const struct msg_fib_iface *m)
{
	return i->parent == m->parent && i->outer == m->outer &&
	       i->inner_lo == m->inner_lo && i->inner_hi == m->inner_hi &&
	       i->is_native == m->native && i->configured == !m->deleted;
}

/* Other tags: what was learned by the old ones does not hold. */
static void set_tags(struct fp_path *f, const struct msg_fib_iface *m)
{
	struct fp_iface *i = &f->iface[m->ifindex];

	if (same_tags(i, m))
		return;
	take_down(f, m->ifindex);
	fp_vlan_unlink(f, m->ifindex);
	f->n_subs += (m->parent != 0) - (i->parent != 0);
	i->configured = !m->deleted;
	i->parent = m->parent;
	i->outer = m->outer;
	i->inner_lo = m->inner_lo;
	i->inner_hi = MAX(m->inner_hi, m->inner_lo);
	i->is_native = m->native;
	fp_vlan_link(f, m->ifindex);
	f->epoch++;
}

void fp_path_iface(struct fp_path *f, const struct msg_fib_iface *m, base_time now,
	struct fp_sink *out)
{
	enter(f, now, out);
	if (!is_possible(m))
		return;

	struct fp_iface *i = entry_of(f, m->ifindex);
	bool loopback = m->kind == IFACE_LOOPBACK;

	if (i->ip != m->ip || i->mask != m->mask || i->loopback != loopback)
		take_down(f, m->ifindex);
	set_tags(f, m);
	i->admin_up = m->up;
	i->loopback = loopback;
	i->ip = m->ip;
	i->mask = m->mask;
	i->rp_mtu = m->mtu;
	i->pppoe = m->pppoe;
	i->mss = m->mss;
	i->generation = f->generation;
	refresh(f, m->ifindex);
}

/* Back to a port of which only the port has told. */
static void forget_iface(struct fp_path *f, uint16_t ifindex)
{
	set_tags(f, &(struct msg_fib_iface){ .ifindex = ifindex, .deleted = true });
	refresh(f, ifindex);
}

static void set_mac(struct fp_path *f, uint16_t ifindex, uint64_t mac)
{
	struct fp_iface *i = &f->iface[ifindex];
	uint8_t new[ETH_ALEN];

	put_u16(new, (uint16_t)(mac >> 32));
	put_u32(new + 2, (uint32_t)mac);
	if (memcmp(new, i->mac, ETH_ALEN) == 0)
		return;
	take_down_all(f, ifindex); /* neighbours' headers hold the old one */
	memcpy(i->mac, new, ETH_ALEN);
}

void fp_path_port(struct fp_path *f, const struct msg_port_state *m, base_time now,
	struct fp_sink *out)
{
	enter(f, now, out);
	if (m->ifindex == 0 || m->ifindex >= IFINDEX_OTHER)
		return;

	struct fp_iface *i = entry_of(f, m->ifindex);

	set_mac(f, m->ifindex, m->mac);
	i->present = m->present;
	i->carrier = m->up;
	i->port_mtu = m->mtu;
	refresh(f, m->ifindex);
}

void fp_path_slot_down(
	struct fp_path *f, unsigned slot, base_time now, struct fp_sink *out)
{
	enter(f, now, out);
	for (unsigned port = 0; port < PORTS_PER_SPA; port++) {
		uint16_t ifindex = port_ifindex(slot, port);

		f->iface[ifindex].present = false;
		f->iface[ifindex].carrier = false;
		refresh(f, ifindex);
	}
}

/* ---- routes and sessions ---- */

bool fp_path_route(struct fp_path *f, const struct msg_fib_route *m)
{
	f->epoch++;
	if (m->deleted) {
		fp_routes_del(&f->routes, m->prefix, m->mask, false);
		return true;
	}
	return fp_routes_put(&f->routes, m->prefix, m->mask, m->next_hop, m->ifindex,
		false, f->generation);
}

bool fp_path_session(struct fp_path *f, const struct msg_fib_session *m, base_time now)
{
	return fp_sessions_upsert(&f->sessions, m, f->generation, now);
}

void fp_path_stop(struct fp_path *f, uint32_t index, uint32_t l2tp,
	struct msg_fib_counts *counts)
{
	fp_sessions_stop(&f->sessions, index, l2tp);
	fp_sessions_counts(&f->sessions, index, counts);
	if (counts->l2tp != l2tp)
		*counts = (struct msg_fib_counts){ .index = index, .l2tp = l2tp };
}

void fp_path_counts(
	const struct fp_path *f, uint32_t index, struct msg_fib_counts *counts)
{
	fp_sessions_counts(&f->sessions, index, counts);
}

void fp_path_remove(struct fp_path *f, uint32_t index)
{
	fp_sessions_remove(&f->sessions, index);
}

void fp_path_clear(struct fp_path *f, base_time now, struct fp_sink *out)
{
	enter(f, now, out);
	for (uint32_t i = 1; i <= f->sessions.highest; i++)
		fp_sessions_remove(&f->sessions, i);
	for (uint16_t n = 1; n < f->end_iface; n++)
		if (f->iface[n].configured)
			forget_iface(f, n);
	fp_routes_clear(&f->routes);
	f->epoch++;
	f->sweeping = false;
}

/* ---- generations ---- */

uint32_t fp_path_generation(const struct fp_path *f)
{
	return f->generation;
}

void fp_path_begin(struct fp_path *f, uint32_t generation)
{
	f->generation = generation;
	f->sweeping = false;
}

void fp_path_end(struct fp_path *f, uint32_t generation)
{
	if (generation != f->generation)
		return;
	f->sweeping = true;
	f->sweep_cursor = 1;
	f->swept = 0;
}

bool fp_path_sweeping(const struct fp_path *f)
{
	return f->sweeping;
}

static void sweep_ifaces(struct fp_path *f)
{
	for (uint16_t n = 1; n < f->end_iface; n++) {
		struct fp_iface *i = &f->iface[n];

		if (!i->configured || i->generation == f->generation)
			continue;
		forget_iface(f, n);
		f->swept++;
	}
}

bool fp_path_sweep(struct fp_path *f, uint32_t *count, struct fp_sink *out)
{
	enter(f, f->now, out);
	if (!f->sweeping || !fp_sessions_sweep(&f->sessions, f->generation,
				    &f->sweep_cursor, SWEEP_SLICE, &f->swept))
		return false;
	sweep_ifaces(f);
	f->swept += fp_routes_sweep(&f->routes, f->generation);
	f->epoch++;
	f->sweeping = false;
	*count = f->swept;
	return true;
}

/* ---- timers ---- */

bool fp_path_tick(struct fp_path *f, base_time now, struct fp_sink *out)
{
	enum { ROOM = 64 }; /* for what one timer can make */
	struct timer *t;

	enter(f, now, out);
	while (out->n < FP_ROWS_MAX - ROOM && (t = timer_pop(f->wheel, now))) {
		switch ((enum fp_timer_kind)t->kind) {
		case FP_TIMER_ECHO:
			fp_echo_timer(f, t->owner);
			break;
		case FP_TIMER_ARP:
			fp_arp_timer(f, t->owner);
			break;
		case FP_TIMER_PMTU:
			fp_pmtu_timer(f, t->owner);
			break;
		case FP_TIMER_FRAG:
			fp_frag_timer(f, t->owner);
			break;
		}
	}
	return !time_before(now, timer_next_due(f->wheel));
}

base_time fp_path_next_due(const struct fp_path *f)
{
	return timer_next_due(f->wheel);
}

/* ---- reports ---- */

uint32_t fp_path_next_dead(struct fp_path *f)
{
	return fp_sessions_next_dead(&f->sessions);
}

void fp_path_dead_again(struct fp_path *f)
{
	fp_sessions_dead_again(&f->sessions);
}

bool fp_path_has_heard(const struct fp_path *f)
{
	return f->n_heard > 0;
}

GBytes *fp_path_heard(struct fp_path *f)
{
	uint32_t count = MIN(f->n_heard, HEARD_MAX);
	size_t n = count * sizeof(uint16_t);

	if (n == 0)
		return NULL;

	uint8_t *ids = g_malloc(n);
	struct wr w = wr_init(ids, n);

	for (uint32_t i = 0; i < count; i++) {
		uint16_t id = f->heard[--f->n_heard];

		wr_u16(&w, id);
		f->sessions.tunnel[id].heard = 0;
	}
	return g_bytes_new_take(ids, n);
}

void fp_path_count(struct fp_path *f, enum fp_drop reason, unsigned n)
{
	f->drops[reason] += n;
}

uint64_t fp_path_drops(const struct fp_path *f, enum fp_drop reason)
{
	return f->drops[reason];
}

uint32_t fp_path_sessions(const struct fp_path *f)
{
	return f->sessions.count;
}

static GBytes *take_bytes(struct wr *w)
{
	return g_bytes_new_take(w->buf, w->len);
}

void fp_path_stats(const struct fp_path *f, struct msg_fib_stats *m)
{
	struct wr w = wr_init(g_malloc(FP_N_DROPS * 8), FP_N_DROPS * 8);

	for (unsigned i = 0; i < FP_N_DROPS; i++)
		wr_u64(&w, f->drops[i]);
	*m = (struct msg_fib_stats){
		.drops = take_bytes(&w),
		.ifaces = fp_path_iface_counters(f),
		.sessions = f->sessions.count,
		.generation = f->generation,
	};
}
