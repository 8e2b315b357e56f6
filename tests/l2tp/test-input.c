/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bad input: rows of docs/bad-input.md, into a whole engine.  Each
 * says what is sent, in which state, what is answered, and what becomes of the tunnel.
 * What the decoders say about single messages is in test-wire.c and test-message.c.
 */
#include "tests/l2tp/world.h"
#include "tests/lib/hex.h"

enum when { NEW, WAIT_CONN, OPEN, CALL };
enum answer { SILENCE, ZLB, STOPCCN, CDN_, OTHER };
enum { KEPT, GONE };

struct row {
	const char *name;
	uint8_t when;     /* enum when */
	uint8_t session;  /* 0: none, 1: of the call, 2: unknown */
	int dns, dnr;     /* from the numbers that are right */
	const char *avps; /* "": ZLB */
	uint8_t answer;   /* enum answer */
	uint16_t result, error;
	uint8_t tunnel, call; /* KEPT or GONE */
	int drop;             /* enum l2tp_drop that counts, -1 none */
};

#define HELLO  "8008000000000006 "
#define SCCRQ  "8008000000000001 8008000000020100 800a00000003 00000003 "
#define NAME   "8007000000076c "
#define TID    "8008000000094321 "
#define STOP   "8008000000000004 8008000000094321 8008000000010001 "
#define ICRQ   "800800000000000a 80080000000e0777 "
#define SERIAL "800a0000000f 00000001 "
#define ICCN   "800800000000000c 800a0000001800010000 800a0000001300000001 "
#define CDN    "800800000000000e 8008000000010003 "
#define BAD    L2TP_DROP_MALFORMED

static const struct row rows[] = {
	/* clang-format off */
	/* transport */
	{ "hello",            OPEN, 0, 0, 0, HELLO,                    ZLB,     0, 0, KEPT, KEPT, -1 },
	{ "M21-old",          OPEN, 0, -1, 0, HELLO,                   ZLB,     0, 0, KEPT, KEPT, L2TP_DROP_DUPLICATE },
	{ "M21-very-old",     OPEN, 0, -32767, 0, HELLO,               ZLB,     0, 0, KEPT, KEPT, L2TP_DROP_DUPLICATE },
	{ "M22-future",       OPEN, 0, 1024, 0, HELLO,                 ZLB,     0, 0, KEPT, KEPT, L2TP_DROP_OUT_OF_WINDOW },
	{ "M22-far-future",   OPEN, 0, 32767, 0, HELLO,                ZLB,     0, 0, KEPT, KEPT, L2TP_DROP_OUT_OF_WINDOW },
	{ "early",            OPEN, 0, 1, 0, HELLO,                    ZLB,     0, 0, KEPT, KEPT, -1 },
	{ "M23-nr-ahead",     OPEN, 0, 0, 1, HELLO,                    SILENCE, 0, 0, KEPT, KEPT, L2TP_DROP_NR_AHEAD },
	{ "M23-nr-far-ahead", OPEN, 0, 0, 30000, STOP,                 SILENCE, 0, 0, KEPT, KEPT, L2TP_DROP_NR_AHEAD },
	{ "M24-nr-old",       OPEN, 0, 0, -1, HELLO,                   ZLB,     0, 0, KEPT, KEPT, -1 },
	{ "M25-zlb-old",      OPEN, 0, -5, 0, "",                      SILENCE, 0, 0, KEPT, KEPT, -1 },
	{ "M25-zlb-ahead",    OPEN, 0, 5, 0, "",                       SILENCE, 0, 0, KEPT, KEPT, -1 },
	{ "M27-other-content", OPEN, 0, -1, 0, STOP,                   ZLB,     0, 0, KEPT, KEPT, L2TP_DROP_DUPLICATE },
	{ "M32-early-stop",   OPEN, 0, 1, 0, STOP,                     ZLB,     0, 0, KEPT, KEPT, -1 },
	/* AVP structure, in a tunnel message */
	{ "M33-zero",         OPEN, 0, 0, 0, HELLO "8000 0000 0007",   STOPCCN, 2, 2, GONE, GONE, BAD },
	{ "M34-five",         OPEN, 0, 0, 0, HELLO "8005 0000 0007",   STOPCCN, 2, 2, GONE, GONE, BAD },
	{ "M36-beyond",       OPEN, 0, 0, 0, HELLO "8010 0000 0007",   STOPCCN, 2, 2, GONE, GONE, BAD },
	{ "M37-left-over",    OPEN, 0, 0, 0, HELLO "80",               STOPCCN, 2, 2, GONE, GONE, BAD },
	{ "M38-reserved",     OPEN, 0, 0, 0, HELLO "84080000000a0004", STOPCCN, 2, 3, GONE, GONE, BAD },
	{ "M40-no-type",      OPEN, 0, 0, 0, "80080000000a0004",       STOPCCN, 2, 3, GONE, GONE, BAD },
	{ "M41-two-types",    OPEN, 0, 0, 0, HELLO HELLO,              STOPCCN, 2, 3, GONE, GONE, BAD },
	{ "M42-type-7",       OPEN, 0, 0, 0, "80070000000006",         STOPCCN, 2, 2, GONE, GONE, BAD },
	{ "M43-type-hidden",  OPEN, 0, 0, 0, "c008000000000006",       STOPCCN, 2, 3, GONE, GONE, BAD },
	{ "M44-unknown-m",    OPEN, 0, 0, 0, HELLO "800800000063abcd", STOPCCN, 2, 8, GONE, GONE, BAD },
	{ "M46-unknown",      OPEN, 0, 0, 0, HELLO "000800000063abcd", ZLB,     0, 0, KEPT, KEPT, -1 },
	{ "M47-vendor-m",     OPEN, 0, 0, 0, HELLO "800800090001abcd", STOPCCN, 2, 8, GONE, GONE, BAD },
	/* the same in a session message */
	{ "M33-session",      CALL, 1, 0, 0, ICCN "8000 0000 0007",    CDN_,    2, 2, KEPT, GONE, BAD },
	{ "M36-no-type-session", CALL, 1, 0, 0, "8010 0000 0007",      CDN_,    2, 2, KEPT, GONE, BAD },
	{ "M45-unknown-m",    CALL, 1, 0, 0, ICCN "800800000063abcd",  CDN_,    2, 8, KEPT, GONE, BAD },
	{ "M45-icrq",         OPEN, 0, 0, 0, ICRQ SERIAL "800800000063abcd", CDN_, 2, 8, KEPT, KEPT, BAD },
	{ "M47-session",      CALL, 1, 0, 0, ICCN "800800090001abcd",  CDN_,    2, 8, KEPT, GONE, BAD },
	{ "M49-hidden",       OPEN, 0, 0, 0, ICRQ "c0120000000f 000102030405060708090a0b", CDN_, 2, 6, KEPT, KEPT, BAD },
	{ "unknown-session",  CALL, 2, 0, 0, ICCN "8000 0000 0007",    ZLB,     0, 0, KEPT, KEPT, BAD },
	/* opening */
	{ "M30-sccrq-again",  WAIT_CONN, 0, -1, -1, SCCRQ NAME TID,    OTHER,   0, 0, KEPT, KEPT, L2TP_DROP_DUPLICATE },
	{ "M31-sccrq-open",   OPEN, 0, 0, 0, SCCRQ NAME TID,           STOPCCN, 7, 0, GONE, GONE, -1 },
	{ "M58-tunnel-zero",  NEW, 0, 0, 0, SCCRQ NAME "8008000000090000", SILENCE, 0, 0, GONE, GONE, BAD },
	{ "M60-window-zero",  NEW, 0, 0, 0, SCCRQ NAME TID "80080000000a0000", STOPCCN, 2, 3, GONE, GONE, BAD },
	{ "M61-window-huge",  NEW, 0, 0, 0, SCCRQ NAME TID "80080000000affff", OTHER, 0, 0, KEPT, KEPT, -1 },
	{ "M62-version-2",    NEW, 0, 0, 0, "8008000000000001 8008000000020200 800a0000000300000003 " NAME TID,
	                                                               STOPCCN, 5, 0x100, GONE, GONE, -1 },
	{ "M63-empty-name",   NEW, 0, 0, 0, SCCRQ "800600000007 " TID, STOPCCN, 2, 3, GONE, GONE, BAD },
	{ "M64-challenge-0",  NEW, 0, 0, 0, SCCRQ NAME TID "80060000000b", STOPCCN, 2, 2, GONE, GONE, BAD },
	{ "M65-response-15",  WAIT_CONN, 0, 0, 0, "8008000000000003 80150000000d 000102030405060708090a0b0c0d0e",
	                                                               STOPCCN, 4, 0, GONE, GONE, -1 },
	{ "M65-response-17",  WAIT_CONN, 0, 0, 0, "8008000000000003 80170000000d 000102030405060708090a0b0c0d0e0f10",
	                                                               STOPCCN, 4, 0, GONE, GONE, -1 },
	{ "M66-response-none", WAIT_CONN, 0, 0, 0, "8008000000000003", STOPCCN, 4, 0, GONE, GONE, -1 },
	{ "M67-response-wrong", WAIT_CONN, 0, 0, 0, "8008000000000003 80160000000d 000102030405060708090a0b0c0d0e0f",
	                                                               STOPCCN, 4, 0, GONE, GONE, -1 },
	{ "M68-no-framing",   NEW, 0, 0, 0, "8008000000000001 8008000000020100 " NAME TID, STOPCCN, 2, 3, GONE, GONE, BAD },
	{ "M69-tie-7",        NEW, 0, 0, 0, SCCRQ NAME TID "000d00000005 00010203040506", OTHER, 0, 0, KEPT, KEPT, -1 },
	{ "sccrq-ns-1",       NEW, 0, 1, 0, SCCRQ NAME TID,            SILENCE, 0, 0, GONE, GONE, L2TP_DROP_NR_AHEAD },
	{ "sccrq-nr-1",       NEW, 0, 0, 1, SCCRQ NAME TID,            SILENCE, 0, 0, GONE, GONE, L2TP_DROP_NR_AHEAD },
	{ "hello-tunnel-0",   NEW, 0, 0, 0, HELLO,                     SILENCE, 0, 0, GONE, GONE, BAD },
	{ "stop-tunnel-0",    NEW, 0, 0, 0, STOP,                      SILENCE, 0, 0, GONE, GONE, L2TP_DROP_UNKNOWN_TUNNEL },
	/* closing */
	{ "stop",             OPEN, 0, 0, 0, STOP,                     ZLB,     0, 0, GONE, GONE, -1 },
	{ "stop-no-result",   OPEN, 0, 0, 0, "8008000000000004 8008000000094321", ZLB, 0, 0, GONE, GONE, BAD },
	{ "M70-result-short", CALL, 1, 0, 0, "800800000000000e 8009000000010003ff 80080000000e0777", ZLB, 0, 0, KEPT, GONE, -1 },
	{ "M72-q931-2",       CALL, 1, 0, 0, CDN "80080000000e0777 80080000000c0010", ZLB, 0, 0, KEPT, GONE, -1 },
	{ "cdn-no-id",        CALL, 1, 0, 0, CDN,                      ZLB,     0, 0, KEPT, GONE, BAD },
	{ "M76-cdn-other-id", CALL, 1, 0, 0, CDN "80080000000e0888",   ZLB,     0, 0, KEPT, GONE, -1 },
	{ "M77-cdn-zero",     CALL, 0, 0, 0, CDN "80080000000e0777",   ZLB,     0, 0, KEPT, GONE, -1 },
	{ "cdn-zero-unknown", CALL, 0, 0, 0, CDN "80080000000e0888",   ZLB,     0, 0, KEPT, KEPT, -1 },
	{ "cdn-unknown",      CALL, 2, 0, 0, CDN "80080000000e0888",   ZLB,     0, 0, KEPT, KEPT, -1 },
	/* calls */
	{ "M59-session-zero", OPEN, 0, 0, 0, "800800000000000a 80080000000e0000 " SERIAL, ZLB, 0, 0, KEPT, KEPT, BAD },
	{ "M68-icrq-serial",  OPEN, 0, 0, 0, ICRQ,                     CDN_,    2, 3, KEPT, KEPT, BAD },
	{ "M73-id-reused",    CALL, 0, 0, 0, ICRQ SERIAL,              CDN_,    2, 3, KEPT, GONE, -1 },
	{ "M74-iccn-twice",   CALL, 1, 0, 0, ICCN,                     CDN_,    2, 6, KEPT, GONE, -1 },
	{ "M75-icrp-unknown", CALL, 2, 0, 0, "800800000000000b 80080000000e0001", ZLB, 0, 0, KEPT, KEPT, -1 },
	{ "M78-hello-session", CALL, 1, 0, 0, HELLO,                   ZLB,     0, 0, KEPT, KEPT, -1 },
	{ "M79-unknown-m",    CALL, 1, 0, 0, "8008000000000063",       STOPCCN, 2, 8, GONE, GONE, BAD },
	{ "M79-unknown",      CALL, 1, 0, 0, "0008000000000063",       ZLB,     0, 0, KEPT, KEPT, -1 },
	{ "M80-ocrq",         OPEN, 0, 0, 0, "8008000000000007 80080000000e0777 " SERIAL "800a0000001000000001 "
	                      "800a0000001100000001 800a0000001200000001 800a0000001300000001 80070000001531",
	                                                               CDN_,    4, 0, KEPT, KEPT, -1 },
	{ "M81-sli",          CALL, 1, 0, 0, "8008000000000010 80100000002300000000000000000000", ZLB, 0, 0, KEPT, KEPT, -1 },
	{ "M82-sli-short",    CALL, 1, 0, 0, "8008000000000010 800a0000002300000000", CDN_, 2, 2, KEPT, GONE, BAD },
	/* clang-format on */
};

/* What the LNS says to a row, seen from outside. */
struct seen {
	enum answer answer;
	uint16_t result, error;
};

static struct seen look(struct world *w, unsigned before)
{
	struct side *s = &w->side[LNS];
	struct rd r = rd_init(s->last, s->last_len);
	struct seen seen = { SILENCE, 0, 0 };
	struct l2tp_hdr h;
	struct l2tp_msg m;
	struct l2tp_fault f;

	if (s->packets == before)
		return seen;
	g_assert_true(l2tp_hdr_parse(&r, &h));
	g_assert_cmpuint(h.tunnel, !=, 0);
	if (rd_left(&r) == 0) {
		seen.answer = ZLB;
		return seen;
	}
	g_assert_cmpint(l2tp_msg_decode(r, &m, &f), ==, L2TP_MSG_OK);
	seen.answer = m.type == L2TP_STOPCCN ? STOPCCN
		      : m.type == L2TP_CDN   ? CDN_
					     : OTHER;
	if (m.type == L2TP_CDN)
		g_assert_cmpuint(h.session, ==, 0x777);
	seen.result = m.result.result;
	seen.error = m.result.error;
	return seen;
}

static void put(struct world *w, uint16_t tunnel, uint16_t session, uint16_t ns,
	uint16_t nr, const char *avps)
{
	g_autoptr(GBytes) bytes = hex(avps);
	uint8_t buf[2048];
	struct wr wr = wr_init(buf, sizeof(buf));

	l2tp_control_build(&wr, tunnel, session, ns, nr);
	wr_bytes(&wr, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	wr_set_u16(&wr, 2, (uint16_t)wr.len);
	g_assert_false(wr.bad);
	world_inject(w, buf, wr.len);
}

static struct l2tp_cc *the_cc(struct world *w)
{
	return w->side[LNS].cc ? cc_by_id(w->side[LNS].e, w->side[LNS].cc) : NULL;
}

/* Next message in sequence, as the peer 0x4321 would send it. */
static void say(struct world *w, uint16_t session, int dns, int dnr, const char *avps)
{
	struct l2tp_cc *cc = the_cc(w);

	put(w, cc->id, session, (uint16_t)(cc->chan.r_rx + dns),
		(uint16_t)(cc->chan.snd_max + dnr), avps);
}

static struct world *world_in(enum when when)
{
	struct world *w = world_new(1);

	w->cut[LAC] = true; /* the test is the peer */
	if (when == NEW)
		return w;
	if (when == WAIT_CONN) {
		w->side[LNS].params.challenge = true;
		g_strlcpy(w->side[LNS].params.secret, "tunsecret", L2TP_SECRET_MAX);
	}
	put(w, 0, 0, 0, 0, SCCRQ NAME TID);
	if (when == WAIT_CONN)
		return w;
	say(w, 0, 0, 0, "8008000000000003");
	say(w, 0, 0, 0, ICRQ SERIAL);
	say(w, w->side[LNS].session, 0, 0, ICCN);
	g_assert_cmpuint(w->side[LNS].s_up, ==, 1);
	if (when == OPEN) { /* a session that the row is not about */
		struct l2tp_cc *cc = the_cc(w);

		session_set_remote(w->side[LNS].e,
			session_by_id(w->side[LNS].e, cc->id, w->side[LNS].session),
			0x555);
	}
	world_run(w, dur_ms(200));
	return w;
}

static void bad_input(gconstpointer data)
{
	const struct row *row = data;
	struct world *w = world_in(row->when);
	unsigned before = w->side[LNS].packets, downs = w->side[LNS].s_down;
	uint64_t drops = 0;
	uint16_t session = row->session == 1   ? w->side[LNS].session
			   : row->session == 2 ? (uint16_t)(w->side[LNS].session ^ 1)
					       : 0;
	struct l2tp_counts c;
	struct seen seen;

	for (int i = 0; i < L2TP_N_DROPS; i++)
		drops += l2tp_drops(w->side[LNS].e, i);
	if (row->when == NEW)
		put(w, 0, 0, (uint16_t)row->dns, (uint16_t)row->dnr, row->avps);
	else if (row->when == WAIT_CONN && row->dns < 0)
		put(w, 0, 0, 0, 0, row->avps);
	else
		say(w, session, row->dns, row->dnr, row->avps);
	world_run(w, dur_ms(150));
	seen = look(w, before);
	g_assert_cmpint(seen.answer, ==, row->answer);
	g_assert_cmpuint(seen.result, ==, row->result);
	g_assert_cmpuint(seen.error, ==, row->error);
	l2tp_get_counts(w->side[LNS].e, &c);
	g_assert_cmpuint(c.tunnels, ==, row->tunnel == KEPT);
	if (row->when >= OPEN)
		g_assert_cmpuint(w->side[LNS].s_down - downs, ==, row->call == GONE);
	if (row->drop >= 0)
		g_assert_cmpuint(l2tp_drops(w->side[LNS].e, row->drop), ==, 1);
	for (int i = 0; i < L2TP_N_DROPS; i++)
		drops -= l2tp_drops(w->side[LNS].e, i);
	g_assert_cmpuint(-drops, ==, row->drop >= 0);
	g_assert_cmpuint(
		w->side[LNS].packets - before, <=, 1); /* M17: no amplification */
	world_free(w);
}

/* M26: what stands behind the Length of a ZLB is not looked at. */
static void zlb_trailing(void)
{
	struct world *w = world_in(CALL);
	struct l2tp_cc *cc = the_cc(w);
	unsigned before = w->side[LNS].packets;
	uint8_t buf[64];
	struct wr wr = wr_init(buf, sizeof(buf));
	uint16_t r = cc->chan.r_rx;

	l2tp_control_build(&wr, cc->id, 0, r, cc->chan.snd_max);
	wr_set_u16(&wr, 2, (uint16_t)wr.len);
	wr_u64(&wr, UINT64_C(0x8008000000000004)); /* a StopCCN begins so */
	world_inject(w, buf, wr.len);
	world_run(w, dur_ms(150));
	g_assert_cmpuint(w->side[LNS].packets, ==, before);
	g_assert_cmpuint(the_cc(w)->chan.r_rx, ==, r);
	g_assert_cmpuint(w->side[LNS].s_down, ==, 0);
	world_free(w);
}

static void wrong_source(void)
{
	struct world *w = world_in(CALL);
	struct l2tp_cc *cc = the_cc(w);
	struct l2tp_path path[3] = { cc->path, cc->path, cc->path };
	uint8_t buf[64];
	struct wr wr = wr_init(buf, sizeof(buf));
	g_autoptr(GBytes) stop = hex(STOP);
	unsigned before = w->side[LNS].packets;

	l2tp_control_build(&wr, cc->id, 0, cc->chan.r_rx, cc->chan.snd_max);
	wr_bytes(&wr, g_bytes_get_data(stop, NULL), g_bytes_get_size(stop));
	wr_set_u16(&wr, 2, (uint16_t)wr.len);
	path[0].remote_ip++;   /* M12 */
	path[1].remote_port++; /* M13 */
	path[2].local_ip++;
	for (int i = 0; i < 3; i++)
		l2tp_engine_input(w->side[LNS].e, &path[i], buf, wr.len, w->now);
	world_pump(w, LNS);
	g_assert_cmpuint(l2tp_drops(w->side[LNS].e, L2TP_DROP_WRONG_SOURCE), ==, 3);
	g_assert_cmpuint(w->side[LNS].packets, ==, before);
	g_assert_cmpuint(w->side[LNS].cc_down, ==, 0);
	world_free(w);
}

static void unknown_tunnel(void)
{
	struct world *w = world_in(CALL);
	unsigned before = w->side[LNS].packets;

	put(w, (uint16_t)(the_cc(w)->id ^ 2), 0, 0, 0, HELLO); /* M11 */
	g_assert_cmpuint(l2tp_drops(w->side[LNS].e, L2TP_DROP_UNKNOWN_TUNNEL), ==, 1);
	g_assert_cmpuint(w->side[LNS].packets, ==, before);
	world_free(w);
}

/* M29: a window full of early messages, and more, leaves a bounded buffer, and all that was
 * in it is delivered when the gap closes. */
static void early_flood(void)
{
	struct world *w = world_in(OPEN);
	struct l2tp_cc *cc = the_cc(w);
	uint16_t r = cc->chan.r_rx;

	for (int i = 1; i < 200; i++) {
		say(w, 0, i, 0, HELLO);
		world_run(w, dur_ms(30));
	}
	g_assert_cmpuint(cc->chan.n_held, ==, CHAN_REORDER_MAX);
	say(w, 0, 0, 0, HELLO);
	g_assert_cmpuint((uint16_t)(cc->chan.r_rx - r), ==, CHAN_REORDER_MAX + 1);
	world_free(w);
}

/* A flood of what is out of order is not answered packet by packet. */
static void odd_flood(void)
{
	struct world *w = world_in(OPEN);
	unsigned before = w->side[LNS].packets;

	for (int i = 0; i < 500; i++)
		say(w, 0, -1, 0, HELLO);
	g_assert_cmpuint(w->side[LNS].packets - before, ==, L2TP_ODD_PER_S);
	g_assert_cmpuint(
		l2tp_drops(w->side[LNS].e, L2TP_DROP_LIMIT), ==, 500 - L2TP_ODD_PER_S);
	world_run(w, dur_s(1));
	say(w, 0, -1, 0, HELLO);
	g_assert_cmpuint(w->side[LNS].packets - before, ==, L2TP_ODD_PER_S + 1);
	world_free(w);
}

/* M71: text from outside goes through as it is, bounded and terminated. */
static void hostile_text(void)
{
	struct world *w = world_in(CALL);

	say(w, 0, 0, 0,
		"8008000000000004 8008000000094321 801000000001 00020006 1b5b41 "
		"00ff0a");
	g_assert_cmpuint(w->side[LNS].cause.result, ==, 2);
	g_assert_cmpuint(w->side[LNS].cause.error, ==, 6);
	g_assert_cmpint(memcmp(w->side[LNS].cause.text, "\x1b[A\0\xff\n\0", 7), ==, 0);
	world_free(w);
}

/* M83: a number longer than we keep. */
static void long_number(void)
{
	struct world *w = world_in(OPEN);
	struct l2tp_session_info s;
	GString *icrq = g_string_new(ICRQ SERIAL "83ff00000015");

	for (int i = 0; i < 1017; i++)
		g_string_append(icrq, "37");
	say(w, 0, 0, 0, icrq->str);
	g_string_free(icrq, TRUE);
	g_assert_true(l2tp_session_get(
		w->side[LNS].e, the_cc(w)->id, w->side[LNS].session, &s));
	g_assert_cmpuint(strlen(s.call.called), ==, L2TP_NUMBER_MAX - 1);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/l2tp/input/%s", rows[i].name);

		g_test_add_data_func(path, &rows[i], bad_input);
	}
	g_test_add_func("/l2tp/input/M26-zlb-trailing", zlb_trailing);
	g_test_add_func("/l2tp/input/M12-M13-wrong-source", wrong_source);
	g_test_add_func("/l2tp/input/M11-unknown-tunnel", unknown_tunnel);
	g_test_add_func("/l2tp/input/M29-early-flood", early_flood);
	g_test_add_func("/l2tp/input/odd-flood", odd_flood);
	g_test_add_func("/l2tp/input/M71-hostile-text", hostile_text);
	g_test_add_func("/l2tp/input/M83-long-number", long_number);
	return g_test_run();
}
