/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RADIUS client (RFC 2865, 2866): requests out, replies in, in whatever order they come.  No
 * I/O: datagrams, time and orders in; effects out, polled after every call until there are
 * none.
 *
 * A request goes to its servers in order: to each one first as it is, then again every
 * `timeout` until `retransmit` repeats were sent; a repeat is the same packet.  A server that is
 * dead is passed over as long as one of the request's servers is not.  A server is dead when it
 * has answered nothing for `dead_s` and has let `dead_tries` packets in a row go unanswered;
 * it comes back when it answers or after `deadtime_s`.
 *
 * A reply counts only when it comes from where the request went, and is genuine; with a
 * server that is not `ma_optional`, an Access-* reply must have a Message-Authenticator.
 * Everything else is dropped and counted.
 */
#pragma once

#include "base/time.h"
#include "vpdn/radius.h"

enum {
	RADIUS_NAME_MAX = 64,
	RADIUS_SERVERS_MAX = 64,
	RADIUS_TRY_MAX = 16, /* servers of one request */
	RADIUS_PORT_FIRST = 21645,
	RADIUS_PORTS = 32, /* a client's source ports; the id of a packet is one of 256 */
	RADIUS_TIMEOUT_DEFAULT = 5,
	RADIUS_RETRANSMIT_DEFAULT = 3,
	RADIUS_DEAD_S_DEFAULT = 10,
	RADIUS_DEAD_TRIES_DEFAULT = 10,
};

struct radius_client;

/* A server, as configured; its name is its identity. */
struct radius_server {
	char name[RADIUS_NAME_MAX];
	uint32_t ip, local_ip; /* local_ip: where packets to it come from; 0: no way to it */
	uint16_t auth_port, acct_port;
	char key[RADIUS_SECRET_MAX];
	uint16_t timeout_s; /* 1 to 1000 */
	uint8_t retransmit; /* 0 to 100 */
	bool ma_optional;
};

struct radius_client_config {
	const struct radius_server *servers; /* borrowed for the call */
	unsigned n_servers;                  /* at most RADIUS_SERVERS_MAX */
	uint32_t deadtime_s; /* 0: a dead server is tried all the same */
	uint32_t dead_s, dead_tries;
};

/* parity separates the source ports of the two RPs: late replies to the one are none for the
 * other. */
struct radius_client *radius_client_new(uint64_t seed, uint8_t parity, base_time now);
void radius_client_free(struct radius_client *c);

/* Servers of the same name and address keep what is known of them.  Requests to servers that
 * are gone go on with their next one. */
void radius_client_configure(
	struct radius_client *c, const struct radius_client_config *cfg, base_time now);

/* ---- requests ---- */

struct radius_request {
	enum radius_code code; /* RADIUS_ACCESS_REQUEST or RADIUS_ACCT_REQUEST */
	const char *const *servers; /* names, in order */
	unsigned n_servers;
	const uint8_t *attrs; /* encoded attributes, copied; no authenticator among them */
	size_t n_attrs;
	const char *password; /* becomes User-Password; NULL: none */
	base_time at; /* accounting: Acct-Delay-Time counts from here */
	uint64_t token;
};

/* Begins a request; its end is RADIUS_FX_DONE with the token.  Returns a handle, never 0.  The
 * caller sees to it that there are not endlessly many. */
uint64_t radius_client_send(
	struct radius_client *c, const struct radius_request *r, base_time now);
/* It is not told how that ended. */
void radius_client_cancel(struct radius_client *c, uint64_t handle);
/* All of them, as when an RP's life ends. */
void radius_client_reset(struct radius_client *c);

/* ---- inputs ---- */

/* Is it a source port of the client? */
bool radius_client_port(const struct radius_client *c, uint16_t port);
void radius_client_input(struct radius_client *c, uint32_t from_ip, uint16_t from_port,
	uint16_t to_port, const uint8_t *bytes, size_t n, base_time now);
base_time radius_client_next_due(const struct radius_client *c);
/* True: there is more to do at `now`. */
bool radius_client_tick(struct radius_client *c, base_time now, unsigned budget);

/* ---- effects ---- */

enum radius_fx_kind {
	RADIUS_FX_SEND, /* bytes, from local_ip:local_port to ip:port */
	RADIUS_FX_DONE, /* token, outcome; accepted or rejected: attrs, key, authenticator */
	RADIUS_FX_LOG,  /* severity, mnemonic, text */
	RADIUS_FX_DEBUG,
};

enum radius_outcome {
	RADIUS_OUT_ACCEPT,  /* Access-Accept, Accounting-Response */
	RADIUS_OUT_REJECT,  /* Access-Reject; also Access-Challenge, which we cannot answer */
	RADIUS_OUT_TIMEOUT, /* no server has answered */
};

struct radius_effect {
	enum radius_fx_kind kind;
	uint32_t local_ip, ip;
	uint16_t local_port, port;
	const uint8_t *bytes;
	size_t len;
	uint64_t token;
	enum radius_outcome outcome;
	struct rd attrs;
	const char *key; /* of the server that answered */
	const uint8_t *authenticator; /* of the request */
	int severity;
	const char *mnemonic, *text;
};

/* What an effect points to is good until the next call. */
bool radius_client_poll(struct radius_client *c, struct radius_effect *out);
void radius_client_set_debug(struct radius_client *c, bool on);

/* ---- queries ---- */

struct radius_counts {
	uint64_t requests, repeats, timeouts, failovers;
	uint64_t accepts, rejects, challenges, responses;
	uint64_t forged, unauthenticated; /* dropped: authenticator; no Message-Authenticator */
	uint64_t malformed, unexpected;   /* unexpected: late, double, to nothing we asked */
};

struct radius_server_info {
	const struct radius_server *conf;
	bool dead;
	base_time since; /* of this state */
	base_dur previous; /* how long the state before lasted */
	unsigned dead_times;
	unsigned outstanding;
	struct radius_counts auth, acct;
};

unsigned radius_client_servers(const struct radius_client *c);
bool radius_client_server(
	const struct radius_client *c, unsigned i, struct radius_server_info *out);
/* Not yet ended; of these waiting for a free identifier. */
unsigned radius_client_pending(const struct radius_client *c, unsigned *waiting);
uint64_t radius_client_unexpected(const struct radius_client *c);
