/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Simulated PPPoE subscribers on one wire, a board of kind peer: hosts behind an access network,
 * each with a MAC address, a PPPoE session and PPP of its own.  They send numbered probes
 * through their sessions, and count those that come.
 *
 * Orders (peer.h), as of a LAC's subscribers:
 *   connect        all who are down call
 *   call           one more subscriber
 *   redial N       subscriber N, who is down, calls again
 *   hangup N       subscriber N (1...) ends PPP, then his session (PADT)
 *   drop N         PADT at once
 *   mute N         subscriber N neither sends nor hears any more
 *   disconnect     PADT of all
 *   start probes, stop probes, report
 */
#pragma once

#include "scenarios/engine/peer_lac.h"

struct subs_config {
	const char *name;
	uint16_t ifindex; /* port at the other end of the wire */
	unsigned sessions;
	uint8_t n_vlan; /* tags of their frames: 100, and 200 + number % 100 */
	const char *user, *password;
	const char *domain; /* every other one (from 2 on) is user@domain; NULL: nobody */
	bool all_onward;    /* all are */
	unsigned echo_s;    /* LCP echoes; 0: none */
	unsigned pace_ms;   /* between two calls; 0: 10 */
	unsigned probe_pps; /* of each; 0: none */
	uint32_t probe_to;
};

/* arg: struct subs_config */
extern const struct board_ops subs_board;

/* As of a LAC (peer_lac.h): cc is 0, session the PPPoE session's id, 0 when there is none. */
bool subs_line(const void *self, unsigned number, struct peer_lac_line *out);
/* His PPPoE session as he sees it. */
bool subs_session(const void *self, unsigned number, uint16_t *sid, uint8_t mac[6]);
