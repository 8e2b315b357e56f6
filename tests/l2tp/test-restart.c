/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A peer that was started again and gives the same tunnel id: its SCCRQ is not a repeated one,
 * and its former tunnel goes when the new one is authentic, not before.  And what is told to
 * peers for whom there is no id left, or who repeat an SCCRQ.
 */
#include "tests/l2tp/world.h"

#include <string.h>

/* The LAC loses all that it knew.  With the same seed it draws the same ids. */
static void restart_lac(struct world *w, uint64_t seed)
{
	struct l2tp_engine_config cfg = { .seed = seed };

	l2tp_engine_free(w->side[LAC].e);
	w->side[LAC].e = l2tp_engine_new(&cfg, w->now);
}

static unsigned tunnels(const struct world *w, int side)
{
	struct l2tp_counts c;

	l2tp_get_counts(w->side[side].e, &c);
	return c.tunnels;
}

enum changed { SAME, OTHER_NAME, OTHER_CHALLENGE };

static const struct {
	const char *name;
	enum changed changed;
	unsigned after_s; /* of the restart */
	bool comes_up;    /* the first SCCRQ of the new life is taken */
	bool standby;
} rows[] = {
	/* clang-format off */
	{ "other-name",      OTHER_NAME,      1,   true,  false },
	{ "other-challenge", OTHER_CHALLENGE, 1,   true,  false },
	{ "same-soon",       SAME,            1,   false, false },
	{ "same-later",      SAME,            100, true,  false },
	{ "standby",         OTHER_NAME,      1,   true,  true },
	/* clang-format on */
};

static void restarted(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct world *w = world_new(9);
	uint16_t first, second;

	for (int side = 0; side < 2; side++)
		g_strlcpy(w->side[side].params.secret, "s3cret", L2TP_SECRET_MAX);
	w->side[LNS].params.challenge = true;
	w->side[LNS].params.ha = rows[i].standby;
	if (rows[i].standby)
		world_add_standby(w, dur_us(100));
	first = world_up(w);
	world_call(w, first);
	world_run(w, dur_s(rows[i].after_s));
	g_assert_cmpuint(w->side[LNS].s_up, ==, 1);

	restart_lac(w, 9 * 2 + LAC);
	if (rows[i].changed == OTHER_NAME)
		g_strlcpy(w->side[LAC].params.local_name, "other", L2TP_NAME_MAX);
	w->side[LAC].params.challenge = rows[i].changed == OTHER_CHALLENGE;
	second = world_open(w);
	g_assert_cmpuint(second, ==, first);
	world_run(w, dur_s(5));
	if (!rows[i].comes_up) {
		g_assert_cmpuint(w->side[LNS].cc_up, ==, 1);
		g_assert_cmpuint(w->side[LNS].s_down, ==, 0);
		world_free(w);
		return;
	}
	g_assert_cmpuint(w->side[LNS].cc_up, ==, 2);
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 1); /* the former one, with its call */
	g_assert_cmpuint(w->side[LNS].s_down, ==, 1);
	g_assert_cmpint(w->side[LNS].cause.by, ==, L2TP_BY_PEER);
	g_assert_cmpuint(tunnels(w, LNS), ==, 1);
	g_assert_cmpuint(tunnels(w, LAC), ==, 1);

	/* It works: nothing of the former one disturbs it. */
	world_call(w, second);
	world_run(w, dur_s(200));
	g_assert_cmpuint(w->side[LNS].s_up, ==, 2);
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 0);
	world_assert_agree(w);
	if (rows[i].standby) {
		world_kill(w);
		world_run(w, dur_s(30));
		g_assert_cmpuint(tunnels(w, LNS), ==, 1);
		world_assert_agree(w);
	}
	world_free(w);
}

/* Messages of the former tunnel may have met the new one at the peer, which has to bear that. */
static void same_counts(const struct world *w)
{
	struct l2tp_counts a, b;

	l2tp_get_counts(w->side[LNS].e, &a);
	l2tp_get_counts(w->side[LAC].e, &b);
	g_assert_cmpuint(a.tunnels, ==, b.tunnels);
	g_assert_cmpuint(a.sessions, ==, b.sessions);
}

/* The LNS dies after each item that it puts out while the peer comes again. */
static unsigned killed_at(unsigned after, unsigned ups[2])
{
	struct world *w = world_new(9);
	uint16_t first;
	unsigned items;

	w->side[LNS].params.ha = true;
	world_add_standby(w, dur_us(100));
	first = world_up(w);
	world_call(w, first);
	world_run(w, dur_s(1));
	restart_lac(w, 9 * 2 + LAC);
	g_strlcpy(w->side[LAC].params.local_name, "other", L2TP_NAME_MAX);
	w->items = 0;
	w->kill_at = after ? after : UINT_MAX;
	g_assert_cmpuint(world_open(w), ==, first);
	world_call(w, first);
	world_run(w, dur_s(5));
	items = w->items;
	world_run(w, dur_s(400)); /* longer than anybody tries */
	same_counts(w);
	g_assert_cmpuint(tunnels(w, LAC), <=, 1);
	ups[tunnels(w, LAC)]++;
	if (tunnels(w, LAC)) {
		world_call(w, first);
		world_run(w, dur_s(5));
		same_counts(w);
	}
	world_free(w);
	return items;
}

static void killed(void)
{
	unsigned ups[2] = { 0 }, items = killed_at(0, ups);

	g_assert_cmpuint(ups[1], ==, 1);
	g_assert_cmpuint(items, >, 3);
	for (unsigned after = 1; after <= items; after++)
		(void)killed_at(after, ups);
	g_test_message("%u items: the new tunnel was kept %u times, lost %u times", items,
		ups[1], ups[0]);
	g_assert_cmpuint(ups[1], >, 1);
}

/* Whoever has not got the secret, or does not answer, takes nothing away. */
static void impostor(gconstpointer data)
{
	bool silent = GPOINTER_TO_INT(data);
	struct world *w = world_new(9);
	uint16_t first;

	for (int side = 0; side < 2; side++)
		g_strlcpy(w->side[side].params.secret, "s3cret", L2TP_SECRET_MAX);
	w->side[LNS].params.challenge = true;
	first = world_up(w); /* the next message that it expects has number 1 */
	world_run(w, dur_s(1));

	struct l2tp_engine *honest = w->side[LAC].e;
	struct l2tp_engine_config cfg = { .seed = 9 * 2 + LAC };
	unsigned downs;

	w->side[LAC].e = l2tp_engine_new(&cfg, w->now);
	g_strlcpy(w->side[LAC].params.secret, "guess", L2TP_SECRET_MAX);
	g_strlcpy(w->side[LAC].params.local_name, "other", L2TP_NAME_MAX);
	g_assert_cmpuint(world_open(w), ==, first);
	w->cut[LAC] = silent;
	world_run(w, dur_s(silent ? 15 : 2));
	w->cut[LAC] = false;
	l2tp_engine_free(w->side[LAC].e);
	w->side[LAC].e = honest;
	g_assert_cmpuint(w->side[LNS].cc_up, ==, 1);
	g_assert_cmpuint(w->side[LNS].s_down, ==, 0);

	downs = w->side[LAC].cc_down;
	/* The one that it was about is as well as ever. */
	world_run(w, dur_s(100));
	world_call(w, first);
	world_run(w, dur_s(5));
	g_assert_cmpuint(w->side[LNS].s_up, ==, 1);
	g_assert_cmpuint(w->side[LAC].cc_down, ==, downs);
	world_assert_agree(w);
	world_free(w);
}

struct seen {
	unsigned sccrps, cdns;
	uint16_t result, error;
};

static void look(struct world *w, int side, const struct l2tp_effect *fx, void *user)
{
	struct seen *seen = user;
	struct rd r = rd_init(fx->bytes, fx->len);
	struct l2tp_hdr h;
	struct l2tp_msg m;
	struct l2tp_fault f;

	if (side != LNS || !l2tp_hdr_parse(&r, &h) || !rd_left(&r) ||
		l2tp_msg_decode(r, &m, &f) != L2TP_MSG_OK)
		return;
	seen->sccrps += m.type == L2TP_SCCRP;
	seen->cdns += m.type == L2TP_CDN;
	if (m.type == L2TP_CDN) {
		g_assert_cmpuint(h.session, !=, 0);
		g_assert_cmpuint(m.assigned_session, !=, 0);
		seen->result = m.result.result;
		seen->error = m.result.error;
	}
}

/* SCCRPs that get lost: the LAC's repeats bring new ones, before our own timer does. */
static void repeated(void)
{
	struct world *w = world_new(4);
	struct seen seen = { 0 };

	w->side[LNS].params.timeout_min_s = 8;
	w->tap = look;
	w->tap_user = &seen;
	w->cut[LAC] = true;
	world_open(w);
	world_run(w, dur_ms(1500)); /* repeated once */
	g_assert_cmpuint(seen.sccrps, ==, 2);
	w->cut[LAC] = false;
	world_run(w, dur_ms(2500)); /* and again */
	g_assert_cmpuint(seen.sccrps, ==, 3);
	g_assert_cmpuint(w->side[LNS].cc_up, ==, 1);
	g_assert_cmpuint(w->side[LAC].cc_up, ==, 1);
	world_free(w);
}

/* An SCCRQ has timers of its own. */
static void initial_timers(void)
{
	struct world *w = world_new(7);

	w->cut[LNS] = true;
	w->side[LAC].params.initial_min_s = 3;
	w->side[LAC].params.initial_max_s = 4;
	w->side[LAC].params.initial_retries = 3;
	w->side[LAC].params.setup_s = 60;
	w->side[LAC].params.timeout_min_s = 8;
	world_open(w);
	world_run(w, dur_ms(2900));
	g_assert_cmpuint(w->side[LAC].packets, ==, 1);
	world_run(w, dur_ms(200));
	g_assert_cmpuint(w->side[LAC].packets, ==, 2); /* after 3 s */
	world_run(w, dur_ms(8000));
	g_assert_cmpuint(w->side[LAC].packets, ==, 4); /* 4 s each */
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 0);
	world_run(w, dur_s(4));
	g_assert_cmpuint(w->side[LAC].cc_down, ==, 1);
	g_assert_cmpint(w->side[LAC].cause.by, ==, L2TP_BY_TIMEOUT);
	world_free(w);
}

/* No id is left for a call: it gets a CDN all the same. */
static void no_id(void)
{
	struct world *w = world_new(5);
	struct l2tp_engine_config cfg = { .seed = 77, .id_space = 3 };
	struct seen seen = { 0 };
	uint16_t cc;

	l2tp_engine_free(w->side[LNS].e);
	w->side[LNS].e = l2tp_engine_new(&cfg, w->now);
	w->tap = look;
	w->tap_user = &seen;
	cc = world_up(w);
	for (unsigned n = 0; n < 2; n++) { /* ids 2 and 4 */
		world_call(w, cc);
		world_run(w, dur_s(1));
	}
	g_assert_cmpuint(w->side[LNS].s_up, ==, 2);
	for (unsigned n = 1; n <= 3; n++) {
		world_call(w, cc);
		world_run(w, dur_s(1));
		g_assert_cmpuint(seen.cdns, ==, n);
		g_assert_cmpuint(seen.result, ==, 4);
		g_assert_cmpuint(seen.error, ==, 0);
		g_assert_cmpuint(w->side[LAC].s_down, ==, n);
	}
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 0);
	world_assert_agree(w);
	world_free(w);
}

/* One message under way at a time, whatever the peer could take. */
struct flood {
	unsigned under_way, most;
	uint16_t acked;
};

static void count(struct world *w, int side, const struct l2tp_effect *fx, void *user)
{
	struct flood *f = user;
	struct l2tp_cc_info info;

	if (side != LNS || !world_cc(w, LNS, &info))
		return;
	f->most = MAX(f->most, (unsigned)(uint16_t)(info.s - info.u) - info.unsent);
}

static void quirk_window(gconstpointer data)
{
	uint16_t limit = (uint16_t)GPOINTER_TO_UINT(data);
	struct world *w = world_new(6);
	struct flood flood = { 0 };
	uint16_t cc;

	w->side[LNS].params.peer_window = limit;
	w->side[LNS].params.no_congestion_control = true;
	w->tap = count;
	w->tap_user = &flood;
	cc = world_up(w);
	for (unsigned n = 0; n < 20; n++) /* 20 ICRPs at once */
		world_call(w, cc);
	world_run(w, dur_s(5));
	g_assert_cmpuint(w->side[LNS].s_up, ==, 20);
	if (limit)
		g_assert_cmpuint(flood.most, ==, limit);
	else
		g_assert_cmpuint(flood.most, >, 3);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/l2tp/restart/", rows[i].name, NULL);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), restarted);
	}
	g_test_add_data_func("/l2tp/restart/impostor", GINT_TO_POINTER(false), impostor);
	g_test_add_data_func("/l2tp/restart/impostor-silent", GINT_TO_POINTER(true), impostor);
	g_test_add_func("/l2tp/restart/killed", killed);
	g_test_add_func("/l2tp/restart/repeated-sccrq", repeated);
	g_test_add_func("/l2tp/restart/initial-timers", initial_timers);
	g_test_add_func("/l2tp/restart/no-session-id", no_id);
	g_test_add_data_func("/l2tp/restart/window-1", GUINT_TO_POINTER(1), quirk_window);
	g_test_add_data_func("/l2tp/restart/window-3", GUINT_TO_POINTER(3), quirk_window);
	g_test_add_data_func("/l2tp/restart/window-all", GUINT_TO_POINTER(0), quirk_window);
	return g_test_run();
}
