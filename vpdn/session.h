/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One subscriber session: from the ICRQ that asks for it to the last of CDN, Terminate
 * or the end of its tunnel.
 */
#pragma once

#include "base/timer.h"
#include "vpdn/aaa.h"
#include "vpdn/acct.h"
#include "vpdn/profile.h"

enum session_role {
	SESSION_LNS,     /* PPP ends here */
	SESSION_HOP_IN,  /* from a LAC, switched (hop.h) */
	SESSION_HOP_OUT, /* its other half, or a subscriber's: we are the LAC */
	SESSION_PPPOE,   /* a subscriber of ours (subscriber.h); it is in no tunnel */
};

enum {
	EARLY_MAX = 4,      /* frames kept before ICCN */
	EARLY_BYTES = 1600, /* longer ones are not */
};

/* Sessions of one group, for its limit. */
struct group_use {
	char *name;
	unsigned sessions;
};

/* session - joins a PPP link to an L2TP session.
 *
 * Owner:  struct vpdn, in sessions (slab, by number); ended by vsession_end(), freed by
 *         vsession_sweep() when no effect can speak of it any more.
 * Owns:   username, onward, given, end_text, kept, early.
 * Refers: cc, lsid by number; the PPP link has the session's own number.
 */
struct session {
	uint32_t number;
	uint16_t cc, lsid; /* local ids; PPPOE: 0 */
	uint32_t pppoe;    /* PPPOE: number in the PPPoE engine */
	uint16_t rsid;     /* the LAC's, when a record was made or taken */
	uint16_t vtemplate;
	uint8_t role;       /* enum session_role */
	uint32_t mate;      /* number of the other half of a switched session; 0: none */
	char *onward;       /* HOP_IN, PPPOE in set-up: the group that it goes on by */
	struct vpdn_group *given; /* PPPOE: that group, if RADIUS made it */
	uint32_t tried;     /* as onward: targets of that group, by index */
	uint32_t callee_ip; /* HOP_OUT, with `counted`: whose limit it counts for */
	bool counted;
	bool linked;    /* the PPP link exists */
	bool open;      /* IPCP is up */
	bool ended;     /* nobody sees it any more; its number is not free yet */
	bool closing;   /* the FP was told to stop it, or (takeover) will be */
	bool l2tp_gone; /* closing: L2TP (PADT) has ended it, no CDN (PADT) is owed */
	bool started;   /* an accounting Start was made: it gets a Stop */
	uint8_t doom;   /* enum session_doom */
	bool ha;        /* of its tunnel, or that of its other half; PPPOE: when it is up */
	bool est; /* the standby has it (active); all records are here (standby) */
	uint32_t vaccess, unique_id, ip;
	base_time since;
	uint64_t acct;                 /* its Acct-Session-Id, see acct_id() */
	struct vpdn_counts_fib counts; /* final ones */
	uint8_t acct_cause;            /* the rest: why it is closing */
	uint16_t end_result, end_error;
	char *end_text; /* NULL: none */
	uint8_t end_ppp;      /* enum ppp_cause: for the CDN, as RFC 3145 numbers them */
	bool end_ppp_by_peer;
	char *username; /* raw; NULL before authentication */
	struct group_use *group;
	uint64_t job;      /* AAA is asked about it (aaa_run.c); 0: no */
	uint8_t authentic; /* enum aaa_authentic */
	uint8_t hint;      /* enum acct_cause of an end that we have ordered; 0 none */
	bool reading;      /* an Interim waits for the FP's counters */
	bool looking;      /* so does the idle clock */
	GBytes *kept;      /* attributes of RADIUS for its whole life; NULL: none */
	uint32_t timeout_s, interim_s; /* of these, or configured; 0: none */
	base_time interim_next;
	uint32_t idle_s; /* Idle-Timeout; 0: none */
	uint64_t idle_packets; /* the subscriber's, when the FP was asked last */
	base_time idle_from, idle_next; /* they are the same since; to be asked again */
	struct timer timer;            /* soonest of all; owner: number */
	GPtrArray *early; /* GBytes: frames that came before ICCN; NULL when none */
	bool iccn_waits;  /* ICCN has not left: frames of the other half are kept */
};

/* What becomes of a session after a switchover. */
enum session_doom {
	DOOM_NONE,
	DOOM_CLOSING,     /* was in deletion */
	DOOM_NOT_WHOLE,   /* was in set-up */
	DOOM_UNPROTECTED, /* its tunnel was dropped */
};

struct session *vsession_get(const struct vpdn *v, uint32_t number);
struct session *vsession_find(const struct vpdn *v, uint16_t cc, uint16_t lsid);

/* A new one in the tunnel, under some free number (0) or that number.  NULL when
 * there is no room or the number is taken. */
/* cc 0: it is a PPPoE session. */
struct session *vsession_new(
	struct vpdn *v, uint32_t number, uint16_t cc, uint16_t lsid, const char *group);

/* ICCN is there: the link opens, and gets the frames that came too early. */
void vsession_connect(struct vpdn *v, struct session *s);
void vsession_frame(
	struct vpdn *v, struct session *s, const uint8_t *frame, size_t len);

void vsession_ppp_auth(struct vpdn *v, struct session *s, const struct ppp_effect *fx);
/* Somebody has said who he is: ends in vsession_authenticated(), or, of a subscriber, in
 * subscriber_forward(). */
void vsession_login(struct vpdn *v, struct session *s, const struct ppp_effect *fx);
/* The answer; p: what it gets besides, NULL nothing. */
void vsession_authenticated(struct vpdn *v, struct session *s, bool ok,
	const struct profile *p, const char *proof);

/* clocks.c: the clocks of a session by what it has from RADIUS or the configuration. */
void vsession_set_clocks(struct vpdn *v, struct session *s);
base_time vpdn_clocks_next_due(const struct vpdn *v);
bool vpdn_clocks_tick(struct vpdn *v, unsigned budget);
void vsession_ppp_up(struct vpdn *v, struct session *s, const struct ppp_effect *fx);
void vsession_ppp_down(struct vpdn *v, struct session *s, const struct ppp_effect *fx);
void vsession_l2tp_down(
	struct vpdn *v, struct session *s, const struct l2tp_cause *cause);

/* Begins its end (close.c).  result 0: L2TP has ended it already. */
void vsession_end(struct vpdn *v, struct session *s, uint16_t result, uint16_t error,
	const char *text, enum acct_cause cause);

/* Nobody sees it any more; no effect, no record.  Its number, address and interface stay
 * taken until vsession_put(). */
void vsession_leave(struct vpdn *v, struct session *s);
void vsession_put(struct vpdn *v, struct session *s);
void vsession_set_open(struct vpdn *v, struct session *s, bool open);
/* The frames kept, given away; NULL: none. */
GPtrArray *vsession_steal_early(struct session *s);
void vsession_drop_early(struct session *s);
void vsession_sweep(struct vpdn *v);

/* Does the standby have it, or will it? */
bool vsession_replicated(const struct vpdn *v, const struct session *s);
/* The same for what it consists of in other engines. */
void vsession_replicate(struct vpdn *v, struct session *s, bool on);
/* The tunnel that it is in, or its other half is; NULL: none. */
struct tunnel *vsession_tunnel(struct vpdn *v, const struct session *s);
void vsession_set_est(struct vpdn *v, struct session *s, bool est);
void vsession_set_ha(struct vpdn *v, struct session *s, bool ha);
