/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What ptyppp needs of the machine: the pty with its framing, a TUN device, a namespace.
 * Addresses are in host order.  Failures are told on stderr.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPP_MTU 1500

/* The receiving half of the framing: the frame that is being put together. */
struct hdlc_rx {
	uint8_t frame[2 * PPP_MTU];
	size_t len;
	bool escaped;
	bool in_frame;
	bool complete; /* frame holds one; the next octet starts another */
};

/* Opens the pty (standard input without a name) and makes it raw; -1 on failure. */
int line_open(const char *tty);

/* One octet from the line; true when it completed a frame, FCS still at its end. */
bool hdlc_input(struct hdlc_rx *rx, uint8_t octet);
bool hdlc_fcs_good(const uint8_t *frame, size_t n);
void hdlc_send(int line, uint16_t proto, const uint8_t *body, size_t n);

/* Makes the device, gives it the addresses, brings it up and (if asked) makes it the
 * default route.  The descriptor carries IP packets; -1 on failure. */
int tun_open(const char *name, uint32_t local, uint32_t remote, bool default_route);

/* Joins the namespace that `ip netns add NAME` made. */
bool netns_enter(const char *name);
