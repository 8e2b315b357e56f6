/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part of the running configuration that concerns VPDN: groups, virtual templates, local
 * users and address pools.  Plain data with owner functions; commands (vpdn/cmd.c, compiled into
 * rp) set it and write it out again, the VPDN core reads it.  A number that is 0 and a string
 * that is NULL are "not configured"; defaults are applied when used (ios-cli.md 3.2).
 */
#pragma once

#include "ppp/ppp.h"
#include "vpdn/aaa_config.h"
#include "vpdn/settings.h"

#include <glib.h>

enum {
	VPDN_HELLO_DEFAULT = 60,
	VPDN_RWS_DEFAULT = 1024,
	VPDN_RETRIES_DEFAULT = 10,
	VPDN_ZLB_DELAY_DEFAULT = 100, /* ms */
	VPDN_KEEPALIVE_DEFAULT = 10,  /* s, Virtual-Template */
	VPDN_BUSY_DEFAULT = 60,       /* s */
	VPDN_TARGETS_MAX = 32,        /* of a group */
	VPDN_MATCHES_MAX = 64,        /* of a group */
	VPDN_GROUPS_MAX = 4096,
	VPDN_TEMPLATES_MAX = 256,
	VPDN_USERS_MAX = 100000,
	VPDN_POOLS_MAX = 256,
	VPDN_BBAS_MAX = 512,
	VPDN_BBA_NAME_MAX = 48, /* with NUL */
};

/* vpdn logging (logging.h) */
enum vpdn_logging {
	VPDN_LOG_EVENTS = 1 << 0, /* without a keyword */
	VPDN_LOG_ACCOUNTING = 1 << 1,
	VPDN_LOG_LOCAL = 1 << 2,
	VPDN_LOG_REMOTE = 1 << 3,
	VPDN_LOG_TUNNEL_DROP = 1 << 4,
	VPDN_LOG_USER = 1 << 5,
	VPDN_LOG_NORMAL = 1 << 6, /* cause normal */
	VPDN_LOG_ALL = 1 << 7,    /* cause all */
};

/* What request-dialin matches (ios-cli.md 3.3). */
enum vpdn_search {
	VPDN_BY_MULTIHOP_HOSTNAME, /* host name of the tunnel that a call comes by */
	VPDN_BY_DNIS,              /* called number */
	VPDN_BY_DOMAIN,            /* what follows the last @ of the user's name */
	N_VPDN_SEARCHES,
};

struct vpdn_match {
	enum vpdn_search by;
	char *name;
};

/* initiate-to: a next LNS. */
struct vpdn_target {
	uint32_t ip;
	uint32_t local_ip; /* resolved by the RP: the address of the outgoing interface; 0: none */
	uint16_t limit;    /* most sessions; with limit_set */
	bool limit_set;
	uint16_t priority; /* 1 first */
};

struct vpdn_group {
	char *name;
	char *description;
	bool accept_dialin; /* the subgroup exists */
	bool protocol_l2tp;
	bool request_dialin;
	bool request_l2tp;   /* its protocol */
	GPtrArray *matches;  /* struct vpdn_match *, in order of configuration */
	GArray *targets;     /* struct vpdn_target, by priority, then in order of configuration */
	uint16_t virtual_template; /* 0 none */
	char *terminate_from;      /* NULL: default group for the protocol */
	struct vpdn_settings own;
	char *template;   /* source vpdn-template NAME; NULL: the global one only */
	bool no_template; /* no source vpdn-template: not even that */
};

struct vpdn_template {
	char *name; /* "": the global one, which counts for every group, after its own */
	char *description;
	struct vpdn_settings own;
	uint16_t group_limit; /* group session-limit: of all its groups together; 0 none */
};

/* bba-group pppoe: who may have a PPPoE session, and by which template.  Limits: 0 none. */
struct vpdn_bba {
	char *name;  /* "global": of `pppoe enable` without a name */
	uint16_t id; /* in ppp/pppoe.h; made from the name, so that both RPs have the same */
	uint16_t virtual_template; /* 0: none */
	char *ac_name;             /* NULL: the router's name */
	GPtrArray *services;       /* char *, in order; none: any service is served */
	uint32_t max_sessions, per_mac, per_port, per_vlan, per_inner;
	uint16_t throttle_requests, throttle_seconds, throttle_delay; /* 0: off */
	uint16_t payload_min, payload_max; /* tag ppp-max-payload; max 0: off */
	bool circuit_id, remote_id; /* vendor-tag ... service: RADIUS hears of them */
};

struct vpdn_vtemplate {
	uint16_t number;
	char *unnumbered;  /* interface name of ip unnumbered, as configured */
	uint32_t local_ip; /* resolved by the RP from `unnumbered` or own address; 0: none */
	uint32_t ip, mask; /* own ip address */
	char *pool;        /* peer default ip address pool */
	uint32_t peer_ip;  /* peer default ip address A.B.C.D; 0: not configured */
	enum ppp_auth auth[PPP_AUTHS_MAX]; /* ppp authentication, in order */
	uint32_t dns[2];   /* ppp ipcp dns */
	uint16_t mtu;      /* 0: 1500 */
	uint16_t mss;      /* ip tcp adjust-mss, of the subscribers; 0 none */
	bool source_check; /* ip verify unicast source reachable-via rx */
	bool keepalive_set;
	uint16_t keepalive_s; /* 0 with keepalive_set: no keepalive */
	uint8_t keepalive_retries;
	uint16_t timeout_retry_s, timeout_auth_s;
	uint32_t idle_s; /* ppp timeout idle; RADIUS may say otherwise */
	uint8_t max_configure, max_terminate, max_failure, max_bad_auth; /* ppp max-... */
	bool mtu_adaptive; /* ppp mtu adaptive: the MTU follows the peer's MRU anyway */
	char *authen_list, *author_list, *acct_list; /* of AAA; NULL: default */
};

struct vpdn_user {
	char *name;
	char *password; /* clear */
};

struct vpdn_pool {
	char *name;
	uint32_t low, high; /* inclusive */
};

struct vpdn_config {
	bool enable;         /* vpdn enable */
	bool no_l2tp_sso;    /* no l2tp sso enable */
	bool no_congestion_control; /* no l2tp congestion-control */
	bool multihop;       /* vpdn multihop */
	bool softshut;       /* vpdn softshut */
	uint16_t session_limit; /* vpdn session-limit; 0: none */
	uint32_t source_ip;     /* vpdn source-ip */
	uint8_t search[N_VPDN_SEARCHES]; /* vpdn search-order: enum vpdn_search + 1; 0 ends it;
					  * all 0: multihop-hostname, dnis, domain */
	/* vpdn domain-delimiter: characters between user and domain, and domain and user; NULL:
	 * "@", none */
	char *suffix_delimiters, *prefix_delimiters;
	char *hostname;      /* of the router: default local name */
	bool no_history_failure;
	bool history_normal;   /* vpdn history failure cause normal: such ends too */
	uint8_t logging;       /* enum vpdn_logging */
	unsigned history_size; /* vpdn history failure table-size; 0: 20 */
	GPtrArray *groups;     /* struct vpdn_group *, in order of configuration */
	GPtrArray *templates;  /* struct vpdn_template *, the same */
	GPtrArray *vtemplates; /* struct vpdn_vtemplate * by number */
	GPtrArray *bbas;       /* struct vpdn_bba *, in order of configuration */
	uint32_t source_any;   /* found by the RP: our address towards hosts that no line names */
	GHashTable *users;     /* name -> struct vpdn_user * */
	GPtrArray *user_order; /* struct vpdn_user *, borrowed, in order of configuration */
	GPtrArray *pools;      /* struct vpdn_pool *, several ranges may share a name */
	struct aaa_config *aaa;
	uint32_t generation;   /* rises at every change */
};

struct vpdn_config *vpdn_config_new(void);
void vpdn_config_free(struct vpdn_config *c);
/* As a new one. */
void vpdn_config_reset(struct vpdn_config *c);

/* NULL when there is none and !create, or a limit is reached. */
struct vpdn_group *vpdn_config_group(struct vpdn_config *c, const char *name, bool create);
bool vpdn_config_remove_group(struct vpdn_config *c, const char *name);
/* name "": the global one. */
struct vpdn_template *vpdn_config_template(
	struct vpdn_config *c, const char *name, bool create);
bool vpdn_config_remove_template(struct vpdn_config *c, const char *name);

/* What counts for a group: its own, else that of its template, else that of the global template,
 * else the default.  g NULL: the default. */
uint32_t vpdn_config_number(const struct vpdn_config *c, const struct vpdn_group *g,
	enum vpdn_setting which);
const char *vpdn_config_text(const struct vpdn_config *c, const struct vpdn_group *g,
	enum vpdn_setting which);
/* False: only the default counts. */
bool vpdn_config_is_set(const struct vpdn_config *c, const struct vpdn_group *g,
	enum vpdn_setting which);
/* The same without the group's own settings. */
bool vpdn_config_is_inherited(const struct vpdn_config *c, const struct vpdn_group *g,
	enum vpdn_setting which);
/* The templates of a group, nearest first, then NULL. */
enum { VPDN_TEMPLATE_DEPTH = 2 };
void vpdn_config_templates(const struct vpdn_config *c, const struct vpdn_group *g,
	const struct vpdn_template *out[VPDN_TEMPLATE_DEPTH + 1]);

/* An empty list of bba-groups that owns them. */
GPtrArray *vpdn_bbas_new(void);
/* A group that is in no configuration. */
struct vpdn_group *vpdn_group_new(const char *name);
void vpdn_group_free(struct vpdn_group *g);
/* NULL as above. */
struct vpdn_bba *vpdn_config_bba(struct vpdn_config *c, const char *name, bool create);
struct vpdn_bba *vpdn_config_bba_by_id(const struct vpdn_config *c, uint16_t id);
bool vpdn_config_remove_bba(struct vpdn_config *c, const char *name);
/* False: it is there already, or there are too many; is not configured. */
bool vpdn_bba_add_service(struct vpdn_bba *b, const char *name);
bool vpdn_bba_remove_service(struct vpdn_bba *b, const char *name);
struct vpdn_vtemplate *vpdn_config_vtemplate(struct vpdn_config *c, unsigned number,
	bool create);
bool vpdn_config_remove_vtemplate(struct vpdn_config *c, unsigned number);
bool vpdn_config_set_user(struct vpdn_config *c, const char *name, const char *password);
bool vpdn_config_remove_user(struct vpdn_config *c, const char *name);

/* Overlapping ranges and low > high are refused (false). */
bool vpdn_config_add_pool(struct vpdn_config *c, const char *name, uint32_t low,
	uint32_t high);
bool vpdn_config_remove_pool(struct vpdn_config *c, const char *name);

/* False: it is there already, or there are too many. */
bool vpdn_config_add_match(struct vpdn_config *c, struct vpdn_group *g, enum vpdn_search by,
	const char *name);
/* False: it is not configured. */
bool vpdn_config_remove_match(struct vpdn_config *c, struct vpdn_group *g,
	enum vpdn_search by, const char *name);
/* Replaces the one with that address.  False: too many. */
bool vpdn_config_add_target(struct vpdn_config *c, struct vpdn_group *g,
	const struct vpdn_target *t);
bool vpdn_config_remove_target(struct vpdn_config *c, struct vpdn_group *g, uint32_t ip);
/* protocol l2tp of request-dialin is gone, and with it all that it may be followed by. */
void vpdn_config_clear_request(struct vpdn_config *c, struct vpdn_group *g);

/* The domain of a user: what follows the last suffix delimiter, else what precedes the first
 * prefix delimiter.  NULL: he has none.  Free it. */
char *vpdn_config_domain(const struct vpdn_config *c, const char *user);

/* What is known of a call; NULL: nothing. */
struct vpdn_request {
	const char *hostname, *dnis, *user;
};

/* The request-dialin group of a call by the search order (domain: without regard to case);
 * NULL: none. */
struct vpdn_group *vpdn_config_request(
	const struct vpdn_config *c, const struct vpdn_request *r);

/* The accept-dialin group for a peer's host name: an exact terminate-from, else the default
 * group; NULL: none accepts. */
struct vpdn_group *vpdn_config_accept(const struct vpdn_config *c, const char *peer_name);
