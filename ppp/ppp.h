/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The PPP engine: any number of links, each with LCP, an authentication (PAP, CHAP with MD5,
 * MS-CHAP, MS-CHAPv2) and IPCP (RFC 1661, 1334, 1994, 2433, 2759, 1332, 1877), as the network
 * side (it authenticates and gives addresses) or as the subscriber side.  No I/O: frames, time
 * and orders in, effects out, polled by the owner after every call.
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
	PPP_AUTHS_MAX = 4,
	PPP_RESPONSE_MAX = 49, /* octets of a CHAP Response's value */
	PPP_NAME_MAX = 254,  /* with NUL: 253 octets */
	PPP_SECRET_MAX = 129,
	PPP_MSG_MAX = 128,
};

enum ppp_auth {
	PPP_AUTH_NONE,
	PPP_AUTH_PAP,
	PPP_AUTH_CHAP, /* MD5 */
	PPP_AUTH_MSCHAP,
	PPP_AUTH_MSCHAP2,
};

const char *ppp_auth_name(enum ppp_auth a); /* "PAP", "CHAP", "MS-CHAP", "MS-CHAP-V2" */

/* A PPP_AUTH number that links can be opened with (MS-CHAP needs nettle in the build). */
bool ppp_auth_valid(unsigned a);

/* An LNS and what its LAC has negotiated (RFC 2661 section 4.4.5): `lcp renegotiation`. */
enum ppp_renegotiate {
	PPP_RENEGOTIATE_NEVER,
	PPP_RENEGOTIATE_ON_MISMATCH,
	PPP_RENEGOTIATE_ALWAYS,
};

/* Settings of a link, copied; zero means the default in brackets. */
struct ppp_link_config {
	bool client;       /* subscriber side */
	enum ppp_auth auth[PPP_AUTHS_MAX]; /* network side: what we ask for, in order, up to
				* the first NONE; {NONE} for no authentication.  Client: what we
				* accept, {NONE}: all */
	char name[PPP_NAME_MAX];     /* network: Name in our Challenge; client: user */
	char password[PPP_SECRET_MAX]; /* client */
	uint16_t mru;           /* what we ask for [1500] */
	uint32_t local_ip;      /* network side: ours, put into our IPCP request */
	uint32_t peer_ip;       /* network side without authentication: the peer's */
	uint32_t dns[2];        /* network side: given when asked for; 0 rejects the option */
	bool want_dns;          /* client: ask for both */
	bool ask_accm;          /* client on an asynchronous line: ask for `accm` */
	uint32_t accm;
	bool lac;        /* network side that may forward the link: see ppp_link_forward() */
	enum ppp_renegotiate renegotiate; /* ppp_link_open_proxied() */
	bool force_chap; /* ppp_link_open_proxied(): whoever the LAC believed, the peer must
			  * answer a CHAP challenge of ours (`force-local-chap`) */
	uint16_t restart_s;     /* restart timer [3] */
	uint8_t max_configure;  /* [10] */
	uint8_t max_terminate;  /* [2] */
	uint8_t max_failure;    /* naks before rejecting [5] */
	uint16_t auth_s;        /* time to finish authentication [10] */
	uint8_t auth_retries;   /* challenges or requests sent [10] */
	uint8_t max_bad_auth;   /* network side, PAP and MS-CHAP: failures after which the peer
				 * may try again [0] */
	uint16_t peer_mru_max;  /* the link is PPPoE (RFC 2516 section 7), and the peer may not
				 * ask for more: pppoe_session_info.mtu; 0: whatever it wants */
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
	PPP_PHASE_FORWARDED, /* LAC: the LNS goes on from here */
};

const char *ppp_phase_name(enum ppp_phase p);

/* Disconnect causes: the numbers of RFC 3145 (reference/l2tp-ha-behaviour.md 15.2). */
enum ppp_cause {
	PPP_CAUSE_NONE = 0,
	PPP_CAUSE_ADMIN = 1,
	PPP_CAUSE_NO_PROXY = 2,    /* no usable proxy LCP, and no renegotiation */
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
		      * later).  MSCHAP, MSCHAP2: with ppp/mschap.h, or ask RADIUS */
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
		enum ppp_auth method; /* NONE (LAC only): nobody was asked who he is; forward,
				       * or give a verdict */
		bool proxied;         /* the LAC heard it, not we */
		const char *name;     /* raw, NUL-terminated, no NUL inside */
		const char *password; /* PAP */
		uint8_t id;           /* CHAP */
		const uint8_t *challenge;
		size_t challenge_len;
		uint8_t response[PPP_RESPONSE_MAX];
		size_t response_len;
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

/* ---- LAC and LNS ----
 *
 * On a LAC (config.lac) the link comes as far as PPP_FX_AUTH.  The owner may then answer it as
 * usual, and the link is terminated here, or ask an LNS to take over:
 *
 *   1. ppp_link_get_proxy(): values of the ICCN's proxy AVPs
 *   2. the L2TP session is up: ppp_link_forward().  False: LCP has begun again meanwhile, and
 *      the owner will get another PPP_FX_AUTH; the L2TP session is to be closed
 *   3. from then on frames of the subscriber and of the L2TP session are exchanged by the
 *      owner; the link is only remembered (and recorded, if replicated) until it is dropped
 *
 * While the owner waits for the LNS, the engine answers LCP echoes and keeps still otherwise.
 *
 * On the LNS ppp_link_open_proxied() starts from those values.  Proxy LCP is taken when all of
 * it fits our settings: then LCP is open without a packet, and a proxied authentication that
 * fits the method agreed on is put to the owner by PPP_FX_AUTH (proxied); without one the
 * peer is asked anew.  MS-CHAPv2 cannot be proxied (it has no number in RFC 2661). */

struct ppp_proxy {
	/* Options of Configure-Requests; NULL: the AVP is absent */
	const uint8_t *first_received, *last_sent, *last_received;
	size_t first_received_len, last_sent_len, last_received_len;
	uint16_t authen_type; /* 0: absent; 2 CHAP, 3 PAP, 4 none, 5 MS-CHAP */
	const uint8_t *name, *challenge, *response; /* NULL: absent.  PAP: the password */
	size_t name_len, challenge_len, response_len;
	bool has_id;
	uint8_t id;
};

/* LAC: what the link has to hand over; pointers are good until the next call to the engine.
 * False: no such link, not a LAC's, or not at PPP_FX_AUTH now. */
bool ppp_link_get_proxy(const struct ppp_engine *e, uint32_t link, struct ppp_proxy *out);
bool ppp_link_forward(struct ppp_engine *e, uint32_t link, base_time now);

/* LNS: like ppp_link_open().  Not one proxy value there: ordinary LCP, whatever
 * config.renegotiate says, since then the LAC has not negotiated.  Values that do not fit, or
 * only some of them, and PPP_RENEGOTIATE_NEVER: PPP_FX_DOWN is among the effects (NO_PROXY,
 * AUTH_REFUSED). */
bool ppp_link_open_proxied(struct ppp_engine *e, uint32_t link,
	const struct ppp_link_config *cfg, const struct ppp_proxy *proxy, base_time now);

/* One frame.  Unknown links are ignored. */
void ppp_link_input(struct ppp_engine *e, uint32_t link, const uint8_t *frame, size_t len,
	base_time now);

/* The owner's verdict on PPP_FX_AUTH: one for each, also for one that has become pointless
 * (it is then ignored); no other is asked for before.  peer_ip: the address for the peer
 * (0: none can be had: IPCP then ends with NO_ADDRESS); message: for Success/Failure or
 * Ack/Nak, may be NULL.  MSCHAP2: on success it must begin with the Authenticator Response
 * ("S=..."), which the peer checks.  MSCHAP and MSCHAP2: on failure it becomes the M= of the
 * Failure packet, with error 691; one that begins "E=nnn" names another error. */
void ppp_link_auth_result(struct ppp_engine *e, uint32_t link, bool ok, uint32_t peer_ip,
	const char *message, base_time now);

/* Network side without authentication: the address for the peer, before LCP is opened (with
 * ppp_link_open_proxied(): in the settings). */
void ppp_link_set_peer_ip(struct ppp_engine *e, uint32_t link, uint32_t peer_ip);

/* Network side: other name servers for the peer than those of the settings, before IPCP begins. */
void ppp_link_set_dns(struct ppp_engine *e, uint32_t link, const uint32_t dns[2]);

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
	uint32_t peer_accm; /* as asked for by the peer [ffffffff] */
	bool lcp_open, ipcp_open;
	bool lcp_proxied, auth_proxied; /* came from the LAC */
	bool forwarded;
	bool replicated;
};

bool ppp_link_get(const struct ppp_engine *e, uint32_t link, struct ppp_link_info *out);
size_t ppp_engine_links(const struct ppp_engine *e);

struct ppp_stats {
	uint64_t in, out;        /* frames */
	uint64_t malformed;      /* dropped: framing or a length that lies */
	uint64_t unexpected;     /* dropped: wrong phase, or an answer to nothing we asked */
	uint64_t unknown;        /* protocol or code that we do not have */
	uint64_t proto_rejects_in, proto_rejects_out;
	uint64_t echoes_out, echo_replies_in; /* keepalives of this engine */
	uint64_t auth_good, auth_bad; /* verdicts of the owner */
	uint64_t proxied, proxy_refused; /* LCP taken from the LAC; values that did not fit */
};

void ppp_engine_stats(const struct ppp_engine *e, struct ppp_stats *out);

/* Turns PPP_FX_DEBUG on or off (off at first). */
void ppp_engine_set_debug(struct ppp_engine *e, bool on);

/* MD5(id, secret, challenge): the value of a CHAP Response (RFC 1994 section 4.1). */
void ppp_chap_md5(uint8_t id, const char *secret, const uint8_t *challenge, size_t len,
	uint8_t out[16]);
