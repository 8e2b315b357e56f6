/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One access concentrator, driven by hand.  Frames go in as code, session id and tags in hex;
 * what comes out is put into words:
 *
 *   "PADO 0 0101= 0102=6163 0104=C"   code, session id, tags; a cookie is C and kept
 *   "request", "ppp c021...", "down TEXT"
 *
 * Frames are checked on the way: addresses, VLAN tags, lengths.
 */
#pragma once

#include "ppp/pppoe.h"

struct ac_drive {
	struct pppoe_ac *ac;
	base_time now;
	struct pppoe_access access; /* port 3, group 1, 02:00:00:00:00:03 */
	struct pppoe_peer peer;	    /* the client that speaks: 02:00:00:00:01:01 */
	struct pppoe_group group;   /* "bba", AC name "ac" */
	GQueue *said; /* of char * */
	GByteArray *frames; /* all that was sent, each after u16 length */
	char *cookie; /* the latest in a PADO, hex */
	uint32_t session; /* the latest that an effect named */
	uint16_t sid;     /* the latest in a PADS */
	bool auto_accept;
};

void ac_drive_new(struct ac_drive *d, const struct pppoe_ac_config *cfg);
void ac_drive_free(struct ac_drive *d);

/* Takes over the settings in d->group. */
void ac_drive_group(struct ac_drive *d);
void ac_drive_mac(struct ac_drive *d, unsigned client);
void ac_drive_vlan(struct ac_drive *d, unsigned n, uint16_t outer, uint16_t inner);

/* A discovery packet of the client to us (PADI: to all).  In tags C is the cookie. */
void ac_drive_say(struct ac_drive *d, uint8_t code, uint16_t sid, const char *tags);
void ac_drive_say_to(struct ac_drive *d, const uint8_t dst[6], uint8_t code, uint16_t sid,
	const char *tags);
void ac_drive_data(struct ac_drive *d, uint16_t sid, const char *ppp);
void ac_drive_frame(struct ac_drive *d, const void *frame, size_t n);
void ac_drive_pump(struct ac_drive *d);
void ac_drive_wait(struct ac_drive *d, unsigned ms);

/* The next thing said; NULL when there is none. */
char *ac_drive_said(struct ac_drive *d);
void ac_drive_forget(struct ac_drive *d);

/* PADI, PADR with Host-Uniq in hex, accepted: the session's number. */
uint32_t ac_drive_open(struct ac_drive *d, const char *uniq);
uint64_t ac_drive_drops(struct ac_drive *d, enum pppoe_drop why);

#define ac_expect(d, text)                                                             \
	do {                                                                           \
		g_autofree char *got_ = ac_drive_said(d);                              \
		g_assert_cmpstr(got_, ==, text);                                       \
	} while (0)
#define ac_expect_drop(d, why)                                                         \
	do {                                                                           \
		ac_expect(d, NULL);                                                    \
		g_assert_cmpuint(ac_drive_drops(d, why), ==, 1);                       \
	} while (0)
