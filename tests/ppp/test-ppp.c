/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A client engine and a network engine over a wire that loses, repeats, delays and reorders
 * frames, on a virtual clock; and what the engine promises as a whole.
 */
#include "base/rng.h"
#include "ppp/ppp.h"

#include <glib.h>

enum {
	SEEDS = 200,
	LINK = 7,
};

struct frame {
	base_time due;
	uint64_t order;
	unsigned to;
	GBytes *bytes;
};

struct end {
	struct ppp_engine *e;
	unsigned ups, downs;
	bool dropped;
	enum ppp_cause cause;
	bool by_peer;
	uint32_t local_ip, peer_ip, dns[2];
};

struct net {
	struct rng rng;
	base_time now;
	unsigned loss, dup; /* percent */
	uint64_t order, digest;
	GPtrArray *wire; /* of struct frame */
	struct end end[2]; /* 0 client, 1 network */
	const char *secret; /* what the network side knows */
	base_time verdict_at;
	bool verdict;
	unsigned asked;
};

static void frame_free(void *data)
{
	struct frame *f = data;

	g_bytes_unref(f->bytes);
	g_free(f);
}

static void transmit(struct net *n, unsigned from, const uint8_t *bytes, size_t len)
{
	unsigned copies = rng_below(&n->rng, 100) < n->loss ? 0 : 1;

	if (rng_below(&n->rng, 100) < n->dup)
		copies++;
	for (size_t i = 0; i < len; i++)
		n->digest = n->digest * 31 + bytes[i];
	while (copies--) {
		struct frame *f = g_new0(struct frame, 1);
		unsigned ms = 1 + rng_below(&n->rng, n->loss ? 300 : 20);

		if (n->loss && rng_below(&n->rng, 50) == 0)
			ms += 4000; /* longer than the restart timer */
		f->due = time_add(n->now, dur_ms(ms));
		f->order = n->order++;
		f->to = !from;
		f->bytes = g_bytes_new(bytes, len);
		g_ptr_array_add(n->wire, f);
	}
}

/* The owner's part: is the answer that of the secret? */
static void judge(struct net *n, const struct ppp_effect *fx)
{
	uint8_t value[16];

	g_assert_cmpstr(fx->auth.name, ==, "alice");
	g_assert_true(time_is_never(n->verdict_at)); /* one at a time */
	n->asked++;
	if (fx->auth.method == PPP_AUTH_PAP) {
		n->verdict = g_str_equal(fx->auth.password, n->secret);
	} else {
		ppp_chap_md5(fx->auth.id, n->secret, fx->auth.challenge,
			fx->auth.challenge_len, value);
		n->verdict = memcmp(value, fx->auth.response, 16) == 0;
	}
	n->verdict_at = time_add(n->now, dur_ms(rng_below(&n->rng, 2) * 1500));
}

static void pump(struct net *n, unsigned at)
{
	struct end *end = &n->end[at];
	struct ppp_effect fx;

	while (ppp_engine_poll(end->e, &fx)) {
		g_assert_cmpuint(end->downs, ==, 0); /* DOWN is the last */
		g_assert_cmpuint(fx.link, ==, LINK);
		switch (fx.kind) {
		case PPP_FX_SEND:
			transmit(n, at, fx.bytes, fx.len);
			break;
		case PPP_FX_AUTH:
			g_assert_cmpuint(at, ==, 1);
			judge(n, &fx);
			break;
		case PPP_FX_UP:
			end->ups++;
			end->local_ip = fx.local_ip;
			end->peer_ip = fx.peer_ip;
			memcpy(end->dns, fx.dns, sizeof(fx.dns));
			break;
		case PPP_FX_DOWN:
			end->downs++;
			end->cause = fx.cause;
			end->by_peer = fx.by_peer;
			break;
		case PPP_FX_DEBUG:
			g_assert_nonnull(fx.text);
			break;
		}
	}
	if (end->downs && !end->dropped) {
		ppp_link_drop(end->e, LINK);
		end->dropped = true;
	}
}

static struct frame *earliest(struct net *n)
{
	struct frame *best = NULL;

	for (unsigned i = 0; i < n->wire->len; i++) {
		struct frame *f = n->wire->pdata[i];

		if (!best || time_before(f->due, best->due) ||
			(f->due.ns == best->due.ns && f->order < best->order))
			best = f;
	}
	return best;
}

static base_time next_due(struct net *n)
{
	struct frame *f = earliest(n);
	base_time due = n->verdict_at;

	for (unsigned i = 0; i < 2; i++)
		due = time_min(due, ppp_engine_next_due(n->end[i].e));
	return f ? time_min(due, f->due) : due;
}

static void step(struct net *n)
{
	struct frame *f;

	while ((f = earliest(n)) && !time_before(n->now, f->due)) {
		gsize len;
		const void *p = g_bytes_get_data(f->bytes, &len);

		ppp_link_input(n->end[f->to].e, LINK, p, len, n->now);
		pump(n, f->to);
		g_ptr_array_remove(n->wire, f);
	}
	if (!time_before(n->now, n->verdict_at)) {
		n->verdict_at = BASE_TIME_NEVER;
		ppp_link_auth_result(n->end[1].e, LINK, n->verdict, 0x0a000009, "msg",
			n->now);
		pump(n, 1);
	}
	for (unsigned i = 0; i < 2; i++) {
		while (ppp_engine_tick(n->end[i].e, n->now, 1))
			pump(n, i);
		pump(n, i);
	}
}

static void run(struct net *n, unsigned seconds)
{
	base_time end = time_add(n->now, dur_s(seconds));

	for (;;) {
		base_time due = next_due(n);

		if (time_before(end, due))
			break;
		if (time_before(n->now, due))
			n->now = due;
		step(n);
	}
	n->now = end;
}

static bool both_open(struct net *n)
{
	struct ppp_link_info a, b;

	return ppp_link_get(n->end[0].e, LINK, &a) && ppp_link_get(n->end[1].e, LINK, &b) &&
		a.phase == PPP_PHASE_OPEN && b.phase == PPP_PHASE_OPEN;
}

/* Ways of authentication, by seed. */
static const struct {
	enum ppp_auth ask[2], accept;
	enum ppp_auth result;
} ways[] = {
	{ { PPP_AUTH_PAP, PPP_AUTH_NONE }, PPP_AUTH_NONE, PPP_AUTH_PAP },
	{ { PPP_AUTH_CHAP, PPP_AUTH_NONE }, PPP_AUTH_NONE, PPP_AUTH_CHAP },
	{ { PPP_AUTH_CHAP, PPP_AUTH_PAP }, PPP_AUTH_PAP, PPP_AUTH_PAP },
	{ { PPP_AUTH_PAP, PPP_AUTH_CHAP }, PPP_AUTH_CHAP, PPP_AUTH_CHAP },
};

static void net_init(struct net *n, unsigned seed, const char *secret)
{
	unsigned way = seed % G_N_ELEMENTS(ways);
	struct ppp_link_config client = { .client = true, .name = "alice",
		.password = "alicepw", .want_dns = true, .echo_s = 10, .auth_s = 60,
		.auth = { ways[way].accept } };
	struct ppp_link_config network = { .name = "lns", .local_ip = 0x0a000001,
		.dns = { 0x0a000035, 0x0a000036 }, .echo_s = 10, .auth_s = 60,
		.auth = { ways[way].ask[0], ways[way].ask[1] } };

	*n = (struct net){ .loss = 10, .dup = 10, .secret = secret,
		.verdict_at = BASE_TIME_NEVER };
	rng_init(&n->rng, seed, 99);
	n->wire = g_ptr_array_new_with_free_func(frame_free);
	for (unsigned i = 0; i < 2; i++) {
		n->end[i].e = ppp_engine_new(seed, i, false, n->now);
		ppp_engine_set_debug(n->end[i].e, seed & 1);
		g_assert_true(ppp_link_open(n->end[i].e, LINK, i ? &network : &client,
			n->now));
		pump(n, i);
	}
}

static void net_deinit(struct net *n)
{
	for (unsigned i = 0; i < 2; i++)
		ppp_engine_free(n->end[i].e);
	g_ptr_array_free(n->wire, TRUE);
}

/* Up over the bad wire, both agreeing on everything once it is good again. */
static void come_up(struct net *n, unsigned seed)
{
	struct ppp_link_info a, b;

	for (unsigned i = 0; i < 300 && !both_open(n); i++)
		run(n, 1);
	n->loss = n->dup = 0;
	run(n, 60);
	if (!both_open(n) || !ppp_link_get(n->end[0].e, LINK, &a) ||
		!ppp_link_get(n->end[1].e, LINK, &b))
		g_error("seed %u: not open; causes %u, %u", seed, n->end[0].cause,
			n->end[1].cause);
	g_assert_cmphex(a.local_magic, ==, b.peer_magic);
	g_assert_cmphex(b.local_magic, ==, a.peer_magic);
	g_assert_cmpuint(a.auth, ==, ways[seed % G_N_ELEMENTS(ways)].result);
	g_assert_cmpuint(b.auth, ==, a.auth);
	g_assert_cmpstr(b.peer_name, ==, "alice");
	g_assert_cmphex(n->end[0].local_ip, ==, 0x0a000009);
	g_assert_cmphex(n->end[0].peer_ip, ==, 0x0a000001);
	g_assert_cmphex(n->end[1].local_ip, ==, 0x0a000001);
	g_assert_cmphex(n->end[1].peer_ip, ==, 0x0a000009);
	g_assert_cmphex(n->end[0].dns[0], ==, 0x0a000035);
	g_assert_cmphex(n->end[0].dns[1], ==, 0x0a000036);
	g_assert_cmpuint(n->end[0].downs + n->end[1].downs, ==, 0);
}

static void test_bad_wire(void)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		unsigned closer = seed / 4 % 2;
		struct net n;

		net_init(&n, seed, "alicepw");
		come_up(&n, seed);
		n.loss = n.dup = 10;
		ppp_link_close(n.end[closer].e, LINK, PPP_CAUSE_ADMIN, n.now);
		pump(&n, closer);
		run(&n, 120);
		g_assert_cmpuint(n.end[0].downs, ==, 1);
		g_assert_cmpuint(n.end[1].downs, ==, 1);
		g_assert_cmpuint(n.end[closer].cause, ==, PPP_CAUSE_ADMIN);
		g_assert_true(n.end[!closer].by_peer);
		if (n.end[!closer].cause != PPP_CAUSE_ECHO) /* both requests lost */
			g_assert_cmpuint(n.end[!closer].cause, ==, PPP_CAUSE_NORMAL);
		net_deinit(&n);
	}
}

static void test_wrong_password(void)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct net n;

		net_init(&n, seed, "other");
		run(&n, 300);
		if (n.end[0].ups || n.end[1].ups || n.end[0].downs != 1 ||
			n.end[1].downs != 1 || !n.asked)
			g_error("seed %u: ups %u %u downs %u %u", seed, n.end[0].ups,
				n.end[1].ups, n.end[0].downs, n.end[1].downs);
		g_assert_cmpuint(n.end[1].cause, ==, PPP_CAUSE_AUTH_FAILED);
		if (n.end[0].cause != PPP_CAUSE_LCP_TIMEOUT) /* alone in a new start */
			g_assert_true(n.end[0].by_peer);
		net_deinit(&n);
	}
}

/* The same seed gives the same octets. */
static void test_repeatable(void)
{
	uint64_t digest[3];

	for (unsigned i = 0; i < 3; i++) {
		struct net n;

		net_init(&n, 42 + (i == 2), "alicepw");
		run(&n, 100);
		digest[i] = n.digest;
		net_deinit(&n);
	}
	g_assert_cmphex(digest[0], ==, digest[1]);
	g_assert_cmphex(digest[0], !=, digest[2]);
}

/* ---- the engine as a whole ---- */

static void drain(struct ppp_engine *e, unsigned count[5])
{
	struct ppp_effect fx;

	memset(count, 0, 5 * sizeof(count[0]));
	while (ppp_engine_poll(e, &fx))
		count[fx.kind]++;
}

static void test_numbers(void)
{
	struct ppp_engine *e = ppp_engine_new(1, 1, false, BASE_TIME_ZERO);
	struct ppp_link_config cfg = { .client = true };
	struct ppp_link_info info;
	unsigned count[5];

	g_assert_false(ppp_link_open(e, 0, &cfg, BASE_TIME_ZERO));
	g_assert_true(ppp_link_open(e, UINT32_MAX, &cfg, BASE_TIME_ZERO));
	g_assert_false(ppp_link_open(e, UINT32_MAX, &cfg, BASE_TIME_ZERO));
	g_assert_cmpuint(ppp_engine_links(e), ==, 1);
	cfg.auth[1] = 9;
	g_assert_false(ppp_link_open(e, 5, &cfg, BASE_TIME_ZERO));

	/* orders for links that are not there */
	ppp_link_input(e, 5, (const uint8_t *)"\xc0\x21", 2, BASE_TIME_ZERO);
	ppp_link_input(e, 5, NULL, 0, BASE_TIME_ZERO);
	ppp_link_close(e, 5, PPP_CAUSE_ADMIN, BASE_TIME_ZERO);
	ppp_link_drop(e, 5);
	ppp_link_set_replicated(e, 5, true);
	ppp_link_auth_result(e, 5, true, 1, NULL, BASE_TIME_ZERO);
	g_assert_false(ppp_link_get(e, 5, &info));
	g_assert_true(ppp_link_get(e, UINT32_MAX, &info));
	g_assert_cmpuint(info.phase, ==, PPP_PHASE_ESTABLISH);
	drain(e, count);
	g_assert_cmpuint(count[PPP_FX_SEND], ==, 1);

	ppp_link_input(e, UINT32_MAX, NULL, 0, BASE_TIME_ZERO); /* M119: empty frame */
	drain(e, count);
	g_assert_cmpuint(count[PPP_FX_SEND], ==, 0);
	ppp_engine_free(e);
	ppp_engine_free(NULL);
}

/* What a dropped link still had in the queue does not come out, even when its number is
 * used again. */
static void test_drop(void)
{
	struct ppp_engine *e = ppp_engine_new(1, 1, false, BASE_TIME_ZERO);
	struct ppp_link_config cfg = { .client = true };
	unsigned count[5];

	g_assert_true(ppp_link_open(e, 1, &cfg, BASE_TIME_ZERO));
	ppp_link_close(e, 1, PPP_CAUSE_ADMIN, BASE_TIME_ZERO);
	ppp_link_drop(e, 1);
	drain(e, count);
	g_assert_cmpuint(count[PPP_FX_SEND], ==, 0);
	g_assert_true(time_is_never(ppp_engine_next_due(e)));

	g_assert_true(ppp_link_open(e, 1, &cfg, BASE_TIME_ZERO));
	ppp_link_close(e, 1, PPP_CAUSE_ADMIN, BASE_TIME_ZERO);
	ppp_link_drop(e, 1);
	g_assert_true(ppp_link_open(e, 1, &cfg, BASE_TIME_ZERO));
	drain(e, count);
	g_assert_cmpuint(count[PPP_FX_SEND], ==, 1);
	g_assert_cmpuint(count[PPP_FX_DOWN], ==, 0);
	ppp_engine_free(e);
}

/* 64k links, and no more; they all end by themselves, within a budget. */
static void test_many(void)
{
	struct ppp_engine *e = ppp_engine_new(1, 1, false, BASE_TIME_ZERO);
	struct ppp_link_config cfg = { .client = true, .max_configure = 2 };
	base_time now = BASE_TIME_ZERO;
	unsigned count[5], downs = 0;

	for (uint32_t i = 1; i <= 65536; i++)
		g_assert_true(ppp_link_open(e, i, &cfg, now));
	g_assert_false(ppp_link_open(e, 65537, &cfg, now));
	g_assert_cmpuint(ppp_engine_links(e), ==, 65536);
	drain(e, count);
	g_assert_cmpuint(count[PPP_FX_SEND], ==, 65536);

	now = time_add(now, dur_ms(3001));
	g_assert_true(ppp_engine_tick(e, now, 1000)); /* there is more */
	drain(e, count);
	g_assert_cmpuint(count[PPP_FX_SEND], ==, 1000);
	while (ppp_engine_tick(e, now, 1000))
		;
	drain(e, count);
	g_assert_cmpuint(count[PPP_FX_SEND], ==, 64536);

	now = time_add(now, dur_ms(3001));
	while (ppp_engine_tick(e, now, 1000)) {
		drain(e, count);
		downs += count[PPP_FX_DOWN];
	}
	drain(e, count);
	downs += count[PPP_FX_DOWN];
	g_assert_cmpuint(downs, ==, 65536);
	for (uint32_t i = 1; i <= 65536; i++)
		ppp_link_drop(e, i);
	g_assert_cmpuint(ppp_engine_links(e), ==, 0);
	ppp_engine_free(e);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ppp/ppp/bad-wire", test_bad_wire);
	g_test_add_func("/ppp/ppp/wrong-password", test_wrong_password);
	g_test_add_func("/ppp/ppp/repeatable", test_repeatable);
	g_test_add_func("/ppp/ppp/numbers", test_numbers);
	g_test_add_func("/ppp/ppp/drop", test_drop);
	g_test_add_func("/ppp/ppp/many", test_many);
	return g_test_run();
}
