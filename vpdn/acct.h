/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accounting records that nobody has taken yet (RFC 2866; ha-commit.md H9).  Each is an
 * object of its own with a checkpoint record of its own, so that it outlives its session
 * and its RP: it leaves when the standby has it, comes again every five seconds and after
 * a takeover, and goes when it was taken.  Of one (Acct-Session-Id, status) there is
 * never more than one.
 *
 * A tunnel that is accounted has its Tunnel-Stop there from the begin, as a guard: it becomes
 * a record when the tunnel ends, or when a new active RP does not have the tunnel.
 *
 * A session that the standby has no record of (its tunnel is not protected) has a guard
 * there instead: a Stop that is sent only by a new active RP.
 */
#pragma once

#include "vpdn/vpdn.h"

enum {
	ACCT_ID_LEN = 16, /* hexadecimal digits: of the boot, of the session */
	ACCT_REPEAT_S = 5,
	ACCT_STATUS_BITS = 4, /* of a key: enum vpdn_acct_status */
	ACCT_STATUS_MASK = (1 << ACCT_STATUS_BITS) - 1,
	ACCT_ATTRS_MAX = 1200, /* octets of a record's attributes */
};

/* Acct-Terminate-Cause (RFC 2866, section 5.10). */
enum acct_cause {
	ACCT_USER_REQUEST = 1,
	ACCT_LOST_CARRIER = 2,
	ACCT_LOST_SERVICE = 3,
	ACCT_IDLE_TIMEOUT = 4,
	ACCT_SESSION_TIMEOUT = 5,
	ACCT_ADMIN_RESET = 6,
	ACCT_NAS_ERROR = 9,
};

/* One record.  Owner: struct accts, by key. */
struct acct {
	uint64_t key; /* number of the session, and the status in its low bits */
	char *user;   /* raw; NULL: none */
	uint32_t ip, seconds;
	base_time at; /* of a guard: when its session began */
	struct vpdn_counts_fib counts;
	uint8_t cause;
	uint16_t cc;   /* of a tunnel's records: its id */
	char *list;    /* of a session's records: AAA's method list; NULL: default */
	GBytes *attrs; /* what RADIUS says besides, encoded; NULL: none */
	uint64_t job;  /* RADIUS has it: see aaa_run.c; 0 no */
	bool guard;
	bool waits;    /* for the Start to be taken */
	bool dirty;    /* in the queue of keys */
	bool recorded; /* the standby has or will have it */
	base_time due; /* when it is repeated */
	GList in_all, in_repeat;
	bool repeats; /* in the second list */
};

struct accts {
	uint32_t boot, last; /* of session numbers */
	GHashTable *by_key;  /* never walked */
	GHashTable *by_cc;   /* cc -> struct acct *: guards of tunnels; never walked */
	GQueue all;          /* in order of making */
	GQueue repeat;       /* sent ones, soonest first: all wait equally long */
	GArray *dirty; /* keys, from dirty_done on; a key without object is a delete */
	guint dirty_done;
	unsigned guards; /* of those in by_key */
	GList *bulk; /* next one that the bulk marks */
};

struct session;
struct tunnel;

void accts_init(struct accts *a, uint64_t seed, uint8_t parity);
void accts_deinit(struct accts *a);
void accts_clear(struct accts *a);

/* The number of a new session: different over RPs and boots. */
uint64_t accts_number(struct accts *a);

/* Its Acct-Session-Id. */
void acct_id(uint64_t key, char out[ACCT_ID_LEN + 1]);

/* ---- on the active RP ---- */

void vpdn_acct_start(struct vpdn *v, struct session *s);
void vpdn_acct_stop(struct vpdn *v, struct session *s);

/* Tunnel records (RFC 2867), if RADIUS gets any.  They may be called for any tunnel. */
void vpdn_acct_tunnel_up(struct vpdn *v, const struct tunnel *t);
void vpdn_acct_tunnel_down(struct vpdn *v, uint16_t cc, enum acct_cause cause);
void vpdn_acct_tunnel_refused(struct vpdn *v, const struct tunnel *t);

/* The standby has no record of the session (any more), or has one again. */
void vpdn_acct_guard(struct vpdn *v, const struct session *s, bool on);

/* It may leave: the first time by commit, later when due. */
void vpdn_acct_send(struct vpdn *v, uint64_t key);

/* An Interim with these counters; it replaces one that is under way. */
void vpdn_acct_interim(
	struct vpdn *v, struct session *s, const struct vpdn_counts_fib *counts);

struct acct *vpdn_acct_get(const struct vpdn *v, uint64_t key);
/* RADIUS has delivered it, or could not: then it is sent again later. */
void vpdn_acct_taken(struct vpdn *v, struct acct *o);
void vpdn_acct_unanswered(struct vpdn *v, struct acct *o);

bool vpdn_acct_full(const struct vpdn *v);
base_time vpdn_acct_next_due(const struct vpdn *v);
bool vpdn_acct_tick(struct vpdn *v, unsigned budget);

/* All of them are to be recorded again, budget at a time; false: all are. */
void vpdn_acct_bulk_begin(struct vpdn *v);
bool vpdn_acct_bulk(struct vpdn *v, unsigned budget);
bool vpdn_acct_poll(struct vpdn *v, struct ckpt_record *out);
void vpdn_acct_forget_standby(struct vpdn *v);
extern const struct rec_table vpdn_acct_table;

/* ---- on the standby ---- */

bool vpdn_acct_apply(struct vpdn *v, const struct ckpt_record *rec);
void vpdn_acct_activate(struct vpdn *v);
