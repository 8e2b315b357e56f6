/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One subscriber session: from the ICRQ that asks for it to the last of CDN, Terminate
 * or the end of its tunnel.
 */
#pragma once

#include "vpdn/vpdn.h"

enum {
	EARLY_MAX = 4,      /* frames kept before ICCN */
	EARLY_BYTES = 1600, /* longer ones are not */
};

/* Sessions of one group, for its limit. */
struct group_use {
	char *name;
	unsigned sessions;
};

/* session - joins a PPP link to an L2TP session.
 *
 * Owner:  struct vpdn, in sessions (slab, by number); ended by vsession_end(), freed by
 *         vsession_sweep() when no effect can speak of it any more.
 * Owns:   username, early.
 * Refers: cc, lsid by number; the PPP link has the session's own number.
 */
struct session {
	uint32_t number;
	uint16_t cc, lsid; /* local ids */
	uint16_t vtemplate;
	bool linked; /* the PPP link exists */
	bool open;   /* IPCP is up */
	bool ended;
	bool ha;  /* of its tunnel */
	bool est; /* the standby has it (active); all records are here (standby) */
	uint32_t vaccess, unique_id, ip;
	base_time since;
	char *username; /* raw; NULL before authentication */
	struct group_use *group;
	GPtrArray *early; /* GBytes: frames that came before ICCN; NULL when none */
};

struct session *vsession_get(const struct vpdn *v, uint32_t number);
struct session *vsession_find(const struct vpdn *v, uint16_t cc, uint16_t lsid);

/* A new one in the tunnel, under some free number (0) or that number.  NULL when
 * there is no room or the number is taken. */
struct session *vsession_new(
	struct vpdn *v, uint32_t number, uint16_t cc, uint16_t lsid, const char *group);

/* ICCN is there: the link opens, and gets the frames that came too early. */
void vsession_connect(struct vpdn *v, struct session *s);
void vsession_frame(
	struct vpdn *v, struct session *s, const uint8_t *frame, size_t len);

void vsession_ppp_auth(struct vpdn *v, struct session *s, const struct ppp_effect *fx);
void vsession_ppp_up(struct vpdn *v, struct session *s, const struct ppp_effect *fx);
void vsession_ppp_down(struct vpdn *v, struct session *s, const struct ppp_effect *fx);
void vsession_l2tp_down(
	struct vpdn *v, struct session *s, const struct l2tp_cause *cause);

/* Ends it and all that it has.  result 0: L2TP knows already. */
void vsession_end(struct vpdn *v, struct session *s, uint16_t result, uint16_t error,
	const char *text);

/* Frees what it holds; no effect, no record. */
void vsession_free(struct vpdn *v, struct session *s);
void vsession_sweep(struct vpdn *v);

void vsession_set_est(struct vpdn *v, struct session *s, bool est);
void vsession_set_ha(struct vpdn *v, struct session *s, bool ha);
