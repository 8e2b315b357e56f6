/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See watch.h.
 */
#include "tests/scenarios/watch.h"

#include "base/net.h"
#include "chassis/internal.h"
#include "fp/path.h"
#include "l2tp/internal.h"
#include "rp/internal.h"
#include "tests/scenarios/tables.h"

#include <string.h>

/* A tunnel as its packets show it, by the ids at both ends. */
struct course {
	uint16_t own, peer;
	uint16_t ns_end;       /* above the highest Ns that left */
	uint16_t nr, nr_first; /* highest; that of the first packet, which answers SCCRQ */
	bool stored;           /* a standby that counts has had it */
	GHashTable *bodies;    /* Ns + 1 -> GBytes: what is behind Nr, session id in front */
};

struct watch {
	struct world *world;
	struct chassis *c;
	uint16_t port; /* of the LAC */
	uint32_t seen[2]; /* of F0's and F1's ring to the SPA */
	GHashTable *courses;
	unsigned holder, hot; /* at the arbiter, SLOT_NONE */
	bool behind; /* in the last round: outputs left that the standby does not know of */
	bool taking_over, bare, late, unheard;
	unsigned kept;
	char *failure;
	GString *traced; /* NULL: not wanted */
	uint32_t traced_to[2];
	struct watch_counts n;
	watch_fn also;
	void *user;
};

static void fail(struct watch *w, const struct course *c, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static void fail(struct watch *w, const struct course *c, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list ap;

	if (w->failure)
		return;
	va_start(ap, format);
	what = g_strdup_vprintf(format, ap);
	va_end(ap);
	w->failure = g_strdup_printf("at %" G_GINT64_FORMAT " us, tunnel %u/%u: %s",
		chassis_now(w->c).ns / 1000, c->own, c->peer, what);
}

/* ---- packets ---- */

enum { PPP_FRAMED = 0xff03 };

static bool of_subscriber(struct rd ppp)
{
	uint16_t proto = rd_u16(&ppp);

	return (proto == PPP_FRAMED ? rd_u16(&ppp) : proto) == PPP_IPV4;
}

struct watch_packet watch_parse(struct pkt *p)
{
	struct watch_packet out = { 0 };
	struct rd r;
	struct ipv4_hdr ip;
	struct udp_hdr udp;
	struct l2tp_hdr h;

	pool_show(p);
	r = rd_init((const uint8_t *)p + p->off, p->len);
	rd_skip(&r, ETH_HDR);
	if (!ipv4_parse(&r, &ip) || ip.proto != IPPROTO_NUM_UDP ||
		!udp_parse(&r, &ip, &udp) || udp.sport != L2TP_UDP_PORT)
		return out;
	out.dst = ip.dst;
	out.bytes = r.p;
	out.len = rd_left(&r);
	if (!l2tp_hdr_parse(&r, &h))
		return out;
	out.body = (size_t)(r.p - out.bytes);
	out.control = l2tp_is_control(&h);
	out.l2tp = out.control || !of_subscriber(r);
	out.tunnel = h.tunnel;
	out.session = h.session;
	out.ns = h.ns;
	out.nr = h.nr;
	return out;
}

static bool is_zlb(const struct watch_packet *p)
{
	return p->len == p->body;
}

/* Of the first AVP's value. */
static bool is_message(const struct watch_packet *p, unsigned type)
{
	struct rd r = rd_init(p->bytes + p->body, p->len - p->body);

	rd_skip(&r, 6);
	return rd_u16(&r) == type && !r.bad;
}

/* ---- what the standby has ---- */

/* The RP that would go on, or goes on, with what `sender` has sent; NULL: it is not claimed. */
static const struct rp *heir_of(const struct watch *w, unsigned sender)
{
	const struct arbiter *a = &w->c->arbiter;
	unsigned other = SLOT_R0 + SLOT_R1 - sender;
	const struct rp *rp = world_rp(w->world, other);

	if (!rp || rp->cf.torn)
		return NULL;
	if (a->hot == other && a->hot_boot == w->c->board[other]->boot_id)
		return rp;
	return a->holder == other && a->granted_hot ? rp : NULL;
}

static bool marked(const struct watch *w, uint16_t tunnel)
{
	unsigned fp = chassis_active_fp(w->c);

	return fp != SLOT_NONE && fp_board_marked(w->c->board[fp]->self, tunnel);
}

static const struct l2tp_cc *tunnel_of(const struct rp *rp, const struct course *c)
{
	const struct l2tp_cc *cc = rp ? cc_by_id(vpdn_l2tp(rp->vpdn), c->own) : NULL;

	return cc && cc->remote_id == c->peer ? cc : NULL;
}

/* All that has left of a tunnel. */
static void check_course(
	struct watch *w, struct course *c, unsigned sender, const struct rp *heir)
{
	const struct l2tp_cc *cc = tunnel_of(heir, c), *own;
	const struct chan *ch;

	if (!cc) {
		/* SCCCN is acknowledged, and the tunnel is not closing. */
		own = tunnel_of(world_rp(w->world, sender), c);
		if (own && own->state == L2TP_CC_ESTABLISHED &&
			seq_diff(c->nr, c->nr_first) > 0)
			fail(w, c, "I-ack: Nr %u has left, the standby has no such tunnel",
				c->nr);
		return;
	}
	c->stored = true;
	ch = &cc->chan;
	if (seq_diff(c->nr, seq_max(ch->r_rx, ch->r_dur)) > 0)
		fail(w, c, "I-ack: Nr %u has left, the standby has R %u", c->nr, ch->r_rx);
	if (seq_diff(c->ns_end, ch->s) > 0)
		fail(w, c, "I-send: Ns %u has left, the standby has S %u",
			(uint16_t)(c->ns_end - 1), ch->s);
}

static bool same_bytes(const struct chan_msg *m, const struct watch_packet *p)
{
	return m->len == p->len && memcmp(m->bytes, p->bytes, CHAN_NR_AT) == 0 &&
	       memcmp(m->bytes + CHAN_MSG_MIN, p->bytes + CHAN_MSG_MIN,
		       p->len - CHAN_MSG_MIN) == 0;
}

static void check_bytes(struct watch *w, const struct course *c, const struct l2tp_cc *cc,
	const struct watch_packet *p)
{
	if (is_zlb(p) || seq_diff(p->ns, cc->chan.u) < 0)
		return; /* the peer has it */
	for (const struct chan_msg *m = cc->chan.head; m; m = m->next) {
		if (m->ns != p->ns)
			continue;
		if (!same_bytes(m, p))
			fail(w, c, "I-send: Ns %u has left with other bytes than the "
				   "standby holds",
				p->ns);
		return;
	}
	fail(w, c, "I-send: Ns %u has left, the standby does not hold it", p->ns);
}

/* ---- courses ---- */

static void course_free(void *p)
{
	struct course *c = p;

	g_hash_table_unref(c->bodies);
	g_free(c);
}

static struct course *course_of(
	struct watch *w, uint16_t own, const struct watch_packet *p, bool *begun)
{
	void *key = GUINT_TO_POINTER((uint32_t)own << 16 | p->tunnel);
	struct course *c = g_hash_table_lookup(w->courses, key);

	*begun = c;
	if (c)
		return c;
	c = g_new0(struct course, 1);
	c->own = own;
	c->peer = p->tunnel;
	c->nr = c->nr_first = p->nr;
	c->ns_end = is_zlb(p) ? p->ns : (uint16_t)(p->ns + 1);
	c->bodies = g_hash_table_new_full(
		NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
	g_hash_table_insert(w->courses, key, c);
	return c;
}

static void follow(struct watch *w, struct course *c, const struct watch_packet *p)
{
	void *key = GUINT_TO_POINTER(p->ns + 1u);
	GBytes *old, *body;

	if (seq_diff(p->nr, c->nr) < 0)
		fail(w, c, "I-ack: Nr falls from %u to %u", c->nr, p->nr);
	c->nr = seq_max(c->nr, p->nr);
	if (is_zlb(p))
		return;
	c->ns_end = seq_max(c->ns_end, (uint16_t)(p->ns + 1));
	old = g_hash_table_lookup(c->bodies, key);
	body = g_bytes_new(p->bytes + p->body, p->len - p->body);
	if (old && !g_bytes_equal(old, body))
		fail(w, c, "I-send: Ns %u has left with two contents", p->ns);
	g_hash_table_insert(c->bodies, key, body);
}

/* A control packet of an RP to the LAC. */
static void passed(struct watch *w, const struct pkt *pkt, const struct watch_packet *p)
{
	bool begun;
	struct course *c = course_of(w, pkt->tunnel, p, &begun);
	const struct rp *heir = heir_of(w, pkt->owner);
	const struct l2tp_cc *cc = tunnel_of(heir, c);

	follow(w, c, p);
	if (!heir) {
		w->n.alone++;
		return;
	}
	if (marked(w, c->own)) {
		w->n.marked++;
		return;
	}
	w->n.held++;
	check_course(w, c, pkt->owner, heir);
	if (cc)
		check_bytes(w, c, cc, p);
	else if (c->stored && !is_zlb(p) && !is_message(p, L2TP_STOPCCN))
		fail(w, c, "I-send: Ns %u has left, the standby has deleted the tunnel",
			p->ns);
}

/* For people. */
static void trace(const struct watch *w, const struct watch_packet *p, const char *to)
{
	struct rd ppp = rd_init(p->bytes + p->body, p->len - p->body);
	uint16_t proto;
	uint8_t code;

	g_string_append_printf(w->traced, "%8" G_GINT64_FORMAT " us %s %u/%u ",
		chassis_now(w->c).ns / 1000, to, p->tunnel, p->session);
	if (p->control) {
		rd_skip(&ppp, 6);
		g_string_append_printf(w->traced, "%s Ns %u Nr %u\n",
			is_zlb(p) ? "ZLB" : l2tp_msg_name(rd_u16(&ppp)), p->ns, p->nr);
		return;
	}
	proto = rd_u16(&ppp);
	if (proto == PPP_FRAMED)
		proto = rd_u16(&ppp);
	code = rd_u8(&ppp);
	g_string_append_printf(w->traced, "PPP %04x code %u id %u\n", proto, code,
		rd_u8(&ppp));
}

static void trace_from_lac(struct watch *w, unsigned fp)
{
	const struct ring *r = w->c->board[fp] ? w->c->board[SLOT_SPA]->pkt_out[fp] : NULL;
	uint32_t *seen = &w->traced_to[fp - SLOT_F0];

	for (; r && *seen != r->pub_head; ++*seen) {
		struct pkt *pkt =
			pool_pkt(w->c, (uint32_t)r->entries[*seen & (r->cap - 1)]);
		struct watch_packet p;

		if (pkt->ifindex != w->port)
			continue;
		p = watch_parse(pkt);
		if (p.l2tp)
			trace(w, &p, "to LNS");
		pool_hide(pkt);
	}
}

static void look_at_fp(struct watch *w, unsigned fp)
{
	const struct ring *r = w->c->board[fp] ? w->c->board[fp]->pkt_out[SLOT_SPA] : NULL;
	uint32_t *seen = &w->seen[fp - SLOT_F0];

	for (; r && *seen != r->pub_head; ++*seen) {
		struct pkt *pkt =
			pool_pkt(w->c, (uint32_t)r->entries[*seen & (r->cap - 1)]);
		struct watch_packet p;

		if (pkt->ifindex != w->port || pkt->owner > SLOT_R1)
			continue;
		p = watch_parse(pkt);
		if (p.l2tp && w->traced)
			trace(w, &p, pkt->owner == SLOT_R0 ? "R0 to LAC" : "R1 to LAC");
		if (p.control)
			passed(w, pkt, &p);
		pool_hide(pkt);
	}
}

/* ---- rounds ---- */

static void look_at_all(struct watch *w)
{
	const struct arbiter *a = &w->c->arbiter;
	const struct rp *heir;
	GHashTableIter i;
	void *course;

	if (a->holder == SLOT_NONE || a->hot == SLOT_NONE || a->hot == a->holder)
		return;
	heir = heir_of(w, a->holder);
	g_hash_table_iter_init(&i, w->courses);
	while (heir && g_hash_table_iter_next(&i, NULL, &course)) {
		if (!marked(w, ((struct course *)course)->own))
			check_course(w, course, a->holder, heir);
	}
}

/* Until the new active RP has read them: the last packets of the old one may set marks yet. */
static void look_at_marks(struct watch *w)
{
	unsigned holder = w->c->arbiter.holder;
	const struct rp *rp = holder <= SLOT_R1 ? world_rp(w->world, holder) : NULL;
	GHashTableIter i;
	void *course;

	g_hash_table_iter_init(&i, w->courses);
	while (g_hash_table_iter_next(&i, NULL, &course)) {
		if (!marked(w, ((struct course *)course)->own))
			continue;
		w->bare = true;
		w->kept = 0;
	}
	w->taking_over = rp && !rf_is_active(&rp->rf);
}

/* The holder has released outputs of transactions that its twin does not have. */
static bool is_behind(const struct watch *w)
{
	const struct rp *rp = w->holder <= SLOT_R1 ? world_rp(w->world, w->holder) : NULL;
	const struct rp *other = world_rp(w->world, SLOT_R0 + SLOT_R1 - w->holder);

	return rp && other && rp->txn.on && rp->txn.released > other->cf.applied;
}

static void on_round(void *user)
{
	struct watch *w = user;
	const struct arbiter *a = &w->c->arbiter;

	look_at_fp(w, SLOT_F0);
	look_at_fp(w, SLOT_F1);
	if (w->traced) {
		trace_from_lac(w, SLOT_F0);
		trace_from_lac(w, SLOT_F1);
	}
	look_at_all(w);
	if (w->taking_over)
		look_at_marks(w);
	w->holder = a->holder;
	w->hot = a->hot;
	w->behind = is_behind(w);
	if (w->also)
		w->also(w->user);
}

/* Told after the arbiter knows. */
static void on_event(unsigned slot, bool in, enum slot_why why, base_time now, void *user)
{
	struct watch *w = user;
	const struct arbiter *a = &w->c->arbiter;

	if (in || slot > SLOT_R1 || slot != w->holder)
		return;
	w->unheard |= w->behind;
	if (a->holder != SLOT_NONE && a->granted_hot) {
		w->taking_over = true;
		w->kept = tables_calls(world_rp(w->world, a->holder));
		return;
	}
	w->late |= w->hot == SLOT_R0 + SLOT_R1 - slot;
	w->bare = true;
	w->kept = 0;
}

struct watch *watch_start(struct world *world)
{
	struct watch *w = g_new0(struct watch, 1);

	w->world = world;
	w->c = lab_chassis(world->lab);
	w->port = world->lac.net.ifindex;
	w->courses = g_hash_table_new_full(NULL, NULL, NULL, course_free);
	w->holder = w->c->arbiter.holder;
	w->hot = w->c->arbiter.hot;
	for (unsigned i = 0; i < 2; i++)
		if (w->c->board[SLOT_F0 + i])
			w->seen[i] =
				w->c->board[SLOT_F0 + i]->pkt_out[SLOT_SPA]->pub_head;
	chassis_on_round(w->c, on_round, w);
	chassis_on_event(w->c, on_event, w);
	return w;
}

void watch_stop(struct watch *w)
{
	chassis_on_round(w->c, NULL, NULL);
	chassis_off_event(w->c, on_event, w);
	g_hash_table_unref(w->courses);
	g_free(w->failure);
	g_free(w);
}

const char *watch_failure(const struct watch *w)
{
	return w->failure;
}

bool watch_bare(const struct watch *w)
{
	return w->bare;
}

bool watch_unheard(const struct watch *w)
{
	return w->unheard;
}

bool watch_late(const struct watch *w)
{
	return w->late;
}

unsigned watch_kept(const struct watch *w)
{
	return w->kept;
}

void watch_count(const struct watch *w, struct watch_counts *c)
{
	c->held += w->n.held;
	c->marked += w->n.marked;
	c->alone += w->n.alone;
}

void watch_trace(struct watch *w, GString *out)
{
	w->traced = out;
	for (unsigned i = 0; i < 2; i++)
		if (w->c->board[SLOT_F0 + i])
			w->traced_to[i] =
				w->c->board[SLOT_SPA]->pkt_out[SLOT_F0 + i]->pub_head;
}

void watch_also(struct watch *w, watch_fn fn, void *user)
{
	w->also = fn;
	w->user = user;
}
