/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counters of sessions lie in the FP.  A command that shows them asks for a batch, returns
 * CLI_WAIT, and is woken when the last answer has come or the time is over; an FP that is
 * pulled meanwhile answers nothing.
 */
#include "rp/counts.h"

enum { WAIT_MS = 1000 };

struct want {
	bool answered;
	struct msg_fib_counts counts;
};

struct counts {
	struct rp *rp;
	base_time until;
	unsigned n, open; /* open: not yet answered */
	struct want want[COUNTS_BATCH];
};

struct counts *counts_new(struct rp *rp)
{
	struct counts *c = g_new0(struct counts, 1);

	c->rp = rp;
	g_ptr_array_add(rp->counts, c);
	return c;
}

void counts_free(struct counts *c)
{
	if (!c)
		return;
	g_ptr_array_remove_fast(c->rp->counts, c);
	g_free(c);
}

void counts_clear(struct counts *c)
{
	c->n = c->open = 0;
}

bool counts_ask(struct counts *c, uint32_t session)
{
	struct rp *rp = c->rp;
	struct msg_fib_index m = { .index = session };

	if (c->n == COUNTS_BATCH)
		return false;
	c->want[c->n++] = (struct want){ .counts.index = session };
	if (session == 0 || rp->fman.state == FMAN_IDLE)
		return true;
	c->open++;
	c->until = time_add(rp->now, dur_ms(WAIT_MS));
	ipc_send_rec(rp->env, rp->fman.fp, IPC_FIB_READ, &m);
	return true;
}

bool counts_ready(struct counts *c)
{
	if (c->open == 0 || !time_before(c->rp->now, c->until))
		return true;
	shell_wake_at(c->rp, c->until);
	return false;
}

const struct msg_fib_counts *counts_get(const struct counts *c, unsigned i)
{
	return i < c->n && c->want[i].answered ? &c->want[i].counts : NULL;
}

static void take(struct counts *c, const struct msg_fib_counts *m)
{
	for (unsigned i = 0; i < c->n; i++) {
		struct want *w = &c->want[i];

		if (w->answered || w->counts.index != m->index)
			continue;
		w->counts = *m;
		w->answered = true;
		if (--c->open == 0)
			shell_wake_at(c->rp, c->rp->now);
	}
}

void counts_on_message(struct rp *rp, const struct ipc_msg *msg)
{
	struct msg_fib_counts m;

	if (msg->from != rp->fman.fp || !ipc_decode(msg, &m))
		return;
	for (guint i = 0; i < rp->counts->len; i++)
		take(rp->counts->pdata[i], &m);
	vpdn_session_read(rp->vpdn, m.index,
		&(struct vpdn_counts_fib){
			m.rx_packets, m.rx_bytes, m.tx_packets, m.tx_bytes },
		rp->now);
}
