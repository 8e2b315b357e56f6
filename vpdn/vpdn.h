/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VPDN: joins PPP, PPPoE and L2TP into subscriber sessions.  Owns one engine of each,
 * decides by the configuration which tunnels and calls to accept, checks users, gives addresses,
 * says what the forwarding processor shall do, keeps the failure history.  No I/O: inputs, time
 * and orders in; effects out, polled after every call until there are none.
 *
 * The number of a session is its slab index, the same on both RPs, in the FP and as the number
 * of its PPP link.  High availability follows l2tp/l2tp.h (transactions); all functions of that
 * kind here serve the engines too.
 */
#pragma once

#include "l2tp/l2tp.h"
#include "ppp/ppp.h"
#include "ppp/pppoe.h"
#include "vpdn/config.h"
#include "vpdn/radius_client.h"
#include "vpdn/radius_das.h"

struct vpdn;

struct vpdn_params {
	uint64_t seed;
	uint8_t id_parity; /* of the RP's slot */
	bool passive;      /* standby */
	uint32_t max_tunnels, max_sessions; /* 0: 16000, 64000 */
	bool no_accounting; /* no accounting records at all */
	int64_t epoch_s;    /* Unix time of base_time zero */
	uint16_t first_ns;  /* tests only, see l2tp_engine_config */
	uint16_t id_space;  /* the same */
};

struct vpdn *vpdn_new(const struct vpdn_params *p, base_time now);
void vpdn_free(struct vpdn *v);

/* The configuration, to read and to change.  After a change call vpdn_config_changed(): groups
 * that are gone close their tunnels, HA switches take effect on living ones. */
struct vpdn_config *vpdn_config(struct vpdn *v);
void vpdn_config_changed(struct vpdn *v, base_time now);

/* New tunnels and calls are accepted only while true (the FP's sweep is confirmed). */
void vpdn_set_accepting(struct vpdn *v, bool on);

/* ---- inputs ---- */

void vpdn_input_udp(struct vpdn *v, const struct l2tp_path *path, const uint8_t *dgram,
	size_t len, base_time now);
/* An Ethernet frame of PPPoE, as it came by that interface. */
void vpdn_input_ether(struct vpdn *v, const struct pppoe_access *access,
	const uint8_t *frame, size_t len, base_time now);
void vpdn_input_ppp(struct vpdn *v, uint32_t session, const uint8_t *frame, size_t len,
	base_time now);
/* The FP heard data in these tunnels lately. */
void vpdn_heard(struct vpdn *v, uint16_t cc, base_time now);
/* The FP says that the subscriber is dead (LCP echoes unanswered). */
void vpdn_dead(struct vpdn *v, uint32_t session, enum ppp_cause cause, base_time now);

/* The FP's answer to VPDN_FX_FIB_STOP: the session's final counters.  NULL: there is no FP that
 * could tell.  Without an answer the session ends after one second, with no counters.  May be
 * called while effects are polled.  While it is waited for, VPDN_FX_FIB_STOP comes once more after
 * half of that second, and with vpdn_stop_again(), for a new FP. */
struct vpdn_counts_fib {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes; /* rx: from the subscriber */
};

void vpdn_session_stopped(struct vpdn *v, uint32_t session,
	const struct vpdn_counts_fib *counts, base_time now);

void vpdn_stop_again(struct vpdn *v, base_time now);

/* A datagram for a port of vpdn_radius_port(). */
void vpdn_input_radius(struct vpdn *v, const struct l2tp_path *path, const uint8_t *bytes,
	size_t n, base_time now);
bool vpdn_radius_port(const struct vpdn *v, uint16_t port);

/* The FP's answer to VPDN_FX_FIB_READ; others are ignored. */
void vpdn_session_read(struct vpdn *v, uint32_t session,
	const struct vpdn_counts_fib *counts, base_time now);

/* The accounting record (id, status) of VPDN_FX_ACCT was taken: it is not repeated. */
void vpdn_acct_done(struct vpdn *v, const char *id, uint8_t status, base_time now);

base_time vpdn_next_due(const struct vpdn *v);
bool vpdn_tick(struct vpdn *v, base_time now, unsigned budget);

/* ---- effects ---- */

enum vpdn_effect_kind {
	VPDN_FX_UDP,         /* bytes to path; flags: enum l2tp_send_flags; with
			      * L2TP_SEND_UNCOMMITTED seq: the transaction it did not wait for */
	VPDN_FX_PPP,         /* bytes: a frame for session */
	VPDN_FX_ETHER,       /* bytes: an Ethernet frame for port */
	VPDN_FX_FIB_SESSION, /* program or update session: vpdn_session_fib() has it */
	VPDN_FX_FIB_STOP,    /* the session is being deleted: forward nothing more, and say
			      * the counters: vpdn_session_stopped() */
	VPDN_FX_FIB_FREE,    /* the session is gone (it may never have been programmed) */
	VPDN_FX_ACCT,        /* acct: an accounting record; until vpdn_acct_done() it comes again
			      * every 5 s, and after a takeover */
	VPDN_FX_RADIUS,      /* bytes to path: a datagram of the RADIUS client, or an answer to CoA */
	VPDN_FX_FIB_READ,    /* what are the session's counters? vpdn_session_read() */
	VPDN_FX_UNMARK,      /* cc, seq: transactions up to seq are committed now, so the FP's
			      * mark of the tunnel goes unless it is newer; deleted: the tunnel
			      * is gone, whatever its mark */
	VPDN_FX_LOG,         /* severity (log.h), facility, mnemonic, text */
	VPDN_FX_DEBUG,       /* text; area: "l2tp", "ppp", "vpdn", "radius", "pppoe", and
			      * "pppoe-packet", "pppoe-error" (see vpdn_set_pppoe_debug()) */
};

enum vpdn_acct_status { /* RFC 2866, section 5.1; RFC 2867, section 3 */
	VPDN_ACCT_START = 1,
	VPDN_ACCT_STOP = 2,
	VPDN_ACCT_INTERIM = 3,
	VPDN_ACCT_TUNNEL_START = 9, /* by RADIUS only, as the next */
	VPDN_ACCT_TUNNEL_STOP = 10,
	VPDN_ACCT_TUNNEL_REJECT = 11,
	VPDN_ACCT_LINK_START = 12,
	VPDN_ACCT_LINK_STOP = 13,
};

/* An accounting record (RFC 2866). */
struct vpdn_acct {
	const char *id; /* Acct-Session-Id: unique over RPs and boots */
	uint8_t status; /* enum vpdn_acct_status */
	const char *user; /* raw */
	uint32_t ip;
	base_time at; /* when it happened */
	struct vpdn_counts_fib counts;
	uint32_t seconds; /* Acct-Session-Time */
	uint8_t cause;    /* Acct-Terminate-Cause; 0 in a Start */
};

struct vpdn_effect {
	enum vpdn_effect_kind kind;
	uint32_t session;
	uint16_t cc, port;
	struct l2tp_path path;
	uint32_t flags;
	const uint8_t *bytes;
	size_t len;
	int severity;
	const char *facility, *mnemonic, *text, *area;
	uint64_t seq;
	bool deleted;
	struct vpdn_acct acct;
};

bool vpdn_poll(struct vpdn *v, struct vpdn_effect *out);

/* Turns debug lines of the PPP engine on or off (off at first); the others always come. */
void vpdn_set_ppp_debug(struct vpdn *v, bool on);

/* The same of RADIUS; its lines have secrets left out. */
void vpdn_set_radius_debug(struct vpdn *v, bool on);

/* The same of PPPoE: its packets and what was dropped; sessions (area "pppoe") always. */
void vpdn_set_pppoe_debug(struct vpdn *v, bool on);

/* What the FP must know of a session.  False: no such session. */
struct vpdn_fib {
	bool open; /* IPv4 is forwarded */
	struct l2tp_path path;
	uint16_t local_tunnel, local_session, remote_tunnel, remote_session;
	uint32_t subscriber_ip;
	uint32_t local_magic, remote_magic;
	uint16_t mtu, echo_s;
	uint8_t echo_misses;
	bool sequencing;   /* number what goes */
	bool seq_required; /* what comes must be numbered */
	bool seq_mirror;   /* number what goes while what comes is (LAC) */
	bool seq_drop;     /* drop what comes late, if it is numbered */
	bool checksum;     /* UDP checksum over data */
	bool pmtu;         /* the DF bit goes along */
	uint32_t mate; /* its PPP frames are this session's; 0: PPP ends here */
	bool pppoe;    /* a PPPoE session: of L2TP there is nothing, but */
	struct pppoe_peer peer;
	uint16_t pppoe_sid;
	uint16_t mss; /* TCP MSS of both directions is at most this; 0: as it is */
	bool source_check; /* what comes must be from subscriber_ip */
};

bool vpdn_session_fib(const struct vpdn *v, uint32_t session, struct vpdn_fib *out);

/* ---- orders ---- */

/* clear vpdn tunnel, clear vpdn session, clear interface: ended as administrative. */
void vpdn_clear_tunnel(struct vpdn *v, uint16_t cc, base_time now);
void vpdn_clear_session(struct vpdn *v, uint32_t session, base_time now);

/* ---- high availability: see l2tp/l2tp.h ---- */

enum vpdn_rec_type {
	VPDN_REC_SESSION = 1, /* key: session number */
	VPDN_REC_ACCT,        /* key: of vpdn/acct.h; one pending accounting record */
};

/* How a record is made up, to dump it; NULL: no such type. */
const struct rec_table *vpdn_rec_table(uint8_t type);

void vpdn_set_standby(struct vpdn *v, bool present, base_time now);
bool vpdn_bulk_next(struct vpdn *v, unsigned budget);
bool vpdn_poll_record(struct vpdn *v, struct ckpt_record *out);
void vpdn_txn_end(struct vpdn *v, uint64_t seq);
void vpdn_committed(struct vpdn *v, uint64_t seq, base_time now);
void vpdn_release(struct vpdn *v, uint64_t seq, base_time now);
unsigned vpdn_unprotected(const struct vpdn *v);

/* Control messages and accounting records that wait for a commit. */
unsigned vpdn_held(const struct vpdn *v);

void vpdn_reset(struct vpdn *v, base_time now);
/* client is CKPT_VPDN, CKPT_PPP, CKPT_PPPOE or CKPT_L2TP. */
bool vpdn_apply(struct vpdn *v, const struct ckpt_record *rec, base_time now);

/* Becomes live.  First the tunnels that the FP has marked (H3: packets left without their
 * commit) are dropped without a word, since our numbers of them are old.  Then pools, indexes
 * and limits are rebuilt; sessions that are not whole are closed with a CDN, those in deletion
 * are finished, all get a history entry and their accounting Stop; tunnels are verified; pending
 * accounting records are sent again.  The owner programs the FP by walking vpdn_next_session();
 * FIB effects of later changes come as usual. */
void vpdn_activate(
	struct vpdn *v, const uint16_t *marked, size_t n_marked, base_time now);

/* ---- queries ---- */

const struct l2tp_engine *vpdn_l2tp(const struct vpdn *v);
const struct radius_client *vpdn_radius(const struct vpdn *v);
void vpdn_das_counts(const struct vpdn *v, struct das_counts *out);
const struct ppp_engine *vpdn_ppp(const struct vpdn *v);
const struct pppoe_ac *vpdn_pppoe(const struct vpdn *v);

struct vpdn_session_info {
	uint32_t number;
	uint16_t cc, session; /* local ids */
	const char *username; /* raw: escape to show; "" before authentication */
	const char *group;
	uint16_t virtual_template;
	uint32_t vaccess; /* n of Virtual-Access2.n; 0 before IPCP */
	uint32_t unique_id;
	uint32_t subscriber_ip;
	uint32_t mate; /* number of the other half of a switched session; 0: none */
	bool lac;      /* a call that we placed */
	uint32_t pppoe;  /* a PPPoE session (cc and session are 0): its number there; 0: none */
	uint16_t pppoe_sid;
	base_time since; /* established */
	bool open;       /* PPP is up */
	bool closing;    /* in deletion: the FP has been told to stop it */
	bool ha_enabled, ha_established;
	bool waiting_vpdn, waiting_l2tp; /* the two flags of show l2tp redundancy */
};

bool vpdn_session_get(const struct vpdn *v, uint32_t number, struct vpdn_session_info *out);
bool vpdn_session_find(const struct vpdn *v, uint16_t cc, uint16_t session,
	struct vpdn_session_info *out);
/* Next after *cursor (start with 0) by number. */
bool vpdn_next_session(const struct vpdn *v, uint32_t *cursor,
	struct vpdn_session_info *out);

struct vpdn_counts {
	unsigned sessions, sessions_ha, sessions_ha_est, sessions_open; /* of L2TP */
	unsigned pppoe, pppoe_open;
	unsigned acct_pending; /* accounting records not yet taken */
};

/* What became of PPPoE sessions since the RP was started. */
struct vpdn_pppoe_events {
	uint64_t local;      /* logged in here */
	uint64_t forwarding; /* a call was placed */
	uint64_t forwarded;
	uint64_t disconnect;
};

void vpdn_pppoe_events(const struct vpdn *v, struct vpdn_pppoe_events *out);

void vpdn_get_counts(const struct vpdn *v, struct vpdn_counts *out);

/* Addresses of one configured range: free and in use. */
void vpdn_pool_usage(const struct vpdn *v, const struct vpdn_pool *pool, unsigned *free_,
	unsigned *in_use);

/* Failure history, newest last (show vpdn history failure, ios-cli.md 5.4). */
struct vpdn_failure {
	char user[64], nas[64], gateway[64]; /* escaped */
	uint32_t nas_ip, gateway_ip;
	uint16_t mid, nas_clid, gateway_clid;
	base_time at;
	unsigned repeat;
	char type[64], reason[96];
};

unsigned vpdn_history_count(const struct vpdn *v);
const struct vpdn_failure *vpdn_history_get(const struct vpdn *v, unsigned i);
void vpdn_history_clear(struct vpdn *v);
