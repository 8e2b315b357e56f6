/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The PPPoE access concentrator (RFC 2516, RFC 4638), without I/O: Ethernet frames, time and
 * orders of the owner go in; effects come out in order and are polled by the owner after
 * every call until there are none.  It has no timers: all that ages is looked at when the
 * next packet comes.
 *
 * What an owner does:
 *
 *   1. pppoe_ac_set_group() for every bba-group, again when its settings change
 *   2. a discovery or session frame comes in by an interface with `pppoe enable group`:
 *      pppoe_ac_input() with what its configuration says of that interface
 *   3. PPPOE_FX_REQUEST: a client with a good cookie wants a session.  pppoe_session_accept()
 *      or _reject(), at once or later; then ppp_link_open() with mru and mru_limit from
 *      pppoe_session_info.mtu.  Only now is anything of the client remembered
 *   4. PPPOE_FX_PPP: a frame of that session for ppp_link_input() or for the L2TP session that
 *      it is forwarded to.  PPP frames to the client: pppoe_session_frame()
 *   5. PPP has ended, or L2TP: pppoe_session_close() sends PADT and forgets the session
 *   6. PPPOE_FX_DOWN: the client sent PADT.  The session says nothing more, and is there until
 *      pppoe_session_drop() (or _close()), so that its deletion can be a transaction (H9).
 *      After a switchover: look for sessions that `ended` before it
 *
 * A session in the forwarding table is found by (port, session id), which are unique
 * together, and then the client's address, ours and the VLAN tags must match as well.
 *
 * High availability: the secret of the cookies is a record, so that a cookie given before a
 * switchover is good after it; so is each session that the owner has marked (on a LAC when its
 * ICCN is committed).  Clients of other sessions get PADT when their next frame comes to the
 * new active RP.  PADO and PADS are never held (H12); a client whose PADS was repeated by
 * nobody asks again.
 */
#pragma once

#include "base/ckpt.h"
#include "base/time.h"
#include "ppp/pppoe_line.h"
#include "ppp/wire.h"

#include <glib.h>

struct pppoe_ac;

enum {
	PPPOE_NAME_MAX = 64, /* AC, service and group names, with NUL */
	PPPOE_SERVICES_MAX = 16,
	PPPOE_GROUPS_MAX = 1023, /* group numbers are 1 to this */
	PPPOE_FRAME_MAX = 14 + 8 + 1500, /* of a frame that we make for discovery */
	PPPOE_TEXT_MAX = 128, /* error texts, with NUL */
};

/* What the interface says that a frame came in by. */
struct pppoe_access {
	uint16_t port;  /* the owner's number of the port, not 0 */
	uint16_t group; /* bba-group; 0: PPPoE is not enabled here */
	uint8_t mac[6]; /* our address there */
};

/* Settings of a bba-group, copied.  Limits: 0 is none. */
struct pppoe_group {
	char name[PPPOE_NAME_MAX];
	char ac_name[PPPOE_NAME_MAX]; /* not empty */
	char services[PPPOE_SERVICES_MAX][PPPOE_NAME_MAX];
	unsigned n_services; /* 0: any service name is served */
	uint32_t max_sessions, per_mac, per_port;
	uint32_t per_vlan;  /* for each outer tag of a port (untagged is one of them) */
	uint32_t per_inner; /* for each inner tag of it */
	/* PPP-Max-Payload (RFC 4638): answered from min on (not below 1493), with at most max.
	 * max 0: not answered */
	uint16_t payload_min, payload_max;
	/* More than `requests` PADR of a MAC address within `seconds`: it is not heard for
	 * `delay` seconds.  requests 0: off. */
	uint16_t throttle_requests, throttle_seconds, throttle_delay;
};

struct pppoe_ac_config {
	uint64_t seed;
	uint8_t id_parity;     /* session ids and numbers are even (0) or odd (1): slot of the RP */
	bool passive;          /* starts as a standby */
	uint32_t max_sessions; /* 0: 64000 */
	uint32_t padi_rate;    /* a second, all clients [500] */
	uint32_t padi_mac_rate; /* a second, one client [10] */
	uint32_t padt_rate;     /* PADT for unknown sessions, a second [100] */
	uint16_t cookie_s;      /* how long a PADO may be answered [120] */
	uint16_t secret_s;      /* a new secret after so long, when there are clients [600] */
};

/* Which client: never changes during a session. */
struct pppoe_peer {
	uint16_t port;
	uint8_t n_vlan;
	uint16_t tpid[2], vlan[2]; /* outer first */
	uint8_t client[6], ac[6];
};

enum pppoe_effect_kind {
	PPPOE_FX_SEND,    /* bytes: a whole Ethernet frame for port */
	PPPOE_FX_REQUEST, /* session: accept or reject it; pppoe_session_get() tells about it */
	PPPOE_FX_PPP,     /* session, bytes: a PPP frame from its protocol field on */
	PPPOE_FX_DOWN,    /* session: PADT came; text: its Generic-Error, raw, or NULL */
	PPPOE_FX_DEBUG,   /* text */
};

struct pppoe_effect {
	enum pppoe_effect_kind kind;
	uint16_t port;
	uint32_t session; /* number; one that the owner has dropped meanwhile may be named */
	const uint8_t *bytes;
	size_t len;
	const char *text;
};

struct pppoe_ac *pppoe_ac_new(const struct pppoe_ac_config *cfg, base_time now);
void pppoe_ac_free(struct pppoe_ac *ac);

/* id: 1 to PPPOE_GROUPS_MAX; false for another.  Sessions outlive their group's removal. */
bool pppoe_ac_set_group(struct pppoe_ac *ac, uint16_t id, const struct pppoe_group *group);
void pppoe_ac_remove_group(struct pppoe_ac *ac, uint16_t id);

/* One Ethernet frame of either PPPoE type.  What is malformed is dropped and counted. */
void pppoe_ac_input(struct pppoe_ac *ac, const struct pppoe_access *access,
	const uint8_t *frame, size_t len, base_time now);

/* The next effect; what it points to is good until the next call to the engine. */
bool pppoe_ac_poll(struct pppoe_ac *ac, struct pppoe_effect *out);

/* Answers PPPOE_FX_REQUEST.  owner: any number that the owner wants to find again. */
void pppoe_session_accept(
	struct pppoe_ac *ac, uint32_t session, uint32_t owner, base_time now);

/* PADS with AC-System-Error; the session is forgotten.  text: UTF-8, may be NULL. */
void pppoe_session_reject(
	struct pppoe_ac *ac, uint32_t session, const char *text, base_time now);

/* PADT, with Generic-Error if there is a text; the session is forgotten. */
void pppoe_session_close(
	struct pppoe_ac *ac, uint32_t session, const char *text, base_time now);

/* Forgets it, sends nothing. */
void pppoe_session_drop(struct pppoe_ac *ac, uint32_t session);

/* Puts a PPP frame (with or without FF 03) into an Ethernet frame for the client, at buf.
 * Returns its length; 0 when it does not fit or there is no such session. */
size_t pppoe_session_frame(const struct pppoe_ac *ac, uint32_t session, const uint8_t *ppp,
	size_t len, uint8_t *buf, size_t cap);

/* The same without an engine: from what a forwarding table knows. */
size_t pppoe_frame_build(const struct pppoe_peer *peer, uint16_t sid, const uint8_t *ppp,
	size_t len, uint8_t *buf, size_t cap);

/* ---- checkpointing ---- */

enum pppoe_rec_type {
	PPPOE_REC_AC = 1,  /* key 1: secrets of the cookies */
	PPPOE_REC_SESSION, /* key: session number */
};

const struct rec_table *pppoe_rec_table(uint8_t type);

/* A bulk begins: the secret's record is wanted now and whenever it changes.  False: the standby
 * is gone, with all marks and the records not yet polled. */
void pppoe_ac_set_standby(struct pppoe_ac *ac, bool present);

/* Marks a session: its record is wanted; unmarks it: a delete.  A marked session that is
 * forgotten has its delete too.  Sessions that came from records are marked. */
void pppoe_session_set_replicated(struct pppoe_ac *ac, uint32_t session, bool on);
bool pppoe_ac_poll_record(struct pppoe_ac *ac, struct ckpt_record *out);

/* Standby: false when the record makes no sense. */
bool pppoe_ac_apply(struct pppoe_ac *ac, const struct ckpt_record *rec, base_time now);
void pppoe_ac_reset(struct pppoe_ac *ac, base_time now);
void pppoe_ac_activate(struct pppoe_ac *ac, base_time now);

/* ---- queries ---- */

struct pppoe_session_info {
	uint32_t number, owner;
	uint16_t sid, group;
	struct pppoe_peer peer;
	uint16_t mtu;        /* largest PPP frame payload: 1492, or what RFC 4638 agreed on */
	const char *service; /* raw: escape to show; "" is any */
	const struct pppoe_line_info *line; /* NULL: no line tags came */
	bool open;  /* accepted */
	bool ended; /* PADT came */
	bool replicated;
	base_time since;
};

bool pppoe_session_get(
	const struct pppoe_ac *ac, uint32_t session, struct pppoe_session_info *out);
/* The next session in slab order; start with *cursor = 0; false at the end. */
bool pppoe_next_session(
	const struct pppoe_ac *ac, uint32_t *cursor, struct pppoe_session_info *out);

/* Number of the session with this id on a port; 0: none. */
uint32_t pppoe_session_find(const struct pppoe_ac *ac, uint16_t port, uint16_t sid);

/* Sessions that count against a limit of the group (those that ended do not). */
uint32_t pppoe_ac_sessions(const struct pppoe_ac *ac);
uint32_t pppoe_group_sessions(const struct pppoe_ac *ac, uint16_t group);

/* Why a frame got no answer. */
/* clang-format off */
#define PPPOE_DROPS(X)                                                                  \
	X(PPPOE_DROP_MALFORMED, "malformed")       /* header, tags, or a rule of a code */ \
	X(PPPOE_DROP_NOT_OURS,  "not-ours")        /* for another access concentrator */   \
	X(PPPOE_DROP_SOURCE,    "source")          /* from a group address or from us */   \
	X(PPPOE_DROP_CODE,      "code")            /* not for an access concentrator */    \
	X(PPPOE_DROP_GROUP,     "group")           /* PPPoE is not enabled there */        \
	X(PPPOE_DROP_SERVICE,   "service")         /* a service that we do not have */     \
	X(PPPOE_DROP_COOKIE,    "cookie")          /* none, wrong or too old */            \
	X(PPPOE_DROP_LIMIT,     "limit")           /* of sessions */                       \
	X(PPPOE_DROP_THROTTLED, "throttled")                                               \
	X(PPPOE_DROP_RATE,      "rate")            /* too many PADI a second */            \
	X(PPPOE_DROP_SESSION,   "unknown-session")                                         \
	X(PPPOE_DROP_FOREIGN,   "foreign")         /* another client's session id */       \
	X(PPPOE_DROP_CLOSED,    "closed")          /* not accepted yet, or ended */        \
	X(PPPOE_DROP_NO_ROOM,   "no-room")         /* the answer would be too long */      \
	X(PPPOE_DROP_PASSIVE,   "passive")
/* clang-format on */

enum pppoe_drop {
#define X(id, name) id,
	PPPOE_DROPS(X)
#undef X
		PPPOE_N_DROPS,
};

const char *pppoe_drop_name(enum pppoe_drop why);

struct pppoe_stats {
	uint64_t padi, pado, padr, pads;
	uint64_t pads_error; /* session id 0 */
	uint64_t padr_repeated; /* answered with the same PADS */
	uint64_t padt_in, padt_out;
	uint64_t ppp_in;
	uint64_t bad_vendor_tags; /* ignored */
	uint64_t drops[PPPOE_N_DROPS];
};

void pppoe_ac_stats(const struct pppoe_ac *ac, struct pppoe_stats *out);
void pppoe_ac_set_debug(struct pppoe_ac *ac, bool on);
