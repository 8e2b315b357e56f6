/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the engine share: its objects, and the functions by which one file asks
 * another for something.
 *
 *   engine.c   objects, indexes, input, the end of each call (settle), effects
 *   xmit.c     a tunnel's packets and timers
 *   cc.c       control connections: state machine, messages, authentication
 *   session.c  incoming calls: state machines of LAC and LNS, messages
 *   call.c     what owners order of calls
 *   kept.c     line and proxy AVPs as they are kept with a session
 *   limit.c    how often strangers may ask
 *   resync.c   becoming live after a switchover
 *   commit.c   transactions, what waits for them, bulk
 *   ckpt.c     records: their fields, encoding, applying
 *   query.c    what owners may ask
 *
 * Every public call ends with engine_leave(), which settles the tunnels that were touched:
 * sessions hear what became of their tunnel, what may be sent is sent, and what is dead is
 * freed.  Nothing is freed before that, and no action of a state machine feeds another event in.
 */
#pragma once

#include "l2tp/chan.h"
#include "l2tp/l2tp.h"
#include "l2tp/message.h"

#include "base/index.h"
#include "base/rng.h"
#include "base/rule.h"
#include "base/slab.h"
#include "base/timer.h"

enum {
	L2TP_PROTOCOL_VERSION = 0x0100,
	L2TP_CHALLENGE_LEN = 16,
	L2TP_WEN_S = 60, /* between two WENs of a call */
	L2TP_VERIFY_MIN_S = 40, /* a known peer with a queue is silent for 32 s */
	L2TP_ACTIVATE_PER_MS = 64,
	L2TP_ODD_PER_S = 50, /* packets out of order that a tunnel answers */
	L2TP_CKPT_VERSION = 2,
	L2TP_TELL_SLICE = 256, /* sessions of a closing tunnel that end in one go */
};

/* Kinds of timers. */
enum timer_kind {
	T_REXMIT = 1, /* owner: cc */
	T_ACK,
	T_HELLO,
	T_LIFE,    /* set-up, no-session, linger: by state */
	T_SEQ,     /* U moved: tell the standby */
	T_TELL,    /* more sessions of a closing tunnel are to end */
	T_SESSION, /* owner: session; set-up, tombstone */
	T_PACE,    /* owner: none; next tunnels to activate */
};

/* A place in a doubly linked list; both NULL when in none. */
struct dlink {
	struct dlink *next, *prev;
};

static inline void dlist_init(struct dlink *head)
{
	head->next = head->prev = head;
}

static inline bool dlink_in(const struct dlink *l)
{
	return l->next != NULL;
}

static inline void dlink_del(struct dlink *l)
{
	if (!dlink_in(l))
		return;
	l->next->prev = l->prev;
	l->prev->next = l->next;
	l->next = l->prev = NULL;
}

/* Appends, unless it is in a list already. */
static inline void dlist_add(struct dlink *head, struct dlink *l)
{
	if (dlink_in(l))
		return;
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static inline struct dlink *dlist_first(const struct dlink *head)
{
	return head->next == head ? NULL : head->next;
}

#define DLINK_OWNER(l, type, member)                                                   \
	((type *)(void *)((uint8_t *)(l)-offsetof(type, member)))

enum rec_dirty {
	DIRTY_CC = 1 << 0,
	DIRTY_SEQ = 1 << 1,
};

/* How a tunnel ends: what is still sent while it lingers. */
enum closing {
	CLOSING_ANNOUNCE, /* Q, with our StopCCN at its end, until it is acknowledged */
	CLOSING_LAST,     /* the peer does not answer: one StopCCN, and nothing else until
			   * it is heard again */
	CLOSING_QUIET,    /* the peer said StopCCN, or nobody is to be told */
};

/* What a tunnel is counted as at present, see cc_recount(). */
enum cc_counted {
	COUNT_TUNNEL = 1 << 0,
	COUNT_HA = 1 << 1,
	COUNT_HA_EST = 1 << 2,
	COUNT_RESYNC = 1 << 3,
	COUNT_HALF_OPEN = 1 << 4,
	COUNT_UNPROTECTED = 1 << 5,
	COUNT_KNOWN = 1 << 6, /* its peer is no stranger */
};

/* One control connection.
 *
 * Owner: struct l2tp_engine, in ccs; freed by the sweep after dead was set.
 * Owns:  chan, cause, request, sessions.
 */
struct l2tp_cc {
	uint32_t index;  /* in the slab */
	uint64_t serial; /* tells it from an earlier one with the same id */
	uint16_t id, remote_id;
	enum l2tp_cc_state state;
	bool lac;
	bool authentic;     /* was established once */
	bool dead;          /* to be freed at the end of this call */
	bool owner_knows;   /* of it: its end must be told */
	bool down_pending;  /* its end is told when the sessions' ends have been */
	bool tell_sessions; /* the state changed in a way that they must hear */
	bool tell_more;     /* not all of them have heard yet: t_tell */
	bool ack_now;
	bool overrun;
	uint8_t closing; /* enum closing */
	bool told_late;  /* CLOSING_ANNOUNCE came after CLOSING_LAST: once is enough */
	struct l2tp_path path;
	struct l2tp_cc_params params;
	char peer_name[L2TP_NAME_MAX], peer_vendor[L2TP_NAME_MAX];
	struct chan chan;
	struct l2tp_cause *cause;

	uint8_t challenge[L2TP_CHALLENGE_LEN]; /* ours */
	bool challenged;                       /* we sent it */
	uint8_t peer_challenge_len;            /* 0: none */
	uint8_t peer_challenge[L2TP_CHALLENGE_MAX];

	uint64_t tie;          /* of our SCCRQ; 0: it had none */
	bool opening;          /* in the index of that name */
	uint32_t opening_next; /* the next one that is opening to the same peer */
	GBytes *request;       /* SCCRQ whose hidden AVPs wait for the secret */
	uint64_t request_key;  /* in hidden_requests; 0 none */
	uint64_t request_hash; /* of the SCCRQ that began it; 0: ours, or before a takeover */
	uint32_t older;        /* tunnel that the peer had under this id before; 0 none */
	uint64_t older_serial;

	struct timer t_rexmit, t_ack, t_hello, t_life, t_seq, t_tell;
	base_time since, heard;
	base_time ack_by; /* a message came and its Nr is not told: at the latest by then */
	base_time odd_since; /* the second in which odd packets are counted */
	unsigned odd;

	struct dlink sessions; /* head */
	unsigned n_sessions, n_established;
	unsigned held_counted; /* messages that wait for a commit, see cc_recount() */

	bool replicated;
	bool ha_est;          /* confirmed by the standby; on a standby: applied */
	uint8_t dirty;        /* enum rec_dirty */
	uint64_t unprotected; /* transaction to wait for, 0 none */
	uint64_t marked;      /* highest one that a packet did not wait for, 0 none */
	enum l2tp_resync resync;
	uint16_t verify_ns;  /* message whose acknowledgement ends the verification */
	uint16_t verify_end; /* up to here the resync limit holds */
	base_time verify_began;
	bool to_activate;

	uint8_t counted; /* enum cc_counted */
	struct dlink on_touched, on_dirty, on_dead;
	uint64_t sent, received, resends, zlb_sent, dropped;
};

/* What SLI and WEN said, of the few sessions that have one. */
struct session_link {
	bool accm_known, errors_known;
	uint32_t accm[2];
	struct l2tp_call_errors errors;
	base_time wen_at;
};

/* One session.  Owner: its cc; freed by the sweep after dead was set. */
struct l2tp_session {
	uint32_t index;
	uint32_t cc_index;
	uint16_t cc, id, remote_id;
	uint8_t state; /* enum l2tp_session_state */
	bool lac;
	bool owner_knows;
	bool dead;
	bool counted, counted_est, counted_setup;
	bool recorded; /* the standby has or will have it */
	bool owes_cdn; /* closed before we knew the peer's id */
	bool sequencing;
	struct timer timer;
	base_time since;
	uint32_t serial, bearer_type, framing_type, tx_bps, rx_bps, physical_channel;
	char *called, *calling; /* NULL: none */
	GBytes *line, *proxy;   /* NULL: none; see kept.c */
	struct session_link *link; /* NULL: none */
	struct dlink on_cc, on_dirty, on_dead;
};

struct fx_node {
	struct fx_node *next;
	struct l2tp_effect fx;
	uint8_t bytes[]; /* datagram, text or name */
};

/* A SEQ record that was polled: what becomes durable with its transaction. */
struct txn_entry {
	struct txn_entry *next;
	uint64_t seq; /* 0: not yet known */
	uint64_t serial;
	uint32_t cc_index;
	uint16_t s, r;
};

struct rec_delete {
	uint8_t type;
	uint64_t key;
};

enum {
	REC_BUF = 16384,
	LIMIT_SOURCES = 1024,
};

struct bucket {
	uint64_t spent; /* ns of its rate in use, as of `at` */
	base_time at;
};

struct limits {
	struct bucket sccrq, icrq;
	struct bucket source[LIMIT_SOURCES]; /* by a hash of the address */
	uint64_t salt;
};

struct l2tp_engine {
	struct l2tp_engine_config cfg;
	base_time now;
	bool passive;
	uint64_t next_serial;
	struct rng rng;
	struct timer_wheel *wheel;
	struct slab *ccs, *all_sessions;
	struct index *cc_by_id;
	struct index *cc_by_peer; /* remote address, port and tunnel id */
	struct index *opening;    /* remote address: the first tunnel in wait-reply */
	struct index *hidden_requests; /* by hash: SCCRQs whose tunnel id is hidden */
	struct index *known;      /* remote address: how many established tunnels */
	struct index *challenges; /* first octets of an outstanding challenge of ours */
	struct index *half_open_src;   /* remote address: how many half open */
	struct index *session_by_id;   /* tunnel id << 16 | session id */
	struct index *session_by_peer; /* tunnel id << 16 | the peer's session id */
	struct dlink touched, dirty_ccs, dirty_sessions, dead_ccs, dead_sessions;

	struct fx_node *fx_head, *fx_tail, *fx_polled;

	bool standby;
	uint64_t last_seq;
	struct txn_entry *txn_head, *txn_tail;
	struct txn_entry *txn_open;       /* first one without a number */
	struct txn_entry *txn_unreleased; /* first one that was not released */
	struct txn_entry *txn_spare;      /* used up, to be used again */
	GArray *deletes;                  /* of struct rec_delete */
	guint deletes_done;
	uint32_t bulk_cc, bulk_session; /* slab cursors */
	bool bulk_ccs_done, bulk_done;
	uint8_t rec_buf[REC_BUF];

	struct limits limits;

	struct timer t_pace;
	uint32_t pace_cursor;
	struct l2tp_counts counts;
	unsigned n_unprotected, n_held;
	uint64_t drops[L2TP_N_DROPS];
};

/* ---- engine.c ---- */

void engine_enter(struct l2tp_engine *e, base_time now);
void engine_leave(struct l2tp_engine *e);
void engine_run_timer(struct l2tp_engine *e, const struct timer *t);
void engine_drop(struct l2tp_engine *e, struct l2tp_cc *cc, enum l2tp_drop why);

struct l2tp_cc *cc_by_id(const struct l2tp_engine *e, uint16_t id);
/* id 0 draws one. NULL: a limit is reached (or the id is taken). */
struct l2tp_cc *cc_new(
	struct l2tp_engine *e, uint16_t id, const struct l2tp_path *path);
void cc_set_remote(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t remote_id);
/* In wait-reply, until there is an answer. */
void cc_opening_add(struct l2tp_engine *e, struct l2tp_cc *cc);
void cc_opening_del(struct l2tp_engine *e, struct l2tp_cc *cc);
void cc_touch(struct l2tp_engine *e, struct l2tp_cc *cc);
void cc_bury(struct l2tp_engine *e, struct l2tp_cc *cc);
/* Brings the counters of the engine up to date with the tunnel. */
void cc_recount(struct l2tp_engine *e, struct l2tp_cc *cc);

struct l2tp_session *session_by_id(
	const struct l2tp_engine *e, uint16_t cc, uint16_t id);
struct l2tp_session *l2tp_session_new(
	struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t id);
void session_set_remote(
	struct l2tp_engine *e, struct l2tp_session *s, uint16_t remote_id);
void session_bury(struct l2tp_engine *e, struct l2tp_session *s);
void session_recount(struct l2tp_engine *e, struct l2tp_session *s);
uint16_t session_draw_id(struct l2tp_engine *e, const struct l2tp_cc *cc);
static inline uint64_t session_key(uint16_t cc, uint16_t id)
{
	return (uint64_t)cc << 16 | id;
}

/* Appends an effect; bytes (may be NULL) are copied and stay with it. */
struct l2tp_effect *fx_push(struct l2tp_engine *e, enum l2tp_effect_kind kind,
	uint16_t cc, uint16_t session, const void *bytes, size_t len);
void fx_debug(struct l2tp_engine *e, uint16_t cc, uint16_t session, const char *fmt,
	...) G_GNUC_PRINTF(4, 5);
void engine_free_txns(struct l2tp_engine *e);

/* ---- xmit.c ---- */

void cc_receive(struct l2tp_engine *e, struct l2tp_cc *cc, const struct l2tp_hdr *h,
	struct rd body);
/* Puts a message into Q.  session: of the header, the peer's. */
void cc_send(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t session,
	const struct l2tp_msg *m);
void cc_pump(struct l2tp_engine *e, struct l2tp_cc *cc);
void cc_rexmit_due(struct l2tp_engine *e, struct l2tp_cc *cc);
void cc_ack_due(struct l2tp_engine *e, struct l2tp_cc *cc);
void cc_hello_due(struct l2tp_engine *e, struct l2tp_cc *cc);
void cc_arm_hello(struct l2tp_engine *e, struct l2tp_cc *cc);
void cc_stop_sending(struct l2tp_engine *e, struct l2tp_cc *cc);
base_dur cc_full_cycle(const struct l2tp_cc *cc);
/* So long is the id of a session that ended not used again. */
base_dur session_rest(const struct l2tp_cc *cc);

/* ---- cc.c ---- */

enum cc_event {
	EV_OPEN,
	EV_SCCRQ,
	EV_ACCEPT,
	EV_SCCRP,
	EV_SCCCN,
	EV_STOPCCN,
	EV_CLOSE, /* we want it closed; cc->cause says why */
	EV_DEAD,  /* the peer does not answer */
	EV_HEARD, /* the peer whose tunnel was given up answers after all */
	EV_ABANDON, /* it ends without a word: the peer's own SCCRQ wins, or records lack */
	CC_N_EVENTS,
};

void cc_event(struct l2tp_engine *e, struct l2tp_cc *cc, enum cc_event ev);
/* Feeds EV_CLOSE with this cause. */
void cc_fail(struct l2tp_engine *e, struct l2tp_cc *cc, enum l2tp_by by,
	uint16_t result, uint16_t error, const char *text);
void cc_deliver(
	struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t session, struct rd body);
void cc_life_due(struct l2tp_engine *e, struct l2tp_cc *cc);
void cc_dead(struct l2tp_engine *e, struct l2tp_cc *cc);
/* Ends it, and the peer is not told. */
void cc_abandon(struct l2tp_engine *e, struct l2tp_cc *cc, enum l2tp_by by,
	uint16_t result, const char *text);
/* Arms or cancels the no-session timer of an established tunnel. */
void cc_watch_sessions(struct l2tp_engine *e, struct l2tp_cc *cc);
/* hash: of the message; hidden: its tunnel id is, so it is found again by the hash. */
void cc_input_new(struct l2tp_engine *e, const struct l2tp_path *path,
	const struct l2tp_hdr *h, struct rd body, uint64_t hash, bool hidden);
/* Is this SCCRQ, with the tunnel id that the peer has had for cc, the first of a new life of the
 * peer, and not a repeated one? */
bool cc_peer_restarted(const struct l2tp_engine *e, const struct l2tp_cc *cc, uint64_t hash);
void cc_params_fill(struct l2tp_cc *cc);
/* For messages of this tunnel. */
static inline void unhide_init(struct l2tp_unhide *u, const char *secret, bool later)
{
	u->secret = secret;
	u->later = later;
	u->used = 0;
}
struct l2tp_span span_str(const char *s);
void span_to_str(const struct l2tp_span *s, char *to, size_t room);
void cause_set(struct l2tp_cause *c, enum l2tp_by by, const struct l2tp_result *r);

/* ---- session.c ---- */

enum session_event {
	SEV_OPEN,
	SEV_TUNNEL_UP,
	SEV_ICRQ,
	SEV_ACCEPT,
	SEV_ICRP,
	SEV_ICCN,
	SEV_CDN,
	SEV_OUT,   /* a message of outgoing calls */
	SEV_CLOSE, /* we want it closed: CDN */
	SEV_GONE,  /* its tunnel is closing */
	SESSION_N_EVENTS,
};

void session_event(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s,
	enum session_event ev, const struct l2tp_cause *cause);
void session_deliver(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t session,
	const struct l2tp_msg *m, const struct l2tp_fault *f);
void session_due(struct l2tp_engine *e, struct l2tp_session *s);
/* All sessions of a tunnel that came up, or is closing, hear of it. */
/* Of a closing tunnel one slice; true: there are more. */
bool sessions_tell(struct l2tp_engine *e, struct l2tp_cc *cc);
void session_fill_call(const struct l2tp_session *s, struct l2tp_call *c);
struct session_link *session_link(struct l2tp_session *s);

/* ---- kept.c ---- */

/* As they are kept; NULL: there is nothing, or (proxy) it is too long. */
GBytes *keep_line(const struct l2tp_line *line);
GBytes *keep_proxy(const struct l2tp_proxy *proxy);
/* The proxy AVPs of an ICCN that make sense. */
GBytes *keep_proxy_of(const struct l2tp_msg *iccn);
void kept_line(GBytes *kept, struct l2tp_line *out);
void kept_proxy(GBytes *kept, struct l2tp_proxy *out);
void proxy_to_msg(const struct l2tp_proxy *proxy, struct l2tp_msg *m);
/* Of a record: can it be what the two above made? */
bool kept_line_sane(GBytes *kept);
bool kept_proxy_sane(GBytes *kept);

/* ---- limit.c ---- */

void limits_init(struct l2tp_engine *e);
bool limit_sccrq(struct l2tp_engine *e, const struct l2tp_path *path);
bool limit_icrq(struct l2tp_engine *e, struct l2tp_cc *cc);

/* ---- resync.c ---- */

void resync_pace(struct l2tp_engine *e);
/* U moved: has the verification ended? */
void resync_progress(struct l2tp_engine *e, struct l2tp_cc *cc);
/* A retransmission is due during verification. */
void resync_timeout(struct l2tp_engine *e, struct l2tp_cc *cc);
void resync_end(struct l2tp_engine *e, struct l2tp_cc *cc, enum l2tp_resync how);

/* ---- commit.c ---- */

/* The tunnel was established (its messages in work: `pending`): it becomes replicated if it
 * should be. */
void commit_begin(struct l2tp_engine *e, struct l2tp_cc *cc, uint16_t pending);
void commit_end(struct l2tp_engine *e, struct l2tp_cc *cc, bool tell);
void commit_cc(struct l2tp_engine *e, struct l2tp_cc *cc, uint8_t dirty);
void commit_session(struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s);
/* It is a tombstone now. */
void commit_session_closed(
	struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s);
void commit_session_gone(
	struct l2tp_engine *e, struct l2tp_cc *cc, struct l2tp_session *s);
void commit_cc_gone(struct l2tp_engine *e, struct l2tp_cc *cc);
/* U moved. */
void commit_u(struct l2tp_engine *e, struct l2tp_cc *cc);

/* ---- ckpt.c ---- */

void ckpt_cc(struct l2tp_engine *e, struct l2tp_cc *cc, struct wr *w);
void ckpt_seq(struct l2tp_engine *e, struct l2tp_cc *cc, struct wr *w);
void ckpt_msg(const struct chan_msg *m, struct wr *w);
void ckpt_session(const struct l2tp_session *s, struct wr *w);
