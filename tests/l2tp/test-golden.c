/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Golden captures replayed as the peer: one side of a recorded dialogue drives our engine, which
 * must come to the same states.  Only what cannot be the same is changed in what was recorded:
 * our own ids, and the numbers that depend on how often we acknowledge.
 */
#include "tests/l2tp/golden.h"
#include "tests/l2tp/world.h"

struct replay {
	struct world *w;
	int side; /* ours */
	bool callers; /* what went to port 1701 first is the peer; else what came from there */
	struct l2tp_path peer; /* as recorded, once known */
	bool known;
	struct {
		uint16_t recorded, peers;
	} calls[8]; /* ids that the recorded callee gave, and the peer's for the same call */
	unsigned n_calls;
};

static void replay_init(struct replay *rp, struct world *w, int side, bool callers_side)
{
	*rp = (struct replay){ .w = w, .side = side, .callers = callers_side };
	w->cut[!side] = true; /* the recording is the peer */
}

/* Did the recorded peer send it?  The first datagram is the caller's. */
static bool from_peer(struct replay *rp, const struct golden_dgram *d)
{
	bool same;

	if (!rp->known)
		rp->peer = d->path;
	rp->known = true;
	same = d->path.remote_ip == rp->peer.remote_ip &&
	       d->path.remote_port == rp->peer.remote_port;
	return same == rp->callers;
}

/* What the other side of the recording said: which of its ids is which call. */
static void note_call(struct replay *rp, const struct golden_dgram *d)
{
	struct rd r = rd_init(d->bytes, d->len);
	struct l2tp_hdr h;
	struct l2tp_msg m;
	struct l2tp_fault f;

	if (l2tp_hdr_parse(&r, &h) && l2tp_is_control(&h) && rd_left(&r) &&
		l2tp_msg_decode(r, &m, &f) == L2TP_MSG_OK && m.type == L2TP_ICRP &&
		rp->n_calls < G_N_ELEMENTS(rp->calls)) {
		rp->calls[rp->n_calls].recorded = m.assigned_session;
		rp->calls[rp->n_calls++].peers = h.session;
	}
}

static uint16_t our_session(const struct replay *rp, uint16_t recorded)
{
	const struct side *s = &rp->w->side[rp->side];

	for (unsigned i = 0; i < rp->n_calls; i++) {
		const struct l2tp_session *call = slab_get(s->e->all_sessions,
			index_get(s->e->session_by_peer,
				session_key(s->cc, rp->calls[i].peers)));

		if (rp->calls[i].recorded == recorded && call)
			return call->id;
	}
	return s->session;
}

/* One datagram of the peer into our engine, with our ids and with an Nr that covers what we
 * have sent, as it did in the recording. */
static void replay_dgram(struct replay *rp, const struct golden_dgram *d)
{
	struct side *s = &rp->w->side[rp->side];
	g_autofree uint8_t *copy = g_memdup2(d->bytes, d->len);
	struct rd r = rd_init(copy, d->len);
	struct l2tp_path path = s->path;
	struct l2tp_cc *cc = s->cc ? cc_by_id(s->e, s->cc) : NULL;
	struct l2tp_hdr h;

	if (!from_peer(rp, d)) {
		note_call(rp, d);
		return;
	}
	if (!l2tp_hdr_parse(&r, &h) || !l2tp_is_control(&h))
		return;
	if (h.tunnel && cc)
		put_u16(copy + 4, cc->id);
	if (h.session)
		put_u16(copy + 6, our_session(rp, h.session));
	if (cc)
		put_u16(copy + CHAN_NR_AT, cc->chan.snd_max);
	l2tp_engine_input(s->e, &path, copy, d->len, rp->w->now);
	world_pump(rp->w, rp->side);
	world_run(rp->w, dur_ms(20));
}

/* ---- a recorded LAC calls our LNS ---- */

static const struct {
	const char *name, *file;
	const char *secret;
	unsigned first; /* datagram of the capture to begin with */
	unsigned tunnels, calls, downs, tunnel_downs;
	bool refusals; /* of messages with hidden AVPs */
} callers[] = {
	/* clang-format off */
	{ "xl2tpd",           "xl2tpd-lac-l2tpns-lns.pcap",           "any",       0,  1, 1, 0, 0, false },
	/* It sends a challenge, which cannot be answered without a secret. */
	{ "xl2tpd-no-secret", "xl2tpd-lac-l2tpns-lns.pcap",           "",          0,  0, 0, 0, 1, false },
	{ "l2tpns",           "l2tpns-lac-l2tpns-lns.pcap",           "tunsecret", 0,  1, 1, 0, 0, false },
	{ "proxy",            "hidden-stopccn-proxy-seq-l2tpns.pcap", "tunsecret", 10, 1, 1, 1, 1, false },
	{ "hidden",           "hidden-avps-xl2tpd-lns.pcap",          "tunsecret", 0,  1, 2, 2, 1, false },
	{ "hidden-other",     "hidden-avps-xl2tpd-lns.pcap",          "other",     0,  1, 0, 0, 1, true },
	/* clang-format on */
};

static void recorded_lac(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	struct world *w = world_new(i);
	struct pcap_file *file = pcap_golden(callers[i].file);
	g_autoptr(GArray) d = golden_l2tp(file);
	struct replay replay;

	g_strlcpy(w->side[LNS].params.secret, callers[i].secret, L2TP_SECRET_MAX);
	w->side[LNS].params.challenge = false; /* a recording cannot answer ours */
	replay_init(&replay, w, LNS, true);
	for (unsigned n = callers[i].first; n < d->len; n++)
		replay_dgram(&replay, &g_array_index(d, struct golden_dgram, n));
	world_run(w, dur_ms(500));
	g_assert_cmpuint(w->side[LNS].cc_up, ==, callers[i].tunnels);
	g_assert_cmpuint(w->side[LNS].calls, ==, callers[i].calls);
	g_assert_cmpuint(w->side[LNS].s_up, ==, callers[i].calls);
	g_assert_cmpuint(w->side[LNS].s_down, ==, callers[i].downs);
	g_assert_cmpuint(w->side[LNS].cc_down, ==, callers[i].tunnel_downs);
	g_assert_cmpuint(l2tp_drops(w->side[LNS].e, L2TP_DROP_NR_AHEAD), ==, 0);
	g_assert_cmpint(l2tp_drops(w->side[LNS].e, L2TP_DROP_MALFORMED) > 0, ==,
		callers[i].refusals);
	pcap_file_free(file);
	world_free(w);
}

/* ---- our LAC calls a recorded LNS ---- */

static const struct {
	const char *name, *file;
} callees[] = {
	{ "l2tpns", "xl2tpd-lac-l2tpns-lns.pcap" },
	{ "l2tpns-again", "l2tpns-lac-l2tpns-lns.pcap" },
};

static void recorded_lns(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	struct world *w = world_new(i);
	struct pcap_file *file = pcap_golden(callees[i].file);
	g_autoptr(GArray) d = golden_l2tp(file);
	struct replay replay;
	uint16_t cc;

	w->cut[LNS] = true;
	cc = world_open(w);
	world_call(w, cc);
	replay_init(&replay, w, LAC, false);
	for (unsigned n = 0; n < d->len && !w->side[LAC].s_up; n++)
		replay_dgram(&replay, &g_array_index(d, struct golden_dgram, n));
	g_assert_cmpuint(w->side[LAC].cc_up, ==, 1);
	g_assert_cmpuint(w->side[LAC].s_up, ==, 1);
	g_assert_cmpuint(l2tp_drops(w->side[LAC].e, L2TP_DROP_MALFORMED), ==, 0);
	pcap_file_free(file);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(callers); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/golden/lac/%s", callers[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), recorded_lac);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(callees); i++) {
		g_autofree char *path =
			g_strdup_printf("/l2tp/golden/lns/%s", callees[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), recorded_lns);
	}
	return g_test_run();
}
