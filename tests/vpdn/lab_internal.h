/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the lab share: what is on its way, and who takes it. */
#pragma once

#include "tests/vpdn/lab.h"

enum event_kind {
	EV_UDP_TO_LNS,
	EV_UDP_TO_LAC,
	EV_UDP_TO_NEXT,
	EV_FRAME_TO_NEXT, /* tunnel, session: the next LNS's ids */
	EV_FRAME_TO_LNS, /* tunnel, session: the LNS's ids */
	EV_FRAME_TO_LAC, /* tunnel, session: the LAC's ids */
	EV_APPLY,        /* a transaction reaches the standby */
	EV_COMMITTED,    /* its acknowledgement comes back */
	EV_TAKE_OVER,
	EV_NEXT_STOPPED, /* session: its number there */
	EV_STOPPED, /* the FP's answer; session: its number */
	EV_ACCT_OK, /* bytes: the id */
	EV_RADIUS_TO_SERVER, /* lac: the server; tunnel: our port, session: its port */
	EV_RADIUS_TO_LNS,    /* the same */
	EV_ETHER_TO_LAC,    /* of a PPPoE subscriber */
	EV_ETHER_TO_CLIENT,
	EV_FRAME_TO_ACCESS,   /* session: number of the call */
	EV_FRAME_FROM_ACCESS, /* the same */
	EV_READ, /* the FP's answer about counters; session: its number */
};

struct lab_event {
	base_time at;
	uint64_t order;
	enum event_kind kind;
	unsigned lac; /* or, from LAB_LACS on, next LNS */
	uint16_t tunnel, session;
	uint64_t seq;
	struct lab_txn *txn;
	size_t len;
	uint8_t bytes[];
};

/* Puts something on its way; returns it to be filled in. */
struct lab_event *lab_schedule(struct lab *lab, enum event_kind kind, base_dur delay,
	const void *bytes, size_t len);
/* Does the wire to that LAC or next LNS swallow this one? */
bool lab_is_lost(struct lab *lab, unsigned lac);
/* As the LAC or next LNS sees it. */
struct l2tp_path lab_path(unsigned i);

/* lab_lac.c */
struct lab_call *lab_call_of(struct lab *lab, unsigned lac, uint16_t cc, uint16_t session);
unsigned lab_call_number(const struct lab *lab, const struct lab_call *c);
void lab_drain_lac(struct lab *lab, unsigned i);
void lab_drain_subscribers(struct lab *lab);

/* The FP puts a frame into a session; does it switch what comes by that one? */
void lab_encap(struct lab *lab, uint32_t session, const uint8_t *bytes, size_t len);
bool lab_fp_switches(const struct lab *lab, uint32_t n);

/* lab_pppoe.c */
void lab_ether_to_client(struct lab *lab, const uint8_t *bytes, size_t len);
void lab_pppoe_encap(struct lab *lab, uint32_t session, const uint8_t *ppp, size_t len);
void lab_ether_to_lac(struct lab *lab, const struct lab_event *ev);
void lab_ether_to_clients(struct lab *lab, const struct lab_event *ev);
void lab_drain_clients(struct lab *lab);
void lab_pppoe_send(
	struct lab *lab, const struct lab_call *c, const uint8_t *ppp, size_t len);
void lab_pppoe_down(struct lab *lab, struct lab_call *c);

/* A call that is not placed yet; its number. */
unsigned lab_call_new(struct lab *lab, unsigned lac, uint16_t cc, const char *user,
	const char *password, enum ppp_auth auth);
void lab_subscriber_open(struct lab *lab, struct lab_call *c);

/* lab_access.c */
/* The LNS goes on with the subscriber; or nobody does. */
void lab_access_forward(struct lab *lab, struct lab_call *c);
void lab_access_drop(struct lab *lab, struct lab_call *c);
void lab_access_send(struct lab *lab, const struct lab_call *c, const void *bytes, size_t len);
void lab_access_frame(struct lab *lab, const struct lab_event *ev);

/* lab_next.c */
void lab_drain_next(struct lab *lab, unsigned i);
void lab_frame_to_next(struct lab *lab, const struct lab_event *ev);
void lab_udp_to_next(struct lab *lab, const struct lab_event *ev);
