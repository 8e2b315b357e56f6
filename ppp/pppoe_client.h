/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPPoE clients (RFC 2516, the host's side), any number of them in one engine, without I/O: for
 * simulated subscribers and tests.  Frames, time and orders in; effects out, polled by the
 * owner after every call.
 *
 *   open -> PADI ... PADO -> PADR ... PADS: PPPOE_CLIENT_UP, the owner starts PPP
 *        -> PPPOE_CLIENT_DOWN: it is over; pppoe_client_drop() frees it
 */
#pragma once

#include "base/time.h"
#include "ppp/pppoe.h"

struct pppoe_clients;

/* Settings of a client, copied; zero means the default in brackets. */
struct pppoe_client_config {
	uint16_t port; /* the owner's number of the port */
	uint8_t mac[6];
	uint8_t n_vlan; /* tags of its frames, outer first */
	uint16_t tpid[2], vlan[2];
	char service[PPPOE_NAME_MAX]; /* "": any */
	char ac_name[PPPOE_NAME_MAX]; /* the only one wanted; "": the first to answer */
	uint16_t max_payload;         /* PPP-Max-Payload to ask for; 0: none */
	const struct pppoe_line_info *line; /* as an access node would add it; NULL: none */
	uint8_t relay[PPPOE_RELAY_ID_MAX]; /* as a relay would */
	uint8_t relay_len;
	uint16_t restart_s; /* first wait for an answer; doubles up to 60 s [3] */
	uint8_t tries;      /* PADI and PADR sent [10]; after three PADR a PADI */
};

enum pppoe_client_effect_kind {
	PPPOE_CLIENT_SEND, /* bytes: a whole Ethernet frame for port */
	PPPOE_CLIENT_UP,   /* sid, mtu */
	PPPOE_CLIENT_PPP,  /* bytes: a PPP frame from its protocol field on */
	PPPOE_CLIENT_DOWN, /* text: why; raw if it came from the peer */
};

struct pppoe_client_effect {
	enum pppoe_client_effect_kind kind;
	uint16_t port, sid, mtu;
	uint32_t client;
	const uint8_t *bytes;
	size_t len;
	const char *text;
};

enum pppoe_client_state {
	PPPOE_CLIENT_WAIT_PADO,
	PPPOE_CLIENT_WAIT_PADS,
	PPPOE_CLIENT_OPEN,
	PPPOE_CLIENT_ENDED,
};

struct pppoe_clients *pppoe_clients_new(base_time now);
void pppoe_clients_free(struct pppoe_clients *e);

/* Sends the first PADI of a client with a number chosen by the owner (not 0, not in use; false
 * otherwise), which is also its Host-Uniq. */
bool pppoe_client_open(struct pppoe_clients *e, uint32_t client,
	const struct pppoe_client_config *cfg, base_time now);

/* One Ethernet frame from a port.  What is for no client of ours is ignored. */
void pppoe_clients_input(struct pppoe_clients *e, uint16_t port, const uint8_t *frame,
	size_t len, base_time now);
base_time pppoe_clients_next_due(const struct pppoe_clients *e);
bool pppoe_clients_tick(struct pppoe_clients *e, base_time now, unsigned budget);
bool pppoe_clients_poll(struct pppoe_clients *e, struct pppoe_client_effect *out);

/* PADT if it is open; then it is gone, without PPPOE_CLIENT_DOWN. */
void pppoe_client_close(
	struct pppoe_clients *e, uint32_t client, const char *text, base_time now);

/* Gone without a word, as by a power cut. */
void pppoe_client_drop(struct pppoe_clients *e, uint32_t client);

/* A PPP frame (with or without FF 03) as an Ethernet frame at buf; its length, 0: no room, or
 * not open. */
size_t pppoe_client_frame(const struct pppoe_clients *e, uint32_t client, const uint8_t *ppp,
	size_t len, uint8_t *buf, size_t cap);

/* False: no such client. */
bool pppoe_client_get(const struct pppoe_clients *e, uint32_t client,
	enum pppoe_client_state *state, uint16_t *sid, uint8_t ac[6]);
size_t pppoe_clients_count(const struct pppoe_clients *e);
