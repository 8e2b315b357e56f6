/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of vpdn/ share: the core itself, and its own services (effects,
 * lookup).
 *
 * vpdn.c     inputs, orders, queries; the pump that turns effects of the engines into ours
 * accept.c   the configuration's say: which tunnels and calls, with which settings
 * link.c     its PPP link: settings, and what the LAC has negotiated
 * session.c  life of a session; close.c: its end, in two phases
 * hop.c      tunnel switching; dialin.c: the calls that we place
 * subscriber.c
 *            PPPoE subscribers: here or on to an LNS; bba.c: their groups
 * acct.c     accounting records that nobody has taken yet
 * aaa_run.c  method lists over local users and RADIUS; clocks.c: session timeouts
 * dynauth.c  CoA and Disconnect
 * ckpt.c     records, what the standby holds; takeover.c: becoming live
 * ids.c pool.c aaa.c history.c   parts that know nothing of the core
 */
#pragma once

#include "base/index.h"
#include "base/log.h"
#include "base/rule.h"
#include "base/rng.h"
#include "base/slab.h"
#include "vpdn/acct.h"
#include "vpdn/history.h"
#include "vpdn/ids.h"
#include "vpdn/pool.h"
#include "vpdn/radius_das.h"
#include "vpdn/session.h"
#include "vpdn/vpdn.h"

enum {
	VPDN_TUNNELS_DEFAULT = 16000,
	VPDN_SESSIONS_DEFAULT = 64000,
	VPDN_REC_VERSION = 3,
	VPDN_REC_MAX = 4096,
	VPDN_MTU_DEFAULT = 1500,
	VPDN_SLICE = 256,         /* sessions that one call works through */
	VPDN_STOP_ASK_MS = 500, /* for the FP's final counters, */
	VPDN_STOP_ASKS = 2,     /* asked so often */
};

/* Result codes used here (RFC 2661, section 4.4.2). */
enum {
	CDN_CARRIER = 1,
	CDN_ERROR = 2,
	CDN_ADMIN = 3,
	CDN_NO_FACILITIES = 4,
	STOPCCN_CLEAR = 1,
	STOPCCN_ERROR = 2,
	STOPCCN_NOT_AUTHORIZED = 4,
	STOPCCN_SHUTDOWN = 6,
	ERROR_NONE = 0,
	ERROR_RESOURCES = 4,
	ERROR_VENDOR = 6,
};

/* A tunnel as far as VPDN must know of it: what the history and the limits need after
 * the engine has forgotten. */
struct tunnel {
	uint16_t cc;
	bool up; /* was established */
	bool ha; /* configured to be replicated */
	bool no_ha; /* RADIUS says so; it need not be in a record: there is none of it */
	bool lac; /* we opened it */
	char group[L2TP_NAME_MAX];
	char local_name[L2TP_NAME_MAX];
	char peer_name[L2TP_NAME_MAX]; /* raw */
	struct l2tp_path path;
	uint16_t remote_id;
};

/* A record that went into a transaction: when that is committed, the session is on the
 * standby.  unique_id tells sessions apart that had the same number. */
struct sealed {
	uint64_t seq; /* 0 until vpdn_txn_end() */
	uint32_t number, unique_id;
};

/* What may leave when the transaction that it belongs to is committed. */
enum held_kind {
	HELD_ACCT, /* key: of the accounting record */
	HELD_FREE, /* key: number of the session */
	HELD_DAS,  /* key: token of the request that is to be acknowledged */
	HELD_HOP,  /* key: number of the first half of a call whose ICCN leaves */
};

struct held {
	uint64_t seq; /* 0 until vpdn_txn_end() */
	uint64_t key;
	uint8_t kind;
};

enum bulk_phase {
	BULK_NONE,
	BULK_L2TP,     /* tunnels become replicated */
	BULK_SESSIONS, /* then the sessions and links of the replicated ones */
	BULK_ACCT,     /* then accounting records */
};

/* What the standby holds and what it is yet to get. */
struct ckpt {
	bool standby;
	bool marked; /* sessions and links may still count as a standby's */
	enum bulk_phase phase;
	uint32_t cursor; /* of BULK_SESSIONS */
	GArray *dirty;   /* numbers, from dirty_done on */
	guint dirty_done;
	unsigned stage;  /* of vpdn_poll_record() */
	uint8_t *flags;  /* by number: enum number_flags */
	GArray *sealed;  /* of struct sealed, from sealed_head on, seq rising */
	guint sealed_head,
		sealed_open; /* the first not yet committed; not yet in a txn */
	GArray *held;        /* of struct held, in the same manner */
	guint held_head, held_open;
	unsigned held_accts; /* of those that are not yet committed */
	uint8_t buf[VPDN_REC_MAX];
};

/* A session that waits for the FP to say that it has stopped. */
struct stop_wait {
	uint32_t number, unique_id;
	unsigned asked;
	base_time due; /* ask again, or go on without */
};

/* One walk over all sessions or tunnels, a slice at a time. */
struct walk {
	bool on;
	uint32_t cursor;
};

enum number_flags {
	NUMBER_DIRTY = 1 << 0, /* is in the queue */
	NUMBER_SENT = 1 << 1,  /* the standby has, or will have, a record of it */
};

struct vpdn {
	struct l2tp_engine *l2tp;
	struct ppp_engine *ppp;
	struct pppoe_ac *pppoe;
	struct vpdn_pppoe_events pppoe_events;
	struct vpdn_config *config;
	base_time now;
	uint32_t max_sessions;
	bool passive, accepting, accounting;

	struct slab *sessions; /* struct session by number */
	struct index *by_l2tp; /* tunnel << 16 | session -> number */
	GHashTable *tunnels;   /* cc -> struct tunnel *, never walked */
	GHashTable *callees;   /* group and address -> struct callee *, never walked */
	struct rng rng;        /* which of equal LNSs gets a call */
	GHashTable *groups;    /* name -> struct group_use *, never walked */
	struct pools *pools;
	struct failures *history;
	struct ids *vaccess;
	uint32_t last_unique;
	unsigned refused_in_resync;
	struct vpdn_counts counts;
	GArray *ended; /* numbers to be given back when all effects are polled */

	struct accts accts;
	int64_t epoch_s;
	struct radius_client *radius;
	struct das *das;
	GHashTable *peer_jobs; /* cc -> token, uint64_t *: tunnel authorization under way */
	GHashTable *jobs; /* token -> struct aaa_job *, never walked */
	uint64_t last_job;
	struct timer_wheel *clocks; /* of sessions */
	GQueue *stopping;   /* struct stop_wait *, soonest first */
	struct walk doomed; /* sessions that did not survive a switchover */
	struct walk follow_cc, follow_session; /* after the configuration */

	GQueue *effects; /* struct own_effect * */
	GQueue *late;    /* the same: after all that the engines put out */
	struct own_effect *current;
	struct ckpt ckpt;
};

static inline uint32_t l2tp_key(uint16_t cc, uint16_t session)
{
	return (uint32_t)cc << 16 | session;
}

/* Groups that RADIUS made: no configured one has a blank in its name. */
#define VPDN_GIVEN_PREFIX "radius "

static inline bool vpdn_is_given(const char *group)
{
	return g_str_has_prefix(group, VPDN_GIVEN_PREFIX);
}

struct own_effect {
	struct vpdn_effect fx;
	char *text;
	char id[ACCT_ID_LEN + 1];
};

/* ---- vpdn.c ---- */

/* A new one at the end of `effects` or `late`. */
struct own_effect *vpdn_emit(struct vpdn *v, GQueue *queue, enum vpdn_effect_kind kind);
void vpdn_emit_acct(struct vpdn *v, const struct acct *o);
void vpdn_emit_fib(struct vpdn *v, enum vpdn_effect_kind kind, const struct session *s);
void vpdn_log(struct vpdn *v, enum log_severity severity, const char *mnemonic,
	const char *fmt, ...) G_GNUC_PRINTF(4, 5);
void vpdn_debug(struct vpdn *v, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* debug pppoe events. */
void vpdn_debug_pppoe(struct vpdn *v, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* What is known of a tunnel; asks the engine when it is new.  NULL: no such tunnel. */
struct tunnel *vpdn_tunnel(struct vpdn *v, uint16_t cc);

/* A row of the history; s may be NULL. */
void vpdn_fail(struct vpdn *v, const struct session *s, uint16_t cc, const char *type,
	const char *reason);

/* ---- aaa_run.c ---- */

void vpdn_aaa_init(struct vpdn *v, uint64_t seed, uint8_t parity);
void vpdn_aaa_free(struct vpdn *v);
void vpdn_aaa_reset(struct vpdn *v);
void vpdn_aaa_configure(struct vpdn *v);

/* One effect of the RADIUS client; true: *out is for the owner. */
bool vpdn_aaa_take(struct vpdn *v, const struct radius_effect *fx, struct vpdn_effect *out);

/* Tunnel authorization of the peer that calls: ends in vpdn_cc_answer(); false: none is
 * configured. */
bool vpdn_aaa_peer(struct vpdn *v, uint16_t cc, const char *name);

/* Ends in vsession_authenticated(), now or later; for a subscriber first asks where he goes, which
 * may end in subscriber_forward(). */
void vpdn_aaa_login(struct vpdn *v, struct session *s, const struct aaa_login *l);
/* The job's end is not told. */
void vpdn_aaa_cancel(struct vpdn *v, uint64_t token);

/* Which records are made; does RADIUS get those of this status (enum vpdn_acct_status)? */
/* list: the session's, see vpdn_aaa_acct_list(); NULL: the default one, or no session's. */
enum aaa_record vpdn_aaa_record(const struct vpdn *v, const char *list);
bool vpdn_aaa_accounts(const struct vpdn *v, unsigned status, const char *list);
/* Which accounting list its Virtual-Template names; NULL: none, so the default one. */
const char *vpdn_aaa_acct_list(const struct vpdn *v, const struct session *s);
/* What a tunnel's records say besides; number: of the tunnel. */
GBytes *vpdn_aaa_tunnel_attrs(const struct tunnel *t, uint64_t number);
/* What a session's records say besides, encoded; free it. */
GBytes *vpdn_aaa_session_attrs(struct vpdn *v, const struct session *s);
/* RADIUS takes care of the record, see vpdn_acct_taken(); false: it does not. */
bool vpdn_aaa_account(struct vpdn *v, struct acct *o);

/* ---- dynauth.c ---- */

void vpdn_das_configure(struct vpdn *v);
void vpdn_das_input(struct vpdn *v, const struct l2tp_path *path, const uint8_t *bytes,
	size_t n, base_time now);

/* ---- close.c ---- */

void vpdn_close_free(struct vpdn *v);
base_time vpdn_close_next_due(const struct vpdn *v);
bool vpdn_close_tick(struct vpdn *v, unsigned budget);

/* ---- accept.c ---- */

/* The settings of a tunnel of that group. */
void vpdn_cc_params(const struct vpdn_config *c, const struct vpdn_group *g,
	struct l2tp_cc_params *p);
void vpdn_cc_request(struct vpdn *v, const struct l2tp_effect *fx);
/* The answer to it; pr: what RADIUS says of the tunnel, or NULL. */
void vpdn_cc_answer(struct vpdn *v, uint16_t cc, const char *name, bool authorized,
	const struct profile *pr);
void vpdn_session_request(struct vpdn *v, const struct l2tp_effect *fx);

/* Our name in tunnels of the group. */
const char *vpdn_local_name(const struct vpdn_config *c, const struct vpdn_group *g);
/* The group, or the groups of one of its templates, may have no more sessions. */
bool vpdn_group_full(const struct vpdn *v, const struct vpdn_group *g);
bool vpdn_ha_wanted(const struct vpdn_config *c, const struct vpdn_group *g);

/* ---- link.c ---- */

/* The settings of a link of this session; false: its virtual template is gone. */
bool vpdn_link_config(
	const struct vpdn *v, const struct session *s, struct ppp_link_config *out);
/* From what the LAC has negotiated, if it told. */
bool vpdn_link_open(struct vpdn *v, struct session *s, const struct ppp_link_config *cfg);
/* IPCP is open: the LAC may have to know how to write to the subscriber. */
void vpdn_link_tell_accm(struct vpdn *v, const struct session *s);

/* ---- ckpt.c ---- */

void vpdn_ckpt_init(struct vpdn *v);
void vpdn_ckpt_free(struct vpdn *v);
void vpdn_ckpt_mark(struct vpdn *v, uint32_t number);

/* It leaves when what is recorded from now to the next vpdn_txn_end() is committed; at once
 * when there is no standby. */
void vpdn_hold(struct vpdn *v, enum held_kind kind, uint64_t key);

/* Are all its records here, so that it can live on? */
bool vpdn_is_whole(const struct vpdn *v, const struct session *s);

/* ---- takeover.c ---- */

base_time vpdn_takeover_next_due(const struct vpdn *v);
bool vpdn_takeover_tick(struct vpdn *v);
