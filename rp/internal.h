/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of an RP board, shared by the files of rp/ and by the command tables.
 *
 *   rp.c      the board: turns, dispatch, the pump of effects
 *   rf.c      redundancy facility: roles and the progression to STANDBY HOT
 *   takeover.c, history.c
 *             becoming active; who took over when
 *   txn.c     transactions on the active RP: records of one input, commits
 *   cf.c      checkpointing facility: bulk on the active, apply on the standby
 *   fman.c    forwarding manager: programs the FP
 *   punt.c    packets from and to the FP
 *   access.c  the interface that a PPPoE client comes by (rp/access.h)
 *   ping.c    echo requests of the ping command
 *   counts.c  counters of sessions, read from the FP by shows (rp/counts.h)
 *   oir.c     log lines about boards that come and go
 *   config.c  running configuration: text, loader, records
 *   shell.c   consoles, VTYs and operator commands
 */
#pragma once

#include "base/log.h"
#include "base/rule.h"
#include "chassis/messages.h"
#include "cli/cli.h"
#include "cli/line.h"
#include "rp/iface.h"
#include "rp/rp.h"
#include "vpdn/vpdn.h"

struct rp;

/* ---- rf.c ------------------------------------------------------------------------- */

enum rf_state { /* the numbers that shows print, ios-cli.md 7.4 */
	RF_UNKNOWN = 0,
	RF_DISABLED = 1,
	RF_INITIALIZATION = 2,
	RF_NEGOTIATION = 3,
	RF_STANDBY_COLD = 4,
	RF_STANDBY_COLD_CONFIG = 5,
	RF_STANDBY_COLD_FILESYS = 6,
	RF_STANDBY_COLD_BULK = 7,
	RF_STANDBY_HOT = 8,
	RF_ACTIVE_FAST = 9,
	RF_ACTIVE_DRAIN = 10,
	RF_ACTIVE_PRECONFIG = 11,
	RF_ACTIVE_POSTCONFIG = 12,
	RF_ACTIVE = 13,
};

const char *rf_state_name(enum rf_state s); /* "STANDBY HOT" */

struct rf_switchover {
	uint8_t from, to; /* slots */
	base_time at;
	char *reason; /* "active unit removed" */
};

enum { RF_HISTORY_MAX = 64, RF_BEAT_MS_DEFAULT = 1000, RF_MISSES_DEFAULT = 3 };

struct rf {
	enum rf_state my, peer;
	base_time my_since, peer_since;
	bool peer_in;
	unsigned peer_slot;
	uint64_t peer_boot;
	base_time step_due;      /* next step of the progression or of booting */
	base_time heartbeat_due;
	base_time bulk_retry_due;
	base_time peer_silent_due; /* active: the standby's heartbeats are missing then */
	base_time marks_due;       /* taking over: ask the FP for its marks again */
	bool taking_over;          /* from another RP, not a first start */
	bool peer_lost;            /* the other RP went while this one was not active */
	struct msg_detection told; /* what the arbiter knows of how to find a hang */
	bool unfit;                /* waiting for the arbiter to confirm the withdrawal */
	bool grant_pending, grant_hot; /* a term came while still booting */
	enum rf_state ordered;   /* last state the standby was told to go to */
	uint8_t down_why;        /* enum slot_why of the last PEER_DOWN of the active */
	bool hot_announced;      /* the arbiter was told that the peer is HOT */
	GArray *history;         /* struct rf_switchover; also a record */
	bool history_dirty;
	unsigned standby_failures;
	uint64_t heartbeats_sent, heartbeats_received;
};

void rf_init(struct rp *rp, base_time now);
void rf_deinit(struct rp *rp);
void rf_on_term(struct rp *rp, const struct msg_term *m, base_time now);
void rf_on_peer(struct rp *rp, const struct msg_slot *m, bool up, base_time now);
void rf_on_message(struct rp *rp, const struct ipc_msg *msg, base_time now);
void rf_tick(struct rp *rp, base_time now);
base_time rf_next_due(const struct rp *rp);

/* The arbiter has taken note of HOT or of its withdrawal. */
void rf_on_confirm(struct rp *rp, const struct msg_hot *m, base_time now);
void rf_set_my(struct rp *rp, enum rf_state s, base_time now);
/* Tells the other RP our state; order: as the active, what it shall go to; 0 none. */
void rf_tell_peer(struct rp *rp, enum rf_state order);
base_dur rf_step_time(const struct rp *rp);

/* Tells the arbiter how to find a hang, when the configuration has changed it. */
void rf_tell_detection(struct rp *rp);

/* history.c */
void rf_history_add(struct rp *rp, struct rf_switchover s);
void rf_history_clear_one(void *s);
const char *rf_down_reason(uint8_t why);

/* takeover.c: the arbiter has granted this RP the term. */
void takeover_begin(struct rp *rp, bool hot, base_time now);
void takeover_on_marks(struct rp *rp, const struct msg_fib_marks *m, base_time now);
void takeover_tick(struct rp *rp, base_time now);

/* The standby's bulk is whole and acknowledged (cf.c says so): it becomes HOT. */
void rf_bulk_done(struct rp *rp, base_time now);

/* The standby could not apply something, or is silent: it is not HOT; a new bulk follows. */
void rf_standby_unfit(struct rp *rp, const char *why, base_time now);

/* Switchover history as a checkpoint record. */
void rf_history_encode(const struct rf_switchover *s, struct wr *w);
const struct rec_table *rf_rec_table(uint8_t type);
bool rf_history_apply(struct rp *rp, const struct ckpt_record *rec);

static inline bool rf_is_active(const struct rf *rf)
{
	return rf->my == RF_ACTIVE;
}

/* ---- txn.c ------------------------------------------------------------------------ */

enum {
	TXN_WARN_MS = 100,    /* ack budget: counted (H3) */
	TXN_RELEASE_MS = 200, /* ack budget: outputs leave without their commit */
	TXN_LATENCY_BUCKETS = 12,
	TXN_INPUTS_MAX = 8192, /* not acknowledged; then punts wait in their ring (H15) */
};

struct txn {
	bool on;       /* the standby takes records: a bulk has begun */
	uint32_t epoch;
	uint64_t seq, acked;
	GQueue *sent;  /* of struct txn_sent: not yet acknowledged */
	unsigned inputs;       /* of the turn, not yet in a transaction */
	unsigned inputs_sent;  /* in those not yet acknowledged */
	GByteArray *buf;       /* room for the header of a part, then records */
	GPtrArray *config_lines; /* GBytes: configuration accepted in this input */
	uint64_t released; /* outputs of transactions up to here left without commit */
	uint64_t bulk_unacked; /* bytes of bulk records not yet acknowledged */
	uint64_t total, records, bytes, warnings, releases, messages_received;
	uint64_t latency[TXN_LATENCY_BUCKETS]; /* bucket i: below 2^i * 32 us */
};

void txn_init(struct rp *rp);
void txn_deinit(struct rp *rp);

/* A bulk begins: epoch + 1; numbers go on; nothing is outstanding. */
void txn_start(struct rp *rp, base_time now);

/* PEER_DOWN: what was held leaves, nothing is held until txn_start(). */
void txn_stop(struct rp *rp, base_time now);

/* An input was run, its records wait for txn_close(). */
void txn_input(struct rp *rp);

/* Takes the records of the inputs so far, while what they are made from is at hand. */
void txn_gather(struct rp *rp);

/* Gathers the records of the inputs since the last one into one transaction and stages it for the
 * standby. */
void txn_close(struct rp *rp, bool bulk, base_time now);

void txn_on_ack(struct rp *rp, uint64_t seq, base_time now);
void txn_tick(struct rp *rp, base_time now);
base_time txn_next_due(const struct rp *rp);
unsigned txn_outstanding(const struct rp *rp);
/* The standby has all of which something has left. */
bool txn_covered(const struct rp *rp);

/* As many inputs wait for the standby as may (H15). */
bool txn_full(const struct rp *rp);

/* ---- cf.c ------------------------------------------------------------------------- */

enum cf_bulk_state {
	CF_BULK_NONE,
	CF_BULK_CONFIG,  /* configuration sent, waiting for its acknowledgement */
	CF_BULK_OBJECTS, /* tunnels and sessions are being sent */
	CF_BULK_DRAIN,   /* all sent, end marker not yet acknowledged */
	CF_BULK_DONE,
};

enum rf_rec_type { RF_REC_SWITCHOVER = 1 }; /* key: number of the switchover, from 1 */
enum config_rec_type {
	CONFIG_REC_RUNNING = 1, /* key 0: the whole text */
	CONFIG_REC_LINES,       /* key: number; lines with the modes that lead to the last */
	CONFIG_REC_STARTUP,     /* key 0: the startup configuration */
	CONFIG_REC_NUMBERS,     /* key 0: iface_numbers(), before the text that they are for */
};

struct cf {
	enum cf_bulk_state bulk; /* active side */
	uint64_t bulk_objects;
	uint64_t bulk_seq; /* last transaction of what the bulk has sent */
	base_time bulk_began, bulk_ended;
	/* standby side */
	uint32_t epoch;
	uint64_t applied; /* last transaction */
	bool open;        /* a begin has come and nothing has failed since */
	bool torn;        /* a transaction failed halfway: not to be taken over from */
	GByteArray *parts; /* of a transaction whose last part has not come */
	uint64_t parts_seq;
	bool ack_due;
	char *failure; /* why not open */
	uint64_t received, rejected;
};

void cf_init(struct rp *rp);
void cf_deinit(struct rp *rp);
void cf_bulk_begin(struct rp *rp, base_time now);   /* COLD-CONFIG */
void cf_bulk_objects(struct rp *rp, base_time now); /* COLD-BULK */
bool cf_bulk_step(struct rp *rp, base_time now);    /* true: more can be sent now */
void cf_bulk_stop(struct rp *rp);
bool cf_bulk_acked(const struct rp *rp); /* all that it has sent until now */
void cf_on_message(struct rp *rp, const struct ipc_msg *msg, base_time now);
void cf_on_heartbeat(struct rp *rp, uint32_t epoch, uint64_t last_sent);
void cf_flush(struct rp *rp); /* the one acknowledgement of a turn */

/* ---- fman.c ----------------------------------------------------------------------- */

enum fman_state {
	FMAN_IDLE,    /* not active, or no FP */
	FMAN_WALKING, /* sending tables of this generation */
	FMAN_SWEEP,   /* end marker sent */
	FMAN_READY,
};

struct fman {
	enum fman_state state;
	unsigned fp; /* slot that is programmed; SLOT_NONE */
	unsigned chosen; /* by the arbiter; SLOT_NONE: nothing heard yet */
	uint32_t generation, starts;
	uint32_t cursor; /* session walk */
	uint64_t upserts, frees, swept;
	GBytes *drops, *ifaces; /* last IPC_FIB_STATS */
	uint32_t fp_sessions;
	/* Has the FP got everything?  (IPC_FIB_CHECK) */
	uint32_t sent;      /* table messages of this generation behind BEGIN */
	uint32_t confirmed; /* of these, by CHECKED */
	uint32_t dead;      /* DEAD reports of this generation taken */
	base_time check_due;
	uint64_t resends; /* generations begun since something was lost */
};

void fman_init(struct rp *rp);
void fman_deinit(struct rp *rp);
/* Sends everything again under a new generation (RP became active, FP came). */
void fman_start(struct rp *rp, base_time now);
void fman_stop(struct rp *rp);
/* The same with an RP that was active before: sessions in deletion are asked for again. */
void fman_restart(struct rp *rp, base_time now);
/* Asks now and then whether the FP has got everything. */
void fman_tick(struct rp *rp, base_time now);
base_time fman_next_due(const struct rp *rp);
/* The FP in use, by the arbiter's choice; SLOT_NONE. */
unsigned fman_active_fp(const struct rp *rp);
void fman_on_fp_active(struct rp *rp, unsigned slot, base_time now);
bool fman_step(struct rp *rp, base_time now); /* true: more to send */
void fman_iface(struct rp *rp, const struct iface *i, bool deleted);
void fman_route(struct rp *rp, const struct static_route *r, bool deleted);
void fman_session(struct rp *rp, uint32_t session);
/* What the FP is to have of it; false: nothing. */
bool fman_session_entry(const struct rp *rp, uint32_t session, struct msg_fib_session *m);
/* The session is being deleted: the FP stops it and says its counters. */
void fman_stop_session(struct rp *rp, uint32_t session, base_time now);
void fman_free(struct rp *rp, uint32_t session);
/* Asks for the session's counters: the answer goes to shows and to vpdn_session_read(). */
void fman_read(struct rp *rp, uint32_t session);
/* The standby has what the tunnel's packets did not wait for (H3), or the tunnel is gone. */
void fman_unmark(struct rp *rp, uint16_t tunnel, uint64_t seq, bool deleted);
void fman_on_message(struct rp *rp, const struct ipc_msg *msg, base_time now);

/* ---- punt.c ----------------------------------------------------------------------- */

struct punt {
	uint16_t ip_id;
	uint16_t ping_id;
	uint64_t taken[PKT_N_CLASSES], malformed, injected, inject_drops;
};

/* Takes one packet from the FP; true: it was an input (close a transaction after it). */
bool punt_input(struct rp *rp, struct pkt *p, base_time now);
void punt_send_udp(struct rp *rp, const struct vpdn_effect *fx);
void punt_send_radius(struct rp *rp, const struct vpdn_effect *fx);
void punt_send_ether(struct rp *rp, const struct vpdn_effect *fx);
void punt_send_ppp(struct rp *rp, const struct vpdn_effect *fx);
void punt_send_icmp(struct rp *rp, uint32_t from, uint32_t to, const uint8_t *bytes, size_t len);

/* ---- ping.c, counts.c, oir.c ------------------------------------------------------ */

/* An IPv4 packet to us: false when it is no echo reply. */
bool ping_input(struct rp *rp, const uint8_t *packet, size_t len);

void counts_on_message(struct rp *rp, const struct ipc_msg *msg);

/* A slot's board has come or gone; rp->slots knows it already. */
void oir_on_slot(struct rp *rp, const struct msg_slot *m, bool up);
void oir_tick(struct rp *rp);

/* ---- config.c --------------------------------------------------------------------- */

struct line_config {
	bool exec_timeout_set;
	unsigned exec_timeout; /* seconds; 0 never */
};

struct rp_config {
	char *hostname; /* NULL: "Router" */
	bool mode_set;  /* mode sso is configured; it is the only mode and the default */
	struct line_config lines[2]; /* con, vty */
	bool standby_console; /* standby console enable */
	uint32_t beat_ms;     /* redundancy, heartbeat */
	uint8_t beat_misses;
	char *enable_secret;  /* enable secret/password, clear; NULL: none */
	bool no_logging_console;
	struct iface_table net;
	bool loading;         /* a text is being run: effects come at its end */
	bool changed;         /* since the last write memory */
	base_time changed_at;
};

void rp_config_init(struct rp *rp);
void rp_config_deinit(struct rp *rp);
/* All back to defaults: ports stay, everything configured goes (also vpdn's). */
void rp_config_reset(struct rp *rp, base_time now);

/* The running configuration as text, from "version" to "end" as show running-config prints it
 * after its header; all: with defaults, for `show running-config all`. */
char *rp_config_text(struct rp *rp, bool all);

/* Runs a configuration text; fn (may be NULL) is called for each bad line; returns how many
 * there were. */
unsigned rp_config_load(struct rp *rp, const char *text, size_t len, rp_config_error_fn fn,
	void *user, base_time now);

/* Something configured has changed: vpdn, FP and SPAs learn of it. */
void rp_config_touched(struct rp *rp, base_time now);

/* cli_hooks.config_line: a command of configuration mode `mode` was accepted. */
void rp_config_line(struct cli_session *s, uint64_t mode, const char *line, void *user);

/* Standby: applies a CKPT_CONFIG record. */
bool rp_config_apply(struct rp *rp, const struct ckpt_record *rec, base_time now);

/* Parts of the text, in the files of their commands; all: defaults too. */
void nvgen_system(const struct rp *rp, GString *out, bool all);     /* rp/cmd.c: hostname, enable */
void nvgen_redundancy(const struct rp *rp, GString *out, bool all); /* rp/cmd_redundancy.c */
void nvgen_lines(const struct rp *rp, GString *out, bool all);      /* rp/cmd.c: line con, vty */
void nvgen_encapsulation(const struct iface *i, GString *out); /* rp/cmd_vlan.c */
void nvgen_pppoe(const struct iface *i, GString *out);
void nvgen_interfaces(const struct rp *rp, GString *out, bool all); /* rp/cmd_ip.c */
void nvgen_routes(const struct rp *rp, GString *out, bool all);     /* rp/cmd_ip.c */
void nvgen_vpdn(const struct rp *rp, GString *out, bool all);       /* vpdn/cmd.c */
/* vpdn/cmd_dialin.c: global lines; a group's subgroup and its addresses */
void nvgen_dialin_global(const struct vpdn_config *c, GString *out, bool all);
void nvgen_request(const struct vpdn_group *g, GString *out);
void nvgen_targets(const struct vpdn_group *g, GString *out, bool all);
/* vpdn/cmd_options.c */
void nvgen_options_global(const struct vpdn_config *c, GString *out, bool all);
void nvgen_options_first(
	const struct vpdn_config *c, const struct vpdn_group *g, GString *out, bool all);
void nvgen_options(
	const struct vpdn_config *c, const struct vpdn_group *g, GString *out, bool all);
void nvgen_logging(const struct vpdn_config *c, GString *out); /* vpdn/cmd_show.c */
void nvgen_templates(const struct vpdn_config *c, GString *out);
void nvgen_bbas(const struct rp *rp, GString *out, bool all); /* vpdn/cmd_bba.c */
void nvgen_users(const struct rp *rp, GString *out, bool all);      /* vpdn/cmd.c */
void nvgen_vtemplates(const struct rp *rp, GString *out, bool all); /* ppp/cmd.c */
void nvgen_pools(const struct rp *rp, GString *out, bool all);      /* vpdn/cmd.c */
void nvgen_aaa(const struct rp *rp, GString *out, bool all);        /* vpdn/cmd_aaa.c */
void nvgen_radius(const struct rp *rp, GString *out, bool all);     /* vpdn/cmd_aaa.c */

bool rp_config_save(struct rp *rp); /* write memory */

/* ---- shell.c ---------------------------------------------------------------------- */

/* The command tree of an RP: everything in the tables below. */
struct cli_tree *shell_tree_new(struct rp *rp);

extern const struct cli_command rp_commands[];   /* rp/cmd.c: system, files */
extern const struct cli_command redundancy_commands[]; /* rp/cmd_redundancy.c */
extern const struct cli_command ip_commands[];   /* rp/cmd_ip.c: interfaces, routes */
extern const struct cli_command vlan_commands[]; /* rp/cmd_vlan.c: tags, PPPoE, MSS clamp */
extern const struct cli_command l2tp_commands[]; /* l2tp/cmd.c: show l2tp, l2tp sso */
extern const struct cli_command vpdn_commands[]; /* vpdn/cmd.c: vpdn, groups, users, pools */
extern const struct cli_command dialin_commands[]; /* vpdn/cmd_dialin.c: calls that we place */
extern const struct cli_command vpdn_show_commands[]; /* vpdn/cmd_show.c: groups, logging, clear */
extern const struct cli_word vpdn_show_words[];
extern const struct cli_command option_commands[]; /* vpdn/cmd_options.c: options of L2TP */
extern const struct cli_command ppp_commands[];  /* ppp/cmd.c: virtual templates */
extern const struct cli_command bba_commands[];   /* vpdn/cmd_bba.c: bba-groups */
extern const struct cli_command pppoe_commands[]; /* vpdn/cmd_pppoe.c: show, clear, debug pppoe */
extern const struct cli_word bba_words[], pppoe_words[];
extern const struct cli_command platform_commands[]; /* rp/cmd_platform.c: platform, version */
extern const struct cli_command iface_commands[]; /* rp/cmd_iface.c: show interfaces, routes */
extern const struct cli_command tunnel_commands[]; /* l2tp/cmd_tunnel.c: one tunnel or session */
extern const struct cli_command ping_commands[];  /* rp/ping.c */
extern const struct cli_command aaa_commands[];   /* vpdn/cmd_aaa.c: aaa, radius */
extern const struct cli_word rp_words[], redundancy_words[], ip_words[], l2tp_words[], vpdn_words[],
	dialin_words[], option_words[], ppp_words[];
extern const struct cli_word aaa_words[], vlan_words[];
extern const struct cli_word platform_words[], iface_words[], tunnel_words[], ping_words[];

void shell_init(struct rp *rp, base_time now);
void shell_deinit(struct rp *rp);
void shell_on_message(struct rp *rp, const struct ipc_msg *msg, base_time now);
bool shell_step(struct rp *rp, base_time now); /* running commands; true: more */
base_time shell_next_due(const struct rp *rp);
/* Commands that returned CLI_WAIT are called again at that time, now at the earliest; they look
 * whether what they wait for has come. */
void shell_wake_at(struct rp *rp, base_time due);
/* The role changed: consoles say so. */
void shell_role_changed(struct rp *rp, base_time now);
struct shell;

/* ---- port.c ----------------------------------------------------------------------- */

/* An SPA came or went. */
void port_slot_changed(struct rp *rp, unsigned slot, bool in);
/* An SPA tells the state of one of its ports. */
void port_on_state(struct rp *rp, unsigned slot, const struct msg_port_state *m);
/* Tells the SPA whether the port shall be up. */
void port_send_admin(struct rp *rp, const struct iface *i);

/* ---- rp.c ------------------------------------------------------------------------- */

/* What shows say of the software that runs. */
#define RP_SOFTWARE "02.04.00"
#define RP_IMAGE "bootflash:twinrp-universal." RP_SOFTWARE ".bin"

enum rp_debug_area { RP_DEBUG_L2TP = 1 << 0, RP_DEBUG_VPDN = 1 << 1, RP_DEBUG_PPP = 1 << 2 };

enum rp_debug_pppoe {
	RP_DEBUG_PPPOE_EVENTS = 1 << 0,
	RP_DEBUG_PPPOE_PACKETS = 1 << 1,
	RP_DEBUG_PPPOE_ERRORS = 1 << 2,
};

struct rp_slot { /* what this RP knows of other slots, for show platform */
	bool in;
	uint64_t boot_id;
	base_time since;
	bool taken_out; /* when it went: pulled, not only restarted */
	bool untold;    /* its going is still to be logged (oir.c) */
};

struct rp {
	struct board_env *env;
	const struct rp_arg *arg;
	unsigned slot;
	uint64_t term;
	base_time now; /* of this turn */
	base_time booted;
	struct log *log;
	uint64_t log_shown; /* sequence numbers handed on so far */
	struct vpdn *vpdn;
	struct rf rf;
	struct txn txn;
	struct cf cf;
	struct fman fman;
	struct punt punt;
	struct rp_config cfg;
	struct shell *shell;
	struct rp_slot slots[N_SLOTS];
	unsigned fp_told;  /* active FP that the log knows of; SLOT_NONE */
	GPtrArray *pings;  /* struct ping *, borrowed from the commands that run */
	GPtrArray *counts; /* struct counts *, the same */
	bool ready_told;
	bool debug_radius;
	unsigned debug_areas; /* enum rp_debug_area */
	unsigned debug_pppoe; /* enum rp_debug_pppoe */
	struct pppoe_stats pppoe_cleared; /* as they were at clear pppoe statistics */
	struct vpdn_pppoe_events pppoe_events_cleared;
};

/* Carries out all effects of the engines. */
void rp_pump(struct rp *rp, base_time now);

void rp_log(struct rp *rp, enum log_severity sev, const char *facility, const char *mnemonic,
	const char *fmt, ...) G_GNUC_PRINTF(5, 6);

/* "6" for R0: slot numbers that shows print; 48 and 49: unit ids. */
static inline unsigned rp_location(unsigned slot)
{
	return slot == SLOT_R0 ? 6 : 7;
}

static inline unsigned rp_unit_id(unsigned slot)
{
	return slot == SLOT_R0 ? 48 : 49;
}
