/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of the chassis, for its own files and tests.
 *
 * Who touches what: a board's part of struct board_env belongs to whoever runs the board (its
 * thread in free run, else the conductor); when the board is out it belongs to the conductor.
 * The fields marked atomic are the only ones that others read meanwhile.  The chassis itself
 * is the board in slot SLOT_CHASSIS, without ops, run by the conductor.
 */
#pragma once

#include "base/rng.h"
#include "base/rule.h"
#include "chassis/chassis.h"
#include "chassis/ring.h"

#include <pthread.h>
#include <semaphore.h>

enum {
	WORK_BUDGET = 64, /* bursts or inputs a turn */
	IPC_RING_LONG = 1 << 20,  /* octets: RP-RP and RP-FP */
	IPC_RING_SHORT = 1 << 18, /* others; at least four times the longest record */
	PKT_RING = 1024,
	BEATS_MISSED = 3, /* and a beat a second: until the RPs say otherwise */
	CAPTURES_MAX = 16,
};

/* Records of one board to another: what does not fit the ring waits, in order. */
struct channel {
	struct ring *ring;
	GByteArray *waiting;
	size_t waiting_at;
};

/* The buffers of one slot. */
struct partition {
	uint8_t *mem;
	uint32_t n;
	uint32_t fresh; /* atomic: buffers below it have been in use */
	uint32_t *stack; /* numbers of the free ones below fresh */
	uint32_t n_stack;
};

struct hand;

/* Beats of an RP as the arbiter sees them. */
struct pulse {
	bool beating; /* has beaten since power-on: it is judged */
	bool lost;    /* it counts as gone, and is reset when it beats again */
	base_time last;
	base_dur span; /* of silence that it is allowed for now */
	unsigned lenient; /* beats for which a longer, former span stays allowed */
	unsigned judge;   /* timer */
};

/* Faults of the channel to another board, faults.c.  Set by the conductor. */
struct lane {
	uint64_t delay_ns, rate_bps, cut, room; /* atomic; 0: none */
	int64_t free_at; /* the sender's: when all that was sent has left */
};

struct board_env {
	struct chassis *c;
	uint8_t slot;
	enum board_kind kind;
	const struct board_ops *ops;
	const void *arg;
	void *self;
	base_time since;

	/* the conductor's */
	unsigned on_timer; /* power comes back by it; 0: none */
	bool stopped;      /* off by an RP's order, in its slot all the same */
	uint32_t hung;     /* atomic: takes no turns */
	unsigned wake_timer;
	struct pulse pulse;

	/* this power-up */
	uint64_t boot_id, seed, term;
	uint32_t lives; /* power-ups until now, a coming one included */
	uint32_t alive; /* atomic: `lives` while it is in, else 0 */
	uint64_t items; /* atomic: written by the board */
	uint64_t cut;   /* atomic: items above this are thrown away */
	enum slot_why cut_why;

	/* the turn */
	base_time now;
	base_time wake_at; /* virtual: next turn */
	bool more;
	GArray *msgs; /* struct ipc_msg */
	uint8_t *scratch;
	bool waiting; /* some channel has records that wait for room */

	/* by slot; NULL: no such channel */
	struct channel *ipc_out[N_SLOTS];
	struct ring *pkt_out[N_SLOTS], *pkt_in[N_SLOTS];
	struct ring *ret_out[N_SLOTS], *ret_in[N_SLOTS];
	struct lane *lanes[N_SLOTS]; /* atomic */
	/* the same, as lists */
	GPtrArray *ipc_in;   /* struct ring, by sending slot */
	GPtrArray *pkt_ins;  /* struct ring */
	GPtrArray *ipc_outs; /* struct channel */
	GPtrArray *dirty_ipc, *dirty_pkt, *used; /* to be published */

	/* free run */
	int wake_fd;
	uint32_t asleep; /* atomic */
	uint32_t tapping; /* atomic: a capture is being given what it publishes */
	uint32_t stop;   /* atomic: leave the loop after this turn */
	pthread_t thread;
	bool threaded;
	struct hand *hand; /* rounds on threads */
};

struct chassis_timer {
	base_time due;
	unsigned id;
	chassis_timer_fn fn;
	void *user;
};

struct chassis_watched {
	int fd;
	uint64_t id; /* later ones are not in the poll set that is being served */
	short events;
	chassis_watch_fn fn;
	void *user;
};

struct arbiter {
	uint64_t term;
	unsigned holder; /* slot or SLOT_NONE */
	uint64_t holder_boot;
	bool granted_hot; /* the present term */
	unsigned hot; /* slot whose HOT mark stands, or SLOT_NONE */
	uint64_t hot_boot;
	unsigned fp; /* slot of the active FP, or SLOT_NONE */
	base_dur interval; /* of beats */
	unsigned misses;
};

struct files;
struct acct;
struct crew;
struct capture;

struct chassis {
	struct chassis_config cfg;
	base_time now; /* virtual */
	base_time began;
	int64_t wall_epoch;
	int64_t stamps; /* atomic: free run: order of records over all channels */
	struct board_env *board[N_SLOTS];
	struct chassis *first;  /* of its row: itself, if it stands alone */
	GPtrArray *row;         /* the first's: struct chassis, itself too */
	unsigned place;         /* in the row, from 0 */
	struct board_env *self; /* board[SLOT_CHASSIS] */
	GPtrArray *boards;      /* struct board_env, by slot, without self */
	struct partition parts[N_SLOTS];
	uint8_t wires[SLOT_PEER * PORTS_PER_SPA]; /* peer slot by ifindex */
	struct msg_link port_faults[SLOT_PEER * PORTS_PER_SPA]; /* by ifindex */
	uint32_t lanes; /* atomic: some channel has been given faults */
	struct arbiter arbiter;
	struct files *files;
	struct acct *acct;
	GArray *timers; /* struct chassis_timer, by due, then id */
	unsigned next_timer;
	GArray *watches;
	uint64_t next_watch;
	GArray *listeners, *events;
	chassis_round_fn round_fn;
	void *round_user;
	struct capture *captures[CAPTURES_MAX]; /* atomic */
	uint32_t capturing; /* atomic: how many there are */
	chassis_ckpt_table_fn ckpt_tables;
	struct crew *crew; /* rounds on threads */
	unsigned n_turns;  /* that they are at */
	bool running;     /* in chassis_run_free() */
	uint32_t stop;    /* atomic */
};

/* ---- pool.c ---- */
void pool_add(struct chassis *c, unsigned slot);
void pool_deinit(struct chassis *c);
struct pkt *pool_pkt(const struct chassis *c, uint32_t number);
/* A capture may read the data of a buffer that lies in a ring between these two. */
void pool_show(struct pkt *p);
void pool_hide(struct pkt *p);
/* A board is out: what it held and what lies in rings towards it goes home. */
void pool_reclaim(struct board_env *b);
/* Gives back what late senders put into the rings of a board that is out. */
void pool_drain(struct board_env *b);
/* Buffers of the slot that are free or on their way home. */
uint32_t pool_home(struct chassis *c, unsigned slot);
uint32_t pool_size(const struct chassis *c, unsigned slot);

/* ---- board.c ---- */
struct board_env *board_new(struct chassis *c, unsigned slot);
void board_free(struct board_env *b);
/* Makes the channels between two boards that may have something to say. */
void board_join(struct board_env *a, struct board_env *b);
void board_join_packets(struct board_env *a, struct board_env *b);
void board_power_on(struct board_env *b, base_time now);
/* message(), work(), flush(); what was staged still waits for board_publish(). */
void board_turn(struct board_env *b, base_time now);
/* A turn of a round, and when the next one is due. */
void board_round(struct board_env *b);
void board_publish(struct board_env *b);
void board_move_waiting(struct board_env *b);
/* A board that goes takes along what found no room in a ring: its PEER_DOWN overtakes nothing.
 * The chassis alone still gets it all. */
void board_forget_waiting(struct board_env *b);
void board_forget_inbox(struct board_env *b);
void board_wake(struct board_env *b);
/* Takes snapshots of all rings, so that what was sent first is never seen later. */
void board_look(struct board_env *b);
/* The next record due until `limit`, over all channels; NULL: none. */
struct frame *board_next_record(struct board_env *b, int64_t limit, struct ring **from);
void board_took_record(struct board_env *b, struct ring *from, const struct frame *f);
struct ipc_msg board_msg(const struct frame *f);
/* When the board must have its next turn (virtual). */
base_time board_wake_at(struct board_env *b);
/* When the next record or packet arrives that is under way (free run). */
base_time board_arrival(struct board_env *b);
static inline struct lane *board_lane(const struct board_env *b, unsigned to)
{
	return __atomic_load_n(&b->lanes[to], __ATOMIC_ACQUIRE);
}
bool board_is_in(const struct board_env *b);

/* ---- conductor.c ---- */
base_time conductor_clock(void);
int64_t conductor_wall_epoch(void);
int64_t conductor_wall_offset(void); /* nanoseconds from conductor_clock() to Unix time */
void conductor_start(struct board_env *b);
void conductor_join(struct board_env *b);
/* The board's thread looks whether it must stop, stand still or go on. */
void conductor_poke(struct board_env *b);

/* ---- rounds.c ---- */
/* The board's thread begins its turn; all of them have ended theirs. */
void rounds_begin(struct board_env *b);
void rounds_end(struct chassis *c);
void rounds_stop(struct chassis *c);

/* ---- arbiter.c ---- */
void arbiter_init(struct arbiter *a);
/* Grants the term if nobody holds it and an RP is in; and chooses the active FP likewise. */
void arbiter_settle(struct chassis *c);
struct msg_term arbiter_msg(const struct arbiter *a); /* the present grant, not hot */
void arbiter_down(struct chassis *c, struct board_env *b);
bool arbiter_is_holder(const struct chassis *c, const struct ipc_msg *msg);
void arbiter_forget_pulse(struct board_env *b);
/* Messages to the arbiter. */
void arbiter_hot(struct chassis *c, const struct ipc_msg *msg);
void arbiter_beat(struct chassis *c, const struct ipc_msg *msg);
void arbiter_detection(struct chassis *c, const struct ipc_msg *msg);

/* ---- hands.c ---- */
/* IPC_SLOT_ORDER. */
void hands_order(struct chassis *c, const struct ipc_msg *msg);
/* Power off, and on again a little later. */
void hands_cycle(struct board_env *b, enum slot_why why);
/* No timer and no hang of the board is left. */
void hands_off(struct board_env *b);

/* ---- chassis.c ---- */
/* Sends from SLOT_CHASSIS, not to be delivered before `after`. */
void chassis_send_after(struct chassis *c, unsigned to, unsigned type, const void *rec,
	int64_t after);
/* Handles what boards have sent to the chassis. */
void chassis_dispatch(struct chassis *c);
void chassis_take_out(struct chassis *c, struct board_env *b, enum slot_why why);
/* To everybody else: the board counts as gone. */
void chassis_tell_down(struct chassis *c, const struct board_env *b, enum slot_why why);
void chassis_tell_event(struct chassis *c, unsigned slot, bool in, enum slot_why why);
/* Obeys what the board has published for the chassis itself and what has not been dispatched.
 * still: the board stands still for good, what waits for room counts too. */
void chassis_last_words(struct chassis *c, const struct board_env *b, bool still);
/* The board in a slot, NULL and a sentence when there is none, or it is not as wanted. */
struct board_env *chassis_find(struct chassis *c, unsigned slot, bool in, GError **error);
struct msg_slot chassis_slot_msg(const struct board_env *b, enum slot_why why);

/* ---- capture.c ---- */
/* Called by whoever publishes for the board, before what it published can be seen. */
void captures_take(struct board_env *b, const struct ring *r, bool records);
void captures_free(struct chassis *c);

/* ---- faults.c ---- */
bool lane_is_cut(const struct lane *lane);
/* When what is sent now arrives. */
int64_t lane_arrival(struct lane *lane, base_dur latency, base_time now, size_t octets);
uint32_t lane_room(const struct lane *lane, const struct ring *r);
/* Tells a new SPA of the faults of its ports. */
void faults_tell(struct chassis *c, const struct board_env *b);

/* ---- acct.c ---- */
struct acct *acct_new(void);
void acct_free(struct acct *a);
/* IPC_ACCT. */
void acct_take(struct chassis *c, const struct ipc_msg *msg);

/* ---- files.c ---- */
struct files *files_new(const char *dir);
void files_free(struct files *f);
GBytes *files_read(struct files *f, unsigned slot, const char *name);
void files_write(struct files *f, unsigned slot, const char *name, GBytes *bytes);
