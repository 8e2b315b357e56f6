/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * FP boards in a chassis, between an SPA with two wires to one peer and RPs that only do as
 * they are told.
 */
#pragma once

#include "fp/fp.h"
#include "spa/spa.h"
#include "tests/fp/harness.h"
#include "tests/spa/probe.h"

enum { PEER = SLOT_PEER };

struct fpb {
	struct chassis *c;
	struct probe rp[2], peer;
	struct probe *rp_p[2], *peer_p;
	struct spa_config cfg;
	unsigned acting; /* RP */
};

/* Both FPs in, R0 active, session SESSION programmed, neighbours known; standby: R1 is in. */
struct fpb *fpb_new(bool standby);
void fpb_free(struct fpb *w);

void fpb_run_ms(struct fpb *w, int64_t ms);
void fpb_insert(struct fpb *w, unsigned slot);
void fpb_pull(struct fpb *w, unsigned slot);

/* From the acting RP to the active FP. */
void fpb_send(struct fpb *w, unsigned type, const void *rec);
/* Interfaces and n sessions from SESSION on, between begin and end. */
void fpb_send_generation(struct fpb *w, uint32_t generation, unsigned n_sessions);

void fpb_from_peer(struct fpb *w, uint16_t ifindex, GByteArray *take_frame);
void fpb_learn_neighbours(struct fpb *w);
/* Within a millisecond the peer gets exactly this; forgets it. */
void fpb_expect_at_peer(struct fpb *w, uint16_t ifindex, GByteArray *take_frame);
/* A packet of the subscriber to the host, n octets. */
GByteArray *fpb_upstream(unsigned n);
/* Such a packet comes through. */
void fpb_expect_forwarding(struct fpb *w);
/* A ZLB of the LAC. */
GByteArray *fpb_control(unsigned ns);
/* As the FP reports it to the acting RP within a second. */
uint64_t fpb_drops(struct fpb *w, enum fp_drop why);
