/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of ppp/ share: the link with its two control protocols and its
 * authentication, and the engine's services (effects, timers, records).
 *
 * Every entry point of ppp.h ends in ppp_link_settle(), the only place where a link that
 * failed is closed and where PPP_FX_DOWN is made; actions of the automaton only note that
 * the link has failed.
 */
#pragma once

#include "base/index.h"
#include "base/rng.h"
#include "base/slab.h"
#include "base/timer.h"
#include "ppp/fsm.h"
#include "ppp/mschap.h"
#include "ppp/ppp.h"

enum {
	PPP_PKT_MAX = 1500,     /* control packet: code, id, length, data */
	PPP_PKT_HDR = 4,
	PPP_MIN_MRU = 128,      /* smallest MRU that we accept */
	PPP_DEFAULT_MRU = 1500,
	PPP_LINKS_MAX = 65536,
	PPP_OPTIONS_MAX = 32,   /* in one Configure-Request */
	PPP_SENT_MAX = 32,      /* our own options */
	PPP_LOOP_MAX = 20,      /* times our own magic number came back */
	PPP_RESTARTS_MAX = 10,  /* renegotiations a minute */
	PPP_CHALLENGE_LEN = 16,
	PPP_REC_VERSION = 2,
	PPP_REC_MAX = 1200,
};

enum ppp_timer {
	PPP_T_LCP, /* restart timers: PPP_T_LCP + enum cp_kind */
	PPP_T_IPCP,
	PPP_T_AUTH_RETRY,
	PPP_T_AUTH_DEADLINE,
	PPP_T_ECHO,
	PPP_TIMERS,
};

enum cp_kind { CP_LCP, CP_IPCP, CP_KINDS };

/* One control protocol of a link. */
struct cp {
	uint8_t state;  /* enum fsm_state */
	uint8_t prev;   /* state in which the event came that is being carried out */
	uint8_t id;     /* last identifier used */
	uint8_t req_id; /* of our latest Configure-Request */
	bool answered;  /* it has had its one answer; further ones are copies */
	bool peer_term; /* the peer asked to terminate */
	uint8_t left;   /* restart counter */
	uint8_t naks_sent, naks_got;
	uint16_t sends; /* Configure-Requests since the layer was last up */
	uint8_t sent_len;
	uint8_t sent[PPP_SENT_MAX]; /* options of our latest Configure-Request */
};

/* What the peer asks for in LCP. */
struct lcp_peer {
	uint16_t mru;
	uint8_t auth; /* enum ppp_auth that it wants of us */
	bool pfc, acfc;
	uint32_t accm, magic;
};

struct lcp {
	uint16_t mru; /* ours, as now asked for; 0: the option is not sent */
	uint32_t magic;
	bool no_magic;    /* the peer rejected the option */
	uint8_t auth_at;  /* which of the settings' list is asked for now */
	uint8_t loops;
	uint8_t unanswered; /* echoes */
	struct lcp_peer cand, peer; /* being looked at; acknowledged by us */
};

struct ipcp {
	bool ask_ip, ask_dns[2];
	uint32_t ip, dns[2];  /* ours, as now asked for */
	uint32_t cand_ip, cand_dns[2];
	bool cand_has_ip;
	uint32_t peer_ip;      /* acknowledged by us */
	uint32_t peer_dns[2];  /* network side: what we gave */
};

enum auth_state {
	AUTH_OFF,
	AUTH_WAIT,    /* for the peer */
	AUTH_PENDING, /* for the owner's verdict */
	AUTH_OK,
};

/* CHAP client: an answer that the verdict may be about. */
struct chap_answer {
	uint8_t id, len;
	uint8_t value[PPP_RESPONSE_MAX];
	char success[PPP_MSCHAP2_SUCCESS]; /* MSCHAP2: what Success must say */
};

/* What a peer has said to prove who it is. */
struct auth_claim {
	const char *name, *password;
	const uint8_t *challenge, *response;
	size_t challenge_len, response_len;
};

struct auth {
	uint8_t state;  /* enum auth_state */
	uint8_t method; /* enum ppp_auth */
	uint8_t id;     /* of our Challenge or Request; of the peer's, for answers */
	uint8_t left;   /* sends left */
	uint8_t bad;    /* failures so far */
	bool owed;      /* an effect PPP_FX_AUTH has not been answered yet */
	bool retry;     /* MS-CHAP: a Failure has brought the challenge for another try */
	uint8_t challenge[PPP_CHALLENGE_LEN]; /* network side: our latest */
	uint8_t n_answers; /* CHAP client: the latest two, latest first */
	struct chap_answer *answers; /* NULL until there is one */
	char *peer_name; /* network side */
	char *message;   /* of our verdict */
};

/* LAC: what the LNS will want to know. */
struct proxy_store {
	GBytes *first_received, *last_received; /* options */
	GBytes *response; /* of the latest claim; PAP: the password */
};

/* ppp_link - one PPP link.
 *
 * Owner: struct ppp_engine, in links (slab); freed by ppp_link_drop().
 * Owns:  name, password, auth.peer_name, auth.message, auth.answers, proxy.
 */
struct ppp_link {
	struct ppp_engine *e;
	uint32_t number, self; /* owner's number, slab index */
	uint64_t serial;       /* tells links apart that had the same number */

	bool client, want_dns, lac;
	bool ask_accm;
	uint32_t accm; /* to be asked for */
	bool forwarded, lcp_proxied, auth_proxied;
	struct proxy_store *proxy; /* LAC; NULL otherwise */
	uint8_t auth_list[PPP_AUTHS_MAX];
	uint8_t max_configure, max_terminate, max_failure, auth_retries, echo_misses;
	uint8_t max_bad_auth;
	uint16_t mru, restart_s, auth_s, echo_s, peer_mru_max;
	uint32_t local_ip, dns[2];
	char *name, *password;

	struct cp cp[CP_KINDS];
	struct lcp lcp;
	struct ipcp ipcp;
	struct auth auth;
	uint32_t assigned_ip; /* network side: the address for the peer */

	bool heard;     /* a good LCP packet has come */
	bool failed;    /* to be closed: cause, by_peer */
	bool closing;   /* Close has been given to LCP */
	bool finished;  /* LCP has ended */
	bool told;      /* PPP_FX_DOWN is out */
	bool by_peer;
	uint8_t cause;  /* enum ppp_cause */
	bool replicated, rec_queued;
	uint8_t restarts; /* since restarts_from */
	base_time restarts_from;
	base_time proto_rej_after;
	struct timer timers[PPP_TIMERS];
};

struct ppp_engine {
	struct slab *links;
	struct index *by_number;
	struct timer_wheel *wheel;
	struct rng rng;
	base_time now;
	bool passive, debug;
	uint64_t last_serial;
	GArray *fx; /* of struct fx_entry, from fx_head on */
	guint fx_head;
	GByteArray *arena; /* bytes and strings of the effects */
	GArray *recs; /* of struct rec_entry, from rec_head on */
	guint rec_head;
	struct ppp_stats stats;
	uint8_t rec_buf[PPP_REC_MAX];
};

/* A control packet that has come; body is what its length field covers. */
struct cp_pkt {
	uint8_t code, id;
	const uint8_t *bytes; /* from the code on */
	size_t len;
	const uint8_t *body;
	size_t body_len;
	uint8_t reply_code; /* on RCR-: what to answer */
	const uint8_t *reply;
	size_t reply_len;
};

enum opt_verdict {
	OPT_ACK,
	OPT_NAK,        /* turned into a reject after max_failure */
	OPT_NAK_ALWAYS,
	OPT_REJ,
};

/* What differs between LCP and IPCP. */
struct cp_ops {
	const char *name;
	uint16_t protocol;
	void (*reset)(struct ppp_link *l); /* our wishes, for a new negotiation */
	void (*build)(struct ppp_link *l, struct wr *w);
	void (*begin)(struct ppp_link *l); /* a request of the peer: no options yet */
	enum opt_verdict (*option)(struct ppp_link *l, uint8_t type, struct rd value,
		struct wr *nak);
	void (*missing)(struct ppp_link *l, struct wr *nak); /* may be NULL */
	void (*accept)(struct ppp_link *l);
	void (*naked)(struct ppp_link *l, uint8_t type, struct rd value);
	void (*rejected)(struct ppp_link *l, uint8_t type);
	void (*up)(struct ppp_link *l);
	void (*down)(struct ppp_link *l);
	void (*finished)(struct ppp_link *l, enum fsm_event why);
	bool (*code)(struct ppp_link *l, const struct cp_pkt *p); /* false: unknown code */
	void (*reply)(struct ppp_link *l, const struct cp_pkt *p); /* ser; may be NULL */
};

extern const struct cp_ops ppp_lcp_ops;
extern const struct cp_ops ppp_ipcp_ops;

/* ---- cp.c ---- */

void ppp_cp_event(struct ppp_link *l, enum cp_kind k, enum fsm_event ev,
	const struct cp_pkt *p);
void ppp_cp_input(struct ppp_link *l, enum cp_kind k, struct rd *r);
void ppp_cp_timeout(struct ppp_link *l, enum cp_kind k);

struct ppp_opt {
	uint8_t type;
	struct rd value;
	const uint8_t *bytes;
	size_t len;
};

/* False at the end and at a framing error, which r->bad tells. */
bool ppp_opt_next(struct rd *r, struct ppp_opt *o);

/* Reads code, id, length and cuts to the length; false when malformed. */
bool ppp_pkt_parse(struct rd *r, struct cp_pkt *p);

/* ---- lcp.c ---- */

void ppp_lcp_echo_due(struct ppp_link *l);
void ppp_lcp_echo_start(struct ppp_link *l);
void ppp_lcp_protocol_reject(struct ppp_link *l, uint16_t protocol, struct rd *r);

/* A method by LCP's option; NONE: one that we do not have. */
enum ppp_auth ppp_lcp_auth_option(struct rd v);

/* The MRU given, or less where the link's medium carries less. */
uint16_t ppp_lcp_mru_limit(const struct ppp_link *l, uint16_t mru);

/* The method that our side of LCP asks for now. */
enum ppp_auth ppp_lcp_auth_asked(const struct ppp_link *l);

/* ---- auth.c ---- */

enum {
	PAP_REQ = 1,
	PAP_ACK,
	PAP_NAK,
};

enum {
	CHAP_CHALLENGE = 1,
	CHAP_RESPONSE,
	CHAP_SUCCESS,
	CHAP_FAILURE,
};

void ppp_auth_start(struct ppp_link *l);
void ppp_auth_stop(struct ppp_link *l);
void ppp_auth_input(struct ppp_link *l, uint16_t protocol, struct rd *r);
void ppp_auth_retry(struct ppp_link *l);
void ppp_auth_verdict(struct ppp_link *l, bool ok, const char *message);

/* A string of the peer as ours; NULL when it is too long or has a NUL inside. */
char *ppp_auth_string(struct rd *r, size_t n, size_t max);

/* Octets of a Challenge and of a Response's value; 0 for what is not CHAP. */
size_t ppp_chap_challenge_len(enum ppp_auth method);
size_t ppp_chap_response_len(enum ppp_auth method);

/* The owner has answered PPP_FX_AUTH. */
void ppp_auth_settled(struct ppp_link *l);

/* The LAC has heard a claim: it is put to the owner like one that we heard. */
void ppp_auth_proxied(struct ppp_link *l, uint8_t id, char *take_name,
	const struct auth_claim *claim);

/* ---- auth_client.c ---- */

void ppp_auth_client_start(struct ppp_link *l);
void ppp_auth_client_retry(struct ppp_link *l);
void ppp_pap_reply(struct ppp_link *l, const struct cp_pkt *p);
void ppp_chap_challenge(struct ppp_link *l, const struct cp_pkt *p);
void ppp_chap_reply(struct ppp_link *l, const struct cp_pkt *p);

/* ---- proxy.c ---- */

/* LAC: a Configure-Request of LCP has come, was acknowledged; a claim has come. */
void ppp_proxy_received(struct ppp_link *l, const struct cp_pkt *p);
void ppp_proxy_accepted(struct ppp_link *l, const struct cp_pkt *p);
void ppp_proxy_claim(struct ppp_link *l, const struct auth_claim *claim);
void ppp_proxy_clear(struct ppp_link *l);

/* LNS: opens LCP and goes on; false (and cause): it cannot be, LCP is untouched. */
bool ppp_proxy_take(struct ppp_link *l, const struct ppp_proxy *proxy, bool force_chap,
	enum ppp_cause *cause);

/* ---- link.c ---- */

enum ppp_phase ppp_link_phase(const struct ppp_link *l);

/* Notes that the link is to end; the first reason stays. */
void ppp_link_fail(struct ppp_link *l, enum ppp_cause cause, bool by_peer);
void ppp_link_settle(struct ppp_link *l);

/* LCP is opened and authentication, if any, is done. */
void ppp_link_network(struct ppp_link *l);
void ppp_link_init(struct ppp_link *l, const struct ppp_link_config *cfg);
void ppp_link_clear(struct ppp_link *l);

/* ---- ppp.c ---- */

struct ppp_link *ppp_link_find(const struct ppp_engine *e, uint32_t number);
struct ppp_link *ppp_link_take(struct ppp_engine *e, uint32_t number);
void ppp_link_put(struct ppp_link *l);
void ppp_link_arm(struct ppp_link *l, enum ppp_timer t, unsigned seconds);
void ppp_link_disarm(struct ppp_link *l, enum ppp_timer t);
void ppp_send(struct ppp_link *l, uint16_t protocol, uint8_t code, uint8_t id,
	const void *body, size_t n);
void ppp_fx_auth(struct ppp_link *l, const struct auth_claim *claim);
void ppp_fx_up(struct ppp_link *l);
void ppp_fx_down(struct ppp_link *l);
void ppp_debug(struct ppp_link *l, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void ppp_record_want(struct ppp_link *l);
void ppp_record_gone(struct ppp_link *l);

/* ---- ckpt.c ---- */

extern const struct rec_table ppp_link_table; /* for dumps and tests */

void ppp_ckpt_encode(const struct ppp_link *l, struct wr *w);

/* Fills a fresh link from a record; false (and nothing owned by it) when it cannot be. */
bool ppp_ckpt_decode(struct ppp_link *l, struct rd *r);
