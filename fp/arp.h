/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neighbours (RFC 826): resolution with a small queue, ageing with refresh, answers for our
 * own addresses, gratuitous announcements.  Only addresses that we ask for, or that ask for
 * us, get an entry: what others say among themselves only refreshes what is known.
 */
#pragma once

#include "base/index.h"
#include "base/timer.h"
#include "chassis/pkt.h"
#include "fp/path.h"

enum {
	FP_ARP_MAX = 4096,    /* entries */
	FP_ARP_PENDING = 3,   /* packets that wait for one entry */
	FP_ARP_WAITING = 256, /* packets that wait for all */
	FP_ARP_TRIES = 3,
	FP_ARP_RETRY_S = 1,
	FP_ARP_AGE_S = 4 * 3600,
	FP_ETH_HDR = 14,
	FP_ETH_MAX = 22, /* with two tags */
};

enum fp_arp_state {
	FP_ARP_FREE,
	FP_ARP_INCOMPLETE, /* asked, no answer yet */
	FP_ARP_KNOWN,
	FP_ARP_REFRESH, /* known, and being asked again */
};

struct fp_arp {
	uint32_t ip;
	uint16_t ifindex;
	uint8_t state; /* enum fp_arp_state */
	uint8_t tries;
	uint8_t n_pending;
	uint8_t hdr_len;
	uint8_t hdr[FP_ETH_MAX]; /* the Ethernet header of IPv4 packets to it */
	uint32_t next_free;
	struct pkt *pending[FP_ARP_PENDING];
	struct timer timer;
};

struct fp_arps {
	struct fp_arp *entry; /* [FP_ARP_MAX + 1], 0 unused */
	struct index *by_addr;
	uint32_t first_free, highest, count, waiting;
	uint32_t changes; /* of known neighbours and their addresses */
};

struct fp_path;

void fp_arps_init(struct fp_arps *t);
void fp_arps_deinit(struct fp_arps *t);

/* The number of the entry, 0 when there is none. */
uint32_t fp_arp_find(const struct fp_arps *t, uint16_t ifindex, uint32_t ip);

/* Number of a usable entry for ip, or 0: then p has been taken (it waits, or was dropped). */
uint32_t fp_arp_resolve(
	struct fp_path *f, uint16_t ifindex, uint32_t ip, struct pkt *p);

/* An ARP frame from an interface (at the Ethernet header, its tags taken out). */
void fp_arp_input(struct fp_path *f, struct pkt *p);

void fp_arp_timer(struct fp_path *f, uint32_t number);

/* Says to all on the link that our address is at our MAC. */
void fp_arp_announce(struct fp_path *f, uint16_t ifindex);

/* A neighbour as the other FP knew it. */
void fp_arp_know(struct fp_path *f, uint16_t ifindex, uint32_t ip, const uint8_t *mac,
	base_time now);

/* Forgets all neighbours of an interface; packets that wait are dropped. */
void fp_arp_flush(struct fp_path *f, uint16_t ifindex);
