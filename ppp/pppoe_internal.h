/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the PPPoE access concentrator share: the session, the engine, and its
 * parts: cookies (pppoe_cookie.c), limits (pppoe_limit.c), tags (pppoe_tags.c), discovery
 * (pppoe_disc.c), records (pppoe_ckpt.c).
 */
#pragma once

#include "base/index.h"
#include "base/net.h"
#include "base/rng.h"
#include "base/slab.h"
#include "ppp/pppoe.h"
#include "ppp/pppoe_fx.h"

enum {
	PPPOE_TAGS_MAX = 64, /* in a packet */
	PPPOE_SERVICE_MAX = 255, /* octets of a service name that may be asked for */
	PPPOE_COOKIE_LEN = 21, /* secret's number, time, keyed hash */
	PPPOE_SECRET_LEN = 32,
	PPPOE_SESSIONS_DEFAULT = 64000,
	PPPOE_RESTING_MAX = 4096, /* ids of forgotten sessions that are not to be used yet */
	PPPOE_RESTING_S = 30,
	PPPOE_SOURCES_MAX = 4096, /* clients whose rates are watched */
	PPPOE_SOURCE_WAYS = 4,
	PPPOE_REC_VERSION_1 = 1,
	PPPOE_REC_MAX = 1024,
};

/* Tags of a discovery packet; values borrow from it.  bad: r of an absent one has p NULL. */
struct pppoe_tags {
	unsigned n_services;
	struct rd service, host_uniq, cookie, relay, generic_error;
	bool has_host_uniq, has_cookie, has_relay, has_generic_error;
	uint16_t max_payload; /* 0: none */
	bool has_line;
	struct pppoe_line_info line;
	unsigned bad_vendor;
};

/* False when a tag does not fit, is longer than it may be, or there are too many. */
bool pppoe_tags_parse(struct rd *r, struct pppoe_tags *t);

/* ---- frames: pppoe_tags.c ---- */

/* Reads an Ethernet header with up to two tags of type 8100 or 88a8.  The peer is the frame's
 * sender; false when short. */
bool pppoe_peer_parse(
	struct rd *r, uint16_t port, struct pppoe_peer *peer, uint16_t *type);

/* Header of a frame to the peer. */
void pppoe_peer_build(struct wr *w, const struct pppoe_peer *peer, uint16_t type);
bool pppoe_peer_equal(const struct pppoe_peer *a, const struct pppoe_peer *b);

/* A discovery packet to the peer: opens it, tags are built, closes it.  A packet that has
 * become too long makes w bad. */
struct pppoe_packet {
	uint8_t buf[PPPOE_FRAME_MAX];
	struct wr w;
	size_t hdr;
};

void pppoe_packet_open(struct pppoe_packet *p, const struct pppoe_peer *peer, uint8_t code,
	uint16_t sid);
bool pppoe_packet_close(struct pppoe_packet *p);

/* What has to come back as it came: Host-Uniq and Relay-Session-Id. */
void pppoe_packet_echo(struct pppoe_packet *p, const struct pppoe_tags *t);

/* ---- sessions ---- */

/* pppoe_session - one session, from a PADR with a good cookie on.
 *
 * Owner: struct pppoe_ac, in sessions (slab).
 * Owns:  service, line, host_uniq.
 */
struct pppoe_session {
	uint32_t number, self, owner;
	uint16_t sid, group;
	struct pppoe_peer peer;
	uint16_t max_payload; /* agreed; 0: none */
	bool open, ended, replicated, rec_queued;
	uint64_t request; /* tells PADRs apart: pppoe_request_key() */
	base_time since;
	char *service;
	struct pppoe_line_info *line;
	GBytes *host_uniq; /* until accepted; NULL: none */
	uint8_t relay_len, relay[PPPOE_RELAY_ID_MAX];
};

struct pppoe_bucket {
	base_time at;
	uint64_t spent; /* thousandths, at that time */
};

/* A client that has been heard of. */
struct pppoe_source {
	uint64_t key; /* 0: empty */
	base_time used, window, deaf_until;
	struct pppoe_bucket padi;
	uint32_t requests; /* since window */
};

struct pppoe_resting {
	uint64_t key;
	base_time until;
};

struct pppoe_secrets {
	uint8_t number; /* of current; previous is one lower */
	bool has_current, has_previous;
	base_time since; /* of current */
	uint8_t current[PPPOE_SECRET_LEN], previous[PPPOE_SECRET_LEN];
};

struct pppoe_rec_entry {
	uint8_t type, op;
	uint32_t number;
};

struct pppoe_ac {
	struct pppoe_ac_config cfg;
	struct pppoe_group *groups[PPPOE_GROUPS_MAX + 1];
	struct slab *sessions;
	struct index *by_number, *by_sid, *by_request;
	struct index *counts; /* what the limits are about: see pppoe_limit.c */
	uint32_t live;        /* sessions that count */
	struct rng rng;
	base_time now;
	bool passive, debug, standby;
	uint32_t next_number;
	uint16_t next_sid;
	struct pppoe_resting *resting; /* ring */
	unsigned resting_head, resting_n;
	struct index *resting_by_key;
	struct pppoe_source *sources; /* sets of PPPOE_SOURCE_WAYS; NULL until needed */
	uint64_t source_salt;
	struct pppoe_bucket padi, padt;
	struct pppoe_secrets secrets;
	bool secret_queued;
	struct pppoe_fx_queue fx;
	GArray *recs; /* of struct pppoe_rec_entry, from rec_head on */
	guint rec_head;
	struct pppoe_stats stats;
	uint8_t rec_buf[PPPOE_REC_MAX];
};

/* ---- pppoe.c ---- */

struct pppoe_session *pppoe_find(const struct pppoe_ac *ac, uint32_t number);
struct pppoe_session *pppoe_find_sid(const struct pppoe_ac *ac, uint16_t port, uint16_t sid);
void pppoe_drop(struct pppoe_ac *ac, enum pppoe_drop why);
void pppoe_send(struct pppoe_ac *ac, uint16_t port, struct pppoe_packet *p);
void pppoe_debug(struct pppoe_ac *ac, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* A zeroed session in the slab, in no index yet; NULL: the limit is reached. */
struct pppoe_session *pppoe_take(struct pppoe_ac *ac);

/* Into the indexes and counters.  number, sid, group, peer, request and ended are final. */
void pppoe_enter(struct pppoe_ac *ac, struct pppoe_session *s);

/* Out of them, and freed.  The id rests. */
void pppoe_put(struct pppoe_ac *ac, struct pppoe_session *s);
void pppoe_record(struct pppoe_ac *ac, uint8_t type, uint8_t op, uint32_t number);

/* ---- pppoe_disc.c ---- */

void pppoe_discovery(struct pppoe_ac *ac, const struct pppoe_access *access,
	const struct pppoe_peer *peer, const struct pppoe_hdr *h, struct rd *r,
	const uint8_t dst[6]);
void pppoe_send_pads(
	struct pppoe_ac *ac, const struct pppoe_session *s, const struct pppoe_tags *t);
void pppoe_send_padt(struct pppoe_ac *ac, const struct pppoe_peer *peer, uint16_t sid,
	const struct pppoe_session *s, const char *text);

/* ---- pppoe_cookie.c ---- */

void pppoe_cookie_make(struct pppoe_ac *ac, uint16_t group, const struct pppoe_peer *peer,
	uint8_t out[PPPOE_COOKIE_LEN]);
bool pppoe_cookie_good(struct pppoe_ac *ac, uint16_t group, const struct pppoe_peer *peer,
	struct rd cookie);

/* The same for the same PADR (client, Host-Uniq, cookie); never 0. */
uint64_t pppoe_request_key(const struct pppoe_peer *peer, const struct pppoe_tags *t);

/* ---- pppoe_limit.c ---- */

void pppoe_count(struct pppoe_ac *ac, const struct pppoe_session *s, int by);
bool pppoe_limit_reached(
	const struct pppoe_ac *ac, uint16_t group, const struct pppoe_peer *peer);
uint32_t pppoe_count_group(const struct pppoe_ac *ac, uint16_t group);

/* A token; rate is per second and also the burst. */
bool pppoe_bucket_take(struct pppoe_bucket *b, uint32_t rate, base_time now);
struct pppoe_source *pppoe_source(struct pppoe_ac *ac, const struct pppoe_peer *peer);

/* A PADR of it: false when it is not to be heard. */
bool pppoe_source_request(
	struct pppoe_ac *ac, struct pppoe_source *src, const struct pppoe_group *g);

/* An id that is free on the port and has rested; 0: none. */
uint16_t pppoe_sid_new(struct pppoe_ac *ac, uint16_t port);
void pppoe_sid_rest(struct pppoe_ac *ac, uint16_t port, uint16_t sid);

/* ---- pppoe_ckpt.c ---- */

void pppoe_ckpt_session(const struct pppoe_session *s, struct wr *w);
void pppoe_ckpt_ac(const struct pppoe_ac *ac, struct wr *w);

/* Fills a fresh session; false when it cannot be (what it owns then is to be freed as well). */
bool pppoe_ckpt_session_decode(struct pppoe_session *s, struct rd *r);
bool pppoe_ckpt_ac_decode(struct pppoe_ac *ac, struct rd *r);

static inline uint64_t pppoe_sid_key(uint16_t port, uint16_t sid)
{
	return (uint64_t)port << 16 | sid;
}
