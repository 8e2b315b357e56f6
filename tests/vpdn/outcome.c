/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What became of the calls of a lab.
 */
#include <string.h>

#include "tests/vpdn/lab.h"

/* The LNS's session of a call, by the LAC's ids. */
static bool find_lns_session(
	const struct lab *lab, const struct lab_call *c, struct vpdn_session_info *out)
{
	struct l2tp_cc_info cc;
	struct l2tp_session_info s;

	return c->session && lab->lns && l2tp_cc_get(lab->lac[c->lac], c->cc, &cc) &&
	       l2tp_session_get(lab->lac[c->lac], c->cc, c->session, &s) &&
	       s.state == L2TP_SESSION_ESTABLISHED &&
	       vpdn_session_find(lab->lns, cc.remote_id, s.remote_id, out);
}

static bool is_whole(const struct lab *lab, const struct lab_call *c)
{
	struct vpdn_session_info s;
	struct vpdn_fib fib;
	const struct lab_fp *fp;

	if (!c->up || !find_lns_session(lab, c, &s) || !s.open ||
		s.subscriber_ip != c->ip)
		return false;
	fp = &lab->fp[s.number];
	return vpdn_session_fib(lab->lns, s.number, &fib) && fib.open && fp->there &&
	       fp->fib.open && fp->fib.subscriber_ip == c->ip &&
	       fp->fib.remote_session == c->session && fp->fib.remote_tunnel == c->cc &&
	       fib.local_magic == fp->fib.local_magic;
}

/* Nobody at the LNS speaks of the subscriber any more. */
static bool is_gone(const struct lab *lab, const struct lab_call *c)
{
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	if (c->session || c->linked)
		return false;
	while (lab->lns && vpdn_next_session(lab->lns, &cursor, &s)) {
		if (strcmp(s.username, c->user) == 0 || !s.open)
			return false;
	}
	return true;
}

enum lab_outcome lab_outcome(const struct lab *lab, unsigned call)
{
	const struct lab_call *c = &lab->calls[call];

	if (is_whole(lab, c))
		return LAB_WHOLE;
	return is_gone(lab, c) ? LAB_GONE : LAB_TORN;
}

void lab_assert_up(const struct lab *lab, unsigned call)
{
	const struct lab_call *c = &lab->calls[call];
	struct vpdn_session_info s;

	g_assert_cmpuint(c->session, !=, 0);
	g_assert_true(c->up);
	g_assert_true(find_lns_session(lab, c, &s));
	g_assert_true(s.open);
	g_assert_cmpstr(s.username, ==, c->user);
	g_assert_cmpuint(s.subscriber_ip, ==, c->ip);
	g_assert_cmpint(lab_outcome(lab, call), ==, LAB_WHOLE);
}

static bool is_up(const struct lab *lab, const struct lab_acct *a)
{
	for (unsigned n = 1; n < LAB_CALLS; n++)
		if (lab_outcome(lab, n) == LAB_WHOLE && lab->calls[n].ip == a->ip &&
			strcmp(lab->calls[n].user, a->user) == 0)
			return true;
	return false;
}

void lab_assert_acct(const struct lab *lab)
{
	GHashTableIter it;
	struct lab_acct *a;
	unsigned open = 0;
	struct vpdn_counts c;

	g_hash_table_iter_init(&it, lab->acct);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&a)) {
		g_assert_cmpuint(a->starts, >, 0);
		if (a->stops)
			continue;
		g_assert_true(is_up(lab, a));
		open++;
	}
	if (!lab->lns)
		return;
	vpdn_get_counts(lab->lns, &c);
	g_assert_cmpuint(open, ==, c.sessions_open);
	g_assert_cmpuint(c.acct_pending, ==, 0);
}

void lab_assert_fp(const struct lab *lab)
{
	for (uint32_t n = 1; n <= LAB_SESSIONS; n++) {
		struct vpdn_fib fib;
		bool there = lab->lns && vpdn_session_fib(lab->lns, n, &fib);

		g_assert_cmpint(lab->fp[n].there, ==, there);
		if (there)
			g_assert_cmpmem(
				&fib, sizeof(fib), &lab->fp[n].fib, sizeof(fib));
	}
}
