/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A chassis on the virtual clock for tests of rp/: real RP boards, whose inside the test may
 * look at, beside a toy RP that does what the test says, and a toy FP that writes down what is
 * injected and has an L2TP engine as the peer behind it.
 */
#pragma once

#include "rp/internal.h"

#include "chassis/chassis.h"

enum {
	RIG_REAL_R0 = 1 << 0,
	RIG_REAL_R1 = 1 << 1,
	RIG_TOY_R0 = 1 << 2,
	RIG_TOY_R1 = 1 << 3
};

struct rig_config {
	unsigned boards; /* RIG_...; R0 is inserted before R1 */
	const char *startup;
	bool timing_real;
	bool without_fp;
};

/* A message that the toy RP got. */
struct rig_seen {
	uint8_t type;
	base_time at;
	uint32_t epoch;
	uint64_t seq;
	uint8_t flags; /* CKPT */
	size_t len;
	bool failed;          /* ACK */
	uint8_t state, order; /* RF */
};

/* A packet that an RP injected. */
struct rig_packet {
	base_time at;
	uint8_t from;
	uint8_t flags; /* enum pkt_flags */
	bool control, zlb;
	uint16_t ns, nr;
};

struct toy_rp {
	struct board_env *env;
	unsigned slot;
	bool in, active;
	uint8_t state;
	bool obey;                /* goes to the states that are ordered */
	bool ack;                 /* acknowledges transactions at the end of the turn */
	bool lie_boot, lie_epoch; /* in acknowledgements */
	bool fail_next;           /* the next acknowledgement says failed */
	uint32_t epoch;
	uint64_t seq;  /* last transaction whose last part came */
	uint64_t told; /* acknowledged */
	uint64_t peer_boot;
	GArray *seen;      /* struct rig_seen */
	GByteArray *parts; /* of the transaction that is coming */
	GByteArray *last;  /* records of the last whole transaction */
	GQueue out;        /* struct toy_out * */
};

struct toy_fp {
	struct board_env *env;
	struct l2tp_engine *lac;
	uint16_t cc, session; /* of the LAC */
	unsigned cc_up, cc_down, session_up;
	GArray *packets; /* struct rig_packet */
	GQueue punts;    /* GBytes: IPv4 packets */
	unsigned begins, ends, frees, upserts, ifaces, routes;
	unsigned active; /* RP slot that programs us */
	bool hold_sweep;
	uint32_t generation, got; /* table messages of the generation */
	uint32_t lost;            /* of the present one: not seen */
	uint32_t dead;            /* reports that it claims to have sent */
	unsigned checks;
	bool mute; /* answers no checks */
};

struct rig {
	struct chassis *c;
	struct board_ops rp_ops;
	struct rig_rp_arg {
		struct rp_arg arg;
		struct rig *rig;
		unsigned slot;
	} rp_arg[2];
	struct rp *rp[2]; /* inside of the real boards; NULL while out */
	struct toy_rp toy;
	struct toy_fp fp;
	GString *log, *answer;
	GByteArray *line[N_LINES]; /* IPC_LINE_OUT of the RP in line_slot */
	unsigned line_slot, lines_closed;
	uint32_t last_id;
	unsigned answers; /* requests answered */
	bool done, failed;
};

extern const char rig_startup[]; /* an LNS for the peer behind the toy FP */

struct rig *rig_new(const struct rig_config *cfg);
void rig_free(struct rig *rig);
void rig_run(struct rig *rig, int64_t ms);

/* Until the standby of real boards is HOT, or the toy was ordered to be. */
void rig_run_hot(struct rig *rig);

/* Runs a command in exec session `session` (0: fresh); what it printed.  Free it. */
char *rig_exec(struct rig *rig, unsigned slot, uint32_t session, const char *command);
/* Sends it only; the answer is gathered in rig->answer. */
void rig_exec_start(struct rig *rig, unsigned slot, uint32_t session,
	const char *command, const char *answers, size_t answers_len);

/* Octets typed on a line of an RP. */
void rig_type(struct rig *rig, unsigned slot, unsigned line, const char *text);
/* What came out of it since the last call.  Free it. */
char *rig_typed(struct rig *rig, unsigned line);

/* Running configuration of a real RP.  Free it. */
char *rig_running(struct rig *rig, unsigned slot);

/* The toy RP takes a turn: after its switches were changed. */
void rig_toy_wake(struct rig *rig);
/* The toy RP sends. */
void rig_toy_send(struct rig *rig, unsigned type, const void *payload, size_t len);
void rig_toy_send_rec(struct rig *rig, unsigned type, const void *rec);

/* The peer opens a tunnel and runs until it is up on its side. */
void rig_tunnel_up(struct rig *rig);
void rig_hello(struct rig *rig);

/* The last message of that type the toy saw; NULL: none. */
const struct rig_seen *rig_last(const struct rig *rig, unsigned type);
unsigned rig_count(const struct rig *rig, unsigned type);
