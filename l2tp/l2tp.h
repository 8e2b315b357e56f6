/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The L2TPv2 engine (RFC 2661): tunnels (control connections, "cc") and sessions, as LAC and
 * LNS, without I/O.  Datagrams, time and orders of its owner go in; effects come out in
 * order and are polled by the owner after every call until there are none.  Nothing calls
 * back.
 *
 * High availability (ha-commit.md; docs/ha.md).  Each tunnel keeps
 *
 *   S      next Ns we assign            U      lowest Ns not yet acknowledged by the peer
 *   Q      messages [U,S), final bytes without Nr
 *   R_rx   next Ns expected             R_dur  the same, as confirmed by the standby
 *   S_dur  messages below it are held by the standby and may leave
 *
 * A replicated tunnel is gated: no message with Ns >= S_dur leaves (I-send), and every packet
 * that leaves carries Nr = R_dur (I-ack).  The owner runs one transaction for each input:
 *
 *   1. call an input function, poll effects until there are none
 *   2. poll records until there are none, put them into transaction number seq
 *   3. l2tp_engine_txn_end(seq)
 *   4. later, when the standby has applied it: l2tp_engine_committed(seq), and poll effects:
 *      now the messages and acknowledgements leave
 *
 * A tunnel that is not replicated (no standby, HA off, not yet established) is never held.
 *
 * For an owner that is a LAC (or the LAC half of a multihop node):
 *
 *   cc = l2tp_cc_open(e, &path, &params, now)     SCCRQ from path.local_* to path.remote_*
 *   id = l2tp_session_open_with(e, cc, &call, &line, &proxy, now)
 *
 * at once: the call waits for its tunnel.  L2TP_FX_CC_UP comes when the peer is authentic; then
 * L2TP_FX_SESSION_UP with the ICCN (l2tp_session_remote() knows the peer's id), or L2TP_FX_
 * SESSION_DOWN: by L2TP_BY_PEER with the CDN's codes (result 2 error 7: try another LNS; 2/4 and
 * 4: it is full), by L2TP_BY_TIMEOUT when nobody answers.  When a tunnel ends, the downs of its
 * calls come before its L2TP_FX_CC_DOWN; result L2TP_STOP_EXISTS by L2TP_BY_PEER means that the
 * peer's own SCCRQ has won a tie: place the calls again in the tunnel that comes up with it.
 * L2TP_FX_SESSION_SLI tells the ACCMs; l2tp_session_wen() reports errors of the line.
 *
 * For an LNS: with L2TP_FX_SESSION_REQUEST l2tp_session_line() knows the line; with
 * L2TP_FX_SESSION_UP l2tp_session_proxy() what the LAC negotiated, until
 * l2tp_session_forget_proxy(); l2tp_session_sli() when LCP has settled ACCMs.
 *
 * On the standby the same engine is passive: records are applied, no timer runs, nothing is
 * sent; l2tp_engine_activate() makes it live and verifies every tunnel with its peer.
 */
#pragma once

#include "base/ckpt.h"
#include "base/time.h"
#include "l2tp/codes.h"
#include "l2tp/line.h"
#include "l2tp/span.h"
#include "l2tp/wire.h"

#include <glib.h>

struct l2tp_engine;

enum {
	L2TP_NAME_MAX = 64,   /* host and vendor names kept, with NUL; longer ones are cut */
	L2TP_SECRET_MAX = 64, /* with NUL */
	L2TP_NUMBER_MAX = 128,
	L2TP_TEXT_MAX = 256,  /* result text kept */
	L2TP_PPP_TEXT_MAX = 64, /* RFC 3145 text kept */
	L2TP_PROXY_MAX = 2048,  /* octets of proxy AVPs taken and kept, headers counted */
	L2TP_RESYNC_MIN = 1,
	L2TP_RESYNC_MAX = 1000,
	L2TP_RESYNC_DEFAULT = 32,
};

/* A UDP path; addresses in host order. */
struct l2tp_path {
	uint32_t local_ip, remote_ip;
	uint16_t local_port, remote_port;
};

struct l2tp_engine_config {
	uint64_t seed;
	uint8_t id_parity;     /* local ids are even (0) or odd (1): slot of the RP (H11) */
	bool passive;          /* starts as a standby: records are applied, nothing is sent */
	uint32_t max_tunnels;  /* 0: 16000 */
	uint32_t max_sessions; /* 0: 64000 */
	uint32_t max_half_open;            /* 0: 256 */
	uint32_t max_half_open_per_source; /* 0: 8 */
	/* Limits on requests of whoever is not known, UINT32_MAX none: SCCRQ per second of all
	 * sources that have no established tunnel (0: 100) and of one source (0: 5); ICRQ per
	 * second of sources with more than 64 half-open tunnels (0: 500). */
	uint32_t sccrq_per_s, sccrq_per_s_source, icrq_per_s;
	uint32_t max_setting_up; /* calls between ICRQ and ICCN (0: 2000) */
	uint16_t first_ns; /* tests only, the same at both ends: numbers begin there */
	uint16_t id_space; /* tests only: so many ids of each parity; 0: all */
};

/* Settings of one tunnel, copied; zero means the default in brackets. */
struct l2tp_cc_params {
	char local_name[L2TP_NAME_MAX];
	char secret[L2TP_SECRET_MAX]; /* "" is none */
	bool challenge;               /* authenticate the peer: needs a secret */
	uint16_t hello_s;             /* no data or control heard for so long: HELLO; 0 none */
	uint16_t rws;                 /* receive window we advertise [1024; 4..1024] */
	uint16_t retries;             /* retransmissions before the tunnel is dead [10] */
	uint16_t initial_retries;     /* the same for SCCRQ [2] */
	uint8_t initial_min_s;        /* as timeout_min_s, for SCCRQ [1] */
	uint8_t initial_max_s;        /* [8] */
	uint8_t timeout_min_s;        /* first retransmission interval [1] */
	uint8_t timeout_max_s;        /* doubling stops there [8] */
	uint16_t zlb_delay_ms;        /* how long an acknowledgement waits for a ride [100] */
	uint16_t setup_s;             /* time to become established [10] */
	uint32_t no_session_s;        /* UINT32_MAX never [LAC 15, LNS 10] */
	bool ha;                      /* replicate it: l2tp sso enable and sso enable */
	uint16_t resync;              /* l2tp tunnel resync [32]: bounds the window (HA) */
	char group[L2TP_NAME_MAX];    /* VPDN group, for shows and records */
	uint16_t call_setup_s;        /* time for a call to become established [60] */
	bool hide;                    /* hide AVP values (needs a secret) */
	bool no_tie_breaker;          /* our SCCRQ carries none: more than one tunnel is fine */
	uint16_t peer_window;         /* at most so many messages unacknowledged at the peer,
				       * whatever window it says: for those that break on a gap
				       * (1: they never see one) [no limit] */
	bool no_congestion_control;   /* the whole window of the peer from the first message */
};

/* Call information of an incoming call (ICRQ, ICCN). */
struct l2tp_call {
	uint32_t serial;
	uint32_t bearer_type; /* 0: absent */
	uint32_t framing_type; /* 1 sync, 2 async */
	uint32_t tx_bps, rx_bps; /* rx 0: absent */
	char called[L2TP_NUMBER_MAX], calling[L2TP_NUMBER_MAX];
	uint32_t physical_channel;
	bool sequencing; /* Sequencing Required AVP */
};

/* What the LAC learned of the subscriber, from its own LCP and authentication (RFC 2661, section
 * 4.4.5).  Given by the owner of a LAC it is copied; from l2tp_session_proxy() it is borrowed
 * until the next call into the engine.  Everything may be missing. */
struct l2tp_proxy {
	/* Options of LCP Configure-Requests, without code, id and length. */
	struct l2tp_span initial_lcp, last_sent_lcp, last_received_lcp;
	uint16_t auth_type; /* enum l2tp_proxy_type, 0: absent, and the next four are too */
	uint8_t auth_id;    /* of CHAP and PAP */
	struct l2tp_span auth_name, auth_challenge, auth_response;
	struct l2tp_span private_group; /* VPN the subscriber belongs to */
};

enum l2tp_proxy_type {
	L2TP_PROXY_TEXT = 1, /* name and password exchanged as text */
	L2TP_PROXY_CHAP = 2,
	L2TP_PROXY_PAP = 3,
	L2TP_PROXY_NONE = 4,
	L2TP_PROXY_MSCHAP = 5,
};

/* WAN-Error-Notify: what the LAC counted on the subscriber's line since the call began. */
struct l2tp_call_errors {
	uint32_t crc, framing, hardware_overrun, buffer_overrun, timeout, alignment;
};

/* PPP Disconnect Cause (RFC 3145) of a CDN. */
struct l2tp_ppp_cause {
	bool known;
	uint16_t code;     /* enum l2tp_ppp_code */
	uint16_t protocol; /* PPP protocol it is about, 0 none */
	uint8_t direction; /* enum l2tp_ppp_direction */
	char text[L2TP_PPP_TEXT_MAX]; /* raw */
};

enum l2tp_cc_state {
	L2TP_CC_IDLE,
	L2TP_CC_WAIT_REPLY,   /* SCCRQ sent */
	L2TP_CC_WAIT_CONN,    /* SCCRP sent */
	L2TP_CC_ESTABLISHED,
	L2TP_CC_CLOSING,      /* StopCCN sent or received: answers duplicates, then goes */
};

enum l2tp_session_state {
	L2TP_SESSION_IDLE,
	L2TP_SESSION_WAIT_TUNNEL,
	L2TP_SESSION_WAIT_REPLY,   /* ICRQ sent (LAC) */
	L2TP_SESSION_WAIT_CONNECT, /* ICRP sent (LNS) */
	L2TP_SESSION_ESTABLISHED,
	L2TP_SESSION_CLOSED,       /* tombstone */
};

const char *l2tp_cc_state_name(enum l2tp_cc_state s);           /* "est", "wt-conn" ... */
const char *l2tp_session_state_name(enum l2tp_session_state s); /* as show vpdn prints */

enum l2tp_resync {
	L2TP_RESYNC_NONE,
	L2TP_RESYNC_VERIFYING,
	L2TP_RESYNC_OK,
	L2TP_RESYNC_FAILED,
};

/* Who ended it. */
enum l2tp_by {
	L2TP_BY_LOCAL,   /* order of the owner */
	L2TP_BY_PEER,    /* StopCCN or CDN */
	L2TP_BY_TIMEOUT, /* retransmissions or a set-up timer ran out */
	L2TP_BY_PROTOCOL, /* we ended it because of what the peer sent */
};

struct l2tp_cause {
	enum l2tp_by by;
	uint16_t result, error; /* RFC 2661, section 4.4.2 */
	char text[L2TP_TEXT_MAX]; /* raw bytes of the peer, NUL-terminated: escape to show */
	struct l2tp_ppp_cause ppp; /* of a CDN */
};

enum l2tp_effect_kind {
	L2TP_FX_SEND,            /* bytes: a whole L2TP datagram for path */
	L2TP_FX_CC_REQUEST,      /* SCCRQ: call l2tp_cc_accept() or l2tp_cc_reject() now */
	L2TP_FX_CC_UP,
	L2TP_FX_CC_DOWN,         /* cause; the sessions' downs came before it */
	L2TP_FX_SESSION_REQUEST, /* ICRQ: call l2tp_session_accept() or _reject() now */
	L2TP_FX_SESSION_UP,      /* ICCN accepted (LNS) or sent (LAC) */
	L2TP_FX_SESSION_DOWN,    /* cause */
	L2TP_FX_SESSION_SLI,     /* LAC: accm[0] to send with, accm[1] to receive with */
	L2TP_FX_SESSION_WEN,     /* LNS: errors */
	L2TP_FX_RESYNC_DONE,     /* resync tells how it ended; FAILED is followed by downs */
	L2TP_FX_UNMARK,          /* seq: the standby has what the tunnel's packets up to this
				  * transaction did not wait for; deleted: the tunnel is gone */
	L2TP_FX_DEBUG,           /* text: a state change, a rejected packet */
};

enum l2tp_send_flags {
	L2TP_SEND_UNCOMMITTED = 1 << 0, /* left without its commit (H3) */
	L2TP_SEND_RETRANSMIT = 1 << 1,
	L2TP_SEND_ZLB = 1 << 2,
	L2TP_SEND_HELLO = 1 << 3,
};

struct l2tp_effect {
	enum l2tp_effect_kind kind;
	uint16_t cc;      /* local tunnel id */
	uint16_t session; /* local session id, 0 if it is about the tunnel */
	struct l2tp_path path;
	uint32_t flags; /* enum l2tp_send_flags */
	uint64_t seq;   /* SEND with L2TP_SEND_UNCOMMITTED: the transaction; UNMARK */
	bool deleted;   /* UNMARK */
	const uint8_t *bytes;
	size_t len;
	const char *peer_name; /* CC_REQUEST: Host Name, raw */
	struct l2tp_cause cause;
	struct l2tp_call call;
	enum l2tp_resync resync;
	const char *text;
	uint32_t accm[2];
	struct l2tp_call_errors errors;
};

struct l2tp_engine *l2tp_engine_new(const struct l2tp_engine_config *cfg, base_time now);

/* Frees all state and sends nothing: a pulled RP gets no chance to say goodbye. */
void l2tp_engine_free(struct l2tp_engine *e);

/* ---- inputs; after each poll effects until there are none ---- */

/* One UDP payload that came to path->local_* from path->remote_*.  Malformed ones are
 * dropped and counted. */
void l2tp_engine_input(struct l2tp_engine *e, const struct l2tp_path *path,
	const uint8_t *dgram, size_t len, base_time now);

base_time l2tp_engine_next_due(const struct l2tp_engine *e);

/* Runs what is due.  At most `budget` timers; true when more are due. */
bool l2tp_engine_tick(struct l2tp_engine *e, base_time now, unsigned budget);

/* The FP heard data of this tunnel (puts the next HELLO off). */
void l2tp_cc_heard(struct l2tp_engine *e, uint16_t cc, base_time now);

/* The next effect, valid until the next call into the engine; false: there is none. */
bool l2tp_engine_poll(struct l2tp_engine *e, struct l2tp_effect *out);

/* ---- orders of the owner ---- */

/* Opens a tunnel as initiator (LAC).  Returns its local id, 0 when a limit is reached. */
uint16_t l2tp_cc_open(struct l2tp_engine *e, const struct l2tp_path *path,
	const struct l2tp_cc_params *params, base_time now);

/* Answers L2TP_FX_CC_REQUEST. */
void l2tp_cc_accept(struct l2tp_engine *e, uint16_t cc, const struct l2tp_cc_params *params,
	base_time now);
void l2tp_cc_reject(struct l2tp_engine *e, uint16_t cc, uint16_t result, uint16_t error,
	const char *text, base_time now);

/* Ends a tunnel and its sessions (StopCCN; result 1 to 7). */
void l2tp_cc_close(struct l2tp_engine *e, uint16_t cc, uint16_t result, uint16_t error,
	const char *text, base_time now);

/* LAC: places an incoming call in a tunnel that is opening or established (whoever opened it).
 * Returns the local session id, 0 when a limit is reached or the tunnel is gone. */
uint16_t l2tp_session_open(struct l2tp_engine *e, uint16_t cc, const struct l2tp_call *call,
	base_time now);

/* The same with line information (ICRQ) and proxy LCP and authentication (ICCN); either may be
 * NULL, both are copied.  0 also when proxy is longer than L2TP_PROXY_MAX. */
uint16_t l2tp_session_open_with(struct l2tp_engine *e, uint16_t cc,
	const struct l2tp_call *call, const struct l2tp_line *line,
	const struct l2tp_proxy *proxy, base_time now);

/* Answers L2TP_FX_SESSION_REQUEST: ICRP, or CDN. */
void l2tp_session_accept(struct l2tp_engine *e, uint16_t cc, uint16_t session, base_time now);
void l2tp_session_reject(struct l2tp_engine *e, uint16_t cc, uint16_t session,
	uint16_t result, uint16_t error, const char *text, base_time now);

/* Ends a session (CDN; result 1 to 11).  text may be NULL. */
void l2tp_session_close(struct l2tp_engine *e, uint16_t cc, uint16_t session,
	uint16_t result, uint16_t error, const char *text, base_time now);

/* The same, and the CDN says why PPP ended (RFC 3145).  ppp->known is not looked at. */
void l2tp_session_close_ppp(struct l2tp_engine *e, uint16_t cc, uint16_t session,
	uint16_t result, uint16_t error, const char *text,
	const struct l2tp_ppp_cause *ppp, base_time now);

/* LNS: Set-Link-Info, the ACCMs that LCP came to.  False: no established call of an LNS. */
bool l2tp_session_sli(struct l2tp_engine *e, uint16_t cc, uint16_t session,
	uint32_t send_accm, uint32_t receive_accm, base_time now);

/* LAC: WAN-Error-Notify, at most one for a call in 60 s.  False: too early, or no established
 * call of a LAC. */
bool l2tp_session_wen(struct l2tp_engine *e, uint16_t cc, uint16_t session,
	const struct l2tp_call_errors *errors, base_time now);

/* LNS: PPP has taken what it needs of the proxy AVPs; they are kept, and replicated, until
 * then. */
void l2tp_session_forget_proxy(
	struct l2tp_engine *e, uint16_t cc, uint16_t session, base_time now);

/* New HA settings of a living tunnel (l2tp sso enable, sso enable).  Off: its records are
 * deleted on the standby and it is no longer gated. */
void l2tp_cc_set_ha(struct l2tp_engine *e, uint16_t cc, bool ha);

/* HELLO at once if nothing is outstanding (tests, scenarios: do PEER hello now). */
void l2tp_cc_hello(struct l2tp_engine *e, uint16_t cc, base_time now);

/* ---- checkpointing on the active RP ---- */

enum l2tp_rec_type {
	L2TP_REC_CC = 1,  /* key: tunnel id */
	L2TP_REC_SEQ,     /* key: tunnel id; S, U, R, resync state */
	L2TP_REC_MSG,     /* key: tunnel id << 16 | Ns; one message of Q.  No delete: a SEQ
			   * record drops what is below its U */
	L2TP_REC_SESSION, /* key: tunnel id << 16 | session id */
};

/* The standby can take records from now on (bulk begins): tunnels become replicated as the
 * bulk reaches them, new ones when they are established.  Off: PEER_DOWN; nothing is held any
 * more, and what was held leaves with L2TP_SEND_UNCOMMITTED. */
void l2tp_engine_set_standby(struct l2tp_engine *e, bool present, base_time now);

/* Marks the next tunnels and sessions to be sent in full, at most `budget` objects; false when
 * all have been marked.  Poll records after it.  Restarts after set_standby(true). */
bool l2tp_engine_bulk_next(struct l2tp_engine *e, unsigned budget);

/* The next record of what changed since the last poll, encoded from live state; false: none. */
bool l2tp_engine_poll_record(struct l2tp_engine *e, struct ckpt_record *out);

/* Is this tunnel replicated?  Other clients' records of its sessions follow it. */
bool l2tp_cc_replicated(const struct l2tp_engine *e, uint16_t cc);

/* How a record is made up, to dump it (rec_dump() masks what is secret); NULL: no such type. */
const struct rec_table *l2tp_rec_table(uint8_t type);

/* The records polled since the last call belong to transaction seq (rising, never 0). */
void l2tp_engine_txn_end(struct l2tp_engine *e, uint64_t seq);

/* The standby has applied everything up to seq: what waited for it leaves. */
void l2tp_engine_committed(struct l2tp_engine *e, uint64_t seq, base_time now);

/* The ack budget ran out (H3): what waited for transactions up to seq leaves now, marked
 * L2TP_SEND_UNCOMMITTED; the tunnels count as unprotected until committed(>= seq). */
void l2tp_engine_release(struct l2tp_engine *e, uint64_t seq, base_time now);

/* Number of unprotected tunnels. */
unsigned l2tp_engine_unprotected(const struct l2tp_engine *e);

/* Messages that wait for their commit, over all tunnels. */
unsigned l2tp_engine_held(const struct l2tp_engine *e);

/* ---- the standby ---- */

/* Forgets everything (a bulk begins). */
void l2tp_engine_reset(struct l2tp_engine *e, base_time now);

/* Applies one record; false: it makes no sense (the standby is then not HOT). */
bool l2tp_engine_apply(struct l2tp_engine *e, const struct ckpt_record *rec, base_time now);

/* Becomes live.  Every tunnel enters resync: the lowest message of Q unchanged (or a HELLO at S)
 * until an Nr covers it, then normal running; 32 tunnels start per 0.5 ms.  New sessions are
 * refused on a tunnel until it is done (CDN 2/6 "Tunnel in HA resync (611)"; the owner sees
 * L2TP_FX_DEBUG and the refusal counter).  Sessions that were not established are given to the
 * owner by l2tp_next_session(): it closes them (H10). */
void l2tp_engine_activate(struct l2tp_engine *e, base_time now);

/* A standby that is about to be activated: the tunnel and its sessions are dropped without a
 * message and without an effect.  False: there is no such tunnel. */
bool l2tp_cc_drop(struct l2tp_engine *e, uint16_t cc, base_time now);

/* ---- queries ---- */

struct l2tp_cc_info {
	uint16_t id, remote_id;
	enum l2tp_cc_state state;
	bool lac; /* we are the LAC: we opened it */
	struct l2tp_path path;
	const char *peer_name, *peer_vendor; /* raw: escape to show */
	struct l2tp_cc_params params;
	unsigned sessions, sessions_established;
	base_time since; /* of the last state change */
	uint16_t s, u, r_rx, r_dur, s_dur;
	uint16_t rws, peer_rws, cwnd;
	unsigned queued, unsent;
	bool ha_enabled;     /* configured and eligible */
	bool ha_established; /* established and confirmed by the standby; on a standby: applied */
	bool unprotected;
	enum l2tp_resync resync;
	uint64_t sent, received, resends, zlb_sent, dropped;
};

struct l2tp_session_info {
	uint16_t cc, id, remote_id;
	enum l2tp_session_state state;
	struct l2tp_call call;
	base_time since;
	bool lac;        /* we placed the call */
	bool has_line, has_proxy;
	bool accm_known; /* SLI was sent or received */
	uint32_t accm[2];
	bool errors_known; /* WEN was sent or received */
	struct l2tp_call_errors errors;
};

bool l2tp_cc_get(const struct l2tp_engine *e, uint16_t cc, struct l2tp_cc_info *out);
bool l2tp_session_get(const struct l2tp_engine *e, uint16_t cc, uint16_t session,
	struct l2tp_session_info *out);
/* What came with an ICRQ, and was given by the owner of a LAC (RFC 5515).  Borrowed until the next
 * call into the engine, as is the proxy information of an ICCN.  False: there is none. */
bool l2tp_session_line(const struct l2tp_engine *e, uint16_t cc, uint16_t session,
	struct l2tp_line *out);
bool l2tp_session_proxy(const struct l2tp_engine *e, uint16_t cc, uint16_t session,
	struct l2tp_proxy *out);
/* The peer's id of it; 0: none is known. */
uint16_t l2tp_session_remote(
	const struct l2tp_engine *e, uint16_t cc, uint16_t session);

/* The live tunnel after `after` in slab order (start with *cursor = 0); false at the end.
 * Tombstones are left out. */
bool l2tp_next_cc(const struct l2tp_engine *e, uint32_t *cursor, struct l2tp_cc_info *out);
bool l2tp_next_session(const struct l2tp_engine *e, uint32_t *cursor,
	struct l2tp_session_info *out);

struct l2tp_counts { /* maintained, never walked for */
	unsigned tunnels, tunnels_ha, tunnels_ha_est, tunnels_resync;
	unsigned sessions, half_open;
	unsigned resync_ok, resync_failed; /* of the last switchover */
	base_time resync_began, resync_ended; /* ended: NEVER while running or before any */
	unsigned refused_in_resync;
	unsigned setting_up; /* calls between ICRQ and ICCN */
};

void l2tp_get_counts(const struct l2tp_engine *e, struct l2tp_counts *out);

/* Reasons for dropped datagrams, one counter each. */
enum l2tp_drop {
	L2TP_DROP_MALFORMED,
	L2TP_DROP_UNKNOWN_TUNNEL,
	L2TP_DROP_WRONG_SOURCE,
	L2TP_DROP_NR_AHEAD,
	L2TP_DROP_DUPLICATE,
	L2TP_DROP_OUT_OF_WINDOW,
	L2TP_DROP_LIMIT,
	L2TP_DROP_PASSIVE,
	L2TP_DROP_RATE, /* SCCRQ or ICRQ above its rate */
	L2TP_DROP_TIE,  /* SCCRQ of a peer whose tie breaker loses */
	L2TP_N_DROPS,
};

uint64_t l2tp_drops(const struct l2tp_engine *e, enum l2tp_drop why);
const char *l2tp_drop_name(enum l2tp_drop why);
