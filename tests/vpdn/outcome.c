/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What became of the calls of a lab.
 */
#include <string.h>

#include "tests/vpdn/lab.h"

/* By the LAC's ids. */
bool lab_session(
	const struct lab *lab, const struct lab_call *c, struct vpdn_session_info *out)
{
	struct l2tp_cc_info cc;
	struct l2tp_session_info s;

	return c->session && lab->lns && l2tp_cc_get(lab->lac[c->lac], c->cc, &cc) &&
	       l2tp_session_get(lab->lac[c->lac], c->cc, c->session, &s) &&
	       s.state == L2TP_SESSION_ESTABLISHED &&
	       vpdn_session_find(lab->lns, cc.remote_id, s.remote_id, out);
}

/* The session of a next LNS that one of ours leads to. */
static bool find_next(const struct lab *lab, const struct vpdn_fib *out,
	struct vpdn_session_info *info)
{
	unsigned i = out->path.remote_ip - LAB_NEXT_IP;

	return i < LAB_NEXTS && vpdn_session_find(lab->next[i], out->remote_tunnel,
					out->remote_session, info);
}

/* A switched call: both halves, their entries in the FP, and the session at the end. */
static bool is_whole_hop(const struct lab *lab, const struct lab_call *c,
	const struct vpdn_session_info *in)
{
	const struct lab_fp *fp = &lab->fp[in->number], *mate = &lab->fp[in->mate];
	struct vpdn_session_info out, end;
	struct vpdn_fib fib;

	return vpdn_session_get(lab->lns, in->mate, &out) && out.open && out.lac &&
	       out.mate == in->number && fp->there && mate->there &&
	       fp->fib.mate == out.number && mate->fib.mate == in->number &&
	       fp->fib.remote_session == c->session && fp->fib.remote_tunnel == c->cc &&
	       vpdn_session_fib(lab->lns, in->mate, &fib) && find_next(lab, &fib, &end) &&
	       end.open && end.subscriber_ip == c->ip;
}

/* A PPPoE subscriber: here, or at the LNS that he was sent on to. */
static bool is_whole_subscriber(const struct lab *lab, const struct lab_call *c)
{
	const struct lab_fp *fp, *mate;
	struct vpdn_session_info s, out, end;
	struct vpdn_fib fib;

	if (!c->up || !lab_subscriber(lab, c, &s) || !s.open || s.closing ||
		strcmp(s.username, c->user) != 0)
		return false;
	fp = &lab->fp[s.number];
	if (!fp->there || !fp->fib.open || !fp->fib.pppoe || fp->fib.pppoe_sid != c->sid)
		return false;
	if (!s.mate)
		return s.subscriber_ip == c->ip && fp->fib.subscriber_ip == c->ip;
	mate = &lab->fp[s.mate];
	return vpdn_session_get(lab->lns, s.mate, &out) && out.open && out.lac &&
	       out.mate == s.number && mate->there && fp->fib.mate == out.number &&
	       mate->fib.mate == s.number && vpdn_session_fib(lab->lns, s.mate, &fib) &&
	       find_next(lab, &fib, &end) && end.open && end.subscriber_ip == c->ip;
}

static bool is_whole(const struct lab *lab, const struct lab_call *c)
{
	struct vpdn_session_info s;
	struct vpdn_fib fib;
	const struct lab_fp *fp;

	if (c->pppoe)
		return is_whole_subscriber(lab, c);
	if (!c->up || !lab_session(lab, c, &s) || !s.open)
		return false;
	if (s.mate)
		return is_whole_hop(lab, c, &s);
	if (s.subscriber_ip != c->ip)
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

	if (c->session || c->linked || (c->pppoe && !c->left))
		return false;
	while (lab->lns && vpdn_next_session(lab->lns, &cursor, &s)) {
		if (strcmp(s.username, c->user) == 0 || !s.open)
			return false;
	}
	for (unsigned i = 0; i < LAB_NEXTS && lab->next[i]; i++)
		for (cursor = 0; vpdn_next_session(lab->next[i], &cursor, &s);)
			if (strcmp(s.username, c->user) == 0 || !s.open)
				return false;
	return true;
}

unsigned lab_next_sessions(const struct lab *lab, unsigned next)
{
	struct vpdn_counts c;

	vpdn_get_counts(lab->next[next], &c);
	return c.sessions;
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

	g_assert_true(c->up);
	if (c->pppoe) {
		g_assert_true(lab_subscriber(lab, c, &s));
		g_assert_cmpint(lab_outcome(lab, call), ==, LAB_WHOLE);
		return;
	}
	g_assert_cmpuint(c->session, !=, 0);
	g_assert_true(lab_session(lab, c, &s));
	g_assert_true(s.open);
	if (!s.mate) {
		g_assert_cmpstr(s.username, ==, c->user);
		g_assert_cmpuint(s.subscriber_ip, ==, c->ip);
	}
	g_assert_cmpint(lab_outcome(lab, call), ==, LAB_WHOLE);
}

static bool is_up(const struct lab *lab, const struct lab_acct *a)
{
	for (unsigned n = 1; n < LAB_CALLS; n++)
		if (lab_outcome(lab, n) == LAB_WHOLE &&
			(lab->calls[n].ip == a->ip || (lab->access && !a->ip)) &&
			strcmp(lab->calls[n].user, a->user) == 0)
			return true;
	return false;
}

/* What the RADIUS servers have, as if one had got all of it. */
static void gather(const struct lab *lab)
{
	for (unsigned i = 0; i < LAB_RADIUS; i++)
		for (unsigned k = 0; k < radius_sim_records(lab->radius[i]); k++) {
			const struct radius_sim_record *r =
				radius_sim_record(lab->radius[i], k);
			struct lab_acct *a = g_hash_table_lookup(lab->acct, r->id);

			g_assert_true(r->has_class || lab->access); /* nobody logged in */
			if (!a) {
				a = g_new0(struct lab_acct, 1);
				g_hash_table_insert(lab->acct, g_strdup(r->id), a);
			}
			g_strlcpy(a->user, r->user, sizeof(a->user));
			a->ip = r->ip;
			a->starts += r->status == VPDN_ACCT_START;
			a->stops += r->status == VPDN_ACCT_STOP;
		}
}

void lab_assert_acct(const struct lab *lab)
{
	GHashTableIter it;
	struct lab_acct *a;
	unsigned open = 0, sessions = 0;
	struct vpdn_session_info s;
	struct vpdn_counts c;
	uint32_t cursor = 0;

	if (lab->radius[0]) {
		g_assert_cmpuint(g_hash_table_size(lab->acct), ==, 0);
		gather(lab);
	}
	g_hash_table_iter_init(&it, lab->acct);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&a)) {
		g_assert_cmpuint(a->starts, >, 0);
		if (a->stops)
			continue;
		if (a->user[0] || !lab->next[0]) /* whose a switched call is, nobody said */
			g_assert_true(is_up(lab, a));
		open++;
	}
	if (lab->radius[0])
		g_hash_table_remove_all(lab->acct);
	if (!lab->lns)
		return;
	vpdn_get_counts(lab->lns, &c);
	while (vpdn_next_session(lab->lns, &cursor, &s))
		sessions += s.open && !s.lac;
	g_assert_cmpuint(open, ==, sessions);
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
