/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A board of any kind that only listens: messages and packets that reach it are kept for the
 * test, which sends through its env between rounds.
 */
#pragma once

#include "chassis/chassis.h"

struct probe_msg {
	uint8_t type, from;
	GBytes *payload;
};

struct probe_pkt {
	uint8_t from, class, flags;
	uint16_t ifindex, tunnel;
	uint32_t session, term, mark;
	GBytes *bytes;
};

struct probe {
	struct board_env *env; /* NULL while it is out */
	unsigned listen[3];    /* slots whose packets it takes */
	unsigned n_listen;
	bool lazy;       /* takes no packets */
	uint64_t term;   /* as told last */
	GPtrArray *msgs; /* struct probe_msg */
	GPtrArray *pkts; /* struct probe_pkt */
};

extern const struct board_ops probe_rp, probe_fp, probe_peer;

/* arg of chassis_declare() is a pointer to the pointer to the probe. */
void probe_init(struct probe *p, unsigned listen_slot);
void probe_deinit(struct probe *p);
void probe_forget(struct probe *p);

/* The last message of that type decoded into *rec (see ipc_decode()); how many there are. */
unsigned probe_last(const struct probe *p, unsigned type, void *rec);
unsigned probe_count(const struct probe *p, unsigned type);

/* Sends a packet; takes `bytes`. */
void probe_send(struct probe *p, unsigned to, const struct probe_pkt *meta,
	GByteArray *take_bytes);
const struct probe_pkt *probe_pkt_at(const struct probe *p, unsigned n);
