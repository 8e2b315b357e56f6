/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What survival costs an RP: the engines of R0 and R1 with LACs and subscribers around them,
 * in turns as the boards take them (a turn takes what is there, its records are sent, the
 * other applies all and acknowledges once).  Only the turns of R0 and R1 are measured; no
 * board, no ring, no FP is: those are in bench-board.c, where the limits are.
 *
 *   commit   sessions set up in each CPU second of R0, 256 tunnels, with a hot standby
 *            against without
 *   bulk     64000 sessions: the longest step of a bulk, of a takeover and of everything
 *            that happens at once, and memory
 */
#include "tests/bench/bench.h"

#include "vpdn/vpdn.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

enum {
	TUNNELS = 256,
	PER_TUNNEL = 16,
	ROUNDS = 5,
	CALLS_A_TURN = 64,
	BULK_TUNNELS = 4, /* a tunnel has 32767 ids for each RP */
	BULK_PER_TUNNEL = 16000,
	BULK_BUDGET = 64,
	MAX_SESSIONS = BULK_TUNNELS * BULK_PER_TUNNEL,
};

static const struct l2tp_path lac_side = { 0x0a000001, 0x0a000002, 1701, 1701 };
static const struct l2tp_path lns_side = { 0x0a000002, 0x0a000001, 1701, 1701 };

struct item {
	uint32_t session; /* of a frame; 0: a datagram */
	uint16_t len;
	uint8_t bytes[];
};

struct world {
	base_time now;
	struct vpdn *r0, *r1; /* r1 NULL: no standby */
	struct l2tp_engine *lac;
	struct ppp_engine *subscribers;
	GPtrArray *to_lns, *to_peer;
	GByteArray *txn;
	GArray *programmed; /* numbers to look up */
	uint64_t seq, applied, committed;
	int64_t cpu0, cpu1;
	int64_t longest0; /* turn of R0 */
	uint32_t link_of[MAX_SESSIONS + 1], number_of[MAX_SESSIONS + 1];
	GHashTable *link_by_lac; /* tunnel << 16 | session of the LAC -> link */
	unsigned links, up;
};

static void post(GPtrArray *to, uint32_t session, const uint8_t *bytes, size_t len)
{
	struct item *i = g_malloc(sizeof(*i) + len);

	*i = (struct item){ .session = session, .len = (uint16_t)len };
	memcpy(i->bytes, bytes, len);
	g_ptr_array_add(to, i);
}

/* ---- R0 and R1 ---- */

static void take_record(struct world *w, const struct ckpt_record *rec)
{
	g_byte_array_append(w->txn, (const uint8_t *)rec, sizeof(*rec));
	if (rec->len)
		g_byte_array_append(w->txn, rec->bytes, (guint)rec->len);
}

static void run_effects(struct world *w)
{
	struct vpdn_effect fx;

	while (vpdn_poll(w->r0, &fx)) {
		if (fx.kind == VPDN_FX_UDP)
			post(w->to_peer, 0, fx.bytes, fx.len);
		else if (fx.kind == VPDN_FX_PPP)
			post(w->to_peer, fx.session, fx.bytes, fx.len);
		else if (fx.kind == VPDN_FX_FIB_SESSION)
			g_array_append_val(w->programmed, fx.session);
		else if (fx.kind == VPDN_FX_FIB_STOP)
			vpdn_session_stopped(w->r0, fx.session, NULL, w->now);
		else if (fx.kind == VPDN_FX_ACCT)
			vpdn_acct_done(w->r0, fx.acct.id, fx.acct.status, w->now);
	}
}

/* The transaction of a turn. */
static void settle_r0(struct world *w)
{
	struct ckpt_record rec;
	guint was = w->txn->len;

	run_effects(w);
	if (!w->r1)
		return;
	while (vpdn_poll_record(w->r0, &rec))
		take_record(w, &rec);
	if (w->txn->len > was)
		vpdn_txn_end(w->r0, ++w->seq);
}

static void turn_r0(struct world *w)
{
	int64_t began = bench_clock(), took;

	if (w->applied > w->committed) {
		w->committed = w->applied;
		vpdn_committed(w->r0, w->committed, w->now);
		run_effects(w);
	}
	for (guint i = 0; i < w->to_lns->len; i++) {
		const struct item *m = w->to_lns->pdata[i];

		if (m->session)
			vpdn_input_ppp(w->r0, m->session, m->bytes, m->len, w->now);
		else
			vpdn_input_udp(w->r0, &lns_side, m->bytes, m->len, w->now);
		run_effects(w);
	}
	(void)vpdn_tick(w->r0, w->now, 64);
	settle_r0(w);
	took = bench_clock() - began;
	w->cpu0 += took;
	w->longest0 = MAX(w->longest0, took);
	g_ptr_array_set_size(w->to_lns, 0);
}

static void turn_r1(struct world *w)
{
	int64_t began = bench_clock();

	for (guint at = 0; w->r1 && at < w->txn->len;) {
		struct ckpt_record rec;

		memcpy(&rec, w->txn->data + at, sizeof(rec));
		at += (guint)sizeof(rec);
		rec.bytes = w->txn->data + at;
		at += (guint)rec.len;
		if (!vpdn_apply(w->r1, &rec, w->now))
			g_error("the standby refuses a record");
	}
	w->cpu1 += bench_clock() - began;
	g_byte_array_set_size(w->txn, 0);
	w->applied = w->seq;
}

/* ---- LACs and subscribers ---- */

static uint32_t lac_key(uint16_t cc, uint16_t session)
{
	return (uint32_t)cc << 16 | session;
}

static void learn_numbers(struct world *w)
{
	for (guint i = 0; i < w->programmed->len; i++) {
		uint32_t n = g_array_index(w->programmed, uint32_t, i), link;
		struct vpdn_fib fib;

		if (!vpdn_session_fib(w->r0, n, &fib))
			continue;
		link = GPOINTER_TO_UINT(g_hash_table_lookup(w->link_by_lac,
			GUINT_TO_POINTER(
				lac_key(fib.remote_tunnel, fib.remote_session))));
		w->link_of[n] = link;
		w->number_of[link] = n;
	}
	g_array_set_size(w->programmed, 0);
}

static void lac_effects(struct world *w)
{
	static const struct ppp_link_config cfg = {
		.client = true, .name = "user", .password = "pw"
	};
	struct l2tp_effect fx;

	while (l2tp_engine_poll(w->lac, &fx)) {
		if (fx.kind == L2TP_FX_SEND)
			post(w->to_lns, 0, fx.bytes, fx.len);
		if (fx.kind == L2TP_FX_SESSION_UP)
			ppp_link_open(w->subscribers,
				GPOINTER_TO_UINT(g_hash_table_lookup(w->link_by_lac,
					GUINT_TO_POINTER(lac_key(fx.cc, fx.session)))),
				&cfg, w->now);
	}
}

static void subscriber_effects(struct world *w)
{
	struct ppp_effect fx;

	while (ppp_engine_poll(w->subscribers, &fx)) {
		if (fx.kind == PPP_FX_SEND && w->number_of[fx.link])
			post(w->to_lns, w->number_of[fx.link], fx.bytes, fx.len);
		w->up += fx.kind == PPP_FX_UP;
	}
}

static void turn_peers(struct world *w)
{
	learn_numbers(w);
	for (guint i = 0; i < w->to_peer->len; i++) {
		const struct item *m = w->to_peer->pdata[i];

		if (m->session)
			ppp_link_input(w->subscribers, w->link_of[m->session], m->bytes,
				m->len, w->now);
		else
			l2tp_engine_input(w->lac, &lac_side, m->bytes, m->len, w->now);
	}
	g_ptr_array_set_size(w->to_peer, 0);
	(void)l2tp_engine_tick(w->lac, w->now, 10000);
	lac_effects(w);
	(void)ppp_engine_tick(w->subscribers, w->now, 10000);
	subscriber_effects(w);
}

static void round_of(struct world *w)
{
	w->now = time_add(w->now, dur_ms(1));
	turn_peers(w);
	turn_r0(w);
	turn_r1(w);
}

/* ---- worlds ---- */

static struct vpdn *vpdn_make(bool passive, base_time now)
{
	struct vpdn_params p = {
		.seed = 3 + passive, .id_parity = passive, .passive = passive
	};
	struct vpdn *v = vpdn_new(&p, now);
	struct vpdn_config *c = vpdn_config(v);
	struct vpdn_group *g = vpdn_config_group(c, "1", true);
	struct vpdn_vtemplate *t = vpdn_config_vtemplate(c, 1, true);

	c->enable = true;
	g->accept_dialin = g->protocol_l2tp = true;
	vpdn_settings_put(&g->own, VPDN_SET_AUTHENTICATION, 0);
	g->virtual_template = 1;
	t->local_ip = 0xac100001;
	t->pool = g_strdup("POOL");
	t->auth[0] = PPP_AUTH_PAP;
	vpdn_config_add_pool(c, "POOL", 0x64400001, 0x6440ffff);
	vpdn_config_set_user(c, "user", "pw");
	vpdn_config_changed(v, now);
	vpdn_set_accepting(v, true);
	return v;
}

static void bulk(struct world *w)
{
	vpdn_set_standby(w->r0, true, w->now);
	for (bool more = true; more;) {
		more = vpdn_bulk_next(w->r0, BULK_BUDGET);
		settle_r0(w);
		turn_r1(w);
	}
}

static struct world *world_new(bool standby)
{
	struct world *w = g_new0(struct world, 1);
	struct l2tp_engine_config cfg = { .seed = 9, .max_sessions = MAX_SESSIONS };

	w->now = time_add(BASE_TIME_ZERO, dur_s(1));
	w->to_lns = g_ptr_array_new_with_free_func(g_free);
	w->to_peer = g_ptr_array_new_with_free_func(g_free);
	w->txn = g_byte_array_new();
	w->programmed = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	w->link_by_lac = g_hash_table_new(NULL, NULL);
	w->r0 = vpdn_make(false, w->now);
	w->lac = l2tp_engine_new(&cfg, w->now);
	w->subscribers = ppp_engine_new(5, 6, false, w->now);
	if (standby) {
		w->r1 = vpdn_make(true, w->now);
		bulk(w);
	}
	return w;
}

static void world_free(struct world *w)
{
	vpdn_free(w->r0);
	vpdn_free(w->r1);
	l2tp_engine_free(w->lac);
	ppp_engine_free(w->subscribers);
	g_ptr_array_unref(w->to_lns);
	g_ptr_array_unref(w->to_peer);
	g_byte_array_unref(w->txn);
	g_array_unref(w->programmed);
	g_hash_table_unref(w->link_by_lac);
	g_free(w);
}

static void open_tunnels(struct world *w, uint16_t *cc, unsigned n)
{
	struct l2tp_cc_params p = { .local_name = "lac", .no_session_s = UINT32_MAX };

	for (unsigned i = 0; i < n; i++) {
		cc[i] = l2tp_cc_open(w->lac, &lac_side, &p, w->now);
		for (unsigned k = 0; k < 6; k++)
			round_of(w);
	}
	for (unsigned k = 0; k < 200; k++)
		round_of(w);
}

/* Sets up that many sessions, some more in every turn. */
static void set_up(
	struct world *w, const uint16_t *cc, unsigned tunnels, unsigned calls)
{
	unsigned idle = 0;

	for (unsigned placed = 0; w->up < calls && idle < 20000; idle++) {
		for (unsigned k = 0; k < CALLS_A_TURN && placed < calls;
			k++, placed++) {
			uint16_t t = cc[placed % tunnels];
			uint16_t s = l2tp_session_open(w->lac, t,
				&(struct l2tp_call){ .framing_type = 1 }, w->now);

			g_hash_table_insert(w->link_by_lac,
				GUINT_TO_POINTER(lac_key(t, s)),
				GUINT_TO_POINTER(++w->links));
		}
		round_of(w);
	}
	if (w->up < calls)
		g_error("only %u of %u sessions came up", w->up, calls);
}

/* ---- commit ---- */

struct result {
	double per_second, us0, us1;
};

static struct result one_round(bool standby)
{
	struct world *w = world_new(standby);
	uint16_t cc[TUNNELS];
	struct result r;
	const double calls = TUNNELS * PER_TUNNEL;

	open_tunnels(w, cc, TUNNELS);
	w->cpu0 = w->cpu1 = 0;
	set_up(w, cc, TUNNELS, TUNNELS * PER_TUNNEL);
	r = (struct result){ .per_second = calls * 1e9 / (double)w->cpu0,
		.us0 = (double)w->cpu0 / calls / 1000,
		.us1 = (double)w->cpu1 / calls / 1000 };
	world_free(w);
	return r;
}

bool bench_commit(void)
{
	double alone[ROUNDS], hot[ROUNDS], ratio[ROUNDS], us0[ROUNDS], us1[ROUNDS];
	double a, h, q;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct result x = one_round(false), y = one_round(true);

		alone[i] = x.per_second;
		hot[i] = y.per_second;
		ratio[i] = y.per_second / x.per_second;
		us0[i] = y.us0;
		us1[i] = y.us1;
	}
	a = bench_median(alone, ROUNDS);
	h = bench_median(hot, ROUNDS);
	q = bench_median(ratio, ROUNDS);
	printf("commit: %u tunnels, %u sessions with PAP, engines only\n", TUNNELS,
		TUNNELS * PER_TUNNEL);
	printf("  without a standby  %8.0f set-ups per CPU second of R0\n", a);
	printf("  with a hot one     %8.0f (%.0f %%); R0 %.1f us, R1 %.1f us each\n", h,
		q * 100, bench_median(us0, ROUNDS), bench_median(us1, ROUNDS));
	return bench_commit_boards();
}

/* ---- bulk ---- */

static double ms_since(int64_t began)
{
	return (double)(bench_clock() - began) / 1e6;
}

/* Longest and total time of R0's steps. */
static double measure_bulk(struct world *w, double *longest)
{
	double total = 0;
	int64_t began = bench_clock();

	vpdn_set_standby(w->r0, true, w->now);
	printf("  the bulk begins    %8.2f ms\n", ms_since(began));
	*longest = 0;
	for (bool more = true; more;) {
		double took;

		began = bench_clock();
		more = vpdn_bulk_next(w->r0, BULK_BUDGET);
		settle_r0(w);
		took = ms_since(began);
		total += took;
		*longest = MAX(*longest, took);
		turn_r1(w);
	}
	return total;
}

static void measure_end(struct world *w, uint16_t cc)
{
	int64_t began = bench_clock();

	l2tp_cc_close(w->lac, cc, 1, 0, NULL, w->now);
	w->longest0 = w->cpu0 = 0;
	for (unsigned i = 0; i < 400; i++)
		round_of(w);
	(void)began;
	printf("  a tunnel of %u ends: longest turn of R0 %.2f ms, %.0f ms in all\n",
		BULK_PER_TUNNEL, (double)w->longest0 / 1e6, (double)w->cpu0 / 1e6);
}

bool bench_bulk(void)
{
	struct world *w = world_new(false);
	uint16_t cc[BULK_TUNNELS];
	double total, longest;
	size_t before;
	int64_t began;
	struct vpdn_counts c;

	open_tunnels(w, cc, BULK_TUNNELS);
	set_up(w, cc, BULK_TUNNELS, MAX_SESSIONS);
	w->r1 = vpdn_make(true, w->now);
	printf("bulk: %u sessions in %u tunnels, engines only, steps of %u objects\n",
		MAX_SESSIONS, BULK_TUNNELS, BULK_BUDGET);
	before = mallinfo2().uordblks;
	total = measure_bulk(w, &longest);
	w->committed = w->applied;
	began = bench_clock();
	vpdn_committed(w->r0, w->committed, w->now);
	settle_r0(w);
	printf("  R0                 %8.2f ms in all, longest step %.2f ms, one commit "
	       "of "
	       "all %.2f ms\n",
		total, longest, ms_since(began));
	printf("  R1                 %8.2f ms; %zu octets for each session\n",
		(double)w->cpu1 / 1e6, (mallinfo2().uordblks - before) / MAX_SESSIONS);
	vpdn_get_counts(w->r1, &c);
	if (c.sessions_ha_est != MAX_SESSIONS)
		g_error("only %u sessions are whole on the standby", c.sessions_ha_est);
	began = bench_clock();
	vpdn_config_changed(w->r0, w->now);
	settle_r0(w);
	printf("  a line of configuration %3.2f ms\n", ms_since(began));
	measure_end(w, cc[0]);
	began = bench_clock();
	vpdn_set_standby(w->r0, false, w->now);
	settle_r0(w);
	printf("  the standby goes   %8.2f ms\n", ms_since(began));
	began = bench_clock();
	vpdn_activate(w->r1, NULL, 0, w->now);
	printf("  R1 becomes active  %8.2f ms\n", ms_since(began));
	world_free(w);
	return bench_bulk_boards() && longest < 5;
}
