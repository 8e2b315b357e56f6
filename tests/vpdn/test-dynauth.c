/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CoA and Disconnect (RFC 5176) through the whole core: which session, which answer, and that
 * an ACK is a promise that a pull does not break.
 */
#include "tests/vpdn/lab.h"

#include <string.h>

enum { PORT = 3799, OURS = 40000 };

struct world {
	struct lab *lab;
	unsigned call[2];
	char id[RADIUS_TEXT_MAX]; /* Acct-Session-Id of the first call */
};

static struct world open_world(bool standby, base_dur delay)
{
	struct world w = { .lab = lab_new_radius(31) };
	uint16_t cc;

	if (standby)
		lab_add_standby(w.lab, delay);
	cc = lab_tunnel(w.lab, 0, "tunsecret");
	lab_run(w.lab, dur_s(1));
	w.call[0] = lab_call(w.lab, 0, cc, "user1", "pw", PPP_AUTH_PAP);
	lab_run(w.lab, dur_s(5));
	g_strlcpy(w.id, radius_sim_record(w.lab->radius[0], 0)->id, sizeof(w.id));
	w.call[1] = lab_call(w.lab, 0, cc, "user2", "pw", PPP_AUTH_PAP);
	lab_run(w.lab, dur_s(5));
	lab_assert_up(w.lab, w.call[0]);
	lab_assert_up(w.lab, w.call[1]);
	return w;
}

static void close_world(struct world *w)
{
	lab_assert_fp(w->lab);
	lab_assert_acct(w->lab);
	lab_free(w->lab);
}

static void ask(struct world *w, enum radius_code code, const struct wr *attrs)
{
	g_assert_false(attrs->bad);
	radius_sim_ask(w->lab->radius[0], code, LAB_RADIUS_IP, OURS, LAB_LNS_IP, PORT,
		attrs->buf, attrs->len, w->lab->now);
}

static struct radius_sim_counts counts(const struct world *w)
{
	struct radius_sim_counts n;

	radius_sim_get_counts(w->lab->radius[0], &n);
	g_assert_cmpuint(n.forged, ==, 0);
	return n;
}

/* ---- which session ---- */

enum by { BY_ID = 1, BY_USER = 2, BY_IP = 4, BY_WRONG_USER = 8 };

static void name_it(const struct world *w, unsigned by, struct wr *out)
{
	if (by & BY_ID)
		radius_put_str(out, RA_ACCT_SESSION_ID, w->id);
	if (by & BY_USER)
		radius_put_str(out, RA_USER_NAME, "user1");
	if (by & BY_IP)
		radius_put_u32(out, RA_FRAMED_IP, w->lab->calls[w->call[0]].ip);
	if (by & BY_WRONG_USER)
		radius_put_str(out, RA_USER_NAME, "user2");
}

static void disconnect(void)
{
	static const struct {
		unsigned by;
		bool found;
	} rows[] = {
		{ BY_ID, true }, { BY_USER, true }, { BY_IP, true },
		{ BY_ID | BY_USER | BY_IP, true }, { BY_ID | BY_WRONG_USER, false },
		{ BY_IP | BY_WRONG_USER, false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct world w = open_world(i % 2, dur_us(60));
		uint8_t buf[256];
		struct wr attrs = wr_init(buf, sizeof(buf));

		name_it(&w, rows[i].by, &attrs);
		ask(&w, RADIUS_DISCONNECT_REQUEST, &attrs);
		lab_run(w.lab, dur_s(5));
		g_assert_cmpuint(counts(&w).acks, ==, rows[i].found);
		g_assert_cmpuint(counts(&w).naks, ==, !rows[i].found);
		if (!rows[i].found)
			g_assert_cmpuint(counts(&w).error_cause, ==, DAS_NOT_FOUND);
		g_assert_cmpint(lab_outcome(w.lab, w.call[0]), ==,
			rows[i].found ? LAB_GONE : LAB_WHOLE);
		lab_assert_up(w.lab, w.call[1]);
		close_world(&w);
	}
}

/* ---- answers ---- */

static void put_nothing(struct wr *w)
{
}

static void put_unknown(struct wr *w)
{
	radius_put_str(w, RA_USER_NAME, "user1");
	radius_put_str(w, RA_FILTER_ID, "x");
}

static void put_vendor(struct wr *w)
{
	radius_put_str(w, RA_USER_NAME, "user1");
	radius_put_vendor(w, RADIUS_CISCO, RA_CISCO_AVPAIR, "a=b", 3);
}

static void put_other_nas(struct wr *w)
{
	radius_put_str(w, RA_USER_NAME, "user1");
	radius_put_u32(w, RA_NAS_IP, 0x01020304);
}

static void put_other_name(struct wr *w)
{
	radius_put_str(w, RA_USER_NAME, "user1");
	radius_put_str(w, RA_NAS_ID, "lns2");
}

static void put_short(struct wr *w)
{
	radius_put(w, RA_FRAMED_IP, "ab", 2);
}

static void put_authorize_only(struct wr *w)
{
	radius_put_str(w, RA_USER_NAME, "user1");
	radius_put_u32(w, RA_SERVICE_TYPE, 17);
}

static void put_nobody(struct wr *w)
{
	radius_put_str(w, RA_USER_NAME, "nobody");
}

static void put_user(struct wr *w)
{
	radius_put_str(w, RA_USER_NAME, "user1");
}

static void put_right(struct wr *w)
{
	put_user(w);
	radius_put_u32(w, RA_NAS_IP, LAB_LNS_IP);
	radius_put_str(w, RA_NAS_ID, "lns1");
	radius_put_str(w, RA_PROXY_STATE, "proxy");
	radius_put_u32(w, RA_SESSION_TIMEOUT, 4000);
}

static const struct {
	const char *name;
	enum radius_code code;
	void (*put)(struct wr *w);
	enum das_error error;
} answers[] = {
	/* clang-format off */
	{ "nothing",        RADIUS_DISCONNECT_REQUEST, put_nothing,        DAS_MISSING_ATTRIBUTE },
	{ "unknown",        RADIUS_DISCONNECT_REQUEST, put_unknown,        DAS_UNSUPPORTED_ATTRIBUTE },
	{ "vendor",         RADIUS_COA_REQUEST,        put_vendor,         DAS_UNSUPPORTED_ATTRIBUTE },
	{ "other-nas",      RADIUS_DISCONNECT_REQUEST, put_other_nas,      DAS_NAS_MISMATCH },
	{ "other-name",     RADIUS_DISCONNECT_REQUEST, put_other_name,     DAS_NAS_MISMATCH },
	{ "short",          RADIUS_DISCONNECT_REQUEST, put_short,          DAS_INVALID_VALUE },
	{ "authorize-only", RADIUS_COA_REQUEST,        put_authorize_only, DAS_UNSUPPORTED_SERVICE },
	{ "nobody",         RADIUS_DISCONNECT_REQUEST, put_nobody,         DAS_NOT_FOUND },
	{ "nothing-to-do",  RADIUS_COA_REQUEST,        put_user,           DAS_MISSING_ATTRIBUTE },
	{ "not-in-dm",      RADIUS_DISCONNECT_REQUEST, put_right,          DAS_UNSUPPORTED_ATTRIBUTE },
	{ "right",          RADIUS_COA_REQUEST,        put_right,          DAS_OK },
	/* clang-format on */
};

static void error_causes(void)
{
	struct world w = open_world(true, dur_us(60));

	for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
		uint8_t buf[256];
		struct wr attrs = wr_init(buf, sizeof(buf));
		struct radius_sim_counts before = counts(&w);

		g_test_message("%s", answers[i].name);
		answers[i].put(&attrs);
		ask(&w, answers[i].code, &attrs);
		lab_run(w.lab, dur_s(1));
		g_assert_cmpuint(counts(&w).acks - before.acks, ==, !answers[i].error);
		g_assert_cmpuint(counts(&w).naks - before.naks, ==, !!answers[i].error);
		if (answers[i].error)
			g_assert_cmpuint(counts(&w).error_cause, ==, answers[i].error);
	}
	lab_assert_up(w.lab, w.call[0]);
	lab_assert_up(w.lab, w.call[1]);
	close_world(&w);
}

/* M134: a user with two sessions is not enough to say which is meant. */
static void two_match(void)
{
	struct world w = open_world(true, dur_us(60));
	uint8_t buf[256];
	struct wr attrs = wr_init(buf, sizeof(buf));
	unsigned again = lab_call(w.lab, 0, w.lab->calls[w.call[0]].cc, "user1", "pw", PPP_AUTH_PAP);

	lab_run(w.lab, dur_s(5));
	lab_assert_up(w.lab, again);
	put_user(&attrs);
	ask(&w, RADIUS_DISCONNECT_REQUEST, &attrs);
	lab_run(w.lab, dur_s(1));
	g_assert_cmpuint(counts(&w).error_cause, ==, DAS_MULTIPLE);
	g_assert_cmpuint(counts(&w).acks, ==, 0);
	lab_assert_up(w.lab, w.call[0]);
	lab_assert_up(w.lab, again);
	close_world(&w);
}

/* ---- what is dropped ---- */

static void feed(struct world *w, const uint8_t *bytes, size_t n, uint32_t from)
{
	struct l2tp_path path = { LAB_LNS_IP, from, PORT, OURS };

	vpdn_input_radius(w->lab->lns, &path, bytes, n, w->lab->now);
	lab_drain(w->lab);
	lab_run(w->lab, dur_ms(100));
}

static void seal(struct wr *w, const char *key, uint32_t timestamp)
{
	w->len = 0;
	radius_begin(w, RADIUS_DISCONNECT_REQUEST, 9, NULL);
	radius_put_str(w, RA_USER_NAME, "nobody");
	radius_put_u32(w, RA_EVENT_TIMESTAMP, timestamp);
	radius_seal(w, key, NULL);
}

static void dropped(void)
{
	struct world w = open_world(false, dur_us(60));
	uint8_t buf[256];
	struct wr p = wr_init(buf, sizeof(buf));
	uint32_t wall = (uint32_t)(w.lab->now.ns / 1000000000);
	struct das_counts n;

	seal(&p, "guess", wall);
	feed(&w, p.buf, p.len, LAB_RADIUS_IP);
	seal(&p, "labsecret", wall);
	feed(&w, p.buf, p.len, LAB_RADIUS_IP + 1); /* no client */
	feed(&w, p.buf, 19, LAB_RADIUS_IP);
	seal(&p, "labsecret", wall + 400);
	feed(&w, p.buf, p.len, LAB_RADIUS_IP);
	vpdn_das_counts(w.lab->lns, &n);
	g_assert_cmpuint(n.forged, ==, 1);
	g_assert_cmpuint(n.stranger, ==, 1);
	g_assert_cmpuint(n.malformed, ==, 1);
	g_assert_cmpuint(n.stale, ==, 1);
	g_assert_cmpuint(n.requests, ==, 0);
	seal(&p, "labsecret", wall + 1);
	for (unsigned i = 0; i < 3; i++) /* a repeat gets the same answer */
		feed(&w, p.buf, p.len, LAB_RADIUS_IP);
	vpdn_das_counts(w.lab->lns, &n);
	g_assert_cmpuint(n.requests, ==, 1);
	g_assert_cmpuint(n.repeats, ==, 2);
	g_assert_cmpuint(n.naks, ==, 1);
	close_world(&w);
}

/* ---- promises ---- */

/* CoA sets Session-Timeout; the RP is pulled; it holds. */
static void coa_survives(void)
{
	struct world w = open_world(true, dur_us(60));
	uint8_t buf[64];
	struct wr attrs = wr_init(buf, sizeof(buf));

	radius_put_str(&attrs, RA_ACCT_SESSION_ID, w.id);
	radius_put_u32(&attrs, RA_SESSION_TIMEOUT, 60);
	ask(&w, RADIUS_COA_REQUEST, &attrs);
	lab_run(w.lab, dur_s(1));
	g_assert_cmpuint(counts(&w).acks, ==, 1);
	lab_kill(w.lab);
	lab_run(w.lab, dur_s(30));
	lab_assert_up(w.lab, w.call[0]);
	lab_run(w.lab, dur_s(40));
	g_assert_cmpint(lab_outcome(w.lab, w.call[0]), ==, LAB_GONE);
	lab_assert_up(w.lab, w.call[1]);
	close_world(&w);
}

/* Killed after each item of a Disconnect: who has been told ACK finds it gone; who has not may
 * find it either way, but whole or gone. */
static void ack_holds(const void *ms)
{
	unsigned with = 0, without = 0;

	for (unsigned after = 1;; after++) {
		struct world w = open_world(true, dur_ms(GPOINTER_TO_UINT(ms)));
		uint8_t buf[64];
		struct wr attrs = wr_init(buf, sizeof(buf));
		bool killed;

		radius_put_str(&attrs, RA_ACCT_SESSION_ID, w.id);
		w.lab->kill_at = w.lab->items + after;
		ask(&w, RADIUS_DISCONNECT_REQUEST, &attrs);
		lab_run(w.lab, dur_ms(500));
		killed = w.lab->kill_at == UINT_MAX;
		w.lab->kill_at = UINT_MAX;
		lab_run(w.lab, dur_s(60));
		g_assert_cmpint(lab_outcome(w.lab, w.call[0]), !=, LAB_TORN);
		if (counts(&w).acks)
			g_assert_cmpint(lab_outcome(w.lab, w.call[0]), ==, LAB_GONE);
		with += counts(&w).acks;
		without += !counts(&w).acks;
		lab_assert_up(w.lab, w.call[1]);
		close_world(&w);
		if (!killed)
			break;
	}
	g_assert_cmpuint(with, >, 1);
	g_assert_cmpuint(without, >, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/dynauth/disconnect", disconnect);
	g_test_add_func("/vpdn/dynauth/error-causes", error_causes);
	g_test_add_func("/vpdn/dynauth/M134-two-match", two_match);
	g_test_add_func("/vpdn/dynauth/dropped", dropped);
	g_test_add_func("/vpdn/dynauth/coa-survives", coa_survives);
	g_test_add_data_func("/vpdn/dynauth/ack-holds/fast", GUINT_TO_POINTER(1), ack_holds);
	g_test_add_data_func("/vpdn/dynauth/ack-holds/slow", GUINT_TO_POINTER(30), ack_holds);
	return g_test_run();
}
