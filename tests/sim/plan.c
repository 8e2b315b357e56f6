/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plans.  A file holds everything that a run needs, so that it means the same when the
 * drawing of plans has changed:
 *
 *   twinrp-sim 1
 *   set seed 17
 *   ...
 *   at 1250000 pull 0 3
 */
#include "tests/sim/sim.h"

#include <string.h>

static const char *const event_names[] = {
#define X(id, name) [SIM_##id] = name,
	SIM_EVENTS(X)
#undef X
};

const char *sim_event_name(enum sim_event_kind kind)
{
	return event_names[kind];
}

static const struct {
	const char *name;
	size_t offset;
	int64_t low, high;
} shape_fields[] = {
#define X(name, low, high) { #name, offsetof(struct sim_shape, name), low, high },
	SIM_SHAPE(X)
#undef X
};

static int64_t *field(struct sim_shape *s, unsigned i)
{
	return (int64_t *)(void *)((uint8_t *)s + shape_fields[i].offset);
}

/* ---- drawing ---- */

struct draw {
	struct rng rng;
	struct sim_plan *plan;
	enum sim_profile profile;
	int64_t ways; /* peers on ways of their own */
};

static int64_t pick(struct draw *d, const int64_t *values, unsigned n)
{
	return values[rng_below(&d->rng, n)];
}

#define PICK(d, ...)                                                                   \
	pick((d), (const int64_t[]){ __VA_ARGS__ },                                    \
		sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static int64_t between(struct draw *d, int64_t low, int64_t high)
{
	return low + rng_below(&d->rng, (uint32_t)(high - low + 1));
}

static bool chance(struct draw *d, unsigned percent)
{
	return rng_below(&d->rng, 100) < percent;
}

/* Whoever sends a CDN once must not be the last to know of a call: the other end of a switched one
 * may have said so once, too (a PPPoE client's PADT, another such LAC), and whoever switches asks
 * nobody whether he is there. */
static bool would_be_last(const struct sim_shape *s, unsigned i, int64_t row)
{
	return row == MANNER_LWIP + 1 && i >= s->lacs &&
	       (s->subs || s->peer1 == row || (s->lacs > 1 && s->peer2 == row));
}

/* LACs of other makes.  A stream of its own: plans of old keep their events. */
static void draw_peers(struct draw *d, uint64_t seed)
{
	struct sim_shape *s = &d->plan->shape;
	int64_t *const rows[SIM_LACS_MAX] = { &s->peer1, &s->peer2, &s->peer3 };
	struct rng rng;

	rng_init(&rng, seed, 0x70656572);
	for (unsigned i = 0; i < s->lacs + s->nexts; i++) {
		*rows[i] = rng_below(&rng, 3) ? rng_below(&rng, N_MANNERS + 1) : 0;
		if (*rows[i] == MANNER_LWIP + 1)
			s->keepalive = 1; /* its CDN is sent once: the LNS must find out */
		if (would_be_last(s, i, *rows[i]))
			*rows[i] = 0;
	}
	s->late_s = rng_below(&rng, 4) ? 0 : 1 + rng_below(&rng, 8);
	s->greedy = rng_below(&rng, 4) == 0;
}

/* A RADIUS server, and its moods.  Of its own stream, too. */
static void draw_radius(struct draw *d, uint64_t seed)
{
	struct sim_shape *s = &d->plan->shape;
	struct rng rng;
	unsigned moods;

	rng_init(&rng, seed, 0x72616469);
	s->radius = rng_below(&rng, 3) == 0;
	moods = s->radius && d->profile == SIM_STORM ? rng_below(&rng, 6) : 0;
	while (moods--) {
		const struct sim_event event = {
			(int64_t)rng_below(&rng, (uint32_t)s->run_ms) * 1000, SIM_RADIUS,
			{ 0, 0, rng_below(&rng, 6), 0, 0 }
		};

		g_array_append_val(d->plan->events, event);
	}
}

static void draw_shape(struct draw *d, uint64_t seed)
{
	d->plan->shape = (struct sim_shape){
		.seed = (int64_t)(seed & G_MAXINT32),
		.profile = d->profile,
		.lacs = PICK(d, 1, 1, 2, 3),
		.tunnels = PICK(d, 1, 1, 2, 3),
		.sessions = PICK(d, 1, 2, 2, 3, 5),
		.rp_rp_us = PICK(d, 30, 30, 5, 300, 1500, 15000, 40000, 30, 30, 90000, 120000),
		.rp_fp_us = PICK(d, 20, 20, 5, 300, 3000),
		.lac_hello_s = PICK(d, 20, 7, 10),
		.lns_hello_s = PICK(d, 5, 5, 7, 20),
		.lac_rws = PICK(d, 0, 0, 1, 2, 3, 4, 8),
		.lns_rws = PICK(d, 0, 0, 4, 8),
		.resync = PICK(d, 0, 0, 1, 2, 3, 4),
		.first_ns = PICK(d, 0, 0, 0, 65530, 65520, 65528),
		.ring = PICK(d, 0, 0, 2, 4, 8),
		.id_space = PICK(d, 0, 0, 16),
		.probe_pps = PICK(d, 0, 2, 10),
		.pace_ms = PICK(d, 10, 1, 30),
		.keepalive = chance(d, 30),
		.run_ms = chance(d, 10) ? 120000 : between(d, 8000, 40000),
	};
}

/* LNSs behind the router.  What the rest of the drawing calls a LAC may then be one of them. */
static void draw_nexts(struct draw *d, uint64_t seed)
{
	struct sim_shape *s = &d->plan->shape;
	int64_t lines;
	struct rng rng;

	rng_init(&rng, seed, 0x6e657874);
	s->lacs = 1 + rng_below(&rng, 2);
	s->nexts = s->lacs == 1 ? 1 + rng_below(&rng, 2) : 1;
	s->here = rng_below(&rng, 2);
	s->next_equal = rng_below(&rng, 2);
	s->busy_s = rng_below(&rng, 3) ? 5 + rng_below(&rng, 10) : 0;
	s->unkept = rng_below(&rng, 6) == 0;
	s->tunnels = MIN(s->tunnels, 2);
	lines = s->lacs * s->tunnels * s->sessions;
	if (rng_below(&rng, 3) == 0)
		s->next_limit = (lines + s->nexts - 1) / s->nexts + rng_below(&rng, 5);
	if (s->id_space) /* one tunnel has the calls of all LACs */
		s->id_space = MAX(16, 3 * lines);
	s->run_ms = MIN(s->run_ms, 60000);
}

/* PPPoE subscribers, some of whom go on to LNSs; a LAC beside them or not. */
static void draw_subs(struct draw *d, uint64_t seed)
{
	struct sim_shape *s = &d->plan->shape;
	int64_t lines;
	struct rng rng;

	rng_init(&rng, seed, 0x73756273);
	s->lacs = rng_below(&rng, 5) == 0;
	s->nexts = rng_below(&rng, 8) ? 1 + (!s->lacs && rng_below(&rng, 2)) : 0;
	s->subs = MIN(1 + rng_below(&rng, 2), SIM_LACS_MAX - s->lacs - s->nexts);
	s->vlans = rng_below(&rng, 3);
	s->proxy = rng_below(&rng, 2);
	s->onward = s->nexts ? 1 + (rng_below(&rng, 3) != 0) : 0;
	s->here = 0;
	s->next_equal = rng_below(&rng, 2);
	s->busy_s = rng_below(&rng, 3) ? 5 + rng_below(&rng, 10) : 0;
	s->unkept = s->nexts && rng_below(&rng, 6) == 0;
	s->tunnels = 1;
	lines = (s->lacs + s->subs) * s->sessions;
	if (s->nexts && rng_below(&rng, 3) == 0)
		s->next_limit = (lines + s->nexts - 1) / s->nexts + rng_below(&rng, 5);
	if (s->id_space)
		s->id_space = MAX(16, 3 * lines);
	s->run_ms = MIN(s->run_ms, 60000);
}

/* Settings that come and go. */
static void draw_settings(struct draw *d, uint64_t seed)
{
	const struct sim_shape *s = &d->plan->shape;
	struct rng rng;
	unsigned n;

	rng_init(&rng, seed, 0x76706466);
	n = d->profile == SIM_STORM ? rng_below(&rng, 4) : 0;
	while (n--) {
		int64_t at = (int64_t)rng_below(&rng, (uint32_t)s->run_ms) * 1000;
		int64_t which = rng_below(&rng, 4);
		const struct sim_event set = { at, SIM_VPDN, { 0, which, 0, 0, 0 } };
		const struct sim_event unset = {
			at + (int64_t)rng_below(&rng, 9000) * 1000, SIM_VPDN,
			{ 0, which | 8, 0, 0, 0 }
		};

		g_array_append_val(d->plan->events, set);
		g_array_append_val(d->plan->events, unset);
	}
}

/* How they take calls. */
static void draw_accepts(struct draw *d, uint64_t seed)
{
	const struct sim_shape *s = &d->plan->shape;
	struct rng rng;
	unsigned n;

	rng_init(&rng, seed, 0x61636370);
	n = d->profile == SIM_STORM && s->nexts ? rng_below(&rng, 4) : 0;
	while (n--) {
		int64_t at = (int64_t)rng_below(&rng, (uint32_t)s->run_ms) * 1000;
		int64_t way = s->lacs + rng_below(&rng, (uint32_t)s->nexts);
		const struct sim_event no = { at, SIM_ACCEPT,
			{ way, 1 + rng_below(&rng, 2), 0, 0, 0 } };
		const struct sim_event yes = {
			at + (int64_t)rng_below(&rng, 9000) * 1000, SIM_ACCEPT,
			{ way, 0, 0, 0, 0 }
		};

		g_array_append_val(d->plan->events, no);
		g_array_append_val(d->plan->events, yes);
	}
}

static void add(struct draw *d, int64_t at, enum sim_event_kind kind, int64_t a, int64_t b,
	int64_t c, int64_t e, int64_t f)
{
	const struct sim_event event = { MAX(at, 0), kind, { a, b, c, e, f } };

	g_array_append_val(d->plan->events, event);
}

static int64_t any_lac(struct draw *d)
{
	return between(d, 0, d->ways - 1);
}

static int64_t any_line(struct draw *d)
{
	return between(d, 1, d->plan->shape.tunnels * d->plan->shape.sessions);
}

static void add_call(struct draw *d, int64_t at)
{
	static const enum sim_event_kind kinds[] = { SIM_HANGUP, SIM_DROP, SIM_REDIAL,
		SIM_REDIAL, SIM_CALL, SIM_HELLO, SIM_HELLO, SIM_CONNECT };

	add(d, at, kinds[rng_below(&d->rng, G_N_ELEMENTS(kinds))], any_lac(d), any_line(d), 0,
		0, 0);
}

static void add_rest(struct draw *d, int64_t at)
{
	static const enum sim_event_kind kinds[] = { SIM_MUTE, SIM_DISCONNECT, SIM_PASSWORD,
		SIM_PROBES, SIM_CONFIG, SIM_CONFIG, SIM_CONFIG, SIM_CLEAR };

	add(d, at, kinds[rng_below(&d->rng, G_N_ELEMENTS(kinds))], any_lac(d), any_line(d),
		between(d, 0, 1), 0, 0);
}

/* Calls in the next microseconds. */
static void add_calls(struct draw *d, int64_t at, int64_t within_us)
{
	static const enum sim_event_kind kinds[] = { SIM_HANGUP, SIM_DROP, SIM_REDIAL,
		SIM_CALL, SIM_HELLO, SIM_CALL, SIM_REDIAL };
	int64_t n = between(d, 1, 5);

	while (n--)
		add(d, at + between(d, 0, within_us),
			kinds[rng_below(&d->rng, G_N_ELEMENTS(kinds))], any_lac(d),
			any_line(d), 0, 0, 0);
}

/* An RP goes: 0 the active one, 1 the standby; at an item of its, and comes back later. */
static void add_rp_fault(struct draw *d, int64_t at)
{
	static const enum sim_event_kind kinds[] = { SIM_PULL, SIM_PULL, SIM_CRASH, SIM_HANG,
		SIM_RESET, SIM_FORCE, SIM_RELOAD };
	enum sim_event_kind kind = kinds[rng_below(&d->rng, G_N_ELEMENTS(kinds))];
	int64_t which = chance(d, 35), items = PICK(d, 1, 2, 3, 5, 8, 13, 30, 80);

	if (kind == SIM_HANG)
		items = PICK(d, 500, 2000, 3500, 5000, 0);
	add(d, at, kind, which, between(d, 1, items + 1) - 1, 0, 0, 0);
	add(d, at + between(d, 100, 6000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* Calls come and go, and an RP goes at one of the items that they make it stage. */
static void add_busy_fault(struct draw *d, int64_t at)
{
	static const enum sim_event_kind calls[] = { SIM_HANGUP, SIM_DROP, SIM_REDIAL,
		SIM_CALL, SIM_HELLO, SIM_CALL };
	int64_t n = between(d, 1, 6), role = chance(d, 25);

	while (n--)
		add(d, at + between(d, 0, 400), calls[rng_below(&d->rng,
			G_N_ELEMENTS(calls))], any_lac(d), any_line(d), 0, 0, 0);
	if (chance(d, 30)) {
		add(d, at + between(d, 0, PICK(d, 500, 5000, 60000)), SIM_HANG, role,
			PICK(d, 3500, 5000, 8000, 0), 0, 0, 0);
		/* By then it is the other one. */
		if (chance(d, 50))
			add(d, at + between(d, 1000, 6000) * 1000, SIM_WAKE, 1, 0, 0, 0, 0);
	} else {
		add(d, at + between(d, 0, 500), chance(d, 50) ? SIM_PULL : SIM_CRASH, role,
			between(d, 1, PICK(d, 10, 40, 100)), 0, 0, 0);
	}
	add(d, at + between(d, 3000, 9000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* The standby goes or is reset while it gets its bulk, or the active does. */
static void add_bulk_fault(struct draw *d, int64_t at)
{
	int64_t boot = at + between(d, 300000, 620000) + d->plan->shape.rp_rp_us * 10;

	add(d, at, SIM_RESET, 1, 0, 0, 0, 0);
	if (chance(d, 80))
		add(d, boot, PICK(d, SIM_PULL, SIM_CRASH, SIM_RESET, SIM_HANG), chance(d, 40),
			between(d, 0, 20), 0, 0, 0);
	if (chance(d, 30))
		add(d, boot, SIM_CONFIG, 0, between(d, 0, 6), 0, 0, 0);
	if (chance(d, 10))
		add(d, boot, SIM_CLEAR, 0, 0, 0, 0, 0);
	if (chance(d, 40))
		add(d, boot - between(d, 0, 200000), SIM_LOSE, 0, between(d, 1, 3),
			chance(d, 40), 0, 0);
	if (chance(d, 30)) {
		add(d, boot + between(d, -100000, 100000), SIM_CHANNEL, 0, 0, 0, 1, 0);
		add(d, boot + between(d, 200000, 6000000), SIM_CHANNEL, 0, 0, 0, 0, 0);
	}
	if (chance(d, 30))
		add_calls(d, boot - 100000, 300000);
	add(d, at + between(d, 3000, 9000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* Something happens to the other RP or during what the first fault has begun. */
static void add_double(struct draw *d, int64_t at)
{
	int64_t later = at + between(d, 1, 4000) * PICK(d, 1, 20, 1000);

	add_rp_fault(d, at);
	add_rp_fault(d, later);
}

/* The standby stands still for moments: its acknowledgements are late, up to beyond H3. */
static void add_slow(struct draw *d, int64_t at)
{
	int64_t n = between(d, 1, 8);

	for (; n; n--, at += between(d, 300, 1500) * 1000) {
		add(d, at, SIM_HANG, 1, PICK(d, 20, 90, 150, 190, 230, 300, 450, 900), 0, 0, 0);
		add_calls(d, at, PICK(d, 200, 20000, 200000));
		if (chance(d, 20))
			add(d, at + between(d, 0, 400000), PICK(d, SIM_PULL, SIM_CRASH), 0,
				between(d, 0, 20), 0, 0, 0);
	}
	add(d, at + between(d, 500, 3000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* Records between the RPs are lost, and nobody is told. */
static void add_lose(struct draw *d, int64_t at)
{
	int64_t n = between(d, 1, 4);

	for (; n; n--, at += between(d, 1, 3000) * PICK(d, 1, 1000)) {
		add(d, at, SIM_LOSE, 0, PICK(d, 1, 1, 2, 5), chance(d, 40), 0, 0);
		add_calls(d, at, 20000);
	}
	if (chance(d, 40)) {
		add(d, at, SIM_PULL, chance(d, 20), between(d, 0, 30), 0, 0, 0);
		add(d, at + between(d, 2000, 6000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
	}
}

/* A way that takes its time, and the active RP goes: things happen in the resync. */
static void add_resync(struct draw *d, int64_t at)
{
	int64_t lac = any_lac(d), delay = PICK(d, 20000, 100000, 200000, 200000);
	int64_t gone = at + between(d, 0, 400000);

	add(d, at, SIM_LINK, lac, PICK(d, 0, 0, 20000, 200000, 500000),
		PICK(d, 0, 0, 300000), PICK(d, 0, 0, 300000), delay);
	add(d, gone, PICK(d, SIM_PULL, SIM_CRASH, SIM_RESET, SIM_FORCE), 0, 0, 0, 0, 0);
	for (int64_t n = between(d, 1, 6); n; n--)
		add(d, gone + between(d, -20000, 300000),
			PICK(d, SIM_CALL, SIM_REDIAL, SIM_HANGUP, SIM_HELLO, SIM_DROP), lac,
			any_line(d), 0, 0, 0);
	if (chance(d, 50))
		add(d, gone + between(d, 1, 600) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
	if (chance(d, 50))
		add(d, gone + between(d, 1, 1500) * 1000,
			PICK(d, SIM_RESET, SIM_PULL, SIM_HANG, SIM_RESET), chance(d, 70), 0, 0,
			0, 0);
	if (chance(d, 15))
		add(d, gone + between(d, 1, 300) * 1000,
			PICK(d, SIM_DISCONNECT, SIM_LAC_RESET, SIM_CLEAR), lac, 0, 0, 0, 0);
	at = gone + between(d, 600, 6000) * 1000;
	add(d, at, SIM_LINK, lac, 0, 0, 0, 0);
	add(d, at + between(d, 1, 3000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* The active RP hangs until that is found; peers do not wait. */
static void add_outage(struct draw *d, int64_t at)
{
	int64_t n = between(d, 1, 4), lac = any_lac(d);

	add(d, at, SIM_HANG, 0, PICK(d, 3600, 4000, 5000, 9000), 0, 0, 0);
	for (; n; n--)
		add(d, at + between(d, 0, 4200) * 1000,
			PICK(d, SIM_HANGUP, SIM_DROP, SIM_HELLO, SIM_CALL, SIM_REDIAL,
				SIM_BURST),
			any_lac(d), between(d, 1, d->plan->shape.sessions), 0, 0, 0);
	if (chance(d, 30))
		add(d, at + between(d, 0, 3600) * 1000, SIM_DISCONNECT, lac, 0, 0, 0, 0);
	if (chance(d, 40)) {
		add(d, at + between(d, 0, 3600) * 1000, SIM_LAC_RESET, lac, 0, 0, 0, 0);
		add(d, at + between(d, 3000, 3700) * 1000, SIM_CONNECT, lac, 0, 0, 0, 0);
	}
	add(d, at + between(d, 4000, 9000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* Many calls at once. */
static void add_burst(struct draw *d, int64_t at)
{
	int64_t lac = any_lac(d), lines = d->plan->shape.tunnels * d->plan->shape.sessions;
	int64_t more = d->plan->shape.id_space ? 3 : PICK(d, 5, 20, 40);

	for (int64_t i = 1; i <= lines; i++)
		add(d, at, SIM_HANGUP, lac, i, 0, 0, 0);
	at += between(d, 0, 100) * 1000;
	add(d, at, SIM_BURST, lac, lines + more, 0, 0, 0);
	if (chance(d, 60)) {
		add(d, at + between(d, 0, 400000), PICK(d, SIM_PULL, SIM_CRASH, SIM_RESET),
			chance(d, 30), between(d, 0, 200), 0, 0, 0);
		add(d, at + between(d, 2000, 6000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
	}
}

/* One FP, then none, and an RP goes or not. */
static void add_alone(struct draw *d, int64_t at)
{
	int64_t fp = between(d, 0, 1);

	add(d, at, SIM_FP_PULL, fp, 0, 0, 0, 0);
	at += between(d, 1, 2000) * 1000;
	add(d, at, PICK(d, SIM_FP_RESET, SIM_FP_PULL), !fp, 0, 0, 0, 0);
	add_calls(d, at, 100000);
	if (chance(d, 50))
		add(d, at + between(d, 0, 300000), PICK(d, SIM_PULL, SIM_RESET, SIM_CRASH),
			chance(d, 30), between(d, 0, 5), 0, 0, 0);
	add(d, at + between(d, 100, 3000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* A transaction cannot be applied, and the active RP goes before it is known. */
static void add_spoil(struct draw *d, int64_t at)
{
	int64_t back = between(d, 0, 1), known = 3 * d->plan->shape.rp_rp_us;

	add(d, at, SIM_LOSE, 0, 1, back, 1, 0);
	add(d, at, SIM_LOSE, 0, 1, !back, 1, 0);
	add_calls(d, at, 2000);
	if (chance(d, 80))
		add(d, at + between(d, 0, 4000) + between(d, 0, known),
			PICK(d, SIM_PULL, SIM_CRASH), 0, between(d, 0, 8), 0, 0, 0);
	add(d, at + between(d, 2000, 9000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* Packets leave without their commit, then another FP is in use, then another RP. */
static void add_witness(struct draw *d, int64_t at)
{
	int64_t late = PICK(d, 300, 500, 900) * 1000, fp = between(d, 0, 1);

	if (chance(d, 50))
		add(d, at, SIM_CHANNEL, 0, late, 0, 0, 0);
	else
		add(d, at, SIM_HANG, 1, late / 1000, 0, 0, 0);
	for (int64_t n = between(d, 1, 4); n; n--)
		add_calls(d, at + between(d, 0, 2 * late), 1000);
	if (chance(d, 40)) /* what leaves comes with the word that all is well */
		add(d, at + late - between(d, 50, 150) * 1000, SIM_FP_HANG, fp,
			between(d, 100, 300), 0, 0, 0);
	else if (chance(d, 60))
		add(d, at + 200000 + between(d, 0, late), SIM_FP_PULL, fp, 0, 0, 0, 0);
	if (chance(d, 40))
		add(d, at + 200000 + between(d, 0, 2 * late), PICK(d, SIM_PULL, SIM_CRASH), 0,
			between(d, 0, 10), 0, 0, 0);
	at += between(d, 2000, 6000) * 1000;
	add(d, at, SIM_CHANNEL, 0, 0, 0, 0, 0);
	add(d, at + between(d, 0, 3000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* All sessions end at once, and the RP goes while it says so. */
static void add_clear(struct draw *d, int64_t at)
{
	add(d, at, SIM_CLEAR, 0, 0, 0, 0, 0);
	add(d, at + between(d, 0, 1) * between(d, 0, 8000), PICK(d, SIM_PULL, SIM_CRASH), 0,
		between(d, 1, 30), 0, 0, 0);
	add(d, at + between(d, 2000, 6000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* An RP that hung wakes just when the other one takes over and has a slow way to the FP. */
static void add_awake(struct draw *d, int64_t at)
{
	add(d, at, SIM_CHANNEL, PICK(d, 1, 2), PICK(d, 20000, 100000, 500000), 0, 0, 0);
	add(d, at, SIM_HANG, 0, between(d, 2500, 4500), 0, 0, 0);
	add_calls(d, at, PICK(d, 1000, 100000, 2000000));
	at += between(d, 5000, 7000) * 1000;
	add(d, at, SIM_CHANNEL, 1, 0, 0, 0, 0);
	add(d, at, SIM_CHANNEL, 2, 0, 0, 0, 0);
	add(d, at + between(d, 0, 3000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* A bulk is given up. */
static void add_given_up(struct draw *d, int64_t at)
{
	int64_t way = d->plan->shape.rp_rp_us;

	add(d, at, SIM_RESET, 1, 0, 0, 0, 0);
	at += between(d, 560000, 700000) + way * between(d, 1, 9);
	add(d, at, SIM_CHANNEL, 0, 0, 0, 1, 0);
	at += between(d, 3500, 8000) * 1000;
	add(d, at, SIM_CHANNEL, 0, 0, 0, 0, 0);
	if (chance(d, 30))
		add(d, at - between(d, 0, 2000) * 1000, SIM_CRASH, 0, 0, 0, 0, 0);
	add(d, at + between(d, 0, 3000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

/* The standby starts again while it is made HOT, and what the active RP says of it is old. */
static void add_former(struct draw *d, int64_t at)
{
	int64_t way = d->plan->shape.rp_rp_us;
	int64_t again = at + between(d, 450000, 600000) + way * between(d, 7, 9) +
			between(d, 0, way);

	add(d, at, SIM_RESET, 1, 0, 0, 0, 0);
	add(d, again, SIM_RESET, 1, 0, 0, 0, 0);
	add(d, again + between(d, 0, 500000) + way, SIM_CRASH, 0, 0, 0, 0, 0);
	add(d, again + between(d, 2000, 6000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

static void add_channel(struct draw *d, int64_t at)
{
	const int64_t pair = PICK(d, 0, 0, 0, 1, 2); /* R0-R1, R0-F0, R1-F0 */
	const int64_t delay = PICK(d, 0, 10000, 100000, 300000, 500000);
	const int64_t kbps = PICK(d, 0, 0, 64, 1000);

	/* Nobody repeats what an RP has told the FP over a cut channel. */
	add(d, at, SIM_CHANNEL, pair, delay, kbps, !pair && chance(d, 20),
		PICK(d, 0, 0, 512, 4096));
	add(d, at + between(d, 50, 8000) * 1000, SIM_CHANNEL, pair, 0, 0, 0, 0);
}

static void add_link(struct draw *d, int64_t at)
{
	int64_t lac = any_lac(d), end = at + between(d, 500, 9000) * 1000;

	if (chance(d, 25)) {
		add(d, at, SIM_LINK_CUT, lac, PICK(d, 1, 2, 3, 3), 0, 0, 0);
		end = at + PICK(d, 300, 2000, 8000, 25000, 45000, 90000) * 1000;
	} else {
		add(d, at, SIM_LINK, lac, PICK(d, 0, 10000, 50000, 100000, 200000),
			PICK(d, 0, 0, 50000, 300000), PICK(d, 0, 0, 50000, 300000),
			PICK(d, 0, 1000, 20000, 200000));
	}
	add(d, end, SIM_LINK, lac, 0, 0, 0, 0);
}

/* A LAC cannot be reached, and the active RP goes. */
static void add_deaf(struct draw *d, int64_t at)
{
	int64_t lac = any_lac(d);

	add(d, at, SIM_LINK_CUT, lac, PICK(d, 1, 2, 3), 0, 0, 0);
	add_rp_fault(d, at + between(d, 1, 5000) * PICK(d, 1, 1000));
	add(d, at + PICK(d, 3000, 30000, 100000) * 1000, SIM_LINK, lac, 0, 0, 0, 0);
}

static void add_fp(struct draw *d, int64_t at)
{
	if (chance(d, 40)) {
		add(d, at, SIM_FP_RESET, between(d, 0, 1), 0, 0, 0, 0);
		return;
	}
	add(d, at, SIM_FP_PULL, between(d, 0, 1), 0, 0, 0, 0);
	add(d, at + between(d, 100, 5000) * 1000, SIM_MEND, 0, 0, 0, 0, 0);
}

static void add_peer(struct draw *d, int64_t at)
{
	int64_t lac = any_lac(d);

	if (chance(d, 50)) {
		add(d, at, SIM_LAC_HANG, lac, PICK(d, 300, 3000, 12000, 60000), 0, 0, 0);
		return;
	}
	add(d, at, SIM_LAC_RESET, lac, 0, 0, 0, 0);
	add(d, at + between(d, 10, 3000) * 1000, SIM_CONNECT, lac, 0, 0, 0, 0);
}

/* Kinds of trouble; each seed has some of them (a swarm), quiet ones just the first rows. */
static const struct {
	void (*add)(struct draw *d, int64_t at);
	unsigned most[N_SIM_PROFILES]; /* how many times */
} troubles[] = {
	{ add_call, { 40, 40 } },
	{ add_rest, { 0, 6 } },
	{ add_rp_fault, { 3, 4 } },
	{ add_busy_fault, { 0, 4 } },
	{ add_bulk_fault, { 0, 2 } },
	{ add_double, { 0, 2 } },
	{ add_channel, { 0, 3 } },
	{ add_link, { 0, 3 } },
	{ add_deaf, { 0, 1 } },
	{ add_fp, { 0, 2 } },
	{ add_peer, { 0, 2 } },
	{ add_slow, { 0, 2 } },
	{ add_lose, { 0, 2 } },
	{ add_resync, { 0, 3 } },
	{ add_outage, { 0, 1 } },
	{ add_burst, { 0, 1 } },
	{ add_alone, { 0, 1 } },
	{ add_spoil, { 0, 2 } },
	{ add_witness, { 0, 2 } },
	{ add_awake, { 0, 1 } },
	{ add_given_up, { 0, 1 } },
	{ add_former, { 0, 1 } },
	{ add_clear, { 0, 1 } },
};

/* Of one trouble on the heels of another. */
static int64_t draw_time(struct draw *d, int64_t last)
{
	if (last && chance(d, 40))
		return last + between(d, 0, 30000);
	return between(d, 0, d->plan->shape.run_ms) * 1000 + between(d, 0, 999);
}

static int by_time(gconstpointer a, gconstpointer b)
{
	const struct sim_event *x = a, *y = b;

	return x->at_us < y->at_us ? -1 : x->at_us > y->at_us;
}

/* Quiet: an RP goes only when both are in and have had their time. */
static void draw_quiet_faults(struct draw *d)
{
	int64_t at = between(d, 0, 6000) * 1000;

	for (; at < d->plan->shape.run_ms * 1000; at += between(d, 14000, 18000) * 1000) {
		if (chance(d, 50))
			add_rp_fault(d, at);
		else
			add_busy_fault(d, at);
	}
}

static void draw_events(struct draw *d)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(troubles); i++) {
		unsigned most = troubles[i].most[d->profile];
		unsigned n = most ? rng_below(&d->rng, most + 1) : 0;
		int64_t last = 0;

		if (d->profile == SIM_QUIET && troubles[i].add == add_rp_fault) {
			draw_quiet_faults(d);
			continue;
		}
		if (d->profile == SIM_STORM && i && chance(d, 35))
			continue;
		while (n--) {
			last = draw_time(d, last);
			troubles[i].add(d, last);
		}
	}
	g_array_sort(d->plan->events, by_time);
}

struct sim_plan *plan_draw(
	uint64_t seed, enum sim_profile profile, enum sim_topology topology)
{
	struct draw d = { .profile = profile };

	rng_init(&d.rng, seed, 0x73696d00 + profile + ((uint64_t)topology << 32));
	d.plan = plan_copy(&(struct sim_plan){ 0 }, NULL);
	draw_shape(&d, seed);
	if (topology == SIM_MULTIHOP)
		draw_nexts(&d, seed);
	else if (topology == SIM_LAC)
		draw_subs(&d, seed);
	if (topology != SIM_LNS) {
		draw_accepts(&d, seed);
		draw_settings(&d, seed);
	}
	d.ways = d.plan->shape.lacs + d.plan->shape.nexts + d.plan->shape.subs;
	draw_peers(&d, seed);
	draw_radius(&d, seed);
	draw_events(&d);
	return d.plan;
}

/* ---- life ---- */

struct sim_plan *plan_copy(const struct sim_plan *plan, const GArray *events)
{
	struct sim_plan *copy = g_new0(struct sim_plan, 1);

	copy->shape = plan->shape;
	copy->events = g_array_new(false, false, sizeof(struct sim_event));
	if (events && events->len)
		g_array_append_vals(copy->events, events->data, events->len);
	return copy;
}

void plan_free(struct sim_plan *plan)
{
	if (!plan)
		return;
	g_array_unref(plan->events);
	g_free(plan);
}

/* ---- files ---- */

char *plan_text(const struct sim_plan *plan)
{
	struct sim_shape shape = plan->shape;
	GString *out = g_string_new("twinrp-sim 1\n");

	for (unsigned i = 0; i < G_N_ELEMENTS(shape_fields); i++)
		g_string_append_printf(out, "set %s %" G_GINT64_FORMAT "\n",
			shape_fields[i].name, *field(&shape, i));
	for (unsigned i = 0; i < plan->events->len; i++) {
		const struct sim_event *e = &g_array_index(plan->events, struct sim_event, i);
		unsigned n = SIM_EVENT_ARGS;

		while (n && !e->arg[n - 1])
			n--;
		g_string_append_printf(
			out, "at %" G_GINT64_FORMAT " %s", e->at_us, event_names[e->kind]);
		for (unsigned k = 0; k < n; k++)
			g_string_append_printf(out, " %" G_GINT64_FORMAT, e->arg[k]);
		g_string_append_c(out, '\n');
	}
	return g_string_free(out, false);
}

static bool number(const char *word, int64_t low, int64_t high, int64_t *out)
{
	return word && g_ascii_string_to_signed(word, 10, low, high, out, NULL);
}

static bool read_set(struct sim_plan *plan, char **words)
{
	for (unsigned i = 0; words[1] && i < G_N_ELEMENTS(shape_fields); i++)
		if (strcmp(words[1], shape_fields[i].name) == 0)
			return number(words[2], shape_fields[i].low, shape_fields[i].high,
				field(&plan->shape, i));
	return false;
}

static bool read_at(struct sim_plan *plan, char **words)
{
	struct sim_event e = { 0 };
	unsigned kind = 0;

	if (!number(words[1], 0, G_MAXINT64 / 2000, &e.at_us) || !words[2])
		return false;
	while (kind < N_SIM_EVENTS && strcmp(words[2], event_names[kind]) != 0)
		kind++;
	if (kind == N_SIM_EVENTS || plan->events->len == SIM_EVENTS_MAX)
		return false;
	e.kind = kind;
	for (unsigned i = 0; words[3 + i]; i++)
		if (i == SIM_EVENT_ARGS ||
			!number(words[3 + i], 0, G_MAXINT32, &e.arg[i]))
			return false;
	g_array_append_val(plan->events, e);
	return true;
}

static bool read_line(struct sim_plan *plan, char *line)
{
	g_auto(GStrv) words = g_strsplit(g_strstrip(line), " ", -1);

	if (!words[0] || words[0][0] == '#')
		return true;
	if (strcmp(words[0], "set") == 0)
		return read_set(plan, words);
	return strcmp(words[0], "at") == 0 && read_at(plan, words);
}

/* What a file leaves out. */
static const struct sim_shape plain = {
	.lacs = 1, .tunnels = 1, .sessions = 1, .rp_rp_us = 30, .rp_fp_us = 20,
	.lac_hello_s = 20, .lns_hello_s = 5, .probe_pps = 2, .pace_ms = 10, .run_ms = 10000,
	.profile = SIM_STORM,
};

struct sim_plan *plan_plain(void)
{
	return plan_copy(&(struct sim_plan){ .shape = plain }, NULL);
}

struct sim_plan *plan_read(const char *path, GError **error)
{
	struct sim_plan *plan = plan_plain();
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(path, &text, NULL, error)) {
		plan_free(plan);
		return NULL;
	}
	lines = g_strsplit(text, "\n", -1);
	for (unsigned i = 0; lines[i]; i++) {
		if (i == 0 ? strcmp(lines[i], "twinrp-sim 1") == 0 : read_line(plan, lines[i]))
			continue;
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%u: not understood",
			path, i + 1);
		plan_free(plan);
		return NULL;
	}
	g_array_sort(plan->events, by_time);
	return plan;
}
