/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Simulation of the real boards on the virtual clock, judged by invariants.
 *
 *   plan.c      a plan is a shape (numbers) and a list of events; drawn from a seed, or read
 *               from a file, and written to one
 *   stage.c     the chassis with its boards, each in a wrapper that looks on at every turn
 *   act.c       events are carried out
 *   peers/      LACs that are models of other implementations
 *   wire.c      what leaves: every packet of an RP and of the FP
 *   ledger.c    sessions that may not be lost, and why some may be
 *   quiet.c     when all is quiet, everybody must agree
 *   cover.c     what has been reached, over all seeds
 *   run.c       one plan from beginning to end
 *   shrink.c    the shortest plan that still fails
 *   main.c      the command line
 *
 * I1 to I15 are the invariants that failures name.
 */
#pragma once

#include "base/rng.h"
#include "chassis/chassis.h"
#include "rp/rp.h"
#include "scenarios/engine/peer_host.h"
#include "scenarios/engine/peer_lac.h"
#include "spa/spa.h"
#include "tests/sim/peers/model.h"

#include <glib.h>

enum {
	SIM_LACS_MAX = 3,
	SIM_EVENT_ARGS = 5,
	SIM_EVENTS_MAX = 4000,
	SIM_SLICE_US = 5000, /* between two looks */
};

/* ---- plan ---- */

enum sim_profile { SIM_QUIET, SIM_STORM, N_SIM_PROFILES };

/* The numbers of a plan: name, lowest, highest. */
/* clang-format off */
#define SIM_SHAPE(X)                                  \
	X(seed, 0, G_MAXINT32) /* of the chassis */    \
	X(profile, 0, N_SIM_PROFILES - 1)              \
	X(lacs, 1, SIM_LACS_MAX)                       \
	X(tunnels, 1, 4)      /* of each LAC */        \
	X(sessions, 1, 16)    /* of each tunnel */     \
	X(rp_rp_us, 1, 200000)                         \
	X(rp_fp_us, 1, 20000)                          \
	X(lac_hello_s, 0, 60)                          \
	X(lns_hello_s, 1, 60)                          \
	X(lac_rws, 0, 1024)   /* 0: the engine's */    \
	X(lns_rws, 0, 1024)                            \
	X(resync, 0, 1000)                             \
	X(first_ns, 0, 65535)                          \
	X(ring, 0, 64)        /* records in a channel; 0: its own */ \
	X(id_space, 0, 1024)  /* ids of each parity; 0: all */ \
	X(probe_pps, 0, 100)                           \
	X(pace_ms, 1, 100)                             \
	X(keepalive, 0, 1)    /* LCP echoes */         \
	X(peer1, 0, N_MANNERS) /* LAC 1: 0 our engine, else enum manner_id + 1 */ \
	X(peer2, 0, N_MANNERS)                         \
	X(peer3, 0, N_MANNERS)                         \
	X(late_s, 0, 30)      /* models retransmit so much later */ \
	X(greedy, 0, 1)       /* models ignore windows */ \
	X(run_ms, 1000, 600000)
/* clang-format on */

struct sim_shape {
#define X(name, low, high) int64_t name;
	SIM_SHAPE(X)
#undef X
};

/* What can happen; the arguments are explained in act.c. */
/* clang-format off */
#define SIM_EVENTS(X)     \
	X(PULL, "pull")        \
	X(CRASH, "crash")      \
	X(HANG, "hang")        \
	X(WAKE, "wake")        \
	X(RESET, "reset")      \
	X(MEND, "mend")        \
	X(CHANNEL, "channel")  \
	X(LOSE, "lose")        \
	X(LINK, "link")        \
	X(LINK_CUT, "link-cut") \
	X(FP_PULL, "fp-pull")  \
	X(FP_RESET, "fp-reset") \
	X(LAC_HANG, "lac-hang") \
	X(LAC_RESET, "lac-reset") \
	X(CONNECT, "connect")  \
	X(CALL, "call")        \
	X(BURST, "burst")      \
	X(REDIAL, "redial")    \
	X(HANGUP, "hangup")    \
	X(DROP, "drop")        \
	X(MUTE, "mute")        \
	X(HELLO, "hello")      \
	X(DISCONNECT, "disconnect") \
	X(PASSWORD, "password") \
	X(PROBES, "probes")    \
	X(CONFIG, "config")    \
	X(CLEAR, "clear")      \
	X(FORCE, "force")      \
	X(RELOAD, "reload")
/* clang-format on */

enum sim_event_kind {
#define X(id, name) SIM_##id,
	SIM_EVENTS(X)
#undef X
		N_SIM_EVENTS,
};

const char *sim_event_name(enum sim_event_kind kind);

struct sim_event {
	int64_t at_us; /* after all sessions came up */
	enum sim_event_kind kind;
	int64_t arg[SIM_EVENT_ARGS];
};

struct sim_plan {
	struct sim_shape shape;
	GArray *events; /* struct sim_event, by time */
};

struct sim_plan *plan_draw(uint64_t seed, enum sim_profile profile);
struct sim_plan *plan_copy(const struct sim_plan *plan, const GArray *events);
struct sim_plan *plan_read(const char *path, GError **error);
char *plan_text(const struct sim_plan *plan);
void plan_free(struct sim_plan *plan);

/* ---- coverage ---- */

struct cover {
	GHashTable *counts; /* "event/pull" -> uint64_t * */
};

void cover_init(struct cover *c);
void cover_deinit(struct cover *c);
void cover_hit(struct cover *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* What was reached and how often, and what of the known list was not; how many that are. */
unsigned cover_report(const struct cover *c, GString *out, bool all);

/* ---- one run ---- */

struct rp;
struct l2tp_engine;

/* A board as its wrapper sees it. */
struct sim_seat {
	struct sim *sim;
	struct sim_seat *me; /* what the chassis is given the address of */
	unsigned slot;
	const struct board_ops *ops;
	const void *arg;
	struct board_env *env; /* NULL: it is out */
	void *self;
	uint32_t seen[N_SLOTS]; /* packets looked at, by ring */
	uint32_t told[N_SLOTS]; /* records looked at, by ring */
	unsigned lose[N_SLOTS]; /* records that are lost on their way there */
	uint8_t rf;             /* last enum rf_state */
	GHashTable *states;     /* tunnel and session ids: their last state */
};

struct ledger;
struct wire_book;

struct sim {
	const struct sim_plan *plan;
	struct cover *cover;
	bool verbose;
	struct peer_lac_config lac_cfg[SIM_LACS_MAX];
	struct model_arg model_arg[SIM_LACS_MAX];
	struct peer_host_config host_cfg;
	struct spa_config spa_cfg;
	struct rp_arg rp_arg;
	struct sim_seat seats[N_SLOTS];
	struct chassis *chassis;
	struct ledger *ledger;
	struct wire_book *wire;
	GString *story; /* what happened, for people */
	uint64_t hash;
	char *failure;
	unsigned config_lines;
	bool sso_off;
	base_time channel_bad_until; /* what channels have suffered shows so long */
	/* the report that was asked for */
	uint32_t report_id;
	GString *report;
	bool report_done;
};

struct sim_result {
	char *failure; /* NULL: none */
	char *story;
	uint64_t hash;
	int64_t virtual_us;
};

struct sim_result sim_run(const struct sim_plan *plan, struct cover *cover, bool verbose);
void sim_result_clear(struct sim_result *r);

/* For tests that do by hand what a plan says: a chassis with all boards in. */
struct sim *sim_new(const struct sim_plan *plan, struct cover *cover, bool verbose);
void sim_free(struct sim *sim);

/* The first failure counts; the run ends with it. */
void sim_fail(struct sim *sim, const char *format, ...) G_GNUC_PRINTF(2, 3);
void sim_tell(struct sim *sim, const char *format, ...) G_GNUC_PRINTF(2, 3);
void sim_hash(struct sim *sim, const void *bytes, size_t n);
base_time sim_now(const struct sim *sim);

/* Lets time pass and looks; false: something has failed. */
bool sim_pass(struct sim *sim, base_dur d);

/* ---- stage.c ---- */

void stage_begin(struct sim *sim);
void stage_end(struct sim *sim);
/* NULL: it is out, hangs or is not the kind. */
struct rp *stage_rp(const struct sim *sim, unsigned slot);
struct rp *stage_active(const struct sim *sim);
/* The other one, when it is in. */
struct rp *stage_standby(const struct sim *sim);
const void *stage_lac(const struct sim *sim, unsigned i);
/* How it behaves; NULL: as our engine. */
const struct manner *stage_manner(const struct sim *sim, unsigned i);
/* It loses its tunnel when a packet is lost or out of order. */
bool stage_fragile(const struct sim *sim, unsigned i);
/* It does not ask any more when a hung RP has been found. */
bool stage_hasty(const struct sim *sim, unsigned i);
/* What our side has done to a model and must not; NULL: nothing.  Free it. */
char *stage_crimes(const struct sim *sim, unsigned i);
/* Of a LAC's own address; SIM_LACS_MAX: none. */
unsigned stage_lac_by_ip(const struct sim *sim, uint32_t ip);
uint16_t stage_port(unsigned i); /* LACs, then the host at SIM_LACS_MAX */
unsigned stage_peer(unsigned i); /* its slot */
/* What a peer says of itself; free it.  NULL: no answer. */
char *stage_report(struct sim *sim, unsigned i);

/* ---- act.c ---- */

void act(struct sim *sim, const struct sim_event *e);
void act_order(struct sim *sim, unsigned lac, const char *order);
void act_exec(struct sim *sim, unsigned slot, const char *line, bool fresh);
/* Few records fit the rings, if the plan wants it so. */
void act_rings(struct sim *sim);
/* All faults end, everything is put in. */
void act_heal(struct sim *sim);

/* ---- wire.c ---- */

void wire_new(struct sim *sim);
void wire_free(struct sim *sim);
/* After a turn of an RP: what it has staged for the FPs. */
void wire_from_rp(struct sim_seat *seat);
/* After a turn of an FP: what it has staged for ports. */
void wire_from_fp(struct sim_seat *seat);
void wire_from_spa(struct sim_seat *seat);

/* ---- ledger.c ---- */

void ledger_new(struct sim *sim);
void ledger_free(struct sim *sim);
void ledger_look(struct sim *sim);
void ledger_acct(struct sim *sim, const struct msg_acct *m);
/* Why sessions may go from now on. */
void ledger_excuse_all(struct sim *sim, const char *why);
void ledger_excuse_lac(struct sim *sim, unsigned lac, const char *why);
void ledger_excuse_lac_for_good(struct sim *sim, unsigned lac, const char *why);
void ledger_excuse_line(struct sim *sim, unsigned lac, unsigned line, const char *why);
/* The tunnel's packets did not wait for the standby. */
void ledger_unprotected(struct sim *sim, uint16_t cc);
void ledger_cold(struct sim *sim);
/* In the end all are gone: what is missing. */
char *ledger_open(const struct sim *sim);

/* ---- quiet.c ---- */

/* NULL, or the first difference. */
char *quiet_differs(struct sim *sim);
/* The same with all gone. */
char *quiet_not_empty(struct sim *sim);
/* All lines of all LACs are up. */
bool quiet_all_up(struct sim *sim);

/* ---- shrink.c ---- */

/* The plan, or a shorter one that fails with the same invariant. */
struct sim_plan *shrink(const struct sim_plan *plan, const char *failure);
