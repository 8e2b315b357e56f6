/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vpdn/lab_internal.h"

#include <string.h>

struct lab_record {
	struct ckpt_record rec;
	uint8_t bytes[];
};

static void txn_free(struct lab_txn *t)
{
	if (!t)
		return;
	g_ptr_array_unref(t->records);
	g_free(t);
}

static void event_free(void *data)
{
	struct lab_event *ev = data;

	txn_free(ev->txn);
	g_free(ev);
}

static int by_time(const void *a, const void *b, void *unused)
{
	const struct lab_event *x = a, *y = b;

	if (x->at.ns != y->at.ns)
		return x->at.ns < y->at.ns ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

struct lab_event *lab_schedule(struct lab *lab, enum event_kind kind, base_dur delay,
	const void *bytes, size_t len)
{
	struct lab_event *ev = g_malloc0(sizeof(*ev) + len);

	ev->at = time_add(lab->now, delay);
	ev->order = ++lab->order;
	ev->kind = kind;
	ev->len = len;
	if (len)
		memcpy(ev->bytes, bytes, len);
	g_queue_insert_sorted(lab->wire, ev, by_time, NULL);
	return ev;
}

/* Does the wire to that LAC swallow this one? */
bool lab_is_lost(struct lab *lab, unsigned lac)
{
	if (lac >= LAB_LACS)
		return lab->next_cut[lac - LAB_LACS] ||
		       (lab->loss && rng_below(&lab->dice, 1000) < lab->loss);
	return lab->cut[lac] || (lab->loss && rng_below(&lab->dice, 1000) < lab->loss);
}

struct l2tp_path lab_path(unsigned i)
{
	if (i >= LAB_LACS)
		return (struct l2tp_path){ LAB_NEXT_IP + i - LAB_LACS, LAB_LNS_IP, 1701,
			1701 };
	return (struct l2tp_path){ 0x0a630064 + i, LAB_LNS_IP, 1701, 1701 };
}

static struct vpdn *lns_new(
	const struct lab *lab, uint64_t seed, uint8_t parity, bool passive, base_time now)
{
	struct vpdn_params p = { .seed = seed,
		.id_parity = parity,
		.passive = passive,
		.max_tunnels = LAB_TUNNELS,
		.max_sessions = LAB_SESSIONS };
	struct vpdn *v = vpdn_new(&p, now);

	lab_configure(v);
	if (lab->access)
		lab_configure_access(v);
	else if (lab->next[0])
		lab_configure_hop(v);
	if (lab->with_radius)
		lab_configure_radius(v);
	vpdn_config_changed(v, now);
	return v;
}

static struct lab *new_lab(uint64_t seed, bool hop, bool radius, bool access)
{
	struct lab *lab = g_new0(struct lab, 1);

	lab->access = access;
	lab->clients = pppoe_clients_new((base_time){ 1000000000 });
	for (unsigned i = 0; hop && i < LAB_NEXTS; i++) {
		struct vpdn_params p = { .seed = seed + 500 + i };

		lab->next[i] = vpdn_new(&p, (base_time){ 1000000000 });
		lab_configure(lab->next[i]);
		lab_far_users(lab->next[i]);
		vpdn_config_changed(lab->next[i], (base_time){ 1000000000 });
		vpdn_set_accepting(lab->next[i], true);
	}
	lab->kill_at = UINT_MAX;
	rng_init(&lab->dice, seed, 0x1ab);
	lab->wire = g_queue_new();
	lab->acct = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	lab->now = (base_time){ 1000000000 };
	lab->with_radius = radius;
	lab->lns = lns_new(lab, seed, 0, false, lab->now);
	vpdn_set_accepting(lab->lns, true);
	for (unsigned i = 0; i < LAB_LACS; i++) {
		struct l2tp_engine_config cfg = { .seed = seed + 100 + i };

		lab->lac[i] = l2tp_engine_new(&cfg, lab->now);
	}
	lab->subscribers = ppp_engine_new(seed, 77, false, lab->now);
	lab->lac_ppp = ppp_engine_new(seed, 78, false, lab->now);
	return lab;
}

struct lab *lab_new(uint64_t seed)
{
	return new_lab(seed, false, false, false);
}

struct lab *lab_new_hop(uint64_t seed)
{
	return new_lab(seed, true, false, false);
}

struct lab *lab_new_radius(uint64_t seed)
{
	struct lab *lab = new_lab(seed, false, true, false);

	lab_radius_servers(lab, seed);
	return lab;
}

struct lab *lab_new_access(uint64_t seed, bool radius)
{
	struct lab *lab = new_lab(seed, true, radius, true);

	if (radius)
		lab_radius_servers(lab, seed);
	return lab;
}

void lab_free(struct lab *lab)
{
	for (unsigned i = 0; i < LAB_NEXTS; i++)
		vpdn_free(lab->next[i]);
	vpdn_free(lab->lns);
	vpdn_free(lab->standby);
	for (unsigned i = 0; i < LAB_LACS; i++)
		l2tp_engine_free(lab->lac[i]);
	ppp_engine_free(lab->subscribers);
	pppoe_clients_free(lab->clients);
	ppp_engine_free(lab->lac_ppp);
	for (unsigned i = 0; i < LAB_RADIUS; i++)
		radius_sim_free(lab->radius[i]);
	g_queue_free_full(lab->wire, event_free);
	g_hash_table_unref(lab->acct);
	if (lab->trace)
		g_string_free(lab->trace, TRUE);
	if (lab->log)
		g_string_free(lab->log, TRUE);
	g_free(lab);
}

/* ---- what the LNS puts out ---- */

/* One item; false: the LNS has died before it. */
static bool item(struct lab *lab, const char *what, uint64_t detail)
{
	if (lab->killed && !lab->kill_standby)
		return false;
	lab->killed |= ++lab->items >= lab->kill_at;
	if (lab->trace)
		g_string_append_printf(lab->trace,
			"%" G_GINT64_FORMAT " %s %" G_GUINT64_FORMAT "\n", lab->now.ns,
			what, detail);
	return true;
}

/* Number of the LAC or next LNS with that address; LAB_LACS + LAB_NEXTS: a stranger. */
static unsigned peer_of(const struct lab *lab, uint32_t ip)
{
	unsigned i = 0;

	while (i < LAB_LACS + LAB_NEXTS && lab_path(i).local_ip != ip)
		i++;
	g_assert_true(i < LAB_LACS + LAB_NEXTS || lab->strangers);
	return i;
}

static void send_udp(struct lab *lab, const struct vpdn_effect *fx)
{
	unsigned lac = peer_of(lab, fx->path.remote_ip);

	g_assert_true(fx->path.local_ip == LAB_LNS_IP || lab->strangers);
	if (lab->killed && !lab->kill_standby)
		return;
	if (fx->flags & L2TP_SEND_UNCOMMITTED) { /* before it is sent */
		lab->uncommitted++;
		g_assert_cmpuint(fx->seq, >, 0);
		lab->marks[fx->cc] = true;
		lab->mark_seq[fx->cc] = MAX(lab->mark_seq[fx->cc], fx->seq);
	}
	lab->udp_out++;
	if (item(lab, "udp", fx->len) && lac < LAB_LACS + LAB_NEXTS &&
		fx->path.local_ip == LAB_LNS_IP && !lab_is_lost(lab, lac))
		lab_schedule(lab, lac < LAB_LACS ? EV_UDP_TO_LAC : EV_UDP_TO_NEXT, dur_ms(1),
			fx->bytes, fx->len)
			->lac = lac;
}

/* Protocol, code and identifier of a frame, for the trace. */
static uint32_t frame_head(const struct vpdn_effect *fx)
{
	struct rd r = rd_init(fx->bytes, fx->len);

	rd_skip(&r, 2); /* FF 03 */
	return rd_u32(&r);
}

/* The FP puts a frame into a session. */
void lab_encap(struct lab *lab, uint32_t session, const uint8_t *bytes, size_t len)
{
	const struct lab_fp *fp = &lab->fp[session];
	struct lab_event *ev;
	unsigned lac;

	lab->fp[session].counts.tx_packets++;
	if (fp->fib.pppoe) {
		lab_pppoe_encap(lab, session, bytes, len);
		return;
	}
	lac = peer_of(lab, fp->fib.path.remote_ip);
	if (lac == LAB_LACS + LAB_NEXTS || lab_is_lost(lab, lac))
		return;
	ev = lab_schedule(lab, lac < LAB_LACS ? EV_FRAME_TO_LAC : EV_FRAME_TO_NEXT, dur_ms(1),
		bytes, len);
	ev->lac = lac;
	ev->tunnel = fp->fib.remote_tunnel;
	ev->session = fp->fib.remote_session;
}

static void note_auth(struct lab *lab, const uint8_t *frame, size_t len)
{
	struct rd r = rd_init(frame, len);
	uint16_t protocol;

	rd_skip(&r, 2);
	protocol = rd_u16(&r);
	if (r.bad || (protocol != PPP_PAP && protocol != PPP_CHAP))
		return;
	lab->auth_said_len = MIN(len, sizeof(lab->auth_said));
	memcpy(lab->auth_said, frame, lab->auth_said_len);
}

static void send_frame(struct lab *lab, const struct vpdn_effect *fx)
{
	note_auth(lab, fx->bytes, fx->len);
	/* the FP must have been told of the session before */
	g_assert_true(lab->fp[fx->session].there);
	if (item(lab, "ppp", frame_head(fx)))
		lab_encap(lab, fx->session, fx->bytes, fx->len);
}

static void program(struct lab *lab, uint32_t session)
{
	g_assert_cmpuint(session, <=, LAB_SESSIONS);
	lab->fp[session].there =
		vpdn_session_fib(lab->lns, session, &lab->fp[session].fib);
	g_assert_true(lab->fp[session].there);
	lab->fp[session].stopped = false;
}

static void stop(struct lab *lab, uint32_t session)
{
	lab->stops++;
	lab->fp[session].stopped = true;
	if (!lab->fp_mute)
		lab_schedule(lab, EV_STOPPED, dur_us(40), &session, sizeof(session));
}

static void unmark(struct lab *lab, const struct vpdn_effect *fx)
{
	lab->unmarks++;
	if (!fx->deleted && fx->seq < lab->mark_seq[fx->cc])
		return;
	lab->marks[fx->cc] = false;
	lab->mark_seq[fx->cc] = 0;
}

/* The server: whatever comes is counted, and answered. */
static void take_acct(struct lab *lab, const struct vpdn_acct *a)
{
	struct lab_acct *r = g_hash_table_lookup(lab->acct, a->id);

	g_assert_true(a->status == VPDN_ACCT_START || a->status == VPDN_ACCT_STOP);
	if (!r) {
		r = g_new0(struct lab_acct, 1);
		g_hash_table_insert(lab->acct, g_strdup(a->id), r);
	}
	if (a->status == VPDN_ACCT_START) {
		r->starts++;
	} else {
		r->stops++;
		r->seconds = a->seconds;
		r->cause = a->cause;
		r->counts = a->counts;
	}
	g_strlcpy(r->user, a->user, sizeof(r->user));
	r->ip = a->ip;
	if (!lab->acct_deaf)
		lab_schedule(lab, EV_ACCT_OK, dur_ms(1), a->id, strlen(a->id) + 1)
			->session = a->status;
}

static void send_radius(struct lab *lab, const struct vpdn_effect *fx)
{
	unsigned i = fx->path.remote_ip - LAB_RADIUS_IP;
	struct lab_event *ev;

	g_assert_cmpuint(i, <, LAB_RADIUS);
	g_assert_cmpuint(fx->path.local_ip, ==, LAB_LNS_IP);
	if (!item(lab, "radius", fx->len) || lab_is_lost(lab, 0))
		return;
	ev = lab_schedule(lab, EV_RADIUS_TO_SERVER, dur_ms(1), fx->bytes, fx->len);
	ev->lac = i;
	ev->tunnel = fx->path.local_port;
	ev->session = fx->path.remote_port;
}

static void serve_radius(struct lab *lab)
{
	struct radius_sim_dgram d;

	for (unsigned i = 0; i < LAB_RADIUS; i++)
		while (lab->radius[i] && radius_sim_poll(lab->radius[i], lab->now, &d)) {
			struct lab_event *ev;

			if (lab_is_lost(lab, 0))
				continue;
			ev = lab_schedule(lab, EV_RADIUS_TO_LNS, dur_ms(1), d.bytes, d.len);
			ev->lac = i;
			ev->tunnel = d.port;
			ev->session = d.local_port;
		}
}

static void take_effect(struct lab *lab, const struct vpdn_effect *fx)
{
	switch (fx->kind) {
	case VPDN_FX_UDP:
		send_udp(lab, fx);
		break;
	case VPDN_FX_PPP:
		send_frame(lab, fx);
		break;
	case VPDN_FX_ETHER:
		g_assert_cmpuint(fx->port, ==, LAB_PORT);
		if (item(lab, "ether", fx->len))
			lab_ether_to_client(lab, fx->bytes, fx->len);
		break;
	case VPDN_FX_FIB_SESSION:
		if (item(lab, "fib", fx->session))
			program(lab, fx->session);
		break;
	case VPDN_FX_FIB_STOP:
		if (item(lab, "fib-stop", fx->session))
			stop(lab, fx->session);
		break;
	case VPDN_FX_FIB_FREE:
		if (item(lab, "fib-free", fx->session))
			lab->fp[fx->session] = (struct lab_fp){ 0 };
		break;
	case VPDN_FX_RADIUS:
		send_radius(lab, fx);
		break;
	case VPDN_FX_FIB_READ:
		if (item(lab, "fib-read", fx->session))
			lab_schedule(lab, EV_READ, dur_us(40), &fx->session,
				sizeof(fx->session));
		break;
	case VPDN_FX_ACCT:
		if (item(lab, "acct", fx->acct.status))
			take_acct(lab, &fx->acct);
		break;
	case VPDN_FX_UNMARK:
		if (item(lab, "unmark", fx->cc))
			unmark(lab, fx);
		break;
	case VPDN_FX_LOG:
		if (lab->log)
			g_string_append_printf(
				lab->log, "%s %s\n", fx->mnemonic, fx->text);
		g_assert_nonnull(fx->text);
		g_assert_nonnull(fx->mnemonic);
		lab->logs++;
		break;
	case VPDN_FX_DEBUG:
		g_assert_nonnull(fx->text);
		if (g_getenv("LAB_DEBUG"))
			g_printerr("%" G_GINT64_FORMAT " %s: %s\n",
				lab->now.ns / 1000000, fx->area, fx->text);
		break;
	}
}

static void take_records(struct lab *lab)
{
	struct lab_txn *t = g_new0(struct lab_txn, 1);
	struct ckpt_record rec;
	bool whole = true;

	t->records = g_ptr_array_new_with_free_func(g_free);
	while (vpdn_poll_record(lab->lns, &rec)) {
		struct lab_record *copy = g_malloc0(sizeof(*copy) + rec.len);

		copy->rec = rec;
		copy->rec.bytes = copy->bytes;
		if (rec.len)
			memcpy(copy->bytes, rec.bytes, rec.len);
		g_ptr_array_add(t->records, copy);
		whole = item(lab, "record", (uint64_t)rec.client << 8 | rec.type) &&
			whole;
	}
	if (t->records->len == 0 || !item(lab, "txn", lab->seq + 1) || !whole) {
		txn_free(t);
		return;
	}
	t->seq = ++lab->seq;
	vpdn_txn_end(lab->lns, t->seq);

	base_time at = time_add(lab->now, dur_us(lab->commit_delay.ns / 2000));

	lab->applied = time_before(at, lab->applied) ? lab->applied : at;
	lab_schedule(lab, EV_APPLY, time_sub(lab->applied, lab->now), NULL, 0)->txn = t;
}

void lab_drain(struct lab *lab)
{
	struct vpdn_effect fx;

	if (!lab->lns)
		return;
	while (vpdn_poll(lab->lns, &fx))
		take_effect(lab, &fx);
	if (lab->standby)
		take_records(lab);
	if (lab->killed && lab->kill_standby)
		lab_kill_standby(lab);
	else if (lab->killed)
		lab_kill(lab);
}

/* ---- the standby ---- */

static void apply(struct lab *lab, const struct lab_txn *t)
{
	for (unsigned i = 0; i < t->records->len; i++) {
		const struct lab_record *r = g_ptr_array_index(t->records, i);

		g_assert_true(vpdn_apply(lab->standby, &r->rec, lab->now));
	}
}

/* What reached the standby's inbox whole is applied; the acknowledgements go
 * nowhere. */
static void finish_inbox(struct lab *lab)
{
	for (GList *l = lab->wire->head, *next; l; l = next) {
		struct lab_event *ev = l->data;

		next = l->next;
		if (ev->kind != EV_APPLY && ev->kind != EV_COMMITTED &&
			ev->kind != EV_STOPPED && ev->kind != EV_ACCT_OK &&
			ev->kind != EV_READ)
			continue;
		if (ev->kind == EV_APPLY && lab->standby)
			apply(lab, ev->txn);
		g_queue_delete_link(lab->wire, l);
		event_free(ev);
	}
}

static void drop_channel(struct lab *lab)
{
	for (GList *l = lab->wire->head, *next; l; l = next) {
		struct lab_event *ev = l->data;

		next = l->next;
		if (ev->kind == EV_APPLY || ev->kind == EV_COMMITTED) {
			g_queue_delete_link(lab->wire, l);
			event_free(ev);
		}
	}
}

void lab_begin_bulk(struct lab *lab)
{
	drop_channel(lab);
	lab->applied = lab->now;
	vpdn_reset(lab->standby, lab->now);
	vpdn_set_standby(lab->lns, true, lab->now);
	lab_drain(lab);
}

void lab_add_standby(struct lab *lab, base_dur commit_delay)
{
	lab->commit_delay = commit_delay;
	lab->standby = lns_new(lab, 4711 + ++lab->seeds, lab->slot ^ 1, true, lab->now);
	if (!vpdn_config_group(vpdn_config(lab->lns), "1", false))
		(void)vpdn_config_remove_group(vpdn_config(lab->standby), "1");
	lab_begin_bulk(lab);
	while (vpdn_bulk_next(lab->lns, 4))
		lab_drain(lab);
	lab_drain(lab);
}

/* PEER_DOWN: nothing is held any more. */
void lab_kill_standby(struct lab *lab)
{
	lab->killed = false;
	lab->kill_at = UINT_MAX;
	vpdn_free(g_steal_pointer(&lab->standby));
	drop_channel(lab);
	vpdn_set_standby(lab->lns, false, lab->now);
	lab_drain(lab);
}

void lab_kill(struct lab *lab)
{
	lab->killed = false;
	lab->kill_at = UINT_MAX;
	vpdn_free(g_steal_pointer(&lab->lns));
	finish_inbox(lab);
	if (lab->standby)
		lab_schedule(lab, EV_TAKE_OVER, dur_ms(20), NULL, 0);
}

static void take_over(struct lab *lab)
{
	struct vpdn_session_info info;
	struct vpdn_fib fib;
	uint32_t cursor = 0;
	bool keep[LAB_SESSIONS + 1] = { false };
	g_autoptr(GArray) marked = g_array_new(FALSE, FALSE, sizeof(uint16_t));

	for (unsigned i = 0; i <= UINT16_MAX; i++) {
		uint16_t cc = (uint16_t)i;

		if (lab->marks[i])
			g_array_append_val(marked, cc);
	}
	lab->slot ^= 1;
	lab->lns = g_steal_pointer(&lab->standby);
	vpdn_activate(lab->lns, (const uint16_t *)(void *)marked->data, marked->len,
		lab->now);
	while (vpdn_next_session(lab->lns, &cursor, &info)) {
		if (!vpdn_session_fib(lab->lns, info.number, &fib))
			continue; /* it does not live on */
		program(lab, info.number);
		keep[info.number] = true;
	}
	for (unsigned i = 0; i <= LAB_SESSIONS; i++)
		lab->fp[i].there = lab->fp[i].there && keep[i];
	vpdn_set_accepting(lab->lns, true);
	lab_drain(lab);
}

/* ---- time ---- */

/* Does the FP switch what comes by that session? */
bool lab_fp_switches(const struct lab *lab, uint32_t n)
{
	const struct lab_fp *a = &lab->fp[n], *b = &lab->fp[a->fib.mate];

	return a->fib.mate && a->fib.open && b->there && !b->stopped && b->fib.open &&
	       b->fib.mate == n;
}

static void frame_to_lns(struct lab *lab, const struct lab_event *ev)
{
	for (uint32_t n = 1; n <= LAB_SESSIONS; n++) {
		const struct lab_fp *fp = &lab->fp[n];

		if (!fp->there || fp->stopped || fp->fib.local_tunnel != ev->tunnel ||
			fp->fib.local_session != ev->session)
			continue;
		lab->fp[n].counts.rx_packets++;
		if (lab_fp_switches(lab, n))
			lab_encap(lab, fp->fib.mate, ev->bytes, ev->len);
		else if (lab->lns)
			vpdn_input_ppp(lab->lns, n, ev->bytes, ev->len, lab->now);
		lab_drain(lab);
		return;
	}
}

static void frame_to_lac(struct lab *lab, const struct lab_event *ev)
{
	struct lab_call *c = lab_call_of(lab, ev->lac, ev->tunnel, ev->session);

	if (!c || !c->linked)
		return;
	ppp_link_input(
		lab->subscribers, lab_call_number(lab, c), ev->bytes, ev->len, lab->now);
	lab_drain_subscribers(lab);
}

static void committed(struct lab *lab, uint64_t seq)
{
	if (!lab->lns)
		return;
	(void)item(lab, "committed", seq);
	vpdn_committed(lab->lns, seq, lab->now);
	lab_drain(lab);
}

static void stopped(struct lab *lab, const struct lab_event *ev)
{
	uint32_t n;

	memcpy(&n, ev->bytes, sizeof(n));
	if (lab->lns)
		vpdn_session_stopped(lab->lns, n, &lab->fp[n].counts, lab->now);
	lab_drain(lab);
}

static void radius_to_lns(struct lab *lab, const struct lab_event *ev)
{
	struct l2tp_path path = { LAB_LNS_IP, LAB_RADIUS_IP + ev->lac, ev->tunnel,
		ev->session };

	if (lab->lns)
		vpdn_input_radius(lab->lns, &path, ev->bytes, ev->len, lab->now);
	lab_drain(lab);
}

static void read_counts(struct lab *lab, const struct lab_event *ev)
{
	uint32_t n;

	memcpy(&n, ev->bytes, sizeof(n));
	if (lab->lns)
		vpdn_session_read(lab->lns, n, &lab->fp[n].counts, lab->now);
	lab_drain(lab);
}

static void happen(struct lab *lab, struct lab_event *ev)
{
	struct l2tp_path to_lns = { LAB_LNS_IP, lab_path(ev->lac).local_ip, 1701,
		1701 };
	struct l2tp_path to_lac = lab_path(ev->lac);

	switch (ev->kind) {
	case EV_UDP_TO_LNS:
		if (lab->lns)
			vpdn_input_udp(lab->lns, &to_lns, ev->bytes, ev->len, lab->now);
		lab_drain(lab);
		break;
	case EV_UDP_TO_LAC:
		l2tp_engine_input(
			lab->lac[ev->lac], &to_lac, ev->bytes, ev->len, lab->now);
		lab_drain_lac(lab, ev->lac);
		break;
	case EV_UDP_TO_NEXT:
		lab_udp_to_next(lab, ev);
		break;
	case EV_FRAME_TO_NEXT:
		lab_frame_to_next(lab, ev);
		break;
	case EV_NEXT_STOPPED:
		vpdn_session_stopped(lab->next[ev->lac], ev->session, NULL, lab->now);
		lab_drain_next(lab, ev->lac);
		break;
	case EV_FRAME_TO_LNS:
		frame_to_lns(lab, ev);
		break;
	case EV_FRAME_TO_LAC:
		frame_to_lac(lab, ev);
		break;
	case EV_APPLY:
		if (lab->standby)
			apply(lab, ev->txn);
		lab_schedule(
			lab, EV_COMMITTED, dur_us(lab->commit_delay.ns / 2000), NULL, 0)
			->seq = ev->txn->seq;
		break;
	case EV_COMMITTED:
		committed(lab, ev->seq);
		break;
	case EV_TAKE_OVER:
		take_over(lab);
		break;
	case EV_STOPPED:
		stopped(lab, ev);
		break;
	case EV_RADIUS_TO_SERVER:
		radius_sim_input(lab->radius[ev->lac], LAB_LNS_IP, ev->tunnel,
			LAB_RADIUS_IP + ev->lac, ev->session, ev->bytes, ev->len,
			lab->now);
		break;
	case EV_RADIUS_TO_LNS:
		radius_to_lns(lab, ev);
		break;
	case EV_ETHER_TO_LAC:
		lab_ether_to_lac(lab, ev);
		break;
	case EV_ETHER_TO_CLIENT:
		lab_ether_to_clients(lab, ev);
		break;
	case EV_FRAME_TO_ACCESS:
	case EV_FRAME_FROM_ACCESS:
		lab_access_frame(lab, ev);
		break;
	case EV_READ:
		read_counts(lab, ev);
		break;
	case EV_ACCT_OK:
		if (lab->lns)
			vpdn_acct_done(lab->lns, (const char *)ev->bytes,
				(uint8_t)ev->session, lab->now);
		lab_drain(lab);
		break;
	}
}

static void tick_all(struct lab *lab)
{
	serve_radius(lab);
	if (lab->lns && !time_before(lab->now, vpdn_next_due(lab->lns))) {
		(void)vpdn_tick(lab->lns, lab->now, 1000);
		lab_drain(lab);
	}
	for (unsigned i = 0; i < LAB_NEXTS && lab->next[i]; i++) {
		if (time_before(lab->now, vpdn_next_due(lab->next[i])))
			continue;
		(void)vpdn_tick(lab->next[i], lab->now, 1000);
		lab_drain_next(lab, i);
	}
	for (unsigned i = 0; i < LAB_LACS; i++) {
		if (time_before(lab->now, l2tp_engine_next_due(lab->lac[i])))
			continue;
		(void)l2tp_engine_tick(lab->lac[i], lab->now, 1000);
		lab_drain_lac(lab, i);
	}
	if (!time_before(lab->now, ppp_engine_next_due(lab->subscribers))) {
		(void)ppp_engine_tick(lab->subscribers, lab->now, 1000);
		lab_drain_subscribers(lab);
	}
	if (!time_before(lab->now, pppoe_clients_next_due(lab->clients))) {
		(void)pppoe_clients_tick(lab->clients, lab->now, 1000);
		lab_drain_clients(lab);
	}
}

static base_time next_time(const struct lab *lab)
{
	base_time t = time_min(ppp_engine_next_due(lab->subscribers),
		pppoe_clients_next_due(lab->clients));
	const struct lab_event *ev = g_queue_peek_head(lab->wire);

	if (ev)
		t = time_min(t, ev->at);
	if (lab->lns)
		t = time_min(t, vpdn_next_due(lab->lns));
	for (unsigned i = 0; i < LAB_NEXTS && lab->next[i]; i++)
		t = time_min(t, vpdn_next_due(lab->next[i]));
	for (unsigned i = 0; i < LAB_RADIUS; i++)
		if (lab->radius[i])
			t = time_min(t, radius_sim_next_due(lab->radius[i]));
	for (unsigned i = 0; i < LAB_LACS; i++)
		t = time_min(t, l2tp_engine_next_due(lab->lac[i]));
	return t;
}

void lab_run(struct lab *lab, base_dur for_)
{
	base_time end = time_add(lab->now, for_);

	lab_drain(lab);
	for (;;) {
		base_time t = next_time(lab);
		struct lab_event *ev = g_queue_peek_head(lab->wire);

		if (time_before(end, t))
			break;
		if (time_before(lab->now, t))
			lab->now = t;
		if (ev && !time_before(lab->now, ev->at)) {
			g_queue_pop_head(lab->wire);
			happen(lab, ev);
			event_free(ev);
		} else {
			tick_all(lab);
		}
	}
	lab->now = end;
}

void lab_run_until_killed(struct lab *lab, base_dur at_most)
{
	base_time end = time_add(lab->now, at_most);

	while (lab->kill_at != UINT_MAX && time_before(lab->now, end))
		lab_run(lab, dur_us(50));
}
