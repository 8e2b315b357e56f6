/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Floods of strangers: 100,000 SCCRQ, ICRQ, PADI and PADR, each from a source that nobody has
 * seen before, at 100,000 a second.  Sessions that are there go on, calls come up when it is over,
 * memory stays within a bound, and what a message costs is printed.
 */
#include "base/buf.h"
#include "l2tp/l2tp.h"
#include "tests/vpdn/lab_internal.h"

#include <malloc.h>
#include <time.h>

enum {
	MESSAGES = 100000,
	SLICE = 100, /* messages a millisecond */
	GROWTH_MAX = 8 << 20, /* octets of heap that a flood may take */
	HALF_OPEN_MAX = 256, /* tunnels: l2tp.h, max_half_open */
	STRANGERS = 0x0b000000, /* their first address */
	PADI = 0x09,
	PADR = 0x19,
	TAG_SERVICE_NAME = 0x0101,
	TAG_HOST_UNIQ = 0x0103,
	TAG_COOKIE = 0x0104,
};

struct victims {
	struct lab *lab;
	uint16_t cc;       /* the LAC's id of its tunnel */
	uint16_t lns_cc;   /* ours */
	unsigned call[3];  /* by L2TP, by PPPoE here, by PPPoE on to an LNS */
};

static struct victims settle(void)
{
	struct victims v = { .lab = lab_new_access(77, false) };
	struct vpdn_session_info s;

	v.lab->strangers = true;
	v.cc = lab_tunnel(v.lab, 0, "tunsecret");
	lab_run(v.lab, dur_s(1));
	v.call[0] = lab_call(v.lab, 0, v.cc, "user1", "pw", PPP_AUTH_CHAP);
	v.call[1] = lab_subscribe(v.lab, "user2", "pw", PPP_AUTH_PAP);
	v.call[2] = lab_subscribe(v.lab, "user3@far.example", "pw", PPP_AUTH_CHAP);
	lab_run(v.lab, dur_s(8));
	for (unsigned i = 0; i < G_N_ELEMENTS(v.call); i++)
		lab_assert_up(v.lab, v.call[i]);
	g_assert_true(lab_session(v.lab, &v.lab->calls[v.call[0]], &s));
	v.lns_cc = s.cc;
	return v;
}

/* ---- the messages ---- */

static void avp(struct wr *w, uint16_t type, const void *value, size_t n)
{
	wr_u16(w, (uint16_t)(0x8000 | (6 + n)));
	wr_u16(w, 0);
	wr_u16(w, type);
	wr_bytes(w, value, n);
}

static void control(struct wr *w, uint16_t tunnel, uint16_t ns, uint8_t kind)
{
	wr_u16(w, 0xc802);
	wr_u16(w, 0); /* length, in the end */
	wr_u16(w, tunnel);
	wr_u16(w, 0);
	wr_u16(w, ns);
	wr_u16(w, 0);
	avp(w, 0, (const uint8_t[]){ 0, kind }, 2);
}

static void send_udp(const struct victims *v, uint32_t from, uint8_t *bytes, size_t n)
{
	struct l2tp_path path = { LAB_LNS_IP, from, 1701, 1701 };

	put_u16(bytes + 2, (uint16_t)n);
	vpdn_input_udp(v->lab->lns, &path, bytes, n, v->lab->now);
}

static void sccrq(const struct victims *v, unsigned i)
{
	uint8_t bytes[128];
	struct wr w = wr_init(bytes, sizeof(bytes));

	control(&w, 0, 0, 1);
	avp(&w, 2, (const uint8_t[]){ 1, 0 }, 2);
	avp(&w, 3, (const uint8_t[]){ 0, 0, 0, 3 }, 4);
	avp(&w, 7, "stranger", 8);
	avp(&w, 9, (const uint8_t[]){ (uint8_t)(i >> 8 | 1), (uint8_t)i }, 2);
	send_udp(v, STRANGERS + i, bytes, w.len);
}

/* Into the tunnel of the victim, into others, and as if of its peer but far ahead. */
static void icrq(const struct victims *v, unsigned i)
{
	uint8_t bytes[128];
	struct wr w = wr_init(bytes, sizeof(bytes));
	bool peer = i % 3 == 2;

	control(&w, i % 3 ? v->lns_cc : (uint16_t)i, peer ? (uint16_t)(20000 + i % 20000) : 3,
		10);
	avp(&w, 14, (const uint8_t[]){ (uint8_t)(i >> 8 | 1), (uint8_t)i }, 2);
	avp(&w, 15, (const uint8_t[]){ 0, 0, 0, 1 }, 4);
	send_udp(v, peer ? lab_path(0).local_ip : STRANGERS + i, bytes, w.len);
}

static void discovery(const struct victims *v, unsigned i, uint8_t code)
{
	const struct vpdn_bba *b = vpdn_config_bba(vpdn_config(v->lab->lns), "global", false);
	struct pppoe_access access = { .port = LAB_PORT, .group = b->id,
		.mac = { 2, 0, 0, 0, 0, 1 } };
	uint8_t bytes[128];
	struct wr w = wr_init(bytes, sizeof(bytes));

	wr_bytes(&w, code == PADI ? (const uint8_t[]){ 255, 255, 255, 255, 255, 255 }
				  : access.mac, 6);
	wr_u16(&w, 0x0600);
	wr_u32(&w, i);
	wr_u16(&w, 0x8863);
	wr_u8(&w, 0x11);
	wr_u8(&w, code);
	wr_u16(&w, 0);
	wr_u16(&w, code == PADI ? 12 : 32);
	wr_u16(&w, TAG_SERVICE_NAME);
	wr_u16(&w, 0);
	wr_u16(&w, TAG_HOST_UNIQ);
	wr_u16(&w, 4);
	wr_u32(&w, i);
	if (code == PADR) {
		wr_u16(&w, TAG_COOKIE);
		wr_u16(&w, 16);
		for (unsigned k = 0; k < 4; k++)
			wr_u32(&w, i * 2654435761u + k);
	}
	vpdn_input_ether(v->lab->lns, &access, bytes, w.len, v->lab->now);
}

static void padi(const struct victims *v, unsigned i)
{
	discovery(v, i, PADI);
}

static void padr(const struct victims *v, unsigned i)
{
	discovery(v, i, PADR);
}

/* ---- the flood ---- */

/* 0 under a sanitizer, whose heap is not malloc's. */
static size_t heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const struct flood {
	const char *name;
	void (*send)(const struct victims *v, unsigned i);
	bool answered; /* some of them, until their rate is exceeded */
} floods[] = {
	{ "sccrq", sccrq, true },
	{ "icrq", icrq, false },
	{ "padi", padi, true },
	{ "padr", padr, false },
};

/* What was dropped and counted, by L2TP and PPPoE, for whatever reason. */
static uint64_t drops(const struct victims *v)
{
	struct pppoe_stats st;
	uint64_t n = 0;

	for (unsigned i = 0; i <= L2TP_DROP_RATE; i++)
		n += l2tp_drops(vpdn_l2tp(v->lab->lns), i);
	pppoe_ac_stats(vpdn_pppoe(v->lab->lns), &st);
	for (unsigned i = 0; i < PPPOE_N_DROPS; i++)
		n += st.drops[i];
	return n;
}

static void test_flood(const void *data)
{
	const struct flood *f = data;
	struct victims v = settle();
	size_t before = heap(), peak = before;
	uint64_t dropped = drops(&v);
	double spent = 0;
	struct l2tp_counts l2tp;
	struct vpdn_counts n;
	unsigned late;

	for (unsigned i = 0; i < MESSAGES; i += SLICE) {
		double began = cpu_s();

		for (unsigned k = i; k < i + SLICE; k++)
			f->send(&v, k);
		spent += cpu_s() - began;
		lab_drain(v.lab);
		lab_run(v.lab, dur_ms(1));
		peak = MAX(peak, heap());
	}
	dropped = drops(&v) - dropped;
	g_test_message("%s: %u messages, %" G_GUINT64_FORMAT " dropped, %.2f us of CPU each, "
		       "heap grew by %zu KiB at most", f->name, (unsigned)MESSAGES, dropped,
		spent / MESSAGES * 1e6, (peak - before) >> 10);
	g_assert_cmpuint(dropped, <=, MESSAGES);
	g_assert_cmpuint(dropped, >=, MESSAGES / 10 * 9);
	g_assert_cmpint(dropped < MESSAGES, ==, f->answered);
	g_assert_cmpuint(peak - before, <, GROWTH_MAX);
	for (unsigned i = 0; i < G_N_ELEMENTS(v.call); i++)
		lab_assert_up(v.lab, v.call[i]);
	vpdn_get_counts(v.lab->lns, &n);
	l2tp_get_counts(vpdn_l2tp(v.lab->lns), &l2tp);
	g_assert_cmpuint(l2tp.half_open, <=, HALF_OPEN_MAX);
	g_assert_cmpuint(n.sessions_open, ==, 2);
	g_assert_cmpuint(n.pppoe, ==, 2);

	lab_run(v.lab, dur_s(60)); /* whatever is half open ends */
	late = lab_call(v.lab, 0, v.cc, "user4", "pw", PPP_AUTH_PAP);
	lab_run(v.lab, dur_s(8));
	lab_assert_up(v.lab, late);
	late = lab_subscribe(v.lab, "user5", "pw", PPP_AUTH_CHAP);
	lab_run(v.lab, dur_s(8));
	lab_assert_up(v.lab, late);
	for (unsigned i = 0; i < G_N_ELEMENTS(v.call); i++)
		lab_assert_up(v.lab, v.call[i]);
	lab_assert_fp(v.lab);
	lab_free(v.lab);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(floods); i++) {
		g_autofree char *path = g_strdup_printf("/vpdn/flood/%s", floods[i].name);

		g_test_add_data_func(path, &floods[i], test_flood);
	}
	return g_test_run();
}
