/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small world around the VPDN core, in virtual time: LACs made of our own L2TP
 * engine, their subscribers made of our own PPP engine, wires between them and the LNS,
 * a table that plays the forwarding processor, and, when asked for, a standby that gets
 * every transaction.
 *
 * What the LNS puts out is counted item by item (each datagram, frame, order to the FP,
 * record, end of transaction, each acknowledgement that comes back), and it can be
 * killed after any number of them: what it would have put out after that is lost.
 */
#pragma once

#include "base/rng.h"
#include "ppp/pppoe_client.h"
#include "vpdn/radius_sim.h"
#include "vpdn/vpdn.h"

enum {
	LAB_LACS = 2,
	LAB_NEXTS = 2, /* LNSs behind a multihop node */
	LAB_CALLS = 64,
	LAB_SESSIONS = 256, /* most that the LNS takes */
	LAB_TUNNELS = 16,
	LAB_LNS_IP = 0x0a630002,
	LAB_NEXT_IP = 0x0a640001, /* of the first */
	LAB_RADIUS = 2, /* servers */
	LAB_RADIUS_IP = 0x0a6300c8,
	LAB_PORT = 7, /* of PPPoE subscribers */
	LAB_POOL_LOW = 0x64400001,
	LAB_POOL_HIGH = 0x644000ff,
};

struct lab_call {
	bool used;
	unsigned lac;
	uint16_t cc, session; /* the LAC's ids; session 0: gone */
	bool at_lac;          /* the LAC talks PPP to the subscriber itself */
	bool linked;          /* the subscriber's link exists */
	bool up;              /* its IPCP is open */
	uint32_t ip, dns;
	char user[64], password[64];
	enum ppp_auth auth;
	enum ppp_cause cause;   /* how PPP ended */
	struct l2tp_cause gone; /* how L2TP ended */
	bool pppoe;             /* a PPPoE subscriber: there is no LAC but the router */
	uint16_t sid;
	bool left;    /* its PPPoE session has ended */
	char why[64]; /* as it was told */
};

struct lab_fp { /* by session number */
	bool there;
	bool stopped;
	struct vpdn_fib fib;
	struct vpdn_counts_fib counts; /* frames count as packets of one byte */
};

/* What the accounting server has of one session. */
struct lab_acct {
	unsigned starts, stops; /* with repeats */
	char user[64];
	uint32_t ip, seconds;
	uint8_t cause;
	struct vpdn_counts_fib counts;
};

struct lab_txn {
	uint64_t seq;
	GPtrArray *records; /* struct lab_record * */
};

struct lab {
	base_time now;
	struct vpdn *lns;     /* NULL: dead, nobody has taken over yet */
	struct vpdn *standby; /* NULL: none */
	struct l2tp_engine *lac[LAB_LACS];
	struct vpdn *next[LAB_NEXTS]; /* NULL: the LNS ends the calls itself */
	bool next_cut[LAB_NEXTS];     /* the wire to it loses everything */
	bool access;                  /* the router has PPPoE subscribers */
	bool strangers; /* it may call whom it likes: nobody is there */
	bool port_cut;                /* their wire loses everything */
	struct pppoe_clients *clients;
	struct ppp_engine *subscribers;
	struct ppp_engine *lac_ppp; /* LACs that talk PPP: lab_call_proxied() */
	uint16_t access_mru;       /* what they ask for; 0: 1500 */
	uint32_t framing_type;     /* of their ICCN; 0: 1, sync */
	void (*spoil)(struct l2tp_proxy *proxy); /* what they tell; NULL: the truth */
	bool ask_accm;             /* subscribers do, for 000a0000 */
	unsigned slis;             /* Set-Link-Infos that came to LACs */
	uint32_t sli_accm[2];      /* the last one */
	struct lab_call
		calls[LAB_CALLS]; /* by number of the subscriber's link, from 1 */
	struct lab_fp fp[LAB_SESSIONS + 1];
	GQueue *wire; /* struct lab_event *, by time and then by order */
	uint64_t order;
	uint64_t seq;
	unsigned items;   /* put out by the LNS so far */
	unsigned kill_at; /* UINT_MAX: never */
	bool killed;
	bool cut[LAB_LACS]; /* the wire to that LAC loses everything */
	struct rng dice;
	unsigned loss; /* datagrams and frames lost, of 1000, both ways */
	base_dur commit_delay;
	base_time applied; /* by the standby: its channel keeps order */
	unsigned logs;
	GString *log; /* the lines, "MNEMONIC text"; NULL: not kept */
	GHashTable *acct;           /* id -> struct lab_acct * */
	bool with_radius;
	struct radius_sim *radius[LAB_RADIUS]; /* NULL: local users, no RADIUS */
	bool acct_deaf;             /* the server takes them, its answers are lost */
	unsigned stops;             /* VPDN_FX_FIB_STOP */
	bool fp_mute;               /* the FP does not answer a stop */
	bool marks[UINT16_MAX + 1]; /* the FP's, by tunnel */
	uint64_t mark_seq[UINT16_MAX + 1];
	unsigned unmarks, udp_out;
	bool kill_standby; /* at kill_at the standby dies, not the LNS */
	uint64_t seeds;    /* of boots, so that no two are alike */
	uint8_t slot;      /* of the LNS: 0 or 1 */
	GString *trace;    /* every item: time, kind, detail; NULL: not kept */
	unsigned lac_ups[LAB_LACS];
	struct l2tp_cause cc_gone[LAB_LACS]; /* how the last tunnel of a LAC ended */
	bool cc_is_gone[LAB_LACS];
	unsigned uncommitted; /* datagrams that left without their commit */
	uint8_t auth_said[128]; /* the last frame of PAP or CHAP that the LNS sent, cut */
	size_t auth_said_len;
};

/* lns1 with group 1 (default, secret tunsecret), template 1 (chap pap, POOL),
 * user1..user64 with password pw. */
struct lab *lab_new(uint64_t seed);
/* The LNS is a multihop node: group 2 sends calls that come by lac0 on to two LNSs, and those of
 * lac1 end at it. */
struct lab *lab_new_hop(uint64_t seed);
/* It is a LAC with PPPoE subscribers: those of far.example go on to two LNSs (group 2), others
 * end at it; radius: two RADIUS servers decide and check. */
struct lab *lab_new_access(uint64_t seed, bool radius);
void lab_free(struct lab *lab);
void lab_configure(struct vpdn *v);
void lab_configure_hop(struct vpdn *v);    /* besides, for lab_new_hop() */
void lab_configure_radius(struct vpdn *v); /* besides, for lab_new_radius() */
void lab_configure_access(struct vpdn *v); /* besides, for lab_new_access() */
void lab_far_users(struct vpdn *v);        /* user1@far.example ... */
void lab_radius_servers(struct lab *lab, uint64_t seed);

/* The same, but two RADIUS servers, A and B, know user1..user64 and take the accounting, and the
 * LNS asks them: authentication falls back to local users. */
struct lab *lab_new_radius(uint64_t seed);

/* A passive LNS that takes over when the first dies; the bulk is done before it
 * returns. */
void lab_add_standby(struct lab *lab, base_dur commit_delay);

/* A new epoch: the standby is empty, what is in flight to it is void, the bulk is to
 * be run. */
void lab_begin_bulk(struct lab *lab);

uint16_t lab_tunnel(struct lab *lab, unsigned lac, const char *secret);

/* Places a call; returns its number. */
unsigned lab_call(struct lab *lab, unsigned lac, uint16_t cc, const char *user,
	const char *password, enum ppp_auth auth);

/* A PPPoE subscriber asks for a session; returns its number. */
unsigned lab_subscribe(
	struct lab *lab, const char *user, const char *password, enum ppp_auth auth);
/* What the echoes of the FPs find out in time: subscribers whose PADT was heard by nobody that
 * lived on.  Here, and at the LNSs. */
void lab_keepalive(struct lab *lab);
/* His PPP begins anew in the same PPPoE session. */
void lab_begin_again(struct lab *lab, unsigned call);
/* He sends PADT. */
void lab_unplug(struct lab *lab, unsigned call);
/* The router's session of a subscriber; false: it has none. */
bool lab_subscriber(
	const struct lab *lab, const struct lab_call *c, struct vpdn_session_info *out);

/* The same by a LAC that knows the subscriber before it calls, and tells the LNS what it
 * knows. */
unsigned lab_call_proxied(struct lab *lab, unsigned lac, uint16_t cc, const char *user,
	const char *password, enum ppp_auth auth);

/* Hangs up as the subscriber (Terminate-Request), or as the LAC (CDN). */
void lab_hang_up(struct lab *lab, unsigned call);
void lab_drop_carrier(struct lab *lab, unsigned call, uint16_t result);
void lab_stop_tunnel(struct lab *lab, unsigned lac, uint16_t cc);

/* After a call into lab->lns: takes what it put out. */
void lab_drain(struct lab *lab);
void lab_run(struct lab *lab, base_dur for_);
/* Until kill_at was reached, at most so long. */
void lab_run_until_killed(struct lab *lab, base_dur at_most);

/* The LNS is gone; the standby takes over after what is in flight to it.  A new standby gets
 * the LNS's configuration of groups. */
void lab_kill(struct lab *lab);
void lab_kill_standby(struct lab *lab);

enum lab_outcome { LAB_WHOLE, LAB_GONE, LAB_TORN };

/* Whole: up on the subscriber, the LAC, the LNS and the FP, with one address and
 * matching ids.  Gone: nowhere any more. */
enum lab_outcome lab_outcome(const struct lab *lab, unsigned call);
void lab_assert_up(const struct lab *lab, unsigned call);

/* The LNS's session of a call; false: it has none. */
bool lab_session(
	const struct lab *lab, const struct lab_call *c, struct vpdn_session_info *out);
/* Sessions that the next LNS of that index has. */
unsigned lab_next_sessions(const struct lab *lab, unsigned next);

/* The FP's entries are just the LNS's sessions. */
void lab_assert_fp(const struct lab *lab);

/* Every Start has one Stop, but those of sessions that are up; no Stop is without a Start. */
void lab_assert_acct(const struct lab *lab);
