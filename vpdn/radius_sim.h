/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small RADIUS server without I/O, for scenarios, the simulation and tests: users from a
 * table, PAP, CHAP and MS-CHAP, a ledger of what was accounted.  It can be told to be slow, to
 * reject, to challenge, to leave out Message-Authenticator, or to be dead.  It also makes CoA and Disconnect requests
 * (RFC 5176).
 */
#pragma once

#include "base/time.h"
#include "vpdn/radius.h"

struct radius_sim;

struct radius_sim_manner {
	bool dead;     /* takes nothing, answers nothing */
	bool reject;   /* every login */
	bool challenge; /* every login gets an Access-Challenge */
	const char *message; /* Reply-Message of an Access-Reject; NULL: none */
	const char *mschap_error; /* MS-CHAP-Error of an Access-Reject; NULL: none */
	const uint8_t *attrs; /* encoded, of each Access-Accept besides its user's; borrowed */
	size_t n_attrs;
	bool mute;     /* takes accounting, but does not answer */
	bool no_message_authenticator;
	base_dur delay; /* of every answer */
};

struct radius_sim *radius_sim_new(const char *secret, uint64_t seed);
void radius_sim_free(struct radius_sim *s);
struct radius_sim_manner *radius_sim_manner(struct radius_sim *s);

/* A user, or its new password. */
void radius_sim_user(struct radius_sim *s, const char *name, const char *password);
/* What an Access-Accept for the user has besides: "Tunnel-Type:1" (a name of the table, with a
 * tag), "3".  False: no such user or attribute, or no such value. */
bool radius_sim_attr(
	struct radius_sim *s, const char *user, const char *name, const char *value);

/* A datagram for the server. */
void radius_sim_input(struct radius_sim *s, uint32_t from_ip, uint16_t from_port,
	uint32_t to_ip, uint16_t to_port, const uint8_t *bytes, size_t n, base_time now);

/* Asks the NAS at ip:port: RADIUS_DISCONNECT_REQUEST or RADIUS_COA_REQUEST with these encoded
 * attributes, from local_ip:local_port.  Returns the identifier. */
uint8_t radius_sim_ask(struct radius_sim *s, enum radius_code code, uint32_t local_ip,
	uint16_t local_port, uint32_t ip, uint16_t port, const uint8_t *attrs, size_t n,
	base_time now);

struct radius_sim_dgram {
	uint32_t local_ip, ip;
	uint16_t local_port, port;
	const uint8_t *bytes; /* until the next call */
	size_t len;
};

/* The next datagram that is due to leave; false: none. */
bool radius_sim_poll(struct radius_sim *s, base_time now, struct radius_sim_dgram *out);
base_time radius_sim_next_due(const struct radius_sim *s);

/* ---- what was seen ---- */

/* The last Access-Request or Accounting-Request, good until the next one; false: none came. */
bool radius_sim_last(
	const struct radius_sim *s, enum radius_code code, struct radius_packet *out);

struct radius_sim_record { /* one (Acct-Session-Id, Acct-Status-Type) */
	char id[RADIUS_TEXT_MAX], user[RADIUS_TEXT_MAX];
	uint32_t status;
	unsigned copies; /* more than 1: it came again */
	uint64_t in_octets, out_octets; /* of the last copy, gigawords included */
	uint32_t seconds, cause, ip;
	bool has_class; /* a Class attribute came */
	bool shrank;    /* octets or seconds of an Interim were less than before */
};

unsigned radius_sim_records(const struct radius_sim *s);
const struct radius_sim_record *radius_sim_record(const struct radius_sim *s, unsigned i);

/* The same one by one as they came, from the first on; i < radius_sim_taken(). */
unsigned radius_sim_taken(const struct radius_sim *s);
const struct radius_sim_record *radius_sim_taken_get(const struct radius_sim *s, unsigned i);

struct radius_sim_counts {
	unsigned requests, accepts, rejects, accounting, malformed, forged;
	unsigned acks, naks;  /* to what radius_sim_ask() asked */
	uint32_t error_cause; /* of the last NAK */
};

void radius_sim_get_counts(const struct radius_sim *s, struct radius_sim_counts *out);
