/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The PPP engine: any number of links, each with LCP, PAP or CHAP, and IPCP (RFC 1661, 1334,
 * 1994, 1332, 1877), as the network side (it authenticates and gives addresses) or as the
 * subscriber side.  No I/O: frames, time and orders in, effects out, polled by the owner after
 * every call.
 *
 * Frames start at the PPP header (optional FF 03, protocol) and have no FCS.  IPv4 and IPv6
 * packets are not for this engine; it gets control protocols only.
 *
 * High availability (ha-commit.md H12): PPP frames are never held.  One record is made when
 * IPCP is opened; a link restored from it runs on from Opened and can repeat a Success or Ack.
 */
#pragma once

#include "base/ckpt.h"
#include "base/time.h"
#include "ppp/wire.h"

#include <glib.h>

struct ppp_engine;

enum {
	PPP_NAME_MAX = 254,  /* with NUL: 253 octets */
	PPP_SECRET_MAX = 129,
	PPP_MSG_MAX = 128,
};

enum ppp_auth {
	PPP_AUTH_NONE,
	PPP_AUTH_PAP,
	PPP_AUTH_CHAP, /* MD5 */
};

/* Settings of a link, copied; zero means the default in brackets. */
struct ppp_link_config {
	bool client;       /* subscriber side */
	enum ppp_auth auth[2]; /* network side: what we ask for, in order; {NONE} for no
				* authentication.  Client: what we accept, {NONE}: both */
	char name[PPP_NAME_MAX];     /* network: Name in our Challenge; client: user */
	char password[PPP_SECRET_MAX]; /* client */
	uint16_t mru;           /* what we ask for [1500] */
	uint32_t local_ip;      /* network side: ours, put into our IPCP request */
	uint32_t dns[2];        /* network side: given when asked for; 0 rejects the option */
	bool want_dns;          /* client: ask for both */
	uint16_t restart_s;     /* restart timer [3] */
	uint8_t max_configure;  /* [10] */
	uint8_t max_terminate;  /* [2] */
	uint8_t max_failure;    /* naks before rejecting [5] */
	uint16_t auth_s;        /* time to finish authentication [10] */
	uint8_t auth_retries;   /* challenges or requests sent [10] */
	uint16_t echo_s;        /* LCP echo interval; 0: none from this engine (the FP does) */
	uint8_t echo_misses;    /* unanswered echoes until the link is down [5] */
};

enum ppp_phase {
	PPP_PHASE_DEAD,
	PPP_PHASE_ESTABLISH,
	PPP_PHASE_AUTHENTICATE,
	PPP_PHASE_NETWORK,
	PPP_PHASE_OPEN, /* IPCP opened */
	PPP_PHASE_TERMINATE,
};

const char *ppp_phase_name(enum ppp_phase p);

/* Disconnect causes: the numbers of RFC 3145 (reference/l2tp-ha-behaviour.md 15.2). */
enum ppp_cause {
	PPP_CAUSE_NONE = 0,
	PPP_CAUSE_ADMIN = 1,
	PPP_CAUSE_NORMAL = 3,      /* Terminate-Request */
	PPP_CAUSE_LCP_TIMEOUT = 5,
	PPP_CAUSE_LCP_SILENT = 6,
	PPP_CAUSE_LOOP = 7,
	PPP_CAUSE_ECHO = 8,
	PPP_CAUSE_AUTH_TIMEOUT = 13,
	PPP_CAUSE_AUTH_REFUSED = 15, /* peer does not do any protocol we ask for */
	PPP_CAUSE_AUTH_FAILED = 16,
	PPP_CAUSE_NCP_TIMEOUT = 17,
	PPP_CAUSE_NO_NCP = 18,
	PPP_CAUSE_NO_ADDRESS = 19,
};

const char *ppp_cause_text(enum ppp_cause c);

enum ppp_effect_kind {
	PPP_FX_SEND, /* bytes: a frame with FF 03 */
	PPP_FX_AUTH, /* network side: check it, then call ppp_link_auth_result() (at once or
		      * later) */
	PPP_FX_UP,   /* IPCP opened: local_ip, peer_ip, dns (client) */
	PPP_FX_DOWN, /* the link has ended: cause, by_peer.  Free it with ppp_link_drop() */
	PPP_FX_DEBUG,
};

struct ppp_effect {
	enum ppp_effect_kind kind;
	uint32_t link;
	const uint8_t *bytes;
	size_t len;
	struct {
		enum ppp_auth method;
		const char *name;     /* raw, NUL-terminated, no NUL inside */
		const char *password; /* PAP */
		uint8_t id;           /* CHAP */
		const uint8_t *challenge;
		size_t challenge_len;
		uint8_t response[16];
	} auth;
	uint32_t local_ip, peer_ip, dns[2];
	enum ppp_cause cause;
	bool by_peer;
	const char *text;
};

/* seed: of challenges and magic numbers; stream separates engines of one seed. */
struct ppp_engine *ppp_engine_new(uint64_t seed, uint64_t stream, bool passive, base_time now);
void ppp_engine_free(struct ppp_engine *e);

/* Starts a link under a number chosen by the owner (not 0, not in use; false otherwise):
 * lower layer up, LCP opened, first Configure-Request among the effects. */
bool ppp_link_open(struct ppp_engine *e, uint32_t link, const struct ppp_link_config *cfg,
	base_time now);

/* One frame.  Unknown links are ignored. */
void ppp_link_input(struct ppp_engine *e, uint32_t link, const uint8_t *frame, size_t len,
	base_time now);

/* The owner's verdict on PPP_FX_AUTH: one for each, also for one that has become pointless
 * (it is then ignored); no other is asked for before.  peer_ip: the address for the peer
 * (0: none can be had: IPCP then ends with NO_ADDRESS); message: for Success/Failure or
 * Ack/Nak, may be NULL. */
void ppp_link_auth_result(struct ppp_engine *e, uint32_t link, bool ok, uint32_t peer_ip,
	const char *message, base_time now);

/* Network side without authentication: the address for the peer. */
void ppp_link_set_peer_ip(struct ppp_engine *e, uint32_t link, uint32_t peer_ip);

/* Terminates in an orderly way: Terminate-Request, then PPP_FX_DOWN. */
void ppp_link_close(struct ppp_engine *e, uint32_t link, enum ppp_cause cause,
	base_time now);

/* Frees a link at once: sends nothing, gives no effect. */
void ppp_link_drop(struct ppp_engine *e, uint32_t link);

base_time ppp_engine_next_due(const struct ppp_engine *e);
bool ppp_engine_tick(struct ppp_engine *e, base_time now, unsigned budget);

/* The next effect; what it points to is good until the next call to the engine. */
bool ppp_engine_poll(struct ppp_engine *e, struct ppp_effect *out);

/* ---- checkpointing ---- */

enum ppp_rec_type { PPP_REC_LINK = 1 }; /* key: link number */

/* How a record is made up, to dump it; NULL: no such type. */
const struct rec_table *ppp_rec_table(uint8_t type);

/* Records are made only for links that the owner has marked (HA): at Opened, and when marked
 * (again) after it; a delete when a marked link is dropped or its mark taken away.  Links that
 * came from records are marked. */
void ppp_link_set_replicated(struct ppp_engine *e, uint32_t link, bool on);
/* Takes away all marks, and the records not yet polled: who had them is gone. */
void ppp_engine_forget_standby(struct ppp_engine *e);
bool ppp_engine_poll_record(struct ppp_engine *e, struct ckpt_record *out);
bool ppp_engine_apply(struct ppp_engine *e, const struct ckpt_record *rec, base_time now);
void ppp_engine_reset(struct ppp_engine *e, base_time now);
void ppp_engine_activate(struct ppp_engine *e, base_time now);

/* ---- queries ---- */

struct ppp_link_info {
	enum ppp_phase phase;
	enum ppp_auth auth; /* negotiated */
	const char *peer_name;
	uint32_t local_ip, peer_ip, dns[2];
	uint32_t local_magic, peer_magic;
	uint16_t peer_mru;
	bool lcp_open, ipcp_open;
	bool replicated;
};

bool ppp_link_get(const struct ppp_engine *e, uint32_t link, struct ppp_link_info *out);
size_t ppp_engine_links(const struct ppp_engine *e);

struct ppp_stats {
	uint64_t in, out;        /* frames */
	uint64_t malformed;      /* dropped: framing or a length that lies */
	uint64_t unexpected;     /* dropped: wrong phase, or an answer to nothing we asked */
	uint64_t unknown;        /* protocol or code that we do not have */
};

void ppp_engine_stats(const struct ppp_engine *e, struct ppp_stats *out);

/* Turns PPP_FX_DEBUG on or off (off at first). */
void ppp_engine_set_debug(struct ppp_engine *e, bool on);

/* MD5(id, secret, challenge): the value of a CHAP Response (RFC 1994 section 4.1). */
void ppp_chap_md5(uint8_t id, const char *secret, const uint8_t *challenge, size_t len,
	uint8_t out[16]);
