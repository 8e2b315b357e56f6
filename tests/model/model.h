/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the explorer knows of the model: states, configurations, steps and what is wrong. */
#ifndef TESTS_MODEL_MODEL_H
#define TESTS_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rule.h"

/* Bounds of every configuration. */
enum {
	TUNNELS = 2,
	SESSIONS = 2,
	NUMBERS = 5, /* messages of each side in a tunnel */
	AHEAD = 3,   /* transactions that are not acknowledged */
	WIRE = 2,    /* packets under way in each direction */
};

/* What a peer, the active RP and the world may do; each number is a budget of the whole run. */
struct model_config {
	const char *name, *about;
	uint8_t tunnels, sessions; /* session i is in tunnel i when there are two */
	uint8_t wire;
	bool calls; /* sessions begin as calls of the peer; else they are open at first */
	bool acct;                                 /* a Stop for each */
	bool dup;                                  /* the wire delivers twice */
	uint8_t hello, cdn, stopccn;               /* of the peer */
	uint8_t our_hello, our_close, our_stopccn; /* of the active RP */
	uint8_t pull, hang, insert;                /* RPs */
	uint8_t late, cut, overrun, bulk;          /* the channel R0-R1 */
	uint8_t refuse; /* records that make no sense to the standby */
	bool fresh;     /* R1 has just come, nothing was sent to it yet */
	uint8_t fp_pull;
};

extern const struct model_config model_configs[];
extern const unsigned model_n_configs;

/* In which configuration the rule is shown to be needed. */
extern const char *const model_rule_config[N_MODEL_RULES];

struct tun {
	uint8_t st, s, u, r, q[NUMBERS];
};

/* What the records hold. */
struct store {
	struct tun t[TUNNELS];
	uint8_t ses[SESSIONS], acct[SESSIONS];
};

/* What went into one transaction: which objects, and S and R of the tunnels among them. */
struct note {
	uint8_t mask, s[TUNNELS], r[TUNNELS];
};

struct rp {
	uint8_t role, hung, term, verifying, programmed;
	uint8_t epoch, seq; /* the last one sent, or applied */
	uint8_t open;       /* the standby's store */
	/* of an active RP with a standby */
	uint8_t on, acked, bulk, bulk_seq, replicated, hot_said, unfit, confirmed, half;
	uint8_t s_dur[TUNNELS], r_dur[TUNNELS], unprotected[TUNNELS];
	uint8_t held
		[SESSIONS]; /* the transaction that the end of a session waits for */
	struct note note[AHEAD];
	struct store d;
};

struct item {
	uint8_t kind, epoch, seq, mask, early;
	struct store d;
};

struct state {
	struct rp rp[2];
	/* the channel to the standby and its answer */
	struct item ipc[AHEAD + 1];
	uint8_t n_ipc, cut, ack, ack_epoch, ack_seq, ack_failed, standby_lost;
	/* the arbiter */
	uint8_t term, holder, hot, fifo[2];
	/* the FP */
	uint8_t fp_term, mark[TUNNELS], mirror[TUNNELS], late_mark[TUNNELS],
		unmarked[TUNNELS];
	uint8_t entry[SESSIONS];
	uint16_t out;
	uint8_t out_term, out_mark;
	/* the peer and the wire */
	struct tun peer[TUNNELS];
	uint8_t call[SESSIONS];
	uint16_t to_peer[WIRE], to_us[WIRE];
	uint8_t stops[SESSIONS]; /* which kinds of Stop the accounting has got */
	/* for judging only: what has left the chassis */
	uint8_t sent_s[TUNNELS], sent_r[TUNNELS], sent[TUNNELS][NUMBERS];
	uint8_t lost[TUNNELS]; /* given up, and said so */
	uint8_t cold, bad;
	/* what is left of the budgets */
	uint8_t hello, cdn, stopccn, our_hello, our_close, our_stopccn;
	uint8_t pull, hang, insert, late, cuts, overrun, bulks, refuse, fp_pull;
};

/* Called with each state that can follow; about, a and b describe the step. */
typedef void model_next(
	void *user, const struct state *s, const char *about, int a, int b);

void model_first(const struct model_config *cfg, struct state *s);
void model_steps(const struct model_config *cfg, uint64_t off, const struct state *s,
	model_next *next, void *user);

/* A quiet state after a hot takeover: agreement is judged there. */
bool model_settled(const struct model_config *cfg, const struct state *s);

/* The invariant that does not hold; NULL. */
const char *model_wrong(const struct model_config *cfg, const struct state *s);

#endif
