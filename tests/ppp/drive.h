/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One engine with one link, driven by hand: frames as hex in and out, and the other effects
 * counted and kept.  In expected frames "MMMMMMMM" stands for our magic number.
 */
#pragma once

#include "ppp/ppp.h"

#include <glib.h>

enum { LINK = 1 };

struct drive {
	struct ppp_engine *e;
	base_time now;
	GQueue *sent; /* of char *, hex without FF 03 */
	unsigned ups, downs, auths, after_down;
	enum ppp_cause cause;
	bool by_peer;
	uint32_t local_ip, peer_ip, dns[2];
	enum ppp_auth method;
	char *name, *password; /* of the last PPP_FX_AUTH */
	bool proxied;
	uint8_t id, challenge[16], response[PPP_RESPONSE_MAX];
	size_t challenge_len, response_len;
};

void drive_new(struct drive *d, const struct ppp_link_config *cfg);

/* An engine that is there already (owned from now on); no link is opened. */
void drive_take_engine(struct drive *d, struct ppp_engine *take_engine, base_time now);
void drive_free(struct drive *d);

/* Takes all effects. */
void drive_pump(struct drive *d);

/* A frame in hex, from the protocol on. */
void drive_feed(struct drive *d, const char *hex_frame);
void drive_feed_bytes(struct drive *d, const void *bytes, size_t n);
void drive_verdict(struct drive *d, bool ok, uint32_t ip, const char *message);
void drive_close(struct drive *d, enum ppp_cause cause);

/* Lets time pass, a timer at a time. */
void drive_wait(struct drive *d, unsigned ms);

/* The next frame sent; NULL when there is none. */
char *drive_sent(struct drive *d);
void drive_forget(struct drive *d);
enum ppp_phase drive_phase(struct drive *d);
struct ppp_stats drive_stats(struct drive *d);

/* The next frame sent is this one / there is none. */
#define drive_expect(d, frame)                                                         \
	do {                                                                           \
		g_autofree char *want_ = drive_expand(d, frame);                       \
		g_autofree char *got_ = drive_sent(d);                                 \
		g_assert_cmpstr(got_, ==, want_);                                      \
	} while (0)
#define drive_expect_none(d)                                                           \
	do {                                                                           \
		g_autofree char *got_ = drive_sent(d);                                 \
		g_assert_cmpstr(got_, ==, NULL);                                       \
	} while (0)

/* Blanks out, MMMMMMMM to our magic number. */
char *drive_expand(struct drive *d, const char *frame);

/* Network side with addresses 10.0.0.1 and, for the peer, 10.0.0.9, name servers 10.0.0.53
 * and .54; or the client.  Then brought to the phase with a peer of magic 11111111. */
struct ppp_link_config drive_network(enum ppp_auth first, enum ppp_auth second);
struct ppp_link_config drive_client(void);
void drive_lcp_up(struct drive *d); /* network side; the peer takes what we ask */
void drive_ipcp_up(
	struct drive *d); /* network side without authentication, or after it */
