/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The server side of dynamic authorization (RFC 5176; RFC 3576): takes Disconnect and CoA
 * requests of known clients, drops what is forged or old, repeats an answer to a repeat, and
 * hands new requests to the owner, who answers at once or later.  No I/O.
 */
#pragma once

#include "base/time.h"
#include "vpdn/radius.h"

enum {
	DAS_CLIENTS_MAX = 64,
	DAS_REMEMBERED = 1024, /* requests, for repeats */
	DAS_REMEMBER_S = 30,
	DAS_WINDOW_S = 300, /* of Event-Timestamp */
};

/* Values of Error-Cause (RFC 5176, section 3.6). */
enum das_error {
	DAS_OK = 0,
	DAS_UNSUPPORTED_ATTRIBUTE = 401,
	DAS_MISSING_ATTRIBUTE = 402,
	DAS_NAS_MISMATCH = 403,
	DAS_INVALID_REQUEST = 404,
	DAS_UNSUPPORTED_SERVICE = 405,
	DAS_INVALID_VALUE = 407,
	DAS_PROHIBITED = 501,
	DAS_NOT_FOUND = 503,
	DAS_NOT_REMOVABLE = 504,
	DAS_RESOURCES = 506,
	DAS_MULTIPLE = 508,
};

struct das_client {
	uint32_t ip;
	char key[RADIUS_SECRET_MAX];
};

struct das;

struct das *das_new(void);
void das_free(struct das *d);

/* port 0: nobody is listened to. */
void das_configure(
	struct das *d, const struct das_client *clients, unsigned n, uint16_t port);
uint16_t das_port(const struct das *d);

struct das_request {
	uint64_t token;
	bool disconnect; /* else CoA */
	struct rd attrs; /* borrowed from the datagram */
	uint32_t local_ip; /* where it was sent to */
};

/* True: *out wants das_answer().  wall_s: Unix time now. */
bool das_input(struct das *d, uint32_t from_ip, uint16_t from_port, uint32_t to_ip,
	uint16_t to_port, const uint8_t *bytes, size_t n, base_time now, int64_t wall_s,
	struct das_request *out);

/* One for each; error DAS_OK: ACK.  Unknown tokens are ignored. */
void das_answer(struct das *d, uint64_t token, enum das_error error);

struct das_dgram {
	uint32_t local_ip, ip;
	uint16_t local_port, port;
	const uint8_t *bytes; /* until the next call */
	size_t len;
};

bool das_poll(struct das *d, struct das_dgram *out);

struct das_counts {
	uint64_t requests, repeats, acks, naks;
	uint64_t stranger, forged, stale, malformed; /* dropped */
};

void das_get_counts(const struct das *d, struct das_counts *out);
