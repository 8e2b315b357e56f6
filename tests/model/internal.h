/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the model share. */
#ifndef TESTS_MODEL_INTERNAL_H
#define TESTS_MODEL_INTERNAL_H

#include "tests/model/model.h"

#include <string.h>
#include <sys/param.h>

enum { OUT, STANDBY, TAKING, ACTIVE };               /* rp.role */
enum { NONE, UP, CLOSING };                          /* tun.st, session call */
enum { STUB = 1, OPEN, ENDED_BY_PEER, ENDED_BY_US }; /* store.ses */
enum { CALLING = 1, TALKING, HUNG_UP };              /* state.call */
enum { ENTRY = 1, STOPPED = 2, ANEW = 4 };           /* state.entry */
enum { WITH_COUNTERS = 1, WITHOUT = 2 };             /* store.acct, state.stops */
enum { BEGIN = 1, TXN };                             /* item.kind */
enum { BULK_NO, BULK_TUNNELS, BULK_SESSIONS = 8, BULK_DRAIN, BULK_DONE };
enum { HOT = 1, HOT_OF_OLD, WITHDRAWN };                 /* state.fifo */
enum { ZLB = 1, HELLO, ICRQ, ICRP, ICCN, CDN, STOPCCN }; /* messages */
enum { TWO_SPEAK = 1, TWICE, REBOUND, BAD_COUNTERS };    /* state.bad */

#define TUNNEL(t)  (1u << (t))
#define SESSION(x) (4u << (x))
#define PENDING(x) (16u << (x))

/* One search: what may happen, which rules are off, who takes the steps. */
struct run {
	const struct model_config *cfg;
	uint64_t off;
	model_next *next;
	void *user;
};

static inline bool on(const struct run *r, enum rule rule)
{
	return !(r->off >> rule & 1);
}

static inline unsigned tunnel_of(const struct model_config *cfg, unsigned x)
{
	return cfg->tunnels > 1 ? x : 0;
}

/* ---- packets: letter, tunnel, session, ns, nr ---- */

static inline uint16_t packet(unsigned t, unsigned msg, unsigned ns, unsigned nr)
{
	return (uint16_t)(nr | ns << 3 | t << 6 | msg << 7);
}

static inline unsigned msg(unsigned letter, unsigned x)
{
	return letter << 1 | x;
}

/* The one form of states that mean the same; then on to the explorer. */
void step(const struct run *r, struct state *s, const char *about, int a, int b);

/* All that RP i may do next as the active one. */
void active_steps(const struct run *r, const struct state *s, unsigned i);

/* A message is put into the tunnel's queue; false: beyond the bound. */
bool enqueue(struct tun *c, unsigned m);

#endif
