/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All message types between boards, one list: it gives the enum, the names, the check of who
 * may send what to whom, and the record table of each payload.  Payloads are records
 * (base/record.h) but for IPC_CKPT, whose layout is at the end.
 */
#pragma once

#include "base/ckpt.h"
#include "chassis/board.h"

#define BOARD_ANY (BOARD_RP | BOARD_FP | BOARD_SPA | BOARD_PEER)

/* type, name, struct of the payload, from, to */
/* clang-format off */
#define IPC_MESSAGES(X)                                                                      \
	/* chassis */                                                                        \
	X(IPC_TERM,         "term",         msg_term,      BOARD_CHASSIS, BOARD_ANY)         \
	X(IPC_PEER_UP,      "peer-up",      msg_slot,      BOARD_CHASSIS, BOARD_ANY)         \
	X(IPC_PEER_DOWN,    "peer-down",    msg_slot,      BOARD_CHASSIS, BOARD_ANY)         \
	X(IPC_FP_ACTIVE,    "fp-active",    msg_slot,      BOARD_CHASSIS, BOARD_ANY)         \
	X(IPC_BEAT,         "beat",         msg_empty,     BOARD_RP | BOARD_FP, BOARD_CHASSIS) \
	X(IPC_DETECTION,    "detection",    msg_detection, BOARD_RP,      BOARD_CHASSIS)     \
	X(IPC_SLOT_ORDER,   "slot-order",   msg_slot_order, BOARD_RP,     BOARD_CHASSIS)     \
	X(IPC_ACCT,         "acct",         msg_acct,      BOARD_RP,      BOARD_CHASSIS)     \
	X(IPC_ACCT_OK,      "acct-ok",      msg_acct_ok,   BOARD_CHASSIS, BOARD_RP)          \
	X(IPC_LINK,         "link",         msg_link,      BOARD_CHASSIS, BOARD_SPA)         \
	X(IPC_HOT,          "hot",          msg_hot,       BOARD_RP,      BOARD_CHASSIS)     \
	X(IPC_HOT_CONFIRM,  "hot-confirm",  msg_hot,       BOARD_CHASSIS, BOARD_RP)          \
	X(IPC_READY,        "ready",        msg_empty,     BOARD_RP,      BOARD_CHASSIS)     \
	X(IPC_LINE_IN,      "line-in",      msg_line,      BOARD_CHASSIS, BOARD_RP)          \
	X(IPC_LINE_OUT,     "line-out",     msg_line,      BOARD_RP,      BOARD_CHASSIS)     \
	X(IPC_LINE_OPEN,    "line-open",    msg_line,      BOARD_CHASSIS, BOARD_RP)          \
	X(IPC_LINE_CLOSE,   "line-close",   msg_line,      BOARD_CHASSIS | BOARD_RP, BOARD_CHASSIS | BOARD_RP) \
	X(IPC_EXEC,         "exec",         msg_exec,      BOARD_CHASSIS, BOARD_RP)          \
	X(IPC_EXEC_OUT,     "exec-out",     msg_exec_out,  BOARD_RP,      BOARD_CHASSIS)     \
	X(IPC_LOG,          "log",          msg_log,       BOARD_ANY,     BOARD_CHASSIS)     \
	X(IPC_ORDER,        "order",        msg_order,     BOARD_CHASSIS, BOARD_PEER)        \
	X(IPC_REPORT,       "report",       msg_report,    BOARD_PEER,    BOARD_CHASSIS)     \
	/* RP to RP */                                                                       \
	X(IPC_RF,           "rf",           msg_rf,        BOARD_RP,      BOARD_RP)          \
	X(IPC_CKPT_BEGIN,   "ckpt-begin",   msg_ckpt_mark, BOARD_RP,      BOARD_RP)          \
	X(IPC_CKPT,         "ckpt",         msg_empty,     BOARD_RP,      BOARD_RP)          \
	X(IPC_CKPT_END,     "ckpt-end",     msg_ckpt_mark, BOARD_RP,      BOARD_RP)          \
	X(IPC_CKPT_ACK,     "ckpt-ack",     msg_ckpt_mark, BOARD_RP,      BOARD_RP)          \
	/* RP to FP and back */                                                              \
	X(IPC_FIB_BEGIN,    "fib-begin",    msg_fib_mark,  BOARD_RP,      BOARD_FP)          \
	X(IPC_FIB_END,      "fib-end",      msg_fib_mark,  BOARD_RP,      BOARD_FP)          \
	X(IPC_FIB_SWEPT,    "fib-swept",    msg_fib_mark,  BOARD_FP,      BOARD_RP)          \
	X(IPC_FIB_IFACE,    "fib-iface",    msg_fib_iface, BOARD_RP,      BOARD_FP)          \
	X(IPC_FIB_ROUTE,    "fib-route",    msg_fib_route, BOARD_RP,      BOARD_FP)          \
	X(IPC_FIB_SESSION,  "fib-session",  msg_fib_session, BOARD_RP,    BOARD_FP)          \
	X(IPC_FIB_STOP,     "fib-stop",     msg_fib_index, BOARD_RP,      BOARD_FP)          \
	X(IPC_FIB_STOPPED,  "fib-stopped",  msg_fib_counts, BOARD_FP,     BOARD_RP)          \
	X(IPC_FIB_FREE,     "fib-free",     msg_fib_index, BOARD_RP,      BOARD_FP)          \
	X(IPC_FIB_DEAD,     "fib-dead",     msg_fib_index, BOARD_FP,      BOARD_RP)          \
	X(IPC_FIB_HEARD,    "fib-heard",    msg_fib_heard, BOARD_FP,      BOARD_RP)          \
	X(IPC_FIB_READ,     "fib-read",     msg_fib_index, BOARD_RP,      BOARD_FP)          \
	X(IPC_FIB_COUNTS,   "fib-counts",   msg_fib_counts, BOARD_FP,     BOARD_RP)          \
	X(IPC_FIB_STATS,    "fib-stats",    msg_fib_stats, BOARD_FP,      BOARD_RP)          \
	X(IPC_FIB_MARKS_READ, "fib-marks-read", msg_empty, BOARD_RP,      BOARD_FP)          \
	X(IPC_FIB_MARKS,    "fib-marks",    msg_fib_marks, BOARD_FP,      BOARD_RP)          \
	X(IPC_FIB_UNMARK,   "fib-unmark",   msg_fib_unmark, BOARD_RP,     BOARD_FP)          \
	X(IPC_FIB_CHECK,    "fib-check",    msg_fib_check, BOARD_RP,      BOARD_FP)          \
	X(IPC_FIB_CHECKED,  "fib-checked",  msg_fib_check, BOARD_FP,      BOARD_RP)          \
	X(IPC_FIB_MIRROR,   "fib-mirror",   msg_fib_mirror, BOARD_FP,     BOARD_FP)          \
	/* ports */                                                                          \
	X(IPC_PORT_ADMIN,   "port-admin",   msg_port_admin, BOARD_RP,     BOARD_SPA)         \
	X(IPC_PORT_STATE,   "port-state",   msg_port_state, BOARD_SPA,    BOARD_RP | BOARD_FP)
/* clang-format on */

enum ipc_type {
	IPC_NONE,
#define X(type, name, payload, from, to) type,
	IPC_MESSAGES(X)
#undef X
	N_IPC_TYPES,
};

const char *ipc_type_name(unsigned type);

/* The table of a type's payload; NULL for IPC_CKPT and unknown types. */
const struct rec_table *ipc_table(unsigned type);

bool ipc_may_send(unsigned type, enum board_kind from, enum board_kind to);

/* Decodes msg's payload into *rec, a struct of its type (zeroed first); the caller clears it
 * with rec_clear(ipc_table(type), rec).  False: malformed, nothing to clear. */
bool ipc_decode(const struct ipc_msg *msg, void *rec);

struct msg_empty {
	uint8_t none;
};

/* The arbiter's grant.  hot: the holder was HOT and goes on from its checkpoints; otherwise it
 * starts cold. */
struct msg_term {
	uint64_t term;
	uint8_t holder; /* slot of the RP */
	uint64_t boot_id; /* of the holder */
	bool hot;
};

enum slot_why {
	SLOT_WHY_INSERTED = 1,
	SLOT_WHY_PULLED,
	SLOT_WHY_CRASHED,
	SLOT_WHY_RESET,
	SLOT_WHY_RELOAD,
	SLOT_WHY_HUNG,      /* heartbeats lost: the arbiter decides it is gone */
	SLOT_WHY_FORCED,    /* redundancy force-switchover */
	SLOT_WHY_WITHDRAWN, /* HOT withdrawn and confirmed: not a PEER_DOWN of the board */
};

/* PEER_UP tells every board of every other that is in (also to a board just powered on, for
 * those already there); PEER_DOWN that it is gone. */
struct msg_slot {
	uint8_t slot;
	uint8_t why; /* enum slot_why */
	uint64_t boot_id;
	base_time since;
};

/* FP_ACTIVE (a msg_slot): the FP that ports and RPs use.  The arbiter chooses it: F0 at first;
 * the other one when it goes; it then stays. */

/* How the arbiter finds a hung RP: beats (IPC_BEAT) missed.  An FP beats every FP_BEAT_MS
 * whatever is set for RPs, and may miss as many as RPs by default. */
enum { FP_BEAT_MS = 1000 };

struct msg_detection {
	uint32_t interval_ms;
	uint8_t misses;
};

/* An RP asks for something to be done to a slot: itself, the other RP, any other board. */
enum slot_op {
	SLOT_OP_RELOAD = 1, /* power off, and on again */
	SLOT_OP_STOP,       /* power off until started */
	SLOT_OP_START,
	SLOT_OP_SWITCHOVER, /* of the active itself: the other RP takes over, it reloads */
};

struct msg_slot_order {
	uint8_t slot;
	uint8_t op; /* enum slot_op */
};

/* An accounting record on its way out, when RADIUS does not carry them: at least once; the answer says
 * that it was taken.  Whoever takes them tells doubles by (id, status). */
struct msg_acct {
	char *id;       /* Acct-Session-Id */
	uint8_t status; /* 1 Start, 2 Stop, 3 Interim */
	char *user;
	uint32_t ip;
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes; /* rx: from the subscriber */
	uint32_t seconds;
	uint8_t cause; /* Acct-Terminate-Cause */
};

struct msg_acct_ok {
	char *id;
	uint8_t status;
};

/* Faults of a port, from the operator's `link PORT ...`. */
enum { LINK_IN = 1, LINK_OUT = 2 };

struct msg_link {
	uint8_t port;
	uint8_t dir; /* set of LINK_IN, LINK_OUT that the faults are for; the others go free */
	bool cut;    /* no carrier */
	uint32_t delay_us, jitter_us;
	uint32_t loss_ppm, dup_ppm, reorder_ppm; /* of a million packets */
	uint32_t rate_kbps; /* 0: no limit */
};

/* HOT: the RP `slot` with this boot id is HOT (on), or no longer.  Sent by the active RP when
 * the standby has reached STANDBY HOT, withdrawn by it too; the arbiter answers with
 * IPC_HOT_CONFIRM and the same content. */
struct msg_hot {
	uint8_t slot;
	bool on;
	uint64_t boot_id;
};

enum { /* lines */
	LINE_CONSOLE = 0,
	LINE_VTY = 1, /* .. 5 */
	N_LINES = 6,
};

struct msg_line {
	uint8_t line;
	GBytes *bytes;
	char *from; /* LINE_OPEN of a VTY: address of the client */
};

/* One command from the operator (design 6): an exec session per (session) number, privilege 15,
 * ignores the standby console lock.  answers: lines "PROMPT\0TEXT\0..." for dialogs. */
struct msg_exec {
	uint32_t id;      /* of the request, for the answer */
	uint32_t session; /* operator connection: mode persists */
	char *command;
	GBytes *answers;
	bool fresh; /* `show`: runs in user-less exec mode, not in the session's mode */
};

struct msg_exec_out {
	uint32_t id;
	GBytes *text; /* \n line ends; may come in several messages */
	bool done;
	bool failed; /* with done: answered by a % error */
};

struct msg_log {
	uint8_t severity;
	char *text; /* formatted line without time */
	base_time at;
};

/* Orders to and reports from simulated peers, words separated by blanks; the scenarios module
 * defines them. */
struct msg_order {
	uint32_t id;
	char *text;
};

struct msg_report {
	uint32_t id;
	char *text;
	bool done;
};

/* RF negotiation and heartbeat. */
struct msg_rf {
	uint8_t state;    /* RF state number, ios-cli.md 7.4 */
	uint8_t software_major, software_minor, software_patch;
	uint32_t epoch;
	uint64_t last_sent, last_applied; /* transactions */
	bool accepts; /* standby: progress accepted (answers the active's order) */
	uint8_t order; /* active to standby: state to go to; 0 none */
	bool hostile; /* incompatible software: stay cold */
	uint64_t boot_to; /* of the receiver as the sender knows it */
};

struct msg_ckpt_mark {
	uint32_t epoch;
	uint64_t seq;     /* BEGIN: last transaction before it; END: last transaction of the bulk; ACK: applied up to here */
	uint64_t boot_to; /* boot id of the receiver as the sender knows it */
	uint8_t client;   /* END: whose end marker; 0: all */
	bool failed;      /* ACK: could not be applied; not HOT until the next begin */
};

struct msg_fib_mark {
	uint32_t generation;
	uint32_t count; /* SWEPT: entries swept */
};

enum iface_kind {
	IFACE_PORT,
	IFACE_LOOPBACK,
};

struct msg_fib_iface {
	uint16_t ifindex;
	uint8_t kind; /* enum iface_kind */
	bool up;      /* administratively */
	bool deleted;
	uint32_t ip, mask; /* 0: none */
	uint16_t mtu;
	/* subinterface of port `parent` (0: none), which has what comes with these tags */
	uint16_t parent;
	uint16_t outer;              /* VLAN id, 0: none yet, nothing comes */
	uint16_t inner_lo, inner_hi; /* second tag, both 0: there is none; any: 1 to 4094 */
	bool native; /* what comes without a tag, too, and what goes has none */
	bool pppoe;  /* PPPoE is enabled: its frames are punted */
	uint16_t mss; /* TCP MSS clamp, both ways; 0 none */
};

struct msg_fib_route {
	uint32_t prefix, mask;
	uint32_t next_hop; /* 0: directly on ifindex */
	uint16_t ifindex;  /* 0: found from next_hop */
	bool deleted;
};

enum fib_session_flags {
	FIB_SESSION_OPEN = 1 << 0, /* IPv4 is forwarded; otherwise only PPP control is punted */
	FIB_SESSION_SEQ_TX = 1 << 1,
	FIB_SESSION_SEQ_REQUIRED = 1 << 2,
	FIB_SESSION_SOURCE_CHECK = 1 << 3,
	FIB_SESSION_SWITCHED = 1 << 4, /* PPP frames go on to `mate` as they are, when OPEN */
	FIB_SESSION_SEQ_MIRROR = 1 << 5, /* numbers are sent while the peer sends them */
	FIB_SESSION_CHECKSUM = 1 << 6,   /* UDP checksum over data */
	FIB_SESSION_SEQ_DROP = 1 << 7,   /* what is numbered and late is dropped */
	FIB_SESSION_PMTU = 1 << 9, /* outer packets have the DF bit of what is inside */
	FIB_SESSION_PPPOE = 1 << 8, /* a PPPoE session: no addresses, ports, numbers of L2TP */
};

/* One session, by the slab index that both RPs use.  An upsert never touches what the FP owns:
 * counters, data Ns/Nr, echo state; it clears `stopped`. */
struct msg_fib_session {
	uint32_t index;
	uint32_t flags; /* enum fib_session_flags */
	uint32_t local_ip, remote_ip;
	uint16_t local_port, remote_port;
	uint16_t local_tunnel, local_session;   /* in packets that come */
	uint16_t remote_tunnel, remote_session; /* in packets that go */
	uint32_t subscriber_ip; /* downstream /32; 0: none yet */
	uint32_t local_magic, remote_magic;
	uint16_t mtu;    /* largest IPv4 packet to the subscriber */
	uint16_t echo_s; /* FP sends LCP echoes so often; 0 never */
	uint8_t echo_misses;
	uint32_t mate; /* SWITCHED: index of the session that is the other half, SWITCHED to
			* this one; then there is no subscriber_ip and no magic number */
	/* PPPOE: which frames are its own, and what goes before those that go to the client */
	uint16_t ifindex; /* of the port, never of a subinterface */
	uint16_t pppoe_sid;
	uint64_t client; /* 48 bits of its MAC address; ours is the port's */
	uint8_t n_vlan;  /* tags, 0 to 2 */
	uint32_t vlan, tpid; /* of the tags: outer << 16 | inner, one tag only: << 16 */
	uint16_t mss; /* TCP MSS clamp, both ways; 0 none */
};

/* An index is given to one session after the other; l2tp (local tunnel << 16 | local session, of
 * PPPoE the session id) tells which of them is meant, so that late words cannot hit its
 * successor. */
struct msg_fib_index {
	uint32_t index;
	uint8_t cause; /* DEAD: enum ppp_cause number (8: echo timeout) */
	uint32_t l2tp; /* STOP, DEAD */
	uint32_t generation; /* DEAD: counts as a report of this one (IPC_FIB_CHECKED) */
};

struct msg_fib_counts {
	uint32_t index;
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes; /* rx: from the subscriber */
	uint64_t dropped;
	uint32_t l2tp; /* of the entry; STOPPED without it: as asked */
	bool known;    /* false: there is no such entry */
};

/* Has everything arrived?  CHECK follows the table messages that it counts (all types since the
 * BEGIN of its generation but READ, MARKS_READ and CHECK) in their FIFO.  CHECKED echoes it with
 * what the FP has got, and comes behind the reports that it counts.  Either is repeated by the
 * RP's next CHECK when it is lost. */
struct msg_fib_check {
	uint32_t generation;
	uint32_t sent;  /* by the RP */
	uint32_t got;   /* CHECKED: by the FP, 0 if it does not know the generation */
	uint32_t dead;  /* CHECKED: DEAD reports of this generation sent to the RP */
	bool swept;     /* CHECKED: SWEPT of this generation was sent */
	uint32_t count; /* CHECKED, with swept: as in SWEPT */
};

/* Unprotected tunnels (H3): those for which a packet marked PKT_UNCOMMITTED was sent, with the
 * highest transaction number of such a packet; pairs {u16 tunnel, u32 low bits of seq}.  When
 * they are more than fit a record: a bit for each tunnel id, the lowest bit of the first octet
 * for 0. */
struct msg_fib_marks {
	GBytes *marks;
	GBytes *many; /* instead of marks: 8192 octets */
};

/* The standby has acknowledged transactions up to seq: the mark goes if it is not above. */
struct msg_fib_unmark {
	uint16_t tunnel; /* 0: all tunnels */
	uint32_t seq;
	bool deleted; /* the tunnel is gone: whatever its mark */
};

/* What the active FP does, for the other one: a table message with its type, or a change of the
 * FP's own (fp/mirror.h). */
struct msg_fib_mirror {
	uint8_t type;
	GBytes *payload;
	uint32_t seq; /* of the record since the last begin: a gap shows */
};

/* Tunnels whose data came since the last report, at most one report a second. */
struct msg_fib_heard {
	GBytes *tunnels; /* u16 local tunnel ids */
};

/* Sent once a second when something changed: totals of the FP and interface counters. */
struct msg_fib_stats {
	GBytes *drops;  /* u64 per drop reason, fp/fp.h */
	GBytes *ifaces; /* {u16 ifindex, u64 rx_packets, rx_bytes, tx_packets, tx_bytes, drops} */
	uint32_t sessions;
	uint32_t generation;
};

struct msg_port_admin {
	uint8_t port;
	bool up;
};

struct msg_port_state {
	uint16_t ifindex;
	bool up;      /* carrier, and not shut */
	bool present; /* false: the port is going away */
	uint64_t mac; /* 48 bits */
	uint16_t mtu;
	char *driver; /* "wire", "packet:veth0" */
	uint64_t rx_packets, tx_packets, rx_drops, tx_drops;
};

/*
 * IPC_CKPT: part of a transaction.
 *   u32 epoch, u64 seq, u64 boot id of the receiver, u8 flags, then records:
 *   u8 client, u8 type, u8 op, u64 key, u32 length, bytes
 * A transaction too long for one message goes in several with CKPT_MORE on all but the last;
 * the receiver applies it whole or not at all.
 */
enum {
	CKPT_MORE = 1 << 0,
	CKPT_BULK = 1 << 1, /* belongs to a bulk (for counters and captures) */
	CKPT_CONT = 1 << 2, /* not the first part of its transaction (for captures) */
	IPC_PAYLOAD_MAX = 65536,
};
