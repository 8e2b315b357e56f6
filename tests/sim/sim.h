/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Simulation of the real boards on the virtual clock, judged by invariants.
 *
 *   plan.c      a plan is a shape (numbers) and a list of events; drawn from a seed, or read
 *               from a file, and written to one
 *   stage.c     the chassis with its boards, each in a wrapper that looks on at every turn
 *   act.c       events are carried out
 *   hop.c       LNSs behind the router: calls that are switched, and their packets
 *   peers/      LACs and LNSs, some of them models of other implementations
 *   wire.c      what leaves: every packet of an RP and of the FP
 *   guard.c     the same at the FP: the standby's store, subscribers
 *   ledger.c    sessions that may not be lost, and why some may be
 *   accounts.c  accounting
 *   quiet.c     when all is quiet, everybody must agree
 *   cover.c     what has been reached, over all seeds
 *   run.c       one plan from beginning to end
 *   plant.c     violations, planted to see that they are found
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
#include "l2tp/wire.h"
#include "spa/spa.h"
#include "tests/sim/peers/lns.h"
#include "tests/sim/peers/model.h"
#include "tests/sim/peers/subs.h"

#include <glib.h>
#include <stdio.h>

enum {
	SIM_LACS_MAX = 3,
	SIM_EVENT_ARGS = 5,
	SIM_EVENTS_MAX = 4000,
	SIM_SLICE_US = 25000, /* between two looks */
};

/* ---- plan ---- */

enum sim_profile { SIM_QUIET, SIM_STORM, N_SIM_PROFILES };

/* What the router is. */
enum sim_topology { SIM_LNS, SIM_MULTIHOP, SIM_LAC, N_SIM_TOPOLOGIES };

/* The numbers of a plan: name, lowest, highest. */
/* clang-format off */
#define SIM_SHAPE(X)                                  \
	X(seed, 0, G_MAXINT32) /* of the chassis */    \
	X(profile, 0, N_SIM_PROFILES - 1)              \
	X(lacs, 0, SIM_LACS_MAX)                       \
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
	X(radius, 0, 1)       /* the host is a RADIUS server, and asked */ \
	X(nexts, 0, SIM_LACS_MAX - 1) /* LNSs that calls go on to (multihop) */ \
	X(subs, 0, SIM_LACS_MAX) /* ports with PPPoE subscribers */ \
	X(onward, 0, 2)       /* they go on: 0 none, 1 all, 2 every other one */ \
	X(here, 0, 1)         /* calls of the last of several LACs end at the router */ \
	X(next_equal, 0, 1)   /* those LNSs share the load; else one after the other */ \
	X(next_limit, 0, 200) /* calls that each of them gets at most; 0: any */ \
	X(unkept, 0, 1)       /* tunnels to them have no HA */       \
	X(vlans, 0, 2)        /* tags of PPPoE subscribers' frames */ \
	X(proxy, 0, 1)        /* LNSs go on from what the LAC negotiated */ \
	X(busy_s, 0, 60)      /* how long one that failed is left alone; 0: the default */ \
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
	X(FP_HANG, "fp-hang")  \
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
	X(RELOAD, "reload")    \
	X(RADIUS, "radius")    \
	X(ACCEPT, "accept")    \
	X(VPDN, "vpdn")
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

struct sim_plan *plan_draw(
	uint64_t seed, enum sim_profile profile, enum sim_topology topology);
struct sim_plan *plan_copy(const struct sim_plan *plan, const GArray *events);
struct sim_plan *plan_plain(void); /* what a file means that says nothing */
struct sim_plan *plan_read(const char *path, GError **error);
char *plan_text(const struct sim_plan *plan);
void plan_free(struct sim_plan *plan);

/* ---- coverage ---- */

struct cover {
	GHashTable *counts; /* "event/pull" -> uint64_t * */
	enum sim_topology topology; /* of what it shall report what was not reached */
};

void cover_init(struct cover *c);
void cover_deinit(struct cover *c);
/* Is this a step that some state machine has?  hop: when calls go on to LNSs; lac: those of
 * PPPoE subscribers. */
bool cover_knows(const char *edge, bool hop, bool lac);
void cover_hit(struct cover *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* To another process and from it: a line each. */
void cover_save(const struct cover *c, FILE *to);
void cover_load(struct cover *c, FILE *from);
/* What was reached and how often, and what of the known list was not; how many that are. */
unsigned cover_report(const struct cover *c, GString *out, bool all);

/* ---- violations that are planted (plant.c) ---- */

/* name, invariant, what */
/* clang-format off */
#define SIM_PLANTS(X)                                                                  \
	X(NONE, "none", "", "nothing is wrong")                                          \
	X(LOST, "lost", "I1:", "open sessions are gone")                                 \
	X(COLD, "cold", "I1:", "a cold start while the standby was HOT")                 \
	X(SENDER, "sender", "I2:", "a standby sends")                                    \
	X(TERM, "term", "I2:", "a packet of an old term passes the FP")                  \
	X(SEND, "send", "I3:", "Ns that the standby has not")                            \
	X(BYTES, "bytes", "I3:", "other bytes than the standby has")                     \
	X(ACK, "ack", "I3:", "Nr above what the standby has")                            \
	X(NR_FALLS, "nr-falls", "I3:", "Nr goes back")                                   \
	X(NS_BOUND, "ns-bound", "I3:", "a number with other bytes")                      \
	X(TWICE, "twice", "I4:", "a message was taken that was not sent")                \
	X(WINDOW, "window", "I5:", "beyond the peer's window")                           \
	X(QUEUE, "queue", "I5:", "Q is not [U,S)")                                       \
	X(SUBSCRIBER, "subscriber", "I6:", "data to another subscriber")                 \
	X(AFTER_CDN, "after-cdn", "I6:", "data in a session that got a CDN")             \
	X(DATABASE, "database", "I7:", "the RPs' databases differ")                      \
	X(FIB, "fib", "I7:", "the FP's table differs")                                   \
	X(CALLS, "calls", "I8:", "the LACs have other calls")                            \
	X(NO_STOP, "no-stop", "I9:", "a session without a Stop")                         \
	X(TWO_STARTS, "two-starts", "I9:", "two sessions with one Acct-Session-Id")      \
	X(SESSION_ID, "session-id", "I10:", "a session id is used again")                \
	X(TUNNEL_ID, "tunnel-id", "I10:", "a tunnel id is used again")                   \
	X(EDGE, "edge", "I11:", "a step that no state machine has")                      \
	X(RESYNC, "resync", "I12:", "a resync does not end")                             \
	X(RESYNC_COUNT, "resync-count", "I12:", "a resync is not counted")               \
	X(LEFT, "left", "I13:", "a session is left")                                     \
	X(BUFFER, "buffer", "I13:", "a packet buffer is left")                           \
	X(TIMER, "timer", "I14:", "a timer is left")                                     \
	X(HASH, "hash", "I15:", "the second run is another one")                         \
	X(HALF, "half", "I1:", "one half of a switched call")                            \
	X(SWALLOWED, "swallowed", "I6:", "a packet is lost in the switch")               \
	X(DOUBLED, "doubled", "I6:", "a packet leaves the switch twice")
/* clang-format on */

enum sim_plant {
#define X(id, name, expect, what) PLANT_##id,
	SIM_PLANTS(X)
#undef X
		N_PLANTS,
};

struct sim;

/* 1 when this run is to fail so, from when all are up; else 0. */
unsigned planted(const struct sim *sim, enum sim_plant p);
/* Runs one with each; how many were not found. */
unsigned plants_try(void);

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
	unsigned spoil[N_SLOTS]; /* transactions that are damaged */
	uint8_t rf;             /* last enum rf_state */
	bool fresh;             /* nothing was noted of what it has */
	bool taking_over;       /* in this turn, hot */
	uint64_t acked;         /* transactions, when this turn began */
	unsigned resyncs;       /* that its takeover began */
	GHashTable *states;     /* of all its state machines, by their ids */
	GHashTable *unmarks; /* an FP, of tunnels: what has been acknowledged (witness.c) */
};

struct accounts;
struct guard;
struct witness;
struct twins;
struct ledger;
struct wire_book;
struct hop;

struct sim {
	const struct sim_plan *plan;
	struct cover *cover;
	bool verbose;
	struct peer_lac_config lac_cfg[SIM_LACS_MAX];
	struct lns_config lns_cfg[SIM_LACS_MAX];
	struct subs_config subs_cfg[SIM_LACS_MAX];
	struct model_arg model_arg[SIM_LACS_MAX];
	struct peer_host_config host_cfg;
	unsigned radius_seen; /* accounting requests that the ledger has */
	struct spa_config spa_cfg;
	struct rp_arg rp_arg;
	struct sim_seat seats[N_SLOTS];
	struct chassis *chassis;
	struct ledger *ledger;
	struct accounts *accounts;
	struct guard *guard;
	struct witness *witness;
	struct twins *twins;
	struct wire_book *wire;
	struct hop *hop;
	enum sim_plant plant;
	bool armed;     /* all have come up */
	bool ending;    /* the chassis is being taken down */
	GString *story; /* what happened, for people */
	uint64_t hash;
	char *failure;
	unsigned config_lines;
	unsigned calls[SIM_LACS_MAX]; /* ordered */
	unsigned restarted; /* bits: LACs that were reset */
	bool confused;      /* an RP took over when no FP was left as a witness */
	bool sso_off;
	base_time channel_bad_until; /* what channels have suffered shows so long */
	base_time lost_until; /* records were lost: they are missed by then */
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
struct sim_result sim_run_planted(
	const struct sim_plan *plan, struct cover *cover, enum sim_plant p);
/* The same must have come of it (I15); else the first one has failed. */
void sim_compare(struct sim_result *first, const struct sim_result *again);
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
/* The peer on way i: first the LACs, then the LNSs that calls go on to, then PPPoE subscribers. */
const void *stage_lac(const struct sim *sim, unsigned i);
unsigned stage_ways(const struct sim *sim);
bool stage_is_lns(const struct sim *sim, unsigned i);
bool stage_is_subs(const struct sim *sim, unsigned i);
/* It has subscribers: a LAC, or the port of some. */
bool stage_calls(const struct sim *sim, unsigned i);
/* The way by its port; SIM_LACS_MAX: none. */
unsigned stage_way_by_port(const struct sim *sim, uint16_t port);
/* There is more to the router than an LNS: hop.c looks on. */
bool stage_switches(const struct sim *sim);
/* What it has itself, see peer_lac.h; false also when it is out. */
bool stage_cc(const struct sim *sim, unsigned i, uint16_t cc, struct l2tp_cc_info *out);
bool stage_next_call(const struct sim *sim, unsigned i, uint32_t *cursor,
	struct l2tp_session_info *out);
bool stage_line(const struct sim *sim, unsigned i, unsigned number,
	struct peer_lac_line *out);
/* How it behaves; NULL: as our engine. */
const struct manner *stage_manner(const struct sim *sim, unsigned i);
/* It loses its tunnel when a packet is lost or out of order. */
bool stage_fragile(const struct sim *sim, unsigned i);
/* It does not ask any more when a hung RP has been found. */
bool stage_hasty(const struct sim *sim, unsigned i);
/* What our side has done to a model and must not; NULL: nothing.  Free it. */
char *stage_crimes(const struct sim *sim, unsigned i);
/* Of a LAC's (or LNS's) own address; SIM_LACS_MAX: none. */
unsigned stage_lac_by_ip(const struct sim *sim, uint32_t ip);
uint16_t stage_port(unsigned i); /* LACs, then the host at SIM_LACS_MAX */
unsigned stage_peer(unsigned i); /* its slot */
/* What a peer says of itself; free it.  NULL: no answer. */
char *stage_report(struct sim *sim, unsigned i);

/* ---- act.c ---- */

void act(struct sim *sim, const struct sim_event *e);
void act_order(struct sim *sim, unsigned lac, const char *order);
void act_exec(struct sim *sim, unsigned slot, const char *line, bool fresh);
/* Octets that may lie in a channel by the plan; 0: what it holds. */
size_t act_room(const struct sim *sim);
/* Few records fit the rings, if the plan wants it so. */
void act_rings(struct sim *sim);
/* All faults end, everything is put in. */
void act_heal(struct sim *sim);

/* ---- wire.c ---- */

/* An L2TP control packet. */
struct wire_control {
	uint32_t src, dst;
	struct l2tp_hdr h;
	struct rd l2tp; /* the whole datagram */
	struct rd body; /* behind Nr */
};

bool wire_is_zlb(const struct wire_control *c);
/* 0: a ZLB, or none that begins as it must. */
unsigned wire_message_type(const struct wire_control *c);

void wire_new(struct sim *sim);
void wire_free(struct sim *sim);
/* Of all tunnels: which numbers they were at. */
void wire_forget(struct sim *sim);
/* After a turn of an RP: what it has staged for the FPs. */
void wire_from_rp(struct sim_seat *seat);
/* After a turn of an FP: what it has staged for ports. */
void wire_from_fp(struct sim_seat *seat);
void wire_from_spa(struct sim_seat *seat);

/* ---- witness.c ---- */

void witness_new(struct sim *sim);
void witness_free(struct sim *sim);
void witness_term(struct sim *sim);
/* An FP is asked for its marks. */
void witness_read(struct sim *sim, const struct ipc_msg *msg);
/* An FP is told what has been acknowledged. */
void witness_unmark(struct sim_seat *fp, const struct ipc_msg *msg);
/* It leaves the FP. */
void witness_packet(struct sim *sim, const struct pkt *p, const struct wire_control *c);
void witness_look(struct sim *sim);
/* At rest: NULL, or what is marked without need. */
char *witness_differs(const struct sim *sim, const struct rp *rp);

/* ---- twin.c ---- */

void twin_new(struct sim *sim);
void twin_free(struct sim *sim);
void twin_look(struct sim *sim);

/* ---- moments.c ---- */

/* Notes what kind of moment it is: an RP goes (pulled, crashed, reset, or it hangs), ... */
void moment_going(struct sim *sim, unsigned slot);
/* ... it has been cut off in the middle of what it staged, */
void moment_cut(const struct sim_seat *seat);
/* ... an RP is granted a term, */
void moment_term(struct sim *sim, const struct rp *rp, bool hot);
/* ... the way to a LAC is open again, */
void moment_mended(struct sim *sim, unsigned lac);
/* ... a call is refused. */
void moment_cdn(struct sim *sim, const struct wire_control *c);
bool moment_in_bulk(const struct sim *sim);
bool moment_in_resync(const struct sim *sim);
/* No RP serves. */
bool moment_outage(const struct sim *sim);

/* ---- guard.c ---- */

struct l2tp_cc;

void guard_new(struct sim *sim);
void guard_free(struct sim *sim);
/* A control packet against the standby's tunnel. */
void guard_held(struct sim *sim, const struct l2tp_cc *held, const struct wire_control *c,
	const char *where);
/* What leaves the FP towards a LAC; ip: whatever it is. */
void guard_control(struct sim *sim, const struct sim_seat *fp, unsigned lac,
	const struct pkt *p, const struct wire_control *c);
void guard_data(struct sim *sim, struct rd ip);
/* An Ethernet frame of PPPoE that leaves. */
void guard_pppoe(struct sim *sim, const struct pkt *p, struct rd frame);

/* ---- ledger.c ---- */

void ledger_new(struct sim *sim);
void ledger_free(struct sim *sim);
void ledger_look(struct sim *sim);
/* A board has come or gone. */
void ledger_slot(struct sim *sim, unsigned slot);
/* The RP in the slot is about to go; it is out for everybody else already. */
void ledger_last_look(struct sim *sim, unsigned slot);
/* Why sessions may go: those that are there now. */
void ledger_excuse_lac(struct sim *sim, unsigned lac, const char *why);
void ledger_excuse_line(struct sim *sim, unsigned lac, unsigned line, bool for_good);
/* A weakness of a LAC's make that shows about now, or from now on. */
void ledger_frail(struct sim *sim, unsigned lac, const char *why, bool for_good);
void ledger_cleared(struct sim *sim);
void ledger_the_end(struct sim *sim);
/* With few ids: a new active RP gave some away that peers still have tunnels with. */
bool ledger_ids_forgotten(const struct sim *sim);
/* Both FPs were out, so marks are lost, and the standby did not have all since: an RP that
 * takes over now may not know what the peers know (H3: out of scope). */
bool ledger_no_witness(const struct sim *sim);
/* The tunnel's packets did not wait for the standby. */
void ledger_unprotected(struct sim *sim, uint16_t cc);
/* A peer is told the id of a call (ICRQ, ICRP). */
void ledger_told(struct sim *sim, uint16_t cc, uint16_t session);
/* An RP is granted a term; first: of all. */
void ledger_term(struct sim *sim, const struct rp *rp, bool hot, bool first);

/* What sessions are known by: our tunnel and session; of PPPoE way and id. */
gsize ledger_key(uint16_t cc, uint16_t session);
gsize ledger_pppoe_key(unsigned way, uint16_t sid);
/* Up from end to end for so long, a switched one in both halves, and nothing is known why it
 * might end. */
bool ledger_settled(const struct sim *sim, gsize key, base_dur age);

/* ---- radius.c ---- */

/* Lines of the configuration; how the server behaves (0: as it should); what it has taken goes
 * to the accounts. */
void radius_config(GString *out);
void radius_behave(struct sim *sim, int64_t how);
void radius_look(struct sim *sim);

/* ---- hop.c ---- */

void hop_new(struct sim *sim);
void hop_free(struct sim *sim);
/* Lines of the configuration, when calls go on to LNSs. */
void hop_config(const struct sim *sim, GString *out);
/* 0: that LNS takes what comes, 1: no calls, 2: no tunnels either. */
void hop_accept(struct sim *sim, unsigned way, int64_t how);
/* A setting of VPDN is made or taken back; all are as they were. */
void hop_set(struct sim *sim, int64_t which);
bool hop_is_set(const struct sim *sim);
void hop_unset(struct sim *sim);
/* Counts one more line: it could not come up. */
bool hop_full(struct sim *sim);
/* Ethernet frames on their way to the FP, from it; way: of their port, SIM_LACS_MAX: the host. */
void hop_in(struct sim *sim, unsigned way, struct rd frame);
void hop_out(struct sim *sim, unsigned way, struct rd frame);
void hop_look(struct sim *sim);
/* NULL: whoever has one half of a call has the other one, too. */
char *hop_torn(const struct sim *sim, const struct rp *rp);
/* An RP goes: what calls were at. */
void hop_going(struct sim *sim, const struct rp *rp);

/* ---- accounts.c ---- */

void accounts_new(struct sim *sim);
void accounts_free(struct sim *sim);
void accounts_look(struct sim *sim);
void accounts_uncommitted(struct sim *sim);
void accounts_term(struct sim *sim, bool hot);
void accounts_take(struct sim *sim, const struct msg_acct *m);
/* In the end all are gone: what is missing; NULL: nothing. */
char *accounts_open(const struct sim *sim);

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
